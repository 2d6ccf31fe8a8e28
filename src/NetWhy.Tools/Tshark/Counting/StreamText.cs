using System.Buffers;
using NetWhy.Analysis.Fields;
using NetWhy.Analysis.Tcp;
using NetWhy.Wire;

namespace NetWhy.Tools.Tshark.Counting;

/// <summary>Prints what was said on one TCP connection. Source: tshark(1), -z follow.</summary>
/// <remarks>What lies behind a hole is printed once the other end acknowledged it, and not before: tshark does the same.</remarks>
/// <param name="form">How: <c>ascii</c>, <c>hex</c>, <c>raw</c> or <c>yaml</c>.</param>
/// <param name="stream">The stream.</param>
internal sealed class StreamText(string form, FollowedStream stream) : IShownSink, ITcpObserver, IStreamReader
{
    private readonly FollowedText _text = new("tcp", form, stream.FilterOf("tcp"), stream);
    private StreamReassembler? _reassembler;
    private TcpEndpoint? _first;
    private TcpEndpoint? _second;

    /// <inheritdoc/>
    public bool SeesAll => true;

    /// <inheritdoc/>
    public bool Follows => true;

    /// <inheritdoc/>
    public void Want(PacketFields fields)
    {
        // It sees the segments themselves.
    }

    /// <inheritdoc/>
    public void Take(in ShownPacket packet, IBufferWriter<byte> output)
    {
        // It sees the segments themselves.
    }

    /// <inheritdoc/>
    public void Segment(in TcpSegmentFacts segment, in TcpAnalysis analysis)
    {
        bool isCut = segment.Segment.Options.Length < segment.Segment.HeaderLength - TcpHeader.Size; // in its header: tshark does not come to what it carries
        if (!stream.Is(analysis.Stream, segment.Source, segment.Destination) || segment.Length < 0 || isCut)
            return;
        _first ??= analysis.IsForward ? segment.Source : segment.Destination;
        _second ??= analysis.IsForward ? segment.Destination : segment.Source;
        (_reassembler ??= new StreamReassembler(this)).Take(analysis.Stream, analysis.IsForward, segment.Segment, segment.Length, segment.Frame, segment.Nanoseconds);
    }

    /// <inheritdoc/>
    public void Data(int stream, bool isForward, long missing, ReadOnlySpan<byte> data)
    {
        if (data.IsEmpty) // a segment was cut: of that tshark says nothing
            return;
        if (missing > 0)
            _text.AddMissing(missing, isForward, _reassembler!.Frame, _reassembler.Nanoseconds);
        _text.Add(data, isForward, _reassembler!.Frame, _reassembler.Nanoseconds);
    }

    /// <inheritdoc/>
    public void End(IBufferWriter<byte> output) => _text.Write(output, _first, _second);
}
