using NetWhy.Diagnose.Captures;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Rules;

/// <summary>Connections in a capture in which one side goes silent: segments of a size, all segments, or the program.</summary>
public sealed class CapturedSilence : ConversationRule
{
    private const int LongestFarewell = 64; // octets: an alert of TLS, a QUIT
    private const int LargeSegment = 900; // octets: paths are narrowed to 1280 or more as a rule, tunnels take up to 100
    /// <summary>What the shortest timers of firewalls allow.</summary>
    internal static readonly TimeSpan LongIdle = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan BeginsAtOnce = TimeSpan.FromSeconds(2); // after its first packet
    private static readonly TimeSpan LongSilence = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan LongWait = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan SlowAnswer = TimeSpan.FromSeconds(2); // people and their browsers give up sooner what they no longer want

    // They are told and answer nothing: syslog, Graphite, Fluentd, Beats, JetDirect.
    private static readonly int[] OneWayPorts = [514, 601, 2003, 5044, 6514, 9100, 24224];

    /// <inheritdoc/>
    public override RuleInfo Info { get; } = new(
        "captured-silence", Source: "RFC 1191; RFC 4821; RFC 9293, section 3.8.3; RFC 2923",
        "path-mtu-black-hole", "mtu-mismatch", "half-open-connection", "idle-connection-dropped", "service-hung",
        "tls-client-hello-lost")
    {
        Explains = ["packet-loss"],
    };

    /// <inheritdoc/>
    internal override IEnumerable<Finding> Judge(CapturedScene scene)
    {
        bool isFound = false;
        foreach (CapturedFlow flow in scene.Directions)
        {
            Finding? finding = BlackHole(scene, flow) ?? NeverCame(scene, flow) ?? Gone(scene, flow) ?? Unheard(scene, flow);
            if (finding is null)
                continue;
            isFound = true;
            yield return finding with { IsOfClient = flow.IsFromClient };
        }

        if (!isFound && Hung(scene) is { } hung)
            yield return hung;
    }

    /// <summary>What keeps devices from forgetting a connection.</summary>
    /// <param name="address">Who should send them.</param>
    internal static Remedy KeepAlive(System.Net.IPAddress address) =>
        Remedy.Set("Send keepalives more often than the shortest timer on the way runs out.", "net.ipv4.tcp_keepalive_time", "60", CapturedScene.Machine(address));

    private static Finding? BlackHole(CapturedScene scene, CapturedFlow flow)
    {
        CapturedDirection sent = flow.Sent;
        CapturedError? tooBig = scene.Conversation.Errors.FirstOrDefault(one => one.IsAboutClient == flow.IsFromClient && one.Error is { Type: 3, Code: 4 } or { Type: 2 });
        int least = tooBig is null ? 3 : 2;
        // A peer that is gone answers nothing, of whatever size: it must be heard again, or take what is smaller.
        // Or it took the handshake, and nothing of what is sent since, all of it in large segments: that it is gone that very moment is less likely.
        bool isFromBeginning = scene.IsOpened && sent.LargestAcknowledged == 0 && sent.RepeatsAtEnd >= 4 && sent.UnacknowledgedOctets == sent.UniqueOctets && sent.FirstDataAt < BeginsAtOnce && scene.Conversation.Resets.Count == 0;
        bool isAlive = tooBig is not null || isFromBeginning || sent.UnacknowledgedOctets == 0 || (sent.IsHeardSince && !scene.Conversation.Resets.Any(reset => reset.IsFromClient != flow.IsFromClient));
        if (scene.IsOneSided || !isAlive || sent.MostRepeatsInRow < least || sent.RepeatedLength < LargeSegment || sent.LargestAcknowledged >= sent.RepeatedLength)
            return null;
        bool isHeard = sent.UnacknowledgedOctets == 0 || sent.IsHeardSince || tooBig is not null;
        List<Reason> reasons =
        [
            scene.Weigh(sent.MostRepeatsInRow >= 4 && isHeard ? Weight.VeryStrong : Weight.Strong, $"a segment of {sent.RepeatedLength} octets was sent again {sent.MostRepeatsInRow} times in a row without an acknowledgment{CapturedScene.Numbers(sent.TroublePackets)}"),
            sent.LargestAcknowledged > 0
                ? scene.Weigh(Weight.Strong, $"segments up to {sent.LargestAcknowledged} octets were acknowledged, none as large as that one")
                : isFromBeginning ? scene.Weigh(Weight.Strong, $"the small packets of the handshake passed both ways right before, and nothing of {sent.UniqueOctets} octets in segments of {sent.LargestSegment}")
                : scene.Weigh(Weight.HintAgainst, "no smaller segment of this direction was acknowledged to compare with"),
            scene.Weigh(isHeard ? Weight.Context : Weight.HintAgainst, sent.UnacknowledgedOctets == 0 ? "the same octets arrived in smaller segments"
                : isHeard ? $"{flow.Receiver.Address} is still heard: it lives"
                : $"{flow.Receiver.Address} is heard no more since the handshake: a device that lets only the handshake pass, or a host that is gone, looks alike"),
            tooBig is null
                ? scene.Weigh(Weight.Context, "no ICMP error passed here that tells the sender of a smaller MTU")
                : scene.Weigh(Weight.Hint, $"{tooBig.Error.Offender} says by ICMP{(tooBig.Error.Mtu is { } mtu ? $" that its MTU is {mtu}" : " that packets are too big")}{CapturedScene.Numbers(tooBig.Packet)}, and the sender does not heed it"),
        ];
        if (!isHeard)
            reasons.Add(scene.Weigh(Weight.HintAgainst, "small segments that would show the difference were not sent"));
        Finding found = TooLarge(scene, flow, tooBig, reasons) with { Packets = [.. sent.TroublePackets.Take(8), tooBig?.Packet ?? 0] };
        return isHeard ? found : found with
        {
            Summary = $"Nothing of what {CapturedScene.Name(flow.Sender)} sends to {flow.Receiver.Address} arrives, although the handshake passed: all of it is large, and large packets may vanish on the way.",
            Next = [$"ping -M do -s {flow.PingSize(sent.RepeatedLength)} {flow.Receiver.Address} from {flow.Sender.Address}: if it is lost and a small one is not, it is the size.", .. found.Next],
        };
    }

    // The same seen from behind the place where they vanish: the sender's numbers go on, and what they count never comes.
    private static Finding? NeverCame(CapturedScene scene, CapturedFlow flow)
    {
        CapturedDirection sent = flow.Sent;
        const int Margin = 60; // options, and what tunnels take at least
        bool isSettled = scene.Watched >= TimeSpan.FromSeconds(3) && !scene.HasGaps;
        if (!isSettled || scene.IsOneSided || !scene.IsOpened || sent.MissingOctets < LargeSegment || sent.LargestSegment > flow.SegmentSize - Margin)
            return null;
        List<Reason> reasons =
        [
            scene.Weigh(Weight.Strong, $"by its sequence numbers {flow.Sender.Address} sent {sent.MissingOctets} octets that never came here and were never acknowledged{CapturedScene.Numbers(scene.Conversation.LastPacket)}"),
            scene.Weigh(Weight.Strong, sent.LargestSegment == 0
                ? $"its segments without data came, none with data, of which {flow.SegmentSize} octets were agreed on"
                : $"its segments up to {sent.LargestSegment} octets came, none as large as the {flow.SegmentSize} that were agreed on"),
            scene.Weigh(Weight.Context, $"the capture was taken behind the place where they vanish: at {flow.Sender.Address} it would show them sent again"),
        ];
        return TooLarge(scene, flow, tooBig: null, reasons) with { Packets = [sent.FirstDataPacket, scene.Conversation.LastPacket] };
    }

    private static Finding TooLarge(CapturedScene scene, CapturedFlow flow, CapturedError? tooBig, List<Reason> reasons)
    {
        Severity severity = flow.Sent is { UnacknowledgedOctets: 0, MissingOctets: 0 } ? Severity.Warning : Severity.Critical; // in pieces it came through
        string[] symptoms = ["tls-handshake-stall", "half-open-connection", "service-hung", "http-*", "packet-loss"];
        if (scene.IsOneLink && tooBig is null)
        {
            reasons.Add(scene.Weigh(Weight.Strong, $"no router is between them that could say so: both send with the TTL that passes here ({flow.Sent.TimeToLive}, {flow.Answered.TimeToLive})"));
            return new Finding(
                "mtu-mismatch", severity, Where.Path,
                $"Large packets from {CapturedScene.Name(flow.Sender)} to {flow.Receiver.Address} vanish on the link that both are on, small ones pass: its MTUs differ.", [.. reasons])
            {
                AlsoExplains = [.. symptoms],
                Remedies = [new Remedy("Give both ends, and the switches and bridges between them, one MTU.", ShellCommand.Of($"ip link show; ping -M do -s {flow.PingSize(flow.SegmentSize)} -c 3 {flow.Receiver.Address}"), CapturedScene.Machine(flow.Sender.Address))],
                Next = ["Compare the MTUs of both interfaces, and of what lies between: bridges, switch ports, the links that carry an overlay."],
            };
        }

        return new Finding(
            "path-mtu-black-hole",
            severity,
            Where.Path,
            $"Large packets from {CapturedScene.Name(flow.Sender)} to {flow.Receiver.Address} vanish, small ones pass{(tooBig is null ? ", and no router says why" : ", and the router's ICMP error is not heeded")}.",
            [.. reasons])
        {
            AlsoExplains = [.. symptoms],
            Remedies = [Fix.ClampSegments, Remedy.Set("Have the sender try smaller segments by itself (RFC 4821).", "net.ipv4.tcp_mtu_probing", "1", CapturedScene.Machine(flow.Sender.Address))],
            Next = [$"On the routers between: is ICMP type 3 code 4 (or ICMPv6 type 2) filtered? From {flow.Sender.Address}: netwhy {flow.Receiver.Address} finds the MTU."],
        };
    }

    // All that is sent stays without an answer, of whatever size.
    private static Finding? Gone(CapturedScene scene, CapturedFlow flow)
    {
        CapturedDirection sent = flow.Sent;
        // Where answers are not captured, a sender that repeats one segment tells that it hears none, and not why.
        if (sent.RepeatsAtEnd < 4 || scene.IsOneSided || sent.UnacknowledgedOctets == 0 || flow.Answered.EndsClosed)
            return null;
        // What counts is the silence right before: after short ones no timer has expired, however many there were.
        bool isIdle = sent.QuietBefore >= LongIdle && flow.Answered.UniqueOctets + sent.UniqueOctets > sent.UnacknowledgedOctets;
        // Whoever takes leave of a peer that is long gone misses nothing.
        bool isFarewell = sent.FinPacket > 0 && sent.UnacknowledgedOctets <= LongestFarewell;
        bool isLarge = sent.RepeatedLength >= LargeSegment && sent.LargestAcknowledged < sent.RepeatedLength;
        CapturedError? error = scene.Conversation.Errors.FirstOrDefault(one => one.IsAboutClient == flow.IsFromClient);
        // Its beginning arrived, and what is behind that never does.
        bool isHello = flow.IsFromClient && scene.Conversation.Tls is { ServerHelloPacket: 0 } && sent.UnacknowledgedOctets < sent.UniqueOctets && flow.Answered.UniqueOctets == 0;
        string cause = isHello ? "tls-client-hello-lost" : isIdle ? "idle-connection-dropped" : "half-open-connection";
        return new Finding(
            cause,
            isFarewell ? Severity.Info : Severity.Critical,
            sent.EndsHere ? Where.Local : Where.Unknown,
            sent.EndsHere
                ? $"The machine of this capture no longer passes on what {flow.Sender.Address} sends to {CapturedScene.Name(flow.Receiver)}."
                : isHello
                ? $"A TLS ClientHello of {sent.UniqueOctets} octets does not reach {CapturedScene.Name(flow.Receiver)} in full: its first {sent.UniqueOctets - sent.UnacknowledgedOctets} octets are acknowledged, what follows never is."
                : isIdle
                ? $"{CapturedScene.Name(flow.Receiver)} no longer answers on a connection that had been idle: a device on the way has forgotten it."
                : sent.IsHeardSince
                ? $"What {flow.Sender.Address} sends no longer reaches {CapturedScene.Name(flow.Receiver)}, which is still heard."
                : $"{CapturedScene.Name(flow.Receiver)} went silent in the middle of the connection, while {flow.Sender.Address} goes on sending.",
            [
                scene.Weigh(Weight.Strong, $"{(sent.RepeatsAtEnd == sent.MostRepeatsInRow ? $"{sent.RepeatedLength} octets were" : "a segment was")} sent again {sent.RepeatsAtEnd} times in a row, to the end, and {(sent.IsHeardSince ? "no acknowledgment of it" : "nothing")} came back{CapturedScene.Numbers(sent.TroublePackets)}"),
                scene.Weigh(isIdle ? Weight.Strong : Weight.Hint, isIdle ? $"before the first of them nothing had passed for {Words.Of(sent.QuietBefore)}" : $"{sent.UnacknowledgedOctets} octets are not acknowledged at the end"),
                .. sent.EndsHere ? [scene.Weigh(Weight.Strong, "it comes into this machine and does not leave it, as what was sent before did")] : (Reason[])[],
                .. error is null ? [] : (Reason[])[scene.Weigh(Weight.Hint, $"{error.Error.Offender} says by ICMP (type {error.Error.Type}, code {error.Error.Code}) that something of it could not pass{CapturedScene.Numbers(error.Packet)}")],
            ])
        {
            Packets = [.. sent.TroublePackets.Take(8)],
            AlsoExplains = ["packet-loss", "service-hung"],
            Remedies = [sent.EndsHere ? CapturedLoss.LookForDropsHere : isIdle
                ? KeepAlive(flow.Sender.Address)
                : new Remedy("See whether the other side still knows this connection.", ShellCommand.Of($"ss -tno 'dport = :{flow.Sender.Port}'"), CapturedScene.Machine(flow.Receiver.Address))],
            Next =
            [
                .. isLarge ? [$"Whether only large packets vanish, these do not show: ping -M do -s {flow.PingSize(sent.RepeatedLength)} {flow.Receiver.Address} from {flow.Sender.Address}."] : (string[])[],
                .. sent.EndsHere ? [] : (string[])[$"Capture at {flow.Receiver.Address}: do the repeated segments ({flow.Sender.Address} port {flow.Sender.Port}) still arrive there?"],
            ],
        };
    }

    // Keep-alives are sent into a silence: nobody else asks whether the other side lives.
    private static Finding? Unheard(CapturedScene scene, CapturedFlow flow)
    {
        const int Enough = 3;
        CapturedDirection sent = flow.Sent;
        if (sent.UnansweredKeepAlives < Enough || scene.IsOneSided || scene.HasGaps || !(flow.Answered.Packets > 0))
            return null;
        CapturedReset? end = scene.Conversation.Resets.FirstOrDefault(reset => reset.IsFromClient == flow.IsFromClient);
        return new Finding(
            "half-open-connection",
            Severity.Critical,
            Where.Unknown,
            $"{CapturedScene.Name(flow.Receiver)} is gone, or cannot be reached any more: {sent.UnansweredKeepAlives} keep-alives of {flow.Sender.Address} in a row had no answer{(end is null ? "" : ", and it gave the connection up")}.",
            [
                scene.Weigh(end is null ? Weight.Strong : Weight.VeryStrong, $"{sent.UnansweredKeepAlives} keep-alives were sent since {flow.Receiver.Address} was heard last{(end is null ? "" : $", then a RST that answers nothing{CapturedScene.Numbers(end.Packet)}")}"),
                scene.Weigh(Weight.Hint, sent.KeepAlives > sent.UnansweredKeepAlives ? $"{Words.Count(sent.KeepAlives - sent.UnansweredKeepAlives, "keep-alive")} before them {(sent.KeepAlives - sent.UnansweredKeepAlives == 1 ? "was" : "were")} answered" : "a TCP that knows the connection answers each of them (RFC 9293, section 3.8.4)"),
            ])
        {
            Packets = [scene.Conversation.FirstPacket, end?.Packet ?? scene.Conversation.LastPacket],
            Remedies = [new Remedy("See whether the machine lives, and still knows this connection.", ShellCommand.Of($"ss -tno 'dport = :{flow.Sender.Port}'"), CapturedScene.Machine(flow.Receiver.Address))],
            Next = [$"Capture at {flow.Receiver.Address}: do the keep-alives ({flow.Sender.Address} port {flow.Sender.Port}) arrive there? A device that has forgotten the connection looks alike."],
        };
    }

    private static Finding? Hung(CapturedScene scene)
    {
        CapturedConversation conversation = scene.Conversation;
        CapturedRequest? open = conversation.Http?.Worst.FirstOrDefault(one => one.ResponsePacket == 0 && one.Waited is not null);
        if (scene.IsOneSided || scene.HasGaps || conversation.Tls is not null || conversation.Resets.Any(reset => !reset.IsFromClient && !reset.FollowsOtherFin)
            || scene.Client.UnacknowledgedOctets > 0 || scene.Client.UniqueOctets == 0 || !scene.IsOpened || scene.Server.MissingOctets > 0
            || (open is null ? scene.Server.UniqueOctets > 0 : open.IsUnfinished || CapturedHttpFailure.IsMeantToWait(open)))
        {
            return null;
        }

        // From the request to the client's giving up, or to the end of the capture.
        TimeSpan waited = open?.Waited ?? scene.AfterFirstData;
        bool isRequest = open is not null;
        bool gaveUp = isRequest && (scene.Client.FinPacket > 0 || conversation.Resets.Any(reset => reset.IsFromClient)); // a client that waits on may be one that is meant to
        if (waited < (gaveUp ? SlowAnswer : LongWait) || (!isRequest && (scene.Client.UniqueOctets > 4096 || scene.Client.SendingTime > TimeSpan.FromSeconds(1) || OneWayPorts.Contains(conversation.Server.Port))))
            return null;
        long asked = open?.Packet ?? scene.Client.FirstDataPacket;
        bool isSure = scene.IsAtServer; // elsewhere, what it says may be lost before it comes here
        return new Finding(
            "service-hung",
            waited >= LongWait && (scene.Client.FinPacket > 0 || scene.HasEnded || waited >= LongSilence) ? Severity.Critical : Severity.Warning, // the client still waits, or is impatient
            Where.Remote,
            $"{scene.ServerName} accepts the connection, takes the request, and {(isSure ? "says nothing" : "nothing of an answer comes here")} for {Words.Of(waited)}{(gaveUp ? ", until its client gives up" : "")}.",
            [
                scene.Weigh(isRequest && isSure ? Weight.VeryStrong : Weight.Strong, $"{(open is null ? $"{scene.Client.UniqueOctets} octets were" : $"{open.Method} {open.Uri} was")} acknowledged{CapturedScene.Numbers(asked)}, and no answer came back"),
                isSure ? scene.Weigh(Weight.Hint, "its TCP answers: the program behind it is what is silent")
                    : scene.Weigh(Weight.Hint, "its TCP answers: the program behind it is silent, unless large packets are lost on the way, which only a capture at the server shows"),
            ])
        {
            Packets = [asked, conversation.LastPacket],
            Next = isSure ? [] : [$"Capture at {conversation.Server.Address} too: does it send an answer? Then its packets are lost on the way."],
            Remedies = [new Remedy("Look at the program: blocked, out of workers, or waiting for a backend.", ShellCommand.Of($"ss -tnp 'sport = :{conversation.Server.Port}'"), CapturedScene.Machine(conversation.Server.Address))],
        };
    }
}
