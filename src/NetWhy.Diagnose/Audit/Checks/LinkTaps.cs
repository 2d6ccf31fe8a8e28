using NetWhy.Evidence;

namespace NetWhy.Diagnose.Audit.Checks;

/// <summary>Interfaces that take every frame: somebody captures.</summary>
public sealed class LinkTaps : IHostCheck
{
    /// <inheritdoc/>
    public HostCheckInfo Info { get; } = new("link.promiscuous", Source: "linux/if_link.h, IFLA_PROMISCUITY; netdevice(7), IFF_PROMISC");

    /// <inheritdoc/>
    public IEnumerable<Signal> Evaluate(EvidenceSet evidence)
    {
        LinkState[] links = [.. evidence.All<LinkState>().Where(link => link.Promiscuity is not null).GroupBy(link => link.Index).Select(samples => samples.Last())];
        if (links.Length == 0)
            yield break;

        // A bridge or a bond takes all frames of its ports, which is what it is for.
        LinkState[] taps = [.. links.Where(link => link.Promiscuity > (link.Master is null ? 0 : 1) && link.LinkKind is not ("bridge" or "macvlan" or "openvswitch"))];
        yield return new Signal(
            Info.Id,
            taps.Length == 0 ? Standing.Fine : Standing.Advice,
            "promiscuous interfaces",
            taps.Length == 0 ? "none" : string.Join(", ", taps.Take(6).Select(link => link.Name)),
            "")
        {
            Meaning = taps.Length == 0 ? "" : "Somebody captures, or a switch of virtual machines listens: each frame costs time, also those for others.",
            Remedies = taps.Length == 0 ? [] : [new Remedy("See which programs capture.", "ss -0 -p")],
            Evidence = [.. (taps.Length == 0 ? links : taps).Take(8)],
        };
    }
}
