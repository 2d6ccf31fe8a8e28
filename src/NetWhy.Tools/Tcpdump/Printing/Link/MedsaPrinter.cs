namespace NetWhy.Tools.Tcpdump.Printing.Link;

/// <summary>Prints tags of Marvell's switches that have a type of their own.</summary>
internal static class MedsaPrinter
{
    private const int HeaderLength = 8;

    private static readonly Token[] Modes = [(0, "To_CPU"), (1, "From_CPU"), (3, "Forward")];
    private static readonly Token[] Codes = [(0, "BDPU"), (2, "IGMP/MLD"), (4, "APR_Mirror")];

    /// <summary>Prints a tag and what follows it.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="octets">What was captured.</param>
    /// <param name="length">What it was long.</param>
    /// <param name="source">Address of the sender on the link; empty if there is none.</param>
    /// <param name="destination">Address of the receiver on the link; empty if there is none.</param>
    internal static void Print(PacketPrinter printer, ReadOnlySpan<byte> octets, int length, ReadOnlySpan<byte> source, ReadOnlySpan<byte> destination)
    {
        printer.Protocol = "medsa";
        if (octets.Length < HeaderLength)
        {
            printer.Truncated();
            return;
        }

        if (printer.Options.ShowsLink)
            PutTag(printer, octets);
        else
            printer.Put($"MEDSA {octets[2] & 0x1f}.{octets[3] >> 3}:{printer.U16(octets, 4) & 0xfff}: ");
        ushort type = printer.U16(octets, 6);
        octets = octets[HeaderLength..];
        length -= HeaderLength;
        if (type <= EthernetPrinter.LongestLength)
        {
            if (LlcPrinter.Print(printer, octets, length, source, destination) < 0)
                EthernetPrinter.Default(printer, octets);
            return;
        }

        if (printer.Options.ShowsLink)
            PutType(printer, type);
        if (!printer.Enter())
            return;
        if (!EtherTypes.Print(printer, type, octets, length, source, destination))
        {
            if (!printer.Options.ShowsLink)
                PutType(printer, type);
            EthernetPrinter.Default(printer, octets);
        }

        printer.Leave();
    }

    private static void PutType(PacketPrinter printer, ushort type)
    {
        printer.Put("ethertype ");
        printer.Token(EtherTypes.Names, type, "Unknown");
        printer.Put($" (0x{(uint)type:x4}) ");
    }

    private static void PutTag(PacketPrinter printer, ReadOnlySpan<byte> octets)
    {
        int mode = octets[2] >> 6;
        printer.Token(Modes, (uint)mode, "Unknown (%u)");
        if (mode == 2)
        {
            HexDump.HexadecimalAndAscii(printer, "\n\t", octets);
            return;
        }

        bool isTrunk = mode == 3 && (octets[3] & 4) != 0;
        printer.Put($", {((octets[2] & 0x20) != 0 ? "" : "un")}tagged, dev.{(isTrunk ? "trunk" : "port")}:vlan {octets[2] & 0x1f}.{octets[3] >> 3}:{printer.U16(octets, 4) & 0xfff}");
        if (mode == 0)
        {
            printer.Put(", ");
            printer.Token(Codes, (octets[3] & 6u) | ((uint)(octets[4] >> 4) & 1), "Unknown (%u)");
        }

        if ((octets[3] & 1) != 0)
            printer.Put(", CFI");
        printer.Put($", pri {octets[4] >> 5}: ");
    }
}
