namespace NetWhy.Tools.Tcpdump.Printing.Application;

/// <summary>Prints NTP. Source: RFC 5905; RFC 9327 (control messages).</summary>
internal static class NtpPrinter
{
    private const int HeaderLength = 48, ControlLength = 12;
    private const int Control = 6;
    private const uint SecondsTo1970 = 2_208_988_800;

    private static readonly Token[] Modes =
    [
        (0, "unspecified"), (1, "symmetric active"), (2, "symmetric passive"), (3, "Client"), (4, "Server"), (5, "Broadcast"),
        (6, "Control Message"), (7, "Reserved"),
    ];

    private static readonly Token[] Leaps = [(0x00, ""), (0x40, "+1s"), (0x80, "-1s"), (0xc0, "clock unsynchronized")];
    private static readonly Token[] Strata = [(0, "unspecified"), (1, "primary reference")];

    /// <summary>Prints a message.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="octets">What was captured.</param>
    /// <param name="length">What it was long.</param>
    internal static void Print(PacketPrinter printer, ReadOnlySpan<byte> octets, int length)
    {
        printer.Protocol = "ntp";
        uint status = printer.U8(octets, 0), mode = status & 7;
        printer.Put($"NTPv{(status >> 3) & 7}, ");
        printer.Token(Modes, mode, "Unknown mode");
        printer.Put($", length {length}");
        if (printer.Verbosity == 0)
            return;
        printer.Put("\n\tLeap indicator: ");
        printer.Token(Leaps, status & 0xc0, "Unknown");
        printer.Put($" ({status & 0xc0})");
        bool isWhole = true;
        if (mode < Control)
            isWhole = length >= HeaderLength ? PrintTime(printer, octets, length) : PrintInvalid(printer, octets, length);
        else if (mode == Control)
            isWhole = length >= ControlLength ? PrintControl(printer, octets, length) : PrintInvalid(printer, octets, length);
        if (!isWhole)
            printer.Truncated();
    }

    /// <summary>Prints a time.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="seconds">Seconds since 1900.</param>
    /// <param name="fraction">Of a second, in parts of 2^32.</param>
    internal static void PrintTimestamp(PacketPrinter printer, uint seconds, uint fraction)
    {
        printer.Put($"{seconds}.{Billionths(fraction):d9}");
        if (printer.Verbosity == 0 || seconds == 0)
            return;
        DateTime time = DateTime.UnixEpoch.AddSeconds((long)seconds - SecondsTo1970);
        printer.Put($" ({time.Year:d4}-{time.Month:d2}-{time.Day:d2}T{time.Hour:d2}:{time.Minute:d2}:{time.Second:d2}Z)");
    }

    private static bool PrintInvalid(PacketPrinter printer, ReadOnlySpan<byte> octets, int length)
    {
        printer.Invalid();
        return octets.Length >= length;
    }

    private static bool PrintTime(PacketPrinter printer, ReadOnlySpan<byte> octets, int length)
    {
        uint stratum = printer.U8(octets, 1);
        printer.Put($", Stratum {stratum} (");
        printer.Token(Strata, stratum, stratum is >= 2 and <= 15 ? "secondary reference" : "reserved");
        int poll = (sbyte)printer.U8(octets, 2);
        printer.Put($"), poll {poll}");
        if (poll is > -32 and < 32)
            printer.Put(poll >= 0 ? $" ({1u << poll}s)" : $" (1/{1u << -poll}s)");
        printer.Put($", precision {(sbyte)printer.U8(octets, 3)}");
        if (!PacketPrinter.Has(octets, 4, 4))
            return false;
        printer.Put("\n\tRoot Delay: ");
        PrintShort(printer, octets, 4);
        if (!PacketPrinter.Has(octets, 8, 4))
            return false;
        printer.Put(", Root dispersion: ");
        PrintShort(printer, octets, 8);
        if (!PacketPrinter.Has(octets, 12, 4))
            return false;
        printer.Put(", Reference-ID: ");
        if (!PrintReference(printer, octets, stratum))
            return true;

        if (!PrintTimestamp(printer, octets, 16, "\n\t  Reference Timestamp:  ")
            || !PrintTimestamp(printer, octets, 24, "\n\t  Originator Timestamp: ")
            || !PrintTimestamp(printer, octets, 32, "\n\t  Receive Timestamp:    ")
            || !PrintTimestamp(printer, octets, 40, "\n\t  Transmit Timestamp:   "))
        {
            return false;
        }

        printer.Put("\n\t    Originator - Receive Timestamp:  ");
        PrintDifference(printer, printer.U64(octets, 24), printer.U64(octets, 32));
        printer.Put("\n\t    Originator - Transmit Timestamp: ");
        PrintDifference(printer, printer.U64(octets, 24), printer.U64(octets, 40));
        return PrintAuthentication(printer, octets, length);
    }

    // False where no more follows.
    private static bool PrintReference(PacketPrinter printer, ReadOnlySpan<byte> octets, uint stratum)
    {
        const uint Unspecified = 0, Primary = 1, InformationQuery = 62, InformationReply = 63;
        switch (stratum)
        {
            case Unspecified:
                printer.Put("(unspec)");
                return true;
            case Primary:
                printer.Characters(octets, 12, 4);
                return true;
            case InformationQuery or InformationReply:
                printer.Ipv4Address(octets, 12);
                printer.Put(stratum == InformationQuery ? " INFO_QUERY" : " INFO_REPLY");
                return false;
            default:
                printer.Put($"0x{printer.U32(octets, 12):x8}");
                return true;
        }
    }

    private static void PrintShort(PacketPrinter printer, ReadOnlySpan<byte> octets, int at) =>
        printer.Put($"{printer.U16(octets, at)}.{(uint)((ulong)printer.U16(octets, at + 2) * 1_000_000 / 65_536):d6}");

    private static bool PrintTimestamp(PacketPrinter printer, ReadOnlySpan<byte> octets, int at, string name)
    {
        if (!PacketPrinter.Has(octets, at, 8))
            return false;
        printer.Put(name);
        PrintTimestamp(printer, printer.U32(octets, at), printer.U32(octets, at + 4));
        return true;
    }

    private static void PrintDifference(PacketPrinter printer, ulong old, ulong now)
    {
        if (old == 0)
        {
            PrintTimestamp(printer, (uint)(now >> 32), (uint)now);
            return;
        }

        ulong difference = now > old ? now - old : old - now;
        printer.Put($"{(now > old ? '+' : '-')}{(uint)(difference >> 32)}.{Billionths((uint)difference):d9}");
    }

    private static uint Billionths(uint fraction) => (uint)(fraction / 4_294_967_296.0 * 1_000_000_000.0);

    // Source: RFC 5905, section 7.3; RFC 8573.
    private static bool PrintAuthentication(PacketPrinter printer, ReadOnlySpan<byte> octets, int length)
    {
        const int Key = 4, Short = 16, Long = 20;
        int more = length - HeaderLength;
        if (more is Key or (Key + Short) or (Key + Long))
        {
            printer.Put($"\n\tKey id: {printer.U32(octets, HeaderLength)}");
            if (more == Key)
                return true;
            if (!PacketPrinter.Has(octets, HeaderLength + Key, more - Key))
                return false;
            printer.Put("\n\tAuthentication: ");
            for (int i = Key; i < more; i += 4)
                printer.Put($"{printer.U32(octets, HeaderLength + i):x8}");
        }
        else if (more > 0)
        {
            printer.Put($"\n\t({more} more bytes after the header)");
        }

        return true;
    }

    private static bool PrintControl(PacketPrinter printer, ReadOnlySpan<byte> octets, int length)
    {
        uint control = printer.U8(octets, 1);
        printer.Put((control & 0x80) != 0 ? ", Response" : ", Request");
        printer.Put((control & 0x40) != 0 ? ", Error" : ", OK");
        printer.Put((control & 0x20) != 0 ? ", More" : ", Last");
        printer.Put($", OpCode={control & 0x1f}\n");
        uint sequence = printer.U16(octets, 2);
        printer.Put($"\tSequence={sequence}");
        uint status = printer.U16(octets, 4);
        printer.Put($", Status={(status != 0 ? "0x" : "")}{status:x}");
        uint association = printer.U16(octets, 6);
        printer.Put($", Assoc.={association}");
        uint offset = printer.U16(octets, 8);
        printer.Put($", Offset={offset}");
        int count = printer.U16(octets, 10);
        printer.Put($", Count={count}");
        if (ControlLength + count > length)
            return PrintInvalid(printer, octets, length);
        if (count != 0)
        {
            if (!PacketPrinter.Has(octets, ControlLength, count))
                return false;
            printer.Put("\n\tTO-BE-DONE: data not interpreted");
        }

        return true;
    }
}
