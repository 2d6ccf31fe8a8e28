using NetWhy.Evidence;

namespace NetWhy.Diagnose.Sockets;

/// <summary>A connection whose oldest data is sent again and again, and what that says of the way and of the peer.</summary>
internal static class StuckFlow
{
    private const int Repeats = 4; // at least three seconds without an answer, on the shortest path
    private const double LeastTimeout = 0.2; // seconds, TCP_RTO_MIN
    private const double LongestTimeout = 120; // seconds, TCP_RTO_MAX

    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(30); // in which nothing is read: then it is no slow reader

    /// <summary>Whether the oldest data was sent again and again, and none was acknowledged between the samples.</summary>
    /// <param name="flow">The connection.</param>
    internal static bool IsStuck(TcpFlow flow) =>
        flow is { Timer: "retransmit", Sent: 0, Unacknowledged: > 0 } && Repeated(flow) >= Repeats;

    /// <summary>Times that the oldest data was sent again.</summary>
    /// <param name="flow">The connection.</param>
    internal static int Repeated(TcpFlow flow) => Math.Max(flow.Backoff, flow.Retransmits);

    /// <summary>Whether what is under way fills a segment: then its size may be what keeps it from passing.</summary>
    /// <param name="flow">The connection.</param>
    internal static bool FillsSegment(TcpFlow flow) => flow.SendMss > 0 && flow.SendQueue - flow.NotSent >= flow.SendMss;

    /// <summary>Whether a full segment may ever have been acknowledged; true where it is not known.</summary>
    /// <param name="flow">The connection.</param>
    internal static bool MayHavePassed(TcpFlow flow) => flow.TotalAcknowledged is not { } octets || octets > flow.SendMss;

    /// <summary>Whether full segments made up most of what the peer acknowledged before.</summary>
    /// <param name="flow">The connection.</param>
    internal static bool HavePassed(TcpFlow flow)
    {
        long segments = (flow.SegmentsOut ?? 0) - (flow.SegmentsAgain ?? 0) - flow.Unacknowledged;
        return segments > 0 && flow.TotalAcknowledged > segments * (flow.SendMss / 2.0);
    }

    /// <summary>The least time for which the oldest data has waited: each timeout is twice the one before, and the first of them 200 ms or more.</summary>
    /// <param name="flow">The connection.</param>
    internal static TimeSpan LeastWait(TcpFlow flow)
    {
        double seconds = 0;
        double timeout = LeastTimeout;
        for (int i = 0; i < Math.Min(flow.Backoff, flow.Retransmits); i++)
        {
            seconds += timeout;
            timeout = Math.Min(2 * timeout, LongestTimeout);
        }

        return TimeSpan.FromSeconds(seconds);
    }

    /// <summary>Whether the peer answers on this connection while its data is stuck: then it lives, and small packets pass both ways.</summary>
    /// <param name="flow">The connection.</param>
    internal static bool IsAnswered(TcpFlow flow) =>
        flow.Sacked > 0 || flow.Received > 0 || (LeastWait(flow) is var wait && (flow.LastAcknowledged < wait || flow.LastReceived < wait));

    /// <summary>
    /// Whether the peer's window is closed now and opens now and then: in the time for which it has held data back, data was sent.
    /// A program that reads slowly shows so, and one that has read, and stopped a moment ago.
    /// </summary>
    /// <remarks>A receiver opens its window when a part of the buffer is free, which takes long at a low rate. Source: RFC 9293, section 3.8.6.2.2.</remarks>
    /// <param name="flow">The connection.</param>
    internal static bool OpensAtTimes(TcpFlow flow) =>
        flow is { Timer: "persist", TotalAcknowledged: > 1 } && flow.LastSent < Pause && flow.WindowLimited >= (flow.LastSent * 1.5) + TimeSpan.FromSeconds(2);

    /// <summary>Whether only full segments are stuck, on a connection that lives: large packets vanish on the way.</summary>
    /// <param name="flow">The connection.</param>
    internal static bool IsOfSize(TcpFlow flow) => IsStuck(flow) && FillsSegment(flow) && IsAnswered(flow);
}
