using NetWhy.Wire.Http;

namespace NetWhy.Analysis.Dissection;

/// <summary>What is remembered of an HTTP/2 connection. Arrays have a place for each direction: 0 is that of the stream's first segment.</summary>
internal sealed class Http2Connection
{
    private const int MostStreams = 1 << 10; // at a time; more than servers allow
    private const int MostSettings = 16; // that wait for their acknowledgment
    private const int LongestRest = 1 << 18; // octets of a header that goes on in the next frame

    private readonly HpackDecoder[] _decoders = [new(), new()];
    private readonly byte[][] _rests = [[], []];
    private readonly Queue<uint?>[] _settings = [new(), new()];
    private readonly Dictionary<int, Http2Stream> _streams = [];

    /// <summary>Octets of memory that header tables hold.</summary>
    internal int Held => _decoders[0].Size + _decoders[1].Size + _rests[0].Length + _rests[1].Length;

    /// <summary>How many of them were counted already.</summary>
    internal int Counted { get; set; }

    /// <summary>Who reads the headers of a direction.</summary>
    /// <param name="direction">The direction.</param>
    internal HpackDecoder DecoderOf(int direction) => _decoders[direction];

    /// <summary>Puts what is left of a header block before the next part.</summary>
    /// <param name="direction">Its direction.</param>
    /// <param name="part">The next part.</param>
    internal byte[] GoOn(int direction, ReadOnlySpan<byte> part)
    {
        byte[] whole = [.. _rests[direction], .. part];
        _rests[direction] = [];
        return whole;
    }

    /// <summary>Keeps what could not be read yet of a header block.</summary>
    /// <param name="direction">Its direction.</param>
    /// <param name="rest">What is left.</param>
    internal void Keep(int direction, ReadOnlySpan<byte> rest)
    {
        if (rest.Length > LongestRest)
            _decoders[direction].Break();
        else
            _rests[direction] = rest.ToArray();
    }

    /// <summary>Notes settings: what they ask for holds when the other side acknowledges them.</summary>
    /// <param name="direction">Who asks.</param>
    /// <param name="tableSize">How large a table the other side may use; null if nothing is said of it.</param>
    internal void Ask(int direction, uint? tableSize)
    {
        if (_settings[direction].Count < MostSettings)
            _settings[direction].Enqueue(tableSize);
    }

    /// <summary>Notes that settings are acknowledged.</summary>
    /// <param name="direction">Who acknowledges what the other side asked for.</param>
    internal void Acknowledge(int direction)
    {
        if (_settings[1 - direction].TryDequeue(out uint? tableSize) && tableSize is { } size)
            _decoders[direction].Limit(size);
    }

    /// <summary>Number of the stream of TCP that it lies in.</summary>
    internal int Stream { get; init; }

    /// <summary>What is remembered of a stream.</summary>
    /// <param name="id">Its number.</param>
    /// <param name="memory">Where it is counted what bodies hold.</param>
    internal Http2Stream StreamOf(int id, CaptureMemory memory)
    {
        if (_streams.TryGetValue(id, out Http2Stream? stream))
            return stream;
        if (_streams.Count == MostStreams)
            ForgetOldest(memory);
        return _streams[id] = new Http2Stream(id);
    }

    /// <summary>Forgets everything; headers cannot be read any more.</summary>
    /// <param name="memory">Where it is counted what it holds.</param>
    internal void Clear(CaptureMemory memory)
    {
        ForgetStreams(memory);
        _rests[0] = _rests[1] = [];
        _decoders[0].Break();
        _decoders[1].Break();
        _ = memory.Count(this);
    }

    // Numbers grow: RFC 9113, section 5.1.1.
    private void ForgetOldest(CaptureMemory memory)
    {
        foreach (int id in _streams.Keys.Order().Take(MostStreams / 2).ToArray())
        {
            Forget(_streams[id], memory);
            _streams.Remove(id);
        }
    }

    private void ForgetStreams(CaptureMemory memory)
    {
        foreach (Http2Stream stream in _streams.Values)
            Forget(stream, memory);
        _streams.Clear();
    }

    private static void Forget(Http2Stream stream, CaptureMemory memory)
    {
        memory.Forget(stream.Sides[0].Body);
        memory.Forget(stream.Sides[1].Body);
    }
}

/// <summary>What is remembered of a stream of HTTP/2.</summary>
/// <param name="id">Its number.</param>
internal sealed class Http2Stream(int id)
{
    /// <summary>Its number.</summary>
    internal int Id { get; } = id;

    /// <summary>Its directions.</summary>
    internal Http2Side[] Sides { get; } = [new(), new()];

    /// <summary>Whether it is a tunnel.</summary>
    internal bool IsTunnel { get; set; }

    /// <summary>Whether its data are messages of gRPC, which are not joined.</summary>
    internal bool IsStreamed { get; set; }
}

/// <summary>A direction of a stream of HTTP/2.</summary>
internal sealed class Http2Side
{
    private const int MostFragments = 1 << 14;

    private readonly List<(uint Frame, int Length)> _fragments = [];

    /// <summary>Whether headers were seen: data before them belongs to something that is not known.</summary>
    internal bool HasHeaders { get; set; }

    /// <summary>The media type of its data, in small letters; empty if it is not known.</summary>
    internal string MediaType { get; set; } = "";

    /// <summary>How its data is encoded; empty if it is not.</summary>
    internal string Encoding { get; set; } = "";

    /// <summary>Whether its data is a part of what was asked for.</summary>
    internal bool IsPartial { get; set; }

    /// <summary>Whether it has an encoding of transfers, which HTTP/2 does not know.</summary>
    internal bool IsTransferEncoded { get; set; }

    /// <summary>The packets of its data so far.</summary>
    internal IReadOnlyList<(uint Frame, int Length)> Fragments => _fragments;

    /// <summary>Its data so far, as far as anybody asks for it.</summary>
    internal OctetStore Body { get; } = new();

    /// <summary>Octets of its data so far.</summary>
    internal long Length { get; private set; }

    /// <summary>Whether it was too much to be kept.</summary>
    internal bool IsLost { get; set; }

    /// <summary>Notes data.</summary>
    /// <param name="frame">Its packet.</param>
    /// <param name="length">Its octets.</param>
    internal void Add(uint frame, int length)
    {
        Length += length;
        IsLost |= _fragments.Count == MostFragments;
        if (!IsLost)
            _fragments.Add((frame, length));
    }
}
