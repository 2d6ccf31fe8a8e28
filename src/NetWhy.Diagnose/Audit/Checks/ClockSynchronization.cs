using NetWhy.Evidence;

namespace NetWhy.Diagnose.Audit.Checks;

/// <summary>Whether somebody keeps the clock right.</summary>
public sealed class ClockSynchronization : IHostCheck
{
    /// <inheritdoc/>
    public HostCheckInfo Info { get; } = new("clock.synchronized", Source: "adjtimex(2), STA_UNSYNC");

    /// <inheritdoc/>
    public IEnumerable<Signal> Evaluate(EvidenceSet evidence)
    {
        if (evidence.Last<ClockState>() is not { } clock)
            yield break;
        var signal = new Signal(Info.Id, Standing.Fine, "clock kept in step with others", "", "") { Evidence = [clock] };
        if (clock is { IsSynchronized: false, Keeper: null, WouldSeeKeeper: not true })
            yield break; // the machine around this one may, unseen
        yield return clock.IsSynchronized switch
        {
            null => signal with { Standing = Standing.Unknown, Value = "the kernel does not say" },
            true => signal with { Value = clock.MaxError is { } error ? $"yes, to {Words.Of(error)}" : "yes" },
            false when clock.Keeper is { } keeper => signal with { Value = $"{keeper} runs, and has not told the kernel" },
            false => signal with
            {
                Standing = Standing.Advice,
                Value = "no",
                Meaning = "No program keeps the clock of this machine in step: after weeks it is minutes wrong, and certificates and tokens fail.",
                Remedies = [new Remedy("See whether a program should, and let it.", "timedatectl; timedatectl set-ntp true")],
            },
        };
    }
}
