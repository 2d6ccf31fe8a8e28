using NetWhy.Analysis.Fields;
using NetWhy.Wire.Http;

namespace NetWhy.Analysis.Dissection;

/// <summary>The frames of HTTP/2. Source: RFC 9113.</summary>
internal static class Http2Dissector
{
    private const byte EndStream = 0x01;
    private const byte Padded = 0x08;
    private const byte HasPriority = 0x20;
    private const byte Ack = 0x01; // of settings and pings
    private const uint Identifier = 0x7fff_ffff;

    /// <summary>Octets of a setting.</summary>
    internal const int SettingLength = 6;

    private static readonly Field[] OfData = [Http2Fields.UnusedData, Http2Fields.Padded, Http2Fields.EndStream];
    private static readonly Field[] OfHeaders = [Http2Fields.UnusedHeaders, Http2Fields.HasPriority, Http2Fields.Padded, Http2Fields.EndHeaders, Http2Fields.EndStream];
    private static readonly Field[] OfSettings = [Http2Fields.UnusedSettings, Http2Fields.SettingsAck];
    private static readonly Field[] OfPushPromise = [Http2Fields.UnusedPushPromise, Http2Fields.Padded, Http2Fields.EndHeaders];
    private static readonly Field[] OfPing = [Http2Fields.UnusedPing, Http2Fields.PingAck];
    private static readonly Field[] OfContinuation = [Http2Fields.UnusedContinuation, Http2Fields.Padded, Http2Fields.EndHeaders];
    private static readonly Field[] OfOthers = [Http2Fields.Unused];

    /// <summary>A frame that is being read.</summary>
    /// <param name="Id">Number of its stream.</param>
    /// <param name="Flags">Its flags.</param>
    /// <param name="Direction">Its direction: 0 is that of the stream's first segment.</param>
    /// <param name="Head">The place of its line.</param>
    /// <param name="End">Where it ends.</param>
    private readonly record struct Frame(int Id, byte Flags, int Direction, int Head, int End)
    {
        internal bool Has(byte flag) => (Flags & flag) != 0;
    }

    /// <summary>Whether data begins with what a client sends first.</summary>
    /// <param name="data">The data.</param>
    internal static bool LooksLikePreface(ReadOnlySpan<byte> data) => data.StartsWith(Http2Frame.Preface);

    /// <summary>Reads frames.</summary>
    /// <param name="dissection">The packet.</param>
    /// <param name="stream">Where they come from.</param>
    /// <param name="offset">Where they begin.</param>
    /// <param name="end">Where they end.</param>
    /// <param name="canAsk">Whether more may come.</param>
    internal static Lack ReadStream(ref Dissection dissection, in StreamPosition stream, int offset, int end, bool canAsk)
    {
        Http2Connection connection = stream.Conversation.Http2 ??= new Http2Connection { Stream = stream.Conversation.Number };
        dissection.Summary?.Begin("HTTP2"u8);
        byte depth = dissection.Fields.Depth;
        Lack lack = ReadFrames(ref dissection, connection, stream.IsForward ? 0 : 1, offset, end, canAsk);
        dissection.Fields.Depth = depth;
        return lack;
    }

    private static Lack ReadFrames(ref Dissection dissection, Http2Connection connection, int direction, int offset, int end, bool canAsk)
    {
        bool isFirst = true;
        PduSizes.Add(ref dissection, offset, end, canAsk, Http2Frame.HeaderLength, SizeOf);
        while (offset < end)
        {
            if (canAsk && end - offset < Http2Frame.HeaderLength)
                return new Lack(offset, Lack.AnotherSegment);
            bool isPreface = IsPreface(dissection, offset, end - offset);
            int size = SizeOf(ref dissection, offset, end);
            if (canAsk && size > end - offset)
                return new Lack(offset, size - (end - offset));
            if (isFirst)
                dissection.Begin(Http2Fields.Group.Protocol);
            isFirst = false;
            int bound = dissection.Confine(offset + size);
            dissection.Fields.Depth = 0;
            dissection.Fields.Add(Http2Fields.Group.Protocol, 0, offset, dissection.Captured(offset, size));
            dissection.Fields.Depth = 1;
            dissection.Fields.Add(Http2Fields.Stream, 0, offset, dissection.Captured(offset, size));
            int head = dissection.Fields.IsWanted(Http2Fields.Stream) ? dissection.Fields.Last : -1;
            dissection.Fields.Depth = 2;
            if (isPreface)
                ReadPreface(ref dissection, head, offset);
            else
                ReadFrame(ref dissection, connection, direction, head, offset, Math.Min(end, offset + size));
            dissection.Release(bound);
            dissection.TakeNote();
            offset += size;
        }

        return Lack.None;
    }

    private static bool IsPreface(in Dissection dissection, int offset, int length) =>
        dissection.Captured(offset, length) >= Http2Frame.HeaderLength && dissection.Octets.Slice(offset, Http2Frame.HeaderLength).SequenceEqual(Http2Frame.Preface[..Http2Frame.HeaderLength]);

    private static int SizeOf(ref Dissection dissection, int offset, int end) =>
        IsPreface(dissection, offset, end - offset) ? Http2Frame.Preface.Length : Http2Frame.HeaderLength + (int)dissection.Integer(offset, 3);

    private static void ReadPreface(ref Dissection dissection, int head, int offset)
    {
        dissection.Fields.SayMoreOf(head, $": Magic");
        dissection.Part(Http2Fields.Magic, offset, Http2Frame.Preface.Length);
        dissection.Summary?.AppendPart("Magic"u8);
    }

    private static void ReadFrame(ref Dissection dissection, Http2Connection connection, int direction, int head, int offset, int end)
    {
        dissection.Number(Http2Fields.Length, offset, 3);
        dissection.Number(Http2Fields.Type, offset + 3, 1);
        if (!dissection.Need(offset, Http2Frame.HeaderLength))
            return;
        byte type = dissection.U8(offset + 3);
        var frame = new Frame((int)(dissection.U32(offset + 5) & Identifier), dissection.U8(offset + 4), direction, head, end);
        dissection.Fields.SayMoreOf(head, $": {ValueNames.Http2Type.GetValueOrDefault(type) ?? $"Unknown type ({type})"}, Stream ID: {frame.Id}, Length {dissection.Integer(offset, 3)}");
        AddFlags(ref dissection, (Http2FrameType)type, offset + 4);
        AddIdentifier(ref dissection, Http2Fields.Reserved, Http2Fields.StreamId, offset + 5);
        dissection.Summary?.AppendPart(default);
        dissection.Summary?.Append($"{ValueNames.Http2Type.GetValueOrDefault(type) ?? $"Unknown type ({type})"}[{frame.Id}]");
        int at = offset + Http2Frame.HeaderLength;
        if (LengthOf((Http2FrameType)type, frame) > end - at)
        {
            dissection.Malform();
            return;
        }

        if ((Http2FrameType)type is not (Http2FrameType.Headers or Http2FrameType.Continuation or Http2FrameType.PushPromise))
            dissection.Tell(Carrier.Http2, connection.Stream, frame.Id, dissection.Octets[offset..end]);
        switch ((Http2FrameType)type)
        {
            case Http2FrameType.Data:
                ReadData(ref dissection, connection, frame, at);
                break;
            case Http2FrameType.Headers:
                ReadHeaders(ref dissection, connection, frame, at);
                break;
            case Http2FrameType.Priority:
                AddPriority(ref dissection, at);
                break;
            case Http2FrameType.ResetStream:
                dissection.Number(Http2Fields.ResetError, at, 4);
                break;
            case Http2FrameType.Settings:
                ReadSettings(ref dissection, connection, frame, at);
                break;
            case Http2FrameType.PushPromise:
                ReadPromise(ref dissection, connection, frame, at);
                break;
            case Http2FrameType.Ping:
                dissection.Part(frame.Has(Ack) ? Http2Fields.Pong : Http2Fields.Ping, at, 8);
                break;
            case Http2FrameType.GoAway:
                AddIdentifier(ref dissection, Http2Fields.AwayReserved, Http2Fields.LastStreamId, at);
                dissection.Number(Http2Fields.AwayError, at + 4, 4);
                AddRest(ref dissection, Http2Fields.AwayData, at + 8, end);
                break;
            case Http2FrameType.WindowUpdate:
                AddIdentifier(ref dissection, Http2Fields.UpdateReserved, Http2Fields.Increment, at);
                break;
            case Http2FrameType.Continuation:
                ReadContinuation(ref dissection, connection, frame, at);
                break;
            default:
                ReadOther(ref dissection, type, at, end);
                break;
        }
    }

    // Octets that a frame has at least.
    private static int LengthOf(Http2FrameType type, in Frame frame) => type switch
    {
        Http2FrameType.Data or Http2FrameType.Continuation => frame.Has(Padded) ? 1 : 0,
        Http2FrameType.Headers => (frame.Has(Padded) ? 1 : 0) + (frame.Has(HasPriority) ? 5 : 0),
        Http2FrameType.Priority => 5,
        Http2FrameType.ResetStream or Http2FrameType.WindowUpdate => 4,
        Http2FrameType.PushPromise => (frame.Has(Padded) ? 1 : 0) + 4,
        Http2FrameType.Ping or Http2FrameType.GoAway => 8,
        (Http2FrameType)10 => 2,
        (Http2FrameType)16 => 4,
        _ => 0,
    };

    private static void AddFlags(ref Dissection dissection, Http2FrameType type, int offset)
    {
        byte flags = (byte)dissection.Number(Http2Fields.Flags, offset, 1);
        Field[] parts = type switch
        {
            Http2FrameType.Data => OfData,
            Http2FrameType.Headers => OfHeaders,
            Http2FrameType.Settings => OfSettings,
            Http2FrameType.PushPromise => OfPushPromise,
            Http2FrameType.Ping => OfPing,
            Http2FrameType.Continuation => OfContinuation,
            _ => OfOthers,
        };
        foreach (Field part in parts)
        {
            if (part.Kind == FieldKind.Boolean && (flags & part.Mask) != 0)
                dissection.Fields.SayMore($", {part.Label}");
        }

        dissection.Fields.Depth++;
        foreach (Field part in parts)
            dissection.Bits(part, offset, 1);

        dissection.Fields.Depth--;
    }

    private static void AddIdentifier(ref Dissection dissection, Field reserved, Field number, int offset)
    {
        dissection.Bits(reserved, offset, 4);
        dissection.Bits(number, offset, 4);
    }

    private static void AddRest(ref Dissection dissection, Field field, int offset, int end)
    {
        if (offset < end)
            dissection.Part(field, offset, end - offset);
    }

    // Where what is padded begins, and where its padding does; behind it if they do not fit.
    private static (int Begin, int End) Pad(ref Dissection dissection, in Frame frame, int at)
    {
        int padding = frame.Has(Padded) ? dissection.U8(at) : 0;
        if (frame.Has(Padded))
            dissection.Number(Http2Fields.Padding, at++, 1);
        dissection.Fields.Add(Http2Fields.PadLength, (ulong)padding, at, 0);
        return (at, frame.End - padding);
    }

    private static void AddPriority(ref Dissection dissection, int at)
    {
        AddIdentifier(ref dissection, Http2Fields.Exclusive, Http2Fields.Dependency, at);
        dissection.Number(Http2Fields.Weight, at + 4, 1);
        dissection.Fields.Add(Http2Fields.RealWeight, dissection.U8(at + 4) + 1UL, at + 4, 1);
    }

    private static void ReadHeaders(ref Dissection dissection, Http2Connection connection, in Frame frame, int at)
    {
        Http2Stream stream = connection.StreamOf(frame.Id, dissection.Memory);
        if (frame.Has(EndStream)) // trailers: what came before is whole
            Http2Body.End(ref dissection, stream, frame.Direction);
        (at, int end) = Pad(ref dissection, frame, at);
        if (frame.Has(HasPriority))
        {
            AddPriority(ref dissection, at);
            at += 5;
        }

        if (end < at)
        {
            dissection.Malform();
            return;
        }

        dissection.Part(Http2Fields.Headers, at, end - at);
        Http2Headers.Read(ref dissection, connection, stream, frame.Direction, frame.Head, at, end);
        AddRest(ref dissection, Http2Fields.HeadersPadding, end, frame.End);
    }

    private static void ReadContinuation(ref Dissection dissection, Http2Connection connection, in Frame frame, int at)
    {
        (at, int end) = Pad(ref dissection, frame, at);
        if (end < at)
        {
            dissection.Malform();
            return;
        }

        dissection.Part(Http2Fields.Continuation, at, end - at);
        Http2Headers.Read(ref dissection, connection, connection.StreamOf(frame.Id, dissection.Memory), frame.Direction, frame.Head, at, end);
        AddRest(ref dissection, Http2Fields.ContinuationPadding, end, frame.End);
    }

    private static void ReadPromise(ref Dissection dissection, Http2Connection connection, in Frame frame, int at)
    {
        (at, int end) = Pad(ref dissection, frame, at);
        AddIdentifier(ref dissection, Http2Fields.PromiseReserved, Http2Fields.PromisedStreamId, at);
        int promised = (int)(dissection.U32(at) & Identifier);
        at += 4;
        if (end < at)
        {
            dissection.Malform();
            return;
        }

        dissection.Part(Http2Fields.PromiseHeaders, at, end - at);
        Http2Headers.Read(ref dissection, connection, connection.StreamOf(promised, dissection.Memory), frame.Direction, frame.Head, at, end);
        AddRest(ref dissection, Http2Fields.PromisePadding, end, frame.End);
    }

    private static void ReadData(ref Dissection dissection, Http2Connection connection, in Frame frame, int at)
    {
        (at, int end) = Pad(ref dissection, frame, at);
        if (end < at)
        {
            dissection.Malform();
            return;
        }

        Http2Stream stream = connection.StreamOf(frame.Id, dissection.Memory);
        if (Http2Body.Read(ref dissection, stream, frame.Direction, at, end, frame.End, frame.Has(EndStream)))
            dissection.Fields.SayMoreOf(frame.Head, $" (partial entity body)");
        AddRest(ref dissection, Http2Fields.DataPadding, end, frame.End);
    }

    private static void ReadSettings(ref Dissection dissection, Http2Connection connection, in Frame frame, int at)
    {
        uint? tableSize = null;
        for (; at < frame.End; at += SettingLength)
        {
            if (frame.End - at < SettingLength)
            {
                dissection.Malform();
                return;
            }

            AddSetting(ref dissection, at);
            if (dissection.U16(at) == 1)
                tableSize = dissection.U32(at + 2);
        }

        if (frame.Has(Ack))
            connection.Acknowledge(frame.Direction);
        else
            connection.Ask(frame.Direction, tableSize);
    }

    /// <summary>Adds a setting.</summary>
    /// <param name="dissection">The packet.</param>
    /// <param name="at">Where it is: six octets.</param>
    internal static void AddSetting(ref Dissection dissection, int at)
    {
        dissection.Fields.Add(Http2Fields.Settings, 0, at, SettingLength);
        dissection.Fields.SayMore($" - {ValueNames.Http2Setting.GetValueOrDefault(dissection.U16(at)) ?? "Unknown"} : {dissection.U32(at + 2)}");
        dissection.Fields.Depth++;
        dissection.Number(Http2Fields.SettingId, at, 2);
        dissection.Number(Http2Fields.SettingOf(dissection.U16(at)), at + 2, 4);
        dissection.Fields.Depth--;
    }

    // Sources: RFC 7838, section 4; RFC 8336, section 2; RFC 9218, section 7.1.
    private static void ReadOther(ref Dissection dissection, byte type, int at, int end)
    {
        switch (type)
        {
            case 10:
                int length = Math.Min(dissection.U16(at), end - at - 2);
                dissection.Number(Http2Fields.ServiceOriginLength, at, 2);
                dissection.Part(Http2Fields.ServiceOrigin, at + 2, length);
                AddRest(ref dissection, Http2Fields.ServiceValue, at + 2 + length, end);
                break;
            case 12:
                for (; at + 2 <= end; at += 2 + dissection.U16(at))
                    AddOrigin(ref dissection, at, end);
                break;
            case 16:
                dissection.Number(Http2Fields.UpdatedStreamId, at, 4);
                AddRest(ref dissection, Http2Fields.UpdatedPriority, at + 4, end);
                break;
            default:
                AddRest(ref dissection, Http2Fields.Unknown, at, end);
                break;
        }
    }

    private static void AddOrigin(ref Dissection dissection, int at, int end)
    {
        dissection.Fields.Add(Http2Fields.Origin, 0, at, 2);
        dissection.Fields.Depth++;
        dissection.Number(Http2Fields.OriginLength, at, 2);
        dissection.Part(Http2Fields.OriginName, at + 2, Math.Min(dissection.U16(at), end - at - 2));
        dissection.Fields.Depth--;
    }
}
