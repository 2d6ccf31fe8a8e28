using System.Collections.Immutable;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Audit.Checks;

/// <summary>SYNs and SYN-ACKs that had to be sent again, against the connections opened.</summary>
public sealed class TcpHandshakeRetransmits() : CounterCheck(
    "tcp.handshake-retransmits",
    "snmp_counter.rst, TcpExtTCPSynRetrans",
    "TCP handshakes with repeated packets",
    "TcpExt.TCPSynRetrans")
{
    /// <inheritdoc/>
    protected override ImmutableArray<string> Whole => ["Tcp.ActiveOpens", "Tcp.PassiveOpens"];

    /// <inheritdoc/>
    protected override Signal Judge(Signal fine, CounterReading counters, EvidenceSet evidence)
    {
        long again = counters.Grown(Names);
        long opened = counters.Grown(Whole);
        double share = CounterReading.Share(again, opened);

        // Connections from here that nobody answers, and half-open ones whose answer nobody takes, are told by themselves.
        long known = (Rules.UnansweredConnects.PendingOf(evidence)?.Unanswered ?? 0)
            + evidence.All<SocketGroup>().Where(group => group.State is "syn-received").Sum(group => (long)group.Retransmitting);
        if (known * 2 >= again)
            return fine with { Value = string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{fine.Value}; {known} wait for an answer now") };
        return opened < 20 || again < 5 || share < 0.05 ? fine : OfOwnQueue(fine, fine with
        {
            Standing = share < 0.2 ? Standing.Advice : Standing.Warning,
            Meaning = "Connections take a second or more longer to open: SYNs or their answers are lost, filtered, or dropped by a full queue of the peer or of a service here.",
            Remedies =
            [
                new Remedy("See which peers do not answer.", "ss -tn state syn-sent"),
                new Remedy("See whose answers from here are not acknowledged.", "ss -tn state syn-recv"),
            ],
        }, again, evidence);
    }
}
