using NetWhy.Evidence;

namespace NetWhy.Diagnose.Audit.Checks;

/// <summary>MPTCP connections that fell back to plain TCP, and subflows that failed.</summary>
public sealed class MultipathTcp() : CounterCheck(
    "mptcp.trouble",
    "net/mptcp/mib.c; RFC 8684",
    "MPTCP fallbacks and failures",
    "MPTcpExt.MPCapableFallbackACK",
    "MPTcpExt.MPCapableFallbackSYNACK",
    "MPTcpExt.MPFallbackTokenInit",
    "MPTcpExt.MPJoinNoTokenFound",
    "MPTcpExt.MPJoinSynAckHMacFailure",
    "MPTcpExt.MPJoinAckHMacFailure",
    "MPTcpExt.DataCsumErr",
    "MPTcpExt.SubflowStale",
    "MPTcpExt.DSSCorruptionFallback",
    "MPTcpExt.Blackhole")
{
    /// <inheritdoc/>
    protected override bool IsOptional => true;

    /// <inheritdoc/>
    protected override Signal Judge(Signal fine, CounterReading counters, EvidenceSet evidence)
    {
        string worst = Names.MaxBy(name => counters.Grown(name))!;
        bool isFailure = worst.Contains("Failure", StringComparison.Ordinal) || worst.Contains("Csum", StringComparison.Ordinal) || worst.Contains("Stale", StringComparison.Ordinal);
        return fine with
        {
            Standing = isFailure ? Standing.Warning : Standing.Advice,
            Meaning = isFailure
                ? $"{worst[(worst.IndexOf('.', StringComparison.Ordinal) + 1)..]} grew: a subflow is broken, or something on the way changes its options or data."
                : "Connections asked for MPTCP and became plain TCP: the other end has none, or something on the way removes the option. They work, by one path.",
            Remedies = [new Remedy("See the limits, the endpoints and all counters.", "ip mptcp limits; ip mptcp endpoint; nstat -az | grep -i mptcp")],
        };
    }
}
