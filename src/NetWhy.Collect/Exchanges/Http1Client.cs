using System.Buffers;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text;
using NetWhy.Evidence;
using NetWhy.Exchanges;
using NetWhy.Linux;
using NetWhy.Paths;
using NetWhy.Wire.Http;
using NetWhy.Wire.Tls;

namespace NetWhy.Collect.Exchanges;

/// <summary>One HTTP/1.1 request.</summary>
/// <param name="Method"><c>GET</c>, <c>HEAD</c>, <c>POST</c> or <c>CONNECT</c>.</param>
/// <param name="RequestTarget">What stands in the request line: a path, a whole URL for a proxy, or host and port.</param>
/// <param name="HostField">Value of the Host field.</param>
/// <param name="Url">URL, for the record.</param>
internal sealed record HttpRequest(string Method, string RequestTarget, string HostField, string Url)
{
    /// <summary>Further header lines, each with its CRLF.</summary>
    internal string Fields { get; init; } = "";

    /// <summary>Fields that the user wants: each takes the place of a usual one of its name; one without a value takes it away.</summary>
    internal IReadOnlyList<(string Name, string Value)> Given { get; init; } = [];

    /// <summary>Its body, whose length and type stand in <see cref="Fields"/>; empty for none.</summary>
    internal ReadOnlyMemory<byte> Body { get; init; }

    /// <summary>The request as it goes over the wire.</summary>
    internal byte[] ToOctets()
    {
        (string Name, string Value)[] usual = [("Host", HostField), ("User-Agent", Http1Client.UserAgent), ("Accept", "*/*"), ("Accept-Encoding", "identity")];
        IEnumerable<(string Name, string Value)> all =
        [
            .. usual.Select(field => (field.Name, Given.FirstOrDefault(given => IsSame(given, field), field).Value)),
            .. Given.Where(given => !usual.Any(field => IsSame(given, field))),
        ];
        string lines = string.Concat(all.Where(field => field.Value.Length > 0).Select(field => $"{field.Name}: {field.Value}\r\n"));
        return [.. Encoding.UTF8.GetBytes($"{Method} {RequestTarget} HTTP/1.1\r\n{lines}{Fields}\r\n"), .. Body.Span];

        static bool IsSame((string Name, string Value) one, (string Name, string Value) other) => one.Name.Equals(other.Name, StringComparison.OrdinalIgnoreCase);
    }
}

/// <summary>How long and how much to read.</summary>
internal sealed record HttpPatience
{
    /// <summary>Wait for the first octet: long enough to tell a slow application from a hung one.</summary>
    internal TimeSpan FirstOctet { get; init; } = TimeSpan.FromSeconds(9);

    /// <summary>Silence in the middle of a response that counts as a stall.</summary>
    internal TimeSpan Stall { get; init; } = TimeSpan.FromSeconds(4);

    /// <summary>Time of steady data after which a rate can be judged.</summary>
    internal TimeSpan Body { get; init; } = TimeSpan.FromSeconds(2.5);

    /// <summary>Octets of body after which a rate can be judged.</summary>
    internal long BodyLength { get; init; } = 4 * 1024 * 1024;

    /// <summary>Where the body goes, up to <see cref="BodyLength"/> and what came with its last octet; null for nowhere.</summary>
    internal ArrayBufferWriter<byte>? Keeps { get; init; }

    /// <summary>Asked when the head has come: whether the body matters. Null for always.</summary>
    internal Func<bool>? WantsBody { get; init; }
}

/// <summary>Speaks HTTP/1.1 on a connection that stands, strictly and with every time on record.</summary>
/// <remarks>Source: RFC 9110, RFC 9112.</remarks>
internal static class Http1Client
{
    private const int LongestExcerpt = 400; // Apache httpd says behind 200 what it minds
    private const int LongestValue = 300;
    /// <summary>Most characters of a URL in evidence.</summary>
    internal const int LongestUrl = 2000; // a login's redirect has a thousand characters, and its tail tells it from the next
    private const int BufferSize = 64 * 1024;
    private const long MostUnfolded = 4 << 20; // octets; what stands for more in one buffer is not judged
    private const int MostInterims = 64; // answers before the answer, such as 103

    private static readonly TimeSpan DecodingTime = TimeSpan.FromSeconds(0.1);

    /// <summary>How requests introduce themselves.</summary>
    internal static readonly string UserAgent =
        $"netwhy/{typeof(Http1Client).Assembly.GetName().Version?.ToString(2) ?? "0"}";

    private static readonly string[] KeptFields =
    [
        "server", "via", "location", "retry-after", "www-authenticate", "proxy-authenticate", "content-length",
        "content-type", "transfer-encoding", "content-encoding", "connection", "upgrade", "date", "age", "allow",
        "x-cache", "x-cache-lookup", "x-served-by", "x-squid-error", "x-amz-cf-id", "x-amzn-requestid", "cf-ray",
        "x-envoy-upstream-service-time", "x-powered-by", "x-proxy-cache", "x-varnish", "alt-svc",
        "strict-transport-security", "x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset",
    ];

    /// <summary>Sends a request and reads the response.</summary>
    /// <param name="stream">The connection.</param>
    /// <param name="address">Peer's address.</param>
    /// <param name="port">Peer's port.</param>
    /// <param name="request">The request.</param>
    /// <param name="purpose">Why; see <see cref="HttpExchange.Purpose"/>.</param>
    /// <param name="patience">How long and how much to read.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The exchange, for the caller to report, and the whole head.</returns>
    internal static async Task<(HttpExchange Exchange, HttpResponseHead? Head)> ExchangeAsync(
        ByteStream stream,
        IPAddress address,
        int port,
        HttpRequest request,
        string purpose,
        HttpPatience patience,
        CancellationToken cancellationToken)
    {
        long begin = Stopwatch.GetTimestamp();
        var exchange = new HttpExchange(
            PrintableText.Of(request.Url, LongestUrl), address, port, purpose, HttpOutcome.Failed, TimeSpan.Zero);
        byte[] octets = request.ToOctets();
        StreamResult sent = await stream.WriteAsync(octets, patience.FirstOctet, cancellationToken);
        var response = new Response(stream, patience, Stopwatch.GetTimestamp(), hasNoBody: request.Method is "CONNECT" or "HEAD", isTunnel: request.Method is "CONNECT");

        // A server may answer and close before it has read the request: what it said is still there to be read.
        _ = sent;
        await response.ReadAsync(cancellationToken);
        exchange = response.Describe(exchange);
        exchange = exchange with
        {
            Elapsed = Stopwatch.GetElapsedTime(begin),
            RequestLength = octets.Length - request.Body.Length,
            AllAcknowledged = stream.Socket.UnacknowledgedOctets == 0,
        };
        if (response.CodedAs is { } coding)
            exchange = exchange with { CodingFault = await Task.Run(() => response.FaultOf(coding), CancellationToken.None) }; // bounded; no time of the exchange, nor of what reads the others
        return (exchange, response.Head);
    }

    private sealed class Response(ByteStream stream, HttpPatience patience, long sent, bool hasNoBody, bool isTunnel)
    {
        private readonly ArrayBufferWriter<byte> _beginning = new();
        private readonly ChunkReader _chunks = new();
        private byte[] _head = [];
        private int _interims;
        private HttpOutcome _outcome = HttpOutcome.NoAnswer;
        private string? _fault;
        private string? _errno;
        private TimeSpan? _firstOctet;
        private TimeSpan _longestGap;
        private int _arrivals;
        private long _headBegan;
        private long _headEnded;
        private long _first;
        private long _last;
        private long _length;
        private bool _stopped;
        private bool? _isWanted;

        internal HttpResponseHead? Head { get; private set; }

        internal async Task ReadAsync(CancellationToken cancellationToken)
        {
            byte[] buffer = new byte[BufferSize];
            while (true)
            {
                StreamResult result = await stream.ReadAsync(buffer, NextPatience(), cancellationToken);
                if (result.Outcome is not StreamOutcome.Moved)
                {
                    End(result);
                    return;
                }

                Mark();
                if (!Take(buffer.AsSpan(0, result.Count)))
                    return;
                if (Head is null ? IsOverdue() : IsEnough())
                    return;
            }
        }

        // Before the head begins, interim answers (1xx) are no better than silence; once it has begun, it is soon whole.
        private TimeSpan NextPatience() => Head is not null ? patience.Stall
            : _head.Length == 0 ? patience.FirstOctet - Stopwatch.GetElapsedTime(sent)
            : patience.Stall - Stopwatch.GetElapsedTime(_headBegan);

        /// <summary>Whether the head has had its time although octets kept coming.</summary>
        private bool IsOverdue()
        {
            if (Head is not null || NextPatience() > TimeSpan.Zero)
                return false;

            bool isSilent = Stopwatch.GetElapsedTime(_last) > patience.Stall / 2;
            (_stopped, _outcome) = _first == 0 ? (false, HttpOutcome.NoAnswer) : (!isSilent, HttpOutcome.Stalled);
            return true;
        }

        internal HttpExchange Describe(HttpExchange exchange)
        {
            bool isFailure = Head is null || Head.Status >= 400;
            ReadOnlySpan<byte> excerpt = Head is null ? _head : _beginning.WrittenSpan;
            return exchange with
            {
                Outcome = _outcome,
                Status = Head?.Status,
                Reason = Head is null ? null : PrintableText.Of(Head.Reason, 100),
                Version = Head?.Version,
                Headers = Kept(Head),
                TimeToFirstByte = _firstOctet,
                HeadTime = _headEnded == 0 ? null : Stopwatch.GetElapsedTime(_first, _headEnded),
                TransferTime = _first == 0 ? null : Stopwatch.GetElapsedTime(_first, _last),
                LongestGap = _longestGap,
                Arrivals = _arrivals,
                BodyLength = Head?.IsChunked is true ? _chunks.BodyLength : _length,
                ExpectedLength = hasNoBody || Head is { HasNoBody: true } ? null : Head?.ContentLength,
                Errno = _errno,
                Excerpt = isFailure && excerpt.Length > 0 ? PrintableText.Of(excerpt, LongestExcerpt) : null,
                Fault = _fault,
                StoppedByUs = _stopped,
            };
        }

        // Some servers code whatever is asked for. Only a body that came whole, and is kept whole, tells; more than a buffer is not decoded here.
        internal string? CodedAs => _stopped || _outcome is not HttpOutcome.Complete || hasNoBody || patience.Keeps is not null
            || _beginning.WrittenCount is 0 or >= BufferSize || _beginning.WrittenCount < (Head?.IsChunked is true ? _chunks.BodyLength : _length)
            ? null : Head?["content-encoding"]?.Trim().ToLowerInvariant();

        internal string? FaultOf(string coding) => ContentDecoder.FaultOf(coding, _beginning.WrittenSpan, MostUnfolded, DecodingTime);

        private static Dictionary<string, string> Kept(HttpResponseHead? head)
        {
            var kept = new Dictionary<string, string>();
            if (head is null)
                return kept;
            foreach ((string name, string value) in head.Fields)
            {
                bool isKept = KeptFields.Contains(name)
                    || name.StartsWith("x-forwarded-", StringComparison.Ordinal);
                if (!isKept)
                    continue;
                bool isFurther = !kept.TryAdd(name, PrintableText.Of(value, name is "location" ? LongestUrl : LongestValue));
                if (isFurther && name is "www-authenticate" or "proxy-authenticate")
                    kept[name] = PrintableText.Of($"{kept[name]}, {value}", LongestValue); // one field for each way to log in, as a rule
            }

            return kept;
        }

        private void Mark()
        {
            long now = Stopwatch.GetTimestamp();
            if (_first == 0)
            {
                _firstOctet = Stopwatch.GetElapsedTime(sent, now);
                (_first, _last, _arrivals) = (now, now, 1);
                stream.Stage = ExchangeStage.FirstByte;
                return;
            }

            TimeSpan gap = Stopwatch.GetElapsedTime(_last, now);
            _longestGap = gap > _longestGap ? gap : _longestGap;
            if (gap > HttpExchange.OneArrival)
                _arrivals++;
            _last = now;
        }

        /// <returns>Whether more is wanted.</returns>
        private bool Take(ReadOnlySpan<byte> octets)
        {
            if (Head is not null)
                return TakeBody(octets);

            if (_head.Length == 0)
                _headBegan = Stopwatch.GetTimestamp();
            _head = [.. _head, .. octets];
            while (true)
            {
                OperationStatus status = HttpResponseHead.Read(
                    _head, out HttpResponseHead? head, out int consumed, out string? fault);
                if (status is OperationStatus.NeedMoreData)
                    return true;
                if (status is OperationStatus.InvalidData)
                {
                    (_outcome, _fault) = (HttpOutcome.Malformed, fault);
                    return false;
                }

                byte[] rest = _head[consumed..];
                if (head!.IsInterim)
                {
                    if (++_interims > MostInterims)
                    {
                        (_outcome, _fault) = (HttpOutcome.Malformed, "interim answers (1xx) come without end");
                        return false;
                    }

                    _head = rest;
                    if (rest.Length == 0)
                        (_first, _firstOctet) = (0, null); // the answer itself is still waited for
                    continue;
                }

                Head = head;
                _headEnded = _last;
                stream.Stage = ExchangeStage.BodyBegun;
                return TakeBody(rest);
            }
        }

        private bool TakeBody(ReadOnlySpan<byte> octets)
        {
            if (hasNoBody || Head!.HasNoBody)
            {
                _outcome = HttpOutcome.Complete;
                NoteExcess(isTunnel ? 0 : octets.Length);
                return false;
            }

            if (Head.IsChunked)
            {
                OperationStatus status = _chunks.Read(octets, Sink);
                (_outcome, _fault) = status switch
                {
                    OperationStatus.Done => (HttpOutcome.Complete, null),
                    OperationStatus.InvalidData => (HttpOutcome.Malformed, _chunks.Fault),
                    _ => (HttpOutcome.Stalled, null),
                };
                return status is OperationStatus.NeedMoreData;
            }

            Sink?.Write(octets);
            _length += octets.Length;
            if (Head.ContentLength is { } expected && _length >= expected)
            {
                _outcome = HttpOutcome.Complete;
                NoteExcess(_length - expected);
                _length = expected;
                return false;
            }

            return true;
        }

        private void NoteExcess(long octets)
        {
            if (octets > 0)
                _fault = string.Create(CultureInfo.InvariantCulture, $"{octets} octets came behind the end of the answer");
        }

        private ArrayBufferWriter<byte>? Sink => patience.Keeps ?? (_beginning.WrittenCount < BufferSize ? _beginning : null);

        private bool IsEnough()
        {
            long length = Math.Max(_length, _chunks.BodyLength);
            bool isEnough = length >= patience.BodyLength
                || Stopwatch.GetElapsedTime(_first) >= patience.Body
                || !(_isWanted ??= patience.WantsBody?.Invoke() ?? true);
            if (isEnough)
                (_stopped, _outcome) = (true, HttpOutcome.Complete);
            return isEnough;
        }

        private void End(StreamResult result)
        {
            _errno = result.Outcome is StreamOutcome.Failed ? TcpConnector.Name(result.Errno) : null;
            bool isReset = result is { Outcome: StreamOutcome.Failed, Errno: Errno.ECONNRESET or Errno.EPIPE };
            switch (result.Outcome)
            {
                case StreamOutcome.Silent when IsOverdue():
                    break;
                case StreamOutcome.Silent:
                    _outcome = _first == 0 ? HttpOutcome.NoAnswer : HttpOutcome.Stalled;
                    break;
                case StreamOutcome.Closed when Head is { IsChunked: false, ContentLength: null }:
                    _outcome = HttpOutcome.Complete; // the end of the connection is the end of the body
                    break;
                case StreamOutcome.Closed:
                    _outcome = _first == 0 ? HttpOutcome.ClosedEarly : HttpOutcome.Truncated;
                    _fault = _first != 0 && Head is null ? "the connection ends inside the head" : null;
                    break;
                case StreamOutcome.Refused:
                    _outcome = HttpOutcome.Failed;
                    _fault = stream.Tls is { Alert: { } alert, AlertIsOurs: false }
                        ? $"TLS alert {TlsAlert.Name(alert)}"
                        : $"TLS: {stream.Tls?.Reason}";
                    break;
                default:
                    _outcome = isReset ? HttpOutcome.Reset : HttpOutcome.Failed;
                    break;
            }
        }
    }

    /// <summary>What goes into the Host field: the port only where it is not the scheme's own.</summary>
    /// <param name="scheme"><c>http</c> or <c>https</c>.</param>
    /// <param name="host">Name or address.</param>
    /// <param name="port">Port.</param>
    internal static string HostField(string scheme, string host, int port)
    {
        string bracketed = host.Contains(':', StringComparison.Ordinal) ? $"[{host}]" : host;
        bool isDefault = (scheme, port) is ("http", 80) or ("https", 443);
        return isDefault ? bracketed : string.Create(CultureInfo.InvariantCulture, $"{bracketed}:{port}");
    }
}
