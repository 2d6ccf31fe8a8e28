using NetWhy.Wire.Dns;

namespace NetWhy.Names;

/// <summary>What came of the signatures over a set.</summary>
/// <param name="Problem">Why none of them holds; null if one does.</param>
internal readonly record struct SetVerdict(ValidationProblem? Problem)
{
    /// <summary>How many labels the signature counts: fewer than the owner has, if a wildcard made the set.</summary>
    internal int Labels { get; init; }

    /// <summary>Whether a wildcard made a set of this owner.</summary>
    internal bool IsFromWildcard(DomainName owner) => Labels < owner.Labels - (owner.IsWildcard ? 1 : 0);

    /// <summary>The tag of the key that made the signature.</summary>
    internal ushort KeyTag { get; init; }

    /// <summary>The algorithm of the signature.</summary>
    internal DnsSecurityAlgorithm Algorithm { get; init; }
}
