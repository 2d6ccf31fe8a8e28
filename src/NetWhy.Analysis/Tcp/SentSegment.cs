namespace NetWhy.Analysis.Tcp;

/// <summary>A segment that awaits its acknowledgment; lists of them have the newest first.</summary>
internal struct SentSegment : IListNode
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

    /// <summary>The one that was sent after it; <see cref="ListPool.Nothing"/> if it is the newest.</summary>
    internal int Newer;

    /// <inheritdoc/>
    public int Next { readonly get; set; }
}
