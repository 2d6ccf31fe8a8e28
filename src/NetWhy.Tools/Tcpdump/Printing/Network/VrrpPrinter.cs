using NetWhy.Wire;

namespace NetWhy.Tools.Tcpdump.Printing.Network;

/// <summary>Prints the Virtual Router Redundancy Protocol. Source: RFC 2338 (version 2), RFC 5798 (version 3).</summary>
internal static class VrrpPrinter
{
    private const byte Protocol = 112;
    private const byte Advertisement = 1;
    private const byte SimplePassword = 1;

    private static readonly Token[] Types = [(Advertisement, "Advertisement")];

    private static readonly Token[] Authentications = [(0, "none"), (SimplePassword, "simple"), (2, "ah")];

    /// <summary>Prints a message.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="octets">What was captured.</param>
    /// <param name="length">What it was long.</param>
    /// <param name="ip">The packet that carries it.</param>
    internal static void Print(PacketPrinter printer, ReadOnlySpan<byte> octets, int length, in IpHeaderView ip)
    {
        printer.Protocol = "vrrp";
        printer.Put("VRRP");
        byte first = printer.U8(octets, 0);
        int version = first >> 4, type = first & 0xf;
        printer.Put($"v{version}, ");
        printer.Token(Types, (uint)type, "unknown type (%u)");
        if (ip.TimeToLive != 255)
            printer.Put($", (ttl {ip.TimeToLive})");
        if (version is not (2 or 3) || type != Advertisement)
            return;
        printer.Need(octets, 1, 2);
        printer.Put($", vrid {printer.U8(octets, 1)}, prio {printer.U8(octets, 2)}");
        byte authentication = 0;
        if (version == 2)
        {
            authentication = printer.U8(octets, 4);
            printer.Put(", authtype ");
            printer.Token(Authentications, authentication, "#%d");
            printer.Need(octets, 5, 1);
            printer.Put($", intvl {printer.U8(octets, 5)}s, length {length}");
        }
        else
        {
            int interval = printer.U16(octets, 4) & 0xfff;
            printer.Put($", intvl {interval}cs, length {length}");
        }

        if (printer.Verbosity == 0)
            return;
        byte count = printer.U8(octets, 3);
        if (octets.Length >= length)
        {
            ReadOnlySpan<byte> message = octets[..length];
            if ((version == 2 ? InternetChecksum.Of(message) : Checksums.Of(ip, Protocol, message)) != 0 && printer.Need(octets, 6, 2))
                printer.Put($", (bad vrrp cksum {(uint)printer.U16(octets, 6):x})");
        }

        PrintAddresses(printer, octets, count, ip.Version == 4 ? 4 : 16);
        if (version == 2 && authentication == SimplePassword)
        {
            printer.Put(" auth \"");
            printer.PaddedCharacters(octets, 8 + (count * (ip.Version == 4 ? 4 : 16)), 8);
            printer.Put("\"");
        }
    }

    private static void PrintAddresses(PacketPrinter printer, ReadOnlySpan<byte> octets, int count, int size)
    {
        printer.Put(", addrs");
        if (count > 1)
            printer.Put($"({count})");
        printer.Put(":");
        for (int i = 0; i < count && !printer.IsCut; i++)
        {
            int at = 8 + (i * size);
            printer.Need(octets, at, size);
            printer.Put(i == 0 ? " " : ",");
            if (size == 4)
                printer.Ipv4Address(octets, at);
            else
                printer.Ipv6Address(octets, at);
        }
    }
}
