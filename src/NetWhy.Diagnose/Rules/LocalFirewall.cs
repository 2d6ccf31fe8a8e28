using System.Globalization;
using System.Net;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Rules;

/// <summary>What the rules about this machine's firewall share: how a flow fared, and how one of its rules is named.</summary>
internal static class LocalFirewall
{
    /// <summary>What a local rule can look like from further up.</summary>
    internal static readonly string[] Symptoms =
    [
        "port-filtered", "port-rejected", "port-closed", "host-unreachable", "icmp-filtered", "neighbour-unresolved",
        "gateway-wrong", "reverse-path-filter", "return-route-missing", "source-address-wrong", "dns-resolver-unreachable",
        "dns-first-resolver-dead", "dns-slow", "packet-loss", "connection-rate-limited", "high-latency", "service-hung",
        "accept-queue-full", "path-mtu-black-hole", "tls-handshake-stall", "http-stalled-body", "http-slow-server",
        "proxy-unreachable", "ipv6-broken", "dns-partial-outage", "service-bound-elsewhere", "target-is-local",
    ];

    /// <summary>Groups what was matched by the rule that matches, one group a rule, flows of the same owner together.</summary>
    /// <param name="evidence">The evidence.</param>
    /// <param name="verdicts">Verdicts wanted.</param>
    internal static IEnumerable<IGrouping<string, FirewallRuleMatch>> ByRule(EvidenceSet evidence, params string[] verdicts) =>
        evidence.All<FirewallRuleMatch>()
            .Where(match => verdicts.Contains(match.Verdict))
            .GroupBy(match => $"{match.Purpose}|{RuleOf(match)}");

    /// <summary>What tells a rule from others.</summary>
    /// <param name="match">The rule.</param>
    internal static string RuleOf(FirewallRuleMatch match) => string.Join(
        '|', match.Tool, match.Table, match.Chain, match.Rule, match.Handle?.ToString(CultureInfo.InvariantCulture), match.Number?.ToString(CultureInfo.InvariantCulture));

    /// <summary>The rule in words that find it: table, chain, handle or number, text.</summary>
    /// <param name="match">The rule.</param>
    internal static string Name(FirewallRuleMatch match)
    {
        string place = match.Handle is { } handle ? string.Create(CultureInfo.InvariantCulture, $", handle {handle}")
            : match.Number is { } number ? string.Create(CultureInfo.InvariantCulture, $", rule {number}")
            : "";
        return match.Rule is "policy drop"
            ? $"the default policy (drop) of chain {match.Chain} in {match.Tool} table {match.Table}"
            : $"\"{match.Rule}\" ({match.Tool} table {match.Table}, chain {match.Chain}{place})";
    }

    /// <summary>Attempts to connect that went through a flow.</summary>
    /// <param name="evidence">The evidence.</param>
    /// <param name="match">The flow's rule.</param>
    internal static ConnectAttempt[] Attempts(EvidenceSet evidence, FirewallRuleMatch match) =>
    [
        .. evidence.All<ConnectAttempt>().Where(attempt => attempt.Address.Equals(match.Address)
            && (match.Port == attempt.Port || match.Port == 0)),
    ];

    /// <summary>How a counter moved, as a reason; null if it cannot be told.</summary>
    /// <param name="match">The rule.</param>
    internal static Reason? CounterReason(FirewallRuleMatch match)
    {
        if (match.PacketsBefore is not { } before || match.PacketsAfter is not { } after)
            return null;
        return after > before
            ? match.Weigh(Weight.Strong, string.Create(CultureInfo.InvariantCulture, $"its counter grew by {after - before} meanwhile"))
            : match.Weigh(Weight.RulesOut, "its counter did not move meanwhile");
    }

    /// <summary>How sure it is that the rule is about this flow, as a reason.</summary>
    /// <param name="match">The rule.</param>
    internal static Reason MatchReason(FirewallRuleMatch match) => match.Match is RuleMatch.Certain
        ? match.Weigh(Weight.VeryStrong, $"{match.Flow}: every condition of {Name(match)} is met")
        : match.Weigh(Weight.Hint, $"{match.Flow}: {Name(match)} can match");

    /// <summary>The sighting of an attempt's packets; null if nobody watched.</summary>
    /// <param name="evidence">The evidence.</param>
    /// <param name="attempt">The attempt.</param>
    internal static FlowSighting? Sighting(EvidenceSet evidence, ConnectAttempt attempt) =>
        evidence.First<FlowSighting>(sighting => sighting.Address.Equals(attempt.Address)
            && sighting.Port == attempt.Port && sighting.SourcePort == attempt.SourcePort);

    /// <summary>Remedies for a rule that is in the way.</summary>
    /// <param name="match">The rule.</param>
    internal static Remedy[] Remedies(FirewallRuleMatch match) =>
    [
        new Remedy(
            match.Rule is "policy drop" ? "Let this flow pass where the policy drops it." : "Remove the rule, or put an exception for this flow before it.",
            match.Undo is { } undo ? ShellCommand.Words(undo).ToString() : null), // it holds names and comments of others
        new Remedy("See the rule with its counters.", ListCommand(match)),
    ];

    /// <summary>Address that a finding is about, if it is one only.</summary>
    /// <param name="matches">What was matched.</param>
    internal static IPAddress? Subject(IEnumerable<FirewallRuleMatch> matches) =>
        matches.Select(match => match.Address).Distinct().ToArray() is [var only] ? only : null;

    private static ShellCommand ListCommand(FirewallRuleMatch match) => match.Tool is "nft"
        ? ShellCommand.Of($"nft -a list chain {ShellCommand.Words(match.Table)} {match.Chain}")
        : ShellCommand.Of($"{match.Tool} -t {match.Table.Split(' ')[^1]} -L {match.Chain} -v -n --line-numbers");
}
