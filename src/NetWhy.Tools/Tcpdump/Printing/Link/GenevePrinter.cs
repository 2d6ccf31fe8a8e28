namespace NetWhy.Tools.Tcpdump.Printing.Link;

/// <summary>Prints generic network virtualization encapsulation. Source: RFC 8926.</summary>
internal static class GenevePrinter
{
    private const int HeaderLength = 8;
    private const int OptionHeaderLength = 4;
    private const byte Critical = 0x80;

    private static readonly Token[] Flags = [(128, "O"), (64, "C"), (32, "R1"), (16, "R2"), (8, "R3"), (4, "R4"), (2, "R5"), (1, "R6")];
    private static readonly Token[] Classes =
    [
        (0x0100, "Linux"), (0x0101, "Open vSwitch"), (0x0102, "Open Virtual Networking (OVN)"), (0x0103, "In-band Network Telemetry (INT)"),
        (0x0104, "VMware"),
    ];

    /// <summary>Prints a packet.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="octets">What was captured.</param>
    /// <param name="length">What it was long.</param>
    internal static void Print(PacketPrinter printer, ReadOnlySpan<byte> octets, int length)
    {
        printer.Protocol = "geneve";
        printer.Put("Geneve");
        if (length < HeaderLength)
        {
            printer.Put($" [length {length} < {HeaderLength}]");
            printer.Invalid();
            return;
        }

        byte lengths = printer.U8(octets, 0);
        if (lengths >> 6 != 0)
        {
            printer.Put($" ERROR: unknown-version {lengths >> 6}");
            printer.Invalid();
            return;
        }

        byte flags = printer.U8(octets, 1), reserved = printer.U8(octets, 7);
        ushort protocol = printer.U16(octets, 2);
        uint network = printer.U24(octets, 4);
        if (printer.IsCut)
            return;
        printer.Put(", Flags [");
        printer.Bits(Flags, flags, "none", "");
        printer.Put($"], vni 0x{network:x}");
        if (reserved != 0)
            printer.Put($", rsvd 0x{(uint)reserved:x}");
        if (printer.Options.ShowsLink)
        {
            printer.Put(", proto ");
            printer.Token(EtherTypes.Names, protocol, "unknown");
            printer.Put($" (0x{(uint)protocol:x4})");
        }

        length -= HeaderLength;
        int optionsLength = (lengths & 0x3f) * 4;
        if (length < optionsLength)
        {
            printer.Put($" truncated-geneve - {optionsLength - length} bytes missing");
            printer.Invalid();
            return;
        }

        if (!printer.Need(octets, HeaderLength, optionsLength))
            return;
        if (optionsLength > 0)
        {
            printer.Put(", options [");
            if (printer.Verbosity == 0)
            {
                printer.Put($"{optionsLength} bytes");
            }
            else if (!PrintOptions(printer, octets.Slice(HeaderLength, optionsLength)))
            {
                printer.Invalid();
                return;
            }

            printer.Put("]");
        }

        printer.Put(printer.Verbosity > 0 ? "\n\t" : ": ");
        if (printer.Enter())
            PrintPayload(printer, protocol, octets[(HeaderLength + optionsLength)..], length - optionsLength);
        printer.Leave();
    }

    private static void PrintPayload(PacketPrinter printer, ushort protocol, ReadOnlySpan<byte> octets, int length)
    {
        if (EtherTypes.Print(printer, protocol, octets, length, [], []))
            return;
        if (protocol == 0x6558)
            EthernetPrinter.Print(printer, octets, length);
        else
            printer.Put($"geneve-proto-0x{(uint)protocol:x}");
    }

    private static bool PrintOptions(PacketPrinter printer, ReadOnlySpan<byte> octets)
    {
        string separator = "";
        while (!octets.IsEmpty)
        {
            if (octets.Length < OptionHeaderLength)
            {
                printer.Put(" [bad length]");
                return false;
            }

            printer.Put(separator);
            separator = ", ";
            ushort organization = printer.U16(octets, 0);
            byte type = octets[2];
            int size = OptionHeaderLength + ((octets[3] & 0x1f) * 4);
            printer.Put("class ");
            printer.Token(Classes, organization, organization <= 0xff ? "Standard" : organization >= 0xff00 ? "Experimental" : "Unknown");
            printer.Put($" (0x{(uint)organization:x}) type 0x{(uint)type:x}{((type & Critical) != 0 ? "(C)" : "")} len {size}");
            if (size > octets.Length)
            {
                printer.Put(" [bad length]");
                return false;
            }

            if (printer.Verbosity > 1 && size > OptionHeaderLength)
            {
                printer.Put(" data");
                for (int at = OptionHeaderLength; at < size; at += 4)
                    printer.Put($" {printer.U32(octets, at):x8}");
            }

            octets = octets[size..];
        }

        return true;
    }
}
