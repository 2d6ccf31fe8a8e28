using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace NetWhy.Wire.Netlink;

/// <summary>The attributes of one message by their type: one walk, then any number of look-ups.</summary>
/// <remarks>
/// Of two with one type the later counts, as in the kernel's nla_parse. Types above <see cref="Largest"/> are not kept.
/// </remarks>
public readonly ref struct NetlinkAttributeTable
{
    /// <summary>The largest type that is kept.</summary>
    public const int Largest = 31;

    private readonly ReadOnlySpan<byte> _octets;
    private readonly Places _places;

    /// <summary>Walks the attributes.</summary>
    /// <param name="octets">The octets after the fixed part of the message; only the first 64 KiB count.</param>
    public NetlinkAttributeTable(ReadOnlySpan<byte> octets)
    {
        _octets = octets;
        var attributes = new NetlinkAttributes(octets);
        while (attributes.Read())
        {
            if (attributes.Type > Largest)
                continue;
            ref readonly byte start = ref MemoryMarshal.GetReference(octets);
            int offset = (int)Unsafe.ByteOffset(in start, in MemoryMarshal.GetReference(attributes.Value));
            _places[attributes.Type] = offset > ushort.MaxValue ? default : new Place((ushort)offset, (ushort)attributes.Value.Length);
        }
    }

    /// <summary>The octets that were walked.</summary>
    public ReadOnlySpan<byte> Octets => _octets;

    /// <summary>Value of an attribute; empty if it is not there.</summary>
    /// <param name="type">Its type.</param>
    public ReadOnlySpan<byte> this[int type] => _octets.Slice(_places[type].Offset, _places[type].Length);

    /// <summary>Whether an attribute is there, though it may be empty.</summary>
    /// <param name="type">Its type.</param>
    public bool Has(int type) => _places[type].Offset != 0; // a value never begins at 0: a header stands before it

    /// <summary>An attribute of one octet; null if it is not there.</summary>
    /// <param name="type">Its type.</param>
    public byte? Octet(int type) => this[type] is [var octet, ..] ? octet : null;

    /// <summary>An attribute of 32 bits in host byte order; null if it is not there.</summary>
    /// <param name="type">Its type.</param>
    public uint? Number(int type) => MemoryMarshal.TryRead(this[type], out uint number) ? number : null;

    /// <summary>An attribute of 64 bits in host byte order; null if it is not there.</summary>
    /// <param name="type">Its type.</param>
    public ulong? LongNumber(int type) => MemoryMarshal.TryRead(this[type], out ulong number) ? number : null;

    private readonly record struct Place(ushort Offset, ushort Length);

    [InlineArray(Largest + 1)]
    private struct Places
    {
        private Place _first;
    }
}
