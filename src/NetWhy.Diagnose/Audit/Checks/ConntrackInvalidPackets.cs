using NetWhy.Evidence;

namespace NetWhy.Diagnose.Audit.Checks;

/// <summary>Packets that fit no tracked connection.</summary>
public sealed class ConntrackInvalidPackets : IHostCheck
{
    /// <inheritdoc/>
    public HostCheckInfo Info { get; } = new("conntrack.invalid", Source: "nf_conntrack-sysctl.rst, nf_conntrack_log_invalid") { Cause = "conntrack-invalid" };

    /// <inheritdoc/>
    public IEnumerable<Signal> Evaluate(EvidenceSet evidence)
    {
        if (evidence.Last<ConntrackState>(state => state.After is not null) is not { } state)
            yield break;
        long grown = state.Growth.GetValueOrDefault("invalid");
        bool isMuch = grown >= 10 * Math.Max(state.After?.TotalSeconds ?? 1, 1);
        yield return new Signal(
            Info.Id,
            isMuch ? Standing.Advice : Standing.Fine,
            "packets that fit no tracked connection",
            $"{grown} in {Words.Of(state.After ?? TimeSpan.Zero)}, {state.Statistics.GetValueOrDefault("invalid")} since start",
            "")
        {
            Meaning = isMuch ? "They pass untracked and untranslated: where only one direction of a connection comes by here, where entries are forgotten too soon, or in a scan. A rule that drops INVALID would lose them." : "",
            Remedies = isMuch ? [new Remedy("Have them logged for a while (6 is TCP), with the reason; 0 ends it.", "sysctl -w net.netfilter.nf_conntrack_log_invalid=6")] : [],
            Evidence = [state],
        };
    }
}
