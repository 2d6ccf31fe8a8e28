using NetWhy.Analysis.Dissection;
using NetWhy.Analysis.Fields;
using NetWhy.Analysis.Tcp;
using NetWhy.Capture.Files;

namespace NetWhy.Analysis.Flows;

/// <summary>A conversation as a table shows it.</summary>
/// <param name="stream">Its number.</param>
/// <param name="first">Who sent its first packet.</param>
/// <param name="second">The other end.</param>
/// <param name="firstAt">When its first packet passed, in nanoseconds since 1970.</param>
public sealed class ConversationTally(int stream, TcpEndpoint first, TcpEndpoint second, long firstAt)
{
    /// <summary>Its number, <c>tcp.stream</c>.</summary>
    public int Stream { get; } = stream;

    /// <summary>Who sent its first packet.</summary>
    public TcpEndpoint First { get; } = first;

    /// <summary>The other end.</summary>
    public TcpEndpoint Second { get; } = second;

    /// <summary>When its first packet passed, in nanoseconds since 1970.</summary>
    public long FirstAt { get; } = firstAt;

    /// <summary>When its last one passed.</summary>
    public long LastAt { get; private set; } = firstAt;

    /// <summary>Its packets.</summary>
    public long Packets { get; private set; }

    /// <summary>Octets of data of the first end.</summary>
    public long OctetsOfFirst { get; private set; }

    /// <summary>Octets of data of the second end.</summary>
    public long OctetsOfSecond { get; private set; }

    /// <summary>Segments sent again, by our verdict.</summary>
    public long Repeats { get; private set; }

    /// <summary>Of them: after a timeout.</summary>
    public long Timeouts { get; private set; }

    /// <summary>Segments that closed a window.</summary>
    public long ZeroWindows { get; private set; }

    /// <summary>Resets.</summary>
    public long Resets { get; private set; }

    /// <summary>Duplicate acknowledgments.</summary>
    public long Duplicates { get; private set; }

    /// <summary>Round trip of its handshake, in nanoseconds; 0 if unknown.</summary>
    public long InitialRoundTrip { get; private set; }

    /// <summary>How bad it is, for an order: waits after timeouts and closed windows cost most.</summary>
    public long Trouble => (Timeouts * 20) + (ZeroWindows * 10) + (Repeats * 5) + (Resets * 3) + Duplicates;

    /// <summary>Counts a segment.</summary>
    /// <param name="segment">The segment.</param>
    internal void Count(in StreamSegment segment)
    {
        TcpAnalysis analysis = segment.Analysis;
        Packets++;
        LastAt = Math.Max(LastAt, segment.Nanoseconds);
        if (analysis.IsForward)
            OctetsOfFirst += segment.Length;
        else
            OctetsOfSecond += segment.Length;
        Repeats += analysis.Verdict is TcpVerdict.None or TcpVerdict.Reordering or TcpVerdict.DuplicateCapture ? 0 : 1;
        Timeouts += analysis.Verdict is TcpVerdict.RetransmissionTimeout ? 1 : 0;
        ZeroWindows += analysis.Flags.HasFlag(TcpAnalysisFlags.ZeroWindow) ? 1 : 0;
        Resets += segment.Flags.HasFlag(Wire.TcpFlags.Rst) ? 1 : 0;
        Duplicates += analysis.DuplicateAckNumber > 0 ? 1 : 0;
        if (analysis.InitialRtt > 0)
            InitialRoundTrip = analysis.InitialRtt;
    }
}

/// <summary>How often times were measured, in ten classes for each power of ten.</summary>
public sealed class TimeHistogram
{
    private const int ClassesOfDecade = 10;
    private const int Decades = 9; // from a microsecond to a thousand seconds

    private readonly long[] _counts = new long[ClassesOfDecade * Decades];

    /// <summary>How many in each class; class 0 is a microsecond or less.</summary>
    public ReadOnlySpan<long> Counts => _counts;

    /// <summary>How many in all.</summary>
    public long Total { get; private set; }

    /// <summary>The longest time, in nanoseconds.</summary>
    public long Longest { get; private set; }

    /// <summary>The packet that ended it.</summary>
    public uint LongestPacket { get; private set; }

    /// <summary>Where a class begins, in seconds.</summary>
    /// <param name="index">The class.</param>
    public static double From(int index) => Math.Pow(10, ((double)index / ClassesOfDecade) - 6);

    /// <summary>Counts a time.</summary>
    /// <param name="nanoseconds">The time.</param>
    /// <param name="packet">The packet that ended it.</param>
    internal void Count(long nanoseconds, uint packet)
    {
        Total++;
        if (nanoseconds >= Longest)
            (Longest, LongestPacket) = (nanoseconds, packet);
        int place = (int)Math.Floor(Math.Log10(Math.Max(nanoseconds, 1000) / 1000d) * ClassesOfDecade);
        _counts[Math.Clamp(place, 0, _counts.Length - 1)]++;
    }
}

/// <summary>Reads a capture for a report: first what its conversations are, then, of those chosen, what graphs show.</summary>
public sealed class CaptureSeries
{
    private const int MostConversations = 1 << 20; // those behind are counted only

    private static readonly Field HttpTime = FieldCatalog.Default["http.time"];
    private static readonly Field DnsTime = FieldCatalog.Default["dns.time"];

    private readonly Dictionary<int, ConversationTally> _tallies = [];
    private readonly SegmentWatch _watch = new();
    private readonly Dissector _dissector;
    private uint _packets;

    /// <summary>Begins to read.</summary>
    /// <param name="preferences">How packets are analysed.</param>
    public CaptureSeries(DissectionPreferences preferences)
    {
        var fields = new PacketFields(FieldCatalog.Default);
        fields.Want([HttpTime, DnsTime]);
        _dissector = new Dissector(fields, _watch, preferences: preferences);
    }

    /// <summary>The conversations.</summary>
    public IReadOnlyCollection<ConversationTally> Conversations => _tallies.Values;

    /// <summary>Packets read.</summary>
    public long Packets => _packets;

    /// <summary>Octets that they were long.</summary>
    public long Octets { get; private set; }

    /// <summary>TCP conversations that were forgotten, or not listed, to bound memory.</summary>
    public long Evicted => _dissector.EvictedConversations + _unlisted;

    /// <summary>When the first packet passed, in nanoseconds since 1970.</summary>
    public long FirstAt { get; private set; }

    /// <summary>When the last one passed.</summary>
    public long LastAt { get; private set; }

    /// <summary>Response times of HTTP/1.</summary>
    public TimeHistogram HttpTimes { get; } = new();

    /// <summary>Response times of DNS.</summary>
    public TimeHistogram DnsTimes { get; } = new();

    private long _unlisted;

    /// <summary>Reads the next packet.</summary>
    /// <param name="packet">The packet.</param>
    public void Read(in PacketRecord packet)
    {
        DissectedPacket dissected = _dissector.Read(packet);
        if (_packets++ == 0)
            FirstAt = LastAt = packet.Nanoseconds;
        LastAt = Math.Max(LastAt, packet.Nanoseconds);
        Octets += packet.OriginalLength;
        foreach (FieldValue value in dissected.Values)
        {
            if (value.FieldIndex == HttpTime.Index)
                HttpTimes.Count(value.Signed, _packets);
            else if (value.FieldIndex == DnsTime.Index)
                DnsTimes.Count(value.Signed, _packets);
        }

        if (_watch.TryTake(out StreamSegment segment) && segment.IsWhole)
            Count(segment);
    }

    private void Count(in StreamSegment segment)
    {
        int stream = segment.Analysis.Stream;
        if (!_tallies.TryGetValue(stream, out ConversationTally? tally))
        {
            if (_tallies.Count == MostConversations)
            {
                _unlisted++;
                return;
            }

            bool isForward = segment.Analysis.IsForward;
            tally = _tallies[stream] = new ConversationTally(stream, isForward ? segment.Source : segment.Destination, isForward ? segment.Destination : segment.Source, segment.Nanoseconds);
        }

        tally.Count(segment);
    }
}

/// <summary>Reads a capture once more, for the graphs of some conversations.</summary>
public sealed class ChosenSeries
{
    private readonly Dictionary<int, (StreamSeries OfFirst, StreamSeries OfSecond, long FirstAt)> _chosen = [];
    private readonly SegmentWatch _watch = new();
    private readonly Dissector _dissector;

    /// <summary>Begins to read.</summary>
    /// <param name="conversations">The conversations that are wanted.</param>
    public ChosenSeries(IEnumerable<ConversationTally> conversations)
    {
        ArgumentNullException.ThrowIfNull(conversations);
        foreach (ConversationTally one in conversations)
            _chosen[one.Stream] = (new StreamSeries(), new StreamSeries(), one.FirstAt);
        _dissector = new Dissector(new PacketFields(FieldCatalog.Default), _watch);
    }

    /// <summary>What graphs show of a conversation.</summary>
    /// <param name="stream">Its number: one of those that were wanted.</param>
    public (StreamSeries OfFirst, StreamSeries OfSecond) this[int stream] => (_chosen[stream].OfFirst, _chosen[stream].OfSecond);

    /// <summary>Reads the next packet.</summary>
    /// <param name="packet">The packet.</param>
    public void Read(in PacketRecord packet)
    {
        _dissector.Read(packet);
        if (!_watch.TryTake(out StreamSegment segment) || !segment.IsWhole || !_chosen.TryGetValue(segment.Analysis.Stream, out var series))
            return;
        long at = segment.Nanoseconds - series.FirstAt;
        (StreamSeries sent, StreamSeries heard) = segment.Analysis.IsForward ? (series.OfFirst, series.OfSecond) : (series.OfSecond, series.OfFirst);
        sent.AddSent(segment, at);
        heard.AddHeard(segment, at);
    }
}
