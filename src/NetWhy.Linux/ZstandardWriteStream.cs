using System.Runtime.InteropServices;
using NetWhy.Linux.Interop;

namespace NetWhy.Linux;

/// <summary>Compresses to Zstandard (RFC 8878) with this machine's libzstd, at its usual level.</summary>
public sealed unsafe class ZstandardWriteStream : Stream
{
    private const int Continue = 0; // ZSTD_e_continue
    private const int Hand = 1; // ZSTD_e_flush
    private const int End = 2; // ZSTD_e_end

    private readonly Stream _compressed;
    private readonly byte[] _output = new byte[1 << 17];
    private nint _context;

    /// <summary>Starts to compress.</summary>
    /// <param name="compressed">Where it goes; closed with this stream.</param>
    /// <exception cref="IOException">This machine has no libzstd.</exception>
    public ZstandardWriteStream(Stream compressed)
    {
        _compressed = compressed;
        try
        {
            _context = LibZstd.ZSTD_createCCtx();
        }
        catch (DllNotFoundException)
        {
            throw new IOException("this machine has no libzstd.so.1 to compress with: install libzstd1, or compress with gzip");
        }
    }

    /// <inheritdoc/>
    public override bool CanRead => false;

    /// <inheritdoc/>
    public override bool CanSeek => false;

    /// <inheritdoc/>
    public override bool CanWrite => true;

    /// <inheritdoc/>
    public override long Length => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <inheritdoc/>
    public override void Write(ReadOnlySpan<byte> buffer) => Compress(buffer, Continue);

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    /// <inheritdoc/>
    public override void Flush() => Compress([], Hand);

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void SetLength(long value) => throw new NotSupportedException();

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        try
        {
            if (_context != 0 && disposing)
                Compress([], End);
        }
        finally
        {
            if (_context != 0)
                _ = LibZstd.ZSTD_freeCCtx(_context);
            _context = 0;
            if (disposing)
                _compressed.Dispose();
            base.Dispose(disposing);
        }
    }

    private void Compress(ReadOnlySpan<byte> buffer, int directive)
    {
        fixed (byte* input = buffer, output = _output)
        {
            var from = new LibZstd.Buffer { Octets = input, Size = (nuint)buffer.Length };
            nuint left;
            do
            {
                var to = new LibZstd.Buffer { Octets = output, Size = (nuint)_output.Length };
                left = LibZstd.ZSTD_compressStream2(_context, &to, &from, directive);
                if (LibZstd.ZSTD_isError(left) != 0)
                    throw new IOException(Marshal.PtrToStringUTF8((nint)LibZstd.ZSTD_getErrorName(left)));
                _compressed.Write(_output, 0, (int)to.Position);
            }
            while (directive is Continue ? from.Position < from.Size : left > 0);
        }
    }
}
