using System.Buffers.Binary;
using System.Net;
using System.Text;
using static NetWhy.Capture.Files.PcapngBlock;

namespace NetWhy.Capture.Files;

/// <summary>Reads pcapng: sections of either order of octets, any number of interfaces, all blocks of packets.</summary>
/// <remarks>Source: draft-ietf-opsawg-pcapng. Blocks of other types are passed over, as that demands; custom ones are others.</remarks>
internal sealed class PcapngReader(OctetReader octets) : CaptureReader
{
    private const int LargestBlock = 16 << 20;
    private const int MostInterfaces = 1 << 16;
    private const int MostComments = 64;
    private const int MostKept = 64 << 20; // octets of names, secrets and descriptions: some 300,000 TLS sessions
    private const int CostOfBlock = 64; // octets of memory beside what it holds
    private const int CostOfName = 192;

    private static readonly List<string> NoComments = [];

    private readonly List<CaptureInterface> _all = [];
    private List<CaptureInterface> _section = [];
    private CaptureSection _described = new(isBigEndian: false);
    private bool _isBigEndian;
    private int _kept; // octets, of all sections
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
            if (!ReadBlock(out uint type, out ReadOnlySpan<byte> body))
                return false;
            switch (type)
            {
                case EnhancedPacket or ObsoletePacket:
                    ReadPacket(body, type);
                    packet = Current;
                    return true;
                case SimplePacket:
                    ReadSimplePacket(body);
                    packet = Current;
                    return true;
                case SectionHeader:
                    BeginSection(body);
                    break;
                case InterfaceDescription:
                    AddInterface(body);
                    break;
                case InterfaceStatistics:
                    AddStatistics(body);
                    break;
                case NameResolution:
                    AddNames(body);
                    break;
                case PcapngBlock.DecryptionSecrets:
                    AddSecrets(body);
                    break;
            }
        }
    }

    // What stands between the two lengths of the next block; a section's header says in which order octets are from there on.
    private bool ReadBlock(out uint type, out ReadOnlySpan<byte> body)
    {
        type = 0;
        body = [];
        ReadOnlySpan<byte> head = octets.Peek(SmallestSize);
        if (head.IsEmpty)
            return false;
        if (head.Length < HeaderSize)
            throw Cut(HeaderSize, head.Length);
        if (IsSectionHeader(head))
        {
            if (head.Length < SmallestSize)
                throw Cut(SmallestSize, head.Length);
            uint order = BinaryPrimitives.ReadUInt32BigEndian(head[8..]);
            if (order != OrderMagic && order != BinaryPrimitives.ReverseEndianness(OrderMagic))
                throw new CaptureFormatException($"the section header at octet {octets.Position} has no known order of octets");
            _isBigEndian = order == OrderMagic;
        }

        type = Read32(head);
        uint length = Read32(head[4..]);
        if (length < SmallestSize || length % 4 != 0 || length > LargestBlock)
            throw new CaptureFormatException($"the block at octet {octets.Position} says it has {length} octets");
        ReadOnlySpan<byte> block = octets.Peek((int)length);
        if (block.Length < length)
            throw Cut((int)length, block.Length);
        if (Read32(block[^4..]) != length)
            throw new CaptureFormatException($"the block at octet {octets.Position} has two lengths: {length} and {Read32(block[^4..])}");
        _taken = (int)length;
        body = block[HeaderSize..^4];
        return true;
    }

    private void BeginSection(ReadOnlySpan<byte> body)
    {
        const int FixedSize = 16;
        ushort major = body.Length >= FixedSize ? Read16(body[4..]) : (ushort)0;
        if (major != 1)
            throw new CaptureFormatException($"it has version {major} of pcapng; 1 can be read");
        _section = [];
        _described = new CaptureSection(_isBigEndian) { Options = Keep(body[FixedSize..], SectionHeader) };
    }

    /// <inheritdoc/>
    public override PacketRecord Current =>
        new(_place.Nanoseconds, _place.Interface, Block.Slice(_place.At, _place.Captured), _place.Length)
        {
            Comments = _place.Comments,
            Options = _place.OptionsAt > 0 ? Block[_place.OptionsAt..^4] : [],
        };

    private ReadOnlySpan<byte> Block => octets.Peek(_taken);

    /// <inheritdoc/>
    protected override void Dispose(bool isDisposing) => octets.Dispose();

    private void ReadPacket(ReadOnlySpan<byte> body, uint type)
    {
        const int FixedSize = 20;
        if (body.Length < FixedSize)
            throw new CaptureFormatException($"the packet block at octet {octets.Position} is too short");
        uint number = type == ObsoletePacket ? Read16(body) : Read32(body);
        if (number >= _section.Count)
            throw new CaptureFormatException($"the packet block at octet {octets.Position} names interface {number}, and there are {_section.Count}");
        CaptureInterface @interface = _section[(int)number];
        uint captured = Read32(body[12..]);
        if (captured > (uint)(body.Length - FixedSize))
            throw new CaptureFormatException($"the packet block at octet {octets.Position} says it holds {captured} octets of a packet, and has room for {body.Length - FixedSize}");
        int optionsAt = FixedSize + Padded((int)captured);
        bool hasOptions = optionsAt < body.Length; // most packets have none
        _place = new PacketPlace(
            ReadTime(body[4..], @interface), @interface, HeaderSize + FixedSize, (int)captured, Read32(body[16..]),
            hasOptions ? HeaderSize + optionsAt : 0, hasOptions ? ReadComments(body[optionsAt..]) : NoComments);
    }

    private void ReadSimplePacket(ReadOnlySpan<byte> body)
    {
        if (body.Length < 4 || _section.Count == 0)
            throw new CaptureFormatException($"the packet block at octet {octets.Position} {(body.Length < 4 ? "is too short" : "comes before any interface")}");
        CaptureInterface @interface = _section[0];
        uint length = Read32(body);
        uint captured = Math.Min(length, @interface.SnapLength == 0 ? uint.MaxValue : @interface.SnapLength);
        _place = new PacketPlace(0, @interface, HeaderSize + 4, (int)Math.Min(captured, (uint)(body.Length - 4)), length, 0, NoComments);
    }

    private void AddInterface(ReadOnlySpan<byte> body)
    {
        if (body.Length < 8)
            throw new CaptureFormatException($"the interface block at octet {octets.Position} is too short");
        if (_all.Count >= MostInterfaces)
            throw new CaptureFormatException($"it has more than {MostInterfaces} interfaces");
        long unitsPerSecond = 1_000_000, offset = 0;
        string? name = null, description = null;
        var options = new PcapngOptions(body[8..], _isBigEndian);
        while (options.Read(out ushort code, out ReadOnlySpan<byte> value))
        {
            switch (code)
            {
                case InterfaceName:
                    name = Encoding.UTF8.GetString(value);
                    break;
                case InterfaceDescribed:
                    description = Encoding.UTF8.GetString(value);
                    break;
                case TimeResolution when value.Length > 0:
                    int power = value[0] & 0x7f;
                    unitsPerSecond = (value[0] & 0x80) != 0
                        ? power < 63 ? 1L << power : throw BadResolution(value[0])
                        : power <= 18 ? (long)Math.Pow(10, power) : throw BadResolution(value[0]);
                    break;
                case TimeOffset when value.Length >= 8:
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
            UnitsPerSecond = unitsPerSecond,
            TimeOffset = offset,
            Section = _described,
            Options = Keep(body[8..], InterfaceDescription),
        };
        _described.Add(new CaptureBlock(InterfaceDescription, [], @interface));
        _all.Add(@interface);
        _section.Add(@interface);
    }

    private void AddStatistics(ReadOnlySpan<byte> body)
    {
        const int FixedSize = 12;
        if (body.Length < FixedSize || Read32(body) >= _section.Count)
            return;
        CaptureInterface @interface = _section[(int)Read32(body)];
        var options = new PcapngOptions(body[FixedSize..], _isBigEndian);
        while (options.Read(out ushort code, out ReadOnlySpan<byte> value))
        {
            if (code == StatisticsDropped && value.Length >= 8)
                @interface.Dropped = _isBigEndian ? BinaryPrimitives.ReadUInt64BigEndian(value) : BinaryPrimitives.ReadUInt64LittleEndian(value);
        }

        _kept -= @interface.Statistics?.Options.Length ?? 0; // only the last ones are kept
        @interface.Statistics = new CaptureStatistics(ReadTime(body[4..], @interface), Keep(body[FixedSize..], InterfaceStatistics));
    }

    private void AddNames(ReadOnlySpan<byte> body)
    {
        const int RecordHeaderSize = 4;
        if (!HasRoom(body.Length + CostOfBlock))
        {
            _described.Omit();
            return;
        }

        byte[] copy = new byte[body.Length + RecordHeaderSize]; // with room for the end of records, should it lack
        int at = 0;
        bool isEnded = false;
        while (!isEnded && body.Length - at >= RecordHeaderSize)
        {
            ushort type = Read16(body[at..]), length = Read16(body[(at + 2)..]);
            if (length > body.Length - at - RecordHeaderSize)
                break;
            ReadOnlySpan<byte> value = body.Slice(at + RecordHeaderSize, length);
            BinaryPrimitives.WriteUInt16LittleEndian(copy.AsSpan(at), type);
            BinaryPrimitives.WriteUInt16LittleEndian(copy.AsSpan(at + 2), length);
            value.CopyTo(copy.AsSpan(at + RecordHeaderSize));
            AddName(type, value);
            at = Math.Min(body.Length, at + RecordHeaderSize + Padded(length));
            isEnded = type == 0;
        }

        int size = at + (isEnded ? Copy(body[at..], _isBigEndian, NameResolution, copy.AsSpan(at)) : RecordHeaderSize);
        _described.Add(new CaptureBlock(NameResolution, copy[..size], null));
    }

    // An address, and names behind it that each end with a zero octet: the first one is the one to show.
    private void AddName(int type, ReadOnlySpan<byte> value)
    {
        const int Ipv4 = 1, Ipv6 = 2;
        int size = type switch { Ipv4 => 4, Ipv6 => 16, _ => int.MaxValue };
        if (value.Length <= size || !HasRoom(CostOfName))
            return;
        ReadOnlySpan<byte> name = value[size..];
        int end = name.IndexOf((byte)0);
        _described.Add(new IPAddress(value[..size]), Encoding.UTF8.GetString(end < 0 ? name : name[..end]));
    }

    private void AddSecrets(ReadOnlySpan<byte> body)
    {
        const int FixedSize = 8;
        uint length = body.Length >= FixedSize ? Read32(body[4..]) : uint.MaxValue;
        if (length > body.Length - FixedSize)
            return; // it says that it holds more than it has room for
        if (!HasRoom(body.Length + CostOfBlock))
        {
            _described.Omit();
            return;
        }

        byte[] copy = body.ToArray();
        BinaryPrimitives.WriteUInt32LittleEndian(copy, Read32(body));
        BinaryPrimitives.WriteUInt32LittleEndian(copy.AsSpan(4), length);
        int at = Math.Min(body.Length, FixedSize + Padded((int)length));
        int size = at + Copy(body[at..], _isBigEndian, PcapngBlock.DecryptionSecrets, copy.AsSpan(at));
        _described.Add(new CaptureBlock(PcapngBlock.DecryptionSecrets, copy[..size], null));
        _described.Add(new DecryptionSecrets(Read32(body), copy.AsMemory(FixedSize, (int)length)));
    }

    // Options, as they are written again.
    private byte[] Keep(ReadOnlySpan<byte> options, uint type)
    {
        if (options.IsEmpty || !HasRoom(options.Length))
            return [];
        byte[] copy = new byte[options.Length];
        int length = Copy(options, _isBigEndian, type, copy);
        return copy[..length];
    }

    private bool HasRoom(int count)
    {
        if (count > MostKept - _kept)
            return false;
        _kept += count;
        return true;
    }

    private List<string> ReadComments(ReadOnlySpan<byte> octets)
    {
        List<string>? comments = null; // most packets have none
        var options = new PcapngOptions(octets, _isBigEndian);
        while ((comments?.Count ?? 0) < MostComments && options.Read(out ushort code, out ReadOnlySpan<byte> value))
        {
            if (code == Comment)
                (comments ??= []).Add(Encoding.UTF8.GetString(value));
        }

        return comments ?? NoComments;
    }

    private long ReadTime(ReadOnlySpan<byte> body, CaptureInterface @interface)
    {
        (ulong seconds, ulong rest) = Math.DivRem(((ulong)Read32(body) << 32) | Read32(body[4..]), (ulong)@interface.UnitsPerSecond);
        long whole = unchecked((long)seconds + @interface.TimeOffset);
        long nanoseconds = (long)FractionOfSecond.Scale(rest, 1_000_000_000, (ulong)@interface.UnitsPerSecond, roundsUp: false);
        return whole is < 0 or > long.MaxValue / 1_000_000_000 - 1 ? 0 : (whole * 1_000_000_000) + nanoseconds;
    }

    private CaptureFormatException BadResolution(byte value) =>
        new($"the interface block at octet {octets.Position} has a resolution of times (0x{value:x2}) that no clock has");

    private static CaptureFormatException Cut(int wanted, int got) =>
        new($"truncated pcapng dump file; tried to read {wanted} bytes, only got {got}");

    private ushort Read16(ReadOnlySpan<byte> value) => _isBigEndian ? BinaryPrimitives.ReadUInt16BigEndian(value) : BinaryPrimitives.ReadUInt16LittleEndian(value);

    private uint Read32(ReadOnlySpan<byte> value) => _isBigEndian ? BinaryPrimitives.ReadUInt32BigEndian(value) : BinaryPrimitives.ReadUInt32LittleEndian(value);

    // Where the packet lies in its block, and its options; at 0 if it has none.
    private readonly record struct PacketPlace(
        long Nanoseconds, CaptureInterface Interface, int At, int Captured, uint Length, int OptionsAt, IReadOnlyList<string> Comments);
}
