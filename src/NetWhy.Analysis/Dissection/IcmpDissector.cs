using NetWhy.Analysis.Fields;
using NetWhy.Analysis.Summaries;

namespace NetWhy.Analysis.Dissection;

/// <summary>ICMP, with the datagram that an error quotes. Sources: RFC 792, RFC 1191.</summary>
internal static class IcmpDissector
{
    internal static readonly FieldGroup Group = new("icmp", "Internet Control Message Protocol");
    private static readonly Field Type = Group.Unsigned("type", "Type", 8);
    private static readonly Field Code = Group.Unsigned("code", "Code", 8);
    private static readonly Field Checksum = Group.Hexadecimal("checksum", "Checksum", 16);
    private static readonly Field Identifier = Group.Unsigned("ident", "Identifier", 16);
    private static readonly Field Sequence = Group.Unsigned("seq", "Sequence number", 16);
    private static readonly Field Mtu = Group.Unsigned("mtu", "MTU of the next hop", 16);
    private static readonly Field Gateway = Group.Ipv4Address("redir_gw", "Gateway to use instead");
    private static readonly Field ResponseTo = Group.FrameNumber("resp_to", "Packet of the request");
    private static readonly Field ResponseTime = Group.Double("resptime", "Milliseconds from the request to its reply");
    private static readonly Field Pointer = Group.Unsigned("pointer", "Octet that is wrong", 32);

    /// <summary>Reads a message.</summary>
    /// <param name="dissection">The packet.</param>
    /// <param name="offset">Where it begins.</param>
    /// <param name="length">How much there is.</param>
    internal static void Read(ref Dissection dissection, int offset, int length)
    {
        const int HeaderLength = 8;
        dissection.Protocol(Group.Protocol, offset, length);
        dissection.Number(Type, offset, 1);
        dissection.Number(Code, offset + 1, 1);
        dissection.Number(Checksum, offset + 2, 2);
        if (dissection.IsShort)
            return;
        IpSummary.WriteIcmp(ref dissection, offset);
        byte type = dissection.U8(offset);
        switch (type)
        {
            case 0 or 8 or 13 or 14 or 15 or 16 or 17 or 18:
                dissection.Number(Identifier, offset + 4, 2);
                dissection.Number(Sequence, offset + 6, 2);
                if (type is 0 or 8)
                    EchoPair.Read(ref dissection, offset + 4, isRequest: type == 8, ResponseTo, ResponseTime);
                if (type is 0 or 8)
                    DataDissector.Read(ref dissection, offset + HeaderLength, length - HeaderLength);
                return;
            case 3 when dissection.U8(offset + 1) == 4:
                dissection.Number(Mtu, offset + 6, 2);
                break;
            case 5:
                dissection.Ipv4(Gateway, offset + 4);
                break;
            case 12:
                dissection.Number(Pointer, offset + 4, 1);
                break;
            case 3 or 4 or 11:
                break;
            default:
                return;
        }

        bool wasQuoted = dissection.IsQuoted;
        dissection.IsQuoted = true;
        bool wasFrozen = dissection.Freeze();
        if (dissection.Enter())
            IpDissector.Read(ref dissection, offset + HeaderLength, length - HeaderLength);
        dissection.Leave();
        dissection.IsQuoted = wasQuoted;
        dissection.Thaw(wasFrozen);
    }
}
