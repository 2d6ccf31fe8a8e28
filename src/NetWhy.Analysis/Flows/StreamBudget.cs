namespace NetWhy.Analysis.Flows;

/// <summary>Bounds what all streams together hold: messages that are not whole yet, and requests that are kept.</summary>
/// <param name="most">How many octets.</param>
internal sealed class StreamBudget(long most)
{
    /// <summary>What is usual.</summary>
    internal const long Usual = 96L << 20;

    private long _held;

    /// <summary>Takes room.</summary>
    /// <param name="octets">How much.</param>
    /// <returns>Whether there is that much.</returns>
    internal bool Take(int octets)
    {
        if (_held + octets > most)
            return false;
        _held += octets;
        return true;
    }

    /// <summary>Gives room back.</summary>
    /// <param name="octets">How much.</param>
    internal void Give(int octets) => _held -= octets;
}
