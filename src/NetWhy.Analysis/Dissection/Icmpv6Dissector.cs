using NetWhy.Analysis.Fields;
using NetWhy.Analysis.Summaries;

namespace NetWhy.Analysis.Dissection;

/// <summary>ICMPv6 with Neighbor Discovery, and the packet that an error quotes. Sources: RFC 4443, RFC 4861.</summary>
internal static class Icmpv6Dissector
{
    internal static readonly FieldGroup Group = new("icmpv6", "Internet Control Message Protocol v6");
    // RFC 4191, section 2.1.
    private static readonly Dictionary<ulong, string> Preferences = new()
    {
        [0] = "Medium",
        [1] = "High",
        [2] = "Reserved",
        [3] = "Low",
    };

    private static readonly Field Type = Group.Unsigned("type", "Type", 8, IpNames.Icmp6);
    private static readonly Field Code = Group.Unsigned("code", "Code", 8);
    private static readonly IcmpChecksum Checksum = new(Group, "checksum_bad.expert");
    private static readonly Field Reserved = Group.Octets("reserved", "Reserved");
    private static readonly Field Identifier = Group.Hexadecimal("echo.identifier", "Identifier", 16);
    private static readonly Field Sequence = Group.Unsigned("echo.sequence_number", "Sequence", 16);
    private static readonly Field Mtu = Group.Unsigned("mtu", "MTU", 32);
    private static readonly Field ResponseTo = Group.FrameNumber("resp_to", "Response To").Generated();
    private static readonly Field ResponseTime = Group.Double("resptime", "Response Time").Generated();
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
    private static readonly Field RouterPreference = Group.Unsigned("nd.ra.flag.prf", "Prf (Default Router Preference)", 8, Preferences).Masked(0x18, level: 2);
    private static readonly Field FlagProxy = Group.Flag("nd.ra.flag.p", "Proxy", 8, 0x04, level: 2);
    private static readonly Field RouterReserved = Group.Unsigned("nd.ra.flag.rsv", "Reserved", 8).Masked(0x03, level: 2);
    private static readonly Field RouterLifetime = Group.Unsigned("nd.ra.router_lifetime", "Router lifetime (s)", 16);
    private static readonly Field ReachableTime = Group.Unsigned("nd.ra.reachable_time", "Reachable time (ms)", 32);
    private static readonly Field RetransTimer = Group.Unsigned("nd.ra.retrans_timer", "Retrans timer (ms)", 32);
    private static readonly Field Option = Group.None("opt", "ICMPv6 Option");
    private static readonly Field OptionType = Group.Unsigned("opt.type", "Type", 8, IpNames.NeighborOption).At(2);
    private static readonly Field OptionLength = Group.Unsigned("opt.length", "Length", 8).At(2);
    private static readonly Field LinkAddress = Group.Octets("opt.linkaddr", "Link-layer address").At(2);
    private static readonly Field SourceLinkAddress = Group.Octets("opt.src_linkaddr", "Source Link-layer address").At(2).Hidden();
    private static readonly Field TargetLinkAddress = Group.Octets("opt.target_linkaddr", "Target Link-layer address").At(2).Hidden();
    private static readonly Field OptionReserved = Group.None("opt.reserved", "Reserved").At(2);
    private static readonly Field OptionMtu = Group.Unsigned("opt.mtu", "MTU", 32).At(2);
    private static readonly Field Prefix = Group.Ipv6Address("opt.prefix", "Prefix").At(2);
    private static readonly Field PrefixFlags = Group.Hexadecimal("opt.prefix.flag", "Flag", 8).At(2);
    private static readonly Field FlagOnLink = Group.Flag("opt.prefix.flag.l", "On-link flag(L)", 8, 0x80, level: 3);
    private static readonly Field FlagAutonomous = Group.Flag("opt.prefix.flag.a", "Autonomous address-configuration flag(A)", 8, 0x40, level: 3);
    private static readonly Field FlagRouterAddress = Group.Flag("opt.prefix.flag.r", "Router address flag(R)", 8, 0x20, level: 3);
    private static readonly Field PrefixFlagsReserved = Group.Unsigned("opt.prefix.flag.reserved", "Reserved", 8).Masked(0x1f, level: 3);
    private static readonly Field ValidLifetime = Group.Unsigned("opt.prefix.valid_lifetime", "Valid Lifetime", 32).At(2);
    private static readonly Field PreferredLifetime = Group.Unsigned("opt.prefix.preferred_lifetime", "Preferred Lifetime", 32).At(2);
    private static readonly Field PrefixLength = Group.Unsigned("opt.prefix.length", "Prefix Length", 8).At(2);

    private static readonly Field[] AdvertisementFlagFields = [FlagRouter, FlagSolicited, FlagOverride];
    private static readonly Field[] RouterFlagFields = [FlagManaged, FlagOther, FlagHomeAgent];
    private static readonly Field[] PrefixFlagFields = [FlagOnLink, FlagAutonomous, FlagRouterAddress];

    /// <summary>Reads a message.</summary>
    /// <param name="dissection">The packet.</param>
    /// <param name="offset">Where it begins.</param>
    /// <param name="length">How much there is.</param>
    internal static void Read(ref Dissection dissection, int offset, int length)
    {
        dissection.Protocol(Group.Protocol, offset, length);
        dissection.Number(Type, offset, 1);
        SayType(ref dissection, offset);
        dissection.Number(Code, offset + 1, 1);
        if (dissection.Has(offset, 2) && IpSummary.Icmp6CodeOf(dissection.U8(offset), dissection.U8(offset + 1)) is { } code)
            dissection.Fields.SayMore($" ({code})");
        Checksum.Read(ref dissection, offset, length, hasPseudoHeader: true);
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
                dissection.Fields.Base++;
                DataDissector.Read(ref dissection, offset + 8, length - 8);
                dissection.Fields.Base--;
                break;
            case 133:
                dissection.Part(Reserved, offset + 4, 4);
                ReadOptions(ref dissection, offset + 8, length - 8);
                break;
            case 134:
                dissection.Number(RouterHopLimit, offset + 4, 1);
                ReadRouterFlags(ref dissection, offset + 5);
                dissection.Number(RouterLifetime, offset + 6, 2);
                dissection.Number(ReachableTime, offset + 8, 4);
                dissection.Number(RetransTimer, offset + 12, 4);
                ReadOptions(ref dissection, offset + 16, length - 16);
                break;
            case 135:
                dissection.Part(Reserved, offset + 4, 4);
                dissection.Part(SolicitedAddress, offset + 8, 16);
                ReadOptions(ref dissection, offset + 24, length - 24);
                break;
            case 136:
                dissection.Number(AdvertisementFlags, offset + 4, 4);
                SayFlags(ref dissection, dissection.U32(offset + 4), AdvertisementFlagFields);
                dissection.Bits(FlagRouter, offset + 4, 4);
                dissection.Bits(FlagSolicited, offset + 4, 4);
                dissection.Bits(FlagOverride, offset + 4, 4);
                dissection.Bits(FlagsReserved, offset + 4, 4);
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
        else
            dissection.Part(Reserved, offset + 4, 4);
        bool wasQuoted = dissection.IsQuoted;
        dissection.IsQuoted = true;
        bool wasFrozen = dissection.Freeze();
        dissection.Fields.Base++;
        if (dissection.Enter())
            Ipv6Dissector.Read(ref dissection, offset + 8, length - 8);
        dissection.Leave();
        dissection.Fields.Base--;
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
            int head = dissection.Fields.Last;
            dissection.Fields.SayMore($" ({IpNames.NeighborOption.GetValueOrDefault(type) ?? $"Unknown {type}"}");
            dissection.Number(OptionType, offset, 1);
            dissection.Number(OptionLength, offset + 1, 1);
            dissection.Fields.SayMore($" ({size} bytes)");
            if (type is 1 or 2 && dissection.Has(offset, size))
            {
                dissection.Fields.SayMoreOf(head, $" : {dissection.Octets.Slice(offset + 2, size - 2):mac}");
                dissection.Part(LinkAddress, offset + 2, size - 2);
                dissection.Fields.Say($"{LinkAddress.Label}: {dissection.Octets.Slice(offset + 2, size - 2):mac}");
                dissection.Part(type == 1 ? SourceLinkAddress : TargetLinkAddress, offset + 2, size - 2);
            }
            else if (type == 3 && size == 32)
            {
                if (dissection.Has(offset, size))
                    dissection.Fields.SayMoreOf(head, $" : {dissection.Octets.Slice(offset + 16, 16):ip}/{dissection.U8(offset + 2)}");
                ReadPrefix(ref dissection, offset);
            }
            else if (type == 5)
            {
                dissection.Fields.SayMoreOf(head, $" : {dissection.U32(offset + 4)}");
                dissection.Fields.Add(OptionReserved, 0, offset + 2, 2);
                dissection.Number(OptionMtu, offset + 4, 4);
            }

            dissection.Fields.SayMoreOf(head, $")");
            offset += size;
            length -= size;
        }
    }

    private static void ReadPrefix(ref Dissection dissection, int offset)
    {
        dissection.Number(PrefixLength, offset + 2, 1);
        dissection.Number(PrefixFlags, offset + 3, 1);
        SayFlags(ref dissection, dissection.U8(offset + 3), PrefixFlagFields);
        dissection.Bits(FlagOnLink, offset + 3, 1);
        dissection.Bits(FlagAutonomous, offset + 3, 1);
        dissection.Bits(FlagRouterAddress, offset + 3, 1);
        dissection.Bits(PrefixFlagsReserved, offset + 3, 1);
        ReadLifetime(ref dissection, ValidLifetime, offset + 4);
        ReadLifetime(ref dissection, PreferredLifetime, offset + 8);
        dissection.Fields.Add(OptionReserved, 0, offset + 12, 4);
        dissection.Part(Prefix, offset + 16, 16);
    }

    private static void ReadLifetime(ref Dissection dissection, Field field, int offset)
    {
        uint seconds = (uint)dissection.Number(field, offset, 4);
        dissection.Fields.Say($"{field.Label}: {(seconds == uint.MaxValue ? "Infinity" : $"{seconds} seconds")}");
    }

    private static void ReadRouterFlags(ref Dissection dissection, int offset)
    {
        byte flags = (byte)dissection.Number(RouterFlags, offset, 1);
        SayFlags(ref dissection, flags, RouterFlagFields);
        dissection.Fields.SayMore($", {RouterPreference.Label}: {Preferences[(ulong)(flags >> 3) & 3]}");
        dissection.Bits(FlagManaged, offset, 1);
        dissection.Bits(FlagOther, offset, 1);
        dissection.Bits(FlagHomeAgent, offset, 1);
        dissection.Bits(RouterPreference, offset, 1);
        dissection.Bits(FlagProxy, offset, 1);
        dissection.Bits(RouterReserved, offset, 1);
    }

    // Behind the flags, the names of those that are set.
    private static void SayFlags(ref Dissection dissection, uint flags, Field[] fields)
    {
        foreach (Field flag in fields)
        {
            if ((flags & flag.Mask) != 0)
                dissection.Fields.SayMore($", {flag.Label}");
        }
    }

    // Its names stand before its numbers.
    private static void SayType(ref Dissection dissection, int offset)
    {
        if (dissection.Has(offset, 1) && !IpNames.Icmp6.ContainsKey(dissection.U8(offset)))
            dissection.Fields.Say($"{Type.Label}: Unknown ({dissection.U8(offset)})");
    }
}
