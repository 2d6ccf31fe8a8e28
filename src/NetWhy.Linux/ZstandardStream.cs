using System.Runtime.InteropServices;
using NetWhy.Linux.Interop;

namespace NetWhy.Linux;

/// <summary>Decompresses Zstandard (RFC 8878) with this machine's libzstd.</summary>
public sealed unsafe class ZstandardStream : ReadOnlyStream
{
    private readonly Stream _compressed;
    private readonly byte[] _input = new byte[1 << 16];
    private nint _context;
    private int _start;
    private int _end;

    /// <summary>Starts to decompress.</summary>
    /// <param name="compressed">What is to be decompressed; closed with this stream.</param>
    /// <exception cref="IOException">This machine has no libzstd.</exception>
    public ZstandardStream(Stream compressed)
    {
        _compressed = compressed;
        try
        {
            _context = LibZstd.ZSTD_createDStream();
        }
        catch (DllNotFoundException)
        {
            throw new IOException("it is compressed with zstd, and this machine has no libzstd.so.1: install libzstd1, or decompress it first");
        }
    }

    /// <summary>Whether all frames that began have come to their end.</summary>
    public bool IsBetweenFrames { get; private set; } = true;

    /// <inheritdoc/>
    /// <exception cref="InvalidDataException">The data is broken.</exception>
    public override int Read(Span<byte> buffer)
    {
        if (buffer.IsEmpty)
            return 0;
        fixed (byte* input = _input, output = buffer)
        {
            while (true)
            {
                if (_start == _end)
                {
                    _start = 0;
                    _end = _compressed.Read(_input);
                    if (_end == 0)
                        return 0;
                }

                var from = new LibZstd.Buffer { Octets = input + _start, Size = (nuint)(_end - _start) };
                var to = new LibZstd.Buffer { Octets = output, Size = (nuint)buffer.Length };
                nuint result = LibZstd.ZSTD_decompressStream(_context, &to, &from);
                _start += (int)from.Position;
                if (LibZstd.ZSTD_isError(result) != 0)
                    throw new InvalidDataException(Marshal.PtrToStringUTF8((nint)LibZstd.ZSTD_getErrorName(result)));
                IsBetweenFrames = result == 0;
                if (to.Position > 0)
                    return (int)to.Position;
            }
        }
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (_context != 0)
            _ = LibZstd.ZSTD_freeDStream(_context);
        _context = 0;
        if (disposing)
            _compressed.Dispose();
        base.Dispose(disposing);
    }
}
