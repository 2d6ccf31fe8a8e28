using NetWhy.Analysis.Fields;

namespace NetWhy.Analysis.Dissection;

/// <summary>IPv4. Source: RFC 791.</summary>
internal static class IpFields
{
    internal static readonly FieldGroup Group = new("ip", "Internet Protocol Version 4");
    internal static readonly Field Version = Group.Unsigned("version", "Version", 8).Masked(0xf0).Shared();
    internal static readonly Field HeaderLength = Group.Unsigned("hdr_len", "Header Length", 8);
    internal static readonly Field DifferentiatedServices = Group.Hexadecimal("dsfield", "Differentiated Services Field", 8);
    internal static readonly Field Dscp = Group.Unsigned("dsfield.dscp", "Differentiated Services Codepoint", 8, IpNames.Dscp).Masked(0xfc, level: 2);
    internal static readonly Field Ecn = Group.Unsigned("dsfield.ecn", "Explicit Congestion Notification", 8, IpNames.Ecn).Masked(0x03, level: 2);
    internal static readonly Field Length = Group.Unsigned("len", "Total Length", 16);
    internal static readonly Field Id = Group.Hexadecimal("id", "Identification", 16).DecimalToo();
    internal static readonly Field Flags = Group.Hexadecimal("flags", "Flags", 8).Masked(0xe0);
    internal static readonly Field FlagReserved = Group.Flag("flags.rb", "Reserved bit", 8, 0x80, level: 2);
    internal static readonly Field FlagDontFragment = Group.Flag("flags.df", "Don't fragment", 8, 0x40, level: 2);
    internal static readonly Field FlagMoreFragments = Group.Flag("flags.mf", "More fragments", 8, 0x20, level: 2);
    internal static readonly Field[] AllFlags = [FlagReserved, FlagDontFragment, FlagMoreFragments];
    internal static readonly Field FragmentOffset = Group.Unsigned("frag_offset", "Fragment Offset", 16).Masked(0x1fff);
    internal static readonly Field TimeToLive = Group.Unsigned("ttl", "Time to Live", 8);
    internal static readonly Field TimeToLiveSmall = Group.Finding("ttl.too_small", "\"Time To Live\" only", Severity.Note);
    internal static readonly Field TimeToLiveLocal = Group.Finding("ttl.lncb", "\"Time To Live\" of a packet for the Local Network Control Block (see RFC 3171)", Severity.Note);
    internal static readonly Field Protocol = Group.Unsigned("proto", "Protocol", 8, IpNames.Protocol);
    internal static readonly Field Checksum = Group.Hexadecimal("checksum", "Header Checksum", 16);
    internal static readonly Field ChecksumStatus = Group.Unsigned("checksum.status", "Header checksum status", 8, IpNames.Checksum).NameAlone().Generated();
    internal static readonly Field ChecksumCalculated = Group.Hexadecimal("checksum_calculated", "Calculated Checksum", 16).Generated();
    internal static readonly Field ChecksumBad = Group.Finding("checksum_bad.expert", "Bad checksum", Severity.Error, ExpertGroup.Checksum);
    internal static readonly Field Source = Group.Ipv4Address("src", "Source Address");
    internal static readonly Field Destination = Group.Ipv4Address("dst", "Destination Address");
    internal static readonly Field Address = Group.Ipv4Address("addr", "Source or Destination Address").Hidden();
    internal static readonly Field SourceHost = Group.Utf8("src_host", "Source Host").Hidden();
    internal static readonly Field DestinationHost = Group.Utf8("dst_host", "Destination Host").Hidden();
    internal static readonly Field Host = Group.Utf8("host", "Source or Destination Host").Hidden();
    internal static readonly FragmentFields Fragments = new(Group, "IPv4", hasOctets: true);
    internal static readonly IpOptionFields Options = new(Group);
    internal static readonly Field BogusVersion = Group.Finding("bogus_ip_version", "Bogus IP version", Severity.Error, ExpertGroup.Protocol);
    internal static readonly Field BogusHeaderLength = Group.Finding("bogus_header_length", "Bogus IP header length", Severity.Error, ExpertGroup.Protocol);
    internal static readonly Field BogusLength = Group.Finding("bogus_ip_length", "Bogus IP length", Severity.Error, ExpertGroup.Protocol);
    internal static readonly UnaskedIpFields Unasked = new(Group);
}

/// <summary>What is said of a datagram that was put together from fragments.</summary>
/// <param name="group">The protocol.</param>
/// <param name="name">What it is called.</param>
/// <param name="hasOctets">Whether the field of all of them has their octets.</param>
internal sealed class FragmentFields(FieldGroup group, string name, bool hasOctets)
{
    /// <summary>What the whole is called.</summary>
    internal string Name { get; } = $"Reassembled {name}";

    internal Field All { get; } = (hasOctets ? group.Octets("fragments", $"{name} Fragments") : group.None("fragments", $"{name} Fragments")).Generated();
    internal Field Part { get; } = group.FrameNumber("fragment", "Frame").At(2).Generated();
    internal Field Faulty { get; } = group.FrameNumber("fragment.error", "Defragmentation error").At(2).Generated();
    internal Field Overlaps { get; } = group.Boolean("fragment.overlap", "Fragment overlap").At(3).Generated();
    internal Field Conflicts { get; } = group.Boolean("fragment.overlap.conflict", "Conflicting data in fragment overlap").At(3).Generated();
    internal Field IsOtherEnd { get; } = group.Boolean("fragment.multipletails", "Multiple tail fragments found").At(3).Generated();
    internal Field IsTooLong { get; } = group.Boolean("fragment.toolongfragment", "Fragment too long").At(3).Generated();
    internal Field Count { get; } = group.Unsigned("fragment.count", "Fragment count", 32).At(2).Generated();
    internal Field Length { get; } = group.Unsigned("reassembled.length", $"Reassembled {name} length", 32).At(2).Generated();
    internal Field Data { get; } = group.Octets("reassembled.data", $"Reassembled {name} data").At(2).Generated();
    internal Field ReassembledIn { get; } = group.FrameNumber(hasOctets ? "reassembled_in" : "reassembled.in", $"Reassembled {name} in frame").Generated();

    /// <summary>Adds it.</summary>
    /// <param name="fields">Where to.</param>
    /// <param name="datagram">The datagram; its data is what is read now.</param>
    internal void Add(PacketFields fields, FragmentTable.Datagram datagram)
    {
        fields.AddOctets(All, 0, datagram.Data.Length);
        fields.Say($"{datagram.Parts.Count} {All.Label} ({datagram.Data.Length} bytes): ");
        int head = fields.Last;
        for (int index = 0; index < datagram.Parts.Count; index++)
            fields.SayMoreOf(head, $"{(index > 0 ? ", " : "")}#{datagram.Parts[index].Frame}({datagram.Parts[index].Octets.Length})");
        foreach (Fragment fragment in datagram.Parts)
            AddPart(fields, fragment);

        fields.Add(Count, (ulong)datagram.Parts.Count, 0, 0);
        fields.Add(Length, (ulong)datagram.Data.Length, 0, 0);
        fields.AddOctets(Data, 0, datagram.Data.Length);
    }

    private void AddPart(PacketFields fields, Fragment fragment)
    {
        int length = fragment.Octets.Length;
        bool isFaulty = (fragment.Faults & ~FragmentFaults.Overlap) != 0;
        fields.Add(isFaulty ? Faulty : Part, fragment.Frame, fragment.Offset, length);
        fields.Say($"{Part.Label}: {fragment.Frame}, payload: {fragment.Offset}-{fragment.Offset + length - 1} ({length} {(length == 1 ? "byte" : "bytes")})");
        AddFault(fields, Overlaps, fragment, FragmentFaults.Overlap);
        AddFault(fields, Conflicts, fragment, FragmentFaults.Conflict);
        AddFault(fields, IsOtherEnd, fragment, FragmentFaults.OtherEnd);
        AddFault(fields, IsTooLong, fragment, FragmentFaults.TooLong);
    }

    private static void AddFault(PacketFields fields, Field field, Fragment fragment, FragmentFaults fault)
    {
        if (fragment.Faults.HasFlag(fault))
            fields.Add(field, 1, 0, 0);
    }
}

/// <summary>IPv6. Source: RFC 8200.</summary>
internal static class Ipv6Fields
{
    // Source: IANA, "IPv6 Routing Types".
    private static readonly Dictionary<ulong, string> RoutingTypes = new()
    {
        [0] = "Source Route",
        [1] = "Nimrod",
        [2] = "Type 2 Routing",
        [3] = "RPL Source Route",
        [4] = "Segment Routing",
        [5] = "Compact Routing Header 16",
        [6] = "Compact Routing Header 32",
        [253] = "Experiment 1",
        [254] = "Experiment 2",
    };

    // Source: IANA, "Destination Options and Hop-by-Hop Options".
    internal static readonly Dictionary<ulong, string> OptionTypes = new()
    {
        [0x00] = "Pad1",
        [0x01] = "PadN",
        [0x04] = "Tunnel Encapsulation Limit",
        [0x05] = "Router Alert",
        [0x07] = "CALIPSO",
        [0x08] = "SMF_DPD",
        [0x0f] = "Performance and Diagnostic Metrics",
        [0x1e] = "Experimental (0x1E)",
        [0x26] = "Quick-Start",
        [0x30] = "Path MTU Option",
        [0x31] = "IOAM Option",
        [0x3e] = "Experimental (0x3E)",
        [0x41] = "Tunnel Payload Forwarding (TPF) Information",
        [0x5e] = "Experimental (0x5E)",
        [0x63] = "RPL Option",
        [0x6d] = "MPL Option",
        [0x7e] = "Experimental (0x7E)",
        [0x8a] = "Endpoint Identification",
        [0x8b] = "ILNP Nonce",
        [0x8c] = "Line-Identification Option",
        [0x9e] = "Experimental (0x9E)",
        [0xbe] = "Experimental (0xBE)",
        [0xc2] = "Jumbo Payload",
        [0xc9] = "Home Address",
        [0xde] = "Experimental (0xDE)",
        [0xee] = "IP_DFF",
        [0xfe] = "Experimental (0xFE)",
    };

    // Source: IANA, "IPv6 Router Alert Option Values".
    private static readonly Dictionary<ulong, string> RouterAlerts = new()
    {
        [0] = "MLD",
        [1] = "RSVP",
        [2] = "Active Network",
    };

    internal static readonly FieldGroup Group = new("ipv6", "Internet Protocol Version 6");
    internal static readonly Field Version = Group.Unsigned("version", "Version", 8).Masked(0xf0);
    internal static readonly Field TrafficClass = Group.Hexadecimal("tclass", "Traffic Class", 32).Masked(0x0ff0_0000);
    internal static readonly Field Dscp = Group.Unsigned("tclass.dscp", "Differentiated Services Codepoint", 32, IpNames.Dscp).Masked(0x0fc0_0000, level: 2);
    internal static readonly Field Ecn = Group.Unsigned("tclass.ecn", "Explicit Congestion Notification", 32, IpNames.Ecn).Masked(0x0030_0000, level: 2);
    internal static readonly Field FlowLabel = Group.Hexadecimal("flow", "Flow Label", 24).Masked(0x000f_ffff);
    internal static readonly Field PayloadLength = Group.Unsigned("plen", "Payload Length", 16);
    internal static readonly Field NextHeader = Group.Unsigned("nxt", "Next Header", 8, IpNames.Protocol);
    internal static readonly Field HopLimit = Group.Unsigned("hlim", "Hop Limit", 8);
    internal static readonly Field Source = Group.Ipv6Address("src", "Source Address");
    internal static readonly Field Destination = Group.Ipv6Address("dst", "Destination Address");
    internal static readonly Field Address = Group.Ipv6Address("addr", "Source or Destination Address").Hidden();
    internal static readonly Field SourceHost = Group.Utf8("src_host", "Source Host").Hidden();
    internal static readonly Field DestinationHost = Group.Utf8("dst_host", "Destination Host").Hidden();
    internal static readonly Field Host = Group.Utf8("host", "Source or Destination Host").Hidden();
    internal static readonly Field SourceMac = Group.EthernetAddress("src_slaac_mac", "Source SLAAC MAC").Generated();
    internal static readonly Field DestinationMac = Group.EthernetAddress("dst_slaac_mac", "Destination SLAAC MAC").Generated();
    internal static readonly Field Mac = Group.EthernetAddress("slaac_mac", "SLAAC MAC").Hidden();
    internal static readonly Field HopByHop = Group.Layer("hopopts", "IPv6 Hop-by-Hop Option");
    internal static readonly Field DestinationOptions = Group.Layer("dstopts", "Destination Options for IPv6");
    internal static readonly Field Routing = Group.Layer("routing", "Routing Header for IPv6");
    internal static readonly ExtensionFields HopByHopParts = new(Group, "hopopts");
    internal static readonly ExtensionFields DestinationParts = new(Group, "dstopts");
    internal static readonly ExtensionFields RoutingParts = new(Group, "routing");
    internal static readonly Field RoutingType = Group.Unsigned("routing.type", "Type", 8, RoutingTypes).At(2);
    internal static readonly Field RoutingDeprecated = Group.Finding("routing.deprecated", "Routing header type is deprecated", Severity.Note, ExpertGroup.Deprecated);
    internal static readonly Field SegmentsLeft = Group.Unsigned("routing.segleft", "Segments Left", 8).At(2);
    internal static readonly Ipv6RoutingFields RoutingTypeParts = new(Group);
    internal static readonly Ipv6OptionFields Options = new(Group);
    internal static readonly EmbeddedAddressFields Embedded = new(Group);
    internal static readonly Field BogusVersion = Group.Finding("bogus_ipv6_version", "Bogus IP version", Severity.Error, ExpertGroup.Malformed);
    internal static readonly Field InvalidHeader = Group.Finding("invalid_header", "Invalid IPv6 header", Severity.Error, ExpertGroup.Malformed);
    internal static readonly Field PayloadTooLong = Group.Finding("plen_exceeds_framing", "IPv6 payload length does not match expected framing length", Severity.Warning, ExpertGroup.Protocol);
    internal static readonly Field PayloadZero = Group.Finding("plen_zero", "IPv6 payload length equals 0 (maybe because of \"TCP segmentation offload\" (TSO))", Severity.Chat, ExpertGroup.Protocol);
    internal static readonly Field HopByHopNotFirst = Group.Finding("hopopts.not_first", "IPv6 Hop-by-Hop extension header must appear immediately after IPv6 header", Severity.Error, ExpertGroup.Protocol);
    internal static readonly UnaskedIpv6Fields Unasked = new(Group);
    internal static readonly Field Option = Group.None("opt", "IPv6 Option").At(2);
    internal static readonly Field OptionType = Group.Hexadecimal("opt.type", "Type", 8, OptionTypes).At(3);
    internal static readonly Field OptionLength = Group.Unsigned("opt.length", "Length", 8).At(3);
    internal static readonly Field Padding = Group.Octets("opt.padn", "PadN").At(3);
    internal static readonly Field RouterAlert = Group.Unsigned("opt.router_alert", "Router Alert", 16, RouterAlerts).At(3);
    internal static readonly Field Jumbo = Group.Unsigned("opt.jumbo", "Payload Length", 32).At(3);
    internal static readonly Field OptionData = Group.Octets("opt_unknown_data", "Unknown Data").At(3);
    internal static readonly Field Fragment = Group.Layer("fraghdr", "Fragment Header for IPv6");
    internal static readonly Field FragmentNext = Group.Unsigned("fraghdr.nxt", "Next header", 8, IpNames.Protocol).At(2);
    internal static readonly Field FragmentReserved = Group.Hexadecimal("fraghdr.reserved_octet", "Reserved octet", 8).At(2);
    internal static readonly Field FragmentOffset = Group.Unsigned("fraghdr.offset", "Offset", 16).Masked(0xfff8, level: 2);
    internal static readonly Field FragmentReservedBits = Group.Unsigned("fraghdr.reserved_bits", "Reserved bits", 16).Masked(0x0006, level: 2);
    internal static readonly Field FragmentMore = Group.Boolean("fraghdr.more", "More Fragments", 16).Masked(0x0001, level: 2).Saying("No", "Yes");
    internal static readonly Field FragmentId = Group.Hexadecimal("fraghdr.ident", "Identification", 32).At(2);
    internal static readonly FragmentFields Fragments = new(Group, "IPv6", hasOctets: false);
}

/// <summary>What extension headers of IPv6 begin with.</summary>
/// <param name="group">The protocol.</param>
/// <param name="name">The header's name in filters.</param>
internal sealed class ExtensionFields(FieldGroup group, string name)
{
    /// <summary>What follows.</summary>
    internal Field Next { get; } = group.Unsigned($"{name}.nxt", "Next Header", 8, IpNames.Protocol).At(2);

    /// <summary>How long the header is, in units of 8 octets without the first.</summary>
    internal Field Length { get; } = group.Unsigned($"{name}.len", "Length", 8).At(2);

    /// <summary>How long it is, in octets.</summary>
    internal Field Octets { get; } = group.Unsigned($"{name}.len_oct", "Length", 16).At(2).In(" bytes").Generated();
}
