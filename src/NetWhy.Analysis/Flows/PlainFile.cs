using System.Buffers.Binary;
using Microsoft.Win32.SafeHandles;
using NetWhy.Capture.Files;

namespace NetWhy.Analysis.Flows;

/// <summary>A record of a pcap file.</summary>
internal readonly struct PlainRecord
{
    internal long Nanoseconds { get; init; }

    /// <summary>Where the packet begins in its piece.</summary>
    internal int At { get; init; }

    internal int Captured { get; init; }

    /// <summary>How long it was.</summary>
    internal uint Length { get; init; }

    /// <summary>Whether it says that more was captured than can be: the file is broken here.</summary>
    internal bool IsAbsurd { get; init; }
}

/// <summary>A piece of a file, with the segments in it.</summary>
/// <param name="groups">Groups of conversations.</param>
internal sealed class Piece(int groups)
{
    internal const int Size = 1 << 19; // fits into the second cache, and holds the longest record

    internal byte[] Octets { get; } = GC.AllocateUninitializedArray<byte>(Size);

    internal SegmentBatch Batch { get; } = new(groups);

    /// <summary>Where what was read ends.</summary>
    internal int End { get; set; }

    /// <summary>Where the next record begins.</summary>
    internal int At;
}

/// <summary>
/// A pcap file of this machine's order of octets that is not compressed, nearly all there are, read in large pieces whose
/// packets stay where they lie; <see cref="CaptureReader"/> reads the others.
/// </summary>
internal sealed class PlainFile : IDisposable
{
    private const int FileHeaderSize = 24;
    private const int RecordHeaderSize = 16;
    private const uint Microseconds = 0xa1b2c3d4;
    private const uint NanosecondsMagic = 0xa1b23c4d;

    private readonly SafeFileHandle _file;
    private readonly byte[] _rest = new byte[RecordHeaderSize + CaptureReader.LongestPacket];
    private readonly long _fraction;
    private readonly uint _mostCaptured;
    private int _restLength;

    private PlainFile(SafeFileHandle file, CaptureInterface @interface)
    {
        _file = file;
        Interface = @interface;
        _fraction = @interface.IsNanosecond ? 1 : 1000;
        _mostCaptured = @interface.SnapLength is 0 or > CaptureReader.LongestPacket ? CaptureReader.LongestPacket : @interface.SnapLength;
        Position = FileHeaderSize;
    }

    /// <summary>The interface of its packets.</summary>
    internal CaptureInterface Interface { get; }

    /// <summary>Octets read so far.</summary>
    internal long Position { get; private set; }

    /// <summary>Whether it ended in the middle of a packet.</summary>
    internal bool IsCut { get; private set; }

    /// <summary>Opens a file.</summary>
    /// <param name="path">The file.</param>
    /// <returns>It; null if it is of another kind, or none that can be read at any place.</returns>
    internal static PlainFile? Open(string path)
    {
        SafeFileHandle file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, FileOptions.SequentialScan);
        Span<byte> header = stackalloc byte[FileHeaderSize];
        bool isPlain = BitConverter.IsLittleEndian && (File.GetAttributes(file) & (FileAttributes.Directory | FileAttributes.Device)) == 0
            && CanSeek(file) && RandomAccess.Read(file, header, 0) == FileHeaderSize;
        uint magic = isPlain ? BinaryPrimitives.ReadUInt32LittleEndian(header) : 0;
        if (magic is not (Microseconds or NanosecondsMagic) || BinaryPrimitives.ReadUInt16LittleEndian(header[4..]) != 2)
        {
            file.Dispose();
            return null;
        }

        int linkType = (int)(BinaryPrimitives.ReadUInt32LittleEndian(header[20..]) & 0x03ffffff);
        return new PlainFile(file, new CaptureInterface(linkType, BinaryPrimitives.ReadUInt32LittleEndian(header[16..])) { IsNanosecond = magic == NanosecondsMagic });
    }

    /// <summary>Reads the next piece.</summary>
    /// <param name="piece">Where it goes.</param>
    /// <returns>Whether there was more.</returns>
    internal bool Fill(Piece piece)
    {
        _rest.AsSpan(0, _restLength).CopyTo(piece.Octets);
        int got = RandomAccess.Read(_file, piece.Octets.AsSpan(_restLength), Position);
        if (got == 0)
        {
            IsCut = _restLength > 0;
            return false;
        }

        Position += got;
        piece.At = 0;
        piece.End = _restLength + got;
        _restLength = 0;
        piece.Batch.Clear();
        return true;
    }

    /// <summary>Finds the next record of a piece; what remains of it is kept for the next piece.</summary>
    /// <param name="octets">The piece.</param>
    /// <param name="at">Where it begins; moves behind it.</param>
    /// <param name="record">The record.</param>
    /// <returns>Whether all of it is there.</returns>
    internal bool Next(ReadOnlySpan<byte> octets, ref int at, out PlainRecord record)
    {
        record = default;
        ReadOnlySpan<byte> rest = octets[at..];
        uint captured = 0;
        if (rest.Length >= RecordHeaderSize)
        {
            captured = BinaryPrimitives.ReadUInt32LittleEndian(rest[8..]);
            if (captured > CaptureReader.LongestPacket)
            {
                record = new PlainRecord { IsAbsurd = true, Captured = (int)Math.Min(captured, int.MaxValue) };
                return true;
            }
        }

        if (rest.Length < RecordHeaderSize || rest.Length - RecordHeaderSize < (int)captured)
        {
            rest.CopyTo(_rest);
            _restLength = rest.Length;
            return false;
        }

        long seconds = BinaryPrimitives.ReadUInt32LittleEndian(rest);
        record = new PlainRecord
        {
            Nanoseconds = (seconds * 1_000_000_000) + (BinaryPrimitives.ReadUInt32LittleEndian(rest[4..]) * _fraction),
            At = at + RecordHeaderSize,
            Captured = (int)Math.Min(captured, _mostCaptured),
            Length = BinaryPrimitives.ReadUInt32LittleEndian(rest[12..]),
        };
        at += RecordHeaderSize + (int)captured;
        return true;
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private static bool CanSeek(SafeFileHandle file)
    {
        try
        {
            return RandomAccess.GetLength(file) > 0;
        }
        catch (NotSupportedException)
        {
            return false; // a pipe
        }
    }
}
