namespace NetWhy.Tools.Tcpdump.Printing.Link;

/// <summary>Prints the precision time protocol. Source: IEEE 1588-2008, chapter 13.</summary>
internal static class PtpPrinter
{
    private const int HeaderLength = 34;
    private const int TimestampLength = 10;

    private static readonly Token[] Messages =
    [
        (0, "sync msg"), (1, "delay req msg"), (2, "peer delay req msg"), (3, "peer delay resp msg"), (8, "follow up msg"), (9, "delay resp msg"),
        (10, "pdelay resp fup msg"), (11, "announce msg"), (12, "signalling msg"), (13, "management msg"),
    ];
    private static readonly Token[] Controls =
    [
        (0, "Sync"), (1, "Delay_Req"), (2, "Follow_Up"), (3, "Delay_Resp"), (4, "Management"), (5, "Other"),
    ];
    private static readonly Token[] Flags =
    [
        (0x0001, "l1 61"), (0x0002, "l1 59"), (0x0004, "utc reasonable"), (0x0008, "timescale"), (0x0010, "time tracable"),
        (0x0020, "frequency tracable"), (0x0100, "alternate master"), (0x0200, "two step"), (0x0400, "unicast"), (0x1000, "profile specific 1"),
        (0x2000, "profile specific 2"), (0x4000, "security mask"), (0x18c0, "unknown"),
    ];

    /// <summary>Prints a message.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="octets">What was captured.</param>
    /// <param name="length">What it was long.</param>
    internal static void Print(PacketPrinter printer, ReadOnlySpan<byte> octets, int length)
    {
        printer.Protocol = "ptp";
        if (length < HeaderLength)
        {
            printer.Put($" [length {length} < {HeaderLength}]");
            printer.Invalid();
            return;
        }

        int version = printer.U16(octets, 0) & 0xff;
        printer.Put($"PTPv{version}");
        if (version == 1)
            printer.Put(" (not implemented)");
        else if (version == 2)
            PrintMessage(printer, octets);
    }

    private static void PrintMessage(PacketPrinter printer, ReadOnlySpan<byte> octets)
    {
        byte first = printer.U8(octets, 0);
        int type = first & 0xf;
        printer.Put($", v1 compat : {((first & 0x10) != 0 ? "yes" : "no")}, msg type : ");
        printer.Token(Messages, (uint)type, "Reserved");
        Put(printer, octets, 2, 2, ", length : ");
        Put(printer, octets, 4, 1, ", domain : ");
        Put(printer, octets, 5, 1, ", reserved1 : ");
        ushort flags = printer.U16(octets, 6);
        printer.Put(", Flags [");
        printer.Bits(Flags, flags, "none");
        printer.Put("]");
        Put(printer, octets, 8, 6, ", NS correction : ");
        Put(printer, octets, 14, 2, ", sub NS correction : ");
        Put(printer, octets, 16, 4, ", reserved2 : ");
        PutHexadecimal(printer, octets, 20, 8, ", clock identity : 0x");
        Put(printer, octets, 28, 2, ", port id : ");
        Put(printer, octets, 30, 2, ", seq id : ");
        byte control = printer.U8(octets, 32);
        printer.Put($", control : {control} (");
        printer.Token(Controls, control, "Reserved");
        printer.Put(")");
        Put(printer, octets, 33, 1, ", log message interval : ");
        switch (type)
        {
            case 0 or 1:
                PutTimestamp(printer, octets, "originTimeStamp", ",");
                break;
            case 2 or 10:
                PutTimestamp(printer, octets, "preciseOriginTimeStamp", ",");
                PutPort(printer, octets, HeaderLength + TimestampLength);
                break;
            case 3 or 9:
                PutTimestamp(printer, octets, "receiveTimeStamp", ",");
                PutPort(printer, octets, HeaderLength + TimestampLength);
                break;
            case 8:
                PutTimestamp(printer, octets, "preciseOriginTimeStamp", ",");
                break;
            case 11:
                PutTimestamp(printer, octets, "originTimeStamp", "");
                PrintAnnouncement(printer, octets, HeaderLength + TimestampLength);
                break;
            case 12:
                PutPort(printer, octets, HeaderLength);
                break;
            case 13:
                PutPort(printer, octets, HeaderLength);
                PrintManagement(printer, octets);
                break;
        }
    }

    private static void Put(PacketPrinter printer, ReadOnlySpan<byte> octets, int at, int count, string name)
    {
        ulong value = printer.U(octets, at, count);
        printer.Put($"{name}{value}");
    }

    private static void PutHexadecimal(PacketPrinter printer, ReadOnlySpan<byte> octets, int at, int count, string name)
    {
        ulong value = printer.U(octets, at, count);
        printer.Put($"{name}{value:x}");
    }

    private static void PutTimestamp(PacketPrinter printer, ReadOnlySpan<byte> octets, string name, string separator)
    {
        if (printer.IsCut)
            return;
        printer.Put($", {name} :");
        ulong seconds = printer.U(octets, HeaderLength, 6);
        printer.Put($" {seconds} seconds{separator}");
        uint nanoseconds = printer.U32(octets, HeaderLength + 6);
        printer.Put($" {nanoseconds} nanoseconds");
    }

    private static void PutPort(PacketPrinter printer, ReadOnlySpan<byte> octets, int at)
    {
        PutHexadecimal(printer, octets, at, 8, ", port identity : 0x");
        Put(printer, octets, at + 8, 2, ", port id : ");
    }

    private static void PrintAnnouncement(PacketPrinter printer, ReadOnlySpan<byte> octets, int at)
    {
        Put(printer, octets, at, 2, ", origin cur utc :");
        Put(printer, octets, at + 2, 1, ", rsvd : ");
        Put(printer, octets, at + 3, 1, ", gm priority_1 : ");
        Put(printer, octets, at + 4, 1, ", gm clock class : ");
        Put(printer, octets, at + 5, 1, ", gm clock accuracy : ");
        Put(printer, octets, at + 6, 2, ", gm clock variance : ");
        Put(printer, octets, at + 8, 1, ", gm priority_2 : ");
        PutHexadecimal(printer, octets, at + 9, 8, ", gm clock id : 0x");
        Put(printer, octets, at + 17, 2, ", steps removed : ");
        PutHexadecimal(printer, octets, at + 19, 1, ", time source : 0x");
    }

    // tcpdump 4.99 takes all four from the first octet of the identity.
    private static void PrintManagement(PacketPrinter printer, ReadOnlySpan<byte> octets)
    {
        Put(printer, octets, HeaderLength, 1, ", , start boundary hops  ");
        Put(printer, octets, HeaderLength, 1, ", , boundary hops  ");
        PutHexadecimal(printer, octets, HeaderLength, 1, ", , flags  0x");
        PutHexadecimal(printer, octets, HeaderLength, 1, ", , reserved  0x");
    }
}
