using NetWhy.Diagnose.Captures;
using NetWhy.Diagnose.Paths;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Rules;

/// <summary>Connections in a capture that were never opened, and how they failed.</summary>
public sealed class CapturedOpening : ConversationRule
{
    private const int LikelyHopsLeft = 30; // a TTL that is not made small on purpose, as traceroute's is

    // Of systems, after which a SYN is sent again: 1 s (RFC 6298). Scanners, and captures at two places, have more of them at once.
    private static readonly TimeSpan ShortestPatience = TimeSpan.FromMilliseconds(900);

    /// <inheritdoc/>
    public override RuleInfo Info { get; } = new(
        "captured-opening", Source: "RFC 9293, section 3.5; RFC 1122, section 4.2.3.9; RFC 792; RFC 4443",
        "port-closed", "port-filtered", "port-rejected", "route-prohibited", "host-unreachable", "routing-loop", "return-route-missing", "packet-loss",
        "local-firewall-reject", "connection-reset");

    /// <inheritdoc/>
    internal override IEnumerable<Finding> Judge(CapturedScene scene)
    {
        if (Errors(scene) is { } error)
            yield return error;
        else if (scene.Conversation.Resets.FirstOrDefault(reset => reset is { RefusesOpening: true, IsFromClient: false }) is { } refusal)
            yield return Refused(scene, refusal);
        else if (scene is { Client.Syns: >= 2, Server.Packets: 0 } && CapturedScene.HasOnlySyns(scene.Client) && scene.Client.SynSpan >= ShortestPatience)
            yield return Unanswered(scene);
        else if (scene is { Client.Syns: >= 2, Server.Syns: >= 1 } && IsNeverOpened(scene.Conversation) && scene.Conversation.Resets.Count(reset => reset.IsFromClient) >= 2 && scene.Client.SynSpan >= ShortestPatience && scene.Conversation.Resets.First(reset => reset.IsFromClient).Elapsed < scene.Client.SynSpan)
            yield return AnswersReset(scene);
        else if (scene is { Client.Syns: >= 2, Server.Syns: >= 3, Client.Octets: 0, Server.Octets: 0 } && (scene.Conversation.Completeness & 4) == 0 && !scene.HasEnded)
            yield return AnswersLost(scene);
        else if (scene is { IsOpened: true, Client.Syns: >= 2 } && !IsNeverOpened(scene.Conversation) && scene.Client.SynSpan >= ShortestPatience && !scene.IsMerelyFar)
            yield return OpenedLate(scene);
    }

    private static Finding Refused(CapturedScene scene, CapturedReset refusal) => new(
        "port-closed",
        Severity.Critical,
        Where.Remote,
        $"{scene.Conversation.Server.Address} refuses connections to port {scene.Conversation.Server.Port}: nothing listens there.",
        [scene.Weigh(Weight.Decisive, $"a RST answers the SYN{CapturedScene.Numbers(refusal.Packet)}, TTL {refusal.TimeToLive}")])
    {
        Packets = [scene.Conversation.FirstPacket, refusal.Packet],
        Remedies = [new Remedy("See whether the program runs, and on which address it listens; start it.", ShellCommand.Of($"ss -ltnp 'sport = :{scene.Conversation.Server.Port}'"), CapturedScene.Machine(scene.Conversation.Server.Address))],
        Next = ["If it does listen there: a firewall in front of it may send the RST; compare its TTL with that of packets of a port that is open."],
    };

    private static Finding Unanswered(CapturedScene scene)
    {
        int syns = scene.Client.Syns;
        List<Reason> reasons =
        [
            scene.Weigh(syns >= 3 ? Weight.VeryStrong : Weight.Strong, $"{syns} SYNs in {Words.Of(scene.Client.SynSpan)}, and no answer passed here{CapturedScene.Numbers(scene.Conversation.FirstPacket)}"),
        ];
        if (scene.Conversation.IsSilentSideSeen)
            reasons.Add(scene.Weigh(Weight.Hint, $"other packets of {scene.Conversation.Server.Address} to {scene.Conversation.Client.Address} passed here: an answer would have, too"));
        else if (scene.Conversation.IsSpeakerReached)
            reasons.Add(scene.Weigh(Weight.Context, $"what others send to {scene.Conversation.Client.Address} passes here, and of {scene.Conversation.Server.Address} nothing"));
        else
            reasons.Add(scene.Weigh(Weight.Against, $"nothing at all that goes to {scene.Conversation.Client.Address} was captured: that no answer reaches it, only its SYNs tell"));
        if (syns == 2)
            reasons.Add(scene.Weigh(Weight.Hint, "the client sent its SYN again: no answer reached it, whichever way answers take"));
        return new Finding(
            "port-filtered",
            Severity.Critical,
            Where.Unknown,
            scene.Conversation.IsSilentSideSeen || scene.Conversation.IsSpeakerReached
                ? $"{scene.Conversation.Server.Address} does not answer SYNs to port {scene.Conversation.Server.Port}, and nobody says why."
                : $"No answer to SYNs to port {scene.Conversation.Server.Port} of {scene.Conversation.Server.Address} reaches {scene.Conversation.Client.Address}; whether there are any, and are lost, does not show: nothing that goes there was captured.",
            [.. reasons])
        {
            Packets = [scene.Conversation.FirstPacket, scene.Conversation.LastPacket],
            Remedies = [new Remedy("See where the SYN ends: here on the way out, on the way, or at the server.", ShellCommand.Of($"netwhy tcpdump -ni any host {scene.Conversation.Client.Address} and tcp port {scene.Conversation.Server.Port}"), CapturedScene.Machine(scene.Conversation.Server.Address))],
            Next = [$"Whether the host lives at all, this conversation does not show: netwhy {scene.ServerName} from {scene.Conversation.Client.Address} tells a filter from a dead host."],
        };
    }

    /// <summary>Whether a client asked for the connection, and never acknowledged an answer: all it sent are SYNs and resets.</summary>
    /// <param name="conversation">The conversation.</param>
    internal static bool IsNeverOpened(CapturedConversation conversation) => conversation.FromClient is { Syns: > 0, Octets: 0, FinPacket: 0, LargestWindow: 0 };

    // The client does not take the answers, and asks on: whoever scans for open ports does not.
    private static Finding AnswersReset(CapturedScene scene)
    {
        CapturedReset[] resets = [.. scene.Conversation.Resets.Where(reset => reset.IsFromClient)];
        bool isWrong = resets.All(reset => !reset.IsInSequence); // the reset has the number that the answer acknowledged
        string client = scene.Conversation.Client.Address.ToString();
        return new Finding(
            isWrong ? "connection-reset" : "local-firewall-reject",
            Severity.Critical,
            isWrong ? Where.Path : Where.Local,
            isWrong
                ? $"The connection to {scene.ServerName} never opened: its SYN-ACKs acknowledge what {client} has not sent, which resets each of them."
                : $"The connection to {scene.ServerName} never opened: its SYN-ACKs come, and {client} answers them by RST, while it goes on asking.",
            [
                scene.Weigh(Weight.VeryStrong, $"SYN-ACKs are answered by RST in the client's name{CapturedScene.Numbers(resets.Select(reset => reset.Packet))}, and {scene.Client.Syns} SYNs were sent in {Words.Of(scene.Client.SynSpan)}: who asks waits for an answer"),
                isWrong
                    ? scene.Weigh(Weight.Strong, "the resets have another number than the one behind the SYN: that is the number which the SYN-ACKs acknowledge (RFC 9293, section 3.5.2)")
                    : scene.Weigh(Weight.Strong, "the resets have the number behind the SYN: what the SYN-ACKs acknowledge is right, and is refused all the same, by a rule of a firewall or by a kernel that does not know who asks"),
                .. resets.Any(reset => reset.StandsOut) ? (Reason[])[scene.Weigh(Weight.Against, $"their TTL is {resets.First(reset => reset.StandsOut).TimeToLive}, that of the SYNs {scene.Client.TimeToLive}: another machine may have made them")] : [],
            ])
        {
            Packets = [scene.Conversation.FirstPacket, .. resets.Select(reset => reset.Packet)],
            Remedies =
            [
                isWrong
                    ? new Remedy("Find the device that changes sequence numbers, or answers for the server (a firewall that randomizes them, a SYN proxy), and see whether both directions pass it.", On: "the devices on the way")
                    : new Remedy("Find the rule that rejects what comes in.", "nft -a list ruleset | grep reject", CapturedScene.Machine(scene.Conversation.Client.Address)),
            ],
            Next = [isWrong
                ? $"Capture at {scene.Conversation.Server.Address} too: what number has the SYN there, and what does the SYN-ACK acknowledge?"
                : "A program that makes SYNs by itself, past its kernel, looks alike: the kernel resets what it does not know."],
        };
    }

    // The server answers again and again, and the client takes no notice.
    private static Finding AnswersLost(CapturedScene scene) => new(
        "return-route-missing",
        Severity.Critical,
        Where.Path,
        $"SYN-ACKs of {scene.ServerName} pass here, and {scene.Conversation.Client.Address} takes no notice of them: they are lost between here and there, or its own machine drops them.",
        [
            scene.Weigh(Weight.Strong, $"the server sent its SYN-ACK {scene.Server.Syns} times in {Words.Of(scene.Server.SynSpan)}, and no ACK came"),
            scene.Weigh(Weight.Strong, $"the client goes on with SYNs ({scene.Client.Syns}): it waits for that answer"),
        ])
    {
        Packets = [scene.Conversation.FirstPacket, scene.Conversation.LastPacket],
        Remedies =
        [
            new Remedy("See which way the answer takes.", ShellCommand.Of($"ip route get {scene.Conversation.Client.Address}"), CapturedScene.Machine(scene.Conversation.Server.Address)),
            new Remedy("If it comes in there, see what drops it: a rule, or the reverse path filter.", "nft -a list ruleset; nstat -az TcpExtIPReversePathFilter", CapturedScene.Machine(scene.Conversation.Client.Address)),
        ],
        Next = [$"If this was not captured at {scene.Conversation.Client.Address}, capture there: does the SYN-ACK come in?"],
    };

    private static Finding OpenedLate(CapturedScene scene)
    {
        // What did not come while the client waited was lost sooner; that two come at once then tells that the server had heard the first SYN.
        bool isLate = scene.Server.FirstSynAt - scene.Client.FirstSynAt >= ShortestPatience;
        bool isAnswered = scene.Server.Syns >= 2 && (!isLate || scene.Server.SynSpan < ShortestPatience);
        bool isLostBefore = isAnswered && isLate;
        string place = isLostBefore ? scene.Conversation.Server.Address.ToString() : scene.Conversation.Client.Address.ToString();
        return new Finding(
            "packet-loss",
            Severity.Warning,
            Where.Unknown,
            $"The connection to {scene.ServerName} opened {Words.Of(scene.Client.SynSpan)} late: {(isLostBefore ? "the first SYN-ACK was lost, or held back, before it came here" : isAnswered ? "its SYN-ACK was lost behind this place, or came too late" : "the first SYN had no answer")}.",
            [
                scene.Weigh(Weight.Strong, $"{scene.Client.Syns} SYNs{CapturedScene.Numbers(scene.Conversation.FirstPacket)} before the handshake was made"),
                scene.Weigh(Weight.Hint, isLostBefore
                    ? $"the SYN-ACK came more than once, {Words.Of(scene.Server.FirstSynAt!.Value - scene.Client.FirstSynAt!.Value)} after the first SYN at the earliest: its server had heard that one, and what it answered did not come here, or not in time"
                    : isAnswered ? "the SYN-ACK was sent more than once too: the server had heard the first SYN" : "no SYN-ACK came for the first SYN"),
            ])
        {
            Packets = [scene.Conversation.FirstPacket],
            Remedies = isAnswered ? [new Remedy("Look for drops on the interfaces of the way back.", "ip -s -s link", CapturedScene.Machine(isLostBefore ? scene.Conversation.Server.Address : scene.Conversation.Client.Address))] : [new Remedy("See whether its accept queue overflows, which drops SYNs like loss does.", ShellCommand.Of($"netwhy ss -ltn 'sport = :{scene.Conversation.Server.Port}'; nstat -az TcpExtListenDrops TcpExtListenOverflows"), CapturedScene.Machine(scene.Conversation.Server.Address))],
            Next = isAnswered ? [$"Capture at {place} too: {(isLostBefore ? "is the first SYN-ACK sent there" : "does the first SYN-ACK come there")}, and when?"] : ["If its queue is fine, SYNs are lost on the way, or their answers before they come here: look for drops there, or for a limit of new connections."],
        };
    }

    private static Finding? Errors(CapturedScene scene)
    {
        // What it quotes later is no SYN, and a connection outlives such errors (RFC 1122, section 4.2.3.9).
        bool isUnseen = scene.Client.Packets + scene.Server.Packets == 0; // of what is quoted nothing was captured: it goes elsewhere
        if (!isUnseen && (scene.Server.Octets > 0 || scene.Server.Syns > 0 || !CapturedScene.HasOnlySyns(scene.Client)))
            return null;
        foreach (CapturedError captured in scene.Conversation.Errors.Where(one => one.IsAboutClient))
        {
            if (FailureOf(captured.Error) is not { } failure)
                continue;
            if (failure.Cause is "routing-loop" && scene.Client.TimeToLive is > 0 and < LikelyHopsLeft)
                continue;
            return new Finding(
                failure.Cause,
                isUnseen ? Severity.Warning : Severity.Critical,
                captured.Error.Offender.Equals(scene.Conversation.Server.Address) ? Where.Remote : Where.Path,
                $"{captured.Error.Offender} {failure.Says} {scene.ServerName}.",
                [scene.Weigh(Weight.Decisive, $"ICMP type {captured.Error.Type} code {captured.Error.Code} quotes {(isUnseen ? "a segment of it, which was not captured itself" : "the SYN")}{CapturedScene.Numbers(captured.Packet)}, {Words.Count(captured.Count, "time")}")])
            {
                Packets = [scene.Conversation.FirstPacket, captured.Packet],
                Remedies = [new Remedy(failure.Cure, failure.Command, CapturedScene.Machine(captured.Error.Offender))],
                Next = [$"Whose machine is {captured.Error.Offender}, and what do its routes and rules say of {scene.Conversation.Server.Address}?"],
            };
        }

        return null;
    }

    private static (string Cause, string Says, string Cure, string Command)? FailureOf(IcmpError error) => IcmpCause.Of(error) switch
    {
        "port-rejected" and var cause => (cause, "rejects packets to", "Find the rule that rejects it.", "nft -a list ruleset"),
        "routing-loop" and var cause => (cause, "says that the TTL ran out on the way to", "Compare the routes of the routers on the way: two of them point to each other.", "ip route"),
        { } cause => (cause, "knows no way to", "See its route and whether the next hop answers.", "ip route"),
        _ => null,
    };
}
