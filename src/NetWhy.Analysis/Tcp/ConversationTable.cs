using System.Runtime.CompilerServices;

namespace NetWhy.Analysis.Tcp;

/// <summary>Finds conversations by their two ends, whichever of them sends. Dense arrays, open addressing; nothing is allocated for a segment.</summary>
internal sealed class ConversationTable
{
    private const int ChunkShift = 10;
    private const int ChunkSize = 1 << ChunkShift;

    private readonly ulong _key = (ulong)Random.Shared.NextInt64(); // who does not know it cannot make all conversations collide
    private readonly List<Conversation[]> _chunks = [];
    private Slot[] _slots = new Slot[1 << 10];
    private int _keys;

    private struct Slot
    {
        internal TcpEndpoint Low;
        internal TcpEndpoint High;
        internal int Conversation; // plus 1; 0 is an empty slot
    }

    /// <summary>How many conversations there are.</summary>
    internal int Count { get; private set; }

    /// <summary>A conversation.</summary>
    /// <param name="index">Which one.</param>
    internal ref Conversation this[int index] => ref _chunks[index >> ChunkShift][index & (ChunkSize - 1)];

    /// <summary>Finds the newest conversation of two ends.</summary>
    /// <param name="low">The lower end.</param>
    /// <param name="high">The higher end.</param>
    /// <param name="slot">Where they are kept: valid until the next call.</param>
    /// <returns>The conversation; -1 if there is none.</returns>
    internal int Find(in TcpEndpoint low, in TcpEndpoint high, out int slot)
    {
        if ((_keys + 1) * 3 > _slots.Length * 2)
            Grow();
        slot = Place(_slots, low, high);
        return _slots[slot].Conversation - 1;
    }

    /// <summary>Makes a new conversation, which takes the place of an older one of the same ends.</summary>
    /// <param name="slot">The slot that <see cref="Find"/> gave.</param>
    /// <param name="low">The lower end.</param>
    /// <param name="high">The higher end.</param>
    internal int Add(int slot, in TcpEndpoint low, in TcpEndpoint high)
    {
        int index = Count++;
        if (index >> ChunkShift == _chunks.Count)
            _chunks.Add(new Conversation[ChunkSize]);
        if (_slots[slot].Conversation == 0)
            _keys++;
        _slots[slot] = new Slot { Low = low, High = high, Conversation = index + 1 };
        return index;
    }

    /// <summary>Forgets conversations: those that others took the place of, and those that were quiet for longest.</summary>
    /// <param name="released">Told each one that is forgotten.</param>
    /// <param name="relocated">Told each one whose place changes: from where to where.</param>
    /// <returns>How many were forgotten that were still the newest of their ends.</returns>
    internal int Halve(Action<int> released, Action<int, int> relocated)
    {
        long limit = MedianTime();
        var kept = new Slot[_slots.Length];
        bool[] isKept = new bool[Count];
        int evicted = 0;
        foreach (ref readonly Slot slot in _slots.AsSpan())
        {
            if (slot.Conversation == 0)
                continue;
            bool isRecent = this[slot.Conversation - 1].PreviousTime > limit;
            evicted += isRecent ? 0 : 1;
            isKept[slot.Conversation - 1] = isRecent;
        }

        int[] moved = Pack(isKept, released, relocated);
        _keys = 0;
        foreach (ref readonly Slot slot in _slots.AsSpan())
        {
            if (slot.Conversation == 0 || !isKept[slot.Conversation - 1])
                continue;
            kept[Place(kept, slot.Low, slot.High)] = slot with { Conversation = moved[slot.Conversation - 1] + 1 };
            _keys++;
        }

        _slots = kept;
        return evicted;
    }

    // Of a sample: near enough to forget about half.
    private long MedianTime()
    {
        const int Sample = 1024;
        int step = Math.Max(1, Count / Sample);
        var times = new List<long>(Sample * 2);
        for (int index = 0; index < Count; index += step)
            times.Add(this[index].PreviousTime);
        times.Sort();
        return times[times.Count / 2];
    }

    private int[] Pack(bool[] isKept, Action<int> released, Action<int, int> relocated)
    {
        int[] moved = new int[Count];
        int next = 0;
        for (int index = 0; index < isKept.Length; index++)
        {
            if (!isKept[index])
            {
                released(index);
                continue;
            }

            moved[index] = next;
            if (next != index)
            {
                this[next] = this[index];
                relocated(index, next);
            }

            next++;
        }

        Count = next;
        return moved;
    }

    private int Place(Slot[] slots, in TcpEndpoint low, in TcpEndpoint high)
    {
        int mask = slots.Length - 1;
        int place = (int)Hash(low, high) & mask;
        while (slots[place].Conversation != 0 && (slots[place].Low != low || slots[place].High != high))
            place = (place + 1) & mask;
        return place;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private uint Hash(in TcpEndpoint low, in TcpEndpoint high)
    {
        const ulong Odd = 0x9E3779B97F4A7C15; // 2^64 over the golden ratio
        ulong hash = _key ^ low.Address.Low ^ (low.Address.High * Odd);
        hash = (hash ^ (hash >> 32)) * Odd;
        hash ^= high.Address.Low ^ (high.Address.High * Odd);
        hash = (hash ^ (hash >> 32)) * Odd;
        hash ^= ((ulong)low.Port << 16) | high.Port;
        hash *= Odd;
        return (uint)(hash >> 32);
    }

    private void Grow()
    {
        var larger = new Slot[_slots.Length * 2];
        foreach (ref readonly Slot slot in _slots.AsSpan())
        {
            if (slot.Conversation != 0)
                larger[Place(larger, slot.Low, slot.High)] = slot;
        }

        _slots = larger;
    }
}
