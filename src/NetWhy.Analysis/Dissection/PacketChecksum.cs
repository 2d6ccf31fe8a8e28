using NetWhy.Wire;

namespace NetWhy.Analysis.Dissection;

/// <summary>What a checksum of a packet should be, and what is known of it. Source: RFC 1071.</summary>
internal static class PacketChecksum
{
    // What is known of one: IpNames.Checksum.
    internal const ulong Bad = 0;
    internal const ulong Good = 1;
    internal const ulong Unverified = 2;
    internal const ulong NotPresent = 3;
    internal const ulong Illegal = 4;

    private const int Piece = 1 << 16; // octets whose sum fits

    /// <summary>What the checksum of octets should be.</summary>
    /// <param name="octets">The octets, with the checksum in them.</param>
    /// <param name="sent">The checksum.</param>
    /// <param name="start">What is summed up besides.</param>
    internal static ushort RightOf(ReadOnlySpan<byte> octets, ushort sent, uint start = 0)
    {
        uint sum = Fold(start);
        for (; octets.Length > Piece; octets = octets[Piece..])
            sum = Fold(sum + InternetChecksum.Sum(octets[..Piece]));
        sum = Fold(sum + InternetChecksum.Sum(octets));
        return sum == ushort.MaxValue ? sent : (ushort)~Fold(sum + (uint)(ushort)~sent); // the sum without what was sent
    }

    /// <summary>The sum of what stands for the IP header. Sources: RFC 9293, section 3.1; RFC 8200, section 8.1.</summary>
    /// <param name="dissection">The packet, whose addresses are known.</param>
    /// <param name="protocol">What its header carries.</param>
    /// <param name="length">How long that is.</param>
    internal static uint PseudoHeader(in Dissection dissection, IPProtocol protocol, int length)
    {
        Span<byte> addresses = stackalloc byte[32];
        dissection.Source.Address.Write(addresses);
        dissection.Destination.Address.Write(addresses[16..]);
        return InternetChecksum.Sum(addresses) + (uint)protocol + (uint)length;
    }

    private static uint Fold(uint sum)
    {
        while (sum > ushort.MaxValue)
            sum = (sum & ushort.MaxValue) + (sum >> 16);
        return sum;
    }
}
