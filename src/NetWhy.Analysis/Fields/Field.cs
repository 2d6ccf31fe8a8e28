namespace NetWhy.Analysis.Fields;

/// <summary>A field of a protocol, by the name that Wireshark gives it.</summary>
public sealed class Field
{
    internal Field(string name, string label, FieldKind kind, Field? protocol)
    {
        Name = name;
        Label = label;
        Kind = kind;
        Protocol = protocol ?? this;
    }

    /// <summary>Its place in <see cref="FieldCatalog.All"/>.</summary>
    public int Index { get; internal set; }

    /// <summary>Its name, such as <c>tcp.srcport</c>.</summary>
    public string Name { get; }

    /// <summary>What it is, in a few words: Wireshark's, where <c>tshark -V</c> is printed as tshark does.</summary>
    public string Label { get; }

    /// <summary>What kind of value it has.</summary>
    public FieldKind Kind { get; }

    /// <summary>The protocol that it belongs to; itself if it is one.</summary>
    public Field Protocol { get; }

    /// <summary>The size of an integer, in bits: 8, 16, 24, 32 or 64; 0 for other kinds.</summary>
    public int Bits { get; init; }

    /// <summary>How an integer is written.</summary>
    public NumberStyle Style { get; init; }

    /// <summary>Names of its values, which filters may compare it with; null for none.</summary>
    public IReadOnlyDictionary<ulong, string>? ValueNames { get; init; }

    /// <summary>Whether its text is UTF-8; if not, it is ASCII, and octets from 0x80 on are no letters.</summary>
    public bool IsUtf8 { get; internal init; }

    /// <summary>Whether it is a protocol of its own, and not a part of one.</summary>
    public bool IsLayer { get; internal init; }

    /// <summary>How deep it lies under its protocol: 1 beside the other fields, 2 under one of them.</summary>
    public int Level { get; private set; } = 1;

    /// <summary>Its bits in the integer that they are a part of, as on the wire; 0 if it is all of it.</summary>
    public ulong Mask { get; private set; }

    /// <summary>What stands behind its number; empty for nothing.</summary>
    public string Unit { get; private set; } = "";

    /// <summary>What a boolean is called where it is false, and where it is true.</summary>
    public (string False, string True) Truths { get; private set; } = ("False", "True");

    /// <summary>Whether it does not lie in the packet: <c>tshark -V</c> puts it in brackets.</summary>
    public bool IsGenerated { get; private set; }

    /// <summary>Whether <c>tshark -V</c> leaves it out: it is there for filters.</summary>
    public bool IsHidden { get; private set; }

    /// <summary>Whether a hexadecimal number is written as a decimal one too.</summary>
    public bool IsDecimalToo { get; private set; }

    /// <summary>Whether the number is left out where its value has a name.</summary>
    public bool HasNameAlone { get; private set; }

    /// <summary>What stands between its octets; 0 for nothing.</summary>
    public byte Separator { get; private set; }

    /// <summary>Whether only some of its values have names: the others are written as numbers, and are not unknown.</summary>
    public bool HasSpecialNames { get; private set; }

    /// <summary>Whether other protocols have it among their own fields.</summary>
    public bool IsShared { get; private set; }

    /// <summary>What an expert makes of it; null if it is no finding.</summary>
    public Expertise? Expertise { get; internal init; }

    /// <summary>Puts it deeper under its protocol; see <see cref="Level"/>.</summary>
    /// <param name="level">How deep.</param>
    internal Field At(int level)
    {
        Level = level;
        return this;
    }

    /// <summary>Says which bits it is; see <see cref="Mask"/>.</summary>
    /// <param name="mask">The bits.</param>
    /// <param name="level">How deep it lies.</param>
    internal Field Masked(ulong mask, int level = 1)
    {
        Mask = mask;
        Level = level;
        return this;
    }

    /// <summary>Says what its number counts; see <see cref="Unit"/>.</summary>
    /// <param name="unit">What stands behind it.</param>
    internal Field In(string unit)
    {
        Unit = unit;
        return this;
    }

    /// <summary>Names false and true; see <see cref="Truths"/>.</summary>
    /// <param name="no">False.</param>
    /// <param name="yes">True.</param>
    internal Field Saying(string no, string yes)
    {
        Truths = (no, yes);
        return this;
    }

    /// <summary>Says what stands between its octets; see <see cref="Separator"/>.</summary>
    /// <param name="separator">The character.</param>
    internal Field SeparatedBy(byte separator)
    {
        Separator = separator;
        return this;
    }

    /// <summary>Sets <see cref="IsGenerated"/>.</summary>
    internal Field Generated()
    {
        IsGenerated = true;
        return this;
    }

    /// <summary>Sets <see cref="IsHidden"/>.</summary>
    internal Field Hidden()
    {
        IsHidden = true;
        return this;
    }

    /// <summary>Sets <see cref="IsDecimalToo"/>.</summary>
    internal Field DecimalToo()
    {
        IsDecimalToo = true;
        return this;
    }

    /// <summary>Sets <see cref="HasNameAlone"/>.</summary>
    internal Field NameAlone()
    {
        HasNameAlone = true;
        return this;
    }

    /// <summary>Sets <see cref="HasSpecialNames"/>.</summary>
    internal Field SpecialNames()
    {
        HasSpecialNames = true;
        return this;
    }

    /// <summary>Sets <see cref="IsShared"/>.</summary>
    internal Field Shared()
    {
        IsShared = true;
        return this;
    }

    /// <inheritdoc/>
    public override string ToString() => Name;
}
