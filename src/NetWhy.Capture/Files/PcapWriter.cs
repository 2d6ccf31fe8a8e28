using System.Runtime.InteropServices;

namespace NetWhy.Capture.Files;

/// <summary>Writes pcap, in this machine's order of octets.</summary>
/// <remarks>What is written is gathered; <see cref="Flush"/> and <see cref="Dispose"/> hand it on. Source: draft-ietf-opsawg-pcap.</remarks>
public sealed class PcapWriter : IDisposable
{
    /// <summary>Octets of the header of a file.</summary>
    public const int FileHeaderSize = 24;

    private const int RecordHeaderSize = 16;
    private const int BufferSize = 1 << 18; // stays in the cache of a core between the two copies
    private const int DirectSize = 1 << 14; // from here on a call of its own costs less than a copy
    private const uint Microseconds = 0xa1b2c3d4;
    private const uint Nanoseconds = 0xa1b23c4d;

    private readonly Stream _stream;
    private readonly bool _isNanosecond;
    private readonly byte[] _buffer = GC.AllocateUninitializedArray<byte>(BufferSize);
    private int _used;

    /// <summary>Begins a file.</summary>
    /// <param name="stream">Where it goes; closed with the writer.</param>
    /// <param name="linkType">What packets begin with.</param>
    /// <param name="snapLength">Octets captured of each packet at most.</param>
    /// <param name="isNanosecond">Whether times have nanoseconds.</param>
    public PcapWriter(Stream stream, int linkType, int snapLength, bool isNanosecond)
    {
        _stream = stream;
        _isNanosecond = isNanosecond;
        Span<uint> header = [isNanosecond ? Nanoseconds : Microseconds, 2 | (4 << 16), 0, 0, (uint)snapLength, (uint)linkType];
        MemoryMarshal.AsBytes(header).CopyTo(_buffer);
        _used = FileHeaderSize;
        Length = FileHeaderSize;
    }

    /// <summary>Octets of the file so far, those gathered included.</summary>
    public long Length { get; private set; }

    /// <summary>Adds a packet.</summary>
    /// <param name="nanoseconds">When it passed, in nanoseconds since 1970, UTC.</param>
    /// <param name="octets">What was captured of it.</param>
    /// <param name="originalLength">What it was long.</param>
    /// <exception cref="IOException">It cannot be written, such as on a full disk.</exception>
    public void Add(long nanoseconds, ReadOnlySpan<byte> octets, uint originalLength)
    {
        int size = RecordHeaderSize + octets.Length;
        if (size > BufferSize - _used)
            Flush();
        long seconds = Math.DivRem(nanoseconds, 1_000_000_000, out long rest);
        Span<uint> header = [(uint)seconds, (uint)(_isNanosecond ? rest : rest / 1000), (uint)octets.Length, originalLength];
        MemoryMarshal.AsBytes(header).CopyTo(_buffer.AsSpan(_used));
        _used += RecordHeaderSize;
        if (octets.Length >= DirectSize || octets.Length > BufferSize - _used)
        {
            Flush();
            _stream.Write(octets);
        }
        else
        {
            octets.CopyTo(_buffer.AsSpan(_used));
            _used += octets.Length;
        }

        Length += size;
    }

    /// <summary>Hands on what was gathered.</summary>
    /// <exception cref="IOException">It cannot be written.</exception>
    public void Flush()
    {
        if (_used == 0)
            return;
        int count = _used;
        _used = 0; // what could not be written once is not written again
        _stream.Write(_buffer, 0, count);
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
}
