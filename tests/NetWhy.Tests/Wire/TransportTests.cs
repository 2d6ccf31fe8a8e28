using System.Buffers;
using NetWhy.Wire;
using Xunit;

namespace NetWhy.Tests.Wire;

/// <summary>TCP options and UDP: what the packets of public captures hold is what tshark 4.0 says of them.</summary>
public sealed class TransportTests
{
    private const string MultipathSyn = "821a271481fbb5fd00000000b002ffff17340000020405b40402080a1baf9ea100000000010303081e040101";

    // A DNS query from port 48896 to port 53, with four octets of data.
    private static ReadOnlySpan<byte> Datagram => [0xbf, 0x00, 0x00, 0x35, 0x00, 0x0c, 0x12, 0x4d, 0xaa, 0x00, 0x00, 0xff];

    [Fact]
    public void Lists_the_options_of_a_multipath_syn()
    {
        TcpSegment.Read(Convert.FromHexString(MultipathSyn), out TcpSegment segment);
        TcpOptions options = segment.EnumerateOptions();
        var seen = new List<(TcpOptionKind, int)>();
        while (options.MoveNext())
            seen.Add((options.Current.Kind, options.Current.Length));

        Assert.Equal(OperationStatus.Done, options.Status);
        Assert.Equal(
            [(TcpOptionKind.MaximumSegmentSize, 4), (TcpOptionKind.SackPermitted, 2), (TcpOptionKind.Timestamps, 10), (TcpOptionKind.WindowScale, 3), (TcpOptionKind.Multipath, 4)],
            seen);
        Assert.Equal(MultipathSubtype.Capable, options.Current.MultipathSubtype);
        Assert.Equal((1460, 8, true), (segment.MaximumSegmentSize, segment.WindowScale, segment.SackPermitted));
        Assert.Equal(new TcpTimestamps(464494241, 0), segment.Timestamps);
    }

    [Fact]
    public void Reads_the_value_of_every_kind()
    {
        TcpOption option = Only("050a00000001000000025555"); // two octets are too few for a second block
        Assert.Equal([new SackBlock(1, 2)], option.SackBlocks);
        Assert.Equal(TimeSpan.FromMinutes(5), Only("1c048005").UserTimeout);
        Assert.Equal(TimeSpan.FromSeconds(90), Only("1c04005a").UserTimeout);
        Assert.Equal("0102030405060708", Convert.ToHexString(Only("220a0102030405060708").FastOpenCookie));
        Assert.Equal("AABB", Convert.ToHexString(Only("fe06f989aabb").FastOpenCookie));
        Assert.True(Only("2202").IsFastOpen);
        Assert.Equal<ushort?>(0xf989, Only("fe04f989").ExperimentId);
        Assert.Equal(16, Only("131200112233445566778899aabbccddeeff").Digest.Length);
        option = Only("1d100102a1a2a3a4a5a6a7a8a9aaabac");
        Assert.Equal((1, 2, 12), (option.KeyId!.Value, option.NextKeyId!.Value, option.Digest.Length));
    }

    [Theory]
    [InlineData("0204", 4, OperationStatus.NeedMoreData, 1)] // cut by the capture
    [InlineData("02", 4, OperationStatus.NeedMoreData, 0)]
    [InlineData("02050101", 4, OperationStatus.InvalidData, 0)] // longer than the header
    [InlineData("02010101", 4, OperationStatus.InvalidData, 0)]
    [InlineData("01010102", 4, OperationStatus.InvalidData, 0)] // a kind without length
    [InlineData("00ffffff", 4, OperationStatus.Done, 0)]
    [InlineData("", 0, OperationStatus.Done, 0)]
    public void Says_how_the_options_end(string captured, int length, OperationStatus status, int count)
    {
        TcpOptions options = Options(captured, length);
        int seen = 0;
        while (options.MoveNext())
            seen++;

        Assert.Equal((status, count), (options.Status, seen));
    }

    [Fact]
    public void Reads_a_datagram()
    {
        Assert.Equal(OperationStatus.Done, UdpDatagram.Read(Datagram, out UdpDatagram datagram));
        Assert.Equal((48896, 53, 12, 0x124d), (datagram.SourcePort, datagram.DestinationPort, datagram.Length, datagram.Checksum));
        Assert.Equal(Datagram[8..], datagram.Payload);
        Assert.False(datagram.IsTruncated);
    }

    [Fact]
    public void Keeps_the_header_of_a_datagram_that_the_capture_cut()
    {
        Assert.Equal(OperationStatus.Done, UdpDatagram.Read(Datagram[..9], out UdpDatagram datagram));
        Assert.Equal((1, 4, true), (datagram.Payload.Length, datagram.PayloadLength, datagram.IsTruncated));
        Assert.Equal(OperationStatus.InvalidData, UdpDatagram.Read([0, 1, 0, 2, 0, 7, 0, 0], out _));
        Assert.Equal(OperationStatus.Done, UdpDatagram.Read([0, 1, 0, 2, 0, 0, 0, 0, 9], out datagram)); // a jumbogram
        Assert.Equal(1, datagram.PayloadLength);
        Assert.Equal(OperationStatus.Done, TransportPorts.Read(Datagram[..4], out TransportPorts ports));
        Assert.Equal((48896, 53), (ports.Source, ports.Destination));
    }

    private static TcpOption Only(string option)
    {
        TcpOptions options = Options(option, option.Length / 2);
        Assert.True(options.MoveNext());
        return options.Current;
    }

    private static TcpOptions Options(string captured, int length)
    {
        byte[] header = new byte[TcpHeader.Size];
        header[12] = (byte)((TcpHeader.Size + length + 3) / 4 << 4);
        // A length that is no multiple of four cannot be sent: the rest is the end of the list.
        int padding = length == captured.Length / 2 ? -length & 3 : 0;
        byte[] octets = [.. header, .. Convert.FromHexString(captured), .. new byte[padding]];
        TcpSegment.Read(octets, out TcpSegment segment);
        return segment.EnumerateOptions();
    }
}
