using System.Buffers;
using NetWhy.Linux;
using NetWhy.Wire;
using NetWhy.Wire.Tls;

namespace NetWhy.Certificates;

/// <summary>What a certificate's extensions say, read once; and which of them cannot be read.</summary>
internal sealed class CertificateView
{
    internal const int KeyCertSign = 5;
    internal const int CrlSign = 6;

    private readonly List<(string Id, string Why)> _malformed = [];

    internal CertificateView(Certificate certificate)
    {
        Certificate = certificate;
        Subject = DistinguishedName.Read(certificate.SubjectOctets.Span);
        Issuer = DistinguishedName.Read(certificate.IssuerOctets.Span);
        foreach (CertificateExtension extension in certificate.Extensions)
            Read(extension);
    }

    internal Certificate Certificate { get; }

    /// <summary>Null if it cannot be read.</summary>
    internal DistinguishedName? Subject { get; }

    /// <summary>Null if it cannot be read.</summary>
    internal DistinguishedName? Issuer { get; }

    internal bool IsSelfIssued => Subject is not null && Subject.Key == Issuer?.Key;

    internal IReadOnlyList<(string Id, string Why)> Malformed => _malformed;

    internal bool HasBasicConstraints { get; private set; }

    internal bool IsAuthority { get; private set; }

    internal long? PathLength { get; private set; }

    /// <summary>Bits by RFC 5280's numbers; null where the extension is absent.</summary>
    internal uint? KeyUsage { get; private set; }

    internal List<string>? Purposes { get; private set; }

    internal List<GeneralName>? AlternativeNames { get; private set; }

    internal NameConstraints? NameConstraints { get; private set; }

    internal bool HasAuthorityKeyIdentifier { get; private set; }

    internal ReadOnlyMemory<byte>? AuthorityKeyId { get; private set; }

    internal bool NamesAuthorityIssuer { get; private set; }

    internal ReadOnlyMemory<byte>? SubjectKeyId { get; private set; }

    internal List<string>? Policies { get; private set; }

    internal List<(string Issuer, string Subject)> PolicyMappings { get; } = [];

    internal long? RequireExplicitPolicy { get; private set; }

    internal long? InhibitPolicyMapping { get; private set; }

    internal long? InhibitAnyPolicy { get; private set; }

    internal bool HasUsage(int bit) => KeyUsage is { } bits && (bits & (1u << bit)) != 0;

    internal CertificateExtension? Find(string id)
    {
        foreach (CertificateExtension extension in Certificate.Extensions)
        {
            if (extension.Id == id)
                return extension;
        }

        return null;
    }

    /// <summary>Whether its key is one that made a signature; null where that cannot be checked.</summary>
    internal bool? HasSigned(ReadOnlySpan<byte> signed, ReadOnlySpan<byte> algorithm, ReadOnlySpan<byte> signature) =>
        SignatureAlgorithm.Check(Certificate.PublicKeyInfo.Span, algorithm, signed, signature) switch
        {
            SignatureCheck.Good => true,
            SignatureCheck.Bad => false,
            _ => null,
        };

    private void Read(CertificateExtension extension)
    {
        string? why = extension.Id switch
        {
            ObjectIdentifiers.BasicConstraints => ReadBasicConstraints(extension.Value.Span),
            ObjectIdentifiers.KeyUsage => ReadKeyUsage(extension.Value.Span),
            ObjectIdentifiers.ExtendedKeyUsage => ReadPurposes(extension.Value.Span),
            ObjectIdentifiers.SubjectAlternativeName => ReadAlternativeNames(extension.Value),
            ObjectIdentifiers.NameConstraints => ReadNameConstraints(extension.Value),
            ObjectIdentifiers.AuthorityKeyIdentifier => ReadAuthorityKeyIdentifier(extension.Value),
            ObjectIdentifiers.SubjectKeyIdentifier => ReadSubjectKeyIdentifier(extension.Value),
            ObjectIdentifiers.CertificatePolicies => ReadPolicies(extension.Value.Span),
            ObjectIdentifiers.PolicyMappings => ReadPolicyMappings(extension.Value.Span),
            ObjectIdentifiers.PolicyConstraints => ReadPolicyConstraints(extension.Value.Span),
            ObjectIdentifiers.InhibitAnyPolicy => ReadInhibitAnyPolicy(extension.Value.Span),
            ObjectIdentifiers.AuthorityInformationAccess => CheckInformationAccess(extension.Value.Span),
            _ => null,
        };
        if (why is not null)
            _malformed.Add((extension.Id, why));
    }

    private string? ReadBasicConstraints(ReadOnlySpan<byte> octets)
    {
        const string Why = "basicConstraints cannot be read";
        HasBasicConstraints = true;
        var outer = new DerReader(octets);
        if (!outer.Read(DerReader.Sequence) || !outer.IsAtEnd)
            return Why;
        var parts = new DerReader(outer.Value);
        while (parts.Read() is OperationStatus.Done)
        {
            if (parts.Tag == DerReader.Boolean)
                IsAuthority = parts.Value is [not 0];
            else if (parts.Tag == DerReader.Integer && DerNumber.TryRead(parts.Value, out long length))
                PathLength = length;
            else
                return Why;
        }

        return parts.IsAtEnd ? null : Why;
    }

    private string? ReadKeyUsage(ReadOnlySpan<byte> octets)
    {
        var outer = new DerReader(octets);
        if (!outer.Read(DerReader.BitString) || outer.Value.Length is < 1 or > 3)
            return "keyUsage cannot be read";
        uint bits = 0;
        for (int i = 0; i < (outer.Value.Length - 1) * 8; i++)
        {
            if ((outer.Value[1 + i / 8] & (0x80 >> (i % 8))) != 0)
                bits |= 1u << i;
        }

        KeyUsage = bits;
        return bits == 0 ? "keyUsage allows nothing" : null;
    }

    private string? ReadPurposes(ReadOnlySpan<byte> octets)
    {
        Purposes = ReadIdentifiers(octets);
        return Purposes switch { null => "extendedKeyUsage cannot be read", [] => "extendedKeyUsage names no purpose", _ => null };
    }

    private string? ReadAlternativeNames(ReadOnlyMemory<byte> octets)
    {
        AlternativeNames = GeneralName.ReadAll(octets);
        return AlternativeNames switch { null => "subjectAltName cannot be read", [] => "subjectAltName has no name", _ => null };
    }

    private string? ReadNameConstraints(ReadOnlyMemory<byte> octets)
    {
        NameConstraints = NameConstraints.Read(octets, out string? why);
        return why is null ? null : "nameConstraints: " + why;
    }

    private string? ReadAuthorityKeyIdentifier(ReadOnlyMemory<byte> octets)
    {
        const byte KeyIdentifier = 0x80;
        const byte AuthorityIssuer = 0xa1;
        const byte AuthoritySerial = 0x82;
        HasAuthorityKeyIdentifier = true;
        var outer = new DerReader(octets.Span);
        if (!outer.Read(DerReader.Sequence))
            return "authorityKeyIdentifier cannot be read";
        var parts = new DerReader(outer.Value);
        while (parts.Read() is OperationStatus.Done)
        {
            if (parts.Tag == KeyIdentifier)
                AuthorityKeyId = OctetParts.Within(octets, parts.Value);
            NamesAuthorityIssuer |= parts.Tag is AuthorityIssuer or AuthoritySerial;
        }

        return parts.IsAtEnd ? null : "authorityKeyIdentifier cannot be read";
    }

    private string? ReadSubjectKeyIdentifier(ReadOnlyMemory<byte> octets)
    {
        var outer = new DerReader(octets.Span);
        if (!outer.Read(DerReader.OctetString))
            return "subjectKeyIdentifier cannot be read";
        SubjectKeyId = OctetParts.Within(octets, outer.Value);
        return null;
    }

    private string? ReadPolicies(ReadOnlySpan<byte> octets)
    {
        const string Why = "certificatePolicies cannot be read";
        Policies = [];
        var outer = new DerReader(octets);
        if (!outer.Read(DerReader.Sequence))
            return Why;
        var parts = new DerReader(outer.Value);
        while (parts.Read() is OperationStatus.Done)
        {
            var policy = new DerReader(parts.Value);
            if (parts.Tag != DerReader.Sequence || !policy.Read(DerReader.ObjectIdentifier))
                return Why;
            Policies.Add(DerReader.Dotted(policy.Value));
        }

        return parts.IsAtEnd && Policies.Count > 0 ? null : Why;
    }

    private string? ReadPolicyMappings(ReadOnlySpan<byte> octets)
    {
        const string Why = "policyMappings cannot be read";
        var outer = new DerReader(octets);
        if (!outer.Read(DerReader.Sequence))
            return Why;
        var parts = new DerReader(outer.Value);
        while (parts.Read() is OperationStatus.Done)
        {
            var pair = new DerReader(parts.Value);
            if (!pair.Read(DerReader.ObjectIdentifier))
                return Why;
            string issuer = DerReader.Dotted(pair.Value);
            if (!pair.Read(DerReader.ObjectIdentifier))
                return Why;
            string subject = DerReader.Dotted(pair.Value);
            if (ObjectIdentifiers.AnyPolicy == issuer || ObjectIdentifiers.AnyPolicy == subject)
                return "policyMappings maps anyPolicy";
            PolicyMappings.Add((issuer, subject));
        }

        return parts.IsAtEnd ? null : Why;
    }

    private string? ReadPolicyConstraints(ReadOnlySpan<byte> octets)
    {
        const byte RequireExplicit = 0x80;
        const byte InhibitMapping = 0x81;
        const string Why = "policyConstraints cannot be read";
        var outer = new DerReader(octets);
        if (!outer.Read(DerReader.Sequence))
            return Why;
        var parts = new DerReader(outer.Value);
        while (parts.Read() is OperationStatus.Done)
        {
            if (!DerNumber.TryRead(parts.Value, out long number))
                return Why;
            if (parts.Tag == RequireExplicit)
                RequireExplicitPolicy = number;
            else if (parts.Tag == InhibitMapping)
                InhibitPolicyMapping = number;
            else
                return Why;
        }

        return RequireExplicitPolicy is null && InhibitPolicyMapping is null ? "policyConstraints is empty" : null;
    }

    private string? ReadInhibitAnyPolicy(ReadOnlySpan<byte> octets)
    {
        var outer = new DerReader(octets);
        if (!outer.Read(DerReader.Integer) || !DerNumber.TryRead(outer.Value, out long number))
            return "inhibitAnyPolicy cannot be read";
        InhibitAnyPolicy = number;
        return null;
    }

    private static string? CheckInformationAccess(ReadOnlySpan<byte> octets)
    {
        const string Why = "authorityInfoAccess cannot be read";
        var outer = new DerReader(octets);
        if (!outer.Read(DerReader.Sequence) || !outer.IsAtEnd)
            return Why;
        var parts = new DerReader(outer.Value);
        int count = 0;
        while (parts.Read() is OperationStatus.Done)
        {
            var description = new DerReader(parts.Value);
            if (parts.Tag != DerReader.Sequence || !description.Read(DerReader.ObjectIdentifier) || description.Read() is not OperationStatus.Done)
                return Why;
            count++;
        }

        return !parts.IsAtEnd ? Why : count == 0 ? "authorityInfoAccess describes nothing" : null;
    }

    // The members of a SEQUENCE OF OBJECT IDENTIFIER; null if it is none.
    internal static List<string>? ReadIdentifiers(ReadOnlySpan<byte> octets)
    {
        var outer = new DerReader(octets);
        if (!outer.Read(DerReader.Sequence))
            return null;
        List<string> identifiers = [];
        var parts = new DerReader(outer.Value);
        while (parts.Read(DerReader.ObjectIdentifier))
            identifiers.Add(DerReader.Dotted(parts.Value));
        return parts.IsAtEnd ? identifiers : null;
    }
}
