namespace NetWhy.Analysis.Tcp;

/// <summary>A node of a list in a <see cref="ListPool{TNode}"/>.</summary>
internal interface IListNode
{
    /// <summary>The next one; <see cref="ListPool.Nothing"/> if it is the last.</summary>
    int Next { get; set; }
}

/// <summary>What all pools have in common.</summary>
internal static class ListPool
{
    /// <summary>The end of a list.</summary>
    internal const int Nothing = -1;
}

/// <summary>Very many short lists in one dense array: nothing is allocated for a node once the array is large enough.</summary>
/// <typeparam name="TNode">A node.</typeparam>
/// <param name="most">How many there may be, of all lists.</param>
internal sealed class ListPool<TNode>(int most)
    where TNode : struct, IListNode
{
    private readonly Chunks<TNode> _nodes = new();
    private int _used;
    private int _free = ListPool.Nothing;

    /// <summary>Whether no more can be kept.</summary>
    internal bool IsFull => _free == ListPool.Nothing && _used >= most;

    /// <summary>The node of a list.</summary>
    /// <param name="index">Which one.</param>
    internal ref TNode this[int index] => ref _nodes[index];

    /// <summary>Puts a node in front of a list.</summary>
    /// <param name="head">The list.</param>
    /// <param name="node">The node; what it says of its next one does not count.</param>
    internal void Push(ref int head, TNode node)
    {
        int index = _free;
        if (index != ListPool.Nothing)
        {
            _free = _nodes[index].Next;
        }
        else
        {
            if (_used == _nodes.Capacity)
                _nodes.Grow();
            index = _used++;
        }

        node.Next = head;
        _nodes[index] = node;
        head = index;
    }

    /// <summary>Takes a node out of a list.</summary>
    /// <param name="head">The list.</param>
    /// <param name="previous">The one before it; <see cref="ListPool.Nothing"/> if it is the first.</param>
    /// <param name="index">Which one.</param>
    /// <returns>The one after it.</returns>
    internal int Remove(ref int head, int previous, int index)
    {
        int next = _nodes[index].Next;
        if (previous == ListPool.Nothing)
            head = next;
        else
            _nodes[previous].Next = next;
        _nodes[index].Next = _free;
        _free = index;
        return next;
    }

    /// <summary>Gives a whole list back.</summary>
    /// <param name="head">The list, which is empty afterwards.</param>
    internal void ReleaseAll(ref int head)
    {
        while (head != ListPool.Nothing)
            Remove(ref head, ListPool.Nothing, head);
    }
}
