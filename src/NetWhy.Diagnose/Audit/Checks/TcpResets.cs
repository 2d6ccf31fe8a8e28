using System.Collections.Immutable;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Audit.Checks;

/// <summary>Established connections that a reset ended, against the connections opened.</summary>
public sealed class TcpResets() : CounterCheck(
    "tcp.resets",
    "RFC 4022, tcpEstabResets",
    "TCP connections reset",
    "Tcp.EstabResets")
{
    /// <inheritdoc/>
    protected override ImmutableArray<string> Whole => ["Tcp.ActiveOpens", "Tcp.PassiveOpens"];

    /// <inheritdoc/>
    protected override Signal Judge(Signal fine, CounterReading counters, EvidenceSet evidence)
    {
        long resets = counters.Grown(Names);
        return resets < 20 || CounterReading.Share(resets, counters.Grown(Whole)) < 0.2 ? fine : fine with
        {
            Standing = Standing.Advice,
            Meaning = "Many connections end by a reset and not by a close: programs that drop them on purpose do that, and devices on the way that forgot them.",
            Remedies = [new Remedy("See who sends the resets, for ten seconds.", "timeout 10 tcpdump -nni any -c 50 'tcp[tcpflags] & tcp-rst != 0'")],
        };
    }
}
