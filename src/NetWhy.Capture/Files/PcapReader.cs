using System.Buffers.Binary;

namespace NetWhy.Capture.Files;

/// <summary>Reads pcap, of both orders of octets, with microseconds and nanoseconds.</summary>
/// <remarks>Source: draft-ietf-opsawg-pcap; the modified record header of A. Kuznetsov's patch.</remarks>
internal sealed class PcapReader : CaptureReader
{
    private const int FileHeaderSize = 24;
    private const int RecordHeaderSize = 16;
    private const int PatchedRecordHeaderSize = 24;
    private const uint Microseconds = 0xa1b2c3d4;
    private const uint Nanoseconds = 0xa1b23c4d;
    private const uint Patched = 0xa1b2cd34;

    private readonly OctetReader _octets;
    private readonly CaptureInterface _interface;
    private readonly bool _isBigEndian;
    private readonly bool _isNanosecond;
    private readonly int _recordHeaderSize;
    private readonly uint _mostCaptured; // a file whose packets are longer than it says is read as libpcap reads it
    private int _taken;
    private uint _seconds;
    private long _nanoseconds;
    private int _captured;
    private uint _length;

    private PcapReader(OctetReader octets, CaptureInterface @interface, bool isBigEndian, bool isPatched)
    {
        _octets = octets;
        _interface = @interface;
        _isBigEndian = isBigEndian;
        _isNanosecond = @interface.IsNanosecond;
        _recordHeaderSize = isPatched ? PatchedRecordHeaderSize : RecordHeaderSize;
        _mostCaptured = @interface.SnapLength is 0 or > LongestPacket ? LongestPacket : @interface.SnapLength;
        Interfaces = [@interface];
    }

    /// <inheritdoc/>
    public override IReadOnlyList<CaptureInterface> Interfaces { get; }

    /// <inheritdoc/>
    public override long Position => _octets.Position;

    internal static PcapReader Open(OctetReader octets)
    {
        ReadOnlySpan<byte> header = octets.Peek(FileHeaderSize);
        uint magic = BinaryPrimitives.ReadUInt32BigEndian(header);
        bool isBigEndian = magic is Microseconds or Nanoseconds or Patched;
        if (!isBigEndian)
            magic = BinaryPrimitives.ReverseEndianness(magic);
        if (magic is not (Microseconds or Nanoseconds or Patched))
            throw new CaptureFormatException("it is neither pcap nor pcapng");
        if (header.Length < FileHeaderSize)
            throw new CaptureFormatException($"it ends after {header.Length} octets, in the middle of its header");
        ushort major = isBigEndian ? BinaryPrimitives.ReadUInt16BigEndian(header[4..]) : BinaryPrimitives.ReadUInt16LittleEndian(header[4..]);
        if (major != 2)
            throw new CaptureFormatException($"it has version {major} of pcap; 2 can be read");
        uint snapLength = Read32(header[16..], isBigEndian), linkType = Read32(header[20..], isBigEndian);
        octets.Take(FileHeaderSize);
        var @interface = new CaptureInterface((int)(linkType & 0x03ffffff), snapLength) { IsNanosecond = magic == Nanoseconds };
        return new PcapReader(octets, @interface, isBigEndian, magic == Patched);
    }

    /// <inheritdoc/>
    public override bool Read(out PacketRecord packet)
    {
        packet = default;
        _octets.Take(_taken);
        _taken = 0;
        ReadOnlySpan<byte> header = _octets.Peek(_recordHeaderSize);
        if (header.IsEmpty)
            return false;
        if (header.Length < _recordHeaderSize)
            throw new CaptureFormatException($"truncated dump file; tried to read {_recordHeaderSize} header bytes, only got {header.Length}");
        uint seconds = Read32(header, _isBigEndian), fraction = Read32(header[4..], _isBigEndian);
        uint captured = Read32(header[8..], _isBigEndian), length = Read32(header[12..], _isBigEndian);
        if (captured > LongestPacket)
            throw new CaptureFormatException($"invalid packet capture length {captured}, bigger than maximum of {LongestPacket}");
        int size = _recordHeaderSize + (int)captured;
        ReadOnlySpan<byte> record = _octets.Peek(size);
        if (record.Length < size)
            throw new CaptureFormatException($"truncated dump file; tried to read {captured} captured bytes, only got {record.Length - _recordHeaderSize}");
        _taken = size;
        _seconds = seconds;
        _nanoseconds = (seconds * 1_000_000_000L) + (_isNanosecond ? fraction : fraction * 1000L);
        _captured = (int)Math.Min(captured, _mostCaptured);
        _length = length;
        packet = new PacketRecord(_nanoseconds, _interface, record.Slice(_recordHeaderSize, _captured), length) { Seconds = seconds };
        return true;
    }

    /// <inheritdoc/>
    public override PacketRecord Current =>
        new(_nanoseconds, _interface, _octets.Peek(_taken).Slice(_recordHeaderSize, _captured), _length) { Seconds = _seconds };

    /// <inheritdoc/>
    protected override void Dispose(bool isDisposing) => _octets.Dispose();

    private static uint Read32(ReadOnlySpan<byte> octets, bool isBigEndian) =>
        isBigEndian ? BinaryPrimitives.ReadUInt32BigEndian(octets) : BinaryPrimitives.ReadUInt32LittleEndian(octets);
}
