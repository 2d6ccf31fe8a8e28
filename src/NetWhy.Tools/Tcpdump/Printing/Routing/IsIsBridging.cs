namespace NetWhy.Tools.Tcpdump.Printing.Routing;

/// <summary>Prints what IS-IS says of shortest path bridging. Source: RFC 6329.</summary>
internal static class IsIsBridging
{
    private const int IdLength = 51;

    private enum Problem
    {
        None,
        Short,
        Missing,
    }

    /// <summary>Prints what a port can do.</summary>
    /// <inheritdoc cref="PrintTopology"/>
    internal static void PrintPort(PacketPrinter printer, ReadOnlySpan<byte> octets, int at, int size)
    {
        if (size < 2)
            return;
        uint value = printer.U16(octets, at);
        printer.Put($"\n\t       RES: {value >> 12}, MTID(s): {value & 0xfff}");
        PrintSubTlvs(printer, octets, at + 2, size - 2, "\n\t       ", IsIsNames.PortCapabilities, isPort: true);
    }

    /// <summary>Prints what a node can do.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="octets">What was captured.</param>
    /// <param name="at">Where the field begins.</param>
    /// <param name="size">Its octets.</param>
    internal static void PrintTopology(PacketPrinter printer, ReadOnlySpan<byte> octets, int at, int size)
    {
        if (size < 2)
            return;
        uint value = printer.U16(octets, at);
        printer.Put($"\n\t      O: {value >> 15}, RES: {(value >> 12) & 7}, MTID(s): {value & 0xfff}");
        PrintSubTlvs(printer, octets, at + 2, size - 2, "\n\t      ", IsIsNames.TopologyCapabilities, isPort: false);
    }

    private static void PrintSubTlvs(
        PacketPrinter printer, ReadOnlySpan<byte> octets, int at, int left, string indent, ReadOnlySpan<Token> names, bool isPort)
    {
        while (left > 2 && !printer.IsCut)
        {
            int kind = printer.U8(octets, at), size = printer.U8(octets, at + 1);
            printer.Put(indent);
            printer.Token(names, (uint)kind, "unknown");
            printer.Put($" subTLV #{kind}, length: {size}");
            at += 2;
            left -= 2;
            if (left < size)
            {
                printer.Put(" (> containing TLV length)");
                return;
            }

            Problem problem = Problem.Missing;
            if (PacketPrinter.Has(octets, at, size))
                problem = isPort ? PrintPortSubTlv(printer, octets.Slice(at, size), kind) : PrintTopologySubTlv(printer, octets.Slice(at, size), kind);
            if (problem is Problem.Missing)
                printer.Truncated();
            else if (problem is Problem.Short)
                printer.Put(" (too short)");
            if (problem is not Problem.None)
                return;
            at += size;
            left -= size;
        }
    }

    private static Problem PrintPortSubTlv(PacketPrinter printer, ReadOnlySpan<byte> value, int kind)
    {
        switch (kind)
        {
            case 4:
                if (value.Length < 2 * IdLength)
                    return Problem.Short;
                printer.Put("\n\t         MCID: ");
                PutId(printer, value);
                printer.Put("\n\t         AUX-MCID: ");
                PutId(printer, value[IdLength..]);
                return Problem.None;
            case 5:
                if (value.Length < 33)
                    return Problem.Short;
                printer.Put($"\n\t        RES: {value[0] >> 5} V: {(value[0] >> 4) & 1} A: {(value[0] >> 2) & 3} D: {value[0] & 3}");
                printer.Put("\n\t         Digest: ");
                for (int i = 0; i < 8; i++)
                {
                    printer.Put($"{printer.U32(value, 1 + (i * 4)):x8} ");
                    if (i == 3)
                        printer.Put("\n\t                 ");
                }

                return Problem.None;
            case 6:
                for (; value.Length > 0; value = value[6..])
                {
                    if (value.Length < 4)
                        return Problem.Short;
                    printer.Put($"\n\t           ECT: {printer.U32(value, 0):x8}");
                    if (value.Length < 6)
                        return Problem.Short;
                    int bits = printer.U16(value, 4);
                    printer.Put($" BVID: {bits >> 4}, U:{(bits >> 3) & 1:x} M:{(bits >> 2) & 1:x} ");
                }

                return Problem.None;
            default:
                return Problem.None;
        }
    }

    private static void PutId(PacketPrinter printer, ReadOnlySpan<byte> value)
    {
        printer.Put($"ID: {value[0]}, Name: ");
        printer.PaddedCharacters(value, 1, 32);
        printer.Put($"\n\t              Lvl: {printer.U16(value, 33)}, Digest: ");
        for (int i = 0; i < 16; i++)
            printer.Put($"{(uint)value[35 + i]:x2} ");
    }

    private static Problem PrintTopologySubTlv(PacketPrinter printer, ReadOnlySpan<byte> value, int kind)
    {
        switch (kind)
        {
            case 1:
                return PrintInstance(printer, value);
            case 3:
                if (value.Length < 8)
                    return Problem.Missing;
                uint bits = printer.U16(value, 6);
                printer.Put($"\n\t        BMAC: {printer.U32(value, 0):x8}{(uint)printer.U16(value, 4):x4}, RES: {bits >> 12}, VID: {bits & 0xfff}");
                for (int at = 8; at + 4 <= value.Length; at += 4)
                {
                    uint service = printer.U32(value, at);
                    printer.Put($"\n\t        T: {service >> 31}, R: {(service >> 30) & 1}, RES: {(service >> 24) & 0x3f}, ISID: {service & 0xffffff}");
                }

                return Problem.None;
            default:
                return Problem.None;
        }
    }

    private static Problem PrintInstance(PacketPrinter printer, ReadOnlySpan<byte> value)
    {
        const int Length = 19;
        if (value.Length < Length)
            return Problem.Short;
        printer.Put($"\n\t        CIST Root-ID: {printer.U32(value, 0):x8} {printer.U32(value, 4):x8}, Path Cost: {printer.U32(value, 8):x8}");
        printer.Put($", Prio: {printer.U16(value, 12)}\n\t        RES: {printer.U16(value, 14) >> 5}, V: {(printer.U16(value, 14) >> 4) & 1}");
        printer.Put($", SPSource-ID: {printer.U32(value, 14) & 0xfffff}, No of Trees: {(uint)value[18]:x}");
        int count = value[18];
        for (int at = Length; count > 0; count--, at += 8)
        {
            if (value.Length < at + 8)
                return Problem.Missing;
            uint identifiers = printer.U24(value, at + 5);
            printer.Put($"\n\t         U:{value[at] >> 7}, M:{(value[at] >> 6) & 1}, A:{(value[at] >> 5) & 1}, RES:{value[at] & 0x1f}");
            printer.Put($", ECT: {printer.U32(value, at + 1):x8}, BVID: {identifiers >> 12}, SPVID: {identifiers & 0xfff}");
        }

        return Problem.None;
    }
}
