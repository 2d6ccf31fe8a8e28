using NetWhy.Diagnose.Tls;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Rules;

/// <summary>A certificate is outside its dates, soon will be, or this machine's clock makes it seem so.</summary>
public sealed class TlsCertificateDates : IRule
{
    private const string Expired = "tls-certificate-expired";
    private const string NotYetValid = "tls-certificate-not-yet-valid";
    private const string Expiring = "tls-certificate-expiring";
    private const string ClockWrong = "tls-clock-wrong";
    private const int CodeNotYetValid = 9; // X509_V_ERR_CERT_NOT_YET_VALID
    private const int CodeExpired = 10; // X509_V_ERR_CERT_HAS_EXPIRED

    // Who renews when a third of the lifetime is left, as ACME clients do, has failed for half of that time by then. A
    // certificate for six days is never far from its end: RFC 8555, section 8.4; CA/Browser Forum, Baseline Requirements, "Short-lived".
    private const int ShareOfLifetime = 6;

    private static readonly TimeSpan Soon = TimeSpan.FromDays(14);
    private static readonly TimeSpan ClockSkew = TimeSpan.FromHours(1); // less is no reason to doubt a clock

    /// <inheritdoc/>
    public RuleInfo Info { get; } = new(
        "tls-certificate-dates",
        Source: "RFC 5280, section 4.1.2.5; openssl-verification-options(1)",
        Expired,
        NotYetValid,
        Expiring,
        ClockWrong)
    {
        Explains = ["tls-handshake-failed"],
    };

    /// <inheritdoc/>
    public IEnumerable<Finding> Evaluate(EvidenceSet evidence)
    {
        foreach (CertificateChain chain in ApplicationView.Of(evidence).Chains.DistinctBy(chain => chain.Address))
        {
            if (Judge(chain) is { } finding)
                yield return finding;
        }
    }

    private static Finding? Judge(CertificateChain chain)
    {
        int depth = chain.VerifyCode is CodeExpired or CodeNotYetValid ? chain.VerifyDepth : 0;
        CertificateFacts certificate = CertificatePath.At(chain, depth);
        if (chain.VerifyCode is CodeExpired || certificate.NotAfter < chain.At)
            return OutsideDates(chain, certificate, Expired, CodeExpired);
        if (chain.VerifyCode is CodeNotYetValid || certificate.NotBefore > chain.At)
            return OutsideDates(chain, certificate, NotYetValid, CodeNotYetValid);

        // What is sent beside the path that leads to trust may be as old as it likes.
        CertificateFacts? first = CertificatePath.Of(chain).FirstOrDefault(facts => IsSoonOver(facts, chain.At));
        bool isUsed = first is not null && (ReferenceEquals(first, chain.Certificates[0]) || chain.VerifyCode == 0);
        return isUsed ? AboutToExpire(chain, first!) : null;
    }

    private static bool IsSoonOver(CertificateFacts facts, DateTimeOffset now)
    {
        TimeSpan share = (facts.NotAfter - facts.NotBefore) / ShareOfLifetime;
        return facts.NotAfter - now < (share < Soon ? share : Soon);
    }

    private static Finding OutsideDates(
        CertificateChain chain, CertificateFacts certificate, string cause, int code)
    {
        bool isOwn = ReferenceEquals(certificate, chain.OwnAnchor);
        string which = Which(chain, certificate);
        bool isExpired = cause is Expired;
        List<Reason> reasons =
        [
            chain.Weigh(
                chain.VerifyCode == code ? Weight.Decisive : Weight.VeryStrong,
                isExpired
                    ? $"{which} was valid until {ApplicationView.InWords(certificate.NotAfter)}, {ApplicationView.Long(chain.At - certificate.NotAfter)} ago"
                    : $"{which} is valid from {ApplicationView.InWords(certificate.NotBefore)}, in {ApplicationView.Long(certificate.NotBefore - chain.At)}"),
        ];
        if (chain.VerifyCodeIgnoringDates is 0)
            reasons.Add(chain.Weigh(Weight.Strong, "but for its dates, the chain leads to a trusted root"));

        if (chain.ServerClockOffset is { } offset && offset.Duration() > ClockSkew)
        {
            DateTimeOffset theirs = chain.At + offset;
            bool isValidThere = theirs >= certificate.NotBefore && theirs <= certificate.NotAfter;
            if (isValidThere)
                return WrongClock(chain, which, offset);
            reasons.Add(chain.Weigh(Weight.Context, $"the server's clock differs from ours by {ApplicationView.Long(offset.Duration())}"));
        }
        else if (chain.ServerClockOffset is not null)
        {
            reasons.Add(chain.Weigh(Weight.Hint, "the server's clock agrees with ours"));
        }

        string when = isExpired
            ? $"expired on {ApplicationView.InWords(certificate.NotAfter)}"
            : $"is not valid before {ApplicationView.InWords(certificate.NotBefore)}";
        string whose = isOwn ? $"{which} of this machine, to which {Server(chain)} leads," : $"{which} of {Server(chain)}";
        return new Finding(
            cause, Severity.Critical, isOwn ? Where.Local : Where.Remote, $"{whose} {when}.", [.. reasons])
        {
            Subject = chain.Address,
            Remedies =
            [
                isOwn
                    ? new Remedy($"Bring the roots of this machine up to date ({chain.TrustStore}).", "apt-get install --only-upgrade ca-certificates && update-ca-certificates")
                    : isExpired && !ReferenceEquals(certificate, chain.Certificates[0])
                    ? Successor(chain, certificate)
                    : isExpired
                    ? Renewal.Of(chain, "Renew the certificate and reload the service", ShellCommand.Of($"certbot renew && systemctl reload nginx"))
                    : new Remedy("Install the certificate that is valid now, or wait; check the clock of the issuer."),
                new Remedy("Look at the dates that the server sends.", $"{ApplicationView.ShowCommand(chain)} | openssl x509 -noout -subject -dates"),
            ],
            Next = [ReferenceEquals(certificate, chain.Certificates[0])
                ? "On the server: does the service use the renewed file, and was it reloaded after the renewal?"
                : "On the server: does the file of the chain hold what the issuer hands out today, and was the service reloaded?"],
        };
    }

    // Above the leaf it is not the server's to renew.
    private static Remedy Successor(CertificateChain chain, CertificateFacts certificate) => new(
        $"Put the certificate of {certificate.Subject} that is valid now into the chain, from who issued the server's certificate ({chain.Certificates[0].Issuer}), and reload the service; if there is none, have the server's certificate issued anew.",
        On: Fix.Server(chain.Address));

    private static Finding WrongClock(CertificateChain chain, string which, TimeSpan offset) => new(
        ClockWrong,
        Severity.Critical,
        Where.Local,
        $"This machine's clock is {ApplicationView.Long(offset.Duration())} {(offset > TimeSpan.Zero ? "behind" : "ahead of")} the server's, so the certificate seems outside its dates.",
        [
            chain.Weigh(Weight.VeryStrong, $"{which} is valid at the time that the server's Date field gives"),
            chain.Weigh(Weight.Strong, $"the clocks differ by {ApplicationView.Long(offset.Duration())}"),
        ])
    {
        Subject = chain.Address,
        AlsoExplains = [Expired, NotYetValid, "tls-ocsp-problem"],
        Remedies = [new Remedy("Set the clock and keep it set.", "timedatectl set-ntp true")],
        Next = ["Compare with a third clock: one of the two is wrong."],
    };

    private static Finding AboutToExpire(CertificateChain chain, CertificateFacts certificate) => new(
        Expiring,
        Severity.Warning,
        Where.Remote,
        $"{Which(chain, certificate)} of {Server(chain)} expires on {ApplicationView.InWords(certificate.NotAfter)}, in {ApplicationView.Long(certificate.NotAfter - chain.At)}.",
        [chain.Weigh(Weight.Decisive, $"valid until {ApplicationView.InWords(certificate.NotAfter)}")])
    {
        Subject = chain.Address,
        Remedies = [!ReferenceEquals(certificate, chain.Certificates[0]) ? Successor(chain, certificate) : Renewal.Of(chain, "Renew it before then, and find out why that did not happen by itself", ShellCommand.Of($"certbot renew && systemctl reload nginx"))],
    };

    private static string Which(CertificateChain chain, CertificateFacts certificate) =>
        ReferenceEquals(certificate, chain.Certificates[0]) ? $"The certificate {certificate.Subject}"
        : ReferenceEquals(certificate, chain.OwnAnchor) ? $"The trusted certificate {certificate.Subject}"
        : certificate.IsSelfSigned ? $"The root certificate {certificate.Subject}"
        : $"The intermediate certificate {certificate.Subject}";

    private static string Server(CertificateChain chain) => ApplicationView.Server(chain);
}
