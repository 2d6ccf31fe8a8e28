using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Text;
using NetWhy.Analysis.Fields;

namespace NetWhy.Analysis.Filters;

/// <summary>A part of a filter that has values.</summary>
/// <param name="type">What they are.</param>
internal abstract class FilterOperand(FilterType type)
{
    /// <summary>What its values are.</summary>
    internal FilterType Type { get; } = type;

    /// <summary>The values that were found last.</summary>
    internal FilterValues Values { get; } = new();

    /// <summary>Finds its values in a packet.</summary>
    /// <returns>Whether what it reads is there; if so, it may yet have no value, such as a quotient by 0.</returns>
    internal abstract bool Load(in DissectedPacket packet);
}

/// <summary>A value that is written in the filter.</summary>
internal sealed class ConstantOperand : FilterOperand
{
    internal ConstantOperand(FilterType type, in FilterValue value)
        : base(type)
    {
        Value = value;
        Values.Add(value);
    }

    internal FilterValue Value { get; }

    internal override bool Load(in DissectedPacket packet) => true;
}

/// <summary>The values of a field.</summary>
internal sealed class FieldOperand(Field field, IReadOnlyList<FilterRange>? layers) : FilterOperand(FilterType.Of(field))
{
    internal Field Field { get; } = field;

    /// <summary>Whether only some layers of the packet count.</summary>
    internal bool HasLayers { get; } = layers is not null;

    /// <summary>Whether the packet has the field.</summary>
    internal bool Exists(in DissectedPacket packet)
    {
        if (layers is not null)
            return Load(packet);
        foreach (ref readonly FieldValue value in packet.Values)
        {
            if (value.FieldIndex == Field.Index)
                return true;
        }

        return false;
    }

    internal override bool Load(in DissectedPacket packet)
    {
        Values.Clear();
        int layer = 0;
        int last = layers is null ? 0 : LastLayer(packet);
        ReadOnlySpan<FieldValue> values = packet.Values;
        for (int i = 0; i < values.Length; i++)
        {
            if (values[i].FieldIndex == Field.Protocol.Index)
                layer++;
            if (values[i].FieldIndex == Field.Index && (layers is null || IsIn(layers, layer, last)))
                Values.Add(FilterValue.Of(Type, values[i], i));
        }

        return Values.Span.Length > 0;
    }

    // The last layer that has the field.
    private int LastLayer(in DissectedPacket packet)
    {
        int layer = 0;
        int last = 0;
        foreach (ref readonly FieldValue value in packet.Values)
        {
            if (value.FieldIndex == Field.Protocol.Index)
                layer++;
            if (value.FieldIndex == Field.Index)
                last = layer;
        }

        return last;
    }

    private static bool IsIn(IReadOnlyList<FilterRange> ranges, int layer, int last)
    {
        for (int i = 0; i < ranges.Count; i++)
        {
            FilterRange range = ranges[i];
            long first = range.Start < 0 ? last + range.Start + 1 : range.Start;
            long end = (range.Length, range.End) switch
            {
                ({ } length, _) => first + length - 1,
                (_, { } to) => to, // counted from the beginning even if the first one is not: [-2--1] holds no layer in tshark
                _ => last,
            };
            if (layer >= first && layer <= end)
                return true;
        }

        return false;
    }
}

/// <summary>Parts of the octets of a value; a part that does not fit in is left out.</summary>
internal sealed class SliceOperand(FilterOperand source, IReadOnlyList<FilterRange> ranges, FilterMemory memory) : FilterOperand(FilterType.Octets)
{
    internal override bool Load(in DissectedPacket packet)
    {
        Values.Clear();
        if (!source.Load(packet))
            return false;
        foreach (ref readonly FilterValue value in source.Values.Span)
        {
            FilterValue octets = AsOctets(value);
            Values.Add(ranges.Count == 1 ? Slice(packet, octets, ranges[0]) : Join(packet, octets));
        }

        return true;
    }

    // An IPv4 address is a number: its octets are made.
    private FilterValue AsOctets(in FilterValue value)
    {
        if (source.Type.Kind != FieldKind.Ipv4Address)
            return value;
        Span<byte> octets = memory.Make(4, out FilterValue made);
        if (octets.Length == 4)
            BinaryPrimitives.WriteUInt32BigEndian(octets, (uint)value.Number);
        return made;
    }

    private FilterValue Slice(in DissectedPacket packet, FilterValue value, FilterRange range)
    {
        int length = memory.Octets(packet, value).Length;
        (int start, int count) = Locate(range, length);
        value.Offset += start;
        value.Length = count;
        return value;
    }

    private FilterValue Join(in DissectedPacket packet, in FilterValue value)
    {
        int length = memory.Octets(packet, value).Length;
        int total = 0;
        for (int i = 0; i < ranges.Count; i++)
            total += Math.Min(Locate(ranges[i], length).Count, int.MaxValue - total);
        Span<byte> joined = memory.Make(total, out FilterValue made);
        ReadOnlySpan<byte> octets = memory.Octets(packet, value);
        for (int i = 0; i < ranges.Count; i++)
        {
            (int start, int count) = Locate(ranges[i], length);
            count = Math.Min(count, joined.Length);
            octets.Slice(start, count).CopyTo(joined);
            joined = joined[count..];
        }

        return made;
    }

    private static (int Start, int Count) Locate(FilterRange range, int length)
    {
        long start = range.Start < 0 ? (long)length + range.Start : range.Start;
        long end = (range.Length, range.End) switch
        {
            ({ } count, _) => start + count,
            (_, { } last) => (last < 0 ? (long)length + last : last) + 1,
            _ => length,
        };
        return start < 0 || start > length || end > length ? (0, 0) : ((int)start, (int)(end - start));
    }
}

/// <summary>A number or octets that are computed from one or two values.</summary>
internal sealed class ArithmeticOperand(ArithmeticOperator op, FilterOperand left, FilterOperand? right, FilterMemory memory) : FilterOperand(left.Type)
{
    internal override bool Load(in DissectedPacket packet)
    {
        Values.Clear();
        if (!left.Load(packet) || (right is not null && !right.Load(packet)))
            return false;
        foreach (ref readonly FilterValue first in left.Values.Span)
        {
            if (right is null)
            {
                if (FilterArithmetic.TryNegate(Type, first, out FilterValue negated))
                    Values.Add(negated);
                continue;
            }

            foreach (ref readonly FilterValue second in right.Values.Span)
            {
                if (Type.Kind is FieldKind.Octets or FieldKind.EthernetAddress or FieldKind.Ipv6Address)
                    Values.Add(Mask(packet, first, second));
                else if (FilterArithmetic.TryCompute(op, Type, first, second, out FilterValue computed))
                    Values.Add(computed);
            }
        }

        return true;
    }

    private FilterValue Mask(in DissectedPacket packet, in FilterValue first, in FilterValue second)
    {
        int length = Math.Min(memory.Octets(packet, first).Length, memory.Octets(packet, second).Length);
        Span<byte> masked = memory.Make(length, out FilterValue made);
        ReadOnlySpan<byte> octets = memory.Octets(packet, first);
        ReadOnlySpan<byte> mask = memory.Octets(packet, second);
        for (int i = 0; i < masked.Length; i++)
            masked[i] = (byte)(octets[i] & mask[i]);
        return made;
    }
}

/// <summary>How many octets each value of a field has.</summary>
internal sealed class LengthOperand(FieldOperand field, FilterMemory memory) : FilterOperand(FilterType.Count)
{
    internal override bool Load(in DissectedPacket packet)
    {
        Values.Clear();
        if (!field.Load(packet))
            return false;
        foreach (ref readonly FilterValue value in field.Values.Span)
            Values.Add(new FilterValue { Integer = FilterInteger.Unsigned32, Number = LengthOf(packet, value) });
        return true;
    }

    // tshark gives booleans and times no length.
    private int LengthOf(in DissectedPacket packet, in FilterValue value) => field.Type.Kind switch
    {
        FieldKind.Unsigned or FieldKind.Signed or FieldKind.FrameNumber => field.Type.Bits / 8,
        FieldKind.Double => 8,
        FieldKind.Ipv4Address => 4,
        FieldKind.Boolean or FieldKind.Time or FieldKind.Duration or FieldKind.None => 0,
        _ => memory.Octets(packet, value).Length,
    };
}

/// <summary>How often a packet has a field.</summary>
internal sealed class CountOperand(FieldOperand field) : FilterOperand(FilterType.Count)
{
    internal override bool Load(in DissectedPacket packet)
    {
        Values.Clear();
        if (!field.Load(packet))
            return false;
        Values.Add(new FilterValue { Integer = FilterInteger.Unsigned32, Number = field.Values.Span.Length });
        return true;
    }
}

/// <summary>Text in capital or small letters, of those that ASCII has.</summary>
internal sealed class CaseOperand(FieldOperand field, bool isUpper, FilterMemory memory) : FilterOperand(FilterType.Text)
{
    internal override bool Load(in DissectedPacket packet)
    {
        Values.Clear();
        if (!field.Load(packet))
            return false;
        foreach (ref readonly FilterValue value in field.Values.Span)
        {
            Span<byte> letters = memory.Make(memory.Octets(packet, value).Length, out FilterValue made);
            ReadOnlySpan<byte> octets = memory.Octets(packet, value);
            for (int i = 0; i < letters.Length; i++)
            {
                bool isOther = isUpper ? octets[i] is >= (byte)'a' and <= (byte)'z' : octets[i] is >= (byte)'A' and <= (byte)'Z';
                letters[i] = isOther ? (byte)(octets[i] ^ 0x20) : octets[i];
            }

            Values.Add(made);
        }

        return true;
    }
}

/// <summary>Numbers and addresses as text.</summary>
internal sealed class PrintOperand(FieldOperand field, FilterMemory memory) : FilterOperand(FilterType.Text)
{
    private const int Longest = 64;

    internal override bool Load(in DissectedPacket packet)
    {
        Values.Clear();
        if (!field.Load(packet))
            return false;
        Span<byte> text = stackalloc byte[Longest];
        foreach (ref readonly FilterValue value in field.Values.Span)
        {
            int length = Print(packet, value, text);
            text[..length].CopyTo(memory.Make(length, out FilterValue made)[..length]);
            Values.Add(made);
        }

        return true;
    }

    private int Print(in DissectedPacket packet, in FilterValue value, Span<byte> text)
    {
        int length;
        switch (field.Type.Kind)
        {
            case FieldKind.Double:
                _ = value.Double.TryFormat(text, out length, "g15", CultureInfo.InvariantCulture);
                return length;
            case FieldKind.Ipv4Address:
                return PrintIpv4((uint)value.Number, text);
            case FieldKind.Ipv6Address:
                ReadOnlySpan<byte> octets = memory.Octets(packet, value);
                return octets.Length == 16 ? Encoding.UTF8.GetBytes(new IPAddress(octets).ToString(), text) : 0;
            case FieldKind.EthernetAddress:
                return PrintEthernet(memory.Octets(packet, value), text);
            default:
                _ = value.Number.TryFormat(text, out length, default, CultureInfo.InvariantCulture);
                return length;
        }
    }

    private static int PrintIpv4(uint address, Span<byte> text)
    {
        int length = 0;
        for (int shift = 24; shift >= 0; shift -= 8)
        {
            _ = ((byte)(address >> shift)).TryFormat(text[length..], out int digits, default, CultureInfo.InvariantCulture);
            length += digits;
            if (shift > 0)
                text[length++] = (byte)'.';
        }

        return length;
    }

    private static int PrintEthernet(ReadOnlySpan<byte> octets, Span<byte> text)
    {
        int length = 0;
        for (int i = 0; i < Math.Min(octets.Length, 6); i++)
        {
            if (i > 0)
                text[length++] = (byte)':';
            text[length++] = "0123456789abcdef"u8[octets[i] >> 4];
            text[length++] = "0123456789abcdef"u8[octets[i] & 15];
        }

        return length;
    }
}

/// <summary>The largest or the smallest of all values; those of fields that the packet lacks are left out.</summary>
internal sealed class ExtremeOperand(IReadOnlyList<FilterOperand> arguments, bool isLargest, FilterMemory memory) : FilterOperand(arguments[0].Type)
{
    internal override bool Load(in DissectedPacket packet)
    {
        Values.Clear();
        FilterValue found = default;
        bool hasFound = false;
        for (int i = arguments.Count - 1; i >= 0; i--) // of equal addresses with different prefixes, the last one counts
        {
            if (!arguments[i].Load(packet))
                continue;
            foreach (ref readonly FilterValue value in arguments[i].Values.Span)
            {
                if (hasFound && !IsBeyond(packet, value, found))
                    continue;
                found = value;
                hasFound = true;
            }
        }

        if (hasFound)
            Values.Add(found);
        return hasFound;
    }

    private bool IsBeyond(in DissectedPacket packet, in FilterValue value, in FilterValue found)
    {
        int? order = FilterRelation.Compare(memory, packet, Type, value with { Integer = FilterInteger.None }, found);
        return isLargest ? order > 0 : order < 0;
    }
}

/// <summary>Numbers without their sign.</summary>
internal sealed class AbsoluteOperand(FilterOperand argument) : FilterOperand(argument.Type)
{
    internal override bool Load(in DissectedPacket packet)
    {
        Values.Clear();
        if (!argument.Load(packet))
            return false;
        foreach (ref readonly FilterValue value in argument.Values.Span)
        {
            bool isNegative = Type.Kind == FieldKind.Double ? value.Double < 0 : value.Number < 0;
            if (!isNegative)
                Values.Add(value);
            else if (FilterArithmetic.TryNegate(Type, value, out FilterValue negated))
                Values.Add(negated);
        }

        return Values.Span.Length > 0;
    }
}
