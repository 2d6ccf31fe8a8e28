namespace NetWhy.Capture.Files;

/// <summary>A packet of a capture, viewed where it lies: valid until the next one is read.</summary>
/// <param name="nanoseconds">When it passed, in nanoseconds since 1970, UTC.</param>
/// <param name="interface">The interface that it passed.</param>
/// <param name="octets">What was captured of it.</param>
/// <param name="originalLength">What it was long, in octets.</param>
public readonly ref struct PacketRecord(long nanoseconds, CaptureInterface @interface, ReadOnlySpan<byte> octets, uint originalLength)
{
    /// <summary>When it passed, in nanoseconds since 1970, UTC.</summary>
    public long Nanoseconds { get; } = nanoseconds;

    /// <summary>The whole seconds of that as the capture has them: one that is broken may count more than a second beside them.</summary>
    public long Seconds { get; init; } = nanoseconds / 1_000_000_000;

    /// <summary>The interface that it passed.</summary>
    public CaptureInterface Interface { get; } = @interface;

    /// <summary>What was captured of it.</summary>
    public ReadOnlySpan<byte> Octets { get; } = octets;

    /// <summary>What it was long, in octets; a broken file may say less than was captured.</summary>
    public uint OriginalLength { get; } = originalLength;

    /// <summary>Comments on it.</summary>
    public IReadOnlyList<string> Comments { get; init; } = [];

    /// <summary>The options of its block, comments among them, as they stand in a pcapng file; nothing of other captures.</summary>
    public ReadOnlySpan<byte> Options { get; init; }
}

/// <summary>An interface that packets were captured on.</summary>
/// <param name="LinkType">What its packets begin with; source: pcap-linktype(7).</param>
/// <param name="SnapLength">Octets captured of each packet at most; 0 for no limit.</param>
public sealed record CaptureInterface(int LinkType, uint SnapLength)
{
    /// <summary>Its number in the capture, from 0.</summary>
    public int Number { get; init; }

    /// <summary>Its name; null if the capture does not say.</summary>
    public string? Name { get; init; }

    /// <summary>What it is, in words; null if the capture does not say.</summary>
    public string? Description { get; init; }

    /// <summary>Whether its times are finer than microseconds.</summary>
    public bool IsNanosecond { get; init; }

    /// <summary>Packets that were lost there; null if the capture does not say.</summary>
    public ulong? Dropped { get; set; }

    /// <summary>The section of a pcapng file that describes it; null of other captures.</summary>
    public CaptureSection? Section { get; init; }

    /// <summary>The units that its times are counted in, in a second.</summary>
    internal long UnitsPerSecond
    {
        get => field > 0 ? field : IsNanosecond ? 1_000_000_000 : 1_000_000;
        init;
    }

    /// <summary>Seconds that are added to its times.</summary>
    internal long TimeOffset { get; init; }

    /// <summary>The options of its block, least significant octet first.</summary>
    internal byte[] Options { get; init; } = [];

    /// <summary>The last statistics of it; null if there are none.</summary>
    internal CaptureStatistics? Statistics { get; set; }

    /// <summary>Notes what was counted there, for who writes a capture.</summary>
    /// <param name="nanoseconds">When, in nanoseconds since 1970, UTC.</param>
    /// <param name="received">Packets that came, those dropped included.</param>
    /// <param name="dropped">Packets that were lost.</param>
    public void Count(long nanoseconds, ulong received, ulong dropped)
    {
        Dropped = dropped;
        Statistics = new CaptureStatistics(nanoseconds, [.. PcapngBlock.Counter(PcapngBlock.StatisticsReceived, received), .. PcapngBlock.Counter(PcapngBlock.StatisticsDropped, dropped)]);
    }
}

/// <summary>What a capture counted on an interface.</summary>
/// <param name="Nanoseconds">When, in nanoseconds since 1970, UTC.</param>
/// <param name="Options">The counters: options of a block of statistics, least significant octet first.</param>
internal sealed record CaptureStatistics(long Nanoseconds, byte[] Options);

/// <summary>A capture cannot be read, or not to its end.</summary>
/// <param name="message">What is wrong, and where.</param>
public sealed class CaptureFormatException(string message) : Exception(message);
