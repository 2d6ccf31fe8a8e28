using System.Text;
using NetWhy.Collect.Routing;
using NetWhy.Evidence;
using NetWhy.Linux;
using NetWhy.Wire;
using NetWhy.Wire.Netlink;

namespace NetWhy.Collect.Probes;

/// <summary>Asks the drivers of the interfaces for rings, speed, offloads and their own counters, twice.</summary>
public sealed class LinkHardwareProbe : IProbe
{
    /// <summary>Id of this probe.</summary>
    public const string Id = "link.hardware";

    private const int MostLinks = 32; // a host of containers has hundreds of virtual ones; cards come first
    private const int MostCounters = 64;

    // Words in the names that drivers give to counters of trouble, as whole words: "miss" is not in "transmission", nor "hang" in "change".
    private static readonly string[] Trouble =
    [
        "drop", "drops", "dropped", "discard", "discards", "discarded", "miss", "missed", "no_buf", "no_buffer", "no_buffers", "nobuf", "nobufs", "no_mem",
        "no_memory", "nomem", "no_desc", "no_dma", "out_of_buffer", "overrun", "overruns", "overflow", "overflows", "over_err", "fifo", "alloc_fail", "alloc_failed",
        "alloc_fails", "alloc_err", "exceeded", "crc", "fcs", "align", "alignment", "symbol", "jabber", "jabbers", "timeout", "timeouts", "hang", "hangs", "hung",
        "reset", "resets", "pause", "xoff", "error", "errors", "csum_bad", "csum_err", "ring_full",
    ];

    // What a program of XDP drops is its will, and a filter for flows misses most of them; the rest is no trouble by its name.
    private static readonly string[] Harmless =
    [
        "xdp_drop", "xdp_drops", "xdp_dropped", "xdp_redirect", "fdir", "change", "changes", "csum_none", "csum_complete", "csum_unnecessary", "no_error", "no_errors",
    ];

    private static readonly (EthtoolOffload Offload, string Name)[] Offloads =
    [
        (EthtoolOffload.ReceiveChecksum, "rx-checksum"), (EthtoolOffload.TransmitChecksum, "tx-checksum"),
        (EthtoolOffload.ScatterGather, "scatter-gather"), (EthtoolOffload.SegmentTcp, "tso"),
        (EthtoolOffload.SegmentLate, "gso"), (EthtoolOffload.JoinReceived, "gro"), (EthtoolOffload.LargeReceive, "lro"),
    ];

    /// <inheritdoc/>
    public ProbeInfo Info { get; } = new(
        Id,
        Question: "What do the drivers of the interfaces say of them?",
        Source: "ethtool(8); linux/ethtool.h",
        Question.Host);

    /// <inheritdoc/>
    public bool Applies(Target target) => target.IsHere;

    /// <inheritdoc/>
    public async Task RunAsync(ProbeContext context, CancellationToken cancellationToken)
    {
        using RouteNetlink netlink = RouteNetlink.Open();
        using Ethtool ethtool = Ethtool.Open();
        using EthtoolNetlink? drivers = EthtoolNetlink.Open();
        long begin = context.Clock.GetTimestamp();
        (LinkMessage Link, Dictionary<string, long> Counters, TransmitQueues? Queues, ErrorCorrectionMessage? Correction)[] before =
        [
            .. netlink.Links()
                .Where(link => !link.Header.Flags.HasFlag(LinkFlags.Loopback) && link.Header.Flags.HasFlag(LinkFlags.Up))
                .OrderBy(link => link.Kind is not null)
                .Take(MostLinks)
                .Select(link => (link, ethtool.Statistics(link.Name), TransmitQueues.Read(link), drivers?.ErrorCorrection(link.Header.Index))),
        ];
        if (before.Length == 0)
            return;

        await Traffic.WhenOverAsync(context, cancellationToken);
        TimeSpan lasted = context.Clock.GetElapsedTime(begin);
        foreach ((LinkMessage message, Dictionary<string, long> counters, TransmitQueues? queues, ErrorCorrectionMessage? correction) in before)
        {
            string name = message.Name;
            if (ethtool.Driver(name) is not { } driver)
                continue; // it is gone, or its driver tells nothing
            Dictionary<string, long> now = ethtool.Statistics(name).Where(pair => SpeaksOfTrouble(pair.Key)).ToDictionary();
            EthtoolRings? rings = ethtool.Rings(name);
            EthtoolLink? link = ethtool.Link(name);
            Dictionary<string, long> growth = Growth.Of(counters, now);
            TransmitQueues? queuesNow = queues is null ? null : TransmitQueues.Read(message);
            ErrorCorrectionMessage? correctionNow = correction is null ? null : drivers?.ErrorCorrection(message.Header.Index);
            context.Report(new LinkHardware(name, driver.Name)
            {
                Firmware = driver.Firmware is { Length: > 0 } firmware and not "N/A" ? firmware : null,
                ReceiveRing = rings?.Receive,
                ReceiveRingMost = rings?.ReceiveMost,
                TransmitRing = rings?.Transmit,
                TransmitRingMost = rings?.TransmitMost,
                Speed = link?.Speed,
                BestSpeed = link?.BestSpeed,
                Duplex = link?.Duplex,
                Negotiates = link?.Negotiates,
                Offloads = Offloads
                    .Select(pair => (pair.Name, Value: ethtool.Offload(name, pair.Offload)))
                    .Where(pair => pair.Value is not null)
                    .ToDictionary(pair => pair.Name, pair => pair.Value!.Value),
                Trouble = now.Where(pair => pair.Value != 0).OrderByDescending(pair => growth.GetValueOrDefault(pair.Key)).Take(MostCounters).ToDictionary(),
                Growth = growth.OrderByDescending(pair => pair.Value).Take(MostCounters).ToDictionary(),
                TransmitTimeouts = queuesNow?.Timeouts,
                TransmitTimeoutsGrowth = Grown(queues?.Timeouts, queuesNow?.Timeouts),
                TransmitStalls = Grown(queues?.Stalls, queuesNow?.Stalls),
                LongestStall = queuesNow?.LongestStall is { } longest ? TimeSpan.FromMilliseconds(Math.Min(longest, int.MaxValue)) : null,
                CorrectedGrowth = Grown(correction?.Corrected, correctionNow?.Corrected),
                UncorrectedGrowth = Grown(correction?.Uncorrected, correctionNow?.Uncorrected),
                Uncorrected = correctionNow?.Uncorrected,
                Lasted = lasted,
            });
        }
    }

    private static long? Grown(long? before, long? now) => now is null || before is null ? null : Math.Max(0, now.Value - before.Value);

    /// <summary>Whether the name of a counter says that something went wrong.</summary>
    /// <param name="name">The driver's name for it.</param>
    internal static bool SpeaksOfTrouble(string name)
    {
        // The kernel's own counter of that name is judged elsewhere; drivers of Wi-Fi count there what they filter.
        if (name is "rx_dropped")
            return false;
        string words = Words(name);
        return !words.EndsWith("_packets_", StringComparison.Ordinal) && !words.EndsWith("_bytes_", StringComparison.Ordinal)
            && Trouble.Any(word => words.Contains($"_{word}_", StringComparison.Ordinal))
            && !Harmless.Any(word => words.Contains($"_{word}_", StringComparison.Ordinal));
    }

    // rx_queue_0_drops, "Rx Ring Full", rxDropped: _rx_queue_drops_, _rx_ring_full_, _rx_dropped_
    private static string Words(string name)
    {
        var words = new StringBuilder("_");
        char last = '_';
        foreach (char letter in name)
        {
            bool isLetter = char.IsAsciiLetter(letter);
            if (words[^1] is not '_' && (!isLetter || (char.IsAsciiLetterUpper(letter) && char.IsAsciiLetterLower(last))))
                words.Append('_');
            if (isLetter)
                words.Append(char.ToLowerInvariant(letter));
            last = letter;
        }

        return words[^1] is '_' ? words.ToString() : words.Append('_').ToString();
    }
}
