using System.Buffers.Binary;
using NetWhy.Capture.Files;
using NetWhy.Tests.Audit;
using NetWhy.Tools.Tcpdump;
using Xunit;

namespace NetWhy.Tests.Tcpdump;

/// <summary>What is trouble in a single packet, and what only looks like it.</summary>
public sealed class TroubleWatchTests
{
    private static readonly CaptureInterface Raw = new(101, 0);

    private readonly TroubleWatch _watch = new();

    [Fact]
    public void A_segment_whose_octets_passed_before_was_sent_again()
    {
        Assert.Equal(Trouble.None, Segment(0, 1000, 100));
        Assert.Equal(Trouble.None, Segment(1, 1100, 100));
        Assert.Equal(Trouble.Retransmission, Segment(2, 1000, 100));
    }

    [Fact]
    public void A_gap_that_is_filled_at_once_was_overtaken_and_later_sent_again()
    {
        Segment(0, 1000, 100);
        Segment(1, 1200, 100);
        Assert.Equal(Trouble.None, Segment(2, 1100, 100));

        Segment(10, 1400, 100);
        Assert.Equal(Trouble.Retransmission, Segment(40, 1300, 100));
    }

    [Fact]
    public void A_probe_of_a_keepalive_is_none()
    {
        Segment(0, 1000, 100);
        Assert.Equal(Trouble.None, Segment(10_000, 1099, 0));
        Assert.Equal(Trouble.None, Segment(20_000, 1099, 1));
    }

    [Fact]
    public void A_sequence_that_wraps_goes_on()
    {
        Segment(0, uint.MaxValue - 49, 100);
        Assert.Equal(Trouble.None, Segment(1, 50, 100));
        Assert.Equal(Trouble.Retransmission, Segment(2, uint.MaxValue - 49, 100));
    }

    [Fact]
    public void A_SYN_is_sent_again_and_a_new_one_with_the_same_ports_is_not()
    {
        const byte Syn = 2;
        Assert.Equal(Trouble.None, Segment(0, 1000, 0, Syn));
        Assert.Equal(Trouble.Retransmission, Segment(1000, 1000, 0, Syn));
        Assert.Equal(Trouble.None, Segment(60_000, 500, 0, Syn));
        Assert.Equal(Trouble.None, Segment(60_001, 501, 100));
    }

    [Fact]
    public void Windows_of_0_count_but_not_where_a_connection_ends()
    {
        Assert.Equal(Trouble.ZeroWindow, Segment(0, 1000, 0, flags: 0x10, window: 0));
        Assert.Equal(Trouble.Reset, Segment(1, 1000, 0, flags: 0x14, window: 0));
        Assert.Equal(Trouble.None, Segment(2, 1000, 0, flags: 0x11, window: 0));
    }

    private Trouble Segment(int milliseconds, uint sequence, int length, byte flags = 0x10, ushort window = 500)
    {
        byte[] segment = new byte[20 + length];
        BinaryPrimitives.WriteUInt16BigEndian(segment, 40_000);
        BinaryPrimitives.WriteUInt16BigEndian(segment.AsSpan(2), 80);
        BinaryPrimitives.WriteUInt32BigEndian(segment.AsSpan(4), sequence);
        segment[12] = 0x50;
        segment[13] = flags;
        BinaryPrimitives.WriteUInt16BigEndian(segment.AsSpan(14), window);
        byte[] packet = RawPacket.IPv4(AuditNamespace.There, AuditNamespace.Here, 6, segment);
        return _watch.Of(new PacketRecord(milliseconds * 1_000_000L, Raw, packet, (uint)packet.Length), out _, out _);
    }
}
