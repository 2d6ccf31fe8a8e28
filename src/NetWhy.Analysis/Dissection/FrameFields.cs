using NetWhy.Analysis.Fields;

namespace NetWhy.Analysis.Dissection;

/// <summary>What a capture says of each packet.</summary>
internal static class FrameFields
{
    // Options of packets in pcapng. Source: draft-ietf-opsawg-pcapng, section 4.3.
    private static readonly Dictionary<ulong, string> Directions = new()
    {
        [0] = "Unknown",
        [1] = "Inbound",
        [2] = "Outbound",
    };

    private static readonly Dictionary<ulong, string> Receptions = new()
    {
        [0] = "Not specified",
        [1] = "Unicast",
        [2] = "Multicast",
        [3] = "Broadcast",
        [4] = "Promiscuous",
    };

    private static readonly Dictionary<ulong, string> Ways = new()
    {
        [ulong.MaxValue] = "Unknown",
        [0] = "Sent",
        [1] = "Received",
    };

    // Source: Linux, include/uapi/linux/pkt_cls.h and include/uapi/linux/bpf.h.
    private static readonly Dictionary<ulong, string> TrafficControlVerdicts = new()
    {
        [ulong.MaxValue] = "TC_ACT_UNSPEC",
        [0] = "TC_ACT_OK",
        [1] = "TC_ACT_RECLASSIFY",
        [2] = "TC_ACT_SHOT",
        [3] = "TC_ACT_PIPE",
        [4] = "TC_ACT_STOLEN",
        [5] = "TC_ACT_QUEUED",
        [6] = "TC_ACT_REPEAT",
        [7] = "TC_ACT_REDIRECT",
        [8] = "TC_ACT_TRAP",
    };

    private static readonly Dictionary<ulong, string> DriverVerdicts = new()
    {
        [0] = "XDP_ABORTED",
        [1] = "XDP_DROP",
        [2] = "XDP_PASS",
        [3] = "XDP_TX",
        [4] = "XDP_REDIRECT",
    };

    internal static readonly FieldGroup Group = new("frame", "Frame");
    internal static readonly Field SectionNumber = Group.Unsigned("section_number", "Section number", 32);
    internal static readonly Field InterfaceId = Group.Unsigned("interface_id", "Interface id", 32);
    internal static readonly Field InterfaceName = Group.Utf8("interface_name", "Interface name").At(2);
    internal static readonly Field InterfaceDescription = Group.Utf8("interface_description", "Interface description").At(2);
    internal static readonly Field EncapsulationType = Group.Signed("encap_type", "Encapsulation type", 16, Encapsulation.Names);
    internal static readonly Field InterfaceQueue = Group.Unsigned("interface_queue", "Interface queue", 32);
    internal static readonly Field PacketFlags = Group.Hexadecimal("packet_flags", "Packet flags", 32);
    internal static readonly Field[] PacketFlagParts =
    [
        Group.Hexadecimal("packet_flags_direction", "Direction", 32, Directions).Masked(3, level: 2),
        Group.Unsigned("packet_flags_reception_type", "Reception type", 32, Receptions).Masked(0x1c, level: 2),
        Group.Unsigned("packet_flags_fcs_length", "FCS length", 32).Masked(0x1e0, level: 2),
        Group.Unsigned("packet_flags_reserved", "Reserved", 32).Masked(0xfe00, level: 2),
        Group.Flag("packet_flags_crc_error", "CRC error", 32, 0x100_0000, level: 2),
        Group.Flag("packet_flags_packet_too_error", "Packet too long error", 32, 0x200_0000, level: 2),
        Group.Flag("packet_flags_packet_too_short_error", "Packet too short error", 32, 0x400_0000, level: 2),
        Group.Flag("packet_flags_wrong_inter_frame_gap_error", "Wrong interframe gap error", 32, 0x800_0000, level: 2),
        Group.Flag("packet_flags_unaligned_frame_error", "Unaligned frame error", 32, 0x1000_0000, level: 2),
        Group.Flag("packet_flags_start_frame_delimiter_error", "Start frame delimiter error", 32, 0x2000_0000, level: 2),
        Group.Flag("packet_flags_preamble_error", "Preamble error", 32, 0x4000_0000, level: 2),
        Group.Flag("packet_flags_symbol_error", "Symbol error", 32, 0x8000_0000, level: 2),
    ];

    internal static readonly Field PacketId = Group.Unsigned("packet_id", "Packet id", 64);
    internal static readonly Field Verdict = Group.Utf8("verdict", "Verdict");
    internal static readonly Field VerdictOfHardware = Group.Octets("verdict.hw", "Hardware").At(2).SeparatedBy((byte)' ');
    internal static readonly Field VerdictOfTrafficControl = Group.Signed("verdict.ebpf_tc", "eBPF TC", 64, TrafficControlVerdicts).At(2);
    internal static readonly Field VerdictOfDriver = Group.Signed("verdict.ebpf_xdp", "eBPF XDP", 64, DriverVerdicts).At(2);
    internal static readonly Field Time = Group.Time("time", "Arrival Time");
    internal static readonly Field TimeInvalid = Group.Finding("time_invalid", "Arrival Time: Fractional second out of range (0-1000000000)", Severity.Note);
    internal static readonly Field TimeShift = Group.Duration("offset_shift", "Time shift for this packet").Generated();
    internal static readonly Field TimeEpoch = Group.Duration("time_epoch", "Epoch Time");
    internal static readonly Field TimeDelta = Group.Duration("time_delta", "Time delta from previous captured frame").Generated();
    internal static readonly Field TimeDeltaDisplayed = Group.Duration("time_delta_displayed", "Time delta from previous displayed frame").Generated();
    internal static readonly Field TimeRelative = Group.Duration("time_relative", "Time since reference or first frame").Generated();
    internal static readonly Field Number = Group.Unsigned("number", "Frame Number", 32);
    internal static readonly Field Length = Group.Unsigned("len", "Frame Length", 32);
    internal static readonly Field LengthTooShort = Group.Finding("len_lt_caplen", "Frame length is less than captured length", Severity.Error, ExpertGroup.Malformed);
    internal static readonly Field CapturedLength = Group.Unsigned("cap_len", "Capture Length", 32);
    internal static readonly Field DropCount = Group.Unsigned("drop_count", "Drop Count", 64);
    internal static readonly Field IsMarked = Group.Boolean("marked", "Frame is marked").Generated();
    internal static readonly Field IsIgnored = Group.Boolean("ignored", "Frame is ignored").Generated();
    internal static readonly Field Direction = Group.Signed("p2p_dir", "Point-to-Point Direction", 8, Ways);
    internal static readonly Field Protocols = Group.Utf8("protocols", "Protocols in frame").Generated();

    /// <summary>Who decided about a packet.</summary>
    /// <param name="kind">The kind of verdict.</param>
    internal static string NameOfVerdict(byte kind) => kind switch
    {
        0 => "Hardware",
        1 => "eBPF_TC",
        _ => "eBPF_XDP",
    };

    /// <summary>The fields of what pcapng tells of a packet besides.</summary>
    internal static readonly Field[] OfAnnotations =
    [
        InterfaceQueue, PacketFlags, .. PacketFlagParts, PacketId, Verdict, VerdictOfHardware, VerdictOfTrafficControl, VerdictOfDriver, DropCount, Direction,
    ];

    // What a capture does not hold: somebody sets a reference or a preference, or a list of packets has colours.
    internal static readonly Field[] Unused =
    [
        Group.None("ref_time", "This is a Time Reference frame"), Group.Utf8("md5_hash", "Frame MD5 Hash"), Group.Signed("file_off", "File Offset", 64),
        Group.Utf8("coloring_rule.name", "Coloring Rule Name"), Group.Utf8("coloring_rule.string", "Coloring Rule String"),
        Group.Octets("verdict.unknown", "Unknown"), // Wireshark passes such verdicts over
    ];

    internal static readonly FieldGroup Comments = new("pkt_comment", "Packet comments", "frame");
    internal static readonly Field Comment = Comments.Utf8("comment", "Comment");
    internal static readonly Field CommentRemark = Comments.Finding("comment.expert", "Formatted comment", Severity.Comment, ExpertGroup.Comment);

    /// <summary>A line that other values lie under and that has no name of its own, such as <c>Queries</c>.</summary>
    internal static readonly Field Text = Group.Unprefixed("text", "Text").Shared();
}
