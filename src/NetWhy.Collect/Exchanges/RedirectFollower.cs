using System.Collections.Immutable;
using System.Net;
using System.Text;
using NetWhy.Evidence;
using NetWhy.Exchanges;
using NetWhy.Wire.Dns;

namespace NetWhy.Collect.Exchanges;

/// <summary>Follows a chain of redirects to its end, its loop or its dead link, one observation for each step.</summary>
/// <remarks>Source: RFC 9110, section 15.4. Cookies are sent back to the same host, since a site may redirect until it gets its own.</remarks>
/// <param name="context">The investigation.</param>
internal sealed class RedirectFollower(ProbeContext context)
{
    private const int MostRedirects = 8;
    private const string Again = "EAI_AGAIN"; // nobody said that there is no such name
    private const int LongestLocation = 16 * 1024; // servers refuse longer request lines, and so do we

    private static readonly TimeSpan ConnectPatience = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan ResponsePatience = TimeSpan.FromSeconds(4);

    /// <summary>Whether a response sends the client elsewhere.</summary>
    /// <param name="exchange">The exchange.</param>
    internal static bool IsRedirect(HttpExchange? exchange) =>
        exchange is { Status: 301 or 302 or 303 or 307 or 308 } && exchange.Headers.ContainsKey("location");

    /// <summary>Follows the redirect that an exchange ended with.</summary>
    /// <param name="first">The exchange.</param>
    /// <param name="options">How it was made.</param>
    /// <param name="cancellationToken">Gives up.</param>
    internal async Task FollowAsync(ExchangeResult first, ExchangeOptions options, CancellationToken cancellationToken)
    {
        ExchangeResult result = first;
        ExchangeOptions step = options;
        HashSet<string> visited = [Key(options)];
        for (int depth = 1; depth <= MostRedirects && IsRedirect(result.Http); depth++)
        {
            HttpExchange from = result.Http!;
            if (result.Location is not { Length: <= LongestLocation } whereTo)
            {
                Report(from, options, depth, $"Location is longer than {LongestLocation / 1024} KiB");
                return;
            }

            if (Next(step, whereTo, result.Cookies, depth) is not { } next)
            {
                Report(from, options, depth, $"Location is no URL: {from.Headers["location"]}");
                return;
            }

            bool isRepeated = !visited.Add(Key(next));
            (IPAddress? address, int port) = (from.Address, next.Proxy is null ? next.Port : from.Port); // a proxy is asked for every host, and the same host stays where it was found
            if (next.Proxy is null && !next.Host.Equals(step.Host, StringComparison.OrdinalIgnoreCase))
            {
                (NameResolution resolution, string? answer) = await HostAddresses.ResolveAsync(context, next.Host, cancellationToken);
                address = resolution.Addresses.Count == 0 ? null : resolution.Addresses[0];
                next = next with { LookupTime = resolution.Source is NameSource.Literal ? null : resolution.ApplicationTime };
                if (address is null)
                {
                    Report(from, next, depth, resolution.Error is Again ? $"the name {next.Host} could not be looked up" : $"the name {next.Host} does not resolve", lookupError: resolution.Error, lookupAnswer: resolution.Error is Again ? answer : null);
                    return;
                }
            }

            result = await Exchange.RunAsync(address!, port, next, cancellationToken);
            if (result.Http is null)
                Report(from, next, depth, FaultOf(result), address, port, result.Attempt.Errno);
            if (isRepeated)
                return; // the same request again, and it was answered by a redirect again: a loop, now on record
            step = next;
        }
    }

    private static string Key(ExchangeOptions options) => $"{options.Url} {Cookie.FieldOf(options.Cookies, options.IsTls)}";

    private static string FaultOf(ExchangeResult result) => result switch
    {
        { Attempt.Outcome: ConnectOutcome.TimedOut } => "no answer to the connection",
        { Attempt.Outcome: ConnectOutcome.Failed } => $"the connection fails with {result.Attempt.Errno}",
        { Handshake: { Outcome: not TlsOutcome.Completed } handshake } =>
            $"the TLS handshake fails ({handshake.Outcome.ToString().ToLowerInvariant()})",
        { Tunnel: { } tunnel } => $"the proxy answers {tunnel.Status}",
        _ => "the request could not be sent",
    };

    private void Report(
        HttpExchange from,
        ExchangeOptions next,
        int depth,
        string fault,
        IPAddress? address = null,
        int? port = null,
        string? errno = null,
        string? lookupError = null,
        string? lookupAnswer = null) =>
        context.Report(new HttpExchange(
            PrintableText.Of(next.Url, Http1Client.LongestUrl), address ?? from.Address, port ?? from.Port, "redirect", HttpOutcome.Failed, TimeSpan.Zero)
        {
            Errno = errno,
            Fault = fault,
            LookupTime = next.LookupTime,
            LookupError = lookupError,
            LookupAnswer = lookupAnswer,
            RedirectDepth = depth,
        });

    private static ExchangeOptions? Next(
        ExchangeOptions step, string whereTo, ImmutableArray<Cookie> cookies, int depth)
    {
        if (!Uri.TryCreate(step.Url, UriKind.Absolute, out Uri? current)
            || !Uri.TryCreate(current, Decoded(whereTo), out Uri? location)
            || location.Scheme is not ("http" or "https")
            || InternationalName.ToAscii(location.Host) is not { Length: > 0 } host) // Uri.IdnHost throws on what has no such form
        {
            return null;
        }

        bool isSameHost = location.Host.Equals(current.Host, StringComparison.OrdinalIgnoreCase);
        return step with
        {
            Scheme = location.Scheme,
            Host = isSameHost ? step.Host : location.HostNameType is UriHostNameType.IPv6
                ? location.Host.Trim('[', ']')
                : host,
            Port = location.Port,
            Path = location.PathAndQuery,
            Purpose = "redirect",
            ConnectPatience = ConnectPatience,
            ResponsePatience = ResponsePatience,
            HandshakePatience = ConnectPatience,
            RedirectDepth = depth,
            Cookies = isSameHost ? cookies : [],
            Fields = isSameHost && location.Port == current.Port && location.Scheme == current.Scheme ? step.Fields : [],
            WantsBody = null,
            LookupTime = null,
        };
    }

    // Fields are read octet by octet; servers that do not escape a URL write UTF-8.
    private static string Decoded(string value) => Encoding.UTF8.GetString(Encoding.Latin1.GetBytes(value));
}
