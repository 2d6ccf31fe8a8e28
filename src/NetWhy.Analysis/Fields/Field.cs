namespace NetWhy.Analysis.Fields;

/// <summary>A field of a protocol, by the name that Wireshark gives it.</summary>
public sealed class Field
{
    internal Field(string name, string description, FieldKind kind, Field? protocol)
    {
        Name = name;
        Description = description;
        Kind = kind;
        Protocol = protocol ?? this;
    }

    /// <summary>Its place in <see cref="FieldCatalog.All"/>.</summary>
    public int Index { get; internal set; }

    /// <summary>Its name, such as <c>tcp.srcport</c>.</summary>
    public string Name { get; }

    /// <summary>What it is, in a few words.</summary>
    public string Description { get; }

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
    internal bool IsUtf8 { get; init; }

    /// <summary>Whether it is a protocol of its own, and not a part of one.</summary>
    internal bool IsLayer { get; init; }

    /// <inheritdoc/>
    public override string ToString() => Name;
}
