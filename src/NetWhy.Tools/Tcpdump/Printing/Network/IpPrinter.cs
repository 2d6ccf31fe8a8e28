using NetWhy.Wire;

namespace NetWhy.Tools.Tcpdump.Printing.Network;

/// <summary>Prints IPv4. Source: RFC 791, RFC 3168.</summary>
internal static class IpPrinter
{
    private const int FixedLength = 20;
    private const ushort MoreFragments = 0x2000;
    private const ushort OffsetMask = 0x1fff;

    private static readonly Token[] Flags = [(0x2000, "+"), (0x4000, "DF"), (0x8000, "rsvd")];

    private static readonly Token[] Options =
    [
        (0, "EOL"), (1, "NOP"), (68, "timestamp"), (130, "security"), (7, "RR"), (137, "SSRR"), (131, "LSRR"), (148, "RA"), (82, "traceroute"),
    ];

    /// <summary>Prints a packet of the version that its first octet says.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="octets">What was captured.</param>
    /// <param name="length">What it was long.</param>
    internal static void PrintEither(PacketPrinter printer, ReadOnlySpan<byte> octets, int length)
    {
        if (length < 1)
        {
            printer.Put($"truncated-ip {length}");
            return;
        }

        int version = printer.U8(octets, 0) >> 4;
        if (version == 4)
            Print(printer, octets, length);
        else if (version == 6)
            Ipv6Printer.Print(printer, octets, length);
        else
            printer.Put($"unknown ip {version}");
    }

    /// <summary>Prints a packet.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="octets">What was captured.</param>
    /// <param name="length">What it was long.</param>
    internal static void Print(PacketPrinter printer, ReadOnlySpan<byte> octets, int length)
    {
        printer.Protocol = "ip";
        int version = printer.U8(octets, 0) >> 4;
        if (printer.IsCut)
            return;
        if (version != 4)
        {
            printer.Put(version == 6 ? "IP6, wrong link-layer encapsulation" : $"IP{version}");
            printer.Invalid();
            return;
        }

        if (!printer.Options.ShowsLink)
            printer.Put("IP ");
        if (octets.Length < FixedLength)
        {
            printer.Truncated();
            return;
        }

        if (length < FixedLength)
        {
            printer.Put($"truncated-ip {length}");
            return;
        }

        int headerLength = (octets[0] & 0xf) * 4;
        if (headerLength < FixedLength)
        {
            printer.Put($"bad-hlen {headerLength}");
            return;
        }

        int total = printer.U16(octets, 2);
        if (length < total)
            printer.Put($"truncated-ip - {total - length} bytes missing! ");
        if (total < headerLength)
        {
            printer.Put($"bad-len {total}");
            return;
        }

        if (!printer.Enter())
            return;
        octets = PacketPrinter.First(octets, total);
        ushort fragment = printer.U16(octets, 6);
        if (printer.Verbosity == 0 || PrintDetails(printer, octets, headerLength, fragment))
            PrintPayload(printer, octets, headerLength, total - headerLength, fragment);
        printer.Leave();
    }

    private static void PrintPayload(PacketPrinter printer, ReadOnlySpan<byte> octets, int headerLength, int length, ushort fragment)
    {
        byte protocol = octets[9];
        if ((fragment & OffsetMask) == 0)
        {
            if (protocol is not (IpPayload.Tcp or IpPayload.Udp or IpPayload.Sctp or IpPayload.Dccp))
            {
                PutAddresses(printer, octets);
                printer.Put(": ");
            }

            if (octets.Length < headerLength)
            {
                printer.Put($" [remaining caplen({octets.Length}) < header length({headerLength})]");
                printer.Cut();
                return;
            }

            var ip = new IpHeaderView(octets);
            if (headerLength > FixedLength)
                ip = ip with { FinalDestination = FinalDestination(octets, headerLength) };
            IpPayload.Print(printer, ip, protocol, octets[headerLength..], length, (fragment & MoreFragments) != 0);
            return;
        }

        if (printer.Options.Quietness > 1)
            return;
        PutAddresses(printer, octets);
        printer.Put(":");
        IpPayload.PutName(printer, protocol);
    }

    // False if the packet ends in its options.
    private static bool PrintDetails(PacketPrinter printer, ReadOnlySpan<byte> octets, int headerLength, ushort fragment)
    {
        byte service = octets[1];
        printer.Put($"(tos 0x{(uint)service:x}");
        printer.Put((service & 3) switch { 1 => ",ECT(1)", 2 => ",ECT(0)", 3 => ",CE", _ => "" });
        if (octets[8] >= 1)
            printer.Put($", ttl {octets[8]}");
        printer.Put($", id {printer.U16(octets, 4)}, offset {(fragment & OffsetMask) * 8}, flags [");
        printer.Bits(Flags, fragment & 0xe000u, "none");
        printer.Put("], proto ");
        printer.Token(IpPayload.Names, octets[9], "unknown");
        printer.Put($" ({octets[9]}), length {printer.U16(octets, 2)}");
        bool isTruncated = false;
        if (headerLength > FixedLength)
        {
            printer.Put(", options (");
            isTruncated = !PrintOptions(printer, octets[FixedLength..], headerLength - FixedLength);
            if (isTruncated)
                printer.Put(" [truncated-option]");
            printer.Put(")");
        }

        if (!printer.Options.SkipsChecksums && octets.Length >= headerLength)
        {
            ushort computed = InternetChecksum.Of(octets[..headerLength]);
            if (computed != 0)
            {
                ushort sent = printer.U16(octets, 10);
                printer.Put($", bad cksum {(uint)sent:x} (->{(uint)Checksums.Right(sent, computed):x})!");
            }
        }

        printer.Put(")\n    ");
        if (!isTruncated)
            return true;
        PutAddresses(printer, octets);
        printer.Put(": ");
        printer.Truncated();
        return false;
    }

    private static void PutAddresses(PacketPrinter printer, ReadOnlySpan<byte> octets)
    {
        printer.Ipv4Address(octets, 12);
        printer.Put(" > ");
        printer.Ipv4Address(octets, 16);
    }

    private static ReadOnlySpan<byte> FinalDestination(ReadOnlySpan<byte> octets, int headerLength)
    {
        ReadOnlySpan<byte> options = octets[FixedLength..headerLength];
        while (options.Length > 1 && options[0] != 0)
        {
            int length = options[0] == 1 ? 1 : options[1];
            if (length == 0 || (length < 2 && options[0] != 1) || length > options.Length)
                break;
            if (options[0] is 131 or 137 && length >= 7)
                return options.Slice(length - 4, 4);
            options = options[length..];
        }

        return octets.Slice(16, 4);
    }

    private static bool PrintOptions(PacketPrinter printer, ReadOnlySpan<byte> octets, int length)
    {
        int size;
        for (int at = 0; at < length && !printer.IsCut; at += size)
        {
            if (at > 0)
                printer.Put(",");
            byte code = printer.U8(octets, at);
            printer.Token(Options, code, "unknown %u");
            size = 1;
            if (code > 1)
            {
                size = printer.U8(octets, at + 1);
                if (size < 2)
                {
                    printer.Put($" [bad length {size}]");
                    return true;
                }
            }

            if (size > length - at)
            {
                printer.Put($" [bad length {size}]");
                return true;
            }

            if (!PacketPrinter.Has(octets, at, size))
                return false;
            switch (code)
            {
                case 0:
                    return true;
                case 68:
                    if (!PrintTimestamps(printer, octets[at..], size))
                        return false;
                    break;
                case 7 or 131 or 137:
                    if (!PrintRoute(printer, octets[at..], size))
                        return false;
                    break;
                case 148:
                    if (size < 4)
                        printer.Put($" [bad length {size}]");
                    else if (printer.U16(octets, at + 2) is not 0 and var value)
                        printer.Put($" value {value}");
                    break;
            }
        }

        return true;
    }

    // An option whose length is wrong is read as far as its last entry goes.
    private static bool PrintRoute(PacketPrinter printer, ReadOnlySpan<byte> option, int size)
    {
        if (size < 3)
        {
            printer.Put($" [bad length {size}]");
            return true;
        }

        if (((size + 1) & 3) != 0)
            printer.Put($" [bad length {size}]");
        int pointer = option[2] - 1;
        if (pointer < 3 || ((pointer + 1) & 3) != 0 || pointer > size + 1)
            printer.Put($" [bad ptr {option[2]}]");
        for (int at = 3; at < size; at += 4)
        {
            if (!PacketPrinter.Has(option, at, 4))
                return false;
            printer.Put(" ");
            printer.Ipv4Address(option, at);
            if (pointer > at)
                printer.Put(",");
        }

        return true;
    }

    private static bool PrintTimestamps(PacketPrinter printer, ReadOnlySpan<byte> option, int size)
    {
        if (size < 4)
        {
            printer.Put($"[bad length {size}]");
            return true;
        }

        printer.Put(" TS{");
        int kind = option[3] & 0xf;
        int hop = kind != 0 ? 8 : 4;
        if (((size - 4) & (hop - 1)) != 0)
            printer.Put($"[bad length {size}]");
        int pointer = option[2] - 1, at = 0;
        if (pointer < 4 || ((pointer - 4) & (hop - 1)) != 0 || pointer > size + 1)
            printer.Put($"[bad ptr {option[2]}]");
        string? name = kind switch { 0 => "TSONLY", 1 => "TS+ADDR", 3 => "PRESPEC", _ => null };
        if (name is null)
        {
            printer.Put($"[bad ts type {kind}]");
        }
        else
        {
            printer.Put(name);
            for (at = 4; at < size; at += hop)
            {
                if (!PacketPrinter.Has(option, at, hop))
                    return false;
                printer.Put(pointer == at ? " ^ " : " ");
                printer.Put($"{printer.U32(option, at + hop - 4)}@");
                if (hop == 8)
                    printer.Ipv4Address(option, at);
            }
        }

        if (pointer == at)
            printer.Put(" ^ ");
        int missed = option[3] >> 4;
        if (missed > 0)
            printer.Put($" [{missed} hops not recorded]}} ");
        else
            printer.Put("}");
        return true;
    }
}
