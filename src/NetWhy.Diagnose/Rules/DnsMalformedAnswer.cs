using NetWhy.Evidence;

namespace NetWhy.Diagnose.Rules;

/// <summary>Something answers, but no resolver accepts it: broken octets, a wrong id or question, another sender.</summary>
public sealed class DnsMalformedAnswer : IRule
{
    private const string Id = "dns-malformed-answer";

    /// <inheritdoc/>
    public RuleInfo Info { get; } = new(Id, Source: "RFC 5452, section 9.1", Id)
    {
        Explains = ["dns-resolver-unreachable", "dns-first-resolver-dead", "dns-server-failure", "dns-no-address"],
    };

    /// <inheritdoc/>
    public IEnumerable<Finding> Evaluate(EvidenceSet evidence)
    {
        var view = DnsView.Of(evidence);
        foreach (ServerView server in view.Servers.Where(
            server => !server.GoodAnswers.Any() || !view.IsResolved && server.Lookups.Any(exchange => IsMalformed(exchange) || IsContradiction(exchange))))
        {
            DnsExchange? bad = server.Lookups.FirstOrDefault(exchange =>
                IsMalformed(exchange)
                || IsContradiction(exchange)
                || (exchange is { Outcome: DnsOutcome.TimedOut, StrayAnswers: > 0 }));
            if (bad is null)
                continue;

            string what = bad switch
            {
                { Outcome: DnsOutcome.Malformed } => $"{server.Address} answers {bad.Type} of {DnsView.Bare(bad.Name)} with octets that are no DNS message",
                { Addresses.Count: > 0 } => $"{server.Address} answers {bad.Type} of {DnsView.Bare(bad.Name)} with {bad.ResponseCode} and the address {DnsView.Join(bad.Addresses)} together, and resolvers believe the code",
                { StraySources: [var stray, ..] } => $"queries to {server.Address} are answered from {stray}, which no resolver accepts",
                { StrayFaults: ["wrong-id"] } => $"{server.Address} answers with another id than that of the query",
                { StrayFaults: ["wrong-question"] } => $"{server.Address} answers another question than it is asked",
                { StrayFaults: ["no-response"] } => $"{server.Address} sends octets that are no DNS answer",
                _ => $"what {server.Address} answers repeats neither the id nor the question",
            };
            yield return new Finding(
                Id,
                view.IsResolved ? Severity.Warning : view.FailureSeverity,
                Where.Resolver,
                server.GoodAnswers.Any() ? $"The answer of the name server cannot be used: {what}." : $"No answer of the name server can be used: {what}.",
                [
                    bad.Weigh(Weight.VeryStrong, $"{what} ({(bad.StrayAnswers > 1 ? $"{bad.StrayAnswers} answers" : "it was")} thrown away)"),
                ])
            {
                AlsoExplains = IsContradiction(bad) ? ["dns-name-not-found"] : [],
                Remedies = bad.StraySources.Count > 0
                    ? [new Remedy($"Answer from the address that was asked (unbound: interface: {server.Address}; dnsmasq: bind-interfaces).", On: $"the name server {server.Address}")]
                    : [new Remedy("Ask another resolver.", $"dig @OTHER-RESOLVER {view.Host}")],
                Next = [$"What is on the wire: tcpdump -ni any port 53 and host {server.Address}"],
            };
            yield break;
        }
    }

    private static bool IsMalformed(DnsExchange exchange) => exchange.Outcome is DnsOutcome.Malformed;

    // glibc (resolv/res_query.c) and musl (src/network/lookup_name.c) take no address from it.
    private static bool IsContradiction(DnsExchange exchange) => exchange is { Outcome: DnsOutcome.Answered, ResponseCode: "NXDOMAIN", Addresses.Count: > 0 };
}
