using NetWhy.Evidence;

namespace NetWhy.Diagnose.Rules;

/// <summary>The name servers will not answer this asker: REFUSED.</summary>
public sealed class DnsRefused : IRule
{
    private const string Id = "dns-refused";

    /// <inheritdoc/>
    public RuleInfo Info { get; } = new(Id, Source: "RFC 1035, section 4.1.1 (RCODE 5)", Id)
    {
        Explains = ["dns-first-resolver-dead"],
    };

    /// <inheritdoc/>
    public IEnumerable<Finding> Evaluate(EvidenceSet evidence)
    {
        var view = DnsView.Of(evidence);
        if (view.Resolution is not { } resolution || RefusalsOf(view, resolution) is not [_, ..] refusals)
            yield break;

        List<Reason> reasons =
        [
            .. refusals.Select(refusal => refusal.Weigh(Weight.VeryStrong, refusal.IsReferral
                ? $"{refusal.Server} answers {DnsView.Bare(refusal.Name)} with a referral: neither records nor an error, and other servers to ask"
                : $"{refusal.Server} answers REFUSED for {DnsView.Bare(refusal.Name)}")),
        ];
        if (resolution.Error is "EAI_NODATA")
        {
            reasons.Add(refusals[0].Weigh(Weight.Context, "glibc takes a referral with additional records for an answer, and asks no other server (res_send.c)"));
            if (view.Servers.SelectMany(server => server.GoodAnswers).FirstOrDefault(answer => answer.Addresses.Count > 0) is { } other)
                reasons.Add(other.Weigh(Weight.Hint, $"{other.Server} has {DnsView.Join(other.Addresses)} for it"));
        }

        if (refusals[0].ExtendedErrors is [var reason, ..])
            reasons.Add(refusals[0].Weigh(Weight.Context, $"its reason: {reason}"));
        reasons.Add(refusals[0].RecursionAvailable
            ? refusals[0].Weigh(Weight.Context, $"{refusals[0].Server} offers recursion, but not for this name or this asker")
            : refusals[0].Weigh(Weight.Hint, $"{refusals[0].Server} offers no recursion to this machine"));
        foreach (ServerView dead in view.Servers.Where(server => server.IsDead))
        {
            if ((dead.Refusal ?? dead.LongestSilence) is { } exchange)
                reasons.Add(exchange.Weigh(Weight.Context, dead.Failure));
        }

        yield return new Finding(
            Id,
            view.FailureSeverity,
            Where.Resolver,
            refusals[0].IsReferral
                ? $"The name server {refusals[0].Server} does not resolve for this machine: it answers {resolution.Name} with a referral"
                    + (resolution.Error is "EAI_NODATA" ? ", taken for \"no address\"." : ".")
                : $"The name server {refusals[0].Server} refuses to answer this machine for {resolution.Name} (REFUSED).",
            [.. reasons])
        {
            Remedies =
            [
                new Remedy(
                    "Allow this machine's network to ask (unbound: access-control: NETWORK allow; named: allow-query and allow-recursion).",
                    On: $"the name server {refusals[0].Server}"),
                new Remedy("Or ask a resolver that serves this network.", $"echo 'nameserver OTHER-RESOLVER' > {view.SettingsPath}"),
            ],
            Next = [$"Is {refusals[0].Server} a resolver at all, or only the authority of other zones?"],
        };
    }

    // Every server refuses, or the one at which the lookup ended.
    private static DnsExchange[] RefusalsOf(DnsView view, NameResolution resolution) => resolution.Error switch
    {
        "EAI_AGAIN" when view.Servers.SelectMany(server => server.Answers).All(IsRefusal) =>
            [.. view.Servers.Select(server => server.Answers.FirstOrDefault()).OfType<DnsExchange>()],
        "EAI_NODATA" when view.AnsweringServer?.Answers.Where(answer => answer.ResponseCode is "NOERROR" && resolution.Tried.Contains(answer.Name)).ToArray() is [var first, ..] answers
            && answers.All(answer => answer.IsReferral) => [first],
        _ => [],
    };

    private static bool IsRefusal(DnsExchange exchange) => exchange.ResponseCode is "REFUSED" || exchange.IsReferral;
}
