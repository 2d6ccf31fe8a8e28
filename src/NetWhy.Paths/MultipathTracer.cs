using System.Diagnostics;
using System.Net;
using NetWhy.Evidence;
using NetWhy.Linux;

namespace NetWhy.Paths;

/// <summary>How far the search for paths is.</summary>
/// <param name="Elapsed">How long it has searched.</param>
/// <param name="Probes">Probes sent.</param>
/// <param name="Limited">Hop limits at which routers limit the rate of their answers, and answers are still wanted.</param>
public readonly record struct FanProgress(TimeSpan Elapsed, int Probes, IReadOnlyList<int> Limited);

/// <summary>Finds all paths that routers balance load over, by sending flows until further ones would have shown more.</summary>
/// <remarks>
/// Each hop is asked for itself, as fast as its routers answer: where answers are missing, it is asked slower and slower, and faster again
/// when they come. Behind a hop that is one router for all flows, every flow tells of its next hops; behind branches, those do that are
/// known to cross the branch. Where routers limit their answers, and after all that time, the usual 95 % have to do.
/// Source: D. Veitch et al. (2009); <see cref="StoppingRule"/>.
/// </remarks>
/// <param name="channel">Where to send; its numbers from 1 on are this tracer's.</param>
/// <param name="options">How far and how patiently; one probe for each hop limit and flow.</param>
public sealed class MultipathTracer(ProbeChannel channel, TraceOptions options)
{
    private const double Alpha = 0.01; // share of routers at which one next hop may be missed
    private const double LimitedAlpha = 0.05; // where routers limit their answers
    private const int MostFlows = 512; // each takes a port
    private const int Window = 64; // probes under way
    private const int SilentAfter = 3; // flows without an answer, beside the first one
    private const int SilentAfterLimited = 8; // where others behind the same hop limit their answers
    private const int SameFlow = 8; // probes of one flow that tell whether single packets are balanced
    private const int SameFlowLimited = 4;

    private static readonly TimeSpan LeastWait = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(60); // routers that answer once a second need that for eight branches; an interrupt prints what is known
    private static readonly TimeSpan LeastSleep = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan BetweenTales = TimeSpan.FromMilliseconds(500);

    private readonly Dictionary<(int Flow, int Ttl), ProbeAnswer> _answers = [];
    private readonly Dictionary<int, int> _ends = []; // hop limit at which a flow ends
    private readonly Dictionary<ushort, Probe> _probes = [];
    private readonly Dictionary<ushort, Probe> _late = []; // given up; by number, so bounded
    private readonly List<FanAsking> _hops = [];
    private long _begin;
    private TimeSpan _longest;
    private TimeSpan _told;
    private bool _isReached;
    private ushort _sequence;
    private Errno _refusal;

    private TimeSpan Elapsed => Stopwatch.GetElapsedTime(_begin);

    private TimeSpan Wait => 4 * _longest > LeastWait ? 4 * _longest : LeastWait;

    private int Flows => _hops.Select(hop => hop.Flows).DefaultIfEmpty().Max();

    /// <summary>Traces. Once only.</summary>
    /// <param name="tell">Is told twice a second how far it is; null for nobody.</param>
    /// <param name="cancellationToken">Ends it: what was seen by then is the result.</param>
    /// <exception cref="OperationCanceledException">It was ended before the first flow was through.</exception>
    public async Task<PathFan> RunAsync(Action<FanProgress>? tell, CancellationToken cancellationToken)
    {
        _begin = Stopwatch.GetTimestamp();
        PathTrace first = await FirstAsync(cancellationToken);
        _sequence = 1 << 14; // beyond what that one used
        Take(first);
        int[] perPacket = [];
        bool isComplete = false;
        try
        {
            isComplete = await SearchAsync(tell, cancellationToken);
            perPacket = await PerPacketAsync(cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // What was seen by now is told.
        }

        FlowPath[] paths = [.. Enumerable.Range(0, Math.Max(1, Flows)).Select(Path)];
        return new PathFan(channel.Options.Target, PathTracer.Name(channel.Options.Protocol), channel.Options.Protocol is ProbeProtocol.Icmp ? 0 : channel.Options.Port, options.FirstTtl, paths)
        {
            IsReached = first.Reached || _isReached,
            IsComplete = isComplete && _refusal is Errno.OK,
            Hops = [.. _hops.Select(hop => new FanHop(hop.Ttl, hop.Sent, hop.Answered, hop.IsLimited, ChanceOfMissing(hop)) { SilentFlows = [.. hop.SilentFlows.Order()], Unanswered = hop.Unanswered })],
            PerPacket = perPacket,
            Errno = _refusal is Errno.OK ? first.Errno : _refusal.ToString(),
            Limits = channel.Limits,
        };
    }

    // The first flow: what was seen of it, if it takes too long or is ended.
    private async Task<PathTrace> FirstAsync(CancellationToken cancellationToken)
    {
        List<Hop> told = [];
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        end.CancelAfter(Longest);
        try
        {
            return await new PathTracer(channel, options with { Queries = 1, Flow = 0 }).RunAsync(told.Add, end.Token);
        }
        catch (OperationCanceledException) when (told.Count > 0 || !cancellationToken.IsCancellationRequested)
        {
            return new PathTrace(channel.Options.Target, PathTracer.Name(channel.Options.Protocol), channel.Options.Port, told, Reached: false);
        }
    }

    private void Take(PathTrace first)
    {
        int length = first.Reached ? first.Hops.Count : first.Hops.LastOrDefault(hop => hop.Node is not null)?.Ttl - options.FirstTtl + 1 ?? 0;
        foreach (Hop hop in first.Hops.Take(length))
        {
            _hops.Add(new FanAsking(hop.Ttl, StoppingRule.Probes(1, Alpha)) { Sent = hop.Sent, Answered = hop.Node is null ? 0 : 1 });
            if (hop is { Node: { } node, RoundTrip: { } time })
                Note(0, hop.Ttl, new ProbeAnswer(0, node, hop.Ttl == first.Hops[^1].Ttl && first.Reached ? ProbeAnswerKind.Reached : hop.Error is null ? ProbeAnswerKind.TimeExceeded : ProbeAnswerKind.Unreachable, time));
        }
    }

    // Whether all was found, as surely as it should be.
    private async Task<bool> SearchAsync(Action<FanProgress>? tell, CancellationToken cancellationToken)
    {
        while (_refusal is Errno.OK)
        {
            while (channel.TryReceive(out ProbeAnswer answer))
                _ = Take(answer);
            _ = Expire();
            Want();
            TimeSpan? next = Send();
            if (_probes.Count == 0 && next is null && _hops.All(hop => Wanted(hop) <= 0 || Open(hop).Length == 0))
                return _hops.All(hop => Missing(hop) == 0);
            if (Elapsed > Longest)
                return false;
            Tell(tell);
            TimeSpan wait = next is { } due && (_probes.Count == 0 || due - Elapsed < Wait / 4) ? due - Elapsed : Wait / 4;
            if (await channel.WaitAsync(wait > LeastSleep ? wait : LeastSleep, cancellationToken) is PollEvents.None)
                channel.Poll();
        }

        return false;
    }

    private void Tell(Action<FanProgress>? tell)
    {
        if (tell is null || Elapsed < _told + BetweenTales)
            return;
        _told = Elapsed;
        tell(new FanProgress(_told, _hops.Sum(hop => hop.Sent), [.. _hops.Where(hop => hop.IsLimited && Missing(hop) > 0).Select(hop => hop.Ttl)]));
    }

    // For how many flows each hop should be asked, judging by those that are known. Behind branches, a flow tells nothing before it is
    // known which one it takes. A path that is longer than the first one is followed to its end.
    private void Want()
    {
        if (_isReached && _hops is [.., var last] && _hops.Count < options.MaxTtl - options.FirstTtl + 1 && _answers.Any(answer => answer.Key.Ttl == last.Ttl && answer.Value.Kind is ProbeAnswerKind.TimeExceeded))
            _hops.Add(new FanAsking(last.Ttl + 1, last.Flows));
        _hops.ForEach(hop => hop.Attributed = 0);
        for (int i = 0; i < _hops.Count; i++)
        {
            FanAsking hop = _hops[i];
            int missing = Missing(hop);
            if (missing == 0)
                continue;
            if (i == 0 || !IsBranched(_hops[i - 1]))
            {
                hop.Flows = Math.Min(MostFlows, Math.Max(hop.Flows, hop.Flows + missing - Open(hop).Count(flow => !hop.MayMeetSilence || hop.Tries(flow) == 0) - hop.UnderWay.Count));
                continue;
            }

            FanAsking before = _hops[i - 1];
            int known = Enumerable.Range(0, before.Flows).Count(flow => Node(flow, before.Ttl) is not null);
            foreach (int[] group in Groups(hop))
            {
                int lacking = Missing(hop, group) - group.Count(flow => Node(flow, hop.Ttl) is null && (hop.UnderWay.Contains(flow) || hop.MayAsk(flow)));
                if (lacking > 0)
                    before.Attributed = Math.Max(before.Attributed, known + (lacking * known + group.Length - 1) / group.Length);
            }

            before.Attributed = Math.Min(MostFlows, before.Attributed);
            before.Flows = Math.Max(before.Flows, before.Attributed);
            hop.Flows = Math.Max(hop.Flows, before.Flows);
        }
    }

    // How many answers are missing at a hop until it is sure that there are no more next hops.
    private int Missing(FanAsking hop) => Groups(hop).Sum(group => Missing(hop, group));

    private int Missing(FanAsking hop, int[] group)
    {
        IPAddress[] next = [.. group.Select(flow => Node(flow, hop.Ttl)).OfType<IPAddress>()];
        if (next.Length == 0)
            return hop.Answered == 0 ? 0 : Math.Max(0, (hop.IsLimited ? SilentAfterLimited : SilentAfter) - group.Sum(hop.Tries)); // a branch that may be silent
        return Math.Max(0, StoppingRule.Probes(next.Distinct().Count(), hop.IsLimited ? LimitedAlpha : Alpha) - next.Length);
    }

    // The largest chance, of the routers before the hop, that one more next hop was missed; null where nothing is known.
    private double? ChanceOfMissing(FanAsking hop)
    {
        double[] chances =
        [
            .. Groups(hop).Select(group => group.Select(flow => Node(flow, hop.Ttl)).OfType<IPAddress>().ToArray())
                .Where(next => next.Length > 0)
                .Select(next => StoppingRule.ChanceOfMissing(next.Distinct().Count(), next.Length)),
        ];
        return chances.Length > 0 ? chances.Max() : null;
    }

    // Flows that are at the hop by the router before it; all of them where there is one router only, or none that answers.
    private IEnumerable<int[]> Groups(FanAsking hop)
    {
        int[] flows = [.. Enumerable.Range(0, hop.Flows).Where(flow => IsOnPath(flow, hop.Ttl) && !IsLost(flow, hop.Ttl))];
        return hop.Ttl > options.FirstTtl && IsBranched(_hops[hop.Ttl - options.FirstTtl - 1])
            ? flows.Where(flow => Node(flow, hop.Ttl - 1) is not null).GroupBy(flow => Node(flow, hop.Ttl - 1)).Select(group => group.ToArray())
            : [flows];
    }

    private bool IsBranched(FanAsking hop) =>
        Enumerable.Range(0, hop.Flows).Select(flow => Node(flow, hop.Ttl)).OfType<IPAddress>().Distinct().Skip(1).Any();

    // Flows that a hop can be asked for: those first that were asked for least; in turn with those that were lost, where it is to be told whether
    // it is always the same ones.
    private int[] Open(FanAsking hop) =>
    [
        .. Groups(hop).Where(group => Missing(hop, group) > 0 || hop.Answered == 0)
            .SelectMany(group => group)
            .Concat(Enumerable.Range(0, hop.Attributed).Where(flow => IsOnPath(flow, hop.Ttl)))
            .Distinct()
            .Where(flow => Node(flow, hop.Ttl) is null && hop.MayAsk(flow))
            .OrderBy(flow => hop.MayMeetSilence && hop.Asks % 2 == 1 ? -hop.Tries(flow) : hop.Tries(flow)),
    ];

    private int Wanted(FanAsking hop) => hop.Answered == 0
        ? SilentAfter - hop.Asks
        : Math.Max(Missing(hop), Enumerable.Range(0, hop.Attributed).Count(flow => Node(flow, hop.Ttl) is null && IsOnPath(flow, hop.Ttl))) - hop.UnderWay.Count;

    /// <summary>Sends what is due.</summary>
    /// <returns>When there is more to send; null if there is nothing.</returns>
    private TimeSpan? Send()
    {
        TimeSpan? next = null;
        foreach (FanAsking hop in _hops)
        {
            int wanted = Wanted(hop);
            if (wanted <= 0)
                continue;
            foreach (int flow in Open(hop).Take(wanted))
            {
                if (hop.UnderWay.Count >= hop.Window || _probes.Count >= Window)
                    break;
                if (hop.Due > Elapsed)
                {
                    next = next < hop.Due ? next : hop.Due;
                    break;
                }

                Send(flow, hop);
                if (_refusal is not Errno.OK)
                    return null;
            }
        }

        return next;
    }

    private void Send(int flow, FanAsking hop)
    {
        _sequence = (ushort)(_sequence % ushort.MaxValue + 1); // 0 is none
        _refusal = channel.Send(hop.Ttl, flow, _sequence, options.PacketSize);
        if (_refusal is not Errno.OK)
            return;
        hop.Asked(flow, Elapsed);
        _probes[_sequence] = new Probe(flow, hop, Stopwatch.GetTimestamp());
    }

    private bool Expire()
    {
        TimeSpan wait = Wait;
        KeyValuePair<ushort, Probe>[] late = [.. _probes.Where(probe => Stopwatch.GetElapsedTime(probe.Value.At) > wait)];
        foreach (IGrouping<FanAsking, KeyValuePair<ushort, Probe>> lost in late.GroupBy(probe => probe.Value.Hop))
            lost.Key.Lost([.. lost.Select(probe => probe.Value.Flow)], Elapsed);
        foreach ((ushort sequence, Probe probe) in late)
        {
            _probes.Remove(sequence);
            _late[sequence] = probe;
        }

        return late.Length > 0;
    }

    private bool Take(in ProbeAnswer answer)
    {
        bool isLate = false;
        if (!_probes.Remove(answer.Sequence, out Probe probe) && !(isLate = _late.Remove(answer.Sequence, out probe)))
            return false;
        probe.Hop.Heard(probe.Flow, isLate);
        Note(probe.Flow, probe.Hop.Ttl, answer);
        return true;
    }

    private void Note(int flow, int ttl, in ProbeAnswer answer)
    {
        _answers[(flow, ttl)] = answer;
        _longest = answer.RoundTrip > _longest ? answer.RoundTrip : _longest;
        _isReached |= answer.Kind is ProbeAnswerKind.Reached;
        if (answer.Kind is not ProbeAnswerKind.TimeExceeded)
            _ends[flow] = Math.Min(ttl, _ends.GetValueOrDefault(flow, int.MaxValue));
    }

    private IPAddress? Node(int flow, int ttl) => _answers.TryGetValue((flow, ttl), out ProbeAnswer answer) ? answer.Node : null;

    private bool IsOnPath(int flow, int ttl) => ttl <= _ends.GetValueOrDefault(flow, int.MaxValue);

    // Whether a flow got no answer at two hops before, where others did: its way is dead, as it seems.
    private bool IsLost(int flow, int ttl) => _hops.TakeWhile(hop => hop.Ttl < ttl).Count(hop => hop.IsSilent(flow)) >= 2 && !_hops.Any(hop => hop.Ttl >= ttl && Node(flow, hop.Ttl) is not null);

    private FlowPath Path(int flow) => new(
        flow,
        [
            .. _hops.Where(hop => IsOnPath(flow, hop.Ttl))
                .Select(hop => _answers.TryGetValue((flow, hop.Ttl), out ProbeAnswer answer) ? new FlowHop(answer.Node, answer.RoundTrip) : new FlowHop(null, null)),
        ]);

    private async Task<int[]> PerPacketAsync(CancellationToken cancellationToken)
    {
        List<int> hops = [];
        foreach (FanAsking hop in _hops.Where(IsBranched))
        {
            int flow = Enumerable.Range(0, hop.Flows).First(flow => Node(flow, hop.Ttl) is not null);
            IPAddress? node = Node(flow, hop.Ttl);
            int probes = hop.IsLimited ? SameFlowLimited : SameFlow;
            for (int i = 1; i < probes && _refusal is Errno.OK && Elapsed < Longest; i++)
            {
                if (hop.Due - Elapsed is var pause && pause > TimeSpan.Zero)
                    await Task.Delay(pause, cancellationToken);
                Send(flow, hop);
                while (hop.UnderWay.Count > 0)
                {
                    while (channel.TryReceive(out ProbeAnswer answer))
                        _ = Take(answer);
                    if (!Expire() && hop.UnderWay.Count > 0 && await channel.WaitAsync(Wait / 4, cancellationToken) is PollEvents.None)
                        channel.Poll();
                }

                if (Node(flow, hop.Ttl)!.Equals(node))
                    continue;
                hops.Add(hop.Ttl);
                break;
            }
        }

        return [.. hops];
    }

    private readonly record struct Probe(int Flow, FanAsking Hop, long At);
}
