using System.Buffers;
using System.Security.Cryptography;
using NetWhy.Analysis.Fields;
using NetWhy.Analysis.Summaries;
using NetWhy.Wire.Quic;

namespace NetWhy.Analysis.Dissection;

/// <summary>QUIC: the clear part of its packets, and Initial packets, whose keys everybody can derive. Sources: RFC 9000, RFC 9001, RFC 9369.</summary>
internal static class QuicDissector
{
    internal static readonly FieldGroup Group = new("quic", "QUIC");
    private static readonly Field PacketLength = Group.Unsigned("packet_length", "Packet Length", 32);
    private static readonly Field HeaderForm = Group.Unsigned("header_form", "Header Form", 8);
    private static readonly Field FixedBit = Group.Boolean("fixed_bit", "Fixed Bit");
    private static readonly Field PacketType = Group.Unsigned("long.packet_type", "Packet Type", 8);
    private static readonly Field PacketType2 = Group.Unsigned("long.packet_type_v2", "Packet Type", 8);
    private static readonly Field Reserved = Group.Unsigned("long.reserved", "Reserved", 8);
    private static readonly Field NumberLength = Group.Unsigned("packet_number_length", "Packet Number Length", 8);
    private static readonly Field Version = Group.Hexadecimal("version", "Version", 32);
    private static readonly Field DestinationLength = Group.Unsigned("dcil", "Destination Connection ID Length", 8);
    private static readonly Field DestinationId = Group.Octets("dcid", "Destination Connection ID");
    private static readonly Field SourceLength = Group.Unsigned("scil", "Source Connection ID Length", 8);
    private static readonly Field SourceId = Group.Octets("scid", "Source Connection ID");
    private static readonly Field TokenLength = Group.Unsigned("token_length", "Token Length", 64);
    private static readonly Field Token = Group.Octets("token", "Token");
    private static readonly Field Length = Group.Unsigned("length", "Length", 64);
    private static readonly Field PacketNumber = Group.Unsigned("packet_number", "Packet Number", 64);
    private static readonly Field Payload = Group.Octets("payload", "Payload");
    private static readonly Field Remaining = Group.Octets("remaining_payload", "Remaining Payload");
    private static readonly Field SupportedVersion = Group.Hexadecimal("supported_version", "Supported Version", 32);
    private static readonly Field Frame = Group.None("frame", "Frame");
    private static readonly Field FrameType = Group.Unsigned("frame_type", "Frame Type", 64);
    private static readonly Field CryptoOffset = Group.Unsigned("crypto.offset", "Offset", 64);
    private static readonly Field CryptoLength = Group.Unsigned("crypto.length", "Length", 64);

    private const int LeastNumber = 4; // the sample of header protection begins so far behind the packet number's beginning
    private const int SampleLength = 16;
    private const int MostFrames = 1024;

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
        var key = TransactionKey.Of(dissection.Source, dissection.Destination, 0);
        if (!dissection.Memory.Quic.TryFind(key, out QuicConnection? connection))
        {
            if (QuicPacket.Read(dissection.Octets[offset..end], isKnown: false, out QuicPacket first) is not OperationStatus.Done || !first.IsLong || !QuicPacket.IsKnown(first.Version))
                return false;
            connection = dissection.Memory.Quic.Of(key);
        }

        dissection.Summary?.Begin("QUIC"u8);
        while (offset < end && QuicPacket.Read(dissection.Octets[offset..end], isKnown: true, out QuicPacket packet) is OperationStatus.Done)
        {
            dissection.Summary?.Restart();
            int size = end - offset - packet.Rest.Length;
            dissection.Protocol(Group.Protocol, offset, size);
            ReadPacket(ref dissection, connection, packet, offset, size);
            offset += size;
        }

        return true;
    }

    private static void ReadPacket(ref Dissection dissection, QuicConnection connection, in QuicPacket packet, int offset, int size)
    {
        dissection.Fields.Add(PacketLength, (ulong)size, offset, 0);
        dissection.Bits(HeaderForm, offset, 1, 0x80);
        dissection.Bits(FixedBit, offset, 1, 0x40);
        if (!packet.IsLong)
        {
            int known = Math.Min(connection.IdLengthOf(dissection.Destination), size - 1);
            dissection.Part(DestinationId, offset + 1, known);
            dissection.Part(Remaining, offset + 1 + known, size - 1 - known);
            if (dissection.Summary is { } line)
                QuicSummary.Write(line, "Protected Payload (KP0)"u8, dissection.Octets.Slice(offset + 1, known), default);
            return;
        }

        connection.Learn(dissection.Source, packet.SourceId.Length);
        if (packet.Version != 0)
            dissection.Bits(packet.Version == QuicPacket.Version2 ? PacketType2 : PacketType, offset, 1, 0x30);
        dissection.Number(Version, offset + 1, 4);
        int at = offset + 5;
        dissection.Number(DestinationLength, at, 1);
        dissection.Part(DestinationId, at + 1, packet.DestinationId.Length);
        at += 1 + packet.DestinationId.Length;
        dissection.Number(SourceLength, at, 1);
        dissection.Part(SourceId, at + 1, packet.SourceId.Length);
        at += 1 + packet.SourceId.Length;
        if (dissection.Summary is { } summary)
            QuicSummary.Write(summary, NameOf(packet.Type), packet.DestinationId, packet.SourceId);
        foreach (Wire.UInt32BigEndian version in packet.SupportedVersions)
            dissection.Fields.Add(SupportedVersion, version, at, 4);
        if (packet.Type is QuicPacketType.Initial)
        {
            dissection.Fields.Add(TokenLength, (ulong)packet.Token.Length, at, 1);
            if (packet.Token.Length > 0)
                dissection.Fields.AddMade(Token, packet.Token);
        }

        if (packet.Length is { } announced)
            dissection.Fields.Add(Length, (ulong)announced, at, 0);
        int payload = offset + size - packet.Payload.Length;
        if (packet.Type is QuicPacketType.Initial && packet.Length == packet.Payload.Length && TryDecrypt(ref dissection, connection, packet, offset, payload, size))
            return;
        dissection.Part(Remaining, payload, packet.Payload.Length);
    }

    private static ReadOnlySpan<byte> NameOf(QuicPacketType type) => type switch
    {
        QuicPacketType.Initial => "Initial"u8,
        QuicPacketType.ZeroRtt => "0-RTT"u8,
        QuicPacketType.Handshake => "Handshake"u8,
        QuicPacketType.Retry => "Retry"u8,
        QuicPacketType.VersionNegotiation => "Version Negotiation"u8,
        _ => "Unknown"u8,
    };

    // What is tried first are the keys that fitted before; a client that was sent away by a Retry derives new ones.
    private static bool TryDecrypt(ref Dissection dissection, QuicConnection connection, in QuicPacket packet, int offset, int payload, int size)
    {
        if (packet.Payload.Length < LeastNumber + SampleLength)
            return false;
        ReadOnlySpan<byte> octets = dissection.Octets.Slice(offset, size);
        byte[]? plain = null;
        ulong number = 0;
        byte first = 0;
        QuicKeys? keys = connection.KeysOf(dissection.Source);
        if (keys?.TryOpen(octets, payload - offset, out plain, out number, out first) is not true)
        {
            (QuicKeys client, QuicKeys server) = QuicKeys.Of(packet.Version, packet.DestinationId);
            if (!client.TryOpen(octets, payload - offset, out plain, out number, out first))
                return false;
            connection.Begin(dissection.Source, client, server);
        }

        int numberLength = (first & 3) + 1;
        dissection.Fields.Add(Reserved, (ulong)(first >> 2) & 3, offset, 1);
        dissection.Fields.Add(NumberLength, (ulong)(first & 3), offset, 1);
        dissection.Fields.Add(PacketNumber, number, payload, numberLength);
        dissection.Part(Payload, payload + numberLength, offset + size - payload - numberLength);
        dissection.Summary?.Append($", PKN: {number}");
        if (dissection.Fields.Join(plain, "Decrypted QUIC") is not { } source)
            return true;
        byte before = dissection.Fields.Source;
        dissection.Fields.Source = source;
        Dissection inside = dissection.Over(plain);
        ReadFrames(ref inside, connection, isClient: connection.IsClient(dissection.Source), plain!.Length);
        dissection.Fields.Source = before;
        return true;
    }

    // Only what an Initial packet may have: RFC 9000, section 17.2.2.
    private static void ReadFrames(ref Dissection dissection, QuicConnection connection, bool isClient, int end)
    {
        int offset = 0;
        for (int left = MostFrames; offset < end && left > 0; left--)
        {
            int start = offset;
            byte type = dissection.U8(offset++);
            dissection.Fields.Add(Frame, 0, start, 0);
            dissection.Fields.Add(FrameType, type, start, 1);
            dissection.Summary?.AppendPart(type switch { 0 => "PADDING"u8, 1 => "PING"u8, 2 => "ACK"u8, 3 => "ACK_ECN"u8, 6 => "CRYPTO"u8, 0x1c => "CC"u8, _ => "Unknown"u8 });
            switch (type)
            {
                case 0:
                    int rest = dissection.Octets[offset..end].IndexOfAnyExcept((byte)0);
                    offset = rest < 0 ? end : offset + rest;
                    break;
                case 1:
                    break;
                case 2 or 3:
                    if (!TrySkipAcknowledgment(ref dissection, ref offset, type == 3))
                        return;
                    break;
                case 6:
                    if (!TryReadCrypto(ref dissection, connection, isClient, ref offset, end))
                        return;
                    break;
                default:
                    return;
            }
        }
    }

    private static bool TrySkipAcknowledgment(ref Dissection dissection, ref int offset, bool hasCounts)
    {
        if (!TryNumber(ref dissection, ref offset, out _) || !TryNumber(ref dissection, ref offset, out _) || !TryNumber(ref dissection, ref offset, out ulong ranges) || ranges > MostFrames)
            return false;
        int numbers = 1 + (2 * (int)ranges) + (hasCounts ? 3 : 0);
        while (numbers-- > 0)
        {
            if (!TryNumber(ref dissection, ref offset, out _))
                return false;
        }

        return true;
    }

    private static bool TryReadCrypto(ref Dissection dissection, QuicConnection connection, bool isClient, ref int offset, int end)
    {
        if (!TryNumber(ref dissection, ref offset, out ulong place) || !TryNumber(ref dissection, ref offset, out ulong length) || length > (ulong)(end - offset))
            return false;
        dissection.Fields.Add(CryptoOffset, place, offset, 0);
        dissection.Fields.Add(CryptoLength, length, offset, 0);
        byte[]? message = connection.TakeCrypto(isClient, place, dissection.Octets.Slice(offset, (int)length));
        offset += (int)length;
        if (message is not null)
            TlsDissector.ReadCrypto(ref dissection, connection.Tls, isClient, message);
        return true;
    }

    // RFC 9000, section 16.
    private static bool TryNumber(ref Dissection dissection, ref int offset, out ulong number)
    {
        int length = 1 << (dissection.U8(offset) >> 6);
        number = dissection.Integer(offset, length) & (ulong.MaxValue >> (66 - (8 * length)));
        bool isThere = dissection.Has(offset, length);
        offset += length;
        return isThere;
    }
}

/// <summary>What is remembered of a QUIC connection.</summary>
internal sealed class QuicConnection
{
    private const ulong LongestHandshake = 1 << 15;

    private readonly Pieces[] _crypto = [new(), new()];
    private readonly int[] _taken = new int[2];
    private Tcp.TcpEndpoint? _client;
    private QuicKeys? _clientKeys;
    private QuicKeys? _serverKeys;
    private (Tcp.TcpEndpoint End, int Length)? _one;
    private (Tcp.TcpEndpoint End, int Length)? _other;

    /// <summary>What TLS agreed on.</summary>
    internal TlsSession Tls { get; } = new();

    /// <summary>Whether an end is the client.</summary>
    /// <param name="end">The end.</param>
    internal bool IsClient(in Tcp.TcpEndpoint end) => _client == end;

    /// <summary>The keys that an end sends with; null if they are not known.</summary>
    /// <param name="end">The end.</param>
    internal QuicKeys? KeysOf(in Tcp.TcpEndpoint end) => IsClient(end) ? _clientKeys : _serverKeys;

    /// <summary>Notes who is the client.</summary>
    /// <param name="client">The client.</param>
    /// <param name="clientKeys">The keys that it sends with.</param>
    /// <param name="serverKeys">The keys that the server sends with.</param>
    internal void Begin(in Tcp.TcpEndpoint client, QuicKeys clientKeys, QuicKeys serverKeys)
    {
        _client = client;
        _clientKeys = clientKeys;
        _serverKeys = serverKeys;
    }

    /// <summary>Notes how long the id of an end is.</summary>
    /// <param name="end">The end.</param>
    /// <param name="length">Octets of its id.</param>
    internal void Learn(in Tcp.TcpEndpoint end, int length)
    {
        if (_one is null || _one.Value.End == end)
            _one = (end, length);
        else
            _other = (end, length);
    }

    /// <summary>How long the id of an end is; 0 if that is not known.</summary>
    /// <param name="end">The end.</param>
    internal int IdLengthOf(in Tcp.TcpEndpoint end) => _one?.End == end ? _one.Value.Length : _other?.End == end ? _other.Value.Length : 0;

    /// <summary>Adds octets of the handshake.</summary>
    /// <param name="isClient">Whether they are the client's.</param>
    /// <param name="place">Where they belong.</param>
    /// <param name="octets">The octets.</param>
    /// <returns>What can be read now; null if nothing more.</returns>
    internal byte[]? TakeCrypto(bool isClient, ulong place, ReadOnlySpan<byte> octets)
    {
        int side = isClient ? 0 : 1;
        if (place + (ulong)octets.Length > LongestHandshake || _crypto[side].IsTorn)
            return null;
        _crypto[side].Add((int)place, octets);
        int whole = _crypto[side].Contiguous;
        if (whole <= _taken[side])
            return null;
        byte[] next = _crypto[side].First(whole)[_taken[side]..].ToArray();
        _taken[side] = whole;
        return next;
    }
}

/// <summary>The keys of Initial packets of one direction. Source: RFC 9001, section 5; RFC 9369, section 3.3.</summary>
internal sealed class QuicKeys
{
    private const int KeyLength = 16;
    private const int NonceLength = 12;
    private const int TagLength = 16;

    private readonly byte[] _key;
    private readonly byte[] _iv;
    private readonly byte[] _headerKey;

    private QuicKeys(byte[] secret, bool isVersion2)
    {
        string label = isVersion2 ? "tls13 quicv2 " : "tls13 quic ";
        _key = TlsCipher.Expand(HashAlgorithmName.SHA256, secret, label + "key", KeyLength);
        _iv = TlsCipher.Expand(HashAlgorithmName.SHA256, secret, label + "iv", NonceLength);
        _headerKey = TlsCipher.Expand(HashAlgorithmName.SHA256, secret, label + "hp", KeyLength);
    }

    /// <summary>The keys of both directions.</summary>
    /// <param name="version">The version.</param>
    /// <param name="destinationId">The id that the client sent its first packet to.</param>
    internal static (QuicKeys Client, QuicKeys Server) Of(uint version, ReadOnlySpan<byte> destinationId)
    {
        const int SecretLength = 32;
        byte[] initial = HKDF.Extract(HashAlgorithmName.SHA256, destinationId.ToArray(), SaltOf(version));
        bool isVersion2 = version == QuicPacket.Version2;
        return (new QuicKeys(TlsCipher.Expand(HashAlgorithmName.SHA256, initial, "tls13 client in", SecretLength), isVersion2),
            new QuicKeys(TlsCipher.Expand(HashAlgorithmName.SHA256, initial, "tls13 server in", SecretLength), isVersion2));
    }

    /// <summary>Opens a packet.</summary>
    /// <param name="octets">The packet, whole.</param>
    /// <param name="numberOffset">Where its number begins.</param>
    /// <param name="plain">Its frames.</param>
    /// <param name="number">Its number, as far as it says.</param>
    /// <param name="first">Its first octet, without protection.</param>
    /// <returns>Whether the keys fit.</returns>
    internal bool TryOpen(ReadOnlySpan<byte> octets, int numberOffset, out byte[]? plain, out ulong number, out byte first)
    {
        const int Sample = 4;
        plain = null;
        number = 0;
        using var aes = Aes.Create();
        aes.Key = _headerKey;
        Span<byte> mask = stackalloc byte[16];
        _ = aes.EncryptEcb(octets.Slice(numberOffset + Sample, mask.Length), mask, PaddingMode.None);
        first = (byte)(octets[0] ^ (mask[0] & 0x0f));
        int numberLength = (first & 3) + 1;
        byte[] header = octets[..(numberOffset + numberLength)].ToArray();
        header[0] = first;
        Span<byte> nonce = stackalloc byte[NonceLength];
        _iv.CopyTo(nonce);
        for (int place = 0; place < numberLength; place++)
        {
            header[numberOffset + place] ^= mask[1 + place];
            number = (number << 8) | header[numberOffset + place];
            nonce[NonceLength - numberLength + place] ^= header[numberOffset + place];
        }

        ReadOnlySpan<byte> sealedOctets = octets[header.Length..];
        if (sealedOctets.Length < TagLength)
            return false;
        byte[] opened = new byte[sealedOctets.Length - TagLength];
        if (!TlsCipher.Open(TlsProtection.Gcm, _key, nonce, sealedOctets[..^TagLength], sealedOctets[^TagLength..], opened, header))
            return false;
        plain = opened;
        return true;
    }

    // RFC 9001, section 5.2; RFC 9369, section 3.3.1; the drafts 23 to 28 and 29 to 32 had others.
    private static byte[] SaltOf(uint version) => Convert.FromHexString(version switch
    {
        QuicPacket.Version2 => "0dede3def700a6db819381be6e269dcbf9bd2ed9",
        >= 0xff00_001d and <= 0xff00_0020 => "afbfec289993d24c9e9786f19c6111e04390a899",
        >= 0xff00_0017 and <= 0xff00_001c => "c3eef712c72ebb5a11a7d2432bb46365bef9f502",
        _ => "38762cf7f55934b34d179ae6a4c80cadccbb7f0a",
    });
}
