using System.Net;

namespace NetWhy.Evidence;

/// <summary>The kernel's answer to "how would you send to this address?".</summary>
/// <remarks>Source: rtnetlink(7), <c>RTM_GETROUTE</c>; ip-route(8) <c>ip route get</c>.</remarks>
/// <param name="Destination">Address asked about.</param>
/// <param name="Purpose">Why it was asked: <c>target</c>, <c>resolver</c>, <c>proxy</c>, <c>gateway</c>.</param>
/// <param name="Errno">errno's name if there is no usable route, such as <c>ENETUNREACH</c>; null if there is one.</param>
public sealed record RouteLookup(IPAddress Destination, string Purpose, string? Errno) : Observation
{
    /// <summary>Route type by name: <c>unicast</c>, <c>local</c>, <c>blackhole</c>, <c>unreachable</c>, <c>prohibit</c>.</summary>
    public string? RouteType { get; init; }

    /// <summary>Outgoing interface.</summary>
    public string? Interface { get; init; }

    /// <summary>Next hop; null if the destination is on the link.</summary>
    public IPAddress? Gateway { get; init; }

    /// <summary>Source address that the kernel chooses.</summary>
    public IPAddress? Source { get; init; }

    /// <summary>Routing table, 254 is main, 255 local.</summary>
    public int? Table { get; init; }

    /// <summary>Path MTU cached for the destination or locked on the route, in octets; null if none.</summary>
    public int? Mtu { get; init; }

    /// <summary>Until the cached path MTU is forgotten; null if nothing is cached.</summary>
    public TimeSpan? Expires { get; init; }

    /// <summary>MSS that the route advertises (<c>advmss</c>), in octets; null if none.</summary>
    public int? AdvertisedMss { get; init; }

    /// <summary>Whether the cached entry came from an ICMP redirect.</summary>
    public bool IsRedirected { get; init; }

    /// <summary>Firewall mark that the question carried; 0 for none.</summary>
    public uint Mark { get; init; }
}

/// <summary>The routes of every table that matter for judging a route: not the local and broadcast ones.</summary>
/// <param name="Routes">The routes, as the kernel lists them.</param>
public sealed record RouteTable(IReadOnlyList<RouteEntry> Routes) : Observation;

/// <summary>One route.</summary>
/// <param name="Destination">Prefix in CIDR form; <c>0.0.0.0/0</c> and <c>::/0</c> are default routes.</param>
/// <param name="RouteType">Type by name, such as <c>unicast</c>.</param>
/// <param name="Table">Table number, 254 is main.</param>
public sealed record RouteEntry(string Destination, string RouteType, int Table)
{
    /// <summary>Next hop; null for an on-link route.</summary>
    public IPAddress? Gateway { get; init; }

    /// <summary>Outgoing interface; null for routes without one.</summary>
    public string? Interface { get; init; }

    /// <summary>Priority: lower wins.</summary>
    public long Metric { get; init; }

    /// <summary>Preferred source address; null if none.</summary>
    public IPAddress? Source { get; init; }

    /// <summary>Who added it, such as <c>kernel</c>, <c>dhcp</c>, <c>static</c>, <c>boot</c>.</summary>
    public string? Protocol { get; init; }

    /// <summary>Flags by name, such as <c>linkdown</c>, <c>dead</c>, <c>onlink</c>.</summary>
    public IReadOnlyList<string> Flags { get; init; } = [];

    /// <summary>Next hops of a multipath route, as <c>via ADDRESS dev IF</c>; empty for a plain one.</summary>
    public IReadOnlyList<string> NextHops { get; init; } = [];
}

/// <summary>The policy routing rules besides the three that every machine has.</summary>
/// <param name="Rules">Rules as <c>ip rule</c> writes them.</param>
public sealed record PolicyRules(IReadOnlyList<PolicyRule> Rules) : Observation;

/// <summary>One policy routing rule. Source: ip-rule(8).</summary>
/// <param name="Priority">Preference: lower is looked at first; main is 32766.</param>
/// <param name="Text">The rule as <c>ip rule</c> writes it.</param>
/// <param name="Table">Table that it looks up; 0 if its action is another.</param>
public sealed record PolicyRule(long Priority, string Text, int Table)
{
    /// <summary>Action by name: <c>lookup</c>, <c>blackhole</c>, <c>unreachable</c>, <c>prohibit</c>.</summary>
    public string Action { get; init; } = "lookup";

    /// <summary>Source prefix that it wants; null for any.</summary>
    public string? From { get; init; }

    /// <summary>Destination prefix that it wants; null for any.</summary>
    public string? To { get; init; }

    /// <summary>Firewall mark that it wants; null for any.</summary>
    public uint? Mark { get; init; }

    /// <summary>Whether it is an IPv6 rule.</summary>
    public bool IsIPv6 { get; init; }
}

/// <summary>An interface as the kernel has it.</summary>
/// <remarks>Source: <c>RTM_GETLINK</c>, linux/if_link.h.</remarks>
/// <param name="Name">Interface name.</param>
/// <param name="IsUp">Administratively up (IFF_UP).</param>
/// <param name="HasCarrier">Carrier present (IFF_LOWER_UP).</param>
/// <param name="Mtu">MTU in octets.</param>
public sealed record LinkState(string Name, bool IsUp, bool HasCarrier, int Mtu) : Observation
{
    /// <summary>Interface index.</summary>
    public int Index { get; init; }

    /// <summary>Operational state by name, such as <c>up</c>, <c>down</c>, <c>lowerlayerdown</c>.</summary>
    public string OperationalState { get; init; } = "";

    /// <summary>Kind of virtual interface, such as <c>veth</c>, <c>bridge</c>, <c>vxlan</c>, <c>wireguard</c>, <c>tun</c>; null for hardware.</summary>
    public string? LinkKind { get; init; }

    /// <summary>Bridge, bond, VRF or switch that it belongs to; null if none.</summary>
    public string? Master { get; init; }

    /// <summary>Kind of <see cref="Master"/>, such as <c>bridge</c>, <c>bond</c>, <c>vrf</c> or <c>openvswitch</c>; null if unknown.</summary>
    public string? MasterKind { get; init; }

    /// <summary>Hardware address; null if it has none.</summary>
    public string? HardwareAddress { get; init; }

    /// <summary>How often the carrier changed since the interface exists.</summary>
    public long CarrierChanges { get; init; }

    /// <summary>Statistics that are not zero, by kernel name, such as <c>rx_dropped</c>.</summary>
    public IReadOnlyDictionary<string, long> Statistics { get; init; } = new Dictionary<string, long>();

    /// <summary>Whether it is the loopback interface.</summary>
    public bool IsLoopback { get; init; }

    /// <summary>Interface that it lies on, such as the underlay of a VLAN or a tunnel; null if none, or in another network namespace.</summary>
    public string? Underlay { get; init; }

    /// <summary>How many want it to take every frame (promiscuous mode); null if unknown.</summary>
    public int? Promiscuity { get; init; }

    /// <summary>Packets that may wait to be sent (txqueuelen); null if unknown.</summary>
    public int? QueueLength { get; init; }

    /// <summary>What its bridge does with it: <c>disabled</c>, <c>listening</c>, <c>learning</c>, <c>forwarding</c>, <c>blocking</c>; null if it is no port of one.</summary>
    public string? PortState { get; init; }

    /// <summary>What it is in its bond; null if it is in none.</summary>
    public BondMember? BondMember { get; init; }

    /// <summary>How it bonds others together; null if it is no bond.</summary>
    public BondState? Bond { get; init; }

    /// <summary>Time since the sample at the start; null for that one.</summary>
    public TimeSpan? After { get; init; }
}

/// <summary>One interface of a bond.</summary>
/// <remarks>Source: Documentation/networking/bonding.rst; linux/if_link.h, IFLA_BOND_SLAVE_.</remarks>
/// <param name="IsActive">Whether it carries traffic.</param>
/// <param name="IsLinkUp">Whether the bond's monitor sees its link.</param>
/// <param name="Failures">How often the link failed since it joined.</param>
/// <param name="Aggregator">Number of the group of links that LACP puts it in; null outside 802.3ad.</param>
public sealed record BondMember(bool IsActive, bool IsLinkUp, long Failures, int? Aggregator);

/// <summary>A bond.</summary>
/// <remarks>Source: Documentation/networking/bonding.rst; linux/if_link.h, IFLA_BOND_.</remarks>
/// <param name="Mode">Mode by name, such as <c>active-backup</c> or <c>802.3ad</c>.</param>
/// <param name="Aggregator">Number of the group of links in use; null outside 802.3ad.</param>
/// <param name="Partner">Hardware address of the switch that LACP speaks with; null outside 802.3ad, or while none answers.</param>
public sealed record BondState(string Mode, int? Aggregator, string? Partner);

/// <summary>The addresses of this machine.</summary>
/// <param name="Addresses">The addresses, loopback included.</param>
public sealed record InterfaceAddresses(IReadOnlyList<InterfaceAddress> Addresses) : Observation;

/// <summary>One address of an interface.</summary>
/// <param name="Interface">Interface name.</param>
/// <param name="Address">The address.</param>
/// <param name="PrefixLength">Length of its prefix, in bits.</param>
public sealed record InterfaceAddress(string Interface, IPAddress Address, int PrefixLength)
{
    /// <summary>Scope by name: <c>global</c>, <c>link</c>, <c>host</c>.</summary>
    public string Scope { get; init; } = "global";

    /// <summary>Flags by name, such as <c>tentative</c>, <c>dadfailed</c>, <c>deprecated</c>.</summary>
    public IReadOnlyList<string> Flags { get; init; } = [];
}

/// <summary>What the neighbour table (ARP, ND) has for an on-link address.</summary>
/// <remarks>Source: <c>RTM_GETNEIGH</c>, linux/neighbour.h.</remarks>
/// <param name="Address">On-link address: the next hop towards the target, or the target itself.</param>
/// <param name="Interface">Interface name.</param>
/// <param name="State">State by name: <c>reachable</c>, <c>stale</c>, <c>delay</c>, <c>probe</c>, <c>failed</c>, <c>incomplete</c>, <c>permanent</c>, <c>noarp</c>, <c>none</c>; <c>absent</c> if there is no entry.</param>
/// <param name="IsGateway">Whether packets to the target go through it.</param>
public sealed record NeighbourState(IPAddress Address, string Interface, string State, bool IsGateway) : Observation
{
    /// <summary>Link-layer address; null if not resolved.</summary>
    public string? HardwareAddress { get; init; }

    /// <summary>Whether the neighbour says in its advertisements that it is a router (RFC 4861, section 4.4); null for IPv4, or without an entry.</summary>
    public bool? IsRouter { get; init; }

    /// <summary>Whether it was read after the traffic of the investigation; false for the state found at the start.</summary>
    public bool IsAfterTraffic { get; init; }
}

/// <summary>An ARP request or neighbour solicitation of our own, and who answered.</summary>
/// <remarks>Source: RFC 826, RFC 4861.</remarks>
/// <param name="Address">Address asked for.</param>
/// <param name="Interface">Interface it was asked on.</param>
/// <param name="HardwareAddresses">Distinct link-layer addresses that answered; empty if none did.</param>
/// <param name="Waited">How long answers were waited for.</param>
public sealed record AddressResolution(
    IPAddress Address,
    string Interface,
    IReadOnlyList<string> HardwareAddresses,
    TimeSpan Waited) : Observation
{
    /// <summary>How many requests were sent.</summary>
    public int Requests { get; init; }

    /// <summary>Whether the address is one that traffic to the target goes through; false for another host asked as a control.</summary>
    public bool IsOnPath { get; init; } = true;
}

/// <summary>
/// An echo request and a SYN handed to a machine on the link as if it were the next hop, past this machine's own
/// routes, neighbour table and firewall: would the destination answer that way?
/// </summary>
/// <param name="Destination">Address asked.</param>
/// <param name="NextHop">Who was given the packets: a gateway, or the destination itself.</param>
/// <param name="Interface">Interface that they left by.</param>
/// <param name="HardwareAddress">Link-layer address that they were sent to.</param>
/// <param name="Source">Source address that they had.</param>
/// <param name="Answered">Whether the destination answered, with an echo reply, a SYN-ACK or a RST.</param>
/// <param name="Waited">Until the answer, or how long one was waited for.</param>
public sealed record NextHopTrial(
    IPAddress Destination,
    IPAddress NextHop,
    string Interface,
    string HardwareAddress,
    IPAddress Source,
    bool Answered,
    TimeSpan Waited) : Observation
{
    /// <summary>
    /// Whether it differs from what the kernel does in the source address only: same next hop, same link-layer address.
    /// </summary>
    public bool IsOnlyOtherSource { get; init; }

    /// <summary>Whether it is what the kernel does: same next hop, same link-layer address, same source.</summary>
    public bool IsKernelsChoice { get; init; }

    /// <summary>
    /// Whether the next hop proved to be a router: it answered a packet whose hop limit ran out there. False says
    /// little, since routers may keep silent.
    /// </summary>
    public bool ProvesRouter { get; init; }

    /// <summary>Interface that the answer arrived by; null if none came.</summary>
    public string? AnsweredBy { get; init; }
}
