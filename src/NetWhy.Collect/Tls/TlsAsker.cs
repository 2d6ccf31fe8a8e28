using System.Collections.Immutable;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using NetWhy.Evidence;
using NetWhy.Linux;
using NetWhy.Paths;
using NetWhy.Wire.Tls;

namespace NetWhy.Collect.Tls;

/// <summary>What came of one ClientHello.</summary>
/// <param name="Words">In words: <c>hello</c>, <c>alert handshake_failure</c>, <c>closed</c>, <c>reset</c>, <c>silence</c>, <c>no TLS</c>, <c>not asked</c>.</param>
/// <param name="Flight">What the server said.</param>
/// <param name="Elapsed">From the hello to the outcome.</param>
internal sealed record TlsAnswer(string Words, TlsServerFlight Flight, TimeSpan Elapsed)
{
    /// <summary>Whether the server chose something.</summary>
    internal bool IsHello => Flight.State is TlsFlightState.Hello or TlsFlightState.Retry;

    /// <summary>Whether it turned this hello away, for whatever it minds; close_notify and user_canceled say just that it has had enough.</summary>
    internal bool IsTurningAway => IsAlert && Flight.Alert is not (0 or 90);

    private bool IsAlert => Flight.State is TlsFlightState.Alert;

    /// <summary>Whether the server said that it takes nothing of what was offered.</summary>
    internal bool IsRefusal => IsAlert && !IsEndingAlert && !IsAboutClient;

    /// <summary>Whether it turns away the client or the name, whatever is offered: that says nothing of what it takes.</summary>
    /// <remarks>Alerts about a client's certificate or key, its rights, the name, the protocol above. Source: RFC 8446, section 6.2.</remarks>
    internal bool IsAboutClient => IsAlert && Flight.Alert is (>= 41 and <= 46) or 48 or 49 or 112 or 113 or 115 or 116 or 120;

    /// <summary>Whether it ended the connection, which servers do that say nothing, and those that have had enough.</summary>
    internal bool IsEnding => Words is Closed or Reset || (IsAlert && IsEndingAlert);

    /// <summary>Whether the connection came to nothing: it ended, nothing came, or no TLS.</summary>
    internal bool IsNone => !HasChosen && (IsEnding || IsSilence || Flight.State is TlsFlightState.NotTls);

    /// <summary>Whether the server chose something, even if what was to follow did not come.</summary>
    internal bool HasChosen => Flight.Version != 0;

    /// <summary>Whether there was a connection to ask on.</summary>
    internal bool IsConnected { get; init; } = true;

    /// <summary>Whether all that we know is that nothing came while we waited.</summary>
    internal bool IsSilence { get; init; }

    internal const string Closed = "closed";
    internal const string Reset = "reset";
    internal const string NotAsked = "not asked";
    internal const string Silence = "silence";

    // Alerts that say nothing of what was offered: close_notify, internal_error, user_canceled. Source: RFC 8446, section 6.
    private bool IsEndingAlert => Flight.Alert is 0 or 80 or 90;
}

/// <summary>
/// Sends hellos to one server, each on a connection of its own, a few at a time, and never more than a server can bear.
/// </summary>
/// <param name="address">Server's address.</param>
/// <param name="port">Server's port.</param>
/// <param name="startTls">Protocol to be asked to go on with TLS; null if TLS begins at once.</param>
/// <param name="host">Name of the server, for that.</param>
/// <param name="patience">How long one connection may take, from its SYN to the answer.</param>
/// <param name="limit">How long all of it may take.</param>
internal sealed class TlsAsker(IPAddress address, int port, string? startTls, string host, TimeSpan patience, TimeSpan limit) : IDisposable
{
    /// <summary>Most connections at a time.</summary>
    internal const int MostAtOnce = 8;

    private const int MostFailures = 12; // in a row: then it no longer wants to be asked
    private const int MostEndings = 30; // in a row: somebody on the way, or the server, ends whatever comes
    private const int FirstAgain = 2; // while nothing shows that it is not for what is offered
    private const int MostAgain = 7; // of servers of which each second one ends all, a hello meets that one eight times but once in 256
    private const int Patiently = 20; // times as long as the fastest answer

    private static readonly TimeSpan ShortPatience = TimeSpan.FromSeconds(0.5);
    private static readonly TimeSpan ShorterPatience = TimeSpan.FromSeconds(0.1); // where it is not the last word
    private static readonly TimeSpan Beside = TimeSpan.FromMilliseconds(20); // with who answers within one, before the next is sent

    private readonly SemaphoreSlim _places = new(MostAtOnce);
    private readonly long _begin = Stopwatch.GetTimestamp();
    private readonly int _most = MostConnections(startTls);
    private readonly List<(TlsClientHello, ImmutableArray<byte[]>)> _shown = []; // as many as there are connections
    private readonly List<Task> _counting = [];
    private readonly TaskCompletionSource _isMixed = new(TaskCreationOptions.RunContinuationsAsynchronously); // some hellos came to nothing that others are answered
    private int _connections;
    private int _failures;
    private int _endings;
    private int _atOnce = MostAtOnce;
    private bool _isProving; // whether it still takes what it took
    private bool _isLeftAlone;

    /// <summary>How many connections were tried.</summary>
    internal int Connections => _connections;

    /// <summary>Shortest time to an answer; null if none came.</summary>
    internal TimeSpan? Fastest { get; private set; }

    /// <summary>The hello that was last answered by a choice; null if none was.</summary>
    internal TlsClientHello? LastGood { get; private set; }

    /// <summary>Why hellos were left out, in words; null if none was.</summary>
    internal string? Stopped { get; private set; }

    /// <summary>How long an answer takes, at best: to a hello, or to that of a handshake before; null while none came.</summary>
    internal TimeSpan? Pace { get; set; }

    /// <summary>How many hellos came to nothing, and were answered when they were sent again.</summary>
    internal int Unanswered { get; private set; }

    /// <summary>The chains that hellos were answered with in the clear.</summary>
    internal IReadOnlyCollection<(TlsClientHello Hello, ImmutableArray<byte[]> Chain)> Shown => _shown;

    /// <summary>All chains that came, each once.</summary>
    internal SentChains Chains { get; } = new();

    /// <inheritdoc/>
    public void Dispose() => _places.Dispose();

    /// <summary>Most connections that a server is asked with.</summary>
    /// <remarks>
    /// A server that takes everything in five versions needs some 400. MySQL and MariaDB lock a host out after 100 connections
    /// in a row that come to nothing (max_connect_errors), and every one of ours comes to nothing, as do the two whole handshakes: only
    /// a client that logs in sets the count back, so that another run adds to it. Ten are one for each question.
    /// </remarks>
    /// <param name="startTls">Protocol that begins in the clear; null for none.</param>
    internal static int MostConnections(string? startTls) => startTls is "mysql" ? 10 : 500;

    /// <summary>
    /// Sends a hello and waits for what the server chooses; again where the connection comes to nothing and others do not. Of several servers
    /// behind one address one may end whatever comes: that is no answer to the hello.
    /// </summary>
    /// <param name="hello">The hello.</param>
    /// <param name="goesOn">Whether the messages behind the ServerHello are wanted.</param>
    /// <param name="cancellationToken">Gives up.</param>
    internal async Task<TlsAnswer> AskAsync(TlsClientHello hello, bool goesOn, CancellationToken cancellationToken)
    {
        List<Task<TlsAnswer>> asked = [];
        while (true)
        {
            // Where others came to nothing and were answered then, the next one begins while this one is still silent: the first answer counts.
            bool isMixed = Unanswered > 0, isBeside = isMixed && startTls is null, isLast = asked.Count >= (isMixed ? MostAgain : FirstAgain);
            bool isSilent = !asked.Exists(one => one is { IsCompletedSuccessfully: true, Result.IsEnding: true });
            var begun = new TaskCompletionSource();
            Task<TlsAnswer> next = AskOnceAsync(
                hello, goesOn, null, isLast && isSilent ? patience : Patience(isMixed ? ShorterPatience : ShortPatience), begun.SetResult, cancellationToken); // before silence is believed, all of it
            asked.Add(next);
            await Task.WhenAny(next, begun.Task);
            Task pause = isBeside && !isLast ? Task.Delay(Patience(Beside), cancellationToken) : Task.WhenAll(asked);
            Task other = isMixed || startTls is not null ? pause : _isMixed.Task;
            while (asked.Find(IsAnswered) is null && !pause.IsCompleted && !other.IsCompleted && (isLast || !next.IsCompleted))
                await Task.WhenAny([pause, other, .. asked.Where(one => !one.IsCompleted)]);
            if (asked.Find(IsAnswered) is { } found)
            {
                TlsAnswer answer = await found;
                if (answer.IsHello || answer.IsTurningAway)
                {
                    lock (_places)
                        _counting.AddRange(asked.Where(one => one != found).Select(CountAsync));
                }

                return answer;
            }

            cancellationToken.ThrowIfCancellationRequested();
            bool isOver = isLast && (isMixed || Unanswered == 0);
            if (isOver || Pace is null || startTls is "mysql" || next is { IsCompletedSuccessfully: true, Result.Words: TlsAnswer.NotAsked })
                break;
        }

        TlsAnswer[] all = await Task.WhenAll(asked);
        return Array.Find(all, answer => !answer.IsNone && answer.Words is not TlsAnswer.NotAsked) ?? Array.FindLast(all, answer => answer.IsEnding)
            ?? Array.FindLast(all, answer => answer.Words is not TlsAnswer.NotAsked) ?? all[^1];

        static bool IsAnswered(Task<TlsAnswer> one) => one.IsCompletedSuccessfully && one.Result is { IsNone: false, Words: not TlsAnswer.NotAsked };
    }

    /// <summary>Waits for the hellos that were left alone, since an equal one was answered before them.</summary>
    internal Task SettleAsync() => Task.WhenAll(_counting);

    private async Task CountAsync(Task<TlsAnswer> beside)
    {
        if (!(await beside).IsNone)
            return;
        lock (_places)
            Unanswered++;
        _isMixed.TrySetResult();
    }

    /// <summary>Sends a hello once and waits for what the server chooses.</summary>
    /// <param name="hello">The hello.</param>
    /// <param name="goesOn">Whether the messages behind the ServerHello are wanted.</param>
    /// <param name="cancellationToken">Gives up.</param>
    internal Task<TlsAnswer> AskOnceAsync(TlsClientHello hello, bool goesOn, CancellationToken cancellationToken) =>
        AskOnceAsync(hello, goesOn, null, Patience(ShortPatience), null, cancellationToken);

    /// <summary>Sends a hello once, in segments of a size, and waits for what the server chooses.</summary>
    /// <param name="hello">The hello.</param>
    /// <param name="segmentSize">TCP_MAXSEG; null for the connection's own.</param>
    /// <param name="cancellationToken">Gives up.</param>
    internal Task<TlsAnswer> AskInSegmentsAsync(TlsClientHello hello, int? segmentSize, CancellationToken cancellationToken) =>
        AskOnceAsync(hello, goesOn: false, segmentSize, Unanswered > 0 ? Patience(ShortPatience) : patience, null, cancellationToken);

    // What answers within a millisecond is known to be silent sooner. In the clear the service has its own pace.
    private TimeSpan Patience(TimeSpan least) => Pace is not { } pace || startTls is not null ? patience
        : TimeSpan.FromTicks(Math.Min(patience.Ticks, Math.Max(least.Ticks, Patiently * pace.Ticks)));

    private async Task<TlsAnswer> AskOnceAsync(TlsClientHello hello, bool goesOn, int? segmentSize, TimeSpan most, Action? noteBegin, CancellationToken cancellationToken)
    {
        while (true)
        {
            await _places.WaitAsync(cancellationToken);
            noteBegin?.Invoke();
            noteBegin = null;
            bool isPlaceLost = false;
            try
            {
                TimeSpan left = limit - Stopwatch.GetElapsedTime(_begin);
                TlsClientHello? proof = null;
                lock (_places)
                {
                    if (ReasonToStop(left) is { } reason)
                        return NotAsked(reason);
                    if (_endings >= MostEndings && !_isProving)
                        (_isProving, proof) = (true, LastGood);
                    _connections++;
                }

                if (proof is not null)
                {
                    TlsAnswer proved = await ConnectAsync(proof, false, null, left < patience ? left : patience, cancellationToken);
                    lock (_places)
                    {
                        Note(proof, proved);
                        (_isProving, _isLeftAlone) = (false, !proved.IsHello);
                    }

                    continue;
                }

                TlsAnswer answer = await ConnectAsync(hello, goesOn, segmentSize, left < most ? left : most, cancellationToken);
                lock (_places)
                {
                    if (left < most && answer.IsSilence)
                        return NotAsked(OverTime); // our own time was over before an answer could come

                    isPlaceLost = !answer.IsConnected && Pace is not null && _atOnce > 1;
                    if (isPlaceLost)
                    {
                        _atOnce--; // somebody limits connections at a time: once more, with fewer
                        continue;
                    }

                    Note(hello, answer);
                }

                return answer;
            }
            finally
            {
                if (!isPlaceLost)
                    _places.Release();
            }
        }
    }

    private string OverTime => string.Create(CultureInfo.InvariantCulture, $"the {limit.TotalSeconds:0.#} s for it were over");

    private string? ReasonToStop(TimeSpan left) =>
        left <= TimeSpan.Zero ? OverTime
        : _failures >= MostFailures ? $"{MostFailures} hellos got no answer of TLS"
        : _endings >= MostEndings && (LastGood is null || _isLeftAlone) ? $"{MostEndings} connections in a row were ended without an answer"
        : _connections < _most ? null
        : startTls is "mysql" ? $"a MySQL server is asked {_most} times at most: each counts towards max_connect_errors, at which it locks this host out, until a client here logs in"
        : $"{_most} connections are the most that a server is asked with";

    private TlsAnswer NotAsked(string reason)
    {
        Stopped ??= reason;
        return new TlsAnswer(TlsAnswer.NotAsked, new TlsServerFlight(goesOn: false), TimeSpan.Zero);
    }

    private void Note(TlsClientHello hello, TlsAnswer answer)
    {
        if (answer.IsEnding)
            _endings++;
        else if (answer.IsHello || answer.IsRefusal || answer.IsAboutClient)
            (_endings, _failures, Pace) = (0, 0, answer.Elapsed < Pace ? answer.Elapsed : Pace ?? answer.Elapsed);
        else
            _failures++;
        if (!answer.IsHello)
            return;
        LastGood = hello;
        if (!answer.Flight.Certificates.IsEmpty && Chains.Keep(answer.Flight.Certificates) is { } chain)
            _shown.Add((hello, chain));
        if (Fastest is null || answer.Elapsed < Fastest)
            Fastest = answer.Elapsed;
    }

    private async Task<TlsAnswer> ConnectAsync(
        TlsClientHello hello, bool goesOn, int? segmentSize, TimeSpan wait, CancellationToken cancellationToken)
    {
        byte[] chance = new byte[TlsClientHello.ChanceSize];
        Random.Shared.NextBytes(chance);
        var flight = new TlsServerFlight(goesOn);
        long opened = Stopwatch.GetTimestamp();
        using TcpConnection connection = await TcpConnector.ConnectAsync(
            address, port, new ConnectOptions { Purpose = "survey", Patience = wait, SegmentSize = segmentSize }, cancellationToken);
        if (connection.Socket is not { } socket)
        {
            return new TlsAnswer(connection.Attempt.Errno ?? "no connection", flight, connection.Attempt.Elapsed)
            {
                IsConnected = false,
                IsSilence = connection.Attempt.Outcome is ConnectOutcome.TimedOut,
            };
        }

        var stream = new ByteStream(socket, address, port, onSilence: null);
        if (startTls is not null
            && await StartTls.AskAsync(stream, startTls, host, wait - Stopwatch.GetElapsedTime(opened), cancellationToken) is { Refusal: { } refusal } refused)
        {
            return new TlsAnswer(refusal, flight, refused.Elapsed) { IsSilence = refused.IsSilent };
        }

        long begin = Stopwatch.GetTimestamp();
        _ = await stream.WriteAsync(hello.ToRecord(chance), wait - Stopwatch.GetElapsedTime(opened), cancellationToken); // a refusal may be there to be read all the same
        byte[] buffer = new byte[8192];
        while (true)
        {
            TimeSpan left = wait - Stopwatch.GetElapsedTime(opened); // a drip of octets is no reason to wait longer
            StreamResult result = left <= TimeSpan.Zero
                ? new StreamResult(StreamOutcome.Silent, 0, Errno.OK)
                : await stream.ReadAsync(buffer, left, cancellationToken);
            bool isDone = result.Outcome is not StreamOutcome.Moved || flight.Add(buffer.AsSpan(0, result.Count));
            if (isDone)
            {
                string words = InWords(flight, result.Outcome);
                return new TlsAnswer(words, flight, Stopwatch.GetElapsedTime(begin)) { IsSilence = words is TlsAnswer.Silence };
            }
        }
    }

    private static string InWords(TlsServerFlight flight, StreamOutcome outcome) => flight.State switch
    {
        TlsFlightState.Hello or TlsFlightState.Retry => "hello",
        TlsFlightState.Alert => $"alert {TlsAlert.Name(flight.Alert ?? 0)}",
        TlsFlightState.NotTls => "no TLS",
        TlsFlightState.TooLong => "no end",
        _ => outcome switch
        {
            StreamOutcome.Closed => TlsAnswer.Closed,
            StreamOutcome.Failed => TlsAnswer.Reset,
            _ => TlsAnswer.Silence,
        },
    };
}
