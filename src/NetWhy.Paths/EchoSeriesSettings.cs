using System.Net;

namespace NetWhy.Paths;

/// <summary>How echo requests are sent.</summary>
public sealed record EchoSeriesSettings
{
    /// <summary>To whom.</summary>
    public required IPAddress Destination { get; init; }

    /// <summary>How many; null until cancelled.</summary>
    public long? Count { get; init; }

    /// <summary>Time between two; zero to send when the one before is answered, or after 10 ms.</summary>
    public TimeSpan Interval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>When to end whatever was answered; null for never. Then <see cref="Count"/> counts replies and not requests.</summary>
    public TimeSpan? Deadline { get; init; }

    /// <summary>How long to wait after the last where nothing was answered; zero for ever.</summary>
    public TimeSpan Linger { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How many to send before the first answer.</summary>
    public int Preload { get; init; } = 1;

    /// <summary>Whether the interval follows the round trip.</summary>
    public bool IsAdaptive { get; init; }

    /// <summary>Shortest interval that <see cref="IsAdaptive"/> may choose.</summary>
    public TimeSpan LeastInterval { get; init; }

    /// <summary>The data of each request; its first octets give way to the time where there are enough.</summary>
    public required ReadOnlyMemory<byte> Data { get; init; }

    /// <summary>Whether round trips end when the reply is read and not when the kernel got it.</summary>
    public bool EndsWhenRead { get; init; }
}
