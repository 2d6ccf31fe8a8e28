using NetWhy.Evidence;

namespace NetWhy.Diagnose.Rules;

/// <summary>The name is an alias that leads nowhere: to a name that does not exist, or in a circle.</summary>
public sealed class DnsCnameBroken : IRule
{
    private const string Id = "dns-cname-broken";

    /// <inheritdoc/>
    public RuleInfo Info { get; } = new(Id, Source: "RFC 1034, section 3.6.2", Id)
    {
        Explains = ["dns-name-not-found", "dns-no-address", "dns-server-failure"],
    };

    /// <inheritdoc/>
    public IEnumerable<Finding> Evaluate(EvidenceSet evidence)
    {
        var view = DnsView.Of(evidence);
        DnsExchange? chain = view.Servers.SelectMany(server => server.Answers)
            .FirstOrDefault(exchange => exchange.Aliases.Count > 0 && (IsLoop(exchange) || exchange.ResponseCode is "NXDOMAIN"));
        if (chain is null || view.IsResolved)
            yield break;

        string path = string.Join(" → ", chain.Aliases.Prepend(chain.Name).Distinct().Select(DnsView.Bare));
        string what = IsLoop(chain)
            ? $"the chain of aliases {path} runs in a circle"
            : $"{path} leads to a name that does not exist";
        yield return new Finding(
            Id,
            view.FailureSeverity,
            Where.Resolver,
            $"{DnsView.Bare(chain.Name)} is a broken alias: {what}.",
            [chain.Weigh(Weight.VeryStrong, $"{chain.Server} answers {chain.ResponseCode}: {what}")])
        {
            Remedies =
            [
                new Remedy(
                    "Point the alias to a name that has an address.",
                    Fix.Update($"delete {DnsView.Bare(chain.Name)} CNAME", $"add {DnsView.Bare(chain.Name)} 300 CNAME TARGET"),
                    "the primary server of the zone"),
            ],
            Next = [$"At whoever keeps {DnsView.Bare(chain.Aliases[^1])}: was it renamed or removed?"],
        };
    }

    private static bool IsLoop(DnsExchange exchange) => exchange.Aliases.Append(exchange.Name)
        .GroupBy(name => name, StringComparer.OrdinalIgnoreCase)
        .Any(group => group.Count() > 1);
}
