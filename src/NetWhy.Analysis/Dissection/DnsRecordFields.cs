using NetWhy.Analysis.Fields;

namespace NetWhy.Analysis.Dissection;

/// <summary>How a part of the data of a record is read.</summary>
internal enum DnsPartKind
{
    /// <summary>An integer, or an address of IPv4.</summary>
    Number,

    /// <summary>Seconds, in words too.</summary>
    Seconds,

    /// <summary>A point in time: seconds since 1970.</summary>
    Time,

    /// <summary>Octets, or an address: as many as it says.</summary>
    Octets,

    /// <summary>A name.</summary>
    Name,

    /// <summary>All that is left.</summary>
    Rest,

    /// <summary>Text behind an octet that says how long it is.</summary>
    CountedText,

    /// <summary>Octets behind two that say how many they are; left out where there are none.</summary>
    CountedOctets,

    /// <summary>Types of records, as bits.</summary>
    Types,
}

/// <summary>A part of the data of a record.</summary>
/// <param name="Kind">How it is read.</param>
/// <param name="Field">Its field.</param>
/// <param name="Length">How many octets it has, if that is fixed.</param>
/// <param name="Count">The field of its length, if that stands before it.</param>
internal sealed record DnsPart(DnsPartKind Kind, Field Field, int Length = 0, Field? Count = null);

/// <summary>What the data of a record consists of.</summary>
/// <param name="IsWhole">Whether none of it is shown unless all of it is there.</param>
/// <param name="Parts">Its parts.</param>
internal sealed record DnsLayout(bool IsWhole, params DnsPart[] Parts);

/// <summary>The fields of records of DNS besides the most common ones, and how they lie in their data.</summary>
/// <remarks>
/// Sources: RFC 1035, 1183, 1706, 1712, 1876, 2163, 2230, 2535, 2672, 2782, 2845, 2874, 2930, 3123, 3403, 4025, 4034, 4255, 4398, 4701,
/// 5155, 6698, 6742, 7043, 7477, 7929, 8005, 8976.
/// </remarks>
internal static class DnsRecordFields
{
    internal static readonly FieldGroup Group = DnsDissector.Group;

    internal static readonly Field WksAddress = Group.Ipv4Address("wks.address", "Address");
    internal static readonly Field WksProtocol = Group.Unsigned("wks.protocol", "Protocol", 8, IpNames.Protocol);
    internal static readonly Field WksBits = Group.Hexadecimal("wks.bits", "Bits", 8);
    internal static readonly Field IsdnLength = Group.Unsigned("idsn.length", "Length", 8);
    internal static readonly Field IsdnAddress = Group.Text("idsn.address", "ISDN Address");
    internal static readonly Field IsdnSubLength = Group.Unsigned("idsn.sa.length", "Length", 8);
    internal static readonly Field IsdnSubAddress = Group.Text("idsn.sa.address", "Sub Address");
    internal static readonly Field SpfLength = Group.Unsigned("spf.length", "SPF Length", 8);
    internal static readonly Field Spf = Group.Text("spf", "SPF");

    internal static readonly Field DnskeyFlags = Group.Hexadecimal("dnskey.flags", "Flags", 16);
    internal static readonly Field[] DnskeyBits =
    [
        Group.Boolean("dnskey.flags.zone_key", "Zone Key", 16).Masked(0x100).Saying("This it not a zone key", "This is the zone key for specified zone"),
        Group.Boolean("dnskey.flags.key_revoked", "Key Revoked", 16).Masked(0x80).Saying("No", "Yes"),
        Group.Boolean("dnskey.flags.secure_entry_point", "Key Signing Key", 16).Masked(1).Saying("No", "Yes"),
        Group.Hexadecimal("dnskey.flags.reserved", "Key Signing Key", 16).Masked(0xfe7e),
    ];

    internal static readonly Field DnskeyProtocol = Group.Unsigned("dnskey.protocol", "Protocol", 8);
    internal static readonly Field DnskeyAlgorithm = Group.Unsigned("dnskey.algorithm", "Algorithm", 8, DnsNames.Algorithm);
    internal static readonly Field DnskeyId = Group.Unsigned("dnskey.key_id", "Key id", 16).Generated();
    internal static readonly Field DnskeyPublicKey = Group.Octets("dnskey.public_key", "Public Key");
    internal static readonly Field KeyFlags = Group.Hexadecimal("key.flags", "Flags", 16);
    internal static readonly Field[] KeyUseBits =
    [
        Group.Boolean("key.flags.authentication", "Key allowed for authentication", 16).Masked(0x8000).Saying("Allowed", "Not Allowed"),
        Group.Boolean("key.flags.confidentiality", "Key allowed for confidentiality", 16).Masked(0x4000).Saying("Allowed", "Not Allowed"),
    ];

    internal static readonly Field[] KeyBits =
    [
        Group.Boolean("key.flags.required", "Key required", 16).Masked(0x2000).Saying("Required", "Experimental or optional"),
        Group.Boolean("key.flags.associated_user", "Key is associated with a user", 16).Masked(0x400).Saying("No", "Yes"),
        Group.Boolean("key.flags.associated_named_entity", "Key is associated with the named entity", 16).Masked(0x200).Saying("No", "Yes"),
        Group.Boolean("key.flags.ipsec", "Key use with IPSEC", 16).Masked(0x80).Saying("Invalid", "Valid"),
        Group.Boolean("key.flags.mime", "Key use with MIME security multiparts", 16).Masked(0x40).Saying("Invalid", "Valid"),
        Group.Unsigned("key.flags.signatory", "Signatory", 16).Masked(0xf),
    ];

    internal static readonly Field KeyProtocol = Group.Unsigned("key.protocol", "Protocol", 8);
    internal static readonly Field KeyAlgorithm = Group.Unsigned("key.algorithm", "Algorithm", 8, DnsNames.Algorithm);
    internal static readonly Field KeyId = Group.Unsigned("key.key_id", "Key ID", 16).Generated();
    internal static readonly Field KeyPublicKey = Group.Octets("key.public_key", "Public Key");
    internal static readonly Field KeyTooShort = Group.Finding("key_id_buffer_too_short", "Buffer too short to compute a key id", Severity.Warning, ExpertGroup.Protocol);

    internal static readonly Field LocVersion = Group.Unsigned("loc.version", "Version", 8);
    internal static readonly Field[] LocSizes =
    [
        Group.Unsigned("loc.size", "Size", 8), Group.Unsigned("loc.horizontal_precision", "Horizontal Precision", 8),
        Group.Unsigned("loc.vertical_precision", "Vertical Precision", 8),
    ];

    internal static readonly Field LocLatitude = Group.Unsigned("loc.latitude", "Latitude", 32);
    internal static readonly Field LocLongitude = Group.Unsigned("loc.longitude", "Longitude", 32);
    internal static readonly Field LocAltitude = Group.Unsigned("loc.altitude", "Altitude", 32);
    internal static readonly Field LocUnknown = Group.Octets("loc.unknown_data", "Unknown data");

    internal static readonly Field ReplacementLength = Group.Unsigned("naptr.replacement_length", "Replacement Length", 8).Generated();
    internal static readonly Field Replacement = Group.Utf8("naptr.replacement", "Replacement");
    internal static readonly Field A6PrefixLength = Group.Unsigned("a6.prefix_len", "Prefix len", 8);
    internal static readonly Field A6Suffix = Group.Ipv6Address("a6.address_suffix", "Address Suffix");
    internal static readonly Field A6PrefixName = Group.Utf8("a6.prefix_name", "Prefix name");
    internal static readonly Field AplFamily = Group.Unsigned("apl.address_family", "Address Family", 16, DnsNames.AddressFamily);
    internal static readonly Field AplPrefix = Group.Unsigned("apl.coded_prefix", "Prefix Length", 8);
    internal static readonly Field AplNegation = Group.Boolean("apl.negation", "Negation Flag", 8).Masked(0x80).Saying("No (0)", "Yes (!)");
    internal static readonly Field AplLength = Group.Unsigned("apl.afdlength", "Address Length", 8).Masked(0x7f);
    internal static readonly Field AplIpv4 = Group.Ipv4Address("apl.afdpart.ipv4", "Address");
    internal static readonly Field AplIpv6 = Group.Ipv6Address("apl.afdpart.ipv6", "Address");
    internal static readonly Field AplData = Group.Octets("apl.afdpart.data", "Address");
    internal static readonly Field GatewayPrecedence = Group.Unsigned("ipseckey.gateway_precedence", "Gateway Precedence", 8);
    internal static readonly Field GatewayType = Group.Unsigned("ipseckey.gateway_type", "Gateway Type", 8, DnsNames.GatewayType);
    internal static readonly Field GatewayAlgorithm = Group.Unsigned("ipseckey.gateway_algorithm", "Gateway Algorithm", 8, DnsNames.GatewayAlgorithm);
    internal static readonly Field GatewayIpv4 = Group.Ipv4Address("ipseckey.gateway_ipv4", "IPv4 Gateway");
    internal static readonly Field GatewayIpv6 = Group.Ipv6Address("ipseckey.gateway_ipv6", "IPv6 Gateway");
    internal static readonly Field GatewayName = Group.Utf8("ipseckey.gateway_dns", "DNS Gateway");
    internal static readonly Field GatewayKey = Group.Octets("ipseckey.public_key", "Public Key");
    internal static readonly Field HashAlgorithm = Group.Unsigned("nsec3.algo", "Hash algorithm", 8, DnsNames.HashAlgorithm);
    internal static readonly Field HashFlags = Group.Unsigned("nsec3.flags", "NSEC3 flags", 8);
    internal static readonly Field HashOptOut = Group.Boolean("nsec3.flags.opt_out", "NSEC3 Opt-out flag", 8).Masked(1).Saying("Additional insecure delegations forbidden", "Additional insecure delegations allowed");
    internal static readonly Field HashIterations = Group.Unsigned("nsec3.iterations", "NSEC3 iterations", 16);
    internal static readonly Field SaltLength = Group.Unsigned("nsec3.salt_length", "Salt length", 8);
    internal static readonly Field Salt = Group.Octets("nsec3.salt_value", "Salt value");
    internal static readonly Field HashLength = Group.Unsigned("nsec3.hash_length", "Hash length", 8);
    internal static readonly Field Hash = Group.Utf8("nsec3.hash_value", "Next hashed owner").Generated();
    internal static readonly Field HipLength = Group.Unsigned("hip.hit.length", "HIT length", 8);
    internal static readonly Field HipAlgorithm = Group.Unsigned("hip.hit.pk.algo", "HIT length", 8, DnsNames.HostKeyAlgorithm);
    internal static readonly Field HipKeyLength = Group.Unsigned("hip.pk.length", "PK length", 16);
    internal static readonly Field HipTag = Group.Octets("hip.hit", "Host Identity Tag");
    internal static readonly Field HipKey = Group.Octets("hip.pk", "HIP Public Key");
    internal static readonly Field HipServer = Group.Utf8("hip.rendezvous_server", "Rendezvous Server");
    internal static readonly Field SyncSerial = Group.Unsigned("csync.soa", "SOA", 32);
    internal static readonly Field SyncFlags = Group.Hexadecimal("csync.flags", "Flags", 16);
    internal static readonly Field[] SyncBits =
    [
        Group.Boolean("csync.flags.immediate", "immediate", 16).Masked(1), Group.Boolean("csync.flags.soaminimum", "soaminimum", 16).Masked(2),
    ];

    internal static readonly Field SyncTypes = Group.Octets("csync.type_bitmap", "Type Bitmap");
    internal static readonly Field TsigAlgorithm = Group.Utf8("tsig.algorithm_name", "Algorithm Name");
    internal static readonly Field TsigTime = Group.Time("tsig.time_signed", "Time Signed");
    internal static readonly Field TsigFudge = Group.Unsigned("tsig.fudge", "Fudge", 16);
    internal static readonly Field TsigSize = Group.Unsigned("tsig.mac_size", "MAC Size", 16);
    internal static readonly Field TsigMac = Group.None("tsig.mac", "MAC");
    internal static readonly Field TsigUnread = Group.Finding("tsig.noalg", "No dissector for algorithm", Severity.Warning, ExpertGroup.Undecoded);
    internal static readonly Field TsigId = Group.Unsigned("tsig.original_id", "Original Id", 16);
    internal static readonly Field TsigError = Group.Unsigned("tsig.error", "Error", 16, ValueNames.DnsRcode);
    internal static readonly Field TsigOtherLength = Group.Unsigned("tsig.other_len", "Other Len", 16);
    internal static readonly Field TsigOther = Group.Octets("tsig.other_data", "Other Data");
    internal static readonly Field CaaFlags = Group.Hexadecimal("caa.flags", "CAA Flags", 8);
    internal static readonly Field CaaCritical = Group.Boolean("caa.flags.issuer_critical", "Issuer Critical", 8).Masked(0x80).Saying("Not critical", "Critical");
    internal static readonly Field CaaIssue = Group.Text("caa.issue", "Issue");
    internal static readonly Field CaaIssueWild = Group.Text("caa.issuewild", "Issue Wildcard");
    internal static readonly Field CaaReport = Group.Text("caa.iodef", "Report URL");
    internal static readonly Field CaaUnknown = Group.Text("caa.unknown", "Unknown tag");
    internal static readonly Field CaaTagLength = Group.Unsigned("caa.tag_length", "Tag length", 8);
    internal static readonly Field CaaTag = Group.Text("caa.tag", "Tag");
    internal static readonly Field CaaValue = Group.Text("caa.value", "Value");
    internal static readonly Field WinsLocal = Group.Boolean("wins.local_flag", "Local Flag", 32).Masked(1);
    internal static readonly Field WinsLookup = Group.Unsigned("wins.lookup_timeout", "Lookup timeout", 32);
    internal static readonly Field WinsCache = Group.Unsigned("wins.cache_timeout", "Cache timeout", 32);
    internal static readonly Field WinsCount = Group.Unsigned("wins.nb_wins_servers", "Number of WINS servers", 32);
    internal static readonly Field WinsServer = Group.Ipv4Address("wins.wins_server", "WINS Server Address");
    internal static readonly Field WinsReverseLocal = Group.Boolean("winsr.local_flag", "Local Flag", 32).Masked(1);
    internal static readonly Field XpfVersion = Group.Unsigned("xpf.ip_version", "IP Version", 16, DnsNames.IPVersion);
    internal static readonly Field XpfProtocol = Group.Unsigned("xpf.protocol", "Protocol", 8, IpNames.Protocol);
    internal static readonly Field[] XpfIpv4 = [Group.Ipv4Address("xpf.source_ipv4", "IPv4 Source"), Group.Ipv4Address("xpf.destination_ipv4", "IPv4 Destination")];
    internal static readonly Field[] XpfIpv6 = [Group.Ipv6Address("xpf.source_ipv6", "IPv6 Source"), Group.Ipv6Address("xpf.destination_ipv6", "IPv6 Destination")];
    internal static readonly Field[] XpfPorts = [Group.Unsigned("xpf.sport", "Source port", 16), Group.Unsigned("xpf.dport", "Destination port", 16)];
    internal static readonly Field ZoneScheme = Group.Unsigned("zonemd.scheme", "Scheme", 8, DnsNames.DigestScheme);
    internal static readonly Field ZoneHash = Group.Unsigned("zonemd.hash_algo", "Hash Algorithm", 8, DnsNames.DigestHash);

    internal static readonly Field ServicePriority = Group.Unsigned("svcb.svcpriority", "SvcPriority", 16);
    internal static readonly Field ServiceTarget = Group.Utf8("svcb.targetname", "TargetName");
    internal static readonly Field Parameter = Group.None("svcb.svcparam", "SvcParam");
    internal static readonly Field ParameterKey = Group.Unsigned("svcb.svcparam.key", "SvcParamKey", 16, DnsNames.ServiceParameter);
    internal static readonly Field ParameterLength = Group.Unsigned("svcb.svcparam.value.length", "SvcParamValue length", 16);
    internal static readonly Field ParameterValue = Group.Octets("svcb.svcparam.value", "SvcParamValue");
    internal static readonly Field MandatoryKey = Group.Unsigned("svcb.svcparam.mandatory.key", "Mandatory key", 16, DnsNames.ServiceParameter);
    internal static readonly Field AlpnLength = Group.Unsigned("svcb.svcparam.alpn.length", "ALPN length", 8);
    internal static readonly Field Alpn = Group.Text("svcb.svcparam.alpn", "ALPN");
    internal static readonly Field ServicePort = Group.Unsigned("svcb.svcparam.port", "Port", 16);
    internal static readonly Field HintIpv4 = Group.Ipv4Address("svcb.svcparam.ipv4hint.ip", "IP");
    internal static readonly Field HintIpv6 = Group.Ipv6Address("svcb.svcparam.ipv6hint.ip", "IP");
    internal static readonly Field EchConfig = Group.Octets("svcb.svcparam.echconfig", "ECHConfig");
    internal static readonly Field OdohConfig = Group.Octets("svcb.svcparam.odohconfig", "ODoHConfig");

    internal static readonly Field Option = Group.None("opt", "Option");
    internal static readonly Field OptionCode = Group.Unsigned("opt.code", "Option Code", 16, DnsNames.Option);
    internal static readonly Field OptionDeprecated = Group.Finding("depr.opc", "Deprecated opcode. Client subnet OPT assigned as 8.", Severity.Warning, ExpertGroup.Protocol);
    internal static readonly Field OptionLength = Group.Unsigned("opt.len", "Option Length", 16);
    internal static readonly Field OptionTooLong = Group.Finding("rr.opt.bad_length", "Length too long for any type of IP address.", Severity.Error, ExpertGroup.Malformed);
    internal static readonly Field OptionData = Group.Octets("opt.data", "Option Data");
    internal static readonly Field AlgorithmsUnderstood = Group.Unsigned("opt.dau", "DAU", 8, DnsNames.Algorithm);
    internal static readonly Field DigestsUnderstood = Group.Unsigned("opt.dhu", "DHU", 8, DnsNames.DigestType);
    internal static readonly Field HashesUnderstood = Group.Unsigned("opt.n3u", "N3U", 8, DnsNames.HashAlgorithm);
    internal static readonly Field SubnetFamily = Group.Unsigned("opt.client.family", "Family", 16, DnsNames.AddressFamily);
    internal static readonly Field SubnetSource = Group.Unsigned("opt.client.netmask", "Source Netmask", 8);
    internal static readonly Field SubnetScope = Group.Unsigned("opt.client.scope", "Scope Netmask", 8);
    internal static readonly Field Subnet = Group.Octets("opt.client.addr", "Client Subnet");
    internal static readonly Field SubnetIpv4 = Group.Ipv4Address("opt.client.addr4", "Client Subnet");
    internal static readonly Field SubnetIpv6 = Group.Ipv6Address("opt.client.addr6", "Client Subnet");
    internal static readonly Field ClientCookie = Group.Octets("opt.cookie.client", "Client Cookie");
    internal static readonly Field ServerCookie = Group.Octets("opt.cookie.server", "Server Cookie");
    internal static readonly Field IdleTimeout = Group.Unsigned("opt.edns_tcp_keepalive.timeout", "Timeout", 16);
    internal static readonly Field OptionPadding = Group.Octets("opt.padding", "Padding");
    internal static readonly Field TrustPoint = Group.Text("opt.chain.fqdn", "Closest Trust Point");
    internal static readonly Field ErrorCode = Group.Unsigned("opt.ext_error.info_code", "Info Code", 16, DnsNames.ExtendedError);
    internal static readonly Field ErrorText = Group.Utf8("opt.ext_error.extra_text", "Extra Text");

    internal static readonly Field Stateful = Group.None("dso", "DNS Stateful Operation");
    internal static readonly Field StatefulPart = Group.None("dso.tlv", "DSO TLV");
    internal static readonly Field StatefulType = Group.Unsigned("dso.tlv.type", "Type", 16, DnsNames.StatefulType);
    internal static readonly Field StatefulLength = Group.Unsigned("dso.tlv.length", "Length", 16);
    internal static readonly Field StatefulData = Group.Octets("dso.tlv.data", "Data");
    internal static readonly Field[] StatefulTimes =
    [
        Group.Unsigned("dso.tlv.keepalive.inactivity", "Inactivity Timeout", 32), Group.Unsigned("dso.tlv.keepalive.interval", "Keepalive Interval", 32),
    ];

    internal static readonly Field RetryDelay = Group.Unsigned("dso.tlv.retrydelay.retrydelay", "Retry Delay", 32);
    internal static readonly Field StatefulPadding = Group.Octets("dso.tlv.encpad.padding", "Padding");

    internal static readonly Field Undecoded = Group.Finding("undecoded.type", "Undecoded option", Severity.Note, ExpertGroup.Undecoded);
    internal static readonly Field Extraneous = Group.Finding("extraneous", "Extraneous data", Severity.Note, ExpertGroup.Undecoded);
    internal static readonly Field ExtraneousData = Group.Octets("extraneous.data", "Extraneous Data Bytes");
    internal static readonly Field ExtraneousLength = Group.Signed("extraneous.length", "Extraneous Data Length", 32).Generated();
    internal static readonly Field HighTimeToLive = Group.Finding("ttl.high_bit_set", "The uppermost bit of the TTL is set (RFC 2181, section 8)", Severity.Warning, ExpertGroup.Protocol);
    internal static readonly Field Data = Group.Octets("data", "Data");

    private static readonly DnsLayout Signature = new(
        false,
        Number("rrsig.type_covered", "Type Covered", 2, ValueNames.DnsType),
        Number("rrsig.algorithm", "Algorithm", 1, DnsNames.Algorithm),
        Number("rrsig.labels", "Labels", 1),
        new DnsPart(DnsPartKind.Seconds, Group.Unsigned("rrsig.original_ttl", "Original TTL", 32), 4),
        new DnsPart(DnsPartKind.Time, Group.Time("rrsig.signature_expiration", "Signature Expiration"), 4),
        new DnsPart(DnsPartKind.Time, Group.Time("rrsig.signature_inception", "Signature Inception"), 4),
        Number("rrsig.key_tag", "Key Tag", 2),
        Name("rrsig.signers_name", "Signer's name"),
        Rest("rrsig.signature", "Signature"));

    private static readonly DnsLayout DelegationSigner = new(
        false,
        HexadecimalNumber("ds.key_id", "Key id", 2),
        Number("ds.algorithm", "Algorithm", 1, DnsNames.Algorithm),
        Number("ds.digest_type", "Digest Type", 1, DnsNames.DigestType),
        Rest("ds.digest", "Digest"));

    /// <summary>Data that is one part behind the other, by type.</summary>
    internal static readonly IReadOnlyDictionary<ushort, DnsLayout> Layouts = new Dictionary<ushort, DnsLayout>
    {
        [3] = new(false, Name("md", "Mail Destination")),
        [4] = new(false, Name("mf", "Mail Forwarder")),
        [7] = new(false, Name("mb", "MailBox Domaine")),
        [8] = new(false, Name("mg", "Mail Group member")),
        [9] = new(false, Name("mr", "Mail Rename domaine")),
        [10] = new(false, Rest("null", "Null (data)")),
        [13] = new(true, Counted("hinfo.cpu", "CPU", "CPU Length"), Counted("hinfo.os", "OS", "OS Length")),
        [14] = new(false, Name("minfo.r", "Responsible Mailbox"), Name("minfo.e", "Error Mailbox")),
        [17] = new(false, Name("rp.mailbox", "Mailbox"), Name("rp.txt_rr", "TXT RR")),
        [18] = new(true, Number("afsdb.subtype", "Subtype", 2), Name("afsdb.hostname", "Hostname")),
        [19] = new(false, new DnsPart(DnsPartKind.CountedText, Group.Text("x25.psdn_address", "PSDN-Address"), Count: Group.Unsigned("x25.length", "Length", 8))),
        [21] = new(true, Number("rt.subtype", "Preference", 2), Name("rt.intermediate_host", "Intermediate Hostname")),
        [22] = new(false, Rest("nsap.rdata", "NSAP Data")),
        [23] = new(false, Name("nsap_ptr.owner", "Owner")),
        [24] = Signature,
        [26] = new(false, Number("px.preference", "Preference", 2), Name("px.map822", "MAP822"), Name("px.map400", "MAPX400")),
        [27] = new(false, Counted("gpos.longitude", "Longitude", "Longitude length"), Counted("gpos.latitude", "Latitude", "Latitude length"), Counted("gpos.altitude", "Altitude", "Altitude length")),
        [35] = new(
            false,
            Number("naptr.order", "Order", 2), Number("naptr.preference", "Preference", 2), Counted("naptr.flags", "Flags", "Flags Length"),
            Counted("naptr.service", "Service", "Service Length"), Counted("naptr.regex", "Regex", "Regex Length")),
        [36] = new(true, Number("kx.preference", "Preference", 2), Name("kx.key_exchange", "Key Exchange")),
        [37] = new(
            false,
            Number("cert.type", "Type", 2, DnsNames.CertificateType),
            HexadecimalNumber("cert.key_tag", "Key Tag", 2),
            Number("cert.algorithm", "Algorithm", 1, DnsNames.Algorithm),
            Rest("cert.certificate", "Certificate (or CRL)")),
        [39] = new(false, Name("dname", "Dname")),
        [43] = DelegationSigner,
        [44] = new(
            false,
            Number("sshfp.algorithm", "Algorithm", 1, DnsNames.FingerprintAlgorithm),
            Number("sshfp.fingerprint.type", "Fingerprint type", 1, DnsNames.FingerprintType),
            Rest("sshfp.fingerprint", "Fingerprint")),
        [46] = Signature,
        [47] = new(false, Name("nsec.next_domain_name", "Next Domain Name"), new DnsPart(DnsPartKind.Types, Data)),
        [49] = new(false, Rest("dhcid.rdata", "DHCID Data")),
        [52] = new(
            false,
            Number("tlsa.certificate_usage", "Certificate Usage", 1, DnsNames.Usage),
            Number("tlsa.selector", "Selector", 1, DnsNames.Selector),
            Number("tlsa.matching_type", "Matching Type", 1, DnsNames.Matching),
            Rest("tlsa.certificate_association_data", "Certificate Association Data")),
        [59] = DelegationSigner,
        [61] = new(false, new DnsPart(DnsPartKind.Rest, Group.Text("openpgpkey", "OpenPGP Key"))),
        [104] = new(false, Number("ilnp.nid.preference", "Preference", 2), new DnsPart(DnsPartKind.Octets, Group.Octets("ilnp.nid", "NodeID"), 8)),
        [105] = new(false, Number("ilnp.l32.preference", "Preference", 2), new DnsPart(DnsPartKind.Number, Group.Ipv4Address("ilnp.l32", "Locator32"), 4)),
        [106] = new(false, Number("ilnp.l64.preference", "Preference", 2), new DnsPart(DnsPartKind.Octets, Group.Octets("ilnp.l64", "Locator64"), 8)),
        [107] = new(false, Number("ilnp.lp.preference", "Preference", 2), Name("ilnp.lp", "Locator FQDN")),
        [108] = new(false, new DnsPart(DnsPartKind.Octets, Group.EthernetAddress("eui48", "EUI48 Address"), 6)),
        [109] = new(false, new DnsPart(DnsPartKind.Octets, Group.EthernetAddress("eui64", "EUI64 Address"), 8)),
        [249] = new(
            false,
            Name("tkey.algo_name", "Algorithm name"),
            new DnsPart(DnsPartKind.Time, Group.Time("tkey.signature_inception", "Signature Inception"), 4),
            new DnsPart(DnsPartKind.Time, Group.Time("tkey.signature_expiration", "Signature Expiration"), 4),
            Number("tkey.mode", "Mode", 2, DnsNames.TkeyMode),
            Number("tkey.error", "Error", 2, ValueNames.DnsRcode),
            new DnsPart(DnsPartKind.CountedOctets, Group.Octets("tkey.key_data", "Key Data"), Count: Group.Unsigned("tkey.key_size", "Key Size", 16)),
            new DnsPart(DnsPartKind.CountedOctets, Group.Octets("tkey.other_data", "Other Data"), Count: Group.Unsigned("tkey.other_size", "Other Size", 16))),
        [32769] = DelegationSigner,
        [65282] = new(
            false,
            new DnsPart(DnsPartKind.Number, WinsReverseLocal, 4),
            Number("winsr.lookup_timeout", "Lookup timeout", 4), Number("winsr.cache_timeout", "Cache timeout", 4), Name("winsr.name_result_domain", "Name Result Domain")),
    };

    /// <summary>The name that NXT gives; what lies behind it is bits without heads.</summary>
    internal static readonly DnsLayout Next = new(false, Name("nxt.next_domain_name", "Next Domain Name"));

    /// <summary>The serial of a zone with its digest, up to the scheme.</summary>
    internal static readonly Field ZoneSerial = Group.Unsigned("zonemd.serial", "Serial", 32);

    /// <summary>The digest of a zone.</summary>
    internal static readonly Field ZoneDigest = Group.Octets("zonemd.digest", "Digest");

    private static DnsPart Number(string name, string label, int length, IReadOnlyDictionary<ulong, string>? names = null) =>
        new(DnsPartKind.Number, Group.Unsigned(name, label, length * 8, names), length);

    private static DnsPart HexadecimalNumber(string name, string label, int length) => new(DnsPartKind.Number, Group.Hexadecimal(name, label, length * 8), length);

    private static DnsPart Name(string name, string label) => new(DnsPartKind.Name, Group.Utf8(name, label));

    private static DnsPart Rest(string name, string label) => new(DnsPartKind.Rest, Group.Octets(name, label));

    private static DnsPart Counted(string name, string label, string countLabel) =>
        new(DnsPartKind.CountedText, Group.Text(name, label), Count: Group.Unsigned($"{name}_length", countLabel, 8));
}
