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

        if (DescribeBlocking(view) is { } blocking)
            yield return blocking;
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
            reasons.Add(Says(view, authority, Weight.Context));

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

    // The server says so itself, or gives the address that filters give: nobody has 0.0.0.0 or :: (RFC 1122, section 3.2.1.3).
    private static Finding? DescribeBlocking(DnsView view)
    {
        if (view.Resolution is not { Source: NameSource.Dns or NameSource.None, Tried: [.., _] } resolution)
            return null;
        foreach (ServerView server in view.Servers)
        {
            DnsExchange[] asked = [.. view.Evidence.All<DnsExchange>().Where(exchange => exchange.IsConfigured
                && exchange.Server.Equals(server.Address) && resolution.Tried.Contains(exchange.Name))];
            DnsExchange? told = Array.Find(asked, exchange => ReasonOfFilter(exchange, resolution) is not null);
            DnsExchange? nobody = Array.Find(asked, exchange => exchange.Addresses.Count > 0 && exchange.Addresses.All(IsNobody));
            if ((told ?? nobody) is not { } blocked)
                continue;

            string name = DnsView.Bare(blocked.Name);
            bool isZones = view.Evidence.All<ZoneServer>().Any(zone => zone.IsOfName && zone.Answer.Any(answer => IPAddress.TryParse(answer, out IPAddress? address) && IsNobody(address)))
                || view.Evidence.All<AuthorityAnswer>().Any(authority => authority.Addresses.Any(IsNobody));
            if (told is null && isZones)
                return null; // the zone itself has it
            List<Reason> reasons = [];
            string? reason = told is null ? null : ReasonOfFilter(told, resolution);
            if (told is not null)
                reasons.Add(told.Weigh(Weight.Decisive, $"{server.Address} gives its reason: {reason}"));
            Reason? zone = view.Evidence.First<ZoneServer>(zone => zone is { IsOfName: true, State: "authoritative" }) is { } owner
                ? owner.Weigh(Weight.Hint, $"the zone's own server {owner.Address} says {string.Join(", ", owner.Answer)}")
                : view.Evidence.First<AuthorityAnswer>() is { } authority
                    ? Says(view, authority, Weight.Hint)
                    : null;
            if (nobody is not null)
            {
                string gives = $"{server.Address} gives {name} the address {DnsView.Join(nobody.Addresses)}, which no host can have";
                reasons.Add(zone is null ? nobody.Weigh(Weight.Strong, $"{gives}: so do filters, and zones for a name that is not to be used") : nobody.Weigh(Weight.VeryStrong, gives));
            }

            if (zone is not null)
                reasons.Add(zone);
            return new Finding(
                Id,
                view.FailureSeverity,
                Where.Resolver,
                $"The name server {server.Address} {(zone is null && told is null ? "probably blocks" : "blocks")} {name}: {(told is null ? $"it answers {DnsView.Join(nobody!.Addresses)}, as filters do" : $"it says {reason}")}.",
                [.. reasons])
            {
                AlsoExplains = [.. Consequences, "dns-name-not-found", "dns-no-address", "dns-refused", "dns-server-failure"],
                Remedies =
                [
                    new Remedy("Take the name off the list that blocks it (Pi-hole, AdGuard Home, a response policy zone), if it is there by mistake.", $"grep -rn -F {ShellCommand.Word(name)} /etc/unbound /etc/bind /etc/dnsmasq.* /etc/pihole 2>/dev/null", $"the name server {server.Address}"),
                    new Remedy("Or ask a resolver that does not filter.", $"dig @OTHER-RESOLVER {name}"),
                ],
            };
        }

        return null;
    }

    private static Reason Says(DnsView view, AuthorityAnswer authority, Weight weight) => authority.Weigh(
        weight, $"the zone's own server {authority.Server} says {(authority.Addresses.Count > 0 ? DnsView.Join(authority.Addresses) : authority.ResponseCode)} for {view.Host}");

    // Blocked, Censored, Filtered: RFC 8914, sections 4.16 to 4.18. Forged Answer, section 4.5, also stands beside data that an
    // operator has put there on purpose and that is right.
    private static string? ReasonOfFilter(DnsExchange exchange, NameResolution resolution) => exchange.ExtendedErrors.FirstOrDefault(reason => reason.Split(' ')[0] switch
    {
        "15" or "16" or "17" => true,
        "4" => exchange.Addresses.Count > 0 ? exchange.Addresses.All(IsNobody) : resolution.Error is not null,
        _ => false,
    });

    private static bool IsNobody(IPAddress address) => address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any);

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
