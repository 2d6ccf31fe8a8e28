using NetWhy.Tools.Tcpdump.Printing.Network;
using NetWhy.Tools.Tcpdump.Printing.Routing;

namespace NetWhy.Tools.Tcpdump.Printing.Link;

/// <summary>Prints IEEE 802.2 logical link control, SNAP, and what they carry. Sources: IEEE 802.2, RFC 1042, RFC 2684.</summary>
internal static class LlcPrinter
{
    private const int UnnumberedLength = 3; // the control field of the other formats has two octets
    private const int NumberedLength = 4;
    private const int SnapLength = 5;
    private const byte Unnumbered = 3;
    private const byte ResponseBit = 1;
    private const byte PollBit = 0x10;
    private const ushort NumberedPollBit = 0x100;
    private const byte Information = 0x03;
    private const byte Exchange = 0xaf;
    private const byte ExchangeFormat = 0x81;

    private const byte Bridging = 0x42;
    private const byte Ip = 0x06;
    private const byte Snap = 0xaa;
    private const byte Ipx = 0xe0;
    private const byte Osi = 0xfe;

    private const uint Encapsulated = 0;
    private const uint Cisco = 0xc;
    private const uint CiscoBridged = 0xf8;
    private const uint Apple = 0x080007;
    private const uint Bridged = 0x0080c2;

    private static readonly Token[] Services =
    [
        (0, "Null"), (255, "Global"), (2, "802.1B I"), (3, "802.1B G"), (6, "IP"), (4, "SNA"), (14, "ProWay NM"), (66, "STP"), (78, "RS511"),
        (126, "ISO8208"), (142, "ProWay"), (170, "SNAP"), (224, "IPX"), (240, "NetBeui"), (254, "OSI"),
    ];
    private static readonly Token[] Commands =
    [
        (3, "ui"), (227, "test"), (175, "xid"), (99, "ua"), (67, "disc"), (15, "dm"), (111, "sabme"), (135, "frmr"),
    ];
    private static readonly Token[] Flags = [(0, "Command"), (1, "Response"), (16, "Poll"), (17, "Final"), (256, "Poll"), (257, "Final")];
    private static readonly Token[] Receivers = [(0, "Individual"), (1, "Group")];
    private static readonly Token[] Supervisions = [(0, "Receiver Ready"), (1, "Receiver not Ready"), (2, "Reject")];
    private static readonly Token[] CiscoProtocols =
    [
        (0x2000, "CDP"), (0x2003, "VTP"), (0x2004, "DTP"), (0x0111, "UDLD"), (0x010b, "PVST"), (0x010c, "VLAN Bridge"),
    ];
    private static readonly Token[] BridgedProtocols =
    [
        (1, "Ethernet + FCS"), (7, "Ethernet w/o FCS"), (2, "802.4 + FCS"), (8, "802.4 w/o FCS"), (3, "Token Ring + FCS"), (9, "Token Ring w/o FCS"),
        (4, "FDDI + FCS"), (10, "FDDI w/o FCS"), (5, "802.6 + FCS"), (11, "802.6 w/o FCS"), (14, "BPDU"),
    ];

    /// <summary>Prints a header and what follows it.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="octets">What was captured.</param>
    /// <param name="length">What it was long.</param>
    /// <param name="source">Address of the sender on the link; empty if there is none.</param>
    /// <param name="destination">Address of the receiver on the link; empty if there is none.</param>
    /// <returns>Length of the header; negative if what follows is not known.</returns>
    internal static int Print(PacketPrinter printer, ReadOnlySpan<byte> octets, int length, ReadOnlySpan<byte> source, ReadOnlySpan<byte> destination)
    {
        printer.Protocol = "llc";
        bool isUnnumbered = octets.Length < UnnumberedLength || (octets[2] & 3) == Unnumbered;
        int headerLength = isUnnumbered ? UnnumberedLength : NumberedLength;
        if (octets.Length < headerLength || length < headerLength)
        {
            printer.Truncated();
            if (octets.Length < headerLength)
                HexDump.HexadecimalAndAscii(printer, "\n\t", octets);
            return Math.Min(octets.Length, length);
        }

        ushort control = isUnnumbered ? octets[2] : printer.L16(octets, 2);
        if (octets[0] == 0xff && octets[1] == 0xff)
        {
            if (printer.Options.ShowsLink)
                printer.Put("IPX 802.3: ");
            return PrintNovell(printer, octets, length) ? 0 : -1;
        }

        var header = new Header((byte)(octets[0] & 0xfe), (byte)(octets[1] & 0xfe), (octets[1] & ResponseBit) != 0, control, isUnnumbered);
        if (printer.Options.ShowsLink)
            PutHeader(printer, header, octets[0] & 1u);
        ReadOnlySpan<byte> payload = octets[headerLength..];
        length -= headerLength;
        if (header.Is(Snap))
            return SnapResult(PrintSnap(printer, payload, length, source, destination, padding: 2), headerLength + SnapLength);
        if (PrintPayload(printer, header, payload, length))
            return headerLength;

        PutServices(printer, header, source, destination);
        return isUnnumbered
            ? PrintUnnumbered(printer, header, payload, length)
            : PrintNumbered(printer, header, length);
    }

    /// <summary>Prints a packet that Novell put into a frame without a header.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="octets">What was captured.</param>
    /// <param name="length">What it was long.</param>
    /// <returns>Whether it is known.</returns>
    internal static bool PrintNovell(PacketPrinter printer, ReadOnlySpan<byte> octets, int length)
    {
        _ = length;
        IpxPrinter.Print(printer, octets);
        return true;
    }

    private static int SnapResult(bool isKnown, int headerLength) => isKnown ? headerLength : -headerLength;

    private static void PutHeader(PacketPrinter printer, in Header header, uint group)
    {
        printer.Put("LLC, dsap ");
        printer.Token(Services, header.Receiver, "Unknown");
        printer.Put($" (0x{(uint)header.Receiver:x2}) ");
        printer.Token(Receivers, group, "Unknown");
        printer.Put(", ssap ");
        printer.Token(Services, header.Sender, "Unknown");
        printer.Put($" (0x{(uint)header.Sender:x2}) ");
        printer.Token(Flags, header.IsResponse ? ResponseBit : 0u, "Unknown");
        if (header.IsUnnumbered)
            printer.Put($", ctrl 0x{(uint)header.Control:x2}: ");
        else
            printer.Put($", ctrl 0x{(uint)header.Control:x4}: ");
    }

    private static bool PrintPayload(PacketPrinter printer, in Header header, ReadOnlySpan<byte> payload, int length)
    {
        if (header.Is(Bridging))
        {
            StpPrinter.Print(printer, payload, length);
        }
        else if (header.Is(Ip))
        {
            IpPrinter.Print(printer, payload, length);
        }
        else if (header.Is(Ipx))
        {
            if (printer.Options.ShowsLink)
                printer.Put("IPX 802.2: ");
            IpxPrinter.Print(printer, payload);
        }
        else if (header.Is(Osi))
        {
            OsiPrinter.Print(printer, payload, length);
        }
        else
        {
            return false;
        }

        return true;
    }

    private static void PutServices(PacketPrinter printer, in Header header, ReadOnlySpan<byte> source, ReadOnlySpan<byte> destination)
    {
        if (printer.Options.ShowsLink)
            return;
        bool hasAddresses = !source.IsEmpty && !destination.IsEmpty;
        if (hasAddresses)
        {
            LinkAddress.Put(printer, source);
            printer.Put(" ");
        }

        if (header.Sender != header.Receiver)
        {
            printer.Token(Services, header.Sender, "Unknown SSAP 0x%02x");
            printer.Put(" ");
        }

        if (hasAddresses || header.Sender != header.Receiver)
            printer.Put("> ");
        if (hasAddresses)
        {
            LinkAddress.Put(printer, destination);
            printer.Put(" ");
        }

        printer.Token(Services, header.Receiver, "Unknown DSAP 0x%02x");
        printer.Put(" ");
    }

    private static int PrintUnnumbered(PacketPrinter printer, in Header header, ReadOnlySpan<byte> payload, int length)
    {
        uint command = header.Control & ~(uint)PollBit;
        printer.Put("Unnumbered, ");
        printer.Token(Commands, command, "%02x");
        printer.Put(", Flags [");
        printer.Token(Flags, (header.IsResponse ? ResponseBit : 0u) | (header.Control & (uint)PollBit), "?");
        printer.Put($"], length {length + UnnumberedLength}");
        if (command != Exchange)
            return -UnnumberedLength;

        if (length == 0)
            return UnnumberedLength;
        if (payload.IsEmpty)
        {
            printer.Truncated();
            return UnnumberedLength;
        }

        if (payload[0] != ExchangeFormat)
            return -UnnumberedLength;
        if (payload.Length < 3 || length < 3)
        {
            printer.Truncated();
            HexDump.HexadecimalAndAscii(printer, "\n\t", payload);
        }
        else
        {
            printer.Put($": {(uint)payload[1]:x2} {(uint)payload[2]:x2}");
        }

        return UnnumberedLength;
    }

    private static int PrintNumbered(PacketPrinter printer, in Header header, int length)
    {
        bool isSupervisory = (header.Control & 3) == 1;
        if (isSupervisory)
        {
            printer.Put("Supervisory, ");
            printer.Token(Supervisions, (uint)(header.Control >> 2) & 3, "?");
        }
        else
        {
            printer.Put($"Information, send seq {(header.Control >> 1) & 0x7f}");
        }

        printer.Put($", rcv seq {(header.Control >> 9) & 0x7f}, Flags [");
        printer.Token(Flags, (header.IsResponse ? ResponseBit : 0u) | (header.Control & (uint)NumberedPollBit), "?");
        printer.Put($"], length {length + NumberedLength}");
        return isSupervisory ? NumberedLength : -NumberedLength;
    }

    /// <summary>Prints a SNAP header and what follows it.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="octets">What was captured.</param>
    /// <param name="length">What it was long.</param>
    /// <param name="source">Address of the sender on the link; empty if there is none.</param>
    /// <param name="destination">Address of the receiver on the link; empty if there is none.</param>
    /// <param name="padding">Octets between the header and a frame of another link.</param>
    /// <returns>Whether it is known.</returns>
    internal static bool PrintSnap(PacketPrinter printer, ReadOnlySpan<byte> octets, int length, ReadOnlySpan<byte> source, ReadOnlySpan<byte> destination, int padding)
    {
        printer.Protocol = "snap";
        if (octets.Length < SnapLength || length < SnapLength)
        {
            printer.Truncated();
            return true;
        }

        uint organization = printer.U24(octets, 0);
        ushort protocol = printer.U16(octets, 3);
        octets = octets[SnapLength..];
        length -= SnapLength;
        if (printer.Options.ShowsLink)
            PutSnap(printer, organization, protocol, length);
        if (!printer.Enter())
            return true;
        bool isKnown = organization switch
        {
            Encapsulated or CiscoBridged => EtherTypes.Print(printer, protocol, octets, length, source, destination),
            Apple => protocol == 0x809b && EtherTypes.Print(printer, protocol, octets, length, source, destination),
            Cisco => PrintCisco(printer, protocol, octets, length),
            Bridged => PrintBridged(printer, protocol, octets, length, padding),
            _ => false,
        };
        printer.Leave();
        if (isKnown || printer.Options.ShowsLink)
            return isKnown;

        if (!source.IsEmpty && !destination.IsEmpty)
        {
            LinkAddress.Put(printer, source);
            printer.Put(" > ");
            LinkAddress.Put(printer, destination);
            printer.Put(" ");
        }

        printer.Put("SNAP, ");
        if (organization == Encapsulated)
        {
            printer.Put("ethertype ");
            printer.Token(EtherTypes.Names, protocol, "Unknown");
            printer.Put($" (0x{(uint)protocol:x4}), length {length}: ");
        }
        else
        {
            PutSnap(printer, organization, protocol, length);
        }

        return false;
    }

    private static void PutSnap(PacketPrinter printer, uint organization, ushort protocol, int length)
    {
        printer.Put("oui ");
        printer.Token(Organizations.Names, organization, "Unknown");
        printer.Put($" (0x{organization:x6}), {(organization == Encapsulated ? "ethertype" : "pid")} ");
        ReadOnlySpan<Token> names = organization switch
        {
            Encapsulated or CiscoBridged or Apple => EtherTypes.Names,
            Cisco => CiscoProtocols,
            Bridged => BridgedProtocols,
            _ => [],
        };
        printer.Token(names, protocol, "Unknown");
        printer.Put($" (0x{(uint)protocol:x4}), length {length}: ");
    }

    private static bool PrintCisco(PacketPrinter printer, ushort protocol, ReadOnlySpan<byte> octets, int length)
    {
        switch (protocol)
        {
            case 0x2000:
                CdpPrinter.Print(printer, octets, length);
                return true;
            case 0x2003:
                VtpPrinter.Print(printer, octets, length);
                return true;
            case 0x2004:
                DtpPrinter.Print(printer, octets, length);
                return true;
            case 0x0111:
                UdldPrinter.Print(printer, octets, length);
                return true;
            case 0x010b:
            case 0x010c:
                StpPrinter.Print(printer, octets, length);
                return true;
            default:
                return false;
        }
    }

    private static bool PrintBridged(PacketPrinter printer, ushort protocol, ReadOnlySpan<byte> octets, int length, int padding)
    {
        if (protocol is 4 or 10)
            padding++; // FDDI
        if (protocol is not 14 && (octets.Length < padding || length < padding) && protocol is 1 or 7 or 3 or 9 or 4 or 10)
        {
            printer.Truncated();
            return true;
        }

        switch (protocol)
        {
            case 1:
            case 7:
                EthernetPrinter.Print(printer, octets[padding..], length - padding);
                return true;
            case 3:
            case 9:
                TokenRingPrinter.Print(printer, octets[padding..], length - padding);
                return true;
            case 4:
            case 10:
                FddiPrinter.Print(printer, octets[padding..], length - padding);
                return true;
            case 14:
                StpPrinter.Print(printer, octets, length);
                return true;
            default:
                return false;
        }
    }

    private readonly record struct Header(byte Receiver, byte Sender, bool IsResponse, ushort Control, bool IsUnnumbered)
    {
        internal bool Is(byte service) => Receiver == service && Sender == service && Control == Information;
    }
}
