using NetWhy.Linux;

namespace NetWhy.Analysis.Tcp;

/// <summary>Finds conversations by their two ends, whichever of them sends. Dense arrays, open addressing; nothing is allocated for a segment.</summary>
internal sealed class ConversationTable
{
    private readonly Chunks<Conversation> _conversations = new();
    private Slot[] _slots = new Slot[1 << 10];
    private int _keys;

    // Small, so that many of them fit into a cache: the ends are in the conversation.
    private struct Slot
    {
        internal uint Hash;
        internal int Conversation; // plus 1; 0 is an empty slot
    }

    /// <summary>How many conversations there are.</summary>
    internal int Count { get; private set; }

    /// <summary>A conversation.</summary>
    /// <param name="index">Which one.</param>
    internal ref Conversation this[int index] => ref _conversations[index];

    /// <summary>Finds the newest conversation of two ends.</summary>
    /// <param name="ends">The ends.</param>
    /// <param name="hash">Their hash.</param>
    /// <param name="slot">Where they are kept: valid until the next call.</param>
    /// <returns>The conversation; -1 if there is none.</returns>
    internal int Find(in ConversationEnds ends, uint hash, out int slot)
    {
        if ((_keys + 1) * 3 > _slots.Length * 2)
            Grow();
        int mask = _slots.Length - 1;
        for (slot = (int)hash & mask; _slots[slot].Conversation != 0; slot = (slot + 1) & mask)
        {
            if (_slots[slot].Hash == hash && this[_slots[slot].Conversation - 1].Ends.IsSame(ends))
                break;
        }

        return _slots[slot].Conversation - 1;
    }

    /// <summary>Asks for the slot of a hash.</summary>
    /// <param name="hash">The hash.</param>
    internal void ExpectSlot(uint hash) => CacheLines.Prefetch(ref _slots[(int)hash & (_slots.Length - 1)]);

    /// <summary>The conversation that is likely the one of a hash, without a look at it; -1 if there is none.</summary>
    /// <param name="hash">The hash.</param>
    internal int Guess(uint hash)
    {
        int mask = _slots.Length - 1;
        int slot = (int)hash & mask;
        while (_slots[slot].Conversation != 0 && _slots[slot].Hash != hash)
            slot = (slot + 1) & mask;
        return _slots[slot].Conversation - 1;
    }

    /// <summary>Makes a new conversation, which takes the place of an older one of the same ends.</summary>
    /// <param name="slot">The slot that <see cref="Find"/> gave.</param>
    /// <param name="hash">The hash of its ends.</param>
    internal int Add(int slot, uint hash)
    {
        int index = Count++;
        if (index == _conversations.Capacity)
            _conversations.Grow();
        if (_slots[slot].Conversation == 0)
            _keys++;
        _slots[slot] = new Slot { Hash = hash, Conversation = index + 1 };
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
            kept[EmptyPlace(kept, slot.Hash)] = slot with { Conversation = moved[slot.Conversation - 1] + 1 };
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

    private static int EmptyPlace(Slot[] slots, uint hash)
    {
        int mask = slots.Length - 1;
        int place = (int)hash & mask;
        while (slots[place].Conversation != 0)
            place = (place + 1) & mask;
        return place;
    }

    private void Grow()
    {
        var larger = new Slot[_slots.Length * 2];
        foreach (ref readonly Slot slot in _slots.AsSpan())
        {
            if (slot.Conversation != 0)
                larger[EmptyPlace(larger, slot.Hash)] = slot;
        }

        _slots = larger;
    }
}
