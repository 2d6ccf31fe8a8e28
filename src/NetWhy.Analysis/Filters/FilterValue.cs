using NetWhy.Analysis.Fields;

namespace NetWhy.Analysis.Filters;

/// <summary>What an integer may hold: arithmetic that leaves it has no result.</summary>
internal enum FilterInteger : byte
{
    /// <summary>No integer with bounds.</summary>
    None,
    Unsigned32,
    Unsigned64,
    Signed32,
    Signed64,
}

/// <summary>Where the octets of a value are.</summary>
internal enum FilterSource : byte
{
    /// <summary>It has none.</summary>
    None,

    /// <summary>In a field of the packet.</summary>
    Field,

    /// <summary>In the filter.</summary>
    Constant,

    /// <summary>Among those that the filter made for this packet.</summary>
    Work,
}

/// <summary>A value while a filter is evaluated.</summary>
internal struct FilterValue
{
    /// <summary>The value of integers, booleans, IPv4 addresses and times (nanoseconds).</summary>
    internal Int128 Number;

    /// <summary>The value of numbers with a fraction.</summary>
    internal double Double;

    /// <summary>Where its octets begin, in what the source has.</summary>
    internal int Offset;

    /// <summary>How many octets it has.</summary>
    internal int Length;

    /// <summary>Where its octets are.</summary>
    internal FilterSource Source;

    /// <summary>Which of the packet's values has its octets, or which of the filter's constants.</summary>
    internal int Index;

    /// <summary>What an integer may hold.</summary>
    internal FilterInteger Integer;

    /// <summary>How many bits of an address count; all of them in a packet, fewer in a filter.</summary>
    internal byte Prefix;

    /// <summary>The value of a field in a packet.</summary>
    /// <param name="type">The type of the field.</param>
    /// <param name="value">Its value.</param>
    /// <param name="index">Which value of the packet it is.</param>
    internal static FilterValue Of(FilterType type, in FieldValue value, int index)
    {
        var result = new FilterValue { Index = index, Length = Math.Max(value.Length, 0), Source = FilterSource.Field };
        switch (type.Kind)
        {
            case FieldKind.Unsigned or FieldKind.FrameNumber or FieldKind.Boolean or FieldKind.Ipv4Address:
                result.Number = value.Number;
                result.Prefix = 32;
                break;
            case FieldKind.Signed or FieldKind.Time or FieldKind.Duration:
                result.Number = value.Signed;
                break;
            case FieldKind.Double:
                result.Double = value.Double;
                break;
            case FieldKind.Ipv6Address:
                result.Prefix = 128;
                break;
        }

        result.Integer = IntegerOf(type);
        return result;
    }

    /// <summary>What an integer of a type may hold.</summary>
    internal static FilterInteger IntegerOf(FilterType type) => type.Kind switch
    {
        FieldKind.Unsigned or FieldKind.FrameNumber => type.Bits > 32 ? FilterInteger.Unsigned64 : FilterInteger.Unsigned32,
        FieldKind.Signed => type.Bits > 32 ? FilterInteger.Signed64 : FilterInteger.Signed32,
        FieldKind.Boolean => FilterInteger.Unsigned64,
        _ => FilterInteger.None,
    };
}

/// <summary>Values of a part of a filter, used again for each packet.</summary>
internal sealed class FilterValues
{
    private const int Most = 1 << 16;

    private FilterValue[] _values = new FilterValue[4];
    private int _count;

    internal ReadOnlySpan<FilterValue> Span => _values.AsSpan(0, _count);

    internal void Clear() => _count = 0;

    internal void Add(in FilterValue value)
    {
        if (_count == _values.Length)
        {
            if (_count >= Most)
                return;
            Array.Resize(ref _values, _count * 2);
        }

        _values[_count++] = value;
    }
}

/// <summary>The octets of a filter: those written in it, and those made for a packet.</summary>
internal sealed class FilterMemory
{
    private const int MostWork = 1 << 22;

    private readonly List<byte[]> _constants = [];
    private byte[] _work = new byte[256];
    private int _used;

    /// <summary>How often a pattern was given up because it took too long.</summary>
    internal int Abandoned { get; set; }

    /// <summary>Forgets what was made for the packet before.</summary>
    internal void Reset() => _used = 0;

    /// <summary>Keeps octets that are written in the filter.</summary>
    internal FilterValue Keep(byte[] octets)
    {
        _constants.Add(octets);
        return new FilterValue { Source = FilterSource.Constant, Index = _constants.Count - 1, Length = octets.Length, Prefix = 128 };
    }

    /// <summary>Makes room for octets; those that do not fit are left out.</summary>
    /// <param name="length">How many.</param>
    /// <param name="value">The value that they are of.</param>
    internal Span<byte> Make(int length, out FilterValue value)
    {
        length = Math.Min(length, MostWork - _used);
        if (_used + length > _work.Length)
            Array.Resize(ref _work, Math.Max(_work.Length * 2, _used + length));
        value = new FilterValue { Source = FilterSource.Work, Offset = _used, Length = length, Prefix = 128 };
        _used += length;
        return _work.AsSpan(value.Offset, length);
    }

    /// <summary>The octets of a value.</summary>
    internal ReadOnlySpan<byte> Octets(in DissectedPacket packet, in FilterValue value) => value.Source switch
    {
        FilterSource.Field => Part(packet.OctetsOf(in packet.Values[value.Index]), value.Offset, value.Length),
        FilterSource.Constant => Part(_constants[value.Index], value.Offset, value.Length),
        FilterSource.Work => _work.AsSpan(value.Offset, value.Length),
        _ => default,
    };

    // A packet may have been cut where it was captured.
    private static ReadOnlySpan<byte> Part(ReadOnlySpan<byte> octets, int offset, int length)
    {
        int start = Math.Min(offset, octets.Length);
        return octets.Slice(start, Math.Min(length, octets.Length - start));
    }
}
