using System.Buffers.Binary;
using System.Diagnostics;
using System.Net;
using NetWhy.Evidence;
using NetWhy.Linux;

namespace NetWhy.Paths.Transfer;

/// <summary>What a client asks of a server.</summary>
/// <param name="Address">Its address.</param>
/// <param name="Port">Its port.</param>
public sealed record TransferQuestion(IPAddress Address, int Port)
{
    /// <summary>How long to send in each direction.</summary>
    public TimeSpan Time { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How much to send at most, by each connection, in octets.</summary>
    public long Octets { get; init; } = long.MaxValue;

    /// <summary>Connections at once.</summary>
    public int Streams { get; init; } = 1;

    /// <summary>The rate of each connection, in octets a second; 0 for as fast as it goes.</summary>
    public long Rate { get; init; }
}

/// <summary>Why a server could not be measured.</summary>
public enum TransferFailure
{
    /// <summary>It could.</summary>
    None,

    /// <summary>No connection: see the attempt.</summary>
    NotConnected,

    /// <summary>Something else listens there.</summary>
    OtherService,

    /// <summary>It serves as many as it may.</summary>
    Busy,

    /// <summary>It went away in the middle.</summary>
    Vanished,
}

/// <summary>Measures throughput, and how long answers take idle and under load.</summary>
/// <remarks>
/// Answer times are of two kinds, as in draft-ietf-ippm-responsiveness, section 4.1: foreign ones, of fresh connections (the TCP
/// handshake, and a greeting and its answer over it), and those in the flows that load the path. There is no HTTP here,
/// so the flow's own are the round trips of its TCP, and there is no TLS.
/// </remarks>
public sealed class TransferClient : IDisposable
{
    private const int Message = 16;
    private const int NoDelay = 1; // TCP_NODELAY
    private const int LevelTcp = 6;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Farewell = TimeSpan.FromSeconds(8); // of a queue of seconds

    private readonly TransferQuestion _question;
    private readonly EchoLine _echo;
    private readonly Answers _idle;

    private TransferClient(TransferQuestion question, EchoLine echo, Answers idle) => (_question, _echo, _idle) = (question, echo, idle);

    /// <summary>Connects, and measures the idle path.</summary>
    /// <param name="question">What is asked.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The client; or why there is none, with the attempt to connect.</returns>
    public static async Task<(TransferClient? Client, TransferFailure Failure, ConnectAttempt Attempt)> OpenAsync(
        TransferQuestion question, CancellationToken cancellationToken)
    {
        const int Idle = 20;
        var hello = new TransferHello(TransferKind.Echo, TimeSpan.Zero, 0, 0);
        (LinuxSocket? socket, TransferFailure failure, ConnectAttempt attempt, _) = await GreetAsync(question, hello, cancellationToken);
        if (socket is null)
            return (null, failure, attempt);
        _ = socket.SetOption(LevelTcp, NoDelay, 1);
        var echo = new EchoLine(socket);
        var idle = new Answers();
        for (int i = 0; i < Idle && await echo.AskAsync(idle, cancellationToken); i++)
            await Task.Delay(TimeSpan.FromMilliseconds(5), cancellationToken);
        return (new TransferClient(question, echo, idle), TransferFailure.None, attempt);
    }

    /// <summary>Measures one direction.</summary>
    /// <param name="isUpload">Whether from here.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The observation; or why there is none.</returns>
    public async Task<(TransferTrial? Trial, TransferFailure Failure)> RunAsync(bool isUpload, CancellationToken cancellationToken)
    {
        var hello = new TransferHello(isUpload ? TransferKind.Upload : TransferKind.Download, _question.Time, _question.Octets, _question.Rate);
        List<LinuxSocket> sockets = [];
        try
        {
            for (int i = 0; i < _question.Streams; i++)
            {
                (LinuxSocket? socket, TransferFailure failure, _, _) = await GreetAsync(_question, hello, cancellationToken);
                if (socket is null)
                    return (null, failure is TransferFailure.NotConnected ? TransferFailure.Vanished : failure);
                sockets.Add(socket);
            }

            using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            var load = new Load();
            Task<Share>[] shares = [.. sockets.Select(socket => isUpload ? UploadAsync(socket, hello, cancellationToken) : DownloadAsync(socket, hello, cancellationToken))];
            Task[] probes = [EchoAsync(load, end.Token), FreshAsync(load, end.Token), isUpload ? WatchAsync(sockets, load, end.Token) : Task.CompletedTask];
            Share[] done = await Task.WhenAll(shares);
            await end.CancelAsync();
            await Task.WhenAll(probes);
            return done.All(share => share.Octets == 0) ? (null, TransferFailure.Vanished) : (Describe(isUpload, done, load), TransferFailure.None);
        }
        finally
        {
            sockets.ForEach(socket => socket.Dispose());
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _echo.Dispose();

    private static async Task<(LinuxSocket? Socket, TransferFailure Failure, ConnectAttempt Attempt, TimeSpan Greeting)> GreetAsync(
        TransferQuestion question, TransferHello hello, CancellationToken cancellationToken)
    {
        TcpConnection connection = await TcpConnector.ConnectAsync(question.Address, question.Port, new ConnectOptions(), cancellationToken);
        if (connection.Socket is not { } socket)
            return (null, TransferFailure.NotConnected, connection.Attempt, default);
        byte[] octets = new byte[TransferHello.Size];
        hello.Write(octets);
        long begin = Stopwatch.GetTimestamp();
        _ = socket.Send(octets, out _);
        byte[] answer = new byte[TransferHello.AnswerSize];
        int came = await TransferStream.FillAsync(socket, answer, Patience, cancellationToken);
        TransferStatus? status = TransferHello.ReadAnswer(answer.AsSpan(0, came));
        if (status is TransferStatus.Agreed)
            return (socket, TransferFailure.None, connection.Attempt, Stopwatch.GetElapsedTime(begin));
        connection.Dispose();
        return (null, status is TransferStatus.Busy ? TransferFailure.Busy : TransferFailure.OtherService, connection.Attempt, default);
    }

    private static async Task<Share> UploadAsync(LinuxSocket socket, TransferHello hello, CancellationToken cancellationToken)
    {
        (TimeSpan elapsed, Errno errno) = await TransferStream.SendAsync(socket, hello, cancellationToken);
        var account = TransferAccount.Of(socket, elapsed);
        _ = socket.EndSending();
        byte[] answer = new byte[TransferAccount.Size];
        bool isAnswered = errno is Errno.OK && await TransferStream.FillAsync(socket, answer, Farewell, cancellationToken) == answer.Length;
        var arrived = TransferAccount.Read(answer);
        return isAnswered
            ? new Share(arrived.Octets, arrived.Elapsed, account)
            : new Share(account.Octets, elapsed, errno is Errno.OK ? account : null); // what was acknowledged
    }

    private static async Task<Share> DownloadAsync(LinuxSocket socket, TransferHello hello, CancellationToken cancellationToken)
    {
        byte[] tail = new byte[TransferAccount.Size];
        (long octets, TimeSpan elapsed, bool isEnd, _) = await TransferStream.ReceiveAsync(socket, hello.Time + Farewell, long.MaxValue, tail, cancellationToken);
        return isEnd && octets > tail.Length
            ? new Share(octets - tail.Length, elapsed, TransferAccount.Read(tail))
            : new Share(octets, elapsed, null);
    }

    private async Task EchoAsync(Load load, CancellationToken end) => await UntilAsync(async () =>
    {
        await Task.Delay(TimeSpan.FromMilliseconds(20), end);
        return await _echo.AskAsync(load.Answers, end);
    }, end);

    private async Task FreshAsync(Load load, CancellationToken end) => await UntilAsync(async () =>
    {
        await Task.Delay(TimeSpan.FromMilliseconds(100), end);
        var hello = new TransferHello(TransferKind.Echo, TimeSpan.Zero, 0, 0);
        (LinuxSocket? socket, _, ConnectAttempt attempt, TimeSpan greeting) = await GreetAsync(_question, hello, end);
        if (socket is null)
            return true; // it is busy with the load
        using (socket)
        {
            load.Handshakes.Add(attempt.Elapsed);
            load.Greetings.Add(greeting);
        }

        return true;
    }, end);

    private static async Task WatchAsync(List<LinuxSocket> sockets, Load load, CancellationToken end) => await UntilAsync(async () =>
    {
        await Task.Delay(TimeSpan.FromMilliseconds(50), end);
        foreach (LinuxSocket socket in sockets)
        {
            if (socket.GetTcpInfo() is { } info && info.RoundTrip > TimeSpan.Zero)
                load.Flow.Add(info.RoundTrip);
        }

        return true;
    }, end);

    private static async Task UntilAsync(Func<Task<bool>> step, CancellationToken end)
    {
        try
        {
            while (!end.IsCancellationRequested && await step())
            {
            }
        }
        catch (OperationCanceledException) when (end.IsCancellationRequested)
        {
            // The transfer is over.
        }
    }

    private TransferTrial Describe(bool isUpload, Share[] shares, Load load)
    {
        TransferAccount[] accounts = [.. shares.Select(share => share.Account).OfType<TransferAccount>()];
        TimeSpan flow = load.Flow.Percentile(0.5) ?? (accounts.Length > 0 ? accounts.Max(account => account.RoundTrip) : default);
        return new TransferTrial(_question.Address, _question.Port, isUpload ? "upload" : "download", shares.Sum(share => share.Octets), shares.Max(share => share.Elapsed))
        {
            Streams = shares.Length,
            HasAccount = accounts.Length == shares.Length,
            Sending = Sum(accounts, account => account.Elapsed),
            Busy = Sum(accounts, account => account.Busy),
            ReceiveWindowLimited = Sum(accounts, account => account.ReceiveWindowLimited),
            SendBufferLimited = Sum(accounts, account => account.SendBufferLimited),
            Retransmits = accounts.Sum(account => account.Retransmits),
            Segments = accounts.Sum(account => account.Segments),
            SendMss = accounts.Length > 0 ? (int)Math.Min(accounts[0].SendMss, 65_535) : 0,
            MinRoundTrip = accounts.Length > 0 ? accounts.Min(account => account.MinRoundTrip) : default,
            FlowRoundTrip = flow,
            SendWindow = accounts.Length > 0 ? accounts.Max(account => account.SendWindow) : 0,
            IdleRoundTrip = _idle.Percentile(0.5),
            LoadedRoundTrip = load.Answers.Percentile(0.5),
            LoadedRoundTripHigh = load.Answers.Percentile(0.95),
            Responsiveness = Responsiveness(load, flow),
            RateWanted = _question.Rate > 0 ? _question.Rate * shares.Length : null,
        };
    }

    // Source: draft-ietf-ippm-responsiveness, section 4.1, without TLS and HTTP.
    private static double? Responsiveness(Load load, TimeSpan flow)
    {
        const double Minute = 60;
        if (load.Handshakes.TrimmedMean is not { } handshake || load.Greetings.TrimmedMean is not { } greeting || flow <= TimeSpan.Zero)
            return null;
        double foreign = Minute / ((handshake + greeting).TotalSeconds / 2);
        double loaded = Minute / (load.Flow.TrimmedMean ?? flow).TotalSeconds;
        return (foreign + loaded) / 2;
    }

    private static TimeSpan Sum(TransferAccount[] accounts, Func<TransferAccount, TimeSpan> part) =>
        TimeSpan.FromTicks(accounts.Sum(account => Math.Min(part(account).Ticks, TimeSpan.TicksPerDay)));

    private sealed record Share(long Octets, TimeSpan Elapsed, TransferAccount? Account);

    private sealed class Load
    {
        public Answers Answers { get; } = new();

        public Answers Handshakes { get; } = new();

        public Answers Greetings { get; } = new();

        public Answers Flow { get; } = new();
    }

    // Questions and answers over one connection, numbered: an answer may come when nobody waits for it any more.
    private sealed class EchoLine(LinuxSocket socket) : IDisposable
    {
        private long _number;

        public async Task<bool> AskAsync(Answers answers, CancellationToken cancellationToken)
        {
            byte[] octets = new byte[Message];
            long number = ++_number;
            BinaryPrimitives.WriteInt64BigEndian(octets, number);
            long begin = Stopwatch.GetTimestamp();
            if (socket.Send(octets, out _) is not Errno.OK)
                return false;
            do
            {
                if (await TransferStream.FillAsync(socket, octets, Patience, cancellationToken) < octets.Length)
                    return false;
            }
            while (BinaryPrimitives.ReadInt64BigEndian(octets) < number);

            answers.Add(Stopwatch.GetElapsedTime(begin));
            return true;
        }

        public void Dispose() => socket.Dispose();
    }

    // Times, for quantiles.
    private sealed class Answers
    {
        private const int Most = 20_000;

        private readonly List<TimeSpan> _times = [];

        // The slowest twentieth left out: TMP of the draft.
        public TimeSpan? TrimmedMean
        {
            get
            {
                TimeSpan[] times = [.. _times.Order()];
                times = times[..(times.Length - (times.Length / 20))];
                return times.Length == 0 ? null : TimeSpan.FromTicks((long)times.Average(time => time.Ticks));
            }
        }

        public void Add(TimeSpan time)
        {
            if (_times.Count < Most)
                _times.Add(time);
        }

        public TimeSpan? Percentile(double share) => _times.Count == 0 ? null : _times.Order().ElementAt((int)(share * (_times.Count - 1)));
    }
}
