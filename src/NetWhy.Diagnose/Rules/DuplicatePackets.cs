using System.Globalization;
using NetWhy.Diagnose.Audit;
using NetWhy.Diagnose.Hosts;
using NetWhy.Diagnose.Paths;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Rules;

/// <summary>The network delivers packets twice.</summary>
/// <remarks>
/// A peer that got something twice says so (DSACK). What we sent again ourselves is no sign; only what goes beyond that
/// was doubled on the way. Source: RFC 2883, section 5.
/// </remarks>
public sealed class DuplicatePackets : IRule
{
    private const string Cause = "duplicate-packets";
    private const int Few = 20;
    private const double Share = 0.01; // of packets

    /// <inheritdoc/>
    public RuleInfo Info { get; } = new(Cause, Source: "RFC 2883; RFC 5560; snmp_counter.rst, TcpExtTCPDSACKRecv", Cause);

    /// <inheritdoc/>
    public IEnumerable<Finding> Evaluate(EvidenceSet evidence) => WholeHost.IsAsked(evidence)
        ? OfMachine(evidence) is { } finding ? [finding] : []
        : TargetView.All(evidence).Where(view => !view.IsLocal).Select(view => OfTarget(view, evidence)).OfType<Finding>();

    private static Finding? OfMachine(EvidenceSet evidence)
    {
        if (evidence.Last<KernelCounters>() is not { } observed)
            return null;
        var counters = new CounterReading(observed);
        long told = counters.Grown("TcpExt.TCPDSACKRecv", "TcpExt.TCPDSACKOfoRecv");
        long repeated = counters.Grown("Tcp.RetransSegs");
        long sent = counters.Grown("TcpExt.TCPOrigDataSent");
        long received = counters.Grown("TcpExt.TCPDSACKOldSent", "TcpExt.TCPDSACKOfoSent");
        long excess = told - repeated;
        if (excess < Few || excess < Share * sent)
            return null;

        List<Reason> reasons =
        [
            observed.Weigh(
                excess >= 0.05 * sent ? Weight.Decisive : Weight.VeryStrong,
                $"peers got {told} segments twice (TCPDSACKRecv) in {Words.Of(observed.Lasted)}, and this machine sent only {repeated} again"),
        ];
        if (received >= Few)
            reasons.Add(observed.Weigh(Weight.Hint, $"and {received} segments came here twice"));
        return new Finding(
            Cause,
            Severity.Warning,
            Where.Path,
            $"The network delivers packets twice: peers got {told} of {sent} segments twice in {Words.Of(observed.Lasted)}, and only {repeated} were sent twice.",
            [.. reasons])
        {
            Measure = new Measure("segments that arrive twice", string.Create(CultureInfo.InvariantCulture, $"{excess} in {Words.Of(observed.Lasted)} ({Words.Percent(CounterReading.Share(excess, sent))})"), ""),
            Remedies = Remedies,
        };
    }

    private static Finding? OfTarget(TargetView view, EvidenceSet evidence)
    {
        EchoSeries? echo = view.Echoes.Where(echo => echo is { Duplicates: >= 2, Received: > 0 } && echo.Duplicates >= Share * echo.Received).MaxBy(echo => echo.Duplicates);
        TcpInfoSample? sample = evidence.All<TcpInfoSample>()
            .Where(sample => sample.Address.Equals(view.Address) && sample.DuplicateSacks - sample.TotalRetransmits >= 3)
            .MaxBy(sample => sample.DuplicateSacks);
        if (echo is null && sample is null)
            return null;

        List<Reason> reasons = [];
        if (echo is not null)
            reasons.Add(echo.Weigh(echo.Duplicates >= 5 ? Weight.VeryStrong : Weight.Strong, $"{echo.Duplicates} of {echo.Received} echo replies came twice"));
        if (sample is not null)
            reasons.Add(sample.Weigh(Weight.Strong, $"{view.Address} got {sample.DuplicateSacks} segments twice, and {sample.TotalRetransmits} were sent twice"));
        return new Finding(
            Cause,
            Severity.Warning,
            Where.Path,
            $"Packets to {view.Address} or its answers arrive twice: {reasons[0].Reading}.",
            [.. reasons])
        {
            Subject = view.Address,
            Remedies = Remedies,
        };
    }

    private static System.Collections.Immutable.ImmutableArray<Remedy> Remedies =>
    [
        new Remedy("Find who doubles them: a loop between switches, a mirror port that feeds back, two routers or bond members that both forward, a wireless bridge."),
        new Remedy("See whether they come twice by one interface or once by each of two.", "tcpdump -n -e -c 200 -i any icmp"),
    ];
}
