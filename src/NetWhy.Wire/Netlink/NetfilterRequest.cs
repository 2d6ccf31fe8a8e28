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

    /// <summary>Makes the request that lists the nftables tables of every family.</summary>
    /// <param name="sequence">Number that the kernel repeats in every answer.</param>
    public static NetfilterRequest DumpTables(uint sequence) => new(
        new NetlinkHeader(
            (uint)Unsafe.SizeOf<NetfilterRequest>(),
            (NetlinkMessageType)((Tables << 8) | GetTable),
            NetlinkFlags.Request | NetlinkFlags.Dump,
            sequence,
            PortId: 0),
        Family: 0,
        Version: 0,
        Resource: 0);
}
