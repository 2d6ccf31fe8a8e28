using System.Net;
using System.Runtime.InteropServices;
using System.Text;

namespace NetWhy.Wire.Netlink;

/// <summary>Walks the attributes of a netlink message, forward only and in place.</summary>
/// <remarks>
/// It ends at the first attribute whose length cannot be right, as the kernel's own parsers do. A value of the wrong
/// size reads as zero or null. Source: <c>struct nlattr</c> in linux/netlink.h; RFC 3549, section 2.2.
/// </remarks>
/// <param name="octets">The octets after the fixed part of the message.</param>
public ref struct NetlinkAttributes(ReadOnlySpan<byte> octets)
{
    private const int HeaderSize = 4; // struct nlattr
    private const int Alignment = 4; // NLA_ALIGNTO
    private const ushort TypeMask = 0x3fff; // without NLA_F_NESTED and NLA_F_NET_BYTEORDER

    private ReadOnlySpan<byte> _rest = octets;

    /// <summary>Type of the attribute just read, without its flags.</summary>
    public int Type { get; private set; }

    /// <summary>Value of the attribute just read.</summary>
    public ReadOnlySpan<byte> Value { get; private set; }

    /// <summary>The value as an octet; 0 if it is empty.</summary>
    public readonly byte Octet => Value.IsEmpty ? (byte)0 : Value[0];

    /// <summary>The value as a 32-bit number in host byte order; 0 if it is shorter.</summary>
    public readonly uint Number => Value.Length < sizeof(uint) ? 0 : MemoryMarshal.Read<uint>(Value);

    /// <summary>The value as text, up to its first zero octet.</summary>
    public readonly string Text
    {
        get
        {
            int end = Value.IndexOf((byte)0);
            return Encoding.UTF8.GetString(end < 0 ? Value : Value[..end]);
        }
    }

    /// <summary>The value as an IPv4 or IPv6 address; null if its length is of neither.</summary>
    public readonly IPAddress? Address => Value.Length is 4 or 16 ? new IPAddress(Value) : null;

    /// <summary>The value as a link-layer address, such as <c>02:00:5e:10:00:01</c>; null if it is empty or all zero.</summary>
    public readonly string? HardwareAddress =>
        Value.IsEmpty || !Value.ContainsAnyExcept((byte)0)
            ? null
            : string.Join(':', Value.ToArray().Select(octet => octet.ToString("x2", null)));

    /// <summary>Moves to the next attribute.</summary>
    /// <returns>Whether there is one.</returns>
    public bool Read()
    {
        if (_rest.Length < HeaderSize)
            return false;

        int length = MemoryMarshal.Read<ushort>(_rest);
        if (length < HeaderSize || length > _rest.Length)
        {
            _rest = default;
            return false;
        }

        Type = MemoryMarshal.Read<ushort>(_rest[2..]) & TypeMask;
        Value = _rest[HeaderSize..length];
        _rest = _rest[Math.Min((length + Alignment - 1) & ~(Alignment - 1), _rest.Length)..];
        return true;
    }
}
