namespace NetWhy.Tools.Tcpdump.Printing.Link;

/// <summary>Prints Cisco's discovery protocol. Source: Cisco, LAN Switching documentation.</summary>
internal static class CdpPrinter
{
    private const int HeaderLength = 4;
    private const int FieldHeaderLength = 4;
    private const int PrefixLength = 5;
    private const byte Ipv4Nlpid = 0xcc;

    private static readonly Token[] Capabilities =
    [
        (1, "Router"), (2, "Transparent Bridge"), (4, "Source Route Bridge"), (8, "L2 Switch"), (16, "L3 capable"), (32, "IGMP snooping"),
        (64, "L1 capable"),
    ];

    private static readonly Field[] Fields =
    [
        default, new("Device-ID", Kind.Text), new("Address", Kind.Addresses, 4), new("Port-ID", Kind.Text), new("Capability", Kind.Capabilities, 4, 4),
        new("Version String", Kind.Version), new("Platform", Kind.Text), new("Prefixes", Kind.Prefixes), new("Protocol-Hello option", Kind.Named),
        new("VTP Management Domain", Kind.Text), new("Native VLAN ID", Kind.Number, 2, 2), new("Duplex", Kind.Duplex, 1, 1), default, default,
        new("ATA-186 VoIP VLAN assignment", Kind.VoiceVlan, 3, 3), new("ATA-186 VoIP VLAN request", Kind.VoiceVlan, 2, 3),
        new("power consumption", Kind.Power, 1, 3), new("MTU", Kind.Mtu, 4, 4), new("AVVID trust bitmap", Kind.Bitmap, 1, 1),
        new("AVVID untrusted ports CoS", Kind.Bitmap, 1, 1), new("System Name", Kind.Text), new("System Object ID (not decoded)", Kind.Named),
        new("Management Addresses", Kind.Addresses, 4), new("Physical Location", Kind.Location, 1),
    ];

    private enum Kind
    {
        None,
        Named,
        Text,
        Addresses,
        Capabilities,
        Version,
        Prefixes,
        Number,
        Duplex,
        VoiceVlan,
        Power,
        Mtu,
        Bitmap,
        Location,
    }

    /// <summary>Prints a packet.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="octets">What was captured.</param>
    /// <param name="length">What it was long.</param>
    internal static void Print(PacketPrinter printer, ReadOnlySpan<byte> octets, int length)
    {
        printer.Protocol = "cdp";
        int wholeLength = length;
        if (length < HeaderLength)
        {
            printer.Put($" (packet length {length} < {HeaderLength})");
            Invalid(printer, octets, 0, length);
            return;
        }

        byte version = printer.U8(octets, 0), lifetime = printer.U8(octets, 1);
        printer.Put($"CDPv{version}, ttl: {lifetime}s");
        ushort checksum = printer.U16(octets, 2);
        if (printer.Verbosity > 0)
            printer.Put($", checksum: 0x{(uint)checksum:x4} (unverified), length {wholeLength}");
        int at = HeaderLength;
        length -= HeaderLength;
        while (length > 0 && !printer.IsCut)
        {
            if (length < FieldHeaderLength)
            {
                printer.Put($" (remaining packet length {length} < {FieldHeaderLength})");
                Invalid(printer, octets, at, length);
                return;
            }

            ushort type = printer.U16(octets, at), size = printer.U16(octets, at + 2);
            if (printer.IsCut)
                return;
            Field field = type < Fields.Length ? Fields[type] : default;
            string name = field.Name ?? "unknown field type";
            if (size < FieldHeaderLength)
            {
                if (printer.Verbosity > 0)
                    printer.Put($"\n\t{name} (0x{(uint)type:x2}), TLV length: {size} byte{(size == 1 ? "" : "s")} (too short)");
                else
                    printer.Put($", {name} TLV length {size} too short");
                Invalid(printer, octets, at, length);
                return;
            }

            if (size > length)
            {
                printer.Put($" (TLV length {size} > {length})");
                Invalid(printer, octets, at, length);
                return;
            }

            PrintField(printer, octets, at + FieldHeaderLength, type, size - FieldHeaderLength, field, name);
            at += size;
            length -= size;
        }

        if (printer.Verbosity == 0)
            printer.Put($", length {wholeLength}");
    }

    private static void Invalid(PacketPrinter printer, ReadOnlySpan<byte> octets, int at, int length)
    {
        printer.Invalid();
        printer.Need(octets, at, length);
    }

    private static void PrintField(PacketPrinter printer, ReadOnlySpan<byte> octets, int at, uint type, int size, Field field, string name)
    {
        // Who it is is all that a short line says.
        bool isPrinted = printer.Verbosity > 0 || type == 1 || (type < Fields.Length && field.Name is null);
        if (printer.Verbosity > 0)
            printer.Put($"\n\t{name} (0x{type:x2}), value length: {size} byte{(size == 1 ? "" : "s")}: ");
        else if (isPrinted)
            printer.Put($", {name} ");

        bool isCovered = false;
        if (type < Fields.Length)
        {
            if ((field.Least > 0 && size < field.Least) || (field.Most > 0 && size > field.Most))
            {
                printer.Put(" (malformed TLV)");
            }
            else if (isPrinted)
            {
                PrintValue(printer, octets, at, size, field.Kind);
                isCovered = true;
            }
        }

        if (!isCovered && printer.Need(octets, at, size))
            printer.Unknown(octets, at, "\n\t  ", size);
    }

    private static void PrintValue(PacketPrinter printer, ReadOnlySpan<byte> octets, int at, int size, Kind kind)
    {
        switch (kind)
        {
            case Kind.Text:
                printer.Put("'");
                printer.Characters(octets, at, size);
                printer.Put("'");
                break;
            case Kind.Addresses:
                PrintAddresses(printer, octets, at, size);
                break;
            case Kind.Capabilities:
                uint capabilities = printer.U32(octets, at);
                printer.Put($"(0x{capabilities:x8}): ");
                printer.Bits(Capabilities, capabilities, "none");
                break;
            case Kind.Version:
                PrintVersion(printer, octets, at, size);
                break;
            case Kind.Prefixes:
                PrintPrefixes(printer, octets, at, size);
                break;
            case Kind.Number:
                ushort number = printer.U16(octets, at);
                printer.Put($"{number}");
                break;
            case Kind.Duplex:
                printer.Put(printer.U8(octets, at) != 0 ? "full" : "half");
                break;
            case Kind.VoiceVlan:
                PrintVoiceVlan(printer, octets, at, size);
                break;
            case Kind.Power:
                PrintPower(printer, (uint)printer.U(octets, at, size));
                break;
            case Kind.Mtu:
                uint mtu = printer.U32(octets, at);
                printer.Put($"{mtu} bytes");
                break;
            case Kind.Bitmap:
                uint bitmap = printer.U8(octets, at);
                printer.Put($"0x{bitmap:x2}");
                break;
            case Kind.Location:
                uint location = printer.U8(octets, at);
                printer.Put($"0x{location:x2}");
                if (size > 1)
                {
                    printer.Put("/");
                    printer.Characters(octets, at + 1, size - 1);
                }

                break;
            default:
                printer.Need(octets, at, size);
                break;
        }
    }

    private static void PrintVersion(PacketPrinter printer, ReadOnlySpan<byte> octets, int at, int size)
    {
        printer.Put("\n\t  ");
        for (int i = 0; i < size && !printer.IsCut; i++)
        {
            byte octet = printer.U8(octets, at + i);
            if (octet == (byte)'\n')
                printer.Put("\n\t  ");
            else
                printer.Character(octet);
        }
    }

    private static void PrintVoiceVlan(PacketPrinter printer, ReadOnlySpan<byte> octets, int at, int size)
    {
        if (size == 2)
        {
            uint value = printer.U16(octets, at);
            printer.Put($"unknown 0x{value:x4}");
            return;
        }

        byte application = printer.U8(octets, at);
        ushort vlan = printer.U16(octets, at + 1);
        printer.Put($"app {application}, vlan {vlan}");
    }

    // In watts with two digits; a half, which only whole eighths are, goes to the even one.
    private static void PrintPower(PacketPrinter printer, uint milliwatts)
    {
        Span<byte> text = stackalloc byte[32];
        double watts = milliwatts % 125 == 0 && milliwatts % 10 == 5 ? Math.Round(milliwatts / 1000.0, 2, MidpointRounding.ToEven) : milliwatts / 1000.0;
        if (watts.TryFormat(text, out int length, "F2", System.Globalization.CultureInfo.InvariantCulture))
            printer.Text.Add(text[..length]);
        printer.Put("W");
    }

    private static void PrintPrefixes(PacketPrinter printer, ReadOnlySpan<byte> octets, int at, int size)
    {
        if (size % PrefixLength != 0)
        {
            printer.Put($" [length {size} is not a multiple of {PrefixLength}]");
            printer.Need(octets, at, size);
            return;
        }

        printer.Put($" IPv4 Prefixes ({size / PrefixLength}):");
        for (int i = 0; i < size && printer.Need(octets, at + i, PrefixLength); i += PrefixLength)
            printer.Put($" {octets[at + i]}.{octets[at + i + 1]}.{octets[at + i + 2]}.{octets[at + i + 3]}/{octets[at + i + 4]}");
    }

    private static void PrintAddresses(PacketPrinter printer, ReadOnlySpan<byte> octets, int at, int size)
    {
        uint number = printer.U32(octets, at);
        int end = at + size;
        at += 4;
        while (number > 0 && !printer.IsCut)
        {
            if (end - at < 2)
            {
                PutMissing(printer, octets, at, end, "PT+PL");
                return;
            }

            byte type = printer.U8(octets, at), protocolLength = printer.U8(octets, at + 1);
            at += 2;
            if (end - at < protocolLength + 2)
            {
                PutMissing(printer, octets, at, end, "P+AL");
                return;
            }

            int length = printer.U16(octets, at + protocolLength);
            if (printer.IsCut)
                return;
            ReadOnlySpan<byte> protocol = octets.Slice(at, protocolLength);
            bool isIpv4 = type == 1 && protocolLength == 1 && protocol[0] == Ipv4Nlpid && length == 4;
            bool isIpv6 = type == 2 && protocol.SequenceEqual<byte>([0xaa, 0xaa, 3, 0, 0, 0, 0x86, 0xdd]) && length == 16;
            if (!isIpv4 && !isIpv6)
            {
                printer.Put($"pt=0x{(uint)type:x2}, pl={protocolLength}, pb=");
                foreach (byte octet in protocol)
                    printer.Put($" {(uint)octet:x2}");
                printer.Put($", al={length}, a=");
            }

            at += protocolLength + 2;
            if (end - at < length)
            {
                PutMissing(printer, octets, at, end, "A");
                return;
            }

            PutAddress(printer, octets, at, length, number, isIpv4, isIpv6);
            at += length;
            if (--number > 0)
                printer.Put(" ");
        }

        if (at < end)
            printer.Put($" ({end - at} bytes of stray data)");
    }

    private static void PutMissing(PacketPrinter printer, ReadOnlySpan<byte> octets, int at, int end, string what)
    {
        printer.Put($" (not enough space for {what})");
        printer.Need(octets, at, end - at);
    }

    private static void PutAddress(PacketPrinter printer, ReadOnlySpan<byte> octets, int at, int length, uint number, bool isIpv4, bool isIpv6)
    {
        if (isIpv4 || isIpv6)
        {
            if (!printer.Need(octets, at, length))
                return;
            printer.Put($"{(isIpv4 ? "IPv4" : "IPv6")} ({number}) ");
            if (isIpv4)
                printer.Ipv4Address(octets, at);
            else
                printer.Ipv6Address(octets, at);
            return;
        }

        for (int i = 0; i < length && !printer.IsCut; i++)
        {
            uint octet = printer.U8(octets, at + i);
            printer.Put($" {octet:x2}");
        }
    }

    private readonly record struct Field(string? Name, Kind Kind, int Least = 0, int Most = 0);
}
