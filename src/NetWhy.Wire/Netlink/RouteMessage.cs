using System.Buffers;
using System.Collections.Immutable;
using System.Net;
using System.Runtime.InteropServices;

namespace NetWhy.Wire.Netlink;

/// <summary>The fixed part of messages about routes.</summary>
/// <remarks>Source: <c>struct rtmsg</c> in linux/rtnetlink.h.</remarks>
/// <param name="Family"><c>AF_INET</c> or <c>AF_INET6</c>.</param>
/// <param name="DestinationLength">Length of the destination prefix, in bits.</param>
/// <param name="SourceLength">Length of the source prefix, in bits.</param>
/// <param name="TypeOfService">Type of service that the route is for.</param>
/// <param name="Table">Table, if it is below 256.</param>
/// <param name="Protocol">Who made the route, RTPROT_ number.</param>
/// <param name="Scope">RT_SCOPE_ number.</param>
/// <param name="Type">What the route does.</param>
/// <param name="Flags">Flags of the route and of its next hop.</param>
[StructLayout(LayoutKind.Sequential, Pack = 1, Size = Size)]
public readonly record struct RouteHeader(
    byte Family,
    byte DestinationLength,
    byte SourceLength,
    byte TypeOfService,
    byte Table,
    byte Protocol,
    byte Scope,
    RouteType Type,
    RouteFlags Flags)
{
    /// <summary>Length of the fixed part, in octets.</summary>
    public const int Size = 12;
}

/// <summary>What a route does. Source: linux/rtnetlink.h, RTN_.</summary>
public enum RouteType : byte
{
    /// <summary>None.</summary>
    Unspecified = 0,

    /// <summary>A gateway or a direct route.</summary>
    Unicast = 1,

    /// <summary>Accept here.</summary>
    Local = 2,

    /// <summary>Accept here as broadcast, send as broadcast.</summary>
    Broadcast = 3,

    /// <summary>Accept here as broadcast, send as unicast.</summary>
    Anycast = 4,

    /// <summary>Multicast.</summary>
    Multicast = 5,

    /// <summary>Discard; sending fails with EINVAL.</summary>
    Blackhole = 6,

    /// <summary>Sending fails with EHOSTUNREACH.</summary>
    Unreachable = 7,

    /// <summary>Sending fails with EACCES.</summary>
    Prohibit = 8,

    /// <summary>Go on with the next rule.</summary>
    Throw = 9,
}

/// <summary>Flags of a route. Source: linux/rtnetlink.h (RTNH_F_, RTM_F_); linux/in_route.h (RTCF_).</summary>
[Flags]
public enum RouteFlags : uint
{
    /// <summary>No flag.</summary>
    None = 0,

    /// <summary><c>RTNH_F_DEAD</c>: the next hop cannot be used.</summary>
    Dead = 0x1,

    /// <summary><c>RTNH_F_ONLINK</c>: the gateway is on the link whatever the prefixes say.</summary>
    OnLink = 0x4,

    /// <summary><c>RTNH_F_LINKDOWN</c>: the interface has no carrier.</summary>
    LinkDown = 0x10,

    /// <summary><c>RTM_F_CLONED</c>: a cached exception.</summary>
    Cloned = 0x200,

    /// <summary><c>RTM_F_LOOKUP_TABLE</c>: in a question, asks for the table that decided.</summary>
    LookupTable = 0x1000,

    /// <summary><c>RTCF_REDIRECTED</c>: an ICMP redirect made it.</summary>
    Redirected = 0x40000,
}

/// <summary>One next hop of a multipath route.</summary>
/// <param name="Gateway">The next hop; null for an on-link one.</param>
/// <param name="InterfaceIndex">Outgoing interface.</param>
/// <param name="Weight">Its share, at least 1.</param>
/// <param name="Flags">Its flags.</param>
public readonly record struct RouteNextHop(IPAddress? Gateway, int InterfaceIndex, int Weight, RouteFlags Flags);

/// <summary>One route, as <c>RTM_NEWROUTE</c> describes it.</summary>
/// <remarks>Source: linux/rtnetlink.h, RTA_ and RTAX_.</remarks>
/// <param name="Header">The fixed part.</param>
public sealed record RouteMessage(RouteHeader Header)
{
    private const int MaxNextHops = 256; // more than any kernel table of ours would show

    /// <summary>Destination; null for a default route.</summary>
    public IPAddress? Destination { get; private init; }

    /// <summary>Next hop; null for an on-link route.</summary>
    public IPAddress? Gateway { get; private init; }

    /// <summary>Index of the outgoing interface; 0 for none.</summary>
    public int InterfaceIndex { get; private init; }

    /// <summary>Preferred source address; null if none.</summary>
    public IPAddress? Source { get; private init; }

    /// <summary>Priority: lower wins.</summary>
    public uint Metric { get; private init; }

    /// <summary>Table number.</summary>
    public int Table { get; private init; }

    /// <summary>MTU metric (RTAX_MTU), in octets; null if none.</summary>
    public int? Mtu { get; private init; }

    /// <summary>MSS that is advertised (RTAX_ADVMSS), in octets; null if none.</summary>
    public int? AdvertisedMss { get; private init; }

    /// <summary>errno of a route that refuses (IPv6), positive; 0 for none.</summary>
    public int Error { get; private init; }

    /// <summary>Until a cached exception is forgotten; null if it stays, or is none.</summary>
    public TimeSpan? Expires { get; private init; }

    /// <summary>Next hops of a multipath route; empty for a plain one.</summary>
    public ImmutableArray<RouteNextHop> NextHops { get; private init; } = [];

    /// <summary>The same route with the source address that the question gave: the kernel does not repeat it.</summary>
    /// <param name="source">The source address.</param>
    public RouteMessage From(IPAddress source) => this with { Source = source };

    /// <summary>Reads the payload of an <c>RTM_NEWROUTE</c>.</summary>
    /// <param name="payload">The octets after the netlink header.</param>
    /// <param name="route">The route; null if the payload is cut short.</param>
    public static OperationStatus Read(ReadOnlySpan<byte> payload, out RouteMessage? route)
    {
        route = null;
        if (payload.Length < RouteHeader.Size)
            return OperationStatus.NeedMoreData;

        RouteHeader header = MemoryMarshal.Read<RouteHeader>(payload);
        var found = new RouteMessage(header) { Table = header.Table };
        var attributes = new NetlinkAttributes(payload[RouteHeader.Size..]);
        while (attributes.Read())
        {
            found = attributes.Type switch
            {
                1 => found with { Destination = attributes.Address }, // RTA_DST
                4 => found with { InterfaceIndex = (int)attributes.Number }, // RTA_OIF
                5 => found with { Gateway = attributes.Address }, // RTA_GATEWAY
                6 => found with { Metric = attributes.Number }, // RTA_PRIORITY
                7 => found with { Source = attributes.Address }, // RTA_PREFSRC
                8 => found.WithMetrics(attributes.Value), // RTA_METRICS
                9 => found with { NextHops = ReadNextHops(attributes.Value) }, // RTA_MULTIPATH
                12 => found with { Error = ReadError(attributes.Value), Expires = ReadExpiry(attributes.Value) }, // RTA_CACHEINFO
                15 => found with { Table = (int)attributes.Number }, // RTA_TABLE
                18 => found with { Gateway = ReadVia(attributes.Value) }, // RTA_VIA: next hop of the other family
                _ => found,
            };
        }

        route = found;
        return OperationStatus.Done;
    }

    private RouteMessage WithMetrics(ReadOnlySpan<byte> nested)
    {
        RouteMessage found = this;
        var metrics = new NetlinkAttributes(nested);
        while (metrics.Read())
        {
            int value = (int)Math.Min(metrics.Number, int.MaxValue);
            found = metrics.Type switch
            {
                2 => found with { Mtu = value }, // RTAX_MTU
                8 => found with { AdvertisedMss = value }, // RTAX_ADVMSS
                _ => found,
            };
        }

        return found;
    }

    /// <summary>Reads <c>rta_expires</c> of <c>struct rta_cacheinfo</c>, hundredths of a second (USER_HZ); null for never.</summary>
    private static TimeSpan? ReadExpiry(ReadOnlySpan<byte> octets) =>
        octets.Length >= 12 && MemoryMarshal.Read<int>(octets[8..]) is > 0 and var ticks ? TimeSpan.FromMilliseconds(10L * ticks) : null;

    /// <summary>Reads <c>rta_error</c> of <c>struct rta_cacheinfo</c>, a negative errno.</summary>
    private static int ReadError(ReadOnlySpan<byte> octets) =>
        octets.Length < 16 ? 0 : (int)Math.Clamp(-(long)MemoryMarshal.Read<int>(octets[12..]), 0, 4095);

    /// <summary>Reads <c>struct rtvia</c>: a 16-bit family and an address.</summary>
    private static IPAddress? ReadVia(ReadOnlySpan<byte> octets) =>
        octets.Length is 6 or 18 ? new IPAddress(octets[2..]) : null;

    /// <summary>Reads a list of <c>struct rtnexthop</c>, each followed by its attributes.</summary>
    private static ImmutableArray<RouteNextHop> ReadNextHops(ReadOnlySpan<byte> octets)
    {
        const int HeaderSize = 8; // u16 length, u8 flags, u8 weight less one, s32 interface
        var hops = ImmutableArray.CreateBuilder<RouteNextHop>();
        while (octets.Length >= HeaderSize && hops.Count < MaxNextHops)
        {
            int length = MemoryMarshal.Read<ushort>(octets);
            if (length < HeaderSize || length > octets.Length)
                break;

            IPAddress? gateway = null;
            var attributes = new NetlinkAttributes(octets[HeaderSize..length]);
            while (attributes.Read())
            {
                gateway = attributes.Type switch
                {
                    5 => attributes.Address, // RTA_GATEWAY
                    18 => ReadVia(attributes.Value), // RTA_VIA
                    _ => gateway,
                };
            }

            hops.Add(new RouteNextHop(
                gateway, MemoryMarshal.Read<int>(octets[4..]), octets[3] + 1, (RouteFlags)octets[2]));
            octets = octets[Math.Min((length + 3) & ~3, octets.Length)..];
        }

        return hops.ToImmutable();
    }
}
