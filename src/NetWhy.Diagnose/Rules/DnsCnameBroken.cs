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
        if (view.IsResolved)
            yield break;
        foreach (ServerView server in view.Servers)
        {
            DnsExchange? answer = server.Answers.FirstOrDefault(exchange => exchange.Aliases.Count > 0 && (IsLoop(Chain(exchange)) || exchange.ResponseCode is "NXDOMAIN"));
            DnsExchange[] links = [.. server.Trials("alias").Where(exchange => exchange.Aliases.Count > 0)];
            DnsExchange? end = server.Trials("alias").LastOrDefault(exchange => exchange is { Type: "A", ResponseCode: "NXDOMAIN", Aliases.Count: 0 });
            if (answer is not null && IsLoop(Chain(answer)))
                yield return Describe(view, answer, Chain(answer), []);
            else if (links.Length > 0 && (end is not null || IsLoop(Chain(links))))
                yield return Describe(view, end ?? answer ?? links[^1], Chain(links), links);
            else if (answer is not null)
                yield return Describe(view, answer, Chain(answer), []);
            else
                continue;
            yield break;
        }
    }

    private static string[] Chain(DnsExchange exchange) => [exchange.Name, .. exchange.Aliases];

    private static string[] Chain(DnsExchange[] links) => [links[0].Name, .. links.Select(link => link.Aliases[0])];

    private static Finding Describe(DnsView view, DnsExchange answer, string[] chain, DnsExchange[] links)
    {
        bool isLoop = IsLoop(chain);
        chain = OneRound(chain);
        int last = chain.Length - 1;
        string owner = DnsView.Bare(chain[Math.Max(0, last - 1)]);
        string target = DnsView.Bare(chain[last]);
        string path = string.Join(" → ", chain.Select(DnsView.Bare));
        string what = isLoop
            ? $"the chain of aliases {path} runs in a circle"
            : chain.Length > 2 ? $"{path}; the last link, {owner} → {target}, leads to a name that does not exist"
            : $"{path} leads to a name that does not exist";
        return new Finding(
            Id,
            view.FailureSeverity,
            Where.Resolver,
            $"{DnsView.Bare(chain[0])} is a broken alias: {what}.",
            [
                answer.Weigh(Weight.VeryStrong, $"{answer.Server} answers {answer.ResponseCode} for {DnsView.Bare(answer.Name)}: {what}"),
                .. links.Select(link => link.Weigh(Weight.Context, $"{DnsView.Bare(link.Name)} is an alias of {DnsView.Bare(link.Aliases[0])}")),
            ])
        {
            Remedies =
            [
                new Remedy(
                    isLoop ? "Point one of the aliases to a name that has an address." : $"Point {owner} to a name that has an address, or give {target} one.",
                    Fix.Update($"delete {owner} CNAME", $"add {owner} 300 CNAME TARGET"),
                    $"the primary server of the zone of {owner}"),
            ],
            Next = [$"At whoever keeps {target}: was it renamed or removed?"],
        };
    }

    /// <summary>A chain of aliases up to the name that closes a circle; all of it if none does.</summary>
    /// <param name="chain">The names.</param>
    internal static string[] OneRound(string[] chain)
    {
        HashSet<string> seen = new(StringComparer.OrdinalIgnoreCase);
        int closing = Array.FindIndex(chain, name => !seen.Add(name));
        return closing < 0 ? chain : chain[..(closing + 1)];
    }

    private static bool IsLoop(string[] chain) => chain
        .GroupBy(name => name, StringComparer.OrdinalIgnoreCase)
        .Any(group => group.Count() > 1);
}
