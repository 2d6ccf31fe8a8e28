using NetWhy.Evidence;

namespace NetWhy.Diagnose.Audit.Checks;

/// <summary>How long the queues are that listeners ask for, and whether the machine allows it. A queue that overflows now is told by a rule; one that did long ago is history.</summary>
public sealed class ListenBacklogs : IHostCheck
{
    private const int Usual = 4096; // since Linux 5.4
    private const int Little = 1024;

    /// <inheritdoc/>
    public HostCheckInfo Info { get; } = new("tcp.backlog", Source: "listen(2); ip-sysctl.rst, somaxconn");

    /// <inheritdoc/>
    public IEnumerable<Signal> Evaluate(EvidenceSet evidence)
    {
        if (evidence.First<SocketSurvey>() is not { Listeners: > 0 } survey || SettingValue.Number(evidence, "net.core.somaxconn") is not { } most)
            yield break;
        bool isCapped = most < Little && survey.AtSystemLimit > 0;
        yield return new Signal(
            Info.Id,
            isCapped ? Standing.Advice : Standing.Fine,
            "backlogs of listeners",
            $"{survey.AskForLess} of {survey.Listeners} ask for less, {survey.AtSystemLimit} for all",
            $"{most} (net.core.somaxconn)")
        {
            Meaning = isCapped ? $"{Words.Count(survey.AtSystemLimit, "listener")} have queues as long as somaxconn allows, and that is short." : "",
            Remedies = isCapped ? [Remedy.Set("Allow longer queues; services must listen again.", "net.core.somaxconn", $"{Usual}")] : [],
            Evidence = [survey],
        };
    }
}
