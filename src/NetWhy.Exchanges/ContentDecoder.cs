using System.Diagnostics;
using System.IO.Compression;
using NetWhy.Linux;

namespace NetWhy.Exchanges;

/// <summary>Gets octets.</summary>
/// <param name="octets">The octets, valid during the call.</param>
public delegate void OctetSink(ReadOnlySpan<byte> octets);

/// <summary>Decodes a content coding as pieces of it come. Source: RFC 9110, section 8.4.1; RFC 7932; RFC 8878.</summary>
/// <remarks>However much a piece unfolds into, no more than one buffer of it is in memory.</remarks>
public sealed class ContentDecoder : IDisposable
{
    private const int BufferSize = 64 * 1024;
    private const int MemberMark = 3; // octets that may begin another member of gzip

    private readonly string _coding;
    private readonly Pieces _pieces = new();
    private readonly byte[] _buffer = new byte[BufferSize];
    private Stream? _stream;
    private bool _hasEnded;

    private ContentDecoder(string coding) => _coding = coding;

    /// <summary>Makes a decoder.</summary>
    /// <param name="coding">Name of the coding, in lower case.</param>
    /// <returns>The decoder; null if the coding is not known.</returns>
    public static ContentDecoder? Create(string coding) =>
        coding is "gzip" or "x-gzip" or "deflate" or "br" or "zstd" ? new ContentDecoder(coding) : null;

    /// <summary>What is wrong with a body that came whole and is not the whole of its coding, in words.</summary>
    /// <param name="coding">The coding.</param>
    public static string EndsWithin(string coding) => $"the body ends in the middle of its coding {coding} though the message is whole: it was cut before it was sent";

    /// <summary>What is wrong with a body that is no such coding, in words.</summary>
    /// <param name="refusal">What <see cref="Decode"/> found.</param>
    public static string IsOther(Exception refusal) => $"the body is not coded as its head says ({refusal.Message})";

    /// <summary>Looks whether a body that came whole is the whole of its coding.</summary>
    /// <param name="coding">The coding, in lower case.</param>
    /// <param name="body">The body.</param>
    /// <param name="most">The most octets to unfold it to: a few thousand may stand for thousands of millions.</param>
    /// <param name="patience">How long to decode.</param>
    /// <returns>What is wrong, in words; null if nothing is, or where that was not found out within those bounds.</returns>
    public static string? FaultOf(string coding, ReadOnlySpan<byte> body, long most, TimeSpan patience)
    {
        long begin = Stopwatch.GetTimestamp();
        long unfolded = 0;
        using ContentDecoder? decoder = Create(coding);
        try
        {
            decoder?.Decode(body, Count);
            return decoder is null || decoder.IsWhole(Count) ? null : EndsWithin(coding);
        }
        catch (InvalidDataException refusal)
        {
            return IsOther(refusal);
        }
        catch (IOException)
        {
            return null; // too much of it, or this machine lacks the library
        }

        void Count(ReadOnlySpan<byte> octets)
        {
            unfolded += octets.Length;
            if (unfolded > most || Stopwatch.GetElapsedTime(begin) > patience)
                throw new IOException("it unfolds to too much");
        }
    }

    /// <summary>Whether what came does not even begin as the coding does. Source: RFC 1952, section 2.3.1.</summary>
    public bool IsForeign { get; private set; }

    /// <summary>Decodes what came next.</summary>
    /// <param name="octets">What came.</param>
    /// <param name="sink">Gets what it stands for, a buffer at a time.</param>
    /// <exception cref="InvalidDataException">The octets make no sense, or another sum than theirs stands behind them.</exception>
    /// <exception cref="IOException">This machine lacks the library.</exception>
    public void Decode(ReadOnlySpan<byte> octets, OctetSink sink)
    {
        if (octets.IsEmpty || _hasEnded)
            return; // what stands behind the end is nobody's
        const byte GzipMark = 0x1f;
        IsForeign |= _stream is null && _coding is "gzip" or "x-gzip" && octets[0] != GzipMark;
        _pieces.Add(octets);
        _stream ??= _coding switch
        {
            "br" => new BrotliStream(_pieces, CompressionMode.Decompress),
            "zstd" => new ZstandardStream(_pieces),
            "deflate" when !IsZlib(octets) => new DeflateStream(_pieces, CompressionMode.Decompress), // what servers of old send
            "deflate" => new ZLibStream(_pieces, CompressionMode.Decompress),
            _ => new GZipStream(_pieces, CompressionMode.Decompress),
        };
        Read(_stream, sink);
    }

    /// <summary>Whether what came is all of it, once nothing more comes; nothing can be decoded behind that.</summary>
    /// <param name="sink">Gets what comes of the attempt to go on, which is of no use but to be counted; null for nobody.</param>
    public bool IsWhole(OctetSink? sink = null)
    {
        if (_stream is null || _hasEnded)
            return true;
        if (_stream is ZstandardStream zstandard)
            return zstandard.IsBetweenFrames;
        try
        {
            // What no coding goes on with: a stream that is at its end leaves it alone, at the latest behind the mark of another member.
            for (int i = 0; i < MemberMark && !_hasEnded; i++)
            {
                _pieces.Add([0xff]);
                Read(_stream, sink ?? (_ => { }));
            }

            return _hasEnded;
        }
        catch (InvalidDataException)
        {
            return false;
        }
    }

    private void Read(Stream stream, OctetSink sink)
    {
        try
        {
            for (int read; (read = stream.Read(_buffer)) > 0;)
                sink(_buffer.AsSpan(0, read));
            _hasEnded = _pieces.HasSome; // it reads all that there is, until its end
        }
        catch (Exception refusal) when (refusal is InvalidOperationException or InvalidDataException)
        {
            throw new InvalidDataException($"it is no {_coding}, or damaged", refusal); // the libraries speak of archives
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _stream?.Dispose();
        _pieces.Dispose();
    }

    // RFC 1950, section 2.2.
    private static bool IsZlib(ReadOnlySpan<byte> octets) =>
        (octets[0] & 0xf) == 8 && (octets.Length < 2 || ((octets[0] << 8) | octets[1]) % 31 == 0);

    // A stream that is at its end for now, until more is added.
    private sealed class Pieces : ReadOnlyStream
    {
        private byte[] _octets = [];
        private int _taken;

        internal bool HasSome => _taken < _octets.Length;

        internal void Add(ReadOnlySpan<byte> octets)
        {
            _octets = [.. _octets.AsSpan(_taken), .. octets];
            _taken = 0;
        }

        public override int Read(Span<byte> buffer)
        {
            int count = Math.Min(buffer.Length, _octets.Length - _taken);
            _octets.AsSpan(_taken, count).CopyTo(buffer);
            _taken += count;
            return count;
        }
    }
}
