using System.Net;

namespace NetWhy.Evidence;

/// <summary>The same request made again and again: what came back, and how the time went.</summary>
/// <param name="Url">URL asked for.</param>
/// <param name="Requests">Requests that came to an end, failures included.</param>
/// <param name="Elapsed">From the first request to the end of the last.</param>
/// <param name="Concurrency">Requests under way at the same time, at most.</param>
public sealed record HttpRun(string Url, long Requests, TimeSpan Elapsed, int Concurrency) : Observation
{
    /// <summary>Times by address, new and kept connections apart.</summary>
    public IReadOnlyList<HttpRunGroup> Groups { get; init; } = [];

    /// <summary>The answers that differ by their status or by who made them, the most frequent first; at most 64.</summary>
    public IReadOnlyList<HttpRunAnswer> Answers { get; init; } = [];

    /// <summary>The ways in which requests got no whole answer, the most frequent first.</summary>
    public IReadOnlyList<HttpRunFailure> Failures { get; init; } = [];

    /// <summary>When requests failed without one between them that did not, in their order; at most 100.</summary>
    public IReadOnlyList<HttpRunSpell> Spells { get; init; } = [];

    /// <summary>Connections that were made.</summary>
    public long Connections { get; init; }

    /// <summary>Kept connections that the server had closed while nothing was asked over them.</summary>
    public long ClosedWhileIdle { get; init; }

    /// <summary>Longest time that a connection had been idle when a request over it was answered; null if none was kept.</summary>
    public TimeSpan? LongestIdle { get; init; }

    /// <summary>Whether the user ended it.</summary>
    public bool WasInterrupted { get; init; }

    /// <summary>Whether it ended early, since its requests waited long for a connection and none got one.</summary>
    public bool HasGivenUp { get; init; }

    /// <summary>Whether it ended early, since the time of each request was over before an answer began.</summary>
    public bool WasSilent { get; init; }

    /// <summary>What came of requests made one at a time afterwards, over new connections, where several at once had failed; null if none were made.</summary>
    public HttpRunAlone? Alone { get; init; }

    /// <summary>What HTTP/2 did on the connections; null where it was not spoken.</summary>
    public HttpRunStreams? Streams { get; init; }
}

/// <summary>What came of requests made one at a time, where several at once had failed.</summary>
/// <param name="Address">The address asked: that at which most had failed.</param>
/// <param name="Asked">How many.</param>
/// <param name="Good">How many were answered whole, and with no status of 500 to 599 nor 429.</param>
public sealed record HttpRunAlone(IPAddress Address, int Asked, int Good);

/// <summary>How requests shared connections of HTTP/2. Source: RFC 9113.</summary>
/// <param name="Connections">Connections of HTTP/2.</param>
/// <param name="MostOpen">Most requests that were open at once over one of them.</param>
public sealed record HttpRunStreams(long Connections, int MostOpen)
{
    /// <summary>Whether the server said its settings.</summary>
    public bool HasSettings { get; init; }

    /// <summary>Most requests at once that the server allows (SETTINGS_MAX_CONCURRENT_STREAMS); null if it does not say: any number, where it said its settings.</summary>
    public long? Allowed { get; init; }

    /// <summary>Requests that the server said it had not looked at (GOAWAY without error, REFUSED_STREAM): they were begun again and count for nothing else.</summary>
    public long Unserved { get; init; }

    /// <summary>Answers that were whole while that of an earlier request over the same connection was not.</summary>
    public long Overtakes { get; init; }

    /// <summary>How often a piece of one answer came between the pieces of another's body.</summary>
    public long Interleaves { get; init; }

    /// <summary>Octets of a body that we take before we widen the window.</summary>
    public int Window { get; init; }

    /// <summary>How often all bodies stood still exactly where a window ended, until we had widened it.</summary>
    public long WindowStops { get; init; }

    /// <summary>How long that was in all.</summary>
    public TimeSpan WindowWait { get; init; }

    /// <summary>How often the server announced the end of a connection (GOAWAY), by the name of its error.</summary>
    public IReadOnlyDictionary<string, long> GoAways { get; init; } = new Dictionary<string, long>();

    /// <summary>The server's part of the wait (without the round trip) while nothing else was asked over the connection; null where that was not measured.</summary>
    public TimeSpread? AloneServer { get; init; }

    /// <summary>How long the bodies of these took; null where that was not measured.</summary>
    public TimeSpread? AloneReceive { get; init; }

    /// <summary>Octets of their bodies, the median; 0 where that was not measured.</summary>
    public long AloneOctets { get; init; }

    /// <summary>The server's part of the wait with as many beside them as were asked for; null without such.</summary>
    public TimeSpread? TogetherServer { get; init; }

    /// <summary>Requests beside each of those.</summary>
    public int Beside { get; init; }
}

/// <summary>Requests to one address, over new connections or over kept ones.</summary>
/// <param name="Address">The address.</param>
/// <param name="Port">The port.</param>
/// <param name="IsKept">Whether the connection had carried a request before.</param>
/// <param name="Requests">Requests that came to an end.</param>
public sealed record HttpRunGroup(IPAddress Address, int Port, bool IsKept, long Requests)
{
    /// <summary>Requests that got no whole answer.</summary>
    public long Failed { get; init; }

    /// <summary>Requests that were answered with a status of 500 to 599.</summary>
    public long ServerErrors { get; init; }

    /// <summary>Looking the name up; null without a name or over kept connections.</summary>
    public TimeSpread? Name { get; init; }

    /// <summary>Until the TCP connection stood; null over kept ones.</summary>
    public TimeSpread? Connect { get; init; }

    /// <summary>The TLS handshake; null without one.</summary>
    public TimeSpread? Tls { get; init; }

    /// <summary>From the first octet of the request until the kernel was given the last.</summary>
    public TimeSpread? Send { get; init; }

    /// <summary>From there to the first octet of the answer.</summary>
    public TimeSpread? Wait { get; init; }

    /// <summary>What of the wait is not the shortest round trip of the connection (TCP_INFO): the server's own time.</summary>
    public TimeSpread? Server { get; init; }

    /// <summary>Shortest round trip of the connection, by the kernel (TCP_INFO).</summary>
    public TimeSpread? RoundTrip { get; init; }

    /// <summary>From the first octet of the answer to the last.</summary>
    public TimeSpread? Receive { get; init; }

    /// <summary>All of it.</summary>
    public TimeSpread? Total { get; init; }
}

/// <summary>How times spread: of their order, the ones at these places.</summary>
/// <param name="Least">The shortest.</param>
/// <param name="Median">Half are no longer.</param>
/// <param name="P90">Nine of ten are no longer.</param>
/// <param name="P99">99 of 100 are no longer.</param>
/// <param name="Most">The longest.</param>
public sealed record TimeSpread(TimeSpan Least, TimeSpan Median, TimeSpan P90, TimeSpan P99, TimeSpan Most);

/// <summary>Answers with the same status from the same maker, as far as their headers tell.</summary>
/// <param name="Status">Status code.</param>
/// <param name="Count">How many.</param>
public sealed record HttpRunAnswer(int Status, long Count)
{
    /// <summary>The address that gave the first of them.</summary>
    public IPAddress? Address { get; init; }

    /// <summary>Reason of the first.</summary>
    public string? Reason { get; init; }

    /// <summary>Fields that tell who made it, names in lower case: server, via, x-served-by and the like. Without <see cref="FieldNames"/> it stands for several makers.</summary>
    public IReadOnlyDictionary<string, string> Headers { get; init; } = new Dictionary<string, string>();

    /// <summary>Names of all its fields in their order, in lower case: a proxy's own pages have others than those of the application.</summary>
    public IReadOnlyList<string> FieldNames { get; init; } = [];

    /// <summary>Beginning of the first one's body, if it is an error.</summary>
    public string? Excerpt { get; init; }

    /// <summary>How long they were waited for.</summary>
    public TimeSpread? Wait { get; init; }

    /// <summary>When the first began.</summary>
    public DateTimeOffset First { get; init; }

    /// <summary>When the last began.</summary>
    public DateTimeOffset Last { get; init; }
}

/// <summary>Requests that got no whole answer, in the same way.</summary>
/// <param name="Address">The address.</param>
/// <param name="IsKept">Whether the connection had carried a request before.</param>
/// <param name="Stage">How far they had come.</param>
/// <param name="Outcome">What came of them.</param>
/// <param name="Count">How many.</param>
public sealed record HttpRunFailure(IPAddress Address, bool IsKept, ExchangeStage Stage, HttpOutcome Outcome, long Count)
{
    /// <summary>errno's name, such as <c>ECONNRESET</c>; null if the connection did not fail.</summary>
    public string? Errno { get; init; }

    /// <summary>What was wrong, in words; null if nothing is to be added.</summary>
    public string? Fault { get; init; }

    /// <summary>Shortest time that the connection had been idle before the request; null for new ones.</summary>
    public TimeSpan? LeastIdle { get; init; }

    /// <summary>Longest such time.</summary>
    public TimeSpan? MostIdle { get; init; }

    /// <summary>Of those whose time was over before an answer began: how many were sent again, and the peer's TCP had not acknowledged.</summary>
    public long Unacknowledged { get; init; }

    /// <summary>Octets of the body that came with the first, where an answer was cut or stood still.</summary>
    public long BodyLength { get; init; }

    /// <summary>Octets of a body that were announced with the first; null if none were.</summary>
    public long? ExpectedLength { get; init; }
}

/// <summary>Requests to one address that failed one after the other, by an error or a status of 500 to 599.</summary>
/// <param name="Address">The address.</param>
/// <param name="Begin">When the first began.</param>
/// <param name="End">When the last began.</param>
/// <param name="Failed">How many.</param>
public sealed record HttpRunSpell(IPAddress Address, DateTimeOffset Begin, DateTimeOffset End, long Failed);
