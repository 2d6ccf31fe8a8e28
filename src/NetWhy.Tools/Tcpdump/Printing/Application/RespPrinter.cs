namespace NetWhy.Tools.Tcpdump.Printing.Application;

/// <summary>Prints the protocol of Redis. Source: Redis, Redis serialization protocol specification.</summary>
internal static class RespPrinter
{
    // What a length can be instead of a number.
    private const int Null = -1, Short = -2, TooLarge = -3, Negative = -4, Wrong = -5;

    /// <summary>Prints a segment's data.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="octets">What was captured.</param>
    /// <param name="length">What it was long.</param>
    internal static void Print(PacketPrinter printer, ReadOnlySpan<byte> octets, int length)
    {
        printer.Protocol = "resp";
        printer.Put(": RESP");
        octets = PacketPrinter.First(octets, length);
        for (int at = 0; at < length;)
        {
            if (!PrintItem(printer, octets, ref at))
            {
                printer.Truncated();
                return;
            }
        }
    }

    private static bool PrintItem(PacketPrinter printer, ReadOnlySpan<byte> octets, ref int at)
    {
        if (at >= octets.Length)
            return false;
        switch (octets[at])
        {
            case (byte)'+' or (byte)'-' or (byte)':':
                return PrintLine(printer, octets, ref at);
            case (byte)'$':
                return PrintBulk(printer, octets, ref at);
            case (byte)'*':
                if (!printer.Enter())
                    return false;
                bool isWhole = PrintArray(printer, octets, ref at);
                printer.Leave();
                return isWhole;
            default:
                return PrintInline(printer, octets, ref at);
        }
    }

    private static void PrintText(PacketPrinter printer, ReadOnlySpan<byte> octets, int at, int length)
    {
        printer.Put(" \"");
        printer.CapturedCharacters(octets, at, length);
        printer.Put("\"");
    }

    private static bool PrintLine(PacketPrinter printer, ReadOnlySpan<byte> octets, ref int at)
    {
        at++;
        int end = octets[at..].IndexOf("\r\n"u8);
        if (end < 0)
            return false;
        PrintText(printer, octets, at, end);
        at += end + 2;
        return true;
    }

    private static bool PrintBulk(PacketPrinter printer, ReadOnlySpan<byte> octets, ref int at)
    {
        at++;
        int length = ReadLength(octets, ref at);
        if (length < 0)
            return PrintLength(printer, length);
        if (length == 0)
        {
            printer.Put(" empty");
        }
        else
        {
            if (!PacketPrinter.Has(octets, at, length))
                return false;
            PrintText(printer, octets, at, length);
            at += length;
        }

        int end = octets[at..].IndexOf("\r\n"u8);
        if (end < 0)
            return false;
        at += end + 2;
        return true;
    }

    private static bool PrintArray(PacketPrinter printer, ReadOnlySpan<byte> octets, ref int at)
    {
        at++;
        int count = ReadLength(octets, ref at);
        if (count < 0)
            return PrintLength(printer, count);
        if (count == 0)
            printer.Put(" empty");
        for (; count > 0; count--)
        {
            if (!PrintItem(printer, octets, ref at))
                return false;
        }

        return true;
    }

    private static bool PrintInline(PacketPrinter printer, ReadOnlySpan<byte> octets, ref int at)
    {
        int start = at;
        while (start < octets.Length && octets[start] is (byte)'\r' or (byte)'\n')
            start++;
        if (start >= octets.Length)
        {
            // Nothing but ends of lines, which end the data, unless the capture ends there.
            return false;
        }

        int length = octets[start..].IndexOfAny((byte)'\r', (byte)'\n');
        if (length < 0)
            return false;
        PrintText(printer, octets, start, length);
        at = start + length;
        while (at < octets.Length && octets[at] is (byte)'\r' or (byte)'\n')
            at++;
        return true;
    }

    private static bool PrintLength(PacketPrinter printer, int length)
    {
        switch (length)
        {
            case Short:
                return false;
            case Null:
                printer.Put(" null");
                break;
            case TooLarge:
                printer.Put(" length too large");
                break;
            case Negative:
                printer.Put(" length negative and not -1");
                break;
            default:
                printer.Put(" invalid");
                break;
        }

        return true;
    }

    private static int ReadLength(ReadOnlySpan<byte> octets, ref int at)
    {
        bool isNegative = at < octets.Length && octets[at] is (byte)'-';
        if (isNegative)
            at++;
        long value = 0;
        int start = at;
        for (; at < octets.Length && char.IsAsciiDigit((char)octets[at]); at++)
            value = Math.Min((value * 10) + octets[at] - '0', int.MaxValue + 1L);
        if (at >= octets.Length)
            return Short;
        if (at == start || octets[at] is not (byte)'\r')
        {
            at++;
            return Wrong;
        }

        at++;
        if (at >= octets.Length)
            return Short;
        if (octets[at++] is not (byte)'\n')
            return Wrong;
        if (isNegative)
            return value == 1 ? Null : Negative;
        return value > int.MaxValue ? TooLarge : (int)value;
    }
}
