using System.Diagnostics;
using System.Net;
using NetWhy.Evidence;
using NetWhy.Linux;

namespace NetWhy.Paths;

/// <summary>Finds all paths that routers balance load over, by sending flows until further ones would have shown more.</summary>
/// <remarks>
/// Each flow is followed along its whole path, so that what is known of a router's next hops comes from flows that cross that router.
/// Source: D. Veitch et al. (2009); <see cref="StoppingRule"/>.
/// </remarks>
/// <param name="channel">Where to send; its numbers from 1 on are this tracer's.</param>
/// <param name="options">How far and how patiently; one probe for each hop limit and flow.</param>
public sealed class MultipathTracer(ProbeChannel channel, TraceOptions options)
{
    /// <summary>Share of routers at which one next hop may be missed.</summary>
    public const double Alpha = 0.01;

    private const int MostFlows = 512; // each takes a port
    private const int MostAtOnce = 48; // flows of a round: it may show that fewer are needed
    private const int Tries = 3; // for a probe that is not answered, where others were
    private const int Window = 64; // probes under way
    private const int SameFlow = 8; // probes of one flow that tell whether single packets are balanced

    private static readonly TimeSpan LeastWait = TimeSpan.FromMilliseconds(50);

    private readonly Dictionary<(int Flow, int Ttl), ProbeAnswer> _answers = [];
    private readonly Dictionary<ushort, Probe> _probes = [];
    private readonly HashSet<int> _answered = []; // hop limits at which somebody answers
    private TimeSpan _longest;
    private bool _isReached;
    private int _length; // hop limits in use
    private int _flows;
    private ushort _sequence;
    private Errno _refusal;

    /// <summary>Traces. Once only.</summary>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<PathFan> RunAsync(CancellationToken cancellationToken)
    {
        PathTrace first = await new PathTracer(channel, options with { Queries = 1 }).RunAsync(tell: null, cancellationToken);
        _sequence = 1 << 14; // beyond what that one used
        _length = first.Reached ? first.Hops.Count : first.Hops.LastOrDefault(hop => hop.Node is not null)?.Ttl - options.FirstTtl + 1 ?? 0;
        Take(first);
        int wanted = StoppingRule.Probes(1, Alpha);
        while (wanted > _flows && _flows < MostFlows && _refusal is Errno.OK && _length > 0)
        {
            int added = Math.Min(Math.Min(wanted, MostFlows) - _flows, MostAtOnce);
            await AskAsync([.. Enumerable.Range(_flows, added).SelectMany(flow => Limits.Select(ttl => (flow, ttl)))], cancellationToken);
            _flows += added;
            await FinishAsync(cancellationToken);
            wanted = Wanted();
        }

        int[] perPacket = await PerPacketAsync(cancellationToken);
        FlowPath[] paths = [.. Enumerable.Range(0, Math.Max(1, _flows)).Select(Path)];
        return new PathFan(channel.Options.Target, PathTracer.Name(channel.Options.Protocol), channel.Options.Protocol is ProbeProtocol.Icmp ? 0 : channel.Options.Port, options.FirstTtl, paths)
        {
            IsReached = first.Reached || _isReached,
            IsComplete = wanted <= _flows && _refusal is Errno.OK,
            PerPacket = perPacket,
            Errno = _refusal is Errno.OK ? first.Errno : _refusal.ToString(),
            Limits = channel.Limits,
        };
    }

    // Some paths may be longer than the first one: their flows are followed to the end.
    private async Task FinishAsync(CancellationToken cancellationToken)
    {
        while (_length < options.MaxTtl - options.FirstTtl + 1 && _isReached && _refusal is Errno.OK)
        {
            int last = options.FirstTtl + _length - 1;
            (int Flow, int Ttl)[] open = [.. Enumerable.Range(0, _flows).Where(flow => _answers.TryGetValue((flow, last), out ProbeAnswer answer) && answer.Kind is ProbeAnswerKind.TimeExceeded).Select(flow => (flow, last + 1))];
            if (open.Length == 0)
                return;
            _length++;
            await AskAsync(open, cancellationToken);
        }
    }

    private IEnumerable<int> Limits => Enumerable.Range(options.FirstTtl, _length);

    private void Take(PathTrace first)
    {
        foreach (Hop hop in first.Hops)
        {
            if (hop.RoundTrip is { } roundTrip && roundTrip > _longest)
                _longest = roundTrip;
        }
    }

    /// <summary>How many flows there should be, judging by those that are.</summary>
    private int Wanted()
    {
        int wanted = _flows;
        for (int ttl = options.FirstTtl; ttl < options.FirstTtl + _length; ttl++)
        {
            foreach (IGrouping<IPAddress?, int> through in Enumerable.Range(0, _flows).Where(flow => IsOnPath(flow, ttl)).GroupBy(flow => Node(flow, ttl - 1)))
            {
                IPAddress[] next = [.. through.Select(flow => Node(flow, ttl)).OfType<IPAddress>()];
                int missing = next.Length == 0 ? 0 : StoppingRule.Probes(next.Distinct().Count(), Alpha) - next.Length;
                if (missing > 0)
                    wanted = Math.Max(wanted, _flows + (missing * _flows + next.Length - 1) / next.Length);
            }
        }

        return wanted;
    }

    private IPAddress? Node(int flow, int ttl) => _answers.TryGetValue((flow, ttl), out ProbeAnswer answer) ? answer.Node : null;

    private bool IsOnPath(int flow, int ttl)
    {
        for (int before = options.FirstTtl; before < ttl; before++)
        {
            if (_answers.TryGetValue((flow, before), out ProbeAnswer answer) && answer.Kind is not ProbeAnswerKind.TimeExceeded)
                return false;
        }

        return true;
    }

    private FlowPath Path(int flow) => new(
        flow,
        [
            .. Limits.Where(ttl => IsOnPath(flow, ttl))
                .Select(ttl => _answers.TryGetValue((flow, ttl), out ProbeAnswer answer) ? new FlowHop(answer.Node, answer.RoundTrip) : new FlowHop(null, null)),
        ]);

    private async Task<int[]> PerPacketAsync(CancellationToken cancellationToken)
    {
        List<int> hops = [];
        foreach (int ttl in Limits.Where(ttl => Enumerable.Range(0, _flows).Where(flow => IsOnPath(flow, ttl)).Select(flow => Node(flow, ttl)).OfType<IPAddress>().Distinct().Count() > 1))
        {
            HashSet<IPAddress> nodes = [];
            for (int i = 0; i < SameFlow; i++)
            {
                _answers.Remove((0, ttl));
                await AskAsync([(0, ttl)], cancellationToken);
                if (Node(0, ttl) is { } node)
                    nodes.Add(node);
            }

            if (nodes.Count > 1)
                hops.Add(ttl);
        }

        return [.. hops];
    }

    /// <summary>Sends probes, a bounded number at once, and those again that are not answered.</summary>
    private async Task AskAsync(IReadOnlyCollection<(int Flow, int Ttl)> probes, CancellationToken cancellationToken)
    {
        var queue = new Queue<(int Flow, int Ttl, int Try)>(probes.Select(probe => (probe.Flow, probe.Ttl, 1)));
        _probes.Clear(); // what is late belongs to nobody
        while ((queue.Count > 0 || _probes.Count > 0) && _refusal is Errno.OK)
        {
            while (channel.TryReceive(out ProbeAnswer answer))
                Take(answer);
            while (queue.Count > 0 && _probes.Count < Window && _refusal is Errno.OK)
                Send(queue.Dequeue());
            TimeSpan wait = Wait;
            foreach ((ushort sequence, Probe probe) in _probes.Where(probe => Stopwatch.GetElapsedTime(probe.Value.At) > wait).ToArray())
            {
                _probes.Remove(sequence);
                if (probe.Try < Tries && IsOnPath(probe.Flow, probe.Ttl) && _answered.Contains(probe.Ttl))
                    queue.Enqueue((probe.Flow, probe.Ttl, probe.Try + 1));
            }

            if (_probes.Count > 0 && await channel.WaitAsync(TimeSpan.FromTicks(Math.Max(TimeSpan.TicksPerMillisecond, (wait / 4).Ticks)), cancellationToken) is PollEvents.None)
                channel.Poll();
        }
    }

    private TimeSpan Wait => 4 * _longest > LeastWait ? 4 * _longest : LeastWait;

    private void Send((int Flow, int Ttl, int Try) probe)
    {
        _sequence = (ushort)(_sequence % ushort.MaxValue + 1); // 0 is none
        _refusal = channel.Send(probe.Ttl, probe.Flow, _sequence, options.PacketSize);
        if (_refusal is Errno.OK)
            _probes[_sequence] = new Probe(probe.Flow, probe.Ttl, probe.Try, Stopwatch.GetTimestamp());
    }

    private void Take(in ProbeAnswer answer)
    {
        if (!_probes.Remove(answer.Sequence, out Probe probe))
            return;
        _answers[(probe.Flow, probe.Ttl)] = answer;
        _longest = answer.RoundTrip > _longest ? answer.RoundTrip : _longest;
        _isReached |= answer.Kind is ProbeAnswerKind.Reached;
        _answered.Add(probe.Ttl);
    }

    private readonly record struct Probe(int Flow, int Ttl, int Try, long At);
}
