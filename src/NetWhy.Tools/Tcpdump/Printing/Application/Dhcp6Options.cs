namespace NetWhy.Tools.Tcpdump.Printing.Application;

/// <summary>Prints the options of DHCPv6. Source: RFC 8415; IANA, DHCPv6 Option Codes.</summary>
internal static class Dhcp6Options
{
    private static readonly Token[] Names =
    [
        (1, "client-ID"), (2, "server-ID"), (3, "IA_NA"), (4, "IA_TA"), (5, "IA_ADDR"), (6, "option-request"), (7, "preference"),
        (8, "elapsed-time"), (9, "relay-message"), (11, "authentication"), (12, "server-unicast"), (13, "status-code"),
        (14, "rapid-commit"), (15, "user-class"), (16, "vendor-class"), (17, "vendor-specific-info"), (18, "interface-ID"),
        (19, "reconfigure-message"), (20, "reconfigure-accept"), (21, "SIP-servers-domain"), (22, "SIP-servers-address"),
        (23, "DNS-server"), (24, "DNS-search-list"), (25, "IA_PD"), (26, "IA_PD-prefix"), (31, "SNTP-servers"), (32, "lifetime"),
        (27, "NIS-server"), (28, "NIS+-server"), (29, "NIS-domain-name"), (30, "NIS+-domain-name"), (33, "BCMCS-domain-name"),
        (34, "BCMCS-server"), (36, "Geoconf-Civic"), (37, "Remote-ID"), (38, "Subscriber-ID"), (39, "Client-FQDN"), (40, "PANA-agent"),
        (41, "POSIX-timezone"), (42, "POSIX-tz-database"), (43, "Echo-request-option"), (44, "Lease-query"), (45, "LQ-client-data"),
        (46, "Clt-time"), (47, "LQ-relay-data"), (48, "LQ-client-link"), (56, "NTP-server"), (59, "Bootfile-URL"), (64, "AFTR-Name"),
        (112, "MUD-URL"),
    ];

    private static readonly Token[] Statuses =
    [
        (0, "Success"), (1, "UnspecFail"), (2, "NoAddrsAvail"), (3, "NoBinding"), (4, "NotOnLink"), (5, "UseMulticast"),
        (6, "NoPrefixAvail"), (7, "UnknownQueryType"), (8, "MalformedQuery"), (9, "NotConfigured"), (10, "NotAllowed"),
    ];

    /// <summary>Prints options up to the end of what encloses them.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="octets">What was captured.</param>
    internal static void Print(PacketPrinter printer, ReadOnlySpan<byte> octets)
    {
        if (!printer.Enter())
            return;
        for (int at = 0; at < octets.Length && !printer.IsCut;)
        {
            if (!PacketPrinter.Has(octets, at, 4) || !PacketPrinter.Has(octets, at + 4, printer.U16(octets, at + 2)))
            {
                printer.Truncated();
                break;
            }

            uint option = printer.U16(octets, at);
            int length = printer.U16(octets, at + 2);
            printer.Put(" (");
            printer.Token(Names, option, "opt_%u");
            if (!PrintValue(printer, octets.Slice(at + 4, length), option))
            {
                printer.Truncated();
                break;
            }

            at += 4 + length;
        }

        printer.Leave();
    }

    private static bool PrintValue(PacketPrinter printer, ReadOnlySpan<byte> value, uint option)
    {
        if (!HasLength(value.Length, option))
        {
            printer.Put(" ?)");
            return true;
        }

        switch (option)
        {
            case 1 or 2:
                PrintIdentifier(printer, value);
                return true;
            case 3 or 25:
                printer.Put($" IAID:{printer.U32(value, 0)} T1:{printer.U32(value, 4)} T2:{printer.U32(value, 8)}");
                Print(printer, value[12..]);
                break;
            case 4:
                printer.Put($" IAID:{printer.U32(value, 0)}");
                Print(printer, value[4..]);
                break;
            case 5:
                printer.Put(" ");
                printer.Ipv6Address(value, 0);
                printer.Put($" pltime:{printer.U32(value, 16)} vltime:{printer.U32(value, 20)}");
                Print(printer, value[24..]);
                break;
            case 6 or 43:
                for (int i = 0; i < value.Length; i += 2)
                {
                    printer.Put(" ");
                    printer.Token(Names, printer.U16(value, i), "opt_%u");
                }

                break;
            case 7:
                printer.Put($" {(uint)value[0]}");
                break;
            case 8:
                printer.Put($" {printer.U16(value, 0)}");
                break;
            case 9:
                printer.Put(" (");
                Dhcp6Printer.Print(printer, value, value.Length);
                break;
            case 11:
                PrintAuthentication(printer, value);
                break;
            case 13:
                printer.Put(" ");
                if (printer.U16(value, 0) > 255)
                    printer.Put("INVALID code");
                else
                    printer.Token(Statuses, printer.U16(value, 0), "code%u");
                break;
            case 18 or 38:
                printer.Put(" ");
                PrintDigits(printer, PacketPrinter.First(value, 10));
                printer.Put("...");
                break;
            case 19:
                PrintReconfigure(printer, value[0]);
                break;
            case 22 or 23 or 31 or 27 or 28 or 34 or 40 or 48:
                for (int i = 0; i < value.Length; i += 16)
                {
                    printer.Put(" ");
                    printer.Ipv6Address(value, i);
                }

                break;
            case 21 or 24:
                if (!PrintDomains(printer, value))
                    return false;
                break;
            case 26:
                printer.Put(" ");
                printer.Ipv6Address(value, 9);
                printer.Put($"/{(uint)value[8]} pltime:{printer.U32(value, 0)} vltime:{printer.U32(value, 4)}");
                Print(printer, value[25..]);
                break;
            case 32 or 46:
                printer.Put($" {printer.U32(value, 0)}");
                break;
            case 37:
                printer.Put($" {printer.U32(value, 0)} ");
                PrintDigits(printer, PacketPrinter.Part(value, 4, 10));
                printer.Put("...");
                break;
            case 44:
                PrintQuery(printer, value);
                break;
            case 45:
                Print(printer, value);
                break;
            case 47:
                printer.Put(" ");
                printer.Ipv6Address(value, 0);
                printer.Put(" ");
                PrintDigits(printer, PacketPrinter.Part(value, 16, 10));
                printer.Put("...");
                break;
            case 56:
                if (!PrintTimeServers(printer, value))
                    return false;
                break;
            case 64:
                PrintTunnelEnd(printer, value);
                break;
            case 41 or 42 or 112:
                printer.Put(" ");
                printer.PaddedCharacters(value, 0, value.Length);
                break;
            case 59:
                printer.Put(" ");
                printer.Characters(value, 0, value.Length);
                break;
            case 15:
                PrintUserClasses(printer, value);
                break;
        }

        printer.Put(")");
        return true;
    }

    private static bool HasLength(int length, uint option) => option switch
    {
        1 or 2 or 13 => length >= 2,
        3 or 25 => length >= 12,
        4 or 37 or 56 => length >= 4,
        5 => length >= 24,
        6 or 43 => length % 2 == 0,
        7 or 19 => length == 1,
        8 => length == 2,
        11 => length >= 11,
        22 or 23 or 31 or 27 or 28 or 34 or 40 or 48 => length % 16 == 0,
        26 => length >= 25,
        32 or 46 => length == 4,
        44 => length >= 17,
        47 => length >= 16,
        64 => length >= 3,
        41 or 42 or 112 => length >= 5,
        _ => true,
    };

    private static void PrintDigits(PacketPrinter printer, ReadOnlySpan<byte> value)
    {
        foreach (byte octet in value)
            printer.Put($"{(uint)octet:x2}");
    }

    // Source: RFC 8415, section 11; RFC 6355.
    private static void PrintIdentifier(PacketPrinter printer, ReadOnlySpan<byte> value)
    {
        uint type = printer.U16(value, 0);
        (int least, int most) = type switch { 1 => (8, int.MaxValue), 2 => (6, int.MaxValue), 3 => (4, int.MaxValue), 4 => (18, 18), _ => (0, int.MaxValue) };
        if (type == 4)
            printer.Put(" uuid ");
        if (value.Length < least || value.Length > most)
        {
            printer.Put(" ?)");
            return;
        }

        switch (type)
        {
            case 1:
                printer.Put($" hwaddr/time type {printer.U16(value, 2)} time {printer.U32(value, 4)} ");
                PrintDigits(printer, value[8..]);
                break;
            case 2:
                printer.Put($" enterprise {printer.U32(value, 2)} ");
                PrintDigits(printer, value[6..]);
                break;
            case 3:
                printer.Put($" hwaddr type {printer.U16(value, 2)} ");
                PrintDigits(printer, value[4..]);
                break;
            case 4:
                PrintDigits(printer, value[2..]);
                break;
            default:
                printer.Put($" type {type}");
                break;
        }

        printer.Put(")");
    }

    // Source: RFC 8415, section 21.11.
    private static void PrintAuthentication(PacketPrinter printer, ReadOnlySpan<byte> value)
    {
        const int Delayed = 2, Reconfigure = 3;
        int protocol = value[0], at = 11, left = value.Length - 11;
        printer.Put(" proto: ");
        if (protocol is Delayed or Reconfigure)
            printer.Put(protocol == Delayed ? "delayed" : "reconfigure");
        else
            printer.Put($"{protocol}");
        printer.Put(", alg: ");
        if (value[1] == 1)
            printer.Put("HMAC-MD5");
        else
            printer.Put($"{(uint)value[1]}");
        printer.Put(", RDM: ");
        if (value[2] == 0)
            printer.Put("mono");
        else
            printer.Put($"{(uint)value[2]}");
        printer.Put(", RD:");
        for (int i = 3; i < 11; i += 2)
            printer.Put($" {(uint)printer.U16(value, i):x4}");

        if (protocol == Delayed && left >= 20)
        {
            if (left > 20)
                printer.Put(", realm: ");
            PrintDigits(printer, value.Slice(at, left - 20));
            at += left - 20;
            printer.Put($", key ID: {printer.U32(value, at):x8}, HMAC-MD5:");
            PrintWords(printer, value[(at + 4)..]);
        }
        else if (protocol == Reconfigure && left == 17)
        {
            printer.Put(value[at] switch { 1 => " reconfig-key", 2 => " type: HMAC-MD5", _ => " type: ??" });
            printer.Put(" value:");
            PrintWords(printer, value[(at + 1)..]);
        }
        else if (protocol != Delayed || left != 0)
        {
            printer.Put(" ??");
        }
    }

    private static void PrintWords(PacketPrinter printer, ReadOnlySpan<byte> value)
    {
        for (int i = 0; i < 16; i += 4)
            printer.Put($" {printer.U32(value, i):x8}");
    }

    private static void PrintReconfigure(PacketPrinter printer, byte type)
    {
        const int Renew = 5, InformationRequest = 11;
        if (type is Renew or InformationRequest)
            printer.Put(type == Renew ? " for renew" : " for inf-req");
        else
            printer.Put($" for ???({(uint)type:x2})");
    }

    private static bool PrintDomains(PacketPrinter printer, ReadOnlySpan<byte> value)
    {
        for (int at = 0; at < value.Length;)
        {
            printer.Put(" ");
            at = DomainNames.Print(printer, value, at, value.Length);
            if (at < 0)
                return false;
        }

        return true;
    }

    // Source: RFC 5007, section 4.1.2.1.
    private static void PrintQuery(PacketPrinter printer, ReadOnlySpan<byte> value)
    {
        if (value[0] is 1 or 2)
            printer.Put(value[0] == 1 ? " by-address " : " by-clientID ");
        else
            printer.Put($" type_{(uint)value[0]} ");
        printer.Ipv6Address(value, 1);
        Print(printer, value[17..]);
    }

    // Source: RFC 5908.
    private static bool PrintTimeServers(PacketPrinter printer, ReadOnlySpan<byte> value)
    {
        for (int at = 0; at < value.Length - 4;)
        {
            int option = printer.U16(value, at), length = printer.U16(value, at + 2);
            at += 4;
            if (length > value.Length - at)
                return false;
            printer.Put($" subopt:{option}");
            if (option is 1 or 2 && length == 16)
            {
                printer.Put(" ");
                printer.Ipv6Address(value, at);
            }
            else if (option == 3)
            {
                printer.Put(" ");
                if (DomainNames.Print(printer, value, at, at + length) < 0)
                    return false;
            }
            else
            {
                printer.Put(" ?");
            }

            at += length;
        }

        return true;
    }

    // Source: RFC 6334.
    private static void PrintTunnelEnd(PacketPrinter printer, ReadOnlySpan<byte> value)
    {
        int left = value.Length, at = 0;
        printer.Put(" ");
        while (left > 0 && at < value.Length && value[at] != 0)
        {
            int label = value[at++];
            if (label >= left - 1)
            {
                printer.Put(" ?");
                break;
            }

            printer.PaddedCharacters(value, at, label);
            at += label;
            left -= label + 1;
            if (printer.U8(value, at) != 0)
                printer.Put(".");
        }
    }

    private static void PrintUserClasses(PacketPrinter printer, ReadOnlySpan<byte> value)
    {
        printer.Put(" ");
        int at = 0;
        while (at + 2 <= value.Length)
        {
            printer.Put(at > 0 ? "," : "");
            int length = printer.U16(value, at);
            if (length > value.Length - at - 2)
                break;
            printer.Characters(value, at + 2, length);
            at += 2 + length;
        }

        if (at != value.Length)
            printer.Put(" ?");
    }
}
