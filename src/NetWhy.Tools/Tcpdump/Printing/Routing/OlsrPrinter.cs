using System.Numerics;

namespace NetWhy.Tools.Tcpdump.Printing.Routing;

/// <summary>Prints OLSR. Sources: RFC 3626; olsr.org for link qualities, names and gateways.</summary>
internal static class OlsrPrinter
{
    private const int HeaderLength = 4;
    private const uint FastestGateway = 320_000_000;

    private static readonly Token[] Messages =
    [
        (1, "Hello"), (2, "TC"), (3, "MID"), (4, "HNA"), (128, "Powerinfo"), (130, "Nameservice"), (201, "Hello-LQ"), (202, "TC-LQ"),
    ];

    private static readonly Token[] LinkTypes = [(0, "Unspecified"), (1, "Asymmetric"), (2, "Symmetric"), (3, "Lost")];

    private static readonly Token[] NeighborTypes = [(0, "Not-Neighbor"), (1, "Symmetric"), (2, "Symmetric-MPR")];

    private static readonly Token[] GatewayFlags =
        [(0x01, " LINKSPEED"), (0x02, " IPV4"), (0x04, " IPV4-NAT"), (0x08, " IPV6"), (0x10, " IPv6-PREFIX")];

    /// <summary>Prints a packet.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="octets">What was captured.</param>
    /// <param name="length">What it was long.</param>
    /// <param name="isIpv6">Whether its addresses are of IPv6.</param>
    internal static void Print(PacketPrinter printer, ReadOnlySpan<byte> octets, int length, bool isIpv6)
    {
        printer.Protocol = "olsr";
        printer.Put(isIpv6 ? "OLSRv6" : "OLSRv4");
        if (length < HeaderLength || octets.Length < HeaderLength)
        {
            printer.Truncated();
            return;
        }

        length = Math.Min(length, printer.U16(octets, 0));
        printer.Put($", seq 0x{(uint)printer.U16(octets, 2):x4}, length {length}");
        if (printer.Verbosity < 1)
            return;
        int width = isIpv6 ? 16 : 4, header = 8 + width;
        for (int at = HeaderLength; at < length && !printer.IsCut;)
        {
            if (!PacketPrinter.Has(octets, at, header))
            {
                printer.Truncated();
                return;
            }

            int size = printer.U16(octets, at + 2);
            if (!PrintHeader(printer, octets, at, length, width))
                return;
            if (!PrintBody(printer, octets, at + header, size - header, octets[at], width))
            {
                printer.Truncated();
                return;
            }

            at += size;
        }
    }

    // Whether the message can be read.
    private static bool PrintHeader(PacketPrinter printer, ReadOnlySpan<byte> octets, int at, int length, int width)
    {
        byte type = octets[at];
        int size = printer.U16(octets, at + 2), end = at + 4 + width;
        bool isValid = size >= 8 + width && size <= length;
        if (type == 0 || size == 0)
            return false;
        printer.Put("\n\t");
        printer.Token(Messages, type, "Unknown");
        printer.Put($" Message (0x{(uint)type:x2}), originator ");
        PutAddress(printer, octets, at + 4, width);
        printer.Put($", ttl {octets[end]}, hop {octets[end + 1]}\n\t  vtime ");
        PutTime(printer, octets[at + 1]);
        printer.Put($", msg-seq 0x{(uint)printer.U16(octets, end + 2):x4}, length {size}{(isValid ? "" : " (invalid)")}");
        return isValid;
    }

    private static void PutAddress(PacketPrinter printer, ReadOnlySpan<byte> octets, int at, int width)
    {
        if (width == 16)
            printer.Ipv6Address(octets, at);
        else
            printer.Ipv4Address(octets, at);
    }

    // Source: RFC 3626, section 18.3.
    private static void PutTime(PacketPrinter printer, byte value)
    {
        printer.Fraction(0.0625 * (1 + ((value >> 4) / 16.0)) * (1 << (value & 0xf)), 3);
        printer.Put("s");
    }

    // These say whether nothing was missing.
    private static bool PrintBody(PacketPrinter printer, ReadOnlySpan<byte> octets, int at, int left, byte type, int width)
    {
        switch (type)
        {
            case 1 or 201:
                return PrintHello(printer, octets, at, left, type, width);
            case 2 or 202:
                if (left < 4 || !PacketPrinter.Has(octets, at, 4))
                    return false;
                printer.Put($"\n\t    advertised neighbor seq 0x{(uint)printer.U16(octets, at):x4}");
                return PrintNeighbors(printer, octets, at + 4, left - 4, type, width);
            case 3:
                for (; left >= width; left -= width, at += width)
                {
                    if (!PacketPrinter.Has(octets, at, width))
                        return false;
                    printer.Put("\n\t  interface address ");
                    PutAddress(printer, octets, at, width);
                }

                return true;
            case 4:
                return PrintNetworks(printer, octets, at, left, width);
            case 130:
                return PrintNames(printer, octets, at, left, width);
            default:
                printer.Unknown(octets, at, "\n\t    ", left);
                return true;
        }
    }

    private static bool PrintHello(PacketPrinter printer, ReadOnlySpan<byte> octets, int at, int left, byte type, int width)
    {
        const int Length = 4;
        if (left < Length || !PacketPrinter.Has(octets, at, Length))
            return false;
        printer.Put("\n\t  hello-time ");
        PutTime(printer, octets[at + 2]);
        printer.Put($", MPR willingness {octets[at + 3]}");
        at += Length;
        left -= Length;
        while (left >= Length && !printer.IsCut)
        {
            if (!PacketPrinter.Has(octets, at, Length))
                return false;
            int size = printer.U16(octets, at + 2);
            bool isValid = size <= left && size >= Length;
            printer.Put("\n\t    link-type ");
            printer.Token(LinkTypes, octets[at] & 3u, "Unknown");
            printer.Put(", neighbor-type ");
            printer.Token(NeighborTypes, (uint)octets[at] >> 2, "Unknown");
            printer.Put($", len {size}{(isValid ? "" : " (invalid)")}");
            if (!isValid)
                return true;
            if (!PacketPrinter.Has(octets, at, size) || !PrintNeighbors(printer, octets, at + Length, size - Length, type, width))
                return false;
            at += size;
            left -= size;
        }

        return true;
    }

    private static bool PrintNeighbors(PacketPrinter printer, ReadOnlySpan<byte> octets, int at, int left, byte type, int width)
    {
        if (type is 1 or 2)
        {
            printer.Put("\n\t      neighbor\n\t\t");
            for (; left >= 4 && printer.Need(octets, at, 4); left -= 4, at += 4)
            {
                printer.Ipv4Address(octets, at); // also where addresses are of IPv6
                printer.Put(" ");
            }

            return true;
        }

        for (; left >= width + 4; left -= width + 4, at += width + 4)
        {
            if (!PacketPrinter.Has(octets, at, width + 4))
                return false;
            printer.Put("\n\t      neighbor ");
            PutAddress(printer, octets, at, width);
            printer.Put(", link-quality ");
            printer.Fraction(octets[at + width] / 2.55, 2);
            printer.Put("%, neighbor-link-quality ");
            printer.Fraction(octets[at + width + 1] / 2.55, 2);
            printer.Put("%");
        }

        return true;
    }

    private static bool PrintNetworks(PacketPrinter printer, ReadOnlySpan<byte> octets, int at, int left, int width)
    {
        int step = 2 * width;
        printer.Put($"\n\t  Advertised networks (total {left / step})");
        for (int i = 0; left >= step; left -= step, at += step, i++)
        {
            if (!PacketPrinter.Has(octets, at, step))
                return false;
            if (width == 16)
            {
                printer.Put("\n\t    #0: ");
                printer.Ipv6Address(octets, at);
                printer.Put($"/{PrefixLength(octets.Slice(at + 16, 16))}");
                continue;
            }

            printer.Put(i % 4 == 0 ? "\n\t    " : ", ");
            if (printer.U32(octets, at) == 0 && octets[at + 4] == 0 && octets[at + 5] != 0)
            {
                PutGateway(printer, octets[at + 5], octets[at + 6], octets[at + 7]);
                continue;
            }

            uint mask = printer.U32(octets, at + 4);
            int bits = BitOperations.LeadingZeroCount(~mask);
            bool isPrefix = bits == 32 || mask << bits == 0;
            printer.Ipv4Address(octets, at);
            printer.Put($"/{(isPrefix ? (uint)bits : uint.MaxValue)}");
        }

        return true;
    }

    private static int PrefixLength(ReadOnlySpan<byte> mask)
    {
        int bits = 0;
        foreach (byte octet in mask)
        {
            int ones = BitOperations.LeadingZeroCount(~((uint)octet << 24));
            if (ones < 8 && (byte)(octet << ones) != 0)
                return -1;
            bits += ones;
            if (ones < 8)
                break;
        }

        return mask[((bits + 7) / 8)..].ContainsAnyExcept((byte)0) ? -1 : bits;
    }

    private static void PutGateway(PacketPrinter printer, byte flags, byte up, byte down)
    {
        bool hasSpeeds = (flags & 1) != 0;
        printer.Put("Smart-Gateway:");
        printer.Bits(GatewayFlags, flags, "", "");
        printer.Put($" {(hasSpeeds ? Speed(up) : 0)}/{(hasSpeeds ? Speed(down) : 0)}");
    }

    private static uint Speed(byte value)
    {
        if (value is 0)
            return 0;
        if (value is byte.MaxValue)
            return FastestGateway;
        uint speed = ((uint)value >> 3) + 1;
        for (int i = value & 7; i > 0; i--)
            speed *= 10;
        return speed;
    }

    private static bool PrintNames(PacketPrinter printer, ReadOnlySpan<byte> octets, int at, int left, int width)
    {
        if (left < 4)
            return false;
        int count = printer.U16(octets, at + 2), version = printer.U16(octets, at);
        bool isValid = count > 0 && count * (4 + width) <= left;
        printer.Put($"\n\t  Version {version}, Entries {count}{(isValid ? "" : " (invalid)")}");
        if (!isValid)
            return true;
        at += 4;
        left -= 4;
        for (int i = 0; i < count && left >= 4 && !printer.IsCut; i++)
        {
            uint type = printer.U16(octets, at);
            int size = printer.U16(octets, at + 2), padded = (size + 3) & ~3;
            at += 4;
            left -= 4;
            bool fits = size > 0 && width + size <= left;
            printer.Put($"\n\t    #{i}: type {(type == 0 ? "00" : "0x")}{type:x4}, length {size}{(fits ? "" : " (invalid)")}");
            if (!fits)
                return true;
            if (left < width + padded || !PacketPrinter.Has(octets, at, width + padded))
                return false;
            printer.Put(", address ");
            PutAddress(printer, octets, at, width);
            printer.Put(", name \"");
            printer.CapturedCharacters(octets, at + width, size);
            printer.Put("\"");
            at += width + padded;
            left -= width + padded;
        }

        return true;
    }
}
