using System.Globalization;
using NetWhy.Diagnose.Sockets;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Rules;

/// <summary>A connection that stands and lives gets no full segment across, while small ones pass: large packets vanish on the way.</summary>
/// <remarks>
/// It looks like a peer that is gone, but for the answers: the peer has what was sent after the missing segment (SACK), or
/// it sends data itself. Where nothing at all comes back, see <see cref="HalfOpenConnection"/>.
/// Source: RFC 2923, section 2.1; RFC 4821; linux/tcp.h, tcpi_sacked.
/// </remarks>
public sealed class FullSegmentsLost : IRule
{
    private const string Cause = "path-mtu-black-hole";
    private const int LeastMtu = 1280; // of a link that carries IPv6 too: RFC 8200, section 5

    /// <inheritdoc/>
    public RuleInfo Info { get; } = new("full-segments-lost", Source: "RFC 2923, section 2.1; linux/tcp.h, struct tcp_info", Cause);

    /// <inheritdoc/>
    public IEnumerable<Finding> Evaluate(EvidenceSet evidence)
    {
        TcpFlow[] stuck = [.. evidence.All<TcpFlow>().Where(StuckFlow.IsOfSize)];
        return stuck.GroupBy(flow => flow.IsIncoming ? null : flow.Remote).Select(flows => Judge(evidence, [.. flows]));
    }

    private static Finding Judge(EvidenceSet evidence, TcpFlow[] flows)
    {
        TcpFlow surest = flows.OrderByDescending(flow => flow.Sacked ?? 0).ThenByDescending(StuckFlow.LeastWait).First();
        string peer = SocketWords.Peer(surest);
        int repeated = StuckFlow.Repeated(surest);
        string more = flows.Length == 1 ? "" : string.Create(CultureInfo.InvariantCulture, $" So it is with {Words.Count(flows.Length - 1, "more connection")}.");
        string packets = surest.PathMtu >= surest.SendMss ? string.Create(CultureInfo.InvariantCulture, $", in packets of {surest.PathMtu}") : "";
        return new Finding(
            Cause,
            Severity.Warning,
            Where.Path,
            string.Create(CultureInfo.InvariantCulture, $"Segments of {surest.SendMss} octets of {SocketWords.Owners(flows)} to {peer} vanish on the way, and smaller ones pass: {Words.Octets(surest.SendQueue)} wait{packets}, and no router says why.{more}"),
            [.. Reasons(evidence, surest)])
        {
            Subject = surest.IsIncoming ? null : surest.Remote,
            Measure = new Measure($"full segments to {peer}", string.Create(CultureInfo.InvariantCulture, $"{surest.SendMss} octets, sent {repeated} times more in vain, while small ones pass"), ""),
            Remedies =
            [
                .. Audit.SettingValue.Number(evidence, "net.ipv4.tcp_mtu_probing") is not > 0
                    ? [Remedy.Set("Let TCP find a size that passes by itself; connections that are stuck go on with their next repeat.", "net.ipv4.tcp_mtu_probing", "1")]
                    : Array.Empty<Remedy>(),
                Fix.ClampSegments,
                Fix.FindRule("the routers and firewalls of the way", "ICMP 3/4 (ICMPv6 2), their own (output) and others' (forward)", exception: null),
            ],
            Next =
            [
                .. surest.IsIncoming ? Array.Empty<string>() : [$"Which size passes: netwhy {peer}."],
                string.Create(CultureInfo.InvariantCulture, $"Hop by hop: tracepath -n {surest.Remote}, and on the last router that answers: the MTU of the interface or tunnel behind it, and what it says of packets over {LeastMtu} octets."),
            ],
        };
    }

    private static IEnumerable<Reason> Reasons(EvidenceSet evidence, TcpFlow flow)
    {
        yield return flow.Weigh(Weight.Strong, string.Create(
            CultureInfo.InvariantCulture, $"what waits for {SocketWords.Peer(flow)} fills segments of {flow.SendMss} octets; the first was sent {StuckFlow.Repeated(flow)} times more, and never acknowledged"));
        if (flow.Sacked is > 0 and var sacked)
            yield return flow.Weigh(Weight.VeryStrong, $"the peer has {Words.Count(sacked, "segment")} that came after it (SACK): it lives, and what is smaller passes");
        else if (flow.Received > 0)
            yield return flow.Weigh(Weight.Strong, $"{Words.Octets(flow.Received)} came from the peer in the last {Words.Of(flow.Interval)}: it lives, and our acknowledgements reach it");
        else
            yield return flow.Weigh(Weight.Strong, $"the peer answered {Words.Of(flow.LastAcknowledged < flow.LastReceived ? flow.LastAcknowledged : flow.LastReceived)} ago, while the segment had waited for {Words.Of(StuckFlow.LeastWait(flow))} or more");
        if (!StuckFlow.MayHavePassed(flow))
            yield return flow.Weigh(Weight.Hint, $"all that was ever acknowledged is {Words.Octets(flow.TotalAcknowledged ?? 0)}: no full segment");
        else if (StuckFlow.HavePassed(flow))
            yield return flow.Weigh(Weight.Against, "segments of that size were acknowledged before: the way must have changed");

        // What carries full segments to the same machine now goes the same way, as a rule.
        if (evidence.First<TcpFlow>(other => other.Remote.Equals(flow.Remote) && other.Sent >= 10L * flow.SendMss && other.SendMss >= flow.SendMss && StuckFlow.HavePassed(other)) is { } other)
            yield return other.Weigh(Weight.Against, $"another connection with {flow.Remote} gets full segments across");
    }
}
