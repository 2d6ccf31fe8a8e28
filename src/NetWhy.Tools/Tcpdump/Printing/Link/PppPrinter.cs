using System.Buffers;
using NetWhy.Tools.Tcpdump.Printing.Network;
using NetWhy.Tools.Tcpdump.Printing.Routing;

namespace NetWhy.Tools.Tcpdump.Printing.Link;

/// <summary>Prints the point-to-point protocol. Sources: RFC 1661, RFC 1662, RFC 1990, RFC 1994, RFC 1334.</summary>
internal static class PppPrinter
{
    private const int HeaderLength = 4;
    private const ushort Framed = 0xff03;
    private const ushort Incoming = 0x0003; // what Linux puts there in place of an address
    private const ushort Outgoing = 0x0103;
    private const byte Escape = 0x7d;

    internal static readonly Token[] Protocols =
    [
        (0x0021, "IP"), (0x0023, "OSI"), (0x0025, "NS"), (0x0027, "DECNET"), (0x0029, "APPLE"), (0x002b, "IPX"), (0x002d, "VJC IP"),
        (0x002f, "VJNC IP"), (0x0031, "BRPDU"), (0x0033, "STII"), (0x0035, "VINES"), (0x0281, "MPLS"), (0x0283, "MPLS"), (0x00fd, "Compressed"),
        (0x003d, "MLPPP"), (0x0057, "IP6"), (0x0201, "HELLO"), (0x0231, "LUXCOM"), (0x0233, "SNS"), (0x8021, "IPCP"), (0x8023, "OSICP"),
        (0x8025, "NSCP"), (0x8027, "DECNETCP"), (0x8029, "APPLECP"), (0x802b, "IPXCP"), (0x8033, "STIICP"), (0x8035, "VINESCP"), (0x8057, "IP6CP"),
        (0x8281, "MPLSCP"), (0xc021, "LCP"), (0xc023, "PAP"), (0xc025, "LQM"), (0xc223, "CHAP"), (0xc227, "EAP"), (0xc027, "SPAP"),
        (0xc123, "Old-SPAP"), (0xc02b, "BACP"), (0xc02d, "BAP"), (0xc03d, "MLPPP-CP"), (0x80fd, "CCP"),
    ];

    private static readonly Token[] Fragments = [(128, "begin"), (64, "end")];
    private static readonly Token[] ChallengeCodes = [(1, "Challenge"), (2, "Response"), (3, "Success"), (4, "Fail")];
    private static readonly Token[] PasswordCodes = [(1, "Auth-Req"), (2, "Auth-ACK"), (3, "Auth-NACK")];

    /// <summary>Prints a packet of a link that is nothing but PPP.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="octets">What was captured.</param>
    /// <param name="length">What it was long.</param>
    internal static void PrintLink(PacketPrinter printer, ReadOnlySpan<byte> octets, int length)
    {
        printer.Protocol = "ppp";
        if (octets.Length < HeaderLength)
        {
            printer.LinkHeaderLength = octets.Length;
            printer.Truncated();
            return;
        }

        printer.LinkHeaderLength = HeaderLength;
        Print(printer, octets, length);
    }

    /// <summary>Prints a packet of a serial line: PPP or Cisco's HDLC.</summary>
    /// <inheritdoc cref="PrintLink"/>
    internal static void PrintSerial(PacketPrinter printer, ReadOnlySpan<byte> octets, int length)
    {
        printer.Protocol = "ppp_hdlc";
        if (octets.Length < 2)
        {
            printer.LinkHeaderLength = octets.Length;
            printer.Truncated();
            return;
        }

        if (octets[0] is 0x0f or 0x8f)
        {
            ChdlcPrinter.PrintLink(printer, octets, length);
            return;
        }

        if (octets.Length < HeaderLength)
        {
            printer.LinkHeaderLength = octets.Length;
            printer.Truncated();
            return;
        }

        if (printer.Options.ShowsLink)
            printer.Put($"{(uint)octets[0]:x2} {(uint)octets[1]:x2} {length} ");
        if (octets[0] != 0xff)
        {
            printer.LinkHeaderLength = 2;
            printer.Put($"unknown addr {(uint)octets[2]:x2}; ctrl {(uint)octets[3]:x2}");
            return;
        }

        printer.LinkHeaderLength = HeaderLength;
        ushort protocol = printer.U16(octets, 2);
        printer.Token(Protocols, protocol, "unknown PPP protocol (0x%04x)");
        printer.Put(": ");
        PrintProtocol(printer, protocol, octets, HeaderLength, length - HeaderLength);
    }

    /// <summary>Prints a packet with or without address, control and a shortened protocol.</summary>
    /// <returns>Length of the header.</returns>
    /// <inheritdoc cref="PrintLink"/>
    internal static int Print(PacketPrinter printer, ReadOnlySpan<byte> octets, int length)
    {
        printer.Protocol = "ppp";
        int wholeLength = length, at = 0;
        if (length < 2)
        {
            printer.Truncated();
            return 0;
        }

        ushort first = printer.U16(octets, 0);
        if (printer.IsCut)
            return 0;
        if (first is Incoming or Outgoing or Framed)
        {
            if (printer.Options.ShowsLink && first is not Framed)
                printer.Put(first is Incoming ? "In  " : "Out ");
            at = 2;
        }

        if (length < at + 2)
        {
            printer.Truncated();
            return 0;
        }

        uint protocol = printer.U8(octets, at);
        if (protocol % 2 == 1)
        {
            at++;
        }
        else
        {
            protocol = printer.U16(octets, at);
            at += 2;
        }

        if (printer.IsCut)
            return at;
        if (printer.Options.ShowsLink)
        {
            printer.Token(Protocols, protocol, "unknown");
            printer.Put($" (0x{protocol:x4}), length {wholeLength}");
            if (Token.Find(Protocols, protocol) is null)
                return at;
            printer.Put(": ");
        }

        PrintProtocol(printer, (ushort)protocol, octets, at, length - at);
        return at;
    }

    private static void PrintProtocol(PacketPrinter printer, ushort protocol, ReadOnlySpan<byte> frame, int at, int length)
    {
        ReadOnlySpan<byte> octets = frame[at..];
        if (!printer.Enter())
            return;
        switch (protocol)
        {
            case >= 0x7e00 and <= 0x7eff:
                PrintEscaped(printer, frame[(at - 1)..], length);
                break;
            case 0xc021 or 0x8021 or 0x8023 or 0x8281 or 0x8057 or 0x80fd or 0xc02b:
                PppControlPrinter.Print(printer, protocol, frame, at, length);
                break;
            case 0x3d:
                PrintMultilink(printer, octets, length);
                break;
            case 0xc223:
                PrintChallenge(printer, octets, length);
                break;
            case 0xc023:
                PrintPassword(printer, octets, length);
                break;
            case 0xc02d:
                break;
            case 0x0800 or 0x2f or 0x21:
                IpPrinter.Print(printer, octets, length);
                break;
            case 0x86dd or 0x57:
                Ipv6Printer.Print(printer, octets, length);
                break;
            case 0x23:
                OsiPrinter.Print(printer, octets, length);
                break;
            case 0x2b or 0x8137:
                IpxPrinter.Print(printer, octets);
                break;
            case 0x281 or 0x283:
                MplsPrinter.Print(printer, octets, length);
                break;
            case 0xfd:
                printer.Put("compressed PPP data");
                break;
            default:
                printer.Token(Protocols, protocol, "unknown PPP protocol (0x%04x)");
                printer.Put(" ");
                printer.Unknown(octets, 0, "\n\t", length);
                break;
        }

        printer.Leave();
    }

    // RFC 1662, 4.2: the octet after an escape has its sixth bit inverted.
    private static void PrintEscaped(PacketPrinter printer, ReadOnlySpan<byte> octets, int length)
    {
        if (length <= 0 || octets.IsEmpty)
            return;
        byte[] buffer = ArrayPool<byte>.Shared.Rent(octets.Length);
        int count = 0;
        for (int i = 0; i < octets.Length; i++)
        {
            byte octet = octets[i];
            if (octet == Escape)
            {
                if (++i >= octets.Length)
                    break;
                octet = (byte)(octets[i] ^ 0x20);
            }

            buffer[count++] = octet;
        }

        PrintUnescaped(printer, buffer.AsSpan(0, count));
        ArrayPool<byte>.Shared.Return(buffer);
    }

    private static void PrintUnescaped(PacketPrinter printer, ReadOnlySpan<byte> octets)
    {
        if (octets.IsEmpty)
        {
            printer.Truncated();
            return;
        }

        if (octets[0] == 0x21)
        {
            IpPrinter.Print(printer, octets[1..], octets.Length - 1);
            return;
        }

        if (octets[0] == 0x57)
        {
            Ipv6Printer.Print(printer, octets[1..], octets.Length - 1);
            return;
        }

        if (octets.Length < 2)
        {
            printer.Truncated();
            return;
        }

        ushort protocol = printer.U16(octets, 0);
        int at = 2;
        if (protocol == Framed)
        {
            if (octets.Length < 4)
            {
                printer.Truncated();
                return;
            }

            protocol = printer.U16(octets, 2);
            at = 4;
        }

        if ((protocol & 0xff00) == 0x7e00)
            printer.Put($"(protocol 0x{(uint)protocol:x4} invalid)");
        else
            PrintProtocol(printer, protocol, octets, at, octets.Length - at);
    }

    private static void PrintMultilink(PacketPrinter printer, ReadOnlySpan<byte> octets, int length)
    {
        if (!printer.Options.ShowsLink)
            printer.Put("MLPPP, ");
        if (length < 2 || octets.Length < 2)
        {
            printer.Put("[|mlppp]");
            return;
        }

        printer.Put($"seq 0x{printer.U16(octets, 0) & 0xfffu:x3}, Flags [");
        printer.Bits(Fragments, octets[0] & 0xc0u, "none");
        printer.Put($"], length {length}");
    }

    // Challenge handshake, RFC 1994.
    private static void PrintChallenge(PacketPrinter printer, ReadOnlySpan<byte> octets, int length)
    {
        if (!PutHead(printer, octets, length, "chap", "CHAP, ", ChallengeCodes))
            return;
        byte code = octets[0];
        int size = printer.U16(octets, 2), at = 4;
        if (printer.IsCut)
            return;
        if (code is 1 or 2)
        {
            if (length - at < 1)
                return;
            int valueLength = printer.U8(octets, at++);
            if (length - at < valueLength)
                return;
            printer.Put(", Value ");
            for (int i = 0; i < valueLength && !printer.IsCut; i++)
            {
                byte octet = printer.U8(octets, at++);
                printer.Put($"{(uint)octet:x2}");
            }

            printer.Put(", Name ");
            PutRest(printer, octets, at, size - at);
        }
        else if (code is 3 or 4)
        {
            printer.Put(", Msg ");
            PutRest(printer, octets, at, size - at);
        }
    }

    // A length that is too small wraps around, so that the packet ends where the capture does.
    private static void PutRest(PacketPrinter printer, ReadOnlySpan<byte> octets, int at, int count) =>
        printer.Characters(octets, at, count < 0 ? int.MaxValue : count);

    // Password authentication, RFC 1334.
    private static void PrintPassword(PacketPrinter printer, ReadOnlySpan<byte> octets, int length)
    {
        if (!PutHead(printer, octets, length, "pap", "PAP, ", PasswordCodes))
            return;
        byte code = octets[0];
        int size = printer.U16(octets, 2), at = 4;
        if (printer.IsCut)
            return;
        if (size > length)
        {
            printer.Put($", length {size} > packet size");
            return;
        }

        if (size < 4)
        {
            printer.Put($", length {size} < PAP header length");
            return;
        }

        if ((code is 1 && size < 6) || (code is 2 or 3 && size < 5))
        {
            printer.Put("[|pap]");
            return;
        }

        if (code is 1)
            _ = PutField(printer, octets, size, ref at, ", Peer ") && PutField(printer, octets, size, ref at, ", Name ");
        else if (code is 2 or 3)
            PutField(printer, octets, size, ref at, ", Msg ");
    }

    private static bool PutField(PacketPrinter printer, ReadOnlySpan<byte> octets, int length, ref int at, string name)
    {
        if (length - at < 1)
            return false;
        int size = printer.U8(octets, at++);
        if (length - at < size)
            return false;
        printer.Put(name);
        printer.Characters(octets, at, size);
        at += size;
        return true;
    }

    private static bool PutHead(PacketPrinter printer, ReadOnlySpan<byte> octets, int length, string protocol, string title, Token[] codes)
    {
        if (length < 1)
        {
            printer.Put($"[|{protocol}]");
            return false;
        }

        byte code = printer.U8(octets, 0);
        if (printer.IsCut)
            return false;
        if (length < 4)
        {
            printer.Put($"[|{protocol} 0x{(uint)code:x2}]");
            return false;
        }

        printer.Put(title);
        printer.Token(codes, code, "unknown");
        printer.Put($" (0x{(uint)code:x2})");
        byte identifier = printer.U8(octets, 1);
        printer.Put($", id {identifier}");
        return true;
    }
}
