using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using System.Numerics;
using NetWhy.Diagnose.Audit;
using NetWhy.Diagnose.Sockets;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Rules;

/// <summary>The receive buffer of a connection of this machine bounds what its peer may send: the receiver's side of <see cref="TransferLimits"/>.</summary>
/// <remarks>
/// A receiver has no account of the time for which its window held the peer back. It shows in three things together: each
/// round trip brings a window's worth, the program has read all of it, and the buffer cannot grow, since it is as large as
/// the settings allow or of a size that the program chose. Where the network, the peer or the program is the bound, less than
/// a window comes in a round trip, or data lies unread. Source: M. Yu et al., "Profiling Network Performance for Multi-tier Data
/// Center Applications" (SNAP, NSDI 2011); tcp_info, tcpi_rcv_wnd and tcpi_rcv_rtt; ip-sysctl.rst, tcp_rmem.
/// </remarks>
public sealed class ReceiveBufferLimits : IRule
{
    private const double Slow = 12_500_000; // octets per second: nobody complains of 100 Mbit/s and more
    private const int Little = 50_000; // octets: an answer, not a transfer
    private const double Full = 0.7; // of a window in each round trip: acknowledgements take a little time
    private const int EnoughRoundTrips = 8; // in which the kernel would have made a buffer larger that may grow
    private const long Usual = 6 << 20; // octets: the kernel's own choice for the largest buffer
    private const long Most = 64 << 20;

    private static readonly TimeSpan Near = TimeSpan.FromMilliseconds(0.5); // there is no distance to bridge

    /// <inheritdoc/>
    public RuleInfo Info { get; } = new("receive-buffer-limits", Source: "SNAP, NSDI 2011; linux/tcp.h, struct tcp_info", "receive-window-limited");

    /// <inheritdoc/>
    public IEnumerable<Finding> Evaluate(EvidenceSet evidence)
    {
        TcpFlow[] bound = [.. evidence.All<TcpFlow>().Where(flow => !IPAddress.IsLoopback(flow.Remote) && IsBound(evidence, flow))];
        return bound.GroupBy(flow => flow.IsIncoming ? null : flow.Remote).Select(flows => Judge(evidence, [.. flows]));
    }

    private static bool IsBound(EvidenceSet evidence, TcpFlow flow)
    {
        if (flow is not { ReceiveWindow: > 0 and var window, ReceiveBuffer: { } buffer } || RoundTripOf(flow) is not { } roundTrip)
            return false;
        bool isRead = Math.Max(flow.ReceiveQueue, flow.ReceiveQueueBefore) * 4 <= window;
        bool isFixed = MostAutomatic(evidence) is { } most && (buffer >= most || (flow.ReceiveBufferBefore == buffer && flow.Interval >= roundTrip * EnoughRoundTrips));
        return flow.Received >= Little && Rate(flow) < Slow && isRead && isFixed
            && roundTrip >= Near
            && Rate(flow) * roundTrip.TotalSeconds >= window * Full;
    }

    // What this side measured by what it sent itself may be old; what comes tells too, where timestamps are echoed.
    private static TimeSpan? RoundTripOf(TcpFlow flow) => (flow.MinRoundTrip, flow.HasTimestamps is true ? flow.ReceiveRoundTrip : null) switch
    {
        ({ } sent, { } received) => sent < received ? sent : received,
        var (sent, received) => sent ?? received,
    };

    private static double Rate(TcpFlow flow) => flow.Received / Math.Max(flow.Interval.TotalSeconds, 0.001);

    private static long? MostAutomatic(EvidenceSet evidence) => Sizes(evidence) is [_, _, var most] ? most : null;

    private static ImmutableArray<long> Sizes(EvidenceSet evidence) => SettingValue.Numbers(evidence.Last<KernelSettings>()?.Values.GetValueOrDefault("net.ipv4.tcp_rmem"));

    private static Finding Judge(EvidenceSet evidence, TcpFlow[] flows)
    {
        TcpFlow largest = flows.MaxBy(flow => flow.Received)!;
        long window = largest.ReceiveWindow ?? 0;
        TimeSpan roundTrip = RoundTripOf(largest) ?? TimeSpan.Zero;
        string rate = $"{Words.Octets(Rate(largest))}/s";
        string buffer = Words.Octets(largest.ReceiveBuffer ?? 0);
        bool isAtMost = largest.ReceiveBuffer >= MostAutomatic(evidence);
        string more = flows.Length == 1 ? "" : $" So it is with {Words.Count(flows.Length - 1, "more connection")}.";
        return new Finding(
            "receive-window-limited",
            Severity.Warning,
            Where.Local,
            $"The receive buffer of {buffer} of {SocketWords.Owners(flows)} bounds what {SocketWords.Peer(largest)} may send it to {rate}, not the network: a window of {Words.Octets(window)} in a round trip of {Words.Of(roundTrip)} gives no more. The program reads at once.{more}",
            [
                largest.Weigh(Weight.VeryStrong, $"each round trip of {Words.Of(roundTrip)} brings {Words.Percent(Rate(largest) * roundTrip.TotalSeconds, window)} of the window of {Words.Octets(window)}"),
                largest.Weigh(Weight.Hint, $"{Words.Octets(largest.ReceiveQueue)} lie unread, {Words.Octets(largest.ReceiveQueueBefore)} before"),
                largest.Weigh(Weight.Hint, isAtMost ? $"its buffer of {buffer} is as large as net.ipv4.tcp_rmem allows" : $"its buffer of {buffer} did not grow in {Words.Of(largest.Interval)}, although it was full of need"),
            ])
        {
            Subject = largest.IsIncoming ? null : largest.Remote,
            Measure = new Measure($"transfer from {SocketWords.Peer(largest)}", $"{rate} through a receive buffer of {buffer}", ""),
            Remedies =
            [
                isAtMost ? LargerBuffers(evidence, roundTrip)
                    : SettingValue.Number(evidence, "net.ipv4.tcp_moderate_rcvbuf") is 0 ? Remedy.Set("Let the kernel size receive buffers by need.", "net.ipv4.tcp_moderate_rcvbuf", "1")
                    : new Remedy($"Let the program not set SO_RCVBUF: the kernel would grow the buffer to {Words.Octets(MostAutomatic(evidence) ?? 0)} by itself."),
                new Remedy("Watch rcv_wnd and rb.", $"ss -tnmip '{SocketWords.Filter(largest)}'"),
            ],
        };
    }

    // Half of a buffer is for the overhead of packets: so twice what 100 Mbit/s have under way, and no less than is usual.
    private static Remedy LargerBuffers(EvidenceSet evidence, TimeSpan roundTrip)
    {
        ImmutableArray<long> sizes = Sizes(evidence);
        long needed = (long)Math.Min(Most, 2 * Slow * roundTrip.TotalSeconds);
        long better = Math.Clamp((long)BitOperations.RoundUpToPowerOf2((ulong)needed), Usual, Most);
        return Remedy.Set(
            "Let the kernel enlarge the buffers of connections that need it; programs connect anew.",
            "net.ipv4.tcp_rmem",
            string.Create(CultureInfo.InvariantCulture, $"{sizes[0]} {sizes[1]} {better}"));
    }
}
