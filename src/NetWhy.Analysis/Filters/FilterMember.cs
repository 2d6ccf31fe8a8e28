using NetWhy.Analysis.Fields;

namespace NetWhy.Analysis.Filters;

/// <summary>Whether a value of a field is in a set.</summary>
internal sealed class FilterMember(FilterQuantifier quantifier, FieldOperand field, IReadOnlyList<(FilterOperand Low, FilterOperand? High)> set, FilterMemory memory)
{
    /// <summary>Whether a packet passes.</summary>
    internal bool Test(in DissectedPacket packet)
    {
        if (!field.Load(packet))
            return false;
        for (int i = 0; i < set.Count; i++)
        {
            (FilterOperand low, FilterOperand? high) = set[i];
            if (low.Load(packet) && (high is null || high.Load(packet)) && IsIn(packet, low, high))
                return true;
        }

        return false;
    }

    // With “all”, each value must be equal to each of the element, or in its range.
    private bool IsIn(in DissectedPacket packet, FilterOperand low, FilterOperand? high)
    {
        bool isAny = quantifier == FilterQuantifier.Any;
        foreach (ref readonly FilterValue value in field.Values.Span)
        {
            if ((high is null ? IsEqual(packet, value, low) : IsBetween(packet, value, low, high)) == isAny)
                return isAny;
        }

        return !isAny;
    }

    private bool IsEqual(in DissectedPacket packet, in FilterValue value, FilterOperand element)
    {
        bool isAny = quantifier == FilterQuantifier.Any;
        foreach (ref readonly FilterValue other in element.Values.Span)
        {
            if (Compare(packet, value, other) is { } order && (order == 0) == isAny)
                return isAny;
        }

        return !isAny;
    }

    // Of bounds with several values, any will do.
    private bool IsBetween(in DissectedPacket packet, in FilterValue value, FilterOperand low, FilterOperand high)
    {
        bool isAbove = false;
        foreach (ref readonly FilterValue other in low.Values.Span)
            isAbove |= Compare(packet, value, other) >= 0;
        bool isBelow = false;
        foreach (ref readonly FilterValue other in high.Values.Span)
            isBelow |= Compare(packet, value, other) <= 0;
        return isAbove && isBelow;
    }

    private int? Compare(in DissectedPacket packet, in FilterValue value, in FilterValue other) =>
        FilterRelation.Compare(memory, packet, field.Type, value, other);
}
