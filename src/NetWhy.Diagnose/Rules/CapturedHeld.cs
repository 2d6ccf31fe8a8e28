using NetWhy.Diagnose.Captures;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Rules;

/// <summary>Ways in a capture that stood still for a while, and lost nothing.</summary>
public sealed class CapturedHeld : ConversationRule
{
    /// <summary>What a way can stand still without anybody noticing.</summary>
    internal static readonly TimeSpan Noticed = TimeSpan.FromMilliseconds(500);

    /// <inheritdoc/>
    public override RuleInfo Info { get; } = new("captured-held", Source: "RFC 7323, section 3; RFC 3522", "high-latency");

    /// <inheritdoc/>
    internal override IEnumerable<Finding> Judge(CapturedScene scene)
    {
        foreach (CapturedFlow flow in scene.Directions)
        {
            if (flow.Sent.Waits.Where(wait => wait.SentBefore is null).MaxBy(wait => wait.HeldFor) is { HeldFor: { } held } wait && held >= Noticed)
                yield return Held(scene, flow, wait, held) with { IsOfClient = flow.IsFromClient };
            else if (flow.Sent.Stalls is { } stalls && stalls.Longest >= Noticed)
                yield return Stalled(scene, flow, stalls) with { IsOfClient = flow.IsFromClient };
        }
    }

    // Seen behind the place that held it: what came had been sent long before.
    private static Finding Held(CapturedScene scene, CapturedFlow flow, CapturedWait wait, TimeSpan held)
    {
        int others = flow.Sent.Waits.Count(one => one.HeldFor >= Noticed) - 1;
        return new Finding(
            "high-latency",
            Severity.Warning,
            Where.Path,
            $"The way from {CapturedScene.Name(flow.Sender)} to here held what was sent for {Words.Of(held)}: it is what was slow, and not who sent it.",
            [
                scene.Weigh(Weight.VeryStrong, $"after a silence of {Words.Of(wait.Silence)} came what had been sent {Words.Of(held)} before, by its timestamp{CapturedScene.Numbers(wait.Packet)}"),
                .. others > 0 ? [scene.Weigh(Weight.Hint, $"the same {Words.Count(others, "time")} more on this connection")] : (Reason[])[],
            ])
        {
            Packets = [wait.Packet],
            AlsoExplains = CapturedHttpFailure.ExplainedBy(scene, held),
            Remedies = [new Remedy("See at which hop the time is lost, while it is.", ShellCommand.Of($"netwhy {flow.Sender.Address}"), CapturedScene.Machine(flow.Receiver.Address))],
            Next = [$"Capture at {flow.Sender.Address} too: the time between a packet there and here is that of the way."],
        };
    }

    // Seen before that place: what acknowledges is about what was sent first.
    private static Finding Stalled(CapturedScene scene, CapturedFlow flow, CapturedStalls stalls) => new(
        "high-latency",
        Severity.Warning,
        Where.Path,
        $"The way between {CapturedScene.Name(flow.Sender)} and {CapturedScene.Name(flow.Receiver)} stood still for {Words.Of(stalls.Longest)}: nothing was lost, and what was sent, or its acknowledgment, was held.",
        [
            scene.Weigh(Weight.VeryStrong, $"nothing was acknowledged for {Words.Of(stalls.Longest)}, and {Words.Count(stalls.Repeats, "segment")} sent again meanwhile; the acknowledgment that came{CapturedScene.Numbers(stalls.Packet)} is one of what had been sent before"),
            .. stalls.Count > 1 ? [scene.Weigh(Weight.Hint, $"the same {Words.Count(stalls.Count - 1, "time")} more, {Words.Of(stalls.Total)} in all")] : (Reason[])[],
        ])
    {
        Packets = [stalls.Packet],
        AlsoExplains = CapturedHttpFailure.ExplainedBy(scene, stalls.Longest),
        Remedies = [new Remedy("See at which hop the time is lost, while it is.", ShellCommand.Of($"netwhy {flow.Receiver.Address}"), CapturedScene.Machine(flow.Sender.Address))],
        Next = [$"Capture at {flow.Receiver.Address} too: the time between a packet here and there is that of the way."],
    };
}
