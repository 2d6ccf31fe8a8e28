using System.Net;
using NetWhy.Names;
using Xunit;

namespace NetWhy.Tests.Names;

public sealed class AddressOrderTests
{
    // Which address the kernel would send from, as pairs of a prefix and a source.
    private static readonly (IPNetwork To, string From)[] DualStack =
    [
        (IPNetwork.Parse("fd10::/16"), "fd10:1::2"),
        (IPNetwork.Parse("2001:db8::/32"), "2001:db8:1::2"),
        (IPNetwork.Parse("0.0.0.0/0"), "10.10.1.2"),
    ];

    [Theory]
    [InlineData("10.10.2.2 2001:db8::2", "2001:db8::2 10.10.2.2")] // IPv6 before IPv4
    [InlineData("10.10.2.2 fd10:2::2", "fd10:2::2 10.10.2.2")] // ULA from ULA too
    [InlineData("2001:db9::1 10.10.2.2", "10.10.2.2 2001:db9::1")] // no way to send: last
    [InlineData("10.10.2.3 10.10.2.2", "10.10.2.3 10.10.2.2")] // as answered
    [InlineData("10.10.2.2 10.10.2.2", "10.10.2.2")]
    [InlineData("2001:db8:ffff::1 2001:db8:1::1", "2001:db8:1::1 2001:db8:ffff::1")] // the longer common prefix
    public void Sorts_as_getaddrinfo(string answered, string expected) =>
        Assert.Equal(expected, string.Join(' ', AddressOrder.Sort(answered.Split(' ').Select(IPAddress.Parse), Find)));

    [Fact]
    public void Puts_IPv6_last_on_a_machine_without_it() => Assert.Equal(
        "10.10.2.2 2001:db8::2",
        string.Join(' ', AddressOrder.Sort(
            [IPAddress.Parse("2001:db8::2"), IPAddress.Parse("10.10.2.2")],
            address => address.AddressFamily is System.Net.Sockets.AddressFamily.InterNetwork ? Find(address) : null)));

    private static IPAddress? Find(IPAddress destination) =>
        DualStack.Where(row => row.To.Contains(destination)).Select(row => IPAddress.Parse(row.From)).FirstOrDefault();
}
