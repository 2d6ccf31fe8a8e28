using NetWhy.Analysis.Tcp;

namespace NetWhy.Analysis.Dissection;

/// <summary>What is remembered from packet to packet.</summary>
internal sealed class CaptureMemory
{
    /// <summary>Who follows TCP; null if nobody asked.</summary>
    internal TcpAnalyzer? Analyzer { get; init; }

    /// <summary>Who sees TCP segments; null for nobody.</summary>
    internal ITcpObserver? Observer { get; init; }

    /// <summary>Fragments of datagrams that wait for the others.</summary>
    internal FragmentTable Fragments { get; } = new();
}
