using System.Net;
using System.Net.Sockets;

namespace NetWhy.Collect.Firewall;

/// <summary>A packet of the target's flow as the rules see it, before it is sent.</summary>
/// <param name="Kind">Which packet of the flow it is.</param>
/// <param name="Protocol">IP protocol number; 0 for ARP.</param>
/// <param name="Source">Source address; null if unknown.</param>
/// <param name="Destination">Destination address; null if unknown.</param>
internal sealed record FirewallPacket(PacketKind Kind, int Protocol, IPAddress? Source, IPAddress? Destination)
{
    internal const int Icmp = 1;
    internal const int Tcp = 6;
    internal const int Udp = 17;
    internal const int IcmpV6 = 58;
    internal const int Arp = 0;

    internal const int Fin = 0x01;
    internal const int Syn = 0x02;
    internal const int Reset = 0x04;
    internal const int Push = 0x08;
    internal const int Ack = 0x10;
    internal const int Urgent = 0x20;

    /// <summary>Whether it is an IPv6 packet.</summary>
    internal bool IsIPv6 { get; init; } = (Destination ?? Source)?.AddressFamily is AddressFamily.InterNetworkV6;

    /// <summary>Whether it is an ARP packet.</summary>
    internal bool IsArp => Protocol == Arp;

    /// <summary>Source port; 0 if unknown or none.</summary>
    internal int SourcePort { get; init; }

    /// <summary>Destination port; 0 if unknown or none.</summary>
    internal int DestinationPort { get; init; }

    /// <summary>TCP flags.</summary>
    internal int Flags { get; init; }

    /// <summary>ICMP type; null if it is no ICMP message.</summary>
    internal int? IcmpType { get; init; }

    /// <summary>ICMP code.</summary>
    internal int IcmpCode { get; init; }

    /// <summary>Interface by which it comes or goes; null if unknown.</summary>
    internal string? Interface { get; init; }

    /// <summary>Whether it surely does not come by the loopback interface, though the interface is unknown.</summary>
    internal bool IsFromOutside { get; init; }

    /// <summary>Whether it goes from this machine to this machine.</summary>
    internal bool IsLoopback { get; init; }

    /// <summary>State that connection tracking gives it.</summary>
    internal TrackedState State { get; init; } = TrackedState.New;

    /// <summary>Firewall mark; null if unknown.</summary>
    internal uint? Mark { get; init; } = 0;

    /// <summary>User that sends it; null if unknown.</summary>
    internal uint? User { get; init; }

    /// <summary>Whether it goes against the direction of the flow's first packet.</summary>
    internal bool IsReply => Kind is PacketKind.Answer or PacketKind.AnswerData or PacketKind.EchoReply;

    /// <summary>The packet as connection tracking sees it where a rule kept the flow's first packet from it.</summary>
    /// <remarks>A SYN-ACK or an echo reply begins nothing; a datagram does, and so does a segment (nf_conntrack_tcp_loose).</remarks>
    internal FirewallPacket OfUntracked() => State is not TrackedState.Established ? this : this with
    {
        State = Kind is PacketKind.EchoReply || (Kind is PacketKind.Answer && Protocol is Tcp) ? TrackedState.Invalid : TrackedState.New,
    };

    /// <summary>Whether the destination is an address of this machine.</summary>
    internal bool IsDestinationLocal { get; init; }

    /// <summary>Whether the source is an address of this machine.</summary>
    internal bool IsSourceLocal { get; init; }
}

/// <summary>Packets of a flow that rules can tell apart.</summary>
internal enum PacketKind
{
    /// <summary>The first packet: a SYN, or a datagram.</summary>
    Opening,

    /// <summary>The answer to it.</summary>
    Answer,

    /// <summary>Data of an established connection.</summary>
    Data,

    /// <summary>Data from the peer.</summary>
    AnswerData,

    /// <summary>An ICMP echo request.</summary>
    Echo,

    /// <summary>The reply to it.</summary>
    EchoReply,

    /// <summary>A router's "fragmentation needed" or "packet too big".</summary>
    PacketTooBig,

    /// <summary>An ARP request or neighbour solicitation.</summary>
    NeighbourRequest,

    /// <summary>The answer to that.</summary>
    NeighbourAnswer,

    /// <summary>The first packet of a client elsewhere to a service of this machine.</summary>
    ClientOpening,
}

/// <summary>Connection tracking's states.</summary>
internal enum TrackedState
{
    /// <summary>First packet of a flow.</summary>
    New,

    /// <summary>Of a flow that was answered.</summary>
    Established,

    /// <summary>About a flow.</summary>
    Related,

    /// <summary>Not tracked.</summary>
    Untracked,

    /// <summary>Of no flow that is known, and no beginning of one.</summary>
    Invalid,
}

/// <summary>Places where rules look at packets. Source: linux/netfilter.h.</summary>
internal enum FirewallHook
{
    /// <summary>No hook: a chain that others jump to.</summary>
    None,

    /// <summary>On arrival at one interface (netdev).</summary>
    Ingress,

    /// <summary>On arrival, before routing.</summary>
    Prerouting,

    /// <summary>To this machine.</summary>
    Input,

    /// <summary>Through this machine.</summary>
    Forward,

    /// <summary>From this machine.</summary>
    Output,

    /// <summary>On the way out, after routing.</summary>
    Postrouting,

    /// <summary>On the way out of one interface (netdev).</summary>
    Egress,
}
