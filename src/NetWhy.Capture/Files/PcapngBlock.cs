using System.Buffers.Binary;
using System.Text;

namespace NetWhy.Capture.Files;

/// <summary>Types and options of the blocks of pcapng. Source: draft-ietf-opsawg-pcapng.</summary>
internal static class PcapngBlock
{
    internal const uint SectionHeader = 0x0a0d0d0a;
    internal const uint InterfaceDescription = 1;
    internal const uint ObsoletePacket = 2;
    internal const uint SimplePacket = 3;
    internal const uint NameResolution = 4;
    internal const uint InterfaceStatistics = 5;
    internal const uint EnhancedPacket = 6;
    internal const uint DecryptionSecrets = 10;
    internal const uint OrderMagic = 0x1a2b3c4d;

    /// <summary>Octets before the body of a block: its type and its length.</summary>
    internal const int HeaderSize = 8;

    /// <summary>Octets of a block around its body.</summary>
    internal const int SmallestSize = 12;

    internal const ushort Comment = 1;
    internal const ushort InterfaceName = 2;
    internal const ushort InterfaceDescribed = 3;
    internal const ushort TimeResolution = 9;
    internal const ushort TimeOffset = 14;
    internal const ushort StatisticsReceived = 4;
    internal const ushort StatisticsDropped = 5;
    internal const ushort UserApplication = 4;

    private const ushort PrivateText = 19_372; // not to be copied into other files
    private const ushort PrivateOctets = 19_373;
    private const int OptionHeaderSize = 4;

    /// <summary>A length with the octets that fill it up to a multiple of four.</summary>
    /// <param name="length">The length.</param>
    internal static int Padded(int length) => (length + 3) & ~3;

    /// <summary>Copies options, numbers in them with the least significant octet first: up to the first one that is cut short.</summary>
    /// <param name="options">The options as they stand in a file.</param>
    /// <param name="isBigEndian">Whether the file has the most significant octet first.</param>
    /// <param name="type">The type of their block.</param>
    /// <param name="copy">Where they go: as long as <paramref name="options"/> at least.</param>
    /// <returns>Octets copied, without an end of options.</returns>
    internal static int Copy(ReadOnlySpan<byte> options, bool isBigEndian, uint type, Span<byte> copy)
    {
        int length = 0;
        var rest = new PcapngOptions(options, isBigEndian);
        while (rest.Read(out ushort code, out ReadOnlySpan<byte> value))
        {
            int size = OptionHeaderSize + Padded(value.Length);
            if (code is PrivateText or PrivateOctets || size > copy.Length - length) // the last one may lack the octets that fill it up
                continue;
            Span<byte> target = copy.Slice(length, size);
            BinaryPrimitives.WriteUInt16LittleEndian(target, code);
            BinaryPrimitives.WriteUInt16LittleEndian(target[2..], (ushort)value.Length);
            value.CopyTo(target[OptionHeaderSize..]);
            target[(OptionHeaderSize + value.Length)..].Clear();
            if (isBigEndian)
                TurnNumbers(target.Slice(OptionHeaderSize, value.Length), type, code);
            length += size;
        }

        return length;
    }

    /// <summary>An option with text.</summary>
    /// <param name="code">Its code.</param>
    /// <param name="text">The text.</param>
    internal static byte[] Text(ushort code, string text) => Option(code, Encoding.UTF8.GetBytes(text));

    /// <summary>An option with a number of 64 bits.</summary>
    /// <param name="code">Its code.</param>
    /// <param name="value">The number.</param>
    internal static byte[] Counter(ushort code, ulong value)
    {
        Span<byte> octets = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(octets, value);
        return Option(code, octets);
    }

    /// <summary>An option.</summary>
    /// <param name="code">Its code.</param>
    /// <param name="value">Its value: 65,535 octets at most.</param>
    internal static byte[] Option(ushort code, ReadOnlySpan<byte> value)
    {
        byte[] option = new byte[OptionHeaderSize + Padded(value.Length)];
        BinaryPrimitives.WriteUInt16LittleEndian(option, code);
        BinaryPrimitives.WriteUInt16LittleEndian(option.AsSpan(2), (ushort)value.Length);
        value.CopyTo(option.AsSpan(OptionHeaderSize));
        return option;
    }

    private static void TurnNumbers(Span<byte> value, uint type, ushort code)
    {
        const int NumberOfVerdict = 1; // behind the octet that says whose verdict it is
        switch (type, code)
        {
            case (InterfaceDescription, 8 or 14 or 16 or 17): // speeds, offset of times
            case (EnhancedPacket, 4 or 5): // packets dropped, identifier
            case (InterfaceStatistics, >= 4 and <= 8): // counters
                Turn(value, 8);
                break;
            case (InterfaceDescription, 10): // time zone
            case (EnhancedPacket or ObsoletePacket, 2): // flags
            case (EnhancedPacket, 6): // queue
                Turn(value, 4);
                break;
            case (InterfaceStatistics, 2 or 3): // times: a high and a low half
                Turn(value, 4);
                Turn(value[Math.Min(4, value.Length)..], 4);
                break;
            case (EnhancedPacket, 7) when value is [1 or 2, ..]: // verdict of the traffic control, or of XDP
                Turn(value[NumberOfVerdict..], 8);
                break;
            case (_, 2988 or 2989): // custom: the number of an enterprise, then what only that knows
                Turn(value, 4);
                break;
        }
    }

    private static void Turn(Span<byte> value, int size)
    {
        if (value.Length >= size)
            value[..size].Reverse();
    }
}

/// <summary>Walks options up to the first one that is cut short: what stands before it is good.</summary>
/// <param name="octets">The options.</param>
/// <param name="isBigEndian">Whether numbers have the most significant octet first.</param>
internal ref struct PcapngOptions(ReadOnlySpan<byte> octets, bool isBigEndian)
{
    private ReadOnlySpan<byte> _rest = octets;

    internal bool Read(out ushort code, out ReadOnlySpan<byte> value)
    {
        code = 0;
        value = [];
        if (_rest.Length < 4)
            return false;
        code = isBigEndian ? BinaryPrimitives.ReadUInt16BigEndian(_rest) : BinaryPrimitives.ReadUInt16LittleEndian(_rest);
        int length = isBigEndian ? BinaryPrimitives.ReadUInt16BigEndian(_rest[2..]) : BinaryPrimitives.ReadUInt16LittleEndian(_rest[2..]);
        if (code == 0 || length > _rest.Length - 4)
            return false;
        value = _rest.Slice(4, length);
        _rest = _rest[Math.Min(_rest.Length, 4 + PcapngBlock.Padded(length))..];
        return true;
    }
}
