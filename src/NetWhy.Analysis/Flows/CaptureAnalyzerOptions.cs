using NetWhy.Analysis.Tcp;

namespace NetWhy.Analysis.Flows;

/// <summary>Bounds of an analysis.</summary>
public sealed record CaptureAnalyzerOptions
{
    /// <summary>TCP conversations that are remembered at once: about 1400 octets each, and more for what is remarkable in them.</summary>
    public int MostConversations { get; init; } = TcpAnalyzer.UsualConversations / 2;

    /// <summary>Threads that work on a file; one in <see cref="CaptureAnalyzer.Read"/>.</summary>
    public int Threads { get; init; } = Math.Min(Environment.ProcessorCount, 8);

    /// <summary>A key log of TLS, as it was read: what its secrets encrypted is decrypted. Those that a capture has are used anyway.</summary>
    public ReadOnlyMemory<byte> KeyLog { get; init; }
}
