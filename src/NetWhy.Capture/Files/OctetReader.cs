using System.Runtime.CompilerServices;

namespace NetWhy.Capture.Files;

/// <summary>Reads a stream in large pieces and shows what comes next where it lies.</summary>
/// <param name="stream">The stream.</param>
internal sealed class OctetReader(Stream stream) : IDisposable
{
    private const int PieceSize = 1 << 20;

    private byte[] _buffer = new byte[PieceSize];
    private int _start;
    private int _end;
    private bool _isAtEnd;

    /// <summary>Octets taken so far.</summary>
    internal long Position { get; private set; }

    /// <summary>What comes next.</summary>
    /// <param name="count">How many octets; the caller bounds it.</param>
    /// <returns>The octets, not taken yet; fewer where the stream ends.</returns>
    /// <exception cref="CaptureFormatException">They are compressed, and broken.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal ReadOnlySpan<byte> Peek(int count) => _end - _start >= count ? _buffer.AsSpan(_start, count) : PeekBeyond(count);

    /// <summary>Takes octets that were peeked at.</summary>
    /// <param name="count">How many.</param>
    internal void Take(int count)
    {
        _start += count;
        Position += count;
    }

    /// <summary>Takes octets that nobody wants to see.</summary>
    /// <param name="count">How many.</param>
    /// <returns>Whether the stream has that many.</returns>
    internal bool Skip(long count)
    {
        while (count > 0)
        {
            int piece = Peek((int)Math.Min(count, PieceSize)).Length;
            if (piece == 0)
                return false;
            Take(piece);
            count -= piece;
        }

        return true;
    }

    /// <inheritdoc/>
    public void Dispose() => stream.Dispose();

    private ReadOnlySpan<byte> PeekBeyond(int count)
    {
        try
        {
            if (!_isAtEnd)
                Fill(count);
        }
        catch (InvalidDataException broken)
        {
            throw new CaptureFormatException($"the compressed data is broken behind octet {Position}: {broken.Message}");
        }

        return _buffer.AsSpan(_start, Math.Min(count, _end - _start));
    }

    private void Fill(int count)
    {
        if (_start > 0)
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            _end -= _start;
            _start = 0;
        }

        if (_buffer.Length < count)
            Array.Resize(ref _buffer, count);
        while (_end < count)
        {
            int got = stream.Read(_buffer, _end, _buffer.Length - _end);
            if (got == 0)
            {
                _isAtEnd = true;
                return;
            }

            _end += got;
        }
    }
}
