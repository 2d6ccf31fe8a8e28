using NetWhy.Certificates;
using NetWhy.Wire.Tls;

namespace NetWhy.Tools.OpenSsl;

/// <summary>Verdicts of <c>openssl verify</c> in plain words, and what RFC 5280 makes of the same certificates where it differs.</summary>
/// <param name="options">How it was verified.</param>
/// <param name="store">Who is trusted.</param>
/// <param name="untrusted">Who may stand between.</param>
/// <param name="lists">Revocation lists at hand.</param>
internal sealed class VerifyWhy(VerifyOptions options, VerifyStore store, List<OpenSslCertificate> untrusted, List<RevocationList> lists)
{
    private const string Difference = "second-opinion";

    /// <summary>What is to be said of a verdict.</summary>
    /// <param name="verdict">The verdict.</param>
    internal IReadOnlyList<Statement> Of(OpenSslVerdict verdict)
    {
        List<Statement> statements =
        [
            .. verdict.Errors.Select(error => OpenSslAdvice.Of(error, verdict, options.Settings, untrusted.Concat(store.Certificates))).Select(advice =>
                new Statement(advice.Kind, StatementSeverity.Critical, Sentence(advice.Text))
                {
                    Cause = advice.Cause,
                    Proof = advice.Proof,
                    Fixes = advice.Fix is { } fix ? [new StatementFix(fix, advice.Command)] : [],
                }),
        ];
        if (verdict.IsAccepted && options.Settings is { UsesDeltas: true, Time: { } now } && lists.Find(list => list.IsDelta && list.NextUpdate <= now) is { } late)
            statements.Add(new Statement(Difference, StatementSeverity.Warning, FormattableString.Invariant($"A delta list is valid no more since {late.NextUpdate:yyyy-MM-dd HH:mm:ss} UTC, and openssl does not ask: what was revoked since is not known.")));
        if (SecondOpinion(verdict) is { } other)
            statements.Add(other);
        return statements;
    }

    // Openssl follows one path; a path that all rules allow may be another. And it minds less than RFC 5280.
    private Statement? SecondOpinion(OpenSslVerdict verdict)
    {
        OpenSslSettings settings = options.Settings;
        OpenSslCertificate leaf = verdict.Chain[0];
        if (settings.Time is not { } time || leaf.Times() is not ({ }, { }))
            return null;
        var policy = new PathPolicy
        {
            Time = time,
            Profile = CertificateProfile.Rfc5280,
            Purpose = settings.Purpose switch
            {
                OpenSslPurpose.SslServer or OpenSslPurpose.NetscapeServer => CertificatePurpose.Server,
                OpenSslPurpose.SslClient => CertificatePurpose.Client,
                _ => CertificatePurpose.Any,
            },
            HostName = settings.HostName,
            Address = settings.Address,
            RevocationLists = settings.ChecksRevocation ? [.. lists] : [],
        };
        IEnumerable<Certificate> anchors = store.Certificates.Where(certificate => certificate is { TrustedFor: null, RejectedFor: null }).Select(certificate => certificate.Certificate);
        CertificatePath path = new PathBuilder(anchors, untrusted.Select(certificate => certificate.Certificate), policy).Build(leaf.Certificate);
        string way = string.Join(" ← ", path.Certificates.Select(certificate => certificate.Subject));
        if (!verdict.IsAccepted)
        {
            bool isOtherWay = verdict.Errors.All(error => error.Code is OpenSslCode.UnableToGetIssuer or OpenSslCode.UnableToGetLocalIssuer
                or OpenSslCode.SelfSignedInChain or OpenSslCode.HasExpired or OpenSslCode.NotYetValid or OpenSslCode.SignatureFailure);
            return path.IsAccepted && isOtherWay
                ? new Statement(Difference, StatementSeverity.Warning, $"There is a way that openssl does not take, and RFC 5280 allows it: {way}.")
                {
                    Fixes = path.Certificates[^1].IsSelfIssued ? [] : [new StatementFix("Its end is trusted here and is no root: openssl takes it with -partial_chain.", null)],
                }
                : null;
        }

        CertificateProblem[] minded = [.. path.Problems.Where(problem => problem.IsFatal)];
        return path.IsAnchored && minded.Length > 0
            ? new Statement(Difference, StatementSeverity.Warning, "openssl accepts it; other clients, held to RFC 5280, do not.")
            {
                Proof = [.. minded.Select(problem => $"{problem.Subject.Subject}: {problem.Detail}")],
            }
            : null;
    }

    private static string Sentence(string text) => text.Length == 0 ? text : char.ToUpperInvariant(text[0]) + text[1..];
}
