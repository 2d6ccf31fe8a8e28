using NetWhy.Analysis.Fields;
using NetWhy.Analysis.Summaries;

namespace NetWhy.Analysis.Dissection;

/// <summary>ICMP, with the datagram that an error quotes. Sources: RFC 792, RFC 950, RFC 1191, RFC 4884, RFC 8335.</summary>
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
    private static readonly EchoFields Pair = new(Group, requestFrame: "Request frame", responseFrame: "Response frame", time: "Response time", request: 8, reply: 0);
    private static readonly Field Pointer = Group.Unsigned("pointer", "Pointer", 32);
    internal static readonly Field Reserved = Group.Octets("reserved", "Reserved");
    private static readonly Field OriginateTimestamp = Group.Unsigned("originate_timestamp", "Originate Timestamp", 32);
    private static readonly Field ReceiveTimestamp = Group.Unsigned("receive_timestamp", "Receive Timestamp", 32);
    private static readonly Field TransmitTimestamp = Group.Unsigned("transmit_timestamp", "Transmit Timestamp", 32);
    private static readonly Field AddressMask = Group.Ipv4Address("address_mask", "Address Mask");
    private static readonly Field DataTime = Group.Time("data_time", "Timestamp from icmp data");
    private static readonly Field DataTimeRelative = Group.Duration("data_time_relative", "Timestamp from icmp data (relative)").Generated();
    private static readonly Field EchoSequence = Group.Unsigned("ext.echo.seq", "Sequence Number", 8);
    private static readonly Field EchoRequestReserved = Group.Hexadecimal("ext.echo.req.res", "Reserved", 8).Masked(0xfe);
    private static readonly Field EchoIsLocal = Group.Flag("ext.echo.req.local", "Local bit", 8, 0x1, level: 1);
    private static readonly Field EchoState = Group.Unsigned("ext.echo.rsp.state", "State", 8, Icmpv6Names.NeighborState).Masked(0xe0);
    private static readonly Field EchoReplyReserved = Group.Hexadecimal("ext.echo.rsp.res", "Reserved", 8).Masked(0x18);
    private static readonly Field EchoIsActive = Group.Flag("ext.echo.rsp.active", "Active bit", 8, 0x4, level: 1);
    private static readonly Field EchoHasIpv4 = Group.Flag("ext.echo.rsp.ipv4", "IPv4 bit", 8, 0x2, level: 1);
    private static readonly Field EchoHasIpv6 = Group.Flag("ext.echo.rsp.ipv6", "IPv6 bit", 8, 0x1, level: 1);

    private const int HeaderLength = 8;
    private const int TimeLength = 8; // of the time in the data of an echo

    /// <summary>Reads a message.</summary>
    /// <param name="dissection">The packet.</param>
    /// <param name="offset">Where it begins.</param>
    /// <param name="length">How much there is.</param>
    internal static void Read(ref Dissection dissection, int offset, int length)
    {
        dissection.Begin(Group.Protocol);
        dissection.Summary?.Begin("ICMP"u8);
        if (!dissection.Need(offset, 6)) // Wireshark looks first for how long a quoted datagram is
            return;
        IpSummary.WriteIcmp(ref dissection, offset);
        dissection.Fields.Add(Group.Protocol, 0, offset, dissection.Captured(offset, length));
        dissection.Number(Type, offset, 1);
        if (dissection.Has(offset, 2))
            dissection.Fields.SayMore($" ({IpSummary.IcmpTypeOf(dissection.U8(offset))})");
        dissection.Number(Code, offset + 1, 1);
        if (dissection.Has(offset, 2) && IpSummary.IcmpCodeOf(dissection.U8(offset), dissection.U8(offset + 1)) is { } code)
            dissection.Fields.SayMore($" ({code})");
        Checksum.Read(ref dissection, offset, length, hasPseudoHeader: false);
        if (dissection.IsShort)
            return;
        ReadOnlySpan<byte> before = dissection.Narrow(offset + length);
        ReadMessage(ref dissection, offset, length);
        dissection.Widen(before);
    }

    private static void ReadMessage(ref Dissection dissection, int offset, int length)
    {
        byte type = dissection.U8(offset);
        switch (type)
        {
            case 0 or 8 or 13 or 14 or 15 or 16 or 17 or 18:
                ReadNumber(ref dissection, Identifier, SwappedIdentifier, offset + 4);
                ReadNumber(ref dissection, Sequence, SwappedSequence, offset + 6);
                ReadBehindNumbers(ref dissection, type, offset, length);
                return;
            case 3 when dissection.U8(offset + 1) == 4:
                if (!ReadOriginalLength(ref dissection, offset))
                    dissection.Part(Unused, offset + 4, 2);
                dissection.Number(Mtu, offset + 6, 2);
                break;
            case 5:
                dissection.Ipv4(Gateway, offset + 4);
                break;
            case 12:
                dissection.Number(Pointer, offset + 4, 1);
                if (ReadOriginalLength(ref dissection, offset))
                    dissection.Part(Unused, offset + 6, 2);
                else
                    dissection.Part(Unused, offset + 5, 3);
                break;
            case 3 or 11:
                if (ReadOriginalLength(ref dissection, offset))
                    dissection.Part(Unused, offset + 6, 2);
                else
                    dissection.Part(Unused, offset + 4, 4);
                break;
            case 4:
                break;
            case 9:
                MobileIpAdvertisement.Read(ref dissection, offset, offset + length);
                return;
            case 42 or 43:
                ReadExtendedEcho(ref dissection, type, offset, length);
                return;
            default:
                return;
        }

        if (!dissection.IsShort)
            ReadQuoted(ref dissection, offset, length);
    }

    // RFC 4884, section 5.5: what lies behind 128 octets is an extension where they are all of the datagram.
    private static void ReadQuoted(ref Dissection dissection, int offset, int length)
    {
        const int UsualLength = 128;
        const int MostInnerLength = 128;
        int words = dissection.U8(offset + 5);
        int inner = length - HeaderLength;
        int header = dissection.Has(offset + HeaderLength, 1) ? (dissection.U8(offset + HeaderLength) & 0xf) * 4 : 0;
        if (words != 0)
            inner = Math.Min(inner, header + (words * 4)); // Wireshark adds the header
        bool wasQuoted = dissection.IsQuoted;
        dissection.IsQuoted = true;
        bool wasFrozen = dissection.Freeze();
        dissection.Fields.Base++;
        int first = dissection.Fields.Last + 1;
        if (dissection.Enter())
            IpDissector.Read(ref dissection, offset + HeaderLength, inner);
        dissection.Leave();
        dissection.TakeNoteOfQuoted(IpFields.Group.Protocol);
        dissection.Fields.Base--;
        dissection.IsQuoted = wasQuoted;
        dissection.Thaw(wasFrozen);
        int rest = dissection.Fields.Last + 1;
        int extensions = HeaderLength + (words == 0 ? UsualLength : words * 4);
        if (length > HeaderLength + UsualLength && dissection.Captured(offset + HeaderLength, 4) == 4 && dissection.U16(offset + HeaderLength + 2) <= MostInnerLength && extensions < length)
            _ = IcmpExtensions.Read(ref dissection, offset + extensions, offset + length);
        dissection.PutBehind(first, rest);
    }

    private static void ReadBehindNumbers(ref Dissection dissection, byte type, int offset, int length)
    {
        switch (type)
        {
            case 0 or 8:
                EchoPair.Read(ref dissection, offset + 4, isRequest: type == 8, Pair);
                int data = offset + HeaderLength;
                int end = offset + length;
                if (ReadTime(ref dissection, data))
                    data += TimeLength;
                dissection.Fields.Base++;
                DataDissector.Read(ref dissection, data, end - data);
                dissection.Fields.Base--;
                break;
            case 13 or 14:
                ReadTimestamp(ref dissection, OriginateTimestamp, offset + 8);
                ReadTimestamp(ref dissection, ReceiveTimestamp, offset + 12);
                ReadTimestamp(ref dissection, TransmitTimestamp, offset + 16);
                break;
            case 17 or 18:
                dissection.Ipv4(AddressMask, offset + 8);
                break;
        }
    }

    // Many programs send seconds and microseconds when they asked, in their own order: a day at most from when the packet passed.
    private static bool ReadTime(ref Dissection dissection, int offset)
    {
        const long Second = 1_000_000_000;
        const long Microsecond = 1000;
        const long Day = 86_400;
        const uint MostMicroseconds = 1_000_000;
        if (dissection.Captured(offset, TimeLength) < TimeLength)
            return false;
        uint seconds = dissection.U32(offset);
        uint microseconds = dissection.U32(offset + 4);
        uint swappedSeconds = System.Buffers.Binary.BinaryPrimitives.ReverseEndianness(seconds);
        uint swappedMicroseconds = System.Buffers.Binary.BinaryPrimitives.ReverseEndianness(microseconds);
        long passed = dissection.Nanoseconds / Second;
        bool isSwapped = Math.Abs(passed - swappedSeconds) < Math.Abs(passed - seconds);
        if (isSwapped)
            (seconds, microseconds) = (swappedSeconds, swappedMicroseconds);
        if (Math.Abs(passed - seconds) >= Day || microseconds >= MostMicroseconds)
            return false;
        long time = (seconds * Second) + (microseconds * Microsecond);
        dissection.Fields.Add(DataTime, (ulong)time, offset, TimeLength);
        dissection.Fields.Add(DataTimeRelative, (ulong)(dissection.Nanoseconds - time), offset, TimeLength);
        return true;
    }

    // Milliseconds since midnight.
    private static void ReadTimestamp(ref Dissection dissection, Field field, int offset)
    {
        ulong time = dissection.Number(field, offset, 4);
        if (!dissection.IsShort && dissection.Fields.AreTextsWanted)
            dissection.Fields.SayMore($" ({IcmpTimes.Describe(time, hasFraction: true)} after midnight UTC)");
    }

    private static void ReadExtendedEcho(ref Dissection dissection, byte type, int offset, int length)
    {
        ReadNumber(ref dissection, Identifier, SwappedIdentifier, offset + 4);
        ulong sequence = dissection.Number(EchoSequence, offset + 6, 1);
        if (dissection.IsShort)
            return;
        dissection.Fields.SayMore($" (0x{sequence:x2})");
        if (type == 42)
        {
            dissection.Bits(EchoRequestReserved, offset + 7, 1);
            dissection.Bits(EchoIsLocal, offset + 7, 1);
            if (length > HeaderLength)
                _ = IcmpExtensions.Read(ref dissection, offset + HeaderLength, offset + length);
            return;
        }

        dissection.Bits(EchoState, offset + 7, 1);
        dissection.Bits(EchoReplyReserved, offset + 7, 1);
        dissection.Bits(EchoIsActive, offset + 7, 1);
        dissection.Bits(EchoHasIpv4, offset + 7, 1);
        dissection.Bits(EchoHasIpv6, offset + 7, 1);
    }

    // What follows may be more than the datagram that is quoted: RFC 4884.
    private static bool ReadOriginalLength(ref Dissection dissection, int offset)
    {
        const byte ParameterProblem = 12;
        byte words = dissection.U8(offset + 5);
        if (words == 0)
            return false;
        if (dissection.U8(offset) != ParameterProblem)
            dissection.Part(Unused, offset + 4, 1);
        dissection.Number(OriginalLength, offset + 5, 1);
        dissection.Fields.Add(OriginalOctets, words * 4u, offset + 5, 1);
        return true;
    }

    // Wireshark shows it in both orders: Windows sends it in its own.
    private static void ReadNumber(ref Dissection dissection, Field field, Field swapped, int offset)
    {
        ushort number = (ushort)dissection.Number(field, offset, 2);
        if (dissection.IsShort)
            return;
        dissection.Fields.SayMore($" (0x{number:x4})");
        number = System.Buffers.Binary.BinaryPrimitives.ReverseEndianness(number);
        dissection.Fields.Add(swapped, number, offset, 2);
        dissection.Fields.SayMore($" (0x{number:x4})");
    }
}
