namespace NetWhy.Wire.Dns;

/// <summary>Octets in the alphabet of NSEC3, without padding. Source: RFC 4648, section 7; RFC 5155, section 3.3.</summary>
public static class Base32Hex
{
    private const int BitsPerCharacter = 5;

    internal static void Write(scoped ref DnsBufferWriter writer, scoped ReadOnlySpan<byte> octets)
    {
        int held = 0, bits = 0;
        foreach (byte octet in octets)
        {
            held = ((held << 8) | octet) & 0xfff;
            for (bits += 8; bits >= BitsPerCharacter; bits -= BitsPerCharacter)
                writer.Add(CharacterOf((held >> (bits - BitsPerCharacter)) & 0x1f));
        }

        if (bits > 0)
            writer.Add(CharacterOf((held << (BitsPerCharacter - bits)) & 0x1f));
    }

    /// <summary>Reads octets.</summary>
    /// <param name="text">The characters, in either case.</param>
    /// <param name="destination">Where to.</param>
    /// <param name="written">How many octets were written.</param>
    /// <returns>False at another character, at bits that are left over, or where the destination ends.</returns>
    public static bool TryRead(ReadOnlySpan<byte> text, Span<byte> destination, out int written)
    {
        written = 0;
        int held = 0, bits = 0;
        foreach (byte character in text)
        {
            int value = ValueOf(character);
            if (value < 0)
                return false;

            held = ((held << BitsPerCharacter) | value) & 0xfff;
            bits += BitsPerCharacter;
            if (bits < 8)
                continue;

            if (written == destination.Length)
                return false;

            bits -= 8;
            destination[written++] = (byte)(held >> bits);
        }

        return bits < BitsPerCharacter && (held & ((1 << bits) - 1)) == 0;
    }

    private static byte CharacterOf(int value) => (byte)(value < 10 ? '0' + value : 'A' + value - 10);

    private static int ValueOf(byte character) => character switch
    {
        >= (byte)'0' and <= (byte)'9' => character - '0',
        >= (byte)'A' and <= (byte)'V' => character - 'A' + 10,
        >= (byte)'a' and <= (byte)'v' => character - 'a' + 10,
        _ => -1,
    };
}
