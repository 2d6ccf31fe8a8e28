using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;
using NetWhy.Linux.Interop;

namespace NetWhy.Linux;

/// <summary>Hints for memory of which much is used in no order. They change how fast something is, never what it is.</summary>
public static unsafe class CacheLines
{
    /// <summary>Octets of a line.</summary>
    public const int Size = 64;

    /// <summary>Octets of a large page.</summary>
    public const int LargePage = 1 << 21;

    /// <summary>Asks for what will soon be used, so that it comes while something else is done.</summary>
    /// <typeparam name="T">What it is.</typeparam>
    /// <param name="place">Where it is.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Prefetch<T>(ref readonly T place)
        where T : struct
    {
        if (!Sse.IsSupported)
            return;
        byte* start = (byte*)Unsafe.AsPointer(ref Unsafe.AsRef(in place));
        for (int offset = 0; offset < Unsafe.SizeOf<T>(); offset += Size)
            Sse.Prefetch0(start + offset);
        Sse.Prefetch0(start + Unsafe.SizeOf<T>() - 1);
    }

    /// <summary>Asks for some lines of what will soon be used.</summary>
    /// <typeparam name="T">What it is.</typeparam>
    /// <param name="place">Where it is: at the beginning of a line.</param>
    /// <param name="line">The first of them, from 0.</param>
    /// <param name="count">How many.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Prefetch<T>(ref readonly T place, int line, int count)
        where T : struct
    {
        if (!Sse.IsSupported)
            return;
        byte* start = (byte*)Unsafe.AsPointer(ref Unsafe.AsRef(in place)) + (line * Size);
        for (int offset = 0; offset < count * Size; offset += Size)
            Sse.Prefetch0(start + offset);
    }

    /// <summary>Asks the kernel for large pages, so that fewer places of pages are to be looked up.</summary>
    /// <param name="start">Where, not used yet.</param>
    /// <param name="octets">How much.</param>
    internal static void PreferLargePages(byte* start, nint octets)
    {
        nint page = Environment.SystemPageSize;
        nint first = (nint)start / page * page, last = ((nint)start + octets + page - 1) / page * page; // neighbours join: a large page may lie in both
        _ = Libc.madvise(first, (nuint)(last - first), Libc.MADV_HUGEPAGE); // where it is refused, pages are small
    }
}
