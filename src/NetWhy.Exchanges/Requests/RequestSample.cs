using NetWhy.Evidence;
using NetWhy.Linux;

namespace NetWhy.Exchanges.Requests;

/// <summary>How one request went.</summary>
public readonly record struct RequestSample
{
    /// <summary>Place of its address among those asked.</summary>
    public int Address { get; init; }

    /// <summary>Whether the connection had carried a request before.</summary>
    public bool IsKept { get; init; }

    /// <summary>How long the connection had been idle before; zero for a new one.</summary>
    public TimeSpan Idle { get; init; }

    /// <summary>Other requests that were under way over its connection when it began.</summary>
    public int Beside { get; init; }

    /// <summary>When it began: a time of the monotonic clock, see <see cref="System.Diagnostics.Stopwatch.GetTimestamp"/>.</summary>
    public long Began { get; init; }

    /// <summary>How long the name was looked up for; null if it was not.</summary>
    public TimeSpan? Name { get; init; }

    /// <summary>Until the TCP connection stood; null if it did not, or stood before.</summary>
    public TimeSpan? Connect { get; init; }

    /// <summary>The TLS handshake; null if it was not completed, or not made.</summary>
    public TimeSpan? Tls { get; init; }

    /// <summary>From the first octet of the request until the kernel was given the last; null if it was not sent whole.</summary>
    public TimeSpan? Send { get; init; }

    /// <summary>From there to the first octet of the answer; null if none came.</summary>
    public TimeSpan? Wait { get; init; }

    /// <summary>From there to the last octet; null if none came.</summary>
    public TimeSpan? Receive { get; init; }

    /// <summary>All of it.</summary>
    public TimeSpan Total { get; init; }

    /// <summary>Shortest round trip of the connection, by the kernel (TCP_INFO); null if it has none.</summary>
    public TimeSpan? RoundTrip { get; init; }

    /// <summary>Segments that this side sent again while the request was under way.</summary>
    public int Retransmits { get; init; }

    /// <summary>How often the peer said meanwhile that it got a segment twice (D-SACK). Source: RFC 2883.</summary>
    public int NeedlessRetransmits { get; init; }

    /// <summary>Segments that came out of order while the request was under way.</summary>
    public int OutOfOrder { get; init; }

    /// <summary>Longest wait between two pieces of the answer.</summary>
    public TimeSpan LongestGap { get; init; }

    /// <summary>How often something of the answer came; see <see cref="HttpExchange.Arrivals"/>.</summary>
    public int Arrivals { get; init; }

    /// <summary>How far it came.</summary>
    public ExchangeStage Stage { get; init; }

    /// <summary>What came of it.</summary>
    public HttpOutcome Outcome { get; init; }

    /// <summary>Status code; 0 without one.</summary>
    public int Status { get; init; }

    /// <summary>Octets of the body, as they came.</summary>
    public long BodyLength { get; init; }

    /// <summary>Octets that were announced; -1 if none were.</summary>
    public long ExpectedLength { get; init; }

    /// <summary>Why the socket failed; <see cref="Errno.OK"/> if it did not.</summary>
    public Errno Errno { get; init; }

    /// <summary>What is wrong, in words; null if nothing is.</summary>
    public string? Fault { get; init; }

    /// <summary>Whether reading ended on purpose, at the time-out or the largest body, while octets still came, or may come (<see cref="HttpExchange.IsEndless"/>).</summary>
    public bool StoppedByUs { get; init; }

    /// <summary>Of a request without an answer: whether the peer's TCP had acknowledged all that was sent.</summary>
    public bool IsAcknowledged { get; init; }

    /// <summary>Whether the peer had begun to speak HTTP/2 over the connection.</summary>
    public bool SpeaksHttp2 { get; init; }

    /// <summary>Whether it was answered whole.</summary>
    public bool IsAnswered => Outcome is HttpOutcome.Complete;

    /// <summary>Whether it failed: no whole answer, or a status of 500 to 599.</summary>
    public bool HasFailed => !IsAnswered || Status is >= 500 and < 600;

    /// <summary>The server's own part of the wait; null if it is not known.</summary>
    public TimeSpan? Server => Wait is { } wait && RoundTrip is { } way ? (wait > way ? wait - way : TimeSpan.Zero) : null;
}
