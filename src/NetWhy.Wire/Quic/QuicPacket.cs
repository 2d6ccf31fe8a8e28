using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace NetWhy.Wire.Quic;

/// <summary>What a QUIC packet is.</summary>
public enum QuicPacketType
{
    /// <summary>Of a version that is not known here.</summary>
    Unknown,

    /// <summary>A server says which versions it knows.</summary>
    VersionNegotiation,

    /// <summary>The start of a handshake.</summary>
    Initial,

    /// <summary>Data before the handshake is over.</summary>
    ZeroRtt,

    /// <summary>The rest of the handshake.</summary>
    Handshake,

    /// <summary>A server wants a token first.</summary>
    Retry,

    /// <summary>Data: a short header.</summary>
    OneRtt,
}

/// <summary>The part of a QUIC packet that is in the clear, viewed where it lies.</summary>
/// <remarks>
/// <code>
/// +-+-+-+-+-+-+-+-+
/// |1|1| T | type. |   long header: version (4), length of the destination's id (1), it, length of the source's id (1), it,
/// +-+-+-+-+-+-+-+-+   then by type: token length, token (Initial), length (all but Retry and version negotiation)
/// |0|1|S|R R|K|P P|   short header: the destination's id
/// +-+-+-+-+-+-+-+-+
/// </code>
/// What is behind the end of the octets is empty. Source: RFC 8999; RFC 9000, section 17; RFC 9369, section 3.2.
/// </remarks>
public readonly ref struct QuicPacket
{
    /// <summary>QUIC version 1.</summary>
    public const uint Version1 = 1;

    /// <summary>QUIC version 2.</summary>
    public const uint Version2 = 0x6b33_43cf;

    private const int LongestId = 20; // RFC 9000, section 17.2
    private const int RetryTagSize = 16;
    private const int LeastLong = 7;

    private readonly byte _first;

    private QuicPacket(byte first, uint version)
    {
        _first = first;
        Version = version;
    }

    /// <summary>Whether it has a long header.</summary>
    public bool IsLong => (_first & 0x80) != 0;

    /// <summary>Version; 0 for version negotiation and for a short header.</summary>
    public uint Version { get; }

    /// <summary>What it is.</summary>
    public QuicPacketType Type { get; private init; }

    /// <summary>The receiver's id of the connection; of a short header nobody but the receiver knows where it ends, and it is empty.</summary>
    public ReadOnlySpan<byte> DestinationId { get; private init; }

    /// <summary>The sender's id of the connection; empty in a short header.</summary>
    public ReadOnlySpan<byte> SourceId { get; private init; }

    /// <summary>The token of Initial and Retry.</summary>
    public ReadOnlySpan<byte> Token { get; private init; }

    /// <summary>Versions that a server knows, in version negotiation.</summary>
    public ReadOnlySpan<UInt32BigEndian> SupportedVersions { get; private init; }

    /// <summary>Length of packet number and payload as sent, in octets; null if the packet does not say, or it is cut away.</summary>
    public long? Length { get; private init; }

    /// <summary>What was captured behind the clear part: packet number and payload, both protected.</summary>
    public ReadOnlySpan<byte> Payload { get; private init; }

    /// <summary>What follows in the same datagram: another packet, or nothing.</summary>
    public ReadOnlySpan<byte> Rest { get; private init; }

    /// <summary>Whether a version is that of QUIC as known here: 1, 2, or a draft of 1.</summary>
    /// <param name="version">The version.</param>
    public static bool IsKnown(uint version) => version is Version1 or Version2 || version >> 8 == 0xff_0000;

    /// <summary>Whether a version is sent to be refused. Source: RFC 9000, section 15.</summary>
    /// <param name="version">The version.</param>
    public static bool IsGrease(uint version) => (version & 0x0f0f_0f0f) == 0x0a0a_0a0a;

    /// <summary>Views the packet that starts at the first octet.</summary>
    /// <param name="octets">The payload of a UDP datagram, or the rest of it.</param>
    /// <param name="isKnown">Whether it is known to be QUIC: then the bit that tells it from others may have any value (RFC 9287).</param>
    /// <param name="packet">The view, valid as long as <paramref name="octets"/> is.</param>
    /// <returns>
    /// <see cref="OperationStatus.Done"/>; <see cref="OperationStatus.NeedMoreData"/> if the ids are cut short;
    /// <see cref="OperationStatus.InvalidData"/> if it cannot be QUIC. Of a short header only one bit says that it is.
    /// </returns>
    public static OperationStatus Read(ReadOnlySpan<byte> octets, bool isKnown, out QuicPacket packet)
    {
        packet = default;
        if (octets.IsEmpty)
            return OperationStatus.NeedMoreData;
        bool isFixed = isKnown || (octets[0] & 0x40) != 0;
        if ((octets[0] & 0x80) == 0)
        {
            packet = new QuicPacket(octets[0], 0) { Type = QuicPacketType.OneRtt, Payload = octets[1..] };
            return isFixed ? OperationStatus.Done : OperationStatus.InvalidData;
        }

        if (octets.Length < LeastLong)
            return OperationStatus.NeedMoreData;
        uint version = BinaryPrimitives.ReadUInt32BigEndian(octets[1..]);
        ReadOnlySpan<byte> rest = octets[5..];
        int idLength = rest[0];
        if (version != 0 && (!isFixed || idLength > LongestId))
            return OperationStatus.InvalidData;
        if (rest.Length < 2 + idLength)
            return OperationStatus.NeedMoreData;
        ReadOnlySpan<byte> destination = rest.Slice(1, idLength);
        rest = rest[(1 + idLength)..];
        idLength = rest[0];
        if (version != 0 && idLength > LongestId)
            return OperationStatus.InvalidData;
        if (rest.Length < 1 + idLength)
            return OperationStatus.NeedMoreData;
        packet = ReadLong(octets[0], version, destination, rest.Slice(1, idLength), rest[(1 + idLength)..]);
        return OperationStatus.Done;
    }

    private static QuicPacket ReadLong(byte first, uint version, ReadOnlySpan<byte> destination, ReadOnlySpan<byte> source, ReadOnlySpan<byte> rest)
    {
        QuicPacketType type = TypeOf(first, version);
        ReadOnlySpan<byte> token = default;
        ReadOnlySpan<UInt32BigEndian> versions = default;
        long? length = null;
        switch (type)
        {
            case QuicPacketType.VersionNegotiation:
                versions = MemoryMarshal.Cast<byte, UInt32BigEndian>(rest);
                rest = default;
                break;
            case QuicPacketType.Retry:
                token = rest[..Math.Max(0, rest.Length - RetryTagSize)];
                rest = rest[token.Length..];
                break;
            case QuicPacketType.Initial:
                if (TryTakeNumber(ref rest, out long tokenLength))
                {
                    token = rest[..(int)Math.Min(tokenLength, rest.Length)];
                    rest = rest[token.Length..];
                    length = token.Length == tokenLength && TryTakeNumber(ref rest, out long behind) ? behind : null;
                }

                break;
            case QuicPacketType.ZeroRtt or QuicPacketType.Handshake:
                length = TryTakeNumber(ref rest, out long said) ? said : null;
                break;
        }

        int end = length is { } known ? (int)Math.Min(known, rest.Length) : rest.Length;
        return new QuicPacket(first, version)
        {
            Type = type,
            DestinationId = destination,
            SourceId = source,
            Token = token,
            SupportedVersions = versions,
            Length = length,
            Payload = rest[..end],
            Rest = rest[end..],
        };
    }

    private static QuicPacketType TypeOf(byte first, uint version) =>
        version == 0 || IsKnown(version) ? LongTypeOf(first, version) : QuicPacketType.Unknown;

    /// <summary>The type of a packet with a long header, of a version that is like version 1 or 2. Sources: RFC 9000, section 17.2; RFC 9369, section 3.2.</summary>
    /// <param name="first">Its first octet.</param>
    /// <param name="version">Its version; 0 negotiates one.</param>
    public static QuicPacketType LongTypeOf(byte first, uint version)
    {
        if (version == 0)
            return QuicPacketType.VersionNegotiation;
        int bits = (first >> 4) & 3;
        if (version == Version2)
            bits = (bits + 3) & 3; // they begin with Retry there
        return bits switch
        {
            0 => QuicPacketType.Initial,
            1 => QuicPacketType.ZeroRtt,
            2 => QuicPacketType.Handshake,
            _ => QuicPacketType.Retry,
        };
    }

    // The first two bits tell how long it is. Source: RFC 9000, section 16.
    private static bool TryTakeNumber(scoped ref ReadOnlySpan<byte> rest, out long value)
    {
        value = 0;
        if (rest.IsEmpty)
            return false;
        int count = 1 << (rest[0] >> 6);
        if (rest.Length < count)
            return false;
        value = rest[0] & 0x3f;
        foreach (byte octet in rest[1..count])
            value = (value << 8) | octet;
        rest = rest[count..];
        return true;
    }
}
