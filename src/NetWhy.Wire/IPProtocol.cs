namespace NetWhy.Wire;

/// <summary>Numbers of the protocols inside IP. Source: IANA, "Assigned Internet Protocol Numbers".</summary>
public enum IPProtocol : byte
{
    /// <summary>Hop-by-hop options of IPv6.</summary>
    HopByHopOptions = 0,

    /// <summary>ICMP.</summary>
    Icmp = 1,

    /// <summary>IGMP.</summary>
    Igmp = 2,

    /// <summary>IPv4, as in a tunnel.</summary>
    Ipv4 = 4,

    /// <summary>TCP.</summary>
    Tcp = 6,

    /// <summary>UDP.</summary>
    Udp = 17,

    /// <summary>DCCP.</summary>
    Dccp = 33,

    /// <summary>IPv6, as in a tunnel (6in4).</summary>
    Ipv6 = 41,

    /// <summary>Routing header of IPv6.</summary>
    Routing = 43,

    /// <summary>Fragment header of IPv6.</summary>
    Fragment = 44,

    /// <summary>GRE.</summary>
    Gre = 47,

    /// <summary>Encapsulating security payload of IPsec.</summary>
    EncapsulatingSecurityPayload = 50,

    /// <summary>Authentication header of IPsec.</summary>
    AuthenticationHeader = 51,

    /// <summary>ICMPv6.</summary>
    IcmpV6 = 58,

    /// <summary>Nothing follows.</summary>
    NoNextHeader = 59,

    /// <summary>Destination options of IPv6.</summary>
    DestinationOptions = 60,

    /// <summary>OSPF.</summary>
    Ospf = 89,

    /// <summary>Ethernet (RFC 3378).</summary>
    EtherIP = 97,

    /// <summary>PIM.</summary>
    Pim = 103,

    /// <summary>VRRP.</summary>
    Vrrp = 112,

    /// <summary>SCTP.</summary>
    Sctp = 132,

    /// <summary>Mobility header of IPv6.</summary>
    Mobility = 135,

    /// <summary>UDP-Lite.</summary>
    UdpLite = 136,

    /// <summary>MPLS (RFC 4023).</summary>
    Mpls = 137,

    /// <summary>Host identity protocol, an extension header of IPv6.</summary>
    HostIdentity = 139,

    /// <summary>Shim6, an extension header of IPv6.</summary>
    Shim6 = 140,
}
