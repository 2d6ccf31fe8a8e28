using System.Collections.Immutable;
using System.Globalization;

namespace NetWhy.Certificates;

/// <summary>An error of verification in plain words.</summary>
/// <param name="Kind">What it is, in kebab case.</param>
/// <param name="Cause">Id of the cause that is explained elsewhere; null if there is none.</param>
/// <param name="Text">Which certificate breaks which rule; contains text from certificates, unescaped.</param>
/// <param name="Proof">The comparison that failed.</param>
/// <param name="Fix">What to do; null if there is nothing.</param>
/// <param name="Command">A command to copy; null if there is none.</param>
public sealed record OpenSslAdvice(string Kind, string? Cause, string Text, ImmutableArray<string> Proof, string? Fix, string? Command)
{
    /// <summary>Puts an error into words.</summary>
    /// <param name="error">The error.</param>
    /// <param name="verdict">What came of verification.</param>
    /// <param name="settings">How it was verified.</param>
    /// <param name="others">All certificates at hand, trusted or not.</param>
    public static OpenSslAdvice Of(OpenSslError error, OpenSslVerdict verdict, OpenSslSettings settings, IEnumerable<OpenSslCertificate> others)
    {
        ArgumentNullException.ThrowIfNull(error);
        ArgumentNullException.ThrowIfNull(verdict);
        ArgumentNullException.ThrowIfNull(settings);
        OpenSslCertificate certificate = error.Subject ?? verdict.Chain[Math.Min(error.Depth, verdict.Chain.Length - 1)];
        string who = Who(certificate, error.Depth, verdict);
        switch (error.Code)
        {
            case OpenSslCode.UnableToGetLocalIssuer or OpenSslCode.UnableToGetIssuer or OpenSslCode.UnverifiableLeaf:
                return MissingIssuer(certificate, who, others);
            case OpenSslCode.SelfSignedLeaf:
                return new("self-signed", "tls-self-signed", $"{who} is signed with its own key, and is not trusted here.", [],
                    "If it is yours: give it with -CAfile, or put it among the roots of those who shall trust it. A stranger's must not be trusted.", null);
            case OpenSslCode.SelfSignedInChain:
                return new("untrusted-root", "tls-untrusted-root", $"The path ends at the root {certificate.Certificate.Subject}, which is not trusted here.", [],
                    "If it is the root of your own CA, give it with -CAfile; a root that came with the certificate proves nothing.", null);
            case OpenSslCode.HasExpired:
                return new("expired", "tls-certificate-expired", $"{who} has expired.", [Time(certificate.Certificate.NotAfter, "notAfter", settings)],
                    error.Depth == 0 ? "Renew it, and have the service load the new one." : "Put the CA's newer certificate in its place: the CA has it on its web site.", null);
            case OpenSslCode.NotYetValid:
                return new("not-yet-valid", "tls-certificate-not-yet-valid", $"{who} is not valid yet.", [Time(certificate.Certificate.NotBefore, "notBefore", settings)],
                    "Compare the clock of this machine; if it is right, wait, or have the certificate issued again.", "timedatectl");
            case OpenSslCode.HostnameMismatch or OpenSslCode.AddressMismatch or OpenSslCode.EmailMismatch:
                string asked = (error.Code == OpenSslCode.HostnameMismatch ? settings.HostName
                    : error.Code == OpenSslCode.AddressMismatch ? settings.Address?.ToString() : settings.MailAddress) ?? "";
                string names = string.Join(", ", (certificate.Extensions.AlternativeNames ?? []).Take(20).Select(name => name.Describe()));
                return new("name-mismatch", "tls-name-mismatch", $"{who} is not for {asked}.",
                    [names.Length == 0 ? "it has no subjectAltName" : $"it is for {names}"],
                    "Have it issued with that name among its alternative names, or use a name that it is for.", null);
            case OpenSslCode.InvalidCa:
                return new("not-a-ca", null, $"{who} signed the one below it, and may not: it is no CA.", [WhyNoAuthority(certificate)],
                    "Have what is below signed by a CA (basicConstraints CA:TRUE; keyUsage, where it is there, with keyCertSign).", null);
            case OpenSslCode.NoCertificateSigning:
                return new("may-not-sign", null, $"The key of {who} may not sign certificates, and signed the one below.", ["its keyUsage lacks keyCertSign"],
                    "Have what is below signed by a CA that may.", null);
            case OpenSslCode.InvalidPurpose:
                return new("purpose", null, $"{who} is not for the purpose that was asked for.", [Purposes(certificate)],
                    error.Depth == 0 ? "Have it issued for that purpose (extendedKeyUsage, keyUsage), or ask for another with -purpose."
                        : "The CA may not issue for that purpose: use another CA, or trust this one explicitly.", null);
            case OpenSslCode.Rejected:
                return new("rejected", null, $"{who} is trusted for other purposes only: the trust settings beside it say so.",
                    [.. Settings("trusted for", certificate.TrustedFor), .. Settings("rejected for", certificate.RejectedFor)],
                    "Change the settings (openssl x509 -addtrust, -clrreject) if they are wrong.", null);
            case OpenSslCode.SignatureFailure:
                return new("bad-signature", null, $"The signature of {who} was not made by the key of {certificate.Certificate.Issuer} that is at hand.", [],
                    "It was changed, or the CA has another certificate with the same name and another key: get that one.", null);
            case OpenSslCode.PathLengthExceeded:
                return new("path-length", null, $"{who} allows fewer CAs below it than there are.",
                    [string.Create(CultureInfo.InvariantCulture, $"its path length is {certificate.Extensions.PathLength}")],
                    "Have the leaf issued by a CA that stands higher, or that CA's certificate issued with a larger path length.", null);
            case OpenSslCode.ChainTooLong:
                return new("chain-too-long", null, string.Create(CultureInfo.InvariantCulture, $"The path is longer than the {settings.Depth} certificates that are allowed between leaf and root."), [],
                    "Allow more with -verify_depth.", null);
            case OpenSslCode.UnhandledCriticalExtension:
                return new("unknown-critical-extension", null, $"{who} has an extension that is critical and that verification does not know.",
                    [.. certificate.Certificate.Extensions.Where(extension => extension.IsCritical && !OpenSslExtensions.IsSupported(extension.Id)).Select(extension => $"critical: {extension.Id}")],
                    "Have it issued without; -ignore_critical shows what else there is.", null);
            case OpenSslCode.PermittedViolation or OpenSslCode.ExcludedViolation:
                return new("name-constraints", null, $"A name in {who} is {(error.Code == OpenSslCode.ExcludedViolation ? "excluded" : "not permitted")} by the name constraints of a CA above it.",
                    [$"its names: {string.Join(", ", (certificate.Extensions.AlternativeNames ?? []).Take(20).Select(name => name.Describe()))}; its subject: {certificate.Certificate.Subject}"],
                    "Have it issued by a CA that may issue for these names.", null);
            case OpenSslCode.LeafKeyTooSmall or OpenSslCode.AuthorityKeyTooSmall:
                return new("weak-key", "tls-weak-certificate", $"The key of {who} is too weak.",
                    [string.Create(CultureInfo.InvariantCulture, $"{certificate.Certificate.Key}, worth {certificate.Library?.KeySecurityBits} bits; asked for is level {settings.AuthLevel}")],
                    "Have it issued anew with a key of RSA 2048 or EC P-256 and more.", null);
            case OpenSslCode.DigestTooWeak:
                return new("weak-signature", "tls-weak-certificate", $"The signature of {who} is too weak.",
                    [string.Create(CultureInfo.InvariantCulture, $"{certificate.Certificate.SignatureAlgorithm}, worth {certificate.Library?.SignatureSecurityBits} bits; asked for is level {settings.AuthLevel}")],
                    "Have it issued anew with SHA-256.", null);
            case OpenSslCode.Revoked:
                return new("revoked", "tls-revoked", $"{who} was revoked by its issuer.", [$"serial number {certificate.Certificate.Serial}"],
                    "Use no more: have a new one issued, with a new key if the old one is lost.", null);
            case OpenSslCode.UnableToGetCrl:
                return new("no-revocation-list", null, $"There is no revocation list for {who}.", [$"one by {certificate.Certificate.Issuer} is needed"],
                    "Fetch it from the certificate's CRL distribution point (netwhy openssl x509 -ext crlDistributionPoints) and give it with -CRLfile.", null);
            case OpenSslCode.CrlHasExpired or OpenSslCode.CrlNotYetValid or OpenSslCode.CrlSignatureFailure or OpenSslCode.DifferentCrlScope or OpenSslCode.NoCrlSigning:
                return new("revocation-list", null, $"The revocation list for {who} does not count: {Linux.LibraryCertificate.ErrorText(error.Code)}.", [],
                    "Fetch the CA's current list and give it with -CRLfile.", null);
            case OpenSslCode.NoExplicitPolicy or OpenSslCode.InvalidPolicyExtension:
                return new("policy", null, error.Code == OpenSslCode.NoExplicitPolicy ? "No certificate policy is left at the end of the path, and one is required." : $"What {who} says of policies is malformed, or names one twice.",
                    settings.Policies is [] ? ["no policy was named: openssl then takes none, where RFC 5280 would take any"] : [],
                    settings.Policies is [] ? "Name those that count with -policy; 2.5.29.32.0 stands for any." : "Have it issued with the policy that is required, or drop -explicit_policy.", null);
            case OpenSslCode.OutOfMemory:
                return new("policy", null, "The certificates of the path name and map so many policies that openssl gives up, without saying so: an attack looks like this.", [], "Have the path issued with fewer policies.", null);
            case OpenSslCode.ProxyNotAllowed:
                return new("proxy", null, $"{who} is a proxy certificate (RFC 3820), and these are not allowed.", [], "Allow them with -allow_proxy_certs.", null);
            case OpenSslCode.UnnestedResource:
                return new("resources", null, $"{who} has addresses or system numbers (RFC 3779); netwhy does not check whether they are within those of its issuer.", [],
                    "Have it verified by openssl, or by a validator of the RPKI.", null);
            default:
                return new("invalid", null, $"{who}: {Linux.LibraryCertificate.ErrorText(error.Code)}.", [], null, null);
        }
    }

    private static OpenSslAdvice MissingIssuer(OpenSslCertificate certificate, string who, IEnumerable<OpenSslCertificate> others)
    {
        string issuer = certificate.Certificate.Issuer;
        (OpenSslCertificate? namesake, IssuerMatch? match) = others
            .Where(other => other.SubjectKey is not null && other.SubjectKey == certificate.IssuerKey)
            .Select(other => (other, IssuerMatch.Of(certificate.Certificate, other.Certificate)))
            .OrderByDescending(one => one.Item2 is { HasSigned: true })
            .FirstOrDefault();
        if (namesake is { Extensions.IsInvalid: true } || certificate.Extensions.IsInvalid)
        {
            string invalid = certificate.Extensions.IsInvalid ? who : $"The certificate of its issuer {issuer}";
            return new("invalid-extension", null, $"{invalid} has an extension that cannot be read, or twice; openssl then takes it as nobody's issuer.", [],
                "Have it issued anew: netwhy openssl x509 -text shows its extensions.", null);
        }

        if (match is { HasSigned: true, Difference: { } differing } && !certificate.IsSelfIssued)
        {
            return new("wrong-identifier", "tls-untrusted-root", $"The key of {issuer} signed {who}, which names another certificate of it by its identifier; openssl then takes it as nobody's issuer.", [differing],
                "Have it issued again, with the identifier of the CA's certificate of today. Clients that do not compare identifiers, as RFC 5280 lets them, accept it.", null);
        }

        if (namesake is not null && !certificate.IsSelfIssued)
        {
            string difference = !certificate.Extensions.FitsAuthority(namesake) ? "its key identifier, serial number or issuer is another" : "its key is of another kind than the signature";
            return new("wrong-issuer", "tls-missing-intermediate", $"There is a certificate of {issuer}, and it is not the one that issued {who}.", [difference],
                "Get the CA's certificate with the right key: a CA that was renewed has several of the same name.", Fetch(certificate));
        }

        string? url = certificate.Certificate.IssuerUrl;
        return new("missing-issuer", "tls-missing-intermediate", $"No certificate of {issuer} is at hand, the issuer of {who}.",
            url is null ? [] : [$"its issuer's certificate is at {url}"],
            "If that is an intermediate CA: a server must send it (openssl verify takes it by -untrusted). If it is the root: give it with -CAfile.", Fetch(certificate));
    }

    private static string? Fetch(OpenSslCertificate certificate) =>
        certificate.Certificate.IssuerUrl is { } url && url.All(c => char.IsAsciiLetterOrDigit(c) || ":/.-_~%?=&+".Contains(c, StringComparison.Ordinal))
            ? $"curl -s '{url}' | openssl x509 -out issuer.pem"
            : null;

    private static string Who(OpenSslCertificate certificate, int depth, OpenSslVerdict verdict)
    {
        string place = depth == 0 ? "the certificate" : depth >= verdict.Untrusted ? "the trusted certificate" : "the CA certificate";
        return string.Create(CultureInfo.InvariantCulture, $"{place} {certificate.Certificate.Subject} (depth {depth})");
    }

    private static string Time(DateTimeOffset time, string name, OpenSslSettings settings) =>
        string.Create(CultureInfo.InvariantCulture, $"{name} is {time:u}; it was verified for {settings.Time:u}");

    private static string WhyNoAuthority(OpenSslCertificate certificate)
    {
        OpenSslExtensions own = certificate.Extensions;
        return own.Forbids(OpenSslExtensions.KeyCertSign) ? "its keyUsage lacks keyCertSign"
            : own.HasBasicConstraints ? own.IsAuthority ? "it is one only by what strictness does not take" : "its basicConstraints say CA:FALSE"
            : "it has no basicConstraints";
    }

    private static string Purposes(OpenSslCertificate certificate) => certificate.Extensions.Purposes is { } purposes
        ? $"its extendedKeyUsage: {string.Join(", ", purposes.Take(20).Select(PurposeName))}"
        : "its keyUsage or nsCertType do not allow it";

    private static string PurposeName(string id) => id switch
    {
        ObjectIdentifiers.ServerAuthentication => "TLS servers",
        ObjectIdentifiers.ClientAuthentication => "TLS clients",
        ObjectIdentifiers.AnyExtendedKeyUsage => "any",
        "1.3.6.1.5.5.7.3.3" => "code signing",
        "1.3.6.1.5.5.7.3.4" => "mail",
        "1.3.6.1.5.5.7.3.8" => "time stamps",
        "1.3.6.1.5.5.7.3.9" => "OCSP",
        _ => id,
    };

    private static IEnumerable<string> Settings(string what, IReadOnlyList<string>? purposes) =>
        purposes is null ? [] : [$"{what} {string.Join(", ", purposes.Take(20).Select(PurposeName))}"];
}
