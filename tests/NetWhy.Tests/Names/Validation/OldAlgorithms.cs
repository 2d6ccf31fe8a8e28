using System.Security.Cryptography;
using NetWhy.Linux;
using NetWhy.Names;
using NetWhy.Wire.Dns;

namespace NetWhy.Tests.Names.Validation;

/// <summary>DSA besides the usual: recordings of 2007 are signed with it, and unbound's tests accept it.</summary>
internal sealed class OldAlgorithms : SignatureAlgorithms
{
    public override bool IsSupported(DnsSecurityAlgorithm algorithm) =>
        algorithm is DnsSecurityAlgorithm.Dsa or DnsSecurityAlgorithm.DsaNsec3Sha1 || base.IsSupported(algorithm);

    public override SignatureCheck Check(DnsSecurityAlgorithm algorithm, ReadOnlySpan<byte> key, ReadOnlySpan<byte> signed, ReadOnlySpan<byte> signature)
    {
        if (algorithm is not (DnsSecurityAlgorithm.Dsa or DnsSecurityAlgorithm.DsaNsec3Sha1))
            return base.Check(algorithm, key, signed, signature);

        // T | Q (20 octets) | P, G, Y (64 + 8 T octets each). Source: RFC 2536, section 2.
        int size = 64 + (8 * key[0]);
        using var dsa = DSA.Create(new DSAParameters
        {
            Q = key.Slice(1, 20).ToArray(),
            P = key.Slice(21, size).ToArray(),
            G = key.Slice(21 + size, size).ToArray(),
            Y = key.Slice(21 + (2 * size), size).ToArray(),
        });

        // The oldest recordings have the signature in DER instead of T | R | S.
        bool isGood = signature.Length == 41
            ? dsa.VerifyData(signed, signature[1..], HashAlgorithmName.SHA1)
            : dsa.VerifyData(signed, signature, HashAlgorithmName.SHA1, DSASignatureFormat.Rfc3279DerSequence);
        return isGood ? SignatureCheck.Good : SignatureCheck.Bad;
    }
}
