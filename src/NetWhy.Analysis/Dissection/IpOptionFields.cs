using NetWhy.Analysis.Fields;

namespace NetWhy.Analysis.Dissection;

/// <summary>Options of IPv4. Sources: RFC 791, section 3.1; IANA, "IP Option Numbers", and the standards named there.</summary>
/// <param name="group">The protocol.</param>
internal sealed class IpOptionFields(FieldGroup group)
{
    private static readonly Dictionary<ulong, string> Classes = new()
    {
        [0] = "Control",
        [1] = "Reserved for future use",
        [2] = "Debugging and measurement",
        [3] = "Reserved for future use",
    };

    private static readonly Dictionary<ulong, string> Numbers = new()
    {
        [0] = "End of Option List (EOL)",
        [1] = "No-Operation (NOP)",
        [2] = "Security",
        [3] = "Loose source route",
        [4] = "Time stamp",
        [5] = "Extended security",
        [6] = "Commercial IP security option",
        [7] = "Record route",
        [8] = "Stream identifier",
        [9] = "Strict source route",
        [10] = "Experimental Measurement",
        [11] = "MTU probe",
        [12] = "MTU Reply",
        [13] = "Experimental Flow Control",
        [14] = "Experimental Access Control",
        [15] = "Ask Estrin",
        [16] = "IMI Traffic Descriptor",
        [17] = "Extended Internet Protocol",
        [18] = "Traceroute",
        [19] = "Address Extension",
        [20] = "Router Alert",
        [21] = "Selective Directed Broadcast",
        [22] = "Unassigned",
        [23] = "Dynamic Packet State",
        [24] = "Upstream Multicast Packet",
        [25] = "Quick-Start",
        [30] = "RFC 3692-style experiment",
    };

    // Source: RFC 791, section 3.1.
    private static readonly Dictionary<ulong, string> SecurityLevels = new()
    {
        [0x0000] = "Unclassified",
        [0xf135] = "Confidential",
        [0x789a] = "EFTO",
        [0xbc4d] = "MMMM",
        [0x5e26] = "PROG",
        [0xaf13] = "Restricted",
        [0xd788] = "Secret",
        [0x6bc5] = "Top secret",
        [0x35e2] = "Reserved",
        [0x9af1] = "Reserved",
        [0x4d78] = "Reserved",
        [0x24bd] = "Reserved",
        [0x135e] = "Reserved",
        [0x89af] = "Reserved",
        [0xc4d6] = "Reserved",
        [0xe26b] = "Reserved",
    };

    // Source: RFC 1108, section 2.3.
    private static readonly Dictionary<ulong, string> Classifications = new()
    {
        [0x01] = "Reserved 4",
        [0x3d] = "Top secret",
        [0x5a] = "Secret",
        [0x96] = "Confidential",
        [0x66] = "Reserved 3",
        [0xcc] = "Reserved 2",
        [0xab] = "Unclassified",
        [0xf1] = "Reserved 1",
    };

    private static readonly Dictionary<ulong, string> StampKinds = new()
    {
        [0] = "Time stamps only",
        [1] = "Time stamp and address",
        [3] = "Time stamps for prespecified addresses",
    };

    // Source: FIPS 188; draft-ietf-cipso-ipsecurity.
    internal static readonly Dictionary<ulong, string> CipsoTags = new()
    {
        [0] = "Padding",
        [1] = "Restrictive Category Bitmap",
        [2] = "Enumerated Categories",
        [5] = "Ranged Categories",
        [6] = "Permissive Categories",
        [7] = "Free Form",
    };

    internal Field End { get; } = group.Part("options.eol", "End of Options List (EOL)").At(2);
    internal Field Nop { get; } = group.Part("options.nop", "No-Operation (NOP)").At(2);
    internal Field Security { get; } = group.Part("options.security", "Security").At(2);
    internal Field LooseRoute { get; } = group.Part("options.route", "Loose Source Route").At(2);
    internal Field TimeStamp { get; } = group.Part("options.timestamp", "Time Stamp").At(2);
    internal Field ExtendedSecurity { get; } = group.Part("options.ext_security", "Extended Security").At(2);
    internal Field Cipso { get; } = group.Part("options.cipso", "Commercial Security").At(2);
    internal Field RecordRoute { get; } = group.Part("options.record_route", "Record Route").At(2);
    internal Field StreamId { get; } = group.Part("options.sid", "Stream ID").At(2);
    internal Field StrictRoute { get; } = group.Part("options.source_route", "Strict Source Route").At(2);
    internal Field MtuProbe { get; } = group.Part("options.mtu_probe", "MTU Probe").At(2);
    internal Field MtuReply { get; } = group.Part("options.mtu_reply", "MTU Reply").At(2);
    internal Field Traceroute { get; } = group.Part("options.traceroute", "Traceroute").At(2);
    internal Field RouterAlert { get; } = group.Part("options.routeralert", "Router Alert").At(2);
    internal Field DirectedBroadcast { get; } = group.Part("options.sdb", "Selective Directed Broadcast").At(2);
    internal Field QuickStart { get; } = group.Part("options.qs", "Quick-Start").At(2);

    internal Field Type { get; } = group.Unsigned("opt.type", "Type", 8).At(3);
    internal Field IsCopied { get; } = group.Boolean("opt.type.copy", "Copy on fragmentation", 8).Masked(0x80, level: 4).Saying("No", "Yes");
    internal Field Class { get; } = group.Unsigned("opt.type.class", "Class", 8, Classes).Masked(0x60, level: 4);
    internal Field Number { get; } = group.Unsigned("opt.type.number", "Number", 8, Numbers).Masked(0x1f, level: 4);
    internal Field Length { get; } = group.Unsigned("opt.len", "Length", 8).At(3);
    internal Field Pointer { get; } = group.Unsigned("opt.ptr", "Pointer", 8).At(3);
    internal Field StreamIdValue { get; } = group.Unsigned("opt.sid", "Stream Identifier", 16).At(3);
    internal Field Mtu { get; } = group.Unsigned("opt.mtu", "MTU", 16).At(3);
    internal Field TraceId { get; } = group.Unsigned("opt.id_number", "ID Number", 16).At(3);
    internal Field OutboundHops { get; } = group.Unsigned("opt.ohc", "Outbound Hop Count", 16).At(3);
    internal Field ReturnHops { get; } = group.Unsigned("opt.rhc", "Return Hop Count", 16).At(3);
    internal Field Originator { get; } = group.Ipv4Address("opt.originator", "Originator IP Address").At(3);
    internal Field Alert { get; } = group.Unsigned("opt.ra", "Router Alert", 16).At(3);
    internal Field BroadcastAddress { get; } = group.Ipv4Address("opt.addr", "IP Address").At(3);
    internal Field Padding { get; } = group.Octets("opt.padding", "Padding").At(3);
    internal QuickStartFields QuickStartParts { get; } = new(group);
    internal Field SecurityLevel { get; } = group.Hexadecimal("opt.sec_rfc791_sec", "Security", 16, SecurityLevels).At(3);
    internal Field Compartments { get; } = group.Unsigned("opt.sec_rfc791_comp", "Compartments", 16).At(3);
    internal Field Handling { get; } = group.Text("opt.sec_rfc791_hr", "Handling Restrictions").At(3);
    internal Field TransmissionCode { get; } = group.Text("opt.sec_rfc791_tcc", "Transmission Control Code").At(3);
    internal Field Classification { get; } = group.Hexadecimal("opt.sec_cl", "Classification Level", 8, Classifications).At(3);
    internal Field Authorities { get; } = group.Hexadecimal("opt.sec_prot_auth_flags", "Protection Authority Flags", 8).At(3);

    internal Field[] AuthorityFlags { get; } =
    [
        Authority(group, "genser", "GENSER", 0x80), Authority(group, "siop_esi", "SIOP-ESI", 0x40), Authority(group, "sci", "SCI", 0x20),
        Authority(group, "nsa", "NSA", 0x10), Authority(group, "doe", "DOE", 0x08),
    ];

    internal Field AuthorityUnassigned { get; } = group.Hexadecimal("opt.sec_prot_auth_unassigned", "Unassigned", 8).Masked(0x06, level: 4);
    internal Field AuthorityGoesOn { get; } = group.Boolean("opt.sec_prot_auth_fti", "Field Termination Indicator", 8).Masked(0x01, level: 4).Saying("Final octet", "Additional octet present");
    internal Field SecurityFormat { get; } = group.Hexadecimal("opt.ext_sec_add_sec_info_format_code", "Additional Security Info Format Code", 8).At(3);
    internal Field SecurityInfo { get; } = group.Octets("opt.ext_sec_add_sec_info", "Additional Security Info").At(3);
    internal Field Recorded { get; } = group.Ipv4Address("rec_rt", "Recorded Route").At(3);
    internal Field RecordedHost { get; } = group.Utf8("rec_rt_host", "Recorded Route Host").At(3).Hidden();
    internal Field Current { get; } = group.Ipv4Address("cur_rt", "Current Route").At(3);
    internal Field CurrentHost { get; } = group.Utf8("cur_rt_host", "Current Route Host").At(3).Hidden();
    internal Field Routed { get; } = group.Ipv4Address("src_rt", "Source Route").At(3);
    internal Field RoutedHost { get; } = group.Utf8("src_rt_host", "Source Route Host").At(3).Hidden();
    internal Field Empty { get; } = group.Ipv4Address("empty_rt", "Empty Route").At(3);
    internal Field EmptyHost { get; } = group.Utf8("empty_rt_host", "Empty Route Host").At(3).Hidden();
    internal Field Overflow { get; } = group.Unsigned("opt.overflow", "Overflow", 8).Masked(0xf0, level: 3);
    internal Field StampKind { get; } = group.Hexadecimal("opt.flag", "Flag", 8, StampKinds).Masked(0x0f, level: 3);
    internal Field Stamp { get; } = group.Unsigned("opt.time_stamp", "Time stamp", 32).At(3);
    internal Field StampAddress { get; } = group.Ipv4Address("opt.time_stamp_addr", "Address").At(3);
    internal Field CipsoDomain { get; } = group.Unsigned("cipso.doi", "DOI", 32).At(3);
    internal Field CipsoTag { get; } = group.Unsigned("cipso.tag_type", "Tag Type", 8, CipsoTags).At(3);
    internal Field CipsoLevel { get; } = group.Unsigned("cipso.sensitivity_level", "Sensitivity Level", 8).At(3);
    internal Field CipsoCategories { get; } = group.Utf8("cipso.categories", "Categories").At(3);
    internal Field CipsoData { get; } = group.Octets("cipso.tag_data", "Tag data").At(3);

    internal Field InvalidLength { get; } = group.Finding("opt.len.invalid", "Invalid length for option", Severity.Warning, ExpertGroup.Protocol);
    internal Field PointsBefore { get; } = group.Finding("opt.ptr.before_address", "Pointer points before first address", Severity.Warning, ExpertGroup.Protocol);
    internal Field PointsBetween { get; } = group.Finding("opt.ptr.middle_address", "Pointer points to middle of address", Severity.Warning, ExpertGroup.Protocol);
    internal Field CutPart { get; } = group.Finding("subopt_too_long", "Suboption would go past end of option", Severity.Warning, ExpertGroup.Protocol);
    internal Field FourNops { get; } = group.Finding("nop", "4 NOP in a row - a router may have removed some options", Severity.Warning, ExpertGroup.Protocol);
    internal Field CipsoMalformed { get; } = group.Finding("cipso.malformed", "Malformed CIPSO tag", Severity.Error);

    private static Field Authority(FieldGroup group, string name, string label, ulong bit) =>
        group.Boolean($"opt.sec_prot_auth_{name}", label, 8).Masked(bit, level: 4)
            .Saying("Datagram not protected in accordance with its rules", "Datagram protected in accordance with its rules");
}

/// <summary>What Quick-Start asks for, in options of IPv4 and IPv6. Source: RFC 4782, section 3.</summary>
/// <param name="group">The protocol.</param>
internal sealed class QuickStartFields(FieldGroup group)
{
    private const byte Request = 0;
    private const byte Report = 8;

    private static readonly Dictionary<ulong, string> Functions = new()
    {
        [Request] = "Rate request",
        [Report] = "Rate report",
    };

    private readonly Field _function = group.Unsigned("opt.qs_func", "Function", 8, Functions).Masked(0xf0, level: 3);
    private readonly Field _rate = group.Unsigned("opt.qs_rate", "Rate", 8, IpNames.QuickStartRate).Masked(0x0f, level: 3);
    private readonly Field _timeToLive = group.Unsigned("opt.qs_ttl", "QS TTL", 8).At(3);
    private readonly Field _difference = group.Unsigned("opt.qs_ttl_diff", "TTL Diff", 8).At(3).Generated();
    private readonly Field _unused = group.Unsigned("opt.qs_unused", "Not Used", 8).At(3);
    private readonly Field _nonce = group.Hexadecimal("opt.qs_nonce", "QS Nonce", 32).Masked(0xffff_fffc, level: 3);
    private readonly Field _reserved = group.Hexadecimal("opt.qs_reserved", "Reserved", 32).Masked(0x3, level: 3);

    /// <summary>Reads it.</summary>
    /// <param name="dissection">The packet.</param>
    /// <param name="line">The place of the option.</param>
    /// <param name="offset">Where the function stands.</param>
    /// <param name="length">How much of the option follows.</param>
    /// <param name="timeToLive">The time to live, or hop limit, of the packet.</param>
    /// <param name="saysFunction">Whether the line of the option tells the function.</param>
    /// <returns>The octets read.</returns>
    internal int Read(ref Dissection dissection, int line, int offset, int length, byte timeToLive, bool saysFunction)
    {
        byte first = dissection.U8(offset);
        int function = first >> 4;
        if (saysFunction)
            dissection.Fields.SayMoreOf(line, $": {Functions.GetValueOrDefault((ulong)function) ?? $"Unknown ({function})"} ({function})");
        dissection.Bits(_function, offset, 1);
        if (!Functions.ContainsKey((ulong)function))
        {
            if (dissection.Has(offset, 1))
                dissection.Fields.Say($"{function:b4} .... = {_function.Label}: Unknown ({function})");
            return 0;
        }

        dissection.Bits(_rate, offset, 1);
        if (length < 2)
            return 1;
        dissection.Fields.SayMoreOf(line, $", {IpNames.QuickStartRate[(ulong)first & 0xf]}");
        if (function == Request)
        {
            byte wanted = (byte)dissection.Number(_timeToLive, offset + 1, 1);
            byte difference = (byte)(timeToLive - wanted);
            dissection.Fields.Add(_difference, difference, offset + 1, 1);
            dissection.Fields.SayMoreOf(line, $", QS TTL {wanted}, QS TTL diff {difference}");
        }
        else
        {
            dissection.Number(_unused, offset + 1, 1);
        }

        if (length < 6)
            return 2;
        dissection.Bits(_nonce, offset + 2, 4);
        dissection.Bits(_reserved, offset + 2, 4);
        return 6;
    }
}
