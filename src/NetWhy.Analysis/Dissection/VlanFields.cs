using NetWhy.Analysis.Fields;

namespace NetWhy.Analysis.Dissection;

/// <summary>VLAN tags. Source: IEEE 802.1Q.</summary>
internal static class VlanFields
{
    internal static readonly FieldGroup Group = new("vlan", "Virtual LAN");
    internal static readonly Field Priority = Group.Unsigned("priority", "Priority", 16);
    internal static readonly Field DropEligible = Group.Boolean("dei", "Drop eligible");
    internal static readonly Field Id = Group.Unsigned("id", "Number of the virtual LAN", 16);
    internal static readonly Field Type = Group.Hexadecimal("etype", "Type", 16);
    internal static readonly Field Length = Group.Unsigned("len", "Length", 16);
}

/// <summary>Labels. Source: RFC 3032.</summary>
internal static class MplsFields
{
    internal static readonly FieldGroup Group = new("mpls", "Multiprotocol Label Switching");
    internal static readonly Field Label = Group.Unsigned("label", "Label", 32);
    internal static readonly Field TrafficClass = Group.Unsigned("exp", "Traffic class", 32);
    internal static readonly Field Bottom = Group.Unsigned("bottom", "Bottom of the stack", 32);
    internal static readonly Field TimeToLive = Group.Unsigned("ttl", "Time to live", 32);
}
