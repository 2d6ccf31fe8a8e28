using System.Buffers;
using NetWhy.Wire.Tls;

namespace NetWhy.Certificates;

/// <summary>What a certificate says of policies. Source: RFC 5280, sections 4.2.1.4, 4.2.1.5, 4.2.1.11 and 4.2.1.14.</summary>
internal sealed class OpenSslPolicyFacts
{
    private const int Most = 1000; // policies and mappings: more are an attack

    private readonly HashSet<string> _seen = [];

    internal bool IsInvalid { get; private set; }

    internal List<string> Ids { get; } = [];

    internal bool HasAny { get; private set; }

    internal bool IsCritical { get; private set; }

    // Of each policy, the SEQUENCE of its qualifiers without its head; of those without, nothing.
    internal Dictionary<string, ReadOnlyMemory<byte>> Qualifiers { get; } = [];

    internal List<(string Issuer, string Subject)> Mappings { get; } = [];

    internal long? RequireExplicit { get; private set; }

    internal long? InhibitMapping { get; private set; }

    internal long? InhibitAny { get; private set; }

    internal void Read(CertificateExtension extension)
    {
        ReadOnlySpan<byte> octets = extension.Value.Span;
        bool isRead = _seen.Add(extension.Id) && extension.Id switch
        {
            ObjectIdentifiers.CertificatePolicies => ReadPolicies(octets, extension.IsCritical),
            ObjectIdentifiers.PolicyMappings => ReadMappings(octets),
            ObjectIdentifiers.PolicyConstraints => ReadConstraints(octets),
            _ => ReadInhibitAny(octets),
        };
        IsInvalid |= !isRead;
    }

    private bool ReadPolicies(ReadOnlySpan<byte> octets, bool isCritical)
    {
        IsCritical = isCritical;
        var outer = new DerReader(octets);
        if (!outer.Read(DerReader.Sequence))
            return false;
        HashSet<string> seen = [];
        var parts = new DerReader(outer.Value);
        while (parts.Read() is OperationStatus.Done)
        {
            var policy = new DerReader(parts.Value);
            if (parts.Tag != DerReader.Sequence || !policy.Read(DerReader.ObjectIdentifier) || !IsWhole(policy.Value) || seen.Count >= Most)
                return false;
            string id = DerReader.Dotted(policy.Value);
            if (!seen.Add(id))
                return false; // a policy may stand there once
            if (policy.Read(DerReader.Sequence))
                Qualifiers[id] = policy.Value.ToArray();
            if (id is ObjectIdentifiers.AnyPolicy)
                HasAny = true;
            else
                Ids.Add(id);
        }

        return parts.IsAtEnd && seen.Count > 0;
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
            if (!pair.Read(DerReader.ObjectIdentifier) || !IsWhole(pair.Value) || Mappings.Count >= Most)
                return false;
            string issuer = DerReader.Dotted(pair.Value);
            if (!pair.Read(DerReader.ObjectIdentifier) || !IsWhole(pair.Value))
                return false;
            string subject = DerReader.Dotted(pair.Value);
            if (issuer is ObjectIdentifiers.AnyPolicy || subject is ObjectIdentifiers.AnyPolicy)
                return false;
            Mappings.Add((issuer, subject));
        }

        return parts.IsAtEnd && Mappings.Count > 0;
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
