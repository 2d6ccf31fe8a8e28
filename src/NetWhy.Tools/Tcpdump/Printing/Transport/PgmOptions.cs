using System.Globalization;

namespace NetWhy.Tools.Tcpdump.Printing.Transport;

/// <summary>Prints the options of Pragmatic General Multicast. Source: RFC 3208, section 9; draft-ietf-rmt-bb-pgmcc.</summary>
internal static class PgmOptions
{
    private const int Header = 4;
    private const byte Length = 0;
    private const byte Fragment = 1;
    private const byte NakList = 2;
    private const byte Redirect = 7;
    private const byte PathAddress = 12;
    private const byte CongestionReport = 16;
    private const byte CongestionData = 18;
    private const byte CongestionFeedback = 19;

    // Options of one length, with what stands in front of their numbers.
    private static readonly (byte Type, int Size, string Name, string First, string Second)[] Simple =
    [
        (3, 8, "JOIN", " JOIN ", ""), (4, 12, "NAK_BO_IVL", " BACKOFF ivl ", " ivlseq "), (5, 12, "NAK_BO_RNG", " BACKOFF max ", " min "),
        (8, 8, "PARITY_PRM", " PARITY MAXTGS ", ""), (9, 8, "PARITY_GRP", " PARITY GROUP ", ""), (10, 8, "CURR_TGSIZE", " PARITY ATGS ", ""),
        (11, 4, "NBR_UNREACH", " NBR_UNREACH", ""), (13, 4, "SYN", " SYN", ""), (14, 4, "FIN", " FIN", ""), (15, 4, "RST", " RST", ""),
        (17, 4, "CRQST", " CRQST", ""),
    ];

    /// <summary>The size of an address of a family; 0 if the family is not known.</summary>
    /// <param name="family">The family; source: IANA, Address Family Numbers.</param>
    internal static int AddressSize(int family) => family switch { 1 => 4, 2 => 16, _ => 0 };

    /// <summary>Prints an address; it has no name.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="octets">What was captured.</param>
    /// <param name="at">Where the address lies.</param>
    /// <param name="size">Its size.</param>
    internal static void PutAddress(PacketPrinter printer, ReadOnlySpan<byte> octets, int at, int size)
    {
        if (printer.Need(octets, at, size))
            NameResolver.PutNumber(printer.Text, octets.Slice(at, size));
    }

    /// <summary>Prints the options of a packet.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="octets">What was captured.</param>
    /// <param name="at">Where they begin.</param>
    /// <returns>Where the data begin; -1 if the options make no sense.</returns>
    internal static int Print(PacketPrinter printer, ReadOnlySpan<byte> octets, int at)
    {
        if (!PacketPrinter.Has(octets, at, Header))
        {
            printer.Truncated();
            return -1;
        }

        int type = octets[at] & 0x7f;
        if (type != Length)
        {
            printer.Put($"[First option bad, should be PGM_OPT_LENGTH, is {type}]");
            return -1;
        }

        if (octets[at + 1] != Header)
        {
            printer.Put($"[Bad OPT_LENGTH option, length {octets[at + 1]} != 4]");
            return -1;
        }

        int left = printer.U16(octets, at + 2);
        if (left < Header)
        {
            printer.Put($"[Bad total option length {left} < 4]");
            return -1;
        }

        printer.Put($" OPTS LEN {left}");
        return PrintRest(printer, octets, at + Header, left - Header);
    }

    private static int PrintRest(PacketPrinter printer, ReadOnlySpan<byte> octets, int at, int left)
    {
        while (left > 0 && !printer.IsCut)
        {
            if (left < Header)
            {
                printer.Put("[Total option length leaves no room for final option]");
                return -1;
            }

            byte type = printer.U8(octets, at);
            int size = printer.U8(octets, at + 1);
            if (printer.IsCut)
                return -1;
            if (size < Header)
            {
                printer.Put($"[Bad option, length {size} < {Header}]");
                return at + 2;
            }

            if (left < size)
            {
                printer.Put("[Total option length leaves no room for final option]");
                return -1;
            }

            if (!PacketPrinter.Has(octets, at, size))
            {
                printer.Truncated();
                return -1;
            }

            int next = PrintOption(printer, octets, at, type, size);
            if (next < 0)
                return -1;
            left -= (type & 0x7f) is NakList ? size - Header : size;
            at = next;
            if ((type & 0x80) != 0)
                break;
        }

        return at;
    }

    // Where the next option begins; -1 if this one makes no sense.
    private static int PrintOption(PacketPrinter printer, ReadOnlySpan<byte> octets, int at, byte type, int size)
    {
        ReadOnlySpan<byte> option = octets.Slice(at, size);
        switch (type & 0x7f)
        {
            case Length:
                if (!HasSize(printer, size, Header, "LENGTH"))
                    return -1;
                printer.Put($" OPTS LEN (extra?) {printer.U16(option, 2)}");
                break;
            case Fragment:
                if (!HasSize(printer, size, 16, "FRAGMENT"))
                    return -1;
                printer.Put($" FRAG seq {printer.U32(option, 4)} off {printer.U32(option, 8)} len {printer.U32(option, 12)}");
                break;
            case NakList:
                printer.Put(" NAK LIST");
                for (int i = Header; i < size; i += 4)
                {
                    if (size - i < 4)
                    {
                        printer.Put("[Option length not a multiple of 4]");
                        return -1;
                    }

                    printer.Put($" {printer.U32(option, i)}");
                }

                break;
            case Redirect:
                return PrintAddress(printer, option, 8, "OPT_REDIRECT", "OPT_REDIRECT", " REDIRECT ") ? at + size : -1;
            case CongestionData:
                return PrintAddress(printer, option, 12, "OPT_PGMCC_DATA", "OPT_PGMCC_DATA", " PGMCC DATA ") ? at + size : -1;
            case CongestionFeedback:
                return PrintAddress(printer, option, 12, "PGM_OPT_PGMCC_FEEDBACK", "OPT_PGMCC_FEEDBACK", " PGMCC FEEDBACK ") ? at + size : -1;
            // Two octets more than such an option has are skipped.
            case PathAddress:
                printer.Put($" PATH_NLA [{size}]");
                return at + 2 + size;
            case CongestionReport:
                printer.Put(" CR");
                return at + 2 + size;
            default:
                foreach ((byte known, int fixedSize, string name, string first, string second) in Simple)
                {
                    if (known != (type & 0x7f))
                        continue;
                    if (!HasSize(printer, size, fixedSize, name))
                        return -1;
                    printer.Put(first);
                    if (size > Header)
                        printer.Put($"{printer.U32(option, 4)}{second}");
                    if (size > 8)
                        printer.Put($"{printer.U32(option, 8)}");
                    return at + size;
                }

                printer.Put(string.Create(CultureInfo.InvariantCulture, $" OPT_{type:X2} [{size}] "));
                return at + 2 + size;
        }

        return at + size;
    }

    private static bool HasSize(PacketPrinter printer, int size, int right, string name)
    {
        if (size == right)
            return true;
        printer.Put($"[Bad OPT_{name} option, length {size} != {right}]");
        return false;
    }

    private static bool PrintAddress(PacketPrinter printer, ReadOnlySpan<byte> option, int fixedSize, string name, string longName, string text)
    {
        if (option.Length < fixedSize)
        {
            printer.Put($"[Bad {name} option, length {option.Length} < {fixedSize}]");
            return false;
        }

        int size = AddressSize(printer.U16(option, fixedSize - 4));
        if (size == 0)
        {
            printer.Truncated();
            return false;
        }

        if (option.Length != fixedSize + size)
        {
            printer.Put($"[Bad {longName} option, length {option.Length} != {fixedSize} + address size]");
            return false;
        }

        printer.Put(text);
        if (fixedSize > 8)
            printer.Put($"{printer.U32(option, 4)} ");
        PutAddress(printer, option, fixedSize, size);
        return true;
    }
}
