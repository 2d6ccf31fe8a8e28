using System.Diagnostics;
using NetWhy.Evidence;
using NetWhy.Linux;

namespace NetWhy.Paths;

/// <summary>Finds the routers on the way to a destination by probing all hop limits at once.</summary>
/// <remarks>
/// The first probes of a window of hop limits leave together, the others of each right after, and further limits as soon as it is
/// clear that the window does not reach. So a path costs the longest round trip, and where routers are silent one wait that follows
/// from the round trips seen. A hop that answers nothing is asked again meanwhile: many limit the rate of their errors.
/// </remarks>
/// <param name="channel">Where to send; its numbers from 1 on are this tracer's.</param>
/// <param name="options">How far and how patiently.</param>
public sealed class PathTracer(ProbeChannel channel, TraceOptions options)
{
    private const int Ahead = 3; // hop limits before the end of the window at which it is made larger
    private const int MostBusy = 100; // refusals of a full queue before it counts as a failure

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(1); // lets a near destination answer the first round
    private static readonly TimeSpan LeastWait = TimeSpan.FromMilliseconds(50); // routers answer slowly, schedulers too
    private static readonly TimeSpan LeastLastWait = TimeSpan.FromSeconds(3.3); // behind the last hop that answers: a router asks 3 s for a host before it says unreachable
    private static readonly TimeSpan WindowPatience = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan ShortestSleep = TimeSpan.FromMilliseconds(0.2);

    private readonly Dictionary<ushort, (Row Row, int Query)> _probes = [];
    private readonly Row[] _rows = Rows(options);

    private long _begin;
    private int _horizon = Math.Min(options.WindowTtls, Math.Max(0, options.MaxTtl - options.FirstTtl + 1)); // rows that are probed
    private int _end = int.MaxValue; // row that ends the path
    private int _told;
    private int _highest = -1; // row of the farthest answer
    private int _farthestRouter = -1; // row
    private TimeSpan _longest; // round trip
    private TimeSpan _lastSend = TimeSpan.MinValue;
    private TimeSpan _firstRound;
    private TimeSpan _polled; // when all was taken that the kernel had
    private ushort _sequence;
    private int _busy;
    private bool _isReached;
    private Errno _refusal;

    private int Last => Math.Min(_end, _horizon - 1);

    private TimeSpan Now => Stopwatch.GetElapsedTime(_begin);

    /// <summary>Traces. Once only.</summary>
    /// <param name="tell">Gets each hop as soon as it is certain, in order; null for nobody.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<PathTrace> RunAsync(Action<Hop>? tell, CancellationToken cancellationToken)
    {
        _begin = Stopwatch.GetTimestamp();
        while (true)
        {
            while (channel.TryReceive(out ProbeAnswer answer))
                Take(answer);
            TimeSpan now = Now;
            Widen(now);
            TimeSpan next = Send(now);
            next = Min(next, Expire(now));
            Tell(tell);
            if (_told > Final || (_refusal is not Errno.OK && !_rows.Any(row => row.IsWaiting)))
                break;
            next -= Now;
            if (await channel.WaitAsync(next > ShortestSleep ? next : ShortestSleep, cancellationToken) is PollEvents.None)
                channel.Poll();
        }

        while (_refusal is not Errno.OK && _told <= Final && _rows[_told].Probes > 0)
            tell?.Invoke(Describe(_rows[_told++]));
        return new PathTrace(channel.Options.Target, Name(channel.Options.Protocol), channel.Options.Protocol is ProbeProtocol.Icmp ? 0 : channel.Options.Port, [.. _rows.Take(_told).Select(Describe)], _isReached)
        {
            Purpose = options.Purpose,
            Errno = _refusal is Errno.OK ? null : _refusal.ToString(),
            Limits = channel.Limits,
            Elapsed = Now,
        };
    }

    /// <summary>The name of a protocol in evidence.</summary>
    /// <param name="protocol">The protocol.</param>
    public static string Name(ProbeProtocol protocol) => protocol switch
    {
        ProbeProtocol.Tcp => "tcp",
        ProbeProtocol.Udp => "udp",
        ProbeProtocol.UdpLite => "udplite",
        ProbeProtocol.Other => "raw",
        _ => "icmp",
    };

    // Loops instead of LINQ here and below: what that needs of our structs is compiled at run time, before the first probe leaves.
    private static Row[] Rows(TraceOptions options)
    {
        var rows = new Row[Math.Max(0, options.MaxTtl - options.FirstTtl + 1)];
        for (int i = 0; i < rows.Length; i++)
            rows[i] = new Row(options.FirstTtl + i, options.Queries);
        return rows;
    }

    private void Take(in ProbeAnswer answer)
    {
        if (!_probes.Remove(answer.Sequence, out (Row Row, int Query) probe) || probe.Row.Answers[probe.Query] is not null)
            return;
        probe.Row.Answers[probe.Query] = answer;
        int row = probe.Row.Ttl - options.FirstTtl;
        _highest = Math.Max(_highest, row);
        _longest = answer.RoundTrip > _longest ? answer.RoundTrip : _longest;
        probe.Row.Longest = answer.RoundTrip > probe.Row.Longest ? answer.RoundTrip : probe.Row.Longest;
        if (answer.Kind is ProbeAnswerKind.TimeExceeded)
            _farthestRouter = Math.Max(_farthestRouter, row);
        if (answer.Kind is ProbeAnswerKind.TimeExceeded || row > _end)
            return;
        _end = row;
        _isReached = answer.Kind is ProbeAnswerKind.Reached || answer.Node.Equals(channel.Options.Target);
        if (answer is not { Kind: ProbeAnswerKind.Reached, QuotedTtl: > 1 and var left } || row - (left - 1) is not (>= 0 and var nearer) || nearer <= _farthestRouter)
            return;
        _end = nearer; // it answers few of the probes that come to it, and this one arrived with more left than it needed
        _rows[nearer].Reached ??= answer;
    }

    private void Widen(TimeSpan now)
    {
        if (_end < int.MaxValue || _horizon == _rows.Length)
            return;
        if (_highest >= _horizon - 1 - Ahead)
            _horizon = Math.Min(_horizon + options.WindowTtls, _rows.Length);
        else if (!options.EndsWhereSilent && _rows[_horizon - 1].FirstSent is { } sent && now >= sent + WindowWait)
            _horizon = _rows.Length;
    }

    /// <summary>The last row that counts.</summary>
    private int Final => Math.Min(_end, options.EndsWhereSilent ? _horizon - 1 : _rows.Length - 1);

    private TimeSpan WindowWait => Min(Max(WindowPatience, 2 * _longest), options.MaxWait);

    /// <returns>When there is more to send or to widen.</returns>
    private TimeSpan Send(TimeSpan now)
    {
        int underWay = _rows.Take(Last + 1).Sum(row => row.UnderWay);
        for (int round = 0; round < options.Queries && _refusal is Errno.OK; round++)
        {
            if (round == 1 && _firstRound + Pause is var second && now < second)
                return second;
            for (int i = 0; i <= Last; i++)
            {
                if (_rows[i].Sent > round)
                    continue;
                if (underWay >= options.Window)
                    return TimeSpan.MaxValue;
                if (_lastSend != TimeSpan.MinValue && now < _lastSend + options.SendInterval)
                    return _lastSend + options.SendInterval;
                if (!TrySend(_rows[i], round))
                    return _refusal is Errno.OK ? now + Pause : TimeSpan.MaxValue;
                now = Now;
                _lastSend = now;
                if (round == 0)
                    _firstRound = now;
                underWay++;
            }
        }

        return !options.EndsWhereSilent && _end == int.MaxValue && _horizon < _rows.Length && _horizon > 0 && _rows[_horizon - 1].FirstSent is { } sent
            ? sent + WindowWait
            : TimeSpan.MaxValue;
    }

    private bool TrySend(Row row, int query)
    {
        _sequence = (ushort)(_sequence % ushort.MaxValue + 1); // 0 is none
        Errno errno = channel.Send(row.Ttl, options.Flow, _sequence, options.PacketSize);
        if (errno is Errno.OK)
        {
            _probes[_sequence] = (row, query);
            row.FirstSent ??= Now;
            row.SentAt[query] ??= Now;
            row.Sent = Math.Max(row.Sent, query + 1);
            row.Probes++;
            return true;
        }

        if (errno is not (Errno.ENOBUFS or Errno.EAGAIN) || ++_busy > MostBusy)
            _refusal = errno;
        return false;
    }

    /// <summary>Gives up what has waited long enough, and asks again where nothing answers.</summary>
    /// <returns>When to look again.</returns>
    private TimeSpan Expire(TimeSpan now)
    {
        TimeSpan next = TimeSpan.MaxValue, nearest = TimeSpan.Zero;
        for (int i = Math.Min(_rows.Length, _horizon) - 1; i >= 0; i--)
        {
            Row row = _rows[i];
            if (i <= _end && row.IsWaiting)
            {
                TimeSpan wait = WaitFor(row, nearest);
                next = Min(next, Repeat(row, wait, now));
                for (int query = 0; query < row.Sent; query++)
                {
                    if (row.Answers[query] is not null || row.IsLost[query])
                        continue;
                    TimeSpan deadline = Max(row.SentAt[query]!.Value + wait, row.Until);
                    if (deadline > now)
                    {
                        next = Min(next, deadline);
                        continue;
                    }

                    if (_polled < deadline)
                    {
                        channel.Poll(); // on a busy machine, its answer may be with the kernel
                        _polled = now;
                        return now;
                    }

                    row.IsLost[query] = true;
                }
            }

            if (row.Longest > TimeSpan.Zero)
                nearest = row.Longest;
        }

        return next;
    }

    private TimeSpan WaitFor(Row row, TimeSpan nearest)
    {
        TimeSpan wait = row.Longest > TimeSpan.Zero ? Max(LeastWait, options.HereFactor * row.Longest)
            : nearest > TimeSpan.Zero ? Max(LeastWait, options.NearFactor * nearest)
            : _highest >= 0 ? Max(LeastLastWait, 5 * _longest)
            : options.MaxWait;
        return Min(wait, options.MaxWait);
    }

    private TimeSpan Repeat(Row row, TimeSpan wait, TimeSpan now)
    {
        if (row.Longest > TimeSpan.Zero || row.Repeats >= options.Repeats || row.Sent < options.Queries || _refusal is not Errno.OK || options.SendInterval > TimeSpan.Zero)
            return TimeSpan.MaxValue;
        TimeSpan due = row.FirstSent!.Value + wait * (row.Repeats + 1) / (options.Repeats + 1);
        if (due > now)
            return due;
        row.Repeats++;
        row.Until = now + wait / (options.Repeats + 1);
        _ = TrySend(row, 0);
        return now + Pause;
    }

    private void Tell(Action<Hop>? tell)
    {
        for (; _told <= Final && _told < _horizon && _rows[_told].IsDecided; _told++)
            tell?.Invoke(Describe(_rows[_told]));
    }

    private Hop Describe(Row row)
    {
        List<HopAnswer> answers = [];
        for (int query = 0; query < row.Answers.Length; query++)
        {
            if (row.Answers[query] is { } answer)
                answers.Add(TraceAnswers.Describe(channel, answer, query));
        }

        bool isByFarther = answers.Count == 0 && row.Reached is not null;
        if (isByFarther)
            answers = [TraceAnswers.Describe(channel, row.Reached!.Value, query: 0)];
        return new Hop(row.Ttl, answers.FirstOrDefault()?.Node, answers.FirstOrDefault()?.RoundTrip)
        {
            Error = answers.FirstOrDefault()?.Error,
            Sent = row.Probes,
            Answered = isByFarther ? 0 : answers.Count,
            IsByFartherProbe = isByFarther,
            Answers = answers,
        };
    }

    private static TimeSpan Min(TimeSpan one, TimeSpan other) => one < other ? one : other;

    private static TimeSpan Max(TimeSpan one, TimeSpan other) => one > other ? one : other;

    private sealed class Row(int ttl, int queries)
    {
        internal int Ttl { get; } = ttl;

        internal ProbeAnswer?[] Answers { get; } = new ProbeAnswer?[queries];

        /// <summary>What the destination answered to a probe with a larger limit that would have reached it with this one.</summary>
        internal ProbeAnswer? Reached { get; set; }

        internal TimeSpan?[] SentAt { get; } = new TimeSpan?[queries];

        internal bool[] IsLost { get; } = new bool[queries];

        /// <summary>Queries sent, those again not counted.</summary>
        internal int Sent { get; set; }

        /// <summary>All that was sent.</summary>
        internal int Probes { get; set; }

        internal int Repeats { get; set; }

        /// <summary>Until when the last repetition is waited for at least.</summary>
        internal TimeSpan Until { get; set; }

        internal TimeSpan? FirstSent { get; set; }

        internal TimeSpan Longest { get; set; }

        internal int UnderWay
        {
            get
            {
                int count = 0;
                for (int query = 0; query < Sent; query++)
                    count += Answers[query] is null && !IsLost[query] ? 1 : 0;
                return count;
            }
        }

        internal bool IsWaiting => UnderWay > 0;

        internal bool IsDecided => Sent == Answers.Length && !IsWaiting;
    }
}
