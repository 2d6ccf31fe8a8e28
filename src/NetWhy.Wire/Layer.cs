using System.Buffers;

namespace NetWhy.Wire;

/// <summary>What a layer of a packet is.</summary>
public enum LayerKind
{
    /// <summary>None.</summary>
    None,

    /// <summary>Octets that no view here is for: the data of TCP and UDP, and what is not known.</summary>
    Data,

    /// <summary>A part of a packet without the headers that its first fragment has.</summary>
    FragmentData,

    /// <summary><see cref="Link.EthernetFrame"/>; its tags are layers of their own.</summary>
    Ethernet,

    /// <summary><see cref="Link.LinuxCookedFrame"/>, first version.</summary>
    LinuxCooked,

    /// <summary><see cref="Link.LinuxCookedFrame"/>, second version.</summary>
    LinuxCooked2,

    /// <summary><see cref="Link.LoopbackFrame"/>.</summary>
    Loopback,

    /// <summary>A tag of IEEE 802.1Q: control, then type, two octets each.</summary>
    Vlan,

    /// <summary><see cref="Link.LlcPacket"/>, with SNAP if it says so.</summary>
    Llc,

    /// <summary><see cref="Link.PppoePacket"/>.</summary>
    Pppoe,

    /// <summary><see cref="Link.PppFrame"/>.</summary>
    Ppp,

    /// <summary>Bridge protocol data unit of a spanning tree.</summary>
    SpanningTree,

    /// <summary>LLDP.</summary>
    Lldp,

    /// <summary>An entry of a stack: <see cref="Tunnels.MplsLabel"/>.</summary>
    Mpls,

    /// <summary>The four octets before an Ethernet frame in MPLS. Source: RFC 4448, section 4.6.</summary>
    PseudowireControlWord,

    /// <summary><see cref="ArpPacket"/>.</summary>
    Arp,

    /// <summary><see cref="Ipv4Packet"/>.</summary>
    Ipv4,

    /// <summary><see cref="Ipv6Packet"/>; its extension headers are layers of their own.</summary>
    Ipv6,

    /// <summary><see cref="Ipv6Extension"/>; <see cref="Layer.Number"/> is its kind.</summary>
    Ipv6Extension,

    /// <summary><see cref="IcmpMessage"/>. What it quotes is not walked: walk its body as <see cref="Link.LinkType.RawIP"/>.</summary>
    Icmp,

    /// <summary><see cref="IcmpMessage"/> of IPv6.</summary>
    IcmpV6,

    /// <summary>IGMP.</summary>
    Igmp,

    /// <summary><see cref="TcpSegment"/>.</summary>
    Tcp,

    /// <summary><see cref="UdpDatagram"/>.</summary>
    Udp,

    /// <summary>SCTP.</summary>
    Sctp,

    /// <summary><see cref="Tunnels.GrePacket"/>.</summary>
    Gre,

    /// <summary>Ethernet in IP: two octets. Source: RFC 3378.</summary>
    EtherIP,

    /// <summary>Encapsulating security payload of IPsec: index and sequence number.</summary>
    EncapsulatingSecurityPayload,

    /// <summary><see cref="Tunnels.VxlanPacket"/>.</summary>
    Vxlan,

    /// <summary><see cref="Tunnels.GenevePacket"/>.</summary>
    Geneve,
}

/// <summary>A layer of a packet: where it lies, how long it says to be and how much of it there is.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Status">
/// <see cref="OperationStatus.Done"/>; <see cref="OperationStatus.NeedMoreData"/> if its header was not captured whole;
/// <see cref="OperationStatus.InvalidData"/> if it is broken. What is not done is the last layer.
/// </param>
/// <param name="Number">By which number the layer before led here: type of Ethernet, protocol of IP or PPP, port; 0 for the first.</param>
/// <param name="Offset">Where it begins in the packet, in octets.</param>
/// <param name="HeaderLength">Length of its header as it says, in octets; 0 if the header could not be read.</param>
/// <param name="Length">Length of header and payload as the packet says, in octets.</param>
/// <param name="Captured">How much of that there is from <paramref name="Offset"/> on, in octets.</param>
/// <param name="Depth">In how many tunnels it is.</param>
/// <param name="IsFragment">Whether it is, or is within, a part of a packet.</param>
public readonly record struct Layer(
    LayerKind Kind,
    OperationStatus Status,
    int Number,
    int Offset,
    int HeaderLength,
    int Length,
    int Captured,
    int Depth,
    bool IsFragment)
{
    /// <summary>Whether more of it was sent than captured.</summary>
    public bool IsTruncated => Captured < Length;

    /// <summary>Where its payload begins in the packet, or the capture ends.</summary>
    public int PayloadOffset => Offset + Math.Min(HeaderLength, Captured);
}
