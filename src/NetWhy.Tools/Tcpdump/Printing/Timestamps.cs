using NetWhy.Linux;

namespace NetWhy.Tools.Tcpdump.Printing;

/// <summary>Prints the times of packets.</summary>
/// <param name="options">How.</param>
internal sealed class Timestamps(PrintOptions options)
{
    private const long PerSecond = 1_000_000_000;
    private const long LastSecond = int.MaxValue; // tcpdump refuses what does not fit 31 bits

    private readonly LocalClock _clock = new();
    private long? _reference;

    /// <summary>Prints a time and a space, or nothing.</summary>
    /// <param name="text">Where.</param>
    /// <param name="nanoseconds">The time since 1970.</param>
    internal void Print(PacketText text, long nanoseconds)
    {
        switch (options.Time)
        {
            case TimeStyle.None:
                return;
            case TimeStyle.Seconds:
                if (IsInRange(text, nanoseconds))
                {
                    text.AddDecimal((ulong)(nanoseconds / PerSecond));
                    Fraction(text, nanoseconds);
                }

                break;
            case TimeStyle.SincePrevious or TimeStyle.SinceFirst:
                _reference ??= nanoseconds;
                long span = Round(nanoseconds) - Round(_reference.Value);
                text.Add((byte)(span < 0 ? '-' : ' '));
                TimeOfDay(text, Math.Abs(span) / PerSecond);
                Fraction(text, Math.Abs(span));
                if (options.Time is TimeStyle.SincePrevious)
                    _reference = nanoseconds;
                break;
            default:
                if (IsInRange(text, nanoseconds))
                {
                    LocalTime time = _clock.At(nanoseconds / PerSecond);
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
                    Fraction(text, nanoseconds);
                }

                break;
        }

        text.Add((byte)' ');
    }

    private static bool IsInRange(PacketText text, long nanoseconds)
    {
        if (nanoseconds >= 0 && nanoseconds / PerSecond <= LastSecond)
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

    private void Fraction(PacketText text, long nanoseconds)
    {
        text.Add((byte)'.');
        if (options.IsNanosecond)
            text.AddDecimal((ulong)(nanoseconds % PerSecond), 9);
        else
            text.AddDecimal((ulong)(nanoseconds % PerSecond / 1000), 6);
    }
}
