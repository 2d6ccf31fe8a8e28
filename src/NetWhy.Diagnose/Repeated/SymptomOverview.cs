using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using NetWhy.Diagnose.Rules;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Repeated;

/// <summary>What repeated requests showed, for a person: each address with its numbers and a strip of time, and what belongs together.</summary>
/// <param name="Symptom">What was looked for.</param>
/// <param name="Load">How many requests in what time.</param>
/// <param name="Result">In one sentence whether the symptom showed, and what that rules out.</param>
/// <param name="Rows">The addresses.</param>
/// <param name="Legend">What the letters of the strips mean.</param>
/// <param name="Conclusions">What belongs together, and where the time goes.</param>
public sealed record SymptomOverview(
    string Symptom, string Load, string Result, ImmutableArray<SymptomRow> Rows, string Legend, ImmutableArray<string> Conclusions)
{
    private const int Rare = 3; // of n without one, what happens in more than 3 of n cases would have shown (95 %). Source: Hanley and Lippman-Hand, JAMA 249 (1983)

    private static readonly TimeSpan ShortestTimeout = TimeSpan.FromMilliseconds(50); // nobody gives up an idle connection sooner

    /// <summary>Whether some requests showed what was looked for.</summary>
    public bool IsSeen { get; private init; }

    /// <summary>Whether each request was answered, alike and in time.</summary>
    public bool IsWell { get; private init; }

    /// <summary>Puts it together.</summary>
    /// <param name="evidence">All observations from one vantage.</param>
    /// <param name="slots">Characters of a strip.</param>
    /// <returns>Null if no requests were repeated to look for a symptom.</returns>
    public static SymptomOverview? Of(EvidenceSet evidence, int slots)
    {
        if (TimelineReading.Of(evidence) is not { Timeline.Symptom: { } symptom } reading)
            return null;
        RequestTimeline timeline = reading.Timeline;
        SymptomRow[] rows = [.. reading.Addresses.Select(address => RowOf(reading, address, slots))];
        string letters = string.Concat(rows.SelectMany(row => row.Strip).Where(letter => letter is not ' ').Distinct().OrderBy(letter => letter is '.' ? 0 : 1));
        string noun = timeline.IsHttp ? "request" : "connection";
        string last = timeline.Elapsed > timeline.Asked * 1.05 ? $", the last one over after {Words.Of(timeline.Elapsed)}" : "";
        string load = string.Create(
            CultureInfo.InvariantCulture,
            $"{Words.Count(timeline.Requests.Count, noun)} in {Words.Of(timeline.Asked)}, {reading.Rate:0.#} a second, each given {Words.Of(timeline.Limit)}{last}{(timeline.WasInterrupted ? " (cut short)" : "")}");
        return new SymptomOverview(
            symptom,
            load,
            ResultOf(reading, noun),
            [.. rows],
            string.Join("  ", letters.Select(letter => $"{letter} {RequestKinds.Meaning(letter)}").Distinct()),
            [.. ConclusionsOf(evidence, reading)])
        {
            IsSeen = reading.Seen > 0,
            IsWell = reading.Status is Status.Healthy,
        };
    }

    private static string NameOf(RequestTimeline timeline) => timeline.Symptom switch
    {
        "timeout" => "time-out",
        "5xx" => "answer 5xx",
        _ => $"{(timeline.IsHttp ? "answer" : "connection")} that took {Words.Of(RequestKinds.Late(timeline))}",
    };

    private static string ResultOf(TimelineReading reading, string noun)
    {
        const int Few = 3;
        RequestTimeline timeline = reading.Timeline;
        (TriedRequest Request, RequestKind Kind)[] sent = [.. reading.Sent];
        int others = sent.Count(one => !RequestKinds.IsAnswered(one.Kind) && !RequestKinds.IsOf(timeline.Symptom, one.Kind));
        int refused = sent.Count(one => one.Kind is RequestKind.ClientError);
        int slow = timeline.Symptom is "slow" ? 0 : sent.Count(one => one.Kind is RequestKind.Slow);
        string rest = string.Concat(
            slow == 0 ? "" : $"; {slow} took {Words.Of(RequestKinds.Late(timeline))} or longer",
            refused == 0 || refused == sent.Length ? "" : $"; {refused} were answered 4xx and the others not",
            others == 0 ? "" : others == sent.Length ? "; all failed in another way" : $"; {others} failed in another way",
            reading.WithoutRoute.IsEmpty ? "" : $"; to {string.Join(", ", reading.WithoutRoute)} this machine has no route");
        if (reading.Seen > 0)
        {
            string few = reading.Seen < Few ? $", too few to say what they have in common{(reading.Longer is { } longer ? $"; {longer} asks for longer" : "")}" : "";
            string ours = timeline.Symptom is "slow" && reading.Slow is [{ IsOfOurMaking: true }] ? ", waiting for each other: asked one at a time, none is slow" : "";
            return $"{reading.Seen} of {Words.Count(sent.Length, noun)} showed it{ours}{few}{rest}.";
        }

        string missed = others > 0 ? "" : Missed(reading, sent.Count(one => one.Request.Idle is null)); // what failed otherwise might have shown it
        return $"{Words.Count(sent.Length, noun)} in {Words.Of(timeline.Elapsed)} showed no {NameOf(timeline)}{missed}{rest}.";
    }

    // Kept connections may all be bound to one backend, and what goes wrong with idle ones shows after a rest as long alone.
    private static string Missed(TimelineReading reading, int fresh)
    {
        RequestTimeline timeline = reading.Timeline;
        string rare = fresh >= 2 * Rare ? $"; one rarer than 1 in {fresh / Rare} new connections would be missed (95 %)" : "; too few to rule anything out";
        if (!timeline.IsHttp)
            return rare;
        string advice = timeline.Asked < TimeSpan.FromSeconds(60) ? ": --duration 60" : "";
        string? idle = timeline.Requests.Max(request => request.Idle) is { } most ? $"connections idle for more than {Words.Of(most)}" : null;
        if (timeline.Symptom is "5xx")
        {
            // Our own requests keep a proxy's connections to its backend in use: what goes wrong with idle ones shows once nobody asks.
            TimeSpan quiet = reading.Addresses.Min(address => AfterQuiet.Longest(reading.AllAt(address).Select(one => one.Request)));
            return $"{rare}, and neither {idle ?? "kept connections"} nor a request after more than {Words.Of(quiet)} without one, when a proxy's connections to its backend may be dead, were tried{advice}";
        }

        return idle is null ? $"{rare}, and kept connections were not tried"
            : $"{rare}, and {idle} were not tried{(reading.IdleTimeouts.Any(end => end.After >= ShortestTimeout) ? ", as the server closes them" : advice)}";
    }

    private static SymptomRow RowOf(TimelineReading reading, IPAddress address, int slots)
    {
        (TriedRequest Request, RequestKind Kind)[] here = [.. reading.AllAt(address)];
        string said = string.Join(", ", here.GroupBy(one => one.Kind).OrderBy(group => group.Key).Select(group => RequestKinds.InWords(group.Key, group.Count())));
        TimeSpan[] times = [.. here.Where(one => RequestKinds.IsAnswered(one.Kind)).Select(one => one.Request.Total).Order()];
        double slot = Math.Max(0.001, reading.Timeline.Asked.TotalSeconds) / slots;
        char[] strip = new string(' ', slots).ToCharArray();
        foreach ((int place, RequestKind worst) in here.GroupBy(one => Math.Clamp((int)(one.Request.At.TotalSeconds / slot), 0, slots - 1)).Select(group => (group.Key, group.Max(one => one.Kind))))
            strip[place] = RequestKinds.Letter(worst);
        return new SymptomRow(address, reading.Timeline.Port, here.Length, said, times.Length == 0 ? null : new TimeSpread(times[0], At(0.5), At(0.9), At(0.99), times[^1]), new string(strip))
        {
            Counts = [.. here.GroupBy(one => one.Kind).OrderBy(group => group.Key).Select(group => (group.Key, group.Count()))],
        };

        TimeSpan At(double part) => times[Math.Max(0, (int)Math.Ceiling(part * times.Length) - 1)]; // the nearest rank
    }

    private static IEnumerable<string> ConclusionsOf(EvidenceSet evidence, TimelineReading reading)
    {
        RequestTimeline timeline = reading.Timeline;
        if (WorstInWords(reading) is { } worst)
            yield return worst;
        foreach (Departure gone in reading.Gone)
            yield return $"{Place(reading, gone.Address)}{gone.InWords(reading)}: {gone.Meaning}";
        foreach (AfterQuiet quiet in reading.AfterQuiet)
            yield return $"{Place(reading, quiet.Address)}{quiet.InWords}: as where a proxy's kept connections to its backend are dead by then{(quiet.IsSure ? "" : ", or where backends take turns")}";
        foreach (PlaceInConnection place in reading.Places)
            yield return $"{Place(reading, place.Address)}what fails is {place.Which}";
        foreach (PlaceInConnection place in reading.PlacesOrTurns)
            yield return $"{Place(reading, place.Address)}what fails is {place.Which}, or it comes {place.Rival!.InWords}: the order of these requests does not tell the two apart";
        foreach (FailureWindows windows in reading.Windows)
            yield return InWords(reading, windows);
        foreach (IPAddress address in reading.Addresses.Where(address => !reading.IsOfOurMaking(address) && !reading.IsTold(address) && !reading.Windows.Any(windows => windows.Address.Equals(address))))
        {
            if (reading.TurnAt(address) is { } turn)
                yield return $"{Place(reading, address)}failures come {turn.InWords}";
        }

        foreach ((IPAddress address, Turn turn) in reading.SlowTurns)
            yield return $"{Place(reading, address)}slow answers come {turn.InWords}";
        foreach (ClientLimit limit in reading.Limits.Values)
            yield return InWords(reading, limit);
        foreach (OwnLoad load in reading.Loads.Values)
            yield return $"{Place(reading, load.Address)}{load.InWords}: too few places, a limit, or a backend that is asked only then";
        foreach (OwnQueue queue in reading.Queues.Values)
            yield return $"{Place(reading, queue.Address)}{queue.InWords}: they wait for each other";
        foreach (HeldPlaces held in reading.Held)
            yield return $"{Place(reading, held.Address)}{held.Failed} of {held.Tried} new connections got nothing while a kept one of ours stood{(!held.IsOfNumber ? ": so few new ones are served in a time, or so many at once" : held.Alone > 0 ? $", and {held.Alone} of {held.Alone} were answered once it was closed: it held the place" : ": it may hold the place")}";
        foreach (IdleRace race in reading.Races)
            yield return race.InWords;
        foreach (CommonEnd end in reading.CommonEnds)
            yield return $"{Place(reading, end.Address)}{end.InWords(reading)}";
        foreach (AnswerChange change in reading.Changes)
            yield return InWords(reading, change);
        if (reading.Count(RequestKind.Limited) is > 0 and var limited)
            yield return string.Create(CultureInfo.InvariantCulture, $"{limited} of {timeline.Requests.Count} were answered 429: the server limits how often this client may ask, and it asked {reading.Rate:0.#} times a second{(reading.Less is { } less ? $"; {less} asks less" : "")}");
        foreach (string made in MakersOf(evidence, timeline))
            yield return made;
        if (HostInWords(reading) is { } host)
            yield return host;
        foreach (string limit in HostCounters.UsedUp(timeline))
            yield return limit;
        if (reading.Count(RequestKind.NoPort) is > 0 and var without)
            yield return $"{without} of {timeline.Requests.Count} found no local port left (EADDRNOTAVAIL): they never left this machine{(timeline.Looks is [.., var last] && last.Growth.GetValueOrDefault("TimeWait") is not 0 and var growth ? string.Create(CultureInfo.InvariantCulture, $"; its TIME-WAIT sockets changed by {growth:+0;-0} meanwhile") : "")}";
        if (reading.Retries is { Followed: > 0 } retries && !reading.Addresses.Any(reading.IsOfOurMaking))
            yield return $"of {Words.Count(retries.Failures, "failure")}{(reading.Dead.IsEmpty ? "" : $", those at {string.Join(", ", reading.Dead)} apart")}, {retries.Followed} were followed by a request over a new connection to the same address, and {retries.Answered} of those were answered: so many a retry there would mend";
        foreach (FullWay way in reading.FullWays)
            yield return $"{Place(reading, way.Address)}{way.InWords}";
        if (SlownessInWords(reading) is { } slowness)
            yield return slowness;
        foreach (Slowness slow in reading.Slow)
        {
            if (slow.IsOfOurMaking)
                yield return slow.InWords;
            else if (slow.Windows is { } windows)
                yield return InWords(windows);
        }

        if (timeline.Lookups.Count > 0 && (timeline.Symptom is "slow" || timeline.Lookups.Any(lookup => lookup.Failure is not null || lookup.Elapsed >= TimeSpan.FromSeconds(0.05))))
        {
            int failed = timeline.Lookups.Count(lookup => lookup.Failure is not null);
            yield return $"{Words.Count(timeline.Lookups.Count, "lookup")} of the name took {Words.Of(timeline.Lookups.Min(lookup => lookup.Elapsed))} to {Words.Of(timeline.Lookups.Max(lookup => lookup.Elapsed))}{(failed > 0 ? $", {failed} failed" : "")}";
        }

        foreach (string ends in IdleEnds(reading))
            yield return ends;
    }

    // What ends right behind an answer ends by its count.
    private static IEnumerable<string> IdleEnds(TimelineReading reading)
    {
        TimeSpan[] rests = [.. reading.IdleTimeouts.Select(end => end.After).Order()];
        TimeSpan[] atOnce = [.. rests.Where(rest => rest < ShortestTimeout)], idle = rests[atOnce.Length..];
        if (atOnce.Length > 0)
            yield return $"the server ended kept connections right behind an answer ({Words.Count(atOnce.Length, "time")}), without announcing it, as where each is good for so many requests (keepalive_requests, MaxKeepAliveRequests): no idle time-out";
        if (idle.Length == 0)
            yield break;
        string span = idle[^1] - idle[0] < TimeSpan.FromSeconds(0.1) ? $"for {Words.Of(idle[0])}" : $"for {Words.Of(idle[0])} to {Words.Of(idle[^1])}";
        yield return $"the server closes kept connections that were idle {span} ({Words.Count(idle.Length, "time")}): a client or proxy that keeps them longer risks to lose a request";
    }

    // Which hop made the errors.
    private static IEnumerable<string> MakersOf(EvidenceSet evidence, RequestTimeline timeline)
    {
        const int Few = 3;
        if (evidence.Last<HttpRun>() is not { } run)
            yield break;
        foreach (HttpRunAnswer answer in run.Answers.Where(answer => answer.Status is >= 500 and < 600).Take(Few))
        {
            string[] said = [.. answer.Headers.Select(field => $"{field.Key}: {field.Value}")];
            string made = timeline.Refusal is { } refusal ? FirstHop.Maker(refusal, run.Answers, answer) : "not known";
            yield return $"{answer.Status}, {Words.Count(answer.Count, "time")}{(said.Length > 0 ? $" ({string.Join("; ", said)})" : "")}, made by whom: {made}";
        }
    }

    /// <summary>That new connections fail more at one address than at the others, in words; null if they do at none.</summary>
    /// <param name="reading">The requests.</param>
    internal static string? WorstInWords(TimelineReading reading)
    {
        if (reading.Worst is not { } worst)
            return null;
        (int failed, int requests) = reading.CountNew(worst);
        (int others, int ofOthers) = reading.CountNew(reading.Addresses.Remove(worst));
        string rest = reading.Addresses.Length == 2 ? "the other" : $"the {reading.Addresses.Length - 1} others";
        return others == 0
            ? $"over new connections, all {Words.Count(failed, "failure")} are at {worst} ({failed} of {requests}), and none of {ofOthers} at {rest}"
            : $"over new connections, {failed} of {requests} fail at {worst}, {others} of {ofOthers} at {rest}";
    }

    /// <summary>The windows of time in which failures lie, in words.</summary>
    /// <param name="reading">The requests.</param>
    /// <param name="windows">The windows.</param>
    internal static string InWords(TimelineReading reading, FailureWindows windows)
    {
        string where = Place(reading, windows.Address);
        string which = windows.Kind is { } kind ? RequestKinds.InWords(kind, windows.Inside.Failed + windows.Outside.Failed) : "failures";
        string counts = $"{windows.Inside.Failed} of {Words.Count(windows.Inside.Requests, reading.Timeline.IsHttp ? "request" : "connection")} fail{(windows.Kind is null ? "" : " so")}, and {windows.Outside.Failed} of {windows.Outside.Requests} besides";
        (TimeSpan from, TimeSpan to) = windows.Spans[0];
        if (windows.Spans.Length == 1)
        {
            string meaning = (windows.IsFromBeginning, windows.IsToEnd) switch
            {
                (_, true) when reading.IsFineAfterwards(windows.Address) => "something was away until then, or it limits how often this client may ask: those asked one at a time afterwards were answered",
                (_, true) => "something went away then and has not come back, or refuses this client since",
                (true, _) => "something came up then, or whoever asks it does so no more, as a proxy that leaves out a backend which failed (nginx: max_fails)",
                _ when windows.IsPartial => "one of several backends was away for a time, as with a restart or a deploy",
                _ => "something was away for a time, as with a restart or a deploy",
            };
            return $"{where}between {TimelineReading.After(from)} and {TimelineReading.After(to)} ({reading.Clock(from)}) {counts}: {meaning}";
        }

        double apart = windows.Spans.Zip(windows.Spans.Skip(1)).Average(pair => (pair.Second.From - pair.First.From).TotalSeconds);
        double length = windows.Spans.Average(span => (span.To - span.From).TotalSeconds);
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{where}{which} come in {windows.Spans.Length} windows of {length:0.0} s on average that begin {apart:0.0} s apart; in them {counts}: {(windows.IsPartial ? "one of several backends" : "something")} goes in and out, as with a health check that flaps or a process that restarts{(reading.TurnAt(windows.Address) is { } turn ? $"; or they come {turn.InWords}" : "")}");
    }

    // Where there are several addresses, at which.
    private static string Place(TimelineReading reading, IPAddress address) => reading.Addresses.Length > 1 ? $"at {address} " : "";

    private static string InWords(TimelineReading reading, ClientLimit limit)
    {
        string rest = limit.IsSure ? $"by a rhythm of the clock, or backends in turn, {limit.WrongByTime} would be" : "a rhythm of the clock, or backends in turn, may be what it is as well";
        return $"{Place(reading, limit.Address)}{limit.Asked - limit.Wrong} of {limit.Asked} are answered or refused as by a limit of {limit.Words} for this client, and {limit.Wrong} otherwise; {rest}";
    }

    /// <summary>The windows of time in which late answers lie, in words.</summary>
    /// <param name="slow">The windows.</param>
    internal static string InWords(FailureWindows slow)
    {
        string counts = $"{slow.Inside.Failed} of {Words.Count(slow.Inside.Requests, "answer")} are slow, and {slow.Outside.Failed} of {slow.Outside.Requests} besides";
        if (slow.Spans is [var (from, to)])
            return $"between {TimelineReading.After(from)} and {TimelineReading.After(to)} {counts}";
        return $"slow ones come in {slow.Spans.Length} windows of time; in them {counts}";
    }

    // That it was a deploy is said where something failed beside it.
    private static string InWords(TimelineReading reading, AnswerChange change)
    {
        string meaning = !change.IsOfSoftware ? "a new version, or a page that is made anew now and then"
            : reading.FailuresBeside(change) > 0 ? "requests failed then: as with a deploy" : "another version, or another server, answers since";
        string after = $"from {reading.Clock(change.At)} ({TimelineReading.After(change.At)}) on, ";
        return change.IsAll
            ? $"{after}all answers of {change.Address} say {change.After}, before {change.Before}: {meaning}"
            : $"{after}some answers of {change.Address} say {change.After}, as none did before, and none says {change.Before} any more: {meaning}, at some of its backends";
    }

    // What this host counts is told where it is about the port asked, or rises with the failures.
    private static string? HostInWords(TimelineReading reading)
    {
        RequestTimeline timeline = reading.Timeline;
        if (timeline.Looks.Count < 2 || reading.Failures.Length == 0)
            return null;
        (long drops, int steps, int with) = reading.Growth(look => look.ListenerDrops ?? 0, reading.Failures);
        if (drops > 0)
        {
            long overflows = timeline.Looks[^1].Growth.GetValueOrDefault("TcpExt.ListenOverflows");
            return $"the listener of port {timeline.Port} on this machine dropped {Words.Count(drops, "packet")} meanwhile, in {with} of {Words.Count(steps, "step")} while requests failed{(overflows > 0 ? $"; ListenOverflows rose by {overflows}" : "")}";
        }

        return HostCounters.WithFailures(reading);
    }

    private static string? SlownessInWords(TimelineReading reading)
    {
        TriedRequest[] slow = [.. reading.All.Where(one => one.Kind is RequestKind.Slow).Select(one => one.Request)];
        if (slow.Length == 0)
            return null;
        static TimeSpan Median(IEnumerable<TimeSpan> times) => times.Order().ToArray() is { Length: > 0 } sorted ? sorted[(sorted.Length - 1) / 2] : TimeSpan.Zero;
        TimeSpan way = Median(slow.Select(request => request.RoundTrip ?? TimeSpan.Zero));
        TimeSpan besides = Median(slow.Select(request => request is { Wait: { } wait } && wait > (request.RoundTrip ?? TimeSpan.Zero) ? wait - (request.RoundTrip ?? TimeSpan.Zero) : TimeSpan.Zero));
        int again = slow.Count(request => request.Retransmits > 0);
        int kept = slow.Count(request => request.Idle is not null);
        int allKept = reading.Timeline.Requests.Count(request => request.Idle is not null);
        string phases = reading.Timeline.IsHttp
            ? $"{Phase("connect ", request => request.Connect)}{Phase("TLS ", request => request.Tls)}shortest round trip {Words.Of(way)}, waiting besides {Words.Of(besides)}, receiving {Words.Of(Median(slow.Select(request => request.Receive ?? TimeSpan.Zero)))}"
            : $"connect {Words.Of(Median(slow.Select(request => request.Connect ?? TimeSpan.Zero)))}";

        // Of those that have it: kept connections have neither.
        string Phase(string name, Func<TriedRequest, TimeSpan?> phase) =>
            slow.Select(phase).OfType<TimeSpan>().ToArray() is { Length: > 0 } times ? $"{name}{Words.Of(Median(times))}, " : "";

        return $"{(slow.Length == 1 ? "the slow one" : $"the {slow.Length} slow ones, by their medians")}: {phases}; {(again > 0 ? $"segments were sent again in {again} of them" : "no segment was sent again")}{(allKept > 0 ? $"; {kept} of {allKept} over kept connections, {slow.Length - kept} of {reading.Timeline.Requests.Count - allKept} over new ones" : "")}";
    }
}

/// <summary>The requests to one address.</summary>
/// <param name="Address">The address.</param>
/// <param name="Port">The port.</param>
/// <param name="Requests">How many.</param>
/// <param name="Said">What came of them, in words.</param>
/// <param name="Times">How long those took that were answered well; null if none was.</param>
/// <param name="Strip">Time from left to right, a letter for the worst in each slot, a blank where nothing was asked.</param>
public sealed record SymptomRow(IPAddress Address, int Port, int Requests, string Said, TimeSpread? Times, string Strip)
{
    /// <summary>Address and port as people write them.</summary>
    public string Endpoint => ApplicationView.Endpoint(Address, Port);

    /// <summary>What came of them, by kind.</summary>
    public ImmutableArray<(RequestKind Kind, int Count)> Counts { get; init; } = [];
}
