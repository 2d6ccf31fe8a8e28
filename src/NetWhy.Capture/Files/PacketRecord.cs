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
}

/// <summary>A capture cannot be read, or not to its end.</summary>
/// <param name="message">What is wrong, and where.</param>
public sealed class CaptureFormatException(string message) : Exception(message);
