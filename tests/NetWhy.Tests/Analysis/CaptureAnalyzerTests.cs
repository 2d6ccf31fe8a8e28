using System.Globalization;
using NetWhy.Analysis.Flows;
using NetWhy.Capture.Files;
using NetWhy.Evidence;
using NetWhy.Tests.Capture;
using Xunit;

namespace NetWhy.Tests.Analysis;

/// <summary>What a capture tells as evidence, compared with what tshark says of its packets.</summary>
public sealed class CaptureAnalyzerTests
{
    private static readonly string[] Flags =
    [
        "retransmission", "fast_retransmission", "spurious_retransmission", "out_of_order", "reused_ports", "lost_segment", "ack_lost_segment", "window_update",
        "window_full", "keep_alive", "keep_alive_ack", "duplicate_ack", "zero_window_probe", "zero_window", "zero_window_probe_ack",
    ];

    private static readonly string[] Fields =
    [
        "tcp.stream", "icmp.type", "icmpv6.type", "frame.number", "tcp.srcport", "tcp.len", "tcp.analysis.initial_rtt", .. Flags.Select(flag => "tcp.analysis." + flag),
    ];

    public static TheoryData<string> Captures => [.. CaptureLibrary.Folders("tcprs", "wireshark", "chrissanders-packets", "zeek")
        .SelectMany(folder => Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories))
        .Where(path => Path.GetExtension(path) is ".pcap" or ".pcapng" or ".cap" or ".trace" && new FileInfo(path).Length is > 30_000 and < 3_000_000)
        .Order(StringComparer.Ordinal).Where((_, place) => place % 8 == 0)];

    [Theory]
    [MemberData(nameof(Captures))]
    public void Conversations_are_counted_as_tshark_counts_them(string path)
    {
        FieldTable.SkipWithoutTshark();
        SortedDictionary<string, long> expected = CountsOfTshark(FieldTable.OfTshark(path, Fields));

        CaptureAnalysis analysis;
        try
        {
            analysis = CaptureAnalyzer.OfFile(path, new CaptureAnalyzerOptions());
        }
        catch (CaptureFormatException)
        {
            return; // a label of a test suite, or a format of others
        }

        SortedDictionary<string, long> actual = CountsOf(analysis);
        Assert.Equal([], expected.Except(actual).Take(10));
        Assert.Equal([], actual.Except(expected).Take(10));
    }

    private static SortedDictionary<string, long> CountsOfTshark(string[] rows)
    {
        var counts = new SortedDictionary<string, long>(StringComparer.Ordinal);
        foreach (string row in rows)
        {
            string[] columns = row.Split('\t');
            if (columns[0].Length == 0 || columns[1].Length > 0 || columns[2].Length > 0 || columns[0].Contains(','))
                continue;
            string key = $"{columns[0]} {columns[4]}";
            Count(counts, $"{key} packets", 1);
            if (long.TryParse(columns[5], CultureInfo.InvariantCulture, out long length))
                Count(counts, $"{key} octets", length);
            for (int flag = 0; flag < Flags.Length; flag++)
                Count(counts, $"{key} {Flags[flag]}", columns[7 + flag].Length > 0 ? 1 : 0);
        }

        return counts;
    }

    private static SortedDictionary<string, long> CountsOf(CaptureAnalysis analysis)
    {
        var counts = new SortedDictionary<string, long>(StringComparer.Ordinal);
        foreach (CapturedConversation conversation in analysis.Conversations)
        {
            foreach ((CapturedEnd end, CapturedDirection direction) in new[] { (conversation.Client, conversation.FromClient), (conversation.Server, conversation.FromServer) })
            {
                string key = $"{conversation.Stream} {end.Port}";
                Count(counts, $"{key} packets", direction.Packets);
                Count(counts, $"{key} octets", direction.Octets);
                foreach ((string flag, long count) in direction.Flags)
                    Count(counts, $"{key} {flag}", count);
            }
        }

        return counts;
    }

    private static void Count(SortedDictionary<string, long> counts, string key, long count)
    {
        if (count != 0)
            counts[key] = counts.GetValueOrDefault(key) + count;
    }
}
