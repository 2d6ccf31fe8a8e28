using NetWhy.Evidence;

namespace NetWhy.Diagnose.Repeated;

/// <summary>What came of a request, as a person tells it; the worse the later.</summary>
public enum RequestKind
{
    /// <summary>Answered well and in time.</summary>
    Good,

    /// <summary>Answered in time with a status of 400 to 499: the server works, and refuses this request.</summary>
    ClientError,

    /// <summary>Answered, with no error of the server, and late.</summary>
    Slow,

    /// <summary>Answered 429: the server limits how often this client may ask.</summary>
    Limited,

    /// <summary>Answered with a status of 500 to 599.</summary>
    ServerError,

    /// <summary>This machine failed by itself, or has no route there at all.</summary>
    Unsent,

    /// <summary>No local port was left.</summary>
    NoPort,

    /// <summary>What came is no answer.</summary>
    Malformed,

    /// <summary>TLS failed: one of the two sides refused the handshake or what came in it.</summary>
    TlsFailed,

    /// <summary>A router, or the neighbour that did not answer, says that there is no way to the host.</summary>
    Unreachable,

    /// <summary>The connection was refused.</summary>
    Refused,

    /// <summary>The connection was reset or ended before the answer was whole.</summary>
    Reset,

    /// <summary>The answer began and was not whole in time.</summary>
    BodyTimeout,

    /// <summary>The request got no octet of an answer in time.</summary>
    AnswerTimeout,

    /// <summary>The TLS handshake was not over in time.</summary>
    HandshakeTimeout,

    /// <summary>The connection did not come about in time.</summary>
    ConnectTimeout,
}

/// <summary>Tells kinds of requests in words and letters.</summary>
internal static class RequestKinds
{
    /// <summary>What came of a request.</summary>
    /// <param name="timeline">Those that it is one of.</param>
    /// <param name="request">The request.</param>
    internal static RequestKind Of(RequestTimeline timeline, TriedRequest request) => request switch
    {
        { Outcome: HttpOutcome.Complete, Status: >= 500 and < 600 } => RequestKind.ServerError,
        { Outcome: HttpOutcome.Complete, Status: 429 } => RequestKind.Limited,
        { Outcome: HttpOutcome.Complete } => request.Total >= Late(timeline) ? RequestKind.Slow : request.Status is >= 400 and < 500 ? RequestKind.ClientError : RequestKind.Good,
        { Stage: ExchangeStage.NotConnected, Errno: "ETIMEDOUT" } => RequestKind.ConnectTimeout,
        { Stage: ExchangeStage.NotConnected, Errno: "ECONNREFUSED" } => RequestKind.Refused,
        { Stage: ExchangeStage.NotConnected, Errno: "ECONNRESET" } => RequestKind.Reset,
        { Stage: ExchangeStage.NotConnected, Errno: "EADDRNOTAVAIL" } => RequestKind.NoPort,
        { Outcome: HttpOutcome.Failed, Errno: "EHOSTUNREACH" or "ENETUNREACH" or "EHOSTDOWN" } => RequestKind.Unreachable,
        { Stage: ExchangeStage.NotConnected } => RequestKind.Unsent,
        { Outcome: HttpOutcome.NoAnswer, Stage: ExchangeStage.Connected } when IsTls(timeline) => RequestKind.HandshakeTimeout,
        { Outcome: HttpOutcome.NoAnswer } => RequestKind.AnswerTimeout,
        { Outcome: HttpOutcome.Stalled } => RequestKind.BodyTimeout,
        { Outcome: HttpOutcome.Reset or HttpOutcome.ClosedEarly or HttpOutcome.Truncated } => RequestKind.Reset,
        { Outcome: HttpOutcome.Malformed } => RequestKind.Malformed,
        { Outcome: HttpOutcome.Failed, Errno: "ETIMEDOUT" } => RequestKind.AnswerTimeout, // the kernel gave the connection up
        { Outcome: HttpOutcome.Failed, Errno: null } when IsTls(timeline) => RequestKind.TlsFailed,
        _ => RequestKind.Unsent,
    };

    /// <summary>From when on an answer is late: as asked for, else half a second where slowness is the complaint, as in the guide's third scenario, else a second.</summary>
    /// <param name="timeline">The requests.</param>
    internal static TimeSpan Late(RequestTimeline timeline) => timeline.SlowAfter ?? TimeSpan.FromSeconds(timeline.Symptom is "slow" ? 0.5 : 1);

    /// <summary>Whether it was answered, and not with an error of the server.</summary>
    /// <param name="kind">The kind.</param>
    internal static bool IsAnswered(RequestKind kind) => kind is RequestKind.Good or RequestKind.ClientError or RequestKind.Slow;

    /// <summary>Whether it was answered so, and in time.</summary>
    /// <param name="kind">The kind.</param>
    internal static bool IsInTime(RequestKind kind) => kind is RequestKind.Good or RequestKind.ClientError;

    /// <summary>Whether its time was over.</summary>
    /// <param name="kind">The kind.</param>
    internal static bool IsTimeout(RequestKind kind) => kind is RequestKind.BodyTimeout or RequestKind.AnswerTimeout or RequestKind.HandshakeTimeout or RequestKind.ConnectTimeout;

    /// <summary>Whether the other side, or the way to it, is what failed.</summary>
    /// <param name="kind">The kind.</param>
    internal static bool IsOfPeer(RequestKind kind) => !IsAnswered(kind) && kind is not (RequestKind.NoPort or RequestKind.Unsent or RequestKind.Limited);

    /// <summary>Whether it is what was looked for.</summary>
    /// <param name="symptom">What was looked for, as in <see cref="RequestTimeline.Symptom"/>.</param>
    /// <param name="kind">The kind.</param>
    internal static bool IsOf(string? symptom, RequestKind kind) => symptom switch
    {
        null => false,
        "timeout" => IsTimeout(kind),
        "5xx" => kind is RequestKind.ServerError,
        _ => kind is RequestKind.Slow || IsTimeout(kind),
    };

    /// <summary>Its letter in a strip of time.</summary>
    /// <param name="kind">The kind.</param>
    internal static char Letter(RequestKind kind) => kind switch
    {
        RequestKind.Good => '.',
        RequestKind.ClientError => '4',
        RequestKind.Limited => 'L',
        RequestKind.TlsFailed => 'H',
        RequestKind.Unreachable => 'u',
        RequestKind.Slow => 's',
        RequestKind.ServerError => '5',
        RequestKind.Reset => 'R',
        RequestKind.Refused => 'x',
        RequestKind.NoPort => 'P',
        RequestKind.Malformed => 'M',
        RequestKind.Unsent => '!',
        _ => 'T',
    };

    /// <summary>What a letter of a strip means.</summary>
    /// <param name="letter">The letter.</param>
    internal static string Meaning(char letter) => letter switch
    {
        '.' => "ok",
        '4' => "4xx",
        'L' => "limited (429)",
        'H' => "TLS failed",
        'u' => "unreachable",
        's' => "slow",
        '5' => "5xx",
        'R' => "reset or cut",
        'x' => "refused",
        'P' => "no local port",
        'M' => "malformed",
        '!' => "not sent",
        _ => "time-out",
    };

    /// <summary>Some of a kind in words.</summary>
    /// <param name="kind">The kind.</param>
    /// <param name="count">How many.</param>
    internal static string InWords(RequestKind kind, int count) => kind switch
    {
        RequestKind.Good => $"{count} ok",
        RequestKind.ClientError => $"{count} answered 4xx",
        RequestKind.Limited => $"{count} answered 429",
        RequestKind.TlsFailed => $"{count} failed in the TLS handshake",
        RequestKind.Unreachable => $"{count} unreachable",
        RequestKind.Slow => $"{count} slow",
        RequestKind.ServerError => $"{count} answered 5xx",
        RequestKind.Unsent => $"{count} not sent",
        RequestKind.NoPort => $"{count} without a local port",
        RequestKind.Malformed => $"{count} malformed",
        RequestKind.Refused => $"{count} refused",
        RequestKind.Reset => $"{count} reset or cut",
        RequestKind.BodyTimeout => $"{count} timed out in the answer",
        RequestKind.AnswerTimeout => $"{count} timed out waiting for the first octet",
        RequestKind.HandshakeTimeout => $"{count} timed out in the TLS handshake",
        _ => $"{count} timed out connecting",
    };

    /// <summary>Whether TLS was spoken.</summary>
    /// <param name="timeline">The requests.</param>
    internal static bool IsTls(RequestTimeline timeline) =>
        timeline.Url.StartsWith("https:", StringComparison.OrdinalIgnoreCase) || timeline.Url.StartsWith("tls:", StringComparison.OrdinalIgnoreCase);
}
