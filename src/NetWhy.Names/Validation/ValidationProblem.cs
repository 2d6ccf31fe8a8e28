using System.Globalization;
using NetWhy.Wire.Dns;

namespace NetWhy.Names;

/// <summary>The link at which a chain of trust ends, and why.</summary>
/// <param name="Reason">Why.</param>
/// <param name="Owner">The owner of the records at which it ends.</param>
/// <param name="Type">Their type.</param>
public sealed record ValidationProblem(ValidationReason Reason, DomainName Owner, DnsRecordType Type)
{
    /// <summary>The zone that is responsible, or should have signed; null where none is known.</summary>
    public DomainName? Zone { get; init; }

    /// <summary>Who sent the records; empty if nobody did.</summary>
    public string Server { get; init; } = "";

    /// <summary>The tag of the key that it is about; null if it is about none.</summary>
    public ushort? KeyTag { get; init; }

    /// <summary>The algorithm that it is about; null if it is about none.</summary>
    public DnsSecurityAlgorithm? Algorithm { get; init; }

    /// <summary>When the signature ends, or begins; null where time is not the reason.</summary>
    public DateTimeOffset? Time { get; init; }

    /// <summary>What was compared, or what a server said, in words; empty if there is nothing to add. Control characters are escaped.</summary>
    public string Detail { get; init; } = "";

    /// <summary>What the reason means for validation.</summary>
    public ValidationStatus Status => Reason switch
    {
        <= ValidationReason.NeverSigned => ValidationStatus.Insecure,
        <= ValidationReason.NoCryptography => ValidationStatus.Indeterminate,
        _ => ValidationStatus.Bogus,
    };

    /// <summary>What a resolver that finds this problem tells its clients. Source: RFC 8914, section 4; RFC 9276, section 3.2.</summary>
    public DnsExtendedErrorCode ExtendedError => Reason switch
    {
        ValidationReason.UnsupportedAlgorithm => DnsExtendedErrorCode.UnsupportedKeyAlgorithm,
        ValidationReason.UnsupportedDigest => DnsExtendedErrorCode.UnsupportedDigestType,
        ValidationReason.TooManyIterations => DnsExtendedErrorCode.UnsupportedIterations,
        ValidationReason.NoTrustAnchor or ValidationReason.NoCryptography => DnsExtendedErrorCode.Indeterminate,
        ValidationReason.SignatureExpired => DnsExtendedErrorCode.SignatureExpired,
        ValidationReason.SignatureNotYetValid => DnsExtendedErrorCode.SignatureNotYetValid,
        ValidationReason.SignatureMissing or ValidationReason.KeysNotSigned => DnsExtendedErrorCode.SignaturesMissing,
        ValidationReason.NoKeys or ValidationReason.KeyMissing or ValidationReason.DelegationSignerMismatch or ValidationReason.AlgorithmMissing
            => DnsExtendedErrorCode.KeyMissing,
        ValidationReason.ZoneKeyBitMissing => DnsExtendedErrorCode.NoZoneKeyBitSet,
        ValidationReason.DenialMissing => DnsExtendedErrorCode.ProofMissing,
        _ when Status is ValidationStatus.Bogus => DnsExtendedErrorCode.Bogus,
        _ => DnsExtendedErrorCode.Other,
    };

    /// <summary>The problem in plain words, one line.</summary>
    public override string ToString()
    {
        string zone = Zone?.ToString() ?? "the zone";
        string key = KeyTag is { } tag ? string.Create(CultureInfo.InvariantCulture, $"key {tag}{(Algorithm is { } number ? $" ({number.Mnemonic})" : "")}") : "the key";
        string what = $"{Owner} {Type.Mnemonic}";
        string text = Reason switch
        {
            ValidationReason.UnsignedDelegation => $"{zone} proves that {Owner} is delegated without DS",
            ValidationReason.OptOut => $"{zone} leaves unsigned delegations out of its proofs (NSEC3 opt-out), and {Owner} is in such a gap",
            ValidationReason.UnsupportedAlgorithm => $"the DS records of {Owner} name only algorithms that are not supported",
            ValidationReason.UnsupportedDigest => $"the DS records of {Owner} have only digests that are not supported",
            ValidationReason.TooManyIterations => $"the NSEC3 records of {zone} hash more often than is accepted",
            ValidationReason.NeverSigned => $"{what} records are never signed",
            ValidationReason.NoAnswer => $"{what} could not be fetched",
            ValidationReason.ServerError => $"{what} was answered with an error",
            ValidationReason.BrokenMessage => $"the answer to {what} cannot be read",
            ValidationReason.NoTrustAnchor => $"no trust anchor is at {Owner} or above",
            ValidationReason.NoCryptography => $"the signature of {what} cannot be checked on this machine",
            ValidationReason.SignatureExpired => $"the signature of {what} by {key} has expired on {Time:yyyy-MM-dd HH:mm:ss} UTC",
            ValidationReason.SignatureNotYetValid => $"the signature of {what} by {key} is not valid before {Time:yyyy-MM-dd HH:mm:ss} UTC",
            ValidationReason.SignatureMissing => $"{what} is not signed, though {zone} is",
            ValidationReason.BadSignature => $"the signature of {what} does not verify with {key}: the records or the signature were changed",
            ValidationReason.WrongSigner => $"the signature of {what} names a signer that is not its zone",
            ValidationReason.KeyMissing => $"{what} is signed by {key}, which {zone} does not publish",
            ValidationReason.NoKeys => $"{zone} should be signed and has no DNSKEY records",
            ValidationReason.DelegationSignerMismatch => $"no DNSKEY of {zone} fits its DS record or trust anchor",
            ValidationReason.KeysNotSigned => $"{key}, which the DS record or trust anchor of {zone} names, has not signed its DNSKEY records",
            ValidationReason.AlgorithmMissing => $"{zone} has no key of the algorithm that its DS record or trust anchor names",
            ValidationReason.ZoneKeyBitMissing => $"{key} of {zone} lacks the zone key flag",
            ValidationReason.KeyRevoked => $"{key} of {zone} is revoked",
            ValidationReason.DenialMissing => $"{what} is denied without any NSEC or NSEC3 record, though {zone} is signed",
            ValidationReason.DenialIncomplete => $"the NSEC or NSEC3 records do not prove that {what} does not exist",
            ValidationReason.DenialContradicted => $"the NSEC or NSEC3 records say that {what} exists, and the answer denies it",
            ValidationReason.WildcardUnproved => $"{what} was made from a wildcard, and nothing proves that {Owner} itself does not exist",
            ValidationReason.AliasLoop => $"the aliases at {Owner} do not lead anywhere",
            ValidationReason.AliasBroken => $"the CNAME of {Owner} does not lead where the DNAME above it does",
            ValidationReason.TooMuchWork => $"{what} has more signatures and keys to try than is accepted",
            _ => what,
        };
        return Detail.Length == 0 ? text : $"{text} ({Detail})";
    }
}
