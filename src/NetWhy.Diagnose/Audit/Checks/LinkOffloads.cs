using NetWhy.Evidence;

namespace NetWhy.Diagnose.Audit.Checks;

/// <summary>Work that the cards could do and that the processors do instead, or the reverse where it does harm.</summary>
public sealed class LinkOffloads : IHostCheck
{
    private static readonly string[] Useful = ["rx-checksum", "tx-checksum", "tso", "gso", "gro"];

    /// <inheritdoc/>
    public HostCheckInfo Info { get; } = new("link.offloads", Source: "Documentation/networking/segmentation-offloads.rst; ethtool(8), -k");

    /// <inheritdoc/>
    public IEnumerable<Signal> Evaluate(EvidenceSet evidence)
    {
        LinkHardware[] cards = [.. evidence.All<LinkHardware>().Where(card => card.Offloads.Count > 0)];
        if (cards.Length == 0)
            yield break;
        bool forwards = evidence.First<KernelSettings>()?.Values.GetValueOrDefault("net.ipv4.ip_forward") is "1";
        int told = 0;
        foreach (LinkHardware card in cards)
        {
            if (forwards && card.Offloads.GetValueOrDefault("lro"))
            {
                told++;
                yield return new Signal(Info.Id, Standing.Warning, $"offloads of {card.Interface}", "large receive offload is on", "forwarding is on")
                {
                    Meaning = "The card joins segments that this router shall pass on: they become larger than the next link takes, and are lost.",
                    Remedies = [new Remedy("Let the kernel join them instead (GRO): it can cut them again.", ShellCommand.Of($"ethtool -K {card.Interface} lro off gro on"))],
                    Evidence = [card],
                };
            }

            string[] off = [.. Useful.Where(name => card.Offloads.TryGetValue(name, out bool isOn) && !isOn)];
            if (off.Length == 0 || evidence.Last<LinkState>(link => link.Name == card.Interface) is not { LinkKind: null })
                continue; // what is virtual has reasons of its own
            told++;
            yield return new Signal(Info.Id, Standing.Advice, $"offloads of {card.Interface}", $"off: {string.Join(", ", off)}", "")
            {
                Meaning = "The processors do what the card or the kernel could do for many packets at once. Somebody switched it off; without a fault of the card as a reason it only costs time.",
                Remedies = [new Remedy("See what the driver offers.", ShellCommand.Of($"ethtool -k {card.Interface} | grep -v fixed"))],
                Evidence = [card],
            };
        }

        if (told == 0)
            yield return new Signal(Info.Id, Standing.Fine, $"offloads of {Words.Count(cards.Length, "interface")}", "as they should be", "") { Evidence = [.. cards.Take(8)] };
    }
}
