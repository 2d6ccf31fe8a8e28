using NetWhy.Analysis.Fields;

namespace NetWhy.Analysis.Dissection;

/// <summary>Ethernet. Source: IEEE 802.3.</summary>
internal static class EthernetFields
{
    internal static readonly FieldGroup Group = new("eth", "Ethernet");
    internal static readonly Field Destination = Group.EthernetAddress("dst", "Destination");
    internal static readonly Field Source = Group.EthernetAddress("src", "Source");
    internal static readonly Field Address = Group.EthernetAddress("addr", "Destination or source");
    internal static readonly Field Type = Group.Hexadecimal("type", "Type", 16);
    internal static readonly Field Length = Group.Unsigned("len", "Length", 16);
    internal static readonly Field Padding = Group.Octets("padding", "Padding");
    internal static readonly Field Trailer = Group.Octets("trailer", "Trailer");
}
