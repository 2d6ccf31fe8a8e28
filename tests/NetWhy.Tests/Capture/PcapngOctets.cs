using System.Buffers.Binary;

namespace NetWhy.Tests.Capture;

/// <summary>Puts pcapng together octet by octet, in either order. Source: draft-ietf-opsawg-pcapng.</summary>
/// <param name="isBigEndian">Whether the most significant octet comes first.</param>
internal sealed class PcapngOctets(bool isBigEndian = false)
{
    /// <summary>A section header of version 1.0 whose length is not known.</summary>
    /// <param name="options">Its options.</param>
    internal byte[] Section(params byte[][] options) =>
        Block(0x0a0d0d0a, [.. Numbers(0x1a2b3c4d), .. Halves(1, 0), .. Enumerable.Repeat((byte)0xff, 8), .. Join(options)]);

    /// <summary>A block.</summary>
    /// <param name="type">Its type.</param>
    /// <param name="body">What stands between its lengths.</param>
    internal byte[] Block(uint type, byte[] body) => [.. Numbers(type, (uint)body.Length + 12), .. body, .. Numbers((uint)body.Length + 12)];

    /// <summary>An option; records of names have the same form.</summary>
    /// <param name="code">Its code.</param>
    /// <param name="value">Its value.</param>
    internal byte[] Option(ushort code, params byte[] value) =>
        [.. Halves(code, (ushort)value.Length), .. value, .. new byte[-value.Length & 3]];

    /// <summary>Numbers of 32 bits.</summary>
    /// <param name="values">The numbers.</param>
    internal byte[] Numbers(params uint[] values)
    {
        byte[] octets = new byte[values.Length * 4];
        for (int i = 0; i < values.Length; i++)
        {
            if (isBigEndian)
                BinaryPrimitives.WriteUInt32BigEndian(octets.AsSpan(i * 4), values[i]);
            else
                BinaryPrimitives.WriteUInt32LittleEndian(octets.AsSpan(i * 4), values[i]);
        }

        return octets;
    }

    /// <summary>A number of 64 bits.</summary>
    /// <param name="value">The number.</param>
    internal byte[] Long(ulong value) =>
        isBigEndian ? Numbers((uint)(value >> 32), (uint)value) : Numbers((uint)value, (uint)(value >> 32));

    /// <summary>Numbers of 16 bits.</summary>
    /// <param name="values">The numbers.</param>
    internal byte[] Halves(params ushort[] values)
    {
        byte[] octets = new byte[values.Length * 2];
        for (int i = 0; i < values.Length; i++)
        {
            if (isBigEndian)
                BinaryPrimitives.WriteUInt16BigEndian(octets.AsSpan(i * 2), values[i]);
            else
                BinaryPrimitives.WriteUInt16LittleEndian(octets.AsSpan(i * 2), values[i]);
        }

        return octets;
    }

    /// <summary>Options with their end; nothing if there are none.</summary>
    /// <param name="options">The options.</param>
    internal static byte[] Join(params byte[][] options) => options.Length == 0 ? [] : [.. options.SelectMany(option => option), 0, 0, 0, 0];
}
