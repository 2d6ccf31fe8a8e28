using System.Net;
using NetWhy.Diagnose.Captures;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Rules;

/// <summary>Segments in a capture that were lost, overtaken, or captured twice.</summary>
public sealed class CapturedLoss : ConversationRule
{
    private const double LeastShare = 0.001; // less than one in a thousand slows nothing that anybody notices
    private static readonly TimeSpan LongRepair = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongSilence = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan LeastWay = TimeSpan.FromMilliseconds(2); // shorter ones differ by more than they take

    /// <inheritdoc/>
    public override RuleInfo Info { get; } = new(
        "captured-loss", Source: "RFC 5681; RFC 6864; RFC 6675; RFC 8985; docs/tcp-verdict.md",
        "packet-loss", "packet-corruption", "packet-reordering", "duplicate-packets", "pmtu-discovery-works");

    /// <inheritdoc/>
    internal override IEnumerable<Finding> Judge(CapturedScene scene)
    {
        foreach (CapturedFlow flow in scene.Directions)
        {
            if (Announced(scene, flow) is { } announced)
                yield return announced with { IsOfClient = flow.IsFromClient };
            else if (IsCostly(scene, flow) && flow.Sent.Damage is { Segments: >= 2 } damage && damage.Segments * 2 >= damage.Repeats)
                yield return Damaged(scene, flow, damage) with { IsOfClient = flow.IsFromClient };
            else if (IsCostly(scene, flow))
                yield return Lost(scene, flow) with { IsOfClient = flow.IsFromClient };
            else if (Announcement(scene, flow) is { } wait)
                yield return CameAgain(scene, flow, wait) with { IsOfClient = flow.IsFromClient };
            else if (flow.Sent.Skips is [var skip, ..] && skip.Silence >= LongSilence && !scene.IsOneSided)
                yield return NeverCame(scene, flow, skip) with { IsOfClient = flow.IsFromClient };
            else if (IsEndLate(scene, flow))
                yield return EndLost(scene, flow) with { IsOfClient = flow.IsFromClient };
            if (!scene.IsDisordered && flow.Sent.Reordered >= 3 && flow.Sent.Reordered >= flow.Packets / 100)
                yield return Overtaken(scene, flow) with { IsOfClient = flow.IsFromClient };
        }

        int twice = scene.Client.CapturedTwice + scene.Server.CapturedTwice;
        if (twice > 0)
        {
            yield return new Finding(
                "duplicate-packets", Severity.Info, Where.Local, $"{Words.Count(twice, "packet")} of this conversation {(twice == 1 ? "stands" : "stand")} in the capture twice: it was taken at two places of one way, or something doubles them (a mirror port, a loop of bridges).",
                [scene.Weigh(Weight.VeryStrong, $"the same packets, {Words.Count(twice, "time")}: they are equal in all that no sender sends twice, or came in here and went out again")]);
        }
    }

    private static bool IsCostly(CapturedScene scene, CapturedFlow flow)
    {
        CapturedDirection sent = flow.Sent;
        // Where nobody is heard that asks for it, or says that it came twice, what passed twice may only have been overtaken by much.
        bool isUnheard = scene.IsOneSided || flow.Answered is { Syns: > 0, Offer: null }; // options were cut, and SACK is one
        if ((scene.IsOneSided && flow.RealRepeats < 3) || (isUnheard && sent.Reordered > 0 && sent.LostUpstream < 3 && sent.LongestRepair < LongRepair))
            return false;
        // One segment again and again, and nothing through: no question of loss, but of size or of a peer that is gone.
        if (sent.RepeatsAtEnd >= 4 && sent.RepeatsAtEnd >= flow.RealRepeats && (sent.UnacknowledgedOctets > 0 || scene.IsOneSided))
            return false;
        // A receiver that does not read leaves segments without an answer, and the sender tries them again: nothing is lost on the way.
        bool isBounded = flow.Answered.WindowClosures > 0 || flow.Share(sent.WindowLimited) >= 0.5;
        int repeats = flow.RealRepeats - (isBounded ? sent.Repeats.TailLossProbe : 0);
        bool isFrequent = repeats >= 3 && repeats >= flow.PacketsOnWay * LeastShare;
        return isFrequent || (repeats > 0 && sent.LongestRepair >= LongRepair);
    }

    // Segments that are too large, a router that says so, and smaller ones that pass: as it should be.
    private static Finding? Announced(CapturedScene scene, CapturedFlow flow)
    {
        const int MostAtFirst = 64; // a first window
        CapturedDirection sent = flow.Sent;
        CapturedError? error = scene.Conversation.Errors.FirstOrDefault(one => one.IsAboutClient == flow.IsFromClient && one.Error is { Type: 3, Code: 4 } or { Type: 2 });
        if (error is null || sent.Repeats.Total > MostAtFirst || sent.LargestAcknowledged == 0 || sent.LargestAcknowledged >= sent.LargestSegment || sent.UnacknowledgedOctets > 0)
            return null;
        return new Finding(
            "pmtu-discovery-works", Severity.Info, Where.Path,
            $"The way from {flow.Sender.Address} to {flow.Receiver.Address} takes {(error.Error.Mtu is { } mtu ? $"{mtu} octets at once" : "smaller packets")}: {error.Error.Offender} says so, and the sender heeds it.",
            [scene.Weigh(Weight.VeryStrong, $"ICMP tells of it{CapturedScene.Numbers(error.Packet)}, and what was too large ({sent.LargestSegment} octets) was sent again in pieces of {sent.LargestAcknowledged}")])
        {
            Packets = [error.Packet],
        };
    }

    private static Finding Lost(CapturedScene scene, CapturedFlow flow)
    {
        CapturedDirection sent = flow.Sent;
        CapturedRepeats repeats = sent.Repeats;
        int up = flow.LostUpstream, down = flow.LostDownstream;
        int here = Math.Min(sent.LostHere, down);
        bool isHere = here > 0 && here >= 4 * (up + down - here);
        string side = (up, down) switch
        {
            (0, 0) => "",
            _ when isHere => " in the machine of this capture",
            _ when scene.IsOneSided && down > 0 => " behind the capture point, or their acknowledgments are lost, or late",
            _ when up >= 4 * down => $" before the capture point, between it and {flow.Sender.Address}",
            _ when down >= 4 * up => $" behind the capture point, between it and {flow.Receiver.Address}",
            _ => " on both sides of the capture point",
        };
        CapturedSkip? outage = sent.Skips.FirstOrDefault(skip => skip.Silence >= LongSilence);
        int inVain = repeats.Total - repeats.Spurious - flow.RealRepeats;
        List<string> kinds = [];
        // What was cut off would tell one from the other.
        if (sent.AreAnswersCut)
        {
            Add(flow.RealRepeats, "at once or after a timeout, which the capture does not show");
        }
        else
        {
            Add(repeats.Fast + repeats.Sack, "at once, told by acknowledgments");
            Add(repeats.TailLossProbe, "by a probe of the tail");
            Add(repeats.Timeout, "after a timeout");
            Add(repeats.Unknown, "for a reason that the capture does not show");
        }

        // What overtaking makes a sender repeat is told apart from loss by the receiver, in options, and by when it acknowledges that, where the way to it is long enough.
        bool wouldShow = sent is { Syns: 1, AcknowledgedTooSoon: 0 } && sent.RoundTrips?.Least >= LeastWay;
        bool isUnsure = sent.AreAnswersCut && !wouldShow && 2 * (repeats.Timeout + up) < flow.RealRepeats;
        List<Reason> reasons =
        [
            scene.Weigh(flow.RealRepeats >= 3 && !isUnsure ? Weight.VeryStrong : Weight.Strong, $"{Words.Count(flow.RealRepeats + Math.Max(0, inVain), "segment")} of {flow.Packets} packets sent again{CapturedScene.Numbers(sent.TroublePackets)}: {string.Join(", ", kinds)}"),
        ];
        if (inVain > 0)
            reasons.Add(scene.Weigh(Weight.Context, $"{inVain} of them in vain, as far as acknowledgments tell: those of what had been sent before came, or reached beyond them"));
        if (outage is not null)
            reasons.Add(scene.Weigh(Weight.Strong, $"in a silence of {Words.Of(outage.Silence)}{CapturedScene.Numbers(outage.Packet)} it sent {outage.Count} packets by its own count of them (IP identification), and none of them came"));
        if (up + down > 0)
            reasons.Add(scene.Weigh(isUnsure ? Weight.Context : Weight.Hint, here > 0 ? $"{here} {(inVain > 0 ? "" : "of them ")}had come into this machine and did not leave it, as the others did; {down - here} were lost behind it, {up} never came here" : $"{down} {(inVain > 0 ? "" : "of them ")}had passed here and were lost behind, {up} never came here"));
        if (sent.LongestRepair > (outage?.Silence ?? TimeSpan.Zero))
            reasons.Add(scene.Weigh(isUnsure ? Weight.Context : Weight.Hint, $"the longest repair took {Words.Of(sent.LongestRepair)}{(flow.Share(sent.LossLimited) >= 0.05 ? $", and repairs {Words.Percent(flow.Share(sent.LossLimited))} of the sending time" : "")}"));
        if (flow.PacketsOnWay > flow.Packets)
            reasons.Add(scene.Weigh(Weight.Context, $"cards put segments together, or cut them behind this place: {flow.PacketsOnWay} or so were on the way"));
        if (isUnsure)
            reasons.Add(scene.Weigh(Weight.Against, "the options of acknowledgments were cut off (snapshot length): that segments came twice, and were only overtaken, they would tell"));
        if (scene.IsDisordered)
            reasons.Add(scene.Weigh(Weight.HintAgainst, "the file is not in the order of time: what seems sent again may have been first"));
        if (scene.IsOneSided)
            reasons.Add(scene.Weigh(down > up ? Weight.Against : Weight.HintAgainst, $"nothing of {flow.Receiver.Address} was captured: what was sent again may have arrived, and its acknowledgment may be what was lost, or late"));
        if (scene.HasGaps)
            reasons.Add(scene.Weigh(Weight.HintAgainst, $"{scene.GapText}: some of what seems lost may only be missing here"));
        return new Finding(
            "packet-loss",
            Severity.Warning,
            isHere ? Where.Local : Where.Path,
            $"Packets from {CapturedScene.Name(flow.Sender)} to {CapturedScene.Name(flow.Receiver)} are lost{side}: {(outage is null ? $"{Words.Percent(flow.RealRepeats, Math.Max(flow.PacketsOnWay, 1))} sent again" : $"for {Words.Of(outage.Silence)} nothing came through")}.",
            [.. reasons])
        {
            Packets = [.. outage is null ? [] : (long[])[outage.Packet], .. sent.TroublePackets.Take(8)],
            AlsoExplains = outage is null ? [] : CapturedHttpFailure.ExplainedBy(scene, outage.Silence),
            Remedies = [isHere ? LookForDropsHere : LookForDrops(up > down ? flow.Sender.Address : flow.Receiver.Address)],
            Next =
            [
                .. sent.PieceLength > 0 ? [$"It arrived in pieces of {sent.PieceLength} octets: an outage that was over by then, or what is larger vanishes: ping -M do -s {flow.PingSize(sent.LargestSegment)} {flow.Receiver.Address} from {flow.Sender.Address} tells."] : (string[])[],
                .. isHere ? [] : up + down == 0 || scene.IsOneSided
                ? ["Capture at both ends at the same time to see where they are lost."]
                : (string[])[$"Capture nearer to {(up > down ? flow.Sender.Address : flow.Receiver.Address)}: the loss is between here and there."],
            ],
        };

        void Add(int count, string how)
        {
            if (count > 0)
                kinds.Add($"{count} {how}");
        }
    }

    /// <summary>Whether a finding is of a loss before the capture point, or behind it; null if it is of neither alone.</summary>
    /// <param name="finding">The finding.</param>
    internal static bool? SideOf(Finding finding)
    {
        if (finding is not { Cause: "packet-loss", IsOfClient: { } isOfClient, Reasons: [{ Observation: CapturedConversation conversation }, ..] })
            return null;
        CapturedDirection sent = isOfClient ? conversation.FromClient : conversation.FromServer;
        return sent.LostUpstream > 4 * sent.LostDownstream ? true : sent.LostDownstream > 4 * sent.LostUpstream ? false : null;
    }

    /// <summary>A loss that is on the one side of the capture point in some conversations, and on the other one in others.</summary>
    /// <param name="finding">It in one of them.</param>
    internal static Finding OnOtherSidesToo(Finding finding) => finding with
    {
        Summary = $"{finding.Summary.TrimEnd('.')}; in other streams of these it is the other side of this place.",
        Next = ["Capture at both ends at the same time: they are lost in several places, or in the machine of this capture."],
    };

    // Their receiver discards them, so that they seem lost.
    private static Finding Damaged(CapturedScene scene, CapturedFlow flow, CapturedDamage damage) => new(
        "packet-corruption",
        Severity.Warning,
        Where.Path,
        $"Packets from {CapturedScene.Name(flow.Sender)} to {CapturedScene.Name(flow.Receiver)} are damaged when they pass here, and their receiver discards them: {Words.Percent(flow.RealRepeats, Math.Max(flow.PacketsOnWay, 1))} sent again.",
        [
            scene.Weigh(damage.Segments >= 3 ? Weight.Decisive : Weight.VeryStrong, $"{Words.Count(damage.Segments, "segment")} with a wrong checksum{CapturedScene.Numbers(damage.Packets)} came again with a right one: of {damage.LookedAt} that were looked at, {damage.Repeats} were sent again"),
            scene.Weigh(Weight.Context, "a card that fills in checksums behind the capture makes wrong ones, too, but then of what is sent again as well"),
        ])
    {
        Packets = [.. damage.Packets],
        AlsoExplains = ["packet-loss"],
        Remedies =
        [
            new Remedy("Look for what changes octets between the sender and this place: a router, a tunnel, a card, its driver or memory.", "ip -s -s link; ethtool -S INTERFACE", CapturedScene.Machine(flow.Sender.Address)),
            new Remedy("See the receiver discard them.", "nstat -az TcpInCsumErrors", CapturedScene.Machine(flow.Receiver.Address)),
        ],
        Next = [$"Capture nearer to {flow.Sender.Address}: where the checksums are right, the damage is done behind that place."],
    };

    private static CapturedWait? Announcement(CapturedScene scene, CapturedFlow flow) =>
        scene.IsOneSided ? null : flow.Sent.Waits.Where(wait => wait.SentBefore >= LongSilence).MaxBy(wait => wait.SentBefore);

    // What came sooner tells by its sequence number that this had been sent before it.
    private static Finding CameAgain(CapturedScene scene, CapturedFlow flow, CapturedWait wait)
    {
        List<Reason> reasons =
        [
            scene.Weigh(Weight.VeryStrong, $"what {flow.Sender.Address} had sent {Words.Of(wait.SentBefore!.Value)} before{CapturedScene.Numbers(wait.AnnouncedBy)} has a sequence number behind the data that came then{CapturedScene.Numbers(wait.Packet)}: that had been sent, and was lost"),
        ];
        if (!wait.IsNext && flow.Sent.Skips.Count > 0)
            reasons.Add(scene.Weigh(Weight.Hint, "its count of packets (IP identification) went on meanwhile"));
        if (scene.HasGaps)
            reasons.Add(scene.Weigh(Weight.Against, "the capture itself lost packets: they may only be missing here"));
        return new Finding(
            "packet-loss",
            Severity.Warning,
            Where.Path,
            $"What {CapturedScene.Name(flow.Sender)} sent to {CapturedScene.Name(flow.Receiver)} was lost before it came here: {Words.Of(wait.SentBefore.Value)} passed until it came again.",
            [.. reasons])
        {
            Packets = [wait.AnnouncedBy, wait.Packet],
            AlsoExplains = CapturedHttpFailure.ExplainedBy(scene, wait.SentBefore.Value),
            Remedies = [LookForDrops(flow.Sender.Address)],
            Next = [$"Capture at {flow.Sender.Address}: there the segments show that never came here."],
        };
    }

    // Nothing shows but a silence, and a count that went on in it.
    private static Finding NeverCame(CapturedScene scene, CapturedFlow flow, CapturedSkip skip)
    {
        const int MostOfOne = 10; // segments in a row
        bool isOutage = skip.Count > MostOfOne;
        IReadOnlyList<CapturedSkip> skips = flow.Sent.Skips;
        List<Reason> reasons =
        [
            scene.Weigh(skip.Count >= 3 ? Weight.VeryStrong : Weight.Strong, $"{flow.Sender.Address} counts its packets (IP identification), and {skip.Count} numbers were used in a silence of {Words.Of(skip.Silence)}{CapturedScene.Numbers(skip.Packet)}: {(isOutage ? "as many segments are missing behind it" : "a segment that is sent again, each time after twice the wait")}"),
            scene.Weigh(Weight.Hint, $"all else that it sent has one number after the other{(skips.Count > 1 ? $"; {skips.Count} silences are of that kind" : "")}"),
        ];
        if (scene.HasGaps)
            reasons.Add(scene.Weigh(Weight.Against, $"{scene.GapText}: they may only be missing here"));
        return new Finding(
            "packet-loss",
            Severity.Warning,
            Where.Path,
            $"What {CapturedScene.Name(flow.Sender)} sent to {CapturedScene.Name(flow.Receiver)} was lost {(isOutage ? $"({skip.Count} packets)" : $"{Words.Count(skip.Count, "time")} in a row")} before it came here: {Words.Of(skip.Silence)} of silence are {(isOutage ? "that and its repair" : "the repair of that")}.",
            [.. reasons])
        {
            Packets = [.. skips.Select(one => one.Packet)],
            AlsoExplains = ["http-slow-server", "sender-application-limited"],
            Remedies = [LookForDrops(flow.Sender.Address)],
            Next = [$"Capture at {flow.Sender.Address}: there the segments show that never came here."],
        };
    }

    // Nobody waits for the end of a peer that is gone: it had to come in the end, and be answered. Where the way held all else, it held that, too.
    private static bool IsEndLate(CapturedScene scene, CapturedFlow flow) =>
        flow.Sent is { FinRepeats: >= 2, FinAt: { } first, Stalls: null } && flow.Sent.FinSpan >= LongRepair / 2 && !scene.IsOneSided && scene.Conversation.Resets.Count == 0
        && flow.Answered.FinAt >= first + flow.Sent.FinSpan;

    private static Finding EndLost(CapturedScene scene, CapturedFlow flow)
    {
        // Where the length of an answer is not announced, its end is that of the connection (RFC 9112, section 6.3).
        bool isAwaited = !flow.IsFromClient && scene.Conversation.Http?.Worst.Any(request => request is { Status: not null, EndsWithConnection: true }) is true;
        return new Finding(
            "packet-loss",
            isAwaited ? Severity.Warning : Severity.Info,
            Where.Path,
            $"The end of the connection (FIN) that {CapturedScene.Name(flow.Sender)} sends is lost again and again behind this place, or held back there: {flow.Receiver.Address} learns of it up to {Words.Of(flow.Sent.FinSpan)} late{(isAwaited ? ", and only that tells it that the answer is whole" : "")}.",
            [
                scene.Weigh(Weight.Strong, $"the FIN was sent again {Words.Count(flow.Sent.FinRepeats, "time")} in {Words.Of(flow.Sent.FinSpan)}{CapturedScene.Numbers(flow.Sent.FinPacket, flow.Sent.LastFinPacket)}"),
                scene.Weigh(Weight.Hint, $"{flow.Receiver.Address} ended too as soon as the last of them can have come"),
            ])
        {
            Packets = [flow.Sent.FinPacket, flow.Sent.LastFinPacket],
            Remedies = [LookForDrops(flow.Receiver.Address)],
        };
    }

    /// <summary>What to do where this machine passes packets on and loses some.</summary>
    internal static Remedy LookForDropsHere { get; } = new(
        "Find what drops them in it: a rule of its firewall, connection tracking, a queue that is full, a card.",
        "nft -a list ruleset; nstat -az; conntrack -S; tc -s qdisc; ip -s -s link", "the machine of this capture");

    private static Remedy LookForDrops(IPAddress address) =>
        new("Look for drops and errors on the interfaces of the way.", "ip -s -s link; nstat -az TcpRetransSegs TcpExtTCPLostRetransmit", CapturedScene.Machine(address));

    private static Finding Overtaken(CapturedScene scene, CapturedFlow flow)
    {
        CapturedDirection sent = flow.Sent;
        bool costs = sent.Repeats.Spurious > 0;
        return new Finding(
            "packet-reordering",
            costs ? Severity.Warning : Severity.Info,
            Where.Path,
            $"Packets from {CapturedScene.Name(flow.Sender)} to {CapturedScene.Name(flow.Receiver)} overtake each other: {Words.Percent(sent.Reordered, Math.Max(flow.Packets, 1))} of them came late.",
            [
                scene.Weigh(Weight.VeryStrong, $"{Words.Count(sent.Reordered, "segment")} came behind later ones, and nothing tells that they were sent again{CapturedScene.Numbers(sent.FirstReordered)}"),
                scene.Weigh(costs ? Weight.Hint : Weight.Context, costs ? $"{sent.Repeats.Spurious} segments were sent again although they had arrived" : "nothing was sent again because of it"),
            ])
        {
            Packets = [sent.FirstReordered],
            Remedies = [new Remedy("Find links that are used in turns (bonding, equal paths by packet) and have each flow stay on one.", "ip -d link show type bond", "the routers on the way")],
        };
    }
}
