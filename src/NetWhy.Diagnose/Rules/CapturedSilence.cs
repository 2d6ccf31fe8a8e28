using NetWhy.Diagnose.Captures;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Rules;

/// <summary>Connections in a capture in which one side goes silent: segments of a size, all segments, or the program.</summary>
public sealed class CapturedSilence : ConversationRule
{
    private const int LargeSegment = 900; // octets: paths are narrowed to 1280 or more as a rule, tunnels take up to 100
    private static readonly TimeSpan LongIdle = TimeSpan.FromSeconds(60); // what the shortest timers of firewalls allow
    private static readonly TimeSpan LongWait = TimeSpan.FromSeconds(5);

    // They are told and answer nothing: syslog, Graphite, Fluentd, Beats, JetDirect.
    private static readonly int[] OneWayPorts = [514, 601, 2003, 5044, 6514, 9100, 24224];

    /// <inheritdoc/>
    public override RuleInfo Info { get; } = new(
        "captured-silence", Source: "RFC 1191; RFC 4821; RFC 9293, section 3.8.3; RFC 2923",
        "path-mtu-black-hole", "half-open-connection", "idle-connection-dropped", "service-hung")
    {
        Explains = ["packet-loss"],
    };

    /// <inheritdoc/>
    internal override IEnumerable<Finding> Judge(CapturedScene scene)
    {
        bool isFound = false;
        foreach (CapturedFlow flow in scene.Directions)
        {
            Finding? finding = BlackHole(scene, flow) ?? Gone(scene, flow);
            if (finding is null)
                continue;
            isFound = true;
            yield return finding;
        }

        if (!isFound && Hung(scene) is { } hung)
            yield return hung;
    }

    private static Finding? BlackHole(CapturedScene scene, CapturedFlow flow)
    {
        CapturedDirection sent = flow.Sent;
        CapturedError? tooBig = scene.Conversation.Errors.FirstOrDefault(one => one.IsAboutClient == flow.IsFromClient && one.Error is { Type: 3, Code: 4 } or { Type: 2 });
        int least = tooBig is null ? 3 : 2;
        if (scene.IsOneSided || sent.MostRepeatsInRow < least || sent.RepeatedLength < LargeSegment || sent.LargestAcknowledged >= sent.RepeatedLength)
            return null;
        List<Reason> reasons =
        [
            scene.Weigh(sent.MostRepeatsInRow >= 4 ? Weight.VeryStrong : Weight.Strong, $"a segment of {sent.RepeatedLength} octets was sent again {sent.MostRepeatsInRow} times in a row without an acknowledgment{CapturedScene.Numbers(sent.TroublePackets)}"),
            sent.LargestAcknowledged > 0
                ? scene.Weigh(Weight.Strong, $"segments up to {sent.LargestAcknowledged} octets were acknowledged, none as large as that one")
                : scene.Weigh(Weight.HintAgainst, "no smaller segment of this direction was acknowledged to compare with"),
            tooBig is null
                ? scene.Weigh(Weight.Context, "no ICMP error passed here that tells the sender of a smaller MTU")
                : scene.Weigh(Weight.Hint, $"{tooBig.Error.Offender} says by ICMP{(tooBig.Error.Mtu is { } mtu ? $" that its MTU is {mtu}" : " that packets are too big")}{CapturedScene.Numbers(tooBig.Packet)}, and the sender does not heed it"),
        ];
        return new Finding(
            "path-mtu-black-hole",
            Severity.Critical,
            Where.Path,
            $"Large packets from {CapturedScene.Name(flow.Sender)} to {flow.Receiver.Address} vanish, small ones pass{(tooBig is null ? ", and no router says why" : ", and the router's ICMP error is not heeded")}.",
            [.. reasons])
        {
            Packets = [.. sent.TroublePackets.Take(8), tooBig?.Packet ?? 0],
            AlsoExplains = ["tls-handshake-stall", "half-open-connection", "service-hung", "http-slow-server"],
            Remedies = [Fix.ClampSegments, Remedy.Set("Have the sender try smaller segments by itself (RFC 4821).", "net.ipv4.tcp_mtu_probing", "1", CapturedScene.Machine(flow.Sender.Address))],
            Next = [$"On the routers between: is ICMP type 3 code 4 (or ICMPv6 type 2) filtered? From {flow.Sender.Address}: netwhy {flow.Receiver.Address} finds the MTU."],
        };
    }

    // All that is sent stays without an answer, of whatever size.
    private static Finding? Gone(CapturedScene scene, CapturedFlow flow)
    {
        CapturedDirection sent = flow.Sent;
        // Where answers are not captured, a sender that repeats one segment to the end still tells that it hears none.
        bool isUnheard = scene.IsOneSided && sent.Repeats.Total == sent.MostRepeatsInRow;
        if (sent.MostRepeatsInRow < 4 || (!isUnheard && (scene.IsOneSided || sent.UnacknowledgedOctets == 0)) || flow.Answered.EndsClosed)
            return null;
        // Program waits that came before: where it was never silent for long no timer has expired.
        bool isIdle = sent.Idle >= LongIdle && flow.Answered.UniqueOctets + sent.UniqueOctets > sent.UnacknowledgedOctets;
        string cause = isIdle ? "idle-connection-dropped" : "half-open-connection";
        return new Finding(
            cause,
            Severity.Critical,
            Where.Unknown,
            isIdle
                ? $"{CapturedScene.Name(flow.Receiver)} no longer answers on a connection that had been idle: a device on the way has forgotten it."
                : $"{CapturedScene.Name(flow.Receiver)} went silent in the middle of the connection, while {flow.Sender.Address} goes on sending.",
            [
                scene.Weigh(Weight.Strong, $"{sent.RepeatedLength} octets were sent again {sent.MostRepeatsInRow} times in a row, and nothing came back{CapturedScene.Numbers(sent.TroublePackets)}"),
                scene.Weigh(isIdle ? Weight.Strong : Weight.Hint, isIdle ? $"before that it was idle for {Words.Of(sent.Idle)} in all" : isUnheard ? "it sent nothing else: it waits for an acknowledgment" : $"{sent.UnacknowledgedOctets} octets are not acknowledged at the end"),
            ])
        {
            Packets = [.. sent.TroublePackets.Take(8)],
            AlsoExplains = ["packet-loss", "service-hung"],
            Remedies = [isIdle
                ? Remedy.Set("Send keepalives more often than the shortest timer on the way runs out.", "net.ipv4.tcp_keepalive_time", "60", CapturedScene.Machine(flow.Sender.Address))
                : new Remedy("See whether the other side still knows this connection.", ShellCommand.Of($"ss -tno 'dport = :{flow.Sender.Port}'"), CapturedScene.Machine(flow.Receiver.Address))],
            Next = [$"Capture at {flow.Receiver.Address}: do the repeated segments ({flow.Sender.Address} port {flow.Sender.Port}) still arrive there?"],
        };
    }

    private static Finding? Hung(CapturedScene scene)
    {
        CapturedConversation conversation = scene.Conversation;
        if (scene.IsOneSided || scene.HasGaps || conversation.Tls is not null || conversation.Resets.Any(reset => !reset.IsFromClient)
            || scene.Client.UnacknowledgedOctets > 0 || scene.Client.UniqueOctets == 0 || scene.Server.UniqueOctets > 0 || !scene.IsOpened)
        {
            return null;
        }

        // From the request to the client's giving up, or to the end of the capture.
        TimeSpan waited = (scene.HasEnded ? conversation.Duration : scene.Watched) - (conversation.InitialRoundTrip ?? TimeSpan.Zero);
        bool isRequest = conversation.Http is { Requests: > 0, Responses: 0 };
        if (waited < LongWait || (!isRequest && (scene.Client.UniqueOctets > 4096 || scene.Client.SendingTime > TimeSpan.FromSeconds(1) || OneWayPorts.Contains(conversation.Server.Port))))
            return null;
        return new Finding(
            "service-hung",
            Severity.Critical,
            Where.Remote,
            $"{scene.ServerName} accepts the connection, takes the request, and says nothing for {Words.Of(waited)}.",
            [
                scene.Weigh(isRequest ? Weight.VeryStrong : Weight.Strong, $"{scene.Client.UniqueOctets} octets were acknowledged{CapturedScene.Numbers(scene.Client.FirstDataPacket)}, and none came back"),
                scene.Weigh(Weight.Hint, "its TCP answers: the program behind it is what is silent"),
            ])
        {
            Packets = [scene.Client.FirstDataPacket, conversation.LastPacket],
            Remedies = [new Remedy("Look at the program: blocked, out of workers, or waiting for a backend.", ShellCommand.Of($"ss -tnp 'sport = :{conversation.Server.Port}'"), CapturedScene.Machine(conversation.Server.Address))],
        };
    }
}
