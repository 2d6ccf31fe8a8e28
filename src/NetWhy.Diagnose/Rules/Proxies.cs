using NetWhy.Evidence;

namespace NetWhy.Diagnose.Rules;

/// <summary>The environment names a proxy, and the proxy does not do what it should.</summary>
public sealed class Proxies : IRule
{
    private const string Unreachable = "proxy-unreachable";
    private const string Denies = "proxy-denies";
    private const string Misconfigured = "proxy-misconfigured";

    /// <inheritdoc/>
    public RuleInfo Info { get; } = new(
        "proxies", Source: "curl(1), \"Environment\"; RFC 9110, sections 9.3.6 and 15.5.8", Unreachable, Denies, Misconfigured)
    {
        Explains =
        [
            "port-closed", "port-filtered", "port-rejected", "host-unreachable", "connection-reset", "service-hung",
            "http-client-error", "http-bad-gateway", "http-unavailable", "http-gateway-timeout", "http-malformed-response",
            "tls-handshake-*", "dns-*",
        ],
    };

    /// <inheritdoc/>
    public IEnumerable<Finding> Evaluate(EvidenceSet evidence)
    {
        if (evidence.First<ProxyEnvironment>() is not { Variable: { } variable } environment)
            yield break;
        string target = evidence.Investigation?.Host ?? "TARGET";
        if (environment.ExemptedBy is { } entry)
        {
            if (evidence.First<HttpExchange>(http => http is { Purpose: "exempted", Outcome: HttpOutcome.Complete, Status: < 400 }) is { } throughIt)
                yield return OfExemption(environment, target, entry, throughIt);
            yield break;
        }

        HttpExchange? direct = evidence.First<HttpExchange>(http => http is { Purpose: "direct", Status: < 500 });
        if (environment.Fault is { } fault)
        {
            yield return Describe(
                Misconfigured,
                environment,
                target,
                $"{variable}={environment.Value} cannot be used: {fault}.",
                [environment.Weigh(Weight.Decisive, fault), .. Context(direct)]);
            yield break;
        }

        if (environment.ProxyAddresses.Count == 0)
        {
            yield return Describe(
                Unreachable,
                environment,
                target,
                $"The proxy of {variable}, {environment.ProxyHost}, does not resolve to an address.",
                [environment.Weigh(Weight.Decisive, $"{environment.ProxyHost} has no address"), .. Context(direct)]);
            yield break;
        }

        ConnectAttempt[] attempts = [.. evidence.All<ConnectAttempt>().Where(attempt => attempt.Purpose is "proxy")];
        if (attempts.Length > 0 && attempts.All(attempt => attempt.Outcome is not ConnectOutcome.Connected))
        {
            ConnectAttempt attempt = attempts[0];
            string how = ErrnoWords.Of(attempt.Errno, $"no answer in {ApplicationView.InWords(attempt.Elapsed)}");
            yield return Describe(
                Unreachable,
                environment,
                target,
                $"The proxy of {variable}, {ApplicationView.Endpoint(attempt.Address, attempt.Port)}, cannot be connected to: {how}.",
                [attempt.Weigh(Weight.Decisive, $"connecting to the proxy fails: {how}"), .. Absence(evidence, attempt), .. Context(direct)]) with
            {
                Subject = attempt.Address,
            };
            yield break;
        }

        if (evidence.First<TlsHandshake>(handshake => handshake is { Purpose: "proxy", Outcome: not TlsOutcome.Completed }) is { } handshake)
        {
            yield return OfHandshake(environment, target, variable, handshake, direct);
        }
        else if (evidence.First<ProxyTunnel>() is { } tunnel)
        {
            if (OfTunnel(environment, target, variable, tunnel, direct) is { } finding)
                yield return finding;
        }
        else if (evidence.First<HttpExchange>(http => http is { Purpose: "target", ViaProxy: not null }) is { } http
            && OfRequest(environment, target, variable, http, direct) is { } finding)
        {
            yield return finding;
        }
    }

    private static Finding OfExemption(ProxyEnvironment environment, string target, string entry, HttpExchange http) => new(
        Misconfigured,
        Severity.Critical,
        Where.Local,
        $"no_proxy ({environment.NoProxy}) exempts {target} by its entry {entry} from the proxy {environment.ProxyHost}:{environment.ProxyPort}; the direct way is dead, and through the proxy it answers {http.Status}.",
        [
            http.Weigh(Weight.VeryStrong, $"through the proxy {http.Url} is answered {http.Status} {http.Reason}"),
            environment.Weigh(Weight.Context, $"{environment.Variable}={environment.Value} is set, and no_proxy holds {entry}"),
        ])
    {
        Remedies =
        [
            new Remedy($"Take {entry} out of no_proxy (and NO_PROXY) where it is set (/etc/environment, the shell's profile, the service's unit)."),
            new Remedy("Or have the direct way opened."),
        ],
        Next = [$"Is {target} meant to be reached directly from here? Then it is a firewall that stands in the way."],
    };

    private static Finding OfHandshake(
        ProxyEnvironment environment, string target, string variable, TlsHandshake handshake, HttpExchange? direct)
    {
        string proxy = ApplicationView.Endpoint(handshake.Address, handshake.Port);
        string how = handshake.Outcome switch
        {
            TlsOutcome.NotTls => $"its first octets are no TLS: \"{handshake.Greeting}\"",
            TlsOutcome.Stalled => $"the ClientHello gets no answer in {ApplicationView.InWords(handshake.Elapsed)}",
            TlsOutcome.Alert => $"it ends with the alert {handshake.Alert}",
            TlsOutcome.LocalFailure => $"this machine's TLS library refuses: {handshake.LibraryReason}",
            _ => $"the connection is {handshake.Outcome.ToString().ToLowerInvariant()}",
        };
        return Describe(
            Misconfigured,
            environment,
            target,
            $"{variable}={environment.Value} wants TLS with the proxy {proxy}, and the handshake with it fails: {how}. Most proxies are spoken to in the clear (http://).",
            [handshake.Weigh(Weight.VeryStrong, how), .. Context(direct)]) with
        {
            Subject = handshake.Address,
        };
    }

    private static Finding? OfTunnel(
        ProxyEnvironment environment, string target, string variable, ProxyTunnel tunnel, HttpExchange? direct)
    {
        string proxy = ApplicationView.Endpoint(tunnel.Proxy, tunnel.Port);
        string said = $"{tunnel.Status} {tunnel.Reason}".Trim();
        (string Cause, string Summary, Weight Weight)? judged = tunnel switch
        {
            { Status: >= 200 and < 300 } => null,
            { Status: 407 } when HasCredentials(environment) && !TakesPasswords(tunnel.Headers) => (Denies, $"The proxy {proxy} wants another login than by the name and the password in {variable} ({said}{Challenge(tunnel.Headers)}).", Weight.Decisive),
            { Status: 401 or 407 } when HasCredentials(environment) => (Denies, $"The proxy {proxy} does not take the name or the password in {variable} ({said}{Challenge(tunnel.Headers)}).", Weight.Decisive),
            { Status: 407 } => (Denies, $"The proxy {proxy} wants credentials for {tunnel.Authority} ({said}{Challenge(tunnel.Headers)}).", Weight.Decisive),
            { Status: 401 or 403 or 451 or 429 } => (Denies, $"The proxy {proxy} forbids {tunnel.Authority} ({said}).", Weight.Decisive),
            { Status: 400 or 404 or 405 or 501 } => (Misconfigured, $"{proxy}, which {variable} names, does not do CONNECT ({said}): it is no proxy, or not for this port.", Weight.Decisive),
            { Status: >= 500 } when direct is not null => (Misconfigured, $"The proxy {proxy} cannot reach {tunnel.Authority} ({said}), and the direct way works: exempt it by NO_PROXY.", Weight.VeryStrong),
            { Status: 502 or 503 or 504 } => null, // neither way works: it is the target's
            { Status: >= 500 } when tunnel.Headers.ContainsKey("x-squid-error") => null, // likewise: squid says 500 where it finds no way to forward
            { Outcome: HttpOutcome.NoAnswer or HttpOutcome.Stalled } => (Unreachable, $"The proxy {proxy} accepts the connection and does not answer CONNECT {tunnel.Authority}.", Weight.VeryStrong),
            { Outcome: HttpOutcome.Malformed } => (Misconfigured, $"{proxy}, which {variable} names, does not speak HTTP: {tunnel.Fault}.", Weight.VeryStrong),
            { Outcome: HttpOutcome.Reset or HttpOutcome.ClosedEarly or HttpOutcome.Failed or HttpOutcome.Truncated } => (Unreachable, $"The proxy {proxy} ends the connection instead of answering CONNECT {tunnel.Authority}.", Weight.VeryStrong),
            _ => (Misconfigured, $"The proxy {proxy} answers CONNECT {tunnel.Authority} with {said}.", Weight.VeryStrong),
        };
        return judged is not { } verdict
            ? null
            : Describe(
                verdict.Cause,
                environment,
                target,
                verdict.Summary,
                [tunnel.Weigh(verdict.Weight, $"CONNECT {tunnel.Authority}: {(tunnel.Status is null ? tunnel.Fault ?? $"{tunnel.Outcome}" : said)}"), .. Context(direct)],
                wantsCredentials: tunnel.Status is 407 || (tunnel.Status is 401 && HasCredentials(environment)), takesPasswords: TakesPasswords(tunnel.Headers)) with
            {
                Subject = tunnel.Proxy,
            };
    }

    private static Finding? OfRequest(
        ProxyEnvironment environment, string target, string variable, HttpExchange http, HttpExchange? direct)
    {
        string proxy = ApplicationView.Endpoint(http.Address, http.Port);
        bool hasMark = http.Headers.ContainsKey("x-squid-error") || http.Headers.ContainsKey("proxy-authenticate")
            || http.Headers.GetValueOrDefault("server")?.StartsWith("tinyproxy", StringComparison.OrdinalIgnoreCase) is true;
        bool isProxysOwn = hasMark || (direct is not null && direct.Status != http.Status);
        (string Cause, string Summary, Weight Weight)? judged = http switch
        {
            { Status: 407 } when HasCredentials(environment) && !TakesPasswords(http.Headers) => (Denies, $"The proxy {proxy} wants another login than by the name and the password in {variable} ({http.Status} {http.Reason}{Challenge(http.Headers)}).", Weight.Decisive),
            { Status: 407 } when HasCredentials(environment) => (Denies, $"The proxy {proxy} does not take the name or the password in {variable} ({http.Status} {http.Reason}{Challenge(http.Headers)}).", Weight.Decisive),
            { Status: 401 } when !hasMark => null, // a site may let its own network in without a login
            { Status: 401 } when HasCredentials(environment) => (Denies, $"The proxy {proxy} does not take the name or the password in {variable} ({http.Status} {http.Reason}).", Weight.VeryStrong),
            { Status: 407 } => (Denies, $"The proxy {proxy} wants credentials ({http.Status} {http.Reason}{Challenge(http.Headers)}).", Weight.Decisive),
            { Status: 401 or 403 or 451 } when isProxysOwn => (Denies, $"The proxy {proxy} forbids {http.Url} ({http.Status} {http.Reason}).", Weight.VeryStrong),
            { Status: >= 500 } when direct is not null => (Misconfigured, $"The proxy {proxy} cannot reach {http.Url} ({http.Status} {http.Reason}), and the direct way works: exempt it by NO_PROXY.", Weight.VeryStrong),
            { Status: 400 or 404 or 405 or 501 } when direct is { Status: < 400 } => (Misconfigured, $"{proxy}, which {variable} names, answers like a web server, not like a proxy ({http.Status} {http.Reason}).", Weight.VeryStrong),
            { Outcome: HttpOutcome.NoAnswer } => (Unreachable, $"The proxy {proxy} accepts the connection and does not answer.", direct is null ? Weight.Strong : Weight.VeryStrong),
            { Outcome: HttpOutcome.Malformed } => (Misconfigured, $"{proxy}, which {variable} names, does not speak HTTP: {http.Fault}.", Weight.VeryStrong),
            { Outcome: HttpOutcome.Reset or HttpOutcome.ClosedEarly or HttpOutcome.Failed } => (Unreachable, $"The proxy {proxy} ends the connection instead of answering.", Weight.VeryStrong),
            _ => null,
        };
        return judged is not { } verdict
            ? null
            : Describe(
                verdict.Cause,
                environment,
                target,
                verdict.Summary,
                [http.Weigh(verdict.Weight, $"through the proxy: {(http.Status is { } status ? $"{status} {http.Reason}" : http.Fault ?? $"{http.Outcome}")}"), .. Context(direct)],
                wantsCredentials: http.Status is 407 || (http.Status is 401 && HasCredentials(environment)), takesPasswords: TakesPasswords(http.Headers)) with
            {
                Subject = http.Address,
            };
    }

    // Whether the value names somebody: USER:PASSWORD@, of which evidence keeps the name alone.
    private static bool HasCredentials(ProxyEnvironment environment) => environment.Value?.Contains('@', StringComparison.Ordinal) is true;

    // Of a name and a password, Basic is made (RFC 7617): a proxy that offers other ways alone has not looked at them.
    private static bool TakesPasswords(IReadOnlyDictionary<string, string> headers) =>
        headers.GetValueOrDefault("proxy-authenticate") is not { } challenges
        || challenges.Split(',').Any(challenge => challenge.TrimStart().StartsWith("Basic", StringComparison.OrdinalIgnoreCase));

    private static string Challenge(IReadOnlyDictionary<string, string> headers) =>
        headers.GetValueOrDefault("proxy-authenticate") is { } challenge ? $"; {challenge}" : "";

    private static Reason[] Context(HttpExchange? direct) => direct is null
        ? []
        : [direct.Weigh(Weight.Hint, $"the direct way, without the proxy, answers {direct.Status}")];

    private static Reason[] Absence(EvidenceSet evidence, ConnectAttempt attempt) =>
        evidence.Last<NeighbourState>(state => state.IsAfterTraffic && state.Address.Equals(attempt.Address)) is { State: "failed" or "incomplete" } state
            ? [state.Weigh(Weight.Hint, $"nobody on the link {state.Interface} has the address {state.Address}")]
            : [];

    private static Finding Describe(string cause, ProxyEnvironment environment, string target, string summary, Reason[] reasons, bool wantsCredentials = false, bool takesPasswords = true)
    {
        string variable = environment.Variable!;
        return new Finding(
            cause, Severity.Critical, cause is Misconfigured ? Where.Local : Where.Unknown, summary, [.. reasons])
        {
            Remedies = cause switch
            {
                Denies =>
                [
                    wantsCredentials && !takesPasswords
                        ? new Remedy("Use a client that logs in so, or a relay of this machine that does (cntlm, px).", $"curl -v --proxy-anyauth --proxy-user : -x http://{environment.ProxyHost}:{environment.ProxyPort} http://{target}/")
                        : wantsCredentials && HasCredentials(environment)
                        ? new Remedy($"Correct the name or the password in {variable}; characters such as @ : / # % stand there as %40 %3A %2F %23 %25.", $"export {variable}=http://USER:PASSWORD@{environment.ProxyHost}:{environment.ProxyPort}")
                        : wantsCredentials
                        ? new Remedy("Give the proxy the credentials that it wants.", $"export {variable}=http://USER:PASSWORD@{environment.ProxyHost}:{environment.ProxyPort}")
                        : new Remedy($"Have {target} allowed there, for this machine (squid: http_access).", On: $"the proxy {environment.ProxyHost}"),
                    new Remedy("Or go past it, if the direct way is allowed.", $"export no_proxy=\"$no_proxy,{target}\""),
                ],
                _ =>
                [
                    new Remedy($"Correct {variable} where it is set (/etc/environment, the shell's profile, the service's unit).", $"export {variable}=http://PROXY:PORT"),
                    new Remedy("Or go without it.", $"unset {variable}"),
                    new Remedy("Or exempt the target.", $"export no_proxy=\"$no_proxy,{target}\""),
                ],
            },
            Next = [$"On {environment.ProxyHost ?? "the proxy"}: does the proxy run, and what does its log say of this client?"],
        };
    }
}
