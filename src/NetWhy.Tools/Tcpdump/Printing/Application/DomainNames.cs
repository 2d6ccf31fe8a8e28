namespace NetWhy.Tools.Tcpdump.Printing.Application;

/// <summary>Prints names as DNS writes them. Source: RFC 1035, section 4.1.4; RFC 2673 (labels of bits).</summary>
internal static class DomainNames
{
    private const int TypeMask = 0xc0, Pointer = 0xc0, Extended = 0x40, BitLabel = 0x41;
    private const int LongestName = 255;

    /// <summary>The offset behind a name; -1 if it does not end within the capture.</summary>
    /// <param name="octets">What was captured.</param>
    /// <param name="at">Where the name begins.</param>
    internal static int Skip(ReadOnlySpan<byte> octets, int at)
    {
        while (true)
        {
            if ((uint)at >= (uint)octets.Length)
                return -1;
            int octet = octets[at++];
            if (octet == 0)
                return at;
            switch (octet & TypeMask)
            {
                case Pointer:
                    return at + 1;
                case 0:
                    at += octet;
                    break;
                case Extended when octet == BitLabel && at < octets.Length:
                    at += 1 + OctetsOfBits(octets[at]);
                    break;
                default:
                    return -1;
            }
        }
    }

    /// <summary>Prints a name.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="octets">What was captured.</param>
    /// <param name="at">Where the name begins.</param>
    /// <param name="origin">What its pointers count from.</param>
    /// <returns>The offset behind it; -1 if it is broken or was not captured to its end.</returns>
    internal static int Print(PacketPrinter printer, ReadOnlySpan<byte> octets, int at, int origin)
    {
        int label = LabelLength(printer, octets, at);
        if (label < 0)
            return -1;
        uint furthest = unchecked((uint)(at - origin)); // pointers lead backwards: there can be no loop
        int octet = octets[at++], next = at + label, count = 0;
        bool isElsewhere = false;
        if (octet == 0)
        {
            printer.Put(".");
            return next;
        }

        while (octet != 0 && at < octets.Length)
        {
            if ((octet & TypeMask) == Pointer)
            {
                if (!isElsewhere)
                    next = at + 1;
                isElsewhere = true;
                uint offset = (uint)((octet << 8) | octets[at]) & 0x3fff;
                if (offset >= furthest)
                {
                    printer.Put("<BAD PTR>");
                    return -1;
                }

                furthest = offset;
                at = origin + (int)offset;
            }
            else
            {
                if ((octet & TypeMask) == Extended)
                    PrintBits(printer, octets, at);
                else if (count < LongestName && !printer.CapturedCharacters(octets, at, Math.Min(label, LongestName - count)))
                    return -1;
                if ((octet & TypeMask) != Extended)
                    count += label;
                at += label;
                if (count <= LongestName)
                    printer.Put(".");
                count++;
            }

            label = LabelLength(printer, octets, at);
            if (label < 0)
                return -1;
            octet = octets[at++];
            if (!isElsewhere)
                next = at + ((octet & TypeMask) == Pointer ? 0 : label);
        }

        if (count > LongestName)
            printer.Put("<DOMAIN NAME TOO LONG>");
        return next;
    }

    private static int LabelLength(PacketPrinter printer, ReadOnlySpan<byte> octets, int at)
    {
        if ((uint)at >= (uint)octets.Length)
            return -1;
        int octet = octets[at];
        switch (octet & TypeMask)
        {
            case Pointer or 0:
                return octet;
            case Extended when octet != BitLabel:
                printer.Put($"<ELT {octet & 0x3f}>");
                return -1;
            case Extended:
                return at + 1 < octets.Length ? 1 + OctetsOfBits(octets[at + 1]) : -1;
            default:
                printer.Put("<BAD LABEL TYPE>");
                return -1;
        }
    }

    private static int OctetsOfBits(byte count) => ((count == 0 ? 256 : count) + 7) / 8;

    private static void PrintBits(PacketPrinter printer, ReadOnlySpan<byte> octets, int at)
    {
        int count = printer.U8(octets, at++);
        count = count == 0 ? 256 : count;
        printer.Put("\\[x");
        int left = count;
        for (; left > 7; left -= 8)
            printer.Put($"{(uint)printer.U8(octets, at++):x2}");
        if (left > 4)
            printer.Put($"{printer.U8(octets, at) & (0xff << (8 - left)):x2}");
        else if (left > 0)
            printer.Put($"{(printer.U8(octets, at) >> 4) & (0xf << (4 - left)):x}");
        printer.Put($"/{count}]");
    }
}
