using System.Buffers;
using System.Numerics;
using NetWhy.Wire.Tls;

namespace NetWhy.Certificates;

/// <summary>Looks certificates of a path up on revocation lists. Source: RFC 5280, sections 5 and 6.3; X509_V_FLAG_CRL_CHECK of OpenSSL 3.0.</summary>
/// <param name="chain">The path.</param>
/// <param name="store">Has more lists.</param>
/// <param name="lists">Lists at hand.</param>
/// <param name="settings">Whether and when.</param>
/// <param name="untrusted">How many certificates of the path are not trusted themselves.</param>
/// <param name="add">Takes an error; tells whether to go on.</param>
internal sealed class OpenSslRevocation(
    List<OpenSslCertificate> chain, IOpenSslStore store, IReadOnlyList<RevocationList> lists, OpenSslSettings settings, int untrusted,
    Func<int, int, bool, bool> add)
{
    private const string IssuingPoint = "2.5.29.28";
    private const int RemoveFromList = 8; // reason removeFromCRL

    // What makes a list fit, the better the larger.
    private const int HasNoUnknown = 0x100;
    private const int IsInScope = 0x80;
    private const int IsTimely = 0x40;
    private const int IsOfIssuerName = 0x20;
    private const int IsByIssuer = 0x18;
    private const int IsOnPath = 0x08;
    private const int HasIssuerKey = 0x04;
    private const int IsDeltaTimely = 0x02;
    private const int Good = HasNoUnknown | IsTimely | IsInScope;

    internal bool Check()
    {
        if (!settings.ChecksRevocation)
            return true;
        int last = !settings.ChecksRevocationOfAll ? 0 : settings.AllowsPartialChain ? untrusted - 1 : chain.Count - 1;
        for (int depth = 0; depth <= last; depth++)
        {
            if (!Check(depth))
                return false;
        }

        return true;
    }

    private bool Check(int depth)
    {
        OpenSslCertificate certificate = chain[depth];
        if (certificate.Extensions.IsProxy)
            return true;
        Candidate? best = Best(lists, depth, null);
        if (best is not { Score: >= Good })
            best = Best(store.FindLists(certificate), depth, best);
        if (best is not { } found)
            return add(OpenSslCode.UnableToGetCrl, depth, true);
        if (!CheckList(found, depth))
            return false;
        if (found.Delta is not { } delta)
            return Look(found.List, certificate, depth);
        // What the delta list has removed again, the list does not count any more.
        bool isRemoved = delta.Contains(certificate.Certificate.SerialOctets.Span, out _, out int? reason) && reason == RemoveFromList;
        return CheckForm(found, delta, depth) && Look(delta, certificate, depth) && (isRemoved || Look(found.List, certificate, depth));
    }

    private Candidate? Best(IReadOnlyList<RevocationList> among, int depth, Candidate? known)
    {
        Candidate? best = null;
        int least = known?.Score ?? 0;
        foreach (RevocationList list in among)
        {
            int score = Score(list, depth, known, out OpenSslCertificate? issuer);
            if (score == 0 || score < least || (score == best?.Score && list.ThisUpdate <= best.Value.List.ThisUpdate))
                continue;
            best = new Candidate(list, score, issuer, null);
            least = score;
        }

        if (best is not { } found)
            return known;
        RevocationList? delta = DeltaOf(found.List, chain[depth], among);
        return found with { Delta = delta, Score = delta is not null && IsOfNow(delta) ? found.Score | IsDeltaTimely : found.Score };
    }

    // Source: RFC 5280, section 5.2.4; a certificate or a list with freshestCRL says that there are such.
    private RevocationList? DeltaOf(RevocationList list, OpenSslCertificate certificate, IReadOnlyList<RevocationList> among)
    {
        const string FreshestList = "2.5.29.46", Number = "2.5.29.20";
        if (!settings.UsesDeltas || !(Has(list, FreshestList) || certificate.Certificate.Extensions.Any(extension => extension.Id is FreshestList)))
            return null;
        return NumberOf(list, Number) is not { } number ? null : among.FirstOrDefault(delta =>
            NumberOf(delta, RevocationList.DeltaIndicator) <= number && NumberOf(delta, Number) > number
            && delta.Issuer.Span.SequenceEqual(list.Issuer.Span)
            && IsSame(delta, list, ObjectIdentifiers.AuthorityKeyIdentifier) && IsSame(delta, list, IssuingPoint));
    }

    private static BigInteger? NumberOf(RevocationList list, string id)
    {
        var number = new DerReader(list.Extensions.FirstOrDefault(extension => extension.Id == id).Value.Span);
        return number.Read(DerReader.Integer) ? new BigInteger(number.Value, isBigEndian: true) : null;
    }

    private static bool IsSame(RevocationList one, RevocationList other, string id)
    {
        ReadOnlyMemory<byte>[] own = [.. one.Extensions.Where(extension => extension.Id == id).Select(extension => extension.Value)];
        ReadOnlyMemory<byte>[] others = [.. other.Extensions.Where(extension => extension.Id == id).Select(extension => extension.Value)];
        return own.Length < 2 && own.Length == others.Length && (own.Length == 0 || own[0].Span.SequenceEqual(others[0].Span));
    }

    // How well a list fits; 0 if it does not.
    private int Score(RevocationList list, int depth, Candidate? known, out OpenSslCertificate? issuer)
    {
        issuer = null;
        IssuingScope scope = ScopeOf(list);
        // A delta list alone does not say who is revoked. Indirect lists and lists by reason are for others to understand.
        if (scope.IsMalformed || scope.IsPartial || list.IsDelta)
            return 0;
        OpenSslCertificate certificate = chain[depth];
        string? name = DistinguishedName.Read(list.Issuer.Span)?.Key;
        if (name is null || certificate.IssuerName?.Key != name)
            return 0;
        int score = IsOfIssuerName;
        if (!HasUnknownCritical(list))
            score |= HasNoUnknown;
        if (IsOfNow(list))
            score |= IsTimely;

        for (int place = Math.Min(depth + 1, chain.Count - 1); place < chain.Count && issuer is null; place++)
        {
            if (chain[place].SubjectName?.Key != name || !FitsKey(list, chain[place]))
                continue;
            issuer = chain[place];
            score |= HasIssuerKey | (place == Math.Min(depth + 1, chain.Count - 1) ? IsByIssuer : IsOnPath);
        }

        if (issuer is null)
            return 0;
        if (!scope.Covers(certificate))
            return score;
        // One at hand that is for all reasons keeps those of the store away, however old it is.
        return (known?.Score & IsInScope) is > 0 ? 0 : score | IsInScope;
    }

    private bool CheckList(Candidate found, int depth)
    {
        if (found.Issuer is not { } issuer)
            return add(OpenSslCode.UnableToGetCrlIssuer, depth, true);
        return (!issuer.Extensions.Forbids(OpenSslExtensions.CrlSign) || add(OpenSslCode.NoCrlSigning, depth, true))
            && ((found.Score & IsInScope) != 0 || add(OpenSslCode.DifferentCrlScope, depth, true))
            && CheckForm(found, found.List, depth);
    }

    // What is asked of a delta list too: its scope and its signer are those of its list.
    private bool CheckForm(Candidate found, RevocationList list, int depth)
    {
        OpenSslCertificate issuer = found.Issuer!;
        return CheckTimes(found, list, depth)
            && (issuer.Library?.HasUsableKey is true
                ? IsOfSuiteB(list, issuer, depth) && (IsSigned(list, issuer) || add(OpenSslCode.CrlSignatureFailure, depth, true))
                : add(OpenSslCode.UndecodableIssuerKey, depth, true));
    }

    // Where the list is of this time, OpenSSL does not ask when its delta list was; one that is fresh makes up for a list that has expired.
    private bool CheckTimes(Candidate found, RevocationList list, int depth)
    {
        if (settings.Time is not { } now || (found.Score & IsTimely) != 0)
            return true;
        return (list.ThisUpdate <= now || add(OpenSslCode.CrlNotYetValid, depth, true))
            && (list.NextUpdate is null || list.NextUpdate > now || (found.Score & IsDeltaTimely) != 0 || add(OpenSslCode.CrlHasExpired, depth, true));
    }

    private bool IsOfNow(RevocationList list) =>
        settings.Time is not { } now || (list.ThisUpdate <= now && (list.NextUpdate is null || list.NextUpdate > now));

    private static bool IsSigned(RevocationList list, OpenSslCertificate issuer) =>
        SignatureAlgorithm.Check(issuer.Certificate.PublicKeyInfo.Span, list.Algorithm.Span, list.SignedOctets.Span, list.Signature.Span) is Linux.SignatureCheck.Good;

    private bool IsOfSuiteB(RevocationList list, OpenSslCertificate issuer, int depth)
    {
        OpenSslSuiteB allowed = settings.SuiteB;
        int code = allowed is OpenSslSuiteB.None ? 0 : OpenSslSuiteBCheck.Check(issuer, SignatureAlgorithm.IdOf(list.Algorithm.Span), ref allowed);
        return code == 0 || add(code, depth, true);
    }

    private bool Look(RevocationList list, OpenSslCertificate certificate, int depth)
    {
        if (!settings.IgnoresCritical && HasUnknownCritical(list) && !add(OpenSslCode.UnhandledCriticalCrlExtension, depth, true))
            return false;
        return !list.Contains(certificate.Certificate.SerialOctets.Span, out _, out int? reason) || reason == RemoveFromList
            || add(OpenSslCode.Revoked, depth, true);
    }

    private static bool Has(RevocationList list, string id) => list.Extensions.Any(extension => extension.Id == id);

    private static bool HasUnknownCritical(RevocationList list) => list.HasCriticalEntry
        || list.Extensions.Any(extension => extension.IsCritical && extension.Id is not (IssuingPoint or ObjectIdentifiers.AuthorityKeyIdentifier or RevocationList.DeltaIndicator));

    private static bool FitsKey(RevocationList list, OpenSslCertificate issuer)
    {
        const byte KeyIdentifier = 0x80;
        CertificateExtension authority = list.Extensions.FirstOrDefault(extension => extension.Id is ObjectIdentifiers.AuthorityKeyIdentifier);
        if (authority.Id is null)
            return true;
        var outer = new DerReader(authority.Value.Span);
        if (!outer.Read(DerReader.Sequence))
            return false;
        var parts = new DerReader(outer.Value);
        return !parts.Read(KeyIdentifier) || issuer.Extensions.SubjectKeyId is not { } own || own.Span.SequenceEqual(parts.Value);
    }

    private static IssuingScope ScopeOf(RevocationList list)
    {
        CertificateExtension extension = list.Extensions.FirstOrDefault(one => one.Id is IssuingPoint);
        return extension.Id is null ? new IssuingScope() : IssuingScope.Read(extension.Value.Span);
    }

    private readonly record struct Candidate(RevocationList List, int Score, OpenSslCertificate? Issuer, RevocationList? Delta);

    // For which certificates a list is. Source: RFC 5280, section 5.2.5.
    private sealed record IssuingScope
    {
        internal bool IsMalformed { get; private init; }

        internal bool IsPartial { get; private init; }

        private bool IsForUsersOnly { get; init; }

        private bool IsForAuthoritiesOnly { get; init; }

        private bool IsForAttributesOnly { get; init; }

        private List<string>? Names { get; init; }

        internal static IssuingScope Read(ReadOnlySpan<byte> octets)
        {
            var outer = new DerReader(octets);
            if (!outer.Read(DerReader.Sequence))
                return new IssuingScope { IsMalformed = true };
            var scope = new IssuingScope();
            var parts = new DerReader(outer.Value);
            while (parts.Read() is OperationStatus.Done)
            {
                bool isSet = parts.Value is [not 0];
                scope = parts.Tag switch
                {
                    0xa0 => scope with { Names = OpenSslDistributionPoint.NamesOf(parts.Value) ?? [] },
                    0x81 => scope with { IsForUsersOnly = isSet },
                    0x82 => scope with { IsForAuthoritiesOnly = isSet },
                    0x83 => scope with { IsPartial = true },
                    0x84 => scope with { IsPartial = scope.IsPartial || isSet },
                    0x85 => scope with { IsForAttributesOnly = isSet },
                    _ => scope with { IsMalformed = true },
                };
            }

            int kinds = (scope.IsForUsersOnly ? 1 : 0) + (scope.IsForAuthoritiesOnly ? 1 : 0) + (scope.IsForAttributesOnly ? 1 : 0);
            return !parts.IsAtEnd || kinds > 1 ? scope with { IsMalformed = true } : scope;
        }

        internal bool Covers(OpenSslCertificate certificate)
        {
            bool isAuthority = certificate.Extensions.IsAuthority;
            if (IsForAttributesOnly || (isAuthority ? IsForUsersOnly : IsForAuthoritiesOnly))
                return false;
            string? issuer = certificate.IssuerName?.Key;
            bool isNamed = certificate.Extensions.DistributionPoints.Exists(point =>
                (point.Issuers is null || (issuer is not null && point.Issuers.Contains(issuer)))
                && (Names is null || point.FullNames is null || point.FullNames.Exists(Names.Contains)));
            return isNamed || Names is null;
        }
    }
}
