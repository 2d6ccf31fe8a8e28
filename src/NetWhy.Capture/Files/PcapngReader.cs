using System.Buffers.Binary;
using System.Text;

namespace NetWhy.Capture.Files;

/// <summary>Reads pcapng: sections of either order of octets, any number of interfaces, all blocks of packets.</summary>
/// <remarks>Source: draft-ietf-opsawg-pcapng. Blocks of other types are passed over, as that demands.</remarks>
internal sealed class PcapngReader(OctetReader octets) : CaptureReader
{
    private const uint SectionHeader = 0x0a0d0d0a;
    private const uint InterfaceDescription = 1;
    private const uint ObsoletePacket = 2;
    private const uint SimplePacket = 3;
    private const uint InterfaceStatistics = 5;
    private const uint EnhancedPacket = 6;
    private const uint OrderMagic = 0x1a2b3c4d;
    private const int BlockHeaderSize = 8;
    private const int SmallestBlock = 12;
    private const int LargestBlock = 16 << 20;
    private const int MostInterfaces = 1 << 16;
    private const int MostComments = 64;

    private static readonly List<string> NoComments = [];

    private readonly List<CaptureInterface> _all = [];
    private List<(CaptureInterface Interface, long UnitsPerSecond, long Offset)> _section = [];
    private bool _isBigEndian;
    private int _taken;
    private PacketPlace _place;

    /// <inheritdoc/>
    public override IReadOnlyList<CaptureInterface> Interfaces => _all;

    /// <inheritdoc/>
    public override long Position => octets.Position;

    internal static bool IsSectionHeader(ReadOnlySpan<byte> magic) => BinaryPrimitives.ReadUInt32BigEndian(magic) == SectionHeader;

    /// <inheritdoc/>
    public override bool Read(out PacketRecord packet)
    {
        packet = default;
        while (true)
        {
            octets.Take(_taken);
            _taken = 0;
            ReadOnlySpan<byte> head = octets.Peek(12);
            if (head.IsEmpty)
                return false;
            if (head.Length < 8)
                throw Cut(8, head.Length);
            bool isSection = IsSectionHeader(head);
            if (isSection)
            {
                if (head.Length < 12)
                    throw Cut(12, head.Length);
                uint order = BinaryPrimitives.ReadUInt32BigEndian(head[8..]);
                if (order != OrderMagic && order != BinaryPrimitives.ReverseEndianness(OrderMagic))
                    throw new CaptureFormatException($"the section header at octet {octets.Position} has no known order of octets");
                _isBigEndian = order == OrderMagic;
                _section = [];
            }

            uint type = Read32(head), length = Read32(head[4..]);
            if (length < SmallestBlock || length % 4 != 0 || length > LargestBlock)
                throw new CaptureFormatException($"the block at octet {octets.Position} says it has {length} octets");
            ReadOnlySpan<byte> block = octets.Peek((int)length);
            if (block.Length < length)
                throw Cut((int)length, block.Length);
            if (Read32(block[^4..]) != length)
                throw new CaptureFormatException($"the block at octet {octets.Position} has two lengths: {length} and {Read32(block[^4..])}");
            _taken = (int)length;
            ReadOnlySpan<byte> body = block[8..^4];
            if (isSection)
            {
                ushort major = body.Length >= 16 ? Read16(body[4..]) : (ushort)0;
                if (major != 1)
                    throw new CaptureFormatException($"it has version {major} of pcapng; 1 can be read");
                continue;
            }

            switch (type)
            {
                case InterfaceDescription:
                    AddInterface(body);
                    break;
                case InterfaceStatistics:
                    AddStatistics(body);
                    break;
                case EnhancedPacket or ObsoletePacket:
                    ReadPacket(body, isObsolete: type == ObsoletePacket);
                    packet = Current;
                    return true;
                case SimplePacket:
                    ReadSimplePacket(body);
                    packet = Current;
                    return true;
            }
        }
    }

    /// <inheritdoc/>
    public override PacketRecord Current =>
        new(_place.Nanoseconds, _place.Interface, octets.Peek(_taken).Slice(_place.At, _place.Captured), _place.Length) { Comments = _place.Comments };

    /// <inheritdoc/>
    protected override void Dispose(bool isDisposing) => octets.Dispose();

    private void ReadPacket(ReadOnlySpan<byte> body, bool isObsolete)
    {
        const int FixedSize = 20;
        if (body.Length < FixedSize)
            throw new CaptureFormatException($"the packet block at octet {octets.Position} is too short");
        uint number = isObsolete ? Read16(body) : Read32(body);
        if (number >= _section.Count)
            throw new CaptureFormatException($"the packet block at octet {octets.Position} names interface {number}, and there are {_section.Count}");
        (CaptureInterface @interface, long unitsPerSecond, long offset) = _section[(int)number];
        ulong time = ((ulong)Read32(body[4..]) << 32) | Read32(body[8..]);
        uint captured = Read32(body[12..]);
        if (captured > (uint)(body.Length - FixedSize))
            throw new CaptureFormatException($"the packet block at octet {octets.Position} says it holds {captured} octets of a packet, and has room for {body.Length - FixedSize}");
        int optionsAt = FixedSize + (int)((captured + 3) & ~3u);
        _place = new PacketPlace(
            ToNanoseconds(time, unitsPerSecond, offset), @interface, BlockHeaderSize + FixedSize, (int)captured, Read32(body[16..]),
            optionsAt < body.Length ? ReadComments(body[optionsAt..]) : []);
    }

    private void ReadSimplePacket(ReadOnlySpan<byte> body)
    {
        if (body.Length < 4 || _section.Count == 0)
            throw new CaptureFormatException($"the packet block at octet {octets.Position} {(body.Length < 4 ? "is too short" : "comes before any interface")}");
        CaptureInterface @interface = _section[0].Interface;
        uint length = Read32(body);
        uint captured = Math.Min(length, @interface.SnapLength == 0 ? uint.MaxValue : @interface.SnapLength);
        _place = new PacketPlace(0, @interface, BlockHeaderSize + 4, (int)Math.Min(captured, (uint)(body.Length - 4)), length, []);
    }

    private void AddInterface(ReadOnlySpan<byte> body)
    {
        if (body.Length < 8)
            throw new CaptureFormatException($"the interface block at octet {octets.Position} is too short");
        if (_all.Count >= MostInterfaces)
            throw new CaptureFormatException($"it has more than {MostInterfaces} interfaces");
        long unitsPerSecond = 1_000_000, offset = 0;
        string? name = null, description = null;
        var options = new Options(body[8..], _isBigEndian);
        while (options.Read(out ushort code, out ReadOnlySpan<byte> value))
        {
            switch (code)
            {
                case 2:
                    name = Encoding.UTF8.GetString(value);
                    break;
                case 3:
                    description = Encoding.UTF8.GetString(value);
                    break;
                case 9 when value.Length > 0:
                    int power = value[0] & 0x7f;
                    unitsPerSecond = (value[0] & 0x80) != 0
                        ? power < 63 ? 1L << power : throw BadResolution(value[0])
                        : power <= 18 ? (long)Math.Pow(10, power) : throw BadResolution(value[0]);
                    break;
                case 14 when value.Length >= 8:
                    offset = unchecked((long)(_isBigEndian ? BinaryPrimitives.ReadUInt64BigEndian(value) : BinaryPrimitives.ReadUInt64LittleEndian(value)));
                    break;
            }
        }

        var @interface = new CaptureInterface(Read16(body), Read32(body[4..]))
        {
            Number = _all.Count,
            Name = name,
            Description = description,
            IsNanosecond = unitsPerSecond > 1_000_000,
        };
        _all.Add(@interface);
        _section.Add((@interface, unitsPerSecond, offset));
    }

    private void AddStatistics(ReadOnlySpan<byte> body)
    {
        if (body.Length < 12 || Read32(body) >= _section.Count)
            return;
        var options = new Options(body[12..], _isBigEndian);
        while (options.Read(out ushort code, out ReadOnlySpan<byte> value))
        {
            if (code == 5 && value.Length >= 8)
                _section[(int)Read32(body)].Interface.Dropped = _isBigEndian ? BinaryPrimitives.ReadUInt64BigEndian(value) : BinaryPrimitives.ReadUInt64LittleEndian(value);
        }
    }

    private List<string> ReadComments(ReadOnlySpan<byte> octets)
    {
        List<string>? comments = null; // most packets have none
        var options = new Options(octets, _isBigEndian);
        while ((comments?.Count ?? 0) < MostComments && options.Read(out ushort code, out ReadOnlySpan<byte> value))
        {
            if (code == 1)
                (comments ??= []).Add(Encoding.UTF8.GetString(value));
        }

        return comments ?? NoComments;
    }

    private static long ToNanoseconds(ulong time, long unitsPerSecond, long offset)
    {
        (ulong seconds, ulong rest) = Math.DivRem(time, (ulong)unitsPerSecond);
        long whole = unchecked((long)seconds + offset);
        long nanoseconds = (long)((UInt128)rest * 1_000_000_000 / (ulong)unitsPerSecond);
        return whole is < 0 or > long.MaxValue / 1_000_000_000 - 1 ? 0 : (whole * 1_000_000_000) + nanoseconds;
    }

    private CaptureFormatException BadResolution(byte value) =>
        new($"the interface block at octet {octets.Position} has a resolution of times (0x{value:x2}) that no clock has");

    private static CaptureFormatException Cut(int wanted, int got) =>
        new($"truncated pcapng dump file; tried to read {wanted} bytes, only got {got}");

    private ushort Read16(ReadOnlySpan<byte> value) => _isBigEndian ? BinaryPrimitives.ReadUInt16BigEndian(value) : BinaryPrimitives.ReadUInt16LittleEndian(value);

    private uint Read32(ReadOnlySpan<byte> value) => _isBigEndian ? BinaryPrimitives.ReadUInt32BigEndian(value) : BinaryPrimitives.ReadUInt32LittleEndian(value);

    // Where the packet lies in its block.
    private readonly record struct PacketPlace(
        long Nanoseconds, CaptureInterface Interface, int At, int Captured, uint Length, IReadOnlyList<string> Comments);

    // Walks options up to the first one that is cut short: what stands before it is good.
    private ref struct Options(ReadOnlySpan<byte> octets, bool isBigEndian)
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
            _rest = _rest[Math.Min(_rest.Length, 4 + ((length + 3) & ~3))..];
            return true;
        }
    }
}
