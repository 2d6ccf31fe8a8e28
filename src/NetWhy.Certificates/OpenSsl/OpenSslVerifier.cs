namespace NetWhy.Certificates;

/// <summary>Verifies certificates and comes to the verdict, and to the errors in their order, that OpenSSL comes to.</summary>
/// <remarks>
/// One path is built, greedily: trusted issuers before others. <see cref="PathBuilder"/> tries all ways, and knows better.
/// Source: X509_verify_cert(3ssl), openssl-verification-options(1), observed with OpenSSL 3.0.
/// </remarks>
/// <param name="store">Whom to trust.</param>
/// <param name="untrusted">Certificates that may stand between.</param>
/// <param name="lists">Revocation lists at hand, beside those of the store.</param>
/// <param name="settings">How.</param>
public sealed class OpenSslVerifier(
    IOpenSslStore store, IReadOnlyList<OpenSslCertificate> untrusted, IReadOnlyList<RevocationList> lists, OpenSslSettings settings)
{
    private readonly ILookup<string, OpenSslCertificate> _untrustedBySubject =
        untrusted.Where(certificate => certificate.SubjectName is not null).ToLookup(certificate => certificate.SubjectName!.Key, StringComparer.Ordinal);

    private readonly DateTimeOffset? _time = settings.Time;
    private readonly List<OpenSslError> _errors = [];
    private readonly List<OpenSslCertificate> _chain = [];
    private OpenSslPolicyTree? _policies;
    private int _untrustedCount;

    /// <summary>Verifies a certificate.</summary>
    /// <param name="leaf">The certificate.</param>
    public OpenSslVerdict Verify(OpenSslCertificate leaf)
    {
        ArgumentNullException.ThrowIfNull(leaf);
        _errors.Clear();
        _chain.Clear();
        _chain.Add(leaf);
        _untrustedCount = 1;
        _policies = null;
        bool isDone = FailsNot(!OpenSslAlgorithms.IsKeyStrong(leaf, settings.AuthLevel), 0, OpenSslCode.LeafKeyTooSmall)
            && BuildChain()
            && CheckExtensions()
            && CheckStrength()
            && CheckIdentity(leaf)
            && CheckKeys()
            && new OpenSslRevocation(_chain, store, lists, settings, _untrustedCount, Add).Check()
            && CheckSuiteB()
            && CheckSignatures()
            && CheckNameConstraints()
            && CheckResources()
            && CheckPolicies();
        if (!isDone && _errors.Count == 0)
            _errors.Add(new OpenSslError(OpenSslCode.Unspecified, 0, leaf));
        return new OpenSslVerdict([.. _errors], [.. _chain], _untrustedCount, _policies);
    }

    // Whether to go on behind an error.
    private bool Add(int code, int depth, bool hasSubject = true)
    {
        var error = new OpenSslError(code, depth, hasSubject ? _chain[depth] : null);
        _errors.Add(error);
        return error.LetsGoOn;
    }

    // Notes an error where something fails; whether to go on.
    private bool FailsNot(bool fails, int depth, int code) => !fails || Add(code, depth);

    // Whether one may have issued the other, the signature apart.
    private static bool HasIssued(OpenSslCertificate issuer, OpenSslCertificate subject) =>
        subject.IssuerName is not null && issuer.SubjectName?.Key == subject.IssuerName.Key
        && !issuer.Extensions.IsInvalid && !subject.Extensions.IsInvalid
        && subject.Extensions.FitsAuthority(issuer)
        && OpenSslAlgorithms.Fits(issuer, subject) == 0;

    private bool IsTimely(OpenSslCertificate certificate) =>
        _time is not { } now || (certificate.Times() is ({ } start, { } end) && start <= now && now < end);

    // The first that is valid now, else the one that expires last.
    private OpenSslCertificate? BestIssuer(IEnumerable<OpenSslCertificate> candidates, OpenSslCertificate subject)
    {
        OpenSslCertificate? best = null;
        foreach (OpenSslCertificate candidate in candidates)
        {
            if (!HasIssued(candidate, subject))
                continue;
            if (IsTimely(candidate))
                return candidate;
            if (best is null || candidate.Times().NotAfter > best.Times().NotAfter)
                best = candidate;
        }

        return best;
    }

    private bool BuildChain()
    {
        int most = Math.Min(settings.Depth, OpenSslSettings.UsualDepth * 100) + 1;
        List<OpenSslCertificate> used = [];
        bool seeksUntrusted = untrusted.Count > 0;
        OpenSslTrustVerdict trust = OpenSslTrustVerdict.Untrusted;
        while (true)
        {
            OpenSslCertificate current = _chain[^1];
            bool isRoot = current.IsSelfSigned;
            OpenSslCertificate? issuer = _chain.Count > most ? null : BestIssuer(store.Find(current, isIssuer: true), current);
            bool isMimic = issuer is not null && isRoot && !issuer.IsSameAs(current); // of the name of a root, and another certificate
            if (issuer is not null && !isMimic)
            {
                if (isRoot)
                {
                    _chain[^1] = issuer;
                    _untrustedCount = _chain.Count - 1;
                }
                else
                {
                    _chain.Add(issuer);
                    isRoot = issuer.IsSelfSigned;
                }

                seeksUntrusted = false;
                trust = JudgeTrust(_chain.Count - 1);
                if (trust is not OpenSslTrustVerdict.Untrusted)
                    break;
                if (!isRoot)
                    continue;
            }

            if (!seeksUntrusted)
                break;
            OpenSslCertificate? next = current.IsSelfSigned || _chain.Count > most ? null : BestIssuer(UntrustedIssuers(current, used), current);
            if (next is null)
                break;
            used.Add(next);
            _chain.Add(next);
            _untrustedCount++;
        }

        if (_chain.Count <= most && trust is OpenSslTrustVerdict.Untrusted && _chain.Count == _untrustedCount)
            trust = JudgeTrust(_chain.Count);
        if (trust is OpenSslTrustVerdict.Trusted)
            return true;
        if (trust is OpenSslTrustVerdict.Rejected)
            return false;
        int top = _chain.Count - 1;
        if (_chain.Count > most)
            return Add(OpenSslCode.ChainTooLong, top);
        int code = _chain[top].IsSelfSigned
            ? _chain.Count == 1 ? OpenSslCode.SelfSignedLeaf : OpenSslCode.SelfSignedInChain
            : _untrustedCount < _chain.Count ? OpenSslCode.UnableToGetIssuer : OpenSslCode.UnableToGetLocalIssuer;
        return Add(code, top);
    }

    private IEnumerable<OpenSslCertificate> UntrustedIssuers(OpenSslCertificate current, List<OpenSslCertificate> used)
    {
        if (current.IssuerName is not { } name)
            return [];
        bool mayRepeat = current.IsSelfIssued && _chain.Count == 1;
        return _untrustedBySubject[name.Key].Where(candidate =>
            !used.Contains(candidate) && (mayRepeat || !_chain.Exists(there => there.IsSameAs(candidate))));
    }

    // Judges those from a place of the path on; behind its end, whether the leaf itself is trusted.
    private OpenSslTrustVerdict JudgeTrust(int from)
    {
        for (int i = from; i < _chain.Count; i++)
        {
            switch (OpenSslTrust.Judge(_chain[i], settings.Purpose, countsRoots: true))
            {
                case OpenSslTrustVerdict.Trusted:
                    return OpenSslTrustVerdict.Trusted;
                case OpenSslTrustVerdict.Rejected:
                    _ = Add(OpenSslCode.Rejected, i);
                    return OpenSslTrustVerdict.Rejected;
            }
        }

        if (from < _chain.Count)
            return settings.AllowsPartialChain ? OpenSslTrustVerdict.Trusted : OpenSslTrustVerdict.Untrusted;
        if (!settings.AllowsPartialChain)
            return OpenSslTrustVerdict.Untrusted;
        OpenSslCertificate leaf = _chain[0];
        if (store.Find(leaf, isIssuer: false).FirstOrDefault(leaf.IsSameAs) is not { } match)
            return OpenSslTrustVerdict.Untrusted;
        if (OpenSslTrust.Judge(match, settings.Purpose, countsRoots: true) is OpenSslTrustVerdict.Rejected)
        {
            _ = Add(OpenSslCode.Rejected, 0);
            return OpenSslTrustVerdict.Rejected;
        }

        _chain[0] = match;
        _untrustedCount = 0;
        return OpenSslTrustVerdict.Trusted;
    }

    private bool CheckExtensions()
    {
        bool? mustBeAuthority = null; // of the leaf nothing is asked; below a proxy none may be a CA
        long below = 0, proxiesBelow = 0;
        for (int depth = 0; depth < _chain.Count; depth++)
        {
            OpenSslCertificate certificate = _chain[depth];
            OpenSslExtensions extensions = certificate.Extensions;
            int authority = OpenSslTrust.AuthorityOf(certificate);
            bool isTop = depth + 1 == _chain.Count;
            bool isWrong = mustBeAuthority switch
            {
                null => settings.IsStrict && authority is not (0 or 1),
                false => authority != 0,
                true => authority == 0 || ((!isTop || settings.IsStrict) && authority != 1),
            };
            if (!FailsNot(!settings.IgnoresCritical && extensions.HasUnknownCritical, depth, OpenSslCode.UnhandledCriticalExtension)
                || !FailsNot(!settings.AllowsProxies && extensions.IsProxy, depth, OpenSslCode.ProxyNotAllowed)
                || !FailsNot(isWrong, depth, mustBeAuthority is false ? OpenSslCode.InvalidNonCa : OpenSslCode.InvalidCa)
                || !CheckCurve(certificate, depth)
                || (settings.IsStrict && _chain.Count > 1 && !CheckForm(certificate, depth, isTop))
                || !CheckPurpose(certificate, depth, mustBeAuthority is true)
                || !FailsNot(depth > 1 && extensions.PathLength is { } length && below > length + proxiesBelow, depth, OpenSslCode.PathLengthExceeded))
            {
                return false;
            }

            if (depth > 0 && !certificate.IsSelfIssued)
                below++;
            if (extensions.IsProxy)
            {
                if (extensions.ProxyPathLength is { } proxies)
                {
                    if (!FailsNot(proxiesBelow > proxies, depth, OpenSslCode.ProxyPathLengthExceeded))
                        return false;
                    proxiesBelow = proxies;
                }

                proxiesBelow++;
            }

            mustBeAuthority = !extensions.IsProxy;
        }

        return true;
    }

    private bool CheckCurve(OpenSslCertificate certificate, int depth) => _chain.Count == 1 || OpenSslAlgorithms.HasExplicitCurve(certificate) switch
    {
        false => true,
        true => Add(OpenSslCode.ExplicitCurve, depth),
        null => Add(OpenSslCode.Unspecified, depth),
    };

    private bool CheckForm(OpenSslCertificate certificate, int depth, bool isTop)
    {
        OpenSslExtensions own = certificate.Extensions;
        bool isVersion3 = certificate.Certificate.Version >= 3;
        bool hasSubject = certificate.SubjectName is { IsEmpty: false };
        return FailsNot(own.PathLength is not null && !own.IsAuthority, depth, OpenSslCode.PathLengthOfNonCa)
            && FailsNot(own.PathLength is not null && !own.HasUsage(OpenSslExtensions.KeyCertSign), depth, OpenSslCode.PathLengthWithoutSigning)
            && FailsNot(own is { IsAuthority: true, HasBasicConstraints: true, HasCriticalBasicConstraints: false }, depth, OpenSslCode.BasicConstraintsUncritical)
            && (own.IsAuthority
                ? FailsNot(own.KeyUsage is null, depth, OpenSslCode.MissingKeyUsage)
                : FailsNot(own.HasUsage(OpenSslExtensions.KeyCertSign), depth, OpenSslCode.SigningOfNonCa))
            && FailsNot(certificate.IssuerName is not { IsEmpty: false }, depth, OpenSslCode.EmptyIssuer)
            && FailsNot((own.IsAuthority || own.HasUsage(OpenSslExtensions.CrlSign) || own.AlternativeNames is null) && !hasSubject, depth, OpenSslCode.EmptySubject)
            && FailsNot(!hasSubject && own.AlternativeNames is not null && !own.HasCriticalAlternativeNames, depth, OpenSslCode.EmptySubjectUncritical)
            && FailsNot(own.AlternativeNames is [], depth, OpenSslCode.EmptyAlternativeName)
            && FailsNot(!certificate.Certificate.SignedAlgorithm.Span.SequenceEqual(certificate.Certificate.OuterAlgorithm.Span), depth, OpenSslCode.SignatureAlgorithmInconsistency)
            && FailsNot(own.HasCriticalAuthorityKeyId, depth, OpenSslCode.AuthorityKeyIdCritical)
            && FailsNot(own.HasCriticalSubjectKeyId, depth, OpenSslCode.SubjectKeyIdCritical)
            && (isVersion3
                ? FailsNot(!isTop && own.AuthorityKeyId is null, depth, OpenSslCode.MissingAuthorityKeyId)
                    && FailsNot(own.IsAuthority && own.SubjectKeyId is null, depth, OpenSslCode.MissingSubjectKeyId)
                : FailsNot(certificate.Certificate.Extensions.Length > 0, depth, OpenSslCode.ExtensionsNeedVersion3));
    }

    private bool CheckPurpose(OpenSslCertificate certificate, int depth, bool asAuthority)
    {
        if (settings.Purpose is OpenSslPurpose.Unset)
            return true;
        OpenSslTrustVerdict trust = depth >= _untrustedCount
            ? OpenSslTrust.Judge(certificate, settings.Purpose, countsRoots: false)
            : OpenSslTrustVerdict.Untrusted;
        if (trust is OpenSslTrustVerdict.Trusted)
            return true;
        int suitability = trust is OpenSslTrustVerdict.Rejected ? 0 : OpenSslTrust.Suitability(certificate, settings.Purpose, asAuthority);
        return suitability == 1 || (suitability != 0 && !settings.IsStrict) || Add(OpenSslCode.InvalidPurpose, depth);
    }

    private bool CheckStrength()
    {
        for (int depth = 0; depth < _chain.Count && settings.AuthLevel > 0; depth++)
        {
            if (!FailsNot(depth > 0 && !OpenSslAlgorithms.IsKeyStrong(_chain[depth], settings.AuthLevel), depth, OpenSslCode.AuthorityKeyTooSmall)
                || !FailsNot(depth < _chain.Count - 1 && !OpenSslAlgorithms.IsSignatureStrong(_chain[depth], settings.AuthLevel), depth, OpenSslCode.DigestTooWeak))
            {
                return false;
            }
        }

        return true;
    }

    private bool CheckIdentity(OpenSslCertificate leaf) =>
        FailsNot(settings.HostName is { } host && leaf.Library?.IsForHost(host) is not true, 0, OpenSslCode.HostnameMismatch)
        && FailsNot(settings.MailAddress is { } mail && leaf.Library?.IsForMail(mail) is not true, 0, OpenSslCode.EmailMismatch)
        && FailsNot(settings.Address is { } address && leaf.Library?.IsForAddress(address) is not true, 0, OpenSslCode.AddressMismatch);

    private bool CheckSuiteB()
    {
        if (settings.SuiteB is OpenSslSuiteB.None)
            return true;
        (int code, int depth) = OpenSslSuiteBCheck.Check(_chain, settings.SuiteB);
        return FailsNot(code != 0, depth, code);
    }

    // A key that libcrypto cannot use ends it, whoever has it.
    private bool CheckKeys() => _chain[0].Library?.HasUsableKey is true;

    private bool CheckSignatures()
    {
        int depth = _chain.Count - 1;
        OpenSslCertificate issuer = _chain[depth];
        if (!HasIssued(issuer, issuer) && !settings.AllowsPartialChain)
        {
            if (depth == 0)
            {
                if (!Add(OpenSslCode.UnverifiableLeaf, 0))
                    return false;
            }
            else
            {
                depth--;
            }
        }

        for (; depth >= 0; depth--)
        {
            OpenSslCertificate subject = _chain[depth];
            bool isOwn = ReferenceEquals(issuer, subject);
            if ((!isOwn || (settings.ChecksRootSignature && issuer.IsSelfSigned)) && !CheckSignature(issuer, subject, depth, isOwn))
                return false;
            if (!CheckTimes(subject, depth))
                return false;
            issuer = subject;
        }

        return true;
    }

    private bool CheckSignature(OpenSslCertificate issuer, OpenSslCertificate subject, int depth, bool isOwn)
    {
        int issuerDepth = depth + (isOwn ? 0 : 1);
        int refusal = isOwn && !issuer.Extensions.IsAuthority ? 0
            : subject.Extensions.IsProxy
                ? issuer.Extensions.Forbids(OpenSslExtensions.DigitalSignature) ? OpenSslCode.NoDigitalSignature : 0
                : issuer.Extensions.Forbids(OpenSslExtensions.KeyCertSign) ? OpenSslCode.NoCertificateSigning : 0;
        if (!FailsNot(refusal != 0, issuerDepth, refusal))
            return false;
        return issuer.Library?.HasUsableKey is true
            ? FailsNot(subject.Library?.IsSignedBy(issuer.Library) is not true, depth, OpenSslCode.SignatureFailure)
            : Add(OpenSslCode.UndecodableIssuerKey, issuerDepth);
    }

    private bool CheckTimes(OpenSslCertificate certificate, int depth)
    {
        if (_time is not { } now)
            return true;
        (DateTimeOffset? start, DateTimeOffset? end) = certificate.Times();
        return FailsNot(start is null, depth, OpenSslCode.MalformedNotBefore)
            && FailsNot(start > now, depth, OpenSslCode.NotYetValid)
            && FailsNot(end is null, depth, OpenSslCode.MalformedNotAfter)
            && FailsNot(end <= now, depth, OpenSslCode.HasExpired);
    }

    private bool CheckNameConstraints()
    {
        for (int depth = _chain.Count - 1; depth >= 0; depth--)
        {
            OpenSslCertificate certificate = _chain[depth];
            if (depth != 0 && certificate.IsSelfIssued)
                continue;
            if (!FailsNot(certificate.Extensions.IsProxy && !HasProxyName(certificate), depth, OpenSslCode.ProxySubjectViolation))
                return false;
            for (int above = _chain.Count - 1; above > depth; above--)
            {
                if (_chain[above].Extensions.NameConstraints is not { } constraints)
                    continue;
                int code = constraints.Check(certificate);
                bool hasHostName = certificate.Extensions.AlternativeNames?.Exists(name => name.Kind is GeneralNameKind.Dns) is true;
                if (code == 0 && depth == 0 && !hasHostName)
                    code = constraints.CheckCommonNames(certificate);
                if (!FailsNot(code != 0, depth, code))
                    return false;
            }
        }

        return true;
    }

    // RFC 3820, section 3.4: the issuer's name and one common name more, which stands alone.
    private static bool HasProxyName(OpenSslCertificate proxy) =>
        proxy is { SubjectName: { } subject, IssuerName: { } issuer }
        && subject.Attributes.Count >= 2
        && subject.Attributes.Count == issuer.Attributes.Count + 1
        && subject.Length == issuer.Length + 1
        && subject.Attributes[^1].Type is ObjectIdentifiers.CommonName
        && subject.IsWithin(issuer);

    // Addresses and systems of RFC 3779 would have to be within those of the issuer, which is not looked at here: rather no than a wrong yes.
    private bool CheckResources()
    {
        int depth = _chain.FindIndex(certificate => certificate.Extensions.HasResources);
        return FailsNot(depth >= 0, Math.Max(0, depth), OpenSslCode.UnnestedResource);
    }

    private bool CheckPolicies()
    {
        if (!settings.ChecksPolicies)
            return true;
        int code = OpenSslPolicies.Check(_chain, settings, out _policies);
        if (code != OpenSslCode.InvalidPolicyExtension)
            return code == 0 || Add(code, 0, hasSubject: false);
        for (int depth = 0; depth < _chain.Count; depth++)
        {
            if (!FailsNot(_chain[depth].Extensions.Policies.IsInvalid, depth, code))
                return false;
        }

        return true;
    }
}
