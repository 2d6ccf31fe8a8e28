using NetWhy.Evidence;

namespace NetWhy.Diagnose.Rules;

/// <summary>Redirects go round in a circle, or lead nowhere.</summary>
public sealed class HttpRedirects : IRule
{
    private const string Loop = "http-redirect-loop";
    private const string Broken = "http-redirect-broken";
    private const string Unreachable = "dns-resolver-unreachable";
    private const string Refused = "dns-refused";
    private const string Failing = "dns-server-failure";
    private const int TooMany = 8;

    /// <inheritdoc/>
    public RuleInfo Info { get; } = new("http-redirects", Source: "RFC 9110, section 15.4; getaddrinfo(3)", Loop, Broken, Unreachable, Refused, Failing);

    /// <inheritdoc/>
    public IEnumerable<Finding> Evaluate(EvidenceSet evidence)
    {
        HttpExchange[] exchanges = [.. ApplicationView.Of(evidence).Exchanges];
        if (LoopFinding(exchanges) is { } loop)
        {
            yield return loop;
            yield break;
        }

        // Nobody said that there is no such name: then the redirect is not what is wrong.
        if (exchanges.FirstOrDefault(http => http is { Purpose: "redirect", LookupError: "EAI_AGAIN" }) is { } lost)
            yield return UnresolvedFinding(evidence, exchanges, lost);
        else if (BrokenFinding(evidence, exchanges) is { } broken)
            yield return broken;
    }

    private static Finding UnresolvedFinding(EvidenceSet evidence, HttpExchange[] exchanges, HttpExchange lost)
    {
        var dns = DnsView.Of(evidence);
        string host = Uri.TryCreate(lost.Url, UriKind.Absolute, out Uri? url) ? url.Host : lost.Url;
        string origin = exchanges.LastOrDefault(http => IsRedirect(http) && http.RedirectDepth < lost.RedirectDepth)?.Url ?? lost.Url;
        string[] servers = [.. (dns.Configuration?.Servers ?? []).Distinct().Select(address => $"{address}")];
        string who = servers.Length switch
        {
            0 => "the name servers of this machine",
            1 => $"the name server {servers[0]}",
            _ => $"the name servers {string.Join(", ", servers)}",
        };
        bool isAnswering = dns.AnsweringServer is not null; // for the name that was asked first
        string cause = lost.LookupAnswer is { } code ? (code is "REFUSED" ? Refused : Failing) : isAnswering ? Failing : Unreachable;
        string what = lost.LookupAnswer is { } answer ? servers.Length == 1 ? $"{who} answers {answer}" : $"of {who} one at least answers {answer}"
            : isAnswering ? $"no name server answers for it, though one does for {dns.Host}"
            : $"no answer comes from {who}";
        List<Reason> reasons = [lost.Weigh(Weight.Decisive, $"the lookup of {host} fails as temporary (EAI_AGAIN): {what}")];
        if (isAnswering)
            reasons.Add(lost.Weigh(Weight.HintAgainst, "another name was answered: the servers of its zone may be what is silent"));
        return new Finding(
            cause,
            Severity.Critical,
            Where.Unknown,
            $"{origin} redirects to {lost.Url}, whose name cannot be looked up here: {what}. Whether the redirect is right nobody knows then.",
            [.. reasons])
        {
            Remedies =
            [
                new Remedy("Find out why the name is not answered: the servers, and the way to them.", ShellCommand.Of($"netwhy dns {host}")),
            ],
            Next = ["On another machine, with other name servers: does the name resolve, and does the redirect work there?"],
        };
    }

    private static bool IsRedirect(HttpExchange http) => http.Status is 301 or 302 or 303 or 307 or 308;

    private static Finding? LoopFinding(HttpExchange[] exchanges)
    {
        HttpExchange? last = exchanges.LastOrDefault(http => http.RedirectDepth > 0);
        if (last is null || !IsRedirect(last))
            return null;
        HttpExchange[] chain = [.. exchanges.Where(IsRedirect)];
        bool repeats = chain.Where(http => http.RedirectDepth < last.RedirectDepth).Any(http => http.Url == last.Url);
        if (!repeats && last.RedirectDepth < TooMany)
            return null;

        string[] circle = [.. chain.SkipWhile(http => http.Url != last.Url).Where(http => http.RedirectDepth < last.RedirectDepth).Select(http => http.Url).Distinct()];
        string location = last.Headers.GetValueOrDefault("location", "");
        return new Finding(
            Loop,
            Severity.Critical,
            Where.Remote,
            repeats
                ? $"{last.Url} redirects in a circle: {string.Join(" → ", circle.Take(4))}{(circle.Length > 4 ? " → …" : "")} → {last.Url}."
                : $"{chain[0].Url} is redirected {last.RedirectDepth} times without an end, last to {location}.",
            [last.Weigh(Weight.Decisive, repeats ? $"redirect {last.RedirectDepth} leads to {last.Url}, which was asked before, and is answered {last.Status} again" : $"redirect {last.RedirectDepth} is {last.Status} to {location}"),])
        {
            Subject = last.Address,
            Remedies =
            [
                new Remedy("Behind a TLS-terminating proxy, let the application know that the client came by https (nginx: proxy_set_header X-Forwarded-Proto $scheme;)."),
                new Remedy("Otherwise correct the rewrite rule that sends the request to itself.", $"curl -sIL --max-redirs 5 {chain[0].Url}"),
            ],
            Next = ["On the server: which rule issues the redirect, and on which condition?"],
        };
    }

    private static Finding? BrokenFinding(EvidenceSet evidence, HttpExchange[] exchanges)
    {
        HttpExchange? dead = exchanges.FirstOrDefault(http =>
            http.Purpose is "redirect" && http.Outcome is not HttpOutcome.Complete && http.Status is null
            && !exchanges.Any(other => other.Url == http.Url && other.RedirectDepth == http.RedirectDepth && other.Status is not null)); // over another address or connection
        HttpExchange? aimless = exchanges.FirstOrDefault(http =>
            http is { Outcome: HttpOutcome.Complete } && IsRedirect(http) && !http.Headers.ContainsKey("location"));
        if ((dead ?? aimless) is not { } broken)
            return null;

        HttpExchange[] before = [.. exchanges.Where(http => IsRedirect(http) && http.RedirectDepth < broken.RedirectDepth)];
        HttpExchange? from = before.LastOrDefault(http => http.Address.Equals(broken.Address)) ?? before.LastOrDefault();
        string origin = from?.Url ?? broken.Url;
        // One port may speak both.
        bool isToClearPort = dead is not null && before.Any(http => IsSamePortWithTls(http.Url, broken.Url))
            && evidence.All<TlsHandshake>().Any(handshake => handshake is { Purpose: "redirect", Outcome: TlsOutcome.NotTls } && handshake.Address.Equals(broken.Address) && handshake.Port == broken.Port);
        string why = dead is null
            ? $"answers {broken.Status} without saying where to (no Location)"
            : isToClearPort ? $"redirects to {broken.Url}: https, and with the port that speaks HTTP in the clear"
            : $"redirects to {broken.Url}, which does not work: {broken.Fault ?? ErrnoWords.Of(broken.Errno, $"{broken.Outcome}")}";
        return new Finding(
            Broken,
            Severity.Critical,
            Where.Remote,
            $"{origin} {why}.",
            [
                broken.Weigh(Weight.Decisive, dead is null ? "no Location field" : broken.Fault ?? ErrnoWords.Of(broken.Errno, $"{broken.Outcome}")),
                .. from is not null ? [from.Weigh(Weight.Hint, $"{from.Status} to {from.Headers.GetValueOrDefault("location")}")] : Array.Empty<Reason>(),
            ])
        {
            Subject = from?.Address ?? broken.Address,
            AlsoExplains = dead is null ? [] : ["tls-handshake-stall", "tls-handshake-reset", "tls-handshake-failed", .. isToClearPort ? ["tls-plaintext-service"] : Array.Empty<string>()], // of the place redirected to
            Remedies =
            [
                isToClearPort ? new Remedy(ClearPortRemedy(from!), On: Fix.Server(from!.Address)) : new Remedy("Correct the address that the server redirects to (scheme, name, port)."),
                new Remedy("See the redirect.", $"curl -sI {origin}"),
            ],
            Next =
            [
                isToClearPort
                    ? "On the server: which port speaks TLS (443?), and does the redirect take its port from the Host field of the request?"
                    : "On the server: where does the redirect's name come from (configuration, Host field, X-Forwarded-Host)?",
            ],
        };
    }

    /// <summary>Whether a redirect changes the scheme to https and leaves the port of HTTP in the clear.</summary>
    /// <param name="url">What was asked for.</param>
    /// <param name="location">Where it leads.</param>
    internal static bool IsSamePortWithTls(string url, string location) =>
        Uri.TryCreate(url, UriKind.Absolute, out Uri? from) && Uri.TryCreate(location, UriKind.Absolute, out Uri? to)
        && from.Scheme == Uri.UriSchemeHttp && to.Scheme == Uri.UriSchemeHttps && from.Host == to.Host && from.Port == to.Port;

    // Sources: HAProxy, Configuration Manual, "redirect scheme" (the Host field as it came); nginx, ngx_http_core_module, $host and $http_host.
    private static string ClearPortRemedy(HttpExchange from)
    {
        const string What = "Let the Location name the port of the TLS service, or none for 443";
        const string Haproxy = "haproxy: http-request redirect prefix https://NAME code 301, since redirect scheme keeps the port of the request";
        const string Nginx = "nginx: return 301 https://$host$request_uri, since $http_host and $server_port bring the port of the request";
        string software = ApplicationView.ProxySoftware(from) ?? "";
        return software.Contains("nginx", StringComparison.OrdinalIgnoreCase) ? $"{What} ({Nginx})."
            : software.Contains("haproxy", StringComparison.OrdinalIgnoreCase) ? $"{What} ({Haproxy})."
            : $"{What} ({Haproxy}; {Nginx}).";
    }
}
