using NetWhy.Analysis.Fields;

namespace NetWhy.Analysis.Dissection;

/// <summary>VLAN tags. Source: IEEE 802.1Q.</summary>
internal static class VlanFields
{
    internal static readonly FieldGroup Group = new("vlan", "802.1Q Virtual LAN");
    internal static readonly Field Priority = Group.Unsigned("priority", "Priority", 16, LinkNames.Priority).Masked(0xe000);
    internal static readonly Field DropEligible = Group.Boolean("dei", "DEI", 16).Masked(0x1000).Saying("Ineligible", "Eligible");
    internal static readonly Field Id = Group.Unsigned("id", "ID", 16).Masked(0x0fff);
    internal static readonly Field Type = Group.Hexadecimal("etype", "Type", 16, LinkNames.EtherType);
    internal static readonly Field Length = Group.Unsigned("len", "Length", 16);
}

/// <summary>Labels. Source: RFC 3032.</summary>
internal static class MplsFields
{
    internal static readonly FieldGroup Group = new("mpls", "MultiProtocol Label Switching Header");
    internal static readonly Field Label = Group.Unsigned("label", "MPLS Label", 32).Masked(0xffff_f000);
    internal static readonly Field TrafficClass = Group.Unsigned("exp", "MPLS Experimental Bits", 32).Masked(0xe00);
    internal static readonly Field Bottom = Group.Unsigned("bottom", "MPLS Bottom Of Label Stack", 32).Masked(0x100);
    internal static readonly Field TimeToLive = Group.Unsigned("ttl", "MPLS TTL", 32).Masked(0xff);
}
