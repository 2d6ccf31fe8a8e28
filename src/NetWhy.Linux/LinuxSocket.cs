using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text;
using NetWhy.Linux.Interop;

namespace NetWhy.Linux;

/// <summary>Kinds of socket that probes open.</summary>
public enum SocketKind
{
    /// <summary>TCP.</summary>
    Tcp,

    /// <summary>UDP.</summary>
    Udp,

    /// <summary>ICMP echo without privilege (<c>net.ipv4.ping_group_range</c>). Source: icmp(7).</summary>
    Ping,

    /// <summary>Raw ICMP or ICMPv6; needs CAP_NET_RAW.</summary>
    RawIcmp,

    /// <summary>Copies of the TCP segments that come in; needs CAP_NET_RAW. Source: raw(7).</summary>
    RawTcp,

    /// <summary>Sends whole IP packets, header included, and receives nothing; needs CAP_NET_RAW. Source: raw(7), IPPROTO_RAW.</summary>
    RawSend,

    /// <summary>A stream between processes of this machine; see <see cref="LinuxSocket.OpenUnix"/>. Source: unix(7).</summary>
    UnixStream,
}

/// <summary>A non-blocking socket of the kernel's own making: every option, errno and error queue within reach.</summary>
/// <remarks>Calls answer with an <see cref="Errno"/> where a refusal is an observation, and throw where it is a bug.</remarks>
public sealed unsafe partial class LinuxSocket : IDisposable
{
    private const int LevelSocket = 1; // SOL_SOCKET
    private const int LevelIP = 0; // IPPROTO_IP
    private const int LevelTcp = 6; // IPPROTO_TCP
    private const int LevelIPv6 = 41; // IPPROTO_IPV6
    private const int TimestampNanoseconds = 35; // SO_TIMESTAMPNS

    private readonly SocketHandle _handle;
    private KnownSource? _lastSource;

    private LinuxSocket(SocketHandle handle, AddressFamily family, SocketKind kind)
    {
        _handle = handle;
        Family = family;
        Kind = kind;
    }

    /// <summary>IPv4 or IPv6.</summary>
    public AddressFamily Family { get; }

    /// <summary>Kind of socket.</summary>
    public SocketKind Kind { get; }

    /// <summary>Number of the descriptor, for libraries that take one (libssl); this object keeps owning it.</summary>
    public int Descriptor => _handle.Descriptor;

    /// <summary>The handle, for the rest of this project.</summary>
    internal SocketHandle Handle => _handle;

    /// <summary>
    /// Opens a socket with the error queue, receive timestamps and the received TTL switched on.
    /// </summary>
    /// <param name="family">IPv4 or IPv6.</param>
    /// <param name="kind">Kind of socket.</param>
    /// <param name="socket">The socket; null if the kernel refused.</param>
    /// <returns>Why the kernel refused, such as EMFILE or EACCES; <see cref="Errno.OK"/> if it did not.</returns>
    public static Errno Open(AddressFamily family, SocketKind kind, out LinuxSocket? socket)
    {
        bool isIPv6 = family is AddressFamily.InterNetworkV6;
        int icmp = isIPv6 ? 58 : 1; // IPPROTO_ICMPV6, IPPROTO_ICMP
        (int type, int protocol) = kind switch
        {
            SocketKind.Tcp => (Libc.SOCK_STREAM, 6),
            SocketKind.Udp => (Libc.SOCK_DGRAM, 17),
            SocketKind.Ping => (Libc.SOCK_DGRAM, icmp),
            SocketKind.RawTcp => (Libc.SOCK_RAW, 6),
            SocketKind.RawSend => (Libc.SOCK_RAW, 255), // IPPROTO_RAW
            _ => (Libc.SOCK_RAW, icmp),
        };
        SocketHandle handle = Libc.socket(
            isIPv6 ? Libc.AF_INET6 : Libc.AF_INET, type | Libc.SOCK_NONBLOCK | Libc.SOCK_CLOEXEC, protocol);
        if (handle.IsInvalid)
        {
            socket = null;
            return LastErrno();
        }

        socket = new LinuxSocket(handle, family, kind);
        const int ReceiveTtl = 12; // IP_RECVTTL
        const int ReceiveErrors = 11; // IP_RECVERR
        const int ReceiveHopLimit = 51; // IPV6_RECVHOPLIMIT
        const int ReceiveErrors6 = 25; // IPV6_RECVERR
        socket.SetOption(isIPv6 ? LevelIPv6 : LevelIP, isIPv6 ? ReceiveErrors6 : ReceiveErrors, 1);
        if (kind is not SocketKind.Tcp)
        {
            socket.SetOption(isIPv6 ? LevelIPv6 : LevelIP, isIPv6 ? ReceiveHopLimit : ReceiveTtl, 1);
            socket.SetOption(LevelSocket, TimestampNanoseconds, 1);
        }

        return Errno.OK;
    }

    /// <summary>Sets an integer option. Source: socket(7), ip(7), ipv6(7), tcp(7).</summary>
    /// <param name="level">Level, such as IPPROTO_TCP (6).</param>
    /// <param name="name">Option number.</param>
    /// <param name="value">Its value.</param>
    /// <returns>Why the kernel refused; <see cref="Errno.OK"/> if it did not.</returns>
    public Errno SetOption(int level, int name, int value)
    {
        ReadOnlySpan<byte> octets = MemoryMarshal.AsBytes(new ReadOnlySpan<int>(in value));
        return Libc.setsockopt(_handle, level, name, octets, octets.Length) == 0 ? Errno.OK : LastErrno();
    }

    /// <summary>Reads an integer option; null if the kernel has it not.</summary>
    /// <param name="level">Level.</param>
    /// <param name="name">Option number.</param>
    public int? GetOption(int level, int name)
    {
        int value = 0;
        int length = sizeof(int);
        Span<byte> octets = MemoryMarshal.AsBytes(new Span<int>(ref value));
        return Libc.getsockopt(_handle, level, name, octets, ref length) == 0 ? value : null;
    }

    /// <summary>Sets the TTL or hop limit of packets that leave.</summary>
    /// <param name="ttl">1 to 255.</param>
    public Errno SetTtl(int ttl) => Family is AddressFamily.InterNetworkV6
        ? SetOption(LevelIPv6, 16 /* IPV6_UNICAST_HOPS */, ttl)
        : SetOption(LevelIP, 2 /* IP_TTL */, ttl);

    /// <summary>
    /// Sets "don't fragment" and makes the kernel ignore what it believes of the path MTU, so that only the interface's
    /// MTU limits what is sent. Source: ip(7), IP_PMTUDISC_PROBE.
    /// </summary>
    public Errno SetMtuProbing() => Family is AddressFamily.InterNetworkV6
        ? SetOption(LevelIPv6, 23 /* IPV6_MTU_DISCOVER */, 3)
        : SetOption(LevelIP, 10 /* IP_MTU_DISCOVER */, 3);

    /// <summary>Limits the segment size of a TCP socket; before connecting. Source: tcp(7), TCP_MAXSEG.</summary>
    /// <param name="octets">Segment size, 88 or more.</param>
    public Errno SetSegmentSize(int octets) => SetOption(LevelTcp, 2 /* TCP_MAXSEG */, octets);

    /// <summary>Starts to connect.</summary>
    /// <param name="address">Remote address.</param>
    /// <param name="port">Remote port.</param>
    /// <returns>
    /// <see cref="Errno.EINPROGRESS"/> for TCP as a rule: wait for <see cref="PollEvents.Write"/>, then
    /// <see cref="TakeError"/>. Anything else happened at once, on this machine.
    /// </returns>
    public Errno Connect(IPAddress address, int port)
    {
        Span<byte> name = stackalloc byte[SocketAddress.MaxSize];
        int length = SocketAddress.Write(address, port, name);
        return Libc.connect(_handle, name, length) == 0 ? Errno.OK : LastErrno();
    }

    /// <summary>Takes the pending error of the socket (SO_ERROR), which clears it.</summary>
    public Errno TakeError() => (Errno)(GetOption(LevelSocket, 4) ?? (int)Errno.EBADF);

    /// <summary>Waits until the socket is ready. One wait at a time.</summary>
    /// <param name="events">What for; errors are always included.</param>
    /// <param name="timeout">How long at most.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>What it is ready for; <see cref="PollEvents.None"/> after the timeout.</returns>
    public Task<PollEvents> WaitAsync(PollEvents events, TimeSpan timeout, CancellationToken cancellationToken) =>
        Poller.WaitAsync(_handle, events, timeout, cancellationToken);

    /// <summary>Local address and port.</summary>
    public (IPAddress Address, int Port) LocalEndpoint
    {
        get
        {
            Span<byte> name = stackalloc byte[SocketAddress.MaxSize];
            int length = name.Length;
            return Libc.getsockname(_handle, name, ref length) == 0
                && SocketAddress.TryRead(name[..length], out IPAddress address, out int port)
                    ? (address, port)
                    : (IPAddress.None, 0);
        }
    }

    /// <summary>Whether the connection stands, or stood and the peer has closed its half: getpeername(2) fails before.</summary>
    public bool HasPeer
    {
        get
        {
            Span<byte> name = stackalloc byte[SocketAddress.MaxSize];
            int length = name.Length;
            return Libc.getpeername(_handle, name, ref length) == 0;
        }
    }

    /// <summary>Sends on a connected socket.</summary>
    /// <param name="octets">What to send.</param>
    /// <param name="sent">How many octets the kernel took.</param>
    public Errno Send(ReadOnlySpan<byte> octets, out int sent)
    {
        nint result = Libc.send(_handle, octets, (nuint)octets.Length, Libc.MSG_NOSIGNAL);
        sent = (int)Math.Max(0, result);
        return result >= 0 ? Errno.OK : LastErrno();
    }

    /// <summary>Sends one datagram.</summary>
    /// <param name="octets">What to send.</param>
    /// <param name="address">To whom.</param>
    /// <param name="port">Port; 0 for ICMP.</param>
    public Errno SendTo(ReadOnlySpan<byte> octets, IPAddress address, int port)
    {
        Span<byte> name = stackalloc byte[SocketAddress.MaxSize];
        int length = SocketAddress.Write(address, port, name);
        if (_flowLabel != 0)
            BinaryPrimitives.WriteUInt32BigEndian(name[FlowInfoOffset..], _flowLabel);
        nint result = Libc.sendto(_handle, octets, (nuint)octets.Length, Libc.MSG_NOSIGNAL, name, length);
        return result >= 0 ? Errno.OK : LastErrno();
    }

    /// <summary>Receives from a stream.</summary>
    /// <param name="buffer">Where to put it.</param>
    /// <param name="received">Octets received; 0 with <see cref="Errno.OK"/> means that the peer closed.</param>
    public Errno Receive(Span<byte> buffer, out int received)
    {
        nint result = Libc.recv(_handle, buffer, (nuint)buffer.Length, flags: 0);
        received = (int)Math.Max(0, result);
        return result >= 0 ? Errno.OK : LastErrno();
    }

    /// <summary>Receives one datagram with all that the kernel knows of it.</summary>
    /// <param name="buffer">Where to put it.</param>
    /// <param name="datagram">What is known of it.</param>
    /// <returns><see cref="Errno.EAGAIN"/> if there is none.</returns>
    public Errno ReceiveDatagram(Span<byte> buffer, out ReceivedDatagram datagram) =>
        ReceiveMessage(buffer, flags: 0, out datagram, out _);

    /// <summary>Takes the next entry of the error queue.</summary>
    /// <param name="error">The error.</param>
    /// <returns><see cref="Errno.EAGAIN"/> if there is none.</returns>
    public Errno ReceiveError(out QueuedError error)
    {
        Span<byte> quoted = stackalloc byte[576];
        Errno errno = ReceiveMessage(quoted, Libc.MSG_ERRQUEUE, out ReceivedDatagram datagram, out QueuedError? queued);
        error = (queued ?? default) with
        {
            Destination = datagram.Source,
            DestinationPort = datagram.SourcePort,
            Quoted = quoted[..Math.Min(datagram.Length, quoted.Length)].ToArray(),
            Ttl = datagram.Ttl,
            KernelTime = datagram.KernelTime,
        };
        return errno is Errno.OK && queued is null ? Errno.EAGAIN : errno;
    }

    /// <summary>The kernel's account of a TCP connection; null if it gives none.</summary>
    public TcpInfo? GetTcpInfo()
    {
        Span<byte> buffer = stackalloc byte[512];
        int length = buffer.Length;
        return Libc.getsockopt(_handle, LevelTcp, 11 /* TCP_INFO */, buffer, ref length) == 0
            ? TcpInfo.Read(buffer[..length])
            : null;
    }

    /// <summary>The congestion control in use (TCP_CONGESTION), such as <c>cubic</c>; null if the kernel does not say.</summary>
    public string? CongestionControl
    {
        get
        {
            Span<byte> name = stackalloc byte[16]; // TCP_CA_NAME_MAX
            int length = name.Length;
            if (Libc.getsockopt(_handle, LevelTcp, 13 /* TCP_CONGESTION */, name, ref length) != 0)
                return null;
            ReadOnlySpan<byte> text = name[..length];
            return Encoding.ASCII.GetString(text.IndexOf((byte)0) is >= 0 and var end ? text[..end] : text);
        }
    }

    /// <summary>Octets that the peer's TCP has not acknowledged (SIOCOUTQ); 0 if unknown.</summary>
    public int UnacknowledgedOctets
    {
        get
        {
            int octets = 0;
            return Libc.ioctl(Descriptor, 0x5411 /* SIOCOUTQ */, (byte*)&octets) == 0 ? octets : 0;
        }
    }

    /// <summary>Makes <see cref="Dispose"/> send a RST instead of a FIN, so that no TIME-WAIT remains. Source: socket(7), SO_LINGER.</summary>
    public void AbortOnClose()
    {
        ReadOnlySpan<int> linger = [1, 0];
        ReadOnlySpan<byte> octets = MemoryMarshal.AsBytes(linger);
        _ = Libc.setsockopt(_handle, LevelSocket, 13, octets, octets.Length);
    }

    /// <inheritdoc/>
    public void Dispose() => _handle.Dispose();

    private static Errno LastErrno() => (Errno)Marshal.GetLastPInvokeError();

    private Errno ReceiveMessage(
        Span<byte> buffer, int flags, out ReceivedDatagram datagram, out QueuedError? queued)
    {
        datagram = default;
        queued = null;
        Span<byte> name = stackalloc byte[SocketAddress.MaxSize];
        Span<byte> control = stackalloc byte[512];
        nint length;
        int received;
        fixed (byte* namePointer = name, controlPointer = control, bufferPointer = buffer)
        {
            var vector = new Libc.iovec { iov_base = bufferPointer, iov_len = (nuint)buffer.Length };
            var message = new Libc.msghdr
            {
                msg_name = namePointer,
                msg_namelen = (uint)name.Length,
                msg_iov = &vector,
                msg_iovlen = 1,
                msg_control = controlPointer,
                msg_controllen = (nuint)control.Length,
            };
            length = Libc.recvmsg(_handle, &message, flags | Libc.MSG_DONTWAIT);
            if (length < 0)
                return LastErrno();

            received = (int)length;
            name = name[..(int)Math.Min(message.msg_namelen, (uint)name.Length)];
            control = control[..(int)Math.Min(message.msg_controllen, (nuint)control.Length)];
        }

        KnownSource source = SourceOf(name);
        datagram = new ReceivedDatagram(received, source.Address, source.Port);
        ReadControl(control, ref datagram, ref queued);
        return Errno.OK;
    }

    // One who answers again and again costs no object for each packet.
    private KnownSource SourceOf(ReadOnlySpan<byte> name)
    {
        if (_lastSource is { } last && name.SequenceEqual(last.Name))
            return last;
        _ = SocketAddress.TryRead(name, out IPAddress address, out int port);
        return _lastSource = new KnownSource(name.ToArray(), address, port);
    }

    private static void ReadControl(ReadOnlySpan<byte> control, ref ReceivedDatagram datagram, ref QueuedError? queued)
    {
        const int HeaderSize = 16; // struct cmsghdr on 64-bit Linux
        while (control.Length >= HeaderSize)
        {
            ulong size = MemoryMarshal.Read<ulong>(control);
            if (size < HeaderSize || size > (ulong)control.Length)
                return;

            int level = MemoryMarshal.Read<int>(control[8..]);
            int type = MemoryMarshal.Read<int>(control[12..]);
            ReadOnlySpan<byte> data = control[HeaderSize..(int)size];
            switch (level, type)
            {
                case (LevelSocket, 35) when data.Length >= 16: // SCM_TIMESTAMPNS
                    long seconds = MemoryMarshal.Read<long>(data);
                    long nanoseconds = MemoryMarshal.Read<long>(data[8..]);
                    datagram = datagram with
                    {
                        KernelTime = DateTimeOffset.UnixEpoch.AddSeconds(seconds).AddTicks(nanoseconds / 100),
                    };
                    break;
                case (LevelIP, 2) or (LevelIPv6, 52) when data.Length >= 4: // IP_TTL, IPV6_HOPLIMIT
                    datagram = datagram with { Ttl = MemoryMarshal.Read<int>(data) };
                    break;
                case (LevelIP, 7): // IP_RETOPTS
                    datagram = datagram with { Options = data.ToArray() };
                    break;
                case (LevelIP, 11) or (LevelIPv6, 25) when data.Length >= 16: // IP_RECVERR, IPV6_RECVERR
                    _ = SocketAddress.TryRead(data[16..], out IPAddress offender, out _);
                    queued = new QueuedError(
                        (Errno)MemoryMarshal.Read<uint>(data),
                        Origin: data[4],
                        Type: data[5],
                        Code: data[6],
                        Information: MemoryMarshal.Read<uint>(data[8..]),
                        offender)
                    {
                        ExtensionOffset = MemoryMarshal.Read<ushort>(data[12..]) is > 0 and var offset && data[14] == 0 ? offset : null,
                    };
                    break;
            }

            int step = (int)((size + 7) & ~7ul); // CMSG_ALIGN
            control = control[Math.Min(step, control.Length)..];
        }
    }

    private sealed record KnownSource(byte[] Name, IPAddress Address, int Port);
}

/// <summary>What the kernel knows of a datagram received.</summary>
/// <param name="Length">Octets.</param>
/// <param name="Source">Who sent it.</param>
/// <param name="SourcePort">From which port; 0 for ICMP.</param>
public readonly record struct ReceivedDatagram(int Length, IPAddress Source, int SourcePort)
{
    /// <summary>When the kernel received it, in UTC; null if unknown.</summary>
    public DateTimeOffset? KernelTime { get; init; }

    /// <summary>Its TTL or hop limit; null if unknown.</summary>
    public int? Ttl { get; init; }

    /// <summary>The options of its IPv4 header, if the socket asked for them (IP_RETOPTS).</summary>
    public ReadOnlyMemory<byte> Options { get; init; }
}

/// <summary>An entry of a socket's error queue. Source: linux/errqueue.h, <c>struct sock_extended_err</c>.</summary>
/// <param name="Errno">Error that the socket gets from it.</param>
/// <param name="Origin">Where it comes from: 1 this machine, 2 ICMP, 3 ICMPv6.</param>
/// <param name="Type">ICMP type.</param>
/// <param name="Code">ICMP code.</param>
/// <param name="Information">MTU of a "fragmentation needed".</param>
/// <param name="Offender">Who sent the error.</param>
public readonly record struct QueuedError(
    Errno Errno, byte Origin, byte Type, byte Code, uint Information, IPAddress Offender)
{
    /// <summary>Whether an ICMP or ICMPv6 message caused it.</summary>
    public bool IsIcmp => Origin is 2 or 3;

    /// <summary>Where the packet in error was sent.</summary>
    public IPAddress Destination { get; init; } = IPAddress.None;

    /// <summary>To which port.</summary>
    public int DestinationPort { get; init; }

    /// <summary>
    /// Our octets as the error quotes them, and what follows them in the message: for UDP the payload, else from the transport's
    /// header on.
    /// </summary>
    public ReadOnlyMemory<byte> Quoted { get; init; }

    /// <summary>
    /// Where in <see cref="Quoted"/> the ICMP extensions begin; null if there are none, or nobody called
    /// <see cref="LinuxSocket.WantExtensions"/>.
    /// </summary>
    public int? ExtensionOffset { get; init; }

    /// <summary>TTL or hop limit that the error came with; null if unknown.</summary>
    public int? Ttl { get; init; }

    /// <summary>When the kernel received it, in UTC; null if unknown.</summary>
    public DateTimeOffset? KernelTime { get; init; }
}

/// <summary>Socket addresses as the kernel lays them out.</summary>
internal static class SocketAddress
{
    /// <summary>Size of <c>struct sockaddr_in6</c>, the largest used.</summary>
    internal const int MaxSize = 28;

    /// <summary>Writes <c>struct sockaddr_in</c> or <c>sockaddr_in6</c>. Source: ip(7), ipv6(7).</summary>
    /// <param name="address">The address.</param>
    /// <param name="port">The port.</param>
    /// <param name="destination">28 octets or more.</param>
    /// <returns>The size.</returns>
    internal static int Write(IPAddress address, int port, Span<byte> destination)
    {
        destination[..MaxSize].Clear();
        BinaryPrimitives.WriteUInt16BigEndian(destination[2..], (ushort)port);
        if (address.AddressFamily is AddressFamily.InterNetwork)
        {
            MemoryMarshal.Write(destination, (ushort)Libc.AF_INET);
            _ = address.TryWriteBytes(destination[4..], out _);
            return 16;
        }

        MemoryMarshal.Write(destination, (ushort)Libc.AF_INET6);
        _ = address.TryWriteBytes(destination[8..], out _);
        MemoryMarshal.Write(destination[24..], (uint)address.ScopeId);
        return MaxSize;
    }

    /// <summary>Reads a socket address; <see cref="IPAddress.None"/> if it is of another family.</summary>
    /// <param name="octets">The address.</param>
    /// <param name="address">The address.</param>
    /// <param name="port">The port.</param>
    internal static bool TryRead(ReadOnlySpan<byte> octets, out IPAddress address, out int port)
    {
        address = IPAddress.None;
        port = 0;
        if (octets.Length < 16)
            return false;

        ushort family = MemoryMarshal.Read<ushort>(octets);
        port = BinaryPrimitives.ReadUInt16BigEndian(octets[2..]);
        if (family == Libc.AF_INET)
        {
            address = new IPAddress(octets[4..8]);
            return true;
        }

        if (family != Libc.AF_INET6 || octets.Length < MaxSize)
            return false;

        address = new IPAddress(octets[8..24], MemoryMarshal.Read<uint>(octets[24..]));
        return true;
    }
}
