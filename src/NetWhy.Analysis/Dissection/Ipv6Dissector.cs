using NetWhy.Analysis.Fields;
using NetWhy.Analysis.Summaries;
using NetWhy.Analysis.Tcp;
using NetWhy.Wire;

namespace NetWhy.Analysis.Dissection;

/// <summary>IPv6. Source: RFC 8200.</summary>
internal static class Ipv6Dissector
{
    private const int HeaderLength = 40;
    private const int MostExtensions = 16;

    /// <summary>Reads a packet.</summary>
    /// <param name="dissection">The packet.</param>
    /// <param name="offset">Where it begins.</param>
    /// <param name="length">How much there is.</param>
    internal static void Read(ref Dissection dissection, int offset, int length)
    {
        dissection.Summary?.Begin("IPv6"u8);
        dissection.Protocol(Ipv6Fields.Group.Protocol, offset, Math.Min(length, HeaderLength));
        int head = dissection.Fields.Last;
        if (dissection.Has(offset, HeaderLength))
            dissection.Fields.SayMore($", Src: {dissection.Octets.Slice(offset + 8, 16):ip}, Dst: {dissection.Octets.Slice(offset + 24, 16):ip}");
        dissection.Bits(Ipv6Fields.Version, offset, 1);
        if (dissection.U8(offset) >> 4 != 6)
        {
            dissection.Fields.Remark(Ipv6Fields.BogusVersion, offset, $"Bogus IPv6 version");
            return;
        }

        dissection.Bits(IpFields.Version, offset, 1);
        dissection.Fields.Hide();
        if (length < HeaderLength)
            dissection.Fields.RemarkOf(head, Ipv6Fields.InvalidHeader, offset, $"IPv6 header must be exactly {HeaderLength} bytes");
        dissection.Bits(Ipv6Fields.TrafficClass, offset, 4);
        IpDissector.SayServices(ref dissection, (dissection.U16(offset) >> 4) & 0xff);
        dissection.Bits(Ipv6Fields.Dscp, offset, 4);
        dissection.Bits(Ipv6Fields.Ecn, offset, 4);
        dissection.Bits(Ipv6Fields.FlowLabel, offset, 4);
        ReadPayloadLength(ref dissection, offset, length);
        dissection.Number(Ipv6Fields.NextHeader, offset + 6, 1);
        dissection.Number(Ipv6Fields.HopLimit, offset + 7, 1);
        ReadAddress(ref dissection, offset + 8, Ipv6Fields.Source, Ipv6Fields.SourceHost);
        ReadAddress(ref dissection, offset + 24, Ipv6Fields.Destination, Ipv6Fields.DestinationHost);
        if (!dissection.Need(offset, HeaderLength))
            return;
        if (length < HeaderLength) // what was captured behind its end is none of it
        {
            dissection.Malform();
            return;
        }

        Ipv6Fields.Embedded.AddByPrefix(ref dissection, offset + 8);
        AddMac(ref dissection, Ipv6Fields.SourceMac, offset + 8);
        AddMac(ref dissection, Ipv6Fields.DestinationMac, offset + 24);
        Ipv6Fields.Embedded.AddByIdentifier(ref dissection, offset + 8);
        dissection.Source = EndOf(dissection.Octets.Slice(offset + 8, 16));
        dissection.Destination = EndOf(dissection.Octets.Slice(offset + 24, 16));
        dissection.IsEndUnknown = false;
        dissection.Identification = 0;
        LinkSummary.WriteAddresses(ref dissection, offset + 8, offset + 24, 16);
        if (dissection.Summary is { } summary)
            IpSummary.Write(summary, dissection.U8(offset + 6), isIpv6: true);
        dissection.TimeToLive = dissection.U8(offset + 7);
        int announced = dissection.U16(offset + 4);
        int rest = length - HeaderLength;
        if (announced != 0 && announced < rest)
            rest = announced; // 0: a jumbogram, or the card cuts it into packets
        ReadExtensions(ref dissection, offset, dissection.U8(offset + 6), offset + HeaderLength, rest);
    }

    private static void ReadPayloadLength(ref Dissection dissection, int offset, int length)
    {
        if (!dissection.Need(offset + 4, 3))
            return;
        dissection.Number(Ipv6Fields.PayloadLength, offset + 4, 2);
        if (!dissection.Has(offset, HeaderLength) || dissection.IsQuoted)
            return;
        ushort announced = dissection.U16(offset + 4);
        bool hasHopByHop = dissection.U8(offset + 6) == 0;
        if (length >= HeaderLength && announced > length - HeaderLength)
            dissection.Fields.Remark(Ipv6Fields.PayloadTooLong, offset + 4, $"IPv6 payload length exceeds framing length ({length - HeaderLength} bytes)");
        else if (announced == 0 && length != HeaderLength && !hasHopByHop)
            dissection.Remark(Ipv6Fields.PayloadZero, offset + 4);
        else if (announced == 0 && hasHopByHop && !HasJumbo(ref dissection, offset + HeaderLength))
            dissection.Remark(Ipv6Fields.Options.JumboMissing, offset + 4);
    }

    // Whether a hop-by-hop header has the option: RFC 2675, section 2.
    private static bool HasJumbo(ref Dissection dissection, int offset)
    {
        const byte Jumbo = 0xc2;
        int end = Math.Min(offset + ((dissection.U8(offset + 1) + 1) * 8), dissection.Octets.Length);
        for (int at = offset + 2; at < end;)
        {
            if (dissection.Octets[at] == Jumbo)
                return true;
            at += dissection.Octets[at] == 0 || at + 1 >= end ? 1 : 2 + dissection.Octets[at + 1];
        }

        return false;
    }

    private static TcpEndpoint EndOf(ReadOnlySpan<byte> address) => new(AddressNumber.Read(address), 0, IsIpv6: true);

    private static void ReadAddress(ref Dissection dissection, int offset, Field address, Field host)
    {
        dissection.Part(address, offset, 16);
        dissection.Part(Ipv6Fields.Address, offset, 16);
        dissection.AddressText(host, offset, 16);
        dissection.AddressText(Ipv6Fields.Host, offset, 16);
    }

    private static void ReadExtensions(ref Dissection dissection, int header, byte next, int offset, int length)
    {
        for (int count = 0; count < MostExtensions; count++)
        {
            int size;
            switch (next)
            {
                case 0 or 43 or 60:
                    size = (dissection.U8(offset + 1) + 1) * 8;
                    dissection.Protocol(next switch { 0 => Ipv6Fields.HopByHop, 43 => Ipv6Fields.Routing, _ => Ipv6Fields.DestinationOptions }, offset, size);
                    ReadExtension(ref dissection, header, next, offset, size, isFirst: count == 0);
                    break;
                case 44:
                    size = 8;
                    dissection.Protocol(Ipv6Fields.Fragment, offset, size);
                    if (dissection.U16(header + 4) == 0 && dissection.U8(header + 6) == 0 && HasJumbo(ref dissection, header + HeaderLength))
                        dissection.Remark(Ipv6Fields.Options.JumboFragment, offset);
                    dissection.Number(Ipv6Fields.FragmentNext, offset, 1);
                    dissection.Number(Ipv6Fields.FragmentReserved, offset + 1, 1);
                    dissection.Bits(Ipv6Fields.FragmentOffset, offset + 2, 2);
                    dissection.Fields.SayMore($" ({dissection.U16(offset + 2) & 0xfff8} bytes)");
                    dissection.Bits(Ipv6Fields.FragmentReservedBits, offset + 2, 2);
                    dissection.Bits(Ipv6Fields.FragmentMore, offset + 2, 2);
                    dissection.Number(Ipv6Fields.FragmentId, offset + 4, 4);
                    if (!IsWholeOrFirst(ref dissection, offset, length))
                        return;
                    break;
                case 51:
                    size = (dissection.U8(offset + 1) + 2) * 4;
                    break;
                default:
                    IpDissector.ReadPayload(ref dissection, (IPProtocol)next, offset, length);
                    return;
            }

            if (size > length || !dissection.Need(offset, size))
                return;
            if (next == 43)
                HeedRoute(ref dissection, header, offset, size);
            next = dissection.U8(offset);
            offset += size;
            length -= size;
        }
    }

    private static void ReadExtension(ref Dissection dissection, int header, byte kind, int offset, int size, bool isFirst)
    {
        const byte Routing = 43;
        int head = dissection.Fields.Last;
        ExtensionFields fields = kind switch { 0 => Ipv6Fields.HopByHopParts, Routing => Ipv6Fields.RoutingParts, _ => Ipv6Fields.DestinationParts };
        if (kind == 0 && !isFirst)
            dissection.Remark(Ipv6Fields.HopByHopNotFirst, offset);
        dissection.Number(fields.Next, offset, 1);
        dissection.Number(fields.Length, offset + 1, 1);
        if (kind == Routing)
        {
            Ipv6RoutingDissector.Read(ref dissection, header, head, offset, size);
            return;
        }

        dissection.Fields.Add(fields.Octets, (ulong)size, offset + 1, 1);
        Ipv6OptionDissector.Read(ref dissection, header, offset + 2, Math.Min(offset + size, dissection.Octets.Length), isHopByHop: kind == 0);
    }

    // An interface makes its address of its link address: RFC 4291, appendix A.
    private static void AddMac(ref Dissection dissection, Field field, int address)
    {
        const byte Universal = 2;
        if (!dissection.Fields.IsWanted(field) && !dissection.Fields.IsWanted(Ipv6Fields.Mac))
            return;
        ReadOnlySpan<byte> octets = dissection.Octets.Slice(address, 16);
        if (octets[0] == 0xff || (octets[8] & Universal) == 0 || octets[11] != 0xff || octets[12] != 0xfe)
            return;
        Span<byte> mac = [(byte)(octets[8] ^ Universal), octets[9], octets[10], octets[13], octets[14], octets[15]];
        dissection.Fields.AddMade(field, mac);
        dissection.Fields.AddMade(Ipv6Fields.Mac, mac);
    }

    /// <summary>Takes a packet for one from the address that a mobile node has at home: RFC 6275, section 6.3.</summary>
    /// <param name="dissection">The packet.</param>
    /// <param name="header">Where the header of IPv6 begins.</param>
    /// <param name="address">Where the address is.</param>
    internal static void HeedHome(ref Dissection dissection, int header, int address)
    {
        const int AddressLength = 16;
        if (!dissection.Has(address, AddressLength))
            return;
        dissection.Source = EndOf(dissection.Octets.Slice(address, AddressLength));
        LinkSummary.WriteAddresses(ref dissection, address, header + 24, AddressLength);
    }

    // Until the route is at its end, the last of its addresses is whom it is for: RFC 8200, section 4.4; RFC 6275, section 6.4.
    // A segment list stands in it from its end: RFC 8754, section 2. Of other routes the last address is not known here.
    private static void HeedRoute(ref Dissection dissection, int header, int offset, int size)
    {
        const int AddressLength = 16, HeadLength = 8;
        const byte Source = 0, Mobile = 2, Segments = 4;
        byte type = dissection.U8(offset + 2);
        if (dissection.U8(offset + 3) == 0)
            return;
        if (type is not (Source or Mobile or Segments) || size < HeadLength + AddressLength)
        {
            dissection.IsEndUnknown = true;
            return;
        }

        int last = type == Segments ? offset + HeadLength : offset + size - AddressLength;
        dissection.Destination = EndOf(dissection.Octets.Slice(last, AddressLength));
        LinkSummary.WriteAddresses(ref dissection, header + 8, last, AddressLength);
    }

    // A fragment that was captured whole waits for the others; of one that was not, only the first can be read.
    private static bool IsWholeOrFirst(ref Dissection dissection, int offset, int length)
    {
        const int HeaderLength = 8;
        int place = dissection.U16(offset + 2) & 0xfff8;
        bool hasMore = (dissection.U16(offset + 2) & 1) != 0;
        if (length < HeaderLength || (place == 0 && !hasMore))
            return true;
        if (dissection.Summary is { } summary)
            IpSummary.WriteFragment6(summary, dissection.U8(offset), place, hasMore, dissection.U32(offset + 4));
        if (!dissection.IsQuoted && dissection.Captured(offset, length) < length)
        {
            DataDissector.Read(ref dissection, offset + HeaderLength, length - HeaderLength);
            return false;
        }

        if (dissection.IsQuoted)
        {
            dissection.IsFragment = place == 0;
            return place == 0;
        }

        IpDissector.ReadFragment(ref dissection, (IPProtocol)dissection.U8(offset), dissection.U32(offset + 4), place, offset + HeaderLength, length - HeaderLength, isLast: !hasMore, Ipv6Fields.Fragments);
        return false;
    }
}
