using NetWhy.Tools.Tcpdump.Printing.Network;
using NetWhy.Tools.Tcpdump.Printing.Routing;

namespace NetWhy.Tools.Tcpdump.Printing.Link;

/// <summary>Prints MPLS label stacks and what they carry. Source: RFC 3032.</summary>
internal static class MplsPrinter
{
    private const int EntryLength = 4;
    private const uint ReservedLabels = 16;
    private const uint Ipv4Null = 0;
    private const uint Ipv6Null = 2;
    private const uint ImplicitNull = 3;

    private static readonly string[] SpecialLabels = ["IPv4 explicit NULL", "router alert", "IPv6 explicit NULL", "implicit NULL"];

    private enum Payload
    {
        Unknown,
        Ipv4,
        Ipv6,
        Osi,
    }

    /// <summary>Prints a stack and the packet under it.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="octets">What was captured.</param>
    /// <param name="length">What it was long.</param>
    internal static void Print(PacketPrinter printer, ReadOnlySpan<byte> octets, int length)
    {
        printer.Protocol = "mpls";
        printer.Put("MPLS");
        int at = 0;
        uint entry;
        do
        {
            if (length < at + EntryLength)
            {
                printer.Invalid();
                return;
            }

            if (!printer.Need(octets, at, EntryLength))
                return;

            entry = printer.U32(octets, at);
            printer.Put(printer.Verbosity > 0 && at > 0 ? "\n\t" : " ");
            PutEntry(printer, entry);
            at += EntryLength;
        }
        while ((entry & 0x100) == 0);

        octets = octets[at..];
        length -= at;
        if (length == 0)
            return;
        Payload payload = PayloadUnder(printer, entry >> 12, octets);
        if (printer.IsCut)
            return;
        if (payload is Payload.Unknown)
        {
            EthernetPrinter.Default(printer, octets, length);
            return;
        }

        printer.Put(printer.Verbosity > 0 ? "\n\t" : " ");
        switch (payload)
        {
            case Payload.Ipv4:
                IpPrinter.Print(printer, octets, length);
                break;
            case Payload.Ipv6:
                Ipv6Printer.Print(printer, octets, length);
                break;
            case Payload.Osi:
                OsiPrinter.Print(printer, octets, length);
                break;
        }
    }

    private static void PutEntry(PacketPrinter printer, uint entry)
    {
        uint label = entry >> 12;
        printer.Put($"(label {label}");
        if (printer.Verbosity > 0 && label < ReservedLabels)
            printer.Put($" ({(label < SpecialLabels.Length ? SpecialLabels[label] : "rsvd")})");
        printer.Put($", tc {(entry >> 9) & 7}{((entry & 0x100) != 0 ? ", [S]" : "")}, ttl {entry & 0xff})");
    }

    // The label of an explicit null says what follows; otherwise it is guessed from the first octet, as routers do.
    private static Payload PayloadUnder(PacketPrinter printer, uint label, ReadOnlySpan<byte> octets) => label switch
    {
        Ipv4Null or ImplicitNull => Payload.Ipv4,
        Ipv6Null => Payload.Ipv6,
        _ => printer.U8(octets, 0) switch
        {
            >= 0x45 and <= 0x4f => Payload.Ipv4,
            >= 0x60 and <= 0x6f => Payload.Ipv6,
            0x81 or 0x82 or 0x83 => Payload.Osi,
            _ => Payload.Unknown,
        },
    };
}
