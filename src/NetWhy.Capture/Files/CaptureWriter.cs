using NetWhy.Linux;

namespace NetWhy.Capture.Files;

/// <summary>Writes a capture.</summary>
/// <remarks>What is written is gathered; <see cref="Flush"/> and <see cref="Dispose"/> hand it on.</remarks>
public abstract class CaptureWriter : IDisposable
{
    /// <summary>Packets of this size and larger are written from where they lie: noting that costs less than a copy.</summary>
    private protected const int DirectSize = 1 << 12;

    private const int BufferSize = 1 << 18; // stays in the cache of a core between the two copies

    private readonly Stream _stream;
    private readonly OutputFile? _file; // the stream, if it takes two pieces at once
    private readonly int _headerSize;
    private readonly byte[] _buffer = GC.AllocateUninitializedArray<byte>(BufferSize, pinned: true);
    private int _used;
    private int _noted; // octets of the buffer that the file has noted already
    private int _gathered; // packets in the buffer

    /// <summary>Begins a file.</summary>
    /// <param name="stream">Where it goes; closed with the writer.</param>
    /// <param name="header">What every file of its kind begins with; much shorter than a packet may be.</param>
    private protected CaptureWriter(Stream stream, ReadOnlySpan<byte> header)
    {
        _stream = stream;
        _file = stream as OutputFile;
        Gather(header);
        Length = _headerSize = header.Length;
    }

    /// <summary>Octets of the file so far, those gathered included.</summary>
    public long Length { get; private set; }

    /// <summary>Whether the octets of packets neither move nor change until <see cref="Keep"/>: then packets are written together.</summary>
    public bool PacketsStay { get; init; }

    /// <summary>Packets that were handed on whole; of a file that could not be written to its end, those that it holds.</summary>
    public long Packets { get; private set; }

    /// <summary>Adds a packet.</summary>
    /// <param name="packet">The packet.</param>
    /// <exception cref="IOException">It cannot be written, such as on a full disk.</exception>
    public abstract void Add(in PacketRecord packet);

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
            AddEnd();
            Flush();
        }
        finally
        {
            _stream.Dispose();
            GC.SuppressFinalize(this);
        }
    }

    /// <summary>Adds what stands behind all packets.</summary>
    /// <exception cref="IOException">It cannot be written.</exception>
    private protected virtual void AddEnd()
    {
        // Most formats have nothing there.
    }

    /// <summary>Tells of a record in the buffer how long it is.</summary>
    /// <param name="buffered">The buffer from the record on.</param>
    /// <param name="inBuffer">Octets of it that are in the buffer: fewer if its packet is written from where it lies.</param>
    /// <param name="length">Octets of it in the file.</param>
    /// <returns>Whether it is a packet.</returns>
    private protected abstract bool Measure(ReadOnlySpan<byte> buffered, out int inBuffer, out long length);

    /// <summary>Adds a packet between what stands before it and behind it.</summary>
    /// <param name="head">What stands before it: a few octets.</param>
    /// <param name="octets">The packet.</param>
    /// <param name="tail">What stands behind it; where packets stay, a few octets.</param>
    /// <exception cref="IOException">It cannot be written.</exception>
    private protected void AddPacket(ReadOnlySpan<byte> head, ReadOnlySpan<byte> octets, ReadOnlySpan<byte> tail)
    {
        bool isDirect = IsDirect(octets.Length, tail.Length), isNoted = isDirect && _file is not null && PacketsStay;
        int size = head.Length + octets.Length + tail.Length;
        int room = isNoted ? size - octets.Length : isDirect ? head.Length : size;
        if (room > BufferSize - _used)
            HandOn(); // without a flush: what compresses does better with more at once
        Gather(head);
        _gathered++;
        Length += size;
        if (isNoted)
        {
            Note(octets, tail);
        }
        else if (isDirect)
        {
            HandOn();
            WriteAlone(octets, tail, size, isPacket: true);
        }
        else
        {
            Gather(octets);
            Gather(tail);
        }
    }

    /// <summary>Whether a packet is written from where it lies.</summary>
    /// <param name="length">Octets of it.</param>
    /// <param name="tail">Octets behind it.</param>
    private protected static bool IsDirect(int length, int tail) => length + tail >= DirectSize;

    /// <summary>Adds what is no packet.</summary>
    /// <param name="record">The whole of it.</param>
    /// <exception cref="IOException">It cannot be written.</exception>
    private protected void AddRecord(ReadOnlySpan<byte> record)
    {
        bool isDirect = record.Length >= DirectSize;
        if (isDirect || record.Length > BufferSize - _used)
            HandOn();
        Length += record.Length;
        if (isDirect)
            WriteAlone(record, [], record.Length, isPacket: false);
        else
            Gather(record);
    }

    private void Gather(ReadOnlySpan<byte> octets)
    {
        octets.CopyTo(_buffer.AsSpan(_used));
        _used += octets.Length;
    }

    private void Note(ReadOnlySpan<byte> octets, ReadOnlySpan<byte> tail)
    {
        const int PiecesOfPacket = 2, PieceOfRest = 1;
        _file!.Gather(_buffer.AsSpan(_noted, _used - _noted));
        _file.Gather(octets);
        _noted = _used;
        Gather(tail);
        if (_file.Pieces + PiecesOfPacket + PieceOfRest > OutputFile.MostPieces)
            Flush();
    }

    // What stands before it has been written.
    private void WriteAlone(ReadOnlySpan<byte> octets, ReadOnlySpan<byte> tail, int size, bool isPacket)
    {
        try
        {
            _stream.Write(octets);
            if (!tail.IsEmpty)
                _stream.Write(tail);
        }
        catch (IOException) when (_file is not null)
        {
            Packets -= isPacket ? 1 : 0;
            _file.Truncate(Length - size);
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
        int at = before == 0 ? _headerSize : 0;
        long whole = at;
        while (at < count)
        {
            bool isPacket = Measure(_buffer.AsSpan(at, count - at), out int inBuffer, out long length);
            if (whole + length > taken)
                break;
            at += inBuffer;
            whole += length;
            Packets += isPacket ? 1 : 0;
        }

        if (whole <= taken)
            _file.Truncate(before + whole);
    }
}
