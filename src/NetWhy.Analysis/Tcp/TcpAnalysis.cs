namespace NetWhy.Analysis.Tcp;

/// <summary>What the analysis says of one segment.</summary>
public struct TcpAnalysis
{
    /// <summary>Number of its stream, from 0.</summary>
    public int Stream { get; internal set; }

    /// <summary>What is remarkable about it.</summary>
    public TcpAnalysisFlags Flags { get; internal set; }

    /// <summary>What really happened to it: our own answer, beside Wireshark's.</summary>
    public TcpVerdict Verdict { get; internal set; }

    /// <summary>Of what was overtaken: whether that was by what was sent again in its place, which seemed to fill a loss.</summary>
    internal bool IsLateOriginal { get; set; }

    /// <summary>Of a retransmission: on which side of the capture point it was lost before.</summary>
    public TcpLossSide LossSide { get; internal set; }

    /// <summary>Whether anything at all was found out about it.</summary>
    public bool HasRecord { get; internal set; }

    /// <summary>Whether it goes the way of the first segment of its stream.</summary>
    public bool IsForward { get; internal set; }

    /// <summary>What had been seen of the conversation before it: SYN 1, SYN-ACK 2, ACK 4, data 8, FIN 16, RST 32.</summary>
    public byte Completeness { get; internal set; }

    /// <summary>What has been seen of the conversation with it.</summary>
    internal byte CompletenessWithIt { get; set; }

    /// <summary>What it shows of a conversation itself.</summary>
    internal byte CompletenessOfIt { get; set; }

    /// <summary>Whether its sender sent a FIN before the other end did.</summary>
    public bool EndsFirst { get; internal set; }

    /// <summary>Number that is subtracted from its sequence number for the relative one.</summary>
    public uint SequenceBase { get; internal set; }

    /// <summary>Number that is subtracted from its acknowledgment number for the relative one.</summary>
    public uint AcknowledgmentBase { get; internal set; }

    /// <summary>How far its window is shifted: 0 to 14; -1 unknown, -2 not at all.</summary>
    public sbyte WindowScale { get; internal set; }

    /// <summary>Nanoseconds since the first segment of its stream.</summary>
    public long TimeRelative { get; internal set; }

    /// <summary>Nanoseconds since the segment before it in its stream.</summary>
    public long TimeDelta { get; internal set; }

    /// <summary>Nanoseconds from the SYN to the acknowledgment that ends the handshake; 0 if unknown.</summary>
    public long InitialRtt { get; internal set; }

    /// <summary>The packet that it acknowledges; 0 for none.</summary>
    public uint AcksFrame { get; internal set; }

    /// <summary>Nanoseconds from that packet to this one.</summary>
    public long AckRtt { get; internal set; }

    /// <summary>Octets in flight behind it; 0 if unknown.</summary>
    public uint BytesInFlight { get; internal set; }

    /// <summary>Octets since the last push.</summary>
    public uint PushBytesSent { get; internal set; }

    /// <summary>The how manieth repetition of an acknowledgment it is; 0 for none.</summary>
    public uint DuplicateAckNumber { get; internal set; }

    /// <summary>The packet that it repeats the acknowledgment of.</summary>
    public uint DuplicateAckFrame { get; internal set; }

    /// <summary>Nanoseconds from the first transmission to this retransmission; 0 if it is none.</summary>
    public long Rto { get; internal set; }

    /// <summary>The packet of the first transmission.</summary>
    public uint RtoFrame { get; internal set; }

    /// <summary>The place of its conversation among those that are remembered: valid until the next segment.</summary>
    internal int Index { get; set; }

    /// <summary>Sequence numbers that it has of which no segment passed before.</summary>
    internal uint NewNumbers { get; set; }

    /// <summary>Nanoseconds from when the timestamp passed that it is the first to echo; 0 if it is not the first, or that is not followed.</summary>
    internal long EchoTime { get; set; }

    /// <summary>The newest timestamp of its direction before it; 0 for none.</summary>
    internal uint StampBefore { get; set; }

    /// <summary>The longest segment that it acknowledges, in sequence numbers; 0 for none.</summary>
    internal uint AckedLength { get; set; }

    /// <summary>Nanoseconds from when it was sent, or noticed to be missing, before; 0 if it is not sent again.</summary>
    internal long RepairTime { get; set; }
}
