using NetWhy.Evidence;

namespace NetWhy.Diagnose.Tls;

/// <summary>How a server puts its certificates in order. Source: RFC 5246, section 7.4.2; RFC 8446, section 4.4.2.</summary>
internal static class ChainOrder
{
    /// <summary>
    /// Whether those of the path stand in another order than that of the path, and the order sent is no way of its own: with
    /// cross-signs verification may take another way than the one that the server means.
    /// </summary>
    /// <param name="chain">What the server sends, with what verification made of it.</param>
    internal static bool IsDisordered(CertificateChain chain)
    {
        int[] depths = [.. chain.Certificates.Select(facts => facts.PathDepth).OfType<int>()];
        bool isAWay = chain.Certificates.Zip(chain.Certificates.Skip(1), (child, issuer) => child.Issuer == issuer.Subject).All(follows => follows);
        return depths.Length > 1 && !isAWay && !depths.SequenceEqual(depths.Order());
    }

    /// <summary>What there is to say of the order, and of what is sent and not needed.</summary>
    /// <param name="chain">What the server sends.</param>
    internal static string[] Remarks(CertificateChain chain)
    {
        string[] twice = [.. chain.Certificates.GroupBy(facts => facts.Fingerprint).Where(same => same.Key.Length > 0 && same.Count() > 1).Select(same => same.First().Subject)];
        CertificateFacts[] roots = [.. chain.Certificates.Skip(1).Where(facts => facts.IsSelfSigned)];
        CertificateFacts[] unused = chain.VerifyCode != 0 ? [] : [.. chain.Certificates.Where(facts => facts is { PathDepth: null, IsSelfSigned: false }).Where(facts => !twice.Contains(facts.Subject))];
        return
        [
            .. IsDisordered(chain) ? ["they are not in order: each must certify the one before it"] : Array.Empty<string>(),
            .. roots.Length > 0 ? [$"the root {roots[0].Subject} is sent, which nobody needs"] : Array.Empty<string>(),
            .. twice.Length > 0 ? [$"{twice[0]} is sent twice"] : Array.Empty<string>(),
            .. unused.Length > 0 ? [$"{string.Join(", ", unused.Take(2).Select(facts => facts.Subject))} leads nowhere here (a cross-sign for others, or a leftover)"] : Array.Empty<string>(),
        ];
    }
}
