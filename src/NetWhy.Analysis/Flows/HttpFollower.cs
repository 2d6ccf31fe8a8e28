using System.Text;
using NetWhy.Evidence;

namespace NetWhy.Analysis.Flows;

/// <summary>Follows the requests of HTTP in a conversation, and their responses.</summary>
/// <param name="budget">Bounds what is held.</param>
internal abstract class HttpFollower(StreamBudget budget)
{
    private const int MostWorst = 8;
    private const int MostSlowest = 4;
    private const int LongestText = 256;

    private readonly List<HttpExchange> _worst = [];
    private readonly List<HttpExchange> _slowest = [];
    private readonly long[] _byClass = new long[5];
    private TimeSketch _times;
    private uint[]? _timeCounts; // of them
    private long _requests;
    private long _responses;
    private long _unended;
    private bool _hasFailedUnasked;

    /// <summary>Reads what the client sends.</summary>
    internal abstract IStreamReader Client { get; }

    /// <summary>Reads what the server sends.</summary>
    internal abstract IStreamReader Server { get; }

    /// <summary>Whether nothing more is to be learnt.</summary>
    internal bool IsDone { get; private protected set; }

    /// <summary>Whether a request has no response yet.</summary>
    internal bool AwaitsResponse => Pending.Any(exchange => exchange.ResponsePacket == 0);

    /// <summary>When the server's last octets passed, in nanoseconds since 1970.</summary>
    private protected long LastOfServer { get; set; }

    /// <summary>Requests without a whole response.</summary>
    private protected abstract IEnumerable<HttpExchange> Pending { get; }

    /// <summary>What was seen; null without a request, or the failure of one.</summary>
    /// <param name="networkTime">What the network needs from here to the server and back; null if unknown.</param>
    /// <param name="end">When the client ceased to wait, or the capture ended.</param>
    internal CapturedHttp? ToEvidence(TimeSpan? networkTime, long end)
    {
        if (_requests == 0 && !_hasFailedUnasked)
            return null;
        List<HttpExchange> worst = [.. _worst], slowest = [.. _slowest];
        foreach (HttpExchange open in Pending)
            _ = Keep(worst, slowest, open);
        return new CapturedHttp(_requests, _responses)
        {
            Unended = _unended,
            ByClass = [.. _byClass],
            ResponseTimes = _times.ToTimes(_timeCounts),
            Worst = [.. worst.Concat(slowest).Select(exchange => Of(exchange, networkTime, end))],
        };
    }

    /// <summary>Whether the end of the response to a request that is pending is known to be missing.</summary>
    /// <param name="exchange">The request.</param>
    /// <param name="missing">Octets that its body lacks; null if its length is not known.</param>
    private protected abstract bool IsCut(HttpExchange exchange, out long? missing);

    /// <summary>When the last octets of a request passed whose end has not; null if it has, or is not known.</summary>
    /// <param name="exchange">The request.</param>
    private protected virtual long? UnfinishedAt(HttpExchange exchange) => null;

    /// <summary>The server ends.</summary>
    /// <param name="nanoseconds">When.</param>
    internal abstract void EndOfServer(long nanoseconds);

    /// <summary>Gives back what is held of messages that are not whole.</summary>
    internal abstract void Release();

    /// <summary>Gives back what is held of requests.</summary>
    internal void Forget()
    {
        foreach (HttpExchange exchange in Pending.Concat(_worst).Concat(_slowest))
            Drop(exchange);
    }

    /// <summary>Hears that data of the client was sent again: the server thinks from then on.</summary>
    /// <param name="nanoseconds">When.</param>
    internal void RepeatRequest(long nanoseconds)
    {
        if (Pending.LastOrDefault() is { ResponsePacket: 0 } exchange)
            exchange.RepeatedAt = nanoseconds;
    }

    /// <summary>Hears that all that the client sent has arrived: it was on its way until then.</summary>
    /// <param name="nanoseconds">When that was told.</param>
    internal void ReachServer(long nanoseconds)
    {
        if (Pending.LastOrDefault() is { ResponsePacket: 0 } exchange && exchange.ArrivedAt < exchange.SentAt)
            exchange.ArrivedAt = nanoseconds;
    }

    /// <summary>Begins to keep a request; without room for it, none is followed any more.</summary>
    /// <param name="exchange">The request.</param>
    private protected HttpExchange? TryBegin(HttpExchange exchange)
    {
        if (LastOfServer != 0)
            exchange.Rest = Math.Max(0, exchange.BeginOfRequest - LastOfServer);
        if (budget.Take(exchange.Size))
            return exchange;
        IsDone = true;
        return null;
    }

    /// <summary>Gives up a request.</summary>
    /// <param name="exchange">The request.</param>
    private protected void Drop(HttpExchange exchange) => budget.Give(exchange.Size);

    /// <summary>Counts a request.</summary>
    private protected void CountRequest() => _requests++;

    /// <summary>Counts a response of which it is not known where it ends.</summary>
    private protected void CountUnended() => _unended++;

    /// <summary>Notes that a response to a request begins.</summary>
    /// <param name="exchange">The request.</param>
    /// <param name="status">Its status.</param>
    /// <param name="begin">Where it begins.</param>
    private protected void Respond(HttpExchange exchange, int status, in StreamMoment begin)
    {
        _responses++;
        _byClass[Math.Clamp(status / 100, 1, 5) - 1]++;
        exchange.Status = status;
        exchange.ResponsePacket = begin.Frame;
        exchange.BeginOfResponse = begin.Nanoseconds;
        _times.Add(exchange.ResponseTime, ref _timeCounts);
    }

    /// <summary>Notes that a response begins whose request was not captured: a failure is one whatever was asked for.</summary>
    /// <param name="status">Its status.</param>
    /// <param name="begin">Where it begins.</param>
    private protected void RespondUnasked(int status, in StreamMoment begin)
    {
        const int Failure = 500;
        if (_requests > 0 || status < Failure)
            return;
        _hasFailedUnasked = true;
        if (TryBegin(new HttpExchange { Method = "", Uri = "", BeginOfRequest = begin.Nanoseconds, EndOfRequest = begin.Nanoseconds, BeginOfResponse = begin.Nanoseconds, Status = status, ResponsePacket = begin.Frame }) is { } exchange)
            Keep(exchange);
    }

    /// <summary>Notes that the server did not wait any longer for the rest of a request.</summary>
    /// <param name="status">The status of its answer.</param>
    /// <param name="request">Where that began; its frame is the last that came.</param>
    /// <param name="begin">Where the answer begins.</param>
    private protected void RespondUnfinished(int status, in StreamMoment request, in StreamMoment begin)
    {
        _hasFailedUnasked = true;
        if (TryBegin(new HttpExchange { Method = "", Uri = "", IsUnfinished = true, Packet = request.Frame, BeginOfRequest = request.Nanoseconds, EndOfRequest = request.Nanoseconds }) is not { } exchange)
            return;
        Respond(exchange, status, begin);
        Keep(exchange);
    }

    /// <summary>Keeps an exchange that is over, if it is among the worst.</summary>
    /// <param name="exchange">The exchange.</param>
    private protected void Keep(HttpExchange exchange)
    {
        if (Keep(_worst, _slowest, exchange) is { } displaced)
            Drop(displaced);
    }

    /// <summary>Text of a message, as far as it is kept.</summary>
    /// <param name="octets">The text.</param>
    private protected static string Text(ReadOnlySpan<byte> octets) => Encoding.Latin1.GetString(octets[..Math.Min(octets.Length, LongestText)]);

    private CapturedRequest Of(HttpExchange exchange, TimeSpan? networkTime, long end)
    {
        long? missing = null;
        bool isCut = exchange.ResponsePacket != 0 && exchange.EndOfResponse == 0 && IsCut(exchange, out missing);
        bool isWaiting = isCut || (exchange.ResponsePacket == 0 && Pending.Contains(exchange));
        long since = exchange.ResponsePacket == 0 ? exchange.SentAt : LastOfServer;
        CapturedRequest request = exchange.ToEvidence(networkTime);
        long? unfinished = UnfinishedAt(exchange);
        return request with
        {
            IsUnfinished = request.IsUnfinished || unfinished is not null,
            RequestTime = unfinished is { } last ? CaptureTime.Span(Math.Max(0, last - exchange.BeginOfRequest)) : request.RequestTime,
            IsCut = isCut,
            MissingOctets = missing,
            Waited = isWaiting ? CaptureTime.Span(Math.Max(0, end - since)) : null,
        };
    }

    /// <summary>Whether a response of a type goes on as long as something happens.</summary>
    /// <param name="type">Its Content-Type.</param>
    /// <remarks>Sources: HTML, section 9.2; RFC 2046, section 5.1 (as cameras use it); gRPC over HTTP.</remarks>
    private protected static bool IsStreamType(ReadOnlySpan<byte> type) =>
        StartsWith(type, "text/event-stream"u8) || StartsWith(type, "multipart/x-mixed-replace"u8) || StartsWith(type, "application/grpc"u8) || StartsWith(type, "application/x-ndjson"u8);

    private static bool StartsWith(ReadOnlySpan<byte> text, ReadOnlySpan<byte> start) => text.Length >= start.Length && Ascii.EqualsIgnoreCase(text[..start.Length], start);

    private static bool IsWorse(HttpExchange exchange, HttpExchange other) =>
        exchange.Badness != other.Badness ? exchange.Badness > other.Badness : IsSlower(exchange, other);

    private static bool IsSlower(HttpExchange exchange, HttpExchange other) => exchange.ResponseTime > other.ResponseTime;

    // Failures must not push out what is slow. Returns what there was no place for.
    private static HttpExchange? Keep(List<HttpExchange> worst, List<HttpExchange> slowest, HttpExchange exchange) =>
        Keep(worst, MostWorst, exchange, IsWorse) is { } lesser ? Keep(slowest, MostSlowest, lesser, IsSlower) : null;

    private static HttpExchange? Keep(List<HttpExchange> kept, int most, HttpExchange exchange, Func<HttpExchange, HttpExchange, bool> goesBefore)
    {
        if (kept.Count == most && !goesBefore(exchange, kept[^1]))
            return exchange;
        int place = kept.FindIndex(other => goesBefore(exchange, other));
        kept.Insert(place < 0 ? kept.Count : place, exchange);
        if (kept.Count <= most)
            return null;
        HttpExchange displaced = kept[most];
        kept.RemoveAt(most);
        return displaced;
    }
}

/// <summary>A request, and its response.</summary>
internal sealed class HttpExchange
{
    internal required string Method { get; init; }

    internal required string Uri { get; init; }

    /// <summary>Whether that is only its beginning.</summary>
    internal bool IsUriCut { get; init; }

    internal string? Host { get; init; }

    /// <summary>The packet in which the request ended; 0 if it was not captured.</summary>
    internal uint Packet { get; set; }

    /// <summary>When the request began.</summary>
    internal required long BeginOfRequest { get; init; }

    internal long EndOfRequest { get; set; }

    /// <summary>When something of it was sent again, last.</summary>
    internal long RepeatedAt { get; set; }

    /// <summary>When the last of it was sent.</summary>
    internal long SentAt => Math.Max(EndOfRequest, RepeatedAt);

    /// <summary>How long the server had said nothing before it; null if it never had said anything.</summary>
    internal long? Rest { get; set; }

    /// <summary>When all of it was acknowledged, by a packet that did nothing else.</summary>
    internal long ArrivedAt { get; set; }

    /// <summary>How long the client held its body back until the server would say that it may come (RFC 9110, section 10.1.1).</summary>
    internal long ContinueWait { get; set; }

    /// <summary>Whether the server said so.</summary>
    internal bool IsContinued { get; set; }

    /// <summary>Whether it was answered before its head had come to an end, which it never did.</summary>
    internal bool IsUnfinished { get; init; }

    /// <summary>Time within the request in which nothing of it passed.</summary>
    internal long Pauses { get; set; }

    /// <summary>The packet in which the response began; 0 if there is none.</summary>
    internal uint ResponsePacket { get; set; }

    internal long BeginOfResponse { get; set; }

    internal int Status { get; set; }

    /// <summary>Whether its response goes on as long as something happens.</summary>
    internal bool IsStream { get; set; }

    /// <summary>Where its response points to.</summary>
    internal string? Location { get; set; }

    /// <summary>Whether of the head of its response only the beginning was captured.</summary>
    internal bool IsResponseCut { get; set; }

    /// <summary>Whether that response sets a cookie.</summary>
    internal bool SetsCookie { get; set; }

    /// <summary>Whether its response came through a proxy, by its own word.</summary>
    internal bool IsForwarded { get; set; }

    /// <summary>How the body of a refusal begins.</summary>
    internal string? Excerpt { get; set; }

    /// <summary>The packet in which the size of a chunk of its response should be, and is not; 0 for none.</summary>
    internal uint BadChunkPacket { get; set; }

    /// <summary>Whether its response says how long it is.</summary>
    internal bool HasLength { get; set; }

    /// <summary>Whether only the end of the connection says that its response is whole.</summary>
    internal bool EndsWithConnection { get; set; }

    internal long EndOfResponse { get; set; }

    /// <summary>Octets of memory that it takes, about.</summary>
    internal int Size => 200 + (2 * (Method.Length + Uri.Length + (Host?.Length ?? 0)));

    internal long ResponseTime => ResponsePacket == 0 ? 0 : Math.Max(0, BeginOfResponse - SentAt);

    internal int Badness => ResponsePacket == 0 ? 3 : Status >= 500 || BadChunkPacket != 0 ? 2 : Status >= 400 ? 1 : 0;

    internal CapturedRequest ToEvidence(TimeSpan? networkTime)
    {
        const long LongestDelay = 500_000_000; // of acknowledgments (RFC 1122, section 4.2.3.2)
        TimeSpan? responseTime = ResponsePacket == 0 || Packet == 0 ? null : CaptureTime.Span(ResponseTime);
        // The shortest way is what the network needs as a rule; what arrived much later had to wait in it this time.
        TimeSpan arrival = CaptureTime.Span(ArrivedAt - SentAt);
        if (arrival >= (networkTime ?? TimeSpan.Zero) + CaptureTime.Span(LongestDelay))
            networkTime = arrival;
        return new CapturedRequest(Packet, Method, IsUriCut ? $"{Uri}…" : Uri)
        {
            IsUriCut = IsUriCut,
            IsResponseCut = IsResponseCut,
            Host = Host,
            RequestTime = CaptureTime.Span(Math.Max(0, EndOfRequest - BeginOfRequest)),
            RequestPauses = CaptureTime.Span(Pauses),
            ContinueWait = CaptureTime.Span(ContinueWait),
            IsContinued = IsContinued,
            IsUnfinished = IsUnfinished,
            IsStream = IsStream,
            Excerpt = Excerpt,
            Rest = Rest is { } rest ? CaptureTime.Span(rest) : null,
            Location = Location,
            SetsCookie = SetsCookie,
            IsForwarded = IsForwarded,
            HasLength = HasLength,
            EndsWithConnection = EndsWithConnection,
            BadChunkPacket = BadChunkPacket,
            ResponsePacket = ResponsePacket,
            Status = Status == 0 ? null : Status,
            ResponseTime = responseTime,
            NetworkTime = responseTime is { } whole && networkTime is { } way ? (way < whole ? way : whole) : null,
            TransferTime = EndOfResponse == 0 ? null : CaptureTime.Span(EndOfResponse - BeginOfResponse),
        };
    }
}
