using System.Buffers;
using System.Globalization;
using NetWhy.Wire.Http;

namespace NetWhy.Analysis.Flows;

/// <summary>Follows HTTP/2. Sources: RFC 9113, RFC 7541.</summary>
/// <remarks>Of a direction of which headers are missing nothing more can be told: later ones refer to them.</remarks>
internal sealed class Http2Follower : HttpFollower
{
    private const int MostPending = 256; // streams of a connection

    private readonly Dictionary<int, HttpExchange> _pending = []; // by stream
    private readonly Half _client;
    private readonly Half _server;

    internal Http2Follower(StreamBudget budget)
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
    private protected override IEnumerable<HttpExchange> Pending => _pending.Values;

    /// <inheritdoc/>
    internal override void EndOfServer(long nanoseconds)
    {
        // Frames say themselves where responses end.
    }

    /// <inheritdoc/>
    internal override void Release()
    {
        _client.Release();
        _server.Release();
    }

    // Frames say where responses end, as long as they can be followed.
    private protected override bool IsCut(HttpExchange exchange, out long? missing)
    {
        missing = null;
        return !IsDone && _pending.ContainsValue(exchange);
    }

    private void Ask(int stream, in MessageHead head, in StreamMoment moment)
    {
        if (head.Method is null || _pending.ContainsKey(stream))
            return; // trailers
        CountRequest();
        if (_pending.Count < MostPending && TryBegin(new HttpExchange { Method = head.Method, Uri = head.Uri ?? "", Host = head.Host, Packet = moment.Frame, BeginOfRequest = moment.Nanoseconds, EndOfRequest = moment.Nanoseconds }) is { } exchange)
            _pending[stream] = exchange;
    }

    private void EndRequest(int stream, in StreamMoment moment)
    {
        if (!_pending.TryGetValue(stream, out HttpExchange? exchange) || exchange.ResponsePacket != 0)
            return;
        exchange.Packet = moment.Frame;
        exchange.EndOfRequest = moment.Nanoseconds;
    }

    private void Answer(int stream, in MessageHead head, in StreamMoment moment)
    {
        const int First = 200; // before it, the response is still to come
        if (head.Status < First || !_pending.TryGetValue(stream, out HttpExchange? exchange) || exchange.ResponsePacket != 0)
            return;
        Respond(exchange, head.Status, moment);
        exchange.IsStream = head.IsStream;
        exchange.HasLength = head.HasLength; // END_STREAM says only then that it was the end
    }

    private void EndResponse(int stream, in StreamMoment moment)
    {
        if (!_pending.Remove(stream, out HttpExchange? exchange))
            return;
        if (exchange.ResponsePacket != 0)
            exchange.EndOfResponse = moment.Nanoseconds;
        Keep(exchange);
    }

    // Who gives a stream up has no answer to wait for.
    private void Cancel(int stream)
    {
        if (!_pending.Remove(stream, out HttpExchange? exchange))
            return;
        if (exchange.ResponsePacket != 0)
            Keep(exchange);
        else
            Drop(exchange);
    }

    // What is asked or answered from here on cannot be told.
    private void Lose()
    {
        IsDone = true;
        foreach (int stream in _pending.Where(pair => pair.Value.ResponsePacket == 0).Select(pair => pair.Key).ToArray())
            Cancel(stream);
    }

    private readonly record struct MessageHead(string? Method, string? Uri, string? Host, int Status, bool IsStream, bool HasLength);

    /// <summary>The frames of one direction.</summary>
    private sealed class Half : IStreamReader
    {
        private const int LongestHead = 1 << 16;
        private const byte EndStream = 0x1, EndHeaders = 0x4, Padded = 0x8, HasPriority = 0x20; // RFC 9113, section 6.2

        private readonly Http2Follower _whole;
        private readonly bool _isClient;
        private readonly HpackDecoder _headers = new();
        private readonly MessageBuffer _frame; // its header, and its payload where that is read
        private readonly MessageBuffer _block; // of headers, over several frames
        private int _prefaceLeft;
        private int _left; // of the frame's payload
        private bool _endsStream; // as the frame said that began the block

        internal Half(Http2Follower whole, StreamBudget budget, bool isClient)
        {
            _whole = whole;
            _isClient = isClient;
            _frame = new MessageBuffer(budget, Http2Frame.HeaderLength + LongestHead);
            _block = new MessageBuffer(budget, LongestHead);
            _prefaceLeft = isClient ? Http2Frame.Preface.Length : 0;
            _headers.Limit(uint.MaxValue); // what the other end allows is told, and obeyed or not, in its own time
        }

        /// <inheritdoc/>
        public void Read(ReadOnlySpan<byte> octets, in StreamMoment moment)
        {
            int preface = Math.Min(_prefaceLeft, octets.Length);
            _prefaceLeft -= preface;
            octets = octets[preface..];
            if (!_isClient)
                _whole.LastOfServer = moment.Nanoseconds;
            while (!octets.IsEmpty && !_whole.IsDone)
                octets = octets[Step(octets, moment)..];
        }

        /// <inheritdoc/>
        public void Miss(long count, in StreamMoment moment)
        {
            bool isOfBody = _frame.Count == Http2Frame.HeaderLength && IsSkipped && count <= _left;
            if (!isOfBody)
            {
                _whole.Lose();
                return;
            }

            _left -= (int)count;
            if (_left == 0)
                End(moment);
        }

        internal void Release()
        {
            _frame.Release();
            _block.Release();
        }

        private bool IsSkipped => Http2Frame.Read(_frame.Octets, out Http2Frame frame) is OperationStatus.Done
            && frame.Type is not (Http2FrameType.Headers or Http2FrameType.Continuation or Http2FrameType.PushPromise or Http2FrameType.ResetStream);

        private int Step(ReadOnlySpan<byte> octets, in StreamMoment moment)
        {
            int missing = Http2Frame.HeaderLength - _frame.Count;
            if (missing > 0)
            {
                int part = Math.Min(missing, octets.Length);
                if (!_frame.Add(octets[..part]))
                {
                    _whole.Lose();
                    return part;
                }

                if (part == missing)
                    Begin(moment);
                return part;
            }

            int taken = Math.Min(_left, octets.Length);
            _left -= taken;
            if (!IsSkipped && !_frame.Add(octets[..taken]))
            {
                _whole.Lose();
                return taken;
            }

            if (_left == 0)
                End(moment);
            return taken;
        }

        private void Begin(in StreamMoment moment)
        {
            Http2Frame.Read(_frame.Octets, out Http2Frame frame);
            _left = frame.Length;
            if (frame.Type > Http2FrameType.Continuation && frame.Length > 1 << 14)
                _whole.Lose(); // no frame begins here
            if (_left == 0)
                End(moment);
        }

        private void End(in StreamMoment moment)
        {
            Http2Frame.Read(_frame.Octets, out Http2Frame frame);
            switch (frame.Type)
            {
                case Http2FrameType.Data when (frame.Flags & EndStream) != 0:
                    EndMessage(frame.StreamId, moment);
                    break;
                case Http2FrameType.ResetStream:
                    _whole.Cancel(frame.StreamId);
                    break;
                case Http2FrameType.Headers:
                    _endsStream = (frame.Flags & EndStream) != 0;
                    TakeBlock(frame, (frame.Flags & HasPriority) != 0 ? 5 : 0, moment);
                    break;
                case Http2FrameType.PushPromise:
                    _endsStream = false;
                    TakeBlock(frame, 4, moment);
                    break;
                case Http2FrameType.Continuation:
                    TakeBlock(frame, 0, moment);
                    break;
            }

            _frame.Remove(_frame.Count);
        }

        private void TakeBlock(Http2Frame frame, int fixedPart, in StreamMoment moment)
        {
            ReadOnlySpan<byte> payload = frame.Payload;
            int padding = 0;
            if ((frame.Flags & Padded) != 0 && frame.Type is not Http2FrameType.Continuation)
            {
                padding = payload.IsEmpty ? 1 : payload[0];
                fixedPart++;
            }

            if (fixedPart + padding > payload.Length || !_block.Add(payload[fixedPart..^padding]))
            {
                _whole.Lose();
                return;
            }

            if ((frame.Flags & EndHeaders) == 0)
                return;
            // A push is asked by the server itself: nobody waits for it.
            if (ReadBlock() is { } head && frame.Type is not Http2FrameType.PushPromise)
                Take(frame.StreamId, head, moment);
        }

        private void Take(int stream, in MessageHead head, in StreamMoment moment)
        {
            if (_isClient)
                _whole.Ask(stream, head, moment);
            else
                _whole.Answer(stream, head with { HasLength = head.HasLength || _endsStream }, moment);
            if (_endsStream)
                EndMessage(stream, moment);
        }

        private void EndMessage(int stream, in StreamMoment moment)
        {
            if (_isClient)
                _whole.EndRequest(stream, moment);
            else
                _whole.EndResponse(stream, moment);
        }

        private MessageHead? ReadBlock()
        {
            ReadOnlySpan<byte> rest = _block.Octets;
            MessageHead head = default;
            while (!rest.IsEmpty)
            {
                if (_headers.Read(rest, out int consumed, out HpackField field) is not OperationStatus.Done)
                {
                    _whole.Lose();
                    return null;
                }

                rest = rest[consumed..];
                head = With(head, field);
            }

            _block.Remove(_block.Count);
            return head;
        }

        private static MessageHead With(in MessageHead head, HpackField field) => field.Name.Span switch
        {
            [(byte)':', ..] name when name.SequenceEqual(":method"u8) => head with { Method = Text(field.Value.Span) },
            [(byte)':', ..] name when name.SequenceEqual(":path"u8) => head with { Uri = Text(field.Value.Span) },
            [(byte)':', ..] name when name.SequenceEqual(":authority"u8) => head with { Host = Text(field.Value.Span) },
            [(byte)':', ..] name when name.SequenceEqual(":status"u8) => head with { Status = int.TryParse(field.Value.Span, NumberStyles.None, CultureInfo.InvariantCulture, out int status) ? status : 0 },
            [(byte)'c', ..] name when name.SequenceEqual("content-type"u8) => head with { IsStream = IsStreamType(field.Value.Span) },
            [(byte)'c', ..] name when name.SequenceEqual("content-length"u8) => head with { HasLength = true },
            [(byte)'h', ..] name when head.Host is null && name.SequenceEqual("host"u8) => head with { Host = Text(field.Value.Span) },
            _ => head,
        };
    }
}
