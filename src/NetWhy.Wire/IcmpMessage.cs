using System.Buffers;
using System.Runtime.InteropServices;

namespace NetWhy.Wire;

/// <summary>The eight octets that start an ICMP or ICMPv6 message. The declaration is the wire layout.</summary>
/// <remarks>
/// <code>
///  0            7 8           15 16                           31
/// +--------------+--------------+-------------------------------+
/// |     Type     |     Code     |           Checksum            |
/// +--------------+--------------+-------------------------------+
/// |                  depends on type and code                   |
/// +-------------------------------------------------------------+
/// </code>
/// Source: RFC 792; RFC 4443, section 2.1.
/// </remarks>
/// <param name="Type">Type; ICMP and ICMPv6 number them differently.</param>
/// <param name="Code">Code within the type.</param>
/// <param name="Checksum">Internet checksum.</param>
/// <param name="Rest">MTU, pointer, or identifier and sequence number.</param>
[StructLayout(LayoutKind.Sequential, Pack = 1, Size = Size)]
public readonly record struct IcmpHeader(byte Type, byte Code, UInt16BigEndian Checksum, UInt32BigEndian Rest)
{
    /// <summary>Length of the header, in octets.</summary>
    public const int Size = 8;
}

/// <summary>An ICMP or ICMPv6 message viewed where it lies.</summary>
/// <remarks>
/// <see cref="Read"/> makes the only check; after <see cref="OperationStatus.Done"/> no member can throw.
/// Source: RFC 792, RFC 1191, RFC 4443.
/// </remarks>
public readonly ref struct IcmpMessage
{
    /// <summary>ICMP echo request.</summary>
    public const byte EchoRequest = 8;

    /// <summary>ICMP echo reply.</summary>
    public const byte EchoReply = 0;

    /// <summary>ICMPv6 echo request.</summary>
    public const byte EchoRequestV6 = 128;

    /// <summary>ICMPv6 echo reply.</summary>
    public const byte EchoReplyV6 = 129;

    private readonly ref readonly IcmpHeader _header;
    private readonly bool _isV6;

    private IcmpMessage(ref readonly IcmpHeader header, ReadOnlySpan<byte> body, bool isV6)
    {
        _header = ref header;
        Body = body;
        _isV6 = isV6;
    }

    /// <inheritdoc cref="IcmpHeader.Type"/>
    public byte Type => _header.Type;

    /// <inheritdoc cref="IcmpHeader.Code"/>
    public byte Code => _header.Code;

    /// <inheritdoc cref="IcmpHeader.Checksum"/>
    public ushort Checksum => _header.Checksum;

    /// <inheritdoc cref="IcmpHeader.Rest"/>
    public uint Rest => _header.Rest;

    /// <summary>Whether it is ICMPv6.</summary>
    public bool IsV6 => _isV6;

    /// <summary>Whether it is an echo request or reply.</summary>
    public bool IsEcho => _isV6 ? Type is EchoRequestV6 or EchoReplyV6 : Type is EchoRequest or EchoReply;

    /// <summary>Identifier of an echo.</summary>
    public ushort Identifier => (ushort)(_header.Rest >> 16);

    /// <summary>Sequence number of an echo.</summary>
    public ushort SequenceNumber => (ushort)_header.Rest;

    /// <summary>Which octet of the packet in error is wrong, counted from 0; null if it says none.</summary>
    /// <remarks>Source: RFC 792, "Parameter Problem"; RFC 4443, section 3.4.</remarks>
    public uint? Pointer => (_isV6, Type) switch
    {
        (false, 12) => _header.Rest >> 24,
        (true, 4) => _header.Rest,
        _ => null,
    };

    /// <summary>Router that a redirect of ICMP names, as a number; null if it is none.</summary>
    public uint? Gateway => !_isV6 && Type == 5 ? (uint)_header.Rest : null;

    /// <summary>What follows the header: an echo's data, or the packet in error.</summary>
    public ReadOnlySpan<byte> Body { get; }

    /// <summary>Whether the message reports an error about a packet, which <see cref="Body"/> quotes.</summary>
    public bool IsError => _isV6 ? Type is >= 1 and <= 4 : Type is 3 or 4 or 5 or 11 or 12;

    /// <summary>MTU that "fragmentation needed" or "packet too big" names, in octets; null otherwise.</summary>
    /// <remarks>RFC 1191, section 4, uses the lower 16 bits; RFC 4443, section 3.2, all 32.</remarks>
    public int? NextHopMtu => (_isV6, Type, Code) switch
    {
        (false, 3, 4) => (int)(_header.Rest & 0xffff),
        (true, 2, _) => (int)Math.Min(_header.Rest, int.MaxValue),
        _ => null,
    };

    /// <summary>Views the message that starts at the first octet of <paramref name="octets"/>.</summary>
    /// <param name="octets">The payload of an IP packet.</param>
    /// <param name="isV6">Whether it is ICMPv6.</param>
    /// <param name="message">The view, valid as long as <paramref name="octets"/> is.</param>
    /// <returns><see cref="OperationStatus.Done"/>, or <see cref="OperationStatus.NeedMoreData"/> if the header is cut short.</returns>
    public static OperationStatus Read(ReadOnlySpan<byte> octets, bool isV6, out IcmpMessage message)
    {
        message = default;
        if (octets.Length < IcmpHeader.Size)
            return OperationStatus.NeedMoreData;

        message = new IcmpMessage(
            in MemoryMarshal.AsRef<IcmpHeader>(octets), octets[IcmpHeader.Size..], isV6);
        return OperationStatus.Done;
    }
}
