using System.Diagnostics;
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

    /// <summary>Longest interval to measure.</summary>
    public TimeSpan MostTime { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Longest time to send before it.</summary>
    public TimeSpan MostOmitted { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Largest transfer, in octets.</summary>
    public long MostOctets { get; init; } = 1L << 40;

    /// <summary>SO_RCVBUF, in octets; 0 for what the kernel finds best.</summary>
    public int Window { get; init; }

    /// <summary>Octets a second that it takes from each connection; 0 for all that come.</summary>
    public long Rate { get; init; }

    /// <summary>How long a client may take to end after its transfer.</summary>
    public TimeSpan Farewell { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Whether to end after the first client.</summary>
    public bool IsOnce { get; init; }
}

/// <summary>Serves transfers: takes, sends or returns octets, within bounds, whatever clients send.</summary>
public sealed class TransferServer : IDisposable
{
    private const int MostMessages = 100_000;

    private static readonly TimeSpan Greeting = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Refusing = TimeSpan.FromMilliseconds(200);

    private readonly LinuxSocket _listener;
    private readonly TransferServerOptions _options;
    private readonly HashSet<Task> _running = [];
    private readonly Dictionary<(IPAddress, uint), (TransferClock Clock, int Members)> _sessions = [];
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
            _ = listener.SetReceiveBuffer(options.Window);
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
    /// <exception cref="OperationCanceledException">It was told to end, and no client is served any more.</exception>
    /// <exception cref="LinuxException">The kernel refused what must work.</exception>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task accepting = AcceptAsync(end.Token);
        await accepting.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing); // what it ended with is thrown when all have ended
        await end.CancelAsync();
        await Task.WhenAll([accepting, .. _running]);
    }

    /// <inheritdoc/>
    public void Dispose() => _listener.Dispose();

    private async Task AcceptAsync(CancellationToken cancellationToken)
    {
        while (!_options.IsOnce || _running.Count > 0 || Volatile.Read(ref _served) == 0)
        {
            await _listener.WaitAsync(PollEvents.Read, TimeSpan.FromMilliseconds(100), cancellationToken);
            while (_listener.Accept(out LinuxSocket? connection, out IPAddress peer, out _) is Errno.OK && connection is not null)
            {
                cancellationToken.ThrowIfCancellationRequested(); // where there is always one more, nothing waits
                bool hasRoom = _running.Count < _options.MostConnections;
                if (_running.Count < 2 * _options.MostConnections)
                    _running.Add(Task.Run(() => ServeAsync(connection, peer, hasRoom, cancellationToken), CancellationToken.None)); // it may never wait
                else
                    connection.Dispose(); // too many even to refuse in words
                await ForgetEndedAsync();
            }

            await ForgetEndedAsync();
        }
    }

    // Throws what a task ended with: no client can make it fail, so it is a bug, or the kernel.
    private async Task ForgetEndedAsync()
    {
        foreach (Task ended in _running.Where(task => task.IsCompleted).ToArray())
        {
            _running.Remove(ended);
            await ended;
        }
    }

    private async Task ServeAsync(LinuxSocket socket, IPAddress peer, bool hasRoom, CancellationToken cancellationToken)
    {
        using (socket)
        {
            socket.RefuseErrors(); // an ICMP error ends no connection: RFC 1122, section 4.2.3.9
            byte[] octets = new byte[TransferHello.Size];
            int came = await TransferStream.FillAsync(socket, octets, hasRoom ? Greeting : Refusing, cancellationToken);
            TransferHello? hello = came == octets.Length ? TransferHello.Read(octets) : null;
            byte[] answer = new byte[TransferHello.AnswerSize];
            TransferHello.WriteAnswer(answer, hello is null ? TransferStatus.Unknown : hasRoom ? TransferStatus.Agreed : TransferStatus.Busy);
            if (came == 0 || socket.Send(answer, out _) is not Errno.OK || hello is not { } wanted || !hasRoom)
                return;

            wanted = wanted with
            {
                Omitted = wanted.Omitted < _options.MostOmitted ? wanted.Omitted : _options.MostOmitted,
                Time = wanted.Time < _options.MostTime ? wanted.Time : _options.MostTime,
                Octets = Math.Min(wanted.Octets, _options.MostOctets),
            };
            switch (wanted.Kind)
            {
                case TransferKind.Upload:
                    await TakeAsync(socket, (peer, wanted.Session), wanted, cancellationToken);
                    Interlocked.Increment(ref _served);
                    break;
                case TransferKind.Download:
                    await GiveAsync(socket, wanted, cancellationToken);
                    Interlocked.Increment(ref _served);
                    break;
                default:
                    await ReturnAsync(socket, cancellationToken);
                    break;
            }
        }
    }

    private async Task TakeAsync(LinuxSocket socket, (IPAddress, uint) session, TransferHello wanted, CancellationToken cancellationToken)
    {
        TransferClock clock = Join(session);
        var receiver = new TransferReceiver(socket, wanted, clock, _options.Rate, tail: []);
        try
        {
            await receiver.CountAsync(_options.MostOctets, cancellationToken);
        }
        finally
        {
            Leave(session);
        }

        if (receiver.Error is not Errno.OK || receiver.Total == 0)
            return;
        byte[] account = new byte[ReceiverAccount.Size];
        receiver.Account.Write(account);
        if (await TransferStream.SendAsync(socket, account, Greeting, cancellationToken))
            await receiver.DrainAsync(_options.Farewell, _options.Farewell, cancellationToken); // until the client has read it
    }

    private async Task GiveAsync(LinuxSocket socket, TransferHello wanted, CancellationToken cancellationToken)
    {
        byte[] word = new byte[1];
        if (await TransferStream.FillAsync(socket, word, Greeting, cancellationToken) < word.Length)
            return; // it does not want to begin
        var sender = new TransferSender(socket, wanted, new TransferClock(TimeProvider.System));
        if (await sender.RunAsync(cancellationToken) is not Errno.OK || sender.Account() is not { } seen)
            return;
        byte[] account = new byte[SenderAccount.Size];
        seen.Write(account);
        if (!await TransferStream.SendAsync(socket, account, _options.Farewell, cancellationToken))
            return;
        _ = socket.EndSending();
        await TransferStream.DrainAsync(socket, new byte[4096], took: null, goesOn: null, _options.Farewell, cancellationToken); // the word that the client has enough, and its end
    }

    // However long a client may measure: both directions, and what is between.
    private async Task ReturnAsync(LinuxSocket socket, CancellationToken cancellationToken)
    {
        _ = socket.SetNoDelay();
        byte[] octets = new byte[EchoLine.Size];
        TimeSpan most = 2 * (_options.MostOmitted + _options.MostTime + _options.Farewell);
        long begin = Stopwatch.GetTimestamp();
        for (int i = 0; i < MostMessages && most - Stopwatch.GetElapsedTime(begin) is var left && left > TimeSpan.Zero; i++)
        {
            if (await TransferStream.FillAsync(socket, octets, left, cancellationToken) < octets.Length || socket.Send(octets, out _) is not Errno.OK)
                return;
        }
    }

    private TransferClock Join((IPAddress, uint) session)
    {
        lock (_sessions)
        {
            (TransferClock clock, int members) = _sessions.TryGetValue(session, out (TransferClock Clock, int Members) known) ? known : (new TransferClock(TimeProvider.System), 0);
            _sessions[session] = (clock, members + 1);
            return clock;
        }
    }

    private void Leave((IPAddress, uint) session)
    {
        lock (_sessions)
        {
            (TransferClock clock, int members) = _sessions[session];
            if (members == 1)
                _sessions.Remove(session);
            else
                _sessions[session] = (clock, members - 1);
        }
    }
}
