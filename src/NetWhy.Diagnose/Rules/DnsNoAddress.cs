using NetWhy.Evidence;

namespace NetWhy.Diagnose.Rules;

/// <summary>The name exists and has neither an A nor an AAAA record.</summary>
public sealed class DnsNoAddress : IRule
{
    private const string Id = "dns-no-address";

    /// <inheritdoc/>
    public RuleInfo Info { get; } = new(Id, Source: "RFC 2308, section 2.2", Id);

    /// <inheritdoc/>
    public IEnumerable<Finding> Evaluate(EvidenceSet evidence)
    {
        var view = DnsView.Of(evidence);
        if (view.Resolution is not { Error: "EAI_NODATA" } resolution)
            yield break;

        DnsExchange[] empty =
        [
            .. view.Servers.SelectMany(server => server.Answers).Where(exchange =>
                exchange is { ResponseCode: "NOERROR", Addresses.Count: 0, IsReferral: false } && resolution.Tried.Contains(exchange.Name)),
        ];
        if (empty.Length == 0)
            yield break;

        DnsExchange first = empty[0];
        List<Reason> reasons =
        [
            .. empty.Where(exchange => exchange.Name == first.Name && exchange.Server.Equals(first.Server)).Select(
                exchange => exchange.Weigh(
                    Weight.Strong, $"{exchange.Server} says NOERROR and gives no {exchange.Type} record for {DnsView.Bare(exchange.Name)}")),
        ];
        if (view.Servers.SelectMany(server => server.Answers).FirstOrDefault(exchange => exchange.Addresses.Count > 0) is { } contradiction)
            reasons.Add(contradiction.Weigh(Weight.Against, $"but {contradiction.Server} has {DnsView.Join(contradiction.Addresses)}"));
        if (view.Servers.SelectMany(server => server.Lookups).FirstOrDefault(exchange => exchange.Name == first.Name && exchange is { ResponseCode: not ("NOERROR" or "NXDOMAIN") }
            && !empty.Any(other => other.Type == exchange.Type)) is { } unknown)
        {
            reasons.Add(unknown.Weigh(Weight.Against, $"but whether there is a record of type {unknown.Type} is not known: {unknown.ResponseCode ?? "no answer that can be read"}"));
        }


        string name = first.Aliases is [.., var target]
            ? $"{DnsView.Bare(first.Name)} is an alias of {DnsView.Bare(target)}, which exists"
            : $"The name {DnsView.Bare(first.Name)} exists";
        string wanted = evidence.Investigation?.RecordType ?? (view.Configuration?.Options.Contains("no-aaaa") is true ? "A" : "A or AAAA");
        yield return new Finding(
            Id,
            view.FailureSeverity,
            Where.Resolver,
            evidence.Investigation?.RecordType is null ? $"{name} but has no address: no {wanted} record." : $"{name} but has no {wanted} record.",
            [.. reasons])
        {
            Remedies =
            [
                new Remedy(
                    $"Add {(evidence.Investigation?.RecordType is { } type ? $"a record of type {type}" : "an address record")} to {DnsView.Bare(first.NegativeZone ?? "the zone")}.",
                    Fix.Update(DnsView.WantedRecord(evidence, DnsView.Bare(first.Aliases.LastOrDefault(first.Name)))),
                    "the primary server of the zone"),
            ],
            Next = [$"Which records does the name have: dig {ShellCommand.Word(DnsView.Bare(first.Name))} MX; dig {ShellCommand.Word(DnsView.Bare(first.Name))} TXT"],
        };
    }
}
