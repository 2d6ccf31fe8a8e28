using System.Buffers;
using System.Globalization;
using NetWhy.Analysis.Fields;
using NetWhy.Analysis.Tcp;

namespace NetWhy.Tools.Tshark.Counting;

/// <summary>Prints what was said on one TCP connection. Source: tshark(1), -z follow.</summary>
/// <param name="form">How: <c>ascii</c>, <c>hex</c> or <c>raw</c>.</param>
/// <param name="stream">Number of the stream.</param>
internal sealed class StreamText(string form, int stream) : IShownSink, ITcpObserver, IStreamReader
{
    private const int LongestPrinted = 6; // octets of text for one of the stream: in hexadecimal, with what stands around it
    private const int MostText = 256 << 20; // octets that are kept until they are printed

    private readonly ArrayBufferWriter<byte> _text = new();
    private long _left;
    private readonly int[] _printed = new int[2];
    private StreamReassembler? _reassembler;
    private TcpEndpoint? _first;
    private TcpEndpoint? _second;

    /// <inheritdoc/>
    public bool SeesAll => true;

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
        if (analysis.Stream != stream)
            return;
        _first ??= analysis.IsForward ? segment.Source : segment.Destination;
        _second ??= analysis.IsForward ? segment.Destination : segment.Source;
        (_reassembler ??= new StreamReassembler(this)).Take(stream, analysis.IsForward, segment.Segment, segment.Length);
    }

    /// <inheritdoc/>
    public void Data(int stream, bool isForward, long missing, ReadOnlySpan<byte> data)
    {
        if (missing > 0)
            Print(System.Text.Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"[{missing} bytes missing in capture file]")), isForward);
        Print(data, isForward);
    }

    /// <inheritdoc/>
    public void End(IBufferWriter<byte> output)
    {
        _reassembler?.End();
        string line = new('=', 67);
        output.WriteText(string.Create(CultureInfo.InvariantCulture, $"\n{line}\nFollow: tcp,{form}\nFilter: tcp.stream eq {stream}\nNode 0: {EndText(_first)}\nNode 1: {EndText(_second)}\n"));
        output.Write(_text.WrittenSpan);
        if (_left > 0)
            output.WriteText(string.Create(CultureInfo.InvariantCulture, $"[{_left} bytes more were left out to bound memory: netwhy tshark -r FILE -Y 'tcp.stream == {stream}' -T fields -e tcp.payload]\n"));
        output.WriteText($"{line}\n");
    }

    private static string EndText(TcpEndpoint? end)
    {
        if (end is not { } known)
            return ":0";
        string address = known.AddressText;
        return string.Create(CultureInfo.InvariantCulture, $"{(known.IsIpv6 ? $"[{address}]" : address)}:{known.Port}");
    }

    private void Print(ReadOnlySpan<byte> data, bool isForth)
    {
        if (_text.WrittenCount + ((long)data.Length * LongestPrinted) > MostText)
        {
            _left += data.Length;
            return;
        }

        string indent = isForth ? "" : "\t";
        switch (form)
        {
            case "raw":
                _text.WriteText(indent + Convert.ToHexStringLower(data) + "\n");
                break;
            case "hex":
                PrintHexadecimal(data, ref _printed[isForth ? 0 : 1], indent);
                break;
            default:
                _text.WriteText(string.Create(CultureInfo.InvariantCulture, $"{indent}{data.Length}\n"));
                Span<byte> room = _text.GetSpan(data.Length + 1);
                for (int index = 0; index < data.Length; index++)
                    room[index] = data[index] is (>= 0x20 and < 0x7f) or (byte)'\n' or (byte)'\r' ? data[index] : (byte)'.';
                room[data.Length] = (byte)'\n';
                _text.Advance(data.Length + 1);
                break;
        }
    }

    private void PrintHexadecimal(ReadOnlySpan<byte> data, ref int printed, string indent)
    {
        for (int offset = 0; offset < data.Length; offset += OctetLine.Length)
        {
            ReadOnlySpan<byte> line = data.Slice(offset, Math.Min(OctetLine.Length, data.Length - offset));
            _text.WriteText(string.Create(CultureInfo.InvariantCulture, $"{indent}{printed:X8}  "));
            OctetLine.Write(_text, line, hasGap: true);
            _text.WriteText("\n");
            printed += line.Length;
        }
    }
}
