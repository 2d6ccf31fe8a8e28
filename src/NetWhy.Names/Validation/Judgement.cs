namespace NetWhy.Names;

/// <summary>What was found out about a set or a zone.</summary>
/// <param name="Problem">Why it is not secure; null if it is.</param>
internal readonly record struct Judgement(ValidationProblem? Problem)
{
    /// <summary>The status.</summary>
    internal ValidationStatus Status => Problem?.Status ?? ValidationStatus.Secure;
}

/// <summary>What was found out about a negative answer.</summary>
/// <param name="Problem">Why it is not secure; null if it is.</param>
/// <param name="Kind">What was proved; nothing unless it is secure, or insecure by opt-out.</param>
/// <param name="Sets">The sets of the proof.</param>
internal sealed record NegativeJudgement(ValidationProblem? Problem, DenialKind Kind, IReadOnlyList<ValidatedSet> Sets)
{
    /// <summary>The status.</summary>
    internal ValidationStatus Status => Problem?.Status ?? ValidationStatus.Secure;
}

/// <summary>Whether the keys of a zone are trusted.</summary>
/// <param name="Zone">The zone.</param>
/// <param name="Problem">Why they are not; null if they are.</param>
/// <param name="Keys">The data of the DNSKEY records; empty unless they are trusted.</param>
internal sealed record ZoneTrust(DomainName Zone, ValidationProblem? Problem, IReadOnlyList<ReadOnlyMemory<byte>> Keys);

/// <summary>What the zone above says of a name.</summary>
internal enum DelegationKind
{
    /// <summary>It has DS records, and they are secure.</summary>
    Signed,

    /// <summary>It is not delegated.</summary>
    NotDelegated,

    /// <summary>It does not exist, and so has nothing below it.</summary>
    Absent,

    /// <summary>It is not known, or nothing below it is secure.</summary>
    NotSecure,
}

/// <summary>What the zone above says of a name, and who says so.</summary>
/// <param name="Kind">What.</param>
/// <param name="Problem">Why what is below is not secure; null unless <see cref="DelegationKind.NotSecure"/>.</param>
/// <param name="Signers">The DS records; null unless <see cref="DelegationKind.Signed"/>.</param>
internal sealed record Delegation(DelegationKind Kind, ValidationProblem? Problem, RecordSet? Signers);
