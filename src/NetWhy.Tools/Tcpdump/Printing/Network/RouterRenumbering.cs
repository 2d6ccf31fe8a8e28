namespace NetWhy.Tools.Tcpdump.Printing.Network;

/// <summary>Prints router renumbering. Source: RFC 2894, section 3.</summary>
internal static class RouterRenumbering
{
    private const byte Command = 0;
    private const int HeaderLength = 16;
    private const int MatchLength = 24;
    private const int UseLength = 32;

    private static readonly Token[] Codes = [(Command, ", command"), (1, ", result"), (255, ", sequence number reset")];

    private static readonly Token[] Flags = [(0x80, "T"), (0x40, "R"), (0x20, "A"), (0x10, "S"), (0x08, "P")];

    private static readonly Token[] Operations = [(1, "add"), (2, "change"), (3, "setglobal")];

    /// <summary>Prints a message.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="octets">What was captured.</param>
    internal static void Print(PacketPrinter printer, ReadOnlySpan<byte> octets)
    {
        if (octets.Length < HeaderLength)
        {
            printer.Truncated();
            return;
        }

        byte code = octets[1];
        printer.Token(Codes, code, ", code-#%u");
        printer.Put($", seq={printer.U32(octets, 4)}");
        if (printer.Verbosity > 0)
        {
            printer.Put("[");
            if (octets[9] != 0)
            {
                printer.Bits(Flags, octets[9], "", "");
                printer.Put(",");
            }

            printer.Put($"seg={octets[8]},maxdelay={printer.U16(octets, 10)}");
            if (printer.U32(octets, 12) is not 0 and var reserved)
                printer.Put($"rsvd=0x{reserved:x}");
            printer.Put("]");
        }

        if (code == Command)
            PrintCommand(printer, octets[HeaderLength..]);
    }

    private static void PrintCommand(PacketPrinter printer, ReadOnlySpan<byte> match)
    {
        if (match.Length < MatchLength)
        {
            printer.Truncated();
            return;
        }

        Separate(printer);
        printer.Put("match(");
        printer.Token(Operations, match[0], "#%u");
        if (printer.Verbosity > 0)
            printer.Put($",ord={match[2]},min={match[4]},max={match[5]}");
        printer.Put(",");
        PutNumericAddress(printer, match, 8);
        printer.Put($"/{match[3]})");
        int words = match[1] - 3;
        if (words % 4 != 0)
        {
            printer.Truncated();
            return;
        }

        for (int i = 0, at = MatchLength; i < words / 4; i++, at += UseLength)
        {
            if (!PacketPrinter.Has(match, at, UseLength))
            {
                printer.Truncated();
                return;
            }

            PrintUse(printer, match.Slice(at, UseLength));
        }
    }

    private static void PrintUse(PacketPrinter printer, ReadOnlySpan<byte> use)
    {
        Separate(printer);
        printer.Put("use(");
        if (use[12] != 0)
            printer.Put((use[12] >> 6) switch { 0 => ",", 1 => "P,", 2 => "V,", _ => "VP," });
        if (printer.Verbosity > 0)
        {
            printer.Put($"mask=0x{(uint)use[2]:x},raflags=0x{(uint)use[3]:x},vltime=");
            PutLifetime(printer, printer.U32(use, 4));
            printer.Put(",pltime=");
            PutLifetime(printer, printer.U32(use, 8));
            printer.Put(",");
        }

        PutNumericAddress(printer, use, 16);
        printer.Put($"/{use[0]}/{use[1]})");
    }

    private static void PutLifetime(PacketPrinter printer, uint seconds)
    {
        if (seconds == uint.MaxValue)
            printer.Put("infty");
        else
            printer.Put($"{seconds}");
    }

    // Prefixes have no names.
    private static void PutNumericAddress(PacketPrinter printer, ReadOnlySpan<byte> octets, int at) =>
        NameResolver.PutNumber(printer.Text, octets.Slice(at, 16));

    private static void Separate(PacketPrinter printer) => printer.Put(printer.Verbosity > 1 ? "\n\t" : " ");
}
