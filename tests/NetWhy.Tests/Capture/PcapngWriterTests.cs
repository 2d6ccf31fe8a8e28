using System.Net;
using NetWhy.Capture.Files;
using Xunit;

namespace NetWhy.Tests.Capture;

/// <summary>What a pcapng capture tells beside its packets is read, and stands in what is written of it.</summary>
public sealed class PcapngWriterTests
{
    private static readonly byte[] Packet = [1, 2, 3, 4, 5];
    private static readonly byte[] KeyLog = [.. "CLIENT_RANDOM 00 11\n"u8];

    [Fact]
    public void What_is_read_is_written_again_octet_for_octet()
    {
        byte[] capture = Capture(isBigEndian: false);

        Assert.Equal(Convert.ToHexString(capture), Convert.ToHexString(WrittenAgain(capture)));
    }

    [Fact]
    public void A_capture_of_the_other_order_of_octets_says_the_same()
    {
        byte[] written = WrittenAgain(Capture(isBigEndian: true));

        Assert.Equal(Convert.ToHexString(Capture(isBigEndian: false)), Convert.ToHexString(written));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Names_and_secrets_are_told(bool isBigEndian)
    {
        using CaptureReader reader = CaptureReader.Open(new MemoryStream(Capture(isBigEndian)));

        Assert.True(reader.Read(out PacketRecord packet));
        CaptureSection section = packet.Interface.Section!;
        Assert.Equal("web.example", section.Names[IPAddress.Parse("192.0.2.1")]);
        Assert.Equal("db.example", section.Names[IPAddress.Parse("2001:db8::1")]);
        Assert.Equal(2, section.Names.Count);
        DecryptionSecrets secrets = Assert.Single(section.Secrets);
        Assert.Equal(DecryptionSecrets.TlsKeyLog, secrets.Type);
        Assert.Equal(KeyLog, secrets.Data.ToArray());
        Assert.Equal(["look here"], packet.Comments);
    }

    [Fact]
    public void Custom_blocks_and_options_that_must_not_be_copied_are_left_out()
    {
        var form = new PcapngOctets();
        byte[] before = [.. form.Section(), .. form.Block(1, [.. form.Halves(1, 0), .. form.Numbers(0)])];
        byte[] packet(params byte[][] options) => form.Block(6, [.. form.Numbers(0, 0, 7, 5, 5), .. Packet, 0, 0, 0, .. PcapngOctets.Join(options)]);

        byte[] written = WrittenAgain([.. before, .. form.Block(0x0bad, [.. form.Numbers(32_473), 1, 2, 3, 4]), .. packet(form.Option(19_372, 0, 0, 0, 1), form.Option(1, [.. "a"u8]))]);

        Assert.Equal(Convert.ToHexString([.. before, .. packet(form.Option(1, [.. "a"u8]))]), Convert.ToHexString(written));
    }

    [Fact]
    public void Each_section_of_one_capture_stays_one_and_those_of_several_become_one()
    {
        var form = new PcapngOctets();
        byte[] capture(string comment) =>
            [.. form.Section(form.Option(1, System.Text.Encoding.ASCII.GetBytes(comment))), .. form.Block(1, [.. form.Halves(1, 0), .. form.Numbers(0)]), .. form.Block(6, [.. form.Numbers(0, 0, 7, 5, 5), .. Packet, 0, 0, 0])];
        byte[] both = [.. capture("one"), .. capture("two")];

        Assert.Equal(Convert.ToHexString(both), Convert.ToHexString(WrittenAgain(both)));
        Assert.Equal(
            Convert.ToHexString([.. capture("one"), .. form.Block(1, [.. form.Halves(1, 0), .. form.Numbers(0)]), .. form.Block(6, [.. form.Numbers(1, 0, 7, 5, 5), .. Packet, 0, 0, 0])]),
            Convert.ToHexString(WrittenAgain(both, isOfOneCapture: false)));
    }

    [Fact]
    public void Packets_of_any_size_with_or_without_options_are_read_again()
    {
        var @interface = new CaptureInterface(101, 0) { Name = "eth0", IsNanosecond = true };
        int[] sizes = [0, 1, 2, 3, 4, 4067, 4068, 4095, 4096, 4097, 65_535, 262_144];
        string path = Path.GetTempFileName();
        try
        {
            foreach (bool stays in new[] { true, false })
            {
                byte[][] packets = [.. sizes.Select(size => Enumerable.Range(0, size).Select(i => (byte)(i * size)).ToArray())];
                using (var writer = new PcapngWriter(NetWhy.Linux.OutputFile.Create(path), "test") { PacketsStay = stays })
                {
                    for (int i = 0; i < packets.Length; i++)
                        writer.Add(new PacketRecord((5L << 30) + i, @interface, packets[i], 300_000));
                    writer.Keep();
                    Assert.Equal(packets.Length, writer.Packets);
                }

                using CaptureReader reader = CaptureReader.Open(File.OpenRead(path));
                for (int i = 0; i < packets.Length; i++)
                {
                    Assert.True(reader.Read(out PacketRecord packet));
                    Assert.Equal(((5L << 30) + i, 300_000u, "eth0"), (packet.Nanoseconds, packet.OriginalLength, packet.Interface.Name));
                    Assert.True(packet.Octets.SequenceEqual(packets[i]));
                }

                Assert.False(reader.Read(out _));
            }
        }
        finally
        {
            File.Delete(path);
        }
    }

    // Every standard block, and options with numbers of every width.
    private static byte[] Capture(bool isBigEndian)
    {
        var form = new PcapngOctets(isBigEndian);
        return
        [
            .. form.Section(form.Option(1, [.. "of the night"u8]), form.Option(2, [.. "x86"u8])),
            .. form.Block(1,
            [
                .. form.Halves(1, 0), .. form.Numbers(65_535),
                .. PcapngOctets.Join(form.Option(2, [.. "eth0"u8]), form.Option(8, form.Long(1_000_000_000)), form.Option(9, 0x94), form.Option(14, form.Long(3600))),
            ]),
            .. form.Block(4,
            [
                .. form.Option(1, [192, 0, 2, 1, .. "web.example\0www.example\0"u8]),
                .. form.Option(2, [.. IPAddress.Parse("2001:db8::1").GetAddressBytes(), .. "db.example\0"u8]),
                .. form.Option(3, [2, 0, 0, 0, 0, 1, .. "router\0"u8]),
                0, 0, 0, 0, .. form.Option(2, [.. "dns.example"u8]),
            ]),
            .. form.Block(10, [.. form.Numbers(DecryptionSecrets.TlsKeyLog, (uint)KeyLog.Length), .. KeyLog]),
            .. form.Block(6,
            [
                .. form.Numbers(0, 1, 0x12345678, 5, 9), .. Packet, 0, 0, 0,
                .. PcapngOctets.Join(
                    form.Option(1, [.. "look here"u8]), form.Option(2, form.Numbers(0x81)), form.Option(4, form.Long(3)), form.Option(5, form.Long(77)),
                    form.Option(6, form.Numbers(5)), form.Option(7, [2, .. form.Long(4)]), form.Option(2989, [.. form.Numbers(32_473), 9, 8, 7])),
            ]),
            .. form.Block(5,
            [
                .. form.Numbers(0, 1, 0x12345679),
                .. PcapngOctets.Join(form.Option(2, form.Numbers(1, 0x12345000)), form.Option(3, form.Numbers(1, 0x12345679)), form.Option(4, form.Long(10)), form.Option(5, form.Long(1))),
            ]),
        ];
    }

    private static byte[] WrittenAgain(byte[] capture, bool isOfOneCapture = true)
    {
        var written = new MemoryStream();
        using (CaptureReader reader = CaptureReader.Open(new MemoryStream(capture)))
        using (var writer = new PcapngWriter(written, "test") { IsOfOneCapture = isOfOneCapture })
        {
            while (reader.Read(out PacketRecord packet))
                writer.Add(packet);
        }

        return written.ToArray();
    }
}
