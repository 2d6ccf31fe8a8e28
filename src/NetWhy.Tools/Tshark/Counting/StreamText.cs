using System.Buffers;
using System.Globalization;
using NetWhy.Analysis.Fields;
using NetWhy.Analysis.Tcp;
using NetWhy.Wire;

namespace NetWhy.Tools.Tshark.Counting;

/// <summary>Prints what was said on one TCP connection. Source: tshark(1), -z follow.</summary>
/// <remarks>What lies behind a hole is printed once the other end acknowledged it, and not before: tshark does the same.</remarks>
/// <param name="form">How: <c>ascii</c>, <c>hex</c> or <c>raw</c>.</param>
/// <param name="stream">Number of the stream.</param>
internal sealed class StreamText(string form, int stream) : IShownSink, ITcpObserver, IStreamReader
{
    private readonly FollowedText _text = new("tcp", form, string.Create(CultureInfo.InvariantCulture, $"tcp.stream eq {stream}"));
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
        if (analysis.Stream != stream || segment.Length < 0 || isCut)
            return;
        _first ??= analysis.IsForward ? segment.Source : segment.Destination;
        _second ??= analysis.IsForward ? segment.Destination : segment.Source;
        (_reassembler ??= new StreamReassembler(this)).Take(stream, analysis.IsForward, segment.Segment, segment.Length);
    }

    /// <inheritdoc/>
    public void Data(int stream, bool isForward, long missing, ReadOnlySpan<byte> data)
    {
        if (data.IsEmpty) // a segment was cut: of that tshark says nothing
            return;
        if (missing > 0)
            _text.AddMissing(missing, isForward);
        _text.Add(data, isForward);
    }

    /// <inheritdoc/>
    public void End(IBufferWriter<byte> output) => _text.Write(output, EndText(_first), EndText(_second));

    /// <summary>An end as tshark writes it.</summary>
    /// <param name="end">The end; null if it is not known.</param>
    internal static string EndText(TcpEndpoint? end)
    {
        if (end is not { } known)
            return ":0";
        string address = known.AddressText;
        return string.Create(CultureInfo.InvariantCulture, $"{(known.IsIpv6 ? $"[{address}]" : address)}:{known.Port}");
    }
}
