using System.Buffers;
using NetWhy.Analysis.Fields;
using NetWhy.Analysis.Summaries;
using NetWhy.Analysis.Tcp;
using NetWhy.Wire;

namespace NetWhy.Analysis.Dissection;

/// <summary>TCP and what the analysis says of it. Sources: RFC 9293; Wireshark's display filter reference.</summary>
internal static class TcpDissector
{
    private const int PortsLength = 4;
    private const ulong Unverified = 2;

    private static readonly Field[] Flags =
    [
        TcpFields.FlagReserved, TcpFields.FlagAccurateEcn, TcpFields.FlagCwr, TcpFields.FlagEce, TcpFields.FlagUrg,
        TcpFields.FlagAck, TcpFields.FlagPush, TcpFields.FlagReset, TcpFields.FlagSyn, TcpFields.FlagFin,
    ];

    // From the lowest bit on.
    private static readonly string[] FlagNames = ["FIN", "SYN", "RST", "PSH", "ACK", "URG", "ECE", "CWR", "AE", "Reserved"];

    private static readonly (TcpAnalysisFlags Flag, Field Field)[] Findings =
    [
        (TcpAnalysisFlags.FastRetransmission, TcpFields.FastRetransmission), (TcpAnalysisFlags.SpuriousRetransmission, TcpFields.SpuriousRetransmission),
        (TcpAnalysisFlags.Retransmission, TcpFields.Retransmission), (TcpAnalysisFlags.OutOfOrder, TcpFields.OutOfOrder),
        (TcpAnalysisFlags.ReusedPorts, TcpFields.ReusedPorts), (TcpAnalysisFlags.LostSegment, TcpFields.LostSegment),
        (TcpAnalysisFlags.AckLostSegment, TcpFields.AckLostSegment), (TcpAnalysisFlags.WindowUpdate, TcpFields.WindowUpdate),
        (TcpAnalysisFlags.WindowFull, TcpFields.WindowFull), (TcpAnalysisFlags.KeepAlive, TcpFields.KeepAlive),
        (TcpAnalysisFlags.KeepAliveAck, TcpFields.KeepAliveAck), (TcpAnalysisFlags.DuplicateAck, TcpFields.DuplicateAck),
        (TcpAnalysisFlags.ZeroWindowProbe, TcpFields.ZeroWindowProbe), (TcpAnalysisFlags.ZeroWindow, TcpFields.ZeroWindow),
        (TcpAnalysisFlags.ZeroWindowProbeAck, TcpFields.ZeroWindowProbeAck),
    ];

    /// <summary>Reads a segment.</summary>
    /// <param name="dissection">The packet.</param>
    /// <param name="offset">Where it begins.</param>
    /// <param name="length">How much there is, by the IP header.</param>
    internal static void Read(ref Dissection dissection, int offset, int length)
    {
        if (!dissection.Has(offset, PortsLength))
            return;
        int headerLength = dissection.Captured(offset, length) > 12 ? (dissection.U8(offset + 12) >> 4) * 4 : TcpHeader.Size;
        dissection.Protocol(TcpFields.Group.Protocol, offset, length);
        int head = dissection.Fields.Last;
        dissection.Fields.SayMore($", Src Port: {dissection.U16(offset)}, Dst Port: {dissection.U16(offset + 2)}");
        dissection.Number(TcpFields.SourcePort, offset, 2);
        dissection.Number(TcpFields.DestinationPort, offset + 2, 2);
        dissection.Number(TcpFields.Port, offset, 2);
        dissection.Number(TcpFields.Port, offset + 2, 2);
        TcpEndpoint source = dissection.Source = dissection.Source with { Port = dissection.U16(offset) };
        TcpEndpoint destination = dissection.Destination = dissection.Destination with { Port = dissection.U16(offset + 2) };

        ReadOnlySpan<byte> octets = dissection.Octets.Slice(offset, dissection.Captured(offset, length));
        if (dissection.Memory.Analyzer is not { } analyzer)
            return;
        if (TcpSegment.Read(octets, out TcpSegment segment) is not OperationStatus.Done)
        {
            dissection.Fields.Add(TcpFields.Stream, (ulong)analyzer.StreamOf(source, destination, dissection.Nanoseconds), offset, 0);
            return;
        }

        var facts = new TcpSegmentFacts
        {
            Frame = dissection.FrameNumber,
            Nanoseconds = dissection.Nanoseconds,
            Source = source,
            Destination = destination,
            Segment = segment,
            Length = dissection.IsQuoted || dissection.IsFragment || length < headerLength ? -1 : length - headerLength,
            Identification = dissection.Identification,
            TimeToLive = dissection.TimeToLive,
            Place = dissection.Place,
        };
        analyzer.Analyze(facts, out TcpAnalysis analysis);
        dissection.Memory.Observer?.Segment(facts, analysis);
        Restrict(ref analysis, dissection.Memory.Preferences);
        if (dissection.Summary is { } summary)
        {
            TcpSummary.Write(summary, facts, analysis);
            TcpSummary.WriteFindings(summary, analysis);
        }

        AddHeader(ref dissection, offset, segment, facts.Length, analysis);
        SayHead(dissection.Fields, head, segment, facts.Length, analysis);
        AddOptions(ref dissection, offset + TcpHeader.Size, segment, analysis.AcknowledgmentBase);
        if (dissection.Memory.Preferences.TellsTimes)
        {
            dissection.Label("Timestamps");
            dissection.Fields.Say($"[Timestamps]");
            dissection.Fields.Add(TcpFields.TimeRelative, (ulong)analysis.TimeRelative, offset, 0);
            dissection.Fields.Add(TcpFields.TimeDelta, (ulong)analysis.TimeDelta, offset, 0);
        }

        if (octets.Length >= headerLength)
            AddAnalysis(ref dissection, offset, analysis);
        AddPayload(ref dissection, offset + headerLength, facts.Length);
        dissection.HeaderEnd = dissection.Fields.Last + 1;
        VerdictFields.Add(ref dissection, offset, analysis);
        if (dissection.Memory.ReadsStreams && facts.Length >= 0 && octets.Length >= headerLength)
            StreamDissector.Read(ref dissection, facts, analysis, offset + headerLength);
    }

    private static void Restrict(ref TcpAnalysis analysis, DissectionPreferences preferences)
    {
        if (!preferences.AnalyzesSequenceNumbers)
        {
            analysis.Flags = 0;
            analysis.HasRecord = false;
        }

        if (!preferences.HasRelativeSequenceNumbers || !preferences.AnalyzesSequenceNumbers)
        {
            analysis.SequenceBase = 0;
            analysis.AcknowledgmentBase = 0;
        }

        if (!preferences.CountsBytesInFlight)
            analysis.BytesInFlight = 0;
    }

    private static void AddPayload(ref Dissection dissection, int offset, int length)
    {
        int captured = dissection.Captured(offset, length);
        if (captured <= 0)
            return;
        dissection.Part(TcpFields.Payload, offset, captured);
        dissection.Fields.Say($"{TcpFields.Payload.Label} ({captured} {(captured == 1 ? "byte" : "bytes")})");
    }

    private static void SayHead(PacketFields fields, int head, in TcpSegment segment, int dataLength, in TcpAnalysis analysis)
    {
        fields.SayMoreOf(head, $", Seq: {segment.SequenceNumber - analysis.SequenceBase}");
        if (segment.Flags.HasFlag(TcpFlags.Ack))
            fields.SayMoreOf(head, $", Ack: {segment.AcknowledgmentNumber - analysis.AcknowledgmentBase}");
        if (dataLength >= 0)
            fields.SayMoreOf(head, $", Len: {dataLength}");
    }

    // Source: what tshark 4.0 shows for the bits: SYN, SYN and ACK, ACK, data, FIN, RST.
    private static string NameOfCompleteness(int bits) => bits switch
    {
        1 => "Incomplete, SYN_SENT",
        3 => "Incomplete, CLIENT_ESTABLISHED",
        7 => "Incomplete, ESTABLISHED",
        15 => "Incomplete, DATA",
        23 or 39 or 55 => "Complete, NO_DATA",
        31 or 47 or 63 => "Complete, WITH_DATA",
        _ => "Incomplete",
    };

    private static void AddHeader(ref Dissection dissection, int offset, in TcpSegment segment, int dataLength, in TcpAnalysis analysis)
    {
        PacketFields fields = dissection.Fields;
        fields.Add(TcpFields.Stream, (ulong)analysis.Stream, offset, 0);
        fields.Add(TcpFields.Completeness, analysis.Completeness, offset, 0);
        fields.Say($"{TcpFields.Completeness.Label}: {NameOfCompleteness(analysis.Completeness)} ({analysis.Completeness})");
        uint sequence = segment.SequenceNumber - analysis.SequenceBase;
        if (dataLength >= 0)
            fields.Add(TcpFields.Length, (ulong)dataLength, offset + 12, 1);
        bool isRelative = dissection.Memory.Preferences is { HasRelativeSequenceNumbers: true, AnalyzesSequenceNumbers: true };
        string relative = isRelative ? "    (relative sequence number)" : "";
        fields.Add(TcpFields.Sequence, sequence, offset + 4, 4);
        fields.SayMore($"{relative}");
        fields.Add(TcpFields.SequenceRaw, segment.SequenceNumber, offset + 4, 4);
        bool takesNumber = (segment.Flags & (TcpFlags.Syn | TcpFlags.Fin)) != 0;
        if (dataLength >= 0)
        {
            fields.Add(TcpFields.NextSequence, sequence + (uint)dataLength + (takesNumber ? 1u : 0u), offset, 0);
            fields.SayMore($"{relative}");
        }

        bool isAck = segment.Flags.HasFlag(TcpFlags.Ack);
        fields.Add(TcpFields.Acknowledgment, isAck ? segment.AcknowledgmentNumber - analysis.AcknowledgmentBase : segment.AcknowledgmentNumber, offset + 8, 4);
        if (isAck && isRelative)
            fields.SayMore($"    (relative ack number)");
        if (!isAck && segment.AcknowledgmentNumber != 0)
            dissection.Remark(TcpFields.AckWithoutFlag, offset + 8);
        fields.Add(TcpFields.AcknowledgmentRaw, segment.AcknowledgmentNumber, offset + 8, 4);
        fields.Add(TcpFields.HeaderLength, (ulong)segment.HeaderLength, offset + 12, 1);
        fields.Say($"{segment.HeaderLength / 4:b4} .... = {TcpFields.HeaderLength.Label}: {segment.HeaderLength} bytes ({segment.HeaderLength / 4})");
        AddFlags(ref dissection, offset, analysis.EndsFirst);

        fields.Add(TcpFields.WindowValue, segment.Window, offset + 14, 2);
        bool isSyn = segment.Flags.HasFlag(TcpFlags.Syn);
        int shift = isSyn || analysis.WindowScale < 0 ? 0 : analysis.WindowScale;
        fields.Add(TcpFields.Window, (ulong)segment.Window << shift, offset + 14, 2);
        if (!isSyn)
        {
            fields.Add(TcpFields.WindowScale, (ulong)(analysis.WindowScale < 0 ? analysis.WindowScale : 1L << shift), offset + 14, 2);
            if (analysis.WindowScale < 0)
                fields.SayMore($" ({(analysis.WindowScale == -1 ? "unknown" : "no window scaling used")})");
        }

        dissection.Number(TcpFields.Checksum, offset + 16, 2);
        fields.SayMore($" [unverified]");
        fields.Add(TcpFields.ChecksumStatus, Unverified, offset + 16, 0);
        if (dissection.Number(TcpFields.UrgentPointer, offset + 18, 2) != 0 && !segment.Flags.HasFlag(TcpFlags.Urg))
            dissection.Remark(TcpFields.UrgentWithoutFlag, offset + 18);
    }

    private static void AddFlags(ref Dissection dissection, int offset, bool endsFirst)
    {
        uint flags = dissection.U16(offset + 12) & 0xfffu;
        dissection.Fields.Add(TcpFields.Flags, flags, offset + 12, 2);
        if (dissection.Fields.AreTextsWanted)
            SayFlags(ref dissection, flags);
        foreach (Field field in Flags)
        {
            dissection.Fields.Add(field, (flags & field.Mask) == 0 ? 0u : 1u, offset + 12, 2);
            if (field == TcpFields.FlagReserved && (flags & field.Mask) != 0)
                dissection.Fields.Say($"{flags >> 9:b3}. .... .... = {field.Label}: {field.Truths.True}");
            if ((flags & field.Mask) != 0)
                RemarkFlag(ref dissection, field, offset, isAnswer: (flags & 0x10) != 0);
        }

        AddFlagText(ref dissection, flags);
        if ((flags & 0x01) != 0)
            dissection.Remark(endsFirst ? TcpFields.ConnectionFinActive : TcpFields.ConnectionFinPassive, offset);
    }

    private static void AddFlagText(ref Dissection dissection, uint flags)
    {
        const int Names = 12;
        const int BytesOfDot = 2;
        if (!dissection.Fields.IsWanted(TcpFields.FlagText))
            return;
        ReadOnlySpan<byte> letters = "RRRACEUAPRSF"u8;
        Span<byte> text = stackalloc byte[Names * BytesOfDot];
        int length = 0;
        for (int place = 0; place < Names; place++)
        {
            if ((flags & (0x800u >> place)) != 0)
                text[length++] = letters[place];
            else
                length += "·"u8.TryCopyTo(text[length..]) ? BytesOfDot : 0;
        }

        dissection.Fields.AddMade(TcpFields.FlagText, text[..length]);
    }

    private static void SayFlags(ref Dissection dissection, uint flags)
    {
        dissection.Fields.Say($"{TcpFields.Flags.Label}: 0x{flags:x3} (");
        bool isNamed = false;
        for (int bit = 0; bit < FlagNames.Length; bit++)
        {
            if ((flags & (bit < 9 ? 1u << bit : 0xe00u)) == 0)
                continue;
            dissection.Fields.SayMore($"{(isNamed ? ", " : "")}{FlagNames[bit]}");
            isNamed = true;
        }

        dissection.Fields.SayMore($"{(isNamed ? "" : "<None>")})");
    }

    private static void RemarkFlag(ref Dissection dissection, Field flag, int offset, bool isAnswer)
    {
        if (flag == TcpFields.FlagSyn)
        {
            Field finding = isAnswer ? TcpFields.ConnectionSynAck : TcpFields.ConnectionSyn;
            dissection.Fields.Remark(finding, offset, $"{finding.Label}: server port {dissection.U16(isAnswer ? offset : offset + 2)}");
        }
        else if (flag == TcpFields.FlagFin)
        {
            dissection.Remark(TcpFields.ConnectionFin, offset);
        }
        else if (flag == TcpFields.FlagReset)
        {
            dissection.Remark(TcpFields.ConnectionReset, offset);
        }
    }

    private static void AddOptions(ref Dissection dissection, int offset, in TcpSegment segment, uint start)
    {
        ReadOnlySpan<byte> options = segment.Options;
        if (options.IsEmpty)
            return;
        dissection.Part(TcpFields.Options, offset, options.Length);
        int head = dissection.Fields.Last;
        dissection.Fields.Say($"Options: ({options.Length} bytes)");
        int at = 0;
        bool hasMss = false;
        while (at < options.Length)
        {
            byte kind = options[at];
            int size = kind < 2 ? 1 : at + 1 < options.Length ? options[at + 1] : 0;
            if (size == 0 || (kind >= 2 && size < 2) || at + size > options.Length)
                break;
            hasMss |= kind == 2;
            if (dissection.Summary is { } summary)
                TcpSummary.WriteOption(summary, options.Slice(at, size), start);
            AddOption(ref dissection, head, offset + at, kind, size, start, segment.AcknowledgmentNumber, segment.Flags.HasFlag(TcpFlags.Syn));
            at += size;
        }

        if (!hasMss && segment.Flags.HasFlag(TcpFlags.Syn))
            dissection.Fields.RemarkOf(head, TcpFields.MssMissing, offset, $"{TcpFields.MssMissing.Label}");
    }

    private static void AddOption(ref Dissection dissection, int head, int offset, byte kind, int size, uint start, uint acknowledged, bool isSyn)
    {
        Field? option = kind switch
        {
            0 => TcpFields.OptionEnd,
            1 => TcpFields.OptionNop,
            2 => TcpFields.OptionMss,
            3 => TcpFields.OptionScale,
            4 => TcpFields.OptionSackPermitted,
            5 => TcpFields.OptionSack,
            8 => TcpFields.OptionTimestamp,
            _ => null,
        };
        if (option is not null)
        {
            dissection.Protocol(option, offset, size);
            dissection.Fields.Say($"TCP Option - {option.Label}");
            dissection.Fields.SayMoreOf(head, $", {option.Label}");
        }

        int line = dissection.Fields.Last;
        if (kind == 2 && !isSyn)
            dissection.Remark(TcpFields.MssWithoutSyn, offset);
        dissection.Number(TcpFields.OptionKind, offset, 1);
        if (kind < 2)
            return;
        dissection.Number(TcpFields.OptionLength, offset + 1, 1);
        switch (kind)
        {
            case 2 when size == 4:
                dissection.Number(TcpFields.MaximumSegmentSize, offset + 2, 2);
                dissection.Fields.SayMoreOf(line, $": {dissection.U16(offset + 2)} bytes");
                break;
            case 3 when size == 3:
                dissection.Number(TcpFields.ScaleShift, offset + 2, 1);
                if (dissection.U8(offset + 2) > 14) // RFC 7323, section 2.3
                    dissection.Remark(TcpFields.ScaleTooLarge, offset + 2);
                ulong factor = 1ul << Math.Min((int)dissection.U8(offset + 2), 14);
                dissection.Fields.Add(TcpFields.ScaleMultiplier, factor, offset + 2, 1);
                dissection.Fields.SayMoreOf(line, $": {dissection.U8(offset + 2)} (multiply by {factor})");
                break;
            case 5:
                for (int at = 2; at + 8 <= size; at += 8)
                {
                    uint left = dissection.U32(offset + at) - start, right = dissection.U32(offset + at + 4) - start;
                    string relative = dissection.Memory.Preferences is { HasRelativeSequenceNumbers: true, AnalyzesSequenceNumbers: true } ? " (relative)" : "";
                    dissection.Fields.Add(TcpFields.SackLeft, left, offset + at, 4);
                    dissection.Fields.Say($"left edge = {left}{relative}");
                    dissection.Fields.Add(TcpFields.SackRight, right, offset + at + 4, 4);
                    dissection.Fields.Say($"right edge = {right}{relative}");
                    dissection.Fields.SayMoreOf(line, $" {left}-{right}");
                }

                dissection.Fields.Add(TcpFields.SackCount, (ulong)((size - 2) / 8), offset, 0);
                if (IsDuplicateSack(ref dissection, offset + 2, (size - 2) / 8, acknowledged))
                    AddDuplicateSack(ref dissection, offset + 2, start);
                break;
            case 8 when size == 10:
                dissection.Number(TcpFields.TimestampValue, offset + 2, 4);
                dissection.Number(TcpFields.TimestampEcho, offset + 6, 4);
                dissection.Fields.SayMoreOf(line, $": TSval {dissection.U32(offset + 2)}, TSecr {dissection.U32(offset + 6)}");
                break;
        }
    }

    private static void AddDuplicateSack(ref Dissection dissection, int offset, uint start)
    {
        uint left = dissection.U32(offset) - start, right = dissection.U32(offset + 4) - start;
        string relative = dissection.Memory.Preferences is { HasRelativeSequenceNumbers: true, AnalyzesSequenceNumbers: true } ? " (relative)" : "";
        dissection.Fields.Add(TcpFields.DuplicateLeft, left, offset, 4);
        dissection.Fields.Say($"D-SACK Left Edge = {left}{relative}");
        dissection.Fields.Add(TcpFields.DuplicateRight, right, offset + 4, 4);
        dissection.Fields.Say($"D-SACK Right Edge = {right}{relative}");
        byte depth = dissection.Fields.Depth;
        dissection.Fields.Depth = 3;
        dissection.Label(TcpFields.DuplicateSack.Label);
        dissection.Fields.Depth = depth;
        dissection.Remark(TcpFields.DuplicateSack, offset);
    }

    // Its first block is acknowledged already, or lies in the second one: RFC 2883, section 4.
    private static bool IsDuplicateSack(ref Dissection dissection, int offset, int blocks, uint acknowledged)
    {
        if (blocks == 0)
            return false;
        uint left = dissection.U32(offset), right = dissection.U32(offset + 4);
        return !SequenceNumber.IsAfter(right, acknowledged)
            || (blocks > 1 && !SequenceNumber.IsAfter(dissection.U32(offset + 8), left) && !SequenceNumber.IsAfter(right, dissection.U32(offset + 12)));
    }

    private static void AddAnalysis(ref Dissection dissection, int offset, in TcpAnalysis analysis)
    {
        if (!analysis.HasRecord)
            return;
        PacketFields fields = dissection.Fields;
        fields.Add(TcpFields.Analysis, 0, offset, 0);
        if (analysis.AcksFrame != 0)
        {
            fields.Add(TcpFields.AcksFrame, analysis.AcksFrame, offset, 0);
            if (analysis.AckRtt != 0)
                fields.Add(TcpFields.AckRtt, (ulong)analysis.AckRtt, offset, 0);
        }

        if (analysis.InitialRtt != 0)
            fields.Add(TcpFields.InitialRtt, (ulong)analysis.InitialRtt, offset, 0);
        if (analysis.BytesInFlight != 0)
        {
            fields.Add(TcpFields.BytesInFlight, analysis.BytesInFlight, offset, 0);
            fields.Add(TcpFields.PushBytesSent, analysis.PushBytesSent, offset, 0);
        }

        if (analysis.Flags == 0)
            return;
        fields.Add(TcpFields.AnalysisFlags, 0, offset, 0);
        int flags = fields.Last;
        foreach ((TcpAnalysisFlags flag, Field field) in Findings)
        {
            if (!analysis.Flags.HasFlag(flag))
                continue;
            if (field != TcpFields.DuplicateAck)
            {
                fields.RemarkOf(flags, field, offset, $"{field.Label}");
                continue;
            }

            fields.AddAt(3, field, 0, offset);
            fields.Say($"This is a TCP duplicate ack");
        }

        if (analysis.RtoFrame != 0 && analysis.Rto != 0)
        {
            fields.Add(TcpFields.Rto, (ulong)analysis.Rto, offset, 0);
            fields.Add(TcpFields.RtoFrame, analysis.RtoFrame, offset, 0);
        }

        if (analysis.DuplicateAckNumber == 0)
            return;
        fields.Add(TcpFields.DuplicateAckNumber, analysis.DuplicateAckNumber, offset, 0);
        fields.Add(TcpFields.DuplicateAckFrame, analysis.DuplicateAckFrame, offset, 0);
        fields.Remark(TcpFields.DuplicateAck, offset, $"{TcpFields.DuplicateAck.Label} (#{analysis.DuplicateAckNumber})");
    }
}
