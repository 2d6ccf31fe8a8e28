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

    /// <inheritdoc/>
    public int Next { readonly get; set; }
}
