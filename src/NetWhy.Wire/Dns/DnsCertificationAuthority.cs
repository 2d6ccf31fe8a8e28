using System.Buffers;

namespace NetWhy.Wire.Dns;

/// <summary>The data of a CAA record.</summary>
/// <remarks>
/// <code>
/// FLAGS (8 bits) | TAG LENGTH (8) | TAG | VALUE
/// </code>
/// Source: RFC 8659, section 4.1.
/// </remarks>
public readonly ref struct DnsCertificationAuthority
{
    private const byte CriticalBit = 0x80;

    private DnsCertificationAuthority(byte flags, ReadOnlySpan<byte> tag, ReadOnlySpan<byte> value)
    {
        Flags = flags;
        Tag = tag;
        Value = value;
    }

    /// <summary>The flags.</summary>
    public byte Flags { get; }

    /// <summary>Whether who does not know the property must not issue.</summary>
    public bool IsCritical => (Flags & CriticalBit) != 0;

    /// <summary>The property, such as <c>issue</c>, in any case.</summary>
    public ReadOnlySpan<byte> Tag { get; }

    /// <summary>Its value.</summary>
    public ReadOnlySpan<byte> Value { get; }

    /// <summary>Views the data of a record.</summary>
    /// <param name="data">The data.</param>
    /// <param name="authority">The view, valid as long as <paramref name="data"/> is.</param>
    /// <returns><see cref="OperationStatus.Done"/>, or <see cref="OperationStatus.InvalidData"/> if it is cut short or has no tag.</returns>
    public static OperationStatus Read(ReadOnlySpan<byte> data, out DnsCertificationAuthority authority)
    {
        var reader = new DnsDataReader(data, 0, data.Length);
        byte flags = reader.UInt8();
        ReadOnlySpan<byte> tag = reader.Counted();
        authority = tag.IsEmpty ? default : new DnsCertificationAuthority(flags, tag, reader.Rest());
        return tag.IsEmpty ? OperationStatus.InvalidData : OperationStatus.Done;
    }
}
