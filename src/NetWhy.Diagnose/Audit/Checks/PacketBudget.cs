using System.Globalization;
using NetWhy.Diagnose.Hosts;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Audit.Checks;

/// <summary>How often the kernel stopped taking packets though there were more, since its time for them was over.</summary>
public sealed class PacketBudget : IHostCheck
{
    private const int Few = 10; // in one second: a busy processor is interrupted now and then

    /// <inheritdoc/>
    public HostCheckInfo Info { get; } = new("softnet.budget", Source: "Documentation/admin-guide/sysctl/net.rst, netdev_budget; net/core/dev.c, net_rx_action");

    /// <inheritdoc/>
    public IEnumerable<Signal> Evaluate(EvidenceSet evidence)
    {
        if (evidence.Last<SoftnetState>() is not { } state)
            yield break;

        // It is no loss by itself: with frames that the ring has no room for, it is how they come to be lost.
        long squeezed = state.Processors.Sum(cpu => cpu.Squeezed);
        bool isMuch = squeezed >= Few * Math.Max(state.Lasted.TotalSeconds, 1);
        long missed = LinkChange.All(evidence).Sum(link => link.Overruns);
        var signal = new Signal(
            Info.Id,
            !isMuch ? Standing.Fine : missed > 0 ? Standing.Warning : Standing.Advice,
            "turns of packet processing cut short",
            $"{squeezed} in {Words.Of(state.Lasted)}, {state.Processors.Sum(cpu => cpu.SqueezedTotal)} since start",
            state.Budget is { } budget ? $"{budget} packets a turn" : "")
        {
            Evidence = [state],
        };
        if (!isMuch)
        {
            yield return signal;
            yield break;
        }

        SoftnetProcessor worst = state.Processors.MaxBy(cpu => cpu.Squeezed)!;
        yield return signal with
        {
            Meaning = $"CPU {worst.Number} ran out of its turn {worst.Squeezed} times with packets left"
                + (missed > 0 ? $", and meanwhile interfaces lost {Words.Count(missed, "frame")} for want of room." : ": they waited a little longer, and none was lost for it."),
            Remedies =
            [
                .. state.Budget is { } packets and < 3000
                    ? [Remedy.Set("Let each turn take more packets.", "net.core.netdev_budget", (packets * 2).ToString(CultureInfo.InvariantCulture))]
                    : Array.Empty<Remedy>(),
                .. state.BudgetMicroseconds is { } time and < 32_000
                    ? [Remedy.Set("And let each turn take longer.", "net.core.netdev_budget_usecs", (time * 2).ToString(CultureInfo.InvariantCulture))]
                    : Array.Empty<Remedy>(),
            ],
        };
    }
}
