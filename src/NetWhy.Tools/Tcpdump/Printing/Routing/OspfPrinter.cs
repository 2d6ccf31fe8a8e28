namespace NetWhy.Tools.Tcpdump.Printing.Routing;

/// <summary>Prints OSPF version 2. Sources: RFC 2328, RFC 3623, RFC 4811, RFC 4813, RFC 5250, RFC 5613, RFC 7770.</summary>
internal static class OspfPrinter
{
    internal const int LsaHeaderLength = 20;
    private const int HeaderLength = 24;
    private const int DigestLength = 16;
    private const byte HasLinkLocalSignaling = 0x10;

    private static readonly Token[] Options =
    [
        (0x01, "MultiTopology"), (0x02, "External"), (0x04, "Multicast"), (0x08, "NSSA"), (0x10, "LLS"), (0x20, "Demand Circuit"),
        (0x40, "Opaque"), (0x80, "Up/Down"),
    ];

    private static readonly Token[] Authentications = [(0, "none"), (1, "simple"), (2, "MD5")];

    private static readonly Token[] RouterFlags = [(0x01, "ABR"), (0x02, "ASBR"), (0x04, "Virtual"), (0x08, "W2")];

    private static readonly Token[] Types =
        [(1, "Hello"), (2, "Database Description"), (3, "LS-Request"), (4, "LS-Update"), (5, "LS-Ack")];

    private static readonly Token[] LsaTypes =
    [
        (1, "Router"), (2, "Network"), (3, "Summary"), (4, "ASBR Summary"), (5, "External"), (6, "Multicast Group"), (7, "NSSA"),
        (9, "Link Local Opaque"), (10, "Area Local Opaque"), (11, "Domain Wide Opaque"),
    ];

    private static readonly Token[] DescriptionFlags = [(0x04, "Init"), (0x02, "More"), (0x01, "Master"), (0x08, "OOBResync")];

    private static readonly Token[] OpaqueTypes = [(1, "Traffic Engineering"), (3, "Graceful restart"), (4, "Router Information")];

    private static readonly Token[] Capabilities =
    [
        (1, "Reserved"), (2, "Reserved"), (4, "Reserved"), (8, "Reserved"), (16, "graceful restart capable"), (32, "graceful restart helper"),
        (64, "Stub router support"), (128, "Traffic engineering"), (256, "p2p over LAN"), (512, "path computation server"),
    ];

    private static readonly Token[] Topologies = [(0, "default"), (1, "multicast"), (2, "management")];

    private static readonly Token[] SignalingTlvs = [(1, "Extended Options"), (2, "MD5 Authentication")];

    private static readonly Token[] ExtendedOptions = [(0x1, "LSDB resync"), (0x2, "Restart")];

    /// <summary>Prints a packet.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="octets">What was captured.</param>
    /// <param name="length">What it was long.</param>
    internal static void Print(PacketPrinter printer, ReadOnlySpan<byte> octets, int length)
    {
        printer.Protocol = "ospf2";
        ushort authentication = printer.U16(octets, 14);
        if (authentication == 2) // the digest follows the packet
        {
            length -= DigestLength;
            octets = octets[..Math.Max(octets.Length - DigestLength, 0)];
        }

        byte type = printer.U8(octets, 1), version = printer.U8(octets, 0);
        if (printer.IsCut)
            return;
        printer.Put($"OSPFv{version}, ");
        printer.Token(Types, type, "unknown LS-type %u");
        printer.Put($", length {unchecked((uint)length)}");
        if (Token.Find(Types, type) is null || printer.Verbosity == 0)
            return;
        int said = printer.U16(octets, 2);
        if (length != said)
            printer.Put($" [len {said}]");
        int end = length < 0 ? said : Math.Min(length, said);
        if (!PrintHeader(printer, octets, authentication))
            return;
        if (version != 2)
        {
            printer.Put($" ospf [version {version}]");
            return;
        }

        PrintBody(printer, octets, type, end);
        if (length > said && !printer.IsCut)
            PrintSignaling(printer, octets, type, said, length, authentication);
    }

    private static bool PrintHeader(PacketPrinter printer, ReadOnlySpan<byte> octets, ushort authentication)
    {
        if (!printer.Need(octets, 4, 4))
            return false;
        printer.Put("\n\tRouter-ID ");
        printer.Ipv4Address(octets, 4);
        PutArea(printer, octets, 8);
        if (!printer.Need(octets, 16, 8))
            return false;
        printer.Put(", Authentication Type: ");
        printer.Token(Authentications, authentication, "unknown");
        printer.Put($" ({authentication})");
        if (authentication == 1)
        {
            printer.Put("\n\tSimple text password: ");
            printer.PaddedCharacters(octets, 16, 8);
        }
        else if (authentication == 2)
        {
            printer.Put($"\n\tKey-ID: {octets[18]}, Auth-Length: {octets[19]}, Crypto Sequence Number: 0x{printer.U32(octets, 20):x8}");
        }

        return authentication <= 2 && !printer.IsCut;
    }

    /// <summary>Prints an area.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="octets">What was captured.</param>
    /// <param name="at">Where its number lies.</param>
    internal static void PutArea(PacketPrinter printer, ReadOnlySpan<byte> octets, int at)
    {
        if (printer.U32(octets, at) == 0)
        {
            printer.Put(", Backbone Area");
            return;
        }

        printer.Put(", Area ");
        printer.Ipv4Address(octets, at);
    }

    private static void PrintBody(PacketPrinter printer, ReadOnlySpan<byte> octets, byte type, int end)
    {
        int at = HeaderLength;
        switch (type)
        {
            case 1:
                PrintHello(printer, octets, end);
                break;
            case 2:
                PrintDescription(printer, octets, end);
                break;
            case 3:
                for (; at < end && printer.Need(octets, at, 12); at += 12)
                    PrintRequest(printer, octets, at);
                break;
            case 4:
                uint count = printer.U32(octets, at);
                if (printer.IsCut)
                    break;
                printer.Put($", {count} LSA{(count == 1 ? "" : "s")}");
                at += 4;
                for (uint i = 1; i <= count && !printer.IsCut && i != 0; i++)
                {
                    printer.Put($"\n\t  LSA #{i}");
                    int size = PrintLsa(printer, octets, at);
                    if (size < 0)
                        printer.Cut();
                    at += Math.Max(size, 0);
                }

                break;
            case 5:
                for (; at < end && !printer.IsCut; at += LsaHeaderLength)
                    PrintLsaHeader(printer, octets, at);
                break;
        }
    }

    private static void PrintHello(PacketPrinter printer, ReadOnlySpan<byte> octets, int end)
    {
        byte options = printer.U8(octets, 30);
        printer.Put("\n\tOptions [");
        printer.Bits(Options, options, "none");
        printer.Put("]");
        if (!printer.Need(octets, 24, 12))
            return;
        printer.Put($"\n\t  Hello Timer {printer.U16(octets, 28)}s, Dead Timer {printer.U32(octets, 32)}s, Mask ");
        printer.Ipv4Address(octets, 24);
        printer.Put($", Priority {octets[31]}");
        PrintDesignated(printer, octets, 36);
        int at = 44;
        if (at < end)
            printer.Put("\n\t  Neighbor List:");
        PrintNeighbours(printer, octets, at, end);
    }

    /// <summary>Prints the designated routers of a hello, here as in version 3.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="octets">What was captured.</param>
    /// <param name="at">Where they are: two addresses, 0 for none.</param>
    internal static void PrintDesignated(PacketPrinter printer, ReadOnlySpan<byte> octets, int at)
    {
        if (printer.U32(octets, at) != 0)
        {
            printer.Put("\n\t  Designated Router ");
            printer.Ipv4Address(octets, at);
        }

        if (printer.U32(octets, at + 4) != 0)
        {
            printer.Put(", Backup Designated Router ");
            printer.Ipv4Address(octets, at + 4);
        }
    }

    /// <summary>Prints the neighbours of a hello, here as in version 3.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="octets">What was captured.</param>
    /// <param name="at">Where they begin.</param>
    /// <param name="end">Where they end.</param>
    internal static void PrintNeighbours(PacketPrinter printer, ReadOnlySpan<byte> octets, int at, int end)
    {
        for (; at < end && printer.Need(octets, at, 4); at += 4)
        {
            printer.Put("\n\t    ");
            printer.Ipv4Address(octets, at);
        }
    }

    private static void PrintDescription(PacketPrinter printer, ReadOnlySpan<byte> octets, int end)
    {
        byte options = printer.U8(octets, 26);
        printer.Put("\n\tOptions [");
        printer.Bits(Options, options, "none");
        printer.Put("]");
        byte flags = printer.U8(octets, 27);
        printer.Put(", DD Flags [");
        printer.Bits(DescriptionFlags, flags, "none");
        printer.Put("]");
        ushort unit = printer.U16(octets, 24);
        if (unit != 0)
            printer.Put($", MTU: {unit}");
        uint sequence = printer.U32(octets, 28);
        printer.Put($", Sequence: 0x{sequence:x8}");
        for (int at = 32; at < end && !printer.IsCut && PrintLsaHeader(printer, octets, at) >= 0; at += LsaHeaderLength)
        {
        }
    }

    private static void PrintRequest(PacketPrinter printer, ReadOnlySpan<byte> octets, int at)
    {
        uint type = printer.U32(octets, at);
        printer.Put("\n\t  Advertising Router: ");
        printer.Ipv4Address(octets, at + 8);
        printer.Put(", ");
        printer.Token(LsaTypes, type, "unknown");
        printer.Put($" LSA ({type})");
        if (type is 9 or 10 or 11)
        {
            printer.Put(", Opaque-Type: ");
            printer.Token(OpaqueTypes, octets[at + 4], "unknown");
            printer.Put($" LSA ({octets[at + 4]}), Opaque-ID: {printer.U24(octets, at + 5)}");
        }
        else
        {
            printer.Put(", LSA-ID: ");
            printer.Ipv4Address(octets, at + 4);
        }
    }

    // Octets of the advertisement; negative if its header says fewer than it has itself.
    private static int PrintLsaHeader(PacketPrinter printer, ReadOnlySpan<byte> octets, int at)
    {
        int length = printer.U16(octets, at + 18);
        if (printer.IsCut)
            return -1;
        if (length < LsaHeaderLength)
        {
            printer.Put($"\n\t    Bogus length {length} < header ({LsaHeaderLength})");
            return -1;
        }

        byte type = octets[at + 3];
        printer.Put("\n\t  Advertising Router ");
        printer.Ipv4Address(octets, at + 8);
        printer.Put($", seq 0x{printer.U32(octets, at + 12):x8}, age {printer.U16(octets, at)}s, length {length - LsaHeaderLength}\n\t    ");
        printer.Token(LsaTypes, type, "unknown");
        if (type is 9 or 10 or 11)
        {
            printer.Put($" LSA ({type}), Opaque-Type ");
            printer.Token(OpaqueTypes, octets[at + 4], "unknown");
            printer.Put($" LSA ({octets[at + 4]}), Opaque-ID {printer.U24(octets, at + 5)}");
        }
        else
        {
            printer.Put($" LSA ({type}), LSA-ID: ");
            printer.Ipv4Address(octets, at + 4);
        }

        printer.Put("\n\t    Options: [");
        printer.Bits(Options, octets[at + 2], "none");
        printer.Put("]");
        return length;
    }

    private static int PrintLsa(PacketPrinter printer, ReadOnlySpan<byte> octets, int start)
    {
        int length = PrintLsaHeader(printer, octets, start);
        if (length < 0)
            return length;
        int at = start + LsaHeaderLength, end = start + length;
        bool isComplete = octets[start + 3] switch
        {
            1 => PrintRouter(printer, octets, at),
            2 => PrintNetwork(printer, octets, at, end),
            3 => PrintSummary(printer, octets, at, end, hasMask: true),
            4 => PrintSummary(printer, octets, at, end, hasMask: false),
            5 or 7 => PrintExternal(printer, octets, at, end),
            6 => PrintGroup(printer, octets, at, end),
            9 or 10 or 11 => PrintOpaque(printer, octets, start, end),
            _ => true,
        };
        if (isComplete && printer.Verbosity > 1)
            printer.Unknown(octets, at, "\n\t    ", length - LsaHeaderLength);
        return length;
    }

    // These say whether what they print may be printed in hexadecimal digits, too.
    private static bool PrintRouter(PacketPrinter printer, ReadOnlySpan<byte> octets, int at)
    {
        byte flags = printer.U8(octets, at);
        printer.Put("\n\t    Router LSA Options: [");
        printer.Bits(RouterFlags, flags, "none");
        printer.Put("]");
        int count = printer.U16(octets, at + 2);
        at += 4;
        if (!printer.Need(octets, at, 12))
            return false;
        for (; count > 0 && printer.Need(octets, at, 12); count--)
        {
            byte type = octets[at + 8];
            if (type is 0 or > 4)
            {
                printer.Put($"\n\t      Unknown Router Link Type ({type})");
                return false;
            }

            printer.Put(type switch
            {
                1 => "\n\t      Neighbor Router-ID: ",
                2 => "\n\t      Neighbor Network-ID: ",
                3 => "\n\t      Stub Network: ",
                _ => "\n\t      Virtual Link: Neighbor Router-ID: ",
            });
            printer.Ipv4Address(octets, at);
            printer.Put(type == 3 ? ", Mask: " : ", Interface Address: ");
            printer.Ipv4Address(octets, at + 4);
            int metrics = octets[at + 9] + 1;
            at += 8;
            for (int i = 0; i < metrics && !printer.IsCut; i++, at += 4)
            {
                uint topology = i == 0 ? 0u : printer.U8(octets, at), metric = printer.U16(octets, at + 2);
                PutTopology(printer, topology);
                printer.Put($", metric {metric}");
            }
        }

        return true;
    }

    private static void PutTopology(PacketPrinter printer, uint topology)
    {
        printer.Put("\n\t\ttopology ");
        printer.Token(Topologies, topology, "Unknown");
        printer.Put($" ({topology})");
    }

    private static bool PrintNetwork(PacketPrinter printer, ReadOnlySpan<byte> octets, int at, int end)
    {
        if (!printer.Need(octets, at, 4))
            return false;
        printer.Put("\n\t    Mask ");
        printer.Ipv4Address(octets, at);
        printer.Put("\n\t    Connected Routers:");
        for (at += 4; at < end && printer.Need(octets, at, 4); at += 4)
        {
            printer.Put("\n\t      ");
            printer.Ipv4Address(octets, at);
        }

        return true;
    }

    private static bool PrintSummary(PacketPrinter printer, ReadOnlySpan<byte> octets, int at, int end, bool hasMask)
    {
        if (hasMask && printer.Need(octets, at, 4))
        {
            printer.Put("\n\t    Mask ");
            printer.Ipv4Address(octets, at);
        }

        for (at += 4; at < end && printer.Need(octets, at, 4); at += 4)
        {
            uint value = printer.U32(octets, at);
            PutTopology(printer, (value >> 24) & 0x7f);
            printer.Put($" metric {value & 0xffffff}");
        }

        return true;
    }

    private static bool PrintExternal(PacketPrinter printer, ReadOnlySpan<byte> octets, int at, int end)
    {
        if (!printer.Need(octets, at, 4))
            return false;
        printer.Put("\n\t    Mask ");
        printer.Ipv4Address(octets, at);
        if (!printer.Need(octets, at, 8))
            return false;
        for (at += 4; at < end && !printer.IsCut; at += 12)
        {
            uint value = printer.U32(octets, at);
            PutTopology(printer, (value >> 24) & 0x7f);
            printer.Put($", type {(value >> 31) + 1}, metric");
            if ((value & 0xffffff) == 0xffffff)
                printer.Put(" infinite");
            else
                printer.Put($" {value & 0xffffff}");
            if (printer.U32(octets, at + 4) != 0)
            {
                printer.Put(", forward ");
                printer.Ipv4Address(octets, at + 4);
            }

            if (printer.U32(octets, at + 8) != 0)
            {
                printer.Put(", tag ");
                printer.Ipv4Address(octets, at + 8);
            }
        }

        return true;
    }

    private static bool PrintGroup(PacketPrinter printer, ReadOnlySpan<byte> octets, int at, int end)
    {
        for (; at < end && !printer.IsCut; at += 8)
        {
            uint type = printer.U32(octets, at);
            if (type is not (1 or 2))
            {
                printer.Put($"\n\t    unknown VertexType ({type})");
            }
            else if (printer.Need(octets, at + 4, 4))
            {
                printer.Put(type == 1 ? "\n\t    Router Router-ID " : "\n\t    Network Designated Router ");
                printer.Ipv4Address(octets, at + 4);
            }
        }

        return true;
    }

    private static bool PrintOpaque(PacketPrinter printer, ReadOnlySpan<byte> octets, int start, int end)
    {
        int at = start + LsaHeaderLength, length = end - at;
        switch (octets[start + 4])
        {
            case 1:
                return OspfOpaque.PrintTrafficEngineering(printer, octets, at, length);
            case 3:
                return OspfOpaque.PrintGrace(printer, octets, at, length);
            case 4:
                return PrintRouterInformation(printer, octets, at, length);
            default:
                if (printer.Verbosity <= 1)
                    printer.Unknown(octets, at, "\n\t    ", length);
                return true;
        }
    }

    private static bool PrintRouterInformation(PacketPrinter printer, ReadOnlySpan<byte> octets, int at, int left)
    {
        while (left != 0 && printer.Need(octets, at, 4))
        {
            if (left < 4)
            {
                printer.Put($"\n\t    Remaining LS length {left} < 4");
                return false;
            }

            int type = printer.U16(octets, at), size = printer.U16(octets, at + 2);
            at += 4;
            left -= 4;
            printer.Put($"\n\t    {(type == 1 ? "Router Capabilities" : "unknown")} TLV ({type}), length: {size}, value: ");
            if (size > left)
            {
                printer.Put($"\n\t    Bogus length {size} > remaining LS length {left}");
                return false;
            }

            if (!printer.Need(octets, at, size))
                return false;
            if (type == 1 && size != 4)
            {
                printer.Put($"\n\t    Bogus length {size} != 4");
                return false;
            }

            if (type == 1)
            {
                printer.Put("Capabilities: ");
                printer.Bits(Capabilities, printer.U32(octets, at), "Unknown");
            }
            else if (printer.Verbosity <= 1)
            {
                printer.Unknown(octets, at, "\n\t      ", size);
            }

            size = (size + 3) & ~3;
            at += size;
            left -= size; // padding may lie behind the end
        }

        return true;
    }

    private static void PrintSignaling(PacketPrinter printer, ReadOnlySpan<byte> octets, byte type, int said, int length, ushort authentication)
    {
        byte options = type switch { 1 => printer.U8(octets, 30), 2 => printer.U8(octets, 26), _ => 0 };
        if ((options & HasLinkLocalSignaling) == 0)
            return;
        int at = said + (authentication == 2 ? octets[19] : 0);
        if (at >= length)
        {
            printer.Put("\n\t[LLS truncated]");
            return;
        }

        uint checksum = printer.U16(octets, at);
        printer.Put($"\n\t  LLS: checksum: 0x{checksum:x4}");
        uint size = printer.U16(octets, at + 2);
        printer.Put($", length: {size}");
        for (at += 4; at < length && !printer.IsCut;)
        {
            ushort kind = printer.U16(octets, at);
            printer.Put("\n\t    ");
            printer.Token(SignalingTlvs, kind, "Unknown TLV");
            printer.Put($" ({kind})");
            int count = printer.U16(octets, at + 2);
            printer.Put($", length: {count}");
            at += 4;
            int right = kind switch { 1 => 4, 2 => 20, _ => count };
            if (count != right)
                printer.Put($" [should be {right}]");
            if (kind is 1 or 2)
            {
                uint value = printer.U32(octets, at);
                printer.Put(kind == 1 ? "\n\t      Options: 0x" : "\n\t      Sequence number: 0x");
                printer.Put($"{value:x8}");
                if (kind == 1)
                {
                    printer.Put(" [");
                    printer.Bits(ExtendedOptions, value, "?");
                    printer.Put("]");
                }
            }

            at += right;
        }
    }
}
