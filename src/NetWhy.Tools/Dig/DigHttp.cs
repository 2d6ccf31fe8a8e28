using System.Buffers;
using System.Buffers.Binary;
using System.Buffers.Text;
using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using System.Text;
using NetWhy.Wire.Http;

namespace NetWhy.Tools.Dig;

/// <summary>Carries one query by HTTP/2. Source: RFC 8484; RFC 9113; RFC 7541.</summary>
/// <param name="stream">The connection.</param>
/// <param name="exchange">The exchange.</param>
/// <param name="console">Is told what the server says of HTTP.</param>
internal sealed class DigHttp(DigStream stream, DigExchange exchange, DigConsole console)
{
    /// <summary>The path that servers have by custom. Source: RFC 8484, section 4.1.1.</summary>
    internal const string DefaultPath = "/dns-query";

    private const int FrameSize = 16_384; // octets: the largest without agreement
    private const int LargestAnswer = ushort.MaxValue, LargestHeaders = 65_536; // octets
    private const byte EndStream = 0x1, EndHeaders = 0x4, Acknowledged = 0x1, Padded = 0x8, Prioritized = 0x20;

    private readonly HpackDecoder _decoder = new();
    private readonly List<byte> _headers = [];
    private readonly List<byte> _body = [];
    private int _status;
    private bool _isEnded;

    /// <summary>Whether a text is an absolute path.</summary>
    /// <param name="path">The text.</param>
    internal static bool IsPath(string path) =>
        path is ['/', ..] && path.All(character => char.IsAsciiLetterOrDigit(character) || "/-._~%!$&'()*+,;=:@?".Contains(character, StringComparison.Ordinal));

    /// <summary>Sends the query.</summary>
    /// <param name="patience">How long the peer may take to make room.</param>
    /// <returns>Why it could not be sent, in BIND's words; null if it was.</returns>
    internal string? Send(TimeSpan patience)
    {
        DigLookup lookup = exchange.Lookup;
        byte[] message = exchange.Query.Message;
        var block = new List<byte>();
        bool isSix = exchange.Server.Address.AddressFamily is AddressFamily.InterNetworkV6 && exchange.Server.Word.Contains(':', StringComparison.Ordinal);
        string host = isSix ? $"[{exchange.Server.Word}]" : exchange.Server.Word;
        string path = lookup.IsHttpGet ? $"{lookup.HttpPath}?dns={Base64Url.EncodeToString(message)}" : lookup.HttpPath;
        Add(block, ":method", lookup.IsHttpGet ? "GET" : "POST");
        Add(block, ":scheme", lookup.IsHttpPlain ? "http" : "https");
        Add(block, ":authority", string.Create(CultureInfo.InvariantCulture, $"{host}:{exchange.Port}"));
        Add(block, ":path", path);
        if (!lookup.IsHttpGet)
        {
            Add(block, "content-type", "application/dns-message");
            Add(block, "content-length", message.Length.ToString(CultureInfo.InvariantCulture));
        }

        Add(block, "accept", "application/dns-message");

        var octets = new ArrayBufferWriter<byte>();
        octets.Write(Http2Frame.Preface);
        const byte EnablePush = 2; // RFC 9113, section 6.5.2
        AddFrame(octets, Http2FrameType.Settings, 0, 0, [0, EnablePush, 0, 0, 0, 0]);
        AddPieces(octets, Http2FrameType.Headers, Http2FrameType.Continuation, [.. block], EndHeaders, lookup.IsHttpGet ? EndStream : (byte)0);
        if (!lookup.IsHttpGet)
            AddPieces(octets, Http2FrameType.Data, Http2FrameType.Data, message, EndStream, 0);
        return stream.Write(octets.WrittenMemory, patience);
    }

    /// <summary>Waits for the answer.</summary>
    /// <param name="patience">How long.</param>
    /// <param name="message">The answer.</param>
    /// <returns>Why there is none, in BIND's words; null if there is.</returns>
    internal string? Receive(TimeSpan patience, out byte[] message)
    {
        const string NotHttp = "unexpected error";
        long begin = Stopwatch.GetTimestamp();
        message = [];
        byte[] buffer = new byte[Http2Frame.HeaderLength + FrameSize];
        while (!_isEnded)
        {
            if (Left() <= TimeSpan.Zero)
                return DigFailure.TimedOut;
            if (stream.ReadExactly(buffer.AsMemory(0, Http2Frame.HeaderLength), Left()) is { } cut)
                return cut;
            _ = Http2Frame.Read(buffer, out Http2Frame head);
            int length = head.Length;
            if (length > FrameSize)
                return NotHttp;
            if (stream.ReadExactly(buffer.AsMemory(Http2Frame.HeaderLength, length), Left()) is { } within)
                return within;
            if (!TryTake(buffer.AsSpan(0, Http2Frame.HeaderLength + length), out byte[]? reply))
                return DigFailure.EndOfFile;
            if (reply is not null && stream.Write(reply, Left()) is { } unsent)
                return unsent;
        }

        const int First = 200, Last = 299;
        if (_status is < First or > Last)
        {
            console.Explain(string.Create(CultureInfo.InvariantCulture, $"{exchange.Where} answers {exchange.Lookup.HttpPath} with HTTP status {_status}"));
            return "failure";
        }

        message = [.. _body];
        return null;

        TimeSpan Left() => patience - Stopwatch.GetElapsedTime(begin);
    }

    private bool TryTake(ReadOnlySpan<byte> octets, out byte[]? reply)
    {
        reply = null;
        _ = Http2Frame.Read(octets, out Http2Frame frame);
        ReadOnlySpan<byte> payload = frame.Payload;
        bool isOurs = frame.StreamId == 1;
        switch (frame.Type)
        {
            case Http2FrameType.Settings when (frame.Flags & Acknowledged) == 0:
                reply = Frame(Http2FrameType.Settings, Acknowledged, 0, []);
                return true;
            case Http2FrameType.Ping when (frame.Flags & Acknowledged) == 0:
                reply = Frame(Http2FrameType.Ping, Acknowledged, 0, payload);
                return true;
            case Http2FrameType.GoAway or Http2FrameType.PushPromise:
                return frame.Type is Http2FrameType.GoAway && frame.ErrorCode == 0;
            case Http2FrameType.ResetStream:
                return !isOurs;
            case Http2FrameType.Headers or Http2FrameType.Continuation when isOurs:
                if (frame.Type is Http2FrameType.Headers && (!TryUnpad(frame, ref payload) || !TryPassPriority(frame, ref payload)))
                    return false;
                _headers.AddRange(payload);
                _isEnded |= frame.Type is Http2FrameType.Headers && (frame.Flags & EndStream) != 0;
                return _headers.Count <= LargestHeaders && ((frame.Flags & EndHeaders) == 0 || TryReadHeaders());
            case Http2FrameType.Data when isOurs:
                if (!TryUnpad(frame, ref payload))
                    return false;
                _body.AddRange(payload);
                _isEnded |= (frame.Flags & EndStream) != 0;
                return _body.Count <= LargestAnswer;
            default:
                return true;
        }
    }

    private static bool TryUnpad(Http2Frame frame, ref ReadOnlySpan<byte> payload)
    {
        if ((frame.Flags & Padded) == 0)
            return true;
        if (payload.IsEmpty || payload[0] >= payload.Length)
            return false;
        payload = payload[1..^payload[0]];
        return true;
    }

    private static bool TryPassPriority(Http2Frame frame, ref ReadOnlySpan<byte> payload)
    {
        const int PrioritySize = 5; // octets
        if ((frame.Flags & Prioritized) == 0)
            return true;
        if (payload.Length < PrioritySize)
            return false;
        payload = payload[PrioritySize..];
        return true;
    }

    private bool TryReadHeaders()
    {
        ReadOnlySpan<byte> block = _headers.ToArray();
        _headers.Clear();
        while (!block.IsEmpty)
        {
            if (_decoder.Read(block, out int consumed, out HpackField field) is not OperationStatus.Done)
                return false;
            block = block[consumed..];
            if (field.Name.Span.SequenceEqual(":status"u8) && !int.TryParse(field.Value.Span, CultureInfo.InvariantCulture, out _status))
                return false;
        }

        return true;
    }

    // A field without index and without Huffman's code: RFC 7541, section 6.2.2.
    private static void Add(List<byte> block, string name, string value)
    {
        block.Add(0);
        AddText(block, name);
        AddText(block, value);
    }

    private static void AddText(List<byte> block, string text)
    {
        const int Most = 0x7f; // of a length in one octet
        int rest = text.Length - Most;
        block.Add((byte)Math.Min(text.Length, Most));
        for (; rest >= 0; rest = rest < 0x80 ? -1 : rest >> 7)
            block.Add((byte)(rest < 0x80 ? rest : (rest & 0x7f) | 0x80));
        block.AddRange(Encoding.UTF8.GetBytes(text));
    }

    private static void AddPieces(ArrayBufferWriter<byte> octets, Http2FrameType first, Http2FrameType others, ReadOnlySpan<byte> content, byte lastFlag, byte firstFlag)
    {
        for (int at = 0; at == 0 || at < content.Length; at += FrameSize)
        {
            ReadOnlySpan<byte> piece = content[at..Math.Min(content.Length, at + FrameSize)];
            bool isLast = at + FrameSize >= content.Length;
            AddFrame(octets, at == 0 ? first : others, (byte)((isLast ? lastFlag : 0) | (at == 0 ? firstFlag : 0)), 1, piece);
        }
    }

    private static byte[] Frame(Http2FrameType type, byte flags, int streamId, ReadOnlySpan<byte> payload)
    {
        var octets = new ArrayBufferWriter<byte>();
        AddFrame(octets, type, flags, streamId, payload);
        return octets.WrittenSpan.ToArray();
    }

    private static void AddFrame(ArrayBufferWriter<byte> octets, Http2FrameType type, byte flags, int streamId, ReadOnlySpan<byte> payload)
    {
        Span<byte> head = octets.GetSpan(Http2Frame.HeaderLength);
        BinaryPrimitives.WriteUInt32BigEndian(head, (uint)payload.Length << 8);
        (head[3], head[4]) = ((byte)type, flags);
        BinaryPrimitives.WriteInt32BigEndian(head[5..], streamId);
        octets.Advance(Http2Frame.HeaderLength);
        octets.Write(payload);
    }
}
