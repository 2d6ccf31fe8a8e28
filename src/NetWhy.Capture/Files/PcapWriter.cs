using System.Runtime.InteropServices;
using NetWhy.Linux;

namespace NetWhy.Capture.Files;

/// <summary>Writes pcap, in this machine's order of octets.</summary>
/// <remarks>What is written is gathered; <see cref="Flush"/> and <see cref="Dispose"/> hand it on. Source: draft-ietf-opsawg-pcap.</remarks>
public sealed class PcapWriter : IDisposable
{
    /// <summary>Octets of the header of a file.</summary>
    public const int FileHeaderSize = 24;

    private const int RecordHeaderSize = 16;
    private const int BufferSize = 1 << 18; // stays in the cache of a core between the two copies
    private const int DirectSize = 1 << 12; // from here on a packet is written from where it lies: noting that costs less than a copy
    private const uint Microseconds = 0xa1b2c3d4;
    private const uint Nanoseconds = 0xa1b23c4d;

    private readonly Stream _stream;
    private readonly OutputFile? _file; // the stream, if it takes two pieces at once
    private readonly bool _isNanosecond;
    private readonly byte[] _buffer = GC.AllocateUninitializedArray<byte>(BufferSize, pinned: true);
    private int _used;
    private int _noted; // octets of the buffer that the file has noted already
    private int _gathered; // packets in the buffer

    /// <summary>Begins a file.</summary>
    /// <param name="stream">Where it goes; closed with the writer.</param>
    /// <param name="linkType">What packets begin with.</param>
    /// <param name="snapLength">Octets captured of each packet at most.</param>
    /// <param name="isNanosecond">Whether times have nanoseconds.</param>
    public PcapWriter(Stream stream, int linkType, int snapLength, bool isNanosecond)
    {
        _stream = stream;
        _file = stream as OutputFile;
        _isNanosecond = isNanosecond;
        Span<uint> header = [isNanosecond ? Nanoseconds : Microseconds, 2 | (4 << 16), 0, 0, (uint)snapLength, (uint)linkType];
        MemoryMarshal.AsBytes(header).CopyTo(_buffer);
        _used = FileHeaderSize;
        Length = FileHeaderSize;
    }

    /// <summary>Octets of the file so far, those gathered included.</summary>
    public long Length { get; private set; }

    /// <summary>Whether the octets of packets neither move nor change until <see cref="Keep"/>: then packets are written together.</summary>
    public bool PacketsStay { get; init; }

    /// <summary>Packets that were handed on whole; of a file that could not be written to its end, those that it holds.</summary>
    public long Packets { get; private set; }

    /// <summary>Adds a packet.</summary>
    /// <param name="nanoseconds">When it passed, in nanoseconds since 1970, UTC.</param>
    /// <param name="octets">What was captured of it.</param>
    /// <param name="originalLength">What it was long.</param>
    /// <exception cref="IOException">It cannot be written, such as on a full disk.</exception>
    public void Add(long nanoseconds, ReadOnlySpan<byte> octets, uint originalLength)
    {
        bool isDirect = octets.Length >= DirectSize;
        int size = RecordHeaderSize + octets.Length;
        if ((isDirect ? RecordHeaderSize : size) > BufferSize - _used)
            HandOn(); // without a flush: what compresses does better with more at once
        long seconds = Math.DivRem(nanoseconds, 1_000_000_000, out long rest);
        Span<uint> header = [(uint)seconds, (uint)(_isNanosecond ? rest : rest / 1000), (uint)octets.Length, originalLength];
        MemoryMarshal.AsBytes(header).CopyTo(_buffer.AsSpan(_used));
        _used += RecordHeaderSize;
        _gathered++;
        Length += size;
        if (isDirect)
        {
            AddDirectly(octets);
            return;
        }

        octets.CopyTo(_buffer.AsSpan(_used));
        _used += octets.Length;
    }

    /// <summary>Takes what it needs of the packets so far: their octets go away.</summary>
    /// <exception cref="IOException">It cannot be written.</exception>
    public void Keep()
    {
        if (_noted > 0)
            Flush();
    }

    /// <summary>Hands on what was gathered.</summary>
    /// <exception cref="IOException">It cannot be written.</exception>
    public void Flush()
    {
        HandOn();
        _stream.Flush();
    }

    /// <summary>Hands on what was gathered, and closes the file.</summary>
    public void Dispose()
    {
        try
        {
            Flush();
        }
        finally
        {
            _stream.Dispose();
        }
    }

    private void AddDirectly(ReadOnlySpan<byte> octets)
    {
        const int PiecesOfPacket = 2;
        if (_file is null || !PacketsStay)
        {
            HandOn();
            WriteAlone(octets);
            return;
        }

        _file.Gather(_buffer.AsSpan(_noted, _used - _noted));
        _file.Gather(octets);
        _noted = _used;
        if (_file.Pieces + PiecesOfPacket >= OutputFile.MostPieces)
            Flush();
    }

    // Its header has been written.
    private void WriteAlone(ReadOnlySpan<byte> octets)
    {
        try
        {
            _stream.Write(octets);
        }
        catch (IOException) when (_file is not null)
        {
            Packets--;
            _file.Truncate(Length - octets.Length - RecordHeaderSize);
            throw;
        }
    }

    private void HandOn()
    {
        if (_used == 0)
            return;
        (int count, _used) = (_used, 0); // what could not be written once is not written again
        if (_file is null)
        {
            _stream.Write(_buffer, 0, count);
        }
        else
        {
            long before = _file.Taken;
            try
            {
                _file.Gather(_buffer.AsSpan(_noted, count - _noted));
                _noted = 0;
                _file.WriteGathered();
            }
            catch (IOException)
            {
                KeepWhole(before, count);
                throw;
            }
        }

        Packets += _gathered;
        _gathered = 0;
    }

    // A packet that the disk had no room for is cut off: every reader would stumble over the half of it.
    private void KeepWhole(long before, int count)
    {
        long taken = _file!.Taken - before;
        int at = before == 0 ? FileHeaderSize : 0;
        long whole = at;
        while (count - at >= RecordHeaderSize)
        {
            uint length = MemoryMarshal.Read<uint>(_buffer.AsSpan(at + 8));
            if (whole + RecordHeaderSize + length > taken)
                break;
            at += RecordHeaderSize + (length < DirectSize ? (int)length : 0);
            whole += RecordHeaderSize + length;
            Packets++;
        }

        if (whole <= taken)
            _file.Truncate(before + whole);
    }
}
