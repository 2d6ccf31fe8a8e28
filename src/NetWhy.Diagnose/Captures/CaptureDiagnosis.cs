using System.Collections.Immutable;
using System.Net;
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
    private const int MostAlike = 32; // of conversations with the same trouble at the same server, so many are judged
    private const int MostGroups = 4096;
    private static readonly TimeSpan Noticed = TimeSpan.FromSeconds(1);

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
        var gathering = new Gathering(capture, rest, [.. rules.Where(rule => rule is ConversationRule)]);
        foreach (CapturedConversation conversation in conversations)
            gathering.Take(conversation);
        gathering.Whole([.. rules.Where(rule => rule is not ConversationRule && rule.Info.Id.StartsWith("captured-", StringComparison.Ordinal))]);
        CaptureFinding[] all =
        [
            .. gathering.Groups.OrderByDescending(group => group.Finding.Severity)
                .ThenByDescending(group => group.Finding.Confidence >= 0.9)
                .ThenByDescending(group => group.Count)
                .ThenByDescending(group => group.Finding.Confidence)
                .ThenBy(group => group.Finding.Cause, StringComparer.Ordinal)
                .ThenBy(group => group.Finding.Stream ?? -1),
        ];
        CaptureFinding[] findings = [.. all.Where(group => !IsNote(group.Finding))];
        return new CaptureDiagnosis(
            StatusOf(capture, findings),
            capture,
            [.. findings],
            [.. all.Where(group => IsNote(group.Finding))],
            [.. Gaps(capture)],
            gathering.Flows(findings));
    }

    private static bool IsNote(Finding finding) => finding.Severity is Severity.Info || Causes.Find(finding.Cause) is { IsBenign: true };

    private static Status StatusOf(CaptureRead capture, CaptureFinding[] findings) =>
        findings.Any(group => group.Finding.Severity is Severity.Critical) ? Status.Broken
        : findings.Length > 0 ? Status.Degraded
        : capture.Packets > 0 && !ShowsOneSideOnly(capture) ? Status.Healthy
        : Status.Inconclusive;

    // Mostly TCP, and in no conversation of it did both ends say a word: what did not come cannot be told from what was not captured.
    private static bool ShowsOneSideOnly(CaptureRead capture)
    {
        long remembered = capture.TcpConversations - capture.EvictedConversations;
        long packets = capture.Protocols.Where(protocol => protocol.Name is "tcp" or "tls" or "http").Sum(protocol => protocol.Packets);
        return remembered > 0 && capture.OneSidedConversations >= remembered && packets * 2 > capture.Packets;
    }

    private static IEnumerable<NotObserved> Gaps(CaptureRead capture)
    {
        if (capture.Damage is { } damage)
            yield return new NotObserved("the rest of the file", damage);
        if (capture.Dropped is > 0 and var dropped)
            yield return new NotObserved(Words.Count(dropped, "packet"), "the capture itself dropped them: what seems lost may only be missing");
        if (capture.CutPackets > 0)
            yield return new NotObserved("the ends of packets", $"{Words.Count(capture.CutPackets, "packet")} were captured in part (snapshot length): names, TLS and HTTP may be missing");
        if (capture.OneSidedConversations > 0)
            yield return new NotObserved("one direction", $"{Words.Count(capture.OneSidedConversations, "conversation")} of {capture.TcpConversations} have packets of one side only");
        if (capture.EvictedConversations > 0)
            yield return new NotObserved("the beginning of some conversations", $"{capture.EvictedConversations} were forgotten to bound memory");
    }

    // Judges what is remarkable, and makes one finding of equal ones at the same server.
    private sealed class Gathering(CaptureRead capture, Observation[] others, ImmutableArray<IRule> rules)
    {
        private readonly Dictionary<(string Cause, IPAddress? Address, int Port, string Where, Severity Severity), Group> _groups = [];
        private readonly Dictionary<(IPAddress Address, int Port, int Signs), Alike> _alike = [];
        private readonly Dictionary<int, CapturedConversation> _kept = [];
        private readonly PriorityQueue<CapturedConversation, long> _largest = new();
        private readonly FloodTable _floods = new();
        private readonly ScanTable _scans = new();
        private readonly HostDistances _distances = new();
        private readonly SharedLoss _losses = new();
        private readonly List<CapturedConversation> _nameConversations = [];

        internal IEnumerable<CaptureFinding> Groups => _groups.Values.Select(group => group.ToFinding()).Select(found => found with { Finding = _distances.Reconsider(found.Finding) }).GroupBy(HostOf).SelectMany(JoinScan);

        internal void Take(CapturedConversation conversation)
        {
            long octets = conversation.FromClient.Octets + conversation.FromServer.Octets;
            if (_largest.Count < 64)
                _largest.Enqueue(conversation, octets);
            else if (_largest.TryPeek(out _, out long least) && octets > least)
                _ = _largest.EnqueueDequeue(conversation, octets);
            if (conversation.Server.Port == 53 && _nameConversations.Count < MostStreams && octets == 0)
                _nameConversations.Add(conversation);
            _floods.Take(conversation);
            _scans.Take(conversation);
            _distances.Take(conversation);
            _losses.Take(conversation);
            int signs = SignsOf(conversation);
            if (signs == 0)
                return;
            if (!_alike.TryGetValue((conversation.Server.Address, conversation.Server.Port, signs), out Alike? alike))
            {
                if (_alike.Count >= MostGroups)
                    return;
                _alike.Add((conversation.Server.Address, conversation.Server.Port, signs), alike = new Alike());
            }

            if (alike.Judged++ >= MostAlike)
            {
                // What is like so many others has what they have.
                alike.Usual?.Add(conversation.Stream);
                return;
            }

            Judge(conversation, alike);
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
            var lossy = _groups.Where(group => group.Key.Cause == "packet-loss").Select(group => (group.Key.Address, group.Key.Port)).ToHashSet();
            foreach ((int port, Finding finding) in _losses.Judge(capture).Where(loss => !lossy.Contains((loss.Finding.Subject, loss.Port))))
                Place(new RankedFinding(finding, []), null, port);
        }

        // What is about the whole capture explains what conversations with the same address or server show.
        private void Absorb(Finding finding)
        {
            foreach (var key in _groups.Keys.Where(key => key.Address is not null && key.Address.Equals(finding.Subject) && finding.AlsoExplains.Contains(key.Cause)).ToList())
                _groups.Remove(key);
        }

        // Findings' conversations first, then the largest ones, by their numbers.
        internal ImmutableArray<CapturedConversation> Flows(CaptureFinding[] findings)
        {
            IEnumerable<CapturedConversation> shown = findings.SelectMany(group => group.Streams)
                .Where(_kept.ContainsKey).Select(stream => _kept[stream])
                .Concat(_largest.UnorderedItems.OrderByDescending(item => item.Priority).Select(item => item.Element));
            return [.. shown.DistinctBy(conversation => conversation.Stream).Take(MostFlows)];
        }

        private void Judge(CapturedConversation conversation, Alike alike)
        {
            var evidence = new EvidenceSet([.. others, conversation]);
            Ranking ranking = Ranking.Of(rules.SelectMany(rule => rule.Evaluate(evidence).Select(finding => (finding, rule.Info))));
            foreach (RankedFinding ranked in All(ranking))
            {
                Group? group = Place(ranked, conversation.Stream, conversation.Server.Port);
                alike.Usual ??= group;
            }

            if (ranking.Causes.Length > 0 && _kept.Count < MostFlows)
                _kept.TryAdd(conversation.Stream, conversation);
        }

        private static IEnumerable<RankedFinding> All(Ranking ranking) => ranking.Causes.Concat(ranking.Notes.Select(note => new RankedFinding(note, [])));

        private Group? Place(RankedFinding ranked, int? stream, int port)
        {
            Finding finding = ranked.Finding;
            // A note is one for the whole capture: who has it is of no matter.
            bool isNote = IsNote(finding) && stream is not null;
            var key = (finding.Cause, isNote ? null : finding.Subject, isNote ? 0 : port, finding.Where.ToString(), finding.Severity);
            if (!_groups.TryGetValue(key, out Group? group))
            {
                if (_groups.Count >= MostGroups)
                    return null;
                _groups.Add(key, group = new Group(ranked));
            }

            group.Add(ranked, stream);
            return group;
        }

        // What is alike in two conversations with the same trouble; 0 if nothing is remarkable: this is asked of every one.
        private static int SignsOf(CapturedConversation conversation)
        {
            CapturedDirection client = conversation.FromClient, server = conversation.FromServer;
            int signs = 0;
            if (conversation.Resets.Count > 0)
                signs |= 1 << (conversation.Resets[0] is { RefusesOpening: true } ? 0 : 1);
            if (client.Syns > 1)
                signs |= 1 << (server.Packets == 0 ? 2 : 3);
            if (server.Syns > 1)
                signs |= 1 << 4;
            if (conversation.Errors.Count > 0)
                signs |= 1 << 5;
            if (conversation.InitialRoundTrip >= TimeSpan.FromMilliseconds(400))
                signs |= 1 << 19;
            if (conversation.Tls is { Alert: not null } or { ServerHelloPacket: 0 })
                signs |= 1 << 6;
            if (conversation.Http is { } http && http.Worst.Any(IsRemarkable))
                signs |= 1 << 7;
            if (client.MissingOctets + server.MissingOctets > 0)
                signs |= 1 << 20;
            if (conversation is { Http: not null, FirstDataAfter: { } wait } && wait >= Noticed)
                signs |= 1 << 21;
            if (client.UniqueOctets > 0 && server.UniqueOctets == 0)
                signs |= 1 << 8;
            signs |= SignsOf(client) << 9;
            return signs | (SignsOf(server) << 14);
        }

        private static bool IsRemarkable(CapturedRequest request) => request.Status is null or >= 400 || request.IsCut || request.ResponseTime >= Noticed || request.RequestPauses >= Noticed;

        private static int SignsOf(CapturedDirection direction)
        {
            int signs = 0;
            if (direction.Repeats.Total > 0 || direction.MostRepeatsInRow > 0)
                signs |= 1;
            if (direction.Reordered + direction.CapturedTwice > 0)
                signs |= 2;
            if (direction.WindowClosures > 0 || direction.WindowLimited > TimeSpan.FromMilliseconds(500))
                signs |= 4;
            if (direction.DelayedByNagle > 0 || direction.ApplicationWaits >= TimeSpan.FromSeconds(1))
                signs |= 8;
            if (direction.EqualBursts >= 10)
                signs |= 4;
            if (direction.RoundTrips is { } times && times.Median - times.Least >= TimeSpan.FromMilliseconds(100))
                signs |= 16;
            return signs;
        }

        private static (string Cause, IPAddress? Address) HostOf(CaptureFinding found) => IsOpening(found.Finding.Cause)
            ? (found.Finding.Cause, found.Finding.Subject)
            : ($"{found.Finding.Cause} {found.Finding.Stream} {found.Finding.Summary}", found.Finding.Subject);

        // Many ports of one host in vain: somebody looks for open ones, and no service is missing.
        private IEnumerable<CaptureFinding> JoinScan(IGrouping<(string Cause, IPAddress? Address), CaptureFinding> group)
        {
            CaptureFinding[] all = [.. group];
            if (group.Key.Address is not { } address || !IsOpening(all[0].Finding.Cause) || !_scans.IsScanned(address, out int ports))
                return all;
            return [
                new CaptureFinding(
                    all[0].Finding with { Severity = Severity.Info, Stream = null, Summary = $"{ports}{(ports == ScanTable.MostPorts ? " or more" : "")} ports of {address} were tried without a word: that is a scan, and what it finds ({group.Key.Cause}) is no fault." },
                    [], all.Sum(one => one.Count), [.. all.SelectMany(one => one.Streams).Take(MostStreams)]),
            ];
        }

        private static bool IsOpening(string cause) => cause is "port-closed" or "port-filtered" or "port-rejected";
    }

    private sealed class Alike
    {
        internal int Judged { get; set; }

        internal Group? Usual { get; set; }
    }

    private sealed class Group(RankedFinding first)
    {
        private readonly List<int> _streams = [];
        private RankedFinding _best = first;
        private int _count;

        internal void Add(int stream)
        {
            _count++;
            if (_streams.Count < MostStreams)
                _streams.Add(stream);
        }

        internal void Add(RankedFinding ranked, int? stream)
        {
            if (stream is { } number)
                Add(number);
            if (ranked.Finding.Confidence > _best.Finding.Confidence + 0.01)
                _best = ranked;
        }

        internal CaptureFinding ToFinding() => new(_best.Finding, _best.Explained, _count, [.. _streams]);
    }
}
