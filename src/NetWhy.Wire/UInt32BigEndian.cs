using System.Buffers.Binary;
using System.Globalization;

namespace NetWhy.Wire;

/// <summary>A 32-bit unsigned number in network byte order: most significant octet first.</summary>
/// <remarks>Source: RFC 1700, "Data Notations".</remarks>
public readonly record struct UInt32BigEndian
{
    private readonly uint _asSent;

    private UInt32BigEndian(uint asSent) => _asSent = asSent;

    /// <summary>Reads the number in host byte order.</summary>
    public static implicit operator uint(UInt32BigEndian value) => SwapOnLittleEndian(value._asSent);

    /// <summary>Writes the number in network byte order.</summary>
    public static implicit operator UInt32BigEndian(uint value) => new(SwapOnLittleEndian(value));

    /// <inheritdoc/>
    public override string ToString() => ((uint)this).ToString(CultureInfo.InvariantCulture);

    private static uint SwapOnLittleEndian(uint value) =>
        BitConverter.IsLittleEndian ? BinaryPrimitives.ReverseEndianness(value) : value;
}
