using System.Runtime.InteropServices;

namespace NetWhy.Linux.Interop;

/// <content>The call that makes a descriptor to wake a wait by.</content>
internal static unsafe partial class Libc
{
    internal const int EFD_NONBLOCK = 0x800;
    internal const int EFD_CLOEXEC = 0x80000;

    /// <summary>eventfd(2)</summary>
    [LibraryImport(Library, SetLastError = true)]
    internal static partial int eventfd(uint count, int flags);
}
