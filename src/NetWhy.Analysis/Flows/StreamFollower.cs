using System.Buffers;
using System.Buffers.Binary;
using NetWhy.Analysis.Dissection;
using NetWhy.Analysis.Tcp;
using NetWhy.Wire.Http;
using NetWhy.Wire.Tls;

namespace NetWhy.Analysis.Flows;

/// <summary>What the data of a conversation is.</summary>
internal enum StreamKind : byte
{
    /// <summary>Not known yet; the first values count how often it was looked at.</summary>
    Unknown = 0,

    /// <summary>Nothing that is read.</summary>
    Nothing = 8,

    /// <summary>TLS.</summary>
    Tls,

    /// <summary>HTTP/1.</summary>
    Http,

    /// <summary>HTTP/2.</summary>
    Http2,

    /// <summary>DNS.</summary>
    Dns,
}

/// <summary>Reads the data of a conversation, as far as it tells something.</summary>
internal sealed class StreamFollower
{
    private readonly HalfStream _first;
    private readonly HalfStream _second;
    private readonly HttpFollower? _http;
    private readonly bool _isClientFirst;

    private StreamFollower(IStreamReader first, IStreamReader second, StreamBudget budget, bool isClientFirst = true, HttpFollower? http = null)
    {
        _isClientFirst = isClientFirst;
        _http = http;
        _first = new HalfStream(first, budget);
        _second = new HalfStream(second, budget);
    }

    /// <summary>Its TLS; null if it is something else.</summary>
    internal TlsFollower? Tls { get; private init; }

    /// <summary>Its HTTP, also if it was decrypted; null if there is none.</summary>
    internal HttpFollower? Http => _http ?? Tls?.Http;

    /// <summary>Whether nothing more is to be learnt.</summary>
    internal bool IsDone => Tls?.IsDone ?? _http?.IsDone ?? false;

    /// <summary>What was asked and has no answer yet; null for nothing.</summary>
    internal string? Awaits => Tls is { AwaitsServer: true } ? "tls-client-hello" : Http is { AwaitsResponse: true } ? "http-request" : null;

    /// <summary>What data is, by its first octets.</summary>
    /// <param name="data">What was captured of a segment's data.</param>
    /// <param name="source">Port of its sender.</param>
    /// <param name="destination">Port of its receiver.</param>
    internal static StreamKind KindOf(ReadOnlySpan<byte> data, ushort source, ushort destination)
    {
        const ushort Domain = 53;
        if (source == Domain || destination == Domain)
            return StreamKind.Dns;
        if (data.Length < 5)
            return StreamKind.Unknown;
        if (data[0] == (byte)TlsContentType.Handshake && TlsRecord.Read(data, out TlsRecord record) is OperationStatus.Done && record.Length > 0)
            return StreamKind.Tls;
        if (data.StartsWith("PRI * HTTP/2.0\r\n"u8)) // RFC 9113, section 3.4
            return StreamKind.Http2;
        bool maybeHttp = data[0] is >= (byte)'A' and <= (byte)'Z';
        if (maybeHttp && HttpHead.Read(data, out HttpHead head) is OperationStatus.Done && head.IsMessage)
            return StreamKind.Http;
        return StreamKind.Unknown;
    }

    /// <summary>Whether data that is known comes from a client, where nobody saw who opened.</summary>
    /// <param name="kind">What it is.</param>
    /// <param name="data">What was captured of it.</param>
    internal static bool IsFromClient(StreamKind kind, ReadOnlySpan<byte> data)
    {
        return kind switch
        {
            StreamKind.Http => !data.StartsWith("HTTP/"u8),
            StreamKind.Tls => data.Length > TlsRecord.HeaderLength && data[TlsRecord.HeaderLength] is (byte)HandshakeType.ClientHello or (byte)HandshakeType.ClientKeyExchange,
            _ => true,
        };
    }

    /// <summary>Begins to read.</summary>
    /// <param name="kind">What it is.</param>
    /// <param name="isClientFirst">Whether the first direction is the client's.</param>
    /// <param name="first">Who sent the conversation's first packet.</param>
    /// <param name="second">The other end.</param>
    /// <param name="nameServers">Who is told of DNS messages.</param>
    /// <param name="secrets">Secrets of TLS that are known.</param>
    /// <param name="budget">Bounds what is held.</param>
    internal static StreamFollower Begin(StreamKind kind, bool isClientFirst, in TcpEndpoint first, in TcpEndpoint second, NameServerTable nameServers, TlsKeyLog secrets, StreamBudget budget)
    {
        switch (kind)
        {
            case StreamKind.Tls:
                var tls = new TlsFollower(budget, secrets);
                return new StreamFollower(isClientFirst ? tls.Client : tls.Server, isClientFirst ? tls.Server : tls.Client, budget, isClientFirst) { Tls = tls };
            case StreamKind.Http:
            case StreamKind.Http2:
                HttpFollower http = BeginHttp(kind, budget);
                return new StreamFollower(isClientFirst ? http.Client : http.Server, isClientFirst ? http.Server : http.Client, budget, isClientFirst, http);
            default:
                return new StreamFollower(new DnsStream(nameServers, first, second, budget), new DnsStream(nameServers, second, first, budget), budget);
        }
    }

    /// <summary>Begins to read HTTP.</summary>
    /// <param name="kind">Which.</param>
    /// <param name="budget">Bounds what is held.</param>
    internal static HttpFollower BeginHttp(StreamKind kind, StreamBudget budget) => kind == StreamKind.Http2 ? new Http2Follower(budget) : new Http1Follower(budget);

    /// <summary>Takes a segment.</summary>
    /// <param name="isFirst">Whether it goes in the first direction.</param>
    /// <param name="segment">The segment.</param>
    internal void Take(bool isFirst, in TcpSegmentFacts segment) => (isFirst ? _first : _second).Take(
        segment.Segment.SequenceNumber, segment.Segment.Payload[..Math.Min(segment.Segment.Payload.Length, segment.Length)], segment.Length, new StreamMoment(segment.Frame, segment.Nanoseconds));

    /// <summary>A direction ends.</summary>
    /// <param name="isServer">Whether it is the server's.</param>
    /// <param name="nanoseconds">When.</param>
    internal void End(bool isServer, long nanoseconds)
    {
        if (isServer)
            Http?.EndOfServer(nanoseconds);
    }

    /// <summary>Hears an acknowledgment.</summary>
    /// <param name="isFirst">Whether it goes in the first direction.</param>
    /// <param name="acknowledgment">Its number.</param>
    /// <param name="moment">Its packet.</param>
    internal void Acknowledge(bool isFirst, uint acknowledgment, in StreamMoment moment) => (isFirst ? _second : _first).Acknowledge(acknowledgment, moment);

    /// <summary>Hears that data was sent again.</summary>
    /// <param name="isFirst">Whether it goes in the first direction.</param>
    /// <param name="nanoseconds">When.</param>
    internal void Repeat(bool isFirst, long nanoseconds)
    {
        if (Http is { } http && isFirst == _isClientFirst)
            http.RepeatRequest(nanoseconds);
    }

    /// <summary>Hears that all data of a direction has arrived.</summary>
    /// <param name="isFirst">Whether it is about the first direction.</param>
    /// <param name="nanoseconds">When that was told.</param>
    internal void Reach(bool isFirst, long nanoseconds)
    {
        if (Http is { } http && isFirst == _isClientFirst)
            http.ReachServer(nanoseconds);
    }

    /// <summary>Gives back what is held, also what evidence would be made of.</summary>
    internal void Forget()
    {
        Release();
        Http?.Forget();
    }

    /// <summary>Gives back what is held of messages that are not whole.</summary>
    internal void Release()
    {
        _first.Release();
        _second.Release();
        Tls?.Release();
        _http?.Release();
    }
}

/// <summary>Octets that wait for the rest of a message.</summary>
/// <param name="budget">Bounds them.</param>
/// <param name="most">How many there may be at most.</param>
internal sealed class MessageBuffer(StreamBudget budget, int most)
{
    private byte[] _octets = [];

    internal int Count { get; private set; }

    internal ReadOnlySpan<byte> Octets => _octets.AsSpan(0, Count);

    /// <summary>Adds octets.</summary>
    /// <param name="octets">The octets.</param>
    /// <returns>Whether there was room.</returns>
    internal bool Add(ReadOnlySpan<byte> octets)
    {
        int needed = Count + octets.Length;
        if (needed > most)
            return false;
        if (needed > _octets.Length)
        {
            int size = Math.Min(most, Math.Max(needed, _octets.Length * 2));
            if (!budget.Take(size - _octets.Length))
                return false;
            Array.Resize(ref _octets, size);
        }

        octets.CopyTo(_octets.AsSpan(Count));
        Count = needed;
        return true;
    }

    /// <summary>Takes octets away at the front.</summary>
    /// <param name="count">How many.</param>
    internal void Remove(int count)
    {
        Octets[count..].CopyTo(_octets);
        Count -= count;
    }

    /// <summary>Gives all back.</summary>
    internal void Release()
    {
        budget.Give(_octets.Length);
        _octets = [];
        Count = 0;
    }
}

/// <summary>DNS over TCP. Source: RFC 7766, section 8.</summary>
internal sealed class DnsStream(NameServerTable servers, TcpEndpoint source, TcpEndpoint destination, StreamBudget budget) : IStreamReader
{
    private readonly MessageBuffer _buffer = new(budget, 2 + ushort.MaxValue);
    private bool _isBroken;

    /// <inheritdoc/>
    public void Read(ReadOnlySpan<byte> octets, in StreamMoment moment)
    {
        if (_isBroken)
            return;
        while (!octets.IsEmpty)
        {
            int wanted = _buffer.Count < 2 ? 2 - _buffer.Count : 2 + BinaryPrimitives.ReadUInt16BigEndian(_buffer.Octets) - _buffer.Count;
            int taken = Math.Min(wanted, octets.Length);
            _isBroken = !_buffer.Add(octets[..taken]);
            if (_isBroken)
                return;
            octets = octets[taken..];
            if (_buffer.Count < 2 || _buffer.Count < 2 + BinaryPrimitives.ReadUInt16BigEndian(_buffer.Octets))
                continue;
            servers.Read(_buffer.Octets[2..], _buffer.Count - 2, source, destination, moment.Frame, moment.Nanoseconds);
            _buffer.Release();
        }
    }

    /// <inheritdoc/>
    public void Miss(long count, in StreamMoment moment)
    {
        _isBroken = true;
        _buffer.Release();
    }
}
