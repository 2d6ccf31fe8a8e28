using System.Collections.Immutable;

namespace NetWhy.Certificates;

/// <summary>What a path says of policies, as openssl prints it. Source: X509_policy_tree_get0_policies of OpenSSL 3.0.</summary>
/// <param name="IsExplicit">Whether a policy must be left.</param>
/// <param name="Authority">Those on which all of the path agree; anyPolicy alone where the leaf has it.</param>
/// <param name="User">Those of them that the user named.</param>
public sealed record OpenSslPolicyTree(bool IsExplicit, ImmutableArray<OpenSslPolicyNode> Authority, ImmutableArray<OpenSslPolicyNode> User);

/// <summary>A policy, as the certificate has it that brings it in.</summary>
/// <param name="Id">Its number, dotted.</param>
/// <param name="IsCritical">Whether it stands in a critical extension.</param>
/// <param name="Qualifiers">Its qualifiers, in DER, one behind the other; empty if it has none.</param>
public sealed record OpenSslPolicyNode(string Id, bool IsCritical, ReadOnlyMemory<byte> Qualifiers);
