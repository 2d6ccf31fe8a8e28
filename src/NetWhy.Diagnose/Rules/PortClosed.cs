using System.Net;
using NetWhy.Diagnose.Paths;
using NetWhy.Diagnose.Repeated;
using NetWhy.Diagnose.Sockets;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Rules;

/// <summary>The host itself refuses: nothing listens on the port.</summary>
public sealed class PortClosed : IRule
{
    private const string Id = "port-closed";

    /// <inheritdoc/>
    public RuleInfo Info { get; } = new(Id, Source: "RFC 9293, section 3.10.7.1; RFC 1122, section 3.2.2.1", Id);

    /// <inheritdoc/>
    public IEnumerable<Finding> Evaluate(EvidenceSet evidence)
    {
        TargetView[] views = TargetView.All(evidence);
        TimelineReading? reading = TimelineReading.Of(evidence);
        // "localhost" has two addresses, most services listen on one, and every client tries both at once.
        bool isServedOnLoopback = views.Any(view => IPAddress.IsLoopback(view.Address) && view.Connected is not null);
        foreach (TargetView view in views)
        {
            if (reading?.Gone.FirstOrDefault(gone => gone.IsClosed && gone.Address.Equals(view.Address)) is { } gone)
            {
                yield return OfGone(view, reading, gone);
                continue;
            }

            if (isServedOnLoopback && IPAddress.IsLoopback(view.Address))
                continue;
            if (reading is not null && (reading.Connected(view.Address) > 0 || reading.AloneAt(view.Address).Good > 0))
            {
                if (OfTimes(view, reading) is { } atTimes)
                    yield return atTimes;
                continue;
            }

            if (view.Attempts.FirstOrDefault(attempt => attempt is { Errno: "ECONNREFUSED", Icmp: null }) is { } refused
                && view.Connected is null)
            {
                if (!BoundDatagrams.AreMeant(evidence))
                    yield return OfTcp(view, refused, BoundDatagrams.At(evidence).Length > 0 ? BoundDatagrams.InWords(evidence) : null);
            }
            else if (evidence.First<DatagramExchange>(datagram => datagram.Address.Equals(view.Address)
                && datagram is { Answered: false, Errno: "ECONNREFUSED", Icmp: null or { Type: 3, Code: 3 } or { Type: 1, Code: 4 } }
                && (datagram.Icmp is null || datagram.Icmp.Offender.Equals(view.Address) || (datagram.Icmp.IsOwnAddress && view.IsLocal))) is { } datagram)
            {
                yield return OfUdp(view, datagram);
            }
        }
    }

    // It listened, and then no more to the end: that is seen of HTTP and without.
    private static Finding OfGone(TargetView view, TimelineReading reading, Departure gone) => new(
        Id,
        Severity.Critical,
        view.IsLocal ? Where.Local : gone.MayBeRefusal ? Where.Unknown : Where.Remote,
        $"{view.Endpoint} refuses connections since {reading.Clock(gone.Last)} ({TimelineReading.After(gone.Last)}), all {gone.Since} of them; {gone.Answered} of {gone.Before} before were {(reading.Timeline.IsHttp ? "answered" : "taken")}: {gone.Meaning}.",
        [.. HttpBackendPartlyFailing.ReasonsOfGone(reading, gone)])
    {
        Subject = view.Address,
        Remedies = [new Remedy("Start the service again, and see why it ended.", "journalctl --since -10min", view.IsLocal ? null : Fix.Server(view.Address))],
        Next =
        [
            .. gone.MayBeRefusal && !view.IsLocal ? ["Does it take connections from another machine at the same time? Then something (a firewall, fail2ban) refuses this one."] : Array.Empty<string>(),
            $"{(view.IsLocal ? "Here" : $"On {view.Address}")}: does something listen on port {view.Port} (ss -ltnp), and what do the logs say of {reading.Clock(gone.Last)}?",
        ],
    };

    // One try says nothing where others stand. With HTTP the rule for partly failing backends tells.
    private static Finding? OfTimes(TargetView view, TimelineReading reading)
    {
        const int Few = 3;
        TriedRequest[] tried = [.. reading.Timeline.Requests.Where(request => request.Address.Equals(view.Address))];
        int refused = tried.Count(request => request is { Stage: ExchangeStage.NotConnected, Errno: "ECONNREFUSED" });
        if (reading.Timeline.IsHttp || refused < Few)
            return null;
        int stood = reading.Connected(view.Address) + reading.AloneAt(view.Address).Good, all = tried.Length + reading.AloneAt(view.Address).Asked;
        FailureWindows? windows = reading.Windows.FirstOrDefault(one => one.Address.Equals(view.Address));
        bool wasAway = windows is { Spans.Length: 1, IsToEnd: false, IsFromBeginning: false, IsPartial: false };
        string pattern = windows is null ? "the service listens at times only, as one that restarts, or something refuses some of them"
            : wasAway ? $"in one stretch of time, from {reading.Clock(windows.Spans[0].From)} ({TimelineReading.After(windows.Spans[0].From)}) to {TimelineReading.After(windows.Spans[0].To)}, so that the service was away, as with a restart"
            : windows.Spans.Length > 1 ? "in windows of time, so that the service goes in and out, as one that restarts again and again"
            : $"from {reading.Clock(windows.Spans[0].From)} ({TimelineReading.After(windows.Spans[0].From)}) to {TimelineReading.After(windows.Spans[0].To)}";
        return new Finding(
            Id,
            Severity.Warning,
            view.IsLocal ? Where.Local : wasAway ? Where.Remote : Where.Unknown,
            $"{view.Endpoint} refuses {refused} of {all} connections and takes {stood}: {pattern}.",
            [
                reading.Timeline.Weigh(Weight.VeryStrong, $"of {all} connections {refused} were refused and {stood} stood"),
                .. windows is null ? Array.Empty<Reason>() : [reading.Timeline.Weigh(Weight.Strong, SymptomOverview.InWords(reading, windows))],
            ])
        {
            Subject = view.Address,
            Next = [$"{(view.IsLocal ? "Here" : $"On {view.Address}")}: since when does the process run (ps -o lstart= -C NAME), and what does its log say of the times?"],
        };
    }

    private static Finding OfTcp(TargetView view, ConnectAttempt refused, string? beside)
    {
        List<Reason> reasons =
        [
            refused.Weigh(Weight.VeryStrong, $"{view.Endpoint} refuses the connection with a RST after {TargetView.InWords(view.Flow(refused) is { SynsOut: 1, RstDelay: { } delay } ? delay : refused.Elapsed)}; no ICMP error says otherwise"),
        ];
        bool isProven = view.IsLocal;
        if (!view.IsLocal && view.Flow(refused) is { } flow)
        {
            if (flow.RstsIn == 0)
            {
                reasons.Add(flow.Weigh(
                    flow.SynsOut == 0 ? Weight.RulesOut : Weight.Against,
                    "no RST came in by an interface: the refusal was made on this machine"));
            }
            else if (flow.RstTtl is { } ttl && view.DistanceOfHost is { } host)
            {
                int hops = TargetView.Distance(ttl);
                isProven = hops == host.Hops;
                reasons.Add(isProven
                    ? flow.Weigh(Weight.Strong, $"the RST has come {Words.Count(hops, "hop")} (TTL {ttl}), as other packets of the host have")
                    : flow.Weigh(Weight.RulesOut, $"the RST has come {Words.Count(hops, "hop")} (TTL {ttl}), other packets of the host {host.Hops}"));
            }
        }

        if (!view.IsLocal && view.SignOfLife is { } life)
            reasons.Add(life.Weigh(Weight.Hint, "the host itself is alive"));
        string unproven = isProven ? "" : "; that the RST is the host's own and not a firewall's could not be proven";
        return new Finding(
            Id,
            view.Severity,
            view.IsLocal ? Where.Local : Where.Remote,
            $"Nothing listens on TCP port {view.Port} of {view.Address}: the connection is refused{unproven}.",
            [.. reasons])
        {
            Subject = view.Address,
            Remedies =
            [
                new Remedy("Start the service, or ask for the port that it listens on; this lists them.", "ss -ltnp", view.IsLocal ? null : Fix.Server(view.Address)),
            ],
            Next = [$"{(view.IsLocal ? "Here" : $"On {view.Address}")}: does the service run, and does it listen on port {view.Port} and on another address than 127.0.0.1?", .. beside is null ? (string[])[] : [$"Or is another protocol meant? {beside}."]],
        };
    }

    private static Finding OfUdp(TargetView view, DatagramExchange refused) => new(
        Id,
        Severity.Critical,
        view.IsLocal ? Where.Local : Where.Remote,
        $"Nothing listens on UDP port {view.Port} of {view.Address}: the host answers \"port unreachable\".",
        [refused.Weigh(Weight.VeryStrong, $"{view.Address} answers a datagram with \"port unreachable\" after {TargetView.InWords(refused.Elapsed)}")])
    {
        Subject = view.Address,
        Remedies = [new Remedy("Start the service, or ask for the port that it listens on; this lists them.", "ss -lunp", view.IsLocal ? null : Fix.Server(view.Address))],
        Next = [$"{(view.IsLocal ? "Here" : $"On {view.Address}")}: does the service run, and does it listen on UDP port {view.Port}?"],
    };
}
