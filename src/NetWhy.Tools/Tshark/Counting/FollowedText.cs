using System.Buffers;
using System.Globalization;
using System.Text;
using NetWhy.Analysis.Tcp;

namespace NetWhy.Tools.Tshark.Counting;

/// <summary>What two ends said to each other, as it is printed at the end. Source: tshark(1), -z follow.</summary>
/// <param name="protocol">The protocol that carried it, such as <c>tcp</c>.</param>
/// <param name="form">How it is printed: <c>ascii</c>, <c>hex</c>, <c>raw</c> or <c>yaml</c>.</param>
/// <param name="filter">What lets through the packets that it came in.</param>
/// <param name="stream">Which of its parts are printed.</param>
internal sealed class FollowedText(string protocol, string form, string filter, FollowedStream stream)
{
    private const int LongestPrinted = 6; // octets of text for one of the stream: in hexadecimal, with what stands around it
    private const int MostText = 256 << 20; // octets that are kept until they are printed

    private readonly ArrayBufferWriter<byte> _text = new();
    private readonly int[] _printed = new int[2];
    private long _left;
    private int _parts;

    /// <summary>Adds what one end said.</summary>
    /// <param name="data">What.</param>
    /// <param name="isForth">Whether it was the first one.</param>
    /// <param name="frame">The packet that it was whole in.</param>
    /// <param name="nanoseconds">When that passed, in nanoseconds since 1970.</param>
    internal void Add(ReadOnlySpan<byte> data, bool isForth, uint frame = 0, long nanoseconds = 0)
    {
        _parts++;
        if (_parts < stream.Parts.First || _parts > stream.Parts.Last)
        {
            _printed[isForth ? 0 : 1] += data.Length;
            return;
        }

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
            case "yaml":
                AddYaml(data, isForth, frame, nanoseconds);
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
    /// <param name="frame">The packet behind the hole.</param>
    /// <param name="nanoseconds">When that passed, in nanoseconds since 1970.</param>
    internal void AddMissing(long missing, bool isForth, uint frame, long nanoseconds) =>
        Add(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"[{missing} bytes missing in capture file]\0")), isForth, frame, nanoseconds);

    /// <summary>Prints all of it.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="first">The first end; null if it is not known.</param>
    /// <param name="second">The other one.</param>
    internal void Write(IBufferWriter<byte> output, TcpEndpoint? first, TcpEndpoint? second)
    {
        if (form == "yaml")
        {
            WriteYaml(output, first, second);
            return;
        }

        string line = new('=', 67);
        output.WriteText(string.Create(CultureInfo.InvariantCulture, $"\n{line}\nFollow: {protocol},{form}\nFilter: {filter}\nNode 0: {EndText(first)}\nNode 1: {EndText(second)}\n"));
        output.Write(_text.WrittenSpan);
        if (_left > 0)
            output.WriteText(LeftOut());
        output.WriteText($"{line}\n");
    }

    // An end as tshark writes it.
    private static string EndText(TcpEndpoint? end)
    {
        if (end is not { } known)
            return ":0";
        string address = known.AddressText;
        return string.Create(CultureInfo.InvariantCulture, $"{(known.IsIpv6 ? $"[{address}]" : address)}:{known.Port}");
    }

    private void WriteYaml(IBufferWriter<byte> output, TcpEndpoint? first, TcpEndpoint? second)
    {
        output.WriteText(string.Create(CultureInfo.InvariantCulture, $"peers:\n  - peer: 0\n    host: {first?.AddressText}\n    port: {first?.Port ?? 0}\n  - peer: 1\n    host: {second?.AddressText}\n    port: {second?.Port ?? 0}\npackets:\n"));
        output.Write(_text.WrittenSpan);
        if (_left > 0)
            output.WriteText($"# {LeftOut()}");
    }

    private string LeftOut() => string.Create(CultureInfo.InvariantCulture, $"[{_left} bytes more were left out to bound memory: netwhy tshark -r FILE -Y '{filter}' -V]\n");

    // tshark makes a number of the time, which has not as many digits.
    private void AddYaml(ReadOnlySpan<byte> data, bool isForth, uint frame, long nanoseconds)
    {
        const int LineLength = 57; // 76 characters
        const double NanosecondsPerSecond = 1e9;
        double time = (nanoseconds / 1_000_000_000) + (nanoseconds % 1_000_000_000 / NanosecondsPerSecond);
        _text.WriteText(string.Create(CultureInfo.InvariantCulture, $"  - packet: {frame}\n    peer: {(isForth ? 0 : 1)}\n    timestamp: {time:F9}\n    data: !!binary |\n"));
        for (; !data.IsEmpty; data = data[Math.Min(LineLength, data.Length)..])
            _text.WriteText($"      {Convert.ToBase64String(data[..Math.Min(LineLength, data.Length)])}\n");
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
