namespace NetWhy.Analysis.Tcp;

/// <summary>Sees the TCP segments of a capture, one after the other.</summary>
public interface ITcpObserver
{
    /// <summary>Sees a segment.</summary>
    /// <param name="segment">The segment: valid until this returns.</param>
    /// <param name="analysis">What the analysis says of it.</param>
    void Segment(in TcpSegmentFacts segment, in TcpAnalysis analysis);
}
