using System.Buffers;
using System.Globalization;
using System.Text;

namespace NetWhy.Tools.Tshark.Counting;

/// <summary>What two ends said to each other, as it is printed at the end. Source: tshark(1), -z follow.</summary>
/// <param name="protocol">The protocol that carried it: <c>tcp</c> or <c>udp</c>.</param>
/// <param name="form">How it is printed: <c>ascii</c>, <c>hex</c> or <c>raw</c>.</param>
/// <param name="stream">Number of the stream.</param>
internal sealed class FollowedText(string protocol, string form, int stream)
{
    private const int LongestPrinted = 6; // octets of text for one of the stream: in hexadecimal, with what stands around it
    private const int MostText = 256 << 20; // octets that are kept until they are printed

    private readonly ArrayBufferWriter<byte> _text = new();
    private readonly int[] _printed = new int[2];
    private long _left;

    /// <summary>Adds what one end said.</summary>
    /// <param name="data">What.</param>
    /// <param name="isForth">Whether it was the first one.</param>
    internal void Add(ReadOnlySpan<byte> data, bool isForth)
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
                AddHexadecimal(data, ref _printed[isForth ? 0 : 1], indent);
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

    /// <summary>Says that something of what one end said was not captured. Like tshark, with a zero behind it.</summary>
    /// <param name="missing">How many octets.</param>
    /// <param name="isForth">Whether it was the first one.</param>
    internal void AddMissing(long missing, bool isForth) =>
        Add(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"[{missing} bytes missing in capture file]\0")), isForth);

    /// <summary>Prints all of it.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="first">The first end: address and port.</param>
    /// <param name="second">The other one.</param>
    internal void Write(IBufferWriter<byte> output, string first, string second)
    {
        string line = new('=', 67);
        output.WriteText(string.Create(CultureInfo.InvariantCulture, $"\n{line}\nFollow: {protocol},{form}\nFilter: {protocol}.stream eq {stream}\nNode 0: {first}\nNode 1: {second}\n"));
        output.Write(_text.WrittenSpan);
        if (_left > 0)
            output.WriteText(string.Create(CultureInfo.InvariantCulture, $"[{_left} bytes more were left out to bound memory: netwhy tshark -r FILE -Y '{protocol}.stream == {stream}' -T fields -e {protocol}.payload]\n"));
        output.WriteText($"{line}\n");
    }

    private void AddHexadecimal(ReadOnlySpan<byte> data, ref int printed, string indent)
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
