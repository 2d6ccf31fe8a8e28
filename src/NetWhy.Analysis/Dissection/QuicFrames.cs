using NetWhy.Analysis.Fields;

namespace NetWhy.Analysis.Dissection;

/// <summary>The frames in QUIC packets. Sources: RFC 9000, section 19; RFC 9221; draft-ietf-quic-ack-frequency; draft-huitema-quic-ts; draft-deconinck-quic-multipath.</summary>
internal static class QuicFrames
{
    private const int MostFrames = 1024;
    private const int MostRanges = 4096;
    private const int TokenLength = 16;
    private const int ChallengeLength = 8;

    /// <summary>What the frames of a packet have in common.</summary>
    private readonly record struct Origin(QuicConnection Connection, bool IsFromServer, QuicSpace Space, uint Version);

    /// <summary>Reads the frames of a packet.</summary>
    /// <param name="dissection">What was decrypted.</param>
    /// <param name="connection">The connection.</param>
    /// <param name="isFromServer">Who sent it.</param>
    /// <param name="space">What kind of packet it was in.</param>
    /// <param name="version">The version.</param>
    internal static void Read(ref Dissection dissection, QuicConnection connection, bool isFromServer, QuicSpace space, uint version)
    {
        var origin = new Origin(connection, isFromServer, space, version);
        int end = dissection.Octets.Length;
        if (QuicVersion.IsGoogle(version))
        {
            ReadGoogle(ref dissection, origin, end);
            return;
        }

        int at = 0;
        for (int left = MostFrames; at < end && left > 0 && !dissection.IsShort; left--)
        {
            dissection.Fields.Depth = 1;
            ReadFrame(ref dissection, origin, ref at, end);
        }

        dissection.Fields.Depth = 1;
        if (dissection.IsShort)
            dissection.Malform();
    }

    // Only the handshake is read of frames that are Google's own.
    private static void ReadGoogle(ref Dissection dissection, in Origin origin, int end)
    {
        const byte GoogleCrypto = 0x08;
        int at = 0;
        while (at < end && dissection.U8(at) is 0 or GoogleCrypto)
        {
            if (dissection.U8(at++) == 0)
                continue;
            if (!TryNumber(ref dissection, ref at, out ulong place) || !TryNumber(ref dissection, ref at, out ulong length) || length > (ulong)(end - at))
                return;
            _ = TakeCrypto(ref dissection, origin, place, at, (int)length);
            at += (int)length;
        }
    }

    private static void ReadFrame(ref Dissection dissection, in Origin origin, ref int at, int end)
    {
        PacketFields fields = dissection.Fields;
        int start = at;
        fields.Add(QuicFields.Frame, 0, start, 0);
        int frame = fields.Last;
        if (!TryNumber(ref dissection, ref at, out ulong type))
            return;
        string name = QuicNames.Frame.GetValueOrDefault(type) ?? "Unknown";
        fields.SayOf(frame, $"{name}");
        fields.Depth = 2;
        fields.Add(QuicFields.FrameType, type, start, at - start);
        fields.Say($"Frame Type: {name} (0x{type:x16})");
        if (type is < 0x08 or > 0x0f)
            dissection.Summary?.AppendPart(ShortNameOf(type));
        switch (type)
        {
            case 0x00:
                ReadPadding(ref dissection, ref at, end, start);
                fields.SayMoreOf(frame, $" Length: {at - start}");
                break;
            case 0x01 or 0x1e or 0xac:
                break;
            case 0x02 or 0x03 or 0x42 or 0x43:
                if (type >= 0x42)
                    Number(ref dissection, QuicFields.Uniflow, ref at);
                ReadAcknowledgment(ref dissection, ref at, hasCounts: type == 0x03);
                break;
            case 0x04:
                ulong reset = Number(ref dissection, QuicFields.ResetStream, ref at);
                ulong error = Number(ref dissection, QuicFields.ResetError, ref at);
                Number(ref dissection, QuicFields.FinalSize, ref at);
                fields.SayMoreOf(frame, $" id={reset}");
                if (!dissection.IsShort)
                    fields.SayMoreOf(frame, $" Error code: 0x{error:x}");
                break;
            case 0x05:
                ulong stop = Number(ref dissection, QuicFields.StopStream, ref at);
                ulong reason = Number(ref dissection, QuicFields.StopError, ref at);
                fields.SayMoreOf(frame, $" id={stop} Error code: 0x{reason:x}");
                break;
            case 0x06:
                ReadCrypto(ref dissection, origin, ref at, end);
                break;
            case 0x07:
                ulong length = Number(ref dissection, QuicFields.NewTokenLength, ref at);
                Octets(ref dissection, QuicFields.NewToken, ref at, length);
                break;
            case >= 0x08 and <= 0x0f:
                ReadStream(ref dissection, origin.Connection, (byte)type, frame, start, ref at, end);
                break;
            case >= 0x10 and <= 0x17:
                ReadLimit(ref dissection, type, frame, ref at);
                break;
            case 0x18 or 0x40:
                if (type == 0x40)
                    Number(ref dissection, QuicFields.Uniflow, ref at);
                ReadNewId(ref dissection, origin, ref at);
                break;
            case 0x19 or 0x41:
                if (type == 0x41)
                    Number(ref dissection, QuicFields.Uniflow, ref at);
                Number(ref dissection, QuicFields.RetiredSequence, ref at);
                break;
            case 0x1a:
                Octets(ref dissection, QuicFields.Challenge, ref at, ChallengeLength);
                break;
            case 0x1b:
                Octets(ref dissection, QuicFields.Response, ref at, ChallengeLength);
                break;
            case 0x1c or 0x1d:
                ReadClose(ref dissection, type == 0x1d, frame, ref at);
                break;
            case 0x30 or 0x31:
                ulong size = type == 0x31 ? Number(ref dissection, QuicFields.DatagramLength, ref at) : (ulong)(end - at);
                Octets(ref dissection, QuicFields.Datagram, ref at, size);
                break;
            case 0x44 or 0x45:
                ReadAddress(ref dissection, type == 0x45, ref at);
                break;
            case 0x46:
                ReadUniflows(ref dissection, ref at);
                break;
            case 0xaf:
                ReadFrequency(ref dissection, ref at);
                break;
            case 0x2f5:
                Number(ref dissection, QuicFields.TimeStamp, ref at);
                break;
            default:
                fields.RemarkOf(frame, QuicFields.UnknownFrame, start, $"Unknown Frame Type 0x{type:x}");
                break;
        }
    }

    private static ReadOnlySpan<byte> ShortNameOf(ulong type) => type switch
    {
        0x00 => "PADDING"u8,
        0x01 => "PING"u8,
        0x02 => "ACK"u8,
        0x03 => "ACK_ECN"u8,
        0x04 => "RS"u8,
        0x05 => "SS"u8,
        0x06 => "CRYPTO"u8,
        0x07 => "NT"u8,
        0x10 => "MD"u8,
        0x11 => "MSD"u8,
        0x12 or 0x13 => "MS"u8,
        0x14 => "DB"u8,
        0x15 => "SDB"u8,
        0x16 or 0x17 => "SB"u8,
        0x18 => "NCI"u8,
        0x19 => "RC"u8,
        0x1a => "PC"u8,
        0x1b => "PR"u8,
        0x1c or 0x1d => "CC"u8,
        0x1e => "DONE"u8,
        0x30 or 0x31 => "DG"u8,
        0x40 => "MP_NCI"u8,
        0x41 => "MP_RC"u8,
        0x42 => "MP_ACK"u8,
        0x43 => "MP_ACK_ECN"u8,
        0x44 => "ADD_ADDRESS"u8,
        0x45 => "REMOVE_ADDRESS"u8,
        0x46 => "UNIFLOWS"u8,
        0xac => "IA"u8,
        0xaf => "AF"u8,
        0x2f5 => "TS"u8,
        _ => "Unknown"u8,
    };

    private static void ReadPadding(ref Dissection dissection, ref int at, int end, int start)
    {
        int rest = dissection.Octets[at..end].IndexOfAnyExcept((byte)0);
        at = rest < 0 ? end : at + rest;
        dissection.Fields.Add(QuicFields.PaddingLength, (ulong)(at - start), start, 0);
    }

    private static void ReadAcknowledgment(ref Dissection dissection, ref int at, bool hasCounts)
    {
        Number(ref dissection, QuicFields.LargestAcknowledged, ref at);
        Number(ref dissection, QuicFields.AckDelay, ref at);
        ulong ranges = Number(ref dissection, QuicFields.AckRangeCount, ref at);
        Number(ref dissection, QuicFields.FirstAckRange, ref at);
        for (ulong range = 0; range < Math.Min(ranges, MostRanges) && !dissection.IsShort; range++)
        {
            Number(ref dissection, QuicFields.AckGap, ref at);
            Number(ref dissection, QuicFields.AckRange, ref at);
        }

        if (!hasCounts)
            return;
        Number(ref dissection, QuicFields.Ect0Count, ref at);
        Number(ref dissection, QuicFields.Ect1Count, ref at);
        Number(ref dissection, QuicFields.CeCount, ref at);
    }

    private static void ReadCrypto(ref Dissection dissection, in Origin origin, ref int at, int end)
    {
        ulong place = Number(ref dissection, QuicFields.CryptoOffset, ref at);
        ulong length = Number(ref dissection, QuicFields.CryptoLength, ref at);
        if (dissection.IsShort)
            return;
        dissection.Fields.Add(QuicFields.CryptoData, 0, at, (int)Math.Min(length, (ulong)(end - at)));
        if (!TakeCrypto(ref dissection, origin, place, at, (int)Math.Min(length, int.MaxValue / 2)))
        {
            dissection.Label(QuicFields.Retransmission.Label);
            dissection.Remark(QuicFields.Retransmission, at);
        }

        at += (int)Math.Min(length, (ulong)(end - at));
    }

    // Whether some of it is new.
    private static bool TakeCrypto(ref Dissection dissection, in Origin origin, ulong place, int at, int length)
    {
        QuicCrypto crypto = origin.Connection.SideOf(origin.IsFromServer).Crypto[(int)origin.Space];
        ulong end = place + (ulong)length;
        if (place < crypto.Read && end <= crypto.Read)
            return false;
        if (place < crypto.Read)
        {
            dissection.Label(QuicFields.OverlappingFrame.Label);
            dissection.Remark(QuicFields.OverlappingFrame, at);
        }

        if (at + length > dissection.Octets.Length)
        {
            dissection.Malform();
            return true;
        }

        if (length == 0 || crypto.Take(dissection.FrameNumber, place, dissection.Octets.Slice(at, length), out IReadOnlyList<QuicPiece> pieces) is not { } message)
            return true;
        if (pieces.Count > 0)
            AddFragments(ref dissection, pieces, message, at);
        byte depth = dissection.Fields.Depth;
        TlsDissector.ReadCrypto(ref dissection, origin.Connection.Tls, !origin.IsFromServer, message);
        dissection.Fields.Depth = depth;
        Heed(origin);
        return true;
    }

    // What the parameters say that were read last.
    private static void Heed(in Origin origin)
    {
        TlsSession tls = origin.Connection.Tls;
        if (tls.LossBits is { } bits)
        {
            QuicSide side = origin.Connection.SideOf(origin.IsFromServer);
            side.KnowsLossBits = true;
            side.SendsLossBits |= bits == 1;
            tls.LossBits = null;
        }

        if (tls.ResetToken is { Length: TokenLength } token)
            origin.Connection.AddResetToken(origin.IsFromServer, token);
        tls.ResetToken = null;
    }

    private static void AddFragments(ref Dissection dissection, IReadOnlyList<QuicPiece> pieces, byte[] message, int at)
    {
        PacketFields fields = dissection.Fields;
        fields.Add(QuicFields.CryptoFragments, 0, at, 0);
        fields.Say($"{pieces.Count} Reassembled QUIC CRYPTO Data Fragments ({message.Length} {BytesOf(message.Length)}): ");
        string mark = "";
        foreach (QuicPiece piece in pieces)
        {
            fields.SayMore($"{mark}#{piece.Frame}({piece.Octets.Length})");
            mark = ", ";
        }

        byte depth = fields.Depth;
        int end = 0;
        foreach (QuicPiece piece in pieces)
        {
            fields.Depth = (byte)(depth + 1);
            int common = Math.Min(end, piece.End) - piece.Start;
            bool isConflict = common > 0 && !message.AsSpan(piece.Start, common).SequenceEqual(piece.Octets.AsSpan(0, common));
            fields.Add(isConflict ? QuicFields.FragmentError : QuicFields.CryptoFragment, piece.Frame, at, 0);
            fields.Say($"Frame: {piece.Frame}, payload: {piece.Start}-{piece.End - 1} ({piece.Octets.Length} {BytesOf(piece.Octets.Length)})");
            fields.Depth++;
            if (common > 0)
                fields.Add(QuicFields.Overlap, 1, at, 0);
            if (isConflict)
                fields.Add(QuicFields.OverlapConflict, 1, at, 0);
            end = Math.Max(end, piece.End);
        }

        fields.Depth = (byte)(depth + 1);
        fields.Add(QuicFields.CryptoFragmentCount, (ulong)pieces.Count, at, 0);
        fields.Depth = depth;
    }

    private static string BytesOf(int count) => count == 1 ? "byte" : "bytes";

    private static void ReadStream(ref Dissection dissection, QuicConnection connection, byte type, int frame, int start, ref int at, int end)
    {
        PacketFields fields = dissection.Fields;
        bool hasOffset = (type & 4) != 0;
        bool hasLength = (type & 2) != 0;
        fields.Depth = 3;
        dissection.Bits(QuicFields.StreamFin, start, 1);
        dissection.Bits(QuicFields.StreamHasLength, start, 1);
        dissection.Bits(QuicFields.StreamHasOffset, start, 1);
        fields.Depth = 2;
        int place = at;
        ulong id = Number(ref dissection, QuicFields.StreamId, ref at);
        fields.Depth = 3;
        fields.Add(QuicFields.StreamInitiator, id & 1, place, at - place);
        fields.Add(QuicFields.StreamDirection, (id >> 1) & 1, place, at - place);
        fields.Depth = 2;
        ulong offset = hasOffset ? Number(ref dissection, QuicFields.StreamOffset, ref at) : 0;
        ulong length = hasLength ? Number(ref dissection, QuicFields.StreamLength, ref at) : (ulong)Math.Max(0, end - at);
        string direction = QuicNames.Direction[(id >> 1) & 1];
        string initiator = QuicNames.Initiator[id & 1];
        fields.SayMoreOf(frame, $" id={id} fin={type & 1} off={offset} len={length} dir={direction} origin={initiator}");
        dissection.Summary?.AppendPart(System.Text.Encoding.ASCII.GetBytes($"STREAM({id})"));
        int data = at;
        Octets(ref dissection, QuicFields.StreamData, ref at, length);
        if (!dissection.IsShort)
            dissection.Tell(Carrier.Quic, connection.Number, (long)id, dissection.Octets[data..at]);
    }

    private static void ReadLimit(ref Dissection dissection, ulong type, int frame, ref int at)
    {
        switch (type)
        {
            case 0x10:
                Number(ref dissection, QuicFields.MaximumData, ref at);
                break;
            case 0x11:
                ulong raised = Number(ref dissection, QuicFields.MaximumStream, ref at);
                dissection.Fields.SayMoreOf(frame, $" id={raised}");
                Number(ref dissection, QuicFields.MaximumStreamData, ref at);
                break;
            case 0x12 or 0x13:
                Number(ref dissection, QuicFields.MaximumStreams, ref at);
                break;
            case 0x14:
                Number(ref dissection, QuicFields.BlockedData, ref at);
                break;
            case 0x15:
                ulong blocked = Number(ref dissection, QuicFields.BlockedStream, ref at);
                dissection.Fields.SayMoreOf(frame, $" id={blocked}");
                Number(ref dissection, QuicFields.BlockedData, ref at);
                break;
            default:
                Number(ref dissection, QuicFields.BlockedStreams, ref at);
                break;
        }
    }

    private static void ReadNewId(ref Dissection dissection, in Origin origin, ref int at)
    {
        Number(ref dissection, QuicFields.NewIdSequence, ref at);
        Number(ref dissection, QuicFields.RetirePriorTo, ref at);
        int length = dissection.U8(at);
        dissection.Number(QuicFields.NewIdLength, at++, 1);
        bool isAllowed = length is > 0 and <= QuicId.Longest;
        if (!isAllowed)
            dissection.Fields.Remark(QuicFields.Violation, at - 1, $"Connection ID Length must be between 1 and 20 bytes");
        if (isAllowed && dissection.Has(at, length))
            dissection.Memory.Quic.Add(origin.Connection, dissection.Octets.Slice(at, length), origin.IsFromServer);
        Octets(ref dissection, QuicFields.NewId, ref at, (ulong)length);
        if (dissection.Need(at, TokenLength))
            origin.Connection.AddResetToken(origin.IsFromServer, dissection.Octets.Slice(at, TokenLength));
        Octets(ref dissection, QuicFields.NewIdToken, ref at, TokenLength);
    }

    private static void ReadClose(ref Dissection dissection, bool isOfApplication, int frame, ref int at)
    {
        const ulong FirstAlert = 0x100;
        const ulong LastAlert = 0x1ff;
        PacketFields fields = dissection.Fields;
        int place = at;
        ulong error = Number(ref dissection, isOfApplication ? QuicFields.CloseApplicationError : QuicFields.CloseError, ref at);
        if (isOfApplication)
        {
            fields.SayMoreOf(frame, $" Error code: 0x{error:x}");
        }
        else
        {
            string name = QuicNames.Error.GetValueOrDefault(error) ?? $"Unknown ({error})";
            fields.SayMoreOf(frame, $" Error code: {name}");
            if (error is >= FirstAlert and <= LastAlert)
            {
                fields.Add(QuicFields.CloseAlert, error & 0xff, place + 1, 1);
                string alert = ValueNames.TlsAlert.GetValueOrDefault(error & 0xff) ?? "Unknown";
                fields.SayMoreOf(frame, $" ({alert})");
            }

            Number(ref dissection, QuicFields.CloseFrameType, ref at);
        }

        ulong length = Number(ref dissection, QuicFields.ReasonLength, ref at);
        Octets(ref dissection, QuicFields.Reason, ref at, length);
    }

    private static void ReadFrequency(ref Dissection dissection, ref int at)
    {
        Number(ref dissection, QuicFields.FrequencySequence, ref at);
        Number(ref dissection, QuicFields.FrequencyThreshold, ref at);
        Number(ref dissection, QuicFields.FrequencyDelay, ref at);
        int last = dissection.U8(at);
        dissection.Number(QuicFields.FrequencyLast, at, 1);
        if ((last & 1) != 0)
            dissection.Fields.SayMore($", Ignore CE");
        if ((last & 2) != 0)
            dissection.Fields.SayMore($", Ignore Order");
        dissection.Fields.Depth = 3;
        dissection.Bits(QuicFields.FrequencyReserved, at, 1);
        dissection.Bits(QuicFields.FrequencyIgnoreCe, at, 1);
        dissection.Bits(QuicFields.FrequencyIgnoreOrder, at, 1);
        at++;
    }

    private static void ReadAddress(ref Dissection dissection, bool isRemoved, ref int at)
    {
        const int Version6 = 6;
        if (isRemoved)
        {
            Number(ref dissection, QuicFields.PathAddressId, ref at);
            Number(ref dissection, QuicFields.PathSequence, ref at);
            return;
        }

        int first = dissection.U8(at);
        dissection.Number(QuicFields.PathFirst, at, 1);
        if ((first & 0x10) != 0)
            dissection.Fields.SayMore($", Port presence");
        dissection.Fields.Depth = 3;
        dissection.Bits(QuicFields.PathReserved, at, 1);
        dissection.Bits(QuicFields.PathHasPort, at, 1);
        dissection.Bits(QuicFields.PathIpVersion, at, 1);
        dissection.Fields.Depth = 2;
        at++;
        Number(ref dissection, QuicFields.PathAddressId, ref at);
        Number(ref dissection, QuicFields.PathSequence, ref at);
        Number(ref dissection, QuicFields.PathInterface, ref at);
        if ((first & 0x0f) == Version6)
        {
            Octets(ref dissection, QuicFields.PathIpv6, ref at, 16);
        }
        else
        {
            dissection.Ipv4(QuicFields.PathIpv4, at);
            at += 4;
        }

        if ((first & 0x10) == 0)
            return;
        dissection.Number(QuicFields.PathPort, at, 2);
        at += 2;
    }

    private static void ReadUniflows(ref Dissection dissection, ref int at)
    {
        Number(ref dissection, QuicFields.PathSequence, ref at);
        ulong receiving = Number(ref dissection, QuicFields.UniflowsReceiving, ref at);
        ulong sending = Number(ref dissection, QuicFields.UniflowsSending, ref at);
        ReadUniflowPart(ref dissection, QuicFields.UniflowsReceivingPart, receiving, ref at);
        ReadUniflowPart(ref dissection, QuicFields.UniflowsSendingPart, sending, ref at);
    }

    private static void ReadUniflowPart(ref Dissection dissection, Field part, ulong count, ref int at)
    {
        dissection.Fields.Add(part, 0, at, 0);
        for (ulong uniflow = 0; uniflow < count && !dissection.IsShort; uniflow++)
        {
            dissection.Fields.Depth = 3;
            dissection.Fields.Add(QuicFields.UniflowPart, 0, at, 0);
            dissection.Fields.Depth = 4;
            Number(ref dissection, QuicFields.Uniflow, ref at);
            Number(ref dissection, QuicFields.UniflowAddressId, ref at);
        }

        dissection.Fields.Depth = 2;
    }

    private static ulong Number(ref Dissection dissection, Field field, ref int at)
    {
        int start = at;
        if (TryNumber(ref dissection, ref at, out ulong number))
            dissection.Fields.Add(field, number, start, at - start);
        return number;
    }

    private static void Octets(ref Dissection dissection, Field field, ref int at, ulong length)
    {
        if (length > (ulong)(dissection.Octets.Length - Math.Min(at, dissection.Octets.Length)))
        {
            dissection.Malform();
            return;
        }

        dissection.Part(field, at, (int)length);
        at += (int)length;
    }

    /// <summary>Reads an integer whose first two bits tell its length. Source: RFC 9000, section 16.</summary>
    /// <param name="dissection">Where it is.</param>
    /// <param name="at">Where it begins; its end afterwards.</param>
    /// <param name="number">The integer.</param>
    /// <returns>Whether it is there.</returns>
    internal static bool TryNumber(ref Dissection dissection, ref int at, out ulong number)
    {
        int length = 1 << (dissection.U8(at) >> 6);
        bool isThere = dissection.Need(at, length);
        number = isThere ? dissection.Integer(at, length) & (ulong.MaxValue >> (66 - (8 * length))) : 0;
        at += length;
        return isThere;
    }
}
