namespace NetWhy.Wire.Netlink;

/// <summary>Message types of rtnetlink. Source: linux/rtnetlink.h; rtnetlink(7).</summary>
public static class RouteMessageType
{
    /// <summary><c>RTM_NEWLINK</c>: one interface.</summary>
    public const NetlinkMessageType NewLink = (NetlinkMessageType)16;

    /// <summary><c>RTM_GETLINK</c>: asks for interfaces.</summary>
    public const NetlinkMessageType GetLink = (NetlinkMessageType)18;

    /// <summary><c>RTM_NEWADDR</c>: one address of an interface.</summary>
    public const NetlinkMessageType NewAddress = (NetlinkMessageType)20;

    /// <summary><c>RTM_GETADDR</c>: asks for addresses.</summary>
    public const NetlinkMessageType GetAddress = (NetlinkMessageType)22;

    /// <summary><c>RTM_NEWROUTE</c>: one route.</summary>
    public const NetlinkMessageType NewRoute = (NetlinkMessageType)24;

    /// <summary><c>RTM_GETROUTE</c>: asks for routes, or how an address would be reached.</summary>
    public const NetlinkMessageType GetRoute = (NetlinkMessageType)26;

    /// <summary><c>RTM_NEWNEIGH</c>: one entry of the neighbour table.</summary>
    public const NetlinkMessageType NewNeighbour = (NetlinkMessageType)28;

    /// <summary><c>RTM_GETNEIGH</c>: asks for neighbours.</summary>
    public const NetlinkMessageType GetNeighbour = (NetlinkMessageType)30;

    /// <summary><c>RTM_NEWRULE</c>: one policy routing rule.</summary>
    public const NetlinkMessageType NewRule = (NetlinkMessageType)32;

    /// <summary><c>RTM_GETRULE</c>: asks for policy routing rules.</summary>
    public const NetlinkMessageType GetRule = (NetlinkMessageType)34;

    /// <summary><c>RTM_NEWQDISC</c>: one queueing discipline.</summary>
    public const NetlinkMessageType NewQueueDiscipline = (NetlinkMessageType)36;

    /// <summary><c>RTM_GETQDISC</c>: asks for queueing disciplines.</summary>
    public const NetlinkMessageType GetQueueDiscipline = (NetlinkMessageType)38;

    /// <summary><c>RTM_NEWNEIGHTBL</c>: the neighbour table of one family.</summary>
    public const NetlinkMessageType NewNeighbourTable = (NetlinkMessageType)64;

    /// <summary><c>RTM_GETNEIGHTBL</c>: asks for the neighbour tables.</summary>
    public const NetlinkMessageType GetNeighbourTable = (NetlinkMessageType)66;
}
