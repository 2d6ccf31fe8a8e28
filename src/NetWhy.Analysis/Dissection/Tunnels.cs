using System.Buffers.Binary;
using NetWhy.Wire.Tunnels;

namespace NetWhy.Analysis.Dissection;

/// <summary>What a tunnel carries.</summary>
internal enum TunnelContent
{
    /// <summary>It is none that is known.</summary>
    None,

    /// <summary>An Ethernet frame.</summary>
    Frame,

    /// <summary>A packet of IPv4 or IPv6.</summary>
    Packet,

    /// <summary>What only its ends can read.</summary>
    Sealed,
}

/// <summary>Tunnels that are no more than a port, or a type, by what is in them: a port alone proves little, so all that is fixed in a header is compared.</summary>
/// <remarks>
/// Sources: RFC 7348 and ip-link(8) for VXLAN on Linux' port; draft-ietf-nvo3-vxlan-gpe; 3GPP TS 29.281, section 5 (GTP-U); RFC 7510 (MPLS in UDP);
/// RFC 4385 and RFC 4448 (pseudowires); draft-foschiano-erspan; RFC 3948 (ESP in UDP); the WireGuard whitepaper, section 5.4.
/// </remarks>
internal static class Tunnels
{
    private const int FrameHeader = 14; // of Ethernet
    private const int LeastPacket = 20; // of IPv4, and what is needed of IPv6

    /// <summary>Looks into a datagram.</summary>
    /// <param name="port">Its port, of either end.</param>
    /// <param name="data">What was captured of its data.</param>
    /// <param name="length">How much that was.</param>
    /// <param name="at">Where what it carries begins.</param>
    internal static TunnelContent InDatagram(ushort port, ReadOnlySpan<byte> data, int length, out int at)
    {
        const int Least = 8;
        at = Least;
        if (data.Length < Least)
            return TunnelContent.None;
        return port switch
        {
            VxlanPacket.LinuxPort => data[0] == 0x08 && (BinaryPrimitives.ReadUInt32BigEndian(data) & 0xffffff) == 0 && data[7] == 0 && IsFrame(data[Least..]) ? TunnelContent.Frame : TunnelContent.None,
            4790 => InExtendedVxlan(data),
            2152 => InGtp(data, length, ref at),
            6635 => InLabels(data, ref at),
            4500 when BinaryPrimitives.ReadUInt32BigEndian(data) != 0 && length >= 24 => TunnelContent.Sealed, // else IKE
            _ => IsWireGuard(data, length) ? TunnelContent.Sealed : TunnelContent.None,
        };
    }

    /// <summary>Looks into a packet of GRE whose type is no protocol of Ethernet's.</summary>
    /// <param name="type">The type.</param>
    /// <param name="flags">The flags.</param>
    /// <param name="data">What was captured behind the header.</param>
    /// <param name="at">Where what it carries begins.</param>
    internal static TunnelContent InGre(ushort type, ushort flags, ReadOnlySpan<byte> data, out int at)
    {
        const ushort Mirrored = 0x88be, MirroredTimed = 0x22eb, HasSequence = 0x1000;
        const int Short = 8, Long = 12, More = 8;
        at = type switch
        {
            Mirrored => (flags & HasSequence) == 0 ? 0 : data is [var first, ..] && first >> 4 == 1 ? Short : -1,
            MirroredTimed => data.Length >= Long && data[0] >> 4 == 2 ? Long + ((data[Long - 1] & 1) != 0 ? More : 0) : -1,
            _ => -1,
        };
        return at >= 0 && at <= data.Length && IsFrame(data[at..]) ? TunnelContent.Frame : TunnelContent.None;
    }

    /// <summary>Looks behind the last label of MPLS, where neither IPv4 nor IPv6 begins: a pseudowire, with or without its control word.</summary>
    /// <param name="data">What was captured there.</param>
    /// <param name="at">Where what it carries begins.</param>
    internal static TunnelContent InPseudowire(ReadOnlySpan<byte> data, out int at)
    {
        const int ControlWord = 4;
        at = ControlWord;
        if (data.Length >= ControlWord && data[0] >> 4 == 0 && IsFrame(data[ControlWord..]))
            return TunnelContent.Frame;
        at = 0;
        return IsFrame(data) ? TunnelContent.Frame : TunnelContent.None;
    }

    private static TunnelContent InExtendedVxlan(ReadOnlySpan<byte> data)
    {
        const byte HasNetwork = 0x08, HasNext = 0x04;
        bool isSound = (data[0] & (HasNetwork | HasNext)) == (HasNetwork | HasNext) && data[1] == 0 && data[2] == 0 && data[7] == 0;
        return !isSound ? TunnelContent.None
            : data[3] is 1 or 2 && IsPacket(data[8..]) ? TunnelContent.Packet
            : data[3] == 3 && IsFrame(data[8..]) ? TunnelContent.Frame : TunnelContent.None;
    }

    private static TunnelContent InGtp(ReadOnlySpan<byte> data, int length, ref int at)
    {
        const byte UserData = 0xff, HasExtension = 4;
        const int MostExtensions = 8;
        bool isSound = (data[0] & 0xf8) == 0x30 && data[1] == UserData && BinaryPrimitives.ReadUInt16BigEndian(data[2..]) == length - 8;
        if (!isSound)
            return TunnelContent.None;
        if ((data[0] & 7) != 0)
        {
            at += 4;
            byte next = data.Length >= at && (data[0] & HasExtension) != 0 ? data[at - 1] : (byte)0;
            for (int count = 0; next != 0; count++)
            {
                int size = at < data.Length ? data[at] * 4 : 0;
                if (size == 0 || count == MostExtensions || data.Length < at + size)
                    return TunnelContent.None;
                at += size;
                next = data[at - 1];
            }
        }

        return at <= data.Length && IsPacket(data[at..]) ? TunnelContent.Packet : TunnelContent.None;
    }

    private static TunnelContent InLabels(ReadOnlySpan<byte> data, ref int at)
    {
        const int Label = 4;
        for (at = Label; at <= data.Length; at += Label)
        {
            if (data[at - 1] == 0)
                return TunnelContent.None; // a label that lives no longer is not sent
            if ((data[at - 2] & 1) == 0)
                continue;
            if (IsPacket(data[at..]))
                return TunnelContent.Packet;
            TunnelContent content = InPseudowire(data[at..], out int behind);
            at += behind;
            return content;
        }

        return TunnelContent.None;
    }

    private static bool IsWireGuard(ReadOnlySpan<byte> data, int length) => (data[1] | data[2] | data[3]) == 0 && (data[0], length) switch
    {
        (1, 148) or (2, 92) or (3, 64) => true,
        (4, >= 32) => length % 16 == 0,
        _ => false,
    };

    private static bool IsFrame(ReadOnlySpan<byte> data)
    {
        if (data.Length < FrameHeader)
            return false;
        ushort type = BinaryPrimitives.ReadUInt16BigEndian(data[(FrameHeader - 2)..]);
        return type switch
        {
            LinkDissector.Ipv4 or LinkDissector.Ipv6 => data.Length == FrameHeader || data[FrameHeader] >> 4 == (type == LinkDissector.Ipv4 ? 4 : 6),
            LinkDissector.Arp or LinkDissector.Vlan or LinkDissector.ServiceVlan or LinkDissector.Mpls or LinkDissector.PppoeSession => true,
            _ => false,
        };
    }

    private static bool IsPacket(ReadOnlySpan<byte> data) => data.Length >= LeastPacket && (data[0] >> 4) switch
    {
        4 => (data[0] & 0xf) >= 5 && BinaryPrimitives.ReadUInt16BigEndian(data[2..]) is 0 or >= LeastPacket,
        6 => true,
        _ => false,
    };
}
