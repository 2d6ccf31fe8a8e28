using System.Buffers;
using NetWhy.Wire.Tunnels;

namespace NetWhy.Tools.Tcpdump.Printing.Link;

/// <summary>Prints generic network virtualization encapsulation. Source: RFC 8926.</summary>
internal static class GenevePrinter
{
    private const int HeaderLength = 8;
    private const int OptionHeaderLength = 4;

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
            else if (GenevePacket.Read(octets, out GenevePacket packet) is OperationStatus.Done && !PrintOptions(printer, packet.Options))
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

    private static bool PrintOptions(PacketPrinter printer, GeneveOptions options)
    {
        string separator = "";
        while (options.MoveNext())
        {
            GeneveOption option = options.Current;
            printer.Put(separator);
            separator = ", ";
            printer.Put("class ");
            printer.Token(Classes, option.Class, option.Class <= 0xff ? "Standard" : option.Class >= 0xff00 ? "Experimental" : "Unknown");
            printer.Put($" (0x{(uint)option.Class:x}) type 0x{(uint)option.Type:x}{(option.IsCritical ? "(C)" : "")} len {OptionHeaderLength + option.Length}");
            if (options.Status is not OperationStatus.Done)
            {
                printer.Put(" [bad length]");
                return false;
            }

            if (printer.Verbosity > 1 && option.Length > 0)
            {
                printer.Put(" data");
                for (int at = 0; at < option.Length; at += 4)
                    printer.Put($" {printer.U32(option.Value, at):x8}");
            }
        }

        return true;
    }
}
