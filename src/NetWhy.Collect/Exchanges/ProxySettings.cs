using System.Globalization;
using System.Text;
using NetWhy.Exchanges;

namespace NetWhy.Collect.Exchanges;

/// <summary>What the proxy variables of the environment mean for one target.</summary>
/// <remarks>
/// Lower-case names win over upper-case ones; <c>HTTP_PROXY</c> counts, although curl alone ignores it, because Go,
/// Python, Java tools and .NET do not. Source: curl(1), "Environment"; libcurl-env(3).
/// </remarks>
/// <param name="Variable">Variable that applies; null if none does.</param>
/// <param name="Value">Its value with a password replaced by <c>***</c>; null if none applies.</param>
/// <param name="Host">Host of the proxy; null if there is none.</param>
/// <param name="Port">Port of the proxy.</param>
internal sealed record ProxySettings(string? Variable, string? Value, string? Host, int Port)
{
    private const int DefaultPort = 1080; // curl's, whatever the scheme but https

    /// <summary>How to go through the proxy; null if there is none.</summary>
    internal ProxyRoute? Route { get; init; }

    /// <summary>What is wrong with the value, in words; null if it can be used.</summary>
    internal string? Fault { get; init; }

    /// <summary>Entry of NO_PROXY that exempts the target; null if none does.</summary>
    internal string? ExemptedBy { get; init; }

    /// <summary>Value of NO_PROXY; null if not set.</summary>
    internal string? NoProxy { get; init; }

    /// <summary>Whether the request goes through the proxy.</summary>
    internal bool Applies => Host is not null && ExemptedBy is null && Fault is null;

    /// <summary>What holds for a target; that none is set, for one that is not asked by HTTP.</summary>
    /// <param name="target">The target.</param>
    /// <param name="environment">The environment.</param>
    internal static ProxySettings Of(Target target, Func<string, string?> environment) =>
        target is { IsHttp: true, Host: { } host, Scheme: { } scheme, Port: { } port }
            ? Read(environment, scheme, host, port)
            : new ProxySettings(null, null, null, 0);

    /// <summary>Reads the environment.</summary>
    /// <param name="environment">The environment.</param>
    /// <param name="scheme"><c>http</c> or <c>https</c>.</param>
    /// <param name="host">Target's name or address.</param>
    /// <param name="port">Target's port.</param>
    internal static ProxySettings Read(Func<string, string?> environment, string scheme, string host, int port)
    {
        string[] names = scheme is "https"
            ? ["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"]
            : ["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"];
        string? noProxy = environment("no_proxy") ?? environment("NO_PROXY");
        string? variable = names.FirstOrDefault(name => !string.IsNullOrWhiteSpace(environment(name)));
        ProxySettings settings = variable is null
            ? new ProxySettings(null, null, null, 0)
            : Parse(variable, environment(variable)!.Trim());
        return settings with
        {
            NoProxy = noProxy is null ? null : PrintableText.Of(noProxy, 500),
            ExemptedBy = variable is null || noProxy is null ? null : NoProxyList.Find(noProxy, host, port),
        };
    }

    private static ProxySettings Parse(string variable, string value)
    {
        int schemeEnd = value.IndexOf("://", StringComparison.Ordinal);
        string scheme = schemeEnd < 0 ? "http" : value[..schemeEnd].ToLowerInvariant();
        string rest = (schemeEnd < 0 ? value : value[(schemeEnd + 3)..]).Split('/', '?', '#')[0];
        int at = rest.LastIndexOf('@');
        string? user = at < 0 ? null : rest[..at];
        string authority = at < 0 ? rest : rest[(at + 1)..];
        string shown = PrintableText.Of(WithoutPassword(value), 300);

        (string host, string? portText) = SplitAuthority(authority);
        int port = scheme is "https" ? 443 : DefaultPort;
        bool isPort = portText is null || (int.TryParse(
            portText, NumberStyles.None, CultureInfo.InvariantCulture, out port) && port is >= 1 and <= 65535);
        string? fault = (scheme, host) switch
        {
            ("socks4" or "socks4a" or "socks5" or "socks5h", _) => "it names a SOCKS proxy, which netwhy does not speak",
            (not ("http" or "https"), _) => $"its scheme '{PrintableText.Of(scheme, 40)}' is none that a proxy has",
            (_, "") => "it names no host",
            _ when host.Any(letter => char.IsWhiteSpace(letter) || char.IsControl(letter)) => "its host holds white space",
            _ => isPort ? null : $"its port '{PrintableText.Of(portText!, 40)}' is none",
        };
        return new ProxySettings(variable, shown, host.Length == 0 ? null : host, port)
        {
            Fault = fault,
            Route = fault is null ? new ProxyRoute(Authorization(user), scheme is "https", host) : null,
        };
    }

    private static (string Host, string? Port) SplitAuthority(string authority)
    {
        int bracket = authority.StartsWith('[') ? authority.IndexOf(']', StringComparison.Ordinal) : -1;
        int colon = authority.IndexOf(':', Math.Max(bracket, 0));
        string host = colon < 0 ? authority : authority[..colon];
        string? port = colon < 0 ? null : authority[(colon + 1)..];
        return (host.Trim('[', ']'), string.IsNullOrEmpty(port) ? null : port);
    }

    private static string WithoutPassword(string value)
    {
        int at = value.LastIndexOf('@');
        int start = value.IndexOf("://", StringComparison.Ordinal) is var scheme and >= 0 ? scheme + 3 : 0;
        int colon = at < 0 ? -1 : value.IndexOf(':', start);
        return colon >= 0 && colon < at ? $"{value[..(colon + 1)]}***{value[at..]}" : value;
    }

    private static string? Authorization(string? user) => user is null
        ? null
        : $"Basic {Convert.ToBase64String(Encoding.UTF8.GetBytes(Uri.UnescapeDataString(user)))}";
}
