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

    private readonly Dictionary<int, StreamConversation> _conversations = [];

    /// <summary>What is remembered of a stream's data.</summary>
    /// <param name="stream">Number of the stream.</param>
    internal StreamConversation ConversationOf(int stream)
    {
        if (!_conversations.TryGetValue(stream, out StreamConversation? conversation))
            _conversations[stream] = conversation = new StreamConversation();
        return conversation;
    }

    /// <summary>Fragments of datagrams that wait for the others.</summary>
    internal FragmentTable Fragments { get; } = new();
}
