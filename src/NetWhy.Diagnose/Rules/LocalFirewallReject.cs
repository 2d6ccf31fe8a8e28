using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using NetWhy.Diagnose.Routing;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Rules;

/// <summary>A rule of this machine refuses the target's packets with an ICMP error or a RST of its own.</summary>
/// <remarks>
/// The errors come from an address of this machine, at once, and nothing leaves the interface. The kernel itself says
/// "host unreachable" from its own address after three seconds without a neighbour, which other traffic may have begun:
/// a quick one is a rule's only where the neighbour answers.
/// </remarks>
public sealed class LocalFirewallReject : IRule
{
    private const string Cause = "local-firewall-reject";

    private static readonly TimeSpan AtOnce = TimeSpan.FromMilliseconds(500); // the neighbour's three seconds are far away

    /// <inheritdoc/>
    public RuleInfo Info { get; } = new(Cause, Source: "nft(8), reject; iptables-extensions(8), REJECT", Cause)
    {
        Explains = [.. LocalFirewall.Symptoms, "dns-no-resolver"],
    };

    /// <inheritdoc/>
    public IEnumerable<Finding> Evaluate(EvidenceSet evidence)
    {
        HashSet<IPAddress> named = [];
        foreach (IGrouping<string, FirewallRuleMatch> rule in LocalFirewall.ByRule(evidence, "reject"))
        {
            foreach (FirewallRuleMatch match in rule)
            {
                if (OfRule(evidence, match, [.. rule]) is not { } finding)
                    continue;
                if (finding.Confidence >= 0.5)
                    named.UnionWith(rule.Select(other => other.Address).OfType<IPAddress>());
                yield return finding;
                break;
            }
        }

        foreach (ConnectAttempt attempt in evidence.All<ConnectAttempt>().Where(attempt => IsOwnRefusal(evidence, attempt) && named.Add(attempt.Address)))
            yield return Unnamed(evidence, attempt);
    }

    private static Finding? OfRule(EvidenceSet evidence, FirewallRuleMatch match, FirewallRuleMatch[] rule)
    {
        List<Reason> reasons = [LocalFirewall.MatchReason(match)];
        if (match.Purpose is "service")
            return null; // what clients elsewhere meet cannot be tried from here

        if (match.Purpose is "resolver")
        {
            DnsExchange? refused = evidence.First<DnsExchange>(exchange => exchange.Server.Equals(match.Address)
                && exchange.Outcome is DnsOutcome.Failed && exchange.Errno is not "EPERM");
            if (refused is null || !match.Flow.StartsWith("udp", StringComparison.Ordinal))
                return null;
            reasons.Add(refused.Weigh(Weight.Hint, $"queries to {refused.Server} fail in {Milliseconds(refused.Elapsed)}: {ErrnoWords.Of(refused.Errno, "no error")}"));
        }
        else
        {
            ConnectAttempt? failed = LocalFirewall.Attempts(evidence, match).FirstOrDefault(attempt => Fits(attempt, match));
            DatagramExchange? datagram = evidence.First<DatagramExchange>(exchange => !exchange.Answered
                && exchange.Address.Equals(match.Address) && exchange.Port == match.Port && exchange.Errno is not null);
            EchoSeries? echo = evidence.Investigation?.Port is null
                ? evidence.First<EchoSeries>(series => series.Address.Equals(match.Address) && series.Received == 0 && series.Errors.Any(error => error.IsOwnAddress))
                : null;
            if (failed is not null)
            {
                reasons.Add(failed.Weigh(Weight.Hint, Describe(failed)));
                reasons.AddRange(OnTheWire(evidence, match, failed));
                if (LocalFirewall.Attempts(evidence, match).FirstOrDefault(attempt => attempt.Outcome is ConnectOutcome.Connected) is { } worked
                    && match.Match is RuleMatch.Certain)
                {
                    reasons.Add(worked.Weigh(Weight.RulesOut, "another attempt on the same way connected"));
                }
            }
            else if (datagram is not null && match.Packet is "opening")
            {
                reasons.Add(datagram.Weigh(Weight.Hint, $"the datagram was refused in {Milliseconds(datagram.Elapsed)}: {ErrnoWords.Of(datagram.Errno, "no error")}"));
                if (datagram.Icmp is { IsOwnAddress: true } error)
                    reasons.Add(datagram.Weigh(Weight.Strong, $"the ICMP error comes from {error.Offender}, an address of this machine"));
            }
            else if (echo is not null && match.Packet is "echo")
            {
                reasons.Add(echo.Weigh(Weight.Strong, "an own address answers the echo requests with an ICMP error"));
            }
            else
            {
                return null;
            }
        }

        if (LocalFirewall.CounterReason(match) is { } counter)
            reasons.Add(counter);
        string what = match.Packet is "answer" ? $"the answers of {match.Address}" : match.Flow;
        return new Finding(
            Cause,
            Severity.Critical,
            Where.Local,
            $"This machine's firewall rejects {what}: {LocalFirewall.Name(match)}.",
            [.. reasons])
        {
            Subject = LocalFirewall.Subject(rule),
            Remedies = [.. LocalFirewall.Remedies(match)],
        };
    }

    private static bool Fits(ConnectAttempt attempt, FirewallRuleMatch match) =>
        match.Packet is "answer"
            ? attempt.Outcome is not ConnectOutcome.Connected
            : attempt.Outcome is ConnectOutcome.Failed && attempt.Elapsed < AtOnce
                && (attempt.Icmp is { IsOwnAddress: true } || (attempt.Icmp is null && attempt.Errno is "ECONNREFUSED" or "ECONNRESET"));

    private static IEnumerable<Reason> OnTheWire(EvidenceSet evidence, FirewallRuleMatch match, ConnectAttempt failed)
    {
        if (failed.Icmp is { IsOwnAddress: true } icmp)
            yield return failed.Weigh(Weight.Strong, $"the ICMP error comes from {icmp.Offender}, an address of this machine");
        if (LocalFirewall.Sighting(evidence, failed) is { } sighting && match.Hook is "output" or "postrouting" && match.Packet is "opening")
        {
            yield return sighting.SynsOut == 0
                ? sighting.Weigh(Weight.Strong, "no SYN left the interface")
                : sighting.Weigh(Weight.RulesOut, $"{sighting.SynsOut} SYNs left the interface");
        }
    }

    /// <summary>A refusal that only a rule of this machine sends, though no rule was seen.</summary>
    private static bool IsOwnRefusal(EvidenceSet evidence, ConnectAttempt attempt) =>
        attempt.Outcome is ConnectOutcome.Failed
        && attempt.Elapsed < AtOnce
        && attempt.Icmp is { IsOwnAddress: true } icmp
        && icmp.Meaning is IcmpMeaning.Prohibited or IcmpMeaning.HostUnreachable or IcmpMeaning.PortUnreachable or IcmpMeaning.ProtocolUnreachable or IcmpMeaning.SourceRefused or IcmpMeaning.RouteRejected
        && !(icmp.Meaning is IcmpMeaning.HostUnreachable && NextHop.IsInDoubt(evidence, attempt.Address));

    private static Finding Unnamed(EvidenceSet evidence, ConnectAttempt attempt)
    {
        bool mayBeNeighbour = attempt.Icmp!.Meaning is IcmpMeaning.HostUnreachable && !NextHop.IsResolved(evidence, attempt.Address);
        ImmutableArray<Reason> reasons =
        [
            attempt.Weigh(
                mayBeNeighbour ? Weight.Hint : Weight.VeryStrong, // nobody looked whether the next hop answers
                $"{Describe(attempt)}, from {attempt.Icmp!.Offender}, an address of this machine"),
        ];
        if (evidence.First<FirewallSurvey>() is { } survey)
            reasons = reasons.Add(survey.Weigh(Weight.HintAgainst, $"none of the {survey.Rules} rules that were read matches"));
        return new Finding(
            Cause,
            Severity.Critical,
            Where.Local,
            $"This machine itself rejects what goes to {attempt.Address} port {attempt.Port}; which rule does could not be seen.",
            reasons)
        {
            Subject = attempt.Address,
            Remedies =
            [
                new Remedy("List the rules with their counters.", "nft -a list ruleset"),
                new Remedy("List those of iptables-legacy, which nft does not show.", "iptables-legacy-save -c"),
            ],
        };
    }

    private static string Describe(ConnectAttempt attempt) => attempt.Icmp is { } icmp
        ? string.Create(CultureInfo.InvariantCulture, $"connecting failed with ICMP {icmp.Type}/{icmp.Code} after {Words.Of(attempt.Elapsed)}: {ErrnoWords.Of(attempt.Errno, "no error")}")
        : $"connecting failed after {Milliseconds(attempt.Elapsed)}: {ErrnoWords.Of(attempt.Errno, "no answer")}";

    private static string Milliseconds(TimeSpan time) => Words.Of(time);
}
