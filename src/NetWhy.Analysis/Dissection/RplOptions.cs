using NetWhy.Analysis.Fields;

namespace NetWhy.Analysis.Dissection;

/// <summary>Options of RPL. Sources: RFC 6550, section 6.7; RFC 6997, section 7.</summary>
internal static class RplOptions
{
    internal static readonly FieldGroup Group = new(Icmpv6Dissector.Group);
    private static readonly Field Type = Group.Unsigned("rpl.opt.type", "Type", 8, Icmpv6Names.RplOption).At(2);
    private static readonly Field Length = Group.Unsigned("rpl.opt.length", "Length", 8).At(2);
    private static readonly Field Reserved = Group.None("rpl.opt.reserved", "Reserved").At(2);
    private static readonly Field Padding = Group.None("rpl.opt.padn", "Paddn").At(2);
    private static readonly Field RouteLength = Group.Unsigned("rpl.opt.route.prefix_length", "Prefix Length", 8).At(2);
    private static readonly Field RouteFlags = Group.Hexadecimal("rpl.opt.route.flag", "Flag", 8).At(2);
    private static readonly Field RoutePreference = Group.Unsigned("rpl.opt.route.pref", "Preference", 8, Icmpv6Names.Preference).Masked(0x18, level: 3);
    private static readonly Field RouteReserved = Group.Unsigned("rpl.opt.route.reserved", "Reserved", 8).Masked(0xe7, level: 3);
    private static readonly Field RouteLifetime = Group.Unsigned("rpl.opt.route.lifetime", "Route Lifetime", 32, Icmpv6Names.Lifetime).At(2).SpecialNames();
    private static readonly Field RoutePrefix = Group.Ipv6Address("rpl.opt.route.prefix", "Prefix").At(2);
    private static readonly Field GraphFlags = Group.Hexadecimal("rpl.opt.config.flag", "Flag", 8).At(2);
    private static readonly Field GraphReserved = Group.Unsigned("rpl.opt.config.reserved", "Reserved", 8).Masked(0xf0, level: 3);
    private static readonly Field IsAuthenticated = Group.Flag("rpl.opt.config.auth", "Authentication Enabled", 8, 0x8, level: 3);
    private static readonly Field PathControlSize = Group.Unsigned("rpl.opt.config.pcs", "Path Control Size", 8).Masked(0x7, level: 3);
    private static readonly Field IntervalDoublings = Group.Unsigned("rpl.opt.config.interval_double", "DIOIntervalDoublings", 8).At(2);
    private static readonly Field LeastInterval = Group.Unsigned("rpl.opt.config.interval_min", "DIOIntervalMin", 16).At(2);
    private static readonly Field Redundancy = Group.Unsigned("rpl.opt.config.redundancy", "DIORedundancyConstant", 8).At(2);
    private static readonly Field MostRankIncrease = Group.Unsigned("rpl.opt.config.max_rank_inc", "MaxRankInc", 16).At(2);
    private static readonly Field LeastHopRankIncrease = Group.Unsigned("rpl.opt.config.min_hop_rank_inc", "MinHopRankInc", 16).At(2);
    private static readonly Field ObjectiveCode = Group.Unsigned("rpl.opt.config.ocp", "OCP (Objective Code Point)", 16).At(2);
    private static readonly Field ConfigurationReserved = Group.Unsigned("rpl.opt.config.rsv", "Reserved", 8).At(2);
    private static readonly Field DefaultLifetime = Group.Unsigned("rpl.opt.config.def_lifetime", "Default Lifetime", 8).At(2);
    private static readonly Field LifetimeUnit = Group.Unsigned("rpl.opt.config.lifetime_unit", "Lifetime Unit", 16).At(2);
    private static readonly Field TargetFlags = Group.None("rpl.opt.target.flag", "Reserved").At(2);
    private static readonly Field TargetLength = Group.Unsigned("rpl.opt.target.prefix_length", "Target Length", 8).At(2);
    private static readonly Field Target = Group.Ipv6Address("rpl.opt.target.prefix", "Target").At(2);
    private static readonly Field TransitFlags = Group.Hexadecimal("rpl.opt.transit.flag", "Flags", 8).At(2);
    private static readonly Field IsExternal = Group.Flag("rpl.opt.transit.flag.e", "External", 8, 0x80, level: 3);
    private static readonly Field TransitReserved = Group.Unsigned("rpl.opt.transit.flag.rsv", "Reserved", 8).Masked(0x7f, level: 3);
    private static readonly Field PathControl = Group.Unsigned("rpl.opt.transit.pathctl", "Path Control", 8).At(2);
    private static readonly Field PathSequence = Group.Unsigned("rpl.opt.transit.pathseq", "Path Sequence", 8).At(2);
    private static readonly Field PathLifetime = Group.Unsigned("rpl.opt.transit.pathlifetime", "Path Lifetime", 8).At(2);
    private static readonly Field Parent = Group.Ipv6Address("rpl.opt.transit.parent", "Parent Address").At(2);
    private static readonly Field SolicitedInstance = Group.Unsigned("rpl.opt.solicited.instance", "Instance", 8).At(2);
    private static readonly Field SolicitedFlags = Group.Hexadecimal("rpl.opt.solicited.flag", "Flag", 8).At(2);
    private static readonly Field MatchesVersion = Group.Boolean("rpl.opt.solicited.flag.v", "Version predicate", 8).Masked(0x80, level: 3).Saying("False", "True");
    private static readonly Field MatchesInstance = Group.Boolean("rpl.opt.solicited.flag.i", "InstanceID predicate", 8).Masked(0x40, level: 3).Saying("False", "True");
    private static readonly Field MatchesGraph = Group.Boolean("rpl.opt.solicited.flag.d", "DODAGID predicate", 8).Masked(0x20, level: 3).Saying("False", "True");
    private static readonly Field SolicitedReserved = Group.Unsigned("rpl.opt.solicited.flag.rsv", "Reserved", 8).Masked(0x1f, level: 3);
    private static readonly Field SolicitedGraphId = Group.Ipv6Address("rpl.opt.solicited.dodagid", "DODAGID").At(2);
    private static readonly Field SolicitedVersion = Group.Unsigned("rpl.opt.solicited.version", "Version", 8).At(2);
    private static readonly Field PrefixLength = Group.Unsigned("rpl.opt.prefix.length", "Prefix Length", 8).At(2);
    private static readonly Field PrefixFlags = Group.Hexadecimal("rpl.opt.prefix.flag", "Flag", 8).At(2);
    private static readonly Field PrefixOnLink = Group.Flag("rpl.opt.prefix.flag.l", "On Link", 8, 0x80, level: 3);
    private static readonly Field PrefixAutonomous = Group.Flag("rpl.opt.config.flag.a", "Auto Address Config", 8, 0x40, level: 3);
    private static readonly Field PrefixRouterAddress = Group.Flag("rpl.opt.config.flag.r", "Router Address", 8, 0x20, level: 3);
    private static readonly Field PrefixReserved = Group.Unsigned("rpl.opt.config.flag.rsv", "Reserved", 8).Masked(0x1f, level: 3);
    private static readonly Field ValidLifetime = Group.Unsigned("rpl.opt.prefix.valid_lifetime", "Valid Lifetime", 32, Icmpv6Names.Lifetime).At(2).SpecialNames();
    private static readonly Field PreferredLifetime = Group.Unsigned("rpl.opt.prefix.preferred_lifetime", "Preferred Lifetime", 32, Icmpv6Names.Lifetime).At(2).SpecialNames();
    private static readonly Field Prefix = Group.Ipv6Address("rpl.opt.prefix", "Destination Prefix").At(2);
    private static readonly Field TargetDescriptor = Group.Hexadecimal("rpl.opt.targetdesc.descriptor", "Descriptor", 32).At(2);
    private static readonly Field DiscoveryFlags = Group.None("rpl.opt.routediscovery.flag", "Flags").At(2);
    private static readonly Field Replies = Group.Boolean("rpl.opt.routediscovery.flag.reply", "Reply", 8).Masked(0x80, level: 3).Saying("No", "Yes");
    private static readonly Field IsHopByHop = Group.Boolean("rpl.opt.routediscovery.flag.hopbyhop", "Hop-by-Hop", 8).Masked(0x40, level: 3).Saying("No", "Yes");
    private static readonly Field RouteCount = Group.Unsigned("rpl.opt.routediscovery.flag.numofroutes", "Number of Routes", 8).Masked(0x30, level: 3);
    private static readonly Field Compression = Group.Unsigned("rpl.opt.routediscovery.flag.compr", "Compr", 8).Masked(0xf, level: 3);
    private static readonly Field DiscoveryLifetime = Group.Unsigned("rpl.opt.routediscovery.lifetime", "Lifetime", 8).Masked(0xc0, level: 2);
    private static readonly Field MostRank = Group.Unsigned("rpl.opt.routediscovery.maxrank", "MaxRank", 8).Masked(0x3f, level: 2);
    private static readonly Field NextHop = Group.Unsigned("rpl.opt.routediscovery.nh", "NH", 8).Masked(0x3f, level: 2);
    private static readonly Field DiscoveredTarget = Group.Ipv6Address("rpl.opt.routediscovery.targetaddr", "Target Address").At(2);
    private static readonly Field AddressVector = Group.None("rpl.opt.routediscovery.addr_vec", "Address Vector").At(2);
    private static readonly Field VectorAddress = Group.Ipv6Address("rpl.opt.routediscovery.addrvec.addr", "Address").At(3);
    private static readonly Field Undecoded = Group.Finding("undecoded.rpl_option", "Undecoded RPL Option", Severity.Note, ExpertGroup.Undecoded);
    private static readonly Field HopByHopWithoutReply = Group.Finding("rpl.p2p.hop_by_hop", "Reply MUST be set to one in order to establish a Hop-by-Hop Route", Severity.Warning, ExpertGroup.Protocol);
    private static readonly Field RoutesOfHopByHop = Group.Finding("rpl.p2p.num_of_routes", "This field MUST be set to zero when Hop-by-Hop Routes are being discovered", Severity.Warning, ExpertGroup.Protocol);
    private static readonly Field NotZeroInReply = Group.Finding("rpl.p2p.dro.rdo.zero", "This field MUST be set to zero when the P2P-RDO is included in a P2P-DRO", Severity.Warning, ExpertGroup.Protocol);

    private const int AddressLength = 16;
    private static readonly Field[] RouteParts = [RoutePreference, RouteReserved];
    private static readonly Field[] GraphParts = [GraphReserved, IsAuthenticated, PathControlSize];
    private static readonly Field[] TransitParts = [IsExternal, TransitReserved];
    private static readonly Field[] SolicitedParts = [MatchesVersion, MatchesInstance, MatchesGraph, SolicitedReserved];
    private static readonly Field[] PrefixParts = [PrefixOnLink, PrefixAutonomous, PrefixRouterAddress, PrefixReserved];

    /// <summary>Reads options up to the end of a message.</summary>
    /// <param name="dissection">The packet; nothing can be read behind the message.</param>
    /// <param name="offset">Where the options begin.</param>
    /// <param name="end">Where the message ends.</param>
    /// <param name="isReply">Whether they are those of the reply of a discovery.</param>
    internal static void Read(ref Dissection dissection, int offset, int end, bool isReply)
    {
        while (offset < end && dissection.Need(offset, 1))
        {
            byte type = dissection.U8(offset);
            int length = type != 0 && dissection.Need(offset, 2) ? dissection.U8(offset + 1) : 0;
            dissection.Fields.Add(NeighborOptions.Option, 0, offset, type == 0 ? 1 : length + 2);
            dissection.Fields.Say($"ICMPv6 RPL Option");
            int head = dissection.Fields.Last;
            dissection.Fields.SayMore($" ({Icmpv6Names.RplOption.GetValueOrDefault(type) ?? $"Unknown {type}"}");
            dissection.Number(Type, offset, 1);
            offset++;
            int at = offset;
            if (type != 0)
            {
                dissection.Number(Length, offset, 1);
                if (dissection.IsShort)
                    return;
                at = ReadValue(ref dissection, type, offset + 1, length, head, dissection.Fields.Last, isReply);
                offset += 1 + length;
            }

            if (!dissection.IsShort && at < offset)
                Icmpv6Dissector.ReadUnknown(ref dissection, at, offset - at);
            if (dissection.IsShort)
                return;
            dissection.Fields.SayMoreOf(head, $")");
        }
    }

    // Where what is known of the option ends.
    private static int ReadValue(ref Dissection dissection, byte type, int offset, int length, int head, int size, bool isReply)
    {
        switch (type)
        {
            case 1:
                Omit(ref dissection, Padding, offset, length);
                if (!dissection.IsShort)
                    dissection.Fields.SayMore($" (Length : {length} bytes)");
                return offset + length;
            case 2:
                return RplMetrics.Read(ref dissection, offset, offset + length);
            case 3:
                return ReadRoute(ref dissection, offset, length, head, size);
            case 4:
                return ReadConfiguration(ref dissection, offset);
            case 5:
                Omit(ref dissection, TargetFlags, offset, 1);
                dissection.Number(TargetLength, offset + 1, 1);
                return ReadPrefix(ref dissection, Target, offset + 2, length - 2, dissection.U8(offset + 1), head, size);
            case 6:
                return ReadTransit(ref dissection, offset, length, head);
            case 7:
                dissection.Number(SolicitedInstance, offset, 1);
                dissection.Flags(SolicitedFlags, offset + 1, SolicitedParts);
                dissection.Part(SolicitedGraphId, offset + 2, AddressLength);
                dissection.Number(SolicitedVersion, offset + 18, 1);
                return offset + 19;
            case 8:
                dissection.Number(PrefixLength, offset, 1);
                dissection.Flags(PrefixFlags, offset + 1, PrefixParts);
                dissection.Number(ValidLifetime, offset + 2, 4);
                dissection.Number(PreferredLifetime, offset + 6, 4);
                Omit(ref dissection, Reserved, offset + 10, 4);
                return ReadPrefix(ref dissection, Prefix, offset + 14, AddressLength, dissection.U8(offset), head, size);
            case 9:
                dissection.Number(TargetDescriptor, offset, 4);
                return offset + 4;
            case 10:
                return ReadDiscovery(ref dissection, offset, length, isReply);
            default:
                dissection.Fields.RemarkOf(head, Undecoded, offset, $"Dissector for ICMPv6 RPL Option ({type}) code not implemented, Contact Wireshark developers if you want this supported");
                dissection.Fields.Depth = 2;
                dissection.Part(Icmpv6Dissector.Data, offset, length);
                dissection.Fields.Depth = 0;
                return offset + length;
        }
    }

    // What has no value.
    private static void Omit(ref Dissection dissection, Field field, int offset, int length)
    {
        if (dissection.Need(offset, length))
            dissection.Fields.Add(field, 0, offset, length);
    }

    // Of an address, only the octets that the prefix needs are sent.
    private static int ReadPrefix(ref Dissection dissection, Field field, int offset, int length, int bits, int head, int size)
    {
        if (dissection.IsShort)
            return offset;
        if (length > AddressLength)
        {
            NeighborOptions.RemarkLength(ref dissection, size, offset);
            return offset;
        }

        if (!dissection.Need(offset, length))
            return offset;
        if (length > 0)
            dissection.Ipv6Part(field, offset, length);
        SayPrefix(ref dissection, offset, length, bits, head);
        return offset + length;
    }

    private static void SayPrefix(ref Dissection dissection, int offset, int length, int bits, int head)
    {
        if (!dissection.Fields.AreTextsWanted)
            return;
        Span<byte> address = stackalloc byte[AddressLength];
        address.Clear();
        dissection.Octets.Slice(offset, length).CopyTo(address);
        dissection.Fields.SayMoreOf(head, $" {(ReadOnlySpan<byte>)address:ip}/{bits}");
    }

    private static int ReadRoute(ref Dissection dissection, int offset, int length, int head, int size)
    {
        const int HeadLength = 6;
        dissection.Number(RouteLength, offset, 1);
        dissection.Flags(RouteFlags, offset + 1, RouteParts);
        dissection.Number(RouteLifetime, offset + 2, 4);
        if (dissection.IsShort)
            return offset;
        if (length is HeadLength or 14 or 22)
            return ReadPrefix(ref dissection, RoutePrefix, offset + HeadLength, length - HeadLength, dissection.U8(offset), head, size);
        NeighborOptions.RemarkLength(ref dissection, size, offset);
        return offset + HeadLength;
    }

    private static int ReadConfiguration(ref Dissection dissection, int offset)
    {
        dissection.Flags(GraphFlags, offset, GraphParts);
        dissection.Number(IntervalDoublings, offset + 1, 1);
        dissection.Number(LeastInterval, offset + 2, 1);
        dissection.Number(Redundancy, offset + 3, 1);
        dissection.Number(MostRankIncrease, offset + 4, 2);
        dissection.Number(LeastHopRankIncrease, offset + 6, 2);
        dissection.Number(ObjectiveCode, offset + 8, 2);
        dissection.Number(ConfigurationReserved, offset + 10, 1);
        dissection.Number(DefaultLifetime, offset + 11, 1);
        dissection.Number(LifetimeUnit, offset + 12, 2);
        return offset + 14;
    }

    private static int ReadTransit(ref Dissection dissection, int offset, int length, int head)
    {
        const int HeadLength = 4;
        dissection.Flags(TransitFlags, offset, TransitParts);
        dissection.Number(PathControl, offset + 1, 1);
        dissection.Number(PathSequence, offset + 2, 1);
        dissection.Number(PathLifetime, offset + 3, 1);
        if (length <= HeadLength)
            return offset + HeadLength;
        dissection.Part(Parent, offset + HeadLength, AddressLength);
        if (dissection.Need(offset + HeadLength, AddressLength))
            dissection.Fields.SayMoreOf(head, $" {dissection.Octets.Slice(offset + HeadLength, AddressLength):ip}");
        return offset + HeadLength + AddressLength;
    }

    private static int ReadDiscovery(ref Dissection dissection, int offset, int length, bool isReply)
    {
        byte flags = dissection.U8(offset);
        Omit(ref dissection, DiscoveryFlags, offset, 1);
        bool replies = (flags & 0x80) != 0;
        bool isHopByHop = (flags & 0x40) != 0;
        int routes = (flags >> 4) & 3;
        int skipped = flags & 0xf;
        dissection.Bits(Replies, offset, 1);
        if (isReply && replies)
            dissection.Remark(NotZeroInReply, offset);
        dissection.Bits(IsHopByHop, offset, 1);
        if (!isReply && isHopByHop && !replies)
            dissection.Remark(HopByHopWithoutReply, offset);
        dissection.Bits(RouteCount, offset, 1);
        if (isReply && routes != 0)
            dissection.Remark(NotZeroInReply, offset);
        else if (!isReply && isHopByHop && routes != 0)
            dissection.Remark(RoutesOfHopByHop, offset);
        dissection.Bits(Compression, offset, 1);
        dissection.Bits(DiscoveryLifetime, offset + 1, 1);
        int lifetime = dissection.U8(offset + 1) >> 6;
        if (dissection.IsShort)
            return offset;
        if (!isReply)
            dissection.Fields.SayMore($" ({1 << (2 * lifetime)} sec)"); // RFC 6997, section 7
        else if (lifetime != 0)
            dissection.Remark(NotZeroInReply, offset + 1);
        dissection.Bits(isReply ? NextHop : MostRank, offset + 1, 1);
        int size = AddressLength - skipped;
        dissection.Part(DiscoveredTarget, offset + 2, AddressLength); // Wireshark takes it as whole
        int at = offset + 2 + AddressLength;
        int end = offset + length;
        int count = at < end ? (end - at) / size : 0;
        Omit(ref dissection, AddressVector, Math.Min(at, end), Math.Max(0, end - at));
        if (dissection.IsShort)
            return at;
        dissection.Fields.SayMore($" ({count} {(count == 1 ? "Address" : "Addresses")})");
        for (; count > 0; count--, at += size)
            dissection.Ipv6Part(VectorAddress, at, size, skipped);
        return at;
    }
}
