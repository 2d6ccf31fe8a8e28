using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace NetWhy.Linux;

/// <summary>Places in memory that stay where they are; those without references begin with a cache line.</summary>
/// <remarks>
/// Where a place takes whole lines, so does each of them, and what lies in one line is known by the order of its fields. The
/// collector puts an array wherever there is room: so it is somewhat larger, and its first place is the first one at a line, or
/// at a large page. What lies before that is written when the array is made, and would keep the page a small one.
/// </remarks>
/// <typeparam name="T">What is kept.</typeparam>
public sealed unsafe class LineArray<T>
    where T : struct
{
    private readonly Array _memory; // keeps it from being collected
    private readonly byte* _first;

    /// <summary>Makes places that hold nothing yet.</summary>
    /// <param name="length">How many.</param>
    /// <param name="isLarge">Whether they are sure to be used, so that they may begin with a large page, and take one at once.</param>
    public LineArray(int length, bool isLarge)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        Length = length;
        if (RuntimeHelpers.IsReferenceOrContainsReferences<T>())
        {
            T[] places = GC.AllocateArray<T>(length, pinned: true);
            _memory = places;
            _first = (byte*)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(places));
        }
        else
        {
            int alignment = isLarge ? CacheLines.LargePage : CacheLines.Size;
            byte[] octets = GC.AllocateArray<byte>(checked((length * Unsafe.SizeOf<T>()) + alignment - 1), pinned: true);
            nint start = (nint)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(octets));
            _memory = octets;
            _first = (byte*)((start + alignment - 1) / alignment * alignment);
        }

        CacheLines.PreferLargePages(_first, (nint)length * Unsafe.SizeOf<T>());
    }

    /// <summary>How many places there are.</summary>
    public int Length { get; }

    /// <summary>A place.</summary>
    /// <param name="index">Which one.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is none.</exception>
    public ref T this[int index]
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get
        {
            if ((uint)index >= (uint)Length)
                ThrowOutside(index);
            return ref Unsafe.AsRef<T>(_first + ((nint)(uint)index * Unsafe.SizeOf<T>()));
        }
    }

    // Keeps what reads a place small.
    private void ThrowOutside(int index)
    {
        GC.KeepAlive(_memory);
        throw new ArgumentOutOfRangeException(nameof(index));
    }
}
