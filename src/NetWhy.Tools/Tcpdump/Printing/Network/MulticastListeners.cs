namespace NetWhy.Tools.Tcpdump.Printing.Network;

/// <summary>Prints multicast listener discovery. Source: RFC 2710, RFC 3810 (5.1 and 5.2).</summary>
internal static class MulticastListeners
{
    private const int Version1Length = 24;
    private const int Query2Length = 28;
    private const int RecordLength = 20;

    /// <summary>Kinds of the records of a report, of this protocol and of IGMP.</summary>
    internal static readonly Token[] Records = [(1, "is_in"), (2, "is_ex"), (3, "to_in"), (4, "to_ex"), (5, "allow"), (6, "block")];

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

        int sources = printer.U16(octets, 26);
        if (sources > 0)
        {
            if (length < Query2Length + (sources * 16))
                printer.Put(" [invalid number of sources]");
            else if (printer.Verbosity > 1)
                PrintSources(printer, octets, Query2Length, sources);
            else
                printer.Put($", {sources} source(s)");
        }

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

        int records = printer.U16(octets, 6);
        printer.Put($", {records} group record(s)");
        if (printer.Verbosity == 0)
            return;
        int at = FirstRecord;
        for (int i = 0; i < records && !printer.IsCut; i++)
        {
            if (length < at + RecordLength)
            {
                printer.Put(" [invalid number of groups]");
                return;
            }

            printer.Need(octets, at + 4, 16);
            printer.Put(" [gaddr ");
            printer.Ipv6Address(octets, at + 4);
            printer.Put(" ");
            printer.Token(Records, printer.U8(octets, at), " [v2-report-#%u]");
            int sources = printer.U16(octets, at + 2);
            if (length < at + RecordLength + (sources * 16))
            {
                printer.Put($" [invalid number of sources {sources}]");
                return;
            }

            if (printer.Verbosity == 1)
                printer.Put($", {sources} source(s)");
            else
                PrintSources(printer, octets, at + RecordLength, sources);
            at += RecordLength + (sources * 16);
            printer.Put("]");
        }
    }

    private static void PrintSources(PacketPrinter printer, ReadOnlySpan<byte> octets, int at, int count)
    {
        printer.Put(" {");
        for (int i = 0; i < count && !printer.IsCut; i++)
        {
            printer.Need(octets, at + (i * 16), 16);
            printer.Put(" ");
            printer.Ipv6Address(octets, at + (i * 16));
        }

        printer.Put(" }");
    }
}
