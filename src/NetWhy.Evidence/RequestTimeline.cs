using System.Net;

namespace NetWhy.Evidence;

/// <summary>Requests, or connections alone, that were made again and again: each with its time, and what this machine counted meanwhile.</summary>
/// <param name="Symptom">What was looked for: <c>timeout</c>, <c>5xx</c> or <c>slow</c>; null for nothing, as where requests were made one after the other to see how they go.</param>
/// <param name="Url">URL asked for; of a target without HTTP <c>tcp://HOST:PORT/</c>.</param>
/// <param name="Port">The port.</param>
/// <param name="Begin">When it began.</param>
/// <param name="Elapsed">Until the last request ended.</param>
/// <param name="Limit">Time that one request may take.</param>
public sealed record RequestTimeline(string? Symptom, string Url, int Port, DateTimeOffset Begin, TimeSpan Elapsed, TimeSpan Limit) : Observation
{
    /// <summary>Whether HTTP was spoken; else connections were made and closed.</summary>
    public bool IsHttp { get; init; }

    /// <summary>From when on an answer is late; null for what is usual with the symptom.</summary>
    public TimeSpan? SlowAfter { get; init; }

    /// <summary>How long requests were begun for.</summary>
    public TimeSpan Asked { get; init; }

    /// <summary>The requests, in the order in which they began.</summary>
    public IReadOnlyList<TriedRequest> Requests { get; init; } = [];

    /// <summary>Requests that were made after those one at a time, when all their connections were closed; null if none were, as where nothing had failed or was late.</summary>
    public IReadOnlyList<TriedRequest>? Alone { get; init; }

    /// <summary>Requests that were made in quick succession after those of <see cref="Alone"/>, where those were answered, the first perhaps not, and the last of <see cref="Requests"/> were refused; null if none were.</summary>
    public IReadOnlyList<TriedRequest>? Again { get; init; }

    /// <summary>What this machine counted while they ran, in the order of time; empty where that was not looked at.</summary>
    public IReadOnlyList<HostLook> Looks { get; init; } = [];

    /// <summary>Lookups of the name beside them; empty where there were none.</summary>
    public IReadOnlyList<TriedLookup> Lookups { get; init; } = [];

    /// <summary>Kept connections that the server closed while they were idle, at most 200; empty also where that was looked at only before each request.</summary>
    public IReadOnlyList<IdleEnd> IdleEnds { get; init; } = [];

    /// <summary>What answers said of the software and the page (Server, ETag, Last-Modified and fields of versions), each distinct one once, at most 64.</summary>
    public IReadOnlyList<string> Marks { get; init; } = [];

    /// <summary>What the first hop answered to a request that whoever reads it first must refuse, asked where there were answers 5xx; null if it was not asked, or did not answer.</summary>
    public HttpRunAnswer? Refusal { get; init; }

    /// <summary>Local ports that the kernel may give to connections from one address to one target; null if unknown.</summary>
    public int? UsablePorts { get; init; }

    /// <summary>Connections that this machine tracks at most (net.netfilter.nf_conntrack_max); null if it tracks none.</summary>
    public long? MostTracked { get; init; }

    /// <summary>Whether it was ended before its time.</summary>
    public bool WasInterrupted { get; init; }
}

/// <summary>One of those requests.</summary>
/// <param name="At">When it began, from the beginning of all.</param>
/// <param name="Address">The address.</param>
/// <param name="Outcome">What came of it.</param>
/// <param name="Stage">How far it came.</param>
/// <param name="Total">How long it took.</param>
public sealed record TriedRequest(TimeSpan At, IPAddress Address, HttpOutcome Outcome, ExchangeStage Stage, TimeSpan Total)
{
    /// <summary>Status code; null without one.</summary>
    public int? Status { get; init; }

    /// <summary>How long the kept connection had been idle before; null for a new one.</summary>
    public TimeSpan? Idle { get; init; }

    /// <summary>Which connection it went over, numbered from 0 in the order in which they ended a first request; null where none stood.</summary>
    public int? Connection { get; init; }

    /// <summary>errno's name; null if the socket did not fail.</summary>
    public string? Errno { get; init; }

    /// <summary>Until the TCP connection stood; null if it did not, or stood before.</summary>
    public TimeSpan? Connect { get; init; }

    /// <summary>The TLS handshake; null without one.</summary>
    public TimeSpan? Tls { get; init; }

    /// <summary>From the request to the first octet of the answer; null if none came.</summary>
    public TimeSpan? Wait { get; init; }

    /// <summary>From there to the last octet; null if none came.</summary>
    public TimeSpan? Receive { get; init; }

    /// <summary>Longest wait between two pieces of the answer; null where it was not noted, or came in one piece.</summary>
    public TimeSpan? LongestGap { get; init; }

    /// <summary>Shortest round trip of the connection, by the kernel (TCP_INFO); null if it has none.</summary>
    public TimeSpan? RoundTrip { get; init; }

    /// <summary>Segments of the answer that came out of order, as where others before them were lost.</summary>
    public int OutOfOrder { get; init; }

    /// <summary>Segments that this side sent again, SYNs of a connection that came about included.</summary>
    public int Retransmits { get; init; }

    /// <summary>How often the other side said meanwhile that a segment sent again was one that it had (D-SACK); it may be one of an earlier request over the connection.</summary>
    public int NeedlessRetransmits { get; init; }

    /// <summary>Of a request whose time was over before an answer began: whether the peer's TCP had not acknowledged all that was sent.</summary>
    public bool IsUnacknowledged { get; init; }

    /// <summary>Place in <see cref="RequestTimeline.Marks"/>; null without an answer, or where there are too many.</summary>
    public int? Mark { get; init; }
}

/// <summary>What this machine has counted since the requests began. Of counters that did not move nothing is said.</summary>
/// <param name="At">When, from the beginning of all.</param>
/// <param name="Growth">Growth of kernel counters by name, such as <c>TcpExt.ListenOverflows</c>, and of the sockets in TIME-WAIT.</param>
public sealed record HostLook(TimeSpan At, IReadOnlyDictionary<string, long> Growth)
{
    /// <summary>Packets that the listeners of the port on this machine have dropped since; null where none is here.</summary>
    public long? ListenerDrops { get; init; }

    /// <summary>Local ports in use from the local address to the address asked that has most; null if not counted yet.</summary>
    public int? PortsInUse { get; init; }

    /// <summary>Connections that this machine tracks (nf_conntrack_count); null if it tracks none.</summary>
    public long? Tracked { get; init; }

    /// <summary>Whether other probes were asking the network too, whose own packets are counted then.</summary>
    public bool OthersAsk { get; init; }
}

/// <summary>One lookup of the name.</summary>
/// <param name="At">When it began, from the beginning of all.</param>
/// <param name="Elapsed">How long it took.</param>
/// <param name="Failure">Why it gave no address; null if it gave one.</param>
public sealed record TriedLookup(TimeSpan At, TimeSpan Elapsed, string? Failure);

/// <summary>The server ended a kept connection over which nothing was asked.</summary>
/// <param name="Address">The address.</param>
/// <param name="After">How long it had been idle.</param>
public sealed record IdleEnd(IPAddress Address, TimeSpan After)
{
    /// <summary>When it was seen, from the beginning of all; null where it was not noted.</summary>
    public TimeSpan? At { get; init; }
}
