using NetWhy.Tools.Tcpdump.Printing.Network;

namespace NetWhy.Tools.Tcpdump.Printing.Application.Isakmp;

/// <summary>Prints the Internet Security Association and Key Management Protocol. Source: RFC 2408, RFC 7296, RFC 3948.</summary>
internal static class IsakmpPrinter
{
    private const int HeaderLength = 28;
    private const int PayloadHeaderLength = 4;
    private const byte KeepAlive = 0xff;

    /// <summary>Prints a message.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="octets">What was captured.</param>
    /// <param name="length">What it was long.</param>
    /// <param name="ip">The packet that carries it.</param>
    internal static void Print(PacketPrinter printer, ReadOnlySpan<byte> octets, int length, in IpHeaderView ip)
    {
        printer.Protocol = "isakmp";
        if (octets.Length < HeaderLength)
        {
            printer.Truncated();
            return;
        }

        printer.Put("isakmp");
        int major = octets[17] >> 4;
        if (printer.Verbosity > 0)
        {
            printer.Put($" {major}.{octets[17] & 0xf} msgid ");
            IkeNames.Raw(printer, octets, 20, 4);
        }

        if (printer.Verbosity > 1)
        {
            printer.Put(" cookie ");
            IkeNames.Raw(printer, octets, 0, 8);
            printer.Put("->");
            IkeNames.Raw(printer, octets, 8, 8);
        }

        printer.Put(":");
        if (major is not (1 or 2))
            return;
        byte flags = octets[19];
        int phase = printer.U32(octets, 20) == 0 ? 1 : 2;
        if (major == 1)
        {
            printer.Put($"{(phase == 1 ? " phase 1 " : " phase 2/others ")}{Side(printer, octets, ip)} ");
            IkeNames.Exchange(printer, octets[18]);
            if (flags != 0)
                printer.Put($"[{((flags & 1) != 0 ? "E" : "")}{((flags & 2) != 0 ? "C" : "")}]");
        }
        else
        {
            printer.Put(phase == 1 ? " parent_sa " : " child_sa  ");
            IkeNames.Exchange(printer, octets[18]);
            if (flags != 0)
                printer.Put($"[{((flags & 8) != 0 ? "I" : "")}{((flags & 16) != 0 ? "V" : "")}{((flags & 32) != 0 ? "R" : "")}]");
        }

        if (printer.Verbosity > 0)
            PrintPayloads(printer, octets, length, isVersion2: major == 2);
    }

    /// <summary>Prints a message of the port that key exchange and encrypted packets share. Source: RFC 3948, section 2.</summary>
    /// <inheritdoc cref="Print"/>
    internal static void PrintShared(PacketPrinter printer, ReadOnlySpan<byte> octets, int length, in IpHeaderView ip)
    {
        printer.Protocol = "isakmp_rfc3948";
        if (length == 1 && printer.U8(octets, 0) == KeepAlive)
        {
            printer.Put("isakmp-nat-keep-alive");
            return;
        }

        if (length < 4)
        {
            printer.Truncated();
            return;
        }

        if (printer.U32(octets, 0) == 0)
        {
            printer.Put("NONESP-encap: ");
            Print(printer, PacketPrinter.From(octets, 4), length - 4, ip);
            return;
        }

        printer.Put("UDP-encap: ");
        EspPrinter.Print(printer, octets, length);
    }

    private static char Side(PacketPrinter printer, ReadOnlySpan<byte> octets, in IpHeaderView ip)
    {
        ReadOnlySpan<byte> cookie = octets[..8];
        int place = printer.Initiators.Find(cookie);
        if (place >= 0)
            return printer.Initiators.Side(place, ip);
        if (octets.Slice(8, 8).ContainsAnyExcept((byte)0))
            return '?';
        printer.Initiators.Remember(cookie, ip);
        return 'I';
    }

    private static void PrintPayloads(PacketPrinter printer, ReadOnlySpan<byte> octets, int length, bool isVersion2)
    {
        const byte Encrypted = 1;
        printer.Put(":");
        byte next = octets[16];
        if ((octets[19] & Encrypted) != 0)
        {
            printer.Put(" [encrypted ");
            IkeNames.Payload(printer, next);
            printer.Put("]");
        }
        else
        {
            PrintChain(printer, octets, next, HeaderLength, 0, 0, isVersion2);
        }

        uint said = printer.U32(octets, 24);
        if (said != length)
            printer.Put($" (len mismatch: isakmp {said}/ip {length})");
    }

    /// <summary>Prints payloads, each of which names the next.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="octets">What was captured of the message.</param>
    /// <param name="next">What the first is.</param>
    /// <param name="at">Where it begins.</param>
    /// <param name="protocol">For which protocol transforms are.</param>
    /// <param name="depth">How deep the payload lies that holds them.</param>
    /// <param name="isVersion2">Whether the message is of version 2.</param>
    /// <returns>Where they end; -1 if one is cut short.</returns>
    internal static int PrintChain(PacketPrinter printer, ReadOnlySpan<byte> octets, byte next, int at, byte protocol, int depth, bool isVersion2)
    {
        if (!printer.Enter())
            return -1;
        while (next != 0 && !printer.IsCut)
        {
            if (!PacketPrinter.Has(octets, at, PayloadHeaderLength) || !PacketPrinter.Has(octets, at, printer.U16(octets, at + 2)))
            {
                IkeNames.Cut(printer, next);
                at = -1;
                break;
            }

            Indent(printer, depth + 1);
            int end = PrintPayload(printer, octets, next, at, protocol, depth + 1, isVersion2);
            printer.Put(")");
            if (end < 0)
            {
                at = -1;
                break;
            }

            next = octets[at];
            at = end;
        }

        printer.Leave();
        return at;
    }

    /// <summary>Begins a payload on a line of its own.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="depth">How deep it lies.</param>
    internal static void Indent(PacketPrinter printer, int depth)
    {
        printer.Put("\n");
        for (int i = 0; i < depth; i++)
            printer.Put("    ");
        printer.Put("(");
    }

    private static int PrintPayload(PacketPrinter printer, ReadOnlySpan<byte> octets, byte type, int at, byte protocol, int depth, bool isVersion2)
    {
        const byte Encrypted = 46;
        int size = printer.U16(octets, at + 2);
        if (size <= PayloadHeaderLength)
            return -1;
        if (type is >= 1 and <= 13)
            return Ike1Payloads.Print(printer, octets, type, at, size, protocol, depth);
        if (type is >= 33 and <= 48 && (type != Encrypted || isVersion2))
            return Ike2Payloads.Print(printer, octets, type, at, size, depth);
        IkeNames.Payload(printer, type);
        return at + size;
    }
}
