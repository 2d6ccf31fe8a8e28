using System.Net;
using System.Net.Sockets;
using NetWhy.Linux;

namespace NetWhy.Paths.Transfer;

/// <summary>What a server allows.</summary>
/// <param name="Port">Where it listens; 0 for a port of the kernel's choice.</param>
public sealed record TransferServerOptions(int Port)
{
    /// <summary>Connections that it serves at once.</summary>
    public int MostConnections { get; init; } = 64;

    /// <summary>Longest transfer.</summary>
    public TimeSpan MostTime { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Largest transfer, in octets.</summary>
    public long MostOctets { get; init; } = 1L << 40;

    /// <summary>SO_RCVBUF, in octets; 0 for what the kernel finds best.</summary>
    public int Window { get; init; }

    /// <summary>Whether to end after the first client.</summary>
    public bool IsOnce { get; init; }
}

/// <summary>Serves transfers: takes, sends or returns octets, within bounds, whatever clients send.</summary>
public sealed class TransferServer : IDisposable
{
    private const int Message = 16;
    private const int MostMessages = 100_000;

    private static readonly TimeSpan Greeting = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Farewell = TimeSpan.FromSeconds(10);

    private readonly LinuxSocket _listener;
    private readonly TransferServerOptions _options;
    private readonly HashSet<Task> _running = [];
    private int _served;

    private TransferServer(LinuxSocket listener, TransferServerOptions options) => (_listener, _options) = (listener, options);

    /// <summary>Where it listens.</summary>
    public int Port => _listener.LocalEndpoint.Port;

    /// <summary>Begins to listen, on every address.</summary>
    /// <param name="options">What it allows.</param>
    /// <param name="server">The server; null if the kernel refused.</param>
    /// <returns>Why the kernel refused, such as EADDRINUSE or EACCES.</returns>
    public static Errno Open(TransferServerOptions options, out TransferServer? server)
    {
        const int ReuseAddress = 2; // SO_REUSEADDR
        const int ReceiveBuffer = 8; // SO_RCVBUF
        const int OnlyIPv6 = 26; // IPV6_V6ONLY
        const int LevelIPv6 = 41;
        server = null;
        AddressFamily family = AddressFamily.InterNetworkV6;
        if (LinuxSocket.Open(family, SocketKind.Tcp, out LinuxSocket? listener) is not Errno.OK || listener is null)
        {
            family = AddressFamily.InterNetwork;
            Errno refusal = LinuxSocket.Open(family, SocketKind.Tcp, out listener);
            if (listener is null)
                return refusal;
        }

        _ = listener.SetSocketOption(ReuseAddress, 1);
        if (options.Window > 0)
            _ = listener.SetSocketOption(ReceiveBuffer, options.Window);
        if (family is AddressFamily.InterNetworkV6)
            _ = listener.SetOption(LevelIPv6, OnlyIPv6, 0);
        Errno errno = listener.Bind(family is AddressFamily.InterNetworkV6 ? IPAddress.IPv6Any : IPAddress.Any, options.Port);
        if (errno is Errno.OK)
            errno = listener.Listen(options.MostConnections);
        if (errno is not Errno.OK)
        {
            listener.Dispose();
            return errno;
        }

        server = new TransferServer(listener, options);
        return Errno.OK;
    }

    /// <summary>Serves until told to end, or until the first client has gone.</summary>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            _running.RemoveWhere(task => task.IsCompleted);
            if (_options.IsOnce && _running.Count == 0 && Volatile.Read(ref _served) > 0)
                break;
            await _listener.WaitAsync(PollEvents.Read, TimeSpan.FromMilliseconds(100), cancellationToken);
            while (_listener.Accept(out LinuxSocket? connection, out _, out _) is Errno.OK && connection is not null)
                _running.Add(ServeAsync(connection, _running.Count < _options.MostConnections, cancellationToken));
        }

        await Task.WhenAll(_running);
    }

    /// <inheritdoc/>
    public void Dispose() => _listener.Dispose();

    private async Task ServeAsync(LinuxSocket socket, bool hasRoom, CancellationToken cancellationToken)
    {
        using (socket)
        {
            byte[] octets = new byte[TransferHello.Size];
            int came = await TransferStream.FillAsync(socket, octets, hasRoom ? Greeting : TimeSpan.FromMilliseconds(200), cancellationToken);
            TransferHello? hello = came == octets.Length ? TransferHello.Read(octets) : null;
            byte[] answer = new byte[TransferHello.AnswerSize];
            TransferHello.WriteAnswer(answer, hello is null ? TransferStatus.Unknown : hasRoom ? TransferStatus.Agreed : TransferStatus.Busy);
            if (came == 0 || socket.Send(answer, out _) is not Errno.OK || hello is not { } wanted || !hasRoom)
                return;

            wanted = wanted with
            {
                Time = wanted.Time < _options.MostTime ? wanted.Time : _options.MostTime,
                Octets = Math.Min(wanted.Octets, _options.MostOctets),
            };
            switch (wanted.Kind)
            {
                case TransferKind.Upload:
                    await TakeAsync(socket, wanted, cancellationToken);
                    break;
                case TransferKind.Download:
                    await GiveAsync(socket, wanted, cancellationToken);
                    break;
                default:
                    await ReturnAsync(socket, cancellationToken);
                    break;
            }
        }
    }

    private async Task TakeAsync(LinuxSocket socket, TransferHello wanted, CancellationToken cancellationToken)
    {
        (long octets, TimeSpan elapsed, bool isEnd, _) =
            await TransferStream.ReceiveAsync(socket, wanted.Time + Farewell, wanted.Octets, [], cancellationToken);
        Interlocked.Increment(ref _served);
        if (!isEnd)
            return;
        byte[] account = new byte[TransferAccount.Size];
        new TransferAccount(octets, elapsed).Write(account);
        _ = socket.Send(account, out _);
        await TransferStream.FillAsync(socket, new byte[1], Greeting, cancellationToken); // until the client has read it
    }

    private async Task GiveAsync(LinuxSocket socket, TransferHello wanted, CancellationToken cancellationToken)
    {
        (TimeSpan elapsed, Errno errno) = await TransferStream.SendAsync(socket, wanted, cancellationToken);
        Interlocked.Increment(ref _served);
        if (errno is not Errno.OK)
            return;
        byte[] account = new byte[TransferAccount.Size];
        TransferAccount.Of(socket, elapsed).Write(account);
        for (int sent = 0; sent < account.Length;)
        {
            errno = socket.Send(account.AsSpan(sent), out int taken);
            sent += taken;
            if (errno is Errno.EAGAIN && await socket.WaitAsync(PollEvents.Write, Farewell, cancellationToken) is not PollEvents.None)
                continue;
            if (errno is not Errno.OK)
                return;
        }

        _ = socket.EndSending();
        await TransferStream.FillAsync(socket, new byte[1], Farewell, cancellationToken);
    }

    private static async Task ReturnAsync(LinuxSocket socket, CancellationToken cancellationToken)
    {
        const int NoDelay = 1; // TCP_NODELAY
        _ = socket.SetOption(6, NoDelay, 1);
        byte[] octets = new byte[Message];
        TimeSpan most = TimeSpan.FromMinutes(3); // a client asks for less
        for (int i = 0; i < MostMessages; i++)
        {
            if (await TransferStream.FillAsync(socket, octets, most, cancellationToken) < octets.Length || socket.Send(octets, out _) is not Errno.OK)
                return;
        }
    }
}
