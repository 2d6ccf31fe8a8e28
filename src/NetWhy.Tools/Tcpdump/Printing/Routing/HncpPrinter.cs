using NetWhy.Tools.Tcpdump.Printing.Application;

namespace NetWhy.Tools.Tcpdump.Printing.Routing;

/// <summary>Prints HNCP. Sources: RFC 7787, RFC 7788.</summary>
internal static class HncpPrinter
{
    private const uint Reserved = 0x10000;
    private const uint Unassigned = 0x10001;
    private const uint PrivateUse = 0x10002;
    private const uint FutureUse = 0x10003;
    private const int MappedLength = 12;

    private static readonly Token[] Types =
    [
        (1, "Request network state"), (2, "Request node state"), (3, "Node endpoint"), (4, "Network state"), (5, "Node state"), (8, "Peer"),
        (9, "Keep-alive interval"), (10, "Trust-Verdict"), (32, "HNCP-Version"), (33, "External-Connection"), (34, "Delegated-Prefix"),
        (43, "Prefix-Policy"), (37, "DHCPv4-Data"), (38, "DHCPv6-Data"), (35, "Assigned-Prefix"), (36, "Node-Address"),
        (39, "DNS-Delegated-Zone"), (40, "Domain-Name"), (41, "Node-Name"), (42, "Managed-PSK"), (Reserved, "Reserved"),
        (Unassigned, "Unassigned"), (PrivateUse, "Private use"), (FutureUse, "Future use"),
    ];

    private static readonly Token[] Dhcp4Options = [(6, "DNS-server"), (42, "NTP-server"), (119, "DNS-search")];

    private static readonly Token[] Dhcp6Options = [(23, "DNS-server"), (24, "DNS-search-list"), (31, "SNTP-servers")];

    private static ReadOnlySpan<byte> Mapped => [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff];

    /// <summary>Prints a message.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="octets">What was captured.</param>
    /// <param name="length">What it was long.</param>
    internal static void Print(PacketPrinter printer, ReadOnlySpan<byte> octets, int length)
    {
        printer.Protocol = "hncp";
        printer.Put($"hncp ({length})");
        PrintTlvs(printer, octets, length, new Place(1, 0));
    }

    private static void PrintTlvs(PacketPrinter printer, ReadOnlySpan<byte> octets, int length, Place place)
    {
        if (!printer.Enter())
            return;
        int indent = place.Indent, captured = octets.Length + place.Beyond;
        bool isInLine = indent - 1 >= printer.Verbosity && printer.Verbosity < 3, isFirst = true;
        uint last = uint.MaxValue;
        int count = -1;
        for (int at = 0; at < length && !printer.IsCut;)
        {
            if (!isInLine)
                PutLine(printer, indent);
            bool isMissing = at + 4 > captured;
            int size = isMissing || at + 4 > length ? 0 : printer.U16(octets, at + 2);
            isMissing = isMissing || (at + 4 <= length && at + 4 + size > captured);
            if (isMissing || at + 4 + size > length)
            {
                if (isMissing)
                    printer.Truncated();
                else
                    printer.Invalid();
                printer.Leave();
                return;
            }

            ushort type = printer.U16(octets, at);
            uint range = RangeOf(type);
            if (isInLine)
            {
                if (last == range)
                {
                    count++;
                }
                else
                {
                    PutInLine(printer, last, count, indent, ref isFirst);
                    last = range;
                    count = 1;
                }
            }
            else
            {
                printer.Token(Types, range, "Easter Egg (42)");
                if (range > 0xffff)
                    printer.Put($": type={type}");
                printer.Put($" ({size + 4})");
                if (!PrintTlv(printer, octets, at + 4, size, range, new Place(indent, captured - at - 4 - size)))
                {
                    printer.Invalid();
                    printer.Leave();
                    return;
                }
            }

            at += 4 + ((size + 3) & ~3);
        }

        PutInLine(printer, last, count, indent, ref isFirst);
        printer.Leave();
    }

    private static void PutLine(PacketPrinter printer, int indent)
    {
        printer.Put("\n");
        for (int i = 0; i < indent; i++)
            printer.Put("\t");
    }

    private static uint RangeOf(ushort type)
    {
        if (Token.Find(Types, type) is not null)
            return type;
        return type switch { 0 => Reserved, >= 44 and <= 511 => Unassigned, >= 768 and <= 1023 => PrivateUse, _ => FutureUse };
    }

    private static void PutInLine(PacketPrinter printer, uint range, int count, int indent, ref bool isFirst)
    {
        if (count <= 0)
            return;
        if (!isFirst)
            printer.Put(", ");
        else if (indent > 1)
            PutLine(printer, indent);
        else
            printer.Put(" ");
        isFirst = false;
        printer.Token(Types, range, "Easter Egg");
        if (count > 1)
            printer.Put($" (x{count})");
    }

    // False if the whole is invalid.
    private static bool PrintTlv(PacketPrinter printer, ReadOnlySpan<byte> octets, int at, int size, uint type, Place place)
    {
        ReadOnlySpan<byte> value = octets.Slice(at, size);
        bool isRight = type switch
        {
            1 => size == 0,
            2 => size == 4,
            3 or 4 => size == 8,
            5 or 36 => size >= 20,
            8 => size == 12,
            9 => size >= 8,
            10 => size > 36,
            32 => size >= 5,
            34 => size >= 9 && size >= 9 + ((value[8] + 7) / 8),
            35 => size >= 6 && size >= 6 + ((value[5] + 7) / 8),
            37 or 38 or 40 or 43 => size > 0,
            39 => size >= 17,
            41 => size >= 17 && size >= 17 + value[16],
            42 => size >= 32,
            _ => true,
        };
        if (!isRight)
        {
            printer.Invalid();
            return true;
        }

        if (type < 32)
        {
            PrintState(printer, value, type, place);
            return true;
        }

        switch (type)
        {
            case 32:
                uint bits = printer.U16(value, 2);
                printer.Put($" M: {bits >> 12} P: {(bits >> 8) & 0xf} H: {(bits >> 4) & 0xf} L: {bits & 0xf} User-agent: ");
                printer.PaddedCharacters(value, 4, size - 4);
                return true;
            case 33:
                PrintTlvs(printer, value, size, place.Inner);
                return true;
            case 34:
                printer.Put(" VLSO: ");
                PutInterval(printer, printer.U32(value, 0));
                printer.Put(" PLSO: ");
                PutInterval(printer, printer.U32(value, 4));
                printer.Put(" Prefix: ");
                PrintPrefixAndRest(printer, value, 8, place);
                return true;
            case 35:
                printer.Put($" EPID: {printer.U32(value, 0):x8} Prty: {value[4] & 0xf} Prefix: ");
                PrintPrefixAndRest(printer, value, 5, place);
                return true;
            case 36:
                printer.Put($" EPID: {printer.U32(value, 0):x8} IP Address: ");
                PutAddress(printer, value, 4);
                PrintTlvs(printer, value[20..], size - 20, place.Inner);
                return true;
            case 37:
                return PrintDhcp4(printer, value, place.Inner);
            case 38:
                if (!PrintDhcp6(printer, value, place.Inner))
                    printer.Invalid();
                return true;
            case 39:
                PrintZone(printer, value, place);
                return true;
            case 40:
                printer.Put(" Domain: ");
                PrintLabels(printer, value);
                return true;
            case 41:
                PrintName(printer, value, place);
                return true;
            case 42:
                printer.Put(" PSK: ");
                PutDigits(printer, value[..32]);
                PrintTlvs(printer, value[32..], size - 32, place.Inner);
                return true;
            case 43:
                PrintPolicy(printer, value);
                return true;
            default:
                return true;
        }
    }

    private static void PrintState(PacketPrinter printer, ReadOnlySpan<byte> value, uint type, Place place)
    {
        switch (type)
        {
            case 2:
                PutNode(printer, " NID: ", value);
                break;
            case 3:
                PutNode(printer, " NID: ", value);
                printer.Put($" EPID: {printer.U32(value, 4):x8}");
                break;
            case 4:
                printer.Put($" hash: {printer.U64(value, 0):x16}");
                break;
            case 5:
                PutNode(printer, " NID: ", value);
                printer.Put($" seqno: {printer.U32(value, 4)} ");
                PutInterval(printer, printer.U32(value, 8));
                printer.Put($" hash: {printer.U64(value, 12):x16}");
                PrintTlvs(printer, value[20..], value.Length - 20, place.Inner);
                break;
            case 8:
                PutNode(printer, " Peer-NID: ", value);
                printer.Put($" Peer-EPID: {printer.U32(value, 4):x8} Local-EPID: {printer.U32(value, 8):x8}");
                break;
            case 9:
                printer.Put($" EPID: {printer.U32(value, 0):x8} Interval: ");
                PutInterval(printer, printer.U32(value, 4));
                break;
            case 10:
                printer.Put($" Verdict: {value[0]} Fingerprint: ");
                PutDigits(printer, value.Slice(4, 32));
                printer.Put(" Common Name: ");
                printer.PaddedCharacters(value, 36, value.Length - 36);
                break;
        }
    }

    private static void PutNode(PacketPrinter printer, string name, ReadOnlySpan<byte> value)
    {
        printer.Put(name);
        printer.Colons(value, 0, 4);
    }

    private static void PutDigits(PacketPrinter printer, ReadOnlySpan<byte> value)
    {
        foreach (byte octet in value)
            printer.Put($"{(uint)octet:x2}");
    }

    private static void PutInterval(PacketPrinter printer, uint milliseconds) =>
        printer.Put($"{milliseconds / 1000}.{milliseconds % 1000:d3}s");

    private static void PutAddress(PacketPrinter printer, ReadOnlySpan<byte> value, int at)
    {
        if (value.Slice(at, MappedLength).SequenceEqual(Mapped))
            printer.Ipv4Address(value, at + MappedLength);
        else
            printer.Ipv6Address(value, at);
    }

    // Octets of the prefix, or RoutingText.Illegal or RoutingText.Short.
    private static int PutPrefix(PacketPrinter printer, ReadOnlySpan<byte> value)
    {
        if (value[0] < 96 || value.Length < MappedLength + 1 || !value.Slice(1, MappedLength).SequenceEqual(Mapped))
            return printer.Prefix("", value, 0, value.Length, 16);
        int bits = value[0] - 96, count = (bits + 7) / 8;
        if (bits > 32)
            return RoutingText.Illegal;
        if (value.Length - 1 < count + MappedLength)
            return RoutingText.Short;
        printer.PrefixAddress(value, 1 + MappedLength, bits, 4);
        printer.Put($"/{bits}");
        return 1 + MappedLength + count;
    }

    private static void PrintPrefixAndRest(PacketPrinter printer, ReadOnlySpan<byte> value, int at, Place place)
    {
        int used = PutPrefix(printer, value[at..]);
        if (used == RoutingText.Illegal && at == 8)
        {
            printer.Put("(length is invalid)");
            return;
        }

        if (used < 0)
        {
            printer.Invalid();
            return;
        }

        int end = (at + used + 3) & ~3;
        if (value.Length >= end)
            PrintTlvs(printer, value[end..], value.Length - end, place.Inner);
    }

    private static void PrintPolicy(PacketPrinter printer, ReadOnlySpan<byte> value)
    {
        byte policy = value[0];
        printer.Put(" type: ");
        switch (policy)
        {
            case 0 or 131 when value.Length != 1:
                printer.Invalid();
                break;
            case 0:
                printer.Put("Internet connectivity");
                break;
            case <= 128:
                printer.Put("Dest-Prefix: ");
                int used = PutPrefix(printer, value);
                if (used == RoutingText.Illegal)
                    printer.Put("(length is invalid)");
                else if (used < 0)
                    printer.Invalid();
                break;
            case 129:
                printer.Put("DNS domain: ");
                PrintLabels(printer, value[1..]);
                break;
            case 130:
                printer.Put("Opaque UTF-8: ");
                printer.PaddedCharacters(value, 1, value.Length - 1);
                break;
            case 131:
                printer.Put("Restrictive assignment");
                break;
            default:
                printer.Put($"Unknown ({policy})");
                break;
        }
    }

    private static void PrintZone(PacketPrinter printer, ReadOnlySpan<byte> value, Place place)
    {
        byte flags = value[16];
        printer.Put(" IP-Address: ");
        PutAddress(printer, value, 0);
        printer.Put($" {((flags & 4) != 0 ? 'l' : '-')}{((flags & 2) != 0 ? 'b' : '-')}{((flags & 1) != 0 ? 's' : '-')} ");
        int used = PrintLabels(printer, value[17..]);
        if (used < 0)
        {
            printer.Invalid();
            return;
        }

        int end = (17 + used + 3) & ~3;
        if (value.Length >= end)
            PrintTlvs(printer, value[end..], value.Length - end, place.Inner);
    }

    private static void PrintName(PacketPrinter printer, ReadOnlySpan<byte> value, Place place)
    {
        int length = value[16];
        printer.Put(" IP-Address: ");
        PutAddress(printer, value, 0);
        printer.Put(" Name: ");
        if (length < 64)
        {
            printer.Put("\"");
            printer.PaddedCharacters(value, 17, length);
            printer.Put("\"");
        }
        else
        {
            printer.Invalid();
        }

        int end = (17 + length + 3) & ~3;
        if (value.Length >= end)
            PrintTlvs(printer, value[end..], value.Length - end, place.Inner);
    }

    // Octets of the labels; negative if they do not end.
    private static int PrintLabels(PacketPrinter printer, ReadOnlySpan<byte> value)
    {
        for (int at = 0; at < value.Length;)
        {
            int length = value[at++];
            if (length == 0)
                return at;
            if (at > 1)
                printer.Put(".");
            if (at + length > value.Length)
            {
                printer.PaddedCharacters(value, at, value.Length - at);
                break;
            }

            printer.PaddedCharacters(value, at, length);
            at += length;
        }

        printer.Put("[|DNS]");
        return -1;
    }

    // These say whether the options keep the rules.
    private static bool PrintDhcp4(PacketPrinter printer, ReadOnlySpan<byte> value, Place place)
    {
        for (int at = 0; at < value.Length && !printer.IsCut;)
        {
            if (at + 2 > value.Length)
                return false;
            int type = value[at], size = value[at + 1];
            at += 2;
            PutLine(printer, place.Indent);
            printer.Token(Dhcp4Options, (uint)type, "Unknown");
            printer.Put($" ({size + 2})");
            if (at + size > value.Length || (type is 6 or 42 && (size < 4 || size % 4 != 0)))
                return false;
            for (int i = 0; type is (6 or 42) && i < size; i += 4)
            {
                printer.Put(" ");
                printer.Ipv4Address(value, at + i);
            }

            if (type == 119 && !PrintDomains(printer, value, at, at + size))
                return false;
            at += size;
        }

        return true;
    }

    private static bool PrintDhcp6(PacketPrinter printer, ReadOnlySpan<byte> value, Place place)
    {
        for (int at = 0; at < value.Length && !printer.IsCut;)
        {
            if (at + 4 > value.Length)
                return false;
            int type = printer.U16(value, at), size = printer.U16(value, at + 2);
            at += 4;
            PutLine(printer, place.Indent);
            printer.Token(Dhcp6Options, (uint)type, "Unknown");
            printer.Put($" ({size + 4})");
            if (at + size > value.Length)
                return false;
            if (type is 23 or 31 && size % 16 != 0)
            {
                printer.Invalid();
                return false;
            }

            for (int i = 0; type is (23 or 31) && i < size; i += 16)
            {
                printer.Put(" ");
                printer.Ipv6Address(value, at + i);
            }

            if (type == 24 && !PrintDomains(printer, value, at, at + size))
                return false;
            at += size;
        }

        return true;
    }

    private static bool PrintDomains(PacketPrinter printer, ReadOnlySpan<byte> value, int at, int end)
    {
        while (at < end)
        {
            printer.Put(" ");
            at = DomainNames.Print(printer, value, at, end);
            if (at < 0)
                return false;
        }

        return true;
    }

    // How deep a list lies, and how many octets were captured behind it.
    private readonly record struct Place(int Indent, int Beyond)
    {
        internal Place Inner => new(Indent + 1, Beyond);
    }
}
