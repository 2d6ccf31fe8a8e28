using System.Net;
using System.Net.Sockets;
using NetWhy.Diagnose.Paths;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Rules;

/// <summary>Large packets vanish on the way, and no router's "packet too big" gets back.</summary>
public sealed class PathMtuBlackHole : IRule
{
    private const string Id = "path-mtu-black-hole";
    private const int SafeSegment = 1220; // fits the least IPv6 MTU: what fails with it fails for another reason
    private const int LeastMtu = 1280; // of a link that carries IPv6 too: RFC 8200, section 5

    /// <inheritdoc/>
    public RuleInfo Info { get; } = new(Id, Source: "RFC 2923; RFC 4821", Id)
    {
        Explains =
        [
            "link-errors", "tls-handshake-stall", "tls-client-hello-lost", "tls-handshake-reset", "service-hung", "http-stalled-body",
            "http-slow-server", "http-slow-transfer", "http-truncated-body", "packet-loss", "http-gateway-timeout",
        ],
    };

    /// <inheritdoc/>
    public IEnumerable<Finding> Evaluate(EvidenceSet evidence) =>
        [
            .. TargetView.All(evidence).Where(view => !view.IsLocal)
                .Select(view => ByTrials(evidence, view) ?? ByUpload(evidence, view) ?? BeforeTold(evidence, view) ?? ByEcho(evidence, view)).OfType<Finding>(),
            .. TargetView.Proxies(evidence).Where(view => !view.IsLocal)
                .Select(view => ByTrials(evidence, view)).OfType<Finding>(),
        ];

    private static Finding? ByTrials(EvidenceSet evidence, TargetView view)
    {
        SegmentSizeTrial[] trials = [.. evidence.All<SegmentSizeTrial>()
            .Where(trial => trial.Address.Equals(view.Address) && trial.Port == view.Port)];
        SegmentSizeTrial? unlimited = trials.LastOrDefault(trial => trial.SegmentSize == 0);
        if (unlimited is { Stage: ExchangeStage.Complete } && BeforeLearned(evidence, view, unlimited) is { } before)
            (unlimited, trials) = (before, [.. trials.Select(AsAsked)]);
        if (unlimited is null || unlimited.Stage is ExchangeStage.Complete or ExchangeStage.NotConnected)
            return null;
        SegmentSizeTrial[] cured = [.. trials.Where(trial => trial.SegmentSize > 0 && trial.Stage > unlimited.Stage).OrderBy(trial => trial.SegmentSize)];
        SegmentSizeTrial[] failed = [.. trials.Where(trial => trial.SegmentSize > 0 && trial.Stage <= unlimited.Stage).OrderBy(trial => trial.SegmentSize)];
        if (cured is not [{ SegmentSize: <= SafeSegment }, ..])
            return null;

        int headers = view.Address.AddressFamily is AddressFamily.InterNetworkV6 ? 60 : 40;
        SegmentSizeTrial best = cured[^1];
        SegmentSizeTrial? least = failed.FirstOrDefault(trial => trial.SegmentSize > best.SegmentSize);
        bool isOrdered = failed.All(trial => trial.SegmentSize > best.SegmentSize);
        List<Reason> reasons =
        [
            unlimited.Weigh(Weight.Strong, $"{InWords(unlimited.Stage)} when the segment size is left alone"),
            best.Weigh(isOrdered ? Weight.VeryStrong : Weight.Strong, best.Stage is ExchangeStage.Complete
                ? $"with segments of at most {best.SegmentSize} octets the exchange completes"
                : $"with segments of at most {best.SegmentSize} octets it gets further: {InWords(best.Stage)}"),
        ];
        if (least is not null)
            reasons.Add(least.Weigh(Weight.Hint, $"with segments of {least.SegmentSize} octets it stops as before"));
        if (!isOrdered)
            reasons.Add(failed[0].Weigh(Weight.Against, $"but {failed[0].SegmentSize} fails and {best.SegmentSize} does not: size alone does not explain it"));

        // Of several workers behind one port, some may hang: each trial meets another.
        if (cured.FirstOrDefault(trial => TargetView.IsChance(trial, unlimited)) is { } small)
            reasons.Add(small.Weigh(Weight.RulesOut, $"the whole answer has {small.OctetsReceived} octets: its size kept it from nowhere"));

        bool isForward = !unlimited.AllAcknowledged;
        reasons.AddRange(OfEcho(evidence, view));
        // A segment that arrived whole shows that its size passes: then chance takes the others.
        if (!isForward && evidence.All<TcpInfoSample>().FirstOrDefault(sample =>
                sample.Address.Equals(view.Address) && sample.Port == view.Port && TargetView.LargestReceived(sample) > (least?.SegmentSize ?? best.SegmentSize)) is { } whole)
        {
            reasons.Add(whole.Weigh(Weight.RulesOut, $"segments of {whole.ReceiveMss} octets do arrive"));
        }

        bool isDroppedHere = false;
        if (view.Watch is { } watch && watch.Errors.FirstOrDefault(one => one.IsTooBig) is { } told)
        {
            isDroppedHere = true;
            reasons.Add(watch.Weigh(Weight.Hint, $"{told.Offender} does say \"packet too big\" ({told.Mtu}), and it reaches the interface but not the connection"));
        }
        else if (view.Watch is { } quiet)
        {
            reasons.Add(quiet.Weigh(Weight.Hint, "no router said \"packet too big\""));
        }

        string size = least is null || least.SegmentSize - best.SegmentSize == 1
            ? $"over {best.SegmentSize + headers} octets"
            : $"over a size between {best.SegmentSize + headers} and {least.SegmentSize + headers} octets";
        return Describe(view, reasons, size, isForward ? $"from here to {view.Address}" : $"from {view.Address} to here", best.SegmentSize, isDroppedHere, view.SeverityOfExchange, isStalled: true);
    }

    // The exchange that went silent asked for larger segments than the trial without a limit: in between, a router has told this
    // machine of a narrow link, and since then its kernel asks for what fits that. The way back swallows larger ones all the same.
    private static SegmentSizeTrial? BeforeLearned(EvidenceSet evidence, TargetView view, SegmentSizeTrial unlimited) =>
        view.Connected is { SynMss: { } asked } && unlimited.SynMss is { } now && now < asked
        && evidence.First<Silence>(silence => silence.Address.Equals(view.Address) && silence.Port == view.Port && silence.Stage < ExchangeStage.Complete) is { } silence
            ? unlimited with { Id = silence.Id, Stage = silence.Stage, Elapsed = silence.Lasted, AllAcknowledged = true, SynMss = asked }
            : null;

    // The size that the peer was really asked for.
    private static SegmentSizeTrial AsAsked(SegmentSizeTrial trial) => trial.SynMss is { } asked && (trial.SegmentSize == 0 || asked < trial.SegmentSize)
        ? trial with { SegmentSize = asked }
        : trial;

    private static string InWords(ExchangeStage stage) => stage switch
    {
        ExchangeStage.Connected => "nothing comes after the connection stands",
        ExchangeStage.HandshakeBegun => "the TLS handshake begins and does not end",
        ExchangeStage.HandshakeDone => "nothing comes after the TLS handshake",
        ExchangeStage.FirstByte => "the answer begins, and its head does not end",
        ExchangeStage.BodyBegun => "the body begins and does not end",
        _ => "the exchange does not complete",
    };

    // What an application asks is small as a rule: full segments are tried by themselves.
    private static Finding? ByUpload(EvidenceSet evidence, TargetView view)
    {
        UploadTrial[] trials = [.. evidence.All<UploadTrial>().Where(trial => trial.Address.Equals(view.Address) && trial.Port == view.Port)];
        UploadTrial? full = trials.LastOrDefault(trial => trial.SegmentSize == 0);
        UploadTrial? small = trials.LastOrDefault(trial => trial.SegmentSize > 0);
        if (full is not { IsAcknowledged: false } || small is not { IsAcknowledged: true } || small.SendMss >= full.SendMss)
            return null;

        int headers = view.Address.AddressFamily is AddressFamily.InterNetworkV6 ? 60 : 40;
        List<Reason> reasons =
        [
            full.Weigh(Weight.VeryStrong, $"segments of {full.SendMss} octets are not acknowledged in {TargetView.InWords(full.Elapsed)}, sent {full.Retransmits + 1} times"),
            small.Weigh(Weight.Strong, $"segments of {small.SendMss} octets are, in {TargetView.InWords(small.Elapsed)}"),
            .. OfEcho(evidence, view).Where(reason => reason.Weight > 0),
        ];
        if (evidence.Last<SizedPacketSeries>(series => series.Purpose is "target" && series.Destination.Equals(view.Address)) is { } series
            && Bounds(series) is var (passed, lost))
        {
            (string Place, IPAddress? Router, bool IsCertain)? place = PlaceOf(view, series, passed, lost);
            if (place is var (found, _, _))
                reasons.Add(OfPlace(series, passed, lost, found));
            return Describe(
                view, reasons, lost - passed <= 1 ? $"over {passed} octets" : $"over a size between {passed} and {lost} octets",
                place is var (where, _, _) ? $"{where}, on the way to {view.Address}" : $"from here to {view.Address}", passed - headers, isDroppedHere: false, Severity.Warning, isStalled: false, place?.Router);
        }

        return Describe(
            view, reasons, $"over a size between {small.SendMss + headers} and {full.SendMss + headers} octets",
            $"from here to {view.Address}", small.SendMss, isDroppedHere: false, Severity.Warning, isStalled: true);
    }

    /// <summary>The smallest size above those that routers say are too big whose packets vanish without a word; null if there is none.</summary>
    /// <param name="series">The trials.</param>
    internal static SizeTrial? SilentAboveTold(SizedPacketSeries series)
    {
        const int Enough = 3;
        int told = LargestTold(series)?.Size ?? 0;
        SizeTrial[] silent = [.. series.Trials.Where(trial => trial is { Answered: 0, Sent: > 0, Errno: null, Error: null } && trial.Size > told)];
        // One size that was tried often shows that it is no chance; the smallest is the one that is located.
        return told > 0 && silent.Any(trial => trial.Sent >= Enough) ? silent.MinBy(trial => trial.Size) : null;
    }

    private static SizeTrial? LargestTold(SizedPacketSeries series) =>
        series.Trials.Where(trial => trial is { Answered: 0, Error: { } error } && error.IsTooBig).MaxBy(trial => trial.Size);

    // Nearer to here than the router that tells its MTU another one is silent: what is too large for both vanishes. That router
    // says that hop limits run out for packets of that size, so it is no limit of its answers that keeps it silent.
    private static Finding? BeforeTold(EvidenceSet evidence, TargetView view)
    {
        int headers = view.Address.AddressFamily is AddressFamily.InterNetworkV6 ? 60 : 40;
        if (evidence.Last<SizedPacketSeries>(series => series.Purpose is "target" && series.Destination.Equals(view.Address)) is not { } series
            || LargestTold(series) is not { } told
            || SilentAboveTold(series) is not { } lost)
        {
            return null;
        }

        int passed = series.Trials.Where(trial => trial.Answered > 0).Select(trial => trial.Size).DefaultIfEmpty(0).Max();
        if (PlaceOf(view, series, passed, lost.Size) is not ({ } place, { } router, true)
            || evidence.Any<UploadTrial>(trial => trial.Address.Equals(view.Address) && trial.IsAcknowledged && trial.SendMss + headers > told.Size))
        {
            return null;
        }

        return Describe(
            view,
            [
                series.Weigh(Weight.VeryStrong, $"echo packets of {lost.Size} octets are not answered, of {lost.Sent} sent, and no router says why"),
                series.Weigh(Weight.Hint, $"of {told.Size} octets {told.Error!.Offender}, further on, says that they are too big"),
                OfPlace(series, passed, lost.Size, place),
            ],
            $"over a size between {told.Size} and {lost.Size} octets", $"{place}, on the way to {view.Address}", passed - headers,
            isDroppedHere: false, Severity.Warning, isStalled: false, router);
    }

    // Without an exchange that stalls the sizes of echo requests tell, unless TCP has shown that its full segments pass.
    private static Finding? ByEcho(EvidenceSet evidence, TargetView view)
    {
        if (evidence.Last<SizedPacketSeries>(series => series.Purpose is "target" && series.Destination.Equals(view.Address)) is not { } series
            || Bounds(series) is not var (passed, lost))
        {
            return null;
        }

        Reason[] echo = [.. OfEcho(evidence, view)];
        if (echo.Any(reason => reason.Weight < 0))
            return null; // the first hop loses them too, or a router says why
        int headers = view.Address.AddressFamily is AddressFamily.InterNetworkV6 ? 60 : 40;
        List<Reason> reasons = [.. echo];
        TcpInfoSample[] samples = [.. evidence.All<TcpInfoSample>().Where(sample => sample.Address.Equals(view.Address))];
        TcpInfoSample? inward = samples.FirstOrDefault(sample => TargetView.LargestReceived(sample) + headers > passed);
        TcpInfoSample? outward = samples.FirstOrDefault(sample => TargetView.LargestAcknowledged(sample) + headers > passed);
        UploadTrial? acknowledged = evidence.First<UploadTrial>(
            trial => trial.Address.Equals(view.Address) && trial is { SegmentSize: 0, IsAcknowledged: true } && trial.SendMss + headers > passed);
        SizedPacketSeries? forward = evidence.Last<SizedPacketSeries>(other => other.Purpose is "forward" && other.Destination.Equals(view.Address));
        bool isForwardGood = forward?.Trials.Any(trial => trial.Answered > 0 && trial.Size > passed) is true;
        bool isForwardLost = !isForwardGood && forward is not null && Bounds(forward) is var (there, _) && there <= passed;
        bool isOutwardGood = outward is not null || acknowledged is not null || isForwardGood;
        if (inward is not null && isOutwardGood)
            return null; // it is large echo that is discarded
        if (inward is not null)
            reasons.Add(inward.Weigh(Weight.Against, $"TCP receives segments of {inward.ReceiveMss} octets"));
        if (acknowledged is not null)
            reasons.Add(acknowledged.Weigh(Weight.Against, $"TCP has segments of {acknowledged.SendMss} octets acknowledged"));
        else if (outward is not null)
            reasons.Add(outward.Weigh(Weight.Against, $"TCP has segments of {TargetView.LargestAcknowledged(outward)} octets acknowledged"));
        if (evidence.All<TcpInfoSample>().FirstOrDefault(sample => sample.Address.Equals(view.Address) && sample.SendMss + headers <= passed) is { } clamped)
            reasons.Add(clamped.Weigh(Weight.Hint, $"TCP sends segments of only {clamped.SendMss} octets: {(IsMended(view, passed) ? "the route here says so" : "the other side asks for them, or somebody on the way clamps them")}"));
        if (view.Attempts.FirstOrDefault(attempt => attempt.Outcome is ConnectOutcome.Connected) is null && view.Port is not null)
            return null; // something worse
        if (MtuMismatch.MtuOfTarget(view, passed, series) is var (mtu, flow))
            reasons.Add(flow.Weigh(Weight.Against, $"the host asks for segments as of an interface of MTU {mtu}: that is what does not take more"));
        else if (samples.Length == 0)
            reasons.Add(series.Weigh(Weight.HintAgainst, "it may be the MTU of the host's own interface, smaller than that of the router before it"));
        // Firewalls that discard large ICMP do so from about 1,000 octets, where no link has its MTU. Then TCP must show it.
        bool isLikelyScreen = passed < LeastMtu;
        if (isForwardGood)
            reasons.Add(forward!.Weigh(Weight.Context, "datagrams over that, whose answers are small, do get there: they vanish on the way back"));
        if (isForwardLost)
            reasons.Add(forward!.Weigh(Weight.Strong, "datagrams over that, whose answers are small, are not answered either: they vanish on the way there"));
        (string Place, IPAddress? Router, bool IsCertain)? place = isOutwardGood ? null : PlaceOf(view, series, passed, lost);
        if (place is var (found, _, _))
            reasons.Add(OfPlace(series, passed, lost, found));
        bool isThere = inward is not null || isForwardLost || place is { IsCertain: true };
        string direction = isOutwardGood ? $"from {view.Address} to here"
            : (place?.Place, isThere) switch
            {
                ({ } where, true) => $"{where}, on the way to {view.Address}",
                ({ } where, false) => $"{where}, or on the way back from {view.Address}",
                (_, true) => $"from here to {view.Address}",
                _ => $"between here and {view.Address}",
            };
        string size = lost - passed <= 1 ? $"over {passed} octets" : $"over a size between {passed} and {lost} octets";
        bool isMended = IsMended(view, passed);
        return Describe(
            view, reasons, size, direction, passed - headers, isDroppedHere: false, isLikelyScreen || isMended ? Severity.Info : Severity.Warning, isStalled: false, place?.Router) with
        {
            Summary = isLikelyScreen
                ? $"Echo requests {size} are not answered by {view.Address}: a firewall that discards large ICMP, as far as TCP shows."
                : $"Echo packets {size} vanish {direction}, and no router says why; {(isMended ? $"the route here keeps what is sent to {view.Address} below that" : "no TCP segment of that size was seen to pass that way")}.",
        };
    }

    // Whether what this rule advises for this machine is done: the route says a size that gets through.
    private static bool IsMended(TargetView view, int passed) => view.Lookup is { Mtu: { } mtu, Expires: null } && mtu <= passed;

    /// <summary>Between which sizes, in octets, packets begin to be lost; null if none are, or if size does not part them.</summary>
    /// <param name="series">The trials.</param>
    internal static (int Passed, int Lost)? Bounds(SizedPacketSeries series)
    {
        SizeTrial[] answered = [.. series.Trials.Where(trial => trial.Answered > 0)];
        SizeTrial[] lost = [.. series.Trials.Where(trial => trial is { Answered: 0, Sent: > 0, Errno: null })];
        if (answered.Length == 0 || lost.Length == 0 || lost.Sum(trial => (long)trial.Sent) < 3)
            return null;
        int passed = answered.Max(trial => trial.Size);
        int first = lost.Min(trial => trial.Size);
        return first > passed ? (passed, first) : null;
    }

    // What a router says of sizes that are lost further on, too, explains only that larger ones are.
    private static bool IsTold(SizeTrial trial, (int Passed, int Lost)? bounds) =>
        trial.Error is { } error && error.IsTooBig && (bounds is not var (passed, lost) || error.Mtu is not > 0 || error.Mtu <= passed || trial.Size <= lost);

    /// <summary>Whether chance may have lost the large ones; Fisher's exact test, one-sided. One packet lost in a way that loses some proves nothing.</summary>
    /// <param name="series">The trials.</param>
    /// <param name="passed">Largest size that is answered, in octets.</param>
    internal static bool IsChance(SizedPacketSeries series, int passed)
    {
        const double Alpha = 0.06; // three of three and none of three are 0.05
        long small = series.Trials.Where(trial => trial.Size <= passed).Sum(trial => (long)trial.Sent);
        long answered = series.Trials.Where(trial => trial.Size <= passed).Sum(trial => (long)trial.Answered);
        long large = series.Trials.Where(trial => trial.Size > passed && trial.Errno is null).Sum(trial => (long)trial.Sent);
        double chance = 1;
        for (long i = 0; i < answered && chance > Alpha / 100; i++)
            chance *= (double)(small - i) / (small + large - i);
        return chance > Alpha;
    }

    // Where the large ones end: behind the last router that answers for them, before the next that answers for smaller ones.
    private static (string Place, IPAddress? Router, bool IsCertain)? PlaceOf(TargetView view, SizedPacketSeries series, int passed, int lost)
    {
        (int last, SizedHop[] behind) = Behind(series, passed, lost);
        if (behind is not [var next, ..])
            return null;
        SizedHop? before = series.Hops!.FirstOrDefault(hop => hop.Ttl == last && hop.Size == lost);
        string place = (before?.Node, next.Ttl - last) switch
        {
            (null, 1) => $"on the first link, before {next.Node}",
            (null, _) => $"before hop {next.Ttl} ({next.Node})",
            ({ } node, 1) => $"behind hop {last} ({node})",
            ({ } node, _) => $"between hop {last} ({node}) and hop {next.Ttl} ({next.Node})",
        };
        // Errors of routers are small; the reply of the destination is as large as what it answers.
        return (place, before?.Node, !next.IsDestination || view.IsOnLink);
    }

    /// <summary>Whether a router before the destination does not get the large ones any more.</summary>
    /// <param name="series">The trials.</param>
    internal static bool EndsBeforeTarget(SizedPacketSeries series) =>
        Bounds(series) is var (passed, lost) && Array.Exists(Behind(series, passed, lost).Hops, hop => !hop.IsDestination);

    // The last hop limit that a router answers large ones for, and who answers for smaller ones from there on.
    private static (int Last, SizedHop[] Hops) Behind(SizedPacketSeries series, int passed, int lost)
    {
        SizedHop[] answered = [.. (series.Hops ?? []).Where(hop => hop is { Answered: > 0, Error: null })];
        int last = answered.Where(hop => hop.Size == lost).Select(hop => hop.Ttl).DefaultIfEmpty(0).Max();
        return (last, [.. answered.Where(hop => hop.Size == passed && hop.Ttl > last)]);
    }

    private static Reason OfPlace(SizedPacketSeries series, int passed, int lost, string place) =>
        series.Weigh(Weight.Strong, $"packets of {lost} octets whose hop limit runs out end {place}; of {passed} octets the next one answers");

    private static IEnumerable<Reason> OfEcho(EvidenceSet evidence, TargetView view)
    {
        if (evidence.Last<SizedPacketSeries>(series => series.Purpose is "target" && series.Destination.Equals(view.Address)) is { } target)
        {
            (int Passed, int Lost)? bounds = Bounds(target);
            if (target.Trials.FirstOrDefault(trial => IsTold(trial, bounds)) is { } told)
                yield return target.Weigh(Weight.HintAgainst, $"{told.Error!.Offender} says of packets of {told.Size} octets that they are too big");
            else if (bounds is var (passed, lost))
                yield return target.Weigh(IsChance(target, passed) ? Weight.Hint : Weight.VeryStrong, $"echo packets up to {passed} octets are answered, from {lost} octets on none is, and no router says why");
        }

        if (evidence.Last<SizedPacketSeries>(series => series.Purpose is "gateway") is { } gateway)
        {
            if (Bounds(gateway) is not null)
                yield return gateway.Weigh(Weight.HintAgainst, $"the gateway {gateway.Destination} does not get the large ones either");
            else if (gateway.Trials.All(trial => trial.Answered > 0))
                yield return gateway.Weigh(Weight.Hint, $"the gateway {gateway.Destination} gets every size: it is further on");
        }
    }

    private static Finding Describe(
        TargetView view, List<Reason> reasons, string size, string direction, int segment, bool isDroppedHere, Severity severity, bool isStalled, IPAddress? router = null)
    {
        int headers = view.Address.AddressFamily is AddressFamily.InterNetworkV6 ? 60 : 40;
        var flag = ShellCommand.FamilyFlag(view.Address.AddressFamily is AddressFamily.InterNetworkV6);
        ShellCommand via = view.Lookup?.Gateway is { } gateway ? ShellCommand.Of($" via {gateway}") : default;
        ShellCommand route = view.Lookup?.Interface is { } device ? ShellCommand.Of($"{via} dev {device}") : via;
        return new Finding(
            Id,
            severity,
            isDroppedHere ? Where.Local : Where.Path,
            $"Packets {size} vanish {direction}{(isDroppedHere ? ", and this machine discards what routers say about it" : ", and no router says why")}{(isStalled ? "; smaller segments get through" : "")}.",
            [.. reasons])
        {
            Subject = view.Address,
            AlsoExplains = isStalled ? ["mtu-mismatch"] : [],
            Remedies =
            [
                .. isDroppedHere
                    ? [Fix.FindRule(on: null, "ICMP 3/4 (ICMPv6 2) on its way in", view.Address.AddressFamily is AddressFamily.InterNetworkV6 ? "icmpv6 type packet-too-big" : "icmp type destination-unreachable")]
                    : Array.Empty<Remedy>(),
                .. view.Lookup is { Mtu: { } said } && said <= segment + headers
                    ? Array.Empty<Remedy>()
                    : [new Remedy($"Send and ask for smaller segments, until the way is mended (ip {flag}route del {view.Address} takes it back).", $"ip {flag}route replace {view.Address}{route} mtu lock {segment + headers} advmss {segment}")],
                Fix.ClampSegments,
                .. isDroppedHere
                    ? Array.Empty<Remedy>()
                    : [Fix.FindRule("the routers and firewalls of the way", "ICMP 3/4 (ICMPv6 2), their own (output) and others' (forward)", exception: null)],
            ],
            Next =
            [
                router is null
                    ? $"Hop by hop towards {view.Address}: netwhy mtu {view.Address}, and on the last router that answers: the MTU of the interface or tunnel behind it. On {view.Address}: ip link show - is its MTU that of the router before it?"
                    : $"On {router}: ip {flag}route get {view.Address}, then ip link show - the MTU of that interface or tunnel, and whether what lies behind it takes as much.",
            ],
        };
    }
}
