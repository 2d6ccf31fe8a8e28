using System.Globalization;
using System.Net;
using NetWhy.Evidence;
using NetWhy.Linux;
using NetWhy.Wire.Netlink;

namespace NetWhy.Collect.Probes;

/// <summary>Counts the TCP sockets of this machine by state: all of them, and the target's.</summary>
public sealed class SocketCensusProbe : IProbe
{
    /// <summary>Id of this probe.</summary>
    public const string Id = "socket.census";

    /// <inheritdoc/>
    public ProbeInfo Info { get; } = new(
        Id,
        Question: "In what states are this machine's sockets, and those to and from the target?",
        Source: "sock_diag(7)",
        Question.Port);

    /// <inheritdoc/>
    public bool Applies(Target target) => true;

    /// <inheritdoc/>
    public async Task RunAsync(ProbeContext context, CancellationToken cancellationToken)
    {
        SocketTable table = SocketTable.ReadTcp();
        Report(context, "all", table, table.Sockets);

        Target target = context.Target;
        if (target.Pid is { } pid)
        {
            HashSet<uint> own = [.. ProcessTable.SocketsOf(pid)];
            Report(context, string.Create(CultureInfo.InvariantCulture, $"pid:{pid}"), table, table.Sockets.Where(socket => own.Contains(socket.Inode)));
        }
        else if (target is { Kind: TargetKind.LocalPort, Port: { } service })
        {
            Report(context, string.Create(CultureInfo.InvariantCulture, $":{service}"), table, table.Sockets.Where(socket => socket.LocalPort == service));
        }
        else if (target is { Host: not null, Port: { } port })
        {
            NameResolution? resolution = await context.Evidence.FirstAsync<NameResolution>(
                _ => true, [NameResolutionProbe.Id], cancellationToken);
            foreach (IPAddress address in resolution?.Addresses ?? [])
            {
                Report(context, new IPEndPoint(address, port).ToString(), table, table.Sockets.Where(socket =>
                    socket.RemotePort == port && socket.RemoteAddress.Equals(address)));
            }
        }
    }

    private static void Report(ProbeContext context, string subject, SocketTable table, IEnumerable<SocketEntry> sockets)
    {
        SortedDictionary<string, int> counts = new(StringComparer.Ordinal);
        int unread = 0;
        long mostUnread = 0;
        foreach (SocketEntry socket in sockets)
        {
            string state = StateName(socket.State);
            counts[state] = counts.GetValueOrDefault(state) + 1;
            if (socket.State is TcpState.Established && socket.Message.ReceiveQueue > 0)
            {
                unread++;
                mostUnread = Math.Max(mostUnread, socket.Message.ReceiveQueue);
            }
        }

        context.Report(new SocketCensus(subject, counts, table.IsConsistent) { WithUnreadData = unread, MostUnread = mostUnread });
    }

    private static string StateName(TcpState state) => state switch
    {
        TcpState.Established => "established",
        TcpState.SynSent => "syn-sent",
        TcpState.SynReceived => "syn-received",
        TcpState.FinWait1 => "fin-wait-1",
        TcpState.FinWait2 => "fin-wait-2",
        TcpState.TimeWait => "time-wait",
        TcpState.CloseWait => "close-wait",
        TcpState.LastAck => "last-ack",
        TcpState.Listen => "listen",
        TcpState.Closing => "closing",
        _ => "closed",
    };
}
