namespace NetWhy.Tools.Tcpdump.Printing.Link;

/// <summary>Prints signalling of frame relay. Sources: ITU-T Q.933 annex A, ANSI T1.617 annex D.</summary>
internal static class Q933Printer
{
    private const byte SingleBit = 0x80;
    private const byte Shift = 0x90;
    private const int NationalCodeset = 5;

    private static readonly Token[] Messages =
    [
        (0, "ESC to National"), (1, "Alert"), (2, "Call proceeding"), (7, "Connect"), (15, "Connect ACK"), (3, "Progress"), (5, "Setup"),
        (69, "Disconnect"), (77, "Release"), (90, "Release Complete"), (70, "Restart"), (78, "Restart ACK"), (125, "Status Reply"),
        (117, "Status Enquiry"),
    ];
    private static readonly Token[] Elements =
    [
        (1, "ANSI Report Type"), (25, "ANSI Link Verify"), (3, "ANSI Link Verify"), (7, "ANSI PVC Status"), (81, "CCITT Report Type"),
        (83, "CCITT Link Verify"), (87, "CCITT PVC Status"),
    ];
    private static readonly Token[] Reports = [(0, "Full Status"), (1, "Link verify"), (2, "Async PVC Status")];

    /// <summary>Prints a message.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="octets">What was captured.</param>
    /// <param name="length">What it was long.</param>
    internal static void Print(PacketPrinter printer, ReadOnlySpan<byte> octets, int length)
    {
        printer.Protocol = "q.933";
        if (!printer.Options.ShowsLink)
            printer.Put("Q.933");
        ReadOnlySpan<byte> whole = PacketPrinter.First(octets, length);
        int referenceLength = whole.IsEmpty ? 0 : whole[0] & 0xf;
        int at = 1 + referenceLength + 1;
        string comma = printer.Options.ShowsLink ? "" : ", ";
        if (whole.Length < at || (length > at && whole.Length < at + 1))
        {
            printer.Put($"{comma}length {length}");
            printer.Truncated();
            return;
        }

        byte message = whole[at - 1];
        var codeset = new Codeset();
        bool isAnsi = false;
        if (length > at && IsShift(whole[at]))
        {
            isAnsi = codeset.Start(whole[at]);
            at++;
        }

        printer.Put($"{comma}{(isAnsi ? "ANSI" : "CCITT")}, codeset {codeset.Current}");
        if (!PutReference(printer, octets, referenceLength, at))
            return;
        printer.Put(", ");
        if (printer.Verbosity > 0)
        {
            printer.Token(Messages, message, "unknown message");
            printer.Put($" (0x{(uint)message:x2}), length {length}");
        }
        else
        {
            printer.Token(Messages, message, "unknown message 0x%02x");
        }

        bool isWhole = PrintElements(printer, whole, at, length, ref codeset, out bool isEnded);
        if (!isEnded && printer.Verbosity == 0)
            printer.Put($", length {length}");
        if (!isWhole)
            printer.Truncated();
    }

    private static bool IsShift(byte code) => (code & 0xf0) == Shift;

    // tcpdump 4.99 looks at the octet behind the header to see whether a reference of one octet is a dummy.
    private static bool PutReference(PacketPrinter printer, ReadOnlySpan<byte> octets, int count, int at)
    {
        if (count == 0 || (count == 1 && printer.U8(octets, at) == 0))
            return !printer.IsCut;
        printer.Put(", Call Ref: 0x");
        for (int i = 0; i < count; i++)
            printer.Put($"{(uint)octets[1 + i]:x2}");
        return true;
    }

    // False if the capture ends in them.
    private static bool PrintElements(PacketPrinter printer, ReadOnlySpan<byte> octets, int at, int length, ref Codeset codeset, out bool isEnded)
    {
        isEnded = false;
        while (at < length)
        {
            codeset.Next();
            if (at >= octets.Length)
                return false;
            byte code = octets[at++];
            if ((code & SingleBit) != 0)
            {
                if (IsShift(code))
                    codeset.Change(code);
                continue;
            }

            if (at >= octets.Length)
                return false;
            int size = octets[at++];
            if (printer.Verbosity > 0)
            {
                printer.Put("\n\t");
                printer.Token(codeset.IsKnown ? Elements : [], code, "unknown");
                printer.Put($" IE (0x{(uint)code:x2}), length {size}: ");
            }

            if (code == 0 || size == 0)
            {
                isEnded = true;
                return true;
            }

            if (octets.Length - at < size)
                return false;
            ReadOnlySpan<byte> value = octets.Slice(at, size);
            if (codeset.IsKnown && PrintElement(printer, code, value))
            {
                if (printer.Verbosity > 1)
                    printer.Unknown(value, 0, "\n\t  ", size);
            }
            else if (printer.Verbosity > 0)
            {
                printer.Unknown(value, 0, "\n\t", size);
            }

            at += size;
        }

        return true;
    }

    private static bool PrintElement(PacketPrinter printer, byte code, ReadOnlySpan<byte> value)
    {
        switch (code)
        {
            case 0x01 or 0x51:
                if (printer.Verbosity > 0)
                {
                    printer.Token(Reports, value[0], "unknown");
                    printer.Put($" ({value[0]})");
                }

                return true;
            case 0x03 or 0x53 or 0x19:
                if (printer.Verbosity == 0)
                    printer.Put(", ");
                if (value.Length < 2)
                    printer.Put("Invalid LINK VERIFY IE");
                else
                    printer.Put($"TX Seq: {Space(value[0])}{value[0]}, RX Seq: {Space(value[1])}{value[1]}");
                return true;
            case 0x07 or 0x57:
                if (printer.Verbosity == 0)
                    printer.Put(", ");
                PrintConnection(printer, value);
                return true;
            default:
                return false;
        }
    }

    private static string Space(byte value) => value < 10 ? "  " : value < 100 ? " " : "";

    private static void PrintConnection(PacketPrinter printer, ReadOnlySpan<byte> value)
    {
        // Three octets at least, five at most; the last but one ends the number, and the last is the state.
        bool isValid = value.Length is >= 3 and <= 5 && (value[^1] & SingleBit) != 0;
        for (int i = 0; isValid && i < value.Length - 1; i++)
            isValid = ((value[i] & SingleBit) != 0) == (i == value.Length - 2);
        if (!isValid)
        {
            printer.Put("Invalid DLCI in PVC STATUS IE");
            return;
        }

        uint connection = ((value[0] & 0x3fu) << 4) | ((value[1] & 0x78u) >> 3);
        if (value.Length == 4)
            connection = (connection << 6) | ((value[2] & 0x7eu) >> 1);
        else if (value.Length == 5)
            connection = (connection << 13) | (value[2] & 0x7fu) | ((value[3] & 0x7eu) >> 1);
        printer.Put($"DLCI {connection}: status {((value[^1] & 8) != 0 ? "New, " : "")}{((value[^1] & 2) != 0 ? "Active" : "Inactive")}");
    }

    // Which set of codes the next elements are of.
    private struct Codeset
    {
        private int _shifted; // 1: for the next element; 2: for this one
        private int _before;

        internal int Current { get; private set; }

        internal readonly bool IsKnown => Current is 0 or NationalCodeset;

        // Whether it says that national codes follow.
        internal bool Start(byte shift)
        {
            Current = shift & 7;
            bool isLocking = (shift & 8) == 0;
            _shifted = isLocking ? 0 : 1;
            return isLocking && Current == NationalCodeset;
        }

        internal void Change(byte shift)
        {
            bool isLocking = (shift & 8) == 0;
            _shifted = isLocking ? 0 : 1;
            if (!isLocking)
                _before = Current;
            Current = shift & 7;
        }

        internal void Next()
        {
            if (_shifted == 1)
            {
                _shifted = 2;
            }
            else if (_shifted == 2)
            {
                Current = _before;
                _shifted = 0;
            }
        }
    }
}
