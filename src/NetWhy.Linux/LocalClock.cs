using System.Runtime.InteropServices;
using NetWhy.Linux.Interop;

namespace NetWhy.Linux;

/// <summary>A moment in the time zone of this machine.</summary>
/// <param name="Year">Year.</param>
/// <param name="Month">Month, from 1.</param>
/// <param name="Day">Day of the month, from 1.</param>
/// <param name="SecondOfDay">Seconds since midnight.</param>
public readonly record struct LocalTime(int Year, int Month, int Day, int SecondOfDay);

/// <summary>Tells local time as the tools of the trade do, by the C library: environment variable TZ, else /etc/localtime.</summary>
/// <remarks>It asks once for a quarter of an hour: no time zone changes its offset within one. Source: localtime_r(3).</remarks>
/// <param name="isUtc">Whether the time zone is UTC, whatever the machine has.</param>
public sealed unsafe class LocalClock(bool isUtc = false)
{
    private const long Step = 900; // seconds

    private long _step = long.MinValue;
    private LocalTime _start;
    private bool _isSet;

    /// <summary>The local time of a moment.</summary>
    /// <param name="seconds">The moment, in seconds since 1970, UTC.</param>
    public LocalTime At(long seconds)
    {
        long step = Math.DivRem(seconds, Step, out long rest);
        if (rest < 0)
            (step, rest) = (step - 1, rest + Step);
        if (step != _step)
        {
            if (!_isSet)
                Libc.tzset();
            _isSet = true;
            Libc.tm time;
            long moment = step * Step;
            if ((isUtc ? Libc.gmtime_r(in moment, &time) : Libc.localtime_r(in moment, &time)) == null)
                return default;
            _start = new LocalTime(time.tm_year + 1900, time.tm_mon + 1, time.tm_mday, (time.tm_hour * 3600) + (time.tm_min * 60) + time.tm_sec);
            _step = step;
        }

        return _start with { SecondOfDay = _start.SecondOfDay + (int)rest };
    }

    /// <summary>The abbreviation of this machine's time zone at a moment, such as <c>UTC</c>. Source: tm(3type), tm_zone.</summary>
    /// <param name="seconds">The moment, in seconds since 1970, UTC.</param>
    public static string ZoneAt(long seconds)
    {
        Libc.tzset();
        Libc.tm time;
        return Libc.localtime_r(in seconds, &time) == null ? "" : Marshal.PtrToStringUTF8(time.tm_zone) ?? "";
    }
}
