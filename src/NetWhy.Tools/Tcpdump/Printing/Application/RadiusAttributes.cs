namespace NetWhy.Tools.Tcpdump.Printing.Application;

/// <summary>Prints attributes of RADIUS. Source: IANA, RADIUS Types; RFC 2865, 2866, 2868, 2869, 3162, 4675, 5090, 5176, 5447, 5580.</summary>
internal static class RadiusAttributes
{
    private static readonly string[] Names =
    [
        "Unknown", "User-Name", "User-Password", "CHAP-Password", "NAS-IP-Address", "NAS-Port", "Service-Type", "Framed-Protocol",
        "Framed-IP-Address", "Framed-IP-Netmask", "Framed-Routing", "Filter-Id", "Framed-MTU", "Framed-Compression", "Login-IP-Host",
        "Login-Service", "Login-TCP-Port", "Unassigned", "Reply-Message", "Callback-Number", "Callback-Id", "Unassigned", "Framed-Route",
        "Framed-IPX-Network", "State", "Class", "Vendor-Specific", "Session-Timeout", "Idle-Timeout", "Termination-Action",
        "Called-Station-Id", "Calling-Station-Id", "NAS-Identifier", "Proxy-State", "Login-LAT-Service", "Login-LAT-Node",
        "Login-LAT-Group", "Framed-AppleTalk-Link", "Framed-AppleTalk-Network", "Framed-AppleTalk-Zone", "Acct-Status-Type",
        "Acct-Delay-Time", "Acct-Input-Octets", "Acct-Output-Octets", "Acct-Session-Id", "Acct-Authentic", "Acct-Session-Time",
        "Acct-Input-Packets", "Acct-Output-Packets", "Acct-Terminate-Cause", "Acct-Multi-Session-Id", "Acct-Link-Count",
        "Acct-Input-Gigawords", "Acct-Output-Gigawords", "Unassigned", "Event-Timestamp", "Egress-VLANID", "Ingress-Filters",
        "Egress-VLAN-Name", "User-Priority-Table", "CHAP-Challenge", "NAS-Port-Type", "Port-Limit", "Login-LAT-Port", "Tunnel-Type",
        "Tunnel-Medium-Type", "Tunnel-Client-Endpoint", "Tunnel-Server-Endpoint", "Acct-Tunnel-Connection", "Tunnel-Password",
        "ARAP-Password", "ARAP-Features", "ARAP-Zone-Access", "ARAP-Security", "ARAP-Security-Data", "Password-Retry", "Prompt",
        "Connect-Info", "Configuration-Token", "EAP-Message", "Message-Authenticator", "Tunnel-Private-Group-ID", "Tunnel-Assignment-ID",
        "Tunnel-Preference", "ARAP-Challenge-Response", "Acct-Interim-Interval", "Acct-Tunnel-Packets-Lost", "NAS-Port-Id",
        "Framed-Pool", "CUI", "Tunnel-Client-Auth-ID", "Tunnel-Server-Auth-ID", "NAS-Filter-Rule", "Unassigned", "Originating-Line-Info",
        "NAS-IPv6-Address", "Framed-Interface-ID", "Framed-IPv6-Prefix", "Login-IPv6-Host", "Framed-IPv6-Route", "Framed-IPv6-Pool",
        "Error-Cause", "EAP-Key-Name", "Digest-Response", "Digest-Realm", "Digest-Nonce", "Digest-Response-Auth", "Digest-Nextnonce",
        "Digest-Method", "Digest-URI", "Digest-Qop", "Digest-Algorithm", "Digest-Entity-Body-Hash", "Digest-CNonce",
        "Digest-Nonce-Count", "Digest-Username", "Digest-Opaque", "Digest-Auth-Param", "Digest-AKA-Auts", "Digest-Domain",
        "Digest-Stale", "Digest-HA1", "SIP-AOR", "Delegated-IPv6-Prefix", "MIP6-Feature-Vector", "MIP6-Home-Link-Prefix",
        "Operator-Name", "Location-Information", "Location-Data", "Basic-Location-Policy-Rules",
    ];

    // Names of values, from 0 on; what has no name is null.
    private static readonly string?[] ServiceTypes =
    [
        null, "Login", "Framed", "Callback Login", "Callback Framed", "Outbound", "Administrative", "NAS Prompt", "Authenticate Only",
        "Callback NAS Prompt", "Call Check", "Callback Administrative", "Voice", "Fax", "Modem Relay", "IAPP-Register", "IAPP-AP-Check",
        "Authorize Only", "Framed-Management", "Additional-Authorization",
    ];

    private static readonly string?[] FramedProtocols =
        [null, "PPP", "SLIP", "ARAP", "Gandalf proprietary", "Xylogics IPX/SLIP", "X.75 Synchronous", "GPRS PDP Context"];

    private static readonly string?[] Routings = ["None", "Send", "Listen", "Send&Listen"];
    private static readonly string?[] Compressions = ["None", "VJ TCP/IP", "IPX", "Stac-LZS"];

    private static readonly string?[] LoginServices =
    [
        "Telnet", "Rlogin", "TCP Clear", "PortMaster(proprietary)", "LAT", "X.25-PAD", "X.25-T3POS", "Unassigned", "TCP Clear Quiet",
    ];

    private static readonly string?[] TerminationActions = ["Default", "RADIUS-Request"];
    private static readonly string?[] IngressFilters = [null, "Enabled", "Disabled"];

    private static readonly string?[] PortTypes =
    [
        "Async", "Sync", "ISDN Sync", "ISDN Async V.120", "ISDN Async V.110", "Virtual", "PIAFS", "HDLC Clear Channel", "X.25", "X.75",
        "G.3 Fax", "SDSL", "ADSL-CAP", "ADSL-DMT", "ISDN-DSL", "Ethernet", "xDSL", "Cable", "Wireless - Other", "Wireless - IEEE 802.11",
        "Token-Ring", "FDDI", "Wireless - CDMA200", "Wireless - UMTS", "Wireless - 1X-EV", "IAPP", "FTTP", "Wireless - IEEE 802.16",
        "Wireless - IEEE 802.20", "Wireless - IEEE 802.22", "PPPoA", "PPPoEoA", "PPPoEoE", "PPPoEoVLAN", "PPPoEoQinQ", "xPON",
        "Wireless - XGP", "WiMAX Pre-Release 8 IWK Function", "WIMAX-WIFI-IWK", "WIMAX-SFF", "WIMAX-HA-LMA", "WIMAX-DHCP", "WIMAX-LBS",
        "WIMAX-WVS",
    ];

    private static readonly string?[] AccountingStatuses =
    [
        null, "Start", "Stop", "Interim-Update", "Unassigned", "Unassigned", "Unassigned", "Accounting-On", "Accounting-Off",
        "Tunnel-Start", "Tunnel-Stop", "Tunnel-Reject", "Tunnel-Link-Start", "Tunnel-Link-Stop", "Tunnel-Link-Reject", "Failed",
    ];

    private static readonly string?[] Authentics = [null, "RADIUS", "Local", "Remote", "Diameter"];

    private static readonly string?[] TerminateCauses =
    [
        null, "User Request", "Lost Carrier", "Lost Service", "Idle Timeout", "Session Timeout", "Admin Reset", "Admin Reboot",
        "Port Error", "NAS Error", "NAS Request", "NAS Reboot", "Port Unneeded", "Port Preempted", "Port Suspended",
        "Service Unavailable", "Callback", "User Error", "Host Request", "Supplicant Restart", "Reauthentication Failure",
        "Port Reinitialized", "Port Administratively Disabled", "Lost Power",
    ];

    private static readonly string?[] TunnelTypes =
    [
        null, "PPTP", "L2F", "L2TP", "ATMP", "VTP", "AH", "IP-IP", "MIN-IP-IP", "ESP", "GRE", "DVS", "IP-in-IP Tunneling", "VLAN",
    ];

    private static readonly string?[] TunnelMedia =
    [
        null, "IPv4", "IPv6", "NSAP", "HDLC", "BBN 1822", "802", "E.163", "E.164", "F.69", "X.121", "IPX", "Appletalk", "Decnet IV",
        "Banyan Vines", "E.164 with NSAP subaddress",
    ];

    private static readonly string?[] ZoneAccesses =
        [null, "Only access to dfl zone", "Use zone filter inc.", "Not used", "Use zone filter exc."];

    private static readonly string?[] Prompts = ["No Echo", "Echo"];

    private static readonly Token[] ErrorCauses =
    [
        (201, "Residual Session Context Removed"), (202, "Invalid EAP Packet (Ignored)"), (401, "Unsupported Attribute"),
        (402, "Missing Attribute"), (403, "NAS Identification Mismatch"), (404, "Invalid Request"), (405, "Unsupported Service"),
        (406, "Unsupported Extension"), (407, "Invalid Attribute Value"), (501, "Administratively Prohibited"),
        (502, "Request Not Routable (Proxy)"), (503, "Session Context Not Found"), (504, "Session Context Not Removable"),
        (505, "Other Proxy Processing Error"), (506, "Resources Unavailable"), (507, "Request Initiated"),
        (508, "Multiple Session Selection Unsupported"), (509, "Location Info Required"),
    ];

    private static readonly (int Bit, string Name)[] MobilityFeatures =
    [
        (0, "MIP6_INTEGRATED"), (1, "LOCAL_HOME_AGENT_ASSIGNMENT"), (40, "PMIP6_SUPPORTED"), (41, "IP4_HOA_SUPPORTED"),
        (42, "LOCAL_MAG_ROUTING_SUPPORTED"), (43, "ASSIGN_LOCAL_IP"), (44, "MIP4_SUPPORTED"), (45, "OPTIMIZED_IDLE_MODE_MOBILITY"),
        (46, "GTPv2_SUPPORTED"), (47, "IP4_TRANSPORT_SUPPORTED"), (48, "IP4_HOA_ONLY_SUPPORTED"), (49, "INTER_MAG_ROUTING_SUPPORTED"),
    ];

    private static readonly Token[] Tags = [(0x31, "Tagged"), (0x32, "Untagged")];
    private static readonly Token[] Namespaces = [(0x30, "TADIG"), (0x31, "REALM"), (0x32, "E212"), (0x33, "ICC")];
    private static readonly Token[] LocationCodes = [(0, "Civic"), (1, "Geospatial")];
    private static readonly Token[] LocationEntities = [(0, "User"), (1, "RADIUS")];

    private static readonly Token[] PolicyFlags =
    [
        (0x0001, "MBZ-15"), (0x0002, "MBZ-14"), (0x0004, "MBZ-13"), (0x0008, "MBZ-12"), (0x0010, "MBZ-11"), (0x0020, "MBZ-10"),
        (0x0040, "MBZ-9"), (0x0080, "MBZ-8"), (0x0100, "MBZ-7"), (0x0200, "MBZ-6"), (0x0400, "MBZ-5"), (0x0800, "MBZ-4"),
        (0x1000, "MBZ-3"), (0x2000, "MBZ-2"), (0x4000, "MBZ-1"), (0x8000, "Retransmission Allowed"),
    ];

    private static readonly string[] Days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
    private static readonly string[] Months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

    /// <summary>Name of an attribute.</summary>
    /// <param name="type">Its type.</param>
    internal static string Name(int type) => Names[type < Names.Length ? type : 0];

    /// <summary>Prints the value of an attribute.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="octets">What was captured, from the value on.</param>
    /// <param name="length">Its length, at least 1.</param>
    /// <param name="type">The attribute.</param>
    internal static void Print(PacketPrinter printer, ReadOnlySpan<byte> octets, int length, int type)
    {
        switch (type)
        {
            case 4 or 8 or 9 or 14:
                PrintAddress(printer, octets, length, isChoice: type is 8 or 14);
                break;
            case 95 or 98:
                if (HasLength(printer, length, 16))
                    printer.Ipv6Address(octets, 0);
                break;
            case 97 or 123:
                PrintPrefix(printer, octets, length);
                break;
            case 26:
                PrintVendor(printer, octets, length);
                break;
            case 55:
                if (HasLength(printer, length, 4))
                    PrintTime(printer, printer.U32(octets, 0));
                break;
            case 70 or 71 or 84:
                PrintAppleTalk(printer, octets, length, type);
                break;
            case 101:
                if (length != 4)
                {
                    printer.Put($"Error: length {length} != 4");
                    break;
                }

                uint cause = printer.U32(octets, 0);
                printer.Put($"Error cause {cause}: ");
                printer.Token(ErrorCauses, cause, "Error-Cause %u not known");
                break;
            case 124:
                PrintFeatures(printer, octets, length);
                break;
            case 125:
                PrintHomeLink(printer, octets, length);
                break;
            case 126 or 127 or 128 or 129:
                PrintLocation(printer, octets, length, type);
                break;
            case 2 or 3 or 17 or 21 or 54 or 59 or 93 or 94 or 96 or 102:
            case 0 or > 129:
                break;
            case 1 or 11 or 18 or 19 or 20 or 22 or 24 or 25 or (>= 30 and <= 36) or 39 or 44 or 50 or 58 or 60 or 63 or (>= 66 and <= 69):
            case 73 or 74 or (>= 77 and <= 82) or (>= 87 and <= 92) or 99 or 100 or (>= 103 and <= 122):
                PrintText(printer, octets, length, type);
                break;
            default:
                PrintNumber(printer, octets, length, type);
                break;
        }
    }

    private static bool HasLength(PacketPrinter printer, int length, int right)
    {
        if (length != right)
            printer.Put($"ERROR: length {length} != {right}");
        return length == right;
    }

    private static void PrintTag(PacketPrinter printer, byte tag)
    {
        if (tag == 0)
            printer.Put("Tag[Unused] ");
        else
            printer.Put($"Tag[{(uint)tag}] ");
    }

    private static void PrintVlanTag(PacketPrinter printer, byte tag)
    {
        printer.Token(Tags, tag, "Unknown tag");
        printer.Put($" (0x{(uint)tag:x2}) ");
    }

    private static void PrintText(PacketPrinter printer, ReadOnlySpan<byte> octets, int length, int type)
    {
        const int EgressVlanName = 58, TunnelPassword = 69, Eap = 79, LargestTag = 0x1f;
        if (octets.Length < length)
        {
            printer.Truncated();
            return;
        }

        int at = 0;
        switch (type)
        {
            case TunnelPassword:
                if (length < 3)
                {
                    printer.Truncated();
                    return;
                }

                PrintTag(printer, octets[0] <= LargestTag ? octets[0] : (byte)0);
                printer.Put($"Salt {printer.U16(octets, 1)} ");
                at = 3;
                break;
            case 66 or 67 or 81 or 82 or 90 or 91 when octets[0] <= LargestTag:
                PrintTag(printer, octets[at++]);
                break;
            case EgressVlanName:
                PrintVlanTag(printer, octets[at++]);
                break;
            case Eap:
                return;
        }

        PutPrintable(printer, octets[at..length], stopsAtZero: true);
    }

    private static void PutPrintable(PacketPrinter printer, ReadOnlySpan<byte> text, bool stopsAtZero)
    {
        foreach (byte octet in text)
        {
            if (octet == 0 && stopsAtZero)
                break;
            printer.Text.Add(octet is >= 0x20 and < 0x7f ? octet : (byte)'.');
        }
    }

    private static void PrintVendor(PacketPrinter printer, ReadOnlySpan<byte> octets, int length)
    {
        if (length < 4)
        {
            printer.Truncated();
            return;
        }

        uint vendor = printer.U32(octets, 0);
        printer.Put("Vendor: ");
        printer.Token(EnterpriseNumbers.Names, vendor, "Unknown");
        printer.Put($" ({vendor})");
        for (int at = 4; length - at >= 2 && !printer.IsCut;)
        {
            int type = printer.U8(octets, at), size = printer.U8(octets, at + 1);
            printer.Put($"\n\t    Vendor Attribute: {type}, Length: ");
            if (size < 2 || size > length - at)
            {
                printer.Put($"{size} (bogus, {(size < 2 ? "must be >= 2" : "goes past end of vendor-specific attribute")})");
                return;
            }

            if (!PacketPrinter.Has(octets, at + 2, size - 2))
            {
                printer.Truncated();
                return;
            }

            printer.Put($"{size - 2}, Value: ");
            PutPrintable(printer, octets.Slice(at + 2, size - 2), stopsAtZero: false);
            at += size;
        }
    }

    private static (string?[] Names, bool HasTag) Values(int type) => type switch
    {
        6 => (ServiceTypes, false),
        7 => (FramedProtocols, false),
        10 => (Routings, false),
        13 => (Compressions, false),
        15 => (LoginServices, false),
        29 => (TerminationActions, false),
        40 => (AccountingStatuses, false),
        45 => (Authentics, false),
        49 => (TerminateCauses, false),
        57 => (IngressFilters, false),
        61 => (PortTypes, false),
        64 => (TunnelTypes, true),
        65 => (TunnelMedia, true),
        72 => (ZoneAccesses, false),
        76 => (Prompts, false),
        _ => ([], false),
    };

    private static void PrintNumber(PacketPrinter printer, ReadOnlySpan<byte> octets, int length, int type)
    {
        if (!HasLength(printer, length, 4))
            return;
        (string?[] names, bool hasTag) = Values(type);
        uint value = printer.U32(octets, 0);
        if (names.Length > 0)
        {
            if (hasTag)
            {
                PrintTag(printer, (byte)(value >> 24));
                value &= 0xffffff;
            }

            if (value < (uint)names.Length && names[value] is { } name)
                printer.Put(name);
            else
                printer.Put($"#{value}");
            return;
        }

        switch (type)
        {
            case 23 when value == 0xfffffffe:
                printer.Put("NAS Select");
                break;
            case 27 or 28 or 41 or 46 or 85 when value < 60:
                printer.Put($"{value:d2} secs");
                break;
            case 27 or 28 or 41 or 46 or 85 when value < 3600:
                printer.Put($"{value / 60:d2}:{value % 60:d2} min");
                break;
            case 27 or 28 or 41 or 46 or 85:
                printer.Put($"{value / 3600:d2}:{value % 3600 / 60:d2}:{value % 60:d2} hours");
                break;
            case 37 when value == 0:
                printer.Put("Unnumbered");
                break;
            case 38 when value == 0:
                printer.Put("NAS assigned");
                break;
            case 83:
                PrintTag(printer, (byte)(value >> 24));
                printer.Put($"{value & 0xffffff}");
                break;
            case 56:
                PrintVlanTag(printer, (byte)(value >> 24));
                printer.Put($"{value & 0xffffff}");
                break;
            default:
                printer.Put($"{value}");
                break;
        }
    }

    private static void PrintAddress(PacketPrinter printer, ReadOnlySpan<byte> octets, int length, bool isChoice)
    {
        if (!HasLength(printer, length, 4))
            return;
        uint value = printer.U32(octets, 0);
        if (isChoice && value >= 0xfffffffe)
            printer.Put(value == 0xffffffff ? "User Selected" : "NAS Select");
        else
            printer.Ipv4Address(octets, 0);
    }

    private static void PrintPrefix(PacketPrinter printer, ReadOnlySpan<byte> octets, int length)
    {
        if (length is < 2 or > 18)
        {
            printer.Put($"ERROR: length {length} not in range (2..18)");
            return;
        }

        if (octets.Length < length)
        {
            printer.Truncated();
            return;
        }

        int width = octets[1];
        if (width > 128)
        {
            printer.Put($"ERROR: netmask {width} not in range (0..128)");
            return;
        }

        Span<byte> address = stackalloc byte[16];
        address.Clear();
        octets[2..length].CopyTo(address);
        printer.Ipv6Address(address, 0);
        printer.Put($"/{width}{(width > 8 * (length - 2) ? " (inconsistent prefix length)" : "")}");
    }

    private static void PrintHomeLink(PacketPrinter printer, ReadOnlySpan<byte> octets, int length)
    {
        if (!HasLength(printer, length, 17))
            return;
        if (octets.Length < length)
        {
            printer.Truncated();
            return;
        }

        if (octets[0] > 128)
        {
            printer.Put($"ERROR: netmask {(uint)octets[0]} not in range (0..128)");
            return;
        }

        printer.Ipv6Address(octets, 1);
        printer.Put($"/{(uint)octets[0]}");
    }

    // As asctime(3) has it, in local time.
    private static void PrintTime(PacketPrinter printer, uint seconds)
    {
        DateTime time = DateTimeOffset.FromUnixTimeSeconds(seconds).LocalDateTime;
        printer.Put($"{Days[(int)time.DayOfWeek]} {Months[time.Month - 1]} {(time.Day < 10 ? " " : "")}{time.Day} ");
        printer.Put($"{time.Hour:d2}:{time.Minute:d2}:{time.Second:d2} {time.Year}");
    }

    private static void PrintFeatures(PacketPrinter printer, ReadOnlySpan<byte> octets, int length)
    {
        if (!HasLength(printer, length, 8))
            return;
        printer.Put("[");
        ulong value = printer.U64(octets, 0);
        bool isFirst = true;
        foreach ((int bit, string name) in MobilityFeatures)
        {
            if ((value & (1ul << bit)) == 0)
                continue;
            printer.Put($"{(isFirst ? "" : ", ")}{name}");
            isFirst = false;
        }

        printer.Put("]");
    }

    private static void PrintDigits(PacketPrinter printer, ReadOnlySpan<byte> octets, int at, int count)
    {
        for (int i = 0; i < count && !printer.IsCut; i++)
            printer.Put($"{(uint)printer.U8(octets, at + i):x2}");
    }

    // Source: RFC 2869, section 5.4 to 5.15.
    private static void PrintAppleTalk(PacketPrinter printer, ReadOnlySpan<byte> octets, int length, int type)
    {
        const int Password = 70, Features = 71;
        if (type == Password)
        {
            if (!HasLength(printer, length, 16))
                return;
            printer.Put("User_challenge (");
            PrintDigits(printer, octets, 0, 8);
            printer.Put(") User_resp(");
            PrintDigits(printer, octets, 8, 8);
            printer.Put(")");
        }
        else if (type == Features)
        {
            if (!HasLength(printer, length, 14))
                return;
            printer.Put(printer.U8(octets, 0) != 0 ? "User can change password" : "User cannot change password");
            printer.Put($", Min password length: {(uint)printer.U8(octets, 1)}, created at: ");
            PrintDigits(printer, octets, 2, 4);
            printer.Put(", expires in: ");
            PrintDigits(printer, octets, 6, 4);
            printer.Put(", Current Time: ");
            PrintDigits(printer, octets, 10, 4);
        }
        else if (length < 8)
        {
            printer.Put($"ERROR: length {length} != 8");
        }
        else
        {
            PrintDigits(printer, octets, 0, 8);
        }
    }

    // Source: RFC 5580, section 4.
    private static void PrintLocation(PacketPrinter printer, ReadOnlySpan<byte> octets, int length, int type)
    {
        const int OperatorName = 126, Information = 127, Data = 128;
        if (octets.Length < length)
        {
            printer.Truncated();
            return;
        }

        int least = type switch { OperatorName => 2, Information => 21, Data => 3, _ => 10 };
        if (length < least)
        {
            printer.Put($"ERROR: length {length} < {least}");
            return;
        }

        switch (type)
        {
            case OperatorName:
                printer.Put("[");
                printer.Token(Namespaces, octets[0], "unknown namespace %u");
                printer.Put("] ");
                printer.Characters(octets, 1, length - 1);
                break;
            case Information:
                printer.Put($"index {printer.U16(octets, 0)}, code ");
                printer.Token(LocationCodes, octets[2], "Unknown (%u)");
                printer.Put(", entity ");
                printer.Token(LocationEntities, octets[3], "Unknown (%u)");
                printer.Put(", sighting time ");
                NtpPrinter.PrintTimestamp(printer, printer.U32(octets, 4), printer.U32(octets, 8));
                printer.Put(", time to live ");
                NtpPrinter.PrintTimestamp(printer, printer.U32(octets, 12), printer.U32(octets, 16));
                printer.Put(", method \"");
                printer.Characters(octets, 20, length - 20);
                printer.Put("\"");
                break;
            case Data:
                printer.Put($"index {printer.U16(octets, 0)}, location");
                HexDump.HexadecimalAndAscii(printer, "\n\t    ", octets[2..length]);
                break;
            default:
                printer.Put("flags [");
                printer.Bits(PolicyFlags, printer.U16(octets, 0), "none");
                printer.Put("], retention expires ");
                NtpPrinter.PrintTimestamp(printer, printer.U32(octets, 2), printer.U32(octets, 6));
                if (length > 10)
                {
                    printer.Put(", note well \"");
                    printer.Characters(octets, 10, length - 10);
                    printer.Put("\"");
                }

                break;
        }
    }
}
