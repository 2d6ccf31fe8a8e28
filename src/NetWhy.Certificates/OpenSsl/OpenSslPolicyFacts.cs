using System.Buffers;
using NetWhy.Wire.Tls;

namespace NetWhy.Certificates;

/// <summary>What a certificate says of policies. Source: RFC 5280, sections 4.2.1.4, 4.2.1.5, 4.2.1.11 and 4.2.1.14.</summary>
internal sealed class OpenSslPolicyFacts
{
    private const int Most = 1000; // policies and mappings: more are an attack

    private readonly HashSet<string> _seen = [];
    private readonly OpenSslPolicyList _named = new();
    private readonly List<(string Issuer, string Subject)> _mappings = [];
    private bool _isInvalid;
    private bool _isInvalidBesides; // in what is not read where no policy is named

    internal bool IsInvalid => _isInvalid || (_isInvalidBesides && HasSome);

    // Whether any is named, anyPolicy too.
    internal bool HasSome { get; private set; }

    internal OpenSslPolicy? Any { get; private set; }

    internal long? RequireExplicit { get; private set; }

    internal long? InhibitMapping { get; private set; }

    internal long? InhibitAny { get; private set; }

    internal void Read(CertificateExtension extension)
    {
        ReadOnlySpan<byte> octets = extension.Value.Span;
        bool isFirst = _seen.Add(extension.Id);
        switch (extension.Id)
        {
            case ObjectIdentifiers.CertificatePolicies:
                HasSome = true;
                _isInvalid |= !isFirst || !ReadPolicies(octets, extension.IsCritical);
                break;
            case ObjectIdentifiers.PolicyConstraints:
                _isInvalid |= !isFirst || !ReadConstraints(octets);
                break;
            case ObjectIdentifiers.PolicyMappings:
                _isInvalidBesides |= !isFirst || !ReadMappings(octets);
                break;
            default:
                _isInvalidBesides |= !isFirst || !ReadInhibitAny(octets);
                break;
        }
    }

    // Those that are named, anyPolicy aside, and those that are mapped from what it stands for.
    internal IReadOnlyList<OpenSslPolicy> Mapped()
    {
        if (_mappings.Count == 0)
            return _named.All;
        var all = new OpenSslPolicyList();
        foreach (OpenSslPolicy policy in _named.All)
            all.Add(policy);
        Dictionary<string, HashSet<string>> expected = new(StringComparer.Ordinal);
        HashSet<string> mapped = []; // that are there when they are mapped
        foreach ((string issuer, string subject) in _mappings)
        {
            if (all.Find(issuer) is not null)
                mapped.Add(issuer);
            else if (Any is not null)
                all.Add(Any with { Id = issuer });
            else
                continue;
            if (!expected.TryGetValue(issuer, out HashSet<string>? subjects))
                expected[issuer] = subjects = [];
            subjects.Add(subject);
        }

        return
        [
            .. all.All.Select(policy => !expected.TryGetValue(policy.Id, out HashSet<string>? subjects) ? policy : policy with
            {
                Expected = [.. subjects],
                IsMapped = mapped.Contains(policy.Id),
                IsMappedFromAny = !_named.All.Any(named => named.Id == policy.Id),
            }),
        ];
    }

    private bool ReadPolicies(ReadOnlySpan<byte> octets, bool isCritical)
    {
        var outer = new DerReader(octets);
        if (!outer.Read(DerReader.Sequence))
            return false;
        var parts = new DerReader(outer.Value);
        int count = 0;
        while (parts.Read() is OperationStatus.Done)
        {
            var part = new DerReader(parts.Value);
            if (parts.Tag != DerReader.Sequence || !part.Read(DerReader.ObjectIdentifier) || !IsWhole(part.Value) || ++count > Most)
                return false;
            string id = DerReader.Dotted(part.Value);
            var policy = new OpenSslPolicy(id, isCritical, part.Read(DerReader.Sequence) ? part.Value.ToArray() : ReadOnlyMemory<byte>.Empty);
            bool isAny = id is ObjectIdentifiers.AnyPolicy;
            if (isAny ? Any is not null : _named.Find(id) is not null)
                return false; // a policy may stand there once
            if (isAny)
                Any = policy;
            else
                _named.Add(policy);
        }

        return parts.IsAtEnd && count > 0;
    }

    // Each arc ends, and none begins with a digit of zero. Source: X.690, section 8.19.2.
    private static bool IsWhole(ReadOnlySpan<byte> identifier)
    {
        const byte GoesOn = 0x80;
        bool isBegin = true;
        foreach (byte octet in identifier)
        {
            if (isBegin && octet == GoesOn)
                return false;
            isBegin = octet < GoesOn;
        }

        return !identifier.IsEmpty && isBegin;
    }

    private bool ReadMappings(ReadOnlySpan<byte> octets)
    {
        var outer = new DerReader(octets);
        if (!outer.Read(DerReader.Sequence))
            return false;
        var parts = new DerReader(outer.Value);
        while (parts.Read(DerReader.Sequence))
        {
            var pair = new DerReader(parts.Value);
            if (!pair.Read(DerReader.ObjectIdentifier) || !IsWhole(pair.Value) || _mappings.Count >= Most)
                return false;
            string issuer = DerReader.Dotted(pair.Value);
            if (!pair.Read(DerReader.ObjectIdentifier) || !IsWhole(pair.Value))
                return false;
            string subject = DerReader.Dotted(pair.Value);
            if (issuer is ObjectIdentifiers.AnyPolicy || subject is ObjectIdentifiers.AnyPolicy)
                return false;
            _mappings.Add((issuer, subject));
        }

        return parts.IsAtEnd && _mappings.Count > 0;
    }

    private bool ReadConstraints(ReadOnlySpan<byte> octets)
    {
        const byte Explicit = 0x80;
        const byte Mapping = 0x81;
        var outer = new DerReader(octets);
        if (!outer.Read(DerReader.Sequence))
            return false;
        var parts = new DerReader(outer.Value);
        while (parts.Read() is OperationStatus.Done)
        {
            if (!DerNumber.TryRead(parts.Value, out long number))
                return false;
            if (parts.Tag == Explicit)
                RequireExplicit = number;
            else if (parts.Tag == Mapping)
                InhibitMapping = number;
            else
                return false;
        }

        return RequireExplicit is not null || InhibitMapping is not null;
    }

    private bool ReadInhibitAny(ReadOnlySpan<byte> octets)
    {
        var outer = new DerReader(octets);
        if (!outer.Read(DerReader.Integer) || !DerNumber.TryRead(outer.Value, out long number))
            return false;
        InhibitAny = number;
        return true;
    }
}
