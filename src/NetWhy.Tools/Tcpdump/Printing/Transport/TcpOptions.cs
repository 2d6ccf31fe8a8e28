namespace NetWhy.Tools.Tcpdump.Printing.Transport;

/// <summary>Prints TCP options. Source: IANA, TCP Option Kind Numbers.</summary>
internal static class TcpOptions
{
    private const byte EndOfList = 0;
    private const byte NoOperation = 1;
    private const uint FastOpenMagic = 0xf989; // RFC 6994 experiment of RFC 7413

    private static readonly Token[] Names =
    [
        (0, "eol"), (1, "nop"), (2, "mss"), (3, "wscale"), (4, "sackOK"), (5, "sack"), (6, "echo"), (7, "echoreply"), (8, "TS"), (11, "cc"),
        (12, "ccnew"), (13, ""), (19, "md5"), (20, "scps"), (28, "uto"), (29, "tcp-ao"), (30, "mptcp"), (34, "tfo"), (254, "exp"),
    ];

    private enum Outcome
    {
        Good,
        Bad,
        Truncated,
    }

    /// <summary>Prints the options of a segment.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="octets">What was captured, from the first option on.</param>
    /// <param name="length">What they are long.</param>
    /// <param name="sackBase">What the numbers of SACK blocks are relative to.</param>
    /// <param name="flags">The flags of the segment.</param>
    /// <param name="isWhole">Whether all of the segment was captured.</param>
    /// <returns>Whether they make sense.</returns>
    internal static bool Print(PacketPrinter printer, ReadOnlySpan<byte> octets, int length, uint sackBase, byte flags, bool isWhole)
    {
        printer.Put(", options [");
        bool isFirst = true;
        int at = 0;
        while (at < length && !printer.IsCut)
        {
            if (!isFirst)
                printer.Put(",");
            byte kind = printer.U8(octets, at);
            int size = 1;
            if (kind is not (EndOfList or NoOperation))
            {
                size = printer.U8(octets, at + 1);
                if (!printer.IsCut && (size < 2 || size > length - at))
                {
                    Bad(printer, isFirst);
                    return false;
                }
            }

            printer.Token(Names, kind, "unknown-%u");
            if (size >= 2)
            {
                int data = size - 2;
                if (Most(kind, data) is var fixedLength && fixedLength > length - at - 2)
                {
                    Bad(printer, isFirst);
                    return false;
                }

                if (!PacketPrinter.Has(octets, at + 2, Needed(kind, fixedLength)))
                {
                    Truncated(printer, isFirst);
                    return false;
                }

                switch (PrintOption(printer, kind, PacketPrinter.From(octets, at), size, sackBase, flags, isWhole))
                {
                    case Outcome.Bad:
                        Bad(printer, isFirst);
                        return false;
                    case Outcome.Truncated:
                        Truncated(printer, isFirst);
                        return false;
                }

                if (fixedLength != data)
                    printer.Put($"[len {size}]");
                at += 2 + fixedLength;
            }
            else
            {
                at++;
            }

            isFirst = false;
            if (kind is EndOfList)
                break;
        }

        printer.Put("]");
        return true;
    }

    private static void Bad(PacketPrinter printer, bool isFirst)
    {
        printer.Put("[bad opt]");
        if (!isFirst)
            printer.Put("]");
    }

    private static void Truncated(PacketPrinter printer, bool isFirst)
    {
        printer.Truncated();
        if (!isFirst)
            printer.Put(">");
    }

    // What must have been captured for anything to be printed of the kind.
    private static int Needed(byte kind, int length) => kind switch
    {
        5 => 0,
        2 or 3 or 6 or 7 or 8 or 11 or 12 or 13 or 19 or 20 or 28 or 30 or 34 or 254 => length,
        _ => 0,
    };

    // What the kind is long, or what it says it is long.
    private static int Most(byte kind, int data) => kind switch
    {
        2 or 20 or 28 => 2,
        3 => 1,
        4 => 0,
        6 or 7 or 11 or 12 or 13 => 4,
        8 => 8,
        19 => 16,
        _ => data,
    };

    private static Outcome PrintOption(PacketPrinter printer, byte kind, ReadOnlySpan<byte> option, int size, uint sackBase, byte flags, bool isWhole)
    {
        int data = size - 2;
        switch (kind)
        {
            case 2:
                printer.Put($" {printer.U16(option, 2)}");
                break;
            case 3:
                printer.Put($" {printer.U8(option, 2)}");
                break;
            case 4:
                break;
            case 5:
                return PrintSack(printer, option, data, sackBase);
            case 6 or 7 or 11 or 12 or 13:
                printer.Put($" {printer.U32(option, 2)}");
                break;
            case 8:
                printer.Put($" val {printer.U32(option, 2)} ecr {printer.U32(option, 6)}");
                break;
            case 19:
                printer.Put(isWhole ? " shared secret not supplied with -M" : " snaplen too short");
                printer.Put(", can't check - ");
                PutHexadecimal(printer, option, 2, 16);
                break;
            case 20:
                printer.Put($" cap {(uint)option[2]:x2} id {option[3]}");
                break;
            case 28:
                uint timeout = printer.U16(option, 2);
                printer.Put($" 0x{timeout:x} {((timeout & 1) != 0 ? (timeout >> 1) * 60 : timeout >> 1)}");
                break;
            case 29:
                return PrintAuthentication(printer, option, data);
            case 30:
                return MultipathOptions.Print(printer, option, size, flags) ? Outcome.Good : Outcome.Bad;
            case 34:
                printer.Put(" ");
                PrintFastOpen(printer, option, 2, data, isExperiment: false);
                break;
            case 254:
                if (data < 2)
                    return Outcome.Bad;
                uint magic = printer.U16(option, 2);
                printer.Put("-");
                if (magic == FastOpenMagic)
                {
                    PrintFastOpen(printer, option, 4, data - 2, isExperiment: true);
                }
                else
                {
                    printer.Put($"{magic:x4}");
                }

                break;
            default:
                if (data > 0)
                    printer.Put(" 0x");
                return PutData(printer, option, 2, data);
        }

        return Outcome.Good;
    }

    private static Outcome PrintSack(PacketPrinter printer, ReadOnlySpan<byte> option, int data, uint sackBase)
    {
        if (data % 8 != 0)
        {
            printer.Put(" invalid sack");
            return Outcome.Good;
        }

        printer.Put($" {data / 8} ");
        for (int at = 2; at < data + 2; at += 8)
        {
            if (!PacketPrinter.Has(option, at, 8))
                return Outcome.Truncated;
            uint start = printer.U32(option, at), end = printer.U32(option, at + 4);
            printer.Put($"{{{unchecked(start - sackBase)}:{unchecked(end - sackBase)}}}");
        }

        return Outcome.Good;
    }

    // Source: RFC 5925, section 2.2.
    private static Outcome PrintAuthentication(PacketPrinter printer, ReadOnlySpan<byte> option, int data)
    {
        if (data < 2)
        {
            printer.Invalid();
            return Outcome.Good;
        }

        printer.Put($" keyid {printer.U8(option, 2)}");
        printer.Put($" rnextkeyid {printer.U8(option, 3)}");
        if (data > 2)
            printer.Put(" mac 0x");
        return PutData(printer, option, 4, data - 2);
    }

    // Source: RFC 7413, section 4.1.1.
    private static void PrintFastOpen(PacketPrinter printer, ReadOnlySpan<byte> option, int at, int length, bool isExperiment)
    {
        if (isExperiment)
            printer.Put("tfo");
        if (length == 0)
        {
            printer.Put(" cookiereq");
            return;
        }

        if (length % 2 != 0 || length < 4 || length > 16)
        {
            printer.Invalid();
            return;
        }

        printer.Put(" cookie ");
        PutHexadecimal(printer, option, at, length);
    }

    private static Outcome PutData(PacketPrinter printer, ReadOnlySpan<byte> option, int at, int count)
    {
        int captured = Math.Max(0, Math.Min(count, option.Length - at));
        PutHexadecimal(printer, option, at, captured);
        return captured < count ? Outcome.Truncated : Outcome.Good;
    }

    private static void PutHexadecimal(PacketPrinter printer, ReadOnlySpan<byte> octets, int at, int count)
    {
        for (int i = 0; i < count && !printer.IsCut; i++)
            printer.Put($"{(uint)printer.U8(octets, at + i):x2}");
    }
}
