using System.Runtime.InteropServices;
using NetWhy.Linux.Interop;

namespace NetWhy.Linux;

/// <summary>What the kernel knows of the quality of its clock. It is only asked: nothing is changed.</summary>
/// <remarks>Source: adjtimex(2), with modes 0; linux/timex.h.</remarks>
/// <param name="IsSynchronized">Whether somebody keeps it in step with others.</param>
/// <param name="MaxError">Largest error that is possible.</param>
public readonly record struct KernelClock(bool IsSynchronized, TimeSpan MaxError)
{
    private const int MaxErrorOffset = 24; // octets, all of struct timex where long has 64 bits
    private const int StatusOffset = 40;
    private const int Unsynchronized = 0x40; // STA_UNSYNC
    private const int ErrorState = 5; // TIME_ERROR
    private const long LargestError = 1_000_000_000_000; // microseconds: what is above is no measurement

    /// <summary>Asks; null if the kernel does not say, as in some sandboxes.</summary>
    public static KernelClock? Read()
    {
        Span<byte> timex = stackalloc byte[Libc.TimexSize];
        timex.Clear(); // modes 0: look only
        int state = Libc.adjtimex(timex);
        if (state < 0)
            return null;
        int status = MemoryMarshal.Read<int>(timex[StatusOffset..]);
        long error = Math.Clamp(MemoryMarshal.Read<long>(timex[MaxErrorOffset..]), 0, LargestError);
        return new KernelClock(state != ErrorState && (status & Unsynchronized) == 0, TimeSpan.FromMicroseconds(error));
    }
}
