using NetWhy.Diagnose.Tls;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Rules;

/// <summary>Of the servers behind one address, some refuse what others take: a version of TLS, or every hello, unless one limits them.</summary>
/// <remarks>A balancer of connections passes each to another one; the same hello gets the same answer of one server every time.</remarks>
public sealed class TlsBackendsDiffer : IRule
{
    private const string Version = "tls-version-mismatch";
    private const string Failed = "tls-handshake-failed";
    private const string VersionRefused = "alert protocol_version";

    /// <inheritdoc/>
    public RuleInfo Info { get; } = new("tls-backends-differ", Source: "RFC 8446, sections 4.1.1, 4.2.1 and 6.2", Version, Failed);

    /// <inheritdoc/>
    public IEnumerable<Finding> Evaluate(EvidenceSet evidence)
    {
        foreach (TlsSurvey survey in evidence.All<TlsSurvey>())
        {
            TlsRepeatedHello[] partly = [.. (survey.Repeats ?? []).Where(repeat => repeat.IsPartlyRefused)];
            if (partly.Length > 0)
                yield return partly.Any(IsOfEveryVersion) ? SomeRefuse(survey, partly) : VersionsDiffer(survey, partly);
        }
    }

    private static Finding VersionsDiffer(TlsSurvey survey, TlsRepeatedHello[] partly)
    {
        string versions = string.Join(", and those of ", partly.Select(repeat => $"{repeat.Offered.Replace("TLSv", "TLS ", StringComparison.Ordinal)} alone"));
        TlsRepeatedHello worst = partly.MaxBy(Refused)!;
        return new Finding(
            Version,
            Severity.Warning, // clients of both versions get through, and so do the others in part
            Where.Remote,
            $"Behind {ApplicationView.Endpoint(survey.Address, survey.Port)} are servers that differ: clients of {versions} are refused by some of them, {Refused(worst)} of {worst.Count} times.",
            [.. Reasons(survey)])
        {
            Subject = survey.Address,
            Remedies =
            [
                new Remedy("Set all servers up alike (nginx: ssl_protocols TLSv1.2 TLSv1.3;), or take out of the pool what is not.", On: Fix.Server(survey.Address)),
                CountAnswers(survey, worst),
            ],
            Next = ["On the balancer: which servers are in the pool, and was one of them upgraded or left behind?"],
        };
    }

    // Whatever is offered: no matter of versions.
    private static Finding SomeRefuse(TlsSurvey survey, TlsRepeatedHello[] partly)
    {
        TlsRepeatedHello usual = partly.First(IsOfEveryVersion);
        string alerts = string.Join(", ", usual.Answers.Where(answer => answer.Version is null).Select(answer => answer.Words));
        return new Finding(
            Failed,
            Severity.Critical,
            Where.Remote,
            $"{ApplicationView.Endpoint(survey.Address, survey.Port)} refuses some of equal handshakes ({alerts}), {Refused(usual)} of {usual.Count} times: a server behind it refuses all, or it limits them.",
            [.. Reasons(survey), survey.Weigh(Weight.HintAgainst, "the hellos came close together: whether it is a limit, slower ones tell")])
        {
            Subject = survey.Address,
            Remedies =
            [
                new Remedy(
                    usual.Answers.Any(answer => answer.Words is "alert unrecognized_name")
                        ? "Give those servers a certificate for the name, or take them out of the pool."
                        : "Look into the log of each server at the moment of the alert: no certificate or key, other cipher suites; or take those out of the pool that refuse.",
                    On: Fix.Server(survey.Address)),
                CountAnswers(survey, usual),
            ],
            Next =
            [
                "On the balancer: which servers are in the pool, and what does the handshake with each of them say (openssl s_client -connect SERVER)?",
                "Is some of one handshake a second refused as well? Then it is no limit.",
            ],
        };
    }

    private static IEnumerable<Reason> Reasons(TlsSurvey survey) => survey.Repeats!
        .Where(repeat => repeat.Answers.Count > 1)
        .Select(repeat => survey.Weigh(repeat.IsPartlyRefused ? Weight.Decisive : Weight.Context, TlsOverview.InWords(repeat)));

    private static Remedy CountAnswers(TlsSurvey survey, TlsRepeatedHello hello) => new(
        "Count what is answered to the same client.",
        $"for i in $(seq 10); do openssl s_client -connect {ApplicationView.Endpoint(survey.Address, survey.Port)} -servername {survey.ServerName ?? survey.Address.ToString()}{Option(hello)} </dev/null 2>&1 | grep -m1 -E 'Cipher is|alert'; done | sort | uniq -c");

    // One that offers several versions, and is refused for something else.
    private static bool IsOfEveryVersion(TlsRepeatedHello repeat) =>
        repeat.Offered.Contains('-', StringComparison.Ordinal) && repeat.Answers.Any(answer => answer is { Version: null, Words: not VersionRefused });

    private static int Refused(TlsRepeatedHello repeat) => repeat.Answers.Where(answer => answer.Version is null).Sum(answer => answer.Count);

    private static ShellCommand Option(TlsRepeatedHello repeat) => repeat.Offered switch
    {
        "TLSv1.3" => ShellCommand.Of($" -tls1_3"),
        "TLSv1.2" => ShellCommand.Of($" -tls1_2"),
        _ => default,
    };
}
