using NetWhy.Evidence;

namespace NetWhy.Diagnose.Audit.Checks;

/// <summary>Counters that only the drivers have: drops of virtual queues, limits of a cloud, pauses that a switch asks for.</summary>
public sealed class DriverCounters : IHostCheck
{
    /// <inheritdoc/>
    public HostCheckInfo Info { get; } = new("link.driver", Source: "ethtool(8), -S; Documentation/networking/statistics.rst");

    /// <inheritdoc/>
    public IEnumerable<Signal> Evaluate(EvidenceSet evidence)
    {
        LinkHardware[] cards = [.. evidence.All<LinkHardware>()];
        if (cards.Length == 0)
            yield break;
        foreach (LinkHardware card in cards.Where(card => card.Growth.Values.Any(value => value > 0)))
        {
            KeyValuePair<string, long>[] grows = [.. card.Growth.Where(pair => pair.Value > 0).OrderByDescending(pair => IsLimit(pair.Key) || IsStuck(pair.Key)).ThenByDescending(pair => pair.Value)];
            (string name, long grown) = grows[0];
            bool isLimit = IsLimit(name);
            bool isStuck = IsStuck(name);
            bool isPause = grows.Select(pair => pair.Key).All(counter => counter.Contains("pause", StringComparison.OrdinalIgnoreCase) || counter.Contains("xoff", StringComparison.OrdinalIgnoreCase));
            yield return new Signal(
                Info.Id,
                isLimit || isStuck ? Standing.Critical : Standing.Advice, // of the others only the driver's author knows what they mean
                $"counters of {card.Interface} ({card.Driver})",
                $"{name} +{grown} in {Words.Of(card.Lasted)}{(grows.Length > 1 ? $", and {Words.Count(grows.Length - 1, "other")}" : "")}",
                "")
            {
                Meaning = isLimit ? "The cloud around this machine shapes it or drops its packets: no other counter tells of it."
                    : isStuck ? "The card hung and was started again: what it held is lost."
                    : isPause ? "The other end asks to pause: it, or what is behind it, is slower than this machine."
                    : "The driver counts what may be trouble, which the kernel's own counters of the interface need not show.",
                Remedies =
                [
                    isLimit
                        ? new Remedy("Take a larger kind of machine, or spread the load: the limit belongs to the kind.", ShellCommand.Of($"ethtool -S {card.Interface} | grep exceeded"))
                        : new Remedy("See all of them.", ShellCommand.Of($"ethtool -S {card.Interface}")),
                ],
                Evidence = [card],
            };
        }

        if (cards.All(card => card.Growth.Values.All(value => value <= 0)))
        {
            long old = cards.Sum(card => card.Trouble.Count);
            yield return new Signal(Info.Id, Standing.Fine, $"counters of {Words.Count(cards.Length, "driver")}", $"no trouble in {Words.Of(cards[0].Lasted)}{(old > 0 ? $", {Words.Count(old, "counter")} not zero since they exist" : "")}", "")
            {
                Evidence = [.. cards.Take(8)],
            };
        }
    }

    // What the cloud drops or delays. Source: Documentation/networking/device_drivers/ethernet/amazon/ena.rst.
    private static bool IsLimit(string counter) => counter.EndsWith("_allowance_exceeded", StringComparison.Ordinal);

    private static bool IsStuck(string counter) => counter.StartsWith("tx_timeout", StringComparison.Ordinal);
}
