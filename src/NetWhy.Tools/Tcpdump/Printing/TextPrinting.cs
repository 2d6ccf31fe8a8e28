namespace NetWhy.Tools.Tcpdump.Printing;

/// <summary>What several protocols print alike: addresses, strings, spans of time, unknown octets.</summary>
internal static class TextPrinting
{
    private static readonly (uint Seconds, char Unit)[] Units = [(31_536_000, 'y'), (604_800, 'w'), (86_400, 'd'), (3600, 'h'), (60, 'm'), (1, 's')];

    /// <summary>Prints an IPv4 address, or its name.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="octets">What was captured.</param>
    /// <param name="at">Where it lies.</param>
    internal static void Ipv4Address(this PacketPrinter printer, ReadOnlySpan<byte> octets, int at)
    {
        if (printer.Need(octets, at, 4))
            printer.Names.PutIpv4(printer.Text, octets.Slice(at, 4));
    }

    /// <summary>Prints an IPv6 address, or its name.</summary>
    /// <inheritdoc cref="Ipv4Address"/>
    internal static void Ipv6Address(this PacketPrinter printer, ReadOnlySpan<byte> octets, int at)
    {
        if (printer.Need(octets, at, 16))
            printer.Names.PutIpv6(printer.Text, octets.Slice(at, 16));
    }

    /// <summary>Prints an Ethernet address.</summary>
    /// <inheritdoc cref="Ipv4Address"/>
    internal static void EthernetAddress(this PacketPrinter printer, ReadOnlySpan<byte> octets, int at) =>
        printer.Colons(octets, at, 6);

    /// <summary>Prints octets in hexadecimal digits with colons between them.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="octets">What was captured.</param>
    /// <param name="at">The first.</param>
    /// <param name="count">How many.</param>
    internal static void Colons(this PacketPrinter printer, ReadOnlySpan<byte> octets, int at, int count)
    {
        if (!printer.Need(octets, at, count))
            return;
        for (int i = 0; i < count; i++)
        {
            if (i > 0)
                printer.Text.Add((byte)':');
            printer.Text.AddHexadecimal(octets[at + i], 2);
        }
    }

    /// <summary>Prints an octet of text; what is no ASCII as <c>M-</c> and the seven low bits, controls as <c>^</c> and a letter.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="octet">The octet.</param>
    internal static void Character(this PacketPrinter printer, byte octet)
    {
        if (octet >= 0x80)
        {
            octet &= 0x7f;
            printer.Put("M-");
        }

        if (octet is < 0x20 or 0x7f)
        {
            octet ^= 0x40;
            printer.Text.Add((byte)'^');
        }

        printer.Text.Add(octet);
    }

    /// <summary>Prints text of a length; the packet ends where the capture does.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="octets">What was captured.</param>
    /// <param name="at">The first octet.</param>
    /// <param name="count">How many.</param>
    internal static void Characters(this PacketPrinter printer, ReadOnlySpan<byte> octets, int at, int count)
    {
        for (int i = 0; i < count && !printer.IsCut; i++)
            printer.Character(printer.U8(octets, at + i));
    }

    /// <summary>Prints text of a length at most, up to a zero octet; the packet ends where the capture does.</summary>
    /// <inheritdoc cref="Characters"/>
    internal static void PaddedCharacters(this PacketPrinter printer, ReadOnlySpan<byte> octets, int at, int count)
    {
        for (int i = 0; i < count && !printer.IsCut; i++)
        {
            byte octet = printer.U8(octets, at + i);
            if (octet == 0)
                break;
            printer.Character(octet);
        }
    }

    /// <summary>Prints text of a length, or what was captured of it.</summary>
    /// <returns>Whether all of it was captured.</returns>
    /// <inheritdoc cref="Characters"/>
    internal static bool CapturedCharacters(this PacketPrinter printer, ReadOnlySpan<byte> octets, int at, int count)
    {
        ReadOnlySpan<byte> captured = PacketPrinter.Part(octets, at, count);
        foreach (byte octet in captured)
            printer.Character(octet);
        return captured.Length == count;
    }

    /// <summary>Prints text that ends with a zero octet.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="octets">What was captured.</param>
    /// <param name="at">The first octet.</param>
    /// <param name="most">How many it may have, the zero one counted.</param>
    /// <returns>Its octets with the zero one; 0 if that did not come, or was not captured.</returns>
    internal static int TerminatedCharacters(this PacketPrinter printer, ReadOnlySpan<byte> octets, int at, int most)
    {
        for (int i = 0; i < most && at + i < octets.Length; i++)
        {
            if (octets[at + i] == 0)
                return i + 1;
            printer.Character(octets[at + i]);
        }

        return 0;
    }

    /// <summary>Prints a span of time as <c>1d2h3m4s</c>.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="seconds">The span.</param>
    internal static void Span(this PacketPrinter printer, uint seconds)
    {
        if (seconds == 0)
            printer.Put("0s");
        foreach ((uint unit, char name) in Units)
        {
            if (seconds >= unit)
                printer.Put($"{seconds / unit}{name}");
            seconds %= unit;
        }
    }

    /// <summary>Prints a span of time that may be negative as <c>-1d2h3m4s</c>.</summary>
    /// <inheritdoc cref="Span"/>
    internal static void SignedSpan(this PacketPrinter printer, int seconds)
    {
        if (seconds < 0)
            printer.Put("-");
        printer.Span(seconds < 0 ? unchecked(0u - (uint)seconds) : (uint)seconds);
    }

    /// <summary>Prints octets nobody knows the meaning of, in hexadecimal digits.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="octets">What was captured.</param>
    /// <param name="at">The first.</param>
    /// <param name="indent">What each line begins with, its line feed with it.</param>
    /// <param name="count">How many.</param>
    internal static void Unknown(this PacketPrinter printer, ReadOnlySpan<byte> octets, int at, string indent, int count)
    {
        if ((uint)at > (uint)octets.Length)
            printer.Put($"{indent}Dissector error: print_unknown_data() called with pointer past end of packet");
        else
            HexDump.Hexadecimal(printer, indent, PacketPrinter.Part(octets, at, count));
    }
}
