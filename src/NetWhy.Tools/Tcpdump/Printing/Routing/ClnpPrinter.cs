namespace NetWhy.Tools.Tcpdump.Printing.Routing;

/// <summary>Prints CLNP. Source: ISO/IEC 8473-1.</summary>
internal static class ClnpPrinter
{
    private const int FixedLength = 9;
    private const int SegmentLength = 6;
    private const byte HasSegment = 0x80;
    private const string TooShort = "li < size of fixed part of CLNP header and addresses";

    private static readonly Token[] Types = [(1, "Error Report"), (29, "MD"), (28, "Data"), (30, "Echo Request"), (31, "Echo Response")];

    private static readonly Token[] Flags = [(0x80, "Segmentation permitted"), (0x40, "more Segments"), (0x20, "request Error Report")];

    private static readonly Token[] Options =
    [
        (193, "Discard Reason"), (205, "Priority"), (195, "QoS Maintenance"), (197, "Security"), (200, "Source Routing"),
        (203, "Route Recording"), (204, "Padding"),
    ];

    private static readonly Token[] DiscardClasses =
        [(0x0, "General"), (0x8, "Address"), (0x9, "Source Routeing"), (0xa, "Lifetime"), (0xb, "PDU Discarded"), (0xc, "Reassembly")];

    // The class is in the high digit.
    private static readonly Token[] DiscardReasons =
    [
        (0x00, "Reason not specified"), (0x01, "Protocol procedure error"), (0x02, "Incorrect checksum"),
        (0x03, "PDU discarded due to congestion"), (0x04, "Header syntax error (cannot be parsed)"),
        (0x05, "Segmentation needed but not permitted"), (0x06, "Incomplete PDU received"), (0x07, "Duplicate option"),
        (0x80, "Destination address unreachable"), (0x81, "Destination address unknown"), (0x90, "Unspecified source routeing error"),
        (0x91, "Syntax error in source routeing field"), (0x92, "Unknown address in source routeing field"), (0x93, "Path not acceptable"),
        (0xa0, "Lifetime expired while data unit in transit"), (0xa1, "Lifetime expired during reassembly"),
        (0xb0, "Unsupported option not specified"), (0xb1, "Unsupported protocol version"), (0xb2, "Unsupported security option"),
        (0xb3, "Unsupported source routeing option"), (0xb4, "Unsupported recording of route option"), (0xc0, "Reassembly interference"),
    ];

    private static readonly Token[] Scopes =
        [(0x40, "Source Address Specific"), (0x80, "Destination Address Specific"), (0xc0, "Globally unique")];

    private static readonly Token[] Routes = [(0, "partial"), (1, "complete")];

    private static readonly Token[] RouteKinds = [(200, "source routing"), (203, "recording of route in progress")];

    private static readonly Token[] Qualities =
    [
        (0x20, "reserved"), (0x10, "sequencing vs. delay"), (0x08, "congested"), (0x04, "delay vs. cost"), (0x02, "error vs. delay"),
        (0x01, "error vs. cost"),
    ];

    /// <summary>Prints a packet.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="octets">What was captured.</param>
    /// <param name="length">What it was long.</param>
    /// <returns>Whether it could be read.</returns>
    internal static bool Print(PacketPrinter printer, ReadOnlySpan<byte> octets, int length)
    {
        printer.Protocol = "clnp";
        if (octets.Length < FixedLength)
        {
            printer.Truncated();
            return true;
        }

        int header = octets[1];
        if (!printer.Options.ShowsLink)
            printer.Put("CLNP");
        if (octets[2] != 1)
        {
            printer.Put($"version {octets[2]} packet not supported");
            return false;
        }

        if (header > length)
        {
            printer.Put($" length indicator({header}) > PDU size ({length})!");
            return false;
        }

        if (header < FixedLength)
        {
            printer.Put($" length indicator {header} < min PDU size:");
            foreach (byte octet in octets)
                printer.Format("%02X", octet);
            return false;
        }

        int left = header - FixedLength, at = FixedLength;
        for (int i = 0; i < 2; i++)
        {
            int size = left < 1 ? 0 : printer.U8(octets, at);
            if (left < 1 || left - 1 < size)
            {
                printer.Put(TooShort);
                return false;
            }

            if (!PacketPrinter.Has(octets, at + 1, size))
            {
                printer.Truncated();
                return true;
            }

            at += 1 + size;
            left -= 1 + size;
        }

        return PrintFields(printer, octets, length, at, left);
    }

    private static bool PrintFields(PacketPrinter printer, ReadOnlySpan<byte> octets, int length, int at, int left)
    {
        int type = octets[4] & 0x1f;
        int receiverAt = FixedLength + 1, receiver = octets[FixedLength], senderAt = receiverAt + receiver + 1, sender = octets[senderAt - 1];
        if (printer.Verbosity < 1)
        {
            printer.Put(OsiPrinter.Comma(printer));
            printer.NsapAddress(octets, senderAt, sender);
            printer.Put(" > ");
            printer.NsapAddress(octets, receiverAt, receiver);
            printer.Put(", ");
            printer.Token(Types, (uint)type, "unknown (%u)");
            printer.Put($", length {length}");
            return true;
        }

        printer.Put($"{OsiPrinter.Comma(printer)}length {length}\n\t");
        printer.Token(Types, (uint)type, "unknown (%u)");
        ushort checksum = printer.U16(octets, 7);
        printer.Put($" PDU, hlen: {octets[1]}, v: {octets[2]}, lifetime: {octets[3] / 2}.{octets[3] % 2 * 5}s, ");
        printer.Put($"Segment PDU length: {printer.U16(octets, 5)}, checksum: 0x{(uint)checksum:x4}");
        OsiPrinter.PutChecksum(printer, octets, checksum, 7, octets[1]);
        printer.Put("\n\tFlags [");
        printer.Bits(Flags, octets[4] & 0xe0u, "none");
        printer.Put($"]\n\tsource address (length {sender}): ");
        printer.NsapAddress(octets, senderAt, sender);
        printer.Put($"\n\tdest   address (length {receiver}): ");
        printer.NsapAddress(octets, receiverAt, receiver);
        if ((octets[4] & HasSegment) != 0)
        {
            if (left < SegmentLength)
            {
                printer.Put("li < size of fixed part of CLNP header, addresses, and segment part");
                return false;
            }

            if (!PacketPrinter.Has(octets, at, SegmentLength))
            {
                printer.Truncated();
                return true;
            }

            printer.Put($"\n\tData Unit ID: 0x{(uint)printer.U16(octets, at):x4}, Segment Offset: {printer.U16(octets, at + 2)}, ");
            printer.Put($"Total PDU Length: {printer.U16(octets, at + 4)}");
            at += SegmentLength;
            left -= SegmentLength;
        }

        if (!PrintOptions(printer, octets, ref at, left, out bool isTruncated))
            return false;
        if (!isTruncated)
            PrintData(printer, octets, length, at, type);
        return true;
    }

    private static bool PrintOptions(PacketPrinter printer, ReadOnlySpan<byte> octets, ref int at, int left, out bool isTruncated)
    {
        isTruncated = false;
        while (left != 0 && !printer.IsCut)
        {
            if (left < 2)
            {
                printer.Put(", bad opts/li");
                return false;
            }

            int option = printer.U8(octets, at), size = printer.U8(octets, at + 1);
            at += 2;
            left -= 2;
            if (size > left)
            {
                printer.Put($", opt ({option}) too long");
                return false;
            }

            isTruncated = !PacketPrinter.Has(octets, at, size);
            if (isTruncated)
            {
                printer.Truncated();
                return true;
            }

            left -= size;
            printer.Put("\n\t  ");
            printer.Token(Options, (uint)option, "Unknown");
            printer.Put($" Option #{option}, length {size}, value: ");
            if (size < (option switch { 200 or 203 or 197 => 2, 205 or 195 or 193 => 1, _ => 0 }))
            {
                printer.Put(", bad opt len");
                return false;
            }

            PrintOption(printer, octets.Slice(at, size), option);
            if (printer.Verbosity > 1)
                printer.Unknown(octets, at, "\n\t  ", size);
            at += size;
        }

        return true;
    }

    private static void PrintOption(PacketPrinter printer, ReadOnlySpan<byte> value, int option)
    {
        switch (option)
        {
            case 200 or 203:
                PrintRoute(printer, value, option);
                break;
            case 205:
                printer.Put($"0x{value[0] & 0xf:x}");
                break;
            case 195:
                printer.Put("\n\t    Format Code: ");
                printer.Token(Scopes, value[0] & 0xc0u, "Reserved");
                if ((value[0] & 0xc0) == 0xc0)
                {
                    printer.Put("\n\t    QoS Flags [");
                    printer.Bits(Qualities, value[0] & 0x3fu, "none");
                    printer.Put("]");
                }

                break;
            case 197:
                printer.Put("\n\t    Format Code: ");
                printer.Token(Scopes, value[0] & 0xc0u, "Reserved");
                printer.Put($", Security-Level {value[1]}");
                break;
            case 193:
                printer.Put("\n\t    Class: ");
                printer.Token(DiscardClasses, (uint)value[0] >> 4, "Unknown");
                printer.Put($" Error (0x{value[0] >> 4:x}), ");
                printer.Token(DiscardReasons, value[0], "Unknown");
                printer.Put($" (0x{value[0] & 0xf:x})");
                break;
            case 204:
                printer.Put("padding data");
                break;
            default:
                printer.Unknown(value, 0, "\n\t  ", value.Length);
                break;
        }
    }

    private static void PrintRoute(PacketPrinter printer, ReadOnlySpan<byte> value, int option)
    {
        printer.Token(Routes, value[0], "Unknown");
        printer.Put(" ");
        printer.Token(RouteKinds, (uint)option, "Unknown Option %u");
        int at = value[1] - 1;
        if (at < 0)
        {
            printer.Put(" Bad NSAP offset (0)");
            return;
        }

        if (at > value.Length)
        {
            printer.Put(" Bad NSAP offset (past end of option)");
            return;
        }

        for (int left = value.Length - at; left > 0;)
        {
            int size = value[at];
            if (left < size + 1)
            {
                printer.Put("\n\t    NSAP address goes past end of option");
                return;
            }

            if (size > 0)
            {
                printer.Put($"\n\t    NSAP address (length {size}): ");
                printer.NsapAddress(value, at + 1, size);
            }

            left -= size + 1;
        }
    }

    private static void PrintData(PacketPrinter printer, ReadOnlySpan<byte> octets, int length, int at, int type)
    {
        int header = octets[1];
        if (type is 1 or 31 && printer.U8(octets, at) == OsiPrinter.Clnp)
        {
            printer.Put("\n\t-----original packet-----\n\t");
            if (!printer.Enter())
                return;
            Print(printer, octets[at..], length - header);
            printer.Leave();
            return;
        }

        if (length > at)
        {
            printer.Put($"\n\t  undecoded non-header data, length {length - header}");
            printer.Unknown(octets, at, "\n\t  ", length - at);
        }
    }
}
