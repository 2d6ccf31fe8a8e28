using System.Collections.Immutable;
using System.Net;
using NetWhy.Evidence;
using NetWhy.Linux;
using NetWhy.Paths;
using NetWhy.Wire.Dns;

namespace NetWhy.Collect.Exchanges;

/// <summary>What an application would do with one address, and how patiently.</summary>
/// <param name="Scheme"><c>http</c>, <c>https</c>, <c>tls</c>, or <c>tcp</c> for a protocol that is not known.</param>
/// <param name="Host">Name or address literal of the target, for SNI, the certificate and the Host field.</param>
public sealed record ExchangeOptions(string Scheme, string Host)
{
    /// <summary>Purpose of a trial through the proxy from which the target is exempted.</summary>
    internal const string Exempted = "exempted";

    /// <summary>Port of the target; differs from the port connected to only where a proxy is.</summary>
    public int Port { get; init; }

    /// <summary>Path and query.</summary>
    public string Path { get; init; } = "/";

    /// <summary>Protocol to be asked to go on with TLS; null if TLS begins at once.</summary>
    public string? StartTls { get; init; }

    /// <summary>Why the exchange is made; see <see cref="HttpExchange.Purpose"/>.</summary>
    public string Purpose { get; init; } = "target";

    /// <summary>TCP_MAXSEG in octets; null for the interface's.</summary>
    public int? SegmentSize { get; init; }

    /// <summary>How long to wait for the connection.</summary>
    public TimeSpan ConnectPatience { get; init; } = ConnectOptions.DefaultPatience;

    /// <summary>How long nothing may come in a TLS handshake.</summary>
    public TimeSpan HandshakePatience { get; init; } = TimeSpan.FromSeconds(3.5);

    /// <summary>How long to wait for the first octet of a response.</summary>
    public TimeSpan ResponsePatience { get; init; } = TimeSpan.FromSeconds(9);

    /// <summary>Silence in the middle of a response that counts as a stall.</summary>
    public TimeSpan StallPatience { get; init; } = TimeSpan.FromSeconds(4);

    /// <summary>How long to wait for a service that speaks first.</summary>
    public TimeSpan GreetingPatience { get; init; } = TimeSpan.FromSeconds(0.5);

    /// <summary>How long after a TLS handshake to look at what the service does by itself; round trips come on top.</summary>
    /// <remarks>Who cannot serve ends the session at once; who closes connections that rest takes seconds. Nobody else waits for it.</remarks>
    public TimeSpan SessionPatience { get; init; } = TimeSpan.FromSeconds(0.1);

    /// <summary>Time of steady data after which a body has been seen enough.</summary>
    public TimeSpan BodyTime { get; init; } = TimeSpan.FromSeconds(2.5);

    /// <summary>Asked when a response's head has come: whether the body is wanted. Null for always.</summary>
    public Func<bool>? WantsBody { get; init; }

    /// <summary>The roots to judge certificates by; null to leave them unjudged.</summary>
    public Task<TrustStore>? Trust { get; init; }

    /// <summary>Receives each observation as soon as it is made; null for an exchange that nobody records.</summary>
    public Action<Observation>? Report { get; init; }

    /// <summary>The proxy that the exchange goes through; null for the direct way. The address connected to is the proxy's.</summary>
    public ProxyRoute? Proxy { get; init; }

    /// <summary>How many redirects came before.</summary>
    public int RedirectDepth { get; init; }

    /// <summary>How long an application waited for the addresses of a redirect's host; null if it had them.</summary>
    internal TimeSpan? LookupTime { get; init; }

    /// <summary><c>GET</c> or <c>HEAD</c>.</summary>
    public string Method { get; init; } = "GET";

    /// <summary>Fields of the request, see <see cref="HttpRequest.Given"/>.</summary>
    public IReadOnlyList<(string Name, string Value)> Fields { get; init; } = [];

    /// <summary>Whether they go to whoever answers; else over TLS only to whose certificate is trusted by <see cref="FieldTrust"/>.</summary>
    public bool GivesFieldsToAnyone { get; init; }

    /// <summary>The roots by which it is judged who is given <see cref="Fields"/>; null for nobody over TLS.</summary>
    public Task<TrustStore>? FieldTrust { get; init; }

    /// <summary>Cookies to send back; empty for none.</summary>
    internal ImmutableArray<Cookie> Cookies { get; init; } = [];

    /// <summary>Protocols offered by ALPN; null for those of the scheme.</summary>
    internal ImmutableArray<string>? Protocols { get; init; }

    /// <summary>Asked after a TLS handshake: whether the request is to be made. Null for always.</summary>
    internal Func<TlsHandshake, bool>? Asks { get; init; }

    /// <summary>Whether to stop after the TLS handshake or, without TLS, after connecting.</summary>
    public bool OnlyConnects { get; init; }

    /// <summary>The exchange that an application makes with the target.</summary>
    /// <param name="context">The investigation.</param>
    public static ExchangeOptions Of(ProbeContext context)
    {
        Target target = context.Target;
        return new ExchangeOptions(
            target.Scheme is "http" or "https" or "tls" ? target.Scheme : "tcp",
            target.ServerName ?? target.Host ?? "localhost")
        {
            Port = target.Port ?? 0,
            Path = target.Path,
            Method = context.Options.Method,
            Fields = context.Options.Fields,
            GivesFieldsToAnyone = context.Options.GivesFieldsToAnyone,
            StartTls = target.StartTls,
            OnlyConnects = target.Scheme is "dns" || target.Kind is TargetKind.Tls,
        };
    }

    /// <summary>Whether TLS is spoken.</summary>
    internal bool IsTls => Scheme is "https" or "tls";

    /// <summary>Whether HTTP is spoken.</summary>
    internal bool IsHttp => Scheme is "http" or "https";

    /// <summary>The host as it goes over the wire: ASCII, without a final dot.</summary>
    internal string WireHost => (InternationalName.ToAscii(Host) ?? Host).TrimEnd('.');

    /// <summary>Name for SNI; null for an address, which is never sent.</summary>
    internal string? ServerName => IPAddress.TryParse(Host, out _) ? null : WireHost;

    /// <summary>URL of the target.</summary>
    internal string Url => $"{Scheme}://{Http1Client.HostField(Scheme, WireHost, Port)}{Path}";
}

/// <summary>A proxy to go through.</summary>
/// <param name="Authorization">Value of Proxy-Authorization; null for none.</param>
/// <param name="IsTls">Whether TLS is spoken to the proxy itself.</param>
/// <param name="Host">Name or address literal of the proxy, for its certificate.</param>
public sealed record ProxyRoute(string? Authorization, bool IsTls, string Host);

/// <summary>What came of an exchange.</summary>
/// <param name="Stage">How far it came.</param>
/// <param name="Attempt">Its connection.</param>
/// <param name="Elapsed">Until it was over.</param>
public sealed record ExchangeResult(ExchangeStage Stage, ConnectAttempt Attempt, TimeSpan Elapsed)
{
    /// <summary>Its TLS handshake; null if there was none.</summary>
    public TlsHandshake? Handshake { get; init; }

    /// <summary>Its certificates as judged; null if none came or no roots were given.</summary>
    public CertificateChain? Chain { get; init; }

    /// <summary>Its request; null if there was none.</summary>
    public HttpExchange? Http { get; init; }

    /// <summary>The proxy's answer to CONNECT; null if there was none.</summary>
    public ProxyTunnel? Tunnel { get; init; }

    /// <summary>What the service said first; null if nobody waited for it.</summary>
    public ServiceGreeting? Greeting { get; init; }

    /// <summary>Cookies that the response sets.</summary>
    internal ImmutableArray<Cookie> Cookies { get; init; } = [];

    /// <summary>Where the response sends the client, as it stands in the head, unlike in the evidence; null if nowhere.</summary>
    public string? Location { get; init; }

    /// <summary>Octets received from the peer's application.</summary>
    public long OctetsReceived { get; init; }

    /// <summary>Whether all that was sent had been acknowledged by the peer's TCP.</summary>
    public bool AllAcknowledged { get; init; }
}
