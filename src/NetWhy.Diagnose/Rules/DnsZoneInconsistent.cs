using NetWhy.Evidence;

namespace NetWhy.Diagnose.Rules;

/// <summary>The servers of a zone do not say the same: which answer a lookup gets is chance.</summary>
public sealed class DnsZoneInconsistent : IRule
{
    private const string Id = "dns-zone-inconsistent";

    private static readonly string[] Kinds =
    [
        "answers-differ", "serials-differ", "name-servers-differ", "delegations-differ", "server-only-in-delegation", "server-only-in-zone", "primaries-differ",
    ];

    /// <inheritdoc/>
    public RuleInfo Info { get; } = new(Id, Source: "RFC 1034, section 4.3.5; RFC 1912, section 2.8", Id)
    {
        Explains = ["dns-answers-differ", "dns-wrong-address", "dns-name-not-found", "dns-no-address", "dns-negative-cached"],
    };

    /// <inheritdoc/>
    public IEnumerable<Finding> Evaluate(EvidenceSet evidence)
    {
        var view = DelegationView.Of(evidence);
        DelegationFlaw[] flaws = [.. view.Of(Kinds).Where(flaw => flaw.IsOfName)];
        if (flaws.Length == 0)
            yield break;

        DelegationFlaw? answers = Array.Find(flaws, flaw => flaw.Fault is "answers-differ");
        DelegationFlaw? serials = Array.Find(flaws, flaw => flaw.Fault is "serials-differ");
        bool isDenied = answers?.Detail.Contains("NXDOMAIN", StringComparison.Ordinal) is true || answers?.Detail.Contains("no such records", StringComparison.Ordinal) is true;
        DelegationFlaw worst = answers ?? serials ?? flaws[0];
        string zone = DnsView.Bare(worst.Zone);
        List<Reason> reasons = [];
        if (answers is not null)
            reasons.Add(answers.Weigh(isDenied || serials is not null ? Weight.VeryStrong : Weight.Strong, $"{answers.Summary}"));
        if (serials is not null)
            reasons.Add(serials.Weigh(answers is not null ? Weight.VeryStrong : Weight.Strong, serials.Summary));
        foreach (DelegationFlaw flaw in flaws.Except([answers, serials]).OfType<DelegationFlaw>().Take(3))
            reasons.Add(flaw.Weigh(Weight.Strong, flaw.Summary));

        // Where only the answers differ, they may be meant to: servers that spread load give each asker another address.
        bool isStale = serials is not null || isDenied;
        bool isOut = answers is not null && isStale && (!view.Names.IsResolved || view.Names.TargetIsOut);
        ZoneServer? old = serials is null ? null : view.Authoritative(worst.Zone).Where(server => server.Serial is not null).MinBy(server => server.Serial!.Value);
        string stale = old is null ? "" : $" The older serial {old.Serial} is that of {DnsView.Bare(old.Name)} ({old.Address}).";
        string meaning = answers is not null ? "which answer a lookup gets is chance"
            : serials is not null ? "after a change that is normal for minutes; later a server no longer gets the zone"
            : "resolvers know other servers than the zone means";
        yield return new Finding(
            Id,
            view.Names.ProxyResolves ? Severity.Info
                : isOut ? Severity.Critical
                : answers is not null && !isStale ? Severity.Info
                : flaws.Any(flaw => flaw.Fault is not "primaries-differ") ? Severity.Warning
                : Severity.Info,
            Where.Remote,
            answers is not null && view.Disagreement() is { } disagreement
                ? $"The servers of {zone} disagree about {DnsView.Bare(view.Walk?.Name ?? zone)}: {disagreement}; {meaning}."
                : $"The zone {zone} is inconsistent: {worst.Summary}; {meaning}.{stale}",
            [.. reasons])
        {
            Remedies = answers is null && serials is null
                ?
                [
                    new Remedy(
                        "Make the NS records of the zone and those of the zone above (at the registrar) the same.",
                        $"netwhy dig {zone} NS +short",
                        $"the primary server of {zone}"),
                ]
                :
                [
                    new Remedy(
                        "Have the server with the older serial fetch the zone, and see why it does not by itself: NOTIFY, transfer allowed, TCP port 53, TSIG (nsd; named: rndc retransfer).",
                        $"nsd-control force_transfer {zone} || rndc retransfer {zone}",
                        old is null ? $"the stale server of {zone}" : $"{old.Address}"),
                    new Remedy("If the zone was edited on several servers, edit it on the primary alone, with a larger serial.", On: $"the primary server of {zone}"),
                ],
            Next = [$"Every server's serial: dig +nssearch {ShellCommand.Word(zone)}"],
        };
    }
}
