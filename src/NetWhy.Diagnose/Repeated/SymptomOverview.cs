using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using NetWhy.Diagnose.Paths;
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

    private static readonly (string Counter, string What, string Meaning)[] Counters =
    [
        ("Tcp.RetransSegs", "segments sent again (RetransSegs)", "packets or their answers are lost"),
        ("Softnet.dropped", "packets dropped before the network stack (softnet_stat)", "this machine takes them too slowly"),
        ("TcpExt.TCPTimeWaitOverflow", "TIME-WAIT entries given up (TCPTimeWaitOverflow)", "its table of them is full"),
    ];

    /// <summary>Whether some requests showed what was looked for.</summary>
    public bool IsSeen { get; private init; }

    /// <summary>Puts it together.</summary>
    /// <param name="evidence">All observations from one vantage.</param>
    /// <param name="slots">Characters of a strip.</param>
    /// <returns>Null if no requests were repeated.</returns>
    public static SymptomOverview? Of(EvidenceSet evidence, int slots)
    {
        if (TimelineReading.Of(evidence) is not { } reading)
            return null;
        RequestTimeline timeline = reading.Timeline;
        int seen = reading.All.Count(one => IsOfSymptom(timeline.Symptom, one.Kind));
        SymptomRow[] rows = [.. reading.Addresses.Select(address => RowOf(reading, address, slots))];
        string letters = string.Concat(rows.SelectMany(row => row.Strip).Where(letter => letter is not ' ').Distinct().OrderBy(letter => letter is '.' ? 0 : 1));
        string noun = timeline.IsHttp ? "request" : "connection";
        string load = string.Create(
            CultureInfo.InvariantCulture,
            $"{Words.Count(timeline.Requests.Count, noun)} in {Words.Of(timeline.Elapsed)}, {timeline.Requests.Count / Math.Max(0.001, timeline.Asked.TotalSeconds):0.#} a second, each given {Words.Of(timeline.Limit)}{(timeline.WasInterrupted ? " (cut short)" : "")}");
        return new SymptomOverview(
            timeline.Symptom,
            load,
            ResultOf(reading, seen, noun),
            [.. rows],
            string.Join("  ", letters.Select(letter => $"{letter} {RequestKinds.Meaning(letter)}").Distinct()),
            [.. ConclusionsOf(evidence, reading)])
        {
            IsSeen = seen > 0,
        };
    }

    private static bool IsOfSymptom(string symptom, RequestKind kind) => symptom switch
    {
        "timeout" => RequestKinds.IsTimeout(kind),
        "5xx" => kind is RequestKind.ServerError,
        _ => kind is RequestKind.Slow || RequestKinds.IsTimeout(kind),
    };

    private static string NameOf(RequestTimeline timeline) => timeline.Symptom switch
    {
        "timeout" => "time-out",
        "5xx" => "answer 5xx",
        _ => $"{(timeline.IsHttp ? "answer" : "connection")} that took {Words.Of(RequestKinds.Late(timeline))}",
    };

    private static string ResultOf(TimelineReading reading, int seen, string noun)
    {
        RequestTimeline timeline = reading.Timeline;
        int count = timeline.Requests.Count;
        int others = reading.All.Count(one => !RequestKinds.IsAnswered(one.Kind) && !IsOfSymptom(timeline.Symptom, one.Kind));
        string rest = others == 0 ? "" : others == count ? "; all failed in another way" : $"; {others} failed in another way";
        if (seen > 0)
            return $"{seen} of {Words.Count(count, noun)} showed it{rest}.";
        string missed = others > 0 ? "" // what failed otherwise might have shown it
            : count >= 2 * Rare ? $"; one rarer than 1 in {count / Rare} would be missed (95 %)" : "; too few to rule anything out";
        return $"{Words.Count(count, noun)} in {Words.Of(timeline.Elapsed)} showed no {NameOf(timeline)}{missed}{rest}.";
    }

    private static SymptomRow RowOf(TimelineReading reading, IPAddress address, int slots)
    {
        (TriedRequest Request, RequestKind Kind)[] here = [.. reading.All.Where(one => one.Request.Address.Equals(address))];
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
        if (WindowsInWords(reading) is { } windows)
            yield return windows;
        foreach (IdleRace race in reading.Races)
            yield return race.InWords;
        foreach ((IPAddress address, TimeSpan at, string before, string after) in reading.Changes)
            yield return $"from {reading.Clock(at)} ({TimelineReading.After(at)}) on, all answers of {address} say {after}, before {before}: another version or page was deployed there";
        foreach (string made in MakersOf(evidence, timeline))
            yield return made;
        if (HostInWords(reading) is { } host)
            yield return host;
        if (reading.Count(RequestKind.NoPort) is > 0 and var without)
            yield return $"{without} of {timeline.Requests.Count} found no local port left (EADDRNOTAVAIL): they never left this machine{(timeline.Looks is [.., var last] && last.Growth.GetValueOrDefault("TimeWait") is not 0 and var growth ? string.Create(CultureInfo.InvariantCulture, $"; its TIME-WAIT sockets changed by {growth:+0;-0} meanwhile") : "")}";
        if (reading.Retries is { Followed: > 0 } retries)
            yield return $"of {Words.Count(reading.Failures.Length, "failure")}, {retries.Followed} were followed by a request over a new connection, and {retries.Answered} of those were answered: what a retry would have got";
        if (SlownessInWords(reading) is { } slowness)
            yield return slowness;
        if (timeline.Lookups.Count > 0 && (timeline.Symptom is "slow" || timeline.Lookups.Any(lookup => lookup.Failure is not null || lookup.Elapsed >= TimeSpan.FromSeconds(0.05))))
        {
            int failed = timeline.Lookups.Count(lookup => lookup.Failure is not null);
            yield return $"{Words.Count(timeline.Lookups.Count, "lookup")} of the name took {Words.Of(timeline.Lookups.Min(lookup => lookup.Elapsed))} to {Words.Of(timeline.Lookups.Max(lookup => lookup.Elapsed))}{(failed > 0 ? $", {failed} failed" : "")}";
        }

        if (timeline.IdleEnds.Count > 0)
        {
            TimeSpan least = timeline.IdleEnds.Min(one => one.After), most = timeline.IdleEnds.Max(one => one.After);
            string span = most - least < TimeSpan.FromSeconds(0.1) ? $"for {Words.Of(least)}" : $"for {Words.Of(least)} to {Words.Of(most)}";
            yield return $"the server closes kept connections that were idle {span} ({Words.Count(timeline.IdleEnds.Count, "time")}): a client or proxy that keeps them longer risks to lose a request";
        }
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

    /// <summary>That one address fails more than the others, in words; null if none does.</summary>
    /// <param name="reading">The requests.</param>
    internal static string? WorstInWords(TimelineReading reading)
    {
        if (reading.Worst is not { } worst)
            return null;
        (int failed, int requests) = reading.At(worst);
        (int others, int ofOthers) = reading.Others(worst);
        string rest = reading.Addresses.Length == 2 ? "the other" : $"the {reading.Addresses.Length - 1} others";
        return others == 0
            ? $"all {Words.Count(failed, "failure")} are at {worst} ({failed} of {requests}), and none of {ofOthers} at {rest}: one address is bad"
            : $"{failed} of {requests} fail at {worst}, {others} of {ofOthers} at {rest}";
    }

    /// <summary>That failures lie in windows of time, in words; null if they do not.</summary>
    /// <param name="reading">The requests.</param>
    internal static string? WindowsInWords(TimelineReading reading)
    {
        (TimeSpan From, TimeSpan To)[] windows = [.. reading.Windows];
        if (windows is not [var first, ..])
            return null;
        if (windows.Length == 1)
        {
            return string.Create(
                CultureInfo.InvariantCulture,
                $"all {reading.Failures.Length} failures began between {TimelineReading.After(first.From)} and {TimelineReading.After(first.To)} ({reading.Clock(first.From)}), and none before or after: something was away for a time, as with a restart or a deploy");
        }

        double apart = windows.Zip(windows.Skip(1)).Average(pair => (pair.Second.From - pair.First.From).TotalSeconds);
        double length = windows.Average(window => (window.To - window.From).TotalSeconds);
        return string.Create(
            CultureInfo.InvariantCulture,
            $"failures come in {windows.Length} windows of {length:0.0} s on average that begin {apart:0.0} s apart, and none between them: something goes in and out, as with a health check that flaps or a process that restarts");
    }

    // What this host counts is told where it is about the port asked, or rises with the failures.
    private static string? HostInWords(TimelineReading reading)
    {
        RequestTimeline timeline = reading.Timeline;
        if (timeline.Looks.Count < 2 || reading.Failures.Length == 0)
            return null;
        (long drops, int steps, int with) = reading.Growth(look => look.ListenerDrops ?? 0);
        if (drops > 0)
        {
            long overflows = timeline.Looks[^1].Growth.GetValueOrDefault("TcpExt.ListenOverflows");
            return $"the listener of port {timeline.Port} on this machine dropped {Words.Count(drops, "packet")} meanwhile, in {with} of {Words.Count(steps, "step")} while requests failed{(overflows > 0 ? $"; ListenOverflows rose by {overflows}" : "")}";
        }

        // Whether it grows rather while requests fail than while they do not.
        int all = timeline.Looks.Count - 1;
        int failing = Enumerable.Range(1, all).Count(i => reading.Failures.Any(request => request.At < timeline.Looks[i].At && request.At + request.Total > timeline.Looks[i - 1].At));
        foreach ((string counter, string what, string meaning) in Counters)
        {
            (long growth, steps, with) = reading.Growth(look => look.Growth.GetValueOrDefault(counter));
            if (steps > 0 && LossComparison.IsMore((steps - with, all - failing), (with, failing), Counters.Length))
                return $"{what} grew by {growth} on this machine meanwhile, in {with} of the {Words.Count(failing, "step")} with failures and {steps - with} of the {all - failing} without: {meaning}";
        }

        return null;
    }

    private static string? SlownessInWords(TimelineReading reading)
    {
        TriedRequest[] slow = [.. reading.All.Where(one => one.Kind is RequestKind.Slow).Select(one => one.Request)];
        if (slow.Length == 0)
            return null;
        static TimeSpan Median(IEnumerable<TimeSpan> times) => times.Order().ToArray() is { Length: > 0 } sorted ? sorted[(sorted.Length - 1) / 2] : TimeSpan.Zero;
        TimeSpan way = Median(slow.Select(request => request.RoundTrip ?? TimeSpan.Zero));
        TimeSpan server = Median(slow.Select(request => request is { Wait: { } wait } && wait > (request.RoundTrip ?? TimeSpan.Zero) ? wait - (request.RoundTrip ?? TimeSpan.Zero) : TimeSpan.Zero));
        int again = slow.Count(request => request.Retransmits > 0);
        int kept = slow.Count(request => request.Idle is not null);
        int allKept = reading.Timeline.Requests.Count(request => request.Idle is not null);
        string phases = reading.Timeline.IsHttp
            ? $"{Phase("connect ", request => request.Connect)}{Phase("TLS ", request => request.Tls)}round trip {Words.Of(way)}, server {Words.Of(server)}, receiving {Words.Of(Median(slow.Select(request => request.Receive ?? TimeSpan.Zero)))}"
            : $"connect {Words.Of(Median(slow.Select(request => request.Connect ?? TimeSpan.Zero)))}";

        // Of those that have it: kept connections have neither.
        string Phase(string name, Func<TriedRequest, TimeSpan?> phase) =>
            slow.Select(phase).OfType<TimeSpan>().ToArray() is { Length: > 0 } times ? $"{name}{Words.Of(Median(times))}, " : "";

        return $"the {slow.Length} slow ones, by their medians: {phases}; {(again > 0 ? $"segments were sent again in {again} of them" : "no segment was sent again")}{(allKept > 0 ? $"; {kept} of {allKept} over kept connections, {slow.Length - kept} of {reading.Timeline.Requests.Count - allKept} over new ones" : "")}";
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
