using NetWhy.Evidence;

namespace NetWhy.Diagnose.Hosts;

/// <summary>What one interface did between two samples.</summary>
/// <param name="Before">The sample at the start.</param>
/// <param name="After">The later one.</param>
internal sealed record LinkChange(LinkState Before, LinkState After)
{
    // What the driver or the other end spoiled; rx_dropped and tx_dropped are told apart, since much of them is harmless.
    private static readonly string[] Errors =
    [
        "rx_missed_errors", "rx_fifo_errors", "rx_over_errors", "rx_crc_errors", "rx_frame_errors", "rx_length_errors",
        "tx_carrier_errors", "tx_aborted_errors", "tx_window_errors", "tx_fifo_errors", "tx_heartbeat_errors",
    ];

    /// <summary>Interfaces with two samples: those that changed.</summary>
    /// <param name="evidence">The evidence.</param>
    internal static IEnumerable<LinkChange> All(EvidenceSet evidence) => evidence.All<LinkState>()
        .Where(link => !link.IsLoopback)
        .GroupBy(link => (link.Name, link.Index))
        .Where(samples => samples.Skip(1).Any())
        .Select(samples => new LinkChange(samples.First(), samples.Last()));

    /// <summary>Name of the interface.</summary>
    internal string Name => After.Name;

    /// <summary>Time between the samples; null if it is not known.</summary>
    internal TimeSpan? Lasted => After.After;

    /// <summary>The time in words, such as <c>in 1 s</c>.</summary>
    internal string Period => Lasted is { } time ? $"in {Words.Of(time)}" : "meanwhile";

    /// <summary>How often the carrier came or went.</summary>
    internal long CarrierChanges => Math.Max(After.CarrierChanges - Before.CarrierChanges, 0);

    /// <summary>Frames received, sound or not.</summary>
    internal long Received => Grown("rx_packets") + ReceiveErrors;

    /// <summary>Frames sent or tried to send.</summary>
    internal long Sent => Grown("tx_packets") + TransmitErrors + Grown("tx_dropped");

    /// <summary>Frames lost or spoiled on reception: the sum that the driver gives, or its parts where it gives none.</summary>
    internal long ReceiveErrors => Math.Max(Grown("rx_errors"), Errors.Where(name => name.StartsWith("rx", StringComparison.Ordinal)).Sum(Grown));

    /// <summary>Frames that could not be sent.</summary>
    internal long TransmitErrors => Math.Max(Grown("tx_errors"), Errors.Where(name => name.StartsWith("tx", StringComparison.Ordinal)).Sum(Grown));

    /// <summary>Frames that came while the receive ring or the card's own memory was full.</summary>
    internal long Overruns => Grown("rx_missed_errors") + Grown("rx_fifo_errors") + Grown("rx_over_errors");

    /// <summary>Frames that came damaged.</summary>
    internal long Damaged => Grown("rx_crc_errors") + Grown("rx_frame_errors") + Grown("rx_length_errors");

    /// <summary>
    /// Frames that the other end of a virtual pair (veth) refused to take: as a rule larger than its MTU. Its queue may also be full,
    /// where it has one. Source: drivers/net/veth.c, veth_xmit; net/core/dev.c, __dev_forward_skb.
    /// </summary>
    internal long RefusedThere => After is { LinkKind: "veth", IsUp: true, HasCarrier: true } ? Grown("tx_dropped") : 0;

    /// <summary>
    /// Frames that this end of a virtual pair (veth) refused: those that do not count as received. As a rule they are larger than its MTU.
    /// </summary>
    internal long RefusedHere => After is { LinkKind: "veth", IsUp: true, HasCarrier: true } && Grown("rx_dropped") > Grown("rx_packets") ? Grown("rx_dropped") : 0;

    /// <summary>The kinds of error that grew, the commonest first, with how much.</summary>
    internal IReadOnlyList<(string Name, long Count)> Kinds =>
        [.. Errors.Select(name => (name, Grown(name))).Where(kind => kind.Item2 > 0).OrderByDescending(kind => kind.Item2)];

    /// <summary>How much one statistic grew.</summary>
    /// <param name="name">Its kernel name.</param>
    internal long Grown(string name) => Math.Max(After.Statistics.GetValueOrDefault(name) - Before.Statistics.GetValueOrDefault(name), 0);
}
