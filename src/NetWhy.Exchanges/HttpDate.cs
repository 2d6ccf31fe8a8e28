using System.Globalization;

namespace NetWhy.Exchanges;

/// <summary>Dates as HTTP and those who write it by hand put them. Source: RFC 9110, section 5.6.7; curl_getdate(3).</summary>
public static class HttpDate
{
    private const int LongestDate = 100;

    private static readonly string[] Months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

    private static readonly string[] Days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

    private static readonly (string Name, int Minutes)[] Zones =
    [
        ("gmt", 0), ("ut", 0), ("utc", 0), ("wet", 0), ("z", 0), ("bst", 60), ("cet", 60), ("met", 60), ("cest", 120), ("eet", 120),
        ("est", -300), ("edt", -240), ("cst", -360), ("cdt", -300), ("mst", -420), ("mdt", -360), ("pst", -480), ("pdt", -420),
    ];

    /// <summary>Reads a date.</summary>
    /// <param name="text">The text: words and numbers in any order.</param>
    /// <returns>Seconds of the epoch; null if it is no date.</returns>
    public static long? Read(string text)
    {
        if (text.Length > LongestDate)
            return null;
        int? day = null, month = null, year = null, hour = null, zone = null;
        int minute = 0, second = 0;
        for (int at = 0; at < text.Length;)
        {
            char letter = text[at];
            if (char.IsAsciiLetter(letter))
            {
                int end = at;
                while (end < text.Length && char.IsAsciiLetter(text[end]))
                    end++;
                string word = text[at..end].ToLowerInvariant();
                at = end;
                string start = word.Length > 3 ? word[..3] : word;
                int found = Array.IndexOf(Months, start);
                int named = Array.FindIndex(Zones, one => one.Name == word);
                if (month is null && found >= 0)
                    month = found + 1;
                else if (zone is null && named >= 0)
                    zone = Zones[named].Minutes;
                else if (!Days.Contains(start) && word is not "t")
                    return null;
                continue;
            }

            if (!char.IsAsciiDigit(letter))
            {
                at++;
                continue;
            }

            int stop = at;
            while (stop < text.Length && char.IsAsciiDigit(text[stop]))
                stop++;
            if (stop - at > 8)
                return null;
            int number = int.Parse(text.AsSpan(at, stop - at), NumberStyles.None, CultureInfo.InvariantCulture);
            bool isZone = at > 0 && text[at - 1] is '+' or '-' && stop - at == 4 && hour is not null && zone is null && number <= 1400;
            if (hour is null && stop < text.Length && text[stop] == ':' && stop - at <= 2)
            {
                hour = number;
                (minute, stop) = Part(text, stop);
                (second, stop) = Part(text, stop);
            }
            else if (isZone)
            {
                zone = ((number / 100 * 60) + (number % 100)) * (text[at - 1] == '-' ? -1 : 1);
            }
            else if (stop - at == 8 && year is null)
            {
                (year, month, day) = (number / 10_000, number / 100 % 100, number % 100);
            }
            else if (day is null && number is > 0 and < 32)
            {
                day = number;
            }
            else if (year is null)
            {
                year = stop - at > 2 ? number : number > 70 ? 1900 + number : 2000 + number;
            }
            else
            {
                return null;
            }

            at = stop;
        }

        bool isDate = day is not null && month is >= 1 and <= 12 && year is >= 1583 and <= 9999
            && day <= DateTime.DaysInMonth(year.Value, month.Value) && (hour ?? 0) < 24 && minute < 60 && second < 61;
        return isDate
            ? new DateTimeOffset(year!.Value, month!.Value, day!.Value, hour ?? 0, minute, Math.Min(second, 59), TimeSpan.Zero).ToUnixTimeSeconds() - ((zone ?? 0) * 60)
            : null;
    }

    private static (int Value, int End) Part(string text, int at)
    {
        if (at >= text.Length || text[at] != ':')
            return (0, at);
        int end = at + 1;
        while (end < text.Length && end - at <= 2 && char.IsAsciiDigit(text[end]))
            end++;
        return end == at + 1 ? (0, end) : (int.Parse(text.AsSpan(at + 1, end - at - 1), NumberStyles.None, CultureInfo.InvariantCulture), end);
    }
}
