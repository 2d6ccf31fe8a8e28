using NetWhy.Evidence;

namespace NetWhy.Diagnose.Audit.Checks;

/// <summary>Transmit queues of cards that hung.</summary>
public sealed class LinkTransmitStalls : IHostCheck
{
    /// <inheritdoc/>
    public HostCheckInfo Info { get; } = new("link.tx-timeout", Source: "Documentation/ABI/testing/sysfs-class-net-queues, tx_timeout, byte_queue_limits/stall_cnt; net/sched/sch_generic.c, dev_watchdog");

    /// <inheritdoc/>
    public IEnumerable<Signal> Evaluate(EvidenceSet evidence)
    {
        LinkHardware[] cards = [.. evidence.All<LinkHardware>().Where(card => card.TransmitTimeouts is not null)];
        if (cards.Length == 0)
            yield break;
        LinkHardware[] hung = [.. cards.Where(card => card.TransmitTimeoutsGrowth > 0 || card.TransmitStalls > 0)];
        foreach (LinkHardware card in hung.Take(8))
        {
            bool isHung = card.TransmitTimeoutsGrowth > 0;
            yield return new Signal(
                Info.Id,
                isHung ? Standing.Critical : Standing.Warning,
                $"transmit queues of {card.Interface} ({card.Driver})",
                isHung
                    ? $"hung {Words.Count(card.TransmitTimeoutsGrowth ?? 0, "time")} in {Words.Of(card.Lasted)}, {card.TransmitTimeouts} since it exists"
                    : $"stood still {Words.Count(card.TransmitStalls ?? 0, "time")} in {Words.Of(card.Lasted)}{(card.LongestStall is { } longest ? $", at most for {Words.Of(longest)}" : "")}",
                "")
            {
                Meaning = isHung
                    ? "A queue of the card sent nothing for seconds, and the kernel had it started again: what it held is lost. A fault of the card, its firmware or its driver, or a switch that asks to pause without an end."
                    : "What was given to the card to send was not sent for longer than the limit set here (stall_thrs).",
                Remedies =
                [
                    new Remedy("Read what the kernel and the driver said of it.", ShellCommand.Of($"dmesg -T | grep -F -e 'NETDEV WATCHDOG' -e {card.Interface}")),
                    new Remedy("See whether the other end pauses it; then a newer firmware or driver.", ShellCommand.Of($"ethtool -S {card.Interface} | grep -iE 'pause|xoff|timeout|reset'; ethtool -i {card.Interface}")),
                ],
                Evidence = [card],
            };
        }

        if (hung.Length == 0)
        {
            long old = cards.Sum(card => card.TransmitTimeouts ?? 0);
            yield return new Signal(Info.Id, Standing.Fine, $"transmit queues of {Words.Count(cards.Length, "interface")}", $"none hung in {Words.Of(cards[0].Lasted)}, {(old == 0 ? "none" : old)} since they exist", "")
            {
                Evidence = [.. cards.Take(8)],
            };
        }
    }
}
