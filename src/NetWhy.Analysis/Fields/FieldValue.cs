namespace NetWhy.Analysis.Fields;

/// <summary>A value of a field in a packet.</summary>
/// <param name="FieldIndex">Which field; <see cref="Field.Index"/>.</param>
/// <param name="Source">Where its octets lie: 0 in the packet, 1 among those that were made while reading, from 2 on in data put together from several packets.</param>
/// <param name="Offset">Where its octets begin there.</param>
/// <param name="Length">How many octets it has there; 0 for a value that was computed.</param>
/// <param name="Number">
/// The value of integers, booleans (0 and 1), numbers of packets, times (nanoseconds, as <see langword="long"/>), IPv4 addresses
/// (as an integer) and doubles (their bits); 0 for the other kinds, whose value are their octets.
/// </param>
public readonly record struct FieldValue(ushort FieldIndex, byte Source, int Offset, int Length, ulong Number)
{
    /// <summary>How deep it lies in the tree of its packet: a protocol at 0, its fields from 1 on.</summary>
    public byte Depth { get; init; }

    /// <summary>The value as a signed integer or a time.</summary>
    public long Signed => (long)Number;

    /// <summary>The value as a number with a fraction.</summary>
    public double Double => BitConverter.UInt64BitsToDouble(Number);
}
