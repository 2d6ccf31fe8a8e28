using System.Net;
using NetWhy.Evidence;
using NetWhy.Wire.Tunnels;

namespace NetWhy.Paths;

/// <summary>What one hop limit of one flow has brought so far: figures of the whole run, and its last rounds one by one.</summary>
/// <param name="ttl">The hop limit.</param>
/// <param name="flow">The flow.</param>
public sealed class RoundsHop(int ttl, int flow)
{
    private const int MostNodes = 16; // of one hop limit; more are counted and not kept
    private const int Pending = RoundsRow.Unknown;

    private static readonly TimeSpan LeastPatience = TimeSpan.FromSeconds(1);

    private readonly List<int> _trips = [];
    private readonly List<int> _answerers = [];
    private readonly List<RowNode> _nodes = [];
    private readonly Queue<(int Round, long SentAt)> _undecided = new();
    private double _mean, _squares, _logarithms;

    /// <summary>The hop limit.</summary>
    public int Ttl { get; } = ttl;

    /// <summary>The flow.</summary>
    public int Flow { get; } = flow;

    /// <summary>Probes sent.</summary>
    public int Sent { get; private set; }

    /// <summary>Probes answered.</summary>
    public int Received { get; private set; }

    /// <summary>Probes that may still be answered.</summary>
    public int Outstanding { get; private set; }

    /// <summary>Probes not answered in time.</summary>
    public int Dropped => Sent - Outstanding - Received;

    /// <summary>The last round trip, in microseconds, as are all the times.</summary>
    public int Last { get; private set; }

    /// <summary>The smallest.</summary>
    public int Best { get; private set; }

    /// <summary>The largest.</summary>
    public int Worst { get; private set; }

    /// <summary>Mean.</summary>
    public double Mean => _mean;

    /// <summary>Deviation of the sample.</summary>
    public double Deviation => Received > 1 ? Math.Sqrt(_squares / (Received - 1)) : 0;

    /// <summary>Geometric mean.</summary>
    public double GeometricMean => Received > 0 ? Math.Exp(_logarithms / Received) : 0;

    /// <summary>Difference of the last two round trips.</summary>
    public int Jitter { get; private set; }

    /// <summary>Mean of the differences.</summary>
    public double MeanJitter { get; private set; }

    /// <summary>The largest difference.</summary>
    public int WorstJitter { get; private set; }

    /// <summary>Jitter between arrivals. Source: RFC 3550, section 6.4.1.</summary>
    public double ArrivalJitter { get; private set; }

    /// <summary>Who answered, in the order in which they first did.</summary>
    public IReadOnlyList<RowNode> Nodes => _nodes;

    /// <summary>Who answered last; null if nobody did.</summary>
    public RowNode? Node { get; private set; }

    /// <summary>MPLS labels of the last answer, the outermost first.</summary>
    public IReadOnlyList<MplsLabel> Labels { get; private set; } = [];

    /// <summary>Whether who answered last refused to pass the probe on.</summary>
    public bool IsRefused { get; private set; }

    /// <summary>Round trips of the last rounds, in microseconds; see <see cref="RoundsRow.RoundTrips"/>.</summary>
    public IReadOnlyList<int> RoundTrips => _trips;

    /// <summary>How long an answer is waited for: a hop that has been slow may be slow again.</summary>
    public TimeSpan Patience => TimeSpan.FromMicroseconds(Math.Max(LeastPatience.TotalMicroseconds, Math.Max(4 * _mean, 2.0 * Worst)));

    /// <summary>Notes that a probe was sent.</summary>
    /// <param name="round">In which round, counted from the first that is kept.</param>
    /// <param name="now">When.</param>
    internal void Send(int round, long now)
    {
        Fill(round);
        _trips[round] = Pending;
        _undecided.Enqueue((round, now));
        Sent++;
        Outstanding++;
    }

    /// <summary>Notes that a probe could not be sent after all.</summary>
    internal void Unsend()
    {
        Sent--;
        Outstanding--;
        _undecided.Clear(); // those before it are decided as lost with the next look, or stay unknown
    }

    /// <summary>Takes back the probes under way: nobody will hear their answers.</summary>
    internal void Withdraw()
    {
        while (_undecided.TryDequeue(out (int Round, long SentAt) probe))
        {
            if (_trips[probe.Round] != Pending)
                continue;
            Sent--;
            Outstanding--;
        }
    }

    /// <summary>Notes an answer; one that comes late takes the loss back.</summary>
    /// <param name="round">Round of the probe, counted from the first that is kept; below 0 if it is kept no more.</param>
    /// <param name="answer">The answer.</param>
    /// <param name="isTranslated">Whether it shows that addresses are translated on the way.</param>
    internal void Answer(int round, in ProbeAnswer answer, bool isTranslated)
    {
        bool wasPending = round < 0 || round >= _trips.Count || _trips[round] != RoundsRow.Lost;
        if (wasPending && Outstanding > 0)
            Outstanding--;
        int microseconds = (int)Math.Clamp(answer.RoundTrip.TotalMicroseconds, 1, int.MaxValue);
        int node = Note(answer, isTranslated);
        if (round >= 0 && round < _trips.Count)
        {
            _trips[round] = microseconds;
            _answerers[round] = node;
        }

        Count(microseconds);
    }

    /// <summary>Takes probes for lost whose time is over.</summary>
    /// <param name="now">The time.</param>
    /// <param name="frequency">Ticks of it in a second.</param>
    internal void Decide(long now, long frequency)
    {
        double patience = Patience.TotalSeconds * frequency;
        while (_undecided.TryPeek(out (int Round, long SentAt) probe) && (_trips[probe.Round] != Pending || now - probe.SentAt > patience))
        {
            _undecided.Dequeue();
            if (_trips[probe.Round] != Pending)
                continue;
            _trips[probe.Round] = RoundsRow.Lost;
            Outstanding--;
        }
    }

    /// <summary>Forgets the first of the rounds that are kept.</summary>
    /// <param name="rounds">How many.</param>
    internal void Forget(int rounds)
    {
        int here = Math.Min(rounds, _trips.Count);
        _trips.RemoveRange(0, here);
        _answerers.RemoveRange(0, here);
        (int Round, long SentAt)[] undecided = [.. _undecided];
        _undecided.Clear();
        foreach ((int round, long sentAt) in undecided)
        {
            if (round >= rounds)
                _undecided.Enqueue((round - rounds, sentAt));
            else
                Outstanding--;
        }
    }

    /// <summary>The hop as evidence.</summary>
    /// <param name="rounds">Rounds that are kept.</param>
    internal RoundsRow ToRow(int rounds)
    {
        Fill(rounds - 1);
        return new RoundsRow(Ttl, Flow, [.. _trips])
        {
            Nodes = [.. _nodes],
            Answerers = _nodes.Count > 1 ? [.. _answerers] : [],
        };
    }

    private void Fill(int round)
    {
        while (_trips.Count <= round)
        {
            _trips.Add(RoundsRow.Unknown);
            _answerers.Add(-1);
        }
    }

    private int Note(in ProbeAnswer answer, bool isTranslated)
    {
        IPAddress address = answer.Node;
        bool isReached = answer.Kind is ProbeAnswerKind.Reached;
        IsRefused = answer.Kind is ProbeAnswerKind.Unreachable;
        Labels = answer.Labels;
        int index = _nodes.FindIndex(node => node.Address.Equals(address) && node.IsDestination == isReached);
        RowNode noted = (index < 0 ? new RowNode(address) : _nodes[index]) with
        {
            IsDestination = isReached,
            IsReset = answer.IsReset,
            IsTranslated = isTranslated,
            ReplyTtl = answer.ReplyTtl,
            QuotedTtl = answer.QuotedTtl,
            Labels = [.. answer.Labels.Select(label => label.Label)],
            Error = IsRefused ? new IcmpError(answer.Type, answer.Code, address, index >= 0 ? _nodes[index].Error is { IsOwnAddress: true } : OwnAddresses.Contains(address)) { Mtu = answer.Mtu } : null,
        };
        if (index >= 0)
            _nodes[index] = noted;
        else if (_nodes.Count < MostNodes)
            (index, _) = (_nodes.Count, 0);
        if (index == _nodes.Count)
            _nodes.Add(noted);
        Node = noted;
        return index;
    }

    // Source of the running variance: B. P. Welford (1962).
    private void Count(int microseconds)
    {
        Received++;
        Jitter = Received > 1 ? Math.Abs(microseconds - Last) : 0;
        Last = microseconds;
        Best = Received == 1 ? microseconds : Math.Min(Best, microseconds);
        Worst = Math.Max(Worst, microseconds);
        double delta = microseconds - _mean;
        _mean += delta / Received;
        _squares += delta * (microseconds - _mean);
        _logarithms += Math.Log(microseconds);
        WorstJitter = Math.Max(WorstJitter, Jitter);
        MeanJitter += (Jitter - MeanJitter) / Received;
        if (Received > 1)
            ArrivalJitter += (Jitter - ArrivalJitter) / 16;
    }
}
