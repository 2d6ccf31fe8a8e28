namespace NetWhy.Analysis.Fields;

/// <summary>The fields of one protocol, as its class declares them.</summary>
internal sealed class FieldGroup
{
    private readonly List<Field> _fields = [];
    private readonly string _prefix;

    /// <summary>Begins a protocol.</summary>
    /// <param name="name">Its name in filters, such as <c>tcp</c>.</param>
    /// <param name="description">Its name in words.</param>
    /// <param name="prefix">What the names of its fields begin with; null for its own.</param>
    internal FieldGroup(string name, string description, string? prefix = null)
    {
        _prefix = prefix ?? name;
        Protocol = new Field(name, description, FieldKind.Protocol, protocol: null) { IsLayer = true };
        _fields.Add(Protocol);
    }

    /// <summary>The protocol as a field.</summary>
    internal Field Protocol { get; }

    /// <summary>The protocol and its fields, in the order declared.</summary>
    internal IReadOnlyList<Field> Fields => _fields;

    /// <summary>A part that has octets and fields of its own, such as an option.</summary>
    internal Field Part(string name, string description) => Add(name, description, FieldKind.Protocol);

    /// <summary>A part that Wireshark counts among the protocols of a packet, such as a header of IPv6.</summary>
    internal Field Layer(string name, string description)
    {
        var field = new Field($"{_prefix}.{name}", description, FieldKind.Protocol, Protocol) { IsLayer = true };
        _fields.Add(field);
        return field;
    }

    internal Field None(string name, string description) => Add(name, description, FieldKind.None);

    internal Field Boolean(string name, string description) => Add(name, description, FieldKind.Boolean);

    internal Field Text(string name, string description) => Add(name, description, FieldKind.Text);

    /// <summary>Text that is UTF-8, as Wireshark reads it or as it was made here.</summary>
    internal Field Utf8(string name, string description)
    {
        var field = new Field($"{_prefix}.{name}", description, FieldKind.Text, Protocol) { IsUtf8 = true };
        _fields.Add(field);
        return field;
    }

    /// <summary>Text by a name that does not begin with the protocol's.</summary>
    internal Field Unprefixed(string name, string description)
    {
        var field = new Field(name, description, FieldKind.Text, Protocol) { IsUtf8 = true };
        _fields.Add(field);
        return field;
    }

    internal Field Octets(string name, string description) => Add(name, description, FieldKind.Octets);

    internal Field EthernetAddress(string name, string description) => Add(name, description, FieldKind.EthernetAddress);

    internal Field Ipv4Address(string name, string description) => Add(name, description, FieldKind.Ipv4Address);

    internal Field Ipv6Address(string name, string description) => Add(name, description, FieldKind.Ipv6Address);

    internal Field Time(string name, string description) => Add(name, description, FieldKind.Time);

    internal Field Duration(string name, string description) => Add(name, description, FieldKind.Duration);

    internal Field Double(string name, string description) => Add(name, description, FieldKind.Double);

    internal Field FrameNumber(string name, string description) => Add(name, description, FieldKind.FrameNumber, 32);

    internal Field Signed(string name, string description, int bits) => Add(name, description, FieldKind.Signed, bits);

    internal Field Unsigned(string name, string description, int bits, IReadOnlyDictionary<ulong, string>? names = null) =>
        Add(name, description, FieldKind.Unsigned, bits, NumberStyle.Decimal, names);

    internal Field Hexadecimal(string name, string description, int bits, IReadOnlyDictionary<ulong, string>? names = null) =>
        Add(name, description, FieldKind.Unsigned, bits, NumberStyle.Hexadecimal, names);

    private Field Add(string name, string description, FieldKind kind, int bits = 0, NumberStyle style = NumberStyle.Decimal, IReadOnlyDictionary<ulong, string>? names = null)
    {
        var field = new Field($"{_prefix}.{name}", description, kind, Protocol) { Bits = bits, Style = style, ValueNames = names };
        _fields.Add(field);
        return field;
    }
}
