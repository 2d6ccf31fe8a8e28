using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
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
        {
            var refusal = LinuxException.FromLastError("stat");
            throw new IOException(refusal.Message, refusal.Errno); // as .NET does: errno stands for the HRESULT
        }

        return (MemoryMarshal.Read<ushort>(status[ModeOffset..]) & TypeMask) == Regular;
    }

    /// <summary>The number of the file that a path leads to (its inode); null if there is none.</summary>
    /// <param name="path">The path.</param>
    public static ulong? Number(string path) => Number(Libc.AT_FDCWD, path, flags: 0);

    /// <summary>The number of an open file (its inode); null if it cannot be seen.</summary>
    /// <param name="file">The file.</param>
    public static ulong? Number(SafeFileHandle file)
    {
        const int Itself = 0x1000; // AT_EMPTY_PATH
        ArgumentNullException.ThrowIfNull(file);
        return Number((int)file.DangerousGetHandle(), "", Itself);
    }

    private static ulong? Number(int directory, string path, int flags)
    {
        const uint InodeMask = 0x100; // STATX_INO
        const int InodeOffset = 32; // stx_ino
        Span<byte> status = stackalloc byte[Libc.StatxSize];
        return Libc.statx(directory, path, flags, InodeMask, status) == 0 ? MemoryMarshal.Read<ulong>(status[InodeOffset..]) : null;
    }

    /// <summary>Reads a file that may say nothing of its length, as those in /proc do, or grow meanwhile.</summary>
    /// <param name="path">The path.</param>
    /// <param name="most">Most octets.</param>
    /// <param name="octets">Its contents; empty if there are more.</param>
    /// <returns>Whether it holds no more than that.</returns>
    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    public static bool TryRead(string path, int most, out byte[] octets)
    {
        const int Guess = 256 * 1024; // the roots of a distribution, in one read
        using SafeFileHandle file = File.OpenHandle(path);
        octets = new byte[(int)Math.Min(Math.Max(RandomAccess.GetLength(file) + 1, Guess), (long)most + 1)];
        int length = 0;
        while (true)
        {
            int count = RandomAccess.Read(file, octets.AsSpan(length), length);
            length += count;
            if (count == 0 || length > most)
                break;
            if (length == octets.Length)
                Array.Resize(ref octets, (int)Math.Min(2L * length, (long)most + 1));
        }

        octets = length > most ? [] : octets[..length];
        return length <= most;
    }
}
