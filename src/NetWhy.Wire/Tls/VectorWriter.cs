using System.Buffers.Binary;
using System.Collections.Immutable;

namespace NetWhy.Wire.Tls;

/// <summary>Writes numbers and vectors as TLS has them: a length, and so many octets. Source: RFC 8446, section 3.4.</summary>
internal sealed class VectorWriter
{
    private byte[] _octets = new byte[512];
    private int _count;

    /// <summary>What was written.</summary>
    internal ReadOnlySpan<byte> Written => _octets.AsSpan(0, _count);

    /// <summary>Writes octets as they are.</summary>
    /// <param name="octets">The octets.</param>
    internal void Octets(ReadOnlySpan<byte> octets) => octets.CopyTo(Take(octets.Length));

    /// <summary>Writes a number of two octets.</summary>
    /// <param name="number">The number.</param>
    internal void Number16(ushort number) => BinaryPrimitives.WriteUInt16BigEndian(Take(2), number);

    /// <summary>Writes a vector of numbers of two octets.</summary>
    /// <param name="lengthSize">Octets of its length, 1 or 2.</param>
    /// <param name="numbers">The numbers.</param>
    internal void Numbers(int lengthSize, ImmutableArray<ushort> numbers)
    {
        using (Vector(lengthSize))
        {
            foreach (ushort number in numbers)
                Number16(number);
        }
    }

    /// <summary>Begins a vector, which ends when what is returned is disposed of.</summary>
    /// <param name="lengthSize">Octets of its length, 1 or 2.</param>
    internal Open Vector(int lengthSize)
    {
        int start = _count;
        Take(lengthSize).Clear();
        return new Open(this, start, lengthSize);
    }

    private Span<byte> Take(int count)
    {
        if (_octets.Length - _count < count)
            Array.Resize(ref _octets, Math.Max(_octets.Length * 2, _count + count));
        _count += count;
        return _octets.AsSpan(_count - count, count);
    }

    /// <summary>A vector that was begun.</summary>
    /// <param name="writer">Where.</param>
    /// <param name="start">Where its length stands.</param>
    /// <param name="lengthSize">Octets of its length.</param>
    internal readonly struct Open(VectorWriter writer, int start, int lengthSize) : IDisposable
    {
        /// <summary>Ends it: its length is known now.</summary>
        public void Dispose()
        {
            int length = writer._count - start - lengthSize;
            Span<byte> place = writer._octets.AsSpan(start, lengthSize);
            if (lengthSize == 1)
                place[0] = (byte)length;
            else
                BinaryPrimitives.WriteUInt16BigEndian(place, (ushort)length);
        }
    }
}
