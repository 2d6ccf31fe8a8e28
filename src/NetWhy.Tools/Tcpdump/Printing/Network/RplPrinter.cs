namespace NetWhy.Tools.Tcpdump.Printing.Network;

/// <summary>Prints messages of RPL. Source: RFC 6550, section 6.</summary>
internal static class RplPrinter
{
    private const int Start = 4; // of the message in ICMPv6
    private const int DodagLength = 24;
    private const int ShortLength = 4;
    private const int IdentifierLength = 16;
    private const byte Pad1 = 0;

    private static readonly Token[] Modes = [(0, "nonstoring"), (1, "storing"), (2, "nonstoring-multicast"), (3, "storing-multicast")];

    private static readonly Token[] Options =
    [
        (Pad1, "pad1"), (1, "padN"), (2, "metrics"), (3, "routinginfo"), (4, "config"), (5, "rpltarget"), (6, "transitinfo"),
        (8, "destprefix"), (9, "rpltargetdesc"),
    ];

    /// <summary>Prints a message.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="octets">What was captured, from the ICMPv6 header on.</param>
    /// <param name="length">What it was long.</param>
    /// <param name="code">What it is.</param>
    internal static void Print(PacketPrinter printer, ReadOnlySpan<byte> octets, int length, byte code)
    {
        if ((code & 0x80) != 0)
        {
            printer.Put(", (SEC) [worktodo]");
            return;
        }

        printer.Put(", (CLR)");
        ReadOnlySpan<byte> message = PacketPrinter.From(octets, Start);
        length -= Start;
        bool isVerbose = printer.Verbosity > 0;
        switch (code)
        {
            case 0:
                printer.Put("DODAG Information Solicitation");
                break;
            case 1:
                printer.Put("DODAG Information Object");
                if (isVerbose)
                    PrintInformation(printer, message, length);
                break;
            case 2:
                printer.Put("Destination Advertisement Object");
                if (isVerbose)
                    PrintAdvertisement(printer, message, length, isAcknowledgment: false);
                break;
            case 3:
                printer.Put("Destination Advertisement Object Ack");
                if (isVerbose)
                    PrintAdvertisement(printer, message, length, isAcknowledgment: true);
                break;
            default:
                printer.Put($"RPL message, unknown code {code}");
                break;
        }
    }

    private static void PrintInformation(PacketPrinter printer, ReadOnlySpan<byte> message, int length)
    {
        if (length < DodagLength)
        {
            printer.Invalid();
            return;
        }

        printer.Need(message, 0, DodagLength);
        printer.Put(" [dagid:");
        printer.Ipv6Address(message, 8);
        byte modes = printer.U8(message, 4);
        printer.Put($",seq:{printer.U8(message, 5)},instance:{printer.U8(message, 0)},rank:{printer.U16(message, 2)},");
        printer.Put((modes & 0x80) != 0 ? "grounded,mop:" : "mop:");
        printer.Token(Modes, (uint)((modes >> 3) & 7), "mop%u");
        printer.Put($",prf:{modes & 7}]");
        if (printer.Verbosity > 1)
            PrintOptions(printer, PacketPrinter.From(message, DodagLength), length - DodagLength);
    }

    private static void PrintAdvertisement(PacketPrinter printer, ReadOnlySpan<byte> message, int length, bool isAcknowledgment)
    {
        string tooShort = isAcknowledgment ? " [|dao-length too short]" : " [|length too short]";
        // An advertisement without an identifier must be as long as one with it.
        if (message.Length < (isAcknowledgment ? ShortLength : ShortLength + IdentifierLength))
        {
            printer.Truncated();
            return;
        }

        if (length < ShortLength)
        {
            printer.Put(tooShort);
            return;
        }

        byte flags = message[1];
        bool hasIdentifier = (flags & (isAcknowledgment ? 0x80 : 0x40)) != 0;
        int size = hasIdentifier ? ShortLength + IdentifierLength : ShortLength;
        if (message.Length < size)
        {
            printer.Truncated();
            return;
        }

        if (length < size)
        {
            printer.Put(tooShort);
            return;
        }

        printer.Put(" [dagid:");
        if (hasIdentifier)
            printer.Ipv6Address(message, ShortLength);
        else
            printer.Put("<elided>");
        if (isAcknowledgment)
            printer.Put($",seq:{message[2]},instance:{message[0]},status:{message[3]}]");
        else
            printer.Put($",seq:{message[3]},instance:{message[0]}{((flags & 0x80) != 0 ? ",acK" : "")}{(hasIdentifier ? ",Dagid" : "")},{(uint)flags:x2}]");
        if (printer.Verbosity > 1)
            PrintOptions(printer, message[size..], length - size);
    }

    private static void PrintOptions(PacketPrinter printer, ReadOnlySpan<byte> options, int length)
    {
        int size;
        for (int at = 0; at < length && !printer.IsCut; at += size)
        {
            byte type = printer.U8(options, at);
            size = 1;
            if (type == Pad1)
            {
                printer.Put(" opt:pad1");
                continue;
            }

            if (length - at < 2)
            {
                printer.Truncated();
                return;
            }

            size = printer.U8(options, at + 1) + 2;
            printer.Put(" opt:");
            printer.Token(Options, type, "subopt:%u");
            printer.Put($" len:{size} ");
            if (!printer.IsCut && (length - at < size || !PacketPrinter.Has(options, at, size)))
            {
                printer.Truncated();
                return;
            }

            if (printer.Verbosity > 2)
                HexDump.Hexadecimal(printer, " ", PacketPrinter.Part(options, at + 2, size - 2));
        }
    }
}
