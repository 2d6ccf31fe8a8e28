namespace NetWhy.Tools.Tcpdump.Printing.Routing;

/// <summary>Prints IS-IS packets. Source: ISO/IEC 10589.</summary>
internal static class IsIsPrinter
{
    internal const int SystemIdLength = 6;
    internal const int NodeIdLength = 7;
    internal const int LspIdLength = 8;
    private const int CommonLength = 8;
    private const int LanHelloLength = 19;
    private const int PointHelloLength = 12;
    private const int LspLength = 19;
    private const int CompleteLength = 25;
    private const int PartialLength = 9;

    /// <summary>Prints a packet.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="octets">What was captured.</param>
    /// <param name="length">What it was long.</param>
    /// <returns>Whether it could be read.</returns>
    internal static bool Print(PacketPrinter printer, ReadOnlySpan<byte> octets, int length)
    {
        printer.Protocol = "isis";
        if (octets.Length < CommonLength || length < CommonLength)
        {
            printer.Truncated();
            return true;
        }

        if (!printer.Options.ShowsLink)
            printer.Put("IS-IS");
        if (!IsSane(printer, octets, length))
            return false;
        int type = octets[4];
        printer.Put(OsiPrinter.Comma(printer));
        if (printer.Verbosity == 0)
            printer.Token(IsIsNames.Packets, (uint)type, "unknown PDU-Type %u");
        else
            PrintCommon(printer, octets, length, type);
        int header = type switch { 15 or 16 => LanHelloLength, 17 => PointHelloLength, 18 or 20 => LspLength, 24 or 25 => CompleteLength, 26 or 27 => PartialLength, _ => 0 };
        if (header == 0)
        {
            if (printer.Verbosity == 0)
                printer.Put($", length {length}");
            else
                printer.Unknown(octets, CommonLength, "\n\t  ", length);
            return printer.Verbosity == 0;
        }

        if (octets[1] != CommonLength + header)
        {
            printer.Put(type is 26 or 27 ? "- bogus" : ", bogus");
            printer.Put($" fixed header length {octets[1]} should be {(type is 18 or 20 ? LspLength : CommonLength + header)}");
            return false;
        }

        if (octets.Length < CommonLength + header || length < CommonLength + header)
        {
            printer.Truncated();
            return true;
        }

        PrintPacket(printer, octets, length, type, header);
        return true;
    }

    /// <summary>Prints an identifier of a system, node or link state packet.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="before">What is printed before it.</param>
    /// <param name="octets">What was captured.</param>
    /// <param name="at">Where it lies.</param>
    /// <param name="length">Its octets.</param>
    internal static void PutId(PacketPrinter printer, string before, ReadOnlySpan<byte> octets, int at, int length)
    {
        if (!printer.Need(octets, at, length))
            return;
        printer.Put(before);
        for (int i = 0; i < length; i++)
        {
            printer.Put(i switch { 2 or 4 or 6 => ".", 7 => "-", _ => "" });
            printer.Text.AddHexadecimal(octets[at + i], 2);
        }
    }

    private static bool IsSane(PacketPrinter printer, ReadOnlySpan<byte> octets, int length)
    {
        int header = octets[1];
        if (octets[2] != 1)
            printer.Put($"version {octets[2]} packet not supported");
        else if (octets[3] is not (SystemIdLength or 0))
            printer.Put($"system ID length of {octets[3]} is not supported");
        else if (octets[5] != 1)
            printer.Put($"version {octets[5]} packet not supported");
        else if (length < header)
            printer.Put($"fixed header length {header} > packet length {length}");
        else if (header < CommonLength)
            printer.Put($"fixed header length {header} < minimum header size {CommonLength}");
        else if (octets[7] == 255)
            printer.Put("bad packet -- 255 areas");
        else
            return true;
        return false;
    }

    private static void PrintCommon(PacketPrinter printer, ReadOnlySpan<byte> octets, int length, int type)
    {
        printer.Put($"length {length}\n\t");
        printer.Token(IsIsNames.Packets, (uint)type, "unknown, type %u");
        printer.Put($", hlen: {octets[1]}, v: {octets[2]}, pdu-v: {octets[5]}, sys-id-len: {SystemIdLength} ({octets[3]}), ");
        printer.Put($"max-area: {(octets[7] == 0 ? 3 : octets[7])} ({octets[7]})");
        if (printer.Verbosity > 1)
            printer.Unknown(octets, 0, "\n\t", CommonLength);
    }

    private static void PrintPacket(PacketPrinter printer, ReadOnlySpan<byte> octets, int length, int type, int header)
    {
        ReadOnlySpan<byte> fields = octets[CommonLength..];
        if (printer.Verbosity == 0)
        {
            PrintBrief(printer, fields, type);
            printer.Put($", length {length}");
            return;
        }

        int said = printer.U16(fields, type is 15 or 16 or 17 ? 9 : 0);
        if (length > said)
            length = said;
        switch (type)
        {
            case 15 or 16 or 17:
                PrintHello(printer, fields, said, type);
                break;
            case 18 or 20:
                PrintLinkState(printer, fields, said, length);
                break;
            default:
                PutId(printer, "\n\t  source-id:    ", fields, 2, NodeIdLength);
                printer.Put($", PDU length: {said}");
                if (header == CompleteLength)
                {
                    PutId(printer, "\n\t  start lsp-id: ", fields, 9, LspIdLength);
                    PutId(printer, "\n\t  end lsp-id:   ", fields, 17, LspIdLength);
                }

                break;
        }

        if (printer.Verbosity > 1)
            printer.Unknown(fields, 0, "\n\t  ", header);
        if (length < CommonLength + header)
        {
            printer.Put($" [packet length {length} < {CommonLength + header}]");
            printer.Invalid();
            return;
        }

        IsIsTlvs.Print(printer, octets, CommonLength + header, length);
    }

    private static void PrintBrief(PacketPrinter printer, ReadOnlySpan<byte> fields, int type)
    {
        switch (type)
        {
            case 15 or 16:
                PutId(printer, ", src-id ", fields, 1, SystemIdLength);
                PutId(printer, ", lan-id ", fields, 12, NodeIdLength);
                printer.Put($", prio {fields[11]}");
                break;
            case 17:
                PutId(printer, ", src-id ", fields, 1, SystemIdLength);
                break;
            case 18 or 20:
                PutId(printer, ", lsp-id ", fields, 4, LspIdLength);
                printer.Put($", seq 0x{printer.U32(fields, 12):x8}, lifetime ");
                PutLifetime(printer, printer.U16(fields, 2));
                break;
            default:
                PutId(printer, ", src-id ", fields, 2, NodeIdLength);
                break;
        }
    }

    /// <summary>Prints what is left of a life, in seconds.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="seconds">What is left.</param>
    internal static void PutLifetime(PacketPrinter printer, ushort seconds)
    {
        int start = printer.Text.Length;
        printer.Put($"{seconds}");
        printer.AlignRight(start, 5);
        printer.Put("s");
    }

    private static void PrintHello(PacketPrinter printer, ReadOnlySpan<byte> fields, int said, int type)
    {
        PutId(printer, "\n\t  source-id: ", fields, 1, SystemIdLength);
        printer.Put($",{(type == 17 ? "" : " ")} holding time: {printer.U16(fields, 7)}s, Flags: [");
        printer.Token(IsIsNames.CircuitTypes, fields[0], "unknown circuit type 0x%02x");
        printer.Put("]");
        if (type == 17)
        {
            printer.Put($"\n\t  circuit-id: 0x{(uint)fields[11]:x2}, PDU length: {said}");
            return;
        }

        PutId(printer, "\n\t  lan-id:    ", fields, 12, NodeIdLength);
        printer.Put($", Priority: {fields[11] & 0x7f}, PDU length: {said}");
    }

    private static void PrintLinkState(PacketPrinter printer, ReadOnlySpan<byte> fields, int said, int length)
    {
        PutId(printer, "\n\t  lsp-id: ", fields, 4, LspIdLength);
        ushort checksum = printer.U16(fields, 16);
        printer.Put($", seq: 0x{printer.U32(fields, 12):x8}, lifetime: ");
        PutLifetime(printer, printer.U16(fields, 2));
        printer.Put($"\n\t  chksum: 0x{(uint)checksum:x4}");
        OsiPrinter.PutChecksum(printer, fields[4..], checksum, 12, length - 12);
        byte flags = fields[18];
        printer.Put($", PDU length: {said}, Flags: [ {((flags & 0x04) != 0 ? "Overload bit set, " : "")}");
        if ((flags & 0x78) != 0)
        {
            printer.Put((flags & 0x08) != 0 ? "default " : "");
            printer.Put((flags & 0x10) != 0 ? "delay " : "");
            printer.Put((flags & 0x20) != 0 ? "expense " : "");
            printer.Put((flags & 0x40) != 0 ? "error " : "");
            printer.Put("ATT bit set, ");
        }

        printer.Put((flags & 0x80) != 0 ? "P bit set, " : "");
        printer.Token(IsIsNames.SystemTypes, flags & 3u, "Unknown(0x%x)");
        printer.Put(" ]");
    }
}
