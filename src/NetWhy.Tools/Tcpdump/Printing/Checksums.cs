using NetWhy.Wire;

namespace NetWhy.Tools.Tcpdump.Printing;

/// <summary>What printers say of checksums. <see cref="InternetChecksum.Of"/> over octets that hold a right one is 0.</summary>
internal static class Checksums
{
    /// <summary>What a checksum should have been.</summary>
    /// <param name="sent">What it was.</param>
    /// <param name="computed">What <see cref="InternetChecksum.Of"/> found over all, the one sent included.</param>
    internal static ushort Right(ushort sent, ushort computed)
    {
        uint sum = (uint)sent + computed;
        return (ushort)((sum & 0xffff) + (sum >> 16));
    }

    /// <summary>The sum of the pseudo-header of a protocol inside IP.</summary>
    /// <param name="ip">The packet.</param>
    /// <param name="protocol">The protocol.</param>
    /// <param name="length">Length of its header and data.</param>
    internal static uint PseudoHeader(in IpHeaderView ip, byte protocol, int length) =>
        protocol + ((uint)length >> 16) + ((uint)length & 0xffff)
        + InternetChecksum.Sum(ip.Source) + InternetChecksum.Sum(ip.FinalDestination);

    /// <summary>The checksum of a protocol inside IP, computed over the one that was sent: 0 if that is right.</summary>
    /// <param name="ip">The packet.</param>
    /// <param name="protocol">The protocol.</param>
    /// <param name="octets">Its header and data.</param>
    internal static ushort Of(in IpHeaderView ip, byte protocol, ReadOnlySpan<byte> octets) =>
        InternetChecksum.Of(octets, PseudoHeader(ip, protocol, octets.Length));
}
