namespace NetWhy.Analysis.Tcp;

/// <summary>Compares sequence numbers, which wrap. Source: RFC 9293, section 3.4.</summary>
internal static class SequenceNumber
{
    /// <summary>Whether one comes behind another one, modulo 2^32; neither of two that are 2^31 apart does.</summary>
    /// <param name="left">The one.</param>
    /// <param name="right">The other one.</param>
    internal static bool IsAfter(uint left, uint right) => (int)(left - right) > 0;
}
