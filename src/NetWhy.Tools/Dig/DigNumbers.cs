using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace NetWhy.Tools.Dig;

/// <summary>Reads the values of dig's options.</summary>
/// <param name="console">Takes what dig says of bad ones.</param>
internal sealed class DigNumbers(DigConsole console)
{
    /// <summary>A number; what is wrong with a bad one is printed.</summary>
    /// <param name="text">The text.</param>
    /// <param name="most">The largest.</param>
    /// <param name="what">What it is.</param>
    /// <returns>The number; null if it is none, or too large.</returns>
    internal uint? Read(string text, uint most, string what) => Read(text, most, what, isAnyBase: false);

    /// <summary>A number that may be hexadecimal (<c>0x</c>) or octal (<c>0</c>).</summary>
    /// <param name="text">The text.</param>
    /// <param name="most">The largest.</param>
    /// <param name="what">What it is.</param>
    /// <returns>The number; null if it is none, or too large.</returns>
    internal uint? ReadAnyBase(string text, uint most, string what) => Read(text, most, what, isAnyBase: true);

    private uint? Read(string text, uint most, string what, bool isAnyBase)
    {
        string? wrong = !TryParse(text, isAnyBase, out ulong number) ? "not a valid number" : number > most ? "out of range" : null;
        if (wrong is null)
            return (uint)number;
        console.Print($"invalid {what} '{text}': {wrong}\n");
        return null;
    }

    private static bool TryParse(string text, bool isAnyBase, out ulong number)
    {
        const int Octal = 8;
        number = 0;
        if (text is not [var first, ..] || !char.IsAsciiLetterOrDigit(first))
            return false;
        if (isAnyBase && text is ['0', 'x' or 'X', _, ..])
            return ulong.TryParse(text.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out number);
        if (isAnyBase && text is ['0', _, ..])
        {
            foreach (char digit in text)
            {
                if (digit is < '0' or > '7')
                    return false;
                number = Math.Min((number * Octal) + digit - '0', ulong.MaxValue / Octal - Octal);
            }

            return true;
        }

        if (text.AsSpan().ContainsAnyExceptInRange('0', '9'))
            return false;
        if (!ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number))
            number = ulong.MaxValue;
        return true;
    }

    /// <summary>Reads a network for CLIENT-SUBNET: an address, or a part of one, and a length.</summary>
    /// <param name="text">The text; <c>0</c> for none.</param>
    /// <exception cref="DigExit">It is none.</exception>
    internal static DigSubnet ReadSubnet(string text)
    {
        const byte IPv4 = 1, IPv6 = 2;
        const int Longest = 48; // octets of an address as text, with a length
        if (text.Length >= Longest)
            throw new DigExit(1, $"invalid prefix '{text}'\n");
        if (text == "0")
            return new DigSubnet(IPv4, new byte[4], 0);

        string address = text;
        uint? length = null;
        if (text.IndexOf('/', StringComparison.Ordinal) is var slash and >= 0)
        {
            address = text[..slash];
            if (!TryParse(text[(slash + 1)..], isAnyBase: false, out ulong number))
                throw new DigExit(1, $"invalid prefix length in '{text}': not a valid number\n");
            if (number > uint.MaxValue)
                throw new DigExit(1, $"invalid prefix length in '{text}': out of range\n");
            length = (uint)number;
        }

        if (Address(address, AddressFamily.InterNetworkV6) is { } six)
            return new DigSubnet(IPv6, six.GetAddressBytes(), (byte)Math.Min(length ?? 128, 128));
        for (int i = 0; i < 4; i++)
        {
            if (Address(address, AddressFamily.InterNetwork) is { } four)
                return new DigSubnet(IPv4, four.GetAddressBytes(), (byte)Math.Min(length ?? 32, 32));
            if (length is null)
                break;
            address += ".0";
        }

        throw new DigExit(1, $"invalid address '{text}'");
    }

    /// <summary>Reads an address as inet_pton(3) does; null if it is none of the family.</summary>
    /// <param name="text">The text.</param>
    /// <param name="family">The family.</param>
    internal static IPAddress? Address(string text, AddressFamily family)
    {
        if (family is AddressFamily.InterNetworkV6)
            return text.Contains(':', StringComparison.Ordinal) && text.IndexOfAny(['[', '%', '/']) < 0 && IPAddress.TryParse(text, out IPAddress? six) ? six : null;
        // .NET also takes fewer parts, and octal and hexadecimal ones.
        string[] parts = text.Split('.');
        bool isPlain = parts.Length == 4 && Array.TrueForAll(parts, part => part.Length is >= 1 and <= 3 && part.All(char.IsAsciiDigit) && (part is "0" || part[0] != '0'));
        return isPlain && IPAddress.TryParse(text, out IPAddress? four) ? four : null;
    }
}
