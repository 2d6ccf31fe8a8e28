namespace NetWhy.Tools.Tcpdump.Printing.Transport;

/// <summary>Prints the user adaptation layer of SS7's MTP3. Source: RFC 4666, section 3.</summary>
internal static class M3uaPrinter
{
    private const int HeaderLength = 8;
    private const byte Version = 1;
    private const int RoutingContext = 6;
    private const int Correlation = 0x13;
    private const int NetworkAppearance = 0x200;

    private static readonly Token[] Classes =
    [
        (0, "Management"), (1, "Transfer"), (2, "SS7"), (3, "ASP"), (4, "ASP"), (9, "Routing Key Management"),
    ];

    private static readonly Token[] Management = [(0, "Error"), (1, "Notify")];

    private static readonly Token[] Transfer = [(1, "Data")];

    private static readonly Token[] Network =
    [
        (1, "Destination Unavailable"), (2, "Destination Available"), (3, "Destination State Audit"), (4, "Signalling Congestion"),
        (5, "Destination User Part Unavailable"), (6, "Destination Restricted"),
    ];

    private static readonly Token[] State =
    [
        (1, "Up"), (2, "Down"), (3, "Heartbeat"), (4, "Up Acknowledgement"), (5, "Down Acknowledgement"), (6, "Heartbeat Acknowledgement"),
    ];

    private static readonly Token[] Traffic = [(1, "Active"), (2, "Inactive"), (3, "Active Acknowledgement"), (4, "Inactive Acknowledgement")];

    private static readonly Token[] RoutingKeys =
    [
        (1, "Registration Request"), (2, "Registration Response"), (3, "Deregistration Request"), (4, "Deregistration Response"),
    ];

    private static readonly Token[] Parameters =
    [
        (4, "INFO String"), (RoutingContext, "Routing Context"), (7, "Diagnostic Info"), (9, "Heartbeat Data"), (11, "Traffic Mode Type"),
        (12, "Error Code"), (13, "Status"), (0x11, "ASP Identifier"), (0x12, "Affected Point Code"), (Correlation, "Correlation ID"),
        (NetworkAppearance, "Network Appearance"), (0x204, "User/Cause"), (0x205, "Congestion Indications"), (0x206, "Concerned Destination"),
        (0x207, "Routing Key"), (0x208, "Registration Result"), (0x209, "Deregistration Result"), (0x20a, "Local Routing Key Identifier"),
        (0x20b, "Destination Point Code"), (0x20c, "Service Indicators"), (0x20e, "Originating Point Code List"), (0x210, "Protocol Data"),
        (0x212, "Registration Status"), (0x213, "Deregistration Status"),
    ];

    /// <summary>Prints a message.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="octets">What was captured.</param>
    /// <param name="length">What it was long.</param>
    internal static void Print(PacketPrinter printer, ReadOnlySpan<byte> octets, int length)
    {
        printer.Protocol = "m3ua";
        if (length < HeaderLength)
        {
            printer.Invalid();
            return;
        }

        if (octets.Length < HeaderLength)
        {
            printer.Truncated();
            return;
        }

        if (octets[0] != Version)
            return;
        byte messageClass = printer.U8(octets, 2);
        printer.Put("\n\t\t");
        printer.Token(Classes, messageClass, "Unknown message class %u");
        if (Types(messageClass) is { Length: > 0 } types)
        {
            byte type = printer.U8(octets, 3);
            printer.Put(" ");
            printer.Token(types, type, "Unknown (0x%02x)");
            printer.Put(" Message");
        }

        uint said = printer.U32(octets, 4);
        if (said != length)
        {
            printer.Put($"\n\t\t\t@@@@@@ Corrupted length {said} of message @@@@@@");
            return;
        }

        PrintParameters(printer, PacketPrinter.From(octets, HeaderLength), length - HeaderLength);
    }

    private static ReadOnlySpan<Token> Types(byte messageClass) => messageClass switch
    {
        0 => Management,
        1 => Transfer,
        2 => Network,
        3 => State,
        4 => Traffic,
        9 => RoutingKeys,
        _ => [],
    };

    private static void PrintParameters(PacketPrinter printer, ReadOnlySpan<byte> octets, int length)
    {
        int at = 0;
        while (at < length && !printer.IsCut)
        {
            if (length - at < 4)
            {
                printer.Invalid();
                return;
            }

            int tag = printer.U16(octets, at);
            printer.Put("\n\t\t\t");
            printer.Token(Parameters, (uint)tag, "Unknown Parameter (0x%04x)");
            printer.Put(": ");
            int size = printer.U16(octets, at + 2);
            if (printer.IsCut)
                return;
            if (size < 4)
            {
                printer.Invalid();
                return;
            }

            int padded = (size + 3) & ~3;
            if (!PacketPrinter.Has(octets, at, padded))
            {
                printer.Truncated();
                return;
            }

            PrintValue(printer, octets, at, tag, size);
            at += padded;
        }
    }

    // Numbers are those of the parameter's header, and lengths those with it: that is how they were always printed.
    private static void PrintValue(PacketPrinter printer, ReadOnlySpan<byte> octets, int at, int tag, int size)
    {
        if (tag is not (RoutingContext or Correlation or NetworkAppearance))
            printer.Put($"(length {size})");
        else if (size < 8)
            printer.Invalid();
        else
            printer.Put($"0x{printer.U32(octets, at):x8}");
    }
}
