using System.Runtime.CompilerServices;

namespace NetWhy.Analysis.Tcp;

/// <summary>What is remembered of one direction of a conversation. 0 means unknown in the sequence numbers, as it does in Wireshark.</summary>
internal struct Direction
{
    internal const sbyte ScaleUnknown = -1;
    internal const sbyte ScaleNone = -2;
    internal const int MostSackBlocks = 3; // what Wireshark 4.0 keeps

    internal uint Base;
    internal uint Window; // of the last segment, unscaled
    internal uint NextSequence; // highest edge sent
    internal uint NextSequenceFrame;
    internal long NextSequenceTime;
    internal uint AckLimit; // highest edge without a gap: the other side may acknowledge up to here
    internal uint LastAck;
    internal long LastTime;
    internal uint LastNonDuplicate;
    internal uint DuplicateCount;
    internal uint PushCount;
    internal uint LowestUnacked; // relative to the base
    internal uint HighestUnacked;
    internal int Unacked; // list in the pool
    internal int Oldest; // of that list, while it has any
    internal int UnackedCount;
    internal int SackCount;
    internal SackEdges SackLeft;
    internal SackEdges SackRight;
    internal TcpAnalysisFlags LastFlags;
    internal sbyte WindowScale;
    internal byte Rebased; // how often its base was another one
    internal bool HasBase;
    internal bool IsSynWindow; // the window came with a SYN, and is unscaled
    internal bool AreBytesInFlightValid;
    internal bool EndsFirst; // it sent a FIN before the other one did
    internal bool WasPushed;
    internal bool IsWrapped; // the relative numbers wrap within one of that list
    internal bool IsGapless; // each segment of the list begins where the one sent before it ends
    internal Track Track;

    internal void Begin()
    {
        this = default;
        Window = uint.MaxValue;
        WindowScale = ScaleUnknown;
        Unacked = ListPool.Nothing;
        Track.Begin();
        AreBytesInFlightValid = true;
    }
}

/// <summary>Edges of SACK blocks.</summary>
[InlineArray(Direction.MostSackBlocks)]
internal struct SackEdges
{
    private uint _first;
}

/// <summary>What is remembered of a conversation.</summary>
internal struct Conversation
{
    internal ConversationEnds Ends;
    internal Direction First; // of the segment that began it
    internal Direction Second;
    internal long FirstTime;
    internal long PreviousTime;
    internal long LastSynTime; // 0: none
    internal long InitialRtt; // 0: unknown
    internal int Stream;
    internal byte Completeness;
    internal bool BeganLowToHigh; // the first segment went from the lower end to the higher one

    /// <summary>Who sent the segment that began it.</summary>
    internal readonly TcpEndpoint FirstEnd => BeganLowToHigh ? Ends.Low : Ends.High;

    /// <summary>The other end.</summary>
    internal readonly TcpEndpoint SecondEnd => BeganLowToHigh ? Ends.High : Ends.Low;
}
