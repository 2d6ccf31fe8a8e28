using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace NetWhy.Wire.Netlink;

/// <summary>The kernel's account of a TCP connection, viewed in place under the kernel's names.</summary>
/// <remarks>
/// Older kernels give a shorter struct and newer ones a longer: a field that is not there reads as 0, and
/// <see cref="Has"/> tells. Source: <c>struct tcp_info</c> in linux/tcp.h, 280 octets in Linux 6.18.
/// </remarks>
/// <param name="octets">What getsockopt(TCP_INFO) or INET_DIAG_INFO gave.</param>
public readonly ref struct TcpInfoView(ReadOnlySpan<byte> octets)
{
    private readonly ReadOnlySpan<byte> _octets = octets;

    /// <summary>Every field, in the order of the struct.</summary>
    public static ReadOnlySpan<TcpInfoField> Fields => TcpInfoField.All;

    /// <summary>Length of the struct as the kernel gave it, in octets.</summary>
    public int Length => _octets.Length;

    /// <summary><c>tcpi_state</c>.</summary>
    public TcpState State => (TcpState)Octet(0);

    /// <summary><c>tcpi_ca_state</c>: 0 open, 1 disorder, 2 CWR, 3 recovery, 4 loss.</summary>
    public byte CongestionState => Octet(1);

    /// <summary><c>tcpi_retransmits</c>: unanswered retransmissions of the segment at the head.</summary>
    public byte Retransmits => Octet(2);

    /// <summary><c>tcpi_probes</c>: probes of the window or of the peer's life that were not answered.</summary>
    public byte Probes => Octet(3);

    /// <summary><c>tcpi_backoff</c>: how often the timeout was doubled.</summary>
    public byte Backoff => Octet(4);

    /// <summary><c>tcpi_options</c>: the options in force.</summary>
    public TcpInfoOptions Options => (TcpInfoOptions)Octet(5);

    /// <summary><c>tcpi_snd_wscale</c>: shift of the peer's window.</summary>
    public int SendWindowScale => Octet(6) & 0xf;

    /// <summary><c>tcpi_rcv_wscale</c>: shift of our window.</summary>
    public int ReceiveWindowScale => Octet(6) >> 4;

    /// <summary><c>tcpi_delivery_rate_app_limited</c>: the application had nothing to send when the rate was measured.</summary>
    public bool IsAppLimited => (Octet(7) & 1) != 0;

    /// <summary><c>tcpi_rto</c>, in microseconds.</summary>
    public uint Rto => Number(8);

    /// <summary><c>tcpi_ato</c>, in microseconds.</summary>
    public uint Ato => Number(12);

    /// <summary><c>tcpi_snd_mss</c>, in octets.</summary>
    public uint SendMss => Number(16);

    /// <summary><c>tcpi_rcv_mss</c>, in octets.</summary>
    public uint ReceiveMss => Number(20);

    /// <summary><c>tcpi_unacked</c>: segments in flight; for a listener, connections that wait for accept.</summary>
    public uint Unacknowledged => Number(24);

    /// <summary><c>tcpi_sacked</c>: segments; for a listener, the backlog limit.</summary>
    public uint Sacked => Number(28);

    /// <summary><c>tcpi_lost</c>, in segments.</summary>
    public uint Lost => Number(32);

    /// <summary><c>tcpi_retrans</c>: segments retransmitted and not acknowledged.</summary>
    public uint Retransmitted => Number(36);

    /// <summary><c>tcpi_fackets</c>: always 0 since Linux 4.15.</summary>
    public uint Fackets => Number(40);

    /// <summary><c>tcpi_last_data_sent</c>, in milliseconds.</summary>
    public uint LastDataSent => Number(44);

    /// <summary><c>tcpi_last_data_recv</c>, in milliseconds.</summary>
    public uint LastDataReceived => Number(52);

    /// <summary><c>tcpi_last_ack_recv</c>, in milliseconds.</summary>
    public uint LastAckReceived => Number(56);

    /// <summary><c>tcpi_pmtu</c>, in octets.</summary>
    public uint PathMtu => Number(60);

    /// <summary><c>tcpi_rcv_ssthresh</c>, in octets.</summary>
    public uint ReceiveThreshold => Number(64);

    /// <summary><c>tcpi_rtt</c>, in microseconds.</summary>
    public uint Rtt => Number(68);

    /// <summary><c>tcpi_rttvar</c>, in microseconds.</summary>
    public uint RttVariation => Number(72);

    /// <summary><c>tcpi_snd_ssthresh</c>, in segments; 2^31 - 1 before the first loss.</summary>
    public uint SendThreshold => Number(76);

    /// <summary><c>tcpi_snd_cwnd</c>, in segments.</summary>
    public uint CongestionWindow => Number(80);

    /// <summary><c>tcpi_advmss</c>, in octets.</summary>
    public uint AdvertisedMss => Number(84);

    /// <summary><c>tcpi_reordering</c>, in segments; 3 at first.</summary>
    public uint Reordering => Number(88);

    /// <summary><c>tcpi_rcv_rtt</c>, in microseconds.</summary>
    public uint ReceiveRtt => Number(92);

    /// <summary><c>tcpi_rcv_space</c>, in octets.</summary>
    public uint ReceiveSpace => Number(96);

    /// <summary><c>tcpi_total_retrans</c>, in segments.</summary>
    public uint TotalRetransmits => Number(100);

    /// <summary><c>tcpi_pacing_rate</c>, in octets per second; all ones if there is no limit.</summary>
    public ulong PacingRate => LongNumber(104);

    /// <summary><c>tcpi_max_pacing_rate</c>, in octets per second; all ones if there is no limit.</summary>
    public ulong MaxPacingRate => LongNumber(112);

    /// <summary><c>tcpi_bytes_acked</c>.</summary>
    public ulong OctetsAcknowledged => LongNumber(120);

    /// <summary><c>tcpi_bytes_received</c>.</summary>
    public ulong OctetsReceived => LongNumber(128);

    /// <summary><c>tcpi_segs_out</c>.</summary>
    public uint SegmentsOut => Number(136);

    /// <summary><c>tcpi_segs_in</c>.</summary>
    public uint SegmentsIn => Number(140);

    /// <summary><c>tcpi_notsent_bytes</c>.</summary>
    public uint NotSent => Number(144);

    /// <summary><c>tcpi_min_rtt</c>, in microseconds; all ones before the first sample.</summary>
    public uint MinRtt => Number(148);

    /// <summary><c>tcpi_data_segs_in</c>.</summary>
    public uint DataSegmentsIn => Number(152);

    /// <summary><c>tcpi_data_segs_out</c>.</summary>
    public uint DataSegmentsOut => Number(156);

    /// <summary><c>tcpi_delivery_rate</c>, in octets per second.</summary>
    public ulong DeliveryRate => LongNumber(160);

    /// <summary><c>tcpi_busy_time</c>, in microseconds.</summary>
    public ulong BusyTime => LongNumber(168);

    /// <summary><c>tcpi_rwnd_limited</c>, in microseconds.</summary>
    public ulong ReceiveWindowLimited => LongNumber(176);

    /// <summary><c>tcpi_sndbuf_limited</c>, in microseconds.</summary>
    public ulong SendBufferLimited => LongNumber(184);

    /// <summary><c>tcpi_delivered</c>, in segments.</summary>
    public uint Delivered => Number(192);

    /// <summary><c>tcpi_delivered_ce</c>, in segments.</summary>
    public uint DeliveredCe => Number(196);

    /// <summary><c>tcpi_bytes_sent</c>.</summary>
    public ulong OctetsSent => LongNumber(200);

    /// <summary><c>tcpi_bytes_retrans</c>.</summary>
    public ulong OctetsRetransmitted => LongNumber(208);

    /// <summary><c>tcpi_dsack_dups</c>.</summary>
    public uint DuplicateSacks => Number(216);

    /// <summary><c>tcpi_reord_seen</c>.</summary>
    public uint ReorderingSeen => Number(220);

    /// <summary><c>tcpi_rcv_ooopack</c>.</summary>
    public uint OutOfOrderIn => Number(224);

    /// <summary><c>tcpi_snd_wnd</c>, in octets.</summary>
    public uint SendWindow => Number(228);

    /// <summary><c>tcpi_rcv_wnd</c>, in octets.</summary>
    public uint ReceiveWindow => Number(232);

    /// <summary>Whether the kernel gave a field.</summary>
    /// <param name="field">The field.</param>
    public bool Has(in TcpInfoField field) => field.Offset + field.Size <= _octets.Length;

    /// <summary>The value of a field; 0 if the kernel did not give it.</summary>
    /// <param name="field">The field.</param>
    public ulong Value(in TcpInfoField field) => field.Size switch
    {
        1 => (ulong)((Octet(field.Offset) >> field.Shift) & field.Mask),
        2 => Has(field) ? MemoryMarshal.Read<ushort>(_octets[field.Offset..]) : 0u,
        4 => Number(field.Offset),
        _ => LongNumber(field.Offset),
    };

    [MethodImpl(MethodImplOptions.AggressiveInlining)] // a dump reads some fifty of them a socket
    private byte Octet(int offset) => offset < _octets.Length ? _octets[offset] : (byte)0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private uint Number(int offset) =>
        offset + sizeof(uint) <= _octets.Length ? MemoryMarshal.Read<uint>(_octets[offset..]) : 0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private ulong LongNumber(int offset) =>
        offset + sizeof(ulong) <= _octets.Length ? MemoryMarshal.Read<ulong>(_octets[offset..]) : 0;
}

/// <summary>TCP options in force on a connection. Source: <c>TCPI_OPT_*</c> in linux/tcp.h.</summary>
[Flags]
public enum TcpInfoOptions : byte
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>RFC 7323 timestamps.</summary>
    Timestamps = 1,

    /// <summary>RFC 2018 selective acknowledgements.</summary>
    Sack = 2,

    /// <summary>RFC 7323 window scaling.</summary>
    WindowScale = 4,

    /// <summary>RFC 3168 ECN was negotiated.</summary>
    Ecn = 8,

    /// <summary>A packet with an ECN codepoint arrived.</summary>
    EcnSeen = 16,

    /// <summary>Data in our SYN was acknowledged (RFC 7413).</summary>
    SynData = 32,
}

/// <summary>One field of <c>struct tcp_info</c>.</summary>
/// <param name="Name">Its name in linux/tcp.h.</param>
/// <param name="Offset">Where it begins.</param>
/// <param name="Size">How many octets it has.</param>
/// <param name="Unit">What it counts: <c>us</c>, <c>ms</c>, <c>B</c>, <c>B/s</c>, <c>pkt</c>; empty for a plain number.</param>
/// <param name="Shift">First bit of a bit field.</param>
/// <param name="Mask">Bits of a bit field after the shift.</param>
public readonly record struct TcpInfoField(string Name, int Offset, int Size, string Unit, int Shift = 0, int Mask = 0xff)
{
    internal static readonly TcpInfoField[] All =
    [
        new("tcpi_state", 0, 1, ""),
        new("tcpi_ca_state", 1, 1, ""),
        new("tcpi_retransmits", 2, 1, ""),
        new("tcpi_probes", 3, 1, ""),
        new("tcpi_backoff", 4, 1, ""),
        new("tcpi_options", 5, 1, ""),
        new("tcpi_snd_wscale", 6, 1, "", 0, 0xf),
        new("tcpi_rcv_wscale", 6, 1, "", 4, 0xf),
        new("tcpi_delivery_rate_app_limited", 7, 1, "", 0, 1),
        new("tcpi_fastopen_client_fail", 7, 1, "", 1, 3),
        new("tcpi_rto", 8, 4, "us"),
        new("tcpi_ato", 12, 4, "us"),
        new("tcpi_snd_mss", 16, 4, "B"),
        new("tcpi_rcv_mss", 20, 4, "B"),
        new("tcpi_unacked", 24, 4, "pkt"),
        new("tcpi_sacked", 28, 4, "pkt"),
        new("tcpi_lost", 32, 4, "pkt"),
        new("tcpi_retrans", 36, 4, "pkt"),
        new("tcpi_fackets", 40, 4, "pkt"),
        new("tcpi_last_data_sent", 44, 4, "ms"),
        new("tcpi_last_ack_sent", 48, 4, "ms"),
        new("tcpi_last_data_recv", 52, 4, "ms"),
        new("tcpi_last_ack_recv", 56, 4, "ms"),
        new("tcpi_pmtu", 60, 4, "B"),
        new("tcpi_rcv_ssthresh", 64, 4, "B"),
        new("tcpi_rtt", 68, 4, "us"),
        new("tcpi_rttvar", 72, 4, "us"),
        new("tcpi_snd_ssthresh", 76, 4, "pkt"),
        new("tcpi_snd_cwnd", 80, 4, "pkt"),
        new("tcpi_advmss", 84, 4, "B"),
        new("tcpi_reordering", 88, 4, "pkt"),
        new("tcpi_rcv_rtt", 92, 4, "us"),
        new("tcpi_rcv_space", 96, 4, "B"),
        new("tcpi_total_retrans", 100, 4, "pkt"),
        new("tcpi_pacing_rate", 104, 8, "B/s"),
        new("tcpi_max_pacing_rate", 112, 8, "B/s"),
        new("tcpi_bytes_acked", 120, 8, "B"),
        new("tcpi_bytes_received", 128, 8, "B"),
        new("tcpi_segs_out", 136, 4, "pkt"),
        new("tcpi_segs_in", 140, 4, "pkt"),
        new("tcpi_notsent_bytes", 144, 4, "B"),
        new("tcpi_min_rtt", 148, 4, "us"),
        new("tcpi_data_segs_in", 152, 4, "pkt"),
        new("tcpi_data_segs_out", 156, 4, "pkt"),
        new("tcpi_delivery_rate", 160, 8, "B/s"),
        new("tcpi_busy_time", 168, 8, "us"),
        new("tcpi_rwnd_limited", 176, 8, "us"),
        new("tcpi_sndbuf_limited", 184, 8, "us"),
        new("tcpi_delivered", 192, 4, "pkt"),
        new("tcpi_delivered_ce", 196, 4, "pkt"),
        new("tcpi_bytes_sent", 200, 8, "B"),
        new("tcpi_bytes_retrans", 208, 8, "B"),
        new("tcpi_dsack_dups", 216, 4, ""),
        new("tcpi_reord_seen", 220, 4, ""),
        new("tcpi_rcv_ooopack", 224, 4, "pkt"),
        new("tcpi_snd_wnd", 228, 4, "B"),
        new("tcpi_rcv_wnd", 232, 4, "B"),
        new("tcpi_rehash", 236, 4, ""),
        new("tcpi_total_rto", 240, 2, ""),
        new("tcpi_total_rto_recoveries", 242, 2, ""),
        new("tcpi_total_rto_time", 244, 4, "ms"),
        new("tcpi_received_ce", 248, 4, "pkt"),
        new("tcpi_delivered_e1_bytes", 252, 4, "B"),
        new("tcpi_delivered_e0_bytes", 256, 4, "B"),
        new("tcpi_delivered_ce_bytes", 260, 4, "B"),
        new("tcpi_received_e1_bytes", 264, 4, "B"),
        new("tcpi_received_e0_bytes", 268, 4, "B"),
        new("tcpi_received_ce_bytes", 272, 4, "B"),
        new("tcpi_accecn_fail_mode", 276, 2, ""),
        new("tcpi_accecn_opt_seen", 278, 2, ""),
    ];
}
