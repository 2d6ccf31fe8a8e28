using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using NetWhy.Diagnose.Sockets;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Rules;

/// <summary>Programs of this machine begin connections that nobody answers: all of them are one pile, told once.</summary>
/// <remarks>
/// Silence alone does not tell a host that is gone from a filter on the way; that the host talks to this machine on another
/// connection does. A rule of this machine that eats the SYNs explains the pile. Source: RFC 9293, section 3.3.2, SYN-SENT.
/// </remarks>
public sealed class UnansweredConnects : IRule
{
    private const int Few = 5;
    private const int Told = 4;

    // A service of this machine that is overrun does not keep other machines from answering.
    private static readonly ImmutableArray<string> OfTheWay =
        ["conntrack-full", "link-down", "link-no-carrier", "no-route", "gateway-wrong", "neighbour-unresolved", "policy-routing"];

    private static readonly ImmutableArray<string> OfThisSide = [.. OfTheWay, "local-firewall-drop"];

    /// <inheritdoc/>
    public RuleInfo Info { get; } = new("unanswered-connects", Source: "RFC 9293, section 3.3.2; sock_diag(7)", "port-filtered", "host-unreachable");

    /// <inheritdoc/>
    public IEnumerable<Finding> Evaluate(EvidenceSet evidence)
    {
        if (evidence.Investigation?.TargetKind is not (TargetKind.HostState or TargetKind.ThisMachine or TargetKind.Process)
            || PendingOf(evidence) is not { Unanswered: > 0, Top.Count: > 0 } pending)
        {
            return [];
        }

        // What a rule here eats is the rule's: what is left is told, or all of it as what the rule explains.
        ImmutableArray<PendingDestination> left = [.. pending.Top.Where(to => !IsEatenHere(evidence, to))];
        bool isPart = !left.IsEmpty && left.Length < pending.Top.Count;
        return [isPart ? Judge(evidence, Without(pending, left)) with { ExplainedOnlyBy = OfTheWay } : Judge(evidence, pending)];
    }

    /// <summary>Connections from here that do not stand yet; null if nobody looked.</summary>
    /// <param name="evidence">The evidence.</param>
    internal static PendingConnections? PendingOf(EvidenceSet evidence)
    {
        if (evidence.Last<PendingConnections>() is { } told)
            return told;
        SocketGroup[] groups = [.. evidence.All<SocketGroup>().Where(group => group is { State: "syn-sent", Remote: not null, RemotePort: not null }).OrderByDescending(group => group.Retransmitting)];
        SocketGroup[] unanswered = [.. groups.Where(group => group.Retransmitting > 0)];
        return groups is not [var first, ..] ? null : new PendingConnections(groups.Sum(group => group.Count), unanswered.Sum(group => group.Retransmitting))
        {
            Id = first.Id,
            Destinations = unanswered.Length,
            Addresses = unanswered.DistinctBy(group => group.Remote).Count(),
            Top = [.. unanswered.Select(group => new PendingDestination(group.Remote!, group.RemotePort!.Value, group.Count, group.Retransmitting))],
            Holders = first is { Pid: { } pid, Process: { } name } ? [new SocketHolder(pid, name, first.Held ?? first.Count)] : null,
        };
    }

    /// <summary>Whether a rule of this machine is known to stop what opens a connection to a destination, or its answer.</summary>
    /// <param name="evidence">The evidence.</param>
    /// <param name="to">The destination.</param>
    private static bool IsEatenHere(EvidenceSet evidence, PendingDestination to) => evidence.Any<FirewallRuleMatch>(
        match => match is { Purpose: "pending", Verdict: "drop" or "queue", Match: RuleMatch.Certain, Packet: "opening" or "answer" }
            && match.Port == to.Port && to.Address.Equals(match.Address));

    private static PendingConnections Without(PendingConnections pending, ImmutableArray<PendingDestination> left)
    {
        int eaten = pending.Top.Count - left.Length;
        return pending with
        {
            Count = pending.Count - pending.Top.Sum(to => to.Count) + left.Sum(to => to.Count),
            Unanswered = pending.Unanswered - pending.Top.Sum(to => to.Unanswered) + left.Sum(to => to.Unanswered),
            Destinations = pending.Destinations - eaten,
            Top = left,
        };
    }

    private static Finding Judge(EvidenceSet evidence, PendingConnections pending)
    {
        PendingDestination first = pending.Top[0];
        Observation? life = SignOfLife(evidence, first.Address);
        string since = pending.Longest is { } longest ? $", the first for {Words.Of(longest)}" : "";
        string places = Places(pending);
        string where = pending.Destinations > 1 ? string.Create(CultureInfo.InvariantCulture, $" at {pending.Destinations} destinations") : "";
        string owner = SocketWords.Owners(pending.Holders, pending.Processes);
        string meaning = life is not null
            ? $"{first.Address} is alive, so a firewall drops them, or nobody takes them off its queue"
            : $"{(pending.Addresses > 1 ? "the hosts are" : "the host is")} gone or overloaded, or a firewall on the way drops them";

        // Who asks many hosts once each, as a crawler does, meets some that are gone.
        bool isMuch = first.Unanswered >= Few || (pending.Unanswered >= Few && pending.Unanswered * 2 > pending.Count && pending.Destinations < pending.Unanswered);
        return new Finding(
            life is not null ? "port-filtered" : "host-unreachable",
            isMuch ? Severity.Warning : Severity.Info,
            life is not null ? Where.Path : Where.Unknown,
            string.Create(CultureInfo.InvariantCulture, $"{Words.Count(pending.Unanswered, "connection")} begun by {owner} {(pending.Unanswered == 1 ? "gets" : "get")} no answer{where}{since}: {places}. SYNs are sent again and again: {meaning}."),
            [
                pending.Weigh(pending.Unanswered >= Few ? Weight.VeryStrong : Weight.Strong, string.Create(
                    CultureInfo.InvariantCulture, $"{pending.Unanswered} of {pending.Count} that were begun got no answer{since}{(pending.MostRepeats > 0 ? $"; SYNs were sent again up to {pending.MostRepeats} times" : "")}")),
                .. life is null ? Array.Empty<Reason>() : [life.Weigh(Weight.Hint, $"{first.Address} talks with this machine on another connection")],
            ])
        {
            Measure = new Measure(
                pending.Destinations == 1 ? $"connections to {InWords(first)}" : "connections that get no answer",
                string.Create(CultureInfo.InvariantCulture, $"{pending.Unanswered} of {pending.Count} that were begun get no answer{since}"),
                ""),
            ExplainedOnlyBy = IsHere(evidence, first.Address) ? [.. OfThisSide, "accept-queue-full", "syn-flood"] : OfThisSide,
            Remedies =
            [
                new Remedy(pending.Destinations == 1 ? "Ask why." : "Ask why of the one with most.", $"netwhy {InWords(first)}"),
                new Remedy("See them all, with their programs.", "ss -tnop state syn-sent"),
            ],
        };
    }

    private static string Places(PendingConnections pending)
    {
        ImmutableArray<PendingDestination> told = [.. pending.Top.Take(Told)];
        if (pending.Destinations == 1)
            return $"to {InWords(told[0])}";
        int others = pending.Destinations - told.Length;
        string rest = others <= 0 ? "" : string.Create(CultureInfo.InvariantCulture, $" and {pending.Unanswered - told.Sum(to => to.Unanswered)} to {Words.Count(others, "other")}");
        return string.Join(", ", told.Select(to => string.Create(CultureInfo.InvariantCulture, $"{to.Unanswered} to {InWords(to)}"))) + rest;
    }

    private static bool IsHere(EvidenceSet evidence, IPAddress address) => IPAddress.IsLoopback(address)
        || evidence.First<InterfaceAddresses>()?.Addresses.Any(own => own.Address.Equals(address)) is true
        || evidence.Any<TcpFlow>(flow => flow.Local.Equals(address));

    private static string InWords(PendingDestination to) => Paths.TargetView.InWords(to.Address, to.Port);

    private static Observation? SignOfLife(EvidenceSet evidence, IPAddress address) =>
        evidence.First<TcpFlow>(flow => flow.Remote.Equals(address) && (flow.Received > 0 || flow.Sent > 0))
        ?? (Observation?)evidence.First<SocketGroup>(group => group.State is "established" && address.Equals(group.Remote));
}
