using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace NetWhy.Wire.Netlink;

/// <summary>A question to the firewall part of the kernel: a whole message, ready to send.</summary>
/// <remarks>Source: <c>struct nfgenmsg</c> in linux/netfilter/nfnetlink.h; linux/netfilter/nf_tables.h.</remarks>
/// <param name="Header">The netlink header.</param>
/// <param name="Family">Address family; 0 for all.</param>
/// <param name="Version">Always 0.</param>
/// <param name="Resource">Always 0.</param>
[StructLayout(LayoutKind.Sequential, Pack = 1)]
public readonly record struct NetfilterRequest(NetlinkHeader Header, byte Family, byte Version, ushort Resource)
{
    private const int Tables = 10; // NFNL_SUBSYS_NFTABLES
    private const int GetTable = 1; // NFT_MSG_GETTABLE

    /// <summary>Type of the messages that list a table, <c>NFT_MSG_NEWTABLE</c>.</summary>
    public const NetlinkMessageType NewTable = (NetlinkMessageType)(Tables << 8);

    private const int Conntrack = 1; // NFNL_SUBSYS_CTNETLINK

    /// <summary>Type of the messages that hold one tracked connection, <c>IPCTNL_MSG_CT_NEW</c>.</summary>
    public const NetlinkMessageType NewConnection = (NetlinkMessageType)(Conntrack << 8);

    /// <summary>Type of the messages that hold the statistics of one processor, <c>IPCTNL_MSG_CT_GET_STATS_CPU</c>, in questions and answers.</summary>
    public const NetlinkMessageType ConnectionStatistics = (NetlinkMessageType)((Conntrack << 8) | 4);

    private const NetlinkMessageType GetConnection = (NetlinkMessageType)((Conntrack << 8) | 1);

    /// <summary>Makes the request that lists the tracked connections. Needs CAP_NET_ADMIN.</summary>
    /// <param name="sequence">Number that the kernel repeats in every answer.</param>
    /// <remarks>Source: linux/netfilter/nfnetlink_conntrack.h.</remarks>
    public static NetfilterRequest DumpConnections(uint sequence) => Dump(GetConnection, sequence);

    /// <summary>Makes the request that lists the statistics of connection tracking, one message a processor. Needs CAP_NET_ADMIN.</summary>
    /// <param name="sequence">Number that the kernel repeats in every answer.</param>
    public static NetfilterRequest DumpConnectionStatistics(uint sequence) => Dump(ConnectionStatistics, sequence);

    /// <summary>Makes the request that lists the nftables tables of every family.</summary>
    /// <param name="sequence">Number that the kernel repeats in every answer.</param>
    public static NetfilterRequest DumpTables(uint sequence) => Dump((NetlinkMessageType)((Tables << 8) | GetTable), sequence);

    private static NetfilterRequest Dump(NetlinkMessageType type, uint sequence) => new(
        new NetlinkHeader((uint)Unsafe.SizeOf<NetfilterRequest>(), type, NetlinkFlags.Request | NetlinkFlags.Dump, sequence, PortId: 0),
        Family: 0,
        Version: 0,
        Resource: 0);
}
