using System.Buffers;
using NetWhy.Wire.Dns;

namespace NetWhy.Names;

/// <summary>Verified NSEC records of one zone, and what they prove. Source: RFC 4035, section 5.4; RFC 6840, section 4.</summary>
internal sealed class PlainDenials(DomainName zone) : IDenials
{
    private readonly List<Denial> _denials = [];

    /// <inheritdoc/>
    public void Add(RecordSet set)
    {
        foreach (ReadOnlyMemory<byte> data in set.Data)
        {
            if (DnsDenial.Read(data.Span, out DnsDenial denial) is OperationStatus.Done)
                _denials.Add(new Denial(set.Owner, DomainName.From(denial.Next), denial.Types.ToArray()));
        }
    }

    /// <inheritdoc/>
    public DenialKind ProveNoData(DomainName name, DnsRecordType type)
    {
        foreach (Denial denial in _denials)
        {
            if (denial.Owner.Equals(name))
                return DenialRules.NoDataByTypes(denial.Types, name, type);
        }

        foreach (Denial denial in _denials)
        {
            if (!Covers(denial, name))
                continue;
            if (denial.Next.IsBelow(name))
                return DenialKind.NoData; // an empty non-terminal

            DomainName encloser = ClosestEncloser(denial, name);
            foreach (Denial wildcard in _denials)
            {
                if (wildcard.Owner.IsWildcard && wildcard.Owner.Labels == encloser.Labels + 1 && wildcard.Owner.Parent.Equals(encloser))
                    return DenialRules.NoDataByTypes(wildcard.Types, wildcard.Owner, type);
            }
        }

        return DenialKind.Nothing;
    }

    /// <inheritdoc/>
    public DenialKind ProveNoName(DomainName name)
    {
        foreach (Denial denial in _denials)
        {
            if (!Covers(denial, name) || denial.Next.IsBelow(name) || ClosestEncloser(denial, name).Wildcard is not { } wildcard)
                continue;
            if (_denials.Exists(other => Covers(other, wildcard)))
                return DenialKind.NoName;
        }

        return DenialKind.Nothing;
    }

    /// <inheritdoc/>
    public DenialKind ProveNoCloserName(DomainName name, int labels) =>
        _denials.Exists(denial => Covers(denial, name) && ClosestEncloser(denial, name).Labels == labels)
            ? DenialKind.NoCloserName
            : DenialKind.Nothing;

    // Nothing that a zone says of names below a delegation or a DNAME counts.
    private bool Covers(Denial denial, DomainName name)
    {
        if (!name.IsAtOrBelow(zone) || denial.Owner >= name || (name.IsBelow(denial.Owner) && DenialRules.HidesBelow(denial.Types, denial.Owner.Equals(zone))))
            return false;

        return name < denial.Next || denial.Next.Equals(zone);
    }

    private static DomainName ClosestEncloser(Denial denial, DomainName name) =>
        name.Last(Math.Max(name.CommonLabels(denial.Owner), name.CommonLabels(denial.Next)));

    private sealed record Denial(DomainName Owner, DomainName Next, byte[] Types);
}
