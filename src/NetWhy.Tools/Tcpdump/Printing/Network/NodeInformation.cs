namespace NetWhy.Tools.Tcpdump.Printing.Network;

/// <summary>Prints node information queries and replies, and what came before them. Source: RFC 4620, draft-ietf-ipngwg-icmp-name-lookups-03.</summary>
internal static class NodeInformation
{
    private const byte Query = 139;
    private const int HeaderLength = 16;
    private const int NoOperation = 0;
    private const int SupportedTypes = 1;
    private const int Name = 2;
    private const int NodeAddresses = 3;

    private static readonly Token[] AddressFlags =
    [
        (0x40, "a"), (0x20, "G"), (0x10, "S"), (0x08, "L"), (0x04, "C"), (0x02, "A"),
    ];

    /// <summary>Prints a message.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="octets">What was captured.</param>
    /// <param name="length">What it was long.</param>
    internal static void Print(PacketPrinter printer, ReadOnlySpan<byte> octets, int length)
    {
        bool isQuery = octets[0] == Query;
        if (isQuery && octets.Length == 12)
        {
            printer.Put(" who-are-you request");
            return;
        }

        if (isQuery)
            printer.Put(" node information query");
        if (octets.Length < HeaderLength || (!isQuery && length > octets.Length))
        {
            printer.Truncated();
            return;
        }

        if (isQuery)
            PrintQuery(printer, octets);
        else
            PrintReply(printer, octets);
        printer.Put(")");
    }

    private static void PrintQuery(PacketPrinter printer, ReadOnlySpan<byte> octets)
    {
        int type = printer.U16(octets, 4), flags = printer.U16(octets, 6);
        printer.Put(" (");
        switch (type)
        {
            case NoOperation:
                printer.Put("noop");
                break;
            case SupportedTypes:
                PrintSupported(printer, flags);
                break;
            case Name:
                printer.Put("DNS name");
                break;
            case NodeAddresses:
                printer.Put("node addresses");
                if (flags == 0)
                    break;
                printer.Put(" [");
                printer.Bits(AddressFlags, (uint)flags, "", "");
                printer.Put("]");
                break;
            default:
                printer.Put("unknown");
                break;
        }

        if (type is NoOperation or SupportedTypes)
            PrintExcess(printer, octets, ", invalid len");
        else if (octets.Length == HeaderLength)
            printer.Put(", 03 draft");
        else
            PrintSubject(printer, octets);
    }

    private static void PrintSubject(PacketPrinter printer, ReadOnlySpan<byte> octets)
    {
        byte code = printer.U8(octets, 1);
        switch (code)
        {
            case 0 or 2:
                int size = code == 0 ? 16 : 4;
                if (octets.Length < HeaderLength + size)
                    break;
                if (octets.Length > HeaderLength + size)
                {
                    if (printer.Verbosity > 0)
                        printer.Put(", invalid subject len");
                    break;
                }

                printer.Put(", subject=");
                if (code == 0)
                    printer.Ipv6Address(octets, HeaderLength);
                else
                    printer.Ipv4Address(octets, HeaderLength);
                break;
            case 1:
                printer.Put(", subject=DNS name");
                PrintName(printer, PacketPrinter.From(octets, HeaderLength));
                break;
            default:
                printer.Put(", unknown subject");
                break;
        }
    }

    private static void PrintReply(PacketPrinter printer, ReadOnlySpan<byte> octets)
    {
        byte code = printer.U8(octets, 1);
        printer.Put(" node information reply (");
        bool isVerbose = printer.Verbosity > 0;
        if (code == 0 && isVerbose)
            printer.Put("success");
        if (code is 1 or 2)
        {
            printer.Put(code == 1 ? "refused" : "unknown");
            PrintExcess(printer, octets, ", invalid length");
        }

        if (code != 0)
            return;
        if (isVerbose)
            printer.Put(", ");
        int flags = printer.U16(octets, 6);
        switch (printer.U16(octets, 4))
        {
            case NoOperation:
                printer.Put("noop");
                PrintExcess(printer, octets, ", invalid length");
                break;
            case SupportedTypes:
                PrintSupported(printer, flags);
                break;
            case Name:
                printer.Put("DNS name");
                PrintName(printer, PacketPrinter.From(octets, HeaderLength + 4));
                if ((flags & 1) != 0)
                    printer.Put($" [TTL={printer.U32(octets, HeaderLength)}]");
                break;
            case NodeAddresses:
                PrintAddresses(printer, octets, flags);
                break;
            default:
                printer.Put("unknown");
                break;
        }
    }

    private static void PrintExcess(PacketPrinter printer, ReadOnlySpan<byte> octets, string text)
    {
        if (octets.Length != HeaderLength && printer.Verbosity > 0)
            printer.Put(text);
    }

    private static void PrintSupported(PacketPrinter printer, int flags)
    {
        printer.Put("supported qtypes");
        if (flags != 0)
            printer.Put((flags & 1) != 0 ? " [C]" : " []");
    }

    private static void PrintAddresses(PacketPrinter printer, ReadOnlySpan<byte> octets, int flags)
    {
        printer.Put("node addresses");
        for (int at = HeaderLength; at + 20 <= octets.Length; at += 20)
        {
            printer.Put(" ");
            printer.Ipv6Address(octets, at + 4);
            printer.Put($"({printer.U32(octets, at)})");
        }

        if (flags == 0)
            return;
        printer.Put(" [");
        printer.Bits(AddressFlags, (uint)flags, "", "");
        printer.Put((flags & 1) != 0 ? "T]" : "]");
    }

    private static void PrintName(PacketPrinter printer, ReadOnlySpan<byte> name)
    {
        int first = printer.U8(name, 0);
        if (first != name.Length - 1)
        {
            PrintLabels(printer, name);
            return;
        }

        // One string with its length, as it was before names had labels.
        if (printer.Verbosity > 0)
            printer.Put(", 03 draft");
        printer.Put(", \"");
        printer.Characters(name, 1, first);
        printer.Put("\"");
    }

    private static void PrintLabels(PacketPrinter printer, ReadOnlySpan<byte> name)
    {
        printer.Put(", \"");
        int at = 0;
        while (at < name.Length)
        {
            int label = name[at++];
            if (label == 0)
            {
                bool isEnd = at + 1 == name.Length && name[at] == 0; // two zero octets: a name that is not whole
                if (at == name.Length)
                    printer.Put(".");
                else if (!isEnd)
                    printer.Put("???");
                break;
            }

            if (label > name.Length - at)
            {
                printer.Put("???");
                break;
            }

            printer.Characters(name, at, label);
            at += label;
            if (at + 1 < name.Length && name[at] != 0)
                printer.Put(".");
        }

        printer.Put("\"");
    }
}
