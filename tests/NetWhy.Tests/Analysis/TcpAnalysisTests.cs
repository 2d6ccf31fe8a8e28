using System.Buffers.Binary;
using NetWhy.Analysis.Tcp;
using NetWhy.Wire;
using Xunit;

namespace NetWhy.Tests.Analysis;

/// <summary>The analysis of TCP says of every packet what tshark 4.0 says.</summary>
public sealed class TcpAnalysisTests
{
    internal static readonly string[] Fields =
    [
        "tcp.stream", "tcp.completeness", "tcp.len", "tcp.seq", "tcp.ack", "tcp.nxtseq", "tcp.window_size", "tcp.window_size_scalefactor", "tcp.analysis",
        "tcp.analysis.flags", "tcp.analysis.retransmission", "tcp.analysis.fast_retransmission", "tcp.analysis.spurious_retransmission",
        "tcp.analysis.out_of_order", "tcp.analysis.reused_ports", "tcp.analysis.lost_segment", "tcp.analysis.ack_lost_segment",
        "tcp.analysis.window_update", "tcp.analysis.window_full", "tcp.analysis.keep_alive", "tcp.analysis.keep_alive_ack",
        "tcp.analysis.duplicate_ack", "tcp.analysis.duplicate_ack_num", "tcp.analysis.duplicate_ack_frame", "tcp.analysis.zero_window_probe",
        "tcp.analysis.zero_window", "tcp.analysis.zero_window_probe_ack", "tcp.analysis.acks_frame", "tcp.analysis.ack_rtt", "tcp.analysis.initial_rtt",
        "tcp.analysis.bytes_in_flight", "tcp.analysis.push_bytes_sent", "tcp.analysis.rto", "tcp.analysis.rto_frame", "tcp.time_relative", "tcp.time_delta",
    ];

    private static readonly string[] FieldsOfDamaged =
    [
        .. Fields, "tcp.hdr_len", "tcp.flags.str", "tcp.payload", "tcp.reset_cause", "tcp.analysis.tfo_ack", "_ws.expert.message",
    ];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Conversations_that_go_every_way_are_judged_as_tshark_judges_them(int seed)
    {
        string path = Path.Combine(Path.GetTempPath(), $"netwhy-walk-{Environment.ProcessId}-{seed}.pcap");

        AssertEqual(path, () => RandomConversations.Write(path, seed, connections: 150), packets: 1000, Fields);
    }

    [Theory]
    [InlineData(4)]
    [InlineData(5)]
    public void Damaged_headers_are_judged_as_tshark_judges_them(int seed)
    {
        string path = Path.Combine(Path.GetTempPath(), $"netwhy-damage-{Environment.ProcessId}-{seed}.pcap");

        AssertEqual(path, () => RandomConversations.Write(path, seed, connections: 150, damaged: 0.1), packets: 1000, FieldsOfDamaged);
    }

    [Fact]
    public void Data_from_before_the_first_acknowledgment_is_followed_when_its_numbers_wrap()
    {
        string path = Path.Combine(Path.GetTempPath(), $"netwhy-wrap-{Environment.ProcessId}.pcap");

        AssertEqual(path, () => RandomConversations.WriteWrapped(path), packets: 6, Fields);
    }

    [Fact]
    public void What_is_remembered_is_bounded()
    {
        var analyzer = new TcpAnalyzer(mostConversations: 1000);
        byte[] octets = new byte[TcpHeader.Size];
        octets[12] = 0x50;
        octets[13] = 0x02;
        _ = TcpSegment.Read(octets, out TcpSegment segment);
        TcpAnalysis analysis = default;
        for (uint number = 1; number <= 20_000; number++)
        {
            var facts = new TcpSegmentFacts
            {
                Frame = number,
                Nanoseconds = number,
                Source = new TcpEndpoint(number, 1, IsIpv6: false),
                Destination = new TcpEndpoint(1u << 30, 2, IsIpv6: false),
                Segment = segment,
                Length = 0,
            };
            analyzer.Analyze(facts, out analysis);
        }

        Assert.Equal(19_999, analysis.Stream);
        Assert.InRange(analyzer.Evicted, 19_000, 19_999);
    }

    [Theory]
    [InlineData(17, 2u)] // the first one has the number that the conversation begins with
    [InlineData(18, 0u)]
    public void Answers_to_a_SYN_with_ever_new_numbers_are_not_kept_without_end(uint answers, uint acksFrame)
    {
        var analyzer = new TcpAnalyzer();
        for (uint number = 1; number <= answers; number++)
            _ = Analyze(analyzer, number, isFromServer: true, TcpFlags.Syn | TcpFlags.Ack, sequence: number * 1000, acknowledgment: 1);

        TcpAnalysis analysis = Analyze(analyzer, answers + 1, isFromServer: false, TcpFlags.Ack, sequence: 1, acknowledgment: 2001);

        Assert.Equal(acksFrame, analysis.AcksFrame);
    }

    private static TcpAnalysis Analyze(TcpAnalyzer analyzer, uint frame, bool isFromServer, TcpFlags flags, uint sequence, uint acknowledgment)
    {
        byte[] octets = new byte[TcpHeader.Size];
        BinaryPrimitives.WriteUInt32BigEndian(octets.AsSpan(4), sequence);
        BinaryPrimitives.WriteUInt32BigEndian(octets.AsSpan(8), acknowledgment);
        octets[12] = 0x50;
        octets[13] = (byte)flags;
        _ = TcpSegment.Read(octets, out TcpSegment segment);
        TcpEndpoint client = new(1, 40_000, IsIpv6: false), server = new(2, 80, IsIpv6: false);
        var facts = new TcpSegmentFacts
        {
            Frame = frame,
            Nanoseconds = frame,
            Source = isFromServer ? server : client,
            Destination = isFromServer ? client : server,
            Segment = segment,
            Length = 0,
        };
        analyzer.Analyze(facts, out TcpAnalysis analysis);
        return analysis;
    }

    private static void AssertEqual(string path, Action write, int packets, string[] fields)
    {
        FieldTable.SkipWithoutTshark();
        try
        {
            write();
            string[] expected = FieldTable.OfTshark(path, fields);
            string[] actual = FieldTable.OfNetwhy(path, fields);

            Assert.True(expected.Length > packets, "tshark said nothing");
            Assert.Equal(expected.Length, actual.Length);
            Assert.Empty(Differences(expected, actual, fields).Take(30));
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static IEnumerable<string> Differences(string[] expected, string[] actual, string[] fields)
    {
        for (int row = 0; row < expected.Length; row++)
        {
            string[] theirs = expected[row].Split('\t');
            string[] ours = actual[row].Split('\t');
            for (int column = 0; column < fields.Length; column++)
            {
                if (theirs[column] != ours[column])
                    yield return $"packet {row + 1}: {fields[column]} is {theirs[column]}, not {ours[column]}";
            }
        }
    }
}
