using System.Buffers.Binary;
using System.Text;
using NetWhy.Analysis.Tcp;
using NetWhy.Wire;
using Xunit;

namespace NetWhy.Tests.Analysis;

/// <summary>Data of TCP streams comes out in order, once, and what is missing is counted.</summary>
public sealed class StreamReassemblerTests : IStreamReader
{
    private readonly StringBuilder _said = new();

    [Fact]
    public void What_comes_early_waits_and_what_comes_again_is_dropped()
    {
        var reassembler = new StreamReassembler(this);
        Take(reassembler, 100, "hello ");
        Take(reassembler, 111, "!");
        Take(reassembler, 100, "hello ");
        Take(reassembler, 104, "o world");

        Assert.Equal("hello |world|!|", _said.ToString());
    }

    [Fact]
    public void What_was_acknowledged_and_not_captured_is_missing()
    {
        var reassembler = new StreamReassembler(this);
        Take(reassembler, 100, "ab");
        Take(reassembler, 110, "kl");
        Take(reassembler, 1, "", isForward: false, ack: 112);

        Assert.Equal("ab|8 missing kl|", _said.ToString());
    }

    [Fact]
    public void Numbers_wrap()
    {
        var reassembler = new StreamReassembler(this);
        Take(reassembler, uint.MaxValue - 1, "ab");
        Take(reassembler, 1, "de");
        Take(reassembler, 0, "c");

        Assert.Equal("ab|c|de|", _said.ToString());
    }

    [Fact]
    public void What_the_capture_cut_is_missing()
    {
        var reassembler = new StreamReassembler(this);
        Take(reassembler, 100, "ab", length: 5);
        Take(reassembler, 105, "fg");

        Assert.Equal("ab|3 missing |fg|", _said.ToString());
    }

    [Fact]
    public void What_waits_is_bounded()
    {
        var reassembler = new StreamReassembler(this);
        Take(reassembler, 0, "a");
        string block = new('x', 1000);
        for (uint number = 0; number < 20_000; number++)
            Take(reassembler, 2 + (number * 1000), block);

        Assert.StartsWith("a|1 missing x", _said.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Thousands_of_segments_wait_behind_one_hole()
    {
        var reassembler = new StreamReassembler(this);
        Take(reassembler, 0, "a");
        for (uint number = 0; number < 5000; number++)
            Take(reassembler, 2 + number, "c");
        Take(reassembler, 1, "b");

        Assert.StartsWith("a|b|c|c|", _said.ToString(), StringComparison.Ordinal);
        Assert.EndsWith("c|", _said.ToString(), StringComparison.Ordinal);
        Assert.Equal(5002 * 2, _said.Length);
    }

    [Fact]
    public void What_waits_at_the_end_is_told()
    {
        var reassembler = new StreamReassembler(this);
        Take(reassembler, 100, "ab");
        Take(reassembler, 110, "kl");
        reassembler.End();

        Assert.Equal("ab|8 missing kl|", _said.ToString());
    }

    void IStreamReader.Data(int stream, bool isForward, long missing, ReadOnlySpan<byte> data)
    {
        if (missing > 0)
            _said.Append(missing).Append(" missing ");
        _said.Append(Encoding.ASCII.GetString(data)).Append('|');
    }

    private static void Take(StreamReassembler reassembler, uint sequence, string data, bool isForward = true, uint ack = 0, int? length = null)
    {
        byte[] octets = new byte[TcpHeader.Size + data.Length];
        BinaryPrimitives.WriteUInt32BigEndian(octets.AsSpan(4), sequence);
        BinaryPrimitives.WriteUInt32BigEndian(octets.AsSpan(8), ack);
        octets[12] = 0x50;
        octets[13] = ack == 0 ? (byte)0 : (byte)0x10;
        Encoding.ASCII.GetBytes(data).CopyTo(octets, TcpHeader.Size);
        _ = TcpSegment.Read(octets, out TcpSegment segment);
        reassembler.Take(0, isForward, segment, length ?? data.Length);
    }
}
