namespace NetWhy.Wire.Dns;

/// <summary>Times as zone files and dig write them.</summary>
internal static class DnsTimes
{
    private static ReadOnlySpan<uint> UnitSeconds => [604_800, 86_400, 3_600, 60, 1];

    private static ReadOnlySpan<byte> UnitLetters => "wdhms"u8;

    private static readonly string[] UnitNames = [" week", " day", " hour", " minute", " second"];

    /// <summary>Writes seconds as <c>1h1m1s</c>.</summary>
    internal static void WriteShort(ref DnsBufferWriter writer, uint seconds)
    {
        for (int i = 0; i < UnitSeconds.Length; i++)
        {
            uint count = seconds / UnitSeconds[i];
            seconds %= UnitSeconds[i];
            bool isOnlyZero = i == UnitSeconds.Length - 1 && (writer.Length == 0 || !char.IsAsciiLetter((char)writer.Written[^1]));
            if (count == 0 && !isOnlyZero)
                continue;

            writer.AddNumber(count);
            writer.Add(UnitLetters[i]);
        }
    }

    /// <summary>Writes seconds as <c>1 hour 1 minute 1 second</c>.</summary>
    internal static void WriteLong(ref DnsBufferWriter writer, uint seconds)
    {
        bool isFirst = true;
        for (int i = 0; i < UnitSeconds.Length; i++)
        {
            uint count = seconds / UnitSeconds[i];
            seconds %= UnitSeconds[i];
            if (count == 0 && !(isFirst && i == UnitSeconds.Length - 1))
                continue;

            if (!isFirst)
                writer.Add((byte)' ');
            isFirst = false;
            writer.AddNumber(count);
            writer.Add(UnitNames[i]);
            if (count != 1)
                writer.Add((byte)'s');
        }
    }

    /// <summary>Writes a 32-bit time as <c>YYYYMMDDHHmmSS</c>.</summary>
    /// <param name="writer">Where to.</param>
    /// <param name="time">Seconds since 1970, modulo 2^32.</param>
    /// <param name="now">A time that is less than 68 years away; null for 1970 to 2106.</param>
    internal static void WriteDate(ref DnsBufferWriter writer, uint time, long? now)
    {
        long seconds = now is { } near ? near + (int)(time - (uint)near) : time;
        DateTime date = DateTime.UnixEpoch.AddSeconds(Math.Clamp(seconds, -62_135_596_800, 253_402_300_799)); // years 1 to 9999
        writer.AddNumber((ulong)date.Year, 4);
        writer.AddNumber((ulong)date.Month, 2);
        writer.AddNumber((ulong)date.Day, 2);
        writer.AddNumber((ulong)date.Hour, 2);
        writer.AddNumber((ulong)date.Minute, 2);
        writer.AddNumber((ulong)date.Second, 2);
    }

    /// <summary>Reads seconds with or without units, such as <c>3600</c> or <c>1h30m</c>.</summary>
    internal static bool TryParse(ReadOnlySpan<byte> text, out uint seconds)
    {
        ulong sum = 0, number = 0;
        bool hasDigit = false, hasUnit = false;
        seconds = 0;
        foreach (byte octet in text)
        {
            if (char.IsAsciiDigit((char)octet))
            {
                number = (number * 10) + octet - '0';
                hasDigit = true;
            }
            else
            {
                int unit = UnitLetters.IndexOf((byte)(octet | 0x20));
                if (unit < 0 || !hasDigit)
                    return false;

                sum += number * UnitSeconds[unit];
                (number, hasDigit, hasUnit) = (0, false, true);
            }

            if (number > uint.MaxValue || sum > uint.MaxValue)
                return false;
        }

        sum += number;
        seconds = (uint)sum;
        return sum <= uint.MaxValue && (hasDigit || hasUnit) && text.Length > 0;
    }

    /// <summary>Reads <c>YYYYMMDDHHmmSS</c>, or seconds since 1970 (RFC 4034, section 3.2).</summary>
    internal static bool TryParseDate(ReadOnlySpan<byte> text, out uint time)
    {
        time = 0;
        Span<int> parts = stackalloc int[6];
        if (text.Length != 14)
            return TryParseNumber(text, out time);

        int at = 0;
        for (int i = 0; i < parts.Length; i++)
        {
            int length = i == 0 ? 4 : 2;
            if (!TryParseNumber(text.Slice(at, length), out uint number))
                return false;

            parts[i] = (int)number;
            at += length;
        }

        if (parts[0] < 1 || parts[1] is < 1 or > 12 || parts[2] < 1 || parts[2] > DateTime.DaysInMonth(parts[0], parts[1])
            || parts[3] > 23 || parts[4] > 59 || parts[5] > 60)
        {
            return false;
        }

        long seconds = (long)(new DateTime(parts[0], parts[1], parts[2], parts[3], parts[4], 0, DateTimeKind.Utc) - DateTime.UnixEpoch).TotalSeconds + parts[5];
        time = (uint)seconds;
        return true;
    }

    private static bool TryParseNumber(ReadOnlySpan<byte> text, out uint number)
    {
        number = 0;
        return text.IndexOfAnyExceptInRange((byte)'0', (byte)'9') < 0 && uint.TryParse(text, out number);
    }
}
