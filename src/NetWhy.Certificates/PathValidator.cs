using System.Globalization;
using NetWhy.Wire.Tls;

namespace NetWhy.Certificates;

/// <summary>Holds one path against the rules, signatures excepted: these are checked while it is built.</summary>
/// <remarks>Source: RFC 5280, section 6.1, with every certificate of the path judged, the anchor too; Baseline Requirements, section 7.1.</remarks>
/// <param name="policy">The rules.</param>
/// <param name="budget">How much names may be compared.</param>
internal sealed class PathValidator(PathPolicy policy, ComparisonBudget budget)
{
    private readonly List<CertificateProblem> _problems = [];
    private readonly bool _isStrict = policy.Profile is CertificateProfile.BaselineRequirements;
    private readonly DateTimeOffset _now = DateTimeOffset.FromUnixTimeSeconds(policy.Time.ToUnixTimeSeconds());

    // The path is leaf first; where it is anchored, its last is the anchor.
    internal List<CertificateProblem> Validate(IReadOnlyList<CertificateView> path, bool isAnchored)
    {
        for (int depth = 0; depth < path.Count; depth++)
        {
            CertificateView view = path[depth];
            bool isAnchor = isAnchored && depth == path.Count - 1;
            JudgeForm(view, depth, isAnchor);
            JudgeTimes(view, depth);
            JudgeExtensions(view, depth);
            JudgeNames(view, depth);
            JudgeAlgorithms(view, depth, isAnchor);
            if (depth > 0)
                JudgeAuthority(view, depth, isAnchor);
        }

        JudgeLeaf(path[0]);
        JudgePurposes(path);
        JudgePathLength(path, isAnchored);
        new NameConstraintCheck(Add, budget).Judge(path);
        JudgePolicies(path);
        JudgeRevocation(path);
        return _problems;
    }

    private void Add(CertificateDefect defect, int depth, CertificateView view, string detail, bool isFatal) =>
        _problems.Add(new CertificateProblem(defect, depth, view.Certificate, detail, isFatal));

    private void JudgeForm(CertificateView view, int depth, bool isAnchor)
    {
        Certificate certificate = view.Certificate;
        if (certificate.Version != 3 && (certificate.Extensions.Length > 0 || (_isStrict && !isAnchor)))
        {
            Add(CertificateDefect.VersionWrong, depth, view,
                string.Create(CultureInfo.InvariantCulture, $"version {certificate.Version}{(certificate.Extensions.Length > 0 ? ", but it has extensions" : "")}"), isFatal: false);
        }

        ReadOnlySpan<byte> serial = certificate.SerialOctets.Span;
        bool isZero = serial.TrimStart((byte)0).IsEmpty;
        string? wrong = isZero ? isAnchor ? null : "it is zero" // some old roots have zero; nobody revokes them by number
            : (serial[0] & 0x80) != 0 ? "it is negative"
            : serial.TrimStart((byte)0).Length > 20 ? "it is longer than 20 octets"
            : null;
        if (wrong is not null)
            Add(CertificateDefect.SerialNumberInvalid, depth, view, wrong, isFatal: false);

        if (view.Issuer is null || view.Subject is null)
            Add(CertificateDefect.MalformedName, depth, view, "issuer or subject cannot be read", isFatal: true);
        if (view.Issuer is { IsEmpty: true })
            Add(CertificateDefect.EmptyName, depth, view, "the issuer has no name", isFatal: true);
        if (view.Subject is { IsEmpty: true } && (view.IsAuthority || depth > 0))
            Add(CertificateDefect.EmptyName, depth, view, "a CA has no name", isFatal: true);
    }

    private void JudgeTimes(CertificateView view, int depth)
    {
        Certificate certificate = view.Certificate;
        if (_now > certificate.NotAfter)
            Add(CertificateDefect.Expired, depth, view, string.Create(CultureInfo.InvariantCulture, $"notAfter {certificate.NotAfter:u}"), isFatal: true);
        if (_now < certificate.NotBefore)
            Add(CertificateDefect.NotYetValid, depth, view, string.Create(CultureInfo.InvariantCulture, $"notBefore {certificate.NotBefore:u}"), isFatal: true);
    }

    private void JudgeExtensions(CertificateView view, int depth)
    {
        HashSet<string> seen = [];
        foreach (CertificateExtension extension in view.Certificate.Extensions)
        {
            if (!seen.Add(extension.Id))
                Add(CertificateDefect.DuplicateExtension, depth, view, extension.Id, isFatal: true);
            if (extension.IsCritical && !ObjectIdentifiers.IsKnown(extension.Id))
                Add(CertificateDefect.UnknownCriticalExtension, depth, view, extension.Id, isFatal: true);
            switch (extension.Id)
            {
                case ObjectIdentifiers.AuthorityKeyIdentifier or ObjectIdentifiers.SubjectKeyIdentifier or ObjectIdentifiers.AuthorityInformationAccess
                    when extension.IsCritical:
                    Add(CertificateDefect.CriticalityWrong, depth, view, $"{extension.Id} is critical and must not be", isFatal: false);
                    break;
                case ObjectIdentifiers.PolicyConstraints or ObjectIdentifiers.InhibitAnyPolicy when !extension.IsCritical:
                    Add(CertificateDefect.CriticalityWrong, depth, view, $"{extension.Id} must be critical", isFatal: false);
                    break;
                case ObjectIdentifiers.NameConstraints when !extension.IsCritical && !_isStrict:
                    Add(CertificateDefect.CriticalityWrong, depth, view, "nameConstraints must be critical", isFatal: false);
                    break;
                case ObjectIdentifiers.SubjectAlternativeName when !extension.IsCritical && view.Subject is { IsEmpty: true }:
                    Add(CertificateDefect.CriticalityWrong, depth, view, "subjectAltName must be critical where the subject is empty", isFatal: false);
                    break;
                case ObjectIdentifiers.SubjectAlternativeName when extension.IsCritical && _isStrict && view.Subject is { IsEmpty: false }:
                    Add(CertificateDefect.CriticalityWrong, depth, view, "subjectAltName must not be critical where there is a subject", isFatal: false);
                    break;
            }
        }

        foreach ((string id, string why) in view.Malformed)
        {
            if (id is not ObjectIdentifiers.AuthorityInformationAccess || _isStrict)
            {
                Add(id is ObjectIdentifiers.NameConstraints ? CertificateDefect.NameConstraintsInvalid : CertificateDefect.MalformedExtension,
                    depth, view, why, isFatal: id is not ObjectIdentifiers.AuthorityInformationAccess);
            }
        }

        if (!view.IsAuthority && view.Find(ObjectIdentifiers.NameConstraints) is not null)
            Add(CertificateDefect.NameConstraintsInvalid, depth, view, "only CAs may have nameConstraints", isFatal: true);
        if (!view.IsAuthority && view.HasUsage(CertificateView.KeyCertSign))
            Add(CertificateDefect.KeyUsageForbidsSigning, depth, view, "keyCertSign is set, and it is no CA", isFatal: false);
        if (view.PathLength is not null && (!view.IsAuthority || (view.KeyUsage is not null && !view.HasUsage(CertificateView.KeyCertSign))))
            Add(CertificateDefect.ExtensionNotAllowed, depth, view, "a path length, and it may not sign certificates", isFatal: false);
        JudgeKeyIdentifiers(view, depth);
    }

    private void JudgeKeyIdentifiers(CertificateView view, int depth)
    {
        if (view.IsAuthority && view.Find(ObjectIdentifiers.SubjectKeyIdentifier) is null)
            Add(CertificateDefect.ExtensionMissing, depth, view, "a CA without subjectKeyIdentifier", isFatal: false);
        if (!view.IsSelfIssued && view.AuthorityKeyId is null)
            Add(CertificateDefect.ExtensionMissing, depth, view, "no keyIdentifier of its issuer (authorityKeyIdentifier)", isFatal: false);
        if (!_isStrict || !view.HasAuthorityKeyIdentifier || !view.IsSelfIssued)
            return;
        if (view.AuthorityKeyId is not { } authority)
            Add(CertificateDefect.ExtensionMissing, depth, view, "authorityKeyIdentifier without keyIdentifier", isFatal: false);
        else if (view.SubjectKeyId is { } own && !own.Span.SequenceEqual(authority.Span))
            Add(CertificateDefect.KeyIdentifierMismatch, depth, view, "authorityKeyIdentifier of a root is not its subjectKeyIdentifier", isFatal: false);
        if (view.NamesAuthorityIssuer)
            Add(CertificateDefect.ExtensionNotAllowed, depth, view, "authorityKeyIdentifier names issuer or serial number", isFatal: false);
    }

    private void JudgeNames(CertificateView view, int depth)
    {
        foreach (GeneralName name in view.AlternativeNames ?? [])
        {
            string? why = name.Kind switch
            {
                GeneralNameKind.Dns when name.Text == "*" => null, // judged as a wildcard
                GeneralNameKind.Dns when HostNames.IsAddressText(name.Text) => "an address written as a DNS name",
                GeneralNameKind.Dns when name.Text.Contains('*', StringComparison.Ordinal) && !IsWholeWildcard(name.Text) => "a wildcard that is not the whole first label",
                GeneralNameKind.Dns when !HostNames.IsWellFormed(name.Text, mayBeWildcard: true) => "no DNS name",
                GeneralNameKind.Address when name.Value.Length is not (4 or 16) => "an address that is not of 4 or 16 octets",
                _ => null,
            };
            if (why is not null)
                Add(CertificateDefect.MalformedName, depth, view, $"{name.Describe()}: {why}", isFatal: true);
            if (_isStrict && name.Kind is GeneralNameKind.Dns && HostNames.IsWildcardTooWide(name.Text))
                Add(CertificateDefect.WildcardNotAllowed, depth, view, $"{name.Text} is for names of many owners", isFatal: true);
        }
    }

    private static bool IsWholeWildcard(string name) =>
        name.StartsWith("*.", StringComparison.Ordinal) && !name.AsSpan(2).Contains('*');

    private void JudgeAlgorithms(CertificateView view, int depth, bool isAnchor)
    {
        Certificate certificate = view.Certificate;
        if (!certificate.SignedAlgorithm.Span.SequenceEqual(certificate.OuterAlgorithm.Span))
            Add(CertificateDefect.AlgorithmMismatch, depth, view, "signature algorithms within and beside differ", isFatal: true);
        if (!isAnchor && SignatureAlgorithm.WeakDigestOf(certificate.SignedAlgorithm.Span) is { } digest)
            Add(CertificateDefect.WeakSignature, depth, view, $"signed by way of {digest}", isFatal: true);
        if (PublicKeyRules.Judge(certificate, policy.Profile) is { } wrong)
            Add(wrong.Defect, depth, view, wrong.Detail, wrong.IsFatal);
    }

    private void JudgeAuthority(CertificateView view, int depth, bool isAnchor)
    {
        if (!view.HasBasicConstraints)
        {
            // Roots of version 1 have no extensions at all; stores hold some, and they are trusted by name.
            bool isOldRoot = isAnchor && view.Certificate.Version == 1;
            Add(CertificateDefect.NotAnAuthority, depth, view, "it signs certificates and has no basicConstraints", isFatal: !isOldRoot);
        }
        else if (!view.IsAuthority)
        {
            Add(CertificateDefect.NotAnAuthority, depth, view, "it signs certificates and its basicConstraints say that it is no CA", isFatal: true);
        }
        else if (view.Find(ObjectIdentifiers.BasicConstraints) is { IsCritical: false })
        {
            Add(CertificateDefect.CriticalityWrong, depth, view, "basicConstraints of a CA must be critical", isFatal: false);
        }

        if (view.KeyUsage is null)
        {
            if (_isStrict && view.Certificate.Version == 3)
                Add(CertificateDefect.ExtensionMissing, depth, view, "a CA without keyUsage", isFatal: false);
        }
        else if (!view.HasUsage(CertificateView.KeyCertSign))
        {
            Add(CertificateDefect.KeyUsageForbidsSigning, depth, view, "it signs certificates and its keyUsage lacks keyCertSign", isFatal: true);
        }

        if (_isStrict && isAnchor && view.Purposes is not null)
            Add(CertificateDefect.ExtensionNotAllowed, depth, view, "a root with extendedKeyUsage", isFatal: false);
    }

    private void JudgeLeaf(CertificateView leaf)
    {
        if (_isStrict && leaf.IsAuthority)
            Add(CertificateDefect.AuthorityAsLeaf, 0, leaf, "the certificate of a CA is used as a server's own", isFatal: false);
        foreach (int usage in policy.KeyUsages)
        {
            if (leaf.KeyUsage is not null && !leaf.HasUsage(usage))
                Add(CertificateDefect.KeyUsageMissing, 0, leaf, string.Create(CultureInfo.InvariantCulture, $"keyUsage lacks bit {usage}"), isFatal: true);
        }

        if (_isStrict && leaf.AlternativeNames is { Count: > 0 } && leaf.Subject is not null)
        {
            foreach ((_, string value) in leaf.Subject.Attributes.Where(attribute => attribute.Type is ObjectIdentifiers.CommonName))
            {
                if (!leaf.AlternativeNames.Any(name => name.Kind is GeneralNameKind.Dns or GeneralNameKind.Address && name.Describe() == value))
                    Add(CertificateDefect.CommonNameNotAmongNames, 0, leaf, $"common name {value} is none of the alternative names, letter for letter", isFatal: false);
            }
        }

        if (policy.HostName is null && policy.Address is null)
            return;
        if (leaf.Find(ObjectIdentifiers.SubjectAlternativeName) is null)
        {
            Add(CertificateDefect.AlternativeNameMissing, 0, leaf, "it has no subjectAltName; names in the subject do not count", isFatal: true);
            return;
        }

        bool matches = leaf.AlternativeNames is { } names && names.Any(name => policy.Address is { } address
            ? name.Kind is GeneralNameKind.Address && name.Value.Span.SequenceEqual(address.GetAddressBytes())
            : name.Kind is GeneralNameKind.Dns && HostNames.Matches(name.Text, policy.HostName!));
        if (!matches)
        {
            string asked = policy.Address?.ToString() ?? policy.HostName!;
            string given = string.Join(", ", (leaf.AlternativeNames ?? []).Take(20).Select(name => name.Describe()));
            Add(CertificateDefect.NameMismatch, 0, leaf, $"{asked} is none of: {given}", isFatal: true);
        }
    }

    private void JudgePurposes(IReadOnlyList<CertificateView> path)
    {
        string? wanted = policy.Purpose switch
        {
            CertificatePurpose.Server => ObjectIdentifiers.ServerAuthentication,
            CertificatePurpose.Client => ObjectIdentifiers.ClientAuthentication,
            _ => null,
        };
        if (wanted is null)
            return;
        string purpose = policy.Purpose is CertificatePurpose.Server ? "TLS servers" : "TLS clients";
        for (int depth = 0; depth < path.Count; depth++)
        {
            if (path[depth].Purposes is not { Count: > 0 } purposes || purposes.Contains(wanted))
                continue;
            if (!purposes.Contains(ObjectIdentifiers.AnyExtendedKeyUsage))
            {
                string detail = depth == 0 ? $"its extendedKeyUsage is not for {purpose}" : $"its extendedKeyUsage does not let it issue for {purpose}";
                Add(CertificateDefect.PurposeNotAllowed, depth, path[depth], detail, isFatal: true);
            }
        }

        if (!_isStrict)
            return;
        CertificateView leaf = path[0];
        if (leaf.Purposes is null)
            Add(CertificateDefect.ExtensionMissing, 0, leaf, "no extendedKeyUsage", isFatal: false);
        else if (leaf.Purposes.Contains(ObjectIdentifiers.AnyExtendedKeyUsage))
            Add(CertificateDefect.PurposeNotAllowed, 0, leaf, "anyExtendedKeyUsage must not be used", isFatal: false);
        if (leaf.Find(ObjectIdentifiers.ExtendedKeyUsage) is { IsCritical: true })
            Add(CertificateDefect.CriticalityWrong, 0, leaf, "extendedKeyUsage must not be critical", isFatal: false);
    }

    private void JudgePathLength(IReadOnlyList<CertificateView> path, bool isAnchored)
    {
        int below = 0; // CA certificates between this one and the leaf that are not self-issued
        for (int depth = 1; depth < path.Count; depth++)
        {
            CertificateView view = path[depth];
            if (view.PathLength is { } length && below > length)
            {
                Add(CertificateDefect.PathTooLong, depth, view,
                    string.Create(CultureInfo.InvariantCulture, $"{below} CA certificates below it, its path length allows {length}"), isFatal: true);
            }

            bool isIntermediate = !isAnchored || depth < path.Count - 1;
            if (isIntermediate && !view.IsSelfIssued)
                below++;
        }

        if (policy.MostIntermediates is { } most && below > most)
        {
            Add(CertificateDefect.PathTooLong, path.Count - 1, path[^1],
                string.Create(CultureInfo.InvariantCulture, $"{below} CA certificates between leaf and root, {most} are allowed"), isFatal: true);
        }
    }

    // RFC 5280, section 6.1, with sets of policies in place of the tree: only whether one is left matters here, not how they qualify.
    private void JudgePolicies(IReadOnlyList<CertificateView> path)
    {
        long explicitPolicy = path.Count + 1, mapping = path.Count + 1, anyPolicy = path.Count + 1;
        HashSet<string> valid = [ObjectIdentifiers.AnyPolicy];
        for (int depth = path.Count - 2; depth >= 0; depth--)
        {
            CertificateView view = path[depth];
            bool isLeaf = depth == 0;
            HashSet<string> next = [];
            if (view.Policies is { } policies)
            {
                bool hadAny = valid.Contains(ObjectIdentifiers.AnyPolicy);
                foreach (string id in policies.Where(id => id is not ObjectIdentifiers.AnyPolicy && (hadAny || valid.Contains(id))))
                    next.Add(id);
                if (policies.Contains(ObjectIdentifiers.AnyPolicy) && (anyPolicy > 0 || (!isLeaf && view.IsSelfIssued)))
                    next.UnionWith(valid);
            }

            valid = next;
            if (!isLeaf)
            {
                foreach (IGrouping<string, (string Issuer, string Subject)> mapped in view.PolicyMappings.GroupBy(pair => pair.Issuer))
                {
                    bool isValid = valid.Remove(mapped.Key) || valid.Contains(ObjectIdentifiers.AnyPolicy);
                    if (isValid && mapping > 0)
                        valid.UnionWith(mapped.Select(pair => pair.Subject));
                }

                if (!view.IsSelfIssued)
                    (explicitPolicy, mapping, anyPolicy) = (Math.Max(0, explicitPolicy - 1), Math.Max(0, mapping - 1), Math.Max(0, anyPolicy - 1));
                mapping = Math.Min(mapping, view.InhibitPolicyMapping ?? mapping);
                anyPolicy = Math.Min(anyPolicy, view.InhibitAnyPolicy ?? anyPolicy);
                explicitPolicy = Math.Min(explicitPolicy, view.RequireExplicitPolicy ?? explicitPolicy);
            }
            else
            {
                explicitPolicy = view.RequireExplicitPolicy is 0 ? 0 : Math.Max(0, explicitPolicy - 1);
            }

            if (explicitPolicy == 0 && valid.Count == 0)
            {
                Add(CertificateDefect.PolicyNotAllowed, depth, view, "a CA requires explicit policies, and none is left here", isFatal: true);
                return;
            }
        }
    }

    private void JudgeRevocation(IReadOnlyList<CertificateView> path)
    {
        for (int depth = 0; depth < path.Count - 1; depth++)
        {
            CertificateView view = path[depth], issuer = path[depth + 1];
            foreach (RevocationList list in policy.RevocationLists)
            {
                if (view.Issuer is null || DistinguishedName.Read(list.Issuer.Span)?.Key != view.Issuer.Key)
                    continue;
                if (WrongWith(list, issuer) is { } why)
                    Add(CertificateDefect.RevocationListInvalid, depth, view, why, isFatal: true);
                else if (list.Contains(view.Certificate.SerialOctets.Span, out DateTimeOffset time, out _))
                    Add(CertificateDefect.Revoked, depth, view, string.Create(CultureInfo.InvariantCulture, $"revoked at {time:u}"), isFatal: true);
            }
        }
    }

    private string? WrongWith(RevocationList list, CertificateView issuer)
    {
        if (issuer.KeyUsage is not null && !issuer.HasUsage(CertificateView.CrlSign))
            return "the issuer's keyUsage lacks cRLSign";
        if (issuer.HasSigned(list.SignedOctets.Span, list.Algorithm.Span, list.Signature.Span) is not true)
            return "the list is not signed by the issuer's key";
        if (list.ThisUpdate > _now || list.NextUpdate < _now)
            return "the list is not of this time";
        CertificateExtension[] numbers = [.. list.Extensions.Where(extension => extension.Id is ObjectIdentifiers.CrlNumber)];
        return numbers is not [{ IsCritical: false }] ? numbers.Length == 0 ? "the list has no number" : "the number of the list is critical"
            : list.Extensions.Any(extension => extension.IsCritical && extension.Id is not ObjectIdentifiers.AuthorityKeyIdentifier)
                ? "the list has a critical extension that is not known"
                : null;
    }
}
