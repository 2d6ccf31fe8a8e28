namespace NetWhy.Analysis.Flows;

/// <summary>The highest protocol of a packet that is told.</summary>
internal enum PacketKind : byte
{
    Other,
    LogicalLink,
    Arp,
    Ip,
    Ipv6,
    Icmp,
    Icmpv6,
    Igmp,
    Gre,
    Esp,
    Sctp,
    Ospf,
    Vrrp,
    Udp,
    WireGuard,
    Dns,
    MulticastDns,
    LinkLocalNames,
    Tcp,
    Http,
    Tls,
}

/// <summary>Names of protocols.</summary>
internal static class PacketKinds
{
    /// <summary>How many there are.</summary>
    internal const int Count = (int)PacketKind.Tls + 1;

    /// <summary>What an IP protocol is.</summary>
    /// <param name="protocol">Its number.</param>
    internal static PacketKind OfProtocol(byte protocol) => protocol switch
    {
        2 => PacketKind.Igmp,
        50 => PacketKind.Esp,
        89 => PacketKind.Ospf,
        112 => PacketKind.Vrrp,
        132 => PacketKind.Sctp,
        _ => PacketKind.Ip,
    };

    /// <summary>Wireshark's name.</summary>
    /// <param name="kind">The protocol.</param>
    internal static string NameOf(PacketKind kind) => kind switch
    {
        PacketKind.LogicalLink => "llc",
        PacketKind.Arp => "arp",
        PacketKind.Ip => "ip",
        PacketKind.Ipv6 => "ipv6",
        PacketKind.Icmp => "icmp",
        PacketKind.Icmpv6 => "icmpv6",
        PacketKind.Igmp => "igmp",
        PacketKind.Gre => "gre",
        PacketKind.Esp => "esp",
        PacketKind.Sctp => "sctp",
        PacketKind.Ospf => "ospf",
        PacketKind.Vrrp => "vrrp",
        PacketKind.Udp => "udp",
        PacketKind.WireGuard => "wg",
        PacketKind.Dns => "dns",
        PacketKind.MulticastDns => "mdns",
        PacketKind.LinkLocalNames => "llmnr",
        PacketKind.Tcp => "tcp",
        PacketKind.Http => "http",
        PacketKind.Tls => "tls",
        _ => "frame",
    };
}
