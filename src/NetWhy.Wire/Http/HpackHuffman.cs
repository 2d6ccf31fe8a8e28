namespace NetWhy.Wire.Http;

/// <summary>The Huffman code that strings of HPACK are written in. Source: RFC 7541, appendix B.</summary>
public static class HpackHuffman
{
    private const int LongestCode = 30;
    private const int EndOfString = 256;
    private const int LongestPadding = 7;

    // The code is canonical: codes of one length follow each other by symbol, so that the lengths say all. The last one is the end's.
    private static ReadOnlySpan<byte> Lengths =>
    [
        13, 23, 28, 28, 28, 28, 28, 28, 28, 24, 30, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 28,
        6, 10, 10, 12, 13, 6, 8, 11, 10, 10, 8, 11, 8, 6, 6, 6, 5, 5, 5, 6, 6, 6, 6, 6, 6, 6, 7, 8, 15, 6, 12, 10,
        13, 6, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 8, 7, 8, 13, 19, 13, 14, 6,
        15, 5, 6, 5, 6, 5, 6, 6, 6, 5, 7, 7, 6, 6, 6, 5, 6, 7, 6, 5, 5, 6, 7, 7, 7, 7, 7, 15, 11, 14, 13, 28,
        20, 22, 20, 20, 22, 22, 22, 23, 22, 23, 23, 23, 23, 23, 24, 23, 24, 24, 22, 23, 24, 23, 23, 23, 23, 21, 22, 23, 22, 23, 23, 24,
        22, 21, 20, 22, 22, 23, 23, 21, 23, 22, 22, 24, 21, 22, 23, 23, 21, 21, 22, 21, 23, 22, 23, 23, 20, 22, 22, 22, 23, 22, 22, 23,
        26, 26, 20, 19, 22, 23, 22, 25, 26, 26, 26, 27, 27, 26, 24, 25, 19, 21, 26, 27, 27, 26, 27, 24, 21, 21, 26, 26, 28, 27, 27, 27,
        20, 24, 20, 21, 22, 21, 21, 23, 22, 22, 25, 25, 24, 24, 26, 23, 26, 27, 26, 26, 27, 27, 27, 27, 27, 28, 27, 27, 27, 27, 27, 26,
        30,
    ];

    private static readonly uint[] FirstCodes = new uint[LongestCode + 1];
    private static readonly ushort[] FirstPlaces = new ushort[LongestCode + 2];
    private static readonly ushort[] Symbols = new ushort[Lengths.Length];
    private static readonly uint[] Codes = new uint[Lengths.Length];

    static HpackHuffman()
    {
        int place = 0;
        uint code = 0;
        for (int length = 1; length <= LongestCode; length++)
        {
            code <<= 1;
            FirstCodes[length] = code;
            FirstPlaces[length] = (ushort)place;
            for (int symbol = 0; symbol < Lengths.Length; symbol++)
            {
                if (Lengths[symbol] != length)
                    continue;
                Codes[symbol] = code + (uint)(place - FirstPlaces[length]);
                Symbols[place++] = (ushort)symbol;
            }

            code += (uint)(place - FirstPlaces[length]);
        }

        FirstPlaces[LongestCode + 1] = (ushort)place;
    }

    /// <summary>Octets that the code of a string has.</summary>
    /// <param name="text">The string.</param>
    public static int EncodedLength(ReadOnlySpan<byte> text)
    {
        long bits = 0;
        foreach (byte octet in text)
            bits += Lengths[octet];
        return (int)((bits + 7) / 8);
    }

    /// <summary>Writes the code of a string.</summary>
    /// <param name="text">The string.</param>
    /// <param name="code">Where it goes: <see cref="EncodedLength"/> octets.</param>
    public static void Encode(ReadOnlySpan<byte> text, Span<byte> code)
    {
        ulong bits = 0;
        int held = 0; // bits that have not filled an octet
        int at = 0;
        foreach (byte octet in text)
        {
            bits = (bits << Lengths[octet]) | Codes[octet];
            for (held += Lengths[octet]; held >= 8; held -= 8)
                code[at++] = (byte)(bits >> (held - 8));
        }

        if (held > 0) // the rest of the octet is the beginning of the end's code, all ones
            code[at] = (byte)((bits << (8 - held)) | (0xffu >> held));
    }

    /// <summary>Octets that a string may have at most.</summary>
    /// <param name="length">Octets of its code.</param>
    public static int MostDecoded(int length) => length * 8 / 5; // the shortest code has 5 bits

    /// <summary>Reads a string.</summary>
    /// <param name="code">Its code.</param>
    /// <param name="text">Where it goes: <see cref="MostDecoded"/> octets.</param>
    /// <returns>Its octets; null if it is no such code.</returns>
    public static int? Decode(ReadOnlySpan<byte> code, Span<byte> text)
    {
        int written = 0;
        uint bits = 0;
        int length = 0;
        foreach (byte octet in code)
        {
            for (int bit = 7; bit >= 0; bit--)
            {
                bits = (bits << 1) | ((uint)(octet >> bit) & 1);
                length++;
                uint place = bits - FirstCodes[length];
                if (bits < FirstCodes[length] || place >= (uint)(FirstPlaces[length + 1] - FirstPlaces[length]))
                {
                    if (length == LongestCode)
                        return null;
                    continue;
                }

                int symbol = Symbols[FirstPlaces[length] + place];
                if (symbol == EndOfString)
                    return null;
                text[written++] = (byte)symbol;
                bits = 0;
                length = 0;
            }
        }

        // What fills the last octet is the beginning of the end's code, all ones.
        return length <= LongestPadding && bits == (1u << length) - 1 ? written : null;
    }
}
