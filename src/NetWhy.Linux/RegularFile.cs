using System.Runtime.InteropServices;
using NetWhy.Linux.Interop;

namespace NetWhy.Linux;

/// <summary>Tells files that end, and that can be opened without waiting, from pipes, devices and sockets.</summary>
public static class RegularFile
{
    /// <summary>Whether a path leads to a regular file, symbolic links followed.</summary>
    /// <param name="path">The path.</param>
    /// <exception cref="IOException">There is nothing, or it may not be looked at.</exception>
    public static bool IsAt(string path)
    {
        // Source: struct statx in linux/stat.h; inode(7) for the mode.
        const int ModeOffset = 28;
        const int TypeMask = 0xf000;
        const int Regular = 0x8000;
        Span<byte> status = stackalloc byte[Libc.StatxSize];
        if (Libc.statx(Libc.AT_FDCWD, path, flags: 0, Libc.STATX_TYPE, status) != 0)
            throw new IOException(LinuxException.FromLastError("stat").Message);
        return (MemoryMarshal.Read<ushort>(status[ModeOffset..]) & TypeMask) == Regular;
    }
}
