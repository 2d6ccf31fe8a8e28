namespace NetWhy.Analysis.Tcp;

/// <summary>Segments that await their acknowledgment, of all directions, as lists in one dense array: the newest first.</summary>
internal sealed class SegmentPool
{
    /// <summary>The end of a list.</summary>
    internal const int Nothing = -1;

    private const int MostNodes = 1 << 22;

    private Node[] _nodes = new Node[1024];
    private int _used;
    private int _free = Nothing;

    /// <summary>A segment of a list.</summary>
    internal struct Node
    {
        /// <summary>When it passed.</summary>
        internal long Time;

        /// <summary>Number of its packet.</summary>
        internal uint Frame;

        /// <summary>Its first sequence number.</summary>
        internal uint Sequence;

        /// <summary>The sequence number behind it.</summary>
        internal uint End;

        /// <summary>Its signature, equal for copies of one packet.</summary>
        internal uint Signature;

        /// <summary>The next older one.</summary>
        internal int Next;
    }

    /// <summary>Whether no more can be kept: where only one direction was captured, nothing is ever acknowledged.</summary>
    internal bool IsFull => _free == Nothing && _used >= MostNodes;

    /// <summary>The node of a list.</summary>
    /// <param name="index">Which one.</param>
    internal ref Node this[int index] => ref _nodes[index];

    /// <summary>Puts a segment in front of a list.</summary>
    /// <param name="head">The list.</param>
    /// <param name="time">When it passed.</param>
    /// <param name="frame">Number of its packet.</param>
    /// <param name="sequence">Its first sequence number.</param>
    /// <param name="end">The sequence number behind it.</param>
    /// <param name="signature">Its signature.</param>
    internal void Push(ref int head, long time, uint frame, uint sequence, uint end, uint signature)
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

        _nodes[index] = new Node { Time = time, Frame = frame, Sequence = sequence, End = end, Signature = signature, Next = head };
        head = index;
    }

    /// <summary>Gives a node back.</summary>
    /// <param name="index">Which one; nothing may lead to it any more.</param>
    internal void Release(int index)
    {
        _nodes[index].Next = _free;
        _free = index;
    }

    /// <summary>Gives a whole list back.</summary>
    /// <param name="head">The list, which is empty afterwards.</param>
    internal void ReleaseAll(ref int head)
    {
        while (head != Nothing)
        {
            int next = _nodes[head].Next;
            Release(head);
            head = next;
        }
    }
}
