using System.Runtime.InteropServices;

namespace NetWhy.Linux.Interop;

/// <summary>Where the fields of <c>struct epoll_event</c> lie: packed on x86-64, aligned elsewhere.</summary>
/// <remarks>Source: epoll_ctl(2); EPOLL_PACKED in linux/eventpoll.h.</remarks>
/// <param name="Size">Size of one event, in octets.</param>
/// <param name="DataOffset">Where <c>data</c> begins; <c>events</c> comes first.</param>
internal readonly record struct EpollEvent(int Size, int DataOffset)
{
    /// <summary>Size that holds an event of any layout, in octets.</summary>
    internal const int LargestSize = 16;

    /// <summary>The layout of this machine.</summary>
    internal static EpollEvent Layout { get; } = Of(RuntimeInformation.ProcessArchitecture);

    /// <summary>The layout of an architecture.</summary>
    /// <param name="architecture">The architecture.</param>
    internal static EpollEvent Of(Architecture architecture) =>
        architecture is Architecture.X64 ? new(12, 4) : new(LargestSize, 8);

    /// <summary>Writes an event.</summary>
    /// <param name="octets">Where.</param>
    /// <param name="events">What to wait for.</param>
    /// <param name="data">What the kernel hands back.</param>
    internal void Write(Span<byte> octets, uint events, ulong data)
    {
        octets.Clear();
        MemoryMarshal.Write(octets, events);
        MemoryMarshal.Write(octets[DataOffset..], data);
    }

    /// <summary>Reads an event.</summary>
    /// <param name="octets">The event.</param>
    internal (uint Events, ulong Data) Read(ReadOnlySpan<byte> octets) =>
        (MemoryMarshal.Read<uint>(octets), MemoryMarshal.Read<ulong>(octets[DataOffset..]));
}
