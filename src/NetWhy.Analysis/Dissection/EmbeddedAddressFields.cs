using NetWhy.Analysis.Fields;

namespace NetWhy.Analysis.Dissection;

/// <summary>Addresses of IPv4 that lie in addresses of IPv6. Sources: RFC 3056, RFC 4380, RFC 5214, RFC 6052.</summary>
/// <param name="group">The protocol.</param>
internal sealed class EmbeddedAddressFields(FieldGroup group)
{
    private readonly Field _gateway = group.Ipv4Address("6to4_gw_ipv4", "6to4 Gateway IPv4").Hidden();
    private readonly Field _site = group.Unsigned("6to4_sla_id", "6to4 SLA ID", 16).Hidden();
    private readonly Field _server = group.Ipv4Address("ts_ipv4", "Teredo Server IPv4").Hidden();
    private readonly Field _port = group.Unsigned("tc_port", "Teredo Port", 16).Hidden();
    private readonly Field _client = group.Ipv4Address("tc_ipv4", "Teredo Client IPv4").Hidden();
    private readonly Field _isatap = group.Ipv4Address("isatap_ipv4", "ISATAP IPv4").Hidden();
    private readonly Field _prefix = group.Octets("embed_ipv4_prefix", "Embedded IPv4 Prefix").Generated();
    private readonly Field _embedded = group.Ipv4Address("embed_ipv4", "Embedded IPv4").Generated();
    private readonly EndFields _source = new(group, "src", "Source");
    private readonly EndFields _destination = new(group, "dst", "Destination");

    /// <summary>Adds 6to4 and Teredo, which prefixes tell.</summary>
    /// <param name="dissection">The packet.</param>
    /// <param name="offset">Where its source is.</param>
    internal void AddByPrefix(ref Dissection dissection, int offset)
    {
        AddSite(ref dissection, _source, offset);
        AddSite(ref dissection, _destination, offset + 16);
        AddTeredo(ref dissection, _source, offset);
        AddTeredo(ref dissection, _destination, offset + 16);
    }

    /// <summary>Adds ISATAP, which the identifier of the interface tells, and addresses for translators.</summary>
    /// <param name="dissection">The packet.</param>
    /// <param name="offset">Where its source is.</param>
    internal void AddByIdentifier(ref Dissection dissection, int offset)
    {
        AddIsatap(ref dissection, _source, offset);
        AddIsatap(ref dissection, _destination, offset + 16);
        AddEmbedded(ref dissection, _source, offset);
        AddEmbedded(ref dissection, _destination, offset + 16);
    }

    private void AddSite(ref Dissection dissection, EndFields end, int offset)
    {
        if (dissection.U16(offset) != 0x2002)
            return;
        dissection.Ipv4(end.Gateway, offset + 2);
        dissection.Ipv4(_gateway, offset + 2);
        dissection.Number(end.Site, offset + 6, 2);
        dissection.Number(_site, offset + 6, 2);
    }

    // The client's own address and port are inverted: translators change what they know.
    private void AddTeredo(ref Dissection dissection, EndFields end, int offset)
    {
        if (dissection.U32(offset) != 0x2001_0000)
            return;
        uint client = ~dissection.U32(offset + 12);
        uint port = (ushort)~dissection.U16(offset + 10);
        dissection.Ipv4(end.Server, offset + 4);
        dissection.Ipv4(_server, offset + 4);
        dissection.Fields.Add(end.Port, port, offset + 10, 2);
        dissection.Fields.Add(_port, port, offset + 10, 2);
        dissection.Fields.Add(end.Client, client, offset + 12, 4);
        dissection.Fields.Add(_client, client, offset + 12, 4);
    }

    private void AddIsatap(ref Dissection dissection, EndFields end, int offset)
    {
        if ((dissection.U32(offset + 8) & 0xfdff_ffff) != 0x0000_5efe)
            return;
        dissection.Ipv4(end.Isatap, offset + 12);
        dissection.Ipv4(_isatap, offset + 12);
    }

    private void AddEmbedded(ref Dissection dissection, EndFields end, int offset)
    {
        const ulong WellKnown = 0x0064_ff9b_0000_0000;
        if (dissection.U32(offset) != WellKnown >> 32 || dissection.Integer(offset + 4, 8) != 0)
            return;
        dissection.Part(_prefix, offset, 12);
        dissection.Ipv4(end.Embedded, offset + 12);
        dissection.Ipv4(_embedded, offset + 12);
    }

    private sealed class EndFields(FieldGroup group, string prefix, string label)
    {
        internal Field Isatap { get; } = group.Ipv4Address($"{prefix}_isatap_ipv4", $"{label} ISATAP IPv4").Generated();
        internal Field Gateway { get; } = group.Ipv4Address($"{prefix}_6to4_gw_ipv4", $"{label} 6to4 Gateway IPv4").Generated();
        internal Field Site { get; } = group.Unsigned($"{prefix}_6to4_sla_id", $"{label} 6to4 SLA ID", 16).Generated();
        internal Field Server { get; } = group.Ipv4Address($"{prefix}_ts_ipv4", $"{label} Teredo Server IPv4").Generated();
        internal Field Port { get; } = group.Unsigned($"{prefix}_tc_port", $"{label} Teredo Port", 16).Generated();
        internal Field Client { get; } = group.Ipv4Address($"{prefix}_tc_ipv4", $"{label} Teredo Client IPv4").Generated();
        internal Field Embedded { get; } = group.Ipv4Address($"{prefix}_embed_ipv4", $"{label} Embedded IPv4").Generated();
    }
}
