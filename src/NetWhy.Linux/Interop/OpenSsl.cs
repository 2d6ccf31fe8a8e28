using System.Reflection;
using System.Runtime.InteropServices;

namespace NetWhy.Linux.Interop;

/// <summary>Finds libssl and libcrypto when they are first needed, so that netwhy runs without them until then.</summary>
internal static class OpenSsl
{
    private static readonly Lazy<string?> Absence = new(Find);

    private static nint _ssl;
    private static nint _crypto;

    /// <summary>Why the libraries cannot be used; null if they can. Loads them when first asked.</summary>
    internal static string? Unavailable => Absence.Value;

    private static string? Find()
    {
        // libssl 1.1 has other symbols for what netwhy asks; only the plain name may lead to a later major version.
        if (!NativeLibrary.TryLoad("libssl.so.3", out _ssl) && !NativeLibrary.TryLoad("libssl.so", out _ssl))
            return "libssl.so.3 is not installed";
        if (!NativeLibrary.TryLoad("libcrypto.so.3", out _crypto) && !NativeLibrary.TryLoad("libcrypto.so", out _crypto))
            return "libcrypto.so.3 is not installed";
        if (!NativeLibrary.TryGetExport(_ssl, "SSL_group_to_name", out _))
            return "libssl is older than version 3.0";

        NativeLibrary.SetDllImportResolver(typeof(OpenSsl).Assembly, Resolve);
        return null;
    }

    private static nint Resolve(string library, Assembly assembly, DllImportSearchPath? searchPath) => library switch
    {
        LibSsl.Library => _ssl,
        LibCrypto.Library => _crypto,
        _ => 0, // libc, by the runtime's own way
    };
}
