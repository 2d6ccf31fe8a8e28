using System.Globalization;
using NetWhy.Diagnose.Audit;
using NetWhy.Diagnose.Hosts;
using NetWhy.Diagnose.Paths;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Rules;

/// <summary>Packets arrive with a wrong checksum and are discarded: something on the way changes their octets.</summary>
/// <remarks>The counters are those of who receives: what a capture shows of packets that leave says nothing, since cards fill in checksums.</remarks>
public sealed class PacketCorruption : IRule
{
    private const string Cause = "packet-corruption";
    private const double MuchDamage = 0.01; // of packets
    private const double UsualDamage = 0.0001; // of packets: what comes from all over the Internet has so many

    private static readonly string[] Counters =
    [
        "Tcp.InCsumErrors", "Udp.InCsumErrors", "UdpLite.InCsumErrors", "Icmp.InCsumErrors", "IpExt.InCsumErrors", "Icmp6InCsumErrors", "Udp6InCsumErrors",
    ];

    /// <inheritdoc/>
    public RuleInfo Info { get; } = new(Cause, Source: "RFC 9293, section 3.1; snmp_counter.rst, InCsumErrors", Cause)
    {
        Explains = ["packet-loss", "http-slow-transfer", "http-stalled-body", "dns-slow"],
    };

    /// <inheritdoc/>
    public IEnumerable<Finding> Evaluate(EvidenceSet evidence)
    {
        if (evidence.Last<KernelCounters>() is not { } observed)
            return [];
        var counters = new CounterReading(observed);
        long damaged = counters.Grown(Counters);
        return damaged == 0 ? []
            : WholeHost.IsAsked(evidence) ? [OfMachine(evidence, counters, damaged)]
            : TargetView.All(evidence).Where(view => !view.IsLocal).Select(view => OfTarget(view, evidence, counters)).OfType<Finding>();
    }

    private static Finding OfMachine(EvidenceSet evidence, CounterReading counters, long damaged)
    {
        KernelCounters observed = counters.Observation;
        long received = counters.Grown("Ip.InReceives", "Ip6InReceives");
        double share = CounterReading.Share(damaged, Math.Max(received, damaged));
        LinkChange? link = LinkChange.All(evidence).FirstOrDefault(link => link.Damaged > 0);
        bool isUnusual = share >= UsualDamage || link is not null;
        string kinds = string.Join(", ", Counters.Where(name => counters.Grown(name) > 0).Select(name => $"{name} {counters.Grown(name)}"));
        List<Reason> reasons =
        [
            observed.Weigh(
                !isUnusual || damaged < 3 ? Weight.Hint : damaged < 10 ? Weight.VeryStrong : Weight.Decisive,
                $"{Words.Count(damaged, "packet")} with a wrong checksum in {Words.Of(observed.Lasted)} ({kinds})"),
        ];
        if (link is not null)
            reasons.Add(link.After.Weigh(Weight.Strong, $"and {link.Name} received {Words.Count(link.Damaged, "damaged frame")}"));
        return new Finding(
            Cause,
            share >= MuchDamage && damaged >= 10 ? Severity.Critical : Severity.Warning,
            Where.Path,
            $"Packets arrive damaged: {damaged} of {Math.Max(received, damaged)} in {Words.Of(observed.Lasted)} had a wrong checksum and were discarded.",
            [.. reasons])
        {
            Measure = new Measure("packets with a wrong checksum", string.Create(CultureInfo.InvariantCulture, $"{damaged} in {Words.Of(observed.Lasted)} ({Words.Percent(share)})"), ""),
            Remedies =
            [
                new Remedy("See from whom they come, and whether from one sender or from all.", "tcpdump -nvv -c 2000 -i any 2>/dev/null | grep -E 'incorrect|bad .*cksum' | head"),
                new Remedy("From all: let the kernel check instead of the card (INTERFACE); if it stops then, it is the card or its driver.", "ethtool -K INTERFACE rx off"),
            ],
            Next = ["On the senders: does a memory test pass, and do their own counters of damaged packets grow, too?"],
        };
    }

    private static Finding? OfTarget(TargetView view, EvidenceSet evidence, CounterReading counters)
    {
        // What comes again although it had come, while the kernel discards as much for its checksum, came damaged.
        long damaged = counters.Grown("Tcp.InCsumErrors");
        FlowSighting? flow = evidence.All<FlowSighting>()
            .Where(flow => flow.Address.Equals(view.Address) && flow.RepeatsIn >= 5 && flow.RepeatsIn >= 0.01 * flow.DataIn && damaged >= flow.RepeatsIn / 2)
            .MaxBy(flow => flow.RepeatsIn);
        return flow is null ? null : new Finding(
            Cause,
            Severity.Warning,
            Where.Path,
            $"Segments from {view.Address} arrive damaged: {flow.RepeatsIn} of {flow.DataIn} had to come again while the kernel discarded {damaged} for their checksum.",
            [
                flow.Weigh(Weight.Strong, $"{flow.RepeatsIn} segments of {flow.DataIn} came again although they had come"),
                counters.Observation.Weigh(Weight.VeryStrong, $"meanwhile the kernel discarded {damaged} segments for their checksum (Tcp.InCsumErrors)"),
            ])
        {
            Subject = view.Address,
            Remedies = [new Remedy("Look for a router, a tunnel or a card that changes octets: ask from another machine of this link, then from one nearer to the target, until it stops.")],
            Next = [$"From another machine of this link: do segments from {view.Address} arrive damaged there, too?"],
        };
    }
}
