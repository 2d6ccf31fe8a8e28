using NetWhy.Evidence;

namespace NetWhy.Diagnose.Rules;

/// <summary>The hosts file gives the name another address than DNS does.</summary>
public sealed class DnsHostsOverride : IRule
{
    private const string Id = "dns-hosts-override";

    /// <inheritdoc/>
    public RuleInfo Info { get; } = new(Id, Source: "hosts(5), nsswitch.conf(5)", Id);

    /// <inheritdoc/>
    public IEnumerable<Finding> Evaluate(EvidenceSet evidence)
    {
        var view = DnsView.Of(evidence);
        if (view.Resolution is not { Source: NameSource.HostsFile } resolution || IsLocalhost(resolution.Name))
            yield break;

        HostsFileEntry[] entries =
            [.. evidence.All<HostsFileEntry>().Where(entry => resolution.Addresses.Contains(entry.Address))];
        if (entries.Length == 0)
            yield break;

        DnsExchange[] answers =
        [
            .. view.Servers.SelectMany(server => server.GoodAnswers)
                .Where(exchange => DnsView.Bare(exchange.Name).Equals(DnsView.Bare(resolution.Name), StringComparison.OrdinalIgnoreCase)),
        ];
        DnsExchange? other = answers.FirstOrDefault(answer => DnsView.Differ(answer.Addresses, resolution.Addresses));
        bool isOut = view.TargetIsOut || view.ForeignCertificate is not null;
        if (other is null && !isOut)
            yield break; // DNS agrees or does not know the name: what the hosts file is for
        if (answers.Any(answer => answer.Addresses.Intersect(resolution.Addresses).Any()))
            yield break;

        HostsFileEntry entry = entries.FirstOrDefault(
            entry => other is null || entry.Address.AddressFamily == other.Addresses[0].AddressFamily, entries[0]);
        List<Reason> reasons =
        [
            entry.Weigh(other is null ? Weight.Hint : Weight.Strong, $"line {entry.Line} of {entry.Path} says {entry.Address} for {entry.Name}"),
        ];
        if (other is not null)
            reasons.Add(other.Weigh(Weight.VeryStrong, $"{other.Server} says {DnsView.Join(other.Addresses)}"));
        if (view.TargetIsOut && view.TargetAttempts.LastOrDefault() is { } attempt)
            reasons.Add(attempt.Weigh(Weight.Hint, $"connecting to {attempt.Address} does not work"));
        if (view.ForeignCertificate is { } chain)
            reasons.Add(chain.Weigh(Weight.Strong, $"{chain.Address} shows a certificate for other names"));

        yield return new Finding(
            Id,
            view.ProxyResolves ? Severity.Info : isOut ? Severity.Critical : Severity.Warning,
            Where.Local,
            $"Line {entry.Line} of {entry.Path} sends {entry.Name} to {entry.Address}; DNS "
            + (other is null ? "has not confirmed that address." : $"says {DnsView.Join(other.Addresses)}."),
            [.. reasons])
        {
            AlsoExplains = isOut && other is not null
                ? ["port-*", "host-unreachable", "neighbour-unresolved", "service-*", "target-is-local", "route-overlap", "tls-*", "http-*", "dns-wrong-address"]
                : [],
            Remedies =
            [
                new Remedy($"Remove the line from {entry.Path}.", Fix.Edit(entry.Path, $"{entry.Line}d")),
            ],
            Next = [$"Why was it written? A pinned test address, or a migration that is over."],
        };
    }

    private static bool IsLocalhost(string name) =>
        DnsView.Bare(name).Equals("localhost", StringComparison.OrdinalIgnoreCase)
        || DnsView.Bare(name).EndsWith(".localhost", StringComparison.OrdinalIgnoreCase);
}
