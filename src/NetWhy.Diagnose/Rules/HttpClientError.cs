using NetWhy.Evidence;

namespace NetWhy.Diagnose.Rules;

/// <summary>The application answers, and refuses the request as it is: 4xx.</summary>
public sealed class HttpClientError : IRule
{
    private const string Id = "http-client-error";

    // Octets of a request that servers of every kind take by default; some take no more than twice that in one field. Source: nginx,
    // large_client_header_buffers; Apache httpd, LimitRequestFieldSize; haproxy, tune.bufsize.
    private const int UsualRequest = 4096;

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
                ? view.Handshakes.FirstOrDefault(handshake => (handshake.ClientCertificateRequested || http.ClientCertificateRequested) && handshake.Address.Equals(http.Address) && handshake.Port == http.Port)
                : null;
            if (asking is not null && http.Status is 403)
                meaning = "it forbids it (no client certificate was presented, which it asked for in TLS; or an access rule, web application firewall, missing index)";
            string fine = asking is not null || !IsOverTls(http) ? "The network is" : "Network and TLS are";
            yield return new Finding(
                Id,
                Severity.Warning,
                Where.Remote,
                $"{ApplicationView.Server(http)} answers {ApplicationView.Answer(http)} to {http.Url}: {meaning}. {fine} fine.",
                [
                    http.Weigh(Weight.Decisive, $"the answer is {ApplicationView.Answer(http)} in {ApplicationView.InWords(http.Elapsed)}"),
                    .. asking is not null
                        ? [asking.Weigh(Weight.Context, "the server asked for a client certificate and got none: perhaps that is what it minds")] : Array.Empty<Reason>(),
                    .. http.Excerpt is { } page ? [http.Weigh(Weight.Context, $"it begins: {page}")] : Array.Empty<Reason>(),
                ])
            {
                Subject = http.Address,
                Remedies = [remedy],
                // Over HTTP/2 some servers end the connection for what they refuse by a status in HTTP/1.1.
                AlsoExplains = IsOfSize(http) && view.Exchanges.Any(other => other is { Version: "HTTP/2", Status: null } && other.Address.Equals(http.Address) && other.Port == http.Port && other.Url == http.Url)
                    ? ["http-malformed-response", "connection-reset"] : [],
                Next = ["On the server: the access log says which rule or handler refused."],
            };
        }
    }

    private static bool IsOverTls(HttpExchange http) => http.Url.StartsWith("https:", StringComparison.OrdinalIgnoreCase);

    private static Remedy Smaller => new("Delete the cookies, or raise the limit on the server (nginx: large_client_header_buffers 4 32k; Apache httpd: LimitRequestFieldSize 32768; haproxy: tune.bufsize 65536; node: --max-http-header-size=65536).");

    // 400 is what most servers answer to a header that is too large, where RFC 6585 has 431.
    private static bool IsOfSize(HttpExchange http) => http.Status is 431 || (http.Status is 400 && (SaysTooLarge(http.Excerpt) || http.RequestLength > UsualRequest));

    // The pages of nginx and Apache httpd.
    private static bool SaysTooLarge(string? page) => page is not null
        && (page.Contains("Request Header Or Cookie Too Large", StringComparison.OrdinalIgnoreCase) || page.Contains("Size of a request header field exceeds server limit", StringComparison.OrdinalIgnoreCase));

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
        413 => ("the request is too large for it", new Remedy("Raise the limit (nginx: client_max_body_size 20m;).", On: Fix.Server(http.Address))),
        414 => ("the URL is too long for it", new Remedy("Shorten the URL, or raise the limit on the server (nginx: large_client_header_buffers 4 32k; Apache httpd: LimitRequestLine 32768).")),
        421 => ("the connection was made for another site of the same server", new Remedy("Check the server name (SNI) against the Host field.")),
        426 => ("it wants another protocol version", new Remedy("Use the protocol in its Upgrade field.")),
        429 => (
            $"too many requests from this client{(http.Headers.GetValueOrDefault("retry-after") is { } seconds ? $"; come back after {seconds} s" : "")}",
            new Remedy("Send fewer requests, or have the limit raised.")),
        431 => ("the header fields are too large, as a rule cookies", Smaller),
        451 => ("the content is withheld for legal reasons", new Remedy("Ask the operator.")),
        400 when SaysTooLarge(http.Excerpt) => ("the header fields are too large, as a rule cookies", Smaller),
        400 when IsOfSize(http) => (
            $"it finds the request malformed, or its header too large: it has {http.RequestLength} octets",
            new Remedy(Smaller.Text + " To see which it is, ask without the long fields.", $"curl -v {http.Url}")),
        400 => ("it finds the request malformed", new Remedy("See what it minds.", $"curl -v {http.Url}")),
        _ => ("it refuses the request as it is", new Remedy("See what it minds.", $"curl -v {http.Url}")),
    };
}
