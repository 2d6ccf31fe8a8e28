using System.Numerics;

namespace NetWhy.Tools.Tcpdump.Printing.Routing;

/// <summary>Prints RIP. Sources: RFC 1058, RFC 2453, RFC 4822.</summary>
internal static class RipPrinter
{
    private const int HeaderLength = 4;
    private const int EntryLength = 20;

    private static readonly Token[] Commands =
    [
        (1, "Request"), (2, "Response"), (3, "Trace on"), (4, "Trace off"), (5, "Poll"), (6, "Poll Entry"),
    ];

    private static readonly Token[] Families =
    [
        (2, "IPv4"), (6, "NS"), (7, "ISO"), (16, "Appletalk"), (23, "IPX"), (24, "IPv6"), (28, "IPv6"), (30, "IPv6"),
    ];

    /// <summary>Prints a message.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="octets">What was captured.</param>
    /// <param name="length">What it was long.</param>
    internal static void Print(PacketPrinter printer, ReadOnlySpan<byte> octets, int length)
    {
        printer.Protocol = "rip";
        int left = Math.Min(octets.Length, length);
        if (left < HeaderLength)
        {
            printer.Truncated();
            return;
        }

        byte command = octets[0], version = octets[1];
        printer.Put($"{(printer.Verbosity >= 1 ? "\n\t" : "")}RIPv{version}, ");
        printer.Token(Commands, command, "unknown command (%u)");
        printer.Put($", length: {length}");
        if (printer.Verbosity < 1)
            return;
        if (command is 1 or 2)
            PrintEntries(printer, octets, length, left - HeaderLength, version);
        else if (Token.Find(Commands, command) is null && printer.Verbosity <= 1)
            printer.Unknown(octets, 0, "\n\t", length);
        if (printer.Verbosity > 1)
            printer.Unknown(octets, 0, "\n\t", length);
    }

    private static void PrintEntries(PacketPrinter printer, ReadOnlySpan<byte> octets, int length, int left, byte version)
    {
        if (version is not (1 or 2))
        {
            printer.Put(", unknown version");
            return;
        }

        printer.Put($", routes: {length / EntryLength}{(version == 2 ? " or less" : "")}");
        for (int at = HeaderLength; left > 0 && !printer.IsCut;)
        {
            int used = version == 1 ? PrintEntry1(printer, octets, at, left) : PrintEntry2(printer, octets, at, left);
            if (used == 0)
            {
                printer.Truncated();
                return;
            }

            if (left < used)
            {
                printer.Put($" [remaining entries length {left} < {used}]");
                printer.Invalid();
                return;
            }

            at += used;
            left -= used;
        }
    }

    // Octets of the entry; 0 if some are missing.
    private static int PrintEntry1(PacketPrinter printer, ReadOnlySpan<byte> octets, int at, int left)
    {
        if (left < EntryLength || !PacketPrinter.Has(octets, at, EntryLength))
            return 0;
        ushort family = printer.U16(octets, at);
        if (family is not (0 or 2))
        {
            printer.Put("\n\t AFI ");
            printer.Token(Families, family, "Unknown (%u)");
            printer.Put(", ");
            printer.Unknown(octets, at + 4, "\n\t  ", EntryLength - 4);
        }
        else if (printer.U16(octets, at + 2) != 0 || printer.U64(octets, at + 8) != 0)
        {
            printer.Unknown(octets, at, "\n\t  ", EntryLength);
        }
        else
        {
            printer.Put(family == 0 ? "\n\t  AFI 0, " : "\n\t  ");
            printer.Ipv4Address(octets, at + 4);
            printer.Put($", metric: {printer.U32(octets, at + 16)}");
        }

        return EntryLength;
    }

    private static int PrintEntry2(PacketPrinter printer, ReadOnlySpan<byte> octets, int at, int left)
    {
        if (left < 4 || !PacketPrinter.Has(octets, at, 4))
            return 0;
        ushort family = printer.U16(octets, at);
        if (family == 0xffff)
            return PrintAuthentication(printer, octets, at, left);
        if (family is not (0 or 2))
        {
            printer.Put("\n\t  AFI ");
            printer.Token(Families, family, "Unknown (%u)");
            printer.Unknown(octets, at + 4, "\n\t  ", EntryLength - 4);
            return EntryLength;
        }

        if (left < EntryLength || !PacketPrinter.Has(octets, at, EntryLength))
            return 0;
        uint mask = printer.U32(octets, at + 8);
        int bits = BitOperations.LeadingZeroCount(~mask);
        if (bits < 32 && mask << bits != 0)
            bits = -1;
        printer.Put("\n\t  AFI ");
        printer.Token(Families, family, "%u");
        printer.Put(", ");
        int start = printer.Text.Length;
        printer.Ipv4Address(octets, at + 4);
        printer.AlignRight(start, 15);
        printer.Put($"/{bits}{(bits is >= 0 and < 10 ? " " : "")}, tag 0x{(uint)printer.U16(octets, at + 2):x4}, ");
        printer.Put($"metric: {printer.U32(octets, at + 16)}, next-hop: ");
        if (printer.U32(octets, at + 12) != 0)
            printer.Ipv4Address(octets, at + 12);
        else
            printer.Put("self");
        return EntryLength;
    }

    private static int PrintAuthentication(PacketPrinter printer, ReadOnlySpan<byte> octets, int at, int left)
    {
        ushort type = printer.U16(octets, at + 2);
        switch (type)
        {
            case 2:
                printer.Put("\n\t  Simple Text Authentication data: ");
                printer.PaddedCharacters(octets, at + 4, 16);
                return EntryLength;
            case 3:
                if (left < EntryLength || !PacketPrinter.Has(octets, at, EntryLength))
                    return 0;
                printer.Put($"\n\t  Auth header: Packet Len {printer.U16(octets, at + 4)}, Key-ID {octets[at + 6]}, ");
                printer.Put($"Auth Data Len {octets[at + 7]}, SeqNo {printer.U32(octets, at + 8)}, ");
                printer.Put($"MBZ {printer.U32(octets, at + 12)}, MBZ {printer.U32(octets, at + 16)}");
                return EntryLength;
            default:
                if (type == 1)
                    printer.Put("\n\t  Auth trailer:");
                else
                    printer.Put($"\n\t  Unknown ({type}) Authentication data:");
                printer.Unknown(octets, at + 4, "\n\t  ", left - 4);
                return left;
        }
    }
}
