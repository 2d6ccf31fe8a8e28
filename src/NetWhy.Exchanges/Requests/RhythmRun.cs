using System.Diagnostics;
using System.Net;
using NetWhy.Linux;

namespace NetWhy.Exchanges.Requests;

/// <summary>Requests to one address, one after the other, in a rhythm of their own.</summary>
/// <param name="Place">Place of the address among those asked.</param>
/// <param name="MayKeep">Whether the connection of the last one is used again.</param>
/// <param name="Rest">Of kept connections, from the end of a request to the start of the next; of new ones, from start to start.</param>
/// <param name="First">When the first begins, from the beginning of all.</param>
/// <param name="Scatter">Of new ones, how far apart the earliest and the latest moment are that chance may choose for one: what has a rhythm of its own is met at all parts of it.</param>
public sealed record RequestRhythm(int Place, bool MayKeep, TimeSpan Rest, TimeSpan First, TimeSpan Scatter = default);

/// <summary>Makes the same request again and again in several lanes at once, on the calling thread: one that hangs does not hold the others up.</summary>
public sealed class RhythmRun : IDisposable
{
    private static readonly TimeSpan Anew = TimeSpan.FromSeconds(0.1); // a kept connection that ended is made again soon

    private readonly RequestRhythm[] _lanes;
    private readonly RequestChannel[] _channels;
    private readonly long[] _due;
    private readonly long[] _shift; // by chance, of what is due
    private readonly int[] _waited;
    private readonly WaitedDescriptor[] _descriptors;
    private readonly DescriptorWait _wait = new();

    /// <summary>Prepares a run.</summary>
    /// <param name="plan">The request.</param>
    /// <param name="addresses">The addresses.</param>
    /// <param name="lanes">Who asks what when.</param>
    /// <param name="trust">Says what is wrong with a server's certificate; null where nothing is.</param>
    public RhythmRun(RequestPlan plan, IReadOnlyList<IPAddress> addresses, IReadOnlyList<RequestRhythm> lanes, Func<TlsSession, string?> trust)
    {
        const int BufferSize = 64 * 1024;
        byte[] buffer = new byte[BufferSize];
        _lanes = [.. lanes];
        _channels = [.. lanes.Select(lane => new RequestChannel(plan, lane.Place, addresses[lane.Place], buffer, session =>
        {
            OnHandshake?.Invoke(lane.Place, session);
            return trust(session);
        }))];
        _due = new long[_lanes.Length];
        _shift = new long[_lanes.Length];
        _waited = new int[_lanes.Length];
        _descriptors = new WaitedDescriptor[_lanes.Length];
    }

    /// <summary>Connections made.</summary>
    public int Connections => _channels.Sum(channel => channel.Connections);

    /// <summary>Kept connections that the server had closed while they were idle.</summary>
    public int ClosedWhileIdle => _channels.Sum(channel => channel.ClosedWhileIdle);

    /// <summary>Gets each request as it ends, with the channel that has the head of its answer.</summary>
    public required Action<RequestChannel> OnEnd { get; init; }

    /// <summary>Gets each kept connection that the server ended while it was idle: place of the address, and how long it had been.</summary>
    public Action<int, TimeSpan>? OnIdleEnd { get; init; }

    /// <summary>Gets each TLS session whose handshake is done: place of the address, and the session.</summary>
    public Action<int, TlsSession>? OnHandshake { get; init; }

    /// <summary>Is called once in <see cref="Step"/>.</summary>
    public Action? OnStep { get; init; }

    /// <summary>Time between two calls of <see cref="OnStep"/>.</summary>
    public TimeSpan Step { get; init; } = TimeSpan.FromSeconds(0.5);

    /// <summary>Is asked once, so long after the beginning, whether no further request is to be begun.</summary>
    public (TimeSpan After, Func<bool> IsEnough)? Early { get; init; }

    /// <summary>Makes the requests.</summary>
    /// <param name="duration">After how long no further one is begun.</param>
    /// <param name="count">How many at most.</param>
    /// <param name="cancellationToken">Ends the run: what is under way is given up and not counted.</param>
    /// <returns>How long it took.</returns>
    public TimeSpan Go(TimeSpan duration, int count, CancellationToken cancellationToken)
    {
        using CancellationTokenRegistration wake = cancellationToken.Register(_wait.Wake);
        long begin = Stopwatch.GetTimestamp();
        long end = begin + Ticks(duration);
        long step = begin;
        long early = Early is { } asked ? begin + Ticks(asked.After) : long.MaxValue;
        int started = 0;
        for (int i = 0; i < _lanes.Length; i++)
            _due[i] = begin + Ticks(_lanes[i].First);
        while (!cancellationToken.IsCancellationRequested)
        {
            long now = Stopwatch.GetTimestamp();
            if (now >= step)
            {
                OnStep?.Invoke();
                step = Stopwatch.GetTimestamp() + Ticks(Step);
            }

            if (now >= early)
            {
                early = long.MaxValue;
                end = Early!.Value.IsEnough() ? now : end;
            }

            long nearest = Math.Min(step, early);
            bool isOver = started >= count || now >= end;
            bool isBusy = false;
            for (int i = 0; i < _lanes.Length; i++)
            {
                if (!isOver && started < count && !_channels[i].IsBusy && now >= _due[i])
                {
                    started++;
                    Begin(i, now);
                }

                isBusy |= _channels[i].IsBusy;
                nearest = Math.Min(nearest, _channels[i].IsBusy ? _channels[i].Deadline : isOver ? long.MaxValue : _due[i]);
            }

            if (isOver && !isBusy)
                break;
            Wait(isOver ? nearest : Math.Min(nearest, end));
        }

        OnStep?.Invoke();
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

    private void Begin(int lane, long now)
    {
        long shift = (long)(Random.Shared.NextDouble() * Ticks(_lanes[lane].Scatter));
        _due[lane] = now + Ticks(_lanes[lane].Rest) + shift - _shift[lane];
        _shift[lane] = shift;
        _channels[lane].Begin(_lanes[lane].MayKeep, null);
        EndIfDone(lane);
    }

    private void EndIfDone(int lane)
    {
        RequestChannel channel = _channels[lane];
        while (channel.IsUnserved && !channel.IsBusy)
            channel.Begin(_lanes[lane].MayKeep, null); // the server did not look at it, and says so
        if (channel.IsBusy)
            return;
        if (_lanes[lane].MayKeep)
            _due[lane] = Stopwatch.GetTimestamp() + Ticks(channel.Sample is { IsKept: true, IsAnswered: false } && Anew < _lanes[lane].Rest ? Anew : _lanes[lane].Rest);
        OnEnd(channel);
    }

    private void Wait(long until)
    {
        int count = 0;
        for (int i = 0; i < _channels.Length; i++)
        {
            if (!_channels[i].IsBusy && !_channels[i].IsConnected)
                continue;
            _waited[count] = i;
            _descriptors[count++] = _channels[i].IsBusy ? _channels[i].Wanted : _channels[i].Resting;
        }

        long now = Stopwatch.GetTimestamp();
        _wait.Wait(_descriptors.AsSpan(0, count), until <= now ? TimeSpan.Zero : Stopwatch.GetElapsedTime(now, until));
        for (int i = 0; i < count; i++)
        {
            int lane = _waited[i];
            RequestChannel channel = _channels[lane];
            bool isReady = _descriptors[i].Ready is not PollEvents.None;
            if (!channel.IsBusy)
            {
                if (isReady && channel.LookWhileIdle() is { } idle)
                    OnIdleEnd?.Invoke(channel.Place, idle);
                continue;
            }

            if (isReady)
                channel.Go();
            if (channel.IsBusy && Stopwatch.GetTimestamp() >= channel.Deadline)
                channel.Expire();
            EndIfDone(lane);
        }
    }
}
