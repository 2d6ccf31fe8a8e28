namespace NetWhy.Tools.Tcpdump.Printing.Network;

/// <summary>Prints multicast listener discovery. Source: RFC 2710, RFC 3810 (5.1 and 5.2).</summary>
internal static class MulticastListeners
{
    private const int Version1Length = 24;
    private const int Query2Length = 28;
    private const int Ipv6Length = 16;

    /// <summary>Kinds of the records of a report, of this protocol and of IGMP.</summary>
    private static readonly Token[] Records = [(1, "is_in"), (2, "is_ex"), (3, "to_in"), (4, "to_ex"), (5, "allow"), (6, "block")];

    /// <summary>Prints a query, a report of version 1, or a departure.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="octets">What was captured.</param>
    /// <param name="length">What it was long.</param>
    /// <param name="isQuery">Whether it is a query.</param>
    internal static void Print(PacketPrinter printer, ReadOnlySpan<byte> octets, int length, bool isQuery)
    {
        if (!isQuery || length == Version1Length)
        {
            PrintVersion1(printer, octets);
        }
        else if (length >= Query2Length)
        {
            printer.Put(" v2");
            PrintQuery2(printer, octets, length);
        }
        else
        {
            printer.Put($" unknown-version (len {length}) ");
        }
    }

    private static void PrintVersion1(PacketPrinter printer, ReadOnlySpan<byte> octets)
    {
        if (octets.Length < Version1Length)
            return;
        printer.Put($"max resp delay: {printer.U16(octets, 4)} addr: ");
        printer.Ipv6Address(octets, 8);
    }

    private static void PrintQuery2(PacketPrinter printer, ReadOnlySpan<byte> octets, int length)
    {
        bool isVerbose = printer.Verbosity > 0;
        uint delay = printer.U16(octets, 4);
        if (delay >= 0x8000)
            delay = ((delay & 0xfff) | 0x1000) << (int)(((delay >> 12) & 7) + 3);
        if (isVerbose)
            printer.Put($" [max resp delay={delay}]");
        printer.Need(octets, 8, 16);
        printer.Put(" [gaddr ");
        printer.Ipv6Address(octets, 8);
        if (isVerbose)
        {
            byte flags = printer.U8(octets, 24);
            if ((flags & 8) != 0)
                printer.Put(" sflag");
            if ((flags & 7) != 0)
                printer.Put($" robustness={flags & 7}");
            uint interval = printer.U8(octets, 25);
            if (interval >= 0x80)
                interval = ((interval & 0xf) | 0x10) << (int)(((interval >> 4) & 7) + 3);
            printer.Put($" qqi={interval}");
        }

        PrintQueried(printer, octets, length, Query2Length, Ipv6Length);
        printer.Put("]");
    }

    /// <summary>Prints a report of version 2.</summary>
    /// <inheritdoc cref="Print"/>
    internal static void PrintReport2(PacketPrinter printer, ReadOnlySpan<byte> octets, int length)
    {
        const int FirstRecord = 8;
        if (length < FirstRecord)
        {
            printer.Put($" [invalid len {length}]");
            return;
        }

        PrintRecords(printer, octets, length, Ipv6Length, " [v2-report-#%u]");
    }

    /// <summary>Prints the records of a report, which begin behind its first eight octets, here as in IGMP.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="octets">What was captured of the report.</param>
    /// <param name="length">What it was long.</param>
    /// <param name="addressLength">Octets of an address: 4 or 16.</param>
    /// <param name="unknown">What a record of another kind is called.</param>
    internal static void PrintRecords(PacketPrinter printer, ReadOnlySpan<byte> octets, int length, int addressLength, string unknown)
    {
        int records = printer.U16(octets, 6);
        printer.Put($", {records} group record(s)");
        if (printer.Verbosity == 0)
            return;
        int recordLength = 4 + addressLength;
        int at = 8;
        for (int i = 0; i < records && !printer.IsCut; i++)
        {
            if (length < at + recordLength)
            {
                printer.Put(" [invalid number of groups]");
                return;
            }

            printer.Need(octets, at + 4, addressLength);
            printer.Put(" [gaddr ");
            PrintAddress(printer, octets, at + 4, addressLength);
            printer.Put(" ");
            printer.Token(Records, printer.U8(octets, at), unknown);
            int sources = printer.U16(octets, at + 2);
            if (length < at + recordLength + (sources * addressLength))
            {
                printer.Put($" [invalid number of sources {sources}]");
                return;
            }

            if (printer.Verbosity == 1)
                printer.Put($", {sources} source(s)");
            else
                PrintSources(printer, octets, at + recordLength, sources, addressLength);
            at += recordLength + (sources * addressLength);
            printer.Put("]");
        }
    }

    /// <summary>Prints the sources of a query, here as in IGMP.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="octets">What was captured of the query.</param>
    /// <param name="length">What it was long.</param>
    /// <param name="at">Where the sources begin, behind their number.</param>
    /// <param name="addressLength">Octets of an address: 4 or 16.</param>
    internal static void PrintQueried(PacketPrinter printer, ReadOnlySpan<byte> octets, int length, int at, int addressLength)
    {
        int sources = printer.U16(octets, at - 2);
        if (sources == 0)
            return;
        if (length < at + (sources * addressLength))
            printer.Put(" [invalid number of sources]");
        else if (printer.Verbosity > 1)
            PrintSources(printer, octets, at, sources, addressLength);
        else
            printer.Put($", {sources} source(s)");
    }

    private static void PrintSources(PacketPrinter printer, ReadOnlySpan<byte> octets, int at, int count, int addressLength)
    {
        printer.Put(" {");
        for (int i = 0; i < count && !printer.IsCut; i++)
        {
            printer.Need(octets, at + (i * addressLength), addressLength);
            printer.Put(" ");
            PrintAddress(printer, octets, at + (i * addressLength), addressLength);
        }

        printer.Put(" }");
    }

    private static void PrintAddress(PacketPrinter printer, ReadOnlySpan<byte> octets, int at, int addressLength)
    {
        if (addressLength == Ipv6Length)
            printer.Ipv6Address(octets, at);
        else
            printer.Ipv4Address(octets, at);
    }
}
