using NetWhy.Diagnose.Rules;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Sockets;

/// <summary>What is known of UDP sockets that are bound to the port of this machine that was asked about.</summary>
/// <remarks>Nothing listens in UDP: that a socket is bound says who gets the datagrams, not whether it answers them.</remarks>
internal static class BoundDatagrams
{
    private const int MostTold = 3;

    /// <summary>Those sockets, one for each place and process.</summary>
    /// <param name="evidence">The evidence.</param>
    internal static Listener[] At(EvidenceSet evidence) => evidence.Investigation is { TargetKind: TargetKind.LocalPort, Port: { } port }
        ? [.. evidence.All<Listener>().Where(bound => bound.Protocol is "udp" && bound.Port == port).DistinctBy(bound => (ListeningSockets.Place(bound), bound.Pid))]
        : [];

    /// <summary>Whether they may be what was asked for: a number alone means either protocol, a scheme of TCP does not.</summary>
    /// <param name="evidence">The evidence.</param>
    internal static bool AreMeant(EvidenceSet evidence) => evidence.Investigation?.Scheme is null or "dns" && At(evidence).Length > 0;

    /// <summary>Whether one of them has no room left, or drops.</summary>
    /// <param name="evidence">The evidence.</param>
    internal static bool AreFull(EvidenceSet evidence) =>
        evidence.All<DatagramSocket>().Any(socket => socket.Port == evidence.Investigation?.Port && (socket.DropsGrowth > 0 || IsFull(socket)));

    /// <summary>Whether a socket had no room left in both samples.</summary>
    /// <param name="socket">The socket.</param>
    internal static bool IsFull(DatagramSocket socket) => Math.Min(socket.Queued, socket.QueuedBefore) * 10 >= socket.Buffer * 9 && socket.Buffer > 0;

    /// <summary>Who is bound where, and how full their buffers are, such as <c>UDP: d (pid 7) is bound to 0.0.0.0:5514, nothing waits in its queue</c>.</summary>
    /// <param name="evidence">The evidence.</param>
    internal static string InWords(EvidenceSet evidence)
    {
        Listener[] bound = At(evidence);
        IEnumerable<string> told = bound.Take(MostTold).Select(socket => $"{ListeningSockets.Owner(socket)} is bound to {ListeningSockets.Place(socket)}{Queue(evidence, socket)}");
        return $"UDP: {string.Join("; ", told)}{(bound.Length > MostTold ? $"; and {bound.Length - MostTold} more" : "")}";
    }

    private static string Queue(EvidenceSet evidence, Listener bound) =>
        evidence.Last<DatagramSocket>(socket => socket.Port == bound.Port && socket.Address.Equals(bound.Address) && socket.Pid == bound.Pid) switch
        {
            null => "",
            { Queued: 0 } => ", nothing waits in its queue",
            { } socket => $", {Words.Octets(socket.Queued)} of its buffer of {Words.Octets(socket.Buffer)} hold what it has not read",
        };
}
