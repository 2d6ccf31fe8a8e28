using NetWhy.Analysis.Summaries;
using NetWhy.Wire.Quic;

namespace NetWhy.Analysis.Dissection;

/// <summary>QUIC: the clear part of its packets, and what is in those whose keys are known: everybody can derive those of Initial packets. Sources: RFC 9000, RFC 9001, RFC 9369.</summary>
internal static class QuicDissector
{
    private const int LeastFirst = 13; // octets of a packet that tells QUIC from other data, as Wireshark has it
    private const int OldestDraft = 11;
    private const int LastWithOriginalId = 24; // the draft; later ones have a tag instead
    private const int ResetTokenLength = 16;
    private const int VersionOffset = 1;
    private const int IdsOffset = 5;

    /// <summary>The clear part of a packet with a long header.</summary>
    private readonly record struct LongHeader(uint Version, QuicPacketType Type, int DestinationLength, int SourceLength, int IdsEnd);

    /// <summary>What the packets of a datagram have in common.</summary>
    private struct Datagram
    {
        internal QuicConnection? Connection;
        internal bool IsFromServer;
        internal bool IsRetryFalse;
        internal bool IsRetryTrue;
        internal bool IsReset;
        internal bool IsMalformed;
        internal uint Version;
        internal int Destination; // where the id is that it was sent to
        internal int DestinationLength;
    }

    /// <summary>Reads the packets of a datagram, if it is QUIC.</summary>
    /// <param name="dissection">The packet.</param>
    /// <param name="offset">Where its payload begins.</param>
    /// <param name="length">How much there is.</param>
    /// <returns>Whether it is QUIC.</returns>
    internal static bool TryRead(ref Dissection dissection, int offset, int length)
    {
        int end = offset + dissection.Captured(offset, length);
        if (!dissection.Memory.ReadsQuic || offset >= end)
            return false;
        var ends = TransactionKey.Of(dissection.Source, dissection.Destination, 0);
        if (!dissection.Memory.Quic.IsKnown(ends))
        {
            if (!IsQuic(dissection, dissection.Octets[offset..end]))
                return false;
            dissection.Memory.Quic.Know(ends);
        }

        dissection.Summary?.Begin("QUIC"u8);
        byte depth = dissection.Fields.Depth;
        dissection.Begin(QuicFields.Group.Protocol);
        ReadDatagram(ref dissection, ends, offset, end);
        dissection.Fields.Depth = depth;
        return true;
    }

    // Of a short header only the id of a known connection says that it is.
    private static bool IsQuic(in Dissection dissection, ReadOnlySpan<byte> octets)
    {
        if (octets.Length < LeastFirst)
            return false;
        if ((octets[0] & 0x80) == 0)
            return (octets[0] & 0x40) != 0 && dissection.Memory.Quic.FindShort(dissection, octets[1..], out int length, out _) is not null && length > 0;
        return ReadHeader(octets) is { } header && QuicVersion.DraftOf(header.Version) >= OldestDraft && header.DestinationLength <= QuicId.Longest && header.SourceLength <= QuicId.Longest;
    }

    private static LongHeader? ReadHeader(ReadOnlySpan<byte> octets)
    {
        if (octets.Length < IdsOffset + 2)
            return null;
        uint version = System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(octets[VersionOffset..]);
        int destination = octets[IdsOffset];
        if (octets.Length < IdsOffset + destination + 2)
            return null;
        int source = octets[IdsOffset + 1 + destination];
        int end = IdsOffset + 2 + destination + source;
        return end > octets.Length ? null : new LongHeader(version, QuicPacket.LongTypeOf(octets[0], version), destination, source, end);
    }

    private static void ReadDatagram(ref Dissection dissection, in TransactionKey ends, int offset, int end)
    {
        Datagram datagram = Find(dissection, ends, offset, end);
        if (datagram.IsMalformed)
        {
            dissection.Fields.Depth = 0;
            dissection.Fields.Add(QuicFields.Group.Protocol, 0, offset, end - offset);
            dissection.Malform();
            return;
        }

        for (int start = offset; offset < end;)
        {
            int size = SizeOf(datagram, dissection.Octets[offset..end], dissection.Octets.Slice(datagram.Destination, datagram.DestinationLength), isFirst: offset == start);
            dissection.Fields.Depth = 0;
            dissection.Fields.Add(QuicFields.Group.Protocol, 0, offset, size == 0 ? end - offset : size);
            dissection.Fields.Depth = 1;
            if (offset == start)
                AddConnection(ref dissection, datagram.Connection, offset);
            if (size == 0)
            {
                dissection.Fields.RemarkOf(-1, QuicFields.CoalescedPadding, offset, $"(Random) padding data appended to the datagram");
                return;
            }

            dissection.Summary?.Restart();
            dissection.Fields.Add(QuicFields.PacketLength, (ulong)size, offset, 0);
            if ((dissection.U8(offset) & 0x80) != 0)
                ReadLong(ref dissection, datagram, offset, size);
            else if (datagram.IsReset)
                ReadReset(ref dissection, offset, size);
            else
                ReadShort(ref dissection, datagram, offset, size);
            offset += size;
        }
    }

    private static void AddConnection(ref Dissection dissection, QuicConnection? connection, int offset)
    {
        dissection.Label("QUIC Connection information");
        dissection.Fields.Depth = 2;
        if (connection is not null)
            dissection.Fields.Add(QuicFields.ConnectionNumber, connection.Number, offset, 0);
        else
            dissection.Remark(QuicFields.UnknownConnection, offset);
        dissection.Fields.Depth = 1;
    }

    // The first packet tells which connection all of them belong to.
    private static Datagram Find(in Dissection dissection, in TransactionKey ends, int offset, int end)
    {
        ReadOnlySpan<byte> octets = dissection.Octets[offset..end];
        QuicConnections connections = dissection.Memory.Quic;
        var datagram = new Datagram();
        if ((octets[0] & 0x80) == 0)
        {
            FindShort(ref datagram, dissection, offset, end);
            return datagram;
        }

        if (ReadHeader(octets) is not { } header)
        {
            datagram.IsMalformed = true;
            return datagram;
        }

        datagram.Version = header.Version;
        if (header.DestinationLength > QuicId.Longest || header.SourceLength > QuicId.Longest)
            return datagram;
        datagram.Destination = offset + IdsOffset + 1;
        datagram.DestinationLength = header.DestinationLength;
        ReadOnlySpan<byte> destination = octets.Slice(IdsOffset + 1, header.DestinationLength);
        ReadOnlySpan<byte> source = octets[(header.IdsEnd - header.SourceLength)..header.IdsEnd];
        QuicConnection? connection = connections.FindLong(dissection, header.Type, destination, out datagram.IsFromServer);
        if (connection is null && header.Type is QuicPacketType.Initial)
            connection = connections.Begin(ends, dissection.Destination, header.Version);
        datagram.Connection = connection;
        if (connection is null)
            return datagram;
        if (header.Type is QuicPacketType.Initial && !datagram.IsFromServer && connection.FirstId is null)
            connections.AddFirst(connection, destination);
        if (header.Type is QuicPacketType.Initial && datagram.IsFromServer)
            connection.Version = header.Version; // the server may choose another one
        if (header.Type is not QuicPacketType.VersionNegotiation)
            connections.Add(connection, source, datagram.IsFromServer);
        if (header.Type is QuicPacketType.Retry)
            CheckRetry(ref datagram, connection, octets, header.Version);
        return datagram;
    }

    private static void FindShort(ref Datagram datagram, in Dissection dissection, int offset, int end)
    {
        ReadOnlySpan<byte> octets = dissection.Octets[offset..end];
        datagram.IsMalformed = octets.Length <= QuicId.Longest; // as Wireshark has it, which looks for the longest id
        if (datagram.IsMalformed)
            return;
        QuicConnections connections = dissection.Memory.Quic;
        datagram.Connection = connections.FindShort(dissection, octets[1..], out datagram.DestinationLength, out datagram.IsFromServer);
        datagram.Destination = offset + 1;
        if (datagram.Connection is null)
        {
            datagram.Connection = connections.FindReset(dissection, octets[^ResetTokenLength..], out datagram.IsFromServer);
            datagram.IsReset = datagram.Connection is not null;
        }
    }

    private static void CheckRetry(ref Datagram datagram, QuicConnection connection, ReadOnlySpan<byte> octets, uint version)
    {
        if (connection.FirstId is { } first && QuicVersion.DraftOf(version) > LastWithOriginalId && octets.Length >= QuicRetry.TagLength)
        {
            datagram.IsRetryTrue = QuicRetry.IsAuthentic(octets, first, version);
            datagram.IsRetryFalse = !datagram.IsRetryTrue;
        }

        connection.FirstId = null; // the next Initial packet begins anew
        connection.Client.Initial = connection.Host.Initial = null;
    }

    // Octets of a packet; 0 if what follows the packets before is none.
    private static int SizeOf(in Datagram datagram, ReadOnlySpan<byte> octets, ReadOnlySpan<byte> destination, bool isFirst)
    {
        if ((octets[0] & 0x80) == 0)
            return isFirst || (octets[1..].StartsWith(destination) && IsKnownTo(datagram, destination)) ? octets.Length : 0;
        if (ReadHeader(octets) is not { } header)
            return isFirst ? octets.Length : 0;
        if (!isFirst && (header.Version != datagram.Version || !octets.Slice(IdsOffset + 1, header.DestinationLength).SequenceEqual(destination)))
            return 0;
        if (header.Type is QuicPacketType.VersionNegotiation or QuicPacketType.Retry)
            return octets.Length;
        int at = header.IdsEnd;
        if (header.Type is QuicPacketType.Initial)
        {
            if (!TryNumber(octets, ref at, out ulong token) || token > (ulong)(octets.Length - at))
                return octets.Length;
            at += (int)token;
        }

        return TryNumber(octets, ref at, out ulong size) && size <= (ulong)(octets.Length - at) ? at + (int)size : octets.Length;
    }

    // An id that the receiver chose itself; the one that a client begins with is not.
    private static bool IsKnownTo(in Datagram datagram, ReadOnlySpan<byte> destination) =>
        destination.IsEmpty || datagram.Connection is null || datagram.Connection.SideOf(!datagram.IsFromServer).Ids.Contains(QuicId.Of(destination));

    // RFC 9000, section 16.
    private static bool TryNumber(ReadOnlySpan<byte> octets, ref int at, out ulong number)
    {
        number = 0;
        if (at >= octets.Length)
            return false;
        int length = 1 << (octets[at] >> 6);
        if (length > octets.Length - at)
            return false;
        number = octets[at] & 0x3fu;
        foreach (byte octet in octets.Slice(at + 1, length - 1))
            number = (number << 8) | octet;
        at += length;
        return true;
    }

    private static void ReadLong(ref Dissection dissection, in Datagram datagram, int offset, int size)
    {
        ReadOnlySpan<byte> octets = dissection.Octets.Slice(offset, size);
        dissection.Bits(QuicFields.HeaderForm, offset, 1);
        if (ReadHeader(octets) is not { } header)
        {
            dissection.Malform();
            return;
        }

        int at = header.IdsEnd;
        bool hasNumber = header.Type is QuicPacketType.Initial or QuicPacketType.ZeroRtt or QuicPacketType.Handshake;
        ulong token = 0;
        int tokenPlace = at;
        bool isWhole = header.Type is not QuicPacketType.Initial || (TryNumber(octets, ref at, out token) && token <= (ulong)(size - at));
        int tokenAt = at;
        at += isWhole ? (int)token : 0;
        int lengthPlace = at;
        ulong length = 0;
        isWhole &= !hasNumber || TryNumber(octets, ref at, out length);
        var packet = new Packet(datagram, header.Type, header.Version);
        if (hasNumber && isWhole)
            packet.Uncover(dissection.Memory.KeyLog, octets, at);
        AddFirst(ref dissection, header, packet, offset);
        AddIds(ref dissection, header, offset);
        switch (header.Type)
        {
            case QuicPacketType.VersionNegotiation:
                for (at = header.IdsEnd; at + 4 <= size; at += 4)
                {
                    dissection.Number(QuicFields.SupportedVersion, offset + at, 4);
                    SayGrease(ref dissection, offset + at, " (GREASE)");
                }

                if (at < size)
                    dissection.Malform();
                return;
            case QuicPacketType.Retry:
                ReadRetry(ref dissection, datagram, header.Version, offset + header.IdsEnd, offset + size);
                return;
            case QuicPacketType.Initial:
                dissection.Fields.Add(QuicFields.TokenLength, token, offset + tokenPlace, tokenAt - tokenPlace);
                if (token > 0 && isWhole)
                    dissection.Part(QuicFields.Token, offset + tokenAt, (int)token);
                break;
        }

        if (!isWhole)
        {
            dissection.Malform();
            return;
        }

        dissection.Fields.Add(QuicFields.Length, length, offset + lengthPlace, at - lengthPlace);
        ReadPayload(ref dissection, datagram, packet, offset, at, size);
    }

    private static void AddFirst(ref Dissection dissection, in LongHeader header, in Packet packet, int offset)
    {
        if (header.Type is QuicPacketType.VersionNegotiation)
        {
            dissection.Bits(QuicFields.UnusedBits, offset, 1);
        }
        else
        {
            if (header.Type is not QuicPacketType.Retry)
                dissection.Bits(QuicFields.FixedBit, offset, 1);
            dissection.Bits(header.Version == QuicPacket.Version2 ? QuicFields.PacketType2 : QuicFields.PacketType, offset, 1);
        }

        if (packet.IsUncovered)
        {
            dissection.Fields.Add(QuicFields.Reserved, (ulong)(packet.First >> 2) & 3, offset, 1);
            dissection.Fields.Add(QuicFields.NumberLength, (ulong)packet.First & 3, offset, 1);
        }
    }

    private static void AddIds(ref Dissection dissection, in LongHeader header, int offset)
    {
        dissection.Number(QuicFields.Version, offset + VersionOffset, 4);
        SayGrease(ref dissection, offset + VersionOffset, " (Forcing Version Negotiation)");
        int at = offset + IdsOffset;
        dissection.Number(QuicFields.DestinationLength, at, 1);
        if (header.DestinationLength > 0)
            dissection.Part(QuicFields.DestinationId, at + 1, header.DestinationLength);
        int source = at + 1 + header.DestinationLength;
        dissection.Number(QuicFields.SourceLength, source, 1);
        if (header.SourceLength > 0)
            dissection.Part(QuicFields.SourceId, source + 1, header.SourceLength);
        if (dissection.Summary is { } summary)
            QuicSummary.Write(summary, NameOf(header.Type), dissection.Octets.Slice(at + 1, header.DestinationLength), dissection.Octets.Slice(source + 1, header.SourceLength));
    }

    private static void SayGrease(ref Dissection dissection, int offset, string what)
    {
        if (QuicPacket.IsGrease(dissection.U32(offset)))
            dissection.Fields.SayMore($"{what}");
    }

    private static void ReadRetry(ref Dissection dissection, in Datagram datagram, uint version, int offset, int end)
    {
        if (QuicVersion.DraftOf(version) is > 0 and <= LastWithOriginalId)
        {
            int length = dissection.U8(offset);
            dissection.Number(QuicFields.OriginalLength, offset, 1);
            if (length > 0)
                dissection.Part(QuicFields.OriginalId, offset + 1, length);
            offset += 1 + length;
            if (offset <= end)
                dissection.Part(QuicFields.RetryToken, offset, end - offset);
            else
                dissection.Malform();
            return;
        }

        int tag = end - QuicRetry.TagLength;
        if (tag < offset)
        {
            dissection.Part(QuicFields.RetryToken, offset, end - offset);
            dissection.Malform();
            return;
        }

        dissection.Part(QuicFields.RetryToken, offset, tag - offset);
        dissection.Part(QuicFields.RetryTag, tag, QuicRetry.TagLength);
        if (datagram.IsRetryFalse)
            dissection.Remark(QuicFields.BadRetry, tag);
        else if (datagram.IsRetryTrue)
            dissection.Fields.SayMore($" [verified]");
    }

    // RFC 9000, section 10.3.
    private static void ReadReset(ref Dissection dissection, int offset, int size)
    {
        dissection.Bits(QuicFields.HeaderForm, offset, 1);
        dissection.Bits(QuicFields.FixedBit, offset, 1);
        int token = offset + size - ResetTokenLength;
        if (dissection.Fields.IsWanted(QuicFields.UnpredictableBits))
        {
            // Those behind the first two bits; two zeros fill the last octet.
            byte[] bits = dissection.Octets[offset..token].ToArray();
            for (int place = 0; place < bits.Length; place++)
                bits[place] = (byte)((bits[place] << 2) | (place + 1 < bits.Length ? bits[place + 1] >> 6 : 0));
            dissection.Fields.AddMade(QuicFields.UnpredictableBits, bits);
        }

        dissection.Part(QuicFields.ResetToken, token, ResetTokenLength);
        dissection.Summary?.Append("Stateless Reset"u8);
    }

    private static void ReadShort(ref Dissection dissection, in Datagram datagram, int offset, int size)
    {
        int id = datagram.Connection is null ? 0 : Math.Min(datagram.DestinationLength, size - 1); // else nobody knows how long it is
        ReadOnlySpan<byte> octets = dissection.Octets.Slice(offset, size);
        var packet = new Packet(datagram, QuicPacketType.OneRtt, datagram.Connection?.Version ?? 0);
        packet.Uncover(dissection.Memory.KeyLog, octets, 1 + id);
        bool hasLossBits = datagram.Connection?.HasLossBits(datagram.IsFromServer) is true;
        dissection.Fields.Add(QuicFields.Short, 0, offset, size);
        if (id > 0)
            dissection.Fields.SayMore($" DCID={Convert.ToHexStringLower(dissection.Octets.Slice(offset + 1, id))}");
        if (packet.IsUncovered)
            dissection.Fields.SayMore($" PKN={packet.Number}");
        dissection.Fields.Depth = 2;
        dissection.Bits(QuicFields.HeaderForm, offset, 1);
        dissection.Bits(QuicFields.FixedBit, offset, 1);
        dissection.Bits(QuicFields.SpinBit, offset, 1);
        if (hasLossBits)
        {
            dissection.Bits(QuicFields.SquareBit, offset, 1);
            dissection.Bits(QuicFields.LossBit, offset, 1);
        }

        if (packet.IsUncovered)
        {
            if (!hasLossBits)
                dissection.Fields.Add(QuicFields.ShortReserved, (ulong)(packet.First >> 3) & 3, offset, 1);
            dissection.Fields.Add(QuicFields.KeyPhase, (ulong)(packet.First >> 2) & 1, offset, 1);
            dissection.Fields.Add(QuicFields.NumberLength, (ulong)packet.First & 3, offset, 1);
        }

        if (id > 0)
            dissection.Part(QuicFields.DestinationId, offset + 1, id);
        if (dissection.Summary is { } line)
            QuicSummary.Write(line, packet.HasKeyPhase ? "Protected Payload (KP1)"u8 : "Protected Payload (KP0)"u8, dissection.Octets.Slice(offset + 1, id), default);
        ReadPayload(ref dissection, datagram, packet, offset, 1 + id, size);
    }

    private static void ReadPayload(ref Dissection dissection, in Datagram datagram, in Packet packet, int offset, int at, int size)
    {
        if (!packet.IsUncovered)
        {
            dissection.Fields.Depth = 1;
            if (datagram.Connection is null && packet.Type is not QuicPacketType.OneRtt)
                dissection.Fields.RemarkOf(-1, QuicFields.DecryptionFailed, offset, $"Failed to decrypt packet number");
            else if (datagram.Connection is { } connection && !(packet.Type is QuicPacketType.OneRtt && connection.IsGivenUp))
                dissection.Fields.RemarkOf(-1, QuicFields.DecryptionFailed, offset, $"Failed to create decryption context: {packet.Lack}");
            if (packet.Type is QuicPacketType.OneRtt && datagram.Connection is { } tried && (TlsSuite.Of(tried.Tls.Suite) is not null || QuicVersion.IsGoogle(tried.Version)))
                tried.IsGivenUp = true; // Wireshark says it once
            if (size > at)
                dissection.Part(QuicFields.Remaining, offset + at, size - at);
            return;
        }

        int numberLength = (packet.First & 3) + 1;
        dissection.Fields.Add(QuicFields.PacketNumber, packet.Number, offset + at, numberLength);
        dissection.Part(packet.Type is QuicPacketType.OneRtt ? QuicFields.ProtectedPayload : QuicFields.Payload, offset + at + numberLength, size - at - numberLength);
        dissection.Summary?.Append($", PKN: {packet.Number}");
        byte[]? plain = packet.Open(dissection.Octets.Slice(offset, size), at);
        if (plain is null)
        {
            dissection.Fields.Remark(QuicFields.DecryptionFailed, offset + at, $"Decryption failed: Decryption (checktag) failed: Checksum error");
            dissection.Fields.Depth = 1;
            return;
        }

        dissection.Fields.Depth = 1;
        if (dissection.Fields.Join(plain, "Decrypted QUIC") is not { } source)
            return;
        byte before = dissection.Fields.Source;
        dissection.Fields.Source = source;
        Dissection inside = dissection.Over(plain);
        QuicFrames.Read(ref inside, datagram.Connection!, datagram.IsFromServer, packet.Space, packet.Version);
        dissection.Fields.Source = before;
    }

    private static ReadOnlySpan<byte> NameOf(QuicPacketType type) => type switch
    {
        QuicPacketType.Initial => "Initial"u8,
        QuicPacketType.ZeroRtt => "0-RTT"u8,
        QuicPacketType.Handshake => "Handshake"u8,
        QuicPacketType.Retry => "Retry"u8,
        _ => "Version Negotiation"u8,
    };

    /// <summary>A packet whose payload is protected.</summary>
    private struct Packet
    {
        private const string NoSecrets = "Secrets are not available";

        private readonly QuicConnection? _connection;
        private readonly bool _isFromServer;
        private QuicKeys? _keys;

        internal Packet(in Datagram datagram, QuicPacketType type, uint version)
        {
            _connection = datagram.Connection;
            _isFromServer = datagram.IsFromServer;
            Type = type;
            Version = version;
            Space = type switch
            {
                QuicPacketType.Initial => QuicSpace.Initial,
                QuicPacketType.Handshake => QuicSpace.Handshake,
                _ => QuicSpace.Application,
            };
        }

        internal QuicPacketType Type { get; }

        internal uint Version { get; }

        internal QuicSpace Space { get; }

        /// <summary>Whether the protection of its header is taken off.</summary>
        internal bool IsUncovered { get; private set; }

        /// <summary>Its first octet, without protection.</summary>
        internal byte First { get; private set; }

        /// <summary>Its number, whole.</summary>
        internal ulong Number { get; private set; }

        /// <summary>Why there are no keys.</summary>
        internal string Lack { get; private set; } = NoSecrets;

        /// <summary>Whether it is of the second, fourth, … phase.</summary>
        internal readonly bool HasKeyPhase => Type is QuicPacketType.OneRtt && IsUncovered && (First & 4) != 0;

        internal void Uncover(TlsKeyLog log, ReadOnlySpan<byte> octets, int numberOffset)
        {
            if (_connection is null || (Type is QuicPacketType.OneRtt && _connection.IsGivenUp))
                return;
            _keys = FindKeys(_connection.SideOf(_isFromServer), log);
            if (_keys?.TryUncover(octets, numberOffset, _connection.HasLossBits(_isFromServer), out byte first, out uint cut) is not true)
                return;
            IsUncovered = true;
            First = first;
            Number = Complete(_connection.SideOf(_isFromServer).Numbers[(int)Space], cut, 8 * ((first & 3) + 1));
        }

        /// <summary>Opens it.</summary>
        internal readonly byte[]? Open(ReadOnlySpan<byte> octets, int numberOffset)
        {
            QuicSide side = _connection!.SideOf(_isFromServer);
            bool isUpdated = Type is QuicPacketType.OneRtt && HasKeyPhase != side.KeyPhase;
            QuicKeys keys = isUpdated ? _keys!.Next() : _keys!;
            byte[]? plain = keys.Open(octets, numberOffset, First, Number);
            if (plain is null)
                return null;
            side.Numbers[(int)Space] = Number;
            if (isUpdated)
            {
                side.KeyPhase = HasKeyPhase;
                side.Application = keys;
            }

            return plain;
        }

        private QuicKeys? FindKeys(QuicSide side, TlsKeyLog log)
        {
            QuicConnection connection = _connection!;
            TlsSession tls = connection.Tls;
            switch (Type)
            {
                case QuicPacketType.Initial:
                    if (connection.FirstId is not { } first)
                        return null;
                    if (side.Initial is null || side.InitialVersion != Version)
                    {
                        (QuicKeys client, QuicKeys server) = QuicKeys.Of(Version, first);
                        side.Initial = _isFromServer ? server : client;
                        side.InitialVersion = Version;
                    }

                    return side.Initial;
                case QuicPacketType.ZeroRtt:
                    return side.Early ??= FindEarly(tls, log);
                case QuicPacketType.Handshake:
                    return side.Handshake ??= Find(tls, log, _isFromServer ? "SERVER_HANDSHAKE_TRAFFIC_SECRET" : "CLIENT_HANDSHAKE_TRAFFIC_SECRET", "Unable to retrieve cipher information");
                default:
                    return side.Application ??= Find(tls, log, _isFromServer ? "SERVER_TRAFFIC_SECRET_0" : "CLIENT_TRAFFIC_SECRET_0", "Missing TLS handshake, unsupported ciphers or padding");
            }
        }

        // The suite is that of an earlier connection, which is not known: it is the one of the length that is used most.
        private readonly QuicKeys? FindEarly(TlsSession tls, TlsKeyLog log)
        {
            const int ShortSecret = 32;
            const int LongSecret = 48;
            const ushort Short = 0x1301;
            const ushort Long = 0x1302;
            return tls.FindSecret("CLIENT_EARLY_TRAFFIC_SECRET", log) is { Length: ShortSecret or LongSecret } secret ? QuicKeys.OfSecret(TlsSuite.Of(secret.Length == LongSecret ? Long : Short)!.Value, secret, _connection!.Version) : null;
        }

        private QuicKeys? Find(TlsSession tls, TlsKeyLog log, string label, string withoutSuite)
        {
            if (TlsSuite.Of(tls.Suite) is not { Protection: not TlsProtection.Cbc } suite)
            {
                Lack = withoutSuite;
                return null;
            }

            return tls.FindSecret(label, log) is { } secret && suite.Takes(secret) ? QuicKeys.OfSecret(suite, secret, _connection!.Version) : null;
        }

        // RFC 9000, appendix A.3.
        private static ulong Complete(ulong largest, uint cut, int bits)
        {
            ulong expected = largest + 1;
            ulong window = 1ul << bits;
            ulong number = (expected & ~(window - 1)) | cut;
            if (number + (window / 2) <= expected && number < (1ul << 62) - window)
                return number + window;
            return number > expected + (window / 2) && number >= window ? number - window : number;
        }
    }
}
