using System.Buffers;
using System.Runtime.InteropServices;
using NetWhy.Wire.Netlink;

namespace NetWhy.Linux;

/// <summary>Gets one message about a socket.</summary>
/// <param name="message">Payload of the netlink message; valid during the call only.</param>
public delegate void SocketMessageHandler(ReadOnlySpan<byte> message);

/// <summary>Asks the kernel about sockets of any family, in the network namespace of the thread that opens it.</summary>
/// <remarks>Source: sock_diag(7). Dumps need no privilege.</remarks>
public sealed class SocketDiagnostics : IDisposable
{
    private const int BufferSize = 32 * 1024; // the kernel fills no more in one datagram
    private const int LongestRequest = InetDiagProgram.Longest + 256;

    private readonly NetlinkSocket _netlink;
    private readonly byte[] _buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
    private uint _sequence;

    private SocketDiagnostics(NetlinkSocket netlink) => _netlink = netlink;

    /// <summary>Opens the way to the kernel.</summary>
    /// <exception cref="LinuxException">The kernel has no sock_diag.</exception>
    public static SocketDiagnostics Open() => new(NetlinkSocket.Open(NetlinkProtocol.SockDiag));

    /// <summary>Dumps IPv4 or IPv6 sockets.</summary>
    /// <param name="request">Which sockets, and what of them.</param>
    /// <param name="protocol">Their protocol; above 255 it goes into an attribute that kernels before 5.8 do not know.</param>
    /// <param name="program">Filter for the kernel to run; null for none.</param>
    /// <param name="handler">Gets each socket: <see cref="InetDiagMessage"/> and attributes.</param>
    /// <returns>Whether the kernel had a steady picture: else a socket may be missing or twice there.</returns>
    /// <exception cref="LinuxException">The kernel refused, or sent a message that makes no sense.</exception>
    public bool Dump(in InetDiagRequest request, int protocol, byte[]? program, SocketMessageHandler handler)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(LongestRequest);
        try
        {
            var message = NetlinkRequest.Start(buffer, NetlinkMessageType.SockDiagByFamily, NetlinkFlags.Dump, ++_sequence, request);
            if (program is not null)
                message.Add(InetDiagRequest.ProgramAttribute, program);
            if (protocol > byte.MaxValue)
                message.Add(InetDiagRequest.ProtocolAttribute, (uint)protocol);
            _netlink.Send(message.Octets);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }

        return Receive(handler);
    }

    /// <summary>Dumps sockets of another family.</summary>
    /// <typeparam name="TRequest">The request, such as <see cref="UnixDiagRequest"/>.</typeparam>
    /// <param name="request">Which sockets, and what of them.</param>
    /// <param name="handler">Gets each socket.</param>
    /// <returns>Whether the kernel had a steady picture.</returns>
    /// <exception cref="LinuxException">The kernel refused (ENOENT: it has no such family), or sent nonsense.</exception>
    public bool Dump<TRequest>(in TRequest request, SocketMessageHandler handler)
        where TRequest : unmanaged
    {
        Span<byte> buffer = stackalloc byte[256];
        _netlink.Send(NetlinkRequest.Start(buffer, NetlinkMessageType.SockDiagByFamily, NetlinkFlags.Dump, ++_sequence, request).Octets);
        return Receive(handler);
    }

    /// <summary>Looks one connection up by its addresses and ports.</summary>
    /// <param name="family"><c>AF_INET</c> or <c>AF_INET6</c>.</param>
    /// <param name="protocol">Its protocol.</param>
    /// <param name="connection">The connection; the cookie does not matter.</param>
    /// <returns>The socket, or who listens where it would be; null if there is neither.</returns>
    /// <exception cref="LinuxException">The kernel refused, or sent a message that makes no sense.</exception>
    public InetDiagMessage? Find(int family, int protocol, InetDiagSocketId connection)
    {
        const ulong AnyCookie = ulong.MaxValue; // INET_DIAG_NOCOOKIE, twice
        Span<byte> buffer = stackalloc byte[256];
        var request = new InetDiagRequest(
            (byte)family, (byte)protocol, InetDiagExtensions.None, RawProtocol: 0, InetDiagRequest.EveryState, connection with { Cookie = AnyCookie });
        _netlink.Send(NetlinkRequest.Start(buffer, NetlinkMessageType.SockDiagByFamily, NetlinkFlags.Acknowledge, ++_sequence, request).Octets);
        InetDiagMessage? found = null;
        try
        {
            Receive(message => found = InetDiagMessage.Read(message, out InetDiagMessage socket, out _) is OperationStatus.Done ? socket : found);
        }
        catch (LinuxException refusal) when (refusal.Errno is (int)Errno.ENOENT)
        {
            // It has ended.
        }

        return found;
    }

    /// <summary>Closes a TCP or UDP socket, as if its peer had reset it.</summary>
    /// <param name="socket">The socket, as a dump gave it.</param>
    /// <param name="protocol">Its protocol.</param>
    /// <returns>False if the socket is gone, or of a kind that cannot be closed.</returns>
    /// <exception cref="LinuxException">The kernel refused: it takes CAP_NET_ADMIN.</exception>
    public bool Destroy(in InetDiagMessage socket, int protocol)
    {
        Span<byte> buffer = stackalloc byte[256];
        var request = new InetDiagRequest(
            socket.Family, (byte)protocol, InetDiagExtensions.None, RawProtocol: 0, States: 0, socket.Socket);
        _netlink.Send(NetlinkRequest.Start(buffer, NetlinkMessageType.SockDestroy, NetlinkFlags.Acknowledge, ++_sequence, request).Octets);
        try
        {
            Receive(_ => { });
            return true;
        }
        catch (LinuxException refusal) when (refusal.Errno is (int)Errno.ENOENT or (int)Errno.EOPNOTSUPP)
        {
            return false;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _netlink.Dispose();
        ArrayPool<byte>.Shared.Return(_buffer);
    }

    private bool Receive(SocketMessageHandler handler)
    {
        bool isConsistent = true;
        while (true)
        {
            var reader = new NetlinkReader(_netlink.Receive(_buffer));
            OperationStatus status;
            while ((status = reader.Read()) is OperationStatus.Done)
            {
                if (reader.Header.Sequence != _sequence)
                    continue; // what is left of a dump that an exception ended
                isConsistent &= (reader.Header.Flags & NetlinkFlags.DumpInterrupted) == 0;
                switch (reader.Header.Type)
                {
                    case NetlinkMessageType.SockDiagByFamily:
                        handler(reader.Payload);
                        break;
                    case NetlinkMessageType.Error:
                        ThrowIfRefused(reader.Payload, isCodeExpected: true);
                        return isConsistent;
                    case NetlinkMessageType.Done:
                        ThrowIfRefused(reader.Payload, isCodeExpected: false);
                        return isConsistent;
                }
            }

            if (status is OperationStatus.InvalidData)
                throw new LinuxException("sock_diag", (int)Errno.EBADMSG);
        }
    }

    private static void ThrowIfRefused(ReadOnlySpan<byte> payload, bool isCodeExpected)
    {
        bool hasCode = MemoryMarshal.TryRead(payload, out int code);
        if (hasCode ? code != 0 : isCodeExpected)
            throw new LinuxException("sock_diag", hasCode ? -code : (int)Errno.EBADMSG);
    }
}

/// <summary>Hears of sockets as they end.</summary>
/// <remarks>Source: <c>SKNLGRP_*</c> in linux/sock_diag.h. Needs CAP_NET_ADMIN.</remarks>
public sealed class SocketEvents : IDisposable
{
    private const int BufferSize = 32 * 1024;

    private readonly NetlinkSocket _netlink;
    private readonly byte[] _buffer = new byte[BufferSize];

    private SocketEvents(NetlinkSocket netlink) => _netlink = netlink;

    /// <summary>Starts to listen.</summary>
    /// <param name="groups">Which sockets.</param>
    /// <exception cref="LinuxException">The kernel forbids it.</exception>
    public static SocketEvents Open(SocketEventGroups groups)
    {
        var netlink = NetlinkSocket.Open(NetlinkProtocol.SockDiag);
        try
        {
            netlink.Subscribe((uint)groups);
            netlink.SetReceiveTimeout(TimeSpan.FromMilliseconds(200)); // how late a cancellation may be noticed
            return new SocketEvents(netlink);
        }
        catch
        {
            netlink.Dispose();
            throw;
        }
    }

    /// <summary>Hands over what ends until it is cancelled.</summary>
    /// <param name="handler">Gets each socket: <see cref="InetDiagMessage"/> and attributes.</param>
    /// <param name="cancellation">Ends it within a quarter of a second.</param>
    /// <returns>How often the kernel had to drop events because nobody read them in time.</returns>
    public int Follow(SocketMessageHandler handler, CancellationToken cancellation)
    {
        int lost = 0;
        while (!cancellation.IsCancellationRequested)
        {
            try
            {
                var reader = new NetlinkReader(_netlink.Receive(_buffer));
                while (reader.Read() is OperationStatus.Done)
                {
                    if (reader.Header.Type is NetlinkMessageType.SockDiagByFamily)
                        handler(reader.Payload);
                }
            }
            catch (LinuxException nothing) when (nothing.Errno is (int)Errno.EAGAIN)
            {
                // no event in this while
            }
            catch (LinuxException overrun) when (overrun.Errno is (int)Errno.ENOBUFS)
            {
                lost++;
            }
        }

        return lost;
    }

    /// <inheritdoc/>
    public void Dispose() => _netlink.Dispose();
}

/// <summary>Which sockets to hear of. Source: <c>SKNLGRP_*</c> in linux/sock_diag.h, as bits.</summary>
[Flags]
public enum SocketEventGroups
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>TCP over IPv4.</summary>
    Tcp4 = 1,

    /// <summary>UDP over IPv4.</summary>
    Udp4 = 2,

    /// <summary>TCP over IPv6.</summary>
    Tcp6 = 4,

    /// <summary>UDP over IPv6.</summary>
    Udp6 = 8,
}
