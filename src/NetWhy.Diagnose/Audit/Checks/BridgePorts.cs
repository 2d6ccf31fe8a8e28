using NetWhy.Evidence;

namespace NetWhy.Diagnose.Audit.Checks;

/// <summary>Ports of bridges that pass nothing on.</summary>
public sealed class BridgePorts : IHostCheck
{
    /// <inheritdoc/>
    public HostCheckInfo Info { get; } = new("link.bridge", Source: "linux/if_bridge.h, BR_STATE_; bridge(8)");

    /// <inheritdoc/>
    public IEnumerable<Signal> Evaluate(EvidenceSet evidence)
    {
        LinkState[] ports = [.. evidence.All<LinkState>().Where(link => link.PortState is not null).GroupBy(link => link.Index).Select(samples => samples.Last())];
        if (ports.Length == 0)
            yield break;
        LinkState[] closed = [.. ports.Where(port => port is { IsUp: true, HasCarrier: true, PortState: not "forwarding" })];
        yield return new Signal(
            Info.Id,
            closed.Length == 0 ? Standing.Fine : Standing.Warning,
            $"{Words.Count(ports.Length, "port")} of bridges",
            closed.Length == 0 ? "all that are up forward" : string.Join(", ", closed.Take(6).Select(port => $"{port.Name} of {port.Master} is {port.PortState}")),
            "")
        {
            Meaning = closed.Length == 0 ? "" : "A port that is not forwarding drops what comes in: spanning tree blocks it, or has not decided yet.",
            Remedies = closed is [{ Master: { } bridge }, ..] ? [new Remedy("See the states and costs of its ports.", ShellCommand.Of($"bridge -d link show; ip -d link show dev {bridge}"))] : [],
            Evidence = [.. (closed.Length == 0 ? ports : closed).Take(8)],
        };
    }
}
