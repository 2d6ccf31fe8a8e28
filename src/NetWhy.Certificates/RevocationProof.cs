using System.Buffers;
using System.Collections.Immutable;
using NetWhy.Linux;
using NetWhy.Wire.Tls;

namespace NetWhy.Certificates;

/// <summary>Whether an OCSP response or a list proves what it says: who signed it, whom it is about, and when it holds.</summary>
/// <remarks>
/// No nonce is needed where the times are checked. Source: RFC 6960, sections 3.2, 4.1.1 and 4.2.2; RFC 5019; RFC 5280, sections 5.2.5 and 6.3.3.
/// </remarks>
public static class RevocationProof
{
    private const int LongestSerial = 40; // octets; RFC 5280 allows 20
    private const string OcspSigning = "1.3.6.1.5.5.7.3.9";
    private const string AuthorityKeyId = "2.5.29.35";
    private const string DistributionPoint = "2.5.29.28";

    /// <summary>What <see cref="WrongWith(OcspResponse, Certificate, Certificate, DateTimeOffset?)"/> says where libcrypto or its policy keeps us from looking: no proof, and no flaw.</summary>
    public const string Unchecked = "its signature cannot be checked here";

    private static readonly TimeSpan Skew = TimeSpan.FromMinutes(5); // between clocks
    private static readonly TimeSpan LongestWithoutEnd = TimeSpan.FromDays(7); // it comes in the clear, and an old one can be sent again

    // The AlgorithmIdentifier of SHA-1, which every responder knows, and which hides nothing here.
    private static ReadOnlySpan<byte> Sha1 => [0x30, 0x09, 0x06, 0x05, 0x2b, 0x0e, 0x03, 0x02, 0x1a, 0x05, 0x00];

    /// <summary>An OCSP request about one certificate.</summary>
    /// <param name="certificate">The certificate.</param>
    /// <param name="issuer">Who issued it.</param>
    /// <returns>Its DER encoding; null if libcrypto is missing, or the serial number is no sane one.</returns>
    public static byte[]? RequestFor(Certificate certificate, Certificate issuer)
    {
        ReadOnlySpan<byte> serial = certificate.SerialOctets.Span;
        if (serial.Length is 0 or > LongestSerial
            || Digest(DigestKind.Sha1, certificate.IssuerOctets.Span) is not { } name
            || Digest(DigestKind.Sha1, KeyOf(issuer)) is not { } key)
        {
            return null;
        }

        byte[] id = [.. Sha1, .. Wrapped(DerReader.OctetString, name), .. Wrapped(DerReader.OctetString, key), .. Wrapped(DerReader.Integer, serial)];
        byte[] octets = id;
        for (int depth = 0; depth < 5; depth++) // CertID, Request, the list of them, TBSRequest, OCSPRequest
            octets = Wrapped(DerReader.Sequence, octets);
        return octets;
    }

    /// <summary>The issuer of a certificate: whose name it bears, and whose key made its signature.</summary>
    /// <param name="certificate">The certificate.</param>
    /// <param name="candidates">Who it may be.</param>
    /// <returns>Null if none of them is.</returns>
    public static Certificate? IssuerOf(Certificate certificate, IEnumerable<Certificate> candidates)
    {
        string? name = DistinguishedName.Read(certificate.IssuerOctets.Span)?.Key;
        return name is null ? null : candidates.FirstOrDefault(candidate =>
            DistinguishedName.Read(candidate.SubjectOctets.Span)?.Key == name
            && Check(candidate, certificate.SignedOctets, certificate.OuterAlgorithm, certificate.Signature) is SignatureCheck.Good);
    }

    /// <summary>Why a response proves nothing.</summary>
    /// <param name="response">The response.</param>
    /// <param name="certificate">The certificate that it must be about.</param>
    /// <param name="issuer">Who issued that.</param>
    /// <param name="now">The time; null where the times do not matter.</param>
    /// <returns>In words; null if it proves what it says.</returns>
    public static string? WrongWith(OcspResponse response, Certificate certificate, Certificate issuer, DateTimeOffset? now)
    {
        if (!IsAbout(response, certificate, issuer))
            return "it is about a certificate of another issuer";
        return SignerOf(response, issuer, now) ?? (now is { } time ? TimesOf(response.ThisUpdate, response.NextUpdate, time) : null);
    }

    /// <summary>Why a list proves nothing about a certificate.</summary>
    /// <param name="list">The list.</param>
    /// <param name="certificate">The certificate.</param>
    /// <param name="issuer">Who issued that, and must have issued the list.</param>
    /// <param name="now">The time.</param>
    /// <returns>In words; null if it proves what it says.</returns>
    public static string? WrongWith(RevocationList list, Certificate certificate, Certificate issuer, DateTimeOffset now)
    {
        if (DistinguishedName.Read(list.Issuer.Span)?.Key is not { } name || name != DistinguishedName.Read(certificate.IssuerOctets.Span)?.Key)
            return "it is the list of another issuer";
        var view = new CertificateView(issuer);
        if (view.KeyUsage is not null && !view.HasUsage(CertificateView.CrlSign))
            return "its issuer's key may not sign lists";
        if (Check(issuer, list.SignedOctets, list.Algorithm, list.Signature) is var check and not SignatureCheck.Good)
            return check is SignatureCheck.Bad ? "it is not signed by the issuer's key" : Unchecked;
        if (TimesOf(list.ThisUpdate, list.NextUpdate, now) is { } when)
            return when;
        if (list.HasCriticalEntry || list.Extensions.Any(extension => extension.IsCritical && extension.Id is not (AuthorityKeyId or DistributionPoint)))
            return "it has a critical extension that is not known here";
        foreach (CertificateExtension extension in list.Extensions)
        {
            if (extension.Id is DistributionPoint)
                return OutsideOf(extension.Value.Span, certificate);
        }

        return null;
    }

    /// <summary>The name of a reason for a revocation. Source: RFC 5280, section 5.3.1.</summary>
    /// <param name="reason">CRLReason; null for none given.</param>
    public static string? ReasonName(int? reason) => reason switch
    {
        null => null,
        0 => "unspecified",
        1 => "keyCompromise",
        2 => "cACompromise",
        3 => "affiliationChanged",
        4 => "superseded",
        5 => "cessationOfOperation",
        6 => "certificateHold",
        8 => "removeFromCRL",
        9 => "privilegeWithdrawn",
        10 => "aACompromise",
        _ => $"reason {reason}",
    };

    /// <summary>Why a response or a list does not hold at a time.</summary>
    /// <param name="since">Since when it is known to be right (thisUpdate); null if it does not say.</param>
    /// <param name="until">Until when it holds (nextUpdate); null if it does not say.</param>
    /// <param name="now">The time.</param>
    /// <returns>In words; null if it holds.</returns>
    public static string? TimesOf(DateTimeOffset? since, DateTimeOffset? until, DateTimeOffset now) =>
        since > now + Skew ? "it is from the future"
        : until < now - Skew ? "it is out of date"
        : until is null && !(since > now - LongestWithoutEnd) ? "it does not say how long it holds, and is older than a week"
        : null;

    // Whether a list that has but a part of the revocations leaves the certificate out. Source: RFC 5280, section 5.2.5.
    private static string? OutsideOf(ReadOnlySpan<byte> octets, Certificate certificate)
    {
        const byte Name = 0xa0, Uri = 0x86, UsersOnly = 0x81, AuthoritiesOnly = 0x82, Reasons = 0x83, Indirect = 0x84, AttributesOnly = 0x85;
        ImmutableArray<string> own = CertificateServices.Of(certificate).ListUrls;
        var outer = new DerReader(octets);
        if (!outer.Read(DerReader.Sequence))
            return "which certificates it is for cannot be read";
        var parts = new DerReader(outer.Value);
        while (parts.Read() is OperationStatus.Done)
        {
            bool isTrue = parts.Value is [not 0];
            switch (parts.Tag)
            {
                case Name:
                    var name = new DerReader(parts.Value);
                    bool isOwn = false;
                    if (name.Read(Name))
                    {
                        var names = new DerReader(name.Value);
                        while (names.Read() is OperationStatus.Done)
                            isOwn |= names.Tag == Uri && own.Contains(DerReader.Text(Uri, names.Value));
                    }

                    if (!isOwn)
                        return "it is the list of another distribution point";
                    break;
                case UsersOnly when isTrue && certificate.IsAuthority:
                    return "it is not about authorities";
                case AuthoritiesOnly when isTrue && !certificate.IsAuthority:
                    return "it is about authorities only";
                case Reasons:
                    return "it has some reasons only";
                case Indirect or AttributesOnly when isTrue:
                    return "it is about other certificates";
            }
        }

        return null;
    }

    // By the issuer itself, or by whom it has appointed with a certificate of its own for that purpose.
    private static string? SignerOf(OcspResponse response, Certificate issuer, DateTimeOffset? now)
    {
        SignatureCheck check = Check(issuer, response.SignedOctets, response.Algorithm, response.Signature);
        if (check is SignatureCheck.Good)
            return null;
        bool isChecked = check is SignatureCheck.Bad;
        foreach (ReadOnlyMemory<byte> octets in response.Certificates)
        {
            if (Certificate.Read(octets.Span, out Certificate? signer) is not OperationStatus.Done)
                continue;
            check = Check(signer!, response.SignedOctets, response.Algorithm, response.Signature);
            isChecked &= check is not SignatureCheck.Unavailable;
            if (check is not SignatureCheck.Good)
                continue;
            if (Check(issuer, signer!.SignedOctets, signer.OuterAlgorithm, signer.Signature) is var appointed and not SignatureCheck.Good)
                return appointed is SignatureCheck.Bad ? "its signer is not appointed by the issuer" : Unchecked;
            if (new CertificateView(signer).Purposes?.Contains(OcspSigning) is not true)
                return "its signer may not sign OCSP responses";
            return signer.NotBefore > now + Skew || signer.NotAfter < now - Skew ? "its signer's certificate is not of this time" : null;
        }

        return isChecked ? "it is not signed by the issuer's key, nor by one that comes with it" : Unchecked;
    }

    private static bool IsAbout(OcspResponse response, Certificate certificate, Certificate issuer)
    {
        DigestKind? kind = SignatureAlgorithm.IdOf(response.IdAlgorithm.Span) switch
        {
            "1.3.14.3.2.26" => DigestKind.Sha1,
            "2.16.840.1.101.3.4.2.1" => DigestKind.Sha256,
            "2.16.840.1.101.3.4.2.2" => DigestKind.Sha384,
            "2.16.840.1.101.3.4.2.3" => DigestKind.Sha512,
            _ => null,
        };
        return kind is { } digest
            && Digest(digest, certificate.IssuerOctets.Span) is { } name && response.IssuerNameHash.Span.SequenceEqual(name)
            && Digest(digest, KeyOf(issuer)) is { } key && response.IssuerKeyHash.Span.SequenceEqual(key);
    }

    private static SignatureCheck Check(Certificate signer, ReadOnlyMemory<byte> signed, ReadOnlyMemory<byte> algorithm, ReadOnlyMemory<byte> signature) =>
        SignatureAlgorithm.Check(signer.PublicKeyInfo.Span, algorithm.Span, signed.Span, signature.Span);

    // The BIT STRING of the key without its count of unused bits.
    private static ReadOnlySpan<byte> KeyOf(Certificate certificate)
    {
        var outer = new DerReader(certificate.PublicKeyInfo.Span);
        if (!outer.Read(DerReader.Sequence))
            return default;
        var parts = new DerReader(outer.Value);
        return parts.Read(DerReader.Sequence) && parts.Read(DerReader.BitString) && parts.Value.Length > 0 ? parts.Value[1..] : default;
    }

    private static byte[]? Digest(DigestKind kind, ReadOnlySpan<byte> octets)
    {
        using var digest = MessageDigest.Create(kind);
        if (digest is null)
            return null;
        byte[] result = new byte[MessageDigest.MaxLength];
        return result[..digest.Compute(octets, default, result)];
    }

    private static byte[] Wrapped(byte tag, ReadOnlySpan<byte> contents) =>
        contents.Length < 0x80 ? [tag, (byte)contents.Length, .. contents] : [tag, 0x81, (byte)contents.Length, .. contents];
}
