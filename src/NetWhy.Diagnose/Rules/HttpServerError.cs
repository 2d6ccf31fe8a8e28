using NetWhy.Evidence;

namespace NetWhy.Diagnose.Rules;

/// <summary>The application itself answers that it failed.</summary>
public sealed class HttpServerError : IRule
{
    private const string Id = "http-server-error";
    private const string Denied = "proxy-denies";
    private const int NetworkLogin = 511;

    /// <inheritdoc/>
    public RuleInfo Info { get; } = new(Id, Source: "RFC 9110, section 15.6; RFC 6585, section 6", Id, Denied)
    {
        Explains = ["http-slow-server"],
    };

    /// <inheritdoc/>
    public IEnumerable<Finding> Evaluate(EvidenceSet evidence)
    {
        var view = ApplicationView.Of(evidence);
        HttpRun? run = view.WhollyFailed;
        foreach (HttpExchange http in (run is null ? view.Exchanges : view.Repeats)
            .Where(http => http.Status is >= 500 and < 600 and not (502 or 503 or 504) && !HttpGateway.IsOfEdge(http))
            .DistinctBy(http => http.Address))
        {
            string answer = ApplicationView.Answer(http);
            // Inside TLS whose certificate is good, only the server itself can have said so.
            bool wantsLogin = http.Status is NetworkLogin && (http.TlsTime is null || view.Chains.Any(chain => chain is not { VerifyCode: 0, NameMatches: true } && chain.Address.Equals(http.Address)));
            List<Reason> reasons = [http.Weigh(Weight.Decisive, $"the answer to {http.Url} is {answer}")];
            if (run is not null)
                reasons.Add(run.Weigh(Weight.Strong, $"so fail {ApplicationView.ShareOf(run, ApplicationView.CountOf(run, http.Status))}{(view.BeganWell ? ", behind a first one that did not" : "")}"));
            else if (view.Again(repeat => repeat.Status == http.Status, all => ApplicationView.CountOf(all, http.Status)) is { } again)
                reasons.Add(again);
            if (http.Excerpt is { } page)
                reasons.Add(http.Weigh(Weight.Context, $"it begins: {page}"));
            if (wantsLogin)
            {
                yield return WantsLogin(view, http, reasons);
                continue;
            }

            yield return new Finding(
                Id,
                view.WorksSomewhere ? Severity.Warning : Severity.Critical,
                Where.Remote,
                $"The application at {ApplicationView.Server(http)} answers {answer}: it fails by itself, the network is fine.",
                [.. reasons])
            {
                Subject = http.Address,
                Remedies = [new Remedy("Read the application's log at this moment.", "journalctl --since -10min -p err", Fix.Server(http.Address))],
                Next = ["On the server: what does the application log for this request?"],
            };
        }
    }

    // RFC 6585, section 6: it is meant for proxies that intercept, and not for origin servers.
    private static Finding WantsLogin(ApplicationView view, HttpExchange http, List<Reason> reasons) => new(
        Denied,
        view.WorksSomewhere ? Severity.Warning : Severity.Critical,
        Where.Path,
        $"The answer to {http.Url} is {NetworkLogin}: what controls access to the network, on the way to {ApplicationView.Server(http)}, wants a login first (a captive portal). The server itself has hardly been asked.",
        [.. reasons, http.Weigh(Weight.HintAgainst, "an origin server must not answer so; where one does nevertheless, it is the application's error")])
    {
        Subject = http.Address,
        Remedies =
        [
            new Remedy("Log in to the network: its page tells where, or a browser on this machine is led there.", ShellCommand.Of($"curl -si {http.Url}")),
            new Remedy("Or have this machine excepted by whoever runs the gateway."),
        ],
        Next = ["Is it so for other sites? curl -si http://example.com/ shows whether the network answers for all of them."],
    };
}
