namespace NetWhy.Tools.Tcpdump.Printing.Routing;

/// <summary>Prints path attributes of BGP. Sources: RFC 4271, RFC 4760, RFC 4360, RFC 6793, RFC 6514, RFC 7311, RFC 6368, RFC 8092.</summary>
internal static class BgpAttributes
{
    private const int DeepestSet = 10;

    /// <summary>Prints attributes.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="octets">What was captured.</param>
    /// <param name="at">Where they begin.</param>
    /// <param name="room">Their octets.</param>
    /// <param name="indent">What each begins with.</param>
    /// <param name="tooShort">What is printed if one does not fit.</param>
    /// <param name="depth">In how many sets they are.</param>
    /// <returns>Whether nothing was missing.</returns>
    internal static bool Print(PacketPrinter printer, ReadOnlySpan<byte> octets, int at, int room, string indent, string tooShort, int depth)
    {
        while (room > 0 && !printer.IsCut)
        {
            if (!PacketPrinter.Has(octets, at, 2))
                return false;
            if (room < 2)
            {
                printer.Put(depth == 0 ? "\n\t  [path attrs too short]" : tooShort);
                break;
            }

            byte flags = octets[at], type = octets[at + 1];
            int width = (flags & 0x10) != 0 ? 2 : 1;
            at += 2;
            room -= 2;
            if (!PacketPrinter.Has(octets, at, width))
                return false;
            if (room < width)
            {
                printer.Put(depth == 0 ? "\n\t  [path attrs too short]" : tooShort);
                break;
            }

            int length = (int)printer.U(octets, at, width);
            at += width;
            room -= width;
            printer.Put(indent);
            printer.Token(BgpNames.Attributes, type, "Unknown Attribute");
            printer.Put($" ({type}), length: {length}");
            if (flags != 0)
                PutFlags(printer, flags);
            if (flags != 0 || depth > 0)
                printer.Put(": ");
            if (room < length)
            {
                printer.Put(tooShort);
                break;
            }

            if (depth > DeepestSet)
                printer.Put("(too many nested levels, not recursing)");
            else if (!PrintOne(printer, octets, at, length, type, depth))
                return false;
            at += length;
            room -= length;
        }

        return true;
    }

    private static void PutFlags(PacketPrinter printer, byte flags)
    {
        printer.Put(", Flags [");
        printer.Bits(BgpNames.AttributeFlags, flags, "", "");
        if ((flags & 0xf) != 0)
            printer.Put($"+{flags & 0xf:x}");
        printer.Put("]");
    }

    private static bool PrintOne(PacketPrinter printer, ReadOnlySpan<byte> octets, int at, int length, byte type, int depth)
    {
        if (!PrintValue(printer, octets, at, length, type, depth))
            return false;
        if (printer.Verbosity > 1 && length > 0)
        {
            if (type == 128)
                length = 0; // its parts are printed already
            if (!PacketPrinter.Has(octets, at, length))
                return false;
            if (length > 0)
                printer.Unknown(octets, at, "\n\t    ", length);
        }

        return true;
    }

    private static bool PrintValue(PacketPrinter printer, ReadOnlySpan<byte> octets, int at, int length, byte type, int depth)
    {
        if (!IsLengthRight(type, length))
        {
            printer.Put("invalid len");
            return true;
        }

        switch (type)
        {
            case 1:
                printer.Token(BgpNames.Origins, printer.U8(octets, at), "Unknown Origin Typecode");
                return true;
            case 2 or 17:
                return PrintPath(printer, octets, at, length, type);
            case 3 or 9:
                printer.Ipv4Address(octets, at);
                return true;
            case 4 or 5:
                printer.Put($"{printer.U32(octets, at)}");
                return true;
            case 6:
                return true;
            case 7 or 18:
                return PrintAggregator(printer, octets, at, length);
            case 8:
                return PrintCommunities(printer, octets, at, length);
            case 10:
                for (int i = 0; i < length; i += 4)
                {
                    printer.Ipv4Address(octets, at + i);
                    printer.Put(length - i > 4 ? ", " : "");
                }

                return true;
            case 14:
                return BgpReachability.PrintReachable(printer, octets, at, length);
            case 15:
                return BgpReachability.PrintUnreachable(printer, octets, at, length);
            case 16:
                return PrintExtendedCommunities(printer, octets, at, length);
            case 22:
                return PrintMulticastTunnel(printer, octets, at, length);
            case 26:
                return PrintAccumulated(printer, octets, at, length);
            case 32:
                PrintLargeCommunities(printer, octets, at, length);
                return true;
            case 128:
                if (!PacketPrinter.Has(octets, at, 4) || length < 4)
                    return false;
                printer.Put("\n\t    Origin AS: ");
                BgpPrinter.PutSystem(printer, printer.U32(octets, at));
                return Print(printer, octets, at + 4, length - 4, "\n\t      ", " [path attr too short]", depth + 1);
            default:
                if (!PacketPrinter.Has(octets, at, length))
                    return false;
                printer.Put($"\n\t    no Attribute {type} decoder");
                if (printer.Verbosity <= 1)
                    printer.Unknown(octets, at, "\n\t    ", length);
                return true;
        }
    }

    private static bool IsLengthRight(byte type, int length) => type switch
    {
        1 => length == 1,
        2 or 17 => length % 2 == 0,
        3 or 4 or 5 or 9 => length == 4,
        6 => length == 0,
        7 => length is 6 or 8,
        18 => length == 8,
        8 or 10 => length % 4 == 0,
        16 => length % 8 == 0,
        32 => length != 0 && length % 12 == 0,
        _ => true,
    };

    private static bool PrintPath(PacketPrinter printer, ReadOnlySpan<byte> octets, int at, int length, byte type)
    {
        if (length == 0)
        {
            printer.Put("empty");
            return true;
        }

        int width = type == 17 ? 4 : WidthOfSystems(printer, octets, at, length);
        for (int end = at + length; at < end && !printer.IsCut;)
        {
            byte kind = printer.U8(octets, at);
            printer.Token(BgpNames.PathOpenings, kind, "?");
            int count = printer.U8(octets, at + 1);
            at += 2;
            for (int i = 0; i < count; i++, at += width)
            {
                if (!PacketPrinter.Has(octets, at, width))
                    return false;
                BgpPrinter.PutSystem(printer, (uint)printer.U(octets, at, width));
                printer.Put(" ");
            }

            printer.Token(BgpNames.PathClosings, kind, "?");
        }

        return true;
    }

    // Both ends of a session know whether numbers have two octets or four; a reader can only try. Source: RFC 6793, section 4.
    private static int WidthOfSystems(PacketPrinter printer, ReadOnlySpan<byte> octets, int at, int length)
    {
        int end = at + length;
        while (at < end && !printer.IsCut)
        {
            if (printer.U8(octets, at) is < 1 or > 4)
                return 4;
            at += 2 + (printer.U8(octets, at + 1) * 2);
        }

        return at == end ? 2 : 4;
    }

    private static bool PrintAggregator(PacketPrinter printer, ReadOnlySpan<byte> octets, int at, int length)
    {
        if (!PacketPrinter.Has(octets, at, length))
            return false;
        printer.Put(" AS #");
        BgpPrinter.PutSystem(printer, length == 6 ? printer.U16(octets, at) : printer.U32(octets, at));
        printer.Put(", origin ");
        printer.Ipv4Address(octets, at + length - 4);
        return true;
    }

    private static bool PrintCommunities(PacketPrinter printer, ReadOnlySpan<byte> octets, int at, int length)
    {
        for (int i = 0; i < length; i += 4)
        {
            if (!PacketPrinter.Has(octets, at + i, 4))
                return false;
            uint community = printer.U32(octets, at + i);
            switch (community)
            {
                case 0xffffff01:
                    printer.Put(" NO_EXPORT");
                    break;
                case 0xffffff02:
                    printer.Put(" NO_ADVERTISE");
                    break;
                case 0xffffff03:
                    printer.Put(" NO_EXPORT_SUBCONFED");
                    break;
                default:
                    printer.Put($"{community >> 16}:{community & 0xffff}{(length - i > 4 ? ", " : "")}");
                    break;
            }
        }

        return true;
    }

    private static void PrintLargeCommunities(PacketPrinter printer, ReadOnlySpan<byte> octets, int at, int length)
    {
        printer.Put("\n\t    ");
        for (int i = 0; i < length && !printer.IsCut; i += 12)
        {
            uint first = printer.U32(octets, at + i), second = printer.U32(octets, at + i + 4), third = printer.U32(octets, at + i + 8);
            printer.Put($"{first}:{second}:{third}{(length - i > 12 ? ", " : "")}");
        }
    }

    private static bool PrintExtendedCommunities(PacketPrinter printer, ReadOnlySpan<byte> octets, int at, int length)
    {
        for (int i = 0; i < length; i += 8)
        {
            if (!PacketPrinter.Has(octets, at + i, 2))
                return false;
            ushort type = printer.U16(octets, at + i);
            printer.Put("\n\t    ");
            printer.Token(BgpNames.ExtendedCommunities, type, "unknown extd community typecode");
            printer.Put($" (0x{(uint)type:x4}), Flags [");
            printer.Bits(BgpNames.ExtendedCommunityFlags, type, "none");
            printer.Put("]");
            if (!PacketPrinter.Has(octets, at + i, 8))
                return false;
            printer.Put(": ");
            PrintExtendedCommunity(printer, type, octets.Slice(at + i, 8));
        }

        return true;
    }

    private static void PrintExtendedCommunity(PacketPrinter printer, ushort type, ReadOnlySpan<byte> value)
    {
        switch (type)
        {
            case 0x0002 or 0x0003 or 0x000a:
                printer.Put($"{printer.U16(value, 2)}:{printer.U32(value, 4)} (= ");
                printer.Ipv4Address(value, 4);
                printer.Put(")");
                break;
            case 0x0102 or 0x0103 or 0xf10a or 0x010b:
                printer.Ipv4Address(value, 2);
                printer.Put($":{printer.U16(value, 6)}");
                break;
            case 0x0202 or 0x0203:
                BgpPrinter.PutSystem(printer, printer.U32(value, 2));
                printer.Put($":{printer.U16(value, 6)}");
                break;
            case 0x4004:
                printer.Put("bandwidth: ");
                printer.Megabits(value, 4);
                break;
            case 0x0005 or 0x0105 or 0x0205 or 0x8005 or 0x0107 or 0x8001:
                printer.Ipv4Address(value, 2);
                break;
            case 0x0306 or 0x8000:
                printer.Put("area:");
                printer.Ipv4Address(value, 2);
                printer.Put(", router-type:");
                printer.Token(BgpNames.OspfRoutes, value[6], "unknown (0x%02x)");
                printer.Put($", metric-type:{((value[7] & 1) != 0 ? "E2" : "")}{(value[6] is 5 or 7 ? "E1" : "")}");
                break;
            case 0x800a:
                printer.Token(Layer2VpnNames.Encapsulations, value[2], "unknown encaps");
                printer.Put($" Control Flags [0x{(uint)value[3]:x2}]:MTU {printer.U16(value, 4)}");
                break;
            case 0x0009:
                printer.Put($"AS {printer.U16(value, 2)}");
                break;
            case 0x030c:
                printer.Put("Tunnel type: ");
                printer.Token(BgpNames.Tunnels, printer.U16(value, 6), "unknown encaps");
                break;
            default:
                for (int i = 2; i < 8; i++)
                    printer.Put($"{(uint)value[i]:x2}");
                break;
        }
    }

    private static bool PrintMulticastTunnel(PacketPrinter printer, ReadOnlySpan<byte> octets, int at, int length)
    {
        if (!PacketPrinter.Has(octets, at, 5) || length < 5)
            return false;
        byte flags = octets[at], type = octets[at + 1];
        printer.Put("\n\t    Tunnel-type ");
        printer.Token(BgpNames.MulticastTunnels, type, "Unknown");
        printer.Put($" ({type}), Flags [");
        printer.Bits(BgpNames.MulticastTunnelFlags, flags, "none");
        printer.Put($"], MPLS Label {printer.U24(octets, at + 2) >> 4}");
        at += 5;
        switch (type)
        {
            case 3 or 4 or 5:
                if (!printer.Need(octets, at, 8))
                    break;
                printer.Put(type == 3 ? "\n\t      Root-Node " : "\n\t      Sender ");
                printer.Ipv4Address(octets, at);
                printer.Put(", P-Group ");
                printer.Ipv4Address(octets, at + 4);
                break;
            case 6:
                if (!printer.Need(octets, at, 4))
                    break;
                printer.Put("\n\t      Tunnel-Endpoint ");
                printer.Ipv4Address(octets, at);
                break;
            case 1 or 2 or 7:
                if (!printer.Need(octets, at, 8))
                    break;
                printer.Put(type == 1 ? "\n\t      Extended-Tunnel-ID " : "\n\t      Root-Node ");
                printer.Ipv4Address(octets, at);
                printer.Put($"{(type == 1 ? ", P2MP-ID 0x" : ", LSP-ID 0x")}{printer.U32(octets, at + 4):x8}");
                break;
            default:
                if (printer.Verbosity <= 1)
                    printer.Unknown(octets, at, "\n\t      ", length - 5);
                break;
        }

        return true;
    }

    private static bool PrintAccumulated(PacketPrinter printer, ReadOnlySpan<byte> octets, int at, int length)
    {
        while (length >= 3 && !printer.IsCut)
        {
            byte type = printer.U8(octets, at);
            int size = printer.U16(octets, at + 1);
            at += 3;
            length -= 3;
            printer.Put($"\n\t    {(type == 1 ? "AIGP" : "Unknown")} TLV ({type}), length {size}");
            size -= 3;
            if (size < 0 || length < size)
                return false;
            if (type == 1)
            {
                if (size < 8)
                    return false;
                if (printer.Need(octets, at, 8))
                    printer.Put($", metric {printer.U64(octets, at)}");
            }
            else if (printer.Verbosity <= 1)
            {
                printer.Unknown(octets, at, "\n\t      ", size);
            }

            at += size;
            length -= size;
        }

        return true;
    }
}
