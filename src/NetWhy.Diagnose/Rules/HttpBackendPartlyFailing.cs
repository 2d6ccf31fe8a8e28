using System.Collections.Immutable;
using System.Net;
using NetWhy.Diagnose.Repeated;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Rules;

/// <summary>The same request sometimes works and sometimes fails: one of several backends is bad.</summary>
public sealed class HttpBackendPartlyFailing : IRule
{
    private const string Id = "http-backend-partly-failing";

    // What keeps connections from coming about makes no errors of those that stand.
    private static readonly ImmutableArray<string> OfKeptConnections = ["http-keepalive-race"];

    /// <inheritdoc/>
    public RuleInfo Info { get; } = new(Id, Source: "RFC 9110, section 15.6", Id)
    {
        Explains = ["http-server-error", "http-bad-gateway", "http-unavailable", "http-gateway-timeout"],
    };

    /// <inheritdoc/>
    public IEnumerable<Finding> Evaluate(EvidenceSet evidence)
    {
        if (TimelineReading.Of(evidence) is { } reading)
        {
            if (OfTimeline(evidence, reading) is { } partly)
                yield return partly;
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
            Remedies = [new Remedy("Take the failing backend out of the pool, and give the pool a health check."), new Remedy("Count the answers.", $"for i in $(seq 20); do curl -s -o /dev/null -w '%{{http_code}}\\n' {failed.Url}; done | sort | uniq -c")],
            Next = ["On the proxy: its log names the backend of each failed request."],
        };
    }

    // What is no word of the server is left to other causes: no connection, no answer in time, a certificate that is not trusted.
    // What the closing of kept connections makes is of HttpKeepaliveRace.
    private static Finding? OfRun(HttpRun run, EvidenceSet evidence)
    {
        long errors = run.Groups.Sum(group => group.ServerErrors);
        HttpRunFailure[] failures = [.. run.Failures.Where(failure => IsOfServer(failure) && !HttpKeepaliveRace.IsOfIt(run, failure))];
        long bad = errors + failures.Sum(failure => failure.Count);
        long good = run.Groups.Sum(group => group.Requests - group.Failed - group.ServerErrors);
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
        return new Finding(
            Id,
            Severity.Critical,
            Where.Remote,
            isWholly ? $"Every request to {where} fails, and other addresses of the name work."
                : $"{where} fails {bad} of {run.Requests} times for the same request{(maker is null ? "" : $", always at {maker}")}: some of its backends fail, or it fails from time to time.",
            [.. reasons])
        {
            Subject = ApplicationView.Subject(bads),
            ExplainedOnlyBy = OfKeptConnections,
            Remedies = [new Remedy("Take the failing backend out of the pool, and give the pool a health check.")],
            Next =
            [
                .. evidence.First<HttpExchange>(exchange => exchange.Purpose is "control") is null ? [$"Which hop makes the errors? netwhy http {run.Url} --from-proxy"] : Array.Empty<string>(),
                "On the proxy: its log names the backend of each failed request; was one deployed or its health check changing meanwhile?",
            ],
        };
    }

    // With the time of each request it is known which ones fail together. An address that never comes about is what is wrong with that
    // address, and the rules for it tell.
    private static Finding? OfTimeline(EvidenceSet evidence, TimelineReading reading)
    {
        RequestTimeline timeline = reading.Timeline;
        ImmutableArray<TriedRequest> failures = reading.Failures;
        if (failures.IsEmpty || reading.Good == 0)
            return null;
        IPAddress[] bads = [.. failures.Select(request => request.Address).Distinct()];
        bool isWholly = bads.All(address => reading.At(address) is var (failed, requests) && failed == requests);
        RequestKind[] kinds = [.. failures.Select(request => RequestKinds.Of(timeline, request)).Distinct()];
        bool isOfConnecting = kinds.All(kind => kind is RequestKind.ConnectTimeout or RequestKind.Refused);
        if (isWholly && (isOfConnecting || kinds is [RequestKind.AnswerTimeout or RequestKind.HandshakeTimeout]))
            return null;

        string ways = string.Join(", ", failures.GroupBy(request => RequestKinds.Of(timeline, request)).Select(group => RequestKinds.InWords(group.Key, group.Count())));
        string where = string.Join(", ", bads.Select(address => ApplicationView.Endpoint(address, timeline.Port)));
        int asked = bads.Sum(address => reading.At(address).Requests);
        string? maker = evidence.Last<HttpRun>() is { } run && kinds is [RequestKind.ServerError] ? Maker(run) : null;
        string noun = timeline.IsHttp ? "requests" : "connections";
        List<Reason> reasons = [timeline.Weigh(Weight.VeryStrong, $"of {asked} {noun} to {where} in {ApplicationView.InWords(timeline.Elapsed)} {failures.Length} failed ({ways}), and {reading.Good} of {timeline.Requests.Count} in all were answered well")];
        if (SymptomOverview.WorstInWords(reading) is { } worst)
            reasons.Add(timeline.Weigh(Weight.Strong, worst));
        if (SymptomOverview.WindowsInWords(reading) is { } windows)
            reasons.Add(timeline.Weigh(Weight.Strong, windows));
        if (maker is not null)
            reasons.Add(timeline.Weigh(Weight.Strong, $"all errors come from {maker}, which gave no good answer"));
        foreach ((IPAddress address, TimeSpan at, string _, string after) in reading.Changes.Where(change => failures.Any(failure => (failure.At - change.At).Duration() <= TimeSpan.FromSeconds(3))))
            reasons.Add(timeline.Weigh(Weight.Hint, $"about then the answers of {address} became others, from {reading.Clock(at)} on: {after}"));
        if (kinds is [RequestKind.ConnectTimeout])
            reasons.Add(timeline.Weigh(Weight.Against, "SYNs that are lost on the way, or held up by a limit or a full queue, look the same from here"));

        string pattern = failures.Length == 1 ? "one failure shows no pattern"
            : maker is not null ? $"always at {maker}"
            : reading.Windows is { Length: > 1 } ? "in windows, so that something behind it goes in and out"
            : reading.Windows is { Length: 1 } ? "in one stretch of time, so that something was away"
            : reading.Worst is not null && bads.Length == 1 ? "and the other addresses do not"
            : "scattered over the time, as where one of several backends is bad";
        return new Finding(
            Id,
            failures.Length == 1 ? Severity.Warning : Severity.Critical,
            Where.Remote,
            isWholly ? $"Every one of {asked} {noun} to {where} fails ({ways}), and other addresses of the name work."
                : $"{where} fails {failures.Length} of {asked} times for the same {(timeline.IsHttp ? "request" : "connection")} ({ways}): {pattern}.",
            [.. reasons])
        {
            Subject = ApplicationView.Subject(bads),
            AlsoExplains = isWholly ? [] : ["service-hung", "connection-reset", "http-truncated-body", "http-stalled-body", "http-malformed-response", "port-closed", "port-filtered"],
            ExplainedOnlyBy = isOfConnecting
                ? ["accept-queue-full", "packet-loss", "connection-rate-limited", "syn-flood", "link-flapping", "conntrack-full"]
                : OfKeptConnections,
            Remedies =
            [
                isWholly || reading.Worst is not null
                    ? new Remedy($"Take {where} out of the pool (or out of DNS) until it is well, and give the pool a health check.")
                    : new Remedy("Take the failing backend out of the pool, and give the pool a health check that fails and recovers no faster than the backend does."),
                new Remedy("Let the proxy try another backend once for requests that may be repeated (haproxy: option redispatch, retries; nginx: proxy_next_upstream)."),
            ],
            Next =
            [
                timeline is { IsHttp: true, Refusal: null } && kinds.Contains(RequestKind.ServerError)
                    ? $"Which hop makes the errors? netwhy http {timeline.Url} --from-proxy"
                    : $"On {where}: what does its log say of {reading.Clock(failures[0].At)}, and is the process as old as it should be (ps -o lstart= -C NAME)?",
                "On the proxy: its log names the backend of each failed request; was one deployed, or did its health check change then?",
            ],
        };
    }

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
