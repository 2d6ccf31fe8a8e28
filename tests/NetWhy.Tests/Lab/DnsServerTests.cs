using FsCheck;
using FsCheck.Fluent;
using NetWhy.Lab.Servers;
using Xunit;

namespace NetWhy.Tests.Lab;

public sealed class DnsServerTests
{
    private static readonly byte[] Query =
    [
        0x12, 0x34, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0,
        3, (byte)'w', (byte)'w', (byte)'w', 3, (byte)'l', (byte)'a', (byte)'b', 0, 0, 1, 0, 1,
    ];

    [Theory]
    [InlineData("--record www.lab=10.1.2.3,fd00::1", 0, 1)]
    [InlineData("--record www.lab=fd00::1", 0, 0)]
    [InlineData("--record other.lab=10.1.2.3", 3, 0)]
    [InlineData("--rcode refused", 5, 0)]
    [InlineData("--record *=10.1.2.3", 0, 1)]
    public void Answers_as_told(string options, int rcode, int answers)
    {
        byte[] answer = Of(options).Answer(Query, isUdp: true)!;

        Assert.Equal(Query[..2], answer[..2]);
        Assert.Equal(rcode, answer[3] & 0x0f);
        Assert.Equal(answers, answer[7]);
        if (answers == 1)
            Assert.Equal([10, 1, 2, 3], answer[^4..]);
    }

    [Fact]
    public void Truncates_over_UDP_only()
    {
        DnsServer server = Of("--record www.lab=10.1.2.3 --truncate");

        Assert.Equal(2, server.Answer(Query, isUdp: true)![2] & 2);
        Assert.Equal(0, server.Answer(Query, isUdp: false)![2] & 2);
    }

    [Fact]
    public void Drops_what_it_is_told_to()
    {
        Assert.Null(Of("--record www.lab=10.1.2.3 --drop all").Answer(Query, isUdp: true));
        Assert.NotNull(Of("--record www.lab=10.1.2.3 --drop aaaa").Answer(Query, isUdp: true));
        Assert.Null(Of("--record www.lab=10.1.2.3 --drop udp").Answer(Query, isUdp: true));
    }

    [Fact]
    public void Never_throws() => Check.QuickThrowOnFailure(
        Prop.ForAll<byte[]>(octets => Of("--record www.lab=10.1.2.3").Answer(octets, isUdp: true) is null or { Length: >= 12 }));

    private static DnsServer Of(string options) => new(new ServeOptions(options.Split(' ')), TimeProvider.System);
}
