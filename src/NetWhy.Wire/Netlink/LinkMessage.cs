using System.Buffers;
using System.Runtime.InteropServices;

namespace NetWhy.Wire.Netlink;

/// <summary>The fixed part of messages about interfaces.</summary>
/// <remarks>Source: <c>struct ifinfomsg</c> in linux/rtnetlink.h.</remarks>
/// <param name="Family">Always 0 here.</param>
/// <param name="Padding">Always 0.</param>
/// <param name="HardwareType">ARPHRD_ number: 1 Ethernet, 772 loopback, 65534 none.</param>
/// <param name="Index">Interface index.</param>
/// <param name="Flags">Interface flags, see <see cref="LinkFlags"/>.</param>
/// <param name="Change">Mask of flags to change; 0 in a question.</param>
[StructLayout(LayoutKind.Sequential, Pack = 1, Size = Size)]
public readonly record struct LinkHeader(
    byte Family, byte Padding, ushort HardwareType, int Index, LinkFlags Flags, uint Change)
{
    /// <summary>Length of the fixed part, in octets.</summary>
    public const int Size = 16;
}

/// <summary>Flags of an interface. Source: linux/if.h; netdevice(7).</summary>
[Flags]
public enum LinkFlags : uint
{
    /// <summary>No flag.</summary>
    None = 0,

    /// <summary><c>IFF_UP</c>: switched on by the administrator.</summary>
    Up = 0x1,

    /// <summary><c>IFF_LOOPBACK</c>.</summary>
    Loopback = 0x8,

    /// <summary><c>IFF_POINTOPOINT</c>.</summary>
    PointToPoint = 0x10,

    /// <summary><c>IFF_NOARP</c>: no neighbour resolution.</summary>
    NoArp = 0x80,

    /// <summary><c>IFF_LOWER_UP</c>: carrier is there.</summary>
    LowerUp = 0x10000,
}

/// <summary>One interface, as <c>RTM_NEWLINK</c> describes it.</summary>
/// <remarks>Source: linux/if_link.h.</remarks>
/// <param name="Header">The fixed part.</param>
/// <param name="Name">Interface name.</param>
public sealed record LinkMessage(LinkHeader Header, string Name)
{
    /// <summary>Names of <c>struct rtnl_link_stats64</c>, in their order. Source: linux/if_link.h.</summary>
    private static readonly string[] StatisticNames =
    [
        "rx_packets", "tx_packets", "rx_bytes", "tx_bytes", "rx_errors", "tx_errors", "rx_dropped", "tx_dropped",
        "multicast", "collisions", "rx_length_errors", "rx_over_errors", "rx_crc_errors", "rx_frame_errors",
        "rx_fifo_errors", "rx_missed_errors", "tx_aborted_errors", "tx_carrier_errors", "tx_fifo_errors",
        "tx_heartbeat_errors", "tx_window_errors", "rx_compressed", "tx_compressed", "rx_nohandler",
        "rx_otherhost_dropped",
    ];

    /// <summary>MTU, in octets.</summary>
    public int Mtu { get; private init; }

    /// <summary>Operational state by RFC 2863: 0 unknown, 2 down, 3 lower layer down, 4 testing, 5 dormant, 6 up.</summary>
    public byte OperationalState { get; private init; }

    /// <summary>Kind of virtual interface; null for hardware.</summary>
    public string? Kind { get; private init; }

    /// <summary>Index of the bridge or bond that it belongs to; 0 for none.</summary>
    public int Master { get; private init; }

    /// <summary>Link-layer address; null if it has none.</summary>
    public string? HardwareAddress { get; private init; }

    /// <summary>How often the carrier changed since the interface exists.</summary>
    public long CarrierChanges { get; private init; }

    /// <summary>Statistics that are not zero, by their kernel names.</summary>
    public IReadOnlyDictionary<string, long> Statistics { get; private init; } = new Dictionary<string, long>();

    /// <summary>Index of the interface that it lies on, in its network namespace; 0 for none.</summary>
    public int Underlay { get; private init; }

    /// <summary>Whether <see cref="Underlay"/> is an index of another network namespace.</summary>
    public bool IsUnderlayElsewhere { get; private init; }

    /// <summary>How many want it to take every frame; null if not told.</summary>
    public int? Promiscuity { get; private init; }

    /// <summary>Packets that may wait to be sent; null if not told.</summary>
    public int? QueueLength { get; private init; }

    /// <summary>Kind of the interface that it belongs to, such as <c>bridge</c> or <c>bond</c>; null if none.</summary>
    public string? MasterKind { get; private init; }

    /// <summary>State of a port of a bridge: 0 disabled, 1 listening, 2 learning, 3 forwarding, 4 blocking; null for others. Source: linux/if_bridge.h, BR_STATE_.</summary>
    public byte? PortState { get; private init; }

    /// <summary>What an interface is in its bond; null for others.</summary>
    public BondMemberData? BondMember { get; private init; }

    /// <summary>Settings and state of a bond; null for others.</summary>
    public BondData? Bond { get; private init; }

    /// <summary>Reads the payload of an <c>RTM_NEWLINK</c>.</summary>
    /// <param name="payload">The octets after the netlink header.</param>
    /// <param name="link">The interface; null if the payload is cut short.</param>
    public static OperationStatus Read(ReadOnlySpan<byte> payload, out LinkMessage? link)
    {
        link = null;
        if (payload.Length < LinkHeader.Size)
            return OperationStatus.NeedMoreData;

        var found = new LinkMessage(MemoryMarshal.Read<LinkHeader>(payload), "");
        var attributes = new NetlinkAttributes(payload[LinkHeader.Size..]);
        while (attributes.Read())
        {
            found = attributes.Type switch
            {
                1 => found with { HardwareAddress = attributes.HardwareAddress }, // IFLA_ADDRESS
                3 => found with { Name = attributes.Text }, // IFLA_IFNAME
                4 => found with { Mtu = (int)Math.Min(attributes.Number, int.MaxValue) }, // IFLA_MTU
                10 => found with { Master = (int)attributes.Number }, // IFLA_MASTER
                16 => found with { OperationalState = attributes.Octet }, // IFLA_OPERSTATE
                5 => found with { Underlay = (int)attributes.Number }, // IFLA_LINK
                13 => found with { QueueLength = (int)Math.Min(attributes.Number, int.MaxValue) }, // IFLA_TXQLEN
                18 => found.WithInformation(new NetlinkAttributeTable(attributes.Value)), // IFLA_LINKINFO
                30 => found with { Promiscuity = (int)Math.Min(attributes.Number, int.MaxValue) }, // IFLA_PROMISCUITY
                37 => found with { IsUnderlayElsewhere = true }, // IFLA_LINK_NETNSID
                23 => found with { Statistics = ReadStatistics(attributes.Value) }, // IFLA_STATS64
                35 => found with { CarrierChanges = attributes.Number }, // IFLA_CARRIER_CHANGES
                _ => found,
            };
        }

        link = found;
        return OperationStatus.Done;
    }

    private LinkMessage WithInformation(NetlinkAttributeTable information)
    {
        string? kind = Text(information[1]); // IFLA_INFO_KIND
        string? master = Text(information[4]); // IFLA_INFO_SLAVE_KIND
        ReadOnlySpan<byte> own = information[2]; // IFLA_INFO_DATA
        var port = new NetlinkAttributeTable(information[5]); // IFLA_INFO_SLAVE_DATA
        return this with
        {
            Kind = kind,
            MasterKind = master,
            PortState = master is "bridge" ? port.Octet(1) : null, // IFLA_BRPORT_STATE
            BondMember = master is "bond" ? BondMemberData.Read(port) : null,
            Bond = kind is "bond" ? BondData.Read(new NetlinkAttributeTable(own)) : null,

            // A tunnel over Ethernet names what it lies on among its own settings: IFLA_VXLAN_LINK.
            Underlay = kind is "vxlan" && new NetlinkAttributeTable(own).Number(3) is { } lower and > 0 ? (int)lower : Underlay,
        };
    }

    private static string? Text(ReadOnlySpan<byte> octets) =>
        octets.TrimEnd((byte)0) is { IsEmpty: false } text ? System.Text.Encoding.UTF8.GetString(text) : null;

    private static Dictionary<string, long> ReadStatistics(ReadOnlySpan<byte> octets)
    {
        var statistics = new Dictionary<string, long>();
        for (int i = 0; i < StatisticNames.Length && octets.Length >= (i + 1) * sizeof(long); i++)
        {
            long value = MemoryMarshal.Read<long>(octets[(i * sizeof(long))..]);
            if (value != 0)
                statistics[StatisticNames[i]] = value;
        }

        return statistics;
    }
}

/// <summary>One interface of a bond. Source: linux/if_link.h, IFLA_BOND_SLAVE_.</summary>
/// <param name="State">0 carries traffic, 1 is kept in reserve.</param>
/// <param name="LinkStatus">What the monitor sees: 0 up, 1 about to fail, 2 down, 3 about to come back.</param>
/// <param name="Failures">How often the link failed.</param>
/// <param name="Aggregator">Number of the group of links that LACP puts it in; null outside 802.3ad.</param>
public sealed record BondMemberData(byte State, byte LinkStatus, uint Failures, int? Aggregator)
{
    /// <summary>Reads the attributes of an interface in a bond.</summary>
    /// <param name="attributes">They.</param>
    internal static BondMemberData Read(NetlinkAttributeTable attributes) => new(
        attributes.Octet(1) ?? 0,
        attributes.Octet(2) ?? 0,
        attributes.Number(3) ?? 0,
        MemoryMarshal.TryRead(attributes[6], out ushort aggregator) ? aggregator : null);
}

/// <summary>A bond. Source: linux/if_link.h, IFLA_BOND_; linux/if_bonding.h, BOND_MODE_.</summary>
/// <param name="Mode">0 balance-rr, 1 active-backup, 2 balance-xor, 3 broadcast, 4 802.3ad, 5 balance-tlb, 6 balance-alb.</param>
/// <param name="Aggregator">Number of the group of links in use; null outside 802.3ad.</param>
/// <param name="Partner">Hardware address of the switch; null outside 802.3ad, or while none answers.</param>
public sealed record BondData(byte Mode, int? Aggregator, string? Partner)
{
    /// <summary>Reads the attributes of a bond.</summary>
    /// <param name="attributes">They.</param>
    internal static BondData Read(NetlinkAttributeTable attributes)
    {
        var lacp = new NetlinkAttributeTable(attributes[23]); // IFLA_BOND_AD_INFO
        ReadOnlySpan<byte> partner = lacp[5]; // IFLA_BOND_AD_INFO_PARTNER_MAC
        return new BondData(
            attributes.Octet(1) ?? 0,
            MemoryMarshal.TryRead(lacp[1], out ushort aggregator) ? aggregator : null,
            partner.ContainsAnyExcept((byte)0) ? string.Join(':', partner.ToArray().Select(octet => octet.ToString("x2", null))) : null);
    }
}
