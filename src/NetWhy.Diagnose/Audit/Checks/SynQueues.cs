using NetWhy.Diagnose.Sockets;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Audit.Checks;

/// <summary>Connections that are begun and not completed, and the cookies that help where there are too many.</summary>
public sealed class SynQueues : IHostCheck
{
    /// <inheritdoc/>
    public HostCheckInfo Info { get; } = new("tcp.syn-queue", Source: "ip-sysctl.rst, tcp_syncookies; snmp_counter.rst") { Cause = "syn-flood" };

    /// <inheritdoc/>
    public IEnumerable<Signal> Evaluate(EvidenceSet evidence)
    {
        if (evidence.Last<KernelCounters>() is not { } counters || SocketWords.CountOf(evidence, "syn-received") is not { } halfOpen)
            yield break;
        SocketGroup? largest = evidence.All<SocketGroup>().Where(group => group.State is "syn-received").MaxBy(group => group.Count);
        bool isOff = SettingValue.Number(evidence, "net.ipv4.tcp_syncookies") is 0 && evidence.First<SocketSurvey>() is { Listeners: > 0 };
        bool isHalfFull = largest is { Count: >= 64 } && largest.Count * 2L > largest.Backlog && !Rules.ReturnRouteMissing.IsOfFewClients(evidence, largest);
        long cookies = counters.Totals.GetValueOrDefault("TcpExt.SyncookiesSent");
        long drops = counters.Totals.GetValueOrDefault("TcpExt.TCPReqQFullDrop");
        yield return new Signal(
            Info.Id,
            isHalfFull ? Standing.Warning : isOff ? Standing.Advice : Standing.Fine,
            isHalfFull ? $"half-open connections of :{largest!.LocalPort}" : isOff ? "SYN cookies" : "half-open connections",
            isOff && !isHalfFull ? "off" : $"{(isHalfFull ? largest!.Count : halfOpen)}; {cookies} cookies and {drops} drops since start",
            isHalfFull ? $"{largest!.Backlog}" : "")
        {
            Meaning = isHalfFull ? $"{largest!.Retransmitting} of them have had their answer repeated: a flood begins, or the answers get lost on their way back."
                : isOff ? "When a flood of SYNs fills a queue, real clients are kept out as well." : "",
            Remedies = isOff ? [Remedy.Set("Answer with cookies when a queue is full.", "net.ipv4.tcp_syncookies", "1")] : [],
            Evidence = largest is null ? [counters] : [largest, counters],
        };
    }
}
