using System.Net;
using NetWhy.Linux;
using Xunit;

namespace NetWhy.Tests.Linux;

/// <summary>Addresses and names as the tools take them.</summary>
public sealed class SystemNamesTests
{
    [Theory]
    [InlineData("::ffff:192.0.2.1", "192.0.2.1")]
    [InlineData("::ffff:c000:201", "192.0.2.1")]
    [InlineData("192.0.2.1", "192.0.2.1")]
    [InlineData("2001:db8::1", "2001:db8::1")]
    public void An_address_of_IPv4_in_IPv6_is_that_of_IPv4(string text, string address)
    {
        Assert.True(SystemNames.TryParse(text, out IPAddress? read));
        Assert.Equal(IPAddress.Parse(address), read);
        Assert.Equal([IPAddress.Parse(address)], SystemNames.Resolve(text, family: 0).Addresses);
    }
}
