using System.Collections.Immutable;

namespace NetWhy.Certificates;

/// <summary>Certificate policies along a path. Source: RFC 5280, section 6.1, with sets in place of the tree: it can be made to grow without bound.</summary>
internal static class OpenSslPolicies
{
    private const int Most = 10_000; // policies at one step, with those they come from

    // 0, or NoExplicitPolicy, or InvalidPolicyExtension, or Unspecified where it would be too much work.
    internal static int Check(IReadOnlyList<OpenSslCertificate> chain, OpenSslSettings settings, out ImmutableArray<string> left)
    {
        left = [];
        if (chain.Count == 1)
            return 0; // an anchor alone: policies are of what is below it
        for (int depth = 0; depth < chain.Count - 1; depth++)
        {
            if (chain[depth].Extensions.Policies.IsInvalid)
                return OpenSslCode.InvalidPolicyExtension;
        }

        long far = chain.Count + 1;
        long explicitPolicy = settings.RequiresExplicitPolicy ? 0 : far, mapping = settings.InhibitsPolicyMapping ? 0 : far, any = settings.InhibitsAnyPolicy ? 0 : far;
        bool hasAny = true;
        var valid = new Dictionary<string, HashSet<string>>(StringComparer.Ordinal); // policies, each with those of the anchor's domain that it stands for
        for (int depth = chain.Count - 2; depth >= 0; depth--)
        {
            OpenSslCertificate certificate = chain[depth];
            OpenSslPolicyFacts own = certificate.Extensions.Policies;
            bool isSelfIssued = certificate.IsSelfIssued;
            bool ignoresAny = any == 0 && (!isSelfIssued || depth == 0), maps = mapping > 0;
            explicitPolicy = Count(explicitPolicy, isSelfIssued, own.RequireExplicit);
            any = Count(any, isSelfIssued, own.InhibitAny);
            mapping = Count(mapping, isSelfIssued, own.InhibitMapping);

            Dictionary<string, HashSet<string>> next = new(StringComparer.Ordinal);
            foreach (string id in own.Ids)
            {
                if (valid.TryGetValue(id, out HashSet<string>? origins))
                    next[id] = origins;
                else if (hasAny)
                    next[id] = [id];
            }

            bool takesAny = own.HasAny && !ignoresAny;
            if (takesAny)
            {
                foreach ((string id, HashSet<string> origins) in valid)
                    next.TryAdd(id, origins);
            }

            hasAny &= takesAny;
            valid = depth > 0 ? Map(next, own.Mappings, maps, hasAny) : next;
            if (valid.Values.Sum(origins => origins.Count) > Most)
                return OpenSslCode.Unspecified;
        }

        left = [.. valid.Values.SelectMany(origins => origins).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
        // By RFC 5280 any policy would do where none is named; OpenSSL then takes none.
        bool isLeft = settings.Policies is not []
            && (hasAny || (settings.Policies.Contains(ObjectIdentifiers.AnyPolicy) ? valid.Count > 0 : valid.Values.Any(origins => origins.Overlaps(settings.Policies))));
        return explicitPolicy == 0 && !isLeft ? OpenSslCode.NoExplicitPolicy : 0;
    }

    private static long Count(long counter, bool isSelfIssued, long? limit)
    {
        if (counter > 0 && !isSelfIssued)
            counter--;
        return Math.Min(counter, limit ?? counter);
    }

    private static Dictionary<string, HashSet<string>> Map(
        Dictionary<string, HashSet<string>> policies, List<(string Issuer, string Subject)> mappings, bool maps, bool hasAny)
    {
        if (mappings.Count == 0)
            return policies;
        HashSet<string> mapped = [.. mappings.Select(pair => pair.Issuer)];
        Dictionary<string, HashSet<string>> result = new(StringComparer.Ordinal);
        foreach ((string id, HashSet<string> origins) in policies)
        {
            if (!mapped.Contains(id))
                result[id] = origins;
        }

        foreach ((string issuer, string subject) in maps ? mappings : [])
        {
            HashSet<string>? origins = policies.GetValueOrDefault(issuer) ?? (hasAny ? [issuer] : null);
            if (origins is null)
                continue;
            result[subject] = result.TryGetValue(subject, out HashSet<string>? others) ? [.. others, .. origins] : origins;
        }

        return result;
    }
}
