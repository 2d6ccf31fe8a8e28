using static NetWhy.Analysis.Tcp.SequenceNumber;

namespace NetWhy.Analysis.Tcp;

/// <summary>Ranges of sequence numbers, of all directions, as lists in one dense array.</summary>
internal sealed class RangePool
{
    /// <summary>The end of a list.</summary>
    internal const int Nothing = -1;

    private const int MostNodes = 1 << 21;

    private Node[] _nodes = new Node[256];
    private int _used;
    private int _free = Nothing;

    /// <summary>A range.</summary>
    internal struct Node
    {
        /// <summary>When the segment behind it passed.</summary>
        internal long Time;

        /// <summary>Its first sequence number.</summary>
        internal uint Left;

        /// <summary>The sequence number behind it.</summary>
        internal uint Right;

        /// <summary>Timestamp of the segment behind it.</summary>
        internal uint Stamp;

        /// <summary>The next one.</summary>
        internal int Next;

        /// <summary>Identification of the segment behind it; 0 if it has none.</summary>
        internal ushort Identification;

        /// <summary>Whether that segment has a timestamp.</summary>
        internal bool HasStamp;

        /// <summary>Whether it may have passed before the capture began.</summary>
        internal bool IsBeforeCapture;
    }

    /// <summary>Whether no more can be kept.</summary>
    internal bool IsFull => _free == Nothing && _used >= MostNodes;

    /// <summary>The node of a list.</summary>
    /// <param name="index">Which one.</param>
    internal ref Node this[int index] => ref _nodes[index];

    /// <summary>Puts a range in front of a list.</summary>
    /// <param name="head">The list.</param>
    /// <param name="range">The range; what it says of its next one does not count.</param>
    internal void Push(ref int head, Node range)
    {
        int index = _free;
        if (index != Nothing)
        {
            _free = _nodes[index].Next;
        }
        else
        {
            if (_used == _nodes.Length)
                Array.Resize(ref _nodes, _used * 2);
            index = _used++;
        }

        range.Next = head;
        _nodes[index] = range;
        head = index;
    }

    /// <summary>Takes a range out of a list.</summary>
    /// <param name="head">The list.</param>
    /// <param name="previous">The one before it; <see cref="Nothing"/> if it is the first.</param>
    /// <param name="index">Which one.</param>
    /// <returns>The one after it.</returns>
    internal int Remove(ref int head, int previous, int index)
    {
        int next = _nodes[index].Next;
        if (previous == Nothing)
            head = next;
        else
            _nodes[previous].Next = next;
        _nodes[index].Next = _free;
        _free = index;
        return next;
    }

    /// <summary>Takes those out of a list that lie before a number.</summary>
    /// <param name="head">The list.</param>
    /// <param name="limit">The number.</param>
    /// <returns>How many remain.</returns>
    internal int RemoveBefore(ref int head, uint limit)
    {
        int count = 0;
        int previous = Nothing;
        for (int node = head; node != Nothing;)
        {
            if (!IsAfter(_nodes[node].Right, limit))
            {
                node = Remove(ref head, previous, node);
                continue;
            }

            count++;
            previous = node;
            node = _nodes[node].Next;
        }

        return count;
    }

    /// <summary>Gives a whole list back.</summary>
    /// <param name="head">The list, which is empty afterwards.</param>
    internal void ReleaseAll(ref int head)
    {
        while (head != Nothing)
            Remove(ref head, Nothing, head);
    }
}
