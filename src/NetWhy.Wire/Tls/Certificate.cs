using System.Buffers;
using System.Collections.Immutable;
using System.Net;
using System.Numerics;
using System.Text;

namespace NetWhy.Wire.Tls;

/// <summary>What an X.509 certificate says of itself: read, not verified.</summary>
/// <remarks>
/// Text comes from whoever made the certificate and may hold anything; it is cut to a bounded length and shown escaped.
/// Source: RFC 5280, section 4.1.
/// </remarks>
public sealed record Certificate
{
    private const int MostNames = 100;
    private const int LongestName = 1000;
    private const int MostAttributes = 32;
    private const int MostExtensions = 64;

    private Certificate()
    {
    }

    /// <summary>Serial number, in lower-case hexadecimal; at most 20 octets of it.</summary>
    public string Serial { get; private set; } = "";

    /// <summary>Subject in one line, attributes in the certificate's order.</summary>
    public string Subject { get; private set; } = "";

    /// <summary>Issuer in one line.</summary>
    public string Issuer { get; private set; } = "";

    /// <summary>Organization (O) of the issuer; null if it names none.</summary>
    public string? IssuerOrganization { get; private set; }

    /// <summary>Organization (O) of the subject; null if it names none.</summary>
    public string? SubjectOrganization { get; private set; }

    /// <summary>Subject as encoded, for comparison.</summary>
    public ReadOnlyMemory<byte> SubjectOctets { get; private set; }

    /// <summary>Issuer as encoded, for comparison.</summary>
    public ReadOnlyMemory<byte> IssuerOctets { get; private set; }

    /// <summary>Start of validity, in UTC.</summary>
    public DateTimeOffset NotBefore { get; private set; }

    /// <summary>End of validity, in UTC.</summary>
    public DateTimeOffset NotAfter { get; private set; }

    /// <summary>Contents of the validity, as encoded: two times.</summary>
    public ReadOnlyMemory<byte> ValidityOctets { get; private set; }

    /// <summary>DNS names and addresses of the subject alternative name extension; at most 100.</summary>
    public ImmutableArray<string> Names { get; private set; } = [];

    /// <summary>Whether it may sign certificates (basic constraints).</summary>
    public bool IsAuthority { get; private set; }

    /// <summary>Signature algorithm by OpenSSL's name, or dotted.</summary>
    public string SignatureAlgorithm { get; private set; } = "";

    /// <summary>Key, such as <c>RSA 2048</c> or <c>EC P-256</c>.</summary>
    public string Key { get; private set; } = "";

    /// <summary>Where the issuer's certificate is (authority information access); null if it does not say.</summary>
    public string? IssuerUrl { get; private set; }

    /// <summary>Subject key identifier, in hexadecimal; null if it has none.</summary>
    public string? SubjectKeyId { get; private set; }

    /// <summary>Authority key identifier, in hexadecimal; null if it has none.</summary>
    public string? AuthorityKeyId { get; private set; }

    /// <summary>Whether it may be used only with a stapled OCSP response (TLS feature status_request). Source: RFC 7633.</summary>
    public bool RequiresStaple { get; private set; }

    /// <summary>Whether its key may sign (digitalSignature of keyUsage); null if it has no keyUsage, which allows everything. Source: RFC 5280, section 4.2.1.3.</summary>
    public bool? MaySign { get; private set; }

    /// <summary>The certificate as encoded, without what follows it.</summary>
    public ReadOnlyMemory<byte> Octets { get; private set; }

    /// <summary>The part that is signed.</summary>
    public ReadOnlyMemory<byte> SignedOctets { get; private set; }

    /// <summary>The signature, without the count of unused bits; empty where there is none.</summary>
    public ReadOnlyMemory<byte> Signature { get; private set; }

    /// <summary>The AlgorithmIdentifier within the signed part, as encoded.</summary>
    public ReadOnlyMemory<byte> SignedAlgorithm { get; private set; }

    /// <summary>The AlgorithmIdentifier beside the signature, as encoded: it must be the same.</summary>
    public ReadOnlyMemory<byte> OuterAlgorithm { get; private set; }

    /// <summary>The SubjectPublicKeyInfo, as encoded.</summary>
    public ReadOnlyMemory<byte> PublicKeyInfo { get; private set; }

    /// <summary>Version as people count it: 1, 2 or 3; what is encoded, plus one.</summary>
    public int Version { get; private set; } = 1;

    /// <summary>Contents of the serial number, as encoded.</summary>
    public ReadOnlyMemory<byte> SerialOctets { get; private set; }

    /// <summary>The extensions in the certificate's order; the first 64.</summary>
    public ImmutableArray<CertificateExtension> Extensions { get; private set; } = [];

    /// <summary>Whether the subject names itself as issuer.</summary>
    public bool IsSelfIssued => SubjectOctets.Span.SequenceEqual(IssuerOctets.Span);

    /// <summary>Reads a certificate.</summary>
    /// <param name="octets">Its DER encoding; octets after it are ignored.</param>
    /// <param name="certificate">The certificate; null unless <see cref="OperationStatus.Done"/>.</param>
    /// <returns><see cref="OperationStatus.InvalidData"/> if it is none.</returns>
    public static OperationStatus Read(ReadOnlySpan<byte> octets, out Certificate? certificate) => Read(octets, allowsAnyTime: false, out certificate);

    /// <summary>Reads a certificate.</summary>
    /// <param name="octets">Its DER encoding; octets after it are ignored.</param>
    /// <param name="allowsAnyTime">Whether its times may be in a form that certificates must not use: then they stand in <see cref="ValidityOctets"/> alone.</param>
    /// <param name="certificate">The certificate; null unless <see cref="OperationStatus.Done"/>.</param>
    /// <returns><see cref="OperationStatus.InvalidData"/> if it is none.</returns>
    public static OperationStatus Read(ReadOnlySpan<byte> octets, bool allowsAnyTime, out Certificate? certificate)
    {
        certificate = null;
        var outer = new DerReader(octets);
        if (!outer.Read(DerReader.Sequence))
            return OperationStatus.InvalidData;
        byte[] whole = outer.Whole.ToArray();
        outer = new DerReader(whole);
        _ = outer.Read();
        var signed = new DerReader(outer.Value);
        if (!signed.Read(DerReader.Sequence))
            return OperationStatus.InvalidData;

        var body = new DerReader(signed.Value);
        var result = new Certificate { Octets = whole };
        result.SignedOctets = result.Part(signed.Whole);
        if (!result.ReadBody(ref body, allowsAnyTime))
            return OperationStatus.InvalidData;
        if (signed.Read(DerReader.Sequence))
        {
            result.OuterAlgorithm = result.Part(signed.Whole);
            if (signed.Read(DerReader.BitString) && signed.Value is [0, ..])
                result.Signature = result.Part(signed.Value[1..]);
        }

        certificate = result;
        return OperationStatus.Done;
    }

    /// <summary>Finds the subject of a certificate and reads nothing else: for looking through many.</summary>
    /// <param name="octets">DER encoding of the certificate.</param>
    /// <param name="subject">Where the encoded subject lies.</param>
    /// <returns><see cref="OperationStatus.InvalidData"/> if it is no certificate.</returns>
    public static OperationStatus ReadSubject(ReadOnlySpan<byte> octets, out Range subject)
    {
        subject = default;
        if (!FindValidity(octets, out DerReader body) || !body.Read(DerReader.Sequence))
            return OperationStatus.InvalidData;
        _ = octets.Overlaps(body.Whole, out int offset);
        subject = offset..(offset + body.Whole.Length);
        return OperationStatus.Done;
    }

    /// <summary>Reads from when to when a certificate is valid and nothing else: for looking at many.</summary>
    /// <param name="octets">DER encoding of the certificate; its end may be missing.</param>
    /// <param name="notBefore">From when on.</param>
    /// <param name="notAfter">Until when.</param>
    /// <returns><see cref="OperationStatus.InvalidData"/> if it is no certificate.</returns>
    public static OperationStatus ReadValidity(ReadOnlySpan<byte> octets, out DateTimeOffset notBefore, out DateTimeOffset notAfter)
    {
        (notBefore, notAfter) = (default, default);
        return FindValidity(octets, out DerReader body) && TryReadTimes(body.Value, out notBefore, out notAfter) ? OperationStatus.Done : OperationStatus.InvalidData;
    }

    // Where octets of this certificate lie within it.
    private ReadOnlyMemory<byte> Part(ReadOnlySpan<byte> octets) => OctetParts.Within(Octets, octets);

    private static bool FindValidity(ReadOnlySpan<byte> octets, out DerReader body)
    {
        const byte ExplicitVersion = 0xa0;
        body = default;
        var outer = new DerReader(octets);
        if (!outer.Read(DerReader.Sequence))
            return false;
        var signed = new DerReader(outer.Value);
        if (!signed.Read(DerReader.Sequence))
            return false;
        body = new DerReader(signed.Value);
        return body.Read() is OperationStatus.Done
            && (body.Tag != ExplicitVersion || body.Read(DerReader.Integer))
            && body.Read(DerReader.Sequence) // signature algorithm
            && body.Read(DerReader.Sequence) // issuer
            && body.Read(DerReader.Sequence);
    }

    private bool ReadBody(ref DerReader body, bool allowsAnyTime)
    {
        const byte ExplicitVersion = 0xa0;
        const byte ExplicitExtensions = 0xa3;
        if (body.Read() is not OperationStatus.Done)
            return false;
        if (body.Tag == ExplicitVersion)
        {
            var version = new DerReader(body.Value);
            if (version.Read(DerReader.Integer) && version.Value is [var encoded])
                Version = encoded + 1;
            if (body.Read() is not OperationStatus.Done)
                return false;
        }

        if (body.Tag != DerReader.Integer)
            return false;
        SerialOctets = Part(body.Value);
        Serial = Convert.ToHexStringLower(body.Value[..Math.Min(body.Value.Length, 20)]);

        if (!body.Read(DerReader.Sequence))
            return false;
        SignedAlgorithm = Part(body.Whole);
        SignatureAlgorithm = ReadAlgorithm(body.Value, out _);

        if (!body.Read(DerReader.Sequence))
            return false;
        (Issuer, IssuerOrganization) = ReadName(body.Value);
        IssuerOctets = Part(body.Whole);

        if (!body.Read(DerReader.Sequence) || (!ReadValidity(body.Value) && !allowsAnyTime))
            return false;
        ValidityOctets = Part(body.Value);

        if (!body.Read(DerReader.Sequence))
            return false;
        (Subject, SubjectOrganization) = ReadName(body.Value);
        SubjectOctets = Part(body.Whole);

        if (!body.Read(DerReader.Sequence))
            return false;
        PublicKeyInfo = Part(body.Whole);
        Key = ReadKey(body.Value);

        while (body.Read() is OperationStatus.Done)
        {
            if (body.Tag == ExplicitExtensions)
                ReadExtensions(body.Value);
        }

        return true;
    }

    private bool ReadValidity(ReadOnlySpan<byte> octets)
    {
        bool isRead = TryReadTimes(octets, out DateTimeOffset notBefore, out DateTimeOffset notAfter);
        (NotBefore, NotAfter) = (notBefore, notAfter);
        return isRead;
    }

    private static bool TryReadTimes(ReadOnlySpan<byte> octets, out DateTimeOffset notBefore, out DateTimeOffset notAfter)
    {
        notAfter = default;
        var reader = new DerReader(octets);
        return (reader.Read() is OperationStatus.Done & DerReader.TryReadTime(reader.Tag, reader.Value, out notBefore))
            && reader.Read() is OperationStatus.Done && DerReader.TryReadTime(reader.Tag, reader.Value, out notAfter);
    }

    private static string ReadAlgorithm(ReadOnlySpan<byte> octets, out string? parameter)
    {
        parameter = null;
        var reader = new DerReader(octets);
        if (!reader.Read(DerReader.ObjectIdentifier))
            return "";
        string algorithm = DerReader.Dotted(reader.Value);
        if (reader.Read(DerReader.ObjectIdentifier))
            parameter = DerReader.Dotted(reader.Value);
        return algorithm switch
        {
            "1.2.840.113549.1.1.1" => "rsaEncryption",
            "1.2.840.113549.1.1.4" => "md5WithRSAEncryption",
            "1.2.840.113549.1.1.5" => "sha1WithRSAEncryption",
            "1.2.840.113549.1.1.10" => "rsassaPss",
            "1.2.840.113549.1.1.11" => "sha256WithRSAEncryption",
            "1.2.840.113549.1.1.12" => "sha384WithRSAEncryption",
            "1.2.840.113549.1.1.13" => "sha512WithRSAEncryption",
            "1.2.840.10045.2.1" => "id-ecPublicKey",
            "1.2.840.10045.4.1" => "ecdsa-with-SHA1",
            "1.2.840.10045.4.3.2" => "ecdsa-with-SHA256",
            "1.2.840.10045.4.3.3" => "ecdsa-with-SHA384",
            "1.2.840.10045.4.3.4" => "ecdsa-with-SHA512",
            "1.3.101.112" => "ED25519",
            "1.3.101.113" => "ED448",
            _ => algorithm,
        };
    }

    private static string ReadKey(ReadOnlySpan<byte> octets)
    {
        var reader = new DerReader(octets);
        if (!reader.Read(DerReader.Sequence))
            return "";
        string algorithm = ReadAlgorithm(reader.Value, out string? curve);
        switch (algorithm)
        {
            case "rsaEncryption" or "rsassaPss" when reader.Read(DerReader.BitString) && reader.Value.Length > 1:
                var key = new DerReader(reader.Value[1..]); // after the count of unused bits
                if (!key.Read(DerReader.Sequence))
                    return "RSA";
                var numbers = new DerReader(key.Value);
                return numbers.Read(DerReader.Integer) ? $"RSA {BitLength(numbers.Value)}" : "RSA";
            case "id-ecPublicKey":
                return curve switch
                {
                    "1.2.840.10045.3.1.7" => "EC P-256",
                    "1.3.132.0.34" => "EC P-384",
                    "1.3.132.0.35" => "EC P-521",
                    _ => $"EC {curve}",
                };
            default:
                return algorithm;
        }
    }

    private static int BitLength(ReadOnlySpan<byte> number)
    {
        ReadOnlySpan<byte> significant = number.TrimStart((byte)0);
        return significant.IsEmpty ? 0 : significant.Length * 8 - (BitOperations.LeadingZeroCount(significant[0]) - 24);
    }

    private static (string Text, string? Organization) ReadName(ReadOnlySpan<byte> octets)
    {
        var text = new StringBuilder();
        string? organization = null;
        int attributes = 0;
        var sets = new DerReader(octets);
        while (sets.Read() is OperationStatus.Done && sets.Tag == DerReader.Set)
        {
            var members = new DerReader(sets.Value);
            while (members.Read() is OperationStatus.Done && attributes++ < MostAttributes)
            {
                var attribute = new DerReader(members.Value);
                if (!attribute.Read(DerReader.ObjectIdentifier))
                    continue;
                string type = DerReader.Dotted(attribute.Value) switch
                {
                    "2.5.4.3" => "CN",
                    "2.5.4.5" => "serialNumber",
                    "2.5.4.6" => "C",
                    "2.5.4.7" => "L",
                    "2.5.4.8" => "ST",
                    "2.5.4.10" => "O",
                    "2.5.4.11" => "OU",
                    "0.9.2342.19200300.100.1.25" => "DC",
                    "1.2.840.113549.1.9.1" => "emailAddress",
                    var other => other,
                };
                if (attribute.Read() is not OperationStatus.Done)
                    continue;
                string value = DerReader.Text(attribute.Tag, attribute.Value);
                if (type is "O")
                    organization ??= value;
                text.Append(text.Length == 0 ? "" : ", ").Append(type).Append('=').Append(value);
            }
        }

        return (text.Length > LongestName ? text.ToString(0, LongestName) : text.ToString(), organization);
    }

    private void ReadExtensions(ReadOnlySpan<byte> octets)
    {
        var wrapper = new DerReader(octets);
        if (!wrapper.Read(DerReader.Sequence))
            return;
        Extensions = CertificateExtension.ReadAll(Octets, wrapper.Value);
        foreach (CertificateExtension extension in Extensions)
            ReadExtension(extension.Id, extension.Value.Span);
    }

    private void ReadExtension(string id, ReadOnlySpan<byte> octets)
    {
        var value = new DerReader(octets);
        if (value.Read() is not OperationStatus.Done)
            return;
        switch (id)
        {
            case "2.5.29.14": // subjectKeyIdentifier
                SubjectKeyId = Hexadecimal(value.Value);
                break;
            case "2.5.29.15": // keyUsage: the count of unused bits, then the bits, digitalSignature first
                MaySign = value.Value is [_, >= 0x80, ..];
                break;
            case "2.5.29.17": // subjectAltName
                Names = ReadNames(value.Value);
                break;
            case "2.5.29.19": // basicConstraints
                var constraints = new DerReader(value.Value);
                IsAuthority = constraints.Read(DerReader.Boolean) && constraints.Value is [not 0];
                break;
            case "2.5.29.35": // authorityKeyIdentifier
                var authority = new DerReader(value.Value);
                const byte KeyIdentifier = 0x80;
                if (authority.Read(KeyIdentifier))
                    AuthorityKeyId = Hexadecimal(authority.Value);
                break;
            case "1.3.6.1.5.5.7.1.24": // tlsFeature
                var features = new DerReader(value.Value);
                while (features.Read(DerReader.Integer))
                    RequiresStaple |= features.Value is [5] or [0, 5]; // status_request
                break;
            case "1.3.6.1.5.5.7.1.1": // authorityInfoAccess
                IssuerUrl = ReadIssuerUrl(value.Value);
                break;
        }
    }

    private static ImmutableArray<string> ReadNames(ReadOnlySpan<byte> octets)
    {
        const byte DnsName = 0x82;
        const byte Address = 0x87;
        ImmutableArray<string>.Builder names = ImmutableArray.CreateBuilder<string>();
        var reader = new DerReader(octets);
        while (names.Count < MostNames && reader.Read() is OperationStatus.Done)
        {
            if (reader.Tag == DnsName)
                names.Add(DerReader.Text(reader.Tag, reader.Value));
            else if (reader.Tag == Address && reader.Value.Length is 4 or 16)
                names.Add(new IPAddress(reader.Value).ToString());
        }

        return names.ToImmutable();
    }

    private static string? ReadIssuerUrl(ReadOnlySpan<byte> octets)
    {
        const byte Uri = 0x86;
        var descriptions = new DerReader(octets);
        for (int i = 0; i < MostExtensions && descriptions.Read(DerReader.Sequence); i++)
        {
            var description = new DerReader(descriptions.Value);
            if (description.Read(DerReader.ObjectIdentifier)
                && DerReader.Dotted(description.Value) is "1.3.6.1.5.5.7.48.2" // caIssuers
                && description.Read(Uri))
            {
                return DerReader.Text(Uri, description.Value);
            }
        }

        return null;
    }

    private static string Hexadecimal(ReadOnlySpan<byte> octets) =>
        Convert.ToHexStringLower(octets[..Math.Min(octets.Length, 64)]);
}
