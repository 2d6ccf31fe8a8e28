using NetWhy.Wire.Dns;

namespace NetWhy.Names;

/// <summary>What validation found out about the answer to one question.</summary>
/// <param name="Name">The name that was asked for.</param>
/// <param name="Type">The type that was asked for.</param>
/// <param name="Status">The worst status of what the answer consists of.</param>
/// <param name="ResponseCode">The response code of the last answer; <see cref="DnsResponseCode.ServerFailure"/> if none came.</param>
public sealed record Validation(DomainName Name, DnsRecordType Type, ValidationStatus Status, DnsResponseCode ResponseCode)
{
    /// <summary>Why it is not secure; null if it is.</summary>
    public ValidationProblem? Problem { get; init; }

    /// <summary>The sets that answer, aliases first, each with its status. Empty if what was asked for does not exist.</summary>
    public IReadOnlyList<ValidatedSet> Answer { get; init; } = [];

    /// <summary>The sets that prove that the last name of the answer has no such records: SOA, NSEC, NSEC3. Empty for others.</summary>
    public IReadOnlyList<ValidatedSet> Denial { get; init; } = [];

    /// <summary>Every link that was looked at, from the trust anchor on; the last one has the problem, if there is one.</summary>
    public IReadOnlyList<ValidationLink> Chain { get; init; } = [];

    /// <summary>How many questions were asked.</summary>
    public int Questions { get; init; }

    /// <summary>Whether what was asked for does not exist, as far as <see cref="Status"/> says.</summary>
    public bool IsNegative { get; init; }
}

/// <summary>A set of an answer and what validation found out about it.</summary>
/// <param name="Set">The set.</param>
/// <param name="Status">Its status.</param>
public sealed record ValidatedSet(RecordSet Set, ValidationStatus Status);

/// <summary>One link of a chain of trust: a set that was checked, or a proof.</summary>
/// <param name="Owner">The owner of the set.</param>
/// <param name="Type">Its type; DS for a delegation without one.</param>
/// <param name="Status">What came of it.</param>
public sealed record ValidationLink(DomainName Owner, DnsRecordType Type, ValidationStatus Status)
{
    /// <summary>The zone whose keys were used; null for a trust anchor.</summary>
    public DomainName? Zone { get; init; }

    /// <summary>The tag of the key: of a DNSKEY link the one that a DS record or an anchor names, of others the one that signed; null if none did.</summary>
    public ushort? KeyTag { get; init; }

    /// <summary>The algorithm of that key.</summary>
    public DnsSecurityAlgorithm? Algorithm { get; init; }

    /// <summary>What trust in a DNSKEY link comes from: the digest of the DS record, or null for a key that is an anchor itself.</summary>
    public DnsDigestType? Digest { get; init; }

    /// <summary>Whether this is where trust begins.</summary>
    public bool IsAnchor { get; init; }

    /// <summary>Whether the link is a proof that there is no such set.</summary>
    public bool IsDenial { get; init; }

    /// <summary>Who sent it; empty if nobody did.</summary>
    public string Server { get; init; } = "";

    /// <summary>Why it does not hold; null if it does.</summary>
    public ValidationProblem? Problem { get; init; }

    /// <summary>The link in one line, such as <c>com. DNSKEY 19718 ECDSAP256SHA256 by DS SHA-256</c>.</summary>
    public override string ToString()
    {
        string key = $"{(KeyTag is { } tag ? $" {tag}" : "")}{(Algorithm is { } number ? $" {number.Mnemonic}" : "")}";
        string how = Problem is not null ? $": {Problem}"
            : IsDenial ? $", proved by {Zone}"
            : Type is not DnsRecordType.DNSKEY || KeyTag is null ? $" signed by {Zone}{key}"
            : Digest is { } digest ? $"{key} by DS {digest.Mnemonic}"
            : key;
        return $"{(IsAnchor ? "anchor " : "")}{Owner} {(IsDenial ? "no " : "")}{Type.Mnemonic}{how}";
    }
}
