using System.Collections.Immutable;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Audit.Checks;

/// <summary>Connections from or to this machine that failed in the handshake.</summary>
public sealed class TcpConnectFailures() : CounterCheck(
    "tcp.connect-failures",
    "RFC 4022, tcpAttemptFails",
    "TCP connections that failed to open",
    "Tcp.AttemptFails")
{
    /// <inheritdoc/>
    protected override ImmutableArray<string> Whole => ["Tcp.ActiveOpens", "Tcp.PassiveOpens"];

    /// <inheritdoc/>
    protected override Signal Judge(Signal fine, CounterReading counters, EvidenceSet evidence)
    {
        long failed = counters.Grown(Names);
        double share = CounterReading.Share(failed, counters.Grown(Whole));
        return failed < 20 || share < 0.2 ? fine : fine with
        {
            Standing = share < 0.5 ? Standing.Advice : Standing.Warning,
            Meaning = "Connections are refused, or give up before they stand: a service is not there, or a client asks the wrong port.",
            Remedies = [new Remedy("See which refusals arrive, for ten seconds.", "timeout 10 tcpdump -nni any -c 50 'tcp[tcpflags] & tcp-rst != 0'")],
        };
    }
}
