using NetWhy.Tools.Tcpdump.Printing.Link;

namespace NetWhy.Tools.Tcpdump.Printing.Routing;

/// <summary>Prints the fields of variable length of IS-IS. Sources: ISO/IEC 10589, RFC 1195, RFC 5304, RFC 5306, RFC 6232, RFC 7981, RFC 8202.</summary>
internal static class IsIsTlvs
{
    private const string Indent = "\n\t      ";

    private enum Outcome
    {
        Done,
        Missing,
        End,
    }

    /// <summary>Prints the fields of a packet.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="octets">The packet, as captured.</param>
    /// <param name="at">Where they begin.</param>
    /// <param name="length">Length of the packet.</param>
    internal static void Print(PacketPrinter printer, ReadOnlySpan<byte> octets, int at, int length)
    {
        int left = length - at;
        while (left > 0 && !printer.IsCut)
        {
            if (!PacketPrinter.Has(octets, at, 2) || left < 2)
            {
                printer.Truncated();
                return;
            }

            int type = octets[at], size = octets[at + 1];
            at += 2;
            left -= 2;
            printer.Put("\n\t    ");
            printer.Token(IsIsNames.Tlvs, (uint)type, "unknown");
            printer.Put($" TLV #{type}, length: {size}");
            Outcome outcome = left < size ? Outcome.Missing : PrintOne(printer, octets, at, size, type, length);
            if (outcome is Outcome.Missing)
                printer.Truncated();
            if (outcome is not Outcome.Done)
                return;
            if (printer.Verbosity > 1)
                printer.Unknown(octets, at, Indent, size);
            at += size;
            left -= size;
        }
    }

    private static Outcome PrintOne(PacketPrinter printer, ReadOnlySpan<byte> octets, int at, int size, int type, int length)
    {
        bool isComplete = true;
        switch (type)
        {
            case 1:
                PrintAreas(printer, octets, at, size);
                break;
            case 2:
                isComplete = PrintNeighbors(printer, octets, at, size, isNode: true);
                break;
            case 3:
                isComplete = PrintNeighbors(printer, octets, at, size, isNode: false);
                break;
            case 4:
                isComplete = PrintIds(printer, octets, at, size, Indent);
                break;
            case 5:
                isComplete = PrintPrefixNeighbors(printer, octets, at, size);
                break;
            case 6:
                isComplete = PrintIds(printer, octets, at, size, "\n\t      SNPA: ");
                break;
            case 7:
                PrintInstance(printer, octets, at, size);
                break;
            case 8:
                break;
            case 9:
                isComplete = PrintEntries(printer, octets, at, size);
                break;
            case 10:
                PrintAuthentication(printer, octets, at, size);
                break;
            case 12:
                if (size < 2)
                    break;
                isComplete = PacketPrinter.Has(octets, at, 2);
                if (!isComplete)
                    break;
                printer.Put($"\n\t      checksum: 0x{(uint)printer.U16(octets, at):x4} ");
                OsiPrinter.PutChecksum(printer, octets, printer.U16(octets, at), at, length);
                break;
            case 13:
                isComplete = PrintPurgeOriginator(printer, octets, at, size);
                break;
            case 14:
                if (size >= 2 && printer.Need(octets, at, 2))
                    printer.Put($"\n\t      LSP Buffersize: {printer.U16(octets, at)}");
                break;
            case 22 or 24 or 222:
                isComplete = IsIsReachability.PrintNeighbors(printer, octets, at, size, type);
                break;
            case 128 or 130:
                return PrintIpReachability(printer, octets, at, size) ? Outcome.Done : Outcome.End;
            case 129:
                PrintProtocols(printer, octets, at, size);
                break;
            case 131:
                PrintInterDomain(printer, octets, at, size);
                break;
            case 132:
                PrintAddresses(printer, octets, at, size, 4);
                break;
            case 134:
                if (size >= 4 && printer.Need(octets, at, 4))
                {
                    printer.Put("\n\t      Traffic Engineering Router ID: ");
                    printer.Ipv4Address(octets, at);
                }

                break;
            case 135 or 235 or 236 or 237:
                isComplete = IsIsReachability.PrintPrefixes(printer, octets, at, size, type);
                break;
            case 137:
                printer.Put("\n\t      Hostname: ");
                printer.PaddedCharacters(octets, at, size);
                break;
            case 138:
                isComplete = PrintSharedRisk(printer, octets, at, size);
                break;
            case 143:
                IsIsBridging.PrintPort(printer, octets, at, size);
                break;
            case 144:
                IsIsBridging.PrintTopology(printer, octets, at, size);
                break;
            case 211:
                isComplete = PrintRestart(printer, octets, at, size);
                break;
            case 229:
                isComplete = PrintTopologies(printer, octets, at, size);
                break;
            case 232:
                PrintAddresses(printer, octets, at, size, 16);
                break;
            case 240:
                isComplete = PrintAdjacency(printer, octets, at, size);
                break;
            case 241:
                if (size >= 4 && printer.Need(octets, at, 4))
                    printer.Put($"\n\t      Sequence number: {printer.U32(octets, at)}");
                break;
            case 242:
                PrintRouterCapability(printer, octets, at, size);
                break;
            case 250:
                PrintVendor(printer, octets, at, size);
                break;
            default:
                if (printer.Verbosity <= 1)
                    printer.Unknown(octets, at, "\n\t\t", size);
                break;
        }

        return isComplete ? Outcome.Done : Outcome.Missing;
    }

    private static void PrintAreas(PacketPrinter printer, ReadOnlySpan<byte> octets, int at, int left)
    {
        while (left != 0 && !printer.IsCut)
        {
            int size = printer.U8(octets, at++);
            left--;
            if (left < size || !printer.Need(octets, at, size))
                return;
            printer.Put($"\n\t      Area address (length: {size}): ");
            printer.NsapAddress(octets, at, size);
            at += size;
            left -= size;
        }
    }

    private static bool PrintIds(PacketPrinter printer, ReadOnlySpan<byte> octets, int at, int left, string before)
    {
        for (; left >= IsIsPrinter.SystemIdLength; left -= IsIsPrinter.SystemIdLength, at += IsIsPrinter.SystemIdLength)
        {
            if (!PacketPrinter.Has(octets, at, IsIsPrinter.SystemIdLength))
                return false;
            IsIsPrinter.PutId(printer, before, octets, at, IsIsPrinter.SystemIdLength);
        }

        return true;
    }

    private static void PrintInstance(PacketPrinter printer, ReadOnlySpan<byte> octets, int at, int size)
    {
        if (size < 4)
            return;
        int count = (size - 2) / 2;
        if (!printer.Need(octets, at, 2))
            return;
        printer.Put($"\n\t      Instance ID: {printer.U16(octets, at)}, ITIDs({count}){(count != 0 ? ":" : "")} ");
        for (int i = 0; i < count; i++)
            printer.Put($"{printer.U16(octets, at + 2 + (i * 2))}{(i < count - 1 ? ", " : "")}");
    }

    private static bool PrintNeighbors(PacketPrinter printer, ReadOnlySpan<byte> octets, int at, int left, bool isNode)
    {
        if (isNode)
        {
            if (left < 1)
                return true;
            byte flag = printer.U8(octets, at++);
            left--;
            if (printer.IsCut)
                return true;
            printer.Put(Indent);
            printer.Token(IsIsNames.VirtualFlags, flag, "bogus virtual flag 0x%02x");
        }

        int width = isNode ? IsIsPrinter.NodeIdLength : IsIsPrinter.SystemIdLength;
        for (; left >= 4 + width; left -= 4 + width, at += 4 + width)
        {
            if (!PacketPrinter.Has(octets, at, 4 + width))
                return false;
            IsIsPrinter.PutId(printer, isNode ? "\n\t      IS Neighbor: " : "\n\t      ES Neighbor: ", octets, at + 4, width);
            PrintMetrics(printer, octets, at);
        }

        return true;
    }

    private static void PrintMetrics(PacketPrinter printer, ReadOnlySpan<byte> octets, int at)
    {
        byte metric = octets[at];
        printer.Put($", Default Metric: {metric & 0x3f}, {((metric & 0x40) != 0 ? "External" : "Internal")}");
        PrintOtherMetrics(printer, octets, at, "\n\t\t  ");
    }

    private static void PrintOtherMetrics(PacketPrinter printer, ReadOnlySpan<byte> octets, int at, string indent)
    {
        for (int i = 1; i < 4; i++)
        {
            byte metric = octets[at + i];
            if ((metric & 0x80) != 0)
                continue;
            printer.Put($"{indent}{i switch { 1 => "Delay", 2 => "Expense", _ => "Error" }} Metric: {metric & 0x3f}, ");
            printer.Put((metric & 0x40) != 0 ? "External" : "Internal");
        }
    }

    private static bool PrintPrefixNeighbors(PacketPrinter printer, ReadOnlySpan<byte> octets, int at, int left)
    {
        if (left < 4)
            return true;
        if (!PacketPrinter.Has(octets, at, 4))
            return false;
        printer.Put("\n\t      Metric Block");
        PrintMetrics(printer, octets, at);
        at += 4;
        left -= 4;
        while (left != 0 && !printer.IsCut)
        {
            int digits = printer.U8(octets, at++);
            left--;
            if (printer.IsCut)
                break;
            if (digits < 2)
            {
                printer.Put($"\n\t\tAddress: prefix length {digits} < 2");
                break;
            }

            if (left < digits / 2 || !printer.Need(octets, at, digits / 2))
                break;
            printer.Put("\n\t\tAddress: ");
            printer.NsapAddress(octets, at, digits / 2);
            printer.Put($"/{digits * 4}");
            at += digits / 2;
            left -= digits / 2;
        }

        return true;
    }

    private static bool PrintEntries(PacketPrinter printer, ReadOnlySpan<byte> octets, int at, int left)
    {
        const int Length = 16;
        for (; left >= Length; left -= Length, at += Length)
        {
            if (!PacketPrinter.Has(octets, at, 10))
                return false;
            IsIsPrinter.PutId(printer, "\n\t      lsp-id: ", octets, at + 2, IsIsPrinter.LspIdLength);
            uint sequence = printer.U32(octets, at + 10);
            printer.Put($", seq: 0x{sequence:x8}, lifetime: ");
            IsIsPrinter.PutLifetime(printer, printer.U16(octets, at));
            ushort checksum = printer.U16(octets, at + 14);
            printer.Put($", chksum: 0x{(uint)checksum:x4}");
        }

        return true;
    }

    private static void PrintAuthentication(PacketPrinter printer, ReadOnlySpan<byte> octets, int at, int size)
    {
        if (size < 1)
            return;
        byte kind = printer.U8(octets, at++);
        size--;
        if (printer.IsCut)
            return;
        printer.Put(Indent);
        printer.Token(IsIsNames.Authentications, kind, "unknown Authentication type 0x%02x");
        printer.Put(": ");
        switch (kind)
        {
            case 1:
                printer.PaddedCharacters(octets, at, size);
                break;
            case 54:
                PutDigits(printer, octets, at, size);
                if (size != 16)
                    printer.Put(", (invalid subTLV) ");
                printer.Put(" (unchecked)");
                break;
            case 3:
                if (size < 2)
                    break;
                ushort key = printer.U16(octets, at);
                printer.Put($"{key}, password: ");
                PutDigits(printer, octets, at + 2, size - 2);
                break;
            default:
                printer.Unknown(octets, at, "\n\t\t  ", size);
                break;
        }
    }

    private static void PutDigits(PacketPrinter printer, ReadOnlySpan<byte> octets, int at, int count)
    {
        for (int i = 0; i < count && !printer.IsCut; i++)
        {
            byte octet = printer.U8(octets, at + i);
            printer.Put($"{(uint)octet:x2}");
        }
    }

    private static bool PrintPurgeOriginator(PacketPrinter printer, ReadOnlySpan<byte> octets, int at, int size)
    {
        if (size < 1)
            return true;
        int count = printer.U8(octets, at++);
        size--;
        if (count == 0)
            printer.Put(" No system IDs supplied");
        if (count == 0 || size < IsIsPrinter.SystemIdLength)
            return true;
        if (!PacketPrinter.Has(octets, at, IsIsPrinter.SystemIdLength))
            return false;
        IsIsPrinter.PutId(printer, "\n\t      Purge Originator System-ID: ", octets, at, IsIsPrinter.SystemIdLength);
        at += IsIsPrinter.SystemIdLength;
        size -= IsIsPrinter.SystemIdLength;
        if (count < 2 || size < IsIsPrinter.SystemIdLength)
            return true;
        if (!PacketPrinter.Has(octets, at, (2 * IsIsPrinter.SystemIdLength) + 1))
            return false;
        IsIsPrinter.PutId(printer, "\n\t      Received from System-ID: ", octets, at, IsIsPrinter.SystemIdLength);
        return true;
    }

    private static bool PrintIpReachability(PacketPrinter printer, ReadOnlySpan<byte> octets, int at, int left)
    {
        const int Length = 12;
        for (; left > 0; left -= Length, at += Length)
        {
            if (left < Length)
            {
                printer.Put($"short IPv4 Reachability ({left} vs {Length})");
                return false;
            }

            if (!PacketPrinter.Has(octets, at, Length))
                return false;
            uint mask = printer.U32(octets, at + 8);
            int bits = System.Numerics.BitOperations.LeadingZeroCount(~mask);
            printer.Put("\n\t      IPv4 prefix: ");
            int start = printer.Text.Length;
            printer.Ipv4Address(octets, at + 4);
            if (bits < 32 && mask << bits != 0)
            {
                printer.Put(" mask ");
                printer.Ipv4Address(octets, at + 8);
            }
            else
            {
                printer.AlignRight(start, 15);
                printer.Put($"/{bits}");
            }

            byte metric = octets[at];
            printer.Put($", Distribution: {((metric & 0x80) != 0 ? "down" : "up")}, Metric: {metric & 0x3f}, ");
            printer.Put((metric & 0x40) != 0 ? "External" : "Internal");
            PrintOtherMetrics(printer, octets, at, "\n\t        ");
        }

        return true;
    }

    private static void PrintProtocols(PacketPrinter printer, ReadOnlySpan<byte> octets, int at, int count)
    {
        printer.Put("\n\t      NLPID(s): ");
        for (; count > 0 && !printer.IsCut; count--)
        {
            byte identifier = printer.U8(octets, at++);
            printer.Token(OsiPrinter.Names, identifier, "unknown");
            printer.Put($" (0x{(uint)identifier:x2}){(count > 1 ? ", " : "")}");
        }
    }

    private static void PrintInterDomain(PacketPrinter printer, ReadOnlySpan<byte> octets, int at, int size)
    {
        if (size < 1)
            return;
        byte type = printer.U8(octets, at);
        if (printer.IsCut)
            return;
        printer.Put("\n\t      Inter-Domain Information Type: ");
        printer.Token(IsIsNames.InterDomainTypes, type, "Unknown (0x%02x)");
        if (type != 2)
            printer.Unknown(octets, at + 1, Indent, size - 1);
        else if (size >= 3 && printer.Need(octets, at + 1, 2))
            printer.Put($"AS Number: {printer.U16(octets, at + 1)}");
    }

    private static void PrintAddresses(PacketPrinter printer, ReadOnlySpan<byte> octets, int at, int left, int width)
    {
        for (; left >= width && printer.Need(octets, at, width); left -= width, at += width)
        {
            if (width == 4)
            {
                printer.Put("\n\t      IPv4 interface address: ");
                printer.Ipv4Address(octets, at);
            }
            else
            {
                printer.Put("\n\t      IPv6 interface address: ");
                printer.Ipv6Address(octets, at);
            }
        }
    }

    private static bool PrintSharedRisk(PacketPrinter printer, ReadOnlySpan<byte> octets, int at, int left)
    {
        if (left < IsIsPrinter.NodeIdLength)
            return true;
        if (!PacketPrinter.Has(octets, at, IsIsPrinter.NodeIdLength))
            return false;
        IsIsPrinter.PutId(printer, "\n\t      IS Neighbor: ", octets, at, IsIsPrinter.NodeIdLength);
        at += IsIsPrinter.NodeIdLength;
        left -= IsIsPrinter.NodeIdLength;
        if (left < 1)
            return true;
        byte flags = printer.U8(octets, at++);
        left--;
        printer.Put($", Flags: [{((flags & 1) != 0 ? "numbered" : "unnumbered")}]");
        for (int i = 0; i < 2; i++, at += 4, left -= 4)
        {
            if (left < 4 || !printer.Need(octets, at, 4))
                return true;
            printer.Put(i == 0 ? "\n\t      IPv4 interface address: " : "\n\t      IPv4 neighbor address: ");
            printer.Ipv4Address(octets, at);
        }

        for (; left >= 4 && printer.Need(octets, at, 4); left -= 4, at += 4)
            printer.Put($"\n\t      Link-ID: 0x{printer.U32(octets, at):x8}");
        return true;
    }

    private static bool PrintRestart(PacketPrinter printer, ReadOnlySpan<byte> octets, int at, int size)
    {
        if (size < 1)
            return true;
        if (!PacketPrinter.Has(octets, at, 1))
            return false;
        printer.Put("\n\t      Flags [");
        printer.Bits(IsIsNames.RestartFlags, octets[at], "none");
        printer.Put("]");
        if (size < 3)
            return true;
        if (!PacketPrinter.Has(octets, at + 1, 2))
            return false;
        printer.Put($", Remaining holding time {printer.U16(octets, at + 1)}s");
        if (size != 3 + IsIsPrinter.SystemIdLength)
            return true;
        if (!PacketPrinter.Has(octets, at + 3, IsIsPrinter.SystemIdLength))
            return false;
        IsIsPrinter.PutId(printer, ", for ", octets, at + 3, IsIsPrinter.SystemIdLength);
        return true;
    }

    private static bool PrintTopologies(PacketPrinter printer, ReadOnlySpan<byte> octets, int at, int left)
    {
        for (; left > 0 && !printer.IsCut; left -= 2, at += 2)
        {
            if (left == 1)
            {
                printer.Put("\n\t      invalid MT-ID");
                break;
            }

            IsIsReachability.PutTopology(printer, octets, at);
        }

        return true;
    }

    private static bool PrintAdjacency(PacketPrinter printer, ReadOnlySpan<byte> octets, int at, int size)
    {
        if (size >= 1)
        {
            byte state = printer.U8(octets, at);
            if (printer.IsCut)
                return true;
            printer.Put("\n\t      Adjacency State: ");
            printer.Token(IsIsNames.AdjacencyStates, state, "unknown");
            printer.Put($" ({state})");
            size--;
        }

        if (size > 4 && printer.Need(octets, at + 1, 4))
        {
            printer.Put($"\n\t      Extended Local circuit-ID: 0x{printer.U32(octets, at + 1):x8}");
            size -= 4;
        }

        if (size >= IsIsPrinter.SystemIdLength)
        {
            if (!PacketPrinter.Has(octets, at + 5, IsIsPrinter.SystemIdLength))
                return false;
            IsIsPrinter.PutId(printer, "\n\t      Neighbor System-ID: ", octets, at + 5, IsIsPrinter.SystemIdLength);
            size -= IsIsPrinter.SystemIdLength;
        }

        if (size >= 4 && printer.Need(octets, at + 11, 4))
            printer.Put($"\n\t      Neighbor Extended Local circuit-ID: 0x{printer.U32(octets, at + 11):x8}");
        return true;
    }

    private static void PrintRouterCapability(PacketPrinter printer, ReadOnlySpan<byte> octets, int at, int size)
    {
        if (size < 5)
        {
            printer.Put($" [object length {size} < 5]");
            printer.Invalid();
            return;
        }

        if (!printer.Need(octets, at, 4))
            return;
        printer.Put("\n\t      Router-ID ");
        printer.Ipv4Address(octets, at);
        byte flags = printer.U8(octets, at + 4);
        printer.Put(", Flags [");
        printer.Bits(IsIsNames.RouterCapabilityFlags, flags, "none");
        printer.Put("]");
        int left = size - 5;
        for (at += 5; left >= 2 && !printer.IsCut;)
        {
            int type = printer.U8(octets, at), length = printer.U8(octets, at + 1);
            at += 2;
            left -= 2;
            printer.Put("\n\t\t");
            printer.Token(IsIsNames.RouterCapabilities, (uint)type, "unknown");
            printer.Put($" subTLV #{type}, length: {length}");
            if (length > left || !PacketPrinter.Has(octets, at, length))
                return;
            if (type == 2)
                PrintSegmentRouting(printer, octets, at, length);
            else
                printer.Unknown(octets, at, "\n\t\t", length);
            at += length;
            left -= length;
        }
    }

    private static void PrintSegmentRouting(PacketPrinter printer, ReadOnlySpan<byte> octets, int at, int size)
    {
        if (!printer.Need(octets, at, 4))
            return;
        printer.Put(", Flags [");
        printer.Bits(IsIsNames.SegmentRoutingFlags, octets[at], "None");
        printer.Put($"], Range {printer.U24(octets, at + 1)}");
        at += 4;
        int left = (byte)(size - 4); // wraps, as its octet does
        while (left >= 5 && !printer.IsCut)
        {
            int type = printer.U8(octets, at), length = printer.U8(octets, at + 1);
            at += 2;
            left -= 2;
            if (length > left)
                return;
            if (type != 1)
                printer.Unknown(octets, at, "\n\t\t  ", length);
            else if (length is 3 or 4)
                printer.Put($", SID value {printer.U(octets, at, length)}");
            else
                printer.Put($", Unknown SID length{length}");
            at += length;
            left -= length;
        }
    }

    private static void PrintVendor(PacketPrinter printer, ReadOnlySpan<byte> octets, int at, int size)
    {
        if (size < 3 || !printer.Need(octets, at, 3))
            return;
        uint vendor = printer.U24(octets, at);
        printer.Put("\n\t      Vendor: ");
        printer.Token(Organizations.Names, vendor, "Unknown");
        printer.Put($" ({vendor})");
        if (size > 3)
            printer.Unknown(octets, at + 3, "\n\t\t", size - 3);
    }
}
