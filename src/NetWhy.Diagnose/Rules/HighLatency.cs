using System.Globalization;
using NetWhy.Diagnose.Paths;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Rules;

/// <summary>Every round trip takes far longer than the way explains.</summary>
/// <remarks>Light in fibre takes 10 ms for 1,000 km and back: half the globe is 200 ms. Distance alone is no fault.</remarks>
public sealed class HighLatency : IRule
{
    private const string Id = "high-latency";
    private const double HalfTheGlobe = 20_000; // km: nothing is further away

    private static readonly string[] TunnelKinds =
        ["tun", "wireguard", "vxlan", "geneve", "gre", "gretap", "erspan", "ip6gre", "ip6gretap", "ipip", "sit", "ip6tnl", "vti", "vti6", "xfrm", "ppp", "wwan", "rmnet", "l2tp", "fou", "amt", "bareudp"];

    private static readonly TimeSpan Noteworthy = TimeSpan.FromMilliseconds(80);
    private static readonly TimeSpan TooMuchForOneLink = TimeSpan.FromMilliseconds(230);
    private static readonly TimeSpan TooMuchForTheGlobe = TimeSpan.FromMilliseconds(400);

    /// <inheritdoc/>
    public RuleInfo Info { get; } = new(Id, Source: "RFC 2681; ITU-T G.114", Id)
    {
        Explains = ["http-slow-server", "http-slow-transfer"],
    };

    /// <inheritdoc/>
    public IEnumerable<Finding> Evaluate(EvidenceSet evidence) =>
        TargetView.All(evidence).Where(view => !view.IsLocal).Select(view => Judge(evidence, view)).OfType<Finding>();

    private static Finding? Judge(EvidenceSet evidence, TargetView view)
    {
        EchoSeries? echo = view.Echoes.Where(echo => echo.MinRoundTrip is not null).MinBy(echo => echo.MinRoundTrip);
        TcpInfoSample? sample = evidence.All<TcpInfoSample>()
            .Where(sample => sample.Address.Equals(view.Address) && sample.MinRoundTrip > TimeSpan.Zero)
            .MinBy(sample => sample.MinRoundTrip);
        ConnectAttempt? handshake = view.Attempts.Concat(view.Controls)
            .Where(attempt => attempt is { RoundTrip: not null, SynRetransmits: 0 })
            .MinBy(attempt => attempt.RoundTrip);
        TimeSpan least = new[] { echo?.MinRoundTrip, sample?.MinRoundTrip, handshake?.RoundTrip }.Min() ?? TimeSpan.Zero;
        if (least < Noteworthy)
            return null;

        List<Reason> reasons = [];
        if (echo is not null)
            reasons.Add(echo.Weigh(Weight.Strong, $"the fastest of {echo.Received} echo replies takes {TargetView.InWords(echo.MinRoundTrip!.Value)}, the middle one {TargetView.InWords(echo.MedianRoundTrip!.Value)}"));
        if (sample is not null)
            reasons.Add(sample.Weigh(echo is null ? Weight.Strong : Weight.Hint, $"TCP's fastest round trip takes {TargetView.InWords(sample.MinRoundTrip)}"));
        else if (handshake is not null)
            reasons.Add(handshake.Weigh(echo is null ? Weight.VeryStrong : Weight.Hint, $"the fastest handshake with a port takes {TargetView.InWords(handshake.RoundTrip!.Value)}"));

        int? hops = view.Traces.Where(trace => trace.Reached).Select(TargetView.LastAnswer).Where(ttl => ttl > 0)
            .Cast<int?>().Min() ?? (view.DistanceOfHost is { } distance ? distance.Hops + 1 : null);
        bool isNear = IsNear(evidence, view);
        bool isFault = least >= TooMuchForTheGlobe || (isNear && least >= TooMuchForOneLink);
        string segment = "";
        if (Step(view, least) is { } step)
        {
            reasons.Add(step.Trace.Weigh(isFault ? Weight.Hint : Weight.Context, $"the time is added {step.Segment}"));
            segment = $", added {step.Segment}";
        }

        reasons.AddRange(PathReading.Said(evidence, view.Address, "latency-step"));
        string way = hops is { } count ? $"{Words.Count(count, "hop")} away" : view.IsOnLink ? "on the same link" : "on the way that it takes";
        if (isFault && view.Lookup is { } lookup)
        {
            reasons.Add(isNear
                ? lookup.Weigh(Weight.Strong, $"{view.Address} is {way}: that does not explain it")
                : lookup.Weigh(Weight.Context, $"{view.Address} is {way}: a satellite takes some 600 ms, nothing else on earth takes 400"));
        }

        double kilometres = least.TotalMilliseconds * 100;
        string explanation = kilometres <= HalfTheGlobe
            ? string.Create(CultureInfo.InvariantCulture, $"distance would explain that for {kilometres:#,0} km")
            : "no distance on earth explains that";
        return new Finding(
            Id,
            isFault ? Severity.Warning : Severity.Info,
            Where.Path,
            string.Create(CultureInfo.InvariantCulture, $"A round trip to {view.Address} ({way}) takes at least {TargetView.InWords(least)}{segment}; {explanation}."),
            [.. reasons])
        {
            Subject = view.Address,
            Remedies =
            [
                new Remedy("Look for a full queue, a detour or a shaper on the way; tc -s qdisc shows queues and shapers of one machine.", $"mtr -n {view.Address}"),
                new Remedy("Where the distance is real, save round trips: keep connections open, use TLS 1.3, move closer.", null),
            ],
            Next = [$"From {view.Address}: does the way back take as long, and by the same routers?"],
        };
    }

    // Later hops that are faster prove that an earlier one only answers slowly: take the least of what follows.
    private static (string Segment, PathTrace Trace)? Step(TargetView view, TimeSpan least)
    {
        foreach (PathTrace trace in view.Traces.Where(trace => trace.Reached))
        {
            Hop[] hops = [.. trace.Hops.Where(hop => hop.RoundTrip is not null)];
            TimeSpan before = TimeSpan.Zero;
            string from = "this machine";
            for (int i = 0; i < hops.Length; i++)
            {
                TimeSpan here = hops[i..].Min(hop => hop.RoundTrip!.Value);
                if (here - before > 0.6 * least)
                    return ($"between {from} and {hops[i].Node}", trace);
                (before, from) = (here, hops[i].Node!.ToString());
            }
        }

        return null;
    }

    // A private address or a short trace says nothing of the distance: a tunnel spans the globe in one hop.
    private static bool IsNear(EvidenceSet evidence, TargetView view) =>
        view.IsOnLink
        && evidence.Last<LinkState>(link => link.Name == view.Lookup!.Interface) is { } link
        && !TunnelKinds.Contains(link.LinkKind ?? "")
        && link.HardwareAddress is not null; // point-to-point links have none
}
