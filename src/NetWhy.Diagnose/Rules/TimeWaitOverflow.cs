using System.Globalization;
using NetWhy.Diagnose.Hosts;
using NetWhy.Diagnose.Sockets;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Rules;

/// <summary>More connections end than the kernel may keep in TIME-WAIT: the others are forgotten at once.</summary>
/// <remarks>Source: net/ipv4/inet_timewait_sock.c; ip-sysctl.rst, tcp_max_tw_buckets.</remarks>
public sealed class TimeWaitOverflow : IRule
{
    private const string Cause = "time-wait-overflow";
    private const int TimeWait = 60; // seconds, TCP_TIMEWAIT_LEN

    /// <inheritdoc/>
    public RuleInfo Info { get; } = new(Cause, Source: "ip-sysctl.rst, tcp_max_tw_buckets; RFC 9293, section 3.6.1", Cause);

    /// <inheritdoc/>
    public IEnumerable<Finding> Evaluate(EvidenceSet evidence)
    {
        long overflows = SocketWords.Growth(evidence, "TcpExt.TCPTimeWaitOverflow");
        if (overflows == 0 || !WholeHost.IsAsked(evidence) || evidence.Last<KernelCounters>() is not { } counters)
            yield break;

        long? limit = Audit.SettingValue.Number(evidence, "net.ipv4.tcp_max_tw_buckets");
        int? kept = SocketWords.CountOf(evidence, "time-wait");
        double rate = (SocketWords.Growth(evidence, "TcpExt.TW") + overflows) / Math.Max(0.001, counters.Lasted.TotalSeconds);
        List<Reason> reasons = [counters.Weigh(Weight.VeryStrong, string.Create(CultureInfo.InvariantCulture, $"{overflows} connections ended in {Words.Of(counters.Lasted)} and found no room in TIME-WAIT"))];
        if (evidence.First<SocketCensus>(census => census.Subject is "all") is { } census && kept * 10 >= limit * 9)
            reasons.Add(census.Weigh(Weight.Strong, string.Create(CultureInfo.InvariantCulture, $"{kept} of {limit} places are taken")));

        // Every connection that this side closes first takes a place for a minute. A place costs some 250 octets.
        long wanted = Math.Clamp((long)Math.Ceiling(Math.Max(rate * TimeWait * 1.25, (limit ?? 0) * 2.0) / 1024) * 1024, 8192, 2_097_152);
        string churn = string.Create(CultureInfo.InvariantCulture, $"{rate:0.#} connections end here a second");
        yield return new Finding(
            Cause,
            Severity.Warning,
            Where.Local,
            string.Create(CultureInfo.InvariantCulture, $"The table of connections in TIME-WAIT is full ({kept} of {limit}): {overflows} more were forgotten at once in {Words.Of(counters.Lasted)}, so that late segments may disturb new connections; {churn}."),
            [.. reasons])
        {
            Measure = new Measure("TIME-WAIT table", string.Create(CultureInfo.InvariantCulture, $"{kept}, {overflows} forgotten"), string.Create(CultureInfo.InvariantCulture, $"{limit}")),
            Remedies =
            [
                new Remedy("Open fewer connections: keep them alive and use them again; who closes first keeps the TIME-WAIT.", "ss -tan state time-wait"),
                .. wanted > limit
                    ? [Remedy.Set(string.Create(CultureInfo.InvariantCulture, $"Keep more: {churn}, and each is kept for {TimeWait} s."), "net.ipv4.tcp_max_tw_buckets", wanted.ToString(CultureInfo.InvariantCulture))]
                    : Array.Empty<Remedy>(),
            ],
        };
    }
}
