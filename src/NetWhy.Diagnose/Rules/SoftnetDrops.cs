using System.Collections.Immutable;
using System.Globalization;
using NetWhy.Diagnose.Hosts;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Rules;

/// <summary>Packets come faster than a processor takes them: its backlog overflows.</summary>
/// <remarks>
/// The backlog holds what loopback, virtual pairs, tunnels and packet steering hand over; a card that polls has its ring
/// instead. Source: net/core/dev.c, enqueue_to_backlog.
/// </remarks>
public sealed class SoftnetDrops : IRule
{
    private const string Cause = "softnet-drops";
    private const double MuchLoss = 0.001; // of packets
    private const int MostBacklog = 100_000; // packets; beyond that they grow old in it

    /// <inheritdoc/>
    public RuleInfo Info { get; } = new(Cause, Source: "net/core/net-procfs.c, softnet_seq_show; net/core/dev.c, enqueue_to_backlog", Cause)
    {
        Explains = ["packet-loss"],
    };

    /// <inheritdoc/>
    public IEnumerable<Finding> Evaluate(EvidenceSet evidence)
    {
        if (!WholeHost.IsAsked(evidence) || evidence.Last<SoftnetState>() is not { } state)
            yield break;
        long dropped = state.Processors.Sum(cpu => cpu.Dropped);
        if (dropped <= 0 || state.Processors.MaxBy(cpu => cpu.Dropped) is not { } worst)
            yield break;

        long processed = state.Processors.Sum(cpu => cpu.Processed);
        double share = (double)dropped / Math.Max(processed + dropped, 1);
        string period = $"in {Words.Of(state.Lasted)}";
        List<Reason> reasons =
        [
            state.Weigh(
                dropped >= 10 ? Weight.Decisive : Weight.VeryStrong,
                $"{Words.Count(dropped, "packet")} dropped {period}, {Words.Percent(dropped, processed + dropped)} of all; {worst.Dropped} of them on CPU {worst.Number}"),
        ];
        if (worst.FlowLimited > 0)
            reasons.Add(state.Weigh(Weight.Context, $"{worst.FlowLimited} of them since one flow alone filled half of the backlog"));
        if (worst.InterruptShare is > 0.5 and { } busy)
            reasons.Add(state.Weigh(Weight.Hint, $"CPU {worst.Number} spends {Words.Percent(busy, 1)} of its time on packets"));

        yield return new Finding(
            Cause,
            share >= MuchLoss ? Severity.Critical : Severity.Warning,
            Where.Local,
            $"The kernel does not keep up with the packets that come in: CPU {worst.Number} dropped {worst.Dropped} of {worst.Dropped + worst.Processed} {period}, its backlog{(state.MaxBacklog is { } most ? $" of {most} packets" : "")} being full.",
            [.. reasons])
        {
            Measure = new Measure(
                $"packet backlog of CPU {worst.Number}",
                $"{Words.Count(dropped, "packet")} dropped {period}",
                state.MaxBacklog is { } limit ? $"{limit} packets" : ""),
            // A virtual pair counts as not sent what the backlog had no room for.
            AlsoExplains = LinkChange.All(evidence).All(link => link.ReceiveErrors + link.TransmitErrors == 0) ? ["link-errors"] : [],
            Remedies = Remedies(evidence, state, worst, processed),
        };
    }

    private static ImmutableArray<Remedy> Remedies(EvidenceSet evidence, SoftnetState state, SoftnetProcessor worst, long processed)
    {
        var remedies = ImmutableArray.CreateBuilder<Remedy>();
        bool isUneven = state.Online > 1 && worst.Processed > 0.75 * processed;
        if (isUneven && Busiest(evidence) is { } name)
        {
            string mask = string.Create(CultureInfo.InvariantCulture, $"{(1UL << Math.Min(state.Online, 32)) - 1:x}");
            remedies.Add(new Remedy(
                $"Share the work: CPU {worst.Number} takes {Words.Percent(worst.Processed, processed)} of all packets. Let all processors take those of {name} (RPS).",
                ShellCommand.Of($"for queue in /sys/class/net/{name}/queues/rx-*/rps_cpus; do echo {mask} > $queue; done")));
        }

        if (worst.FlowLimited >= worst.Dropped && worst.Dropped > 0)
            remedies.Add(new Remedy("One flow floods this machine: find it, and slow its sender down.", "ss -tunmi state connected | head -n 40"));
        else if (state.MaxBacklog is { } most and < MostBacklog)
            remedies.Add(Remedy.Set("Let bursts wait: a longer backlog for each processor. It helps against bursts, not against a load that lasts.", "net.core.netdev_max_backlog", WholeHost.Plain(Math.Clamp(most * 4, 1000, MostBacklog))));
        remedies.Add(new Remedy("See which functions of the kernel the time goes into, such as a long rule set.", string.Create(CultureInfo.InvariantCulture, $"perf top -C {worst.Number}")));
        return remedies.ToImmutable();
    }

    private static string? Busiest(EvidenceSet evidence) => evidence.All<LinkState>()
        .Where(link => !link.IsLoopback)
        .MaxBy(link => link.Statistics.GetValueOrDefault("rx_packets"))?.Name;
}
