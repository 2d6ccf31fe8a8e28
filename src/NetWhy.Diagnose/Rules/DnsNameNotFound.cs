using NetWhy.Evidence;

namespace NetWhy.Diagnose.Rules;

/// <summary>The name does not exist: every name tried ends in NXDOMAIN.</summary>
public sealed class DnsNameNotFound : IRule
{
    private const string Id = "dns-name-not-found";

    /// <inheritdoc/>
    public RuleInfo Info { get; } = new(Id, Source: "RFC 1035, section 4.1.1 (RCODE 3); RFC 2308", Id);

    /// <inheritdoc/>
    public IEnumerable<Finding> Evaluate(EvidenceSet evidence)
    {
        var view = DnsView.Of(evidence);
        if (OfOneType(view) is { } half)
        {
            yield return half;
            yield break;
        }

        if (view.Resolution is not { Error: "EAI_NONAME" or "EAI_AGAIN", Tried.Count: > 0 } resolution)
            yield break;

        // The search list is exhausted, and only the single label that was written fails otherwise.
        if (resolution.Error is "EAI_AGAIN"
            && (resolution.Name.Contains('.') || view.AnsweringServer is null && !view.Servers.Any(server => server.GoodAnswers.Any())))
        {
            yield break;
        }

        DnsExchange[] denials =
        [
            .. view.Servers.SelectMany(server => server.Answers)
                .Where(exchange => exchange.ResponseCode is "NXDOMAIN" && resolution.Tried.Contains(exchange.Name)),
        ];
        if (denials.Length == 0)
            yield break;

        DnsExchange denial = denials.FirstOrDefault(
            exchange => DnsView.Bare(exchange.Name) == DnsView.Bare(resolution.Name), denials[0]);
        List<Reason> reasons =
        [
            denial.Weigh(
                Weight.VeryStrong,
                $"{denial.Server} says NXDOMAIN for {DnsView.Bare(denial.Name)}"
                + (denial.NegativeZone is { } zone ? $", by the authority of the zone {DnsView.Bare(zone)}" : "")),
        ];
        if (denial.ExtendedErrors is [var reason, ..])
            reasons.Add(denial.Weigh(Weight.Context, $"its reason: {reason}"));
        foreach (DnsExchange other in denials.Where(exchange => !exchange.Server.Equals(denial.Server)).DistinctBy(exchange => exchange.Server))
            reasons.Add(other.Weigh(Weight.Hint, $"{other.Server} says the same"));
        if (view.Servers.SelectMany(server => server.Answers).FirstOrDefault(exchange => exchange.Addresses.Count > 0) is { } contradiction)
            reasons.Add(contradiction.Weigh(Weight.Against, $"but {contradiction.Server} knows {DnsView.Join(contradiction.Addresses)} for it"));
        foreach (AuthorityAnswer authority in evidence.All<AuthorityAnswer>().Take(1))
        {
            reasons.Add(authority.Addresses.Count > 0
                ? authority.Weigh(Weight.Against, $"but the zone's own server {authority.Server} has {DnsView.Join(authority.Addresses)}")
                : authority.Weigh(Weight.Hint, $"the zone's own server {authority.Server} says {authority.ResponseCode}"));
        }

        string alias = denial.Aliases is [.., var target]
            ? $"{resolution.Name} is an alias of {DnsView.Bare(target)}, which does not exist"
            : $"The name {resolution.Name} does not exist";
        string tried = resolution.Tried.Count > 1
            ? $" (tried: {string.Join(", ", resolution.Tried.Select(DnsView.Bare))})"
            : "";
        string zoneName = DnsView.Bare(denial.NegativeZone ?? "the zone");
        yield return new Finding(
            Id,
            view.FailureSeverity,
            Where.Resolver,
            $"{alias}: {denial.Server} answers NXDOMAIN{tried}.",
            [.. reasons])
        {
            Remedies =
            [
                new Remedy("Check the spelling of the name."),
                new Remedy(
                    $"Add the record to {zoneName}, in its file or, where it takes updates, so.",
                    Fix.Update(DnsView.WantedRecord(evidence, DnsView.Bare(denial.Name))),
                    $"the primary server of {zoneName}"),
            ],
            Next =
            [
                $"At whoever keeps {zoneName}: is the record there, and did the secondaries load it (dig +nssearch {ShellCommand.Word(zoneName)})?",
            ],
        };
    }

    // A name exists for every type or for none. Source: RFC 4074, section 4.2; RFC 8020.
    private static Finding? OfOneType(DnsView view)
    {
        foreach (ServerView server in view.Servers)
        {
            if (server.Answers.FirstOrDefault(exchange => exchange is { ResponseCode: "NXDOMAIN", Aliases.Count: 0 }) is not { } denial
                || server.Answers.FirstOrDefault(exchange => exchange is { ResponseCode: "NOERROR", Addresses.Count: > 0 } && exchange.Name == denial.Name) is not { } answer)
            {
                continue;
            }

            string bare = DnsView.Bare(denial.Name);
            return new Finding(
                Id,
                Severity.Warning,
                Where.Resolver,
                $"The name {bare} does not exist for {denial.Type}, says {server.Address}, and yet has {DnsView.Join(answer.Addresses)} for {answer.Type}: "
                + "programs with glibc go on, those with musl (Alpine Linux) take the name for missing, and resolvers may do so too.",
                [
                    denial.Weigh(Weight.VeryStrong, $"{server.Address} says NXDOMAIN for {denial.Type} of {bare}, which is about the name and not the type"),
                    answer.Weigh(Weight.Context, $"and gives {DnsView.Join(answer.Addresses)} for {answer.Type}"),
                ])
            {
                Remedies = [new Remedy($"Have the servers of the zone answer {denial.Type} with NOERROR and no record (RFC 4074, section 4.2): often a load balancer that answers DNS.", $"dig @SERVER {bare} {denial.Type} +norecurse", "the zone's name servers")],
            };
        }

        return null;
    }
}
