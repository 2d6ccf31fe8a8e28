using System.Net;
using System.Runtime.InteropServices;
using System.Text;
using NetWhy.Linux.Interop;

namespace NetWhy.Linux;

/// <summary>A certificate as libcrypto holds it: what it prints of it, and what its keys and signatures are worth.</summary>
/// <remarks>
/// Text comes out exactly as <c>openssl x509</c> of the same version of libcrypto prints it, in octets: names may hold any.
/// Source: X509_print_ex(3ssl), X509_NAME_print_ex(3ssl), X509_check_host(3ssl).
/// </remarks>
public sealed unsafe partial class LibraryCertificate : IDisposable
{
    private nint _certificate;

    private LibraryCertificate(nint certificate) => _certificate = certificate;

    /// <summary>Why certificates cannot be looked at on this machine; null if they can.</summary>
    public static string? Unavailable => OpenSsl.Unavailable;

    /// <summary>Extensions that libcrypto sees.</summary>
    public int ExtensionCount => Math.Max(0, LibCrypto.X509_get_ext_count(Certificate));

    /// <summary>How many bits of work it takes to break the key; null if libcrypto does not know the key.</summary>
    public int? KeySecurityBits => Key is var key && key == 0 ? null : LibCrypto.EVP_PKEY_get_security_bits(key);

    /// <summary>How many bits of work it takes to forge the signature; null if libcrypto does not know the algorithm.</summary>
    public int? SignatureSecurityBits
    {
        get
        {
            int bits = -1;
            return LibCrypto.X509_get_signature_info(Certificate, null, null, &bits, null) == 1 ? bits : null;
        }
    }

    /// <summary>Length of the key, in bits; null if libcrypto does not know the key.</summary>
    public int? KeyBits => Key is var key && key == 0 ? null : LibCrypto.EVP_PKEY_get_bits(key);

    /// <summary>The algorithm of the key by OpenSSL's short name; null if libcrypto does not know the key.</summary>
    public string? KeyAlgorithm => Key is var key && key == 0 ? null : TlsSession.Text(LibCrypto.OBJ_nid2sn(LibCrypto.EVP_PKEY_get_base_id(key)));

    /// <summary>The algorithm of the signature by OpenSSL's short name.</summary>
    public string SignatureAlgorithm => TlsSession.Text(LibCrypto.OBJ_nid2sn(LibCrypto.X509_get_signature_nid(Certificate))) ?? "";

    /// <summary>Whether libcrypto can read the extensions that verification needs, each of which stands there once.</summary>
    public bool HasReadableExtensions
    {
        get
        {
            bool isRead = LibCrypto.X509_check_purpose(Certificate, -1, 0) == 1;
            LibCrypto.ERR_clear_error();
            return isRead;
        }
    }

    /// <summary>Whether libcrypto can use the key.</summary>
    public bool HasUsableKey => Key != 0;

    private nint Certificate
    {
        get
        {
            ObjectDisposedException.ThrowIf(_certificate == 0, this);
            return _certificate;
        }
    }

    private nint Key
    {
        get
        {
            nint key = LibCrypto.X509_get0_pubkey(Certificate);
            LibCrypto.ERR_clear_error();
            return key;
        }
    }

    /// <summary>Reads a certificate.</summary>
    /// <param name="octets">Its encoding, and nothing else behind it that counts.</param>
    /// <param name="hasTrust">Whether trust settings follow it, as in PEM of type TRUSTED CERTIFICATE.</param>
    /// <returns>Null if libcrypto is missing or refuses it.</returns>
    public static LibraryCertificate? Read(ReadOnlySpan<byte> octets, bool hasTrust)
    {
        if (OpenSsl.Unavailable is not null)
            return null;
        fixed (byte* pointer = octets)
        {
            byte* position = pointer;
            nint certificate = hasTrust
                ? LibCrypto.d2i_X509_AUX(null, &position, octets.Length)
                : LibCrypto.d2i_X509(null, &position, octets.Length);
            LibCrypto.ERR_clear_error();
            return certificate == 0 ? null : new LibraryCertificate(certificate);
        }
    }

    /// <summary>What openssl says of an error of verification.</summary>
    /// <param name="code">Its number, see X509_STORE_CTX_get_error(3ssl).</param>
    public static string ErrorText(int code) =>
        OpenSsl.Unavailable is { } reason ? reason : TlsSession.Text(LibCrypto.X509_verify_cert_error_string(code)) ?? "";

    /// <summary>The object identifier that a name or number stands for, dotted; null if there is none.</summary>
    /// <param name="text">The short name, the long name or the number.</param>
    public static string? ObjectIdentifier(string text)
    {
        if (OpenSsl.Unavailable is not null)
            return null;
        const int Longest = 256;
        byte[] name = Encoding.UTF8.GetBytes(text + '\0');
        byte[] number = new byte[Longest];
        fixed (byte* pointer = name, buffer = number)
        {
            nint identifier = LibCrypto.OBJ_txt2obj(pointer, 0);
            int length = identifier == 0 ? 0 : LibCrypto.OBJ_obj2txt(buffer, Longest, identifier, 1);
            LibCrypto.ASN1_OBJECT_free(identifier);
            LibCrypto.ERR_clear_error();
            return length is > 0 and < Longest ? Encoding.ASCII.GetString(number, 0, length) : null;
        }
    }

    /// <summary>What openssl calls an object identifier: its long name, or else its number.</summary>
    /// <param name="dotted">The number.</param>
    public static string ObjectIdentifierName(string dotted)
    {
        if (OpenSsl.Unavailable is not null)
            return dotted;
        fixed (byte* pointer = Encoding.ASCII.GetBytes(dotted + '\0'))
        {
            nint identifier = LibCrypto.OBJ_txt2obj(pointer, 1);
            LibCrypto.ERR_clear_error();
            string name = identifier == 0 ? dotted : IdentifierName(identifier);
            LibCrypto.ASN1_OBJECT_free(identifier);
            return name;
        }
    }

    /// <summary>Whether libcrypto computes a digest.</summary>
    /// <param name="name">Its name, such as <c>sha256</c>.</param>
    public static bool HasDigest(string name)
    {
        if (OpenSsl.Unavailable is not null)
            return false;
        nint algorithm = Fetch(name);
        LibCrypto.EVP_MD_free(algorithm);
        return algorithm != 0;
    }

    /// <summary>The whole certificate, field by field.</summary>
    /// <param name="nameFlags">How names are written (XN_FLAG_… and ASN1_STRFLGS_…).</param>
    /// <param name="certificateFlags">What is left out (X509_FLAG_…).</param>
    public byte[] Text(uint nameFlags, uint certificateFlags) =>
        LibraryText.Print(bio => _ = LibCrypto.X509_print_ex(bio, Certificate, nameFlags, certificateFlags));

    /// <summary>A name.</summary>
    /// <param name="isIssuer">The issuer's instead of the subject's.</param>
    /// <param name="flags">How it is written.</param>
    /// <param name="indent">Blanks in front of each line.</param>
    public byte[] Name(bool isIssuer, uint flags, int indent) => LibraryText.Print(bio => _ = LibCrypto.X509_NAME_print_ex(bio, NameOf(isIssuer), indent, flags));

    /// <summary>The common name that stands last in the subject, whole.</summary>
    /// <returns>Its octets as UTF-8, though not checked where it says to be that, and with those of zero; null for none, or one that is no text.</returns>
    public byte[]? LastCommonName()
    {
        const int CommonName = 13; // NID_commonName
        const int Utf8String = 12; // V_ASN1_UTF8STRING
        nint subject = NameOf(isIssuer: false);
        int last = -1;
        for (int next = -1; (next = LibCrypto.X509_NAME_get_index_by_NID(subject, CommonName, next)) >= 0;)
            last = next;
        if (last < 0)
            return null;
        nint text = LibCrypto.X509_NAME_ENTRY_get_data(LibCrypto.X509_NAME_get_entry(subject, last));
        if (LibCrypto.ASN1_STRING_type(text) == Utf8String)
            return Octets(text);
        byte* converted = null;
        int length = LibCrypto.ASN1_STRING_to_UTF8(&converted, text);
        byte[]? octets = length < 0 ? null : new ReadOnlySpan<byte>(converted, length).ToArray();
        LibCrypto.CRYPTO_free(converted, null, 0);
        LibCrypto.ERR_clear_error();
        return octets;
    }

    /// <summary>A name in the old form with slashes.</summary>
    /// <param name="isIssuer">The issuer's instead of the subject's.</param>
    public byte[] OldName(bool isIssuer)
    {
        byte* text = LibCrypto.X509_NAME_oneline(NameOf(isIssuer), null, 0);
        byte[] octets = text is null ? [] : MemoryMarshal.CreateReadOnlySpanFromNullTerminated(text).ToArray();
        LibCrypto.CRYPTO_free(text, null, 0);
        return octets;
    }

    /// <summary>The serial number in hexadecimal.</summary>
    /// <param name="isNext">The number after it instead.</param>
    public byte[] Serial(bool isNext) => LibraryText.Print(bio =>
    {
        nint serial = LibCrypto.X509_get0_serialNumber(Certificate);
        if (!isNext)
        {
            _ = LibCrypto.i2a_ASN1_INTEGER(bio, serial);
            return;
        }

        nint number = LibCrypto.ASN1_INTEGER_to_BN(serial, 0);
        nint next = LibCrypto.BN_add_word(number, 1) == 1 ? LibCrypto.BN_to_ASN1_INTEGER(number, 0) : 0;
        _ = LibCrypto.i2a_ASN1_INTEGER(bio, next);
        LibCrypto.ASN1_INTEGER_free(next);
        LibCrypto.BN_free(number);
    });

    /// <summary>From or until when it is valid.</summary>
    /// <param name="isEnd">Until when.</param>
    /// <param name="isIso">In the form of ISO 8601 instead of that of mail.</param>
    public byte[] Time(bool isEnd, bool isIso) => LibraryText.Print(bio => _ = LibCrypto.ASN1_TIME_print_ex(bio, isEnd ? LibCrypto.X509_get0_notAfter(Certificate) : LibCrypto.X509_get0_notBefore(Certificate), isIso ? 1u : 0));

    /// <summary>Whether it has expired at a time; false also where its time cannot be read.</summary>
    /// <param name="time">The time, in seconds since 1970.</param>
    public bool HasExpired(long time) => LibCrypto.X509_cmp_time(LibCrypto.X509_get0_notAfter(Certificate), &time) < 0;

    /// <summary>The hash of a name, by which directories of certificates are sorted.</summary>
    /// <param name="isIssuer">Of the issuer's name.</param>
    public uint NameHash(bool isIssuer)
    {
        int isDone = 0;
        return (uint)LibCrypto.X509_NAME_hash_ex(NameOf(isIssuer), 0, null, &isDone);
    }

    /// <summary>The hash of a name as OpenSSL before 1.0 computed it.</summary>
    /// <param name="isIssuer">Of the issuer's name.</param>
    public uint OldNameHash(bool isIssuer) =>
        (uint)(isIssuer ? LibCrypto.X509_issuer_name_hash_old(Certificate) : LibCrypto.X509_subject_name_hash_old(Certificate));

    /// <summary>Mail addresses in subject and alternative names.</summary>
    public IReadOnlyList<byte[]> MailAddresses() => Strings(LibCrypto.X509_get1_email(Certificate));

    /// <summary>Addresses of OCSP responders.</summary>
    public IReadOnlyList<byte[]> Responders() => Strings(LibCrypto.X509_get1_ocsp(Certificate));

    /// <summary>The name that its owner gave it (trust settings); null if none.</summary>
    public byte[]? Alias()
    {
        byte* alias = LibCrypto.X509_alias_get0(Certificate, null);
        return alias is null ? null : MemoryMarshal.CreateReadOnlySpanFromNullTerminated(alias).ToArray();
    }

    /// <summary>Hashes of subject and key by which OCSP knows it.</summary>
    public byte[] ResponderIds() => LibraryText.Print(bio => _ = LibCrypto.X509_ocspid_print(bio, Certificate));

    /// <summary>The public key in PEM; null if libcrypto does not know it.</summary>
    public byte[]? PublicKeyPem() => Key is var key && key == 0 ? null : LibraryText.Print(bio => _ = LibCrypto.PEM_write_bio_PUBKEY(bio, key));

    /// <summary>The number of the key that is public: the modulus of RSA, y of DSA; null if it has none, or libcrypto does not know the key.</summary>
    public byte[]? Modulus()
    {
        nint key = Key;
        if (key == 0)
            return null;
        fixed (byte* rsa = "RSA\0"u8, pss = "RSA-PSS\0"u8, dsa = "DSA\0"u8, n = "n\0"u8, pub = "pub\0"u8)
        {
            byte* member = LibCrypto.EVP_PKEY_is_a(key, rsa) == 1 || LibCrypto.EVP_PKEY_is_a(key, pss) == 1 ? n : LibCrypto.EVP_PKEY_is_a(key, dsa) == 1 ? pub : null;
            return member is null ? null : Number(member);
        }
    }

    // A parameter of the key in hexadecimal; null if it has none of that name.
    private byte[]? Number(byte* name)
    {
        nint number = 0;
        if (Key is var key && (key == 0 || LibCrypto.EVP_PKEY_get_bn_param(key, name, &number) != 1))
            return null;
        nint found = number;
        byte[] text = LibraryText.Print(bio => _ = LibCrypto.BN_print(bio, found));
        LibCrypto.BN_free(found);
        return text;
    }

    /// <summary>The purposes that openssl knows, and whether it is for them.</summary>
    /// <returns>Short and full name of each, and what X509_check_purpose(3ssl) says of it as a leaf and as a CA: 0 no, 1 yes, else how doubtful it is.</returns>
    public IReadOnlyList<(string Id, string Name, int AsLeaf, int AsAuthority)> Purposes()
    {
        var purposes = new List<(string, string, int, int)>();
        for (int i = 0; i < LibCrypto.X509_PURPOSE_get_count(); i++)
        {
            nint purpose = LibCrypto.X509_PURPOSE_get0(i);
            int id = LibCrypto.X509_PURPOSE_get_id(purpose);
            purposes.Add((
                TlsSession.Text(LibCrypto.X509_PURPOSE_get0_sname(purpose)) ?? "",
                TlsSession.Text(LibCrypto.X509_PURPOSE_get0_name(purpose)) ?? "",
                LibCrypto.X509_check_purpose(Certificate, id, 0),
                LibCrypto.X509_check_purpose(Certificate, id, 1)));
        }

        LibCrypto.ERR_clear_error();
        return purposes;
    }

    /// <summary>A digest of the certificate.</summary>
    /// <param name="name">Name of the digest.</param>
    /// <returns>Null if libcrypto does not know it.</returns>
    public byte[]? Digest(string name)
    {
        nint algorithm = Fetch(name);
        if (algorithm == 0)
            return null;
        byte[] digest = new byte[MessageDigest.MaxLength];
        uint length = 0;
        int isDone;
        fixed (byte* pointer = digest)
            isDone = LibCrypto.X509_digest(Certificate, algorithm, pointer, &length);
        LibCrypto.EVP_MD_free(algorithm);
        LibCrypto.ERR_clear_error();
        return isDone == 1 ? digest[..(int)length] : null;
    }

    /// <summary>Whether it is for a host, by its alternative names or, where it has none of a host, its common name.</summary>
    /// <param name="host">The host.</param>
    public bool IsForHost(string host) => Matches(host, (name, length) => LibCrypto.X509_check_host(Certificate, name, length, 0, null));

    /// <summary>Whether a server that proves itself by it may be the host: as <see cref="IsForHost"/>, but a star stands for a whole label only.</summary>
    /// <param name="host">The host; one that begins with a dot, which libcrypto takes for all hosts below it, is none. Source: RFC 9525, section 6.3.</param>
    public bool IsForServer(string host) => host is not ['.', ..]
        && Matches(host, (name, length) => LibCrypto.X509_check_host(Certificate, name, length, LibCrypto.X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS, null));

    /// <summary>Whether it is for a mail address.</summary>
    /// <param name="address">The address.</param>
    public bool IsForMail(string address) => Matches(address, (name, length) => LibCrypto.X509_check_email(Certificate, name, length, 0));

    /// <summary>Whether it is for an address.</summary>
    /// <param name="address">The address.</param>
    public bool IsForAddress(IPAddress address)
    {
        ArgumentNullException.ThrowIfNull(address);
        byte[] octets = address.GetAddressBytes();
        fixed (byte* pointer = octets)
            return LibCrypto.X509_check_ip(Certificate, pointer, (nuint)octets.Length, 0) == 1;
    }

    /// <summary>Whether a browser takes it for that of a host: by its alternative names alone, with a star for a whole label only.</summary>
    /// <param name="host">The host; one that begins with a dot is none.</param>
    /// <remarks>Source: RFC 9525, sections 2 and 6.3; X509_check_host(3ssl).</remarks>
    public bool IsForHostOfBrowser(string host)
    {
        const uint NoPartialWildcards = 0x4; // X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS
        ArgumentNullException.ThrowIfNull(host);
        return host is not ['.', ..]
            && Matches(host.TrimEnd('.'), (name, length) => LibCrypto.X509_check_host(Certificate, name, length, LibCrypto.X509_CHECK_FLAG_NEVER_CHECK_SUBJECT | NoPartialWildcards, null));
    }

    /// <summary>Whether the key of an issuer made its signature.</summary>
    /// <param name="issuer">The issuer.</param>
    /// <returns>False also where libcrypto cannot check it.</returns>
    public bool IsSignedBy(LibraryCertificate issuer)
    {
        ArgumentNullException.ThrowIfNull(issuer);
        nint key = issuer.Key;
        bool isSigned = key != 0 && LibCrypto.X509_verify(Certificate, key) == 1;
        LibCrypto.ERR_clear_error();
        return isSigned;
    }

    /// <summary>Sets the name under which an SM2 key signed it. Source: X509_set0_distinguishing_id(3ssl).</summary>
    /// <param name="id">The name.</param>
    public void SetDistinguishingId(ReadOnlySpan<byte> id)
    {
        nint text = LibCrypto.ASN1_OCTET_STRING_new();
        fixed (byte* octets = id)
            _ = LibCrypto.ASN1_OCTET_STRING_set(text, octets, id.Length);
        LibCrypto.X509_set0_distinguishing_id(Certificate, text); // which owns it from now on
    }

    /// <summary>The short name of an extension, such as <c>subjectAltName</c>; UNDEF where libcrypto has none.</summary>
    /// <param name="index">Which, counted from 0.</param>
    public string ExtensionName(int index) => NameOfExtension(LibCrypto.X509_get_ext(Certificate, index));

    /// <summary>What an extension says.</summary>
    /// <param name="index">Which, counted from 0.</param>
    public byte[] ExtensionText(int index) => LibraryText.Print(bio =>
    {
        const uint DumpUnknown = 3 << 16; // X509V3_EXT_DUMP_UNKNOWN
        _ = LibCrypto.X509V3_EXT_print(bio, LibCrypto.X509_get_ext(Certificate, index), DumpUnknown, 0);
    });

    /// <summary>An extension as encoded.</summary>
    /// <param name="index">Which, counted from 0.</param>
    public byte[] ExtensionOctets(int index) => Octets(LibCrypto.X509_EXTENSION_get_data(LibCrypto.X509_get_ext(Certificate, index)));

    /// <summary>Takes extensions out of it.</summary>
    /// <param name="isKept">Tells by its short name whether one is kept.</param>
    public void KeepExtensions(Func<string, bool> isKept)
    {
        ArgumentNullException.ThrowIfNull(isKept);
        for (int i = ExtensionCount - 1; i >= 0; i--)
        {
            if (!isKept(ExtensionName(i)))
                LibCrypto.X509_EXTENSION_free(LibCrypto.X509_delete_ext(Certificate, i));
        }
    }

    /// <summary>Some extensions, each with its name in front.</summary>
    /// <param name="isChosen">Tells by its short name whether one is printed.</param>
    /// <returns>Null if none is chosen.</returns>
    public byte[]? ExtensionsText(Func<string, bool> isChosen)
    {
        ArgumentNullException.ThrowIfNull(isChosen);
        nint chosen = LibCrypto.OPENSSL_sk_new_null();
        try
        {
            for (int i = 0; i < ExtensionCount; i++)
            {
                nint extension = LibCrypto.X509_get_ext(Certificate, i);
                if (isChosen(NameOfExtension(extension)))
                    _ = LibCrypto.OPENSSL_sk_push(chosen, extension);
            }

            return LibCrypto.OPENSSL_sk_num(chosen) == 0 ? null : LibraryText.Print(bio => _ = LibCrypto.X509V3_extensions_print(bio, null, chosen, 0, 0));
        }
        finally
        {
            LibCrypto.OPENSSL_sk_free(chosen);
        }
    }

    /// <summary>The certificate in DER.</summary>
    public byte[] ToDer() => LibraryText.Print(bio => _ = LibCrypto.i2d_X509_bio(bio, Certificate));

    /// <summary>The certificate in PEM.</summary>
    /// <param name="withTrust">With the trust settings.</param>
    public byte[] ToPem(bool withTrust) =>
        LibraryText.Print(bio => _ = withTrust ? LibCrypto.PEM_write_bio_X509_AUX(bio, Certificate) : LibCrypto.PEM_write_bio_X509(bio, Certificate));

    /// <summary>Shares a certificate of the library's.</summary>
    /// <param name="certificate">The certificate; null for none.</param>
    internal static LibraryCertificate? Share(nint certificate) =>
        certificate != 0 && LibCrypto.X509_up_ref(certificate) == 1 ? new LibraryCertificate(certificate) : null;

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_certificate != 0)
            LibCrypto.X509_free(_certificate);
        _certificate = 0;
    }

    private delegate int NameCheck(byte* name, nuint length);

    private static bool Matches(string text, NameCheck check)
    {
        byte[] name = Encoding.UTF8.GetBytes(text);
        fixed (byte* pointer = name)
            return name.Length > 0 && check(pointer, (nuint)name.Length) == 1;
    }

    private static nint Fetch(string digest)
    {
        fixed (byte* name = Encoding.UTF8.GetBytes(digest + '\0'))
        {
            nint algorithm = LibCrypto.EVP_MD_fetch(0, name, null);
            LibCrypto.ERR_clear_error();
            return algorithm;
        }
    }

    private static string NameOfExtension(nint extension) =>
        TlsSession.Text(LibCrypto.OBJ_nid2sn(LibCrypto.OBJ_obj2nid(LibCrypto.X509_EXTENSION_get_object(extension)))) ?? "";

    private static List<byte[]> Strings(nint list)
    {
        var strings = new List<byte[]>();
        for (int i = 0; list != 0 && i < LibCrypto.OPENSSL_sk_num(list); i++)
            strings.Add(MemoryMarshal.CreateReadOnlySpanFromNullTerminated((byte*)LibCrypto.OPENSSL_sk_value(list, i)).ToArray());
        LibCrypto.X509_email_free(list);
        LibCrypto.ERR_clear_error();
        return strings;
    }

    private nint NameOf(bool isIssuer) => isIssuer ? LibCrypto.X509_get_issuer_name(Certificate) : LibCrypto.X509_get_subject_name(Certificate);
}
