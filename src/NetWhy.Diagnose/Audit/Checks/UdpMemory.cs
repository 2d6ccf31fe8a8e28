using NetWhy.Diagnose.Rules;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Audit.Checks;

/// <summary>Memory that UDP holds on the whole machine, against net.ipv4.udp_mem.</summary>
public sealed class UdpMemory : IHostCheck
{
    /// <inheritdoc/>
    public HostCheckInfo Info { get; } = new("udp.memory", Source: "ip-sysctl.rst, udp_mem") { Cause = MemoryPressure.Cause };

    /// <inheritdoc/>
    public IEnumerable<Signal> Evaluate(EvidenceSet evidence)
    {
        if (evidence.Last<ProtocolMemory>() is { } memory)
            yield return MemoryLimit.Signal(Info.Id, "memory of UDP sockets", "udp_mem", memory.UdpPages, memory.UdpLimits, memory);
    }
}
