using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using NetWhy.Diagnose.Paths;
using NetWhy.Diagnose.Repeated;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Rules;

/// <summary>The same request sometimes works and sometimes fails: one of several backends is bad.</summary>
public sealed class HttpBackendPartlyFailing : IRule
{
    private const string Id = "http-backend-partly-failing";
    private const string ServerError = "http-server-error";
    private const string OutOfPatience = "http-gateway-timeout";
    private const int InternalError = 500, BadGateway = 502, Unavailable = 503, GatewayTimeout = 504;

    // What keeps connections from coming about makes no errors of those that stand.
    private static readonly ImmutableArray<string> OfKeptConnections = ["http-keepalive-race"];

    /// <inheritdoc/>
    public RuleInfo Info { get; } = new(Id, Source: "RFC 9110, section 15.6", Id, ServerError, OutOfPatience)
    {
        Explains = ["http-server-error", "http-bad-gateway", "http-unavailable", "http-gateway-timeout"],
    };

    /// <inheritdoc/>
    public IEnumerable<Finding> Evaluate(EvidenceSet evidence)
    {
        if (TimelineReading.Of(evidence) is { } reading)
        {
            foreach (Finding finding in OfTimeline(evidence, reading))
                yield return finding;
            yield break;
        }

        HttpRun[] runs = [.. evidence.All<HttpRun>()];
        if (runs.Length > 0)
        {
            foreach (Finding finding in runs.Select(run => OfRun(run, evidence)).OfType<Finding>())
                yield return finding;
            yield break;
        }

        var view = ApplicationView.Of(evidence);
        HttpExchange? failed = view.Exchanges.FirstOrDefault(http => http.Status >= 500);
        HttpExchange[] good = [.. view.Repeats.Where(repeat => repeat is { Outcome: HttpOutcome.Complete, Status: < 400 } && repeat.Address.Equals(failed?.Address))];
        if (failed is null || good.Length == 0)
            yield break;
        string server = ApplicationView.Endpoint(failed.Address, failed.Port);
        yield return new Finding(
            Id,
            Severity.Critical,
            Where.Remote,
            $"{server} answers the same request with {failed.Status} and with {good[0].Status}: some of its backends fail.",
            [
                failed.Weigh(Weight.VeryStrong, $"the first answer was {failed.Status} {failed.Reason}"),
                good[0].Weigh(Weight.Strong, $"{good.Length} of {view.Repeats.Length} repeats were answered {good[0].Status}"),
            ])
        {
            Subject = failed.Address,
            ExplainedOnlyBy = OfKeptConnections,
            Remedies = [new Remedy("Take the failing backend out of the pool, and give the pool a health check."), Fix.CountAnswers(failed.Url)],
            Next = ["On the proxy: its log names the backend of each failed request."],
        };
    }

    // What is no word of the server is left to other causes: no connection, no answer in time, a certificate that is not trusted.
    // What the closing of kept connections makes is of HttpKeepaliveRace.
    private static Finding? OfRun(HttpRun run, EvidenceSet evidence)
    {
        long errors = run.Groups.Sum(group => group.ServerErrors);
        HttpRunFailure[] failures = [.. run.Failures.Where(failure => (IsOfServer(failure) || (run.Concurrency > 1 && failure is { Stage: ExchangeStage.NotConnected, Outcome: HttpOutcome.Reset } or { Stage: ExchangeStage.NotConnected, Errno: "ECONNRESET" })) && !HttpKeepaliveRace.IsOfIt(run, failure))];
        long bad = errors + failures.Sum(failure => failure.Count);
        long good = run.Groups.Sum(group => group.Requests - group.Failed - group.ServerErrors);
        if (ClientLimited.IsOfNumber(run))
            return null; // asked one at a time it works
        if (bad == 0 && good > 0 && ApplicationView.Of(evidence).Exchanges.FirstOrDefault(http => http.Status is >= 500 and < 600 && http.Url == run.Url && http.At <= run.At) is { } first)
            return OfFirst(run, first, good);
        if (bad == 0 || good == 0)
            return null;

        int port = run.Groups[0].Port;
        string[] ways =
        [
            .. run.Answers.Where(answer => answer.Status is >= 500 and < 600).GroupBy(answer => answer.Status).Select(group => $"{group.Sum(answer => answer.Count)} times {group.Key}"),
            .. failures.GroupBy(failure => failure.Errno is { } errno ? ErrnoWords.Of(errno) : $"{failure.Outcome}").Select(group => $"{group.Sum(failure => failure.Count)} times no whole answer ({group.Key})"),
        ];
        IPAddress[] addresses = [.. run.Groups.Select(group => group.Address).Distinct()];
        long Errors(IPAddress address) => run.Groups.Where(group => group.Address.Equals(address)).Sum(group => group.ServerErrors) + failures.Where(failure => failure.Address.Equals(address)).Sum(failure => failure.Count);
        IPAddress[] bads = [.. addresses.Where(address => Errors(address) > 0)];
        bool isWholly = bads.All(address => run.Groups.Where(group => group.Address.Equals(address)).Sum(group => group.Requests) == Errors(address));
        string where = string.Join(", ", bads.Select(address => ApplicationView.Endpoint(address, port)));
        List<Reason> reasons = [run.Weigh(Weight.VeryStrong, $"of {run.Requests} requests {bad} failed ({string.Join(", ", ways)}) and {good} were answered well")];
        string? maker = Maker(run);
        if (isWholly)
            reasons.Add(run.Weigh(Weight.Strong, $"every request to {where} failed so, and none to the other addresses"));
        else if (maker is not null)
            reasons.Add(run.Weigh(Weight.Strong, $"all errors come from {maker}, which gave no good answer"));
        if (run.Spells.MaxBy(spell => spell.Failed) is { Failed: >= 3 } spell && !isWholly && bad == run.Groups.Sum(group => group.Failed + group.ServerErrors))
            reasons.Add(run.Weigh(Weight.Strong, $"{spell.Failed} in a row failed in {ApplicationView.InWords(spell.End - spell.Begin)} from {ApplicationView.InWords(spell.Begin)} on"));
        bool mayBeNumber = run is { Concurrency: > 1, Alone: { } alone } && alone.Good == alone.Asked; // too few of them to tell
        if (mayBeNumber)
            reasons.Add(run.Weigh(Weight.Against, $"{run.Concurrency} were under way at once: a limit of how many looks the same, and {run.Alone!.Good} of {run.Alone.Asked} that were made one at a time afterwards were answered"));
        return new Finding(
            Id,
            mayBeNumber ? Severity.Warning : Severity.Critical,
            Where.Remote,
            isWholly ? $"Every request to {where} fails, and other addresses of the name work."
                : $"{where} fails {bad} of {run.Requests} times for the same request{(maker is null ? "" : $", always at {maker}")}: {(mayBeNumber ? $"some of its backends fail, or it bears fewer than {run.Concurrency} at once" : "some of its backends fail, or it fails from time to time")}.",
            [.. reasons])
        {
            Subject = ApplicationView.Subject(bads),
            ExplainedOnlyBy = OfKeptConnections,
            Remedies = mayBeNumber ? [] : [new Remedy("Take the failing backend out of the pool, and give the pool a health check.")],
            Next =
            [
                .. mayBeNumber ? [$"Does it fail one at a time, too? {ShellCommand.Of($"netwhy http {run.Url} -n {Math.Clamp(3 * run.Requests / Math.Max(1, bad), 30, 500)}")}"] : Array.Empty<string>(),
                .. evidence.First<HttpExchange>(exchange => exchange.Purpose is "control") is null ? [$"Which hop makes the errors? {ShellCommand.Of($"netwhy http {run.Url} --from-proxy")}"] : Array.Empty<string>(),
                "On the proxy: its log names the backend of each failed request; was one deployed or its health check changing meanwhile?",
            ],
        };
    }

    private static Finding OfFirst(HttpRun run, HttpExchange first, long good) => new(
        Id,
        Severity.Warning,
        Where.Remote,
        $"{ApplicationView.Server(first)} answers the same request with {first.Status} and well: none of {run.Requests} repeated ones was answered so.",
        [
            first.Weigh(Weight.Strong, $"the first answer was {first.Status} {first.Reason}"),
            run.Weigh(Weight.Strong, $"of {run.Requests} requests behind it {good} were answered well"),
        ])
    {
        Subject = first.Address,
        ExplainedOnlyBy = OfKeptConnections,
        Next = [$"Does it come again? {ShellCommand.Of($"netwhy {run.Url} --symptom 5xx")}", "On the proxy: its log names the backend of the failed request."],
    };

    // With the time of each request it is known which ones fail together. Connections that do not come about are no word of a backend:
    // without HTTP nothing is said here.
    private static IEnumerable<Finding> OfTimeline(EvidenceSet evidence, TimelineReading reading)
    {
        const int Few = 3;
        if (!reading.Timeline.IsHttp)
            yield break;
        var view = ApplicationView.Of(evidence);
        IPAddress[] mute = [];
        foreach (IPAddress address in reading.Dead)
        {
            if (OfWorkedOnce(view, reading, address) is { } gone)
                yield return gone;
            else if (reading.Good > 0 && !IsOfConnecting(KindsAt(reading, [address])) && KindsAt(reading, [address]) is not [RequestKind.AnswerTimeout or RequestKind.HandshakeTimeout])
                mute = [.. mute, address];
        }

        // An address that never comes about is what is wrong with that address, and the rules for it tell.
        if (mute.Length > 0)
            yield return OfOneAddress(reading, mute);
        foreach (Departure gone in reading.Gone.Where(gone => !gone.IsClosed && !gone.IsSilent))
            yield return OfGone(reading, gone);
        if (Partly(view, reading) is { } partly)
            yield return partly;
        foreach (Slowness slow in reading.Slow.Where(slow => slow.IsOfRetries && !reading.IsOfOurMaking(slow.Address) && reading.At(slow.Address).Failed < Few))
            yield return OfRetries(reading, slow);
        foreach ((IPAddress address, Turn turn) in reading.SlowTurns.Where(one => reading.IsSlowInTurn(one.Key)))
            yield return OfSlowTurn(reading, address, turn);
    }

    // One of several backends is late, with the beginning or with the rest of its answers.
    private static Finding OfSlowTurn(TimelineReading reading, IPAddress address, Turn turn)
    {
        RequestTimeline timeline = reading.Timeline;
        string server = ApplicationView.Endpoint(address, timeline.Port);
        TriedRequest[] answered = [.. reading.AllAt(address).Where(one => RequestKinds.IsAnswered(one.Kind)).Select(one => one.Request)];
        TriedRequest[] slow = [.. reading.AllAt(address).Where(one => one.Kind is RequestKind.Slow).Select(one => one.Request)];
        string MedianOf(Func<TriedRequest, TimeSpan?> part) => ApplicationView.InWords(slow.Select(request => part(request) ?? TimeSpan.Zero).Order().ElementAt((slow.Length - 1) / 2));
        string backends = $"{turn.Bad} of {turn.Places} backends {(turn.Bad == 1 ? "is" : "are")} slow";
        return new Finding(
            Id,
            Severity.Warning,
            Where.Remote,
            $"{server} is late with {slow.Length} of {answered.Length} answers, in turn, as where {backends}: they begin {MedianOf(request => request.Wait)} after the request and take {MedianOf(request => request.Receive)} to come (medians).",
            [
                timeline.Weigh(Weight.VeryStrong, $"of each {turn.Places} in turn, those at the same {Words.Count(turn.Bad, "place")} are late and the others are not, {(turn.Wrong == 0 ? "always" : $"save for {turn.Wrong}")}"),
                timeline.Weigh(Weight.HintAgainst, "an application that does something more at each so many requests looks the same"),
                .. reading.Slow.FirstOrDefault(one => one.Address.Equals(address)) is { PlaceOrTurn: { } place } ? [timeline.Weigh(Weight.Against, $"slow is also {place.Which}: the order of these requests does not tell the two apart")] : Array.Empty<Reason>(),
            ])
        {
            Subject = address,
            AlsoExplains = ["http-slow-server", "http-slow-transfer"],
            Remedies = [new Remedy("Find the backend that is slow, and take it out of the pool until it is as quick as the others.")],
            Next = ["On the proxy: which backend does its log name beside the slow answers (nginx: $upstream_addr, $upstream_response_time; haproxy: the server and the times Tr and Td)?"],
        };
    }

    // What keeps answering with errors, resets or says nothing since; where the port refuses or is silent, the rules for ports tell.
    private static Finding OfGone(TimelineReading reading, Departure gone)
    {
        RequestTimeline timeline = reading.Timeline;
        string server = ApplicationView.Endpoint(gone.Address, timeline.Port);
        return new Finding(
            Id,
            Severity.Critical,
            gone.MayBeRefusal ? Where.Unknown : Where.Remote,
            $"{server} answers no more since {reading.Clock(gone.Last)} ({TimelineReading.After(gone.Last)}): all {gone.Since} requests since failed ({gone.Ways}), {gone.Answered} of {gone.Before} before were answered; {gone.Meaning}.",
            [.. ReasonsOfGone(reading, gone)])
        {
            Subject = gone.Address,
            ExplainedOnlyBy = ExplainersOf(gone.Kinds),
            Remedies = gone.MayBeRefusal ? [] : [new Remedy(gone.Kinds.Contains(RequestKind.ServerError) ? "Read in the log of what answers why its backend serves nothing any more: start that again, or take it out of the pool; or what answers has run out of something on the way there (local ports, connections, descriptors)." : "Start the service again, and see why it ended or hangs.")],
            Next =
            [
                .. gone.MayBeRefusal ? [$"Does it work from another machine at the same time? Then something (a firewall, fail2ban, a WAF) refuses this one: {ShellCommand.Of($"curl -so /dev/null -w '%{{http_code}}\\n' {timeline.Url}")}"] : Array.Empty<string>(),
                $"On {gone.Address}: what do its log and that of what is behind it say of {reading.Clock(gone.Last)}, and do the processes run (ps -o lstart= -C NAME)?",
            ],
        };
    }

    /// <summary>What speaks for the going away of an address.</summary>
    /// <param name="reading">The requests.</param>
    /// <param name="gone">The address.</param>
    internal static IEnumerable<Reason> ReasonsOfGone(TimelineReading reading, Departure gone)
    {
        RequestTimeline timeline = reading.Timeline;
        yield return timeline.Weigh(Weight.VeryStrong, gone.InWords(reading));
        if (gone.Alone > 0)
            yield return timeline.Weigh(Weight.Strong, $"a limit of the rate lets some through, and of {gone.Alone} made one at a time afterwards, a second apart, it let none through");
        if (gone.End is { } end)
            yield return timeline.Weigh(Weight.Strong, end.InWords(reading));
        else if (gone.MayBeRefusal)
            yield return timeline.Weigh(Weight.Against, string.Create(CultureInfo.InvariantCulture, $"a ban of this client, or a limit that counts refused ones too over 10 s or more, looks the same, and netwhy asked {reading.Rate:0.#} times a second"));
    }

    // A proxy that waits a second before it tries a backend again, or the kernel that sends a SYN again, lets the answer come whole seconds late.
    private static Finding OfRetries(TimelineReading reading, Slowness slow)
    {
        RequestTimeline timeline = reading.Timeline;
        string server = ApplicationView.Endpoint(slow.Address, timeline.Port);
        string steps = string.Join(", ", slow.Steps);
        return new Finding(
            Id,
            Severity.Warning,
            Where.Remote,
            $"{server} answers {slow.Slow.Length} of {slow.Answered.Length} times whole seconds late ({steps} s){(slow.Windows is null ? "" : ", in windows of time")}, and else at once: something tries again behind it, as a proxy whose backend does not accept connections{(slow.IsOfPool && slow.Windows is null ? ", and which asks another one once its time is over" : " now and then")}, or the application itself waits for a timer.",
            [
                timeline.Weigh(Weight.Strong, $"{slow.Slow.Length} of {slow.Answered.Length} answers began {steps} s late, to within some hundredths of a second, and no segment was sent again from here: so long wait a proxy before a retry (haproxy: 1 s; nginx: proxy_connect_timeout) and the kernel before another SYN (1 s, then 2 s more)"),
                .. slow.Steps.Length > 1 ? [timeline.Weigh(Weight.Hint, "waits of several whole seconds are so many tries, rather than one sleep of an application")] : Array.Empty<Reason>(),
                timeline.Weigh(Weight.HintAgainst, "a poll, a sleep or a time-out of the application itself, as of its resolver, waits for whole seconds as well"),
                .. slow.IsOfPool ? [timeline.Weigh(Weight.Hint, $"late and quick ones come {(reading.SlowTurns.ContainsKey(slow.Address) ? "in turn" : "beside each other all the time, also over the same connections")}, as where a proxy asks one of several backends first by turns")] : Array.Empty<Reason>(),
                .. slow.Windows is { } windows ? [timeline.Weigh(Weight.Hint, SymptomOverview.InWords(windows))] : Array.Empty<Reason>(),
            ])
        {
            Subject = slow.Address,
            AlsoExplains = ["http-slow-server"],
            Remedies =
            [
                new Remedy("Find the backend that does not take connections at those times, and take it out of the pool until it is well; give the pool a health check that is quick enough to see it."),
                new Remedy("Let the proxy try another backend at once, and not the same one a second later (haproxy: option redispatch 1)."),
            ],
            Next =
            [
                $"On the proxy: its log tells the retries of each request and the backend (haproxy: the last of the connection counters, as in 1/1/0/0/+2) at {reading.Clock(slow.Slow[0].At)}.",
                "Between the proxy and its backends: are SYNs sent again there (nstat -az TcpExtTCPSynRetrans)?",
            ],
        };
    }

    private static RequestKind[] KindsAt(TimelineReading reading, IReadOnlyCollection<IPAddress> addresses) =>
        [.. reading.Failures.Where(failure => addresses.Contains(failure.Address)).Select(failure => RequestKinds.Of(reading.Timeline, failure)).Distinct()];

    private static string Ways(TimelineReading reading, IReadOnlyCollection<IPAddress> addresses) => string.Join(
        ", ",
        reading.Failures.Where(failure => addresses.Contains(failure.Address)).GroupBy(failure => RequestKinds.Of(reading.Timeline, failure)).Select(group => RequestKinds.InWords(group.Key, group.Count())));

    private static bool IsOfConnecting(RequestKind[] kinds) => kinds.Length > 0 && kinds.All(kind => kind is RequestKind.ConnectTimeout or RequestKind.Unreachable or RequestKind.Refused);

    // What keeps connections from coming about explains those that do not, and answers that do not come: of a queue that nobody empties, some stand.
    private static ImmutableArray<string> ExplainersOf(RequestKind[] kinds) => IsOfConnecting([.. kinds.Where(kind => kind is not (RequestKind.AnswerTimeout or RequestKind.HandshakeTimeout))])
        ? ["accept-queue-full", "packet-loss", "connection-rate-limited", "syn-flood", "link-flapping", "conntrack-full"]
        : OfKeptConnections;

    // The usual try worked there, and none of the repeated ones: who went away, or whom it refuses, is not known from here.
    private static Finding? OfWorkedOnce(ApplicationView view, TimelineReading reading, IPAddress address)
    {
        RequestKind[] kinds = KindsAt(reading, [address]);
        if (kinds is [RequestKind.TlsFailed])
            return null; // the usual try asks nevertheless whom no client would ask
        Observation? worked = IsOfConnecting(kinds)
            ? TargetView.All(view.Evidence).FirstOrDefault(target => target.Address.Equals(address))?.Connected
            : view.Exchanges.FirstOrDefault(http => http is { Outcome: HttpOutcome.Complete, Status: < 500 } && http.Address.Equals(address) && SingleTries.IsRepeated(reading.Timeline, http));
        if (worked is null || (worked is HttpExchange { TimeToFirstByte: { } wait } && wait >= reading.Timeline.Limit)) // it would have answered later, and is slow
            return null;
        string server = ApplicationView.Endpoint(address, reading.Timeline.Port);
        int asked = reading.At(address).Requests;
        string ways = Ways(reading, [address]);
        bool isAfterwards = worked.At >= reading.Timeline.Begin + reading.Timeline.Elapsed;
        return new Finding(
            Id,
            Severity.Critical,
            Where.Unknown,
            isAfterwards ? $"{server} failed {asked} of {asked} times ({ways}) and worked afterwards: it came back meanwhile, or it minds what those requests had and the usual one has not."
                : $"{server} worked once and then failed {asked} of {asked} times ({ways}): it went away meanwhile, or this client is refused or dropped since.",
            [
                reading.Timeline.Weigh(Weight.VeryStrong, $"all {asked} requests to {server} in {ApplicationView.InWords(reading.Timeline.Elapsed)} failed ({ways})"),
                worked.Weigh(Weight.Strong, worked is HttpExchange http ? $"another request to it was answered {http.Status}" : "another connection to it stood"),
            ])
        {
            Subject = address,
            ExplainedOnlyBy = ExplainersOf(kinds),
            Next =
            [
                $"Does it work from another machine at the same time? Then something (a firewall, fail2ban, a WAF) refuses this one: {ShellCommand.Of($"curl -so /dev/null -w '%{{http_code}}\\n' {reading.Timeline.Url}")}",
                $"On {address}: does the service run, and since when (ps -o lstart= -C NAME)?",
            ],
        };
    }

    private static Finding OfOneAddress(TimelineReading reading, IPAddress[] mute)
    {
        string where = string.Join(", ", mute.Select(address => ApplicationView.Endpoint(address, reading.Timeline.Port)));
        int asked = mute.Sum(address => reading.At(address).Requests);
        string ways = Ways(reading, mute);
        return new Finding(
            Id,
            Severity.Critical,
            Where.Remote,
            $"Every one of {asked} requests to {where} fails ({ways}), and other addresses of the name work.",
            [reading.Timeline.Weigh(Weight.VeryStrong, $"all {asked} requests to {where} failed ({ways}), and {reading.Good} of {reading.Timeline.Requests.Count} in all were answered well")])
        {
            Subject = ApplicationView.Subject(mute),
            ExplainedOnlyBy = OfKeptConnections,
            Remedies = [new Remedy($"Take {where} out of DNS until it is well; if it is a balancer, look at what stands behind it.")],
        };
    }

    private static Finding? Partly(ApplicationView view, TimelineReading reading)
    {
        const int Few = 3, Enough = 5;
        const double Rare = 0.01, Excluded = 0.001;
        RequestTimeline timeline = reading.Timeline;
        TriedRequest[] failures = [.. reading.Failures.Where(failure => !reading.Dead.Contains(failure.Address) && !reading.IsOfOurMaking(failure.Address) && !reading.IsTold(failure.Address)
            && !(reading.IsWayFull(failure.Address) && RequestKinds.IsTimeout(RequestKinds.Of(timeline, failure))))];
        HttpExchange? first = view.Exchanges.FirstOrDefault(http => (http.Status >= 500 || http is { Status: null, Outcome: not HttpOutcome.Complete }) && SingleTries.IsRepeated(timeline, http) && reading.Decides(http.Address) && !(http.Status is null && reading.IsWayFull(http.Address)) && !reading.IsOfOurMaking(http.Address) && !reading.IsTold(http.Address));
        if (first is null && failures.Length < (timeline.Symptom is null ? 1 : Few))
            return null; // the overview tells them, where there is one
        IPAddress[] bads = [.. failures.Select(failure => failure.Address).Append(first?.Address).OfType<IPAddress>().Distinct()];
        if (!bads.Any(reading.HasAnswered))
            return null; // all fail, save what never left this machine
        RequestKind[] kinds = KindsAt(reading, bads);
        if (first is null && kinds.All(kind => kind is RequestKind.ConnectTimeout or RequestKind.Unreachable))
            return null; // the way, a limit or a queue: rules that see more of it tell

        string ways = Ways(reading, bads);
        string where = string.Join(", ", bads.Select(address => ApplicationView.Endpoint(address, timeline.Port)));
        int asked = bads.Sum(address => reading.At(address).Requests);
        FailureWindows[] windows = [.. reading.Windows.Where(one => bads.Contains(one.Address))];
        bool isInAndOut = windows.Any(one => one.Spans.Length > 1), wasAway = windows is [{ Spans.Length: 1, IsToEnd: false }];
        PlaceInConnection? place = bads is [var onlyBad] ? reading.PlaceAt(onlyBad) : null;
        PlaceInConnection? placeOrTurn = bads is [var oneBad] ? reading.PlacesOrTurns.FirstOrDefault(one => one.Address.Equals(oneBad)) : null;
        Turn? turn = bads.Select(reading.TurnAt).Distinct().ToArray() is [{ } only] ? only : null;
        bool isWorst = reading.Worst is { } worst && bads is [var bad] && worst.Equals(bad);
        string? maker = failures.Length >= Few && kinds is [RequestKind.ServerError] && view.Evidence.Last<HttpRun>() is { } run ? Maker(run) : null;

        // A limit for each client answers 503, resets or refuses, and so may whoever has had enough of this one. Whoever has too few places
        // (a pool of connections, workers, a lock) answers any 5xx, but not to who asks one at a time.
        bool seemsLimit = bads.Any(reading.Limits.ContainsKey), isFineAfterwards = bads.All(reading.IsFineAfterwards);
        bool isUsualOfLimits = first?.Status is null or Unavailable && failures.All(failure => failure.Status == Unavailable || RequestKinds.Of(timeline, failure) is RequestKind.Refused or RequestKind.Reset);
        IPAddress[] failAlone = [.. isUsualOfLimits ? [] : bads.Where(reading.FailsAlone)];
        bool mayBeLimit = place is null && maker is null && !isWorst && failAlone.Length == 0
            && (seemsLimit || isFineAfterwards || ((reading.Rate >= 1 || first is not null) && !isInAndOut && !wasAway && turn is null))
            && (isUsualOfLimits || MayBeOfPlaces(reading, failures));
        string asLimit = isUsualOfLimits ? "where it limits how often one client may ask" : "where it bears fewer at once, or in a time, than netwhy asked";
        TimeSpan span = failures.Length == 0 ? TimeSpan.Zero : failures[^1].At - failures[0].At;
        TimeSpan? since = failures.Length >= Few && failures.Length < asked && IsToEnd(timeline, bads, failures) ? failures[0].At
            : windows is [{ IsToEnd: true } lasting] ? lasting.Spans[0].From : null;
        bool isScattered = bads.All(reading.IsScattered);
        bool isKnown = placeOrTurn is null && (place is not null || maker is not null || since is not null || isInAndOut != (turn is not null) || wasAway || isWorst || isScattered); // a slow turn and windows look the same
        bool isOrdered = place is not null || placeOrTurn is not null || maker is not null || turn is not null || isInAndOut || wasAway || isWorst;
        TimeSpan? patience = isOrdered || since is not null || failures.Length < Few ? null : PatienceOf(reading, bads, failures);

        // A page of its own is no page of a backend, unless that has the same software, as the backends of many a proxy do: only where who asks
        // one at a time gets no error is it what is asked first that has too little of something.
        bool isByTime = isInAndOut || wasAway;
        bool hasOwnPage = failures.Length >= Few && failures.All(failure => failure.Status is InternalError) && timeline.Refusal is { } ownPage && view.Evidence.Last<HttpRun>() is { } all
            && all.Answers.Where(answer => answer.Status is InternalError).All(answer => FirstHop.IsOwn(ownPage, all.Answers, answer));
        bool isOwn = hasOwnPage && bads.All(reading.IsSparedAlone)
            && (!isOrdered || (isByTime && place is null && placeOrTurn is null && maker is null && turn is null && !isWorst));
        string pattern = failures.Length < Few ? "too few to say what they have in common"
            : isOwn ? $"it makes these errors itself, as their page tells, or the same software behind it does; asked one at a time afterwards it made none, as where it runs out of something (open files, connections, disk) while netwhy's own connections stand"
            : patience is { } time ? $"each {ApplicationView.InWords(time)} after its request, when the patience of a proxy is over: some requests take longer than that, or one of several backends is silent{(mayBeLimit ? $", or {asLimit}" : "")}"
            : place is not null ? place.Which
            : placeOrTurn is { Rival: { } rival } ? $"{placeOrTurn.Which}, or {rival.InWords}"
            : maker is not null ? $"always at {maker}"
            : failures.Length == asked ? "all of them, and none of those that were asked one at a time afterwards"
            : isInAndOut && windows is [{ Kind: { } kind }] ? $"those {RequestKinds.InWords(kind, 0)["0 ".Length..]} in windows, so that something behind it goes in and out, and the others besides"
            : isInAndOut && mayBeLimit ? $"in windows, as where something behind it goes in and out, or {asLimit}"
            : isInAndOut && turn is not null ? $"in windows, as where something behind it goes in and out, or {turn.InWords}"
            : isInAndOut && windows.Any(one => one.IsPartial) ? "some requests in windows of time, so that one of several backends goes in and out"
            : isInAndOut ? "in windows, so that something behind it goes in and out"
            : wasAway && windows[0].IsFromBeginning ? "from the beginning on, and then no more: something came up, or is asked no more"
            : wasAway ? "in one stretch of time, so that something was away"
            : since is { } from ? $"from {TimelineReading.After(from)} ({reading.Clock(from)}) on, {(isFineAfterwards ? "and those asked one at a time afterwards did not" : "and it was not seen to end")}"
            : turn is not null ? $"{turn.InWords}{(mayBeLimit ? $", or {asLimit}" : "")}"
            : bads is [var alone] && reading.AfterQuiet.FirstOrDefault(one => one.Address.Equals(alone)) is { } quiet ? $"each time when nobody of ours had asked for {ApplicationView.InWords(quiet.Least)} or more, save right behind a failure, as where a proxy's kept connections to its backend are dead by then, or in turn"
            : isWorst ? "over new connections more often than the other addresses"
            : span < timeline.Asked / 10 ? $"all within {ApplicationView.InWords(span)}, from {TimelineReading.After(failures[0].At)} on"
            : isScattered && mayBeLimit ? $"scattered over the time, as where one of several backends is bad, or {asLimit}"
            : isScattered ? "scattered over the time, as where one of several backends is bad"
            : $"in no pattern that tells more than chance{(mayBeLimit && !isUsualOfLimits ? $", as where one of several backends is bad, or {asLimit}" : "")}";
        List<Reason> reasons = [timeline.Weigh(failures.Length == 0 ? Weight.Strong : Weight.VeryStrong, $"of {asked} requests to {where} in {ApplicationView.InWords(timeline.Elapsed)} {failures.Length} failed{(ways.Length > 0 ? $" ({ways})" : "")}, and {reading.Good} of {timeline.Requests.Count} in all were answered well")];
        if (first is not null)
            reasons.Add(first.Weigh(Weight.Hint, first.Status is null ? "another request got no whole answer" : $"another request was answered {first.Status} {first.Reason}"));
        if (place is not null)
            reasons.Add(timeline.Weigh(Weight.VeryStrong, $"{place.InWords}: what decides is which request of a connection it is, so that no backend of several is what is bad"));
        if (placeOrTurn is not null)
            reasons.Add(timeline.Weigh(Weight.Against, $"{placeOrTurn.InWords}: which request of a connection it is fell together with the turn of backends, and the order of these requests does not tell the two apart"));
        if (isWorst)
            reasons.Add(timeline.Weigh(Weight.Strong, SymptomOverview.WorstInWords(reading)!));
        reasons.AddRange(windows.Select(one => timeline.Weigh(Weight.Strong, SymptomOverview.InWords(reading, one))));
        foreach (RequestKind refusal in kinds.Length > 1 ? kinds.Where(kind => kind is RequestKind.Reset or RequestKind.Refused) : [])
        {
            TriedRequest[] refused = [.. failures.Where(failure => RequestKinds.Of(timeline, failure) == refusal)];
            (int answered, int made) = (timeline.Requests.Count(request => request.Idle is not null && request.Status is not null && bads.Contains(request.Address)), timeline.Requests.Count(request => request.Idle is null && bads.Contains(request.Address)));
            if (refused.Length >= Enough && answered >= Enough && refused.All(failure => failure.Idle is null))
                reasons.Add(timeline.Weigh(Weight.Context, $"{RequestKinds.InWords(refusal, refused.Length)}, of {made} over new connections and none over kept ones: as a limit on new connections, or a full queue, refuses them, beside what fails otherwise"));
        }

        if (turn is not null)
            reasons.Add(timeline.Weigh(Weight.Strong, $"of each {turn.Places} in turn, those at the same {Words.Count(turn.Bad, "place")} fail and the others do not, {(turn.Wrong == 0 ? "always" : $"save for {turn.Wrong}")}"));
        if (maker is not null)
            reasons.Add(timeline.Weigh(Weight.Strong, $"all errors come from {maker}, which gave no good answer"));
        if (place is null)
            reasons.AddRange(failAlone.Select(address => timeline.Weigh(Weight.Hint, $"made one at a time afterwards, {reading.AloneAt(address) switch { var (good, all) => $"{all - good} of {all}" }} at {address} failed or were late as well: netwhy's own load is not what makes them")));
        if (!mayBeLimit && !isWorst && maker is null && windows.Length == 0 && turn is null && LossComparison.Tail(asked, failures.Length, Rare) is < Excluded and var chance)
            reasons.Add(timeline.Weigh(Weight.Strong, string.Create(CultureInfo.InvariantCulture, $"a server that fails one of a hundred requests now and then would fail so many by chance in one of {(chance > 1e-9 ? Math.Round(1 / chance, 0).ToString("0.0e+0", CultureInfo.InvariantCulture) : "a thousand million")} cases")));
        foreach (AnswerChange change in reading.Changes.Where(change => change.IsOfSoftware && reading.FailuresBeside(change) > 0))
            reasons.Add(timeline.Weigh(Weight.Hint, $"about then the answers of {change.Address} became others, from {reading.Clock(change.At)} on: {change.After}"));
        if (mayBeLimit)
            reasons.Add(timeline.Weigh(Weight.Against, string.Create(CultureInfo.InvariantCulture, $"{(isUsualOfLimits ? "a limit for each client" : "what has too few places (a pool of connections, workers, a lock), or a limit,")} looks the same, and netwhy asked {reading.Rate:0.#} times a second{(first is null ? "" : ", some at once at the beginning")}{(isFineAfterwards ? $"; afterwards, asked one at a time, it answered {bads.Sum(address => reading.AloneAt(address).Good)} of {bads.Sum(address => reading.AloneAt(address).Asked)}" : "")}{(bads.Any(reading.IsFineAgain) ? ", and in quick succession once more all of them, as a limit hardly does" : "")}")));
        foreach (ClientLimit limit in bads.Select(reading.Limits.GetValueOrDefault).OfType<ClientLimit>())
            reasons.Add(timeline.Weigh(Weight.Against, $"{limit.Asked - limit.Wrong} of {limit.Asked} at {limit.Address} are answered or refused as by a limit of {limit.Words}"));

        if (patience is { } longest)
        {
            TimeSpan[] answered = [.. reading.All.Where(one => bads.Contains(one.Request.Address) && RequestKinds.IsAnswered(one.Kind)).Select(one => one.Request.Wait ?? TimeSpan.Zero).Order()];
            reasons.Add(timeline.Weigh(Weight.VeryStrong, $"all {failures.Length} errors came {ApplicationView.InWords(longest)} after their requests, and no other answer took as long (the slowest {ApplicationView.InWords(answered[^1])}): a time that is set ran out"));
        }

        if (isOwn)
            reasons.Add(timeline.Weigh(Weight.VeryStrong, "the errors have the fields and the markup of the page with which what is asked first refuses a bad request: it made them, or the same software behind it"));
        else if (hasOwnPage)
            reasons.Add(timeline.Weigh(Weight.HintAgainst, "the errors have the fields and the markup of the page with which what is asked first refuses a bad request: a backend of the same software makes such ones, and so does it itself (its error log tells)"));
        bool isCritical = (isKnown || patience is not null) && !isOwn && !mayBeLimit && failures.Length >= Enough;
        List<string> next = mayBeLimit && reading.Slower is { } slower ? [$"Does it fail as often when it is asked less? {slower}"] : [];
        next.Add(timeline.Refusal is null && kinds.Contains(RequestKind.ServerError) ? $"Which hop makes the errors? {ShellCommand.Of($"netwhy http {timeline.Url} --from-proxy")}"
            : failures.Length == 0 ? reading.Longer is { } longer ? $"Does it come again? {ShellCommand.Of($"netwhy {timeline.Url} --symptom {(first!.Status is null ? reading.Symptom : timeline.Symptom ?? "5xx")}")} {longer}" : "Does it come again at another time?"
            : $"On {where}: what does its log say of {reading.Clock(failures[0].At)}, and is the process as old as it should be (ps -o lstart= -C NAME)?");
        next.Add((place ?? placeOrTurn)?.ByHand(timeline.Url) is { } byHand ? byHand
            : isOwn ? "On what is asked first: how many files may it open, and how many has it open (grep 'open files' /proc/PID/limits; ls /proc/PID/fd | wc -l)?"
            : failures.Any(failure => failure.Status == BadGateway) ? "On the proxy: its log names the backend of each failed request, and why (nginx, connect() failed: 111 is a backend that refuses, 113 one that is not reached, 99 that the proxy itself has no local port left); was one deployed, or did its health check change then?"
            : "On the proxy: its log names the backend of each failed request; was one deployed, or did its health check change then?");
        return new Finding(
            isOwn ? ServerError : patience is null ? Id : OutOfPatience,
            isCritical ? Severity.Critical : Severity.Warning,
            Where.Remote,
            failures.Length == 0
                ? $"{where} {(first!.Status is { } status ? $"answers the same request with {status} and well" : "leaves one request without a whole answer and answers others")}: none of {asked} repeated ones failed{(mayBeLimit ? ", and that one came among several at once, as a limit may refuse" : "")}."
                : $"{where} fails {failures.Length} of {asked} times for the same request ({ways}): {pattern}.",
            [.. reasons])
        {
            Subject = ApplicationView.Subject(bads),
            ExplainedOnlyBy = bads.All(address => UnheardRequests.Tells(reading, address)) ? [.. ExplainersOf(kinds), "packet-loss"] : ExplainersOf(kinds), // what no backend ever had
            Remedies = isOwn ? [new Remedy("The error log of what is asked first names the reason (nginx: error.log, as \"24: Too many open files\" where worker_rlimit_nofile is too low, \"rewrite or internal redirection cycle\", \"28: No space left on device\", \"auth request unexpected status\").")]
            : patience is { } tooLong ? [new Remedy($"Find in the proxy's log which backend it waited for (nginx: \"upstream timed out\", $upstream_addr). If always for one: take it out of the pool. If not: find what takes longer than {ApplicationView.InWords(tooLong)} there, or be more patient (nginx: proxy_read_timeout, proxy_connect_timeout; haproxy: timeout server; Apache: ProxyTimeout, timeout= of ProxyPass).")]
            : !isCritical ? [] :
            [
                place is { IsOfFirst: true } ? PlaceInConnection.OfEachConnection
                    : place is not null ? new Remedy("See what the server, or the proxy before it, leaves behind from the first request of a connection: a body that it did not read, a state or a login of the connection, a kept connection to its backend. Until then let it close after each answer (nginx: keepalive_requests 1; haproxy: option httpclose; Apache: KeepAlive Off), which costs a handshake each.")
                    : maker is not null ? new Remedy($"Take the backend {maker} out of the pool until it is well, and give the pool a health check that fails as its answers do.")
                    : isInAndOut ? new Remedy("Find what goes in and out at those times, a health check or a process that restarts; let the check fail and recover no faster than the backend does.")
                    : wasAway && windows[0].IsFromBeginning ? new Remedy("See what failed until then: a backend that had just been started, or one that the proxy left out once it had failed often enough (nginx: max_fails, for fail_timeout; haproxy: observe layer7) and will try again; give the pool an active health check.")
                    : wasAway ? new Remedy("If that was a restart or a deploy: take the backend out of the pool before it, and put it in again once it answers.")
                    : isWorst ? new Remedy($"Take {where} out of the pool (or out of DNS) until it is well; if it is a balancer, look at what stands behind it.")
                    : new Remedy("Find the backend that fails, and take it out of the pool until it is well."),
                .. place is not null ? [] : (Remedy[])[new Remedy("Let the proxy try another backend once for requests that may be repeated (haproxy: option redispatch, retries; nginx: proxy_next_upstream).")],
            ],
            Next = [.. next],
        };
    }

    // As long as all of its errors took, where a proxy gave up: to some hundredths, and longer than any answer.
    private static TimeSpan? PatienceOf(TimelineReading reading, IPAddress[] bads, TriedRequest[] failures)
    {
        const double Least = 0.3, Alike = 0.06, AlikeShare = 0.03; // seconds; of the time
        const int Trips = 10;
        if (!failures.All(failure => failure is { Status: BadGateway or GatewayTimeout, Wait: not null, RoundTrip: not null }))
            return null;
        double[] waits = [.. failures.Select(failure => failure.Wait!.Value.TotalSeconds).Order()];
        double middle = waits[waits.Length / 2], spread = Math.Max(Alike, middle * AlikeShare);
        bool isTimer = middle >= Least && waits[^1] - waits[0] <= 2 * spread && failures.All(failure => failure.Wait >= failure.RoundTrip * Trips);
        return isTimer && reading.All.Any(one => bads.Contains(one.Request.Address) && RequestKinds.IsAnswered(one.Kind))
            && reading.All.All(one => !bads.Contains(one.Request.Address) || !RequestKinds.IsAnswered(one.Kind) || (one.Request.Wait ?? TimeSpan.Zero).TotalSeconds <= middle + spread)
            ? TimeSpan.FromSeconds(middle) : null;
    }

    // Whether whoever has too few places may have made such failures. What is asked one at a time finds a place behind a gateway.
    private static bool MayBeOfPlaces(TimelineReading reading, TriedRequest[] failures)
    {
        const int Few = 3;
        bool isOneByOne = HttpSlow.IsOneByOne(reading);
        return failures.Length >= Few && failures.All(failure => (failure.Status is >= 500 and < 600 && !(isOneByOne && failure.Status is BadGateway or GatewayTimeout)) || RequestKinds.Of(reading.Timeline, failure) is RequestKind.Refused or RequestKind.Reset);
    }

    // Whether every request there failed since the first one that did.
    private static bool IsToEnd(RequestTimeline timeline, IPAddress[] bads, TriedRequest[] failures) =>
        timeline.Requests.Count(request => bads.Contains(request.Address) && request.At >= failures[0].At) == failures.Length;

    private static bool IsOfServer(HttpRunFailure failure) =>
        failure is { Stage: not ExchangeStage.NotConnected, Outcome: HttpOutcome.Reset or HttpOutcome.ClosedEarly or HttpOutcome.Truncated or HttpOutcome.Malformed };

    // The backend that all errors name and no good answer does; null if there is no such one, or if some good answers are not told apart.
    private static string? Maker(HttpRun run)
    {
        if (run.Answers.Any(answer => answer is { Status: < 500, FieldNames.Count: 0, Headers.Count: 0 }))
            return null;
        string[] marks = ["x-served-by", "x-backend", "x-backend-server", "x-backend-id", "x-upstream", "x-upstream-addr", "x-server", "x-instance", "x-hostname", "pod"];
        HttpRunAnswer[] errors = [.. run.Answers.Where(answer => answer.Status is >= 500 and < 600)];
        foreach (string mark in marks)
        {
            string?[] named = [.. errors.Select(answer => answer.Headers.GetValueOrDefault(mark)).Distinct()];
            if (named is [{ } only] && !run.Answers.Any(answer => answer.Status < 500 && answer.Headers.GetValueOrDefault(mark) == only))
                return $"{mark}: {only}";
        }

        return null;
    }
}
