using System.Buffers;
using NetWhy.Wire.Dns;

namespace NetWhy.Names;

/// <summary>Verified NSEC3 records of one zone, and what they prove. Source: RFC 5155, section 8.</summary>
/// <param name="zone">The zone.</param>
/// <param name="mostIterations">How many iterations are accepted. Source: RFC 9276, section 3.2.</param>
internal sealed class HashedDenials(DomainName zone, int mostIterations) : IDenials, IDisposable
{
    private readonly List<Denial> _denials = [];
    private DenialHash? _hash;
    private bool _isTooMuch;

    /// <inheritdoc/>
    public void Add(RecordSet set)
    {
        Span<byte> owner = stackalloc byte[DenialHash.Length];
        if (set.Owner.IsRoot || !set.Owner.Parent.Equals(zone) || !TryReadHash(set.Owner, owner))
            return;

        foreach (ReadOnlyMemory<byte> data in set.Data)
        {
            if (DnsHashedDenial.Read(data.Span, out DnsHashedDenial denial) is not OperationStatus.Done
                || denial.HashAlgorithm != DenialHash.Sha1 || (denial.Flags & ~1) != 0 || denial.NextHash.Length != DenialHash.Length)
            {
                continue;
            }

            if (denial.Iterations > mostIterations)
            {
                _isTooMuch = true;
                continue;
            }

            // All must have the same parameters; those of others are left out. Source: section 8.2.
            _hash ??= DenialHash.Create(denial.Salt, denial.Iterations);
            if (_hash is not null && _hash.Has(denial.Salt, denial.Iterations))
                _denials.Add(new Denial(owner.ToArray(), denial.NextHash.ToArray(), denial.IsOptOut, denial.Types.ToArray()));
        }
    }

    /// <inheritdoc/>
    public DenialKind ProveNoData(DomainName name, DnsRecordType type)
    {
        if (_isTooMuch)
            return DenialKind.TooManyIterations;
        if (Match(name) is { } match)
            return DenialRules.NoDataByTypes(match.Types, name, type);
        if (FindEncloser(name) is not { } found || found.Cover is null)
            return DenialKind.Nothing;
        if (found.Encloser.Wildcard is { } wildcard && Match(wildcard) is { } made)
        {
            DenialKind kind = DenialRules.NoDataByTypes(made.Types, wildcard, type);
            return kind is DenialKind.NoData && found.Cover.IsOptOut ? DenialKind.OptOut : kind;
        }

        return found.Cover.IsOptOut ? DenialKind.OptOut : DenialKind.Nothing;
    }

    /// <inheritdoc/>
    public DenialKind ProveNoName(DomainName name)
    {
        if (_isTooMuch)
            return DenialKind.TooManyIterations;
        if (FindEncloser(name) is not { } found || found.Cover is null || found.Encloser.Wildcard is not { } wildcard || Cover(wildcard) is null)
            return DenialKind.Nothing;

        return found.Cover.IsOptOut ? DenialKind.OptOut : DenialKind.NoName;
    }

    /// <inheritdoc/>
    public DenialKind ProveNoCloserName(DomainName name, int labels)
    {
        if (_isTooMuch)
            return DenialKind.TooManyIterations;
        if (Cover(name.Last(labels + 1)) is not { } cover)
            return DenialKind.Nothing;

        return cover.IsOptOut ? DenialKind.OptOut : DenialKind.NoCloserName;
    }

    /// <inheritdoc/>
    public void Dispose() => _hash?.Dispose();

    // The closest name above that exists, and what covers the next one below it. Source: section 8.3.
    private (DomainName Encloser, Denial? Cover)? FindEncloser(DomainName name)
    {
        for (int labels = name.Labels - 1; labels >= zone.Labels; labels--)
        {
            DomainName encloser = name.Last(labels);
            if (Match(encloser) is not { } match)
                continue;

            return DenialRules.HidesBelow(match.Types, encloser.Equals(zone)) ? null : (encloser, Cover(name.Last(labels + 1)));
        }

        return null;
    }

    private Denial? Match(DomainName name)
    {
        if (_hash is null || !name.IsAtOrBelow(zone))
            return null;

        ReadOnlySpan<byte> hash = _hash.Of(name);
        foreach (Denial denial in _denials)
        {
            if (hash.SequenceEqual(denial.Owner))
                return denial;
        }

        return null;
    }

    private Denial? Cover(DomainName name)
    {
        if (_hash is null || !name.IsAtOrBelow(zone))
            return null;

        ReadOnlySpan<byte> hash = _hash.Of(name);
        foreach (Denial denial in _denials)
        {
            bool isBehind = hash.SequenceCompareTo(denial.Owner) > 0;
            bool isBefore = hash.SequenceCompareTo(denial.Next) < 0;
            bool isLast = denial.Next.AsSpan().SequenceCompareTo(denial.Owner) <= 0;
            if (isLast ? (isBehind || isBefore) && !hash.SequenceEqual(denial.Owner) : isBehind && isBefore)
                return denial;
        }

        return null;
    }

    private static bool TryReadHash(DomainName owner, Span<byte> hash)
    {
        ReadOnlySpan<byte> label = owner.Octets.Slice(1, owner.Octets[0]);
        return Base32Hex.TryRead(label, hash, out int length) && length == DenialHash.Length;
    }

    private sealed record Denial(byte[] Owner, byte[] Next, bool IsOptOut, byte[] Types);
}
