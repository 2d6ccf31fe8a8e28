namespace NetWhy.Tools.Dig;

/// <summary>Octets as hexadecimal digits on the command line.</summary>
internal static class DigHex
{
    /// <summary>Reads octets; blanks between digits are passed over.</summary>
    /// <param name="text">The digits.</param>
    /// <exception cref="DigExit">They are none, or one is missing.</exception>
    internal static byte[] Read(string text)
    {
        string digits = string.Concat(text.Where(character => character is not (' ' or '\t' or '\r' or '\n')));
        if (digits.Length % 2 != 0 || !digits.All(char.IsAsciiHexDigit))
            throw new DigExit(1, "isc_hex_decodestring: bad hex encoding");
        return Convert.FromHexString(digits);
    }
}
