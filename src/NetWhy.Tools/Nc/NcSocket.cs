using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using NetWhy.Linux;
using NetWhy.Paths;

namespace NetWhy.Tools.Nc;

/// <summary>Makes sockets as the command line of nc wants them.</summary>
internal static class NcSocket
{
    private const int Failure = 1; // exit code of the original for everything
    private const int ReuseAddress = 2, SendBuffer = 7, Broadcast = 6, Debug = 1; // SO_…

    /// <summary>An address of this machine, as typed.</summary>
    /// <param name="text">The text.</param>
    /// <exception cref="OriginalRefusal">It is none.</exception>
    internal static IPAddress AddressOf(string text) => IPAddress.TryParse(text, out IPAddress? address)
        ? address
        : SystemNames.Resolve(text, family: 0) is { Failure: null, Addresses: [var first, ..] }
            ? first
            : throw new OriginalRefusal(Failure, $"getaddrinfo: {SystemNames.NotKnown}");

    /// <summary>Sets options and the local address.</summary>
    /// <param name="socket">The socket.</param>
    /// <param name="options">How.</param>
    /// <param name="source">Local address; null for whichever is right.</param>
    /// <returns>Why the local address cannot be had.</returns>
    internal static Errno Prepare(LinuxSocket socket, NcOptions options, IPAddress? source)
    {
        SetOptions(socket, options);
        if (source is null && options.SourcePort is null)
            return Errno.OK;
        socket.SetSocketOption(ReuseAddress, 1);
        IPAddress any = socket.Family is AddressFamily.InterNetworkV6 ? IPAddress.IPv6Any : IPAddress.Any;
        return socket.Bind(source ?? any, options.SourcePort ?? 0);
    }

    /// <summary>Sets options.</summary>
    /// <param name="socket">The socket.</param>
    /// <param name="options">Which.</param>
    internal static void SetOptions(LinuxSocket socket, NcOptions options)
    {
        if (options.TypeOfService is { } type)
            socket.SetTypeOfService(type);
        if (options.Ttl is { } ttl)
            socket.SetTtl(ttl);
        if (options.LeastTtl is { } least)
            socket.SetOptionOfFamily(21 /* IP_MINTTL */, 73 /* IPV6_MINHOPCOUNT */, least);
        if (options.ReceiveBuffer is { } receive)
            socket.SetReceiveBuffer(receive);
        if (options.SendBuffer is { } send)
            socket.SetSocketOption(SendBuffer, send);
        if (options.Has('b'))
            socket.SetSocketOption(Broadcast, 1);
        if (options.Has('D'))
            socket.SetSocketOption(Debug, 1);
    }

    /// <summary>Connects to the first address that takes it.</summary>
    /// <param name="name">Name or address of the host, as typed.</param>
    /// <param name="addresses">The addresses.</param>
    /// <param name="port">The port.</param>
    /// <param name="options">How.</param>
    /// <param name="words">What is said of those that do not.</param>
    /// <param name="wait">What to wait by.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <returns>The socket and the address that took it; null if none did.</returns>
    internal static (LinuxSocket Socket, IPAddress Address)? Connect(
        string name, IReadOnlyList<IPAddress> addresses, int port, NcOptions options, NcWords words, DescriptorWait wait, CancellationToken cancellation)
    {
        IPAddress? source = options.Source is { } text ? AddressOf(text) : null;
        foreach (IPAddress address in addresses)
        {
            if (LinuxSocket.Open(address.AddressFamily, options.Has('u') ? SocketKind.Udp : SocketKind.Tcp, out LinuxSocket? socket) is not Errno.OK || socket is null)
                continue;
            Errno errno = Prepare(socket, options, source);
            if (errno is not Errno.OK)
            {
                socket.Dispose();
                throw new OriginalRefusal(Failure, $"bind failed: {LinuxException.Describe(errno)}");
            }

            long begin = Stopwatch.GetTimestamp();
            errno = socket.Connect(address, port);
            bool isTimeout = errno is Errno.EINPROGRESS && !TryAwait(socket, options.Timeout, wait, cancellation, out errno);
            if (errno is Errno.OK && !isTimeout)
                return (socket, address);
            words.SayFailed(name, port, new PortTrial(address, errno, isTimeout, HasAnswer: !isTimeout, Stopwatch.GetElapsedTime(begin)) { Icmp = TcpConnector.TakeIcmpError(socket) });
            socket.Dispose();
        }

        return null;
    }

    private static bool TryAwait(LinuxSocket socket, TimeSpan? timeout, DescriptorWait wait, CancellationToken cancellation, out Errno errno)
    {
        long begin = Stopwatch.GetTimestamp();
        WaitedDescriptor[] waited = [new(socket.Descriptor, PollEvents.Write)];
        while (true)
        {
            TimeSpan left = timeout is { } most ? most - Stopwatch.GetElapsedTime(begin) : Timeout.InfiniteTimeSpan;
            if (timeout is not null && left < TimeSpan.Zero)
                left = TimeSpan.Zero;
            bool isReady = wait.Wait(waited, left);
            cancellation.ThrowIfCancellationRequested();
            if (isReady || left == TimeSpan.Zero)
            {
                errno = isReady ? socket.TakeError() : Errno.EINPROGRESS;
                return isReady;
            }
        }
    }
}
