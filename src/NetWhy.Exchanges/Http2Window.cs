namespace NetWhy.Exchanges;

/// <summary>How much a peer of HTTP/2 may send before it must wait for us. Source: RFC 9113, section 5.2.</summary>
/// <remarks>
/// It is widened when half of it is used, so that who waits for it has stopped exactly at one of the last limits.
/// </remarks>
/// <param name="size">Octets.</param>
internal struct Http2Window(int size)
{
    private long _taken;
    private long _granted = size;
    private long _before = -1, _beforeThat = -1; // limits of which the peer may not know that they were widened

    /// <summary>Whether all that was granted came, as far as the peer may know.</summary>
    internal readonly bool IsAtLimit => _taken == _granted || _taken == _before || _taken == _beforeThat;

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
        _granted += used;
        return (int)used;
    }
}
