using System.Text.Json;
using NetWhy.Analysis.Flows;
using NetWhy.Analysis.Tcp;
using NetWhy.Linux;
using NetWhy.Wire;

namespace NetWhy.App.Render;

/// <summary>Writes the packets of one conversation to standard output as one JSON object, <c>netwhy.stream/1</c>, while they are read.</summary>
internal sealed class StreamJson : IDisposable
{
    private const int FlushAt = 1 << 16; // octets

    private readonly Utf8JsonWriter _json = new(new StandardOutput(), new JsonWriterOptions { Indented = Terminal.HasOutput });
    private readonly string _file;
    private readonly int _stream;
    private StreamSegment _first;

    /// <summary>Begins; nothing is written before the first packet.</summary>
    /// <param name="file">The capture.</param>
    /// <param name="stream">Number of the conversation.</param>
    public StreamJson(string file, int stream)
    {
        _file = file;
        _stream = stream;
    }

    /// <summary>Whether there was a packet.</summary>
    public bool IsBegun { get; private set; }

    /// <summary>Writes a packet.</summary>
    /// <param name="one">The packet.</param>
    public void Add(in StreamEvent one)
    {
        StreamSegment segment = one.Segment;
        if (!IsBegun)
            Begin(segment);
        _json.WriteStartObject();
        _json.WriteNumber("packet", segment.Packet);
        _json.WriteNumber("seconds", Seconds(segment.Nanoseconds - _first.Nanoseconds));
        _json.WriteBoolean("isFromFirst", segment.Analysis.IsForward);
        if (segment.IsWhole)
            WriteSegment(segment);
        WriteAnalysis(segment.Analysis);
        if (one.Message is not null)
        {
            _json.WriteString("protocol", one.Protocol);
            _json.WriteString("message", one.Message);
        }

        _json.WriteEndObject();
        if (_json.BytesPending >= FlushAt)
            _json.Flush();
    }

    /// <summary>Ends the object.</summary>
    /// <param name="damage">Why the capture could not be read to its end; null if it could.</param>
    public void End(string? damage)
    {
        _json.WriteEndArray();
        if (damage is not null)
            _json.WriteString("damage", damage);
        _json.WriteEndObject();
        _json.Flush();
        Terminal.WriteOutput("\n");
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (IsBegun)
            _json.Dispose();
        else
            _json.Reset(); // so that nothing is written
    }

    private void Begin(in StreamSegment first)
    {
        IsBegun = true;
        _first = first;
        bool isForward = first.Analysis.IsForward;
        _json.WriteStartObject();
        _json.WriteString("schema", "netwhy.stream/1");
        _json.WriteString("file", _file);
        _json.WriteNumber("stream", _stream);
        WriteEnd("first", isForward ? first.Source : first.Destination);
        WriteEnd("second", isForward ? first.Destination : first.Source);
        _json.WriteString("firstAt", DateTimeOffset.UnixEpoch.AddTicks(first.Nanoseconds / 100));
        _json.WriteStartArray("events");
    }

    private void WriteEnd(string name, TcpEndpoint end)
    {
        _json.WriteStartObject(name);
        _json.WriteString("address", end.AddressText);
        _json.WriteNumber("port", end.Port);
        _json.WriteEndObject();
    }

    private void WriteSegment(in StreamSegment segment)
    {
        _json.WriteString("flags", SegmentWords.Of(segment.Flags));
        _json.WriteNumber("seq", segment.Sequence);
        if (segment.Flags.HasFlag(TcpFlags.Ack))
            _json.WriteNumber("ack", segment.Acknowledgment);
        _json.WriteNumber("len", segment.Length);
        _json.WriteNumber("window", segment.Window);
        if (segment.SegmentSize > 0)
            _json.WriteNumber("mss", segment.SegmentSize);
        if (segment.BlockCount == 0)
            return;
        _json.WriteStartArray("sack");
        for (int index = 0; index < segment.BlockCount; index++)
        {
            (uint left, uint right) = segment.Block(index);
            _json.WriteStartArray();
            _json.WriteNumberValue(left);
            _json.WriteNumberValue(right);
            _json.WriteEndArray();
        }

        _json.WriteEndArray();
    }

    private void WriteAnalysis(in TcpAnalysis analysis)
    {
        if (SegmentWords.OfWireshark(analysis) is { Count: > 0 } words)
        {
            _json.WriteStartArray("wireshark");
            foreach (string word in words)
                _json.WriteStringValue(word);
            _json.WriteEndArray();
        }

        if (SegmentWords.NameOf(analysis.Verdict) is { } verdict)
            _json.WriteString("verdict", verdict);
        if (SegmentWords.NameOf(analysis.LossSide) is { } side)
            _json.WriteString("lossSide", side);
        if (analysis.AckRtt > 0)
            _json.WriteNumber("ackRttSeconds", Seconds(analysis.AckRtt));
        if (analysis.Rto > 0)
        {
            _json.WriteNumber("rtoSeconds", Seconds(analysis.Rto));
            _json.WriteNumber("rtoPacket", analysis.RtoFrame);
        }

        if (analysis.BytesInFlight > 0)
            _json.WriteNumber("bytesInFlight", analysis.BytesInFlight);
    }

    private static decimal Seconds(long nanoseconds) => nanoseconds / 1_000_000_000m;

    private sealed class StandardOutput : WriteOnlyStream
    {
        public override void Write(ReadOnlySpan<byte> buffer) => Terminal.WriteOutput(buffer);
    }
}
