using NetWhy.Tools.Tcpdump.Printing.Link;

namespace NetWhy.Tools.Tcpdump.Printing.Application;

/// <summary>Prints messages of OpenFlow 1.0. Source: Open Networking Foundation, OpenFlow Switch Specification 1.0.0.</summary>
internal static class OpenFlow10
{
    private const int PortLength = 48, MatchLength = 40, FlowStatisticsLength = 88, TableLength = 64, PortStatisticsLength = 104;
    private const int QueueStatisticsLength = 32, DescriptionLength = 1056;
    private const uint BigSwitch = 0x5c16c7, NoBuffer = 0xffffffff;

    /// <summary>Names of messages.</summary>
    internal static readonly Token[] Types =
    [
        (0, "HELLO"), (1, "ERROR"), (2, "ECHO_REQUEST"), (3, "ECHO_REPLY"), (4, "VENDOR"), (5, "FEATURES_REQUEST"), (6, "FEATURES_REPLY"),
        (7, "GET_CONFIG_REQUEST"), (8, "GET_CONFIG_REPLY"), (9, "SET_CONFIG"), (10, "PACKET_IN"), (11, "FLOW_REMOVED"),
        (12, "PORT_STATUS"), (13, "PACKET_OUT"), (14, "FLOW_MOD"), (15, "PORT_MOD"), (16, "STATS_REQUEST"), (17, "STATS_REPLY"),
        (18, "BARRIER_REQUEST"), (19, "BARRIER_REPLY"), (20, "QUEUE_GET_CONFIG_REQUEST"), (21, "QUEUE_GET_CONFIG_REPLY"),
    ];

    private static readonly Token[] Ports =
    [
        (0xff00, "MAX"), (0xfff8, "IN_PORT"), (0xfff9, "TABLE"), (0xfffa, "NORMAL"), (0xfffb, "FLOOD"), (0xfffc, "ALL"),
        (0xfffd, "CONTROLLER"), (0xfffe, "LOCAL"), (0xffff, "NONE"),
    ];

    private static readonly Token[] PortSettings =
    [
        (1, "PORT_DOWN"), (2, "NO_STP"), (4, "NO_RECV"), (8, "NO_RECV_STP"), (16, "NO_FLOOD"), (32, "NO_FWD"), (64, "NO_PACKET_IN"),
    ];

    private static readonly string[] TreeStates = ["STP_LISTEN", "STP_LEARN", "STP_FORWARD", "STP_BLOCK"];

    private static readonly Token[] PortFeatures =
    [
        (1, "10MB_HD"), (2, "10MB_FD"), (4, "100MB_HD"), (8, "100MB_FD"), (16, "1GB_HD"), (32, "1GB_FD"), (64, "10GB_FD"),
        (128, "COPPER"), (256, "FIBER"), (512, "AUTONEG"), (1024, "PAUSE"), (2048, "PAUSE_ASYM"),
    ];

    private static readonly Token[] Wildcards =
    [
        (1, "IN_PORT"), (2, "DL_VLAN"), (4, "DL_SRC"), (8, "DL_DST"), (16, "DL_TYPE"), (32, "NW_PROTO"), (64, "TP_SRC"), (128, "TP_DST"),
        (1 << 20, "DL_VLAN_PCP"), (1 << 21, "NW_TOS"),
    ];

    private static readonly Token[] Actions =
    [
        (0, "OUTPUT"), (1, "SET_VLAN_VID"), (2, "SET_VLAN_PCP"), (3, "STRIP_VLAN"), (4, "SET_DL_SRC"), (5, "SET_DL_DST"),
        (6, "SET_NW_SRC"), (7, "SET_NW_DST"), (8, "SET_NW_TOS"), (9, "SET_TP_SRC"), (10, "SET_TP_DST"), (11, "ENQUEUE"),
        (0xffff, "VENDOR"),
    ];

    private static readonly Token[] ActionBits =
    [
        (1, "OUTPUT"), (2, "SET_VLAN_VID"), (4, "SET_VLAN_PCP"), (8, "STRIP_VLAN"), (16, "SET_DL_SRC"), (32, "SET_DL_DST"),
        (64, "SET_NW_SRC"), (128, "SET_NW_DST"), (256, "SET_NW_TOS"), (512, "SET_TP_SRC"), (1024, "SET_TP_DST"), (2048, "ENQUEUE"),
    ];

    private static readonly Token[] Capabilities =
    [
        (1, "FLOW_STATS"), (2, "TABLE_STATS"), (4, "PORT_STATS"), (8, "STP"), (16, "RESERVED"), (32, "IP_REASM"), (64, "QUEUE_STATS"),
        (128, "ARP_MATCH_IP"),
    ];

    private static readonly Token[] Fragments = [(0, "FRAG_NORMAL"), (1, "FRAG_DROP"), (2, "FRAG_REASM")];
    private static readonly Token[] Commands = [(0, "ADD"), (1, "MODIFY"), (2, "MODIFY_STRICT"), (3, "DELETE"), (4, "DELETE_STRICT")];
    private static readonly Token[] FlowFlags = [(1, "SEND_FLOW_REM"), (2, "CHECK_OVERLAP"), (4, "EMERG")];

    private static readonly Token[] Statistics =
        [(0, "DESC"), (1, "FLOW"), (2, "AGGREGATE"), (3, "TABLE"), (4, "PORT"), (5, "QUEUE"), (0xffff, "VENDOR")];

    private static readonly Token[] More = [(1, "MORE")];
    private static readonly Token[] Tables = [(0xfe, "EMERG"), (0xff, "ALL")];
    private static readonly Token[] Queues = [(0xffffffff, "ALL")];
    private static readonly Token[] Buffers = [(NoBuffer, "NONE")];
    private static readonly Token[] Properties = [(0, "NONE"), (1, "MIN_RATE")];
    private static readonly Token[] PacketReasons = [(0, "NO_MATCH"), (1, "ACTION")];
    private static readonly Token[] RemovalReasons = [(0, "IDLE_TIMEOUT"), (1, "HARD_TIMEOUT"), (2, "DELETE")];
    private static readonly Token[] PortReasons = [(0, "ADD"), (1, "DELETE"), (2, "MODIFY")];

    private static readonly Token[] Errors =
    [
        (0, "HELLO_FAILED"), (1, "BAD_REQUEST"), (2, "BAD_ACTION"), (3, "FLOW_MOD_FAILED"), (4, "PORT_MOD_FAILED"),
        (5, "QUEUE_OP_FAILED"),
    ];

    private static readonly Token[][] ErrorCodes =
    [
        [(0, "INCOMPATIBLE"), (1, "EPERM")],
        [
            (0, "BAD_VERSION"), (1, "BAD_TYPE"), (2, "BAD_STAT"), (3, "BAD_VENDOR"), (4, "BAD_SUBTYPE"), (5, "EPERM"), (6, "BAD_LEN"),
            (7, "BUFFER_EMPTY"), (8, "BUFFER_UNKNOWN"),
        ],
        [
            (0, "BAD_TYPE"), (1, "BAD_LEN"), (2, "BAD_VENDOR"), (3, "BAD_VENDOR_TYPE"), (4, "BAD_OUT_PORT"), (5, "BAD_ARGUMENT"),
            (6, "EPERM"), (7, "TOO_MANY"), (8, "BAD_QUEUE"),
        ],
        [
            (0, "ALL_TABLES_FULL"), (1, "OVERLAP"), (2, "EPERM"), (3, "BAD_EMERG_TIMEOUT"), (4, "BAD_COMMAND"), (5, "UNSUPPORTED"),
        ],
        [(0, "BAD_PORT"), (1, "BAD_HW_ADDR")],
        [(0, "BAD_PORT"), (1, "BAD_QUEUE"), (2, "EPERM")],
    ];

    // Lengths of bodies: exactly, or at least.
    private static bool HasLength(int type, int length) => type switch
    {
        5 or 7 or 18 or 19 => length == 0,
        8 or 9 or 20 => length == 4,
        15 => length == 24,
        11 => length == 80,
        12 => length == 56,
        6 => length >= 24,
        1 or 4 or 16 or 17 => length >= 4,
        10 => length >= 10,
        13 or 21 => length >= 8,
        14 => length >= 64,
        _ => true,
    };

    /// <summary>Prints the body of a message.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="octets">What was captured.</param>
    /// <param name="length">What it was long.</param>
    /// <param name="type">The message.</param>
    internal static void Print(PacketPrinter printer, ReadOnlySpan<byte> octets, int length, int type)
    {
        if (!HasLength(type, length))
        {
            printer.Invalid();
            return;
        }

        if (printer.Verbosity == 0)
            return;
        switch (type)
        {
            case 0 or 2 or 3:
                OpenFlowPrinter.PrintData(printer, octets, length);
                break;
            case 1:
                PrintError(printer, octets, length);
                break;
            case 4:
                PrintVendor(printer, octets, length);
                break;
            case 6:
                PrintFeatures(printer, octets, length);
                break;
            case 8 or 9:
                printer.Put("\n\t flags ");
                printer.Token(Fragments, printer.U16(octets, 0), "invalid (0x%04x)");
                printer.Put($", miss_send_len {printer.U16(octets, 2)}");
                break;
            case 10:
                PrintPacketIn(printer, octets, length);
                break;
            case 11:
                PrintFlowRemoved(printer, octets);
                break;
            case 12:
                printer.Put("\n\t reason ");
                printer.Token(PortReasons, printer.U8(octets, 0), "invalid (0x%02x)");
                PrintPorts(printer, octets, 8, length);
                break;
            case 13:
                PrintPacketOut(printer, octets, length);
                break;
            case 14:
                PrintFlow(printer, octets, length);
                break;
            case 15:
                PrintPortChange(printer, octets);
                break;
            case 16:
                PrintStatisticsRequest(printer, octets, length);
                break;
            case 17:
                PrintStatisticsReply(printer, octets, length);
                break;
            case 20:
                PutPort(printer, "\n\t port ", printer.U16(octets, 0));
                break;
            case 21:
                PutPort(printer, "\n\t port ", printer.U16(octets, 0));
                PrintQueues(printer, octets, 8, length);
                break;
        }
    }

    private static void PutPort(PacketPrinter printer, string title, uint port)
    {
        printer.Put(title);
        printer.Token(Ports, port, "%u");
    }

    private static void PutBits(PacketPrinter printer, string title, uint bits, Token[] names, uint known)
    {
        printer.Put($"{title}0x{bits:x8}");
        OpenFlowPrinter.PrintBits(printer, names, bits, known);
    }

    private static void Invalid(PacketPrinter printer, ReadOnlySpan<byte> octets, int at, int end)
    {
        printer.Invalid();
        printer.Need(octets, at, end - at);
    }

    private static void PrintError(PacketPrinter printer, ReadOnlySpan<byte> octets, int length)
    {
        uint type = printer.U16(octets, 0), code = printer.U16(octets, 2);
        printer.Put("\n\t type ");
        printer.Token(Errors, type, "invalid (0x%04x)");
        printer.Put(", code ");
        printer.Token(type < (uint)ErrorCodes.Length ? ErrorCodes[type] : [], code, "invalid (0x%04x)");
        OpenFlowPrinter.PrintData(printer, PacketPrinter.From(octets, 4), length - 4);
    }

    private static void PrintVendor(PacketPrinter printer, ReadOnlySpan<byte> octets, int length)
    {
        uint vendor = printer.U32(octets, 0);
        OpenFlowPrinter.PrintVendor(printer, vendor);
        if (vendor == BigSwitch)
            BigSwitchPrinter.PrintMessage(printer, PacketPrinter.From(octets, 4), length - 4);
        else
            OpenFlowPrinter.PrintData(printer, PacketPrinter.From(octets, 4), length - 4);
    }

    private static void PrintFeatures(PacketPrinter printer, ReadOnlySpan<byte> octets, int length)
    {
        const uint KnownCapabilities = 0xef, KnownActions = 0xfff;
        printer.Put($"\n\t dpid 0x{printer.U64(octets, 0):x16}, n_buffers {printer.U32(octets, 8)}, n_tables {(uint)printer.U8(octets, 12)}");
        PutBits(printer, "\n\t capabilities ", printer.U32(octets, 16), Capabilities, KnownCapabilities);
        PutBits(printer, "\n\t actions ", printer.U32(octets, 20), ActionBits, KnownActions);
        PrintPorts(printer, octets, 24, length);
    }

    private static void PrintPorts(PacketPrinter printer, ReadOnlySpan<byte> octets, int at, int end)
    {
        for (; at < end && !printer.IsCut; at += PortLength)
        {
            if (end - at < PortLength)
            {
                Invalid(printer, octets, at, end);
                return;
            }

            PutPort(printer, "\n\t  port_no ", printer.U16(octets, at));
            printer.Put(", hw_addr ");
            printer.EthernetAddress(octets, at + 2);
            printer.Put(", name '");
            printer.PaddedCharacters(octets, at + 8, 16);
            printer.Put("'");
            if (printer.Verbosity < 2)
            {
                printer.Need(octets, at, PortLength);
                continue;
            }

            PutBits(printer, "\n\t   config ", printer.U32(octets, at + 24), PortSettings, 0x7f);
            uint state = printer.U32(octets, at + 28);
            printer.Put($"\n\t   state 0x{state:x8} ({TreeStates[(state >> 8) & 3]}{((state & 1) != 0 ? ", LINK_DOWN" : "")})");
            printer.Put((state & ~0x301u) != 0 ? " (bogus)" : "");
            PutBits(printer, "\n\t   curr ", printer.U32(octets, at + 32), PortFeatures, 0xfff);
            PutBits(printer, "\n\t   advertised ", printer.U32(octets, at + 36), PortFeatures, 0xfff);
            PutBits(printer, "\n\t   supported ", printer.U32(octets, at + 40), PortFeatures, 0xfff);
            PutBits(printer, "\n\t   peer ", printer.U32(octets, at + 44), PortFeatures, 0xfff);
        }
    }

    private static void PrintPortChange(PacketPrinter printer, ReadOnlySpan<byte> octets)
    {
        PutPort(printer, "\n\t port_no ", printer.U16(octets, 0));
        printer.Put(", hw_addr ");
        printer.EthernetAddress(octets, 2);
        PutBits(printer, "\n\t config ", printer.U32(octets, 8), PortSettings, 0x7f);
        PutBits(printer, "\n\t mask ", printer.U32(octets, 12), PortSettings, 0x7f);
        PutBits(printer, "\n\t advertise ", printer.U32(octets, 16), PortFeatures, 0xfff);
    }

    private static void PrintQueues(PacketPrinter printer, ReadOnlySpan<byte> octets, int at, int end)
    {
        const int Header = 8;
        while (at < end && !printer.IsCut)
        {
            if (end - at < Header)
            {
                Invalid(printer, octets, at, end);
                return;
            }

            int size = printer.U16(octets, at + 4);
            printer.Put($"\n\t  queue_id {printer.U32(octets, at)}, len {size}");
            if (size < Header || size > end - at)
            {
                Invalid(printer, octets, at, end);
                return;
            }

            if (printer.Verbosity > 1)
                PrintProperties(printer, octets, at + Header, at + size);
            printer.Need(octets, at, size);
            at += size;
        }
    }

    private static void PrintProperties(PacketPrinter printer, ReadOnlySpan<byte> octets, int at, int end)
    {
        const int Header = 8, MinimumRate = 1, MinimumRateLength = 16;
        while (at < end && !printer.IsCut)
        {
            if (end - at < Header)
            {
                Invalid(printer, octets, at, end);
                return;
            }

            uint property = printer.U16(octets, at);
            int size = printer.U16(octets, at + 2);
            printer.Put("\n\t   property ");
            printer.Token(Properties, property, "invalid (0x%04x)");
            printer.Put($", len {size}");
            if (size < Header || size > end - at)
            {
                Invalid(printer, octets, at, end);
                return;
            }

            bool isRight = property switch { 0 => size == Header, MinimumRate => size == MinimumRateLength, _ => true };
            if (!isRight)
            {
                printer.Put(" (bogus)");
            }
            else if (property == MinimumRate)
            {
                int rate = printer.U16(octets, at + Header);
                if (rate > 1000)
                    printer.Put(", rate disabled");
                else
                    printer.Put($", rate {rate / 10}.{rate % 10}%");
            }

            printer.Need(octets, at, size);
            at += size;
        }
    }

    private static void PutVlan(PacketPrinter printer, uint vlan)
    {
        if (vlan == 0xffff)
            printer.Put("NONE");
        else
            printer.Put($"{vlan}{(vlan is > 0 and < 0xfff ? "" : " (bogus)")}");
    }

    private static void PrintMatch(PacketPrinter printer, ReadOnlySpan<byte> octets, int at, string prefix)
    {
        const uint Arp = 0x0806, Ipv4 = 0x0800, Icmp = 1;
        uint wildcards = printer.U32(octets, at);
        if (wildcards >> 22 != 0)
            printer.Put($"{prefix}wildcards 0x{wildcards:x8} (bogus)");
        if ((wildcards & 1) == 0)
        {
            printer.Put(prefix);
            PutPort(printer, "match in_port ", printer.U16(octets, at + 4));
        }

        PrintMatchedAddress(printer, octets, at + 6, (wildcards & 4) == 0, prefix, "match dl_src ");
        PrintMatchedAddress(printer, octets, at + 12, (wildcards & 8) == 0, prefix, "match dl_dst ");
        if ((wildcards & 2) == 0)
        {
            printer.Put($"{prefix}match dl_vlan ");
            PutVlan(printer, printer.U16(octets, at + 18));
        }

        if ((wildcards & (1 << 20)) == 0)
        {
            uint priority = printer.U8(octets, at + 20);
            printer.Put($"{prefix}match dl_vlan_pcp {priority}{(priority > 7 ? " (bogus)" : "")}");
        }

        bool hasType = (wildcards & 16) == 0, hasProtocol = (wildcards & 32) == 0;
        uint type = printer.U16(octets, at + 22), protocol = printer.U8(octets, at + 25);
        if (hasType)
            printer.Put($"{prefix}match dl_type 0x{type:x4}");
        if ((wildcards & (1 << 21)) == 0)
            printer.Put($"{prefix}match nw_tos 0x{(uint)printer.U8(octets, at + 24):x2}");
        if (hasProtocol)
            printer.Put($"{prefix}match {(hasType && type == Arp ? "arp_opcode" : "nw_proto")} {protocol}");
        PrintMatchedNetwork(printer, octets, at + 28, (int)(wildcards >> 8) & 0x3f, prefix, "match nw_src ");
        PrintMatchedNetwork(printer, octets, at + 32, (int)(wildcards >> 14) & 0x3f, prefix, "match nw_dst ");
        bool isIcmp = hasType && type == Ipv4 && hasProtocol && protocol == Icmp;
        if ((wildcards & 64) == 0)
            printer.Put($"{prefix}match {(isIcmp ? "icmp_type" : "tp_src")} {printer.U16(octets, at + 36)}");
        if ((wildcards & 128) == 0)
            printer.Put($"{prefix}match {(isIcmp ? "icmp_code" : "tp_dst")} {printer.U16(octets, at + 38)}");
        printer.Need(octets, at, MatchLength);
    }

    private static void PrintMatchedAddress(
        PacketPrinter printer, ReadOnlySpan<byte> octets, int at, bool isMatched, string prefix, string title)
    {
        if (!isMatched)
            return;
        printer.Put(prefix);
        printer.Put(title);
        printer.EthernetAddress(octets, at);
    }

    private static void PrintMatchedNetwork(
        PacketPrinter printer, ReadOnlySpan<byte> octets, int at, int unmatchedBits, string prefix, string title)
    {
        if (unmatchedBits >= 32)
            return;
        printer.Put(prefix);
        printer.Put(title);
        printer.Ipv4Address(octets, at);
        printer.Put($"/{32 - unmatchedBits}");
    }

    private static void PrintActions(PacketPrinter printer, ReadOnlySpan<byte> octets, int at, int end, string prefix)
    {
        const int Header = 8;
        while (at < end && !printer.IsCut)
        {
            if (end - at < Header)
            {
                Invalid(printer, octets, at, end);
                return;
            }

            uint type = printer.U16(octets, at);
            int size = printer.U16(octets, at + 2);
            printer.Put($"{prefix}action type ");
            printer.Token(Actions, type, "invalid (0x%04x)");
            printer.Put($", len {size}");
            if (size < Header || size > end - at)
            {
                Invalid(printer, octets, at, end);
                return;
            }

            bool isRight = type switch { <= 3 or (>= 6 and <= 10) => size == 8, 4 or 5 or 11 => size == 16, 0xffff => size % 8 == 0, _ => true };
            if (!isRight)
                printer.Put(" (bogus)");
            else
                PrintAction(printer, octets, at + 4, size - 4, type);
            printer.Need(octets, at, size);
            at += size;
        }
    }

    private static void PrintAction(PacketPrinter printer, ReadOnlySpan<byte> octets, int at, int length, uint type)
    {
        const uint Controller = 0xfffd;
        switch (type)
        {
            case 0:
                uint port = printer.U16(octets, at);
                PutPort(printer, ", port ", port);
                if (port == Controller)
                    printer.Put($", max_len {printer.U16(octets, at + 2)}");
                break;
            case 1:
                printer.Put(", vlan_vid ");
                PutVlan(printer, printer.U16(octets, at));
                break;
            case 2:
                uint priority = printer.U8(octets, at);
                printer.Put($", vlan_pcp {priority}{(priority > 7 ? " (bogus)" : "")}");
                break;
            case 4 or 5:
                printer.Put(", dl_addr ");
                printer.EthernetAddress(octets, at);
                break;
            case 6 or 7:
                printer.Put(", nw_addr ");
                printer.Ipv4Address(octets, at);
                break;
            case 8:
                printer.Put($", nw_tos 0x{(uint)printer.U8(octets, at):x2}");
                break;
            case 9 or 10:
                printer.Put($", tp_port {printer.U16(octets, at)}");
                break;
            case 11:
                PutPort(printer, ", port ", printer.U16(octets, at));
                printer.Put(", queue_id ");
                printer.Token(Queues, printer.U32(octets, at + 8), "%u");
                break;
            case 0xffff:
                uint vendor = printer.U32(octets, at);
                OpenFlowPrinter.PrintVendor(printer, vendor);
                if (vendor == BigSwitch)
                    BigSwitchPrinter.PrintAction(printer, PacketPrinter.From(octets, at + 4), length - 4);
                else
                    OpenFlowPrinter.PrintData(printer, PacketPrinter.From(octets, at + 4), length - 4);
                break;
        }
    }

    private static void PutNonZero(PacketPrinter printer, string title, uint value)
    {
        if (value != 0)
            printer.Put($"{title}{value}");
    }

    private static void PrintFlow(PacketPrinter printer, ReadOnlySpan<byte> octets, int length)
    {
        const uint LastWithBuffer = 2;
        PrintMatch(printer, octets, 0, "\n\t ");
        uint command = printer.U16(octets, 48);
        printer.Put($"\n\t cookie 0x{printer.U64(octets, 40):x16}, command ");
        printer.Token(Commands, command, "invalid (0x%04x)");
        PutNonZero(printer, ", idle_timeout ", printer.U16(octets, 50));
        PutNonZero(printer, ", hard_timeout ", printer.U16(octets, 52));
        PutNonZero(printer, ", priority ", printer.U16(octets, 54));
        if (command <= LastWithBuffer)
        {
            printer.Put(", buffer_id ");
            printer.Token(Buffers, printer.U32(octets, 56), "0x%08x");
        }
        else if (command is 3 or 4)
        {
            PutPort(printer, ", out_port ", printer.U16(octets, 60));
        }

        uint flags = printer.U16(octets, 62);
        printer.Put($", flags 0x{flags:x4}");
        OpenFlowPrinter.PrintBits(printer, FlowFlags, flags, 7);
        PrintActions(printer, octets, 64, length, "\n\t ");
    }

    private static void PrintFlowRemoved(PacketPrinter printer, ReadOnlySpan<byte> octets)
    {
        PrintMatch(printer, octets, 0, "\n\t ");
        printer.Put($"\n\t cookie 0x{printer.U64(octets, 40):x16}");
        PutNonZero(printer, ", priority ", printer.U16(octets, 48));
        printer.Put(", reason ");
        printer.Token(RemovalReasons, printer.U8(octets, 50), "unknown (0x%02x)");
        printer.Put($", duration_sec {printer.U32(octets, 52)}, duration_nsec {printer.U32(octets, 56)}");
        PutNonZero(printer, ", idle_timeout ", printer.U16(octets, 60));
        printer.Put($", packet_count {printer.U64(octets, 64)}");
        printer.Put($", byte_count {printer.U64(octets, 72)}");
    }

    private static void PrintPacketIn(PacketPrinter printer, ReadOnlySpan<byte> octets, int length)
    {
        printer.Put("\n\t buffer_id ");
        printer.Token(Buffers, printer.U32(octets, 0), "0x%08x");
        printer.Put($", total_len {printer.U16(octets, 4)}");
        PutPort(printer, ", in_port ", printer.U16(octets, 6));
        printer.Put(", reason ");
        printer.Token(PacketReasons, printer.U8(octets, 8), "invalid (0x%02x)");
        PrintFrame(printer, PacketPrinter.From(octets, 10), length - 10);
    }

    private static void PrintPacketOut(PacketPrinter printer, ReadOnlySpan<byte> octets, int length)
    {
        int actions = printer.U16(octets, 6);
        printer.Put($"\n\t buffer_id 0x{printer.U32(octets, 0):x8}");
        PutPort(printer, ", in_port ", printer.U16(octets, 4));
        if (actions > length - 8)
        {
            Invalid(printer, octets, 8, length);
            return;
        }

        PrintActions(printer, octets, 8, 8 + actions, "\n\t ");
        PrintFrame(printer, PacketPrinter.From(octets, 8 + actions), length - 8 - actions);
    }

    private static void PrintFrame(PacketPrinter printer, ReadOnlySpan<byte> octets, int length)
    {
        const int VerbosityOfFrames = 3;
        if (length == 0)
            return;
        printer.Put($"\n\t data ({length} octets)");
        if (!printer.Need(octets, 0, length) || printer.Verbosity < VerbosityOfFrames || !printer.Enter())
            return;
        printer.Put(", frame decoding below\n");
        printer.Verbosity -= VerbosityOfFrames;
        EthernetPrinter.Print(printer, octets[..length], length);
        printer.Verbosity += VerbosityOfFrames;
        printer.Leave();
    }

    private static void PrintStatisticsRequest(PacketPrinter printer, ReadOnlySpan<byte> octets, int length)
    {
        uint type = printer.U16(octets, 0), flags = printer.U16(octets, 2);
        printer.Put("\n\t type ");
        printer.Token(Statistics, type, "invalid (0x%04x)");
        printer.Put($", flags 0x{flags:x4}{(flags != 0 ? " (bogus)" : "")}");
        int left = length - 4;
        bool isRight = type switch { 0 or 3 => left == 0, 1 or 2 => left == 44, 4 or 5 => left == 8, 0xffff => left >= 4, _ => true };
        if (!isRight)
        {
            Invalid(printer, octets, 4, length);
            return;
        }

        switch (type)
        {
            case 1 or 2:
                PrintMatch(printer, octets, 4, "\n\t ");
                printer.Put("\n\t table_id ");
                printer.Token(Tables, printer.U8(octets, 44), "%u");
                PutPort(printer, ", out_port ", printer.U16(octets, 46));
                break;
            case 4:
                PutPort(printer, "\n\t port_no ", printer.U16(octets, 4));
                break;
            case 5:
                PutPort(printer, "\n\t port_no ", printer.U16(octets, 4));
                printer.Put(", queue_id ");
                printer.Token(Queues, printer.U32(octets, 8), "%u");
                break;
            case 0xffff:
                PrintVendorData(printer, octets, length);
                break;
        }
    }

    private static void PrintVendorData(PacketPrinter printer, ReadOnlySpan<byte> octets, int length)
    {
        OpenFlowPrinter.PrintVendor(printer, printer.U32(octets, 4));
        OpenFlowPrinter.PrintData(printer, PacketPrinter.From(octets, 8), length - 8);
    }

    private static void PrintStatisticsReply(PacketPrinter printer, ReadOnlySpan<byte> octets, int length)
    {
        uint type = printer.U16(octets, 0), flags = printer.U16(octets, 2);
        printer.Put("\n\t type ");
        printer.Token(Statistics, type, "invalid (0x%04x)");
        printer.Put($", flags 0x{flags:x4}");
        OpenFlowPrinter.PrintBits(printer, More, flags, 1);
        switch (type)
        {
            case 0 when length - 4 != DescriptionLength:
            case 2 when length - 4 != 24:
            case 0xffff when length < 8:
                Invalid(printer, octets, 4, length);
                break;
            case 0:
                PrintDescription(printer, octets);
                break;
            case 1:
                PrintFlowStatistics(printer, octets, 4, length);
                break;
            case 2:
                printer.Put($"\n\t packet_count {printer.U64(octets, 4)}, byte_count {printer.U64(octets, 12)}, flow_count {printer.U32(octets, 20)}");
                break;
            case 3:
                PrintTables(printer, octets, 4, length);
                break;
            case 4:
                PrintPortStatistics(printer, octets, 4, length);
                break;
            case 5:
                PrintQueueStatistics(printer, octets, 4, length);
                break;
            case 0xffff:
                PrintVendorData(printer, octets, length);
                break;
        }
    }

    private static void PrintDescription(PacketPrinter printer, ReadOnlySpan<byte> octets)
    {
        int at = 4;
        foreach ((string name, int size) in (ReadOnlySpan<(string, int)>)
            [("mfr_desc", 256), ("hw_desc", 256), ("sw_desc", 256), ("serial_num", 32), ("dp_desc", 256)])
        {
            printer.Put($"\n\t  {name} '");
            printer.PaddedCharacters(octets, at, size);
            printer.Put("'");
            printer.Need(octets, at, size);
            at += size;
        }
    }

    private static void PrintFlowStatistics(PacketPrinter printer, ReadOnlySpan<byte> octets, int at, int end)
    {
        while (at < end && !printer.IsCut)
        {
            int size = end - at < FlowStatisticsLength ? 0 : printer.U16(octets, at);
            if (size > 0)
                printer.Put($"\n\t length {size}");
            if (size < FlowStatisticsLength || size > end - at)
            {
                Invalid(printer, octets, at, end);
                return;
            }

            printer.Put(", table_id ");
            printer.Token(Tables, printer.U8(octets, at + 2), "%u");
            PrintMatch(printer, octets, at + 4, "\n\t  ");
            printer.Put($"\n\t  duration_sec {printer.U32(octets, at + 44)}, duration_nsec {printer.U32(octets, at + 48)}");
            printer.Put($", priority {printer.U16(octets, at + 52)}, idle_timeout {printer.U16(octets, at + 54)}");
            printer.Put($", hard_timeout {printer.U16(octets, at + 56)}, cookie 0x{printer.U64(octets, at + 64):x16}");
            printer.Put($", packet_count {printer.U64(octets, at + 72)}");
            printer.Put($", byte_count {printer.U64(octets, at + 80)}");
            PrintActions(printer, octets, at + FlowStatisticsLength, at + size, "\n\t  ");
            at += size;
        }
    }

    private static void PrintTables(PacketPrinter printer, ReadOnlySpan<byte> octets, int at, int end)
    {
        for (; at < end && !printer.IsCut; at += TableLength)
        {
            if (end - at < TableLength)
            {
                Invalid(printer, octets, at, end);
                return;
            }

            printer.Put("\n\t table_id ");
            printer.Token(Tables, printer.U8(octets, at), "%u");
            printer.Put(", name '");
            printer.PaddedCharacters(octets, at + 4, 32);
            printer.Put("'");
            PutBits(printer, "\n\t  wildcards ", printer.U32(octets, at + 36), Wildcards, 0x3fffff);
            printer.Put($"\n\t  max_entries {printer.U32(octets, at + 40)}, active_count {printer.U32(octets, at + 44)}");
            printer.Put($", lookup_count {printer.U64(octets, at + 48)}, matched_count {printer.U64(octets, at + 56)}");
        }
    }

    private static void PrintPortStatistics(PacketPrinter printer, ReadOnlySpan<byte> octets, int at, int end)
    {
        for (; at < end && !printer.IsCut; at += PortStatisticsLength)
        {
            if (end - at < PortStatisticsLength)
            {
                Invalid(printer, octets, at, end);
                return;
            }

            PutPort(printer, "\n\t  port_no ", printer.U16(octets, at));
            int counter = at + 8;
            if (printer.Verbosity > 1)
            {
                foreach (string name in (ReadOnlySpan<string>)
                    [
                        "rx_packets", "tx_packets", "rx_bytes", "tx_bytes", "rx_dropped", "tx_dropped", "rx_errors", "tx_errors",
                        "rx_frame_err", "rx_over_err", "rx_crc_err", "collisions",
                    ])
                {
                    printer.Put($", {name} {printer.U64(octets, counter)}");
                    counter += 8;
                }
            }

            printer.Need(octets, at, PortStatisticsLength);
        }
    }

    private static void PrintQueueStatistics(PacketPrinter printer, ReadOnlySpan<byte> octets, int at, int end)
    {
        for (; at < end && !printer.IsCut; at += QueueStatisticsLength)
        {
            if (end - at < QueueStatisticsLength)
            {
                Invalid(printer, octets, at, end);
                return;
            }

            PutPort(printer, "\n\t  port_no ", printer.U16(octets, at));
            printer.Put($", queue_id {printer.U32(octets, at + 4)}, tx_bytes {printer.U64(octets, at + 8)}");
            printer.Put($", tx_packets {printer.U64(octets, at + 16)}, tx_errors {printer.U64(octets, at + 24)}");
        }
    }
}
