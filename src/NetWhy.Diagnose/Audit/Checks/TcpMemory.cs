using NetWhy.Diagnose.Rules;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Audit.Checks;

/// <summary>Memory that TCP holds on the whole machine, against net.ipv4.tcp_mem.</summary>
public sealed class TcpMemory : IHostCheck
{
    /// <inheritdoc/>
    public HostCheckInfo Info { get; } = new("tcp.memory", Source: "ip-sysctl.rst, tcp_mem") { Cause = MemoryPressure.Cause };

    /// <inheritdoc/>
    public IEnumerable<Signal> Evaluate(EvidenceSet evidence)
    {
        if (evidence.Last<ProtocolMemory>() is { } memory)
            yield return MemoryLimit.Signal(Info.Id, "memory of TCP sockets", "tcp_mem", memory.TcpPages, memory.TcpLimits, memory);
    }
}
