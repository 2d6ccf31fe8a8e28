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
    private const int MostSteps = 1000;
    private const int MostMarks = 2; // versions at once at one address, as while a deploy goes on

    private readonly RequestKind[] _kinds;

    private TimelineReading(RequestTimeline timeline)
    {
        Timeline = timeline;
        _kinds = [.. timeline.Requests.Select(request => RequestKinds.Of(timeline, request))];
        Addresses = [.. timeline.Requests.Select(request => request.Address).Distinct()];
        Races = [.. Addresses.Select(RaceAt).OfType<IdleRace>()];
        Failures = [.. timeline.Requests.Where((request, i) => RequestKinds.IsOfPeer(_kinds[i]) && !Races.Any(race => race.Has(request)))];
        Windows = WindowsOf();
    }

    /// <summary>The requests.</summary>
    internal RequestTimeline Timeline { get; }

    /// <summary>The addresses asked.</summary>
    internal ImmutableArray<IPAddress> Addresses { get; }

    /// <summary>Addresses at which requests over idle connections alone meet their end.</summary>
    internal ImmutableArray<IdleRace> Races { get; }

    /// <summary>Requests that failed by the other side or the way there, without those of <see cref="Races"/>.</summary>
    internal ImmutableArray<TriedRequest> Failures { get; }

    /// <summary>The windows of time in which all failures lie; empty if they lie scattered, or if it may be chance.</summary>
    internal ImmutableArray<(TimeSpan From, TimeSpan To)> Windows { get; }

    /// <summary>Reads the evidence; null if no requests were repeated.</summary>
    /// <param name="evidence">The evidence.</param>
    internal static TimelineReading? Of(EvidenceSet evidence) =>
        evidence.Last<RequestTimeline>() is { Requests.Count: > 0 } timeline
            ? new TimelineReading(timeline.Requests.Count <= MostRequests ? timeline : timeline with { Requests = [.. timeline.Requests.Take(MostRequests)] })
            : null;

    /// <summary>What came of each, in the order of the requests.</summary>
    internal IEnumerable<(TriedRequest Request, RequestKind Kind)> All => Timeline.Requests.Zip(_kinds);

    /// <summary>How many requests were answered well.</summary>
    internal int Good => _kinds.Count(RequestKinds.IsAnswered);

    /// <summary>How many are of a kind.</summary>
    /// <param name="kind">The kind.</param>
    internal int Count(RequestKind kind) => _kinds.Count(one => one == kind);

    /// <summary>Failures and requests at an address.</summary>
    /// <param name="address">The address.</param>
    internal (int Failed, int Requests) At(IPAddress address) =>
        (Failures.Count(request => request.Address.Equals(address)), Timeline.Requests.Count(request => request.Address.Equals(address)));

    /// <summary>The one address that fails more than the others together; null if there is none, or if it may be chance.</summary>
    internal IPAddress? Worst
    {
        get
        {
            if (Addresses.Length < 2)
                return null;
            IPAddress worst = Addresses.MaxBy(address => At(address) is var (failed, requests) ? failed / (double)Math.Max(1, requests) : 0)!;
            return LossComparison.IsMore(Others(worst), At(worst), Addresses.Length) ? worst : null;
        }
    }

    /// <summary>Failures and requests at all other addresses.</summary>
    /// <param name="address">The one that is left out.</param>
    internal (int Failed, int Requests) Others(IPAddress address) =>
        (Failures.Count(request => !request.Address.Equals(address)), Timeline.Requests.Count(request => !request.Address.Equals(address)));

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

    /// <summary>When all answers of an address became others than before, with what they said before and after: a new version, as it seems.</summary>
    internal IEnumerable<(IPAddress Address, TimeSpan At, string Before, string After)> Changes
    {
        get
        {
            foreach (IPAddress address in Addresses)
            {
                TriedRequest[] marked = [.. Timeline.Requests.Where(request => request.Address.Equals(address) && request is { Mark: not null, Status: < 500, Outcome: HttpOutcome.Complete })];
                if (marked.DistinctBy(request => request.Mark).Count() > 2 * MostMarks)
                    continue; // pages that are made anew for each request say something else each time
                for (int i = FewRequests; i <= marked.Length - FewRequests; i++)
                {
                    int[] before = [.. marked[..i].Select(request => request.Mark!.Value).Distinct()];
                    int[] after = [.. marked[i..].Select(request => request.Mark!.Value).Distinct()];
                    if (before.Length > MostMarks || after.Length > MostMarks || before.Intersect(after).Any())
                        continue;
                    double chance = LossComparison.Fisher(0, i, marked.Length - i, marked.Length - i);
                    if (chance < LossComparison.Alpha / marked.Length)
                        yield return (address, marked[i].At, Mark(before[^1]), Mark(after[0]));
                    break;
                }
            }

            string Mark(int place) => place < Timeline.Marks.Count ? Timeline.Marks[place] : "";
        }
    }

    /// <summary>How much a counter grew, and in how many of the steps in which it did requests failed or were waiting to fail.</summary>
    /// <param name="of">The counter's growth since the beginning.</param>
    internal (long Growth, int Steps, int WithFailure) Growth(Func<HostLook, long> of)
    {
        int steps = 0, with = 0;
        for (int i = 1; i < Timeline.Looks.Count; i++)
        {
            HostLook from = Timeline.Looks[i - 1], to = Timeline.Looks[i];
            if (of(to) <= of(from))
                continue;
            steps++;
            with += Failures.Any(request => request.At < to.At && request.At + request.Total > from.At) ? 1 : 0;
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

    private static bool IsWithoutAnswer(TriedRequest request) =>
        request is { Outcome: HttpOutcome.Reset or HttpOutcome.ClosedEarly, Stage: ExchangeStage.Connected or ExchangeStage.HandshakeDone };

    // Steps of time with failures and steps without them, in an order that chance does not make: the test of runs.
    // Source: A. Wald and J. Wolfowitz, "On a test whether two samples are from the same population" (1940).
    private ImmutableArray<(TimeSpan From, TimeSpan To)> WindowsOf()
    {
        if (Failures.Length < FewRequests)
            return [];
        TimeSpan[] times = [.. Failures.Select(request => request.At)];
        double asked = Timeline.Asked.TotalSeconds;
        double step = Math.Max(0.25, Math.Max(3 * asked / Timeline.Requests.Count, asked / MostSteps));
        int steps = Math.Max(1, (int)Math.Ceiling((asked + 0.001) / step));
        bool[] isAsked = new bool[steps], isBad = new bool[steps];
        foreach (TriedRequest request in Timeline.Requests)
            isAsked[Place(request.At)] = true;
        foreach (TimeSpan time in times)
            isBad[Place(time)] = true;
        bool[] order = [.. isBad.Where((_, i) => isAsked[i])];
        int bad = order.Count(one => one);
        int runs = 1 + Enumerable.Range(1, Math.Max(0, order.Length - 1)).Count(i => order[i] != order[i - 1]);
        if (bad == 0 || bad == order.Length || ChanceOfRuns(bad, order.Length - bad, runs) >= LossComparison.Alpha)
            return [];

        List<(TimeSpan From, TimeSpan To)> windows = [];
        bool isInside = false;
        for (int i = 0; i < steps; i++)
        {
            if (!isAsked[i])
                continue;
            if (isBad[i])
            {
                TimeSpan[] here = [.. times.Where(time => Place(time) == i)];
                windows = isInside ? [.. windows[..^1], (windows[^1].From, here.Max())] : [.. windows, (here.Min(), here.Max())];
            }

            isInside = isBad[i];
        }

        return [.. windows];

        int Place(TimeSpan time) => Math.Clamp((int)(time.TotalSeconds / step), 0, steps - 1);
    }

    private static double ChanceOfRuns(int first, int second, int runs)
    {
        double all = Choose(first + second, first);
        double chance = 0;
        for (int r = 2; r <= runs; r++)
        {
            int half = r / 2;
            chance += r % 2 == 0
                ? 2 * Choose(first - 1, half - 1) * Choose(second - 1, half - 1)
                : (Choose(first - 1, half) * Choose(second - 1, half - 1)) + (Choose(first - 1, half - 1) * Choose(second - 1, half));
        }

        return chance / all;

        static double Choose(int n, int k)
        {
            double product = k < 0 || k > n ? 0 : 1;
            for (int i = 1; i <= k && product > 0; i++)
                product *= (n - k + i) / (double)i;
            return product;
        }
    }
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
        request.Address.Equals(Address) && request.Idle >= Least && request.Outcome is HttpOutcome.Reset or HttpOutcome.ClosedEarly;

    /// <summary>In words.</summary>
    internal string InWords => $"{Rested.Failed} of {Rested.Requests} requests over connections that had been idle for {ApplicationView.InWords(Least)} or more met a reset or the end, and {Others.Failed} of {Others.Requests} over new ones and such that had been idle for less";
}
