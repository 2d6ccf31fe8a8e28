using System.Net;
using NetWhy.Diagnose.Paths;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Rules;

/// <summary>This machine's interface allows larger packets than the other end of its link takes.</summary>
public sealed class MtuMismatch : IRule
{
    private const string Id = "mtu-mismatch";
    private const int Usual = 1500; // Ethernet
    private const int LeastMtu = 1280; // of a link that carries IPv6 too: RFC 8200, section 5
    private const int LeastHeaders = 40; // of TCP over IPv4

    /// <inheritdoc/>
    public RuleInfo Info { get; } = new(Id, Source: "RFC 4821, section 1; RFC 2923, section 2", Id)
    {
        Explains = ["http-slow-server", "packet-loss", "service-hung", "tls-handshake-stall", "http-stalled-body", "link-errors"],
    };

    /// <inheritdoc/>
    public IEnumerable<Finding> Evaluate(EvidenceSet evidence)
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
            reasons.Add(series.Weigh(Weight.Strong, $"the interface cannot hand them over ({errno})"));
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
