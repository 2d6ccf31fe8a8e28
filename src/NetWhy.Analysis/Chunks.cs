using System.Numerics;
using System.Runtime.CompilerServices;
using NetWhy.Linux;

namespace NetWhy.Analysis;

/// <summary>A list that grows without being copied, in memory that is made for many places in no order.</summary>
/// <typeparam name="T">What is kept; it begins with a cache line if it takes whole ones and holds no references.</typeparam>
internal sealed class Chunks<T>
    where T : struct
{
    private const int ChunkOctets = 1 << 23; // a few large pages

    private static readonly int Shift = BitOperations.Log2((uint)(ChunkOctets / Unsafe.SizeOf<T>()));
    private static readonly int Mask = (1 << Shift) - 1;

    private LineArray<T>[] _chunks = [];

    /// <summary>How much there is room for.</summary>
    internal int Capacity => _chunks.Length << Shift;

    /// <summary>A place.</summary>
    /// <param name="index">Which one.</param>
    internal ref T this[int index]
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => ref _chunks[index >> Shift][index & Mask];
    }

    /// <summary>Makes room for more; what is there stays where it is.</summary>
    /// <remarks>Most captures do not fill the first chunk, and large pages are for those that do.</remarks>
    internal void Grow() => _chunks = [.. _chunks, new LineArray<T>(1 << Shift, isLarge: _chunks.Length > 0)];
}
