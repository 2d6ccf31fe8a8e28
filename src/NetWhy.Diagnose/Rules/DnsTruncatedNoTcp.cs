using NetWhy.Evidence;

namespace NetWhy.Diagnose.Rules;

/// <summary>The answer does not fit into UDP, and TCP port 53 does not work.</summary>
public sealed class DnsTruncatedNoTcp : IRule
{
    private const string Id = "dns-truncated-no-tcp";

    /// <inheritdoc/>
    public RuleInfo Info { get; } = new(Id, Source: "RFC 7766, section 5: TCP is not optional", Id)
    {
        Explains = ["dns-server-failure", "dns-resolver-unreachable", "dns-slow"],
    };

    /// <inheritdoc/>
    public IEnumerable<Finding> Evaluate(EvidenceSet evidence)
    {
        var view = DnsView.Of(evidence);
        DnsExchange? cut = view.Servers.SelectMany(server => server.Lookups).FirstOrDefault(
            exchange => exchange is { WasTruncated: true, Outcome: DnsOutcome.Failed or DnsOutcome.TimedOut });
        if (cut is not null && view.Resolution is not null)
            yield return DescribeResolver(view, cut);
        else if (DescribeAuthority(DelegationView.Of(evidence)) is { } finding)
            yield return finding;
    }

    private static Finding DescribeResolver(DnsView view, DnsExchange cut)
    {
        string how = ErrnoWords.Of(cut.Errno, "silence");
        return new Finding(
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

    // A server of the zone, as resolvers ask it. Where nobody of its family of addresses is heard by TCP, a firewall at this end may be what closes it.
    private static Finding? DescribeAuthority(DelegationView view)
    {
        ZoneServer? cut = Array.Find(view.Servers, server => server.IsAnswerCut);
        DelegationFlaw? flaw = cut is null
            ? Array.Find(view.Of("tcp-broken"), broken => broken is { IsOfName: true, Address: { } address } && view.HearsTcpOf(address))
            : Array.Find(view.Of("answer-missing"), missing => ReferenceEquals(view.ServerOf(missing), cut));
        if (flaw is not { Address: { } at })
            return null;

        string server = DelegationView.InWords(flaw);
        string zone = DnsView.Bare(flaw.Zone);
        ZoneServer[] good = [.. view.Authoritative(flaw.Zone).Where(other => other.AnswerState is null or "authoritative")];
        bool isAll = good.Length == 0;
        List<Reason> reasons = [flaw.Weigh(view.HearsTcpOf(at) ? Weight.VeryStrong : Weight.Hint, flaw.Summary)];
        if (cut is not null)
            reasons.AddRange(view.Of("tcp-broken").Where(other => other.Zone == flaw.Zone).Take(4).Select(other => other.Weigh(Weight.Context, other.Summary)));
        if (cut is not null && view.Failure is { } failure && isAll)
            reasons.Add(failure.Weigh(Weight.Strong, $"{failure.Server} answers SERVFAIL for {DnsView.Bare(failure.Name)}"));
        return new Finding(
            Id,
            cut is null || view.Names.ProxyResolves ? Severity.Info : isAll ? view.Severity : Severity.Warning,
            Where.Remote,
            cut is null
                ? $"{server}, a server of {zone}, does not answer by TCP{(flaw.Detail.Length > 0 ? $" ({flaw.Detail})" : "")}: answers that do not fit into UDP cannot be had there."
                : $"The answer of {server}, a server of {zone}, for {DnsView.Bare(view.Walk?.Name ?? zone)} does not fit into UDP, and its TCP port 53 does not work: {(isAll ? "no resolver gets it" : "resolvers that choose it fail or wait")}.",
            [.. reasons])
        {
            Remedies = [Fix.FindRule($"the name server {server}, and on the firewalls before it", "TCP port 53, where the server must listen too", "tcp dport 53")],
            Next = [$"Ask it by TCP: dig @{at} {ShellCommand.Word(zone)} SOA +norecurse +tcp"],
        };
    }
}
