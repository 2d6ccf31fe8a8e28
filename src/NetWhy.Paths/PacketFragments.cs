using System.Buffers.Binary;
using NetWhy.Wire;

namespace NetWhy.Paths;

/// <summary>Cuts an IP packet into fragments. Source: RFC 791, section 3.2; RFC 8200, section 4.5.</summary>
/// <param name="packet">The packet: a header without options or extensions, and what it carries.</param>
/// <param name="mtu">Octets that a fragment may have; 68 at least.</param>
/// <param name="identification">What the fragments have in common.</param>
internal ref struct PacketFragments(ReadOnlySpan<byte> packet, int mtu, ushort identification)
{
    private const int FragmentHeader = 8; // of IPv6
    private const byte FragmentProtocol = 44;

    private readonly ReadOnlySpan<byte> _packet = packet;
    private int _offset;

    private readonly bool IsV6 => _packet[0] >> 4 == 6;

    private readonly int HeaderSize => IsV6 ? Ipv6Header.Size + FragmentHeader : Ipv4Header.Size;

    /// <summary>Writes the next fragment.</summary>
    /// <param name="octets">Where to; as long as the MTU.</param>
    /// <param name="length">Its length, in octets.</param>
    /// <returns>False if there is none.</returns>
    internal bool TryWrite(Span<byte> octets, out int length)
    {
        ReadOnlySpan<byte> header = _packet[..(IsV6 ? Ipv6Header.Size : Ipv4Header.Size)];
        ReadOnlySpan<byte> rest = _packet[(header.Length + _offset)..];
        int most = (mtu - HeaderSize) & ~7; // offsets count eight octets
        bool isLast = rest.Length <= most;
        ReadOnlySpan<byte> part = isLast ? rest : rest[..most];
        length = 0;
        if (part.IsEmpty)
            return false;

        length = HeaderSize + part.Length;
        header.CopyTo(octets);
        part.CopyTo(octets[HeaderSize..]);
        if (IsV6)
        {
            BinaryPrimitives.WriteUInt16BigEndian(octets[4..], (ushort)(length - Ipv6Header.Size));
            octets[6] = FragmentProtocol;
            Span<byte> fragment = octets.Slice(Ipv6Header.Size, FragmentHeader);
            (fragment[0], fragment[1]) = (header[6], 0);
            BinaryPrimitives.WriteUInt16BigEndian(fragment[2..], (ushort)(_offset | (isLast ? 0 : 1)));
            BinaryPrimitives.WriteUInt32BigEndian(fragment[4..], identification);
        }
        else
        {
            BinaryPrimitives.WriteUInt16BigEndian(octets[2..], (ushort)length);
            BinaryPrimitives.WriteUInt16BigEndian(octets[6..], (ushort)(_offset / 8 | (isLast ? 0 : 0x2000)));
        }

        _offset += part.Length;
        return true;
    }
}
