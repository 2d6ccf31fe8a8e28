using System.Globalization;
using NetWhy.Diagnose.Hosts;
using NetWhy.Diagnose.Sockets;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Rules;

/// <summary>What bounds a transfer that goes on: the peer's window, our send buffer, or the program that has nothing to send.</summary>
/// <remarks>
/// The kernel keeps the time for each connection: busy, and of that how long the window or the buffer held data back. What is
/// left of a connection that is always busy is bounded by the network. A fast transfer is bounded by something too; nobody
/// complains of it. A window that is full in every round trip is too small; one that opens and closes shows a program that
/// reads slowly, as many do on purpose. Source: M. Yu et al., "Profiling Network Performance for Multi-tier Data Center Applications" (SNAP,
/// NSDI 2011); tcp_info, tcpi_busy_time, tcpi_rwnd_limited, tcpi_sndbuf_limited.
/// </remarks>
public sealed class TransferLimits : IRule
{
    private const double Slow = 12_500_000; // octets per second: 100 Mbit/s
    private const double VerySlow = 1_000_000; // octets per second: of a reader that is seldom meant so
    private const int Little = 5000; // octets: an answer, not a transfer
    private const double Most = 0.8; // of the time: what held data back that long was the bound
    private const double MostNearBy = 0.5; // of a window in each round trip, where acknowledgements come for several segments
    private const double Often = 0.3; // of the time: the kernel does not count the part of a round trip that it spends sending
    private const int AutomaticScale = 8; // a peer whose kernel may let a window grow beyond 8 MB says so by this scale or more
    private const long Grown = 131_072; // octets: a window that was let grow is larger

    private static readonly TimeSpan Jitter = TimeSpan.FromMilliseconds(1);

    /// <inheritdoc/>
    public RuleInfo Info { get; } = new(
        "transfer-limits",
        Source: "SNAP, NSDI 2011; linux/tcp.h, struct tcp_info",
        "receive-window-limited", "send-buffer-limited", "sender-application-limited");

    /// <inheritdoc/>
    public IEnumerable<Finding> Evaluate(EvidenceSet evidence) =>
        evidence.All<TcpFlow>()
            .Where(flow => (flow.Sent > 0 || StuckFlow.OpensAtTimes(flow)) && flow.Interval > TimeSpan.Zero && !evidence.Any<TcpFlow>(twin => IsOtherEnd(twin, flow) && twin.ReceiveQueue > flow.Sent))
            .Select(flow => Judge(evidence, flow))
            .OfType<Finding>()
            .GroupBy(finding => finding.Cause)
            .Select(same => same.OrderByDescending(finding => finding.Severity).ThenByDescending(finding => finding.Confidence).First());

    /// <summary>What bounds a connection, as its account says.</summary>
    /// <param name="flow">The connection.</param>
    internal static TransferBound BoundOf(TcpFlow flow)
    {
        if (StuckFlow.OpensAtTimes(flow))
            return TransferBound.Window;
        if (flow.Sent == 0 || flow.Interval <= TimeSpan.Zero)
            return TransferBound.None;
        if (IsBufferFull(flow))
            return TransferBound.SendBuffer;
        if (flow.BusyGrowth < flow.Interval * (1 - Most) || (flow.IsAppLimited && flow.NotSent == 0 && flow.BusyGrowth < flow.Interval * Most))
            return TransferBound.Application;
        if (flow.BufferLimitedGrowth >= flow.BusyGrowth * Most)
            return TransferBound.SendBuffer;
        if (flow.WindowLimitedGrowth >= flow.BusyGrowth * Most || (flow.WindowLimitedGrowth >= flow.BusyGrowth * Often && IsWindowFull(flow)))
            return TransferBound.Window;
        return flow.BusyGrowth >= flow.Interval * Most ? TransferBound.Network : TransferBound.None;
    }

    // The kernel's own account sees only programs that write more at once than there is room for. So: the connection is never
    // idle, a buffer's worth is under way, and window and network would take twice as much.
    private static bool IsBufferFull(TcpFlow flow) =>
        flow is { SendBuffer: > 0 and var buffer } && flow.BusyGrowth >= flow.Interval * Most && UnderWay(flow) >= buffer;

    // A window's worth is under way, more waits, and the network would take more.
    private static bool IsWindowFull(TcpFlow flow) =>
        flow is { NotSent: > 0, PeerWindow: > 0 and var window }
        && flow.SendQueue - flow.NotSent >= window * 0.9
        && window * 1.25 <= (double)flow.CongestionWindow * flow.SendMss
        && IsWindowSmall(flow);

    /// <summary>
    /// Whether the size of the peer's window is the bound: it stays the same, each round trip carries one of it, and the peer
    /// acknowledges at once. Otherwise the program there reads as slowly as that.
    /// </summary>
    private static bool IsWindowSmall(TcpFlow flow)
    {
        if (flow.Timer is "persist" || flow.TimerBefore is "persist" || flow.Probes > 0)
            return false; // it closes
        if (flow.MinRoundTrip is not { } least || flow.PeerWindow < 2 * flow.SendMss)
            return false;
        if (flow.PeerWindowBefore is { } before && (before < flow.PeerWindow * 0.9 || before > flow.PeerWindow * 1.1))
            return false;
        if (flow.RoundTrip > least * 1.25 + Jitter)
            return false; // acknowledgements wait until something is read
        if (flow.PeerWindowScale >= AutomaticScale && flow.PeerWindow < Grown)
            return false; // its kernel makes the buffer of a program that reads all larger
        // Near by, the shortest round trip is that of a lone packet, and a window takes the time of many.
        return least < Jitter && flow.RoundTrip is { } usual
            ? Rate(flow) * usual.TotalSeconds >= flow.PeerWindow * MostNearBy
            : Rate(flow) * least.TotalSeconds >= flow.PeerWindow * Most;
    }

    // Octets under way where nothing else keeps more from being so; the most of three views, since each sample may come just
    // after an acknowledgement: both samples, and rate times round trip (J. D. C. Little, 1961), their average in between.
    private static long UnderWay(TcpFlow flow)
    {
        double room = Math.Min(flow.PeerWindow, (double)flow.CongestionWindow * flow.SendMss);
        double average = flow.MinRoundTrip is { } roundTrip ? Rate(flow) * roundTrip.TotalSeconds : 0;
        bool isSampled = Math.Min(flow.SendQueue, flow.SendQueueBefore) > 0;
        long most = 0;
        foreach (double octets in (ReadOnlySpan<double>)[isSampled && flow.NotSent == 0 ? flow.SendQueue : 0, isSampled ? flow.SendQueueBefore : 0, average])
        {
            if (octets * 2 <= room)
                most = Math.Max(most, (long)octets);
        }

        return most;
    }

    private static bool IsOtherEnd(TcpFlow one, TcpFlow other) =>
        one.LocalPort == other.RemotePort && one.RemotePort == other.LocalPort && one.Local.Equals(other.Remote);

    private static Finding? Judge(EvidenceSet evidence, TcpFlow flow) => BoundOf(flow) switch
    {
        TransferBound.Window => IsWindowSmall(flow) ? OfWindow(evidence, flow) : OfReader(evidence, flow),
        TransferBound.SendBuffer => OfBuffer(evidence, flow),
        TransferBound.Application when evidence.Investigation?.TargetKind is TargetKind.LocalPort or TargetKind.Process => OfApplication(flow),
        _ => null,
    };

    private static double Rate(TcpFlow flow) => flow.Sent / flow.Interval.TotalSeconds;

    private static string RateInWords(TcpFlow flow) => $"{Words.Octets(Rate(flow))}/s";

    // How fast a client reads is its affair, unless its service is what was asked about.
    private static Severity SeverityOf(EvidenceSet evidence, TcpFlow flow) =>
        Rate(flow) < Slow && !(flow.IsIncoming && WholeHost.IsAsked(evidence)) ? Severity.Warning : Severity.Info;

    private static string Share(TimeSpan part, TimeSpan whole) => Words.Percent(part.TotalSeconds, whole.TotalSeconds);

    private static Reason Lifelong(TcpFlow flow, TimeSpan limited) => flow.Weigh(
        limited >= flow.Busy * 0.5 ? Weight.Hint : Weight.HintAgainst,
        $"{Share(limited, flow.Busy)} of the {Words.Of(flow.Busy)} that the connection was busy in all its life");

    private static Finding OfWindow(EvidenceSet evidence, TcpFlow flow)
    {
        string window = flow.PeerWindow > 0 ? $" of {Words.Octets(flow.PeerWindow)}" : "";
        string product = flow.MinRoundTrip is { } roundTrip && roundTrip > TimeSpan.FromMilliseconds(2) && flow.PeerWindow > 0
            ? $"; a window of {Words.Octets(flow.PeerWindow)} in a round trip of {Words.Of(roundTrip)} gives at most {Words.Octets(flow.PeerWindow / roundTrip.TotalSeconds)}/s"
            : "";
        return new Finding(
            "receive-window-limited",
            SeverityOf(evidence, flow),
            Where.Remote,
            $"The window{window} that {SocketWords.Peer(flow)} offers bounds what {SocketWords.Owner(flow.Process, flow.Pid)} sends it to {RateInWords(flow)}, not the network{product}.",
            [
                flow.Weigh(Weight.VeryStrong, $"data waited for the peer's window for {Share(flow.WindowLimitedGrowth, flow.BusyGrowth)} of {Words.Of(flow.BusyGrowth)}"),
                Lifelong(flow, flow.WindowLimited),
            ])
        {
            Subject = flow.IsIncoming ? null : flow.Remote,
            Measure = new Measure($"transfer to {SocketWords.Peer(flow)}", $"{RateInWords(flow)}, held back by the peer's window {Share(flow.WindowLimitedGrowth, flow.BusyGrowth)} of the time", ""),
            Remedies =
            [
                new Remedy("Allow the program there a larger buffer: the third number, at least twice the rate that is wanted times the round trip; and let the program not set SO_RCVBUF.", "sysctl net.ipv4.tcp_rmem net.core.rmem_max net.ipv4.tcp_window_scaling", $"the machine {flow.Remote}"),
                new Remedy("Watch rwnd_limited.", $"ss -tnip '{SocketWords.Filter(flow)}'"),
            ],
        };
    }

    // Who reads slowly may mean to: that it hurts somebody cannot be seen here.
    private static Finding OfReader(EvidenceSet evidence, TcpFlow flow)
    {
        bool isClosed = StuckFlow.OpensAtTimes(flow);
        double lifelong = (flow.TotalAcknowledged ?? 0) / Math.Max(flow.Busy.TotalSeconds, 1);
        string rate = isClosed ? $"about {Words.Octets(lifelong)}/s" : RateInWords(flow);
        bool isAsked = isClosed && lifelong < VerySlow && evidence.Investigation?.TargetKind is TargetKind.Process or TargetKind.LocalPort;
        return new Finding(
            "receive-window-limited",
            isAsked ? Severity.Warning : Severity.Info,
            Where.Remote,
            $"{SocketWords.Peer(flow)} takes what {SocketWords.Owner(flow.Process, flow.Pid)} sends it at {rate}, and no faster: its window opens only as its program reads, which may be meant so. The network is not the bound."
                + (isClosed ? $" It is closed now, and opened {Words.Of(flow.LastSent)} ago." : ""),
            [
                isClosed
                    ? flow.Weigh(Weight.VeryStrong, $"the window held data back for {Words.Of(flow.WindowLimited)} of {Words.Of(flow.Busy)}, and {Words.Octets(flow.TotalAcknowledged ?? 0)} went through, the last {Words.Of(flow.LastSent)} ago")
                    : flow.Weigh(Weight.VeryStrong, $"data waited for the peer's window for {Share(flow.WindowLimitedGrowth, flow.BusyGrowth)} of {Words.Of(flow.BusyGrowth)}"),
                flow.Weigh(Weight.Context, flow.Timer is "persist" || flow.TimerBefore is "persist" ? "the window is closed at times" : "the window and the round trip would allow more, if the program there read all that comes"),
            ])
        {
            Subject = flow.IsIncoming ? null : flow.Remote,
            Measure = new Measure($"transfer to {SocketWords.Peer(flow)}", $"{rate}, as fast as the program there reads", ""),
            Remedies = [new Remedy("If it is too slow: see what the program there waits for; its Recv-Q is full.", $"ss -tnmop 'sport = :{flow.RemotePort}'", $"the machine {flow.Remote}")],
        };
    }

    // wmem_max caps what a program asks for by SO_SNDBUF; tcp_wmem bounds what the kernel gives by itself.
    private static Finding OfBuffer(EvidenceSet evidence, TcpFlow flow)
    {
        long? automatic = evidence.First<KernelSettings>()?.Values.GetValueOrDefault("net.ipv4.tcp_wmem")?.Split(' ', StringSplitOptions.RemoveEmptyEntries) is [_, _, var text]
            && long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long most) ? most : null;
        bool isAtMost = flow.SendBuffer >= automatic;
        return new Finding(
            "send-buffer-limited",
            SeverityOf(evidence, flow),
            Where.Local,
            $"The send buffer of {Words.Octets(flow.SendBuffer ?? 0)} bounds what {SocketWords.Owner(flow.Process, flow.Pid)} sends to {SocketWords.Peer(flow)} to {RateInWords(flow)}, not the network.",
            [
                .. IsBufferFull(flow)
                    ? [flow.Weigh(Weight.VeryStrong, $"all that the buffer holds ({Words.Octets(UnderWay(flow))}) is under way; the peer's window and the network would take more than twice as much")]
                    : (Reason[])
                    [
                        flow.Weigh(Weight.VeryStrong, $"the connection waited for room in our send buffer for {Share(flow.BufferLimitedGrowth, flow.BusyGrowth)} of {Words.Of(flow.BusyGrowth)}"),
                        Lifelong(flow, flow.BufferLimited),
                    ],
            ])
        {
            Subject = flow.IsIncoming ? null : flow.Remote,
            Measure = new Measure($"transfer to {SocketWords.Peer(flow)}", $"{RateInWords(flow)} through a send buffer of {Words.Octets(flow.SendBuffer ?? 0)}", ""),
            Remedies =
            [
                isAtMost
                    ? new Remedy("Allow the kernel a larger send buffer: the third number, at least twice rate times round trip.", "sysctl net.ipv4.tcp_wmem")
                    : new Remedy($"Let the program not set SO_SNDBUF: it asked for {Words.Octets((flow.SendBuffer ?? 0) / 2.0)}, and the kernel would grow it to {Words.Octets(automatic ?? 0)} by itself."),
                new Remedy("Watch sndbuf_limited.", $"ss -tnmip '{SocketWords.Filter(flow)}'"),
            ],
        };
    }

    private static Finding? OfApplication(TcpFlow flow) => Rate(flow) >= Slow || flow.Sent < Little ? null : new Finding(
        "sender-application-limited",
        Severity.Info,
        Where.Local,
        $"{SocketWords.Owner(flow.Process, flow.Pid, isStart: true)} itself bounds what it sends to {SocketWords.Peer(flow)} to {RateInWords(flow)}: in {Share(flow.Interval - flow.BusyGrowth, flow.Interval)} of the time it gave the kernel nothing to send.",
        [
            flow.Weigh(Weight.VeryStrong, $"data was under way or waiting in only {Words.Of(flow.BusyGrowth)} of {Words.Of(flow.Interval)}"),
            flow.Weigh(flow.NotSent == 0 ? Weight.Hint : Weight.Against, $"{Words.Octets(flow.NotSent)} wait to be sent"),
        ])
    {
        Measure = new Measure($"transfer to {SocketWords.Peer(flow)}", $"{RateInWords(flow)}, bounded by the program itself", ""),
        Remedies = [new Remedy("If it is too slow: look at what the program waits for (disk, a backend, the processor), not at the network.", flow.Pid is { } pid ? string.Create(CultureInfo.InvariantCulture, $"cat /proc/{pid}/status /proc/{pid}/wchan") : null)],
    };
}

/// <summary>What bounds a transfer.</summary>
internal enum TransferBound
{
    /// <summary>Nothing was sent, or nothing bounds it most of the time.</summary>
    None,

    /// <summary>The program that sends.</summary>
    Application,

    /// <summary>Our send buffer.</summary>
    SendBuffer,

    /// <summary>The window that the peer offers.</summary>
    Window,

    /// <summary>The network: congestion window and path.</summary>
    Network,
}
