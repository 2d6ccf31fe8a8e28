namespace NetWhy.Tools.Tcpdump.Printing.Routing;

/// <summary>Prints LMP. Sources: RFC 4204; OIF UNI 1.0 for service discovery.</summary>
internal static class LmpPrinter
{
    private const int HeaderLength = 8;
    private const int ObjectLength = 4;

    private static readonly Token[] Flags = [(0x01, "Control Channel Down"), (0x02, "LMP restart")];

    private static readonly Token[] LinkFlags = [(0x01, "Fault Management Supported"), (0x02, "Link Verification Supported")];

    private static readonly Token[] DataLinkFlags = [(0x01, "Data Link Port"), (0x02, "Allocated for user traffic"), (0x04, "Failed link")];

    private static readonly Token[] ChannelStates = [(1, "Signal Okay"), (2, "Signal Degraded"), (3, "Signal Fail")];

    private static readonly Token[] VerifyFlags = [(0x0001, "Verify all links"), (0x0002, "Data link type")];

    private static readonly Token[] VerifyErrors =
    [
        (0x01, "Link Verification Procedure Not supported"), (0x02, "Unwilling to verify"),
        (0x04, "Unsupported verification transport mechanism"), (0x08, "Link-Id configuration error"), (0x10, "Unknown object c-type"),
    ];

    private static readonly Token[] SummaryErrors =
    [
        (0x01, "Unacceptable non-negotiable LINK-SUMMARY parameters"), (0x02, "Renegotiate LINK-SUMMARY parameters"),
        (0x04, "Invalid TE-LINK Object"), (0x08, "Invalid DATA-LINK Object"), (0x10, "Unknown TE-LINK Object c-type"),
        (0x20, "Unknown DATA-LINK Object c-type"),
    ];

    private static readonly Token[] ServiceProtocols = [(0x01, "RSVP Supported"), (0x02, "LDP Supported")];

    private static readonly Token[] PortTransparencies =
    [
        (0x01, "Path/VC Overhead Transparency Supported"), (0x02, "Line/MS Overhead Transparency Supported"),
        (0x04, "Section/RS Overhead Transparency Supported"),
    ];

    private static readonly Token[] Concatenations = [(0x01, "Contiguous Concatenation Types Supported")];

    private static readonly Token[] NetworkTransparencies =
        [(0x01, "Standard SOH/RSOH Transparency Supported"), (0x02, "Standard LOH/MSOH Transparency Supported")];

    private static readonly Token[] Monitorings = [(0x01, "Transparent Tandem Connection Monitoring Supported")];

    private static readonly Token[] Diversities =
        [(0x01, "Node Diversity Supported"), (0x02, "Link Diversity Supported"), (0x04, "SRLG Diversity Supported")];

    private static readonly Token[] Messages =
    [
        (1, "Config"), (2, "Config ACK"), (3, "Config NACK"), (4, "Hello"), (5, "Begin Verify"), (6, "Begin Verify ACK"),
        (7, "Begin Verify NACK"), (8, "End Verify"), (9, "End Verify ACK"), (10, "Test"), (11, "Test Status Success"),
        (12, "Test Status Failure"), (13, "Test Status ACK"), (14, "Link Summary"), (15, "Link Summary ACK"), (16, "Link Summary NACK"),
        (17, "Channel Status"), (18, "Channel Status ACK"), (19, "Channel Status Request"), (20, "Channel Status Response"),
        (50, "Service Config"), (51, "Service Config ACK"), (52, "Service Config NACK"),
    ];

    private static readonly Token[] Objects =
    [
        (1, "Control Channel ID"), (2, "Node ID"), (3, "Link ID"), (4, "Interface ID"), (5, "Message ID"), (6, "Configuration"), (7, "Hello"),
        (8, "Verify Begin"), (9, "Verify Begin ACK"), (10, "Verify ID"), (11, "TE Link"), (12, "Data Link"), (13, "Channel Status"),
        (14, "Channel Status Request"), (20, "Error Code"), (51, "Service Config"),
    ];

    private static readonly Token[] Places = [(1, "Local"), (2, "Remote")];

    private static readonly Token[] AddressedPlaces =
    [
        (1, "IPv4 Local"), (2, "IPv4 Remote"), (3, "IPv6 Local"), (4, "IPv6 Remote"), (5, "Unnumbered Local"), (6, "Unnumbered Remote"),
    ];

    private static readonly Token[] Kinds = [(1, "IPv4"), (2, "IPv6"), (3, "Unnumbered")];

    private static readonly Token[] Numbers = [(1, "1"), (2, "2"), (3, "3"), (4, "4")];

    private static readonly Token[] SubObjects = [(1, "Interface Switching Type"), (2, "Wavelength")];

    /// <summary>Prints a message.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="octets">What was captured.</param>
    /// <param name="length">What it was long.</param>
    internal static void Print(PacketPrinter printer, ReadOnlySpan<byte> octets, int length)
    {
        printer.Protocol = "lmp";
        if (!printer.Need(octets, 0, 1))
            return;
        int version = octets[0] >> 4;
        if (version != 1)
        {
            printer.Put($"LMP version {version} packet not supported");
            return;
        }

        byte type = printer.U8(octets, 3);
        if (printer.IsCut)
            return;
        if (printer.Verbosity < 1)
        {
            printer.Put("LMPv1 ");
            printer.Token(Messages, type, "unknown (%u)");
            printer.Put($" Message, length: {length}");
            return;
        }

        int left = printer.U16(octets, 4);
        if (printer.IsCut)
            return;
        printer.Put("\n\tLMPv1, msg-type: ");
        printer.Token(Messages, type, "unknown, type: %u");
        printer.Put(", Flags: [");
        printer.Bits(Flags, octets[2], "none");
        printer.Put($"], length: {left}");
        if (left < HeaderLength)
        {
            printer.Put(" (too short)");
            return;
        }

        if (left > length)
        {
            printer.Put(" (too long)");
            left = length;
        }

        PrintObjects(printer, octets, left - HeaderLength);
    }

    private static void PrintObjects(PacketPrinter printer, ReadOnlySpan<byte> octets, int left)
    {
        for (int at = HeaderLength; left > 0 && printer.Need(octets, at, ObjectLength);)
        {
            int size = printer.U16(octets, at + 2), kind = octets[at] & 0x7f, number = octets[at + 1];
            printer.Put("\n\t  ");
            printer.Token(Objects, (uint)number, "Unknown");
            printer.Put($" Object ({number}), Class-Type: ");
            printer.Token(KindsOf(number), (uint)kind, "Unknown");
            printer.Put($" ({kind}) Flags: [{((octets[at] & 0x80) != 0 ? "" : "non-")}negotiable], length: {size}");
            if (size < ObjectLength)
            {
                printer.Put(" (too short)");
                return;
            }

            if (size % 4 != 0)
            {
                printer.Put(" (not a multiple of 4)");
                return;
            }

            if (!printer.Need(octets, at, size))
                return;
            // The octets behind an object are at hand, too: some objects say less than they have.
            bool isDumped = PrintObject(printer, octets[(at + ObjectLength)..], size - ObjectLength, number, kind);
            if (printer.Verbosity > 1 || isDumped)
                printer.Unknown(octets, at + ObjectLength, "\n\t    ", size - ObjectLength);
            at += size;
            if (left < size)
            {
                printer.Put($" [remaining objects length {left} < {size}]");
                printer.Invalid();
                return;
            }

            left -= size;
        }
    }

    private static ReadOnlySpan<Token> KindsOf(int number) => number switch
    {
        1 or 2 => Places,
        3 or 4 => AddressedPlaces,
        5 or 20 => Numbers.AsSpan(0, 2),
        6 or 7 or 8 or 9 or 10 => Numbers.AsSpan(0, 1),
        11 or 12 or 13 or 14 => Kinds,
        51 => Numbers,
        _ => [],
    };

    private static bool IsLength(PacketPrinter printer, int size, int right, bool isLeast = false)
    {
        if (isLeast ? size >= right : size == right)
            return true;
        printer.Put(" (not correct for object)");
        return false;
    }

    // Whether the object is to be printed in hexadecimal digits.
    private static bool PrintObject(PacketPrinter printer, ReadOnlySpan<byte> octets, int size, int number, int kind)
    {
        switch (number)
        {
            case 1 when kind is 1 or 2:
                if (IsLength(printer, size, 4))
                    PutNumber(printer, "\n\t    Control Channel ID: ", octets);
                return false;
            case 2 when kind is 1 or 2:
                if (IsLength(printer, size, 4))
                    PutIdentifier(printer, "\n\t    Node ID: ", octets, 0, 1);
                return false;
            case 3 or 4 when kind is >= 1 and <= 6:
                int family = (kind + 1) / 2;
                if (IsLength(printer, size, Width(family)))
                    PutIdentifier(printer, family switch { 1 => "\n\t    IPv4 Link ID: ", 2 => "\n\t    IPv6 Link ID: ", _ => "\n\t    Link ID: " }, octets, 0, family);
                return false;
            case 5 when kind is 1 or 2:
                if (IsLength(printer, size, 4))
                    PutNumber(printer, kind == 1 ? "\n\t    Message ID: " : "\n\t    Message ID Ack: ", octets);
                return false;
            case 6 when kind == 1:
                if (IsLength(printer, size, 4))
                    printer.Put($"\n\t    Hello Interval: {printer.U16(octets, 0)}\n\t    Hello Dead Interval: {printer.U16(octets, 2)}");
                return false;
            case 7 when kind == 1:
                if (IsLength(printer, size, 8))
                    printer.Put($"\n\t    Tx Seq: {printer.U32(octets, 0)}, Rx Seq: {printer.U32(octets, 4)}");
                return false;
            case 8 when kind == 1:
                if (IsLength(printer, size, 20))
                    PrintVerify(printer, octets);
                return false;
            case 9 when kind == 1:
                if (IsLength(printer, size, 4))
                    printer.Put($"\n\t    Verify Dead Interval: {printer.U16(octets, 0)}\n\t    Verify Transport Response: {printer.U16(octets, 2)}");
                return false;
            case 10 when kind == 1:
                if (IsLength(printer, size, 4))
                    printer.Put($"\n\t    Verify ID: {printer.U32(octets, 0)}");
                return false;
            case 11 when kind is 1 or 2 or 3:
                if (IsLength(printer, size, 4 + (2 * Width(kind))))
                    PrintLink(printer, octets, kind, LinkFlags, "Link-ID: ");
                return false;
            case 12 when kind is 1 or 2 or 3:
                if (!IsLength(printer, size, 4 + (2 * Width(kind)), isLeast: true))
                    return false;
                PrintLink(printer, octets, kind, DataLinkFlags, "Interface ID: ");
                return PrintSubObjects(printer, octets, 4 + (2 * Width(kind)), size - 4 - (2 * Width(kind)));
            case 13 when kind is 1 or 2 or 3:
                PrintChannels(printer, octets, size, kind, hasState: true);
                return false;
            case 14 when kind is 1 or 2 or 3:
                PrintChannels(printer, octets, size, kind, hasState: false);
                return false;
            case 20 when kind is 1 or 2:
                if (!IsLength(printer, size, 4))
                    return false;
                printer.Put("\n\t    Error Code: ");
                printer.Bits(kind == 1 ? VerifyErrors : SummaryErrors, printer.U32(octets, 0), "none");
                return false;
            case 51 when kind is >= 1 and <= 4:
                if (IsLength(printer, size, kind switch { 2 => 16, 3 => 8, _ => 4 }))
                    PrintService(printer, octets, kind);
                return false;
            case 1 or 2 or 3 or 4 or 5 or 6 or 7 or 8 or 9 or 10 or 11 or 12 or 13 or 14 or 20 or 51:
                return true;
            default:
                if (printer.Verbosity <= 1)
                    printer.Unknown(octets, 0, "\n\t    ", size);
                return false;
        }
    }

    private static int Width(int family) => family == 2 ? 16 : 4;

    private static void PutNumber(PacketPrinter printer, string name, ReadOnlySpan<byte> octets) =>
        printer.Put($"{name}{printer.U32(octets, 0)} (0x{printer.U32(octets, 0):x8})");

    private static void PutIdentifier(PacketPrinter printer, string name, ReadOnlySpan<byte> octets, int at, int family)
    {
        printer.Put(name);
        if (family == 1)
            printer.Ipv4Address(octets, at);
        else if (family == 2)
            printer.Ipv6Address(octets, at);
        else
            printer.Put($"{printer.U32(octets, at)}");
        printer.Put($" (0x{printer.U32(octets, at):x8})");
    }

    private static void PrintLink(PacketPrinter printer, ReadOnlySpan<byte> octets, int kind, ReadOnlySpan<Token> flags, string name)
    {
        printer.Put("\n\t    Flags: [");
        printer.Bits(flags, octets[0], "none");
        printer.Put("]\n\t    Local ");
        PutIdentifier(printer, name, octets, 4, kind);
        printer.Put("\n\t    Remote ");
        PutIdentifier(printer, name, octets, 4 + Width(kind), kind);
    }

    private static bool PrintSubObjects(PacketPrinter printer, ReadOnlySpan<byte> octets, int at, int left)
    {
        while (left > 0 && !printer.IsCut)
        {
            int type = printer.U8(octets, at), size = printer.U8(octets, at + 1);
            printer.Put("\n\t    Subobject, Type: ");
            printer.Token(SubObjects, (uint)type, "Unknown");
            printer.Put($" ({type}), Length: {size}");
            if (size < 4)
            {
                printer.Put(" (too short)");
                break;
            }

            if (size % 4 != 0)
            {
                printer.Put(" (not a multiple of 4)");
                break;
            }

            if (left < size)
            {
                printer.Put(" (goes past the end of the object)");
                break;
            }

            if (type is not (1 or 2))
                return true;
            if (type == 1)
            {
                PutEncoding(printer, "\n\t      Switching Type: ", GmplsNames.SwitchingTypes, printer.U8(octets, at + 2));
                PutEncoding(printer, "\n\t      Encoding Type: ", GmplsNames.Encodings, printer.U8(octets, at + 3));
                PutRate(printer, "\n\t      Min Reservable Bandwidth: ", octets, at + 4);
                PutRate(printer, "\n\t      Max Reservable Bandwidth: ", octets, at + 8);
            }
            else if (printer.Need(octets, at + 4, 4))
            {
                printer.Put($"\n\t      Wavelength: {printer.U32(octets, at + 4)}");
            }

            left -= size;
            at += size;
        }

        return false;
    }

    private static void PutEncoding(PacketPrinter printer, string name, ReadOnlySpan<Token> names, byte value)
    {
        printer.Put(name);
        printer.Token(names, value, "Unknown");
        printer.Put($" ({value})");
    }

    private static void PutRate(PacketPrinter printer, string name, ReadOnlySpan<byte> octets, int at)
    {
        if (!printer.Need(octets, at, 4))
            return;
        printer.Put(name);
        printer.Megabits(octets, at);
    }

    private static void PrintVerify(PacketPrinter printer, ReadOnlySpan<byte> octets)
    {
        const uint PayloadTest = 8000; // decimal, though the flag is 0x8000
        printer.Put("\n\t    Flags: ");
        printer.Bits(VerifyFlags, printer.U16(octets, 0), "none");
        printer.Put($"\n\t    Verify Interval: {printer.U16(octets, 2)}\n\t    Data links: {printer.U32(octets, 4)}\n\t    Encoding type: ");
        printer.Token(GmplsNames.Encodings, octets[8], "Unknown");
        uint mechanism = printer.U16(octets, 10);
        printer.Put($"\n\t    Verify Transport Mechanism: {mechanism} (0x{mechanism:x})");
        printer.Put((mechanism & PayloadTest) != 0 ? " (Payload test messages capable)" : "");
        PutRate(printer, "\n\t    Transmission Rate: ", octets, 12);
        printer.Put($"\n\t    Wavelength: {printer.U32(octets, 16)}");
    }

    private static void PrintChannels(PacketPrinter printer, ReadOnlySpan<byte> octets, int size, int kind, bool hasState)
    {
        int width = Width(kind), step = hasState ? width + 4 : width;
        for (int at = 0; at + step <= size; at += step)
        {
            PutIdentifier(printer, "\n\t    Interface ID: ", octets, at, kind);
            if (!hasState)
                continue;
            uint state = printer.U32(octets, at + width);
            printer.Put($"\n\t\t    Active: {(state >> 31 != 0 ? "Allocated" : "Non-allocated")} ({state >> 31})");
            printer.Put($"\n\t\t    Direction: {(((state >> 30) & 1) != 0 ? "Transmit" : "Receive")} ({(state >> 30) & 1})\n\t\t    Channel Status: ");
            printer.Token(ChannelStates, state & 0x3ffffff, "Unknown");
            printer.Put($" ({state & 0x3ffffff})");
        }
    }

    private static void PrintService(PacketPrinter printer, ReadOnlySpan<byte> octets, int kind)
    {
        switch (kind)
        {
            case 1:
                printer.Put("\n\t Flags: ");
                printer.Bits(ServiceProtocols, octets[0], "none");
                printer.Put($"\n\t  UNI Version: {octets[1]}");
                break;
            case 2:
                PrintPort(printer, octets);
                break;
            case 3:
                printer.Put("\n\t Transparency Flags: ");
                printer.Bits(NetworkTransparencies, printer.U32(octets, 0), "none");
                printer.Put("\n\t TCM Monitoring Flags: ");
                printer.Bits(Monitorings, octets[7], "none");
                break;
            case 4:
                printer.Put("\n\t Diversity: Flags: ");
                printer.Bits(Diversities, octets[3], "none");
                break;
        }
    }

    private static void PrintPort(PacketPrinter printer, ReadOnlySpan<byte> octets)
    {
        PutEncoding(printer, "\n\t Link Type: ", GmplsNames.PortLinkTypes, octets[0]);
        if (octets[0] is 5 or 6)
            PutEncoding(printer, "\n\t Signal Type: ", octets[0] == 5 ? GmplsNames.SdhSignals : GmplsNames.SonetSignals, octets[1]);
        printer.Put("\n\t Transparency: ");
        printer.Bits(PortTransparencies, octets[2], "none");
        printer.Put("\n\t Contiguous Concatenation Types: ");
        printer.Bits(Concatenations, octets[3], "none");
        printer.Put($"\n\t Minimum NCC: {printer.U16(octets, 4)}\n\t Maximum NCC: {printer.U16(octets, 6)}");
        printer.Put($"\n\t Minimum NVC:{printer.U16(octets, 8)}\n\t Maximum NVC:{printer.U16(octets, 10)}");
        PutIdentifier(printer, "\n\t    Local Interface ID: ", octets, 12, 1);
    }
}
