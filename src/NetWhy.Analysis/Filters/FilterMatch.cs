using NetWhy.Analysis.Fields;

namespace NetWhy.Analysis.Filters;

/// <summary>Whether text matches a regular expression.</summary>
internal sealed class FilterMatch(FilterQuantifier quantifier, FilterOperand operand, FilterPattern pattern, FilterMemory memory)
{
    /// <summary>Whether a packet passes.</summary>
    internal bool Test(in DissectedPacket packet)
    {
        if (!operand.Load(packet))
            return false;
        foreach (ref readonly FilterValue value in operand.Values.Span)
        {
            ReadOnlySpan<byte> octets = FilterReach.Octets(memory, packet, operand, value);
            bool isMatch = (!octets.IsEmpty || operand.Type.Kind == FieldKind.Text) && pattern.IsMatch(octets, memory);
            if (isMatch == (quantifier == FilterQuantifier.Any))
                return isMatch;
        }

        return quantifier == FilterQuantifier.All;
    }
}
