namespace NetWhy.Tools.Tcpdump.Printing.Routing;

/// <summary>Prints neighbors and prefixes of IS-IS with their wide metrics. Sources: RFC 5305, RFC 5308, RFC 5120, RFC 4205, RFC 4124, RFC 8667.</summary>
internal static class IsIsReachability
{
    private const string Indent = "\n\t      ";
    private const string SubIndent = "\n\t        ";

    /// <summary>Prints neighbors.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="octets">What was captured.</param>
    /// <param name="at">Where they begin.</param>
    /// <param name="left">Their octets.</param>
    /// <param name="type">Type of the field that holds them.</param>
    /// <returns>Whether nothing was missing.</returns>
    internal static bool PrintNeighbors(PacketPrinter printer, ReadOnlySpan<byte> octets, int at, int left, int type)
    {
        if (type == 222 && !TakeTopology(printer, octets, ref at, ref left))
            return false;
        while (left != 0 && !printer.IsCut)
        {
            int used = PrintNeighbor(printer, octets, at, left, type);
            if (used == 0)
                return false;
            if (!Fits(printer, left, used))
                break;
            left -= used;
            at += used;
        }

        return true;
    }

    /// <summary>Prints prefixes.</summary>
    /// <inheritdoc cref="PrintNeighbors"/>
    internal static bool PrintPrefixes(PacketPrinter printer, ReadOnlySpan<byte> octets, int at, int left, int type)
    {
        if (type is 235 or 237 && !TakeTopology(printer, octets, ref at, ref left))
            return false;
        while (left != 0 && !printer.IsCut)
        {
            int used = PrintPrefix(printer, octets, at, type is 236 or 237 ? 16 : 4);
            if (used == 0)
                return printer.IsCut;
            if (!Fits(printer, left, used))
                break;
            left -= used;
            at += used;
        }

        return true;
    }

    /// <summary>Prints a topology. Source: RFC 5120, section 7.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="octets">What was captured.</param>
    /// <param name="at">Where its identifier lies.</param>
    internal static void PutTopology(PacketPrinter printer, ReadOnlySpan<byte> octets, int at)
    {
        uint value = printer.U16(octets, at);
        printer.Put(Indent);
        printer.Token(IsIsNames.Topologies, value & 0xfff, "Reserved for IETF Consensus");
        printer.Put($" Topology (0x{value & 0xfff:x3}), Flags: [");
        printer.Bits(IsIsNames.TopologyFlags, value & 0xf000, "none");
        printer.Put("]");
    }

    private static bool TakeTopology(PacketPrinter printer, ReadOnlySpan<byte> octets, ref int at, ref int left)
    {
        if (left < 2)
            return false;
        PutTopology(printer, octets, at);
        at += 2;
        left -= 2;
        return true;
    }

    private static bool Fits(PacketPrinter printer, int left, int used)
    {
        if (used <= left)
            return true;
        printer.Put($" [remaining tlv length {left} < {used}]");
        printer.Invalid();
        return false;
    }

    // Octets of the neighbor; 0 if some are missing.
    private static int PrintNeighbor(PacketPrinter printer, ReadOnlySpan<byte> octets, int start, int left, int type)
    {
        int at = start;
        if (!PacketPrinter.Has(octets, at, IsIsPrinter.NodeIdLength) || left < IsIsPrinter.NodeIdLength)
            return 0;
        IsIsPrinter.PutId(printer, "\n\t      IS Neighbor: ", octets, at, IsIsPrinter.NodeIdLength);
        at += IsIsPrinter.NodeIdLength;
        left -= IsIsPrinter.NodeIdLength;
        if (type != 24)
        {
            if (!PacketPrinter.Has(octets, at, 3) || left < 3)
                return 0;
            printer.Put($", Metric: {printer.U24(octets, at)}");
            at += 3;
            left -= 3;
        }

        if (!PacketPrinter.Has(octets, at, 1) || left < 1)
            return 0;
        int sum = octets[at++];
        left--;
        printer.Put($", {(sum != 0 ? "" : "no ")}sub-TLVs present");
        if (sum == 0)
            return at - start;
        printer.Put($" ({sum})");
        while (sum != 0 && !printer.IsCut)
        {
            if (!PacketPrinter.Has(octets, at, 2))
                return 0;
            if (left < 2)
            {
                printer.Put($"{SubIndent}Remaining data in TLV shorter than a subTLV header");
                return at - start + left;
            }

            if (sum < 2)
            {
                printer.Put($"{SubIndent}Remaining data in subTLVs shorter than a subTLV header");
                return at - start + sum;
            }

            int kind = octets[at], size = octets[at + 1];
            at += 2;
            left -= 2;
            sum -= 2;
            printer.Put(SubIndent);
            printer.Token(IsIsNames.NeighborSubTlvs, (uint)kind, "unknown");
            printer.Put($" subTLV #{kind}, length: {size}");
            if (sum < size)
            {
                printer.Put(" (remaining data in subTLVs shorter than the current subTLV)");
                return at - start + sum;
            }

            if (left < size)
            {
                printer.Put(" (> remaining tlv length)");
                return at - start + left;
            }

            if (!PacketPrinter.Has(octets, at, size))
                return 0;
            // What is printed octet by octet is not counted against the field that holds it.
            int counted = PrintSubTlv(printer, octets, at, size, kind);
            at += size;
            left -= counted;
            sum -= size;
        }

        return at - start;
    }

    // Octets that count against the field.
    private static int PrintSubTlv(PacketPrinter printer, ReadOnlySpan<byte> octets, int at, int size, int kind)
    {
        switch (kind)
        {
            case 3 or 4 or 5 when size >= 4:
                printer.Put($", 0x{printer.U32(octets, at):x8}");
                if (size == 8)
                    printer.Put($", 0x{printer.U32(octets, at + 4):x8}");
                return size;
            case 6 or 8 when size >= 4:
                printer.Put(", ");
                printer.Ipv4Address(octets, at);
                return size;
            case 9 or 10 when size >= 4:
                printer.Put(", ");
                printer.Megabits(octets, at);
                return size;
            case 11 when size >= 32:
                for (int i = 0; i < 8; i++)
                {
                    printer.Put($"{SubIndent}  TE-Class {i}: ");
                    printer.Megabits(octets, at + (i * 4));
                }

                return size - 32;
            case 22 or 12 when size > 0:
                printer.Put($"{SubIndent}Bandwidth Constraints Model ID: ");
                printer.Token(GmplsNames.BandwidthModels, octets[at], "unknown");
                printer.Put($" ({octets[at]})");
                int count = (size - 1) / 4;
                for (int i = 0; i < count; i++)
                {
                    printer.Put($"{SubIndent}  Bandwidth constraint CT{i}: ");
                    printer.Megabits(octets, at + 1 + (i * 4));
                }

                return size - 1 - (count * 4);
            case 18 when size >= 3:
                printer.Put($", {printer.U24(octets, at)}");
                return size;
            case 19 when size == 2:
                printer.Put(", [ ");
                printer.Bits(IsIsNames.LinkAttributes, printer.U16(octets, at), "Unknown");
                printer.Put($" ] (0x{(uint)printer.U16(octets, at):x4})");
                return size;
            case 20 when size >= 2:
                printer.Put(", ");
                printer.Bits(GmplsNames.Protections, octets[at], "none");
                printer.Put($", Priority {octets[at + 1]}");
                return size;
            case 29 when size >= 6:
                printer.Put($", LM: {printer.U24(octets, at)}, P: {octets[at + 3]}, P-ID: {printer.U16(octets, at + 4)}");
                return size - 4;
            case 21 when size >= 36:
                PrintSwitching(printer, octets, at, size);
                return size - 36;
            case 32 when size >= 8:
                PrintAdjacencySegment(printer, octets, at, size);
                return size - 2;
            case (>= 3 and <= 6) or (>= 8 and <= 12) or (>= 18 and <= 22) or 29 or 32:
                return size;
            default:
                printer.Unknown(octets, at, "\n\t\t    ", size);
                return size;
        }
    }

    private static void PrintSwitching(PacketPrinter printer, ReadOnlySpan<byte> octets, int at, int size)
    {
        byte kind = octets[at];
        printer.Put($"{SubIndent}  Interface Switching Capability:");
        printer.Token(GmplsNames.SwitchingTypes, kind, "Unknown");
        printer.Put(", LSP Encoding: ");
        printer.Token(GmplsNames.Encodings, octets[at + 1], "Unknown");
        printer.Put($"{SubIndent}  Max LSP Bandwidth:");
        for (int i = 0; i < 8; i++)
        {
            printer.Put($"{SubIndent}    priority level {i}: ");
            printer.Megabits(octets, at + 4 + (i * 4));
        }

        at += 36;
        size -= 36;
        bool isPacket = kind is >= 1 and <= 4;
        if (!isPacket && kind != 100)
        {
            if (size != 0)
                printer.Unknown(octets, at, "\n\t\t    ", size);
            return;
        }

        if (size < (isPacket ? 6 : 8))
            return;
        printer.Put($"{SubIndent}  Min LSP Bandwidth: ");
        printer.Megabits(octets, at);
        if (isPacket)
        {
            printer.Put($"{SubIndent}  Interface MTU: {printer.U16(octets, at + 4)}");
        }
        else
        {
            printer.Put($"{SubIndent}  Indication ");
            printer.Token(GmplsNames.TimeDivisionIndications, octets[at + 4], "Unknown (%u)");
        }
    }

    private static void PrintAdjacencySegment(PacketPrinter printer, ReadOnlySpan<byte> octets, int at, int size)
    {
        byte flags = octets[at];
        printer.Put($"{SubIndent}  Flags: [");
        printer.Bits(IsIsNames.AdjacencySegmentFlags, flags, "none");
        printer.Put($"]{SubIndent}  Weight: {octets[at + 1]}");
        at += 2;
        if (size - 2 >= IsIsPrinter.SystemIdLength)
            IsIsPrinter.PutId(printer, "\n\t          Neighbor System-ID: ", octets, at, IsIsPrinter.SystemIdLength);
        at += IsIsPrinter.SystemIdLength;
        switch (flags & 0x30)
        {
            case 0x30:
                uint label = printer.U24(octets, at);
                printer.Put($"{SubIndent}  Label: {label}");
                break;
            case 0:
                uint index = printer.U32(octets, at);
                printer.Put($"{SubIndent}  Index: {index}");
                break;
            default:
                printer.Invalid();
                break;
        }
    }

    // Octets of the prefix; 0 if it is bad.
    private static int PrintPrefix(PacketPrinter printer, ReadOnlySpan<byte> octets, int start, int width)
    {
        uint metric = printer.U32(octets, start);
        byte status = printer.U8(octets, start + 4);
        int bits = width == 4 ? status & 0x3f : printer.U8(octets, start + 5), at = start + (width == 4 ? 5 : 6);
        if (bits > width * 8)
        {
            printer.Put($"{Indent}{(width == 4 ? "IPv4" : "IPv6")} prefix: bad bit length {bits}");
            return 0;
        }

        int count = (bits + 7) / 8;
        if (!printer.Need(octets, at, count))
            return 0;
        printer.Put($"{Indent}{(width == 4 ? "IPv4" : "IPv6")} prefix: ");
        int text = printer.Text.Length;
        printer.PrefixAddress(octets, at, count * 8, width);
        if (width == 4)
            printer.AlignRight(text, 15);
        printer.Put($"/{bits}, Distribution: {((status & 0x80) != 0 ? "down" : "up")}, Metric: {metric}");
        at += count;
        bool hasSubTlvs = (status & (width == 4 ? 0x40 : 0x20)) != 0;
        if (width == 16)
            printer.Put((status & 0x40) != 0 ? ", External" : ", Internal");
        if (!hasSubTlvs)
            return at - start;
        printer.Put(", sub-TLVs present");
        int sum = printer.U8(octets, at++);
        printer.Put($" ({sum})");
        int end = at + sum;
        // A subfield that is too long is followed beyond its end, as far as there are octets.
        while (at != end && !printer.IsCut)
        {
            int kind = printer.U8(octets, at), size = printer.U8(octets, at + 1);
            at += 2;
            if (!PrintPrefixSubTlv(printer, octets, at, size, kind))
                return 0;
            at += size;
        }

        return end - start;
    }

    private static bool PrintPrefixSubTlv(PacketPrinter printer, ReadOnlySpan<byte> octets, int at, int size, int kind)
    {
        printer.Put(SubIndent);
        printer.Token(IsIsNames.PrefixSubTlvs, (uint)kind, "unknown");
        printer.Put($" subTLV #{kind}, length: {size}");
        if (!PacketPrinter.Has(octets, at, size))
        {
            printer.Truncated();
            return false;
        }

        switch (kind)
        {
            case 117 or 1:
                for (int i = 0; i + 4 <= size; i += 4)
                    printer.Put($", 0x{printer.U32(octets, at + i):x8} (={printer.U32(octets, at + i)})");
                break;
            case 2:
                for (int i = 0; i + 8 <= size; i += 8)
                    printer.Put($", 0x{printer.U64(octets, at + i):x16}");
                break;
            case 3:
                byte flags = printer.U8(octets, at), algorithm = printer.U8(octets, at + 1);
                bool isLabel = (flags & 0x08) != 0;
                if (size < (isLabel ? 5 : 6))
                {
                    printer.Truncated();
                    return false;
                }

                printer.Put(", Flags [");
                printer.Bits(IsIsNames.PrefixSegmentFlags, flags, "None");
                printer.Put("], Algo ");
                printer.Token(IsIsNames.Algorithms, algorithm, "Unknown");
                printer.Put($" ({algorithm}), {(isLabel ? "label" : "index")} {printer.U(octets, at + 2, isLabel ? 3 : 4)}");
                break;
            default:
                printer.Unknown(octets, at, "\n\t\t    ", size);
                break;
        }

        return true;
    }
}
