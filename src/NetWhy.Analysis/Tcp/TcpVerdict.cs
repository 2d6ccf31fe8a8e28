namespace NetWhy.Analysis.Tcp;

/// <summary>What really happened to a segment, as far as the capture can tell.</summary>
public enum TcpVerdict : byte
{
    /// <summary>Nothing is wrong with it.</summary>
    None,

    /// <summary>Sent again because its timer ran out, or in the recovery after that (RFC 6298, section 5).</summary>
    RetransmissionTimeout,

    /// <summary>Sent again because of duplicate acknowledgments without SACK, or of a partial acknowledgment after them (RFC 5681, RFC 6582).</summary>
    RetransmissionFast,

    /// <summary>Sent again because SACK told that what was sent behind it had arrived (RFC 6675, RFC 8985).</summary>
    RetransmissionSack,

    /// <summary>The last segment sent again to draw an acknowledgment (RFC 8985, section 7).</summary>
    TailLossProbe,

    /// <summary>Sent again although the receiver had acknowledged it already: that was late, or it was lost.</summary>
    RetransmissionSpurious,

    /// <summary>Sent again; the capture does not tell why.</summary>
    RetransmissionUnknown,

    /// <summary>Passed behind a segment that was sent after it.</summary>
    Reordering,

    /// <summary>The same packet again, such as from two ports of a mirrored switch, or where a router takes it and gives it on: not sent twice.</summary>
    DuplicateCapture,
}

/// <summary>On which side of the capture point a segment was lost.</summary>
public enum TcpLossSide : byte
{
    /// <summary>It was not lost, or that cannot be told.</summary>
    None,

    /// <summary>Between its sender and the capture point: it never passed here.</summary>
    Upstream,

    /// <summary>Between the capture point and its receiver: it, or its acknowledgment.</summary>
    Downstream,
}
