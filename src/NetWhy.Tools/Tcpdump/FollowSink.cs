using System.Globalization;
using System.Text;
using NetWhy.Analysis.Dissection;
using NetWhy.Analysis.Fields;
using NetWhy.Analysis.Tcp;
using NetWhy.Capture.Files;

namespace NetWhy.Tools.Tcpdump;

/// <summary>Prints what the ends of TCP connections say to each other, in order and without what came twice.</summary>
internal sealed class FollowSink : IPacketSink, IStreamReader, ITcpObserver
{
    private const int FlushAt = 1 << 16;
    private const int MostEnds = 1 << 17;

    private readonly TcpdumpOptions _options;
    private readonly IToolHost _host;
    private readonly Dissector _dissector;
    private readonly StreamReassembler _reassembler;
    private readonly Dictionary<int, (TcpEndpoint First, TcpEndpoint Second)> _ends = [];
    private readonly MemoryStream _text = new();
    private (int Stream, bool IsForward) _speaker = (-1, false);
    private bool _isInLine;
    private long _packet;
    private int _streams; // seen so far

    /// <summary>Makes a sink.</summary>
    /// <param name="options">What to follow.</param>
    /// <param name="host">Where to print.</param>
    internal FollowSink(TcpdumpOptions options, IToolHost host)
    {
        _options = options;
        _host = host;
        _dissector = new Dissector(new PacketFields(FieldCatalog.Default), this);
        _reassembler = new StreamReassembler(this);
    }

    /// <inheritdoc/>
    public bool Take(long number, in PacketRecord packet)
    {
        _packet = number;
        _dissector.Read(packet);
        if (_options.IsLineBuffered)
            Flush();
        return true;
    }

    /// <inheritdoc/>
    public void Segment(in TcpSegmentFacts segment, in TcpAnalysis analysis)
    {
        _streams = Math.Max(_streams, analysis.Stream + 1);
        if (_options.FollowedStream is { } wanted && wanted != analysis.Stream)
            return;
        if (_ends.Count == MostEnds)
        {
            _reassembler.End();
            _ends.Clear();
        }

        _ends.TryAdd(analysis.Stream, analysis.IsForward ? (segment.Source, segment.Destination) : (segment.Destination, segment.Source));
        _reassembler.Take(analysis.Stream, analysis.IsForward, segment.Segment, segment.Length);
    }

    /// <inheritdoc/>
    public void Data(int stream, bool isForward, long missing, ReadOnlySpan<byte> data)
    {
        if (_speaker != (stream, isForward))
        {
            _speaker = (stream, isForward);
            Say(string.Create(CultureInfo.InvariantCulture, $"--- stream {stream}: {Ends(stream, isForward)}, packet {_packet}"));
        }

        if (missing > 0)
            Say(string.Create(CultureInfo.InvariantCulture, $"--- {missing} octets were not captured"));
        foreach (byte octet in data)
        {
            if (octet == '\r')
                continue;
            _isInLine = octet != '\n';
            _text.WriteByte(octet is (byte)'\n' or (byte)'\t' or >= 0x20 and < 0x7f ? octet : (byte)'.');
        }

        if (_text.Length > FlushAt)
            Flush();
    }

    /// <inheritdoc/>
    public void Keep()
    {
        // It has read them.
    }

    /// <inheritdoc/>
    public void Flush()
    {
        _host.Output.Write(_text.GetBuffer().AsSpan(0, (int)_text.Length));
        _text.SetLength(0);
    }

    /// <inheritdoc/>
    public void End()
    {
        _reassembler.End();
        BreakLine();
        Flush();
        if (_options.FollowedStream >= _streams)
            _host.Warn(string.Create(CultureInfo.InvariantCulture, $"--stream {_options.FollowedStream}: there is no such TCP stream, {(_streams == 0 ? "nor any other" : $"the last one is {_streams - 1}")}"));
        if (_dissector.EvictedConversations is > 0 and var evicted)
            _host.Warn(string.Create(CultureInfo.InvariantCulture, $"--follow: {evicted} TCP conversations were forgotten to bound memory: what came of them later is told as of new ones"));
    }

    /// <inheritdoc/>
    public void Dispose() => _text.Dispose();

    private string Ends(int stream, bool isForward)
    {
        (TcpEndpoint first, TcpEndpoint second) = _ends.GetValueOrDefault(stream);
        return isForward ? $"{first} > {second}" : $"{second} > {first}";
    }

    private void Say(string line)
    {
        BreakLine();
        _text.Write(Encoding.UTF8.GetBytes(line));
        _text.WriteByte((byte)'\n');
    }

    private void BreakLine()
    {
        if (_isInLine)
            _text.WriteByte((byte)'\n');
        _isInLine = false;
    }
}
