using System.Globalization;
using System.Net;
using NetWhy.Diagnose.Hosts;
using NetWhy.Diagnose.Paths;
using NetWhy.Diagnose.Sockets;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Rules;

/// <summary>This machine's interface allows larger packets than the other end of its link takes.</summary>
public sealed class MtuMismatch : IRule
{
    private const string Id = "mtu-mismatch";
    private const int Usual = 1500; // Ethernet
    private const int LeastMtu = 1280; // of a link that carries IPv6 too: RFC 8200, section 5
    private const int LeastHeaders = 40; // of TCP over IPv4
    private const int Some = 10; // frames refused: fewer may be of anything

    /// <inheritdoc/>
    public RuleInfo Info { get; } = new(Id, Source: "RFC 4821, section 1; RFC 2923, section 2", Id)
    {
        Explains = ["http-slow-server", "packet-loss", "service-hung", "tls-handshake-stall", "http-stalled-body", "link-errors"],
    };

    /// <inheritdoc/>
    public IEnumerable<Finding> Evaluate(EvidenceSet evidence) =>
        [.. ByTrials(evidence), .. TargetView.All(evidence).Where(view => !view.IsLocal).Select(view => OfTarget(evidence, view)).OfType<Finding>(), .. WholeHost.IsAsked(evidence) ? LinkChange.All(evidence).Select(link => ByCounters(evidence, link)).OfType<Finding>().Take(1) : []];

    // Without a trial the counters tell: that frames are refused at the link, and that it is large ones.
    private static Finding? ByCounters(EvidenceSet evidence, LinkChange link)
    {
        KernelCounters? counters = evidence.Last<KernelCounters>();
        long fragments = SocketWords.Growth(evidence, "Ip.FragFails", "Ip6FragFails");
        TcpFlow? full = evidence.First<TcpFlow>(StuckFlow.IsOfSize);
        List<Reason> reasons = [];
        if (link.RefusedThere >= Some && (fragments * 2 >= link.RefusedThere || full is not null))
        {
            reasons.Add(link.After.Weigh(Weight.Strong, string.Create(CultureInfo.InvariantCulture, $"the other end of {link.Name}, a virtual pair, refused {link.RefusedThere} frames {link.Period} (tx_dropped) and is up")));
            if (fragments * 2 >= link.RefusedThere)
                reasons.Add(counters!.Weigh(Weight.VeryStrong, string.Create(CultureInfo.InvariantCulture, $"{fragments} packets could not be sent in fragments (FragFails), the first of which is as large as the MTU allows")));
            if (full is not null)
                reasons.Add(full.Weigh(Weight.Strong, $"full segments to {SocketWords.Peer(full)} do not pass, and smaller ones do"));
            return Described(link, reasons, string.Create(CultureInfo.InvariantCulture, $"{link.Name} has MTU {link.After.Mtu}, and the other end of the link takes only smaller packets: it refused {link.RefusedThere} {link.Period}."), $"{link.RefusedThere} refused by the other end {link.Period}",
                new Remedy("See the MTU of the other end, in its namespace or container; set the same one on both.", ShellCommand.Of($"ip -d link show dev {link.Name}")));
        }

        if (!IsTold(link))
            return null;
        reasons.Add(link.After.Weigh(Weight.VeryStrong, string.Create(CultureInfo.InvariantCulture, $"{link.Name}, one end of a virtual pair, refused {link.RefusedHere} frames {link.Period} before it took them (rx_dropped), and received {link.Grown("rx_packets")}")));
        reasons.Add(link.After.Weigh(Weight.Hint, string.Create(CultureInfo.InvariantCulture, $"its MTU is {link.After.Mtu}; Ethernet's is {Usual}")));
        return Described(link, reasons, string.Create(CultureInfo.InvariantCulture, $"The other end of {link.Name} sends larger packets than this end takes, whose MTU is {link.After.Mtu}: {link.RefusedHere} were refused {link.Period}."), $"{link.RefusedHere} refused here {link.Period}",
            new Remedy("Set the same MTU on both ends: as a rule Ethernet's.", ShellCommand.Of($"ip link set dev {link.Name} mtu {WholeHost.Plain(Usual)}")));
    }

    /// <summary>Whether what an interface dropped on reception is told as larger than its MTU.</summary>
    /// <param name="link">The interface.</param>
    internal static bool IsTold(LinkChange link) => link.RefusedHere >= Some && link.After.Mtu < Usual;

    private static Finding Described(LinkChange link, List<Reason> reasons, string summary, string value, Remedy remedy) => new(Id, Severity.Critical, Where.Local, summary, [.. reasons])
    {
        Measure = new Measure($"MTU of {link.Name}", string.Create(CultureInfo.InvariantCulture, $"{link.After.Mtu}; {value}"), ""),
        AlsoExplains = ["path-mtu-black-hole"],
        Remedies = [remedy],
        Next = [$"At the other end of {link.Name}: ip link show - which MTU has it?"],
    };

    private static IEnumerable<Finding> ByTrials(EvidenceSet evidence)
    {
        IEnumerable<(string Device, IPAddress Neighbour, string Purpose, Severity Severity)> ways = TargetView.All(evidence)
            .Where(view => !view.IsLocal && view.Lookup?.Interface is not null)
            .Select(view => (view.Lookup!.Interface!, view.Lookup.Gateway ?? view.Address, view.IsOnLink ? "target" : "gateway", view.SeverityOfExchange));
        IEnumerable<(string Device, IPAddress Neighbour, string Purpose, Severity Severity)> ownWays = evidence.Investigation?.TargetKind is TargetKind.ThisMachine
            ? evidence.All<RouteLookup>()
                .Where(lookup => lookup is { Purpose: "gateway", Interface: not null })
                .Select(lookup => (lookup.Interface!, lookup.Destination, "gateway", Severity.Warning))
            : [];
        foreach ((string device, IPAddress neighbour, string purpose, Severity severity) in ways.Concat(ownWays).DistinctBy(way => way.Device))
        {
            if (evidence.Last<SizedPacketSeries>(series => series.Purpose == purpose && series.Destination.Equals(neighbour)) is not { } series
                || evidence.Last<LinkState>(link => link.Name == device) is not { } link)
            {
                continue;
            }

            SizeTrial[] lost = [.. series.Trials.Where(trial => trial.Answered == 0 && trial.Sent > 0 && trial.Error is null)];
            SizeTrial[] passed = [.. series.Trials.Where(trial => trial.Answered > 0)];
            if (lost.Length == 0 || passed.Length == 0 || lost.Min(trial => trial.Size) <= passed.Max(trial => trial.Size))
                continue;
            yield return Judge(evidence, severity, series, link, neighbour, passed.Max(trial => trial.Size), lost.MaxBy(trial => trial.Size)!);
        }
    }

    /// <summary>
    /// MTU of the target's own interface, as it tells itself by the segments that it asks for, where just that is the largest size
    /// that reaches it: then what sends it larger packets is the router before it. Null where they do not meet.
    /// </summary>
    /// <remarks>A host asks for its interface's MTU less the headers (RFC 9293, section 3.7.1); a router that clamps segments may ask so for it.</remarks>
    /// <param name="view">The target.</param>
    /// <param name="passed">Largest packet that is answered, in octets.</param>
    /// <param name="series">What shows that.</param>
    internal static (int Mtu, FlowSighting Source)? MtuOfTarget(TargetView view, int passed, SizedPacketSeries series)
    {
        // A host that has sent something by a narrow way knows its MTU for ten minutes, and asks for no more either.
        if (PathMtuBlackHole.EndsBeforeTarget(series))
            return null;
        const int Tag = 4; // octets that an interface takes beyond its MTU, for a VLAN
        int headers = view.Address.AddressFamily is System.Net.Sockets.AddressFamily.InterNetworkV6 ? 60 : LeastHeaders;
        FlowSighting? flow = view.IsOnLink ? null : view.Evidence.Last<FlowSighting>(flow => flow.Address.Equals(view.Address) && flow.SynAckMss > 0);
        return flow is { SynAckMss: { } segment } && segment + headers is var mtu && mtu < Usual && passed - mtu is >= 0 and <= Tag ? (mtu, flow) : null;
    }

    private static Finding? OfTarget(EvidenceSet evidence, TargetView view)
    {
        if (evidence.Last<SizedPacketSeries>(series => series.Purpose is "target" && series.Destination.Equals(view.Address)) is not { } series
            || PathMtuBlackHole.Bounds(series) is not var (passed, lost)
            || MtuOfTarget(view, passed, series) is not var (mtu, flow)
            || series.Trials.Any(trial => trial.Error is not null))
        {
            return null;
        }

        bool isNext = view.DistanceOfHost is { Hops: 1 };
        SizedPacketSeries? gateway = evidence.Last<SizedPacketSeries>(series => series.Purpose is "gateway" && series.Trials.All(trial => trial.Answered > 0));
        return new Finding(
            Id,
            Severity.Warning,
            Where.Remote,
            $"The interface of {view.Address} has MTU {mtu}, as it seems, and the router before it sends it larger packets, which are lost without a word; TCP keeps below it by itself.",
            [
                series.Weigh(Weight.Strong, $"packets up to {passed} octets are answered, from {lost} octets on none is, and no router says why"),
                flow.Weigh(Weight.Strong, $"its SYN-ACK asks for segments of {flow.SynAckMss} octets, as of a host whose interface has MTU {mtu}: just what reaches it"),
                .. gateway is null ? Array.Empty<Reason>() : [gateway.Weigh(Weight.Hint, $"the gateway {gateway.Destination} gets every size{(isNext ? ", and it is the last router before the host" : "")}")],
                flow.Weigh(Weight.HintAgainst, "a host that has learned the MTU of the way asks for the same; a router on the way that clamps segments before a narrower link, and does not say that packets are too big, looks the same"),
            ])
        {
            Subject = view.Address,
            AlsoExplains = ["path-mtu-black-hole"],
            Remedies =
            [
                new Remedy("See the MTU of its interface; give it that of its link, if it is smaller for no reason.", "ip link show", Fix.Server(view.Address)),
                new Remedy("Or give the interface by which the packets reach it the same MTU: then it says to others what is too big.", ShellCommand.Of($"ip link set dev INTERFACE mtu {mtu}"), "the router before it"),
            ],
            Next = [$"On {view.Address}: ip link show - which MTU has it? If it is larger than {mtu}: hop by hop, tracepath -n {view.Address}."],
        };
    }

    private static Finding Judge(
        EvidenceSet evidence, Severity severityOfExchange, SizedPacketSeries series, LinkState link, IPAddress neighbour, int passed, SizeTrial lost)
    {
        bool isJumbo = link.Mtu > Usual;
        bool isFelt = evidence.Any<SegmentSizeTrial>(trial => trial is { SegmentSize: 0, Stage: not ExchangeStage.Complete });

        // Firewalls that discard large ICMP do so from about 1,000 octets, where no link has its MTU.
        bool isLikelyScreen = !isFelt && passed < LeastMtu && lost.Errno is null;
        List<Reason> reasons =
        [
            series.Weigh(lost.Sent >= 3 ? Weight.VeryStrong : Weight.Strong, $"{neighbour}, on the link itself, answers packets up to {passed} octets and none of {lost.Size}, without a word from a router"),
            link.Weigh(isJumbo ? Weight.Strong : Weight.Hint, $"{link.Name} allows {link.Mtu} octets"),
        ];
        if (lost.Errno is { } errno)
            reasons.Add(series.Weigh(Weight.Strong, errno is "ENOBUFS" ? "the interface drops them, as one of a virtual pair does whose other end takes only smaller ones" : $"the interface cannot hand them over: {ErrnoWords.Of(errno)}"));
        if (evidence.Last<SizedPacketSeries>(other => other.Purpose is "target" && !ReferenceEquals(other, series)) is { } target)
            reasons.Add(target.Weigh(Weight.Context, $"packets to {target.Destination} meet the same limit"));
        if (evidence.All<TcpInfoSample>().FirstOrDefault(sample => TargetView.LargestSegment(sample) + LeastHeaders > passed) is { } large && !isFelt)
            reasons.Add(large.Weigh(Weight.RulesOut, $"TCP got segments of {TargetView.LargestSegment(large)} octets across: it is large echo that is discarded"));
        string mtu = passed < Usual ? passed.ToString(System.Globalization.CultureInfo.InvariantCulture) : $"{Usual}";
        return new Finding(
            Id,
            isFelt ? severityOfExchange : isLikelyScreen ? Severity.Info : Severity.Warning,
            Where.Local,
            isLikelyScreen
                ? $"{neighbour} answers no echo request over {passed} octets: a firewall that discards large ICMP, as far as TCP shows."
                : $"{link.Name} has MTU {link.Mtu}, and {neighbour} at the other end of the link takes only packets of about {passed} octets.",
            [.. reasons])
        {
            AlsoExplains = isJumbo ? ["path-mtu-black-hole"] : [],
            Remedies = [new Remedy("Set the same MTU on both ends.", $"ip link set dev {link.Name} mtu {mtu}")],
            Next = [$"On {neighbour}: ip link show - the MTU of its interface on this link; and on the switch between: are jumbo frames allowed?"],
        };
    }
}
