using System.Diagnostics;
using System.Net;
using System.Text;
using NetWhy.Evidence;
using NetWhy.Linux;
using NetWhy.Wire.Http;

namespace NetWhy.Exchanges.Requests;

/// <summary>Puts together what a run of requests showed: as evidence.</summary>
/// <param name="plan">The request.</param>
/// <param name="addresses">The addresses asked.</param>
/// <param name="clock">Time of day where the monotonic clock stood at 0, see <see cref="ClockAt"/>.</param>
public sealed class RequestSummary(RequestPlan plan, IReadOnlyList<IPAddress> addresses, DateTimeOffset clock)
{
    private const int MostAnswers = 64;
    private const int MostSpells = 100;
    private const int LongestValue = 200; // characters
    private const int LongestExcerpt = 400; // of them
    private const int LongestUrl = 2000; // characters

    private readonly Dictionary<ulong, Maker> _makers = [];
    private readonly Dictionary<int, Maker> _others = []; // of those for whom no room was left, by status

    /// <summary>The time of day at which the monotonic clock stood at 0.</summary>
    /// <param name="now">The time of day now.</param>
    public static DateTimeOffset ClockAt(DateTimeOffset now) => now - Stopwatch.GetElapsedTime(0, Stopwatch.GetTimestamp());

    /// <summary>Takes a request that ended.</summary>
    /// <param name="channel">The channel, while it still has the answer.</param>
    /// <returns>Whether it is the first answer of its maker and status.</returns>
    public bool Take(RequestChannel channel)
    {
        RequestSample sample = channel.Sample;
        if (sample.Status == 0)
            return false;
        if (_makers.TryGetValue(channel.Head.Maker, out Maker? maker))
        {
            maker.Take(sample);
            return false;
        }

        bool isOfMany = _makers.Count == MostAnswers;
        if (!isOfMany)
            _makers.Add(channel.Head.Maker, maker = new Maker(channel, isOfMany));
        else if (!_others.TryGetValue(sample.Status, out maker))
            _others.Add(sample.Status, maker = new Maker(channel, isOfMany));
        maker.Take(sample);
        return !isOfMany;
    }

    /// <summary>The evidence.</summary>
    /// <param name="samples">The requests.</param>
    /// <param name="elapsed">How long the run took.</param>
    /// <param name="concurrency">How many at the same time.</param>
    public HttpRun Of(IReadOnlyList<RequestSample> samples, TimeSpan elapsed, int concurrency) =>
        new(PrintableText.Of(plan.Url.AbsoluteUri, LongestUrl), samples.Count, elapsed, concurrency)
        {
            Groups = [.. samples.GroupBy(sample => (sample.Address, sample.IsKept)).OrderBy(group => group.Key).Select(Group)],
            Answers = [.. _makers.Values.Concat(_others.Values).OrderByDescending(maker => maker.Count).Select(maker => maker.Of(this))],
            Failures =
            [
                .. samples.Where(sample => !sample.IsAnswered)
                    .GroupBy(sample => (sample.Address, sample.IsKept, sample.Stage, sample.Outcome, sample.Errno, sample.Fault))
                    .OrderByDescending(group => group.Count())
                    .Take(MostAnswers)
                    .Select(group => Failure(group.Key.Address, [.. group])),
            ],
            Spells = [.. Spells(samples).Take(MostSpells)],
            LongestIdle = samples.Where(sample => sample is { IsKept: true, IsAnswered: true }).Select(sample => (TimeSpan?)sample.Idle).Max(),
        };

    /// <summary>What HTTP/2 did in a run, as evidence.</summary>
    /// <param name="samples">The requests.</param>
    /// <param name="totals">What the connections counted.</param>
    /// <param name="alone">How many of the requests went alone, before the others.</param>
    /// <returns>The evidence; null where HTTP/2 was not spoken.</returns>
    public static HttpRunStreams? StreamsOf(IReadOnlyList<RequestSample> samples, StreamTotals totals, int alone)
    {
        const int FewAlone = 3, FewTogether = 8;
        if (totals.Connections == 0)
            return null;
        TimeSpan?[] byItself = [.. samples.Take(alone).Where(sample => sample is { IsAnswered: true, IsKept: true }).Select(sample => sample.Server)];
        TimeSpan?[] bodies = [.. samples.Take(alone).Where(sample => sample is { IsAnswered: true, IsKept: true }).Select(sample => sample.Receive)];
        int beside = samples.Count == 0 ? 0 : samples.Max(sample => sample.Beside);
        TimeSpan?[] together = beside == 0 ? [] : [.. samples.Where(sample => sample.IsAnswered && sample.Beside == beside).Select(sample => sample.Server)];
        bool isComparable = byItself.Length >= FewAlone && together.Length >= FewTogether;
        return new HttpRunStreams(totals.Connections, totals.MostOpen)
        {
            Allowed = totals.Allowed,
            Overtakes = totals.Overtakes,
            Interleaves = totals.Interleaves,
            Window = totals.Window,
            WindowStops = totals.WindowStops,
            WindowWait = totals.WindowWait,
            GoAways = totals.GoAways.GroupBy(pair => Http2ErrorCode.NameOf(pair.Key)).ToDictionary(group => group.Key, group => group.Sum(pair => pair.Value)),
            HasSettings = totals.HasSettings,
            Unserved = totals.Unserved,
            AloneServer = isComparable ? Spread(byItself) : null,
            AloneOctets = isComparable ? samples.Take(alone).Where(sample => sample is { IsAnswered: true, IsKept: true }).Select(sample => sample.BodyLength).Order().ElementAt(byItself.Length / 2) : 0,
            AloneReceive = isComparable ? Spread(bodies) : null,
            TogetherServer = isComparable ? Spread(together) : null,
            Beside = beside,
        };
    }

    /// <summary>One request as evidence.</summary>
    /// <param name="channel">The channel that just made it.</param>
    /// <param name="purpose">Why; see <see cref="HttpExchange.Purpose"/>.</param>
    public HttpExchange Of(RequestChannel channel, string purpose)
    {
        RequestSample sample = channel.Sample;
        bool hasHead = sample.Status != 0;
        return new HttpExchange(PrintableText.Of(plan.Url.AbsoluteUri, LongestUrl), channel.Address, plan.Url.Port, purpose, sample.Outcome, sample.Total - (sample.Name ?? TimeSpan.Zero) - (sample.Connect ?? TimeSpan.Zero) - (sample.Tls ?? TimeSpan.Zero))
        {
            At = TimeOf(sample),
            Status = hasHead ? sample.Status : null,
            Reason = hasHead ? channel.Head.Reason : null,
            Version = hasHead ? channel.Head.Version : sample.SpeaksHttp2 ? "HTTP/2" : null,
            Headers = hasHead ? Kept(channel.Head.Fields, _ => true) : [],
            ClientCertificateRequested = channel.AsksLateForCertificate,
            LookupTime = sample.Name,
            ConnectTime = sample.Connect,
            TlsTime = sample.Tls,
            TimeToFirstByte = sample.Wait,
            TransferTime = sample.Receive,
            LongestGap = sample.LongestGap,
            Arrivals = sample.Arrivals,
            RequestLength = plan.Octets.Length,
            BodyLength = sample.BodyLength,
            ExpectedLength = sample.ExpectedLength < 0 ? null : sample.ExpectedLength,
            Errno = sample.Errno is Errno.OK ? null : sample.Errno.ToString(),
            Excerpt = sample.Status is 0 or >= 400 ? ExcerptOf(channel) : null,
            Fault = sample.Fault,
            StoppedByUs = sample.StoppedByUs,
            AllAcknowledged = sample.IsAnswered || sample.IsAcknowledged,
        };
    }

    private static Dictionary<string, string> Kept(IEnumerable<(string Name, string Value)> fields, Func<string, bool> isWanted)
    {
        const int MostFields = 64;
        Dictionary<string, string> kept = [];
        foreach ((string name, string value) in fields)
        {
            string key = PrintableText.Of(name, 60);
            if (isWanted(name) && (kept.Count < MostFields || kept.ContainsKey(key)))
                kept[key] = PrintableText.Of(kept.TryGetValue(key, out string? before) ? $"{before}, {value}" : value, LongestValue);
        }

        return kept;
    }

    // A coded body says nothing to a reader.
    private static string? ExcerptOf(RequestChannel channel) =>
        channel.Excerpt.IsEmpty || (channel.Sample.Status != 0 && channel.Head["content-encoding"] is not null) ? null : PrintableText.Of(channel.Excerpt, LongestExcerpt);

    private static TimeSpread? Spread(IEnumerable<TimeSpan?> times)
    {
        TimeSpan[] sorted = [.. times.Where(time => time is not null).Select(time => time!.Value)];
        if (sorted.Length == 0)
            return null;
        Array.Sort(sorted);
        return new TimeSpread(sorted[0], At(0.5), At(0.9), At(0.99), sorted[^1]);

        TimeSpan At(double part) => sorted[Math.Max(0, (int)Math.Ceiling(part * sorted.Length) - 1)]; // the nearest rank
    }

    private DateTimeOffset TimeOf(RequestSample sample) => clock + Stopwatch.GetElapsedTime(0, sample.Began);

    private HttpRunGroup Group(IGrouping<(int Address, bool IsKept), RequestSample> group)
    {
        RequestSample[] all = [.. group];
        RequestSample[] answered = [.. all.Where(sample => sample.IsAnswered)];
        return new HttpRunGroup(addresses[group.Key.Address], plan.Url.Port, group.Key.IsKept, all.Length)
        {
            Failed = all.Length - answered.Length,
            ServerErrors = answered.Count(sample => sample.HasFailed),
            Name = Spread(answered.Select(sample => sample.Name)),
            Connect = Spread(answered.Select(sample => sample.Connect)),
            Tls = Spread(answered.Select(sample => sample.Tls)),
            Send = Spread(answered.Select(sample => sample.Send)),
            Wait = Spread(answered.Select(sample => sample.Wait)),
            Server = Spread(answered.Select(sample => sample.Server)),
            RoundTrip = Spread(answered.Select(sample => sample.RoundTrip)),
            Receive = Spread(answered.Select(sample => sample.Receive)),
            Total = Spread(answered.Select(sample => (TimeSpan?)sample.Total)),
        };
    }

    private HttpRunFailure Failure(int address, RequestSample[] samples)
    {
        RequestSample first = samples[0];
        return new HttpRunFailure(addresses[address], first.IsKept, first.Stage, first.Outcome, samples.Length)
        {
            Errno = first.Errno is Errno.OK ? null : first.Errno.ToString(),
            Fault = first.Fault,
            LeastIdle = first.IsKept ? samples.Min(sample => sample.Idle) : null,
            MostIdle = first.IsKept ? samples.Max(sample => sample.Idle) : null,
            Unacknowledged = samples.Count(sample => sample is { Outcome: HttpOutcome.NoAnswer, IsAcknowledged: false, Retransmits: > 0 }),
            BodyLength = first.BodyLength,
            ExpectedLength = first.ExpectedLength < 0 ? null : first.ExpectedLength,
        };
    }

    private IEnumerable<HttpRunSpell> Spells(IReadOnlyList<RequestSample> samples)
    {
        foreach (IGrouping<int, RequestSample> ofAddress in samples.OrderBy(sample => sample.Began).GroupBy(sample => sample.Address))
        {
            RequestSample first = default;
            RequestSample last = default;
            long failed = 0;
            foreach (RequestSample sample in ofAddress)
            {
                if (sample.HasFailed)
                {
                    first = failed++ == 0 ? sample : first;
                    last = sample;
                }
                else if (failed > 0)
                {
                    yield return Spell();
                    failed = 0;
                }
            }

            if (failed > 0)
                yield return Spell();

            HttpRunSpell Spell() => new(addresses[ofAddress.Key], TimeOf(first), TimeOf(last), failed);
        }
    }

    // Answers of one status from one maker. Of many, the times of the first ones are kept.
    private sealed class Maker
    {
        private const int MostTimes = 10_000;

        private readonly List<TimeSpan?> _waits = [];
        private readonly IPAddress _address;
        private readonly string _reason;
        private readonly Dictionary<string, string> _headers;
        private readonly string[] _names;
        private readonly string? _excerpt;
        private readonly int _status;
        private readonly RequestSample _first;
        private RequestSample _last;

        internal Maker(RequestChannel channel, bool isOfMany)
        {
            AnswerHead head = channel.Head;
            (_address, _status, _reason, _first) = (channel.Address, head.Status, head.Reason, channel.Sample);
            if (isOfMany)
            {
                (_headers, _names) = ([], []);
                return;
            }

            _headers = Kept(head.Fields, name => AnswerHead.TellsMaker(Encoding.Latin1.GetBytes(name)));
            _names = [.. head.Fields.Take(MostAnswers).Select(field => PrintableText.Of(field.Name, 60))];
            _excerpt = head.Status >= 400 ? ExcerptOf(channel) : null;
        }

        internal long Count { get; private set; }

        internal void Take(RequestSample sample)
        {
            Count++;
            _last = sample;
            if (_waits.Count < MostTimes)
                _waits.Add(sample.Wait);
        }

        internal HttpRunAnswer Of(RequestSummary summary) => new(_status, Count)
        {
            Address = _address,
            Reason = _reason,
            Headers = _headers,
            FieldNames = _names,
            Excerpt = _excerpt,
            Wait = Spread(_waits),
            First = summary.TimeOf(_first),
            Last = summary.TimeOf(_last),
        };
    }
}
