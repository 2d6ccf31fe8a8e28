using NetWhy.Analysis.Fields;
using NetWhy.Analysis.Summaries;

namespace NetWhy.Analysis.Dissection;

/// <summary>ICMP, with the datagram that an error quotes. Sources: RFC 792, RFC 1191.</summary>
internal static class IcmpDissector
{
    internal static readonly FieldGroup Group = new("icmp", "Internet Control Message Protocol");
    private static readonly Field Type = Group.Unsigned("type", "Type", 8);
    private static readonly Field Code = Group.Unsigned("code", "Code", 8);
    private static readonly IcmpChecksum Checksum = new(Group, "checksum_bad");
    private static readonly Field Identifier = Group.Unsigned("ident", "Identifier (BE)", 16);
    private static readonly Field SwappedIdentifier = Group.Unsigned("ident_le", "Identifier (LE)", 16);
    private static readonly Field Sequence = Group.Unsigned("seq", "Sequence Number (BE)", 16);
    private static readonly Field SwappedSequence = Group.Unsigned("seq_le", "Sequence Number (LE)", 16);
    private static readonly Field Unused = Group.Octets("unused", "Unused");
    private static readonly Field OriginalLength = Group.Unsigned("length", "Length", 8);
    private static readonly Field OriginalOctets = Group.Unsigned("length.original_datagram", "Length of original datagram", 8).Generated();
    private static readonly Field Mtu = Group.Unsigned("mtu", "MTU of next hop", 16);
    private static readonly Field Gateway = Group.Ipv4Address("redir_gw", "Gateway Address");
    private static readonly Field ResponseTo = Group.FrameNumber("resp_to", "Request frame").Generated();
    private static readonly Field ResponseTime = Group.Double("resptime", "Response time").Generated();
    private static readonly Field Pointer = Group.Unsigned("pointer", "Pointer", 32);

    /// <summary>Reads a message.</summary>
    /// <param name="dissection">The packet.</param>
    /// <param name="offset">Where it begins.</param>
    /// <param name="length">How much there is.</param>
    internal static void Read(ref Dissection dissection, int offset, int length)
    {
        const int HeaderLength = 8;
        dissection.Protocol(Group.Protocol, offset, length);
        dissection.Number(Type, offset, 1);
        if (dissection.Has(offset, 2))
            dissection.Fields.SayMore($" ({IpSummary.IcmpTypeOf(dissection.U8(offset))})");
        dissection.Number(Code, offset + 1, 1);
        if (dissection.Has(offset, 2) && IpSummary.IcmpCodeOf(dissection.U8(offset), dissection.U8(offset + 1)) is { } code)
            dissection.Fields.SayMore($" ({code})");
        Checksum.Read(ref dissection, offset, length, hasPseudoHeader: false);
        if (dissection.IsShort)
            return;
        IpSummary.WriteIcmp(ref dissection, offset);
        byte type = dissection.U8(offset);
        switch (type)
        {
            case 0 or 8 or 13 or 14 or 15 or 16 or 17 or 18:
                ReadNumber(ref dissection, Identifier, SwappedIdentifier, offset + 4);
                ReadNumber(ref dissection, Sequence, SwappedSequence, offset + 6);
                if (type is 0 or 8)
                    EchoPair.Read(ref dissection, offset + 4, isRequest: type == 8, ResponseTo, ResponseTime);
                if (type is not (0 or 8))
                    return;
                dissection.Fields.Base++;
                DataDissector.Read(ref dissection, offset + HeaderLength, length - HeaderLength);
                dissection.Fields.Base--;
                return;
            case 3 when dissection.U8(offset + 1) == 4:
                dissection.Part(Unused, offset + 4, 2);
                dissection.Number(Mtu, offset + 6, 2);
                break;
            case 5:
                dissection.Ipv4(Gateway, offset + 4);
                break;
            case 12:
                dissection.Number(Pointer, offset + 4, 1);
                ReadOriginalLength(ref dissection, offset);
                break;
            case 3 or 11:
                ReadOriginalLength(ref dissection, offset);
                break;
            case 4:
                dissection.Part(Unused, offset + 4, 4);
                break;
            default:
                return;
        }

        bool wasQuoted = dissection.IsQuoted;
        dissection.IsQuoted = true;
        bool wasFrozen = dissection.Freeze();
        dissection.Fields.Base++;
        if (dissection.Enter())
            IpDissector.Read(ref dissection, offset + HeaderLength, length - HeaderLength);
        dissection.Leave();
        dissection.Fields.Base--;
        dissection.IsQuoted = wasQuoted;
        dissection.Thaw(wasFrozen);
    }

    // What follows may be more than the datagram that is quoted: RFC 4884.
    private static void ReadOriginalLength(ref Dissection dissection, int offset)
    {
        byte words = dissection.U8(offset + 5);
        if (words == 0)
        {
            dissection.Part(Unused, offset + 4, 4);
            return;
        }

        dissection.Part(Unused, offset + 4, 1);
        dissection.Number(OriginalLength, offset + 5, 1);
        dissection.Fields.Add(OriginalOctets, words * 4u, offset + 5, 1);
        dissection.Part(Unused, offset + 6, 2);
    }

    // Wireshark shows it in both orders: Windows sends it in its own.
    private static void ReadNumber(ref Dissection dissection, Field field, Field swapped, int offset)
    {
        ushort number = (ushort)dissection.Number(field, offset, 2);
        dissection.Fields.SayMore($" (0x{number:x4})");
        number = System.Buffers.Binary.BinaryPrimitives.ReverseEndianness(number);
        dissection.Fields.Add(swapped, number, offset, 2);
        dissection.Fields.SayMore($" (0x{number:x4})");
    }
}
