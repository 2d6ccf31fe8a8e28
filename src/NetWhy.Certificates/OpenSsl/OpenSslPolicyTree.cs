using System.Collections.Immutable;

namespace NetWhy.Certificates;

/// <summary>What a path says of policies, as openssl prints it. Source: X509_policy_tree_get0_policies of OpenSSL 3.0.</summary>
/// <param name="IsExplicit">Whether a policy must be left.</param>
/// <param name="Authority">Those on which all of the path agree; anyPolicy alone where the leaf has it.</param>
/// <param name="User">Those of them that the user named.</param>
public sealed record OpenSslPolicyTree(bool IsExplicit, ImmutableArray<OpenSslPolicy> Authority, ImmutableArray<OpenSslPolicy> User);

/// <summary>A policy, as the certificate has it that brings it in.</summary>
/// <param name="Id">Its number, dotted.</param>
/// <param name="IsCritical">Whether it stands in a critical extension.</param>
/// <param name="Qualifiers">Its qualifiers, in DER, one behind the other; empty if it has none.</param>
public sealed record OpenSslPolicy(string Id, bool IsCritical, ReadOnlyMemory<byte> Qualifiers)
{
    /// <summary>Those that the next certificate says in its place; none where it is not mapped.</summary>
    internal ImmutableHashSet<string> Expected { get; init; } = [];

    /// <summary>Whether it is named, and mapped.</summary>
    internal bool IsMapped { get; init; }

    /// <summary>Whether it is mapped, and anyPolicy alone stands for it.</summary>
    internal bool IsMappedFromAny { get; init; }
}
