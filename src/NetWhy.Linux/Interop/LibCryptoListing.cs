using System.Runtime.InteropServices;

namespace NetWhy.Linux.Interop;

// The parts of a certificate that libcurl lists.
internal static unsafe partial class LibCrypto
{
    [LibraryImport(Library)]
    internal static partial CLong X509_get_version(nint certificate);

    [LibraryImport(Library)]
    internal static partial void X509_get0_signature(nint* signature, nint* algorithm, nint certificate);

    [LibraryImport(Library)]
    internal static partial void X509_ALGOR_get0(nint* identifier, int* type, nint* value, nint algorithm);

    [LibraryImport(Library)]
    internal static partial nint X509_get_X509_PUBKEY(nint certificate);

    [LibraryImport(Library)]
    internal static partial int X509_PUBKEY_get0_param(nint* identifier, byte** key, int* length, nint* algorithm, nint publicKey);

    [LibraryImport(Library)]
    internal static partial int i2a_ASN1_OBJECT(nint bio, nint identifier);

    [LibraryImport(Library)]
    internal static partial nint X509_EXTENSION_get_data(nint extension);

    [LibraryImport(Library)]
    internal static partial int ASN1_STRING_print(nint bio, nint text);

    [LibraryImport(Library)]
    internal static partial byte* ASN1_STRING_get0_data(nint text);

    [LibraryImport(Library)]
    internal static partial int ASN1_STRING_length(nint text);
}
