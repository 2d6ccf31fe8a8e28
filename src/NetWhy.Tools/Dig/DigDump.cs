using System.Globalization;
using System.Text;

namespace NetWhy.Tools.Dig;

/// <summary>Prints octets that cannot be read, sixteen on a line.</summary>
internal static class DigDump
{
    private const int Width = 16;

    /// <summary>Prints octets.</summary>
    /// <param name="octets">The octets.</param>
    /// <param name="console">Where to.</param>
    internal static void Print(ReadOnlySpan<byte> octets, DigConsole console)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"{octets.Length} bytes\n");
        for (int at = 0; at < octets.Length; at += Width)
        {
            ReadOnlySpan<byte> line = octets[at..Math.Min(octets.Length, at + Width)];
            foreach (byte octet in line)
                text.Append(CultureInfo.InvariantCulture, $"{octet:x2} ");
            text.Append(' ', 3 * (Width - line.Length) + 9);
            foreach (byte octet in line)
                text.Append(octet is >= (byte)'!' and <= (byte)'}' ? (char)octet : '.');
            text.Append('\n');
        }

        console.Print(text.ToString());
    }
}
