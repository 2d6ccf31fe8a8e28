using System.Buffers.Binary;
using NetWhy.Capture.Files;
using Xunit;

namespace NetWhy.Tests.Capture;

/// <summary>Captures of every kind are read, whole or broken; what was good is kept.</summary>
public sealed class CaptureReaderTests
{
    private static readonly byte[] Packet = [1, 2, 3, 4, 5];
    private static readonly PcapngOctets Form = new();

    [Theory]
    [InlineData(0xa1b2c3d4, true, 7_000_000_123_000)]
    [InlineData(0xa1b2c3d4, false, 7_000_000_123_000)]
    [InlineData(0xa1b23c4d, true, 7_000_000_000_123)]
    [InlineData(0xa1b23c4d, false, 7_000_000_000_123)]
    public void Pcap_of_either_order_and_resolution(uint magic, bool isBigEndian, long nanoseconds)
    {
        using CaptureReader reader = CaptureReader.Open(new MemoryStream(Pcap(magic, isBigEndian, [(7000, 123, Packet, 99)])));

        Assert.True(reader.Read(out PacketRecord packet));
        Assert.Equal(nanoseconds, packet.Nanoseconds);
        Assert.Equal(99u, packet.OriginalLength);
        Assert.Equal(1, packet.Interface.LinkType);
        Assert.Equal(Packet, packet.Octets.ToArray());
        Assert.Equal(Packet, reader.Current.Octets.ToArray());
        Assert.False(reader.Read(out _));
    }

    [Theory]
    [InlineData(1)] // in the header of the second record
    [InlineData(18)] // in its packet
    public void A_capture_that_is_cut_short_gives_what_it_has_and_says_where_it_ends(int beyond)
    {
        byte[] whole = Pcap(0xa1b2c3d4, false, [(1, 0, Packet, 5), (2, 0, Packet, 5)]);
        using CaptureReader reader = CaptureReader.Open(new MemoryStream(whole[..(24 + 21 + beyond)]));

        Assert.True(reader.Read(out _));
        CaptureFormatException refusal = Assert.Throws<CaptureFormatException>(() => reader.Read(out _));
        Assert.Contains("truncated dump file", refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("d4c3b2a1")]
    [InlineData("00000000000000000000000000000000")]
    [InlineData("0a0d0d0a")]
    [InlineData("1f8b")]
    [InlineData("28b52ffd")]
    public void What_is_no_capture_is_refused(string hexadecimal) =>
        Assert.Throws<CaptureFormatException>(() =>
        {
            using CaptureReader reader = CaptureReader.Open(new MemoryStream(Convert.FromHexString(hexadecimal)));
            reader.Read(out _);
        });

    [Fact]
    public void Pcapng_with_a_comment_a_name_and_nanoseconds()
    {
        using CaptureReader reader = CaptureReader.Open(new MemoryStream(
            [.. Form.Section(),
            .. Form.Block(1, [1, 0, 0, 0, 0, 0, 4, 0, .. Form.Option(2, [.. "eth0"u8]), .. Form.Option(9, [9]), 0, 0, 0, 0]),
            .. Form.Block(6, [.. Form.Numbers(0, 1, 5, 5, 5), .. Packet, 0, 0, 0, .. Form.Option(1, [.. "look here"u8]), 0, 0, 0, 0]),
            .. Form.Block(99, [1, 2, 3, 4]),
            .. Form.Block(3, [.. Form.Numbers(5), .. Packet, 0, 0, 0])]));

        Assert.True(reader.Read(out PacketRecord packet));
        Assert.Equal((1L << 32) + 5, packet.Nanoseconds);
        Assert.Equal("eth0", packet.Interface.Name);
        Assert.Equal(["look here"], packet.Comments);
        Assert.Equal(Packet, packet.Octets.ToArray());
        Assert.True(reader.Read(out packet));
        Assert.Equal(Packet, packet.Octets.ToArray());
        Assert.False(reader.Read(out _));
    }

    [Fact]
    public void What_is_written_is_read_again()
    {
        string path = Path.GetTempFileName();
        try
        {
            byte[] large = new byte[262_144];
            using (var writer = new PcapWriter(File.Create(path), linkType: 101, 262_144, isNanosecond: true))
            {
                writer.Add(5_000_000_001, Packet, 7);
                writer.Add(6_000_000_002, large, 262_144);
            }

            using CaptureReader reader = CaptureReader.Open(File.OpenRead(path));
            Assert.True(reader.Read(out PacketRecord packet));
            Assert.Equal((5_000_000_001, 7u, 101), (packet.Nanoseconds, packet.OriginalLength, packet.Interface.LinkType));
            Assert.True(reader.Read(out packet));
            Assert.Equal(large.Length, packet.Octets.Length);
            Assert.False(reader.Read(out _));
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void Broken_captures_are_refused_and_never_crash()
    {
        byte[] pcap = Pcap(0xa1b2c3d4, false, [(1, 0, Packet, 5), (2, 0, Packet, 5)]);
        byte[] pcapng =
        [
            .. Form.Section(),
            .. Form.Block(1, [1, 0, 0, 0, 0, 0, 4, 0, .. Form.Option(9, [6]), 0, 0, 0, 0]),
            .. Form.Block(6, [.. Form.Numbers(0, 1, 5, 5, 5), .. Packet, 0, 0, 0]),
            .. Form.Block(5, [.. Form.Numbers(0, 0, 0), .. Form.Option(5, [1, 0, 0, 0, 0, 0, 0, 0])]),
        ];
        foreach (byte[] octets in Mutation.Of(pcap, 5_000).Concat(Mutation.Of(pcapng, 10_000)))
        {
            int packets = 0;
            try
            {
                using CaptureReader reader = CaptureReader.Open(new MemoryStream(octets));
                while (reader.Read(out PacketRecord packet) && packets++ < 100)
                    Assert.True(packet.Octets.Length <= octets.Length);
            }
            catch (CaptureFormatException)
            {
                // That is how they are refused.
            }

            Assert.True(packets < 100);
        }
    }

    private static byte[] Pcap(uint magic, bool isBigEndian, (uint Seconds, uint Fraction, byte[] Octets, uint Length)[] packets)
    {
        var octets = new List<byte>();
        void Add32(uint value)
        {
            byte[] four = new byte[4];
            if (isBigEndian)
                BinaryPrimitives.WriteUInt32BigEndian(four, value);
            else
                BinaryPrimitives.WriteUInt32LittleEndian(four, value);
            octets.AddRange(four);
        }

        Add32(magic);
        octets.AddRange(isBigEndian ? [0, 2, 0, 4] : [2, 0, 4, 0]);
        Add32(0);
        Add32(0);
        Add32(65_535);
        Add32(1);
        foreach ((uint seconds, uint fraction, byte[] packet, uint length) in packets)
        {
            Add32(seconds);
            Add32(fraction);
            Add32((uint)packet.Length);
            Add32(length);
            octets.AddRange(packet);
        }

        return [.. octets];
    }
}
