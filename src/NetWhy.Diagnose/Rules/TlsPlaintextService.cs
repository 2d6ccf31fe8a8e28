using NetWhy.Evidence;

namespace NetWhy.Diagnose.Rules;

/// <summary>TLS was spoken to a port that speaks something else.</summary>
public sealed class TlsPlaintextService : IRule
{
    private const string Id = "tls-plaintext-service";

    /// <inheritdoc/>
    public RuleInfo Info { get; } = new(Id, Source: "RFC 8446, section 5.1; RFC 9112, section 4", Id)
    {
        Explains = ["tls-handshake-*", "service-hung", "connection-reset", "tls-cipher-mismatch", "tls-version-mismatch"],
    };

    /// <inheritdoc/>
    public IEnumerable<Finding> Evaluate(EvidenceSet evidence)
    {
        var view = ApplicationView.Of(evidence);
        HttpExchange? plain = evidence.First<HttpExchange>(http =>
            http is { Purpose: "plaintext", Status: not null } && !IsRefusalOfPlaintext(http));
        TlsHandshake[] all = [.. view.FailedHandshakes];
        if ((all.FirstOrDefault(handshake => plain is not null && handshake.Address.Equals(plain.Address) && handshake.Port == plain.Port)
            ?? all.FirstOrDefault()) is not { } failed)
        {
            yield break;
        }

        if (plain is not null && !plain.Address.Equals(failed.Address))
            plain = null;
        bool isOther = failed.Outcome is TlsOutcome.NotTls;
        bool isSilent = failed is { Outcome: TlsOutcome.Stalled or TlsOutcome.Closed or TlsOutcome.Reset, OctetsReceived: 0 };
        if (!isOther && !(isSilent && plain is not null))
            yield break;

        string protocol = ProtocolOf(failed.Greeting) ?? (plain is null ? "another protocol" : "HTTP");
        List<Reason> reasons = [];
        // What answers 400 to TLS and to a request in the clear alike may have got something else before both.
        bool isRefused = plain is { Status: 400 } && protocol is "HTTP" && isOther;
        if (isOther)
            reasons.Add(failed.Weigh(isRefused ? Weight.VeryStrong : Weight.Decisive, $"the first octets from the server are no TLS: \"{failed.Greeting}\""));
        else
            reasons.Add(failed.Weigh(Weight.Strong, "no octet of TLS came back"));
        if (plain is not null)
            reasons.Add(plain.Weigh(isRefused ? Weight.HintAgainst : Weight.VeryStrong, $"a request in the clear is answered: {plain.Version} {plain.Status} {plain.Reason}"));

        string server = ApplicationView.Server(failed);
        if (isRefused)
        {
            yield return Refused(failed, plain!, reasons);
            yield break;
        }

        bool isNginx = plain is not null && ApplicationView.ProxySoftware(plain)?.Contains("nginx", StringComparison.OrdinalIgnoreCase) is true;
        yield return new Finding(
            Id,
            Severity.Critical,
            System.Net.IPAddress.IsLoopback(failed.Address) ? Where.Local : Where.Unknown,
            $"{server} speaks {protocol} in the clear, not TLS.",
            [.. reasons])
        {
            Subject = failed.Address,
            Remedies =
            [
                protocol is "HTTP" && plain?.Headers.GetValueOrDefault("location") is { } location && HttpRedirects.IsSamePortWithTls(plain.Url, location)
                    ? new Remedy($"Use the port of the TLS service: http:// here redirects to {location}, so that redirect is broken too.")
                    : protocol is "HTTP" ? new Remedy("Use http:// for this port, or the port of the TLS service.", $"curl -v {"http://" + ApplicationView.Endpoint(failed.Address, failed.Port) + "/"}")
                    : new Remedy($"Use the port of the TLS service; here {protocol} answers."),
                .. protocol is "HTTP"
                    ? [new Remedy($"Or switch TLS on for this listener{(isNginx ? $" (nginx: listen {failed.Port} ssl; and ssl_certificate)" : "")}.", On: Fix.Server(failed.Address))]
                    : Array.Empty<Remedy>(),
                .. protocol is "SMTP" or "FTP" or "IMAP" or "POP3"
                    ? [new Remedy("TLS may begin after a command there (STARTTLS).", $"openssl s_client -starttls {protocol.ToLowerInvariant()} {ApplicationView.ConnectOptions(failed)}")]
                    : Array.Empty<Remedy>(),
            ],
            Next = [$"On the server: which program listens on port {failed.Port} (ss -ltnp 'sport = :{failed.Port}')?"],
        };
    }

    // A balancer that begins with a line of the PROXY protocol is answered so by a server that does not expect it, whether that server
    // speaks TLS or not. Source: HAProxy, The PROXY protocol, section 2 ("the receiver MUST be configured to only receive it").
    private static Finding Refused(TlsHandshake failed, HttpExchange plain, List<Reason> reasons)
    {
        const string Line = "a balancer puts a header of the PROXY protocol before what it passes on, and the server behind it, of TLS or not, does not expect it";
        const string Clear = "the service speaks HTTP in the clear, and refuses this request (Host field, path, or all that it does not know)";
        string server = ApplicationView.Server(failed);
        return new Finding(
            Id,
            Severity.Critical,
            System.Net.IPAddress.IsLoopback(failed.Address) ? Where.Local : Where.Unknown,
            $"{server} answers TLS in the clear with 400, and a request in the clear with 400, too: {Clear}; or {Line}.",
            [.. reasons, plain.Weigh(Weight.HintAgainst, ErrorPage.MakerOf(plain.Excerpt) is { } maker ? $"the page is one that {maker} makes itself, of a request that it cannot read, or where it is set to refuse" : "http:// does not work either")])
        {
            Subject = failed.Address,
            Remedies =
            [
                new Remedy("Use the port of the TLS service, or http:// here with a request that it takes; see what it minds.", $"curl -v {plain.Url}"),
                new Remedy("If a balancer stands there: take the PROXY header off (haproxy: send-proxy), or have the server behind it expect it (nginx: listen … ssl proxy_protocol; haproxy: accept-proxy).", On: Fix.Server(failed.Address)),
            ],
            Next = ["On the server: does its error log show an invalid request line that begins with PROXY, from the balancer's address?"],
        };
    }

    /// <summary>Whether a TLS port complains of plaintext. Source: the pages of nginx, Go's net/http, Apache httpd and Tomcat.</summary>
    /// <param name="http">The answer.</param>
    internal static bool IsRefusalOfPlaintext(HttpExchange http) => http.Status is 400 or 497 && IsRefusalOfPlaintext(http.Excerpt);

    /// <summary>Whether the page of a refusal is one that complains of plaintext.</summary>
    /// <remarks>Words of it alone do not tell: what is wrong with a field of a form, an API says with 400 too.</remarks>
    /// <param name="page">How it begins, 200 characters or more.</param>
    internal static bool IsRefusalOfPlaintext(string? page) =>
        page is not null
        && (page.Contains("<title>400 The plain HTTP request was sent to HTTPS port</title>", StringComparison.OrdinalIgnoreCase)
            || (page.StartsWith('<') && page.Contains("Reason: You're speaking plain HTTP to an SSL-enabl", StringComparison.OrdinalIgnoreCase)) // the rest is cut off
            || page.ReplaceLineEndings(" ").Trim() is "Client sent an HTTP request to an HTTPS server." or "Bad Request This combination of host and port requires TLS.");

    private static string? ProtocolOf(string? greeting) => greeting switch
    {
        null or "" => null,
        _ when greeting.StartsWith("HTTP/", StringComparison.Ordinal) || greeting.StartsWith("<html", StringComparison.OrdinalIgnoreCase)
            || greeting.StartsWith("<!DOCTYPE", StringComparison.OrdinalIgnoreCase) => "HTTP",
        _ when greeting.StartsWith("SSH-", StringComparison.Ordinal) => "SSH",
        _ when greeting.StartsWith("220", StringComparison.Ordinal) =>
            greeting.Contains("FTP", StringComparison.OrdinalIgnoreCase) ? "FTP" : "SMTP",
        _ when greeting.StartsWith("* OK", StringComparison.Ordinal) => "IMAP",
        _ when greeting.StartsWith("+OK", StringComparison.Ordinal) => "POP3",
        _ when greeting.StartsWith("-ERR", StringComparison.Ordinal) => "Redis",
        _ when greeting.StartsWith("RFB 00", StringComparison.Ordinal) => "VNC",
        _ when greeting.Contains("mysql", StringComparison.OrdinalIgnoreCase) || greeting.Contains("MariaDB", StringComparison.Ordinal) => "MySQL",
        _ => null,
    };
}
