using NetWhy.Evidence;

namespace NetWhy.Diagnose.Audit.Checks;

/// <summary>Stations that a bridge sees now behind one port and now behind another: a loop, or two with one hardware address.</summary>
public sealed class BridgeLoops : IHostCheck
{
    private const int Often = 3; // a machine that is moved to another port moves once, one that is moved back twice

    /// <inheritdoc/>
    public HostCheckInfo Info { get; } = new("link.bridge-moves", Source: "bridge(8), fdb; net/bridge/br_fdb.c, br_fdb_update; IEEE 802.1Q, section 8.7");

    /// <inheritdoc/>
    public IEnumerable<Signal> Evaluate(EvidenceSet evidence)
    {
        if (evidence.Last<BridgeStations>() is not { } heard)
            yield break;
        MovedStation[] restless = [.. heard.Moved.Where(station => station.Moves >= Often)];
        foreach (IGrouping<string, MovedStation> bridge in restless.GroupBy(station => station.Bridge))
        {
            MovedStation most = bridge.First();
            int others = bridge.Count() - 1;
            string vlan = most.Vlan > 0 ? $" (VLAN {most.Vlan})" : "";
            yield return new Signal(
                Info.Id,
                Standing.Warning,
                $"stations of {bridge.Key}",
                $"{most.HardwareAddress}{vlan} moved {most.Moves} times in {Words.Of(heard.Lasted)} between {string.Join(", ", most.Ports)}{(others > 0 ? $", and {Words.Count(others, "other")} did so" : "")}",
                "")
            {
                Meaning = others > 0
                    ? "Frames of several stations come in by more than one port: the ports are connected with each other behind this bridge (a loop), and frames for them go now here, now there."
                    : "Its frames come in by more than one port: two machines have this hardware address, or the ports are connected with each other behind this bridge (a loop). Frames for it go now here, now there.",
                Remedies =
                [
                    new Remedy("See the ports and whether spanning tree is on (stp_state 1 blocks loops).", ShellCommand.Of($"ip -d link show dev {bridge.Key}; bridge link show; bridge fdb show br {bridge.Key} | grep {most.HardwareAddress}")),
                    new Remedy("Give machines that were copied hardware addresses of their own, or take one of the connections out."),
                ],
                Evidence = [heard],
            };
        }

        if (restless.Length == 0)
        {
            yield return new Signal(
                Info.Id,
                Standing.Fine,
                $"stations of {Words.Count(heard.Bridges, "bridge")}",
                heard.Moved.Count == 0 ? $"none changed its port in {Words.Of(heard.Lasted)}" : $"{heard.Moved[0].HardwareAddress} changed its port of {heard.Moved[0].Bridge}, as a machine does that is moved",
                "")
            {
                Evidence = [heard],
            };
        }
    }
}
