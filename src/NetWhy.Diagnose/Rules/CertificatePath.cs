using System.Collections.Immutable;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Rules;

/// <summary>The certificates that verification went through, among those that a server sent and this machine trusts.</summary>
internal static class CertificatePath
{
    /// <summary>Those of the path that the server sent, leaf first; all that it sent, where the evidence does not tell.</summary>
    /// <param name="chain">The chain, with one certificate at least.</param>
    internal static ImmutableArray<CertificateFacts> Of(CertificateChain chain)
    {
        CertificateFacts[] path = [.. chain.Certificates.Where(facts => facts.PathDepth is not null).OrderBy(facts => facts.PathDepth)];
        return path.Length > 0 ? [.. path] : [.. chain.Certificates];
    }

    /// <summary>The last of them: its issuer is what is missing where no trusted root is reached.</summary>
    /// <param name="chain">The chain, with one certificate at least.</param>
    internal static CertificateFacts Top(CertificateChain chain) => Of(chain)[^1];

    /// <summary>The certificate at a depth of the path, be it sent or this machine's own.</summary>
    /// <param name="chain">The chain, with one certificate at least.</param>
    /// <param name="depth">The depth; 0 is the leaf.</param>
    internal static CertificateFacts At(CertificateChain chain, int depth)
    {
        if (chain.OwnAnchor is { } anchor && anchor.PathDepth == depth)
            return anchor;
        ImmutableArray<CertificateFacts> path = Of(chain);
        return path[Math.Clamp(depth, 0, path.Length - 1)];
    }
}
