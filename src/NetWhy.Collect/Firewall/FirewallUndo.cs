using System.Globalization;
using System.Net.Sockets;

namespace NetWhy.Collect.Firewall;

/// <summary>Writes the command that removes a rule, or that opens a flow which a policy drops.</summary>
internal static class FirewallUndo
{
    /// <summary>Name of a tool's command.</summary>
    /// <param name="tool">The tool.</param>
    internal static string ToolName(FirewallTool tool) => tool switch
    {
        FirewallTool.Nft => "nft",
        FirewallTool.Iptables => "iptables",
        FirewallTool.Ip6tables => "ip6tables",
        FirewallTool.IptablesLegacy => "iptables-legacy",
        _ => "ip6tables-legacy",
    };

    /// <summary>Writes the command.</summary>
    /// <param name="flow">The flow to open.</param>
    /// <param name="packet">Which packet of it is stopped.</param>
    /// <param name="hit">What stops it.</param>
    internal static string Command(FirewallFlow flow, PacketKind packet, FirewallHit hit)
    {
        FirewallChain chain = hit.Rule?.Chain ?? hit.Chain;
        string tool = ToolName(chain.Tool);
        string table = chain.Table is "filter" ? "" : $" -t {chain.Table}";
        if (hit.Rule is { Handle: { } handle })
            return string.Create(CultureInfo.InvariantCulture, $"nft delete rule {chain.Family} {chain.Table} {chain.Name} handle {handle}");
        if (hit.Rule is { Text: { } text })
            return $"{tool}{table} -D {text}";
        return chain.Tool is FirewallTool.Nft
            ? $"nft insert rule {chain.Family} {chain.Table} {chain.Name} {NftCondition(flow, packet, chain)}accept"
            : $"{tool}{table} -I {chain.Name}{IptablesCondition(flow, packet)} -j ACCEPT";
    }

    private static string NftCondition(FirewallFlow flow, PacketKind packet, FirewallChain chain)
    {
        if (chain.Family is not ("ip" or "ip6" or "inet"))
            return "";
        if (flow.IsLoopback)
            return chain.Hook is FirewallHook.Output or FirewallHook.Postrouting ? "oif \"lo\" " : "iif \"lo\" ";
        if (IsAnswer(packet))
            return "ct state established,related ";
        string address = flow.Address is null ? ""
            : (flow.Address.AddressFamily is AddressFamily.InterNetworkV6 ? "ip6" : "ip") + $" daddr {flow.Address} ";
        return flow.Protocol switch
        {
            FirewallPacket.Tcp => string.Create(CultureInfo.InvariantCulture, $"{address}tcp dport {flow.Port} "),
            FirewallPacket.Udp => string.Create(CultureInfo.InvariantCulture, $"{address}udp dport {flow.Port} "),
            _ => $"{address}meta l4proto {{ icmp, ipv6-icmp }} ",
        };
    }

    private static string IptablesCondition(FirewallFlow flow, PacketKind packet)
    {
        if (flow.IsLoopback)
            return packet is PacketKind.Opening or PacketKind.Data or PacketKind.Echo ? " -o lo" : " -i lo";
        if (IsAnswer(packet))
            return " -m conntrack --ctstate ESTABLISHED,RELATED";
        string address = flow.Address is null ? "" : $" -d {flow.Address}";
        return flow.Protocol switch
        {
            FirewallPacket.Tcp => string.Create(CultureInfo.InvariantCulture, $" -p tcp{address} --dport {flow.Port}"),
            FirewallPacket.Udp => string.Create(CultureInfo.InvariantCulture, $" -p udp{address} --dport {flow.Port}"),
            _ => address,
        };
    }

    private static bool IsAnswer(PacketKind packet) => packet is PacketKind.Answer or PacketKind.AnswerData
        or PacketKind.EchoReply or PacketKind.PacketTooBig or PacketKind.NeighbourAnswer;
}
