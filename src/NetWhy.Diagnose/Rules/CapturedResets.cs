using NetWhy.Diagnose.Captures;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Rules;

/// <summary>Established connections in a capture that were reset, and by whom.</summary>
public sealed class CapturedResets : ConversationRule
{
    private static readonly TimeSpan AtOnce = TimeSpan.FromSeconds(3); // a reset that comes later answers something else

    private static readonly TimeSpan LongRest = TimeSpan.FromSeconds(1); // longer than any round trip: what comes sooner may have crossed the end
    private const int FewOctets = 200; // a greeting and an excuse; nobody is served with so few over SSH
    private const int ShellPort = 22;

    /// <inheritdoc/>
    public override RuleInfo Info { get; } = new(
        "captured-reset", Source: "RFC 9293, section 3.5.2; RFC 3360",
        "connection-reset", "connection-reset-by-middlebox", "tls-handshake-reset", "idle-connection-dropped")
    {
        Explains = ["http-*", "service-hung", "half-open-connection", "tls-handshake-stall"],
    };

    /// <inheritdoc/>
    internal override IEnumerable<Finding> Judge(CapturedScene scene)
    {
        if (scene.Conversation.Resets.FirstOrDefault(reset => FollowsKnownEnd(scene, reset)) is { } useless)
            yield return UsedAfterEnd(scene, useless);
        foreach (CapturedReset reset in scene.Conversation.Resets.Where(reset => reset is { RefusesOpening: false, FollowsFin: false }))
        {
            CapturedDirection sender = reset.IsFromClient ? scene.Client : scene.Server;
            Reason? foreign = Foreign(scene, reset, sender);
            if (foreign is null && !CutsShort(scene, reset))
            {
                if (IsHalfOpening(scene, reset) && reset.StandsOut)
                    yield return HalfOpened(scene, reset);
                else if (IsForgottenByClient(scene, reset))
                    yield return ForgottenByClient(scene, reset);
                else if (IsAfterShortWord(scene, reset) && scene.Conversation is { Http: null, Tls: null })
                    yield return ShortWord(scene, reset);
                continue;
            }

            yield return Describe(scene, reset, sender, foreign);
            yield break;
        }
    }

    // What tells that another machine sent it than the one in whose name it comes.
    private static Reason? Foreign(CapturedScene scene, CapturedReset reset, CapturedDirection sender)
    {
        string claimed = (reset.IsFromClient ? scene.Conversation.Client : scene.Conversation.Server).Address.ToString();
        if (reset.WasMadeHere)
            return scene.Weigh(Weight.VeryStrong, $"it left the machine of this capture and had not come into it, as the other packets of {claimed} do: this machine made it");
        if (IsHalfOpening(scene, reset) && !(reset.StandsOut && IsOfKernel(scene.Client.Offer)))
            return null;
        bool isTwofold = scene.Client.CapturedTwice + scene.Server.CapturedTwice > 0;
        bool isDifferent = reset.TimeToLive != 0 && sender.TimeToLive != 0 && reset.TimeToLive != sender.TimeToLive;
        if (WentOn(reset) && !isTwofold && (isDifferent || !reset.IsFromClient))
        {
            string count = reset.SentSince == CapturedReset.MostSentSince ? $"{reset.SentSince} packets or more" : Words.Count(reset.SentSince, "packet");
            return isDifferent
                ? scene.Weigh(Weight.VeryStrong, $"{claimed} goes on with {count} behind it: it has not reset anything; their TTL is {sender.TimeToLive}, that of the RST {reset.TimeToLive}")
                : scene.Weigh(Weight.Strong, $"{claimed} goes on with {count} behind it, as whoever has not reset anything; else its kernel does not know a connection that a program of it speaks by itself");
        }

        if (reset is { CameTooSoon: true, StandsOut: true } && !isTwofold)
            return scene.Weigh(Weight.VeryStrong, $"it answers sooner than anything can come back from {claimed}, and its TTL is {reset.TimeToLive}, that of {claimed} {sender.TimeToLive}: it comes from nearer");
        return IsFromElsewhere(reset, sender)
            ? scene.Weigh(Weight.Strong, $"its TTL is {reset.TimeToLive}, that of the other packets of {claimed} is {sender.TimeToLive}: another machine sent it")
            : null;
    }

    // Who makes a SYN past its kernel, a scanner or a health check, gives it what TTL it likes, and the kernel resets the answer that
    // it did not ask for. A device that did so would have the client go on, by an ACK or by another SYN.
    private static bool IsHalfOpening(CapturedScene scene, CapturedReset reset) =>
        reset is { IsFromClient: true, KnowsNothing: true } && scene is { Client.Syns: 1, Server.Octets: 0 } && CapturedOpening.IsNeverOpened(scene.Conversation);

    // Kernels offer a large window, and its scale, SACK or timestamps with it; those that make SYNs by hand do as a rule not.
    private static bool IsOfKernel(CapturedOffer? offer)
    {
        const int LargestByHand = 1024; // of Nmap and masscan
        return offer is { Window: > LargestByHand } && (offer.WindowScale is not null || offer.PermitsSack || offer.HasTimestamps);
    }

    private static Finding HalfOpened(CapturedScene scene, CapturedReset reset) => new(
        "connection-reset", Severity.Info, Where.Path,
        $"{scene.Conversation.Client.Address} asks for a connection to {scene.ServerName} and resets the answer, as a scan or a health check does that makes its SYN by itself.",
        [
            scene.Weigh(Weight.Strong, $"a SYN, its answer and a RST with the number that this acknowledges{CapturedScene.Numbers(reset.Packet)} are all there is: so a kernel answers what it did not ask for"),
            scene.Weigh(Weight.HintAgainst, $"the TTL of the SYN is {scene.Client.TimeToLive}, that of the RST {reset.TimeToLive}: a device on the way that resets in the name of {scene.Conversation.Client.Address} looks alike, where the client does not hear of the answer"),
        ])
    {
        Packets = [scene.Conversation.FirstPacket, reset.Packet],
    };

    // One packet may have been on its way longer than the RST. If that one is counted by its sender and the RST is not, it was not sent by it.
    private static bool WentOn(CapturedReset reset) => !reset.KnowsNothing && (reset.SentSince >= 2 || reset is { NumberedSince: > 0, Identification: 0 });

    // Of a single packet besides nobody knows whether it is the usual: then the RST must come from nearer than that. Where
    // packets stand in the capture twice because a router was between, the TTLs of one sender differ, and it does not stand out.
    private static bool IsFromElsewhere(CapturedReset reset, CapturedDirection sender)
    {
        if (reset.TimeToLive == 0 || sender.TimeToLive == 0 || sender.Packets < 2 || !reset.StandsOut || !CapturedScene.IsFromElsewhere(reset.TimeToLive, sender.TimeToLive))
            return false;
        return sender.Packets > 3 || CapturedScene.HopsTo(reset.TimeToLive) < CapturedScene.HopsTo(sender.TimeToLive);
    }

    // Browsers and health checks end by a reset, and load balancers what was idle: only what takes an answer away is one.
    private static bool CutsShort(CapturedScene scene, CapturedReset reset)
    {
        if (reset.IsFromClient || scene.Client.Packets == 0 || reset.FollowsOtherFin)
            return false;
        if (scene.Conversation.Http is { } http && http.Worst.Any(request => request.IsCut))
            return true;
        if (reset.SinceOtherSide > AtOnce)
            return false;
        if (IsAfterIdle(reset) || IsForgotten(scene, reset))
            return true;
        if (scene.Conversation.Http is { } asked)
            return asked.Requests > asked.Responses - asked.Unended;
        if (IsTurnedAway(scene, reset))
            return true;
        return scene is { IsOpened: true, Server.Octets: 0 } && (scene.Client.Octets > 0 || reset.Elapsed < AtOnce);
    }

    // A key exchange takes thousands of octets: who resets before that serves nobody.
    private static bool IsTurnedAway(CapturedScene scene, CapturedReset reset)
    {
        const int LongestRefusal = 32; // octets: its version, and what it says to who does not speak SSH, are longer
        return scene.Conversation.Server.Port == ShellPort && scene.Server.UniqueOctets <= LongestRefusal && IsAfterShortWord(scene, reset);
    }

    // Of the server's own program: it says little, and has enough.
    private static bool IsAfterShortWord(CapturedScene scene, CapturedReset reset) =>
        scene is { IsOpened: true, Server.UniqueOctets: > 0 and < FewOctets, Client.UniqueOctets: < FewOctets } && reset is { IsFromClient: false, KnowsNothing: false, FollowsOtherFin: false } && reset.Elapsed < AtOnce;

    private static Finding ShortWord(CapturedScene scene, CapturedReset reset) => new(
        "connection-reset", Severity.Info, Where.Remote,
        $"{scene.ServerName} ends a connection by a RST {Words.Of(reset.Elapsed)} after it began and {scene.Server.UniqueOctets} octets of its own: an answer, or an excuse.",
        [scene.Weigh(Weight.VeryStrong, $"a RST in the server's name ends it{CapturedScene.Numbers(reset.Packet)}")])
    {
        Packets = [reset.Packet],
        Next = ["See what it says there: a limit of connections, or an address that it does not serve, is told so."],
    };

    // Whoever takes data in one direction and never says anything may end by a RST when it has enough.
    private static bool IsOneWay(CapturedScene scene) => scene is { Server.Octets: 0, Client.UniqueOctets: >= 100_000, Conversation: { Http: null, Tls: null } };

    // What a host answers to data of a connection that it does not know (RFC 9293, section 3.10.7.1), and nothing told of an end before.
    private static bool IsForgotten(CapturedScene scene, CapturedReset reset) =>
        reset is { KnowsNothing: true, AnswersData: true, IsOfOneThatEnds: false } && scene.Server.Octets > 0 && scene.Conversation.Resets[0] == reset && !scene.HasGaps;

    // Who ends by a reset acknowledges what came; who does not know the connection has nothing to acknowledge, and it was the client's own.
    // What comes while it ends may be answered first, by another processor: the reset that acknowledges then stands behind.
    private static bool IsForgottenByClient(CapturedScene scene, CapturedReset reset) =>
        reset is { IsFromClient: true, KnowsNothing: true, AnswersData: true, IsOfOneThatEnds: false } && scene is { IsOpened: true, Client.Octets: > 0 } && scene.Conversation.Resets[0] == reset && !scene.HasGaps;

    // What its client says although it has acknowledged the end; TLS takes leave so, and of HTTP the request is told.
    private static bool FollowsKnownEnd(CapturedScene scene, CapturedReset reset) =>
        reset is { IsFromClient: false, FollowsFin: true, KnowsNothing: true, IsInSequence: true, AnswersData: true } && reset.QuietBefore >= LongRest
        && scene is { HasGaps: false, Conversation: { Http: null, Tls: null } } && scene.Server.Octets > 0;

    private static Finding UsedAfterEnd(CapturedScene scene, CapturedReset reset) => new(
        "connection-reset", Severity.Info, Where.Unknown,
        $"{scene.ServerName} had closed a connection, and {scene.Conversation.Client.Address}, which had acknowledged that, sends something over it {Words.Of(reset.QuietBefore)} later and gets a RST: if that was a request, and no farewell, it has no answer.",
        [scene.Weigh(Weight.VeryStrong, $"the RST{CapturedScene.Numbers(reset.Packet)} answers data that acknowledges the FIN{CapturedScene.Numbers(scene.Server.FinPacket)}")])
    {
        Packets = [scene.Server.FinPacket, reset.Packet],
        Next = ["Have the pool of connections look whether one still lives before it gives it out, or give idle ones up sooner than the server does."],
    };

    private static Finding ForgottenByClient(CapturedScene scene, CapturedReset reset) => new(
        "connection-reset", Severity.Critical, Where.Unknown,
        $"{scene.Conversation.Client.Address} does not know its connection to {scene.ServerName} any more when data comes to it, and resets it: something that did not pass here ended it there.",
        [
            scene.Weigh(Weight.VeryStrong, $"a RST in the client's name{CapturedScene.Numbers(reset.Packet)} acknowledges nothing and has the number that the data acknowledged: so a host answers that knows no such connection (RFC 9293, section 3.10.7.1), and it had asked over it {Words.Of(reset.Elapsed - (scene.Client.FirstDataAt ?? TimeSpan.Zero))} before"),
            scene.Weigh(Weight.Hint, "a program that ends, or closes, sends a FIN, or a RST that acknowledges, and neither passed here: a RST that a device sent to the client alone, or a restart of it, leaves this"),
        ])
    {
        Packets = [reset.Packet],
        AlsoExplains = ["packet-loss"],
        Next = [$"Capture at {scene.Conversation.Client.Address} at the same time: is there a RST in the name of {scene.Conversation.Server.Address} that was not sent there?"],
    };

    // What was said after a long silence is answered by a RST: somebody has forgotten the connection.
    private static bool IsAfterIdle(CapturedReset reset) => reset.AnswersData && reset.QuietBefore >= CapturedSilence.LongIdle;

    private static Finding EndOfTransfer(CapturedScene scene, CapturedReset reset) => new(
        "connection-reset", reset.LeavesOpen ? Severity.Warning : Severity.Info, Where.Remote, // what had come is lost; what comes later learns of the end
        $"{scene.ServerName} ends a transfer to it by a RST after {Words.Octets(scene.Client.UniqueOctets)}, {(scene.Client.UnacknowledgedOctets == 0 ? "all of which it has acknowledged" : $"of which {Words.Octets(scene.Client.UnacknowledgedOctets)} are not acknowledged")}.",
        [
            scene.Weigh(Weight.VeryStrong, $"a RST in the server's name ends it{CapturedScene.Numbers(reset.Packet)}, and it never sent an octet"),
            scene.Weigh(Weight.HintAgainst, "whether it had enough, or its program ended, its log tells"),
        ])
    {
        Packets = [reset.Packet],
    };

    private static Finding Describe(CapturedScene scene, CapturedReset reset, CapturedDirection sender, Reason? foreign)
    {
        if (foreign is null && IsOneWay(scene))
            return EndOfTransfer(scene, reset);
        bool isForeign = foreign is not null;
        CapturedEnd claimed = reset.IsFromClient ? scene.Conversation.Client : scene.Conversation.Server;
        bool isHello = reset.After is "tls-client-hello" && scene.Conversation.Tls is { ServerHelloPacket: 0 };
        string name = scene.Conversation.Tls?.ServerName is { Length: > 0 } asked ? $" for {asked}" : "";
        // Where that direction passes elsewhere, whether its end answered is not known.
        bool isAlone = sender.Packets <= scene.Conversation.Resets.Count(other => other.IsFromClient == reset.IsFromClient);
        bool isDoubtful = !isForeign && !isAlone && reset is { IsFromClient: false, SentSince: >= 2 };
        string after = reset.After switch
        {
            _ when isAlone => $"{Words.Of(reset.Elapsed)} after it began",
            "tls-client-hello" => $"right after the TLS ClientHello{name}",
            "http-request" => "instead of answering the HTTP request",
            _ when scene.Conversation.Http?.Worst.FirstOrDefault(request => request.IsCut) is { } cut => $"in the middle of its answer to {cut.Method} {cut.Uri}",
            _ when !isForeign && IsForgotten(scene, reset) && !IsAfterIdle(reset) => "when data comes to it",
            _ when !isForeign && IsTurnedAway(scene, reset) => $"after {scene.Server.UniqueOctets} octets, before it has served anything",
            _ when IsAfterIdle(reset) => $"when it is used again after {Words.Of(reset.QuietBefore)} of silence",
            _ when scene.Server.Octets + scene.Client.Octets == 0 => "as soon as it was open",
            _ => $"{Words.Of(reset.Elapsed)} after it began",
        };
        List<Reason> reasons = [scene.Weigh(Weight.VeryStrong, $"a RST {(reset.IsFromClient ? "in the client's name" : "in the server's name")} ends it {after}{CapturedScene.Numbers(reset.Packet)}")];
        if (foreign is not null)
            reasons.Add(foreign);
        else if (isDoubtful)
            reasons.Add(scene.Weigh(Weight.HintAgainst, $"{claimed.Address} goes on behind it: a device on the way made it, or another server behind the same address, which does not know the connection"));
        else if (sender.TimeToLive > 0 && sender.Packets > 2 && sender.TimeToLive == reset.TimeToLive)
            reasons.Add(scene.Weigh(Weight.Context, $"its TTL {reset.TimeToLive} is that of the other packets of {claimed.Address}: it is likely its own"));
        else if (sender.TimeToLive > 0 && sender.Packets > 2)
            reasons.Add(scene.Weigh(Weight.HintAgainst, $"its TTL is {reset.TimeToLive}, that of the other packets of {claimed.Address} {sender.TimeToLive}: another machine may have sent it"));
        if (!isForeign && !isDoubtful && IsForgotten(scene, reset))
            reasons.Add(scene.Weigh(Weight.Strong, $"it acknowledges nothing and has the number that the data acknowledged: so a host answers that does not know the connection (any more), after a restart or a timer, or where a balancer sends it elsewhere"));
        if (!isForeign && !isDoubtful && CapturedScene.IsOfNoProgram(scene.Conversation, reset))
            reasons.Add(scene.Weigh(Weight.Context, "it acknowledges nothing: no program closed it, which never had it. So does a kernel whose accept queue is full (net.ipv4.tcp_abort_on_overflow=1), a rule that rejects by RST, or a machine to which a balancer sends what another one answered"));
        if (isAlone)
            reasons.Add(scene.Weigh(Weight.HintAgainst, "nothing else of that direction was captured: whether it answered, and what TTL its packets have, is not known"));
        if (!reset.IsInSequence)
            reasons.Add(scene.Weigh(isForeign ? Weight.Hint : Weight.Context, "its sequence number is not where its sender's data ended"));
        bool isIdle = isForeign && IsAfterIdle(reset);
        if (IsAfterIdle(reset))
            reasons.Add(scene.Weigh(Weight.Hint, $"before the data that it answers nothing had passed for {Words.Of(reset.QuietBefore)}: {(isForeign ? "that device" : "whoever sent it")} has forgotten the connection"));
        if (!isForeign && IsTurnedAway(scene, reset))
            reasons.Add(scene.Weigh(Weight.Context, "so does sshd when more than MaxStartups connections have not logged in yet, or when it has had enough of an address (PerSourceMaxStartups, PerSourcePenalties): its log tells"));
        return new Finding(
            isIdle ? "idle-connection-dropped" : isForeign ? "connection-reset-by-middlebox" : isHello ? "tls-handshake-reset" : "connection-reset",
            Severity.Critical,
            reset.WasMadeHere ? Where.Local : isForeign ? Where.Path : isAlone || isDoubtful ? Where.Unknown : Where.Remote,
            isAlone || isDoubtful ? $"A RST in the name of {claimed.Address} ends the connection to {scene.ServerName} {after}; who sent it, these packets do not show."
                : isIdle ? $"A device on the way has forgotten the connection to {scene.ServerName} while it was idle, and resets it {after}."
                : reset.WasMadeHere ? $"The machine of this capture resets the connection to {scene.ServerName} in the name of {claimed.Address}, {after}: a rule of its firewall does, or a proxy on it."
                : isForeign
                ? $"A device on the way resets the connection to {scene.ServerName} in the name of {claimed.Address}, {after}."
                : IsForgotten(scene, reset) ? $"{scene.ServerName} does not know the connection any more and resets it {after}."
                : $"{scene.ServerName} resets the connection {after}.",
            [.. reasons])
        {
            Packets = [reset.Packet, scene.Conversation.Tls?.ClientHelloPacket ?? 0],
            AlsoExplains = isForeign ? ["connection-reset", "tls-handshake-reset"] : [],
            Remedies = [isIdle ? CapturedSilence.KeepAlive(claimed.Address.Equals(scene.Conversation.Server.Address) ? scene.Conversation.Client.Address : scene.Conversation.Server.Address) : isForeign
                ? new Remedy("Find the device: firewall, IPS or proxy, at the distance that its TTL tells; see its log for this connection.", ShellCommand.Of($"netwhy tcpdump -nv -ni any 'tcp[tcpflags] & tcp-rst != 0 and host {scene.Conversation.Server.Address}'"), CapturedScene.Machine(scene.Conversation.Server.Address))
                : new Remedy("See its log for this moment, and whether the program behind the port lives.", ShellCommand.Of($"ss -ltnp 'sport = :{scene.Conversation.Server.Port}'"), CapturedScene.Machine(scene.Conversation.Server.Address))],
            Next = [$"Capture at {claimed.Address} at the same time: a RST that is not sent there is made on the way."],
        };
    }
}
