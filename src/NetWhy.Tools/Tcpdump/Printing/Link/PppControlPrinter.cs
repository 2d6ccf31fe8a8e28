namespace NetWhy.Tools.Tcpdump.Printing.Link;

/// <summary>Prints the control protocols of PPP. Sources: RFC 1661, RFC 1332, RFC 1962, RFC 5072, RFC 2125, IANA, PPP Numbers.</summary>
internal static class PppControlPrinter
{
    private const ushort Link = 0xc021;
    private const ushort Ip = 0x8021;
    private const ushort Ipv6 = 0x8057;
    private const ushort Compression = 0x80fd;
    private const ushort BandwidthAllocation = 0xc02b;
    private const int HeaderCompressionLength = 14;

    private static readonly string[] LinkOptions =
    [
        "Vend-Ext", "MRU", "ACCM", "Auth-Prot", "Qual-Prot", "Magic-Num", "deprecated(6)", "PFC", "ACFC", "FCS-Alt", "SDP", "Num-Mode",
        "deprecated(12)", "Call-Back", "deprecated(14)", "deprecated(15)", "deprecated(16)", "MRRU", "12-Bit seq #", "End-Disc", "Proprietary",
        "DCE-Id", "MP+", "Link-Disc", "LCP-Auth-Opt", "COBS", "Prefix-elision", "Multilink-header-Form", "I18N", "SDL-over-SONET/SDH", "PPP-Muxing",
    ];

    private static readonly Token[] Codes =
    [
        (0, "Vendor-Extension"), (1, "Conf-Request"), (2, "Conf-Ack"), (3, "Conf-Nack"), (4, "Conf-Reject"), (5, "Term-Request"), (6, "Term-Ack"),
        (7, "Code-Reject"), (8, "Prot-Reject"), (9, "Echo-Request"), (10, "Echo-Reply"), (11, "Disc-Req"), (12, "Ident"), (13, "Time-Rem"),
        (14, "Reset-Req"), (15, "Reset-Ack"),
    ];
    private static readonly Token[] AuthenticationAlgorithms = [(5, "MD5"), (128, "MS-CHAPv1"), (129, "MS-CHAPv2")];
    private static readonly Token[] Callbacks =
    [
        (0, "UserAuth"), (1, "DialString"), (2, "LocalID"), (3, "E.164"), (4, "X.500"), (6, "CBCP"),
    ];
    private static readonly Token[] IpOptions =
    [
        (1, "IP-Addrs"), (2, "IP-Comp"), (3, "IP-Addr"), (4, "Home-Addr"), (129, "Pri-DNS"), (130, "Pri-NBNS"), (131, "Sec-DNS"), (132, "Sec-NBNS"),
    ];
    private static readonly Token[] IpCompressions = [(45, "VJ-Comp"), (97, "IP Header Compression")];
    private static readonly Token[] IpCompressionOptions = [(1, "RTP-Compression"), (2, "Enhanced RTP-Compression")];
    private static readonly Token[] Ipv6Options = [(1, "Interface-ID")];
    private static readonly Token[] CompressionOptions =
    [
        (0, "OUI"), (1, "Pred-1"), (2, "Pred-2"), (3, "Puddle"), (16, "HP-PPC"), (17, "Stac-LZS"), (18, "MPPC"), (19, "Gand-FZA"), (20, "V.42bis"),
        (21, "BSD-Comp"), (23, "LZS-DCP"), (24, "MVRCA"), (25, "DEC"), (26, "Deflate"), (255, "Reserved"),
    ];
    private static readonly Token[] BandwidthOptions = [(1, "Favored-Peer")];

    /// <summary>Prints a packet.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="protocol">Which control protocol.</param>
    /// <param name="frame">What was captured of the frame.</param>
    /// <param name="at">Where the packet begins in it.</param>
    /// <param name="length">What the packet was long.</param>
    internal static void Print(PacketPrinter printer, ushort protocol, ReadOnlySpan<byte> frame, int at, int length)
    {
        ReadOnlySpan<byte> octets = frame[at..];
        string? name = Token.Find(PppPrinter.Protocols, protocol);
        printer.Put($"{name ?? "unknown ctrl-proto"}, ");
        if (length < 4 || octets.Length < 2)
        {
            printer.Put($"[|{name}]");
            return;
        }

        byte code = octets[0];
        printer.Token(Codes, code, "Unknown Opcode");
        printer.Put($" (0x{(uint)code:x2}), id {octets[1]}, length {length + 2}");
        if (printer.Verbosity == 0)
            return;

        int size = printer.U16(octets, 2);
        if (printer.IsCut)
            return;
        if (size < 4)
        {
            printer.Put($"\n\tencoded length {size} (< 4))");
            return;
        }

        if (size > length)
        {
            printer.Put($"\n\tencoded length {size} (> packet length {length}))");
            return;
        }

        printer.Put($"\n\tencoded length {size} (=Option(s) length {size - 4})");
        if (size == 4)
            return;
        if (printer.Verbosity > 1)
            printer.Unknown(frame, at - 2, "\n\t", 6);
        if (code <= 13)
            PrintBody(printer, protocol, code, octets[4..], size, name);
        else if (printer.Verbosity <= 1)
            printer.Unknown(frame, at - 2, "\n\t  ", size + 2);
    }

    private static void PrintBody(PacketPrinter printer, ushort protocol, byte code, ReadOnlySpan<byte> octets, int size, string? name)
    {
        switch (code)
        {
            case 0:
                if (size >= 11 && PutMagic(printer, octets))
                    PutVendor(printer, octets, 4, " Vendor: ");
                break;
            case >= 1 and <= 4:
                PrintOptions(printer, protocol, octets, size - 4);
                break;
            case 5 or 6 or 7:
                break;
            case 8:
                PrintRejection(printer, octets, size);
                break;
            case 9 or 10 or 11:
                if (size < 8 || !PutMagic(printer, octets) || size == 8)
                    break;
                printer.Put("\n\t  -----trailing data-----");
                if (PacketPrinter.Has(octets, 4, size - 8))
                    printer.Unknown(octets, 4, "\n\t  ", size - 8);
                else
                    printer.Put($"[|{name}]");
                break;
            case 12:
                if (size < 8 || !PutMagic(printer, octets) || size == 8)
                    break;
                printer.Put("\n\t  Message\n\t    ");
                if (!printer.CapturedCharacters(octets, 4, size - 4))
                    printer.Put($"[|{name}]");
                break;
            case 13:
                if (size < 12 || !PutMagic(printer, octets))
                    break;
                uint seconds = printer.U32(octets, 4);
                printer.Put($", Seconds-Remaining {seconds}s");
                break;
        }
    }

    private static bool PutMagic(PacketPrinter printer, ReadOnlySpan<byte> octets)
    {
        uint magic = printer.U32(octets, 0);
        printer.Put($"\n\t  Magic-Num 0x{magic:x8}");
        return !printer.IsCut;
    }

    private static void PutVendor(PacketPrinter printer, ReadOnlySpan<byte> octets, int at, string title)
    {
        uint vendor = printer.U24(octets, at);
        printer.Put(title);
        printer.Token(Organizations.Names, vendor, "Unknown");
        printer.Put($" ({vendor})");
    }

    private static void PrintRejection(PacketPrinter printer, ReadOnlySpan<byte> octets, int size)
    {
        if (size < 6)
            return;
        ushort rejected = printer.U16(octets, 0);
        printer.Put("\n\t  Rejected ");
        printer.Token(PppPrinter.Protocols, rejected, "unknown");
        printer.Put($" Protocol (0x{(uint)rejected:x4})");
        if (size == 6)
            return;
        printer.Put("\n\t  Rejected Packet");
        printer.Unknown(octets, 2, "\n\t    ", size - 2);
    }

    private static void PrintOptions(PacketPrinter printer, ushort protocol, ReadOnlySpan<byte> octets, int length)
    {
        int whole = length + 4, at = 0; // tcpdump 4.99 counts the header, too
        while (length > 0 && !printer.IsCut)
        {
            int size = protocol switch
            {
                Link => PrintLinkOption(printer, octets, at, whole),
                Ip => PrintIpOption(printer, octets, at, whole),
                Ipv6 => PrintIpv6Option(printer, octets, at, whole),
                Compression => PrintCompressionOption(printer, octets, at, whole),
                BandwidthAllocation => PrintBandwidthOption(printer, octets, at, whole),
                _ => 0,
            };
            if (size == 0)
                return;
            if (length < size)
            {
                printer.Put($" [remaining options length {length} < {size}]");
                printer.Invalid();
                return;
            }

            length -= size;
            at += size;
        }
    }

    // Prints what all options begin with. Gives 0 for the length of one that cannot be printed.
    private static int PutHead(PacketPrinter printer, ReadOnlySpan<byte> octets, int at, int length, string protocol, Token[] names, string otherwise, out byte option)
    {
        option = 0;
        if (length < 2)
            return 0;
        if (!PacketPrinter.Has(octets, at, 2))
        {
            printer.Put($"[|{protocol}]");
            return 0;
        }

        option = octets[at];
        int size = octets[at + 1];
        if (length < size)
            return 0;
        printer.Put("\n\t  ");
        printer.Token(names, option, otherwise);
        printer.Put($" Option (0x{(uint)option:x2}), length {size}");
        if (size >= 2)
            return size;
        printer.Put(" (length bogus, should be >= 2)");
        return 0;
    }

    private static bool IsRight(PacketPrinter printer, int size, int right)
    {
        if (size == right)
            return true;
        printer.Put($" (length bogus, should be = {right})");
        return false;
    }

    private static bool IsEnough(PacketPrinter printer, int size, int least)
    {
        if (size >= least)
            return true;
        printer.Put($" (length bogus, should be >= {least})");
        return false;
    }

    private static void PrintUnknown(PacketPrinter printer, ReadOnlySpan<byte> octets, int at, int size)
    {
        if (printer.Verbosity < 2)
            printer.Unknown(octets, at + 2, "\n\t    ", size - 2);
    }

    private static int Finish(PacketPrinter printer, ReadOnlySpan<byte> octets, int at, int size)
    {
        if (printer.Verbosity > 1)
            printer.Unknown(octets, at + 2, "\n\t    ", size - 2);
        return size;
    }

    private static int PrintLinkOption(PacketPrinter printer, ReadOnlySpan<byte> octets, int at, int length)
    {
        if (length < 2)
            return 0;
        if (!PacketPrinter.Has(octets, at, 2))
        {
            printer.Put("[|lcp]");
            return 0;
        }

        byte option = octets[at];
        int size = octets[at + 1];
        if (length < size)
            return 0;
        if (option >= LinkOptions.Length)
        {
            printer.Put($"\n\tunknown LCP option 0x{(uint)option:x2}");
            return size < 2 ? 0 : size;
        }

        printer.Put($"\n\t  {LinkOptions[option]} Option (0x{(uint)option:x2}), length {size}");
        if (size < 2)
        {
            printer.Put(" (length bogus, should be >= 2)");
            return 0;
        }

        switch (option)
        {
            case 0:
                if (!IsEnough(printer, size, 6))
                    return size;
                PutVendor(printer, octets, at + 2, ": Vendor: ");
                break;
            case 1:
                if (!IsRight(printer, size, 4))
                    return size;
                PutNumber(printer, octets, at + 2);
                break;
            case 2:
                if (!IsRight(printer, size, 6))
                    return size;
                PutWord(printer, octets, at + 2);
                break;
            case 3:
                if (!IsEnough(printer, size, 4))
                    return size;
                PutAuthentication(printer, octets, at, size);
                break;
            case 4:
                if (!IsEnough(printer, size, 4))
                    return 0;
                printer.Put(printer.U16(octets, at + 2) == 0xc025 ? ": LQR" : ": unknown");
                break;
            case 5:
                if (!IsRight(printer, size, 6))
                    return 0;
                PutWord(printer, octets, at + 2);
                break;
            case 7 or 8:
                break;
            case 13:
                if (!IsEnough(printer, size, 3))
                    return 0;
                byte operation = printer.U8(octets, at + 2);
                printer.Put(": : Callback Operation ");
                printer.Token(Callbacks, operation, "Unknown");
                printer.Put($" ({operation})");
                break;
            case 17:
                if (!IsRight(printer, size, 4))
                    return 0;
                PutNumber(printer, octets, at + 2);
                break;
            case 19:
                if (!IsEnough(printer, size, 3) || !PutDiscriminator(printer, octets, at, size))
                    return 0;
                break;
            case 23:
                if (!IsRight(printer, size, 4))
                    return 0;
                ushort discriminator = printer.U16(octets, at + 2);
                printer.Put($": 0x{(uint)discriminator:x4}");
                break;
            default:
                PrintUnknown(printer, octets, at, size);
                break;
        }

        return Finish(printer, octets, at, size);
    }

    private static void PutNumber(PacketPrinter printer, ReadOnlySpan<byte> octets, int at)
    {
        ushort number = printer.U16(octets, at);
        printer.Put($": {number}");
    }

    private static void PutWord(PacketPrinter printer, ReadOnlySpan<byte> octets, int at)
    {
        uint word = printer.U32(octets, at);
        printer.Put($": 0x{word:x8}");
    }

    private static void PutAuthentication(PacketPrinter printer, ReadOnlySpan<byte> octets, int at, int size)
    {
        ushort protocol = printer.U16(octets, at + 2);
        printer.Put(": ");
        printer.Token(PppPrinter.Protocols, protocol, "Unknown Auth Proto (0x04x)");
        switch (protocol)
        {
            case 0xc223:
                byte algorithm = printer.U8(octets, at + 4);
                printer.Put(", ");
                printer.Token(AuthenticationAlgorithms, algorithm, "Unknown Auth Alg %u");
                break;
            case 0xc023 or 0xc227 or 0xc027 or 0xc123:
                break;
            default:
                printer.Unknown(octets, at, "\n\t", size);
                break;
        }
    }

    private static bool PutDiscriminator(PacketPrinter printer, ReadOnlySpan<byte> octets, int at, int size)
    {
        byte kind = printer.U8(octets, at + 2);
        switch (kind)
        {
            case 0:
                printer.Put(": Null");
                break;
            case 1:
                printer.Put(": Local");
                break;
            case 2:
                if (!IsRight(printer, size, 7))
                    return false;
                if (!printer.Need(octets, at + 3, 4))
                    return true;
                printer.Put(": IPv4 ");
                printer.Ipv4Address(octets, at + 3);
                break;
            case 3:
                if (!IsRight(printer, size, 9))
                    return false;
                if (!printer.Need(octets, at + 3, 6))
                    return true;
                printer.Put(": MAC ");
                printer.EthernetAddress(octets, at + 3);
                break;
            case 4:
                printer.Put(": Magic-Num-Block");
                break;
            case 5:
                printer.Put(": PSNDN");
                break;
            default:
                printer.Put($": Unknown class {kind}");
                break;
        }

        return true;
    }

    private static int PrintIpOption(PacketPrinter printer, ReadOnlySpan<byte> octets, int at, int length)
    {
        int size = PutHead(printer, octets, at, length, "ipcp", IpOptions, "unknown", out byte option);
        if (size == 0)
            return 0;
        switch (option)
        {
            case 1:
                if (!IsRight(printer, size, 10))
                    return size;
                if (!printer.Need(octets, at + 2, 8))
                    return size;
                printer.Put(": src ");
                printer.Ipv4Address(octets, at + 2);
                printer.Put(", dst ");
                printer.Ipv4Address(octets, at + 6);
                break;
            case 2:
                if (!IsEnough(printer, size, 4) || !PutIpCompression(printer, octets, ref at, size))
                    return 0;
                break;
            case 3 or 4 or 129 or 130 or 131 or 132:
                if (!IsRight(printer, size, 6))
                    return 0;
                if (!printer.Need(octets, at + 2, 4))
                    return size;
                printer.Put(": ");
                printer.Ipv4Address(octets, at + 2);
                break;
            default:
                PrintUnknown(printer, octets, at, size);
                break;
        }

        return Finish(printer, octets, at, size);
    }

    // Moves the offset on, as tcpdump 4.99 does, which then dumps what lies behind the option.
    private static bool PutIpCompression(PacketPrinter printer, ReadOnlySpan<byte> octets, ref int at, int size)
    {
        ushort protocol = printer.U16(octets, at + 2);
        printer.Put(": ");
        printer.Token(IpCompressions, protocol, "Unknown");
        printer.Put($" (0x{(uint)protocol:x2}):");
        if (protocol != 0x61)
            return true;
        if (!IsEnough(printer, size, HeaderCompressionLength))
            return false;
        if (!PacketPrinter.Has(octets, at + 2, HeaderCompressionLength))
        {
            printer.Put("[|ipcp]");
            return false;
        }

        printer.Put($"\n\t    TCP Space {printer.U16(octets, at + 4)}, non-TCP Space {printer.U16(octets, at + 6)}");
        printer.Put($", maxPeriod {printer.U16(octets, at + 8)}, maxTime {printer.U16(octets, at + 10)}, maxHdr {printer.U16(octets, at + 12)}");
        int left = size - HeaderCompressionLength;
        if (left == 0)
            return true;
        at += HeaderCompressionLength;
        printer.Put($"\n\t      Suboptions, length {left}");
        while (left >= 2)
        {
            if (!PacketPrinter.Has(octets, at, 2))
            {
                printer.Put("[|ipcp]");
                return false;
            }

            byte option = octets[at], optionLength = octets[at + 1];
            if (option == 0 || optionLength == 0)
                break;
            printer.Put("\n\t\t");
            printer.Token(IpCompressionOptions, option, "Unknown");
            printer.Put($" Suboption #{option}, length {optionLength}");
            if (left < optionLength)
            {
                printer.Put($" [remaining suboptions length {left} < {optionLength}]");
                printer.Invalid();
                break;
            }

            left -= optionLength;
            at += optionLength;
        }

        return true;
    }

    private static int PrintIpv6Option(PacketPrinter printer, ReadOnlySpan<byte> octets, int at, int length)
    {
        int size = PutHead(printer, octets, at, length, "ip6cp", Ipv6Options, "unknown", out byte option);
        if (size == 0)
            return 0;
        if (option == 1)
        {
            if (!IsRight(printer, size, 10))
                return size;
            if (!PacketPrinter.Has(octets, at + 2, 8))
            {
                printer.Put("[|ip6cp]");
                return 0;
            }

            ulong identifier = printer.U64(octets, at + 2);
            printer.Put($": {(uint)(identifier >> 48):x4}:{(uint)(identifier >> 32) & 0xffff:x4}:{(uint)(identifier >> 16) & 0xffff:x4}:{(uint)identifier & 0xffff:x4}");
        }
        else
        {
            PrintUnknown(printer, octets, at, size);
        }

        return Finish(printer, octets, at, size);
    }

    private static int PrintCompressionOption(PacketPrinter printer, ReadOnlySpan<byte> octets, int at, int length)
    {
        int size = PutHead(printer, octets, at, length, "ccp", CompressionOptions, "Unknown", out byte option);
        if (size == 0)
            return 0;
        switch (option)
        {
            case 21:
                if (!IsEnough(printer, size, 3))
                    return size;
                byte dictionary = printer.U8(octets, at + 2);
                printer.Put($": Version: {dictionary >> 5}, Dictionary Bits: {dictionary & 0x1f}");
                break;
            case 24:
                if (!IsEnough(printer, size, 4))
                    return size;
                byte features = printer.U8(octets, at + 2), context = printer.U8(octets, at + 3);
                printer.Put($": Features: {features >> 6}, PxP: {((features & 0x20) != 0 ? "Enabled" : "Disabled")}, History: {features & 0x1f}, #CTX-ID: {context}");
                break;
            case 26:
                if (!IsEnough(printer, size, 4))
                    return size;
                byte window = printer.U8(octets, at + 2), check = printer.U8(octets, at + 3);
                printer.Put($": Window: {window >> 4}K, Method: {((window & 0xf) == 8 ? "zlib" : "unknown")} (0x{window & 0xf:x}), MBZ: {check >> 2}, CHK: {check & 3}");
                break;
            default:
                PrintUnknown(printer, octets, at, size);
                break;
        }

        return Finish(printer, octets, at, size);
    }

    private static int PrintBandwidthOption(PacketPrinter printer, ReadOnlySpan<byte> octets, int at, int length)
    {
        int size = PutHead(printer, octets, at, length, "bacp", BandwidthOptions, "Unknown", out byte option);
        if (size == 0)
            return 0;
        if (option == 1)
        {
            if (!IsRight(printer, size, 6))
                return size;
            uint magic = printer.U32(octets, at + 2);
            printer.Put($": Magic-Num 0x{magic:x8}");
        }
        else
        {
            PrintUnknown(printer, octets, at, size);
        }

        return Finish(printer, octets, at, size);
    }
}
