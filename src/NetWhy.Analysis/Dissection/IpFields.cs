using NetWhy.Analysis.Fields;

namespace NetWhy.Analysis.Dissection;

/// <summary>IPv4. Source: RFC 791.</summary>
internal static class IpFields
{
    internal static readonly FieldGroup Group = new("ip", "Internet Protocol Version 4");
    internal static readonly Field Version = Group.Unsigned("version", "Version", 8);
    internal static readonly Field HeaderLength = Group.Unsigned("hdr_len", "Length of the header", 8);
    internal static readonly Field DifferentiatedServices = Group.Hexadecimal("dsfield", "Differentiated services", 8);
    internal static readonly Field Dscp = Group.Unsigned("dsfield.dscp", "Differentiated services codepoint", 8);
    internal static readonly Field Ecn = Group.Unsigned("dsfield.ecn", "Explicit congestion notification", 8);
    internal static readonly Field Length = Group.Unsigned("len", "Length with the header", 16);
    internal static readonly Field Id = Group.Hexadecimal("id", "Identification", 16);
    internal static readonly Field Flags = Group.Hexadecimal("flags", "Flags", 8);
    internal static readonly Field FlagReserved = Group.Boolean("flags.rb", "Reserved");
    internal static readonly Field FlagDontFragment = Group.Boolean("flags.df", "Do not fragment");
    internal static readonly Field FlagMoreFragments = Group.Boolean("flags.mf", "More fragments follow");
    internal static readonly Field FragmentOffset = Group.Unsigned("frag_offset", "Offset of the fragment, in units of 8 octets", 16);
    internal static readonly Field TimeToLive = Group.Unsigned("ttl", "Time to live", 8);
    internal static readonly Field Protocol = Group.Unsigned("proto", "Protocol", 8, ValueNames.Protocol);
    internal static readonly Field Checksum = Group.Hexadecimal("checksum", "Checksum of the header", 16);
    internal static readonly Field ChecksumStatus = Group.Unsigned("checksum.status", "Status of the checksum", 8);
    internal static readonly Field Source = Group.Ipv4Address("src", "Source");
    internal static readonly Field Destination = Group.Ipv4Address("dst", "Destination");
    internal static readonly Field Address = Group.Ipv4Address("addr", "Source or destination");
    internal static readonly Field SourceHost = Group.Utf8("src_host", "Source, as text");
    internal static readonly Field DestinationHost = Group.Utf8("dst_host", "Destination, as text");
    internal static readonly Field Host = Group.Utf8("host", "Source or destination, as text");
    internal static readonly FragmentFields Fragments = new(Group);
}

/// <summary>What is said of a datagram that was put together from fragments.</summary>
/// <param name="group">The protocol.</param>
internal sealed class FragmentFields(FieldGroup group)
{
    internal Field All { get; } = group.Octets("fragments", "Fragments");
    internal Field Part { get; } = group.FrameNumber("fragment", "Packet of a fragment");
    internal Field Count { get; } = group.Unsigned("fragment.count", "How many fragments", 32);
    internal Field Length { get; } = group.Unsigned("reassembled.length", "Length of the datagram", 32);
    internal Field Data { get; } = group.Octets("reassembled.data", "The datagram");

    /// <summary>Adds it.</summary>
    /// <param name="fields">Where to.</param>
    /// <param name="datagram">The datagram; its data is what is read now.</param>
    internal void Add(PacketFields fields, FragmentTable.Datagram datagram)
    {
        fields.AddOctets(All, 0, datagram.Data.Length);
        foreach ((uint frame, int offset, int length) in datagram.Parts)
            fields.Add(Part, frame, offset, length);
        fields.Add(Count, (ulong)datagram.Parts.Count, 0, 0);
        fields.Add(Length, (ulong)datagram.Data.Length, 0, 0);
        fields.AddOctets(Data, 0, datagram.Data.Length);
    }
}

/// <summary>IPv6. Source: RFC 8200.</summary>
internal static class Ipv6Fields
{
    internal static readonly FieldGroup Group = new("ipv6", "Internet Protocol Version 6");
    internal static readonly Field Version = Group.Unsigned("version", "Version", 8);
    internal static readonly Field TrafficClass = Group.Hexadecimal("tclass", "Traffic class", 32);
    internal static readonly Field Dscp = Group.Unsigned("tclass.dscp", "Differentiated services codepoint", 32);
    internal static readonly Field Ecn = Group.Unsigned("tclass.ecn", "Explicit congestion notification", 32);
    internal static readonly Field FlowLabel = Group.Hexadecimal("flow", "Flow label", 24);
    internal static readonly Field PayloadLength = Group.Unsigned("plen", "Length of the payload", 16);
    internal static readonly Field NextHeader = Group.Unsigned("nxt", "Next header", 8, ValueNames.Protocol);
    internal static readonly Field HopLimit = Group.Unsigned("hlim", "Hop limit", 8);
    internal static readonly Field Source = Group.Ipv6Address("src", "Source");
    internal static readonly Field Destination = Group.Ipv6Address("dst", "Destination");
    internal static readonly Field Address = Group.Ipv6Address("addr", "Source or destination");
    internal static readonly Field SourceHost = Group.Utf8("src_host", "Source, as text");
    internal static readonly Field DestinationHost = Group.Utf8("dst_host", "Destination, as text");
    internal static readonly Field Host = Group.Utf8("host", "Source or destination, as text");
    internal static readonly Field HopByHop = Group.Layer("hopopts", "Options for every hop");
    internal static readonly Field DestinationOptions = Group.Layer("dstopts", "Options for the destination");
    internal static readonly Field Routing = Group.Layer("routing", "Routing header");
    internal static readonly Field Fragment = Group.Layer("fraghdr", "Fragment header");
    internal static readonly Field FragmentNext = Group.Unsigned("fraghdr.nxt", "Next header", 8);
    internal static readonly Field FragmentOffset = Group.Unsigned("fraghdr.offset", "Offset of the fragment, in units of 8 octets", 16);
    internal static readonly Field FragmentMore = Group.Boolean("fraghdr.more", "More fragments follow");
    internal static readonly Field FragmentId = Group.Hexadecimal("fraghdr.ident", "Identification", 32);
    internal static readonly FragmentFields Fragments = new(Group);
}
