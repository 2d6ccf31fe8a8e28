using NetWhy.Analysis.Fields;

namespace NetWhy.Analysis.Dissection;

/// <summary>Ethernet. Source: IEEE 802.3.</summary>
internal static class EthernetFields
{
    internal static readonly FieldGroup Group = new("eth", "Ethernet");
    internal static readonly Field Destination = Group.EthernetAddress("dst", "Destination");
    internal static readonly Field Source = Group.EthernetAddress("src", "Source");
    internal static readonly Field Address = Group.EthernetAddress("addr", "Destination or source");
    internal static readonly Field DestinationLocal = Group.Boolean("dst.lg", "Destination is administered locally");
    internal static readonly Field DestinationGroup = Group.Boolean("dst.ig", "Destination is a group");
    internal static readonly Field SourceLocal = Group.Boolean("src.lg", "Source is administered locally");
    internal static readonly Field SourceGroup = Group.Boolean("src.ig", "Source is a group");
    internal static readonly Field Local = Group.Boolean("lg", "Administered locally");
    internal static readonly Field IsGroup = Group.Boolean("ig", "A group");
    internal static readonly Field Type = Group.Hexadecimal("type", "Type", 16);
    internal static readonly Field Length = Group.Unsigned("len", "Length", 16);
}
