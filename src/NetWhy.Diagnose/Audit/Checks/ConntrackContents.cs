using System.Globalization;
using NetWhy.Diagnose.Hosts;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Audit.Checks;

/// <summary>What the connection tracking table holds: connections without an answer, idle ones, ports of address translation.</summary>
public sealed class ConntrackContents : IHostCheck
{
    private const int Worthwhile = 1000; // entries below which shares say nothing
    private const int NatPorts = 64_512; // 1024 to 65535; rules may allow fewer. Source: net/netfilter/nf_nat_core.c

    /// <inheritdoc/>
    public HostCheckInfo Info { get; } = new("conntrack.contents", Source: "linux/netfilter/nfnetlink_conntrack.h; nf_conntrack-sysctl.rst; net/netfilter/nf_nat_core.c");

    /// <inheritdoc/>
    public IEnumerable<Signal> Evaluate(EvidenceSet evidence)
    {
        if (evidence.Last<ConntrackCensus>() is not { Counted: > 0 } census || evidence.Last<ConntrackState>() is not { } state)
            yield break;

        bool isFilling = state.Count >= 0.5 * state.Max;
        double all = census.IsWhole ? 1 : Math.Max(1, state.Count / (double)census.Counted); // of a list cut short: entries for each that was counted
        if (census.Translated is [{ } most, ..] && Math.Min(NatPorts, most.InUse * all) is var inUse && inUse >= 0.7 * NatPorts)
        {
            yield return new Signal(
                Info.Id,
                inUse >= 0.9 * NatPorts ? Standing.Critical : Standing.Warning,
                $"ports of {most.Source} towards {most.Destination}:{most.Port} ({most.Protocol})",
                census.IsWhole ? $"{most.InUse} in use" : string.Create(CultureInfo.InvariantCulture, $"about {inUse:0} in use, reckoned from {most.InUse} among the first {census.Counted} of {state.Count} entries"),
                WholeHost.Plain(NatPorts))
            {
                Meaning = $"Address translation gives each connection to {most.Destination} a port of {most.Source}; when none is left, new ones are dropped.",
                Cause = "nat-exhausted",
                Remedies = [new Remedy("Translate to more addresses (a range in the rule), or let clients keep connections open and share them.")],
                Evidence = [census],
            };
        }

        if (census.Counted >= Worthwhile && census.Unreplied > 0.5 * census.Counted)
        {
            ConntrackSource? source = census.Sources.MaxBy(source => source.Unreplied);
            yield return new Signal(
                Info.Id,
                isFilling ? Standing.Warning : Standing.Advice,
                "tracked connections without an answer",
                $"{census.Unreplied} ({Words.Percent(census.Unreplied, census.Counted)})",
                $"{census.Counted}")
            {
                Meaning = $"Most of what is tracked never got an answer: a scan, one-way traffic, or answers that are blocked.{(source is null ? "" : $" {source.Address} began {source.Unreplied} of them.")}",
                Remedies = source is null ? [] : [new Remedy($"See whom {source.Address} asks for.", ShellCommand.Of($"conntrack -L -s {source.Address} | head -n 40"))],
                Evidence = [census],
            };
            yield break;
        }

        long? lifetime = state.Setting("nf_conntrack_tcp_timeout_established");
        if (isFilling && lifetime > 86_400 && census.IdleEstablished > 0.2 * census.Counted)
        {
            yield return new Signal(
                Info.Id,
                Standing.Warning,
                "idle connections in the tracking table",
                $"{census.IdleEstablished} without a packet for an hour ({Words.Percent(census.IdleEstablished ?? 0, census.Counted)})",
                string.Create(CultureInfo.InvariantCulture, $"{lifetime / 86_400.0:0.#} days of life"))
            {
                Meaning = "Connections whose ends are gone fill the table until their time is over.",
                Remedies = [Remedy.Set("Forget idle connections after a day; not sooner than your longest idle one.", "net.netfilter.nf_conntrack_tcp_timeout_established", "86400")],
                Evidence = [census, state],
            };
            yield break;
        }

        string kinds = string.Join(", ", census.Protocols.OrderByDescending(pair => pair.Value).Take(3).Select(pair => $"{pair.Value} {pair.Key}"));
        yield return new Signal(
            Info.Id,
            Standing.Fine,
            "tracked connections",
            $"{kinds}; {Words.Percent(census.Unreplied, census.Counted)} without an answer{(census.IsWhole ? "" : $" (of the first {census.Counted})")}",
            "")
        {
            Evidence = [census],
        };
    }
}
