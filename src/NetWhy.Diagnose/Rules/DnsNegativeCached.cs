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

            DnsExchange? present = view.Evidence.Last<DnsExchange>(exchange => exchange is { Purpose: "authority", IsConfigured: false, Serial: not null }
                && exchange.Server.Equals(authority.Server));
            uint? serial = present?.Serial ?? evidence.First<ZoneServer>(server => server.IsOfName && server.Address.Equals(authority.Server))?.Serial;
            if (serial is { } asked && denial.Serial is { } known && IsOlder(asked, known))
                continue; // the resolver has the newer zone: the server that was asked is behind

            yield return Describe(view, denial, authority, serial);
            yield break;
        }
    }

    private static bool IsDenial(DnsExchange exchange) =>
        exchange is { Addresses.Count: 0, Records: null or { Count: 0 }, NegativeZone: not null, IsAuthoritative: false }
            and ({ ResponseCode: "NXDOMAIN" } or { ResponseCode: "NOERROR", Aliases.Count: 0 });

    private static bool IsOf(string type, System.Net.IPAddress address) =>
        (address.AddressFamily is System.Net.Sockets.AddressFamily.InterNetworkV6) == (type is "AAAA");

    // Source: RFC 1982, section 3.2.
    private static bool IsOlder(uint serial, uint other) => serial != other && (int)(other - serial) > 0;

    // What the resolver gets of the same zone when it must ask.
    private static DnsExchange? LatestOf(DnsView view, DnsExchange denial, uint? serial)
    {
        DnsExchange[] others =
        [
            .. view.Evidence.All<DnsExchange>().Where(exchange => exchange is { IsConfigured: true, Purpose: not "lookup", NegativeZone: { } zone, Serial: not null }
                && exchange.Server.Equals(denial.Server) && IsSame(zone, denial.NegativeZone!)),
        ];
        return Array.Find(others, exchange => exchange.Serial == serial) ?? Array.Find(others, exchange => exchange.Purpose is "unused-name");
    }

    private static Finding Describe(DnsView view, DnsExchange denial, AuthorityAnswer authority, uint? serial)
    {
        string name = DnsView.Bare(denial.Name);
        string zone = DnsView.Bare(denial.NegativeZone!);
        string says = denial.ResponseCode is "NXDOMAIN" ? "does not exist" : $"has no {denial.Type}";
        long left = denial.NegativeTimeToLive ?? 0;

        // A network may have a copy of the zone of its own, without the name: it is a memory only where the resolver's "no" is
        // older than the zone, and the resolver gets the same zone as is asked here.
        bool isOlder = serial is { } present && denial.Serial is { } old && IsOlder(old, present);
        DnsExchange? latest = LatestOf(view, denial, serial);
        bool isSameZone = latest is not null && latest.Serial == serial;
        bool isKnown = isOlder && isSameZone;
        List<Reason> reasons =
        [
            authority.Weigh(
                isKnown ? Weight.VeryStrong : Weight.Hint,
                $"{authority.Server}, a server of the zone {DnsView.Bare(authority.Zone)}, has {DnsView.Join(authority.Addresses)} for it"),
            denial.Weigh(
                IsSame(denial.NegativeZone!, authority.Zone) ? Weight.Hint : Weight.Against,
                $"{denial.Server} says by the SOA of {zone} that {name} {says}"),
        ];
        if (isOlder)
            reasons.Add(denial.Weigh(Weight.Hint, $"it knows serial {denial.Serial} of {zone}, and the zone's server has {serial}"));
        if (latest is not null)
        {
            reasons.Add(latest.Weigh(
                isKnown ? Weight.Strong : isSameZone ? Weight.Context : Weight.HintAgainst,
                $"for {DnsView.Bare(latest.Name)} it has serial {latest.Serial} of {zone}"));
        }

        bool isStub = denial.Server.ToString() is "127.0.0.53" or "127.0.0.54";
        return new Finding(
            Id,
            !isKnown ? Severity.Info : view.IsResolved ? Severity.Warning : view.FailureSeverity,
            Where.Resolver,
            isKnown
                ? $"{denial.Server} still remembers that {name} {says}, for {left} s more; the zone's own server {authority.Server} has {DnsView.Join(authority.Addresses)}."
                : $"{denial.Server} says that {name} {says}, and {authority.Server} has {DnsView.Join(authority.Addresses)}: it remembers that for {left} s more, or gets another copy of {zone}.",
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
