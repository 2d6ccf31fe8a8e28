using System.Runtime.InteropServices;

namespace NetWhy.Linux.Interop;

internal static unsafe partial class LibCrypto
{
    [LibraryImport(Library)]
    internal static partial byte* OpenSSL_version(int kind);
}
