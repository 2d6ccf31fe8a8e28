using System.Buffers.Binary;
using NetWhy.Tools.Tcpdump.Printing.Transport;
using NetWhy.Wire;

namespace NetWhy.Tools.Tcpdump.Printing.Network;

/// <summary>Prints ICMP of IPv4, with the packet that an error quotes. Source: RFC 792, RFC 950, RFC 1191, RFC 1256, RFC 4884.</summary>
internal static class IcmpPrinter
{
    private const int Quote = 8; // where the quoted packet begins

    private static readonly Token[] Types =
    [
        (4, "source quench"), (10, "router solicitation"), (15, "information request"), (16, "information reply"), (17, "address mask request"),
    ];

    private static readonly Token[] Unreachable =
    [
        (0, "net %s unreachable"), (1, "host %s unreachable"), (5, "%s unreachable - source route failed"), (6, "net %s unreachable - unknown"),
        (7, "host %s unreachable - unknown"), (8, "%s unreachable - source host isolated"), (9, "net %s unreachable - admin prohibited"),
        (10, "host %s unreachable - admin prohibited"), (11, "net %s unreachable - tos prohibited"), (12, "host %s unreachable - tos prohibited"),
        (13, "host %s unreachable - admin prohibited filter"), (14, "host %s unreachable - host precedence violation"),
        (15, "host %s unreachable - precedence cutoff"),
    ];

    private static readonly Token[] Redirects = [(0, "redirect %s to net "), (1, "redirect %s to host "), (2, "redirect-tos %s to net "), (3, "redirect-tos %s to host ")];

    private static readonly Token[] Objects = [(1, "MPLS Stack Entry"), (2, "Interface Identification")];

    /// <summary>Prints a message.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="octets">What was captured.</param>
    /// <param name="length">What it was long.</param>
    /// <param name="isFragment">Whether more of it comes in other packets.</param>
    internal static void Print(PacketPrinter printer, ReadOnlySpan<byte> octets, int length, bool isFragment)
    {
        printer.Protocol = "icmp";
        byte type = printer.U8(octets, 0), code = printer.U8(octets, 1);
        if (printer.IsCut)
            return;
        // What it is about is printed in one piece, or not at all.
        int start = printer.Text.Length;
        printer.Put("ICMP ");
        PrintType(printer, octets, type, code);
        if (printer.IsCut)
        {
            printer.Text.CutTo(start);
            return;
        }

        printer.Put($", length {length}");
        if (printer.Verbosity > 0 && !isFragment && octets.Length >= length)
        {
            ushort computed = InternetChecksum.Of(octets[..length]);
            if (computed != 0)
            {
                ushort sent = printer.U16(octets, 2);
                printer.Put($" (wrong icmp cksum {(uint)sent:x} (->{(uint)Checksums.Right(sent, computed):x})!)");
            }
        }

        bool isError = type is not (0 or 8 or 9 or 10 or 13 or 14 or 15 or 16 or 17 or 18);
        if (printer.Verbosity > 0 && isError)
        {
            printer.Put("\n\t");
            ReadOnlySpan<byte> quoted = PacketPrinter.From(octets, Quote);
            int quotedLength = printer.U16(quoted, 2);
            if (printer.IsCut)
                return;
            IpPrinter.Print(printer, quoted, quotedLength);
        }

        if (printer.Verbosity > 0 && type is 3 or 11 or 12)
        {
            printer.Protocol = "icmp";
            PrintExtensions(printer, octets, length);
        }
    }

    private static void PrintType(PacketPrinter printer, ReadOnlySpan<byte> octets, byte type, byte code)
    {
        switch (type)
        {
            case 0 or 8:
                printer.Put(type == 8 ? "echo request" : "echo reply");
                printer.Put($", id {printer.U16(octets, 4)}, seq {printer.U16(octets, 6)}");
                break;
            case 3:
                PrintUnreachable(printer, octets, code);
                break;
            case 5:
                if (!printer.Need(octets, Quote, 20))
                    break;
                if (Token.Find(Redirects, code) is { } redirect)
                    WithAddress(printer, redirect, octets);
                else
                    WithAddress(printer, string.Create(System.Globalization.CultureInfo.InvariantCulture, $"redirect-#{code} %s to net "), octets);
                printer.Ipv4Address(octets, 4);
                break;
            case 9:
                PrintAdvertisement(printer, octets);
                break;
            case 11:
                printer.Need(octets, Quote, 20);
                if (code == 0)
                    printer.Put("time exceeded in-transit");
                else if (code == 1)
                    printer.Put("ip reassembly time exceeded");
                else
                    printer.Put($"time exceeded-#{code}");
                break;
            case 12:
                if (code != 0)
                    printer.Put($"parameter problem - code {code}");
                else
                    printer.Put($"parameter problem - octet {printer.U8(octets, 4)}");
                break;
            case 13:
                printer.Put($"time stamp query id {printer.U16(octets, 4)} seq {printer.U16(octets, 6)}");
                break;
            case 14:
                printer.Put($"time stamp reply id {printer.U16(octets, 4)} seq {printer.U16(octets, 6)}: org ");
                PutTime(printer, printer.U32(octets, 8));
                printer.Put(", recv ");
                PutTime(printer, printer.U32(octets, 12));
                printer.Put(", xmit ");
                PutTime(printer, printer.U32(octets, 16));
                break;
            case 18:
                printer.Put($"address mask is 0x{printer.U32(octets, 8):x8}");
                break;
            default:
                printer.Token(Types, type, "type-#%u");
                break;
        }
    }

    private static void PrintUnreachable(PacketPrinter printer, ReadOnlySpan<byte> octets, byte code)
    {
        ReadOnlySpan<byte> quoted = PacketPrinter.From(octets, Quote);
        if (!printer.Need(quoted, 16, 4))
            return;
        switch (code)
        {
            case 2:
                printer.Ipv4Address(quoted, 16);
                printer.Put($" protocol {quoted[9]} unreachable");
                break;
            case 3:
                int headerLength = (quoted[0] & 0xf) * 4;
                ushort port = printer.U16(quoted, headerLength + 2);
                printer.Ipv4Address(quoted, 16);
                if (quoted[9] is IpPayload.Tcp or IpPayload.Udp)
                {
                    string name = quoted[9] is IpPayload.Tcp ? "tcp" : "udp";
                    printer.Put($" {name} port ");
                    PortPrinting.Port(printer, port, name);
                }
                else
                {
                    printer.Put($" protocol {quoted[9]} port {port}");
                }

                printer.Put(" unreachable");
                break;
            case 4:
                printer.Ipv4Address(quoted, 16);
                printer.Put(" unreachable - need to frag");
                if (printer.U16(octets, 6) is not 0 and var mtu)
                    printer.Put($" (mtu {mtu})");
                break;
            default:
                if (Token.Find(Unreachable, code) is { } text)
                {
                    WithAddress(printer, text, octets);
                }
                else
                {
                    printer.Put($"#{code} ");
                    printer.Ipv4Address(quoted, 16);
                    printer.Put(" unreachable");
                }

                break;
        }
    }

    private static void WithAddress(PacketPrinter printer, string text, ReadOnlySpan<byte> octets)
    {
        int at = text.IndexOf("%s", StringComparison.Ordinal);
        printer.Put(text[..at]);
        printer.Ipv4Address(octets, Quote + 16);
        printer.Put(text[(at + 2)..]);
    }

    private static void PrintAdvertisement(PacketPrinter printer, ReadOnlySpan<byte> octets)
    {
        printer.Put("router advertisement lifetime ");
        uint lifetime = printer.U16(octets, 6);
        if (lifetime < 60)
            printer.Put($"{lifetime}");
        else if (lifetime < 3600)
            printer.Put($"{lifetime / 60}:{lifetime % 60:d2}");
        else
            printer.Put($"{lifetime / 3600}:{lifetime % 3600 / 60:d2}:{lifetime % 60:d2}");
        int count = printer.U8(octets, 4), size = printer.U8(octets, 5);
        printer.Put($" {count}:");
        if (size != 2)
        {
            printer.Put($" [size {size}]");
            return;
        }

        for (int i = 0; i < count && !printer.IsCut; i++)
        {
            printer.Put(" {");
            printer.Ipv4Address(octets, 8 + (i * 8));
            printer.Put($" {printer.U32(octets, 12 + (i * 8))}}}");
        }
    }

    private static void PutTime(PacketPrinter printer, uint milliseconds) =>
        printer.Put($"{milliseconds / 3_600_000:d2}:{milliseconds / 60_000 % 60:d2}:{milliseconds / 1000 % 60:d2}.{milliseconds % 1000:d3}");

    // Source: RFC 4884, RFC 4950. Old senders have no length: their extensions begin 128 octets behind the header.
    private static void PrintExtensions(PacketPrinter printer, ReadOnlySpan<byte> octets, int length)
    {
        const int Start = 8 + 128;
        if (length <= Start)
            return;
        if (!printer.Need(octets, Start, 4))
            return;
        if (octets[5] < 1 && (octets.Length < length || InternetChecksum.Of(octets[Start..length]) != 0))
            return;
        int version = octets[Start] >> 4;
        printer.Put($"\n\tICMP Multi-Part extension v{version}");
        if (version != 2)
        {
            printer.Put(" packet not supported");
            return;
        }

        int left = length - Start;
        if (PacketPrinter.Has(octets, Start, left))
            printer.Put($", checksum 0x{(uint)printer.U16(octets, Start + 2):x4} ({(InternetChecksum.Of(octets.Slice(Start, left)) == 0 ? "" : "in")}correct), length {left}");
        left -= 4;
        int at = Start + 4;
        while (left > 4 && !printer.IsCut)
        {
            if (!printer.Need(octets, at, 4))
                return;
            int size = BinaryPrimitives.ReadUInt16BigEndian(octets[at..]);
            byte classNumber = octets[at + 2], classType = octets[at + 3];
            at += 4;
            printer.Put("\n\t  ");
            printer.Token(Objects, classNumber, "unknown");
            printer.Put($" Object ({classNumber}), Class-Type: {classType}, length {size}");
            left -= 4;
            if (classNumber == 0 || size < 4 || !printer.Need(octets, at, size - 4))
                return;
            size -= 4;
            if (classNumber == 1 && classType == 1)
            {
                for (int i = 0; i + 4 <= size; i += 4)
                {
                    uint entry = printer.U32(octets, at + i);
                    printer.Put($"\n\t    label {entry >> 12}, tc {(entry >> 9) & 7}{((entry & 0x100) != 0 ? ", [S]" : "")}, ttl {entry & 0xff}");
                }
            }
            else if (classNumber == 2)
            {
                PrintInterface(printer, octets.Slice(at, size), classType);
            }
            else
            {
                printer.Unknown(octets, at, "\n\t    ", size);
            }

            if (left < size)
                return;
            left -= size;
            at += size;
        }
    }

    // Source: RFC 5837, section 4.
    private static void PrintInterface(PacketPrinter printer, ReadOnlySpan<byte> value, byte classType)
    {
        printer.Put("\n\t\t This object describes ");
        printer.Put((classType >> 6) switch
        {
            0 => "the IP interface upon which a datagram arrived",
            1 => "the sub-IP component of an IP interface",
            2 => "the IP interface through which the datagram would have been forwarded",
            _ => "the IP next hop to which the datagram would be forwarded",
        });
        int at = 0;
        if ((classType & 8) != 0)
        {
            printer.Put($"\n\t\t Interface Index, length 4: {printer.U32(value, at)}");
            at += 4;
        }

        if ((classType & 4) != 0)
        {
            int family = printer.U16(value, at);
            printer.Put("\n\t\t IP Address sub-object: ");
            if (family == 1)
                printer.Ipv4Address(value, at + 4);
            else if (family == 2)
                printer.Ipv6Address(value, at + 4);
            at += family == 2 ? 20 : 8;
        }

        if ((classType & 2) != 0)
        {
            int size = printer.U8(value, at);
            printer.Put($"\n\t\t Interface Name, length {size}: ");
            printer.PaddedCharacters(value, at + 1, Math.Max(0, size - 1));
            at += size;
        }

        if ((classType & 1) != 0)
            printer.Put($"\n\t\t MTU Value, length 4: {printer.U32(value, at)}");
    }
}
