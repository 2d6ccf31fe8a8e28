using NetWhy.Evidence;

namespace NetWhy.Diagnose.Rules;

/// <summary>The resolver itself is there, but cannot get an answer for the name.</summary>
public sealed class DnsServerFailure : IRule
{
    private const string Id = "dns-server-failure";

    /// <inheritdoc/>
    public RuleInfo Info { get; } = new(Id, Source: "RFC 1035, section 4.1.1 (RCODE 2); RFC 8914", Id);

    /// <inheritdoc/>
    public IEnumerable<Finding> Evaluate(EvidenceSet evidence)
    {
        var view = DnsView.Of(evidence);
        if (view.Resolution is not { Error: "EAI_AGAIN" or "EAI_FAIL" } resolution)
        {
            if (OfOneType(view) is { } finding)
                yield return finding;
            yield break;
        }

        ServerView[] failing = [.. view.Servers.Where(server => Failures(server).Any() || server.IsSilentAboutTheName)];
        if (failing.Length == 0 || view.Servers.Any(server => server.GoodAnswers.Any(answer => answer.Addresses.Count > 0)))
            yield break;

        List<Reason> reasons = [];
        foreach (ServerView server in failing)
        {
            if (Failures(server).FirstOrDefault() is { } failure)
            {
                reasons.Add(failure.Weigh(
                    Weight.VeryStrong,
                    $"{server.Address} says {failure.ResponseCode} for {DnsView.Bare(failure.Name)}"));
                if (failure.ExtendedErrors is [var why, ..])
                    reasons.Add(failure.Weigh(Weight.Hint, $"its reason: {why}"));
            }
            else
            {
                reasons.Add(server.LongestSilence!.Weigh(
                    Weight.Strong,
                    $"{server.Address} is silent about {DnsView.Bare(resolution.Tried[0])} for {DnsView.InWords(server.LongestSilence!.Elapsed)}"));
                reasons.Add(server.Greeting!.Weigh(
                    Weight.Strong, $"and yet answers a question about itself in {DnsView.InWords(server.Greeting!.Elapsed)}"));
            }
        }

        ServerView first = failing[0];
        DnsExchange? end = FailingTarget(first);
        string culprit = end is null ? resolution.Name : DnsView.Bare(end.Name);
        string? reason = Failures(first).SelectMany(failure => failure.ExtendedErrors).FirstOrDefault();
        string? code = Failures(first).FirstOrDefault()?.ResponseCode;
        string says = code is null
            ? "works, but gets no answer to pass on: the servers that it asks in turn do not answer"
            : $"answers {code}" + (reason is null ? "" : $" ({reason})");
        string alias = "";
        if (end is not null)
        {
            alias = $": that is an alias, and it is {culprit} that fails";
            reasons.Add(end.Weigh(Weight.Strong, $"{first.Address} gives the alias, and says {end.ResponseCode} for {culprit}, where it leads"));
        }

        AuthorityAnswer? authority = evidence.First<AuthorityAnswer>();
        if (authority is not null)
            reasons.Add(authority.Weigh(Weight.Hint, $"the zone's own server {authority.Server} answers {authority.ResponseCode}"));

        yield return new Finding(
            Id,
            view.FailureSeverity,
            Where.Resolver,
            $"The name server {first.Address} {says} for {resolution.Name}{alias}.",
            [.. reasons])
        {
            Remedies =
            [
                new Remedy(
                    $"Look at why it cannot resolve the name (its forwarders, the zone's servers, DNSSEC).",
                    $"unbound-control lookup {culprit}; journalctl -u unbound -u named --since -10min",
                    $"the name server {first.Address}"),
                new Remedy("Ask another resolver meanwhile.", $"dig @OTHER-RESOLVER {resolution.Name}"),
            ],
            Next =
            [
                .. end is null ? [] : new[] { $"The servers of the zone of {culprit}: netwhy dns {ShellCommand.Word(culprit)}" },
                $"Is it validation? dig @{first.Address} {ShellCommand.Word(culprit)} +cd answers if DNSSEC is what fails.",
                $"On {first.Address}: do its forwarders, or the zone's servers, answer it?",
            ],
        };
    }

    // Where the chain of aliases leads, if the server gives the chain and fails for its end alone.
    private static DnsExchange? FailingTarget(ServerView server) => server.Trials("alias").Any(exchange => exchange.Aliases.Count > 0)
        ? server.Trials("alias").LastOrDefault(exchange => exchange is { Type: "A", ResponseCode: not (null or "NOERROR" or "NXDOMAIN"), Aliases.Count: 0 })
        : null;

    // Half of the pair fails. glibc takes what the other half says; musl, whose libc Alpine Linux has, takes the failure.
    // Source: RFC 4074, section 4.3; musl, src/network/lookup_name.c, name_from_dns.
    private static Finding? OfOneType(DnsView view)
    {
        if (view.Resolution is not { Source: NameSource.Dns or NameSource.None, Tried: [.., var name] } resolution)
            return null;
        foreach (ServerView server in view.Servers)
        {
            DnsExchange[] lookups = [.. server.Answers.Where(exchange => exchange.Name == name)];
            if (Array.Find(lookups, exchange => exchange.ResponseCode is "SERVFAIL" or "NOTIMP" or "REFUSED" or "FORMERR") is not { } failure
                || Array.Find(lookups, exchange => exchange.ResponseCode is "NOERROR" && exchange.Type != failure.Type) is not { } other)
            {
                continue;
            }

            string bare = DnsView.Bare(name);
            List<Reason> reasons =
            [
                failure.Weigh(Weight.VeryStrong, $"{server.Address} says {failure.ResponseCode} for {failure.Type} of {bare}"),
                other.Weigh(Weight.Context, other.Addresses.Count > 0
                    ? $"and gives {DnsView.Join(other.Addresses)} for {other.Type}"
                    : $"and says that there is no {other.Type} record"),
            ];
            if (failure.ExtendedErrors is [var why, ..])
                reasons.Add(failure.Weigh(Weight.Hint, $"its reason: {why}"));
            DnsExchange? passing = view.Evidence.First<DnsExchange>(exchange => exchange.Server.Equals(server.Address)
                && exchange is { ResponseCode: "NOERROR" or "NXDOMAIN", Purpose: "validated" or "plain" or "edns" or "large" or "repeat" }
                && exchange.Name == name && exchange.Type == failure.Type);
            if (passing is not null)
                reasons.Add(passing.Weigh(Weight.Context, $"asked the same again it answers {(passing.Addresses.Count > 0 ? DnsView.Join(passing.Addresses) : passing.ResponseCode)}: the failure comes and goes"));
            string consequence = resolution.Addresses.Count > 0
                ? $"programs with glibc go on with {other.Type}, those with musl (Alpine Linux) cannot resolve the name"
                : $"no address is left, as there is no {other.Type} record";
            return new Finding(
                Id,
                resolution.Addresses.Count > 0 ? Severity.Warning : view.FailureSeverity,
                Where.Resolver,
                passing is null
                    ? $"The name server {server.Address} answers {failure.ResponseCode} for {failure.Type} of {bare}, and not for {other.Type}: {consequence}."
                    : $"The name server {server.Address} answers {failure.ResponseCode} for {bare} now and then: {consequence}.",
                [.. reasons])
            {
                Remedies =
                [
                    passing is null
                        ? new Remedy($"Have the servers of the zone answer {failure.Type} too, without records where there are none (RFC 4074).", $"dig @SERVER {bare} {failure.Type} +norecurse", "the zone's name servers")
                        : new Remedy("Find which of the servers behind this address fails, or what it waits for.", "unbound-control stats_noreset; journalctl -u unbound -u named --since -10min", $"the name server {server.Address}"),
                ],
                Next = [$"Ask some times: for i in 1 2 3 4 5 6; do dig @{server.Address} {ShellCommand.Word(bare)} {failure.Type} | grep status; done"],
            };
        }

        return null;
    }

    // A resolver without a way to the root fails for a single label; with other names tried, that one is no matter.
    private static IEnumerable<DnsExchange> Failures(ServerView server) => server.Answers.Where(exchange =>
        exchange.ResponseCode is not ("NOERROR" or "NXDOMAIN" or "REFUSED")
        && (DnsView.Bare(exchange.Name).Contains('.') || !server.GoodAnswers.Any()));
}
