using System.Buffers;
using System.Buffers.Binary;
using System.Net;

namespace NetWhy.Wire.Netlink;

/// <summary>Statistics of connection tracking of one processor.</summary>
/// <remarks>Source: linux/netfilter/nfnetlink_conntrack.h, CTA_STATS_. They have 32 bits and begin again at zero.</remarks>
public static class ConntrackStatistics
{
    private const int HeaderSize = 4; // struct nfgenmsg

    private static readonly (int Type, string Name)[] Names =
    [
        (2, "found"), (4, "invalid"), (8, "insert"), (9, "insert_failed"), (10, "drop"), (11, "early_drop"), (12, "error"),
        (13, "search_restart"), (14, "clash_resolve"), (15, "chain_toolong"),
    ];

    /// <summary>Adds the statistics of one processor to those of the others.</summary>
    /// <param name="payload">The octets after the netlink header.</param>
    /// <param name="sums">Where to add them, by their kernel names; only what is not zero.</param>
    /// <returns><see cref="OperationStatus.NeedMoreData"/> if the payload is cut short.</returns>
    public static OperationStatus Add(ReadOnlySpan<byte> payload, Dictionary<string, long> sums)
    {
        ArgumentNullException.ThrowIfNull(sums);
        if (payload.Length < HeaderSize)
            return OperationStatus.NeedMoreData;

        var attributes = new NetlinkAttributeTable(payload[HeaderSize..]);
        foreach ((int type, string name) in Names)
        {
            if (BinaryPrimitives.TryReadUInt32BigEndian(attributes[type], out uint value) && value != 0)
                sums[name] = sums.GetValueOrDefault(name) + value;
        }

        return OperationStatus.Done;
    }
}

/// <summary>One tracked connection, in place.</summary>
/// <remarks>Source: linux/netfilter/nfnetlink_conntrack.h, CTA_; linux/netfilter/nf_conntrack_common.h, IPS_.</remarks>
public readonly ref struct ConntrackEntry
{
    private const int HeaderSize = 4; // struct nfgenmsg

    private readonly NetlinkAttributeTable _attributes;

    private ConntrackEntry(NetlinkAttributeTable attributes)
    {
        _attributes = attributes;
        Original = new ConntrackTuple(attributes[1]); // CTA_TUPLE_ORIG
        Reply = new ConntrackTuple(attributes[2]); // CTA_TUPLE_REPLY
    }

    /// <summary>Addresses and ports of the packets of who began it.</summary>
    public ConntrackTuple Original { get; }

    /// <summary>Addresses and ports that its answers have.</summary>
    public ConntrackTuple Reply { get; }

    /// <summary>Whether an answer was seen (IPS_SEEN_REPLY).</summary>
    public bool IsReplied => (Status & 0x2) != 0;

    /// <summary>Whether its source is translated (IPS_SRC_NAT).</summary>
    public bool IsSourceTranslated => (Status & 0x10) != 0;

    /// <summary>Seconds after which it is forgotten unless a packet comes; null if not told.</summary>
    public uint? Timeout => BinaryPrimitives.TryReadUInt32BigEndian(_attributes[7], out uint seconds) ? seconds : null; // CTA_TIMEOUT

    /// <summary>State of a TCP connection by name; null for other protocols. Source: enum tcp_conntrack.</summary>
    public string? TcpState => new NetlinkAttributeTable(new NetlinkAttributeTable(_attributes[4])[1]).Octet(1) switch // CTA_PROTOINFO, CTA_PROTOINFO_TCP, its STATE
    {
        null => null,
        1 => "syn-sent",
        2 => "syn-received",
        3 => "established",
        4 => "fin-wait",
        5 => "close-wait",
        6 => "last-ack",
        7 => "time-wait",
        8 => "close",
        9 => "syn-sent-2",
        _ => "none",
    };

    private uint Status => BinaryPrimitives.TryReadUInt32BigEndian(_attributes[3], out uint bits) ? bits : 0; // CTA_STATUS

    /// <summary>Reads one connection.</summary>
    /// <param name="payload">The octets after the netlink header; the entry points into them.</param>
    /// <param name="entry">The connection.</param>
    /// <returns><see cref="OperationStatus.NeedMoreData"/> if the payload is cut short.</returns>
    public static OperationStatus Read(ReadOnlySpan<byte> payload, out ConntrackEntry entry)
    {
        entry = payload.Length < HeaderSize ? default : new ConntrackEntry(new NetlinkAttributeTable(payload[HeaderSize..]));
        return payload.Length < HeaderSize ? OperationStatus.NeedMoreData : OperationStatus.Done;
    }
}

/// <summary>One direction of a tracked connection.</summary>
public readonly record struct ConntrackTuple
{
    /// <summary>Reads a tuple.</summary>
    /// <param name="octets">Its attributes; what is missing is zero.</param>
    internal ConntrackTuple(ReadOnlySpan<byte> octets)
    {
        var parts = new NetlinkAttributeTable(octets);
        var addresses = new NetlinkAttributeTable(parts[1]); // CTA_TUPLE_IP
        var protocol = new NetlinkAttributeTable(parts[2]); // CTA_TUPLE_PROTO
        IsIPv6 = addresses[3].Length == 16; // CTA_IP_V6_SRC
        Source = Number(IsIPv6 ? addresses[3] : addresses[1]);
        Destination = Number(IsIPv6 ? addresses[4] : addresses[2]);
        Protocol = protocol.Octet(1) ?? 0;
        SourcePort = BinaryPrimitives.TryReadUInt16BigEndian(protocol[2], out ushort source) ? source : (ushort)0;
        DestinationPort = BinaryPrimitives.TryReadUInt16BigEndian(protocol[3], out ushort destination) ? destination : (ushort)0;
    }

    /// <summary>Whether the addresses are of IPv6.</summary>
    public bool IsIPv6 { get; }

    /// <summary>Source address as a number.</summary>
    public AddressNumber Source { get; }

    /// <summary>Destination address as a number.</summary>
    public AddressNumber Destination { get; }

    /// <summary>Protocol number.</summary>
    public byte Protocol { get; }

    /// <summary>Source port; 0 if the protocol has none.</summary>
    public ushort SourcePort { get; }

    /// <summary>Destination port; 0 if the protocol has none.</summary>
    public ushort DestinationPort { get; }

    /// <summary>An address as such.</summary>
    /// <param name="number">It as a number.</param>
    /// <param name="isIPv6">Whether it is of IPv6.</param>
    public static IPAddress AddressOf(AddressNumber number, bool isIPv6)
    {
        Span<byte> octets = stackalloc byte[16];
        number.Write(octets);
        return new IPAddress(isIPv6 ? octets : octets[12..]);
    }

    private static AddressNumber Number(ReadOnlySpan<byte> octets) => octets.Length is 4 or AddressNumber.Size ? AddressNumber.Read(octets) : default;
}
