using NetWhy.Analysis.Summaries;

namespace NetWhy.Analysis.Dissection;

/// <summary>Records of TLS. Sources: RFC 8446, section 5; RFC 5246, section 6; RFC 6520.</summary>
internal static class TlsDissector
{
    private const int RecordHeader = 5;
    private const int LongestPlain = 1 << 14;
    private const int LongestRecord = LongestPlain + 2048;
    private const int Change = 20;
    private const int Alert = 21;
    private const int Handshake = 22;
    private const int Application = 23;
    private const int Heartbeat = 24;
    private const int LastType = 25;

    /// <summary>Whether data begins with a record of the kinds that a stream is known by: a message of the handshake, or data.</summary>
    /// <param name="data">The data.</param>
    internal static bool LooksLikeRecord(ReadOnlySpan<byte> data) =>
        IsRecord(data) && data[0] is Handshake or Application;

    /// <summary>Reads records.</summary>
    /// <param name="dissection">The packet.</param>
    /// <param name="stream">Where they come from.</param>
    /// <param name="offset">Where they begin.</param>
    /// <param name="end">Where they end.</param>
    /// <param name="canAsk">Whether more may come.</param>
    internal static Lack ReadStream(ref Dissection dissection, in StreamPosition stream, int offset, int end, bool canAsk)
    {
        TlsSession session = stream.Conversation.Tls;
        if (canAsk && end - offset < RecordHeader && dissection.U8(offset) is >= Change and <= LastType)
        {
            dissection.Summary?.Restart();
            return new Lack(offset, Lack.AnotherSegment);
        }

        if (!session.HasRecord && !(dissection.Has(offset, RecordHeader) && IsRecord(dissection.Octets[offset..])))
        {
            if (dissection.Summary is { } line)
                TlsSummary.WriteUnknown(line);
            return Lack.None;
        }

        Foresee(dissection.Memory, session);
        session.HasRecord = true;
        bool isShown = session.ShownVersion != 0 && (session.IsForeseen || !IsRecord(dissection.Octets[offset..]));
        if (dissection.Summary is { } summary)
            TlsSummary.Begin(summary, session.Version != 0 ? session.Version : isShown ? session.ShownVersion : dissection.U16(offset + 1));
        dissection.Protocol(TlsFields.Group.Protocol, offset, end - offset);
        int outer = dissection.RecordsEnd;
        dissection.RecordsEnd = 0;
        Lack lack = ReadRecords(ref dissection, stream, offset, end, canAsk);
        dissection.RecordsEnd = outer;
        dissection.Memory.Hindsight?.Learn(Later.Version, session.Place, 0, session.ShownVersion);
        return lack;
    }

    // Who reads twice knows the version from the first record on.
    private static void Foresee(CaptureMemory memory, TlsSession session)
    {
        if (session.HasRecord || memory.Hindsight is not { } hindsight)
            return;
        session.Place = ++memory.Sessions;
        if (hindsight.Find(Later.Version, session.Place, 0) is not { } version)
            return;
        session.IsForeseen = true;
        session.ShownVersion = (ushort)version;
    }

    private static Lack ReadRecords(ref Dissection dissection, in StreamPosition stream, int offset, int end, bool canAsk)
    {
        TlsSession session = stream.Conversation.Tls;
        byte depth = dissection.Fields.Depth;
        while (offset < end)
        {
            if (canAsk && end - offset < RecordHeader)
                return new Lack(offset, Lack.AnotherSegment);
            if (!dissection.Need(offset, RecordHeader))
                return Lack.None;
            byte type = dissection.U8(offset);
            int size = dissection.U16(offset + 3);
            if (type is < Change or > LastType || dissection.U8(offset + 1) != 3 || (session.ShownVersion == 0 && !IsRecord(dissection.Octets[offset..])))
            {
                dissection.Fields.Depth = 1;
                SayUnknown(ref dissection, session, type, offset, end);
                dissection.Fields.Depth = depth;
                return Lack.None;
            }

            if (canAsk && size + RecordHeader > end - offset)
                return new Lack(offset, size + RecordHeader - (end - offset));
            session.LastFrame = dissection.FrameNumber;
            ReadRecord(ref dissection, stream, type, offset, Math.Min(size, end - offset - RecordHeader), size);
            dissection.Fields.Depth = depth;
            if (dissection.IsShort)
                return Lack.None;
            offset += size + RecordHeader;
        }

        return Lack.None;
    }

    // RFC 2246, section 6: what is of no known type is ignored.
    private static void SayUnknown(ref Dissection dissection, TlsSession session, byte type, int offset, int end)
    {
        bool isIgnored = type is < Change or > LastType && session.ShownVersion is >= 0x0301 and <= TlsSession.Version12;
        if (isIgnored)
        {
            dissection.Fields.RemarkHere(TlsFields.RecordUnknown, offset, $"{TlsFields.RecordUnknown.Label}");
            _ = dissection.Need(offset, end - offset);
        }

        dissection.Summary?.AppendPart(isIgnored ? "Ignored Unknown Record"u8 : "Continuation Data"u8);
    }

    /// <summary>Reads handshake messages that QUIC carries, without records.</summary>
    /// <param name="dissection">The packet.</param>
    /// <param name="session">What is remembered of the session.</param>
    /// <param name="isForward">Whether they are the client's.</param>
    /// <param name="octets">The messages, or a part of them.</param>
    internal static void ReadCrypto(ref Dissection dissection, TlsSession session, bool isForward, byte[] octets)
    {
        if (dissection.Fields.Join(octets, "Reassembled QUIC CRYPTO") is not { } source)
            return;
        byte before = dissection.Fields.Source;
        dissection.Fields.Source = source;
        bool wasFrozen = dissection.Freeze();
        Dissection inside = dissection.Over(octets);
        session.ShownVersion = TlsSession.Version13;
        inside.Protocol(TlsFields.Group.Protocol, 0, octets.Length);
        int place = dissection.Fields.IsWanted(TlsFields.Group.Protocol) ? dissection.Fields.Last : -1;
        byte depth = dissection.Fields.Depth;
        dissection.Fields.Depth = 1;
        TlsHandshakeDissector.Read(ref inside, new TlsRecordContext(session, isForward ? 0 : 1, TlsSession.Version13, place), 0, octets.Length, octets.Length, mayBeEncrypted: false);
        dissection.Fields.Depth = depth;
        dissection.Thaw(wasFrozen);
        dissection.Fields.Source = before;
    }

    private static bool IsRecord(ReadOnlySpan<byte> data) =>
        data.Length >= RecordHeader && data[0] is >= Change and <= Heartbeat && data[1] == 3 && data[2] <= 4
        && ((data[3] << 8) | data[4]) is > 0 and <= LongestRecord;

    private static void ReadRecord(ref Dissection dissection, in StreamPosition stream, byte type, int offset, int here, int size)
    {
        int first = dissection.Fields.Last + 1;
        TlsSession session = stream.Conversation.Tls;
        ushort version = dissection.U16(offset + 1);
        dissection.Fields.Depth = 1;
        dissection.Fields.Add(TlsFields.Record, 0, offset, dissection.Captured(offset, size + RecordHeader));
        int place = dissection.Fields.IsWanted(TlsFields.Record) ? dissection.Fields.Last : -1;
        dissection.Fields.Depth = 2;
        bool isHidden = type == Application && session.ShownVersion == TlsSession.Version13;
        dissection.Number(isHidden ? TlsFields.OpaqueType : TlsFields.ContentType, offset, 1);
        dissection.Number(TlsFields.RecordVersion, offset + 1, 2);
        dissection.Number(TlsFields.RecordLength, offset + 3, 2);
        int at = offset + RecordHeader;
        here = dissection.Captured(at, here);
        if (type != Handshake || (here > 0 ? dissection.U8(at) != 1 : size == 0))
            session.Assume(version);
        if (!dissection.Need(at, size))
            return;
        var record = new TlsRecordContext(session, stream.IsForward ? 0 : 1, session.ShownVersion != 0 ? session.ShownVersion : version, place);
        RemarkLength(ref dissection, type, size, record.Version == TlsSession.Version13);
        bool isProtected = type == Application || (type != Change && session.IsEncrypted[record.Direction]);
        if (isProtected && here == size && session.Decrypt(record.Direction, dissection.Octets.Slice(offset, RecordHeader), dissection.Octets.Slice(at, size)) is { } plain)
            ReadDecrypted(ref dissection, stream, record, first, type, at, plain);
        else
            ReadContent(ref dissection, stream, record, type, at, here, size);
        if (!isProtected)
            dissection.PutToRecords(first);
    }

    private static void RemarkLength(ref Dissection dissection, byte type, int size, bool isVersion13)
    {
        int more = isVersion13 ? 256 : 2048;
        if (size == 0 && type is Change or Alert or Handshake)
            dissection.Fields.Remark(TlsFields.RecordLengthWrong, 0, $"Zero-length {ValueNames.TlsContent[type]} fragments are not allowed");
        if (size > LongestPlain + more)
            dissection.Fields.Remark(TlsFields.RecordLengthWrong, 0, $"TLSCiphertext length MUST NOT exceed 2^14 + {more}");
    }

    private static void ReadContent(ref Dissection dissection, in StreamPosition stream, in TlsRecordContext record, byte type, int offset, int here, int size)
    {
        switch (type)
        {
            case Change:
                ReadChange(ref dissection, record, offset, here);
                break;
            case Alert:
                ReadAlert(ref dissection, record, offset, here, size);
                break;
            case Handshake:
                TlsHandshakeDissector.Read(ref dissection, record, offset, here, size, mayBeEncrypted: true);
                break;
            case Application:
                dissection.Summary?.AppendPart("Application Data"u8);
                AddApplication(ref dissection, stream, record, offset, here);
                break;
            case Heartbeat when record.Version == TlsSession.Version13:
                dissection.Fields.RemarkHere(TlsFields.RecordUnexpected, offset, $"Record type is not allowed in TLS 1.3");
                break;
            case Heartbeat:
                ReadHeartbeat(ref dissection, record, offset, size, isClear: !record.Session.IsEncrypted[record.Direction]);
                break;
        }
    }

    private static void ReadChange(ref Dissection dissection, in TlsRecordContext record, int offset, int here)
    {
        TlsSession session = record.Session;
        dissection.Summary?.AppendPart("Change Cipher Spec"u8);
        dissection.Fields.SayOf(record.Place, $"{TlsNames.ShortVersion(session.ShownVersion) ?? "SSL"} Record Layer: Change Cipher Spec Protocol: Change Cipher Spec");
        dissection.Fields.Add(TlsFields.ChangeCipherSpec, 0, offset, here);
        if (session.ShownVersion != TlsSession.Version13)
        {
            if (session.ChangedIn[record.Direction] == 0)
                session.ChangedIn[record.Direction] = dissection.FrameNumber;
            if (session.IsResumed && session.Server == record.Direction)
                dissection.Remark(TlsFields.Resumed, offset);
            if (session.Server == record.Direction)
                session.IsResumed = false; // a later change is no resumption
        }

        session.ChangeCipher(record.Direction, dissection.Memory.KeyLog);
    }

    // Its protocol is what the handshake agreed on, else what the port tells.
    private static void AddApplication(ref Dissection dissection, in StreamPosition stream, in TlsRecordContext record, int offset, int length)
    {
        string? name = record.Session.ApplicationName ?? TlsNames.OfPort(stream.Conversation.Http.TunnelPort) ?? TlsNames.OfPort(stream.Source) ?? TlsNames.OfPort(stream.Destination);
        dissection.Fields.SayOf(record.Place, $"{TlsNames.ShortVersion(record.Version) ?? "SSL"} Record Layer: Application Data Protocol: {name ?? "Application Data"}");
        dissection.Part(TlsFields.ApplicationData, offset, length);
        if (name is not null)
            dissection.Fields.AddText(TlsFields.ApplicationProtocol, $"{name}");
    }

    private static void ReadAlert(ref Dissection dissection, in TlsRecordContext record, int offset, int here, int size)
    {
        const int AlertLength = 2;
        string version = TlsNames.ShortVersion(record.Session.ShownVersion) ?? "TLS";
        dissection.Fields.Add(TlsFields.Alert, 0, offset, here);
        if (size != AlertLength)
        {
            dissection.Summary?.AppendPart("Encrypted Alert"u8);
            dissection.Fields.SayOf(record.Place, $"{version} Record Layer: Encrypted Alert");
            dissection.Fields.Say($"{TlsFields.Alert.Label}: Encrypted Alert");
            return;
        }

        byte level = dissection.U8(offset), description = dissection.U8(offset + 1);
        if (dissection.Summary is { } alert)
            TlsSummary.WriteAlert(alert, level, description);
        string levelName = ValueNames.TlsAlertLevel.GetValueOrDefault(level) ?? "Unknown";
        string descriptionName = ValueNames.TlsAlert.GetValueOrDefault(description) ?? "Unknown";
        dissection.Fields.SayOf(record.Place, $"{version} Record Layer: Alert (Level: {levelName}, Description: {descriptionName})");
        dissection.Fields.Depth++;
        dissection.Number(TlsFields.AlertLevel, offset, 1);
        dissection.Number(TlsFields.AlertDescription, offset + 1, 1);
        dissection.Fields.Depth--;
    }

    // What is in the clear has a type, a length that fits, and 16 octets of padding.
    private static void ReadHeartbeat(ref Dissection dissection, in TlsRecordContext record, int offset, int size, bool isClear)
    {
        const int HeadLength = 3;
        const int LeastPadding = 16;
        byte type = dissection.U8(offset);
        int length = dissection.U16(offset + 1);
        bool isTooLong = HeadLength + length + LeastPadding > size;
        isClear |= size <= HeadLength + LeastPadding || !isTooLong;
        string version = TlsNames.ShortVersion(record.Session.ShownVersion) ?? "SSL";
        dissection.Fields.Add(TlsFields.Heartbeat, 0, offset, dissection.Captured(offset, size));
        if (!isClear || TlsNames.Heartbeat.GetValueOrDefault((ulong)type) is not { } name)
        {
            dissection.Summary?.AppendPart("Encrypted Heartbeat"u8);
            dissection.Fields.SayOf(record.Place, $"{version} Record Layer: Encrypted Heartbeat");
            dissection.Fields.Say($"Encrypted Heartbeat Message");
            return;
        }

        if (dissection.Summary is { } summary)
            TlsSummary.WriteHeartbeat(summary, name);
        dissection.Fields.SayOf(record.Place, $"{version} Record Layer: Heartbeat {name}");
        dissection.Fields.Depth++;
        dissection.Number(TlsFields.HeartbeatType, offset, 1);
        dissection.Number(TlsFields.HeartbeatLength, offset + 1, 2);
        int padding = size - HeadLength - length;
        if (isTooLong)
        {
            int announced = length;
            length = size - HeadLength;
            padding = 0;
            dissection.Fields.SayMore($" (invalid, using {length} to decode payload)");
            dissection.Fields.Remark(TlsFields.HeartbeatTooLong, offset + 1, $"{TlsFields.HeartbeatTooLong.Label} ({announced})");
        }

        dissection.Part(TlsFields.HeartbeatPayload, offset + HeadLength, length);
        dissection.Fields.Say($"Payload ({length} byte{(length == 1 ? "" : "s")})");
        if (padding > 0)
        {
            dissection.Part(TlsFields.HeartbeatPadding, offset + HeadLength + length, padding);
            dissection.Fields.Say($"Padding and HMAC ({padding} byte{(padding == 1 ? "" : "s")})");
        }

        dissection.Fields.Depth--;
    }

    private static void ReadDecrypted(ref Dissection dissection, in StreamPosition stream, in TlsRecordContext record, int first, byte type, int offset, byte[] plain)
    {
        TlsSession session = record.Session;
        int sealedLength = dissection.U16(offset - 2);
        int length = session.Unwrap(plain, ref type, out bool wasHidden);
        if (length < 0)
            return;
        dissection.Tell(Carrier.Tls, stream.Conversation.Number, 0, plain.AsSpan(0, length), isSign: type != Application);
        if (wasHidden)
        {
            dissection.Fields.Add(TlsFields.ContentType, type, offset - RecordHeader, 1);
            dissection.Fields.Say($"[{TlsFields.ContentType.Label}: {ValueNames.TlsContent.GetValueOrDefault((ulong)type) ?? "Unknown"} ({type})]");
        }

        if (type == Application)
            AddApplication(ref dissection, stream, record, offset, sealedLength);

        if (dissection.Fields.Join(plain.AsMemory(0, length), "Decrypted TLS") is not { } source)
            return;
        byte before = dissection.Fields.Source;
        dissection.Fields.Source = source;
        Dissection inside = dissection.Over(plain.AsSpan(0, length));
        switch (type)
        {
            case Alert:
                ReadAlert(ref inside, record, 0, length, length);
                break;
            case Handshake:
                TlsHandshakeDissector.Read(ref inside, record, 0, length, length, mayBeEncrypted: false);
                break;
            case Heartbeat when record.Version != TlsSession.Version13:
                ReadHeartbeat(ref inside, record, 0, length, isClear: true);
                break;
            case Application when length > 0:
                if (inside.RecordsEnd == 0)
                    inside.RecordsEnd = dissection.Fields.Last + 1;
                else
                    inside.PutToRecords(first);
                ref uint sequence = ref session.Decrypted[record.Direction];
                StreamDissector.ReadInner(ref inside, session.Inner ??= new StreamConversation { Number = stream.Conversation.Number, Protocol = session.Application, Tls = { Version = session.Version } }, record.Direction == 0, sequence);
                sequence += (uint)length;
                dissection.Follow(inside);
                break;
        }

        if (type != Application)
            dissection.PutToRecords(first);
        dissection.Fields.Source = before;
    }
}

/// <summary>What carries messages of TLS.</summary>
/// <param name="Session">What is remembered of the session.</param>
/// <param name="Direction">Its direction: 0 is that of the first segment.</param>
/// <param name="Version">The version that it is read as.</param>
/// <param name="Place">The place of its value; -1 if nobody asks.</param>
internal readonly record struct TlsRecordContext(TlsSession Session, int Direction, ushort Version, int Place);
