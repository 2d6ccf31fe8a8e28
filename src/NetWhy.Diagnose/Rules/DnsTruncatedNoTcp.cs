using NetWhy.Evidence;

namespace NetWhy.Diagnose.Rules;

/// <summary>The answer does not fit into UDP, and TCP port 53 does not work.</summary>
public sealed class DnsTruncatedNoTcp : IRule
{
    private const string Id = "dns-truncated-no-tcp";

    /// <inheritdoc/>
    public RuleInfo Info { get; } = new(Id, Source: "RFC 7766, section 5: TCP is not optional", Id)
    {
        Explains = ["dns-server-failure", "dns-resolver-unreachable"],
    };

    /// <inheritdoc/>
    public IEnumerable<Finding> Evaluate(EvidenceSet evidence)
    {
        var view = DnsView.Of(evidence);
        DnsExchange? cut = view.Servers.SelectMany(server => server.Lookups).FirstOrDefault(
            exchange => exchange is { WasTruncated: true, Outcome: DnsOutcome.Failed or DnsOutcome.TimedOut });
        if (cut is null || view.Resolution is null)
            yield break;

        string how = cut.Errno ?? "silence";
        yield return new Finding(
            Id,
            view.IsResolved ? Severity.Warning : view.FailureSeverity,
            Where.Resolver,
            $"The answer of {cut.Server} for {DnsView.Bare(cut.Name)} does not fit into UDP, and its TCP port 53 does not work ({how}).",
            [
                cut.Weigh(Weight.VeryStrong, $"{cut.Server} says \"truncated\" over UDP; over TCP: {how}"),
            ])
        {
            Remedies =
            [
                Fix.FindRule($"the name server {cut.Server}, and on the firewalls before it", "TCP port 53, where the server must listen too", "tcp dport 53"),
                new Remedy("Let larger answers come over UDP meanwhile.", "echo 'options edns0' >> /etc/resolv.conf"),
            ],
            Next = [$"On {cut.Server}: ss -ltnp 'sport = :53'"],
        };
    }
}
