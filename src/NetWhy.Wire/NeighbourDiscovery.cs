using System.Buffers;
using System.Net;

namespace NetWhy.Wire;

/// <summary>Neighbour solicitations and advertisements of IPv6, without their IPv6 header.</summary>
/// <remarks>
/// <code>
///  type (135 or 136) | code 0 | checksum (the kernel's work) | reserved, 4 octets | target address, 16 octets
///  options: type | length in units of eight octets | value
/// </code>
/// Source: RFC 4861, sections 4.3, 4.4 and 4.6.
/// </remarks>
public static class NeighbourDiscovery
{
    /// <summary>Length of a solicitation with our link-layer address, in octets.</summary>
    public const int SolicitationSize = FixedSize + 8;

    private const int FixedSize = 24;
    private const int HardwareLength = 6;

    /// <summary>The multicast address that the owner of <paramref name="target"/> listens to. Source: RFC 4291, section 2.7.1.</summary>
    /// <param name="target">An IPv6 address.</param>
    /// <param name="scope">Index of the interface.</param>
    public static IPAddress SolicitedNode(IPAddress target, long scope)
    {
        byte[] octets = target.GetAddressBytes();
        byte[] group = [0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0xff, .. octets[13..]];
        return new IPAddress(group, scope);
    }

    /// <summary>Writes the question "who has this address?".</summary>
    /// <param name="destination">32 octets or more.</param>
    /// <param name="hardwareAddress">Our Ethernet address.</param>
    /// <param name="target">Address asked for.</param>
    public static void WriteSolicitation(
        Span<byte> destination, ReadOnlySpan<byte> hardwareAddress, IPAddress target)
    {
        destination[..SolicitationSize].Clear();
        destination[0] = NeighbourDiscoveryMessage.NeighbourSolicitation;
        _ = target.TryWriteBytes(destination[8..], out _);
        destination[FixedSize] = NeighbourOption.SourceLinkLayerAddress;
        destination[FixedSize + 1] = 1;
        hardwareAddress[..HardwareLength].CopyTo(destination[(FixedSize + 2)..]);
    }

    /// <summary>Reads who an advertisement says has an address.</summary>
    /// <param name="octets">The ICMPv6 message.</param>
    /// <param name="target">The address.</param>
    /// <param name="hardwareAddress">Its owner's Ethernet address.</param>
    /// <returns>False if it is no advertisement, is cut short or says no link-layer address.</returns>
    public static bool TryReadAdvertisement(
        ReadOnlySpan<byte> octets, out IPAddress target, out ReadOnlySpan<byte> hardwareAddress)
    {
        target = IPAddress.IPv6None;
        hardwareAddress = default;
        if (NeighbourDiscoveryMessage.Read(octets, out NeighbourDiscoveryMessage message) is not OperationStatus.Done
            || message.Type != NeighbourDiscoveryMessage.NeighbourAdvertisement
            || message.Target.IsEmpty)
        {
            return false;
        }

        target = new IPAddress(message.Target);
        foreach (NeighbourOption option in message.Options)
        {
            if (option.Kind != NeighbourOption.TargetLinkLayerAddress || option.IsTruncated)
                continue;
            hardwareAddress = option.Value[..HardwareLength];
            return true;
        }

        return false;
    }
}
