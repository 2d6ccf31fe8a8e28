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

    // Words in the names that drivers give to counters of trouble, and those that take the trouble out again.
    private static readonly string[] Trouble =
    [
        "drop", "discard", "miss", "no_buf", "nobuf", "no_mem", "nomem", "no_desc", "no_dma", "out_of_buffer", "overrun", "overflow", "over_err",
        "fifo", "alloc_fail", "alloc_err", "exceeded", "crc", "fcs", "align", "symbol", "jabber", "timeout", "hang", "reset", "pause", "xoff", "error", "csum_bad", "csum_err", "ring full",
    ];

    private static readonly string[] Harmless = ["xdp_redirect", "csum_none", "csum_complete", "csum_unnecessary", "_packets", "_bytes", "no_error"];

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
        long begin = context.Clock.GetTimestamp();
        (string Name, Dictionary<string, long> Counters)[] before =
        [
            .. netlink.Links()
                .Where(link => !link.Header.Flags.HasFlag(LinkFlags.Loopback) && link.Header.Flags.HasFlag(LinkFlags.Up))
                .OrderBy(link => link.Kind is not null)
                .Take(MostLinks)
                .Select(link => (link.Name, ethtool.Statistics(link.Name))),
        ];
        if (before.Length == 0)
            return;

        await Traffic.WhenOverAsync(context, cancellationToken);
        TimeSpan lasted = context.Clock.GetElapsedTime(begin);
        foreach ((string name, Dictionary<string, long> counters) in before)
        {
            if (ethtool.Driver(name) is not { } driver)
                continue; // it is gone, or its driver tells nothing
            Dictionary<string, long> now = ethtool.Statistics(name).Where(pair => SpeaksOfTrouble(pair.Key)).ToDictionary();
            EthtoolRings? rings = ethtool.Rings(name);
            EthtoolLink? link = ethtool.Link(name);
            Dictionary<string, long> growth = Growth.Of(counters, now);
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
                Lasted = lasted,
            });
        }
    }

    /// <summary>Whether the name of a counter says that something went wrong.</summary>
    /// <param name="name">The driver's name for it.</param>
    internal static bool SpeaksOfTrouble(string name) =>
        Trouble.Any(word => name.Contains(word, StringComparison.OrdinalIgnoreCase))
        && !Harmless.Any(word => name.EndsWith(word, StringComparison.OrdinalIgnoreCase) || (word[0] is not '_' && name.Contains(word, StringComparison.OrdinalIgnoreCase)));
}
