using System.Buffers;

namespace NetWhy.Wire.Dns;

/// <summary>The data of a NAPTR record.</summary>
/// <remarks>
/// <code>
/// ORDER (16 bits) | PREFERENCE (16) | FLAGS | SERVICES | REGEXP, each behind its length (8) | REPLACEMENT NAME
/// </code>
/// Source: RFC 3403, section 4.1.
/// </remarks>
public readonly ref struct DnsNamingPointer
{
    private DnsNamingPointer(
        ushort order, ushort preference, ReadOnlySpan<byte> flags, ReadOnlySpan<byte> services, ReadOnlySpan<byte> expression, DnsName replacement)
    {
        Order = order;
        Preference = preference;
        Flags = flags;
        Services = services;
        Expression = expression;
        Replacement = replacement;
    }

    /// <summary>Lower must be tried first.</summary>
    public ushort Order { get; }

    /// <summary>Lower is preferred among those of one order.</summary>
    public ushort Preference { get; }

    /// <summary>How to go on, such as <c>U</c>.</summary>
    public ReadOnlySpan<byte> Flags { get; }

    /// <summary>What it is for, such as <c>E2U+sip</c>.</summary>
    public ReadOnlySpan<byte> Services { get; }

    /// <summary>A substitution by a regular expression; empty if the replacement counts.</summary>
    public ReadOnlySpan<byte> Expression { get; }

    /// <summary>The next name; the root if the expression counts.</summary>
    public DnsName Replacement { get; }

    /// <summary>Views the data of a record.</summary>
    /// <param name="data">The data; the name is never compressed.</param>
    /// <param name="pointer">The view, valid as long as <paramref name="data"/> is.</param>
    /// <returns><see cref="OperationStatus.Done"/>, or <see cref="OperationStatus.InvalidData"/> if it is cut short or its name is broken.</returns>
    public static OperationStatus Read(ReadOnlySpan<byte> data, out DnsNamingPointer pointer)
    {
        var reader = new DnsDataReader(data, 0, data.Length);
        ushort order = reader.UInt16(), preference = reader.UInt16();
        ReadOnlySpan<byte> flags = reader.Counted(), services = reader.Counted(), expression = reader.Counted();
        DnsName replacement = reader.PlainName();
        pointer = reader.IsSound ? new DnsNamingPointer(order, preference, flags, services, expression, replacement) : default;
        return reader.IsSound ? OperationStatus.Done : OperationStatus.InvalidData;
    }
}
