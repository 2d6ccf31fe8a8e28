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
}
