using NetWhy.Evidence;

namespace NetWhy.Diagnose.Audit.Checks;

/// <summary>Datagrams that could not be sent: no room in the send buffer or in the queue of the interface.</summary>
public sealed class UdpSendErrors() : CounterCheck(
    "udp.send-errors",
    "udp(7); net/ipv4/udp.c",
    "UDP datagrams not sent",
    "Udp.SndbufErrors",
    "Udp6SndbufErrors")
{
    /// <inheritdoc/>
    protected override Signal Judge(Signal fine, CounterReading counters, EvidenceSet evidence) =>
        OfOwnQueue(fine, fine with
        {
            Standing = counters.IsMuch(counters.Grown(Names), 5, 0.001, "Udp.OutDatagrams", "Udp6OutDatagrams") ? Standing.Warning : Standing.Advice,
            Meaning = "Datagrams were thrown away before they left, and the program was told that they were sent: the queue of an interface or a send buffer is full.",
            Remedies = [new Remedy("See which queue drops.", "tc -s qdisc show | grep -B1 -E 'dropped [1-9]'")],
        }, counters.Grown(Names), evidence);
}
