using NetWhy.Diagnose.Tls;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Rules;

/// <summary>No path leads from the certificate to a root that this machine trusts, and why.</summary>
public sealed class TlsTrust : IRule
{
    private const string SelfSigned = "tls-self-signed";
    private const string UntrustedRoot = "tls-untrusted-root";
    private const string MissingIntermediate = "tls-missing-intermediate";
    private const string StoreBroken = "tls-trust-store-broken";
    private const string Weak = "tls-weak-certificate";

    // X509_V_ERR codes. Source: openssl-verification-options(1), openssl/x509_vfy.h.
    private const int IssuerNotFound = 2;
    private const int SelfSignedLeaf = 18;
    private const int SelfSignedInChain = 19;
    private const int NoLocalIssuer = 20;
    private const int LeafUnverifiable = 21;
    private const int NotYetValid = 9; // rule tls-certificate-dates
    private const int Expired = 10;
    private const int Revoked = 23; // rule tls-revocation
    private const int LeafKeyTooSmall = 66;
    private const int AuthorityKeyTooSmall = 67;
    private const int DigestTooWeak = 68;

    private static readonly string[] IntermediateWords = ["intermediate", "issuing", "sub ca", "subordinate", "server ca", "tls ca"];

    /// <inheritdoc/>
    public RuleInfo Info { get; } = new(
        "tls-trust",
        Source: "RFC 5280, section 6; RFC 8446, section 4.4.2",
        SelfSigned,
        UntrustedRoot,
        MissingIntermediate,
        StoreBroken,
        Weak)
    {
        Explains = ["tls-handshake-failed"],
    };

    /// <inheritdoc/>
    public IEnumerable<Finding> Evaluate(EvidenceSet evidence)
    {
        foreach (CertificateChain chain in ApplicationView.Of(evidence).Chains.DistinctBy(chain => chain.Address))
        {
            if (chain.VerifyCode is 0 or NotYetValid or Expired or Revoked)
                continue;
            if (chain.VerifyCode is LeafKeyTooSmall or AuthorityKeyTooSmall or DigestTooWeak)
            {
                yield return TooWeak(chain);
                continue;
            }

            if (chain.VerifyCode is not (IssuerNotFound or SelfSignedLeaf or SelfSignedInChain or NoLocalIssuer or LeafUnverifiable))
            {
                yield return Unaccepted(chain);
                continue;
            }

            if (chain is { VerifyCode: not (SelfSignedLeaf or SelfSignedInChain), Namesake: { HasSigned: true, Difference: { } difference } signer })
            {
                yield return IdentifiersDiffer(chain, signer, difference, evidence);
                continue;
            }

            if (BrokenStore(chain) is { } broken)
                yield return broken;
            switch (chain.VerifyCode)
            {
                case SelfSignedLeaf:
                    yield return OwnSignature(chain);
                    break;
                case SelfSignedInChain:
                    yield return Untrusted(chain, [Verdict(chain, Weight.Decisive, "the server sends its own root, which is not trusted here")]);
                    break;
                case LeafUnverifiable or NoLocalIssuer or IssuerNotFound when chain.Namesake is { IsSent: true, HasSigned: true }:
                    yield return Unaccepted(chain); // the issuer's certificate is there, and OpenSSL does not take it
                    break;
                default:
                    FetchedIssuer? repair = evidence.Last<FetchedIssuer>(fetched => fetched.Repairs && fetched.Address.Equals(chain.Address) && fetched.Port == chain.Port);
                    if (chain.Namesake is not { IsSent: true, HasSigned: false, IsSelfIssued: true }) // a root made anew: nothing lacks between
                        yield return Missing(chain, repair);
                    yield return Untrusted(chain, ReasonsForStranger(chain, repair));
                    break;
            }
        }
    }

    private static Finding TooWeak(CertificateChain chain)
    {
        CertificateFacts weak = CertificatePath.At(chain, chain.VerifyDepth);
        string how = chain.VerifyCode is DigestTooWeak ? $"is signed by {weak.SignatureAlgorithm}" : $"has the key {weak.Key}";
        return new Finding(
            Weak,
            Severity.Critical,
            Where.Remote,
            $"The certificate {weak.Subject} that {Server(chain)} sends {how}, which is too weak for this machine.",
            [Verdict(chain, Weight.Decisive, $"certificate {chain.VerifyDepth} of the chain {how}")])
        {
            Subject = chain.Address,
            Remedies =
            [
                new Remedy("Have it issued again with a strong key and signature, on the server.", $"openssl req -new -newkey rsa:3072 -sha256 -noenc -keyout new.key -subj {"/CN=" + chain.ServerName} -out new.csr"),
                new Remedy("See the keys and signatures that the server sends.", ApplicationView.ShowCommand(chain)),
            ],
            Next = ["Which security level does this machine ask for (openssl.cnf, CipherString = DEFAULT@SECLEVEL=…)?"],
        };
    }

    /// <summary>Verification refuses the chain for a reason that has no name of its own here.</summary>
    private static Finding Unaccepted(CertificateChain chain)
    {
        CertificateFacts refused = CertificatePath.At(chain, chain.VerifyDepth);
        (string why, string next) = Defect(chain.VerifyCode);
        return new Finding(
            UntrustedRoot,
            Severity.Critical,
            Where.Remote,
            $"No trusted root vouches for the certificate of {Server(chain)}: {refused.Subject} {why} ({chain.VerifyText}).",
            [Verdict(chain, Weight.VeryStrong, $"certificate {chain.VerifyDepth} of the chain, {refused.Subject}, breaks it")])
        {
            Subject = chain.Address,
            Remedies =
            [
                Renewal.New(chain, "Install a certificate that is made for TLS servers, with its whole chain."),
                new Remedy("See what the server sends.", ApplicationView.ShowCommand(chain)),
            ],
            Next = [next],
        };
    }

    /// <summary>The issuer's certificate is there, its key made the signature, and what the certificate says of it is not so.</summary>
    private static Finding IdentifiersDiffer(CertificateChain chain, IssuerNamesake signer, string difference, EvidenceSet evidence)
    {
        CertificateFacts top = CertificatePath.Top(chain);
        string whose = signer.IsSent ? "that the server sends" : "that is trusted here";
        CertificateReview? review = evidence.Last<CertificateReview>(review => review.IsOf(chain));
        return new Finding(
            UntrustedRoot,
            Severity.Critical,
            Where.Remote,
            $"OpenSSL refuses the certificate of {Server(chain)}: {top.Subject} names another issuer's certificate by its identifier than the {signer.Subject} {whose}, whose key signed it.",
            [
                Verdict(chain, Weight.VeryStrong, $"it takes no {signer.Subject} whose identifiers differ for the issuer"),
                chain.Weigh(Weight.Strong, $"the key of {signer.Subject} {whose} made the signature"),
                chain.Weigh(Weight.VeryStrong, $"the identifiers differ: {difference}"),
                .. signer.LeadsToRoot || review is { IsAccepted: true }
                    ? [chain.Weigh(Weight.Context, "RFC 5280 does not have clients compare the identifiers: by it the chain leads to a trusted root, and some clients accept it")]
                    : Array.Empty<Reason>(),
            ])
        {
            Subject = chain.Address,
            Remedies =
            [
                Renewal.New(chain, $"Have {top.Subject} issued again, with the identifier of the certificate that its issuer uses now (authorityKeyIdentifier)."),
                new Remedy("Or send the certificate of the issuer that has the identifier, if there is one of the same key.", On: Fix.Server(chain.Address)),
                new Remedy("See the identifiers of what the server sends.", $"{ApplicationView.ShowCommand(chain)} | openssl x509 -noout -subject -ext subjectKeyIdentifier,authorityKeyIdentifier"),
            ],
            Next =
            [
                "Who issued the certificate: was its own made again since, with another identifier or serial number?",
                .. signer.LeadsToRoot ? Array.Empty<string>() : ["With identifiers that fit it may still lead to no trusted root: verify it again then."],
            ],
        };
    }

    // What the certificate that is refused has, and what to ask about it. Source: openssl-verification-options(1), x509_vfy.h; RFC 5280, section 6.1.
    private static (string Why, string Next) Defect(int code) => code switch
    {
        24 or 79 => ("signs others and is no authority", "Who issued the certificate: was the key of a server's certificate used, or is the authority's own made without CA:TRUE (basicConstraints)?"),
        25 => ("stands above more authorities than its path length allows", "The authority: may it issue certificates for other authorities (pathlen of its basicConstraints), and is a shorter chain at hand?"),
        26 => ("was issued for another purpose", "On the server: was a certificate for clients, e-mail or code installed (extendedKeyUsage)?"),
        32 => ("may not sign certificates", "Who issued the certificate: does its own allow keyCertSign (keyUsage)?"),
        34 => ("has a critical extension that is not known here", "Who issued the certificate: what is the extension for, and must it be critical? (openssl x509 -noout -text shows it)"),
        47 => ("has a name that an authority above it may not vouch for", "The authority: do the permitted names of its certificate (nameConstraints) hold the server's?"),
        48 => ("has a name that an authority above it must not vouch for", "The authority: do the excluded names of its certificate (nameConstraints) hold the server's?"),
        _ => ("is refused", "On the server: was the certificate issued for another purpose (client, e-mail, code), or by what is no authority?"),
    };

    private static Finding? BrokenStore(CertificateChain chain)
    {
        if (chain.TrustedRoots > 0 && chain.TrustStoreProblem is null)
            return null;
        string problem = chain.TrustStoreProblem ?? "it holds no root";
        return new Finding(
            StoreBroken,
            Severity.Critical,
            Where.Local,
            $"This machine has no usable roots to verify certificates with: {problem}.",
            [
                chain.Weigh(chain.TrustedRoots == 0 ? Weight.Decisive : Weight.Strong, $"{chain.TrustStore}: {chain.TrustedRoots} roots; {problem}"),
                Verdict(chain, Weight.Strong, "so no chain can be verified"),
            ])
        {
            AlsoExplains = [UntrustedRoot, MissingIntermediate, SelfSigned],
            Remedies =
            [
                new Remedy("Install the system's roots.", "apt-get install --reinstall ca-certificates && update-ca-certificates"),
                new Remedy("Unset or correct the variable that points elsewhere.", "unset SSL_CERT_FILE SSL_CERT_DIR"),
            ],
        };
    }

    private static Finding OwnSignature(CertificateChain chain)
    {
        CertificateFacts leaf = chain.Certificates[0];
        return new Finding(
            SelfSigned,
            Severity.Critical,
            Where.Remote,
            $"The certificate of {Server(chain)} ({leaf.Subject}) is signed by its own key and not trusted here.",
            [Verdict(chain, Weight.Decisive, $"subject and issuer are both {leaf.Subject}")])
        {
            Subject = chain.Address,
            Remedies =
            [
                Renewal.New(chain, "Install a certificate of a CA that the clients trust."),
                new Remedy("Or, if it is the right one, trust it on this machine.", InstallCommand(chain)),
            ],
            Next = [$"Compare its SHA-256 with the one on the server: {leaf.Fingerprint}."],
        };
    }

    private static Finding Missing(CertificateChain chain, FetchedIssuer? repair)
    {
        CertificateFacts top = CertificatePath.Top(chain);
        List<Reason> reasons =
        [
            Verdict(chain, Weight.Context, $"{chain.Certificates.Count} certificate(s) sent; {top.Subject} is issued by {top.Issuer}, which is neither sent nor known here"),
        ];
        if (repair is not null)
            reasons.Add(repair.Weigh(Weight.Decisive, $"with {repair.Subject}, fetched from {repair.Url}, the chain leads to a trusted root"));
        CertificateFacts[] beside = [.. chain.Certificates.Except(CertificatePath.Of(chain))];
        bool isOtherKey = chain.Namesake is { IsSent: true, HasSigned: false };
        if (isOtherKey)
            reasons.Add(chain.Weigh(Weight.VeryStrong, $"the {top.Issuer} that it sends has another key than the one that signed {top.Subject}"));
        else if (beside.FirstOrDefault(facts => facts.IsAuthority && facts.Subject != top.Issuer) is { } unused)
            reasons.Add(chain.Weigh(Weight.VeryStrong, $"what it sends besides, {unused.Subject}, is not the issuer: the chain has a gap"));
        if (chain.RelatedRoot is { } related)
            reasons.Add(chain.Weigh(Weight.VeryStrong, $"a root of the same organization is trusted: {related}"));
        if (top.IssuerUrl is { } url)
            reasons.Add(chain.Weigh(Weight.Strong, $"the certificate says where its issuer's certificate is: {url}"));
        if (NamesIntermediate(top.Issuer))
            reasons.Add(chain.Weigh(Weight.Strong, $"the issuer's name is that of an intermediate: {top.Issuer}"));
        if (NamesRoot(top.Issuer))
            reasons.Add(chain.Weigh(Weight.Against, $"the issuer's name is that of a root: {top.Issuer}"));
        if (chain.Certificates.Count == 1)
            reasons.Add(chain.Weigh(Weight.Hint, "the server sends the leaf alone"));
        else if (beside.Length == 0)
            reasons.Add(chain.Weigh(Weight.HintAgainst, "the server sends more than the leaf"));
        return new Finding(
            MissingIntermediate,
            Severity.Critical,
            Where.Remote,
            isOtherKey
                ? $"{Server(chain)} sends an intermediate certificate {top.Issuer} with another key, and not the one that signed {top.Subject}."
                : $"{Server(chain)} does not send the intermediate certificate {top.Issuer}.",
            [.. reasons])
        {
            Subject = chain.Address,
            Remedies =
            [
                new Remedy("Serve the whole chain: the leaf, then every intermediate.", "cat leaf.pem intermediate.pem > fullchain.pem", Fix.Server(chain.Address)),
                .. top.IssuerUrl is { } source ? [new Remedy("The missing certificate can be had from its issuer.", $"curl -O {source}")] : Array.Empty<Remedy>(),
                new Remedy("See what the server sends.", ApplicationView.ShowCommand(chain)),
            ],
            Next = ["Browsers may hide this: they fetch or remember intermediates. Other clients do not."],
        };
    }

    private static List<Reason> ReasonsForStranger(CertificateChain chain, FetchedIssuer? repair)
    {
        CertificateFacts top = CertificatePath.Top(chain);
        List<Reason> reasons = [Verdict(chain, Weight.Context, $"the chain ends with {top.Issuer}, which is not trusted here")];
        if (repair is not null)
            reasons.Add(repair.Weigh(Weight.RulesOut, $"with {repair.Subject}, fetched from {repair.Url}, it leads to a trusted root"));
        reasons.Add(chain.RelatedRoot is { } related
            ? chain.Weigh(Weight.Against, $"a root of the same organization is trusted: {related}")
            : chain.Weigh(Weight.Strong, $"no root of that organization is among the {chain.TrustedRoots} trusted ones"));
        if (NamesRoot(top.Issuer))
            reasons.Add(chain.Weigh(Weight.Strong, $"the issuer's name is that of a root: {top.Issuer}"));
        if (NamesIntermediate(top.Issuer))
            reasons.Add(chain.Weigh(Weight.Against, $"the issuer's name is that of an intermediate: {top.Issuer}"));
        if (chain.Namesake is { HasSigned: false } namesake)
        {
            reasons.Add(namesake is { IsSent: true, IsSelfIssued: true }
                ? chain.Weigh(Weight.VeryStrong, $"the server sends a root {top.Issuer} of another key than the one that signed {top.Subject}, as where the root was made anew")
                : namesake.IsSent
                ? chain.Weigh(Weight.Against, $"the server sends a {top.Issuer} of another key, as where an older or newer one was left in its file")
                : chain.Weigh(Weight.VeryStrong, $"a {top.Issuer} is trusted here, and has another key than the one that signed {top.Subject}"));
        }

        if (!ReferenceEquals(top, chain.Certificates[0]) && top.IsAuthority)
            reasons.Add(chain.Weigh(Weight.Strong, "the server sends intermediates, so it is the root that lacks"));
        if (top.IssuerUrl is not null)
            reasons.Add(chain.Weigh(Weight.HintAgainst, "the certificate says where its issuer's certificate is, as those below intermediates do"));
        return reasons;
    }

    private static Finding Untrusted(CertificateChain chain, List<Reason> reasons)
    {
        CertificateFacts top = CertificatePath.Top(chain);
        return new Finding(
            UntrustedRoot,
            Severity.Critical,
            Where.Unknown,
            $"The certificate of {Server(chain)} leads to {top.Issuer}, a root that this machine does not trust.",
            [.. reasons])
        {
            Prior = -5, // private CAs are commoner than forgotten intermediates where nothing else is known
            Subject = chain.Address,
            Remedies =
            [
                new Remedy("If that CA is your own, trust it on this machine.", InstallCommand(chain)),
                Renewal.New(chain, "Otherwise install a certificate of a CA that the clients trust."),
            ],
            Next = [$"Ask who runs {top.Issuer}: a CA of the company, or a device that intercepts TLS?"],
        };
    }

    private static Reason Verdict(CertificateChain chain, Weight weight, string meaning) =>
        chain.Weigh(weight, $"verification says {chain.VerifyCode} ({chain.VerifyText}) against {chain.TrustStore}: {meaning}");

    private static bool NamesRoot(string name) => name.Contains("root", StringComparison.OrdinalIgnoreCase);

    private static bool NamesIntermediate(string name) =>
        IntermediateWords.Any(word => name.Contains(word, StringComparison.OrdinalIgnoreCase)) && !NamesRoot(name);

    private static string Server(CertificateChain chain) => ApplicationView.Server(chain);

    private static ShellCommand InstallCommand(CertificateChain chain) =>
        ShellCommand.Of($"cp CA-FILE.pem /usr/local/share/ca-certificates/{chain.ServerName.Replace('/', '_')}.crt && update-ca-certificates");
}
