namespace NetWhy.Tools.Tcpdump.Printing.Application;

/// <summary>Prints RADIUS. Source: RFC 2865, 2866, 5176.</summary>
internal static class RadiusPrinter
{
    private const int HeaderLength = 20, AuthenticatorLength = 16;

    private static readonly Token[] Codes =
    [
        (1, "Access-Request"), (2, "Access-Accept"), (3, "Access-Reject"), (4, "Accounting-Request"), (5, "Accounting-Response"),
        (11, "Access-Challenge"), (12, "Status-Server"), (13, "Status-Client"), (40, "Disconnect-Request"), (41, "Disconnect-ACK"),
        (42, "Disconnect-NAK"), (43, "CoA-Request"), (44, "CoA-ACK"), (45, "CoA-NAK"), (255, "Reserved"),
    ];

    /// <summary>Prints a packet.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="octets">What was captured.</param>
    /// <param name="length">What it was long.</param>
    internal static void Print(PacketPrinter printer, ReadOnlySpan<byte> octets, int length)
    {
        printer.Protocol = "radius";
        if (octets.Length < HeaderLength || printer.U16(octets, 2) < HeaderLength)
        {
            printer.Truncated();
            return;
        }

        length = Math.Min(length, printer.U16(octets, 2));
        uint code = octets[0], identifier = octets[1];
        if (printer.Verbosity == 0)
        {
            printer.Put("RADIUS, ");
            printer.Token(Codes, code, "Unknown Command");
            printer.Put($" ({code}), id: 0x{identifier:x2} length: {length}");
            return;
        }

        printer.Put($"RADIUS, length: {length}\n\t");
        printer.Token(Codes, code, "Unknown Command");
        printer.Put($" ({code}), id: 0x{identifier:x2}, Authenticator: ");
        for (int i = HeaderLength - AuthenticatorLength; i < HeaderLength; i++)
            printer.Put($"{(uint)octets[i]:x2}");
        if (!PrintAttributes(printer, octets, length))
            printer.Truncated();
    }

    private static bool PrintAttributes(PacketPrinter printer, ReadOnlySpan<byte> octets, int length)
    {
        for (int at = HeaderLength; at < length && !printer.IsCut;)
        {
            if (length - at < 2 || !PacketPrinter.Has(octets, at, 2))
                return false;
            int type = octets[at], size = octets[at + 1];
            printer.Put($"\n\t  {RadiusAttributes.Name(type)} Attribute ({type}), length: {size}");
            if (size < 2 || size > length - at)
            {
                printer.Put(size < 2 ? " (bogus, must be >= 2)" : " (bogus, goes past end of packet)");
                return true;
            }

            printer.Put(", Value: ");
            if (size > 2)
                RadiusAttributes.Print(printer, PacketPrinter.From(octets, at + 2), size - 2, type);
            if (printer.Verbosity > 1)
                printer.Unknown(octets, at + 2, "\n\t    ", size - 2);
            at += size;
        }

        return true;
    }
}
