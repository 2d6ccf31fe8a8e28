using System.Buffers.Binary;

namespace NetWhy.Wire;

/// <summary>The checksum of IPv4, ICMP, TCP and UDP.</summary>
/// <remarks>Source: RFC 1071.</remarks>
public static class InternetChecksum
{
    /// <summary>The checksum of octets in which its own field is zero.</summary>
    /// <param name="octets">The header, or header and data; an odd last octet is padded with zero.</param>
    /// <param name="sum">Sum of a pseudo-header; 0 if there is none.</param>
    public static ushort Of(ReadOnlySpan<byte> octets, uint sum = 0)
    {
        sum += Sum(octets);
        while (sum > ushort.MaxValue)
            sum = (sum & ushort.MaxValue) + (sum >> 16);
        return (ushort)~sum;
    }

    /// <summary>Sum of the 16-bit numbers, not yet folded: of a pseudo-header, say.</summary>
    /// <param name="octets">At most 128 KiB, or the sum overflows.</param>
    public static uint Sum(ReadOnlySpan<byte> octets)
    {
        uint sum = 0;
        for (int i = 0; i + 1 < octets.Length; i += 2)
            sum += BinaryPrimitives.ReadUInt16BigEndian(octets[i..]);
        return octets.Length % 2 == 0 ? sum : sum + ((uint)octets[^1] << 8);
    }
}
