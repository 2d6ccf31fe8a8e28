using System.Globalization;
using NetWhy.Diagnose.Sockets;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Rules;

/// <summary>A client begins connections to a service of this machine and never gets the answer: its way back is broken or filtered.</summary>
/// <remarks>
/// A flood looks alike, and comes from many addresses, or faster than clients try again. Here one or a few clients stay
/// half-open, and the answer to most of them was sent again and again. Source: RFC 9293, section 3.3.2, SYN-RECEIVED; RFC 4987.
/// </remarks>
public sealed class ReturnRouteMissing : IRule
{
    private const string Cause = "return-route-missing";
    private const int Some = 10;
    private const int FewPeers = 4;
    private const double Fast = 10; // times the half-open connections, a second: a client sends each SYN again once a second at most

    /// <inheritdoc/>
    public RuleInfo Info { get; } = new(Cause, Source: "RFC 9293, section 3.3.2; RFC 4987, section 2", Cause);

    /// <inheritdoc/>
    public IEnumerable<Finding> Evaluate(EvidenceSet evidence) => evidence.All<SocketGroup>()
        .Where(group => IsOfFewClients(evidence, group))
        .OrderByDescending(group => group.Count)
        .Take(1) // two findings of one cause, neither about an address, would be taken for the same
        .Select(group => Judge(evidence, group));

    /// <summary>Whether half-open connections are those of a few clients that do not get the answers, and no flood.</summary>
    /// <param name="evidence">The evidence.</param>
    /// <param name="group">The half-open connections of a service.</param>
    internal static bool IsOfFewClients(EvidenceSet evidence, SocketGroup group)
    {
        if (group is not { State: "syn-received", LocalPort: { } port, Count: >= Some, Peers: <= FewPeers } || group.Retransmitting * 2 <= group.Count)
            return false;
        if (evidence.Any<Listener>(listener => listener.Port == port && listener.Queue > listener.Limit))
            return false; // they cannot be handed over: that keeps them half-open too
        double perSecond = evidence.Last<KernelCounters>() is { } counters
            ? new Audit.CounterReading(counters).PerSecond(SocketWords.Growth(evidence, "TcpExt.TCPReqQFullDoCookies", "TcpExt.TCPReqQFullDrop"))
            : 0;
        return perSecond < Fast * group.Count;
    }

    // A rule on answers of that very port, which counts while they are repeated, is why they do not arrive.
    private static bool Names(FirewallDrop rule, SocketGroup group) =>
        rule.Packets > 0 && rule.Rule.Split([' ', ',', '{', '}', ':', '-']).Contains(string.Create(CultureInfo.InvariantCulture, $"{group.LocalPort}"));

    private static Finding Judge(EvidenceSet evidence, SocketGroup group)
    {
        string port = string.Create(CultureInfo.InvariantCulture, $"port {group.LocalPort}");
        string client = group.TopPeer is { } peer ? $"{peer}{(group.Peers > 1 ? $" (and {Words.Count(group.Peers.Value - 1, "other client")})" : "")}" : "A client";
        FirewallDrop? rule = evidence.Last<FirewallDrops>()?.Dropping.FirstOrDefault(Audit.Checks.FirewallDropCounters.IsOutgoing);
        List<Reason> reasons =
        [
            group.Weigh(Weight.VeryStrong, string.Create(CultureInfo.InvariantCulture, $"{group.Count} half-open connections on {port} from {Words.Count(group.Peers ?? 1, "address")}; the answer to {group.Retransmitting} of them was sent again")),
        ];
        if (rule is not null)
            reasons.Add(evidence.Last<FirewallDrops>()!.Weigh(Names(rule, group) ? Weight.RulesOut : Weight.Against, $"a rule here drops what is sent: '{rule.Rule}' of {rule.Table} {rule.Chain}"));
        return new Finding(
            Cause,
            Severity.Warning,
            Where.Unknown,
            string.Create(CultureInfo.InvariantCulture, $"{client} begins connections to {port} and completes none: our answers (SYN-ACK) to {group.Count} of them get no reply. The client's firewall drops them, or the way back to it does; it is no flood."),
            [.. reasons])
        {
            Subject = group.TopPeer,
            Measure = new Measure($"half-open connections of :{group.LocalPort}", string.Create(CultureInfo.InvariantCulture, $"{group.Count} from {client}, whose answers get lost"), group.Backlog is { } backlog ? string.Create(CultureInfo.InvariantCulture, $"{backlog} places") : ""),
            Remedies =
            [
                new Remedy("See the way back that this machine takes, and whether it is the one by which the SYNs come.", group.TopPeer is { } to ? $"ip route get {to}" : null),
                Fix.FindRule(group.TopPeer is { } on ? $"the client {on}, and the firewalls on the way to it" : "the client", string.Create(CultureInfo.InvariantCulture, $"TCP from {port} on its way in"), exception: null),
                new Remedy("Watch them.", $"ss -tno state syn-recv 'sport = :{group.LocalPort}'"),
            ],
            Next = [string.Create(CultureInfo.InvariantCulture, $"On the client: do the answers arrive? tcpdump -ni any 'tcp src {port}'. If they do, its own firewall drops them; if not, the way back does.")],
        };
    }
}
