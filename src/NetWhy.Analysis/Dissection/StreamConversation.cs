using static NetWhy.Analysis.Tcp.SequenceNumber;

namespace NetWhy.Analysis.Dissection;

/// <summary>What the data of a TCP stream was found to be.</summary>
internal enum StreamProtocol : byte
{
    /// <summary>Not known: its ports decide, then how it begins.</summary>
    Unknown,

    /// <summary>HTTP/1.</summary>
    Http,

    /// <summary>HTTP/2.</summary>
    Http2,

    /// <summary>WebSocket, which HTTP/1 handed over to.</summary>
    WebSocket,

    /// <summary>TLS.</summary>
    Tls,

    /// <summary>DNS.</summary>
    Dns,

    /// <summary>Something that is not read.</summary>
    Other,
}

/// <summary>What is remembered of a TCP stream's data.</summary>
internal sealed class StreamConversation
{
    /// <summary>Its number.</summary>
    internal int Number { get; set; }

    /// <summary>What it was found to be.</summary>
    internal StreamProtocol Protocol { get; set; }

    /// <summary>Requests and responses.</summary>
    internal HttpExchange Http { get; } = new();

    /// <summary>Streams of HTTP/2 and their headers; null until there are some.</summary>
    internal Http2Connection? Http2 { get; set; }

    /// <summary>What is remembered of WebSocket; null until the stream was handed over to it.</summary>
    internal WebSocketConnection? WebSocket { get; set; }

    /// <summary>What TLS agreed on.</summary>
    internal TlsSession Tls { get; } = new();

    /// <summary>Messages of the direction of the first segment.</summary>
    internal StreamLane Forward { get; } = new();

    /// <summary>Messages of the other direction.</summary>
    internal StreamLane Backward { get; } = new();
}

/// <summary>Messages of one direction that lie in several segments, by sequence number.</summary>
internal sealed class StreamLane
{
    private const int MostParts = 64; // whole ones are kept for a while, to know a segment that comes again

    private const int MostBeginnings = 128; // as far back as a hole is filled, mostly

    private readonly List<StreamPart> _parts = [];

    /// <summary>Whether a message goes on until the direction is closed.</summary>
    internal bool LastsUntilFin { get; set; }

    /// <summary>The packets that were read last from their first octet on, and its sequence number, where somebody noted them.</summary>
    internal Queue<(uint Frame, uint Sequence)> Beginnings { get; } = [];

    /// <summary>Notes a packet of <see cref="Beginnings"/>.</summary>
    /// <param name="frame">The packet.</param>
    /// <param name="sequence">The sequence number.</param>
    internal void NoteBeginning(uint frame, uint sequence)
    {
        if (Beginnings.Count == MostBeginnings)
            _ = Beginnings.Dequeue();
        Beginnings.Enqueue((frame, sequence));
    }

    /// <summary>The message that begins at a sequence number; null if none does.</summary>
    /// <param name="sequence">The sequence number.</param>
    internal StreamPart? At(uint sequence)
    {
        for (int index = _parts.Count - 1; index >= 0; index--)
        {
            if (_parts[index].Sequence == sequence)
                return _parts[index];
        }

        return null;
    }

    /// <summary>The last message that begins before a sequence number; null if none does.</summary>
    /// <param name="sequence">The sequence number.</param>
    internal StreamPart? Before(uint sequence)
    {
        StreamPart? nearest = null;
        foreach (StreamPart part in _parts)
        {
            if (IsAfter(sequence, part.Sequence) && (nearest is null || IsAfter(part.Sequence, nearest.Sequence)))
                nearest = part;
        }

        return nearest;
    }

    /// <summary>Remembers a message.</summary>
    /// <param name="part">The message.</param>
    /// <param name="memory">Where it is counted what messages hold.</param>
    internal void Add(StreamPart part, CaptureMemory memory)
    {
        if (At(part.Sequence) is { } same)
            Remove(same, memory);
        if (_parts.Count == MostParts)
            Remove(_parts[0], memory);
        _parts.Add(part);
        if (!memory.Count(part))
            Remove(part, memory);
    }

    /// <summary>Forgets a message.</summary>
    /// <param name="part">The message.</param>
    /// <param name="memory">Where it is counted what messages hold.</param>
    internal void Remove(StreamPart part, CaptureMemory memory)
    {
        part.GiveUp();
        _ = memory.Count(part);
        _parts.Remove(part);
    }

    /// <summary>Forgets all messages.</summary>
    /// <param name="memory">Where it is counted what messages hold.</param>
    internal void Clear(CaptureMemory memory)
    {
        while (_parts.Count > 0)
            Remove(_parts[^1], memory);
    }
}
