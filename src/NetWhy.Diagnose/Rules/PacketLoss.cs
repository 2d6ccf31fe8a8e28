using System.Globalization;
using System.Net;
using NetWhy.Diagnose.Paths;
using NetWhy.Diagnose.Repeated;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Rules;

/// <summary>Packets to the target are lost at random, and TCP suffers from it.</summary>
/// <remarks>
/// Lost echo alone convicts nobody: firewalls and hosts limit its rate. Loss is believed when TCP repeats segments too.
/// </remarks>
public sealed class PacketLoss : IRule
{
    private const string Id = "packet-loss";
    private const double Noticeable = 0.01;
    private const string BadChecksums = "Tcp.InCsumErrors";

    /// <inheritdoc/>
    public RuleInfo Info { get; } = new(Id, Source: "RFC 2680; RFC 6298", Id)
    {
        Explains =
        [
            "http-slow-transfer", "http-stalled-body", "http-truncated-body",
            "tls-handshake-stall", "service-hung", "dns-slow", "dns-aaaa-dropped",
            "connection-rate-limited", "accept-queue-full", "http-backend-partly-failing",
        ],
    };

    /// <inheritdoc/>
    public IEnumerable<Finding> Evaluate(EvidenceSet evidence) =>
        TargetView.All(evidence).Where(view => !view.IsLocal).Select(view => Judge(evidence, view)).OfType<Finding>();

    private static Finding? Judge(EvidenceSet evidence, TargetView view)
    {
        if (view.Queue is not null || TimelineReading.Of(evidence)?.IsWayFull(view.Address) is true)
            return null; // what overflows a queue that we fill is lost by design

        EchoSeries[] echoes = [.. view.Echoes.Where(echo => echo.Purpose is "target" && echo.Received > 0)];
        long sent = echoes.Sum(echo => (long)echo.Sent);
        long lost = sent - echoes.Sum(echo => (long)echo.Received);
        (double least, double most) = LossEstimate.Interval(lost, sent);
        double share = sent == 0 ? 0 : (double)lost / sent;
        bool isEchoLost = least > Noticeable;

        ConnectSeries? series = view.Series is { Connected: > 0 } some ? some : null; // where none stands, it is no chance
        var repeats = RepeatedConnects.Of(evidence, view.Address, series);
        int repeatedSyns = repeats is { MayBeLoss: false } ? 0 : series?.Retransmitted ?? 0;
        TcpInfoSample? sample = evidence.All<TcpInfoSample>()
            .Where(sample => sample.Address.Equals(view.Address) && sample.TotalRetransmits > sample.DuplicateSacks)
            .MaxBy(sample => sample.TotalRetransmits);
        StandingLoss? standing = StandingLoss.Of(evidence, view.Address);
        ConnectAttempt? late = view.Attempts.FirstOrDefault(attempt => attempt.SynRetransmits > 0 && attempt.Outcome is ConnectOutcome.Connected);

        // A sender that fills the path loses a segment now and then; about once in a hundred packets is more than that.
        FlowSighting? repaired = evidence.All<FlowSighting>()
            .Where(flow => flow.Address.Equals(view.Address)
                && ((flow.RepairsIn >= 5 && flow.RepairsIn >= Noticeable * flow.DataIn) || (flow.RepairsIn >= 3 && flow.RepairsIn >= 2 * Noticeable * flow.DataIn)))
            .MaxBy(flow => flow.RepairsIn);

        // What is sent again although it had come, while the kernel discards as much for its checksum, came damaged.
        KernelCounters? counters = evidence.Last<KernelCounters>(reading => reading.Growth.ContainsKey(BadChecksums));
        long damage = counters?.Growth.GetValueOrDefault(BadChecksums) ?? 0;
        FlowSighting? damaged = evidence.All<FlowSighting>()
            .Where(flow => flow.Address.Equals(view.Address) && flow.RepeatsIn >= 5 && flow.RepeatsIn >= Noticeable * flow.DataIn && damage >= flow.RepeatsIn / 2)
            .MaxBy(flow => flow.RepeatsIn);

        // Connections that all need a second SYN at the first try are no chance: a limit, or a full queue.
        bool isTcpLost = (series is not null && IsNoticeable(repeatedSyns, series.Attempts)) || repaired is not null || damaged is not null || standing is not null || sample is { TotalRetransmits: >= 2 } || (isEchoLost && (repeatedSyns > 0 || sample is not null || late is not null || (view.Connected is null && series is { Connected: > 0 })));
        if (!isEchoLost && !isTcpLost)
            return null;

        // Where there is a port, loss is what TCP suffers from: an echo limit of the host is none.
        ConnectAttempt? silent = view.Attempts.FirstOrDefault(TargetView.IsSilent);
        bool isSilenceLoss = isEchoLost && silent is not null && Math.Pow(share, silent.SynRetransmits + 1) > Noticeable;
        bool isEchoAlone = view.Port is not null && !isTcpLost && !isSilenceLoss;
        if (!isEchoLost && sent >= 100 && series is { Attempts: > 0 } && series.Retransmitted > 0.4 * series.Attempts)
            return null;

        List<Reason> reasons = [];
        foreach (EchoSeries echo in echoes)
        {
            int missing = echo.Sent - echo.Received;
            reasons.Add(echo.Weigh(
                missing == 0 ? Weight.Context : Weight.Hint,
                string.Create(CultureInfo.InvariantCulture, $"{missing} of {echo.Sent} echo requests to {view.Address} are lost")));
        }

        if (isEchoLost)
            reasons[^1] = reasons[^1] with { Weight = Weight.Strong };
        else if (sent >= 100)
            reasons[^1] = reasons[^1] with { Weight = Weight.HintAgainst, Reading = $"of {sent} echo requests only {lost} are lost" };

        if (view.Port is null && share > 0.5)
            reasons.Add(echoes[^1].Weigh(Weight.Against, "a host that limits its echo replies loses as many, and nothing but echo was asked"));

        if (series is not null)
        {
            reasons.Add(repeats is null ? OfSeries(series, share, isEchoLost) : OfRepeats(series, repeats));
            if (repeats is { Kept: > 0 } && series.Retransmitted > 0)
                reasons.Add(repeats.Timeline.Weigh(WeightOfKept(series, repeats), $"segments were sent again in {repeats.KeptRepeated} of {repeats.Kept} requests over connections that stood"));
            if (repeats is { KeptLate: >= 2 } && series.Retransmitted > 0)
                reasons.Add(repeats.Timeline.Weigh(Weight.Hint, $"in {repeats.KeptLate} others of them the answer began 0.2, 0.6 or 1.4 s late, as a segment that the other side sends again"));
        }

        if (standing is not null)
            reasons.Add(standing.Reason);
        if (sample is not null)
        {
            reasons.Add(sample.Weigh(
                sample.TotalRetransmits >= 2 ? Weight.Strong : Weight.Hint,
                $"TCP sent {sample.TotalRetransmits} of {sample.DataSegmentsOut} segments again"));
        }

        if (repaired is not null)
            reasons.Add(repaired.Weigh(Weight.VeryStrong, $"{repaired.RepairsIn} times, segments of the answer's {repaired.DataIn} packets were lost and sent again"));

        if (damaged is not null)
        {
            reasons.Add(damaged.Weigh(Weight.Strong, $"{damaged.RepeatsIn} segments of {damaged.DataIn} came again although they had come"));
            reasons.Add(counters!.Weigh(Weight.VeryStrong, $"meanwhile the kernel discarded {damage} segments for their checksum ({BadChecksums})"));
        }

        if (late is not null)
            reasons.Add(late.Weigh(Weight.Hint, $"the connection stood only after {late.SynRetransmits + 1} SYNs ({TargetView.InWords(late.Elapsed)})"));
        else if (silent is not null && isSilenceLoss)
            reasons.Add(silent.Weigh(Weight.Hint, $"{silent.SynRetransmits + 1} SYNs in a row went unanswered"));

        (string segment, IPAddress? before, List<Reason> located) = Locate(evidence, view, share);
        reasons.AddRange(located);
        reasons.AddRange(PathReading.Said(evidence, view.Address, "destination-loss"));
        string amount = isEchoLost
            ? string.Create(CultureInfo.InvariantCulture, $"About {100 * share:0} % of packets ({100 * least:0} to {100 * most:0} %)")
            : "Some TCP segments";
        bool isByFlow = series is { Connected: > 0 } && series.Connected < series.Attempts
            && series is { Over: null, Refused: 0 } && series.Retransmitted == series.Attempts - series.Connected;
        return new Finding(
            Id,
            isEchoAlone ? Severity.Info : (isSilenceLoss || isByFlow) && view.Connected is null ? view.Severity : Severity.Warning,
            isEchoAlone ? Where.Unknown : Where.Path,
            isEchoAlone
                ? $"{amount.Replace("packets", "echo requests", StringComparison.Ordinal)} to {view.Address} are not answered; TCP lost nothing: the host or a router may limit echo."
                : damaged is not null ? $"TCP segments from {view.Address} arrive damaged and are discarded for their checksum: something {segment} spoils them."
                : isByFlow ? $"{series!.Attempts - series.Connected} of {series.Attempts} connections to {view.Endpoint} lose every packet and the others none: it depends on the source port, as where one of several equal paths is dead."
                : $"{amount} to {view.Address} and back are lost {segment}.",
            [.. reasons])
        {
            Subject = view.Address,
            // Lost segments delay an answer by some hundred milliseconds at a time; what was acknowledged waits for the server.
            AlsoExplains = evidence.Any<TcpInfoSample>(stalled => stalled is { Moment: "stalled", Unacknowledged: 0 } && stalled.Address.Equals(view.Address))
                ? []
                : ["http-slow-server"],
            Remedies =
            [
                new Remedy(
                    "See which counter grows on the interfaces of that segment: errors, drops, a full queue.",
                    "ip -s -s link; tc -s qdisc; ethtool -S INTERFACE",
                    before is null ? "this machine, and on those of the way" : $"{before}, and on the machines behind it"),
            ],
            Next = [$"From {before?.ToString() ?? "the other side"}: ping -c 200 -i 0.02 {view.Address} - does it lose as much? That tells the segment behind it from the one before it."],
        };
    }

    // Even a good way loses one in a thousand, which many connections show.
    private static bool IsNoticeable(int repeated, int all) => repeated >= 2 && LossEstimate.Interval(repeated, all).Least > Noticeable;

    private static Weight WeightOfKept(ConnectSeries series, RepeatedConnects repeats) =>
        repeats.KeptHit == 0 ? WeightOfNone((double)series.Retransmitted / series.Attempts, repeats.Kept)
        : IsNoticeable(repeats.KeptHit, repeats.Kept) ? Weight.Strong
        : Weight.Hint;

    // How likely it is that none is hit, if that share of loss were real.
    private static Weight WeightOfNone(double share, int count) => Math.Pow(1 - share, count) switch
    {
        > 0.05 => Weight.HintAgainst,
        > 0.005 => Weight.Against,
        _ => Weight.RulesOut,
    };

    private static Reason OfRepeats(ConnectSeries series, RepeatedConnects repeats)
    {
        string reading = repeats.Silent == 0
            ? $"{series.Retransmitted} of {series.Attempts} connections needed a second SYN"
            : $"{series.Retransmitted} of {series.Attempts} connections had no answer to their first SYN, {repeats.Silent} of them to none";
        return repeats switch
        {
            { HitsSynsAlone: true } => series.Weigh(Weight.Against, $"{reading}, and {(repeats.Kept > 0 ? "connections that stood" : "echo requests")} lost less: SYNs are dropped, and not packets at random"),
            { LosesWhole: true } => series.Weigh(Weight.HintAgainst, $"{reading}: at random, the next one would get through more often"),
            { MayBeLoss: false } => series.Weigh(Weight.Context, reading),
            { Kept: > 0, KeptHit: 0 } => series.Weigh(Weight.Hint, reading),
            _ => series.Weigh(IsNoticeable(series.Retransmitted, series.Attempts) ? Weight.VeryStrong : series.Retransmitted > 0 ? Weight.Strong : Weight.HintAgainst, reading),
        };
    }

    private static Reason OfSeries(ConnectSeries series, double share, bool isEchoLost)
    {
        string reading = $"{series.Retransmitted} of {series.Attempts} connections needed a second SYN";
        if (series.Retransmitted > 0)
            return series.Weigh(IsNoticeable(series.Retransmitted, series.Attempts) ? Weight.VeryStrong : Weight.Strong, reading);

        return series.Weigh(isEchoLost ? WeightOfNone(share, series.Attempts) : Weight.HintAgainst, $"{reading}: echo may be limited, connections are not hit");
    }

    /// <summary>Finds the last router that loses nothing: the loss lies behind it.</summary>
    private static (string Segment, IPAddress? Before, List<Reason> Reasons) Locate(
        EvidenceSet evidence, TargetView view, double share)
    {
        List<Reason> reasons = [];
        IPAddress[] nodes =
        [
            .. view.Traces.SelectMany(trace => trace.Hops)
                .Where(hop => hop.Node is not null && !hop.Node.Equals(view.Address))
                .OrderBy(hop => hop.Ttl).Select(hop => hop.Node!).Distinct(),
        ];
        if (nodes.Length == 0 && view.Lookup?.Gateway is { } gateway)
            nodes = [gateway];
        if (nodes.Length == 0)
            return (view.IsOnLink ? $"on the link {view.Lookup!.Interface}" : "on the way", null, reasons);

        IPAddress? clean = null;
        IPAddress? lossy = null;
        foreach (IPAddress node in nodes)
        {
            EchoSeries[] echoes = [.. evidence.All<EchoSeries>().Where(echo => echo.Address.Equals(node) && echo.Sent >= 20 && echo.Received > 0)];
            if (echoes.Length == 0)
                continue;
            long sent = echoes.Sum(echo => (long)echo.Sent);
            long lost = sent - echoes.Sum(echo => (long)echo.Received);
            bool isClean = (double)lost / sent < share / 4;
            reasons.Add(echoes[^1].Weigh(Weight.Context, $"{lost} of {sent} echo requests to the router {node} are lost"));
            if (isClean)
                (clean, lossy) = (node, null);
            else
                lossy ??= node;
        }

        string segment = (clean, lossy) switch
        {
            (null, null) => "on the way",
            (null, { } first) => $"already before {first}",
            ({ } last, null) => $"between {last} and {view.Address}",
            ({ } last, { } first) => $"between {last} and {first}",
        };
        return (segment, clean, reasons);
    }
}
