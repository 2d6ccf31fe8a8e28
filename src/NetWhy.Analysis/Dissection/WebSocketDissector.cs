using NetWhy.Analysis.Fields;

namespace NetWhy.Analysis.Dissection;

/// <summary>Frames of WebSocket, on a connection that HTTP/1 handed over. Source: RFC 6455, section 5.</summary>
internal static class WebSocketDissector
{
    // Source: RFC 6455, section 11.8; the names are Wireshark's.
    private static readonly Dictionary<ulong, string> Opcodes = new()
    {
        [0] = "Continuation",
        [1] = "Text",
        [2] = "Binary",
        [8] = "Connection Close",
        [9] = "Ping",
        [10] = "Pong",
    };

    // Source: RFC 6455, section 11.7; the names are Wireshark's.
    private static readonly Dictionary<ulong, string> Statuses = new()
    {
        [1000] = "Normal Closure",
        [1001] = "Going Away",
        [1002] = "Protocol error",
        [1003] = "Unsupported Data",
        [1004] = "---Reserved----",
        [1005] = "No Status Rcvd",
        [1006] = "Abnormal Closure",
        [1007] = "Invalid frame payload data",
        [1008] = "Policy Violation",
        [1009] = "Message Too Big",
        [1010] = "Mandatory Ext.",
        [1011] = "Internal Server",
        [1015] = "TLS handshake",
    };

    internal static readonly FieldGroup Group = new("websocket", "WebSocket");
    private static readonly Field Fin = Group.Boolean("fin", "Fin", 8).Masked(0x80);
    private static readonly Field Reserved = Group.Hexadecimal("rsv", "Reserved", 8).Masked(0x70);
    private static readonly Field IsCompressed = Group.Boolean("pmc", "Per-Message Compressed", 8).Masked(0x40);
    private static readonly Field Opcode = Group.Unsigned("opcode", "Opcode", 8, Opcodes).Masked(0x0f);
    private static readonly Field IsMasked = Group.Boolean("mask", "Mask", 8).Masked(0x80);
    private static readonly Field Length = Group.Unsigned("payload_length", "Payload length", 8).Masked(0x7f);
    private static readonly Field Length16 = Group.Unsigned("payload_length_ext_16", "Extended Payload length (16 bits)", 16);
    private static readonly Field Length64 = Group.Unsigned("payload_length_ext_64", "Extended Payload length (64 bits)", 64);
    private static readonly Field Key = Group.Octets("masking_key", "Masking-Key");
    private static readonly Field MaskedPayload = Group.None("masked_payload", "Masked payload");
    private static readonly Field Payload = Group.None("payload", "Payload");
    private static readonly Field Text = Group.Utf8("payload.text", "Text").At(2);
    private static readonly Field Close = Group.None("payload.close", "Close").At(2);
    private static readonly Field Status = Group.Unsigned("payload.close.status_code", "Status code", 16, Statuses).At(3);
    private static readonly Field Reason = Group.Utf8("payload.close.reason", "Reason").At(3);
    private static readonly Field Ping = Group.Octets("payload.ping", "Ping").At(2);
    private static readonly Field Pong = Group.Octets("payload.pong", "Pong").At(2);
    private static readonly Field Unknown = Group.Octets("payload.unknown", "Unknown").At(2);
    private static readonly Field UnknownRemark = Group.Finding("payload.unknown.expert", "Dissector for Websocket Opcode", Severity.Note, ExpertGroup.Undecoded);
    private static readonly Field Undone = Group.Finding("decompression.failed.expert", "Decompression failed", Severity.Warning, ExpertGroup.Protocol);
    private static readonly Field Continuation = Group.Octets("payload.continue", "Continue").At(0);
    private static readonly Field Fragments = Group.None("fragments", "Reassembled websocket Fragments").At(0).Generated();
    private static readonly Field Fragment = Group.FrameNumber("fragment", "Frame").Generated();
    private static readonly Field FragmentCount = Group.Unsigned("fragment.count", "Fragment count", 32).Generated();
    private static readonly Field WholeLength = Group.Unsigned("reassembled.length", "Reassembled websocket Payload length", 32).Generated();

    // What is wrong with fragments that overlap: on a stream none can.
    internal static readonly Field[] Unused =
    [
        Group.Boolean("fragment.overlap", "Fragment overlap").Generated(), Group.Boolean("fragment.overlap.conflict", "Conflicting data in fragment overlap").Generated(),
        Group.Boolean("fragment.multipletails", "Multiple tail fragments found").Generated(), Group.Boolean("fragment.toolongfragment", "Fragment too long").Generated(),
        Group.FrameNumber("fragment.error", "Defragmentation error").Generated(),
    ];

    private const int HeadLength = 2;
    private const int KeyLength = 4;
    private const int Has16 = 126;
    private const int Has64 = 127;
    private const int LongestFrame = 1 << 30; // what is longer is never whole

    /// <summary>Reads frames.</summary>
    /// <param name="dissection">The packet.</param>
    /// <param name="stream">Where they come from.</param>
    /// <param name="offset">Where they begin.</param>
    /// <param name="end">Where they end.</param>
    /// <param name="canAsk">Whether more may come.</param>
    /// <param name="followsHead">Whether the head stands before them that handed over to it.</param>
    internal static Lack ReadStream(ref Dissection dissection, in StreamPosition stream, int offset, int end, bool canAsk, bool followsHead)
    {
        if (stream.Conversation.WebSocket is not { } connection)
            return Lack.None;
        PduSizes.Add(ref dissection, offset, end, canAsk, HeadLength, SizeOf);
        byte depth = dissection.Fields.Depth;
        bool isFirst = true;
        while (offset < end)
        {
            if (canAsk && (end - offset < HeadLength || end - offset < HeadOf(dissection.U8(offset + 1))))
                return new Lack(offset, Lack.AnotherSegment);
            int size = SizeOf(ref dissection, offset, end);
            if (canAsk && size > end - offset)
                return new Lack(offset, size - (end - offset));
            if (isFirst && !followsHead)
                dissection.Fields.AddLayer(HttpDissector.Group.Protocol.Name); // which handed it over
            if (isFirst)
                dissection.Begin(Group.Protocol);
            isFirst = false;
            int bound = dissection.Confine(Math.Min(offset + size, end));
            dissection.Fields.Depth = 0;
            dissection.Fields.Add(Group.Protocol, 0, offset, dissection.Captured(offset, size));
            ReadFrame(ref dissection, connection, stream.IsForward ? 0 : 1, offset, Math.Min(size, end - offset));
            dissection.Fields.Depth = depth;
            dissection.Release(bound);
            dissection.TakeNote();
            offset += size;
        }

        return Lack.None;
    }

    // Octets before the payload, as far as two octets tell.
    private static int HeadOf(byte second) =>
        HeadLength + ((second & 0x7f) switch { Has16 => sizeof(ushort), Has64 => sizeof(ulong), _ => 0 }) + ((second & 0x80) != 0 ? KeyLength : 0);

    private static int SizeOf(ref Dissection dissection, int offset, int end)
    {
        byte second = dissection.U8(offset + 1);
        int head = HeadOf(second);
        ulong length = (second & 0x7fu) switch
        {
            Has16 => end - offset >= HeadLength + sizeof(ushort) ? dissection.U16(offset + HeadLength) : 0u,
            Has64 => end - offset >= HeadLength + sizeof(ulong) ? dissection.Integer(offset + HeadLength, sizeof(ulong)) : 0u,
            var known => known,
        };
        return head + (int)Math.Min(length, LongestFrame);
    }

    private static void ReadFrame(ref Dissection dissection, WebSocketConnection connection, int direction, int offset, int size)
    {
        byte first = dissection.U8(offset), second = dissection.U8(offset + 1);
        byte opcode = (byte)(first & 0x0f);
        bool isLast = (first & 0x80) != 0, isMasked = (second & 0x80) != 0;
        if (dissection.Summary is { } summary)
        {
            summary.Begin("WebSocket"u8);
            summary.Append($"WebSocket {Opcodes.GetValueOrDefault(opcode) ?? "Unknown Opcode"}{(isLast ? " [FIN]" : "[FRAGMENT] ")}{(isMasked ? " [MASKED]" : " ")}");
        }

        dissection.Fields.Depth = 1;
        dissection.Bits(Fin, offset, 1);
        dissection.Bits(Reserved, offset, 1);
        if (connection.MayCompress)
            dissection.Bits(IsCompressed, offset, 1);
        dissection.Bits(Opcode, offset, 1);
        int at = offset + 1;
        dissection.Bits(IsMasked, at, 1);
        dissection.Bits(Length, at, 1);
        if ((second & 0x7f) >= Has16)
        {
            bool isWide = (second & 0x7f) == Has64;
            dissection.Fields.SayMore($" Extended Payload Length ({(isWide ? 64 : 16)} bits)");
            dissection.Number(isWide ? Length64 : Length16, at + 1, isWide ? sizeof(ulong) : sizeof(ushort));
        }

        at = offset + HeadOf(second);
        int length = Math.Max(0, offset + size - at);
        if (isMasked)
            dissection.Part(Key, at - KeyLength, KeyLength);
        if (isMasked && length > 0)
            dissection.Fields.Add(MaskedPayload, 0, at, length);
        if (length == 0)
            return;
        var frame = new Frame(opcode, direction, isLast, isMasked, (first & 0x40) != 0);
        if (!dissection.Need(at, length))
        {
            if (frame.IsCompressed)
                connection.Lose(direction, isMasked);
            return;
        }

        if (!isMasked)
        {
            ReadPayload(ref dissection, connection, frame, at, length);
            return;
        }

        byte[] plain = Unmasked(dissection.Octets.Slice(at, length), dissection.Octets.Slice(at - KeyLength, KeyLength));
        if (dissection.Fields.Join(plain, "Unmasked data") is not { } source)
            return;
        byte before = dissection.Fields.Source;
        dissection.Fields.Source = source;
        Dissection inside = dissection.Over(plain);
        ReadPayload(ref inside, connection, frame, 0, length);
        dissection.Fields.Source = before;
    }

    private static byte[] Unmasked(ReadOnlySpan<byte> octets, ReadOnlySpan<byte> key)
    {
        byte[] plain = new byte[octets.Length];
        for (int index = 0; index < plain.Length; index++)
            plain[index] = (byte)(octets[index] ^ key[index % KeyLength]);
        return plain;
    }

    private static void ReadPayload(ref Dissection dissection, WebSocketConnection connection, in Frame frame, int at, int length)
    {
        dissection.Fields.Add(Payload, 0, at, length);
        dissection.Fields.Depth = 2;
        switch (frame.Opcode)
        {
            case 0 or 1 or 2:
                ReadData(ref dissection, connection, frame, at, length);
                break;
            case 8:
                ReadClose(ref dissection, at, length);
                break;
            case 9:
                dissection.Part(Ping, at, length);
                break;
            case 10:
                dissection.Part(Pong, at, length);
                break;
            default:
                dissection.Part(Unknown, at, length);
                dissection.Fields.Remark(UnknownRemark, at, $"Dissector for Websocket Opcode ({frame.Opcode}) code not implemented, Contact Wireshark developers if you want this supported");
                break;
        }
    }

    private static void ReadClose(ref Dissection dissection, int at, int length)
    {
        dissection.Fields.Add(Close, 0, at, length);
        dissection.Fields.Depth = 3;
        dissection.Number(Status, at, sizeof(ushort));
        if (length > sizeof(ushort))
            dissection.Part(Reason, at + sizeof(ushort), length - sizeof(ushort));
    }

    private static void ReadData(ref Dissection dissection, WebSocketConnection connection, in Frame frame, int at, int length)
    {
        FragmentedMessage message = connection.Messages[frame.Direction];
        if (frame.IsLast && frame.Opcode != 0)
        {
            message.Forget(dissection.Memory);
            ReadWhole(ref dissection, connection, frame, at, length);
            return;
        }

        if (frame.Opcode != 0)
        {
            message.Forget(dissection.Memory);
            message.Opcode = frame.Opcode;
            message.IsCompressed = frame.IsCompressed && connection.MayCompress;
        }

        bool isKept = message.TryAdd(dissection.Memory, dissection.FrameNumber, dissection.Octets.Slice(at, length));
        bool isDone = frame.IsLast && isKept;
        if (message.IsCompressed && (!isKept || (isDone && connection.Decompress(frame.Direction, frame.IsMasked, message.Octets) is null)))
            connection.Lose(frame.Direction, frame.IsMasked);
        if (isDone)
        {
            ReadJoined(ref dissection, message);
        }
        else if (frame.Opcode == 0)
        {
            dissection.Fields.Depth = 0;
            dissection.Part(Continuation, at, length);
        }
    }

    // A message that is compressed and came in parts is not shown unpacked: so it is in tshark.
    private static void ReadJoined(ref Dissection dissection, FragmentedMessage message)
    {
        byte[] whole = message.Octets.ToArray();
        if (dissection.Fields.Join(whole, "Reassembled Message") is { } source)
        {
            byte before = dissection.Fields.Source;
            dissection.Fields.Source = source;
            Dissection inside = dissection.Over(whole);
            if (message.Opcode == 1)
                inside.Part(Text, 0, whole.Length);
            AddFragments(dissection.Fields, message, whole.Length);
            ReadContent(ref inside, message.Opcode, 0, whole.Length);
            dissection.Fields.Source = before;
        }

        message.Forget(dissection.Memory);
    }

    private static void AddFragments(PacketFields fields, FragmentedMessage message, int length)
    {
        fields.Depth = 0;
        fields.Add(Fragments, 0, 0, length);
        fields.Say($"{message.Fragments.Count} {Fragments.Label} ({length} bytes): ");
        int head = fields.Last;
        for (int index = 0; index < message.Fragments.Count; index++)
            fields.SayMoreOf(head, $"{(index > 0 ? ", " : "")}#{message.Fragments[index].Frame}({message.Fragments[index].Length})");
        fields.Depth = 1;
        int place = 0;
        foreach ((uint frame, int size) in message.Fragments)
        {
            fields.Add(Fragment, frame, place, size);
            fields.Say($"Frame: {frame}, payload: {place}-{place + size - 1} ({size} {(size == 1 ? "byte" : "bytes")})");
            place += size;
        }

        fields.Add(FragmentCount, (ulong)message.Fragments.Count, 0, 0);
        fields.Add(WholeLength, (ulong)length, 0, 0);
    }

    private static void ReadWhole(ref Dissection dissection, WebSocketConnection connection, in Frame frame, int at, int length)
    {
        if (!frame.IsCompressed || !connection.MayCompress)
        {
            if (frame.Opcode == 1)
                dissection.Part(Text, at, length);
            ReadContent(ref dissection, frame.Opcode, at, length);
            return;
        }

        byte[]? plain = dissection.Fields.MayJoin ? connection.Decompress(frame.Direction, frame.IsMasked, dissection.Octets.Slice(at, length)) : null;
        if (plain is null || dissection.Fields.Join(plain, "Decompressed payload") is not { } source)
        {
            connection.Lose(frame.Direction, frame.IsMasked);
            dissection.Fields.Depth = 1;
            dissection.Fields.RemarkHere(Undone, at, $"{Undone.Label}");
            return;
        }

        byte before = dissection.Fields.Source;
        dissection.Fields.Source = source;
        Dissection inside = dissection.Over(plain);
        if (frame.Opcode == 1)
            inside.Part(Text, 0, plain.Length);
        ReadContent(ref inside, frame.Opcode, 0, plain.Length);
        dissection.Fields.Source = before;
    }

    private static void ReadContent(ref Dissection dissection, byte opcode, int at, int length)
    {
        dissection.Fields.Depth = 1;
        if (opcode == 1)
            HttpContent.ReadLines(ref dissection, type: "", at, length);
        else
            DataDissector.Read(ref dissection, at, length);
    }

    private readonly record struct Frame(byte Opcode, int Direction, bool IsLast, bool IsMasked, bool IsCompressed);
}
