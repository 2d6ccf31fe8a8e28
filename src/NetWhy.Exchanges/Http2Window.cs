using System.Diagnostics;

namespace NetWhy.Exchanges;

/// <summary>How much a peer of HTTP/2 may send before it must wait for us. Source: RFC 9113, section 5.2.</summary>
/// <remarks>
/// It is widened when half of it is used, so that who waits for it has stopped exactly at one of the last limits, and that before
/// the word of its widening can have come.
/// </remarks>
/// <param name="size">Octets.</param>
internal struct Http2Window(int size)
{
    private long _taken;
    private long _granted = size;
    private long _before = -1, _beforeThat = -1; // limits of which the peer may not know that they were widened
    private long _widened, _widenedBefore; // when they were, by the monotonic clock

    /// <summary>When the limit was widened at which what came ends, by the monotonic clock; 0 if it ends at none of the last ones.</summary>
    internal readonly long WidenedAtLimit => _taken == _before ? _widened : _taken == _beforeThat ? _widenedBefore : 0;

    /// <summary>Takes octets that came.</summary>
    /// <param name="count">How many.</param>
    /// <returns>By how much to widen it now; 0 for not yet.</returns>
    internal int Take(int count)
    {
        _taken += count;
        long used = size - (_granted - _taken);
        if (used * 2 < size)
            return 0;
        (_beforeThat, _before) = (_before, _granted);
        (_widenedBefore, _widened) = (_widened, Stopwatch.GetTimestamp());
        _granted += used;
        return (int)used;
    }
}
