namespace NetWhy.Tools.Tcpdump.Printing.Application;

/// <summary>Prints AODV, for IPv4 and as two drafts have it for IPv6. Source: RFC 3561, section 5.</summary>
internal static class AodvPrinter
{
    private const int Request = 1, Reply = 2, Error = 3, Acknowledgment = 4, DraftOffset = 15;

    /// <summary>Prints a message.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="octets">What was captured.</param>
    /// <param name="length">What it was long.</param>
    /// <param name="isIpv6">Whether it came in IPv6.</param>
    internal static void Print(PacketPrinter printer, ReadOnlySpan<byte> octets, int length, bool isIpv6)
    {
        printer.Protocol = "aodv";
        int type = printer.U8(octets, 0);
        printer.Put(" aodv");
        bool isDraft = type is >= Request + DraftOffset and <= Acknowledgment + DraftOffset;
        int addressLength = isIpv6 || isDraft ? 16 : 4;
        bool isWhole = true;
        switch (isDraft ? type - DraftOffset : type)
        {
            case Request:
                isWhole = PrintRequest(printer, octets, length, addressLength, isDraft);
                break;
            case Reply:
                isWhole = PrintReply(printer, octets, length, addressLength, isDraft);
                break;
            case Error:
                isWhole = PrintError(printer, octets, length, addressLength);
                break;
            case Acknowledgment:
                printer.Put($" rrep-ack {length}");
                break;
            default:
                printer.Put($" type {type} {length}");
                break;
        }

        if (!isWhole)
            printer.Truncated();
    }

    private static void PrintAddress(PacketPrinter printer, ReadOnlySpan<byte> octets, int at, int addressLength)
    {
        if (addressLength == 4)
            printer.Ipv4Address(octets, at);
        else
            printer.Ipv6Address(octets, at);
    }

    private static bool PrintRequest(PacketPrinter printer, ReadOnlySpan<byte> octets, int length, int addressLength, bool isDraft)
    {
        int size = 16 + (2 * addressLength);
        if (octets.Length < size || length < size)
            return false;
        (int destination, int destinationSequence, int source, int sourceSequence) = isDraft
            ? (16, 8, 16 + addressLength, 12)
            : (8, 8 + addressLength, 12 + addressLength, 12 + (2 * addressLength));
        uint flags = octets[0]; // which has the type, not the flags: so does what this is compared with
        printer.Put(addressLength == 16 && !isDraft ? " v6 rreq" : " rreq");
        printer.Put($" {length} ");
        printer.Put((flags & 0x80) != 0 ? "[J]" : "");
        printer.Put((flags & 0x40) != 0 ? "[R]" : "");
        printer.Put((flags & 0x20) != 0 ? "[G]" : "");
        printer.Put((flags & 0x10) != 0 ? "[D]" : "");
        printer.Put((flags & 0x08) != 0 ? "[U] " : " ");
        printer.Put($"hops {(uint)octets[3]} id 0x{printer.U32(octets, 4):x8}\n\tdst ");
        PrintAddress(printer, octets, destination, addressLength);
        printer.Put($" seq {printer.U32(octets, destinationSequence)} src ");
        PrintAddress(printer, octets, source, addressLength);
        printer.Put($" seq {printer.U32(octets, sourceSequence)}");
        return PrintExtension(printer, octets, size, length);
    }

    private static bool PrintReply(PacketPrinter printer, ReadOnlySpan<byte> octets, int length, int addressLength, bool isDraft)
    {
        int size = 12 + (2 * addressLength);
        if (octets.Length < size || length < size)
            return false;
        (int destination, int sequence) = isDraft ? (8, 4) : (4, 4 + addressLength);
        uint flags = octets[1];
        printer.Put($" rrep {length} ");
        printer.Put((flags & 0x80) != 0 ? "[R]" : "");
        printer.Put((flags & 0x40) != 0 ? "[A] " : " ");
        printer.Put($"prefix {octets[2] & 0x1f} hops {(uint)octets[3]}\n\tdst ");
        PrintAddress(printer, octets, destination, addressLength);
        printer.Put($" dseq {printer.U32(octets, sequence)} src ");
        PrintAddress(printer, octets, 8 + addressLength, addressLength);
        printer.Put($" {printer.U32(octets, size - 4)} ms");
        return PrintExtension(printer, octets, size, length);
    }

    private static bool PrintError(PacketPrinter printer, ReadOnlySpan<byte> octets, int length, int addressLength)
    {
        if (octets.Length < 4 || length < 4)
            return false;
        printer.Put($" rerr {((octets[1] & 0x80) != 0 ? "[D]" : "")} [items {(uint)octets[3]}] [{length}]:");
        int at = 4, size = addressLength + 4;
        for (int i = octets[3]; i > 0; i--)
        {
            if (!PacketPrinter.Has(octets, at, size) || length - at < size)
                return false;
            printer.Put(" {");
            PrintAddress(printer, octets, at, addressLength);
            printer.Put($"}}({printer.U32(octets, at + addressLength)})");
            at += size;
        }

        return true;
    }

    private static bool PrintExtension(PacketPrinter printer, ReadOnlySpan<byte> octets, int at, int length)
    {
        const int Hello = 1, HelloLength = 4;
        if (length - at < 2)
            return true;
        if (!PacketPrinter.Has(octets, at, 2))
            return false;
        uint type = octets[at], size = octets[at + 1];
        if (type != Hello)
        {
            printer.Put($"\n\text {type} {size}");
            return true;
        }

        if (!PacketPrinter.Has(octets, at, 2 + HelloLength) || length - at < 2 + HelloLength)
            return false;
        if (size < HelloLength)
            printer.Put($"\n\text HELLO - bad length {size}");
        else
            printer.Put($"\n\text HELLO {printer.U32(octets, at + 2)} ms");
        return true;
    }
}
