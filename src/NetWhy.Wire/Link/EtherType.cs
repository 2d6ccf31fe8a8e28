namespace NetWhy.Wire.Link;

/// <summary>What the payload of a frame is. Source: IANA, "IEEE 802 Numbers".</summary>
public enum EtherType : ushort
{
    /// <summary>None is said.</summary>
    None = 0,

    /// <summary>IPv4.</summary>
    Ipv4 = 0x0800,

    /// <summary>ARP.</summary>
    Arp = 0x0806,

    /// <summary>Ethernet in GRE or Geneve ("transparent Ethernet bridging").</summary>
    TransparentEthernet = 0x6558,

    /// <summary>Reverse ARP.</summary>
    ReverseArp = 0x8035,

    /// <summary>A tag of IEEE 802.1Q.</summary>
    Vlan = 0x8100,

    /// <summary>IPv6.</summary>
    Ipv6 = 0x86dd,

    /// <summary>Slow protocols, such as LACP.</summary>
    SlowProtocols = 0x8809,

    /// <summary>PPP.</summary>
    Ppp = 0x880b,

    /// <summary>MPLS.</summary>
    Mpls = 0x8847,

    /// <summary>MPLS, the label given by the node upstream.</summary>
    MplsMulticast = 0x8848,

    /// <summary>PPPoE while a session is made or ended.</summary>
    PppoeDiscovery = 0x8863,

    /// <summary>PPPoE within a session.</summary>
    PppoeSession = 0x8864,

    /// <summary>IEEE 802.1X.</summary>
    EapOverLan = 0x888e,

    /// <summary>A tag of a provider, IEEE 802.1ad.</summary>
    ProviderVlan = 0x88a8,

    /// <summary>LLDP.</summary>
    Lldp = 0x88cc,

    /// <summary>IEEE 802.1AE.</summary>
    MacSec = 0x88e5,

    /// <summary>An outer tag of equipment from before IEEE 802.1ad.</summary>
    OuterVlan9100 = 0x9100,

    /// <summary>As <see cref="OuterVlan9100"/>.</summary>
    OuterVlan9200 = 0x9200,
}
