using System.Net;
using NetWhy.Evidence;

namespace NetWhy.Tests.Paths;

/// <summary>Makes the rounds of a path whose truth is known, packet by packet.</summary>
internal sealed class SimulatedPath(int hops, int seed)
{
    private readonly Random _random = new(seed);
    private readonly double[] _forwardLoss = new double[hops + 1];
    private readonly double[] _ownLoss = new double[hops + 1];
    private readonly double[] _delay = new double[hops + 1];
    private readonly double[] _jitter = new double[hops + 1];
    private readonly double[] _ownDelay = new double[hops + 1];
    private readonly double[] _ownJitter = new double[hops + 1];
    private readonly HashSet<int> _silent = [];
    private readonly Dictionary<int, (double Burst, double PerSecond)> _limits = [];
    private readonly List<(int Hop, int From, int To)> _outages = [];
    private (int Hop, int Round, double Milliseconds) _step;

    public double Interval { get; set; } = 1;

    /// <summary>Packets there or answers back that the link before a hop loses.</summary>
    public SimulatedPath Loses(int link, double share)
    {
        _forwardLoss[link] = share;
        return this;
    }

    /// <summary>Answers of a hop itself that get lost, on a way back of their own.</summary>
    public SimulatedPath AnswersAreLost(int hop, double share)
    {
        _ownLoss[hop] = share;
        return this;
    }

    public SimulatedPath Silent(params int[] silent)
    {
        _silent.UnionWith(silent);
        return this;
    }

    public SimulatedPath Limits(int hop, double burst, double perSecond)
    {
        _limits[hop] = (burst, perSecond);
        return this;
    }

    public SimulatedPath Breaks(int link, int from, int to)
    {
        _outages.Add((link, from, to));
        return this;
    }

    public SimulatedPath Takes(int link, double milliseconds, double jitter = 0)
    {
        (_delay[link], _jitter[link]) = (milliseconds, jitter);
        return this;
    }

    public SimulatedPath AnswersSlowly(int hop, double milliseconds, double jitter)
    {
        (_ownDelay[hop], _ownJitter[hop]) = (milliseconds, jitter);
        return this;
    }

    public SimulatedPath Steps(int link, int round, double milliseconds)
    {
        _step = (link, round, milliseconds);
        return this;
    }

    public static IPAddress Address(int hop) => new([10, 0, (byte)hop, 1]);

    public PathRounds Run(int rounds)
    {
        int[][] trips = [.. Enumerable.Range(0, hops).Select(_ => new int[rounds])];
        Dictionary<int, double> tokens = _limits.ToDictionary(limit => limit.Key, limit => limit.Value.Burst);
        for (int round = 0; round < rounds; round++)
        {
            for (int hop = 1; hop <= hops; hop++)
                trips[hop - 1][round] = Trip(hop, round, tokens);
        }

        var begin = new DateTimeOffset(2026, 1, 2, 12, 0, 0, TimeSpan.FromHours(1));
        return new PathRounds(Address(hops), "icmp", 0, TimeSpan.FromSeconds(Interval),
        [
            .. trips.Select((row, i) => new RoundsRow(i + 1, 0, row)
            {
                Nodes = row.Any(trip => trip >= 0) ? [new RowNode(Address(i + 1)) { IsDestination = i + 1 == hops, ReplyTtl = 64 - i }] : [],
            }),
        ])
        {
            RoundTimes = [.. Enumerable.Range(0, rounds).Select(round => begin.AddSeconds(round * Interval))],
        };
    }

    private int Trip(int hop, int round, Dictionary<int, double> tokens)
    {
        double milliseconds = 0.05;
        bool arrives = true;
        for (int link = 1; link <= hop; link++)
        {
            arrives &= _random.NextDouble() >= _forwardLoss[link] && !_outages.Exists(outage => outage.Hop == link && round >= outage.From && round < outage.To);
            milliseconds += 0.05 + _delay[link] + _jitter[link] * _random.NextDouble() + 0.05 * -Math.Log(1 - _random.NextDouble());
            if (_step.Hop == link && round >= _step.Round)
                milliseconds += _step.Milliseconds;
        }

        if (_limits.TryGetValue(hop, out (double Burst, double PerSecond) limit))
            tokens[hop] = Math.Min(limit.Burst, tokens[hop] + (round == 0 ? 0 : limit.PerSecond * Interval));
        if (!arrives || _silent.Contains(hop) || _random.NextDouble() < _ownLoss[hop])
            return RoundsRow.Lost;
        if (_limits.ContainsKey(hop) && --tokens[hop] < 0)
        {
            tokens[hop]++;
            return RoundsRow.Lost;
        }

        return (int)(1000 * (milliseconds + _ownDelay[hop] + _ownJitter[hop] * -Math.Log(1 - _random.NextDouble())));
    }
}
