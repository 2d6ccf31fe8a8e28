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
    /// <summary>How long to measure in each direction.</summary>
    public TimeSpan Time { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long to send before that, while TCP finds the path's rate (slow start).</summary>
    public TimeSpan Omitted { get; init; }

    /// <summary>How much to send at most, by each connection, in octets.</summary>
    public long Octets { get; init; } = long.MaxValue;

    /// <summary>Connections at once.</summary>
    public int Streams { get; init; } = 1;

    /// <summary>The rate of each connection, in octets a second; 0 for as fast as it goes.</summary>
    public long Rate { get; init; }

    /// <summary>SO_RCVBUF on this side, in octets; 0 for what the kernel finds best.</summary>
    public int Window { get; init; }
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

    /// <summary>It accepts, and says nothing.</summary>
    Silent,

    /// <summary>It serves as many as it may.</summary>
    Busy,

    /// <summary>It went away in the middle.</summary>
    Vanished,
}

/// <summary>Measures throughput, and how long answers take idle and under load.</summary>
/// <remarks>
/// Octets are counted where they arrive, in an interval that begins some time after the first octet, and only there.
/// Answer times are of two kinds, as in draft-ietf-ippm-responsiveness, section 4.1: foreign ones, of fresh connections (the TCP
/// handshake, and a greeting and its answer over it), and those in the flows that load the path. There is no HTTP here,
/// so the flow's own are the round trips of its TCP, and there is no TLS.
/// </remarks>
public sealed class TransferClient : IDisposable
{
    private const int BetweenQuestions = 20; // milliseconds

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Farewell = TimeSpan.FromSeconds(30); // of a queue of seconds, while it moves
    private static readonly TimeSpan Quiet = TimeSpan.FromSeconds(5); // TCP tries again 0.2, 0.6, 1.4 and 3 s after an outage began
    private static readonly TimeSpan Doubtful = TimeSpan.FromMilliseconds(500); // longer than most queues
    private static readonly TransferHello Echo = new(TransferKind.Echo, TimeSpan.Zero, 0, 0);
    private static readonly byte[] Word = [1]; // to begin, or to end: its coming says it

    private readonly TransferQuestion _question;
    private readonly EchoLine _echo;
    private readonly AnswerTimes _idle;

    private TransferClient(TransferQuestion question, EchoLine echo, AnswerTimes idle) => (_question, _echo, _idle) = (question, echo, idle);

    /// <summary>Connects, and measures the idle path.</summary>
    /// <param name="question">What is asked.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The client; or why there is none, with the attempt to connect.</returns>
    public static async Task<(TransferClient? Client, TransferFailure Failure, ConnectAttempt Attempt)> OpenAsync(
        TransferQuestion question, CancellationToken cancellationToken)
    {
        const int Idle = 20;
        (LinuxSocket? socket, TransferFailure failure, ConnectAttempt attempt, _) = await GreetAsync(question, Echo, cancellationToken);
        if (socket is null)
            return (null, failure, attempt);
        _ = socket.SetNoDelay();
        var client = new TransferClient(question, new EchoLine(socket), new AnswerTimes());
        try
        {
            for (int i = 0; i < Idle && await client._echo.AskAsync(client._idle, cancellationToken); i++)
                await Task.Delay(TimeSpan.FromMilliseconds(5), cancellationToken);
        }
        catch
        {
            client.Dispose();
            throw;
        }

        return (client, TransferFailure.None, attempt);
    }

    /// <summary>Measures one direction.</summary>
    /// <param name="isUpload">Whether from here.</param>
    /// <param name="cancellationToken">Ends it: what was measured by then is observed.</param>
    /// <returns>The observation; or, where nothing at all moved, why there is none.</returns>
    /// <exception cref="OperationCanceledException">It was ended before anything moved.</exception>
    public async Task<(TransferTrial? Trial, TransferFailure Failure)> RunAsync(bool isUpload, CancellationToken cancellationToken)
    {
        var hello = new TransferHello(isUpload ? TransferKind.Upload : TransferKind.Download, _question.Time, _question.Octets, _question.Rate)
        {
            Omitted = _question.Omitted,
            Session = (uint)Random.Shared.Next(),
        };
        List<LinuxSocket> sockets = [];
        try
        {
            for (int i = 0; i < _question.Streams; i++)
            {
                (LinuxSocket? socket, TransferFailure failure, _, _) = await GreetAsync(_question, hello, cancellationToken);
                if (socket is null)
                    return (null, failure);
                sockets.Add(socket);
            }

            using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            var load = new Load();
            end.CancelAfter(hello.End);
            using CancellationTokenRegistration stop = end.Token.Register(() => load.End = Stopwatch.GetTimestamp());
            var clock = new TransferClock(TimeProvider.System);
            Task<Share>[] running = [.. sockets.Select(socket => isUpload ? UploadAsync(socket, hello, clock, cancellationToken) : DownloadAsync(socket, hello, clock, cancellationToken))];
            Task[] probes = [EchoAsync(load, clock, end.Token), FreshAsync(load, clock, end.Token)];
            Share[] shares;
            try
            {
                shares = await Task.WhenAll(running);
            }
            finally
            {
                await end.CancelAsync();
                await Task.WhenAll(probes); // they use what is closed next
            }

            if (shares.Any(share => share.End is TransferEnd.Silent) && load is { Icmp: null, Errno: null })
                load.Heard(await AskWhyAsync(CancellationToken.None));
            if (shares.Any(share => share.Receiver is { Octets: > 0 } or { OmittedOctets: > 0 }))
                return (Describe(isUpload, shares, load, clock), TransferFailure.None);
            cancellationToken.ThrowIfCancellationRequested();
            return (null, TransferFailure.Vanished);
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
        var options = new ConnectOptions { ReceiveBuffer = question.Window > 0 && hello.Kind is TransferKind.Download ? question.Window : null };
        TcpConnection connection = await TcpConnector.ConnectAsync(question.Address, question.Port, options, cancellationToken);
        if (connection.Socket is not { } socket)
            return (null, TransferFailure.NotConnected, connection.Attempt, default);
        bool isAgreed = false;
        socket.RefuseErrors(); // an ICMP error ends no connection: RFC 1122, section 4.2.3.9
        try
        {
            byte[] octets = new byte[TransferHello.Size];
            hello.Write(octets);
            long begin = Stopwatch.GetTimestamp();
            _ = socket.Send(octets, out _);
            byte[] answer = new byte[TransferHello.AnswerSize];
            int came = await TransferStream.FillAsync(socket, answer, Patience, cancellationToken);
            TransferStatus? status = TransferHello.ReadAnswer(answer.AsSpan(0, came));
            isAgreed = status is TransferStatus.Agreed;
            return isAgreed
                ? (socket, TransferFailure.None, connection.Attempt, Stopwatch.GetElapsedTime(begin))
                : (null, status is TransferStatus.Busy ? TransferFailure.Busy : came == 0 ? TransferFailure.Silent : TransferFailure.OtherService, connection.Attempt, default);
        }
        finally
        {
            if (!isAgreed)
                connection.Dispose();
        }
    }

    private static async Task<Share> UploadAsync(LinuxSocket socket, TransferHello hello, TransferClock clock, CancellationToken cancellationToken)
    {
        var sender = new TransferSender(socket, hello, clock);
        byte[] answer = new byte[ReceiverAccount.Size];
        TransferEnd end;
        Errno errno = Errno.OK;
        try
        {
            errno = await sender.RunAsync(cancellationToken);
            SenderAccount? sent = sender.Account();
            if (errno is Errno.OK)
                _ = socket.EndSending();
            if (errno is Errno.OK && await TransferStream.FillAsync(socket, answer, GoesOn, Farewell, cancellationToken) == answer.Length)
            {
                socket.AbortOnClose(); // what still waits to be sent is of no use, and would be in the way of what comes next
                return new Share(ReceiverAccount.Read(answer), sent, TransferEnd.Whole);
            }

            end = clock.Still >= Quiet ? TransferEnd.Silent : EndOf(errno);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            end = TransferEnd.Interrupted;
        }

        socket.AbortOnClose();
        return new Share(sender.Acknowledged(), sender.AccountToLast(), end) { Errno = errno };

        bool GoesOn()
        {
            sender.Look();
            return clock.Still < Quiet;
        }
    }

    private static async Task<Share> DownloadAsync(LinuxSocket socket, TransferHello hello, TransferClock clock, CancellationToken cancellationToken)
    {
        byte[] tail = new byte[SenderAccount.Size];
        var receiver = new TransferReceiver(socket, hello, clock, rate: 0, tail);
        TransferEnd end = TransferEnd.Closed;
        try
        {
            if (await TransferStream.SendAsync(socket, Word, Patience, cancellationToken))
                await receiver.CountAsync(long.MaxValue, cancellationToken);
            ReceiverAccount came = receiver.Account;
            if (receiver.IsEnd && receiver.Total - tail.Length == hello.Octets)
                return new Share(came with { Octets = came.Octets - tail.Length }, SenderAccount.Read(tail), TransferEnd.Whole);

            if (receiver.IsWhole)
            {
                bool isTold = await TransferStream.SendAsync(socket, Word, Patience, cancellationToken)
                    && await receiver.DrainAsync(Farewell, Quiet, cancellationToken)
                    && receiver.Total >= tail.Length;
                if (isTold || clock.Still < Quiet)
                {
                    socket.AbortOnClose();
                    return new Share(came, isTold ? SenderAccount.Read(tail) : null, TransferEnd.Whole);
                }

                end = TransferEnd.Silent;
            }
            else
            {
                end = EndOf(receiver.Error);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            end = TransferEnd.Interrupted;
        }

        socket.AbortOnClose();
        return new Share(receiver.AccountToLast, Sender: null, end) { Errno = receiver.Error };
    }

    // Only the other side resets a connection; anything else is this kernel's doing.
    private static TransferEnd EndOf(Errno errno) => errno is Errno.OK or Errno.ECONNRESET or Errno.EPIPE ? TransferEnd.Closed : TransferEnd.Broken;

    private async Task EchoAsync(Load load, TransferClock clock, CancellationToken end) => await UntilAsync(async () =>
    {
        long due = Stopwatch.GetTimestamp() + BetweenQuestions * Stopwatch.Frequency / 1000;
        await Task.Delay(BetweenQuestions, end);
        load.Lateness.Add(Math.Max(0, Stopwatch.GetTimestamp() - due));
        TimeSpan? asked = clock.Elapsed;
        bool isAnswered = await _echo.AskAsync(load.Answers, end);
        if (isAnswered)
            clock.OtherAnswered(asked);
        return isAnswered;
    }, end);

    private async Task FreshAsync(Load load, TransferClock clock, CancellationToken end) => await UntilAsync(async () =>
    {
        await Task.Delay(TimeSpan.FromMilliseconds(100), end);
        load.FreshSince ??= Stopwatch.GetTimestamp();
        TimeSpan? asked = clock.Elapsed;
        Task<(LinuxSocket?, TransferFailure, ConnectAttempt, TimeSpan)> greeted = GreetAsync(_question, Echo, end);
        while (await Task.WhenAny(greeted, Task.Delay(Doubtful, end)) != greeted && !end.IsCancellationRequested)
            load.Heard(await AskWhyAsync(end)); // what hides from the one, which an outage may have met when it was established
        (LinuxSocket? socket, _, ConnectAttempt attempt, TimeSpan greeting) = await greeted;
        load.Heard(attempt);
        if (socket is null)
            return true; // it is busy with the load
        clock.OtherAnswered(asked);
        using (socket)
        {
            load.Handshakes.Add(attempt.Elapsed);
            load.Greetings.Add(greeting);
        }

        return true;
    }, end);

    // An established connection does not say who sent an error about it; one that is begun does.
    private async Task<ConnectAttempt> AskWhyAsync(CancellationToken cancellationToken)
    {
        var options = new ConnectOptions { Patience = TimeSpan.FromSeconds(1) }; // routers answer at once
        using TcpConnection connection = await TcpConnector.ConnectAsync(_question.Address, _question.Port, options, cancellationToken);
        return connection.Attempt;
    }

    // While TCP still looks for the path's rate there is no load yet.
    private async Task UntilAsync(Func<Task<bool>> step, CancellationToken end)
    {
        try
        {
            await Task.Delay(_question.Omitted, end);
            while (!end.IsCancellationRequested && await step())
            {
            }
        }
        catch (OperationCanceledException) when (end.IsCancellationRequested)
        {
            // The transfer is over.
        }
    }

    private TransferTrial Describe(bool isUpload, Share[] shares, Load load, TransferClock clock)
    {
        SenderAccount[] senders = [.. shares.Select(share => share.Sender).OfType<SenderAccount>()];
        TimeSpan elapsed = shares.Max(share => share.Receiver.Elapsed);
        TransferEnd end = shares.Max(share => share.End);
        bool isCounted = !isUpload || end is TransferEnd.Whole;
        return new TransferTrial(_question.Address, _question.Port, isUpload ? "upload" : "download", shares.Sum(share => share.Receiver.Octets), elapsed)
        {
            Streams = shares.Length,
            End = end,
            IsAcknowledged = !isCounted,
            Pauses = clock.Pauses,
            Errno = shares.FirstOrDefault(share => share.End is TransferEnd.Broken)?.Errno.ToString() ?? load.Errno,
            Icmp = load.Icmp,
            Omitted = elapsed > TimeSpan.Zero || clock.Moved > _question.Omitted ? _question.Omitted : clock.Moved,
            OmittedOctets = shares.Sum(share => share.Receiver.OmittedOctets),
            Receiving = isCounted ? Sum(shares, share => share.Receiver.Elapsed) : TimeSpan.Zero,
            ReceiverWaiting = Sum(shares, share => share.Receiver.Waiting),
            HasAccount = senders.Length == shares.Length,
            Sending = Sum(senders, sender => sender.Elapsed),
            SenderWaiting = Sum(senders, sender => sender.Waiting),
            Busy = Sum(senders, sender => sender.Busy),
            ReceiveWindowLimited = Sum(senders, sender => sender.ReceiveWindowLimited),
            SendBufferLimited = Sum(senders, sender => sender.SendBufferLimited),
            FullSamples = senders.Sum(sender => sender.FullSamples),
            DrainedSamples = senders.Sum(sender => sender.DrainedSamples),
            Retransmits = senders.Sum(sender => sender.Retransmits),
            Segments = senders.Sum(sender => sender.Segments),
            SendMss = senders is [var first, ..] ? (int)Math.Min(first.SendMss, 65_535) : 0,
            CongestionControl = senders is [{ CongestionControl: not "" and var name }, ..] ? name : null,
            MinRoundTrip = senders.Length > 0 ? senders.Min(sender => sender.MinRoundTrip) : default,
            FlowRoundTrip = senders.Length > 0 ? senders.Max(sender => sender.RoundTrip) : default,
            RoundTripAtLoss = senders.Length > 0 ? senders.Max(sender => sender.RoundTripAtLoss) : default,
            SendWindow = senders.Length > 0 ? senders.Max(sender => sender.SendWindow) : 0,
            IdleRoundTrip = _idle.Percentile(0.5),
            LoadedRoundTrip = load.Answers.Percentile(0.5),
            LoadedRoundTripHigh = load.Answers.Percentile(0.95),
            Lateness = load.Lateness.Usual,
            Responsiveness = Responsiveness(load, senders),
            IsResponsivenessBound = load.Handshakes.TrimmedMean is null && load.Unfinished is not null,
            RateWanted = _question.Rate > 0 ? _question.Rate * shares.Length : null,
        };
    }

    // Source: draft-ietf-ippm-responsiveness, section 4.3, without TLS and HTTP.
    private static double? Responsiveness(Load load, SenderAccount[] senders)
    {
        const double Minute = 60;
        if ((load.Handshakes.TrimmedMean + load.Greetings.TrimmedMean ?? load.Unfinished) is not { } foreign || senders.Length == 0)
            return null;
        double flow = senders.Average(sender => sender.RoundTrip.TotalSeconds);
        return flow > 0 && foreign > TimeSpan.Zero ? (Minute / (foreign.TotalSeconds / 2) + Minute / flow) / 2 : null;
    }

    private static TimeSpan Sum<T>(T[] accounts, Func<T, TimeSpan> part) => TimeSpan.FromTicks(accounts.Sum(account => part(account).Ticks));

    private sealed record Share(ReceiverAccount Receiver, SenderAccount? Sender, TransferEnd End)
    {
        public Errno Errno { get; init; }
    }

    private sealed class Load
    {
        public AnswerTimes Answers { get; } = new();

        public AnswerTimes Handshakes { get; } = new();

        public AnswerTimes Greetings { get; } = new();

        public SendLateness Lateness { get; } = new();

        public IcmpError? Icmp { get; private set; }

        public string? Errno { get; private set; }

        public long? FreshSince { get; set; }

        public long? End { get; set; }

        public void Heard(ConnectAttempt attempt)
        {
            Icmp = attempt.Icmp ?? Icmp;
            if (attempt is { Icmp: null, Errno: nameof(Linux.Errno.ENETUNREACH) or nameof(Linux.Errno.EHOSTUNREACH) or nameof(Linux.Errno.ENETDOWN) })
                Errno = attempt.Errno;
        }

        // For how long no fresh connection came to an end, where none did: each takes longer.
        public TimeSpan? Unfinished => FreshSince is { } since && End is { } end ? Stopwatch.GetElapsedTime(since, end) : null;
    }
}
