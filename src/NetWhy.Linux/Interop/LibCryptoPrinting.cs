using System.Runtime.InteropServices;

namespace NetWhy.Linux.Interop;

// What openssl s_client prints besides certificates.
internal static unsafe partial class LibCrypto
{
    [LibraryImport(Library)]
    internal static partial int OCSP_RESPONSE_print(nint bio, nint response, nuint flags);

    [LibraryImport(Library)]
    internal static partial int BIO_dump_indent(nint bio, byte* octets, int length, int indent);

    [LibraryImport(Library)]
    internal static partial void ERR_new();

    [LibraryImport(Library)]
    internal static partial void ERR_set_debug(byte* file, int line, byte* function);

    /// <summary>Takes more behind the text in C; without any, the call is the same.</summary>
    [LibraryImport(Library)]
    internal static partial void ERR_set_error(int library, int reason, byte* text);

    [LibraryImport(Library)]
    internal static partial int X509_load_crl_file(nint lookup, byte* file, int type);

    [LibraryImport(Library)]
    internal static partial int X509_get_signature_nid(nint certificate);

    [LibraryImport(Library)]
    internal static partial int EVP_PKEY_get_base_id(nint key);
}
