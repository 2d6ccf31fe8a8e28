using System.Runtime.InteropServices;

namespace NetWhy.Linux.Interop;

/// <summary>The calls of libcrypto that look into certificates and print them.</summary>
internal static unsafe partial class LibCrypto
{
    [LibraryImport(Library)]
    internal static partial nint BIO_s_mem();

    [LibraryImport(Library)]
    internal static partial nint BIO_new(nint method);

    [LibraryImport(Library)]
    internal static partial nint BIO_new_mem_buf(byte* octets, int length);

    [LibraryImport(Library)]
    internal static partial nint BIO_new_file(byte* path, byte* mode);

    [LibraryImport(Library)]
    internal static partial int BIO_test_flags(nint bio, int flags);

    [LibraryImport(Library)]
    internal static partial void BIO_set_flags(nint bio, int flags);

    [LibraryImport(Library)]
    internal static partial nint PEM_read_bio_X509(nint bio, nint* certificate, nint password, void* data);

    [LibraryImport(Library)]
    internal static partial int EVP_PKEY_get_id(nint key);

    [LibraryImport(Library)]
    internal static partial int EVP_PKEY_get_group_name(nint key, byte* name, nuint size, nuint* length);

    [LibraryImport(Library)]
    internal static partial ulong BIO_number_read(nint bio);

    [LibraryImport(Library)]
    internal static partial ulong BIO_number_written(nint bio);

    [LibraryImport(Library)]
    internal static partial void BIO_set_callback_ex(
        nint bio, delegate* unmanaged[Cdecl]<nint, int, byte*, nuint, int, nint, int, nuint*, nint> callback);

    [LibraryImport(Library)]
    internal static partial void BIO_set_callback_arg(nint bio, nint argument);

    [LibraryImport(Library)]
    internal static partial nint BIO_get_callback_arg(nint bio);

    [LibraryImport(Library)]
    internal static partial int BIO_free(nint bio);

    [LibraryImport(Library)]
    internal static partial nint BIO_ctrl(nint bio, int command, nint number, void* pointer);

    [LibraryImport(Library)]
    internal static partial nint d2i_X509_AUX(nint* certificate, byte** octets, nint length);

    [LibraryImport(Library)]
    internal static partial int X509_print_ex(nint bio, nint certificate, nuint nameFlags, nuint certificateFlags);

    [LibraryImport(Library)]
    internal static partial nint X509_get_subject_name(nint certificate);

    [LibraryImport(Library)]
    internal static partial nint X509_get_issuer_name(nint certificate);

    [LibraryImport(Library)]
    internal static partial int X509_NAME_print_ex(nint bio, nint name, int indent, nuint flags);

    [LibraryImport(Library)]
    internal static partial int X509_NAME_get_index_by_NID(nint name, int identifier, int last);

    [LibraryImport(Library)]
    internal static partial nint X509_NAME_get_entry(nint name, int index);

    [LibraryImport(Library)]
    internal static partial nint X509_NAME_ENTRY_get_data(nint entry);

    [LibraryImport(Library)]
    internal static partial int ASN1_STRING_type(nint text);

    [LibraryImport(Library)]
    internal static partial int ASN1_STRING_to_UTF8(byte** octets, nint text);

    [LibraryImport(Library)]
    internal static partial byte* X509_NAME_oneline(nint name, byte* buffer, int length);

    [LibraryImport(Library)]
    internal static partial void CRYPTO_free(void* memory, byte* file, int line);

    [LibraryImport(Library)]
    internal static partial nint X509_get0_serialNumber(nint certificate);

    [LibraryImport(Library)]
    internal static partial int i2a_ASN1_INTEGER(nint bio, nint number);

    [LibraryImport(Library)]
    internal static partial nint ASN1_INTEGER_to_BN(nint number, nint target);

    [LibraryImport(Library)]
    internal static partial nint BN_to_ASN1_INTEGER(nint number, nint target);

    [LibraryImport(Library)]
    internal static partial int BN_add_word(nint number, nuint word);

    [LibraryImport(Library)]
    internal static partial int BN_print(nint bio, nint number);

    [LibraryImport(Library)]
    internal static partial void BN_free(nint number);

    [LibraryImport(Library)]
    internal static partial void ASN1_INTEGER_free(nint number);

    [LibraryImport(Library)]
    internal static partial nint X509_get0_notBefore(nint certificate);

    [LibraryImport(Library)]
    internal static partial nint X509_get0_notAfter(nint certificate);

    [LibraryImport(Library)]
    internal static partial int ASN1_TIME_print_ex(nint bio, nint time, nuint flags);

    [LibraryImport(Library)]
    internal static partial int X509_cmp_time(nint time, long* other);

    [LibraryImport(Library)]
    internal static partial nuint X509_NAME_hash_ex(nint name, nint context, byte* properties, int* isDone);

    [LibraryImport(Library)]
    internal static partial nuint X509_subject_name_hash_old(nint certificate);

    [LibraryImport(Library)]
    internal static partial nuint X509_issuer_name_hash_old(nint certificate);

    [LibraryImport(Library)]
    internal static partial nint X509_get1_email(nint certificate);

    [LibraryImport(Library)]
    internal static partial nint X509_get1_ocsp(nint certificate);

    [LibraryImport(Library)]
    internal static partial void X509_email_free(nint list);

    [LibraryImport(Library)]
    internal static partial byte* X509_alias_get0(nint certificate, int* length);

    [LibraryImport(Library)]
    internal static partial int X509_PURPOSE_get_count();

    [LibraryImport(Library)]
    internal static partial nint X509_PURPOSE_get0(int index);

    [LibraryImport(Library)]
    internal static partial int X509_PURPOSE_get_by_sname(byte* name);

    [LibraryImport(Library)]
    internal static partial int X509_PURPOSE_get_id(nint purpose);

    [LibraryImport(Library)]
    internal static partial byte* X509_PURPOSE_get0_name(nint purpose);

    [LibraryImport(Library)]
    internal static partial byte* X509_PURPOSE_get0_sname(nint purpose);

    [LibraryImport(Library)]
    internal static partial int X509_check_purpose(nint certificate, int purpose, int asAuthority);

    [LibraryImport(Library)]
    internal static partial int X509_check_email(nint certificate, byte* address, nuint length, uint flags);

    [LibraryImport(Library)]
    internal static partial int X509_digest(nint certificate, nint algorithm, byte* digest, uint* length);

    [LibraryImport(Library)]
    internal static partial void EVP_MD_free(nint algorithm);

    [LibraryImport(Library)]
    internal static partial int X509_ocspid_print(nint bio, nint certificate);

    [LibraryImport(Library)]
    internal static partial int PEM_write_bio_PUBKEY(nint bio, nint key);

    [LibraryImport(Library)]
    internal static partial int PEM_write_bio_X509(nint bio, nint certificate);

    [LibraryImport(Library)]
    internal static partial int PEM_write_bio_X509_AUX(nint bio, nint certificate);

    [LibraryImport(Library)]
    internal static partial int i2d_X509_bio(nint bio, nint certificate);

    [LibraryImport(Library)]
    internal static partial int EVP_PKEY_is_a(nint key, byte* name);

    [LibraryImport(Library)]
    internal static partial int EVP_PKEY_get_bn_param(nint key, byte* name, nint* number);

    [LibraryImport(Library)]
    internal static partial int EVP_PKEY_get_security_bits(nint key);

    [LibraryImport(Library)]
    internal static partial int EVP_PKEY_get_bits(nint key);

    [LibraryImport(Library)]
    internal static partial int X509_get_signature_info(nint certificate, int* digest, int* key, int* securityBits, uint* flags);

    [LibraryImport(Library)]
    internal static partial int X509_get_ext_count(nint certificate);

    [LibraryImport(Library)]
    internal static partial nint X509_get_ext(nint certificate, int index);

    [LibraryImport(Library)]
    internal static partial nint X509_delete_ext(nint certificate, int index);

    [LibraryImport(Library)]
    internal static partial nint X509_EXTENSION_get_object(nint extension);

    [LibraryImport(Library)]
    internal static partial void X509_EXTENSION_free(nint extension);

    [LibraryImport(Library)]
    internal static partial int OBJ_obj2nid(nint identifier);

    [LibraryImport(Library)]
    internal static partial byte* OBJ_nid2sn(int number);

    [LibraryImport(Library)]
    internal static partial nint OBJ_txt2obj(byte* text, int onlyNumbers);

    [LibraryImport(Library)]
    internal static partial int OBJ_obj2txt(byte* buffer, int length, nint identifier, int onlyNumbers);

    [LibraryImport(Library)]
    internal static partial void ASN1_OBJECT_free(nint identifier);

    [LibraryImport(Library)]
    internal static partial int X509V3_EXT_print(nint bio, nint extension, nuint flags, int indent);

    [LibraryImport(Library)]
    internal static partial int X509V3_extensions_print(nint bio, byte* title, nint extensions, nuint flags, int indent);

    [LibraryImport(Library)]
    internal static partial nint ASN1_OCTET_STRING_new();

    [LibraryImport(Library)]
    internal static partial int ASN1_OCTET_STRING_set(nint text, byte* octets, int length);

    [LibraryImport(Library)]
    internal static partial void X509_set0_distinguishing_id(nint certificate, nint id);
}
