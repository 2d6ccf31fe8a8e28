using NetWhy.Analysis.Fields;

namespace NetWhy.Analysis.Filters;

/// <summary>Where searches look: a protocol reaches from its header to the end of the packet.</summary>
internal static class FilterReach
{
    /// <summary>The octets that a search looks at.</summary>
    internal static ReadOnlySpan<byte> Octets(FilterMemory memory, in DissectedPacket packet, FilterOperand operand, in FilterValue value)
    {
        if (operand.Type.Kind != FieldKind.Protocol || operand is FieldOperand { Field: { } field } && field.Protocol != field)
            return memory.Octets(packet, value);
        ref readonly FieldValue header = ref packet.Values[value.Index];
        return header.Length == 0 ? memory.Octets(packet, value) : packet.OctetsFrom(header);
    }
}
