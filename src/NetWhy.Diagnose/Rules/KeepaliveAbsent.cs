using System.Globalization;
using NetWhy.Diagnose.Sockets;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Rules;

/// <summary>Connections that were silent for an hour and that nobody probes: were the peer gone, nobody would know.</summary>
/// <remarks>Source: tcp(7), SO_KEEPALIVE; RFC 5382, section 5: a NAT keeps an idle connection for two hours at least, many for minutes.</remarks>
public sealed class KeepaliveAbsent : IRule
{
    private const string Cause = "keepalive-absent";

    private static readonly TimeSpan Long = TimeSpan.FromHours(1);

    /// <inheritdoc/>
    public RuleInfo Info { get; } = new(Cause, Source: "tcp(7), SO_KEEPALIVE; RFC 5382, section 5", Cause);

    /// <inheritdoc/>
    public IEnumerable<Finding> Evaluate(EvidenceSet evidence)
    {
        TcpFlow[] idle = [.. evidence.All<TcpFlow>().Where(flow =>
            flow is { Timer: "off", SendQueue: 0, Sent: 0, Received: 0 } && flow.LastSent >= Long && flow.LastReceived >= Long
            && !System.Net.IPAddress.IsLoopback(flow.Remote))];
        if (idle.Length == 0)
            yield break;

        TcpFlow longest = idle.MaxBy(Idle)!;
        yield return new Finding(
            Cause,
            Severity.Info,
            Where.Local,
            string.Create(CultureInfo.InvariantCulture, $"{SocketWords.Owner(longest.Process, longest.Pid, isStart: true)} keeps a connection with {SocketWords.Peer(longest)} that was silent for {InWords(Idle(longest))}, without keepalive{(idle.Length > 1 ? $" (and {idle.Length - 1} more are like it)" : "")}: if the peer is gone, or a firewall has forgotten it, that shows only with the next request."),
            [longest.Weigh(Weight.VeryStrong, $"nothing was sent or received for {InWords(Idle(longest))}, and no timer runs")])
        {
            Measure = new Measure("idle connections without keepalive", string.Create(CultureInfo.InvariantCulture, $"{idle.Length}, up to {InWords(Idle(longest))}"), ""),
            Remedies = [new Remedy("Let the program probe its idle connections: SO_KEEPALIVE with TCP_KEEPIDLE below the shortest idle limit on the way (often 4 to 6 minutes), or pings of its own protocol.")],
        };
    }

    private static TimeSpan Idle(TcpFlow flow) => flow.LastSent < flow.LastReceived ? flow.LastSent : flow.LastReceived;

    private static string InWords(TimeSpan time) => string.Create(CultureInfo.InvariantCulture, $"{time.TotalHours:0.#} h");
}
