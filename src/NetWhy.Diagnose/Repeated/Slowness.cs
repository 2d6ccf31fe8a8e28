using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using NetWhy.Diagnose.Paths;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Repeated;

/// <summary>Which part of a request came late.</summary>
internal enum SlowPart
{
    /// <summary>The beginning of the answer.</summary>
    Beginning,

    /// <summary>The rest of its body.</summary>
    Body,

    /// <summary>The TLS handshake before it.</summary>
    Handshake,
}

/// <summary>Late answers of an address, and whose making they are.</summary>
/// <param name="Address">The address.</param>
/// <param name="Answered">Requests that were answered there.</param>
/// <param name="Slow">Those whose answer or handshake was late, or whose body stood still for long, without a segment sent again or out of order, and long after a round trip.</param>
internal sealed record Slowness(IPAddress Address, TriedRequest[] Answered, TriedRequest[] Slow)
{
    private const int Few = 3;
    private const double Early = 0.01; // seconds: timers are not early, but clocks are not alike
    private const double OfTimer = 0.06, MostOfTimer = 0.25; // seconds that a timer's wait is over a whole second at most, beside what others take: what is done then is quick
    private const double NearlyAll = 0.9;
    private const int MostOfPool = 8; // backends, of which one is so: rarer ones are of the application
    private const double MostOfBody = 0.5; // of its time in one silence: else it is a slow way, or a limit of the rate
    private const double MostOf = 0.8; // a busy machine makes some later
    private const double Alike = 0.06; // seconds between waits that one timer ends

    /// <summary>What of them came late.</summary>
    internal SlowPart Part { get; private init; }

    /// <summary>Whether some were late by themselves: the very first ones, such that began while no other of ours was under way, or such that others overtook.</summary>
    /// <remarks>A queue, or a limit that delays, makes requests late that come too soon after others, and in their order. What others overtake waits for something else, unless that is seen only beside others of ours.</remarks>
    internal bool IsByItself { get; private init; }

    /// <summary>Whether those alone are late that began while others of ours were under way, and not by chance.</summary>
    internal bool IsOfOurMaking { get; private init; }

    /// <summary>The whole seconds that nearly all waits last, in their order; empty where they last others.</summary>
    internal ImmutableArray<int> Steps { get; private init; } = [];

    /// <summary>The windows of time in which late answers lie; null where they lie in none.</summary>
    internal FailureWindows? Windows { get; private init; }

    /// <summary>Whether late and quick answers come beside each other, many of each, in turn or over the same connections, as where some of several backends are late or dead.</summary>
    internal bool IsOfPool { get; private init; }

    /// <summary>Whether new connections alone wait, and those made one at a time afterwards did not, which chance does not explain: they wait for each other.</summary>
    internal bool IsOfNewConnections { get; private init; }

    /// <summary>Which request of a connection is late, the first or a later one, where that decides; else null.</summary>
    internal PlaceInConnection? Place { get; private init; }

    /// <summary>Where it looks as if that decided, and backends that take turns explain it about as well; else null.</summary>
    internal PlaceInConnection? PlaceOrTurn { get; private init; }

    /// <summary>Times in which nothing was answered and at whose end all was that had come meanwhile, where nearly all late answers are of those; else empty.</summary>
    internal ImmutableArray<(TimeSpan From, TimeSpan To)> Pauses { get; private init; } = [];

    /// <summary>That they are of our making, in words.</summary>
    internal string InWords { get; private init; } = "";

    /// <summary>Whether something may try again behind the server: waits of different whole seconds, or of one in windows of time or beside many quick ones, each as long as some tries of a proxy or of the kernel's SYN take.</summary>
    internal bool IsOfRetries => !Steps.IsEmpty && (Steps.Length > 1 || Windows is not null || IsOfPool) && Steps.All(IsOfTry);

    // A second before each retry of a proxy, or the SYNs that the kernel sends again after 1, 3 and 7 s.
    private static bool IsOfTry(int seconds) => seconds is 1 or 2 or 3 or 4 or 7;

    /// <summary>Whether one wait alone lasts as some tries do; one of fifteen others does, too.</summary>
    /// <param name="wait">The wait, without the round trip.</param>
    internal static bool IsAsOfRetry(TimeSpan wait) => (int)Math.Floor(wait.TotalSeconds + Early) is var whole && IsOfTry(whole) && wait.TotalSeconds - whole <= OfTimer;

    /// <summary>Whether they last as some tries of a resolver do. Source: resolv.conf(5), timeout: 5 s.</summary>
    internal bool IsOfResolver => !Steps.IsEmpty && Steps.All(step => step % 5 == 0);

    /// <summary>Looks at an address.</summary>
    /// <param name="reading">The requests.</param>
    /// <param name="address">The address.</param>
    /// <param name="windows">The windows of time in which late answers lie.</param>
    /// <param name="turn">The turn in which they come.</param>
    /// <param name="part">What of them is looked at.</param>
    /// <returns>Null if no answer was late.</returns>
    internal static Slowness? Of(TimelineReading reading, IPAddress address, FailureWindows? windows, Turn? turn, SlowPart part = SlowPart.Beginning)
    {
        TimeSpan late = RequestKinds.Late(reading.Timeline);
        TriedRequest[] answered = [.. reading.AllAt(address).Where(one => RequestKinds.IsAnswered(one.Kind) && (part is not SlowPart.Handshake || one.Request.Tls is not null)).Select(one => one.Request)];
        TriedRequest[] slow = [.. answered.Where(request => part is SlowPart.Handshake
            ? request is { Tls: { } handshake, Retransmits: 0, OutOfOrder: 0, RoundTrip: { } there } && handshake - (2 * there) >= late && handshake >= there * 6
            : part is SlowPart.Body
            ? request is { Receive: { } time, LongestGap: { } gap, Retransmits: 0, OutOfOrder: 0, RoundTrip: { } round } && time >= late && gap >= time * MostOfBody && gap >= round * 6
            : request is { Wait: { } wait, Retransmits: 0, RoundTrip: { } way } && wait - way >= late && wait >= way * 6)];
        if (slow.Length == 0)
            return null;
        HashSet<TriedRequest> alone = AloneOf(reading, address), isSlow = new(slow, ReferenceEqualityComparer.Instance);
        RequestKind[] afterwards = [.. reading.KindsAlone(address)];
        int slowAfterwards = afterwards.Count(kind => kind is RequestKind.Slow || RequestKinds.IsTimeout(kind)); // what failed at once tells nothing of it
        (int Slow, int All) single = (slow.Count(alone.Contains) + slowAfterwards, answered.Count(alone.Contains) + slowAfterwards + afterwards.Count(RequestKinds.IsInTime));
        (int Slow, int All) beside = (slow.Count(request => !alone.Contains(request)), answered.Count(request => !alone.Contains(request)));
        bool isMoreBeside = LossComparison.IsMore(single, beside);
        PlaceInConnection? placeOrTurn = PlaceInConnection.Of(address, answered.Select(request => (request, isSlow.Contains(request))), reading.Addresses.Length);
        PlaceInConnection? place = placeOrTurn is { Rival: null } ? placeOrTurn : null;
        ImmutableArray<(TimeSpan From, TimeSpan To)> pauses = part is SlowPart.Beginning ? PausesOf(answered, isSlow) : [];

        int overtaken = slow.Count(one => answered.Count(other => !isSlow.Contains(other) && other.At > one.At && other.At + other.Total < one.At + one.Total) >= Few);
        ImmutableArray<int> steps = part is not SlowPart.Beginning ? [] : StepsOf(slow, [.. answered.Where(request => !isSlow.Contains(request))]);

        // Who waits behind others waits as long as those take, and is not overtaken.
        bool areOvertaken = overtaken >= Few && overtaken * 2 >= slow.Length, isOfTimer = areOvertaken && part is SlowPart.Beginning && (!steps.IsEmpty || AreAlike(slow));

        // The first of the run may have waited for the usual probes, which ask at that time, too.
        bool isOfNewConnections = part is SlowPart.Beginning && place is { IsOfFirst: true } && slowAfterwards == 0 && afterwards.Count(RequestKinds.IsInTime) is >= Few and var quick && LossComparison.IsMore((0, quick), place.First);
        bool isOfOurMaking = isOfNewConnections
            || (part is SlowPart.Beginning && reading.Queues.ContainsKey(address) && place is null && pauses.IsEmpty && slowAfterwards == 0)
            || (place is null && pauses.IsEmpty && !isOfTimer && isMoreBeside && (single.Slow == 0 || (slowAfterwards == 0 && afterwards.Count(RequestKinds.IsInTime) >= Few)));
        TriedRequest[] first = [.. reading.AllAt(address).Select(one => one.Request).Take(Few)];
        return new Slowness(address, answered, slow)
        {
            IsOfOurMaking = isOfOurMaking,
            IsByItself = !isOfOurMaking
                && (place is not null || !pauses.IsEmpty || (first.Length == Few && first.All(isSlow.Contains)) || TimelineReading.AreMany(single.Slow, single.All) || ((!isMoreBeside || isOfTimer) && areOvertaken)),
            Part = part,
            IsOfNewConnections = isOfNewConnections,
            IsOfPool = place is null && pauses.IsEmpty && slow.Length * MostOfPool >= answered.Length && (answered.Length - slow.Length) * MostOfPool >= answered.Length
                && (turn is not null || (areOvertaken && answered.Where(request => request.Connection is not null).GroupBy(request => request.Connection!.Value).Count(here => here.Any(isSlow.Contains) && !here.All(isSlow.Contains)) >= Few)),
            Place = place,
            PlaceOrTurn = placeOrTurn is { Rival: not null } ? placeOrTurn : null,
            Pauses = pauses,
            Steps = steps,
            Windows = windows,
            InWords = isOfNewConnections
                ? $"{place!.First.Wrong} of {Words.Count(place.First.All, "new connection")} had to wait, and {(place.Later.Wrong == 0 ? "none" : place.Later.Wrong)} of {place.Later.All} requests over kept ones, nor one made alone afterwards: new ones wait for each other, as behind a limit that delays them"
                : string.Create(
                CultureInfo.InvariantCulture,
                $"{beside.Slow} of {Words.Count(beside.All, "answer")} are slow that were asked for while others of ours were under way, and {(single.Slow == 0 ? "none" : single.Slow)} of {single.All} besides: they wait for each other, as behind one worker or a limit that delays, and netwhy asked {reading.Rate:0.#} times a second{(reading.Less is { } less ? $"; {less} asks less" : "")}"),
        };
    }

    // Those that began while no other was under way.
    private static HashSet<TriedRequest> AloneOf(TimelineReading reading, IPAddress address)
    {
        var alone = new HashSet<TriedRequest>(ReferenceEqualityComparer.Instance);
        TimeSpan busy = TimeSpan.Zero;
        foreach (TriedRequest request in reading.AllAt(address).Select(one => one.Request).OrderBy(request => request.At))
        {
            if (request.At >= busy)
                alone.Add(request);
            TimeSpan end = request.At + request.Total;
            busy = end > busy ? end : busy;
        }

        return alone;
    }

    // Answers that begin together though what asked for them came one after the other, with none between: all waited for one thing to end.
    private static ImmutableArray<(TimeSpan From, TimeSpan To)> PausesOf(TriedRequest[] answered, HashSet<TriedRequest> slow)
    {
        const int Several = 2; // pauses
        const double Spread = 0.5; // of the longest wait of a pause, over which requests came
        TimeSpan together = TimeSpan.FromMilliseconds(60), atLeast = together * 4;
        (TimeSpan Asked, TimeSpan Answered, bool IsSlow)[] all = [.. answered.Where(request => request.Wait is not null).Select(request => (AskedAt(request), AskedAt(request) + request.Wait!.Value, slow.Contains(request))).OrderBy(one => one.Item2)];
        List<(TimeSpan From, TimeSpan To)> pauses = [];
        int inPauses = 0, cut = 0;
        TimeSpan last = all.Length == 0 ? TimeSpan.Zero : all.Max(one => one.Asked); // the last pause may go on when nothing is asked any more
        for (int first = 0; first < all.Length;)
        {
            int next = first + 1;
            while (next < all.Length && all[next].Answered - all[next - 1].Answered <= together)
                next++;
            (TimeSpan Asked, TimeSpan Answered, bool IsSlow)[] released = [.. all[first..next].Where(one => one.Asked < all[first].Answered)];
            if (released.Count(one => one.IsSlow) >= Few)
            {
                (TimeSpan from, TimeSpan to) = (released.Min(one => one.Asked), all[first].Answered);
                bool isQuiet = !all.Any(one => one.Answered > from + together && one.Answered < to);
                TimeSpan asked = released.Max(one => one.Asked) - from;
                if (isQuiet && asked >= ((last < to ? last : to) - from) * Spread && asked >= (last < to ? atLeast : TimeSpan.Zero))
                {
                    pauses.Add((from, to));
                    inPauses += released.Count(one => one.IsSlow);
                }
                else if (isQuiet && last < to)
                {
                    cut += released.Count(one => one.IsSlow); // the run ended too early in it to tell
                }
            }

            first = next;
        }

        return pauses.Count >= Several && inPauses >= MostOf * (slow.Count - cut) ? [.. pauses] : [];

        static TimeSpan AskedAt(TriedRequest request) => request.At + (request.Connect ?? TimeSpan.Zero) + (request.Tls ?? TimeSpan.Zero);
    }

    // Whether nearly all waits are as long.
    private static bool AreAlike(TriedRequest[] slow)
    {
        double[] waits = [.. slow.Select(request => request.Wait!.Value.TotalSeconds).Order()];
        return waits[(int)(NearlyAll * (waits.Length - 1))] - waits[(int)((1 - NearlyAll) * (waits.Length - 1))] <= Alike;
    }

    private static ImmutableArray<int> StepsOf(TriedRequest[] slow, TriedRequest[] others)
    {
        double[] usual = [.. others.Select(request => (request.Wait ?? TimeSpan.Zero).TotalSeconds).Order()];
        double over = Math.Min(MostOfTimer, OfTimer + (usual.Length == 0 ? 0 : usual[(int)(NearlyAll * (usual.Length - 1))]));
        double[] waits = [.. slow.Select(request => (request.Wait!.Value - request.RoundTrip!.Value).TotalSeconds)];
        int[] steps = [.. waits.Where(wait => Math.Floor(wait + Early) is >= 1 and var whole && wait - whole <= over).Select(wait => (int)Math.Floor(wait + Early))];
        bool isChance = LossComparison.Tail(slow.Length, steps.Length, over + Early) >= LossComparison.Alpha;
        return slow.Length >= Few && steps.Length >= MostOf * slow.Length && !isChance ? [.. steps.Distinct().Order()] : [];
    }
}
