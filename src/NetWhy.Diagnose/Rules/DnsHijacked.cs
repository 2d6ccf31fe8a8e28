using System.Collections.Immutable;
using System.Net;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Rules;

/// <summary>Somebody makes answers: names that cannot exist have addresses, or servers that do not exist answer.</summary>
public sealed class DnsHijacked : IRule
{
    private const string Id = "dns-hijacked";

    private static readonly ImmutableArray<string> Consequences =
    [
        "dns-wrong-address", "port-*", "host-unreachable", "neighbour-unresolved", "tls-name-mismatch", "tls-self-signed",
        "tls-plaintext-service", "http-*",
    ];

    /// <inheritdoc/>
    public RuleInfo Info { get; } = new(Id, Source: "RFC 6761, section 6.4; RFC 5737; RFC 8020", Id)
    {
        Explains = ["dns-search-storm", "dns-answers-differ"],
    };

    /// <inheritdoc/>
    public IEnumerable<Finding> Evaluate(EvidenceSet evidence)
    {
        var view = DnsView.Of(evidence);
        foreach (ServerView server in view.Servers)
        {
            // Where a second answer differs, the server is not who made the first: that is another cause.
            if (server.Trial("impossible") is { Outcome: DnsOutcome.Answered, ResponseCode: "NOERROR", Addresses.Count: > 0, Contradictions: null or { Count: 0 } } impossible)
            {
                yield return DescribeRewriting(view, server, impossible);
                yield break;
            }
        }

        if (evidence.First<DnsExchange>(exchange => exchange is { Purpose: "nobody", Outcome: DnsOutcome.Answered }) is { } nobody)
            yield return DescribeInterception(view, nobody);
    }

    private static Finding DescribeRewriting(DnsView view, ServerView server, DnsExchange impossible)
    {
        IReadOnlyList<IPAddress> found = view.Resolution is { Source: NameSource.Dns } resolution ? resolution.Addresses : [];
        bool isTheirs = found.Count > 0 && found.All(impossible.Addresses.Contains);
        AuthorityAnswer? authority = view.Evidence.First<AuthorityAnswer>();
        bool isConfirmed = authority is not null && authority.Addresses.Intersect(found).Any();
        bool isOut = view.TargetIsOut || view.ForeignCertificate is not null;
        string addresses = DnsView.Join(impossible.Addresses);
        List<Reason> reasons =
        [
            impossible.Weigh(Weight.Decisive, $"{server.Address} gives {DnsView.Bare(impossible.Name)}, which cannot exist, the address {addresses}"),
        ];
        if (server.Trial("sibling") is { Addresses.Count: > 0 } sibling)
            reasons.Add(sibling.Weigh(Weight.Hint, $"and {DnsView.Bare(sibling.Name)}, a random name, {DnsView.Join(sibling.Addresses)}"));
        if (isTheirs && !isConfirmed)
            reasons.Add(view.Resolution!.Weigh(Weight.Hint, $"{view.Host} has just that address"));
        if (authority is not null)
        {
            string says = authority.Addresses.Count > 0 ? DnsView.Join(authority.Addresses) : authority.ResponseCode;
            reasons.Add(authority.Weigh(Weight.Context, $"the zone's own server {authority.Server} says {says} for {view.Host}"));
        }

        string meaning = isTheirs && !isConfirmed
            ? $"{view.Host} gets the same, so it probably does not exist, or is hidden"
            : "a mistyped name leads to a foreign server instead of an error";
        return new Finding(
            Id,
            view.ProxyResolves ? Severity.Info : isTheirs && !isConfirmed && isOut ? Severity.Critical : Severity.Warning,
            Where.Resolver,
            $"The name server {server.Address} makes up answers: a name that cannot exist has the address {addresses}; {meaning}.",
            [.. reasons])
        {
            AlsoExplains = isTheirs && !isConfirmed ? Consequences : [],
            Remedies =
            [
                new Remedy("Switch off the rewriting of NXDOMAIN (a provider's \"search help\", a captive portal, dnsmasq: address=/#/, unbound: redirect zones).", "grep -rnE 'address=/#/|local-zone:.*redirect|nxdomain-redirect' /etc/dnsmasq.* /etc/unbound /etc/bind 2>/dev/null", $"the name server {server.Address}"),
                new Remedy("Or ask a resolver that does not.", $"echo 'nameserver OTHER-RESOLVER' > {view.SettingsPath}"),
            ],
            Next = [$"Is it a captive portal? Log in, then: dig @{server.Address} nonexistent.invalid"],
        };
    }

    private static Finding DescribeInterception(DnsView view, DnsExchange nobody)
    {
        string says = nobody.Addresses.Count > 0 ? DnsView.Join(nobody.Addresses) : nobody.ResponseCode ?? "an answer";
        return new Finding(
            Id,
            Severity.Info,
            Where.Path,
            $"DNS is intercepted on the way: {nobody.Server}, an address that no host has, answers {says} for {DnsView.Bare(nobody.Name)}; "
            + "whichever server is asked, another one answers.",
            [nobody.Weigh(Weight.Decisive, $"{nobody.Server} answered after {DnsView.InWords(nobody.ResponseTime ?? nobody.Elapsed)}, and nobody can be there (RFC 5737)")])
        {
            Remedies =
            [
                new Remedy("If it is not meant to be: find the rule that redirects port 53.", "nft -a list ruleset | grep -E 'dport (53|domain).*(dnat|redirect)'", "the routers on the way"),
                new Remedy("Ask by TLS, which cannot be redirected unseen.", $"netwhy dig +tls @RESOLVER {view.Host}"),
            ],
        };
    }
}
