using NetWhy.Evidence;

namespace NetWhy.Diagnose.Rules;

/// <summary>The search list multiplies the queries for a name, or another name is found in its place.</summary>
public sealed class DnsSearchStorm : IRule
{
    private const string Id = "dns-search-storm";
    private const int ManyNames = 2; // names asked for in vain; one is the price of every short name
    private const int TooManyNames = 4; // one more than a Kubernetes pod comes with, which is meant to be so

    private static readonly TimeSpan Felt = TimeSpan.FromSeconds(0.5);

    /// <inheritdoc/>
    public RuleInfo Info { get; } = new(Id, Source: "resolv.conf(5), \"ndots\" and \"search\"; RFC 1535", Id)
    {
        Explains = ["dns-slow"],
    };

    /// <inheritdoc/>
    public IEnumerable<Finding> Evaluate(EvidenceSet evidence)
    {
        var view = DnsView.Of(evidence);
        if (view is not { Configuration: { } configuration, Resolution: { Source: NameSource.Dns, Tried: [.., var found] } resolution })
            yield break;

        bool isQualified = DnsView.Bare(resolution.Name).Contains('.');
        bool isLengthened = !DnsView.Bare(found).Equals(DnsView.Bare(resolution.Name), StringComparison.OrdinalIgnoreCase);
        if (isQualified && isLengthened && Capture(view, configuration, resolution, found) is { } capture)
        {
            yield return capture;
            yield break;
        }

        int wasted = resolution.Tried.Count - 1;
        if (wasted == 0 || !isQualified)
            yield break;

        DnsExchange[] vain =
        [
            .. view.Servers.SelectMany(server => server.Answers)
                .Where(exchange => exchange.Name != found && resolution.Tried.Contains(exchange.Name)),
        ];
        bool isFelt = wasted >= TooManyNames || resolution.ApplicationTime >= Felt;
        yield return new Finding(
            Id,
            isFelt && !view.ProxyResolves ? Severity.Warning : Severity.Info,
            Where.Local,
            $"Looking up {resolution.Name} costs {resolution.Queries} queries, because ndots:{configuration.Dots} puts "
            + $"{wasted} names of the search list before it.",
            [
                resolution.Weigh(
                    wasted >= ManyNames ? Weight.VeryStrong : Weight.Strong,
                    $"tried in vain first: {string.Join(", ", resolution.Tried.SkipLast(1).Select(DnsView.Bare))}"),
                configuration.Weigh(Weight.Strong, $"ndots:{configuration.Dots} and {configuration.Search.Count} search domains"),
                .. vain.Take(1).Select(exchange => exchange.Weigh(
                    Weight.Context, $"{exchange.Server} says {exchange.ResponseCode} for {DnsView.Bare(exchange.Name)}")),
            ])
        {
            Remedies = Remedies(configuration, resolution.Name),
        };
    }

    // The name as written is another one, or none, than what the search list made of it.
    private static Finding? Capture(
        DnsView view, ResolverConfiguration configuration, NameResolution resolution, string found)
    {
        bool differs = DnsView.Differ(resolution.AbsoluteAddresses, resolution.Addresses);
        DnsExchange? control = view.Evidence.First<DnsExchange>(exchange => exchange is { Purpose: "control", Addresses.Count: > 0 });
        bool isWildcard = control is not null && control.Addresses.Intersect(resolution.Addresses).Any();
        if (!differs && !isWildcard)
            return null;

        bool isOut = view.TargetIsOut || view.ForeignCertificate is not null;
        List<Reason> reasons =
        [
            resolution.Weigh(
                differs ? Weight.VeryStrong : Weight.Hint,
                resolution.AbsoluteAddresses.Count > 0
                    ? $"{DnsView.Bare(found)} is {DnsView.Join(resolution.Addresses)}, but the name as written is {DnsView.Join(resolution.AbsoluteAddresses)}"
                    : $"{DnsView.Bare(found)} is found, and the name as written does not exist"),
            configuration.Weigh(Weight.Hint, $"ndots:{configuration.Dots}, search {string.Join(' ', configuration.Search)}"),
        ];
        if (isWildcard)
            reasons.Add(control!.Weigh(Weight.Strong, $"a name that cannot exist, {DnsView.Bare(control!.Name)}, has the same address: a wildcard"));

        return new Finding(
            Id,
            view.ProxyResolves ? Severity.Info : isOut ? Severity.Critical : Severity.Warning,
            Where.Local,
            $"The search list captures {resolution.Name}: an application is sent to {DnsView.Bare(found)} ({DnsView.Join(resolution.Addresses)})"
            + (resolution.AbsoluteAddresses.Count > 0 ? $", not to {DnsView.Join(resolution.AbsoluteAddresses)}." : "."),
            [.. reasons])
        {
            AlsoExplains = isOut
                ? ["dns-wrong-address", "port-*", "host-unreachable", "neighbour-unresolved", "tls-name-mismatch", "http-*"]
                : ["dns-wrong-address"],
            Remedies = Remedies(configuration, resolution.Name),
            Next = [$"Who put a wildcard into {Suffix(found, resolution.Name)}, and is it wanted?"],
        };
    }

    private static string Suffix(string found, string name) =>
        found.StartsWith(DnsView.Bare(name) + ".", StringComparison.OrdinalIgnoreCase)
            ? DnsView.Bare(found[(DnsView.Bare(name).Length + 1)..])
            : DnsView.Bare(found);

    private static System.Collections.Immutable.ImmutableArray<Remedy> Remedies(ResolverConfiguration configuration, string name) =>
    [
        new Remedy($"Write the name with a final dot, so that it is tried as it is: {DnsView.Bare(name)}."),
        new Remedy("Try names with a dot as they are first.", Fix.Edit(configuration.Path, "s/ndots:[0-9]*/ndots:1/")),
    ];
}
