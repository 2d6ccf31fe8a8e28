using System.Buffers.Binary;
using NetWhy.Analysis.Fields;

namespace NetWhy.Analysis.Filters;

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
