using NetWhy.Evidence;

namespace NetWhy.Diagnose.Rules;

/// <summary>The application itself answers that it failed.</summary>
public sealed class HttpServerError : IRule
{
    private const string Id = "http-server-error";

    /// <inheritdoc/>
    public RuleInfo Info { get; } = new(Id, Source: "RFC 9110, section 15.6", Id)
    {
        Explains = ["http-slow-server"],
    };

    /// <inheritdoc/>
    public IEnumerable<Finding> Evaluate(EvidenceSet evidence)
    {
        var view = ApplicationView.Of(evidence);
        HttpRun? run = view.WhollyFailed;
        foreach (HttpExchange http in (run is null ? view.Exchanges : view.Repeats)
            .Where(http => http.Status is >= 500 and < 600 and not (502 or 503 or 504))
            .DistinctBy(http => http.Address))
        {
            List<Reason> reasons = [http.Weigh(Weight.Decisive, $"the answer to {http.Url} is {http.Status} {http.Reason}")];
            if (run is not null)
                reasons.Add(run.Weigh(Weight.Strong, $"so fail {ApplicationView.ShareOf(run, ApplicationView.CountOf(run, http.Status))}{(view.BeganWell ? ", behind a first one that did not" : "")}"));
            else if (view.Again(repeat => repeat.Status == http.Status, all => ApplicationView.CountOf(all, http.Status)) is { } again)
                reasons.Add(again);
            if (http.Excerpt is { } page)
                reasons.Add(http.Weigh(Weight.Context, $"it begins: {page}"));
            yield return new Finding(
                Id,
                view.WorksSomewhere ? Severity.Warning : Severity.Critical,
                Where.Remote,
                $"The application at {ApplicationView.Server(http)} answers {http.Status} {http.Reason}: it fails by itself, the network is fine.",
                [.. reasons])
            {
                Subject = http.Address,
                Remedies = [new Remedy("Read the application's log at this moment.", "journalctl --since -10min -p err", Fix.Server(http.Address))],
                Next = ["On the server: what does the application log for this request?"],
            };
        }
    }
}
