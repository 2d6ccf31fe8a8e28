using System.Net;
using NetWhy.Evidence;
using NetWhy.Wire.Dns;

namespace NetWhy.Names;

/// <summary>Measures how a resolver answers: what it has in its cache, and what it has not.</summary>
/// <remarks>
/// Each name is asked for once, which is not counted, and then in rounds. What is not cached are random names below the listed
/// ones: nobody has asked for them before, so the resolver must ask their servers. At most <see cref="Rate"/> queries a second are
/// sent to a resolver, and <see cref="MostAtOnce"/> are under way, each once: a lost packet is a failure.
/// </remarks>
/// <param name="names">The absolute names, each valid.</param>
/// <param name="rounds">How often each is asked for.</param>
/// <param name="clock">Timers.</param>
public sealed class ResolverBench(IReadOnlyList<string> names, int rounds, TimeProvider clock)
{
    /// <summary>Queries a second, at most, to one resolver.</summary>
    public const int Rate = 100;

    /// <summary>Queries under way, at most, to one resolver.</summary>
    public const int MostAtOnce = 4;

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1) / Rate;

    /// <summary>How long an answer is waited for.</summary>
    public static TimeSpan Patience { get; } = TimeSpan.FromSeconds(2);

    /// <summary>Measures one resolver.</summary>
    /// <param name="server">The resolver.</param>
    /// <param name="cancellationToken">Ends it: what was measured by then is told.</param>
    public async Task<ResolverTimes> RunAsync(IPAddress server, CancellationToken cancellationToken)
    {
        await AskAllAsync(server, names, new AnswerCount(), cancellationToken);
        var cached = new AnswerCount();
        var uncached = new AnswerCount();
        for (int i = 0; i < rounds && !cancellationToken.IsCancellationRequested; i++)
        {
            await AskAllAsync(server, names, cached, cancellationToken);
            await AskAllAsync(server, [.. names.Select(RandomBelow)], uncached, cancellationToken);
        }

        return new ResolverTimes(server, cached, uncached);
    }

    // A name that is too long for a random label below it is asked for beside itself.
    private static string RandomBelow(string name)
    {
        string label = $"nw{Guid.NewGuid():N}"[..16];
        string below = name is "." ? $"{label}." : $"{label}.{name}";
        return DnsName.IsValid(below) ? below : $"{label}.{name[(name.IndexOf('.', StringComparison.Ordinal) + 1)..]}";
    }

    private async Task AskAllAsync(IPAddress server, IReadOnlyList<string> asked, AnswerCount count, CancellationToken cancellationToken)
    {
        var options = new DnsQuestionOptions { Patience = Patience, MostSends = 1, Purpose = "bench" };
        using var room = new SemaphoreSlim(MostAtOnce);
        List<Task> tasks = [];
        long begin = clock.GetTimestamp();
        for (int i = 0; i < asked.Count && !cancellationToken.IsCancellationRequested; i++)
        {
            try
            {
                TimeSpan early = (Interval * i) - clock.GetElapsedTime(begin);
                if (early > TimeSpan.Zero)
                    await Task.Delay(early, clock, cancellationToken);
                await room.WaitAsync(cancellationToken);
            }
            catch (OperationCanceledException)
            {
                break;
            }

            tasks.Add(AskAsync(asked[i]));
        }

        await Task.WhenAll(tasks);

        async Task AskAsync(string name)
        {
            DnsReply reply = await DnsQuestions.Ask(server, name, [DnsRecordType.A], options, clock, cancellationToken)[0];
            room.Release();
            if (!cancellationToken.IsCancellationRequested || reply.Exchange.Outcome is not DnsOutcome.TimedOut)
                count.Add(reply.Exchange);
        }
    }
}

/// <summary>What was measured of a resolver.</summary>
/// <param name="Server">The resolver.</param>
/// <param name="Cached">Of names that it had been asked for just before.</param>
/// <param name="Uncached">Of names that nobody had asked for.</param>
public sealed record ResolverTimes(IPAddress Server, AnswerCount Cached, AnswerCount Uncached);

/// <summary>Counts answers and failures, and keeps the times of the answers.</summary>
/// <remarks>Safe for use by many threads while it grows.</remarks>
public sealed class AnswerCount
{
    private readonly Lock _gate = new();
    private readonly List<TimeSpan> _times = [];
    private readonly SortedDictionary<string, int> _failures = new(StringComparer.Ordinal);
    private bool _isSorted;

    /// <summary>How many queries had an outcome.</summary>
    public int Queries => Answered + Failures.Values.Sum();

    /// <summary>How many were answered with records, or that there are none.</summary>
    public int Answered => _times.Count;

    /// <summary>How many failed, by kind: <c>timeout</c>, a response code, an errno, <c>malformed</c>.</summary>
    public IReadOnlyDictionary<string, int> Failures => _failures;

    /// <summary>Counts an exchange.</summary>
    /// <param name="exchange">What came of a query.</param>
    public void Add(DnsExchange exchange)
    {
        string? failure = exchange switch
        {
            { Outcome: DnsOutcome.Answered, ResponseCode: "NOERROR" or "NXDOMAIN" } => null,
            { Outcome: DnsOutcome.Answered } => exchange.ResponseCode,
            { Outcome: DnsOutcome.TimedOut } => "timeout",
            { Outcome: DnsOutcome.Malformed } => "malformed",
            _ => exchange.Errno ?? "failed",
        };
        lock (_gate)
        {
            if (failure is null)
                _times.Add(exchange.ResponseTime ?? exchange.Elapsed);
            else
                _failures[failure] = _failures.GetValueOrDefault(failure) + 1;
            _isSorted = false;
        }
    }

    /// <summary>The time within which a share of the answers came, by the nearest rank.</summary>
    /// <param name="share">Above 0 up to 1; 1 is the slowest.</param>
    /// <returns>Null if there was no answer.</returns>
    public TimeSpan? Percentile(double share)
    {
        lock (_gate)
        {
            if (_times.Count == 0)
                return null;
            if (!_isSorted)
                _times.Sort();
            _isSorted = true;
            return _times[Math.Clamp((int)Math.Ceiling(share * _times.Count) - 1, 0, _times.Count - 1)];
        }
    }
}
