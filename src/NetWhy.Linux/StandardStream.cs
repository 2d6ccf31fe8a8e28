using NetWhy.Linux.Interop;

namespace NetWhy.Linux;

/// <summary>A standard stream of this process, without the ceremony of <see cref="Console"/>.</summary>
/// <remarks>
/// On a terminal <see cref="Console"/> writes control codes before the first text (it switches the keypad), and a
/// <see cref="FileStream"/> on a file writes at an offset of its own, over what others wrote there. write(2) does neither.
/// </remarks>
public sealed class StandardStream : WriteOnlyStream
{
    private const nuint GetWindowSize = 0x5413; // TIOCGWINSZ, asm-generic/ioctls.h

    private readonly int _descriptor;

    private StandardStream(int descriptor) => _descriptor = descriptor;

    /// <summary>Standard output.</summary>
    public static StandardStream Output { get; } = new(1);

    /// <summary>Standard error.</summary>
    public static StandardStream Error { get; } = new(2);

    /// <summary>Whether it is a terminal.</summary>
    public bool IsTerminal => Libc.isatty(_descriptor) == 1;

    /// <summary>Whether its reader has gone away, so that what is written reaches nobody.</summary>
    public bool IsClosed { get; private set; }

    /// <summary>Size of the terminal's window in characters; null if it is none, or does not know.</summary>
    /// <remarks>Source: TIOCGWINSZ(2const), <c>struct winsize</c>: rows, columns, two unused numbers of 16 bits.</remarks>
    public unsafe (int Columns, int Rows)? WindowSize
    {
        get
        {
            ushort* size = stackalloc ushort[4];
            return Libc.ioctl(_descriptor, GetWindowSize, (byte*)size) == 0 && size[0] > 0 && size[1] > 0
                ? (size[1], size[0])
                : null;
        }
    }

    /// <summary>Writes all of it. A reader that closed its end of a pipe wants no more: that is no error.</summary>
    /// <param name="buffer">The octets.</param>
    /// <exception cref="LinuxException">The kernel refused for another reason, such as a full disk.</exception>
    public override unsafe void Write(ReadOnlySpan<byte> buffer)
    {
        fixed (byte* first = buffer)
        {
            for (nint written = 0; written < buffer.Length;)
            {
                nint count = Libc.write(_descriptor, first + written, (nuint)(buffer.Length - written));
                if (count >= 0)
                {
                    written += count;
                    continue;
                }

                var refusal = LinuxException.FromLastError("write");
                switch ((Errno)refusal.Errno)
                {
                    case Errno.EPIPE:
                        IsClosed = true;
                        return;
                    case Errno.EAGAIN: // somebody else made the terminal or the pipe non-blocking
                        var wanted = new Libc.pollfd { fd = _descriptor, events = Libc.POLLOUT };
                        _ = Libc.poll(&wanted, count: 1, milliseconds: -1);
                        break;
                    case Errno.EINTR:
                        break;
                    default:
                        throw refusal;
                }
            }
        }
    }
}
