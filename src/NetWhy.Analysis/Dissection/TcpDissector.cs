using System.Buffers;
using System.Numerics;
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

    private static readonly (Field Field, uint Mask)[] Flags =
    [
        (TcpFields.FlagReserved, 0xe00), (TcpFields.FlagAccurateEcn, 0x100), (TcpFields.FlagCwr, 0x80), (TcpFields.FlagEce, 0x40), (TcpFields.FlagUrg, 0x20),
        (TcpFields.FlagAck, 0x10), (TcpFields.FlagPush, 0x08), (TcpFields.FlagReset, 0x04), (TcpFields.FlagSyn, 0x02), (TcpFields.FlagFin, 0x01),
    ];

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
        AddOptions(ref dissection, offset + TcpHeader.Size, segment, analysis.AcknowledgmentBase);
        if (octets.Length >= headerLength)
            AddAnalysis(ref dissection, offset, analysis);
        VerdictFields.Add(ref dissection, offset, analysis);
        if (dissection.Memory.Preferences.TellsTimes)
        {
            dissection.Fields.Add(TcpFields.TimeRelative, (ulong)analysis.TimeRelative, offset, 0);
            dissection.Fields.Add(TcpFields.TimeDelta, (ulong)analysis.TimeDelta, offset, 0);
        }

        AddPayload(ref dissection, offset + headerLength, facts.Length);
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
        if (captured > 0)
            dissection.Part(TcpFields.Payload, offset, captured);
    }

    private static void AddHeader(ref Dissection dissection, int offset, in TcpSegment segment, int dataLength, in TcpAnalysis analysis)
    {
        PacketFields fields = dissection.Fields;
        fields.Add(TcpFields.Stream, (ulong)analysis.Stream, offset, 0);
        fields.Add(TcpFields.Completeness, analysis.Completeness, offset, 0);
        uint sequence = segment.SequenceNumber - analysis.SequenceBase;
        if (dataLength >= 0)
            fields.Add(TcpFields.Length, (ulong)dataLength, offset + 12, 1);
        fields.Add(TcpFields.Sequence, sequence, offset + 4, 4);
        fields.Add(TcpFields.SequenceRaw, segment.SequenceNumber, offset + 4, 4);
        bool takesNumber = (segment.Flags & (TcpFlags.Syn | TcpFlags.Fin)) != 0;
        if (dataLength >= 0)
            fields.Add(TcpFields.NextSequence, sequence + (uint)dataLength + (takesNumber ? 1u : 0u), offset, 0);
        bool isAck = segment.Flags.HasFlag(TcpFlags.Ack);
        fields.Add(TcpFields.Acknowledgment, isAck ? segment.AcknowledgmentNumber - analysis.AcknowledgmentBase : segment.AcknowledgmentNumber, offset + 8, 4);
        fields.Add(TcpFields.AcknowledgmentRaw, segment.AcknowledgmentNumber, offset + 8, 4);
        fields.Add(TcpFields.HeaderLength, (ulong)segment.HeaderLength, offset + 12, 1);
        AddFlags(ref dissection, offset, analysis.EndsFirst);

        fields.Add(TcpFields.WindowValue, segment.Window, offset + 14, 2);
        bool isSyn = segment.Flags.HasFlag(TcpFlags.Syn);
        int shift = isSyn || analysis.WindowScale < 0 ? 0 : analysis.WindowScale;
        fields.Add(TcpFields.Window, (ulong)segment.Window << shift, offset + 14, 2);
        if (!isSyn)
            fields.Add(TcpFields.WindowScale, (ulong)(analysis.WindowScale < 0 ? analysis.WindowScale : 1L << shift), offset + 14, 2);
        dissection.Number(TcpFields.Checksum, offset + 16, 2);
        fields.Add(TcpFields.ChecksumStatus, Unverified, offset + 16, 0);
        dissection.Number(TcpFields.UrgentPointer, offset + 18, 2);
    }

    private static void AddFlags(ref Dissection dissection, int offset, bool endsFirst)
    {
        const int Names = 12;
        const int BytesOfDot = 2;
        uint flags = dissection.U16(offset + 12) & 0xfffu;
        dissection.Fields.Add(TcpFields.Flags, flags, offset + 12, 2);
        foreach ((Field field, uint mask) in Flags)
            dissection.Fields.Add(field, (flags & mask) >> BitOperations.TrailingZeroCount(mask) == 0 ? 0u : 1u, offset + 12, 2);
        bool isFirst = (flags & 0x10) == 0;
        if ((flags & 0x02) != 0)
            dissection.Fields.Add(isFirst ? TcpFields.ConnectionSyn : TcpFields.ConnectionSynAck, 0, offset, 0);
        if ((flags & 0x01) != 0)
        {
            dissection.Fields.Add(TcpFields.ConnectionFin, 0, offset, 0);
            dissection.Fields.Add(endsFirst ? TcpFields.ConnectionFinActive : TcpFields.ConnectionFinPassive, 0, offset, 0);
        }

        if ((flags & 0x04) != 0)
            dissection.Fields.Add(TcpFields.ConnectionReset, 0, offset, 0);
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

    private static void AddOptions(ref Dissection dissection, int offset, in TcpSegment segment, uint start)
    {
        ReadOnlySpan<byte> options = segment.Options;
        if (options.IsEmpty)
            return;
        dissection.Part(TcpFields.Options, offset, options.Length);
        int at = 0;
        while (at < options.Length)
        {
            byte kind = options[at];
            int size = kind < 2 ? 1 : at + 1 < options.Length ? options[at + 1] : 0;
            if (size == 0 || (kind >= 2 && size < 2) || at + size > options.Length)
                return;
            if (dissection.Summary is { } summary)
                TcpSummary.WriteOption(summary, options.Slice(at, size), start);
            AddOption(ref dissection, offset + at, kind, size, start, segment.AcknowledgmentNumber);
            at += size;
        }
    }

    private static void AddOption(ref Dissection dissection, int offset, byte kind, int size, uint start, uint acknowledged)
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
            dissection.Protocol(option, offset, size);
        dissection.Number(TcpFields.OptionKind, offset, 1);
        if (kind < 2)
            return;
        dissection.Number(TcpFields.OptionLength, offset + 1, 1);
        switch (kind)
        {
            case 2 when size == 4:
                dissection.Number(TcpFields.MaximumSegmentSize, offset + 2, 2);
                break;
            case 3 when size == 3:
                dissection.Number(TcpFields.ScaleShift, offset + 2, 1);
                dissection.Fields.Add(TcpFields.ScaleMultiplier, 1ul << Math.Min((int)dissection.U8(offset + 2), 14), offset + 2, 1);
                break;
            case 5:
                for (int at = 2; at + 8 <= size; at += 8)
                {
                    dissection.Fields.Add(TcpFields.SackLeft, dissection.U32(offset + at) - start, offset + at, 4);
                    dissection.Fields.Add(TcpFields.SackRight, dissection.U32(offset + at + 4) - start, offset + at + 4, 4);
                }

                if (IsDuplicateSack(ref dissection, offset + 2, (size - 2) / 8, acknowledged))
                    dissection.Fields.Add(TcpFields.DuplicateSack, 0, offset, 0);
                dissection.Fields.Add(TcpFields.SackCount, (ulong)((size - 2) / 8), offset, 0);
                break;
            case 8 when size == 10:
                dissection.Number(TcpFields.TimestampValue, offset + 2, 4);
                dissection.Number(TcpFields.TimestampEcho, offset + 6, 4);
                break;
        }
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
        foreach ((TcpAnalysisFlags flag, Field field) in Findings)
        {
            if (analysis.Flags.HasFlag(flag))
                fields.Add(field, 0, offset, 0);
        }

        if (analysis.RtoFrame != 0 && analysis.Rto != 0)
        {
            fields.Add(TcpFields.Rto, (ulong)analysis.Rto, offset, 0);
            fields.Add(TcpFields.RtoFrame, analysis.RtoFrame, offset, 0);
        }

        if (analysis.DuplicateAckNumber == 0)
            return;
        fields.Add(TcpFields.DuplicateAck, 0, offset, 0); // once as a flag, once as the heading of these
        fields.Add(TcpFields.DuplicateAckNumber, analysis.DuplicateAckNumber, offset, 0);
        fields.Add(TcpFields.DuplicateAckFrame, analysis.DuplicateAckFrame, offset, 0);
    }
}
