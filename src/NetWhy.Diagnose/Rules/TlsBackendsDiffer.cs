using NetWhy.Diagnose.Tls;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Rules;

/// <summary>Of the servers behind one address, some refuse a version of TLS that others take.</summary>
/// <remarks>A balancer of connections passes each to another one; the same hello gets the same answer of one server every time.</remarks>
public sealed class TlsBackendsDiffer : IRule
{
    private const string Id = "tls-version-mismatch";

    /// <inheritdoc/>
    public RuleInfo Info { get; } = new("tls-backends-differ", Source: "RFC 8446, sections 4.1.1 and 4.2.1", Id);

    /// <inheritdoc/>
    public IEnumerable<Finding> Evaluate(EvidenceSet evidence)
    {
        foreach (TlsSurvey survey in evidence.All<TlsSurvey>())
        {
            TlsRepeatedHello[] partly = [.. (survey.Repeats ?? []).Where(repeat => repeat.IsPartlyRefused)];
            if (partly.Length == 0)
                continue;
            string versions = string.Join(", and those of ", partly.Select(repeat => $"{repeat.Offered.Replace("TLSv", "TLS ", StringComparison.Ordinal)} alone"));
            TlsRepeatedHello worst = partly.MaxBy(Refused)!;
            yield return new Finding(
                Id,
                Severity.Warning, // clients of both versions get through, and so do the others in part
                Where.Remote,
                $"Behind {ApplicationView.Endpoint(survey.Address, survey.Port)} are servers that differ: clients of {versions} are refused by some of them, {Refused(worst)} of {worst.Count} times.",
                [.. survey.Repeats!.Where(repeat => repeat.Answers.Count > 1).Select(repeat => survey.Weigh(repeat.IsPartlyRefused ? Weight.Decisive : Weight.Context, TlsOverview.InWords(repeat)))])
            {
                Subject = survey.Address,
                Remedies =
                [
                    new Remedy("Set all servers up alike (nginx: ssl_protocols TLSv1.2 TLSv1.3;), or take out of the pool what is not.", On: Fix.Server(survey.Address)),
                    new Remedy(
                        "Count what is answered to the same client.",
                        $"for i in $(seq 10); do openssl s_client -connect {ApplicationView.Endpoint(survey.Address, survey.Port)} -servername {survey.ServerName ?? survey.Address.ToString()} -{Option(worst)} </dev/null 2>&1 | grep -m1 -E 'Cipher is|alert'; done | sort | uniq -c"),
                ],
                Next = ["On the balancer: which servers are in the pool, and was one of them upgraded or left behind?"],
            };
        }
    }

    private static int Refused(TlsRepeatedHello repeat) => repeat.Answers.Where(answer => answer.Version is null).Sum(answer => answer.Count);

    private static ShellCommand Option(TlsRepeatedHello repeat) => repeat.Offered is "TLSv1.3" ? ShellCommand.Of($"tls1_3") : ShellCommand.Of($"tls1_2");
}
