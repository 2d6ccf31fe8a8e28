using NetWhy.Analysis.Fields;

namespace NetWhy.Analysis.Dissection;

/// <summary>GRE and what it carries. Sources: RFC 1701, RFC 2637, RFC 2784, RFC 2890; draft-ietf-wrec-web-pro (redirected by WCCP); 3GPP2 A.S0012.</summary>
internal static class GreDissector
{
    // Source: the types that Wireshark knows; the wording is Wireshark's, since filters quote it.
    internal static readonly IReadOnlyDictionary<ulong, string> Types = new Dictionary<ulong, string>
    {
        [0x0] = "Possible GRE keepalive packet",
        [0x880b] = "PPP",
        [0x800] = "IP",
        [0x806] = "ARP",
        [0xfe] = "OSI",
        [0x883e] = "WCCP",
        [0x2000] = "CDP (Cisco)",
        [0x2001] = "NHRP",
        [0x88be] = "ERSPAN",
        [0x22eb] = "ERSPAN III",
        [0x6400] = "MIKROTIK EoIP",
        [0xfeae] = "AIROHIVE AP AP",
        [0x8137] = "IPX",
        [0x6558] = "Transparent Ethernet bridging",
        [0x6559] = "Frame Relay",
        [0x86dd] = "IPv6",
        [0x8847] = "MPLS label switched packet",
        [0x894f] = "Network Service Header",
        [0x8881] = "CDMA2000 A10 Unstructured byte stream",
        [0x88d2] = "CDMA2000 A10 3GPP2 Packet",
        [0x8909] = "CiscoMetaData",
        [0xb7ea] = "Huawei GRE bonding",
        [0x8200] = "ARUBA WLAN",
        [0x8210] = "ARUBA WLAN",
        [0x8220] = "ARUBA WLAN",
        [0x8230] = "ARUBA WLAN",
        [0x8240] = "ARUBA WLAN",
        [0x8250] = "ARUBA WLAN",
        [0x8260] = "ARUBA WLAN",
        [0x8270] = "ARUBA WLAN",
        [0x8280] = "ARUBA WLAN",
        [0x8290] = "ARUBA WLAN",
        [0x82a0] = "ARUBA WLAN",
        [0x82b0] = "ARUBA WLAN",
        [0x82c0] = "ARUBA WLAN",
        [0x82d0] = "ARUBA WLAN",
        [0x82e0] = "ARUBA WLAN",
        [0x82f0] = "ARUBA WLAN",
        [0x8300] = "ARUBA WLAN",
        [0x8310] = "ARUBA WLAN",
        [0x8320] = "ARUBA WLAN",
        [0x8330] = "ARUBA WLAN",
        [0x8340] = "ARUBA WLAN",
        [0x8350] = "ARUBA WLAN",
        [0x8360] = "ARUBA WLAN",
        [0x8370] = "ARUBA WLAN",
        [0x9000] = "ARUBA WLAN",
    };

    private static readonly Dictionary<ulong, string> Versions = new()
    {
        [0] = "GRE",
        [1] = "Enhanced GRE",
    };

    private static readonly Dictionary<ulong, string> Services = new()
    {
        [0] = "HTTP",
    };

    private static readonly Dictionary<ulong, string> AttributeTypes = new()
    {
        [0x1] = "1x SDB/HRPD DOS Indicator",
        [0x2] = "Flow Control Indication",
        [0x3] = "IP Flow Discriminator",
        [0x4] = "Segmentation Indication",
    };

    private static readonly Dictionary<ulong, string> Segments = new()
    {
        [0x0] = "Packet Started",
        [0x1] = "Packet continued",
        [0x2] = "Packet Ended",
    };

    internal static readonly FieldGroup Group = new("gre", "Generic Routing Encapsulation");
    private static readonly Field FlagsAndVersion = Group.Hexadecimal("flags_and_version", "Flags and Version", 16);
    private static readonly Field HasChecksum = Group.Boolean("flags.checksum", "Checksum Bit", 16).Masked(0x8000, level: 2).Saying("No", "Yes");
    private static readonly Field HasRouting = Group.Boolean("flags.routing", "Routing Bit", 16).Masked(0x4000, level: 2).Saying("No", "Yes");
    private static readonly Field HasKey = Group.Boolean("flags.key", "Key Bit", 16).Masked(0x2000, level: 2).Saying("No", "Yes");
    private static readonly Field HasSequence = Group.Boolean("flags.sequence_number", "Sequence Number Bit", 16).Masked(0x1000, level: 2).Saying("No", "Yes");
    private static readonly Field IsStrict = Group.Boolean("flags.strict_source_route", "Strict Source Route Bit", 16).Masked(0x800, level: 2).Saying("No", "Yes");
    private static readonly Field Recursion = Group.Unsigned("flags.recursion_control", "Recursion control", 16).Masked(0x700, level: 2);
    private static readonly Field HasAcknowledgment = Group.Boolean("flags.ack", "Acknowledgment", 16).Masked(0x80, level: 2).Saying("No", "Yes");
    private static readonly Field FlagsReserved = Group.Unsigned("flags.reserved", "Flags (Reserved)", 16).Masked(0xf8, level: 2);
    private static readonly Field Version = Group.Unsigned("flags.version", "Version", 16, Versions).Masked(0x7, level: 2);
    private static readonly Field ProtocolType = Group.Hexadecimal("proto", "Protocol Type", 16, Types);
    private static readonly Field Checksum = Group.Hexadecimal("checksum", "Checksum", 16);
    private static readonly Field ChecksumStatus = Group.Unsigned("checksum.status", "Checksum Status", 8, IpNames.Checksum).NameAlone().Generated();
    private static readonly Field ChecksumWrong = Group.Finding("checksum.incorrect", "Incorrect GRE Checksum", Severity.Warning, ExpertGroup.Protocol);
    private static readonly Field Offset = Group.Unsigned("offset", "Offset", 16);
    private static readonly Field Key = Group.Hexadecimal("key", "Key", 32);
    private static readonly Field PayloadLength = Group.Unsigned("key.payload_length", "Payload Length", 16);
    private static readonly Field CallId = Group.Unsigned("key.call_id", "Call ID", 16);
    private static readonly Field Sequence = Group.Unsigned("sequence_number", "Sequence Number", 32);
    private static readonly Field Acknowledgment = Group.Unsigned("ack_number", "Acknowledgment Number", 32);
    private static readonly Field Routing = Group.None("routing", "Routing");
    private static readonly Field RoutingFamily = Group.Unsigned("routing.address_family", "Address Family", 16);
    private static readonly Field RoutingOffset = Group.Unsigned("routing.sre_offset", "SRE Offset", 8);
    private static readonly Field RoutingLength = Group.Unsigned("routing.src_length", "SRE Length", 8);
    private static readonly Field RoutingInformation = Group.Octets("routing.information", "Routing Information");
    private static readonly Field Attributes = Group.None("3gpp2_attrib", "3GPP2 Attributes");
    private static readonly Field AttributeType = Group.Hexadecimal("3gpp2_attrib_id", "Type", 8, AttributeTypes).Masked(0x7f, level: 3);
    private static readonly Field AttributeLength = Group.Hexadecimal("3gpp2_attrib_length", "Length", 8).At(3);
    private static readonly Field ShortData = Group.Boolean("3gpp2_sdi", "SDI/DOS", 16).Masked(0x8000, level: 3).Saying("Reserved", "Packet suitable for 1x SDB or HRPD DOS transmission");
    private static readonly Field FlowControl = Group.Boolean("3gpp2_fci", "Flow Control Indicator", 16).Masked(0x8000, level: 3).Saying("XON", "XOFF");
    private static readonly Field Duration = Group.Boolean("3gpp2_di", "Duration Indicator", 16).Masked(0x4000, level: 3).Saying("TEMPORARY", "INDEFINITE:");
    private static readonly Field FlowId = Group.Octets("ggp2_flow_disc", "Flow ID").At(3);
    private static readonly Field Segment = Group.Hexadecimal("ggp2_3gpp2_seg", "Type", 16, Segments).Masked(0xc000, level: 3);
    private static readonly Field Redirect = Group.None("wccp.redirect_header", "Redirect Header");
    private static readonly Field IsDynamic = Group.Boolean("wccp.dynamic_service", "Dynamic Service", 8).Masked(0x1, level: 2).Saying("Well-known service", "Dynamic service");
    private static readonly Field UsesAlternative = Group.Boolean("wccp.alternative_bucket_used", "Alternative bucket used", 8).Masked(0x2, level: 2).Saying("Primary bucket used", "Alternative bucket used");
    private static readonly Field RedirectIsValid = Group.Boolean("wccp.redirect_header_valid", "WCCP Redirect header is valid", 8).Masked(0x4, level: 2).Saying("Header contents are valid", "Header is present, but ignore contents");
    private static readonly Field Service = Group.Unsigned("wccp.service_id", "Service ID", 8, Services).At(2);
    private static readonly Field AlternativeBucket = Group.Unsigned("wccp.alternative_bucket", "Alternative Bucket", 8).At(2);
    private static readonly Field PrimaryBucket = Group.Unsigned("wccp.primary_bucket", "Primary Bucket", 8).At(2);

    private const ushort Bridged = 0x6558;
    private const ushort Ppp = 0x880b;
    private const ushort Redirected = 0x883e; // by WCCP
    private const ushort Cdma = 0x8881;
    private const ushort CdmaPacket = 0x88d2;

    private const ushort ChecksumBit = 0x8000;
    private const ushort RoutingBit = 0x4000;
    private const ushort KeyBit = 0x2000;
    private const ushort SequenceBit = 0x1000;
    private const ushort AcknowledgmentBit = 0x0080;
    private const ushort VersionBits = 7;

    /// <summary>Reads a packet.</summary>
    /// <param name="dissection">The packet.</param>
    /// <param name="offset">Where it begins.</param>
    /// <param name="length">How much there is.</param>
    internal static void Read(ref Dissection dissection, int offset, int length)
    {
        ReadOnlySpan<byte> before = dissection.Narrow(offset + length);
        int place = dissection.Fields.Last + 1;
        dissection.Protocol(Group.Protocol, offset, length);
        int start = offset;
        ushort flags = dissection.U16(offset);
        ushort type = dissection.U16(offset + 2);
        if (dissection.Need(offset, 4))
            dissection.Fields.SayMore($" ({Types.GetValueOrDefault(type) ?? $"0x{type:x4} - unknown"})");
        bool isEnhanced = type is Ppp && (flags & VersionBits) != 0; // as Wireshark has it: by what is carried, too
        bool hasAcknowledgment = isEnhanced || type is Cdma or CdmaPacket;
        ReadFlags(ref dissection, offset, hasAcknowledgment);
        dissection.Number(ProtocolType, offset + 2, 2);
        offset += 4;
        if (!dissection.IsShort)
            ReadOptional(ref dissection, flags, type, hasAcknowledgment, start, length, ref offset);
        dissection.Widen(before);
        if (dissection.IsShort)
            return;
        length -= offset - start;
        SetLength(ref dissection, place, start, offset - start);
        if (length > 0)
            ReadPayload(ref dissection, flags, type, offset, length);
    }

    // The protocol is as long as its header.
    private static void SetLength(ref Dissection dissection, int place, int start, int length)
    {
        if (dissection.Fields.IsWanted(Group.Protocol))
            dissection.Fields.Resize(place, dissection.Captured(start, length));
    }

    private static void ReadFlags(ref Dissection dissection, int offset, bool hasAcknowledgment)
    {
        const ulong ReservedBits = 0xf8;
        const ulong FewerReservedBits = 0x78; // where a bit of them says that something is acknowledged
        dissection.Number(FlagsAndVersion, offset, 2);
        dissection.Bits(HasChecksum, offset, 2);
        dissection.Bits(HasRouting, offset, 2);
        dissection.Bits(HasKey, offset, 2);
        dissection.Bits(HasSequence, offset, 2);
        dissection.Bits(IsStrict, offset, 2);
        dissection.Bits(Recursion, offset, 2);
        if (hasAcknowledgment)
            dissection.Bits(HasAcknowledgment, offset, 2);
        dissection.Bits(FlagsReserved, offset, 2, hasAcknowledgment ? FewerReservedBits : ReservedBits);
        if (hasAcknowledgment && dissection.Need(offset, 2))
        {
            int reserved = dissection.U8(offset + 1);
            dissection.Fields.Say($".... .... .{(reserved >> 6) & 1}{(reserved >> 5) & 1}{(reserved >> 4) & 1} {(reserved >> 3) & 1}... = {FlagsReserved.Label}: {(reserved >> 3) & 0xf}");
        }

        dissection.Bits(Version, offset, 2);
    }

    // RFC 2890, section 2; RFC 2637, section 4.1.
    private static void ReadOptional(ref Dissection dissection, ushort flags, ushort type, bool hasAcknowledgment, int start, int length, ref int offset)
    {
        if ((flags & (ChecksumBit | RoutingBit)) != 0)
        {
            ReadChecksum(ref dissection, flags, start, length, offset);
            dissection.Number(Offset, offset + 2, 2);
            offset += 4;
        }

        if ((flags & KeyBit) != 0)
        {
            if (hasAcknowledgment && type is not Cdma)
            {
                dissection.Number(PayloadLength, offset, 2);
                dissection.Number(CallId, offset + 2, 2);
            }
            else
            {
                dissection.Number(Key, offset, 4);
            }

            offset += 4;
        }

        if ((flags & SequenceBit) != 0)
        {
            dissection.Number(Sequence, offset, 4);
            offset += 4;
        }

        if (hasAcknowledgment && (flags & AcknowledgmentBit) != 0)
        {
            dissection.Number(Acknowledgment, offset, 4);
            offset += 4;
        }

        if ((flags & RoutingBit) != 0)
            ReadRouting(ref dissection, ref offset);
        if (type is CdmaPacket && (flags & AcknowledgmentBit) == 0)
            ReadAttributes(ref dissection, ref offset);
        if (type is Redirected && dissection.Need(offset, 1) && (dissection.U8(offset) & 0xf0) != 0x40)
            ReadRedirect(ref dissection, ref offset);
    }

    private static void ReadChecksum(ref Dissection dissection, ushort flags, int start, int length, int offset)
    {
        ushort sent = (ushort)dissection.Number(Checksum, offset, 2);
        if (!dissection.Need(offset, 2))
            return;
        if ((flags & ChecksumBit) == 0 || dissection.Captured(start, length) < length || dissection.IsFragment)
        {
            dissection.Fields.SayMore($" [unverified]");
            dissection.Fields.Add(ChecksumStatus, PacketChecksum.Unverified, offset, 0);
            return;
        }

        ushort right = PacketChecksum.RightOf(dissection.Octets.Slice(start, length), sent);
        if (right == sent)
        {
            dissection.Fields.SayMore($" [correct]");
            dissection.Fields.Add(ChecksumStatus, PacketChecksum.Good, offset, 0);
            return;
        }

        dissection.Fields.SayMore($" incorrect, should be 0x{right:x4}");
        dissection.Fields.Remark(ChecksumWrong, offset, $"Incorrect GRE Checksum [should be 0x{right:x4}]");
        dissection.Fields.Add(ChecksumStatus, PacketChecksum.Bad, offset, 0);
    }

    // RFC 1701: entries, up to one of nothing.
    private static void ReadRouting(ref Dissection dissection, ref int offset)
    {
        while (dissection.Need(offset, 1))
        {
            ushort family = dissection.U16(offset);
            int length = dissection.U8(offset + 3);
            dissection.Fields.Add(Routing, 0, offset, 4 + length);
            dissection.Number(RoutingFamily, offset, 2);
            dissection.Number(RoutingOffset, offset + 2, 1);
            dissection.Number(RoutingLength, offset + 3, 1);
            offset += 4;
            if (dissection.IsShort)
                return;
            if (family == 0 && length == 0)
                return;
            dissection.Part(RoutingInformation, offset, length);
            offset += length;
        }
    }

    private static void ReadAttributes(ref Dissection dissection, ref int offset)
    {
        const byte Last = 0x80;
        dissection.Fields.Add(Attributes, 0, offset, 0);
        bool isLast = false;
        while (!isLast && dissection.Need(offset, 2))
        {
            isLast = (dissection.U8(offset) & Last) != 0;
            int type = dissection.U8(offset) & 0x7f;
            int length = dissection.U8(offset + 1);
            string value = type switch
            {
                1 => (dissection.U8(offset + 2) & 0x80) != 0 ? " - Packet suitable for 1x SDB or HRPD DOS transmission" : " - Reserved",
                2 => $" - {((dissection.U8(offset + 2) & 0x80) != 0 ? "XON" : "XOFF")}/{((dissection.U8(offset + 2) & 0x40) != 0 ? "INDEFINITE" : "TEMPORARY")}",
                _ => "",
            };
            dissection.Fields.Depth = 2;
            dissection.Fields.AddText(FrameFields.Text, $"{AttributeTypes.GetValueOrDefault((ulong)type) ?? "Unknown"}{value}");
            dissection.Fields.Depth = 0;
            dissection.Bits(AttributeType, offset, 1);
            dissection.Number(AttributeLength, offset + 1, 1);
            offset += 2;
            switch (type)
            {
                case 1:
                    dissection.Bits(ShortData, offset, 2);
                    break;
                case 2:
                    dissection.Bits(FlowControl, offset, 2);
                    dissection.Bits(Duration, offset, 2);
                    break;
                case 3:
                    dissection.Part(FlowId, offset, length);
                    break;
                case 4:
                    dissection.Bits(Segment, offset, 2);
                    break;
            }

            offset += length;
        }
    }

    private static void ReadRedirect(ref Dissection dissection, ref int offset)
    {
        dissection.Fields.Add(Redirect, 0, offset, 4);
        dissection.Bits(IsDynamic, offset, 1);
        dissection.Bits(UsesAlternative, offset, 1);
        dissection.Bits(RedirectIsValid, offset, 1);
        dissection.Number(Service, offset + 1, 1);
        dissection.Number(AlternativeBucket, offset + 2, 1);
        dissection.Number(PrimaryBucket, offset + 3, 1);
        offset += 4;
    }

    private static void ReadPayload(ref Dissection dissection, ushort flags, ushort type, int offset, int length)
    {
        switch (type)
        {
            case Bridged:
                LinkDissector.ReadEthernet(ref dissection, offset, length);
                break;
            case Ppp:
                LinkDissector.ReadPpp(ref dissection, offset, length);
                break;
            case Redirected:
                LinkDissector.ReadType(ref dissection, LinkDissector.Ipv4, offset, length);
                break;
            case Cdma or CdmaPacket:
                break;
            case var _ when dissection.Memory.Preferences.LooksIntoTunnels && Tunnels.InGre(type, flags, dissection.Rest(offset, length), out int behind) is TunnelContent.Frame:
                dissection.Memory.HasOpenedTunnel = true;
                LinkDissector.ReadEthernet(ref dissection, offset + behind, length - behind);
                break;
            default:
                LinkDissector.ReadType(ref dissection, type, offset, length);
                break;
        }
    }
}
