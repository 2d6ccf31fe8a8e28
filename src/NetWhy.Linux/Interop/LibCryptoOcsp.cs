using System.Runtime.InteropServices;

namespace NetWhy.Linux.Interop;

// What certificates' issuers say of them.
internal static unsafe partial class LibCrypto
{
    [LibraryImport(Library)]
    internal static partial nint d2i_OCSP_RESPONSE(nint* response, byte** octets, nint length);

    [LibraryImport(Library)]
    internal static partial void OCSP_RESPONSE_free(nint response);

    [LibraryImport(Library)]
    internal static partial int OCSP_response_status(nint response);

    [LibraryImport(Library)]
    internal static partial byte* OCSP_response_status_str(nint status);

    [LibraryImport(Library)]
    internal static partial nint OCSP_response_get1_basic(nint response);

    [LibraryImport(Library)]
    internal static partial void OCSP_BASICRESP_free(nint basic);

    [LibraryImport(Library)]
    internal static partial int OCSP_basic_verify(nint basic, nint certificates, nint store, nuint flags);

    [LibraryImport(Library)]
    internal static partial nint OCSP_cert_to_id(nint digest, nint subject, nint issuer);

    [LibraryImport(Library)]
    internal static partial void OCSP_CERTID_free(nint id);

    [LibraryImport(Library)]
    internal static partial int OCSP_resp_find_status(nint basic, nint id, int* status, int* reason, nint* revoked, nint* thisUpdate, nint* nextUpdate);

    [LibraryImport(Library)]
    internal static partial int OCSP_check_validity(nint thisUpdate, nint nextUpdate, nint tolerance, nint oldest);

    [LibraryImport(Library)]
    internal static partial byte* OCSP_cert_status_str(nint status);

    [LibraryImport(Library)]
    internal static partial byte* OCSP_crl_reason_str(nint reason);

    [LibraryImport(Library)]
    internal static partial int X509_check_issued(nint issuer, nint subject);

    [LibraryImport(Library)]
    internal static partial nint EVP_sha1();
}
