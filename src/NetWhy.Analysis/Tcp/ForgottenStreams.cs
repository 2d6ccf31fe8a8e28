namespace NetWhy.Analysis.Tcp;

/// <summary>Numbers of conversations that were forgotten: what comes of them later has them again, as in Wireshark, which forgets none.</summary>
/// <remarks>Sixteen octets each, by a hash of their ends; open addressing. Beyond the bound none is added, and numbers are new.</remarks>
/// <param name="most">How many are kept.</param>
internal sealed class ForgottenStreams(int most)
{
    private Entry[] _entries = new Entry[1 << 10];
    private int _count;

    private struct Entry
    {
        internal ulong Ends; // 0 is an empty place
        internal int Number;
        internal ushort LowBase; // hashes of the first sequence numbers; 0 if unknown
        internal ushort HighBase;
    }

    /// <summary>Keeps the number of a conversation, in place of that of an earlier one of the same ends.</summary>
    /// <param name="conversation">The conversation.</param>
    /// <param name="isKept">Whether also where there is no earlier one.</param>
    internal void Add(in Conversation conversation, bool isKept)
    {
        if ((_count + 1) * 3 > _entries.Length * 2)
            Grow();
        ref Entry entry = ref PlaceOf(_entries, KeyOf(conversation.Ends));
        if (entry.Ends == 0 && (!isKept || _count >= most))
            return;
        _count += entry.Ends == 0 ? 1 : 0;
        ushort first = HashOf(conversation.First), second = HashOf(conversation.Second);
        entry = new Entry
        {
            Ends = KeyOf(conversation.Ends),
            Number = conversation.Stream,
            LowBase = conversation.BeganLowToHigh ? first : second,
            HighBase = conversation.BeganLowToHigh ? second : first,
        };
    }

    /// <summary>Finds the number of a conversation.</summary>
    /// <param name="ends">Its ends.</param>
    /// <param name="isLowToHigh">Whether the lower one sends.</param>
    /// <param name="opening">The sequence number with which it opens one; null if it does not. Another one than before opens a new one.</param>
    /// <param name="number">The number.</param>
    /// <returns>Whether there is one.</returns>
    internal bool TryFind(in ConversationEnds ends, bool isLowToHigh, uint? opening, out int number)
    {
        ref Entry entry = ref PlaceOf(_entries, KeyOf(ends));
        number = entry.Number;
        ushort known = isLowToHigh ? entry.LowBase : entry.HighBase;
        return entry.Ends != 0 && (opening is not { } sequence || known == 0 || known == HashOf(sequence));
    }

    private static ulong KeyOf(in ConversationEnds ends) => ends.LongHash | 1;

    private static ushort HashOf(in Direction direction) => direction.HasBase ? HashOf(direction.Base) : (ushort)0;

    private static ushort HashOf(uint sequence) => (ushort)((sequence ^ (sequence >> 16)) | 1);

    private static ref Entry PlaceOf(Entry[] entries, ulong key)
    {
        int mask = entries.Length - 1;
        int place = (int)(key >> 32) & mask;
        while (entries[place].Ends != 0 && entries[place].Ends != key)
            place = (place + 1) & mask;
        return ref entries[place];
    }

    private void Grow()
    {
        var larger = new Entry[_entries.Length * 2];
        foreach (ref readonly Entry entry in _entries.AsSpan())
        {
            if (entry.Ends != 0)
                PlaceOf(larger, entry.Ends) = entry;
        }

        _entries = larger;
    }
}
