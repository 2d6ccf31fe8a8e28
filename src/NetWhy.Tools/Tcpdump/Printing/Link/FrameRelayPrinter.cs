using NetWhy.Tools.Tcpdump.Printing.Network;
using NetWhy.Tools.Tcpdump.Printing.Routing;

namespace NetWhy.Tools.Tcpdump.Printing.Link;

/// <summary>Prints frame relay, its fragments and its multilink bundles. Sources: RFC 2427, ITU-T Q.922, FRF.15, FRF.16.1.</summary>
internal static class FrameRelayPrinter
{
    private const int ShortestFrame = 4;
    private const int LongestName = 50;
    private const byte UnnumberedInformation = 3;
    private const byte ExtensionBit = 1;
    private const byte FragmentBits = 0xe0;
    private const byte ControlFrame = 0xe0;
    private const byte WholeFrame = 0xc0;
    private const byte FirstFrame = 0x80;

    private static readonly Token[] Flags = [(0x2000000, "C!"), (0x20000, "DE"), (0x40000, "BECN"), (0x80000, "FECN"), (0x0002, "sdlcore")];
    private static readonly Token[] Fragments = [(128, "Begin"), (64, "End"), (32, "Control")];
    private static readonly Token[] Messages =
    [
        (1, "Add Link"), (2, "Add Link ACK"), (3, "Add Link Reject"), (4, "Hello"), (5, "Hello ACK"), (6, "Remove Link"), (7, "Remove Link ACK"),
    ];
    private static readonly Token[] Elements =
    [
        (1, "Bundle ID"), (2, "Link ID"), (3, "Magic Number"), (5, "Timestamp"), (6, "Vendor Extension"), (7, "Cause"),
    ];

    internal static readonly Token[] Nlpids =
    [
        (0, "NULL"), (8, "Q.933"), (9, "LMI"), (128, "SNAP"), (129, "CLNP"), (130, "ES-IS"), (131, "IS-IS"), (132, "CONS"), (133, "IDRP"),
        (193, "ISIS_SPB"), (177, "FRF.15"), (204, "IPv4"), (207, "PPP"), (138, "X25 ES-IS"), (142, "IPv6"),
    ];

    /// <summary>Prints a packet of a link of frame relay.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="octets">What was captured.</param>
    /// <param name="length">What it was long.</param>
    internal static void PrintLink(PacketPrinter printer, ReadOnlySpan<byte> octets, int length)
    {
        printer.Protocol = "fr";
        if (octets.Length < ShortestFrame)
        {
            printer.Truncated();
            printer.LinkHeaderLength = octets.Length;
            return;
        }

        printer.LinkHeaderLength = Print(printer, octets, length);
    }

    /// <summary>Prints a packet.</summary>
    /// <returns>Length of its header.</returns>
    /// <inheritdoc cref="PrintLink"/>
    internal static int Print(PacketPrinter printer, ReadOnlySpan<byte> octets, int length)
    {
        printer.Protocol = "fr";
        int result = ReadAddress(octets, length, out Address address);
        if (result == 0)
        {
            printer.Put("Q.922, invalid address");
            return 0;
        }

        int at = address.Length;
        if (result < 0 || length < at + 1)
        {
            printer.Truncated();
            return 0;
        }

        if (!printer.Need(octets, at, 1) || !printer.Enter())
            return 0;
        int headerLength = PrintFrame(printer, octets, length, address);
        printer.Leave();
        return headerLength;
    }

    private static int PrintFrame(PacketPrinter printer, ReadOnlySpan<byte> octets, int length, in Address address)
    {
        int at = address.Length;
        if (octets[at] != UnnumberedInformation)
        {
            // Cisco's frames have a type of Ethernet there.
            if (octets.Length >= at + 2 && length >= at + 2)
            {
                ushort type = printer.U16(octets, at);
                if (printer.Options.ShowsLink)
                    PutHeader(printer, address, at, type, length);
                if (EtherTypes.Print(printer, type, octets[(at + 2)..], length - at - 2, [], []))
                    return at + 2;
            }

            printer.Put($"UI {(uint)octets[at]:x2}! ");
        }

        if (length < at + 2)
        {
            printer.Truncated();
            return 0;
        }

        byte pad = printer.U8(octets, at + 1);
        if (printer.IsCut)
            return 0;
        if (pad == 0 && at != 3)
            printer.Put("Pad! ");
        else if (pad != 0 && at == 3)
            printer.Put("No pad! ");
        int headerLength = at + (pad == 0 ? 3 : 2);
        if (length < headerLength)
        {
            printer.Truncated();
            return 0;
        }

        byte nlpid = printer.U8(octets, headerLength - 1);
        if (printer.IsCut)
            return 0;
        if (printer.Options.ShowsLink)
            PutHeader(printer, address, at, nlpid, length);
        PrintPayload(printer, octets, headerLength, length, nlpid, address);
        return headerLength;
    }

    private static void PrintPayload(PacketPrinter printer, ReadOnlySpan<byte> octets, int at, int length, byte nlpid, in Address address)
    {
        ReadOnlySpan<byte> payload = octets[at..];
        int left = length - at;
        switch (nlpid)
        {
            case 0xcc:
                IpPrinter.Print(printer, payload, left);
                break;
            case 0x8e:
                Ipv6Printer.Print(printer, payload, left);
                break;
            case OsiPrinter.Clnp or OsiPrinter.EsIs or OsiPrinter.IsIs:
                OsiPrinter.Print(printer, octets[(at - 1)..], left + 1);
                break;
            case 0x80:
                if (LlcPrinter.PrintSnap(printer, payload, left, [], [], padding: 0))
                    break;
                if (!printer.Options.ShowsLink)
                    PutHeader(printer, address, at, nlpid, length);
                EthernetPrinter.Default(printer, octets, length);
                break;
            case 0x08:
                Q933Printer.Print(printer, payload, left);
                break;
            case 0xb1:
                PrintFragment(printer, payload, left);
                break;
            case 0xcf:
                PppPrinter.Print(printer, payload, left);
                break;
            default:
                if (!printer.Options.ShowsLink)
                    PutHeader(printer, address, address.Length, nlpid, length);
                if (printer.Options.Dump is DumpStyle.None or DumpStyle.Ascii)
                    EthernetPrinter.Dump(printer, payload, left);
                break;
        }
    }

    private static void PutHeader(PacketPrinter printer, in Address address, int headerLength, ushort type, int length)
    {
        if (printer.Options.Quietness > 0)
        {
            printer.Put($"Q.922, DLCI {address.Connection}, length {length}: ");
            return;
        }

        printer.Put($"Q.922, hdr-len {headerLength}, DLCI {address.Connection}, Flags [");
        printer.Bits(Flags, address.Flags, "none");
        if (type <= 0xff)
        {
            printer.Put("], NLPID ");
            printer.Token(Nlpids, type, "unknown");
            printer.Put($" (0x{(uint)type:x2})");
        }
        else
        {
            printer.Put("], cisco-ethertype ");
            printer.Token(EtherTypes.Names, type, "unknown");
            printer.Put($" (0x{(uint)type:x4})");
        }

        printer.Put($", length {length}: ");
    }

    // 1 if there is an address, 0 if it is wrong, -1 if it is cut.
    private static int ReadAddress(ReadOnlySpan<byte> octets, int length, out Address address)
    {
        address = default;
        octets = PacketPrinter.First(octets, length);
        if (octets.IsEmpty)
            return -1;
        if ((octets[0] & ExtensionBit) != 0)
            return 0;
        if (octets.Length < 2)
            return -1;
        uint connection = ((octets[0] & 0xfcu) << 2) | ((octets[1] & 0xf0u) >> 4);
        uint flags = ((octets[0] & 2u) << 24) | ((octets[1] & 0xeu) << 16);
        int size = 2;
        if ((octets[1] & ExtensionBit) == 0)
        {
            if (octets.Length < 3)
                return -1;
            size = 3;
            if ((octets[2] & ExtensionBit) == 0)
            {
                connection = (connection << 7) | ((uint)octets[2] >> 1);
                size = 4;
            }

            if (octets.Length < size)
                return -1;
            if ((octets[size - 1] & ExtensionBit) == 0)
                return 0;
            flags |= octets[size - 1] & 2u;
            connection = (connection << 6) | ((uint)octets[size - 1] >> 2);
        }

        address = new Address(connection, size, flags);
        return 1;
    }

    private static void PrintFragment(PacketPrinter printer, ReadOnlySpan<byte> octets, int length)
    {
        if (length < 2)
        {
            printer.Truncated();
            return;
        }

        byte first = printer.U8(octets, 0), second = printer.U8(octets, 1);
        if (printer.IsCut)
            return;
        printer.Put($"FRF.15, seq 0x{Sequence(first, second):x3}, Flags [");
        printer.Bits(Fragments, (uint)first & FragmentBits, "none");
        printer.Put($"],{((first & 1) != 0 ? "Interface" : "End-to-End")} Fragmentation, length {length}");
    }

    private static int Sequence(byte first, byte second) => ((first & 0x1e) << 7) | second;

    /// <summary>Prints a packet of a multilink bundle.</summary>
    /// <inheritdoc cref="PrintLink"/>
    internal static void PrintMultilink(PacketPrinter printer, ReadOnlySpan<byte> octets, int length)
    {
        printer.Protocol = "mfr";
        if (octets.Length < 2)
        {
            printer.Truncated();
            printer.LinkHeaderLength = octets.Length;
            return;
        }

        printer.LinkHeaderLength = Math.Min(octets.Length, PrintBundle(printer, octets, length));
    }

    /// <summary>Prints a packet of a multilink bundle that another link carries.</summary>
    /// <returns>Length of its header.</returns>
    /// <inheritdoc cref="PrintLink"/>
    internal static int PrintBundle(PacketPrinter printer, ReadOnlySpan<byte> octets, int length)
    {
        printer.Protocol = "mfr";
        if (length < ShortestFrame)
        {
            printer.Put($"[length {length} < {ShortestFrame}]");
            printer.Invalid();
            return length;
        }

        if (!printer.Need(octets, 0, ShortestFrame))
            return length;
        byte bits = (byte)(octets[0] & FragmentBits);
        if (bits == ControlFrame && octets[1] == 0)
        {
            printer.Put("FRF.16 Control, Flags [");
            printer.Bits(Fragments, bits, "none");
            printer.Put("], ");
            printer.Token(Messages, octets[2], "Unknown Message (0x%02x)");
            printer.Put($", length {length}");
            if (printer.Verbosity > 0)
                PrintElements(printer, octets[3..], length - 3);
            return 3;
        }

        printer.Put($"FRF.16 Frag, seq {Sequence(octets[0], octets[1])}, Flags [");
        printer.Bits(Fragments, bits, "none");
        printer.Put("]");
        if (bits is WholeFrame or FirstFrame)
        {
            printer.Put(", ");
            Print(printer, octets[2..], length - 2);
            return 2;
        }

        printer.Unknown(octets, 0, "\n\t", length);
        return 0;
    }

    private static void PrintElements(PacketPrinter printer, ReadOnlySpan<byte> octets, int length)
    {
        int at = 0;
        while (length - at > 2 && !printer.IsCut)
        {
            if (!printer.Need(octets, at, 2))
                return;
            byte type = octets[at], size = octets[at + 1];
            printer.Put("\n\tIE ");
            printer.Token(Elements, type, "Unknown");
            printer.Put($" ({type}), length {size}: ");
            if (type == 0 || size <= 2 || !printer.Need(octets, at, size))
                return;
            ReadOnlySpan<byte> value = octets.Slice(at + 2, size - 2);
            PrintElement(printer, type, value);
            if (printer.Verbosity > 1)
                printer.Unknown(value, 0, "\n\t  ", value.Length);
            at += size;
        }
    }

    private static void PrintElement(PacketPrinter printer, byte type, ReadOnlySpan<byte> value)
    {
        switch (type)
        {
            case 3 when value.Length != 4:
                printer.Put($"[IE data length {value.Length} != 4]");
                printer.Invalid();
                break;
            case 3:
                printer.Put($"0x{printer.U32(value, 0):x8}");
                break;
            case 1 or 2:
                printer.PaddedCharacters(value, 0, Math.Min(value.Length, LongestName));
                break;
            case 5 when value.Length > 14:
                printer.Put($"[Timestamp IE length {value.Length} > 14]");
                printer.Invalid();
                break;
            default:
                if (printer.Verbosity <= 1)
                    printer.Unknown(value, 0, "\n\t  ", value.Length);
                break;
        }
    }

    private readonly record struct Address(uint Connection, int Length, uint Flags);
}
