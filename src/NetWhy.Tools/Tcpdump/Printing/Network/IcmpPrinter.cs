using NetWhy.Tools.Tcpdump.Printing.Transport;
using NetWhy.Wire;

namespace NetWhy.Tools.Tcpdump.Printing.Network;

/// <summary>Prints ICMP of IPv4, with the packet that an error quotes. Source: RFC 792, RFC 950, RFC 1191, RFC 1256, RFC 4884.</summary>
internal static class IcmpPrinter
{
    private const int ObjectHeader = 4;
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
        bool isWhole = PrintType(printer, octets, type, code);
        if (printer.IsCut || !isWhole)
        {
            printer.Text.CutTo(start);
            if (!isWhole)
                printer.Truncated();
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

        bool isError = type is 3 or 4 or 5 or 11 or 12;
        if (printer.Verbosity > 0 && isError)
        {
            printer.Put("\n\t");
            ReadOnlySpan<byte> quoted = PacketPrinter.From(octets, Quote);
            int quotedLength = printer.U16(quoted, 2);
            if (quotedLength < 4)
                printer.Cut(); // the packet does not even hold its own length
            if (printer.IsCut)
                return;
            IpPrinter.Print(printer, PacketPrinter.First(quoted, quotedLength), quotedLength);
        }

        if (printer.Verbosity > 0 && type is 3 or 11 or 12)
        {
            printer.Protocol = "icmp";
            PrintExtensions(printer, octets, length);
        }
    }

    // False if it is cut short where what encloses it goes on.
    private static bool PrintType(PacketPrinter printer, ReadOnlySpan<byte> octets, byte type, byte code)
    {
        switch (type)
        {
            case 0 or 8:
                printer.Put(type == 8 ? "echo request" : "echo reply");
                printer.Put($", id {printer.U16(octets, 4)}, seq {printer.U16(octets, 6)}");
                break;
            case 3:
                return PrintUnreachable(printer, octets, code);
            case 5:
                if (Token.Find(Redirects, code) is { } redirect)
                    WithAddress(printer, redirect, octets);
                else
                    WithAddress(printer, string.Create(System.Globalization.CultureInfo.InvariantCulture, $"redirect-#{code} %s to "), octets);
                printer.Ipv4Address(octets, 4);
                break;
            case 9:
                return PrintAdvertisement(printer, octets);
            case 11:
                if (!PacketPrinter.Has(octets, Quote + 16, 4))
                    return false;
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
                if (!PacketPrinter.Has(octets, 16, 4))
                    return false;
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

        return true;
    }

    private static bool PrintUnreachable(PacketPrinter printer, ReadOnlySpan<byte> octets, byte code)
    {
        ReadOnlySpan<byte> quoted = PacketPrinter.From(octets, Quote);
        if (code == 3 && quoted.Length < 10)
            return false;
        if (!printer.Need(quoted, 16, 4))
            return true;
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
                    printer.Ipv4Address(quoted, 16);
                    printer.Put($" unreachable - #{code}");
                }

                break;
        }

        return true;
    }

    private static void WithAddress(PacketPrinter printer, string text, ReadOnlySpan<byte> octets)
    {
        int at = text.IndexOf("%s", StringComparison.Ordinal);
        printer.Put(text[..at]);
        printer.Ipv4Address(octets, Quote + 16);
        printer.Put(text[(at + 2)..]);
    }

    private static bool PrintAdvertisement(PacketPrinter printer, ReadOnlySpan<byte> octets)
    {
        if (!PacketPrinter.Has(octets, 4, 4))
            return false;
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
            return true;
        }

        for (int i = 0; i < count; i++)
        {
            if (!PacketPrinter.Has(octets, 8 + (i * 8), 8))
                return false;
            printer.Put(" {");
            printer.Ipv4Address(octets, 8 + (i * 8));
            printer.Put($" {printer.U32(octets, 12 + (i * 8))}}}");
        }

        return true;
    }

    private static void PutTime(PacketPrinter printer, uint milliseconds) =>
        printer.Put($"{milliseconds / 3_600_000:d2}:{milliseconds / 60_000 % 60:d2}:{milliseconds / 1000 % 60:d2}.{milliseconds % 1000:d3}");

    // Source: RFC 4884, RFC 4950. Old senders have no length: their extensions begin 128 octets behind the header.
    private static void PrintExtensions(PacketPrinter printer, ReadOnlySpan<byte> octets, int length)
    {
        const int Start = 8 + 128;
        if (length <= Start)
            return;
        if (octets.Length < Start + 5)
        {
            printer.Truncated();
            return;
        }

        int left = length - Start;
        bool isWhole = PacketPrinter.Has(octets, Start, left);
        bool isRight = isWhole && InternetChecksum.Of(octets.Slice(Start, left)) == 0;
        if (octets[5] == 0 && isWhole && !isRight)
            return; // nothing says that this is an extension
        int version = octets[Start] >> 4;
        printer.Put($"\n\tICMP Multi-Part extension v{version}");
        if (version != 2)
        {
            printer.Put(" packet not supported");
            return;
        }

        if (isWhole)
            printer.Put($", checksum 0x{(uint)printer.U16(octets, Start + 2):x4} ({(isRight ? "" : "in")}correct), length {left}");
        PrintObjects(printer, octets, Start + ObjectHeader, left - ObjectHeader);
    }

    private static void PrintObjects(PacketPrinter printer, ReadOnlySpan<byte> octets, int at, int left)
    {
        while (left > ObjectHeader && !printer.IsCut)
        {
            if (!PacketPrinter.Has(octets, at, ObjectHeader))
            {
                printer.Truncated();
                return;
            }

            int size = printer.U16(octets, at);
            byte kind = octets[at + 2], type = octets[at + 3];
            printer.Put("\n\t  ");
            printer.Token(Objects, kind, "unknown");
            printer.Put($" Object ({kind}), Class-Type: {type}, length {size}");
            at += ObjectHeader;
            left -= ObjectHeader;
            if (kind == 0 || size < ObjectHeader)
                return;
            size -= ObjectHeader;
            if (kind == 1 && type == 1)
            {
                uint entry = printer.U32(octets, at);
                printer.Put($"\n\t    label {entry >> 12}, tc {(entry >> 9) & 7}{((entry & 0x100) != 0 ? ", [S]" : "")}, ttl {entry & 0xff}");
            }
            else
            {
                printer.Unknown(octets, at, "\n\t    ", size);
            }

            at += size;
            left -= size;
        }
    }
}
