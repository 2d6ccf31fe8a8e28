using NetWhy.Diagnose.Captures;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Rules;

/// <summary>Answers of HTTP in a capture that do not come, or whose end does not: the server closes before it, goes silent, or wants TLS.</summary>
public sealed class CapturedHttpBody : ConversationRule
{
    private const int TlsPort = 443; // of HTTP (IANA)
    private static readonly TimeSpan LongWait = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3); // of a client that gives up
    private static readonly TimeSpan Glance = TimeSpan.FromMilliseconds(500); // in which a program may not have looked whether its connection has ended

    /// <inheritdoc/>
    public override RuleInfo Info { get; } = new("captured-http-body", Source: "RFC 9112, section 6.3 and 8; RFC 9110, section 4.2.2", "http-truncated-body", "http-stalled-body", "http-malformed-response", "http-on-tls-port", "http-keepalive-race")
    {
        Explains = ["sender-application-limited", "http-slow-server"],
    };

    /// <inheritdoc/>
    internal override IEnumerable<Finding> Judge(CapturedScene scene)
    {
        if (scene.IsOneSided || scene.HasGaps || scene.Capture is { CutPackets: > 0 } || scene.Server.MissingOctets > 0 || scene.Server.UnacknowledgedOctets > 0)
            yield break;
        IReadOnlyList<CapturedRequest> requests = scene.Conversation.Http?.Worst ?? [];
        if (Refused(scene, requests) is { } refused)
            yield return WantsTls(scene, refused, SaysSo(scene, refused));
        bool isClosed = scene.Server.FinPacket > 0 && (scene.Client.FinPacket == 0 || scene.Server.FinAt < scene.Client.FinAt);
        if (isClosed && requests.FirstOrDefault(one => IsUnanswered(scene, one)) is { } unanswered)
            yield return scene.Server.FinLeavesOpen ? Crossed(scene, unanswered) : Unanswered(scene, unanswered);
        if (isClosed && requests.FirstOrDefault(one => CameBehindFin(scene, one)) is { } late)
            yield return ClosedBefore(scene, late);
        else if (isClosed && requests.FirstOrDefault(one => FollowsKnownFin(scene, one)) is { } useless)
            yield return UsedAfterFin(scene, useless);
        if (requests.FirstOrDefault(one => one.BadChunkPacket > 0) is { } broken)
            yield return Broken(scene, broken);
        foreach (CapturedRequest request in requests.Where(one => one is { IsCut: true, IsStream: false }))
        {
            // A client that does not read says so, and closes when it has enough.
            bool gaveUp = request.Waited >= Patience && scene.Client.FinPacket > 0 && scene.Client.WindowClosures == 0;
            if (isClosed)
                yield return Truncated(scene, request);
            else if ((request.Waited >= LongWait || gaveUp) && !scene.Conversation.Resets.Any(reset => !reset.FollowsOtherFin && !reset.FollowsFin))
                yield return Stalled(scene, request);
        }
    }

    // Who speaks TLS answers nothing else in the clear; and what a proxy passes on is about its own request to its backend.
    private static CapturedRequest? Refused(CapturedScene scene, IReadOnlyList<CapturedRequest> requests) =>
        scene.Conversation is { Tls: null, Http: { ByClass: [_, _, _, var refusals, ..] } http } && refusals == http.Responses && requests.All(one => one.Status is null or 400)
            ? requests.FirstOrDefault(one => !one.IsForwarded && TlsPlaintextService.IsRefusalOfPlaintext(one.Excerpt)) : null;

    // On a port of HTTP in the clear the page is likely that of a backend, whose proxy need not say Via.
    private static Reason[] SaysSo(CapturedScene scene, CapturedRequest refused)
    {
        string said = $"{CapturedScene.Numbers(refused.ResponsePacket)}: {TextOf(refused.Excerpt!)}";
        return scene.Conversation.Server.Port == TlsPort
            ? [scene.Weigh(Weight.Decisive, $"the server says so{said}")]
            : [scene.Weigh(Weight.Strong, $"the answer says so{said}"), scene.Weigh(Weight.HintAgainst, "a proxy that asks its backend in the clear passes the same page on: then it is the backend that speaks TLS")];
    }

    // What the FIN acknowledges, the server has. What it does not, crosses it on the way: an end of what rested, if the
    // connection had been used, and all of the request came later. After a long wait its silence is what is told.
    private static bool IsUnanswered(CapturedScene scene, CapturedRequest request)
    {
        if (request is not { ResponsePacket: 0, Waited: { } waited } || waited >= LongWait || request.Packet >= scene.Server.FinPacket || CapturedHttpFailure.IsMeantToWait(request))
            return false;
        if (scene.Conversation is { Tls: null, Http.Responses: 0 } && scene.Server is { UniqueOctets: > 0 } server && (server.Reordered > 0 || server.Repeats.Total > 0))
            return false; // it says something, in which an answer may not have been recognised
        CapturedReset[] resets = [.. scene.Conversation.Resets.Where(reset => !reset.IsFromClient)];
        return scene.Server.FinLeavesOpen
            ? request.Rest is not null && request.RequestTime == TimeSpan.Zero && scene.Client.Repeats.Total == 0
                && (resets.Length > 0 ? resets.All(reset => reset.FollowsFin) : scene.Client.UnacknowledgedOctets == 0)
            : resets.Length == 0 && scene.Client.UnacknowledgedOctets == 0;
    }

    private static Finding Crossed(CapturedScene scene, CapturedRequest request) => new(
        "http-keepalive-race", Severity.Warning, Where.Remote,
        $"{scene.ServerName} closes the connection, which had rested for {Words.Of(request.Rest!.Value)}, just as {request.Method} {request.Uri} comes: it is not answered.",
        [
            scene.Weigh(Weight.VeryStrong, $"its FIN{CapturedScene.Numbers(scene.Server.FinPacket)} does not acknowledge the request{CapturedScene.Numbers(request.Packet)}, which passed here before it: the two cross"),
            scene.Weigh(Weight.Context, "whether the client asks again over another connection, this one does not show"),
        ])
    {
        Packets = [request.Packet, scene.Server.FinPacket],
        Remedies = HttpKeepaliveRace.Remedies,
    };

    // The same seen at the server: the request comes behind its FIN, sooner than its client can have heard of that.
    private static bool CameBehindFin(CapturedScene scene, CapturedRequest request) =>
        request is { ResponsePacket: 0, Rest: not null } && request.RequestTime == TimeSpan.Zero && request.Packet > scene.Server.FinPacket && scene.Client.Repeats.Total == 0
        && RefusalOf(scene, request) is { } reset && scene.Conversation.InitialRoundTrip is { } way && reset.Elapsed - scene.Server.FinAt <= way;

    // It acknowledges the FIN: its client had heard of the end, and uses the connection all the same.
    private static bool FollowsKnownFin(CapturedScene scene, CapturedRequest request) =>
        request is { ResponsePacket: 0, IsUnfinished: false } && request.Packet > scene.Server.FinPacket && RefusalOf(scene, request) is { KnowsNothing: true, IsInSequence: true };

    private static Finding UsedAfterFin(CapturedScene scene, CapturedRequest request)
    {
        CapturedReset reset = RefusalOf(scene, request)!;
        bool isRace = reset.QuietBefore < Glance;
        return new Finding(
            "http-keepalive-race", Severity.Warning, isRace ? Where.Remote : Where.Unknown,
            isRace ? $"{scene.ServerName} closes the connection just before {scene.Conversation.Client.Address} asks for {request.Method} {request.Uri} over it: it is not answered."
                : $"{scene.ServerName} had closed the connection, and {scene.Conversation.Client.Address}, which had acknowledged that, asks for {request.Method} {request.Uri} over it {Words.Of(reset.QuietBefore)} later: it is not answered.",
            [
                scene.Weigh(Weight.VeryStrong, $"the request{CapturedScene.Numbers(request.Packet)} comes behind the FIN{CapturedScene.Numbers(scene.Server.FinPacket)} and acknowledges it, and is answered by RST{CapturedScene.Numbers(reset.Packet)}{(isRace ? "" : ": no race, the client's program, or its pool of connections, did not look")}"),
                scene.Weigh(Weight.Context, "whether the client asks again over another connection, this one does not show"),
            ])
        {
            Packets = [scene.Server.FinPacket, request.Packet, reset.Packet],
            Remedies = HttpKeepaliveRace.Remedies,
            Next = isRace ? [] : ["Have the pool look whether a connection still lives before it gives it out, or give idle ones up sooner than the server does."],
        };
    }

    private static CapturedReset? RefusalOf(CapturedScene scene, CapturedRequest request) =>
        scene.Conversation.Resets.FirstOrDefault(reset => reset is { IsFromClient: false, FollowsFin: true, AnswersData: true } && reset.Packet > request.Packet);

    private static Finding ClosedBefore(CapturedScene scene, CapturedRequest request)
    {
        CapturedReset reset = RefusalOf(scene, request)!;
        return new Finding(
            "http-keepalive-race", Severity.Warning, Where.Remote,
            $"{scene.ServerName} closes the connection, which had rested, just as {request.Method} {request.Uri} is on its way: it is not answered.",
            [
                scene.Weigh(Weight.VeryStrong, $"the request{CapturedScene.Numbers(request.Packet)} comes {Words.Of(request.Rest!.Value)} after the last answer and up to {Words.Of(reset.Elapsed - scene.Server.FinAt!.Value)} after the FIN{CapturedScene.Numbers(scene.Server.FinPacket)}, sooner than its client can have heard of that (a round trip takes {Words.Of(scene.Conversation.InitialRoundTrip!.Value)}), and is answered by RST{CapturedScene.Numbers(reset.Packet)}"),
                scene.Weigh(Weight.Context, "whether the client asks again over another connection, this one does not show"),
            ])
        {
            Packets = [scene.Server.FinPacket, request.Packet, reset.Packet],
            Remedies = HttpKeepaliveRace.Remedies,
        };
    }

    private static Finding Broken(CapturedScene scene, CapturedRequest request) => new(
        "http-malformed-response", Severity.Critical, Where.Remote,
        $"The answer of {scene.ServerName} to {request.Method} {request.Uri} is no HTTP any more in its middle: what should be the size of a chunk is none.",
        [scene.Weigh(Weight.VeryStrong, $"its head announces chunks{CapturedScene.Numbers(request.ResponsePacket)}, and where one should begin{CapturedScene.Numbers(request.BadChunkPacket)} there is no hexadecimal number (RFC 9112, section 7.1); nothing before it is missing")])
    {
        Packets = [request.Packet, request.ResponsePacket, request.BadChunkPacket],
        Remedies = [new Remedy("Look at what makes the chunks: a program that frames its output twice or not at all, or a proxy that changes it.", On: CapturedScene.Machine(scene.Conversation.Server.Address))],
    };

    private static Finding Unanswered(CapturedScene scene, CapturedRequest request)
    {
        Reason closed = scene.Weigh(Weight.VeryStrong, $"its FIN{CapturedScene.Numbers(scene.Server.FinPacket)} follows the request{CapturedScene.Numbers(request.Packet)}, which it acknowledged, {(scene.Conversation.Http is { Responses: 0 } && scene.Server.UniqueOctets > 0 ? $"and {scene.Server.UniqueOctets} octets that are no answer, or not a whole one" : "without an octet between them")}");
        if (scene.Conversation.Server.Port == TlsPort && scene.Server.Octets == 0)
        {
            return WantsTls(scene, request, scene.Weigh(Weight.Strong, closed.Reading), scene.Weigh(Weight.Hint, $"the request is in the clear, and port {TlsPort} is that of HTTP over TLS")) with
            {
                Summary = $"{scene.ServerName} closes the connection when it is asked for HTTP in the clear: its port is that of TLS.",
            };
        }

        return new Finding(
            "http-malformed-response", Severity.Critical, Where.Remote,
            $"{scene.ServerName} closes the connection instead of answering {request.Method} {request.Uri}.",
            [closed])
        {
            Packets = [request.Packet, scene.Server.FinPacket],
            Remedies = [new Remedy("See its log for this request: a crash, an access list (nginx: return 444), a proxy without a backend, or a port of another protocol.", On: CapturedScene.Machine(scene.Conversation.Server.Address))],
        };
    }

    private static Finding WantsTls(CapturedScene scene, CapturedRequest request, params Reason[] reasons) => new(
        "http-on-tls-port", Severity.Critical, Where.Unknown,
        $"{scene.ServerName} speaks TLS, and was asked for HTTP in the clear.",
        [.. reasons])
    {
        Packets = [request.Packet, request.ResponsePacket == 0 ? scene.Server.FinPacket : request.ResponsePacket],
        Remedies = [new Remedy("Use https:// for this port, or give the port of HTTP in the clear.", ShellCommand.Of($"netwhy tls://{scene.ServerName}"), CapturedScene.Machine(scene.Conversation.Client.Address))],
    };

    // Of a page of HTML its title.
    private static string TextOf(string page)
    {
        const string Begin = "<title>", End = "</title>";
        int from = page.IndexOf(Begin, StringComparison.OrdinalIgnoreCase), to = page.IndexOf(End, StringComparison.OrdinalIgnoreCase);
        return from >= 0 && to > from ? page[(from + Begin.Length)..to] : page.ReplaceLineEndings(" ").Trim();
    }

    private static string Lack(CapturedRequest request) => request.MissingOctets is { } octets ? $"{octets} octets of it are missing" : "its last chunk is missing";

    private static Finding Truncated(CapturedScene scene, CapturedRequest request) => new(
        "http-truncated-body", Severity.Critical, Where.Remote,
        $"{scene.ServerName} closes the connection before the end of its answer to {request.Method} {request.Uri}: {Lack(request)}.",
        [
            scene.Weigh(Weight.VeryStrong, $"its FIN{CapturedScene.Numbers(scene.Server.FinPacket)} comes before what the head of the answer announced{CapturedScene.Numbers(request.ResponsePacket)}"),
            scene.Weigh(Weight.Hint, "all that it sent came and was acknowledged: nothing was lost"),
        ])
    {
        Packets = [request.Packet, request.ResponsePacket, scene.Server.FinPacket],
        Remedies = [new Remedy("See its log for this request: a crash, a timeout of a proxy, a full disk.", On: CapturedScene.Machine(scene.Conversation.Server.Address))],
    };

    private static Finding Stalled(CapturedScene scene, CapturedRequest request) => new(
        "http-stalled-body", Severity.Critical, Where.Remote,
        $"The answer of {scene.ServerName} to {request.Method} {request.Uri} stops on its way: {Lack(request)}, and for {Words.Of(request.Waited!.Value)} nothing more comes here.",
        [
            scene.Weigh(Weight.Strong, $"what the head of the answer announced{CapturedScene.Numbers(request.ResponsePacket)} is not complete, and all that came was acknowledged"),
            scene.IsAtServer
                ? scene.Weigh(Weight.Strong, "it was captured at the server: its program sends nothing")
                : scene.Weigh(Weight.Hint, "whether its program sends nothing, or the way is broken, only a capture at the server shows"),
        ])
    {
        Packets = [request.Packet, request.ResponsePacket, scene.Conversation.LastPacket],
        Remedies = [new Remedy("Look at the program, and whether its Send-Q is full.", ShellCommand.Of($"ss -tnpo 'dst = {scene.Conversation.Client.Address}'"), CapturedScene.Machine(scene.Conversation.Server.Address))],
        Next = scene.IsAtServer ? [] : [$"Capture at {scene.Conversation.Server.Address} at the same time: are segments sent again there, or none sent?"],
    };
}
