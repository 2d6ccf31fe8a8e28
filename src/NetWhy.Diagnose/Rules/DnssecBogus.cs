using System.Collections.Immutable;
using System.Globalization;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Rules;

/// <summary>The zone is signed, and the signatures do not prove the answer: resolvers that validate refuse to give it.</summary>
public sealed class DnssecBogus : IRule
{
    private const string Id = "dnssec-bogus";

    private static readonly int[] Codes = [1, 2, 5, 6, 7, 8, 9, 10, 11, 12, 25]; // of RFC 8914, those about DNSSEC

    /// <inheritdoc/>
    public RuleInfo Info { get; } = new(Id, Source: "RFC 4035, section 5.5; RFC 8914, section 4", Id)
    {
        Explains = ["dns-server-failure", "dns-refused", "dns-slow"],
    };

    /// <inheritdoc/>
    public IEnumerable<Finding> Evaluate(EvidenceSet evidence)
    {
        var view = DnsView.Of(evidence);
        NameValidation? validation = evidence.Last<NameValidation>(validation => validation.Status is "bogus");
        DnsExchange? failure = view.Servers.SelectMany(server => server.Answers).FirstOrDefault(exchange => exchange.ResponseCode is "SERVFAIL");
        DnsExchange? unvalidated = evidence.First<DnsExchange>(
            exchange => exchange is { Purpose: "unvalidated", ResponseCode: "NOERROR" or "NXDOMAIN" } && exchange.Server.Equals(failure?.Server));
        (DnsExchange? because, string reason) = ReasonOf(view);
        if (failure is null ? validation is not { IsAnchorAssumed: false } : unvalidated is null && because is null)
            yield break;

        List<Reason> reasons = [];
        if (failure is not null)
            reasons.Add(failure.Weigh(Weight.Context, $"{failure.Server} answers SERVFAIL for {DnsView.Bare(failure.Name)}"));
        if (unvalidated is not null)
            reasons.Add(unvalidated.Weigh(Weight.VeryStrong, $"asked not to validate (CD), it answers {InWords(unvalidated)}"));
        if (because is not null)
            reasons.Add(because.Weigh(Weight.Strong, $"its reason: {reason}"));
        if (validation is not null)
        {
            string from = validation.IsAnchorAssumed ? $"taking the keys of {validation.Anchor} for right" : "from the root's anchor down";
            reasons.Add(validation.Weigh(Weight.VeryStrong, $"{from}, {validation.Problem}"));
        }

        string what = validation?.Problem ?? (because is not null ? $"the name server says: {reason}" : "the link that fails was not found from here");
        string name = DnsView.Bare(failure?.Name ?? validation!.Name);
        yield return new Finding(
            Id,
            failure is not null && !view.IsResolved ? view.FailureSeverity : Severity.Warning,
            Where.Remote,
            $"DNSSEC of {name} is broken: {what}."
            + (failure is null ? " Resolvers that validate refuse the name; the one asked here does not validate." : ""),
            [.. reasons])
        {
            Remedies = Remedies(failure, validation, name),
            Next = [$"The whole chain: netwhy dig --validate {ShellCommand.Word(name)}; delv @{view.Servers.FirstOrDefault()?.Address} +cd +rtrace {ShellCommand.Word(name)}"],
        };
    }

    private static (DnsExchange? Exchange, string Reason) ReasonOf(DnsView view)
    {
        foreach (DnsExchange exchange in view.Servers.SelectMany(server => server.Answers))
        {
            if (exchange.ExtendedErrors.FirstOrDefault(IsOfDnssec) is { } reason)
                return (exchange, reason);
        }

        return (null, "");
    }

    private static bool IsOfDnssec(string reason) =>
        int.TryParse(reason.Split(' ')[0], NumberStyles.None, CultureInfo.InvariantCulture, out int code) && Codes.Contains(code);

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
