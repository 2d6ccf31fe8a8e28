using NetWhy.Wire.Netlink;

namespace NetWhy.Linux;

/// <summary>The kernel's account of a TCP connection.</summary>
/// <remarks>
/// Source: <c>struct tcp_info</c> in linux/tcp.h. Older kernels give a shorter struct: what is missing is 0.
/// Times are microseconds in the struct unless said otherwise.
/// </remarks>
public readonly record struct TcpInfo
{
    /// <summary>State, see <c>enum</c> in net/tcp_states.h: 1 established … 11 closing.</summary>
    public byte State { get; private init; }

    /// <summary>Congestion avoidance state: 0 open, 4 loss.</summary>
    public byte CongestionState { get; private init; }

    /// <summary>Retransmissions of the segment at the head, in a row.</summary>
    public byte Retransmits { get; private init; }

    /// <summary>Timeouts in a row.</summary>
    public byte Backoff { get; private init; }

    /// <summary>Options in force: 1 timestamps, 2 SACK, 4 window scale, 8 ECN.</summary>
    public byte Options { get; private init; }

    /// <summary>Retransmission timeout.</summary>
    public TimeSpan RetransmissionTimeout { get; private init; }

    /// <summary>Sending MSS, in octets.</summary>
    public int SendMss { get; private init; }

    /// <summary>Receiving MSS as estimated, in octets.</summary>
    public int ReceiveMss { get; private init; }

    /// <summary>Segments sent and not acknowledged.</summary>
    public uint Unacknowledged { get; private init; }

    /// <summary>Segments believed lost.</summary>
    public uint Lost { get; private init; }

    /// <summary>Segments retransmitted and not yet acknowledged.</summary>
    public uint Retransmitted { get; private init; }

    /// <summary>Path MTU that the kernel believes in, in octets.</summary>
    public int PathMtu { get; private init; }

    /// <summary>Smoothed round trip.</summary>
    public TimeSpan RoundTrip { get; private init; }

    /// <summary>Its mean deviation.</summary>
    public TimeSpan RoundTripVariation { get; private init; }

    /// <summary>Congestion window, in segments.</summary>
    public uint CongestionWindow { get; private init; }

    /// <summary>MSS that we advertised, in octets.</summary>
    public int AdvertisedMss { get; private init; }

    /// <summary>Retransmitted segments in all.</summary>
    public uint TotalRetransmits { get; private init; }

    /// <summary>Octets acknowledged.</summary>
    public ulong OctetsAcknowledged { get; private init; }

    /// <summary>Octets received.</summary>
    public ulong OctetsReceived { get; private init; }

    /// <summary>Octets not yet sent.</summary>
    public uint NotSent { get; private init; }

    /// <summary>Smallest round trip.</summary>
    public TimeSpan MinRoundTrip { get; private init; }

    /// <summary>Segments received with data.</summary>
    public uint DataSegmentsIn { get; private init; }

    /// <summary>Segments sent with data.</summary>
    public uint DataSegmentsOut { get; private init; }

    /// <summary>Delivery rate, in octets per second.</summary>
    public ulong DeliveryRate { get; private init; }

    /// <summary>Time with data to send.</summary>
    public TimeSpan Busy { get; private init; }

    /// <summary>Time limited by the peer's window.</summary>
    public TimeSpan ReceiveWindowLimited { get; private init; }

    /// <summary>Time limited by our send buffer.</summary>
    public TimeSpan SendBufferLimited { get; private init; }

    /// <summary>Duplicate SACKs received.</summary>
    public uint DuplicateSacks { get; private init; }

    /// <summary>Reordering events seen.</summary>
    public uint ReorderingSeen { get; private init; }

    /// <summary>Out-of-order segments received.</summary>
    public uint OutOfOrderIn { get; private init; }

    /// <summary>Peer's receive window after scaling, in octets.</summary>
    public uint SendWindow { get; private init; }

    /// <summary>Since the last ACK came.</summary>
    public TimeSpan SinceLastAck { get; private init; }

    /// <summary>Reads the struct as far as the kernel filled it.</summary>
    /// <param name="octets">What getsockopt gave.</param>
    internal static TcpInfo Read(ReadOnlySpan<byte> octets)
    {
        var info = new TcpInfoView(octets);
        return new TcpInfo
        {
            State = (byte)info.State,
            CongestionState = info.CongestionState,
            Retransmits = info.Retransmits,
            Backoff = info.Backoff,
            Options = (byte)info.Options,
            RetransmissionTimeout = Microseconds(info.Rto),
            SendMss = (int)info.SendMss,
            ReceiveMss = (int)info.ReceiveMss,
            Unacknowledged = info.Unacknowledged,
            Lost = info.Lost,
            Retransmitted = info.Retransmitted,
            SinceLastAck = TimeSpan.FromMilliseconds(info.LastAckReceived),
            PathMtu = (int)info.PathMtu,
            RoundTrip = Microseconds(info.Rtt),
            RoundTripVariation = Microseconds(info.RttVariation),
            CongestionWindow = info.CongestionWindow,
            AdvertisedMss = (int)info.AdvertisedMss,
            TotalRetransmits = info.TotalRetransmits,
            OctetsAcknowledged = info.OctetsAcknowledged,
            OctetsReceived = info.OctetsReceived,
            NotSent = info.NotSent,
            MinRoundTrip = Microseconds(info.MinRtt is var least and not uint.MaxValue ? least : 0), // ~0: none yet
            DataSegmentsIn = info.DataSegmentsIn,
            DataSegmentsOut = info.DataSegmentsOut,
            DeliveryRate = info.DeliveryRate,
            Busy = Microseconds(info.BusyTime),
            ReceiveWindowLimited = Microseconds(info.ReceiveWindowLimited),
            SendBufferLimited = Microseconds(info.SendBufferLimited),
            DuplicateSacks = info.DuplicateSacks,
            ReorderingSeen = info.ReorderingSeen,
            OutOfOrderIn = info.OutOfOrderIn,
            SendWindow = info.SendWindow,
        };
    }

    private static TimeSpan Microseconds(ulong value) =>
        TimeSpan.FromTicks((long)Math.Min(value, long.MaxValue / 20) * TimeSpan.TicksPerMicrosecond);
}
