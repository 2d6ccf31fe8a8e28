namespace NetWhy.Tools.Tcpdump.Printing.Link;

/// <summary>Prints ATA over Ethernet. Source: Coraid, AoE (ATA over Ethernet), AoEr11.</summary>
internal static class AoePrinter
{
    private const int HeaderLength = 10;
    private const int IssueLength = 12;
    private const int QueryLength = 8;
    private const int MasksLength = 4;
    private const int ReserveLength = 2;
    private const int LongestConfiguration = 1024;
    private const int AddressLength = 6;
    private const byte ErrorFlag = 4;

    private static readonly Token[] Flags = [(8, "Response"), (4, "Error"), (2, "MBZ-1"), (1, "MBZ-0")];
    private static readonly Token[] Errors =
    [
        (1, "Unrecognized command code"), (2, "Bad argument parameter"), (3, "Device unavailable"), (4, "Config string present"),
        (5, "Unsupported version"), (6, "Target is reserved"),
    ];
    private static readonly Token[] Commands =
    [
        (0, "Issue ATA Command"), (1, "Query Config Information"), (2, "MAC Mask List"), (3, "Reserve/Release"),
    ];
    private static readonly Token[] IssueFlags =
    [
        (128, "MBZ-7"), (64, "Ext48"), (32, "MBZ-5"), (16, "Device"), (8, "MBZ-3"), (4, "MBZ-2"), (2, "Async"), (1, "Write"),
    ];
    private static readonly Token[] QueryCommands =
    [
        (0, "read config string"), (1, "test config string"), (2, "test config string prefix"), (3, "set config string"),
        (4, "force set config string"),
    ];
    private static readonly Token[] MaskCommands = [(0, "Read Mac Mask List"), (1, "Edit Mac Mask List")];
    private static readonly Token[] MaskErrors = [(1, "Unspecified Error"), (2, "Bad DCmd directive"), (3, "Mask list full")];
    private static readonly Token[] Directives =
    [
        (0, "No Directive"), (1, "Add mac address to mask list"), (2, "Delete mac address from mask list"),
    ];
    private static readonly Token[] ReserveCommands = [(0, "Read reserve list"), (1, "Set reserve list"), (2, "Force set reserve list")];

    /// <summary>Prints a packet.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="octets">What was captured.</param>
    /// <param name="length">What it was long.</param>
    internal static void Print(PacketPrinter printer, ReadOnlySpan<byte> octets, int length)
    {
        printer.Protocol = "aoe";
        printer.Put($"AoE length {length}");
        if (length < 1)
        {
            Invalid(printer, octets, length);
            return;
        }

        byte first = printer.U8(octets, 0);
        printer.Put($", Ver {first >> 4}");
        if (first >> 4 != 1 || printer.IsCut)
            return;
        if (length < HeaderLength)
        {
            Invalid(printer, octets, length);
            return;
        }

        printer.Put(", Flags: [");
        printer.Bits(Flags, first & 0xfu, "none");
        printer.Put("]");
        if (printer.Verbosity == 0)
            return;
        if ((first & ErrorFlag) != 0)
        {
            byte error = printer.U8(octets, 1);
            if (printer.IsCut)
                return;
            printer.Put("\n\tError: ");
            printer.Token(Errors, error, "Invalid (%u)");
        }

        uint major = printer.U16(octets, 2);
        printer.Put($"\n\tMajor: 0x{major:x4}");
        uint minor = printer.U8(octets, 4);
        printer.Put($", Minor: 0x{minor:x2}");
        byte command = printer.U8(octets, 5);
        printer.Put(", Command: ");
        printer.Token(Commands, command, "Unknown (0x%02x)");
        uint tag = printer.U32(octets, 6);
        printer.Put($", Tag: 0x{tag:x8}");
        if (printer.IsCut)
            return;
        octets = octets[HeaderLength..];
        length -= HeaderLength;
        switch (command)
        {
            case 0:
                PrintIssue(printer, octets, length);
                break;
            case 1:
                PrintQuery(printer, octets, length);
                break;
            case 2:
                PrintMasks(printer, octets, length);
                break;
            case 3:
                PrintReservations(printer, octets, length);
                break;
        }
    }

    private static void Invalid(PacketPrinter printer, ReadOnlySpan<byte> octets, int length)
    {
        printer.Invalid();
        printer.Need(octets, 0, length);
    }

    private static void PutOctet(PacketPrinter printer, ReadOnlySpan<byte> octets, int at, string name)
    {
        byte value = printer.U8(octets, at);
        printer.Put($"{name}{value}");
    }

    private static void PutName(PacketPrinter printer, ReadOnlySpan<byte> octets, int at, string title, Token[] names)
    {
        byte value = printer.U8(octets, at);
        if (printer.IsCut)
            return;
        printer.Put(title);
        printer.Token(names, value, "Unknown (0x%02x)");
    }

    private static void PrintIssue(PacketPrinter printer, ReadOnlySpan<byte> octets, int length)
    {
        if (length < IssueLength)
        {
            Invalid(printer, octets, length);
            return;
        }

        byte flags = printer.U8(octets, 0);
        if (printer.IsCut)
            return;
        printer.Put("\n\tAFlags: [");
        printer.Bits(IssueFlags, flags, "none");
        printer.Put("]");
        PutOctet(printer, octets, 1, ", Err/Feature: ");
        PutOctet(printer, octets, 2, ", Sector Count: ");
        PutOctet(printer, octets, 3, ", Cmd/Status: ");
        PutOctet(printer, octets, 4, "\n\tlba0: ");
        PutOctet(printer, octets, 5, ", lba1: ");
        PutOctet(printer, octets, 6, ", lba2: ");
        PutOctet(printer, octets, 7, ", lba3: ");
        PutOctet(printer, octets, 8, ", lba4: ");
        PutOctet(printer, octets, 9, ", lba5: ");
        if (printer.Need(octets, 10, 2) && length > IssueLength)
            printer.Put($"\n\tData: {length - IssueLength} bytes");
    }

    private static void PrintQuery(PacketPrinter printer, ReadOnlySpan<byte> octets, int length)
    {
        if (length < QueryLength)
        {
            Invalid(printer, octets, length);
            return;
        }

        ushort buffers = printer.U16(octets, 0);
        printer.Put($"\n\tBuffer Count: {buffers}");
        ushort firmware = printer.U16(octets, 2);
        printer.Put($", Firmware Version: {firmware}");
        PutOctet(printer, octets, 4, ", Sector Count: ");
        byte command = printer.U8(octets, 5);
        printer.Put($", AoE: {command >> 4}, CCmd: ");
        printer.Token(QueryCommands, command & 0xfu, "Unknown (0x02x)");
        int size = printer.U16(octets, 6);
        if (printer.IsCut)
            return;
        octets = octets[QueryLength..];
        length -= QueryLength;
        if (size > LongestConfiguration || size > length)
        {
            Invalid(printer, octets, length);
        }
        else if (size > 0)
        {
            printer.Put($"\n\tConfig String (length {size}): ");
            printer.Characters(octets, 0, size);
        }
    }

    private static void PrintMasks(PacketPrinter printer, ReadOnlySpan<byte> octets, int length)
    {
        if (length < MasksLength)
        {
            Invalid(printer, octets, length);
            return;
        }

        PutName(printer, octets, 1, "\n\tMCmd: ", MaskCommands);
        PutName(printer, octets, 2, ", MError: ", MaskErrors);
        byte count = printer.U8(octets, 3);
        printer.Put($", Dir Count: {count}");
        if (printer.IsCut)
            return;
        octets = octets[MasksLength..];
        length -= MasksLength;
        if (count * 8 > length)
        {
            Invalid(printer, octets, length);
            return;
        }

        for (int at = 0; at < count * 8 && !printer.IsCut; at += 8)
        {
            PutName(printer, octets, at + 1, "\n\t DCmd: ", Directives);
            if (!printer.Need(octets, at + 2, AddressLength))
                return;
            printer.Put(", Ethernet Address: ");
            printer.EthernetAddress(octets, at + 2);
        }
    }

    private static void PrintReservations(PacketPrinter printer, ReadOnlySpan<byte> octets, int length)
    {
        if (length < ReserveLength || (length - ReserveLength) % AddressLength != 0)
        {
            Invalid(printer, octets, length);
            return;
        }

        PutName(printer, octets, 0, "\n\tRCmd: ", ReserveCommands);
        byte count = printer.U8(octets, 1);
        printer.Put($", NMacs: {count}");
        if (printer.IsCut)
            return;
        octets = octets[ReserveLength..];
        length -= ReserveLength;
        if (count * AddressLength != length)
        {
            Invalid(printer, octets, length);
            return;
        }

        for (int i = 0; i < count && printer.Need(octets, i * AddressLength, AddressLength); i++)
        {
            printer.Put($"\n\tEthernet Address {i}: ");
            printer.EthernetAddress(octets, i * AddressLength);
        }
    }
}
