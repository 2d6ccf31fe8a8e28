using NetWhy.Wire.Dns;

namespace NetWhy.Names;

/// <summary>
/// Validates from the root's anchor, and where the root is not the Internet's, or cannot be asked, finds the link that breaks
/// by taking the keys of a zone above the name for right.
/// </summary>
/// <remarks>
/// A network with a root or a zone of its own has its own anchors, which its resolvers know and this program does not. What is
/// broken below a zone's own keys is broken whatever the anchor is; what is not may still be broken above.
/// </remarks>
/// <param name="source">Where messages come from.</param>
/// <param name="root">The anchors of the root, as a rule <see cref="TrustAnchors.ForRoot"/>.</param>
/// <param name="clock">Tells the time at which signatures must be valid.</param>
public sealed class RootedValidator(IRecordSource source, TrustAnchors root, TimeProvider clock)
{
    /// <summary>Validates the answer to a question.</summary>
    /// <param name="name">The name.</param>
    /// <param name="type">The type.</param>
    /// <param name="cancellationToken">Ends the wait: what did not come by then is <see cref="ValidationReason.NoAnswer"/>.</param>
    public async Task<RootedValidation> ValidateAsync(DomainName name, DnsRecordType type, CancellationToken cancellationToken)
    {
        Validation validation = await new Validator(source, root, clock).ValidateAsync(name, type, cancellationToken);
        if (validation is not { Status: ValidationStatus.Bogus or ValidationStatus.Indeterminate, Problem: { } problem } || !IsOfRoot(problem) || IsOfTime(problem))
            return new RootedValidation(validation, DomainName.Root, IsAssumed: false);

        (DomainName Zone, TrustAnchors Anchors)[] zones = await FindKeysAsync(name, cancellationToken);
        foreach ((DomainName zone, TrustAnchors anchors) in zones)
        {
            Validation below = await new Validator(source, anchors, clock).ValidateAsync(name, type, cancellationToken);
            if (below.Status is ValidationStatus.Bogus)
                return new RootedValidation(below, zone, IsAssumed: true);
        }

        // Nothing between the name and the topmost keys is broken: which of them is trusted here is not known.
        return new RootedValidation(
            validation with { Status = ValidationStatus.Indeterminate }, zones.Length > 0 ? zones[^1].Zone : DomainName.Root, IsAssumed: zones.Length > 0);
    }

    // It is the Internet's root then, as its keys are the anchor's: what is out of time is the clock here, not a zone below.
    private static bool IsOfTime(ValidationProblem problem) =>
        problem.Reason is ValidationReason.SignatureExpired or ValidationReason.SignatureNotYetValid;

    private static bool IsOfRoot(ValidationProblem problem) => problem.Owner.IsRoot && problem.Type is DnsRecordType.DNSKEY or DnsRecordType.DS;

    // The zones at and above the name that have keys, the lowest first.
    private async Task<(DomainName Zone, TrustAnchors Anchors)[]> FindKeysAsync(DomainName name, CancellationToken cancellationToken)
    {
        List<DomainName> candidates = [];
        for (DomainName zone = name; !zone.IsRoot; zone = zone.Parent)
            candidates.Add(zone);
        candidates.Add(DomainName.Root);
        FetchedMessage[] messages = await Task.WhenAll(
            candidates.Select(zone => source.FetchAsync(zone, DnsRecordType.DNSKEY, cancellationToken)));

        List<(DomainName, TrustAnchors)> zones = [];
        foreach ((DomainName zone, FetchedMessage message) in candidates.Zip(messages))
        {
            if (message.Failure is not null || ResponseSets.Read(message.Octets.Span)?.Find(zone, DnsRecordType.DNSKEY) is not { } keys)
                continue;
            var anchors = new TrustAnchors();
            foreach (ReadOnlyMemory<byte> key in keys.Data)
                anchors.Add(zone, DnsRecordType.DNSKEY, key.Span);
            zones.Add((zone, anchors));
        }

        return [.. zones];
    }
}

/// <summary>What validation came to, and where trust began.</summary>
/// <param name="Validation">The validation.</param>
/// <param name="Anchor">The zone whose keys were trusted.</param>
/// <param name="IsAssumed">Whether they are no anchors, and were taken for right.</param>
public sealed record RootedValidation(Validation Validation, DomainName Anchor, bool IsAssumed);
