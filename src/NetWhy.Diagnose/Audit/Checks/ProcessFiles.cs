using NetWhy.Evidence;

namespace NetWhy.Diagnose.Audit.Checks;

/// <summary>Descriptors of the process that is nearest to its limit.</summary>
public sealed class ProcessFiles : IHostCheck
{
    /// <inheritdoc/>
    public HostCheckInfo Info { get; } = new("process.descriptors", Source: "getrlimit(2), RLIMIT_NOFILE; proc(5)") { Cause = "file-descriptors-exhausted" };

    /// <inheritdoc/>
    public IEnumerable<Signal> Evaluate(EvidenceSet evidence)
    {
        if (evidence.All<ProcessDescriptors>().Where(process => process.Role is "audited").MaxBy(Share) is not { } fullest)
            yield break;
        double share = Share(fullest);
        yield return new Signal(
            Info.Id,
            share >= 0.9 ? Standing.Warning : share >= 0.8 ? Standing.Advice : Standing.Fine,
            $"descriptors of {fullest.Name}",
            $"{fullest.Open} open",
            $"{fullest.Limit}")
        {
            Meaning = share >= 0.8 ? $"Process {fullest.Name} (pid {fullest.Pid}) uses {Words.Percent(fullest.Open, fullest.Limit)} of its descriptors; at the limit it can open and accept no more." : "",
            Remedies = share >= 0.8 ? [new Remedy("Raise its limit; first see that nothing leaks.", $"prlimit --pid {fullest.Pid} --nofile={Math.Max(65_536, fullest.Limit * 2)}")] : [],
            Evidence = [fullest],
        };
    }

    private static double Share(ProcessDescriptors process) => process.Open / (double)Math.Max(1, process.Limit);
}
