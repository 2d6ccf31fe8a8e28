namespace NetWhy.Tools.Tcpdump.Printing.Application;

/// <summary>Prints TFTP. Source: RFC 1350, 2347.</summary>
internal static class TftpPrinter
{
    private const int ReadRequest = 1, WriteRequest = 2, Data = 3, Acknowledgment = 4, Error = 5, OptionAcknowledgment = 6;

    private static readonly Token[] Operations = [(1, "RRQ"), (2, "WRQ"), (3, "DATA"), (4, "ACK"), (5, "ERROR"), (6, "OACK")];

    private static readonly Token[] Errors =
    [
        (0, "EUNDEF"), (1, "ENOTFOUND"), (2, "EACCESS"), (3, "ENOSPACE"), (4, "EBADOP"), (5, "EBADID"), (6, "EEXISTS"), (7, "ENOUSER"),
    ];

    /// <summary>Prints a message.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="octets">What was captured.</param>
    /// <param name="length">What it was long.</param>
    internal static void Print(PacketPrinter printer, ReadOnlySpan<byte> octets, int length)
    {
        printer.Protocol = "tftp";
        printer.Put($"TFTP, length {length}");
        if (length < 2)
        {
            printer.Truncated();
            return;
        }

        int operation = printer.U16(octets, 0);
        printer.Put(", ");
        printer.Token(Operations, (uint)operation, "tftp-#%u");
        bool isWhole = operation switch
        {
            ReadRequest or WriteRequest => PrintRequest(printer, octets, length),
            OptionAcknowledgment => PrintOptions(printer, octets, 2, length),
            Data or Acknowledgment => PrintBlock(printer, octets, length),
            Error => PrintError(printer, octets, length),
            _ => true,
        };
        if (!isWhole)
            printer.Truncated();
    }

    private static bool PrintRequest(PacketPrinter printer, ReadOnlySpan<byte> octets, int length)
    {
        int at = 2;
        if (at == length)
            return false;
        printer.Put(" \"");
        int name = printer.TerminatedCharacters(octets, at, length - at);
        printer.Put("\"");
        at += name;
        if (name == 0 || at == length)
            return false;
        printer.Put(" ");
        int mode = printer.TerminatedCharacters(octets, at, length - at);
        return mode != 0 && PrintOptions(printer, octets, at + mode, length);
    }

    private static bool PrintOptions(PacketPrinter printer, ReadOnlySpan<byte> octets, int at, int length)
    {
        while (at < length)
        {
            if (printer.U8(octets, at) != 0)
                printer.Put(" ");
            int option = printer.TerminatedCharacters(octets, at, length - at);
            if (option == 0)
                return false;
            at += option;
        }

        return true;
    }

    private static bool PrintBlock(PacketPrinter printer, ReadOnlySpan<byte> octets, int length)
    {
        if (length < 4)
            return false;
        printer.Put($" block {printer.U16(octets, 2)}");
        return true;
    }

    private static bool PrintError(PacketPrinter printer, ReadOnlySpan<byte> octets, int length)
    {
        if (length < 4)
            return false;
        printer.Put(" ");
        printer.Token(Errors, printer.U16(octets, 2), "tftp-err-#%u \"");
        if (length == 4)
            return false;
        printer.Put(" \"");
        int text = printer.TerminatedCharacters(octets, 4, length - 4);
        printer.Put("\"");
        return text != 0;
    }
}
