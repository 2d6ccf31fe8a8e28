using NetWhy.Tools.Calc;
using Xunit;

namespace NetWhy.Tests.Tools.Calc;

/// <summary>What tunnels take, as the sum of the headers that their RFCs put around a packet.</summary>
public sealed class TunnelTests
{
    private const int V4 = 20, V6 = 40, Udp = 8, Ethernet = 14, Gre = 4, Vxlan = 8, Geneve = 8, WireGuard = 16 + 16, Pppoe = 6 + 2, Label = 4;

    [Theory]
    [InlineData("ipip", V4)]
    [InlineData("6in4", V4)]
    [InlineData("sit", V4)]
    [InlineData("gre", V4 + Gre)]
    [InlineData("gretap", V4 + Gre + Ethernet)]
    [InlineData("vxlan", V4 + Udp + Vxlan + Ethernet)]
    [InlineData("vxlan6", V6 + Udp + Vxlan + Ethernet)]
    [InlineData("geneve", V4 + Udp + Geneve + Ethernet)]
    [InlineData("geneve6", V6 + Udp + Geneve + Ethernet)]
    [InlineData("wireguard", V4 + Udp + WireGuard)]
    [InlineData("wireguard6", V6 + Udp + WireGuard)]
    [InlineData("pppoe", Pppoe)]
    [InlineData("mpls", Label)]
    [InlineData("vlan", Label)]
    public void A_tunnel_takes_its_headers(string name, int headers)
    {
        Assert.Equal(1500 - headers, Tunnel.Inside(name, 1500)!.Value.Inner);
        Assert.Contains(name, Tunnel.Between(1500, 1500 - headers));
    }

    [Fact]
    public void A_tunnel_over_an_access_line_with_pppoe_is_named_with_it()
    {
        Assert.Equal(["vxlan in pppoe", "geneve in pppoe"], Tunnel.Between(1500, 1500 - Pppoe - V4 - Udp - Vxlan - Ethernet));
        Assert.Empty(Tunnel.Between(1500, 1499));
    }
}
