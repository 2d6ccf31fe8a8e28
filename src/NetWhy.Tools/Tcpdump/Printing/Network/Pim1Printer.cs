namespace NetWhy.Tools.Tcpdump.Printing.Network;

/// <summary>Prints version 1 of Protocol Independent Multicast, inside IGMP. Source: draft-ietf-idmr-pim-spec-02.</summary>
internal static class Pim1Printer
{
    private const int HeaderLength = 8;

    private static readonly Token[] Types =
    [
        (0, "Query"), (1, "Register"), (2, "Register-Stop"), (3, "Join/Prune"), (4, "RP-reachable"), (5, "Assert"), (6, "Graft"), (7, "Graft-ACK"),
    ];

    /// <summary>Prints a message.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="octets">What was captured, from the IGMP header on.</param>
    /// <param name="length">What it was long.</param>
    internal static void Print(PacketPrinter printer, ReadOnlySpan<byte> octets, int length)
    {
        printer.Protocol = "pimv1";
        byte type = printer.U8(octets, 1);
        printer.Put(" ");
        printer.Token(Types, type, "[type %u]");
        bool isVerbose = printer.Verbosity > 0;
        switch (type)
        {
            case 0:
                PrintQuery(printer, octets);
                break;
            case 1:
                if (!PacketPrinter.Has(octets, 8, 20))
                {
                    printer.Truncated();
                    return;
                }

                PrintPair(printer, octets, 20, 24);
                break;
            case 2:
                PrintPair(printer, octets, 8, 12);
                break;
            case 4:
                if (isVerbose)
                    PrintReachable(printer, octets);
                break;
            case 5:
                PrintPair(printer, octets, 16, 8);
                PrintMask(printer, octets, 12);
                uint preference = printer.U32(octets, 20), metric = printer.U32(octets, 24);
                printer.Put($" {((preference & 0x80000000) != 0 ? "RP-tree" : "SPT")} pref {preference & 0x7fffffff} metric {metric}");
                break;
            case 3 or 6 or 7:
                if (!isVerbose)
                    break;
                if (length < HeaderLength)
                {
                    printer.Truncated();
                    return;
                }

                PrintJoins(printer, PacketPrinter.From(octets, HeaderLength), length - HeaderLength);
                break;
        }

        int version = printer.U8(octets, 4) >> 4;
        if (version != 1)
            printer.Put($" [v{version}]");
    }

    private static void PrintQuery(PacketPrinter printer, ReadOnlySpan<byte> octets)
    {
        if (octets.Length > HeaderLength)
        {
            int mode = octets[HeaderLength] >> 4;
            if (mode > 2)
                printer.Put($" mode-{mode}");
            else
                printer.Put(mode switch { 0 => " Dense-mode", 1 => " Sparse-mode", _ => " Sparse-Dense-mode" });
        }

        if (printer.Verbosity == 0)
            return;
        printer.Put(" (Hold-time ");
        printer.Span(printer.U16(octets, 10));
        printer.Put(")");
    }

    private static void PrintPair(PacketPrinter printer, ReadOnlySpan<byte> octets, int source, int destination)
    {
        printer.Need(octets, source, 4);
        printer.Need(octets, destination, 4);
        printer.Put(" for ");
        printer.Ipv4Address(octets, source);
        printer.Put(" > ");
        printer.Ipv4Address(octets, destination);
    }

    private static void PrintMask(PacketPrinter printer, ReadOnlySpan<byte> octets, int at)
    {
        if (printer.U32(octets, at) == uint.MaxValue)
            return;
        printer.Put("/");
        printer.Ipv4Address(octets, at);
    }

    private static void PrintReachable(PacketPrinter printer, ReadOnlySpan<byte> octets)
    {
        printer.Need(octets, 8, 4);
        printer.Put(" group ");
        printer.Ipv4Address(octets, 8);
        PrintMask(printer, octets, 12);
        printer.Need(octets, 16, 4);
        printer.Put(" RP ");
        printer.Ipv4Address(octets, 16);
        printer.Put(" hold ");
        printer.Span(printer.U16(octets, 22));
    }

    // One source of one group goes on one line.
    private static void PrintJoins(PacketPrinter printer, ReadOnlySpan<byte> body, int length)
    {
        if (body.Length >= 30 && body[11] == 1 && printer.U16(body, 20) + printer.U16(body, 22) == 1)
        {
            PrintJoin(printer, body);
            return;
        }

        if (!PrintGroups(printer, body, length))
            printer.Truncated();
    }

    private static void PrintJoin(PacketPrinter printer, ReadOnlySpan<byte> body)
    {
        printer.Put(" RPF ");
        printer.Ipv4Address(body, 0);
        printer.Put(" ");
        int hold = printer.U16(body, 6);
        if (hold != 180)
        {
            printer.Put("Hold ");
            printer.Span((uint)hold);
        }

        printer.Put(printer.U16(body, 20) != 0 ? "Join (" : "Prune (");
        printer.Ipv4Address(body, 26);
        printer.Put($"/{body[25] & 0x3f}, ");
        printer.Ipv4Address(body, 12);
        PrintMask(printer, body, 16);
        printer.Put($") {((body[24] & 1) != 0 ? "Sparse" : "Dense")}{((body[25] & 0x80) != 0 ? " WC" : "")} {((body[25] & 0x40) != 0 ? "RP" : "SPT")}");
    }

    private static bool PrintGroups(PacketPrinter printer, ReadOnlySpan<byte> body, int length)
    {
        string separator = printer.Verbosity > 1 ? "\n " : " ";
        if (length < 4)
            return false;
        if (printer.Verbosity > 1)
            printer.Put("\n");
        printer.Need(body, 0, 4);
        printer.Put(" Upstream Nbr: ");
        printer.Ipv4Address(body, 0);
        if (length < 8)
            return false;
        printer.Put($"{separator}Hold time: ");
        printer.Span(printer.U16(body, 6));
        if (printer.Verbosity < 2)
            return true;
        if (length < 12)
            return false;
        int groups = printer.U8(body, 11), at = 12;
        for (; groups > 0 && !printer.IsCut; groups--)
        {
            if (length - at < 4)
                return false;
            printer.Need(body, at, 4);
            printer.Put("\n\tGroup: ");
            printer.Ipv4Address(body, at);
            if (length - at < 8)
                return false;
            PrintMask(printer, body, at + 4);
            if (length - at < 12)
                return false;
            int joins = printer.U16(body, at + 8), prunes = printer.U16(body, at + 10);
            printer.Put($" joined: {joins} pruned: {prunes}");
            at += 12;
            for (int i = 0; i < joins + prunes && !printer.IsCut; i++, at += 6)
            {
                if (length - at < 6)
                    return false;
                printer.Need(body, at, 6);
                printer.Put(i < joins ? "\n\tJoin  " : "\n\tPrune ");
                byte flags = printer.U8(body, at + 1);
                printer.Put((printer.U8(body, at) & 1) != 0 ? "Sparse " : "Dense ");
                printer.Put($"{((flags & 0x80) != 0 ? "WC " : "")}{((flags & 0x40) != 0 ? "RP " : "SPT ")}");
                printer.Ipv4Address(body, at + 2);
                printer.Put($"/{flags & 0x3f}");
            }
        }

        return true;
    }
}
