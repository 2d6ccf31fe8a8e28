using System.Net;
using NetWhy.Wire;

namespace NetWhy.Paths;

/// <summary>What probes along a path are made of.</summary>
public enum ProbeProtocol
{
    /// <summary>Echo requests.</summary>
    Icmp,

    /// <summary>UDP datagrams to a port where nobody listens, as a rule.</summary>
    Udp,

    /// <summary>SYNs, or segments with other flags.</summary>
    Tcp,

    /// <summary>Datagrams of UDP-Lite, whose checksum covers the header only. Needs CAP_NET_RAW. Source: RFC 3828.</summary>
    UdpLite,

    /// <summary>Packets of <see cref="ProbeOptions.OtherProtocol"/>, which carry nothing of it. Needs CAP_NET_RAW.</summary>
    Other,
}

/// <summary>How to probe the path to one destination.</summary>
/// <param name="Protocol">What the probes are made of.</param>
/// <param name="Target">Where the path leads.</param>
public sealed record ProbeOptions(ProbeProtocol Protocol, IPAddress Target)
{
    /// <summary>Port of UDP probes if none is wanted. Source: traceroute(8).</summary>
    public const int UdpPort = 33434;

    /// <summary>Destination port; of no meaning for ICMP.</summary>
    public int Port { get; init; } = Protocol is ProbeProtocol.Tcp ? 80 : UdpPort;

    /// <summary>Source port of flow 0, the next ones for further flows; null lets the kernel choose.</summary>
    public int? SourcePort { get; init; }

    /// <summary>Source address; null for the one that the kernel chooses.</summary>
    public IPAddress? Source { get; init; }

    /// <summary>Name of the interface to leave by; null for the one that the route has.</summary>
    public string? Interface { get; init; }

    /// <summary>Type of service or traffic class, 0 to 255.</summary>
    public int Tos { get; init; }

    /// <summary>Flow label of IPv6; 0 for none.</summary>
    public int FlowLabel { get; init; }

    /// <summary>Mark for firewall and routing rules; null for none.</summary>
    public int? FirewallMark { get; init; }

    /// <summary>Whether routers may not fragment the probes, and the kernel's idea of the path MTU is ignored.</summary>
    public bool DontFragment { get; init; }

    /// <summary>Whether only neighbours are reached: routers are not used. Source: socket(7), SO_DONTROUTE.</summary>
    public bool IsDirect { get; init; }

    /// <summary>Number of the protocol that probes of <see cref="ProbeProtocol.Other"/> name; neither TCP, UDP nor ICMP.</summary>
    public IPProtocol OtherProtocol { get; init; }

    /// <summary>What probes of TCP look like; other than usual they need CAP_NET_RAW.</summary>
    public TcpProbe Tcp { get; init; } = TcpProbe.Usual;

    /// <summary>Octet that fills the probes.</summary>
    public byte Fill { get; init; } = 0x40;

    /// <summary>Whether to do without raw sockets, whatever is allowed.</summary>
    public bool IsUnprivileged { get; init; }

    /// <summary>Wall clock, in whose time the kernel stamps what it receives.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;
}
