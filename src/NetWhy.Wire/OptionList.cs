using System.Buffers;

namespace NetWhy.Wire;

/// <summary>
/// Options as IPv4 and TCP have them: 0 ends the list, 1 is padding, every other kind has a length that counts kind and length.
/// </summary>
internal ref struct OptionList
{
    private const byte EndOfList = 0;
    private const byte NoOperation = 1;
    private const int HeaderSize = 2;

    private ReadOnlySpan<byte> _rest;
    private int _said;

    internal OptionList(ReadOnlySpan<byte> octets, int length)
    {
        _rest = octets;
        _said = length;
    }

    internal byte Kind { get; private set; }

    internal int Length { get; private set; }

    internal ReadOnlySpan<byte> Value { get; private set; }

    /// <summary>
    /// How the walk ended: <see cref="OperationStatus.NeedMoreData"/> if the capture cuts the options short,
    /// <see cref="OperationStatus.InvalidData"/> if a length denies itself or the header.
    /// </summary>
    public OperationStatus Status { get; private set; }

    /// <summary>Moves to the next option; the last one may be cut short by the capture.</summary>
    /// <returns>False at the end; <see cref="Status"/> tells how it ended.</returns>
    public bool MoveNext()
    {
        while (_rest is [NoOperation, ..])
            Skip(1);
        if (_said <= 0 || Status is not OperationStatus.Done || _rest is [EndOfList, ..])
            return false;
        if (_rest.Length < HeaderSize)
        {
            Status = _said < HeaderSize ? OperationStatus.InvalidData : OperationStatus.NeedMoreData;
            return false;
        }

        int length = _rest[1];
        if (length < HeaderSize || length > _said)
        {
            Status = OperationStatus.InvalidData;
            return false;
        }

        if (length > _rest.Length)
            Status = OperationStatus.NeedMoreData;
        int captured = Math.Min(length, _rest.Length);
        Kind = _rest[0];
        Length = length;
        Value = _rest[HeaderSize..captured];
        Skip(captured);
        return true;
    }

    private void Skip(int count)
    {
        _rest = _rest[count..];
        _said -= count;
    }
}
