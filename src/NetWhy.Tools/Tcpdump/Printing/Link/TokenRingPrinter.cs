namespace NetWhy.Tools.Tcpdump.Printing.Link;

/// <summary>Prints token ring frames. Source: IEEE 802.5.</summary>
internal static class TokenRingPrinter
{
    private const int HeaderLength = 14;
    private const byte RouteBit = 0x80; // of the sender's address

    private static readonly string[] Broadcasts =
    [
        "Non-Broadcast", "Non-Broadcast", "Non-Broadcast", "Non-Broadcast", "All-routes", "All-routes", "Single-route", "Single-route",
    ];

    private static readonly string[] Sizes = ["516", "1500", "2052", "4472", "8144", "11407", "17800", "??"];

    /// <summary>Prints a frame.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="octets">What was captured.</param>
    /// <param name="length">What it was long.</param>
    /// <returns>Length of its header, the LLC header included.</returns>
    internal static int Print(PacketPrinter printer, ReadOnlySpan<byte> octets, int length)
    {
        printer.Protocol = "token-ring";
        if (octets.Length < HeaderLength)
        {
            printer.Truncated();
            return HeaderLength;
        }

        ReadOnlySpan<byte> destination = octets.Slice(2, 6);
        Span<byte> source = stackalloc byte[6];
        octets.Slice(8, 6).CopyTo(source);
        bool isRouted = (source[0] & RouteBit) != 0;
        source[0] &= 0x7f;
        if (printer.Options.ShowsLink)
            PutHeader(printer, octets, length, source, destination);
        int headerLength = HeaderLength;
        if (isRouted)
        {
            if (octets.Length < HeaderLength + 2)
            {
                printer.Truncated();
                return HeaderLength;
            }

            int routeLength = octets[14] & 0x1f;
            headerLength += routeLength;
            if (octets.Length < headerLength)
            {
                printer.Truncated();
                return headerLength;
            }

            PrintRoute(printer, octets, (routeLength - 2) / 2);
        }

        ReadOnlySpan<byte> payload = octets[headerLength..];
        if (octets[1] >> 6 != 1)
        {
            if (!printer.Options.ShowsLink)
                PutHeader(printer, octets, length, source, destination);
            EthernetPrinter.Default(printer, payload);
            return headerLength;
        }

        if (!printer.Enter())
            return headerLength;
        int llcLength = LlcPrinter.Print(printer, payload, length - headerLength, source, destination);
        if (llcLength < 0)
            EthernetPrinter.Default(printer, payload);
        printer.Leave();
        return headerLength + Math.Abs(llcLength);
    }

    private static void PrintRoute(PacketPrinter printer, ReadOnlySpan<byte> octets, int segments)
    {
        ushort control = printer.U16(octets, 14);
        if (printer.Verbosity > 0)
            printer.Put($"{Broadcasts[control >> 13]} {((control & 0x80) != 0 ? "Backward" : "Forward")}");
        else
            printer.Put($"rt = {(uint)control:x}");
        for (int i = 0; i < segments && !printer.IsCut; i++)
        {
            ushort segment = printer.U16(octets, 16 + (2 * i));
            if (printer.Verbosity > 0)
                printer.Put($" [{segment >> 4}:{segment & 0xf}]");
            else
                printer.Put($":{(uint)segment:x}");
        }

        printer.Put($" ({Sizes[(control >> 4) & 7]}) ");
    }

    private static void PutHeader(PacketPrinter printer, ReadOnlySpan<byte> octets, int length, ReadOnlySpan<byte> source, ReadOnlySpan<byte> destination)
    {
        if (printer.Options.Quietness == 0)
            printer.Put($"{(uint)octets[0]:x2} {(uint)octets[1]:x2} ");
        LinkAddress.Put(printer, source);
        printer.Put(" > ");
        LinkAddress.Put(printer, destination);
        printer.Put($", length {length}: ");
    }
}
