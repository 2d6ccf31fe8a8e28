using System.Globalization;
using System.Runtime.InteropServices;
using NetWhy.Linux.Interop;

namespace NetWhy.Linux;

// What the session turned out to be.
public sealed unsafe partial class TlsSession
{
    /// <summary>What verification found, 0 where it is good; before the certificates came 0 too. Source: SSL_get_verify_result(3ssl).</summary>
    public int VerifyResult => (int)LibSsl.SSL_get_verify_result(_ssl);

    /// <summary>Whether the session is one that was saved.</summary>
    public bool WasResumed => LibSsl.SSL_session_reused(_ssl) == 1;

    /// <summary>Whether the server can renegotiate securely (RFC 5746).</summary>
    public bool HasSecureRenegotiation => LibSsl.SSL_ctrl(_ssl, LibSsl.SSL_CTRL_GET_RI_SUPPORT, 0, null) == 1;

    /// <summary>Whether the master secret is bound to the handshake (RFC 7627).</summary>
    public bool HasExtendedMasterSecret => LibSsl.SSL_ctrl(_ssl, LibSsl.SSL_CTRL_GET_EXTMS_SUPPORT, 0, null) == 1;

    /// <summary>Octets that the library read from the socket.</summary>
    public long OctetsRead => (long)LibCrypto.BIO_number_read(LibSsl.SSL_get_rbio(_ssl));

    /// <summary>Octets that the library wrote to the socket.</summary>
    public long OctetsWritten => (long)LibCrypto.BIO_number_written(LibSsl.SSL_get_rbio(_ssl));

    /// <summary>What made the server's signature in the handshake, such as <c>RSA-PSS</c>; null if none is known.</summary>
    public string? PeerSignatureType
    {
        get
        {
            int number;
            return LibSsl.SSL_get_peer_signature_type_nid(_ssl, &number) != 1 ? null : SignatureName(number) ?? Text(LibCrypto.OBJ_nid2sn(number));
        }
    }

    /// <summary>The key that the server made for this session, such as <c>X25519, 253 bits</c>; null if none is known.</summary>
    public string? TemporaryKey
    {
        get
        {
            nint key;
            if (LibSsl.SSL_ctrl(_ssl, LibSsl.SSL_CTRL_GET_PEER_TMP_KEY, 0, &key) != 1)
                return null;
            const int Rsa = 6, Dh = 28, Ec = 408; // EVP_PKEY_…
            int kind = LibCrypto.EVP_PKEY_get_id(key), bits = LibCrypto.EVP_PKEY_get_bits(key);
            string text = kind switch
            {
                Rsa => string.Create(CultureInfo.InvariantCulture, $"RSA, {bits} bits"),
                Dh => string.Create(CultureInfo.InvariantCulture, $"DH, {bits} bits"),
                Ec => string.Create(CultureInfo.InvariantCulture, $"ECDH, {GroupName(key)}, {bits} bits"),
                _ => string.Create(CultureInfo.InvariantCulture, $"{Text(LibCrypto.OBJ_nid2sn(kind))}, {bits} bits"),
            };
            LibCrypto.EVP_PKEY_free(key);
            LibCrypto.ERR_clear_error();
            return text;
        }
    }

    /// <summary>The staple that came, in DER; null if none did.</summary>
    public byte[]? Staple
    {
        get
        {
            byte* octets;
            nint length = LibSsl.SSL_ctrl(_ssl, LibSsl.SSL_CTRL_GET_TLSEXT_STATUS_REQ_OCSP_RESP, 0, &octets);
            return octets is null || length <= 0 ? null : new ReadOnlySpan<byte>(octets, (int)length).ToArray();
        }
    }

    /// <summary>The session in force, which may be gone on with later; null if there is none. The caller disposes of it.</summary>
    /// <remarks>In TLS 1.3 it only can when a ticket came: see <see cref="TlsObserver.Ticket"/>.</remarks>
    public SavedTlsSession? Save() => SavedTlsSession.Share(LibSsl.SSL_get_session(_ssl));

    /// <summary>The server's own certificate, also of a session that was read from a file; null for none, and where verification ended the handshake. The caller disposes of it.</summary>
    public LibraryCertificate? PeerCertificate() => LibraryCertificate.Share(LibSsl.SSL_get0_peer_certificate(_ssl));

    /// <summary>The certificates that the server sent, its own first; empty for none, as for a session that was read from a file. The caller disposes of them.</summary>
    public IReadOnlyList<LibraryCertificate> PeerChain()
    {
        nint chain = LibSsl.SSL_get_peer_cert_chain(_ssl);
        var certificates = new List<LibraryCertificate>();
        for (int i = 0; chain != 0 && i < LibCrypto.OPENSSL_sk_num(chain); i++)
        {
            if (LibraryCertificate.Share(LibCrypto.OPENSSL_sk_value(chain, i)) is { } certificate)
                certificates.Add(certificate);
        }

        return certificates;
    }

    private static string GroupName(nint key)
    {
        const int Longest = 80;
        byte* name = stackalloc byte[Longest];
        nuint length;
        return LibCrypto.EVP_PKEY_get_group_name(key, name, Longest, &length) == 1 ? Marshal.PtrToStringUTF8((nint)name) ?? "" : "";
    }
}
