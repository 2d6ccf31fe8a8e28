using NetWhy.Tools.Tcpdump.Printing.Network;
using NetWhy.Wire;

namespace NetWhy.Tools.Tcpdump.Printing.Transport;

/// <summary>Prints TCP segments. Source: RFC 9293.</summary>
internal static class TcpPrinter
{
    private const int FixedLength = 20;

    private static readonly Token[] Flags =
    [
        (0x01, "F"), (0x02, "S"), (0x04, "R"), (0x08, "P"), (0x10, "."), (0x20, "U"), (0x40, "E"), (0x80, "W"),
    ];

    /// <summary>Prints a segment.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="octets">What was captured.</param>
    /// <param name="length">What it was long.</param>
    /// <param name="ip">The packet that carries it.</param>
    /// <param name="isFragment">Whether more of it comes in other packets.</param>
    internal static void Print(PacketPrinter printer, ReadOnlySpan<byte> octets, int length, in IpHeaderView ip, bool isFragment)
    {
        printer.Protocol = "tcp";
        if (!PacketPrinter.Has(octets, 0, 4))
        {
            PortPrinting.Addresses(printer, ip);
            printer.Put(":");
            printer.Cut();
            return;
        }

        ushort sourcePort = printer.U16(octets, 0), destinationPort = printer.U16(octets, 2);
        PortPrinting.Ends(printer, ip, IpPayload.Tcp, sourcePort, destinationPort, "tcp");
        if (octets.Length < FixedLength)
        {
            printer.Truncated();
            return;
        }

        int headerLength = (octets[12] >> 4) * 4;
        if (headerLength < FixedLength)
        {
            printer.Put($" tcp {unchecked((uint)(length - headerLength))} [bad hdr length {headerLength} - too short, < {FixedLength}]");
            return;
        }

        uint sequence = printer.U32(octets, 4), acknowledgment = printer.U32(octets, 8);
        ushort window = printer.U16(octets, 14), urgent = printer.U16(octets, 18);
        if (printer.Options.Quietness > 0)
        {
            printer.Put($"tcp {unchecked((uint)(length - headerLength))}");
            if (headerLength > length)
            {
                printer.Put($" [bad hdr length {headerLength} - too long, > {length}]");
            }

            return;
        }

        uint flags = printer.U8(octets, 13);
        printer.Put("Flags [");
        printer.Bits(Flags, flags, "none", "");
        printer.Put("]");

        uint sackBase = 0;
        bool isAcknowledgment = (flags & (uint)TcpFlags.Ack) != 0;
        if (!printer.Options.IsAbsolute && isAcknowledgment)
        {
            sackBase = printer.Sequences.Relate(
                ip.Source, ip.Destination, sourcePort, destinationPort, (flags & (uint)TcpFlags.Syn) != 0, ref sequence, ref acknowledgment);
        }

        if (headerLength > length)
        {
            printer.Put($" [bad hdr length {headerLength} - too long, > {length}]");
            return;
        }

        if (printer.Verbosity > 0 && !printer.Options.SkipsChecksums && !isFragment && ip.HasPayloadLength && octets.Length >= length)
        {
            ushort sent = printer.U16(octets, 16), computed = Checksums.Of(ip, IpPayload.Tcp, octets[..length]);
            printer.Put($", cksum 0x{(uint)sent:x4}");
            if (computed == 0)
                printer.Put(" (correct)");
            else
                printer.Put($" (incorrect -> 0x{(uint)Checksums.Right(sent, computed):x4})");
        }

        length -= headerLength;
        if (printer.Verbosity > 1 || length > 0 || (flags & (uint)(TcpFlags.Syn | TcpFlags.Fin | TcpFlags.Rst)) != 0)
        {
            printer.Put($", seq {sequence}");
            if (length > 0)
                printer.Put($":{unchecked(sequence + (uint)length)}");
        }

        if (isAcknowledgment)
            printer.Put($", ack {acknowledgment}");
        printer.Put($", win {window}");
        if ((flags & (uint)TcpFlags.Urg) != 0)
            printer.Put($", urg {urgent}");
        bool isWhole = headerLength + length <= octets.Length;
        if (headerLength > FixedLength
            && !TcpOptions.Print(printer, octets[FixedLength..], headerLength - FixedLength, sackBase, (byte)flags, isWhole))
        {
            return;
        }

        printer.Put($", length {length}");
        if (length == 0)
            return;
        if (octets.Length < headerLength)
        {
            printer.Put($" [remaining caplen({octets.Length}) < header length({headerLength})]");
            printer.Truncated();
            return;
        }

        ReadOnlySpan<byte> payload = octets[headerLength..];
        if ((flags & (uint)TcpFlags.Rst) != 0 && printer.Verbosity > 0)
            PrintResetCause(printer, payload, length);
        else
            TcpPayload.Print(printer, payload, length, sourcePort, destinationPort, ip);
    }

    // Some senders say in words why they reset. Source: RFC 9293, section 3.10.7 (data in a RST is allowed).
    private static void PrintResetCause(PacketPrinter printer, ReadOnlySpan<byte> payload, int length)
    {
        const int Most = 30;
        printer.Put(length > payload.Length ? " [!RST" : " [RST");
        printer.Put(length > Most ? "+" : "");
        printer.Put(" ");
        foreach (byte octet in PacketPrinter.First(payload, Math.Min(length, Most)))
            printer.Character(octet);
        printer.Put("]");
    }
}
