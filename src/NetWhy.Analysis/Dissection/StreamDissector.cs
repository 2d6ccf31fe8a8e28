using NetWhy.Analysis.Fields;
using NetWhy.Analysis.Summaries;
using NetWhy.Analysis.Tcp;
using NetWhy.Wire;
using static NetWhy.Analysis.Tcp.SequenceNumber;

namespace NetWhy.Analysis.Dissection;

/// <summary>Reads the data of TCP streams, and puts messages together that lie in several segments.</summary>
/// <remarks>
/// A message is told of in the packet that completes it, as tshark does: a protocol that lacks something says how much, and
/// is asked again when that came. Segments that come again are not read; those that fill a hole complete messages, but no message is
/// read in them, as tshark has it.
/// </remarks>
internal static class StreamDissector
{
    private const int LongestBeginning = 1 << 20; // what a message may have in the segment that it begins in

    private static readonly Field[] AboutPieces = [.. TcpFields.Pieces.All, .. TlsFields.Pieces.All];

    /// <summary>Reads the data of a segment.</summary>
    /// <param name="dissection">The packet.</param>
    /// <param name="facts">The segment.</param>
    /// <param name="analysis">What the analysis says of it.</param>
    /// <param name="offset">Where its data begins.</param>
    internal static void Read(ref Dissection dissection, in TcpSegmentFacts facts, in TcpAnalysis analysis, int offset)
    {
        bool isFin = facts.Segment.Flags.HasFlag(TcpFlags.Fin);
        if (facts.Length == 0 && !isFin)
            return;
        StreamConversation conversation = dissection.Memory.ConversationOf(analysis.Stream);
        StreamLane lane = analysis.IsForward ? conversation.Forward : conversation.Backward;
        var stream = new StreamPosition(conversation, facts.Source.Port, facts.Destination.Port, analysis.IsForward, isFin) { IsEarlier = analysis.Flags.HasFlag(TcpAnalysisFlags.OutOfOrder) };
        uint sequence = facts.Segment.SequenceNumber + (facts.Segment.Flags.HasFlag(TcpFlags.Syn) ? 1u : 0u);
        if (isFin && lane.LastsUntilFin && TryEnd(ref dissection, lane, stream, sequence, offset, facts.Length))
            return;
        if (facts.Length == 0)
            return;
        bool mayJoin = dissection.Memory.Preferences.JoinsSegments && !dissection.IsDamaged;
        if (ComesAgain(analysis.Flags))
        {
            if (!analysis.Flags.HasFlag(TcpAnalysisFlags.SpuriousRetransmission) && mayJoin && dissection.Captured(offset, facts.Length) == facts.Length)
                AddSegment(ref dissection, TcpFields.Pieces.Data, offset, facts.Length, "Retransmitted ");
            return;
        }

        bool isCut = dissection.Captured(offset, facts.Length) < facts.Length;
        if (!mayJoin || isCut)
            _ = ReadMessages(ref dissection, stream, offset, offset + facts.Length, canAsk: isCut && mayJoin); // in vain
        else
            Join(ref dissection, lane, stream, sequence, offset, offset + facts.Length);
    }

    /// <summary>Reads data that TLS carried.</summary>
    /// <param name="dissection">The data.</param>
    /// <param name="inner">What was found in it before.</param>
    /// <param name="isForward">Whether it goes the way of the stream's first segment.</param>
    /// <param name="sequence">Octets that were carried before.</param>
    internal static void ReadInner(ref Dissection dissection, StreamConversation inner, bool isForward, uint sequence)
    {
        var stream = new StreamPosition(inner, 0, 0, isForward, IsLast: false) { IsInner = true };
        Join(ref dissection, isForward ? inner.Forward : inner.Backward, stream, sequence, 0, dissection.Octets.Length);
    }

    private static bool ComesAgain(TcpAnalysisFlags flags) =>
        flags.HasFlag(TcpAnalysisFlags.Retransmission) && !flags.HasFlag(TcpAnalysisFlags.FastRetransmission);

    // The message that ends with the direction is whole now.
    private static bool TryEnd(ref Dissection dissection, StreamLane lane, in StreamPosition stream, uint sequence, int offset, int length)
    {
        if (lane.Before(sequence) is not { LastsUntilFin: true } part || !dissection.Has(offset, length))
            return false;
        lane.LastsUntilFin = false;
        if (part.Add((int)(sequence - part.Sequence), dissection.Octets.Slice(offset, length), isLast: true))
        {
            _ = ReadWhole(ref dissection, part, stream, canAsk: false, part.Data.Length);
            LearnEnd(dissection, part, stream);
        }

        lane.Remove(part, dissection.Memory);
        return true;
    }

    private static void Join(ref Dissection dissection, StreamLane lane, in StreamPosition stream, uint sequence, int offset, int end)
    {
        while (offset < end)
        {
            uint next = sequence + (uint)(end - offset);
            if (lane.At(sequence) is { } same && !IsAfter(next, same.Next) && same.LastFrame != dissection.FrameNumber)
            {
                AddSegment(ref dissection, PiecesOf(stream).Data, offset, end - offset, "Retransmitted ");
                return;
            }

            int used = lane.Before(sequence) is { IsLost: false } part && IsAfter(part.Next, sequence)
                ? GoOn(ref dissection, lane, part, stream, sequence, offset, end)
                : Begin(ref dissection, lane, stream, sequence, offset, end);
            if (used <= 0)
                return;
            offset += used;
            sequence += (uint)used;
        }
    }

    // What is known to go on is read, and told of where it is whole: so does tshark in its second pass.
    private static bool Hush(in Dissection dissection, in StreamPosition stream, uint sequence)
    {
        if (dissection.Memory.Hindsight?.Find(KindOf(stream), dissection.FrameNumber, sequence) is not { } last || last == dissection.FrameNumber)
            return false;
        dissection.Fields.Halt();
        dissection.Summary?.Halt();
        return true;
    }

    private static void Speak(in Dissection dissection)
    {
        if (dissection.IsShort)
            return;
        dissection.Fields.Resume();
        dissection.Summary?.Resume();
    }

    // Nothing that began before goes on here.
    private static int Begin(ref Dissection dissection, StreamLane lane, in StreamPosition stream, uint sequence, int offset, int end)
    {
        if (dissection.Memory.Hindsight is { IsLearned: false })
            lane.NoteBeginning(dissection.FrameNumber, sequence);
        bool isPart = Hush(dissection, stream, sequence);
        Lack lack = ReadMessages(ref dissection, stream, offset, end, canAsk: true);
        if (isPart)
            Speak(dissection);
        if (isPart && lack.IsNone)
            AddCovered(ref dissection, stream, offset, end);
        if (!lack.IsNone)
            Wait(ref dissection, lane, stream, lack, sequence + (uint)(lack.Offset - offset), lack.Offset, end, isWhollyLacking: lack.Offset == offset);
        return 0;
    }

    private static int GoOn(ref Dissection dissection, StreamLane lane, StreamPart part, in StreamPosition stream, uint sequence, int offset, int end)
    {
        uint next = sequence + (uint)(end - offset);
        part.LastFrame = dissection.FrameNumber;
        if (part.IsRead)
        {
            FaultFields.AddOverlap(dissection.Fields, dissection.Summary);
            return 0;
        }

        int length = part.TakesSegment ? end - offset : Math.Min(end - offset, (int)(part.Next - sequence));
        int place = (int)(sequence - part.Sequence);
        bool isWhole = part.Add(place, dissection.Octets.Slice(offset, length), isLast: !IsAfter(part.Next, next));
        NotePiece(ref dissection, part, stream, place, offset, length);
        if (part.IsLost || !dissection.Memory.Count(part))
        {
            lane.Remove(part, dissection.Memory);
            return 0;
        }

        if (part.TakesSegment)
        {
            part.TakesSegment = false;
            if (IsAfter(next, part.Next))
                part.Next = next;
        }

        int follows = IsAfter(next, part.Next) ? (int)(part.Next - sequence) : 0;
        if (!isWhole)
        {
            if (dissection.Summary is { } summary)
                WritePart(summary, stream);
            if (follows > 0)
                dissection.Summary?.Fence(); // what begins behind it takes nothing back
            return follows;
        }

        int whole = part.Data.Length;
        bool isPart = Hush(dissection, stream, part.Sequence + (uint)place);
        dissection.PieceAt = !stream.IsInner && dissection.Fields.IsWanted(TcpFields.Pieces.Data) ? dissection.HeaderEnd - 1 : 0;
        Lack lack = ReadWhole(ref dissection, part, stream, canAsk: true, length);
        dissection.PieceAt = 0;
        if (isPart)
            Speak(dissection);
        if (GoesOn(lack, whole, length))
        {
            Extend(lane, part, lack, sequence, length, end - offset);
            LearnExtent(dissection, lane, part, stream);
            if (dissection.Summary is { } line)
                WritePart(line, stream);
            return end - offset > length ? length : 0;
        }

        LearnEnd(dissection, part, stream);
        part.Forget();
        _ = dissection.Memory.Count(part);
        if (lack.IsNone)
            return follows;

        // What was waited for is read, and behind it something else begins.
        int begins = end - (whole - lack.Offset);
        Wait(ref dissection, lane, stream, lack, sequence + (uint)(begins - offset), begins, end, isWhollyLacking: false);
        return follows;
    }

    // What began before the last segment is not whole yet.
    private static bool GoesOn(in Lack lack, int whole, int last) => !lack.IsNone && lack.Offset <= whole - last;

    private static void Extend(StreamLane lane, StreamPart part, in Lack lack, uint sequence, int length, int rest)
    {
        part.Reopen();
        if (lack.Octets == Lack.AnotherSegment)
        {
            uint edge = sequence + (uint)rest;
            part.Next = (IsAfter(edge, part.Next) ? edge : part.Next) + 1;
            part.TakesSegment = true;
        }
        else if (lack.Octets == Lack.UntilFin)
        {
            LastUntilFin(lane, part, part.Next);
        }
        else
        {
            uint edge = sequence + (uint)length;
            part.Next = (!IsAfter(part.Next, edge) ? edge : part.Next) + (uint)lack.Octets;
        }
    }

    private static void LastUntilFin(StreamLane lane, StreamPart part, uint from)
    {
        const uint Far = 0x4000_0000;
        lane.LastsUntilFin = true;
        part.LastsUntilFin = true;
        part.Next = from + Far;
    }

    private static void Wait(ref Dissection dissection, StreamLane lane, in StreamPosition stream, in Lack lack, uint sequence, int offset, int end, bool isWhollyLacking)
    {
        bool followsRecord = stream.Conversation.Tls.LastFrame == dissection.FrameNumber; // a record says more than that another one begins
        if (isWhollyLacking && !followsRecord && dissection.Summary is { } summary)
            WritePart(summary, stream);
        if (end - offset > LongestBeginning || offset < 0 || !dissection.Has(offset, end - offset))
            return;
        uint next = sequence + (uint)(end - offset);
        var part = new StreamPart(sequence, next, dissection.FrameNumber);
        if (lack.Octets == Lack.AnotherSegment)
        {
            part.Next = next + 1;
            part.TakesSegment = true;
        }
        else if (lack.Octets == Lack.UntilFin)
        {
            LastUntilFin(lane, part, next);
        }
        else
        {
            part.Next = next + (uint)lack.Octets;
        }

        LearnExtent(dissection, lane, part, stream);
        _ = part.Add(0, dissection.Octets[offset..end], isLast: false);
        NotePiece(ref dissection, part, stream, 0, offset, end - offset);
        lane.Add(part, dissection.Memory);
    }

    // What is kept of a segment, for who asks.
    private static void NotePiece(ref Dissection dissection, StreamPart part, in StreamPosition stream, int place, int offset, int length)
    {
        Hindsight? hindsight = dissection.Memory.Hindsight;
        if ((hindsight is null && !WantsPieces(dissection.Fields)) || part.IsLost)
            return;
        part.Segments.Add((dissection.FrameNumber, place, length));
        uint sequence = part.Sequence + (uint)place;
        hindsight?.Learn(KindOf(stream), dissection.FrameNumber, sequence, 0);
        if (hindsight?.Find(KindOf(stream), dissection.FrameNumber, sequence) is { } last && last != 0 && last != dissection.FrameNumber)
            AddLast(ref dissection, stream, last);
        AddSegment(ref dissection, PiecesOf(stream).Data, offset, length, "");
    }

    private static Later KindOf(in StreamPosition stream) => stream.IsInner ? Later.InnerMessage : Later.Message;

    // Which packet its pieces are whole in.
    private static void LearnEnd(in Dissection dissection, StreamPart part, in StreamPosition stream)
    {
        if (dissection.Memory.Hindsight is not { IsLearned: false } hindsight)
            return;
        foreach ((uint frame, int place, _) in part.Segments)
            hindsight.Learn(KindOf(stream), frame, part.Sequence + (uint)place, dissection.FrameNumber);
    }

    // What was read behind a hole was the middle of a message: who reads twice knows that.
    private static void LearnExtent(in Dissection dissection, StreamLane lane, StreamPart part, in StreamPosition stream)
    {
        if (dissection.Memory.Hindsight is not { IsLearned: false } hindsight)
            return;
        foreach ((uint frame, uint sequence) in lane.Beginnings)
        {
            if (frame != dissection.FrameNumber && IsAfter(sequence, part.Sequence) && IsAfter(part.Next, sequence))
                hindsight.Learn(KindOf(stream), frame, sequence, 0);
        }
    }

    private static void AddCovered(ref Dissection dissection, in StreamPosition stream, int offset, int end)
    {
        AddSegment(ref dissection, PiecesOf(stream).Data, offset, end - offset, "");
        if (dissection.Summary is { } summary)
            WritePart(summary, stream);
    }

    private static void AddLast(ref Dissection dissection, in StreamPosition stream, long last)
    {
        byte depth = dissection.Fields.Depth;
        dissection.Fields.Depth = 1;
        int first = dissection.Fields.Last + 1;
        dissection.Fields.Add(PiecesOf(stream).Last, (ulong)last, 0, 0);
        dissection.Fields.Depth = depth;
        if (stream.IsInner)
            dissection.PutToRecords(first);
        else
            dissection.PutToHeader(first);
    }

    /// <summary>Whether somebody asks how messages lie in segments.</summary>
    /// <param name="fields">The fields that are asked for.</param>
    internal static bool WantsPieces(PacketFields fields)
    {
        foreach (Field field in AboutPieces)
        {
            if (fields.IsWanted(field))
                return true;
        }

        return false;
    }

    private static PieceFields PiecesOf(in StreamPosition stream) => stream.IsInner ? TlsFields.Pieces : TcpFields.Pieces;

    // The next one comes behind it.
    private static void AddSegment(ref Dissection dissection, Field field, int offset, int length, string kind)
    {
        if (!dissection.Fields.IsWanted(field))
            return;
        byte depth = dissection.Fields.Depth;
        dissection.Fields.Depth = 1;
        int first = dissection.Fields.Last + 1;
        dissection.Fields.AddOctets(field, offset, length);
        dissection.Fields.Say($"{kind}{field.Label} ({length} {(length == 1 ? "byte" : "bytes")})");
        dissection.Fields.Depth = depth;
        if (field == TcpFields.Pieces.Data)
            dissection.PutToHeader(first);
        else
            dissection.PutToRecords(first);
    }

    // Its data is what is read now.
    private static void AddPieces(PacketFields fields, PieceFields pieces, StreamPart part)
    {
        part.OrderSegments();
        int length = part.Data.Length;
        byte depth = fields.Depth;
        fields.Depth = 0;
        fields.Add(pieces.Segments, 0, 0, length);
        fields.Say($"{part.Segments.Count} {pieces.Segments.Label} ({length} bytes): ");
        int head = fields.Last;
        for (int index = 0; index < part.Segments.Count; index++)
            fields.SayMoreOf(head, $"{(index > 0 ? ", " : "")}#{part.Segments[index].Frame}({part.Segments[index].Length})");
        foreach ((uint frame, int place, int size) in part.Segments)
        {
            fields.Add(pieces.Segment, frame, place, size);
            fields.SayMore($", payload: {place}-{place + size - 1} ({size} {(size == 1 ? "byte" : "bytes")})");
        }

        fields.Add(pieces.Count, (ulong)part.Segments.Count, 0, 0);
        fields.Add(pieces.Length, (ulong)length, 0, 0);
        fields.AddOctets(pieces.Whole, 0, length);
        fields.Depth = depth;
    }

    // It is shown where nothing more belongs to it: else each segment would show again what came before.
    private static Lack ReadWhole(ref Dissection dissection, StreamPart part, in StreamPosition stream, bool canAsk, int last)
    {
        if (dissection.Fields.Join(part.Data, name: null) is not { } source)
            return Lack.None;
        byte before = dissection.Fields.Source;
        dissection.Fields.Source = source;
        Dissection whole = dissection.Over(part.Data.Span);
        int place = dissection.Fields.Last + 1;
        Lack lack = ReadMessages(ref whole, stream, 0, part.Data.Length, canAsk);
        place += stream.IsInner ? whole.RecordsEnd - dissection.RecordsEnd : whole.HeaderEnd - dissection.HeaderEnd;
        dissection.Follow(whole);
        if (!GoesOn(lack, part.Data.Length, last))
        {
            dissection.Fields.Name(source, stream.IsInner ? "Reassembled TLS" : "Reassembled TCP");
            int pieces = dissection.Fields.Last + 1;
            if (WantsPieces(dissection.Fields))
                AddPieces(dissection.Fields, PiecesOf(stream), part);
            dissection.Fields.Move(pieces, place);
        }

        dissection.Fields.Source = before;
        return lack;
    }

    // By what the stream was found to be, else by its ports, the lower one first, else by how it begins.
    private static Lack ReadMessages(ref Dissection dissection, in StreamPosition stream, int offset, int end, bool canAsk)
    {
        if (stream.IsEarlier)
            return Lack.None;
        if (!dissection.Enter())
        {
            dissection.Leave();
            return Lack.None;
        }

        int bound = dissection.Confine(end);
        StreamConversation conversation = stream.Conversation;
        StreamProtocol protocol = conversation.Protocol;
        if (protocol == StreamProtocol.Unknown)
            protocol = OfPorts(stream.Source, stream.Destination, dissection.Memory.Preferences.Ports);
        ReadOnlySpan<byte> data = dissection.Octets.Slice(offset, dissection.Captured(offset, end - offset));
        if (protocol == StreamProtocol.Tls && !stream.Conversation.Tls.HasRecord && HttpDissector.LooksLikeHead(data))
            protocol = conversation.Protocol = StreamProtocol.Http;
        if (protocol is StreamProtocol.Unknown or StreamProtocol.Other && TlsDissector.LooksLikeRecord(data))
            protocol = conversation.Protocol = StreamProtocol.Tls;
        else if (protocol == StreamProtocol.Unknown && HttpDissector.LooksLikeHead(data))
            protocol = conversation.Protocol = StreamProtocol.Http;

        if (Http2Dissector.LooksLikePreface(data) && (protocol == StreamProtocol.Http || stream.IsInner))
            protocol = conversation.Protocol = StreamProtocol.Http2;
        if (conversation.Protocol == StreamProtocol.Http2 && !stream.IsInner)
            dissection.Fields.AddLayer(HttpDissector.Group.Protocol.Name); // which handed it over

        Lack lack = protocol switch
        {
            StreamProtocol.Http2 => Http2Dissector.ReadStream(ref dissection, stream, offset, end, canAsk),
            StreamProtocol.WebSocket => WebSocketDissector.ReadStream(ref dissection, stream, offset, end, canAsk, followsHead: false),
            StreamProtocol.Http => HttpDissector.ReadStream(ref dissection, stream, offset, end, canAsk),
            StreamProtocol.Tls => TlsDissector.ReadStream(ref dissection, stream, offset, end, canAsk),
            StreamProtocol.Dns => DnsDissector.ReadStream(ref dissection, offset, end, canAsk),
            StreamProtocol.Unknown when stream.IsInner => ReadUnknown(ref dissection),
            StreamProtocol.Unknown => ReadData(ref dissection, offset, end),
            _ => Lack.None,
        };
        dissection.Release(bound);
        dissection.Leave();
        if (protocol is StreamProtocol.Tls or StreamProtocol.Http2 or StreamProtocol.WebSocket)
            dissection.Summary?.Fence();
        return lack;
    }

    private static void WritePart(PacketSummary summary, in StreamPosition stream)
    {
        if (stream.IsInner)
            TlsSummary.WritePart(summary, stream.Conversation.Tls.Version);
        else
            TcpSummary.WritePart(summary);
    }

    private static Lack ReadUnknown(ref Dissection dissection)
    {
        dissection.Summary?.AppendPart("Application Data"u8);
        return Lack.None;
    }

    private static Lack ReadData(ref Dissection dissection, int offset, int end)
    {
        DataDissector.Read(ref dissection, offset, end - offset);
        return Lack.None;
    }

    private static StreamProtocol OfPorts(ushort source, ushort destination, IReadOnlyDictionary<int, StreamProtocol> asked)
    {
        ushort lower = Math.Min(source, destination);
        ushort higher = Math.Max(source, destination);
        if (asked.TryGetValue(lower, out StreamProtocol protocol) || ((protocol = OfPort(lower)) == StreamProtocol.Unknown && asked.TryGetValue(higher, out protocol)))
            return protocol;
        return protocol != StreamProtocol.Unknown ? protocol : OfPort(higher);
    }

    private static StreamProtocol OfPort(ushort port) => port switch
    {
        53 => StreamProtocol.Dns,
        80 or 3128 or 3132 or 5985 or 8080 or 8088 or 11371 or 1900 or 2869 or 2710 => StreamProtocol.Http,
        443 or 465 or 636 or 853 or 989 or 990 or 992 or 993 or 995 or 5061 => StreamProtocol.Tls,
        20 or 21 or 22 or 23 or 25 or 110 or 119 or 139 or 143 or 179 or 389 or 445 or 554 or 587 or 631 or 1433 or 3306 or 3389 or 5060 or 5222 or 5432 or 6379 => StreamProtocol.Other,
        _ => StreamProtocol.Unknown,
    };
}

/// <summary>Where data of a stream comes from.</summary>
/// <param name="Conversation">Its stream.</param>
/// <param name="Source">The sender's port.</param>
/// <param name="Destination">The receiver's port.</param>
/// <param name="IsForward">Whether it goes the way of the stream's first segment.</param>
/// <param name="IsLast">Whether the direction is closed with it.</param>
internal readonly record struct StreamPosition(StreamConversation Conversation, ushort Source, ushort Destination, bool IsForward, bool IsLast)
{
    /// <summary>Whether it is what TLS carries.</summary>
    internal bool IsInner { get; init; }

    /// <summary>Whether it belongs before what passed already.</summary>
    internal bool IsEarlier { get; init; }
}
