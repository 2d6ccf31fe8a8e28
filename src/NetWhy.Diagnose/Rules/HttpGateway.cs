using NetWhy.Evidence;

namespace NetWhy.Diagnose.Rules;

/// <summary>A proxy or load balancer before the application answers for it: 502, 503 or 504.</summary>
public sealed class HttpGateway : IRule
{
    private const string BadGateway = "http-bad-gateway";
    private const string Unavailable = "http-unavailable";
    private const string GatewayTimeout = "http-gateway-timeout";

    /// <inheritdoc/>
    public RuleInfo Info { get; } = new(
        "http-gateway", Source: "RFC 9110, sections 15.6.3 to 15.6.5", BadGateway, Unavailable, GatewayTimeout)
    {
        Explains = ["http-server-error", "http-slow-server"],
    };

    /// <inheritdoc/>
    public IEnumerable<Finding> Evaluate(EvidenceSet evidence)
    {
        var view = ApplicationView.Of(evidence);
        HttpRun? run = view.WhollyFailed;
        foreach (HttpExchange http in (run is null ? view.Exchanges : view.Repeats)
            .Where(http => http.Status is 502 or 503 or 504)
            .DistinctBy(http => (http.Address, http.Status)))
        {
            yield return Describe(view, http, run);
        }

        foreach (HttpExchange http in (run is null ? view.Exchanges : view.Repeats).Where(IsOfEdge).DistinctBy(http => (http.Address, http.Status)))
            yield return OfEdge(view, http, run);

        if (evidence.First<ProxyTunnel>(tunnel => tunnel.Status is 502 or 503 or 504 || (tunnel.Status is >= 500 and not 501 && tunnel.Headers.ContainsKey("x-squid-error"))) is { } refused
            && !evidence.Any<HttpExchange>(http => http is { Purpose: "direct", Status: < 500 }))
        {
            yield return OfTunnel(refused);
        }
    }

    /// <summary>Whether the edge of a delivery network answers that the origin behind it failed. Source: Cloudflare, "Cloudflare 5xx errors" (520 to 526, and 530 beside an error 1xxx).</summary>
    /// <param name="http">The answer.</param>
    internal static bool IsOfEdge(HttpExchange http) => http.Status is (>= 520 and <= 526) or 530
        && (http.Headers.ContainsKey("cf-ray") || http.Headers.GetValueOrDefault("server", "").Contains("cloudflare", StringComparison.OrdinalIgnoreCase));

    private static Finding OfEdge(ApplicationView view, HttpExchange http, HttpRun? run)
    {
        (string what, string check) = http.Status switch
        {
            520 => ("the origin resets the connection, or answers what is no answer, or one whose header is too large", "does the origin's log have the request, and a crash beside it?"),
            521 => ("the origin refuses the connection", "does it run and listen, and does its firewall let the edge's networks in?"),
            522 => ("the origin does not answer the connection in time", "is it up, is its address right at the edge, and does a firewall drop the edge's networks?"),
            523 => ("there is no way to the origin's address", "is the origin's address at the edge still right?"),
            524 => ("the origin took the connection, and does not answer the request in time", "what does it wait for, and for how long?"),
            525 => ("the TLS handshake with the origin fails", "netwhy tls ORIGIN, with the site's name: which versions, ciphers and certificate does it have?"),
            526 => ("the edge does not trust the origin's certificate", "netwhy tls ORIGIN, with the site's name: has the certificate expired, or is it of another name?"),
            _ => ("the edge does not find or use the origin, as the error 1xxx on its page says", "what does the page say (curl -s URL), and does the origin's name resolve?"),
        };
        List<Reason> reasons =
        [
            http.Weigh(Weight.VeryStrong, $"the answer to {http.Url} is {http.Status}, which the edge of a delivery network makes (cf-ray: {http.Headers.GetValueOrDefault("cf-ray", "none")})"),
            .. run is not null ? [run.Weigh(Weight.Strong, $"so fail {ApplicationView.ShareOf(run, ApplicationView.CountOf(run, http.Status))}")]
                : view.Again(repeat => repeat.Status == http.Status, all => ApplicationView.CountOf(all, http.Status)) is { } again ? [again]
                : Array.Empty<Reason>(),
            .. http.Excerpt is { } page ? [http.Weigh(Weight.Context, $"it begins: {page}")] : Array.Empty<Reason>(),
        ];
        return new Finding(
            http.Status is 522 or 524 ? GatewayTimeout : BadGateway,
            view.WorksSomewhere ? Severity.Warning : Severity.Critical,
            Where.Remote,
            $"The edge at {ApplicationView.Server(http)} (Cloudflare) answers {http.Status}: {what}.",
            [.. reasons])
        {
            Subject = http.Address,
            Remedies = [new Remedy($"Repair the origin, which the edge asks, or its way to it: at the origin, {check}")],
            Next = ["Past the edge: does the origin answer when it is asked by its own address (curl --connect-to)?"],
        };
    }

    private static string CauseOf(int? status) => status switch
    {
        502 => BadGateway,
        503 => Unavailable,
        504 => GatewayTimeout,
        _ => BadGateway,
    };

    private static Finding OfTunnel(ProxyTunnel tunnel)
    {
        string proxy = ApplicationView.Endpoint(tunnel.Proxy, tunnel.Port);
        string error = tunnel.Headers.GetValueOrDefault("x-squid-error") is { } said ? $" ({said})" : "";
        return new Finding(
            CauseOf(tunnel.Status),
            Severity.Critical,
            Where.Remote,
            $"The proxy {proxy} cannot connect to {tunnel.Authority}{error}, and the direct way does not work either.",
            [tunnel.Weigh(Weight.VeryStrong, $"CONNECT {tunnel.Authority} is answered {tunnel.Status} {tunnel.Reason} after {ApplicationView.InWords(tunnel.Elapsed)}{error}")])
        {
            Subject = tunnel.Proxy,
            Remedies = [OfSite($"https://{tunnel.Authority}/", $"http://{proxy}")],
            Next = [$"On the proxy: what does its log say of {tunnel.Authority}?"],
        };
    }

    private static Finding Describe(ApplicationView view, HttpExchange http, HttpRun? run)
    {
        string cause = CauseOf(http.Status);
        string server = ApplicationView.Endpoint(http.Address, http.Port);
        List<Reason> reasons = [http.Weigh(Weight.Decisive, $"the answer to {http.Url} is {ApplicationView.Answer(http)}")];
        string? named = ApplicationView.ProxySoftware(http), page = ErrorPage.MakerOf(http.Excerpt);
        string? front = page is null ? null : FrontOf(view, http, named);
        bool isBehind = front is not null && !ErrorPage.IsSame(front, page!);
        string? software = isBehind ? page : named;
        string? ofSquid = http.ViaProxy is null ? null : http.Headers.GetValueOrDefault("x-squid-error"); // its own, whatever the page
        bool isOfSite = http.ViaProxy is not null && view.Evidence.Any<HttpExchange>(other => other.Purpose is "direct" && other.Status == http.Status);
        if (ofSquid is not null)
        {
            reasons.Add(http.Weigh(Weight.Strong, $"the answer is squid's own (X-Squid-Error: {ofSquid})"));
        }
        else if (software is not null && !isOfSite)
        {
            reasons.Add(isBehind ? http.Weigh(Weight.Hint, $"the page is {page}'s own, and what is asked first is {front}: it passes the page on")
                : page is not null ? http.Weigh(Weight.Hint, $"the page is one that {software} makes itself")
                : http.Excerpt is null ? http.Weigh(Weight.Hint, $"the answer names a proxy ({software})")
                : http.Weigh(Weight.Context, $"the answer names a proxy ({software}), and the page is none of those that proxies make: what is behind may have made it"));
        }

        if (http.Headers.TryGetValue("retry-after", out string? retryAfter))
            reasons.Add(http.Weigh(Weight.Context, $"it asks to come back later: Retry-After: {retryAfter}"));
        TimeSpan wait = http.TimeToFirstByte ?? http.Elapsed;
        if (wait >= TimeSpan.FromSeconds(0.9))
            reasons.Add(http.Weigh(Weight.Hint, $"it came after {ApplicationView.InWords(wait)}{(IsRound(wait) ? ", a round time as timeouts are" : "")}"));
        else if (http.Status is 502)
            reasons.Add(http.Weigh(Weight.Hint, $"it came after {ApplicationView.InWords(wait)}, without a wait: the backend refused or closed at once, or what it answered was not taken"));
        if (run is not null)
            reasons.Add(run.Weigh(Weight.Strong, $"so fail {ApplicationView.ShareOf(run, ApplicationView.CountOf(run, http.Status))}, of {ApplicationView.InWords(run.Elapsed)}{(view.BeganWell ? ", behind a first one that did not" : "")}"));
        else if (view.Again(repeat => repeat.Status == http.Status, all => ApplicationView.CountOf(all, http.Status)) is { } again)
            reasons.Add(again);

        string who = software is null ? "The proxy" : $"The proxy ({software})";
        string maker = software is null ? $"The proxy at {server}"
            : isBehind ? $"The proxy {software}, behind {front} at {server},"
            : page is null && http.Excerpt is not null ? $"{server} ({software}), or what is behind it,"
            : $"The proxy ({software}) at {server} or behind it";
        string summary = http.Status switch
        {
            _ when ofSquid is not null =>
                $"{who} at {server} answers {http.Status} for {http.Url}: it cannot reach the site ({ofSquid}).",
            _ when isOfSite =>
                $"{http.Url} is answered {http.Status} through the proxy {server}, and without it, too: the answer is the site's.",
            _ when http.ViaProxy is not null =>
                $"{who} at {server} answers {http.Status} for {http.Url}: it cannot reach the site, or passes the site's own answer on.",
            502 => $"{maker} answers 502: its backend refuses, resets, or answers what it does not take.",
            503 => $"{(software is null ? server : maker)} answers 503{(run is null ? "" : $", as {ApplicationView.ShareOf(run, ApplicationView.CountOf(run, 503))} are answered{(view.BeganWell ? ", and not the one before" : "")}")}: no backend is fit, a queue is full or a limit is reached.",
            _ => $"{maker} answers 504 after {ApplicationView.InWords(wait)}: its backend is silent.",
        };
        return new Finding(cause, view.WorksSomewhere ? Severity.Warning : Severity.Critical, Where.Remote, summary, [.. reasons])
        {
            Subject = http.Address,
            Remedies = ofSquid is not null ? [OfSite(http.Url, $"http://{server}")] : RemediesFor(http.Status!.Value, software ?? http.Headers.GetValueOrDefault("server"), isBehind ? $"the proxy behind {server}" : "the proxy"),
            Next =
            [
                .. run is not null && http.Status is 503 ? [$"Is it a limit? {ShellCommand.Of($"netwhy http {http.Url} -n 10 -i 2s")} asks slower: what is answered then, a limit turned away."] : Array.Empty<string>(),
                http.Status switch
                {
                    _ when ofSquid is not null => $"On the proxy: what does its log say of {http.Url}, and does the site answer from there?",
                    502 => "On the proxy: does its backend's address and port answer (curl, nc), and what does its error log say?",
                    503 => "On the proxy: which backends are healthy (haproxy: show servers state), and is a limit reached?",
                    _ => "On the proxy: does a request sent straight to the backend answer, and how fast?",
                },
            ],
        };
    }

    private static Remedy OfSite(string url, string proxy) =>
        new($"Repair what {url} names, its name or the way from the proxy to it.", ShellCommand.Of($"curl -v -x {proxy} {url}"));

    // What is asked first: what answers a request that it must refuse, else whose Server another's page has.
    private static string? FrontOf(ApplicationView view, HttpExchange http, string? named) =>
        view.Evidence.Last<RequestTimeline>()?.Refusal is { Status: 400, Address: { } address } own && address.Equals(http.Address)
            ? own.Headers.GetValueOrDefault("server") ?? ErrorPage.MakerOf(own.Excerpt)
            : named;

    private static bool IsRound(TimeSpan wait)
    {
        double seconds = wait.TotalSeconds;
        return seconds >= 0.95 && seconds - Math.Floor(seconds + 0.05) < 0.15;
    }

    private static System.Collections.Immutable.ImmutableArray<Remedy> RemediesFor(int status, string? software, string proxy)
    {
        bool isHaproxy = Is("haproxy");
        string? log = isHaproxy ? "journalctl -u haproxy --since -10min"
            : Is("apache") ? "tail -n 50 /var/log/apache2/error.log"
            : Is("varnish") ? "varnishlog -d -g request -q 'RespStatus >= 500'"
            : Is("lighttpd") ? "tail -n 50 /var/log/lighttpd/error.log"
            : Is("nginx") || Is("openresty") ? "tail -n 50 /var/log/nginx/error.log"
            : null;
        return status switch
        {
            502 => [new Remedy("Start or repair the backend, or correct its address in the proxy's configuration; where it answers, a header that is too large for the proxy (nginx: proxy_buffer_size), a broken one, or TLS where none is expected looks the same."), new Remedy("The log names the backend and the error.", log, proxy)],
            503 => [new Remedy("Bring a backend up, or raise the limit that turns requests away."), new Remedy("The log or the statistics say which.", isHaproxy ? "echo 'show servers state' | socat stdio /run/haproxy/admin.sock" : log, proxy)],
            _ => [new Remedy("Find out why the backend does not answer: it hangs, or packets to it are dropped."), new Remedy("The log names the backend and the phase.", log, proxy)],
        };

        bool Is(string product) => software?.Contains(product, StringComparison.OrdinalIgnoreCase) is true;
    }
}
