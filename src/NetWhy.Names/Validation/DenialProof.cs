using NetWhy.Wire.Dns;

namespace NetWhy.Names;

/// <summary>The verified NSEC and NSEC3 records of one answer; either kind may prove it.</summary>
internal sealed class DenialProof : IDisposable
{
    private readonly PlainDenials _plain;
    private readonly HashedDenials _hashed;
    private readonly IDenials[] _both;
    private readonly List<ValidatedSet> _sets = [];

    private DenialProof(DomainName zone, int mostIterations)
    {
        _plain = new PlainDenials(zone);
        _hashed = new HashedDenials(zone, mostIterations);
        _both = [_plain, _hashed];
    }

    /// <summary>The sets of the answer that are part of the proof, SOA among them.</summary>
    internal IReadOnlyList<ValidatedSet> Sets => _sets;

    /// <summary>Why the first of them that does not hold does not; null if all do.</summary>
    internal ValidationProblem? Broken { get; private set; }

    /// <summary>Verifies the sets of an answer that may prove something.</summary>
    /// <param name="from">The answer.</param>
    /// <param name="trust">The zone that must have signed them.</param>
    /// <param name="verifier">Checks their signatures.</param>
    /// <param name="mostIterations">How many iterations of NSEC3 are accepted.</param>
    internal static DenialProof Read(Fetched from, ZoneTrust trust, SignatureVerifier verifier, int mostIterations)
    {
        var proof = new DenialProof(trust.Zone, mostIterations);
        foreach (RecordSet set in from.Sets.Authority)
        {
            if (set.Type is not (DnsRecordType.SOA or DnsRecordType.NSEC or DnsRecordType.NSEC3))
                continue;

            SetVerdict verdict = verifier.Verify(set, trust.Zone, trust.Keys, from.Server);
            proof._sets.Add(new ValidatedSet(set, verdict.Problem?.Status ?? ValidationStatus.Secure));
            proof.Broken ??= verdict.Problem;
            if (verdict.Problem is null && !verdict.IsFromWildcard(set.Owner)) // one that a wildcard made proves nothing
                proof.Add(set);
        }

        return proof;
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
            return First(denials => denials.ProveNoData(name, type));

        DenialKind noName = First(denials => denials.ProveNoName(name));
        return noName is DenialKind.Nothing && Prove(name, type, DnsResponseCode.NoError) is DenialKind.NoData ? DenialKind.NoData : noName;
    }

    /// <inheritdoc cref="IDenials.ProveNoCloserName"/>
    internal DenialKind ProveNoCloserName(DomainName name, int labels) => First(denials => denials.ProveNoCloserName(name, labels));

    /// <inheritdoc/>
    public void Dispose() => _hashed.Dispose();

    private void Add(RecordSet set)
    {
        if (set.Type is DnsRecordType.NSEC)
            _plain.Add(set);
        else if (set.Type is DnsRecordType.NSEC3)
            _hashed.Add(set);
    }

    private DenialKind First(Func<IDenials, DenialKind> prove) => _both.Select(prove).FirstOrDefault(kind => kind is not DenialKind.Nothing);
}
