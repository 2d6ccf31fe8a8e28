namespace NetWhy.Tools.Tcpdump.Printing.Application;

/// <summary>Prints the options of DNS's OPT record. Source: IANA, DNS EDNS0 Option Codes; RFC 5001, 6975, 7314, 7828, 7830, 7871, 7873, 7901, 8145.</summary>
internal static class DomainOptions
{
    private const int Subnet = 8, Expire = 9, Cookie = 10, KeepAlive = 11, Padding = 12, Chain = 13, KeyTag = 14;
    private const int SignatureAlgorithms = 5, DigestAlgorithms = 6, Nsec3Algorithms = 7;

    private static readonly Token[] Names =
    [
        (1, "LLQ"), (2, "UL"), (3, "NSID"), (5, "DAU"), (6, "DHU"), (7, "N3U"), (8, "ECS"), (9, "EXPIRE"), (10, "COOKIE"),
        (11, "KEEPALIVE"), (12, "PADDING"), (13, "CHAIN"), (14, "KEY-TAG"), (16, "CLIENT-TAG"), (17, "SERVER-TAG"),
    ];

    private static readonly Token[] Signatures =
    [
        (0, "DELETE"), (1, "RSAMD5"), (2, "DH"), (3, "DS"), (5, "RSASHA1"), (6, "DSA-NSEC3-SHA1"), (7, "RSASHA1-NSEC3-SHA1"),
        (8, "RSASHA256"), (10, "RSASHA512"), (12, "ECC-GOST"), (13, "ECDSAP256SHA256"), (14, "ECDSAP384SHA384"), (15, "ED25519"),
        (16, "ED448"), (252, "INDIRECT"), (253, "PRIVATEDNS"), (254, "PRIVATEOID"),
    ];

    private static readonly Token[] Digests = [(1, "SHA-1"), (2, "SHA-256"), (3, "GOST_R_34.11-94"), (4, "SHA-384")];
    private static readonly Token[] Hashes = [(1, "SHA-1")];

    /// <summary>Prints the options.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="octets">What was captured.</param>
    /// <param name="at">The first.</param>
    /// <param name="end">The end of the record.</param>
    /// <returns>Whether all were captured.</returns>
    internal static bool Print(PacketPrinter printer, ReadOnlySpan<byte> octets, int at, int end)
    {
        printer.Put(" [");
        while (at < end)
        {
            if (!PacketPrinter.Has(octets, at, 2))
                return false;
            int option = printer.U16(octets, at);
            printer.Token(Names, (uint)option, "Opt%u");
            if (!PacketPrinter.Has(octets, at, 4))
                return false;
            int length = printer.U16(octets, at + 2);
            if (!PacketPrinter.Has(octets, at + 4, length))
                return false;
            if (length > 0)
            {
                printer.Put(" ");
                PrintData(printer, octets, at + 4, length, option);
            }

            at += 4 + length;
            printer.Put(at < end ? "," : "");
        }

        printer.Put("]");
        return true;
    }

    private static void PrintData(PacketPrinter printer, ReadOnlySpan<byte> octets, int at, int length, int option)
    {
        switch (option)
        {
            case Subnet:
                PrintSubnet(printer, octets, at, length);
                break;
            case Cookie when length is < 8 or (> 8 and < 16) or > 40:
            case KeepAlive when length != 2:
            case Expire when length != 4:
            case KeyTag when length % 2 != 0:
                printer.Invalid();
                break;
            case KeepAlive:
                int tenths = printer.U16(octets, at);
                printer.Put($"{tenths / 10}.{tenths % 10} sec");
                break;
            case Expire:
                printer.Put($"{printer.U32(octets, at)} sec");
                break;
            case Padding:
                printer.Put($"({length})");
                break;
            case KeyTag:
                for (int i = 0; i < length; i += 2)
                    printer.Put($"{(i > 0 ? " " : "")}{printer.U16(octets, at + i)}");
                break;
            case SignatureAlgorithms:
                PrintAlgorithms(printer, Signatures, octets, at, length);
                break;
            case DigestAlgorithms:
                PrintAlgorithms(printer, Digests, octets, at, length);
                break;
            case Nsec3Algorithms:
                PrintAlgorithms(printer, Hashes, octets, at, length);
                break;
            case Chain:
                DomainNames.Print(printer, octets, at, at + length);
                break;
            default:
                for (int i = 0; i < length; i++)
                {
                    printer.Put(option == Cookie && i == 8 ? " " : "");
                    printer.Put($"{(uint)printer.U8(octets, at + i):x2}");
                }

                break;
        }
    }

    private static void PrintAlgorithms(PacketPrinter printer, Token[] names, ReadOnlySpan<byte> octets, int at, int length)
    {
        for (int i = 0; i < length; i++)
        {
            printer.Put(i > 0 ? " " : "");
            printer.Token(names, printer.U8(octets, at + i), "Alg_%u");
        }
    }

    private static void PrintSubnet(PacketPrinter printer, ReadOnlySpan<byte> octets, int at, int length)
    {
        if (length < 4)
        {
            printer.Invalid();
            return;
        }

        int family = printer.U16(octets, at), source = printer.U8(octets, at + 2), scope = printer.U8(octets, at + 3);
        int bits = family switch { 1 => 32, 2 => 128, _ => 0 }, octetsOfPrefix = length - 4;
        if (bits == 0 || octetsOfPrefix > bits / 8 || source > bits || scope > bits || (source + 7) / 8 != octetsOfPrefix)
        {
            printer.Invalid();
            return;
        }

        Span<byte> address = stackalloc byte[16];
        address.Clear();
        octets.Slice(at + 4, octetsOfPrefix).CopyTo(address);
        NameResolver.PutNumber(printer.Text, address[..(bits / 8)]);
        printer.Put($"/{source}/{scope}");
    }
}
