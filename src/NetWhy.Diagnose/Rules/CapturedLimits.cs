using NetWhy.Diagnose.Captures;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Rules;

/// <summary>What bounds a transfer in a capture that loses nothing: the receiver, its window, the sender's program, or a queue.</summary>
public sealed class CapturedLimits : ConversationRule
{
    private const int BulkOctets = 100_000;
    private static readonly TimeSpan LongWay = TimeSpan.FromMilliseconds(400); // half of the globe and back, and then some
    private static readonly TimeSpan Noticed = TimeSpan.FromMilliseconds(500);

    private static readonly Remedy ManagedQueue = new("Give the slow link a queue that is managed, a little below its rate.", "tc qdisc replace dev DEV root cake bandwidth 95mbit", "the router before the slow link");

    /// <inheritdoc/>
    public override RuleInfo Info { get; } = new(
        "captured-limits", Source: "RFC 9293, section 3.8.6; RFC 7323; RFC 896; RFC 1122, section 4.2.3.2; RFC 8290",
        "receive-window-full", "receive-window-limited", "send-buffer-limited", "sender-application-limited", "bufferbloat", "tcp-option-stripped", "high-latency");

    /// <inheritdoc/>
    internal override IEnumerable<Finding> Judge(CapturedScene scene)
    {
        if (scene.OpeningTime is { } opening && opening >= LongWay)
            yield return FarAway(scene, opening);
        foreach (CapturedFlow flow in scene.Directions)
        {
            foreach (Finding finding in Judge(scene, flow))
                yield return finding with { IsOfClient = flow.IsFromClient };
        }
    }

    private static IEnumerable<Finding> Judge(CapturedScene scene, CapturedFlow flow)
    {
        if ((Closed(scene, flow) ?? Stripped(scene, flow) ?? Narrow(scene, flow) ?? NarrowBefore(scene, flow) ?? Buffered(scene, flow)) is { } bound)
            yield return bound;
        if (flow.Sent.DelayedByNagle >= 5 && flow.Sent.DelayedByNagleTime >= TimeSpan.FromMilliseconds(200))
            yield return HeldBack(scene, flow);
        else if (WaitsOf(scene, flow) is var waits && flow.Share(waits) >= 0.5 && waits >= TimeSpan.FromSeconds(1) && (flow.Sent.UniqueOctets >= 10_000 || (!flow.IsFromClient && IsAwaited(scene, flow))) && !scene.IsMerelyFar)
            yield return Waits(scene, flow, waits);
        if (Queued(scene, flow) is { } queued)
            yield return queued;
    }

    // Without what a server thinks before an answer begins, which is told as that; and where HTTP is left, silence is no wait.
    private static TimeSpan WaitsOf(CapturedScene scene, CapturedFlow flow)
    {
        if (scene.Conversation.Http is not { } http)
            return flow.Sent.ApplicationWaits;
        if (http.ByClass is [> 0, ..] || http.Worst.Any(request => request.Method is "CONNECT")) // 101 alone is counted of 1xx
            return TimeSpan.Zero;
        return flow.IsFromClient ? flow.Sent.ApplicationWaits : flow.Sent.ApplicationWaits - http.Worst.Aggregate(TimeSpan.Zero, (sum, request) => sum + CapturedHttpFailure.ThinkTime(request));
    }

    private static Finding FarAway(CapturedScene scene, TimeSpan opening)
    {
        bool isServerSide = scene.Client.RoundTrips?.Median is { } toServer ? toServer >= opening / 2 : scene.Conversation.ServerRoundTrip >= opening / 2;
        TimeSpan? later = (isServerSide ? scene.Client : scene.Server).RoundTrips?.Median;
        List<Reason> reasons = [scene.Weigh(Weight.Strong, $"from the SYN to the end of the handshake {Words.Of(opening)} passed{CapturedScene.Numbers(scene.Conversation.FirstPacket)}, {(isServerSide ? "most of it before the SYN-ACK" : "most of it before the client's ACK")}")];
        if (later is { } median)
            reasons.Add(scene.Weigh(median >= opening / 2 ? Weight.Strong : Weight.Against, $"half of the later round trips took {Words.Of(median)} or longer"));
        if (scene.Conversation.Http?.Worst.FirstOrDefault(request => request.Status is not null) is { } answered)
            reasons.Add(scene.Weigh(Weight.Context, CapturedHttpFailure.Shares(answered, opening)));
        return new Finding(
            "high-latency", Severity.Warning, Where.Path, $"The way to {(isServerSide ? scene.Conversation.Server.Address : scene.Conversation.Client.Address)} and back takes {Words.Of(opening)}.", [.. reasons])
        {
            Packets = [scene.Conversation.FirstPacket],
            Remedies = [new Remedy("See at which hop the time is lost.", ShellCommand.Of($"netwhy {scene.ServerName}"), CapturedScene.Machine(scene.Conversation.Client.Address))],
        };
    }

    // The window of the receiver of this direction: its own packets tell it.
    private static Finding? Closed(CapturedScene scene, CapturedFlow flow)
    {
        CapturedDirection receiver = flow.Answered;
        // To its last packet only: a sender that waits asks again and again, and one that does not has nothing to send.
        CapturedUnheardOpening? unheard = receiver.UnheardOpening;
        TimeSpan closed = receiver.WindowClosed + (unheard?.Lost ?? TimeSpan.Zero);
        bool isAsked = flow.Sent.WindowFull > 0 || flow.Sent.Flags.ContainsKey("zero_window_probe") || flow.Sent.KeepAlives > 0;
        // A window that closes now and then, and is never wide, is one of a program that reads slowly, and no small buffer.
        TimeSpan filled = Filled(flow);
        bool isNarrowed = receiver.WindowClosures >= 2 && flow.Share(filled) >= 0.4 && filled >= Noticed;
        if (receiver.WindowClosures == 0 || (closed < Noticed && !isNarrowed) || flow.Sent.UniqueOctets == 0 || !isAsked)
            return null;
        bool isDead = receiver.EndsClosed && closed >= TimeSpan.FromSeconds(5);
        List<Reason> reasons =
        [
            scene.Weigh(Weight.VeryStrong, $"{flow.Receiver.Address} closed its window {Words.Count(receiver.WindowClosures, "time")}{CapturedScene.Numbers(receiver.FirstClosurePacket)}, for {Words.Of(closed)} in all"),
            scene.Weigh(receiver.EndsClosed ? Weight.Hint : Weight.Context, receiver.EndsClosed ? "it was still closed at the end" : $"it opened again each time{(isNarrowed ? $"; in all the sender had filled it and waited for {Words.Of(filled)}" : "")}"),
        ];
        if (unheard is not null)
            reasons.Add(scene.Weigh(Weight.Strong, $"that it was open again{CapturedScene.Numbers(unheard.Packet)} was lost on the way to {flow.Sender.Address}, which asked for it later{CapturedScene.Numbers(unheard.Probe)}, and waited {Words.Of(unheard.Lost)} longer"));
        return new Finding(
            "receive-window-full",
            isDead ? Severity.Critical : Severity.Warning,
            flow.IsFromClient ? Where.Remote : Where.Local,
            $"The program at {CapturedScene.Name(flow.Receiver)} does not read{(isDead ? "" : " fast enough")}: {(closed < Noticed ? $"the sender waited for its window for {Words.Of(filled)}" : unheard is null ? $"its window was closed for {Words.Of(closed)}" : $"its window was closed for {Words.Of(receiver.WindowClosed)}, and {Words.Of(unheard.Lost)} more passed since the update that opened it was lost")}.",
            [.. reasons])
        {
            Packets = [receiver.FirstClosurePacket, unheard?.Packet ?? 0, unheard?.Probe ?? 0, .. receiver.TroublePackets.Take(6)],
            Remedies = [SlowReader(flow)],
            Next =
            [
                unheard is not null ? $"Look for loss on the way from {flow.Receiver.Address} to {flow.Sender.Address}, too." : $"The network is not at fault: what {flow.Sender.Address} sent arrived and was acknowledged.",
                .. receiver.EndsClosed ? (string[])[] : ["A program that reads no faster on purpose, as a player that has enough for now, looks alike: then nobody waits for it."],
            ],
            AlsoExplains = ["service-hung", "half-open-connection", "http-slow-server", "http-stalled-body", "sender-application-limited"],
        };
    }

    // How long the sender had filled the window and waited, as it is seen at either end.
    private static TimeSpan Filled(CapturedFlow flow) => flow.Sent.FilledPauses > flow.Sent.WindowLimited ? flow.Sent.FilledPauses : flow.Sent.WindowLimited;

    private static Finding? Stripped(CapturedScene scene, CapturedFlow flow)
    {
        // One side scales and the other was told nothing of it: its windows are read a hundred times too small.
        const int Tiny = 2048;
        const int Jump = 8; // times: the first window, which is never scaled, is that of a small device too, and it stays
        bool differ = (scene.Client.Offer?.WindowScale is null) != (scene.Server.Offer?.WindowScale is null);
        if (scene.Client.Offer is null || scene.Server.Offer is not { } answer || !differ
            || flow.Answered.LargestWindow is 0 or > Tiny || flow.Answered.Offer!.Window < Jump * flow.Answered.LargestWindow || flow.Share(flow.Sent.WindowLimited) < 0.5 || flow.Sent.WindowLimited < Noticed)
        {
            return null;
        }

        string with = scene.Client.Offer.WindowScale is null ? "the SYN-ACK has a window scale, the SYN has none" : "the SYN has a window scale, the SYN-ACK has none";
        return new Finding(
            "tcp-option-stripped",
            Severity.Critical,
            Where.Path,
            $"A device on the way takes the window scale out of the handshake of {scene.ServerName}: windows are read far too small.",
            [
                scene.Weigh(Weight.Strong, $"{with}{CapturedScene.Numbers(scene.Conversation.FirstPacket)}{(answer.PermitsSack || answer.HasTimestamps ? ", although it has other options" : "")}"),
                scene.Weigh(Weight.Strong, $"{flow.Receiver.Address} offered {flow.Answered.Offer.Window} octets in the handshake and seems to offer {flow.Answered.LargestWindow} at most since: as if divided; and the sender waits for it {Words.Percent(flow.Share(flow.Sent.WindowLimited))} of the time"),
            ])
        {
            Packets = [scene.Conversation.FirstPacket],
            Remedies = [new Remedy("Find the firewall or accelerator that changes options (TCPOPTSTRIP, normalisation) and let the window scale pass.", "nft list ruleset | grep -i -E 'optstrip|reset tcp option|maxseg'", "the routers on the way")],
            Next = ["Compare the SYN and the SYN-ACK in captures of both ends."],
        };
    }

    private static Finding? Narrow(CapturedScene scene, CapturedFlow flow)
    {
        CapturedDirection sent = flow.Sent;
        double share = flow.Share(sent.WindowLimited);
        TimeSpan way = sent.RoundTrips?.Median ?? TimeSpan.Zero;
        if (scene.Conversation.InitialRoundTrip is { } first && first > way)
            way = first;
        if (share < 0.5 || sent.WindowLimited < TimeSpan.FromSeconds(1) || sent.UniqueOctets < BulkOctets || way < TimeSpan.FromMilliseconds(2)
            || flow.Answered.LargestWindow == 0 || flow.RealRepeats - sent.Repeats.TailLossProbe > 3)
        {
            return null;
        }

        // A window that is merely small is used up in each round trip; one that opens as its program reads lets less through.
        // One that only opens is neither: its system lets it grow from a small one.
        if (flow.Rate * way.TotalSeconds < 0.5 * flow.Answered.LargestWindow)
        {
            if (flow.Answered.NarrowedWindow * 4 <= flow.Answered.LargestWindow)
                return ReadSlowly(scene, flow, share, way);
            if (flow.Answered.SmallestWindow * 4 <= flow.Answered.LargestWindow)
                return OpensSlowly(scene, flow, share, way);
        }

        return new Finding(
            "receive-window-limited",
            Severity.Warning,
            flow.IsFromClient ? Where.Remote : Where.Local,
            $"The window of {CapturedScene.Name(flow.Receiver)} is too small for this way: {Words.Octets(flow.Answered.LargestWindow)} for each round trip of {Words.Of(way)} is {Words.Octets(flow.Answered.LargestWindow / way.TotalSeconds)}/s at most.",
            [
                scene.Weigh(Weight.VeryStrong, $"the sender had filled the window and waited for {Words.Percent(share)} of its sending time ({Words.Of(sent.WindowLimited)})"),
                scene.Weigh(Weight.Hint, $"{Words.Octets(flow.Rate ?? 0)}/s were reached"),
            ])
        {
            Packets = [.. sent.TroublePackets.Take(4)],
            Remedies = [Widen(scene, flow, "Let the receive buffer grow to twice what is on its way.", "4096 131072 16777216")],
            Next = ["See whether the program fixes its buffer (SO_RCVBUF), which switches growth off."],
        };
    }

    // Where no scale is agreed on, no buffer widens a window beyond what 16 bits tell (RFC 7323, section 2.1).
    private static Remedy Widen(CapturedScene scene, CapturedFlow flow, string text, string buffers)
    {
        bool isUnscaled = scene is { Client.Offer: { } asked, Server.Offer: { } answered } && (asked.WindowScale is null || answered.WindowScale is null);
        return isUnscaled
            ? Remedy.Set("Let it scale windows, and what is on the way leave that option in: without it a window ends at 65,535 octets, however large the buffer is.", "net.ipv4.tcp_window_scaling", "1", CapturedScene.Machine((scene.Client.Offer!.WindowScale is null ? scene.Conversation.Client : scene.Conversation.Server).Address))
            : Remedy.Set(text, "net.ipv4.tcp_rmem", buffers, CapturedScene.Machine(flow.Receiver.Address));
    }

    private static Finding OpensSlowly(CapturedScene scene, CapturedFlow flow, double share, TimeSpan way) => new(
        "receive-window-limited",
        Severity.Warning,
        flow.IsFromClient ? Where.Remote : Where.Local,
        $"The window of {CapturedScene.Name(flow.Receiver)} opens too slowly for this way, whose round trip takes {Words.Of(way)}: from {Words.Octets(flow.Answered.SmallestWindow)} to {Words.Octets(flow.Answered.LargestWindow)}.",
        [
            scene.Weigh(Weight.VeryStrong, $"the sender had filled the window and waited for {Words.Percent(share)} of its sending time ({Words.Of(flow.Sent.WindowLimited)}); {Words.Octets(flow.Rate ?? 0)}/s were reached"),
            scene.Weigh(Weight.HintAgainst, "the system opens it as the program reads: one that reads slowly looks the same until it narrows again"),
        ])
    {
        Packets = [flow.Sent.FirstDataPacket, .. flow.Sent.TroublePackets.Take(4)],
        Remedies = [Widen(scene, flow, "Let the receive buffer begin larger.", "4096 1048576 16777216")],
        Next = ["See whether a longer transfer gets faster as it goes on: then only its beginning is slow."],
    };

    private static Finding ReadSlowly(CapturedScene scene, CapturedFlow flow, double share, TimeSpan way) => new(
        "receive-window-full",
        Severity.Warning,
        flow.IsFromClient ? Where.Remote : Where.Local,
        $"The program at {CapturedScene.Name(flow.Receiver)} does not read fast enough: its window shrinks to {Words.Octets(flow.Answered.NarrowedWindow)}, and {Words.Octets(flow.Rate ?? 0)}/s are what it takes.",
        [
            scene.Weigh(Weight.VeryStrong, $"the sender had filled the window and waited for {Words.Percent(share)} of its sending time ({Words.Of(flow.Sent.WindowLimited)})"),
            scene.Weigh(Weight.Strong, $"in each round trip of {Words.Of(way)} the largest window, {Words.Octets(flow.Answered.LargestWindow)}, would let {Words.Octets(flow.Answered.LargestWindow / way.TotalSeconds)}/s through: it is not its size, but how slowly it opens"),
        ])
    {
        Packets = [flow.Sent.FirstDataPacket, .. flow.Sent.TroublePackets.Take(4)],
        Remedies = [SlowReader(flow)],
        Next = [$"The network is not at fault: what {flow.Sender.Address} sent arrived and was acknowledged."],
    };

    private static Remedy SlowReader(CapturedFlow flow) =>
        new("See what the program waits for while its Recv-Q is full: a lock, a disk, a backend.", ShellCommand.Of($"ss -tnpm 'dst = {flow.Sender.Address}'"), CapturedScene.Machine(flow.Receiver.Address));

    /// <summary>How much of the receiver's window came in a round trip, on average: 0 to 1, or a little more.</summary>
    /// <param name="conversation">A conversation.</param>
    /// <param name="isFromClient">Whether it is about what the client sent.</param>
    /// <returns>Null where it does not tell anything: of few octets, of a way that is short or not known.</returns>
    internal static double? FilledShare(CapturedConversation conversation, bool isFromClient)
    {
        CapturedDirection sent = isFromClient ? conversation.FromClient : conversation.FromServer, answered = isFromClient ? conversation.FromServer : conversation.FromClient;
        if (sent.SendingTime < TimeSpan.FromSeconds(1) || sent.UniqueOctets < BulkOctets || sent.Offer is null || answered.Offer is null || answered.LargestWindow == 0)
            return null;
        return WayTo(conversation, answered) is { } way && way >= TimeSpan.FromMilliseconds(2) ? sent.UniqueOctets / sent.SendingTime.TotalSeconds * way.TotalSeconds / answered.LargestWindow : null;
    }

    /// <summary>Whether a conversation transfers much, and its windows are not known.</summary>
    /// <param name="conversation">The conversation.</param>
    internal static bool IsUnscaled(CapturedConversation conversation) => conversation is { FromClient: { Syns: 0, Offer: null, Packets: > 0 }, FromServer: { Syns: 0, Offer: null, Packets: > 0 } }
        && Math.Max(conversation.FromClient.UniqueOctets, conversation.FromServer.UniqueOctets) >= BulkOctets;

    // From the receiver to the sender and back: the shortest that is known, since handshakes may wait for ARP.
    private static TimeSpan? WayTo(CapturedConversation conversation, CapturedDirection answered) =>
        answered.RoundTrips?.Least is { } least && least < conversation.InitialRoundTrip ? least : conversation.InitialRoundTrip;

    // The same seen from the receiver's end, where all is acknowledged at once: what comes in a round trip is what its window
    // takes, and then nothing comes for a while. A window that the system may widen is twice that, and more. What comes evenly
    // has the pace of a link that is full, or of its sender.
    private static Finding? NarrowBefore(CapturedScene scene, CapturedFlow flow)
    {
        const double Full = 0.85, Notable = 0.7, Possible = 1.15; // of the window, in a round trip
        if (flow.RealRepeats > 0 || scene.HasGaps || FilledShare(scene.Conversation, flow.IsFromClient) is not (>= Notable and <= Possible and var filled))
            return null;
        CapturedDirection sent = flow.Sent;
        TimeSpan way = WayTo(scene.Conversation, flow.Answered) ?? TimeSpan.Zero;
        bool pauses = sent.Pauses * 2 * way >= sent.SendingTime;
        bool isFilled = flow.Share(sent.FilledPauses) >= 0.5;
        if (pauses && filled < Full && !isFilled)
            return null;
        string most = $"{Words.Octets(flow.Answered.LargestWindow)} for each round trip of {Words.Of(way)} is {Words.Octets(flow.Answered.LargestWindow / way.TotalSeconds)}/s at most";
        if (!pauses)
        {
            return new Finding(
                "receive-window-limited",
                Severity.Info,
                flow.IsFromClient ? Where.Remote : Where.Local,
                $"What {CapturedScene.Name(flow.Sender)} sends comes evenly, {Words.Octets(flow.Rate ?? 0)}/s: that is the rate of a link, or of the sender. The window of {CapturedScene.Name(flow.Receiver)} would not allow much more: {most}.",
                [scene.Weigh(Weight.Strong, $"{Words.Percent(filled)} of what the window takes came in a round trip, without pauses, and nothing was lost")])
            {
                Packets = [sent.FirstDataPacket],
            };
        }

        return new Finding(
            "receive-window-limited",
            Severity.Warning,
            flow.IsFromClient ? Where.Remote : Where.Local,
            $"The window of {CapturedScene.Name(flow.Receiver)} is too small for this way: {most}.",
            [
                scene.Weigh(Weight.Strong, $"{Words.Octets(flow.Rate ?? 0)}/s were reached, {Words.Percent(filled)} of that, and its window was never larger"),
                scene.Weigh(Weight.Hint, $"nothing was lost, and what came paused in each round trip ({Words.Count(sent.Pauses, "pause")}){(isFilled ? $", {Words.Percent(flow.Share(sent.FilledPauses))} of the time with all used that its sender can have known of the window" : "")}"),
                scene.Weigh(Weight.Context, $"that the sender waited for it, a capture at {flow.Sender.Address} shows"),
            ])
        {
            Packets = [sent.FirstDataPacket],
            Remedies = [Widen(scene, flow, "Let the receive buffer grow to twice what is on its way.", "4096 131072 16777216")],
            Next = ["See whether the program fixes its buffer (SO_RCVBUF), which switches growth off."],
        };
    }

    // A congestion window grows as long as nothing is lost, and a queue would lengthen the round trips.
    private static Finding? Buffered(CapturedScene scene, CapturedFlow flow)
    {
        const int Enough = 10; // bursts; slow start doubles them each time, and what comes after it adds a segment
        CapturedDirection sent = flow.Sent;
        bool isPlain = sent.RoundTrips is { } times && times.Median <= 1.5 * times.Least;
        if (!isPlain || sent.EqualBursts < Enough || flow.Share(sent.EqualBurstTime) < 0.5 || sent.EqualBurstTime < Noticed || sent.UniqueOctets < BulkOctets
            || flow.RealRepeats > 0 || sent.CongestionMarks > 0 || flow.Answered.LargestWindow < 2 * sent.EqualBurstOctets || flow.Share(sent.WindowLimited) >= 0.2)
        {
            return null;
        }

        TimeSpan way = sent.RoundTrips!.Median;
        return new Finding(
            "send-buffer-limited",
            Severity.Warning,
            flow.IsFromClient ? Where.Local : Where.Remote,
            $"{CapturedScene.Name(flow.Sender)} sends {Words.Octets(sent.EqualBurstOctets)} in each round trip of {Words.Of(way)} and no more: its own buffer bounds it to {Words.Octets(sent.EqualBurstOctets / way.TotalSeconds)}/s.",
            [
                scene.Weigh(Weight.Strong, $"{sent.EqualBursts} bursts of one size in a row, each sent when the one before it was acknowledged, {Words.Percent(flow.Share(sent.EqualBurstTime))} of the sending time"),
                scene.Weigh(Weight.Hint, $"{flow.Receiver.Address} would take {Words.Octets(flow.Answered.LargestWindow)}, nothing was lost, and the round trips did not grow: neither window nor path bounds it"),
            ])
        {
            Packets = [sent.FirstDataPacket],
            Remedies = [Remedy.Set("Let the send buffer grow to twice what is on its way.", "net.ipv4.tcp_wmem", "4096 131072 16777216", CapturedScene.Machine(flow.Sender.Address))],
            Next = ["See whether the program fixes its buffer (SO_SNDBUF), which switches growth off, or has a window of its own: HTTP/2, SSH, SMB."],
        };
    }

    private static Finding HeldBack(CapturedScene scene, CapturedFlow flow) => new(
        "sender-application-limited",
        Severity.Warning,
        flow.IsFromClient ? Where.Local : Where.Remote,
        $"{CapturedScene.Name(flow.Sender)} writes in small pieces, and Nagle's algorithm holds them back until {flow.Receiver.Address} acknowledges, which it delays.",
        [scene.Weigh(Weight.VeryStrong, $"{Words.Count(flow.Sent.DelayedByNagle, "small segment")} waited for an acknowledgment that was delayed, {Words.Of(flow.Sent.DelayedByNagleTime)} in all")])
    {
        Packets = [flow.Sent.FirstDataPacket],
        Remedies = [new Remedy("In its program: write a message at once, or set TCP_NODELAY.", On: CapturedScene.Machine(flow.Sender.Address))],
    };

    private static Finding Waits(CapturedScene scene, CapturedFlow flow, TimeSpan waits) => new(
        "sender-application-limited",
        IsAwaited(scene, flow) ? Severity.Warning : Severity.Info, // what is pushed as it comes is slow by nature
        flow.IsFromClient ? Where.Local : Where.Remote,
        $"The program at {CapturedScene.Name(flow.Sender)} is what is slow: it had nothing to send for {Words.Of(waits)} in the middle of an answer.",
        [
            scene.Weigh(Weight.Strong, $"{Words.Percent(flow.Share(waits))} of the time nothing was on its way, and nobody waited for an acknowledgment or a window"),
            scene.Weigh(flow.RealRepeats == 0 ? Weight.Hint : Weight.HintAgainst, flow.RealRepeats == 0 ? "nothing tells of a loss meanwhile" : "some was lost too"),
        ])
    {
        Packets = [flow.Sent.FirstDataPacket],
        AlsoExplains = CapturedHttpFailure.IsExplainedBy(scene, waits) ? ["http-slow-server"] : [],
        Remedies = [new Remedy("Look at what the program waits for: a database, a disk, a lock.", ShellCommand.Of($"ss -tnpi 'dport = :{flow.Receiver.Port}'"), CapturedScene.Machine(flow.Sender.Address))],
    };

    // An answer whose length is known from the beginning, or a request: somebody waits for its end.
    private static bool IsAwaited(CapturedScene scene, CapturedFlow flow) => scene.Conversation.Http is { } http
        && (flow.IsFromClient || !http.Worst.Any(request => request.IsStream || (request.Status is not null && !request.HasLength)));

    // Seen from the receiver's end: what comes had to wait before.
    private static Finding? QueuedBefore(CapturedScene scene, CapturedFlow flow)
    {
        const int Enough = 3; // round trips: they take long, so that there are few
        if (flow.Sent.SlowEchoes is not { Count: >= Enough } slow || flow.Sent.UniqueOctets < 5 * BulkOctets || flow.Share(slow.Total) < 0.5 || slow.Longest < 3 * slow.Least)
            return null;
        return new Finding(
            "bufferbloat",
            Severity.Warning,
            Where.Path,
            $"A queue between {flow.Sender.Address} and here fills up: round trips grow from {Words.Of(slow.Least)} to {Words.Of(slow.Longest)} while this transfer runs.",
            [
                scene.Weigh(Weight.Strong, $"for {Words.Percent(flow.Share(slow.Total))} of the time data that came without a pause echoed timestamps of {flow.Receiver.Address} three times as late as the shortest way takes, or later ({Words.Count(slow.Count, "round trip")})"),
                scene.Weigh(Weight.Hint, $"the shortest one took {Words.Of(slow.Least)}, the longest {Words.Of(slow.Longest)}: what is on its way waits in a queue"),
            ])
        {
            Packets = [flow.Sent.FirstDataPacket],
            Remedies = [ManagedQueue],
            AlsoExplains = flow.RealRepeats * 20 < flow.PacketsOnWay ? ["http-slow-server", "packet-loss"] : ["http-slow-server"],
            Next = [$"Compare netwhy {flow.Sender.Address} with and without the transfer."],
        };
    }

    private static Finding? Queued(CapturedScene scene, CapturedFlow flow)
    {
        CapturedDirection sent = flow.Sent;
        if (QueuedBefore(scene, flow) is { } before)
            return before;
        if (sent.RoundTrips is not { Count: >= 20 } times || sent.UniqueOctets < 5 * BulkOctets)
            return null;
        // Delayed acknowledgments make 40 to 200 ms of nothing; a queue that fills moves the median. Behind a slow link it holds
        // less, and what is on its way is what the link passes in that time (Little's law): an acknowledgment that is merely late
        // has less than that to wait for.
        TimeSpan least = times.Least, grown = times.Median;
        bool isOnWay = sent.MostInFlight >= BulkOctets / 2 || (sent.MostInFlight >= 10L * flow.SegmentSize && flow.Rate * grown.TotalSeconds >= 0.4 * sent.MostInFlight);
        if (!isOnWay || grown - least < TimeSpan.FromMilliseconds(75) || grown < 3 * least)
            return null;
        return new Finding(
            "bufferbloat",
            Severity.Warning,
            Where.Path,
            $"A queue between here and {flow.Receiver.Address} fills up: round trips grow from {Words.Of(least)} to {Words.Of(times.NinetyFifth)} while this transfer runs.",
            [
                scene.Weigh(Weight.Strong, $"half of {times.Count} round trips took {Words.Of(grown)} or longer, the shortest {Words.Of(least)}"),
                scene.Weigh(Weight.Hint, $"{Words.Octets(sent.MostInFlight)} were on their way at once: they wait in a queue"),
            ])
        {
            Packets = [sent.FirstDataPacket],
            Remedies = [ManagedQueue],
            AlsoExplains = flow.RealRepeats * 20 < flow.Packets ? ["http-slow-server", "packet-loss"] : ["http-slow-server"], // a queue that overflows loses a few
            Next = [$"Compare netwhy {flow.Receiver.Address} with and without the transfer."],
        };
    }
}
