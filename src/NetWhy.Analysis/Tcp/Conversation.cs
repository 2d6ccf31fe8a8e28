using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using NetWhy.Linux;

namespace NetWhy.Analysis.Tcp;

/// <summary>What is remembered of one direction of a conversation. 0 means unknown in the sequence numbers, as it does in Wireshark.</summary>
internal struct Direction
{
    internal const sbyte ScaleUnknown = -1;
    internal const sbyte ScaleNone = -2;
    internal const int MostSackBlocks = 3; // what Wireshark 4.0 keeps

    internal long NextSequenceTime;
    internal long LastTime;
    internal uint Base;
    internal uint Window; // of the last segment, unscaled
    internal uint NextSequence; // highest edge sent
    internal uint NextSequenceFrame;
    internal uint AckLimit; // highest edge without a gap: the other side may acknowledge up to here
    internal uint LastAck;
    internal uint LastNonDuplicate;
    internal uint DuplicateCount;
    internal uint PushCount;
    internal uint LowestUnacked; // relative to the base
    internal uint HighestUnacked;
    internal int Unacked; // list in the pool
    internal int Oldest; // of that list, while it has any
    internal ushort UnackedCount;
    internal TcpAnalysisFlags LastFlags;
    internal byte SackCount;
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
    internal SackEdges SackLeft;
    internal SackEdges SackRight;

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
/// <remarks>
/// It takes nine cache lines, and a packet nearly all of them, so that all are asked for: what both directions have in common
/// is in the first one, and what is seldom read is behind the directions.
/// </remarks>
[StructLayout(LayoutKind.Sequential, Size = Lines * CacheLines.Size)]
internal struct Conversation
{
    internal const int Lines = 9;

    internal ConversationEnds Ends;
    internal long PreviousTime;
    internal long InitialRtt; // 0: unknown
    internal int Stream;
    internal byte Completeness;
    internal bool BeganLowToHigh; // the first segment went from the lower end to the higher one
    internal Direction First; // of the segment that began it
    internal Direction Second;
    internal long FirstTime;
    internal long LastSynTime; // 0: none

    /// <summary>Who sent the segment that began it.</summary>
    internal readonly TcpEndpoint FirstEnd => BeganLowToHigh ? Ends.Low : Ends.High;

    /// <summary>The other end.</summary>
    internal readonly TcpEndpoint SecondEnd => BeganLowToHigh ? Ends.High : Ends.Low;
}
