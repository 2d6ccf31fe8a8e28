using NetWhy.Evidence;

namespace NetWhy.Diagnose.Audit.Checks;

/// <summary>Forward error correction: what it repairs is what a fast link is like, and what it cannot repair is lost.</summary>
public sealed class LinkErrorCorrection : IHostCheck
{
    /// <inheritdoc/>
    public HostCheckInfo Info { get; } = new("link.error-correction", Source: "Documentation/networking/ethtool-netlink.rst, FEC_GET; IEEE 802.3, clause 91");

    /// <inheritdoc/>
    public IEnumerable<Signal> Evaluate(EvidenceSet evidence)
    {
        foreach (LinkHardware card in evidence.All<LinkHardware>().Where(card => card.Uncorrected is not null).Take(16))
        {
            long lost = card.UncorrectedGrowth ?? 0;
            var fine = new Signal(
                Info.Id,
                Standing.Fine,
                $"error correction of {card.Interface}",
                $"{lost} blocks lost in {Words.Of(card.Lasted)}, {card.Uncorrected} since it exists{(card.CorrectedGrowth is { } repaired ? $"; {repaired} repaired meanwhile" : "")}",
                "")
            {
                Evidence = [card],
            };
            yield return lost == 0 ? fine : fine with
            {
                Standing = Standing.Warning,
                Meaning = "The signal is so bad that the correction of errors fails: frames are lost. A dirty or bent fibre, a worn-out module, a cable that is too long, or two ends with different corrections.",
                Remedies =
                [
                    new Remedy("See which correction is in use, and set the same at the other end.", ShellCommand.Of($"ethtool --show-fec {card.Interface}; ethtool -I --show-fec {card.Interface}")),
                    new Remedy("See how much light comes in; clean or change the module and the fibre.", ShellCommand.Of($"ethtool -m {card.Interface}")),
                ],
            };
        }
    }
}
