using System.Net;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace NetWhy.Wire.Netlink;

/// <summary>Writes one netlink request: header, fixed part, attributes.</summary>
/// <remarks>Source: <c>struct nlmsghdr</c> and <c>struct nlattr</c> in linux/netlink.h.</remarks>
public ref struct NetlinkRequest
{
    private const int AttributeHeaderSize = 4; // struct nlattr

    private readonly Span<byte> _buffer;
    private int _length;

    /// <summary>Starts a request.</summary>
    /// <typeparam name="TBody">The fixed part, as a packed struct whose size is a multiple of four.</typeparam>
    /// <param name="buffer">Where to write; 256 octets hold every request of this project.</param>
    /// <param name="type">What is asked for.</param>
    /// <param name="flags">How.</param>
    /// <param name="sequence">Number that the kernel repeats in every answer.</param>
    /// <param name="body">The fixed part.</param>
    public static NetlinkRequest Start<TBody>(
        Span<byte> buffer, NetlinkMessageType type, NetlinkFlags flags, uint sequence, scoped in TBody body)
        where TBody : unmanaged
    {
        var header = new NetlinkHeader(0, type, flags | NetlinkFlags.Request, sequence, PortId: 0);
        MemoryMarshal.Write(buffer, in header);
        MemoryMarshal.Write(buffer[NetlinkHeader.Size..], in body);
        return new NetlinkRequest(buffer, NetlinkHeader.Size + Unsafe.SizeOf<TBody>());
    }

    private NetlinkRequest(Span<byte> buffer, int length)
    {
        _buffer = buffer;
        _length = length;
    }

    /// <summary>The whole request, ready to send.</summary>
    public readonly ReadOnlySpan<byte> Octets
    {
        get
        {
            MemoryMarshal.Write(_buffer, (uint)_length);
            return _buffer[.._length];
        }
    }

    /// <summary>Adds an attribute that holds a 32-bit number in host byte order.</summary>
    /// <param name="type">Its type.</param>
    /// <param name="value">The number.</param>
    public void Add(int type, uint value) => MemoryMarshal.Write(Append(type, sizeof(uint)), in value);

    /// <summary>Adds an attribute that holds one octet.</summary>
    /// <param name="type">Its type.</param>
    /// <param name="value">The octet.</param>
    public void Add(int type, byte value) => Append(type, sizeof(byte))[0] = value;

    /// <summary>Adds an attribute that holds octets.</summary>
    /// <param name="type">Its type.</param>
    /// <param name="value">The octets.</param>
    public void Add(int type, scoped ReadOnlySpan<byte> value) => value.CopyTo(Append(type, value.Length));

    /// <summary>Adds an attribute that holds a port in network byte order.</summary>
    /// <param name="type">Its type.</param>
    /// <param name="value">The port.</param>
    public void AddPort(int type, int value)
    {
        Span<byte> octets = Append(type, sizeof(ushort));
        (octets[0], octets[1]) = ((byte)(value >> 8), (byte)value);
    }

    /// <summary>Adds an attribute that holds an address.</summary>
    /// <param name="type">Its type.</param>
    /// <param name="address">The address.</param>
    public void Add(int type, IPAddress address)
    {
        byte[] octets = address.GetAddressBytes();
        octets.CopyTo(Append(type, octets.Length));
    }

    private Span<byte> Append(int type, int size)
    {
        Span<byte> attribute = _buffer[_length..];
        int aligned = (AttributeHeaderSize + size + 3) & ~3;
        attribute[..aligned].Clear();
        MemoryMarshal.Write(attribute, (ushort)(AttributeHeaderSize + size));
        MemoryMarshal.Write(attribute[2..], (ushort)type);
        _length += aligned;
        return attribute[AttributeHeaderSize..(AttributeHeaderSize + size)];
    }
}
