using System.Buffers;
using NetWhy.Wire.Dns;

namespace NetWhy.Names;

/// <summary>Which zones are trusted, found out from the anchors down as far as it is needed, and with that the judgement of sets and denials.</summary>
/// <remarks>
/// Each step asks only about names with fewer labels than the one before, so that none waits for itself: keys of a zone need its
/// delegation, a delegation the keys of a zone above.
/// </remarks>
internal sealed class ZoneTrusts(RememberingSource source, TrustAnchors anchors, SignatureVerifier verifier, ValidatorOptions options)
{
    private const int MostAskedAhead = 4; // names of which keys and delegations are asked for before their turn

    private readonly Dictionary<DomainName, ZoneTrust> _zones = [];
    private readonly Dictionary<DomainName, Delegation> _delegations = [];
    private readonly List<ValidationLink> _links = [];

    /// <summary>What was looked at, in the order in which it was decided.</summary>
    internal IReadOnlyList<ValidationLink> Links => _links;

    /// <summary>Asks for what will probably be needed: keys and delegations of the anchor and the first names below it.</summary>
    /// <param name="name">The name that is asked for.</param>
    internal void AskAhead(DomainName name)
    {
        if (anchors.ClosestTo(name) is not { } anchor)
            return;

        _ = source.FetchAsync(anchor, DnsRecordType.DNSKEY);
        for (int labels = anchor.Labels + 1; labels <= Math.Min(name.Labels, anchor.Labels + MostAskedAhead); labels++)
        {
            DomainName below = name.Last(labels);
            _ = source.FetchAsync(below, DnsRecordType.DS);
            if (labels <= anchor.Labels + 2) // a zone in most cases
                _ = source.FetchAsync(below, DnsRecordType.DNSKEY);
        }
    }

    /// <summary>Judges a set of an answer.</summary>
    /// <param name="set">The set.</param>
    /// <param name="from">The answer that it is in.</param>
    internal Task<Judgement> JudgeSetAsync(RecordSet set, Fetched from) => JudgeSetAsync(set, from, set.Type);

    // The placement tells where the signer may be: DS is in the zone above its owner, everything else may be in that of the owner.
    private async Task<Judgement> JudgeSetAsync(RecordSet set, Fetched from, DnsRecordType placement)
    {
        if (set.Type is DnsRecordType.RRSIG)
            return new Judgement(new ValidationProblem(ValidationReason.NeverSigned, set.Owner, set.Type) { Server = from.Server });

        if (FindSigner(set.Signatures, set.Owner, placement) is not { } zone)
        {
            bool isSigned = set.Signatures.Count > 0;
            var missing = new ValidationProblem(isSigned ? ValidationReason.WrongSigner : ValidationReason.SignatureMissing, set.Owner, set.Type)
            {
                Server = from.Server,
                Detail = isSigned ? $"signer {NameSigner(set.Signatures)}" : "",
            };
            return new Judgement(await ProveInsecureAsync(set.Owner, placement, missing));
        }

        ZoneTrust trust = await TrustAsync(zone, set.Owner, placement);
        if (trust.Problem is not null)
            return new Judgement(trust.Problem);

        SetVerdict verdict = verifier.Verify(set, zone, trust.Keys, from.Server);
        ValidationProblem? problem = verdict.Problem;
        if (problem is null && verdict.IsFromWildcard(set.Owner))
            problem = ProveWildcard(set, verdict.Labels, trust, from);

        _links.Add(new ValidationLink(set.Owner, set.Type, problem?.Status ?? ValidationStatus.Secure)
        {
            Zone = zone,
            KeyTag = verdict.Problem is null ? verdict.KeyTag : verdict.Problem.KeyTag,
            Algorithm = verdict.Problem is null ? verdict.Algorithm : verdict.Problem.Algorithm,
            Server = from.Server,
            Problem = problem,
        });
        return new Judgement(problem);
    }

    /// <summary>Judges an answer that says that there are no such records.</summary>
    /// <param name="name">The name.</param>
    /// <param name="type">The type.</param>
    /// <param name="from">The answer.</param>
    internal async Task<NegativeJudgement> JudgeDenialAsync(DomainName name, DnsRecordType type, Fetched from)
    {
        List<RecordSet> denials = [.. from.Sets.Authority.Where(set => set.Type is DnsRecordType.NSEC or DnsRecordType.NSEC3)];
        DomainName? signer = null;
        foreach (RecordSet set in denials)
            signer ??= FindSigner(set.Signatures, name, type);

        if (signer is not { } zone)
        {
            var missing = new ValidationProblem(denials.Count == 0 ? ValidationReason.DenialMissing : ValidationReason.SignatureMissing, name, type)
            {
                Server = from.Server,
                Detail = denials.Count == 0 ? "" : $"{denials[0]} has no signature of a zone above",
            };
            return new NegativeJudgement(await ProveInsecureAsync(name, type, missing), DenialKind.Nothing, []);
        }

        ZoneTrust trust = await TrustAsync(zone, name, type);
        if (trust.Problem is not null)
            return new NegativeJudgement(trust.Problem, DenialKind.Nothing, [.. denials.Select(set => new ValidatedSet(set, trust.Problem.Status))]);

        using var proof = DenialProof.Read(from, trust, verifier, options.MostIterations);
        DenialKind kind = proof.Prove(name, type, from.Sets.ResponseCode);
        ValidationProblem? problem = Explain(kind, name, type, zone, from, proof.Broken);
        _links.Add(new ValidationLink(name, type, problem?.Status ?? ValidationStatus.Secure)
        {
            Zone = zone,
            IsDenial = true,
            Server = from.Server,
            Problem = problem,
        });
        return new NegativeJudgement(problem, kind, proof.Sets);
    }

    private static ValidationProblem? Explain(DenialKind kind, DomainName name, DnsRecordType type, DomainName zone, Fetched from, ValidationProblem? broken)
    {
        var about = new ValidationProblem(ValidationReason.DenialIncomplete, name, type) { Zone = zone, Server = from.Server };
        return kind switch
        {
            DenialKind.Nothing => broken ?? about with { Detail = $"{from.Sets.ResponseCode.Mnemonic}" },
            DenialKind.Contradiction => about with { Reason = ValidationReason.DenialContradicted },
            DenialKind.OptOut => about with { Reason = ValidationReason.OptOut },
            DenialKind.TooManyIterations => about with { Reason = ValidationReason.TooManyIterations },
            _ => broken?.Type is DnsRecordType.SOA ? broken : null,
        };
    }

    private ValidationProblem? ProveWildcard(RecordSet set, int labels, ZoneTrust trust, Fetched from)
    {
        using var proof = DenialProof.Read(from, trust, verifier, options.MostIterations);
        var about = new ValidationProblem(ValidationReason.WildcardUnproved, set.Owner, set.Type) { Zone = trust.Zone, Server = from.Server };
        return proof.ProveNoCloserName(set.Owner, labels) switch
        {
            DenialKind.NoCloserName => null,
            DenialKind.OptOut => about with { Reason = ValidationReason.OptOut },
            DenialKind.TooManyIterations => about with { Reason = ValidationReason.TooManyIterations },
            _ => proof.Broken ?? about,
        };
    }

    // Why a set that no zone has signed need not be signed; or that it must.
    private async Task<ValidationProblem> ProveInsecureAsync(DomainName name, DnsRecordType type, ValidationProblem otherwise)
    {
        DomainName lowest = type is DnsRecordType.DS ? name.Parent : name; // the lowest zone that the set can be in
        if (anchors.ClosestTo(lowest) is not { } anchor)
            return new ValidationProblem(ValidationReason.NoTrustAnchor, name, type);

        ZoneTrust trust = await TrustAsync(anchor);
        for (int labels = anchor.Labels + 1; labels <= lowest.Labels && trust.Problem is null; labels++)
        {
            DomainName cut = lowest.Last(labels);
            Delegation delegation = await DelegationAsync(cut);
            if (delegation.Kind is DelegationKind.Absent)
                break;
            if (delegation.Problem is not null)
                return delegation.Problem;
            if (delegation.Kind is DelegationKind.Signed)
                trust = await TrustAsync(cut);
        }

        return trust.Problem ?? otherwise with { Zone = trust.Zone };
    }

    private async Task<ZoneTrust> TrustAsync(DomainName zone, DomainName name, DnsRecordType type)
    {
        // A signer above the closest anchor has nothing to say below it.
        DomainName lowest = type is DnsRecordType.DS && !name.IsRoot ? name.Parent : name;
        if (anchors.ClosestTo(lowest) is not { } anchor)
            return new ZoneTrust(zone, new ValidationProblem(ValidationReason.NoTrustAnchor, name, type), []);
        if (!zone.IsAtOrBelow(anchor))
            return new ZoneTrust(zone, new ValidationProblem(ValidationReason.WrongSigner, name, type) { Zone = anchor, Detail = $"signer {zone}" }, []);

        return await TrustAsync(zone);
    }

    private async Task<ZoneTrust> TrustAsync(DomainName zone)
    {
        if (_zones.TryGetValue(zone, out ZoneTrust? known))
            return known;

        ZoneTrust trust = await FindTrustAsync(zone);
        _zones[zone] = trust;
        return trust;
    }

    private async Task<ZoneTrust> FindTrustAsync(DomainName zone)
    {
        IReadOnlyList<TrustAnchor> own = anchors.Of(zone);
        RecordSet? signers = null;
        if (own.Count == 0)
        {
            Delegation delegation = await DelegationAsync(zone);
            if (delegation.Problem is not null)
                return new ZoneTrust(zone, delegation.Problem, []);
            if (delegation.Kind is not DelegationKind.Signed)
            {
                return new ZoneTrust(zone, new ValidationProblem(ValidationReason.WrongSigner, zone, DnsRecordType.DNSKEY)
                {
                    Zone = zone,
                    Detail = $"the zone above says that {zone} is no zone of its own",
                }, []);
            }

            signers = delegation.Signers;
        }

        KeyTrust match = signers is null
            ? new KeyTrust(zone, own, options.Algorithms)
            : new KeyTrust(zone, [.. signers.Data.Select(data => new TrustAnchor(DnsRecordType.DS, data.ToArray()))], options.Algorithms);
        if (match.Unsupported is { } unsupported)
            return new ZoneTrust(zone, unsupported, []);

        (Fetched? fetched, ValidationProblem? problem) = Fetched.Read(await source.FetchAsync(zone, DnsRecordType.DNSKEY), zone, DnsRecordType.DNSKEY);
        if (fetched is null || problem is not null)
            return new ZoneTrust(zone, problem, []);

        RecordSet? keys = fetched.Sets.Find(zone, DnsRecordType.DNSKEY);
        ValidationLink link = match.Judge(keys, verifier, fetched.Server) with { Zone = zone, IsAnchor = own.Count > 0 };
        _links.Add(link);
        return new ZoneTrust(zone, link.Problem, link.Problem is null ? keys!.Data : []);
    }

    private async Task<Delegation> DelegationAsync(DomainName name)
    {
        if (_delegations.TryGetValue(name, out Delegation? known))
            return known;

        Delegation delegation = await FindDelegationAsync(name);
        _delegations[name] = delegation;
        return delegation;
    }

    private async Task<Delegation> FindDelegationAsync(DomainName name)
    {
        if (name.IsRoot || anchors.ClosestTo(name.Parent) is null)
            return NotSecure(new ValidationProblem(ValidationReason.NoTrustAnchor, name, DnsRecordType.DS));

        (Fetched? fetched, ValidationProblem? problem) = Fetched.Read(await source.FetchAsync(name, DnsRecordType.DS), name, DnsRecordType.DS);
        if (fetched is null || problem is not null)
            return await FindInOtherAnswersAsync(name) ?? NotSecure(problem!);

        if (fetched.Sets.Find(name, DnsRecordType.DS) is { } signers)
        {
            Judgement judgement = await JudgeSetAsync(signers, fetched);
            return judgement.Problem is null ? new Delegation(DelegationKind.Signed, null, signers) : NotSecure(judgement.Problem);
        }

        if (fetched.Sets.FindAlias(name, DnsRecordType.DS) is { } alias) // and so no delegation
        {
            // Signed by the zone above the alias, or this would wait for itself: the delegation of the name is being found out.
            Judgement judgement = await JudgeSetAsync(alias, fetched, alias.Type is DnsRecordType.CNAME ? DnsRecordType.DS : alias.Type);
            return judgement.Problem is null ? new Delegation(DelegationKind.NotDelegated, null, null) : NotSecure(judgement.Problem);
        }

        return Conclude(name, await JudgeDenialAsync(name, DnsRecordType.DS, fetched), fetched);
    }

    private Delegation Conclude(DomainName name, NegativeJudgement denial, Fetched from) => denial.Problem is not null
        ? NotSecure(denial.Problem)
        : denial.Kind switch
        {
            DenialKind.NoDataAtDelegation => NotSecure(new ValidationProblem(ValidationReason.UnsignedDelegation, name, DnsRecordType.DS)
            {
                Zone = _links[^1].Zone,
                Server = from.Server,
            }),
            DenialKind.NoName => new Delegation(DelegationKind.Absent, null, null),
            _ => new Delegation(DelegationKind.NotDelegated, null, null),
        };

    // Where nobody answers what DS records there are, another answer may have told: one that leads to the name, or denies a neighbour.
    private async Task<Delegation?> FindInOtherAnswersAsync(DomainName name)
    {
        foreach (FetchedMessage message in source.Answered)
        {
            if (message.Failure is not null || ResponseSets.Read(message.Octets.Span) is not { } sets
                || !sets.Authority.Any(set => FindSigner(set.Signatures, name, DnsRecordType.DS) is not null))
            {
                continue;
            }

            var from = new Fetched(sets, message.Server);
            int before = _links.Count;
            NegativeJudgement denial = await JudgeDenialAsync(name, DnsRecordType.DS, from);
            if (denial.Status is ValidationStatus.Secure || denial.Problem!.Reason is ValidationReason.OptOut)
                return Conclude(name, denial, from);

            _links.RemoveRange(before, _links.Count - before); // it is about something else
        }

        return null;
    }

    private static Delegation NotSecure(ValidationProblem problem) => new(DelegationKind.NotSecure, problem, null);

    // The zone that signed a set: at or above its owner, and above it for DS.
    private static DomainName? FindSigner(IReadOnlyList<ReadOnlyMemory<byte>> signatures, DomainName name, DnsRecordType type)
    {
        DomainName? lowest = null;
        foreach (ReadOnlyMemory<byte> data in signatures)
        {
            if (DnsSignature.Read(data.Span, out DnsSignature signature) is not OperationStatus.Done)
                continue;

            DomainName signer = DomainName.From(signature.Signer);
            bool mayBe = type is DnsRecordType.DS && !name.IsRoot ? name.IsBelow(signer) : name.IsAtOrBelow(signer);
            if (mayBe && (lowest is null || signer.Labels > lowest.Value.Labels))
                lowest = signer;
        }

        return lowest;
    }

    private static string NameSigner(IReadOnlyList<ReadOnlyMemory<byte>> signatures) =>
        DnsSignature.Read(signatures[0].Span, out DnsSignature signature) is OperationStatus.Done ? signature.Signer.ToString() : "unreadable";
}
