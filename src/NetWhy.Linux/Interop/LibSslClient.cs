using System.Runtime.InteropServices;

namespace NetWhy.Linux.Interop;

// What openssl s_client asks of a session.
internal static unsafe partial class LibSsl
{
    internal const int SSL_CTRL_SET_TLSEXT_SERVERNAME_CB = 53;
    internal const int SSL_CTRL_CLEAR_MODE = 78;
    internal const int SSL_CTRL_GET_CLIENT_CERT_TYPES = 103;
    internal const int SSL_CTRL_GET_PEER_SIGNATURE_NID = 108;
    internal const int SSL_CTRL_GET_EC_POINT_FORMATS = 111;

    /// <summary>For SSL_CTRL_SET_TLSEXT_SERVERNAME_CB.</summary>
    [LibraryImport(Library, EntryPoint = "SSL_CTX_callback_ctrl")]
    internal static partial nint SSL_CTX_callback_ctrl_name(nint context, int command, delegate* unmanaged[Cdecl]<nint, int*, nint, int> callback);

    [LibraryImport(Library)]
    internal static partial int SSL_get_servername_type(nint ssl);

    [LibraryImport(Library)]
    internal static partial nint SSL_get0_peer_certificate(nint ssl);

    [LibraryImport(Library)]
    internal static partial int SSL_is_init_finished(nint ssl);

    [LibraryImport(Library)]
    internal static partial int SSL_version(nint ssl);

    [LibraryImport(Library)]
    internal static partial int SSL_renegotiate(nint ssl);

    [LibraryImport(Library)]
    internal static partial int SSL_key_update(nint ssl, int kind);

    [LibraryImport(Library)]
    internal static partial ulong SSL_set_options(nint ssl, ulong options);

    [LibraryImport(Library)]
    internal static partial int SSL_has_pending(nint ssl);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int SSL_write_early_data(nint ssl, byte* octets, nuint length, nuint* written);

    [LibraryImport(Library)]
    internal static partial int SSL_get_early_data_status(nint ssl);

    [LibraryImport(Library)]
    internal static partial byte* SSL_CIPHER_get_version(nint cipher);

    [LibraryImport(Library)]
    internal static partial int SSL_get_sigalgs(nint ssl, int index, int* signature, int* digest, int* both, byte* rawSignature, byte* rawDigest);

    [LibraryImport(Library)]
    internal static partial int SSL_get_shared_sigalgs(nint ssl, int index, int* signature, int* digest, int* both, byte* rawSignature, byte* rawDigest);

    [LibraryImport(Library)]
    internal static partial nint SSL_get0_peer_CA_list(nint ssl);

    [LibraryImport(Library)]
    internal static partial void SSL_set_connect_state(nint ssl);

    [LibraryImport(Library)]
    internal static partial byte* SSL_get0_peername(nint ssl);

    [LibraryImport(Library)]
    internal static partial nint SSL_get_current_compression(nint ssl);

    [LibraryImport(Library)]
    internal static partial byte* SSL_alert_type_string_long(int value);

    [LibraryImport(Library)]
    internal static partial byte* SSL_alert_desc_string_long(int value);

    [LibraryImport(Library)]
    internal static partial int SSL_set_tlsext_max_fragment_length(nint ssl, byte mode);

    [LibraryImport(Library)]
    internal static partial void SSL_set_post_handshake_auth(nint ssl, int isOn);

    [LibraryImport(Library)]
    internal static partial int SSL_export_keying_material(
        nint ssl, byte* octets, nuint length, byte* label, nuint labelLength, byte* context, nuint contextLength, int hasContext);

    [LibraryImport(Library)]
    internal static partial void SSL_trace(int isWrite, int version, int contentType, byte* octets, nuint length, nint ssl, nint bio);
}
