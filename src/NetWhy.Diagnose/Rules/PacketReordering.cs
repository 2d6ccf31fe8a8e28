using System.Globalization;
using NetWhy.Diagnose.Audit;
using NetWhy.Diagnose.Hosts;
using NetWhy.Diagnose.Paths;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Rules;

/// <summary>Packets overtake each other on the way, and TCP takes it for loss.</summary>
public sealed class PacketReordering : IRule
{
    private const string Cause = "packet-reordering";
    private const int Few = 20;
    private const double Share = 0.02; // of segments; a little of it is every long path's

    /// <inheritdoc/>
    public RuleInfo Info { get; } = new(Cause, Source: "RFC 4737; RFC 8985; snmp_counter.rst, TcpExtTCPSACKReorder", Cause)
    {
        Explains = ["http-slow-transfer"],
    };

    /// <inheritdoc/>
    public IEnumerable<Finding> Evaluate(EvidenceSet evidence) => WholeHost.IsAsked(evidence)
        ? OfMachine(evidence) is { } finding ? [finding] : []
        : TargetView.All(evidence).Where(view => !view.IsLocal).Select(view => OfTarget(view, evidence)).OfType<Finding>();

    private static Finding? OfMachine(EvidenceSet evidence)
    {
        if (evidence.Last<KernelCounters>() is not { } observed)
            return null;
        var counters = new CounterReading(observed);
        long seen = counters.Grown("TcpExt.TCPSACKReorder", "TcpExt.TCPTSReorder", "TcpExt.TCPRenoReorder");
        long sent = counters.Grown("TcpExt.TCPOrigDataSent");
        if (seen < Few || seen < Share * sent)
            return null;

        long needless = counters.Grown("TcpExt.TCPDSACKRecv", "TcpExt.TCPDSACKOfoRecv");
        List<Reason> reasons =
        [
            observed.Weigh(seen >= 0.05 * sent ? Weight.VeryStrong : Weight.Strong, $"senders of this machine saw {seen} segments overtaken in {Words.Of(observed.Lasted)}, of {sent} sent"),
        ];
        if (needless >= Few)
            reasons.Add(observed.Weigh(Weight.Strong, $"{needless} segments were sent again for nothing (TCPDSACKRecv)"));
        return new Finding(
            Cause,
            Severity.Warning,
            Where.Path,
            $"Packets overtake each other on the way: {seen} of {sent} segments in {Words.Of(observed.Lasted)}; TCP takes it for loss and sends less.",
            [.. reasons])
        {
            Measure = new Measure("segments overtaken", string.Create(CultureInfo.InvariantCulture, $"{seen} in {Words.Of(observed.Lasted)} ({Words.Percent(CounterReading.Share(seen, sent))})"), ""),
            Remedies = Remedies,
        };
    }

    private static Finding? OfTarget(TargetView view, EvidenceSet evidence)
    {
        EchoSeries? echo = view.Echoes.Where(echo => echo.Reordered >= 5 && echo.Reordered >= Share * echo.Received).MaxBy(echo => echo.Reordered);
        TcpInfoSample? sample = evidence.All<TcpInfoSample>()
            .Where(sample => sample.Address.Equals(view.Address)
                && (sample.ReorderingSeen >= 5 || (sample.OutOfOrderIn >= Few && sample.OutOfOrderIn >= Share * sample.DataSegmentsIn)))
            .MaxBy(sample => sample.ReorderingSeen + sample.OutOfOrderIn);

        // What was lost or damaged and sent again comes late, too, and all that was sent meanwhile comes early. A sender
        // that takes overtaking for loss repeats what had come, as it does for other reasons: an echo has to agree.
        List<FlowSighting> flows = [.. evidence.All<FlowSighting>().Where(flow => flow.Address.Equals(view.Address))];
        bool isRepeated = flows.Any(flow => flow.RepeatsIn > 0) && (IsDamaged(flows, evidence) || !view.Echoes.Any(echo => echo.Reordered >= 2));
        bool isEchoLost = view.Echoes.Sum(series => series.Sent - series.Received) >= 2 && !view.Echoes.Any(series => series.Reordered > 0);
        bool isLoss = sample is { ReorderingSeen: < 5 } && (isRepeated || isEchoLost || flows.Any(flow => flow.RepairsIn > 0) || !flows.Any(flow => flow.DataIn > 0));
        if (echo is null && (sample is null || isLoss))
            return null;

        List<Reason> reasons = [];
        if (echo is not null)
            reasons.Add(echo.Weigh(Weight.VeryStrong, $"{echo.Reordered} of {echo.Received} echo replies were overtaken by later ones"));
        if (sample is { ReorderingSeen: >= 5 })
            reasons.Add(sample.Weigh(Weight.VeryStrong, $"the connection saw {sample.ReorderingSeen} of its {sample.DataSegmentsOut} segments overtaken"));
        if (sample is not null && !isLoss && sample.OutOfOrderIn >= Few)
            reasons.Add(sample.Weigh(Weight.Strong, $"{sample.OutOfOrderIn} of {sample.DataSegmentsIn} segments came before earlier ones, and none of those was lost"));
        if (echo is null && view.Echoes.MaxBy(series => series.Reordered) is { Reordered: >= 2 } some)
            reasons.Add(some.Weigh(Weight.Strong, $"{some.Reordered} of {some.Received} echo replies were overtaken by later ones"));
        return new Finding(
            Cause,
            Severity.Warning,
            Where.Path,
            $"Packets to {view.Address} or its answers overtake each other on the way: {reasons[0].Reading}.",
            [.. reasons])
        {
            Subject = view.Address,
            Remedies = Remedies,
        };
    }

    // What the kernel discards for its checksum is sent again, and what came after it waits.
    private static bool IsDamaged(List<FlowSighting> flows, EvidenceSet evidence) =>
        evidence.Last<KernelCounters>() is { } observed
        && new CounterReading(observed).Grown("Tcp.InCsumErrors") >= flows.Max(flow => flow.RepeatsIn) / 2;

    private static System.Collections.Immutable.ImmutableArray<Remedy> Remedies =>
    [
        new Remedy("Find who spreads the packets of one connection over several ways: a bond in mode balance-rr, a router that balances by packet, a card with several queues for one flow; let it go by flow."),
        new Remedy("See the modes of bonds here.", "grep -H 'Bonding Mode' /proc/net/bonding/*"),
    ];
}
