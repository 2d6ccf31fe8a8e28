using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using NetWhy.Linux.Interop;

namespace NetWhy.Linux;

/// <summary>Hints for memory of which much is used in no order. They change how fast something is, never what it is.</summary>
public static unsafe class CacheLines
{
    private const int LineSize = 64; // octets

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
        for (int offset = 0; offset < Unsafe.SizeOf<T>(); offset += LineSize)
            Sse.Prefetch0(start + offset);
        Sse.Prefetch0(start + Unsafe.SizeOf<T>() - 1);
    }

    /// <summary>Asks the kernel for large pages, so that fewer places of pages are to be looked up.</summary>
    /// <typeparam name="T">What is kept.</typeparam>
    /// <param name="array">Where: pinned, and not used yet.</param>
    public static void PreferLargePages<T>(T[] array)
    {
        ArgumentNullException.ThrowIfNull(array);
        nint start = (nint)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(array)), end = start + ((nint)array.Length * Unsafe.SizeOf<T>());
        nint page = Environment.SystemPageSize;
        nint first = start / page * page, last = (end + page - 1) / page * page; // neighbours join: a large page may lie in both
        _ = Libc.madvise(first, (nuint)(last - first), Libc.MADV_HUGEPAGE); // where it is refused, pages are small
    }
}
