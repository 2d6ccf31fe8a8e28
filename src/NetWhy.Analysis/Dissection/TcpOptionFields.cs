using NetWhy.Analysis.Fields;

namespace NetWhy.Analysis.Dissection;

/// <summary>Options of TCP besides those of RFC 9293 and RFC 7323. Sources: IANA, "TCP Option Kind Numbers", and the standards named there.</summary>
/// <param name="group">The protocol.</param>
internal sealed class TcpOptionFields(FieldGroup group)
{
    // Source: IANA, "TCP Experimental Option Experiment Identifiers".
    internal static readonly Dictionary<ulong, string> Experiments = new()
    {
        [0x00ac] = "TCP ACK Rate Request",
        [0x0348] = "Host ID",
        [0x0a0d] = "Autonomous System Compensation",
        [0x0ca0] = "Capability Option",
        [0x0ed0] = "Extended Data Offset",
        [0x454e] = "Encryption Negotiation",
        [0x5323] = "Service Number",
        [0x75ec] = "Timestamp Interval",
        [0xacc0] = "Accurate ECN - Order 0",
        [0xacc1] = "Accurate ECN - Order 1",
        [0xacce] = "Accurate ECN",
        [0xe2d4] = "Shared Memory communications over RMDA protocol",
        [0xf989] = "Fast Open",
        [0xf990] = "Low Latency",
    };

    internal Field Echo { get; } = group.Part("options.echo", "Echo").At(2);
    internal Field EchoReply { get; } = group.Part("options.echoreply", "Echo reply").At(2);
    internal Field ConnectionCount { get; } = group.Part("options.cc", "CC").At(2);
    internal Field ConnectionCountNew { get; } = group.Part("options.ccnew", "CC.NEW").At(2);
    internal Field ConnectionCountEcho { get; } = group.Part("options.ccecho", "CC.ECHO").At(2);
    internal Field Authentication { get; } = group.Part("options.ao", "TCP AO").At(2);
    internal Field Md5 { get; } = group.Part("options.md5", "TCP MD5 signature").At(2);
    internal Field Scps { get; } = group.Part("options.scps", "SCPS capabilities").At(2);
    internal Field Snack { get; } = group.Part("options.snack", "Selective Negative Acknowledgment").At(2);
    internal Field ScpsRecord { get; } = group.Part("options.scpsrec", "SCPS record boundary").At(2);
    internal Field ScpsCorruption { get; } = group.Part("options.scpscor", "SCPS corruption experienced").At(2);
    internal Field QuickStart { get; } = group.Part("options.qs", "Quick-Start").At(2);
    internal Field UserTimeout { get; } = group.Part("options.user_to", "User Timeout").At(2);
    internal Field FastOpen { get; } = group.Part("options.tfo", "TCP Fast Open").At(2);
    internal Field AccurateEcn { get; } = group.Part("options.acc_ecn", "Accurate ECN").At(2);
    internal Field Experimental { get; } = group.Part("options.experimental", "Experimental").At(2);
    internal Field Unknown { get; } = group.Part("options.unknown", "Unknown").At(2);

    internal Field EchoValue { get; } = group.Unsigned("options.echo_value", "TCP Echo Option", 32).At(3);
    internal Field ConnectionCountValue { get; } = group.Unsigned("options.cc_value", "TCP CC Option", 32).At(3);
    internal Field KeyId { get; } = group.Unsigned("options.ao.keyid", "AO KeyID", 8).At(3);
    internal Field NextKeyId { get; } = group.Unsigned("options.ao.rnextkeyid", "AO RNextKeyID", 8).At(3);
    internal Field Mac { get; } = group.Octets("options.ao.mac", "AO MAC").At(3);
    internal Field Digest { get; } = group.Octets("options.md5.digest", "MD5 digest").At(3);
    internal Field ScpsVector { get; } = group.Hexadecimal("options.scps.vector", "TCP SCPS Capabilities Vector", 8).At(3);

    internal Field[] ScpsFlags { get; } =
    [
        group.Flag("options.scpsflags.bets", "Partial Reliability Capable (BETS)", 8, 0x80, level: 4),
        group.Flag("options.scpsflags.snack1", "Short Form SNACK Capable (SNACK1)", 8, 0x40, level: 4),
        group.Flag("options.scpsflags.snack2", "Long Form SNACK Capable (SNACK2)", 8, 0x20, level: 4),
        group.Flag("options.scpsflags.compress", "Lossless Header Compression (COMP)", 8, 0x10, level: 4),
        group.Flag("options.scpsflags.nlts", "Network Layer Timestamp (NLTS)", 8, 0x08, level: 4),
        group.Unsigned("options.scpsflags.reserved", "Reserved", 8).Masked(0x07, level: 4),
    ];

    internal Field ScpsConnection { get; } = group.Unsigned("options.scps.binding", "Connection ID", 8).At(3);
    internal Field ScpsBinding { get; } = group.Unsigned("options.scps.binding.id", "Binding Space (Community) ID", 8).At(3);
    internal Field ScpsBindingLength { get; } = group.Unsigned("options.scps.binding.len", "Extended Capability Length", 8).At(3);
    internal Field ScpsBindingData { get; } = group.Octets("options.scps.binding.data", "Binding Space Data").At(3);
    internal Field SnackOffset { get; } = group.Unsigned("options.snack.offset", "TCP SNACK Offset", 16).At(3);
    internal Field SnackSize { get; } = group.Unsigned("options.snack.size", "TCP SNACK Size", 16).At(3);
    internal Field QuickStartRate { get; } = group.Unsigned("options.qs.rate", "QS Rate", 8, IpNames.QuickStartRate).Masked(0x0f, level: 3);
    internal Field QuickStartTtl { get; } = group.Unsigned("options.qs.ttl_diff", "QS Rate", 8).At(3);
    internal Field TimeoutGranularity { get; } = group.Boolean("options.user_to_granularity", "Granularity", 16).Masked(0x8000, level: 3).Saying("Seconds", "Minutes");
    internal Field TimeoutValue { get; } = group.Unsigned("options.user_to_val", "User Timeout", 16).Masked(0x7fff, level: 3);
    internal Field CookieRequest { get; } = group.None("options.tfo.request", "Fast Open Cookie Request").At(3);
    internal Field Cookie { get; } = group.Octets("options.tfo.cookie", "Fast Open Cookie").At(3);
    internal Field Ect0Octets { get; } = group.Unsigned("options.acc_ecn.ee0b", "Accurate ECN Echo ECT(0) Byte Counter", 24).At(3);
    internal Field CeOctets { get; } = group.Unsigned("options.acc_ecn.eceb", "Accurate ECN Echo CE Byte Counter", 24).At(3);
    internal Field Ect1Octets { get; } = group.Unsigned("options.acc_ecn.ee1b", "Accurate ECN Echo ECT(1) Byte Counter", 24).At(3);
    internal Field Experiment { get; } = group.Hexadecimal("options.experimental.exid", "Experiment Identifier", 16, Experiments).At(3);
    internal Field ExperimentData { get; } = group.Octets("options.experimental.data", "Data").At(3);
    internal Field AckRate { get; } = group.Unsigned("options.tarr.rate", "TARR Rate", 8).Masked(0xfe, level: 3);
    internal Field AckRateReserved { get; } = group.Unsigned("options.tar.reserved", "TARR Reserved", 8).Masked(0x01, level: 3);
    internal Field UnknownPayload { get; } = group.Octets("options.unknown.payload", "Payload").At(3);

    internal Field InvalidLength { get; } = group.Finding("option.len.invalid", "Invalid length for option", Severity.Note);
    internal Field CutPart { get; } = group.Finding("suboption_malformed", "suboption would go past end of option", Severity.Error, ExpertGroup.Malformed);
    internal Field FourNops { get; } = group.Finding("nop", "4 NOP in a row - a router may have removed some options", Severity.Warning, ExpertGroup.Protocol);
    internal Field DataBehindEnd { get; } = group.Finding("non_zero_bytes_after_eol", "Non-zero header padding", Severity.Error, ExpertGroup.Protocol);
    internal Field FastOpenSyn { get; } = group.Finding("analysis.tfo_syn", "TCP SYN with TFO Cookie", Severity.Note);
    internal Field FastOpenTaken { get; } = group.Finding("analysis.tfo_ack", "TCP SYN-ACK accepting TFO data", Severity.Note);
    internal Field FastOpenIgnored { get; } = group.Finding("analysis.tfo_ignored", "TCP SYN-ACK ignoring TFO data", Severity.Note);
}

/// <summary>Options of Multipath TCP. Sources: RFC 6824 (version 0), RFC 8684 (version 1).</summary>
/// <param name="group">TCP, whose fields they are.</param>
internal sealed class MultipathFields(FieldGroup group)
{
    /// <summary>The protocol, as Wireshark counts it.</summary>
    internal static readonly FieldGroup Group = new("mptcp", "Multipath Transmission Control Protocol");

    // Source: IANA, "MPTCP Option Subtypes".
    internal static readonly Dictionary<ulong, string> Subtypes = new()
    {
        [0] = "Multipath Capable",
        [1] = "Join Connection",
        [2] = "Data Sequence Signal",
        [3] = "Add Address",
        [4] = "Remove Address",
        [5] = "Change Subflow Priority",
        [6] = "TCP Fallback",
        [7] = "Fast Close",
        [8] = "TCP Reset",
    };

    // Source: IANA, "MPTCP MP_TCPRST Reason Codes".
    private static readonly Dictionary<ulong, string> ResetReasons = new()
    {
        [0] = "Unspecified error",
        [1] = "MPTCP-specific error",
        [2] = "Lack of resources",
        [3] = "Administratively prohibited",
        [4] = "Too much outstanding data",
        [5] = "Unacceptable performance",
        [6] = "Middlebox interference",
    };

    internal Field Subtype { get; } = group.Unsigned("options.mptcp.subtype", "Multipath TCP subtype", 8, Subtypes).Masked(0xf0, level: 3);
    internal Field Version { get; } = group.Unsigned("options.mptcp.version", "Multipath TCP version", 8).Masked(0x0f, level: 3);
    internal Field Reserved { get; } = group.Hexadecimal("options.mptcp.reserved", "Reserved", 16).Masked(0x0fff, level: 3);
    internal Field Flags { get; } = group.Hexadecimal("options.mptcp.flags", "Multipath TCP flags", 8).At(3);
    internal Field ChecksumRequired { get; } = group.Unsigned("options.mptcp.checksumreq.flags", "Checksum required", 8).Masked(0x80, level: 4);
    internal Field Extensibility { get; } = group.Unsigned("options.mptcp.extensibility.flag", "Extensibility", 8).Masked(0x40, level: 4);
    internal Field NoMoreSubflows { get; } = group.Unsigned("options.mptcp.nomoresubflows.flag", "Do not attempt to establish new subflows to this address and port", 8).Masked(0x20, level: 4);
    internal Field Sha1 { get; } = group.Unsigned("options.mptcp.sha1.flag", "Use HMAC-SHA1", 8).Masked(0x01, level: 4);
    internal Field Sha256 { get; } = group.Unsigned("options.mptcp.sha256.flag", "Use HMAC-SHA256", 8).Masked(0x01, level: 4);
    internal Field ReservedFlags { get; } = group.Hexadecimal("options.mptcp.reserved.flag", "Reserved", 8).Masked(0x3e, level: 4);
    internal Field Backup { get; } = group.Unsigned("options.mptcp.backup.flag", "Backup flag", 8).Masked(0x01, level: 4);
    internal Field DataFin { get; } = group.Unsigned("options.mptcp.datafin.flag", "DATA_FIN", 8).Masked(0x10, level: 4);
    internal Field LongSequence { get; } = group.Unsigned("options.mptcp.dseqn8.flag", "Data Sequence Number is 8 octets", 8).Masked(0x08, level: 4);
    internal Field HasSequence { get; } = group.Unsigned("options.mptcp.dseqnpresent.flag", "Data Sequence Number, Subflow Sequence Number, Data-level Length, Checksum present", 8).Masked(0x04, level: 4);
    internal Field LongAck { get; } = group.Unsigned("options.mptcp.dataack8.flag", "Data ACK is 8 octets", 8).Masked(0x02, level: 4);
    internal Field HasAck { get; } = group.Unsigned("options.mptcp.dataackpresent.flag", "Data ACK is present", 8).Masked(0x01, level: 4);

    internal Field[] ResetFlags { get; } =
    [
        group.Flag("options.mptcp.flag_U.flag", "Flag U", 4, 0x8, level: 4), group.Flag("options.mptcp.flag_V.flag", "Flag V", 4, 0x4, level: 4),
        group.Flag("options.mptcp.flag_W.flag", "Flag W", 4, 0x2, level: 4), group.Flag("options.mptcp.flag_T.flag", "Transient", 4, 0x1, level: 4),
    ];

    internal Field ResetReason { get; } = group.Hexadecimal("options.mptcp.rst_reason", "TCPRST Reason", 8, ResetReasons).At(3);
    internal Field AddressId { get; } = group.Unsigned("options.mptcp.addrid", "Address ID", 8).At(3);
    internal Field SenderKey { get; } = group.Unsigned("options.mptcp.sendkey", "Sender's Key", 64).At(3);
    internal Field ReceiverKey { get; } = group.Unsigned("options.mptcp.recvkey", "Receiver's Key", 64).At(3);
    internal Field ReceiverToken { get; } = group.Unsigned("options.mptcp.recvtok", "Receiver's Token", 32).At(3);
    internal Field SenderRandom { get; } = group.Unsigned("options.mptcp.sendrand", "Sender's Random Number", 32).At(3);
    internal Field SenderShortMac { get; } = group.Unsigned("options.mptcp.sendtrunchmac", "Sender's Truncated HMAC", 64).At(3);
    internal Field SenderMac { get; } = group.Octets("options.mptcp.sendhmac", "Sender's HMAC").At(3);
    internal Field AddressMac { get; } = group.Unsigned("options.mptcp.addaddrtrunchmac", "Truncated HMAC", 64).At(3);
    internal Field DataAck { get; } = group.Unsigned("options.mptcp.rawdataack", "Original MPTCP Data ACK", 64).At(3);
    internal Field DataSequence { get; } = group.Unsigned("options.mptcp.rawdataseqno", "Data Sequence Number", 64).At(3);
    internal Field SubflowSequence { get; } = group.Unsigned("options.mptcp.subflowseqno", "Subflow Sequence Number", 32).At(3);
    internal Field DataLength { get; } = group.Unsigned("options.mptcp.datalvllen", "Data-level Length", 16).At(3);
    internal Field Checksum { get; } = group.Hexadecimal("options.mptcp.checksum", "Checksum", 16).At(3);
    internal Field IpVersion { get; } = group.Unsigned("options.mptcp.ipver", "IP version", 8).Masked(0x0f, level: 3);
    internal Field IsEcho { get; } = group.Unsigned("options.mptcp.echo", "Echo", 8).Masked(0x01, level: 3);
    internal Field Ipv4 { get; } = group.Ipv4Address("options.mptcp.ipv4", "Advertised IPv4 Address").At(3);
    internal Field Ipv6 { get; } = group.Ipv6Address("options.mptcp.ipv6", "Advertised IPv6 Address").At(3);
    internal Field Port { get; } = group.Unsigned("options.mptcp.port", "Advertised port", 16).At(3);
}
