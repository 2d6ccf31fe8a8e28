using System.Buffers.Binary;
using static NetWhy.Capture.Files.PcapngBlock;

namespace NetWhy.Capture.Files;

/// <summary>Writes pcapng: with the names, secrets, comments and counters of the captures that packets come from.</summary>
/// <remarks>
/// A section of a capture becomes a section again; of several captures, all is one section, whose header is that of the first.
/// Source: draft-ietf-opsawg-pcapng.
/// </remarks>
/// <param name="stream">Where it goes; closed with the writer.</param>
/// <param name="application">What writes it, in words: for packets that do not come from pcapng.</param>
public sealed class PcapngWriter(Stream stream, string application) : CaptureWriter(stream, [])
{
    private const int PacketHeaderSize = 28;

    private readonly Dictionary<CaptureInterface, uint> _numbers = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<CaptureSection, int> _written = []; // how many of its blocks
    private readonly List<CaptureInterface> _counted = []; // those whose counters are still to be written
    private byte[] _tail = new byte[1 << 10];
    private bool _hasSection;
    private CaptureInterface? _last;
    private uint _lastNumber;

    /// <summary>Whether all packets come from one capture, so that its sections follow each other.</summary>
    public bool IsOfOneCapture { get; init; }

    /// <summary>Begins with what a capture tells before its packets.</summary>
    /// <param name="interface">An interface of it.</param>
    /// <exception cref="IOException">It cannot be written.</exception>
    public void Begin(CaptureInterface @interface) => _lastNumber = Describe(@interface);

    /// <inheritdoc/>
    public override void Add(in PacketRecord packet)
    {
        CaptureInterface @interface = packet.Interface;
        if (!ReferenceEquals(@interface, _last) || @interface.Section is { } section && _written[section] < section.Blocks.Count)
            _lastNumber = Describe(@interface);
        _last = @interface;

        int captured = packet.Octets.Length, padding = Padded(captured) - captured;
        int tail = TailOf(packet, padding);
        int size = PacketHeaderSize + captured + tail;
        BinaryPrimitives.WriteUInt32LittleEndian(_tail.AsSpan(tail - 4), (uint)size);
        Span<byte> head = stackalloc byte[PacketHeaderSize];
        BinaryPrimitives.WriteUInt32LittleEndian(head, EnhancedPacket);
        BinaryPrimitives.WriteUInt32LittleEndian(head[4..], (uint)size);
        BinaryPrimitives.WriteUInt32LittleEndian(head[8..], _lastNumber);
        WriteTime(head[12..], packet.Nanoseconds, @interface);
        BinaryPrimitives.WriteUInt32LittleEndian(head[20..], (uint)captured);
        BinaryPrimitives.WriteUInt32LittleEndian(head[24..], packet.OriginalLength);
        AddPacket(head, packet.Octets, _tail.AsSpan(0, tail));
    }

    private protected override void AddEnd()
    {
        // Names may come behind all packets.
        foreach (CaptureSection section in _written.Keys.ToArray())
            WriteBlocks(section);
        EndSection();
    }

    private protected override bool Measure(ReadOnlySpan<byte> buffered, out int inBuffer, out long length)
    {
        int size = (int)BinaryPrimitives.ReadUInt32LittleEndian(buffered[4..]);
        inBuffer = size;
        length = size;
        if (BinaryPrimitives.ReadUInt32LittleEndian(buffered) != EnhancedPacket)
            return false;
        int captured = (int)BinaryPrimitives.ReadUInt32LittleEndian(buffered[20..]);
        if (IsDirect(captured, size - PacketHeaderSize - captured))
            inBuffer -= captured;
        return true;
    }

    // What stands behind a packet: octets that fill it up, its options, its length once more.
    private int TailOf(in PacketRecord packet, int padding)
    {
        const int LengthSize = 4, EndOfOptions = 4;
        int most = padding + packet.Options.Length + EndOfOptions + LengthSize;
        if (_tail.Length < most)
            _tail = new byte[most];
        _tail.AsSpan(0, padding).Clear();
        int options = packet.Options.IsEmpty ? 0
            : Copy(packet.Options, packet.Interface.Section?.IsBigEndian is true, EnhancedPacket, _tail.AsSpan(padding));
        if (options > 0)
        {
            _tail.AsSpan(padding + options, EndOfOptions).Clear();
            options += EndOfOptions;
        }

        return padding + options + LengthSize;
    }

    // Writes what the capture told up to now, with the interface, and gives its number.
    private uint Describe(CaptureInterface @interface)
    {
        if (@interface.Section is not { } section)
        {
            if (!_hasSection)
                BeginSection(Text(UserApplication, application));
            AddInterface(@interface);
            return _numbers[@interface];
        }

        if (!_written.ContainsKey(section))
        {
            if (!_hasSection || IsOfOneCapture)
                BeginSection(section.Options);
            _written[section] = 0;
        }

        WriteBlocks(section);
        return _numbers[@interface];
    }

    private void BeginSection(byte[] options)
    {
        if (_hasSection)
            AddEnd();
        _hasSection = true;
        _written.Clear();
        _numbers.Clear();
        byte[] body = new byte[16 + options.Length];
        BinaryPrimitives.WriteUInt32LittleEndian(body, OrderMagic);
        BinaryPrimitives.WriteUInt16LittleEndian(body.AsSpan(4), 1);
        body.AsSpan(8, 8).Fill(0xff); // its length is not known
        options.CopyTo(body, 16);
        AddBlock(SectionHeader, body, hasOptions: options.Length > 0);
    }

    private void EndSection()
    {
        foreach (CaptureInterface @interface in _counted)
            AddStatistics(@interface);
        _counted.Clear();
    }

    private void WriteBlocks(CaptureSection section)
    {
        int written = _written[section];
        for (; written < section.Blocks.Count; written++)
        {
            CaptureBlock block = section.Blocks[written];
            if (block.Interface is { } @interface)
                AddInterface(@interface);
            else
                AddBlock(block.Type, block.Body, hasOptions: false);
        }

        _written[section] = written;
    }

    private void AddInterface(CaptureInterface @interface)
    {
        if (!_numbers.TryAdd(@interface, (uint)_numbers.Count))
            return;
        _counted.Add(@interface);
        byte[] options = @interface.Section is not null ? @interface.Options
            : [.. @interface.Name is { } name ? Text(InterfaceName, name) : [], .. Option(TimeResolution, [(byte)(@interface.IsNanosecond ? 9 : 6)])];
        byte[] body = new byte[8 + options.Length];
        BinaryPrimitives.WriteUInt16LittleEndian(body, (ushort)@interface.LinkType);
        BinaryPrimitives.WriteUInt32LittleEndian(body.AsSpan(4), @interface.SnapLength);
        options.CopyTo(body, 8);
        AddBlock(InterfaceDescription, body, hasOptions: options.Length > 0);
    }

    private void AddStatistics(CaptureInterface @interface)
    {
        if (@interface.Statistics is not { } statistics)
            return;
        byte[] body = new byte[12 + statistics.Options.Length];
        BinaryPrimitives.WriteUInt32LittleEndian(body, _numbers[@interface]);
        WriteTime(body.AsSpan(4), statistics.Nanoseconds, @interface);
        statistics.Options.CopyTo(body, 12);
        AddBlock(InterfaceStatistics, body, hasOptions: statistics.Options.Length > 0);
    }

    private void AddBlock(uint type, ReadOnlySpan<byte> body, bool hasOptions)
    {
        int size = SmallestSize + body.Length + (hasOptions ? 4 : 0);
        byte[] block = new byte[size];
        BinaryPrimitives.WriteUInt32LittleEndian(block, type);
        BinaryPrimitives.WriteUInt32LittleEndian(block.AsSpan(4), (uint)size);
        body.CopyTo(block.AsSpan(HeaderSize));
        BinaryPrimitives.WriteUInt32LittleEndian(block.AsSpan(size - 4), (uint)size);
        AddRecord(block);
    }

    // Readers cut the last digits off: a time between two units is counted to the later one, so that it is read back as it was.
    private static void WriteTime(Span<byte> target, long nanoseconds, CaptureInterface @interface)
    {
        const ulong PerSecond = 1_000_000_000;
        long seconds = Math.DivRem(nanoseconds, (long)PerSecond, out long rest);
        ulong units = FractionOfSecond.Scale((ulong)rest, (ulong)@interface.UnitsPerSecond, PerSecond, roundsUp: true);
        ulong time = unchecked((ulong)(seconds - @interface.TimeOffset) * (ulong)@interface.UnitsPerSecond + units);
        BinaryPrimitives.WriteUInt32LittleEndian(target, (uint)(time >> 32));
        BinaryPrimitives.WriteUInt32LittleEndian(target[4..], (uint)time);
    }
}
