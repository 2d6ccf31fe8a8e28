using System.Collections.Immutable;
using System.Globalization;
using NetWhy.Diagnose.Captures;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Rules;

/// <summary>Requests of HTTP in a capture that failed at the server, or that it thought about for long.</summary>
public sealed class CapturedHttpFailure : ConversationRule
{
    private const int ServerErrors = 4; // their class
    private const int RequestTimeout = 408; // RFC 9110, section 15.5.9
    private static readonly TimeSpan Slow = TimeSpan.FromSeconds(1);
    private static readonly string[] WaitingNames = ["poll", "/events", "/watch", "watch=", "wait=", "/wait", "timeout=", "/sync?", "subscribe", "comet", "signalr", "hanging", "/listen", "follow="];

    /// <inheritdoc/>
    public override RuleInfo Info { get; } = new(
        "captured-http", Source: "RFC 9110, section 15",
        "http-server-error", "http-bad-gateway", "http-unavailable", "http-gateway-timeout", "http-client-error", "http-slow-server", "http-redirect-loop");

    /// <inheritdoc/>
    internal override IEnumerable<Finding> Judge(CapturedScene scene)
    {
        if (scene.Conversation.Http is not { } http)
            yield break;
        foreach (IGrouping<string, CapturedRequest> failed in http.Worst.Where(request => request.Status is >= 500 and < 600).GroupBy(request => CauseOf(request.Status!.Value)))
            yield return Failed(scene, http, failed.Key, [.. failed]);
        CapturedRequest[] refused = [.. http.Worst.Where(request => request.Status is 401 or 403 or 407 or 413 or 429 or 431)];
        if (refused.Length > 0 && !http.Worst.Any(request => request.Status >= 500))
            yield return Refused(scene, http, refused);
        if (http.Worst.FirstOrDefault(request => request.Status == RequestTimeout && !IsWhole(request)) is { } unfinished && !scene.IsOneSided && !scene.HasGaps && scene.Client.MissingOctets == 0)
            yield return Unfinished(scene, unfinished);
        if (IsLoop(http))
            yield return Looped(scene, http);
        CapturedRequest[] slow = [.. http.Worst.Where(request => IsSlow(scene, request)).OrderByDescending(ThinkTime)];
        if (slow.Length > 0)
            yield return Thought(scene, http, slow);
    }

    private static string CauseOf(int status) => status switch
    {
        502 => "http-bad-gateway",
        503 => "http-unavailable",
        504 => "http-gateway-timeout",
        _ => "http-server-error",
    };

    /// <summary>Whether a time is most of what the slowest answer took.</summary>
    /// <param name="scene">The conversation.</param>
    /// <param name="time">The time.</param>
    internal static bool IsExplainedBy(CapturedScene scene, TimeSpan time) =>
        scene.Conversation.Http?.Worst.Where(request => IsSlow(scene, request)).Select(ThinkTime).DefaultIfEmpty().Max() is not { } slowest || time >= slowest / 2;

    /// <summary>Causes that a time on the way explains: a program that waits, and a slow answer if that was most of it.</summary>
    /// <param name="scene">The conversation.</param>
    /// <param name="time">The time.</param>
    internal static ImmutableArray<string> ExplainedBy(CapturedScene scene, TimeSpan time) =>
        IsExplainedBy(scene, time) ? ["http-slow-server", "sender-application-limited"] : ["sender-application-limited"];

    /// <summary>What a server needs to begin its answer, without the network.</summary>
    /// <param name="request">The request.</param>
    internal static TimeSpan ThinkTime(CapturedRequest request) => request.ResponseTime is { } all ? all - (request.NetworkTime ?? TimeSpan.Zero) : TimeSpan.Zero;

    // Where the answer was sent before and lost, the time until it came is not the server's.
    private static bool IsSlow(CapturedScene scene, CapturedRequest request) => request is { Status: >= 200 and < 500, Method: not "CONNECT" } && (request.Status != RequestTimeout || IsWhole(request)) && ThinkTime(request) >= Slow && !IsMeantToWait(request)
        && !scene.Server.Skips.Any(skip => skip.Packet == request.ResponsePacket);

    // What has no body, and whose head has ended.
    private static bool IsWhole(CapturedRequest request) => request is { IsUnfinished: false, Method: "GET" or "HEAD" };

    /// <summary>Whether a request is one that a server answers when something happens, or its time is over: silence is how it is meant.</summary>
    /// <remarks>By what such interfaces have in their names: Comet, Engine.IO, SignalR, Kubernetes, Consul, etcd, Matrix, Telegram, Docker.</remarks>
    /// <param name="request">The request.</param>
    internal static bool IsMeantToWait(CapturedRequest request) => request.IsStream || request.IsUriCut || WaitingNames.Any(name => request.Uri.Contains(name, StringComparison.OrdinalIgnoreCase));

    /// <summary>Whose the time of a request is, in words.</summary>
    /// <param name="request">A request.</param>
    /// <param name="way">From the client to the server and back; null if not known better than from here.</param>
    internal static string Shares(CapturedRequest request, TimeSpan? way = null)
    {
        if (request.ResponsePacket == 0)
            return $"{request.Method} {request.Uri}: the client took {Words.Of(request.RequestTime)} {(request.IsUnfinished ? "and has not sent all of it" : "to send it, and no answer came")}";
        TimeSpan network = request.NetworkTime ?? TimeSpan.Zero;
        string client = request.RequestTime >= TimeSpan.FromMilliseconds(100) ? $"the client took {Words.Of(request.RequestTime)} to send it, " : "";
        string transfer = request.TransferTime is { } time && time >= TimeSpan.FromMilliseconds(100)
            ? $", and the transfer {Words.Of(time)}{(way > TimeSpan.Zero && time >= way ? $" ({Words.Count((int)Math.Min(1000, time / way.Value), "round trip")})" : "")}" : "";
        return $"{request.Method} {request.Uri}: {client}the network {Words.Of(network)}, the server {Words.Of(ThinkTime(request))} to begin its answer{transfer}";
    }

    private static string Name(CapturedScene scene, CapturedRequest request)
    {
        const int Longest = 60;
        if (request.Packet == 0)
            return "a request that was not captured";
        string uri = request.Uri.Length > Longest ? request.Uri[..Longest] + "…" : request.Uri;
        return $"{request.Method} {request.Host ?? scene.ServerName}{(uri.StartsWith('/') ? uri : $" {uri}")}";
    }

    private static Finding Failed(CapturedScene scene, CapturedHttp http, string cause, CapturedRequest[] failed)
    {
        CapturedRequest first = failed[0];
        // Of few kinds of failure only some are kept; where they have one status, all are counted.
        bool isCounted = http.ByClass.Count > ServerErrors && http.Worst.All(request => request.Status is null or < 500 || CauseOf(request.Status.Value) == cause);
        long all = isCounted ? http.ByClass[ServerErrors] : failed.Length;
        bool isRare = (http.ByClass.Count > ServerErrors ? http.ByClass[ServerErrors] : all) * 2 < http.Responses;
        string status = first.Status!.Value.ToString(CultureInfo.InvariantCulture);
        return new Finding(
            cause,
            isRare ? Severity.Warning : Severity.Critical,
            Where.Remote,
            $"{scene.ServerName} answers {status} {MeaningOf(first.Status.Value)} to {(isRare ? $"{(isCounted ? $"{all}" : "some")} of {http.Responses} requests of a connection, " : "")}{Name(scene, first)}{(isRare ? " among them" : "")}.",
            [scene.Weigh(Weight.Decisive, $"status {status}{CapturedScene.Numbers(failed.Select(one => one.ResponsePacket))}{(first.ResponseTime is { } time ? $", after {Words.Of(time)}; {(isCounted && all < http.Responses ? $"{all} of " : "")}{Words.Count(http.Responses, "response")} on this connection" : "")}")])
        {
            Packets = [.. failed.SelectMany(one => (long[])[one.Packet, one.ResponsePacket])],
            Remedies = [new Remedy("See the server's log for this request.", On: CapturedScene.Machine(scene.Conversation.Server.Address))],
            Next = [cause is "http-server-error" ? "The network is not at fault: request and answer passed." : "Capture between this proxy and its backend: the fault is behind it."],
        };
    }

    /// <summary>Whether each answer points to what is asked for on this connection, and that is answered in the same way.</summary>
    /// <remarks>Who only asks again and again for what is elsewhere does not follow, nor who asks of another host, or later: who follows does so at once.</remarks>
    /// <param name="http">What was asked and answered.</param>
    internal static bool IsLoop(CapturedHttp http)
    {
        const int Enough = 5; // answers
        if (http.Responses < Enough || http.ByClass is not [_, _, var redirections, ..] || redirections != http.Responses)
            return false;
        CapturedRequest[] redirected = [.. http.Worst.Where(request => request.Location is not null)];
        return redirected.Length >= Enough && redirected.All(request => redirected.Any(next => Follows(next, request)));
    }

    private static bool Follows(CapturedRequest next, CapturedRequest request) =>
        next.Packet > 0 && next.Packet != request.Packet && next.Rest < Slow && next.Uri == TargetOf(request) && string.Equals(next.Host, request.Host, StringComparison.OrdinalIgnoreCase);

    // The target of the request that follows it to the same host; null if it is another one.
    private static string? TargetOf(CapturedRequest request)
    {
        if (request.Location!.StartsWith('/'))
            return request.Location;
        return Uri.TryCreate(request.Location, UriKind.Absolute, out Uri? location) && location.Scheme == Uri.UriSchemeHttp && location.Authority.Equals(request.Host, StringComparison.OrdinalIgnoreCase) ? location.PathAndQuery : null;
    }

    private static Finding Looped(CapturedScene scene, CapturedHttp http)
    {
        CapturedRequest[] redirected = [.. http.Worst.Where(request => request.Location is not null).OrderBy(request => request.Packet)];
        string reading = $"all {http.Responses} answers of this connection are redirections, to what was asked for here and redirected{CapturedScene.Numbers(redirected.Select(one => one.ResponsePacket))}";
        return new Finding(
            "http-redirect-loop", Severity.Critical, Where.Remote,
            $"{scene.ServerName} redirects in a circle: {Name(scene, redirected[0])} leads to {redirected[0].Location}, and each answer to another redirection.",
            redirected.Any(one => one.SetsCookie)
                ? [scene.Weigh(Weight.Strong, reading), scene.Weigh(Weight.HintAgainst, "they set a cookie: with a client that does not give it back, the circle is the client's")]
                : redirected.Any(one => one.IsResponseCut)
                ? [scene.Weigh(Weight.Strong, reading), scene.Weigh(Weight.HintAgainst, "of their heads only the beginnings were captured: where they set a cookie that the client does not give back, the circle is the client's")]
                : [scene.Weigh(Weight.VeryStrong, reading)])
        {
            Packets = [.. redirected.Take(4).SelectMany(one => (long[])[one.Packet, one.ResponsePacket])],
            Remedies = [new Remedy("Find the two rules that undo each other: http and https, with and without www or a slash, a proxy that does not say X-Forwarded-Proto.", On: CapturedScene.Machine(scene.Conversation.Server.Address))],
        };
    }

    private static string MeaningOf(int status) => status switch
    {
        500 => "(internal error)",
        502 => "(its backend fails)",
        503 => "(unavailable)",
        504 => "(its backend is silent)",
        _ => "(server error)",
    };

    private static Finding Refused(CapturedScene scene, CapturedHttp http, CapturedRequest[] refused) => new(
        "http-client-error",
        Severity.Info, // the first 401 of a login is how it is meant
        Where.Remote,
        $"{scene.ServerName} answers {string.Join(", ", refused.Select(one => one.Status!.Value).Distinct())} to {Name(scene, refused[0])}.",
        [scene.Weigh(Weight.Decisive, $"{Words.Count(refused.Length, "response")} of {http.Responses}{CapturedScene.Numbers(refused.Select(one => one.ResponsePacket))}")])
    {
        Packets = [.. refused.Select(one => one.ResponsePacket)],
    };

    private static Finding Unfinished(CapturedScene scene, CapturedRequest request) => new(
        "http-client-error", Severity.Warning, Where.Local,
        $"The client {scene.Conversation.Client.Address} does not finish its request: {scene.ServerName} waits for the rest of it{(request.ResponseTime is { } time ? $" for {Words.Of(time)}" : "")}, and answers {RequestTimeout} (request timeout).",
        [
            scene.Weigh(request.IsUnfinished ? Weight.VeryStrong : Weight.Strong, request.IsUnfinished
                ? $"the head of the request has no end: its last octets{CapturedScene.Numbers(request.Packet)} came before the answer{CapturedScene.Numbers(request.ResponsePacket)}"
                : $"the server says so{CapturedScene.Numbers(request.ResponsePacket)}"),
            scene.Weigh(Weight.Hint, $"all {scene.Client.UniqueOctets} octets that the client sent had come, and nothing tells of more"),
        ])
    {
        Packets = [request.Packet, request.ResponsePacket],
        Remedies = [new Remedy("Look at what the client's program does between the parts of its request.", ShellCommand.Of($"ss -tnpi 'dst = {scene.Conversation.Server.Address}'"), CapturedScene.Machine(scene.Conversation.Client.Address))],
        AlsoExplains = ["sender-application-limited"],
    };

    private static Finding Thought(CapturedScene scene, CapturedHttp http, CapturedRequest[] slow)
    {
        CapturedRequest worst = slow[0];
        TimeSpan network = worst.NetworkTime ?? TimeSpan.Zero;
        bool isNear = network * 10 < ThinkTime(worst);
        List<Reason> reasons = [scene.Weigh(Weight.VeryStrong, $"of {Words.Of(worst.ResponseTime!.Value)} between request and answer {Words.Of(ThinkTime(worst))} are the server's{CapturedScene.Numbers(worst.Packet, worst.ResponsePacket)}; the network takes {Words.Of(network)}")];
        if (worst.RequestTime >= TimeSpan.FromMilliseconds(100) || worst.TransferTime >= TimeSpan.FromMilliseconds(100))
            reasons.Add(scene.Weigh(Weight.Context, Shares(worst, scene.OpeningTime)));
        reasons.Add(scene.SendingTime(worst.ResponsePacket));
        if (http.ResponseTimes is { Count: >= 3 } times)
            reasons.Add(scene.Weigh(times.Median >= Slow ? Weight.Hint : Weight.HintAgainst, $"half of {times.Count} answers took {Words.Of(times.Median)} or longer"));
        return new Finding(
            "http-slow-server",
            Severity.Warning,
            Where.Remote,
            $"{scene.ServerName} takes {Words.Of(ThinkTime(worst))} to begin its answer to {Name(scene, worst)}{(!isNear ? $"; the network adds {Words.Of(network)}" : scene.WasSentLate(worst.ResponsePacket) ? "; the network is not what is slow" : "")}.",
            [.. reasons])
        {
            Next = [.. scene.WhereToSee(worst.ResponsePacket)],
            Packets = [.. slow.Take(4).SelectMany(one => (long[])[one.Packet, one.ResponsePacket])],
            Remedies = [new Remedy("Look at the program: its log of slow requests, its database, its workers.", On: CapturedScene.Machine(scene.Conversation.Server.Address))],
        };
    }
}
