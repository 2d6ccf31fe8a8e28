namespace NetWhy.Analysis.Tcp;

/// <summary>Compares sequence numbers, which wrap. Source: RFC 9293, section 3.4.</summary>
internal static class SequenceNumber
{
    /// <summary>Whether one comes behind another one, modulo 2^32; each of two that are 2^31 apart comes behind the other, as in Wireshark.</summary>
    /// <param name="left">The one.</param>
    /// <param name="right">The other one.</param>
    internal static bool IsAfter(uint left, uint right) => (int)(right - left) < 0;

    /// <summary>Whether one is the other one or comes before it, modulo 2^32; each of two that are 2^31 apart comes before the other, as in Wireshark.</summary>
    /// <param name="left">The one.</param>
    /// <param name="right">The other one.</param>
    internal static bool IsUpTo(uint left, uint right) => (int)(left - right) <= 0;
}
