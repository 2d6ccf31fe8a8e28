using System.Diagnostics;

namespace NetWhy.Paths;

/// <summary>Round trips by the kernel's stamps, which leave out how long this program was kept from reading the answer.</summary>
internal static class StampedRoundTrip
{
    private const int Tries = 4;

    private static readonly TimeSpan Together = TimeSpan.FromMicroseconds(20); // between two readings of a clock by a thread that was not held up

    /// <summary>The time from sending to the answer's arrival.</summary>
    /// <remarks>
    /// The stamp is of the wall clock, which may be set meanwhile, so only its age is taken from that: the two clocks are read again where
    /// the thread was held up between them, or the age would seem larger than all the time since sending.
    /// </remarks>
    /// <param name="sentAt">When it was sent, by <see cref="Stopwatch"/>.</param>
    /// <param name="kernelTime">When the kernel received the answer; null if that is unknown: then the time until now.</param>
    /// <param name="clock">The wall clock.</param>
    internal static TimeSpan Of(long sentAt, DateTimeOffset? kernelTime, TimeProvider clock)
    {
        if (kernelTime is not { } stamp)
            return Stopwatch.GetElapsedTime(sentAt);
        long read;
        DateTimeOffset now;
        int tries = 0;
        do
        {
            read = Stopwatch.GetTimestamp();
            now = clock.GetUtcNow();
        }
        while (Stopwatch.GetElapsedTime(read) > Together && ++tries < Tries);
        TimeSpan elapsed = Stopwatch.GetElapsedTime(sentAt, read), age = now - stamp;
        return age > TimeSpan.Zero && age < elapsed ? elapsed - age : elapsed;
    }
}
