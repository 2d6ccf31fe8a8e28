namespace NetWhy.Analysis.Tcp;

/// <summary>A range of sequence numbers.</summary>
internal struct SequenceRange : IListNode
{
    /// <summary>When the segment behind it passed.</summary>
    internal long Time;

    /// <summary>Its first sequence number.</summary>
    internal uint Left;

    /// <summary>The sequence number behind it.</summary>
    internal uint Right;

    /// <summary>Timestamp of the segment behind it.</summary>
    internal uint Stamp;

    /// <summary>Identification of the segment behind it; 0 if it has none.</summary>
    internal ushort Identification;

    /// <summary>Whether that segment has a timestamp.</summary>
    internal bool HasStamp;

    /// <summary>Whether it may have passed before the capture began.</summary>
    internal bool IsBeforeCapture;

    /// <inheritdoc/>
    public int Next { readonly get; set; }
}
