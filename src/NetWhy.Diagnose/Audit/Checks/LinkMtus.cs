using NetWhy.Diagnose.Hosts;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Audit.Checks;

/// <summary>MTUs that do not fit each other: ports of one bridge, a tunnel and what it lies on.</summary>
public sealed class LinkMtus : IHostCheck
{
    private const int MostSignals = 8;

    /// <inheritdoc/>
    public HostCheckInfo Info { get; } = new("link.mtu", Source: "linux/if_link.h, IFLA_MTU; RFC 7348, section 4.3");

    /// <inheritdoc/>
    public IEnumerable<Signal> Evaluate(EvidenceSet evidence)
    {
        LinkState[] links = [.. evidence.All<LinkState>().Where(link => !link.IsLoopback).GroupBy(link => link.Index).Select(samples => samples.Last()).Where(link => link.IsUp)];
        if (links.Length == 0)
            yield break;

        int told = 0;
        foreach (IGrouping<string?, LinkState> ports in links.Where(link => IsOfBridge(link, evidence)).GroupBy(link => link.Master))
        {
            LinkState smallest = ports.MinBy(port => port.Mtu)!;
            LinkState largest = ports.MaxBy(port => port.Mtu)!;
            if (smallest.Mtu == largest.Mtu || told++ >= MostSignals)
                continue;
            yield return new Signal(Info.Id, Standing.Warning, $"MTU of the ports of {ports.Key}", $"{largest.Name} has {largest.Mtu}, {smallest.Name} has {smallest.Mtu}", "")
            {
                Meaning = $"A bridge does not fragment and sends no ICMP: frames above {smallest.Mtu} octets that come in by {largest.Name} vanish at {smallest.Name}.",
                Cause = "mtu-mismatch",
                Remedies = [new Remedy("Give all ports the smaller MTU, and the hosts behind them too, or all the larger one.", ShellCommand.Of($"ip link set dev {largest.Name} mtu {WholeHost.Plain(smallest.Mtu)}"))],
                Evidence = [largest, smallest],
            };
        }

        foreach (LinkState tunnel in links)
        {
            if (Overhead(tunnel.LinkKind) is not { } overhead
                || links.FirstOrDefault(link => link.Name == tunnel.Underlay) is not { } under
                || tunnel.Mtu + overhead <= under.Mtu
                || told++ >= MostSignals)
            {
                continue;
            }

            yield return new Signal(Info.Id, Standing.Warning, $"MTU of {tunnel.Name} ({tunnel.LinkKind})", $"{tunnel.Mtu}, and {overhead} octets around it", $"{under.Mtu} of {under.Name}")
            {
                Meaning = $"Full packets of {tunnel.Name} do not fit {under.Name}: they are fragmented, or vanish.",
                Cause = "mtu-mismatch",
                Remedies = [new Remedy("Leave room for the headers.", ShellCommand.Of($"ip link set dev {tunnel.Name} mtu {WholeHost.Plain(under.Mtu - overhead)}"))],
                Evidence = [tunnel, under],
            };
        }

        if (told == 0)
            yield return new Signal(Info.Id, Standing.Fine, $"MTU of {Words.Count(links.Length, "interface")}", string.Join(", ", links.Select(link => link.Mtu).Distinct().Order().Take(6)), "") { Evidence = [.. links.Take(8)] };
    }

    // What a VRF has is routed, a bond sets the MTU itself, Open vSwitch fragments nothing either but its ports may lie in different networks.
    private static bool IsOfBridge(LinkState port, EvidenceSet evidence) => port.Master is not null
        && (port.MasterKind ?? (port.PortState is not null ? "bridge" : evidence.Last<LinkState>(link => link.Name == port.Master)?.LinkKind)) is "bridge";

    // A VLAN tag is no part of the MTU. Source: RFC 7348 over IPv4; RFC 8926 without options.
    private static int? Overhead(string? kind) => kind switch
    {
        "vxlan" or "geneve" => 50,
        "vlan" or "macvlan" or "ipvlan" or "macvtap" => 0,
        "ipip" or "sit" => 20,
        "gre" => 24, // with a key or a sequence number 4 more
        "gretap" => 38,
        _ => null,
    };
}
