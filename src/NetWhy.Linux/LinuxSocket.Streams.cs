using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text;
using NetWhy.Linux.Interop;

namespace NetWhy.Linux;

public sealed unsafe partial class LinuxSocket
{
    private const int UnixPathOffset = 2; // struct sockaddr_un: family, then the path
    private const int UnixPathSize = 108;

    /// <summary>Opens a stream socket between processes of this machine.</summary>
    /// <param name="socket">The socket; null if the kernel refused.</param>
    /// <returns>Why the kernel refused; <see cref="Errno.OK"/> if it did not.</returns>
    public static Errno OpenUnix(out LinuxSocket? socket)
    {
        SocketHandle handle = Libc.socket(Libc.AF_UNIX, Libc.SOCK_STREAM | Libc.SOCK_NONBLOCK | Libc.SOCK_CLOEXEC, 0);
        socket = handle.IsInvalid ? null : new LinuxSocket(handle, AddressFamily.Unix, SocketKind.UnixStream);
        return socket is null ? LastErrno() : Errno.OK;
    }

    /// <summary>Connects to the socket of another process. Source: unix(7).</summary>
    /// <param name="path">Its path; one that begins with <c>@</c> is an abstract name.</param>
    /// <returns>Why not, such as ENOENT, ECONNREFUSED where nobody listens, or ENAMETOOLONG.</returns>
    public Errno ConnectUnix(string path)
    {
        Span<byte> name = stackalloc byte[UnixPathOffset + UnixPathSize];
        return !TryWriteUnix(path, name, out int length) ? Errno.ENAMETOOLONG
            : Libc.connect(_handle, name, length) == 0 ? Errno.OK : LastErrno();
    }

    /// <summary>Gives a socket its path, which is made. Source: unix(7).</summary>
    /// <param name="path">The path; one that begins with <c>@</c> is an abstract name.</param>
    /// <returns>Why not, such as EADDRINUSE where it is there already.</returns>
    public Errno BindUnix(string path)
    {
        Span<byte> name = stackalloc byte[UnixPathOffset + UnixPathSize];
        return !TryWriteUnix(path, name, out int length) ? Errno.ENAMETOOLONG
            : Libc.bind(_handle, name, length) == 0 ? Errno.OK : LastErrno();
    }

    /// <summary>Begins to take connections. Source: listen(2).</summary>
    /// <param name="backlog">How many may wait.</param>
    public Errno Listen(int backlog) => Libc.listen(_handle, backlog) == 0 ? Errno.OK : LastErrno();

    /// <summary>Takes the next connection.</summary>
    /// <param name="connection">The connection; null if there is none.</param>
    /// <param name="address">Address of the peer; <see cref="IPAddress.None"/> for a process of this machine.</param>
    /// <param name="port">Its port.</param>
    /// <returns><see cref="Errno.EAGAIN"/> if none waits.</returns>
    public Errno Accept(out LinuxSocket? connection, out IPAddress address, out int port)
    {
        Span<byte> name = stackalloc byte[UnixPathOffset + UnixPathSize];
        int length = name.Length;
        connection = null;
        (address, port) = (IPAddress.None, 0);
        SocketHandle handle = Libc.accept4(_handle, name, ref length, Libc.SOCK_NONBLOCK | Libc.SOCK_CLOEXEC);
        if (handle.IsInvalid)
            return LastErrno();
        connection = new LinuxSocket(handle, Family, Kind);
        _ = SocketAddress.TryRead(name[..Math.Min(length, name.Length)], out address, out port);
        return Errno.OK;
    }

    /// <summary>Ends the direction from here, so that the peer sees the end. Source: shutdown(2), SHUT_WR.</summary>
    public Errno EndSending() => Libc.shutdown(_handle, 1) == 0 ? Errno.OK : LastErrno();

    /// <summary>Tells who sent the next datagram, and leaves it there.</summary>
    /// <param name="datagram">What is known of it.</param>
    /// <returns><see cref="Errno.EAGAIN"/> if there is none.</returns>
    public Errno PeekDatagram(out ReceivedDatagram datagram)
    {
        const int MSG_PEEK = 0x2;
        return ReceiveMessage([], MSG_PEEK, out datagram, out _);
    }

    private static bool TryWriteUnix(string path, Span<byte> name, out int length)
    {
        name.Clear();
        MemoryMarshal.Write(name, (ushort)Libc.AF_UNIX);
        bool fits = Encoding.UTF8.TryGetBytes(path, name[UnixPathOffset..^1], out int written);
        bool isAbstract = path is ['@', ..];
        if (isAbstract)
            name[UnixPathOffset] = 0;
        length = UnixPathOffset + written + (isAbstract ? 0 : 1);
        return fits;
    }
}
