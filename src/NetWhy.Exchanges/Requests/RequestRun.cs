using System.Diagnostics;
using System.Net;
using NetWhy.Evidence;
using NetWhy.Linux;

namespace NetWhy.Exchanges.Requests;

/// <summary>Over which connections requests go.</summary>
public enum ConnectionUse
{
    /// <summary>New ones and kept ones, as many of each, in an order that is no turn.</summary>
    Both,

    /// <summary>A new one for each request.</summary>
    New,

    /// <summary>The same ones for as long as the server lets.</summary>
    Kept,
}

/// <summary>How often and how fast to ask.</summary>
public sealed record RequestRunOptions
{
    /// <summary>Requests of one run, at most: each costs some 250 octets of memory.</summary>
    public const int MostRequests = 200_000;

    /// <summary>Requests at the same time, at most.</summary>
    public const int MostAtOnce = 256;

    /// <summary>How many requests.</summary>
    public int Count { get; init; } = 1;

    /// <summary>After how long no further one is begun; null for never.</summary>
    public TimeSpan? Duration { get; init; }

    /// <summary>How many at the same time.</summary>
    public int Concurrency { get; init; } = 1;

    /// <summary>Time from the start of one request to that of the next, at least.</summary>
    public TimeSpan Interval { get; init; }

    /// <summary>Over which connections.</summary>
    public ConnectionUse Use { get; init; }

    /// <summary>Whether the requests at once go over one connection of each address, where HTTP/2 is agreed on and connections are kept; at an address that agrees on HTTP/1, each has its own.</summary>
    public bool Multiplexes { get; init; }

    /// <summary>After how many requests a run ends none of which was answered, each of them until its time was over; null to go on.</summary>
    public int? MostSilent { get; init; }

    /// <summary>How many go one at a time before the others: what they take alone is the measure for what they take together.</summary>
    public int Alone { get; init; }
}

/// <summary>Makes the same request again and again, a bounded number at a time, on the calling thread.</summary>
public sealed class RequestRun : IDisposable
{
    /// <summary>Requests that may wait long for a connection before a run ends that has none yet.</summary>
    public const int MostInVain = 10;

    // Of each 64 requests of a channel, from the last bit on, those over kept connections: one of each two, in an order that no turn of
    // up to 16 has. New ones and kept ones by turns would have each of two backends that take turns answer one of the two kinds alone.
    private const ulong Kept = 0xa966_9a65_6995_5966;
    private const int KeptLength = 64;

    private static readonly TimeSpan ProgressStep = TimeSpan.FromSeconds(0.2);
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(1); // refusals are quicker

    private readonly RequestPlan _plan;
    private readonly RequestRunOptions _options;
    private readonly RequestChannel[] _channels;
    private readonly WaitedDescriptor[] _descriptors;
    private readonly RequestChannel[] _waited;
    private readonly RequestChannel[] _busy;
    private readonly RequestLane[] _shared;
    private readonly long[] _turns;
    private readonly DescriptorWait _wait = new();
    private readonly List<RequestSample> _samples = [];
    private int _next;
    private int _started;
    private int _unserved;
    private int _silent; // whose time was over before an answer began
    private int _inVain; // requests without a connection that took long
    private bool _hasConnected;

    /// <summary>Prepares a run.</summary>
    /// <param name="plan">The request.</param>
    /// <param name="addresses">The addresses, asked in turn.</param>
    /// <param name="options">How often and how fast.</param>
    /// <param name="trust">Says what is wrong with a server's certificate; null where nothing is.</param>
    public RequestRun(RequestPlan plan, IReadOnlyList<IPAddress> addresses, RequestRunOptions options, Func<TlsSession, string?> trust)
    {
        const int BufferSize = 64 * 1024;
        _plan = plan;
        _options = options;
        byte[] buffer = new byte[BufferSize];
        int count = Math.Max(options.Concurrency, addresses.Count);
        _shared = options.Multiplexes && options.Use is ConnectionUse.Kept ? [.. addresses.Select(_ => new RequestLane())] : [];
        _channels =
        [
            .. Enumerable.Range(0, count).Select(i =>
                new RequestChannel(plan, i % addresses.Count, addresses[i % addresses.Count], buffer, trust) { Shared = _shared.Length > 0 ? _shared[i % _shared.Length] : null }),
        ];
        _descriptors = new WaitedDescriptor[_channels.Length];
        _waited = new RequestChannel[_channels.Length];
        _busy = new RequestChannel[_channels.Length];
        _turns = new long[_channels.Length];
    }

    /// <summary>The requests that came to an end, in that order.</summary>
    public IReadOnlyList<RequestSample> Samples => _samples;

    /// <summary>Kept connections that the server had closed while they were idle.</summary>
    public int ClosedWhileIdle => _channels.Sum(channel => channel.ClosedWhileIdle);

    /// <summary>Connections made.</summary>
    public int Connections => _channels.Sum(channel => channel.Connections);

    /// <summary>What HTTP/2 did on the connections.</summary>
    public StreamTotals Streams
    {
        get
        {
            var all = new StreamTotals();
            foreach (RequestLane lane in _shared.Concat(_channels.Select(channel => channel.Own)))
            {
                all.Add(lane.Closed);
                if (lane.Connection?.Http2 is { } http2)
                    all.Add(http2);
            }

            all.Unserved = _unserved;
            return all;
        }
    }

    /// <summary>Whether it ended early, since none of its requests got a connection and each of <see cref="MostInVain"/> waited long for one. A run with a duration does not.</summary>
    public bool HasGivenUp => !_hasConnected && _inVain >= MostInVain && _started < _options.Count && _options.Duration is null;

    /// <summary>Whether it ended early, since each of so many requests as <see cref="RequestRunOptions.MostSilent"/> says waited in vain for an answer, and all others too.</summary>
    public bool IsSilent => _samples.Count >= _options.MostSilent && _silent == _samples.Count && _started < _options.Count;

    private bool IsEnough => HasGivenUp || IsSilent;

    /// <summary>Gets each request as it ends, with the channel that has the head of its answer.</summary>
    public Action<RequestChannel>? OnEnd { get; init; }

    /// <summary>Is called now and then.</summary>
    public Action? OnProgress { get; init; }

    /// <summary>Looks the name up before a request over a new connection: how long that took, and why it gave no address; null where it is not to be.</summary>
    /// <remarks>
    /// For runs with one request at a time, since others would have to wait for it. A lookup without an address is a request
    /// that failed; one that was cancelled counts for nothing.
    /// </remarks>
    public Func<(TimeSpan Time, string? Fault)>? LookUp { get; init; }

    /// <summary>Makes the requests.</summary>
    /// <param name="cancellationToken">Ends the run: what is under way is given up and not counted.</param>
    /// <returns>How long it took.</returns>
    public TimeSpan Go(CancellationToken cancellationToken)
    {
        using CancellationTokenRegistration wake = cancellationToken.Register(_wait.Wake);
        long begin = Stopwatch.GetTimestamp();
        long shown = begin;
        long due = begin;
        long end = _options.Duration is { } duration ? begin + Ticks(duration) : long.MaxValue;
        while (!cancellationToken.IsCancellationRequested)
        {
            long now = Stopwatch.GetTimestamp();
            int busy = 0;
            bool goesOn = true; // else it ended at once, and the others are looked at first
            foreach (RequestChannel channel in _channels)
                busy += channel.IsBusy ? 1 : 0;
            int place = -1;
            while (goesOn && busy < AtOnce && now >= due && now < end && _started < _options.Count && !IsEnough && (place = FreePlace()) >= 0)
            {
                due = now + Ticks(_options.Interval);
                _started++;
                goesOn = Start(place, cancellationToken);
                busy += goesOn ? 1 : 0;
            }

            bool isOver = _started >= _options.Count || now >= end || IsEnough;
            if (isOver && busy == 0)
                break;
            bool isFull = busy >= AtOnce || (now >= due && place < 0);
            Wait(isOver || isFull ? null : Math.Min(due, end));
            if (OnProgress is { } progress && Stopwatch.GetElapsedTime(shown) >= ProgressStep)
            {
                shown = Stopwatch.GetTimestamp();
                progress();
            }
        }

        return Stopwatch.GetElapsedTime(begin);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (RequestChannel channel in _channels)
            channel.Dispose();
        _wait.Dispose();
    }

    private static long Ticks(TimeSpan time) => (long)(time.TotalSeconds * Stopwatch.Frequency);

    private int AtOnce => _started < _options.Alone || (_started == _options.Alone && _samples.Count < _started) ? 1 : _options.Concurrency;

    // The next channel that can begin a request; -1 for none.
    private int FreePlace()
    {
        for (int i = 0; i < _channels.Length; i++)
        {
            int place = (_next + i) % _channels.Length;
            if (_channels[place].CanBegin)
                return place;
        }

        return -1;
    }

    // Whether the request is under way now.
    private bool Start(int place, CancellationToken cancellationToken)
    {
        _next = (place + 1) % _channels.Length;
        RequestChannel channel = _channels[place];
        bool mayKeep = _options.Use switch
        {
            ConnectionUse.New => false,
            ConnectionUse.Kept => true,
            _ => ((Kept >> (int)(_turns[place]++ % KeptLength)) & 1) == 1,
        };
        (TimeSpan Time, string? Fault)? found = mayKeep && channel.IsConnected ? null : LookUp?.Invoke();
        if (cancellationToken.IsCancellationRequested)
            return false;
        if (found is { Fault: { } fault })
            channel.Fail(found.Value.Time, fault);
        else
            channel.Begin(mayKeep, found?.Time);
        EndIfDone(channel);
        return channel.IsBusy;
    }

    private void EndIfDone(RequestChannel channel)
    {
        if (channel.IsBusy)
            return;
        if (channel.IsUnserved)
        {
            _unserved++;
            _started--; // it is to be begun again
            return;
        }

        RequestSample sample = channel.Sample;
        bool isConnected = sample.Stage is not ExchangeStage.NotConnected;
        _hasConnected |= isConnected;
        _inVain += !isConnected && (sample.Errno is Errno.ETIMEDOUT || sample.Total >= Long) ? 1 : 0;
        _silent += sample.Outcome is HttpOutcome.NoAnswer ? 1 : 0;
        _samples.Add(sample);
        OnEnd?.Invoke(channel);
    }

    private void Wait(long? due)
    {
        int count = 0, busy = 0;
        long nearest = due ?? long.MaxValue;
        foreach (RequestChannel channel in _channels)
        {
            if (!channel.IsBusy)
                continue;
            nearest = Math.Min(nearest, channel.Deadline);
            _busy[busy++] = channel;
            if (channel.Connection is { } connection && IsWaited(connection, count))
                continue; // another one waits for it already
            _waited[count] = channel;
            _descriptors[count++] = channel.Wanted;
        }

        long now = Stopwatch.GetTimestamp();
        TimeSpan rest = nearest <= now ? TimeSpan.Zero : Stopwatch.GetElapsedTime(now, nearest);
        if (OnProgress is not null && rest > ProgressStep)
            rest = ProgressStep;
        _wait.Wait(_descriptors.AsSpan(0, count), rest);
        for (int i = 0; i < count; i++)
        {
            if (_descriptors[i].Ready is not PollEvents.None)
                _waited[i].Go();
        }

        now = Stopwatch.GetTimestamp();
        for (int i = 0; i < busy; i++)
        {
            RequestChannel channel = _busy[i];
            if (channel.IsBusy && now >= channel.Deadline)
                channel.Expire();
            EndIfDone(channel);
        }
    }

    // Whether a channel of the same lane waits for it already.
    private bool IsWaited(RequestConnection connection, int count)
    {
        if (_shared.Length == 0)
            return false;
        for (int i = 0; i < count; i++)
        {
            if (_waited[i].Connection == connection)
                return true;
        }

        return false;
    }
}
