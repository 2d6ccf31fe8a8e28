using System.Net;
using NetWhy.Evidence;
using NetWhy.Wire;
using NetWhy.Wire.Tunnels;

namespace NetWhy.Paths;

/// <summary>What an answer to a probe says.</summary>
public enum ProbeAnswerKind
{
    /// <summary>The hop limit ran out at a router.</summary>
    TimeExceeded,

    /// <summary>The destination itself answered: echo reply, SYN-ACK, RST, data, or that nobody listens on the UDP port.</summary>
    Reached,

    /// <summary>Somebody refused the probe with another ICMP error.</summary>
    Unreachable,
}

/// <summary>An answer to one probe.</summary>
/// <param name="Sequence">Number that the probe was sent with.</param>
/// <param name="Node">Who answered.</param>
/// <param name="Kind">What the answer says.</param>
/// <param name="RoundTrip">From sending to the kernel's receiving; steps of the wall clock do not matter.</param>
public readonly record struct ProbeAnswer(ushort Sequence, IPAddress Node, ProbeAnswerKind Kind, TimeSpan RoundTrip)
{
    private readonly IReadOnlyList<MplsLabel>? _labels;
    private readonly IReadOnlyList<HopInterface>? _interfaces;
    private readonly IReadOnlyList<HopExtension>? _extensions;

    /// <summary>Hop limit that the probe left with.</summary>
    public int Ttl { get; init; }

    /// <summary>Flow that the probe belonged to.</summary>
    public int Flow { get; init; }

    /// <summary>ICMP type of the answer; -1 if it is no ICMP message.</summary>
    public int Type { get; init; }

    /// <summary>ICMP code of the answer.</summary>
    public int Code { get; init; }

    /// <summary>Whether TCP answered with a RST: the port is closed.</summary>
    public bool IsReset { get; init; }

    /// <summary>Flags of the segment that TCP answered with; null if none was seen.</summary>
    public TcpFlags? Segment { get; init; }

    /// <summary>TTL or hop limit that the answer came with; null if unknown.</summary>
    public int? ReplyTtl { get; init; }

    /// <summary>TTL or hop limit of the probe when the router dropped it; null if the quote could not be seen.</summary>
    public int? QuotedTtl { get; init; }

    /// <summary>Type of service of the probe as it arrived there; null if it could not be seen.</summary>
    public int? QuotedTos { get; init; }

    /// <summary>Checksum of the probe's UDP or ICMP header as it arrived there; null if it could not be seen.</summary>
    public int? QuotedChecksum { get; init; }

    /// <summary>Checksum that the probe was sent with; null if the kernel made it.</summary>
    public int? SentChecksum { get; init; }

    /// <summary>IPv4 identification of the probe as it arrived there; it was sent with <see cref="Sequence"/>. Null if it could not be seen.</summary>
    public int? QuotedIdentification { get; init; }

    /// <summary>Whether the probe arrived there with another source or destination than it left with.</summary>
    public bool IsRewritten { get; init; }

    /// <summary>MTU that "fragmentation needed" or "packet too big" names, in octets; null otherwise.</summary>
    public int? Mtu { get; init; }

    /// <summary>MPLS labels that the probe carried when it was dropped, outermost first. Source: RFC 4950.</summary>
    public IReadOnlyList<MplsLabel> Labels { get => _labels ?? []; init => _labels = value; }

    /// <summary>Interfaces that the router names. Source: RFC 5837.</summary>
    public IReadOnlyList<HopInterface> Interfaces { get => _interfaces ?? []; init => _interfaces = value; }

    /// <summary>Other extensions, as they came.</summary>
    public IReadOnlyList<HopExtension> Extensions { get => _extensions ?? []; init => _extensions = value; }
}
