namespace NetWhy.Analysis.Dissection;

/// <summary>What a later packet tells of an earlier one.</summary>
internal enum Later : byte
{
    /// <summary>Of a packet with a fragment of a datagram: the packet that completes it. The part is its identification.</summary>
    Datagram,

    /// <summary>Of a packet with a piece of a message on TCP: the packet that completes it; 0 if none does. The part is the sequence number of the piece.</summary>
    Message,

    /// <summary>The same of a message that TLS carries.</summary>
    InnerMessage,

    /// <summary>Of a packet with a piece of a message of a TLS handshake: the packet that completes it. The part is the direction.</summary>
    Handshake,

    /// <summary>Of a packet with a request for an echo: the packet of the reply.</summary>
    Echo,

    /// <summary>Of a packet with a question of DNS: the packet of the answer. The part is its number.</summary>
    Answer,

    /// <summary>Of an exchange of HTTP: the packet of a request. The part is the number of the pair.</summary>
    Request,

    /// <summary>Of an exchange of HTTP: the packet of a response. The part is the number of the pair.</summary>
    Response,

    /// <summary>Of an exchange of HTTP: how many pairs it has.</summary>
    Pairs,

    /// <summary>Of a stream of TCP: how much of it was seen.</summary>
    Completeness,

    /// <summary>Of a stream of TCP: the round-trip time of its handshake, in nanoseconds.</summary>
    InitialRtt,

    /// <summary>Of a session of TLS: the version that it is read as.</summary>
    Version,
}

/// <summary>What later packets tell of earlier ones: a first pass over a capture learns it, a second one knows it from the beginning.</summary>
/// <remarks>Both passes must read the same packets in the same order. Some octets are held for each packet that has to do with a later one.</remarks>
public sealed class Hindsight
{
    private readonly Dictionary<Subject, long> _known = [];

    /// <summary>Whether the first pass is over.</summary>
    public bool IsLearned { get; private set; }

    /// <summary>Says that the first pass is over.</summary>
    public void Conclude() => IsLearned = true;

    /// <summary>Learns something; what was learned of it before is forgotten.</summary>
    /// <param name="kind">What.</param>
    /// <param name="of">Of which packet, stream or exchange.</param>
    /// <param name="part">Of which part of it.</param>
    /// <param name="value">What is so of it.</param>
    internal void Learn(Later kind, uint of, uint part, long value)
    {
        if (!IsLearned)
            _known[new Subject(kind, of, part)] = value;
    }

    /// <summary>Adds to what was learned, in the second pass.</summary>
    /// <param name="kind">What.</param>
    /// <param name="of">Of which packet, stream or exchange.</param>
    /// <param name="part">Of which part of it.</param>
    /// <param name="bits">What is so of it, besides.</param>
    internal void Add(Later kind, uint of, uint part, long bits)
    {
        var subject = new Subject(kind, of, part);
        if (IsLearned && _known.TryGetValue(subject, out long known))
            _known[subject] = known | bits;
    }

    /// <summary>What was learned.</summary>
    /// <param name="kind">What.</param>
    /// <param name="of">Of which packet, stream or exchange.</param>
    /// <param name="part">Of which part of it.</param>
    /// <returns>Null if nothing was, or if it is not known yet.</returns>
    internal long? Find(Later kind, uint of, uint part) =>
        IsLearned && _known.TryGetValue(new Subject(kind, of, part), out long value) ? value : null;

    private readonly record struct Subject(Later Kind, uint Of, uint Part);
}
