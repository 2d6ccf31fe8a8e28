using System.Runtime.InteropServices;

namespace NetWhy.Linux.Interop;

/// <summary>The calls of libcrypto that netwhy makes, under the names of their man pages (section 3ssl).</summary>
internal static unsafe partial class LibCrypto
{
    internal const uint X509_CHECK_FLAG_NEVER_CHECK_SUBJECT = 0x20;
    internal const uint X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS = 0x4;
    internal const nuint X509_V_FLAG_PARTIAL_CHAIN = 0x80000;
    internal const nuint X509_V_FLAG_NO_CHECK_TIME = 0x200000;

    internal const string Library = "crypto";

    [LibraryImport(Library)]
    internal static partial nuint ERR_get_error();

    [LibraryImport(Library)]
    internal static partial nuint ERR_peek_error();

    [LibraryImport(Library)]
    internal static partial void ERR_clear_error();

    [LibraryImport(Library)]
    internal static partial void ERR_print_errors(nint bio);

    [LibraryImport(Library)]
    internal static partial byte* ERR_reason_error_string(nuint error);

    [LibraryImport(Library)]
    internal static partial nint d2i_X509(nint* certificate, byte** octets, nint length);

    [LibraryImport(Library)]
    internal static partial void X509_free(nint certificate);

    [LibraryImport(Library)]
    internal static partial int X509_up_ref(nint certificate);

    [LibraryImport(Library)]
    internal static partial nint X509_get0_pubkey(nint certificate);

    [LibraryImport(Library)]
    internal static partial int X509_verify(nint certificate, nint key);

    [LibraryImport(Library)]
    internal static partial int X509_check_host(nint certificate, byte* name, nuint length, uint flags, byte** peer);

    [LibraryImport(Library)]
    internal static partial int X509_check_ip(nint certificate, byte* address, nuint length, uint flags);

    [LibraryImport(Library)]
    internal static partial nint X509_STORE_new();

    [LibraryImport(Library)]
    internal static partial void X509_STORE_free(nint store);

    [LibraryImport(Library)]
    internal static partial int X509_STORE_set_flags(nint store, nuint flags);

    [LibraryImport(Library)]
    internal static partial int X509_STORE_add_cert(nint store, nint certificate);

    [LibraryImport(Library)]
    internal static partial int X509_STORE_load_locations(nint store, byte* file, byte* directory);

    [LibraryImport(Library)]
    internal static partial nint X509_STORE_add_lookup(nint store, nint method);

    [LibraryImport(Library)]
    internal static partial nint X509_LOOKUP_file();

    [LibraryImport(Library)]
    internal static partial nint X509_LOOKUP_hash_dir();

    [LibraryImport(Library)]
    internal static partial int X509_LOOKUP_ctrl(nint lookup, int command, byte* text, nint number, byte** result);

    [LibraryImport(Library)]
    internal static partial nint X509_STORE_CTX_get_ex_data(nint context, int index);

    [LibraryImport(Library)]
    internal static partial nint X509_STORE_CTX_get_current_cert(nint context);

    [LibraryImport(Library)]
    internal static partial nint X509_STORE_CTX_new();

    [LibraryImport(Library)]
    internal static partial void X509_STORE_CTX_free(nint context);

    [LibraryImport(Library)]
    internal static partial int X509_STORE_CTX_init(nint context, nint store, nint leaf, nint untrusted);

    [LibraryImport(Library)]
    internal static partial int X509_STORE_CTX_set_default(nint context, byte* name);

    [LibraryImport(Library)]
    internal static partial nint X509_STORE_CTX_get0_param(nint context);

    [LibraryImport(Library)]
    internal static partial int X509_VERIFY_PARAM_set_flags(nint parameters, nuint flags);

    [LibraryImport(Library)]
    internal static partial void X509_VERIFY_PARAM_set_auth_level(nint parameters, int level);

    [LibraryImport(Library)]
    internal static partial void X509_VERIFY_PARAM_set_depth(nint parameters, int depth);

    [LibraryImport(Library)]
    internal static partial void X509_VERIFY_PARAM_set_time(nint parameters, long time);

    [LibraryImport(Library)]
    internal static partial int X509_VERIFY_PARAM_set_purpose(nint parameters, int purpose);

    [LibraryImport(Library)]
    internal static partial int X509_VERIFY_PARAM_set1_host(nint parameters, byte* name, nuint length);

    [LibraryImport(Library)]
    internal static partial int X509_VERIFY_PARAM_set1_email(nint parameters, byte* address, nuint length);

    [LibraryImport(Library)]
    internal static partial int X509_VERIFY_PARAM_set1_ip(nint parameters, byte* address, nuint length);

    [LibraryImport(Library)]
    internal static partial int X509_VERIFY_PARAM_add0_policy(nint parameters, nint policy);

    [LibraryImport(Library)]
    internal static partial int X509_verify_cert(nint context);

    [LibraryImport(Library)]
    internal static partial int X509_STORE_CTX_get_error(nint context);

    [LibraryImport(Library)]
    internal static partial int X509_STORE_CTX_get_error_depth(nint context);

    [LibraryImport(Library)]
    internal static partial nint X509_STORE_CTX_get0_chain(nint context);

    [LibraryImport(Library)]
    internal static partial int X509_cmp(nint one, nint other);

    [LibraryImport(Library)]
    internal static partial int i2d_X509(nint certificate, byte** octets);

    [LibraryImport(Library)]
    internal static partial byte* X509_verify_cert_error_string(nint code);

    [LibraryImport(Library)]
    internal static partial byte* X509_get_default_cert_file();

    [LibraryImport(Library)]
    internal static partial byte* X509_get_default_cert_dir();

    [LibraryImport(Library)]
    internal static partial nint OPENSSL_sk_new_null();

    [LibraryImport(Library)]
    internal static partial int OPENSSL_sk_push(nint stack, nint item);

    [LibraryImport(Library)]
    internal static partial int OPENSSL_sk_num(nint stack);

    [LibraryImport(Library)]
    internal static partial nint OPENSSL_sk_value(nint stack, int index);

    [LibraryImport(Library)]
    internal static partial void OPENSSL_sk_free(nint stack);

    [LibraryImport(Library)]
    internal static partial nint EVP_get_digestbyname(byte* name);

    [LibraryImport(Library)]
    internal static partial byte* HMAC(nint digest, byte* key, int keyLength, byte* octets, nuint length, byte* code, uint* codeLength);

    [LibraryImport(Library)]
    internal static partial byte* SHA256(byte* octets, nuint length, byte* digest);

    [LibraryImport(Library)]
    internal static partial nint d2i_PUBKEY(nint* key, byte** octets, nint length);

    [LibraryImport(Library)]
    internal static partial void EVP_PKEY_free(nint key);

    [LibraryImport(Library)]
    internal static partial nint d2i_PKCS12(nint* archive, byte** octets, nint length);

    [LibraryImport(Library)]
    internal static partial int PKCS12_parse(nint archive, byte* passphrase, nint* key, nint* certificate, nint* above);

    [LibraryImport(Library)]
    internal static partial void PKCS12_free(nint archive);

    [LibraryImport(Library)]
    internal static partial nint EVP_MD_fetch(nint libraryContext, byte* algorithm, byte* properties);

    [LibraryImport(Library)]
    internal static partial nint EVP_MD_CTX_new();

    [LibraryImport(Library)]
    internal static partial void EVP_MD_CTX_free(nint context);

    [LibraryImport(Library)]
    internal static partial int EVP_DigestInit_ex2(nint context, nint digest, nint parameters);

    [LibraryImport(Library)]
    internal static partial int EVP_DigestUpdate(nint context, byte* octets, nuint length);

    [LibraryImport(Library)]
    internal static partial int EVP_DigestFinal_ex(nint context, byte* digest, uint* length);

    [LibraryImport(Library)]
    internal static partial int EVP_DigestVerifyInit(nint context, nint* keyContext, nint digest, nint engine, nint key);

    [LibraryImport(Library)]
    internal static partial int EVP_DigestVerify(nint context, byte* signature, nuint signatureLength, byte* octets, nuint length);
}
