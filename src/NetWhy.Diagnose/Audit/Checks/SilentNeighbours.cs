using NetWhy.Evidence;

namespace NetWhy.Diagnose.Audit.Checks;

/// <summary>Neighbours that did not answer ARP or neighbour discovery, the gateway first of all.</summary>
public sealed class SilentNeighbours : IHostCheck
{
    private static readonly TimeSpan LongForAnAnswer = TimeSpan.FromSeconds(0.9); // on a link that takes milliseconds

    /// <inheritdoc/>
    public HostCheckInfo Info { get; } = new("neighbour.silent", Source: "RFC 826; RFC 4861, section 7.3.2; linux/neighbour.h, NUD_FAILED") { Cause = "neighbour-unresolved" };

    /// <inheritdoc/>
    public IEnumerable<Signal> Evaluate(EvidenceSet evidence)
    {
        NeighbourTable[] tables = [.. evidence.All<NeighbourTable>().GroupBy(table => table.Family).Select(group => group.Last())];
        if (tables.Length == 0)
            yield break;

        // While something is sent there, the kernel asks again each time that it has given up: then it is "incomplete" at nearly every look.
        SilentNeighbour[] failed =
        [
            .. tables.SelectMany(table => table.Silent.Where(neighbour => neighbour.State is "failed"
                || (neighbour is { IsGateway: true, StateBefore: "failed" or "incomplete" } && table.Lasted >= LongForAnAnswer))),
        ];
        foreach (SilentNeighbour gateway in failed.Where(neighbour => neighbour.IsGateway))
        {
            yield return new Signal(Info.Id, IsBestDefault(evidence, gateway) ? Standing.Critical : Standing.Warning, $"gateway {gateway.Address} on {gateway.Interface}", "does not answer", "")
            {
                Meaning = $"A route of this machine goes by {gateway.Address}, and it does not answer {(gateway.Address.AddressFamily is System.Net.Sockets.AddressFamily.InterNetworkV6 ? "neighbour discovery" : "ARP")}: all that is sent that way is lost.",
                Cause = Info.Cause,
                Remedies =
                [
                    new Remedy("Switch the gateway on, put it on the same link or VLAN, or correct its address here."),
                    new Remedy("Then see whether it answers: no more FAILED.", ShellCommand.Of($"ip neigh show {gateway.Address} dev {gateway.Interface}")),
                ],
                Evidence = [.. tables],
            };
        }

        // An entry is incomplete only while something has packets for it; one that was asked a moment ago may still answer.
        SilentNeighbour[] wanted =
        [
            .. tables.SelectMany(table => table.Silent)
                .Where(neighbour => !neighbour.IsGateway && neighbour.StateBefore is not null && IsWanted(neighbour)),
        ];
        if (wanted.Length > 0)
        {
            SilentNeighbour one = wanted[0];
            string more = tables.Any(IsCutShort) ? " or more" : "";
            yield return new Signal(Info.Id, Standing.Advice, "neighbours asked in vain now", $"{wanted.Length}{more}: {InWords(wanted)}", "")
            {
                Meaning = $"Something here sends to {(wanted.Length == 1 ? "a neighbour that does" : "neighbours that do")} not answer: it is off, has another address, or is behind another link. What waits for the answer is dropped after 3 s (EHOSTUNREACH).",
                Remedies =
                [
                    new Remedy("See who sends there.", ShellCommand.Of($"ss -tunp dst {one.Address.ToString().Split('%')[0]}")),
                    new Remedy("See what becomes of them.", "ip neigh show nud incomplete nud failed"),
                ],
                Evidence = [.. tables],
            };
            yield break;
        }

        SilentNeighbour[] others = [.. failed.Where(neighbour => !neighbour.IsGateway)];
        int all = tables.Sum(table => table.States.GetValueOrDefault("failed")) - failed.Count(neighbour => neighbour is { IsGateway: true, State: "failed" });
        if (failed.Length > others.Length && others.Length == 0)
            yield break;
        yield return new Signal(
            Info.Id,
            Standing.Fine,
            "neighbours that do not answer",
            others.Length == 0 ? "none" : $"{all}: {InWords(others)}; no route goes by them",
            "")
        {
            Evidence = [.. tables],
        };
    }

    // Those that are wanted come before those that only failed: none of them is missing if one of the latter is told.
    private static bool IsCutShort(NeighbourTable table) =>
        table.Silent.Count < table.States.GetValueOrDefault("failed") + table.States.GetValueOrDefault("incomplete")
        && table.Silent is [.., var last] && IsWanted(last);

    private static bool IsWanted(SilentNeighbour neighbour) => neighbour.State is "incomplete" || neighbour.StateBefore is "incomplete";

    private static string InWords(SilentNeighbour[] neighbours) =>
        string.Join(", ", neighbours.Take(3).Select(neighbour => $"{neighbour.Address} on {neighbour.Interface}")) + (neighbours.Length > 3 ? ", …" : "");

    // A gateway in reserve, or of one network only, is missed by some.
    private static bool IsBestDefault(EvidenceSet evidence, SilentNeighbour gateway) => evidence.Last<RouteTable>() is not { } table
        || table.Routes
            .Where(route => route.Destination is "0.0.0.0/0" or "::/0" && route.Gateway is not null
                && route.Gateway.AddressFamily == gateway.Address.AddressFamily)
            .MinBy(route => route.Metric) is { } best
        && best.Interface == gateway.Interface && best.Gateway!.GetAddressBytes().AsSpan().SequenceEqual(gateway.Address.GetAddressBytes());
}
