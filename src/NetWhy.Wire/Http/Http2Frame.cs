using System.Buffers;
using System.Buffers.Binary;

namespace NetWhy.Wire.Http;

/// <summary>Types of HTTP/2 frames. Source: RFC 9113, section 6.</summary>
public enum Http2FrameType : byte
{
    /// <summary>DATA.</summary>
    Data = 0,

    /// <summary>HEADERS.</summary>
    Headers = 1,

    /// <summary>PRIORITY.</summary>
    Priority = 2,

    /// <summary>RST_STREAM.</summary>
    ResetStream = 3,

    /// <summary>SETTINGS.</summary>
    Settings = 4,

    /// <summary>PUSH_PROMISE.</summary>
    PushPromise = 5,

    /// <summary>PING.</summary>
    Ping = 6,

    /// <summary>GOAWAY.</summary>
    GoAway = 7,

    /// <summary>WINDOW_UPDATE.</summary>
    WindowUpdate = 8,

    /// <summary>CONTINUATION.</summary>
    Continuation = 9,
}

/// <summary>A frame of HTTP/2 viewed where it lies.</summary>
/// <remarks>Nothing marks a frame: who does not know where one begins must look at several. Source: RFC 9113, section 4.1.</remarks>
public readonly ref struct Http2Frame
{
    /// <summary>Length of the header, in octets.</summary>
    public const int HeaderLength = 9;

    private readonly ReadOnlySpan<byte> _octets;

    private Http2Frame(ReadOnlySpan<byte> octets) => _octets = octets;

    /// <summary>What a client sends first. Source: RFC 9113, section 3.4.</summary>
    public static ReadOnlySpan<byte> Preface => "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8;

    /// <summary>Length of the payload as sent, in octets.</summary>
    public int Length => (int)(BinaryPrimitives.ReadUInt32BigEndian(_octets) >> 8);

    /// <summary>What the frame is.</summary>
    public Http2FrameType Type => (Http2FrameType)_octets[3];

    /// <summary>Flags; what they mean depends on the type.</summary>
    public byte Flags => _octets[4];

    /// <summary>Number of the stream; 0 for the connection.</summary>
    public int StreamId => BinaryPrimitives.ReadInt32BigEndian(_octets[5..]) & int.MaxValue;

    /// <summary>Whether the bit is set that means nothing and must be 0.</summary>
    public bool HasReservedBit => (_octets[5] & 0x80) != 0;

    /// <summary>What is here of the payload.</summary>
    public ReadOnlySpan<byte> Payload => _octets[HeaderLength..];

    /// <summary>Whether more of it was sent than is here.</summary>
    public bool IsTruncated => Payload.Length < Length;

    /// <summary>Error of RST_STREAM and GOAWAY; null of others. Source: RFC 9113, section 7.</summary>
    public uint? ErrorCode => Type switch
    {
        Http2FrameType.ResetStream when Payload.Length >= 4 => BinaryPrimitives.ReadUInt32BigEndian(Payload),
        Http2FrameType.GoAway when Payload.Length >= 8 => BinaryPrimitives.ReadUInt32BigEndian(Payload[4..]),
        _ => null,
    };

    /// <summary>Views the frame that starts at the first octet.</summary>
    /// <param name="octets">Octets of the stream.</param>
    /// <param name="frame">The view, valid as long as <paramref name="octets"/> is.</param>
    /// <returns><see cref="OperationStatus.Done"/>, or <see cref="OperationStatus.NeedMoreData"/> if the header is cut short.</returns>
    public static OperationStatus Read(ReadOnlySpan<byte> octets, out Http2Frame frame)
    {
        frame = default;
        if (octets.Length < HeaderLength)
            return OperationStatus.NeedMoreData;
        int length = (int)(BinaryPrimitives.ReadUInt32BigEndian(octets) >> 8);
        frame = new Http2Frame(octets[..Math.Min(octets.Length, HeaderLength + length)]);
        return OperationStatus.Done;
    }
}

/// <summary>Walks the frames of a stream, forward only and in place; the preface is passed.</summary>
public ref struct Http2Frames
{
    private ReadOnlySpan<byte> _rest;

    /// <summary>Makes a walk.</summary>
    /// <param name="octets">Octets of the stream, from the preface or the start of a frame on.</param>
    public Http2Frames(ReadOnlySpan<byte> octets) =>
        _rest = octets.StartsWith(Http2Frame.Preface) ? octets[Http2Frame.Preface.Length..] : octets;

    /// <summary>The frame just read.</summary>
    public Http2Frame Current { get; private set; }

    /// <summary>The walk itself, for <c>foreach</c>.</summary>
    public readonly Http2Frames GetEnumerator() => this;

    /// <summary>Moves to the next frame; of the last one the end may be missing.</summary>
    /// <returns>False at the end.</returns>
    public bool MoveNext()
    {
        if (Http2Frame.Read(_rest, out Http2Frame frame) is not OperationStatus.Done)
            return false;
        Current = frame;
        _rest = _rest[(Http2Frame.HeaderLength + frame.Payload.Length)..];
        return true;
    }
}
