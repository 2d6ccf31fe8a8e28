namespace NetWhy.Analysis.Fields;

/// <summary>The fields of one protocol, as its class declares them.</summary>
internal sealed class FieldGroup
{
    private readonly List<Field> _fields = [];
    private readonly string _prefix;

    /// <summary>Begins a protocol.</summary>
    /// <param name="name">Its name in filters, such as <c>tcp</c>.</param>
    /// <param name="label">Its name in words.</param>
    /// <param name="prefix">What the names of its fields begin with; null for its own.</param>
    internal FieldGroup(string name, string label, string? prefix = null)
    {
        _prefix = prefix ?? name;
        Protocol = new Field(name, label, FieldKind.Protocol, protocol: null) { IsLayer = true };
        _fields.Add(Protocol);
    }

    /// <summary>Begins more fields of a protocol, which another class declares.</summary>
    /// <param name="whole">The protocol.</param>
    internal FieldGroup(FieldGroup whole)
    {
        _prefix = whole._prefix;
        Protocol = whole.Protocol;
    }

    /// <summary>Begins a part of a protocol, whose fields another class declares.</summary>
    /// <param name="whole">The protocol.</param>
    /// <param name="name">What the names of the fields have in common, behind the protocol's.</param>
    internal FieldGroup(FieldGroup whole, string name)
    {
        _prefix = $"{whole._prefix}.{name}";
        Protocol = whole.Protocol;
    }

    /// <summary>The protocol as a field.</summary>
    internal Field Protocol { get; }

    /// <summary>The protocol, if it begins here, and its fields, in the order declared.</summary>
    internal IReadOnlyList<Field> Fields => _fields;

    /// <summary>A part that has octets and fields of its own, such as an option.</summary>
    internal Field Part(string name, string label) => Add(name, label, FieldKind.Protocol);

    /// <summary>A part that Wireshark counts among the protocols of a packet, such as a header of IPv6.</summary>
    internal Field Layer(string name, string label)
    {
        var field = new Field($"{_prefix}.{name}", label, FieldKind.Protocol, Protocol) { IsLayer = true };
        _fields.Add(field);
        return field;
    }

    internal Field None(string name, string label) => Add(name, label, FieldKind.None);

    /// <summary>What an expert remarks; the label is its message where the packet does not tell more.</summary>
    internal Field Finding(string name, string label, Severity severity, ExpertGroup group = ExpertGroup.Sequence)
    {
        Field field = new Field($"{_prefix}.{name}", label, FieldKind.None, Protocol) { Expertise = new Expertise(severity, group) }.Generated();
        _fields.Add(field);
        return field;
    }

    /// <summary>A flag that is set or not.</summary>
    internal Field Flag(string name, string label, int bits, ulong mask, int level) =>
        Add(name, label, FieldKind.Boolean, bits).Masked(mask, level).Saying("Not set", "Set");

    internal Field Boolean(string name, string label, int bits = 0) => Add(name, label, FieldKind.Boolean, bits);

    internal Field Text(string name, string label) => Add(name, label, FieldKind.Text);

    /// <summary>Text that is UTF-8, as Wireshark reads it or as it was made here.</summary>
    internal Field Utf8(string name, string label)
    {
        var field = new Field($"{_prefix}.{name}", label, FieldKind.Text, Protocol) { IsUtf8 = true };
        _fields.Add(field);
        return field;
    }

    /// <summary>Text by a name that does not begin with the protocol's.</summary>
    internal Field Unprefixed(string name, string label)
    {
        var field = new Field(name, label, FieldKind.Text, Protocol) { IsUtf8 = true };
        _fields.Add(field);
        return field;
    }

    internal Field Octets(string name, string label) => Add(name, label, FieldKind.Octets);

    internal Field EthernetAddress(string name, string label) => Add(name, label, FieldKind.EthernetAddress);

    internal Field Ipv4Address(string name, string label) => Add(name, label, FieldKind.Ipv4Address);

    internal Field Ipv6Address(string name, string label) => Add(name, label, FieldKind.Ipv6Address);

    internal Field Time(string name, string label) => Add(name, label, FieldKind.Time);

    internal Field Duration(string name, string label) => Add(name, label, FieldKind.Duration);

    internal Field Double(string name, string label) => Add(name, label, FieldKind.Double);

    internal Field FrameNumber(string name, string label) => Add(name, label, FieldKind.FrameNumber, 32);

    internal Field Signed(string name, string label, int bits, IReadOnlyDictionary<ulong, string>? names = null) =>
        Add(name, label, FieldKind.Signed, bits, NumberStyle.Decimal, names);

    internal Field Unsigned(string name, string label, int bits, IReadOnlyDictionary<ulong, string>? names = null) =>
        Add(name, label, FieldKind.Unsigned, bits, NumberStyle.Decimal, names);

    internal Field Hexadecimal(string name, string label, int bits, IReadOnlyDictionary<ulong, string>? names = null) =>
        Add(name, label, FieldKind.Unsigned, bits, NumberStyle.Hexadecimal, names);

    private Field Add(string name, string label, FieldKind kind, int bits = 0, NumberStyle style = NumberStyle.Decimal, IReadOnlyDictionary<ulong, string>? names = null)
    {
        var field = new Field($"{_prefix}.{name}", label, kind, Protocol) { Bits = bits, Style = style, ValueNames = names };
        _fields.Add(field);
        return field;
    }
}
