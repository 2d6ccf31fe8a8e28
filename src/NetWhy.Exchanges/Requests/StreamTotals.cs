namespace NetWhy.Exchanges.Requests;

/// <summary>Counts what connections of HTTP/2 did.</summary>
public sealed class StreamTotals
{
    private const int MostCodes = 32;

    private readonly SortedDictionary<uint, long> _goAways = [];

    /// <summary>Connections of HTTP/2.</summary>
    public long Connections { get; private set; }

    /// <summary>Most requests that were open at once over one of them.</summary>
    public int MostOpen { get; private set; }

    /// <summary>Most requests at once that the server allows, as the last connection heard; null if it did not say.</summary>
    public uint? Allowed { get; private set; }

    /// <summary>Whether the server said its settings over one of them.</summary>
    public bool HasSettings { get; private set; }

    /// <summary>Requests that the server said it had not looked at, and that were begun again; see <see cref="RequestChannel.IsUnserved"/>.</summary>
    public long Unserved { get; internal set; }

    /// <summary>Octets of a body that we take before we widen the window.</summary>
    public int Window { get; private set; }

    /// <summary>See <see cref="Http2Connection.Overtakes"/>.</summary>
    public long Overtakes { get; private set; }

    /// <summary>See <see cref="Http2Connection.Interleaves"/>.</summary>
    public long Interleaves { get; private set; }

    /// <summary>See <see cref="Http2Connection.WindowStops"/>.</summary>
    public long WindowStops { get; private set; }

    /// <summary>See <see cref="Http2Connection.WindowWait"/>.</summary>
    public TimeSpan WindowWait { get; private set; }

    /// <summary>How often the server announced the end of a connection (GOAWAY), by its error code; of codes 32 are kept.</summary>
    public IReadOnlyDictionary<uint, long> GoAways => _goAways;

    /// <summary>Adds a connection.</summary>
    /// <param name="http2">The connection.</param>
    internal void Add(Http2Connection http2)
    {
        Connections++;
        MostOpen = Math.Max(MostOpen, http2.MostOpen);
        Allowed = http2.MostStreams ?? Allowed;
        HasSettings |= http2.HasSettings;
        Window = http2.OwnWindow;
        Overtakes += http2.Overtakes;
        Interleaves += http2.Interleaves;
        WindowStops += http2.WindowStops;
        WindowWait += http2.WindowWait;
        if (http2.GoAwayCode is { } code)
            Count(code, 1);
    }

    /// <summary>Adds others.</summary>
    /// <param name="other">The others.</param>
    internal void Add(StreamTotals other)
    {
        if (other.Connections == 0)
            return;
        Connections += other.Connections;
        MostOpen = Math.Max(MostOpen, other.MostOpen);
        Allowed = other.Allowed ?? Allowed;
        HasSettings |= other.HasSettings;
        Window = other.Window;
        Overtakes += other.Overtakes;
        Interleaves += other.Interleaves;
        WindowStops += other.WindowStops;
        WindowWait += other.WindowWait;
        foreach ((uint code, long count) in other._goAways)
            Count(code, count);
    }

    private void Count(uint code, long count)
    {
        if (_goAways.TryGetValue(code, out long before))
            _goAways[code] = before + count;
        else if (_goAways.Count < MostCodes)
            _goAways.Add(code, count);
    }
}
