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
        ZoneServer[] servers = view.OfName;
        bool isDenied = answers is not null && servers.Any(IsDenial) && !servers.All(IsDenial);
        bool isOlder = answers is not null && serials is not null && FollowSerials(servers);
        bool isStale = isOlder || isDenied; // where only the answers differ, they may be meant to: servers that spread load give each asker another address
        DelegationFlaw? other = flaws.Except([answers, serials]).OfType<DelegationFlaw>().OrderBy(flaw => flaw.Fault is "primaries-differ").FirstOrDefault();
        DelegationFlaw worst = (isStale ? answers : other is { Fault: not "primaries-differ" } ? other : null) ?? answers ?? serials ?? other!;
        string zone = DnsView.Bare(worst.Zone);
        List<Reason> reasons = [];
        if (answers is not null)
            reasons.Add(answers.Weigh(isStale ? Weight.VeryStrong : Weight.Strong, $"{answers.Summary}"));
        if (serials is not null)
            reasons.Add(serials.Weigh(isOlder ? Weight.VeryStrong : answers is null ? Weight.Strong : Weight.Context, serials.Summary));
        foreach (DelegationFlaw flaw in flaws.Except([answers, serials]).OfType<DelegationFlaw>().Take(3))
            reasons.Add(flaw.Weigh(Weight.Strong, flaw.Summary));

        bool isOut = isStale && (!view.Names.IsResolved || view.Names.TargetIsOut);
        ZoneServer? old = serials is null || answers is not null && !isOlder ? null : DelegationView.Oldest(view.Authoritative(worst.Zone));
        string stale = old is null || worst != serials ? "" : $" The older serial {old.Serial} is that of {DnsView.Bare(old.Name)} ({old.Address}).";
        string meaning = worst == answers ? isStale ? "which answer a lookup gets is chance" : "servers that spread load do that, and then it is meant"
            : worst == serials ? "after a change that is normal for minutes; later a server no longer gets the zone"
            : "resolvers know other servers than the zone means";
        yield return new Finding(
            Id,
            view.Names.ProxyResolves ? Severity.Info
                : isOut ? Severity.Critical
                : isStale || other is { Fault: not "primaries-differ" } ? Severity.Warning
                : Severity.Info,
            Where.Remote,
            worst == answers && view.Disagreement() is { } disagreement
                ? $"The servers of {zone} disagree about {DnsView.Bare(view.Walk?.Name ?? zone)}: {disagreement}; {meaning}."
                : $"The zone {zone} is inconsistent: {worst.Summary}; {meaning}.{stale}",
            [.. reasons])
        {
            Remedies = worst != answers && worst != serials
                ?
                [
                    new Remedy(
                        "Make the NS records of the zone and those of the zone above (at the registrar) the same.",
                        $"netwhy dig {zone} NS +short",
                        $"the primary server of {zone}"),
                ]
                :
                [
                    .. isStale || old is not null
                        ? (Remedy[])[new Remedy(
                            "Have the server with the older serial fetch the zone, and see why it does not by itself: NOTIFY, transfer allowed, TCP port 53, TSIG (nsd; named: rndc retransfer).",
                            $"nsd-control force_transfer {zone} || rndc retransfer {zone}",
                            old is null ? $"the stale server of {zone}" : $"{old.Address}")]
                        : [],
                    new Remedy("If the zone was edited on several servers, edit it on the primary alone, with a larger serial.", On: $"the primary server of {zone}"),
                ],
            Next = [$"Every server's serial: dig +nssearch {ShellCommand.Word(zone)}"],
        };
    }

    private static bool IsDenial(ZoneServer server) => server.Answer is ["NXDOMAIN" or "no such record"];

    // Whether each version has one answer, and not all the same: answers that turn with each question differ within a version too.
    private static bool FollowSerials(ZoneServer[] servers)
    {
        IGrouping<uint, ZoneServer>[] versions = [.. servers.Where(server => server.Serial is not null).GroupBy(server => server.Serial!.Value)];
        return versions.Length > 1 && !AreOfNow([.. versions.Select(version => version.Key)])
            && versions.All(version => version.All(server => server.Answer.SequenceEqual(version.First().Answer)))
            && versions.Any(version => !version.First().Answer.SequenceEqual(versions[0].First().Answer));
    }

    // Some servers make up the serial of each answer: the second that it is. Serials that are dates (YYYYMMDDnn) are larger.
    private static bool AreOfNow(uint[] serials)
    {
        const int Survey = 60; // seconds that one may take
        return serials.All(serial => serial is > 1_200_000_000 and < 1_970_000_000) && serials.Max() - serials.Min() <= Survey;
    }
}
