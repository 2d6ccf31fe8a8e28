using System.Globalization;
using NetWhy.Diagnose.Sockets;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Rules;

/// <summary>A connection stands here, and its peer is gone: what is sent is repeated without any answer.</summary>
/// <remarks>
/// A peer whose link is down for a while, and a way that is, look the same: only the peer could say whether it still knows the
/// connection. That it does not answer ARP, or that another connection with it works, tells them apart.
/// Source: RFC 9293, section 3.5.1, half-open connections; tcp(7), TCP_USER_TIMEOUT; ip-sysctl.rst, tcp_retries2.
/// </remarks>
public sealed class HalfOpenConnection : IRule
{
    private const string Cause = "half-open-connection";
    private const string Unreachable = "host-unreachable";
    private const int Many = 10;

    private static readonly TimeSpan Silent = TimeSpan.FromSeconds(3);

    /// <inheritdoc/>
    public RuleInfo Info { get; } = new(Cause, Source: "RFC 9293, section 3.5.1; linux/tcp.h, tcpi_backoff", Cause, Unreachable);

    /// <inheritdoc/>
    public IEnumerable<Finding> Evaluate(EvidenceSet evidence) => evidence.All<TcpFlow>()
        .Where(flow => IsUnanswered(flow) || IsProbedInVain(flow))
        .GroupBy(flow => flow.Remote.ToString())
        .Select(flows => Judge(evidence, [.. flows]));

    private static bool IsUnanswered(TcpFlow flow) =>
        StuckFlow.IsStuck(flow) && flow.Received == 0 && flow.LastAcknowledged >= Silent && !StuckFlow.IsOfSize(flow);

    private static bool IsProbedInVain(TcpFlow flow) =>
        flow is { Timer: "keepalive", Received: 0, Probes: >= 2 } && flow.LastAcknowledged >= Silent;

    private static Finding Judge(EvidenceSet evidence, TcpFlow[] flows)
    {
        TcpFlow longest = flows.MaxBy(flow => flow.LastAcknowledged)!;
        string peer = SocketWords.Peer(longest);
        bool isProbe = IsProbedInVain(longest);
        bool isLarge = !isProbe && StuckFlow.FillsSegment(longest);
        bool mayBeSize = isLarge && !StuckFlow.MayHavePassed(longest);
        SilentNeighbour? silent = evidence.All<NeighbourTable>().SelectMany(table => table.Silent)
            .FirstOrDefault(neighbour => neighbour.State is "failed" or "incomplete" && neighbour.Address.Equals(longest.Remote));
        TcpFlow? alive = evidence.First<TcpFlow>(flow => flow.Remote.Equals(longest.Remote) && (flow.Received > 0 || flow.Sent > 0));
        List<Reason> reasons =
        [
            longest.Weigh(!mayBeSize && (alive ?? (object?)silent) is not null ? Weight.VeryStrong : Weight.Strong, isProbe
                ? $"{Words.Count(longest.Probes, "probe")} of whether {peer} still lives got no answer"
                : string.Create(CultureInfo.InvariantCulture, $"{Words.Octets(longest.SendQueue)} for {peer} were sent {StuckFlow.Repeated(longest)} times more, and nothing came back")),
            longest.Weigh(longest.LastAcknowledged > TimeSpan.FromSeconds(10) ? Weight.Strong : Weight.Hint, $"no acknowledgement for {Words.Of(longest.LastAcknowledged)}"),
        ];
        if (alive is not null)
            reasons.Add(alive.Weigh(Weight.Hint, $"another connection with {longest.Remote} works: the machine lives, this connection of it does not"));
        else if (silent is not null)
            reasons.Add(evidence.All<NeighbourTable>().First(table => table.Silent.Contains(silent)).Weigh(Weight.Strong, $"{silent.Address}, on the link {silent.Interface}, does not answer {Resolution(silent)} either"));
        else
            reasons.Add(longest.Weigh(Weight.HintAgainst, "a link or a way that is down for a while looks the same from here: the peer may still know the connection, and it would go on"));

        if (mayBeSize)
            reasons.Add(longest.Weigh(Weight.HintAgainst, "what waits fills a segment, and no full segment was ever acknowledged on it: it may be its size that does not pass"));
        else if (isLarge)
            reasons.Add(longest.Weigh(Weight.HintAgainst, "what waits fills a segment: it may be its size that does not pass"));

        // net.ipv4.tcp_retries2 timeouts, doubled from 200 ms and capped at 120 s: 924 s for 15.
        long retries = Audit.SettingValue.Number(evidence, "net.ipv4.tcp_retries2") ?? 15;
        // A client that vanishes is everyday news to a server; what this machine itself waits for is not.
        bool isItsAffair = longest.IsIncoming && flows.Length < Many;
        string verb = flows.Length == 1 ? "gets" : "get";
        string ways = silent is not null ? $"{silent.Address} does not answer {Resolution(silent)} on {silent.Interface}: it is off, or its link is down"
            : alive is not null ? $"another one with {longest.Remote} works, so this one stands here only, as it seems"
            : $"the peer, its link or the way to it is down, {(mayBeSize ? "packets as large as these do not pass, " : "")}or the peer has forgotten the connection";
        return new Finding(
            silent is null ? Cause : Unreachable,
            isItsAffair ? Severity.Info : Severity.Warning,
            Where.Unknown,
            string.Create(CultureInfo.InvariantCulture, $"{(flows.Length == 1 ? "A connection" : $"{flows.Length} connections")} of {SocketWords.Owners(flows)} with {peer} {verb} no answer for {Words.Of(longest.LastAcknowledged)}, and the program waits: {ways}."),
            [.. reasons])
        {
            Subject = longest.IsIncoming ? null : longest.Remote,
            Measure = new Measure($"connection with {peer}", isProbe ? $"no answer for {Words.Of(longest.LastAcknowledged)}" : string.Create(CultureInfo.InvariantCulture, $"no answer for {Words.Of(longest.LastAcknowledged)}, {StuckFlow.Repeated(longest)} repeats"), isProbe ? "" : string.Create(CultureInfo.InvariantCulture, $"{retries}")),
            Remedies =
            [
                .. mayBeSize && silent is null && !longest.IsIncoming ? [new Remedy("See first whether large packets pass.", $"netwhy {peer}")] : Array.Empty<Remedy>(),
                .. silent is not null ? [new Remedy($"Switch {silent.Address} on, or mend its link; then see whether it answers.", ShellCommand.Of($"ip neigh show {silent.Address.ToString().Split('%')[0]} dev {silent.Interface}"))] : Array.Empty<Remedy>(),
                new Remedy(silent is null ? "End it, so that the program notices and connects anew." : "Or end it, so that the program notices.", $"ss -K '{SocketWords.Filter(longest)}'"),
                new Remedy("Let the program notice by itself: TCP_USER_TIMEOUT or an answer it waits for with a limit, and keepalive for idle connections."),
                .. retries > 8 && !isProbe
                    ? [new Remedy(string.Create(CultureInfo.InvariantCulture, $"Or let all programs give up sooner: net.ipv4.tcp_retries2 is {retries} (15 are about 15 minutes, 8 about 100 s)."))]
                    : Array.Empty<Remedy>(),
            ],
            Next =
            [
                .. isLarge ? [$"Do large packets pass: netwhy {longest.Remote}:{(longest.IsIncoming ? longest.LocalPort : longest.RemotePort)}?"] : Array.Empty<string>(),
                $"Can {longest.Remote} be reached at all: netwhy {longest.Remote}? If so, a firewall or NAT in between has forgotten the connection, or the peer has restarted behind one that drops its resets.",
            ],
        };
    }

    private static string Resolution(SilentNeighbour neighbour) =>
        neighbour.Address.AddressFamily is System.Net.Sockets.AddressFamily.InterNetworkV6 ? "neighbour discovery" : "ARP";
}
