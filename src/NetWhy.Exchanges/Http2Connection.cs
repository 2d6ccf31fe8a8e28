using System.Buffers;
using System.Buffers.Binary;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using NetWhy.Wire.Http;

namespace NetWhy.Exchanges;

/// <summary>What happened on a stream of HTTP/2.</summary>
public interface IHttp2Receiver
{
    /// <summary>Header fields came: of an interim answer, of the answer, or behind the body.</summary>
    /// <param name="fields">The fields, names and values as they came.</param>
    void TakeFields(IReadOnlyList<(string Name, string Value)> fields);

    /// <summary>A piece of the body came.</summary>
    /// <param name="octets">The piece.</param>
    void TakeBody(ReadOnlySpan<byte> octets);
}

/// <summary>The client's end of a connection of HTTP/2, for several requests at once, as octets in and octets out.</summary>
/// <remarks>It does no I/O. What a peer may make it hold is bounded. Source: RFC 9113; RFC 7541.</remarks>
public sealed class Http2Connection
{
    private const int FrameSize = 16_384; // octets: the largest without agreement
    private const int LargestHeaders = 300 * 1024; // octets, as curl bounds them
    private const int DefaultWindow = 65_535;
    private const int MostWaiting = 4 * 1024 * 1024; // octets that wait for a peer that does not read
    private const int MostReplies = 1000; // frames that want an answer, in one piece of input: more is a flood
    private const int MostInVain = 10_000; // frames in a row that bring no request on: servers that keep a quiet connection send a PING now and then
    private const byte EndStreamFlag = 0x1, EndHeadersFlag = 0x4, AcknowledgedFlag = 0x1, PaddedFlag = 0x8, PrioritizedFlag = 0x20;

    // RFC 9110, section 5.6.2, without the letters that RFC 9113 does not allow.
    private static readonly SearchValues<byte> NameOctets = SearchValues.Create("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyz"u8);

    // What a value cannot have: all controls but the tabulator. Source: RFC 9110, section 5.5.
    private static readonly SearchValues<byte> ControlOctets = SearchValues.Create([.. Enumerable.Range(0, 0x20).Where(octet => octet != '\t').Select(octet => (byte)octet), 0x7f]);

    private readonly HpackDecoder _decoder = new();
    private ArrayBufferWriter<byte> _input = new(); // the part of a frame that came
    private ArrayBufferWriter<byte> _spare = new(); // takes its place
    private readonly ArrayBufferWriter<byte> _output = new();
    private readonly List<byte> _headers = [];
    private readonly Dictionary<int, Http2Stream> _streams = []; // those whose answer is not whole
    private readonly int _window;
    private Http2Window _connectionWindow;
    private Http2Stream? _last; // of which a body's piece came last
    private long _widened; // when the window was widened that all came of which it allowed; 0 if the peer may go on
    private Http2Stream? _limited; // whose window that is; null for the connection's
    private long _stood, _standsUntil; // since when nothing more comes, and until when the peer cannot know that it may go on; 0 if it can
    private int _taken; // octets of the output that went out
    private int _nextStream = 1;
    private int _headersStream; // the one whose CONTINUATION must come; 0 for none
    private bool _headersEndStream;
    private long _sendWindow = DefaultWindow;
    private int _initialWindow = DefaultWindow;
    private int _largestFrame = FrameSize;
    private int _replies;
    private int _inVain;

    /// <summary>Begins the connection: preface, settings and the window are ready to be sent.</summary>
    /// <param name="window">Octets of a body that the peer may send before we take them; those of all bodies are at least 65,535.</param>
    /// <param name="settings">The settings to announce, identifier and value; the window is one of them.</param>
    public Http2Connection(int window, IReadOnlyList<(ushort Identifier, uint Value)> settings)
    {
        _window = window;
        _connectionWindow = new Http2Window(Math.Max(window, DefaultWindow));
        _output.Write(Http2Frame.Preface);
        byte[] payload = new byte[settings.Count * 6];
        for (int i = 0; i < settings.Count; i++)
        {
            BinaryPrimitives.WriteUInt16BigEndian(payload.AsSpan(i * 6), settings[i].Identifier);
            BinaryPrimitives.WriteUInt32BigEndian(payload.AsSpan((i * 6) + 2), settings[i].Value);
        }

        AddFrame(Http2FrameType.Settings, 0, 0, payload);
        if (window > DefaultWindow)
            AddWindow(0, window - DefaultWindow);
    }

    /// <summary>What waits to be sent.</summary>
    public ReadOnlyMemory<byte> Output => _output.WrittenMemory[_taken..];

    /// <summary>The request that was begun last; null before.</summary>
    public Http2Stream? Current { get; private set; }

    /// <summary>Number of the last stream that was begun; 0 before.</summary>
    public int StreamId => Current?.Id ?? 0;

    /// <summary>Whether the last stream's answer is whole.</summary>
    public bool IsEnded => Current is { IsEnded: true };

    /// <summary>Error with which the last stream was ended, see <see cref="Http2Stream.ResetCode"/>.</summary>
    public uint? ResetCode => Current?.ResetCode;

    /// <summary>Requests whose answer is not whole.</summary>
    public int Open => _streams.Count;

    /// <summary>Whether the peer has said its settings, with which it begins. Source: RFC 9113, section 3.4.</summary>
    public bool HasSettings { get; private set; }

    /// <summary>Most requests that the peer takes at once, as it says; null if it does not.</summary>
    public uint? MostStreams { get; private set; }

    /// <summary>Octets of a request's body that the peer takes before it must widen the window.</summary>
    public int PeerWindow => _initialWindow;

    /// <summary>Octets of a body that we take before we widen the window.</summary>
    public int OwnWindow => _window;

    /// <summary>Most requests that were open at once.</summary>
    public int MostOpen { get; private set; }

    /// <summary>Answers that were whole while that of an earlier request was not.</summary>
    public int Overtakes { get; private set; }

    /// <summary>How often a piece of one answer came between the pieces of another's body.</summary>
    public int Interleaves { get; private set; }

    /// <summary>How often a body went on only after we had widened a window that it had used up.</summary>
    public int WindowStops { get; private set; }

    /// <summary>How long these waits were in all, each no longer than it takes to hear that the window is wider.</summary>
    public TimeSpan WindowWait { get; private set; }

    /// <summary>Error with which the peer ends the connection (GOAWAY); null if it does not.</summary>
    public uint? GoAwayCode { get; private set; }

    /// <summary>The last stream that the peer answers, once it ends the connection.</summary>
    public int LastStream { get; private set; } = int.MaxValue;

    /// <summary>What is wrong with what the peer sent, in words; null if nothing is.</summary>
    public string? Fault { get; private set; }

    /// <summary>How many octets of the last request's body may go out now.</summary>
    public int Room => (int)Math.Clamp(Math.Min(_sendWindow, Current?.SendWindow ?? 0), 0, int.MaxValue);

    /// <summary>Begins a request.</summary>
    /// <param name="fields">Its fields, pseudo-fields first, names in lower case.</param>
    /// <param name="endsStream">Whether no body follows.</param>
    /// <param name="receiver">Gets the answer.</param>
    /// <returns>The request.</returns>
    public Http2Stream Request(IReadOnlyList<(string Name, string Value)> fields, bool endsStream, IHttp2Receiver receiver)
    {
        Http2Stream stream = Begin(receiver);
        var block = new ArrayBufferWriter<byte>();
        foreach ((string name, string value) in fields)
        {
            block.Write<byte>([0]); // a field without index: RFC 7541, section 6.2.2
            AddText(block, name);
            AddText(block, value);
        }

        ReadOnlySpan<byte> octets = block.WrittenSpan;
        for (int at = 0; at == 0 || at < octets.Length; at += FrameSize)
        {
            int end = Math.Min(octets.Length, at + FrameSize);
            byte flags = (byte)((end == octets.Length ? EndHeadersFlag : 0) | (at == 0 && endsStream ? EndStreamFlag : 0));
            AddFrame(at == 0 ? Http2FrameType.Headers : Http2FrameType.Continuation, flags, stream.Id, octets[at..end]);
        }

        return stream;
    }

    /// <summary>Takes a stream over that HTTP/1.1 began by an upgrade: the answer comes on stream 1. Source: RFC 7540, section 3.2.</summary>
    /// <param name="receiver">Gets the answer.</param>
    public void TakeUpgraded(IHttp2Receiver receiver) => Begin(receiver);

    /// <summary>Gives a request up: the peer is told, and what still comes of it counts for nothing.</summary>
    /// <param name="stream">The request.</param>
    public void Cancel(Http2Stream stream)
    {
        if (!stream.IsEnded)
            Reset(stream, Http2ErrorCode.Cancel);
    }

    /// <summary>Lets what still comes of the last request count for nothing.</summary>
    public void Forget()
    {
        if (Current is { IsEnded: false } current)
            End(current);
    }

    /// <summary>Sends a piece of the last request's body, no more than there is <see cref="Room"/> for.</summary>
    /// <param name="octets">The piece.</param>
    /// <param name="endsStream">Whether it is the last one.</param>
    public void Send(ReadOnlySpan<byte> octets, bool endsStream)
    {
        do
        {
            ReadOnlySpan<byte> piece = octets[..Math.Min(octets.Length, _largestFrame)];
            octets = octets[piece.Length..];
            AddFrame(Http2FrameType.Data, octets.IsEmpty && endsStream ? EndStreamFlag : (byte)0, StreamId, piece);
            _inVain = 0;
            _sendWindow -= piece.Length;
            Current!.SendWindow -= piece.Length;
        }
        while (!octets.IsEmpty);
    }

    /// <summary>Notes that octets of <see cref="Output"/> went out.</summary>
    /// <param name="count">How many.</param>
    public void Sent(int count)
    {
        const int Most = 64 * 1024; // octets that went out and still take room
        _taken += count;
        if (_taken < _output.WrittenCount && _taken < Most)
            return;
        byte[] left = Output.ToArray();
        _output.ResetWrittenCount();
        _output.Write(left);
        _taken = 0;
    }

    /// <summary>Takes what came; behind a <see cref="Fault"/> nothing means anything any more.</summary>
    /// <param name="octets">What came.</param>
    public void Take(ReadOnlySpan<byte> octets)
    {
        if (Fault is not null)
            return;
        _replies = 0;
        ReadOnlySpan<byte> rest = octets;
        if (_input.WrittenCount > 0)
        {
            _input.Write(octets);
            rest = _input.WrittenSpan;
        }

        while (Fault is null && Http2Frame.Read(rest, out Http2Frame frame) is OperationStatus.Done)
        {
            if (frame.Length > FrameSize)
            {
                Fault = "a frame is larger than agreed";
                break;
            }

            if (frame.IsTruncated)
                break;
            TakeFrame(frame);
            if (++_inVain > MostInVain)
                Fault ??= "frames come without end, and none of them is of an answer";
            rest = rest[(Http2Frame.HeaderLength + frame.Length)..];
        }

        _spare.ResetWrittenCount();
        _spare.Write(rest);
        (_input, _spare) = (_spare, _input);
    }

    /// <summary>Whether all came that a window allowed before it was widened the last time.</summary>
    public bool IsAtLimit => _widened != 0;

    /// <summary>Notes that all that had come is taken, and more is waited for.</summary>
    /// <remarks>A limit counts only where it was reached before the peer could know that it is none any more: else it is merely slow.</remarks>
    /// <param name="roundTrip">Shortest round trip to the peer; zero if it is not known.</param>
    public void NoteDrained(TimeSpan roundTrip)
    {
        if (_widened == 0 || _stood != 0)
            return;
        long now = Stopwatch.GetTimestamp(), known = _widened + (long)(roundTrip.TotalSeconds * Stopwatch.Frequency);
        (_stood, _standsUntil) = now < known ? (now, known) : (0, 0);
    }

    private Http2Stream Begin(IHttp2Receiver receiver)
    {
        var stream = new Http2Stream(_nextStream, receiver, _initialWindow, _window);
        _nextStream += 2;
        Current = stream;
        _streams.Add(stream.Id, stream);
        MostOpen = Math.Max(MostOpen, _streams.Count);
        return stream;
    }

    private void End(Http2Stream stream)
    {
        stream.IsEnded = true;
        _streams.Remove(stream.Id);
        if (_last == stream)
            _last = null;
        if (_streams.Count == 0 || _limited == stream)
            (_widened, _limited, _stood) = (0, null, 0);
    }

    private void Reset(Http2Stream stream, uint error)
    {
        Span<byte> code = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(code, error);
        AddFrame(Http2FrameType.ResetStream, 0, stream.Id, code);
        stream.ResetCode = error;
        End(stream);
    }

    private void TakeFrame(Http2Frame frame)
    {
        Http2Stream? stream = _streams.GetValueOrDefault(frame.StreamId);
        if (_headersStream != 0 && (frame.Type is not Http2FrameType.Continuation || frame.StreamId != _headersStream))
        {
            Fault = "a header block is interrupted";
            return;
        }

        ReadOnlySpan<byte> payload = frame.Payload;
        if (!HasItsSize(frame.Type, frame.Flags, payload.Length))
        {
            Fault = string.Create(CultureInfo.InvariantCulture, $"a frame of type {(byte)frame.Type} has {payload.Length} octets, which none has");
            return;
        }

        switch (frame.Type)
        {
            case Http2FrameType.Settings when (frame.Flags & AcknowledgedFlag) == 0:
                TakeSettings(payload);
                break;
            case Http2FrameType.Ping when (frame.Flags & AcknowledgedFlag) == 0:
                Reply(Http2FrameType.Ping, payload);
                break;
            case Http2FrameType.GoAway when frame.ErrorCode is { } code:
                GoAwayCode = code;
                LastStream = BinaryPrimitives.ReadInt32BigEndian(payload) & int.MaxValue;
                break;
            case Http2FrameType.ResetStream when stream is not null && frame.ErrorCode is { } code:
                stream.ResetCode = code;
                End(stream);
                break;
            case Http2FrameType.WindowUpdate:
                TakeWindow(frame.StreamId, stream, BinaryPrimitives.ReadInt32BigEndian(payload) & int.MaxValue);
                break;
            case Http2FrameType.PushPromise:
                Fault = "a push that was not allowed";
                break;
            case Http2FrameType.Headers:
                if (!TryUnpad(frame, ref payload) || !TryPassPriority(frame, ref payload))
                    return;
                _headersStream = frame.StreamId;
                _headersEndStream = (frame.Flags & EndStreamFlag) != 0;
                TakeHeaders(frame, payload);
                break;
            case Http2FrameType.Continuation:
                TakeHeaders(frame, payload);
                break;
            case Http2FrameType.Data:
                TakeData(frame, payload, stream);
                break;
        }
    }

    // RFC 9113, sections 6.4, 6.5, 6.7, 6.8 and 6.9.
    private static bool HasItsSize(Http2FrameType type, byte flags, int size) => type switch
    {
        Http2FrameType.Settings => (flags & AcknowledgedFlag) != 0 ? size == 0 : size % 6 == 0,
        Http2FrameType.Ping => size == 8,
        Http2FrameType.ResetStream or Http2FrameType.WindowUpdate => size == 4,
        Http2FrameType.GoAway => size >= 8,
        _ => true,
    };

    private void TakeData(Http2Frame frame, ReadOnlySpan<byte> payload, Http2Stream? stream)
    {
        int counted = frame.Length; // padding counts too: RFC 9113, section 6.9.1
        if (!TryUnpad(frame, ref payload))
            return;
        if (counted > 0)
        {
            EndStop();
            if (_connectionWindow.Take(counted) is > 0 and var all)
                AddWindow(0, all);
            (_widened, _limited) = (_connectionWindow.WidenedAtLimit, null);
        }

        if (stream is null)
            return;
        Pass(stream);
        _last = stream;
        if (!payload.IsEmpty)
        {
            _inVain = 0;
            stream.Receiver.TakeBody(payload);
        }

        if ((frame.Flags & EndStreamFlag) != 0)
        {
            EndWhole(stream);
            return;
        }

        if (counted == 0)
            return;
        if (stream.Window.Take(counted) is > 0 and var own)
            AddWindow(stream.Id, own);
        if (stream.Window.WidenedAtLimit is var widened && widened > _widened)
            (_widened, _limited) = (widened, stream);
    }

    private void EndStop()
    {
        if (_stood == 0)
            return;
        WindowStops++;
        WindowWait += Stopwatch.GetElapsedTime(_stood, Math.Min(Stopwatch.GetTimestamp(), _standsUntil));
        _stood = 0;
    }

    // Notes whose turn it is: where another's body is not whole, it was interrupted.
    private void Pass(Http2Stream stream)
    {
        if (_last is null || _last == stream)
            return;
        Interleaves++;
        _last = null;
    }

    private void TakeSettings(ReadOnlySpan<byte> payload)
    {
        const ushort Streams = 3, InitialWindow = 4, MaxFrame = 5; // our encoder keeps no table
        int before = _initialWindow;
        HasSettings = true;
        for (; payload.Length >= 6; payload = payload[6..])
        {
            uint value = BinaryPrimitives.ReadUInt32BigEndian(payload[2..]);
            switch (BinaryPrimitives.ReadUInt16BigEndian(payload))
            {
                case Streams:
                    MostStreams = value;
                    break;
                case InitialWindow when value <= int.MaxValue:
                    _initialWindow = (int)value;
                    break;
                case MaxFrame when value >= FrameSize:
                    _largestFrame = (int)Math.Min(value, 1 << 20);
                    break;
            }
        }

        if (_initialWindow != before)
        {
            foreach (Http2Stream stream in _streams.Values)
                stream.SendWindow += _initialWindow - before;
        }

        Reply(Http2FrameType.Settings, []);
    }

    private void Reply(Http2FrameType type, ReadOnlySpan<byte> payload)
    {
        if (++_replies > MostReplies)
            Fault = "more frames want an answer than makes sense";
        else
            AddFrame(type, AcknowledgedFlag, 0, payload);
    }

    private void TakeWindow(int id, Http2Stream? stream, int increment)
    {
        if (id == 0)
            _sendWindow = Math.Min(_sendWindow + increment, int.MaxValue);
        else if (stream is not null)
            stream.SendWindow = Math.Min(stream.SendWindow + increment, int.MaxValue);
    }

    private void TakeHeaders(Http2Frame frame, ReadOnlySpan<byte> payload)
    {
        _headers.AddRange(payload);
        if (_headers.Count > LargestHeaders)
        {
            Fault = "the headers are too large";
            return;
        }

        if ((frame.Flags & EndHeadersFlag) == 0)
            return;
        Http2Stream? stream = _streams.GetValueOrDefault(_headersStream);
        _headersStream = 0;
        List<(string Name, string Value)> fields = [];
        ReadOnlySpan<byte> block = _headers.ToArray();
        _headers.Clear();
        int size = 0;
        while (!block.IsEmpty)
        {
            if (_decoder.Read(block, out int consumed, out HpackField field) is not OperationStatus.Done)
            {
                Fault = "a header block makes no sense";
                return;
            }

            block = block[consumed..];
            if (field.Representation is HpackRepresentation.TableSize)
                continue;
            size += field.Name.Length + field.Value.Length;
            if (size > LargestHeaders)
            {
                Fault = "the headers are too large"; // one octet may stand for a field of kilobytes
                return;
            }

            if (IsSound(field.Name.Span, field.Value.Span))
                fields.Add((Encoding.Latin1.GetString(field.Name.Span), Encoding.Latin1.GetString(field.Value.Span)));
        }

        if (stream is null)
            return;
        if (!IsWellFormed(stream, fields))
        {
            Reset(stream, Http2ErrorCode.ProtocolError);
            stream.Refused = !stream.HasHead && fields is not [(":status", _), ..] ? "the answer has no valid :status" : "the answer has fields that HTTP/2 does not allow";
            return;
        }

        stream.HasHead |= fields is [(":status", not ['1', ..]), ..];
        if (fields is [(":status", _), ..])
            _inVain = 0;
        Pass(stream);
        stream.Receiver.TakeFields(fields);
        if (_headersEndStream)
            EndWhole(stream);
    }

    private void EndWhole(Http2Stream stream)
    {
        End(stream);
        foreach (Http2Stream other in _streams.Values)
        {
            if (other.Id > stream.Id)
                continue;
            Overtakes++;
            return;
        }
    }

    // A field that could be taken for another where it is written down is left out, as nghttp2 does. Source: RFC 9113, section 8.2.1.
    private static bool IsSound(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value) =>
        (name is [(byte)':', ..] ? name[1..] : name) is { IsEmpty: false } letters && !letters.ContainsAnyExcept(NameOctets) && !value.ContainsAny(ControlOctets);

    // Source: RFC 9113, sections 8.1.1, 8.2.2 and 8.3.
    private static bool IsWellFormed(Http2Stream stream, List<(string Name, string Value)> fields)
    {
        bool hasStatus = fields is [(":status", { Length: 3 } status), ..] && status.All(char.IsAsciiDigit);
        return hasStatus == !stream.HasHead
            && !fields.Skip(hasStatus ? 1 : 0).Any(field => field.Name is [':', ..] or "connection" or "keep-alive" or "proxy-connection" or "transfer-encoding" or "upgrade");
    }

    private bool TryUnpad(Http2Frame frame, ref ReadOnlySpan<byte> payload)
    {
        if ((frame.Flags & PaddedFlag) == 0)
            return true;
        if (payload.IsEmpty || payload[0] >= payload.Length)
        {
            Fault = "the padding is longer than its frame";
            return false;
        }

        payload = payload[1..^payload[0]];
        return true;
    }

    private bool TryPassPriority(Http2Frame frame, ref ReadOnlySpan<byte> payload)
    {
        const int PrioritySize = 5; // octets
        if ((frame.Flags & PrioritizedFlag) == 0)
            return true;
        if (payload.Length < PrioritySize)
        {
            Fault = "a frame is shorter than its fields";
            return false;
        }

        payload = payload[PrioritySize..];
        return true;
    }

    // Coded where that is shorter, as nghttp2 and browsers do: servers bound what a field takes as it comes (nginx: large_client_header_buffers).
    private static void AddText(ArrayBufferWriter<byte> block, string text)
    {
        const int Most = 0x7f; // of a length in one octet
        const byte IsCoded = 0x80; // RFC 7541, section 5.2
        byte[] octets = Encoding.Latin1.GetBytes(text);
        int coded = HpackHuffman.EncodedLength(octets);
        bool isShorter = coded < octets.Length;
        int length = isShorter ? coded : octets.Length;
        block.Write<byte>([(byte)(Math.Min(length, Most) | (isShorter ? IsCoded : 0))]);
        for (int rest = length - Most; rest >= 0; rest = rest < 0x80 ? -1 : rest >> 7)
            block.Write<byte>([(byte)(rest < 0x80 ? rest : (rest & 0x7f) | 0x80)]);
        if (!isShorter)
        {
            block.Write<byte>(octets);
            return;
        }

        HpackHuffman.Encode(octets, block.GetSpan(coded)[..coded]);
        block.Advance(coded);
    }

    private void AddWindow(int stream, int increment)
    {
        Span<byte> payload = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(payload, increment);
        AddFrame(Http2FrameType.WindowUpdate, 0, stream, payload);
    }

    private void AddFrame(Http2FrameType type, byte flags, int stream, ReadOnlySpan<byte> payload)
    {
        Span<byte> head = _output.GetSpan(Http2Frame.HeaderLength);
        BinaryPrimitives.WriteUInt32BigEndian(head, (uint)payload.Length << 8);
        (head[3], head[4]) = ((byte)type, flags);
        BinaryPrimitives.WriteInt32BigEndian(head[5..], stream);
        _output.Advance(Http2Frame.HeaderLength);
        _output.Write(payload);
        if (_output.WrittenCount - _taken > MostWaiting && type is not (Http2FrameType.Data or Http2FrameType.Headers or Http2FrameType.Continuation))
            Fault = "more waits to be sent than the peer takes";
    }
}
