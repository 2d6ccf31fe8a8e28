using NetWhy.Diagnose.Captures;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Rules;

/// <summary>Answers of HTTP in a capture whose end does not come: the server closes before it, or goes silent.</summary>
public sealed class CapturedHttpBody : ConversationRule
{
    private static readonly TimeSpan LongWait = TimeSpan.FromSeconds(5);

    /// <inheritdoc/>
    public override RuleInfo Info { get; } = new("captured-http-body", Source: "RFC 9112, section 6.3 and 8", "http-truncated-body", "http-stalled-body")
    {
        Explains = ["sender-application-limited", "http-slow-server"],
    };

    /// <inheritdoc/>
    internal override IEnumerable<Finding> Judge(CapturedScene scene)
    {
        if (scene.IsOneSided || scene.HasGaps || scene.Capture is { CutPackets: > 0 } || scene.Server.MissingOctets > 0 || scene.Server.UnacknowledgedOctets > 0)
            yield break;
        foreach (CapturedRequest request in scene.Conversation.Http?.Worst.Where(one => one is { IsCut: true, IsStream: false }) ?? [])
        {
            bool isClosed = scene.Server.FinPacket > 0 && (scene.Client.FinPacket == 0 || scene.Server.FinAt < scene.Client.FinAt);
            if (isClosed)
                yield return Truncated(scene, request);
            else if (request.Waited >= LongWait && !scene.Conversation.Resets.Any(reset => !reset.FollowsOtherFin && !reset.FollowsFin))
                yield return Stalled(scene, request);
        }
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
