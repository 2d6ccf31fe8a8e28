using System.Globalization;
using NetWhy.Diagnose.Sockets;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Rules;

/// <summary>A receiver does not read: its window is closed, and the sender waits. Here a program of this machine, or the peer of one.</summary>
/// <remarks>
/// A pause is no fault: players and backups stop reading for a while. So the buffer must be full (here) or the window
/// closed (there) in both samples, and nothing have moved. Source: RFC 9293, section 3.8.6.1, zero-window probing.
/// </remarks>
public sealed class ReceiveWindowFull : IRule
{
    private const string Cause = "receive-window-full";
    private const string Limited = "receive-window-limited";
    private const int Several = 5;

    private static readonly TimeSpan Long = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Stuck = TimeSpan.FromSeconds(3);

    /// <inheritdoc/>
    public RuleInfo Info { get; } = new(Cause, Source: "RFC 9293, section 3.8.6; tcp(7), TCP_INFO", Cause, Limited)
    {
        Explains = ["http-slow-transfer", "http-stalled-body"],
    };

    /// <inheritdoc/>
    public IEnumerable<Finding> Evaluate(EvidenceSet evidence)
    {
        foreach (IGrouping<int?, TcpFlow> full in evidence.All<TcpFlow>().Where(IsUnread).GroupBy(flow => flow.Pid))
            yield return OfReader(evidence, [.. full]);
        if (evidence.All<TcpFlow>().Where(IsReadSlowly).MaxBy(flow => flow.ReceiveQueue / ReadRate(flow)) is { } slow)
            yield return OfSlowReader(evidence, slow);
        foreach (IGrouping<string, TcpFlow> closed in evidence.All<TcpFlow>().Where(IsClosed).GroupBy(flow => flow.Remote.ToString()))
            yield return OfPeer([.. closed]);
    }

    // Half of the buffer is kept for the overhead of packets, so the window closes when the data fills the other half.
    private static bool IsUnread(TcpFlow flow) =>
        flow.ReceiveBuffer is { } buffer
        && (flow.ReceiveQueue * 10 >= buffer * 4 || flow.ReceiveAllocated * 10 >= buffer * 8)
        && flow.ReceiveQueue >= flow.ReceiveQueueBefore && flow.ReceiveQueueBefore * 2 > flow.ReceiveQueue
        && flow.Received <= flow.ReceiveQueue - flow.ReceiveQueueBefore;

    private static bool IsClosed(TcpFlow flow) =>
        !StuckFlow.OpensAtTimes(flow) && IsClosedNow(flow);

    private static bool IsClosedNow(TcpFlow flow) =>
        flow is { Timer: "persist", TimerBefore: "persist", Sent: 0 }
        || (flow is { Sent: 0, SendQueue: > 0, Probes: > 0 } && flow.WindowLimitedGrowth >= flow.Interval * 0.9);

    private static double ReadRate(TcpFlow flow) => Math.Max(0, flow.ReceiveQueueBefore + flow.Received - flow.ReceiveQueue) / Math.Max(flow.Interval.TotalSeconds, 0.001);

    // It reads, and what lies there would last it for long: the peer waits for it.
    private static bool IsReadSlowly(TcpFlow flow) =>
        flow.ReceiveBuffer is { } buffer && Math.Min(flow.ReceiveQueue, flow.ReceiveQueueBefore) * 10 >= buffer * 4
        && ReadRate(flow) is > 0 and var rate && flow.ReceiveQueue / rate >= Stuck.TotalSeconds;

    private static Finding OfSlowReader(EvidenceSet evidence, TcpFlow flow)
    {
        string rate = $"{Words.Octets(ReadRate(flow))}/s";
        TimeSpan last = TimeSpan.FromSeconds(Math.Min(flow.ReceiveQueue / ReadRate(flow), 1e6));
        return new Finding(
            Limited,
            evidence.Investigation?.TargetKind is TargetKind.LocalPort or TargetKind.Process ? Severity.Warning : Severity.Info,
            Where.Local,
            $"{SocketWords.Owner(flow.Process, flow.Pid, isStart: true)} reads what {SocketWords.Peer(flow)} sends at {rate}, and the peer must wait for it: {Words.Octets(flow.ReceiveQueue)} lie unread, enough for {Words.Of(last)}. The network is not the bound; it may be meant so.",
            [
                flow.Weigh(Weight.VeryStrong, $"{Words.Octets(flow.ReceiveQueue)} lay unread, {Words.Octets(flow.ReceiveQueueBefore)} {Words.Of(flow.Interval)} before, and {Words.Octets(flow.Received)} came meanwhile; the buffer is {Words.Octets(flow.ReceiveBuffer ?? 0)}"),
            ])
        {
            Subject = flow.IsIncoming ? null : flow.Remote,
            Measure = new Measure($"transfer from {SocketWords.Peer(flow)}", $"{rate}, as fast as the program reads", ""),
            Remedies =
            [
                new Remedy("If it is too slow: see what the program waits for between reads: a disk, a backend, the processor, a limit of its own.", flow.Pid is { } pid ? string.Create(CultureInfo.InvariantCulture, $"cat /proc/{pid}/status /proc/{pid}/wchan") : null),
                new Remedy("Watch Recv-Q.", $"ss -tnmop '{SocketWords.Filter(flow)}'"),
            ],
        };
    }

    private static Finding OfReader(EvidenceSet evidence, TcpFlow[] flows)
    {
        TcpFlow fullest = flows.MaxBy(flow => flow.ReceiveQueue)!;
        long zeroWindows = SocketWords.Growth(evidence, "TcpExt.TCPToZeroWindowAdv");
        List<Reason> reasons =
        [
            fullest.Weigh(Weight.VeryStrong, string.Create(CultureInfo.InvariantCulture, $"{Words.Octets(fullest.ReceiveQueue)} lie unread on the connection with {SocketWords.Peer(fullest)}, as many as {Words.Of(fullest.Interval)} before; its buffer is {Words.Octets(fullest.ReceiveBuffer ?? 0)}")),
        ];
        if (fullest.LastReceived >= Stuck)
            reasons.Add(fullest.Weigh(Weight.Hint, $"the peer could send nothing for {Words.Of(fullest.LastReceived)}"));
        if (evidence.Last<KernelCounters>() is { } counters && zeroWindows > 0)
            reasons.Add(counters.Weigh(Weight.Hint, $"this machine closed a window {zeroWindows} times (TCPToZeroWindowAdv)"));

        // A player or a pager pauses on purpose; a service does not.
        string? stopped = SocketWords.Stopped(fullest);
        if (stopped is not null)
            reasons.Add(fullest.Weigh(Weight.Strong, $"the state of the process is {fullest.ProcessState}"));
        bool mayBeMeant = stopped is null && !fullest.IsIncoming && flows.Length < Several && fullest.LastReceived < Long;
        return new Finding(
            Cause,
            mayBeMeant ? Severity.Info : Severity.Warning,
            Where.Local,
            $"{(stopped is null ? SocketWords.Owner(fullest.Process, fullest.Pid, isStart: true) : stopped + " and")} does not read what came on {Words.Count(flows.Length, "connection")}, such as that with {SocketWords.Peer(fullest)}: {Words.Octets(fullest.ReceiveQueue)} fill its buffer, and the peer may send no more.",
            [.. reasons])
        {
            Subject = fullest.IsIncoming ? null : fullest.Remote,
            Measure = new Measure($"unread data of {fullest.Process ?? SocketWords.Peer(fullest)}", Words.Octets(fullest.ReceiveQueue), $"{Words.Octets(fullest.ReceiveBuffer ?? 0)} of buffer"),
            Remedies =
            [
                SocketWords.LetGoOn(fullest) ?? new Remedy("See what the program waits for instead of reading: a lock, a full disk, a backend, a debugger.", fullest.Pid is { } pid ? string.Create(CultureInfo.InvariantCulture, $"cat /proc/{pid}/status /proc/{pid}/wchan /proc/{pid}/stack") : null),
                new Remedy("Watch Recv-Q.", $"ss -tnmop '{SocketWords.Filter(fullest)}'"),
            ],
        };
    }

    private static Finding OfPeer(TcpFlow[] flows)
    {
        TcpFlow longest = flows.MaxBy(flow => flow.LastSent)!;
        TimeSpan stuck = longest.LastSent;
        List<Reason> reasons =
        [
            longest.Weigh(Weight.VeryStrong, string.Create(CultureInfo.InvariantCulture, $"{Words.Octets(longest.SendQueue)} wait for {SocketWords.Peer(longest)}, whose window is closed; the kernel asks again and again whether it opens")),
        ];
        if (longest.WindowLimitedGrowth >= longest.Interval * 0.9)
            reasons.Add(longest.Weigh(Weight.Strong, $"its window was the limit for {Words.Of(longest.WindowLimitedGrowth)} of {Words.Of(longest.Interval)}"));
        if (stuck < Stuck)
            reasons.Add(longest.Weigh(Weight.Against, $"only since {Words.Of(stuck)}"));

        // That a client pauses is its own affair; that what this machine writes to does, is not.
        bool isItsAffair = longest.IsIncoming && flows.Length < 10;
        return new Finding(
            Cause,
            isItsAffair ? Severity.Info : Severity.Warning,
            Where.Remote,
            $"{SocketWords.Peer(longest)} does not read what {SocketWords.Owners(flows)} sent it: its window is closed, and {Words.Octets(longest.SendQueue)} have waited here for {Words.Of(stuck)}.",
            [.. reasons])
        {
            Subject = longest.IsIncoming ? null : longest.Remote,
            Measure = new Measure($"data that waits for {SocketWords.Peer(longest)}", $"{Words.Octets(longest.SendQueue)} for {Words.Of(stuck)}, its window is 0", ""),
            Remedies =
            [
                new Remedy("Look at the program there: it accepted the connection and does not read.", $"ss -tnmop 'sport = :{longest.RemotePort}'", $"the machine {longest.Remote}"),
                new Remedy("Let the program here give up after a while (TCP_USER_TIMEOUT, a timeout for writing)."),
            ],
        };
    }
}
