using System.Text;
using NetWhy.Analysis.Dissection;
using NetWhy.Analysis.Fields;
using NetWhy.Analysis.Summaries;
using NetWhy.Capture.Files;

namespace NetWhy.Analysis.Flows;

/// <summary>A packet of a conversation, and the message that it carries or ends.</summary>
/// <param name="Segment">Its segment.</param>
/// <param name="Protocol">The protocol of the message, such as <c>HTTP</c>; null if the packet carries none that is known, or a part of one.</param>
/// <param name="Message">What the message is, as it came: hostile; null if there is none.</param>
public readonly record struct StreamEvent(StreamSegment Segment, string? Protocol, string? Message);

/// <summary>Reads the packets of one conversation out of a capture, as they passed.</summary>
public sealed class StreamEvents
{
    private readonly SegmentWatch _watch = new();
    private readonly PacketSummary _summary = new();
    private readonly Dissector _dissector;
    private readonly int _stream;

    /// <summary>Begins to read.</summary>
    /// <param name="stream">Number of the conversation, <c>tcp.stream</c>.</param>
    /// <param name="preferences">How packets are analysed.</param>
    public StreamEvents(int stream, DissectionPreferences preferences)
    {
        _stream = stream;
        _dissector = new Dissector(new PacketFields(FieldCatalog.Default), _watch, _summary, preferences);
    }

    /// <summary>How many TCP conversations the capture has, as far as it was read.</summary>
    public int Streams { get; private set; }

    /// <summary>Whether Wireshark may give the conversation another number, or none, since it, or one before it, is in a tunnel that Wireshark does not open.</summary>
    public bool HasOwnNumber { get; private set; }

    /// <summary>Reads the next packet of the capture.</summary>
    /// <param name="packet">The packet.</param>
    /// <param name="event">What it is in the conversation.</param>
    /// <returns>Whether it belongs to the conversation.</returns>
    public bool Read(in PacketRecord packet, out StreamEvent @event)
    {
        @event = default;
        _dissector.Read(packet);
        if (!_watch.TryTake(out StreamSegment segment))
            return false;
        if (segment.Analysis.Stream >= Streams && segment.Analysis.Stream <= _stream)
            HasOwnNumber = _dissector.HasOpenedTunnel;
        Streams = Math.Max(Streams, segment.Analysis.Stream + 1);
        if (segment.Analysis.Stream != _stream)
            return false;
        bool hasMessage = !_summary.Protocol.SequenceEqual("TCP"u8) && !_summary.Message.IsEmpty;
        @event = hasMessage
            ? new StreamEvent(segment, Encoding.UTF8.GetString(_summary.Protocol), Encoding.UTF8.GetString(_summary.Message).Trim())
            : new StreamEvent(segment, null, null);
        return true;
    }
}
