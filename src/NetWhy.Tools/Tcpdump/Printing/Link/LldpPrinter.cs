namespace NetWhy.Tools.Tcpdump.Printing.Link;

/// <summary>Prints the link layer discovery protocol. Sources: IEEE 802.1AB; what organizations add: <see cref="LldpOrganizationPrinter"/>.</summary>
internal static class LldpPrinter
{
    private const int HeaderLength = 2;
    private const int InterfaceLength = 5;

    private static readonly Token[] Types =
    [
        (0, "End"), (1, "Chassis ID"), (2, "Port ID"), (3, "Time to Live"), (4, "Port Description"), (5, "System Name"), (6, "System Description"),
        (7, "System Capabilities"), (8, "Management Address"), (127, "Organization specific"),
    ];
    private static readonly Token[] ChassisKinds =
    [
        (1, "Chassis component"), (2, "Interface alias"), (3, "Port component"), (4, "MAC address"), (5, "Network address"), (6, "Interface name"),
        (7, "Local"),
    ];
    private static readonly Token[] PortKinds =
    [
        (1, "Interface alias"), (2, "Port component"), (3, "MAC address"), (4, "Network Address"), (5, "Interface Name"), (6, "Agent circuit ID"),
        (7, "Local"),
    ];
    private static readonly Token[] Capabilities =
    [
        (1, "Other"), (2, "Repeater"), (4, "Bridge"), (8, "WLAN AP"), (16, "Router"), (32, "Telephone"), (64, "Docsis"), (128, "Station Only"),
    ];
    private static readonly Token[] InterfaceKinds = [(2, "Interface Index"), (3, "System Port Number")];

    /// <summary>Prints a packet.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="octets">What was captured.</param>
    /// <param name="length">What it was long.</param>
    internal static void Print(PacketPrinter printer, ReadOnlySpan<byte> octets, int length)
    {
        printer.Protocol = "lldp";
        printer.Put($"LLDP, length {length}");
        bool isDetailed = printer.Verbosity > 0;
        int at = 0;
        while (length - at >= HeaderLength && !printer.IsCut)
        {
            if (!PacketPrinter.Has(octets, at, HeaderLength))
            {
                printer.Truncated();
                return;
            }

            ushort header = printer.U16(octets, at);
            uint type = (uint)header >> 9;
            int size = header & 0x1ff;
            at += HeaderLength;
            if (isDetailed)
            {
                printer.Put("\n\t");
                printer.Token(Types, type, "Unknown");
                printer.Put($" TLV ({type}), length {size}");
            }

            if (type == 0 || size == 0)
                return;
            if (!PacketPrinter.Has(octets, at, size) || length - at < size)
            {
                printer.Truncated();
                return;
            }

            bool isUnknown = false;
            ReadOnlySpan<byte> value = octets.Slice(at, size);
            if (!PrintValue(printer, type, value, ref isUnknown))
            {
                printer.Truncated();
                return;
            }

            if (printer.Verbosity > 1 || (isDetailed && isUnknown))
                printer.Unknown(value, 0, "\n\t  ", size);
            at += size;
        }
    }

    // False if the value is too short.
    private static bool PrintValue(PacketPrinter printer, uint type, ReadOnlySpan<byte> value, ref bool isUnknown)
    {
        bool isDetailed = printer.Verbosity > 0;
        switch (type)
        {
            case 1:
                return !isDetailed || PrintIdentity(printer, value, ChassisKinds, 4, 5, 1, 2, 3, 6, 7, ref isUnknown);
            case 2:
                return !isDetailed || PrintIdentity(printer, value, PortKinds, 3, 4, 1, 2, 5, 6, 7, ref isUnknown);
            case 3:
                if (isDetailed)
                {
                    if (value.Length < 2)
                        return false;
                    printer.Put(": TTL ");
                    printer.Put($"{printer.U16(value, 0)}s");
                }

                return true;
            case 4:
                PrintName(printer, value);
                return true;
            case 5:
                printer.Put(": "); // the one thing that a short line says
                printer.PaddedCharacters(value, 0, value.Length);
                return true;
            case 6:
                if (isDetailed)
                {
                    printer.Put("\n\t  ");
                    printer.PaddedCharacters(value, 0, value.Length);
                }

                return true;
            case 7:
                return !isDetailed || PrintCapabilities(printer, value);
            case 8:
                return !isDetailed || PrintManagement(printer, value);
            case 127:
                return PrintOrganization(printer, value, ref isUnknown);
            default:
                isUnknown = true;
                return true;
        }
    }

    private static void PrintName(PacketPrinter printer, ReadOnlySpan<byte> value)
    {
        if (printer.Verbosity == 0)
            return;
        printer.Put(": ");
        printer.PaddedCharacters(value, 0, value.Length);
    }

    private static bool PrintIdentity(PacketPrinter printer, ReadOnlySpan<byte> value, Token[] kinds, int ethernet, int network, int text1, int text2, int text3, int text4, int text5, ref bool isUnknown)
    {
        if (value.Length < 2)
            return false;
        byte kind = value[0];
        printer.Put("\n\t  Subtype ");
        printer.Token(kinds, kind, "Unknown");
        printer.Put($" ({kind}): ");
        if (kind == ethernet)
        {
            if (value.Length < 7)
                return false;
            printer.EthernetAddress(value, 1);
        }
        else if (kind == network)
        {
            return PutNetworkAddress(printer, value[1..]);
        }
        else if (kind == text1 || kind == text2 || kind == text3 || kind == text4 || kind == text5)
        {
            printer.PaddedCharacters(value, 1, value.Length - 1);
        }
        else
        {
            isUnknown = true;
        }

        return true;
    }

    private static bool PrintCapabilities(PacketPrinter printer, ReadOnlySpan<byte> value)
    {
        if (value.Length < 4)
            return false;
        ushort has = printer.U16(value, 0), uses = printer.U16(value, 2);
        printer.Put("\n\t  System  Capabilities [");
        printer.Bits(Capabilities, has, "none");
        printer.Put($"] (0x{(uint)has:x4})\n\t  Enabled Capabilities [");
        printer.Bits(Capabilities, uses, "none");
        printer.Put($"] (0x{(uint)uses:x4})");
        return true;
    }

    private static bool PutNetworkAddress(PacketPrinter printer, ReadOnlySpan<byte> value)
    {
        if (!HasNetworkAddress(value))
            return false;
        byte family = value[0];
        printer.Put("AFI ");
        printer.Token(AddressFamilies.Names, family, "Unknown");
        printer.Put($" ({family})");
        switch (family)
        {
            case 1:
                printer.Put(": ");
                printer.Ipv4Address(value, 1);
                break;
            case 2:
                printer.Put(": ");
                printer.Ipv6Address(value, 1);
                break;
            case 6:
                printer.Put(": ");
                printer.EthernetAddress(value, 1);
                break;
            default:
                printer.Put(", no AF printer !");
                break;
        }

        return true;
    }

    private static bool HasNetworkAddress(ReadOnlySpan<byte> value) =>
        !value.IsEmpty && value.Length - 1 >= value[0] switch { 1 => 4, 2 => 16, 6 => 6, _ => 0 };

    private static bool PrintManagement(PacketPrinter printer, ReadOnlySpan<byte> value)
    {
        int size = value[0];
        value = value[1..];
        if (value.Length < size || !HasNetworkAddress(value[..size]))
            return false;
        printer.Put($"\n\t  Management Address length {size}, ");
        PutNetworkAddress(printer, value[..size]);
        value = value[size..];
        if (value.Length < InterfaceLength)
            return false;
        printer.Put("\n\t  ");
        printer.Token(InterfaceKinds, value[0], "Unknown");
        printer.Put($" Interface Numbering ({value[0]}): {printer.U32(value, 1)}");
        value = value[InterfaceLength..];
        if (value.IsEmpty)
            return true;
        int identifierLength = value[0];
        if (value.Length < 1 + identifierLength)
            return false;
        if (identifierLength > 0)
        {
            printer.Put($"\n\t  OID length {identifierLength}");
            printer.PaddedCharacters(value, 1, identifierLength);
        }

        return true;
    }

    private static bool PrintOrganization(PacketPrinter printer, ReadOnlySpan<byte> value, ref bool isUnknown)
    {
        if (printer.Verbosity == 0)
            return true;
        if (value.Length < 3)
            return false;
        uint organization = printer.U24(value, 0);
        printer.Put(": OUI ");
        printer.Token(Organizations.Names, organization, "Unknown");
        printer.Put($" (0x{organization:x6})");
        isUnknown = LldpOrganizationPrinter.Print(printer, organization, value);
        return true;
    }
}
