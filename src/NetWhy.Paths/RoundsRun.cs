using System.Diagnostics;
using System.Net;
using NetWhy.Evidence;
using NetWhy.Linux;

namespace NetWhy.Paths;

/// <summary>How a path is tried round after round.</summary>
public sealed record RoundsOptions
{
    /// <summary>From the start of one round to that of the next.</summary>
    public TimeSpan Interval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>First hop limit.</summary>
    public int FirstTtl { get; init; } = 1;

    /// <summary>Largest hop limit.</summary>
    public int MaxTtl { get; init; } = 30;

    /// <summary>Hops that may be silent behind the last one that answers before no further one is tried.</summary>
    public int MaxUnknown { get; init; } = 5;

    /// <summary>Size of the IP packets, in octets; below 0, a random size up to that for each round.</summary>
    public int PacketSize { get; init; } = 64;

    /// <summary>Flows that are tried.</summary>
    public int Flows { get; init; } = 1;

    /// <summary>Further flows are tried one at a time, each so many rounds; 1 for all of them in each round.</summary>
    public int FlowsEvery { get; init; } = 1;
}

/// <summary>Tries a path round after round: in each, a probe with every hop limit up to the destination.</summary>
/// <param name="channel">What sends; it stays the caller's.</param>
/// <param name="options">How.</param>
public sealed class RoundsRun(ProbeChannel channel, RoundsOptions options)
{
    private const int MostRounds = 1000; // that are kept one by one: more tell no more, and cost memory
    private const int MostAnswersInStep = 4096;
    private const int SmallestRandomSize = 28;

    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(2); // between probes: a burst would itself be lost

    private readonly (RoundsHop Hop, long Round)[] _sent = new (RoundsHop, long)[ushort.MaxValue + 1];
    private ProbeChannel _channel = channel;
    private RoundsOptions _options = options;
    private RoundsHop[][] _flows = Empty(options);
    private readonly int[] _destinations = new int[options.Flows]; // hop limit that reaches it, per flow; 0 if not known
    private readonly Random _random = new();
    private readonly SendLateness _lateness = new();
    private ushort _sequence;
    private long _round = -1; // since the start of the run
    private long _before; // rounds that are no longer kept
    private readonly List<DateTimeOffset> _times = []; // when those that are kept began
    private long _roundBegan;
    private long _sentLast;
    private int _flow;
    private int _ttl;
    private int _size;

    /// <summary>Tells of each probe sent, with the sequence number.</summary>
    public Action<RoundsHop, int>? WhenSent { get; set; }

    /// <summary>Tells of each answer, with the sequence number and whether its sender is new at this hop.</summary>
    public Action<RoundsHop, ProbeAnswer, bool>? WhenAnswered { get; set; }

    /// <summary>How the path is tried; may be changed between steps, but for the flows.</summary>
    public RoundsOptions Options
    {
        get => _options;
        set
        {
            _options = value;
            for (int flow = 0; flow < _flows.Length; flow++)
            {
                RoundsHop[] hops = _flows[flow];
                _flows[flow] = [.. hops, .. Enumerable.Range(hops.Length + 1, Math.Max(0, value.MaxTtl - hops.Length)).Select(ttl => new RoundsHop(ttl, flow))];
            }
        }
    }

    /// <summary>What the probes are made of.</summary>
    public ProbeOptions Probe => _channel.Options;

    /// <summary>Where the path leads.</summary>
    public IPAddress Target => _channel.Options.Target;

    /// <summary>Address that the probes come from.</summary>
    public IPAddress Source => _channel.Source;

    /// <summary>Rounds begun.</summary>
    public long Rounds => _round + 1;

    /// <summary>Whether all probes of the round have been sent, as far as is known by now.</summary>
    public bool IsRoundSent => _round >= 0 && !HasNext();

    /// <summary>Whether an answer may still come.</summary>
    public bool HasOutstanding => _flows.Any(hops => hops.Any(hop => hop.Outstanding > 0));

    /// <summary>Probes that could not be sent.</summary>
    public int Unsent { get; private set; }

    /// <summary>Why the last one could not be sent.</summary>
    public Errno UnsentFor { get; private set; }

    /// <summary>The hops of the first flow that a table shows, in order: up to the destination, or one behind the last that answers.</summary>
    public IReadOnlyList<RoundsHop> Hops => HopsOf(0);

    /// <summary>Every hop limit of a flow, also what lies behind the destination.</summary>
    /// <param name="flow">The flow.</param>
    public IReadOnlyList<RoundsHop> AllOf(int flow) => _flows[flow];

    /// <summary>Sends by another channel to the same destination from now on; probes of the one before that are under way do not count.</summary>
    /// <param name="channel">The channel; it stays the caller's.</param>
    public void Use(ProbeChannel channel)
    {
        _channel = channel;
        Array.Clear(_sent);
        foreach (RoundsHop hop in _flows.SelectMany(hops => hops))
            hop.Withdraw();
    }

    /// <summary>Forgets all that was seen, and counts the rounds on; answers that are still under way are not counted.</summary>
    public void Forget()
    {
        long rounds = _round + 1;
        Restart();
        (_round, _before) = (rounds - 1, rounds);
        (_flow, _ttl) = (Options.Flows - 1, int.MaxValue); // of the round that was under way, nothing more is sent
    }

    /// <summary>Begins again as if nothing had been tried; answers that are still under way are not counted.</summary>
    public void Restart()
    {
        Array.Clear(_sent);
        Array.Clear(_destinations);
        _flows = Empty(Options);
        _times.Clear();
        (_round, _before, Unsent) = (-1, 0, 0);
    }

    /// <summary>The hops of a flow, see <see cref="Hops"/>.</summary>
    /// <param name="flow">The flow.</param>
    public IReadOnlyList<RoundsHop> HopsOf(int flow)
    {
        RoundsHop[] hops = _flows[flow];
        int most = Math.Min(hops.Length, Options.MaxTtl);
        int end = 0;
        for (int i = 0; i < most; i++)
        {
            if (hops[i].Node is not { } node)
                continue;
            end = Math.Min(i + 2, most);
            if (node.IsDestination || hops[i].IsRefused)
            {
                end = i + 1;
                break;
            }
        }

        return end < Options.FirstTtl ? [] : hops[(Options.FirstTtl - 1)..end];
    }

    /// <summary>Sends what is due, begins a round if its time has come, and takes answers until a time is over or a second round is due.</summary>
    /// <param name="most">How long at most.</param>
    /// <param name="mayBegin">Whether a further round may begin.</param>
    /// <param name="cancellation">Gives up.</param>
    public void Step(TimeSpan most, bool mayBegin, CancellationToken cancellation)
    {
        long end = Stopwatch.GetTimestamp() + Ticks(most);
        long first = _round;
        while (true)
        {
            Take();
            long now = Stopwatch.GetTimestamp();
            long due = NextDue(mayBegin);
            if (due <= now)
            {
                if (_round > first && !HasNext())
                    break; // on a busy machine two may be due: whether there is to be a second one is asked again
                if (due > 0)
                    _lateness.Add(now - due);
                SendNext(now);
                continue;
            }

            if (now >= end)
                break;
            TimeSpan wait = Stopwatch.GetElapsedTime(now, Math.Min(due, end));
            _channel.WaitAsync(wait, cancellation).GetAwaiter().GetResult();
        }

        long time = Stopwatch.GetTimestamp();
        foreach (RoundsHop hop in _flows.SelectMany(hops => hops))
            hop.Decide(time, Stopwatch.Frequency);
    }

    /// <summary>What was observed so far, as evidence; what may still be answered is unknown there.</summary>
    /// <param name="isOwnAddress">Whether the destination is this machine's.</param>
    public PathRounds Observed(bool isOwnAddress)
    {
        int kept = (int)(_round + 1 - _before);
        return new PathRounds(
            _channel.Options.Target,
            _channel.Options.Protocol switch { ProbeProtocol.Tcp => "tcp", ProbeProtocol.Udp => "udp", _ => "icmp" },
            _channel.Options.Protocol is ProbeProtocol.Icmp ? 0 : _channel.Options.Port,
            Options.Interval,
            [.. _flows.SelectMany(hops => hops).Where(hop => hop.Sent > 0).Select(hop => hop.ToRow(kept))])
        {
            RoundsBefore = _before,
            RoundTimes = [.. _times],
            PacketSize = _channel.Options.Protocol is ProbeProtocol.Tcp ? _channel.SmallestSize : Math.Max(Math.Abs(Options.PacketSize), _channel.SmallestSize),
            MaxTtl = Options.MaxTtl,
            Lateness = _lateness.Usual,
            IsOwnAddress = isOwnAddress,
            Unsent = Unsent,
            UnsentErrno = Unsent > 0 ? UnsentFor.ToString() : null,
        };
    }

    private long NextDue(bool mayBegin)
    {
        if (_round >= 0 && HasNext())
            return _sentLast + Ticks(Pace);
        if (!mayBegin)
            return long.MaxValue;
        return _round < 0 ? 0 : _roundBegan + Ticks(Options.Interval);
    }

    private void SendNext(long now)
    {
        if (_round < 0 || !HasNext())
            Begin(now);
        RoundsHop hop = _flows[_flow][_ttl - 1];
        if (++_sequence == 0)
            _sequence = 1;
        _sent[_sequence] = (hop, _round);
        hop.Send((int)(_round - _before), now);
        _sentLast = now;
        WhenSent?.Invoke(hop, _sequence);
        Errno errno = _channel.Send(_ttl, _flow, _sequence, _size);
        _ttl++;
        if (errno is Errno.OK)
            return;
        hop.Unsend();
        Unsent++;
        UnsentFor = errno;
    }

    private void Begin(long now)
    {
        _round++;
        if (_round - _before >= 2 * MostRounds)
        {
            foreach (RoundsHop hop in _flows.SelectMany(hops => hops))
                hop.Forget(MostRounds);
            _times.RemoveRange(0, MostRounds);
            _before += MostRounds;
        }

        _roundBegan = now;
        _times.Add(_channel.Options.Clock.GetLocalNow());
        (_flow, _ttl) = (0, Options.FirstTtl);
        _size = _channel.Options.Protocol is ProbeProtocol.Tcp ? 0 // a SYN carries no data
            : Options.PacketSize >= 0 ? Options.PacketSize
            : _random.Next(SmallestRandomSize, Math.Max(SmallestRandomSize, -Options.PacketSize) + 1);
    }

    // Whether there is a probe left in this round; moves on to the next flow where one is at its end.
    private bool HasNext()
    {
        while (_ttl > Horizon(_flow))
        {
            int next = NextFlow();
            if (next < 0)
                return false;
            (_flow, _ttl) = (next, Options.FirstTtl);
        }

        return true;
    }

    private int NextFlow()
    {
        if (_flow + 1 >= Options.Flows || (_flow == 0 && _destinations[0] == 0 && _round == _before))
            return -1;
        if (Options.FlowsEvery <= 1)
            return _flow + 1;
        return _flow == 0 && _round % Options.FlowsEvery == Options.FlowsEvery - 1
            ? 1 + (int)(_round / Options.FlowsEvery % (Options.Flows - 1))
            : -1;
    }

    private int Horizon(int flow)
    {
        if (_destinations[flow] > 0)
            return Math.Min(Options.MaxTtl, _destinations[flow]);
        int last = Options.FirstTtl - 1;
        foreach (RoundsHop hop in _flows[flow])
        {
            if (hop.IsRefused)
                return hop.Ttl;
            if (hop.Received > 0)
                last = hop.Ttl;
        }

        return Math.Min(Options.MaxTtl, Math.Max(last + Options.MaxUnknown, flow > 0 ? _destinations[0] : 0));
    }

    private void Take()
    {
        for (int i = 0; i < MostAnswersInStep && _channel.TryReceive(out ProbeAnswer answer); i++)
        {
            (RoundsHop? hop, long round) = _sent[answer.Sequence];
            if (hop is null)
                continue;
            _sent[answer.Sequence] = default;
            bool isNew = !hop.Nodes.Any(node => node.Address.Equals(answer.Node));
            hop.Answer((int)Math.Max(-1, round - _before), answer, TraceAnswers.IsTranslated(_channel, answer));
            ref int destination = ref _destinations[hop.Flow];
            if (answer.Kind is ProbeAnswerKind.Reached && (destination == 0 || hop.Ttl < destination))
                destination = hop.Ttl;
            else if (answer.Kind is ProbeAnswerKind.TimeExceeded && hop.Ttl >= destination)
                destination = 0; // the way has become longer
            WhenAnswered?.Invoke(hop, answer, isNew);
        }
    }

    private static RoundsHop[][] Empty(RoundsOptions options) =>
    [
        .. Enumerable.Range(0, options.Flows).Select(flow => (RoundsHop[])[.. Enumerable.Range(1, options.MaxTtl).Select(ttl => new RoundsHop(ttl, flow))]),
    ];

    private static long Ticks(TimeSpan time) => (long)(time.TotalSeconds * Stopwatch.Frequency);
}
