using NetWhy.Analysis.Fields;

namespace NetWhy.Tools.Tshark.Counting;

/// <summary>The values that tell of a packet itself: what an error of ICMP quotes is no packet of its own, and tshark does not count it.</summary>
internal static class OwnValues
{
    private static readonly Field Icmp = FieldCatalog.Default["icmp"], Icmp6 = FieldCatalog.Default["icmpv6"], Ipv4 = FieldCatalog.Default["ip"], Ipv6 = FieldCatalog.Default["ipv6"];

    /// <summary>Asks for the fields that tell where a quotation begins.</summary>
    /// <param name="fields">Where to ask.</param>
    internal static void Want(PacketFields fields) => fields.Want([Icmp, Icmp6, Ipv4, Ipv6]);

    /// <summary>The values before the quotation, or all of them.</summary>
    /// <param name="packet">The packet.</param>
    internal static ReadOnlySpan<FieldValue> Of(in DissectedPacket packet)
    {
        ReadOnlySpan<FieldValue> values = packet.Values;
        bool isError = false;
        for (int place = 0; place < values.Length; place++)
        {
            int field = values[place].FieldIndex;
            isError |= field == Icmp.Index || field == Icmp6.Index;
            if (isError && (field == Ipv4.Index || field == Ipv6.Index))
                return values[..place];
        }

        return values;
    }
}
