using NetWhy.Diagnose.Sockets;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Audit.Checks;

/// <summary>SYNs that listeners dropped for another reason than a full accept queue.</summary>
public sealed class ListenDrops : IHostCheck
{
    /// <inheritdoc/>
    public HostCheckInfo Info { get; } = new("tcp.listen-drops", Source: "snmp_counter.rst, TcpExtListenDrops");

    /// <inheritdoc/>
    public IEnumerable<Signal> Evaluate(EvidenceSet evidence)
    {
        if (evidence.Last<KernelCounters>() is not { } counters)
            yield break;
        long other = SocketWords.Growth(evidence, "TcpExt.ListenDrops") - SocketWords.Growth(evidence, "TcpExt.ListenOverflows", "TcpExt.TCPReqQFullDrop");
        long total = counters.Totals.GetValueOrDefault("TcpExt.ListenDrops") - counters.Totals.GetValueOrDefault("TcpExt.ListenOverflows");
        yield return new Signal(
            Info.Id,
            other <= 0 ? Standing.Fine : new CounterReading(counters).IsMuch(other, 1, 0.001, "Tcp.PassiveOpens", "TcpExt.ListenDrops") ? Standing.Warning : Standing.Advice,
            "connections dropped at listeners",
            $"{Math.Max(0, other)} in {Words.Of(counters.Lasted)}, {Math.Max(0, total)} since start",
            "")
        {
            Meaning = other > 0 ? "Listeners drop connections although their accept queues have room: for want of memory, of a route back, or because a filter forbids it." : "",
            Remedies = other > 0 ? [new Remedy("See which reasons the kernel counts.", "nstat -az | grep -E 'ListenDrops|ListenOverflows|TCPReqQFull|OutNoRoutes|AbortOnMemory'")] : [],
            Evidence = [counters],
        };
    }
}
