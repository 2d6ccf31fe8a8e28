using System.Globalization;
using System.Net;
using NetWhy.Diagnose.Paths;
using NetWhy.Diagnose.Repeated;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Rules;

/// <summary>The server, or what stands before it, takes so many requests or connections of one client and no more, and netwhy's own repeated ones met that.</summary>
public sealed class ClientLimited : IRule
{
    private const string Unavailable = "http-unavailable";
    private const string ServerError = "http-server-error";
    private const string ClientError = "http-client-error";
    private const string BadGateway = "http-bad-gateway";
    private const string GatewayTimeout = "http-gateway-timeout";
    private const string SlowServer = "http-slow-server";
    private const int Few = 3;
    private const string RateLimited = "connection-rate-limited";

    /// <inheritdoc/>
    public RuleInfo Info { get; } = new("client-limited", Source: "RFC 6585, section 4; RFC 9110, section 15.6.4", Unavailable, ServerError, BadGateway, GatewayTimeout, SlowServer, ClientError, RateLimited);

    /// <inheritdoc/>
    public IEnumerable<Finding> Evaluate(EvidenceSet evidence)
    {
        if (TimelineReading.Of(evidence) is not { } reading)
        {
            foreach (HttpRun run in evidence.All<HttpRun>().Where(IsOfNumber))
                yield return OfRun(run);
            yield break;
        }

        foreach (IPAddress address in reading.Addresses)
        {
            Refusal limited = new(RequestKind.Limited, 429);
            if (reading.RefusalAt(address) is { } refusal && (reading.IsLimitSure(address) || reading.IsLimitedAgain(address) || reading.IsFineAlone(address)))
                yield return OfRate(reading, reading.Limits.GetValueOrDefault(address), address, refusal);
            else if (reading.RefusedAt(address, limited).Refused >= Few)
                yield return OfRate(reading, null, address, limited);
            else if (reading.Loads.GetValueOrDefault(address) is { } load)
                yield return OfLoad(reading, load);
            else if (reading.Queues.GetValueOrDefault(address) is { } queue && reading.At(address).Failed >= Few)
                yield return OfQueue(reading, queue);
        }

        foreach (HeldPlaces held in reading.Held.Where(held => !reading.IsLimitSure(held.Address) && !reading.IsLimitedAgain(held.Address)))
            yield return OfNumber(reading, held);
        foreach (Slowness slow in reading.Slow.Where(slow => slow.IsOfNewConnections && !reading.IsOfOurMaking(slow.Address)))
            yield return OfDelay(reading, slow);
    }

    // New connections that wait for each other, while those that stand are served at once.
    private static Finding OfDelay(TimelineReading reading, Slowness slowness)
    {
        const double Grows = 1.3; // times
        const int AtFirst = 4;
        RequestTimeline timeline = reading.Timeline;
        (int late, int made) = slowness.Place!.First;
        string server = ApplicationView.Endpoint(slowness.Address, timeline.Port);
        TriedRequest[] slow = [.. slowness.Slow.Where(request => request.Idle is null).OrderBy(request => request.At)];
        TimeSpan[] waits = [.. slow.Select(request => request.Wait!.Value).Order()];
        TimeSpan[] served = [.. slow.Select(request => request.At + request.Total).Order()];
        double rate = (served.Length - 1) / Math.Max(0.001, (served[^1] - served[0]).TotalSeconds), asked = made / Math.Max(0.001, timeline.Asked.TotalSeconds);
        TriedRequest[] began = [.. slowness.Answered.Where(request => request is { Idle: null, Wait: not null }).OrderBy(request => request.At).Take(AtFirst)]; // before a queue is long, or any limit is reached
        (TimeSpan first, TimeSpan last) = (MedianOf(began), MedianOf(slow[^((slow.Length + 2) / 3)..]));
        int alone = reading.AloneAt(slowness.Address).Asked;
        List<Reason> reasons =
        [
            timeline.Weigh(Weight.VeryStrong, $"{slowness.Place.InWords}; they waited {ApplicationView.InWords(waits[0])} to {ApplicationView.InWords(waits[^1])}"),
            timeline.Weigh(Weight.VeryStrong, $"{alone} of {alone} new connections that were made one at a time afterwards did not wait: what is done for each connection takes no such time"),
        ];
        bool grows = last >= first * Grows;
        if (!grows)
            reasons.Add(timeline.Weigh(Weight.Against, "the first ones waited as long as the last ones: what made each of them slow, and ended just then, looks the same"));
        if (grows)
            reasons.Add(timeline.Weigh(Weight.Hint, $"the longer netwhy went on, the longer they waited (medians: {ApplicationView.InWords(first)} of the first four, {ApplicationView.InWords(last)} in the last third): more were made than are served"));
        return new Finding(
            RateLimited,
            Severity.Warning,
            Where.Remote,
            string.Create(CultureInfo.InvariantCulture, $"{server} lets new connections wait for {ApplicationView.InWords(waits[(waits.Length - 1) / 2])} (median, {late} of {made}), and serves those that stand at once: it serves about {rate:0.#} new ones a second, and netwhy made {asked:0.#}, by a limit that delays them, or since it accepts one after the other."),
            [.. reasons])
        {
            Subject = slowness.Address,
            AlsoExplains = ["http-slow-server"],
            Remedies =
            [
                new Remedy("If real clients meet it: raise the limit (haproxy: rate-limit sessions, maxconrate, maxconn), or see what the server does for each connection before it accepts the next (a lookup of the client's name, a login). If not, netwhy's own connections alone do."),
                new Remedy("Let clients keep their connections and use them again."),
            ],
            Next = [.. reading.Slower is { } slower ? [$"Is it quick when it is asked less? {slower}"] : (string[])[], $"On {slowness.Address}: do connections wait to be accepted (ss -ltn, Recv-Q)?"],
        };

        static TimeSpan MedianOf(TriedRequest[] requests) => requests.Select(request => request.Wait!.Value).Order().ElementAt((requests.Length - 1) / 2);
    }

    /// <summary>Whether requests of a run failed while several were under way, and those made one at a time afterwards did not, which chance does not explain.</summary>
    /// <param name="run">The run.</param>
    internal static bool IsOfNumber(HttpRun run)
    {
        if (run is not { Concurrency: > 1, Alone: { } alone } || alone.Good < alone.Asked)
            return false;
        (long failed, long requests) = (FailedOf(run), run.Groups.Where(group => group.Address.Equals(alone.Address)).Sum(group => group.Requests));
        return failed >= Few && failed < requests && Math.Pow(1 - (failed / (double)requests), alone.Asked) < LossComparison.Alpha;
    }

    // All that fail there, in whatever way.
    private static long FailedOf(HttpRun run) => run.Groups.Where(group => group.Address.Equals(run.Alone!.Address)).Sum(group => group.Failed + group.ServerErrors)
        + (run.Groups.All(group => group.Address.Equals(run.Alone!.Address)) ? run.Answers.Where(answer => answer.Status is 429).Sum(answer => answer.Count) : 0);

    private static Finding OfRun(HttpRun run)
    {
        HttpRunAlone alone = run.Alone!;
        (long failed, long requests) = (FailedOf(run), run.Groups.Where(group => group.Address.Equals(alone.Address)).Sum(group => group.Requests));
        (string Way, long Count)[] ways =
        [
            .. run.Answers.Where(answer => answer.Status is 429 or (>= 500 and < 600)).GroupBy(answer => answer.Status).Select(group => ($"{group.Key}", group.Sum(answer => answer.Count))),
            .. run.Failures.Where(failure => failure.Address.Equals(alone.Address)).GroupBy(failure => $"{(failure.Stage is ExchangeStage.NotConnected ? "no connection" : "no whole answer")}: {(failure.Errno is { } errno ? ErrnoWords.Of(errno) : failure.Outcome is HttpOutcome.NoAnswer ? "no answer in time" : "ended")}").Select(group => (group.Key, group.Sum(failure => failure.Count))),
        ];
        string server = ApplicationView.Endpoint(alone.Address, run.Groups[0].Port);
        string said = string.Join(", ", ways.OrderByDescending(way => way.Count).Select(way => $"{way.Count} × {way.Way}"));
        bool isOfAnswers = ways.MaxBy(way => way.Count).Way is [>= '0' and <= '9', ..] most && most is not "429";
        bool isLimited = ways.MaxBy(way => way.Count).Way is "429";
        return new Finding(
            isLimited ? ClientError : isOfAnswers ? Unavailable : RateLimited,
            Severity.Warning,
            isOfAnswers || isLimited ? Where.Remote : Where.Unknown,
            string.Create(CultureInfo.InvariantCulture, $"{server} fails {failed} of {requests} requests when {run.Concurrency} are made at once ({said}), and none of {alone.Asked} made one at a time afterwards: it takes fewer at once, or fewer a second than these {run.Requests / Math.Max(0.001, run.Elapsed.TotalSeconds):#,0.#}."),
            [
                run.Weigh(Weight.VeryStrong, $"{failed} of {requests} failed while up to {run.Concurrency} were under way, and 0 of {alone.Asked} half a second apart: by chance that would be so in less than one case of a hundred"),
                run.Weigh(Weight.Context, "an outage that ended just then looks the same"),
            ])
        {
            Subject = alone.Address,
            AlsoExplains = ["connection-reset", "connection-reset-by-middlebox", "port-closed", "service-hung", "http-server-error", "http-bad-gateway", "http-gateway-timeout"],
            Remedies =
            [
                new Remedy("If real load meets it: raise how many are served at once (haproxy: maxconn of the server, timeout queue; nginx: limit_conn, worker_connections; threads or workers of the application), or add backends. If not, netwhy's own requests alone do."),
            ],
            Next =
            [
                $"From how many on? {ShellCommand.Of($"netwhy http {run.Url} -c {Math.Max(2, run.Concurrency / 2)} -n {run.Requests}")}",
                "On the server: which limit do its log and statistics name (haproxy: sQ or SC in the log's termination state; nginx: \"limiting connections\")?",
            ],
        };
    }

    // Errors beside our own requests, and hardly else: in which rhythm follows from how long each takes its place, and may be no limit's.
    private static Finding OfLoad(TimelineReading reading, OwnLoad load)
    {
        RequestTimeline timeline = reading.Timeline;
        (int failed, int asked) = reading.At(load.Address);
        int alone = reading.AloneAt(load.Address).Asked;
        string server = ApplicationView.Endpoint(load.Address, timeline.Port);
        return new Finding(
            load.Status switch { 502 => BadGateway, 503 => Unavailable, 504 => GatewayTimeout, _ => ServerError },
            Severity.Warning,
            Where.Remote,
            $"{server} answers {failed} of {asked} requests {load.Status}, those that come while {load.Beside}, and hardly another one: it bears few at once (a pool of connections or workers, a lock), or in a time.",
            [
                timeline.Weigh(Weight.VeryStrong, $"{load.InWords}: by chance that would be so in less than one case of a thousand"),
                timeline.Weigh(Weight.Hint, $"afterwards, asked one at a time, it answered {alone} of {alone}"),
                timeline.Weigh(Weight.Against, "a balancer that asks its next backend only while the first one is busy, and that one is bad, looks the same"),
                timeline.Weigh(Weight.Context, "whether netwhy's own requests alone make it fail, or others' beside them, is not seen"),
            ])
        {
            Subject = load.Address,
            Remedies = [new Remedy("If real clients meet it: let more be served at once (the pool of connections to the database, workers or threads of the application, a lock that is held for too long), and let a request wait for its place rather than fail. If not, netwhy's own requests alone do.")],
            Next = [.. reading.Slower is { } slower ? [$"Does it fail when it is asked less? {slower}"] : (string[])[], $"In the log of what answers {load.Status}: what was exhausted or locked at {reading.Clock(reading.Failures.First(failure => failure.Address.Equals(load.Address)).At)}? And which backend of several answered then?"],
        };
    }

    // What waits behind our own requests until its time is over, here or at a proxy.
    private static Finding OfQueue(TimelineReading reading, OwnQueue queue)
    {
        RequestTimeline timeline = reading.Timeline;
        (int failed, int asked) = reading.At(queue.Address);
        RequestKind[] alone = [.. reading.KindsAlone(queue.Address)];
        int answered = alone.Count(RequestKinds.IsAnswered);
        string server = ApplicationView.Endpoint(queue.Address, timeline.Port);
        string ways = string.Join(", ", reading.AllAt(queue.Address).Where(one => RequestKinds.IsOfPeer(one.Kind)).GroupBy(one => one.Kind).Select(group => RequestKinds.InWords(group.Key, group.Count())));
        TriedRequest first = reading.Failures.First(failure => failure.Address.Equals(queue.Address));
        return new Finding(
            queue.Status switch { null => SlowServer, 502 => BadGateway, 503 => Unavailable, 504 => GatewayTimeout, _ => ServerError },
            Severity.Warning,
            Where.Remote,
            string.Create(CultureInfo.InvariantCulture, $"{server} serves about {queue.Rate} requests a second ({(queue.Workers == 1 ? "one" : queue.Workers)} at a time, {ApplicationView.InWords(queue.Service)} each), and netwhy asked {asked / Math.Max(0.001, timeline.Asked.TotalSeconds):0.#}: they waited for each other, {failed} of {asked} until their time was over ({ways}); asked one at a time afterwards, it answers."),
            [
                timeline.Weigh(Weight.VeryStrong, queue.InWords),
                timeline.Weigh(Weight.Strong, $"afterwards, asked one at a time, it answered {answered} of {alone.Length}{(answered < alone.Length ? ", all but the first, which may still have waited behind the others" : "")}"),
                timeline.Weigh(Weight.HintAgainst, "what made each of them slow for a time, and ended just then, looks the same"),
                timeline.Weigh(Weight.Context, "whether real clients ask as much is not seen"),
            ])
        {
            Subject = queue.Address,
            Remedies = [new Remedy("If real clients ask as much: let more be served at once (workers, processes or threads of the application, more backends), or find what makes each request take so long. If not, netwhy's own requests alone do.")],
            Next =
            [
                .. reading.Slower is { } slower ? [$"Does it fail when it is asked less? {slower}"] : (string[])[],
                $"On the server at {reading.Clock(first.At)}: how many workers does it have, and did all of them work (ss -ltn, Recv-Q: what waits to be accepted)?",
            ],
        };
    }

    private static Finding OfRate(TimelineReading reading, ClientLimit? limit, IPAddress address, Refusal refusal)
    {
        RequestTimeline timeline = reading.Timeline;
        (int refused, int asked) = reading.RefusedAt(address, refusal);
        (RequestKind kind, string how) = (refusal.Kind, refusal.InWords);
        string server = ApplicationView.Endpoint(address, timeline.Port);
        (TimeSpan Time, bool IsOfQueue)? delay = refusal.IsAnswer ? DelayOf(reading, address, refusal) : null;
        bool isOfConnections = !refusal.IsAnswer && !(refusal.IsSilent && reading.AllAt(address).Any(one => one.Request.Idle is not null && refusal.Is(one.Request, one.Kind)));
        string noun = isOfConnections ? "connections" : "requests";
        List<Reason> reasons = [];
        if (kind is RequestKind.Limited)
            reasons.Add(timeline.Weigh(Weight.Decisive, $"{refused} of {asked} requests were answered 429, which says so"));
        if (limit is not null)
        {
            reasons.Add(timeline.Weigh(
                limit.IsSure ? Weight.VeryStrong : limit.Wrong < limit.WrongByTime ? Weight.Hint : Weight.Context,
                $"which of netwhy's own {noun} are refused follows from when others were let through, as by a limit of {limit.Words}, for {limit.Asked - limit.Wrong} of {limit.Asked}; from a rhythm of the clock, or from backends in turn, it follows for {limit.Asked - limit.WrongByTime}{(limit.Wrong < limit.WrongByTime ? "" : ", as well")}"));
        }

        if (reading.AloneAt(address, refusal) is { Asked: > 0 } alone && alone.Good == alone.Asked)
            reasons.Add(timeline.Weigh(reasons.Count == 0 ? Weight.Strong : Weight.Hint, $"{(reasons.Count == 0 ? $"of {asked} {noun} that came one soon after the other {refused} were refused {how}, and " : "")}afterwards, asked one at a time, it answered {alone.Good} of {alone.Asked}"));
        if (reading.IsLimitedAgain(address) && reading.AgainAt(address).Select(one => refusal.Is(one.Request, one.Kind)).ToArray() is var again)
            reasons.Add(timeline.Weigh(Weight.VeryStrong, $"asked in quick succession once more, it let {again.TakeWhile(isRefused => !isRefused).Count()} through and then refused {again.Count(isRefused => isRefused)} of {again.Length}: an outage that ended does not come back so"));
        if (limit is null && kind is not RequestKind.Limited)
            reasons.Add(timeline.Weigh(Weight.Hint, "nothing failed in another way"));
        if (delay is { Time: var time, IsOfQueue: true })
            reasons.Add(timeline.Weigh(Weight.Strong, $"the answers {refusal.Status} came {ApplicationView.InWords(time)} after their requests, all about alike: they waited in a queue until their time there was over, where a limit refuses at once"));
        else if (delay is { Time: var held })
            reasons.Add(timeline.Weigh(Weight.Context, $"the answers {refusal.Status} came {ApplicationView.InWords(held)} after their requests, all about alike, and none of the others waited for long: so a tarpit answers (haproxy: http-request tarpit), or a queue whose time was over"));
        TimeSpan? queued = delay is { IsOfQueue: true, Time: var wait } ? wait : null;
        return new Finding(
            refusal.Cause,
            Severity.Warning,
            refusal.IsAnswer ? Where.Remote : Where.Unknown,
            string.Create(CultureInfo.InvariantCulture, $"{server} refuses {refused} of {asked} {noun} {how}{(delay is { IsOfQueue: false, Time: var late } ? $", {ApplicationView.InWords(late)} later" : "")}, and netwhy made {asked / Math.Max(0.001, timeline.Asked.TotalSeconds):0.#} a second: {(limit is null ? "it lets fewer through" : $"it lets {limit.Words} through")}, {(queued is { } inQueue ? $"and lets the others wait in a queue for {ApplicationView.InWords(inQueue)}: its backends serve too few at once" : "by a limit for this client or for all")}."),
            [.. reasons])
        {
            Subject = address,
            Remedies =
            [
                queued is null
                    ? new Remedy("If real clients meet it, as many behind one address do, raise the limit or allow a burst (nginx: limit_req; haproxy: stick-table; nft: limit). If not, netwhy's own requests alone do.")
                    : new Remedy("Let more be served at once (haproxy: maxconn of the server; workers or threads of the application), add backends, or find what makes each request take so long; a longer queue (haproxy: timeout queue) only lets them wait longer. If real clients do not meet it, netwhy's own requests alone do."),
            ],
            Next = [.. reading.Slower is { } slower ? [$"Does it fail when it is asked less? {slower}"] : (string[])[], LogOf(refusal, queued is not null)],
        };
    }

    // Where what refuses says so.
    private static string LogOf(Refusal refusal, bool isQueued) => (refusal, isQueued) switch
    {
        (_, true) => "On the proxy: its log and statistics name the queue and the server that it is of (haproxy: termination state sQ, the last two numbers of the log's queues; qcur and qtime of show stat).",
        ({ Kind: RequestKind.Reset or RequestKind.Refused }, _) => "On the server, and on a firewall before it: what counts or logs new connections that it refuses (haproxy: dcon and dses of show stat; nft list ruleset, iptables -vnL: a limit's counter)?",
        ({ IsSilent: true }, _) => "On the proxy: which rule drops silently, and what does it count of this client (haproxy: silent-drop; show table)?",
        ({ Status: >= 500 and not 503 }, _) => "On the proxy: which rule holds requests back, or denies them (haproxy: termination state PT or PR; show table), and what does the application log at those times?",
        ({ Kind: RequestKind.ClientError }, _) => "On the proxy: which rule denies them (haproxy: termination state PR; show table; the log of a WAF or of fail2ban)?",
        _ => "On the server: its log names the limit and the clients that it refuses (nginx: error.log, \"limiting requests\").",
    };

    // How long the errors took, where all did about alike and much longer than a round trip; null where they did not. 503 is what queues answer (haproxy: timeout queue); in one, others wait, too.
    private static (TimeSpan Time, bool IsOfQueue)? DelayOf(TimelineReading reading, IPAddress address, Refusal refusal)
    {
        const double Felt = 0.1, Alike = 1.3; // seconds; times
        const double InQueue = 0.5; // of the wait of the errors
        const int Trips = 10;
        TriedRequest[] errors = [.. reading.AllAt(address).Where(one => refusal.Is(one.Request, one.Kind) && one.Request is { Wait: not null, RoundTrip: not null }).Select(one => one.Request).OrderBy(request => request.Wait)];
        if (errors.Length < Few)
            return null;
        TimeSpan least = errors[errors.Length / 10].Wait!.Value, most = errors[errors.Length * 9 / 10].Wait!.Value;
        if (least.TotalSeconds < Felt || most > least * Alike || errors.Any(request => request.Wait < request.RoundTrip * Trips))
            return null;
        return (least, refusal.Status is 503 || reading.AllAt(address).Any(one => RequestKinds.IsAnswered(one.Kind) && !refusal.Is(one.Request, one.Kind) && one.Request.Wait >= least * InQueue));
    }

    private static Finding OfNumber(TimelineReading reading, HeldPlaces held)
    {
        RequestTimeline timeline = reading.Timeline;
        string server = ApplicationView.Endpoint(held.Address, timeline.Port);
        string ours = held.Standing == 1 ? "one connection of ours stood" : $"{held.Standing} connections of ours stood";
        string meaning = !held.IsOfNumber
            ? string.Create(CultureInfo.InvariantCulture, $"It takes so few new ones in a time, by a limit for this client or for all, or so many at once; netwhy made {held.Tried / Math.Max(0.001, timeline.Asked.TotalSeconds):0.#} a second.")
            : held.Alone > 0
            ? $"It takes so many at once, and a client that keeps its connection, as netwhy did, holds {(held.Standing == 1 ? "the only place" : "a place each")}."
            : "It takes so many at once, as it seems, or no new ones any more; new ones were not tried once ours were closed.";
        return new Finding(
            RateLimited,
            Severity.Warning,
            Where.Unknown,
            held.IsOfNumber
                ? $"{server} serves no further connection while {ours}: {held.Failed} of {held.Tried} new ones got nothing then. {meaning}"
                : $"{server} serves the connections that stand, and hardly a new one: {held.Failed} of {held.Tried} got nothing meanwhile. {meaning}",
            [
                timeline.Weigh(Weight.Strong, $"while {ours}, {held.Failed} of {held.Tried} new ones got nothing, and all {held.Kept} requests over what stood were answered"),
                held.IsFirstRefused
                    ? timeline.Weigh(Weight.VeryStrong, $"once netwhy had closed its connections and asked one at a time, the first new one got nothing either and the other {held.Alone - 1} were answered: whoever refuses remembers how many were tried")
                    : held.Alone > 0
                    ? timeline.Weigh(held.IsOfNumber ? Weight.VeryStrong : Weight.Strong, $"once netwhy had closed its connections{(held.IsOfNumber ? "" : " and asked one at a time")}, {held.Alone} of {held.Alone} new ones were answered")
                    : timeline.Weigh(Weight.Hint, "what keeps connections from being served makes no errors of those that stand"),
            ])
        {
            Subject = held.Address,
            Remedies =
            [
                .. held.IsOfNumber ? [] : (Remedy[])[new Remedy("If real clients meet it, as many behind one address do, raise the limit on new connections (haproxy: conn_rate of a stick-table; nft, iptables: limit; a filter against floods). If not, netwhy's own requests alone do.")],
                new Remedy("Raise how many connections are served at once (haproxy: maxconn of the frontend; workers or threads of the application)."),
                new Remedy("Let the server end idle connections sooner (haproxy: timeout http-keep-alive; nginx: keepalive_timeout), so that none holds a place for long."),
            ],
            Next = [.. held.IsOfNumber || reading.Slower is not { } slower ? [] : (string[])[$"Does it refuse when it is asked less? {slower}"], $"On {held.Address}: how many connections stand at the port, and do some wait to be accepted (ss -ltn, Recv-Q; ss -tn)?"],
        };
    }
}
