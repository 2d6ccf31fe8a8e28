using System.Diagnostics.CodeAnalysis;
using NetWhy.Wire;

namespace NetWhy.Analysis.Tcp;

/// <summary>One end of a TCP connection.</summary>
/// <param name="Address">The address: sixteen octets as an integer; IPv4 as the lower four of them.</param>
/// <param name="Port">The port.</param>
/// <param name="IsIpv6">Whether the address is one of IPv6.</param>
public readonly record struct TcpEndpoint(AddressNumber Address, ushort Port, bool IsIpv6) : IComparable<TcpEndpoint>
{
    /// <summary>Orders ends by address, then port.</summary>
    /// <param name="other">The other one.</param>
    public int CompareTo(TcpEndpoint other) =>
        Address != other.Address ? Address.CompareTo(other.Address) : Port.CompareTo(other.Port);

    /// <inheritdoc/>
    public override string ToString() => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{AddressText}.{Port}");

    /// <summary>The address as text.</summary>
    public string AddressText
    {
        get
        {
            Span<byte> octets = stackalloc byte[16];
            Address.Write(octets);
            return new System.Net.IPAddress(IsIpv6 ? octets : octets[12..]).ToString();
        }
    }

    /// <summary>Whether an end comes before another one.</summary>
    /// <param name="left">The one.</param>
    /// <param name="right">The other one.</param>
    public static bool operator <(TcpEndpoint left, TcpEndpoint right) => left.CompareTo(right) < 0;

    /// <summary>Whether an end comes behind another one.</summary>
    /// <param name="left">The one.</param>
    /// <param name="right">The other one.</param>
    public static bool operator >(TcpEndpoint left, TcpEndpoint right) => left.CompareTo(right) > 0;

    /// <summary>Whether an end comes not behind another one.</summary>
    /// <param name="left">The one.</param>
    /// <param name="right">The other one.</param>
    public static bool operator <=(TcpEndpoint left, TcpEndpoint right) => left.CompareTo(right) <= 0;

    /// <summary>Whether an end comes not before another one.</summary>
    /// <param name="left">The one.</param>
    /// <param name="right">The other one.</param>
    public static bool operator >=(TcpEndpoint left, TcpEndpoint right) => left.CompareTo(right) >= 0;
}

/// <summary>What the analysis needs to know of a segment.</summary>
public readonly ref struct TcpSegmentFacts
{
    /// <summary>All of it at once: it is made where it lies, and not copied there, which counts for each segment.</summary>
    [SetsRequiredMembers]
    internal TcpSegmentFacts(uint frame, long nanoseconds, in TcpEndpoint source, in TcpEndpoint destination, in TcpSegment segment, int length, ushort identification, byte timeToLive, CapturePlace place)
    {
        Frame = frame;
        Nanoseconds = nanoseconds;
        Source = source;
        Destination = destination;
        Segment = segment;
        Length = length;
        Identification = identification;
        TimeToLive = timeToLive;
        Place = place;
    }

    /// <summary>Number of the packet in the capture, from 1.</summary>
    public required uint Frame { get; init; }

    /// <summary>When it passed, in nanoseconds since 1970.</summary>
    public required long Nanoseconds { get; init; }

    /// <summary>Who sent it.</summary>
    public required TcpEndpoint Source { get; init; }

    /// <summary>Whom it was sent to.</summary>
    public required TcpEndpoint Destination { get; init; }

    /// <summary>Its header and options.</summary>
    public required TcpSegment Segment { get; init; }

    /// <summary>
    /// Octets of its data by what the IP header says, also if fewer were captured; negative if that cannot be known: a
    /// fragment, a segment that an ICMP error quotes.
    /// </summary>
    public required int Length { get; init; }

    /// <summary>Identification in its IPv4 header; 0 if there is none.</summary>
    public ushort Identification { get; init; }

    /// <summary>The time to live, or hop limit, of its packet.</summary>
    public byte TimeToLive { get; init; }

    /// <summary>Where its packet was seen.</summary>
    public CapturePlace Place { get; init; }

    /// <summary>Whether its header says that it is shorter than one can be: Wireshark judges such a segment, too, but learns nothing else from it.</summary>
    public bool HasBogusHeader { get; init; }
}
