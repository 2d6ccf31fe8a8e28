using System.Collections.Immutable;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Rules;

/// <summary>The configured name servers give different answers: which one an application gets is chance.</summary>
public sealed class DnsAnswersDiffer : IRule
{
    private const string Id = "dns-answers-differ";

    // What follows from being sent to the wrong one.
    private static readonly ImmutableArray<string> Consequences =
    [
        "dns-wrong-address", "port-*", "host-unreachable", "neighbour-unresolved", "tls-name-mismatch", "http-*",
    ];

    /// <inheritdoc/>
    public RuleInfo Info { get; } = new(Id, Source: "RFC 1034, section 4.3.1: every server shall give the same answer", Id)
    {
        Explains = ["dns-name-not-found", "dns-no-address"],
    };

    /// <inheritdoc/>
    public IEnumerable<Finding> Evaluate(EvidenceSet evidence)
    {
        var view = DnsView.Of(evidence);
        foreach (IGrouping<(string Name, string Type), DnsExchange> question in view.Servers
            .SelectMany(server => server.GoodAnswers)
            .GroupBy(exchange => (exchange.Name, exchange.Type)))
        {
            DnsExchange[] answers = [.. question];
            DnsExchange? first = answers.FirstOrDefault(answer => answer.Addresses.Count > 0);
            DnsExchange? other = answers.FirstOrDefault(answer => first is not null
                && !answer.Server.Equals(first.Server)
                && (answer.Addresses.Count == 0 || DnsView.Differ(answer.Addresses, first.Addresses)));
            if (first is null || other is null)
                continue;

            yield return Describe(view, first, other);
            yield break;
        }
    }

    private static Finding Describe(DnsView view, DnsExchange first, DnsExchange other)
    {
        bool isUsed = view.Resolution?.Tried.Contains(first.Name) ?? false;
        bool failsToResolve = view.Resolution is { Addresses.Count: 0 };
        bool isOut = view.TargetIsOut || view.ForeignCertificate is not null;
        List<Reason> reasons =
        [
            first.Weigh(Weight.Strong, $"{first.Server} says {InWords(first)} for {first.Type} of {DnsView.Bare(first.Name)}"),
            other.Weigh(Weight.Strong, $"{other.Server} says {InWords(other)}"),
        ];
        if (other.Addresses.Count > 0 && !isOut)
        {
            // Large services give every asker other addresses, with a short time to live, and all of them work.
            reasons.Add(view.TargetAttempts.FirstOrDefault() is { } attempt
                ? attempt.Weigh(Weight.HintAgainst, $"{attempt.Address} works: the answers may differ on purpose")
                : other.Weigh(Weight.Context, "the answers may differ on purpose"));
        }

        foreach (AuthorityAnswer authority in view.Evidence.All<AuthorityAnswer>().Where(answer => answer.Addresses.Count > 0).Take(1))
        {
            bool supportsFirst = !DnsView.Differ(authority.Addresses, first.Addresses);
            reasons.Add(authority.Weigh(
                Weight.Context,
                $"the zone's own server {authority.Server} says {DnsView.Join(authority.Addresses)}, as {(supportsFirst ? first.Server : other.Server)} does"));
        }

        return new Finding(
            Id,
            view.ProxyResolves ? Severity.Info
                : isUsed && (failsToResolve || isOut) ? Severity.Critical
                : Severity.Warning,
            Where.Resolver,
            $"The configured name servers disagree about {DnsView.Bare(first.Name)}: {first.Server} says {InWords(first)}, "
            + $"{other.Server} says {InWords(other)}.",
            [.. reasons])
        {
            AlsoExplains = isOut ? Consequences : [],
            Remedies =
            [
                new Remedy("Configure only servers that see the same zones.", Fix.Edit(view.SettingsPath, $"/^nameserver[[:space:]]*{other.Server}/d")),
                new Remedy("If one is stale, drop what it has cached (unbound; named: rndc flushname).", $"unbound-control flush {DnsView.Bare(first.Name)}", "the stale name server"),
            ],
            Next = [$"Which is right? Compare the serial: dig @{first.Server} {ShellCommand.Word(DnsView.Bare(first.Name))} SOA; dig @{other.Server} {ShellCommand.Word(DnsView.Bare(first.Name))} SOA"],
        };
    }

    private static string InWords(DnsExchange exchange) => exchange switch
    {
        { Addresses.Count: > 0 } => DnsView.Join(exchange.Addresses),
        { ResponseCode: "NXDOMAIN" } => "that the name does not exist",
        _ => "that it has no address",
    };
}
