using System.Buffers;
using NetWhy.Analysis.Fields;
using NetWhy.Wire.Dns;

namespace NetWhy.Analysis.Dissection;

/// <summary>Options of Neighbor Discovery.</summary>
/// <remarks>
/// Sources: RFC 4861, RFC 3122, RFC 3971, RFC 4140, RFC 4191, RFC 5175, RFC 5269, RFC 5271, RFC 5568, RFC 6275, RFC 6496, RFC 6775,
/// RFC 7400, RFC 8106, RFC 8781, RFC 8910.
/// </remarks>
internal static class NeighborOptions
{
    internal static readonly FieldGroup Group = new(Icmpv6Dissector.Group);
    internal static readonly Field Option = Group.None("opt", "ICMPv6 Option");
    private static readonly Field Type = Group.Unsigned("opt.type", "Type", 8, IpNames.NeighborOption).At(2);
    private static readonly Field Length = Group.Unsigned("opt.length", "Length", 8).At(2);
    private static readonly Field Reserved = Group.None("opt.reserved", "Reserved").At(2);
    private static readonly Field Padding = Group.None("opt.padding", "Padding").At(2);
    private static readonly Field LinkAddress = Group.Octets("opt.linkaddr", "Link-layer address").SeparatedBy((byte)':').At(2);
    private static readonly Field SourceLinkAddress = Group.Octets("opt.src_linkaddr", "Source Link-layer address").SeparatedBy((byte)':').At(2).Hidden();
    private static readonly Field TargetLinkAddress = Group.Octets("opt.target_linkaddr", "Target Link-layer address").SeparatedBy((byte)':').At(2).Hidden();
    private static readonly Field LongLinkAddress = Group.Octets("opt.linkaddr_eui64", "Link-layer address").SeparatedBy((byte)':').At(2);
    private static readonly Field LongSourceLinkAddress = Group.Octets("opt.src_linkaddr_eui64", "Source Link-layer address").SeparatedBy((byte)':').At(2).Hidden();
    private static readonly Field LongTargetLinkAddress = Group.Octets("opt.target_linkaddr_eui64", "Target Link-layer address").SeparatedBy((byte)':').At(2).Hidden();
    private static readonly Field PrefixLength = Group.Unsigned("opt.prefix.length", "Prefix Length", 8).At(2);
    private static readonly Field PrefixFlags = Group.Hexadecimal("opt.prefix.flag", "Flag", 8).At(2);
    private static readonly Field PrefixOnLink = Group.Flag("opt.prefix.flag.l", "On-link flag(L)", 8, 0x80, level: 3);
    private static readonly Field PrefixAutonomous = Group.Flag("opt.prefix.flag.a", "Autonomous address-configuration flag(A)", 8, 0x40, level: 3);
    private static readonly Field PrefixRouterAddress = Group.Flag("opt.prefix.flag.r", "Router address flag(R)", 8, 0x20, level: 3);
    private static readonly Field PrefixFlagsReserved = Group.Unsigned("opt.prefix.flag.reserved", "Reserved", 8).Masked(0x1f, level: 3);
    private static readonly Field ValidLifetime = Group.Unsigned("opt.prefix.valid_lifetime", "Valid Lifetime", 32, Icmpv6Names.Lifetime).At(2).SpecialNames();
    private static readonly Field PreferredLifetime = Group.Unsigned("opt.prefix.preferred_lifetime", "Preferred Lifetime", 32, Icmpv6Names.Lifetime).At(2).SpecialNames();
    private static readonly Field Prefix = Group.Ipv6Address("opt.prefix", "Prefix").At(2);
    private static readonly Field RedirectedPacket = Group.None("opt.redirected_packet", "Redirected Packet").At(2);
    private static readonly Field Mtu = Group.Unsigned("opt.mtu", "MTU", 32).At(2);
    private static readonly Field ShortcutLimit = Group.Unsigned("opt.nbma.shortcut_limit", "Shortcut Limit", 8).At(2);
    private static readonly Field AdvertisementInterval = Group.Unsigned("opt.advertisement_interval", "Advertisement Interval", 32).At(2);
    private static readonly Field HomeAgentPreference = Group.Unsigned("opt.home_agent_preference", "Home Agent Preference", 16).At(2);
    private static readonly Field HomeAgentLifetime = Group.Unsigned("opt.home_agent_lifetime", "Home Agent Preference", 16).At(2);
    private static readonly Field ListedAddress = Group.Ipv6Address("opt.ipv6_address", "IPv6 Address").At(2);
    private static readonly Field PadLength = Group.Unsigned("opt.cga.pad_length", "Pad Length", 8).At(2);
    private static readonly Field GeneratedAddress = Group.Octets("opt.cga", "CGA").At(2);
    private static readonly Field GeneratedModifier = Group.Octets("opt.cga.modifier", "Modifier").At(3);
    private static readonly Field GeneratedPrefix = Group.Octets("opt.cga.subnet_prefix", "Subnet Prefix").At(3);
    private static readonly Field GeneratedCount = Group.Octets("opt.cga.count", "Count").At(3);
    private static readonly Field GeneratedKey = Group.None("opt.cga.subject_public_key_info", "Subject Public Key Info").At(3);
    private static readonly Field GeneratedMoreType = Group.Unsigned("opt.cga.ext_type", "Ext Type", 16).At(3);
    private static readonly Field GeneratedMoreLength = Group.Unsigned("opt.cga.ext_length", "Ext Length", 16).At(3);
    private static readonly Field GeneratedMoreData = Group.Octets("opt.cga.ext_data", "Ext Data").At(3);
    private static readonly Field SignatureKeyHash = Group.Octets("opt.rsa.key_hash", "Key Hash").At(2);
    private static readonly Field ProxyKeyHash = Group.Octets("opt.ps.key_hash", "Key Hash").At(2);
    private static readonly Field SignatureAndPadding = Group.None("opt.digital_signature_padding", "Digital Signature and Padding").At(2);
    private static readonly Field Timestamp = Group.Time("opt.timestamp", "Timestamp").At(2);
    private static readonly Field Nonce = Group.Octets("opt.nonce", "Nonce").At(2);
    private static readonly Field NameType = Group.Unsigned("opt.name_type", "Name Type", 8, Icmpv6Names.NameType).At(2);
    private static readonly Field DistinguishedName = Group.Octets("opt.name_x501", "DER Encoded X.501 Name").At(2);
    private static readonly Field DomainName = Group.Text("opt.name_type.fqdn", "FQDN").At(2);
    private static readonly Field NameChoice = Group.Unsigned("x509_Name", "Name", 32).At(3);
    private static readonly Field Certificate = Group.None("x509_Certificate", "Certificate").At(2);
    private static readonly Field CertificateAndPadding = Group.None("opt.certificate_padding", "Certificate and Padding").At(2);
    private static readonly Field AddressCode = Group.Unsigned("opt.ipa.option_code", "Option-code", 8, Icmpv6Names.AddressPrefixCode).At(2);
    private static readonly Field AddressPrefixLength = Group.Unsigned("opt.ipa.prefix_len", "Prefix Length", 8).At(2);
    private static readonly Field Address = Group.Ipv6Address("opt.ipa.ipv6_address", "IPv6 Address").At(2);
    private static readonly Field NewPrefixCode = Group.Unsigned("opt.nrpi.option_code", "Option-code", 8).At(2);
    private static readonly Field NewPrefixLength = Group.Unsigned("opt.nrpi.prefix_len", "Prefix Length", 8).At(2);
    private static readonly Field NewPrefix = Group.Ipv6Address("opt.nrpi.prefix", "Prefix").At(2);
    private static readonly Field LinkAddressCode = Group.Unsigned("opt.lla.option_code", "Option-code", 8, Icmpv6Names.LinkAddressCode).At(2);
    private static readonly Field LinkAddressOctets = Group.Octets("opt.lla.bytes", "Link-Layer Address").At(2);
    private static readonly Field AcknowledgmentCode = Group.Unsigned("opt.naack.option_code", "Option-Code", 8).At(2);
    private static readonly Field AcknowledgmentStatus = Group.Unsigned("opt.naack.status", "Status", 8, Icmpv6Names.AcknowledgmentStatus).At(2);
    private static readonly Field SuppliedAddress = Group.Ipv6Address("opt.naack.supplied_ncoa", "Supplied NCoA").At(2);
    private static readonly Field AnchorDistance = Group.Unsigned("opt.map.distance", "Distance", 8).Masked(0xf0, level: 2);
    private static readonly Field AnchorPreference = Group.Unsigned("opt.map.preference", "Preference", 8).Masked(0xf, level: 2);
    private static readonly Field AnchorFlags = Group.Hexadecimal("opt.map.flag", "Flag", 8).At(2);
    private static readonly Field AnchorRegional = Group.Boolean("opt.map.flag.r", "RCoA Flag", 8).Masked(0x80, level: 3);
    private static readonly Field AnchorReserved = Group.Unsigned("opt.map.flag.reserved", "Reserved", 8).Masked(0x7f, level: 3);
    private static readonly Field AnchorLifetime = Group.Unsigned("opt.map.valid_lifetime", "Valid Lifetime", 32).At(2);
    private static readonly Field AnchorAddress = Group.Ipv6Address("opt.map.global_address", "Global Address").At(2);
    private static readonly Field RouteFlags = Group.Hexadecimal("opt.route_info.flag", "Flag", 8).At(2);
    private static readonly Field RoutePreference = Group.Unsigned("opt.route_info.flag.route_preference", "Route Preference", 8, Icmpv6Names.Preference).Masked(0x18, level: 3);
    private static readonly Field RouteReserved = Group.Unsigned("opt.route_info.flag.reserved", "Reserved", 8).Masked(0xe7, level: 3);
    private static readonly Field RouteLifetime = Group.Unsigned("opt.route_lifetime", "Route Lifetime", 32, Icmpv6Names.Lifetime).At(2).SpecialNames();
    private static readonly Field ResolverLifetime = Group.Unsigned("opt.rdnss.lifetime", "Lifetime", 32, Icmpv6Names.ResolverLifetime).At(2).SpecialNames();
    private static readonly Field Resolver = Group.Ipv6Address("opt.rdnss", "Recursive DNS Servers").At(2);
    private static readonly Field MoreFlags = Group.Hexadecimal("opt.efo", "Flags Expansion Option", 16).At(2);
    private static readonly Field MoreManaged = Group.Flag("opt.efo.m", "Managed address configuration", 16, 0x8000, level: 3);
    private static readonly Field MoreOther = Group.Flag("opt.efo.o", "Other configuration", 16, 0x4000, level: 3);
    private static readonly Field MoreHomeAgent = Group.Flag("opt.efo.h", "Home Agent", 16, 0x2000, level: 3);
    private static readonly Field MorePreference = Group.Unsigned("opt.efo.prf", "Prf (Default Router Preference)", 16, Icmpv6Names.Preference).Masked(0x1800, level: 3);
    private static readonly Field MoreProxy = Group.Flag("opt.efo.p", "Proxy", 16, 0x400, level: 3);
    private static readonly Field MoreReserved = Group.Unsigned("opt.efo.rsv", "Reserved", 16).Masked(0x2ff, level: 3);
    private static readonly Field KeyPadLength = Group.Unsigned("opt.hkr.pad_length", "Pad Length", 8).At(2);
    private static readonly Field KeyAlgorithm = Group.Unsigned("opt.hkr.at", "AT", 8).Masked(0xf0, level: 2);
    private static readonly Field KeyReserved = Group.Unsigned("opt.hkr.reserved", "Reserved", 8).Masked(0xf, level: 2);
    private static readonly Field KeyLifetime = Group.Unsigned("opt.hkr.lifetime", "Padding", 16).At(2);
    private static readonly Field PublicKey = Group.Octets("opt.hkr.encryption_public_key", "Handover Key Encryption Public Key").At(2);
    private static readonly Field HandoverKey = Group.Octets("opt.hkr.encrypted_handover_key", "Encrypted Handover Key").At(2);
    private static readonly Field KeyPadding = Group.Octets("opt.hkr.padding", "Padding").At(2);
    private static readonly Field AssistCode = Group.Unsigned("opt.hai.option_code", "Option-Code", 8, Icmpv6Names.AssistCode).At(2);
    private static readonly Field AssistLength = Group.Unsigned("opt.hai.length", "HAI-Length", 8).At(2);
    private static readonly Field AssistValue = Group.Octets("opt.hai.value", "HAI-Value").At(2);
    private static readonly Field MobileNodeCode = Group.Unsigned("opt.mn.option_code", "Option-Code", 8, Icmpv6Names.MobileNodeCode).At(2);
    private static readonly Field MobileNodeLength = Group.Unsigned("opt.mn.length", "MN-Length", 8).At(2);
    private static readonly Field MobileNodeValue = Group.Octets("opt.mn.value", "MN-Value").At(2);
    private static readonly Field SearchListLifetime = Group.Unsigned("opt.dnssl.lifetime", "Lifetime", 32, Icmpv6Names.SearchListLifetime).At(2).SpecialNames();
    private static readonly Field SearchedDomain = Group.Text("opt.dnssl", "Domain Names").At(2);
    private static readonly Field RegistrationStatus = Group.Unsigned("opt.aro.status", "Status", 8, Icmpv6Names.RegistrationStatus).At(2);
    private static readonly Field RegistrationLifetime = Group.Unsigned("opt.aro.registration_lifetime", "Registration  Lifetime", 16).At(2);
    private static readonly Field RegisteredInterface = Group.Octets("opt.aro.eui64", "EUI-64").SeparatedBy((byte)':').At(2);
    private static readonly Field ContextLength = Group.Unsigned("opt.6co.context_length", "Context Length", 8).At(2);
    private static readonly Field ContextFlags = Group.Hexadecimal("opt.6co.flag", "Flag", 8).At(2);
    private static readonly Field ContextCompresses = Group.Flag("opt.6co.flag.c", "Compression Flag", 8, 0x10, level: 3);
    private static readonly Field ContextId = Group.Unsigned("opt.6co.flag.cid", "CID", 8).Masked(0xf, level: 3);
    private static readonly Field ContextReserved = Group.Unsigned("opt.6co.flag.reserved", "Reserved", 8).Masked(0xe0, level: 3);
    private static readonly Field ContextLifetime = Group.Unsigned("opt.6co.valid_lifetime", "Lifetime", 16).At(2);
    private static readonly Field ContextPrefix = Group.Ipv6Address("opt.6co.context_prefix", "Context Prefix").At(2);
    private static readonly Field BorderVersionLow = Group.Unsigned("opt.abro.version_low", "Version Low", 16).At(2);
    private static readonly Field BorderVersionHigh = Group.Unsigned("opt.abro.version_high", "Version", 16).At(2);
    private static readonly Field BorderLifetime = Group.Unsigned("opt.abro.valid_lifetime", "Valid Lifetime", 16).At(2);
    private static readonly Field BorderAddress = Group.Ipv6Address("opt.abro.6lbr_address", "6LBR Address").At(2);
    private static readonly Field CapabilityUnassigned = Group.Hexadecimal("opt.6cio.unassigned1", "Unassigned", 16).Masked(0xfffe, level: 2);
    private static readonly Field CapabilityGeneric = Group.Hexadecimal("opt.6cio.flag_g", "G", 16).Masked(0x1, level: 2);
    private static readonly Field CapabilityMoreUnassigned = Group.Hexadecimal("opt.6cio.unassigned2", "Unassigned", 32).At(2);
    private static readonly Field CaptivePortal = Group.Text("opt.captive_portal", "Captive Portal").At(2);
    private static readonly Field TranslationLifetime = Group.Unsigned("opt.pref64.scaled_lifetime", "Scaled Lifetime", 16).Masked(0xfff8, level: 2);
    private static readonly Field TranslationLengthCode = Group.Hexadecimal("opt.pref64.plc", "PLC (Prefix Length Code)", 16, Icmpv6Names.PrefixLengthCode).Masked(0x7, level: 2);
    private static readonly Field TranslationPrefix = Group.Ipv6Address("opt.pref64.prefix", "Prefix").At(2);
    private static readonly Field WrongLength = Group.Finding("invalid_option_length", "Invalid Option Length", Severity.Error, ExpertGroup.Malformed);
    private static readonly Field Undecoded = Group.Finding("undecoded.option", "Undecoded option", Severity.Note, ExpertGroup.Undecoded);

    private static readonly Field[] PrefixParts = [PrefixOnLink, PrefixAutonomous, PrefixRouterAddress, PrefixFlagsReserved];
    private static readonly Field[] MoreParts = [MoreManaged, MoreOther, MoreHomeAgent, MorePreference, MoreProxy, MoreReserved];
    private static readonly Field[] ContextParts = [ContextCompresses, ContextId, ContextReserved];
    private static readonly Field[] AnchorParts = [AnchorRegional, AnchorReserved];
    private static readonly Field[] RouteParts = [RoutePreference, RouteReserved];

    // Octets of a prefix for NAT64, by its code.
    private static ReadOnlySpan<byte> TranslationLengths => [12, 8, 7, 6, 5, 4];

    /// <summary>Reads options up to the end of a message.</summary>
    /// <param name="dissection">The packet; nothing can be read behind the message.</param>
    /// <param name="message">Where the message begins.</param>
    /// <param name="offset">Where the options begin.</param>
    /// <param name="end">Where the message ends.</param>
    internal static void Read(ref Dissection dissection, int message, int offset, int end)
    {
        while (offset < end && dissection.Need(offset, 1))
        {
            byte type = dissection.U8(offset);
            int size = dissection.Need(offset, 2) ? dissection.U8(offset + 1) * 8 : 0;
            dissection.Fields.Add(Option, 0, offset, Math.Max(size, 1));
            int head = dissection.Fields.Last;
            dissection.Fields.SayMore($" ({IpNames.NeighborOption.GetValueOrDefault(type) ?? $"Unknown {type}"}");
            if (!dissection.Need(offset, 2))
                return;
            dissection.Number(Type, offset, 1);
            SayUnknown(ref dissection, Type, type);
            dissection.Number(Length, offset + 1, 1);
            int length = dissection.Fields.Last;
            dissection.Fields.SayMore($" ({size} bytes)");
            if (size == 0)
            {
                dissection.Fields.Remark(WrongLength, offset, $"Invalid option length (Zero)");
                return;
            }

            int at = ReadValue(ref dissection, type, message, offset, size, head, length);
            if (dissection.IsShort)
                return;
            if (at < offset + size)
                Icmpv6Dissector.ReadUnknown(ref dissection, at, offset + size - at);
            if (dissection.IsShort)
                return;
            dissection.Fields.SayMoreOf(head, $")");
            offset += size;
        }
    }

    // Where what is known of the option ends.
    private static int ReadValue(ref Dissection dissection, byte type, int message, int offset, int size, int head, int length)
    {
        switch (type)
        {
            case 1 or 2:
                return ReadLinkAddress(ref dissection, type, offset, size, head);
            case 3:
                return ReadPrefix(ref dissection, offset, head);
            case 4:
                Omit(ref dissection, Reserved, offset + 2, 6);
                if (size == 8)
                    return offset + 8;
                Omit(ref dissection, RedirectedPacket, offset + 8, size - 8);
                Icmpv6Dissector.ReadQuoted(ref dissection, offset + 8, size - 8, 2);
                return offset + size;
            case 5:
                Omit(ref dissection, Reserved, offset + 2, 2);
                SayNumber(ref dissection, head, dissection.Number(Mtu, offset + 4, 4));
                return offset + 8;
            case 6:
                SayNumber(ref dissection, head, dissection.Number(ShortcutLimit, offset + 2, 1));
                Omit(ref dissection, Reserved, offset + 3, 1);
                Omit(ref dissection, Reserved, offset + 4, 4);
                return offset + 7; // so does Wireshark
            case 7:
                Omit(ref dissection, Reserved, offset + 2, 2);
                SayNumber(ref dissection, head, dissection.Number(AdvertisementInterval, offset + 4, 4));
                return offset + 8;
            case 8:
                Omit(ref dissection, Reserved, offset + 2, 2);
                dissection.Number(HomeAgentPreference, offset + 4, 2);
                dissection.Number(HomeAgentLifetime, offset + 6, 2);
                return offset + 8;
            case 9 or 10:
                Omit(ref dissection, Reserved, offset + 2, 6);
                return ReadAddresses(ref dissection, ListedAddress, offset + 8, offset + size, head);
            case 11:
                return ReadGeneratedAddress(ref dissection, offset, size);
            case 12 or 32:
                Omit(ref dissection, Reserved, offset + 2, 2);
                dissection.Part(type == 12 ? SignatureKeyHash : ProxyKeyHash, offset + 4, 16);
                Omit(ref dissection, SignatureAndPadding, offset + 20, size - 20);
                return offset + size;
            case 13:
                Omit(ref dissection, Reserved, offset + 2, 6);
                ReadTimestamp(ref dissection, offset + 8);
                return offset + 16;
            case 14:
                dissection.Part(Nonce, offset + 2, size - 2);
                return offset + size;
            case 15:
                ReadTrustAnchor(ref dissection, offset, size);
                return offset + size;
            case 16:
                ReadCertificate(ref dissection, offset, size);
                return offset + size;
            case 17:
                dissection.Number(AddressCode, offset + 2, 1);
                dissection.Number(AddressPrefixLength, offset + 3, 1);
                Omit(ref dissection, Reserved, offset + 4, 4);
                return ReadWithLength(ref dissection, Address, offset, head);
            case 18:
                dissection.Number(NewPrefixCode, offset + 2, 1);
                dissection.Number(NewPrefixLength, offset + 3, 1);
                Omit(ref dissection, Reserved, offset + 4, 4);
                return ReadWithLength(ref dissection, NewPrefix, offset, head);
            case 19:
                dissection.Number(LinkAddressCode, offset + 2, 1);
                dissection.Part(LinkAddressOctets, offset + 3, size - 3);
                return offset + size;
            case 20:
                return ReadAcknowledgment(ref dissection, offset, size);
            case 23:
                return ReadMobilityAnchor(ref dissection, offset);
            case 24:
                return ReadRoute(ref dissection, offset, size, head, length);
            case 25:
                Omit(ref dissection, Reserved, offset + 2, 2);
                dissection.Number(ResolverLifetime, offset + 4, 4);
                return ReadAddresses(ref dissection, Resolver, offset + 8, offset + size, head);
            case 26:
                dissection.Flags(MoreFlags, offset + 2, MoreParts);
                Omit(ref dissection, Reserved, offset + 4, 4);
                return offset + 8;
            case 27 or 28:
                return ReadHandoverKey(ref dissection, type, offset, size);
            case 29:
                dissection.Number(AssistCode, offset + 2, 1);
                dissection.Part(AssistValue, offset + 4, (int)dissection.Number(AssistLength, offset + 3, 1));
                Omit(ref dissection, Padding, offset, 0);
                return Math.Min(message + size, offset + size); // so does Wireshark
            case 30:
                dissection.Number(MobileNodeCode, offset + 2, 1);
                dissection.Part(MobileNodeValue, offset + 4, (int)dissection.Number(MobileNodeLength, offset + 3, 1));
                Omit(ref dissection, Padding, offset, 0);
                return Math.Min(message + size, offset + size); // so does Wireshark
            case 31:
                return ReadSearchList(ref dissection, offset, size, head);
            case 33:
                return ReadRegistration(ref dissection, offset, head);
            case 34:
                return ReadContext(ref dissection, offset, size, head, length);
            case 35:
                return ReadBorderRouter(ref dissection, offset, head);
            case 36:
                dissection.Bits(CapabilityUnassigned, offset + 2, 2);
                dissection.Bits(CapabilityGeneric, offset + 2, 2);
                dissection.Number(CapabilityMoreUnassigned, offset + 4, 4);
                return offset + 8;
            case 37:
                AddText(ref dissection, CaptivePortal, offset + 2, size - 2);
                return offset + size;
            case 38:
                return ReadTranslationPrefix(ref dissection, offset, length);
            default:
                dissection.Fields.RemarkOf(head, Undecoded, offset, $"Dissector for ICMPv6 Option ({type}) code not implemented, Contact Wireshark developers if you want this supported");
                dissection.Fields.Depth = 2;
                dissection.Part(Icmpv6Dissector.Data, offset + 2, size - 2);
                dissection.Fields.Depth = 0;
                return offset + size;
        }
    }

    private static void SayNumber(ref Dissection dissection, int head, ulong number)
    {
        if (!dissection.IsShort)
            dissection.Fields.SayMoreOf(head, $" : {number}");
    }

    // Those that have no name are called unknown.
    private static void SayUnknown(ref Dissection dissection, Field field, byte value)
    {
        if (!field.ValueNames!.ContainsKey(value))
            dissection.Fields.Say($"{field.Label}: Unknown ({value})");
    }

    // What has no value.
    private static void Omit(ref Dissection dissection, Field field, int offset, int length)
    {
        if (dissection.Need(offset, length))
            dissection.Fields.Add(field, 0, offset, length);
    }

    // Text ends at the first zero.
    private static void AddText(ref Dissection dissection, Field field, int offset, int length)
    {
        if (!dissection.Need(offset, length))
            return;
        int zero = dissection.Octets.Slice(offset, length).IndexOf((byte)0);
        dissection.Part(field, offset, zero < 0 ? length : zero);
    }

    private static int ReadLinkAddress(ref Dissection dissection, byte type, int offset, int size, int head)
    {
        const int ShortSize = 8; // of an Ethernet address
        const int LongSize = 16;
        const int LongLength = 8; // of an EUI-64, which padding follows
        int length = size == LongSize ? LongLength : size - 2;
        if (!dissection.Need(offset + 2, length))
            return offset;
        if (size is ShortSize or LongSize)
            dissection.Fields.SayMoreOf(head, $" : {dissection.Octets.Slice(offset + 2, length):mac}");
        dissection.Part(size == LongSize ? LongLinkAddress : LinkAddress, offset + 2, length);
        if (size == LongSize)
            dissection.Fields.SayMore($" ({dissection.Octets.Slice(offset + 2, length):mac})");
        else if (size == ShortSize)
            dissection.Fields.Say($"{LinkAddress.Label}: {dissection.Octets.Slice(offset + 2, length):mac}");
        Field hidden = (type, size) switch
        {
            (1, LongSize) => LongSourceLinkAddress,
            (_, LongSize) => LongTargetLinkAddress,
            (1, _) => SourceLinkAddress,
            _ => TargetLinkAddress,
        };
        dissection.Part(hidden, offset + 2, length);
        if (size == LongSize)
            Omit(ref dissection, Padding, offset + 10, 6);
        return offset + size;
    }

    private static int ReadPrefix(ref Dissection dissection, int offset, int head)
    {
        dissection.Number(PrefixLength, offset + 2, 1);
        dissection.Flags(PrefixFlags, offset + 3, PrefixParts);
        dissection.Number(ValidLifetime, offset + 4, 4);
        dissection.Number(PreferredLifetime, offset + 8, 4);
        Omit(ref dissection, Reserved, offset + 12, 4);
        dissection.Part(Prefix, offset + 16, 16);
        if (dissection.Need(offset + 16, 16))
            dissection.Fields.SayMoreOf(head, $" : {dissection.Octets.Slice(offset + 16, 16):ip}/{dissection.U8(offset + 2)}");
        return offset + 32;
    }

    private static int ReadAddresses(ref Dissection dissection, Field field, int offset, int end, int head)
    {
        const int AddressLength = 16;
        for (; offset < end && dissection.Need(offset, AddressLength); offset += AddressLength)
        {
            dissection.Part(field, offset, AddressLength);
            dissection.Fields.SayMoreOf(head, $" {dissection.Octets.Slice(offset, AddressLength):ip}");
        }

        return offset;
    }

    private static int ReadWithLength(ref Dissection dissection, Field field, int offset, int head)
    {
        dissection.Part(field, offset + 8, 16);
        if (dissection.Need(offset + 8, 16))
            dissection.Fields.SayMoreOf(head, $" {dissection.Octets.Slice(offset + 8, 16):ip}/{dissection.U8(offset + 3)}");
        return offset + 24;
    }

    private static int ReadGeneratedAddress(ref Dissection dissection, int offset, int size)
    {
        const int FixedLength = 25; // modifier, prefix, count
        int padding = (int)dissection.Number(PadLength, offset + 2, 1);
        Omit(ref dissection, Reserved, offset + 3, 1);
        int at = offset + 4;
        int end = offset + size - padding;
        dissection.Part(GeneratedAddress, at, end - at);
        dissection.Part(GeneratedModifier, at, 16);
        dissection.Part(GeneratedPrefix, at + 16, 8);
        dissection.Part(GeneratedCount, at + 24, 1);
        at += FixedLength;
        if (dissection.IsShort)
            return at;
        dissection.Fields.Add(GeneratedKey, 0, at, Math.Max(0, end - at));
        dissection.Fields.Depth = 4;
        at += CertificateDissector.ReadKeyAt(ref dissection, at, end - at);
        dissection.Fields.Depth = 0;
        while (at < end && !dissection.IsShort)
        {
            dissection.Number(GeneratedMoreType, at, 2);
            int length = (int)dissection.Number(GeneratedMoreLength, at + 2, 2);
            dissection.Part(GeneratedMoreData, at + 4, length);
            at += 4 + length;
        }

        if (!dissection.IsShort)
            Omit(ref dissection, Padding, at, Math.Max(0, offset + size - at));
        return offset + size;
    }

    private static void ReadTimestamp(ref Dissection dissection, int offset)
    {
        const long Second = 1_000_000_000;
        if (!dissection.Need(offset, 8))
            return;
        ulong time = dissection.Integer(offset, 8); // seconds, then 65536ths of one
        long fraction = (long)((time & 0xffff) * Second / 65536);
        dissection.Fields.Add(Timestamp, (ulong)(((long)(time >> 16) * Second) + fraction), offset, 8);
    }

    private static void ReadTrustAnchor(ref Dissection dissection, int offset, int size)
    {
        byte type = (byte)dissection.Number(NameType, offset + 2, 1);
        int padding = (int)dissection.Number(PadLength, offset + 3, 1);
        int length = size - 4 - padding;
        if (type == 1)
        {
            dissection.Part(DistinguishedName, offset + 4, length);
            if (dissection.IsShort)
                return;
            dissection.Fields.Add(NameChoice, 0, offset + 4, length);
            dissection.Fields.Say($"{NameChoice.Label}: rdnSequence (0)");
            dissection.Fields.Depth = 4;
            CertificateDissector.ReadNameAt(ref dissection, CertificateFields.NameSequence, (offset + 4, length));
            dissection.Fields.Depth = 0;
        }
        else if (type == 2)
        {
            AddText(ref dissection, DomainName, offset + 4, length);
        }

        if (!dissection.IsShort)
            Omit(ref dissection, Padding, offset + size - padding, padding);
    }

    private static void ReadCertificate(ref Dissection dissection, int offset, int size)
    {
        byte type = (byte)dissection.Number(NameType, offset + 2, 1);
        dissection.Fields.Say($"Cert Type: {(type == 1 ? "X.509v3 Certificate" : "Unknown")} ({type})");
        Omit(ref dissection, Reserved, offset + 3, 1);
        if (type != 1)
        {
            Omit(ref dissection, CertificateAndPadding, offset + 4, size - 4);
            return;
        }

        Omit(ref dissection, Certificate, offset + 4, size - 4);
        dissection.Fields.Depth = 3;
        CertificateDissector.Read(ref dissection, offset + 4, size - 4);
        dissection.Fields.Depth = 0;
        Omit(ref dissection, Padding, offset + size, 0);
    }

    private static int ReadAcknowledgment(ref Dissection dissection, int offset, int size)
    {
        const ulong SuppliesAddress = 2;
        dissection.Number(AcknowledgmentCode, offset + 2, 1);
        ulong status = dissection.Number(AcknowledgmentStatus, offset + 3, 1);
        if (status != SuppliesAddress)
        {
            Omit(ref dissection, Reserved, offset + 4, size - 4);
            return offset + size;
        }

        dissection.Part(SuppliedAddress, offset + 4, 16);
        return offset + 20;
    }

    private static int ReadMobilityAnchor(ref Dissection dissection, int offset)
    {
        dissection.Bits(AnchorDistance, offset + 2, 1);
        dissection.Bits(AnchorPreference, offset + 2, 1);
        dissection.Flags(AnchorFlags, offset + 3, AnchorParts);
        dissection.Number(AnchorLifetime, offset + 4, 4);
        dissection.Part(AnchorAddress, offset + 8, 16);
        return offset + 24;
    }

    private static int ReadRoute(ref Dissection dissection, int offset, int size, int head, int length)
    {
        byte bits = (byte)dissection.Number(PrefixLength, offset + 2, 1);
        dissection.Flags(RouteFlags, offset + 3, RouteParts);
        dissection.Fields.SayMoreOf(head, $" : {Icmpv6Names.Preference[(ulong)(dissection.U8(offset + 3) >> 3) & 3]}");
        dissection.Number(RouteLifetime, offset + 4, 4);
        return ReadPartOf(ref dissection, Prefix, offset, size, head, length, bits);
    }

    // The part of a prefix that is there, behind eight octets: none, half of an address or all of it.
    private static int ReadPartOf(ref Dissection dissection, Field prefix, int offset, int size, int head, int length, byte bits)
    {
        if (dissection.IsShort)
            return offset;
        if (size > 24)
        {
            RemarkLength(ref dissection, length, offset + 1);
            return offset + 8;
        }

        if (size > 8)
            dissection.Ipv6Part(prefix, offset + 8, size - 8);
        SayPart(ref dissection, head, offset + 8, size - 8, bits);
        return offset + size;
    }

    /// <summary>Remarks that an option has another length than it should have.</summary>
    /// <param name="dissection">The packet.</param>
    /// <param name="place">Where the value of the length is: others follow by now.</param>
    /// <param name="offset">Where the length is.</param>
    internal static void RemarkLength(ref Dissection dissection, int place, int offset)
    {
        int first = dissection.Fields.Last + 1;
        dissection.Fields.RemarkOf(place, WrongLength, offset, $"{WrongLength.Label}");
        if (place >= 0)
            dissection.Fields.Move(first, place + 1);
    }

    private static void SayPart(ref Dissection dissection, int head, int offset, int length, int bits)
    {
        if (!dissection.Fields.AreTextsWanted || !dissection.Has(offset, length))
            return;
        Span<byte> address = stackalloc byte[16];
        address.Clear();
        dissection.Octets.Slice(offset, Math.Min(length, address.Length)).CopyTo(address);
        dissection.Fields.SayMoreOf(head, $" {(ReadOnlySpan<byte>)address:ip}/{bits}");
    }

    private static int ReadHandoverKey(ref Dissection dissection, byte type, int offset, int size)
    {
        int padding = (int)dissection.Number(KeyPadLength, offset + 2, 1);
        dissection.Bits(KeyAlgorithm, offset + 3, 1);
        dissection.Bits(KeyReserved, offset + 3, 1);
        int at = offset + 4;
        if (type == 28)
        {
            dissection.Number(KeyLifetime, at, 2);
            at += 2;
        }

        int length = offset + size - padding - at;
        dissection.Part(type == 27 ? PublicKey : HandoverKey, at, length);
        if (!dissection.IsShort)
            dissection.Part(KeyPadding, at + length, padding);
        return at + length + 1; // so does Wireshark
    }

    private static int ReadSearchList(ref Dissection dissection, int offset, int size, int head)
    {
        Omit(ref dissection, Reserved, offset + 2, 2);
        dissection.Number(SearchListLifetime, offset + 4, 4);
        Span<byte> room = stackalloc byte[DnsName.MaxLength];
        int at = offset + 8;
        while (at < offset + size && dissection.Need(at, 1))
        {
            if (dissection.U8(at) == 0)
            {
                Omit(ref dissection, Padding, at, offset + size - at);
                return offset + size;
            }

            int next = 0;
            if (DnsName.Read(dissection.Octets[at..], ref next, out DnsName name) is not OperationStatus.Done)
            {
                dissection.Malform();
                return at;
            }

            ReadOnlySpan<byte> text = DnsDissector.TextOf(name, room);
            dissection.Fields.AddMade(SearchedDomain, text);
            dissection.Fields.SayMoreOf(head, $" {text}");
            at += next;
        }

        return at;
    }

    private static int ReadRegistration(ref Dissection dissection, int offset, int head)
    {
        ulong status = dissection.Number(RegistrationStatus, offset + 2, 1);
        Omit(ref dissection, Reserved, offset + 3, 3);
        dissection.Number(RegistrationLifetime, offset + 6, 2);
        dissection.Part(RegisteredInterface, offset + 8, 8);
        if (!dissection.Need(offset + 8, 8))
            return offset;
        dissection.Fields.SayMore($" ({dissection.Octets.Slice(offset + 8, 8):mac})");
        dissection.Fields.SayMoreOf(head, $" : Register {dissection.Octets.Slice(offset + 8, 8):mac} {Icmpv6Names.RegistrationStatus.GetValueOrDefault(status) ?? $"Unknown ({status})"}");
        return offset + 16;
    }

    private static int ReadContext(ref Dissection dissection, int offset, int size, int head, int length)
    {
        byte bits = (byte)dissection.Number(ContextLength, offset + 2, 1);
        dissection.Flags(ContextFlags, offset + 3, ContextParts);
        Omit(ref dissection, Reserved, offset + 4, 2);
        dissection.Number(ContextLifetime, offset + 6, 2);
        return ReadPartOf(ref dissection, ContextPrefix, offset, size, head, length, bits);
    }

    private static int ReadBorderRouter(ref Dissection dissection, int offset, int head)
    {
        ulong low = dissection.Number(BorderVersionLow, offset + 2, 2);
        ulong high = dissection.Number(BorderVersionHigh, offset + 4, 2);
        ulong lifetime = dissection.Number(BorderLifetime, offset + 6, 2);
        dissection.Part(BorderAddress, offset + 8, 16);
        if (dissection.Need(offset + 8, 16))
            dissection.Fields.SayMoreOf(head, $" : Version {high}.{low}, Valid Lifetime : {lifetime}, 6LBR : {dissection.Octets.Slice(offset + 8, 16):ip}");
        return offset + 24;
    }

    private static int ReadTranslationPrefix(ref Dissection dissection, int offset, int length)
    {
        const int RightSize = 16;
        int code = dissection.U16(offset + 2) & 7;
        if (dissection.IsShort)
            return offset;
        bool isWrong = code >= TranslationLengths.Length;
        if (isWrong)
            RemarkLength(ref dissection, length, offset + 1);
        dissection.Bits(TranslationLifetime, offset + 2, 2);
        dissection.Bits(TranslationLengthCode, offset + 2, 2);
        if (!isWrong)
            dissection.Ipv6Part(TranslationPrefix, offset + 4, TranslationLengths[code]);
        return offset + RightSize;
    }
}
