using NetWhy.Wire.Dns;

namespace NetWhy.Names;

/// <summary>The verified NSEC and NSEC3 records of one answer; either kind may prove it.</summary>
/// <param name="zone">The zone that signed them.</param>
/// <param name="mostIterations">How many iterations of NSEC3 are accepted.</param>
internal sealed class DenialProof(DomainName zone, int mostIterations) : IDisposable
{
    private readonly PlainDenials _plain = new(zone);
    private readonly HashedDenials _hashed = new(zone, mostIterations);

    /// <summary>Takes a verified set; one of another type is left out.</summary>
    internal void Add(RecordSet set)
    {
        if (set.Type is DnsRecordType.NSEC)
            _plain.Add(set);
        else if (set.Type is DnsRecordType.NSEC3)
            _hashed.Add(set);
    }

    /// <summary>Proves what an answer says.</summary>
    /// <remarks>
    /// A server that calls an empty non-terminal a name that does not exist is wrong in its code only: that there are no such
    /// records is proved, and that is what was asked for. The other way round the proof lacks something.
    /// </remarks>
    /// <param name="name">The name.</param>
    /// <param name="type">The type.</param>
    /// <param name="code">The response code: that the name does not exist, or that it has no such records.</param>
    internal DenialKind Prove(DomainName name, DnsRecordType type, DnsResponseCode code)
    {
        if (code is not DnsResponseCode.NameNotFound)
            return First(_plain.ProveNoData(name, type), _hashed, hashed => hashed.ProveNoData(name, type));

        DenialKind noName = First(_plain.ProveNoName(name), _hashed, hashed => hashed.ProveNoName(name));
        return noName is DenialKind.Nothing && Prove(name, type, DnsResponseCode.NoError) is DenialKind.NoData ? DenialKind.NoData : noName;
    }

    /// <inheritdoc cref="IDenials.ProveNoCloserName"/>
    internal DenialKind ProveNoCloserName(DomainName name, int labels) =>
        First(_plain.ProveNoCloserName(name, labels), _hashed, hashed => hashed.ProveNoCloserName(name, labels));

    /// <inheritdoc/>
    public void Dispose() => _hashed.Dispose();

    private static DenialKind First(DenialKind kind, HashedDenials hashed, Func<HashedDenials, DenialKind> prove) =>
        kind is DenialKind.Nothing ? prove(hashed) : kind;
}
