using NetWhy.Evidence;
using NetWhy.Wire.Netlink;

namespace NetWhy.Paths;

/// <summary>Makes evidence of what the kernel tells of an interface.</summary>
public static class LinkStates
{
    extension(LinkMessage link)
    {
        /// <summary>The interface as evidence.</summary>
        /// <param name="names">Names of the interfaces by their indexes.</param>
        public LinkState ToState(ILookup<int, string> names) => new(
            link.Name,
            link.Header.Flags.HasFlag(LinkFlags.Up),
            link.Header.Flags.HasFlag(LinkFlags.LowerUp),
            link.Mtu)
        {
            Index = link.Header.Index,
            OperationalState = link.OperationalState switch
            {
                1 => "notpresent",
                2 => "down",
                3 => "lowerlayerdown",
                4 => "testing",
                5 => "dormant",
                6 => "up",
                _ => "unknown",
            },
            LinkKind = link.Kind,
            Master = link.Master == 0 ? null : names[link.Master].FirstOrDefault(),
            MasterKind = link.Master == 0 ? null : link.MasterKind,
            HardwareAddress = link.HardwareAddress,
            CarrierChanges = link.CarrierChanges,
            Statistics = link.Statistics,
            IsLoopback = link.Header.Flags.HasFlag(LinkFlags.Loopback),
            Underlay = link.Underlay == 0 || link.IsUnderlayElsewhere || link.Underlay == link.Header.Index ? null : names[link.Underlay].FirstOrDefault(),
            Promiscuity = link.Promiscuity,
            QueueLength = link.QueueLength,
            PortState = link.PortState switch { 0 => "disabled", 1 => "listening", 2 => "learning", 3 => "forwarding", 4 => "blocking", _ => null },
            BondMember = link.BondMember is { } member
                ? new BondMember(member.State == 0, member.LinkStatus == 0, member.Failures, member.Aggregator)
                : null,
            Bond = link.Bond is { } bond ? new BondState(BondMode(bond.Mode), bond.Aggregator, bond.Partner) : null,
        };
    }

    private static string BondMode(byte mode) => mode switch
    {
        0 => "balance-rr",
        1 => "active-backup",
        2 => "balance-xor",
        3 => "broadcast",
        4 => "802.3ad",
        5 => "balance-tlb",
        6 => "balance-alb",
        _ => "unknown",
    };
}
