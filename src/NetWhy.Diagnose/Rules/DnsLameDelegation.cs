using NetWhy.Evidence;

namespace NetWhy.Diagnose.Rules;

/// <summary>A server that is named for a zone does not serve it: it refuses, knows nothing of it, or is not there.</summary>
public sealed class DnsLameDelegation : IRule
{
    private const string Id = "dns-lame-delegation";

    private static readonly string[] Lame =
        ["lame-server", "silent-server", "server-without-address", "server-is-alias", "server-address-unknown", "answer-missing"];

    // Words of a server to the question itself that a resolver takes for those of a lame one. Silence to one question may be chance.
    private static readonly string[] Refusals = ["refused", "server-failure", "other-error", "upward-referral", "self-referral"];

    /// <inheritdoc/>
    public RuleInfo Info { get; } = new(Id, Source: "RFC 1912, section 2.8; RFC 9499, section 7", Id)
    {
        Explains = ["dns-server-failure", "dns-slow", "dns-zone-inconsistent"],
    };

    /// <inheritdoc/>
    public IEnumerable<Finding> Evaluate(EvidenceSet evidence)
    {
        var view = DelegationView.Of(evidence);

        // Silence to this machine may be a firewall's before it, or be of IPv6 that is broken here, unless others of the family are heard.
        DelegationFlaw[] lame =
        [
            .. view.Of(Lame).Where(flaw => flaw.Fault switch
            {
                "silent-server" => flaw.Address is not null && view.HearsFamilyOf(flaw.Address),
                "server-address-unknown" => IsWithin(view, flaw) && IsLost(view, flaw),
                "answer-missing" => view.ServerOf(flaw) is { AnswerState: { } state } && Refusals.Contains(state) && !IsPolicy(evidence),
                "server-without-address" or "server-is-alias" => IsWithin(view, flaw),
                _ => true,
            }),
        ];
        if (lame.Length == 0)
            yield break;

        DelegationFlaw worst = lame.FirstOrDefault(flaw => flaw.Fault is "lame-server", lame[0]);
        DelegationFlaw[] same = [.. lame.Where(flaw => flaw.Zone == worst.Zone)];
        ZoneServer[] good = [.. view.Authoritative(worst.Zone).Where(server => !same.Any(flaw => flaw.Address?.Equals(server.Address) is true))];
        string zone = DnsView.Bare(worst.Zone);
        bool isAll = good.Length == 0;
        string price = isAll
            ? $"no server answers for {zone}"
            : $"{Words.Count(good.Length, "other address")} of its servers {(good.Length == 1 ? "answers" : "answer")}, so lookups fail or wait only by chance";
        List<Reason> reasons =
        [
            .. same.Take(4).Select(flaw => flaw.Weigh(
                flaw.Fault switch { "lame-server" or "server-without-address" or "answer-missing" => Weight.VeryStrong, "silent-server" => isAll ? Weight.Strong : Weight.VeryStrong, _ => Weight.Strong },
                flaw.Summary)),
        ];
        if (view.Failure is { } failure && isAll)
            reasons.Add(failure.Weigh(Weight.Strong, $"{failure.Server} answers SERVFAIL for {DnsView.Bare(failure.Name)}"));
        reasons.AddRange(view.Of("no-authority").Where(flaw => flaw.Zone == worst.Zone).Select(flaw => flaw.Weigh(Weight.Context, flaw.Summary)));
        reasons.AddRange(good.Take(1).Select(server => server.Weigh(Weight.Context, $"{DnsView.Bare(server.Name)} ({server.Address}) answers for {zone}")));

        string name = worst.Server is { } ns ? DnsView.Bare(ns) : "SERVER";
        yield return new Finding(
            Id,
            isAll ? view.Severity : view.Names.ProxyResolves ? Severity.Info : view.Severity is Severity.Critical && view.Failure is not null ? Severity.Critical : Severity.Warning,
            Where.Remote,
            $"The delegation of {zone} is lame: {worst.Summary}; {price}.",
            [.. reasons])
        {
            Remedies =
            [
                Cure(worst, zone, name),
                new Remedy(
                    $"… or take it out of the NS records, in the zone and at the registrar or in the zone above.",
                    Fix.Update($"delete {zone} NS {name}."),
                    $"the primary server of {zone} and of the zone above"),
            ],
            Next = [$"Each server by itself: netwhy dig +trace --all-servers {ShellCommand.Word(DnsView.Bare(view.Walk?.Name ?? zone))}"],
        };
    }

    private static Remedy Cure(DelegationFlaw worst, string zone, string name) => worst.Fault switch
    {
        "server-without-address" => new Remedy(
            $"Give {name} an address…", Fix.Update($"add {name} 300 A ADDRESS"), $"the primary server of the zone of {name}"),
        "server-is-alias" => new Remedy(
            $"Give {name} an address of its own in place of the alias…",
            Fix.Update($"delete {name} CNAME", $"add {name} 300 A ADDRESS"),
            $"the primary server of the zone of {name}"),
        "server-address-unknown" => new Remedy(
            $"Have the address of {name} be found: the servers of its zone must answer, and zones that name servers in each other need glue…",
            $"netwhy dig +trace --all-servers {ShellCommand.Word(name)}",
            $"the zone of {name}"),
        _ => new Remedy(
            $"Have {DelegationView.InWords(worst)} serve {zone} (load the zone, let it transfer, answer queries)…",
            $"nsd-control zonestatus {zone} || rndc zonestatus {zone}",
            worst.Address is { } address ? $"{address}" : name),
    };

    // One lookup that fails from here may be chance, or of the time that is over. Where it leaves no server at all, and the resolver fails
    // too, that is why.
    private static bool IsLost(DelegationView view, DelegationFlaw flaw)
    {
        ZoneServer[] servers = [.. view.Servers.Where(server => server.Zone == flaw.Zone)];
        return servers.Length == 0
            ? view.Failure is not null && flaw.Detail is not DelegationFlaw.TimeOver
            : view.Walk is null or { IsComplete: true } && view.Authoritative(flaw.Zone) is { Length: > 0 } good
                && !good.Any(server => server.Name.Equals(flaw.Server, StringComparison.OrdinalIgnoreCase));
    }

    // Many servers answer ANY with an error, and are meant to. Source: RFC 8482.
    private static bool IsPolicy(EvidenceSet evidence) => evidence.Investigation?.RecordType is "ANY";

    // A walk that began below the root cannot look up names elsewhere.
    private static bool IsWithin(DelegationView view, DelegationFlaw flaw)
    {
        string server = flaw.Server ?? "";
        string start = view.Walk is { Zones: [var first, ..] } ? first : ".";
        return start is "." || server.Equals(start, StringComparison.OrdinalIgnoreCase) || server.EndsWith($".{start}", StringComparison.OrdinalIgnoreCase);
    }
}
