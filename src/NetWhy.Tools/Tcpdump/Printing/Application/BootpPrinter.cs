namespace NetWhy.Tools.Tcpdump.Printing.Application;

/// <summary>Prints BOOTP and DHCP. Source: RFC 951, 2131.</summary>
internal static class BootpPrinter
{
    private const int Request = 1, Ethernet = 1, EthernetLength = 6;
    private const int HardwareAddress = 28, ServerName = 44, ServerNameLength = 64, FileName = 108, FileNameLength = 128, Vendor = 236;
    private const uint DhcpCookie = 0x63825363, CarnegieCookie = 0x434d5500;

    private static readonly Token[] Operations = [(1, "Request"), (2, "Reply")];
    private static readonly Token[] Flags = [(0x8000, "Broadcast")];

    /// <summary>Prints a message.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="octets">What was captured.</param>
    /// <param name="length">What it was long.</param>
    internal static void Print(PacketPrinter printer, ReadOnlySpan<byte> octets, int length)
    {
        printer.Protocol = "bootp";
        int operation = printer.U8(octets, 0);
        printer.Put("BOOTP/DHCP, ");
        printer.Token(Operations, (uint)operation, "unknown (0x%02x)");
        int type = printer.U8(octets, 1), addressLength = printer.U8(octets, 2);
        bool isEthernet = type == Ethernet && addressLength == EthernetLength;
        if (isEthernet && operation == Request)
        {
            printer.Put(" from ");
            printer.EthernetAddress(octets, HardwareAddress);
        }

        printer.Put($", length {length}");
        if (printer.Verbosity == 0)
            return;
        if (!PacketPrinter.Has(octets, 8, 2))
        {
            printer.Truncated();
            return;
        }

        if (type != Ethernet)
            printer.Put($", htype {type}");
        if (!isEthernet)
            printer.Put($", hlen {addressLength}");
        if (octets[3] != 0)
            printer.Put($", hops {(uint)octets[3]}");
        if (printer.U32(octets, 4) is not 0 and var transaction)
            printer.Put($", xid 0x{transaction:x}");
        if (printer.U16(octets, 8) is not 0 and var seconds)
            printer.Put($", secs {(uint)seconds}");
        uint flags = printer.U16(octets, 10);
        printer.Put(", Flags [");
        printer.Bits(Flags, flags, "none");
        printer.Put("]");
        if (printer.Verbosity > 1)
            printer.Put($" (0x{flags:x4})");

        PrintAddress(printer, octets, 12, "Client");
        PrintAddress(printer, octets, 16, "Your");
        PrintAddress(printer, octets, 20, "Server");
        PrintAddress(printer, octets, 24, "Gateway");
        if (isEthernet)
        {
            printer.Put("\n\t  Client-Ethernet-Address ");
            printer.EthernetAddress(octets, HardwareAddress);
        }

        if (PrintText(printer, octets, ServerName, ServerNameLength, "sname") && PrintText(printer, octets, FileName, FileNameLength, "file"))
            PrintVendor(printer, octets);
    }

    private static void PrintAddress(PacketPrinter printer, ReadOnlySpan<byte> octets, int at, string name)
    {
        if (printer.U32(octets, at) == 0)
            return;
        printer.Put($"\n\t  {name}-IP ");
        printer.Ipv4Address(octets, at);
    }

    private static bool PrintText(PacketPrinter printer, ReadOnlySpan<byte> octets, int at, int most, string name)
    {
        if (printer.U8(octets, at) == 0)
            return true;
        printer.Put($"\n\t  {name} \"");
        bool isWhole = printer.TerminatedCharacters(octets, at, most) != 0;
        printer.Put("\"");
        if (!isWhole)
            printer.Truncated();
        return isWhole;
    }

    private static void PrintVendor(PacketPrinter printer, ReadOnlySpan<byte> octets)
    {
        if (!PacketPrinter.Has(octets, Vendor, 4))
        {
            printer.Truncated();
            return;
        }

        uint cookie = printer.U32(octets, Vendor);
        if (cookie == DhcpCookie)
            DhcpOptions.Print(printer, octets[Vendor..]);
        else if (cookie == CarnegieCookie)
            PrintCarnegie(printer, octets[Vendor..]);
        else if (cookie != 0)
            printer.Put($"\n\t  Vendor-#0x{cookie:x}");
    }

    private static void PrintCarnegie(PacketPrinter printer, ReadOnlySpan<byte> octets)
    {
        const int HasMask = 1;
        printer.Put(" vend-cmu");
        if (!PacketPrinter.Has(octets, 4, 4))
        {
            printer.Truncated();
            return;
        }

        uint flags = octets[4];
        if ((flags & ~HasMask) != 0)
            printer.Put($" F:0x{flags:x}");
        _ = PrintCarnegie(printer, octets, 12, "DG")
            && PrintCarnegie(printer, octets, 8, (flags & HasMask) != 0 ? "SM" : "SM*")
            && PrintCarnegie(printer, octets, 16, "NS1")
            && PrintCarnegie(printer, octets, 20, "NS2")
            && PrintCarnegie(printer, octets, 24, "IEN1")
            && PrintCarnegie(printer, octets, 28, "IEN2")
            && PrintCarnegie(printer, octets, 32, "TS1")
            && PrintCarnegie(printer, octets, 36, "TS2");
    }

    private static bool PrintCarnegie(PacketPrinter printer, ReadOnlySpan<byte> octets, int at, string name)
    {
        if (!PacketPrinter.Has(octets, at, 4))
        {
            printer.Truncated();
            return false;
        }

        if (printer.U32(octets, at) != 0)
        {
            printer.Put($" {name}:");
            printer.Ipv4Address(octets, at);
        }

        return true;
    }
}
