using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace NetWhy.Wire;

/// <summary>An option of IPv4 viewed where it lies.</summary>
/// <remarks>Source: RFC 791, section 3.1; IANA, "IP Option Numbers".</remarks>
/// <param name="kind">The option: copied flag, class and number in one octet.</param>
/// <param name="length">Length of the option with kind and length, in octets.</param>
/// <param name="value">What was captured of its value.</param>
public readonly ref struct Ipv4Option(byte kind, int length, ReadOnlySpan<byte> value)
{
    /// <summary>Record route.</summary>
    public const byte RecordRoute = 7;

    /// <summary>Timestamps of routers.</summary>
    public const byte Timestamp = 68;

    /// <summary>Loose source and record route.</summary>
    public const byte LooseSourceRoute = 131;

    /// <summary>Strict source and record route.</summary>
    public const byte StrictSourceRoute = 137;

    /// <summary>Routers shall look into the packet (RFC 2113).</summary>
    public const byte RouterAlert = 148;

    /// <summary>The option: copied flag, class and number in one octet.</summary>
    public byte Kind { get; } = kind;

    /// <summary>Length of the option with kind and length, in octets: 1 for the two that have neither length nor value.</summary>
    public int Length { get; } = length;

    /// <summary>What was captured of its value.</summary>
    public ReadOnlySpan<byte> Value { get; } = value;

    /// <summary>Whether every fragment has it.</summary>
    public bool IsCopied => (Kind & 0x80) != 0;

    /// <summary>Whether more of the option was sent than captured.</summary>
    public bool IsTruncated => Length > 2 && Value.Length < Length - 2;

    /// <summary>Where the next address is written or read, in octets from 1 at the kind; null if it is no route or timestamp.</summary>
    public byte? Pointer => Kind is RecordRoute or LooseSourceRoute or StrictSourceRoute or Timestamp && Value.Length > 0 ? Value[0] : null;

    /// <summary>The addresses of a route, four octets each; empty if it is none.</summary>
    public ReadOnlySpan<UInt32BigEndian> Route => Kind is RecordRoute or LooseSourceRoute or StrictSourceRoute && Value.Length > 0
        ? MemoryMarshal.Cast<byte, UInt32BigEndian>(Value[1..])
        : default;

    /// <summary>What a router alert is about; null if it is none.</summary>
    public ushort? Alert => Kind is RouterAlert && Value.Length >= 2 ? BinaryPrimitives.ReadUInt16BigEndian(Value) : null;
}

/// <summary>Walks the options of an IPv4 header, forward only and in place; padding is passed.</summary>
public ref struct Ipv4Options
{
    private OptionList _list;

    internal Ipv4Options(ReadOnlySpan<byte> octets, int length) => _list = new OptionList(octets, length);

    /// <summary>The option just read.</summary>
    public readonly Ipv4Option Current => new(_list.Kind, _list.Length, _list.Value);

    /// <inheritdoc cref="OptionList.Status"/>
    public readonly OperationStatus Status => _list.Status;

    /// <summary>The walk itself, for <c>foreach</c>.</summary>
    public readonly Ipv4Options GetEnumerator() => this;

    /// <inheritdoc cref="OptionList.MoveNext"/>
    public bool MoveNext() => _list.MoveNext();
}
