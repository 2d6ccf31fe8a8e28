using System.Net;
using System.Runtime.InteropServices;
using NetWhy.Evidence;
using NetWhy.Linux;
using NetWhy.Wire.Netlink;

namespace NetWhy.Collect.Sockets;

/// <summary>What the kernel says of one established connection at one moment.</summary>
internal sealed class FlowReading
{
    /// <summary>Numbers of what makes a connection stand out: see <see cref="Rank"/>.</summary>
    internal const int Interests = 8;

    /// <summary>Connections kept for each of them.</summary>
    internal const int MostOfOneInterest = 8;

    /// <summary>The timer that asks whether the peer lives, as sock_diag numbers it.</summary>
    internal const byte KeepaliveTimer = 2;

    private const byte PersistTimer = 4;
    private const uint Recent = 1000; // ms
    private const uint LongIdle = 600_000; // ms: no pause of a conversation

    private static readonly string[] Timers = ["off", "retransmit", "keepalive", "time-wait", "persist"];

    private FlowReading(in InetDiagMessage socket) => Socket = socket;

    /// <summary>The socket.</summary>
    internal InetDiagMessage Socket { get; }

    /// <summary>Whether data waits that does not get through, or that nobody reads.</summary>
    internal bool IsStuck => Totals.Timer is "persist" || Totals.Backoff > 1 || Totals.Probes > 0 || Totals.ReceiveQueue * 4 > Totals.ReceiveBuffer;

    private TcpFlow Totals { get; init; } = null!;

    private ulong OctetsAcknowledged { get; init; }

    private ulong OctetsReceived { get; init; }

    private uint TotalRetransmits { get; init; }

    /// <summary>How much a connection stands out; 0 if it does not.</summary>
    /// <param name="interest">In which respect, below <see cref="Interests"/>.</param>
    /// <param name="socket">The socket.</param>
    /// <param name="info">Its account.</param>
    internal static double Rank(int interest, in InetDiagMessage socket, in TcpInfoView info) => interest switch
    {
        0 => socket.ReceiveQueue,
        1 => socket.SendQueue,
        2 => socket.Timer is PersistTimer ? 1 + socket.SendQueue : 0,
        3 => socket.Timer is not KeepaliveTimer && info.Backoff > 0 ? info.Backoff : info.Probes,
        4 => socket.Timer is KeepaliveTimer ? 0 : Idle(info),
        6 => IsLossy(info.DataSegmentsOut, info.TotalRetransmits) ? info.TotalRetransmits : 0,
        5 => info.LastDataSent < Recent ? info.OctetsAcknowledged : 0,
        _ => info.LastDataReceived < Recent ? info.OctetsReceived : 0,
    };

    /// <summary>Whether one segment of fifty or more had to be sent again, of enough of them.</summary>
    /// <param name="sent">Segments with data that were sent.</param>
    /// <param name="again">Segments that were sent again.</param>
    internal static bool IsLossy(long sent, long again) => again >= 5 && again * 50 >= sent;

    /// <summary>Reads a connection.</summary>
    /// <param name="socket">The socket.</param>
    /// <param name="info">Its account.</param>
    /// <param name="attributes">What more the kernel says.</param>
    /// <param name="isIncoming">Whether a peer made it.</param>
    internal static FlowReading Of(in InetDiagMessage socket, in TcpInfoView info, in NetlinkAttributeTable attributes, bool isIncoming)
    {
        bool hasMemory = MemoryMarshal.TryRead(attributes[InetDiagAttribute.SocketMemory], out SocketMemory memory);
        return new FlowReading(socket)
        {
            OctetsAcknowledged = info.OctetsAcknowledged,
            OctetsReceived = info.OctetsReceived,
            TotalRetransmits = info.TotalRetransmits,
            Totals = new TcpFlow(IPAddress.None, 0, IPAddress.None, 0, TimeSpan.Zero)
            {
                IsIncoming = isIncoming,
                ReceiveQueue = socket.ReceiveQueue,
                SendQueue = socket.SendQueue,
                NotSent = info.NotSent,
                TotalSent = (long)info.OctetsSent,
                TotalRetransmitted = (long)info.OctetsRetransmitted,
                TotalAcknowledged = (long)Math.Min(info.OctetsAcknowledged, long.MaxValue),
                SegmentsOut = info.DataSegmentsOut,
                SegmentsAgain = info.TotalRetransmits,
                Busy = Microseconds(info.BusyTime),
                WindowLimited = Microseconds(info.ReceiveWindowLimited),
                BufferLimited = Microseconds(info.SendBufferLimited),
                IsAppLimited = info.IsAppLimited,
                DeliveryRate = (long)Math.Min(info.DeliveryRate, long.MaxValue),
                RoundTrip = info.Rtt is 0 ? null : Microseconds(info.Rtt),
                MinRoundTrip = info.MinRtt is 0 or uint.MaxValue ? null : Microseconds(info.MinRtt),
                Unacknowledged = (int)Math.Min(info.Unacknowledged, int.MaxValue),
                Sacked = (int)Math.Min(info.Sacked, int.MaxValue),
                Retransmits = info.Retransmits,
                Backoff = info.Backoff,
                Probes = info.Probes,
                Timer = socket.Timer < Timers.Length ? Timers[socket.Timer] : "off",
                LastSent = TimeSpan.FromMilliseconds(info.LastDataSent),
                LastReceived = TimeSpan.FromMilliseconds(info.LastDataReceived),
                LastAcknowledged = TimeSpan.FromMilliseconds(info.LastAckReceived),
                SendMss = (int)Math.Min(info.SendMss, int.MaxValue),
                PathMtu = (int)Math.Min(info.PathMtu, int.MaxValue),
                ReceiveBuffer = hasMemory ? memory.ReceiveLimit : null,
                ReceiveWindow = info.ReceiveWindow > 0 ? info.ReceiveWindow : null,
                ReceiveWindowScale = info.ReceiveWindowScale,
                ReceiveRoundTrip = info.ReceiveRtt is 0 ? null : Microseconds(info.ReceiveRtt),
                ReceiveAllocated = hasMemory ? memory.ReceiveAllocated : null,
                SendBuffer = hasMemory ? memory.SendLimit : null,
                PeerWindow = info.SendWindow,
                PeerWindowScale = info.SendWindowScale,
                CongestionWindow = (int)Math.Min(info.CongestionWindow, int.MaxValue),
                HasTimestamps = info.Options.HasFlag(TcpInfoOptions.Timestamps),
                OutOfOrder = info.OutOfOrderIn,
                DataSegmentsIn = info.DataSegmentsIn,
                ReorderingSeen = info.ReorderingSeen,
                DuplicateSacks = info.DuplicateSacks,
            },
        };
    }

    /// <summary>What is to be told of the connection, with what changed.</summary>
    /// <param name="before">The reading before.</param>
    /// <param name="interval">Time between them.</param>
    /// <param name="owner">Who holds it; null if unknown.</param>
    internal TcpFlow Since(FlowReading before, TimeSpan interval, SocketOwner? owner) => Totals with
    {
        Local = PeerAddress.Of(Socket.Family, Socket.Socket.LocalAddress).ToIPAddress(),
        LocalPort = Socket.Socket.LocalPort,
        Remote = PeerAddress.Of(Socket.Family, Socket.Socket.RemoteAddress).ToIPAddress(),
        RemotePort = Socket.Socket.RemotePort,
        Interval = interval,
        Pid = owner?.Pid,
        Process = owner?.Name,
        ReceiveQueueBefore = before.Totals.ReceiveQueue,
        SendQueueBefore = before.Totals.SendQueue,
        PeerWindowBefore = before.Totals.PeerWindow,
        ReceiveBufferBefore = before.Totals.ReceiveBuffer,
        ProcessState = Totals.ReceiveQueue > 0 && owner is { } reader ? ProcessTable.StateOf(reader.Pid) : null,
        TimerBefore = before.Totals.Timer,
        Sent = Growth(before.OctetsAcknowledged, OctetsAcknowledged),
        Received = Growth(before.OctetsReceived, OctetsReceived),
        RetransmitsGrowth = Growth(before.TotalRetransmits, TotalRetransmits),
        BusyGrowth = Totals.Busy - before.Totals.Busy,
        WindowLimitedGrowth = Totals.WindowLimited - before.Totals.WindowLimited,
        BufferLimitedGrowth = Totals.BufferLimited - before.Totals.BufferLimited,
    };

    private static long Growth(ulong before, ulong after) => after > before ? (long)(after - before) : 0;

    private static TimeSpan Microseconds(ulong count) => TimeSpan.FromMicroseconds(Math.Min(count, int.MaxValue * 1000d));

    private static uint Idle(in TcpInfoView info)
    {
        uint idle = Math.Min(Math.Min(info.LastDataReceived, info.LastDataSent), info.LastAckReceived);
        return idle > LongIdle ? idle : 0;
    }
}
