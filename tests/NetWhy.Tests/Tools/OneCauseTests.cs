using System.Text.Json;
using NetWhy.Tests.App;
using Xunit;

namespace NetWhy.Tests.Tools;

/// <summary>Whatever tool meets a router's refusal calls it by the same cause, and names the router.</summary>
public sealed class OneCauseTests(PathNamespaces way) : IClassFixture<PathNamespaces>
{
    [Theory]
    [InlineData("10.91.16.1", "10.91.1.1", "port-rejected")] // communication administratively prohibited: RFC 1812, section 5.2.7.1
    [InlineData("10.91.15.1", "10.91.1.1", "port-rejected")] // host administratively prohibited
    [InlineData("10.91.13.1", "10.91.1.1", "port-rejected")] // port unreachable, of a router
    [InlineData("10.91.10.1", "10.91.1.1", "route-prohibited")] // network unreachable
    [InlineData("fd91:11::1", "fd91:1::1", "port-rejected")] // administratively prohibited: RFC 4443, section 3.1
    public void A_refusal_has_one_cause(string address, string router, string cause)
    {
        ProgramResult mtu = PathNamespaces.Run(way.Client, NetWhyProgram.Path, "mtu", "--json", address);
        ProgramResult nc = PathNamespaces.Run(way.Client, NetWhyProgram.Path, "nc", "-z", "--why", "--json", address, "80");
        ProgramResult mtr = PathNamespaces.Run(way.Client, NetWhyProgram.Path, "mtr", "--report", "-n", "-c", "3", "-i", "0.1", "--explain", address);
        ProgramResult bw = PathNamespaces.Run(way.Client, NetWhyProgram.Path, "bw", address);

        Assert.Equal((1, 1, 0, 3), (mtu.ExitCode, nc.ExitCode, mtr.ExitCode, bw.ExitCode));
        foreach (ProgramResult result in new[] { mtu, nc })
        {
            using var document = JsonDocument.Parse(result.Output);
            JsonElement statement = document.RootElement.GetProperty("statements")[0];
            Assert.Equal(cause, statement.GetProperty("cause").GetString());
            Assert.Contains($"{router} ", statement.GetProperty("text").GetString(), StringComparison.Ordinal);
        }

        Assert.Contains($"netwhy explain {cause}", mtr.Output, StringComparison.Ordinal);
        Assert.Contains($"{router} (hop ", mtr.Output, StringComparison.Ordinal);
        Assert.Contains($"{router} ", bw.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("UNREACH", mtu.Error + mtr.Output + mtr.Error + bw.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Nc_says_why_below_what_nc_says()
    {
        ProgramResult nc = PathNamespaces.Run(way.Client, NetWhyProgram.Path, "nc", "-zv", "--why", "10.91.16.1", "80", "81");

        Assert.Equal(
            """
            nc: connect to 10.91.16.1 port 80 (tcp) failed: No route to host
              A packet filter, or a route of type prohibit, on 10.91.1.1 rejects all that goes to 10.91.16.1, with "administratively prohibited (ICMP 3/13)". (netwhy explain port-rejected)
            nc: connect to 10.91.16.1 port 81 (tcp) failed: No route to host

            """,
            nc.Error);
    }

    [Theory]
    [InlineData("6.6.6.6", "the route to 6.6.6.6 is a blackhole")]
    [InlineData("6.6.6.7", "the route to 6.6.6.7 is of type unreachable")]
    [InlineData("6.6.6.8", "the route to 6.6.6.8 is of type prohibit")]
    public void A_route_that_refuses_is_named_by_its_type(string address, string said)
    {
        foreach (string[] tool in (string[][])[["mtu"], ["mtr", "--report", "-c", "1"], ["traceroute"]])
            Assert.Contains(said, PathNamespaces.Run(way.Client, [NetWhyProgram.Path, .. tool, address]).Error, StringComparison.Ordinal);
    }
}
