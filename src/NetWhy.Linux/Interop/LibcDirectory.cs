using System.Runtime.InteropServices;

namespace NetWhy.Linux.Interop;

/// <content>Calls that walk folders fast, and those that have no wrapper.</content>
internal static unsafe partial class Libc
{
    internal const int O_DIRECTORY = 0x10000;
    internal const int FNM_CASEFOLD = 1 << 4;
    internal const int NI_NAMEREQD = 8;
    internal const int NI_MAXHOST = 1025;
    internal const int EAI_NONAME = -2;
    internal const int EAI_NODATA = -5;
    internal const int EAI_ADDRFAMILY = -9;
    internal const int EAI_SYSTEM = -11;

    /// <summary>Number of bpf(2).</summary>
    internal static nint SYS_bpf => RuntimeInformation.ProcessArchitecture is Architecture.Arm64 ? 280 : 321;

    /// <summary>syscall(2) with three arguments</summary>
    [LibraryImport(Library, SetLastError = true)]
    internal static partial nint syscall(nint number, nint first, nint second, nint third);

    /// <summary>openat(2)</summary>
    [LibraryImport(Library, SetLastError = true)]
    internal static partial int openat(int directory, byte* path, int flags);

    /// <summary>getdents64(2)</summary>
    [LibraryImport(Library, SetLastError = true)]
    internal static partial nint getdents64(int directory, Span<byte> entries, nuint length);

    /// <summary>readlinkat(2)</summary>
    [LibraryImport(Library, SetLastError = true)]
    internal static partial nint readlinkat(int directory, byte* path, Span<byte> target, nuint length);

    /// <summary>fnmatch(3)</summary>
    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int fnmatch(string pattern, string text, int flags);

    /// <summary>getnameinfo(3)</summary>
    [LibraryImport(Library)]
    internal static partial int getnameinfo(
        ReadOnlySpan<byte> address, int addressLength, Span<byte> host, int hostLength, nint service, int serviceLength, int flags);

    /// <summary>getaddrinfo(3)</summary>
    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int getaddrinfo(string node, nint service, addrinfo* hints, addrinfo** result);

    /// <summary>freeaddrinfo(3)</summary>
    [LibraryImport(Library)]
    internal static partial void freeaddrinfo(addrinfo* result);

    /// <summary>gai_strerror(3)</summary>
    [LibraryImport(Library)]
    internal static partial byte* gai_strerror(int failure);

    /// <summary><c>struct addrinfo</c>, getaddrinfo(3).</summary>
    internal struct addrinfo
    {
        internal int ai_flags;
        internal int ai_family;
        internal int ai_socktype;
        internal int ai_protocol;
        internal uint ai_addrlen;
        internal byte* ai_addr;
        internal byte* ai_canonname;
        internal addrinfo* ai_next;
    }
}
