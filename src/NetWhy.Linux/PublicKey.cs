using NetWhy.Linux.Interop;

namespace NetWhy.Linux;

/// <summary>What came of checking a signature.</summary>
public enum SignatureCheck
{
    /// <summary>The key made the signature.</summary>
    Good,

    /// <summary>It did not.</summary>
    Bad,

    /// <summary>libcrypto is missing, or its policy forbids the algorithm.</summary>
    Unavailable,
}

/// <summary>A public key that libcrypto checks signatures with.</summary>
/// <remarks>
/// Any kind of key that libcrypto knows: RSA (PKCS #1 version 1.5), elliptic curves, Ed25519, Ed448.
/// Source: d2i_PUBKEY(3ssl), EVP_DigestVerify(3ssl).
/// </remarks>
public sealed unsafe class PublicKey : IDisposable
{
    private nint _key;

    private PublicKey(nint key) => _key = key;

    /// <summary>Reads a key.</summary>
    /// <param name="subjectPublicKeyInfo">The key with the name of its algorithm, in DER. Source: RFC 5280, section 4.1.2.7.</param>
    /// <returns>Null if libcrypto is missing or refuses the key.</returns>
    public static PublicKey? Read(ReadOnlySpan<byte> subjectPublicKeyInfo)
    {
        if (OpenSsl.Unavailable is not null)
            return null;

        fixed (byte* octets = subjectPublicKeyInfo)
        {
            byte* position = octets;
            nint key = LibCrypto.d2i_PUBKEY(null, &position, subjectPublicKeyInfo.Length);
            LibCrypto.ERR_clear_error();
            return key == 0 ? null : new PublicKey(key);
        }
    }

    /// <summary>Checks a signature.</summary>
    /// <param name="digest">The digest that was signed; none for Ed25519 and Ed448.</param>
    /// <param name="signed">The octets that were signed.</param>
    /// <param name="signature">The signature; of elliptic curves and DSA in DER.</param>
    public SignatureCheck Check(DigestKind digest, ReadOnlySpan<byte> signed, ReadOnlySpan<byte> signature)
    {
        ObjectDisposedException.ThrowIf(_key == 0, this);
        nint algorithm = MessageDigest.Find(digest);
        if (algorithm == 0 && digest is not DigestKind.None)
            return SignatureCheck.Unavailable;

        nint context = LibCrypto.EVP_MD_CTX_new();
        try
        {
            if (LibCrypto.EVP_DigestVerifyInit(context, null, algorithm, 0, _key) != 1)
                return SignatureCheck.Unavailable;

            fixed (byte* octets = signed, claim = signature)
            {
                return LibCrypto.EVP_DigestVerify(context, claim, (nuint)signature.Length, octets, (nuint)signed.Length) == 1
                    ? SignatureCheck.Good
                    : SignatureCheck.Bad;
            }
        }
        finally
        {
            LibCrypto.ERR_clear_error();
            LibCrypto.EVP_MD_CTX_free(context);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_key != 0)
            LibCrypto.EVP_PKEY_free(_key);
        _key = 0;
    }
}
