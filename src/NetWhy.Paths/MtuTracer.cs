using System.Diagnostics;
using NetWhy.Evidence;
using NetWhy.Linux;

namespace NetWhy.Paths;

/// <summary>Finds the routers on the way hop after hop with probes that are as large as the path takes up to there.</summary>
/// <remarks>Where a router names the MTU of the link behind it, the probe is sent again in that size. Source: RFC 1191; RFC 8201.</remarks>
/// <param name="channel">Where to send, without fragments; its numbers from 1 on are this tracer's.</param>
/// <param name="options">How far and how patiently; <see cref="TraceOptions.PacketSize"/> is the size that is tried first.</param>
public sealed class MtuTracer(ProbeChannel channel, TraceOptions options)
{
    private const int MostSteps = 32; // routers that name smaller and smaller MTUs without end are none

    private static readonly TimeSpan LeastWait = TimeSpan.FromSeconds(1); // a hop that answers no large probe may be slow only

    private readonly Dictionary<ushort, (int Query, int Size)> _queries = []; // of the probes under way, by number
    private readonly List<HopAnswer> _answers = []; // of one hop
    private readonly List<Hop> _hops = [];
    private int _size = channel.SizeOf(options.PacketSize);
    private int? _reduced; // size that the next answer is the first to have passed with
    private TimeSpan _longest; // round trip
    private ushort _sequence;
    private int _sent; // of one hop
    private int _steps;
    private bool _isEnd;
    private bool _isReached;
    private Errno _refusal;

    /// <summary>Traces. Once only.</summary>
    /// <param name="tell">Gets each hop as soon as it is certain, in order.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="LinuxException">The kernel refused to tell the MTU of the interface.</exception>
    public async Task<PathTrace> RunAsync(Action<Hop>? tell, CancellationToken cancellationToken)
    {
        long begin = Stopwatch.GetTimestamp();
        if (RouteMtu.Of(channel.Options)?.Link is { } mtu && mtu < _size)
            _reduced = _size = mtu;
        for (int ttl = options.FirstTtl; ttl <= options.MaxTtl && !_isEnd && _refusal is Errno.OK; ttl++)
        {
            await AskAsync(ttl, cancellationToken);
            HopAnswer[] answers = [.. _answers.OrderBy(answer => answer.Query)];
            var hop = new Hop(ttl, answers.FirstOrDefault()?.Node, answers.FirstOrDefault()?.RoundTrip)
            {
                Error = answers.FirstOrDefault()?.Error,
                Sent = _sent,
                Answered = answers.Length,
                Answers = answers,
            };
            _hops.Add(hop);
            tell?.Invoke(hop);
        }

        return new PathTrace(channel.Options.Target, PathTracer.Name(channel.Options.Protocol), channel.Options.Protocol is ProbeProtocol.Icmp ? 0 : channel.Options.Port, _hops, _isReached)
        {
            Purpose = options.Purpose,
            Errno = _refusal is Errno.OK ? null : _refusal.ToString(),
            Limits = channel.Limits,
            Elapsed = Stopwatch.GetElapsedTime(begin),
        };
    }

    private async Task AskAsync(int ttl, CancellationToken cancellationToken)
    {
        (_sent, long begin) = (0, Stopwatch.GetTimestamp());
        _answers.Clear();
        _queries.Clear(); // what is late belongs to nobody
        for (int query = 0; query < options.Queries; query++)
            Send(ttl, query);
        while (_queries.Count > 0 && _refusal is Errno.OK)
        {
            while (channel.TryReceive(out ProbeAnswer answer))
            {
                if (Take(ttl, answer))
                    begin = Stopwatch.GetTimestamp();
            }

            TimeSpan left = Wait - Stopwatch.GetElapsedTime(begin);
            if (_queries.Count == 0 || left <= TimeSpan.Zero)
                return;
            if (await channel.WaitAsync(left, cancellationToken) is PollEvents.None)
                channel.Poll();
        }
    }

    private TimeSpan Wait
    {
        get
        {
            TimeSpan wait = options.HereFactor * _longest > LeastWait ? options.HereFactor * _longest : LeastWait;
            return wait < options.MaxWait ? wait : options.MaxWait;
        }
    }

    /// <returns>Whether a probe was sent again.</returns>
    private bool Take(int ttl, in ProbeAnswer answer)
    {
        if (!_queries.Remove(answer.Sequence, out (int Query, int Size) probe))
            return false;
        _longest = answer.RoundTrip > _longest ? answer.RoundTrip : _longest;
        if (answer.Kind is ProbeAnswerKind.Unreachable && answer.Mtu is { } mtu && mtu < probe.Size && mtu >= channel.SmallestSize && (mtu >= _size || _steps++ < MostSteps))
        {
            if (mtu < _size)
                _reduced = _size = mtu;
            Send(ttl, probe.Query);
            return true;
        }

        _answers.Add(TraceAnswers.Describe(channel, answer, probe.Query) with { ReducedSize = _reduced });
        _reduced = null;
        _isEnd |= answer.Kind is not ProbeAnswerKind.TimeExceeded;
        _isReached |= answer.Kind is ProbeAnswerKind.Reached || (_isEnd && answer.Node.Equals(channel.Options.Target));
        return false;
    }

    private void Send(int ttl, int query)
    {
        if (_refusal is not Errno.OK)
            return;
        _refusal = channel.Send(ttl, options.Flow, ++_sequence, _size);
        _queries[_sequence] = (query, _size);
        _sent++;
    }
}
