using System.Runtime.InteropServices;

namespace NetWhy.Linux.Interop;

/// <content>Calls about the standard streams.</content>
internal static unsafe partial class Libc
{
    internal const short POLLOUT = 4;

    /// <summary>isatty(3)</summary>
    [LibraryImport(Library)]
    internal static partial int isatty(int descriptor);

    /// <summary>write(2)</summary>
    [LibraryImport(Library, SetLastError = true)]
    internal static partial nint write(int descriptor, byte* octets, nuint count);
}
