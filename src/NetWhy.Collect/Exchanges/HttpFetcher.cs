using System.Buffers;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using NetWhy.Evidence;
using NetWhy.Exchanges;
using NetWhy.Paths;

namespace NetWhy.Collect.Exchanges;

/// <summary>What was fetched.</summary>
/// <param name="Octets">The body; empty if none came.</param>
/// <param name="Problem">Why none came, in words; null if one did.</param>
/// <param name="Status">Status of the response; null if none came.</param>
/// <param name="Elapsed">How long it took.</param>
internal sealed record Fetched(ReadOnlyMemory<byte> Octets, string? Problem, int? Status, TimeSpan Elapsed);

/// <summary>Fetches small things over HTTP, bounded in number, size and time; no redirect is followed.</summary>
/// <remarks>
/// A stranger may have written the URLs: what only this machine or its link serves, such as a daemon on the loopback or the metadata of a
/// cloud, is not fetched for one from elsewhere.
/// </remarks>
/// <param name="context">The investigation, for names.</param>
/// <param name="limit">How long all of it may take.</param>
/// <param name="isOfThisMachine">Whether who names the URLs is on this machine itself.</param>
internal sealed class HttpFetcher(ProbeContext context, TimeSpan limit, bool isOfThisMachine)
{
    private const int MostRequests = 16;
    private const int MostAddresses = 2; // of one host
    private const int LongestUrl = 1000;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2.5); // with each step of one request

    private readonly long _begin = Stopwatch.GetTimestamp();
    private int _requests;

    /// <summary>Fetches.</summary>
    /// <param name="url">From where: http only, since what secures it is in what comes.</param>
    /// <param name="body">What to post; empty for a GET.</param>
    /// <param name="type">Media type of that; null for a GET.</param>
    /// <param name="most">Most octets.</param>
    /// <param name="cancellationToken">Gives up.</param>
    internal async Task<Fetched> FetchAsync(string url, ReadOnlyMemory<byte> body, string? type, int most, CancellationToken cancellationToken)
    {
        long begin = Stopwatch.GetTimestamp();
        TimeSpan left = limit - Stopwatch.GetElapsedTime(_begin);
        if (url.Length > LongestUrl || url.AsSpan().ContainsAnyExceptInRange('!', '~') || !Uri.TryCreate(url, UriKind.Absolute, out Uri? uri) || uri.Scheme is not "http" || uri.UserInfo.Length > 0)
            return Failed("the URL is no plain one of http");
        if (left <= TimeSpan.Zero || ++_requests > MostRequests)
            return Failed("the time or the number of requests was over");

        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        over.CancelAfter(left);
        try
        {
            return await FetchAsync(uri, body, type, most, begin, over.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return Failed("the time was over");
        }

        Fetched Failed(string why) => new(default, why, null, Stopwatch.GetElapsedTime(begin));
    }

    /// <summary>Whether an address is served by this machine or its link only, or by no single host.</summary>
    /// <remarks>Source: RFC 6890; RFC 4291, sections 2.4 and 2.5.</remarks>
    /// <param name="address">The address.</param>
    internal static bool IsNear(IPAddress address)
    {
        IPAddress plain = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        return IPAddress.IsLoopback(plain) || plain.IsIPv6LinkLocal || plain.IsIPv6Multicast || plain.Equals(IPAddress.IPv6Any)
            || plain.GetAddressBytes() is [0, _, _, _] or [169, 254, _, _] or [>= 224, _, _, _];
    }

    private async Task<Fetched> FetchAsync(Uri uri, ReadOnlyMemory<byte> body, string? type, int most, long begin, CancellationToken cancellationToken)
    {
        string host = uri.HostNameType is UriHostNameType.IPv6 ? uri.IdnHost.Trim('[', ']') : uri.IdnHost;
        IReadOnlyList<IPAddress> addresses = await HostAddresses.FindAsync(context, host, cancellationToken);
        string problem = $"{PrintableText.Of(host, 100)} has no address here";
        foreach (IPAddress address in addresses.Take(MostAddresses))
        {
            if (!isOfThisMachine && IsNear(address))
            {
                problem = $"{address} belongs to this machine or its link, where a server elsewhere sends nobody";
                continue;
            }

            using TcpConnection connection = await TcpConnector.ConnectAsync(
                address, uri.Port, new ConnectOptions { Purpose = "fetch", Patience = Patience }, cancellationToken);
            if (connection.Socket is not { } socket)
            {
                problem = $"{PrintableText.Of(host, 100)} cannot be reached: {connection.Attempt.Errno ?? "no connection"}";
                continue;
            }

            var kept = new ArrayBufferWriter<byte>();
            var request = new HttpRequest(type is null ? "GET" : "POST", uri.PathAndQuery, Http1Client.HostField("http", host, uri.Port), uri.AbsoluteUri)
            {
                Fields = type is null ? "" : string.Create(CultureInfo.InvariantCulture, $"Content-Type: {type}\r\nContent-Length: {body.Length}\r\n"),
                Body = body,
            };
            (HttpExchange exchange, _) = await Http1Client.ExchangeAsync(
                new ByteStream(socket, address, uri.Port, onSilence: null),
                address,
                uri.Port,
                request,
                "fetch",
                new HttpPatience { FirstOctet = Patience, Stall = Patience, Body = limit, BodyLength = most + 1L, Keeps = kept },
                cancellationToken);
            string? wrong = exchange switch
            {
                { Status: null } => $"{PrintableText.Of(host, 100)} gives no HTTP response: {exchange.Fault ?? exchange.Errno ?? exchange.Outcome.ToString()}",
                { Status: not 200 } => $"{PrintableText.Of(host, 100)} answers {exchange.Status} {exchange.Reason}".TrimEnd(),
                _ when kept.WrittenCount > most || exchange.StoppedByUs => string.Create(CultureInfo.InvariantCulture, $"it is longer than {most} octets"),
                { Outcome: not HttpOutcome.Complete } => $"it is cut short: {exchange.Outcome}",
                _ => null,
            };
            return new Fetched(wrong is null ? kept.WrittenMemory : default, wrong, exchange.Status, Stopwatch.GetElapsedTime(begin));
        }

        return new Fetched(default, problem, null, Stopwatch.GetElapsedTime(begin));
    }
}
