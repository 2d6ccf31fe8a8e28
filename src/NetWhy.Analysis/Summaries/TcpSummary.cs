using System.Buffers.Binary;
using NetWhy.Analysis.Tcp;
using NetWhy.Wire;

namespace NetWhy.Analysis.Summaries;

/// <summary>What summaries say of TCP. The wording is Wireshark's.</summary>
internal static class TcpSummary
{
    private const ushort FastOpenExperiment = 0xf989; // RFC 7413, section 4.1.1

    private static ReadOnlySpan<byte> Part => "[TCP segment of a reassembled PDU]"u8;

    // Source: RFC 9293, RFC 3168; from the lowest bit on.
    private static readonly string[] FlagNames = ["FIN", "SYN", "RST", "PSH", "ACK", "URG", "ECE", "CWR", "AE"];

    /// <summary>Says what a segment is.</summary>
    /// <param name="summary">The summary.</param>
    /// <param name="facts">The segment.</param>
    /// <param name="analysis">What the analysis says of it.</param>
    /// <param name="upper">The bits before the flags: that of Accurate ECN, and those that nobody uses.</param>
    internal static void Write(PacketSummary summary, in TcpSegmentFacts facts, in TcpAnalysis analysis, int upper)
    {
        TcpSegment segment = facts.Segment;
        int flags = (int)segment.Flags | ((upper & 1) << 8);
        bool hasReserved = (upper & 0xe) != 0;
        summary.Begin("TCP"u8);
        summary.Append($"{facts.Source.Port} \u2192 {facts.Destination.Port} [");
        if (flags == 0 && !hasReserved)
            summary.Append("<None>"u8);
        bool isFirst = true;
        for (int bit = 0; bit < FlagNames.Length; bit++)
        {
            if ((flags & (1 << bit)) == 0)
                continue;
            summary.Append($"{(isFirst ? "" : ", ")}{FlagNames[bit]}");
            isFirst = false;
        }

        if (hasReserved)
            summary.Append($"{(isFirst ? "" : ", ")}Reserved");

        bool isSyn = segment.Flags.HasFlag(TcpFlags.Syn);
        summary.Append($"] Seq={segment.SequenceNumber - analysis.SequenceBase}");
        if (segment.Flags.HasFlag(TcpFlags.Ack))
            summary.Append($" Ack={segment.AcknowledgmentNumber - analysis.AcknowledgmentBase}");
        summary.Append($" Win={(uint)segment.Window << (isSyn || facts.Length < 0 || analysis.WindowScale < 0 ? 0 : analysis.WindowScale)}");
    }

    /// <summary>Says how much of the data of a segment is urgent, and how long it is.</summary>
    /// <param name="summary">The summary.</param>
    /// <param name="facts">The segment.</param>
    internal static void WriteLength(PacketSummary summary, in TcpSegmentFacts facts)
    {
        if (facts.Segment.Flags.HasFlag(TcpFlags.Urg))
            summary.Append($" Urg={facts.Segment.UrgentPointer}");
        if (facts.Length >= 0)
            summary.Append($" Len={facts.Length}");
    }

    /// <summary>Says between which ports a segment goes of which no more was captured.</summary>
    /// <param name="summary">The summary.</param>
    /// <param name="source">The sender's port.</param>
    /// <param name="destination">The receiver's port.</param>
    internal static void WritePorts(PacketSummary summary, ushort source, ushort destination)
    {
        summary.Begin("TCP"u8);
        summary.Append($"{source} \u2192 {destination}");
    }

    /// <summary>Says what is remarkable about a segment, before all else.</summary>
    /// <param name="summary">The summary.</param>
    /// <param name="analysis">What the analysis says of it.</param>
    internal static void WriteFindings(PacketSummary summary, in TcpAnalysis analysis)
    {
        TcpAnalysisFlags flags = analysis.Flags;
        if (flags == 0)
            return;
        Prepend(summary, flags, TcpAnalysisFlags.ReusedPorts, "[TCP Port numbers reused] "u8);
        if (flags.HasFlag(TcpAnalysisFlags.FastRetransmission))
            summary.PrependFenced("[TCP Fast Retransmission] "u8);
        else if (flags.HasFlag(TcpAnalysisFlags.SpuriousRetransmission))
            summary.PrependFenced("[TCP Spurious Retransmission] "u8);
        else
            Prepend(summary, flags, TcpAnalysisFlags.Retransmission, "[TCP Retransmission] "u8);
        Prepend(summary, flags, TcpAnalysisFlags.OutOfOrder, "[TCP Out-Of-Order] "u8);
        Prepend(summary, flags, TcpAnalysisFlags.LostSegment, "[TCP Previous segment not captured] "u8);
        Prepend(summary, flags, TcpAnalysisFlags.AckLostSegment, "[TCP ACKed unseen segment] "u8);
        Prepend(summary, flags, TcpAnalysisFlags.WindowUpdate, "[TCP Window Update] "u8);
        Prepend(summary, flags, TcpAnalysisFlags.WindowFull, "[TCP Window Full] "u8);
        Prepend(summary, flags, TcpAnalysisFlags.KeepAlive, "[TCP Keep-Alive] "u8);
        Prepend(summary, flags, TcpAnalysisFlags.KeepAliveAck, "[TCP Keep-Alive ACK] "u8);
        if (analysis.DuplicateAckNumber > 0)
            PrependDuplicate(summary, analysis);
        Prepend(summary, flags, TcpAnalysisFlags.ZeroWindowProbe, "[TCP ZeroWindowProbe] "u8);
        Prepend(summary, flags, TcpAnalysisFlags.ZeroWindow, "[TCP ZeroWindow] "u8);
        Prepend(summary, flags, TcpAnalysisFlags.ZeroWindowProbeAck, "[TCP ZeroWindowProbeAck] "u8);
    }

    /// <summary>Says that a segment carries nothing but a part of a message that is not whole yet.</summary>
    /// <param name="summary">The summary.</param>
    internal static void WritePart(PacketSummary summary)
    {
        summary.SetProtocol("TCP"u8);
        if (summary.Info.EndsWith(Part))
            return; // once, for however many messages
        if (!summary.Info.IsEmpty)
            summary.Append(" "u8);
        summary.Append(Part);
    }

    /// <summary>Says what an option is, behind what was said of its segment.</summary>
    /// <param name="summary">The summary.</param>
    /// <param name="option">The option, with its kind and length.</param>
    /// <param name="start">Number that relative acknowledgment numbers begin with.</param>
    internal static void WriteOption(PacketSummary summary, ReadOnlySpan<byte> option, uint start)
    {
        switch (option[0])
        {
            case 2 when option.Length == 4:
                summary.Append($" MSS={BinaryPrimitives.ReadUInt16BigEndian(option[2..])}");
                break;
            case 3 when option.Length == 3:
                summary.Append($" WS={1 << Math.Min((int)option[2], 14)}");
                break;
            case 4 when option.Length == 2:
                summary.Append(" SACK_PERM"u8);
                break;
            case 5:
                for (int at = 2; at + 8 <= option.Length; at += 8)
                    summary.Append($" SLE={BinaryPrimitives.ReadUInt32BigEndian(option[at..]) - start} SRE={BinaryPrimitives.ReadUInt32BigEndian(option[(at + 4)..]) - start}");
                break;
            case 34:
                summary.Append(option.Length == 2 ? " TFO=R"u8 : " TFO=C"u8);
                break;
            case 254 when option.Length >= 4 && BinaryPrimitives.ReadUInt16BigEndian(option[2..]) == FastOpenExperiment:
                summary.Append(option.Length == 4 ? " TFO=R"u8 : " TFO=C"u8);
                break;
            case 8 when option.Length == 10:
                summary.Append($" TSval={BinaryPrimitives.ReadUInt32BigEndian(option[2..])} TSecr={BinaryPrimitives.ReadUInt32BigEndian(option[6..])}");
                break;
        }
    }

    private static void Prepend(PacketSummary summary, TcpAnalysisFlags flags, TcpAnalysisFlags flag, ReadOnlySpan<byte> text)
    {
        if (flags.HasFlag(flag))
            summary.PrependFenced(text);
    }

    private static void PrependDuplicate(PacketSummary summary, in TcpAnalysis analysis)
    {
        Span<byte> text = stackalloc byte[48];
        _ = System.Text.Unicode.Utf8.TryWrite(text, System.Globalization.CultureInfo.InvariantCulture, $"[TCP Dup ACK {analysis.DuplicateAckFrame}#{analysis.DuplicateAckNumber}] ", out int written);
        summary.PrependFenced(text[..written]);
    }
}
