using NetWhy.Wire.Tls;

namespace NetWhy.Certificates;

/// <summary>Finds a way from a certificate to a trust anchor, among all there are.</summary>
/// <remarks>
/// Every way is tried until one is flawless: a server's own order, a cross-signed root that has expired or a CA with two certificates
/// must not decide. Work is bounded: certificates may be made to branch without end. Source: RFC 4158; RFC 5280, section 6.
/// </remarks>
public sealed class PathBuilder
{
    private const int LongestPath = 12;
    private const int MostSignatures = 200;
    private const int MostPaths = 50;

    private readonly Dictionary<string, List<CertificateView>> _bySubject = [];
    private readonly HashSet<string> _anchors = [];
    private readonly PathPolicy _policy;
    private int _signatures;
    private int _paths;
    private ComparisonBudget _budget = new();
    private CertificatePath? _best;

    /// <summary>Makes a builder.</summary>
    /// <param name="anchors">The certificates that are trusted; they need not be self-signed.</param>
    /// <param name="others">Certificates that may stand between, as a server sent them.</param>
    /// <param name="policy">What the path must meet.</param>
    public PathBuilder(IEnumerable<Certificate> anchors, IEnumerable<Certificate> others, PathPolicy policy)
    {
        _policy = policy;
        foreach (Certificate anchor in anchors)
        {
            if (_anchors.Add(KeyOf(anchor)))
                Add(anchor);
        }

        foreach (Certificate other in others)
        {
            if (!_anchors.Contains(KeyOf(other)))
                Add(other);
        }
    }

    /// <summary>Finds the best path from a certificate.</summary>
    /// <param name="leaf">The certificate.</param>
    /// <returns>A flawless path if there is one, else one that is accepted, else the one that fails least, anchored or not.</returns>
    public CertificatePath Build(Certificate leaf)
    {
        (_signatures, _paths, _best, _budget) = (0, 0, null, new ComparisonBudget());
        List<CertificateView> path = [new CertificateView(leaf)];
        Extend(path, null);
        return _best!;
    }

    private static string KeyOf(Certificate certificate) => Convert.ToBase64String(certificate.Octets.Span);

    private void Add(Certificate certificate)
    {
        var view = new CertificateView(certificate);
        string subject = view.Subject?.Key ?? "";
        if (!_bySubject.TryGetValue(subject, out List<CertificateView>? same))
            _bySubject[subject] = same = [];
        same.Add(view);
    }

    private bool IsAnchor(CertificateView view) => _anchors.Contains(KeyOf(view.Certificate));

    // Whether a flawless path was found.
    private bool Extend(List<CertificateView> path, CertificateProblem? doubt)
    {
        CertificateView top = path[^1];
        if (IsAnchor(top))
            return Finish(path, isAnchored: true, doubt);

        CertificateProblem? end = null;
        bool goesOn = false;
        bool? isOwn = null;
        foreach (CertificateView issuer in IssuersOf(top, path))
        {
            if (path.Count >= LongestPath || _paths >= MostPaths || _signatures >= MostSignatures)
            {
                end = Problem(CertificateDefect.TooMuchWork, path, "too many ways to go on");
                break;
            }

            _signatures++;
            bool? hasSigned = issuer.HasSigned(top.Certificate.SignedOctets.Span, top.Certificate.OuterAlgorithm.Span, top.Certificate.Signature.Span);
            if (hasSigned is false)
            {
                // Of the same name, and not of the same key: who signed with his own key has not been signed badly.
                isOwn ??= IsSignedByItself(top);
                if (isOwn is false)
                    end ??= Problem(CertificateDefect.BadSignature, path, $"not by the key of {issuer.Certificate.Subject}");
                continue;
            }

            goesOn = true;
            CertificateProblem? unsure = doubt ?? (hasSigned is null
                ? Problem(CertificateDefect.SignatureUnchecked, path, $"{top.Certificate.SignatureAlgorithm} by {issuer.Certificate.Key}")
                : null);
            path.Add(issuer);
            bool isFlawless = Extend(path, unsure);
            path.RemoveAt(path.Count - 1);
            if (isFlawless)
                return true;
        }

        if (goesOn && end is null)
            return false;
        end ??= top.IsSelfIssued
            ? path.Count == 1
                ? Problem(CertificateDefect.SelfSigned, path, "it names itself as its issuer and is no trust anchor")
                : Problem(CertificateDefect.UntrustedRoot, path, $"{top.Certificate.Subject} is no trust anchor")
            : Problem(CertificateDefect.IssuerMissing, path, $"no certificate of {top.Certificate.Issuer}");
        return Finish(path, isAnchored: false, end);
    }

    private bool IsSignedByItself(CertificateView top)
    {
        if (!top.IsSelfIssued)
            return false;
        _signatures++;
        return top.HasSigned(top.Certificate.SignedOctets.Span, top.Certificate.OuterAlgorithm.Span, top.Certificate.Signature.Span) is true;
    }

    // Trusted ones first, then those whose key identifier fits, then those valid now: the first way is mostly the best.
    private IEnumerable<CertificateView> IssuersOf(CertificateView top, List<CertificateView> path)
    {
        if (top.Issuer is null || !_bySubject.TryGetValue(top.Issuer.Key, out List<CertificateView>? candidates))
            return [];
        return candidates
            .Where(candidate => IsNewStep(candidate, path))
            .OrderByDescending(IsAnchor)
            .ThenByDescending(candidate => top.AuthorityKeyId is { } id && candidate.SubjectKeyId is { } own && own.Span.SequenceEqual(id.Span))
            .ThenByDescending(candidate => candidate.Certificate.NotBefore <= _policy.Time && _policy.Time <= candidate.Certificate.NotAfter)
            .ThenByDescending(candidate => candidate.Certificate.NotBefore);
    }

    // A CA may certify its own name and key again on the way (RFC 4158, section 2.4.2); the same certificate twice never helps.
    private static bool IsNewStep(CertificateView candidate, List<CertificateView> path) =>
        !path.Exists(there => there.Certificate.Octets.Span.SequenceEqual(candidate.Certificate.Octets.Span));

    private static CertificateProblem Problem(CertificateDefect defect, List<CertificateView> path, string detail) =>
        new(defect, path.Count - 1, path[^1].Certificate, detail, IsFatal: true);

    private bool Finish(List<CertificateView> path, bool isAnchored, CertificateProblem? end)
    {
        _paths++;
        List<CertificateProblem> problems = new PathValidator(_policy, _budget).Validate(path, isAnchored);
        if (end is not null)
            problems.Add(end);
        var found = new CertificatePath(
            [.. path.Select(view => view.Certificate)],
            isAnchored,
            [.. problems.OrderByDescending(problem => problem.IsFatal).ThenBy(problem => problem.Depth)]);
        if (_best is null || Rank(found).CompareTo(Rank(_best)) < 0)
            _best = found;
        return found.IsFlawless;
    }

    // Less is better.
    private static (bool, int, int, int) Rank(CertificatePath path) =>
        (!path.IsAnchored, path.Problems.Count(problem => problem.IsFatal), path.Problems.Length, path.Certificates.Length);
}
