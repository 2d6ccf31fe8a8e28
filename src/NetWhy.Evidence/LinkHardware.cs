namespace NetWhy.Evidence;

/// <summary>What the driver of an interface tells of it, and what its own counters did between two samples.</summary>
/// <remarks>Source: ethtool(8), SIOCETHTOOL, linux/ethtool.h.</remarks>
/// <param name="Interface">Interface name.</param>
/// <param name="Driver">Name of the driver, such as <c>virtio_net</c>.</param>
public sealed record LinkHardware(string Interface, string Driver) : Observation
{
    /// <summary>Version of the firmware; null if it tells none.</summary>
    public string? Firmware { get; init; }

    /// <summary>Places in the receive ring; null if the driver has none.</summary>
    public int? ReceiveRing { get; init; }

    /// <summary>Most places that the receive ring may have; null if unknown.</summary>
    public int? ReceiveRingMost { get; init; }

    /// <summary>Places in the transmit ring; null if the driver has none.</summary>
    public int? TransmitRing { get; init; }

    /// <summary>Most places that the transmit ring may have; null if unknown.</summary>
    public int? TransmitRingMost { get; init; }

    /// <summary>Speed in megabits a second; null if there is none.</summary>
    public int? Speed { get; init; }

    /// <summary>Largest speed that this end supports, in megabits a second; null if unknown.</summary>
    public int? BestSpeed { get; init; }

    /// <summary><c>full</c> or <c>half</c>; null if it is not known.</summary>
    public string? Duplex { get; init; }

    /// <summary>Whether it negotiates speed and duplex with the other end; null if unknown.</summary>
    public bool? Negotiates { get; init; }

    /// <summary>Work that the card may take over, and whether it does: <c>rx-checksum</c>, <c>tx-checksum</c>, <c>scatter-gather</c>, <c>tso</c>, <c>gso</c>, <c>gro</c>, <c>lro</c>.</summary>
    public IReadOnlyDictionary<string, bool> Offloads { get; init; } = new Dictionary<string, bool>();

    /// <summary>Counters of the driver whose names speak of trouble and that are not zero, by the driver's names; at most 64.</summary>
    public IReadOnlyDictionary<string, long> Trouble { get; init; } = new Dictionary<string, long>();

    /// <summary>Growth of those between the two samples; only what moved.</summary>
    public IReadOnlyDictionary<string, long> Growth { get; init; } = new Dictionary<string, long>();

    /// <summary>How often the kernel found a transmit queue that sent nothing for seconds (tx_timeout), since the interface exists; null if unknown.</summary>
    public long? TransmitTimeouts { get; init; }

    /// <summary>The same between the two samples.</summary>
    public long? TransmitTimeoutsGrowth { get; init; }

    /// <summary>How often a transmit queue did not move for longer than its stall_thrs between the two samples; null if nobody watches for that.</summary>
    public long? TransmitStalls { get; init; }

    /// <summary>Longest such stall since the interface exists; null if nobody watches for that.</summary>
    public TimeSpan? LongestStall { get; init; }

    /// <summary>Blocks that forward error correction repaired between the two samples; null if the driver does not count them.</summary>
    public long? CorrectedGrowth { get; init; }

    /// <summary>Blocks that it could not repair, between the two samples; null if the driver does not count them.</summary>
    public long? UncorrectedGrowth { get; init; }

    /// <summary>Blocks that it could not repair, since the interface exists; null if the driver does not count them.</summary>
    public long? Uncorrected { get; init; }

    /// <summary>Time between the two samples.</summary>
    public TimeSpan Lasted { get; init; }
}
