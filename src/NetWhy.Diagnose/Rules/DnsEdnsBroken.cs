using NetWhy.Evidence;

namespace NetWhy.Diagnose.Rules;

/// <summary>Queries that carry EDNS are dropped or refused, while the same without it are answered.</summary>
public sealed class DnsEdnsBroken : IRule
{
    private const string Id = "dns-edns-broken";

    /// <inheritdoc/>
    public RuleInfo Info { get; } = new(Id, Source: "RFC 6891, section 6.2.2 and 7; dnsflagday.net/2019", Id)
    {
        Explains = ["dns-server-failure", "dns-resolver-unreachable", "dns-first-resolver-dead", "dns-large-answer-lost", "dns-slow"],
    };

    /// <inheritdoc/>
    public IEnumerable<Finding> Evaluate(EvidenceSet evidence)
    {
        var view = DnsView.Of(evidence);
        foreach (ServerView server in view.Servers)
        {
            DnsExchange? plain = server.Trial("plain") is { Outcome: DnsOutcome.Answered } answered ? answered : null;
            DnsExchange? edns = server.Trial("edns");
            if (plain is null || edns is null || !IsBroken(plain, edns))
                continue;

            bool isUsed = view.Configuration?.Options.Any(option => option is "edns0" or "trust-ad") is true;
            bool isDropped = edns.Outcome is DnsOutcome.TimedOut;
            string what = isDropped
                ? $"is silent to {edns.Sends} queries with EDNS for {DnsView.InWords(edns.Elapsed)}"
                : $"answers {edns.ResponseCode} to a query with EDNS";
            string price = isUsed
                ? $"applications here ask with EDNS (options {string.Join(' ', view.Configuration!.Options)})"
                : "what asks with EDNS, as validating resolvers and systemd-resolved do, gets nothing or waits";
            yield return new Finding(
                Id,
                isUsed && !view.IsResolved ? view.FailureSeverity : view.ProxyResolves ? Severity.Info : Severity.Warning,
                isDropped ? Where.Path : Where.Resolver,
                $"{server.Address} {what}, and answers without it: {price}.",
                [
                    edns.Weigh(isDropped && edns.Sends < 2 ? Weight.Strong : Weight.VeryStrong, $"{server.Address} {what}"),
                    plain.Weigh(Weight.Strong, $"the same question without EDNS is answered {plain.ResponseCode} in {DnsView.InWords(plain.ResponseTime ?? plain.Elapsed)}"),
                    .. isDropped ? server.OddSilence : [],
                ])
            {
                Remedies =
                [
                    isDropped
                        ? new Remedy($"Let datagrams with an OPT record through: switch off \"DNS inspection\" that knows RFC 1035 only, on the firewalls before {server.Address} or on it.", On: "the firewall on the way")
                        : new Remedy("Replace or update a server that does not know EDNS (RFC 6891, of 1999).", On: $"the name server {server.Address}"),
                    .. isUsed
                        ? (Remedy[])[new Remedy("Ask without EDNS meanwhile.", Fix.Edit(view.SettingsPath, "s/^\\(options .*\\)\\(edns0\\|trust-ad\\)/\\1/"))]
                        : [],
                ],
                Next = [$"Compare: dig @{server.Address} {ShellCommand.Word(DnsView.Bare(plain.Name))} +noedns; dig @{server.Address} {ShellCommand.Word(DnsView.Bare(plain.Name))} +edns=0 +nocookie"],
            };
            yield break;
        }

        var delegations = DelegationView.Of(evidence);
        if (delegations.Of("edns-broken") is [var flaw, ..])
            yield return DescribeAuthority(delegations, flaw);
    }

    // A resolver asks the zone's servers with EDNS, and has to find out that they want it without.
    private static Finding DescribeAuthority(DelegationView view, DelegationFlaw flaw)
    {
        List<Reason> reasons = [flaw.Weigh(Weight.VeryStrong, flaw.Summary)];
        if (view.Failure is { } failure)
            reasons.Add(failure.Weigh(Weight.Strong, $"{failure.Server} answers SERVFAIL for {DnsView.Bare(failure.Name)}"));
        string server = DelegationView.InWords(flaw);
        return new Finding(
            Id,
            view.Failure is null && view.Severity is Severity.Critical ? Severity.Warning : view.Severity,
            Where.Remote,
            $"{server}, a server of {DnsView.Bare(flaw.Zone)}, does not answer queries with EDNS ({flaw.Detail}): resolvers fail there, or wait before they ask without.",
            [.. reasons])
        {
            Remedies =
            [
                new Remedy("Let queries with an OPT record through (firewalls before it), or replace a server that does not know EDNS.", On: server),
            ],
            Next = [$"Compare: dig @{flaw.Address} {ShellCommand.Word(DnsView.Bare(flaw.Zone))} SOA +norecurse +noedns; the same with +edns=0 +nocookie"],
        };
    }

    private static bool IsBroken(DnsExchange plain, DnsExchange edns) => edns.Outcome switch
    {
        DnsOutcome.TimedOut => !edns.WasTruncated && edns.Elapsed >= ServerView.LeastWait,
        DnsOutcome.Answered => edns.ResponseCode is "FORMERR" or "NOTIMP" or "BADVERS" && edns.ResponseCode != plain.ResponseCode,
        _ => false,
    };
}
