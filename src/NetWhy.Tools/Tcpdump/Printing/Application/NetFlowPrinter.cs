namespace NetWhy.Tools.Tcpdump.Printing.Application;

/// <summary>Prints Cisco's NetFlow of versions 1, 5 and 6. Source: Cisco, NetFlow Export Datagram Format.</summary>
internal static class NetFlowPrinter
{
    private const int Tcp = 6;

    /// <summary>Prints a datagram.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="octets">What was captured.</param>
    internal static void Print(PacketPrinter printer, ReadOnlySpan<byte> octets)
    {
        printer.Protocol = "cnfp";
        uint version = printer.U16(octets, 0);
        if (version is not (1 or 5 or 6))
        {
            printer.Put($"NetFlow v{version:x}");
            return;
        }

        int headerLength = version == 1 ? 16 : 24, recordLength = version switch { 1 => 52, 5 => 52, _ => 52 };
        if (octets.Length < headerLength)
        {
            printer.Truncated();
            return;
        }

        uint uptime = printer.U32(octets, 4), count = printer.U16(octets, 2);
        printer.Put($"NetFlow v{version:x}, ");
        PrintMilliseconds(printer, uptime);
        printer.Put($" uptime, {printer.U32(octets, 8)}.{printer.U32(octets, 12):d9}, ");
        if (version != 1)
            printer.Put($"#{printer.U32(octets, 16)}, ");
        printer.Put($"{(count < 10 ? " " : "")}{count} recs");
        for (int at = headerLength; count > 0; count--, at += recordLength)
        {
            if (!PacketPrinter.Has(octets, at, recordLength))
            {
                printer.Truncated();
                return;
            }

            PrintRecord(printer, octets.Slice(at, recordLength), version);
        }
    }

    private static void PrintMilliseconds(PacketPrinter printer, uint time) => printer.Put($"{time / 1000}.{time % 1000:d3}");

    private static void PrintRecord(PacketPrinter printer, ReadOnlySpan<byte> record, uint version)
    {
        printer.Put("\n  started ");
        PrintMilliseconds(printer, printer.U32(record, 24));
        printer.Put(", last ");
        PrintMilliseconds(printer, printer.U32(record, 28));
        printer.Put("\n    ");
        PrintEnd(printer, record, version, 0, 32, 44, 40);
        printer.Put("> ");
        PrintEnd(printer, record, version, 4, 34, 45, 42);
        printer.Put(">> ");
        NameResolver.PutNumber(printer.Text, record.Slice(8, 4));
        printer.Put("\n    ");
        byte protocol = record[38], flags = version == 1 ? record[40] : record[37];
        if (!printer.Options.IsNumeric && printer.Names.Protocol(protocol) is { } name)
            printer.Put($"{name} ");
        else
            printer.Put($"{(uint)protocol} ");
        if (protocol == Tcp && flags != 0)
        {
            for (int i = 0; i < 6; i++)
            {
                if ((flags & (1 << i)) != 0)
                    printer.Put($"{"FSRPAU"[i]}");
            }

            printer.Put(" ");
        }

        printer.Put($"tos {(uint)record[39]}, {printer.U32(record, 16)} ({printer.U32(record, 20)} octets) ");
        if (version == 6)
            printer.Put($"({(uint)record[46]}<>{(uint)record[47]} encaps)");
    }

    private static void PrintEnd(PacketPrinter printer, ReadOnlySpan<byte> record, uint version, int address, int port, int mask, int system)
    {
        NameResolver.PutNumber(printer.Text, record.Slice(address, 4));
        if (version != 1)
            printer.Put($"/{(uint)record[mask]}:{printer.U16(record, system)}");
        printer.Put($":{printer.U16(record, port)} ");
    }
}
