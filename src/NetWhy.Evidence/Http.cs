using System.Net;

namespace NetWhy.Evidence;

/// <summary>One HTTP request and what came back.</summary>
/// <param name="Url">URL asked for.</param>
/// <param name="Address">Address that it was asked of.</param>
/// <param name="Port">Port.</param>
/// <param name="Purpose">Why: <c>target</c>, <c>redirect</c>, <c>direct</c> (beside a proxy), <c>exempted</c> (through a proxy from which the target is exempted), <c>repeat</c>, <c>plaintext</c> (HTTP on a TLS port or the reverse), <c>control</c>, <c>policy</c> (to a TLS server, for what it does without a client certificate).</param>
/// <param name="Outcome">What came of it.</param>
/// <param name="Elapsed">From the request's first octet to the outcome.</param>
public sealed record HttpExchange(
    string Url,
    IPAddress Address,
    int Port,
    string Purpose,
    HttpOutcome Outcome,
    TimeSpan Elapsed) : Observation
{
    /// <summary>Status code; null without a status line.</summary>
    public int? Status { get; init; }

    /// <summary>Reason phrase; null without.</summary>
    public string? Reason { get; init; }

    /// <summary>Protocol version, such as <c>HTTP/1.1</c> or <c>HTTP/2</c>; without an answer, <c>HTTP/2</c> where the peer has begun to speak it, else null.</summary>
    public string? Version { get; init; }

    /// <summary>Headers that diagnosis uses, names in lower case (server, via, location, retry-after, www-authenticate, proxy-authenticate, content-length, transfer-encoding, content-encoding, date, age, x-cache, x-forwarded-…, and others that name a proxy).</summary>
    public IReadOnlyDictionary<string, string> Headers { get; init; } = new Dictionary<string, string>();

    /// <summary>How long a client waited for the host's addresses; null if they were known, or nobody measured.</summary>
    public TimeSpan? LookupTime { get; init; }

    /// <summary>getaddrinfo's error where the host of a redirect has no address here, such as <c>EAI_NONAME</c> or <c>EAI_AGAIN</c>; else null.</summary>
    public string? LookupError { get; init; }

    /// <summary>Of an <c>EAI_AGAIN</c>, the error that a name server answered, such as <c>SERVFAIL</c>; null if none answered.</summary>
    public string? LookupAnswer { get; init; }

    /// <summary>Time until the TCP connection stood.</summary>
    public TimeSpan? ConnectTime { get; init; }

    /// <summary>Time of the TLS handshake; null without TLS.</summary>
    public TimeSpan? TlsTime { get; init; }

    /// <summary>From the end of the request to the first octet of the response; null if none came.</summary>
    public TimeSpan? TimeToFirstByte { get; init; }

    /// <summary>From the first octet to the end of the head; null if it did not end, or nobody measured.</summary>
    public TimeSpan? HeadTime { get; init; }

    /// <summary>From the first octet to the last; null if none came.</summary>
    public TimeSpan? TransferTime { get; init; }

    /// <summary>Longest wait between two pieces of the response after the first octet.</summary>
    public TimeSpan LongestGap { get; init; }

    /// <summary>How often something of the response came: pieces that follow each other within <see cref="OneArrival"/> count once; null if nobody counted.</summary>
    public int? Arrivals { get; init; }

    /// <summary>Octets of the request's line and fields, as HTTP/1.1 writes them; null if nobody counted.</summary>
    public int? RequestLength { get; init; }

    /// <summary>Octets of the body received.</summary>
    public long BodyLength { get; init; }

    /// <summary>Octets that Content-Length announced; null without it.</summary>
    public long? ExpectedLength { get; init; }

    /// <summary>errno's name if the connection failed, such as <c>ECONNRESET</c>.</summary>
    public string? Errno { get; init; }

    /// <summary>First octets of something that is no HTTP response, or the beginning of an error page, as printable text, at most 400 characters.</summary>
    public string? Excerpt { get; init; }

    /// <summary>What was malformed, in words; null if nothing was.</summary>
    public string? Fault { get; init; }

    /// <summary>What is wrong with the content coding of a body that came as the message framed it, in words; null if nothing is, or nobody looked.</summary>
    public string? CodingFault { get; init; }

    /// <summary>Whether the server asked for a client certificate once it had the request: after the handshake (RFC 8446, section 4.6.2), or by a new one.</summary>
    public bool ClientCertificateRequested { get; init; }

    /// <summary>Whether the request went through a proxy.</summary>
    public IPAddress? ViaProxy { get; init; }

    /// <summary>Whether all that was sent had been acknowledged by the peer's TCP at the end.</summary>
    public bool AllAcknowledged { get; init; }

    /// <summary>How many redirects came before this exchange.</summary>
    public int RedirectDepth { get; init; }

    /// <summary>Whether we stopped reading on purpose (limit of size or time) while data still came, or while it may come.</summary>
    public bool StoppedByUs { get; init; }

    /// <summary>The longest wait between two pieces of a response that came as one.</summary>
    public static readonly TimeSpan OneArrival = TimeSpan.FromMilliseconds(20);

    /// <summary>Whether a response of a media type goes on for as long as its reader stays: events as they happen, or pictures of a camera.</summary>
    /// <remarks>Source: HTML Living Standard, section 9.2 (text/event-stream); RFC 2046, section 5.1.</remarks>
    /// <param name="type">The Content-Type; null if there is none.</param>
    public static bool IsEndless(string? type) =>
        type is not null
        && (type.StartsWith("text/event-stream", StringComparison.OrdinalIgnoreCase)
            || type.StartsWith("multipart/x-mixed-replace", StringComparison.OrdinalIgnoreCase));
}

/// <summary>What came of an HTTP exchange.</summary>
public enum HttpOutcome
{
    /// <summary>A whole response.</summary>
    Complete,

    /// <summary>No octet came within our patience.</summary>
    NoAnswer,

    /// <summary>The response stopped in the middle and the connection stayed.</summary>
    Stalled,

    /// <summary>The peer closed before the first octet.</summary>
    ClosedEarly,

    /// <summary>The peer closed in the middle of the response.</summary>
    Truncated,

    /// <summary>The connection was reset.</summary>
    Reset,

    /// <summary>What came is no valid HTTP response.</summary>
    Malformed,

    /// <summary>The connection failed in another way (see errno).</summary>
    Failed,
}

/// <summary>
/// A running exchange has heard nothing for a while; it is still waiting. Follow-up probes start on this rather than
/// on the end of the wait.
/// </summary>
/// <param name="Address">Peer's address.</param>
/// <param name="Port">Peer's port.</param>
/// <param name="Stage">How far the exchange had come.</param>
/// <param name="Lasted">How long nothing had come.</param>
public sealed record Silence(IPAddress Address, int Port, ExchangeStage Stage, TimeSpan Lasted) : Observation;

/// <summary>What a service that speaks first said, or that it said nothing; with TLS, after the handshake.</summary>
/// <param name="Address">Peer's address.</param>
/// <param name="Port">Peer's port.</param>
/// <param name="Text">First octets as printable text, at most 200 characters; null if it said nothing.</param>
/// <param name="Waited">How long it took or was waited for.</param>
public sealed record ServiceGreeting(IPAddress Address, int Port, string? Text, TimeSpan Waited) : Observation
{
    /// <summary>How the connection ended meanwhile: null if it stayed, else <c>closed</c>, errno's name, or the alert, such as <c>TLS alert internal_error</c>.</summary>
    public string? Ended { get; init; }

    /// <summary>Whether it was waited for inside a TLS session: then from the end of the handshake on.</summary>
    public bool IsInTls { get; init; }

    /// <summary>Whether the end was said inside TLS, by close_notify or another alert: nobody on the way can.</summary>
    public bool IsEndSaid { get; init; }

    /// <summary>What was tried after an end before a word: <c>repeat</c>, the same again, or <c>alpn</c>, with protocols named; null for the first session.</summary>
    public string? Trial { get; init; }
}

/// <summary>The proxy variables of the environment and what they mean for the target.</summary>
/// <remarks>Source: curl(1), "Environment".</remarks>
/// <param name="Variable">Variable that applies, such as <c>https_proxy</c>; null if none applies.</param>
/// <param name="ProxyHost">Host of the proxy; null if none applies.</param>
/// <param name="ProxyPort">Port of the proxy.</param>
public sealed record ProxyEnvironment(string? Variable, string? ProxyHost, int ProxyPort) : Observation
{
    /// <summary>Value of the variable, with a password replaced by <c>***</c>.</summary>
    public string? Value { get; init; }

    /// <summary>Entry of NO_PROXY that exempts the target; null if none does.</summary>
    public string? ExemptedBy { get; init; }

    /// <summary>What is wrong with the value, in words; null if it can be used.</summary>
    public string? Fault { get; init; }

    /// <summary>Addresses of the proxy's host; empty if it does not resolve.</summary>
    public IReadOnlyList<IPAddress> ProxyAddresses { get; init; } = [];

    /// <summary>Value of NO_PROXY as set; null if not set.</summary>
    public string? NoProxy { get; init; }
}

/// <summary>The proxy's answer to CONNECT, or to a plain request through it.</summary>
/// <param name="Proxy">The proxy's address.</param>
/// <param name="Port">Its port.</param>
/// <param name="Authority">Host and port asked for.</param>
/// <param name="Outcome">What came of it.</param>
/// <param name="Elapsed">Until the answer.</param>
public sealed record ProxyTunnel(
    IPAddress Proxy,
    int Port,
    string Authority,
    HttpOutcome Outcome,
    TimeSpan Elapsed) : Observation
{
    /// <summary>Status code; null without.</summary>
    public int? Status { get; init; }

    /// <summary>Reason phrase; null without.</summary>
    public string? Reason { get; init; }

    /// <summary>What was malformed, in words, or the beginning of what is no HTTP; null if nothing was.</summary>
    public string? Fault { get; init; }

    /// <summary>Headers that diagnosis uses, names in lower case.</summary>
    public IReadOnlyDictionary<string, string> Headers { get; init; } = new Dictionary<string, string>();
}
