using System.Net;
using NetWhy.Diagnose.Captures;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Rules;

/// <summary>Addresses in a capture that nobody on the link answers for, or several do.</summary>
public sealed class CapturedNeighbours : IRule
{
    /// <inheritdoc/>
    public RuleInfo Info { get; } = new("captured-neighbours", Source: "RFC 826; RFC 5227", "neighbour-unresolved", "duplicate-address")
    {
        Explains = ["port-filtered", "host-unreachable", "dns-resolver-unreachable"],
    };

    /// <inheritdoc/>
    public IEnumerable<Finding> Evaluate(EvidenceSet evidence)
    {
        CapturedNeighbour[] all = [.. evidence.All<CapturedNeighbour>()];
        foreach (CapturedNeighbour neighbour in all)
        {
            if (neighbour.Conflicts > 0 && neighbour.HardwareAddresses.Where(address => !IsShared(address)).Distinct(StringComparer.OrdinalIgnoreCase).Count() >= 2)
            {
                yield return Doubled(neighbour);
            }
            else if (neighbour is { Requests: >= 3, Replies: 0, Asker: { } asker } && !asker.Equals(neighbour.Target) && Missing(all, neighbour, asker) is { } missing)
            {
                yield return missing;
            }
        }
    }

    // Requests go to all, answers to who asked: whoever captures elsewhere sees questions only.
    private static Finding? Missing(CapturedNeighbour[] all, CapturedNeighbour neighbour, IPAddress asker)
    {
        CapturedNeighbour[] same = [.. all.Where(other => asker.Equals(other.Asker))];
        bool seesAnswers = same.Any(other => other.Replies > 0);
        bool isAlone = all.Where(other => other.Replies == 0).All(other => asker.Equals(other.Asker));
        if ((!seesAnswers && !isAlone) || same.Count(other => other.Replies == 0) > 8)
            return null;
        return new Finding(
            "neighbour-unresolved", seesAnswers ? Severity.Critical : Severity.Info, Where.Path, // requests of others for what is switched off are on every link
            seesAnswers ? $"Nobody on the link answers for {neighbour.Target}, which {asker} asks for." : $"No answer to {asker} passed here, which asks for {neighbour.Target}.",
            [
                neighbour.Weigh(Weight.Strong, $"{neighbour.Requests} ARP requests without a reply{CapturedScene.Numbers(neighbour.FirstPacket)}"),
                neighbour.Weigh(seesAnswers ? Weight.Strong : Weight.Context, seesAnswers ? $"replies to {asker} for other addresses passed here: this one would have, too" : "whether a reply would have passed here, the capture does not show"),
            ])
        {
            Subject = neighbour.Target,
            Packets = [neighbour.FirstPacket],
            Remedies = [new Remedy("See whether that address is right, and its machine up and on this link.", ShellCommand.Of($"ip neigh show {neighbour.Target}; ip route get {neighbour.Target}"), CapturedScene.Machine(asker))],
        };
    }

    private static Finding Doubled(CapturedNeighbour neighbour) => new(
        "duplicate-address", Severity.Warning, Where.Path, $"{neighbour.HardwareAddresses.Count} machines answer for {neighbour.Target}: {string.Join(", ", neighbour.HardwareAddresses)}.",
        [
            neighbour.Weigh(Weight.Strong, $"they answer in turns: {string.Join(" and ", neighbour.HardwareAddresses)}{CapturedScene.Numbers(neighbour.FirstPacket)}"),
            neighbour.Weigh(Weight.Hint, "none of them is a shared address of routers (VRRP, HSRP)"),
        ])
    {
        Subject = neighbour.Target,
        Packets = [neighbour.FirstPacket],
        Remedies = [new Remedy("Find the second machine by its hardware address and give it another address.", ShellCommand.Of($"arping -D -c 3 {neighbour.Target}"))],
    };

    // Sources: RFC 9568, section 7.3; RFC 2281, section 5.3.
    private static bool IsShared(string address) =>
        address.StartsWith("00:00:5e:00:0", StringComparison.OrdinalIgnoreCase) || address.StartsWith("00:00:0c:07:ac", StringComparison.OrdinalIgnoreCase);
}
