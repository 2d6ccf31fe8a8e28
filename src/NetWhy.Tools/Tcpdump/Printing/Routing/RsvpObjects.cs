using NetWhy.Tools.Tcpdump.Printing.Link;

namespace NetWhy.Tools.Tcpdump.Printing.Routing;

/// <summary>Prints objects of RSVP. Sources: as of <see cref="RsvpNames"/>.</summary>
internal static class RsvpObjects
{
    private const int HeaderLength = 4;

    private enum Outcome
    {
        Done,
        Dumped,
        Short,
        ShortPart,
        Invalid,
        Missing,
        Stopped,
    }

    /// <summary>Prints objects.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="octets">What was captured.</param>
    /// <param name="at">Where they begin.</param>
    /// <param name="left">Their octets.</param>
    /// <param name="indent">What their lines begin with.</param>
    /// <returns>Whether all of them were printed.</returns>
    internal static bool Print(PacketPrinter printer, ReadOnlySpan<byte> octets, int at, int left, string indent)
    {
        while (left >= HeaderLength && !printer.IsCut)
        {
            if (!PacketPrinter.Has(octets, at, HeaderLength))
            {
                printer.Truncated();
                return false;
            }

            int size = printer.U16(octets, at), number = octets[at + 2], type = octets[at + 3];
            if (size % 4 != 0)
            {
                printer.Put($"{indent}ERROR: object header size {size} not a multiple of 4");
                return false;
            }

            if (size < HeaderLength)
            {
                printer.Put($"{indent}ERROR: object header too short {size} < {HeaderLength}");
                return false;
            }

            PutHeader(printer, indent, size, number, type);
            if (left < size)
            {
                printer.Put($"{indent}ERROR: object goes past end of objects TLV");
                return false;
            }

            if (!PacketPrinter.Has(octets, at, size))
            {
                printer.Truncated();
                return false;
            }

            ReadOnlySpan<byte> value = octets.Slice(at + HeaderLength, size - HeaderLength);
            Outcome outcome = PrintObject(printer, value, number, type, indent);
            if (outcome > Outcome.Dumped)
            {
                Complain(printer, outcome, indent);
                return false;
            }

            if (printer.Verbosity > 1 || outcome is Outcome.Dumped)
                printer.Unknown(value, 0, "\n\t    ", value.Length);
            at += size;
            left -= size;
        }

        return true;
    }

    private static void PutHeader(PacketPrinter printer, string indent, int size, int number, int type)
    {
        printer.Put(indent);
        printer.Token(RsvpNames.Objects, (uint)number, "Unknown");
        printer.Put($" Object ({number}) Flags: [");
        printer.Put((number & 0x80) == 0 ? "reject" : (number & 0x40) != 0 ? "ignore and forward" : "ignore silently");
        printer.Put(" if unknown], Class-Type: ");
        printer.Token(RsvpNames.Types, (uint)((number << 8) + type), "Unknown");
        printer.Put($" ({type}), length: {size}");
    }

    private static void Complain(PacketPrinter printer, Outcome outcome, string indent)
    {
        switch (outcome)
        {
            case Outcome.Short:
                printer.Put($"{indent}ERROR: object is too short");
                break;
            case Outcome.ShortPart:
                printer.Put($"{indent}ERROR: sub-object is too short");
                break;
            case Outcome.Invalid:
                printer.Invalid();
                break;
            case Outcome.Missing:
                printer.Truncated();
                break;
        }
    }

    private static Outcome PrintObject(PacketPrinter printer, ReadOnlySpan<byte> value, int number, int type, string indent)
    {
        int shortest = Shortest(number, type);
        if (shortest < 0)
            return Outcome.Dumped;
        if (value.Length < shortest)
            return Outcome.Short;
        switch (number)
        {
            case 1:
                PrintSession(printer, value, type, indent);
                return Outcome.Done;
            case 3:
                bool isIpv4 = type is 1 or 3;
                printer.Put(indent);
                PutAddress(printer, "  Previous/Next Interface: ", value, 0, isIpv4 ? 4 : 16);
                printer.Put($", Logical Interface Handle: 0x{printer.U32(value, isIpv4 ? 4 : 16):x8}");
                return isIpv4 && value.Length == 8 ? Outcome.Done : Outcome.Dumped;
            case 4:
                PrintIntegrity(printer, value, indent);
                return Outcome.Done;
            case 5:
                printer.Put($"{indent}  Refresh Period: {printer.U32(value, 0)}ms");
                return Outcome.Done;
            case 6:
                PrintError(printer, value, type is 1 or 3 ? 4 : 16, indent);
                return Outcome.Done;
            case 8:
                printer.Put($"{indent}  Reservation Style: ");
                printer.Token(RsvpNames.Styles, printer.U24(value, 1), "Unknown");
                printer.Put($", Flags: [0x{(uint)value[0]:x2}]");
                return Outcome.Done;
            case 9 or 12 or 13:
                RsvpServices.Print(printer, value, indent);
                return Outcome.Done;
            case 10 or 11:
                PrintSender(printer, value, number, type, indent);
                return Outcome.Done;
            case 15 or 195:
                printer.Put($"{indent}  {(type == 1 ? "IPv4" : "IPv6")} {(number == 15 ? "Receiver" : "Notify Node")} Address: ");
                PutAddress(printer, "", value, 0, type == 1 ? 4 : 16);
                return Outcome.Done;
            case 16 or 34 or 35 or 129:
                PrintLabel(printer, value, type, indent);
                return Outcome.Done;
            case 19:
                PrintLabelRequest(printer, value, type, indent);
                return Outcome.Done;
            case 20 or 21:
                return PrintRoute(printer, value, indent);
            case 22:
                printer.Put($"{indent}  Source Instance: 0x{printer.U32(value, 0):x8}, Destination Instance: 0x{printer.U32(value, 4):x8}");
                return Outcome.Done;
            case 23 or 24 or 25:
                printer.Put($"{indent}  Flags [0x{(uint)value[0]:x2}], epoch: {printer.U24(value, 1)}");
                for (int at = 4; at + 4 <= value.Length; at += 4)
                    printer.Put($"{indent}    Message-ID 0x{printer.U32(value, at):x8} ({printer.U32(value, at)})");
                return Outcome.Done;
            case 36:
                return PrintLabelSet(printer, value, indent);
            case 50:
                printer.Put(indent);
                PutAddress(printer, "  Sub-LSP destination address: ", value, 0, type == 1 ? 4 : 16);
                return Outcome.Done;
            case 63:
                for (int at = 0; at + 8 <= value.Length; at += 8)
                {
                    printer.Put(indent);
                    PutAddress(printer, "  PLR-ID: ", value, at, 4);
                    PutAddress(printer, ", Avoid-Node-ID: ", value, at + 4, 4);
                }

                return Outcome.Done;
            case 66 or 125:
                printer.Put($"{indent}  CT: {printer.U32(value, 0) & 7}");
                return Outcome.Done;
            case 131:
                printer.Put($"{indent}  Restart  Time: {printer.U32(value, 0)}ms, Recovery Time: {printer.U32(value, 4)}ms");
                return Outcome.Done;
            case 134:
                uint flags = printer.U32(value, 0);
                if ((flags & ~7u) != 0)
                    printer.Put($"{indent}  [reserved=0x{flags & ~7u:x8} must be zero]");
                printer.Put($"{indent}  Flags: [");
                printer.Bits(RsvpNames.CapabilityFlags, flags & 7, "none");
                printer.Put("]");
                return Outcome.Done;
            case 196:
                printer.Put($"{indent}  Flags [");
                printer.Bits(RsvpNames.AdministrativeFlags, printer.U32(value, 0), "none");
                printer.Put("]");
                return Outcome.Done;
            case 204:
                return PrintProperties(printer, value, indent);
            case 205:
                PrintReroute(printer, value, type, indent);
                return Outcome.Done;
            case 207:
                return PrintSessionAttribute(printer, value, indent);
            case 229:
                return PrintUni(printer, value, indent);
            default:
                if (printer.Verbosity <= 1)
                    printer.Unknown(value, 0, "\n\t    ", value.Length);
                return Outcome.Done;
        }
    }

    // Octets that an object has at least; negative if its type is not known.
    private static int Shortest(int number, int type) => (number, type) switch
    {
        (1, 1) => 8,
        (1, 2) => 20,
        (1, 8) => 36,
        (1, 14) => 26,
        (1, 7 or 11 or 13) => 12,
        (3, 1 or 3) => 8,
        (3, 2 or 4) => 20,
        (4, 1) => 32,
        (5 or 8 or 36 or 66 or 125 or 134 or 196 or 204 or 229, 1) => 4,
        (6, 1 or 3) => 8,
        (6, 2 or 4) => 20,
        (9 or 12 or 13, 2) => 4,
        (10 or 11, 1 or 7) => 8,
        (10 or 11, 2) => 20,
        (10, 3 or 8) => 20,
        (10 or 11, 12) => 16,
        (10 or 11, 13) => 40,
        (15 or 195 or 50, 1) => 4,
        (15 or 195 or 50, 2) => 16,
        (16 or 34 or 35 or 129 or 19, 1) => 0,
        (16 or 34 or 35 or 129, 2) => 4,
        (16 or 34 or 35 or 129, 3) => 12,
        (19, 2 or 3) => 12,
        (19, 4) => 4,
        (20 or 21, 1) => 0,
        (22, 1 or 2) => 8,
        (23 or 24 or 25, 1 or 2) => 4,
        (63, 7) => 0,
        (131, 1) => 8,
        (205, 1) => 20,
        (205, 7) => 16,
        (207, 7) => 4,
        (1 or 3 or 4 or 5 or 6 or 8 or 9 or 10 or 11 or 12 or 13 or 15 or 16 or 19 or 20 or 21 or 22 or 23 or 24 or 25, _) => -1,
        (34 or 35 or 36 or 50 or 63 or 66 or 125 or 129 or 131 or 134 or 195 or 196 or 204 or 205 or 207 or 229, _) => -1,
        _ => 0,
    };

    private static void PutAddress(PacketPrinter printer, string name, ReadOnlySpan<byte> value, int at, int width)
    {
        printer.Put(name);
        if (width == 4)
            printer.Ipv4Address(value, at);
        else
            printer.Ipv6Address(value, at);
    }

    private static void PutSharp(PacketPrinter printer, uint value) => printer.Put($"{(value == 0 ? "" : "0x")}{value:x}");

    private static void PrintSession(PacketPrinter printer, ReadOnlySpan<byte> value, int type, string indent)
    {
        printer.Put(indent);
        if (type is 1 or 2)
        {
            int width = type == 1 ? 4 : 16;
            PutAddress(printer, type == 1 ? "  IPv4 DestAddress: " : "  IPv6 DestAddress: ", value, 0, width);
            printer.Put($", Protocol ID: 0x{(uint)value[width]:x2}{indent}  Flags: [0x{(uint)value[width + 1]:x2}], DestPort {printer.U16(value, width + 2)}");
        }
        else if (type == 8)
        {
            PutAddress(printer, "  IPv6 Tunnel EndPoint: ", value, 0, 16);
            printer.Put($", Tunnel ID: 0x{(uint)printer.U16(value, 18):x4}, ");
            PutAddress(printer, "Extended Tunnel ID: ", value, 20, 16);
        }
        else
        {
            if (type == 14)
                printer.Put($"  IPv6 P2MP LSP ID: 0x{printer.U32(value, 0):x8}");
            else
                PutAddress(printer, type == 13 ? "  IPv4 P2MP LSP ID: " : "  IPv4 Tunnel EndPoint: ", value, 0, 4);
            printer.Put($", Tunnel ID: 0x{(uint)printer.U16(value, 6):x4}, ");
            PutAddress(printer, "Extended Tunnel ID: ", value, 8, type == 14 ? 16 : 4);
        }
    }

    private static void PrintIntegrity(PacketPrinter printer, ReadOnlySpan<byte> value, string indent)
    {
        printer.Put($"{indent}  Key-ID 0x{(uint)printer.U16(value, 2):x4}{printer.U32(value, 4):x8}, Sequence 0x{printer.U64(value, 8):x16}, Flags [");
        printer.Bits(RsvpNames.IntegrityFlags, value[0], "none");
        printer.Put($"]{indent}  MD5-sum 0x{printer.U64(value, 16):x16}{printer.U64(value, 24):x16}  (unchecked)");
    }

    private static void PrintError(PacketPrinter printer, ReadOnlySpan<byte> value, int width, string indent)
    {
        byte code = value[width + 1];
        ushort detail = printer.U16(value, width + 2);
        printer.Put(indent);
        PutAddress(printer, "  Error Node Address: ", value, 0, width);
        printer.Put($", Flags: [0x{(uint)value[width]:x2}]{indent}  Error Code: ");
        printer.Token(RsvpNames.Errors, code, "unknown");
        printer.Put($" ({code})");
        if (code == 24 || (width == 4 && code is 28 or 125))
        {
            printer.Put(", Error Value: ");
            printer.Token(code == 24 ? RsvpNames.RoutingErrors : RsvpNames.DiffservErrors, detail, "unknown");
            printer.Put($" ({detail})");
        }
        else if (width == 4)
        {
            printer.Put($", Unknown Error Value ({detail})");
        }
    }

    private static void PrintSender(PacketPrinter printer, ReadOnlySpan<byte> value, int number, int type, string indent)
    {
        printer.Put(indent);
        switch (type)
        {
            case 1 or 2:
                PutAddress(printer, "  Source Address: ", value, 0, type == 1 ? 4 : 16);
                printer.Put($", Source Port: {printer.U16(value, type == 1 ? 6 : 18)}");
                break;
            case 3:
                PutAddress(printer, "  Source Address: ", value, 0, 16);
                printer.Put($", Flow Label: {printer.U24(value, 17)}");
                break;
            case 7 or 8:
                PutAddress(printer, number == 11 ? "  IPv4 Tunnel Sender Address: " : "  Source Address: ", value, 0, 4);
                printer.Put($", LSP-ID: 0x{(uint)printer.U16(value, type == 7 ? 6 : 18):x4}");
                break;
            default:
                int width = type == 12 ? 4 : 16;
                PutAddress(printer, width == 4 ? "  IPv4 Tunnel Sender Address: " : "  IPv6 Tunnel Sender Address: ", value, 0, width);
                printer.Put($", LSP ID: 0x{(uint)printer.U16(value, width + 2):x4}{indent}");
                PutAddress(printer, "  Sub-Group Originator ID: ", value, width + 4, width);
                printer.Put($", Sub-Group ID: 0x{(uint)printer.U16(value, width == 4 ? 12 : 38):x4}");
                break;
        }
    }

    private static void PrintLabel(PacketPrinter printer, ReadOnlySpan<byte> value, int type, string indent)
    {
        switch (type)
        {
            case 1:
                for (int at = 0; at + 4 <= value.Length; at += 4)
                    printer.Put($"{indent}  Label: {printer.U32(value, at)}");
                break;
            case 2:
                printer.Put($"{indent}  Generalized Label: {printer.U32(value, 0)}");
                break;
            default:
                printer.Put($"{indent}  Waveband ID: {printer.U32(value, 0)}{indent}  Start Label: {printer.U32(value, 4)}, Stop Label: {printer.U32(value, 8)}");
                break;
        }
    }

    private static void PrintLabelRequest(PacketPrinter printer, ReadOnlySpan<byte> value, int type, string indent)
    {
        if (type == 4)
        {
            printer.Put($"{indent}  LSP Encoding Type: ");
            printer.Token(GmplsNames.Encodings, value[0], "Unknown");
            printer.Put($" ({value[0]}){indent}  Switching Type: ");
            printer.Token(GmplsNames.SwitchingTypes, value[1], "Unknown");
            printer.Put($" ({value[1]}), Payload ID: ");
            printer.Token(GmplsNames.Payloads, printer.U16(value, 2), "Unknown");
            printer.Put($" (0x{(uint)printer.U16(value, 2):x4})");
            return;
        }

        int count = type == 1 ? value.Length / 4 : 1;
        for (int i = 0; i < count; i++)
        {
            printer.Put($"{indent}  L3 Protocol ID: ");
            printer.Token(EtherTypes.Names, printer.U16(value, (i * 4) + 2), "Unknown Protocol (0x%04x)");
        }

        if (type == 2)
        {
            printer.Put($",{((value[4] & 0x80) != 0 ? "no" : "")} merge capability");
            printer.Put($"{indent}  Minimum VPI/VCI: {printer.U16(value, 4) & 0xfff}/{printer.U16(value, 6) & 0xfff}");
            printer.Put($"{indent}  Maximum VPI/VCI: {printer.U16(value, 8) & 0xfff}/{printer.U16(value, 10) & 0xfff}");
        }
        else if (type == 3)
        {
            int width = (printer.U16(value, 4) >> 7) & 3;
            printer.Put($"{indent}  Minimum/Maximum DLCI: {printer.U32(value, 4) & 0x7fffff}/{printer.U32(value, 8) & 0x7fffff}, ");
            printer.Put($"{(width == 0 ? "10" : "")}{(width == 2 ? "23" : "")} bit DLCI");
        }
    }

    private static Outcome PrintRoute(PacketPrinter printer, ReadOnlySpan<byte> value, string indent)
    {
        while (value.Length >= 4)
        {
            int type = value[0] & 0x7f, size = value[1];
            printer.Put($"{indent}  Subobject Type: ");
            printer.Token(RsvpNames.Hops, (uint)type, "Unknown %u");
            printer.Put($", length {size}");
            if (value.Length < size)
            {
                printer.Put($"{indent}  ERROR: ERO subobject length > object length");
                break;
            }

            if (size == 0)
            {
                printer.Put($"{indent}  ERROR: zero length ERO subtype");
                break;
            }

            if (type is 1 or 3)
            {
                if (size != 8)
                {
                    printer.Put(" ERROR: length != 8");
                    return Outcome.Invalid;
                }

                if (!PrintHop(printer, value, type))
                    return Outcome.Invalid;
            }

            value = value[size..];
        }

        return Outcome.Done;
    }

    private static bool PrintHop(PacketPrinter printer, ReadOnlySpan<byte> value, int type)
    {
        if (type == 3)
        {
            printer.Put(", Flags: [");
            printer.Bits(RsvpNames.HopLabelFlags, value[2], "none");
            printer.Put("] (");
            PutSharp(printer, value[2]);
            printer.Put("), Class-Type: ");
            printer.Token(RsvpNames.Types, value[3] + (256u * 21), "Unknown");
            printer.Put($" ({value[3]}), {printer.U32(value, 4)}");
            return true;
        }

        if (value[6] != 32)
        {
            printer.Put($" ERROR: Prefix length {value[6]} != 32");
            return false;
        }

        PutAddress(printer, (value[0] & 0x80) != 0 ? ", Loose, " : ", Strict, ", value, 2, 4);
        printer.Put($"/{value[6]}, Flags: [");
        printer.Bits(RsvpNames.HopFlags, value[7], "none");
        printer.Put("]");
        return true;
    }

    private static Outcome PrintLabelSet(PacketPrinter printer, ReadOnlySpan<byte> value, string indent)
    {
        byte action = value[0];
        printer.Put($"{indent}  Action: ");
        printer.Token(RsvpNames.LabelSetActions, action, "Unknown");
        printer.Put($" ({action}), Label type: {printer.U32(value, 0) & 0x7f}");
        if (action is 2 or 3)
        {
            if (value.Length < 12)
                return Outcome.Short;
            printer.Put($"{indent}  Start range: {printer.U32(value, 4)}, End range: {printer.U32(value, 8)}");
            return Outcome.Done;
        }

        for (int at = 4; at + 4 <= value.Length; at += 4)
            printer.Put($"{indent}  Subchannel #{at / 4}: {printer.U32(value, at)}");
        return Outcome.Done;
    }

    private static Outcome PrintProperties(PacketPrinter printer, ReadOnlySpan<byte> value, string indent)
    {
        int padding = printer.U16(value, 2);
        printer.Put($"{indent}  TLV count: {printer.U16(value, 0)}, padding bytes: {padding}");
        value = value[4..];
        while (value.Length >= 2 + padding)
        {
            int size = value[1];
            printer.Put($"{indent}    ");
            printer.Token(RsvpNames.Properties, value[0], "unknown");
            printer.Put($" TLV (0x{(uint)value[0]:x2}), length: {size}");
            if (value.Length < size)
                return Outcome.Short;
            if (size < 2)
            {
                printer.Put($"{indent}ERROR: property TLV is too short");
                return Outcome.Stopped;
            }

            printer.Unknown(value, 2, "\n\t\t", size - 2);
            value = value[size..];
        }

        return Outcome.Done;
    }

    private static void PrintReroute(PacketPrinter printer, ReadOnlySpan<byte> value, int type, string indent)
    {
        printer.Put($"{indent}  Setup Priority: {value[0]}, Holding Priority: {value[1]}, Hop-limit: {value[2]}, Bandwidth: ");
        printer.Significant(BitConverter.UInt32BitsToSingle(printer.U32(value, 4)) * 8 / 1_000_000);
        printer.Put($" Mbps{indent}");
        if (type == 1)
            printer.Put($"  Include-any: 0x{printer.U32(value, 8):x8}, Exclude-any: 0x{printer.U32(value, 12):x8}, Include-all: 0x{printer.U32(value, 16):x8}");
        else
            printer.Put($"  Include Colors: 0x{printer.U32(value, 8):x8}, Exclude Colors: 0x{printer.U32(value, 12):x8}");
    }

    private static Outcome PrintSessionAttribute(PacketPrinter printer, ReadOnlySpan<byte> value, string indent)
    {
        int length = value[3];
        if (value.Length < 4 + length)
            return Outcome.Short;
        printer.Put($"{indent}  Session Name: ");
        printer.Characters(value, 4, length);
        printer.Put($"{indent}  Setup Priority: {value[0]}, Holding Priority: {value[1]}, Flags: [");
        printer.Bits(RsvpNames.SessionFlags, value[2], "none");
        printer.Put("] (");
        PutSharp(printer, value[2]);
        printer.Put(")");
        return Outcome.Done;
    }

    private static Outcome PrintUni(PacketPrinter printer, ReadOnlySpan<byte> value, string indent)
    {
        Outcome outcome = Outcome.Done;
        while (!value.IsEmpty)
        {
            if (value.Length < 4)
                return Outcome.Invalid;
            int size = printer.U16(value, 0), type = value[2], family = value[3];
            printer.Put($"{indent}  Subobject Type: ");
            printer.Token(RsvpNames.UniSubObjects, (uint)type, "Unknown");
            printer.Put($" ({type}), AF: ");
            printer.Token(AddressFamilies.Names, (uint)family, "Unknown");
            printer.Put($" ({family}), length: {size}");
            if (size < 4 || size > value.Length)
                return Outcome.Invalid;
            int shortest = type switch { 1 or 2 => family switch { 1 => 8, 2 => 20, _ => 4 }, 4 => 16, 5 => 8, _ => 4 };
            if (size < shortest)
                return Outcome.ShortPart;
            if (!PrintUniPart(printer, value, size, type, family, indent))
                outcome = Outcome.Dumped;
            value = value[size..];
        }

        return outcome;
    }

    private static bool PrintUniPart(PacketPrinter printer, ReadOnlySpan<byte> value, int size, int type, int family, string indent)
    {
        switch (type)
        {
            case 1 or 2 when family is 1 or 2:
                printer.Put($"{indent}    UNI {(family == 1 ? "IPv4" : "IPv6")} TNA address: ");
                PutAddress(printer, "", value, 4, family == 1 ? 4 : 16);
                return true;
            case 1 or 2:
                return family != AddressFamilies.Nsap;
            case 3:
                return size <= 4;
            case 4:
                uint word = printer.U32(value, 4);
                printer.Put($"{indent}    U-bit: {word >> 31:x}, Label type: {word & 0xff}, Logical port id: {printer.U32(value, 8)}, Label: {printer.U32(value, 12)}");
                return true;
            case 5:
                printer.Put($"{indent}    Service level: {value[4]}");
                return true;
            default:
                return false;
        }
    }
}
