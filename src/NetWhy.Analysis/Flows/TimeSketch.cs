using System.Numerics;
using NetWhy.Evidence;

namespace NetWhy.Analysis.Flows;

/// <summary>Very many times in little room: the shortest and the longest exactly, the others to a tenth.</summary>
/// <remarks>
/// It is a cache line, and holds no reference: once there are many different times, they are counted in an array that its owner
/// keeps for it, and gives with each of them.
/// </remarks>
internal struct TimeSketch
{
    private const int StepsPerOctave = 4; // 2^(1/4): the middle of a step is at most 9 % from its ends
    private const int Steps = 128; // from a microsecond to an hour
    private const int Few = 20; // of two dozen that come by chance, hardly ever more are different

    // 2^(1/4), 2^(2/4), 2^(3/4) as fractions of 2^32.
    private static readonly ulong[] Thresholds = [5_107_605_667, 6_074_001_000, 7_223_245_206];

    private static readonly long[] Middles = [.. Enumerable.Range(0, Steps).Select(step => (long)(1000 * Math.Pow(2, (step + 0.5) / StepsPerOctave)))]; // of steps, in nanoseconds

    private long _least;
    private long _most;
    private uint _count;
    private byte _fewCount;
    private bool _isSpread; // into the array
    private FewSteps _steps; // while there are few different ones, and few of each: those, and behind them how many of each

    /// <summary>How many times there are.</summary>
    internal readonly long Count => _count;

    /// <summary>The shortest, in nanoseconds; 0 if there are none.</summary>
    internal readonly long Least => _least;

    /// <summary>Adds a time.</summary>
    /// <param name="nanoseconds">The time; a negative one does not count.</param>
    /// <param name="counts">The array, which is made where it is needed first.</param>
    internal void Add(long nanoseconds, ref uint[]? counts)
    {
        if (!TryAdd(nanoseconds))
            AddToMany(nanoseconds, ref counts);
    }

    /// <summary>Adds a time, for whom the array is far away.</summary>
    /// <param name="nanoseconds">The time; a negative one does not count.</param>
    /// <returns>Whether that was all: otherwise it goes on with <see cref="AddToMany"/>.</returns>
    internal bool TryAdd(long nanoseconds)
    {
        if (nanoseconds < 0)
            return true;
        _least = _count == 0 ? nanoseconds : Math.Min(_least, nanoseconds);
        _most = Math.Max(_most, nanoseconds);
        _count++;
        return !_isSpread && AddToFew((byte)StepOf(nanoseconds));
    }

    /// <summary>Adds a time that <see cref="TryAdd"/> has no room for.</summary>
    /// <param name="nanoseconds">The time.</param>
    /// <param name="counts">The array, which is made where it is needed first.</param>
    internal void AddToMany(long nanoseconds, ref uint[]? counts)
    {
        if (!_isSpread)
            counts = Spread();
        _isSpread = true;
        counts![StepOf(nanoseconds)]++;
    }

    /// <summary>What they are; null if there are none.</summary>
    /// <param name="counts">The array.</param>
    internal readonly CapturedTimes? ToTimes(uint[]? counts)
    {
        if (Count == 0)
            return null;
        Span<uint> few = stackalloc uint[_isSpread ? 0 : Steps];
        if (!_isSpread)
            CopyTo(few);
        ReadOnlySpan<uint> all = _isSpread ? counts : few;
        return new CapturedTimes(Count, CaptureTime.Span(_least), Quantile(all, 0.5), Quantile(all, 0.95), CaptureTime.Span(_most));
    }

    private static int StepOf(long nanoseconds)
    {
        ulong microseconds = (ulong)Math.Max(1, nanoseconds / 1000);
        int octave = BitOperations.Log2(microseconds);
        ulong mantissa = octave <= 32 ? microseconds << (32 - octave) : microseconds >> (octave - 32);
        int part = 0;
        while (part < Thresholds.Length && mantissa >= Thresholds[part])
            part++;
        return Math.Min(Steps - 1, (octave * StepsPerOctave) + part);
    }

    private bool AddToFew(byte step)
    {
        int index = ((ReadOnlySpan<byte>)_steps)[.._fewCount].IndexOf(step);
        if (index < 0)
        {
            if (_fewCount == Few)
                return false;
            index = _fewCount++;
            _steps[index] = step;
            _steps[Few + index] = 0;
        }

        if (_steps[Few + index] == byte.MaxValue)
            return false;
        _steps[Few + index]++;
        return true;
    }

    private readonly uint[] Spread()
    {
        uint[] counts = new uint[Steps];
        CopyTo(counts);
        return counts;
    }

    private readonly void CopyTo(Span<uint> counts)
    {
        counts.Clear();
        for (int index = 0; index < _fewCount; index++)
            counts[_steps[index]] = _steps[Few + index];
    }

    private readonly TimeSpan Quantile(ReadOnlySpan<uint> counts, double part)
    {
        long rank = (long)Math.Ceiling(Count * part);
        int step = 0;
        for (long passed = counts[0]; passed < rank && step < Steps - 1; passed += counts[step])
            step++;
        return CaptureTime.Span(Math.Clamp(Middles[step], _least, _most));
    }

    [System.Runtime.CompilerServices.InlineArray(Few * 2)]
    private struct FewSteps
    {
        private byte _first;
    }
}

/// <summary>Times of captures, which are nanoseconds.</summary>
internal static class CaptureTime
{
    /// <summary>A span of time.</summary>
    /// <param name="nanoseconds">How long.</param>
    internal static TimeSpan Span(long nanoseconds) => TimeSpan.FromTicks(nanoseconds / TimeSpan.NanosecondsPerTick);

    /// <summary>A moment.</summary>
    /// <param name="nanoseconds">Since 1970, UTC.</param>
    internal static DateTimeOffset Moment(long nanoseconds)
    {
        const long Latest = 253_402_300_799; // the end of the year 9999
        long ticks = Math.Clamp(nanoseconds / TimeSpan.NanosecondsPerTick, 0, Latest * TimeSpan.TicksPerSecond);
        return DateTimeOffset.UnixEpoch.AddTicks(ticks);
    }
}
