using System.Globalization;
using System.Text;
using NetWhy.Linux.Interop;

namespace NetWhy.Linux;

/// <summary>What became of data that was sent before the handshake was over.</summary>
public enum TlsEarlyData
{
    /// <summary>There was none.</summary>
    NotSent,

    /// <summary>The server did not take it.</summary>
    Rejected,

    /// <summary>The server took it.</summary>
    Accepted,
}

// What openssl s_client does and shows besides.
public sealed unsafe partial class TlsSession
{
    /// <summary>Number of the version in force, such as 0x0304; the highest offered before one is.</summary>
    public int VersionNumber => LibSsl.SSL_version(_ssl);

    /// <summary>Whether a server name is sent, or is part of the session that is gone on with.</summary>
    public bool HasServerName => LibSsl.SSL_get_servername_type(_ssl) != -1;

    /// <summary>Whether no handshake is under way.</summary>
    public bool IsEstablished => LibSsl.SSL_is_init_finished(_ssl) == 1;

    /// <summary>Whether octets that were received wait inside the library.</summary>
    public bool HasPending => LibSsl.SSL_has_pending(_ssl) == 1;

    /// <summary>Number of handshake messages and changes of key that passed.</summary>
    public long MessageCount { get; private set; }

    /// <summary>What became of early data.</summary>
    public TlsEarlyData EarlyData => (TlsEarlyData)LibSsl.SSL_get_early_data_status(_ssl);

    /// <summary>The version that the cipher suite is of, such as <c>TLSv1.2</c>; <c>(NONE)</c> without one.</summary>
    public string CipherVersion => Text(LibSsl.SSL_CIPHER_get_version(LibSsl.SSL_get_current_cipher(_ssl))) ?? "";

    /// <summary>Digest of the server's signature in the handshake, such as <c>SHA256</c>; null if none is known.</summary>
    public string? PeerSignatureDigest
    {
        get
        {
            int number;
            return LibSsl.SSL_ctrl(_ssl, LibSsl.SSL_CTRL_GET_PEER_SIGNATURE_NID, 0, &number) == 1 && number != 0 ? Text(LibCrypto.OBJ_nid2sn(number)) : null;
        }
    }

    /// <summary>The name or address that the certificate was found to be for; null if none was demanded, or it is not.</summary>
    public string? VerifiedName => Text(LibSsl.SSL_get0_peername(_ssl));

    /// <summary>Whether records are compressed.</summary>
    public bool IsCompressed => LibSsl.SSL_get_current_compression(_ssl) != 0;

    /// <summary>Kinds of certificate that the server wants of a client, by their numbers; empty if it named none.</summary>
    public byte[] CertificateTypes
    {
        get
        {
            byte* types;
            nint count = LibSsl.SSL_ctrl(_ssl, LibSsl.SSL_CTRL_GET_CLIENT_CERT_TYPES, 0, &types);
            return count <= 0 || types is null ? [] : new ReadOnlySpan<byte>(types, (int)Math.Min(count, 255)).ToArray();
        }
    }

    /// <summary>Forms of points that the server takes, by their numbers; empty if it named none.</summary>
    public byte[] PointFormats
    {
        get
        {
            byte* formats;
            nint count = LibSsl.SSL_ctrl(_ssl, LibSsl.SSL_CTRL_GET_EC_POINT_FORMATS, 0, &formats);
            return count <= 0 || formats is null ? [] : new ReadOnlySpan<byte>(formats, (int)Math.Min(count, 255)).ToArray();
        }
    }

    /// <summary>What the library says of an alert: its level, and what it means.</summary>
    /// <param name="value">Level and description, as <see cref="TlsObserver.Moved"/> has them.</param>
    public static (string Level, string Description) AlertText(int value) =>
        (Text(LibSsl.SSL_alert_type_string_long(value)) ?? "", Text(LibSsl.SSL_alert_desc_string_long(value)) ?? "");

    /// <summary>
    /// Has <see cref="Read"/> return at each message that is no data, as without SSL_MODE_AUTO_RETRY of SSL_CTX_set_mode(3ssl), and lets
    /// <see cref="Proceed"/> shake hands.
    /// </summary>
    public void ReturnAtMessages()
    {
        const int AutoRetry = 4;
        LibSsl.SSL_set_connect_state(_ssl);
        _ = LibSsl.SSL_ctrl(_ssl, LibSsl.SSL_CTRL_CLEAR_MODE, AutoRetry, null);
    }

    /// <summary>Goes on with what the library has to say, such as a renegotiation, without writing data.</summary>
    public TlsStep Proceed()
    {
        LibCrypto.ERR_clear_error();
        byte octet = 0;
        int result = LibSsl.SSL_write(_ssl, &octet, 0);
        bool hasNothing = result == 0 && LibSsl.SSL_get_error(_ssl, result) is LibSsl.SSL_ERROR_SYSCALL or LibSsl.SSL_ERROR_ZERO_RETURN;
        return End(hasNothing, result);
    }

    /// <summary>Wants a new handshake in this session. Source: SSL_renegotiate(3ssl).</summary>
    /// <returns>Done where <see cref="Proceed"/> goes on with it.</returns>
    public TlsStep Renegotiate()
    {
        LibCrypto.ERR_clear_error();
        return LibSsl.SSL_renegotiate(_ssl) == 1 ? TlsStep.Done : Refuse();
    }

    /// <summary>Wants new keys. Source: SSL_key_update(3ssl).</summary>
    /// <param name="ofBoth">Whether the server is to take new ones, too.</param>
    /// <returns>Done where <see cref="Proceed"/> goes on with it.</returns>
    public TlsStep UpdateKeys(bool ofBoth)
    {
        LibCrypto.ERR_clear_error();
        return LibSsl.SSL_key_update(_ssl, ofBoth ? 1 : 0) == 1 ? TlsStep.Done : Refuse();
    }

    /// <summary>Writes data before the handshake is over. Source: SSL_write_early_data(3ssl).</summary>
    /// <param name="octets">The data.</param>
    /// <param name="sent">Octets written.</param>
    public TlsStep WriteEarly(ReadOnlySpan<byte> octets, out int sent)
    {
        LibCrypto.ERR_clear_error();
        nuint written = 0;
        int result;
        fixed (byte* pointer = octets)
            result = LibSsl.SSL_write_early_data(_ssl, pointer, (nuint)octets.Length, &written);
        sent = (int)written;
        return End(result == 1, result);
    }

    /// <summary>Signature algorithms that the server wants of a client, as <c>openssl s_client</c> prints them; null for none.</summary>
    /// <param name="isShared">Only those that we have as well.</param>
    public string? RequestedSignatures(bool isShared)
    {
        const int Most = 512;
        int count = isShared ? LibSsl.SSL_get_shared_sigalgs(_ssl, 0, null, null, null, null, null) : LibSsl.SSL_get_sigalgs(_ssl, -1, null, null, null, null, null);
        var text = new StringBuilder();
        for (int i = 0; i < Math.Min(count, Most); i++)
        {
            int signature, digest;
            byte rawSignature, rawDigest;
            _ = isShared
                ? LibSsl.SSL_get_shared_sigalgs(_ssl, i, &signature, &digest, null, &rawSignature, &rawDigest)
                : LibSsl.SSL_get_sigalgs(_ssl, i, &signature, &digest, null, &rawSignature, &rawDigest);
            text.Append(i == 0 ? "" : ":").Append(SchemeName(rawDigest << 8 | rawSignature, signature, digest));
        }

        return count > 0 ? text.ToString() : null;
    }

    /// <summary>Names of the authorities of which the server takes certificates of a client. Source: SSL_get0_peer_CA_list(3ssl).</summary>
    /// <param name="flags">How they are printed (XN_FLAG_…).</param>
    public IReadOnlyList<byte[]> AuthorityNames(uint flags)
    {
        nint list = LibSsl.SSL_get0_peer_CA_list(_ssl);
        var names = new List<byte[]>();
        for (int i = 0; list != 0 && i < LibCrypto.OPENSSL_sk_num(list); i++)
        {
            nint name = LibCrypto.OPENSSL_sk_value(list, i);
            names.Add(LibraryText.Print(bio => _ = LibCrypto.X509_NAME_print_ex(bio, name, 0, flags)));
        }

        return names;
    }

    /// <summary>Derives octets from the session's secrets. Source: SSL_export_keying_material(3ssl), RFC 5705.</summary>
    /// <param name="label">What for.</param>
    /// <param name="length">How many.</param>
    /// <returns>Null if the library refuses.</returns>
    public byte[]? Export(string label, int length)
    {
        byte[] octets = new byte[length], name = Encoding.UTF8.GetBytes(label);
        fixed (byte* pointer = octets, text = name)
        {
            bool isDone = LibSsl.SSL_export_keying_material(_ssl, pointer, (nuint)length, text, (nuint)name.Length, null, 0, 0) == 1;
            LibCrypto.ERR_clear_error();
            return isDone ? octets : null;
        }
    }

    /// <summary>A message in every field. Source: SSL_trace of SSL_set_msg_callback(3ssl).</summary>
    /// <param name="message">The message.</param>
    public byte[] Trace(in TlsMessage message)
    {
        byte[] octets = message.Octets.ToArray();
        (bool isOurs, int version, int contentType) = (message.IsOurs, message.Version, message.ContentType);
        // Within a handshake: its errors are not to be cleared.
        return LibraryText.PrintWithin(bio =>
        {
            fixed (byte* pointer = octets)
                LibSsl.SSL_trace(isOurs ? 1 : 0, version, contentType, pointer, (nuint)octets.Length, _ssl, bio);
        });
    }

    // As openssl calls them: some by their names in TLS, others by signature and digest.
    private static string SchemeName(int scheme, int signature, int digest) => scheme switch
    {
        0x809 => "rsa_pss_pss_sha256",
        0x80a => "rsa_pss_pss_sha384",
        0x80b => "rsa_pss_pss_sha512",
        0x81a => "ecdsa_brainpoolP256r1_sha256",
        0x81b => "ecdsa_brainpoolP384r1_sha384",
        0x81c => "ecdsa_brainpoolP512r1_sha512",
        _ => (SignatureName(signature) ?? string.Create(CultureInfo.InvariantCulture, $"0x{scheme & 0xff:X2}"))
            + (digest != 0 ? $"+{Text(LibCrypto.OBJ_nid2sn(digest))}" : SignatureName(signature) is null ? string.Create(CultureInfo.InvariantCulture, $"+0x{scheme >> 8:X2}") : ""),
    };

    private static string? SignatureName(int number) => number switch
    {
        6 => "RSA", // NID_rsaEncryption
        912 => "RSA-PSS", // NID_rsassaPss
        116 => "DSA", // NID_dsa
        408 => "ECDSA", // NID_X9_62_id_ecPublicKey
        1087 => "ed25519",
        1088 => "ed448",
        811 => "gost2001", // NID_id_GostR3410_2001
        979 => "gost2012_256", // NID_id_GostR3410_2012_256
        980 => "gost2012_512", // NID_id_GostR3410_2012_512
        _ => null,
    };

    private TlsStep Refuse()
    {
        Reason = LibraryText.ReasonOf(LibCrypto.ERR_peek_error());
        Errors = LibraryText.TakeErrors();
        return TlsStep.Refused;
    }
}
