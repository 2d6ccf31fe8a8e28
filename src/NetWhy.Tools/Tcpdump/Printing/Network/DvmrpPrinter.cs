namespace NetWhy.Tools.Tcpdump.Printing.Network;

/// <summary>Prints the Distance Vector Multicast Routing Protocol. Source: RFC 1075, draft-ietf-idmr-dvmrp-v3.</summary>
internal static class DvmrpPrinter
{
    private const int HeaderLength = 8;
    private const byte Probe = 1;
    private const byte Report = 2;
    private const byte Neighbors = 4;
    private const byte Neighbors2 = 6;
    private const byte Prune = 7;
    private const byte Graft = 8;
    private const byte GraftAcknowledgment = 9;

    private static readonly Token[] Types =
    [
        (Probe, "Probe"), (Report, "Report"), (3, "Ask-neighbors(old)"), (Neighbors, "Neighbors(old)"), (5, "Ask-neighbors2"),
        (Neighbors2, "Neighbors2"), (Prune, "Prune"), (Graft, "Graft"), (GraftAcknowledgment, "Graft-ACK"),
    ];

    private static readonly Token[] Flags = [(0x01, "/tunnel"), (0x02, "/srcrt"), (0x40, "/querier"), (0x20, "/disabled"), (0x10, "/down")];

    /// <summary>Prints a message.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="octets">What was captured, from the IGMP header on.</param>
    /// <param name="length">What it was long.</param>
    internal static void Print(PacketPrinter printer, ReadOnlySpan<byte> octets, int length)
    {
        printer.Protocol = "dvmrp";
        byte type = printer.U8(octets, 1);
        printer.Put(" ");
        printer.Token(Types, type, "[type %u]");
        ReadOnlySpan<byte> body = PacketPrinter.From(octets, HeaderLength);
        length -= HeaderLength;
        bool isValid = true;
        switch (type)
        {
            case Probe:
                isValid = printer.Verbosity == 0 || PrintProbe(printer, body, length);
                break;
            case Report:
                isValid = printer.Verbosity <= 1 || PrintReport(printer, body, length);
                break;
            case Neighbors:
                isValid = PrintNeighbors(printer, body, length);
                break;
            case Neighbors2:
                printer.Need(octets, 6, 2);
                printer.Put($" (v {printer.U8(octets, 7)}.{printer.U8(octets, 6)}):");
                isValid = PrintNeighbors2(printer, body, length);
                break;
            case Prune or Graft or GraftAcknowledgment:
                printer.Need(body, 0, 8);
                printer.Put(" src ");
                printer.Ipv4Address(body, 0);
                printer.Put(" grp ");
                printer.Ipv4Address(body, 4);
                if (type is not Prune)
                    break;
                printer.Put(" timer ");
                printer.Span(printer.U32(body, 8));
                break;
        }

        if (!isValid)
            printer.Invalid();
    }

    private static bool PrintProbe(PacketPrinter printer, ReadOnlySpan<byte> body, int length)
    {
        if (length < 4)
        {
            printer.Put($" [full length {length} < 4]");
            return false;
        }

        printer.Put(printer.Verbosity > 1 ? "\n\t" : " ");
        printer.Need(body, 0, 4);
        printer.Put($"genid {printer.U32(body, 0)}");
        if (printer.Verbosity < 2)
            return true;
        for (int at = 4; at < length && !printer.IsCut; at += 4)
        {
            if (length - at < 4)
            {
                printer.Put($"[remaining length {length - at} < 4]");
                return false;
            }

            printer.Need(body, at, 4);
            printer.Put("\n\tneighbor ");
            printer.Ipv4Address(body, at);
        }

        return true;
    }

    // Routes come in groups with one mask, of which the first octet is 255 and not sent. Of a route's network only as many octets are sent
    // as the mask has, and the last route of a group has the highest bit of its metric set.
    private static bool PrintReport(PacketPrinter printer, ReadOnlySpan<byte> body, int length)
    {
        int at = 0;
        Span<byte> address = stackalloc byte[4];
        while (at < length && !printer.IsCut)
        {
            if (length - at < 3)
            {
                printer.Put($" [length {length - at} < 3]");
                return false;
            }

            printer.Need(body, at, 3);
            uint mask = printer.U24(body, at);
            int width = (mask & 0xff) != 0 ? 4 : (mask & 0xff00) != 0 ? 3 : (mask & 0xff0000) != 0 ? 2 : 1;
            System.Buffers.Binary.BinaryPrimitives.WriteUInt32BigEndian(address, mask | 0xff000000);
            printer.Put("\n\tMask ");
            NameResolver.PutNumber(printer.Text, address);
            at += 3;
            byte metric;
            do
            {
                if (length - at < width + 1)
                {
                    printer.Put("\n\t  [Truncated Report]");
                    return false;
                }

                printer.Need(body, at, width + 1);
                address.Clear();
                PacketPrinter.Part(body, at, width).CopyTo(address);
                metric = printer.U8(body, at + width);
                printer.Put("\n\t  ");
                if (!printer.IsCut)
                    NameResolver.PutNumber(printer.Text, address);
                printer.Put($" metric {metric & 0x7f}");
                at += width + 1;
            }
            while ((metric & 0x80) == 0 && !printer.IsCut);
        }

        return true;
    }

    private static bool PrintNeighbors(PacketPrinter printer, ReadOnlySpan<byte> body, int length)
    {
        int at = 0;
        while (at < length && !printer.IsCut)
        {
            if (length - at < 7)
            {
                printer.Put($" [length {length - at} < 7]");
                return false;
            }

            int local = at, count = printer.U8(body, at + 6);
            at += 7;
            for (; count > 0 && !printer.IsCut; count--, at += 4)
            {
                if (length - at < 4)
                {
                    printer.Put($" [length {length - at} < 4]");
                    return false;
                }

                printer.Put(" [");
                printer.Ipv4Address(body, local);
                printer.Put(" ->");
                printer.Need(body, at, 4);
                printer.Put(" ");
                printer.Ipv4Address(body, at);
                printer.Put($", ({printer.U8(body, local + 4)}/{printer.U8(body, local + 5)})]");
            }
        }

        return true;
    }

    private static bool PrintNeighbors2(PacketPrinter printer, ReadOnlySpan<byte> body, int length)
    {
        int at = 0;
        while (at < length && !printer.IsCut)
        {
            if (length - at < 8)
            {
                printer.Put($" [length {length - at} < 8]");
                return false;
            }

            int local = at, count = printer.U8(body, at + 7);
            at += 8;
            for (; count > 0 && at < length && !printer.IsCut; count--, at += 4)
            {
                if (length - at < 4)
                {
                    printer.Put($" [length {length - at} < 4]");
                    return false;
                }

                printer.Put(" [");
                printer.Ipv4Address(body, local);
                printer.Put(" -> ");
                printer.Need(body, at, 4);
                printer.Ipv4Address(body, at);
                printer.Put($" ({printer.U8(body, local + 4)}/{printer.U8(body, local + 5)}");
                printer.Bits(Flags, printer.U8(body, local + 6), "", "");
                printer.Put(")]");
            }

            if (count > 0)
            {
                printer.Put(" [invalid ncount]");
                return false;
            }
        }

        return true;
    }
}
