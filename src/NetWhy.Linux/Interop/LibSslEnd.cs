using System.Runtime.InteropServices;

namespace NetWhy.Linux.Interop;

internal static unsafe partial class LibSsl
{
    [LibraryImport(Library, SetLastError = true)]
    internal static partial int SSL_shutdown(nint ssl);
}
