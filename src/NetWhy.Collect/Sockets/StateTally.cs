using NetWhy.Evidence;
using NetWhy.Wire.Netlink;

namespace NetWhy.Collect.Sockets;

/// <summary>Counts TCP sockets by state.</summary>
/// <param name="subject">Whose they are, as <see cref="SocketCensus.Subject"/> has it.</param>
/// <param name="remembers">Whether the sockets with unread data are remembered, for the next look.</param>
/// <param name="earlier">The same count in the look before; null if there was none.</param>
internal sealed class StateTally(string subject, bool remembers, StateTally? earlier = null)
{
    private const int MostRemembered = 65_536;
    private const int MostInodes = 256;

    private readonly int[] _counts = new int[(int)TcpState.Closing + 1];
    private readonly Dictionary<ulong, long> _read = []; // octets that were read of sockets which hold some unread, by the kernel's cookie
    private readonly HashSet<uint> _inodes = [];
    private int _unread;
    private int _stillUnread;
    private long _mostUnread;

    /// <summary>Whether data lay unread in a socket that a program has accepted.</summary>
    internal bool HasUnread => _read.Count > 0;

    /// <summary>Some of the sockets in which data lies unread.</summary>
    internal IReadOnlyCollection<uint> Unread => _inodes;

    /// <summary>Counts a socket.</summary>
    /// <param name="socket">The socket.</param>
    /// <param name="received">Octets that came in the life of the connection; 0 if it is not known.</param>
    internal void Add(in InetDiagMessage socket, ulong received = 0)
    {
        _counts[(int)socket.State < _counts.Length ? (int)socket.State : (int)TcpState.Closed]++;
        if (socket.State is not TcpState.Established || socket.ReceiveQueue == 0)
            return;
        _unread++;
        _mostUnread = Math.Max(_mostUnread, socket.ReceiveQueue);
        if (!remembers || socket.Inode == 0) // without an inode it is not accepted yet: that is the listener's queue
            return;

        // A queue of the same length may be of other octets, as with a client that asks ahead. Where nobody knows how many came, its length must do.
        long read = (long)received - socket.ReceiveQueue;
        if (_read.Count < MostRemembered)
            _read[socket.Socket.Cookie] = read;
        if (_inodes.Count < MostInodes)
            _inodes.Add(socket.Inode);
        if (earlier is not null && earlier._read.TryGetValue(socket.Socket.Cookie, out long before) && before == read)
            _stillUnread++;
    }

    /// <summary>Counts sockets that listen.</summary>
    /// <param name="count">How many.</param>
    internal void AddListeners(int count) => _counts[(int)TcpState.Listen] += count;

    /// <summary>What was counted.</summary>
    /// <param name="isConsistent">Whether the kernel had a steady picture.</param>
    internal SocketCensus Census(bool isConsistent)
    {
        SortedDictionary<string, int> counts = new(StringComparer.Ordinal);
        for (int state = 0; state < _counts.Length; state++)
        {
            if (_counts[state] > 0)
                counts[NameOf((TcpState)state)] = counts.GetValueOrDefault(NameOf((TcpState)state)) + _counts[state];
        }

        return new SocketCensus(subject, counts, isConsistent) { WithUnreadData = _unread, MostUnread = _mostUnread, StillUnread = _stillUnread };
    }

    /// <summary>The name of a state, as evidence has it.</summary>
    /// <param name="state">The state.</param>
    internal static string NameOf(TcpState state) => state switch
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
