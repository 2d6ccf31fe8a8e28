namespace NetWhy.Tools.Tcpdump.Printing.Link;

/// <summary>Prints packets of Linux's cooked sockets, versions 1 and 2. Source: pcap-linktype(7), LINUX_SLL and LINUX_SLL2.</summary>
internal static class CookedPrinter
{
    private const int HeaderLength = 16;
    private const int HeaderLength2 = 20;
    private const int NameWidth = 5;
    private const ushort Radiotap = 803; // a type of hardware
    private const ushort Novell = 1; // in place of a type of Ethernet
    private const ushort Llc = 4;

    private static readonly Token[] Directions = [(0, "In"), (1, "B"), (2, "M"), (3, "P"), (4, "Out")];

    /// <summary>Prints a packet of version 1.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="octets">What was captured.</param>
    /// <param name="length">What it was long.</param>
    internal static void Print(PacketPrinter printer, ReadOnlySpan<byte> octets, int length)
    {
        printer.Protocol = "sll";
        if (octets.Length < HeaderLength || length < HeaderLength)
        {
            printer.Truncated();
            printer.LinkHeaderLength = Math.Min(octets.Length, length);
            return;
        }

        if (printer.Options.ShowsLink)
            PutHeader(printer, octets, length);
        int headerLength = HeaderLength;
        if (printer.U16(octets, 2) == Radiotap)
            headerLength += RadiotapPrinter.Print(printer, octets[HeaderLength..], length - HeaderLength);
        else if (PrintPayload(printer, printer.U16(octets, 14), octets, ref headerLength, length) is { } unknown)
            PutUnknown(printer, octets, unknown, headerLength, length - headerLength + HeaderLength, isSecond: false);
        printer.LinkHeaderLength = headerLength;
    }

    /// <summary>Prints a packet of version 2, which names the interface.</summary>
    /// <inheritdoc cref="Print"/>
    internal static void PrintVersion2(PacketPrinter printer, ReadOnlySpan<byte> octets, int length)
    {
        printer.Protocol = "sll2";
        if (octets.Length < HeaderLength2 || length < HeaderLength2)
        {
            printer.Truncated();
            printer.LinkHeaderLength = Math.Min(octets.Length, length);
            return;
        }

        string name = printer.InterfaceNames.Of(printer.U32(octets, 4)) ?? "?";
        printer.Put(name);
        for (int i = name.Length; i < NameWidth; i++)
            printer.Put(" ");
        string direction = Token.Find(Directions, octets[10]) ?? "?";
        printer.Put($" {direction}{"   "[direction.Length..]} ");
        if (printer.Options.ShowsLink)
            PutHeader2(printer, octets, length);
        int headerLength = HeaderLength2;
        if (printer.U16(octets, 8) == Radiotap)
            headerLength += RadiotapPrinter.Print(printer, octets[HeaderLength2..], length - HeaderLength2);
        else if (PrintPayload(printer, printer.U16(octets, 0), octets, ref headerLength, length) is { } unknown)
            PutUnknown(printer, octets, unknown, headerLength, length - headerLength + HeaderLength2, isSecond: true);
        printer.LinkHeaderLength = headerLength;
    }

    private static void PutUnknown(PacketPrinter printer, ReadOnlySpan<byte> octets, bool isTyped, int headerLength, int length, bool isSecond)
    {
        if (isTyped && !printer.Options.ShowsLink)
        {
            if (isSecond)
                PutHeader2(printer, octets, length);
            else
                PutHeader(printer, octets, length);
        }

        EthernetPrinter.Default(printer, octets[headerLength..]);
    }

    private static void PutHeader(PacketPrinter printer, ReadOnlySpan<byte> octets, int length)
    {
        string direction = Token.Find(Directions, printer.U16(octets, 0)) ?? "?";
        printer.Put($"{"   "[direction.Length..]}{direction} ");
        if (printer.U16(octets, 4) == 6)
        {
            printer.EthernetAddress(octets, 6);
            printer.Put(" ");
        }

        PutType(printer, printer.U16(octets, 14), length);
    }

    private static void PutHeader2(PacketPrinter printer, ReadOnlySpan<byte> octets, int length)
    {
        printer.Put($"ifindex {printer.U32(octets, 4)} ");
        if (octets[11] == 6)
        {
            printer.EthernetAddress(octets, 12);
            printer.Put(" ");
        }

        PutType(printer, printer.U16(octets, 0), length);
    }

    private static void PutType(PacketPrinter printer, ushort type, int length)
    {
        if (printer.Options.Quietness > 0)
            return;
        if (type is Novell or Llc)
        {
            printer.Put(type is Novell ? "802.3" : "802.2");
        }
        else
        {
            printer.Put("ethertype ");
            if (type > EthernetPrinter.LongestLength)
                printer.Token(EtherTypes.Names, type, "Unknown");
            else
                printer.Put("Unknown");
            printer.Put($" (0x{(uint)type:x4})");
        }

        printer.Put($", length {length}: ");
    }

    // Null if it is known, else whether its type is one of Ethernet.
    private static bool? PrintPayload(PacketPrinter printer, ushort type, ReadOnlySpan<byte> octets, ref int at, int length)
    {
        while (type is EtherTypes.Vlan)
        {
            if (octets.Length < at + 4 || length < at + 4)
            {
                printer.Protocol = "vlan";
                printer.Truncated();
                at = Math.Min(octets.Length, length);
                return null;
            }

            ushort tag = printer.U16(octets, at);
            type = printer.U16(octets, at + 2);
            at += 4;
            if (type <= EthernetPrinter.LongestLength)
                type = Llc;
            if (printer.Options.ShowsLink)
            {
                EthernetPrinter.PutVlan(printer, tag);
                printer.Put(", ");
            }

            if (printer.Options.Quietness == 0)
            {
                printer.Put("ethertype ");
                printer.Token(EtherTypes.Names, type, "Unknown");
                printer.Put(", ");
            }
        }

        ReadOnlySpan<byte> payload = octets[at..];
        length -= at;
        switch (type)
        {
            case Novell:
                return LlcPrinter.PrintNovell(printer, payload, length) ? null : false;
            case Llc:
                int headerLength = LlcPrinter.Print(printer, payload, length, [], []);
                if (headerLength < 0)
                    return false;
                at += headerLength;
                return null;
            case <= EthernetPrinter.LongestLength:
                return false;
            default:
                return EtherTypes.Print(printer, type, payload, length, [], []) ? null : true;
        }
    }
}
