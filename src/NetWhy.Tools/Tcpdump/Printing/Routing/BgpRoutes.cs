using NetWhy.Tools.Tcpdump.Printing.Link;

namespace NetWhy.Tools.Tcpdump.Printing.Routing;

/// <summary>Prints routes of BGP. Sources: RFC 4271, RFC 8277, RFC 4364, RFC 4684, RFC 4761, RFC 6514, RFC 7911.</summary>
internal static class BgpRoutes
{
    private const int DistinguisherLength = 8;
    private const int LabelLength = 3;
    private const int LongestText = 163; // of a route of layer 2
    private const string IllegalPrefix = "\n\t    (illegal prefix length)";
    private const string Indent = "\n\t      ";

    /// <summary>Whether routes carry path identifiers: they make sense with, and none without. Source: RFC 7911, section 6.</summary>
    /// <param name="octets">What was captured.</param>
    /// <param name="at">Where they begin.</param>
    /// <param name="length">Their octets.</param>
    /// <param name="longest">Bits of an address.</param>
    internal static bool HavePaths(ReadOnlySpan<byte> octets, int at, int length, int longest)
    {
        if (length < 5)
            return false;
        int offset = 0;
        while (offset < length)
        {
            offset += 4;
            if (at + offset >= octets.Length)
                break;
            int bits = octets[at + offset];
            if (bits > longest)
                return false;
            offset += 1 + ((bits + 7) / 8);
        }

        if (offset > length)
            return false;
        for (offset = 0; offset < length;)
        {
            if (at + offset >= octets.Length)
                break;
            int bits = octets[at + offset];
            if (bits < 1 || bits > longest)
                return true;
            offset += 1 + ((bits + 7) / 8);
        }

        return offset > length;
    }

    /// <summary>Prints routes of IPv4.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="octets">What was captured.</param>
    /// <param name="at">Where they begin.</param>
    /// <param name="length">Their octets.</param>
    /// <param name="hasPaths">Whether they carry path identifiers.</param>
    /// <param name="isLenient">Whether too few octets for a path identifier are passed over.</param>
    /// <returns>Octets that are left; negative if some are missing.</returns>
    internal static int PrintPlain(PacketPrinter printer, ReadOnlySpan<byte> octets, int at, int length, bool hasPaths, bool isLenient)
    {
        while (length > 0 && !printer.IsCut)
        {
            uint path = 0;
            if (hasPaths)
            {
                if (length < 4)
                    return isLenient ? 0 : -1;
                path = printer.U32(octets, at);
                at += 4;
                length -= 4;
            }

            int used = printer.Prefix("\n\t    ", octets, at, length, 4);
            if (used == RoutingText.Short)
                return printer.IsCut ? 0 : -1;
            if (used == RoutingText.Illegal)
            {
                printer.Put(IllegalPrefix);
                return length;
            }

            if (hasPaths)
                printer.Put($"   Path Id: {path}");
            at += used;
            length -= used;
        }

        return length;
    }

    /// <summary>Prints one route.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="octets">What was captured.</param>
    /// <param name="at">Where it begins.</param>
    /// <param name="length">Octets of the attribute.</param>
    /// <param name="family">Its address family.</param>
    /// <param name="subsequent">Its subsequent address family.</param>
    /// <param name="hasPath">Whether it carries a path identifier.</param>
    /// <param name="isMissing">Whether octets are missing.</param>
    /// <returns>Its octets; negative if the rest cannot be read.</returns>
    internal static int Print(
        PacketPrinter printer, ReadOnlySpan<byte> octets, int at, int length, ushort family, byte subsequent, bool hasPath, out bool isMissing)
    {
        isMissing = false;
        int width = family switch { AddressFamilies.Ipv4 => 4, AddressFamilies.Ipv6 => 16, _ => 19 };
        switch (subsequent)
        {
            case 1 or 2 or 3 when family is AddressFamilies.Nsap:
                return PrintNsap(printer, octets, at);
            case 1 or 2 or 3:
                return PrintUnlabeled(printer, octets, at, length, width, hasPath, out isMissing);
            case 4:
                return PrintLabeled(printer, octets, at, length, width, out isMissing);
            case 132:
                return PrintRouteTarget(printer, octets, at);
            case 5:
                return BgpMulticastRoutes.Print(printer, octets, at, out isMissing);
            case 66:
                return PrintMulticastTree(printer, octets, at, out isMissing);
            case 65:
            case 128 or 129 or 130 when family is AddressFamilies.Layer2Vpn:
                return PrintLayer2(printer, octets, at, out isMissing);
            default:
                return PrintVpn(printer, octets, at, width);
        }
    }

    /// <summary>Prints a route distinguisher. Source: RFC 4364, section 4.2.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="octets">What was captured.</param>
    /// <param name="at">Where it lies.</param>
    internal static void PutDistinguisher(PacketPrinter printer, ReadOnlySpan<byte> octets, int at)
    {
        switch (printer.U16(octets, at))
        {
            case 0 when printer.Need(octets, at, DistinguisherLength):
                printer.Put($"{printer.U16(octets, at + 2)}:{printer.U32(octets, at + 4)} (= ");
                PutQuad(printer, octets, at + 4);
                printer.Put(")");
                break;
            case 1 when printer.Need(octets, at, DistinguisherLength):
                PutQuad(printer, octets, at + 2);
                printer.Put($":{printer.U16(octets, at + 6)}");
                break;
            case 2 when printer.Need(octets, at, DistinguisherLength):
                BgpPrinter.PutSystem(printer, printer.U32(octets, at + 2));
                printer.Put($":{printer.U16(octets, at + 6)} (");
                PutQuad(printer, octets, at + 2);
                printer.Put($":{printer.U16(octets, at + 6)})");
                break;
            default:
                printer.Put("unknown RD format");
                break;
        }
    }

    private static void PutQuad(PacketPrinter printer, ReadOnlySpan<byte> octets, int at) =>
        printer.Put($"{octets[at]}.{octets[at + 1]}.{octets[at + 2]}.{octets[at + 3]}");

    private static int PrintUnlabeled(PacketPrinter printer, ReadOnlySpan<byte> octets, int at, int length, int width, bool hasPath, out bool isMissing)
    {
        uint path = hasPath ? printer.U32(octets, at) : 0;
        int used = printer.Prefix(Indent, octets, hasPath ? at + 4 : at, length, width);
        isMissing = used == RoutingText.Short;
        if (used == RoutingText.Illegal)
            printer.Put(IllegalPrefix);
        if (isMissing || !hasPath)
            return used;
        printer.Put($"   Path Id: {path}");
        return used + 4;
    }

    private static int PrintLabeled(PacketPrinter printer, ReadOnlySpan<byte> octets, int at, int length, int width, out bool isMissing)
    {
        isMissing = !PacketPrinter.Has(octets, at, 1 + LabelLength);
        if (isMissing || length < 1 + LabelLength)
            return RoutingText.Short;
        int bits = octets[at] - (LabelLength * 8);
        if (bits < 0 || bits > width * 8)
        {
            printer.Put(IllegalPrefix);
            return RoutingText.Illegal;
        }

        int count = (bits + 7) / 8;
        if ((width == 4 && length - 4 < count) || !printer.Need(octets, at + 4, count))
            return RoutingText.Short;
        printer.Put(Indent);
        printer.PrefixAddress(octets, at + 4, bits, width);
        PutLabel(printer, octets, at + 1, bits);
        return 4 + count;
    }

    private static void PutLabel(PacketPrinter printer, ReadOnlySpan<byte> octets, int at, int bits)
    {
        uint label = printer.U24(octets, at);
        printer.Put($"/{bits}, label:{label >> 4} {((label & 1) == 0 ? "(BOGUS: Bottom of Stack NOT set!)" : "(bottom)")}");
    }

    private static int PrintVpn(PacketPrinter printer, ReadOnlySpan<byte> octets, int at, int width)
    {
        int bits = printer.U8(octets, at) - ((LabelLength + DistinguisherLength) * 8);
        if (bits < 0 || bits > width * 8)
        {
            printer.Put(IllegalPrefix);
            return RoutingText.Illegal;
        }

        int count = (bits + 7) / 8;
        if (!printer.Need(octets, at, 12 + count))
            return RoutingText.Short;
        printer.Put($"{Indent}RD: ");
        PutDistinguisher(printer, octets, at + 4);
        printer.Put(", ");
        if (width == 19)
            PutNsapPrefix(printer, octets, at + 12, bits);
        else
            printer.PrefixAddress(octets, at + 12, bits, width);
        PutLabel(printer, octets, at + 1, bits);
        return 12 + count;
    }

    private static int PrintNsap(PacketPrinter printer, ReadOnlySpan<byte> octets, int at)
    {
        int bits = printer.U8(octets, at), count = (bits + 7) / 8;
        if (bits > 152)
        {
            printer.Put(IllegalPrefix);
            return RoutingText.Illegal;
        }

        if (!printer.Need(octets, at + 4, count))
            return RoutingText.Short;
        printer.Put(Indent);
        PutNsapPrefix(printer, octets, at + 4, bits);
        printer.Put($"/{bits}");
        return 1 + count;
    }

    private static void PutNsapPrefix(PacketPrinter printer, ReadOnlySpan<byte> octets, int at, int bits)
    {
        int count = (bits + 7) / 8;
        Span<byte> address = stackalloc byte[19];
        octets.Slice(at, count).CopyTo(address);
        if (bits % 8 != 0)
            address[count - 1] &= (byte)(0xff00 >> (bits % 8));
        printer.NsapAddress(address, 0, count);
    }

    private static int PrintMulticastTree(PacketPrinter printer, ReadOnlySpan<byte> octets, int at, out bool isMissing)
    {
        isMissing = false;
        const int Length = 16;
        if (printer.U8(octets, at) != Length * 8)
        {
            printer.Put(IllegalPrefix);
            return RoutingText.Illegal;
        }

        isMissing = !PacketPrinter.Has(octets, at + 1, DistinguisherLength);
        if (isMissing || !printer.Need(octets, at + 1, Length))
            return RoutingText.Short;
        printer.Put($"{Indent}RD: ");
        PutDistinguisher(printer, octets, at + 1);
        printer.Put(", VPN IP Address: ");
        printer.Ipv4Address(octets, at + 9);
        printer.Put(", MC Group Address: ");
        printer.Ipv4Address(octets, at + 13);
        return 1 + Length;
    }

    // Source: RFC 4684, section 4.
    private static int PrintRouteTarget(PacketPrinter printer, ReadOnlySpan<byte> octets, int at)
    {
        int bits = printer.U8(octets, at);
        if (bits == 0)
        {
            printer.Put("\n\t      default route target");
            return 1;
        }

        uint origin = bits < 32 ? 0 : printer.U32(octets, at + 1);
        if (bits is < 32 or > 96)
        {
            printer.Put("\n\t      (illegal prefix length)");
            return RoutingText.Illegal;
        }

        bits -= 32;
        int count = (bits + 7) / 8;
        if (!printer.Need(octets, at + 5, count))
            return RoutingText.Short;
        Span<byte> target = stackalloc byte[8];
        target.Clear();
        octets.Slice(at + 5, count).CopyTo(target);
        if (bits % 8 != 0)
            target[count - 1] &= (byte)(0xff00 >> (bits % 8));
        printer.Put("\n\t      origin AS: ");
        BgpPrinter.PutSystem(printer, origin);
        printer.Put(", ");
        PutRouteTarget(printer, target, bits);
        return 5 + count;
    }

    private static void PutRouteTarget(PacketPrinter printer, ReadOnlySpan<byte> target, int bits)
    {
        if (bits == 0)
        {
            printer.Put("route-target: 0:0/0");
            return;
        }

        if (bits < 16)
        {
            printer.Put("route-target: partial-type: (");
            PutGroups(printer, target[..((bits + 7) / 8)]);
            printer.Put($"/{bits})");
            return;
        }

        switch (printer.U16(target, 0))
        {
            case 0x0002:
                printer.Put($"route-target: {printer.U16(target, 2)}:{printer.U32(target, 4)}/{bits} (");
                break;
            case 0x0102:
                printer.Put("route-target: ");
                PutQuad(printer, target, 2);
                printer.Put($":{printer.U16(target, 6)}/{bits} (");
                break;
            case 0x0202:
                printer.Put("route-target: ");
                BgpPrinter.PutSystem(printer, printer.U32(target, 2));
                printer.Put($":{printer.U16(target, 6)}/{bits} (");
                break;
            default:
                printer.Put($"route target: unknown-type({(uint)printer.U16(target, 0):x4}) (");
                PutGroups(printer, target[..((bits + 7) / 8)]);
                printer.Put($"/{bits})");
                return;
        }

        PutGroups(printer, target[..((bits + 7) / 8)]);
        printer.Put(")");
    }

    private static void PutGroups(PacketPrinter printer, ReadOnlySpan<byte> octets)
    {
        for (int i = 0; i < octets.Length; i++)
            printer.Put($"{(uint)octets[i]:x2}{(i % 2 == 1 && i < octets.Length - 1 ? " " : "")}");
    }

    // Sources: RFC 6074, section 3.2.2.1 (12 octets); RFC 4761, section 3.2.2 (more).
    private static int PrintLayer2(PacketPrinter printer, ReadOnlySpan<byte> octets, int at, out bool isMissing)
    {
        int length = printer.U16(octets, at);
        at += 2;
        isMissing = length is not 12 and <= 17 || !PacketPrinter.Has(octets, at, length == 12 ? 12 : 15);
        if (isMissing || printer.IsCut)
            return RoutingText.Short;
        int start = printer.Text.Length;
        printer.Put($"{Indent}RD: ");
        PutDistinguisher(printer, octets, at);
        if (length == 12)
        {
            printer.Put(", BGPNH: ");
            printer.Ipv4Address(octets, at + 8);
            return length + 2;
        }

        printer.Put($", CE-ID: {printer.U16(octets, at + 8)}, Label-Block Offset: {printer.U16(octets, at + 10)}, ");
        printer.Put($"Label Base {printer.U24(octets, at + 12) >> 4}");
        isMissing = !PrintLayer2Tlvs(printer, octets, at + 15, length - 15, start);
        if (isMissing || printer.IsCut)
            printer.Text.CutTo(start);
        else
            printer.Text.CutTo(start + Indent.Length + LongestText);
        return isMissing ? RoutingText.Short : length + 2;
    }

    private static bool PrintLayer2Tlvs(PacketPrinter printer, ReadOnlySpan<byte> octets, int at, int left, int start)
    {
        while (left != 0 && !printer.IsCut)
        {
            if (left < 3)
            {
                printer.Put("\n\t\tran past the end");
                return true;
            }

            byte type = printer.U8(octets, at);
            int bits = printer.U16(octets, at + 1), count = (bits + 7) / 8;
            at += 3;
            if (type != 1)
            {
                printer.Put($"\n\t\tunknown TLV #{type}, length: {bits}");
                if (left < count)
                {
                    printer.Put(" (ran past the end)");
                    return true;
                }

                left -= count;
                if (count == 0 && printer.Text.Length - start > LongestText + Indent.Length)
                    return true;
                continue;
            }

            printer.Put($"\n\t\tcircuit status vector ({type}) length: {bits}: 0x");
            for (; count > 0; count--, left--)
            {
                if (left < 1)
                {
                    printer.Put(" (ran past the end)");
                    return true;
                }

                if (!PacketPrinter.Has(octets, at, 1))
                    return false;
                bool hasRoom = printer.Text.Length - start < LongestText + Indent.Length;
                printer.Put($"{(uint)octets[at]:x2}");
                at += hasRoom ? 1 : 0;
            }
        }

        return true;
    }
}
