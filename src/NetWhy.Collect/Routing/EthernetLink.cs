using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using NetWhy.Linux;
using NetWhy.Wire.Netlink;

namespace NetWhy.Collect.Routing;

/// <summary>An Ethernet interface that is up, with its addresses.</summary>
/// <param name="Name">Interface name.</param>
/// <param name="Index">Interface index.</param>
/// <param name="HardwareAddress">Six octets.</param>
/// <param name="Addresses">Its addresses with the length of their prefix, in bits.</param>
internal sealed record EthernetLink(
    string Name, int Index, byte[] HardwareAddress, ImmutableArray<(IPAddress Address, int PrefixLength)> Addresses)
{
    /// <summary>Every such interface of this machine.</summary>
    /// <param name="netlink">The kernel.</param>
    internal static ImmutableArray<EthernetLink> All(RouteNetlink netlink)
    {
        ILookup<int, AddressMessage> addresses = netlink.Addresses().ToLookup(address => address.Header.Index);
        return
        [
            .. from link in netlink.Links()
               where NextHop.NeedsResolution(link) && link.Header.Flags.HasFlag(LinkFlags.Up | LinkFlags.LowerUp)
               let hardware = FrameSocket.ParseHardwareAddress(link.HardwareAddress)
               where hardware is not null
               select new EthernetLink(
                   link.Name,
                   link.Header.Index,
                   hardware,
                   [
                       .. addresses[link.Header.Index].Select(address =>
                           (address.Address, (int)address.Header.PrefixLength)),
                   ]),
        ];
    }

    /// <summary>The address that fits best to speak with another one: in its prefix if possible; null if there is none.</summary>
    /// <param name="peer">The other address.</param>
    internal IPAddress? SourceFor(IPAddress peer) => Addresses
        .Where(own => own.Address.AddressFamily == peer.AddressFamily
            && own.Address.IsIPv6LinkLocal == (peer.IsIPv6LinkLocal && peer.AddressFamily is AddressFamily.InterNetworkV6))
        .OrderByDescending(own => new IPNetwork(Masked(own.Address, own.PrefixLength), own.PrefixLength).Contains(peer))
        .Select(own => own.Address)
        .FirstOrDefault();

    /// <summary>First and last host of each IPv4 prefix: where gateways usually are.</summary>
    internal IEnumerable<IPAddress> UsualGateways()
    {
        foreach ((IPAddress address, int length) in Addresses)
        {
            if (address.AddressFamily is not AddressFamily.InterNetwork || length is < 8 or > 30)
                continue;

            uint network = ToNumber(Masked(address, length));
            uint size = 1u << (32 - length);
            yield return FromNumber(network + 1);
            yield return FromNumber(network + size - 2);
        }
    }

    private static IPAddress Masked(IPAddress address, int length)
    {
        byte[] octets = address.GetAddressBytes();
        for (int i = 0; i < octets.Length; i++)
            octets[i] &= (byte)(0xff00 >> Math.Clamp(length - 8 * i, 0, 8));
        return new IPAddress(octets);
    }

    private static uint ToNumber(IPAddress address) =>
        System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(address.GetAddressBytes());

    private static IPAddress FromNumber(uint number)
    {
        byte[] octets = new byte[4];
        System.Buffers.Binary.BinaryPrimitives.WriteUInt32BigEndian(octets, number);
        return new IPAddress(octets);
    }
}
