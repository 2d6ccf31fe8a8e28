using NetWhy.Diagnose.Sockets;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Audit.Checks;

/// <summary>Datagrams that found the receive buffer of their socket full.</summary>
public sealed class UdpReceiveErrors() : CounterCheck(
    "udp.receive-errors",
    "udp(7); RFC 4113, udpInErrors",
    "UDP datagrams lost, buffer full",
    "Udp.RcvbufErrors",
    "Udp6RcvbufErrors")
{
    /// <inheritdoc/>
    protected override string? Cause => "udp-receive-overflow";

    /// <inheritdoc/>
    protected override Signal Judge(Signal fine, CounterReading counters, EvidenceSet evidence)
    {
        long lost = counters.Grown(Names);
        double share = CounterReading.Share(lost, lost + counters.Grown("Udp.InDatagrams", "Udp6InDatagrams"));
        return fine with
        {
            Standing = DatagramLoss.Grade(counters.PerSecond(lost), share) switch
            {
                Severity.Critical => Standing.Critical,
                Severity.Warning => Standing.Warning,
                _ => Standing.Advice,
            },
            Meaning = $"Datagrams arrive faster than a program reads them, and those that find its buffer full are lost ({Words.Percent(share)} of all).",
            Remedies = [new Remedy("See whose: d is what each socket dropped, rb its buffer.", "ss -uanmp | grep -v ',d0)'")],
        };
    }
}
