using System.Buffers.Binary;
using NetWhy.Analysis.Fields;

namespace NetWhy.Analysis.Filters;

/// <summary>A condition on a packet.</summary>
internal delegate bool PacketTest(in DissectedPacket packet);

/// <summary>A comparison of the values of two parts of a filter.</summary>
/// <remarks>
/// What the packet lacks fails every comparison. Values that cannot be compared, such as 1 and a number of 64 bits, count
/// neither for nor against it; without any value, "all" is true.
/// </remarks>
internal sealed class FilterRelation(FilterComparison comparison, FilterQuantifier quantifier, FilterOperand left, FilterOperand right, FilterMemory memory)
{
    // The most common comparison needs no lists.
    private readonly FieldOperand? _field = left is FieldOperand { HasLayers: false } field && right is ConstantOperand ? field : null;
    private readonly FilterValue _constant = right is ConstantOperand constant ? constant.Value : default;

    /// <summary>Whether a packet passes.</summary>
    internal bool Test(in DissectedPacket packet) => _field is null ? TestLists(packet) : TestField(packet, _field);

    /// <summary>Compares two values of a type.</summary>
    /// <returns>Below 0, 0 or above 0; null if they cannot be compared.</returns>
    internal static int? Compare(FilterMemory memory, in DissectedPacket packet, FilterType type, in FilterValue left, in FilterValue right)
    {
        switch (type.Kind)
        {
            case FieldKind.Double:
                return double.IsNaN(left.Double) || double.IsNaN(right.Double) ? null : left.Double.CompareTo(right.Double);
            case FieldKind.Ipv4Address:
                uint mask = Mask(Math.Min(left.Prefix, right.Prefix));
                return ((uint)left.Number & mask).CompareTo((uint)right.Number & mask);
            case FieldKind.Ipv6Address:
                return Compare(memory.Octets(packet, left), memory.Octets(packet, right), Math.Min(left.Prefix, right.Prefix));
            case FieldKind.Protocol or FieldKind.Octets or FieldKind.EthernetAddress: // the longer one is larger
                int order = memory.Octets(packet, left).Length.CompareTo(memory.Octets(packet, right).Length);
                return order != 0 ? order : memory.Octets(packet, left).SequenceCompareTo(memory.Octets(packet, right));
            case FieldKind.Text:
                return memory.Octets(packet, left).SequenceCompareTo(memory.Octets(packet, right));
            default:
                return FilterArithmetic.Fits(right.Number, left.Integer) ? left.Number.CompareTo(right.Number) : null;
        }
    }

    private static int Compare(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right, int prefix)
    {
        if (left.Length != 16 || right.Length != 16)
            return left.SequenceCompareTo(right);
        UInt128 mask = prefix == 0 ? 0 : UInt128.MaxValue << (128 - prefix);
        return (BinaryPrimitives.ReadUInt128BigEndian(left) & mask).CompareTo(BinaryPrimitives.ReadUInt128BigEndian(right) & mask);
    }

    private static uint Mask(int prefix) => prefix == 0 ? 0 : uint.MaxValue << (32 - prefix);

    private bool TestField(in DissectedPacket packet, FieldOperand field)
    {
        bool isPresent = false;
        ReadOnlySpan<FieldValue> values = packet.Values;
        for (int i = 0; i < values.Length; i++)
        {
            if (values[i].FieldIndex != field.Field.Index)
                continue;
            isPresent = true;
            bool? outcome = Outcome(packet, FilterValue.Of(field.Type, values[i], i), _constant);
            if (Decides(outcome))
                return outcome == true;
        }

        return isPresent && quantifier == FilterQuantifier.All;
    }

    private bool TestLists(in DissectedPacket packet)
    {
        if (!left.Load(packet) || !right.Load(packet))
            return false;
        foreach (ref readonly FilterValue first in left.Values.Span)
        {
            foreach (ref readonly FilterValue second in right.Values.Span)
            {
                bool? outcome = Outcome(packet, first, second);
                if (Decides(outcome))
                    return outcome == true;
            }
        }

        return quantifier == FilterQuantifier.All;
    }

    private bool Decides(bool? outcome) => outcome == (quantifier == FilterQuantifier.Any);

    private bool? Outcome(in DissectedPacket packet, in FilterValue first, in FilterValue second)
    {
        if (comparison == FilterComparison.Contains)
            return Contains(Reach(packet, first), memory.Octets(packet, second));
        if (Compare(memory, packet, left.Type, first, second) is not { } order)
            return null;
        return comparison switch
        {
            FilterComparison.Equal => order == 0,
            FilterComparison.NotEqual => order != 0,
            FilterComparison.Greater => order > 0,
            FilterComparison.GreaterOrEqual => order >= 0,
            FilterComparison.Less => order < 0,
            _ => order <= 0,
        };
    }

    // tshark finds nothing in text, but octets in octets.
    private bool Contains(ReadOnlySpan<byte> octets, ReadOnlySpan<byte> wanted) =>
        wanted.IsEmpty ? left.Type.Kind is FieldKind.Octets or FieldKind.EthernetAddress && !octets.IsEmpty : octets.IndexOf(wanted) >= 0;

    private ReadOnlySpan<byte> Reach(in DissectedPacket packet, in FilterValue value) => FilterReach.Octets(memory, packet, left, value);
}

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

/// <summary>Where searches look: a protocol reaches from its header to the end of the packet.</summary>
internal static class FilterReach
{
    /// <summary>The octets that a search looks at.</summary>
    internal static ReadOnlySpan<byte> Octets(FilterMemory memory, in DissectedPacket packet, FilterOperand operand, in FilterValue value)
    {
        if (operand is not FieldOperand { Field: { Kind: FieldKind.Protocol } field } || field.Protocol != field)
            return memory.Octets(packet, value);
        ref readonly FieldValue header = ref packet.Values[value.Index];
        return header.Length == 0 ? memory.Octets(packet, value) : packet.OctetsFrom(header);
    }
}
