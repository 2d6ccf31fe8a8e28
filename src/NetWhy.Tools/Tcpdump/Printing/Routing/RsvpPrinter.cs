namespace NetWhy.Tools.Tcpdump.Printing.Routing;

/// <summary>Prints RSVP messages. Sources: RFC 2205, RFC 2961, RFC 3209.</summary>
internal static class RsvpPrinter
{
    private const int HeaderLength = 8;
    private const byte Bundle = 12;

    /// <summary>Prints a message.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="octets">What was captured.</param>
    /// <param name="length">What it was long.</param>
    internal static void Print(PacketPrinter printer, ReadOnlySpan<byte> octets, int length)
    {
        printer.Protocol = "rsvp";
        if (octets.Length < HeaderLength)
        {
            printer.Truncated();
            return;
        }

        if (!IsVersion(printer, octets[0]))
            return;
        byte type = octets[1];
        if (printer.Verbosity < 1)
        {
            printer.Put("RSVPv1 ");
            printer.Token(RsvpNames.Messages, type, "unknown (%u)");
            printer.Put($" Message, length: {length}");
            return;
        }

        int left = printer.U16(octets, 6);
        PrintHeader(printer, "\n\t", octets, left);
        if (!IsLong(printer, left))
            return;
        left -= HeaderLength;
        if (type == Bundle)
            PrintBundle(printer, octets, left);
        else if (Token.Find(RsvpNames.Messages, type) is not null)
            RsvpObjects.Print(printer, octets, HeaderLength, left, "\n\t  ");
        else
            printer.Unknown(octets, HeaderLength, "\n\t    ", left);
    }

    private static bool IsVersion(PacketPrinter printer, byte octet)
    {
        if (octet >> 4 == 1)
            return true;
        printer.Put($"ERROR: RSVP version {octet >> 4} packet not supported");
        return false;
    }

    private static bool IsLong(PacketPrinter printer, int length)
    {
        if (length >= HeaderLength)
            return true;
        printer.Put($"ERROR: common header too short {length} < {HeaderLength}");
        return false;
    }

    private static void PrintHeader(PacketPrinter printer, string indent, ReadOnlySpan<byte> octets, int length)
    {
        printer.Put($"{indent}RSVPv1 ");
        printer.Token(RsvpNames.Messages, octets[1], "unknown, type: %u");
        printer.Put($" Message ({octets[1]}), Flags: [");
        printer.Bits(RsvpNames.Flags, octets[0] & 0xfu, "none");
        printer.Put($"], length: {length}, ttl: {octets[4]}, checksum: 0x{(uint)printer.U16(octets, 2):x4}");
    }

    private static void PrintBundle(PacketPrinter printer, ReadOnlySpan<byte> octets, int left)
    {
        for (int at = HeaderLength; left > 0 && !printer.IsCut;)
        {
            if (!PacketPrinter.Has(octets, at, HeaderLength))
            {
                printer.Truncated();
                return;
            }

            if (!IsVersion(printer, octets[at]))
                return;
            int size = printer.U16(octets, at + 6);
            PrintHeader(printer, "\n\t  ", octets[at..], size);
            if (!IsLong(printer, size))
                return;
            if (left < size)
            {
                printer.Put($"ERROR: common header too large {size} > {left}");
                return;
            }

            if (!RsvpObjects.Print(printer, octets, at + HeaderLength, size - HeaderLength, "\n\t    "))
                return;
            at += size;
            left -= size;
        }
    }
}
