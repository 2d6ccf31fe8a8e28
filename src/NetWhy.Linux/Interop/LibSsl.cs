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
    internal const int SSL_CTRL_SET_TLSEXT_HOSTNAME = 55;
    internal const int SSL_CTRL_SET_TLSEXT_STATUS_REQ_TYPE = 65;
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
    internal static partial int SSL_set_cipher_list(nint ssl, byte* list);

    [LibraryImport(Library)]
    internal static partial int SSL_set_ciphersuites(nint ssl, byte* list);

    [LibraryImport(Library)]
    internal static partial int SSL_use_certificate_chain_file(nint ssl, byte* file);

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
}
