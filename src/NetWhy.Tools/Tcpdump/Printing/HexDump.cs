namespace NetWhy.Tools.Tcpdump.Printing;

/// <summary>Octets of a packet under its line.</summary>
internal static class HexDump
{
    private const int OctetsPerLine = 16;
    private const int WidthOfDigits = 40; // of a full line: 8 groups of a space and four digits

    /// <summary>Prints octets in a style.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="style">The style.</param>
    /// <param name="octets">The octets.</param>
    internal static void Print(PacketPrinter printer, DumpStyle style, ReadOnlySpan<byte> octets)
    {
        if (octets.IsEmpty)
            return;
        if (style is DumpStyle.Ascii)
            Ascii(printer, octets);
        else if (style is DumpStyle.HexadecimalAndAscii)
            HexadecimalAndAscii(printer, "\n\t", octets);
        else
            Hexadecimal(printer, "\n\t", octets);
    }

    /// <summary>Prints octets in hexadecimal digits, sixteen on a line.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="indent">What each line begins with, its line feed with it.</param>
    /// <param name="octets">The octets.</param>
    internal static void Hexadecimal(PacketPrinter printer, string indent, ReadOnlySpan<byte> octets)
    {
        for (int at = 0; at < octets.Length; at += OctetsPerLine)
        {
            printer.Put($"{indent}0x{at:x4}: ");
            Groups(printer.Text, octets.Slice(at, Math.Min(OctetsPerLine, octets.Length - at)));
        }
    }

    /// <summary>Prints octets in hexadecimal digits and ASCII, sixteen on a line.</summary>
    /// <inheritdoc cref="Hexadecimal"/>
    internal static void HexadecimalAndAscii(PacketPrinter printer, string indent, ReadOnlySpan<byte> octets)
    {
        PacketText text = printer.Text;
        for (int at = 0; at < octets.Length; at += OctetsPerLine)
        {
            ReadOnlySpan<byte> line = octets.Slice(at, Math.Min(OctetsPerLine, octets.Length - at));
            printer.Put($"{indent}0x{at:x4}: ");
            int start = text.Length;
            Groups(text, line);
            while (!text.IsMuted && text.Length - start < WidthOfDigits)
                text.Add((byte)' ');
            text.Add("  ");
            foreach (byte octet in line)
                text.Add(IsGraphic(octet) ? octet : (byte)'.');
        }
    }

    private static void Ascii(PacketPrinter printer, ReadOnlySpan<byte> octets)
    {
        PacketText text = printer.Text;
        text.Add((byte)'\n');
        for (int i = 0; i < octets.Length; i++)
        {
            byte octet = octets[i];
            bool endsLine = octet is (byte)'\r' && (i + 1 == octets.Length || octets[i + 1] is (byte)'\n');
            if (!endsLine)
                text.Add(IsGraphic(octet) || octet is (byte)'\t' or (byte)' ' or (byte)'\n' ? octet : (byte)'.');
        }
    }

    private static void Groups(PacketText text, ReadOnlySpan<byte> line)
    {
        for (int i = 0; i < line.Length; i++)
        {
            if (i % 2 == 0)
                text.Add((byte)' ');
            text.AddHexadecimal(line[i], 2);
        }
    }

    private static bool IsGraphic(byte octet) => octet is > 0x20 and < 0x7f;
}
