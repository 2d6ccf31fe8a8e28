using System.Net;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Rules;

/// <summary>The same request sometimes works and sometimes fails: one of several backends is bad.</summary>
public sealed class HttpBackendPartlyFailing : IRule
{
    private const string Id = "http-backend-partly-failing";

    /// <inheritdoc/>
    public RuleInfo Info { get; } = new(Id, Source: "RFC 9110, section 15.6", Id)
    {
        Explains = ["http-server-error", "http-bad-gateway", "http-unavailable", "http-gateway-timeout"],
    };

    /// <inheritdoc/>
    public IEnumerable<Finding> Evaluate(EvidenceSet evidence)
    {
        HttpRun[] runs = [.. evidence.All<HttpRun>()];
        if (runs.Length > 0)
        {
            foreach (Finding finding in runs.Select(OfRun).OfType<Finding>())
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
            Remedies = [new Remedy("Take the failing backend out of the pool, and give the pool a health check."), new Remedy("Count the answers.", $"for i in $(seq 20); do curl -s -o /dev/null -w '%{{http_code}}\\n' {failed.Url}; done | sort | uniq -c")],
            Next = ["On the proxy: its log names the backend of each failed request."],
        };
    }

    // What is no word of the server is left to other causes: no connection, no answer in time, a certificate that is not trusted.
    // What the closing of kept connections makes is of HttpKeepaliveRace.
    private static Finding? OfRun(HttpRun run)
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
            Remedies = [new Remedy("Take the failing backend out of the pool, and give the pool a health check.")],
            Next =
            [
                $"Which hop makes the errors? netwhy http {run.Url} --from-proxy",
                "On the proxy: its log names the backend of each failed request; was one deployed or its health check changing meanwhile?",
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
