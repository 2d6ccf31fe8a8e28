using System.Runtime.InteropServices;

namespace NetWhy.Linux.Interop;

/// <summary>The calls of libssl that netwhy makes, under the names of their man pages (section 3ssl).</summary>
internal static unsafe partial class LibSsl
{
    internal const int SSL_ERROR_WANT_READ = 2;
    internal const int SSL_ERROR_WANT_WRITE = 3;
    internal const int SSL_ERROR_SYSCALL = 5;
    internal const int SSL_ERROR_ZERO_RETURN = 6;

    internal const int SSL_CTRL_SET_MSG_CALLBACK_ARG = 16;
    internal const int SSL_CTRL_MODE = 33;
    internal const int SSL_CTRL_SET_SESS_CACHE_MODE = 44;
    internal const int SSL_CTRL_SET_MAX_SEND_FRAGMENT = 52;
    internal const int SSL_CTRL_SET_TLSEXT_HOSTNAME = 55;
    internal const int SSL_CTRL_SET_TLSEXT_DEBUG_CB = 56;
    internal const int SSL_CTRL_SET_TLSEXT_DEBUG_ARG = 57;
    internal const int SSL_CTRL_SET_TLSEXT_STATUS_REQ_CB = 63;
    internal const int SSL_CTRL_SET_TLSEXT_STATUS_REQ_TYPE = 65;
    internal const int SSL_CTRL_GET_TLSEXT_STATUS_REQ_OCSP_RESP = 70;
    internal const int SSL_CTRL_GET_RI_SUPPORT = 76;
    internal const int SSL_CTRL_CHAIN_CERT = 89;
    internal const int SSL_CTRL_SET_VERIFY_CERT_STORE = 106;
    internal const int SSL_CTRL_SET_CHAIN_CERT_STORE = 107;
    internal const int SSL_CTRL_GET_VERIFY_CERT_STORE = 137;
    internal const int SSL_CTRL_GET_PEER_TMP_KEY = 109;
    internal const int SSL_CTRL_GET_EXTMS_SUPPORT = 122;
    internal const int SSL_CTRL_SET_MIN_PROTO_VERSION = 123;
    internal const int SSL_CTRL_SET_MAX_PROTO_VERSION = 124;
    internal const int SSL_CTRL_GET_MIN_PROTO_VERSION = 130;
    internal const int SSL_CTRL_GET_MAX_PROTO_VERSION = 131;
    internal const int SSL_CTRL_GET_NEGOTIATED_GROUP = 134;

    internal const string Library = "ssl";

    [LibraryImport(Library)]
    internal static partial nint TLS_client_method();

    [LibraryImport(Library)]
    internal static partial nint SSL_CTX_new(nint method);

    [LibraryImport(Library)]
    internal static partial nint SSL_new(nint context);

    [LibraryImport(Library)]
    internal static partial void SSL_free(nint ssl);

    [LibraryImport(Library)]
    internal static partial int SSL_set_fd(nint ssl, int descriptor);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int SSL_connect(nint ssl);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int SSL_read(nint ssl, byte* buffer, int length);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int SSL_peek(nint ssl, byte* buffer, int length);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int SSL_write(nint ssl, byte* buffer, int length);

    [LibraryImport(Library)]
    internal static partial int SSL_get_error(nint ssl, int result);

    [LibraryImport(Library)]
    internal static partial nint SSL_ctrl(nint ssl, int command, nint number, void* argument);

    [LibraryImport(Library)]
    internal static partial void SSL_set_msg_callback(
        nint ssl, delegate* unmanaged[Cdecl]<int, int, int, byte*, nuint, nint, nint, void> callback);

    [LibraryImport(Library)]
    internal static partial int SSL_set_alpn_protos(nint ssl, byte* protocols, uint length);

    [LibraryImport(Library)]
    internal static partial void SSL_get0_alpn_selected(nint ssl, byte** protocol, uint* length);

    [LibraryImport(Library)]
    internal static partial void SSL_CTX_set_next_proto_select_cb(
        nint context, delegate* unmanaged[Cdecl]<nint, byte**, byte*, byte*, uint, nint, int> callback, nint argument);

    [LibraryImport(Library)]
    internal static partial int SSL_select_next_proto(byte** chosen, byte* chosenLength, byte* offered, uint offeredLength, byte* own, uint ownLength);

    [LibraryImport(Library)]
    internal static partial void SSL_get0_next_proto_negotiated(nint ssl, byte** protocol, uint* length);

    [LibraryImport(Library)]
    internal static partial void SSL_CTX_free(nint context);

    [LibraryImport(Library)]
    internal static partial int SSL_extension_supported(uint type);

    [LibraryImport(Library)]
    internal static partial int SSL_CTX_add_client_custom_ext(
        nint context, uint type, nint add, nint free, nint argument, delegate* unmanaged[Cdecl]<nint, uint, byte*, nuint, int*, nint, int> parse, nint parseArgument);

    [LibraryImport(Library)]
    internal static partial int SSL_set_cipher_list(nint ssl, byte* list);

    [LibraryImport(Library)]
    internal static partial int SSL_set_ciphersuites(nint ssl, byte* list);

    [LibraryImport(Library)]
    internal static partial int SSL_use_certificate_chain_file(nint ssl, byte* file);

    [LibraryImport(Library)]
    internal static partial int SSL_use_certificate(nint ssl, nint certificate);

    [LibraryImport(Library)]
    internal static partial int SSL_use_PrivateKey(nint ssl, nint key);

    [LibraryImport(Library)]
    internal static partial int SSL_use_PrivateKey_file(nint ssl, byte* file, int type);

    [LibraryImport(Library)]
    internal static partial void SSL_set_security_level(nint ssl, int level);

    [LibraryImport(Library)]
    internal static partial int SSL_get_security_level(nint ssl);

    [LibraryImport(Library)]
    internal static partial byte* SSL_get_version(nint ssl);

    [LibraryImport(Library)]
    internal static partial nint SSL_get_current_cipher(nint ssl);

    [LibraryImport(Library)]
    internal static partial byte* SSL_CIPHER_get_name(nint cipher);

    /// <summary>OpenSSL 3.0 and later.</summary>
    [LibraryImport(Library)]
    internal static partial byte* SSL_group_to_name(nint ssl, int group);

    [LibraryImport(Library)]
    internal static partial nint SSL_CTX_ctrl(nint context, int command, nint number, void* argument);

    [LibraryImport(Library)]
    internal static partial void SSL_CTX_set_keylog_callback(nint context, delegate* unmanaged[Cdecl]<nint, byte*, void> callback);

    [LibraryImport(Library)]
    internal static partial void SSL_CTX_sess_set_new_cb(nint context, delegate* unmanaged[Cdecl]<nint, nint, int> callback);

    /// <summary>For SSL_CTRL_SET_TLSEXT_STATUS_REQ_CB.</summary>
    [LibraryImport(Library)]
    internal static partial nint SSL_CTX_callback_ctrl(nint context, int command, delegate* unmanaged[Cdecl]<nint, nint, int> callback);

    /// <summary>For SSL_CTRL_SET_TLSEXT_DEBUG_CB.</summary>
    [LibraryImport(Library)]
    internal static partial nint SSL_callback_ctrl(
        nint ssl, int command, delegate* unmanaged[Cdecl]<nint, int, int, byte*, int, nint, void> callback);

    [LibraryImport(Library)]
    internal static partial void SSL_set_info_callback(nint ssl, delegate* unmanaged[Cdecl]<nint, int, int, void> callback);

    [LibraryImport(Library)]
    internal static partial void SSL_set_verify(nint ssl, int mode, delegate* unmanaged[Cdecl]<int, nint, int> callback);

    [LibraryImport(Library)]
    internal static partial nint SSL_get_verify_result(nint ssl);

    [LibraryImport(Library)]
    internal static partial int SSL_get_ex_data_X509_STORE_CTX_idx();

    [LibraryImport(Library)]
    internal static partial int SSL_set_ex_data(nint ssl, int index, nint data);

    [LibraryImport(Library)]
    internal static partial nint SSL_get_ex_data(nint ssl, int index);

    [LibraryImport(Library)]
    internal static partial nint SSL_get0_param(nint ssl);

    [LibraryImport(Library)]
    internal static partial byte* SSL_state_string_long(nint ssl);

    [LibraryImport(Library)]
    internal static partial nint SSL_get_rbio(nint ssl);

    [LibraryImport(Library)]
    internal static partial nint SSL_CONF_CTX_new();

    [LibraryImport(Library)]
    internal static partial void SSL_CONF_CTX_free(nint configuration);

    [LibraryImport(Library)]
    internal static partial uint SSL_CONF_CTX_set_flags(nint configuration, uint flags);

    [LibraryImport(Library)]
    internal static partial void SSL_CONF_CTX_set_ssl(nint configuration, nint ssl);

    [LibraryImport(Library)]
    internal static partial int SSL_CONF_cmd(nint configuration, byte* name, byte* value);

    [LibraryImport(Library)]
    internal static partial int SSL_CONF_CTX_finish(nint configuration);

    [LibraryImport(Library)]
    internal static partial int SSL_use_certificate_file(nint ssl, byte* file, int type);

    [LibraryImport(Library)]
    internal static partial void SSL_set_default_passwd_cb(nint ssl, delegate* unmanaged[Cdecl]<byte*, int, int, nint, int> callback);

    [LibraryImport(Library)]
    internal static partial void SSL_set_default_passwd_cb_userdata(nint ssl, nint data);

    [LibraryImport(Library)]
    internal static partial int SSL_set_session(nint ssl, nint session);

    [LibraryImport(Library)]
    internal static partial nint SSL_get_session(nint ssl);

    [LibraryImport(Library)]
    internal static partial int SSL_session_reused(nint ssl);

    [LibraryImport(Library)]
    internal static partial int SSL_SESSION_up_ref(nint session);

    [LibraryImport(Library)]
    internal static partial void SSL_SESSION_free(nint session);

    [LibraryImport(Library)]
    internal static partial int SSL_SESSION_print(nint bio, nint session);

    [LibraryImport(Library)]
    internal static partial uint SSL_SESSION_get_max_early_data(nint session);

    [LibraryImport(Library)]
    internal static partial int SSL_SESSION_get_protocol_version(nint session);

    [LibraryImport(Library)]
    internal static partial int SSL_SESSION_has_ticket(nint session);

    [LibraryImport(Library)]
    internal static partial nuint SSL_SESSION_get_ticket_lifetime_hint(nint session);

    [LibraryImport(Library)]
    internal static partial nint PEM_read_bio_SSL_SESSION(nint bio, nint* session, nint password, void* data);

    [LibraryImport(Library)]
    internal static partial int PEM_write_bio_SSL_SESSION(nint bio, nint session);

    [LibraryImport(Library)]
    internal static partial nint d2i_SSL_SESSION(nint* session, byte** octets, nint length);

    [LibraryImport(Library)]
    internal static partial int SSL_get_peer_signature_type_nid(nint ssl, int* type);

    [LibraryImport(Library)]
    internal static partial nint SSL_get_peer_cert_chain(nint ssl);
}
