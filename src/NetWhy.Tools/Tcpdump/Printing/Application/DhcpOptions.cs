namespace NetWhy.Tools.Tcpdump.Printing.Application;

/// <summary>Prints the options of DHCP. Source: RFC 2132; IANA, BOOTP Vendor Extensions and DHCP Options.</summary>
internal static class DhcpOptions
{
    private const int Pad = 0, NodeType = 46, Overload = 52, MessageType = 53, ParameterRequest = 55, ClientId = 61, UserClass = 77;
    private const int ClientName = 81, AgentInformation = 82, ClasslessRoute = 121, MicrosoftClasslessRoute = 249, End = 255;

    // In front of each name stands how its value is printed: i addresses, p pairs of them, l and L words (L with sign), s half words,
    // b octets, a text, B whether or not, $ in a way of its own.
    private static readonly Token[] Names =
    [
        (0, " PAD"), (1, "iSubnet-Mask"), (2, "LTime-Zone"), (3, "iDefault-Gateway"), (4, "iTime-Server"), (5, "iIEN-Name-Server"),
        (6, "iDomain-Name-Server"), (7, "iLOG"), (8, "iCS"), (9, "iLPR-Server"), (10, "iIM"), (11, "iRL"), (12, "aHostname"), (13, "sBS"),
        (255, " END"), (14, "aDP"), (15, "aDomain-Name"), (16, "iSS"), (17, "aRP"), (18, "aEP"), (19, "BIPF"), (20, "BSRT"), (21, "pPF"),
        (22, "sRSZ"), (23, "bTTL"), (24, "lMTU-Timeout"), (25, "sMTU-Table"), (26, "sMTU"), (27, "BLSN"), (28, "iBR"), (29, "BMD"),
        (30, "BMS"), (31, "BRouter-Discovery"), (32, "iRSA"), (33, "pStatic-Route"), (34, "BUT"), (35, "lAT"), (36, "BIE"), (37, "bTT"),
        (38, "lKI"), (39, "BKG"), (40, "aYD"), (41, "iYS"), (42, "iNTP"), (43, "bVendor-Option"), (44, "iNetbios-Name-Server"),
        (45, "iWDD"), (46, "$Netbios-Node"), (47, "aNetbios-Scope"), (48, "iXFS"), (49, "iXDM"), (64, "sN+D"), (65, "iN+S"), (68, "iMH"),
        (69, "iSMTP"), (70, "iPOP3"), (71, "iNNTP"), (72, "iWWW"), (73, "iFG"), (74, "iIRC"), (75, "iSTS"), (76, "iSTDA"),
        (50, "iRequested-IP"), (51, "lLease-Time"), (52, "$OO"), (66, "aTFTP"), (67, "aBF"), (53, " DHCP-Message"), (54, "iServer-ID"),
        (55, "bParameter-Request"), (56, "aMSG"), (57, "sMSZ"), (58, "lRN"), (59, "lRB"), (60, "aVendor-Class"), (61, "$Client-ID"),
        (98, "aUAP"), (116, "BNOAUTO"), (78, "bSLP-DA"), (79, "bSLP-SCOPE"), (117, "sNSSEARCH"), (77, "$User-Class"), (118, "iSUBNET"),
        (121, "$Classless-Static-Route"), (249, "$Classless-Static-Route-Microsoft"), (150, "iTFTP-Server-Address"), (80, "aSLP-NA"),
        (81, "$FQDN"), (82, "$Agent-Information"), (83, "bARMT"), (88, "aTZSTR"), (89, "bFQDNS"), (90, "bAUTH"),
        (91, "LLast-Transaction-Time"), (92, "iAssociated-IP"), (93, "sARCH"), (94, "bNDI"), (97, "bGUID"), (95, "aLDAP"),
        (100, "aPOSIX-TZ"), (101, "aTZ-Name"), (112, "iNI"), (113, "aNITAG"), (114, "aURL"), (161, "aMUD-URL"),
    ];

    private static readonly Token[] Overloads = [(1, "file"), (2, "sname"), (3, "file+sname")];
    private static readonly Token[] NodeTypes = [(1, "b-node"), (2, "p-node"), (4, "m-node"), (8, "h-node")];

    private static readonly Token[] HardwareTypes =
        [(1, "ether"), (6, "ieee802"), (7, "arcnet"), (15, "frelay"), (23, "strip"), (24, "ieee1394")];

    private static readonly Token[] MessageTypes =
    [
        (1, "Discover"), (2, "Offer"), (3, "Request"), (4, "Decline"), (5, "ACK"), (6, "NACK"), (7, "Release"), (8, "Inform"),
        (10, "LeaseQuery"), (11, "LeaseUnassigned"), (12, "LeaseUnknown"), (13, "LeaseActive"),
    ];

    private static readonly Token[] AgentOptions = [(1, "Circuit-ID"), (2, "Remote-ID"), (6, "Subscriber-ID")];

    /// <summary>Prints the options.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="octets">What was captured, from the cookie in front of them on.</param>
    internal static void Print(PacketPrinter printer, ReadOnlySpan<byte> octets)
    {
        printer.Put($"\n\t  Vendor-rfc1048 Extensions\n\t    Magic Cookie 0x{printer.U32(octets, 0):x8}");
        for (int at = 4; at < octets.Length && !printer.IsCut;)
        {
            int option = octets[at++];
            bool isAlone = option is Pad or End;
            if (isAlone && printer.Verbosity < 3)
            {
                if (option == End)
                    return;
                continue;
            }

            int length = isAlone ? 0 : printer.U8(octets, at++);
            string name = Token.Find(Names, (uint)option) ?? "?Unknown";
            printer.Put("\n\t    ");
            printer.Put(name[1..]);
            printer.Put($" ({option}), length {length}{(length > 0 ? ": " : "")}");
            if (option == Pad)
                SkipPadding(printer, octets, ref at);
            if (!PacketPrinter.Has(octets, at, length))
            {
                printer.Truncated();
                return;
            }

            int left = PrintValue(printer, octets.Slice(at, length), option, name[0]);
            if (left > 0)
                printer.Put($"\n\t  trailing data length {left}");
            at += length;
        }
    }

    private static void SkipPadding(PacketPrinter printer, ReadOnlySpan<byte> octets, ref int at)
    {
        int count = 1;
        for (; at < octets.Length && octets[at] == Pad; at++)
            count++;
        if (count > 1)
            printer.Put($", occurs {count}");
    }

    // The number of octets that have no meaning.
    private static int PrintValue(PacketPrinter printer, ReadOnlySpan<byte> value, int option, char format)
    {
        if (option == MessageType && value.Length == 1)
        {
            printer.Token(MessageTypes, value[0], "Unknown (%u)");
            return 0;
        }

        if (option == ParameterRequest)
        {
            PrintParameters(printer, value);
            return 0;
        }

        if (format is '?')
            format = (value.Length & 1) != 0 ? 'b' : (value.Length & 2) != 0 ? 's' : 'l';
        switch (format)
        {
            case 'a':
                PrintText(printer, value);
                return 0;
            case 'i' or 'l' or 'L':
                for (int i = 0; i + 4 <= value.Length; i += 4)
                    PrintWord(printer, value, i, format);
                return value.Length % 4;
            case 'p':
                for (int i = 0; i + 8 <= value.Length; i += 8)
                {
                    printer.Put(i > 0 ? ",(" : "(");
                    printer.Ipv4Address(value, i);
                    printer.Put(":");
                    printer.Ipv4Address(value, i + 4);
                    printer.Put(")");
                }

                return value.Length % 8;
            case 's':
                for (int i = 0; i + 2 <= value.Length; i += 2)
                    printer.Put($"{(i > 0 ? "," : "")}{printer.U16(value, i)}");
                return value.Length % 2;
            case 'B':
                for (int i = 0; i < value.Length; i++)
                {
                    printer.Put(i > 0 ? "," : "");
                    if (value[i] > 1)
                        printer.Put($"{(uint)value[i]}?");
                    else
                        printer.Put(value[i] == 0 ? "N" : "Y");
                }

                return 0;
            case '$':
                return PrintSpecial(printer, value, option);
            default:
                for (int i = 0; i < value.Length; i++)
                    printer.Put($"{(i > 0 ? "." : "")}{(uint)value[i]}");
                return 0;
        }
    }

    private static void PrintParameters(PacketPrinter printer, ReadOnlySpan<byte> value)
    {
        for (int i = 0; i < value.Length; i++)
        {
            printer.Put(i % 4 == 0 ? "\n\t      " : ", ");
            printer.Put((Token.Find(Names, value[i]) ?? "?Unknown")[1..]);
            printer.Put($" ({(uint)value[i]})");
        }
    }

    private static void PrintText(PacketPrinter printer, ReadOnlySpan<byte> value)
    {
        printer.Put("\"");
        printer.Characters(value, 0, value.Length);
        printer.Put("\"");
    }

    private static void PrintWord(PacketPrinter printer, ReadOnlySpan<byte> value, int at, char format)
    {
        printer.Put(at > 0 ? "," : "");
        if (format is 'i')
            printer.Ipv4Address(value, at);
        else if (format is 'L')
            printer.Put($"{unchecked((int)printer.U32(value, at))}");
        else
            printer.Put($"{printer.U32(value, at)}");
    }

    private static int PrintSpecial(PacketPrinter printer, ReadOnlySpan<byte> value, int option)
    {
        int least = option switch { NodeType or Overload or ClientId => 1, UserClass => 2, ClientName => 3, AgentInformation => 0, _ => 5 };
        if (value.Length < least)
        {
            printer.Put($"[ERROR: length < {least} bytes]");
            return 0;
        }

        switch (option)
        {
            case NodeType:
                printer.Token(NodeTypes, value[0], "#%u");
                return value.Length - 1;
            case Overload:
                printer.Token(Overloads, value[0], "#%u");
                return value.Length - 1;
            case ClientName:
                PrintClientName(printer, value);
                return 0;
            case ClientId:
                PrintClientId(printer, value);
                return 0;
            case AgentInformation:
                return PrintAgentOptions(printer, value);
            case ClasslessRoute or MicrosoftClasslessRoute:
                PrintRoutes(printer, value);
                return 0;
            case UserClass:
                PrintUserClasses(printer, value);
                return 0;
            default:
                return 0;
        }
    }

    // Source: RFC 4702, section 2.
    private static void PrintClientName(PacketPrinter printer, ReadOnlySpan<byte> value)
    {
        uint flags = value[0];
        if ((flags & 0xf0) != 0)
            printer.Put($"[ERROR: MBZ nibble 0x{flags >> 4:x} != 0] ");
        if ((flags & 0x0f) != 0)
        {
            printer.Put("[");
            printer.Put((flags & 1) != 0 ? "S" : "");
            printer.Put((flags & 2) != 0 ? "O" : "");
            printer.Put((flags & 4) != 0 ? "E" : "");
            printer.Put((flags & 8) != 0 ? "N" : "");
            printer.Put("] ");
        }

        if (value[1] != 0 || value[2] != 0)
            printer.Put($"{(uint)value[1]}/{(uint)value[2]} ");
        PrintText(printer, value[3..]);
    }

    private static void PrintClientId(PacketPrinter printer, ReadOnlySpan<byte> value)
    {
        if (value[0] == 0)
        {
            PrintText(printer, value[1..]);
            return;
        }

        printer.Token(HardwareTypes, value[0], "hardware-type %u,");
        printer.Put(" ");
        printer.Colons(value, 1, value.Length - 1);
    }

    // Source: RFC 3046, 3993.
    private static int PrintAgentOptions(PacketPrinter printer, ReadOnlySpan<byte> value)
    {
        int at = 0;
        while (at + 2 <= value.Length)
        {
            uint option = value[at];
            int length = value[at + 1];
            string? name = Token.Find(AgentOptions, option);
            printer.Put($"\n\t      {name ?? "Unknown"} SubOption {option}, length {length}: ");
            at += 2;
            if (length > value.Length - at)
            {
                printer.Put("length goes past end of option");
                return 0;
            }

            if (name is null)
                printer.Unknown(value, at, "\n\t\t", length);
            else
                printer.Characters(value, at, length);
            at += length;
        }

        return value.Length - at;
    }

    // Source: RFC 3442.
    private static void PrintRoutes(PacketPrinter printer, ReadOnlySpan<byte> value)
    {
        for (int at = 0; at < value.Length;)
        {
            printer.Put(at > 0 ? "," : "");
            int width = value[at++], octets = (width + 7) / 8;
            if (width > 32)
            {
                printer.Put($"[ERROR: Mask width ({width}) > 32]");
                return;
            }

            if (value.Length - at < octets + 4)
            {
                printer.Put($"[ERROR: Remaining length ({value.Length - at}) < {octets + 4} bytes]");
                return;
            }

            printer.Put("(");
            if (width == 0)
                printer.Put("default");
            for (int i = 0; i < 4 && width > 0; i++)
                printer.Put($"{(i > 0 ? "." : "")}{(i < octets ? value[at + i] : 0)}");
            if (width > 0)
                printer.Put($"/{width}");
            printer.Put(":");
            printer.Ipv4Address(value, at + octets);
            printer.Put(")");
            at += octets + 4;
        }
    }

    // Source: RFC 3004.
    private static void PrintUserClasses(PacketPrinter printer, ReadOnlySpan<byte> value)
    {
        int number = 1;
        for (int at = 0; at < value.Length; number++)
        {
            int length = value[at++];
            printer.Put($"\n\t      instance#{number}: ");
            if (length == 0 || length > value.Length - at)
            {
                printer.Put(length == 0 ? "[ERROR: suboption length must be non-zero]" : "[ERROR: invalid option]");
                return;
            }

            PrintText(printer, value.Slice(at, length));
            printer.Put($", length {length}");
            at += length;
        }
    }
}
