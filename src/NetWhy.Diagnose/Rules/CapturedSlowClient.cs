using NetWhy.Diagnose.Captures;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Rules;

/// <summary>Clients in a capture that are what is slow: neither network nor server keep them from asking.</summary>
public sealed class CapturedSlowClient : ConversationRule
{
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
        bool isHeld = flow.RealRepeats > 0 || flow.Share(flow.Sent.WindowLimited) >= 0.2 || flow.Answered.WindowClosures > 0;
        TimeSpan way = scene.OpeningTime ?? flow.Sent.RoundTrips?.Most ?? TimeSpan.Zero;
        if (slowest is not null && slowest.RequestPauses >= Slow && slowest.RequestPauses >= slowest.RequestTime / 2 && way < Slow / 5 && !isHeld)
            yield return Sends(scene, slowest, way);
        else if (scene.Conversation.FirstDataAfter is { } wait && wait >= Slow && http.Worst.Any(request => request.Packet == scene.Client.FirstDataPacket && request.Packet < Answer(scene)))
            yield return Begins(scene, wait);
    }

    private static long Answer(CapturedScene scene) => scene.Server.FirstDataPacket == 0 ? long.MaxValue : scene.Server.FirstDataPacket;

    private static Finding Sends(CapturedScene scene, CapturedRequest request, TimeSpan way) => new(
        "sender-application-limited", Severity.Warning, Where.Local,
        $"The client {scene.Conversation.Client.Address} is what is slow: it takes {Words.Of(request.RequestTime)} to send its request {request.Method} {request.Uri} to {scene.ServerName}.",
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
        $"The client {scene.Conversation.Client.Address} asks {scene.ServerName} only {Words.Of(wait)} after the connection is open: that time is its own.",
        [
            scene.Weigh(Weight.Strong, $"the handshake took {Words.Of(scene.Conversation.InitialRoundTrip ?? TimeSpan.Zero)}, and the request came {Words.Of(wait)} after it{CapturedScene.Numbers(scene.Client.FirstDataPacket)}"),
            scene.Weigh(Weight.Hint, scene.Conversation.Http!.Worst is [var first, ..] && first.Status is not null ? CapturedHttpFailure.Shares(first) : "neither network nor server kept it from asking"),
        ])
    {
        Packets = [scene.Conversation.FirstPacket, scene.Client.FirstDataPacket],
        Remedies = [new Remedy("Look at what the client does between connecting and asking: a lookup, a proxy, a busy machine.", On: CapturedScene.Machine(scene.Conversation.Client.Address))],
    };
}
