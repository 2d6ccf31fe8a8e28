using System.Buffers;
using System.Globalization;
using System.Net;

namespace NetWhy.Analysis.Filters;

/// <summary>Reads addresses and octets as filters have them.</summary>
internal static class FilterAddresses
{
    private static readonly SearchValues<char> Ipv6Letters = SearchValues.Create("0123456789abcdefABCDEF:.");

    /// <summary>Reads a dotted IPv4 address: four numbers up to 255 without leading zeros.</summary>
    internal static bool TryParseIpv4(ReadOnlySpan<char> text, out uint address)
    {
        address = 0;
        for (int i = 0; i < 4; i++)
        {
            int digits = FilterNumbers.CountDigits(text);
            if (digits is 0 or > 3 || (digits > 1 && text[0] == '0'))
                return false;
            uint octet = uint.Parse(text[..digits], NumberStyles.None, CultureInfo.InvariantCulture);
            if (octet > 255)
                return false;
            address = (address << 8) | octet;
            text = text[digits..];
            if (i < 3)
            {
                if (text.IsEmpty || text[0] != '.')
                    return false;
                text = text[1..];
            }
        }

        return text.IsEmpty;
    }

    /// <summary>Whether text is an IPv6 address. Source: RFC 4291, section 2.2.</summary>
    internal static bool IsIpv6(ReadOnlySpan<char> text) => text.Contains(':') && TryParseIpv6(text, out _);

    /// <summary>Reads an IPv6 address.</summary>
    internal static bool TryParseIpv6(ReadOnlySpan<char> text, out byte[] address)
    {
        address = [];
        if (text.ContainsAnyExcept(Ipv6Letters) || !IPAddress.TryParse(text, out IPAddress? parsed))
            return false;
        address = parsed.GetAddressBytes();
        return address.Length == 16;
    }

    /// <summary>Reads octets: hexadecimal digits, two for each, with a colon, hyphen or point between them or nothing; 0xff is one.</summary>
    internal static bool TryParseOctets(ReadOnlySpan<char> text, out byte[] octets)
    {
        octets = [];
        if (text.Length == 4 && text.StartsWith("0x", StringComparison.OrdinalIgnoreCase))
            text = text[2..];
        else if (text.StartsWith(':'))
            text = text[1..];
        List<byte> read = [];
        while (!text.IsEmpty)
        {
            if (!char.IsAsciiHexDigit(text[0]))
                return false;
            int digits = text.Length > 1 && char.IsAsciiHexDigit(text[1]) ? 2 : 1; // one digit is an octet too
            read.Add(byte.Parse(text[..digits], NumberStyles.HexNumber, CultureInfo.InvariantCulture));
            text = text[digits..];
            if (!text.IsEmpty && text[0] is ':' or '-' or '.')
                text = text[1..];
        }

        octets = [.. read];
        return octets.Length > 0;
    }
}
