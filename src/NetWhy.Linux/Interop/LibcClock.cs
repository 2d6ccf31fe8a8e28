using System.Runtime.InteropServices;

namespace NetWhy.Linux.Interop;

/// <summary>The call that asks for the state of the clock.</summary>
internal static partial class Libc
{
    /// <summary>Octets of <c>struct timex</c> where long has 64 bits.</summary>
    internal const int TimexSize = 208;

    /// <summary>adjtimex(2)</summary>
    [LibraryImport(Library, SetLastError = true)]
    internal static partial int adjtimex(Span<byte> buffer);
}
