using NetWhy.Tools.Tcpdump.Printing.Network;

namespace NetWhy.Tools.Tcpdump.Printing.Link;

/// <summary>Prints network service headers. Source: RFC 8300.</summary>
internal static class NshPrinter
{
    private const int WordLength = 4;
    private const int FixedWords = 2; // base header and service path header
    private const byte FixedMetadata = 1;
    private const byte VariableMetadata = 2;

    private static readonly Token[] Flags = [(2, "O")];
    private static readonly Token[] MetadataTypes = [(0, "reserved"), (1, "1"), (2, "2"), (15, "experimental")];
    private static readonly Token[] Protocols =
    [
        (1, "IPv4"), (2, "IPv6"), (3, "Ethernet"), (4, "NSH"), (5, "MPLS"), (254, "Experiment 1"), (255, "Experiment 2"),
    ];

    /// <summary>Prints a packet.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="octets">What was captured.</param>
    /// <param name="length">What it was long.</param>
    internal static void Print(PacketPrinter printer, ReadOnlySpan<byte> octets, int length)
    {
        printer.Protocol = "nsh";
        if (length < FixedWords * WordLength)
        {
            printer.Put($" (packet length {length} < {FixedWords * WordLength})");
            printer.Invalid();
            return;
        }

        printer.Put("NSH, ");
        uint header = printer.U32(octets, 0);
        if (printer.IsCut)
            return;
        int words = (int)(header >> 16) & 0x3f;
        uint metadataType = (header >> 8) & 0xf;
        byte next = (byte)header;
        if (printer.Verbosity > 1)
            printer.Put($"ver {header >> 30}, ");
        if (header >> 30 != 0)
            return;
        PutHeader(printer, header);
        if (length < words * WordLength)
        {
            printer.Put($" (too many headers for packet length {length})");
            printer.Invalid();
            return;
        }

        uint path = printer.U24(octets, 4);
        printer.Put($"service-path-id 0x{path:x6}, ");
        uint index = printer.U8(octets, 7);
        printer.Put($"service-index 0x{index:x}");
        if (!PrintMetadata(printer, octets, words, metadataType))
        {
            printer.Invalid();
            return;
        }

        if (printer.IsCut)
            return;
        printer.Put(printer.Verbosity > 0 ? "\n    " : ": ");
        if (printer.Enter())
            PrintPayload(printer, next, PacketPrinter.From(octets, words * WordLength), length - (words * WordLength));
        printer.Leave();
    }

    private static void PutHeader(PacketPrinter printer, uint header)
    {
        printer.Put("flags [");
        printer.Bits(Flags, (header >> 28) & 3, "none", "");
        printer.Put("], ");
        if (printer.Verbosity > 2)
        {
            printer.Put($"TTL {(header >> 22) & 0x3f}, length {(header >> 16) & 0x3f}, md type ");
            printer.Token(MetadataTypes, (header >> 8) & 0xf, "unknown (0x%02x)");
            printer.Put(", ");
        }

        if (printer.Verbosity > 1)
        {
            printer.Put("next-protocol ");
            printer.Token(Protocols, header & 0xff, "unknown (0x%02x)");
            printer.Put(", ");
        }
    }

    private static bool PrintMetadata(PacketPrinter printer, ReadOnlySpan<byte> octets, int words, uint metadataType)
    {
        if (words < FixedWords)
        {
            printer.Put(" (less than two headers)");
            return false;
        }

        int left = (words - FixedWords) * WordLength;
        if (printer.Verbosity < 3)
            return printer.Need(octets, 8, left) || printer.IsCut;
        octets = PacketPrinter.From(octets, 8);
        bool isValid = metadataType switch
        {
            FixedMetadata => PrintContexts(printer, octets, left),
            VariableMetadata => PrintValues(printer, octets, left),
            _ => true,
        };
        return isValid && (printer.Need(octets, 0, left) || printer.IsCut);
    }

    private static bool Refuse(PacketPrinter printer)
    {
        printer.Put(" (invalid length for the MD type)");
        return false;
    }

    private static bool PrintContexts(PacketPrinter printer, ReadOnlySpan<byte> octets, int left)
    {
        if (left != 4 * WordLength)
            return Refuse(printer);
        for (int i = 0; i < 4; i++)
        {
            uint context = printer.U32(octets, i * WordLength);
            printer.Put($"\n        Context[{i:d2}]: 0x{context:x8}");
        }

        return true;
    }

    private static bool PrintValues(PacketPrinter printer, ReadOnlySpan<byte> octets, int left)
    {
        int at = 0;
        while (left >= WordLength && !printer.IsCut)
        {
            ushort organization = printer.U16(octets, at);
            byte type = printer.U8(octets, at + 2);
            int size = printer.U8(octets, at + 3) & 0x7f, padded = (size + 3) & ~3;
            printer.Put($"\n        TLV Class {organization}, Type {type}, Len {size}");
            at += WordLength;
            left -= WordLength;
            if (padded > left)
            {
                printer.Put(" (length too big)");
                return false;
            }

            if (size > 0 && printer.Need(octets, at, size))
            {
                printer.Put("\n            Value: 0x");
                printer.Colons(octets, at, size);
            }

            at += padded;
            left -= padded;
        }

        return true;
    }

    private static void PrintPayload(PacketPrinter printer, byte next, ReadOnlySpan<byte> octets, int length)
    {
        switch (next)
        {
            case 1:
                IpPrinter.Print(printer, octets, length);
                break;
            case 2:
                Ipv6Printer.Print(printer, octets, length);
                break;
            case 3:
                EthernetPrinter.Print(printer, octets, length);
                break;
            case 4:
                Print(printer, octets, length);
                break;
            case 5:
                MplsPrinter.Print(printer, octets, length);
                break;
            case 0xfe:
                printer.Put("Experiment 1");
                break;
            case 0xff:
                printer.Put("Experiment 2");
                break;
            default:
                printer.Put("ERROR: unknown-next-protocol");
                break;
        }
    }
}
