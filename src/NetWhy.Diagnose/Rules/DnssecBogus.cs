using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Rules;

/// <summary>The zone is signed, and the signatures do not prove the answer: resolvers that validate refuse to give it.</summary>
public sealed class DnssecBogus : IRule
{
    private const string Id = "dnssec-bogus";

    private const int FirstCode = 6, LastCode = 12; // of RFC 8914: what validation itself found

    /// <inheritdoc/>
    public RuleInfo Info { get; } = new(Id, Source: "RFC 4035, section 5.5; RFC 8914, section 4", Id)
    {
        Explains = ["dns-server-failure", "dns-refused", "dns-slow"],
    };

    /// <inheritdoc/>
    public IEnumerable<Finding> Evaluate(EvidenceSet evidence)
    {
        var view = DnsView.Of(evidence);
        DnsExchange[] failures = [.. view.Servers.SelectMany(server => server.Answers).Where(exchange => exchange.ResponseCode is "SERVFAIL")];
        (DnsExchange? because, string reason) = ReasonOf(failures);
        DnsExchange? unvalidated = evidence.First<DnsExchange>(exchange =>
            exchange is { Purpose: "unvalidated", ResponseCode: "NOERROR" or "NXDOMAIN" } && failures.Any(failed => IsSame(failed, exchange)));
        DnsExchange? failure = Array.Find(failures, failed => unvalidated is not null && IsSame(failed, unvalidated)) ?? because ?? failures.FirstOrDefault();
        NameValidation? validation = evidence.Last<NameValidation>(validation => failure is null || validation.Name == failure.Name);
        if (failure is null ? !IsBroken(view, validation) : unvalidated is null && because is null)
            yield break;

        // Asked again with validation it must fail each time, and never without: else failures come and go, and CD has no part in it.
        DnsExchange[] repeats = unvalidated is null ? []
            : [.. evidence.All<DnsExchange>().Where(exchange => exchange is { Purpose: "validated" or "unvalidated", Outcome: DnsOutcome.Answered } && IsSame(exchange, unvalidated))];
        if (Array.Exists(repeats, exchange => (exchange.Purpose is "validated") != (exchange.ResponseCode is "SERVFAIL")))
            yield break;
        DnsExchange? again = Array.FindLast(repeats, exchange => exchange.Purpose is "validated");

        // The root's signatures are renewed long before they end: where they seem out of time, it is the clock here that is wrong.
        NameValidation? untimely = validation is { IsClockInDoubt: true } ? validation : null;
        NameValidation? proof = validation is { IsAnchorAssumed: false, Status: "secure" or "insecure" } ? validation : null;
        validation = untimely is null && validation is { Status: "bogus" } ? validation : null;

        List<Reason> reasons = [];
        if (failure is not null)
            reasons.Add(failure.Weigh(Weight.Context, $"{failure.Server} answers SERVFAIL for {DnsView.Bare(failure.Name)}"));
        if (unvalidated is not null)
            reasons.Add(unvalidated.Weigh(again is null ? Weight.Hint : Weight.VeryStrong, $"asked not to validate (CD), it answers {InWords(unvalidated)}"));
        if (again is not null)
            reasons.Add(again.Weigh(Weight.Context, "asked to validate once more after that, it answers SERVFAIL again"));
        if (because is not null)
            reasons.Add(because.Weigh(Weight.Strong, $"its reason: {reason}"));
        if (validation is not null)
        {
            string from = validation.IsAnchorAssumed ? $"taking the keys of {validation.Anchor} for right" : "from the root's anchor down";
            reasons.Add(validation.Weigh(Weight.VeryStrong, $"{from}, {validation.Problem}"));
        }

        if (proof is not null)
        {
            reasons.Add(proof.Weigh(
                failure is null || proof.Type == failure.Type ? Weight.RulesOut : Weight.Against,
                proof.Status is "secure" ? "from here the signatures are right, from the root's anchor down" : $"nothing has to be signed: {proof.Problem}"));
        }

        if (untimely is not null)
            reasons.Add(untimely.Weigh(Weight.Against, $"by the clock of this machine even {untimely.Problem}: is the clock right?"));

        string what = untimely is not null ? $"by the clock of this machine even {untimely.Problem}" : validation?.Problem ?? (because is not null ? $"the name server says: {reason}" : "the link that fails was not found from here");
        string name = DnsView.Bare(failure?.Name ?? validation!.Name);
        yield return new Finding(
            Id,
            failure is not null && !view.IsResolved ? view.FailureSeverity : Severity.Warning,
            untimely is not null && IPAddress.IsLoopback(failure!.Server) ? Where.Local : Where.Remote,
            $"DNSSEC of {name} is broken: {what}."
            + (failure is null ? " Resolvers that validate refuse the name; the one asked here does not validate." : ""),
            [.. reasons])
        {
            Remedies = untimely is null
                ? Remedies(failure, validation, name)
                : [new Remedy("Set the clock of this machine right first.", "timedatectl; chronyc makestep"), .. Remedies(failure, validation, name)],
            Next = [$"The whole chain: netwhy dig --validate {ShellCommand.Word(name)}; delv @{view.Servers.FirstOrDefault()?.Address} +cd +rtrace {ShellCommand.Word(name)}"],
        };
    }

    // Where no resolver fails, only what the zone's own servers say too is the zone's: names that a network or a filter makes
    // for itself are nowhere signed, and nothing is wrong with them. A resolver that drops signatures makes them missing.
    private static bool IsBroken(DnsView view, NameValidation? validation) =>
        validation is
        {
            Status: "bogus",
            IsAnchorAssumed: false,
            IsClockInDoubt: false,
            Reason: not ("alias-loop" or "alias-broken" or "too-much-work" or "signature-missing" or "denial-missing"),
        }
        && view.Servers.SelectMany(server => server.GoodAnswers).Where(exchange => exchange.Name == validation.Name && exchange.Type == validation.Type).ToArray() is [_, ..] answers
        && !view.Evidence.Any<DnsExchange>(exchange => exchange.Name == validation.Name && exchange.IsAuthenticData is true)
        && view.Evidence.All<ZoneServer>().Any(server => server.IsOfName && answers.All(answer => IsSaidBy(server, answer)));

    private static bool IsSaidBy(ZoneServer server, DnsExchange answer) => answer switch
    {
        { Aliases: [var alias, ..] } => server.Answer.Contains(alias, StringComparer.OrdinalIgnoreCase),
        { Addresses.Count: > 0 } => answer.Addresses.All(address => server.Answer.Contains($"{address}")),
        { Records.Count: > 0 } => answer.Records.All(record => server.Answer.Contains(record)),
        { ResponseCode: "NOERROR" } => server.Answer is ["no such record"],
        _ => server.Answer is [var code] && code == answer.ResponseCode,
    };

    private static bool IsSame(DnsExchange left, DnsExchange right) =>
        left.Server.Equals(right.Server) && left.Name == right.Name && left.Type == right.Type;

    private static (DnsExchange? Exchange, string Reason) ReasonOf(IEnumerable<DnsExchange> failures)
    {
        foreach (DnsExchange exchange in failures)
        {
            if (exchange.ExtendedErrors.FirstOrDefault(IsOfDnssec) is { } reason)
                return (exchange, reason);
        }

        return (null, "");
    }

    private static bool IsOfDnssec(string reason) =>
        int.TryParse(reason.Split(' ')[0], NumberStyles.None, CultureInfo.InvariantCulture, out int code) && code is >= FirstCode and <= LastCode;

    private static string InWords(DnsExchange exchange) =>
        exchange.Addresses.Count > 0 ? DnsView.Join(exchange.Addresses) : exchange.ResponseCode!;

    private static ImmutableArray<Remedy> Remedies(DnsExchange? failure, NameValidation? validation, string name)
    {
        string zone = DnsView.Bare(validation?.Zone ?? validation?.Owner ?? name);
        Remedy repair = validation?.Reason switch
        {
            "signature-expired" => new Remedy(
                "Sign the zone again, and find why that is not done by itself.", $"rndc sign {zone} && rndc zonestatus {zone}", $"the primary server of {zone}"),
            "signature-not-yet-valid" => new Remedy(
                "Set the clock of the signer right, and sign the zone again.", $"timedatectl; rndc sign {zone}", $"the primary server of {zone}"),
            "delegation-signer-mismatch" or "no-keys" or "keys-not-signed" or "algorithm-missing" => new Remedy(
                "Put the DS record that fits the zone's key into the zone above, at the registrar, or have it taken out.",
                $"dig @PRIMARY {zone} DNSKEY | dnssec-dsfromkey -f - {zone}",
                $"the primary server of {zone}"),
            "signature-missing" or "bad-signature" or "key-missing" or "denial-missing" or "denial-incomplete" or "denial-contradicted" or "wildcard-unproved" => new Remedy(
                "Sign the whole zone again with the keys that it publishes, and load it on every server.", $"rndc sign {zone} && rndc notify {zone}", $"the primary server of {zone}"),
            _ => new Remedy("Look at what the resolver's log says of the chain.", "journalctl -u unbound -u named --since -10min | grep -i -E 'validation|bogus|dnssec'", failure is null ? null : $"the name server {failure.Server}"),
        };
        return failure is null
            ? [repair]
            :
            [
                repair,
                new Remedy(
                    $"Until then, if you trust the zone without proof: a negative trust anchor (unbound; named: rndc nta {zone}).",
                    $"unbound-control insecure_add {zone} && unbound-control flush_zone {zone}",
                    $"the name server {failure.Server}"),
            ];
    }
}
