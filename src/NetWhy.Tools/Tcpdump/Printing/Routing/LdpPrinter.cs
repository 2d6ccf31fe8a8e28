using NetWhy.Tools.Tcpdump.Printing.Link;

namespace NetWhy.Tools.Tcpdump.Printing.Routing;

/// <summary>Prints LDP. Sources: RFC 5036, RFC 3479, RFC 3988, RFC 4447, RFC 4906, RFC 5085.</summary>
internal static class LdpPrinter
{
    private const int HeaderLength = 10;
    private const int MessageLength = 8;

    private static readonly Token[] Messages =
    [
        (0x0001, "Notification"), (0x0100, "Hello"), (0x0200, "Initialization"), (0x0201, "Keepalive"), (0x0300, "Address"),
        (0x0301, "Address Withdraw"), (0x0400, "Label Mapping"), (0x0401, "Label Request"), (0x0402, "Label Withdraw"),
        (0x0403, "Label Release"), (0x0404, "Label Abort Request"),
    ];

    private static readonly Token[] Tlvs =
    [
        (0x0100, "FEC"), (0x0101, "Address List"), (0x0103, "Hop Count"), (0x0104, "Path Vector"), (0x0200, "Generic Label"),
        (0x0201, "ATM Label"), (0x0202, "Frame-Relay Label"), (0x0300, "Status"), (0x0301, "Extended Status"), (0x0302, "Returned PDU"),
        (0x0303, "Returned Message"), (0x0400, "Common Hello Parameters"), (0x0401, "IPv4 Transport Address"),
        (0x0402, "Configuration Sequence Number"), (0x0403, "IPv6 Transport Address"), (0x0500, "Common Session Parameters"),
        (0x0501, "ATM Session Parameters"), (0x0502, "Frame-Relay Session Parameters"), (0x0503, "Fault-Tolerant Session Parameters"),
        (0x0600, "Label Request Message ID"), (0x0601, "MTU"),
    ];

    private static readonly Token[] Classes = [(0x01, "Wildcard"), (0x02, "Prefix"), (0x03, "Host address"), (0x80, "Martini VC")];

    private static readonly Token[] InterfaceParameters = [(0x01, "MTU"), (0x03, "Description"), (0x0c, "VCCV")];

    private static readonly Token[] ControlChannels = [(0x01, "PWE3 control word"), (0x02, "MPLS Router Alert Label"), (0x04, "MPLS inner label TTL = 1")];

    private static readonly Token[] Verifications = [(0x01, "ICMP Ping"), (0x02, "LSP Ping"), (0x04, "BFD")];

    /// <summary>Prints protocol data units.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="octets">What was captured.</param>
    /// <param name="length">What they were long.</param>
    internal static void Print(PacketPrinter printer, ReadOnlySpan<byte> octets, int length)
    {
        printer.Protocol = "ldp";
        while (length > HeaderLength + MessageLength && !printer.IsCut)
        {
            int used = PrintUnit(printer, octets);
            if (used == 0)
                return;
            if (length < used)
            {
                printer.Put($" [remaining length {length} < {used}]");
                printer.Invalid();
                return;
            }

            length -= used;
            octets = PacketPrinter.From(octets, used);
        }
    }

    // Octets of the unit; 0 if nothing follows it.
    private static int PrintUnit(PacketPrinter printer, ReadOnlySpan<byte> octets)
    {
        if (!printer.Need(octets, 0, HeaderLength))
            return 0;
        string indent = printer.Verbosity < 1 ? "" : "\n\t";
        ushort version = printer.U16(octets, 0);
        int length = printer.U16(octets, 2);
        if (version != 1)
        {
            printer.Put($"{indent}LDP version {version} packet not supported");
            return 0;
        }

        if (length < HeaderLength - 4)
        {
            printer.Put($"{indent}LDP, pdu-length: {length} (too short, < {HeaderLength - 4})");
            return 0;
        }

        printer.Put($"{indent}LDP, Label-Space-ID: ");
        printer.Ipv4Address(octets, 4);
        printer.Put($":{printer.U16(octets, 8)}, pdu-length: {length}");
        if (printer.Verbosity < 1)
            return 0;
        int left = length - (HeaderLength - 4);
        for (int at = HeaderLength; left > 0;)
        {
            int size = PrintMessage(printer, octets, at);
            if (size < 0 || printer.IsCut)
                return 0;
            at += size;
            left = (ushort)(left - size); // wraps, as its two octets do: what follows is read until the capture ends
        }

        return length + 4;
    }

    private static int PrintMessage(PacketPrinter printer, ReadOnlySpan<byte> octets, int at)
    {
        if (!printer.Need(octets, at, MessageLength))
            return -1;
        ushort type = printer.U16(octets, at);
        int size = printer.U16(octets, at + 2);
        printer.Put("\n\t  ");
        printer.Token(Messages, type & 0x7fffu, "Unknown");
        printer.Put($" Message (0x{type & 0x7fff:x4}), length: {size}");
        if (size < MessageLength - 4)
        {
            printer.Put($" (too short, < {MessageLength - 4})");
            return -1;
        }

        printer.Put($", Message ID: 0x{printer.U32(octets, at + 4):x8}, Flags: [{((type & 0x8000) != 0 ? "continue processing" : "ignore")} if unknown]");
        if (!printer.Need(octets, at, size))
            return -1;
        int body = at + MessageLength, left = size - (MessageLength - 4);
        if ((type & 0x7fff) is 0x0001 or 0x0100 or 0x0200 or 0x0201 or 0x0300 or 0x0400 or 0x0301 or 0x0402)
        {
            while (left >= 4 && !printer.IsCut)
            {
                int used = PrintTlv(printer, octets, body, left);
                if (used == 0)
                    break;
                body += used;
                left -= used;
            }
        }
        else if (printer.Verbosity <= 1)
        {
            printer.Unknown(octets, body, "\n\t  ", left);
        }

        if (printer.Verbosity > 1)
            printer.Unknown(octets, at + MessageLength, "\n\t  ", size);
        return size + 4;
    }

    private static int PrintTlv(PacketPrinter printer, ReadOnlySpan<byte> octets, int at, int left)
    {
        if (!printer.Need(octets, at, 4))
            return 0;
        ushort type = printer.U16(octets, at);
        int size = printer.U16(octets, at + 2);
        if (size + 4 > left)
        {
            printer.Put("\n\t\t TLV contents go past end of message");
            return 0;
        }

        printer.Put("\n\t    ");
        printer.Token(Tlvs, type & 0x3fffu, "Unknown");
        printer.Put($" TLV (0x{type & 0x3fff:x4}), length: {size}, Flags: [{((type & 0x8000) != 0 ? "continue processing" : "ignore")} and ");
        printer.Put($"{((type & 0x4000) != 0 ? "do" : "don't")} forward if unknown]");
        PrintValue(printer, octets, at + 4, size, type & 0x3fff);
        return size + 4;
    }

    private static bool IsLong(PacketPrinter printer, int size, int shortest)
    {
        if (size >= shortest)
            return true;
        printer.Put($" [tlv length {size} < {shortest}]");
        printer.Invalid();
        return false;
    }

    private static void PrintValue(PacketPrinter printer, ReadOnlySpan<byte> octets, int at, int size, int type)
    {
        int shortest = type switch { 0x0400 or 0x0401 or 0x0402 or 0x0200 => 4, 0x0403 => 16, 0x0101 or 0x0601 => 2, 0x0500 => 14, 0x0100 => 1, 0x0300 => 8, 0x0503 => 12, _ => 0 };
        if (!IsLong(printer, size, shortest))
            return;
        switch (type)
        {
            case 0x0400 when printer.Need(octets, at, 4):
                ushort flags = printer.U16(octets, at + 2);
                printer.Put($"\n\t      Hold Time: {printer.U16(octets, at)}s, Flags: [{((flags & 0x8000) != 0 ? "Targeted" : "Link")} Hello");
                printer.Put((flags & 0x4000) != 0 ? ", Request for targeted Hellos]" : "]");
                break;
            case 0x0401 when printer.Need(octets, at, 4):
                printer.Put("\n\t      IPv4 Transport Address: ");
                printer.Ipv4Address(octets, at);
                break;
            case 0x0403 when printer.Need(octets, at, 16):
                printer.Put("\n\t      IPv6 Transport Address: ");
                printer.Ipv6Address(octets, at);
                break;
            case 0x0402 when printer.Need(octets, at, 4):
                printer.Put($"\n\t      Sequence Number: {printer.U32(octets, at)}");
                break;
            case 0x0101:
                PrintAddresses(printer, octets, at, size);
                break;
            case 0x0500:
                PrintSession(printer, octets, at);
                break;
            case 0x0100:
                PrintClass(printer, octets, at, size);
                break;
            case 0x0200 when printer.Need(octets, at, 4):
                printer.Put($"\n\t      Label: {printer.U32(octets, at) & 0xfffff}");
                break;
            case 0x0300:
                PrintStatus(printer, octets, at);
                break;
            case 0x0503:
                PrintFaultTolerance(printer, octets, at);
                break;
            case 0x0601 when printer.Need(octets, at, 2):
                printer.Put($"\n\t      MTU: {printer.U16(octets, at)}");
                break;
            default:
                if (printer.Verbosity <= 1)
                    printer.Unknown(octets, at, "\n\t      ", size);
                break;
        }
    }

    private static void PrintAddresses(PacketPrinter printer, ReadOnlySpan<byte> octets, int at, int left)
    {
        ushort family = printer.U16(octets, at);
        printer.Put("\n\t      Address Family: ");
        printer.Token(AddressFamilies.Names, family, "Unknown (%u)");
        printer.Put(", addresses");
        int width = family switch { AddressFamilies.Ipv4 => 4, AddressFamilies.Ipv6 => 16, _ => int.MaxValue };
        at += 2;
        left -= 2;
        for (; left >= width && printer.Need(octets, at, width); left -= width, at += width)
        {
            printer.Put(" ");
            if (width == 4)
                printer.Ipv4Address(octets, at);
            else
                printer.Ipv6Address(octets, at);
        }
    }

    private static void PrintSession(PacketPrinter printer, ReadOnlySpan<byte> octets, int at)
    {
        if (!printer.Need(octets, at, 6))
            return;
        ushort flags = printer.U16(octets, at + 4);
        printer.Put($"\n\t      Version: {printer.U16(octets, at)}, Keepalive: {printer.U16(octets, at + 2)}s, Flags: [Downstream ");
        printer.Put($"{((flags & 0x8000) != 0 ? "On Demand" : "Unsolicited")}, Loop Detection {((flags & 0x4000) != 0 ? "Enabled" : "Disabled")}]");
        if (!printer.Need(octets, at, 14))
            return;
        printer.Put($"\n\t      Path Vector Limit {octets[at + 5]}, Max-PDU length: {printer.U16(octets, at + 6)}, Receiver Label-Space-ID ");
        printer.Ipv4Address(octets, at + 8);
        printer.Put($":{printer.U16(octets, at + 12)}");
    }

    private static void PrintStatus(PacketPrinter printer, ReadOnlySpan<byte> octets, int at)
    {
        uint status = printer.U32(octets, at);
        printer.Put($"\n\t      Status: 0x{status & 0x3fffffff:x2}, Flags: [{((status >> 31) != 0 ? "Fatal error" : "Advisory Notification")} and ");
        printer.Put($"{((status & 0x40000000) != 0 ? "do" : "don't")} forward]");
        uint cause = printer.U32(octets, at + 4);
        if (cause != 0)
            printer.Put($", causing Message ID: 0x{cause:x8}");
    }

    private static void PrintFaultTolerance(PacketPrinter printer, ReadOnlySpan<byte> octets, int at)
    {
        ushort flags = printer.U16(octets, at);
        printer.Put($"\n\t      Flags: [{((flags & 0x8000) != 0 ? "" : "No ")}Reconnect, {((flags & 8) != 0 ? "" : "Don't ")}Save State, ");
        printer.Put($"{((flags & 4) != 0 ? "" : "No ")}All-Label Protection, {((flags & 2) != 0 ? "Sequence Numbered Label" : "All Labels")} Checkpoint, ");
        printer.Put($"{((flags & 1) != 0 ? "" : "Don't ")}Re-Learn State]");
        uint reconnect = printer.U32(octets, at + 4);
        if (reconnect != 0)
            printer.Put($", Reconnect Timeout: {reconnect}ms");
        uint recovery = printer.U32(octets, at + 8);
        if (recovery != 0)
            printer.Put($", Recovery Time: {recovery}ms");
    }

    // What a forwarding equivalence class is. Source: RFC 5036, section 3.4.1.
    private static void PrintClass(PacketPrinter printer, ReadOnlySpan<byte> octets, int at, int left)
    {
        byte kind = printer.U8(octets, at++);
        left--;
        if (printer.IsCut)
            return;
        printer.Put("\n\t      ");
        printer.Token(Classes, kind, "Unknown");
        printer.Put($" FEC (0x{(uint)kind:x2})");
        if (kind == 0x02 && IsLong(printer, left, 2))
            PrintPrefix(printer, octets, at, left);
        else if (kind == 0x80 && IsLong(printer, left, 7))
            PrintCircuit(printer, octets, at, left);
    }

    private static void PrintPrefix(PacketPrinter printer, ReadOnlySpan<byte> octets, int at, int left)
    {
        ushort family = printer.U16(octets, at);
        if (family is not (AddressFamilies.Ipv4 or AddressFamilies.Ipv6))
        {
            printer.Put($": Address family {family} prefix");
            return;
        }

        bool isIpv4 = family == AddressFamilies.Ipv4;
        int used = printer.Prefix(isIpv4 ? ": IPv4 prefix " : ": IPv6 prefix ", octets, at + 2, left - 2, isIpv4 ? 4 : 16);
        if (used == RoutingText.Short)
            printer.Cut();
        else if (used == RoutingText.Illegal)
            printer.Put(isIpv4 ? ": IPv4 prefix (invalid length)" : ": IPv6 prefix (invalid length)");
    }

    private static void PrintCircuit(PacketPrinter printer, ReadOnlySpan<byte> octets, int at, int left)
    {
        int information = printer.U8(octets, at + 2);
        if (printer.IsCut || (information != 0 && !IsLong(printer, left, 11)))
            return;
        if (!printer.Need(octets, at, information == 0 ? 7 : 11))
            return;
        uint type = printer.U16(octets, at);
        printer.Put(": ");
        printer.Token(Layer2VpnNames.Pseudowires, type & 0x7fff, "Unknown");
        printer.Put($", {((type & 0x8000) != 0 ? "" : "no ")}control word, group-ID {printer.U32(octets, at + 3)}");
        if (information != 0)
            printer.Put($", VC-ID {printer.U32(octets, at + 7)}");
        printer.Put($", VC-info-length: {information}");
        if (information is > 0 and < 4)
            printer.Put(" (invalid, < 4");
        if (information < 4)
            return;
        information -= 4;
        if (IsLong(printer, left - 11, information))
            PrintInterface(printer, octets, at + 11, information);
    }

    private static void PrintInterface(PacketPrinter printer, ReadOnlySpan<byte> octets, int at, int left)
    {
        while (left > 2 && !printer.IsCut)
        {
            int type = printer.U8(octets, at), size = printer.U8(octets, at + 1);
            if (size < 2 || left < size)
                return;
            printer.Put("\n\t\tInterface Parameter: ");
            printer.Token(InterfaceParameters, (uint)type, "Unknown");
            printer.Put($" (0x{type:x2}), len {size}");
            switch (type)
            {
                case 0x01:
                    ushort unit = printer.U16(octets, at + 2);
                    printer.Put($": {unit}");
                    break;
                case 0x03:
                    printer.Put(": ");
                    printer.Characters(octets, at + 2, size - 2);
                    break;
                case 0x0c:
                    byte channels = printer.U8(octets, at + 2);
                    printer.Put($"\n\t\t  Control Channels (0x{(uint)channels:x2}) = [");
                    printer.Bits(ControlChannels, channels, "none");
                    byte kinds = printer.U8(octets, at + 3);
                    printer.Put($"]\n\t\t  CV Types (0x{(uint)kinds:x2}) = [");
                    printer.Bits(Verifications, kinds, "none");
                    printer.Put("]");
                    break;
                default:
                    printer.Unknown(octets, at + 2, "\n\t\t  ", size - 2);
                    break;
            }

            left -= size;
            at += size;
        }
    }
}
