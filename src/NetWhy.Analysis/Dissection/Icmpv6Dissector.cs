using NetWhy.Analysis.Fields;
using NetWhy.Analysis.Summaries;

namespace NetWhy.Analysis.Dissection;

/// <summary>ICMPv6 with Neighbor Discovery, and the packet that an error quotes. Sources: RFC 4443, RFC 4861, RFC 4884, RFC 8335.</summary>
internal static class Icmpv6Dissector
{
    internal static readonly FieldGroup Group = new("icmpv6", "Internet Control Message Protocol v6");
    private static readonly Field Type = Group.Unsigned("type", "Type", 8, IpNames.Icmp6);
    private static readonly Field Code = Group.Unsigned("code", "Code", 8);
    private static readonly IcmpChecksum Checksum = new(Group, "checksum_bad.expert");
    internal static readonly Field Reserved = Group.Octets("reserved", "Reserved");
    private static readonly Field Identifier = Group.Hexadecimal("echo.identifier", "Identifier", 16);
    private static readonly Field Sequence = Group.Unsigned("echo.sequence_number", "Sequence", 16);
    private static readonly Field Mtu = Group.Unsigned("mtu", "MTU", 32);
    private static readonly EchoFields Pair = new(Group, requestFrame: "Response To", responseFrame: "Response In", time: "Response Time", request: 128, reply: 129);
    private static readonly Field Pointer = Group.Unsigned("pointer", "Pointer", 32);
    private static readonly Field SolicitedAddress = Group.Ipv6Address("nd.ns.target_address", "Target Address");
    private static readonly Field AdvertisedAddress = Group.Ipv6Address("nd.na.target_address", "Target Address");
    private static readonly Field AdvertisementFlags = Group.Hexadecimal("nd.na.flag", "Flags", 32);
    private static readonly Field FlagRouter = Group.Flag("nd.na.flag.r", "Router", 32, 0x8000_0000, level: 2);
    private static readonly Field FlagSolicited = Group.Flag("nd.na.flag.s", "Solicited", 32, 0x4000_0000, level: 2);
    private static readonly Field FlagOverride = Group.Flag("nd.na.flag.o", "Override", 32, 0x2000_0000, level: 2);
    private static readonly Field FlagsReserved = Group.Unsigned("nd.na.flag.rsv", "Reserved", 32).Masked(0x1fff_ffff, level: 2);
    private static readonly Field RouterHopLimit = Group.Unsigned("nd.ra.cur_hop_limit", "Cur hop limit", 8);
    private static readonly Field RouterFlags = Group.Hexadecimal("nd.ra.flag", "Flags", 8);
    private static readonly Field FlagManaged = Group.Flag("nd.ra.flag.m", "Managed address configuration", 8, 0x80, level: 2);
    private static readonly Field FlagOther = Group.Flag("nd.ra.flag.o", "Other configuration", 8, 0x40, level: 2);
    private static readonly Field FlagHomeAgent = Group.Flag("nd.ra.flag.h", "Home Agent", 8, 0x20, level: 2);
    private static readonly Field RouterPreference = Group.Unsigned("nd.ra.flag.prf", "Prf (Default Router Preference)", 8, Icmpv6Names.Preference).Masked(0x18, level: 2);
    private static readonly Field FlagProxy = Group.Flag("nd.ra.flag.p", "Proxy", 8, 0x04, level: 2);
    private static readonly Field RouterReserved = Group.Unsigned("nd.ra.flag.rsv", "Reserved", 8).Masked(0x03, level: 2);
    private static readonly Field RouterLifetime = Group.Unsigned("nd.ra.router_lifetime", "Router lifetime (s)", 16);
    private static readonly Field ReachableTime = Group.Unsigned("nd.ra.reachable_time", "Reachable time (ms)", 32);
    private static readonly Field RetransTimer = Group.Unsigned("nd.ra.retrans_timer", "Retrans timer (ms)", 32);
    internal static readonly Field Data = Group.Octets("data", "Data");
    internal static readonly Field UnknownData = Group.Octets("unknown_data", "Unknown Data");
    private static readonly Field OriginalLength = Group.Unsigned("length", "Length of original datagram", 8);
    private static readonly Field BetterAddress = Group.Ipv6Address("nd.rd.target_address", "Target Address");
    private static readonly Field RedirectedAddress = Group.Ipv6Address("rd.na.destination_address", "Destination Address");
    private static readonly Field EchoSequence = Group.Unsigned("ext.echo.seq", "Sequence number", 8);
    private static readonly Field EchoRequestReserved = Group.Hexadecimal("ext.echo.req.res", "Reserved", 8).Masked(0xfe);
    private static readonly Field EchoIsLocal = Group.Flag("ext.echo.req.local", "Local bit", 8, 0x1, level: 1);
    private static readonly Field EchoState = Group.Unsigned("ext.echo.rsp.state", "State", 8, Icmpv6Names.NeighborState).Masked(0xe0);
    private static readonly Field EchoReplyReserved = Group.Hexadecimal("ext.echo.rsp.res", "Reserved", 8).Masked(0x18);
    private static readonly Field EchoIsActive = Group.Flag("ext.echo.rsp.active", "Active bit", 8, 0x4, level: 1);
    private static readonly Field EchoHasIpv4 = Group.Flag("ext.echo.rsp.ipv4", "IPv4 bit", 8, 0x2, level: 1);
    private static readonly Field EchoHasIpv6 = Group.Flag("ext.echo.rsp.ipv6", "IPv6 bit", 8, 0x1, level: 1);
    internal static readonly Field UnknownRemark = Group.Finding("unknown_data.expert", "Unknown Data (not interpreted)", Severity.Error, ExpertGroup.Malformed);
    private static readonly Field Undecoded = Group.Finding("undecoded.type", "Undecoded type", Severity.Note, ExpertGroup.Undecoded);

    private const int HeaderLength = 8;
    private static readonly Field[] AdvertisementParts = [FlagRouter, FlagSolicited, FlagOverride, FlagsReserved];
    private static readonly Field[] RouterParts = [FlagManaged, FlagOther, FlagHomeAgent, RouterPreference, FlagProxy, RouterReserved];

    /// <summary>Reads a message.</summary>
    /// <param name="dissection">The packet.</param>
    /// <param name="offset">Where it begins.</param>
    /// <param name="length">How much there is.</param>
    internal static void Read(ref Dissection dissection, int offset, int length)
    {
        dissection.Protocol(Group.Protocol, offset, length);
        int head = dissection.Fields.Last;
        dissection.Summary?.Begin("ICMPv6"u8);
        dissection.Number(Type, offset, 1);
        IpSummary.WriteIcmp6(ref dissection, offset, length);
        SayType(ref dissection, offset);
        dissection.Number(Code, offset + 1, 1);
        if (dissection.Has(offset, 2) && dissection.Fields.AreTextsWanted && CodeOf(ref dissection, offset) is { } code)
            dissection.Fields.SayMore($" ({code})");
        Checksum.Read(ref dissection, offset, length, hasPseudoHeader: true);
        if (dissection.IsShort)
            return;
        ReadOnlySpan<byte> before = dissection.Narrow(offset + length);
        ReadMessage(ref dissection, head, offset, length);
        dissection.Widen(before);
    }

    private static void ReadMessage(ref Dissection dissection, int head, int offset, int length)
    {
        int end = offset + length;
        byte type = dissection.U8(offset);
        switch (type)
        {
            case >= 1 and <= 4:
                ReadError(ref dissection, offset, length);
                break;
            case 128 or 129:
                dissection.Number(Identifier, offset + 4, 2);
                dissection.Number(Sequence, offset + 6, 2);
                EchoPair.Read(ref dissection, offset + 4, isRequest: type == 128, Pair);
                ReadData(ref dissection, offset + HeaderLength, length - HeaderLength);
                break;
            case >= 130 and <= 132:
                ListenerMessages.Read(ref dissection, offset, length, isQuery: type == 130);
                break;
            case 133 or 141 or 142:
                dissection.Part(Reserved, offset + 4, 4);
                ReadOptions(ref dissection, offset, HeaderLength, end);
                break;
            case 134:
                ReadRouterAdvertisement(ref dissection, offset, end);
                break;
            case 135:
                dissection.Part(Reserved, offset + 4, 4);
                dissection.Part(SolicitedAddress, offset + 8, 16);
                ReadOptions(ref dissection, offset, 24, end);
                break;
            case 136:
                dissection.Flags(AdvertisementFlags, offset + 4, AdvertisementParts);
                dissection.Part(AdvertisedAddress, offset + 8, 16);
                ReadOptions(ref dissection, offset, 24, end);
                break;
            case 137:
                dissection.Part(Reserved, offset + 4, 4);
                dissection.Part(BetterAddress, offset + 8, 16);
                dissection.Part(RedirectedAddress, offset + 24, 16);
                ReadOptions(ref dissection, offset, 40, end);
                break;
            case 138:
                RouterRenumbering.Read(ref dissection, offset, end);
                break;
            case 139:
                NodeInformation.ReadQuery(ref dissection, offset);
                break;
            case 140:
                NodeInformation.ReadReply(ref dissection, offset, end);
                break;
            case 143:
                ListenerMessages.ReadReport(ref dissection, offset);
                break;
            case >= 144 and <= 147:
                MobilityMessages.Read(ref dissection, offset, end);
                break;
            case 148 or 149:
                MobilityMessages.ReadPath(ref dissection, offset, end);
                break;
            case 150 or 154:
                MobilityMessages.ReadHandover(ref dissection, offset, end);
                break;
            case 151:
                ListenerMessages.ReadRouter(ref dissection, offset);
                break;
            case 152 or 153:
                break;
            case 155:
                RplMessages.Read(ref dissection, offset, end);
                break;
            case 156:
                LowPowerMessages.ReadLocators(ref dissection, offset);
                break;
            case 157 or 158:
                LowPowerMessages.ReadDuplicate(ref dissection, offset);
                break;
            case 159:
                LowPowerMessages.ReadSeeds(ref dissection, offset, end);
                break;
            case 160 or 161:
                ReadExtendedEcho(ref dissection, type, offset, end);
                break;
            default:
                dissection.Fields.RemarkOf(head, Undecoded, offset, $"Dissector for ICMPv6 Type ({type}) code not implemented, Contact Wireshark developers if you want this supported");
                dissection.Part(Data, offset + 4, length - 4);
                break;
        }
    }

    private static string? CodeOf(ref Dissection dissection, int offset)
    {
        byte type = dissection.U8(offset);
        byte code = dissection.U8(offset + 1);
        return type is 150 or 154 && dissection.Captured(offset, 5) == 5
            ? MobilityMessages.HandoverCodeOf(dissection.U8(offset + 4), code)
            : IpSummary.Icmp6CodeOf(type, code);
    }

    private static void ReadOptions(ref Dissection dissection, int offset, int head, int end)
    {
        if (!dissection.IsShort)
            NeighborOptions.Read(ref dissection, offset, offset + head, end);
    }

    private static void ReadRouterAdvertisement(ref Dissection dissection, int offset, int end)
    {
        dissection.Number(RouterHopLimit, offset + 4, 1);
        dissection.Flags(RouterFlags, offset + 5, RouterParts);
        dissection.Number(RouterLifetime, offset + 6, 2);
        dissection.Number(ReachableTime, offset + 8, 4);
        dissection.Number(RetransTimer, offset + 12, 4);
        ReadOptions(ref dissection, offset, 16, end);
    }

    private static void ReadError(ref Dissection dissection, int offset, int length)
    {
        int words = 0; // of eight octets each
        if (dissection.U8(offset) == 2)
        {
            dissection.Number(Mtu, offset + 4, 4);
        }
        else if (dissection.U8(offset) == 4)
        {
            dissection.Number(Pointer, offset + 4, 4);
        }
        else
        {
            words = dissection.U8(offset + 4);
            if (words != 0)
                dissection.Number(OriginalLength, offset + 4, 1);
            dissection.Part(Reserved, offset + (words == 0 ? 4 : 5), words == 0 ? 4 : 3);
        }

        if (dissection.IsShort)
            return;
        int first = dissection.Fields.Last + 1;
        ReadQuoted(ref dissection, offset + HeaderLength, length - HeaderLength, 1);
        int rest = dissection.Fields.Last + 1;
        int extensions = HeaderLength + (words * 8);
        if (words != 0 && extensions < length)
            ReadExtensions(ref dissection, offset + extensions, offset + length);
        dissection.PutBehind(first, rest);
    }

    // Those that are not understood are data.
    private static void ReadExtensions(ref Dissection dissection, int offset, int end)
    {
        if (!IcmpExtensions.Read(ref dissection, offset, end))
            ReadData(ref dissection, offset, end - offset);
    }

    private static void ReadData(ref Dissection dissection, int offset, int length)
    {
        dissection.Fields.Base++;
        DataDissector.Read(ref dissection, offset, length);
        dissection.Fields.Base--;
    }

    /// <summary>Reads a packet that lies in a message.</summary>
    /// <param name="dissection">The packet that it is quoted in.</param>
    /// <param name="offset">Where it begins.</param>
    /// <param name="length">How much there is of it.</param>
    /// <param name="level">How deep it lies.</param>
    internal static void ReadQuoted(ref Dissection dissection, int offset, int length, byte level)
    {
        bool wasQuoted = dissection.IsQuoted;
        dissection.IsQuoted = true;
        bool wasFrozen = dissection.Freeze();
        dissection.Fields.Base += level;
        if (dissection.Enter())
            Ipv6Dissector.Read(ref dissection, offset, length);
        dissection.Leave();
        dissection.TakeNoteOfQuoted(Ipv6Fields.Group.Protocol);
        dissection.Fields.Base -= level;
        dissection.IsQuoted = wasQuoted;
        dissection.Thaw(wasFrozen);
    }

    /// <summary>Adds what is left of an option.</summary>
    /// <param name="dissection">The packet.</param>
    /// <param name="offset">Where it begins.</param>
    /// <param name="length">How much it is.</param>
    internal static void ReadUnknown(ref Dissection dissection, int offset, int length)
    {
        dissection.Fields.Depth = 2;
        dissection.Part(UnknownData, offset, length);
        dissection.Fields.Depth = 0;
        if (!dissection.IsShort)
            dissection.Remark(UnknownRemark, offset);
    }

    private static void ReadExtendedEcho(ref Dissection dissection, byte type, int offset, int end)
    {
        dissection.Number(Identifier, offset + 4, 2);
        ulong sequence = dissection.Number(EchoSequence, offset + 6, 1);
        if (dissection.IsShort)
            return;
        dissection.Fields.SayMore($" (0x{sequence:x2})");
        if (type == 160)
        {
            dissection.Bits(EchoRequestReserved, offset + 7, 1);
            dissection.Bits(EchoIsLocal, offset + 7, 1);
            if (!dissection.IsShort)
                ReadExtensions(ref dissection, offset + HeaderLength, end);
            return;
        }

        dissection.Bits(EchoState, offset + 7, 1);
        dissection.Bits(EchoReplyReserved, offset + 7, 1);
        dissection.Bits(EchoIsActive, offset + 7, 1);
        dissection.Bits(EchoHasIpv4, offset + 7, 1);
        dissection.Bits(EchoHasIpv6, offset + 7, 1);
    }

    // Its names stand before its numbers.
    private static void SayType(ref Dissection dissection, int offset)
    {
        if (dissection.Has(offset, 1) && !IpNames.Icmp6.ContainsKey(dissection.U8(offset)))
            dissection.Fields.Say($"{Type.Label}: Unknown ({dissection.U8(offset)})");
    }
}
