namespace NetWhy.Paths;

/// <summary>How far and how patiently a path is traced.</summary>
public sealed record TraceOptions
{
    /// <summary>First hop limit.</summary>
    public int FirstTtl { get; init; } = 1;

    /// <summary>Last hop limit, 255 at most.</summary>
    public int MaxTtl { get; init; } = 30;

    /// <summary>Probes for each hop limit.</summary>
    public int Queries { get; init; } = 3;

    /// <summary>Probes without an answer so far that may be under way at once.</summary>
    public int Window { get; init; } = 128;

    /// <summary>Hop limits that are probed together at first, and by how many more the window is made larger.</summary>
    public int WindowTtls { get; init; } = 16;

    /// <summary>
    /// Whether the trace ends where a window of hop limits brings no answer: it then costs a router that refuses everything, and
    /// limits the rate of its errors, few of them.
    /// </summary>
    public bool EndsWhereSilent { get; init; }

    /// <summary>How often a hop that answers nothing is asked again.</summary>
    public int Repeats { get; init; } = 2;

    /// <summary>Longest wait for an answer.</summary>
    public TimeSpan MaxWait { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Where others of the same hop have answered: how many of their round trips to wait.</summary>
    public double HereFactor { get; init; } = 3;

    /// <summary>Where a later hop has answered: how many of its round trips to wait.</summary>
    public double NearFactor { get; init; } = 4;

    /// <summary>Shortest time between two probes; zero sends as many as the window allows at once.</summary>
    public TimeSpan SendInterval { get; init; }

    /// <summary>Size of the probes, IP header included, in octets; 0 for 60, of IPv6 80.</summary>
    public int PacketSize { get; init; }

    /// <summary>Flow of the probes.</summary>
    public int Flow { get; init; }

    /// <summary>Why the trace is made; see <see cref="Evidence.PathTrace.Purpose"/>.</summary>
    public string Purpose { get; init; } = "target";
}
