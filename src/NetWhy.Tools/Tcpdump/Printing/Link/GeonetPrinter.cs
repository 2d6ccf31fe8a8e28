namespace NetWhy.Tools.Tcpdump.Printing.Link;

/// <summary>Prints GeoNetworking and CALM FAST. Sources: ETSI TS 102 636-4-1, ETSI TS 102 636-5-1, ISO 29281.</summary>
internal static class GeonetPrinter
{
    private const int HeaderLength = 36;
    private const int MultipleHopLength = 32;

    private static readonly string[] NextHeaders = ["Any", "BTP-A", "BTP-B", "IPv6"];

    private static readonly Token[] Types =
    [
        (0x30, "GeoAnycastCircle"), (0x31, "GeoAnycastRect"), (0x32, "GeoAnycastElipse"), (0x40, "GeoBroadcastCircle"), (0x41, "GeoBroadcastRect"),
        (0x42, "GeoBroadcastElipse"), (0x50, "TopoScopeBcast-SH"), (0x51, "TopoScopeBcast-MH"), (0x60, "LocService-Request"), (0x61, "LocService-Reply"),
    ];

    private static readonly Token[] Messages =
    [
        (0, "CAM"), (1, "DENM"), (101, "TPEGM"), (102, "TSPDM"), (103, "VPM"), (104, "SRM"), (105, "SLAM"), (106, "ecoCAM"), (107, "ITM"),
        (150, "SA"),
    ];

    /// <summary>Prints a packet of GeoNetworking.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="octets">What was captured.</param>
    /// <param name="length">What it was long.</param>
    /// <param name="source">Address of the sender on the link; empty if there is none.</param>
    internal static void Print(PacketPrinter printer, ReadOnlySpan<byte> octets, int length, ReadOnlySpan<byte> source)
    {
        printer.Protocol = "geonet";
        printer.Put("GeoNet ");
        if (!source.IsEmpty)
        {
            printer.Put("src:");
            LinkAddress.Put(printer, source);
        }

        printer.Put("; ");
        if (length < HeaderLength)
        {
            printer.Put($" (common header length {length} < {HeaderLength})");
            printer.Invalid();
            return;
        }

        byte first = printer.U8(octets, 0), type = printer.U8(octets, 1), hops = printer.U8(octets, 7);
        ushort payload = printer.U16(octets, 4);
        int next = first & 0xf;
        if (printer.IsCut)
            return;
        printer.Put($"v:{first >> 4} NH:{next}-{(next < NextHeaders.Length ? NextHeaders[next] : "Unknown")} HT:{type >> 4}-{type & 0xf}-");
        if (type >> 4 < 3)
            printer.Put((type >> 4) switch { 0 => "Any", 1 => "Beacon", _ => "GeoUnicast" });
        else
            printer.Token(Types, type, "Unknown");
        printer.Put($" HopLim:{hops} Payload:{payload} ");
        PrintPosition(printer, octets);
        if (!printer.Need(octets, 0, HeaderLength))
            return;
        if (!PrintRest(printer, octets[HeaderLength..], length - HeaderLength, type, next))
            printer.Invalid();
    }

    private static void PrintPosition(PacketPrinter printer, ReadOnlySpan<byte> octets)
    {
        if (!printer.Need(octets, 8, 8))
            return;
        printer.Put("GN_ADDR:");
        printer.Colons(octets, 8, 8);
        printer.Put(" ");
        uint latitude = printer.U32(octets, 20);
        printer.Put($"lat:{latitude} ");
        uint longitude = printer.U32(octets, 24);
        printer.Put($"lon:{longitude}");
    }

    private static bool PrintRest(PacketPrinter printer, ReadOnlySpan<byte> octets, int length, byte type, int next)
    {
        int extension = type switch { < 0x20 or 0x50 => 0, 0x51 => MultipleHopLength, _ => -1 };
        if (extension >= 0)
        {
            if (length < extension)
            {
                printer.Put($" (header size {extension} > {length})");
                return false;
            }

            if (!printer.Need(octets, 0, extension))
                return true;
            octets = octets[extension..];
            length -= extension;
            if (next is 1 or 2)
            {
                if (length < 4)
                {
                    printer.Put($" (BTP length {length} < 4)");
                    return false;
                }

                PrintTransport(printer, octets, length);
                if (printer.IsCut)
                    return true;
                octets = octets[4..];
                length -= 4;
            }
        }

        if (printer.Verbosity > 0)
            EthernetPrinter.Dump(printer, octets, length);
        return true;
    }

    private static void PrintTransport(PacketPrinter printer, ReadOnlySpan<byte> octets, int length)
    {
        ushort destination = printer.U16(octets, 0);
        printer.Put($"; BTP Dst:{destination}");
        ushort source = printer.U16(octets, 2);
        printer.Put($" Src:{source}");
        if (length < 6)
            return;
        byte version = printer.U8(octets, 4);
        printer.Put($"; ItsPduHeader v:{version}");
        byte message = printer.U8(octets, 5);
        printer.Put($" t:{message}-");
        printer.Token(Messages, message, "unknown (%u)");
    }

    /// <summary>Prints a packet of CALM FAST.</summary>
    /// <inheritdoc cref="Print"/>
    internal static void PrintCalmFast(PacketPrinter printer, ReadOnlySpan<byte> octets, int length, ReadOnlySpan<byte> source)
    {
        printer.Protocol = "calm_fast";
        printer.Put("CALM FAST");
        if (!source.IsEmpty)
        {
            printer.Put(" src:");
            LinkAddress.Put(printer, source);
        }

        printer.Put("; ");
        if (length < 2)
        {
            printer.Put($" (length {length} < 2)");
            printer.Invalid();
            return;
        }

        byte from = printer.U8(octets, 0);
        printer.Put($"SrcNwref:{from}; ");
        byte to = printer.U8(octets, 1);
        printer.Put($"DstNwref:{to}; ");
        if (printer.Verbosity > 0 && !printer.IsCut)
            EthernetPrinter.Dump(printer, octets[2..], length - 2);
    }
}
