using NetWhy.Analysis.Tcp;

namespace NetWhy.Analysis.Dissection;

/// <summary>What is remembered from packet to packet.</summary>
internal sealed class CaptureMemory
{
    /// <summary>Who follows TCP; null if nobody asked.</summary>
    internal TcpAnalyzer? Analyzer { get; init; }

    /// <summary>Who sees TCP segments; null for nobody.</summary>
    internal ITcpObserver? Observer { get; init; }

    /// <summary>Whether the data of streams is read.</summary>
    internal bool ReadsStreams { get; init; }

    private const int MostConversations = 1 << 15;
    private const long MostHeld = 256L << 20; // octets of messages that are not whole yet, of all streams

    // Two generations: when the younger one is full, it becomes the older one, which is forgotten but for those in use.
    private Dictionary<int, StreamConversation> _younger = [];
    private Dictionary<int, StreamConversation> _older = [];

    private long _held;

    /// <summary>Counts what a message holds.</summary>
    /// <param name="part">The message.</param>
    /// <returns>Whether all of them together hold no more than they may.</returns>
    internal bool Count(StreamPart part)
    {
        _held += part.Held - part.Counted;
        part.Counted = part.Held;
        return _held <= MostHeld;
    }

    /// <summary>What is remembered of a stream's data.</summary>
    /// <param name="stream">Number of the stream.</param>
    internal StreamConversation ConversationOf(int stream)
    {
        if (_younger.TryGetValue(stream, out StreamConversation? conversation))
            return conversation;
        if (_younger.Count == MostConversations)
        {
            foreach (StreamConversation forgotten in _older.Values)
            {
                forgotten.Forward.Clear(this);
                forgotten.Backward.Clear(this);
            }

            _older = _younger;
            _younger = [];
        }

        if (!_older.Remove(stream, out conversation))
            conversation = new StreamConversation();
        _younger[stream] = conversation;
        return conversation;
    }

    /// <summary>Fragments of datagrams that wait for the others.</summary>
    internal FragmentTable Fragments { get; } = new();
}
