using System.Buffers;
using System.Globalization;
using System.Text;
using NetWhy.Wire.Http;

namespace NetWhy.Analysis.Flows;

/// <summary>Follows HTTP/1. Sources: RFC 9110, RFC 9112.</summary>
internal sealed class Http1Follower : HttpFollower
{
    private const int MostPending = 64; // of a pipeline
    private const int LongestHead = 1 << 16;
    private const int BadRequest = 400;

    private readonly List<HttpExchange> _pending = []; // requests without a whole response
    private readonly Half _client;
    private readonly Half _server;

    internal Http1Follower(StreamBudget budget)
        : base(budget)
    {
        _client = new Half(this, budget, isClient: true);
        _server = new Half(this, budget, isClient: false);
    }

    /// <inheritdoc/>
    internal override IStreamReader Client => _client;

    /// <inheritdoc/>
    internal override IStreamReader Server => _server;

    /// <inheritdoc/>
    private protected override IEnumerable<HttpExchange> Pending => _pending;

    /// <inheritdoc/>
    internal override void EndOfServer(long nanoseconds) => _server.End(nanoseconds);

    /// <inheritdoc/>
    internal override void Release()
    {
        _client.Release();
        _server.Release();
    }

    // Only the first of those that wait has a response that may come to an end.
    private protected override bool IsCut(HttpExchange exchange, out long? missing)
    {
        missing = _server.Left;
        return _server.IsUnfinished && _pending.Count > 0 && _pending[0] == exchange;
    }

    /// <inheritdoc/>
    private protected override long? UnfinishedAt(HttpExchange exchange) =>
        _client.IsUnfinished && _pending.Count > 0 && _pending[^1] == exchange && exchange.ResponsePacket == 0 ? _client.Last : null;

    private void Ask(HttpHead head, long begin, in StreamMoment moment)
    {
        CountRequest();
        if (_pending.Count == MostPending)
        {
            Keep(_pending[0]);
            _pending.RemoveAt(0);
        }

        string? host = null;
        foreach (HttpField field in head.Fields)
        {
            if (field.Is("host"u8))
                host ??= Text(field.Value);
        }

        if (TryBegin(new HttpExchange { Method = Text(head.Method), Uri = Text(head.Target), IsUriCut = head.IsTargetCut, Host = host, Packet = moment.Frame, BeginOfRequest = begin, EndOfRequest = moment.Nanoseconds }) is { } exchange)
            _pending.Add(exchange);
    }

    private void EndRequest(in StreamMoment moment)
    {
        if (_pending.Count == 0 || _pending[^1].ResponsePacket != 0)
            return;
        _pending[^1].Packet = moment.Frame;
        _pending[^1].EndOfRequest = moment.Nanoseconds;
    }

    // A request whose body the client holds back.
    private void Expect(long nanoseconds)
    {
        if (_pending.Count > 0 && _pending[^1].ResponsePacket == 0)
            _pending[^1].ContinueWait = nanoseconds;
    }

    private void Continue()
    {
        if (_pending.Count > 0)
            _pending[0].IsContinued = true;
    }

    // A request whose body is still to come.
    private void Pause(long nanoseconds)
    {
        const long Noticed = 200_000_000;
        if (nanoseconds >= Noticed && _pending.Count > 0 && _pending[^1].ResponsePacket == 0)
            _pending[^1].Pauses += nanoseconds;
    }

    // The method that it answers; null if its request was not captured.
    private string? Respond(int status, bool isStream, in StreamMoment begin)
    {
        if (_pending.Count == 0)
        {
            if (_client.Unfinished is { } unfinished)
                RespondUnfinished(status, unfinished, begin);
            else
                RespondUnasked(status, begin);
            return null;
        }

        Respond(_pending[0], status, begin);
        _pending[0].IsStream = isStream;
        return _pending[0].Method;
    }

    // Which request it answers is known if there is one alone, and the end of it is not: what follows an interim response may be missing too.
    private bool TryRespondCut(HttpHead head, in StreamMoment begin)
    {
        if (head.Status < 200 || _pending is not [{ ResponsePacket: 0 } asked])
        {
            if (_pending.Count == 0)
                RespondUnasked(head.Status, begin);
            return false;
        }

        Respond(asked, head.Status, begin);
        asked.IsResponseCut = true;
        foreach (HttpField field in head.Fields)
            asked.IsStream |= field.Is("content-type"u8) && IsStreamType(field.Value);
        if (head.Status is >= 300 and < BadRequest)
            Point(head);
        IsDone |= asked.Method == "CONNECT" && head.Status < 300;
        CountUnended();
        _pending.Clear();
        Keep(asked);
        return true;
    }

    private void Point(HttpHead head)
    {
        if (_pending.Count == 0)
            return;
        foreach (HttpField field in head.Fields)
        {
            if (field.Is("location"u8))
                _pending[0].Location = Text(field.Value);
            _pending[0].SetsCookie |= field.Is("set-cookie"u8);
        }
    }

    private void Pass(HttpHead head)
    {
        if (_pending.Count == 0)
            return;
        foreach (HttpField field in head.Fields)
            _pending[0].IsForwarded |= field.Is("via"u8);
    }

    // What a server finds wrong with a request it says in the body.
    private void Quote(ReadOnlySpan<byte> octets)
    {
        if (_pending.Count > 0 && _pending[0] is { Status: BadRequest, Excerpt: null } refused)
            refused.Excerpt = Text(octets);
    }

    private void Measure(bool hasLength, bool endsWithConnection)
    {
        if (_pending.Count == 0)
            return;
        _pending[0].HasLength = hasLength;
        _pending[0].EndsWithConnection = endsWithConnection;
    }

    private void EndResponse(long nanoseconds)
    {
        if (_pending.Count == 0 || _pending[0].ResponsePacket == 0)
            return;
        HttpExchange exchange = _pending[0];
        _pending.RemoveAt(0);
        exchange.EndOfResponse = nanoseconds;
        Keep(exchange);
    }

    // Nobody knows how many responses are missing: what comes next belongs to no request before.
    private void GiveUp()
    {
        foreach (HttpExchange exchange in _pending)
        {
            if (exchange.ResponsePacket != 0)
                Keep(exchange);
            else
                Drop(exchange);
        }

        _pending.Clear();
    }

    /// <summary>The messages of one direction.</summary>
    private sealed class Half(Http1Follower whole, StreamBudget budget, bool isClient) : IStreamReader
    {
        private readonly MessageBuffer _head = new(budget, LongestHead);
        private StreamMoment _begin;
        private StreamMoment _latest; // octets that passed
        private BodyKind _body;
        private long _left;
        private ChunkReader? _chunks;
        private bool _isLost; // until a message begins
        private bool _expects; // to be told that the body may come
        private bool _isRequestCut; // and where it ends is not known

        private enum BodyKind
        {
            None,
            Counted,
            Chunked,
            UntilEnd,
        }

        /// <summary>Whether the end of a message is known to be missing.</summary>
        internal bool IsUnfinished => !_isLost && (_body is BodyKind.Counted or BodyKind.Chunked);

        /// <summary>What came last of a head whose end has not come; null for none.</summary>
        internal StreamMoment? Unfinished => _head.Count > 0 ? _latest : null;

        /// <summary>When the last octets passed.</summary>
        internal long Last => _latest.Nanoseconds;

        /// <summary>Octets that its body lacks; null if its length is not known.</summary>
        internal long? Left => _body is BodyKind.Counted ? _left : null;

        /// <inheritdoc/>
        public void Read(ReadOnlySpan<byte> octets, in StreamMoment moment)
        {
            if (isClient && _body is BodyKind.Counted or BodyKind.Chunked)
            {
                if (_expects)
                    whole.Expect(moment.Nanoseconds - _latest.Nanoseconds);
                else
                    whole.Pause(moment.Nanoseconds - _latest.Nanoseconds);
            }
            else if (!isClient)
            {
                whole.LastOfServer = moment.Nanoseconds;
            }

            _latest = moment;
            _expects = false;
            if (_isLost && !Begins(octets))
            {
                if (_isRequestCut)
                    whole.EndRequest(moment);
                else if (!isClient)
                    whole.GiveUp(); // what was asked meanwhile may be answered in the middle of a segment
                return;
            }

            (_isLost, _isRequestCut) = (false, false);
            while (!octets.IsEmpty && !whole.IsDone && !_isLost)
                octets = octets[Step(octets, moment)..];
        }

        /// <inheritdoc/>
        public void Miss(long count, in StreamMoment moment)
        {
            if (_body is BodyKind.UntilEnd)
                return;
            if (_body is BodyKind.Counted && count <= _left)
            {
                _left -= count;
                if (_left == 0)
                    End(moment);
                return;
            }

            if (_isRequestCut)
                whole.EndRequest(moment);
            else if ((_body is not BodyKind.None || !TakeCut(moment)) && !isClient)
                whole.GiveUp();
            _body = BodyKind.None;
            _isLost = true;
            _head.Release();
        }

        internal void End(long nanoseconds)
        {
            if (_body is BodyKind.UntilEnd)
                whole.EndResponse(nanoseconds);
        }

        internal void Release() => _head.Release();

        private static bool Begins(ReadOnlySpan<byte> octets) => HttpHead.Read(octets, out HttpHead head) is OperationStatus.Done && head.IsMessage;

        // What is asked, and how it went, the first line tells: a snapshot length of 96 octets leaves little more.
        private bool TakeCut(in StreamMoment moment)
        {
            if (HttpHead.Read(_head.Octets, out HttpHead head) is not OperationStatus.Done || head.IsResponse == isClient || !head.IsMessage)
                return false;
            if (!isClient)
                return whole.TryRespondCut(head, _begin);
            Take(head, moment);
            (_body, _isRequestCut) = (BodyKind.None, true);
            return true;
        }

        private int Step(ReadOnlySpan<byte> octets, in StreamMoment moment)
        {
            if (!isClient && _body is not BodyKind.None)
                whole.Quote(octets);
            switch (_body)
            {
                case BodyKind.UntilEnd:
                    return octets.Length;
                case BodyKind.Counted:
                    int taken = (int)Math.Min(_left, octets.Length);
                    _left -= taken;
                    if (_left == 0)
                        End(moment);
                    return taken;
                case BodyKind.Chunked:
                    return ReadChunks(octets, moment);
                default:
                    return ReadHead(octets, moment);
            }
        }

        // Where the last chunk ends is not told: what follows in the same segment is taken for it.
        private int ReadChunks(ReadOnlySpan<byte> octets, in StreamMoment moment)
        {
            OperationStatus status = _chunks!.Read(octets);
            if (status is OperationStatus.Done)
                End(moment);
            else if (status is OperationStatus.InvalidData)
                Break(moment);
            return octets.Length;
        }

        private void Break(in StreamMoment moment)
        {
            if (!isClient && _chunks!.IsBrokenInSize && whole._pending.Count > 0)
                whole._pending[0].BadChunkPacket = moment.Frame;
            Miss(long.MaxValue, moment);
        }

        private int ReadHead(ReadOnlySpan<byte> octets, in StreamMoment moment)
        {
            if (_head.Count == 0)
            {
                _begin = moment;
                int blank = octets.IndexOfAnyExcept((byte)'\r', (byte)'\n'); // between messages: RFC 9112, section 2.2
                if (blank != 0)
                    return blank < 0 ? octets.Length : blank;
            }

            int before = _head.Count;
            int part = Math.Min(octets.Length, LongestHead - before);
            if (part == 0 || !_head.Add(octets[..part]))
            {
                Miss(long.MaxValue, moment);
                return octets.Length;
            }

            int end = EndOfHead(_head.Octets, Math.Max(0, before - 3));
            if (end < 0)
                return part;
            if (HttpHead.Read(_head.Octets[..end], out HttpHead head) is OperationStatus.Done && head.IsResponse != isClient)
                Take(head, moment);
            else
                Miss(long.MaxValue, moment);
            _head.Release();
            return end - before;
        }

        private static int EndOfHead(ReadOnlySpan<byte> octets, int from)
        {
            int at = octets[from..].IndexOf("\r\n\r\n"u8);
            if (at >= 0)
                return from + at + 4;
            at = octets[from..].IndexOf("\n\n"u8);
            return at >= 0 ? from + at + 2 : -1;
        }

        private void Take(HttpHead head, in StreamMoment moment)
        {
            const int Continue = 100, SwitchingProtocols = 101, NoContent = 204, MultipleChoices = 300, NotModified = 304;
            long? length = null;
            bool isChunked = false, isStream = false;
            _expects = false;
            foreach (HttpField field in head.Fields)
            {
                if (field.Is("content-length"u8) && long.TryParse(field.Value, NumberStyles.None, CultureInfo.InvariantCulture, out long value))
                    length = value;
                else if (field.Is("transfer-encoding"u8))
                    isChunked |= Ascii.EqualsIgnoreCase(field.Value[Math.Max(0, field.Value.Length - 7)..], "chunked"u8);
                else if (isClient && field.Is("expect"u8))
                    _expects = Ascii.EqualsIgnoreCase(field.Value, "100-continue"u8);
                else if (field.Is("content-type"u8))
                    isStream |= IsStreamType(field.Value);
            }

            bool hasNoBody = false;
            if (isClient)
            {
                whole.Ask(head, _begin.Nanoseconds, moment);
            }
            else if (head.Status is >= 100 and < 200 and not SwitchingProtocols)
            {
                if (head.Status == Continue)
                    whole.Continue();
                return; // the response comes after it
            }
            else
            {
                string? method = whole.Respond(head.Status, isStream, _begin);
                if (head.Status is >= MultipleChoices and < BadRequest)
                    whole.Point(head);
                if (head.Status == BadRequest)
                    whole.Pass(head);
                hasNoBody = head.Status is NoContent or NotModified or SwitchingProtocols || method == "HEAD";
                whole.IsDone |= head.Status == SwitchingProtocols || (method == "CONNECT" && head.Status is >= 200 and < 300);
                hasNoBody |= whole.IsDone;
            }

            _body = hasNoBody ? BodyKind.None : isChunked ? BodyKind.Chunked : length is > 0 ? BodyKind.Counted
                : length is null && !isClient ? BodyKind.UntilEnd : BodyKind.None;
            _left = length ?? 0;
            if (!isClient)
                whole.Measure(_body is BodyKind.Counted or BodyKind.None, _body is BodyKind.UntilEnd);
            _chunks = _body is BodyKind.Chunked ? new ChunkReader() : null;
            if (_body is BodyKind.None)
                End(moment);
        }

        private void End(in StreamMoment moment)
        {
            _body = BodyKind.None;
            if (isClient)
                whole.EndRequest(moment);
            else
                whole.EndResponse(moment.Nanoseconds);
        }
    }
}
