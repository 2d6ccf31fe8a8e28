using System.Buffers;
using System.Globalization;
using NetWhy.Linux;
using NetWhy.Wire.Dns;

namespace NetWhy.Names;

/// <summary>Checks the signatures over sets against the keys of their zone.</summary>
/// <remarks>Source: RFC 4035, section 5.3; RFC 6840, section 5.4 (one good signature suffices).</remarks>
/// <param name="algorithms">The algorithms that can be checked.</param>
/// <param name="now">The time at which signatures must be valid, in seconds since 1970.</param>
/// <param name="mostChecks">How many signatures may be checked in all.</param>
internal sealed class SignatureVerifier(SignatureAlgorithms algorithms, long now, int mostChecks)
{
    private const int MostFailures = 16; // of one set: whoever makes keys and signatures collide asks for squares (CVE-2023-50387)

    private int _checks;

    /// <summary>Looks for a signature that holds.</summary>
    /// <param name="set">The set.</param>
    /// <param name="zone">The zone that must have signed it.</param>
    /// <param name="keys">The data of the zone's trusted DNSKEY records.</param>
    /// <param name="server">Who sent the set.</param>
    internal SetVerdict Verify(RecordSet set, DomainName zone, IReadOnlyList<ReadOnlyMemory<byte>> keys, string server)
    {
        var about = new ValidationProblem(ValidationReason.SignatureMissing, set.Owner, set.Type) { Zone = zone, Server = server };
        ValidationProblem best = about;
        int failures = 0;
        foreach (ReadOnlyMemory<byte> data in set.Signatures)
        {
            if (DnsSignature.Read(data.Span, out DnsSignature signature) is not OperationStatus.Done)
                continue;

            ValidationProblem? problem = Precheck(set, zone, signature, about);
            if (problem is null)
                problem = Check(set, keys, signature, about, ref failures);
            if (problem is null)
                return new SetVerdict(null) { Labels = signature.Labels, KeyTag = signature.KeyTag, Algorithm = signature.Algorithm };

            best = Rank(problem.Reason) > Rank(best.Reason) ? problem : best;
            if (problem.Reason is ValidationReason.TooMuchWork)
                break;
        }

        return new SetVerdict(best);
    }

    // What can be told without the keys.
    private ValidationProblem? Precheck(RecordSet set, DomainName zone, DnsSignature signature, ValidationProblem about)
    {
        about = about with { KeyTag = signature.KeyTag, Algorithm = signature.Algorithm };
        if (!DomainName.From(signature.Signer).Equals(zone))
            return about with { Reason = ValidationReason.WrongSigner, Detail = $"signer {signature.Signer.ToString()}, zone {zone}" };
        if (signature.Labels > set.Owner.Labels - (set.Owner.IsWildcard ? 1 : 0) || signature.Labels < zone.Labels)
        {
            return about with
            {
                Reason = ValidationReason.BadSignature,
                Detail = string.Create(CultureInfo.InvariantCulture, $"it counts {signature.Labels} labels, the owner has {set.Owner.Labels}"),
            };
        }

        if (!algorithms.IsSupported(signature.Algorithm))
            return about with { Detail = $"only by {signature.Algorithm.Mnemonic}, which is not supported" };

        long inception = Near(signature.Inception), expiration = Near(signature.Expiration);
        return expiration < now ? about with { Reason = ValidationReason.SignatureExpired, Time = DateTimeOffset.FromUnixTimeSeconds(expiration) }
            : inception > now ? about with { Reason = ValidationReason.SignatureNotYetValid, Time = DateTimeOffset.FromUnixTimeSeconds(inception) }
            : null;
    }

    private ValidationProblem? Check(
        RecordSet set, IReadOnlyList<ReadOnlyMemory<byte>> keys, DnsSignature signature, ValidationProblem about, ref int failures)
    {
        about = about with { KeyTag = signature.KeyTag, Algorithm = signature.Algorithm };
        ValidationProblem problem = about with { Reason = ValidationReason.KeyMissing };
        byte[]? signed = null;
        foreach (ReadOnlyMemory<byte> data in keys)
        {
            if (DnsKey.Read(data.Span, out DnsKey key) is not OperationStatus.Done || key.Algorithm != signature.Algorithm || key.Tag != signature.KeyTag)
                continue;
            if (KeyFault(key) is { } fault)
            {
                problem = about with { Reason = fault };
                continue;
            }

            if (failures >= MostFailures || _checks >= mostChecks)
                return about with { Reason = ValidationReason.TooMuchWork };

            _checks++;
            signed ??= set.SignedOctets(signature);
            SignatureCheck check = signed is null
                ? SignatureCheck.Bad
                : algorithms.Check(signature.Algorithm, key.PublicKey, signed, signature.Signature);
            if (check is SignatureCheck.Good)
                return null;

            failures++;
            problem = about with { Reason = check is SignatureCheck.Bad ? ValidationReason.BadSignature : ValidationReason.NoCryptography };
        }

        return problem;
    }

    /// <summary>Why a key may not sign records of a zone; null if it may.</summary>
    /// <param name="key">The key.</param>
    internal static ValidationReason? KeyFault(DnsKey key) =>
        !key.IsZoneKey || key.Protocol != 3 ? ValidationReason.ZoneKeyBitMissing
        : key.IsRevoked ? ValidationReason.KeyRevoked
        : null;

    /// <summary>Which of several problems tells most: the one that came closest to a signature that holds.</summary>
    private static int Rank(ValidationReason reason) => reason switch
    {
        ValidationReason.TooMuchWork => 9,
        ValidationReason.NoCryptography => 8,
        ValidationReason.BadSignature => 7,
        ValidationReason.SignatureExpired => 6,
        ValidationReason.SignatureNotYetValid => 5,
        ValidationReason.KeyRevoked => 4,
        ValidationReason.ZoneKeyBitMissing => 3,
        ValidationReason.KeyMissing => 2,
        ValidationReason.WrongSigner => 1,
        _ => 0,
    };

    // The time of 32 bits that is closest to now. Source: RFC 4034, section 3.1.5.
    private long Near(uint time) => now + (int)(time - (uint)now);
}
