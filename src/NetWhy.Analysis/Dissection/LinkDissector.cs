using NetWhy.Analysis.Fields;
using NetWhy.Analysis.Summaries;

namespace NetWhy.Analysis.Dissection;

/// <summary>Reads what a packet begins with, by the type of link, and Ethernet's types. Sources: pcap-linktype(7), IEEE 802.3, IEEE 802.1Q.</summary>
internal static class LinkDissector
{
    internal const string EtherType = "ethertype"; // what Wireshark calls the step from a link to what it carries
    internal const ushort Ipv4 = 0x0800;
    internal const ushort Arp = 0x0806;
    internal const ushort Vlan = 0x8100;
    internal const ushort ServiceVlan = 0x88a8;
    internal const ushort OldServiceVlan = 0x9100;
    internal const ushort Ipv6 = 0x86dd;
    internal const ushort Mpls = 0x8847;
    internal const ushort MplsMulticast = 0x8848;
    internal const ushort PppoeSession = 0x8864;
    private const int MostTags = 20; // in one another, so does Wireshark
    private const ushort LeastType = 0x0600; // below it is the length of an IEEE 802.3 frame
    private const ushort MostLength = 1500; // between the two is neither

    /// <summary>Reads a packet.</summary>
    /// <param name="dissection">The packet.</param>
    /// <param name="linkType">What it begins with.</param>
    /// <param name="length">How long it was.</param>
    /// <returns>Whether that type is read here.</returns>
    internal static bool Read(ref Dissection dissection, int linkType, int length)
    {
        switch (linkType)
        {
            case 1:
                ReadEthernet(ref dissection, 0, length);
                break;
            case 0:
            case 108:
                ReadLoopback(ref dissection, length, isBigEndian: linkType == 108);
                break;
            case 12:
            case 14:
            case 101:
                dissection.Protocol(RawFields.Group.Protocol, 0, length);
                ReadRaw(ref dissection, 0, length);
                break;
            case 228:
                IpDissector.Read(ref dissection, 0, length);
                break;
            case 229:
                Ipv6Dissector.Read(ref dissection, 0, length);
                break;
            case 113:
                CookedDissector.Read(ref dissection, length);
                break;
            case 276:
                CookedDissector.ReadSecond(ref dissection, length);
                break;
            case 9:
                ReadPpp(ref dissection, 0, length);
                break;
            default:
                return false;
        }

        return true;
    }

    /// <summary>Reads an Ethernet frame.</summary>
    /// <param name="dissection">The packet.</param>
    /// <param name="offset">Where the frame begins.</param>
    /// <param name="length">How long it is.</param>
    internal static void ReadEthernet(ref Dissection dissection, int offset, int length)
    {
        const int HeaderLength = 14;
        dissection.Begin(EthernetFields.Group.Protocol);
        dissection.Summary?.Begin("Ethernet"u8);
        if (!dissection.Need(offset, HeaderLength))
            return;
        dissection.Fields.Add(EthernetFields.Group.Protocol, 0, offset, dissection.Captured(offset, Math.Min(length, HeaderLength)));
        if (dissection.Has(offset, HeaderLength) && dissection.U16(offset + 12) is > MostLength and < LeastType)
            dissection.Fields.Say($"Ethernet Unknown, Src: {dissection.Octets.Slice(offset + 6, 6):mac}, Dst: {dissection.Octets.Slice(offset, 6):mac}");
        else if (dissection.Has(offset, HeaderLength) && dissection.U16(offset + 12) is > 0 and < LeastType)
            dissection.Fields.Say($"IEEE 802.3 Ethernet ");
        else if (dissection.Has(offset, 12))
            dissection.Fields.SayMore($", Src: {dissection.Octets.Slice(offset + 6, 6):mac}, Dst: {dissection.Octets.Slice(offset, 6):mac}");
        LinkSummary.WriteEthernet(ref dissection, offset);
        dissection.Part(EthernetFields.Destination, offset, 6);
        EthernetFields.DestinationNames.Add(ref dissection, offset);
        dissection.Part(EthernetFields.Address, offset, 6);
        EthernetFields.AddressNames.Add(ref dissection, offset);
        dissection.Bits(EthernetFields.DestinationLocal, offset, 3);
        dissection.Bits(EthernetFields.Local, offset, 3);
        dissection.Bits(EthernetFields.DestinationGroup, offset, 3);
        dissection.Bits(EthernetFields.IsGroup, offset, 3);
        dissection.Part(EthernetFields.Source, offset + 6, 6);
        if ((dissection.U8(offset + 6) & 1) != 0)
            dissection.Remark(EthernetFields.SourceIsGroup, offset + 6);
        EthernetFields.SourceNames.Add(ref dissection, offset + 6);
        dissection.Part(EthernetFields.Address, offset + 6, 6);
        EthernetFields.AddressNames.Add(ref dissection, offset + 6);
        dissection.Bits(EthernetFields.SourceLocal, offset + 6, 3);
        dissection.Bits(EthernetFields.Local, offset + 6, 3);
        dissection.Bits(EthernetFields.SourceGroup, offset + 6, 3);
        dissection.Bits(EthernetFields.IsGroup, offset + 6, 3);
        if (!dissection.Need(offset + 12, 2))
            return;
        ushort type = dissection.U16(offset + 12);
        if (type is > MostLength and < LeastType)
        {
            dissection.Number(EthernetFields.NeitherLengthNorType, offset + 12, 2);
            dissection.Fields.Remark(EthernetFields.NeitherRemark, offset + 12, $"{EthernetFields.NeitherRemark.Label}: 0x{type:x4} ({type})");
            return;
        }

        if (type is > 0 and < LeastType)
        {
            dissection.Number(EthernetFields.Length, offset + 12, 2);
            if (type > length - HeaderLength)
                dissection.Remark(EthernetFields.LengthTooLong, offset + 12);
            ReadTrailer(ref dissection, type, EthernetFields.Trailer, offset + HeaderLength, length - HeaderLength);
            ReadLogicalLink(ref dissection, offset + HeaderLength, Math.Min(length - HeaderLength, type));
            return;
        }

        dissection.Number(EthernetFields.Type, offset + 12, 2);
        ReadTrailer(ref dissection, type, EthernetFields.Trailer, offset + HeaderLength, length - HeaderLength);
        dissection.Fields.AddLayer(EtherType);
        ReadType(ref dissection, type, offset + HeaderLength, length - HeaderLength);
    }

    /// <summary>Reads what lies behind the packet that a frame carries: what fills it to its least length, or something else.</summary>
    /// <param name="dissection">The packet.</param>
    /// <param name="type">What the frame carries.</param>
    /// <param name="trailerField">The field of something else.</param>
    /// <param name="offset">Where it begins.</param>
    /// <param name="length">How much there is, with what lies behind.</param>
    internal static void ReadTrailer(ref Dissection dissection, ushort type, Field trailerField, int offset, int length)
    {
        const int HeaderLength = 14;
        const int LeastFrame = 60; // without the check sequence
        const int CheckLength = 4;
        const ulong Unverified = 2;
        int used = UsedOf(ref dissection, type, offset, length);
        int start = offset + used;
        int rest = Math.Min(length - used, dissection.Captured(start, length - used));
        if (used <= 0 || rest <= 0)
            return;
        int padding = Math.Max(0, LeastFrame - start);
        if (padding > rest)
            padding = 0; // it does not fill the frame
        bool isZero = padding > 0 && !dissection.Octets.Slice(start, padding).ContainsAnyExcept((byte)0);
        bool isDoubtful = padding > 0 && !isZero;
        if (!isZero)
            padding = 0;
        if (padding > 0)
            dissection.Part(EthernetFields.Padding, start, padding);
        bool hasCheck = trailerField == EthernetFields.Trailer && rest == length - used && rest - padding >= CheckLength && length + HeaderLength >= LeastFrame + CheckLength;
        int trailer = rest - padding - (hasCheck ? CheckLength : 0);
        if (trailer > 0)
            dissection.Part(trailerField, start + padding, trailer);
        if (trailer > 0 && isDoubtful)
            dissection.Remark(EthernetFields.PaddingDoubtful, start);
        if (!hasCheck)
            return;
        dissection.Number(EthernetFields.CheckSequence, start + rest - CheckLength, CheckLength);
        dissection.Fields.SayMore($" [unverified]");
        dissection.Fields.Add(EthernetFields.CheckStatus, Unverified, start + rest - CheckLength, 0);
    }

    /// <summary>How much of what a frame carries is said to be used.</summary>
    /// <param name="dissection">The packet.</param>
    /// <param name="type">What it carries, or how long that is.</param>
    /// <param name="offset">Where that begins.</param>
    /// <param name="length">How much there is.</param>
    /// <returns>All of it where nothing says it; 0 where nothing can be said.</returns>
    internal static int UsedOf(ref Dissection dissection, ushort type, int offset, int length)
    {
        int used = type switch
        {
            Ipv4 when dissection.Captured(offset, length) >= 4 => dissection.U16(offset + 2),
            Ipv6 when dissection.Captured(offset, length) >= 6 => dissection.U16(offset + 4) + 40,
            Arp when dissection.Captured(offset, length) >= 12 => ArpDissector.LengthOf(ref dissection, offset),
            < LeastType => type,
            _ => length,
        };
        return type == Ipv6 && used == 40 ? 0 : used; // a jumbogram says it elsewhere
    }

    // A tag's trailer has no check sequence.
    private static void ReadTagTrailer(ref Dissection dissection, ushort type, int offset, int length)
    {
        const int LeastFrame = 60;
        int used = UsedOf(ref dissection, type, offset, length);
        int start = offset + used;
        int rest = dissection.Captured(start, length - used);
        if (used <= 0 || rest <= 0)
            return;
        int padding = start + length - used >= LeastFrame ? Math.Min(rest, Math.Max(0, LeastFrame - start)) : 0;
        bool isZero = padding > 0 && !dissection.Octets.Slice(start, padding).ContainsAnyExcept((byte)0);
        bool isDoubtful = padding > 0 && !isZero;
        if (isDoubtful)
            padding = 0;
        if (padding > 0)
            dissection.Part(EthernetFields.Padding, start, padding);
        if (rest > padding)
            dissection.Part(VlanFields.Trailer, start + padding, rest - padding);
        if (rest > padding && isDoubtful)
            dissection.Remark(EthernetFields.PaddingDoubtful, start);
    }

    /// <summary>Reads what an Ethernet type says.</summary>
    /// <param name="dissection">The packet.</param>
    /// <param name="type">The type.</param>
    /// <param name="offset">Where it begins.</param>
    /// <param name="length">How much there is.</param>
    internal static void ReadType(ref Dissection dissection, ushort type, int offset, int length)
    {
        if (!dissection.Enter())
            return;
        int bound = dissection.Confine(offset + length);
        switch (type)
        {
            case Ipv4:
                IpDissector.Read(ref dissection, offset, length);
                break;
            case Ipv6:
                Ipv6Dissector.Read(ref dissection, offset, length);
                break;
            case Arp:
                ArpDissector.Read(ref dissection, offset, length);
                break;
            case Vlan:
            case OldServiceVlan:
                ReadVlan(ref dissection, offset, length);
                break;
            case ServiceVlan:
                ReadServiceVlan(ref dissection, offset, length);
                break;
            case Mpls:
            case MplsMulticast:
                ReadMpls(ref dissection, offset, length);
                break;
            case PppoeSession:
                ReadSession(ref dissection, offset, length);
                break;
            default:
                DataDissector.Read(ref dissection, offset, length);
                break;
        }

        dissection.Release(bound);
        dissection.Leave();
        dissection.TakeNote(); // what lies behind belongs to another
    }

    private static void ReadVlan(ref Dissection dissection, int offset, int length)
    {
        if (dissection.Tags >= MostTags)
        {
            dissection.Protocol(VlanFields.Group.Protocol, offset, 0);
            dissection.Remark(VlanFields.TooMany, offset);
            return;
        }

        dissection.Tags++;
        dissection.Protocol(VlanFields.Group.Protocol, offset, Math.Min(length, 4));
        if (dissection.Has(offset, 2))
            dissection.Fields.SayMore($", PRI: {dissection.U16(offset) >> 13}, DEI: {(dissection.U16(offset) >> 12) & 1}, ID: {dissection.U16(offset) & 0xfff}");
        dissection.Bits(VlanFields.Priority, offset, 2);
        dissection.Bits(VlanFields.DropEligible, offset, 2);
        dissection.Bits(VlanFields.Id, offset, 2);
        ushort type = dissection.U16(offset + 2);
        if (dissection.IsShort)
            return;
        if (type < LeastType)
        {
            dissection.Number(VlanFields.Length, offset + 2, 2);
            if (type > length - 4)
                dissection.Remark(VlanFields.PastEnd, offset + 2);
            ReadTagTrailer(ref dissection, type, offset + 4, length - 4);
            ReadLogicalLink(ref dissection, offset + 4, Math.Min(length - 4, type));
            return;
        }

        dissection.Number(VlanFields.Type, offset + 2, 2);
        ReadTagTrailer(ref dissection, type, offset + 4, length - 4);
        dissection.Fields.AddLayer(EtherType);
        ReadType(ref dissection, type, offset + 4, length - 4);
    }

    // Of two tags that follow each other, the first is the provider's, the second the customer's.
    private static void ReadServiceVlan(ref Dissection dissection, int offset, int length)
    {
        const int TagLength = 4;
        dissection.Protocol(ServiceVlanFields.Group.Protocol, offset, Math.Min(length, TagLength));
        ushort type = dissection.U16(offset + 2);
        bool isDouble = type == ServiceVlan && dissection.Has(offset, 2 * TagLength);
        AddServiceTag(ref dissection, offset, isDouble ? ServiceVlanFields.ServiceId : ServiceVlanFields.Id);
        if (isDouble)
        {
            offset += TagLength;
            length -= TagLength;
            type = dissection.U16(offset + 2);
            AddServiceTag(ref dissection, offset, ServiceVlanFields.CustomerId);
        }

        if (dissection.IsShort)
            return;
        dissection.Number(EthernetFields.Type, offset + 2, 2);
        ReadTrailer(ref dissection, type, VlanFields.Trailer, offset + TagLength, length - TagLength);
        dissection.Fields.AddLayer(EtherType);
        ReadType(ref dissection, type, offset + TagLength, length - TagLength);
    }

    private static void AddServiceTag(ref Dissection dissection, int offset, Field id)
    {
        int head = dissection.Fields.Last;
        dissection.Bits(ServiceVlanFields.Priority, offset, 2);
        dissection.Bits(ServiceVlanFields.DropEligible, offset, 2);
        dissection.Bits(id, offset, 2);
        dissection.Fields.SayMoreOf(head, $", ID: {dissection.U16(offset) & 0xfff}");
    }

    private static void ReadSession(ref Dissection dissection, int offset, int length)
    {
        const int HeaderLength = 6;
        dissection.Protocol(SessionFields.Group.Protocol, offset, Math.Min(length, HeaderLength));
        dissection.Bits(SessionFields.Version, offset, 1);
        dissection.Bits(SessionFields.Type, offset, 1);
        dissection.Number(SessionFields.Code, offset + 1, 1);
        dissection.Number(SessionFields.Id, offset + 2, 2);
        int announced = (int)dissection.Number(SessionFields.Length, offset + 4, 2);
        ReadPpp(ref dissection, offset + HeaderLength, Math.Min(length - HeaderLength, announced));
    }

    private static void ReadLogicalLink(ref Dissection dissection, int offset, int length)
    {
        const ushort Snap = 0xaaaa;
        dissection.Fields.AddLayer("llc");
        if (length >= 8 && dissection.Has(offset, 8) && dissection.U16(offset) == Snap && dissection.U8(offset + 2) == 3 && dissection.Integer(offset + 3, 3) == 0)
            ReadType(ref dissection, dissection.U16(offset + 6), offset + 8, length - 8);
    }

    private static void ReadMpls(ref Dissection dissection, int offset, int length)
    {
        dissection.Begin(MplsFields.Group.Protocol); // once, however many labels there are
        while (length >= 4 && dissection.Need(offset, 4))
        {
            dissection.Fields.Add(MplsFields.Group.Protocol, 0, offset, dissection.Captured(offset, 4));
            uint entry = dissection.U32(offset);
            dissection.Fields.SayMore($", Label: {entry >> 12}, Exp: {(entry >> 9) & 7}, S: {(entry >> 8) & 1}, TTL: {entry & 0xff}");
            dissection.Bits(MplsFields.Label, offset, 4);
            dissection.Fields.SayMore($" (0x{entry >> 12:x5})");
            dissection.Bits(MplsFields.TrafficClass, offset, 4);
            dissection.Bits(MplsFields.Bottom, offset, 4);
            dissection.Bits(MplsFields.TimeToLive, offset, 4);
            bool isBottom = (dissection.U8(offset + 2) & 1) != 0;
            offset += 4;
            length -= 4;
            if (isBottom)
            {
                ReadRaw(ref dissection, offset, length);
                if (dissection.Memory.Preferences.LooksIntoTunnels && dissection.U8(offset) >> 4 is not (4 or 6) && Tunnels.InPseudowire(dissection.Rest(offset, length), out int behind) is TunnelContent.Frame)
                {
                    dissection.Memory.HasOpenedTunnel = true;
                    ReadEthernet(ref dissection, offset + behind, length - behind);
                }

                return;
            }
        }
    }

    // The first four bits say which IP it is.
    internal static void ReadRaw(ref Dissection dissection, int offset, int length)
    {
        if (length <= 0 || !dissection.Need(offset, 1))
            return;
        switch (dissection.U8(offset) >> 4)
        {
            case 4:
                ReadType(ref dissection, Ipv4, offset, length);
                break;
            case 6:
                ReadType(ref dissection, Ipv6, offset, length);
                break;
        }
    }

    // The address family, in the order of the machine that captured; IPv6 has a number of its own in each BSD.
    private static void ReadLoopback(ref Dissection dissection, int length, bool isBigEndian)
    {
        if (!dissection.Need(0, 4))
            return;
        uint family = dissection.U32(0);
        if (!isBigEndian && family > ushort.MaxValue)
            family = System.Buffers.Binary.BinaryPrimitives.ReverseEndianness(family);
        dissection.Protocol(LoopbackFields.Group.Protocol, 0, 4);
        dissection.Fields.Add(LoopbackFields.Family, family, 0, 4);
        if (family == 2)
            ReadType(ref dissection, Ipv4, 4, length - 4);
        else if (family is 10 or 24 or 28 or 30)
            ReadType(ref dissection, Ipv6, 4, length - 4);
    }

    /// <summary>Reads what PPP carries. What stands before the protocol may be left out, and so may its first octet: RFC 1661, section 6.5.</summary>
    /// <param name="dissection">The packet.</param>
    /// <param name="offset">Where it begins.</param>
    /// <param name="length">How much there is.</param>
    internal static void ReadPpp(ref Dissection dissection, int offset, int length)
    {
        const ushort AllStations = 0xff03;
        dissection.Protocol(PointToPointFields.Group.Protocol, offset, length);
        if (dissection.U16(offset) == AllStations)
        {
            dissection.Number(PointToPointFields.Address, offset, 1);
            dissection.Number(PointToPointFields.Control, offset + 1, 1);
            offset += 2;
            length -= 2;
        }

        int size = (dissection.U8(offset) & 1) != 0 ? 1 : 2;
        ulong protocol = dissection.Number(PointToPointFields.Protocol, offset, size);
        if (protocol == 0x0021)
            ReadType(ref dissection, Ipv4, offset + size, length - size);
        else if (protocol == 0x0057)
            ReadType(ref dissection, Ipv6, offset + size, length - size);
    }
}
