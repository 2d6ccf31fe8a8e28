using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace NetWhy.Tests.Fuzzing;

/// <summary>Memory behind whose last octet no page may be read: who reads on, ends the process.</summary>
/// <remarks>Spans check their bounds; what casts octets to structs does not. Source: mmap(2), mprotect(2).</remarks>
internal sealed class GuardedMemory : IDisposable
{
    private const int PageSize = 4096;
    private const int NoAccess = 0, ReadAndWrite = 3; // PROT_NONE, PROT_READ | PROT_WRITE
    private const int PrivateAndAnonymous = 0x22; // MAP_PRIVATE | MAP_ANONYMOUS

    private readonly nint _address;
    private readonly nint _size;
    private readonly int _room;

    /// <summary>Makes room for inputs.</summary>
    /// <param name="room">Length of the longest input, in octets.</param>
    internal GuardedMemory(int room)
    {
        _room = (room + PageSize - 1) / PageSize * PageSize;
        _size = _room + PageSize;
        _address = mmap(0, _size, ReadAndWrite, PrivateAndAnonymous, -1, 0);
        if (_address == -1 || mprotect(_address + _room, PageSize, NoAccess) != 0)
            throw new InvalidOperationException($"no guarded memory: error {Marshal.GetLastPInvokeError()}");
    }

    /// <summary>Copies an input so that it ends where the guarded page begins.</summary>
    /// <param name="octets">The input.</param>
    internal ReadOnlySpan<byte> Place(ReadOnlySpan<byte> octets)
    {
        ref byte start = ref Unsafe.AddByteOffset(ref Unsafe.NullRef<byte>(), _address + _room - octets.Length);
        Span<byte> placed = MemoryMarshal.CreateSpan(ref start, octets.Length);
        octets.CopyTo(placed);
        return placed;
    }

    /// <inheritdoc/>
    public void Dispose() => _ = munmap(_address, _size);

#pragma warning disable IDE1006, SYSLIB1054 // names of their man pages
    [DllImport("libc", SetLastError = true)]
    private static extern nint mmap(nint address, nint length, int protection, int flags, int file, nint offset);

    [DllImport("libc", SetLastError = true)]
    private static extern int mprotect(nint address, nint length, int protection);

    [DllImport("libc", SetLastError = true)]
    private static extern int munmap(nint address, nint length);
#pragma warning restore IDE1006, SYSLIB1054
}
