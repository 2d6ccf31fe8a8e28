using System.Runtime.InteropServices;

namespace NetWhy.Linux.Interop;

/// <summary>The calls of libzstd that netwhy makes. Source: zstd.h, streaming API.</summary>
internal static unsafe partial class LibZstd
{
    private const string Library = "libzstd.so.1";

    /// <summary>ZSTD_createDStream()</summary>
    [LibraryImport(Library)]
    internal static partial nint ZSTD_createDStream();

    /// <summary>ZSTD_freeDStream()</summary>
    [LibraryImport(Library)]
    internal static partial nuint ZSTD_freeDStream(nint stream);

    /// <summary>ZSTD_decompressStream()</summary>
    [LibraryImport(Library)]
    internal static partial nuint ZSTD_decompressStream(nint stream, Buffer* output, Buffer* input);

    /// <summary>ZSTD_createCCtx()</summary>
    [LibraryImport(Library)]
    internal static partial nint ZSTD_createCCtx();

    /// <summary>ZSTD_freeCCtx()</summary>
    [LibraryImport(Library)]
    internal static partial nuint ZSTD_freeCCtx(nint context);

    /// <summary>ZSTD_compressStream2()</summary>
    [LibraryImport(Library)]
    internal static partial nuint ZSTD_compressStream2(nint context, Buffer* output, Buffer* input, int directive);

    /// <summary>ZSTD_isError()</summary>
    [LibraryImport(Library)]
    internal static partial uint ZSTD_isError(nuint code);

    /// <summary>ZSTD_getErrorName()</summary>
    [LibraryImport(Library)]
    internal static partial byte* ZSTD_getErrorName(nuint code);

    /// <summary><c>ZSTD_inBuffer</c> and <c>ZSTD_outBuffer</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct Buffer
    {
        internal byte* Octets;
        internal nuint Size;
        internal nuint Position;
    }
}
