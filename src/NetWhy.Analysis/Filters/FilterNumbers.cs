using System.Globalization;

namespace NetWhy.Analysis.Filters;

/// <summary>Reads numbers as filters have them.</summary>
internal static class FilterNumbers
{
    /// <summary>Reads an integer without a sign: decimal, 0x…, 0b… or octal with a leading 0.</summary>
    /// <param name="text">The number.</param>
    /// <param name="number">Its value; 2^64 for all that are larger.</param>
    internal static bool TryParse(ReadOnlySpan<char> text, out UInt128 number)
    {
        uint radix = 10;
        if (text.Length > 1 && text[0] == '0')
        {
            radix = text[1] switch { 'x' or 'X' => 16u, 'b' or 'B' => 2u, _ => 8u };
            text = text[(radix == 8 ? 1 : 2)..];
            if (radix == 2 && text.IsEmpty)
            {
                number = 0; // tshark takes 0b for 0
                return true;
            }
        }

        number = 0;
        if (text.IsEmpty)
            return false;
        foreach (char digit in text)
        {
            uint value = char.IsAsciiHexDigit(digit) ? (uint)Convert.ToInt32(digit.ToString(), 16) : 16;
            if (value >= radix)
                return false;
            number = UInt128.Min((number * radix) + value, (UInt128)ulong.MaxValue + 1);
        }

        return true;
    }

    /// <summary>Reads a number with a fraction, an exponent or a hexadecimal one, as C has it; those too large are none.</summary>
    internal static bool TryParseDouble(string text, out double number)
    {
        if (text.StartsWith("0x", StringComparison.OrdinalIgnoreCase))
            return TryParseHexadecimalDouble(text.AsSpan(2), out number);
        if (text.Equals("inf", StringComparison.OrdinalIgnoreCase) || text.Equals("infinity", StringComparison.OrdinalIgnoreCase))
        {
            number = double.PositiveInfinity;
            return true;
        }

        return double.TryParse(text, NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent, CultureInfo.InvariantCulture, out number)
            && double.IsFinite(number) && char.IsAsciiDigit(text[0]);
    }

    private static bool TryParseHexadecimalDouble(ReadOnlySpan<char> text, out double number)
    {
        number = 0;
        int exponent = text.IndexOfAny('p', 'P');
        ReadOnlySpan<char> digits = exponent < 0 ? text : text[..exponent];
        int shift = 0;
        if (exponent >= 0 && !int.TryParse(text[(exponent + 1)..], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out shift))
            return false;
        double scale = 1;
        bool isFraction = false;
        foreach (char digit in digits)
        {
            if (digit == '.' && !isFraction)
            {
                isFraction = true;
                continue;
            }

            if (!char.IsAsciiHexDigit(digit))
                return false;
            number = (number * 16) + Convert.ToInt32(digit.ToString(), 16);
            scale *= isFraction ? 16 : 1;
        }

        number = number / scale * Math.Pow(2, shift);
        return digits.ContainsAnyExcept('.') && double.IsFinite(number);
    }

    /// <summary>Reads a duration in seconds, with up to nine digits behind the point; nanoseconds.</summary>
    /// <remarks>What follows the fraction is not looked at, as tshark does not.</remarks>
    internal static bool TryParseSeconds(ReadOnlySpan<char> text, out long nanoseconds)
    {
        nanoseconds = 0;
        int whole = CountDigits(text);
        if (whole == 0)
            return false;
        Int128 value = 0;
        foreach (char digit in text[..whole])
            value = Int128.Min((value * 10) + (digit - '0'), long.MaxValue);
        value *= 1_000_000_000;
        text = text[whole..];
        if (!text.IsEmpty)
        {
            if (text[0] != '.')
                return false;
            text = text[1..];
            int digits = CountDigits(text);
            if (digits > 9 && text[9..digits].ContainsAnyExcept('0'))
                return false;
            value += Nanoseconds(text[..Math.Min(digits, 9)]);
        }

        nanoseconds = (long)Int128.Min(value, long.MaxValue);
        return true;
    }

    /// <summary>The digits behind a point, as nanoseconds; those behind the ninth do not count.</summary>
    internal static long Nanoseconds(ReadOnlySpan<char> digits)
    {
        long value = 0;
        for (int i = 0; i < 9; i++)
            value = (value * 10) + (i < digits.Length ? digits[i] - '0' : 0);
        return value;
    }

    /// <summary>How many digits text begins with.</summary>
    internal static int CountDigits(ReadOnlySpan<char> text)
    {
        int end = text.IndexOfAnyExceptInRange('0', '9');
        return end < 0 ? text.Length : end;
    }
}
