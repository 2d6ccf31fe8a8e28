namespace NetWhy.Exchanges.Requests;

/// <summary>Where channels find the connection that stands; one channel alone, or in HTTP/2 several that share it.</summary>
internal sealed class RequestLane
{
    /// <summary>The connection that takes further requests, or is being made; null for none.</summary>
    internal RequestConnection? Connection { get; set; }

    /// <summary>Whether the server speaks HTTP/1, so that channels cannot share a connection: each has its own.</summary>
    internal bool IsSplit { get; set; }

    /// <summary>What was seen of HTTP/2 on connections that are closed.</summary>
    internal StreamTotals Closed { get; } = new();
}
