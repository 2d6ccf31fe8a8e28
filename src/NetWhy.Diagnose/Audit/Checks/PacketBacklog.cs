using NetWhy.Evidence;

namespace NetWhy.Diagnose.Audit.Checks;

/// <summary>Whether each processor keeps up with the packets handed to it.</summary>
public sealed class PacketBacklog : IHostCheck
{
    /// <inheritdoc/>
    public HostCheckInfo Info { get; } = new("softnet.backlog", Source: "net/core/net-procfs.c, softnet_seq_show") { Cause = "softnet-drops" };

    /// <inheritdoc/>
    public IEnumerable<Signal> Evaluate(EvidenceSet evidence)
    {
        if (evidence.Last<SoftnetState>() is not { } state)
            yield break;
        long dropped = state.Processors.Sum(cpu => cpu.Dropped);
        yield return new Signal(
            Info.Id,
            Standing.Fine,
            $"packet backlog of {Words.Count(state.Online, "CPU")}",
            $"{(dropped == 0 ? "no drop" : Words.Count(dropped, "drop"))} in {Words.Of(state.Lasted)}, {state.Processors.Sum(cpu => cpu.DroppedTotal)} since start",
            state.MaxBacklog is { } most ? $"{most} packets" : "")
        {
            Evidence = [state],
        };
    }
}
