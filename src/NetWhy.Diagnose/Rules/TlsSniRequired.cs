using NetWhy.Evidence;

namespace NetWhy.Diagnose.Rules;

/// <summary>The server refuses the name in the ClientHello, or that there is none.</summary>
public sealed class TlsSniRequired : IRule
{
    private const string Id = "tls-sni-required";
    private const int UnrecognizedName = 112;

    /// <inheritdoc/>
    public RuleInfo Info { get; } = new(Id, Source: "RFC 6066, section 3", Id)
    {
        Explains = ["tls-handshake-*", "tls-cipher-mismatch"],
    };

    /// <inheritdoc/>
    public IEnumerable<Finding> Evaluate(EvidenceSet evidence)
    {
        var view = ApplicationView.Of(evidence);
        if (view.Failed(failed => failed is { Outcome: TlsOutcome.Alert, AlertIsOurs: false, ClientCertificateRequested: false }) is not { } failed)
            yield break;
        bool saysSo = failed.AlertCode is UnrecognizedName;
        TlsHandshake? cure = view.Cure("no-sni", "other-sni");
        if (!saysSo && cure is null)
            yield break;

        List<Reason> reasons = [];
        if (saysSo)
            reasons.Add(failed.Weigh(Weight.Decisive, $"the server answers {Sent(failed.ServerName)} with the alert unrecognized_name"));
        if (cure is not null)
        {
            reasons.Add(cure.Weigh(
                Weight.VeryStrong, $"with {Sent(cure.ServerName)} the handshake is made"));
        }

        string server = ApplicationView.Server(failed);
        yield return new Finding(
            Id,
            Severity.Critical,
            Where.Remote,
            failed.ServerName is { } name
                ? $"{server} has no site for the server name {name} and refuses the handshake."
                : $"{server} refuses a handshake without a server name (SNI), which an address as target cannot give.",
            [.. reasons])
        {
            Subject = failed.Address,
            Remedies =
            [
                failed.ServerName is { } wanted
                    ? new Remedy($"Add {wanted} to the names of a site (nginx: server_name; Apache httpd: ServerAlias).", On: Fix.Server(failed.Address))
                    : new Remedy("Use the name of the service instead of its address, and give the address aside.", $"curl --resolve NAME:{failed.Port}:{failed.Address} https://NAME:{failed.Port}/"),
                new Remedy("If the name is right, check that it leads to the right address."),
            ],
            Next = ["On the server: which names do its sites serve?"],
        };
    }

    private static string Sent(string? name) => name is null ? "no server name" : $"the server name {name}";
}
