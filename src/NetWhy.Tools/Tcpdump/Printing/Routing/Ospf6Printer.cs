namespace NetWhy.Tools.Tcpdump.Printing.Routing;

/// <summary>Prints OSPF version 3. Sources: RFC 5340, RFC 5187, RFC 5329, RFC 5613, RFC 7166.</summary>
internal static class Ospf6Printer
{
    private const int HeaderLength = 16;
    private const int TrailerLength = 16;
    private const uint HasLinkLocalSignaling = 0x200;
    private const uint HasForwardingAddress = 0x0200_0000;
    private const uint HasTag = 0x0100_0000;

    private static readonly Token[] Options =
    [
        (0x01, "V6"), (0x02, "External"), (0x04, "Deprecated"), (0x08, "NSSA"), (0x10, "Router"), (0x20, "Demand Circuit"),
        (0x100, "AFs Support"), (0x200, "LLS"), (0x400, "Authentication Trailer"),
    ];

    private static readonly Token[] RouterFlags =
        [(0x01, "ABR"), (0x02, "External"), (0x04, "Virtual-Link Endpoint"), (0x08, "Deprecated"), (0x10, "NSSA Translator")];

    private static readonly Token[] ExternalFlags = [(0x8000_0000, "External Type 2"), (HasForwardingAddress, "Forwarding"), (HasTag, "Tag")];

    private static readonly Token[] Types =
        [(1, "Hello"), (2, "Database Description"), (3, "LS-Request"), (4, "LS-Update"), (5, "LS-Ack")];

    private static readonly Token[] LsaTypes =
    [
        (1, "Router"), (2, "Network"), (3, "Inter-Area Prefix"), (4, "Inter-Area Router"), (5, "External"), (6, "Deprecated"), (7, "NSSA"),
        (8, "Link"), (9, "Intra-Area Prefix"), (10, "Intra-Area TE"), (11, "Grace"), (12, "Router Information"), (13, "Inter-AS-TE"),
        (14, "Layer 1 VPN"),
    ];

    private static readonly Token[] Scopes = [(0x0000, "Link Local"), (0x2000, "Area Local"), (0x4000, "Domain Wide")];

    private static readonly Token[] DescriptionFlags = [(0x04, "Init"), (0x02, "More"), (0x01, "Master"), (0x10, "IPv6 MTU")];

    private static readonly Token[] PrefixOptions =
        [(0x01, "No Unicast"), (0x02, "Local address"), (0x04, "Deprecated"), (0x08, "Propagate"), (0x10, "Down"), (0x20, "N-bit")];

    private static readonly Token[] TrailerTypes = [(1, "HMAC")];

    /// <summary>Prints a packet.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="octets">What was captured.</param>
    /// <param name="length">What it was long.</param>
    internal static void Print(PacketPrinter printer, ReadOnlySpan<byte> octets, int length)
    {
        printer.Protocol = "ospf3";
        byte type = printer.U8(octets, 1), version = printer.U8(octets, 0);
        if (printer.IsCut)
            return;
        printer.Put($"OSPFv{version}, ");
        printer.Token(Types, type, "unknown packet type (%u)");
        printer.Put($", length {length}");
        if (Token.Find(Types, type) is null || printer.Verbosity == 0)
            return;
        int end = printer.U16(octets, 2);
        if (end > length)
        {
            printer.Put($" [len {end}]");
            return;
        }

        if (!printer.Need(octets, 4, 4))
            return;
        printer.Put("\n\tRouter-ID ");
        printer.Ipv4Address(octets, 4);
        OspfPrinter.PutArea(printer, octets, 8);
        byte instance = printer.U8(octets, 14);
        if (instance != 0)
            printer.Put($", Instance {instance}");
        if (version == 3 && !(PrintBody(printer, octets, type, end) && PrintTrailer(printer, octets, type, end, length - end)))
            printer.Truncated();
    }

    // The functions below say whether nothing was missing.
    private static bool PrintBody(PacketPrinter printer, ReadOnlySpan<byte> octets, byte type, int end)
    {
        int at = HeaderLength;
        switch (type)
        {
            case 1:
                PrintHello(printer, octets, end);
                return true;
            case 2:
                return PrintDescription(printer, octets, end);
            case 3 when printer.Verbosity > 1:
                for (; at < end && !printer.IsCut; at += 12)
                {
                    if (!PacketPrinter.Has(octets, at, 12))
                        return false;
                    printer.Put("\n\t  Advertising Router ");
                    printer.Ipv4Address(octets, at + 8);
                    PutLsaType(printer, octets, at + 2, at + 4);
                }

                return true;
            case 4 when printer.Verbosity > 1:
                uint count = printer.U32(octets, at);
                for (at += 4; at < end && count > 0 && !printer.IsCut; count--)
                {
                    if (!PrintLsa(printer, octets, at, end))
                        return false;
                    at += printer.U16(octets, at + 18);
                }

                return true;
            case 5 when printer.Verbosity > 1:
                return PrintLsaHeaders(printer, octets, at, end);
            default:
                return true;
        }
    }

    private static void PrintHello(PacketPrinter printer, ReadOnlySpan<byte> octets, int end)
    {
        uint options = printer.U32(octets, 20);
        printer.Put("\n\tOptions [");
        printer.Bits(Options, options, "none");
        printer.Put("]");
        if (!printer.Need(octets, 16, 12))
            return;
        printer.Put($"\n\t  Hello Timer {printer.U16(octets, 24)}s, Dead Timer {printer.U16(octets, 26)}s, Interface-ID ");
        printer.Ipv4Address(octets, 16);
        printer.Put($", Priority {octets[20]}");
        OspfPrinter.PrintDesignated(printer, octets, 28);
        if (printer.Verbosity <= 1)
            return;
        printer.Put("\n\t  Neighbor List:");
        OspfPrinter.PrintNeighbours(printer, octets, 36, end);
    }

    private static bool PrintDescription(PacketPrinter printer, ReadOnlySpan<byte> octets, int end)
    {
        uint options = printer.U32(octets, 16);
        printer.Put("\n\tOptions [");
        printer.Bits(Options, options, "none");
        printer.Put("]");
        byte flags = printer.U8(octets, 23);
        printer.Put(", DD Flags [");
        printer.Bits(DescriptionFlags, flags, "none");
        printer.Put("]");
        if (!printer.Need(octets, 24, 4))
            return true;
        printer.Put($", MTU {printer.U16(octets, 20)}, DD-Sequence 0x{printer.U32(octets, 24):x8}");
        return printer.Verbosity <= 1 || PrintLsaHeaders(printer, octets, 28, end);
    }

    private static bool PrintLsaHeaders(PacketPrinter printer, ReadOnlySpan<byte> octets, int at, int end)
    {
        for (; at < end && !printer.IsCut; at += OspfPrinter.LsaHeaderLength)
        {
            if (!PrintLsaHeader(printer, octets, at, end))
                return false;
        }

        return true;
    }

    private static void PutLsaType(PacketPrinter printer, ReadOnlySpan<byte> octets, int at, int stateAt)
    {
        uint type = printer.U16(octets, at);
        if (!printer.Need(octets, stateAt, 4))
            return;
        printer.Put("\n\t    ");
        printer.Token(LsaTypes, type & 0x1fff, "Unknown");
        printer.Put($" LSA ({type & 0x1fff}), ");
        printer.Token(Scopes, type & 0x6000, "Unknown");
        printer.Put($" Scope{((type & 0x8000) != 0 ? ", transitive" : "")}, LSA-ID ");
        printer.Ipv4Address(octets, stateAt);
    }

    private static bool PrintLsaHeader(PacketPrinter printer, ReadOnlySpan<byte> octets, int at, int end)
    {
        if (at + OspfPrinter.LsaHeaderLength > end)
            return false;
        if (!printer.Need(octets, at, OspfPrinter.LsaHeaderLength))
            return true;
        printer.Put("\n\t  Advertising Router ");
        printer.Ipv4Address(octets, at + 8);
        ulong length = unchecked((ulong)(printer.U16(octets, at + 18) - (long)OspfPrinter.LsaHeaderLength));
        printer.Put($", seq 0x{printer.U32(octets, at + 12):x8}, age {printer.U16(octets, at)}s, length {length}");
        PutLsaType(printer, octets, at + 2, at + 4);
        return true;
    }

    private static bool PrintLsa(PacketPrinter printer, ReadOnlySpan<byte> octets, int start, int end)
    {
        if (!PrintLsaHeader(printer, octets, start, end))
            return false;
        int length = printer.U16(octets, start + 18), at = start + OspfPrinter.LsaHeaderLength, left = length - OspfPrinter.LsaHeaderLength;
        if (printer.IsCut)
            return true;
        if (left < 0 || start + length > end)
            return false;
        switch (printer.U16(octets, start + 2))
        {
            case 0x2001:
                return PrintRouter(printer, octets, at, left);
            case 0x2002:
                return PrintNetwork(printer, octets, at, left);
            case 0x2003:
                if (left < 4)
                    return false;
                uint metric = printer.U32(octets, at);
                printer.Put($", metric {metric & 0xffffff}");
                return PrintPrefixes(printer, octets, at + 4, left - 4, uint.MaxValue);
            case 0x4005:
                return PrintExternal(printer, octets, at, left);
            case 0x0008:
                return PrintLink(printer, octets, at, left);
            case 0x2009:
                return PrintIntraArea(printer, octets, at, left);
            case 0x000b:
                return OspfOpaque.PrintGrace(printer, octets, at, left);
            case 0x000a:
                return OspfOpaque.PrintTrafficEngineering(printer, octets, at, left);
            default:
                printer.Unknown(octets, at, "\n\t      ", left);
                return true;
        }
    }

    private static void PutOptions(PacketPrinter printer, ReadOnlySpan<byte> octets, int at)
    {
        uint options = printer.U32(octets, at);
        printer.Put("\n\t      Options [");
        printer.Bits(Options, options, "none");
        printer.Put("]");
    }

    private static bool PrintRouter(PacketPrinter printer, ReadOnlySpan<byte> octets, int at, int left)
    {
        const int Length = 16;
        if (left < 4)
            return false;
        PutOptions(printer, octets, at);
        printer.Put(", RLA-Flags [");
        printer.Bits(RouterFlags, printer.U8(octets, at), "none");
        printer.Put("]");
        at += 4;
        left -= 4;
        for (; left != 0 && !printer.IsCut; left -= Length, at += Length)
        {
            if (left < Length || !PacketPrinter.Has(octets, at, Length))
                return false;
            byte type = octets[at];
            if (type is not (1 or 2 or 4))
            {
                printer.Put($"\n\t      Unknown Router Links Type 0x{(uint)type:x2}");
                return true;
            }

            printer.Put(type switch
            {
                1 => "\n\t      Neighbor Router-ID ",
                2 => "\n\t      Neighbor Network-ID ",
                _ => "\n\t      Virtual Link: Neighbor Router-ID ",
            });
            printer.Ipv4Address(octets, at + 12);
            printer.Put("\n\t      Neighbor Interface-ID ");
            printer.Ipv4Address(octets, at + 8);
            printer.Put(", Interface ");
            printer.Ipv4Address(octets, at + 4);
            printer.Put($", metric {printer.U16(octets, at + 2)}");
        }

        return true;
    }

    private static bool PrintNetwork(PacketPrinter printer, ReadOnlySpan<byte> octets, int at, int left)
    {
        if (left < 4)
            return false;
        PutOptions(printer, octets, at);
        printer.Put("\n\t      Connected Routers:");
        for (at += 4, left -= 4; left != 0; at += 4, left -= 4)
        {
            if (left < 4)
                return false;
            if (!printer.Need(octets, at, 4))
                break;
            printer.Put("\n\t\t");
            printer.Ipv4Address(octets, at);
        }

        return true;
    }

    private static bool PrintPrefixes(PacketPrinter printer, ReadOnlySpan<byte> octets, int at, int left, uint count)
    {
        bool isCounted = count != uint.MaxValue;
        while ((isCounted ? count > 0 : left != 0) && !printer.IsCut)
        {
            int used = PrintPrefix(printer, octets, at, left);
            if (used < 0)
                return false;
            at += used;
            left -= used;
            count--;
        }

        return true;
    }

    // Octets of the prefix; negative if some are missing.
    private static int PrintPrefix(PacketPrinter printer, ReadOnlySpan<byte> octets, int at, int left)
    {
        if (left < 4 || !PacketPrinter.Has(octets, at, 4))
            return -1;
        int bits = octets[at], count = (bits + 31) / 32 * 4;
        if (count > 16)
        {
            printer.Put($" bogus prefixlen /{bits}");
            return -1;
        }

        if (left - 4 < count)
            return -1;
        if (!printer.Need(octets, at + 4, count))
            return 4;
        printer.Put("\n\t\t");
        printer.PrefixAddress(octets, at + 4, count * 8, 16);
        printer.Put($"/{bits}");
        byte options = octets[at + 1];
        if (options != 0)
        {
            printer.Put(", Options [");
            printer.Bits(PrefixOptions, options, "none");
            printer.Put("]");
        }

        printer.Put($", metric {printer.U16(octets, at + 2)}");
        return 4 + count;
    }

    private static bool PrintExternal(PacketPrinter printer, ReadOnlySpan<byte> octets, int at, int left)
    {
        if (left < 4)
            return false;
        uint flags = printer.U32(octets, at);
        printer.Put("\n\t     Flags [");
        printer.Bits(ExternalFlags, flags, "none");
        printer.Put($"] metric {flags & 0xffffff}");
        at += 4;
        left -= 4;
        bool hasReference = PacketPrinter.Has(octets, at + 2, 1) && octets[at + 2] != 0;
        int used = PrintPrefix(printer, octets, at, left);
        if (used < 0)
            return false;
        at += used;
        left -= used;
        if ((flags & HasForwardingAddress) != 0)
        {
            if (left < 16)
                return false;
            if (!printer.Need(octets, at, 16))
                return true;
            printer.Put(" forward ");
            printer.Ipv6Address(octets, at);
            at += 16;
            left -= 16;
        }

        return PutWord(printer, (flags & HasTag) != 0, " tag ", octets, ref at, ref left)
            && PutWord(printer, hasReference, " RefLSID: ", octets, ref at, ref left);
    }

    private static bool PutWord(PacketPrinter printer, bool isThere, string name, ReadOnlySpan<byte> octets, ref int at, ref int left)
    {
        if (!isThere)
            return true;
        if (left < 4)
            return false;
        if (!printer.Need(octets, at, 4))
            return true;
        printer.Put(name);
        printer.Ipv4Address(octets, at);
        at += 4;
        left -= 4;
        return true;
    }

    private static bool PrintLink(PacketPrinter printer, ReadOnlySpan<byte> octets, int at, int left)
    {
        if (left < 4 || !PacketPrinter.Has(octets, at, 4))
            return false;
        PutOptions(printer, octets, at);
        if (left < 24)
            return false;
        uint count = printer.U32(octets, at + 20);
        if (printer.IsCut)
            return true;
        printer.Put($"\n\t      Priority {octets[at]}, Link-local address ");
        printer.Ipv6Address(octets, at + 4);
        printer.Put($", Prefixes {count}:");
        return PrintPrefixes(printer, octets, at + 24, left - 24, Math.Min(count, uint.MaxValue - 1));
    }

    private static bool PrintIntraArea(PacketPrinter printer, ReadOnlySpan<byte> octets, int at, int left)
    {
        if (left < 4 || !PacketPrinter.Has(octets, at + 8, 4))
            return false;
        PutLsaType(printer, octets, at + 2, at + 4);
        if (left < 6)
            return false;
        uint count = printer.U16(octets, at);
        printer.Put($"\n\t      Prefixes {count}:");
        return PrintPrefixes(printer, octets, at + 12, left - 6, count);
    }

    private static bool PrintTrailer(PacketPrinter printer, ReadOnlySpan<byte> octets, byte type, int at, int left)
    {
        uint options = type switch { 1 => printer.U32(octets, 20), 2 => printer.U32(octets, 16), _ => 0 };
        if ((options & HasLinkLocalSignaling) != 0 && left > 0)
        {
            if (left < 4)
                return false;
            uint checksum = printer.U16(octets, at);
            printer.Put($"\n\tLLS Checksum 0x{checksum:x4}");
            int size = printer.U16(octets, at + 2);
            printer.Put($", Data Length {size}");
            if (printer.IsCut)
                return true;
            if (size < 4 || size > left || !PacketPrinter.Has(octets, at + 4, size - 4))
                return false;
            at += size;
            left -= size;
        }

        return left == 0 || printer.IsCut || PrintAuthentication(printer, octets, at, left);
    }

    private static bool PrintAuthentication(PacketPrinter printer, ReadOnlySpan<byte> octets, int at, int left)
    {
        if (left < TrailerLength)
            return false;
        ushort type = printer.U16(octets, at);
        printer.Put("\n\tAuthentication Type ");
        printer.Token(TrailerTypes, type, "unknown (0x%04x)");
        int size = printer.U16(octets, at + 2);
        printer.Put($", Length {size}");
        if (printer.IsCut)
            return true;
        if (size < TrailerLength || size > left)
            return false;
        uint association = printer.U16(octets, at + 6);
        printer.Put($", SAID {association}");
        uint high = printer.U32(octets, at + 8);
        printer.Put($", CSN 0x{high:x8}");
        uint low = printer.U32(octets, at + 12);
        printer.Put($":{low:x8}");
        if (printer.IsCut)
            return true;
        if (!PacketPrinter.Has(octets, at + TrailerLength, size - TrailerLength))
            return false;
        if (printer.Verbosity > 1)
            printer.Unknown(octets, at + TrailerLength, "\n\tAuthentication Data ", size - TrailerLength);
        return true;
    }
}
