using NetWhy.Analysis.Fields;
using NetWhy.Analysis.Summaries;
using NetWhy.Analysis.Tcp;
using NetWhy.Wire;

namespace NetWhy.Analysis.Dissection;

/// <summary>Options of TCP. Sources: RFC 9293, section 3.2; IANA, "TCP Option Kind Numbers".</summary>
internal static class TcpOptionDissector
{
    private const byte Multipath = 30;

    private static TcpOptionFields More => TcpFields.MoreOptions;

    /// <summary>Reads the options of a segment.</summary>
    /// <param name="dissection">The packet.</param>
    /// <param name="offset">Where they begin.</param>
    /// <param name="segment">The segment.</param>
    /// <param name="analysis">What the analysis says of it.</param>
    /// <param name="dataLength">Octets of its data; negative if that is not known.</param>
    /// <returns>Whether one goes on where the segment, or what was captured of it, ends.</returns>
    internal static bool Read(ref Dissection dissection, int offset, in TcpSegment segment, in TcpAnalysis analysis, int dataLength)
    {
        ReadOnlySpan<byte> options = segment.Options;
        if (segment.HeaderLength == TcpHeader.Size)
            return false;
        dissection.Part(TcpFields.Options, offset, options.Length);
        int head = dissection.Fields.Last;
        dissection.Fields.Say($"Options: ({segment.HeaderLength - TcpHeader.Size} bytes)");
        var place = new OptionPlace(head, analysis.AcknowledgmentBase, segment.AcknowledgmentNumber, segment.Flags, analysis.Stream, segment.SequenceNumber, dataLength);
        bool hasMss = false, hasEnded = false;
        int nops = 0;
        for (int at = 0; at < options.Length;)
        {
            byte kind = options[at];
            if (hasEnded && kind != 0)
            {
                RemarkAlone(ref dissection, More.DataBehindEnd, offset + at, More.DataBehindEnd.Label);
                return false;
            }

            hasEnded |= kind == 0;
            nops = kind == 1 ? nops + 1 : 0;
            if (nops == 4)
                dissection.Fields.RemarkOf(head, More.FourNops, offset + at, $"{More.FourNops.Label}");
            int size = kind < 2 ? 1 : at + 1 < options.Length ? options[at + 1] : 0;
            if (kind >= 2 && (size < 2 || at + size > options.Length))
            {
                if (options.Length < segment.HeaderLength - TcpHeader.Size)
                {
                    ReadCut(ref dissection, place, offset + at, options[at..]);
                    return at + 1 < options.Length;
                }

                RemarkLength(ref dissection, offset + at, kind, at + 1 < options.Length ? size : -1);
                return false;
            }

            hasMss |= kind == 2;
            if (dissection.Summary is { } summary)
                TcpSummary.WriteOption(summary, options.Slice(at, size), place.Start);
            ReadOption(ref dissection, place, offset + at, kind, size);
            at += size;
        }

        if (!hasMss && options.Length == segment.HeaderLength - TcpHeader.Size && segment.Flags.HasFlag(TcpFlags.Syn))
            dissection.Fields.RemarkOf(head, TcpFields.MssMissing, offset, $"{TcpFields.MssMissing.Label}");
        return false;
    }

    // Of an option that was not captured to its end, what there is.
    private static void ReadCut(ref Dissection dissection, in OptionPlace place, int offset, ReadOnlySpan<byte> option)
    {
        bool isFixed = LengthOf(option[0]) is > 0 and int length && option.Length > 1 && option[1] == length;
        if (isFixed)
            ReadOption(ref dissection, place with { Head = -1 }, offset, option[0], option[1]);
        dissection.Postpone();
    }

    // Where no length can be trusted, nothing that follows can be read.
    private static void RemarkLength(ref Dissection dissection, int offset, byte kind, int size)
    {
        if (!dissection.Fields.IsWanted(More.InvalidLength) && !dissection.Fields.IsWanted(ExpertFields.Message) && !dissection.Fields.IsWanted(ExpertFields.Head))
            return;
        string problem = size switch
        {
            < 0 => "length byte past end of options",
            < 2 => $"with too-short option length = {size} byte{(size == 1 ? "" : "s")}",
            _ => $"option length = {size} bytes says option goes past end of options",
        };
        RemarkAlone(ref dissection, More.InvalidLength, offset, $"{NameOf(kind)} ({problem})");
    }

    // On a line of its own among the options.
    private static void RemarkAlone(ref Dissection dissection, Field finding, int offset, string message)
    {
        byte depth = dissection.Fields.Depth;
        dissection.Fields.Depth = 2;
        dissection.Label(message);
        dissection.Fields.Depth = depth;
        dissection.Fields.Remark(finding, offset, $"{message}");
    }

    private static string NameOf(byte kind) => FieldOf(kind) is { } option ? option.Label : kind == Multipath ? "MPTCP" : $"Unknown (0x{kind:x2})";

    private static Field? FieldOf(byte kind) => kind switch
    {
        0 => TcpFields.OptionEnd,
        1 => TcpFields.OptionNop,
        2 => TcpFields.OptionMss,
        3 => TcpFields.OptionScale,
        4 => TcpFields.OptionSackPermitted,
        5 => TcpFields.OptionSack,
        6 => More.Echo,
        7 => More.EchoReply,
        8 => TcpFields.OptionTimestamp,
        11 => More.ConnectionCount,
        12 => More.ConnectionCountNew,
        13 => More.ConnectionCountEcho,
        19 => More.Md5,
        20 => More.Scps,
        21 => More.Snack,
        22 => More.ScpsRecord,
        23 => More.ScpsCorruption,
        27 => More.QuickStart,
        28 => More.UserTimeout,
        29 => More.Authentication,
        34 => More.FastOpen,
        172 or 174 => More.AccurateEcn,
        253 or 254 => More.Experimental,
        _ => null,
    };

    // 0: any length will do, or the option tells itself.
    private static int LengthOf(byte kind) => kind switch
    {
        4 or 22 or 23 => 2,
        3 => 3,
        2 or 20 or 28 => 4,
        6 or 7 or 11 or 12 or 13 or 21 => 6,
        27 => 8,
        8 => 10,
        19 => 18,
        _ => 0,
    };

    private static void ReadOption(ref Dissection dissection, in OptionPlace place, int offset, byte kind, int size)
    {
        if (kind == Multipath)
        {
            dissection.Fields.SayMoreOf(place.Head, $", MPTCP");
            MultipathDissector.Read(ref dissection, offset, size);
            return;
        }

        Field? known = FieldOf(kind);
        Field option = known ?? More.Unknown;
        Field part = kind switch { 7 => More.Echo, 12 or 13 => More.ConnectionCount, _ => option }; // Wireshark counts them together
        dissection.Protocol(part, offset, size);
        dissection.Fields.Say($"TCP Option - {part.Label}");
        if (known is not null)
            dissection.Fields.SayMoreOf(place.Head, $", {known.Label}");
        else
            dissection.Fields.SayMoreOf(place.Head, $", Unknown (0x{kind:x2})");
        int line = dissection.Fields.Last;
        if (kind == 2 && !place.Flags.HasFlag(TcpFlags.Syn))
            dissection.Remark(TcpFields.MssWithoutSyn, offset);
        dissection.Number(TcpFields.OptionKind, offset, 1);
        if (kind < 2)
            return;
        dissection.Number(TcpFields.OptionLength, offset + 1, 1);
        int expected = LengthOf(kind);
        bool hasLength = expected == 0 || expected == size || (kind == 20 && size > expected);
        if (!hasLength)
            dissection.Fields.Remark(More.InvalidLength, offset + 1, $"option length should be {expected}");
        else if (known is null)
            ReadUnknown(ref dissection, offset, size);
        else
            ReadKnown(ref dissection, place, line, offset, kind, size);
    }

    private static void ReadUnknown(ref Dissection dissection, int offset, int size)
    {
        if (size > 2)
            dissection.Part(More.UnknownPayload, offset + 2, size - 2);
    }

    private static void ReadKnown(ref Dissection dissection, in OptionPlace place, int line, int offset, byte kind, int size)
    {
        switch (kind)
        {
            case 2:
                dissection.Number(TcpFields.MaximumSegmentSize, offset + 2, 2);
                dissection.Fields.SayMoreOf(line, $": {dissection.U16(offset + 2)} bytes");
                break;
            case 3:
                ReadScale(ref dissection, line, offset);
                break;
            case 5:
                ReadSack(ref dissection, place, line, offset, size);
                break;
            case 6 or 7:
                dissection.Number(More.EchoValue, offset + 2, 4);
                dissection.Fields.SayMoreOf(line, $": {dissection.U32(offset + 2)}");
                break;
            case 8:
                dissection.Number(TcpFields.TimestampValue, offset + 2, 4);
                dissection.Number(TcpFields.TimestampEcho, offset + 6, 4);
                dissection.Fields.SayMoreOf(line, $": TSval {dissection.U32(offset + 2)}, TSecr {dissection.U32(offset + 6)}");
                break;
            case 11 or 12 or 13:
                dissection.Number(More.ConnectionCountValue, offset + 2, 4);
                break;
            case 19:
                dissection.Part(More.Digest, offset + 2, 16);
                break;
            case 20:
                ReadScps(ref dissection, offset, size);
                break;
            case 21:
                dissection.Number(More.SnackOffset, offset + 2, 2);
                dissection.Number(More.SnackSize, offset + 4, 2);
                break;
            case 27:
                dissection.Bits(More.QuickStartRate, offset + 2, 1);
                dissection.Number(More.QuickStartTtl, offset + 3, 1);
                break;
            case 28:
                dissection.Bits(More.TimeoutGranularity, offset + 2, 2);
                dissection.Bits(More.TimeoutValue, offset + 2, 2);
                break;
            case 29:
                ReadAuthentication(ref dissection, offset, size);
                break;
            case 34:
                ReadFastOpen(ref dissection, place, offset + 2, size - 2);
                break;
            case 172 or 174:
                ReadAccurateEcn(ref dissection, line, offset, 2, size, isOrder1: kind == 174);
                break;
            case 253 or 254:
                ReadExperiment(ref dissection, place, line, offset, size);
                break;
        }
    }

    private static void ReadScale(ref Dissection dissection, int line, int offset)
    {
        const int Largest = 14; // RFC 7323, section 2.3
        byte shift = (byte)dissection.Number(TcpFields.ScaleShift, offset + 2, 1);
        if (shift > Largest)
            dissection.Remark(TcpFields.ScaleTooLarge, offset + 2);
        ulong factor = 1ul << Math.Min((int)shift, Largest);
        dissection.Fields.Add(TcpFields.ScaleMultiplier, factor, offset + 2, 1);
        dissection.Fields.SayMoreOf(line, $": {shift} (multiply by {factor})");
    }

    private static void ReadSack(ref Dissection dissection, in OptionPlace place, int line, int offset, int size)
    {
        string relative = RelativeNote(dissection);
        int at = 2;
        for (; at + 8 <= size; at += 8)
        {
            uint left = dissection.U32(offset + at) - place.Start, right = dissection.U32(offset + at + 4) - place.Start;
            dissection.Fields.Add(TcpFields.SackLeft, left, offset + at, 4);
            dissection.Fields.Say($"left edge = {left}{relative}");
            dissection.Fields.Add(TcpFields.SackRight, right, offset + at + 4, 4);
            dissection.Fields.Say($"right edge = {right}{relative}");
            dissection.Fields.SayMoreOf(line, $" {left}-{right}");
        }

        if (at + 4 <= size)
        {
            uint left = dissection.U32(offset + at) - place.Start;
            dissection.Fields.Add(TcpFields.SackLeft, left, offset + at, 4);
            dissection.Fields.Say($"left edge = {left}{relative}");
        }

        if (at < size)
            RemarkPart(ref dissection, offset + at);
        dissection.Fields.Add(TcpFields.SackCount, (ulong)((size - 2) / 8), offset, 0);
        if (IsDuplicateSack(ref dissection, offset + 2, (size - 2) / 8, place.Acknowledged))
            AddDuplicateSack(ref dissection, offset + 2, place.Start);
    }

    private static void RemarkPart(ref Dissection dissection, int offset)
    {
        byte depth = dissection.Fields.Depth;
        dissection.Fields.Depth = 3;
        dissection.Label(More.CutPart.Label);
        dissection.Fields.Depth = depth;
        dissection.Remark(More.CutPart, offset);
    }

    private static string RelativeNote(in Dissection dissection) =>
        dissection.Memory.Preferences is { HasRelativeSequenceNumbers: true, AnalyzesSequenceNumbers: true } ? " (relative)" : "";

    private static void AddDuplicateSack(ref Dissection dissection, int offset, uint start)
    {
        uint left = dissection.U32(offset) - start, right = dissection.U32(offset + 4) - start;
        string relative = RelativeNote(dissection);
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

    // Its first block is acknowledged already, or a part of the second one: RFC 2883, section 4. Wireshark asks only whether it ends there.
    private static bool IsDuplicateSack(ref Dissection dissection, int offset, int blocks, uint acknowledged)
    {
        if (blocks == 0)
            return false;
        uint right = dissection.U32(offset + 4);
        return WiresharkNumber.IsUpTo(right, acknowledged)
            || (blocks > 1 && WiresharkNumber.IsAfter(right, dissection.U32(offset + 8)) && WiresharkNumber.IsUpTo(right, dissection.U32(offset + 12)));
    }

    // Source: CCSDS 714.0, section 3.2.3.
    private static void ReadScps(ref Dissection dissection, int offset, int size)
    {
        const int Plain = 4;
        if (size == Plain)
        {
            byte vector = (byte)dissection.Number(More.ScpsVector, offset + 2, 1);
            SayScps(ref dissection, vector);
            foreach (Field flag in More.ScpsFlags)
                dissection.Bits(flag, offset + 2, 1);
            dissection.Number(More.ScpsConnection, offset + 3, 1);
            return;
        }

        // A capability has its identifier and length, in units of two octets, in one octet.
        for (int at = 2; at < size;)
        {
            dissection.Number(More.ScpsBinding, offset + at, 1);
            int units = at + 1 < size ? (byte)dissection.Number(More.ScpsBindingLength, offset + at + 1, 1) : 0;
            int length = Math.Min(units, size - at - 2);
            if (length > 0)
                dissection.Part(More.ScpsBindingData, offset + at + 2, length);
            at += 2 + Math.Max(length, 0);
        }
    }

    private static void SayScps(ref Dissection dissection, byte vector)
    {
        if (!dissection.Fields.AreTextsWanted || vector == 0)
            return;
        ReadOnlySpan<string> names = ["BETS", "SNACK1", "SNACK2", "COMP", "NLTS"];
        bool isNamed = false;
        for (int bit = 0; bit <= names.Length; bit++)
        {
            if ((vector & (bit < names.Length ? 0x80 >> bit : 0x07)) == 0)
                continue;
            dissection.Fields.SayMore($"{(isNamed ? ", " : " (")}{(bit < names.Length ? names[bit] : "RESERVED")}");
            isNamed = true;
        }

        dissection.Fields.SayMore($")");
    }

    // Source: RFC 5925, section 2.2.
    private static void ReadAuthentication(ref Dissection dissection, int offset, int size)
    {
        const int Least = 4;
        if (size < Least)
        {
            dissection.Fields.Remark(More.InvalidLength, offset + 1, $"option length should be >= than {Least}");
            return;
        }

        dissection.Number(More.KeyId, offset + 2, 1);
        dissection.Number(More.NextKeyId, offset + 3, 1);
        if (size > Least)
            dissection.Part(More.Mac, offset + Least, size - Least);
    }

    // Source: RFC 7413, section 4.1.1.
    private static void ReadFastOpen(ref Dissection dissection, in OptionPlace place, int offset, int length)
    {
        if (length <= 0)
        {
            dissection.Fields.Add(More.CookieRequest, 0, offset, 0);
            return;
        }

        dissection.Part(More.Cookie, offset, length);
        if ((place.Flags & (TcpFlags.Syn | TcpFlags.Ack)) != TcpFlags.Syn)
            return;
        dissection.Remark(More.FastOpenSyn, offset);
        if (place.DataLength > 0)
            dissection.Memory.FastOpens.Of(place.Stream).Sequence = place.Sequence + 1;
    }

    // Source: draft-ietf-tcpm-accurate-ecn, section 3.2.3.
    private static void ReadAccurateEcn(ref Dissection dissection, int line, int offset, int begin, int size, bool isOrder1)
    {
        const int Counter = 3;
        int counters = (size - begin) / Counter;
        if ((size - begin) % Counter != 0 || counters > Counter)
        {
            if (begin == 2)
                dissection.Fields.Remark(More.InvalidLength, offset + 1, $"option length should be 2, 5, 8, or 11 instead of {size}");
            return;
        }

        ReadOnlySpan<Field> fields = isOrder1 ? [More.Ect1Octets, More.CeOctets, More.Ect0Octets] : [More.Ect0Octets, More.CeOctets, More.Ect1Octets];
        ReadOnlySpan<string> names = isOrder1 ? ["EE1B", "ECEB", "EE0B"] : ["EE0B", "ECEB", "EE1B"];
        for (int index = 0; index < counters; index++)
        {
            ulong octets = dissection.Number(fields[index], offset + begin + (index * Counter), Counter);
            string introduction = index > 0 ? "," : isOrder1 ? " (Order 1):" : " (Order 0):";
            dissection.Fields.SayMoreOf(line, $"{introduction} {names[index]} {octets}");
        }
    }

    // Source: RFC 6994.
    private static void ReadExperiment(ref Dissection dissection, in OptionPlace place, int line, int offset, int size)
    {
        const int Least = 4;
        if (size < Least)
        {
            dissection.Fields.Remark(More.InvalidLength, offset + 1, $"option length {size} smaller than {Least}");
            return;
        }

        ushort experiment = dissection.U16(offset + 2);
        dissection.Fields.SayMoreOf(line, $": {TcpOptionFields.Experiments.GetValueOrDefault(experiment) ?? "Unknown"}");
        switch (experiment)
        {
            case 0x00ac:
                if (size > Least + 1)
                    dissection.Fields.Remark(More.InvalidLength, offset + 1, $"option length should be 4 or 5 instead of {size}");
                dissection.Number(More.Experiment, offset + 2, 2);
                if (size != Least + 1)
                    break;
                dissection.Bits(More.AckRate, offset + Least, 1);
                dissection.Bits(More.AckRateReserved, offset + Least, 1);
                dissection.Fields.SayMoreOf(line, $" {dissection.U8(offset + Least) >> 1}");
                break;
            case 0xacc0 or 0xacc1:
                bool hasCounters = (size - Least) % 3 == 0 && size <= 13;
                if (!hasCounters)
                    dissection.Fields.Remark(More.InvalidLength, offset + 1, $"option length should be 4, 7, 10, or 13 instead of {size}");
                dissection.Number(More.Experiment, offset + 2, 2);
                if (!hasCounters)
                    break;
                dissection.Fields.SayMoreOf(line, $": Accurate ECN");
                ReadAccurateEcn(ref dissection, line, offset, Least, size, isOrder1: experiment == 0xacc1);
                break;
            case 0xf989:
                dissection.Number(More.Experiment, offset + 2, 2);
                ReadFastOpen(ref dissection, place, offset + Least, size - Least);
                break;
            default:
                dissection.Number(More.Experiment, offset + 2, 2);
                if (size > Least)
                    dissection.Part(More.ExperimentData, offset + Least, size - Least);
                break;
        }
    }

    /// <summary>What options are read against.</summary>
    /// <param name="Head">The place of the value that they lie under.</param>
    /// <param name="Start">From where sequence numbers are counted.</param>
    /// <param name="Acknowledged">What the segment acknowledges.</param>
    /// <param name="Flags">Its flags.</param>
    /// <param name="Stream">Its conversation.</param>
    /// <param name="Sequence">Its sequence number.</param>
    /// <param name="DataLength">Octets of its data; negative if that is not known.</param>
    private readonly record struct OptionPlace(int Head, uint Start, uint Acknowledged, TcpFlags Flags, int Stream, uint Sequence, int DataLength);
}
