using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using NetWhy.Diagnose.Rules;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Captures;

/// <summary>A cause in a capture, and all conversations that have it.</summary>
/// <param name="Finding">What was found, in the conversation that shows it best.</param>
/// <param name="Explained">The symptoms under it there.</param>
/// <param name="Count">How many conversations have it; 0 if it is about none.</param>
/// <param name="Streams">Their numbers, the first of them.</param>
public sealed record CaptureFinding(Finding Finding, ImmutableArray<Finding> Explained, int Count, ImmutableArray<int> Streams);

/// <summary>What is wrong in a capture, the worst first.</summary>
/// <param name="Status">How what was captured is.</param>
/// <param name="Capture">The capture.</param>
/// <param name="Findings">Causes, the worst first; the first is the verdict.</param>
/// <param name="Notes">What was seen and is benign.</param>
/// <param name="NotObserved">What could not be seen.</param>
/// <param name="Flows">The conversations worth showing: those with findings, then the largest.</param>
public sealed record CaptureDiagnosis(
    Status Status,
    CaptureRead Capture,
    ImmutableArray<CaptureFinding> Findings,
    ImmutableArray<CaptureFinding> Notes,
    ImmutableArray<NotObserved> NotObserved,
    ImmutableArray<CapturedConversation> Flows)
{
    private const int MostStreams = 64;
    private const int MostFlows = 1024;
    private const int ManyPorts = 8; // of one host
    private const int MostGroups = 4096; // of each severity
    private static readonly TimeSpan Noticed = TimeSpan.FromSeconds(1);

    /// <summary>Why nothing can be said where nothing was found; null if something can.</summary>
    public string? Doubt { get; init; }

    /// <summary>Judges a capture.</summary>
    /// <param name="capture">The capture as a whole.</param>
    /// <param name="conversations">Its TCP conversations; read once.</param>
    /// <param name="others">What else was seen: name servers, errors, neighbours.</param>
    /// <param name="rules">The rules, as a rule <see cref="RuleCatalog.All"/>.</param>
    public static CaptureDiagnosis Of(
        CaptureRead capture, IEnumerable<CapturedConversation> conversations, IEnumerable<Observation> others, ImmutableArray<IRule> rules)
    {
        ArgumentNullException.ThrowIfNull(capture);
        ArgumentNullException.ThrowIfNull(conversations);
        Observation[] rest = [capture, .. others];
        var gathering = new Gathering(capture, rest, [.. rules.OfType<ConversationRule>()]);
        foreach (CapturedConversation conversation in conversations)
            gathering.Take(conversation);
        gathering.Whole([.. rules.Where(rule => rule is not ConversationRule && rule.Info.Id.StartsWith("captured-", StringComparison.Ordinal))]);
        CaptureFinding[] all =
        [
            .. PassedOnAnswers.Join(gathering.Backends.Join([.. gathering.Groups])).OrderByDescending(group => group.Finding.Severity)
                .ThenByDescending(group => group.Finding.Confidence >= 0.9)
                .ThenByDescending(group => group.Count)
                .ThenByDescending(group => group.Finding.Confidence)
                .ThenByDescending(group => group.Finding.Packets.Length)
                .ThenBy(group => group.Finding.Cause, StringComparer.Ordinal)
                .ThenBy(group => group.Finding.Stream ?? -1),
        ];
        CaptureFinding[] findings = [.. all.Where(group => !IsNote(group.Finding))];
        string? doubt = DoubtOf(capture, rest, gathering);
        return new CaptureDiagnosis(
            StatusOf(findings, doubt),
            capture,
            [.. findings],
            [.. all.Where(group => IsNote(group.Finding))],
            [.. Gaps(capture, rest, gathering)],
            gathering.Flows(findings))
        {
            Doubt = findings.Length == 0 ? doubt : null,
        };
    }

    private static bool IsNote(Finding finding) => finding.Severity is Severity.Info || Causes.Find(finding.Cause) is { IsBenign: true };

    private static Status StatusOf(CaptureFinding[] findings, string? doubt) =>
        findings.Any(group => group.Finding.Severity is Severity.Critical) ? Status.Broken
        : findings.Length > 0 ? Status.Degraded
        : doubt is null ? Status.Healthy
        : Status.Inconclusive;

    private static string? DoubtOf(CaptureRead capture, Observation[] others, Gathering gathering)
    {
        CapturedNameServer[] servers = [.. others.OfType<CapturedNameServer>()];
        return capture.Packets == 0 ? "there are no packets to judge."
            : gathering.OneSides.AreMostOf(capture) ? gathering.OneSides.Doubt
            : IsHeadless(capture) ? $"of {Words.Count(capture.CutHeaders, "TCP segment")} not even the header was captured in full (snapshot length): what was lost, asked or refused in them, they do not show."
            : capture.TcpConversations == 0 && servers.Length == 0 && capture.CutPackets * 2 > capture.Packets ? "of most packets only the beginning was captured (snapshot length), and in that is no TCP, and no name, that could be judged."
            : capture is { Packets: > 0, TcpConversations: 0, UdpConversations: 0 } && servers.Length == 0 && capture.Protocols.All(protocol => protocol.Name is "arp" or "icmpv6") && Unanswered(others) is { } asked ? $"{asked.Asker} asks for {asked.Target} by ARP, {asked.Requests} times in vain: whether an answer would have passed here, and what else was meant to, these packets do not show."
            : IsOfOthers(capture, others) ? $"nothing in it is TCP or DNS that could be judged: it is {string.Join(", ", capture.Protocols.Take(3).Select(protocol => protocol.Name))}{Tunnel(capture)}."
            : capture.EvictedConversations > 0 ? string.Create(CultureInfo.InvariantCulture, $"{capture.EvictedConversations} of {capture.TcpConversations} conversations were not judged, since memory is bounded; nothing is wrong in the others.")
            : capture.OutOfOrder * 20 > capture.Packets ? string.Create(CultureInfo.InvariantCulture, $"{capture.OutOfOrder} of {capture.Packets} packets stand behind later ones, and could not be put into the order of their times: a clock was set back, they stand too far behind, or a pipe is longer than what is kept of it.")
            : gathering.Unplaced > 0 ? "there is more to note than is kept."
            : gathering.SeesOnlyOpenings && capture.TcpConversations > 1 ? "no connection goes on behind its SYN and the answer to it: whether nobody goes on, or what follows was not captured, they do not show."
            : capture.TcpConversations == 0 && servers.Length > 0 && servers.All(server => server is { Answered: 0, Unasked: 0 }) ? "no name server answers here: whether there were answers, these packets do not show."
            : capture.TcpConversations == 0 && servers.Length > 0 && servers.All(server => server is { Queries: 0, Unasked: > 0 }) ? "only answers of name servers were captured: what had none, and how long they took, these packets do not show."
            : servers.FirstOrDefault(server => server is { Answered: 0, Unasked: > 0 } && server.Queries > server.Open) is { } unfit ? $"no answer of the name server {unfit.Server.Address} fits a query in the capture: which had none, and how long they took, these packets do not show."
            : null;
    }

    private static CapturedNeighbour? Unanswered(Observation[] others) => others.OfType<CapturedNeighbour>().FirstOrDefault(neighbour => neighbour is { Requests: >= 3, Replies: 0, Asker: not null });

    // Packets in which something may be that is not looked at.
    private static long Unread(CaptureRead capture) => capture.Protocols.Where(protocol => protocol.Name is "frame" or "ip" or "ipv6" or "gre" or "esp" or "wg" or "sctp").Sum(protocol => protocol.Packets);

    private static bool IsHeadless(CaptureRead capture) =>
        capture.CutHeaders * 20 > capture.Protocols.Where(protocol => protocol.Name is "tcp" or "tls" or "http").Sum(protocol => protocol.Packets);

    // Nothing but what no rule reads: that none of them minds it tells nothing.
    private static bool IsOfOthers(CaptureRead capture, Observation[] others) =>
        capture.TcpConversations == 0 && !others.Any(other => other is CapturedNameServer or CapturedNeighbour { Replies: > 0 });

    private static string Tunnel(CaptureRead capture) => Sealed(capture) * 2 > capture.Packets ? ", a tunnel that encrypts its inside"
        : Unread(capture) * 2 > capture.Packets ? ", perhaps a tunnel whose inside is not read"
        : "";

    // What only the ends of a tunnel can read.
    private static long Sealed(CaptureRead capture) => capture.Protocols.Where(protocol => protocol.Name is "esp" or "wg").Sum(protocol => protocol.Packets);

    private static long Datagrams(CaptureRead capture) => capture.Protocols.Where(protocol => protocol.Name is "udp").Sum(protocol => protocol.Packets);

    private static IEnumerable<NotObserved> Gaps(CaptureRead capture, Observation[] others, Gathering gathering)
    {
        if (capture.Damage is { } damage)
            yield return new NotObserved("the rest of the file", damage);
        if (capture.Dropped is > 0 and var dropped)
            yield return new NotObserved(Words.Count(dropped, "packet"), "the capture itself dropped them: what seems lost may only be missing");
        if (gathering.Lacking > 0)
            yield return new NotObserved($"{Words.Octets(gathering.LackingOctets)} of data", $"{Words.Count(gathering.Lacking, "conversation")} acknowledged what is not in the capture: it lost packets, or they took another way; losses and times of these are uncertain");
        if (capture.Sorted > 0)
            yield return new NotObserved("the order of the file", $"{Words.Count(capture.Sorted, "packet")} of {capture.Packets} stood behind later ones: all are judged by their times, not by their places in the file");
        if (capture.OutOfOrder > 0)
            yield return new NotObserved("the order of packets", $"{Words.Count(capture.OutOfOrder, "packet")} of {capture.Packets} stand behind later ones: what is said of losses, order and times there is uncertain; reordercap sorts a file by time");
        if (Unread(capture) + Datagrams(capture) is > 0 and var unread && (unread * 2 > capture.Packets || IsOfOthers(capture, others)))
            yield return new NotObserved(Words.Count(unread, "packet"), "they are neither TCP nor DNS nor an error: what is in them, QUIC or a tunnel, is not judged");
        if (Sealed(capture) is > 0 and var hidden)
            yield return new NotObserved($"the inside of {Words.Count(hidden, "packet")}", "WireGuard or IPsec encrypts it: it is readable on the interface that the tunnel ends in (wg0, or with netwhy tcpdump -i any behind it)");
        if (capture.CutHeaders > 0)
            yield return new NotObserved(Words.Count(capture.CutHeaders, "TCP segment"), "they were cut within their headers (snapshot length): only that they passed is known; 128 octets hold the headers of IPv6, of TCP and its options");
        if (capture.CutPackets > 0)
            yield return new NotObserved("the ends of packets", $"{Words.Count(capture.CutPackets, "packet")} were captured in part (snapshot length): names, TLS and HTTP may be missing");
        if (gathering.Unscaled > 0)
            yield return new NotObserved("the size of windows", $"{Words.Count(gathering.Unscaled, "conversation")} with much data began before the capture, so that the scale of windows is unknown: whether they bound it is not judged");
        if (gathering.OneSides.Count > 0)
            yield return gathering.OneSides.Gap(capture);
        foreach (CapturedNameServer server in others.OfType<CapturedNameServer>().Where(one => one is { Answered: 0, AreAskersReached: false } or { Answered: 0, Unasked: > 0 } && one.Queries + one.Unasked > 0))
        {
            yield return server is { Queries: > 0, Unasked: > 0 }
                ? new NotObserved("what name servers answered", $"no answer of {server.Server.Address} in the capture ({server.Unasked}) fits a query to it ({server.Queries}): which had none, and how long they took, is not judged")
                : new NotObserved(server.Queries > 0 ? "answers" : "queries", $"of the name server {server.Server.Address} only {(server.Queries > 0 ? $"queries were captured ({server.Queries})" : $"answers were captured ({server.Unasked}): what had none, and how long they took, is not judged")}");
        }

        if (capture.EvictedConversations > 0)
            yield return new NotObserved(Words.Count(capture.EvictedConversations, "conversation"), "they were forgotten to bound memory, and not judged");
        if (gathering.Unplaced > 0)
            yield return new NotObserved(Words.Count(gathering.Unplaced, "finding"), $"beyond {MostGroups} of a kind they are not told");
    }

    // Judges what is remarkable, and makes one finding of equal ones at the same server.
    private sealed class Gathering(CaptureRead capture, Observation[] others, ImmutableArray<ConversationRule> rules)
    {
        private readonly Dictionary<(string Cause, IPAddress? Address, int Port, bool? IsOfClient, Where Where, Severity Severity), Group> _groups = [];
        private readonly int[] _groupCounts = new int[(int)Severity.Critical + 1];
        private readonly Dictionary<int, CapturedConversation> _kept = [];
        private readonly PriorityQueue<CapturedConversation, long> _largest = new();
        private readonly FloodTable _floods = new();
        private readonly ScanTable _scans = new();
        private readonly HostDistances _distances = new();
        private readonly SharedLoss _losses = new();
        private readonly RefusedPorts _refused = new();
        private readonly FullQueues _queues = new();
        private readonly TranslatedLosses _translated = new();
        private readonly AcceptedPorts _accepted = new();
        private readonly LateOpenings _late = new();
        private readonly List<CapturedConversation> _nameConversations = [];
        private long _taken;
        private long _openings;

        internal IEnumerable<CaptureFinding> Groups => _groups.Values.Select(group => group.ToFinding()).Select(found => found with { Finding = _translated.Reconsider(_late.Reconsider(_accepted.Reconsider(_distances.Reconsider(_refused.Reconsider(found.Finding)), found.Count))) }).GroupBy(HostOf).SelectMany(JoinScan);

        /// <summary>Connections that opened late, as those of a proxy may.</summary>
        internal LateBackends Backends { get; } = new();

        /// <summary>Conversations of which only one side was captured.</summary>
        internal OneSides OneSides { get; } = new();

        /// <summary>Findings that were too many to tell.</summary>
        internal long Unplaced { get; private set; }

        /// <summary>Conversations whose windows are not known, since their SYNs were not captured.</summary>
        internal long Unscaled { get; private set; }

        /// <summary>Conversations in which something was acknowledged that was not captured.</summary>
        internal long Lacking { get; private set; }

        /// <summary>How much that was.</summary>
        internal long LackingOctets { get; private set; }

        /// <summary>Whether no conversation had anything but SYNs, and resets that answer them.</summary>
        internal bool SeesOnlyOpenings => _openings > 0 && _openings == _taken;

        internal void Take(CapturedConversation conversation)
        {
            _taken++;
            _openings += conversation.Resets.Count == 0 && CapturedScene.HasOnlySyns(conversation.FromClient) && CapturedScene.HasOnlySyns(conversation.FromServer) ? 1 : 0;
            long octets = conversation.FromClient.Octets + conversation.FromServer.Octets;
            // An answer to what a client never sent acknowledges nothing that is lacking.
            long lacking = CapturedOpening.IsNeverOpened(conversation) ? 0 : conversation.FromClient.UncapturedOctets + conversation.FromServer.UncapturedOctets;
            LackingOctets += lacking;
            Unscaled += CapturedLimits.IsUnscaled(conversation) ? 1 : 0;
            Lacking += lacking > 0 ? 1 : 0;
            if (_largest.Count < 64)
                _largest.Enqueue(conversation, octets);
            else if (_largest.TryPeek(out _, out long least) && octets > least)
                _ = _largest.EnqueueDequeue(conversation, octets);
            if (conversation.Server.Port == 53 && _nameConversations.Count < MostStreams && octets == 0)
                _nameConversations.Add(conversation);
            _floods.Take(conversation);
            _scans.Take(conversation);
            _distances.Take(conversation);
            _accepted.Take(conversation);
            _late.Take(conversation);
            _losses.Take(conversation);
            Backends.Take(conversation);
            _refused.Take(conversation);
            _queues.Take(conversation);
            _translated.Take(conversation);
            OneSides.Take(conversation);
            if (IsRemarkable(conversation))
                Judge(conversation);
        }

        internal void Whole(ImmutableArray<IRule> whole)
        {
            var evidence = new EvidenceSet([.. others, .. _nameConversations]);
            foreach (RankedFinding ranked in Ranking.Of(whole.SelectMany(rule => rule.Evaluate(evidence).Select(finding => (finding, rule.Info)))) is { } ranking ? All(ranking) : [])
            {
                Absorb(ranked.Finding);
                Place(ranked, null, 0);
            }

            foreach ((int port, Finding finding) in _floods.Judge(capture))
                Place(new RankedFinding(finding, []), null, port);
            HashSet<CapturedEnd> full = [];
            foreach ((CapturedEnd server, Finding finding) in _queues.Judge(capture))
            {
                full.Add(server);
                var explained = _groups.Where(group => group.Key.Port == server.Port && server.Address.Equals(group.Key.Address)).Select(group => (group.Key, Found: group.Value.ToFinding())).Where(group => FullQueues.Explains(group.Found.Finding)).ToList();
                foreach (var group in explained)
                    Remove(group.Key);
                Place(new RankedFinding(FullQueues.WithResets(finding, [.. explained.Select(group => group.Found).Where(found => found.Finding.Cause == "connection-reset")]), []), null, server.Port);
            }

            foreach ((CapturedEnd server, Finding finding, int lossy) in _losses.Judge(capture).Where(loss => !full.Contains(loss.Server)))
            {
                int port = server.Port;
                // Where single ones are bad enough to be told, but most are not, what all of them have is told instead.
                var single = _groups.Where(group => group.Key.Cause == "packet-loss" && group.Key.Port == port && finding.Subject!.Equals(group.Key.Address)).ToList();
                if (single.Sum(group => group.Value.Count) * 2 >= lossy)
                    continue;
                foreach (var group in single)
                    Remove(group.Key);
                Place(new RankedFinding(finding, []), null, port);
            }
        }

        // What is about the whole capture explains what conversations with the same address or server show.
        private void Absorb(Finding finding)
        {
            foreach (var key in _groups.Keys.Where(key => key.Address is not null && key.Address.Equals(finding.Subject) && finding.AlsoExplains.Contains(key.Cause)).ToList())
                Remove(key);
        }

        private void Remove((string Cause, IPAddress? Address, int Port, bool? IsOfClient, Where Where, Severity Severity) key)
        {
            if (_groups.Remove(key))
                _groupCounts[(int)key.Severity]--;
        }

        // Findings' conversations first, then the largest ones, by their numbers.
        internal ImmutableArray<CapturedConversation> Flows(CaptureFinding[] findings)
        {
            IEnumerable<CapturedConversation> shown = findings.SelectMany(group => group.Streams)
                .Where(_kept.ContainsKey).Select(stream => _kept[stream])
                .Concat(_largest.UnorderedItems.OrderByDescending(item => item.Priority).Select(item => item.Element));
            return [.. shown.DistinctBy(conversation => conversation.Stream).Take(MostFlows)];
        }

        private void Judge(CapturedConversation conversation)
        {
            var scene = new CapturedScene(new EvidenceSet(capture, conversation), conversation);
            List<(Finding Finding, RuleInfo Rule)> found = [];
            foreach (ConversationRule rule in rules)
            {
                foreach (Finding finding in rule.Evaluate(scene))
                    found.Add((finding, rule.Info));
            }

            if (found.Count == 0)
                return;
            Ranking ranking = Ranking.Of(found);
            foreach (RankedFinding ranked in All(ranking))
                Place(ranked, conversation.Stream, conversation.Server.Port);
            if (ranking.Causes.Length > 0 && _kept.Count < MostFlows)
                _kept.TryAdd(conversation.Stream, conversation);
        }

        private static IEnumerable<RankedFinding> All(Ranking ranking) => ranking.Causes.Concat(ranking.Notes.Select(note => new RankedFinding(note, [])));

        private void Place(RankedFinding ranked, int? stream, int port)
        {
            Finding finding = ranked.Finding;
            // A note is one for the whole capture: who has it is of no matter.
            bool isNote = IsNote(finding) && stream is not null;
            var key = (finding.Cause, isNote ? null : finding.Subject, isNote ? 0 : port, isNote ? null : finding.IsOfClient, finding.Where, finding.Severity);
            if (!_groups.TryGetValue(key, out Group? group))
            {
                if (_groupCounts[(int)finding.Severity] >= MostGroups)
                {
                    Unplaced++;
                    return;
                }

                _groupCounts[(int)finding.Severity]++;
                _groups.Add(key, group = new Group(ranked));
            }

            group.Add(ranked, stream);
        }

        // Whether a rule could have something to say of it: this is asked of every one.
        private static bool IsRemarkable(CapturedConversation conversation)
        {
            CapturedDirection client = conversation.FromClient, server = conversation.FromServer;
            return conversation.Resets.Count > 0 || client.Syns > 1 || server.Syns > 1 || conversation.Errors.Count > 0
                || conversation.InitialRoundTrip >= TimeSpan.FromMilliseconds(400)
                || conversation.FirstDataAfter >= Noticed
                || conversation.Tls is { Alert: not null } or { ServerHelloPacket: 0 } or { ProtectedAlertPacket: > 0 } or { ProtectedRefusalPacket: > 0 }
                || (conversation.Http is { } http && (http.Worst.Any(IsRemarkable) || CapturedHttpFailure.IsLoop(http)))
                || client.MissingOctets + server.MissingOctets > 0
                || (client.UniqueOctets > 0 && server.UniqueOctets == 0)
                || CapturedLimits.FilledShare(conversation, isFromClient: true) >= 0.5 || CapturedLimits.FilledShare(conversation, isFromClient: false) >= 0.5
                || IsRemarkable(client) || IsRemarkable(server);
        }

        private static bool IsRemarkable(CapturedRequest request) => request.Status is null or >= 400 || request.IsCut || request.BadChunkPacket > 0 || request.ResponseTime >= Noticed || request.RequestPauses >= Noticed || request.ContinueWait >= CapturedSlowClient.LongHold;

        private static bool IsRemarkable(CapturedDirection direction) =>
            direction.Repeats.Total > 0 || direction.MostRepeatsInRow > 0
            || direction.Reordered + direction.CapturedTwice > 0
            || direction.WindowClosures > 0 || direction.WindowLimited >= TimeSpan.FromMilliseconds(500) || direction.EqualBursts >= 10
            || direction.Skips.Count > 0 || direction.Stalls is not null || direction.UnheardOpening is not null || direction.Waits.Any(wait => wait.OnWay >= CapturedHeld.Noticed) || direction.FilledPauses >= Noticed || direction.LateAnswers?.Longest >= Noticed || direction.SlowEchoes is not null
            || direction.FinRepeats > 0 || direction.UnansweredKeepAlives > 0 || direction.DelayedByNagle > 0 || direction.ApplicationWaits >= Noticed
            || (direction.RoundTrips is { } times && times.Median - times.Least >= TimeSpan.FromMilliseconds(100));

        private static (string Cause, IPAddress? Address) HostOf(CaptureFinding found) => IsOpening(found.Finding.Cause)
            ? (found.Finding.Cause, found.Finding.Subject)
            : ($"{found.Finding.Cause} {found.Finding.Stream} {found.Finding.Summary}", found.Finding.Subject);

        // Many ports of one host in vain: somebody looks for open ones, and no service is missing.
        private IEnumerable<CaptureFinding> JoinScan(IGrouping<(string Cause, IPAddress? Address), CaptureFinding> group)
        {
            CaptureFinding[] all = [.. group];
            if (group.Key.Address is not { } address || !IsOpening(all[0].Finding.Cause))
                return all;
            if (!_scans.IsScanned(address, out int ports))
                return all.Length < ManyPorts || group.Key.Cause != "port-filtered" ? all : [JoinPorts(address, all)];
            return [
                new CaptureFinding(
                    all[0].Finding with { Severity = Severity.Info, Stream = null, Summary = $"{ports}{(ports == ScanTable.MostPorts ? " or more" : "")} ports of {address} were tried without a word: that is a scan, and what it finds ({group.Key.Cause}) is no fault." },
                    [], all.Sum(one => one.Count), [.. all.SelectMany(one => one.Streams).Take(MostStreams)]),
            ];
        }

        private static CaptureFinding JoinPorts(IPAddress address, CaptureFinding[] all) => new(
            all[0].Finding with
            {
                Summary = all[0].Finding.Reasons is [{ Observation: CapturedConversation { IsSilentSideSeen: false, IsSpeakerReached: false, FromServer.Packets: 0 } one }, ..]
                    ? $"No answer to SYNs to any of {all.Length} ports of {address} reaches {one.Client.Address}; whether there are any, and are lost, does not show: nothing that goes there was captured."
                    : $"{address} does not answer SYNs to any of {all.Length} ports, and nobody says why.",
            },
            [], all.Sum(one => one.Count), [.. all.SelectMany(one => one.Streams).Take(MostStreams)]);

        private static bool IsOpening(string cause) => cause is "port-closed" or "port-filtered" or "port-rejected";
    }

    private sealed class Group(RankedFinding first)
    {
        private readonly List<int> _streams = [];
        private RankedFinding _best = first;
        private bool _hasLossBefore;
        private bool _hasLossBehind;

        internal int Count { get; private set; }


        internal void Add(RankedFinding ranked, int? stream)
        {
            if (stream is { } number)
            {
                Count++;
                if (_streams.Count < MostStreams)
                    _streams.Add(number);
            }

            if (CapturedLoss.SideOf(ranked.Finding) is { } isBefore)
            {
                _hasLossBefore |= isBefore;
                _hasLossBehind |= !isBefore;
            }

            if (ranked.Finding.Confidence > _best.Finding.Confidence + 0.01)
                _best = ranked;
        }

        internal CaptureFinding ToFinding() => new(_hasLossBefore && _hasLossBehind ? CapturedLoss.OnOtherSidesToo(_best.Finding) : _best.Finding, _best.Explained, Count, [.. _streams]);
    }
}
