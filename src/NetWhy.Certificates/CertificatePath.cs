using System.Collections.Immutable;
using NetWhy.Wire.Tls;

namespace NetWhy.Certificates;

/// <summary>The best way found from a certificate to a trust anchor, and what is wrong with it.</summary>
/// <param name="Certificates">Leaf first; the last is the anchor where <paramref name="IsAnchored"/>.</param>
/// <param name="IsAnchored">Whether it ends at a trust anchor.</param>
/// <param name="Problems">What is wrong, the fatal first, then in the order of the path.</param>
public sealed record CertificatePath(ImmutableArray<Certificate> Certificates, bool IsAnchored, ImmutableArray<CertificateProblem> Problems)
{
    /// <summary>Whether clients accept it.</summary>
    public bool IsAccepted => IsAnchored && !Problems.Any(problem => problem.IsFatal);

    /// <summary>Whether nothing is wrong with it.</summary>
    public bool IsFlawless => IsAnchored && Problems.IsEmpty;
}
