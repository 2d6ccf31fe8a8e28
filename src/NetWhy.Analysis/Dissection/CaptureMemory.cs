using NetWhy.Analysis.Summaries;
using NetWhy.Analysis.Tcp;

namespace NetWhy.Analysis.Dissection;

/// <summary>What is remembered from packet to packet.</summary>
internal sealed class CaptureMemory
{
    private const int MostConversations = 1 << 15;
    private const long MostHeld = 256L << 20; // octets of messages that are not whole yet, of all streams

    private readonly Generations<int, StreamConversation> _conversations;
    private long _held;

    /// <summary>Begins with nothing.</summary>
    internal CaptureMemory() => _conversations = new Generations<int, StreamConversation>(MostConversations, Forget);

    /// <summary>Who follows TCP; null if nobody asked.</summary>
    internal TcpAnalyzer? Analyzer { get; init; }

    /// <summary>Who sees TCP segments; null for nobody.</summary>
    internal ITcpObserver? Observer { get; init; }

    /// <summary>What a list of packets says of each; null if nobody asked.</summary>
    internal PacketSummary? Summary { get; init; }

    /// <summary>How packets are analysed.</summary>
    internal required DissectionPreferences Preferences { get; init; }

    /// <summary>Whether the data of streams is read.</summary>
    internal bool ReadsStreams { get; init; }

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
    internal StreamConversation ConversationOf(int stream) => _conversations.Of(stream);

    /// <summary>Secrets of TLS that are known.</summary>
    internal TlsKeyLog KeyLog { get; } = new();

    /// <summary>Fragments of datagrams that wait for the others.</summary>
    internal FragmentTable Fragments { get; } = new();

    /// <summary>Questions of DNS.</summary>
    internal TransactionTable Queries { get; } = new();

    /// <summary>Requests for an echo.</summary>
    internal TransactionTable Echoes { get; } = new();

    private void Forget(IReadOnlyDictionary<int, StreamConversation> conversations)
    {
        foreach (StreamConversation conversation in conversations.Values)
        {
            conversation.Forward.Clear(this);
            conversation.Backward.Clear(this);
            conversation.Tls.Inner?.Forward.Clear(this);
            conversation.Tls.Inner?.Backward.Clear(this);
        }
    }
}
