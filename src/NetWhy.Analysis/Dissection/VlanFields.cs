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
    internal static readonly Field Trailer = Group.Octets("trailer", "Trailer");
    internal static readonly Field PastEnd = Group.Finding("len.past_end", "Length field value goes past the end of the payload", Severity.Error, ExpertGroup.Malformed);
    internal static readonly Field TooMany = Group.Finding("too_many_tags", "Too many nested VLAN tags", Severity.Warning, ExpertGroup.Undecoded);
}

/// <summary>Tags of service providers. Source: IEEE 802.1ad.</summary>
internal static class ServiceVlanFields
{
    internal static readonly FieldGroup Group = new("ieee8021ad", "IEEE 802.1ad");
    internal static readonly Field Priority = Group.Unsigned("priority", "Priority", 16).Masked(0xe000);
    internal static readonly Field DropEligible = Group.Unsigned("dei", "DEI", 16).Masked(0x1000);
    internal static readonly Field Id = Group.Unsigned("id", "ID", 16).Masked(0x0fff);
    internal static readonly Field ServiceId = Group.Unsigned("svid", "ID", 16).Masked(0x0fff);
    internal static readonly Field CustomerId = Group.Unsigned("cvid", "ID", 16).Masked(0x0fff);
}

/// <summary>What loopback devices of BSD begin packets with. Source: pcap-linktype(7), LINKTYPE_NULL and LINKTYPE_LOOP.</summary>
internal static class LoopbackFields
{
    internal static readonly FieldGroup Group = new("null", "Null/Loopback");
    internal static readonly Field Family = Group.Unsigned("family", "Family", 32, LinkNames.Family);
}

/// <summary>Packets that begin with IP. Source: pcap-linktype(7), LINKTYPE_RAW.</summary>
internal static class RawFields
{
    internal static readonly FieldGroup Group = new("raw", "Raw packet data");
}

/// <summary>PPP. Source: RFC 1661, RFC 1662.</summary>
internal static class PointToPointFields
{
    internal static readonly FieldGroup Group = new("ppp", "Point-to-Point Protocol");
    internal static readonly Field Address = Group.Hexadecimal("address", "Address", 8);
    internal static readonly Field Control = Group.Hexadecimal("control", "Control", 8);
    internal static readonly Field Protocol = Group.Hexadecimal("protocol", "Protocol", 16, LinkNames.PointToPoint);
}

/// <summary>PPP over Ethernet, where a session stands. Source: RFC 2516.</summary>
internal static class SessionFields
{
    internal static readonly FieldGroup Group = new("pppoes", "PPP-over-Ethernet Session", "pppoe");
    internal static readonly Field Version = Group.Unsigned("version", "Version", 8).Masked(0xf0);
    internal static readonly Field Type = Group.Unsigned("type", "Type", 8).Masked(0x0f);
    internal static readonly Field Code = Group.Hexadecimal("code", "Code", 8, LinkNames.PointToPointCode);
    internal static readonly Field Id = Group.Hexadecimal("session_id", "Session ID", 16);
    internal static readonly Field Length = Group.Unsigned("payload_length", "Payload Length", 16);
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
