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
    private const int LeastQuoted = 8; // octets of what an error is about: RFC 792
    private const int EndOfWindow = 16; // what the analysis needs of a header that the capture cut

    private static readonly Field[] Flags =
    [
        TcpFields.FlagReserved, TcpFields.FlagAccurateEcn, TcpFields.FlagCwr, TcpFields.FlagEce, TcpFields.FlagUrg,
        TcpFields.FlagAck, TcpFields.FlagPush, TcpFields.FlagReset, TcpFields.FlagSyn, TcpFields.FlagFin,
    ];

    // From the lowest bit on.
    private static readonly string[] FlagNames = ["FIN", "SYN", "RST", "PSH", "ACK", "URG", "ECE", "CWR", "AE", "Reserved"];

    private static readonly (TcpAnalysisFlags Flag, Field Field)[] Findings =
    [
        (TcpAnalysisFlags.ReusedPorts, TcpFields.ReusedPorts), (TcpAnalysisFlags.FastRetransmission, TcpFields.FastRetransmission),
        (TcpAnalysisFlags.SpuriousRetransmission, TcpFields.SpuriousRetransmission), (TcpAnalysisFlags.Retransmission, TcpFields.Retransmission),
        (TcpAnalysisFlags.OutOfOrder, TcpFields.OutOfOrder), (TcpAnalysisFlags.LostSegment, TcpFields.LostSegment),
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
        dissection.Begin(TcpFields.Group.Protocol);
        dissection.Summary?.Restart();
        if (!dissection.Need(offset, PortsLength))
            return;
        int headerLength = dissection.Captured(offset, length) > 12 ? (dissection.U8(offset + 12) >> 4) * 4 : TcpHeader.Size;
        dissection.Fields.Add(TcpFields.Group.Protocol, 0, offset, dissection.Captured(offset, length));
        int head = dissection.Fields.Last;
        dissection.Fields.SayMore($", Src Port: {dissection.U16(offset)}, Dst Port: {dissection.U16(offset + 2)}");
        dissection.Number(TcpFields.SourcePort, offset, 2);
        dissection.Number(TcpFields.DestinationPort, offset + 2, 2);
        dissection.Number(TcpFields.Port, offset, 2);
        dissection.Number(TcpFields.Port, offset + 2, 2);
        TcpEndpoint source = dissection.Source = dissection.Source with { Port = dissection.U16(offset) };
        TcpEndpoint destination = dissection.Destination = dissection.Destination with { Port = dissection.U16(offset + 2) };

        ReadOnlySpan<byte> octets = dissection.Octets.Slice(offset, dissection.Captured(offset, length));
        int captured = octets.Length;
        if (captured < EndOfWindow && dissection.Summary is { } cut)
            TcpSummary.WritePorts(cut, source.Port, destination.Port);
        if (dissection.IsQuoted && !source.IsIpv6 && captured is >= LeastQuoted and < TcpHeader.Size)
        {
            dissection.Number(TcpFields.Sequence, offset + 4, 4);
            return;
        }

        if (dissection.Memory.Analyzer is not { } analyzer || !dissection.Need(offset, EndOfWindow))
            return;
        if (captured < TcpHeader.Size)
            octets = Padded(octets);
        bool isBogus = headerLength < TcpHeader.Size;
        if (isBogus)
            octets = WithoutOptions(octets);
        if (TcpSegment.Read(octets, out TcpSegment segment) is not OperationStatus.Done)
            return;

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
            HasBogusHeader = isBogus,
        };
        analyzer.Analyze(facts, out TcpAnalysis analysis);
        if (dissection.Memory.Hindsight is { } hindsight)
            LookAhead(hindsight, ref analysis);
        if (isBogus)
        {
            ReadBogus(ref dissection, offset, head, headerLength, facts, ref analysis);
            return;
        }

        dissection.Memory.Observer?.Segment(facts, analysis);
        if (facts.Length < 0 && dissection.Memory.Preferences.HasRelativeSequenceNumbers) // Wireshark counts from the first number only where it knows how long the segment is
            analysis.SequenceBase = analysis.AcknowledgmentBase = 0;
        bool takesData = dissection.Memory.Preferences.AnalyzesSequenceNumbers && AcknowledgesSynData(segment, analysis);
        Restrict(ref analysis, dissection.Memory.Preferences);
        if (dissection.Summary is { } summary)
        {
            TcpSummary.Write(summary, facts, analysis, dissection.U8(offset + 12) & 0xf);
            TcpSummary.WriteFindings(summary, analysis);
        }

        SayHead(dissection.Fields, head, segment, facts.Length, analysis);
        AddHeader(ref dissection, offset, length, segment, facts.Length, analysis, takesData);
        if (dissection.Summary is { } line)
            TcpSummary.WriteLength(line, facts);
        bool hasHalfOption = !dissection.IsShort && TcpOptionDissector.Read(ref dissection, offset + TcpHeader.Size, segment, analysis, facts.Length);
        if (dissection.Memory.Preferences.TellsTimes)
        {
            dissection.Label("Timestamps");
            dissection.Fields.Say($"[Timestamps]");
            dissection.Fields.Add(TcpFields.TimeRelative, (ulong)analysis.TimeRelative, offset, 0);
            dissection.Fields.Add(TcpFields.TimeDelta, (ulong)analysis.TimeDelta, offset, 0);
        }

        if (hasHalfOption && length < headerLength)
            dissection.Memory.Fault.IsContained = true;
        if (dissection.Need(offset, headerLength))
            AddAnalysis(ref dissection, offset, analysis);
        bool isReset = segment.Flags.HasFlag(TcpFlags.Rst);
        if (isReset)
            AddResetCause(ref dissection, offset + headerLength, facts.Length);
        else
            AddPayload(ref dissection, offset + headerLength, facts.Length);
        dissection.HeaderEnd = dissection.Fields.Last + 1;
        VerdictFields.Add(ref dissection, offset, analysis);
        if (dissection.Memory.ReadsStreams && !isReset && facts.Length >= 0 && (captured > headerLength || (facts.Length == 0 && captured == headerLength)))
            StreamDissector.Read(ref dissection, facts, analysis, offset + headerLength);
    }

    // What is so of a stream in the end is so in each of its packets.
    private static void LookAhead(Hindsight hindsight, ref TcpAnalysis analysis)
    {
        uint stream = (uint)analysis.Stream;
        hindsight.Learn(Later.Completeness, stream, 0, analysis.CompletenessWithIt);
        if (analysis.InitialRtt != 0)
            hindsight.Learn(Later.InitialRtt, stream, 0, analysis.InitialRtt);
        if (hindsight.Find(Later.Completeness, stream, 0) is { } seen)
        {
            // In the second pass the first segment counts, too.
            analysis.Completeness = (byte)seen;
            hindsight.Add(Later.Completeness, stream, 0, analysis.CompletenessOfIt);
        }

        analysis.InitialRtt = hindsight.Find(Later.InitialRtt, stream, 0) ?? analysis.InitialRtt;
    }

    // The header as if it said that it has its least length.
    private static byte[] WithoutOptions(ReadOnlySpan<byte> octets)
    {
        byte[] header = octets[..TcpHeader.Size].ToArray();
        header[12] = (byte)((header[12] & 0xf) | ((TcpHeader.Size / 4) << 4));
        return header;
    }

    private static byte[] Padded(ReadOnlySpan<byte> octets)
    {
        byte[] header = new byte[TcpHeader.Size];
        octets.CopyTo(header);
        return header;
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

    // Wireshark believes that the data of the first segment was taken (RFC 7413, section 4.2.2) by the number alone, whoever offered what.
    private static bool AcknowledgesSynData(in TcpSegment segment, in TcpAnalysis analysis) =>
        IsAnswer(segment) && segment.AcknowledgmentNumber - analysis.AcknowledgmentBase > 1;

    private static bool IsAnswer(in TcpSegment segment) => (segment.Flags & (TcpFlags.Syn | TcpFlags.Ack)) == (TcpFlags.Syn | TcpFlags.Ack);

    private static void AddFastOpen(ref Dissection dissection, int offset, in TcpSegment segment, in TcpAnalysis analysis)
    {
        if (IsAnswer(segment) && dissection.Memory.FastOpens.TryFind(analysis.Stream, out FastOpen? open) && segment.AcknowledgmentNumber == open.Sequence)
            dissection.Remark(TcpFields.MoreOptions.FastOpenIgnored, offset);
    }

    // Wireshark judges a segment whose header says that it is shorter than one can be, and takes what is behind its end for data.
    private static void ReadBogus(ref Dissection dissection, int offset, int head, int headerLength, in TcpSegmentFacts facts, ref TcpAnalysis analysis)
    {
        Restrict(ref analysis, dissection.Memory.Preferences);
        if (facts.Length < 0)
            analysis.SequenceBase = analysis.AcknowledgmentBase = 0;
        dissection.Fields.SayMoreOf(head, $", Seq: {facts.Segment.SequenceNumber - analysis.SequenceBase}");
        _ = AddStart(ref dissection, offset, facts.Segment, facts.Length, analysis);
        dissection.Fields.Add(TcpFields.HeaderLength, (ulong)headerLength, offset + 12, 1);
        dissection.Fields.Say($"{headerLength / 4:b4} .... = {TcpFields.HeaderLength.Label}: {headerLength} bytes ({headerLength / 4})");
        dissection.Fields.Remark(TcpFields.BogusHeaderLength, offset + 12, $"Bogus TCP header length ({headerLength}, must be at least {TcpHeader.Size})");
        if (dissection.Summary is not { } summary)
            return;
        TcpSummary.Write(summary, facts, analysis, dissection.U8(offset + 12) & 0xf);
        summary.Append($", bogus TCP header length ({headerLength}, must be at least {TcpHeader.Size})");
    }

    private static void RemarkShort(ref Dissection dissection, int offset)
    {
        const string Short = "Short segment. Segment/fragment does not contain a full TCP header (might be NMAP or someone else deliberately sending unusual packets)";
        dissection.Label(Short);
        dissection.Fields.Remark(TcpFields.ShortSegment, offset, $"{Short}");
    }

    // What is sent with a reset says why: RFC 9293, section 3.5.3. Text ends at its first zero.
    private static void AddResetCause(ref Dissection dissection, int offset, int length)
    {
        int captured = dissection.Captured(offset, length);
        if (captured <= 0)
            return;
        int end = dissection.Rest(offset, captured).IndexOf((byte)0);
        dissection.Part(TcpFields.ResetCause, offset, end < 0 ? captured : end);
    }

    private static void AddPayload(ref Dissection dissection, int offset, int length)
    {
        int captured = dissection.Captured(offset, length);
        if (captured <= 0)
            return;
        dissection.Part(TcpFields.Payload, offset, captured);
        dissection.Fields.Say($"{TcpFields.Payload.Label} ({length} {(length == 1 ? "byte" : "bytes")})");
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

    private static void AddHeader(ref Dissection dissection, int offset, int length, in TcpSegment segment, int dataLength, in TcpAnalysis analysis, bool takesData)
    {
        PacketFields fields = dissection.Fields;
        bool isRelative = AddStart(ref dissection, offset, segment, dataLength, analysis);
        bool takesNumber = (segment.Flags & (TcpFlags.Syn | TcpFlags.Fin)) != 0;
        if (dataLength >= 0)
        {
            fields.Add(TcpFields.NextSequence, segment.SequenceNumber - analysis.SequenceBase + (uint)dataLength + (takesNumber ? 1u : 0u), offset, 0);
            fields.SayMore($"{RelativeOf(isRelative)}");
        }

        bool isAck = segment.Flags.HasFlag(TcpFlags.Ack);
        fields.Add(TcpFields.Acknowledgment, isAck ? segment.AcknowledgmentNumber - analysis.AcknowledgmentBase : segment.AcknowledgmentNumber, offset + 8, 4);
        if (isAck && isRelative)
            fields.SayMore($"    (relative ack number)");
        if (takesData)
            dissection.Remark(TcpFields.MoreOptions.FastOpenTaken, offset + 8);
        else
            AddFastOpen(ref dissection, offset + 8, segment, analysis);
        if (!isAck && segment.AcknowledgmentNumber != 0)
            dissection.Remark(TcpFields.AckWithoutFlag, offset + 8);
        fields.Add(TcpFields.AcknowledgmentRaw, segment.AcknowledgmentNumber, offset + 8, 4);
        if (isAck && !isRelative) // it is the line before
            fields.Hide();
        fields.Add(TcpFields.HeaderLength, (ulong)segment.HeaderLength, offset + 12, 1);
        fields.Say($"{segment.HeaderLength / 4:b4} .... = {TcpFields.HeaderLength.Label}: {segment.HeaderLength} bytes ({segment.HeaderLength / 4})");
        AddFlags(ref dissection, offset, analysis.EndsFirst);

        fields.Add(TcpFields.WindowValue, segment.Window, offset + 14, 2);
        bool isSyn = segment.Flags.HasFlag(TcpFlags.Syn);
        int shift = isSyn || analysis.WindowScale < 0 ? 0 : analysis.WindowScale;
        fields.Add(TcpFields.Window, (ulong)segment.Window << (dataLength < 0 ? 0 : shift), offset + 14, 2); // Wireshark scales only where it knows the length
        if (!isSyn)
        {
            fields.Add(TcpFields.WindowScale, (ulong)(analysis.WindowScale < 0 ? analysis.WindowScale : 1L << shift), offset + 14, 2);
            if (analysis.WindowScale < 0)
                fields.SayMore($" ({(analysis.WindowScale == -1 ? "unknown" : "no window scaling used")})");
        }

        if (!dissection.Need(offset + 16, 2))
            return;
        ReadChecksum(ref dissection, offset, length);
        if (dissection.Need(offset + 18, 2) && dissection.Number(TcpFields.UrgentPointer, offset + 18, 2) != 0 && !segment.Flags.HasFlag(TcpFlags.Urg))
            dissection.Remark(TcpFields.UrgentWithoutFlag, offset + 18);
    }

    private static string RelativeOf(bool isRelative) => isRelative ? "    (relative sequence number)" : "";

    // What a segment begins with, up to its number; returns whether numbers count from the first.
    private static bool AddStart(ref Dissection dissection, int offset, in TcpSegment segment, int dataLength, in TcpAnalysis analysis)
    {
        PacketFields fields = dissection.Fields;
        uint sequence = segment.SequenceNumber - analysis.SequenceBase;
        bool isFirst = dissection.IsQuoted && !dissection.Source.IsIpv6; // of most that ICMP quotes, nothing more is there
        if (isFirst)
            fields.Add(TcpFields.Sequence, sequence, offset + 4, 4);
        fields.Add(TcpFields.Stream, (ulong)analysis.Stream, offset, 0);
        fields.Add(TcpFields.Completeness, analysis.Completeness, offset, 0);
        fields.Say($"{TcpFields.Completeness.Label}: {NameOfCompleteness(analysis.Completeness)} ({analysis.Completeness})");
        if (dataLength >= 0)
            fields.Add(TcpFields.Length, (ulong)dataLength, offset + 12, 1);
        else if (!dissection.IsQuoted && !dissection.IsFragment)
            RemarkShort(ref dissection, offset);
        bool isRelative = dissection.Memory.Preferences is { HasRelativeSequenceNumbers: true, AnalyzesSequenceNumbers: true };
        if (!isFirst)
        {
            fields.Add(TcpFields.Sequence, sequence, offset + 4, 4);
            fields.SayMore($"{RelativeOf(isRelative)}");
        }

        if (!isFirst)
            fields.Add(TcpFields.SequenceRaw, segment.SequenceNumber, offset + 4, 4);
        if (!isFirst && !isRelative) // it is the line before
            fields.Hide();
        return isRelative;
    }

    // It is computed only where somebody asks: offloading makes it wrong where a sender is captured.
    private static void ReadChecksum(ref Dissection dissection, int offset, int length)
    {
        PacketFields fields = dissection.Fields;
        ushort sent = (ushort)dissection.Number(TcpFields.Checksum, offset + 16, 2);
        if (!dissection.Memory.Preferences.ChecksTcp || dissection.IsFragment || dissection.IsEndUnknown || length < TcpHeader.Size || !dissection.Has(offset, length))
        {
            fields.SayMore($" [unverified]");
            fields.Add(TcpFields.ChecksumStatus, PacketChecksum.Unverified, offset + 16, 0);
            return;
        }

        ushort right = PacketChecksum.RightOf(dissection.Octets.Slice(offset, length), sent, PacketChecksum.PseudoHeader(dissection, IPProtocol.Tcp, length));
        bool isFull = right == sent && sent == 0xffff; // RFC 1624: the sum can be written as 0 too
        if (isFull)
        {
            fields.SayMore($" [should be 0x0000 (see RFC 1624)]");
            dissection.Remark(TcpFields.ChecksumFull, offset + 16);
        }
        else if (right == sent)
        {
            fields.SayMore($" [correct]");
        }
        else
        {
            dissection.IsDamaged = true;
            dissection.Summary?.Append(" [TCP CHECKSUM INCORRECT]"u8);
            fields.SayMore($" incorrect, should be 0x{right:x4}(maybe caused by \"TCP checksum offload\"?)");
            fields.Remark(TcpFields.ChecksumBad, offset + 16, $"{TcpFields.ChecksumBad.Label} [should be 0x{right:x4}]");
        }

        fields.Add(TcpFields.ChecksumStatus, right == sent && !isFull ? PacketChecksum.Good : PacketChecksum.Bad, offset + 16, 0);
        fields.Add(TcpFields.ChecksumCalculated, isFull ? 0u : right, offset + 16, 0);
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
