namespace NetWhy.Collect.Firewall;

/// <summary>Names that firewall tools print for protocol and ICMP type numbers.</summary>
internal static class FirewallNames
{
    /// <summary>Number of a protocol; null if the name is unknown.</summary>
    /// <param name="name">Its name, as in /etc/protocols.</param>
    internal static int? Protocol(string name) => name switch
    {
        "icmp" => FirewallPacket.Icmp,
        "igmp" => 2,
        "tcp" => FirewallPacket.Tcp,
        "udp" => FirewallPacket.Udp,
        "dccp" => 33,
        "gre" => 47,
        "esp" => 50,
        "ah" => 51,
        "icmpv6" or "ipv6-icmp" => FirewallPacket.IcmpV6,
        "comp" => 108,
        "sctp" => 132,
        "udplite" => 136,
        _ => null,
    };

    /// <summary>Number of an ICMP type; null if the name is unknown.</summary>
    /// <param name="name">Its name, as nft(8) lists them.</param>
    internal static int? IcmpType(string name) => name switch
    {
        "echo-reply" => 0,
        "destination-unreachable" => 3,
        "source-quench" => 4,
        "redirect" => 5,
        "echo-request" => 8,
        "router-advertisement" => 9,
        "router-solicitation" => 10,
        "time-exceeded" => 11,
        "parameter-problem" => 12,
        "timestamp-request" => 13,
        "timestamp-reply" => 14,
        _ => null,
    };

    /// <summary>Number of a code of ICMP "destination unreachable"; null if the name is unknown.</summary>
    /// <param name="name">Its name, as nft(8) lists them.</param>
    internal static int? IcmpCode(string name) => name switch
    {
        "net-unreachable" => 0,
        "host-unreachable" => 1,
        "prot-unreachable" => 2,
        "port-unreachable" => 3,
        "frag-needed" => 4,
        "net-prohibited" => 9,
        "host-prohibited" => 10,
        "admin-prohibited" => 13,
        _ => null,
    };

    /// <summary>Number of an ICMPv6 type; null if the name is unknown.</summary>
    /// <param name="name">Its name, as nft(8) lists them.</param>
    internal static int? IcmpV6Type(string name) => name switch
    {
        "destination-unreachable" => 1,
        "time-exceeded" => 3,
        "parameter-problem" => 4,
        "echo-request" => 128,
        "echo-reply" => 129,
        "packet-too-big" => 2,
        "nd-router-solicit" => 133,
        "nd-router-advert" => 134,
        "nd-neighbor-solicit" => 135,
        "nd-neighbor-advert" => 136,
        "nd-redirect" => 137,
        _ => null,
    };
}
