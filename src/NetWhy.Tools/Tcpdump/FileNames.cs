using System.Globalization;
using System.Text;
using NetWhy.Linux;

namespace NetWhy.Tools.Tcpdump;

/// <summary>Makes the names of the files that packets are written to. Source: tcpdump(1), -w, -C, -G, -W.</summary>
/// <param name="options">What they are made of.</param>
internal sealed class FileNames(TcpdumpOptions options)
{
    private readonly LocalClock _clock = new();

    /// <summary>The name of a file.</summary>
    /// <param name="seconds">When it begins, in seconds since 1970.</param>
    /// <param name="number">Its number among the files of that time, from 0.</param>
    internal string Of(long seconds, int number)
    {
        string suffix = SuffixOf(options), template = options.Output![..^(options.Output!.EndsWith(suffix, StringComparison.Ordinal) ? suffix.Length : 0)];
        string name = options.FileSeconds is null && options.Events.Count == 0 ? template : Expand(template, seconds);
        int digits = options.FileSize is not null && options.FileCount is > 1 and { } count
            ? (count - 1).ToString(CultureInfo.InvariantCulture).Length
            : 0;
        // With a count, numbers have leading zeros from the first file on, so that names sort; without, the first has none.
        return (number == 0 && digits == 0 ? name : name + number.ToString(CultureInfo.InvariantCulture).PadLeft(digits, '0')) + suffix;
    }

    // What is compressed is named so, behind the number, as -z gzip would name it. Devices have the names that they have.
    private static string SuffixOf(TcpdumpOptions options) =>
        options.Output is "-" || options.Output!.StartsWith("/dev/", StringComparison.Ordinal) ? ""
        : options.Compression switch { "gzip" => ".gz", "zstd" => ".zst", _ => "" };

    // Source: strftime(3), the conversions that make sense in a name; others stay as they are.
    private string Expand(string template, long seconds)
    {
        LocalTime time = _clock.At(seconds);
        int ofDay = time.SecondOfDay;
        var name = new StringBuilder();
        for (int i = 0; i < template.Length; i++)
        {
            if (template[i] is not '%' || i + 1 == template.Length)
            {
                name.Append(template[i]);
                continue;
            }

            _ = template[++i] switch
            {
                'Y' => name.Append(CultureInfo.InvariantCulture, $"{time.Year:d4}"),
                'y' => name.Append(CultureInfo.InvariantCulture, $"{time.Year % 100:d2}"),
                'm' => name.Append(CultureInfo.InvariantCulture, $"{time.Month:d2}"),
                'd' => name.Append(CultureInfo.InvariantCulture, $"{time.Day:d2}"),
                'H' => name.Append(CultureInfo.InvariantCulture, $"{ofDay / 3600:d2}"),
                'I' => name.Append(CultureInfo.InvariantCulture, $"{(((ofDay / 3600) + 11) % 12) + 1:d2}"),
                'p' => name.Append(ofDay < 12 * 3600 ? "AM" : "PM"),
                'M' => name.Append(CultureInfo.InvariantCulture, $"{ofDay / 60 % 60:d2}"),
                'S' => name.Append(CultureInfo.InvariantCulture, $"{ofDay % 60:d2}"),
                'F' => name.Append(CultureInfo.InvariantCulture, $"{time.Year:d4}-{time.Month:d2}-{time.Day:d2}"),
                'T' => name.Append(CultureInfo.InvariantCulture, $"{ofDay / 3600:d2}:{ofDay / 60 % 60:d2}:{ofDay % 60:d2}"),
                'R' => name.Append(CultureInfo.InvariantCulture, $"{ofDay / 3600:d2}:{ofDay / 60 % 60:d2}"),
                'D' => name.Append(CultureInfo.InvariantCulture, $"{time.Month:d2}/{time.Day:d2}/{time.Year % 100:d2}"),
                's' => name.Append(CultureInfo.InvariantCulture, $"{seconds}"),
                'j' => name.Append(CultureInfo.InvariantCulture, $"{new DateTime(time.Year, time.Month, time.Day, 0, 0, 0, DateTimeKind.Unspecified).DayOfYear:d3}"),
                'u' => name.Append(CultureInfo.InvariantCulture, $"{(((int)new DateTime(time.Year, time.Month, time.Day, 0, 0, 0, DateTimeKind.Unspecified).DayOfWeek + 6) % 7) + 1}"),
                'b' => name.Append(CultureInfo.InvariantCulture.DateTimeFormat.GetAbbreviatedMonthName(time.Month)),
                'a' => name.Append(CultureInfo.InvariantCulture.DateTimeFormat.GetAbbreviatedDayName(new DateTime(time.Year, time.Month, time.Day, 0, 0, 0, DateTimeKind.Unspecified).DayOfWeek)),
                '%' => name.Append('%'),
                var other => name.Append('%').Append(other),
            };
        }

        return name.ToString();
    }
}
