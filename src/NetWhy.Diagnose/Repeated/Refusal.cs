using NetWhy.Evidence;

namespace NetWhy.Diagnose.Repeated;

/// <summary>One way in which all that are refused at an address are, and in which a limit may refuse them.</summary>
/// <param name="Kind">What came of them.</param>
/// <param name="Status">The status that answered them; null where none did.</param>
/// <remarks>Source: haproxy, http-request deny (403 unless set), tarpit (500 unless set) and silent-drop; nginx, limit_req_status (503 unless set); RFC 6585, section 4.</remarks>
internal readonly record struct Refusal(RequestKind Kind, int? Status)
{
    private const int Forbidden = 403, Unavailable = 503;

    /// <summary>Whether limits refuse so as a rule; else it is what broken backends do, too, or ones that differ.</summary>
    internal bool IsUsual => Kind is RequestKind.Limited or RequestKind.Reset or RequestKind.Refused || Status is Unavailable;

    /// <summary>Whether it is silence.</summary>
    internal bool IsSilent => RequestKinds.IsTimeout(Kind);

    /// <summary>Whether it is an answer, which whoever asks over a kept connection gets as well.</summary>
    internal bool IsAnswer => Status is not null;

    /// <summary>The cause that a limit is which refuses so.</summary>
    internal string Cause => Kind switch
    {
        RequestKind.Limited or RequestKind.ClientError => "http-client-error",
        RequestKind.ServerError => Status is Unavailable ? "http-unavailable" : "http-server-error",
        _ => "connection-rate-limited",
    };

    /// <summary>In words, behind what is refused.</summary>
    internal string InWords => Kind switch
    {
        RequestKind.Limited or RequestKind.ServerError or RequestKind.ClientError => $"with {Status}",
        RequestKind.Reset => "by a reset",
        RequestKind.Refused => "by refusing the connection",
        _ => "by saying nothing to them",
    };

    /// <summary>Whether a request was refused so.</summary>
    /// <param name="request">The request.</param>
    /// <param name="kind">What came of it.</param>
    internal bool Is(TriedRequest request, RequestKind kind) => kind == Kind && request.Status == Status;

    /// <summary>Whether some request was refused so; null where what came of it is nothing by which a limit refuses.</summary>
    /// <param name="request">The request.</param>
    /// <param name="kind">What came of it.</param>
    internal static Refusal? Of(TriedRequest request, RequestKind kind) => kind switch
    {
        RequestKind.ServerError when request.Status is 502 or 504 => null, // what is behind whoever answers failed
        RequestKind.Limited or RequestKind.ServerError => new Refusal(kind, request.Status),
        RequestKind.ClientError when IsOfRules(request.Status) => new Refusal(kind, request.Status),
        RequestKind.Refused or RequestKind.Reset or RequestKind.AnswerTimeout or RequestKind.HandshakeTimeout when request.Status is null => new Refusal(kind, null),
        _ => null,
    };

    // What says that a rule forbids it, rather than that something is missing, or that who asks is not known.
    private static bool IsOfRules(int? status) => status is Forbidden or (> 417 and < 421) or 405 or 406;
}
