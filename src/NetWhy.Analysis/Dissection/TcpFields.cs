using NetWhy.Analysis.Fields;

namespace NetWhy.Analysis.Dissection;

/// <summary>TCP and its analysis. Sources: RFC 9293; Wireshark's display filter reference.</summary>
internal static class TcpFields
{
    // Source: IANA, "TCP Option Kind Numbers".
    private static readonly Dictionary<ulong, string> OptionKinds = new()
    {
        [0] = "End of Option List",
        [1] = "No-Operation",
        [2] = "Maximum Segment Size",
        [3] = "Window Scale",
        [4] = "SACK Permitted",
        [5] = "SACK",
        [6] = "Echo",
        [7] = "Echo Reply",
        [8] = "Time Stamp Option",
        [9] = "Partial Order Connection Permitted",
        [10] = "Partial Order Service Profile",
        [11] = "CC",
        [12] = "CC.NEW",
        [13] = "CC.ECHO",
        [14] = "TCP Alternate Checksum Request",
        [15] = "TCP Alternate Checksum Data",
        [16] = "Skeeter",
        [17] = "Bubba",
        [18] = "Trailer Checksum Option",
        [19] = "MD5 Signature Option",
        [20] = "SCPS Capabilities",
        [21] = "Selective Negative Acknowledgements",
        [22] = "Record Boundaries",
        [23] = "Corruption experienced",
        [24] = "SNAP",
        [25] = "Unassigned",
        [26] = "TCP Compression Filter",
        [27] = "Quick-Start Response",
        [28] = "User Timeout Option",
        [29] = "The TCP Authentication Option",
        [30] = "Multipath TCP",
        [34] = "TCP Fast Open Cookie",
        [76] = "Riverbed Probe",
        [78] = "Riverbed Transparency",
        [172] = "Accurate ECN Order 0",
        [174] = "Accurate ECN Order 1",
        [253] = "RFC3692-style Experiment 1",
        [254] = "RFC3692-style Experiment 2",
    };

    internal static readonly FieldGroup Group = new("tcp", "Transmission Control Protocol");
    internal static readonly Field SourcePort = Group.Unsigned("srcport", "Source Port", 16);
    internal static readonly Field DestinationPort = Group.Unsigned("dstport", "Destination Port", 16);
    internal static readonly Field Port = Group.Unsigned("port", "Source or Destination Port", 16).Hidden();
    internal static readonly Field Stream = Group.Unsigned("stream", "Stream index", 32).Generated();
    internal static readonly Field Completeness = Group.Unsigned("completeness", "Conversation completeness", 8).Generated();
    internal static readonly Field Length = Group.Unsigned("len", "TCP Segment Len", 32).Generated();
    internal static readonly Field Sequence = Group.Unsigned("seq", "Sequence Number", 32);
    internal static readonly Field SequenceRaw = Group.Unsigned("seq_raw", "Sequence Number (raw)", 32);
    internal static readonly Field NextSequence = Group.Unsigned("nxtseq", "Next Sequence Number", 32).Generated();
    internal static readonly Field Acknowledgment = Group.Unsigned("ack", "Acknowledgment Number", 32);
    internal static readonly Field AcknowledgmentRaw = Group.Unsigned("ack_raw", "Acknowledgment number (raw)", 32);
    internal static readonly Field HeaderLength = Group.Unsigned("hdr_len", "Header Length", 8);
    internal static readonly Field Flags = Group.Hexadecimal("flags", "Flags", 16).Masked(0xfff);
    internal static readonly Field FlagReserved = Group.Flag("flags.res", "Reserved", 12, 0xe00, level: 2);
    internal static readonly Field FlagAccurateEcn = Group.Flag("flags.ae", "Accurate ECN", 12, 0x100, level: 2);
    internal static readonly Field FlagCwr = Group.Flag("flags.cwr", "Congestion Window Reduced", 12, 0x80, level: 2);
    internal static readonly Field FlagEce = Group.Flag("flags.ece", "ECN-Echo", 12, 0x40, level: 2);
    internal static readonly Field FlagUrg = Group.Flag("flags.urg", "Urgent", 12, 0x20, level: 2);
    internal static readonly Field FlagAck = Group.Flag("flags.ack", "Acknowledgment", 12, 0x10, level: 2);
    internal static readonly Field FlagPush = Group.Flag("flags.push", "Push", 12, 0x8, level: 2);
    internal static readonly Field FlagReset = Group.Flag("flags.reset", "Reset", 12, 0x4, level: 2);
    internal static readonly Field FlagSyn = Group.Flag("flags.syn", "Syn", 12, 0x2, level: 2);
    internal static readonly Field FlagFin = Group.Flag("flags.fin", "Fin", 12, 0x1, level: 2);
    internal static readonly Field FlagText = Group.Utf8("flags.str", "TCP Flags").At(2).Generated();
    internal static readonly Field WindowValue = Group.Unsigned("window_size_value", "Window", 16);
    internal static readonly Field Window = Group.Unsigned("window_size", "Calculated window size", 32).Generated();
    internal static readonly Field WindowScale = Group.Signed("window_size_scalefactor", "Window size scaling factor", 32).Generated();
    internal static readonly Field Checksum = Group.Hexadecimal("checksum", "Checksum", 16);
    internal static readonly Field ChecksumStatus = Group.Unsigned("checksum.status", "Checksum Status", 8, IpNames.Checksum).NameAlone().Generated();
    internal static readonly Field ChecksumCalculated = Group.Hexadecimal("checksum_calculated", "Calculated Checksum", 16).Generated();
    internal static readonly Field ChecksumFull = Group.Finding("checksum.ffff", "TCP Checksum 0xffff instead of 0x0000 (see RFC 1624)", Severity.Warning, ExpertGroup.Checksum);
    internal static readonly Field ChecksumBad = Group.Finding("checksum_bad.expert", "Bad checksum", Severity.Error, ExpertGroup.Checksum);
    internal static readonly Field UrgentPointer = Group.Unsigned("urgent_pointer", "Urgent Pointer", 16);
    internal static readonly Field Options = Group.Octets("options", "TCP Options");
    internal static readonly Field OptionNop = Group.Part("options.nop", "No-Operation (NOP)").At(2);
    internal static readonly Field OptionEnd = Group.Part("options.eol", "End of Option List (EOL)").At(2);
    internal static readonly Field OptionMss = Group.Part("options.mss", "Maximum segment size").At(2);
    internal static readonly Field OptionScale = Group.Part("options.wscale", "Window scale").At(2);
    internal static readonly Field OptionSackPermitted = Group.Part("options.sack_perm", "SACK permitted").At(2);
    internal static readonly Field OptionSack = Group.Part("options.sack", "SACK").At(2);
    internal static readonly Field OptionTimestamp = Group.Part("options.timestamp", "Timestamps").At(2);
    internal static readonly Field OptionKind = Group.Unsigned("option_kind", "Kind", 8, OptionKinds).At(3);
    internal static readonly Field OptionLength = Group.Unsigned("option_len", "Length", 8).At(3);
    internal static readonly Field MaximumSegmentSize = Group.Unsigned("options.mss_val", "MSS Value", 16).At(3);
    internal static readonly Field ScaleShift = Group.Unsigned("options.wscale.shift", "Shift count", 8).At(3);
    internal static readonly Field ScaleMultiplier = Group.Unsigned("options.wscale.multiplier", "Multiplier", 16).At(3).Generated();
    internal static readonly Field SackLeft = Group.Unsigned("options.sack_le", "TCP SACK Left Edge", 32).At(3);
    internal static readonly Field SackRight = Group.Unsigned("options.sack_re", "TCP SACK Right Edge", 32).At(3);
    internal static readonly Field DuplicateSack = Group.Finding("options.sack.dsack", "D-SACK Sequence", Severity.Warning);
    internal static readonly Field SackCount = Group.Unsigned("options.sack.count", "TCP SACK Count", 8).At(3).Generated();
    internal static readonly Field DuplicateLeft = Group.Unsigned("options.sack.dsack_le", "TCP D-SACK Left Edge", 32).At(3).Generated();
    internal static readonly Field DuplicateRight = Group.Unsigned("options.sack.dsack_re", "TCP D-SACK Right Edge", 32).At(3).Generated();
    internal static readonly Field TimestampValue = Group.Unsigned("options.timestamp.tsval", "Timestamp value", 32).At(3);
    internal static readonly Field TimestampEcho = Group.Unsigned("options.timestamp.tsecr", "Timestamp echo reply", 32).At(3);
    internal static readonly Field ShortSegment = Group.Finding("short_segment", "Short segment", Severity.Warning, ExpertGroup.Malformed);
    internal static readonly Field BogusHeaderLength = Group.Finding("bogus_header_length", "Bogus TCP Header length", Severity.Error, ExpertGroup.Protocol);
    internal static readonly UnaskedTcpFields Unasked = new(Group);
    internal static readonly TcpOptionFields MoreOptions = new(Group);
    internal static readonly MultipathFields Multipath = new(Group);
    internal static readonly Field TimeRelative = Group.Duration("time_relative", "Time since first frame in this TCP stream").At(2).Generated();
    internal static readonly Field TimeDelta = Group.Duration("time_delta", "Time since previous frame in this TCP stream").At(2).Generated();
    internal static readonly Field ResetCause = Group.Text("reset_cause", "Reset cause");
    internal static readonly Field Payload = Group.Octets("payload", "TCP payload");

    internal static readonly Field ConnectionSyn = Group.Finding("connection.syn", "Connection establish request (SYN)", Severity.Chat);
    internal static readonly Field ConnectionSynAck = Group.Finding("connection.synack", "Connection establish acknowledge (SYN+ACK)", Severity.Chat);
    internal static readonly Field ConnectionFin = Group.Finding("connection.fin", "Connection finish (FIN)", Severity.Chat);
    internal static readonly Field ConnectionFinActive = Group.Finding("connection.fin_active", "This frame initiates the connection closing", Severity.Note);
    internal static readonly Field ConnectionFinPassive = Group.Finding("connection.fin_passive", "This frame undergoes the connection closing", Severity.Note);
    internal static readonly Field ConnectionReset = Group.Finding("connection.rst", "Connection reset (RST)", Severity.Warning);
    internal static readonly Field AckWithoutFlag = Group.Finding("ack.nonzero", "The acknowledgment number field is nonzero while the ACK flag is not set", Severity.Note, ExpertGroup.Protocol);
    internal static readonly Field MssWithoutSyn = Group.Finding("options.mss.present", "The non-SYN packet does contain a MSS option", Severity.Warning, ExpertGroup.Protocol);
    internal static readonly Field MssMissing = Group.Finding("options.mss.absent", "The SYN packet does not contain a MSS option", Severity.Note, ExpertGroup.Protocol);
    internal static readonly Field ScaleTooLarge = Group.Finding("options.wscale.shift.invalid", "Window scale shift exceeds 14", Severity.Warning, ExpertGroup.Protocol);
    internal static readonly Field UrgentWithoutFlag = Group.Finding("urgent_pointer.non_zero", "The urgent pointer field is nonzero while the URG flag is not set", Severity.Note, ExpertGroup.Protocol);
    internal static readonly PieceFields Pieces = new()
    {
        Data = Group.Octets("segment_data", "TCP segment data"),
        Segments = Group.None("segments", "Reassembled TCP Segments").At(0).Generated(),
        Segment = Group.FrameNumber("segment", "Frame").Generated(),
        Count = Group.Unsigned("segment.count", "Segment count", 32).Generated(),
        Length = Group.Unsigned("reassembled.length", "Reassembled TCP length", 32).Generated(),
        Whole = Group.Octets("reassembled.data", "Reassembled TCP Data").Generated(),
        Last = Group.FrameNumber("reassembled_in", "Reassembled PDU in frame").Generated(),
    };

    internal static readonly Field PduSize = Group.Unsigned("pdu.size", "PDU Size", 32).Generated();
    internal static readonly Field Analysis = Group.None("analysis", "SEQ/ACK analysis").Generated();
    internal static readonly Field InitialRtt = Group.Duration("analysis.initial_rtt", "iRTT").At(2).Generated();
    internal static readonly Field AcksFrame = Group.FrameNumber("analysis.acks_frame", "This is an ACK to the segment in frame").At(2).Generated();
    internal static readonly Field AckRtt = Group.Duration("analysis.ack_rtt", "The RTT to ACK the segment was").At(2).Generated();
    internal static readonly Field BytesInFlight = Group.Unsigned("analysis.bytes_in_flight", "Bytes in flight", 32).At(2).Generated();
    internal static readonly Field PushBytesSent = Group.Unsigned("analysis.push_bytes_sent", "Bytes sent since last PSH flag", 32).At(2).Generated();
    internal static readonly Field AnalysisFlags = Group.None("analysis.flags", "TCP Analysis Flags").At(2).Generated();
    internal static readonly Field Retransmission = Group.Finding("analysis.retransmission", "This frame is a (suspected) retransmission", Severity.Note);
    internal static readonly Field FastRetransmission = Group.Finding("analysis.fast_retransmission", "This frame is a (suspected) fast retransmission", Severity.Note);
    internal static readonly Field SpuriousRetransmission = Group.Finding("analysis.spurious_retransmission", "This frame is a (suspected) spurious retransmission", Severity.Note);
    internal static readonly Field OutOfOrder = Group.Finding("analysis.out_of_order", "This frame is a (suspected) out-of-order segment", Severity.Warning);
    internal static readonly Field ReusedPorts = Group.Finding("analysis.reused_ports", "A new tcp session is started with the same ports as an earlier session in this trace", Severity.Note);
    internal static readonly Field LostSegment = Group.Finding("analysis.lost_segment", "Previous segment(s) not captured (common at capture start)", Severity.Warning);
    internal static readonly Field AckLostSegment = Group.Finding("analysis.ack_lost_segment", "ACKed segment that wasn't captured (common at capture start)", Severity.Warning);
    internal static readonly Field WindowUpdate = Group.Finding("analysis.window_update", "TCP window update", Severity.Chat);
    internal static readonly Field WindowFull = Group.Finding("analysis.window_full", "TCP window specified by the receiver is now completely full", Severity.Warning);
    internal static readonly Field KeepAlive = Group.Finding("analysis.keep_alive", "TCP keep-alive segment", Severity.Note);
    internal static readonly Field KeepAliveAck = Group.Finding("analysis.keep_alive_ack", "ACK to a TCP keep-alive segment", Severity.Note);
    internal static readonly Field DuplicateAck = Group.Finding("analysis.duplicate_ack", "Duplicate ACK", Severity.Note);
    internal static readonly Field DuplicateAckNumber = Group.Unsigned("analysis.duplicate_ack_num", "Duplicate ACK #", 32).At(2).Generated();
    internal static readonly Field DuplicateAckFrame = Group.FrameNumber("analysis.duplicate_ack_frame", "Duplicate to the ACK in frame").At(2).Generated();
    internal static readonly Field ZeroWindowProbe = Group.Finding("analysis.zero_window_probe", "TCP Zero Window Probe", Severity.Note);
    internal static readonly Field ZeroWindow = Group.Finding("analysis.zero_window", "TCP Zero Window segment", Severity.Warning);
    internal static readonly Field ZeroWindowProbeAck = Group.Finding("analysis.zero_window_probe_ack", "ACK to a TCP Zero Window Probe", Severity.Note);
    internal static readonly Field Rto = Group.Duration("analysis.rto", "The RTO for this segment was").At(3).Generated();
    internal static readonly Field RtoFrame = Group.FrameNumber("analysis.rto_frame", "RTO based on delta from frame").At(3).Generated();
}
