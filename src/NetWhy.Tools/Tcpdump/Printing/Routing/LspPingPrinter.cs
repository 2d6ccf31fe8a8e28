using NetWhy.Tools.Tcpdump.Printing.Application;

namespace NetWhy.Tools.Tcpdump.Printing.Routing;

/// <summary>Prints echo requests and replies of label switched paths. Sources: RFC 4379, RFC 5884.</summary>
internal static class LspPingPrinter
{
    private const int HeaderLength = 32;
    private const int TlvLength = 4;
    private const string TooShort = "\n\t      TLV is too short";

    private static readonly Token[] Messages = [(1, "MPLS Echo Request"), (2, "MPLS Echo Reply")];

    private static readonly Token[] ReplyModes =
    [
        (1, "Do not reply"), (2, "Reply via an IPv4/IPv6 UDP packet"), (3, "Reply via an IPv4/IPv6 UDP packet with Router Alert"),
        (4, "Reply via application level control channel"),
    ];

    private static readonly Token[] ReturnCodes =
    [
        (0, "No return code or return code contained in the Error Code TLV"), (1, "Malformed echo request received"),
        (2, "One or more of the TLVs was not understood"), (3, "Replying router is an egress for the FEC at stack depth"),
        (4, "Replying router has no mapping for the FEC at stack depth"), (5, "Reserved"), (6, "Reserved"), (7, "Reserved"),
        (8, "Label switched at stack-depth"), (9, "Label switched but no MPLS forwarding at stack-depth"),
        (10, "Mapping for this FEC is not the given label at stack depth"), (11, "No label entry at stack-depth"),
        (12, "Protocol not associated with interface at FEC stack depth"),
        (13, "Premature termination of ping due to label stack shrinking to a single label"),
    ];

    private static readonly Token[] Tlvs =
    [
        (1, "Target FEC Stack"), (2, "Downstream Mapping"), (3, "Pad"), (9, "Error Code"), (5, "Vendor Enterprise Code"),
        (7, "Interface Label Stack"), (10, "Reply TOS Byte"), (15, "BFD Discriminator"), (0xfc00, "Vendor Private Code"),
    ];

    private static readonly Token[] Targets =
    [
        (1, "LDP IPv4 prefix"), (2, "LDP IPv6 prefix"), (3, "RSVP IPv4 Session Query"), (4, "RSVP IPv6 Session Query"), (5, "Reserved"),
        (6, "VPN IPv4 prefix"), (7, "VPN IPv6 prefix"), (8, "L2 VPN endpoint"), (9, "FEC 128 pseudowire (old)"), (10, "FEC 128 pseudowire"),
        (12, "BGP labeled IPv4 prefix"), (13, "BGP labeled IPv6 prefix"),
    ];

    private static readonly Token[] AddressTypes = [(1, "IPv4"), (2, "Unnumbered IPv4"), (3, "IPv6"), (4, "IPv6")];

    /// <summary>Prints a packet.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="octets">What was captured.</param>
    /// <param name="length">What it was long.</param>
    internal static void Print(PacketPrinter printer, ReadOnlySpan<byte> octets, int length)
    {
        printer.Protocol = "lspping";
        if (length < HeaderLength)
        {
            printer.Put("\n\t\t packet is too short");
            return;
        }

        if (!printer.Need(octets, 0, HeaderLength))
            return;
        uint version = printer.U16(octets, 0);
        if (version != 1)
        {
            printer.Put($"LSP-PING version {version} packet not supported");
            return;
        }

        byte type = octets[4];
        if (printer.Verbosity < 1)
        {
            printer.Put("LSP-PINGv1, ");
            printer.Token(Messages, type, "unknown (%u)");
            printer.Put($", seq {printer.U32(octets, 12)}, length: {length}");
            return;
        }

        PrintHeader(printer, octets, length, type);
        PrintTlvs(printer, octets, length - HeaderLength);
    }

    private static void PrintHeader(PacketPrinter printer, ReadOnlySpan<byte> octets, int length, byte type)
    {
        byte code = octets[6], subcode = octets[7];
        printer.Put("\n\tLSP-PINGv1, msg-type: ");
        printer.Token(Messages, type, "unknown");
        printer.Put($" ({type}), length: {length}\n\t  reply-mode: ");
        printer.Token(ReplyModes, octets[5], "unknown");
        printer.Put($" ({octets[5]})\n\t  Return Code: ");
        printer.Token(ReturnCodes, code, "unknown");
        if (code is 3 or 4 or 8 or 10 or 11 or 12)
            printer.Put($" {subcode}");
        printer.Put($" ({code})\n\t  Return Subcode: ({subcode})");
        printer.Put($"\n\t  Sender Handle: 0x{printer.U32(octets, 8):x8}, Sequence: {printer.U32(octets, 12)}\n\t  Sender Timestamp: ");
        NtpPrinter.PrintTimestamp(printer, printer.U32(octets, 16), printer.U32(octets, 20));
        printer.Put(" Receiver Timestamp: ");
        if (printer.U32(octets, 24) != 0 || printer.U32(octets, 28) != 0)
            NtpPrinter.PrintTimestamp(printer, printer.U32(octets, 24), printer.U32(octets, 28));
        else
            printer.Put("no timestamp");
    }

    private static void PrintTlvs(PacketPrinter printer, ReadOnlySpan<byte> octets, int left)
    {
        for (int at = HeaderLength; left > 0 && !printer.IsCut;)
        {
            bool fits = left >= TlvLength;
            if (fits && !printer.Need(octets, at, TlvLength))
                return;
            int type = fits ? printer.U16(octets, at) : 0, size = fits ? printer.U16(octets, at + 2) : 0, padded = (size + 3) & ~3;
            if (fits)
            {
                printer.Put("\n\t  ");
                printer.Token(Tlvs, (uint)type, "Unknown");
                printer.Put($" TLV ({type}), length: {size}");
                fits = left >= size + TlvLength;
            }

            if (fits && size > 0)
            {
                if (!printer.Need(octets, at + TlvLength, size))
                    return;
                if (!PrintTlv(printer, octets, at, size, type))
                    return;
                fits = left >= padded + TlvLength;
            }

            if (!fits)
            {
                printer.Put("\n\t\t packet is too short");
                return;
            }

            at += padded + TlvLength;
            left -= padded + TlvLength;
        }
    }

    // False if nothing more is printed of the packet.
    private static bool PrintTlv(PacketPrinter printer, ReadOnlySpan<byte> octets, int at, int size, int type)
    {
        ReadOnlySpan<byte> value = octets.Slice(at + TlvLength, size);
        bool isDumped = false;
        switch (type)
        {
            case 1:
                if (!PrintTargets(printer, value, out isDumped))
                    return false;
                break;
            case 2:
                PrintDownstream(printer, value);
                isDumped = true;
                break;
            case 15 or 5 when size < 4:
                printer.Put(TooShort);
                isDumped = true;
                break;
            case 15:
                // What is printed is the header of the field.
                printer.Put($"\n\t    BFD Discriminator 0x{printer.U32(octets, at):x8}");
                break;
            case 5:
                uint vendor = printer.U32(value, 0);
                printer.Put("\n\t    Vendor: ");
                printer.Token(EnterpriseNumbers.Names, vendor, "Unknown");
                printer.Put($" (0x{vendor:x4})");
                break;
            default:
                if (printer.Verbosity <= 1)
                    printer.Unknown(value, 0, "\n\t    ", size);
                break;
        }

        if (printer.Verbosity > 1 || isDumped)
            printer.Unknown(value, 0, "\n\t    ", size);
        return true;
    }

    private static bool PrintTargets(PacketPrinter printer, ReadOnlySpan<byte> value, out bool isDumped)
    {
        isDumped = false;
        while (!value.IsEmpty)
        {
            int type = value.Length < TlvLength ? 0 : printer.U16(value, 0), size = value.Length < TlvLength ? 0 : printer.U16(value, 2);
            if (value.Length < size + TlvLength)
            {
                printer.Put(TooShort);
                isDumped = true;
                return true;
            }

            printer.Put("\n\t    ");
            printer.Token(Targets, (uint)type, "Unknown");
            printer.Put($" subTLV ({type}), length: {size}");
            bool isKnown = PrintTarget(printer, value.Slice(TlvLength, size), type);
            if (printer.Verbosity > 1 || !isKnown)
                printer.Unknown(value, TlvLength, "\n\t      ", size);
            int padded = (size + 3) & ~3;
            if (value.Length < padded + TlvLength)
            {
                printer.Put("\n\t\t TLV is too short");
                return false;
            }

            value = value[(padded + TlvLength)..];
        }

        return true;
    }

    private static bool PrintTarget(PacketPrinter printer, ReadOnlySpan<byte> value, int type)
    {
        int right = type switch { 1 or 12 => 5, 2 or 13 => 17, 3 => 20, 4 => 56, 6 => 13, 7 => 25, 8 or 10 => 14, 9 => 10, _ => -1 };
        if (right < 0)
            return false;
        if (value.Length != right)
        {
            printer.Put($"\n\t      invalid subTLV length, should be {right}");
            return false;
        }

        printer.Put("\n\t      ");
        switch (type)
        {
            case 1 or 12 or 2 or 13:
                PutAddress(printer, value, 0, right - 1);
                printer.Put($"/{value[right - 1]}");
                break;
            case 3 or 4:
                int width = type == 3 ? 4 : 16;
                printer.Put("tunnel end-point ");
                PutAddress(printer, value, 0, width);
                printer.Put(", tunnel sender ");
                PutAddress(printer, value, 4 + (2 * width), width);
                printer.Put($", lsp-id 0x{(uint)printer.U16(value, right - 2):x4}\n\t      tunnel-id 0x{(uint)printer.U16(value, width + 2):x4}, extended tunnel-id ");
                PutAddress(printer, value, width + 4, width);
                break;
            case 6 or 7:
                PutDistinguisher(printer, value);
                PutAddress(printer, value, 8, right - 9);
                printer.Put($"/{value[right - 1]}");
                break;
            case 8:
                PutDistinguisher(printer, value);
                printer.Put($"Sender VE ID: {printer.U16(value, 8)}, Receiver VE ID: {printer.U16(value, 10)}\n\t      Encapsulation Type: ");
                PutPseudowire(printer, printer.U16(value, 12));
                break;
            default:
                if (type == 10)
                {
                    printer.Put("Sender PE: ");
                    printer.Ipv4Address(value, 0);
                    printer.Put(", ");
                }

                printer.Put("Remote PE: ");
                printer.Ipv4Address(value, right - 10);
                printer.Put($"\n\t      PW ID: 0x{printer.U32(value, right - 6):x8}, PW Type: ");
                PutPseudowire(printer, printer.U16(value, right - 2));
                break;
        }

        return true;
    }

    private static void PutAddress(PacketPrinter printer, ReadOnlySpan<byte> value, int at, int width)
    {
        if (width == 4)
            printer.Ipv4Address(value, at);
        else
            printer.Ipv6Address(value, at);
    }

    private static void PutDistinguisher(PacketPrinter printer, ReadOnlySpan<byte> value)
    {
        printer.Put("RD: ");
        BgpRoutes.PutDistinguisher(printer, value, 0);
        printer.Put(", ");
    }

    private static void PutPseudowire(PacketPrinter printer, ushort type)
    {
        printer.Token(Layer2VpnNames.Pseudowires, type, "unknown");
        printer.Put($" ({type})");
    }

    private static void PrintDownstream(PacketPrinter printer, ReadOnlySpan<byte> value)
    {
        if (value.Length < 4)
        {
            printer.Put(TooShort);
            return;
        }

        byte type = value[2];
        printer.Put($"\n\t    MTU: {printer.U16(value, 0)}, Address-Type: ");
        printer.Token(AddressTypes, type, "unknown");
        printer.Put($" ({type})");
        int width = type is 3 or 4 ? 16 : 4, used = type switch { 1 => 12, 2 => 12, 3 => 36, 4 => 24, _ => 0 };
        if (value.Length < used)
        {
            printer.Put(TooShort);
            return;
        }

        if (used > 0)
        {
            printer.Put("\n\t    Downstream IP: ");
            PutAddress(printer, value, 4, width);
            if (type is 1 or 3)
            {
                printer.Put("\n\t    Downstream Interface IP: ");
                PutAddress(printer, value, 4 + width, width);
            }
            else
            {
                printer.Put($"\n\t    Downstream Interface Index: 0x{printer.U32(value, 4 + width):x8}");
            }
        }

        if (value.Length < used + 4)
            printer.Put(TooShort);
    }
}
