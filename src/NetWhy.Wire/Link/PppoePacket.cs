using System.Buffers;
using System.Runtime.InteropServices;

namespace NetWhy.Wire.Link;

/// <summary>The six octets that start a PPPoE packet. The declaration is the wire layout.</summary>
/// <remarks>Source: RFC 2516, section 4.</remarks>
/// <param name="VersionAndType">0x11.</param>
/// <param name="Code">0 in a session; 0x09 PADI, 0x07 PADO, 0x19 PADR, 0x65 PADS, 0xa7 PADT.</param>
/// <param name="SessionId">Number of the session.</param>
/// <param name="Length">Length of what follows, in octets.</param>
[StructLayout(LayoutKind.Sequential, Pack = 1, Size = Size)]
public readonly record struct PppoeHeader(byte VersionAndType, byte Code, UInt16BigEndian SessionId, UInt16BigEndian Length)
{
    /// <summary>Length of the header, in octets.</summary>
    public const int Size = 6;
}

/// <summary>A PPPoE packet viewed where it lies.</summary>
/// <remarks><see cref="Read"/> makes the only checks; after <see cref="OperationStatus.Done"/> no member can throw.</remarks>
public readonly ref struct PppoePacket
{
    private readonly ref readonly PppoeHeader _header;

    private PppoePacket(ref readonly PppoeHeader header, ReadOnlySpan<byte> payload)
    {
        _header = ref header;
        Payload = payload;
    }

    /// <inheritdoc cref="PppoeHeader.Code"/>
    public byte Code => _header.Code;

    /// <inheritdoc cref="PppoeHeader.SessionId"/>
    public ushort SessionId => _header.SessionId;

    /// <inheritdoc cref="PppoeHeader.Length"/>
    public ushort Length => _header.Length;

    /// <summary>The octets behind the header that were captured: a <see cref="PppFrame"/> in a session, tags otherwise.</summary>
    public ReadOnlySpan<byte> Payload { get; }

    /// <summary>The tags of a packet that makes or ends a session.</summary>
    public TypeLengthValues Tags => new(Payload, Length, typeSize: 2, lengthSize: 2, endType: 0);

    /// <summary>Views the packet.</summary>
    /// <param name="octets">The payload of a frame.</param>
    /// <param name="packet">The view, valid as long as <paramref name="octets"/> is.</param>
    /// <returns>
    /// <see cref="OperationStatus.Done"/>, <see cref="OperationStatus.NeedMoreData"/> if the header is cut short, or
    /// <see cref="OperationStatus.InvalidData"/> if it is not of version 1.
    /// </returns>
    public static OperationStatus Read(ReadOnlySpan<byte> octets, out PppoePacket packet)
    {
        packet = default;
        if (octets.Length < PppoeHeader.Size)
            return OperationStatus.NeedMoreData;

        ref readonly PppoeHeader header = ref MemoryMarshal.AsRef<PppoeHeader>(octets);
        if (header.VersionAndType != 0x11)
            return OperationStatus.InvalidData;
        packet = new PppoePacket(in header, octets[PppoeHeader.Size..Math.Min(octets.Length, PppoeHeader.Size + header.Length)]);
        return OperationStatus.Done;
    }
}
