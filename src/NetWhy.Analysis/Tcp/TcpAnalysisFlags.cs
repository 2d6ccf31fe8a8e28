namespace NetWhy.Analysis.Tcp;

/// <summary>What Wireshark's analysis says of a segment. Source: Wireshark, User's Guide, TCP Analysis.</summary>
[Flags]
public enum TcpAnalysisFlags : ushort
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>Sent again.</summary>
    Retransmission = 1 << 0,

    /// <summary>Sent again after duplicate acknowledgments.</summary>
    FastRetransmission = 1 << 1,

    /// <summary>Sent again although it was acknowledged.</summary>
    SpuriousRetransmission = 1 << 2,

    /// <summary>Passed out of order.</summary>
    OutOfOrder = 1 << 3,

    /// <summary>Begins a connection with the ports of an earlier one.</summary>
    ReusedPorts = 1 << 4,

    /// <summary>A segment before it was not captured.</summary>
    LostSegment = 1 << 5,

    /// <summary>Acknowledges a segment that was not captured.</summary>
    AckLostSegment = 1 << 6,

    /// <summary>Changes the window and nothing else.</summary>
    WindowUpdate = 1 << 7,

    /// <summary>Fills the window of the receiver.</summary>
    WindowFull = 1 << 8,

    /// <summary>Keep-alive.</summary>
    KeepAlive = 1 << 9,

    /// <summary>Answers a keep-alive.</summary>
    KeepAliveAck = 1 << 10,

    /// <summary>Repeats an acknowledgment.</summary>
    DuplicateAck = 1 << 11,

    /// <summary>Probes a zero window.</summary>
    ZeroWindowProbe = 1 << 12,

    /// <summary>Closes the window.</summary>
    ZeroWindow = 1 << 13,

    /// <summary>Answers a probe of a zero window.</summary>
    ZeroWindowProbeAck = 1 << 14,
}
