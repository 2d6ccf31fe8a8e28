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
        foreach (HttpRun run in evidence.All<HttpRun>())
        {
            foreach (IGrouping<System.Net.IPAddress, HttpRunFailure> failures in run.Failures.Where(IsOfIt).GroupBy(failure => failure.Address))
            {
                HttpRunGroup kept = run.Groups.First(group => group.IsKept && group.Address.Equals(failures.Key));
                HttpRunGroup? fresh = run.Groups.FirstOrDefault(group => !group.IsKept && group.Address.Equals(failures.Key));
                if (fresh is null or { Requests: 0 })
                    continue; // it is not known whether requests over new connections fail likewise
                yield return Describe(run, failures.Sum(failure => failure.Count), [.. failures], kept, fresh);
            }
        }
    }

    /// <summary>Whether a failure is one that the closing of a kept connection makes.</summary>
    /// <param name="failure">The failure.</param>
    internal static bool IsOfIt(HttpRunFailure failure) =>
        failure is { IsKept: true, Outcome: HttpOutcome.Reset or HttpOutcome.ClosedEarly, Stage: ExchangeStage.Connected or ExchangeStage.HandshakeDone };

    private static Finding Describe(HttpRun run, long count, HttpRunFailure[] failures, HttpRunGroup kept, HttpRunGroup fresh)
    {
        string server = ApplicationView.Endpoint(kept.Address, kept.Port);
        string idle = failures.Min(failure => failure.LeastIdle) is { } least && failures.Max(failure => failure.MostIdle) is { } most
            ? $" after they had been idle for {ApplicationView.InWords(least)} to {ApplicationView.InWords(most)}"
            : "";
        List<Reason> reasons =
        [
            run.Weigh(Weight.VeryStrong, $"{count} of {kept.Requests} requests over kept connections met a reset or the end of the connection instead of an answer{idle}"),
            fresh.Failed == 0
                ? run.Weigh(Weight.Strong, $"none of {fresh.Requests} requests over new connections failed")
                : run.Weigh(Weight.RulesOut, $"{fresh.Failed} of {fresh.Requests} requests over new connections failed too"),
        ];
        if (run.ClosedWhileIdle > 0)
            reasons.Add(run.Weigh(Weight.Hint, $"{run.ClosedWhileIdle} times the server had closed the kept connection before the request"));
        return new Finding(
            Id,
            Severity.Critical,
            Where.Remote,
            $"{server} closes kept connections just as the next request comes: {count} of {kept.Requests} fail{idle}.",
            [.. reasons])
        {
            Subject = kept.Address,
            Remedies =
            [
                new Remedy("Let the client (or the proxy before the server) give idle connections up earlier than the server does: its idle time-out must be the shorter one.", null, "the client"),
                new Remedy("Or raise the server's time for idle connections above the client's (nginx: keepalive_timeout; Node.js: server.keepAliveTimeout), and the requests for each connection (nginx: keepalive_requests).", null, "the server"),
                new Remedy("Let the client repeat idempotent requests over a new connection when a kept one ends without an answer."),
            ],
            Next = [$"After which rest does the server close? netwhy http {run.Url} --kept -n 10 -i TIME, with rising times"],
        };
    }
}
