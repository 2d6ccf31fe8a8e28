namespace NetWhy.Tools.Tcpdump.Printing.Link;

/// <summary>Prints packets of Linux's cooked sockets, versions 1 and 2. Source: pcap-linktype(7), LINUX_SLL and LINUX_SLL2.</summary>
internal static class CookedPrinter
{
    private const int HeaderLength = 16;
    private const int HeaderLength2 = 20;
    private const int LongestLength = 1500;

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
            printer.LinkHeaderLength = octets.Length;
            return;
        }

        printer.LinkHeaderLength = HeaderLength;
        ushort direction = printer.U16(octets, 0), hardware = printer.U16(octets, 2), addressLength = printer.U16(octets, 4), type = printer.U16(octets, 14);
        void PutHeader(ReadOnlySpan<byte> header)
        {
            printer.Token(Directions, direction, "Unknown");
            printer.Put(" ");
            PutRest(printer, header[6..14], hardware, addressLength, type, length);
        }

        if (printer.Options.ShowsLink)
            PutHeader(octets);
        if (!PrintPayload(printer, type, octets[HeaderLength..], length - HeaderLength, octets.Slice(6, Math.Min((int)addressLength, 8)), isTypeShown: printer.Options.ShowsLink) && !printer.Options.ShowsLink)
            PutHeader(octets);
    }

    /// <summary>Prints a packet of version 2, which names the interface.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="octets">What was captured.</param>
    /// <param name="length">What it was long.</param>
    internal static void PrintVersion2(PacketPrinter printer, ReadOnlySpan<byte> octets, int length)
    {
        printer.Protocol = "sll2";
        if (octets.Length < HeaderLength2 || length < HeaderLength2)
        {
            printer.Truncated();
            printer.LinkHeaderLength = octets.Length;
            return;
        }

        printer.LinkHeaderLength = HeaderLength2;
        ushort type = printer.U16(octets, 0), hardware = printer.U16(octets, 8);
        uint index = printer.U32(octets, 4);
        byte direction = octets[10], addressLength = octets[11];
        if (printer.InterfaceNames.Of(index) is { } name)
            printer.Put($"{name} ");
        else
            printer.Put($"ifindex {index} ");
        string word = Token.Find(Directions, direction) ?? "Unknown";
        printer.Put(word);
        printer.Put("     "[Math.Min(4, word.Length)..]);
        if (printer.Options.ShowsLink)
            PutRest2(printer, octets[12..20], hardware, addressLength, type, length);

        PrintPayload(printer, type, octets[HeaderLength2..], length - HeaderLength2, octets.Slice(12, Math.Min((int)addressLength, 8)), isTypeShown: printer.Options.ShowsLink);
    }

    private static void PutRest(PacketPrinter printer, ReadOnlySpan<byte> address, ushort hardware, ushort addressLength, ushort type, int length)
    {
        _ = hardware;
        if (addressLength > 0)
        {
            printer.Colons(address, 0, Math.Min((int)addressLength, 8));
            printer.Put(" ");
        }

        PutType(printer, type, length);
    }

    private static void PutRest2(PacketPrinter printer, ReadOnlySpan<byte> address, ushort hardware, byte addressLength, ushort type, int length)
    {
        if (hardware is 1 or 772)
        {
            printer.Put("");
        }

        if (addressLength > 0)
        {
            printer.Colons(address, 0, Math.Min((int)addressLength, 8));
            printer.Put(" ");
        }

        PutType(printer, type, length);
    }

    private static void PutType(PacketPrinter printer, ushort type, int length)
    {
        if (printer.Options.Quietness == 0)
        {
            printer.Put("ethertype ");
            printer.Token(EtherTypes.Names, type, "Unknown");
            printer.Put($" (0x{(uint)type:x4})");
        }
        else
        {
            printer.Token(EtherTypes.Names, type, "Unknown Ethertype (0x%04x)");
        }

        printer.Put($", length {length}: ");
    }

    // What has a type in place of a length is printed by the type; 4 is LLC.
    private static bool PrintPayload(PacketPrinter printer, ushort type, ReadOnlySpan<byte> payload, int length, ReadOnlySpan<byte> source, bool isTypeShown)
    {
        while (type is EtherTypes.Vlan or EtherTypes.QinQ or 0x9100 or 0x9200)
        {
            if (payload.Length < 4 || length < 4)
            {
                printer.Protocol = "vlan";
                printer.Truncated();
                return true;
            }

            ushort tag = printer.U16(payload, 0);
            type = printer.U16(payload, 2);
            if (isTypeShown)
            {
                EthernetPrinter.PutVlan(printer, tag);
                printer.Put(", ");
                if (type > LongestLength)
                {
                    printer.Put("ethertype ");
                    printer.Token(EtherTypes.Names, type, "0x%04x");
                    printer.Put(", ");
                }
            }

            payload = payload[4..];
            length -= 4;
        }

        if (type is 4)
        {
            int headerLength = LlcPrinter.Print(printer, payload, length, source, []);
            if (headerLength >= 0)
                return true;
        }
        else if (EtherTypes.Print(printer, type, payload, length, source, []))
        {
            return true;
        }

        EthernetPrinter.Default(printer, payload);
        return false;
    }
}
