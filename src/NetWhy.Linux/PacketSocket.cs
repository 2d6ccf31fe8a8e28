using System.Buffers.Binary;
using System.Runtime.InteropServices;
using NetWhy.Linux.Interop;

namespace NetWhy.Linux;

/// <summary>Sees IP packets as they pass the interfaces of this network namespace, in both directions.</summary>
/// <remarks>
/// Needs CAP_NET_RAW. Outgoing packets are seen after the firewall's output hook, incoming ones before its input hook.
/// Source: packet(7).
/// </remarks>
public sealed unsafe class PacketSocket : IDisposable
{
    private const int LevelSocket = 1; // SOL_SOCKET
    private const int LevelPacket = 263; // SOL_PACKET
    private const int EveryProtocol = 3; // ETH_P_ALL: the only one that sees outgoing packets
    private const byte OutgoingType = 4; // PACKET_OUTGOING
    private const int AddressSize = 20; // struct sockaddr_ll

    private readonly SocketHandle _handle;
    private long _dropped;

    private PacketSocket(SocketHandle handle) => _handle = handle;

    /// <summary>Opens the socket; packets are kept for reading from this moment on.</summary>
    /// <param name="filter">Which packets to keep.</param>
    /// <param name="socket">The socket; null if the kernel refused.</param>
    /// <returns>Why the kernel refused, such as EPERM; <see cref="Errno.OK"/> if it did not.</returns>
    public static Errno Open(ReadOnlySpan<FilterInstruction> filter, out PacketSocket? socket)
    {
        const int TimestampNanoseconds = 35; // SO_TIMESTAMPNS
        const int BufferSize = 1 << 21; // enough for 3,000 packets between two reads
        socket = null;
        // Protocol 0 receives nothing: the filter is in place before the first packet.
        SocketHandle handle = Libc.socket(
            Libc.AF_PACKET, Libc.SOCK_DGRAM | Libc.SOCK_NONBLOCK | Libc.SOCK_CLOEXEC, protocol: 0);
        if (handle.IsInvalid)
            return LastErrno();

        var opened = new PacketSocket(handle);
        handle.WantReceiveBuffer(BufferSize);
        opened.SetOption(TimestampNanoseconds, 1);
        Errno errno = opened.SetFilter(filter);
        if (errno is Errno.OK)
        {
            Span<byte> name = stackalloc byte[AddressSize];
            name.Clear();
            MemoryMarshal.Write(name, (ushort)Libc.AF_PACKET);
            BinaryPrimitives.WriteUInt16BigEndian(name[2..], EveryProtocol);
            errno = Libc.bind(handle, name, name.Length) == 0 ? Errno.OK : LastErrno();
        }

        if (errno is Errno.OK)
            socket = opened;
        else
            opened.Dispose();
        return errno;
    }

    /// <summary>Replaces the filter; packets already kept stay.</summary>
    /// <param name="filter">Which packets to keep.</param>
    public Errno SetFilter(ReadOnlySpan<FilterInstruction> filter) => _handle.AttachFilter(filter);

    /// <summary>Waits until there is a packet. One wait at a time.</summary>
    /// <param name="timeout">How long at most.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public Task<PollEvents> WaitAsync(TimeSpan timeout, CancellationToken cancellationToken) =>
        Poller.WaitAsync(_handle, PollEvents.Read, timeout, cancellationToken);

    /// <summary>Takes the next packet.</summary>
    /// <param name="buffer">Where to put it, from its IP header on.</param>
    /// <param name="packet">What is known of it.</param>
    /// <returns><see cref="Errno.EAGAIN"/> if there is none.</returns>
    public Errno Receive(Span<byte> buffer, out CapturedPacket packet)
    {
        packet = default;
        Span<byte> name = stackalloc byte[AddressSize];
        Span<byte> control = stackalloc byte[64];
        name.Clear();
        control.Clear();
        nint length;
        fixed (byte* namePointer = name, controlPointer = control, bufferPointer = buffer)
        {
            var vector = new Libc.iovec { iov_base = bufferPointer, iov_len = (nuint)buffer.Length };
            var message = new Libc.msghdr
            {
                msg_name = namePointer,
                msg_namelen = AddressSize,
                msg_iov = &vector,
                msg_iovlen = 1,
                msg_control = controlPointer,
                msg_controllen = (nuint)control.Length,
            };
            length = Libc.recvmsg(_handle, &message, Libc.MSG_DONTWAIT);
        }

        if (length < 0)
            return LastErrno();

        DateTimeOffset time = DateTimeOffset.UnixEpoch;
        if (MemoryMarshal.Read<int>(control[8..]) == LevelSocket && MemoryMarshal.Read<int>(control[12..]) == 35)
        {
            time = time.AddSeconds(MemoryMarshal.Read<long>(control[16..]))
                .AddTicks(MemoryMarshal.Read<long>(control[24..]) / 100);
        }

        packet = new CapturedPacket(
            (int)length, MemoryMarshal.Read<int>(name[4..]), name[10] == OutgoingType, time);
        return Errno.OK;
    }

    /// <summary>Packets that the kernel could not keep so far. Source: packet(7), PACKET_STATISTICS.</summary>
    public long Dropped
    {
        get
        {
            const int Statistics = 6; // PACKET_STATISTICS: packets and drops; reading clears them
            Span<byte> counts = stackalloc byte[8];
            int length = counts.Length;
            if (Libc.getsockopt(_handle, LevelPacket, Statistics, counts, ref length) == 0)
                _dropped += MemoryMarshal.Read<uint>(counts[4..]);
            return _dropped;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _handle.Dispose();

    private static Errno LastErrno() => (Errno)Marshal.GetLastPInvokeError();

    private Errno SetOption(int name, int value)
    {
        ReadOnlySpan<byte> octets = MemoryMarshal.AsBytes(new ReadOnlySpan<int>(in value));
        return Libc.setsockopt(_handle, LevelSocket, name, octets, octets.Length) == 0 ? Errno.OK : LastErrno();
    }
}

/// <summary>A packet that passed an interface.</summary>
/// <param name="Length">Octets copied.</param>
/// <param name="InterfaceIndex">Interface that it passed.</param>
/// <param name="IsOutgoing">Whether it left by the interface; false if it arrived.</param>
/// <param name="Time">When, in UTC.</param>
public readonly record struct CapturedPacket(int Length, int InterfaceIndex, bool IsOutgoing, DateTimeOffset Time);
