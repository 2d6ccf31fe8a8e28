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
    internal CaptureMemory()
    {
        _conversations = new Generations<int, StreamConversation>(MostConversations, Forget);
        Quic = new QuicConnections(connection =>
        {
            Forget(connection.Tls.Rest[0]);
            Forget(connection.Tls.Rest[1]);
        });
    }

    /// <summary>Streams of TCP whose first segment had data (TCP Fast Open).</summary>
    internal Generations<int, FastOpen> FastOpens { get; } = new(MostConversations, _ => { });

    /// <summary>Who follows TCP; null if nobody asked.</summary>
    internal TcpAnalyzer? Analyzer { get; init; }

    /// <summary>Who sees TCP segments; null for nobody.</summary>
    internal ITcpObserver? Observer { get; init; }

    /// <summary>Who sees what applications say; null for nobody.</summary>
    internal ICarriedObserver? Carried { get; init; }

    /// <summary>What a list of packets says of each; null if nobody asked.</summary>
    internal PacketSummary? Summary { get; init; }

    /// <summary>Whether the packet that is read now lacks something.</summary>
    internal Fault Fault { get; } = new();

    /// <summary>How packets are analysed.</summary>
    internal required DissectionPreferences Preferences { get; init; }

    /// <summary>What a first pass over the capture learns, or learned; null if there is one pass only.</summary>
    internal Hindsight? Hindsight { get; init; }

    /// <summary>How many connections had requests or responses of HTTP so far.</summary>
    internal uint Exchanges { get; set; }

    /// <summary>How many sessions of TLS there were so far.</summary>
    internal uint Sessions { get; set; }

    /// <summary>Whether a tunnel was opened that Wireshark does not open: streams are numbered otherwise then.</summary>
    internal bool HasOpenedTunnel { get; set; }

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

    /// <summary>Counts what the headers of a connection hold.</summary>
    /// <param name="connection">The connection.</param>
    /// <returns>Whether everything together holds no more than it may.</returns>
    internal bool Count(Http2Connection connection)
    {
        _held += connection.Held - connection.Counted;
        connection.Counted = connection.Held;
        return _held <= MostHeld;
    }

    /// <summary>Keeps octets of a message; all of them together are bounded.</summary>
    /// <param name="part">The message.</param>
    /// <param name="octets">What comes next of it.</param>
    /// <returns>Whether there was room; else it is forgotten.</returns>
    internal bool TryKeep(OctetStore part, ReadOnlySpan<byte> octets)
    {
        _held -= part.Held;
        part.Add(octets);
        _held += part.Held;
        if (_held <= MostHeld)
            return true;
        Forget(part);
        return false;
    }

    /// <summary>Forgets octets of a message.</summary>
    /// <param name="part">The message.</param>
    internal void Forget(OctetStore part)
    {
        _held -= part.Held;
        part.Clear();
    }

    /// <summary>What is remembered of a stream's data.</summary>
    /// <param name="stream">Number of the stream.</param>
    internal StreamConversation ConversationOf(int stream)
    {
        StreamConversation conversation = _conversations.Of(stream);
        conversation.Number = stream;
        return conversation;
    }

    /// <summary>Whether QUIC is read.</summary>
    internal bool ReadsQuic { get; init; }

    /// <summary>Connections of QUIC.</summary>
    internal QuicConnections Quic { get; }

    /// <summary>Secrets of TLS that are known.</summary>
    internal TlsKeyLog KeyLog { get; } = new();

    /// <summary>Fragments of datagrams that wait for the others.</summary>
    internal FragmentTable Fragments { get; } = new();

    /// <summary>What is sent by UDP between two ends.</summary>
    internal DatagramTable Datagrams { get; } = new();

    /// <summary>Questions of DNS.</summary>
    internal TransactionTable Queries { get; } = new();

    /// <summary>Who uses addresses, as ARP said.</summary>
    internal Generations<uint, ArpOwner> Owners { get; } = new(MostConversations, _ => { });

    /// <summary>Requests for an echo.</summary>
    internal TransactionTable Echoes { get; } = new();

    private void Forget(IReadOnlyDictionary<int, StreamConversation> conversations)
    {
        foreach (StreamConversation conversation in conversations.Values)
        {
            conversation.Forward.Clear(this);
            conversation.Backward.Clear(this);
            Forget(conversation.Tls.Rest[0]);
            Forget(conversation.Tls.Rest[1]);
            conversation.Tls.Inner?.Forward.Clear(this);
            conversation.Tls.Inner?.Backward.Clear(this);
            conversation.Http2?.Clear(this);
            conversation.WebSocket?.Clear(this);
            conversation.Tls.Inner?.WebSocket?.Clear(this);
            conversation.Tls.Inner?.Http2?.Clear(this);
        }
    }
}

/// <summary>Data in the first segment of a stream. Source: RFC 7413.</summary>
internal sealed class FastOpen
{
    /// <summary>The sequence number that it begins with.</summary>
    internal uint Sequence { get; set; }
}
