using System.Globalization;
using NetWhy.Diagnose.Hosts;
using NetWhy.Diagnose.Rules;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Audit.Checks;

/// <summary>How full the connection tracking table is.</summary>
public sealed class ConntrackTable : IHostCheck
{
    private const double Tight = 0.8;

    /// <inheritdoc/>
    public HostCheckInfo Info { get; } = new("conntrack.table", Source: "nf_conntrack-sysctl.rst") { Cause = "conntrack-full" };

    /// <inheritdoc/>
    public IEnumerable<Signal> Evaluate(EvidenceSet evidence)
    {
        if (evidence.Last<ConntrackState>() is not { Max: > 0 } state)
            yield break;
        bool isTight = state.Count >= Tight * state.Max;
        ConntrackCensus? census = evidence.Last<ConntrackCensus>();
        yield return new Signal(
            Info.Id,
            isTight ? Standing.Warning : Standing.Fine,
            "connection tracking table",
            string.Create(CultureInfo.InvariantCulture, $"{state.Count} entries ({Words.Percent(state.Count, state.Max)})"),
            WholeHost.Plain(state.Max))
        {
            Meaning = isTight
                ? $"When it is full, new connections are dropped. {(census is { Counted: > 0 } ? ConntrackFull.Filler(census) + "." : "")}".TrimEnd()
                : "",
            Remedies = isTight ? [Remedy.Set("Make the table larger (an entry costs some 300 octets).", "net.netfilter.nf_conntrack_max", WholeHost.Plain(state.Max * 2), state.IsLimitSettable is true ? null : WholeHost.Machine)] : [],
            Evidence = census is null ? [state] : [state, census],
        };
    }
}
