using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using NetWhy.Diagnose.Paths;
using NetWhy.Diagnose.Repeated;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Rules;

/// <summary>The application answers late, or sends its answer drop by drop, while the network is idle.</summary>
public sealed class HttpSlow : IRule
{
    private const string SlowServer = "http-slow-server";
    private const string SlowTransfer = "http-slow-transfer";
    private const double SlowRate = 128 * 1024; // octets per second: about 1 Mbit/s
    private const int MostPauses = 4; // whose times are told
    private const double MostOfIt = 0.8; // of a transfer
    private const long OnePause = 1400; // octets of a body that one segment holds: more of it would have a rate
    private const double SlowWay = 256 * 1024; // where a full queue shows that it is the way which takes the time

    // The way was fast: what makes the server answer late may explain it, and no loss on the way.
    private static readonly ImmutableArray<string> OfServer =
        ["http-server-error", "http-bad-gateway", "http-unavailable", "http-gateway-timeout", "target-is-local", "dns-answers-differ", "dns-hijacked", "file-descriptors-exhausted"];

    private static readonly TimeSpan LateAnswer = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongTransfer = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan FeltGap = TimeSpan.FromSeconds(0.1);

    /// <inheritdoc/>
    public RuleInfo Info { get; } = new(
        "http-slow", Source: "tcp(7), TCP_INFO; RFC 9110", SlowServer, SlowTransfer);

    /// <inheritdoc/>
    public IEnumerable<Finding> Evaluate(EvidenceSet evidence)
    {
        var view = ApplicationView.Of(evidence);
        TimelineReading? reading = TimelineReading.Of(evidence);
        Finding[] ofRun = reading is null ? []
            : [.. reading.Slow.Where(slow => !slow.IsOfRetries && !reading.IsSlowInTurn(slow.Address) && !reading.IsOfOurMaking(slow.Address) && !reading.IsWayFull(slow.Address)).Select(slow => OfRun(reading, slow)).OfType<Finding>()];
        foreach (FullWay way in reading?.FullWays ?? [])
        {
            if (OfWay(view, reading!, way) is { } full)
                yield return full;
        }

        foreach (HttpExchange http in view.Exchanges.Where(http => http.Status is not null && reading?.IsWayFull(http.Address) is not true).DistinctBy(http => http.Address))
        {
            bool isRepeated = IsRepeated(reading, ofRun, http.Address);
            if (Late(view, http) is { } late && (!isRepeated || IsOnce(reading!, http)))
                yield return isRepeated ? Once(reading!, http) : late;
            bool isTold = reading is not null && (reading.IsSlowInTurn(http.Address) || reading.SlowBodies.Any(slow => slow.Address.Equals(http.Address) && !reading.IsOfOurMaking(slow.Address) && OfBodies(reading, slow) is not null));
            if (!isTold && Trickle(view, http) is { } trickle)
                yield return trickle;
        }

        foreach (Finding slow in ofRun)
            yield return slow;
        if (reading is not null)
        {
            foreach (Slowness bodies in reading.SlowBodies.Where(slow => !reading.IsSlowInTurn(slow.Address) && !reading.IsOfOurMaking(slow.Address) && !reading.IsWayFull(slow.Address)))
            {
                if (OfBodies(reading, bodies) is { } slow)
                    yield return slow;
            }
        }

        foreach (HttpExchange http in view.Exchanges
            .Where(http => http is { Status: null, Outcome: HttpOutcome.Stalled, StoppedByUs: true }).DistinctBy(http => http.Address))
        {
            yield return Dribble(view, http);
        }
    }

    // Where requests are repeated at the same time, they tell how often, and whether they wait for each other. One after the other, they may
    // be slow and not tell whose the time is: then a single one tells as much.
    private static bool IsRepeated(TimelineReading? reading, Finding[] ofRun, IPAddress address)
    {
        if (reading is not { Timeline.IsHttp: true })
            return false;
        if (reading.Timeline.Symptom is not null)
            return reading.Addresses.Contains(address);
        return ofRun.Any(slow => address.Equals(slow.Subject)) || (reading.Decides(address) && !reading.Slow.Any(slow => slow.Address.Equals(address)));
    }

    // Slowness was looked for, and only a request before or after the repeated ones, which was none of many, had it.
    private static bool IsOnce(TimelineReading reading, HttpExchange http) =>
        reading.Timeline.Symptom is "slow" && SingleTries.IsRepeated(reading.Timeline, http) && reading.Decides(http.Address) && !reading.AllAt(http.Address).Any(one => one.Kind is RequestKind.Slow || RequestKinds.IsTimeout(one.Kind));

    private static Finding Once(TimelineReading reading, HttpExchange http)
    {
        RequestTimeline timeline = reading.Timeline;
        TimeSpan wait = http.TimeToFirstByte!.Value;
        TimeSpan[] waits = [.. reading.AllAt(http.Address).Where(one => RequestKinds.IsAnswered(one.Kind)).Select(one => one.Request.Wait).OfType<TimeSpan>().Order()];
        string usual = waits.Length == 0 ? "" : $" (median {ApplicationView.InWords(waits[(waits.Length - 1) / 2])})";
        return new Finding(
            SlowServer,
            Severity.Warning,
            Where.Remote,
            $"{ApplicationView.Server(http)} took {ApplicationView.InWords(wait)} to begin one answer, and none of {reading.At(http.Address).Requests} repeated requests waited long{usual}: it is rare, or comes after a rest or at a cold start.",
            [
                http.Weigh(Weight.VeryStrong, $"the first octet came {ApplicationView.InWords(wait)} after the request"),
                timeline.Weigh(Weight.HintAgainst, $"{waits.Length} repeated requests were answered{usual}, the slowest one {(waits.Length == 0 ? "none" : ApplicationView.InWords(waits[^1]))} after it was sent"),
            ])
        {
            Subject = http.Address,
            ExplainedOnlyBy = OfServer,
            Next =
            [
                $"Does it come again? {ShellCommand.Of($"netwhy {timeline.Url} --symptom slow")} {reading.Longer ?? "--duration 600"}",
                "On the proxy and the server: how long do they say that the slow request took, and which backend was it (access log, $upstream_addr, $upstream_response_time)? A proxy that waited for a dead backend leaves it out afterwards (nginx: max_fails, for fail_timeout).",
            ],
        };
    }

    // Repeated requests show how often, and whose the time is: connections that were made while an answer was waited for tell how long the
    // way took then. Where they tell nothing, or took long too, nothing is concluded.
    private static Finding? OfRun(TimelineReading reading, Slowness slowness)
    {
        RequestTimeline timeline = reading.Timeline;
        (IPAddress address, TriedRequest[] answered, TriedRequest[] slow) = slowness;
        TimeSpan[] waits = [.. slow.Select(request => request.Wait!.Value).Order()];
        bool isOneByOne = IsOneByOne(reading);
        if (Meanwhile(reading, slowness, waits[0]) is not { } meanwhile)
            return null;

        // A way that is slow after a rest hits kept connections rather than new ones, but not all of them.
        (int, int) fresh = (slow.Count(request => request.Idle is null), answered.Count(request => request.Idle is null));
        (int, int) kept = (slow.Count(request => request.Idle is not null), answered.Count(request => request.Idle is not null));
        if (LossComparison.IsMore(fresh, kept) && slowness.Place is null)
            return null;

        TimeSpan round = slow.Min(request => request.RoundTrip!.Value);
        int again = answered.Count(request => request.Retransmits > 0);
        string server = ApplicationView.Endpoint(address, timeline.Port);
        string often = slow.Length == answered.Length ? $"all {answered.Length}" : $"{slow.Length} of {answered.Length}";
        string longest = ApplicationView.InWords(meanwhile.Max(request => request.Connect!.Value));
        (int Slow, int All) here = fresh, others = (
            reading.All.Count(one => one.Request.Idle is null && !one.Request.Address.Equals(address) && one.Kind is RequestKind.Slow),
            reading.All.Count(one => one.Request.Idle is null && !one.Request.Address.Equals(address) && RequestKinds.IsAnswered(one.Kind)));
        List<Reason> reasons =
        [
            timeline.Weigh(Weight.VeryStrong, $"{often} answers of {server} began {(ApplicationView.InWords(waits[0]) is var least && ApplicationView.InWords(waits[^1]) is var most && least == most ? least : $"{least} to {most}")} after the request; a round trip takes at least {ApplicationView.InWords(round)}"),
            timeline.Weigh(Weight.Strong, $"{Words.Count(meanwhile.Length, "new connection")} made {(isOneByOne ? "between them" : "meanwhile")} stood within {longest}, at the first SYN: the way was fast {(isOneByOne ? "before and after" : "while the answers were waited for")}"),
            timeline.Weigh(Weight.Context, $"in none of the slow ones a segment was sent again from here{(again > 0 ? $", in {again} others some were" : "")}"),
        ];
        if (LossComparison.IsMore(others, here, reading.Addresses.Length))
            reasons.Add(timeline.Weigh(Weight.Hint, $"over new connections {here.Slow} of {here.All} are slow here, and {others.Slow} of {others.All} at the other addresses"));
        if (slowness.Place is { } place)
            reasons.Add(timeline.Weigh(Weight.VeryStrong, $"{place.InWords}: what decides is which request of a connection it is{(place.IsOfFirst ? "" : $", also behind {ApplicationView.InWords(slow.Min(request => request.Idle ?? TimeSpan.Zero))} of rest")}"));
        if (slowness.PlaceOrTurn is { } placeOrTurn)
            reasons.Add(timeline.Weigh(Weight.Against, $"slow is {placeOrTurn.Which}, or it comes {placeOrTurn.Rival!.InWords}: the order of these requests does not tell the two apart"));
        TimeSpan[] pauses = [.. slowness.Pauses.Select(pause => pause.To - pause.From).Order()];
        if (pauses.Length > 0)
            reasons.Add(timeline.Weigh(Weight.VeryStrong, $"{pauses.Length} times nothing was answered for {ApplicationView.InWords(pauses[0])} to {ApplicationView.InWords(pauses[^1])}, and then all at once that had come meanwhile ({string.Join(", ", slowness.Pauses.Take(MostPauses).Select(pause => reading.Clock(pause.From)))}{(pauses.Length > MostPauses ? " and later" : "")})"));
        string timers = TimersOf(slowness);
        if (timers.Length > 0)
        {
            string whose = slowness.IsOfResolver ? "as of its resolver, whose first nameserver does not answer (glibc: 5 s for each try), or of a sleep or another time-out"
                : "as of a sleep or of a time-out before another try, which may be a proxy's";
            reasons.Add(timeline.Weigh(Weight.Against, $"nearly all of those waits last {timers} s to within some hundredths: a timer runs out, {whose}, and no work is done for so long"));
        }

        return new Finding(
            SlowServer,
            Severity.Warning,
            Where.Remote,
            pauses.Length > 0
                ? $"The application at {server} stands still again and again: {Words.Count(pauses.Length, "time")} it answered nothing for up to {ApplicationView.InWords(pauses[^1])}, and then all that waited at once ({often} answers); new connections stand within {longest} meanwhile."
                : $"The application at {server} takes {ApplicationView.InWords(waits[(waits.Length - 1) / 2])} (median) to begin {often} answers{(slowness.Place is null ? "" : $": {slowness.Place.Which}")}; new connections stand within {longest}{(isOneByOne ? "" : " meanwhile")}.",
            [.. reasons])
        {
            Subject = address,
            ExplainedOnlyBy = OfServer,
            Remedies =
            [
                RemedyOf(slowness),
                .. isOneByOne ? Array.Empty<Remedy>() : [new Remedy("Measure it again, phase by phase.", ShellCommand.Of($"netwhy http {timeline.Url} -n 20"))],
            ],
            Next =
            [
                .. slowness.PlaceOrTurn is null ? [] : (string[])[slowness.PlaceOrTurn.ByHand(timeline.Url)],
                "On the server: how long does the application say that the request took (access log, $upstream_response_time)?",
            ],
        };
    }

    // The whole seconds that waits last, where neither the place in the connection nor a pause tells more.
    private static string TimersOf(Slowness slowness) => slowness is { Pauses.IsEmpty: true, Place: null } ? string.Join(", ", slowness.Steps) : "";

    private static Remedy RemedyOf(Slowness slowness) => slowness switch
    {
        { Place.IsOfFirst: true } => PlaceInConnection.OfEachConnection,
        { Place: not null } => new("See what the server, or the proxy before it, does with a second request of a connection: a worker that waits on each connection, a kept connection to its backend that is made anew, a delayed acknowledgement with Nagle's algorithm (TCP_NODELAY)."),
        { Pauses.IsEmpty: false } => new("Find what stops the whole process: its garbage collector (its log), a quota of processor time (nr_throttled), a lock, a flush to a slow disk, or one slow request that all others wait for behind a single worker.", "cat /sys/fs/cgroup/cpu.stat", "the server"),
        { Steps.IsEmpty: false } => new($"Find what is set to {TimersOf(slowness)} s: {(slowness.IsOfResolver ? "the application's resolver (resolv.conf: does each nameserver answer?), " : "")}a sleep, a time-out before another try, a proxy that tries a backend again."),
        _ => new("Find what the application waits for: a query, a lock, a backend, a cold start."),
    };

    // Round trips of new connections tell that a queue is full: the time is the way's, whoever fills it, but for answers that are waited for
    // much longer than those.
    private static Finding? OfWay(ApplicationView view, TimelineReading reading, FullWay way)
    {
        const double Most = 0.5;
        const int Trips = 4; // of a request that is sent again, or waits in the queue both ways
        RequestTimeline timeline = reading.Timeline;
        (TriedRequest Request, RequestKind Kind)[] late = [.. reading.AllAt(way.Address).Where(one => one.Kind is RequestKind.Slow || RequestKinds.IsTimeout(one.Kind))];
        int ofBody = late.Count(one => one.Kind is RequestKind.BodyTimeout || one.Request.Receive >= one.Request.Total * Most);
        int ofServer = late.Count(one => one.Kind is RequestKind.Slow && one.Request.Wait >= one.Request.Total * Most && one.Request.Wait >= way.Usual * Trips);
        if (!timeline.IsHttp || ofServer > Most * late.Length)
            return null;
        string server = ApplicationView.Endpoint(way.Address, timeline.Port);
        (int asked, int repeated) = (reading.AllAt(way.Address).Count(), reading.AllAt(way.Address).Count(one => one.Request.Retransmits > 0 || one.Request.OutOfOrder > 0));
        HttpExchange? size = view.Exchanges.FirstOrDefault(http => http is { Outcome: HttpOutcome.Complete, RedirectDepth: 0 } && http.Address.Equals(way.Address));
        int whole = reading.AllAt(way.Address).Count(one => RequestKinds.IsAnswered(one.Kind));
        List<Reason> reasons =
        [
            timeline.Weigh(Weight.VeryStrong, way.InWords),
            timeline.Weigh(Weight.Strong, $"of {asked} requests {late.Length} were late or not whole in time, {ofBody} of them while the body came; the kernel over there answers a SYN at once, whatever its application does"),
        ];
        if (size is not null)
            reasons.Add(size.Weigh(Weight.Context, string.Create(CultureInfo.InvariantCulture, $"{whole} bodies of {size.BodyLength:#,0} octets came in {ApplicationView.InWords(timeline.Elapsed)}: about {whole * size.BodyLength * 8 / 1000 / Math.Max(0.001, timeline.Elapsed.TotalSeconds):0} kbit/s of netwhy's own")));
        if (repeated > 0)
            reasons.Add(timeline.Weigh(Weight.Context, $"in {repeated} of them segments came out of order or were sent again, as where a full queue drops some"));
        return new Finding(
            SlowTransfer,
            late.Any(one => RequestKinds.IsTimeout(one.Kind)) ? Severity.Critical : Severity.Warning,
            Where.Path,
            $"The way to {server} is full: round trips take {ApplicationView.InWords(way.Usual)} instead of {ApplicationView.InWords(way.Least)}, and {late.Length} of {asked} answers are late or not whole in time; netwhy's own {reading.Rate:0.#} requests a second, or other traffic, fill a slow link or a shaper.",
            [.. reasons])
        {
            Subject = way.Address,
            Remedies =
            [
                new Remedy("Find the slow link or the shaper, and who fills it; where the rate is meant, give its queue active management.", "tc -s qdisc; ip -s link", "each router of the way"),
            ],
            Next =
            [
                .. reading.Slower is { } slower ? [$"Is it as slow when it is asked less? {slower}"] : Array.Empty<string>(),
                $"While it runs: at which hop does the round trip rise? mtr -n {way.Address}",
            ],
        };
    }

    /// <summary>Whether none is made while an answer is waited for, and the next one at once behind it.</summary>
    /// <param name="reading">The requests.</param>
    internal static bool IsOneByOne(TimelineReading reading) => reading.Timeline.Symptom is null;

    /// <summary>New connections that were made while the others were waited for, and stood at once: the way was fast.</summary>
    /// <param name="reading">The requests.</param>
    /// <param name="slowness">The slow ones.</param>
    /// <param name="shortest">How long the quickest of them took.</param>
    /// <returns>Null where too few were slow or made, where some took long, or where the slow ones wait for each other.</returns>
    internal static TriedRequest[]? Meanwhile(TimelineReading reading, Slowness slowness, TimeSpan shortest)
    {
        const int Few = 3; // connections, or answers
        (IPAddress address, TriedRequest[] answered, TriedRequest[] slow) = slowness;
        if (!slowness.IsByItself || (reading.Timeline.Symptom is "slow" ? slow.Length < Few : !TimelineReading.AreMany(slow.Length, answered.Length)))
            return null;
        TriedRequest[] meanwhile = IsOneByOne(reading) ? [.. answered.Where(request => request.Idle is null)]
            : [.. reading.Timeline.Requests.Where(request => request.Idle is null && request.Address.Equals(address) && slow.Any(one => IsWhile(one, request)))];
        return meanwhile.Length >= Few && meanwhile.All(request => request is { Connect: { } connect, Retransmits: 0 } && connect <= shortest / 4) ? meanwhile : null;

        // Its connection was being made while the other's answer, or the rest of it, was waited for.
        bool IsWhile(TriedRequest slow, TriedRequest made)
        {
            TimeSpan body = slow.At + slow.Total - (slow.Receive ?? TimeSpan.Zero);
            TimeSpan connected = slow.At + (slow.Connect ?? TimeSpan.Zero);
            return slowness.Part is SlowPart.Body ? made.At >= body && made.At < slow.At + slow.Total
                : slowness.Part is SlowPart.Handshake ? made.At >= connected && made.At < connected + slow.Tls
                : made.At >= slow.At + (slow.Connect ?? TimeSpan.Zero) + (slow.Tls ?? TimeSpan.Zero) && made.At < body;
        }
    }

    // The answer begins in time, and then stands still in the middle: again and again, while the way is fast.
    private static Finding? OfBodies(TimelineReading reading, Slowness slowness)
    {
        const double Alike = 1.1; // times the shortest
        RequestTimeline timeline = reading.Timeline;
        (IPAddress address, TriedRequest[] answered, TriedRequest[] slow) = slowness;
        TimeSpan[] gaps = [.. slow.Select(request => request.LongestGap!.Value).Order()];
        if (Meanwhile(reading, slowness, gaps[0]) is not { } meanwhile)
            return null;
        string server = ApplicationView.Endpoint(address, timeline.Port);
        string often = slow.Length == answered.Length ? $"all {answered.Length}" : $"{slow.Length} of {answered.Length}";
        string longest = ApplicationView.InWords(meanwhile.Max(request => request.Connect!.Value));
        TimeSpan typical = gaps[(gaps.Length - 1) / 2];
        TimeSpan[] begins = [.. slow.Select(request => request.Wait ?? TimeSpan.Zero).Order()];
        List<Reason> reasons =
        [
            timeline.Weigh(Weight.VeryStrong, $"in {often} answers of {server} nothing came for {ApplicationView.InWords(gaps[0])} to {ApplicationView.InWords(gaps[^1])} in the middle of the body, which had begun {ApplicationView.InWords(begins[(begins.Length - 1) / 2])} (median) after the request"),
            timeline.Weigh(Weight.Strong, $"{Words.Count(meanwhile.Length, "new connection")} made {(IsOneByOne(reading) ? "between them" : "meanwhile")} stood within {longest}, at the first SYN: the way was fast {(IsOneByOne(reading) ? "before and after" : "while the rest was waited for")}"),
            timeline.Weigh(Weight.Hint, "in none of them a segment came out of order, as where one of several was lost"),
            timeline.Weigh(Weight.HintAgainst, "where the last segments of a flight are lost, or all large ones, a body stands still so as well"),
        ];
        if (gaps[^1] <= gaps[0] * Alike)
            reasons.Add(timeline.Weigh(Weight.Hint, $"the silences are alike, about {ApplicationView.InWords(typical)}: as of a sleep, a time-out or a poll of whoever makes the body"));
        return new Finding(
            SlowTransfer,
            Severity.Warning,
            Where.Remote,
            $"{server} begins {often} answers in time and then sends nothing for {ApplicationView.InWords(typical)} (median) in the middle of the body; new connections stand within {longest}{(IsOneByOne(reading) ? "" : " meanwhile")}.",
            [.. reasons])
        {
            Subject = address,
            ExplainedOnlyBy = OfServer,
            Remedies =
            [
                new Remedy("Find what the application waits for in the middle of its answer: a second query, a backend that sends the rest, a filter or template that flushes early, a buffer of the proxy that is not passed on."),
                new Remedy("Watch it come.", ShellCommand.Of($"curl -sN -o /dev/null --trace-time --trace-ascii - {timeline.Url}")),
            ],
            Next = ["On the server: what does the application write, and when (strace -tt -e trace=write,sendto,writev -p PID)?"],
        };
    }

    private static Finding Dribble(ApplicationView view, HttpExchange http)
    {
        List<Reason> reasons =
        [
            http.Weigh(Weight.VeryStrong, $"octets of the header kept coming, with pauses of up to {ApplicationView.InWords(http.LongestGap)}, and it was not whole {ApplicationView.InWords(http.Elapsed)} after the request"),
        ];
        if (view.Sample(http.Address, http.Port) is { } sample)
        {
            reasons.Add(sample is { OutOfOrderIn: 0, TotalRetransmits: 0 }
                ? sample.Weigh(Weight.Strong, "no segment came out of order or was sent again: the sender pauses")
                : sample.Weigh(Weight.Against, $"{sample.OutOfOrderIn} segments came out of order, {sample.TotalRetransmits} were sent again: the network takes part of the time"));
        }

        return new Finding(
            SlowServer,
            Severity.Critical,
            Where.Remote,
            $"The application at {ApplicationView.Endpoint(http.Address, http.Port)} begins its answer and has not sent the whole header after {ApplicationView.InWords(http.Elapsed)}.",
            [.. reasons])
        {
            Subject = http.Address,
            Remedies =
            [
                new Remedy("Find why the application sends its header drop by drop or interim answers (1xx) without end: a write after each line to a socket that nobody buffers, a filter before it, a backend that hangs."),
                new Remedy("Watch it come.", $"curl -v -N -o /dev/null {http.Url}"),
            ],
            Next = ["On the server: what does the application write, and when (strace -tt -e trace=write,sendto -p PID)?"],
        };
    }

    private static Finding? Late(ApplicationView view, HttpExchange http)
    {
        TcpInfoSample? sample = view.Sample(http.Address, http.Port);
        TimeSpan roundTrip = sample?.RoundTrip ?? TimeSpan.Zero;
        if (http.TimeToFirstByte is not { } wait || wait < LateAnswer || wait < roundTrip * 6)
            return null;

        List<Reason> reasons =
        [
            http.Weigh(Weight.VeryStrong, $"the first octet came {ApplicationView.InWords(wait)} after the request{(sample is null ? "" : $"; a round trip takes {ApplicationView.InWords(roundTrip)}")}"),
        ];
        if (view.Evidence.First<TcpInfoSample>(stalled => stalled.Moment is "stalled" && stalled.Address.Equals(http.Address)) is { } stalled)
        {
            reasons.Add(stalled.Unacknowledged == 0
                ? stalled.Weigh(Weight.Strong, "the request had been acknowledged while the answer was waited for")
                : stalled.Weigh(Weight.Against, "the request was not acknowledged while the answer was waited for"));
        }

        if (sample is { TotalRetransmits: > 0 })
            reasons.Add(sample.Weigh(Weight.Against, $"{sample.TotalRetransmits} segments were sent again: the network takes part of the time"));
        bool mayBeRetry = Slowness.IsAsOfRetry(wait - roundTrip);
        if (mayBeRetry)
            reasons.Add(http.Weigh(Weight.Context, "so long, to some hundredths of a second, waits a proxy as well that asks a dead backend first, and then another one (haproxy: 1 s; nginx: proxy_connect_timeout)"));
        return new Finding(
            SlowServer,
            Severity.Warning,
            Where.Remote,
            $"The application at {ApplicationView.Server(http)} takes {ApplicationView.InWords(wait)} to begin its answer; {(http.TlsTime is null ? "the connection takes" : "connection and TLS take")} {ApplicationView.InWords((http.ConnectTime ?? TimeSpan.Zero) + (http.TlsTime ?? TimeSpan.Zero))}.",
            [.. reasons])
        {
            Subject = http.Address,
            Remedies =
            [
                new Remedy(mayBeRetry ? "Find which backend the proxy asks in vain first, if one is before the application; else what the application waits for: a sleep, a query, a lock, a cold start." : "Find what the application waits for: a query, a lock, a backend, a cold start."),
                new Remedy("Measure it again, phase by phase.", $"curl -s -o /dev/null -w 'connect %{{time_connect}} tls %{{time_appconnect}} first byte %{{time_starttransfer}}\\n' {http.Url}"),
            ],
            Next = [.. mayBeRetry ? [$"Is it so now and then, and are others quick? {ShellCommand.Of($"netwhy {http.Url} --symptom slow")}"] : Array.Empty<string>(), "On the server: how long does the application say that the request took (access log, $upstream_response_time)?"],
        };
    }

    // The body had no part in it, whose rate would be told.
    private static Finding OfHead(HttpExchange http, TimeSpan time) => Waiting(
        http,
        $"{ApplicationView.Server(http)} begins its answer, and ends the head of it {ApplicationView.InWords(time)} later.",
        http.Weigh(Weight.VeryStrong, $"the head took {ApplicationView.InWords(time)} from its first octet to its end, with pauses of up to {ApplicationView.InWords(http.LongestGap)}; the answer has {http.BodyLength} octets besides"));

    // One wait is no rate.
    private static Finding OfPause(HttpExchange http) => Waiting(
        http,
        $"{ApplicationView.Server(http)} begins its answer, and waits {ApplicationView.InWords(http.LongestGap)} within it.",
        http.Weigh(Weight.VeryStrong, $"of the {ApplicationView.InWords(http.TransferTime ?? TimeSpan.Zero)} from the first octet to the last, one silence took {ApplicationView.InWords(http.LongestGap)}; {http.BodyLength} octets of body came"));

    private static Finding Waiting(HttpExchange http, string summary, Reason reason) => new(SlowTransfer, Severity.Warning, Where.Remote, summary, [reason])
    {
        Subject = http.Address,
        Remedies =
        [
            new Remedy("Find what the application waits for once it has begun to answer: a query, a backend, a lock, a buffer that is sent late."),
            new Remedy("See it.", $"curl -sv --trace-time -o /dev/null {http.Url}"),
        ],
        Next = ["On the server: what does the application do between the first octet and the rest?"],
    };

    // What Kubernetes, Docker and followed logs send has the type of any other data, and goes on for as long as somebody reads: in pieces,
    // each no larger than a segment. So does an answer whose source is slow. A page, a script or a picture has an end.
    private static bool MayBeStream(HttpExchange http)
    {
        const int LargestPiece = 1400; // octets
        string type = http.Headers.GetValueOrDefault("content-type", "").Split(';')[0].Trim();
        string[] whole = ["text/html", "text/css", "text/javascript", "application/javascript", "application/pdf", "application/zip", "application/gzip"];
        string[] kinds = ["image/", "font/", "audio/", "video/"];
        return http is { StoppedByUs: true, ExpectedLength: null, Arrivals: > 1 } && http.BodyLength / http.Arrivals <= LargestPiece
            && !whole.Contains(type, StringComparer.OrdinalIgnoreCase) && !kinds.Any(kind => type.StartsWith(kind, StringComparison.OrdinalIgnoreCase));
    }

    // Those that are made for it: application/x-ndjson, application/json-seq, application/vnd.docker.raw-stream, ...;stream=watch.
    private static bool IsTypeOfStreams(HttpExchange http)
    {
        string type = http.Headers.GetValueOrDefault("content-type", "");
        string[] marks = ["stream", "ndjson", "jsonl", "json-seq"];
        return !type.StartsWith("application/octet-stream", StringComparison.OrdinalIgnoreCase) && marks.Any(mark => type.Contains(mark, StringComparison.OrdinalIgnoreCase));
    }

    private static Finding? Trickle(ApplicationView view, HttpExchange http)
    {
        if (http.Outcome is not HttpOutcome.Complete || ApplicationView.IsEndless(http) || http.TransferTime is not { } time || time < LongTransfer)
            return null;
        if (http.HeadTime >= LongTransfer)
            return OfHead(http, http.HeadTime.Value);
        if (http.LongestGap >= LongTransfer && http.LongestGap >= time * MostOfIt && http.BodyLength < OnePause && !MayBeStream(http))
            return OfPause(http);
        double rate = http.BodyLength / time.TotalSeconds;
        TcpInfoSample? sample = view.Sample(http.Address, http.Port);
        TimeSpan roundTrip = sample?.RoundTrip ?? TimeSpan.Zero;
        bool hasPauses = http.LongestGap >= FeltGap && http.LongestGap >= roundTrip * 3;
        bool isUnderOneSegment = sample is { ReceiveMss: > 0 and var segment } && rate * roundTrip.TotalSeconds * 3 < segment; // a round trip
        FullQueue? queue = TargetView.All(view.Evidence).FirstOrDefault(target => target.Address.Equals(http.Address))?.Queue;
        if (queue is not null ? rate > SlowWay : rate > SlowRate || !(hasPauses || isUnderOneSegment))
            return null;

        bool mayBeStream = queue is null && MayBeStream(http);
        string speed = rate < 1024 ? string.Create(CultureInfo.InvariantCulture, $"{rate:0.##} octets/s") : string.Create(CultureInfo.InvariantCulture, $"{rate / 1024:0.#} KiB/s");
        List<Reason> reasons =
        [
            http.Weigh(mayBeStream ? Weight.Strong : Weight.VeryStrong, $"{http.BodyLength} octets came in {ApplicationView.InWords(time)} ({speed}), with pauses of up to {ApplicationView.InWords(http.LongestGap)}"),
        ];
        if (queue is not null)
        {
            reasons.Add(queue.Seen.Weigh(
                Weight.VeryStrong,
                $"meanwhile echo takes {ApplicationView.InWords(queue.Full)} instead of {ApplicationView.InWords(queue.Idle)}: a queue on the way is full"));
        }
        else if (sample is not null)
        {
            reasons.Add(sample.OutOfOrderIn == 0
                ? sample.Weigh(mayBeStream ? Weight.Context : Weight.Strong, "no segment came out of order: nothing was lost on the way, the sender pauses")
                : sample.Weigh(Weight.Against, $"{sample.OutOfOrderIn} segments came out of order: the network loses some"));
        }

        if (mayBeStream)
            reasons.Add(http.Weigh(Weight.Context, $"no length is announced, the end did not come, and each piece is small ({(http.Headers.GetValueOrDefault("content-type") is { } type ? $"Content-Type: {type}" : "no Content-Type")}): a stream of events, a watch or a log that is followed looks the same by design"));
        return new Finding(
            SlowTransfer,
            mayBeStream && IsTypeOfStreams(http) ? Severity.Info : Severity.Warning,
            queue is null ? Where.Remote : Where.Path,
            mayBeStream ? $"{ApplicationView.Server(http)} sends the body at {speed} with pauses of up to {ApplicationView.InWords(http.LongestGap)}, without a length and an end: a stream of events as they happen, or an answer that its source makes slowly."
            : queue is null
                ? $"{ApplicationView.Server(http)} sends the body at {speed} with pauses of up to {ApplicationView.InWords(http.LongestGap)}; the network is idle meanwhile."
                : $"The body from {ApplicationView.Server(http)} comes at {speed}, all that a link or shaper on the way lets through: its queue adds {ApplicationView.InWords(queue.Full - queue.Idle)}.",
            [.. reasons])
        {
            Subject = http.Address,
            Remedies = queue is not null
                ?
                [
                    new Remedy("Find the slow link or the shaper; where the rate is meant, give its queue active management.", "tc -s qdisc", "each router of the way"),
                    new Remedy("Measure the rate again.", $"curl -s -o /dev/null -w '%{{speed_download}} octets/s\\n' {http.Url}"),
                ]
                :
            [
                new Remedy("Look for a rate limit on the server (nginx: limit_rate) or a slow source behind the application."),
                new Remedy("Measure the rate again.", $"curl -s -o /dev/null -w '%{{speed_download}} octets/s\\n' {http.Url}"),
            ],
            Next = queue is null
                ? ["On the server: is the connection limited by the application (ss -ti: app_limited)?"]
                : [$"While it runs: at which hop does the round trip rise? mtr -n {http.Address}"],
        };
    }
}
