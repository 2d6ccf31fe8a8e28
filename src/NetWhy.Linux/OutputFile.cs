using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using NetWhy.Linux.Interop;

namespace NetWhy.Linux;

/// <summary>A file that is written from its beginning to its end, and knows how far the kernel has taken it.</summary>
/// <remarks>Pieces that lie apart go out in one call: see writev(2).</remarks>
public sealed unsafe class OutputFile : WriteOnlyStream
{
    /// <summary>Most pieces of one call. Source: IOV_MAX in linux/uio.h.</summary>
    public const int MostPieces = 1024;

    private readonly SafeFileHandle _handle;
    private readonly Libc.iovec[] _pieces = new Libc.iovec[MostPieces];

    private OutputFile(SafeFileHandle handle) => _handle = handle;

    /// <summary>Octets that the kernel has taken so far, those before a refusal included.</summary>
    public long Taken { get; private set; }

    /// <summary>Makes a file, or empties the one that is there.</summary>
    /// <param name="path">Its path.</param>
    /// <exception cref="IOException">It cannot be made.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be made.</exception>
    public static OutputFile Create(string path) =>
        new(File.OpenHandle(path, FileMode.Create, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete));

    /// <summary>Pieces that wait to be written together; <see cref="MostPieces"/> at most.</summary>
    public int Pieces { get; private set; }

    /// <inheritdoc/>
    /// <exception cref="IOException">The kernel refused, such as on a full disk.</exception>
    public override void Write(ReadOnlySpan<byte> buffer)
    {
        fixed (byte* octets = buffer)
        {
            Gather(buffer);
            WriteGathered();
        }
    }

    /// <summary>Notes a piece that is to be written behind those before it.</summary>
    /// <param name="piece">Octets that neither move nor change until <see cref="WriteGathered"/> returns: of a ring, or pinned.</param>
    public void Gather(ReadOnlySpan<byte> piece)
    {
        if (piece.IsEmpty)
            return;
        if (Pieces == MostPieces)
            throw new InvalidOperationException("more pieces than one call takes");
        _pieces[Pieces++] = new Libc.iovec { iov_base = Unsafe.AsPointer(ref MemoryMarshal.GetReference(piece)), iov_len = (nuint)piece.Length };
    }

    /// <summary>Writes the pieces noted, in one call where the kernel takes them all.</summary>
    /// <exception cref="IOException">The kernel refused, such as on a full disk.</exception>
    public void WriteGathered()
    {
        (int count, Pieces) = (Pieces, 0); // what could not be written once is not written again
        fixed (Libc.iovec* pieces = _pieces)
        {
            for (int first = 0; first < count;)
            {
                nint taken = Libc.writev(_handle, pieces + first, count - first);
                if (taken < 0)
                {
                    var errno = (Errno)Marshal.GetLastPInvokeError();
                    if (errno is Errno.EINTR)
                        continue;
                    throw new IOException(LinuxException.Describe(errno), (int)errno);
                }

                Taken += taken;
                while (first < count && taken >= (nint)pieces[first].iov_len)
                    taken -= (nint)pieces[first++].iov_len;
                if (first == count)
                    break;
                pieces[first].iov_base = (byte*)pieces[first].iov_base + taken;
                pieces[first].iov_len -= (nuint)taken;
            }
        }
    }

    /// <summary>Cuts off what lies behind a place; what is no regular file stays as it is.</summary>
    /// <param name="length">Octets that stay.</param>
    public void Truncate(long length)
    {
        if (Libc.ftruncate(_handle, (nint)length) == 0)
            Taken = length;
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _handle.Dispose();
        base.Dispose(disposing);
    }
}
