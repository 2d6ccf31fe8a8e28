using System.Globalization;
using System.Net;
using NetWhy.Diagnose.Repeated;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Rules;

/// <summary>The same request is answered well at times and refused at others, by no error of the server: one of several backends has something else than the others.</summary>
public sealed class HttpAnswersDiffer : IRule
{
    private const string Id = "http-backend-partly-failing";
    private const int Few = 3;

    /// <inheritdoc/>
    public RuleInfo Info { get; } = new("http-answers-differ", Source: "RFC 9110, section 15.5", Id)
    {
        Explains = ["http-client-error"],
    };

    /// <inheritdoc/>
    public IEnumerable<Finding> Evaluate(EvidenceSet evidence)
    {
        if (TimelineReading.Of(evidence) is { } reading)
        {
            foreach (IPAddress address in reading.Addresses.Where(address => !reading.IsOfOurMaking(address)))
            {
                if (reading.Redirections.GetValueOrDefault(address) is { } turn)
                    yield return OfRedirections(reading, address, turn);
                int[] statuses = [.. reading.AllAt(address).Select(one => one.Request).Where(request => request is { Outcome: HttpOutcome.Complete, Status: not null }).Select(request => request.Status!.Value)];
                if (statuses.SkipWhile(status => !IsOfContent(status)).Count(status => status < 400) < Few)
                    continue; // it changed once: a deploy, or whoever has had enough of this client
                if (Describe(reading.Timeline, evidence.Last<HttpRun>(), ApplicationView.Endpoint(address, reading.Timeline.Port), reading.Timeline.Url, address, [.. statuses.CountBy(status => status).Select(pair => (pair.Key, (long)pair.Value))], reading.OrderOfAnswers(address, request => request.Status is { } status && IsOfContent(status))) is { } finding)
                    yield return finding;
            }

            yield break;
        }

        foreach (HttpRun run in evidence.All<HttpRun>())
        {
            IPAddress[] addresses = [.. run.Groups.Select(group => group.Address).Distinct()];
            bool isMixed = run.Answers.Any(refused => IsOfContent(refused.Status) && run.Answers.Any(good => good.Status < 400 && good.Last > refused.First));
            if (isMixed && addresses is [var only] && Describe(run, run, ApplicationView.Endpoint(only, run.Groups[0].Port), run.Url, only, [.. run.Answers.GroupBy(answer => answer.Status).Select(group => (group.Key, group.Sum(answer => answer.Count)))]) is { } finding)
                yield return finding;
        }
    }

    // That it is so in turn excludes what is meant, such as a trial with some of the users.
    private static Finding OfRedirections(TimelineReading reading, IPAddress address, Turn turn)
    {
        TriedRequest[] here = [.. reading.AllAt(address).Select(one => one.Request)];
        int redirected = here.Count(request => request.Status is >= 300 and < 400);
        return new Finding(
            Id,
            Severity.Warning,
            Where.Remote,
            $"{ApplicationView.Endpoint(address, reading.Timeline.Port)} redirects the same request {redirected} of {here.Length} times, in turn, and answers it otherwise: as where {turn.Bad} of {turn.Places} backends {(turn.Bad == 1 ? "differs" : "differ")} from the others.",
            [
                reading.Timeline.Weigh(Weight.VeryStrong, $"of each {turn.Places} in turn, those at the same {Words.Count(turn.Bad, "place")} are redirected and the others are not, {(turn.Wrong == 0 ? "always" : $"save for {turn.Wrong}")}"),
                reading.Timeline.Weigh(Weight.HintAgainst, "a balancer that sends some requests elsewhere on purpose, such as to a trial, looks the same"),
            ])
        {
            Subject = address,
            AlsoExplains = ["http-redirect-broken", "http-redirect-loop"],
            Remedies = [new Remedy("Find the backend that redirects (its version, its configuration, a login that it lost), and take it out of the pool until it is like the others.", On: Fix.Server(address)), Fix.CountAnswers(reading.Timeline.Url)],
            Next = [$"Where does it lead, and is it answered there? {ShellCommand.Of($"netwhy http {reading.Timeline.Url} -L")}", "On the proxy: which backend does its log name beside each of these answers?"],
        };
    }

    private static Finding? Describe(Observation seen, HttpRun? run, string server, string url, IPAddress address, (int Status, long Count)[] answers, (FailureWindows? Windows, Turn? Turn) order = default)
    {
        long good = answers.Where(answer => answer.Status < 400).Sum(answer => answer.Count);
        (int Status, long Count)[] refused = [.. answers.Where(answer => IsOfContent(answer.Status)).OrderByDescending(answer => answer.Count)];
        long bad = refused.Sum(answer => answer.Count), all = answers.Sum(answer => answer.Count);
        if (good < Few || bad < Few)
            return null;
        string counts = string.Join(", ", answers.OrderByDescending(answer => answer.Count).Select(answer => $"{answer.Count} times {answer.Status}"));
        string? page = run?.Answers.FirstOrDefault(answer => answer.Status == refused[0].Status && answer.Excerpt is not null && !(answer.Address?.Equals(address) is false))?.Excerpt;
        bool isOfRules = refused.Any(answer => answer.Status is 401 or 403), isPartial = order.Windows is { IsPartial: true };
        bool isByTime = order.Windows is not null && !isPartial && order.Turn is null;
        bool wantsCertificate = TlsClientCertificateRequired.IsAboutCertificate(page);
        return new Finding(
            Id,
            Severity.Warning,
            Where.Remote,
            $"{server} answers the same request {refused[0].Status} {bad} of {all} times, and well otherwise{(isByTime ? InWindows(order.Windows!, isOfRules) : $"{(order.Turn is null ? isPartial ? ", some in windows of time" : "" : ", in turn")}: as where {(order.Turn is { } turn ? $"{turn.Bad} of {turn.Places} backends" : "one of several backends")} {(wantsCertificate ? "asks for a client certificate and the others do not" : "lacks what the others have")}{(isOfRules && order.Turn is null && !wantsCertificate ? ", or where a rule refuses some requests of this client" : "")}")}.",
            [
                seen.Weigh(Weight.VeryStrong, $"the same request was answered {counts}"),
                .. page is not null ? [run!.Weigh(wantsCertificate ? Weight.Strong : Weight.Context, $"one {refused[0].Status} begins: {page}")] : Array.Empty<Reason>(),
                .. isByTime ? [seen.Weigh(Weight.Strong, $"in {Words.Count(order.Windows!.Spans.Length, "window")} of time {order.Windows.Inside.Failed} of {order.Windows.Inside.Requests} were refused, and {order.Windows.Outside.Failed} of {order.Windows.Outside.Requests} besides")]
                    : order.Turn is { } place ? [seen.Weigh(Weight.Strong, $"of each {place.Places} in turn, those at the same {Words.Count(place.Bad, "place")} are refused and the others are not, {(place.Wrong == 0 ? "always" : $"save for {place.Wrong}")}")] : Array.Empty<Reason>(),
                .. isOfRules ? [seen.Weigh(order.Turn is null && !wantsCertificate ? Weight.Against : Weight.HintAgainst, "a firewall of the application that has had enough of this client refuses like that, too")] : Array.Empty<Reason>(),
            ])
        {
            Subject = address,
            Remedies = isByTime ? [] :
            [
                new Remedy(wantsCertificate ? "Find the backend that wants a client certificate (nginx: ssl_verify_client; haproxy: verify required), and make it like the others." : "Find the backend that answers otherwise (its version, its files, its route), and take it out of the pool until it is like the others.", On: Fix.Server(address)),
                Fix.CountAnswers(url),
            ],
            Next =
            [
                .. isByTime && seen is RequestTimeline timeline && order.Windows is { } windows ? [string.Create(CultureInfo.InvariantCulture, $"On the server: what ran, was deployed or was exchanged at {timeline.Begin + windows.Spans[0].From:HH:mm:ss} UTC (a job of cron, a health check, a file that is written anew), and what does its log say of the {refused[0].Status}?")] : (string[])[],
                "On the proxy: which backend does its log name beside each of these answers?",
            ],
        };
    }

    // What lies in windows of time is no one backend's, unless all are asked in turn.
    private static string InWindows(FailureWindows windows, bool isOfRules)
    {
        double average = windows.Spans.Average(span => (span.To - span.From).TotalSeconds);
        string what = windows.Spans.Length == 1
            ? string.Create(CultureInfo.InvariantCulture, $", in one stretch of time ({TimelineReading.After(windows.Spans[0].From)} to {TimelineReading.After(windows.Spans[0].To)}): something behind it was otherwise then")
            : string.Create(CultureInfo.InvariantCulture, $", in {windows.Spans.Length} windows of time ({average:0.0} s on average): something behind it goes in and out");
        return $"{what}{(isOfRules ? ", or a rule forbids it for a time" : "")}";
    }

    // What depends on the server's content and rules. 408, 425 and 429 depend on when and how often it was asked.
    private static bool IsOfContent(int status) => status is >= 400 and < 500 and not (408 or 425 or 429);
}
