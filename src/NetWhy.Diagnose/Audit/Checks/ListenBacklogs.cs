using NetWhy.Diagnose.Sockets;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Audit.Checks;

/// <summary>How long the queues are that listeners ask for, and whether the machine allows it.</summary>
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
        bool hasOverflown = evidence.Last<KernelCounters>() is { } counters && counters.Totals.GetValueOrDefault("TcpExt.ListenOverflows") > 0;
        Listener[] dropped = [.. evidence.All<Listener>().Where(listener => hasOverflown && listener is { DropsGrowth: not null, Drops: > 0 })];
        Listener? asksLittle = dropped.Where(listener => listener.Limit < most).MaxBy(listener => listener.Drops);
        bool isCapped = most < Little && survey.AtSystemLimit > 0;
        yield return new Signal(
            Info.Id,
            isCapped || asksLittle is not null ? Standing.Advice : Standing.Fine,
            asksLittle is not null ? $"backlog of {Rules.ListeningSockets.Place(asksLittle)}" : "backlogs of listeners",
            asksLittle is not null
                ? $"{asksLittle.Limit}, {asksLittle.Drops} dropped since start, {asksLittle.DropsGrowth} now"
                : $"{survey.AskForLess} of {survey.Listeners} ask for less, {survey.AtSystemLimit} for all",
            $"{most} (net.core.somaxconn)")
        {
            Meaning = asksLittle is not null ? $"{SocketWords.Owner(asksLittle.Process, asksLittle.Pid, isStart: true)} asked for a queue of {asksLittle.Limit} and has dropped connections; it could have {most}."
                : isCapped ? $"{Words.Count(survey.AtSystemLimit, "listener")} have queues as long as somaxconn allows, and that is short." : "",
            Remedies = asksLittle is not null ? [new Remedy("Raise the backlog in the configuration of the service, and start it again.")]
                : isCapped ? [Remedy.Set("Allow longer queues; services must listen again.", "net.core.somaxconn", $"{Usual}")] : [],
            Evidence = asksLittle is not null ? [asksLittle] : [survey],
        };
    }
}
