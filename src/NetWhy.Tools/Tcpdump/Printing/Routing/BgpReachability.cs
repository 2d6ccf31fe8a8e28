using NetWhy.Tools.Tcpdump.Printing.Link;

namespace NetWhy.Tools.Tcpdump.Printing.Routing;

/// <summary>Prints what BGP says of other families than IPv4. Source: RFC 4760.</summary>
internal static class BgpReachability
{
    private const int DistinguisherLength = 8;

    /// <summary>Prints routes that can be used.</summary>
    /// <inheritdoc cref="PrintUnreachable"/>
    internal static bool PrintReachable(PacketPrinter printer, ReadOnlySpan<byte> octets, int at, int length)
    {
        int end = at + length;
        if (!PacketPrinter.Has(octets, at, 3) || length < 3)
            return false;
        int known = PrintFamilies(printer, octets, at, length, out ushort family, out byte subsequent);
        if (known < 0)
            return known != RoutingText.Short;
        at += 3;
        if (!PacketPrinter.Has(octets, at, 1) || at >= end)
            return false;
        int hopLength = octets[at++];
        if (hopLength != 0)
        {
            if (end - at < hopLength)
                return false;
            printer.Put("\n\t    nexthop: ");
            PrintNextHops(printer, octets, at, hopLength, family, subsequent);
            at += hopLength;
        }

        printer.Put($", nh-length: {hopLength}");
        if (at >= end)
            return false;
        if (!PrintAttachments(printer, octets, ref at, end))
            return false;
        return printer.IsCut || PrintRoutes(printer, octets, at, end, length, family, subsequent);
    }

    /// <summary>Prints routes that can no longer be used.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="octets">What was captured.</param>
    /// <param name="at">Where they begin.</param>
    /// <param name="length">Their octets.</param>
    /// <returns>Whether nothing was missing.</returns>
    internal static bool PrintUnreachable(PacketPrinter printer, ReadOnlySpan<byte> octets, int at, int length)
    {
        if (!PacketPrinter.Has(octets, at, 3))
            return false;
        int known = PrintFamilies(printer, octets, at, length, out ushort family, out byte subsequent);
        if (known < 0)
            return known != RoutingText.Short;
        if (length == 3)
            printer.Put("\n\t      End-of-Rib Marker (empty NLRI)");
        return PrintRoutes(printer, octets, at + 3, at + length, length, family, subsequent);
    }

    private static int PrintFamilies(PacketPrinter printer, ReadOnlySpan<byte> octets, int at, int length, out ushort family, out byte subsequent)
    {
        family = printer.U16(octets, at);
        subsequent = printer.U8(octets, at + 2);
        printer.Put("\n\t    AFI: ");
        printer.Token(AddressFamilies.Names, family, "Unknown AFI");
        printer.Put($" ({family}), {(subsequent > 128 ? "vendor specific " : "")}SAFI: ");
        printer.Token(BgpNames.SubsequentFamilies, subsequent, "Unknown SAFI");
        printer.Put($" ({subsequent})");
        if (IsKnown(family, subsequent))
            return 0;
        if (!PacketPrinter.Has(octets, at, length))
            return RoutingText.Short;
        printer.Put($"\n\t    no AFI {family} / SAFI {subsequent} decoder");
        if (printer.Verbosity <= 1)
            printer.Unknown(octets, at, "\n\t    ", length);
        return RoutingText.Illegal;
    }

    private static bool IsKnown(ushort family, byte subsequent) => family switch
    {
        AddressFamilies.Ipv4 => subsequent is 1 or 2 or 3 or 4 or 5 or 66 or 128 or 129 or 130 or 132,
        AddressFamilies.Ipv6 => subsequent is 1 or 2 or 3 or 4 or 128 or 129 or 130,
        AddressFamilies.Nsap => subsequent is 1 or 2 or 3 or 128 or 129 or 130,
        AddressFamilies.Layer2Vpn => subsequent is 128 or 129 or 130,
        AddressFamilies.Vpls => subsequent is 65,
        _ => false,
    };

    private static bool IsVpn(byte subsequent) => subsequent is 128 or 129 or 130;

    private static void PrintNextHops(PacketPrinter printer, ReadOnlySpan<byte> octets, int at, int length, ushort family, byte subsequent)
    {
        bool isVpn = IsVpn(subsequent) && family is not AddressFamilies.Layer2Vpn;
        for (bool isFirst = true; length > 0 && !printer.IsCut; isFirst = false)
        {
            if (!isFirst)
                printer.Put(", ");
            int width = family switch { AddressFamilies.Nsap => isVpn ? 1 : 0, AddressFamilies.Ipv6 => 16, _ => 4 } + (isVpn ? DistinguisherLength : 0);
            if (length < width)
            {
                printer.Put("invalid len");
                return;
            }

            if (family is AddressFamilies.Nsap)
            {
                PrintNsapHop(printer, octets, at, length, isVpn);
                return;
            }

            if (!printer.Need(octets, at, width))
                return;
            if (isVpn)
                PutDistinguished(printer, octets, at);
            if (family is AddressFamilies.Ipv6)
                printer.Ipv6Address(octets, at + width - 16);
            else
                printer.Ipv4Address(octets, at + width - 4);
            at += width;
            length -= width;
        }
    }

    private static void PrintNsapHop(PacketPrinter printer, ReadOnlySpan<byte> octets, int at, int length, bool isVpn)
    {
        if (!printer.Need(octets, at, length))
            return;
        if (!isVpn)
        {
            printer.NsapAddress(octets, at, length);
            return;
        }

        PutDistinguished(printer, octets, at);
        at += DistinguisherLength;
        printer.NsapAddress(octets, at, length - DistinguisherLength);
        if (printer.U32(octets, at) == 0x47000601) // RFC 986
        {
            printer.Put(" = ");
            printer.Ipv4Address(octets, at + 4);
        }
        else if (printer.U24(octets, at) == 0x350000) // RFC 1888
        {
            printer.Put(" = ");
            printer.Ipv6Address(octets, at + 3);
        }
    }

    private static void PutDistinguished(PacketPrinter printer, ReadOnlySpan<byte> octets, int at)
    {
        printer.Put("RD: ");
        BgpRoutes.PutDistinguisher(printer, octets, at);
        printer.Put(", ");
    }

    // Addresses of the next hop on its subnetwork; reserved since RFC 4760.
    private static bool PrintAttachments(PacketPrinter printer, ReadOnlySpan<byte> octets, ref int at, int end)
    {
        int count = printer.U8(octets, at++);
        if (count == 0)
        {
            printer.Put(", no SNPA");
            return true;
        }

        printer.Put($"\n\t    {count} SNPA");
        for (; count > 0 && !printer.IsCut; count--)
        {
            if (at >= end)
                return false;
            int size = printer.U8(octets, at++);
            printer.Put($"\n\t      {size} bytes");
            if (end - at < size || !PacketPrinter.Has(octets, at, size))
                return false;
            at += size;
        }

        return true;
    }

    private static bool PrintRoutes(PacketPrinter printer, ReadOnlySpan<byte> octets, int at, int end, int length, ushort family, byte subsequent)
    {
        bool hasPaths = family switch
        {
            AddressFamilies.Ipv4 => BgpRoutes.HavePaths(octets, at, end - at, 32),
            AddressFamilies.Ipv6 => BgpRoutes.HavePaths(octets, at, end - at, 128),
            _ => false,
        };
        while (at < end && !printer.IsCut)
        {
            int used = BgpRoutes.Print(printer, octets, at, length, family, subsequent, hasPaths, out bool isMissing);
            if (isMissing)
                return false;
            if (used <= 0)
                break;
            at += used;
        }

        return true;
    }
}
