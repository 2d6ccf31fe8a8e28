namespace NetWhy.Analysis.Flows;

/// <summary>Bounds what all streams together hold of messages that are not whole yet.</summary>
internal sealed class StreamBudget
{
    private const long Most = 32L << 20; // octets

    private long _held;

    /// <summary>Takes room.</summary>
    /// <param name="octets">How much.</param>
    /// <returns>Whether there is that much.</returns>
    internal bool Take(int octets)
    {
        if (_held + octets > Most)
            return false;
        _held += octets;
        return true;
    }

    /// <summary>Gives room back.</summary>
    /// <param name="octets">How much.</param>
    internal void Give(int octets) => _held -= octets;
}
