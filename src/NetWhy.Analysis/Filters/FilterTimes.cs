using System.Globalization;

namespace NetWhy.Analysis.Filters;

/// <summary>Reads dates and times as filters have them. Source: ISO 8601, and what tshark 4.0 accepts.</summary>
internal static class FilterTimes
{
    private static readonly string[] Months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

    /// <summary>Reads a date and time; without a zone, it is of the zone given. Nothing at all is the beginning of 1970.</summary>
    /// <param name="text">The text.</param>
    /// <param name="zone">The zone of times that name none.</param>
    /// <param name="nanoseconds">Nanoseconds since 1970, UTC.</param>
    internal static bool TryParse(ReadOnlySpan<char> text, TimeZoneInfo zone, out Int128 nanoseconds)
    {
        nanoseconds = 0;
        if (text.IsEmpty)
            return true;
        Int128 fraction = 0;
        TimeSpan? offset = null;
        bool isIso = TryParseIso(text, out long ticks, out ReadOnlySpan<char> rest, out char separator, out bool hasSeconds);
        if (!isIso && !TryParseLegacy(text, out ticks, out rest))
            return false;
        hasSeconds |= !isIso;
        bool hasTime = separator != '\0';
        if (hasSeconds && !rest.IsEmpty && rest[0] is '.' or ',')
        {
            int digits = FilterNumbers.CountDigits(rest[1..]);
            if (digits == 0 && rest.Length > 1)
                return false;
            fraction = FilterNumbers.Nanoseconds(rest.Slice(1, digits));
            rest = rest[(1 + digits)..];
        }

        if (isIso && hasTime)
            offset = Zone(ref rest);
        if (offset is null && separator != 'T' && rest.Trim(' ') is "UTC" && rest[0] == ' ' && rest[^1] != ' ')
        {
            offset = TimeSpan.Zero;
            rest = default;
        }

        if (!rest.Trim(' ').IsEmpty)
            return false;
        TimeSpan east = offset ?? zone.GetUtcOffset(new DateTime(Math.Clamp(ticks, 0, DateTime.MaxValue.Ticks)));
        nanoseconds = ((Int128)(ticks - DateTime.UnixEpoch.Ticks - east.Ticks) * TimeSpan.NanosecondsPerTick) + fraction;
        return true;
    }

    // 2020-07-04, also with 12, 12:34 or 12:34:56 behind a blank, or with the last two behind a T.
    private static bool TryParseIso(ReadOnlySpan<char> text, out long ticks, out ReadOnlySpan<char> rest, out char separator, out bool hasSeconds)
    {
        ticks = 0;
        separator = '\0';
        hasSeconds = false;
        rest = text.TrimStart(' ');
        if (FilterNumbers.CountDigits(rest) != 4 || !TryNumber(ref rest, 4, 0, 9999, out int year) || !TrySkip(ref rest, '-')
            || !TryNumber(ref rest, 2, 1, 12, out int month) || !TrySkip(ref rest, '-')
            || !TryNumber(ref rest, 2, 1, 31, out int day) || (!rest.IsEmpty && char.IsAsciiDigit(rest[0])))
        {
            return false;
        }

        ticks = TicksOf(year, month, day);
        if (rest.IsEmpty || rest[0] is not ('T' or ' '))
            return true;
        ReadOnlySpan<char> clock = rest[0] == 'T' ? rest[1..] : rest.TrimStart(' ');
        if (!TryClock(ref clock, fewest: rest[0] == 'T' ? 2 : 1, out TimeSpan ofDay, out hasSeconds))
            return true; // what follows is no time of day, and so too much
        separator = rest[0];
        rest = clock;
        ticks += ofDay.Ticks;
        return true;
    }

    // Jul 4, 2020 12:34:56
    private static bool TryParseLegacy(ReadOnlySpan<char> text, out long ticks, out ReadOnlySpan<char> rest)
    {
        ticks = 0;
        rest = text;
        int month = text.Length < 4 ? -1 : MonthOf(text[..3]);
        if (month < 0 || text[3] != ' ')
            return false;
        rest = text[4..].TrimStart(' ');
        if (!TryNumber(ref rest, 2, 1, 31, out int day) || !TrySkip(ref rest, ','))
            return false;
        rest = rest.TrimStart(' ');
        if (FilterNumbers.CountDigits(rest) != 4 || !TryNumber(ref rest, 4, 0, 9999, out int year) || rest.IsEmpty || rest[0] != ' ')
            return false;
        rest = rest.TrimStart(' ');
        if (!TryClock(ref rest, fewest: 3, out TimeSpan ofDay, out _))
            return false;
        ticks = TicksOf(year, month + 1, day) + ofDay.Ticks;
        return true;
    }

    private static int MonthOf(ReadOnlySpan<char> name)
    {
        for (int i = 0; i < Months.Length; i++)
        {
            if (name.Equals(Months[i], StringComparison.OrdinalIgnoreCase))
                return i;
        }

        return -1;
    }

    // A day behind the end of its month is one of the next; the year 0 is not told from the year 1.
    private static long TicksOf(int year, int month, int day) =>
        new DateTime(Math.Max(year, 1), month, 1).Ticks + ((day - 1) * TimeSpan.TicksPerDay);

    // Hours, and minutes and seconds behind colons; the second 60 is one of the next minute.
    private static bool TryClock(ref ReadOnlySpan<char> text, int fewest, out TimeSpan time, out bool hasSeconds)
    {
        time = default;
        hasSeconds = false;
        ReadOnlySpan<char> rest = text;
        if (!TryNumber(ref rest, 2, 0, 23, out int hours))
            return false;
        int minutes = 0;
        int seconds = 0;
        int parts = 1;
        if (TrySkip(ref rest, ':'))
        {
            if (!TryNumber(ref rest, 2, 0, 59, out minutes))
                return false;
            parts++;
            if (TrySkip(ref rest, ':'))
            {
                if (!TryNumber(ref rest, 2, 0, 61, out seconds))
                    return false;
                parts++;
            }
        }

        text = rest;
        time = new TimeSpan(hours, minutes, seconds);
        hasSeconds = parts == 3;
        return parts >= fewest;
    }

    // Z, +01, +0100 or +01:00; null for none of them.
    private static TimeSpan? Zone(ref ReadOnlySpan<char> text)
    {
        if (TrySkip(ref text, 'Z'))
            return TimeSpan.Zero;
        if (text.Length < 2 || text[0] is not ('+' or '-') || !char.IsAsciiDigit(text[1]))
            return null;
        int sign = text[0] == '-' ? -1 : 1;
        text = text[1..];
        _ = TryNumber(ref text, 2, 0, 99, out int hours);
        ReadOnlySpan<char> rest = text;
        _ = TrySkip(ref rest, ':');
        if (TryNumber(ref rest, 2, 0, 99, out int minutes))
            text = rest;
        return sign * new TimeSpan(hours, minutes, 0);
    }

    private static bool TrySkip(ref ReadOnlySpan<char> text, char sign)
    {
        if (text.IsEmpty || text[0] != sign)
            return false;
        text = text[1..];
        return true;
    }

    private static bool TryNumber(ref ReadOnlySpan<char> text, int mostDigits, int least, int most, out int number)
    {
        number = 0;
        int digits = Math.Min(FilterNumbers.CountDigits(text), mostDigits);
        if (digits == 0)
            return false;
        number = int.Parse(text[..digits], NumberStyles.None, CultureInfo.InvariantCulture);
        text = text[digits..];
        return number >= least && number <= most;
    }
}
