using System.Globalization;
using NetWhy.Linux;

namespace NetWhy.Tools.Dig;

/// <summary>Tells the time as dig prints it.</summary>
internal static class DigClock
{
    private static readonly LocalClock Clock = new();

    /// <summary>Now, as strftime(3) writes <c>%a %b %d %H:%M:%S %Z %Y</c> without a locale.</summary>
    internal static string Now()
    {
        long seconds = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();
        LocalTime time;
        lock (Clock)
            time = Clock.At(seconds);
        DateTime moment = new DateTime(time.Year, time.Month, time.Day, 0, 0, 0, DateTimeKind.Unspecified).AddSeconds(time.SecondOfDay);
        return string.Create(CultureInfo.InvariantCulture, $"{moment:ddd MMM dd HH:mm:ss} {LocalClock.ZoneAt(seconds)} {moment:yyyy}");
    }

    /// <summary>A moment as ISO 8601 has it, in UTC.</summary>
    /// <param name="time">The moment.</param>
    /// <param name="hasMicroseconds">Whether microseconds are told, or milliseconds.</param>
    internal static string Iso(DateTimeOffset time, bool hasMicroseconds) =>
        time.UtcDateTime.ToString(hasMicroseconds ? "yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'" : "yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
}
