using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using NetWhy.Diagnose.Paths;
using NetWhy.Diagnose.Rules;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Repeated;

/// <summary>What repeated requests show together: where, when and over which connections they fail. It says only what chance explains in less than one case of a hundred.</summary>
internal sealed class TimelineReading
{
    private const int FewRequests = 3;
    private const int MostRequests = 2000; // as many as one run makes; a file may hold more
    private const int MostMarks = 4; // versions at one address, those before and after a deploy of several backends
    private const int MostBetween = 2; // good requests inside of a window, as where one of two backends is away
    private const double FewSlow = 0.05; // of all: fewer are rare

    private readonly RequestKind[] _kinds;
    private readonly bool[] _isFailure;

    private TimelineReading(RequestTimeline timeline)
    {
        Timeline = timeline;
        Addresses = [.. timeline.Requests.Select(request => request.Address).Distinct()];
        WithoutRoute = [.. Addresses.Where(address => timeline.Requests.All(request => !request.Address.Equals(address) || request is { Stage: ExchangeStage.NotConnected, Errno: "ENETUNREACH" }))];
        _kinds = [.. timeline.Requests.Select(request => WithoutRoute.Contains(request.Address) ? RequestKind.Unsent : RequestKinds.Of(timeline, request))];
        Races = [.. Addresses.Select(RaceAt).OfType<IdleRace>()];
        _isFailure = [.. timeline.Requests.Select((request, i) => RequestKinds.IsOfPeer(_kinds[i]) && !Races.Any(race => race.Has(request)))];
        Failures = [.. timeline.Requests.Where((_, i) => _isFailure[i])];
        Dead = [.. Addresses.Where(address => At(address) is { Requests: >= FewRequests } all && all.Failed == all.Requests)];
        Windows = [.. Addresses.Except(Dead).Select(WindowsAt).OfType<FailureWindows>()];
    }

    /// <summary>The requests.</summary>
    internal RequestTimeline Timeline { get; }

    /// <summary>The addresses asked.</summary>
    internal ImmutableArray<IPAddress> Addresses { get; }

    /// <summary>Addresses to which this machine has no route: nothing was asked there.</summary>
    internal ImmutableArray<IPAddress> WithoutRoute { get; }

    /// <summary>Addresses at which every request failed.</summary>
    internal ImmutableArray<IPAddress> Dead { get; }

    /// <summary>Addresses at which requests over idle connections alone meet their end.</summary>
    internal ImmutableArray<IdleRace> Races { get; }

    /// <summary>Requests that failed by the other side or the way there, without those of <see cref="Races"/>.</summary>
    internal ImmutableArray<TriedRequest> Failures { get; }

    /// <summary>Of addresses that are not <see cref="Dead"/>: the windows of time in which failures lie, where they do and it is not chance.</summary>
    internal ImmutableArray<FailureWindows> Windows { get; }

    /// <summary>Reads the evidence; null if no requests were repeated.</summary>
    /// <param name="evidence">The evidence.</param>
    internal static TimelineReading? Of(EvidenceSet evidence) =>
        evidence.Last<RequestTimeline>() is { Requests.Count: > 0 } timeline
            ? new TimelineReading(timeline.Requests.Count <= MostRequests ? timeline : timeline with { Requests = [.. timeline.Requests.Take(MostRequests)] })
            : null;

    /// <summary>What came of each, in the order of the requests.</summary>
    internal IEnumerable<(TriedRequest Request, RequestKind Kind)> All => Timeline.Requests.Zip(_kinds);

    /// <summary>Those of <see cref="All"/> that there is a route for.</summary>
    internal IEnumerable<(TriedRequest Request, RequestKind Kind)> Sent => All.Where(one => !WithoutRoute.Contains(one.Request.Address));

    /// <summary>How many requests were answered well.</summary>
    internal int Good => _kinds.Count(RequestKinds.IsAnswered);

    /// <summary>How many requests showed what was looked for.</summary>
    internal int Seen => _kinds.Count(kind => RequestKinds.IsOf(Timeline.Symptom, kind));

    /// <summary>How many requests are made a second.</summary>
    internal double Rate => Timeline.Requests.Count / Math.Max(0.001, Timeline.Asked.TotalSeconds);

    /// <summary>How the target is by these requests alone: healthy only where each was answered, alike and in time.</summary>
    internal Status Status
    {
        get
        {
            RequestKind[] kinds = [.. Sent.Select(one => one.Kind)];
            int slow = kinds.Count(kind => kind is RequestKind.Slow);
            int refused = Sent.Count(one => one.Request is { Outcome: HttpOutcome.Complete, Status: >= 400 and < 500 });
            if (Seen > 0 || kinds.Any(RequestKinds.IsOfPeer) || AreMany(slow, kinds.Length))
                return Status.Degraded;
            return kinds.Length == 0 || !kinds.All(RequestKinds.IsAnswered) || (refused > 0 && refused < kinds.Length) || Timeline.WasInterrupted
                ? Status.Inconclusive
                : Status.Healthy;
        }
    }

    /// <summary>Whether so many requests were slow that they are neither chance nor rare.</summary>
    /// <param name="slow">How many were.</param>
    /// <param name="all">Of how many.</param>
    internal static bool AreMany(int slow, int all) => slow >= FewRequests && slow >= FewSlow * all;

    /// <summary>How many connections stood, or requests over them, at an address.</summary>
    /// <param name="address">The address.</param>
    internal int Connected(IPAddress address) => Timeline.Requests.Count(request => request.Address.Equals(address) && request.Stage is not ExchangeStage.NotConnected);

    /// <summary>How many are of a kind.</summary>
    /// <param name="kind">The kind.</param>
    internal int Count(RequestKind kind) => _kinds.Count(one => one == kind);

    /// <summary>Failures and requests at an address.</summary>
    /// <param name="address">The address.</param>
    internal (int Failed, int Requests) At(IPAddress address) =>
        (Failures.Count(request => request.Address.Equals(address)), Timeline.Requests.Count(request => request.Address.Equals(address)));

    /// <summary>
    /// Requests over new connections at an address, in their order, and whether each failed. A kept connection may be bound to one
    /// backend: what comes over it is no independent trial.
    /// </summary>
    /// <param name="address">The address.</param>
    internal IEnumerable<(TriedRequest Request, bool IsFailed)> NewAt(IPAddress address) => Timeline.Requests
        .Select((request, i) => (Request: request, IsFailed: _isFailure[i], Kind: _kinds[i]))
        .Where(one => one.Request.Idle is null && one.Request.Address.Equals(address) && (one.IsFailed || RequestKinds.IsAnswered(one.Kind)))
        .Select(one => (one.Request, one.IsFailed));

    /// <summary>Failures and requests over new connections at some addresses.</summary>
    /// <param name="addresses">The addresses.</param>
    internal (int Failed, int Requests) CountNew(params IEnumerable<IPAddress> addresses)
    {
        (TriedRequest, bool IsFailed)[] tried = [.. addresses.SelectMany(NewAt)];
        return (tried.Count(one => one.IsFailed), tried.Length);
    }

    /// <summary>The one address at which new connections fail more than at the others together; null if there is none, or if it may be chance.</summary>
    internal IPAddress? Worst
    {
        get
        {
            if (Addresses.Length < 2)
                return null;
            IPAddress worst = Addresses.MaxBy(address => CountNew(address) is var (failed, requests) ? failed / (double)Math.Max(1, requests) : 0)!;
            return LossComparison.IsMore(CountNew(Addresses.Remove(worst)), CountNew(worst), Addresses.Length) ? worst : null;
        }
    }

    /// <summary>Whether failures over new connections at an address come all the time, and in no order that chance does not make.</summary>
    /// <param name="address">The address.</param>
    internal bool IsScattered(IPAddress address)
    {
        const int Enough = 5, Parts = 3;
        (TriedRequest Request, bool IsFailed)[] tried = [.. NewAt(address)];
        TriedRequest[] failed = [.. tried.Where(one => one.IsFailed).Select(one => one.Request)];
        double part = Math.Max(0.001, Timeline.Asked.TotalSeconds) / Parts;
        return failed.Length >= Enough
            && failed.Select(request => Math.Min(Parts - 1, (int)(request.At.TotalSeconds / part))).Distinct().Count() == Parts
            && ChanceOfRuns(tried) >= LossComparison.Alpha;
    }

    /// <summary>How many failures were followed at their address by a request over a new connection, and how many of those were answered well.</summary>
    internal (int Followed, int Answered) Retries
    {
        get
        {
            int followed = 0, answered = 0;
            (TriedRequest Request, RequestKind Kind)[] fresh = [.. All.Where(one => one.Request.Idle is null)];
            foreach (TriedRequest failure in Failures)
            {
                TimeSpan end = failure.At + failure.Total;
                int next = Array.FindIndex(fresh, one => one.Request.At >= end && one.Request.Address.Equals(failure.Address));
                if (next < 0)
                    continue;
                followed++;
                answered += RequestKinds.IsAnswered(fresh[next].Kind) ? 1 : 0;
            }

            return (followed, answered);
        }
    }

    /// <summary>
    /// When answers of an address became others: something that they said is said no more, and something is said that was not said before,
    /// both not by chance. Over new connections, and of answers with the status that most have.
    /// </summary>
    internal IEnumerable<AnswerChange> Changes
    {
        get
        {
            foreach (IPAddress address in Addresses)
            {
                TriedRequest[] marked =
                [
                    .. Timeline.Requests
                        .Where((request, i) => request is { Idle: null, Mark: not null } && request.Address.Equals(address) && RequestKinds.IsAnswered(_kinds[i]))
                        .GroupBy(request => request.Status).OrderByDescending(group => group.Count()).FirstOrDefault() ?? Enumerable.Empty<TriedRequest>(),
                ];
                if (ChangeIn(address, marked) is { } change)
                    yield return change;
            }
        }
    }

    /// <summary>How many requests failed there about when answers became others.</summary>
    /// <param name="change">The change.</param>
    internal int FailuresBeside(AnswerChange change) =>
        Failures.Count(failure => failure.Address.Equals(change.Address) && (failure.At - change.At).Duration() <= TimeSpan.FromSeconds(3));

    private AnswerChange? ChangeIn(IPAddress address, TriedRequest[] marked)
    {
        int[] marks = [.. marked.Select(request => request.Mark!.Value).Distinct()];
        if (marks.Length is < 2 or > MostMarks)
            return null; // pages that are made anew for each request say something else each time
        double most = LossComparison.Alpha / (marked.Length * marks.Length);
        foreach (int after in marks)
        {
            int first = Array.FindIndex(marked, request => request.Mark == after);
            int rest = marked.Length - first;
            if (first < FewRequests || LossComparison.Fisher(0, first, marked.Count(request => request.Mark == after), rest) >= most)
                continue;
            foreach (int before in marks)
            {
                int last = Array.FindLastIndex(marked, request => request.Mark == before);
                if (last >= first || LossComparison.Fisher(0, marked.Length - last - 1, marked.Count(request => request.Mark == before), last + 1) >= most)
                    continue;
                bool isAll = !marked[..first].Select(request => request.Mark).Intersect(marked[first..].Select(request => request.Mark)).Any();
                return new AnswerChange(address, marked[first].At, Mark(before), Mark(after), isAll);
            }
        }

        return null;

        string Mark(int place) => place < Timeline.Marks.Count ? Timeline.Marks[place] : "";
    }

    /// <summary>How much a counter grew, and in how many of the steps in which it did requests failed or were waiting to fail.</summary>
    /// <param name="of">The counter's growth since the beginning.</param>
    /// <param name="failures">The failures that are meant.</param>
    internal (long Growth, int Steps, int WithFailure) Growth(Func<HostLook, long> of, IReadOnlyCollection<TriedRequest> failures)
    {
        int steps = 0, with = 0;
        for (int i = 1; i < Timeline.Looks.Count; i++)
        {
            HostLook from = Timeline.Looks[i - 1], to = Timeline.Looks[i];
            if (of(to) <= of(from))
                continue;
            steps++;
            with += failures.Any(request => request.At < to.At && request.At + request.Total > from.At) ? 1 : 0;
        }

        return (Timeline.Looks.Count > 0 ? of(Timeline.Looks[^1]) : 0, steps, with);
    }

    /// <summary>Times since the beginning in words.</summary>
    /// <param name="time">The time.</param>
    internal static string After(TimeSpan time) => string.Create(CultureInfo.InvariantCulture, $"+{time.TotalSeconds:0.0} s");

    /// <summary>The time of day of a moment, in UTC.</summary>
    /// <param name="time">The moment, from the beginning.</param>
    internal string Clock(TimeSpan time) => new DateTime(Math.Clamp(Timeline.Begin.UtcTicks + time.Ticks, 0, DateTime.MaxValue.Ticks), DateTimeKind.Utc).ToString("HH:mm:ss 'UTC'", CultureInfo.InvariantCulture);

    // A connection that rested for long meets its end, one that did not, or is new, does not.
    private IdleRace? RaceAt(IPAddress address)
    {
        TriedRequest[] here = [.. Timeline.Requests.Where(request => request.Address.Equals(address))];
        TriedRequest[] met = [.. here.Where(request => request.Idle is not null && IsWithoutAnswer(request))];
        if (met.Length == 0)
            return null;
        TimeSpan least = met.Min(request => request.Idle!.Value);
        TriedRequest[] rested = [.. here.Where(request => request.Idle >= least)];
        TriedRequest[] others = [.. here.Where(request => !(request.Idle >= least))];
        (int, int) first = (others.Count(IsWithoutAnswer), others.Length);
        return LossComparison.IsMore(first, (met.Length, rested.Length), Addresses.Length * met.Length)
            ? new IdleRace(address, least, (met.Length, rested.Length), first)
            : null;
    }

    /// <summary>Whether the connection ended before the first octet of an answer.</summary>
    /// <param name="request">The request.</param>
    internal static bool IsWithoutAnswer(TriedRequest request) =>
        request is { Outcome: HttpOutcome.Reset or HttpOutcome.ClosedEarly, Stage: ExchangeStage.Connected or ExchangeStage.HandshakeDone };

    // Failures and good requests in an order that chance does not make, and nearly all failures beside others.
    private FailureWindows? WindowsAt(IPAddress address)
    {
        (TriedRequest Request, bool IsFailed)[] tried = [.. NewAt(address)];
        int failed = tried.Count(one => one.IsFailed);
        if (failed < FewRequests || failed == tried.Length || ChanceOfRuns(tried) >= LossComparison.Alpha / Addresses.Length)
            return null;

        List<(int First, int Last, int Failed)> groups = [];
        for (int i = 0; i < tried.Length; i++)
        {
            if (!tried[i].IsFailed)
                continue;
            if (groups is [.., var group] && i - group.Last - 1 <= MostBetween)
                groups[^1] = (group.First, i, group.Failed + 1);
            else
                groups.Add((i, i, 1));
        }

        groups.RemoveAll(group => group.Failed == 1);
        (int Failed, int Requests) inside = (groups.Sum(group => group.Failed), groups.Sum(group => group.Last - group.First + 1));
        if (inside.Failed < 0.8 * failed || groups.Count == 0)
            return null;
        return new FailureWindows(
            address,
            [.. groups.Select(group => (tried[group.First].Request.At, tried[group.Last].Request.At))],
            inside,
            (failed - inside.Failed, tried.Length - inside.Requests))
        {
            IsFromBeginning = groups[0].First < FewRequests,
            IsToEnd = groups[^1].Last >= tried.Length - FewRequests,
        };
    }

    // How likely so few changes between good and bad are: the test of runs.
    // Source: A. Wald and J. Wolfowitz, "On a test whether two samples are from the same population" (1940).
    private static double ChanceOfRuns((TriedRequest Request, bool IsFailed)[] tried)
    {
        int first = tried.Count(one => one.IsFailed), second = tried.Length - first;
        if (first == 0 || second == 0)
            return 1;
        int runs = 1 + Enumerable.Range(1, tried.Length - 1).Count(i => tried[i].IsFailed != tried[i - 1].IsFailed);
        double all = LossComparison.LogChoose(first + second, first);
        double chance = 0;
        for (int r = 2; r <= runs; r++)
        {
            int half = r / 2;
            chance += r % 2 == 0
                ? 2 * Ways(half - 1, half - 1)
                : Ways(half, half - 1) + Ways(half - 1, half);
        }

        return Math.Min(1, chance);

        double Ways(int ofFirst, int ofSecond) =>
            Math.Exp(LossComparison.LogChoose(first - 1, ofFirst) + LossComparison.LogChoose(second - 1, ofSecond) - all);
    }
}

/// <summary>Windows of time in which nearly all failures over new connections at an address lie.</summary>
/// <param name="Address">The address.</param>
/// <param name="Spans">The windows, from the beginning of the first request that fails to that of the last one.</param>
/// <param name="Inside">Failures and requests in them.</param>
/// <param name="Outside">Failures and requests besides.</param>
internal sealed record FailureWindows(
    IPAddress Address, ImmutableArray<(TimeSpan From, TimeSpan To)> Spans, (int Failed, int Requests) Inside, (int Failed, int Requests) Outside)
{
    /// <summary>Whether the first one began before something good was seen often enough.</summary>
    internal bool IsFromBeginning { get; init; }

    /// <summary>Whether the last one was not seen to end.</summary>
    internal bool IsToEnd { get; init; }
}

/// <summary>Answers of an address became others.</summary>
/// <param name="Address">The address.</param>
/// <param name="At">When, from the beginning of all.</param>
/// <param name="Before">What is said no more.</param>
/// <param name="After">What was not said before.</param>
/// <param name="IsAll">Whether no answer before is like one behind; else some are, as of another backend.</param>
internal sealed record AnswerChange(IPAddress Address, TimeSpan At, string Before, string After, bool IsAll)
{
    /// <summary>Whether more differs than ETag and Last-Modified, which a page that is made anew changes as well.</summary>
    internal bool IsOfSoftware => Fields(Before).Except(Fields(After)).Concat(Fields(After).Except(Fields(Before)))
        .Any(said => !said.StartsWith("etag:", StringComparison.Ordinal) && !said.StartsWith("last-modified:", StringComparison.Ordinal));

    private static string[] Fields(string mark) => mark.Split("; ");
}

/// <summary>At an address, requests over connections that rested for some time meet a reset or the end, and others do not.</summary>
/// <param name="Address">The address.</param>
/// <param name="Least">The shortest rest of those that did.</param>
/// <param name="Rested">Failures and requests over connections that had rested for so long.</param>
/// <param name="Others">Failures and requests over new connections, and over such that had rested less.</param>
internal sealed record IdleRace(IPAddress Address, TimeSpan Least, (int Failed, int Requests) Rested, (int Failed, int Requests) Others)
{
    /// <summary>Whether a request is one of those.</summary>
    /// <param name="request">The request.</param>
    internal bool Has(TriedRequest request) =>
        request.Address.Equals(Address) && request.Idle >= Least && TimelineReading.IsWithoutAnswer(request);

    /// <summary>In words.</summary>
    internal string InWords => $"{Rested.Failed} of {Rested.Requests} requests over connections that had been idle for {ApplicationView.InWords(Least)} or more met a reset or the end, and {Others.Failed} of {Others.Requests} over new ones and such that had been idle for less";
}
