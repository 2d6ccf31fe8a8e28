using NetWhy.Evidence;

namespace NetWhy.Diagnose.Audit.Checks;

/// <summary>Whether one processor does the work for all, and is at its end.</summary>
public sealed class PacketSpread : IHostCheck
{
    private const double Busy = 0.8; // of its time in software interrupts
    private const double Uneven = 4; // times the mean, or nearly all of it where there are few processors

    /// <inheritdoc/>
    public HostCheckInfo Info { get; } = new("softnet.spread", Source: "Documentation/networking/scaling.rst");

    /// <inheritdoc/>
    public IEnumerable<Signal> Evaluate(EvidenceSet evidence)
    {
        if (evidence.Last<SoftnetState>() is not { Online: > 1 } state || state.Processors.MaxBy(cpu => cpu.Processed) is not { Processed: > 0 } busiest)
            yield break;
        long all = state.Processors.Sum(cpu => cpu.Processed);
        double mean = (double)all / state.Online;
        bool isUneven = IsUneven(busiest, mean, state.Online);
        bool isBusy = busiest.InterruptShare >= Busy;
        string value = $"CPU {busiest.Number} took {Words.Percent(busiest.Processed, all)} of {Words.Count(all, "packet")}"
            + (busiest.InterruptShare is { } share ? $", and spent {Words.Percent(share, 1)} of its time on it" : "");
        yield return new Signal(Info.Id, isUneven && isBusy ? Standing.Warning : Standing.Fine, $"packets spread over {Words.Count(state.Online, "CPU")}", value, "")
        {
            Meaning = isUneven && isBusy
                ? "One processor takes nearly all packets and has no time left, while others have: more traffic will be lost."
                : "",
            Remedies = isUneven && isBusy
                ?
                [
                    new Remedy("See whether the card has more queues than it uses, and which CPU each interrupts.", "grep -E 'CPU|rx|tx|eth|virtio' /proc/interrupts"),
                    new Remedy("Without more queues, steer packets to other processors (RPS): a mask of processors for each receive queue.", "grep . /sys/class/net/*/queues/rx-*/rps_cpus"),
                ]
                : [],
            Evidence = [state],
        };
    }

    /// <summary>Whether one processor does the work for all, and is at its end.</summary>
    /// <param name="state">What the processors did.</param>
    internal static bool IsOneForAll(SoftnetState state) =>
        state.Online > 1
        && state.Processors.MaxBy(cpu => cpu.Processed) is { InterruptShare: >= Busy } busiest
        && IsUneven(busiest, (double)state.Processors.Sum(cpu => cpu.Processed) / state.Online, state.Online);

    private static bool IsUneven(SoftnetProcessor busiest, double mean, int online) => busiest.Processed > Math.Min(Uneven, 0.9 * online) * mean;
}
