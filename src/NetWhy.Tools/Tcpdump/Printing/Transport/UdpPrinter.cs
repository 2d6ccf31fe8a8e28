using NetWhy.Tools.Tcpdump.Printing.Application;
using NetWhy.Tools.Tcpdump.Printing.Network;

namespace NetWhy.Tools.Tcpdump.Printing.Transport;

/// <summary>Prints UDP datagrams. Source: RFC 768.</summary>
internal static class UdpPrinter
{
    private const int HeaderLength = 8;

    /// <summary>Prints a datagram.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="octets">What was captured.</param>
    /// <param name="length">What it was long.</param>
    /// <param name="ip">The packet that carries it.</param>
    /// <param name="isFragment">Whether more of it comes in other packets.</param>
    internal static void Print(PacketPrinter printer, ReadOnlySpan<byte> octets, int length, in IpHeaderView ip, bool isFragment)
    {
        printer.Protocol = "udp";
        if (!PacketPrinter.Has(octets, 0, 4))
        {
            if (ip.NextHeader == IpPayload.Udp)
            {
                PortPrinting.Addresses(printer, ip);
                printer.Put(": ");
            }

            printer.Truncated();
            return;
        }

        ushort source = printer.U16(octets, 0), destination = printer.U16(octets, 2);
        if (length < HeaderLength)
        {
            PortPrinting.Ends(printer, ip, IpPayload.Udp, source, destination, "udp");
            printer.Put($"truncated-udp {length}");
            return;
        }

        if (!PacketPrinter.Has(octets, 4, 2))
        {
            PortPrinting.Ends(printer, ip, IpPayload.Udp, source, destination, "udp");
            printer.Truncated();
            return;
        }

        int said = printer.U16(octets, 4);
        if (said == 0 && length > ushort.MaxValue)
            said = length; // a jumbogram; RFC 2675, section 4
        if (said < HeaderLength)
        {
            PortPrinting.Ends(printer, ip, IpPayload.Udp, source, destination, "udp");
            printer.Put($"truncated-udplength {said}");
            return;
        }

        said -= HeaderLength;
        length -= HeaderLength;
        if (said < length)
            length = said;
        if (octets.Length < HeaderLength)
        {
            PortPrinting.Ends(printer, ip, IpPayload.Udp, source, destination, "udp");
            printer.Truncated();
            return;
        }

        ReadOnlySpan<byte> payload = octets[HeaderLength..];
        if (UdpPayload.PrintInstead(printer, payload, length, source, destination, ip))
            return;
        PortPrinting.Ends(printer, ip, IpPayload.Udp, source, destination, "udp");
        if (UdpPayload.PrintFirst(printer, payload, length, source, destination, ip))
            return;
        if (printer.Verbosity > (ip.Version == 4 ? 1 : 0) && !printer.Options.SkipsChecksums && !isFragment && printer.Options.PacketType is null)
            PrintChecksum(printer, octets, length, ip);
        if (!UdpPayload.Print(printer, payload, length, source, destination, ip))
        {
            if (said > length && !isFragment)
                printer.Put($"UDP, bad length {said} > {length}");
            else
                printer.Put($"UDP, length {said}");
            if (printer.Verbosity > 0 && printer.Options.PacketType is null && printer.Options.Quietness == 0)
                QuicPrinter.Print(printer, PacketPrinter.First(payload, length), source, destination); // tcpdump does not
        }
    }

    private static void PrintChecksum(PacketPrinter printer, ReadOnlySpan<byte> octets, int length, in IpHeaderView ip)
    {
        ushort sent = printer.U16(octets, 6);
        if (sent == 0 && ip.Version == 4)
        {
            printer.Put("[no cksum] ");
            return;
        }

        if (octets.Length < length + HeaderLength || !ip.HasPayloadLength)
            return;
        ushort computed = Checksums.Of(ip, IpPayload.Udp, octets[..(length + HeaderLength)]);
        if (computed == 0)
            printer.Put("[udp sum ok] ");
        else
            printer.Put($"[bad udp cksum 0x{(uint)sent:x4} -> 0x{(uint)Checksums.Right(sent, computed):x4}!] ");
    }
}
