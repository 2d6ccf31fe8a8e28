namespace NetWhy.Tools.Tcpdump.Printing.Link;

/// <summary>Prints the slow protocols: link aggregation, markers, link OAM. Sources: IEEE 802.1AX, IEEE 802.3 clause 57.</summary>
internal static class SlowPrinter
{
    private const byte Lacp = 1;
    private const byte Marker = 2;
    private const byte Oam = 3;

    private static readonly Token[] Types = [(1, "LACP"), (2, "MARKER"), (3, "OAM")];
    private static readonly Token[] Elements =
    [
        (256, "Terminator"), (257, "Actor Information"), (258, "Partner Information"), (259, "Collector Information"), (512, "Terminator"),
        (513, "Marker Information"),
    ];
    private static readonly Token[] States =
    [
        (1, "Activity"), (2, "Timeout"), (4, "Aggregation"), (8, "Synchronization"), (16, "Collecting"), (32, "Distributing"), (64, "Default"),
        (128, "Expired"),
    ];
    private static readonly Token[] OamCodes =
    [
        (0, "Information"), (1, "Event Notification"), (2, "Variable Request"), (3, "Variable Response"), (4, "Loopback Control"),
        (254, "Vendor Private"),
    ];
    private static readonly Token[] OamFlags =
    [
        (1, "Link Fault"), (2, "Dying Gasp"), (4, "Critical Event"), (8, "Local Evaluating"), (16, "Local Stable"), (32, "Remote Evaluating"),
        (64, "Remote Stable"),
    ];
    private static readonly Token[] InformationTypes =
    [
        (0, "End of TLV marker"), (1, "Local"), (2, "Remote"), (254, "Organization specific"),
    ];
    private static readonly Token[] ParserStates = [(0, "forwarding"), (1, "looping back"), (2, "discarding"), (3, "reserved")];
    private static readonly Token[] MultiplexerStates = [(0, "forwarding"), (4, "discarding")];
    private static readonly Token[] Configurations =
    [
        (1, "Active"), (2, "Unidirectional"), (4, "Remote-Loopback"), (8, "Link-Events"), (16, "Variable-Retrieval"),
    ];
    private static readonly Token[] Events =
    [
        (0, "End of TLV marker"), (1, "Errored Symbol Period Event"), (2, "Errored Frame Event"), (3, "Errored Frame Period Event"),
        (4, "Errored Frame Seconds Summary Event"), (254, "Organization specific"),
    ];
    private static readonly Token[] Commands = [(1, "Enable OAM Remote Loopback"), (2, "Disable OAM Remote Loopback")];

    /// <summary>Prints a packet.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="octets">What was captured.</param>
    /// <param name="length">What it was long.</param>
    internal static void Print(PacketPrinter printer, ReadOnlySpan<byte> octets, int length)
    {
        printer.Protocol = "slow";
        if (length < 1)
        {
            PutShort(printer);
            return;
        }

        byte type = printer.U8(octets, 0);
        if (printer.IsCut)
            return;
        bool isKnown = type is Lacp or Marker or Oam;
        if (type is Lacp or Marker)
        {
            if (length < 2)
            {
                PutShort(printer);
                return;
            }

            byte version = printer.U8(octets, 1);
            if (version != 1)
            {
                printer.Put($"{(type is Lacp ? "LACP" : "MARKER")} version {version} packet not supported");
                return;
            }

            PutType(printer, type);
            printer.Put($"v{version}, length {length}");
        }
        else
        {
            PutType(printer, type);
            printer.Put($", length {length}");
        }

        if (!isKnown)
            printer.Unknown(octets, 0, "\n\t", length);
        if (printer.IsCut || printer.Verbosity == 0 || !isKnown)
            return;
        bool isLong = type is Oam ? PrintOam(printer, octets[1..], length - 1) : PrintElements(printer, octets[2..], length - 2, type);
        if (!isLong)
            printer.Put("\n\t\t packet is too short");
    }

    private static void PutShort(PacketPrinter printer) =>
        printer.Put(printer.Verbosity == 0 ? " (packet is too short)" : "\n\t\t packet is too short");

    private static void PutType(PacketPrinter printer, byte type) => printer.Token(Types, type, "unknown (%u)");

    // False if the packet ends in it.
    private static bool PrintElements(PacketPrinter printer, ReadOnlySpan<byte> octets, int length, byte protocol)
    {
        int at = 0;
        while (length > 0 && !printer.IsCut)
        {
            if (length < 2)
                return false;
            byte type = printer.U8(octets, at), size = printer.U8(octets, at + 1);
            uint kind = ((uint)protocol << 8) + type;
            printer.Put("\n\t");
            printer.Token(Elements, kind, "Unknown");
            printer.Put($" TLV (0x{(uint)type:x2}), length {size}");
            if (type == 0)
                return true;
            if (size < 2)
            {
                printer.Put("\n\t    ERROR: illegal length - should be >= 2");
                return true;
            }

            if (length < size)
                return false;
            if (!PacketPrinter.Has(octets, at, size))
            {
                printer.Truncated();
                return true;
            }

            PrintElement(printer, kind, octets.Slice(at + 2, size - 2));
            if (printer.Verbosity > 1)
                printer.Unknown(octets, at + 2, "\n\t  ", size - 2);
            at += size;
            length -= size;
        }

        return true;
    }

    private static bool IsRight(PacketPrinter printer, int size, int right)
    {
        if (size == right)
            return true;
        printer.Put($"\n\t    ERROR: illegal length - should be {right}");
        return false;
    }

    private static void PrintElement(PacketPrinter printer, uint kind, ReadOnlySpan<byte> value)
    {
        switch (kind)
        {
            case 0x101 or 0x102:
                if (!IsRight(printer, value.Length + 2, 20))
                    break;
                printer.Put("\n\t  System ");
                printer.EthernetAddress(value, 2);
                printer.Put($", System Priority {printer.U16(value, 0)}, Key {printer.U16(value, 8)}, Port {printer.U16(value, 12)}, Port Priority {printer.U16(value, 10)}");
                printer.Put("\n\t  State Flags [");
                printer.Bits(States, value[14], "none");
                printer.Put("]");
                break;
            case 0x103:
                if (IsRight(printer, value.Length + 2, 16))
                    printer.Put($"\n\t  Max Delay {printer.U16(value, 0)}");
                break;
            case 0x201:
                if (!IsRight(printer, value.Length + 2, 16))
                    break;
                printer.Put("\n\t  Request System ");
                printer.EthernetAddress(value, 2);
                printer.Put($", Request Port {printer.U16(value, 0)}, Request Transaction ID 0x{printer.U32(value, 8):x8}");
                break;
            default:
                if (printer.Verbosity <= 1)
                    printer.Unknown(value, 0, "\n\t  ", value.Length);
                break;
        }
    }

    private static bool PrintOam(PacketPrinter printer, ReadOnlySpan<byte> octets, int length)
    {
        if (length < 3)
            return false;
        if (octets.Length < 3)
        {
            printer.Truncated();
            return true;
        }

        byte code = octets[2];
        printer.Put("\n\tCode ");
        printer.Token(OamCodes, code, "Unknown (%u)");
        printer.Put(" OAM PDU, Flags [");
        printer.Bits(OamFlags, printer.U16(octets, 0), "none");
        printer.Put("]");
        octets = octets[3..];
        length -= 3;
        switch (code)
        {
            case 0:
                return PrintOamElements(printer, octets, length, InformationTypes, " Information Type (", isEvent: false);
            case 1:
                if (length < 2)
                    return false;
                ushort sequence = printer.U16(octets, 0);
                printer.Put($"\n\t  Sequence Number {sequence}");
                return PrintOamElements(printer, PacketPrinter.From(octets, 2), length - 2, Events, " Link Event Type (", isEvent: true);
            case 4:
                if (length < 1)
                    return false;
                byte command = printer.U8(octets, 0);
                printer.Put("\n\t  Command ");
                printer.Token(Commands, command, "Unknown");
                printer.Put($" ({command})");
                return true;
            default:
                if (printer.Verbosity <= 1)
                    printer.Unknown(octets, 0, "\n\t  ", length);
                return true;
        }
    }

    private static bool PrintOamElements(PacketPrinter printer, ReadOnlySpan<byte> octets, int length, Token[] types, string title, bool isEvent)
    {
        int at = 0;
        while (length > 0 && !printer.IsCut)
        {
            if (length < 2)
                return false;
            if (!PacketPrinter.Has(octets, at, 2))
            {
                printer.Truncated();
                return true;
            }

            byte type = octets[at], size = octets[at + 1];
            printer.Put("\n\t  ");
            printer.Token(types, type, "Reserved");
            printer.Put($"{title}{type}), length {size}");
            if (type == 0)
                return true;
            if (size < 2)
            {
                printer.Put("\n\t    ERROR: illegal length - should be >= 2");
                return true;
            }

            if (length < size)
                return false;
            if (!PacketPrinter.Has(octets, at, size))
            {
                printer.Truncated();
                return true;
            }

            ReadOnlySpan<byte> element = octets.Slice(at, size);
            bool isKnown = isEvent ? type is >= 1 and <= 4 && PrintEvent(printer, element) : type is 1 or 2 && PrintInformation(printer, element);
            if (printer.Verbosity > 1 || !isKnown)
                printer.Unknown(element, 0, "\n\t  ", size);
            at += size;
            length -= size;
        }

        return true;
    }

    private static bool PrintInformation(PacketPrinter printer, ReadOnlySpan<byte> element)
    {
        if (!IsRight(printer, element.Length, 16))
            return false;
        byte state = element[5];
        printer.Put($"\n\t    OAM-Version {element[2]}, Revision {printer.U16(element, 3)}\n\t    State-Parser-Action ");
        printer.Token(ParserStates, state & 3u, "Reserved");
        printer.Put(", State-MUX-Action ");
        printer.Token(MultiplexerStates, state & 4u, "Reserved");
        printer.Put("\n\t    OAM-Config Flags [");
        printer.Bits(Configurations, element[6], "none");
        uint organization = printer.U24(element, 9);
        printer.Put($"], OAM-PDU-Config max-PDU size {printer.U16(element, 7) & 0x7ff}\n\t    OUI ");
        printer.Token(Organizations.Names, organization, "Unknown");
        printer.Put($" (0x{organization:x6}), Vendor-Private 0x{printer.U32(element, 12):x8}");
        return true;
    }

    private static bool PrintEvent(PacketPrinter printer, ReadOnlySpan<byte> element)
    {
        if (!IsRight(printer, element.Length, 40))
            return false;
        printer.Put($"\n\t    Timestamp {printer.U16(element, 2) * 100} ms, Errored Window {printer.U64(element, 4)}\n\t    Errored Threshold {printer.U64(element, 12)}");
        printer.Put($"\n\t    Errors {printer.U64(element, 20)}\n\t    Error Running Total {printer.U64(element, 28)}\n\t    Event Running Total {printer.U32(element, 36)}");
        return true;
    }
}
