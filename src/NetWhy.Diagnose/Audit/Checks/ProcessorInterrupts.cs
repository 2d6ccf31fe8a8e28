using NetWhy.Evidence;

namespace NetWhy.Diagnose.Audit.Checks;

/// <summary>Processors that have no time for anything but the packets that come in.</summary>
/// <remarks>That one processor does the work of all is told by <see cref="PacketSpread"/>.</remarks>
public sealed class ProcessorInterrupts : IHostCheck
{
    private const double Busy = 0.5; // of its time
    private const double Saturated = 0.8;
    private const double LeftOver = 0.3; // of its time: what its thread does was too much to be done at once
    private const int Few = 1000; // packets a second below which it is something else that interrupts

    /// <inheritdoc/>
    public HostCheckInfo Info { get; } = new("softnet.processor", Source: "proc(5), /proc/stat, softirq; kernel/softirq.c, run_ksoftirqd; Documentation/networking/scaling.rst");

    /// <inheritdoc/>
    public IEnumerable<Signal> Evaluate(EvidenceSet evidence)
    {
        if (evidence.Last<SoftnetState>() is not { } state
            || state.Processors.Where(cpu => cpu.InterruptShare is not null).OrderByDescending(IsOfPackets).ThenByDescending(cpu => cpu.InterruptShare).FirstOrDefault() is not { } busiest
            || PacketSpread.IsOneForAll(state))
        {
            yield break;
        }

        double share = busiest.InterruptShare ?? 0;
        bool isBehind = busiest.Dropped + busiest.Squeezed > 0 || busiest.ThreadShare >= LeftOver;
        Standing standing = !IsOfPackets(busiest) || share < Busy ? Standing.Fine : share >= Saturated && isBehind ? Standing.Warning : Standing.Advice;
        int alike = state.Processors.Count(cpu => IsOfPackets(cpu) && cpu.InterruptShare >= Busy);
        yield return new Signal(
            Info.Id,
            standing,
            "time in software interrupts",
            $"CPU {busiest.Number}: {Words.Percent(share)}{(busiest.ThreadShare is > 0.01 and var thread ? $", ksoftirqd {Words.Percent(thread)}" : "")}, {Words.Count(busiest.Processed, "packet")} in {Words.Of(state.Lasted)}",
            "")
        {
            Meaning = standing is Standing.Fine ? ""
                : $"{(alike > 1 ? $"{alike} of {Words.Count(state.Online, "processor")} are" : state.Online == 1 ? "The only processor is" : "One processor is")} busy with packets{(isBehind ? $" and {(alike > 1 ? "do" : "does")} not keep up at once: work is left to ksoftirqd, which shares the time with programs, so packets wait" : "")}. {(share >= Saturated ? "There is no room for more traffic." : $"There is room for about {Words.Percent((1 - share) / share)} more.")}",
            Remedies = standing is Standing.Fine ? [] :
            [
                new Remedy("See what takes the time: long rule sets, captures, encryption and small packets are the usual.", $"perf top -C {busiest.Number}"),
                new Remedy("See whether packets are joined on their way in (GRO), and whether the card can wait for some before it interrupts.", "for i in /sys/class/net/*; do ethtool -k ${i##*/} | grep -E 'generic-receive-offload: off'; ethtool -c ${i##*/} 2>/dev/null | grep -E 'rx-usecs:'; done"),
            ],
            Evidence = [state],
        };

        bool IsOfPackets(SoftnetProcessor cpu) => cpu.Processed >= Few * Math.Max(1, state.Lasted.TotalSeconds);
    }
}
