using NetWhy.Evidence;

namespace NetWhy.Diagnose.Rules;

/// <summary>The application answers, and refuses the request as it is: 4xx.</summary>
public sealed class HttpClientError : IRule
{
    private const string Id = "http-client-error";

    /// <inheritdoc/>
    public RuleInfo Info { get; } = new(Id, Source: "RFC 9110, section 15.5; RFC 6585", Id);

    /// <inheritdoc/>
    public IEnumerable<Finding> Evaluate(EvidenceSet evidence)
    {
        var view = ApplicationView.Of(evidence);
        foreach (HttpExchange http in view.Exchanges
            .Where(http => http.Status is >= 400 and < 500)
            .DistinctBy(http => http.Address))
        {
            (string meaning, Remedy remedy) = Explain(http);
            TlsHandshake? asking = http.Status is 401 or 403
                ? view.Handshakes.FirstOrDefault(handshake => handshake.ClientCertificateRequested && handshake.Address.Equals(http.Address) && handshake.Port == http.Port)
                : null;
            if (asking is not null && http.Status is 403)
                meaning = "it forbids it (no client certificate was presented, which it asked for in TLS; or an access rule, web application firewall, missing index)";
            string fine = asking is not null || !IsOverTls(http) ? "The network is" : "Network and TLS are";
            yield return new Finding(
                Id,
                Severity.Warning,
                Where.Remote,
                $"{ApplicationView.Server(http)} answers {http.Status} {http.Reason} to {http.Url}: {meaning}. {fine} fine.",
                [
                    http.Weigh(Weight.Decisive, $"the answer is {http.Status} {http.Reason} in {ApplicationView.InWords(http.Elapsed)}"),
                    .. asking is not null
                        ? [asking.Weigh(Weight.Context, "the server asked for a client certificate and got none: perhaps that is what it minds")] : Array.Empty<Reason>(),
                    .. http.Excerpt is { } page ? [http.Weigh(Weight.Context, $"it begins: {page}")] : Array.Empty<Reason>(),
                ])
            {
                Subject = http.Address,
                Remedies = [remedy],
                Next = ["On the server: the access log says which rule or handler refused."],
            };
        }
    }

    private static bool IsOverTls(HttpExchange http) => http.Url.StartsWith("https:", StringComparison.OrdinalIgnoreCase);

    private static (string Meaning, Remedy Remedy) Explain(HttpExchange http) => http.Status switch
    {
        401 => (
            $"it wants credentials{(http.Headers.GetValueOrDefault("www-authenticate") is { } challenge ? $" ({challenge})" : "")}",
            new Remedy("Send the credentials that it asks for.", $"curl -u USER {http.Url}")),
        403 => (
            "it knows who asks and forbids it (access rule, web application firewall, missing index)",
            new Remedy("Correct the rule or the file permissions, or have access granted.", On: Fix.Server(http.Address))),
        404 => (
            "it has nothing at that path, or the wrong site answers for the name",
            new Remedy("Check the path, and that the server has a site for this name.", $"curl -v {http.Url}")),
        405 => ("it does not take GET there", new Remedy("Use a method that it allows.", $"curl -X OPTIONS -i {http.Url}")),
        407 => (
            "a proxy in between wants credentials",
            new Remedy("Give the proxy's credentials.", "export https_proxy=http://USER:PASSWORD@PROXY:PORT")),
        408 => ("it waited too long for the request", new Remedy("Look for loss on the way, or raise the server's timeout.")),
        413 or 414 => ("the request is too large for it", new Remedy("Raise the limit (nginx: client_max_body_size 20m;).", On: Fix.Server(http.Address))),
        421 => ("the connection was made for another site of the same server", new Remedy("Check the server name (SNI) against the Host field.")),
        426 => ("it wants another protocol version", new Remedy("Use the protocol in its Upgrade field.")),
        429 => (
            $"too many requests from this client{(http.Headers.GetValueOrDefault("retry-after") is { } seconds ? $"; come back after {seconds} s" : "")}",
            new Remedy("Send fewer requests, or have the limit raised.")),
        431 => ("the header fields are too large, as a rule cookies", new Remedy("Delete the cookies, or raise the limit on the server (nginx: large_client_header_buffers 4 16k;).")),
        451 => ("the content is withheld for legal reasons", new Remedy("Ask the operator.")),
        400 => ("it finds the request malformed", new Remedy("See what it minds.", $"curl -v {http.Url}")),
        _ => ("it refuses the request as it is", new Remedy("See what it minds.", $"curl -v {http.Url}")),
    };
}
