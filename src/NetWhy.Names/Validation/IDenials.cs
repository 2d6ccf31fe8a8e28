using NetWhy.Wire.Dns;

namespace NetWhy.Names;

/// <summary>Verified records of one zone that deny others.</summary>
internal interface IDenials
{
    /// <summary>Takes a verified set; the owner must not have been made from a wildcard.</summary>
    void Add(RecordSet set);

    /// <summary>Proves that a name has no records of a type, though it may exist.</summary>
    DenialKind ProveNoData(DomainName name, DnsRecordType type);

    /// <summary>Proves that neither a name nor a wildcard for it exists.</summary>
    DenialKind ProveNoName(DomainName name);

    /// <summary>Proves that a wildcard is the closest to a name.</summary>
    /// <param name="name">The name that was made from it.</param>
    /// <param name="labels">How many labels the name above the wildcard has.</param>
    DenialKind ProveNoCloserName(DomainName name, int labels);
}

/// <summary>What NSEC or NSEC3 records prove.</summary>
internal enum DenialKind
{
    /// <summary>Not what was asked of them.</summary>
    Nothing,

    /// <summary>They say that what the answer denies exists.</summary>
    Contradiction,

    /// <summary>The name has no such records, and is no delegation.</summary>
    NoData,

    /// <summary>The name is a delegation without such records.</summary>
    NoDataAtDelegation,

    /// <summary>The name does not exist, and no wildcard makes it.</summary>
    NoName,

    /// <summary>The name itself does not exist; a wildcard may make it.</summary>
    NoCloserName,

    /// <summary>The name is in a gap in which unsigned delegations may be.</summary>
    OptOut,

    /// <summary>The records hash more often than is accepted.</summary>
    TooManyIterations,
}
