using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using NetWhy.Diagnose.Paths;
using NetWhy.Diagnose.Repeated;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Rules;

/// <summary>Requests over kept connections meet the server's closing of them.</summary>
public sealed class HttpKeepaliveRace : IRule
{
    private const string Id = "http-keepalive-race";

    /// <inheritdoc/>
    public RuleInfo Info { get; } = new(Id, Source: "RFC 9112, section 9.3.1; RFC 9110, section 9.2.2", Id)
    {
        Explains = ["connection-reset"],
    };

    /// <inheritdoc/>
    public IEnumerable<Finding> Evaluate(EvidenceSet evidence)
    {
        if (TimelineReading.Of(evidence) is { } reading)
        {
            foreach (IdleRace race in reading.Races.Where(race => !race.IsSilent))
                yield return race.Served is { } served ? OfCount(reading, race, served) : Describe(evidence, reading, race);
            foreach (AfterQuiet quiet in reading.AfterQuiet.Where(quiet => quiet.IsSure && !reading.IsOfOurMaking(quiet.Address)))
                yield return BehindProxy(reading, quiet);
            yield break;
        }

        foreach (HttpRun run in evidence.All<HttpRun>())
        {
            foreach (IGrouping<IPAddress, HttpRunFailure> failures in run.Failures.Where(failure => IsOfIt(run, failure)).GroupBy(failure => failure.Address))
                yield return Describe(run, [.. failures]);
        }
    }

    /// <summary>Whether a failure is one that the closing of a kept connection makes.</summary>
    /// <remarks>Only where requests over new connections fail less in the same way, and not by chance.</remarks>
    /// <param name="run">The run that it is of.</param>
    /// <param name="failure">The failure.</param>
    internal static bool IsOfIt(HttpRun run, HttpRunFailure failure) =>
        failure.IsKept && HasNoAnswer(failure)
        && LossComparison.IsMore(Count(run, failure.Address, isKept: false), Count(run, failure.Address, isKept: true), run.Groups.Select(group => group.Address).Distinct().Count());

    /// <summary>What helps against it, whoever finds it.</summary>
    internal static ImmutableArray<Remedy> Remedies { get; } =
    [
        new("Let the client (or the proxy before the server) give idle connections up earlier than the server does: its idle time-out must be the shorter one.", null, "the client"),
        new("Or raise the server's time for idle connections above the client's (nginx: keepalive_timeout; Node.js: server.keepAliveTimeout), and the requests for each connection (nginx: keepalive_requests).", null, "the server"),
        new("Let the client repeat idempotent requests over a new connection when a kept one ends without an answer."),
    ];

    // Each request with its rest shows from which rest on it happens.
    private static Finding Describe(EvidenceSet evidence, TimelineReading reading, IdleRace race)
    {
        RequestTimeline timeline = reading.Timeline;
        string server = ApplicationView.Endpoint(race.Address, timeline.Port);
        string least = ApplicationView.InWords(race.Least);
        List<Reason> reasons =
        [
            timeline.Weigh(
                race.IsSure ? Weight.VeryStrong : Weight.Strong,
                string.Create(CultureInfo.InvariantCulture, $"{race.InWords} (that this is chance: p = {LossComparison.Fisher(race.Others.Failed, race.Others.Requests, race.Rested.Failed, race.Rested.Requests):0.0e+0})")),
        ];
        IdleEnd[] ends = [.. reading.IdleTimeouts.Where(end => end.Address.Equals(race.Address))];
        HttpRun? run = evidence.Last<HttpRun>() is { ClosedWhileIdle: > 0 } closing ? closing : null;
        if (race.Rested.Failed == race.Rested.Requests && ends.Length == 0 && run is null)
            reasons.Add(timeline.Weigh(Weight.Hint, "and of none of them the end was seen before the request: the FIN is lost on the way, or a firewall forgot the connection and resets it"));
        else if (ends.Length > 0)
            reasons.Add(timeline.Weigh(Weight.Hint, $"{Words.Count(ends.Length, "time")} the server closed an idle connection that nothing was asked over, the earliest after {ApplicationView.InWords(ends.Min(end => end.After))}"));
        else if (run is not null)
            reasons.Add(ClosedWhileIdle(run));
        if (race.IsEvery)
            reasons.Add(timeline.Weigh(Weight.HintAgainst, "no connection carried a second request at all: the server may serve one over each, and not say Connection: close"));
        string summary = race.IsSure
            ? $"{server} ends kept connections under the next request: {race.Rested.Failed} of {race.Rested.Requests} fail that come after {least} of rest or more, {race.Others.Failed} of {race.Others.Requests} others."
            : $"{server} may end kept connections under the next request: {race.Rested.Failed} of {race.Rested.Requests} over kept connections fail, and none of {race.Others.Requests} others, which are too few to exclude chance.";
        return new Finding(
            Id,
            race.IsSure ? Severity.Critical : Severity.Warning,
            Where.Remote,
            summary,
            [.. reasons])
        {
            Subject = race.Address,
            Remedies = Remedies,
            Next = [.. race.IsSure ? Array.Empty<string>() : [$"Is it chance? {ShellCommand.Of($"netwhy http {timeline.Url} -n 40 -i {Pause(race.Least)}")} asks new and kept ones in turn, each kept one after that rest."], $"Does the end of the idle connection arrive here? tcpdump -ni any 'host {race.Address} and port {timeline.Port} and tcp[tcpflags] & (tcp-fin|tcp-rst) != 0'"],
        };
    }

    // The rest does not matter: each connection ends under the same request of its own.
    private static Finding OfCount(TimelineReading reading, IdleRace race, int served)
    {
        RequestTimeline timeline = reading.Timeline;
        string server = ApplicationView.Endpoint(race.Address, timeline.Port);
        List<Reason> reasons =
        [
            timeline.Weigh(Weight.VeryStrong, race.InWords),
            timeline.Weigh(Weight.Hint, "the last answer did not say Connection: close, or the request after it would have gone over a new connection"),
        ];
        if (race.Age is not null)
            reasons.Add(timeline.Weigh(Weight.HintAgainst, "a limit of their age looks the same where all rest alike"));
        return new Finding(
            Id,
            Severity.Critical,
            Where.Remote,
            $"{server} ends each kept connection under its request {served + 1}, {(race.Age is { } age ? $"or once it is {ApplicationView.InWords(age)} old" : "however long it rested")}: it serves {served} over one and does not say that it will close ({race.Rested.Failed} of {race.Rested.Requests} such requests fail, none of {race.Others.Requests} others).",
            [.. reasons])
        {
            Subject = race.Address,
            Remedies =
            [
                new("Let the server say Connection: close with the last answer of a connection, or close it at once behind that: its count of requests for each connection ends them (nginx: keepalive_requests; Apache: MaxKeepAliveRequests; gunicorn, uWSGI, PHP-FPM: a worker that is replaced after so many requests).", null, "the server"),
                new($"Until then, let the client or the proxy before it use a connection for {served} requests at most.", null, "the client"),
                new("Let the client repeat idempotent requests over a new connection when a kept one ends without an answer."),
            ],
            Next = [$"Does it end at that number whatever the rest? {ShellCommand.Of($"netwhy http {timeline.Url} --kept -n {4 * (served + 1)} -i 0.1s")}"],
        };
    }

    private static Reason ClosedWhileIdle(HttpRun run) =>
        run.Weigh(Weight.Hint, $"{Words.Count(run.ClosedWhileIdle, "time")} the server had closed the kept connection before the request");

    private static string Pause(TimeSpan rest) => string.Create(CultureInfo.InvariantCulture, $"{Math.Max(0.001, rest.TotalSeconds):0.###}s");

    // Our own connections are new ones: what was kept, and is dead by then, stands between the proxy and its backend.
    private static Finding BehindProxy(TimelineReading reading, AfterQuiet quiet)
    {
        const double Certain = 0.9; // of those that come after a quiet time
        RequestTimeline timeline = reading.Timeline;
        string server = ApplicationView.Endpoint(quiet.Address, timeline.Port);
        string least = ApplicationView.InWords(quiet.Least);
        string ways = string.Join(", ", reading.AllAt(quiet.Address).Where(one => RequestKinds.IsOfPeer(one.Kind)).GroupBy(one => one.Kind).Select(group => RequestKinds.InWords(group.Key, group.Count())));
        return new Finding(
            Id,
            quiet.Quiet.Failed >= Certain * quiet.Quiet.Requests ? Severity.Critical : Severity.Warning,
            Where.Remote,
            $"{server} fails the first request after a quiet time: {quiet.Quiet.Failed} of {quiet.Quiet.Requests} that come when nobody of ours had asked for {least} or more, {quiet.Others.Failed} of {quiet.Others.Requests} others ({ways}): connections that it keeps to its backend are dead by then.",
            [
                timeline.Weigh(Weight.VeryStrong, $"{quiet.InWords}; other orders of the same failures look so in less than one case of a hundred"),
                timeline.Weigh(Weight.Hint, "what comes right behind such a failure is answered, as over a connection that the proxy makes anew"),
                timeline.Weigh(Weight.HintAgainst, "a backend that is put to sleep while nobody asks, and is woken by the first request, looks the same"),
            ])
        {
            Subject = quiet.Address,
            Remedies =
            [
                new Remedy($"Let the proxy give idle connections to its backend up before the backend does, within {least} (nginx: keepalive_timeout in the upstream block; haproxy: pool-purge-delay), or raise the backend's time for idle connections.", null, "the proxy"),
                new Remedy("Let the proxy repeat idempotent requests over a new connection when a kept one ends without an answer (nginx: proxy_next_upstream error; haproxy: retry-on conn-failure empty-response).", null, "the proxy"),
            ],
            Next = [$"Between the proxy and its backend: which side ends idle connections, and after how long? tcpdump -ni any 'port BACKEND-PORT and tcp[tcpflags] & (tcp-fin|tcp-rst) != 0'"],
        };
    }

    private static bool HasNoAnswer(HttpRunFailure failure) =>
        failure is { Outcome: HttpOutcome.Reset or HttpOutcome.ClosedEarly, Stage: ExchangeStage.Connected or ExchangeStage.HandshakeDone };

    private static (int Lost, int Sent) Count(HttpRun run, IPAddress address, bool isKept) =>
        ((int)run.Failures.Where(failure => failure.IsKept == isKept && failure.Address.Equals(address) && HasNoAnswer(failure)).Sum(failure => failure.Count),
            (int)run.Groups.Where(group => group.IsKept == isKept && group.Address.Equals(address)).Sum(group => group.Requests));

    private static Finding Describe(HttpRun run, HttpRunFailure[] failures)
    {
        IPAddress address = failures[0].Address;
        (int count, int requests) = Count(run, address, isKept: true);
        (int lost, int sent) = Count(run, address, isKept: false);
        string server = ApplicationView.Endpoint(address, run.Groups[0].Port);
        string idle = failures.Min(failure => failure.LeastIdle) is { } least && failures.Max(failure => failure.MostIdle) is { } most
            ? $" after they had been idle for {ApplicationView.InWords(least)} to {ApplicationView.InWords(most)}"
            : "";
        List<Reason> reasons =
        [
            run.Weigh(
                Weight.VeryStrong,
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{count} of {requests} requests over kept connections met a reset or the end of the connection instead of an answer{idle}, and {lost} of {sent} over new ones (that this is chance: p = {LossComparison.Fisher(lost, sent, count, requests):0.0e+0})")),
        ];
        if (run.ClosedWhileIdle > 0)
            reasons.Add(ClosedWhileIdle(run));
        return new Finding(
            Id,
            Severity.Critical,
            Where.Remote,
            $"{server} closes kept connections just as the next request comes: {count} of {requests} fail{idle}.",
            [.. reasons])
        {
            Subject = address,
            Remedies = Remedies,
            Next = [$"After which rest does the server close? {ShellCommand.Of($"netwhy http {run.Url} -n 40 -i TIME")}, with rising times"],
        };
    }
}
