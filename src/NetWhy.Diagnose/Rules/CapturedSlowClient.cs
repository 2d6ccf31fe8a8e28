using NetWhy.Diagnose.Captures;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Rules;

/// <summary>Clients in a capture that are what is slow: neither network nor server keep them from asking.</summary>
public sealed class CapturedSlowClient : ConversationRule
{
    /// <summary>What a client that asks whether its body may come can wait for without anybody noticing.</summary>
    internal static readonly TimeSpan LongHold = TimeSpan.FromMilliseconds(500);

    private static readonly TimeSpan Slow = TimeSpan.FromSeconds(1);

    /// <inheritdoc/>
    public override RuleInfo Info { get; } = new("captured-slow-client", Source: "RFC 9110, section 9", "sender-application-limited");

    /// <inheritdoc/>
    internal override IEnumerable<Finding> Judge(CapturedScene scene)
    {
        if (scene.IsOneSided || scene.HasGaps || scene.Conversation.Http is not { } http)
            yield break;
        CapturedFlow flow = scene.Directions.First();
        CapturedRequest? slowest = http.Worst.MaxBy(request => request.RequestPauses);
        bool isLate = scene.Directions.Any(one => one.Sent.Skips.Count > 0 || one.Sent.Waits.Any(wait => wait.OnWay >= LongHold / 2));
        bool isHeld = isLate || flow.RealRepeats > 0 || flow.Share(flow.Sent.WindowLimited) >= 0.2 || flow.Answered.WindowClosures > 0;
        TimeSpan way = scene.OpeningTime ?? flow.Sent.RoundTrips?.Most ?? TimeSpan.Zero;
        if (slowest is not null && slowest.RequestPauses >= Slow && slowest.RequestPauses >= slowest.RequestTime / 2 && way < Slow / 5 && !isHeld)
            yield return Sends(scene, slowest, way);
        else if (http.Worst.MaxBy(request => request.ContinueWait) is { } held && held.ContinueWait >= LongHold && way < LongHold / 2 && !isHeld)
            yield return Holds(scene, held);
        else if (!scene.Client.Skips.Any(skip => skip.Packet == scene.Client.FirstDataPacket) && scene.Conversation.FirstDataAfter is { } all && all - OnWay(scene) is var wait && wait >= Slow && http.Worst.Any(request => request.Packet > 0 && request.Packet == scene.Client.FirstDataPacket && request.Packet < Answer(scene)))
            yield return Begins(scene, wait);
    }

    // Source: RFC 9110, section 10.1.1. How long it waits is the client's choice: curl takes a second.
    private static Finding Holds(CapturedScene scene, CapturedRequest request) => new(
        "sender-application-limited", Severity.Warning, request.IsContinued ? Where.Remote : Where.Unknown,
        request.IsContinued
            ? $"{scene.ServerName} takes {Words.Of(request.ContinueWait)} to say that the body of {request.Method} {request.Uri} may come (Expect: 100-continue)."
            : $"The client {scene.Conversation.Client.Address} holds the body of {request.Method} {request.Uri} back for {Words.Of(request.ContinueWait)}: it asks whether it may come (Expect: 100-continue), and {scene.ServerName} does not say so.",
        [
            scene.Weigh(Weight.Strong, request.IsContinued
                ? $"between the head of the request and its body {Words.Of(request.ContinueWait)} passed, to the status 100{CapturedScene.Numbers(request.Packet)}"
                : $"between the head of the request and its body {Words.Of(request.ContinueWait)} passed without a status 100{CapturedScene.Numbers(request.Packet)}: the client ceased to wait for it"),
            scene.Weigh(Weight.Hint, "nothing tells of a loss, and the window was open"),
        ])
    {
        Packets = [request.Packet],
        Next = request.IsContinued && !scene.IsAtServer ? [$"Whether status 100 had been sent sooner and was lost on the way here, a capture at {scene.Conversation.Server.Address} shows."] : [],
        Remedies = request.IsContinued
            ? [new Remedy("Look at what the program does with the head of a request before it asks for its body.", On: CapturedScene.Machine(scene.Conversation.Server.Address))]
            : [
                new Remedy("Have the program answer Expect: 100-continue, or the proxy in front of it.", On: CapturedScene.Machine(scene.Conversation.Server.Address)),
                new Remedy("Or have the client not ask: curl -H 'Expect:'.", On: CapturedScene.Machine(scene.Conversation.Client.Address)),
            ],
    };

    private static TimeSpan OnWay(CapturedScene scene) => CapturedScene.WaitBefore(scene.Client, scene.Client.FirstDataPacket)?.OnWay ?? TimeSpan.Zero;

    private static bool WasSentLate(CapturedScene scene) => scene.IsAtClient || CapturedScene.WaitBefore(scene.Client, scene.Client.FirstDataPacket) is { WasSentLate: true };

    private static long Answer(CapturedScene scene) => scene.Server.FirstDataPacket == 0 ? long.MaxValue : scene.Server.FirstDataPacket;

    private static Finding Sends(CapturedScene scene, CapturedRequest request, TimeSpan way) => new(
        "sender-application-limited", Severity.Warning, Where.Local,
        $"The client {scene.Conversation.Client.Address} is what is slow: {(request.IsUnfinished ? $"for {Words.Of(request.RequestTime)} it has been sending" : $"it takes {Words.Of(request.RequestTime)} to send")} its request {request.Method} {request.Uri} to {scene.ServerName}{(request.IsUnfinished ? ", whose end the capture does not have" : "")}.",
        [
            scene.Weigh(Weight.Strong, $"in the middle of the request it sent nothing for {Words.Of(request.RequestPauses)} in all, although all was acknowledged and the window was open{CapturedScene.Numbers(scene.Client.FirstDataPacket, request.Packet)}"),
            scene.Weigh(Weight.Hint, $"a round trip takes {Words.Of(way)}, and nothing was lost: {CapturedHttpFailure.Shares(request)}"),
        ])
    {
        Packets = [scene.Client.FirstDataPacket, request.Packet],
        AlsoExplains = CapturedHttpFailure.IsExplainedBy(scene, request.RequestPauses) ? ["http-slow-server"] : [],
        Remedies = [new Remedy("Look at what the client's program waits for while it sends.", ShellCommand.Of($"ss -tnpi 'dst = {scene.Conversation.Server.Address}'"), CapturedScene.Machine(scene.Conversation.Client.Address))],
    };

    // Browsers open connections that they may need: where others are beside it, one that waits is no sign.
    private static Finding Begins(CapturedScene scene, TimeSpan wait) => new(
        "sender-application-limited", scene.Capture is { TcpConversations: 1 } ? Severity.Warning : Severity.Info, Where.Local,
        $"The client {scene.Conversation.Client.Address} asks {scene.ServerName} only {Words.Of(wait)} after the connection is open{(WasSentLate(scene) ? ": that time is its own" : "")}.",
        [
            scene.Weigh(Weight.Strong, $"the handshake took {Words.Of(scene.Conversation.InitialRoundTrip ?? TimeSpan.Zero)}, and the request came {Words.Of(wait)} after it{CapturedScene.Numbers(scene.Client.FirstDataPacket)}"),
            .. WasSentLate(scene) ? [] : (Reason[])[scene.Weigh(Weight.HintAgainst, "whether it had been sent sooner, and was lost or held on the way here, these packets do not show")],
            scene.Weigh(Weight.Hint, scene.Conversation.Http!.Worst is [var first, ..] && first.Status is not null ? CapturedHttpFailure.Shares(first) : "neither network nor server kept it from asking"),
        ])
    {
        Packets = [scene.Conversation.FirstPacket, scene.Client.FirstDataPacket],
        Remedies = [new Remedy("Look at what the client does between connecting and asking: a lookup, a proxy, a busy machine.", On: CapturedScene.Machine(scene.Conversation.Client.Address))],
    };
}
