using NetWhy.Diagnose.Repeated;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Rules;

/// <summary>TCP works, and the TLS handshake goes silent.</summary>
public sealed class TlsHandshakeStall : IRule
{
    private const string Id = "tls-handshake-stall";
    private const int FewRoundTrips = 6;

    private static readonly TimeSpan LateHandshake = TimeSpan.FromSeconds(1.5); // no key takes so long, nor a way that loses a segment

    /// <inheritdoc/>
    public RuleInfo Info { get; } = new(Id, Source: "RFC 8446, section 2; tcp(7), TCP_INFO", Id)
    {
        Explains = ["tls-handshake-failed"],
    };

    /// <inheritdoc/>
    public IEnumerable<Finding> Evaluate(EvidenceSet evidence)
    {
        var view = ApplicationView.Of(evidence);
        foreach (TlsHandshake stalled in view.Handshakes.Where(handshake => handshake.Outcome is TlsOutcome.Stalled).DistinctBy(handshake => handshake.Address))
            yield return Describe(view, stalled);
        foreach (Finding late in Late(view))
            yield return late;
        if (TimelineReading.Of(evidence) is not { } reading)
            yield break;
        foreach (Slowness slow in reading.SlowHandshakes.Where(slow => !reading.IsOfOurMaking(slow.Address) && !reading.IsWayFull(slow.Address)))
        {
            if (OfRun(reading, slow) is { } late)
                yield return late;
        }
    }

    // Made in the end, and late: who uses the site waits for it as for a slow page. The whole time of a handshake, which is all that a
    // request of a tool has, is no measure: on a thin way the chain of certificates takes seconds.
    private static IEnumerable<Finding> Late(ApplicationView view)
    {
        foreach (TlsHandshake handshake in view.Handshakes.Where(handshake => handshake is { Outcome: TlsOutcome.Completed, TimeToAnswer: not null }).DistinctBy(handshake => handshake.Address))
        {
            ConnectAttempt? attempt = view.Evidence.First<ConnectAttempt>(attempt => attempt.Outcome is ConnectOutcome.Connected && attempt.Address.Equals(handshake.Address) && attempt.Port == handshake.Port);
            if (IsLate(handshake.TimeToAnswer!.Value, attempt?.RoundTrip ?? attempt?.Elapsed))
                yield return handshake.Authority is null ? OfOne(view, handshake, handshake.TimeToAnswer.Value) : OfTunnel(handshake, handshake.TimeToAnswer.Value);
        }
    }

    private static bool IsLate(TimeSpan time, TimeSpan? roundTrip) => time >= LateHandshake && roundTrip is { } way && time >= way * FewRoundTrips;

    private static Finding OfOne(ApplicationView view, TlsHandshake handshake, TimeSpan time)
    {
        string server = ApplicationView.Server(handshake);
        string? url = view.Exchanges.FirstOrDefault(http => http.TlsTime is not null && http.Address.Equals(handshake.Address))?.Url;
        List<Reason> reasons = [handshake.Weigh(Weight.VeryStrong, $"the first octet of the server's answer to the ClientHello came after {ApplicationView.InWords(time)}, and the TCP connection stood long before")];
        if (view.Sample(handshake.Address, handshake.Port) is { TotalRetransmits: > 0 } sample)
            reasons.Add(sample.Weigh(Weight.Against, $"{sample.TotalRetransmits} segments were sent again: the network takes part of the time"));
        return new Finding(
            Id,
            Severity.Warning,
            Where.Remote,
            $"The TLS handshake with {server} takes {ApplicationView.InWords(time)}, for which each new connection waits, although TCP connects at once.",
            [.. reasons])
        {
            Subject = handshake.Address,
            Remedies =
            [
                new Remedy("See whether a worker is free to take connections up: the kernel accepts for one that is not (Recv-Q of the listener; Apache httpd: MaxRequestWorkers, KeepAliveTimeout).", $"ss -ltn 'sport = :{handshake.Port}'", Fix.Server(handshake.Address)),
                new Remedy("Else find what the server does in the handshake: a key in a slow store (HSM, agent), a lookup of OCSP or of the client's name, a balancer that connects to its backend first."),
            ],
            Next =
            [
                url is null ? $"Is it always so? {ShellCommand.Of($"time openssl s_client -connect {server}")} </dev/null"
                    : $"Is it always so, and on new connections alone? {ShellCommand.Of($"netwhy {url} --symptom slow")}",
            ],
        };
    }

    // Of a way through a proxy only the proxy is seen, and some say that the connection stands before it does.
    private static Finding OfTunnel(TlsHandshake handshake, TimeSpan time) => new(
        Id,
        Severity.Warning,
        Where.Unknown,
        $"The TLS handshake with {ApplicationView.Server(handshake)} is answered after {ApplicationView.InWords(time)}: the server is late, or the proxy, or the way between them.",
        [
            handshake.Weigh(Weight.VeryStrong, $"the first octet of an answer to the ClientHello came {ApplicationView.InWords(time)} after the proxy had said that it is connected, and the proxy itself is near"),
            handshake.Weigh(Weight.Against, "what is behind the proxy is not seen: it may have said so before it was connected, or look up, connect or filter before it passes anything on"),
        ])
    {
        Subject = handshake.Address,
        Remedies = [new Remedy("See whether it is as late without the proxy, asked from a machine that may connect directly.", ShellCommand.Of($"time openssl s_client -connect {handshake.Authority} </dev/null"))],
        Next = ["In the proxy's log: when did it connect to the server, and when did the first octet come from there?"],
    };

    // It goes silent for a time, again and again, while the way is fast.
    private static Finding? OfRun(TimelineReading reading, Slowness slowness)
    {
        RequestTimeline timeline = reading.Timeline;
        TimeSpan[] times = [.. slowness.Slow.Select(request => request.Tls!.Value).Order()];
        if (HttpSlow.Meanwhile(reading, slowness, times[0]) is not { } meanwhile)
            return null;
        string server = ApplicationView.Endpoint(slowness.Address, timeline.Port);
        string often = slowness.Slow.Length == slowness.Answered.Length ? $"all {times.Length}" : $"{times.Length} of {slowness.Answered.Length}";
        string longest = ApplicationView.InWords(meanwhile.Max(request => request.Connect!.Value));
        return new Finding(
            Id,
            Severity.Warning,
            Where.Remote,
            $"The TLS handshake with {server} takes {ApplicationView.InWords(times[(times.Length - 1) / 2])} (median) on {often} new connections; TCP connections stand within {longest}{(HttpSlow.IsOneByOne(reading) ? "" : " meanwhile")}.",
            [
                timeline.Weigh(Weight.VeryStrong, $"{often} handshakes took {ApplicationView.InWords(times[0])} to {ApplicationView.InWords(times[^1])}; a round trip takes at least {ApplicationView.InWords(slowness.Slow.Min(request => request.RoundTrip!.Value))}"),
                timeline.Weigh(Weight.Strong, $"{Words.Count(meanwhile.Length, "new connection")} made {(HttpSlow.IsOneByOne(reading) ? "between them" : "meanwhile")} stood within {longest}, at the first SYN, and no segment of the slow ones was sent again: the way was fast"),
            ])
        {
            Subject = slowness.Address,
            Remedies =
            [
                new Remedy("Find what the server does in the handshake: a key in a slow store (HSM, agent), too little processor for RSA signatures, a lookup of a session or of OCSP, a reverse lookup of the client's name, a balancer that connects to its backend first."),
                new Remedy("Let clients use connections, or at least sessions, again."),
            ],
            Next = [$"At which message does it wait? {ShellCommand.Of($"openssl s_client -connect {server} -msg -trace")}", "On the server: how busy is its processor, and what does the process wait for (strace -tt -p PID)?"],
        };
    }

    private static Finding Describe(ApplicationView view, TlsHandshake stalled)
    {
        bool hasBegun = stalled.OctetsReceived > 0;
        ExchangeStage stage = hasBegun ? ExchangeStage.HandshakeBegun : ExchangeStage.Connected;
        string after = ApplicationView.LastStep(stalled);
        string server = ApplicationView.Server(stalled);
        List<Reason> reasons =
        [
            stalled.Weigh(
                Weight.VeryStrong,
                stalled.IsInMessage
                    ? $"after {after}, the rest of it did not come in {ApplicationView.InWords(stalled.Elapsed)}" // octets may drip
                    : $"nothing came for {ApplicationView.InWords(stalled.Elapsed)} after {after}; {stalled.OctetsReceived} octets had come before"),
        ];
        Where where = Where.Unknown;
        if (stalled.AllAcknowledged)
        {
            reasons.Add(stalled.Weigh(Weight.Strong, $"the peer's TCP acknowledged all that was sent: the program behind it {(stalled.IsInMessage ? "does not say the rest" : "says nothing")}"));
            where = Where.Remote;
        }
        else
        {
            reasons.Add(stalled.Weigh(Weight.HintAgainst, "part of what was sent is not acknowledged: it or its acknowledgement is lost on the way"));
            where = Where.Path;
        }

        if (view.SizeCure(stalled.Address, stage) is { } cured)
            reasons.Add(cured.Weigh(Weight.RulesOut, $"with segments of {cured.SegmentSize} octets the exchange goes on: size is what is wrong"));
        else if (view.VainSizeTrial(stalled.Address, stage) is { } vain)
            reasons.Add(vain.Weigh(Weight.Hint, $"smaller segments ({vain.SegmentSize} octets) change nothing"));

        string blame = "";
        if (view.Cure("no-sni", "other-sni") is { } otherName)
        {
            reasons.Add(otherName.Weigh(Weight.Strong, $"with {(otherName.ServerName is null ? "no" : "another")} server name the handshake is made: somebody minds the name {stalled.ServerName}"));
            blame = $" when it names {stalled.ServerName}";
        }

        return new Finding(
            Id,
            Severity.Critical,
            where,
            hasBegun
                ? $"The TLS handshake with {server} stops after {after}{blame}, although TCP works."
                : $"{server} accepts the connection and never answers the TLS ClientHello{blame}.",
            [.. reasons])
        {
            Subject = stalled.Address,
            Remedies =
            [
                new Remedy("Look at the program: blocked, out of workers, or waiting for a backend; restart it if so.", $"ss -ltnp 'sport = :{stalled.Port}'", Fix.Server(stalled.Address)),
                new Remedy("See whether it is a TLS service at all.", $"openssl s_client {ApplicationView.ConnectOptions(stalled)} -msg </dev/null"),
            ],
            Next = [$"On the server: does the ClientHello arrive (tcpdump -ni any port {stalled.Port}), and is it read (Recv-Q in ss -tn)?"],
        };
    }
}
