using System.Buffers;
using System.Runtime.InteropServices;

namespace NetWhy.Wire.Netlink;

/// <summary>The neighbour table of one family, as <c>RTM_NEWNEIGHTBL</c> describes it.</summary>
/// <remarks>
/// Source: linux/neighbour.h: <c>struct ndtmsg</c>, NDTA_, <c>struct ndt_config</c>, <c>struct ndt_stats</c>. The kernel sends
/// one such message for each table and one for each interface; only the first kind has limits and statistics.
/// </remarks>
/// <param name="Family"><c>AF_INET</c> or <c>AF_INET6</c>.</param>
/// <param name="Name">Name of the table, such as <c>arp_cache</c>.</param>
public sealed record NeighbourTableMessage(byte Family, string Name)
{
    /// <summary>Length of the fixed part, in octets.</summary>
    public const int HeaderSize = 4;

    private static readonly string[] StatisticNames =
    [
        "allocs", "destroys", "hash_grows", "res_failed", "lookups", "hits", "rcv_probes_mcast", "rcv_probes_ucast",
        "periodic_gc_runs", "forced_gc_runs", "table_fulls",
    ];

    /// <summary>Entries of all network namespaces; null in a message about an interface.</summary>
    public long? Entries { get; private init; }

    /// <summary>gc_thresh1; null if not told.</summary>
    public long? Threshold1 { get; private init; }

    /// <summary>gc_thresh2; null if not told.</summary>
    public long? Threshold2 { get; private init; }

    /// <summary>gc_thresh3; null if not told.</summary>
    public long? Threshold3 { get; private init; }

    /// <summary>Statistics that are not zero, by their kernel names.</summary>
    public IReadOnlyDictionary<string, long> Statistics { get; private init; } = new Dictionary<string, long>();

    /// <summary>Reads the payload of an <c>RTM_NEWNEIGHTBL</c>.</summary>
    /// <param name="payload">The octets after the netlink header.</param>
    /// <param name="table">The table; null if the payload is cut short.</param>
    public static OperationStatus Read(ReadOnlySpan<byte> payload, out NeighbourTableMessage? table)
    {
        table = null;
        if (payload.Length < HeaderSize)
            return OperationStatus.NeedMoreData;

        var attributes = new NetlinkAttributeTable(payload[HeaderSize..]);
        ReadOnlySpan<byte> configuration = attributes[5]; // NDTA_CONFIG: u16 key, u16 entry size, u32 entries
        table = new NeighbourTableMessage(payload[0], System.Text.Encoding.UTF8.GetString(attributes[1].TrimEnd((byte)0)))
        {
            Threshold1 = attributes.Number(2),
            Threshold2 = attributes.Number(3),
            Threshold3 = attributes.Number(4),
            Entries = configuration.Length >= 8 ? MemoryMarshal.Read<uint>(configuration[4..]) : null,
            Statistics = ReadStatistics(attributes[7]), // NDTA_STATS
        };
        return OperationStatus.Done;
    }

    private static Dictionary<string, long> ReadStatistics(ReadOnlySpan<byte> octets)
    {
        var statistics = new Dictionary<string, long>();
        for (int i = 0; i < StatisticNames.Length && octets.Length >= (i + 1) * sizeof(long); i++)
        {
            if (MemoryMarshal.Read<long>(octets[(i * sizeof(long))..]) is var value and not 0)
                statistics[StatisticNames[i]] = value;
        }

        return statistics;
    }
}
