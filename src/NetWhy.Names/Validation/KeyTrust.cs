using System.Buffers;
using NetWhy.Wire.Dns;

namespace NetWhy.Names;

/// <summary>Whether the keys of a zone are those that its DS records or trust anchors name.</summary>
/// <remarks>Source: RFC 4035, section 5.2; RFC 4509, section 3 (SHA-1 digests do not count beside stronger ones); RFC 6840, section 5.2.</remarks>
internal sealed class KeyTrust
{
    private const ushort ZoneKeyBit = 0x0100, RevokedBit = 0x0080;

    private readonly DomainName _zone;
    private readonly List<TrustAnchor> _usable;

    /// <summary>Makes it of DS records or anchors.</summary>
    /// <param name="zone">The zone.</param>
    /// <param name="named">What names its keys.</param>
    /// <param name="algorithms">The algorithms that can be checked.</param>
    internal KeyTrust(DomainName zone, IReadOnlyList<TrustAnchor> named, SignatureAlgorithms algorithms)
    {
        _zone = zone;
        List<TrustAnchor> checkable = [.. named.Where(anchor => algorithms.IsSupported(AlgorithmOf(anchor)))];
        _usable = [.. checkable.Where(anchor => anchor.Type is DnsRecordType.DNSKEY || DelegationDigest.IsSupported(DigestOf(anchor)))];
        if (_usable.Count == 0)
        {
            var unsupported = new ValidationProblem(
                checkable.Count == 0 ? ValidationReason.UnsupportedAlgorithm : ValidationReason.UnsupportedDigest, zone, DnsRecordType.DS);
            Unsupported = unsupported with
            {
                Detail = checkable.Count == 0
                    ? string.Join(", ", named.Select(anchor => AlgorithmOf(anchor).Mnemonic).Distinct())
                    : string.Join(", ", named.Select(anchor => DigestOf(anchor).Mnemonic).Distinct()),
            };
        }

        if (_usable.Exists(anchor => anchor.Type is DnsRecordType.DS && DigestOf(anchor) is not DnsDigestType.Sha1))
            _usable.RemoveAll(anchor => anchor.Type is DnsRecordType.DS && DigestOf(anchor) is DnsDigestType.Sha1);
    }

    /// <summary>Why nothing of it can be checked, so that the zone is insecure; null if something can.</summary>
    internal ValidationProblem? Unsupported { get; }

    /// <summary>Judges the keys.</summary>
    /// <param name="keys">The DNSKEY records of the zone; null if it has none.</param>
    /// <param name="verifier">Checks that they sign themselves.</param>
    /// <param name="server">Who sent them.</param>
    internal ValidationLink Judge(RecordSet? keys, SignatureVerifier verifier, string server)
    {
        var about = new ValidationProblem(ValidationReason.NoKeys, _zone, DnsRecordType.DNSKEY) { Zone = _zone, Server = server };
        if (keys is null)
            return Link(about);

        ValidationProblem? best = null;
        foreach (TrustAnchor anchor in _usable)
        {
            if (Find(anchor, keys.Data) is not { } data)
                continue;

            _ = DnsKey.Read(data.Span, out DnsKey key);
            ValidationProblem found = about with { KeyTag = key.Tag, Algorithm = key.Algorithm };
            if (SignatureVerifier.KeyFault(key) is { } fault)
            {
                best ??= found with { Reason = fault };
                continue;
            }

            SetVerdict verdict = verifier.Verify(keys, _zone, [data], server);
            if (verdict.Problem is null)
            {
                return new ValidationLink(_zone, DnsRecordType.DNSKEY, ValidationStatus.Secure)
                {
                    KeyTag = key.Tag,
                    Algorithm = key.Algorithm,
                    Server = server,
                    Digest = anchor.Type is DnsRecordType.DS ? DigestOf(anchor) : null,
                };
            }

            // Signatures by other keys do not matter here.
            ValidationProblem problem = verdict.Problem.Reason is ValidationReason.KeyMissing or ValidationReason.SignatureMissing
                ? found with { Reason = ValidationReason.KeysNotSigned }
                : verdict.Problem;
            best = best is null || best.Reason is ValidationReason.KeysNotSigned ? problem : best;
        }

        return Link(best ?? ExplainMismatch(keys.Data, about));
    }

    private ValidationLink Link(ValidationProblem problem) => new(_zone, DnsRecordType.DNSKEY, problem.Status)
    {
        KeyTag = problem.KeyTag,
        Algorithm = problem.Algorithm,
        Server = problem.Server,
        Problem = problem,
    };

    private ReadOnlyMemory<byte>? Find(TrustAnchor anchor, IReadOnlyList<ReadOnlyMemory<byte>> keys)
    {
        foreach (ReadOnlyMemory<byte> data in keys)
        {
            if (anchor.Type is DnsRecordType.DNSKEY ? data.Span.SequenceEqual(anchor.Data) : Fits(anchor, data.Span))
                return data;
        }

        return null;
    }

    private bool Fits(TrustAnchor anchor, ReadOnlySpan<byte> data)
    {
        _ = DnsDelegationSigner.Read(anchor.Data, out DnsDelegationSigner signer);
        return DnsKey.Read(data, out DnsKey key) is OperationStatus.Done && key.Algorithm == signer.Algorithm && key.Tag == signer.KeyTag
            && DelegationDigest.Of(signer.DigestType, _zone, data) is { } digest && digest.AsSpan().SequenceEqual(signer.Digest);
    }

    // Which of the ways not to fit it is: a flag, the algorithm, the tag, or the digest.
    private ValidationProblem ExplainMismatch(IReadOnlyList<ReadOnlyMemory<byte>> keys, ValidationProblem about)
    {
        bool hasAlgorithm = false, hasTag = false;
        foreach (TrustAnchor anchor in _usable)
        {
            foreach (ReadOnlyMemory<byte> data in keys)
            {
                if (DnsKey.Read(data.Span, out DnsKey key) is not OperationStatus.Done)
                    continue;

                ValidationProblem found = about with { KeyTag = key.Tag, Algorithm = key.Algorithm };
                if (!key.IsZoneKey && Find(anchor, [WithFlag(data.Span, ZoneKeyBit, isSet: true)]) is not null)
                    return found with { Reason = ValidationReason.ZoneKeyBitMissing };
                if (key.IsRevoked && Find(anchor, [WithFlag(data.Span, RevokedBit, isSet: false)]) is not null)
                    return found with { Reason = ValidationReason.KeyRevoked };

                hasAlgorithm |= key.Algorithm == AlgorithmOf(anchor);
                hasTag |= key.Algorithm == AlgorithmOf(anchor) && key.Tag == TagOf(anchor);
            }
        }

        string named = string.Join(", ", _usable.Select(anchor => $"{TagOf(anchor)} {AlgorithmOf(anchor).Mnemonic}"));
        return about with
        {
            Reason = hasAlgorithm ? ValidationReason.DelegationSignerMismatch : ValidationReason.AlgorithmMissing,
            KeyTag = TagOf(_usable[0]),
            Algorithm = AlgorithmOf(_usable[0]),
            Detail = hasTag ? $"the digest of the key with tag {TagOf(_usable[0])} differs" : $"it names {named}; the zone has {Describe(keys)}",
        };
    }

    private static string Describe(IReadOnlyList<ReadOnlyMemory<byte>> keys)
    {
        const int Most = 8; // a zone has few; a hostile one thousands

        List<string> names = [];
        foreach (ReadOnlyMemory<byte> data in keys.Take(Most))
        {
            if (DnsKey.Read(data.Span, out DnsKey key) is OperationStatus.Done)
                names.Add($"{key.Tag} {key.Algorithm.Mnemonic}");
        }

        return string.Join(", ", names) + (keys.Count > Most ? ", …" : "");
    }

    private static byte[] WithFlag(ReadOnlySpan<byte> data, ushort flag, bool isSet)
    {
        byte[] changed = data.ToArray();
        int flags = (changed[0] << 8) | changed[1];
        flags = isSet ? flags | flag : flags & ~flag;
        (changed[0], changed[1]) = ((byte)(flags >> 8), (byte)flags);
        return changed;
    }

    private static DnsSecurityAlgorithm AlgorithmOf(TrustAnchor anchor) =>
        anchor.Type is DnsRecordType.DS && DnsDelegationSigner.Read(anchor.Data, out DnsDelegationSigner signer) is OperationStatus.Done ? signer.Algorithm
        : DnsKey.Read(anchor.Data, out DnsKey key) is OperationStatus.Done ? key.Algorithm
        : default;

    private static ushort TagOf(TrustAnchor anchor) =>
        anchor.Type is DnsRecordType.DS && DnsDelegationSigner.Read(anchor.Data, out DnsDelegationSigner signer) is OperationStatus.Done
            ? signer.KeyTag
            : DnsKeyTag.Of(anchor.Data);

    private static DnsDigestType DigestOf(TrustAnchor anchor) =>
        anchor.Type is DnsRecordType.DS && DnsDelegationSigner.Read(anchor.Data, out DnsDelegationSigner signer) is OperationStatus.Done ? signer.DigestType : default;
}
