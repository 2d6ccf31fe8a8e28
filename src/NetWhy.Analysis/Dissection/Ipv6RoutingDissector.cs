using NetWhy.Analysis.Fields;

namespace NetWhy.Analysis.Dissection;

/// <summary>Routing headers of IPv6 by type. Source: IANA, "Routing Types", and the standards named there.</summary>
/// <param name="group">The protocol.</param>
internal sealed class Ipv6RoutingFields(FieldGroup group)
{
    internal Field Unknown { get; } = group.Octets("routing.unknown_data", "Type-Specific Data").At(2);
    internal Field SourceReserved { get; } = group.Octets("routing.src.reserved", "Reserved").At(2);
    internal Field SourceAddress { get; } = group.Ipv6Address("routing.src.addr", "Address").At(2);
    internal Field MobileReserved { get; } = group.Octets("routing.mipv6.reserved", "Reserved").At(2);
    internal Field HomeAddress { get; } = group.Ipv6Address("routing.mipv6.home_address", "Home Address").At(2);
    internal Field RplInner { get; } = group.Unsigned("routing.rpl.cmprI", "Compressed Internal Octets (CmprI)", 32).Masked(0xf000_0000, level: 2);
    internal Field RplFinal { get; } = group.Unsigned("routing.rpl.cmprE", "Compressed Final Octets (CmprE)", 32).Masked(0x0f00_0000, level: 2);
    internal Field RplPadding { get; } = group.Unsigned("routing.rpl.pad", "Padding Bytes", 32).Masked(0x00f0_0000, level: 2);
    internal Field RplReserved { get; } = group.Unsigned("routing.rpl.reserved", "Reserved", 32).Masked(0x000f_ffff, level: 2);
    internal Field RplCount { get; } = group.Signed("routing.rpl.addr_count", "Total Address Count", 32).At(2).Generated();
    internal Field RplAddress { get; } = group.Octets("routing.rpl.address", "Address").At(2);
    internal Field RplFullAddress { get; } = group.Ipv6Address("routing.rpl.full_address", "Full Address").At(2).Generated();
    internal Field SegmentLast { get; } = group.Unsigned("routing.srh.last_entry", "Last Entry", 8).At(2);
    internal Field SegmentFlags { get; } = group.Hexadecimal("routing.srh.flags", "Flags", 8).At(2);
    internal Field SegmentTag { get; } = group.Octets("routing.srh.tag", "Tag").At(2);
    internal Field SegmentAddress { get; } = group.Ipv6Address("routing.srh.addr", "Address").At(2);
    internal Field Compact16Current { get; } = group.Unsigned("routing.crh16.current_sid", "Current SID", 16).At(2).Generated();
    internal Field Compact32Current { get; } = group.Unsigned("routing.crh32.current_sid", "Current SID", 32).At(2).Generated();
    internal Field Compact16 { get; } = group.Unsigned("routing.crh16.sid", "Segment ID", 16).At(3);
    internal Field Compact32 { get; } = group.Unsigned("routing.crh32.sid", "Segment ID", 32).At(3);

    internal Field InvalidLength { get; } = group.Finding("routing.invalid_length", "Invalid IPv6 Routing header length", Severity.Error, ExpertGroup.Malformed);
    internal Field InvalidLeft { get; } = group.Finding("routing.invalid_segleft", "IPv6 Routing Header segments left field must not exceed address count", Severity.Warning, ExpertGroup.Protocol);
    internal Field Undecoded { get; } = group.Finding("routing.undecoded", "Undecoded IPv6 routing header field", Severity.Note, ExpertGroup.Undecoded);
    internal Field ToMulticast { get; } = group.Finding("dst_addr.not_multicast", "Destination address must not be a multicast address", Severity.Warning, ExpertGroup.Protocol);
    internal Field HasSource { get; } = group.Finding("src_route_list.src_addr", "Source address must not appear in the source route list", Severity.Warning, ExpertGroup.Protocol);
    internal Field HasDestination { get; } = group.Finding("src_route_list.dst_addr", "Destination address must not appear in the source route list", Severity.Warning, ExpertGroup.Protocol);
    internal Field HasMulticast { get; } = group.Finding("src_route_list.multicast_addr", "Multicast addresses must not appear in the source route list", Severity.Warning, ExpertGroup.Protocol);
    internal Field PaddingNotZero { get; } = group.Finding("routing.rpl.cmprI_cmprE_pad", "When cmprI equals 0 and cmprE equals 0, pad MUST equal 0 but instead was X", Severity.Warning, ExpertGroup.Protocol);
    internal Field CountNegative { get; } = group.Finding("routing.rpl.addr_count_ge0", "Calculated total address count must be greater than or equal to 0, instead was X", Severity.Error, ExpertGroup.Malformed);
    internal Field ReservedNotZero { get; } = group.Finding("routing.rpl.reserved_not0", "Reserved field must equal 0 but instead was X", Severity.Note, ExpertGroup.Protocol);
}

/// <summary>What routing headers of IPv6 have by type.</summary>
internal static class Ipv6RoutingDissector
{
    private const int AddressLength = 16;
    private const int HeadLength = 8; // of those with addresses

    private static Ipv6RoutingFields Fields => Ipv6Fields.RoutingTypeParts;

    /// <summary>Reads a header.</summary>
    /// <param name="dissection">The packet.</param>
    /// <param name="header">Where the header of IPv6 begins.</param>
    /// <param name="head">The place of the routing header.</param>
    /// <param name="offset">Where the routing header begins.</param>
    /// <param name="size">How long it is.</param>
    internal static void Read(ref Dissection dissection, int header, int head, int offset, int size)
    {
        byte type = dissection.U8(offset + 2);
        RemarkLength(ref dissection, type, offset);
        dissection.Fields.Add(Ipv6Fields.RoutingParts.Octets, (ulong)size, offset + 1, 1);
        dissection.Number(Ipv6Fields.RoutingType, offset + 2, 1);
        dissection.Fields.SayMoreOf(head, $" ({Ipv6Fields.RoutingType.ValueNames!.GetValueOrDefault(type) ?? $"Unknown type {type}"})");
        if (type == 0) // RFC 5095
            dissection.Remark(Ipv6Fields.RoutingDeprecated, offset + 2);
        byte left = (byte)dissection.Number(Ipv6Fields.SegmentsLeft, offset + 3, 1);
        switch (type)
        {
            case 0:
                ReadSource(ref dissection, offset, size, left);
                break;
            case 2:
                ReadMobile(ref dissection, offset, size, left);
                break;
            case 3:
                ReadRpl(ref dissection, header, head, offset, size, left);
                break;
            case 4:
                ReadSegments(ref dissection, offset, size, left);
                break;
            case 5:
                ReadCompact(ref dissection, offset, size, left, 2, Fields.Compact16Current, Fields.Compact16);
                break;
            case 6:
                ReadCompact(ref dissection, offset, size, left, 4, Fields.Compact32Current, Fields.Compact32);
                break;
            default:
                dissection.Part(Fields.Unknown, offset + 4, size - 4);
                dissection.Remark(Fields.Undecoded, offset + 4);
                break;
        }
    }

    private static void RemarkLength(ref Dissection dissection, byte type, int offset)
    {
        int units = dissection.U8(offset + 1);
        byte left = dissection.U8(offset + 3);
        if (type == 0 && units % 2 != 0)
            dissection.Fields.Remark(Fields.InvalidLength, offset + 1, $"IPv6 Routing Header extension header length must not be odd");
        else if (type == 2 && units != 2)
            dissection.Fields.Remark(Fields.InvalidLength, offset + 1, $"IPv6 Type 2 Routing Header extension header length must equal 2");
        else if (type is 5 or 6 && LeastCompact(type, left) > units)
            dissection.Fields.Remark(Fields.InvalidLength, offset + 1, $"IPv6 Compact Routing Header minimum length must not exceed header length ({units})");
    }

    // Source: RFC 9631, section 4.
    private static int LeastCompact(byte type, byte left)
    {
        int held = type == 5 ? 2 : 1, each = type == 5 ? 4 : 2; // segments in the first eight octets, and in others
        return left <= held ? 0 : (left - held + each - 1) / each;
    }

    private static void RemarkLeft(ref Dissection dissection, string type, int offset, int count) =>
        dissection.Fields.Remark(Fields.InvalidLeft, offset + 3, $"IPv6 {type} Routing Header segments left field must not exceed address count ({count})");

    private static void ReadSource(ref Dissection dissection, int offset, int size, byte left)
    {
        int count = (size - HeadLength) / AddressLength;
        if (left > count)
            RemarkLeft(ref dissection, "Type 0", offset, count);
        dissection.Part(Fields.SourceReserved, offset + 4, 4);
        for (int index = 0; index < count; index++)
        {
            int place = offset + HeadLength + (index * AddressLength);
            AddAddress(ref dissection, Fields.SourceAddress, place, index + 1);
            if (dissection.U8(place) == 0xff)
                dissection.Remark(Fields.HasMulticast, place);
        }
    }

    private static void AddAddress(ref Dissection dissection, Field field, int offset, int number)
    {
        if (!dissection.Need(offset, AddressLength))
            return;
        dissection.Fields.AddOctets(field, offset, AddressLength);
        dissection.Fields.Say($"Address[{number}]: {dissection.Octets.Slice(offset, AddressLength):ip}");
    }

    private static void ReadMobile(ref Dissection dissection, int offset, int size, byte left)
    {
        if (left != 1)
            dissection.Fields.Remark(Fields.InvalidLeft, offset + 3, $"IPv6 Type 2 Routing Header segments left field must equal 1");
        dissection.Part(Fields.MobileReserved, offset + 4, 4);
        if (size >= HeadLength + AddressLength)
            AddAddress(ref dissection, Fields.HomeAddress, offset + HeadLength, 1);
    }

    // Source: RFC 6554, section 3.
    private static void ReadRpl(ref Dissection dissection, int header, int head, int offset, int size, byte left)
    {
        uint word = dissection.U32(offset + 4);
        int inner = AddressLength - (int)(word >> 28), last = AddressLength - (int)((word >> 24) & 0xf), padding = (int)((word >> 20) & 0xf);
        int count = ((size - HeadLength - padding - last) / inner) + 1;
        if (left > count)
            RemarkLeft(ref dissection, "RPL", offset, count);
        if (dissection.U8(header + 24) == 0xff)
            dissection.Fields.RemarkOf(head, Fields.ToMulticast, offset, $"{Fields.ToMulticast.Label}");
        dissection.Bits(Fields.RplInner, offset + 4, 4);
        dissection.Bits(Fields.RplFinal, offset + 4, 4);
        dissection.Bits(Fields.RplPadding, offset + 4, 4);
        if (inner == AddressLength && last == AddressLength && padding != 0)
            dissection.Fields.Remark(Fields.PaddingNotZero, offset + 4, $"When cmprI equals 0 and cmprE equals 0, pad MUST equal 0 but instead was {padding}");
        dissection.Bits(Fields.RplReserved, offset + 4, 4);
        if ((word & 0xf_ffff) != 0)
            dissection.Fields.Remark(Fields.ReservedNotZero, offset + 4, $"Reserved field must equal 0 but instead was {word & 0xf_ffff}");
        dissection.Fields.Add(Fields.RplCount, (ulong)(long)count, offset, 0);
        if (count < 0)
            dissection.Fields.Remark(Fields.CountNegative, offset, $"Calculated total address count must be greater than or equal to 0, instead was {count}");
        int place = offset + HeadLength;
        for (int index = 1; index <= count; index++)
        {
            int length = index == count ? last : inner;
            if (place + length > offset + size || !dissection.Need(place, length))
                return;
            AddRplAddress(ref dissection, header, place, length, index);
            place += length;
        }
    }

    // What is left out of an address is as in the destination.
    private static void AddRplAddress(ref Dissection dissection, int header, int offset, int length, int number)
    {
        dissection.Part(Fields.RplAddress, offset, length);
        if (!dissection.Has(header, 40))
            return;
        Span<byte> address = stackalloc byte[AddressLength];
        dissection.Octets.Slice(header + 24, AddressLength).CopyTo(address);
        dissection.Octets.Slice(offset, length).CopyTo(address[^length..]);
        dissection.Fields.AddMade(Fields.RplFullAddress, address);
        dissection.Fields.Say($"Address[{number}]: {(ReadOnlySpan<byte>)address:ip}");
        if (address[0] == 0xff)
            dissection.Remark(Fields.HasMulticast, offset);
        if (address.SequenceEqual(dissection.Octets.Slice(header + 8, AddressLength)))
            dissection.Remark(Fields.HasSource, offset);
        if (address.SequenceEqual(dissection.Octets.Slice(header + 24, AddressLength)))
            dissection.Remark(Fields.HasDestination, offset);
    }

    // Source: RFC 8754, section 2.
    private static void ReadSegments(ref Dissection dissection, int offset, int size, byte left)
    {
        int count = dissection.U8(offset + 4) + 1;
        if (left > count)
            RemarkLeft(ref dissection, "Type 4", offset, count);
        dissection.Number(Fields.SegmentLast, offset + 4, 1);
        dissection.Number(Fields.SegmentFlags, offset + 5, 1);
        dissection.Part(Fields.SegmentTag, offset + 6, 2);
        for (int index = 0; index < count; index++)
        {
            int place = offset + HeadLength + (index * AddressLength);
            if (place + AddressLength > offset + size)
                return;
            AddAddress(ref dissection, Fields.SegmentAddress, place, index);
        }
    }

    private static void ReadCompact(ref Dissection dissection, int offset, int size, byte left, int width, Field current, Field segment)
    {
        int first = offset + 4;
        if (first + ((left + 1) * width) > offset + size)
            return;
        dissection.Number(current, first + (left * width), width);
        byte depth = dissection.Fields.Depth;
        dissection.Fields.Depth = 2;
        dissection.Label("Segment Identifiers");
        dissection.Fields.Depth = depth;
        for (int index = 0; first + ((index + 1) * width) <= offset + size; index++)
        {
            ulong value = dissection.Integer(first + (index * width), width);
            if (value == 0)
                return;
            dissection.Number(segment, first + (index * width), width);
            dissection.Fields.Say($"SID[{index}] = {(width == 4 ? (int)(uint)value : (int)value)}");
        }
    }
}
