using NetWhy.Diagnose.Tls;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Rules;

/// <summary>The server takes versions or cipher suites that protect little or nothing.</summary>
public sealed class TlsWeakParameters : IRule
{
    private const string Id = "tls-weak-parameters";

    /// <inheritdoc/>
    public RuleInfo Info { get; } = new(Id, Source: "RFC 9325; RFC 7568; RFC 8996; RFC 7465; RFC 5746", Id);

    /// <inheritdoc/>
    public IEnumerable<Finding> Evaluate(EvidenceSet evidence)
    {
        foreach (TlsSurvey survey in evidence.All<TlsSurvey>())
        {
            TlsWeakness[] all = [.. TlsWeakness.Of(survey, evidence)];
            TlsWeakness[] broken = [.. all.Where(weakness => weakness.IsBroken)];
            if (all.Length == 0)
                continue;
            string server = ApplicationView.Endpoint(survey.Address, survey.Port);
            TlsWeakness[] told = broken.Length > 0 ? broken : all;
            yield return new Finding(
                Id,
                broken.Length > 0 ? Severity.Warning : Severity.Info,
                Where.Remote,
                $"{server} takes what {(broken.Length > 0 ? "protects nothing any more" : "is out of date")}: {string.Join("; ", told.Select(weakness => weakness.What))}.",
                [.. told.Select(weakness => survey.Weigh(Weight.Decisive, weakness.What))])
            {
                Subject = survey.Address,
                Remedies =
                [
                    new Remedy(
                        "Offer TLS 1.2 and 1.3 alone, with suites that have forward secrecy (nginx).",
                        "ssl_protocols TLSv1.2 TLSv1.3; ssl_ciphers ECDHE+AESGCM:ECDHE+CHACHA20; ssl_prefer_server_ciphers off;",
                        Fix.Server(survey.Address)),
                ],
                Next = ["Which clients still need the old ones? Let the service log version and suite of each connection for a while ($ssl_protocol, $ssl_cipher in nginx)."],
            };
        }
    }
}
