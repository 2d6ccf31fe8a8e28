using System.Buffers;
using NetWhy.Wire.Tls;

namespace NetWhy.Certificates;

/// <summary>What OpenSSL's verification remembers of a certificate's extensions.</summary>
/// <remarks>
/// It is laxer than RFC 5280: empty lists and constraints that make no sense are read. What cannot be read, or stands twice, makes the
/// certificate invalid, and then it issues nothing. Source: X509_check_purpose(3ssl), X509_get_extension_flags(3ssl); RFC 5280, RFC 3820.
/// </remarks>
internal sealed class OpenSslExtensions
{
    internal const int DigitalSignature = 0;
    internal const int NonRepudiation = 1;
    internal const int KeyEncipherment = 2;
    internal const int KeyAgreement = 4;
    internal const int KeyCertSign = 5;
    internal const int CrlSign = 6;

    private const string ProxyInformation = "1.3.6.1.5.5.7.1.14";
    private const string NetscapeCertificateType = "2.16.840.1.113730.1.1";
    private const string AddressBlocks = "1.3.6.1.5.5.7.1.7";
    private const string SystemNumbers = "1.3.6.1.5.5.7.1.8";

    internal OpenSslExtensions(OpenSslCertificate owner)
    {
        Certificate certificate = owner.Certificate;
        HashSet<string> seen = [];
        foreach (CertificateExtension extension in certificate.Extensions)
        {
            bool isNew = seen.Add(extension.Id);
            if (IsAboutPolicies(extension.Id))
                Policies.Read(extension); // what is malformed there is an error of its own
            else if (IsRemembered(extension.Id) && (!isNew || !Read(extension)))
                IsInvalid = true;
            HasUnknownCritical |= extension.IsCritical && !IsSupported(extension.Id);
            HasCriticalBasicConstraints |= extension.IsCritical && extension.Id is ObjectIdentifiers.BasicConstraints;
            HasCriticalAuthorityKeyId |= extension.IsCritical && extension.Id is ObjectIdentifiers.AuthorityKeyIdentifier;
            HasCriticalSubjectKeyId |= extension.IsCritical && extension.Id is ObjectIdentifiers.SubjectKeyIdentifier;
            HasCriticalAlternativeNames |= extension.IsCritical && extension.Id is ObjectIdentifiers.SubjectAlternativeName;
            HasCriticalPurposes |= extension.IsCritical && extension.Id is ObjectIdentifiers.ExtendedKeyUsage;
            HasResources |= extension.Id is AddressBlocks or SystemNumbers;
        }

        IsInvalid |= IsProxy && (IsAuthority || seen.Contains(ObjectIdentifiers.SubjectAlternativeName) || seen.Contains(ObjectIdentifiers.IssuerAlternativeName));
        // What the reader has left out may be what matters.
        IsInvalid |= owner.Library is { } library && (!library.HasReadableExtensions || library.ExtensionCount != certificate.Extensions.Length);
    }

    internal bool IsInvalid { get; }

    internal bool HasUnknownCritical { get; }

    internal bool HasCriticalBasicConstraints { get; }

    internal bool HasCriticalAuthorityKeyId { get; }

    internal bool HasCriticalSubjectKeyId { get; }

    internal bool HasCriticalAlternativeNames { get; }

    internal bool HasCriticalPurposes { get; }

    // RFC 3779: addresses and numbers of autonomous systems.
    internal bool HasResources { get; }

    internal bool HasBasicConstraints { get; private set; }

    internal bool IsAuthority { get; private set; }

    internal long? PathLength { get; private set; }

    internal bool IsProxy { get; private set; }

    internal long? ProxyPathLength { get; private set; }

    // Bits by RFC 5280's numbers; null where the extension is absent.
    internal uint? KeyUsage { get; private set; }

    internal List<string>? Purposes { get; private set; }

    // The first octet; null where the extension is absent.
    internal byte? NetscapeType { get; private set; }

    internal bool HasAuthorityKeyIdentifier { get; private set; }

    internal ReadOnlyMemory<byte>? AuthorityKeyId { get; private set; }

    internal ReadOnlyMemory<byte>? AuthoritySerial { get; private set; }

    internal DistinguishedName? AuthorityIssuer { get; private set; }

    internal ReadOnlyMemory<byte>? SubjectKeyId { get; private set; }

    internal List<GeneralName>? AlternativeNames { get; private set; }

    internal OpenSslNameConstraints? NameConstraints { get; private set; }

    internal OpenSslPolicyFacts Policies { get; } = new();

    // Distribution points: names of each, and reasons and issuer where it says them.
    internal List<OpenSslDistributionPoint> DistributionPoints { get; } = [];

    // Whether keyUsage is there and allows none of these.
    internal bool Forbids(params ReadOnlySpan<int> usages)
    {
        if (KeyUsage is not { } bits)
            return false;
        foreach (int usage in usages)
        {
            if ((bits & (1u << usage)) != 0)
                return false;
        }

        return true;
    }

    internal bool HasUsage(int usage) => KeyUsage is { } bits && (bits & (1u << usage)) != 0;

    // Whether an issuer is the one that authorityKeyIdentifier means.
    internal bool FitsAuthority(OpenSslCertificate issuer) => AuthorityDifference(issuer) is null;

    // What authorityKeyIdentifier says of its issuer's certificate and is not so there, in words; null if nothing is.
    internal string? AuthorityDifference(OpenSslCertificate issuer)
    {
        if (AuthorityKeyId is { } key && issuer.Extensions.SubjectKeyId is { } own && !key.Span.SequenceEqual(own.Span))
            return $"authorityKeyIdentifier {Hexadecimal(key.Span)}, and subjectKeyIdentifier {Hexadecimal(own.Span)} there";
        if (AuthoritySerial is { } serial && !serial.Span.SequenceEqual(issuer.Certificate.SerialOctets.Span))
            return $"authorityKeyIdentifier with the serial number {Hexadecimal(serial.Span)}, and {Hexadecimal(issuer.Certificate.SerialOctets.Span)} there";
        return AuthorityIssuer is { } name && name.Key != issuer.IssuerName?.Key
            ? $"authorityKeyIdentifier with another issuer of that certificate than {issuer.Certificate.Issuer}, who issued the one there"
            : null;
    }

    private static string Hexadecimal(ReadOnlySpan<byte> octets)
    {
        const int Longest = 20; // SHA-1, and a serial number
        string text = Convert.ToHexString(octets[..Math.Min(octets.Length, Longest)]);
        return octets.Length > Longest ? $"{text}…" : text;
    }

    private static bool IsRemembered(string id) => id is ObjectIdentifiers.BasicConstraints or ObjectIdentifiers.KeyUsage or ObjectIdentifiers.ExtendedKeyUsage
        or ObjectIdentifiers.SubjectKeyIdentifier or ObjectIdentifiers.AuthorityKeyIdentifier or ObjectIdentifiers.SubjectAlternativeName
        or ObjectIdentifiers.NameConstraints or ObjectIdentifiers.CrlDistributionPoints or ProxyInformation or NetscapeCertificateType;

    private static bool IsAboutPolicies(string id) => id is ObjectIdentifiers.CertificatePolicies or ObjectIdentifiers.PolicyMappings
        or ObjectIdentifiers.PolicyConstraints or ObjectIdentifiers.InhibitAnyPolicy;

    /// <summary>Whether OpenSSL knows an extension, so that it may be critical.</summary>
    /// <param name="id">Its identifier.</param>
    internal static bool IsSupported(string id) => id is NetscapeCertificateType or ObjectIdentifiers.KeyUsage or ObjectIdentifiers.SubjectAlternativeName
        or ObjectIdentifiers.BasicConstraints or ObjectIdentifiers.CertificatePolicies or ObjectIdentifiers.CrlDistributionPoints
        or ObjectIdentifiers.ExtendedKeyUsage or AddressBlocks or SystemNumbers or "1.3.6.1.5.5.7.48.1.5" or ObjectIdentifiers.PolicyConstraints
        or ProxyInformation or ObjectIdentifiers.NameConstraints or ObjectIdentifiers.PolicyMappings or ObjectIdentifiers.InhibitAnyPolicy
        or ObjectIdentifiers.SubjectKeyIdentifier or ObjectIdentifiers.AuthorityKeyIdentifier;

    // Whether it can be read.
    private bool Read(CertificateExtension extension)
    {
        ReadOnlySpan<byte> octets = extension.Value.Span;
        switch (extension.Id)
        {
            case ObjectIdentifiers.BasicConstraints:
                return ReadBasicConstraints(octets);
            case ProxyInformation:
                return ReadProxy(octets);
            case ObjectIdentifiers.KeyUsage:
                return ReadKeyUsage(octets);
            case ObjectIdentifiers.ExtendedKeyUsage:
                Purposes = CertificateView.ReadIdentifiers(octets);
                return Purposes is not null;
            case NetscapeCertificateType:
                var bits = new DerReader(octets);
                bool isRead = bits.Read(DerReader.BitString) && !bits.Value.IsEmpty;
                NetscapeType = isRead && bits.Value.Length > 1 ? bits.Value[1] : (byte)0;
                return isRead;
            case ObjectIdentifiers.SubjectKeyIdentifier:
                var key = new DerReader(octets);
                if (!key.Read(DerReader.OctetString))
                    return false;
                SubjectKeyId = key.Value.ToArray();
                return true;
            case ObjectIdentifiers.AuthorityKeyIdentifier:
                return ReadAuthorityKeyIdentifier(extension.Value);
            case ObjectIdentifiers.SubjectAlternativeName:
                AlternativeNames = GeneralName.ReadAll(extension.Value);
                return AlternativeNames is not null;
            case ObjectIdentifiers.NameConstraints:
                NameConstraints = OpenSslNameConstraints.Read(extension.Value);
                return NameConstraints is not null;
            default:
                return OpenSslDistributionPoint.ReadAll(extension.Value, DistributionPoints);
        }
    }

    private bool ReadBasicConstraints(ReadOnlySpan<byte> octets)
    {
        HasBasicConstraints = true;
        var outer = new DerReader(octets);
        if (!outer.Read(DerReader.Sequence))
            return false;
        var parts = new DerReader(outer.Value);
        while (parts.Read() is OperationStatus.Done)
        {
            if (parts.Tag == DerReader.Boolean)
                IsAuthority = parts.Value is [not 0];
            else if (parts.Tag == DerReader.Integer && DerNumber.TryRead(parts.Value, out long length))
                PathLength = length;
            else
                return false;
        }

        return parts.IsAtEnd;
    }

    private bool ReadProxy(ReadOnlySpan<byte> octets)
    {
        IsProxy = true;
        var outer = new DerReader(octets);
        if (!outer.Read(DerReader.Sequence))
            return false;
        var parts = new DerReader(outer.Value);
        if (parts.Read() is not OperationStatus.Done)
            return false;
        if (parts.Tag == DerReader.Integer && DerNumber.TryRead(parts.Value, out long length))
        {
            ProxyPathLength = length;
            return parts.Read(DerReader.Sequence);
        }

        return parts.Tag == DerReader.Sequence;
    }

    private bool ReadKeyUsage(ReadOnlySpan<byte> octets)
    {
        var outer = new DerReader(octets);
        if (!outer.Read(DerReader.BitString) || outer.Value.IsEmpty)
            return false;
        uint bits = 0;
        for (int i = 0; i < Math.Min(2, outer.Value.Length - 1) * 8; i++)
        {
            if ((outer.Value[1 + i / 8] & (0x80 >> (i % 8))) != 0)
                bits |= 1u << i;
        }

        KeyUsage = bits;
        return bits != 0;
    }

    private bool ReadAuthorityKeyIdentifier(ReadOnlyMemory<byte> octets)
    {
        const byte Key = 0x80;
        const byte Issuer = 0xa1;
        const byte Serial = 0x82;
        HasAuthorityKeyIdentifier = true;
        var outer = new DerReader(octets.Span);
        if (!outer.Read(DerReader.Sequence))
            return false;
        var parts = new DerReader(outer.Value);
        while (parts.Read() is OperationStatus.Done)
        {
            switch (parts.Tag)
            {
                case Key:
                    AuthorityKeyId = parts.Value.ToArray();
                    break;
                case Serial:
                    AuthoritySerial = parts.Value.ToArray();
                    break;
                case Issuer:
                    var names = new DerReader(parts.Value);
                    while (AuthorityIssuer is null && names.Read() is OperationStatus.Done)
                    {
                        if (names.Tag == 0xa4) // directoryName
                            AuthorityIssuer = DistinguishedName.Read(names.Value);
                    }

                    break;
                default:
                    return false;
            }
        }

        return parts.IsAtEnd;
    }
}

/// <summary>Where the revocation lists of a certificate are, and which. Source: RFC 5280, section 4.2.1.13.</summary>
/// <param name="FullNames">Its names, as GeneralNames in hexadecimal; null where it has none.</param>
/// <param name="Issuers">Names of who issues the list; null if the certificate's issuer does.</param>
internal sealed record OpenSslDistributionPoint(List<string>? FullNames, List<string>? Issuers)
{
    // Whether they can be read.
    internal static bool ReadAll(ReadOnlyMemory<byte> octets, List<OpenSslDistributionPoint> points)
    {
        var outer = new DerReader(octets.Span);
        if (!outer.Read(DerReader.Sequence))
            return false;
        var reader = new DerReader(outer.Value);
        while (reader.Read() is OperationStatus.Done)
        {
            if (reader.Tag != DerReader.Sequence)
                return false;
            points.Add(Read(reader.Value));
        }

        return reader.IsAtEnd;
    }

    // The names of a DistributionPointName; null where it is relative to the issuer, which nobody uses.
    internal static List<string>? NamesOf(ReadOnlySpan<byte> name)
    {
        const byte FullName = 0xa0;
        var choice = new DerReader(name);
        if (!choice.Read(FullName))
            return null;
        List<string> names = [];
        var reader = new DerReader(choice.Value);
        while (reader.Read() is OperationStatus.Done)
            names.Add(Convert.ToHexString(reader.Whole));
        return names;
    }

    private static OpenSslDistributionPoint Read(ReadOnlySpan<byte> octets)
    {
        const byte PointName = 0xa0;
        const byte Issuer = 0xa2;
        const byte Directory = 0xa4;
        List<string>? names = null, issuers = null;
        var parts = new DerReader(octets);
        while (parts.Read() is OperationStatus.Done)
        {
            if (parts.Tag == PointName)
            {
                names = NamesOf(parts.Value);
            }
            else if (parts.Tag == Issuer)
            {
                issuers = [];
                var reader = new DerReader(parts.Value);
                while (reader.Read() is OperationStatus.Done)
                {
                    if (reader.Tag == Directory && DistinguishedName.Read(reader.Value)?.Key is { } key)
                        issuers.Add(key);
                }
            }
        }

        return new OpenSslDistributionPoint(names, issuers);
    }
}
