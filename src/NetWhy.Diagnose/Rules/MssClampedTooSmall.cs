using System.Collections.Immutable;
using System.Net.Sockets;
using NetWhy.Diagnose.Paths;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Rules;

/// <summary>TCP is held to segments far smaller than the path takes: by what the other side asks for, or by what is remembered here.</summary>
public sealed class MssClampedTooSmall : IRule
{
    private const string Id = "mss-clamped-too-small";
    private const int Usual = 1500; // Ethernet's MTU: beyond it, who is on such a link rightly asks for less, and routes to it say so
    private const int Unnamed = 536; // RFC 9293, section 3.7.1: what a SYN without the option means
    private const int Options = 40; // octets of TCP options at most, which the kernel takes off
    private const int Least = 2; // times as large is what passes: tunnels and careful clamps leave more than half

    /// <inheritdoc/>
    public RuleInfo Info { get; } = new(Id, Source: "RFC 9293, section 3.7.1; RFC 6691; RFC 1191, section 6.3", Id)
    {
        Explains = ["http-slow-transfer"],
    };

    /// <inheritdoc/>
    public IEnumerable<Finding> Evaluate(EvidenceSet evidence) =>
        TargetView.All(evidence).Where(view => !view.IsLocal).Select(view => Of(evidence, view)).OfType<Finding>();

    private static Finding? Of(EvidenceSet evidence, TargetView view)
    {
        if (evidence.Last<SizedPacketSeries>(series => series.Purpose is "target" && series.Destination.Equals(view.Address)) is not { } series)
            return null;
        int passed = Math.Min(Usual, series.Trials.Where(trial => trial.Answered > 0).Select(trial => trial.Size).DefaultIfEmpty(0).Max());
        Reason wide = series.Weigh(Weight.Strong, $"packets of {passed} octets get there whole and are answered");
        return Remembered(view, passed, wide) ?? Asked(evidence, view, passed, wide);
    }

    private static Finding? Remembered(TargetView view, int passed, Reason wide)
    {
        if (view.Lookup is not { Mtu: { } mtu } lookup || mtu * Least > passed)
            return null;
        var flag = ShellCommand.FamilyFlag(view.Address.AddressFamily is AddressFamily.InterNetworkV6);
        bool isLearned = lookup.Expires is not null;
        return new Finding(
            Id,
            Severity.Warning,
            Where.Local,
            isLearned
                ? $"This machine holds packets to {view.Address} to {mtu} octets, as an ICMP message told it, and {passed} pass."
                : $"A route of this machine holds packets to {view.Address} to {mtu} octets, and {passed} pass.",
            [lookup.Weigh(Weight.VeryStrong, $"the kernel's route lookup says MTU {mtu}{(isLearned ? ", for a time" : "")}"), wide])
        {
            Subject = view.Address,
            Remedies = isLearned
                ? [new Remedy("Forget what was learned; if it comes again, see who sends it (tcpdump 'icmp[0] = 3 and icmp[1] = 4').", ShellCommand.Of($"ip {flag}route flush cache"))]
                : [new Remedy("Take the mtu off the route, or give it one that the path takes.", ShellCommand.Of($"ip {flag}route get {view.Address}"))],
        };
    }

    private static Finding? Asked(EvidenceSet evidence, TargetView view, int passed, Reason wide)
    {
        int headers = view.Address.AddressFamily is AddressFamily.InterNetworkV6 ? 60 : 40;
        FlowSighting? flow = Flow(evidence, view, flow => flow.SynAckMss > 0) ?? Flow(evidence, view, flow => flow is { SynAcksIn: > 0, SynAckMss: null });
        ConnectAttempt? attempt = view.Attempts.FirstOrDefault(attempt => attempt is { Outcome: ConnectOutcome.Connected, SendMss: > 0 });
        // Without a watch of the packets the kernel's segment size stands in, which the options and the peer's window make smaller.
        (int Segment, Reason Reason)? asked =
            flow?.SynAckMss is { } segment ? (segment, flow.Weigh(Weight.VeryStrong, $"the SYN-ACK that arrives asks for segments of {segment} octets"))
            : attempt?.SendMss is { } used ? (used, attempt.Weigh(Weight.Strong, $"segments of only {used} octets are sent there"))
            : null;
        if (asked is not var (size, reason) || (size + headers) * Least > passed)
            return null;
        if (flow is { SynAckMss: null } && size is > Unnamed - Options and <= Unnamed)
            return NotNamed(view, size, passed - headers, [reason, flow.Weigh(Weight.VeryStrong, "the SYN-ACK that arrives names no segment size"), wide]);
        return new Finding(
            Id,
            Severity.Warning,
            Where.Unknown,
            $"TCP to {view.Address} is held to segments of {size} octets, where {passed - headers} would fit: headers cost {Overhead(size, headers):0} % on top.",
            [reason, wide])
        {
            Subject = view.Address,
            Remedies =
            [
                new Remedy(
                    "Find the rule that sets the segment size of SYNs, and have it follow the route's MTU (size set rt mtu; --clamp-mss-to-pmtu).",
                    "nft -a list ruleset | grep maxseg; iptables -t mangle -S | grep TCPMSS",
                    "the routers and firewalls of the way"),
                new Remedy("Or see whether the host itself asks for so little: a route with advmss, a listener with TCP_MAXSEG, or a small TCP/IP stack, of which 536 is usual (lwIP).", "ip route show table all | grep advmss", Fix.Server(view.Address)),
            ],
            Next = [$"What the host sends and what arrives here: tcpdump -nv 'tcp[13] & 2 != 0 and host {view.Address}' on both - which mss does each SYN have?"],
        };
    }

    private static FlowSighting? Flow(EvidenceSet evidence, TargetView view, Func<FlowSighting, bool> isIt) =>
        evidence.Last<FlowSighting>(flow => flow.Address.Equals(view.Address) && flow.Port == view.Port && isIt(flow));

    private static Finding NotNamed(TargetView view, int size, int fitting, ImmutableArray<Reason> reasons) => new(
        Id,
        Severity.Warning,
        Where.Unknown,
        $"TCP to {view.Address} is held to segments of {size} octets, where {fitting} would fit: its SYN-ACK names no segment size, which means {Unnamed}.",
        reasons)
    {
        Subject = view.Address,
        Remedies =
        [
            new Remedy(
                "Have the host name a segment size; if it does, find what takes options off its SYN-ACK on the way (a SYN proxy, a normalizer).",
                ShellCommand.Of($"tcpdump -nv 'tcp[13] & 2 != 0 and host {view.Address}'"),
                Fix.Server(view.Address)),
        ],
    };

    private static double Overhead(int segment, int headers) => 100.0 * headers / segment;
}
