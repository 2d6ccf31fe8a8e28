using System.Buffers;
using System.Numerics;

namespace NetWhy.Wire.Dns;

/// <summary>Walks the types that an NSEC, NSEC3 or CSYNC record lists, in rising order.</summary>
/// <remarks>
/// <code>
/// { WINDOW (8 bits) | LENGTH (8), 1 to 32 | BITMAP } *
/// </code>
/// Source: RFC 4034, section 4.1.2.
/// </remarks>
public ref struct DnsTypeBitmap
{
    private const int MaxWindowLength = 32;

    private readonly ReadOnlySpan<byte> _octets;
    private int _offset; // of the window that is walked
    private int _bit; // the next one in it
    private int _lastWindow;

    /// <summary>Starts a walk.</summary>
    /// <param name="octets">The whole list of windows.</param>
    public DnsTypeBitmap(ReadOnlySpan<byte> octets)
    {
        _octets = octets;
        _lastWindow = -1;
    }

    /// <summary>The type just read.</summary>
    public DnsRecordType Current { get; private set; }

    /// <summary>Whether the walk came to the end of the list, and nothing in it was wrong.</summary>
    public readonly bool IsComplete => _offset == _octets.Length;

    /// <summary>Moves to the next type.</summary>
    /// <returns>
    /// <see cref="OperationStatus.Done"/>, <see cref="OperationStatus.NeedMoreData"/> behind the last one, or
    /// <see cref="OperationStatus.InvalidData"/> for windows that are cut short, out of order, or end with an empty octet.
    /// </returns>
    public OperationStatus Read()
    {
        while (_offset < _octets.Length)
        {
            ReadOnlySpan<byte> rest = _octets[_offset..];
            if (rest.Length < 2 || rest[1] is 0 or > MaxWindowLength || rest.Length < 2 + rest[1])
                return OperationStatus.InvalidData;

            ReadOnlySpan<byte> bits = rest.Slice(2, rest[1]);
            if (bits[^1] == 0 || (_bit == 0 && rest[0] <= _lastWindow))
                return OperationStatus.InvalidData;

            for (; _bit < bits.Length * 8; _bit = (_bit | 7) + 1)
            {
                int left = bits[_bit / 8] & (0xff >> (_bit % 8));
                if (left == 0)
                    continue;

                int found = (_bit & ~7) + BitOperations.LeadingZeroCount((uint)left) - 24;
                Current = (DnsRecordType)((rest[0] << 8) | found);
                _bit = found + 1;
                return OperationStatus.Done;
            }

            _lastWindow = rest[0];
            _offset += 2 + bits.Length;
            _bit = 0;
        }

        return OperationStatus.NeedMoreData;
    }

    /// <summary>Whether a type is in a list.</summary>
    /// <param name="octets">The whole list of windows.</param>
    /// <param name="type">The type.</param>
    /// <returns>Whether it is; false if the list is broken before it.</returns>
    public static bool Contains(ReadOnlySpan<byte> octets, DnsRecordType type)
    {
        int window = (ushort)type >> 8, index = ((ushort)type & 0xff) / 8;
        while (octets.Length >= 2 && octets.Length >= 2 + octets[1])
        {
            if (octets[0] == window)
                return index < octets[1] && (octets[2 + index] & (0x80 >> ((ushort)type % 8))) != 0;

            octets = octets[(2 + octets[1])..];
        }

        return false;
    }
}
