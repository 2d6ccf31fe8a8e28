using NetWhy.Evidence;

namespace NetWhy.Diagnose.Audit.Checks;

/// <summary>Links that run slower than they could, or in one direction at a time.</summary>
public sealed class LinkSpeed : IHostCheck
{
    /// <inheritdoc/>
    public HostCheckInfo Info { get; } = new("link.speed", Source: "ethtool(8); linux/ethtool.h, struct ethtool_link_settings");

    /// <inheritdoc/>
    public IEnumerable<Signal> Evaluate(EvidenceSet evidence)
    {
        foreach (LinkHardware card in evidence.All<LinkHardware>().Where(card => card.Speed is not null))
        {
            // What is virtual tells any speed that it likes.
            if (evidence.Last<LinkState>(link => link.Name == card.Interface) is not { LinkKind: null } link)
                continue;
            bool isHalf = card.Duplex is "half";
            bool isSlow = card.BestSpeed > card.Speed;
            yield return new Signal(
                Info.Id,
                isHalf ? Standing.Warning : isSlow ? Standing.Advice : Standing.Fine,
                $"speed of {card.Interface}",
                $"{card.Speed} Mbit/s{(card.Duplex is { } duplex ? $", {duplex} duplex" : "")}{(card.Negotiates is false ? ", not negotiated" : "")}",
                card.BestSpeed is { } best ? $"{best} Mbit/s" : "")
            {
                Meaning = isHalf
                    ? "The link takes turns: either the other end does not negotiate, and this one had to guess, or it is very old. Under load frames collide and are lost."
                    : isSlow ? "The card can do more: a cable with a broken pair, a slow port, or a speed set by hand." : "",
                Remedies = isHalf || isSlow
                    ? [new Remedy("Let both ends negotiate, and try another cable and another port.", ShellCommand.Of($"ethtool -s {card.Interface} autoneg on"))]
                    : [],
                Evidence = [card, link],
            };
        }
    }
}
