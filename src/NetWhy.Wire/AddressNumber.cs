using System.Buffers.Binary;

namespace NetWhy.Wire;

/// <summary>An address as a number of 128 bits: what addresses are found, compared and ordered by.</summary>
/// <remarks>
/// Not <see cref="UInt128"/>: code that touches one is left out of what is compiled ahead, since how it is passed may still
/// change, and starts as the slowest that the runtime makes.
/// </remarks>
/// <param name="High">The upper 64 bits.</param>
/// <param name="Low">The lower 64 bits.</param>
public readonly record struct AddressNumber(ulong High, ulong Low) : IComparable<AddressNumber>
{
    /// <summary>Octets of the longest address.</summary>
    public const int Size = 16;

    /// <summary>An address of less than 64 bits, such as one of IPv4.</summary>
    /// <param name="number">It, as a number.</param>
    public static implicit operator AddressNumber(ulong number) => FromUInt64(number);

    /// <inheritdoc cref="op_Implicit(ulong)"/>
    public static AddressNumber FromUInt64(ulong number) => new(0, number);

    /// <summary>Reads an address.</summary>
    /// <param name="octets">Its octets, the most significant first: of more than sixteen the last ones count.</param>
    public static AddressNumber Read(ReadOnlySpan<byte> octets)
    {
        if (octets.Length == sizeof(uint))
            return BinaryPrimitives.ReadUInt32BigEndian(octets);
        if (octets.Length == Size)
            return new AddressNumber(BinaryPrimitives.ReadUInt64BigEndian(octets), BinaryPrimitives.ReadUInt64BigEndian(octets[sizeof(ulong)..]));
        ulong high = 0, low = 0;
        foreach (byte octet in octets)
        {
            high = (high << 8) | (low >> 56);
            low = (low << 8) | octet;
        }

        return new AddressNumber(high, low);
    }

    /// <summary>Writes it, the most significant octet first.</summary>
    /// <param name="octets">Where to: sixteen octets.</param>
    public void Write(Span<byte> octets)
    {
        BinaryPrimitives.WriteUInt64BigEndian(octets, High);
        BinaryPrimitives.WriteUInt64BigEndian(octets[sizeof(ulong)..], Low);
    }

    /// <summary>Whether it is the same address.</summary>
    /// <param name="other">The other one.</param>
    public bool Equals(AddressNumber other) => High == other.High && Low == other.Low;

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(High, Low);

    /// <summary>Orders addresses as numbers.</summary>
    /// <param name="other">The other one.</param>
    public int CompareTo(AddressNumber other) => High != other.High ? High.CompareTo(other.High) : Low.CompareTo(other.Low);

    /// <summary>Whether an address comes before another one.</summary>
    /// <param name="left">The one.</param>
    /// <param name="right">The other one.</param>
    public static bool operator <(AddressNumber left, AddressNumber right) => left.CompareTo(right) < 0;

    /// <summary>Whether an address comes behind another one.</summary>
    /// <param name="left">The one.</param>
    /// <param name="right">The other one.</param>
    public static bool operator >(AddressNumber left, AddressNumber right) => left.CompareTo(right) > 0;

    /// <summary>Whether an address does not come behind another one.</summary>
    /// <param name="left">The one.</param>
    /// <param name="right">The other one.</param>
    public static bool operator <=(AddressNumber left, AddressNumber right) => left.CompareTo(right) <= 0;

    /// <summary>Whether an address does not come before another one.</summary>
    /// <param name="left">The one.</param>
    /// <param name="right">The other one.</param>
    public static bool operator >=(AddressNumber left, AddressNumber right) => left.CompareTo(right) >= 0;
}
