using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using System.Text;
using NetWhy.Wire.Dns;

namespace NetWhy.Exchanges.Requests;

/// <summary>The request that is made again and again.</summary>
public sealed record RequestPlan
{
    private static readonly string UserAgent = $"netwhy/{typeof(RequestPlan).Assembly.GetName().Version?.ToString(2) ?? "0"}";

    private RequestPlan(Uri url, string method, IReadOnlyList<(string Name, string Value)> fields)
    {
        Url = url;
        Method = method;
        IsTls = url.Scheme is "https" or "tls";
        Host = HostOf(url) ?? throw new ArgumentException("the URL names no host", nameof(url));
        string bracketed = Host.Contains(':', StringComparison.Ordinal) ? $"[{Host}]" : Host;
        string authority = url.IsDefaultPort ? bracketed : string.Create(CultureInfo.InvariantCulture, $"{bracketed}:{url.Port}");
        string? own = fields.FirstOrDefault(field => field.Name.Equals("host", StringComparison.OrdinalIgnoreCase)).Value;
        (string Name, string Value)[] usual = [("User-Agent", UserAgent), ("Accept", "*/*"), ("Accept-Encoding", "gzip, deflate, br, zstd")];
        (string Name, string Value)[] all =
        [
            .. usual.Where(one => !fields.Any(field => field.Name.Equals(one.Name, StringComparison.OrdinalIgnoreCase))),
            .. fields.Where(field => field.Value.Length > 0 && !field.Name.Equals("host", StringComparison.OrdinalIgnoreCase)),
        ];
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"{method} {url.PathAndQuery} HTTP/1.1\r\n");
        string named = own ?? authority; // without a value, no host is named
        if (named.Length > 0)
            text.Append(CultureInfo.InvariantCulture, $"Host: {named}\r\n");
        foreach ((string name, string value) in all)
            text.Append(CultureInfo.InvariantCulture, $"{name}: {value}\r\n");
        Octets = Encoding.UTF8.GetBytes(text.Append("\r\n").ToString());
        Fields =
        [
            (":method", method), (":scheme", url.Scheme), .. named.Length > 0 ? [(":authority", OctetsOf(named))] : Array.Empty<(string, string)>(), (":path", url.PathAndQuery),
            .. all.Where(field => !IsOfConnection(field.Name)).Select(field => (field.Name.ToLowerInvariant(), OctetsOf(field.Value))),
        ];
    }

    /// <summary>What is asked for.</summary>
    public Uri Url { get; }

    /// <summary><c>GET</c> or <c>HEAD</c>.</summary>
    public string Method { get; }

    /// <summary>Whether it goes through TLS.</summary>
    public bool IsTls { get; }

    /// <summary>The host: a name, or an address without brackets.</summary>
    public string Host { get; }

    /// <summary>The address, if the host is one; null for a name.</summary>
    public IPAddress? Literal => IPAddress.TryParse(Host, out IPAddress? address) ? address : null;

    /// <summary>The protocols to offer in TLS (ALPN).</summary>
    public IReadOnlyList<string> Protocols { get; init; } = ["h2", "http/1.1"];

    /// <summary>Time that one request may take, the connection included.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Octets of a body after which reading ends.</summary>
    public long MostBody { get; init; } = 256L << 20;

    /// <summary>Octets of a body that a server of HTTP/2 may send before it must wait for us.</summary>
    public int Window { get; init; } = 16 << 20;

    /// <summary>Whether only the connection is made, TLS included where the scheme has it, and nothing is asked over it.</summary>
    public bool OnlyConnects { get; private init; }

    /// <summary>The further fields that were asked for.</summary>
    public IReadOnlyList<(string Name, string Value)> Given { get; private init; } = [];

    /// <summary>The request of HTTP/1.1 as it goes over the wire.</summary>
    internal ReadOnlyMemory<byte> Octets { get; }

    /// <summary>The fields of the request of HTTP/2, an octet in each character.</summary>
    internal IReadOnlyList<(string Name, string Value)> Fields { get; }

    /// <summary>Reads a URL; without a scheme it is <c>http</c>.</summary>
    /// <param name="text">The URL.</param>
    /// <param name="url">The URL; null if it is none.</param>
    /// <param name="error">What is wrong, in words; null if nothing is.</param>
    public static bool TryReadUrl(string text, [NotNullWhen(true)] out Uri? url, [NotNullWhen(false)] out string? error)
    {
        url = null;
        error = null;
        int colon = text.IndexOf("://", StringComparison.Ordinal);
        bool hasScheme = colon >= 0 && text.AsSpan().IndexOfAny('/', '?', '#') > colon; // others stand in the path or behind it
        string whole = hasScheme ? text : $"http://{text}";
        string scheme = whole[..whole.IndexOf("://", StringComparison.Ordinal)];
        if (!scheme.Equals("http", StringComparison.OrdinalIgnoreCase) && !scheme.Equals("https", StringComparison.OrdinalIgnoreCase))
            error = $"'{text}' begins with {scheme}://, and only http and https are asked";
        else if (whole.AsSpan().ContainsAnyInRange('\0', ' ') || !Uri.TryCreate(whole, UriKind.Absolute, out url) || HostOf(url) is null)
            error = $"'{text}' is no URL such as https://example.com/path";
        else if (url.UserInfo.Length > 0)
            error = "a user and password in the URL are not sent: give them by -H 'Authorization: …'";
        else if (url.Port == 0)
            error = $"'{text}' has port 0";
        return error is null;
    }

    /// <summary>Plans a request.</summary>
    /// <param name="url">What to ask for.</param>
    /// <param name="method"><c>GET</c> or <c>HEAD</c>.</param>
    /// <param name="fields">Further fields; one that is always sent takes its place, or none if its value is empty.</param>
    public static RequestPlan Of(Uri url, string method, IReadOnlyList<(string Name, string Value)> fields) => new(url, method, fields) { Given = fields };

    /// <summary>Plans a connection over which nothing is asked.</summary>
    /// <param name="url">Where to: any scheme, host and port; <c>tls</c> and <c>https</c> shake hands.</param>
    public static RequestPlan OfConnection(Uri url) => new(url, "GET", []) { OnlyConnects = true, Protocols = [] };

    /// <summary>The same for another URL.</summary>
    /// <param name="url">The URL.</param>
    /// <param name="fields">Further fields of its request.</param>
    public RequestPlan To(Uri url, IReadOnlyList<(string Name, string Value)> fields) =>
        new(url, Method, fields) { Protocols = Protocols, Timeout = Timeout, MostBody = MostBody, Window = Window, Given = fields };

    /// <summary>The same with a length that is no number: an error to everyone that reads HTTP, which must not go further.</summary>
    /// <remarks>Source: RFC 9112, section 6.3.</remarks>
    public RequestPlan ToBeRefused()
    {
        const string Length = "Content-Length";
        return To(Url, [.. Given.Where(field => !field.Name.Equals(Length, StringComparison.OrdinalIgnoreCase)), (Length, "x")]) with { Protocols = ["http/1.1"] };
    }

    /// <summary>The host of a URL as it is looked up and asked for: a name in ASCII, or an address without brackets.</summary>
    /// <param name="url">The URL.</param>
    /// <returns>The host; null if there is none that could be looked up.</returns>
    public static string? HostOf(Uri url) => url.HostNameType is UriHostNameType.IPv6
        ? url.DnsSafeHost
        : InternationalName.ToAscii(url.Host) is { Length: > 0 } name ? name : null; // Uri.IdnHost throws on what has no such form

    private static string OctetsOf(string text) => Encoding.Latin1.GetString(Encoding.UTF8.GetBytes(text));

    // RFC 9113, section 8.2.2.
    private static bool IsOfConnection(string name) =>
        name.ToLowerInvariant() is "connection" or "keep-alive" or "proxy-connection" or "transfer-encoding" or "upgrade";
}
