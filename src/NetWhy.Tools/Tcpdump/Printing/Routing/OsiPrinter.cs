using NetWhy.Tools.Tcpdump.Printing.Link;
using NetWhy.Tools.Tcpdump.Printing.Network;

namespace NetWhy.Tools.Tcpdump.Printing.Routing;

/// <summary>Prints protocols of OSI by their network layer protocol identifier. Source: ISO/IEC TR 9577.</summary>
internal static class OsiPrinter
{
    internal const byte Clnp = 0x81;
    internal const byte EsIs = 0x82;
    internal const byte IsIs = 0x83;
    internal const byte Ipv4 = 0xcc;
    internal const byte Ipv6 = 0x8e;

    /// <summary>Names of the identifiers.</summary>
    internal static readonly Token[] Names =
    [
        (0x00, "NULLNS"), (0x08, "Q.933"), (0x09, "LMI"), (0x80, "SNAP"), (Clnp, "CLNP"), (EsIs, "ES-IS"), (IsIs, "IS-IS"), (0x84, "CONS"),
        (0x85, "IDRP"), (0xb1, "FRF.15"), (0xc1, "ISIS_SPB"), (Ipv4, "IPv4"), (0xcf, "PPP"), (0x8a, "X25 ES-IS"), (Ipv6, "IPv6"),
    ];

    /// <summary>Prints a packet.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="octets">What was captured, from the identifier on.</param>
    /// <param name="length">What it was long.</param>
    internal static void Print(PacketPrinter printer, ReadOnlySpan<byte> octets, int length)
    {
        printer.Protocol = "isoclns";
        byte identifier = printer.U8(octets, 0);
        if (printer.IsCut || !printer.Enter())
            return;
        if (printer.Options.ShowsLink)
        {
            printer.Put("OSI NLPID ");
            printer.Token(Names, identifier, "Unknown");
            printer.Put($" (0x{(uint)identifier:x2}): ");
        }

        PrintPayload(printer, octets, length, identifier);
        printer.Leave();
    }

    private static void PrintPayload(PacketPrinter printer, ReadOnlySpan<byte> octets, int length, byte identifier)
    {
        switch (identifier)
        {
            case Clnp:
                if (!ClnpPrinter.Print(printer, octets, length))
                    printer.Unknown(octets, 0, "\n\t", length);
                break;
            case EsIs:
                EsIsPrinter.Print(printer, octets, length);
                break;
            case IsIs:
                if (!IsIsPrinter.Print(printer, octets, length))
                    printer.Unknown(octets, 0, "\n\t", length);
                break;
            case 0:
                printer.Put($"{Comma(printer)}length: {length}");
                break;
            case Ipv4:
                IpPrinter.Print(printer, octets[1..], length - 1);
                break;
            case Ipv6:
                Ipv6Printer.Print(printer, octets[1..], length - 1);
                break;
            case 0xcf:
                PppPrinter.Print(printer, octets[1..], length - 1);
                break;
            case 0x08:
                Q933Printer.Print(printer, octets[1..], length - 1);
                break;
            default:
                if (!printer.Options.ShowsLink)
                    printer.Put($"OSI NLPID 0x{(uint)identifier:x2} unknown");
                printer.Put($"{Comma(printer)}length: {length}");
                if (length > 1)
                    printer.Unknown(octets, 0, "\n\t", length);
                break;
        }
    }

    /// <summary>What separates the name of a protocol from what follows; the name stands before the packet with <c>-e</c>.</summary>
    /// <param name="printer">Where.</param>
    internal static string Comma(PacketPrinter printer) => printer.Options.ShowsLink ? "" : ", ";

    /// <summary>Prints a Fletcher checksum's verdict. Source: ISO 8473, annex C.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="octets">What was captured of what it is computed over.</param>
    /// <param name="sent">The checksum.</param>
    /// <param name="at">Where it lies.</param>
    /// <param name="length">Octets that it is computed over.</param>
    internal static void PutChecksum(PacketPrinter printer, ReadOnlySpan<byte> octets, ushort sent, int at, int length)
    {
        if (sent == 0 || at < 0 || at > length || !PacketPrinter.Has(octets, at, 2) || !PacketPrinter.Has(octets, 0, length))
        {
            printer.Put(" (unverified)");
            return;
        }

        ushort right = ChecksumOf(octets[..length], at);
        if (right == sent)
            printer.Put(" (correct)");
        else
            printer.Put($" (incorrect should be 0x{(uint)right:x4})");
    }

    private static ushort ChecksumOf(ReadOnlySpan<byte> octets, int at)
    {
        const int Modulus = 255;
        long sum = 0, sums = 0;
        for (int i = 0; i < octets.Length; i++)
        {
            if (i != at && i != at + 1)
                sum = (sum + octets[i]) % Modulus;
            sums = (sums + sum) % Modulus;
        }

        long product = (octets.Length - at) * sum;
        long first = (product - sum - sums) % Modulus, second = (sums - product) % Modulus;
        first = first <= 0 ? first + Modulus : first;
        second = second <= 0 ? second + Modulus : second;
        return (ushort)((first << 8) | second);
    }
}
