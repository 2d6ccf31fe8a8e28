using NetWhy.Tests.App;
using NetWhy.Tests.Paths;
using Xunit;

namespace NetWhy.Tests.Tools.Ping;

/// <summary>What ping says of sizes at the end, of packets that may not be cut.</summary>
public sealed class DontFragmentTests
{
    [Fact]
    public void Tells_its_own_mtu_from_a_routers_and_a_black_hole_from_a_host_that_is_not_there()
    {
        using var chain = new RouterChain(2);
        Assert.Contains("this machine sends no more than 1500 octets", Ping("1600"), StringComparison.Ordinal);

        chain.Shell(1, "nft 'add table ip t; add chain ip t f { type filter hook forward priority 0; }; add rule ip t f ip length > 1400 drop'");
        Assert.Contains("no reply to 1472 octets of data, and one to 56", Ping("1472"), StringComparison.Ordinal);

        chain.Shell(1, "nft add rule ip t f drop");
        Assert.Equal("", Ping("1472"));

        string Ping(string size)
        {
            ProgramResult result = chain.NetWhy("ping", "-c", "1", "-W", "0.2", "-M", "do", "-s", size, chain.Target.ToString());
            Assert.Equal(1, result.ExitCode);
            return result.Error;
        }
    }
}
