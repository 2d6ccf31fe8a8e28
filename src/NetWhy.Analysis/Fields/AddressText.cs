using System.Buffers.Text;
using System.Net;

namespace NetWhy.Analysis.Fields;

/// <summary>Writes addresses as Wireshark does: RFC 5952, with dots only in addresses that mean one of IPv4 (mapped and compatible).</summary>
internal static class AddressText
{
    /// <summary>Octets that an address needs at most.</summary>
    internal const int Longest = 65; // System.Net's own bound, with a scope

    /// <summary>Writes an address.</summary>
    /// <param name="octets">Its octets: 4 or 16.</param>
    /// <param name="text">Where to; it has <see cref="Longest"/> octets at least.</param>
    /// <returns>Octets written.</returns>
    internal static int Write(ReadOnlySpan<byte> octets, Span<byte> text)
    {
        bool hasDots = octets.Length == 4 || octets[..10].IndexOfAnyExcept((byte)0) < 0;
        if (hasDots && new IPAddress(octets).TryFormat(text, out int written))
            return written;
        return WriteGroups(octets, text);
    }

    private static int WriteGroups(ReadOnlySpan<byte> octets, Span<byte> text)
    {
        const int Groups = 8;
        (int from, int count) = LongestRunOfZeros(octets);
        int length = 0;
        for (int group = 0; group < Groups; group++)
        {
            if (count > 1 && group == from)
            {
                text[length++] = (byte)':';
                if (from + count == Groups)
                    text[length++] = (byte)':';
                group += count - 1;
                continue;
            }

            if (group > 0)
                text[length++] = (byte)':';
            Utf8Formatter.TryFormat((octets[group * 2] << 8) | octets[(group * 2) + 1], text[length..], out int written, new System.Buffers.StandardFormat('x'));
            length += written;
        }

        return length;
    }

    private static (int From, int Count) LongestRunOfZeros(ReadOnlySpan<byte> octets)
    {
        (int From, int Count) longest = (0, 0);
        int begins = 0;
        for (int at = 0; at < octets.Length; at += 2)
        {
            if ((octets[at] | octets[at + 1]) != 0)
                begins = at + 2;
            else if ((at + 2 - begins) / 2 > longest.Count)
                longest = (begins / 2, (at + 2 - begins) / 2);
        }

        return longest;
    }
}
