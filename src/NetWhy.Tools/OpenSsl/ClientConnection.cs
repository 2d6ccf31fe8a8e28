using System.Globalization;
using System.Net;
using System.Net.Sockets;
using NetWhy.Linux;

namespace NetWhy.Tools.OpenSsl;

/// <summary>Connects as <c>openssl s_client</c> does: to one address after the other, and says of each why it does not take it.</summary>
/// <param name="options">What is asked for.</param>
/// <param name="wait">What to wait by.</param>
/// <param name="cancellation">Gives up.</param>
internal sealed class ClientConnection(ClientOptions options, DescriptorWait wait, CancellationToken cancellation)
{
    private const int SystemLibrary = 2, InputOutputLibrary = 32; // ERR_LIB_SYS, ERR_LIB_BIO
    private const string SocketFile = "../crypto/bio/bio_sock2.c", AddressFile = "../crypto/bio/bio_addr.c";

    /// <summary>What getaddrinfo(3) says of the name of a service that has no number.</summary>
    internal const string UnknownService = "Servname not supported for ai_socktype";

    /// <summary>The address that took it; null before.</summary>
    internal IPEndPoint? Peer { get; private set; }

    /// <summary>Why no address took it, as the last one said; null if one did, or no name was found.</summary>
    internal Errno? Failure { get; private set; }

    /// <summary>Whether the time of <c>--give-up-after</c> was over.</summary>
    internal bool IsTimeout { get; private set; }

    /// <summary>At which step it failed: <c>name</c>, <c>bind</c> or <c>connect</c>.</summary>
    internal string FailedStep { get; private set; } = "connect";

    /// <summary>Whom it connects to: the proxy where there is one.</summary>
    internal (string? Host, string Port) Target => options.Proxy ?? (options.Host, options.Port);

    /// <summary>Why there is no address, of the target or of <c>-bind</c>; null if there is one.</summary>
    internal string? LookupFailure { get; private set; }

    /// <summary>Connects, to the proxy where there is one.</summary>
    /// <param name="lines">What to say where it fails.</param>
    /// <returns>Null where it fails.</returns>
    internal LinuxSocket? Open(out IReadOnlyList<string> lines)
    {
        (string? host, string port) = Target;
        if (Resolve(host, port) is not var (addresses, number))
        {
            FailedStep = "name";
            lines =
            [
                .. LibraryPrinter.Errors(new LibraryError(InputOutputLibrary, 0x80002, AddressFile, 746, "BIO_lookup_ex", LookupFailure)),
                "connect:errno=0",
            ];
            return null;
        }

        (IPAddress Address, int Port)? local = null;
        if (options.Local is var (localHost, localPort))
        {
            if (Resolve(localHost, localPort) is not var (own, ownNumber))
            {
                FailedStep = "bind";
                lines =
                [
                    .. LibraryPrinter.Errors(new LibraryError(InputOutputLibrary, 0x80002, AddressFile, 746, "BIO_lookup_ex", LookupFailure)),
                    "connect:errno=0",
                ];
                return null;
            }

            local = (own.FirstOrDefault(one => addresses.Any(other => other.AddressFamily == one.AddressFamily)) ?? own[0], ownNumber);
        }

        var errors = new List<string>();
        foreach (IPAddress address in addresses)
        {
            if (local is var (mine, _) && mine.AddressFamily != address.AddressFamily)
                continue;
            if (Try(address, number, local, errors) is { } socket)
            {
                Peer = new IPEndPoint(address, number);
                Failure = null;
                lines = [];
                return socket;
            }
        }

        if (errors.Count == 0)
        {
            FailedStep = "bind";
            string family = addresses[0].AddressFamily is AddressFamily.InterNetworkV6 ? "IPv6" : "IPv4";
            errors.Add($"Can't bind {family} address for {options.Local?.Host}{(options.Value("bind") is [.., ']'] ? "" : $":{options.Local?.Port}")}");
        }

        errors.Add(string.Create(CultureInfo.InvariantCulture, $"connect:errno={(int)(Failure ?? Errno.OK)}"));
        lines = errors;
        return null;
    }

    /// <summary>Waits until a socket is ready.</summary>
    /// <param name="socket">The socket.</param>
    /// <param name="wanted">For what.</param>
    /// <param name="patience">How long; null for ever.</param>
    /// <returns>Whether it is.</returns>
    internal bool Await(LinuxSocket socket, PollEvents wanted, TimeSpan? patience)
    {
        WaitedDescriptor[] waited = [new(socket.Descriptor, wanted)];
        bool isReady = wait.Wait(waited, patience ?? Timeout.InfiniteTimeSpan);
        cancellation.ThrowIfCancellationRequested();
        return isReady;
    }

    private LinuxSocket? Try(IPAddress address, int port, (IPAddress Address, int Port)? local, List<string> errors)
    {
        const int ReuseAddress = 2;
        Errno errno = LinuxSocket.Open(address.AddressFamily, SocketKind.Tcp, out LinuxSocket? socket);
        if (socket is null)
        {
            Failure = errno;
            errors.AddRange(LibraryPrinter.Errors(
                new LibraryError(SystemLibrary, (int)errno, "../crypto/bio/bio_sock2.c", 47, "BIO_socket", "calling socket()"),
                new LibraryError(InputOutputLibrary, 118, SocketFile, 49, "BIO_socket", null)));
            return null;
        }

        if (local is var (mine, minePort))
        {
            socket.SetSocketOption(ReuseAddress, 1);
            errno = socket.Bind(mine, minePort);
            if (errno is not Errno.OK)
            {
                (FailedStep, Failure) = ("bind", errno);
                errors.AddRange(LibraryPrinter.Errors(
                    new LibraryError(SystemLibrary, (int)errno, SocketFile, 171, "BIO_bind", "calling bind()"),
                    new LibraryError(InputOutputLibrary, 117, SocketFile, 173, "BIO_bind", null)));
                socket.Dispose();
                return null;
            }
        }

        socket.SetNoDelay();
        errno = socket.Connect(address, port);
        if (errno is Errno.EINPROGRESS)
        {
            IsTimeout = !Await(socket, PollEvents.Write, options.Patience);
            errno = IsTimeout ? Errno.ETIMEDOUT : socket.TakeError();
        }

        if (errno is Errno.OK)
            return socket;
        socket.Dispose();
        (FailedStep, Failure) = ("connect", errno);
        errors.AddRange(LibraryPrinter.Errors(
            new LibraryError(SystemLibrary, (int)errno, SocketFile, 117, "BIO_connect", "calling connect()"),
            new LibraryError(InputOutputLibrary, 103, SocketFile, 119, "BIO_connect", null)));
        return null;
    }

    private (IReadOnlyList<IPAddress> Addresses, int Port)? Resolve(string? host, string port)
    {
        if (!int.TryParse(port, NumberStyles.None, CultureInfo.InvariantCulture, out int number))
        {
            number = ServiceNames.Read().PortsOf(port, "tcp").FirstOrDefault(-1);
            if (number < 0)
            {
                LookupFailure = UnknownService;
                return null;
            }
        }

        number &= 0xffff; // as getaddrinfo(3) has it
        const int Ipv4 = 2, Ipv6 = 10;
        if (host is null)
        {
            IPAddress[] own = [IPAddress.IPv6Loopback, IPAddress.Loopback];
            return ([.. own.Where(one => options.Family is AddressFamily.Unspecified || one.AddressFamily == options.Family)], number);
        }

        if (SystemNames.TryParse(host, out IPAddress? literal) && (options.Family is AddressFamily.Unspecified || literal.AddressFamily == options.Family))
            return ([literal], number);
        Task<ResolvedName> task = Task.Run(() => SystemNames.Resolve(host, options.Family switch
        {
            AddressFamily.InterNetwork => Ipv4,
            AddressFamily.InterNetworkV6 => Ipv6,
            _ => 0,
        }), cancellation);
        using (cancellation.Register(wait.Wake))
        {
            task.ContinueWith(_ => wait.Wake(), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
            while (!task.IsCompleted)
            {
                wait.Wait([], Timeout.InfiniteTimeSpan);
                cancellation.ThrowIfCancellationRequested();
            }
        }

        ResolvedName name = task.Result;
        LookupFailure = name.Failure;
        return name.Addresses.Count > 0 ? (name.Addresses, number) : null;
    }
}
