using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using NetWhy.Diagnose.Paths;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Rules;

/// <summary>What the evidence says about TLS and HTTP with the target, put together once for every rule that asks.</summary>
internal sealed class ApplicationView
{
    private ApplicationView(EvidenceSet evidence)
    {
        Evidence = evidence;
        Handshakes = [.. evidence.All<TlsHandshake>().Where(handshake => IsTarget(handshake.Purpose))];
        Chains = [.. evidence.All<CertificateChain>().Where(chain => IsTarget(chain.Purpose) && chain.Certificates.Count > 0)];
        Exchanges = [.. evidence.All<HttpExchange>().Where(http => IsTarget(http.Purpose))];
        Repeats = [.. evidence.All<HttpExchange>().Where(http => http.Purpose is "repeat")];
    }

    /// <summary>All the evidence.</summary>
    public EvidenceSet Evidence { get; }

    /// <summary>Handshakes as an application makes them, those of redirects too.</summary>
    public ImmutableArray<TlsHandshake> Handshakes { get; }

    /// <summary>Handshakes that failed.</summary>
    public IEnumerable<TlsHandshake> FailedHandshakes =>
        Handshakes.Where(handshake => handshake.Outcome is not TlsOutcome.Completed);

    /// <summary>Certificates that an application gets.</summary>
    public ImmutableArray<CertificateChain> Chains { get; }

    /// <summary>Requests as an application makes them, those of redirects too.</summary>
    public ImmutableArray<HttpExchange> Exchanges { get; }

    /// <summary>The failed request once more.</summary>
    public ImmutableArray<HttpExchange> Repeats { get; }

    /// <summary>The run in which every request failed, behind single ones without an error of the server; null if there is none.</summary>
    public HttpRun? WhollyFailed => Evidence.Any<RequestTimeline>(_ => true) || Exchanges.Any(http => http.Status is >= 500) ? null
        : Evidence.First<HttpRun>(run => run.Requests > 0 && run.Groups.Sum(group => group.Failed + group.ServerErrors) == run.Requests);

    /// <summary>Whether a single request, before a run, had an answer that is no error of the server.</summary>
    public bool BeganWell => Exchanges.Any(http => http is { Outcome: HttpOutcome.Complete, Status: < 500 } && !(Evidence.Last<HttpRun>()?.At < http.At));

    /// <summary>A part of a run, at whatever address, such as <c>19 of 20 requests of the run</c>.</summary>
    /// <param name="run">The run.</param>
    /// <param name="same">How many of its requests.</param>
    internal static string ShareOf(HttpRun run, long same) =>
        string.Create(CultureInfo.InvariantCulture, $"{(same == run.Requests ? "all" : $"{same} of")} {run.Requests} requests of the run");

    /// <summary>How often the same came when it was asked again: of all requests of a run, where there was one, else of single repeats.</summary>
    /// <param name="isSame">Whether a repeat came to the same.</param>
    /// <param name="ofRun">How many requests of a run did.</param>
    /// <returns>Null if it did not come again.</returns>
    internal Reason? Again(Func<HttpExchange, bool> isSame, Func<HttpRun, long> ofRun)
    {
        if (Evidence.Last<HttpRun>() is { } run)
            return ofRun(run) is > 0 and var count ? run.Weigh(Weight.Hint, $"so it went for {ShareOf(run, count)}") : null;
        HttpExchange[] same = [.. Repeats.Where(isSame)];
        string often = Repeats.Length == 1 ? "so it goes" : string.Create(CultureInfo.InvariantCulture, $"so it goes {same.Length} of {Repeats.Length} times");
        return same.Length == 0 ? null : same[0].Weigh(Weight.Hint, $"asked again, {often}");
    }

    /// <summary>How many requests of a run were answered with a status.</summary>
    /// <param name="run">The run.</param>
    /// <param name="status">The status.</param>
    internal static long CountOf(HttpRun run, int? status) => run.Answers.Where(answer => answer.Status == status).Sum(answer => answer.Count);

    /// <summary>Whether some address of the target gives a whole response that is no error.</summary>
    public bool WorksSomewhere => Exchanges.Any(http => http is { Outcome: HttpOutcome.Complete, Status: < 400 });

    /// <summary>Reads the evidence.</summary>
    /// <param name="evidence">The evidence.</param>
    internal static ApplicationView Of(EvidenceSet evidence) => new(evidence);

    /// <summary>The handshake that was tried with one thing changed; null if it was not tried.</summary>
    /// <param name="purpose">What was changed; see <see cref="TlsHandshake.Purpose"/>.</param>
    internal TlsHandshake? Trial(string purpose) =>
        Evidence.First<TlsHandshake>(handshake => handshake.Purpose == purpose);

    /// <summary>How far a handshake came, in words such as <c>ServerHello, in the middle of the next message</c>.</summary>
    /// <param name="handshake">The handshake.</param>
    internal static string LastStep(TlsHandshake handshake)
    {
        // The alert that our library sends when the connection has ended is no step of the handshake.
        string? last = handshake.Messages.LastOrDefault(message => !message.StartsWith("> Alert", StringComparison.Ordinal));
        string step = last is null ? "the connection"
            : last is "> ClientHello" && handshake.Messages.Count(message => message == last) > 1 ? "our second ClientHello" // a HelloRetryRequest came
            : last is "> ClientHello" || last[0] is not '>' ? last.TrimStart('>', '<', ' ')
            : $"our {last[2..]}";
        return handshake.IsInMessage ? step + ", in the middle of the next message" : step;
    }

    /// <summary>A handshake that failed: the one that was tried again with something changed, if any was, else the first.</summary>
    /// <param name="condition">Which failures are meant.</param>
    internal TlsHandshake? Failed(Func<TlsHandshake, bool> condition)
    {
        TlsHandshake[] failed = [.. FailedHandshakes.Where(condition)];
        return failed.FirstOrDefault(handshake => Evidence.Any<TlsHandshake>(
                trial => !IsTarget(trial.Purpose) && trial.Purpose is not ("direct" or "proxy")
                    && trial.Address.Equals(handshake.Address) && trial.Port == handshake.Port))
            ?? failed.FirstOrDefault();
    }

    /// <summary>The trials that were completed, of some purposes: each time, and never without what was changed. Else chance may have cured it.</summary>
    /// <param name="purposes">The purposes, the most telling first.</param>
    internal TlsHandshake? Cure(params ReadOnlySpan<string> purposes)
    {
        foreach (string purpose in purposes)
        {
            if (Trial(purpose) is { } cure && !Evidence.Any<TlsHandshake>(other => other.Purpose == purpose && other.Outcome is not TlsOutcome.Completed)
                && !Evidence.Any<TlsHandshake>(again => again is { Purpose: TlsHandshake.Again, Outcome: TlsOutcome.Completed } && again.Address.Equals(cure.Address) && again.Port == cure.Port))
            {
                return cure;
            }
        }

        return null;
    }

    /// <summary>Whether a smaller segment made the exchange go further: then size was its trouble.</summary>
    /// <param name="address">Peer's address.</param>
    /// <param name="stage">How far the exchange came by itself.</param>
    internal SegmentSizeTrial? SizeCure(IPAddress address, ExchangeStage stage)
    {
        SegmentSizeTrial[] unlimited = [.. Evidence.All<SegmentSizeTrial>().Where(trial => trial.SegmentSize == 0 && trial.Address.Equals(address))];
        return Evidence.First<SegmentSizeTrial>(trial =>
            trial.SegmentSize > 0 && trial.Address.Equals(address) && trial.Stage > stage
            && !TargetView.IsChance(trial, unlimited.LastOrDefault())
            && !unlimited.Any(control => control.Stage >= trial.Stage));
    }

    /// <summary>A smaller segment that changed nothing.</summary>
    /// <param name="address">Peer's address.</param>
    /// <param name="stage">How far the exchange came by itself.</param>
    internal SegmentSizeTrial? VainSizeTrial(IPAddress address, ExchangeStage stage) =>
        Evidence.First<SegmentSizeTrial>(trial =>
            trial.SegmentSize > 0 && trial.Address.Equals(address) && trial.Stage <= stage);

    /// <summary>The kernel's account of the connection while it waited, or at its end.</summary>
    /// <param name="address">Peer's address.</param>
    /// <param name="port">Peer's port.</param>
    internal TcpInfoSample? Sample(IPAddress address, int port) =>
        Evidence.Last<TcpInfoSample>(sample =>
            sample.Moment is not "connected" && sample.Address.Equals(address) && sample.Port == port);

    /// <summary>An answer's status and its reason phrase, which HTTP/2 and some servers do not have.</summary>
    /// <param name="http">The exchange.</param>
    internal static string Answer(HttpExchange http) => $"{http.Status} {http.Reason}".TrimEnd();

    /// <summary>The one address that observations are about; null if they are about several.</summary>
    /// <param name="addresses">Their addresses.</param>
    internal static IPAddress? Subject(IEnumerable<IPAddress> addresses) =>
        addresses.Distinct().Take(2).ToArray() is [var only] ? only : null;

    /// <summary>Address and port as people write them.</summary>
    /// <param name="address">Address.</param>
    /// <param name="port">Port.</param>
    internal static string Endpoint(IPAddress address, int port) => Paths.TargetView.InWords(address, port);

    /// <summary>Who speaks TLS: address and port, or what a proxy was asked for.</summary>
    /// <param name="handshake">A handshake with it.</param>
    internal static string Server(TlsHandshake handshake) => Server(handshake.Authority, handshake.Address, handshake.Port);

    /// <summary>Who sends a certificate: address and port, or what a proxy was asked for.</summary>
    /// <param name="chain">What it sends.</param>
    internal static string Server(CertificateChain chain) => Server(chain.Authority, chain.Address, chain.Port);

    /// <summary>Who answers a request: address and port, or what a proxy was asked for.</summary>
    /// <param name="http">The exchange.</param>
    internal static string Server(HttpExchange http) => Server(
        http.ViaProxy is null || !Uri.TryCreate(http.Url, UriKind.Absolute, out Uri? url) ? null : url.Authority,
        http.Address,
        http.Port);

    /// <summary>The options of <c>openssl s_client</c> that lead to a server.</summary>
    /// <param name="handshake">A handshake with it.</param>
    internal static ShellCommand ConnectOptions(TlsHandshake handshake) =>
        ConnectOptions(handshake.Authority, handshake.Address, handshake.Port, handshake.ServerName);

    private static ShellCommand ConnectOptions(string? authority, IPAddress address, int port, string? name)
    {
        ShellCommand where = authority is null
            ? ShellCommand.Of($"-connect {Endpoint(address, port)}")
            : ShellCommand.Of($"-proxy {Endpoint(address, port)} -connect {authority}");
        return name is null ? where : ShellCommand.Of($"{where} -servername {name}");
    }

    private static string Server(string? authority, IPAddress address, int port) =>
        authority is null ? Endpoint(address, port) : $"{authority} (through the proxy {Endpoint(address, port)})";

    /// <summary>A duration in words.</summary>
    /// <param name="time">The duration.</param>
    internal static string InWords(TimeSpan time) => Words.Of(time);

    /// <summary>A time in words, in UTC.</summary>
    /// <param name="time">The time.</param>
    internal static string InWords(DateTimeOffset time) =>
        time.UtcDateTime.ToString("yyyy-MM-dd HH:mm 'UTC'", CultureInfo.InvariantCulture);

    /// <summary>A time span of days or hours in words.</summary>
    /// <param name="time">The time span.</param>
    internal static string Long(TimeSpan time) => time.TotalDays >= 2
        ? string.Create(CultureInfo.InvariantCulture, $"{time.TotalDays:0} days")
        : string.Create(CultureInfo.InvariantCulture, $"{time.TotalHours:0} hours");

    /// <summary>The software that a header, or else an error page, names; null if none does.</summary>
    /// <remarks>A proxy may put its own Server on what it passes on (nginx does), or leave another's there (haproxy does).</remarks>
    /// <param name="http">The exchange.</param>
    internal static string? ProxySoftware(HttpExchange http)
    {
        string server = http.Headers.GetValueOrDefault("server", "");
        foreach (string name in (string[])["nginx", "openresty", "envoy", "haproxy", "squid", "varnish", "cloudflare", "traefik", "caddy", "awselb", "ats", "gws"])
        {
            if (server.Contains(name, StringComparison.OrdinalIgnoreCase))
                return server;
        }

        return ErrorPage.MakerOf(http.Excerpt) ?? http.Headers.GetValueOrDefault("via")
            ?? (http.Headers.ContainsKey("x-envoy-upstream-service-time") ? "envoy"
                : http.Headers.ContainsKey("x-squid-error") ? "squid" : null);
    }

    /// <summary>Whether a response goes on for as long as its reader stays.</summary>
    /// <param name="http">The exchange.</param>
    internal static bool IsEndless(HttpExchange http) => HttpExchange.IsEndless(http.Headers.GetValueOrDefault("content-type"));

    /// <summary>A command that shows the certificates.</summary>
    /// <param name="chain">The chain.</param>
    internal static ShellCommand ShowCommand(CertificateChain chain) =>
        ShellCommand.Of($"openssl s_client {ConnectOptions(chain.Authority, chain.Address, chain.Port, chain.ServerName)} -showcerts </dev/null");

    private static bool IsTarget(string purpose) => purpose is "target" or "redirect";
}
