using NetWhy.Evidence;

namespace NetWhy.Diagnose.Rules;

/// <summary>The zone above names a server below the zone without its address, or with one that it does not have.</summary>
public sealed class DnsGlueMissing : IRule
{
    private const string Id = "dns-glue-missing";

    /// <inheritdoc/>
    public RuleInfo Info { get; } = new(Id, Source: "RFC 9471; RFC 1034, section 4.2.2", Id)
    {
        Explains = ["dns-server-failure", "dns-lame-delegation", "dns-slow"],
    };

    /// <inheritdoc/>
    public IEnumerable<Finding> Evaluate(EvidenceSet evidence)
    {
        var view = DelegationView.Of(evidence);
        DelegationFlaw[] flaws = view.Of("glue-missing", "glue-differs");
        if (flaws.Length == 0)
        {
            if (view.Of("addresses-differ") is [{ IsOfName: true } lacking, ..])
                yield return DescribeLacking(lacking);
            yield break;
        }

        DelegationFlaw worst = flaws.FirstOrDefault(flaw => flaw.Fault is "glue-missing", flaws[0]);
        bool isMissing = worst.Fault is "glue-missing";
        string zone = DnsView.Bare(worst.Zone);
        string server = DnsView.Bare(worst.Server ?? "the server");
        bool isAll = view.Authoritative(worst.Zone).Length == 0;

        // A wrong address matters as far as nothing serves the zone there.
        ZoneServer? there = view.ServerOf(worst);
        bool isUnknown = !isMissing
            && (there is null or { State: "not-asked" } || there is { State: "silent" or "unreachable" } && !view.HearsFamilyOf(there.Address));
        bool isHarmless = !isMissing && (isUnknown || there is { State: "authoritative" });
        List<Reason> reasons =
        [
            .. flaws.Where(flaw => flaw.Zone == worst.Zone).Take(4).Select(flaw => flaw.Weigh(isMissing ? Weight.VeryStrong : Weight.Strong, flaw.Summary)),
        ];
        if (there is not null && !isMissing)
            reasons.Add(there.Weigh(isHarmless ? Weight.Context : Weight.VeryStrong, $"{there.Address}, as the zone above has it, {there.Description}"));
        if (view.Failure is { } failure)
            reasons.Add(failure.Weigh(isAll ? Weight.Strong : Weight.Hint, $"{failure.Server} answers SERVFAIL for {DnsView.Bare(failure.Name)}"));

        string what = isMissing ? $"names {server} without its address (glue), which only {zone} itself could tell" : $"has an address of {server} that it does not have";
        string right = worst.Detail.Length > 0 ? $" ({worst.Detail})" : "";
        yield return new Finding(
            Id,
            isHarmless ? Severity.Info : isAll ? view.Severity : view.Names.ProxyResolves ? Severity.Info : Severity.Warning,
            Where.Remote,
            $"The zone above {zone} {what}{right}: {(isAll && !isHarmless ? "nobody can find a server of the zone" : isUnknown ? "whether it answers there could not be seen from here" : isHarmless ? "it still answers there" : "lookups that choose it fail or wait")}.",
            [.. reasons])
        {
            Remedies =
            [
                new Remedy(
                    $"Have the address of {server} corrected in the zone above, as a rule at the registrar (\"host object\", \"glue\").",
                    Fix.Update($"add {server} 3600 A ADDRESS"),
                    $"the primary server of the zone above {zone}"),
                new Remedy($"Or name a server in another zone that has an address by itself.", On: $"the registrar of {zone}"),
            ],
            Next = [SeeAbove(zone)],
        };
    }

    // Resolvers come by the other address, and learn this one from the zone.
    private static Finding DescribeLacking(DelegationFlaw flaw)
    {
        string zone = DnsView.Bare(flaw.Zone);
        return new Finding(
            Id,
            Severity.Info,
            Where.Remote,
            $"The zone above {zone} lacks an address of {DnsView.Bare(flaw.Server ?? "the server")} that {zone} has, {flaw.Address} ({flaw.Detail}): resolvers find it by another one.",
            [flaw.Weigh(Weight.VeryStrong, flaw.Summary)])
        {
            Next = [SeeAbove(zone)],
        };
    }

    private static string SeeAbove(string zone) => $"What the zone above says: netwhy dig +trace +all {ShellCommand.Word(zone)} NS";
}
