using System.Buffers;

namespace NetWhy.Wire;

/// <summary>One of the things that many protocols put in a row: a type, a length, and so many octets.</summary>
/// <param name="type">What it is.</param>
/// <param name="length">Length of the value as sent, in octets.</param>
/// <param name="value">What was captured of the value.</param>
public readonly ref struct TypeLengthValue(int type, int length, ReadOnlySpan<byte> value)
{
    /// <summary>What it is.</summary>
    public int Type { get; } = type;

    /// <summary>Length of the value as sent, in octets.</summary>
    public int Length { get; } = length;

    /// <summary>What was captured of the value.</summary>
    public ReadOnlySpan<byte> Value { get; } = value;

    /// <summary>Whether more of the value was sent than captured.</summary>
    public bool IsTruncated => Value.Length < Length;
}

/// <summary>Walks types, lengths and values, forward only and in place; each step goes on, so the walk ends.</summary>
/// <example>
/// <code>
/// foreach (TypeLengthValue tag in packet.Tags)
///     Handle(tag.Type, tag.Value);
/// </code>
/// </example>
/// <remarks>The last one may be cut short by the capture.</remarks>
public ref struct TypeLengthValues
{
    private readonly int _typeSize;
    private readonly int _lengthSize;
    private readonly int _endType;
    private readonly bool _hasPadding;
    private ReadOnlySpan<byte> _rest;
    private int _said;

    /// <summary>Makes a walk.</summary>
    /// <param name="octets">What was captured.</param>
    /// <param name="length">How many octets there were, as the wire says.</param>
    /// <param name="typeSize">Octets of a type, 0 to 2.</param>
    /// <param name="lengthSize">Octets of a length, 1 or 2.</param>
    /// <param name="endType">The type that ends the row; negative if none does.</param>
    /// <param name="hasPadding">Whether type 0 is a single octet without length.</param>
    internal TypeLengthValues(ReadOnlySpan<byte> octets, int length, int typeSize, int lengthSize, int endType = -1, bool hasPadding = false)
    {
        _rest = octets[..Math.Min(octets.Length, Math.Max(length, 0))];
        _said = length;
        _typeSize = typeSize;
        _lengthSize = lengthSize;
        _endType = endType;
        _hasPadding = hasPadding;
    }

    /// <summary>The one just read.</summary>
    public TypeLengthValue Current { get; private set; }

    /// <summary>
    /// How the walk ended: <see cref="OperationStatus.NeedMoreData"/> if the capture cuts it short,
    /// <see cref="OperationStatus.InvalidData"/> if a length goes beyond the row.
    /// </summary>
    public OperationStatus Status { get; private set; }

    /// <summary>The walk itself, for <c>foreach</c>.</summary>
    public readonly TypeLengthValues GetEnumerator() => this;

    /// <summary>Moves to the next one.</summary>
    /// <returns>False at the end; <see cref="Status"/> tells how it ended.</returns>
    public bool MoveNext()
    {
        while (_hasPadding && _rest is [0, ..])
            Skip(1);
        int header = _typeSize + _lengthSize;
        if (_said <= 0 || Status is not OperationStatus.Done)
            return false;
        if (_rest.Length < _typeSize)
            return End(_said < _typeSize ? OperationStatus.InvalidData : OperationStatus.NeedMoreData);
        int type = Number(_rest[.._typeSize]);
        if (type == _endType)
            return End(OperationStatus.Done);
        if (_rest.Length < header)
            return End(_said < header ? OperationStatus.InvalidData : OperationStatus.NeedMoreData);

        int length = Number(_rest[_typeSize..header]);
        if (length > _said - header)
            Status = OperationStatus.InvalidData;
        else if (length > _rest.Length - header)
            Status = OperationStatus.NeedMoreData;
        int captured = Math.Min(length, _rest.Length - header);
        Current = new TypeLengthValue(type, length, _rest.Slice(header, captured));
        Skip(header + captured);
        return true;
    }

    private void Skip(int count)
    {
        _rest = _rest[count..];
        _said -= count;
    }

    private bool End(OperationStatus status)
    {
        _rest = default;
        _said = 0;
        Status = status;
        return false;
    }

    private static int Number(ReadOnlySpan<byte> octets) => octets.Length switch
    {
        0 => 0,
        1 => octets[0],
        _ => octets[0] << 8 | octets[1],
    };
}
