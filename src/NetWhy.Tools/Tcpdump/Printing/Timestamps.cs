using NetWhy.Linux;

namespace NetWhy.Tools.Tcpdump.Printing;

/// <summary>Prints the times of packets.</summary>
/// <param name="options">How.</param>
/// <param name="clock">The time zone.</param>
internal sealed class Timestamps(PrintOptions options, LocalClock clock)
{
    private const long PerSecond = 1_000_000_000;
    private const long LastSecond = int.MaxValue; // tcpdump refuses what does not fit 31 bits

    private long? _reference;

    /// <summary>Prints a time and a space, or nothing.</summary>
    /// <param name="text">Where.</param>
    /// <param name="seconds">The whole seconds since 1970.</param>
    /// <param name="fraction">The nanoseconds beside them.</param>
    internal void Print(PacketText text, long seconds, long fraction)
    {
        long nanoseconds = (seconds * PerSecond) + fraction;
        switch (options.Time)
        {
            case TimeStyle.None:
                return;
            case TimeStyle.Seconds:
                if (IsInRange(text, seconds))
                {
                    text.AddDecimal((ulong)seconds);
                    Fraction(text, fraction);
                }

                break;
            case TimeStyle.SincePrevious or TimeStyle.SinceFirst:
                _reference ??= nanoseconds;
                long span = Round(nanoseconds) - Round(_reference.Value);
                text.Add((byte)(span < 0 ? '-' : ' '));
                TimeOfDay(text, Math.Abs(span) / PerSecond);
                Fraction(text, Math.Abs(span) % PerSecond);
                if (options.Time is TimeStyle.SincePrevious)
                    _reference = nanoseconds;
                break;
            default:
                if (IsInRange(text, seconds))
                {
                    LocalTime time = clock.At(seconds);
                    if (options.Time is TimeStyle.DateAndTime)
                    {
                        text.AddDecimal((ulong)time.Year, 4);
                        text.Add((byte)'-');
                        text.AddDecimal((ulong)time.Month, 2);
                        text.Add((byte)'-');
                        text.AddDecimal((ulong)time.Day, 2);
                        text.Add((byte)' ');
                    }

                    TimeOfDay(text, time.SecondOfDay);
                    Fraction(text, fraction);
                }

                break;
        }

        text.Add((byte)' ');
    }

    private static bool IsInRange(PacketText text, long seconds)
    {
        if (seconds is >= 0 and <= LastSecond)
            return true;
        text.Add("[Error converting time]");
        return false;
    }

    private static void TimeOfDay(PacketText text, long seconds)
    {
        text.AddDecimal((ulong)(seconds / 3600 % 24), 2);
        text.Add((byte)':');
        text.AddDecimal((ulong)(seconds / 60 % 60), 2);
        text.Add((byte)':');
        text.AddDecimal((ulong)(seconds % 60), 2);
    }

    private long Round(long nanoseconds) => options.IsNanosecond ? nanoseconds : nanoseconds / 1000 * 1000;

    private void Fraction(PacketText text, long fraction)
    {
        text.Add((byte)'.');
        if (options.IsNanosecond)
            text.AddDecimal((ulong)fraction, 9);
        else
            text.AddDecimal((ulong)(fraction / 1000), 6);
    }
}
