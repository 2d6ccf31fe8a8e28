using System.Buffers.Binary;
using System.Buffers.Text;

namespace NetWhy.Wire.Dns;

/// <summary>Addresses as BIND writes them; of fewer octets than an address has, nothing.</summary>
internal static class DnsAddressText
{
    private const int Words = 8;

    internal static void WriteIPv4(scoped ref DnsBufferWriter writer, scoped ReadOnlySpan<byte> octets)
    {
        for (int i = 0; i < octets.Length; i++)
        {
            if (i > 0)
                writer.Add((byte)'.');
            writer.AddNumber(octets[i]);
        }
    }

    /// <summary>Writes the longest run of zeros as <c>::</c>; what begins with 96 bits of zeros or <c>::ffff</c> ends as an IPv4 address.</summary>
    internal static void WriteIPv6(scoped ref DnsBufferWriter writer, scoped ReadOnlySpan<byte> octets)
    {
        if (octets.Length != Words * 2)
            return;

        int runStart = 0, runLength = 0;
        for (int i = 0; i < Words; i++)
        {
            int length = 0;
            while (i + length < Words && WordOf(octets, i + length) == 0)
                length++;
            if (length > runLength)
                (runStart, runLength) = (i, length);
            i += length;
        }

        if (runLength < 2)
            (runStart, runLength) = (Words, 0);
        for (int i = 0; i < Words; i++)
        {
            if (i == runStart)
            {
                writer.Add("::"u8);
                i += runLength - 1;
                continue;
            }

            if (i > 0 && i != runStart + runLength)
                writer.Add((byte)':');
            if (i == 6 && runStart == 0 && (runLength == 6 || (runLength == 5 && WordOf(octets, 5) == 0xffff)))
            {
                WriteIPv4(ref writer, octets[12..]);
                return;
            }

            AddHexNumber(ref writer, WordOf(octets, i));
        }
    }

    internal static void WriteExpanded(scoped ref DnsBufferWriter writer, scoped ReadOnlySpan<byte> octets)
    {
        for (int i = 0; i + 1 < octets.Length; i += 2)
        {
            if (i > 0)
                writer.Add((byte)':');
            writer.AddHex(octets.Slice(i, 2), isLower: true);
        }
    }

    internal static void WriteLocator(scoped ref DnsBufferWriter writer, scoped ReadOnlySpan<byte> octets)
    {
        for (int i = 0; i + 1 < octets.Length; i += 2)
        {
            if (i > 0)
                writer.Add((byte)':');
            AddHexNumber(ref writer, WordOf(octets, i / 2));
        }
    }

    internal static void WriteEui(scoped ref DnsBufferWriter writer, scoped ReadOnlySpan<byte> octets)
    {
        for (int i = 0; i < octets.Length; i++)
        {
            if (i > 0)
                writer.Add((byte)'-');
            writer.AddHex(octets.Slice(i, 1), isLower: true);
        }
    }

    private static ushort WordOf(ReadOnlySpan<byte> octets, int index) => BinaryPrimitives.ReadUInt16BigEndian(octets[(index * 2)..]);

    private static void AddHexNumber(scoped ref DnsBufferWriter writer, ushort number)
    {
        Utf8Formatter.TryFormat(number, writer.Reserve(4), out int written, 'x');
        writer.Length += written;
    }
}
