using NetWhy.Analysis.Fields;

namespace NetWhy.Analysis.Filters;

/// <summary>What kind of value a part of a filter has, and so what can be done with it. Source: Wireshark 4.0, as tshark accepts and rejects.</summary>
/// <param name="Kind">The kind.</param>
/// <param name="Bits">The size of an integer; 0 for other kinds.</param>
internal readonly record struct FilterType(FieldKind Kind, int Bits)
{
    internal static readonly FilterType Octets = new(FieldKind.Octets, 0);
    internal static readonly FilterType Text = new(FieldKind.Text, 0);
    internal static readonly FilterType Count = new(FieldKind.Unsigned, 32);

    internal bool IsInteger => Kind is FieldKind.Unsigned or FieldKind.Signed or FieldKind.FrameNumber;

    internal bool CanCompare => Kind != FieldKind.None;

    internal bool CanContain => Kind is FieldKind.Protocol or FieldKind.Text or FieldKind.Octets or FieldKind.EthernetAddress;

    internal bool CanSlice => CanContain || Kind is FieldKind.Ipv4Address or FieldKind.Ipv6Address;

    internal bool CanPrint => IsInteger || Kind is FieldKind.Double or FieldKind.EthernetAddress or FieldKind.Ipv4Address or FieldKind.Ipv6Address;

    internal bool CanNegate => IsInteger || Kind is FieldKind.Double or FieldKind.Duration;

    /// <summary>Whether two values of this type can be joined by an operator of arithmetic.</summary>
    internal bool Can(ArithmeticOperator op) => op switch
    {
        ArithmeticOperator.And => IsInteger || (CanSlice && Kind is not (FieldKind.Protocol or FieldKind.Text)),
        ArithmeticOperator.Add or ArithmeticOperator.Subtract or ArithmeticOperator.Negate => CanNegate,
        ArithmeticOperator.Multiply or ArithmeticOperator.Divide => IsInteger || Kind == FieldKind.Double,
        _ => IsInteger,
    };

    /// <summary>Whether a value of this type, on the left, can be compared with one of another.</summary>
    internal bool IsComparableWith(FilterType right) => Kind switch
    {
        FieldKind.Octets or FieldKind.EthernetAddress => right.Kind is FieldKind.Octets or FieldKind.EthernetAddress,
        FieldKind.None => false,
        _ when IsInteger => right.IsInteger || right.Kind == FieldKind.Boolean,
        _ => right.Kind == Kind,
    };

    internal static FilterType Of(Field field) => field.Kind switch
    {
        FieldKind.Unsigned or FieldKind.Signed => new FilterType(field.Kind, field.Bits == 0 ? 32 : field.Bits),
        FieldKind.FrameNumber => new FilterType(field.Kind, 32),
        FieldKind.Protocol when !field.IsLayer => Octets, // an option
        _ => new FilterType(field.Kind, 0),
    };

    /// <summary>The type in words, with its article.</summary>
    public override string ToString() => Kind switch
    {
        FieldKind.None => "a mark without a value",
        FieldKind.Protocol => "a protocol",
        FieldKind.Boolean => "a boolean",
        FieldKind.Unsigned => $"a number of {Bits} bits",
        FieldKind.Signed => $"a signed number of {Bits} bits",
        FieldKind.Double => "a number with a fraction",
        FieldKind.FrameNumber => "the number of a packet",
        FieldKind.Time => "a date and time",
        FieldKind.Duration => "a duration in seconds",
        FieldKind.Text => "text",
        FieldKind.Octets => "octets",
        FieldKind.EthernetAddress => "an Ethernet address",
        FieldKind.Ipv4Address => "an IPv4 address",
        _ => "an IPv6 address",
    };
}
