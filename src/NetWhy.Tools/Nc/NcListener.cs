using System.Net;
using System.Net.Sockets;
using NetWhy.Linux;

namespace NetWhy.Tools.Nc;

/// <summary>Waits for connections, as <c>nc -l</c> does.</summary>
internal static class NcListener
{
    private const int Failure = 1; // exit code of the original for everything
    private const int Backlog = 128;
    private const int ReuseAddress = 2, ReusePort = 15; // SO_REUSEADDR, SO_REUSEPORT
    private const int LevelIPv6 = 41, OnlyIPv6 = 26; // IPPROTO_IPV6, IPV6_V6ONLY

    /// <summary>Takes one connection, or with <c>-k</c> one after the other.</summary>
    /// <param name="options">How.</param>
    /// <param name="host">What it may touch.</param>
    /// <param name="wait">What to wait by.</param>
    internal static int Run(NcOptions options, IToolHost host, DescriptorWait wait)
    {
        var words = new NcWords(options, host);
        do
        {
            using LinuxSocket listener = Open(options, host, words);
            if (listener.Kind is SocketKind.Udp)
            {
                TakeDatagrams(listener, options, host, words, wait);
                continue;
            }

            do
            {
                using LinuxSocket connection = Accept(listener, options, host, words, wait);
                new NcRelay(options, host, wait).Run(connection);
            }
            while (options.Has('k'));
        }
        while (options.Has('k'));
        return 0;
    }

    private static LinuxSocket Open(NcOptions options, IToolHost host, NcWords words)
    {
        Errno errno = options.Path is null ? OpenInternet(options, out LinuxSocket? socket) : OpenUnix(options.Path, out socket);
        if (errno is Errno.OK && socket!.Kind is not SocketKind.Udp)
            errno = socket.Listen(Backlog);
        if (errno is not Errno.OK)
        {
            socket?.Dispose();
            throw new OriginalRefusal(Failure, LinuxException.Describe(errno));
        }

        if (options.Path is { } path)
        {
            if (options.Has('v'))
            {
                host.Note($"Bound on {path}");
                host.Note($"Listening on {path}");
            }
        }
        else
        {
            (IPAddress address, int port) = socket!.LocalEndpoint;
            words.SayEndpoint(socket.Kind is SocketKind.Udp ? "Bound" : "Listening", address, port, isPeer: false);
        }

        return socket!;
    }

    private static Errno OpenInternet(NcOptions options, out LinuxSocket? socket)
    {
        IPAddress address = options.Host is { } host ? NcSocket.AddressOf(host)
            : options.Family is AddressFamily.InterNetworkV6 ? IPAddress.IPv6Any
            : IPAddress.Any;
        Errno errno = LinuxSocket.Open(address.AddressFamily, options.Has('u') ? SocketKind.Udp : SocketKind.Tcp, out socket);
        if (errno is not Errno.OK)
            return errno;
        socket!.SetSocketOption(ReuseAddress, 1);
        socket.SetSocketOption(ReusePort, 1);
        if (address.AddressFamily is AddressFamily.InterNetworkV6)
            socket.SetOption(LevelIPv6, OnlyIPv6, 1);
        NcSocket.SetOptions(socket, options);
        return socket.Bind(address, options.Ports[0]);
    }

    private static Errno OpenUnix(string path, out LinuxSocket? socket)
    {
        Errno errno = LinuxSocket.OpenUnix(out socket);
        return errno is Errno.OK ? socket!.BindUnix(path) : errno;
    }

    private static LinuxSocket Accept(LinuxSocket listener, NcOptions options, IToolHost host, NcWords words, DescriptorWait wait)
    {
        while (true)
        {
            Await(listener, host, wait);
            Errno errno = listener.Accept(out LinuxSocket? connection, out IPAddress address, out int port);
            if (errno is Errno.OK)
            {
                if (options.Path is { } path)
                {
                    if (options.Has('v'))
                        host.Note($"Connection received on {path}");
                }
                else
                {
                    words.SayEndpoint("Connection received", address, port, isPeer: true);
                }

                return connection!;
            }

            if (errno is not (Errno.EAGAIN or Errno.EINTR or Errno.ECONNABORTED))
                throw new OriginalRefusal(Failure, $"accept: {LinuxException.Describe(errno)}");
        }
    }

    // The first who sends is whom the answers go to; with -k everybody is heard and nobody answered.
    private static void TakeDatagrams(LinuxSocket socket, NcOptions options, IToolHost host, NcWords words, DescriptorWait wait)
    {
        if (!options.Has('k'))
        {
            Await(socket, host, wait);
            if (socket.PeekDatagram(out ReceivedDatagram datagram) is Errno.OK)
            {
                Errno errno = socket.Connect(datagram.Source, datagram.SourcePort);
                if (errno is not Errno.OK)
                    throw new OriginalRefusal(Failure, $"connect: {LinuxException.Describe(errno)}");
                words.SayEndpoint("Connection received", datagram.Source, datagram.SourcePort, isPeer: true);
            }
        }

        new NcRelay(options, host, wait).Run(socket);
    }

    private static void Await(LinuxSocket socket, IToolHost host, DescriptorWait wait)
    {
        WaitedDescriptor[] waited = [new(socket.Descriptor, PollEvents.Read)];
        while (!wait.Wait(waited, Timeout.InfiniteTimeSpan))
            host.Cancellation.ThrowIfCancellationRequested();
    }
}
