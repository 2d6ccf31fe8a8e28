using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace NetWhy.Linux.Interop;

/// <content>Calls about streams and files that are written.</content>
internal static unsafe partial class Libc
{
    internal const short POLLOUT = 4;

    /// <summary>isatty(3)</summary>
    [LibraryImport(Library)]
    internal static partial int isatty(int descriptor);

    /// <summary>write(2)</summary>
    [LibraryImport(Library, SetLastError = true)]
    internal static partial nint write(int descriptor, byte* octets, nuint count);

    /// <summary>writev(2)</summary>
    [LibraryImport(Library, SetLastError = true)]
    internal static partial nint writev(SafeFileHandle descriptor, iovec* pieces, int count);

    /// <summary>ftruncate(2)</summary>
    [LibraryImport(Library, SetLastError = true)]
    internal static partial int ftruncate(SafeFileHandle descriptor, nint length);
}
