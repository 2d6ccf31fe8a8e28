using System.Globalization;
using NetWhy.Diagnose.Sockets;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Rules;

/// <summary>A program of this machine does not close connections that its peers have closed.</summary>
/// <remarks>
/// A few are normal: pools of clients keep connections that the server has closed until they next want one. So many must
/// stay, for long, and more must come or the limit be near. Source: RFC 9293, section 3.3.2, CLOSE-WAIT.
/// </remarks>
public sealed class CloseWaitLeak : IRule
{
    private const string Cause = "close-wait-leak";
    private const int Few = 10;
    private const int Many = 100;
    private const int VeryMany = 1000;

    /// <inheritdoc/>
    public RuleInfo Info { get; } = new(Cause, Source: "RFC 9293, section 3.3.2; sock_diag(7)", Cause);

    /// <inheritdoc/>
    public IEnumerable<Finding> Evaluate(EvidenceSet evidence) => evidence.All<SocketGroup>()
        .Where(group => group.State is "close-wait" && group.Count > group.Orphans)
        .GroupBy(group => group.Pid ?? -(group.LocalPort ?? group.RemotePort ?? 0))
        .Select(Judge)
        .OfType<Finding>();

    private static Finding? Judge(IEnumerable<SocketGroup> groups)
    {
        SocketGroup[] all = [.. groups.OrderByDescending(group => group.Count)];
        SocketGroup largest = all[0];
        long count = all.Sum(group => (long)group.Count);
        bool isLastedKnown = all.All(group => group.Lasted is not null);
        long lasted = all.Sum(group => (long)(group.Lasted ?? Math.Min(group.Count, group.Before ?? group.Count)));
        long before = all.Sum(group => (long)(group.Before ?? group.Count));
        long idle = all.Sum(group => (long)group.IdleOverMinute);
        double used = largest is { Descriptors: { } open, DescriptorLimit: > 0 and var limit } ? open / (double)limit : 0;
        if (lasted < Few)
            return null;

        // A pool of clients finds out when it next wants a connection: that it has some is no leak.
        bool isGrowing = count - before >= Math.Max(3, before / 50) && lasted >= before * 0.95; // what netwhy itself opens is no growth
        if (all.All(group => group.LocalPort is null) && !isGrowing && count < Many && used < 0.8)
            return null;

        SocketHolder[] holders =
        [
            .. all.SelectMany(group => group.Holders ?? (group is { Pid: { } holder, Process: { } name } ? [new SocketHolder(holder, name, group.Held ?? group.Count)] : []))
                .GroupBy(held => held.Pid)
                .Select(held => held.First() with { Count = held.Sum(one => one.Count) })
                .OrderByDescending(held => held.Count),
        ];
        int processes = Math.Max(holders.Length, all.Max(group => group.Processes ?? 0));
        string places = string.Join(" and ", all.Take(2).Select(SocketWords.Place)) + (all.Length > 2 ? " and others" : "");
        List<Reason> reasons =
        [
            largest.Weigh(
                lasted >= VeryMany ? Weight.VeryStrong : lasted >= Many ? Weight.Strong : Weight.Hint,
                isLastedKnown
                    ? string.Create(CultureInfo.InvariantCulture, $"{lasted} connections of {places} stayed in CLOSE-WAIT for {Words.Of(largest.Interval ?? TimeSpan.Zero)}: the peer has closed, this side has not")
                    : string.Create(CultureInfo.InvariantCulture, $"{count} connections of {places} are in CLOSE-WAIT, {before} before: the peer has closed, this side has not")),
        ];
        if (idle >= Math.Max(Few, count / 2))
            reasons.Add(largest.Weigh(Weight.Strong, string.Create(CultureInfo.InvariantCulture, $"{idle} of them are so for more than a minute, the longest for {Words.Of(largest.LongestIdle ?? TimeSpan.Zero)}")));
        if (isGrowing)
            reasons.Add(largest.Weigh(Weight.Strong, string.Create(CultureInfo.InvariantCulture, $"{count - before} more came meanwhile{(isLastedKnown ? " and none was closed" : "")}")));
        else if (lasted < before * 0.8)
            reasons.Add(largest.Weigh(Weight.Against, string.Create(CultureInfo.InvariantCulture, $"{before - lasted} of {before} were closed meanwhile: late, but they are closed")));
        if (largest.LocalPort is not null)
            reasons.Add(largest.Weigh(Weight.Hint, "clients made them: no pool of connections keeps them for later"));
        if (used >= 0.8)
            reasons.Add(largest.Weigh(Weight.Strong, string.Create(CultureInfo.InvariantCulture, $"the process has {largest.Descriptors} of {largest.DescriptorLimit} descriptors open")));

        // Since the peer's FIN, unless keepalive asked meanwhile: the last acknowledgement came with it.
        string since = largest.LongestIdle is { } longest ? $", the oldest of them {Words.Of(longest)} ago" : "";
        string whose = largest is { TopPeer: { } peer, OfTopPeer: { } theirs, LocalPort: not null } && theirs * 2 > largest.Count
            ? string.Create(CultureInfo.InvariantCulture, $"; {theirs} of them are with {peer}")
            : largest.Peers is { } peers and > 1 ? string.Create(CultureInfo.InvariantCulture, $"; they are with {(peers >= 1000 ? "more than " : "")}{peers} peers") : "";
        string who = SocketWords.Owners(holders, processes, isStart: true);
        string end = processes <= 1 && largest.DescriptorLimit is { } most and < long.MaxValue
            ? string.Create(CultureInfo.InvariantCulture, $"; at {most} descriptors (now {largest.Descriptors}) it can open and accept no more")
            : "";
        return new Finding(
            Cause,
            used >= 0.9 ? Severity.Critical : Severity.Warning,
            Where.Local,
            string.Create(CultureInfo.InvariantCulture, $"{who} {(processes > 1 ? "do" : "does")} not close {count} connections of {places} that the peer has closed (CLOSE-WAIT){since}{whose}{end}."),
            [.. reasons])
        {
            Measure = new Measure(
                $"CLOSE-WAIT of {(processes > 1 ? string.Create(CultureInfo.InvariantCulture, $"{processes} processes") : largest.Process ?? places)}",
                string.Create(CultureInfo.InvariantCulture, $"{count}, {before} before"),
                processes <= 1 && largest.DescriptorLimit is { } descriptors and < long.MaxValue ? string.Create(CultureInfo.InvariantCulture, $"{descriptors} descriptors") : ""),
            AlsoExplains = used >= 0.8 ? ["file-descriptors-exhausted", "accept-queue-full", "service-hung"] : [],
            Remedies =
            [
                new Remedy("Mend the program: close the connection on every way out, also after errors and at the end of the peer's data (read returns 0). No kernel setting ends these sockets."),
                new Remedy("See which connections they are.", largest.LocalPort is { } port
                    ? string.Create(CultureInfo.InvariantCulture, $"ss -tnop state close-wait 'sport = :{port}'")
                    : "ss -tnop state close-wait"),
                holders.Length > 1
                    ? new Remedy("Until then: restart the programs, which closes them all. This shows their services.", "systemctl status " + string.Join(' ', holders.Take(4).Select(held => held.Pid.ToString(CultureInfo.InvariantCulture))))
                    : new Remedy("Until then: restart the program, which closes them all." + (largest.Pid is null ? "" : " This shows its service."), largest.Pid is { } pid ? string.Create(CultureInfo.InvariantCulture, $"systemctl status {pid}") : null),
            ],
        };
    }
}
