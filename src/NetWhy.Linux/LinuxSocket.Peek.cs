using NetWhy.Linux.Interop;

namespace NetWhy.Linux;

public sealed unsafe partial class LinuxSocket
{
    /// <summary>Looks at what a stream has received and leaves it there.</summary>
    /// <param name="buffer">Where to put it.</param>
    /// <param name="received">Octets seen; 0 with <see cref="Errno.OK"/> means that the peer closed.</param>
    public Errno Peek(Span<byte> buffer, out int received)
    {
        const int MSG_PEEK = 0x2;
        nint result = Libc.recv(_handle, buffer, (nuint)buffer.Length, MSG_PEEK);
        received = (int)Math.Max(0, result);
        return result >= 0 ? Errno.OK : LastErrno();
    }
}
