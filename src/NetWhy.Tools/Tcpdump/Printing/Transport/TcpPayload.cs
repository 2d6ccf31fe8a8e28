using NetWhy.Tools.Tcpdump.Printing.Application;
using NetWhy.Tools.Tcpdump.Printing.Routing;

namespace NetWhy.Tools.Tcpdump.Printing.Transport;

/// <summary>Prints what TCP carries, by its ports or as <c>-T</c> says. Source: IANA, Service Name and Transport Protocol Port Number Registry.</summary>
internal static class TcpPayload
{
    // Where both ports are known, the first of these is printed.
    private static readonly ushort[] Ports =
    [
        23, 25, 43, 179, 1723, 6379, 22, 10288, 6633, 6653, 21, 80, 8080, 554, 8554, 53, 639, 323, 646, 2049,
    ];

    /// <summary>Prints the data of a segment; nothing if its ports say nothing.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="octets">What was captured.</param>
    /// <param name="length">What it was long.</param>
    /// <param name="source">Port of the sender.</param>
    /// <param name="destination">Port of the receiver.</param>
    /// <param name="ip">The packet that carries it.</param>
    internal static void Print(PacketPrinter printer, ReadOnlySpan<byte> octets, int length, ushort source, ushort destination, in IpHeaderView ip)
    {
        if (printer.Options.PacketType is { } type)
        {
            PrintAs(printer, octets, length, type);
            return;
        }

        foreach (ushort port in Ports)
        {
            if (source == port || destination == port)
            {
                PrintPort(printer, octets, length, port, source, destination, ip);
                return;
            }
        }

        if (printer.Verbosity > 0)
            PrintRecognized(printer, PacketPrinter.First(octets, length));
    }

    // What no port tells, the octets may. tcpdump does not look at them, so nothing of this is said without -v.
    private static void PrintRecognized(PacketPrinter printer, ReadOnlySpan<byte> octets)
    {
        if (TlsPrinter.IsRecord(octets))
            TlsPrinter.Print(printer, octets);
        else if (Http2Printer.IsHttp2(octets))
            Http2Printer.Print(printer, octets);
    }

    private static void PrintAs(PacketPrinter printer, ReadOnlySpan<byte> octets, int length, string type)
    {
        switch (type)
        {
            case "domain":
                DomainPrinter.Print(printer, octets, length, isTcp: true, isMulticast: false);
                break;
            case "resp":
                RespPrinter.Print(printer, octets, length);
                break;
            case "zmtp1":
                ZmtpPrinter.Print(printer, octets, length);
                break;
        }
    }

    private static void PrintPort(
        PacketPrinter printer, ReadOnlySpan<byte> octets, int length, ushort port, ushort source, ushort destination, in IpHeaderView ip)
    {
        switch (port)
        {
            case 21:
                printer.Put(": ");
                TextProtocolPrinter.PrintFtp(printer, octets, length);
                break;
            case 22:
                SshPrinter.Print(printer, octets, length);
                break;
            case 23:
                TelnetPrinter.Print(printer, octets, length);
                break;
            case 25:
                printer.Put(": ");
                TextProtocolPrinter.PrintSmtp(printer, octets, length);
                break;
            case 43:
                printer.Put(": ");
                TextProtocolPrinter.PrintWhois(printer, octets, length);
                break;
            case 53:
                DomainPrinter.Print(printer, octets, length, isTcp: true, isMulticast: false);
                break;
            case 179:
                BgpPrinter.Print(printer, octets);
                break;
            case 646:
                LdpPrinter.Print(printer, octets, length);
                break;
            case 80 or 8080:
                printer.Put(": ");
                TextProtocolPrinter.PrintHttp(printer, octets, length);
                break;
            case 323:
                RpkiPrinter.Print(printer, octets, length);
                break;
            case 639:
                MsdpPrinter.Print(printer, octets, length);
                break;
            case 2049:
                PrintNfs(printer, octets, length, source, destination, ip);
                break;
            case 6379:
                RespPrinter.Print(printer, octets, length);
                break;
            case 6633 or 6653:
                OpenFlowPrinter.Print(printer, octets, length);
                break;
            case 10288:
                BeepPrinter.Print(printer, octets, length);
                break;
            case 1723:
                PptpPrinter.Print(printer, octets);
                break;
            case 554 or 8554:
                printer.Put(": ");
                TextProtocolPrinter.PrintRtsp(printer, octets, length);
                break;
        }
    }

    // The length of a fragment stands in front of it. Source: RFC 5531, section 11.
    private static void PrintNfs(
        PacketPrinter printer, ReadOnlySpan<byte> octets, int length, ushort source, ushort destination, in IpHeaderView ip)
    {
        if (length < 4 || !PacketPrinter.Has(octets, 8, 4))
            return;
        int fragment = (int)Math.Min(printer.U32(octets, 0) & 0x7fffffff, (uint)(length - 4));
        ReadOnlySpan<byte> message = octets[4..];
        uint direction = printer.U32(message, 4);
        if (destination == NfsPrinter.Port && direction == NfsPrinter.Call)
        {
            printer.Put($": NFS request xid {printer.U32(message, 0)} ");
            NfsPrinter.PrintCall(printer, message, fragment, ip);
        }
        else if (source == NfsPrinter.Port && direction == NfsPrinter.Reply)
        {
            printer.Put($": NFS reply xid {printer.U32(message, 0)} ");
            NfsReplyPrinter.Print(printer, message, fragment, ip);
        }
    }
}
