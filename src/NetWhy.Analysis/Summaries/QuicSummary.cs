namespace NetWhy.Analysis.Summaries;

/// <summary>What summaries say of QUIC. The wording is Wireshark's.</summary>
internal static class QuicSummary
{
    /// <summary>Says what a packet is.</summary>
    /// <param name="summary">The summary.</param>
    /// <param name="name">What it is.</param>
    /// <param name="destination">The receiver's id; empty for none.</param>
    /// <param name="source">The sender's id; empty for none.</param>
    internal static void Write(PacketSummary summary, ReadOnlySpan<byte> name, ReadOnlySpan<byte> destination, ReadOnlySpan<byte> source)
    {
        summary.Append(name);
        WriteId(summary, ", DCID="u8, destination);
        WriteId(summary, ", SCID="u8, source);
    }

    private static void WriteId(PacketSummary summary, ReadOnlySpan<byte> name, ReadOnlySpan<byte> id)
    {
        if (id.IsEmpty)
            return;
        summary.Append(name);
        summary.Append(Convert.ToHexStringLower(id));
    }
}
