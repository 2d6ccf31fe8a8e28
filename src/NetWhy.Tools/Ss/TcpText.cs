using System.Runtime.InteropServices;
using NetWhy.Wire.Netlink;

namespace NetWhy.Tools.Ss;

/// <summary>Shows what TCP knows of a connection, as ss does.</summary>
/// <param name="options">What is asked for.</param>
/// <param name="table">Where to put it.</param>
internal sealed class TcpText(SsOptions options, ColumnTable table)
{
    private const uint InitialRto = 3_000_000; // microseconds; not shown, as it says nothing
    private const uint FirstThreshold = 0xffff; // a threshold from here on was never reached

    /// <summary>Shows <c>tcp_info</c> and its companions.</summary>
    /// <param name="socket">The socket.</param>
    /// <param name="attributes">Its attributes.</param>
    public void Info(in InetDiagMessage socket, in NetlinkAttributeTable attributes)
    {
        if (attributes.Has(InetDiagAttribute.Info))
            Connection(new TcpInfoView(attributes[InetDiagAttribute.Info]), socket.State, attributes);
        if (attributes.Has(InetDiagAttribute.UpperLayerProtocol))
            UpperLayer(attributes[InetDiagAttribute.UpperLayerProtocol]);
    }

    /// <summary>Shows <c>mptcp_info</c>. Source: linux/mptcp.h.</summary>
    /// <param name="octets">The struct.</param>
    public void Mptcp(ReadOnlySpan<byte> octets)
    {
        Span<byte> whole = stackalloc byte[48];
        whole.Clear();
        octets[..Math.Min(octets.Length, whole.Length)].CopyTo(whole);
        Counted(" subflows:"u8, whole[0]);
        Counted(" add_addr_signal:"u8, whole[1]);
        Counted(" add_addr_accepted:"u8, whole[2]);
        Counted(" subflows_max:"u8, whole[3]);
        Counted(" add_addr_signal_max:"u8, whole[4]);
        Counted(" add_addr_accepted_max:"u8, whole[5]);
        uint flags = MemoryMarshal.Read<uint>(whole[8..]);
        if ((flags & 1) != 0)
            table.Append(" fallback"u8);
        if ((flags & 2) != 0)
            table.Append(" remote_key"u8);
        Hexadecimal(" token:"u8, MemoryMarshal.Read<uint>(whole[12..]));
        Hexadecimal(" write_seq:"u8, MemoryMarshal.Read<ulong>(whole[16..]));
        Hexadecimal(" snd_una:"u8, MemoryMarshal.Read<ulong>(whole[24..]));
        Hexadecimal(" rcv_nxt:"u8, MemoryMarshal.Read<ulong>(whole[32..]));
    }

    private void Connection(in TcpInfoView info, TcpState state, in NetlinkAttributeTable attributes)
    {
        if (options.HasTimers)
            Options(info.Options);
        ReadOnlySpan<byte> algorithm = attributes[InetDiagAttribute.Congestion];
        if (algorithm.Length > 1)
        {
            table.Append(" "u8);
            table.Append(algorithm[..(algorithm.IndexOf((byte)0) is >= 0 and var end ? end : algorithm.Length)]);
        }

        if ((info.Options & TcpInfoOptions.WindowScale) != 0)
        {
            table.Append(" wscale:"u8, (uint)info.SendWindowScale);
            table.Append(","u8, (uint)info.ReceiveWindowScale);
        }

        if (info.Rto is not (0 or InitialRto))
            Milliseconds(" rto:"u8, info.Rto);
        Counted(" backoff:"u8, info.Backoff);
        if (info.Rtt != 0)
        {
            Milliseconds(" rtt:"u8, info.Rtt);
            Milliseconds("/"u8, info.RttVariation);
        }

        if (info.Ato != 0)
            Milliseconds(" ato:"u8, info.Ato);
        Counted(" mss:"u8, info.SendMss);
        Counted(" pmtu:"u8, info.PathMtu);
        Counted(" rcvmss:"u8, info.ReceiveMss);
        Counted(" advmss:"u8, info.AdvertisedMss);
        Counted(" cwnd:"u8, info.CongestionWindow);
        if (info.SendThreshold < FirstThreshold)
            Counted(" ssthresh:"u8, info.SendThreshold);
        Counted(" bytes_sent:"u8, info.OctetsSent);
        Counted(" bytes_retrans:"u8, info.OctetsRetransmitted);
        Counted(" bytes_acked:"u8, info.OctetsAcknowledged);
        Counted(" bytes_received:"u8, info.OctetsReceived);
        Counted(" segs_out:"u8, info.SegmentsOut);
        Counted(" segs_in:"u8, info.SegmentsIn);
        Counted(" data_segs_out:"u8, info.DataSegmentsOut);
        Counted(" data_segs_in:"u8, info.DataSegmentsIn);
        Dctcp(attributes[InetDiagAttribute.Dctcp]);
        Bbr(attributes[InetDiagAttribute.Bbr]);
        Rates(info, RoundTrip(info, attributes[InetDiagAttribute.Vegas]));
        Losses(info, state);
    }

    private void Options(TcpInfoOptions set)
    {
        if ((set & TcpInfoOptions.Timestamps) != 0)
            table.Append(" ts"u8);
        if ((set & TcpInfoOptions.Sack) != 0)
            table.Append(" sack"u8);
        if ((set & TcpInfoOptions.Ecn) != 0)
            table.Append(" ecn"u8);
        if ((set & TcpInfoOptions.EcnSeen) != 0)
            table.Append(" ecnseen"u8);
        if ((set & TcpInfoOptions.SynData) != 0)
            table.Append(" fastopen"u8);
    }

    // Vegas keeps a round trip of its own. Source: struct tcpvegas_info in linux/inet_diag.h.
    private static double RoundTrip(in TcpInfoView info, ReadOnlySpan<byte> vegas)
    {
        if (vegas.Length < 16 || MemoryMarshal.Read<uint>(vegas) == 0)
            return info.Rtt;
        uint rtt = MemoryMarshal.Read<uint>(vegas[8..]);
        return rtt is 0 or int.MaxValue ? info.Rtt : rtt;
    }

    private void Rates(in TcpInfoView info, double roundTrip)
    {
        if (roundTrip > 0 && info.SendMss != 0 && info.CongestionWindow != 0)
            Rate(" send "u8, (double)info.CongestionWindow * info.SendMss * 8_000_000 / roundTrip);
        Counted(" lastsnd:"u8, info.LastDataSent);
        Counted(" lastrcv:"u8, info.LastDataReceived);
        Counted(" lastack:"u8, info.LastAckReceived);
        if (info.PacingRate is not (0 or ulong.MaxValue))
        {
            Rate(" pacing_rate "u8, info.PacingRate * 8.0);
            if (info.MaxPacingRate is not (0 or ulong.MaxValue))
                Rate("/"u8, info.MaxPacingRate * 8.0);
        }

        if (info.DeliveryRate != 0)
            Rate(" delivery_rate "u8, info.DeliveryRate * 8.0);
        Counted(" delivered:"u8, info.Delivered);
        Counted(" delivered_ce:"u8, info.DeliveredCe);
        if (info.IsAppLimited)
            table.Append(" app_limited"u8);
        if (info.BusyTime == 0)
            return;
        table.Append(" busy:"u8, info.BusyTime / 1000);
        table.Append("ms"u8);
        Share(" rwnd_limited:"u8, info.ReceiveWindowLimited, info.BusyTime);
        Share(" sndbuf_limited:"u8, info.SendBufferLimited, info.BusyTime);
    }

    private void Losses(in TcpInfoView info, TcpState state)
    {
        Counted(" unacked:"u8, info.Unacknowledged);
        if (info.Retransmitted != 0 || info.TotalRetransmits != 0)
        {
            table.Append(" retrans:"u8, info.Retransmitted);
            table.Append("/"u8, info.TotalRetransmits);
        }

        Counted(" lost:"u8, info.Lost);
        if (state is not TcpState.Listen)
            Counted(" sacked:"u8, info.Sacked);
        Counted(" dsack_dups:"u8, info.DuplicateSacks);
        Counted(" fackets:"u8, info.Fackets);
        if (info.Reordering != 3)
            table.Append(" reordering:"u8, info.Reordering);
        Counted(" reord_seen:"u8, info.ReorderingSeen);
        if (info.ReceiveRtt != 0)
            Milliseconds(" rcv_rtt:"u8, info.ReceiveRtt);
        Counted(" rcv_space:"u8, info.ReceiveSpace);
        Counted(" rcv_ssthresh:"u8, info.ReceiveThreshold);
        Counted(" notsent:"u8, info.NotSent);
        if (info.MinRtt is not (0 or uint.MaxValue))
            Milliseconds(" minrtt:"u8, info.MinRtt);
        Counted(" rcv_ooopack:"u8, info.OutOfOrderIn);
        Counted(" snd_wnd:"u8, info.SendWindow);
    }

    // Source: struct tcp_dctcp_info in linux/inet_diag.h.
    private void Dctcp(ReadOnlySpan<byte> octets)
    {
        if (octets.Length < 16)
            return;
        if (MemoryMarshal.Read<ushort>(octets) == 0)
        {
            table.Append(" dctcp:fallback_mode"u8);
            return;
        }

        table.Append(" dctcp:(ce_state:"u8, MemoryMarshal.Read<ushort>(octets[2..]));
        table.Append(",alpha:"u8, MemoryMarshal.Read<uint>(octets[4..]));
        table.Append(",ab_ecn:"u8, MemoryMarshal.Read<uint>(octets[8..]));
        table.Append(",ab_tot:"u8, MemoryMarshal.Read<uint>(octets[12..]));
        table.Append(")"u8);
    }

    // Source: struct tcp_bbr_info in linux/inet_diag.h. Gains are fixed-point numbers of 8 bits.
    private void Bbr(ReadOnlySpan<byte> octets)
    {
        if (octets.Length < 20)
            return;
        ulong bandwidth = MemoryMarshal.Read<uint>(octets) | ((ulong)MemoryMarshal.Read<uint>(octets[4..]) << 32);
        Rate(" bbr:(bw:"u8, bandwidth * 8.0);
        Milliseconds(",mrtt:"u8, MemoryMarshal.Read<uint>(octets[8..]));
        Gain(",pacing_gain:"u8, MemoryMarshal.Read<uint>(octets[12..]));
        Gain(",cwnd_gain:"u8, MemoryMarshal.Read<uint>(octets[16..]));
        table.Append(")"u8);
    }

    private void Gain(ReadOnlySpan<byte> name, uint gain)
    {
        if (gain == 0)
            return;
        table.Append(name);
        table.AppendGeneral(gain / 256.0);
    }

    // Source: INET_ULP_INFO_* in linux/inet_diag.h, TLS_INFO_* in linux/tls.h.
    private void UpperLayer(ReadOnlySpan<byte> octets)
    {
        const int Name = 1, Tls = 2, Mptcp = 3;
        var attributes = new NetlinkAttributeTable(octets);
        ReadOnlySpan<byte> name = attributes[Name];
        if (name.Length > 1)
        {
            table.Append(" tcp-ulp-"u8);
            table.Append(name[..(name.IndexOf((byte)0) is >= 0 and var end ? end : name.Length)]);
        }

        if (attributes.Has(Tls))
            KernelTls(new NetlinkAttributeTable(attributes[Tls]));
        if (attributes.Has(Mptcp))
            Subflow(new NetlinkAttributeTable(attributes[Mptcp]));
    }

    // Source: MPTCP_SUBFLOW_ATTR_* and MPTCP_SUBFLOW_FLAG_* in linux/mptcp.h.
    private void Subflow(in NetlinkAttributeTable attributes)
    {
        const int RemoteToken = 1, LocalToken = 2, Sequence = 4, SubflowSequence = 5, Offset = 6, Length = 7, Flags = 8, RemoteId = 9, LocalId = 10;
        const string Letters = "MmJjBbecv";
        if (attributes.Number(Flags) is { } flags and not 0)
            table.Append($" flags:{string.Concat(Letters.Where((_, bit) => (flags >> bit & 1) != 0))}");
        if (attributes.Number(RemoteToken) is { } remoteToken && attributes.Number(LocalToken) is { } localToken
            && attributes.Octet(RemoteId) is { } remoteId && attributes.Octet(LocalId) is { } localId)
        {
            table.Append($" token:{remoteToken:x4}(id:{remoteId})/{localToken:x4}(id:{localId})");
        }

        if (attributes.LongNumber(Sequence) is { } sequence)
            table.Append($" seq:{sequence:x}");
        if (attributes.Number(SubflowSequence) is { } subflowSequence)
            table.Append($" sfseq:{subflowSequence:x}");
        if (attributes.Number(Offset) is { } offset)
            table.Append($" ssnoff:{offset:x}");
        if (MemoryMarshal.TryRead(attributes[Length], out ushort length))
            table.Append($" maplen:{length:x}");
    }

    private void KernelTls(in NetlinkAttributeTable attributes)
    {
        const int Version = 1, Cipher = 2, Send = 3, Receive = 4, ZeroCopy = 5;
        if (Short(attributes[Version]) is { } version)
            table.Append(version switch { 0x303 => " version: 1.2", 0x304 => " version: 1.3", _ => $" version: unknown({version})" });
        if (Short(attributes[Cipher]) is { } cipher)
            table.Append(cipher switch { 51 => " cipher: aes-gcm-128", 52 => " cipher: aes-gcm-256", _ => "" });
        Configuration("rxconf", Short(attributes[Receive]));
        Configuration("txconf", Short(attributes[Send]));
        if (attributes.Has(ZeroCopy))
            table.Append(" zc_ro_tx"u8);
    }

    private void Configuration(string name, ushort? value)
    {
        if (value is { } number)
            table.Append($" {name}: {number switch { 1 => "none", 2 => "sw", 3 => "hw", 4 => "hw-record", _ => $"unknown({number})" }}");
    }

    private static ushort? Short(ReadOnlySpan<byte> octets) => MemoryMarshal.TryRead(octets, out ushort number) ? number : null;

    private void Share(ReadOnlySpan<byte> name, ulong part, ulong whole)
    {
        if (part == 0)
            return;
        table.Append(name, part / 1000);
        table.Append("ms("u8);
        table.AppendFixed(100.0 * part / whole, 1);
        table.Append("%)"u8);
    }

    private void Rate(ReadOnlySpan<byte> name, double bitsPerSecond)
    {
        table.Append(name);
        if (options.IsNumeric)
        {
            table.AppendFixed(bitsPerSecond, 0);
            table.Append("bps"u8);
            return;
        }

        (double unit, string letter) = bitsPerSecond switch
        {
            >= 1e12 => (1e12, "T"),
            >= 1e9 => (1e9, "G"),
            >= 1e6 => (1e6, "M"),
            >= 1e3 => (1e3, "k"),
            _ => (1, ""),
        };
        table.AppendGeneral(bitsPerSecond / unit, unit == 1 ? 6 : 3);
        table.Append(letter);
        table.Append("bps"u8);
    }

    private void Milliseconds(ReadOnlySpan<byte> name, uint microseconds)
    {
        table.Append(name);
        table.AppendMilliseconds(microseconds);
    }

    private void Counted(ReadOnlySpan<byte> name, ulong number)
    {
        if (number != 0)
            table.Append(name, number);
    }

    private void Hexadecimal(ReadOnlySpan<byte> name, ulong number)
    {
        if (number == 0)
            return;
        table.Append(name);
        table.AppendHexadecimal(number);
    }
}
