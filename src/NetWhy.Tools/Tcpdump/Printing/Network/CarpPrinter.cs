using NetWhy.Wire;

namespace NetWhy.Tools.Tcpdump.Printing.Network;

/// <summary>Prints the Common Address Redundancy Protocol. Source: carp(4) of OpenBSD.</summary>
internal static class CarpPrinter
{
    private const int Advertisement = 1;

    /// <summary>Prints a message.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="octets">What was captured.</param>
    /// <param name="length">What it was long.</param>
    /// <param name="ip">The packet that carries it.</param>
    internal static void Print(PacketPrinter printer, ReadOnlySpan<byte> octets, int length, in IpHeaderView ip)
    {
        printer.Protocol = "carp";
        byte first = printer.U8(octets, 0);
        int version = first >> 4, type = first & 0xf;
        printer.Put($"CARPv{version}-{(type == Advertisement ? "advertise" : "unknown")} {length}: ");
        if (ip.TimeToLive != 255)
            printer.Put($"[ttl={ip.TimeToLive}!] ");
        if (version != 2 || type != Advertisement)
            return;
        printer.Need(octets, 1, 5);
        printer.Put(
            $"vhid={printer.U8(octets, 1)} advbase={printer.U8(octets, 5)} advskew={printer.U8(octets, 2)} authlen={printer.U8(octets, 3)} ");
        if (printer.Verbosity > 0 && octets.Length >= length && InternetChecksum.Of(octets[..length]) != 0)
        {
            uint sent = printer.U16(octets, 6);
            printer.Put($" (bad carp cksum {sent:x}!)");
        }

        printer.Need(octets, 8, 8);
        printer.Put($"counter={printer.U64(octets, 8)}");
    }
}
