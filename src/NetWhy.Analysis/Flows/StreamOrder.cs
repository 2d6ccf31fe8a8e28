using System.Numerics;

namespace NetWhy.Analysis.Flows;

/// <summary>
/// Numbers conversations by the packets that begin them, whoever follows them in whatever order: a bit for each packet, and
/// a packet begins one conversation at most.
/// </summary>
internal sealed class StreamOrder
{
    private const int ChunkShift = 16;
    private const int WordShift = 6;
    private const int Words = 1 << (ChunkShift - WordShift);

    private readonly ulong[]?[] _chunks = new ulong[]?[1 << (32 - ChunkShift)];
    private int _number; // of conversations that begin before this packet
    private uint _frame;

    /// <summary>Whether all is marked: who reads the same packets in another order asks for the same numbers.</summary>
    internal bool IsKnown { get; set; }

    /// <summary>A packet begins a conversation. Several threads may say so at once.</summary>
    /// <param name="frame">The packet.</param>
    internal void Mark(uint frame)
    {
        if (IsKnown)
            return;
        ref ulong[]? chunk = ref _chunks[frame >> ChunkShift];
        if (Volatile.Read(ref chunk) is null)
            Interlocked.CompareExchange(ref chunk, new ulong[Words], null);
        Interlocked.Or(ref chunk![WordOf(frame)], BitOf(frame));
    }

    /// <summary>The number of a conversation, from 0. It is quick where conversations are asked for in order.</summary>
    /// <param name="frame">The packet that begins it. All are marked by then.</param>
    internal int NumberOf(uint frame)
    {
        if (frame < _frame)
            (_frame, _number) = (0, 0);
        while (_frame >> WordShift < frame >> WordShift)
        {
            if (_chunks[_frame >> ChunkShift] is not { } chunk)
            {
                _frame = Math.Min(((_frame >> ChunkShift) + 1) << ChunkShift, frame >> WordShift << WordShift);
                continue;
            }

            _number += BitOperations.PopCount(chunk[WordOf(_frame)]);
            _frame = ((_frame >> WordShift) + 1) << WordShift;
        }

        return _number + BitOperations.PopCount((_chunks[frame >> ChunkShift]?[WordOf(frame)] ?? 0) & (BitOf(frame) - 1));
    }

    private static int WordOf(uint frame) => (int)(frame >> WordShift) & (Words - 1);

    private static ulong BitOf(uint frame) => 1UL << (int)(frame & ((1 << WordShift) - 1));
}
