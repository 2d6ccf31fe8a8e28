using NetWhy.Evidence;

namespace NetWhy.Diagnose.Rules;

/// <summary>The name server remembers that the name did not exist, and the zone's own server has it by now.</summary>
public sealed class DnsNegativeCached : IRule
{
    private const string Id = "dns-negative-cached";

    /// <inheritdoc/>
    public RuleInfo Info { get; } = new(Id, Source: "RFC 2308, section 5", Id)
    {
        Explains = ["dns-name-not-found", "dns-no-address", "dns-answers-differ"],
    };

    /// <inheritdoc/>
    public IEnumerable<Finding> Evaluate(EvidenceSet evidence)
    {
        var view = DnsView.Of(evidence);
        foreach (DnsExchange denial in view.Servers.SelectMany(server => server.GoodAnswers).Where(IsDenial))
        {
            AuthorityAnswer? authority = evidence.First<AuthorityAnswer>(answer => IsSame(answer.Name, denial.Name)
                && answer.Addresses.Any(address => denial.ResponseCode is "NXDOMAIN" || IsOf(denial.Type, address)));
            if (authority is null)
                continue;

            yield return Describe(view, denial, authority);
            yield break;
        }
    }

    private static bool IsDenial(DnsExchange exchange) =>
        exchange is { Addresses.Count: 0, Records: null or { Count: 0 }, NegativeZone: not null, IsAuthoritative: false }
            and ({ ResponseCode: "NXDOMAIN" } or { ResponseCode: "NOERROR", Aliases.Count: 0 });

    private static bool IsOf(string type, System.Net.IPAddress address) =>
        (address.AddressFamily is System.Net.Sockets.AddressFamily.InterNetworkV6) == (type is "AAAA");

    private static Finding Describe(DnsView view, DnsExchange denial, AuthorityAnswer authority)
    {
        string name = DnsView.Bare(denial.Name);
        string zone = DnsView.Bare(denial.NegativeZone!);
        string says = denial.ResponseCode is "NXDOMAIN" ? "does not exist" : $"has no {denial.Type}";
        List<Reason> reasons =
        [
            authority.Weigh(Weight.VeryStrong, $"{authority.Server}, a server of the zone {DnsView.Bare(authority.Zone)}, has {DnsView.Join(authority.Addresses)} for it"),
            denial.Weigh(
                IsSame(denial.NegativeZone!, authority.Zone) ? Weight.Strong : Weight.HintAgainst,
                $"{denial.Server} says by the SOA of {zone} that {name} {says}"),
        ];

        long left = denial.NegativeTimeToLive ?? 0;
        if (denial.NegativeMinimum is { } whole)
        {
            reasons.Add(left < whole
                ? denial.Weigh(Weight.Strong, $"it may keep that for {left} s more of {whole} s: the answer is from its cache")
                : denial.Weigh(Weight.HintAgainst, $"it may keep that for the whole {whole} s: it has just learnt it"));
        }

        DnsExchange? fresh = view.Evidence.Last<DnsExchange>(exchange => exchange is { Purpose: "authority", IsConfigured: false, Serial: not null }
            && exchange.Server.Equals(authority.Server));
        if (fresh?.Serial is { } serial && denial.Serial is { } old && serial != old)
            reasons.Add(fresh.Weigh(Weight.Strong, $"it knows serial {old} of {zone}, and the zone's server has {serial}"));

        bool isStub = denial.Server.ToString() is "127.0.0.53" or "127.0.0.54";
        return new Finding(
            Id,
            view.IsResolved ? Severity.Warning : view.FailureSeverity,
            Where.Resolver,
            $"{denial.Server} still remembers that {name} {says}, for {left} s more; the zone's own server {authority.Server} has {DnsView.Join(authority.Addresses)}.",
            [.. reasons])
        {
            Remedies =
            [
                isStub
                    ? new Remedy("Drop what it has cached.", "resolvectl flush-caches")
                    : new Remedy("Drop what it has cached (unbound; named: rndc flushname).", $"unbound-control flush {name}", $"the name server {denial.Server}"),
                new Remedy($"Or wait {left} s."),
                new Remedy(
                    $"Before the next new name, make the last number of {zone}'s SOA smaller: it says for how long \"no\" is remembered ({denial.NegativeMinimum} s).",
                    On: $"the primary server of {zone}"),
            ],
            Next = [$"Compare: dig @{denial.Server} {ShellCommand.Word(name)}; dig @{authority.Server} {ShellCommand.Word(name)} +norecurse"],
        };
    }

    private static bool IsSame(string left, string right) =>
        DnsView.Bare(left).Equals(DnsView.Bare(right), StringComparison.OrdinalIgnoreCase);
}
