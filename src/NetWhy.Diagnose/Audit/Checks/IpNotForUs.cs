using NetWhy.Evidence;

namespace NetWhy.Diagnose.Audit.Checks;

/// <summary>Packets for addresses that are not of this machine, which does not forward.</summary>
public sealed class IpNotForUs() : CounterCheck(
    "ip.not-for-us",
    "RFC 4293, ipSystemStatsInAddrErrors",
    "IP packets for other addresses, dropped",
    "Ip.InAddrErrors",
    "Ip6InAddrErrors")
{
    /// <inheritdoc/>
    protected override Signal Judge(Signal fine, CounterReading counters, EvidenceSet evidence)
    {
        long grown = counters.Grown(Names);
        bool forwards = SettingValue.Number(evidence, "net.ipv4.ip_forward") is not 0;
        LinkState? bridge = evidence.First<LinkState>(link => link is { IsUp: true, LinkKind: "bridge" }
            && evidence.Any<LinkState>(port => port.Master == link.Name));
        bool shouldForward = bridge is not null && !forwards && grown >= 5;
        return fine with
        {
            Standing = shouldForward ? Standing.Warning : Standing.Advice,
            Meaning = shouldForward
                ? $"Packets arrive here to be passed on, as to and from {bridge!.Name}, and this machine forwards nothing (ip_forward is 0)."
                : "Packets arrive for addresses that are not of this machine, and it drops them: a route or a neighbour entry elsewhere points here by mistake.",
            Evidence = bridge is not null && shouldForward ? [.. fine.Evidence, bridge] : fine.Evidence,
            Remedies = shouldForward
                ? [Remedy.Set("Forward packets, if that is what this machine is for.", "net.ipv4.ip_forward", "1")]
                : [new Remedy("See whose packets, for ten seconds.", "timeout 10 tcpdump -nnei any -c 50 'inbound and ip'")],
        };
    }
}
