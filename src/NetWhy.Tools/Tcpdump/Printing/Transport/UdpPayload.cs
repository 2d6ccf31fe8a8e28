using NetWhy.Tools.Tcpdump.Printing.Application;
using NetWhy.Tools.Tcpdump.Printing.Application.Isakmp;
using NetWhy.Tools.Tcpdump.Printing.Link;
using NetWhy.Tools.Tcpdump.Printing.Routing;

namespace NetWhy.Tools.Tcpdump.Printing.Transport;

/// <summary>Prints what UDP carries, by its ports or as <c>-T</c> says. Source: IANA, Service Name and Transport Protocol Port Number Registry.</summary>
internal static class UdpPayload
{
    // Where both ports are known, the first of these is printed.
    private static readonly ushort[] Ports =
    [
        53, 5353, 525, 69, 67, 68, 520, 654, 500, 4500, 7500, 8500, 161, 162, 123, 88, 750, 1701, 3456, 2103, 2104, 7000, 7001, 7002, 7003, 7004,
        7005, 7006, 7007, 7008, 7009, 521, 546, 547, 5359, 6696, 6697, 8231, 4567, 496, 1812, 1645, 1813, 1646, 1700, 3799, 1985, 921, 646, 698,
        3503, 3784, 4784, 6784, 3785, 701, 1589, 6343, 12223, 12222, 5060, 514, 8472, 4789, 6081, 4342, 4790, 17754, 6635, 319, 320, 30490, 49152,
    ];

    /// <summary>Prints what is printed in place of addresses and ports: the protocols of Sun RPC, and what <c>-T</c> does not know in UDP.</summary>
    /// <returns>Whether it was such a thing.</returns>
    /// <inheritdoc cref="Print"/>
    internal static bool PrintInstead(PacketPrinter printer, ReadOnlySpan<byte> octets, int length, ushort source, ushort destination, in IpHeaderView ip)
    {
        _ = octets;
        _ = length;
        _ = source;
        _ = destination;
        _ = ip;
        return printer.Options.PacketType is "resp" or "zmtp1" or "carp";
    }

    /// <summary>Prints what is printed in place of the checksum: NFS.</summary>
    /// <returns>Whether it was such a thing.</returns>
    /// <inheritdoc cref="Print"/>
    internal static bool PrintFirst(PacketPrinter printer, ReadOnlySpan<byte> octets, int length, ushort source, ushort destination, in IpHeaderView ip)
    {
        if (printer.Options.PacketType is not null || printer.Options.Quietness > 0 || !PacketPrinter.Has(octets, 4, 4))
            return false;
        uint direction = printer.U32(octets, 4);
        if (destination == NfsPrinter.Port && direction == NfsPrinter.Call)
        {
            printer.Put($"NFS request xid {printer.U32(octets, 0)} ");
            NfsPrinter.PrintCall(printer, octets, length, ip);
            return true;
        }

        if (source != NfsPrinter.Port || direction != NfsPrinter.Reply)
            return false;
        printer.Put($"NFS reply xid {printer.U32(octets, 0)} ");
        NfsReplyPrinter.Print(printer, octets, length, ip);
        return true;
    }

    /// <summary>Prints the data of a datagram.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="octets">What was captured.</param>
    /// <param name="length">What it was long.</param>
    /// <param name="source">Port of the sender.</param>
    /// <param name="destination">Port of the receiver.</param>
    /// <param name="ip">The packet that carries it.</param>
    /// <returns>Whether its protocol is known.</returns>
    internal static bool Print(PacketPrinter printer, ReadOnlySpan<byte> octets, int length, ushort source, ushort destination, in IpHeaderView ip)
    {
        if (printer.Options.PacketType is { } type)
            return PrintAs(printer, octets, length, type, ip);
        if (printer.Options.Quietness > 0)
            return false;
        foreach (ushort port in Ports)
        {
            if ((source == port || destination == port) && PrintPort(printer, octets, length, port, source, destination, ip))
                return true;
        }

        return false;
    }

    private static bool PrintAs(PacketPrinter printer, ReadOnlySpan<byte> octets, int length, string type, in IpHeaderView ip)
    {
        switch (type)
        {
            case "domain":
                DomainPrinter.Print(printer, octets, length, isTcp: false, isMulticast: false);
                return true;
            case "radius":
                RadiusPrinter.Print(printer, octets, length);
                return true;
            case "aodv":
                AodvPrinter.Print(printer, octets, length, ip.Version == 6);
                return true;
            case "cnfp":
                NetFlowPrinter.Print(printer, octets);
                return true;
            case "lmp":
                LmpPrinter.Print(printer, octets, length);
                return true;
            case "rtcp":
                RtpPrinter.PrintRtcp(printer, octets);
                return true;
            case "rtp":
                RtpPrinter.PrintRtp(printer, octets, length);
                return true;
            case "snmp":
                SnmpPrinter.Print(printer, octets, length);
                return true;
            case "someip":
                SomeIpPrinter.Print(printer, octets, length);
                return true;
            case "vat":
                RtpPrinter.PrintVat(printer, octets, length);
                return true;
            case "pgm" or "pgm_zmtp1":
                PgmPrinter.Print(printer, octets, length, ip);
                return true;
            case "ptp":
                PtpPrinter.Print(printer, octets, length);
                return true;
            case "vxlan":
                VxlanPrinter.Print(printer, octets, length);
                return true;
            case "tftp":
                TftpPrinter.Print(printer, octets, length);
                return true;
            default:
                return false;
        }
    }

    private static bool PrintPort(
        PacketPrinter printer, ReadOnlySpan<byte> octets, int length, ushort port, ushort source, ushort destination, in IpHeaderView ip)
    {
        switch (port)
        {
            case 53:
                DomainPrinter.Print(printer, octets, length, isTcp: false, isMulticast: false);
                return true;
            case 67 or 68:
                BootpPrinter.Print(printer, octets, length);
                return true;
            case 69:
                TftpPrinter.Print(printer, octets, length);
                return true;
            case 88 or 750:
                KerberosPrinter.Print(printer, octets);
                return true;
            case 123:
                NtpPrinter.Print(printer, octets, length);
                return true;
            case 161 or 162:
                SnmpPrinter.Print(printer, octets, length);
                return true;
            case 496:
                AutoRpPrinter.Print(printer, octets, length);
                return true;
            case 500 or 7500 or 8500:
                IsakmpPrinter.Print(printer, octets, length, ip);
                return true;
            case 514:
                SyslogPrinter.Print(printer, octets, length);
                return true;
            case 546 or 547:
                Dhcp6Printer.Print(printer, octets, length);
                return true;
            case 525:
                TimedPrinter.Print(printer, octets);
                return true;
            case 654:
                AodvPrinter.Print(printer, octets, length, ip.Version == 6);
                return true;
            case 319 or 320:
                PtpPrinter.Print(printer, octets, length);
                return true;
            case 1589:
                VqpPrinter.Print(printer, octets, length);
                return true;
            case 1812 or 1645 or 1813 or 1646 or 1700 or 3799:
                RadiusPrinter.Print(printer, octets, length);
                return true;
            case 2103 or 2104:
                ZephyrPrinter.Print(printer, octets, length);
                return true;
            case 3456 when destination == 3456:
                RtpPrinter.PrintVat(printer, octets, length);
                return true;
            case 12222:
                LwappPrinter.PrintData(printer, octets, length);
                return true;
            case 12223:
                LwappPrinter.PrintControl(printer, octets, length, hasIdentity: destination == 12223);
                return true;
            case >= 7000 and <= 7009:
                RxPrinter.Print(printer, octets, length, source, destination, ip);
                return true;
            case 30490:
                SomeIpPrinter.Print(printer, octets, length);
                return true;
            case 1701:
                L2tpPrinter.Print(printer, octets, length);
                return true;
            case 1985 when destination == 1985:
                HsrpPrinter.Print(printer, octets, length);
                return true;
            case 4342:
                LispPrinter.Print(printer, octets, length);
                return true;
            case 4500:
                IsakmpPrinter.PrintShared(printer, octets, length, ip);
                return true;
            case 4789:
                VxlanPrinter.Print(printer, octets, length);
                return true;
            case 4790:
                VxlanPrinter.PrintGeneric(printer, octets, length);
                return true;
            case 6081:
                GenevePrinter.Print(printer, octets, length);
                return true;
            case 6635:
                MplsPrinter.Print(printer, octets, length);
                return true;
            case 8472:
                OtvPrinter.Print(printer, octets, length);
                return true;
            case 49152 when source == 49152:
                BroadcomInterceptPrinter.Print(printer, octets, length);
                return true;
            case 5060:
                TextProtocolPrinter.PrintSip(printer, octets, length);
                return true;
            case 5353:
                DomainPrinter.Print(printer, octets, length, isTcp: false, isMulticast: true);
                return true;
            default:
                return RoutingPorts.Print(printer, octets, length, port, destination, ip.Version == 6);
        }
    }
}
