using System.Globalization;
using System.Net;
using NetWhy.Evidence;
using NetWhy.Linux;
using NetWhy.Wire.Netlink;

namespace NetWhy.Collect.Probes;

/// <summary>Counts the TCP sockets of this machine by state: all of them, and the target's.</summary>
public sealed class SocketCensusProbe : IProbe
{
    // A program that works reads within this; what is left that long it does not look at.
    private static readonly TimeSpan ReadingTime = TimeSpan.FromSeconds(1);

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
        Target target = context.Target;
        HashSet<uint> own = target.Pid is { } process ? [.. ProcessTable.SocketsOf(process)] : [];
        var all = new Tally();
        SocketTable table = SocketTable.ReadTcp(socket =>
        {
            all.Add(socket);
            return own.Contains(socket.Inode)
                || (target.Port is { } asked && (target.Kind is TargetKind.LocalPort ? socket.Socket.LocalPort : socket.Socket.RemotePort) == asked);
        });
        context.Report(all.Census("all", table));

        if (target.Pid is { } pid)
        {
            await ReportServiceAsync(
                context, string.Create(CultureInfo.InvariantCulture, $"pid:{pid}"), table, socket => own.Contains(socket.Inode), cancellationToken);
        }
        else if (target is { Kind: TargetKind.LocalPort, Port: { } service })
        {
            await ReportServiceAsync(
                context, string.Create(CultureInfo.InvariantCulture, $":{service}"), table, socket => socket.LocalPort == service, cancellationToken);
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

    /// <summary>Reports the sockets of a service here, and which of their unread data is still unread a little later.</summary>
    private static async Task ReportServiceAsync(
        ProbeContext context, string subject, SocketTable table, Func<SocketEntry, bool> concerns, CancellationToken cancellationToken)
    {
        long begin = context.Clock.GetTimestamp();
        SocketEntry[] first = [.. table.Sockets.Where(concerns)];
        Report(context, subject, table, first);
        Dictionary<uint, uint> unread = first.Where(IsUnread).DistinctBy(socket => socket.Inode)
            .ToDictionary(socket => socket.Inode, socket => socket.Message.ReceiveQueue);
        if (unread.Count == 0)
            return;

        await Task.Delay(ReadingTime, context.Clock, cancellationToken);
        SocketTable later = SocketTable.ReadTcp();
        SocketEntry[] second = [.. later.Sockets.Where(concerns)];
        Report(context, subject, later, second, census => census with
        {
            After = context.Clock.GetElapsedTime(begin),
            StillUnread = second.Count(socket => IsUnread(socket) && unread.GetValueOrDefault(socket.Inode) == socket.Message.ReceiveQueue),
        });
    }

    // Without an inode it is not accepted yet: that is the listener's queue.
    private static bool IsUnread(SocketEntry socket) =>
        socket is { State: TcpState.Established, Inode: not 0 } && socket.Message.ReceiveQueue > 0;

    private static void Report(
        ProbeContext context, string subject, SocketTable table, IEnumerable<SocketEntry> sockets, Func<SocketCensus, SocketCensus>? complete = null)
    {
        var tally = new Tally();
        foreach (SocketEntry socket in sockets)
            tally.Add(socket.Message);
        SocketCensus census = tally.Census(subject, table);
        context.Report(complete?.Invoke(census) ?? census);
    }

    /// <summary>The name of a state, as evidence has it.</summary>
    /// <param name="state">The state.</param>
    internal static string StateName(TcpState state) => state switch
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

    private sealed class Tally
    {
        private readonly int[] _counts = new int[(int)TcpState.Closing + 1];
        private int _unread;
        private long _mostUnread;

        public void Add(in InetDiagMessage socket)
        {
            _counts[(int)socket.State < _counts.Length ? (int)socket.State : (int)TcpState.Closed]++;
            if (socket.State is TcpState.Established && socket.ReceiveQueue > 0)
            {
                _unread++;
                _mostUnread = Math.Max(_mostUnread, socket.ReceiveQueue);
            }
        }

        public SocketCensus Census(string subject, SocketTable table)
        {
            SortedDictionary<string, int> counts = new(StringComparer.Ordinal);
            for (int state = 0; state < _counts.Length; state++)
            {
                if (_counts[state] > 0)
                    counts[StateName((TcpState)state)] = counts.GetValueOrDefault(StateName((TcpState)state)) + _counts[state];
            }

            return new SocketCensus(subject, counts, table.IsConsistent) { WithUnreadData = _unread, MostUnread = _mostUnread };
        }
    }
}
