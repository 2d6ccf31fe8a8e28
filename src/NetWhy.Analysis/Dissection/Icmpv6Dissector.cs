using NetWhy.Analysis.Fields;
using NetWhy.Analysis.Summaries;

namespace NetWhy.Analysis.Dissection;

/// <summary>ICMPv6 with Neighbor Discovery, and the packet that an error quotes. Sources: RFC 4443, RFC 4861.</summary>
internal static class Icmpv6Dissector
{
    internal static readonly FieldGroup Group = new("icmpv6", "Internet Control Message Protocol v6");
    private static readonly Field Type = Group.Unsigned("type", "Type", 8);
    private static readonly Field Code = Group.Unsigned("code", "Code", 8);
    private static readonly Field Checksum = Group.Hexadecimal("checksum", "Checksum", 16);
    private static readonly Field Identifier = Group.Hexadecimal("echo.identifier", "Identifier", 16);
    private static readonly Field Sequence = Group.Unsigned("echo.sequence_number", "Sequence number", 16);
    private static readonly Field Mtu = Group.Unsigned("mtu", "MTU of the next hop", 32);
    private static readonly Field ResponseTo = Group.FrameNumber("resp_to", "Packet of the request");
    private static readonly Field ResponseTime = Group.Double("resptime", "Milliseconds from the request to its reply");
    private static readonly Field Pointer = Group.Unsigned("pointer", "Octet that is wrong", 32);
    private static readonly Field SolicitedAddress = Group.Ipv6Address("nd.ns.target_address", "Address that is asked for");
    private static readonly Field AdvertisedAddress = Group.Ipv6Address("nd.na.target_address", "Address that is told of");
    private static readonly Field FlagRouter = Group.Boolean("nd.na.flag.r", "Router");
    private static readonly Field FlagSolicited = Group.Boolean("nd.na.flag.s", "Solicited");
    private static readonly Field FlagOverride = Group.Boolean("nd.na.flag.o", "Override");
    private static readonly Field RouterHopLimit = Group.Unsigned("nd.ra.cur_hop_limit", "Hop limit", 8);
    private static readonly Field RouterLifetime = Group.Unsigned("nd.ra.router_lifetime", "Lifetime of the router, in seconds", 16);
    private static readonly Field ReachableTime = Group.Unsigned("nd.ra.reachable_time", "Reachable time, in milliseconds", 32);
    private static readonly Field RetransTimer = Group.Unsigned("nd.ra.retrans_timer", "Retransmission timer, in milliseconds", 32);
    private static readonly Field Option = Group.None("opt", "Option");
    private static readonly Field OptionType = Group.Unsigned("opt.type", "Type of option", 8);
    private static readonly Field OptionLength = Group.Unsigned("opt.length", "Length of option, in units of 8 octets", 8);
    private static readonly Field LinkAddress = Group.Octets("opt.linkaddr", "Link address");
    private static readonly Field OptionMtu = Group.Unsigned("opt.mtu", "MTU", 32);
    private static readonly Field Prefix = Group.Ipv6Address("opt.prefix", "Prefix");
    private static readonly Field PrefixLength = Group.Unsigned("opt.prefix.length", "Length of the prefix", 8);

    /// <summary>Reads a message.</summary>
    /// <param name="dissection">The packet.</param>
    /// <param name="offset">Where it begins.</param>
    /// <param name="length">How much there is.</param>
    internal static void Read(ref Dissection dissection, int offset, int length)
    {
        dissection.Protocol(Group.Protocol, offset, length);
        dissection.Number(Type, offset, 1);
        dissection.Number(Code, offset + 1, 1);
        dissection.Number(Checksum, offset + 2, 2);
        if (dissection.IsShort)
            return;
        IpSummary.WriteIcmp6(ref dissection, offset, length);
        switch (dissection.U8(offset))
        {
            case >= 1 and <= 4:
                ReadError(ref dissection, offset, length);
                break;
            case 128 or 129:
                dissection.Number(Identifier, offset + 4, 2);
                dissection.Number(Sequence, offset + 6, 2);
                EchoPair.Read(ref dissection, offset + 4, isRequest: dissection.U8(offset) == 128, ResponseTo, ResponseTime);
                DataDissector.Read(ref dissection, offset + 8, length - 8);
                break;
            case 133:
                ReadOptions(ref dissection, offset + 8, length - 8);
                break;
            case 134:
                dissection.Number(RouterHopLimit, offset + 4, 1);
                dissection.Number(RouterLifetime, offset + 6, 2);
                dissection.Number(ReachableTime, offset + 8, 4);
                dissection.Number(RetransTimer, offset + 12, 4);
                ReadOptions(ref dissection, offset + 16, length - 16);
                break;
            case 135:
                dissection.Part(SolicitedAddress, offset + 8, 16);
                ReadOptions(ref dissection, offset + 24, length - 24);
                break;
            case 136:
                dissection.Bits(FlagRouter, offset + 4, 4, 0x8000_0000);
                dissection.Bits(FlagSolicited, offset + 4, 4, 0x4000_0000);
                dissection.Bits(FlagOverride, offset + 4, 4, 0x2000_0000);
                dissection.Part(AdvertisedAddress, offset + 8, 16);
                ReadOptions(ref dissection, offset + 24, length - 24);
                break;
        }
    }

    private static void ReadError(ref Dissection dissection, int offset, int length)
    {
        if (dissection.U8(offset) == 2)
            dissection.Number(Mtu, offset + 4, 4);
        else if (dissection.U8(offset) == 4)
            dissection.Number(Pointer, offset + 4, 4);
        bool wasQuoted = dissection.IsQuoted;
        dissection.IsQuoted = true;
        bool wasFrozen = dissection.Freeze();
        if (dissection.Enter())
            Ipv6Dissector.Read(ref dissection, offset + 8, length - 8);
        dissection.Leave();
        dissection.IsQuoted = wasQuoted;
        dissection.Thaw(wasFrozen);
    }

    private static void ReadOptions(ref Dissection dissection, int offset, int length)
    {
        while (length >= 8 && dissection.Has(offset, 8))
        {
            byte type = dissection.U8(offset);
            int size = dissection.U8(offset + 1) * 8;
            if (size == 0)
                return;
            dissection.Fields.Add(Option, 0, offset, size);
            dissection.Number(OptionType, offset, 1);
            dissection.Number(OptionLength, offset + 1, 1);
            if (type is 1 or 2)
                dissection.Part(LinkAddress, offset + 2, size - 2);
            else if (type == 3 && size == 32)
                ReadPrefix(ref dissection, offset);
            else if (type == 5)
                dissection.Number(OptionMtu, offset + 4, 4);
            offset += size;
            length -= size;
        }
    }

    private static void ReadPrefix(ref Dissection dissection, int offset)
    {
        dissection.Number(PrefixLength, offset + 2, 1);
        dissection.Part(Prefix, offset + 16, 16);
    }
}
