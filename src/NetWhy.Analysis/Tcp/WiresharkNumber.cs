namespace NetWhy.Analysis.Tcp;

/// <summary>Compares sequence numbers as Wireshark does: each of two that are 2^31 apart comes behind the other, and before it.</summary>
internal static class WiresharkNumber
{
    /// <summary>Whether one comes behind another one, modulo 2^32.</summary>
    /// <param name="left">The one.</param>
    /// <param name="right">The other one.</param>
    internal static bool IsAfter(uint left, uint right) => (int)(right - left) < 0;

    /// <summary>Whether one is the other one or comes before it, modulo 2^32.</summary>
    /// <param name="left">The one.</param>
    /// <param name="right">The other one.</param>
    internal static bool IsUpTo(uint left, uint right) => (int)(left - right) <= 0;
}
