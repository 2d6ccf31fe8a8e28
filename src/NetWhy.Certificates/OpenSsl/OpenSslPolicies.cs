using System.Collections.Immutable;
using System.Globalization;
using System.Numerics;

namespace NetWhy.Certificates;

/// <summary>Certificate policies along a path. Source: RFC 5280, section 6.1, with sets in place of the tree: it can be made to grow without bound.</summary>
internal static class OpenSslPolicies
{
    private const int Most = 10_000; // policies at one step, with those they come from

    // 0, or NoExplicitPolicy, or InvalidPolicyExtension, or Unspecified where it would be too much work.
    internal static int Check(IReadOnlyList<OpenSslCertificate> chain, OpenSslSettings settings, out OpenSslPolicyTree tree)
    {
        tree = new OpenSslPolicyTree(false, [], []);
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
        var brought = new List<OpenSslPolicyNode>(); // those below anyPolicy, in the order in which OpenSSL comes by them
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
            foreach (string id in Sorted(own.Ids, isWhole: false))
            {
                if (valid.TryGetValue(id, out HashSet<string>? origins))
                {
                    next[id] = origins;
                }
                else if (hasAny)
                {
                    next[id] = [id];
                    Bring(own, id, own.Qualifiers.GetValueOrDefault(id));
                }
            }

            bool takesAny = own.HasAny && !ignoresAny;
            if (takesAny)
            {
                foreach ((string id, HashSet<string> origins) in valid)
                    next.TryAdd(id, origins);
            }

            hasAny &= takesAny;
            if (depth > 0)
            {
                foreach (string issuer in maps && hasAny ? own.Mappings.Select(pair => pair.Issuer).Where(issuer => !next.ContainsKey(issuer)).Distinct() : [])
                    Bring(own, issuer, own.Qualifiers.GetValueOrDefault(ObjectIdentifiers.AnyPolicy));
                next = Map(next, own.Mappings, maps, hasAny);
            }

            valid = next;
            if (valid.Values.Sum(origins => origins.Count) > Most)
                return OpenSslCode.Unspecified;
        }

        HashSet<string> left = [.. valid.Values.SelectMany(origins => origins)];
        OpenSslPolicyNode[] nodes = [.. brought.Where(node => left.Contains(node.Id))];
        bool areSought = settings.Policies is not [] && !settings.Policies.Contains(ObjectIdentifiers.AnyPolicy); // one by one
        nodes = [.. Sorted([.. nodes.Select(node => node.Id)], isWhole: areSought).Select(id => Array.Find(nodes, node => node.Id == id)!)];
        OpenSslPolicyFacts last = chain[0].Extensions.Policies;
        OpenSslPolicyNode? anyPolicy = hasAny ? new OpenSslPolicyNode(ObjectIdentifiers.AnyPolicy, last.IsCritical, last.Qualifiers.GetValueOrDefault(ObjectIdentifiers.AnyPolicy)) : null;
        ImmutableArray<OpenSslPolicyNode> authority = anyPolicy is null ? [.. nodes] : [anyPolicy];
        // By RFC 5280 any policy would do where none is named; OpenSSL then takes none.
        ImmutableArray<OpenSslPolicyNode> user = settings.Policies.Contains(ObjectIdentifiers.AnyPolicy) ? authority
            : [.. settings.Policies.Select(id => Array.Find(nodes, node => node.Id == id) ?? (anyPolicy is null ? null : new OpenSslPolicyNode(id, IsCritical: false, anyPolicy.Qualifiers))).OfType<OpenSslPolicyNode>()];
        tree = new OpenSslPolicyTree(explicitPolicy == 0, authority, user);
        return explicitPolicy == 0 && user.IsEmpty ? OpenSslCode.NoExplicitPolicy : 0;

        void Bring(OpenSslPolicyFacts facts, string id, ReadOnlyMemory<byte> qualifiers)
        {
            if (valid.Values.Any(origins => origins.Contains(id)))
                return; // the certificate above it has brought it in
            brought.RemoveAll(node => node.Id == id);
            brought.Add(new OpenSslPolicyNode(id, facts.IsCritical, qualifiers));
        }
    }

    // OpenSSL sorts a list where it looks something up in it, and so before the last one is added.
    private static List<string> Sorted(List<string> ids, bool isWhole)
    {
        int last = isWhole ? 0 : 1;
        return [.. ids.SkipLast(last).Order(Comparer<string>.Create(static (one, other) => Compare(Octets(one), Octets(other)))), .. ids.TakeLast(last)];
    }

    private static int Compare(byte[] one, byte[] other) => one.Length != other.Length ? one.Length - other.Length : one.AsSpan().SequenceCompareTo(other);

    // The contents of its encoding. Source: X.690, section 8.19.
    private static byte[] Octets(string dotted)
    {
        BigInteger[] arcs = [.. dotted.Split('.').Select(arc => BigInteger.Parse(arc, CultureInfo.InvariantCulture))];
        List<byte> octets = [];
        foreach (BigInteger arc in arcs.Skip(2).Prepend((arcs[0] * 40) + arcs[1]))
        {
            List<byte> digits = [(byte)(arc % 128)];
            for (BigInteger rest = arc / 128; rest > 0; rest /= 128)
                digits.Add((byte)(128 + (rest % 128)));
            digits.Reverse();
            octets.AddRange(digits);
        }

        return [.. octets];
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
