using System.Buffers.Binary;
using NetWhy.Tools.Tcpdump.Printing.Link;

namespace NetWhy.Tools.Tcpdump;

/// <summary>Finds where the network's header begins behind that of the link.</summary>
internal static class NetworkHeader
{
    private const int MostTags = 4;

    /// <summary>Finds it.</summary>
    /// <param name="linkType">What the packet begins with.</param>
    /// <param name="octets">What was captured of it.</param>
    /// <param name="type">What the header is: its EtherType.</param>
    /// <param name="at">Where it begins.</param>
    /// <returns>Whether there is one.</returns>
    internal static bool TryFind(int linkType, ReadOnlySpan<byte> octets, out ushort type, out int at) =>
        TryFind(linkType, octets, out type, out at, out _);

    /// <summary>Finds it and the VLAN it is in.</summary>
    /// <param name="linkType">What the packet begins with.</param>
    /// <param name="octets">What was captured of it.</param>
    /// <param name="type">What the header is: its EtherType.</param>
    /// <param name="at">Where it begins.</param>
    /// <param name="vlan">The number of the outer VLAN; null without tag.</param>
    /// <returns>Whether there is one.</returns>
    internal static bool TryFind(int linkType, ReadOnlySpan<byte> octets, out ushort type, out int at, out int? vlan)
    {
        type = 0;
        at = 0;
        vlan = null;
        switch (linkType)
        {
            case 1 when octets.Length >= 14:
                (type, at) = (BinaryPrimitives.ReadUInt16BigEndian(octets[12..]), 14);
                break;
            case 113 when octets.Length >= 16:
                (type, at) = (BinaryPrimitives.ReadUInt16BigEndian(octets[14..]), 16);
                break;
            case 276 when octets.Length >= 20:
                (type, at) = (BinaryPrimitives.ReadUInt16BigEndian(octets), 20);
                break;
            case 12 or 101 or 228 or 229 when octets.Length > 0:
                type = octets[0] >> 4 == 4 ? EtherTypes.Ipv4 : EtherTypes.Ipv6;
                return true;
            default:
                return false;
        }

        for (int tags = 0; type is EtherTypes.Vlan or EtherTypes.QinQ && tags < MostTags && octets.Length >= at + 4; tags++)
        {
            vlan ??= BinaryPrimitives.ReadUInt16BigEndian(octets[at..]) & 0xfff;
            type = BinaryPrimitives.ReadUInt16BigEndian(octets[(at + 2)..]);
            at += 4;
        }

        return true;
    }
}
