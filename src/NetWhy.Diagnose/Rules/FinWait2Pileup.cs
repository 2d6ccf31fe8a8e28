using System.Globalization;
using NetWhy.Diagnose.Sockets;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Rules;

/// <summary>This machine has closed its side of many connections, and the peers do not close theirs.</summary>
/// <remarks>
/// Those that no program holds any more end after tcp_fin_timeout; those of which a program has shut down only its own
/// direction stay as long as it waits. Source: tcp(7), TCP_LINGER2; ip-sysctl.rst, tcp_fin_timeout.
/// </remarks>
public sealed class FinWait2Pileup : IRule
{
    private const string Cause = "fin-wait2-pileup";
    private const int Some = 100;
    private const int Many = 1000;

    /// <inheritdoc/>
    public RuleInfo Info { get; } = new(Cause, Source: "RFC 9293, section 3.3.2; ip-sysctl.rst, tcp_fin_timeout", Cause);

    /// <inheritdoc/>
    public IEnumerable<Finding> Evaluate(EvidenceSet evidence) => evidence.All<SocketGroup>()
        .Where(group => group.State is "fin-wait-2" && Math.Min(group.Count, group.Lasted ?? group.Count) >= Some)
        .Select(group => Judge(evidence, group))
        .OfType<Finding>();

    private static Finding? Judge(EvidenceSet evidence, SocketGroup group)
    {
        int held = group.Count - group.Orphans;
        int before = group.Before ?? group.Count;
        int lasted = group.Lasted ?? Math.Min(group.Count, before); // of so many each cannot be known again
        string place = SocketWords.Place(group);
        List<Reason> reasons =
        [
            group.Weigh(
                lasted >= Many ? Weight.Strong : Weight.Hint,
                string.Create(CultureInfo.InvariantCulture, $"{lasted} connections of {place} stayed in FIN-WAIT-2 for {Words.Of(group.Interval ?? TimeSpan.Zero)}: this side has closed, the peer has not")),
        ];
        if (held >= Some)
            reasons.Add(group.Weigh(Weight.Strong, $"{SocketWords.Owners(group)} still {(group.Processes > 1 ? "hold" : "holds")} {held} of them and {(group.Processes > 1 ? "wait" : "waits")}: no timer ends those"));
        if (group.IdleOverMinute >= Some)
            reasons.Add(group.Weigh(Weight.Strong, string.Create(CultureInfo.InvariantCulture, $"{group.IdleOverMinute} of them are so for more than a minute")));
        if (group.Count - before >= Math.Max(3, before / 50) && lasted >= before * 0.95)
            reasons.Add(group.Weigh(Weight.Hint, string.Create(CultureInfo.InvariantCulture, $"{group.Count - before} more came meanwhile")));
        if (lasted < before * 0.5)
            reasons.Add(group.Weigh(Weight.Against, "most of those before are gone: the peers do close"));

        long? timeout = Audit.SettingValue.Number(evidence, "net.ipv4.tcp_fin_timeout");
        string fate = held >= group.Orphans
            ? "its program waits for them without end"
            : string.Create(CultureInfo.InvariantCulture, $"the kernel drops each after {timeout ?? 60} s");
        return new Finding(
            Cause,
            Severity.Warning,
            Where.Remote,
            string.Create(CultureInfo.InvariantCulture, $"The peers of {group.Count} connections of {place} do not close their side after this machine has closed its own (FIN-WAIT-2); {fate}."),
            [.. reasons])
        {
            Measure = new Measure($"FIN-WAIT-2 of {place}", string.Create(CultureInfo.InvariantCulture, $"{group.Count}, {before} before; {(held >= group.Orphans ? "no timer ends them" : $"each ends after {timeout ?? 60} s")}"), ""),
            Remedies =
            [
                new Remedy("See whose they are; mend the program there: it leaves connections open that were closed to it (close-wait-leak).", group.LocalPort is { } port ? string.Create(CultureInfo.InvariantCulture, $"ss -tnop state fin-wait-2 'sport = :{port}'") : "ss -tnop state fin-wait-2"),
                .. held >= Some
                    ? [new Remedy("Let the program here close after a while instead of waiting for the peer (close or a timeout after shutdown).")]
                    : Array.Empty<Remedy>(),
                .. held < group.Orphans && timeout > 30
                    ? [Remedy.Set("Forget those that no program holds sooner.", "net.ipv4.tcp_fin_timeout", "30")]
                    : Array.Empty<Remedy>(),
            ],
        };
    }
}
