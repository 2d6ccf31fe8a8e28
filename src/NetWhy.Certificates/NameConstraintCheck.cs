namespace NetWhy.Certificates;

/// <summary>Holds the names of a path against the constraints of the CAs above them. Source: RFC 5280, sections 4.2.1.10 and 6.1.3 (b), (c).</summary>
/// <param name="add">Takes a problem.</param>
/// <param name="budget">How much may be compared, over all paths that are tried.</param>
internal sealed class NameConstraintCheck(Action<CertificateDefect, int, CertificateView, string, bool> add, ComparisonBudget budget)
{

    internal void Judge(IReadOnlyList<CertificateView> path)
    {
        for (int depth = path.Count - 1; depth > 0; depth--)
        {
            if (path[depth].NameConstraints is not { } constraints)
                continue;
            for (int below = depth - 1; below >= 0; below--)
            {
                // Self-issued certificates below are a CA's new keys; only at the end of the path are they held to constraints.
                if (below > 0 && path[below].IsSelfIssued)
                    continue;
                if (!Judge(path[depth], constraints, path[below], below))
                    return;
            }
        }
    }

    // Whether to go on.
    private bool Judge(CertificateView authority, NameConstraints constraints, CertificateView view, int depth)
    {
        foreach (GeneralName name in NamesOf(view))
        {
            if (!budget.TrySpend(name, constraints))
            {
                add(CertificateDefect.TooMuchWork, depth, view, "too many names for too many constraints", true);
                return false;
            }

            GeneralName[] permitted = [.. constraints.Permitted.Where(constraint => constraint.Kind == name.Kind)];
            GeneralName[] excluded = [.. constraints.Excluded.Where(constraint => constraint.Kind == name.Kind)];
            if (permitted.Length + excluded.Length == 0)
                continue;

            string who = authority.Certificate.Subject;
            if (!NameConstraints.IsUnderstood(name.Kind))
                add(CertificateDefect.NameNotPermitted, depth, view, $"{who} constrains names of a kind that cannot be compared: {name.Describe()}", true);
            else if (excluded.Any(constraint => NameConstraints.Covers(constraint, name, isExclusion: true)))
                add(CertificateDefect.NameNotPermitted, depth, view, $"{name.Describe()} is excluded by {who}", true);
            else if (permitted.Length > 0 && !permitted.Any(constraint => NameConstraints.Covers(constraint, name, isExclusion: false)))
                add(CertificateDefect.NameNotPermitted, depth, view, $"{name.Describe()} is not among what {who} permits", true);
        }

        return true;
    }

    private static IEnumerable<GeneralName> NamesOf(CertificateView view)
    {
        foreach (GeneralName name in view.AlternativeNames ?? [])
            yield return name;
        if (view.Subject is not { IsEmpty: false } subject)
            yield break;
        yield return new GeneralName(GeneralNameKind.Directory, view.Certificate.SubjectOctets);
        if (view.AlternativeNames?.Any(name => name.Kind is GeneralNameKind.Mailbox) is true)
            yield break;
        foreach ((_, string value) in subject.Attributes.Where(attribute => attribute.Type is ObjectIdentifiers.EmailAddress))
            yield return new GeneralName(GeneralNameKind.Mailbox, System.Text.Encoding.Latin1.GetBytes(value));
    }
}
