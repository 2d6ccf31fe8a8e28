using NetWhy.Analysis.Tcp;
using NetWhy.Evidence;

namespace NetWhy.Analysis.Flows;

/// <summary>Makes evidence of what was counted of a conversation.</summary>
internal static class ConversationView
{
    private static readonly string[] FlagNames =
    [
        "retransmission", "fast_retransmission", "spurious_retransmission", "out_of_order", "reused_ports", "lost_segment", "ack_lost_segment", "window_update",
        "window_full", "keep_alive", "keep_alive_ack", "duplicate_ack", "zero_window_probe", "zero_window", "zero_window_probe_ack",
    ];

    private static readonly Dictionary<string, long> NoFlags = [];

    /// <summary>A conversation.</summary>
    /// <param name="flows">Where it is.</param>
    /// <param name="index">Its place there.</param>
    /// <param name="stream">Its number.</param>
    /// <param name="end">When the capture's last packet passed.</param>
    /// <param name="pairs">Between whom packets go in the capture.</param>
    internal static CapturedConversation Of(TcpFlows flows, int index, int stream, long end, TrafficPairs pairs)
    {
        ref Flow flow = ref flows[index];
        ref Conversation conversation = ref flows.ConversationAt(index);
        TcpEndpoint firstEnd = conversation.FirstEnd, secondEnd = conversation.SecondEnd;
        bool isClientFirst = flow.Opener == FlowOpener.Unknown ? IsLikelyClient(firstEnd.Port, secondEnd.Port) : flow.Opener == FlowOpener.First;
        long first = conversation.FirstTime;
        long last = Math.Max(flow.LastTime, first);
        CapturedDirection fromFirst = Of(flows, index, isFirst: true, first, last);
        CapturedDirection fromSecond = Of(flows, index, isFirst: false, first, last);
        bool isOneSided = (flow.First.Packets == 0) != (flow.Second.Packets == 0);
        TcpEndpoint speaker = flow.First.Packets > 0 ? firstEnd : secondEnd, silent = flow.First.Packets > 0 ? secondEnd : firstEnd;
        FlowExtras? extras = flows.ExtrasOf(index);
        bool firstEnds = flow.First.FinPacket != 0 || extras is { FirstEndsByReset: true }, secondEnds = flow.Second.FinPacket != 0 || extras is { SecondEndsByReset: true };
        if (flow.Opener == FlowOpener.Unknown && extras is { Stream: not null })
            isClientFirst = extras.IsStreamClientFirst;
        return new CapturedConversation(stream, EndText.Of(isClientFirst ? firstEnd : secondEnd), EndText.Of(isClientFirst ? secondEnd : firstEnd))
        {
            IsOpenerKnown = flow.Opener != FlowOpener.Unknown,
            FirstAt = CaptureTime.Moment(first),
            Duration = CaptureTime.Span(last - first),
            IsSilentSideSeen = isOneSided && pairs.Has(silent.Address, speaker.Address),
            IsSpeakerReached = isOneSided && pairs.Reaches(speaker.Address),
            QuietAtEnd = CaptureTime.Span(Math.Max(0, end - last)),
            FirstPacket = flow.FirstPacket,
            LastPacket = flow.LastPacket,
            Completeness = conversation.Completeness,
            InitialRoundTrip = conversation.InitialRtt == 0 ? null : CaptureTime.Span(conversation.InitialRtt),
            FirstDataAfter = FirstDataAfter(flow, conversation),
            ServerRoundTrip = flow.ServerRoundTrip == 0 ? null : CaptureTime.Span(flow.ServerRoundTrip),
            FromClient = isClientFirst ? fromFirst : fromSecond,
            FromServer = isClientFirst ? fromSecond : fromFirst,
            Resets = extras is null ? [] : [.. extras.Resets.Select((reset, index) => reset with
            {
                IsFromClient = reset.IsFromClient == isClientFirst,
                IsOfOneThatEnds = reset.IsFromClient ? firstEnds : secondEnds,
                SentSince = extras.Sequels[index].Sent,
                NumberedSince = extras.Sequels[index].Numbered,
                Elapsed = reset.Elapsed - CaptureTime.Span(first),
            })],
            Errors = extras is null ? [] : [.. extras.Errors.Select(error => error with { IsAboutClient = error.IsAboutClient == isClientFirst })],
            Tls = extras?.Stream?.Tls?.ToEvidence(extras.IsStreamClientFirst == isClientFirst),
            Http = WithWay(extras?.Stream?.Http?.ToEvidence(WayToServer(flow, isClientFirst ? fromFirst : fromSecond), EndOfWait(isClientFirst ? flow.First : flow.Second, extras, isClientFirst, end)), isClientFirst ? fromSecond : fromFirst),
        };
    }

    // An answer that had been sent long before it came was on its way since then.
    private static CapturedHttp? WithWay(CapturedHttp? http, CapturedDirection fromServer)
    {
        if (http is null || fromServer.Waits.Count == 0)
            return http;
        return http with { Worst = [.. http.Worst.Select(request => WithWay(request, fromServer))] };
    }

    private static CapturedRequest WithWay(CapturedRequest request, CapturedDirection fromServer)
    {
        TimeSpan time = fromServer.Waits.FirstOrDefault(wait => wait.Packet == request.ResponsePacket)?.OnWay ?? TimeSpan.Zero;
        return time > TimeSpan.Zero && request.ResponseTime is { } whole ? request with { NetworkTime = Shorter(whole, (request.NetworkTime ?? TimeSpan.Zero) + time) } : request;
    }

    private static TimeSpan Shorter(TimeSpan one, TimeSpan other) => one < other ? one : other;

    private static CapturedWait[] WaitsOf(in FlowDirection counted, ReadOnlySpan<SenderWait> waits, in Direction followed)
    {
        if (waits.IsEmpty)
            return [];
        var told = new CapturedWait[waits.Length];
        for (int index = 0; index < told.Length; index++)
        {
            ref readonly SenderWait wait = ref waits[index];
            told[index] = new CapturedWait(wait.Packet, CaptureTime.Span(wait.Silence))
            {
                SentBefore = wait.AnnouncedAt == 0 ? null : CaptureTime.Span(Math.Max(0, wait.EndedAt - wait.AnnouncedAt)),
                HeldFor = HeldFor(wait, followed.Track.NewestStamp, counted.LastTime) is { } held ? CaptureTime.Span(held) : null,
                AnnouncedBy = wait.AnnouncedBy,
                IsNext = wait.IsNext,
            };
        }

        return told;
    }

    // How much later a packet came than its timestamp says, against the one before it. How fast the clock ticks, what came from there
    // to the end tells: as often as clocks of timestamps do. One that never makes up for it stood still with its machine.
    private static long? HeldFor(in SenderWait wait, uint newest, long last)
    {
        const double Second = 1e9, Tolerance = 0.1;
        const int LeastTicks = 10;
        const long Drift = 500; // one in so many
        ReadOnlySpan<double> clocks = [1000, 100, 250, 1_000_000]; // ticks in a second: Linux, BSD, macOS; Windows; Linux as it was, and as it may be told to
        double elapsed = (last - wait.EndedAt + wait.Silence) / Second, ticks = (int)(newest - wait.StampBefore);
        if (wait.StampBefore == 0 || wait.Stamp == 0 || ticks < LeastTicks)
            return null;
        foreach (double clock in clocks)
        {
            if (Math.Abs((ticks / (clock * elapsed)) - 1) > Tolerance)
                continue;
            long held = wait.Silence - (long)((int)(wait.Stamp - wait.StampBefore) / clock * Second);
            if (held <= Math.Max(wait.Silence / Drift, (long)(2 * Second / clock)))
                return 0;
            return Math.Abs(elapsed - (ticks / clock)) * Second <= held / 2 ? held : null;
        }

        return null;
    }

    // Without what only seemed to be one, since the way was slow.
    private static long WaitsOfProgram(in FlowDirection counted, ReadOnlySpan<SenderWait> waits, CapturedWait[] told)
    {
        long time = counted.ApplicationWaits;
        for (int index = 0; index < told.Length; index++)
            time -= Math.Min(waits[index].Blamed, (long)(told[index].OnWay.TotalMilliseconds * 1e6));
        return Math.Max(0, time);
    }

    private static TimeSpan? FirstDataAfter(in Flow flow, in Conversation conversation)
    {
        if (conversation.InitialRtt == 0 || conversation.LastSynTime == 0 || flow.First.FirstDataTime + flow.Second.FirstDataTime == 0)
            return null;
        long data = flow.First.FirstDataTime == 0 ? flow.Second.FirstDataTime
            : flow.Second.FirstDataTime == 0 ? flow.First.FirstDataTime : Math.Min(flow.First.FirstDataTime, flow.Second.FirstDataTime);
        return CaptureTime.Span(Math.Max(0, data - conversation.LastSynTime - conversation.InitialRtt));
    }

    // A client waits until it says that it is done, or as far as the capture goes.
    // Whoever ends waits no longer.
    private static long EndOfWait(in FlowDirection client, FlowExtras? extras, bool isClientFirst, long end)
    {
        const int TickNanoseconds = 100;
        long waited = client.FinTime != 0 ? client.FinTime : end;
        foreach (CapturedReset reset in extras?.Resets ?? [])
            waited = reset.IsFromClient == isClientFirst ? Math.Min(waited, reset.Elapsed.Ticks * TickNanoseconds) : waited;
        return waited;
    }

    private static TimeSpan? WayToServer(in Flow flow, CapturedDirection fromClient)
    {
        TimeSpan? handshake = flow.ServerRoundTrip == 0 ? null : CaptureTime.Span(flow.ServerRoundTrip);
        return fromClient.RoundTrips is { } times && (handshake is null || times.Least < handshake) ? times.Least : handshake;
    }

    // Of two ends of which it is not known who opened: well-known ports are servers', those that systems choose are clients'.
    private static bool IsLikelyClient(ushort port, ushort other)
    {
        int mine = RankOf(port), others = RankOf(other);
        return mine != others ? mine > others : port >= other;
    }

    // Sources: RFC 6335, section 6; net.ipv4.ip_local_port_range of Linux.
    private static int RankOf(ushort port) => port switch
    {
        < 1024 => 0,
        1433 or 1521 or 1883 or 2049 or 2375 or 3000 or 3128 or 3260 or 3306 or 3389 or 4222 or 5000 or 5060 or 5201 or 5432 or 5672 or 5900 or 6379 or 6443
            or 7001 or 8000 or 8008 or 8080 or 8081 or 8086 or 8088 or 8443 or 8888 or 9000 or 9042 or 9090 or 9092 or 9200 or 9300 or 11211 or 27017 => 1,
        < 32768 => 2,
        _ => 3,
    };

    private static CapturedDirection Of(TcpFlows flows, int index, bool isFirst, long first, long last)
    {
        ref Flow flow = ref flows[index];
        ref Conversation conversation = ref flows.ConversationAt(index);
        ref readonly FlowDirection counted = ref isFirst ? ref flow.First : ref flow.Second, answers = ref isFirst ? ref flow.Second : ref flow.First;
        ref readonly Direction followed = ref isFirst ? ref conversation.First : ref conversation.Second, other = ref isFirst ? ref conversation.Second : ref conversation.First;
        long unacknowledged = UnacknowledgedOf(counted, followed, other);
        FlowTrouble trouble = flows.TroubleOf(counted);
        RareTrouble? rare = trouble.Rare;
        CapturedWait[] waits = WaitsOf(counted, trouble.Waits.All, followed);
        bool hasWindow = counted.LargestWindow >= counted.SmallestWindow;
        long sendingEnd = Math.Max(counted.LastAckTime, counted.LastDataTime);
        long stillFilled = counted.FilledAt != 0 ? Math.Max(0, sendingEnd - counted.FilledAt) : 0;
        long stillRepairing = counted.RepairSince != 0 ? Math.Max(0, sendingEnd - counted.RepairSince) : 0;
        return new CapturedDirection
        {
            Packets = counted.Packets,
            LastAt = counted.Packets == 0 ? null : CaptureTime.Span(Math.Max(0, counted.LastTime - first)),
            ComesIn = followed.Track.Way == CaptureWay.In,
            Octets = counted.Octets,
            UniqueOctets = counted.UniqueOctets,
            UnacknowledgedOctets = unacknowledged,
            MissingOctets = flows.MissingOf(index, isFirst),
            UncapturedOctets = flows.UncapturedOf(index, isFirst),
            AcknowledgedUnseen = counted.Packets == 0 && counted.Highest != 0 ? counted.Acknowledged - counted.Highest : 0,
            QuietBefore = unacknowledged > 0 ? CaptureTime.Span(counted.QuietBefore) : TimeSpan.Zero,
            IsHeardSince = unacknowledged > 0 && IsHeardSince(counted, answers, followed),
            FirstDataPacket = counted.FirstDataPacket,
            FirstDataAt = counted.FirstDataPacket == 0 ? null : CaptureTime.Span(Math.Max(0, counted.FirstDataTime - first)),
            Syns = counted.Syns,
            SynSpan = CaptureTime.Span(counted.LastSynTime - counted.FirstSynTime),
            FirstSynAt = counted.FirstSynTime == 0 ? null : CaptureTime.Span(Math.Max(0, counted.FirstSynTime - first)),
            Offer = counted.HasOffer
                ? new CapturedOffer(counted.SegmentSize == 0 ? null : counted.SegmentSize, counted.WindowScale < 0 ? null : counted.WindowScale, counted.PermitsSack, counted.HasTimestamps) { Window = counted.SynWindow }
                : null,
            FinPacket = counted.FinPacket,
            FinLeavesOpen = counted.FinLeavesOpen,
            FinRepeats = rare?.FinRepeats ?? 0,
            LastFinPacket = rare?.LastFinPacket ?? 0,
            FinSpan = rare is { FinRepeats: > 0 } ? CaptureTime.Span(rare.LastFinTime - counted.FinTime) : TimeSpan.Zero,
            FinAt = counted.FinPacket == 0 ? null : CaptureTime.Span(counted.FinTime - first),
            Repeats = new CapturedRepeats(
                trouble.Count(TcpVerdict.RetransmissionTimeout),
                trouble.Count(TcpVerdict.RetransmissionFast),
                trouble.Count(TcpVerdict.RetransmissionSack),
                trouble.Count(TcpVerdict.TailLossProbe),
                trouble.Count(TcpVerdict.RetransmissionSpurious),
                trouble.Count(TcpVerdict.RetransmissionUnknown)),
            RepeatedFirst = trouble.RepeatedFirst,
            ReportedTwice = rare?.ReportedTwice ?? 0,
            AcknowledgedTooSoon = rare?.AcknowledgedTooSoon ?? 0,
            ResentAlong = rare?.ResentAlong ?? 0,
            AreAnswersCut = counted.AreAnswersCut,
            LostUpstream = trouble.LostUpstream,
            LostDownstream = trouble.LostDownstream,
            LostHere = Math.Min(rare?.LostHere ?? 0, trouble.LostDownstream),
            EndsHere = unacknowledged > 0 && flows.EndsHere(index, isFirst),
            Damage = rare?.Damage?.ToEvidence(),
            Skips = rare is { Skips: { } skips } && IsCounting(counted) ? [.. skips.Select(skip => new CapturedSkip(skip.Packet, skip.Count, CaptureTime.Span(skip.Silence)))] : [],
            Waits = waits,
            Stalls = rare is { Stalls: > 0 }
                ? new CapturedStalls(rare.Stalls, CaptureTime.Span(rare.StallTime), CaptureTime.Span(rare.LongestStall), rare.LongestStallPacket) { Repeats = rare.LongestStallRepeats }
                : null,
            SlowEchoes = rare is { SlowEchoes: > 0 }
                ? new CapturedSlowEchoes(rare.SlowEchoes, CaptureTime.Span(rare.SlowEchoTime), CaptureTime.Span(rare.LongestEcho), CaptureTime.Span(rare.ShortestEcho))
                : null,
            LateAnswers = trouble.Late is { Count: > 0 } late
                ? new CapturedLateAnswers(counted.Turns, late.Count, CaptureTime.Span(late.Time), CaptureTime.Span(late.Longest), late.LongestPacket)
                {
                    Awaited = late.Awaited,
                    AwaitedByEnd = late.AwaitedByEnd,
                }
                : null,
            Reordered = trouble.Count(TcpVerdict.Reordering),
            FirstReordered = rare?.FirstReordered ?? 0,
            CapturedTwice = trouble.Count(TcpVerdict.DuplicateCapture),
            LongestRepair = CaptureTime.Span(trouble.LongestRepair),
            Flags = counted.Trouble == Pool<FlowTrouble>.None ? NoFlags : FlagsOf(trouble),
            TroublePackets = trouble.Packets,
            RoundTrips = flows.RoundTripsOf(index, isFirst),
            LargestSegment = counted.LargestSegment,
            LargestAcknowledged = counted.LargestAcknowledged,
            MostRepeatsInRow = trouble.MostRepeatsInRow,
            RepeatsAtEnd = counted.RepeatsInRow,
            RepeatedLength = trouble.RepeatedLength,
            PieceLength = rare?.PieceLength ?? 0,
            MostInFlight = counted.MostInFlight,
            Pauses = counted.Pauses,
            EqualBursts = counted.Bursts.Most,
            EqualBurstOctets = counted.Bursts.Octets,
            EqualBurstTime = CaptureTime.Span(counted.Bursts.Time),
            SmallestWindow = hasWindow ? counted.SmallestWindow : 0,
            LargestWindow = counted.LargestWindow,
            NarrowedWindow = hasWindow ? counted.NarrowedWindow : 0,
            WindowClosures = rare?.WindowClosures ?? 0,
            WindowClosed = CaptureTime.Span((rare?.WindowClosed ?? 0) + (counted.ClosedSince != 0 ? last - counted.ClosedSince : 0)),
            FirstClosurePacket = rare?.FirstClosurePacket ?? 0,
            EndsClosed = counted.ClosedSince != 0,
            UnheardOpening = rare is { UnheardTime: > 0 } ? new CapturedUnheardOpening(rare.UnheardOpening, rare.UnheardPacket, CaptureTime.Span(rare.UnheardTime)) : null,
            WindowFull = (int)trouble.FlagCount(8),
            SendingTime = counted.FirstDataTime == 0 ? TimeSpan.Zero : CaptureTime.Span(Math.Max(0, sendingEnd - counted.FirstDataTime)),
            WindowLimited = CaptureTime.Span(counted.WindowLimited + stillFilled),
            LossLimited = CaptureTime.Span(counted.LossLimited + stillRepairing),
            Idle = CaptureTime.Span(counted.Idle),
            ApplicationWaits = CaptureTime.Span(WaitsOfProgram(counted, trouble.Waits.All, waits)),
            FilledPauses = CaptureTime.Span(trouble.FilledPauses),
            DelayedByNagle = counted.NagleCount,
            DelayedByNagleTime = CaptureTime.Span(counted.NagleTime * 1000L),
            TimeToLive = counted.TimeToLive,
            HasOtherTimesToLive = counted.TimeToLiveVotes != Math.Min(counted.Packets, ushort.MaxValue),
            KeepAlives = counted.KeepAlives,
            UnansweredKeepAlives = rare is { KeepAlivesInRow: > 0 } && answers.LastTime < rare.KeepAlivesSince ? rare.KeepAlivesInRow : 0,
            CongestionMarks = counted.CongestionMarks,
        };
    }

    // Whether its sender gives each packet of this conversation the next number, as Linux does: Windows, which begins with a
    // TTL of 128, counts over all conversations. What cards put together takes several numbers.
    private static bool IsCounting(in FlowDirection counted)
    {
        return counted.TimeToLive <= 64 && counted.OddSteps * 16 <= counted.Packets && counted.LargestSegment <= Math.Max(TcpFlows.UsualSegment, (int)counted.SegmentSize);
    }

    // What came less than a round trip after it may have been sent before.
    private static bool IsHeardSince(in FlowDirection counted, in FlowDirection answers, in Direction followed) =>
        answers.LastTime > counted.WaitsSince && answers.LastTime - counted.WaitsSince >= followed.Track.RoundTrip.Shortest * 1000L;

    // A FIN takes a number and is no octet. Where nothing was acknowledged, all of it is open, if the other side was seen at all.
    private static long UnacknowledgedOf(in FlowDirection counted, in Direction followed, in Direction other)
    {
        if (counted.UniqueOctets == 0)
            return 0;
        if (!followed.Track.HasAcknowledged)
            return other.Track.HasEdge ? counted.UniqueOctets : 0;
        int open = (int)(followed.Track.Edge - followed.Track.Acknowledged) - (counted.FinPacket != 0 ? 1 : 0);
        return Math.Clamp(open, 0, counted.UniqueOctets);
    }

    private static Dictionary<string, long> FlagsOf(in FlowTrouble trouble)
    {
        var flags = new Dictionary<string, long>();
        for (int flag = 0; flag < FlagNames.Length; flag++)
        {
            if (trouble.FlagCount(flag) != 0)
                flags.Add(FlagNames[flag], trouble.FlagCount(flag));
        }

        return flags;
    }
}
