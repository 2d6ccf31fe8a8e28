using System.Buffers;
using NetWhy.Wire;
using NetWhy.Wire.Http;
using NetWhy.Wire.Quic;
using NetWhy.Wire.Tls;
using Xunit;

namespace NetWhy.Tests.Wire;

/// <summary>What views do where messages are cut, broken or odd; whole ones are compared with tshark.</summary>
public sealed class ApplicationViewTests
{
    [Fact]
    public void A_client_hello_that_is_cut_gives_what_is_there()
    {
        byte[] random = new byte[32];
        byte[] name = [0, 0, 0, 11, 0, 9, 0, 0, 6, .. "a.test"u8]; // server_name
        byte[] versions = [0, 43, 0, 5, 4, 3, 4, 3, 3];
        byte[] body = [3, 3, .. random, 0, 0, 4, 0x13, 1, 0x13, 2, 1, 0, 1, 0, .. name, .. versions]; // extensions go on for 256
        byte[] message = [1, 0, 2, 0, .. body];
        byte[] record = [0x16, 3, 1, 2, 4, .. message];

        Assert.Equal(OperationStatus.Done, TlsRecord.Read(record, out TlsRecord read));
        Assert.True(read.IsTruncated);
        Assert.Equal(OperationStatus.Done, TlsHandshakeMessage.Read(read.Fragment, out TlsHandshakeMessage handshake));
        Assert.Equal(OperationStatus.Done, TlsHello.Read(handshake, out TlsHello hello));
        Assert.Equal("a.test"u8, hello.ServerName);
        Assert.Equal([0x304, 0x303], hello.SupportedVersions.ToArray().Select(version => (int)version));
        Assert.Equal([0x1301, 0x1302], hello.CipherSuites.ToArray().Select(suite => (int)suite));

        for (int length = 0; length < message.Length; length++)
        {
            if (TlsHandshakeMessage.Read(message.AsSpan(0, length), out handshake) is OperationStatus.Done)
                Assert.True(TlsHello.Read(handshake, out hello) is OperationStatus.NeedMoreData || hello.ServerName.Length is 0 or 6);
        }
    }

    [Fact]
    public void Options_of_dhcp_go_on_in_file_and_server_name()
    {
        byte[] message = new byte[240 + 10];
        (message[0], message[1], message[2]) = (2, 1, 6);
        new byte[] { 66, 1, (byte)'s', 255 }.CopyTo(message, 44); // server name
        new byte[] { 0, 67, 2, (byte)'f', (byte)'g', 52, 1, 3, 255 }.CopyTo(message, 108); // file; an overload in it says nothing
        new byte[] { 0x63, 0x82, 0x53, 0x63, 53, 1, 5, 52, 1, 3, 255 }.CopyTo(message, 236);
        Assert.Equal(OperationStatus.Done, DhcpMessage.Read(message, out DhcpMessage read));

        var codes = new List<int>();
        foreach (TypeLengthValue option in read.Options)
            codes.Add(option.Type);
        Assert.Equal([53, 52, 67, 52, 66], codes);
        Assert.Equal((DhcpMessageType.Ack, "s"), (read.MessageType, System.Text.Encoding.ASCII.GetString(read.Find(66))));
        Assert.Equal(OperationStatus.InvalidData, DhcpMessage.Read(new byte[44], out _));
    }

    [Theory]
    [InlineData("GET / HTTP/1.1\r\nHost: a\r\n\r\n", OperationStatus.Done)]
    [InlineData("GET /a b HTTP/1.0\n", OperationStatus.Done)]
    [InlineData("GET /a/very/long/target/that/is/cu", OperationStatus.Done)]
    [InlineData("PROPFIND /", OperationStatus.InvalidData)] // a cut line of a method that is hardly used may be anything
    [InlineData("PROPFIND / HTTP/1.1\r\n", OperationStatus.Done)]
    [InlineData("GE", OperationStatus.NeedMoreData)]
    [InlineData("get / HTTP/1.1\r\n", OperationStatus.InvalidData)]
    [InlineData("EHLO mail.test\r\n", OperationStatus.InvalidData)]
    [InlineData("HTTP/1.1 200 OK\r\n", OperationStatus.Done)]
    [InlineData("HTTP/1.1 204\r\n", OperationStatus.Done)]
    [InlineData("HTTP/1.1 2", OperationStatus.NeedMoreData)]
    [InlineData("HTTP/1.1 099 No\r\n", OperationStatus.InvalidData)]
    [InlineData("", OperationStatus.InvalidData)]
    public void Tells_http_from_other_text(string text, OperationStatus status) =>
        Assert.Equal(status, HttpHead.Read(System.Text.Encoding.ASCII.GetBytes(text), out _));

    [Fact]
    public void Walks_the_frames_behind_the_preface()
    {
        byte[] stream = [.. Http2Frame.Preface, 0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0, 4, 3, 0, 0x80, 0, 0, 3, 0, 0, 0, 8, 0, 1, 0];
        var frames = new List<(Http2FrameType, int, int, bool, uint?)>();
        foreach (Http2Frame frame in new Http2Frames(stream))
            frames.Add((frame.Type, frame.Length, frame.StreamId, frame.IsTruncated, frame.ErrorCode));

        Assert.Equal([(Http2FrameType.Settings, 0, 0, false, null), (Http2FrameType.ResetStream, 4, 3, false, 8)], frames); // 8 is CANCEL
    }

    [Fact]
    public void Reads_the_versions_that_a_quic_server_knows()
    {
        byte[] packet = [0x80, 0, 0, 0, 0, 1, 7, 2, 8, 9, 0, 0, 0, 1, 0x6b, 0x33, 0x43, 0xcf];
        Assert.Equal(OperationStatus.Done, QuicPacket.Read(packet, isKnown: false, out QuicPacket read));
        Assert.Equal((QuicPacketType.VersionNegotiation, "07", "0809"), (read.Type, Convert.ToHexString(read.DestinationId), Convert.ToHexString(read.SourceId)));
        Assert.Equal([QuicPacket.Version1, QuicPacket.Version2], read.SupportedVersions.ToArray().Select(version => (uint)version));

        Assert.Equal(OperationStatus.Done, QuicPacket.Read([0x40, 1, 2], isKnown: false, out read));
        Assert.Equal((QuicPacketType.OneRtt, false, 2), (read.Type, read.IsLong, read.Payload.Length));
        Assert.Equal(OperationStatus.InvalidData, QuicPacket.Read([0x00, 1, 2], isKnown: false, out _));
        Assert.Equal(OperationStatus.NeedMoreData, QuicPacket.Read([0xc0, 0, 0, 0, 1, 8, 1, 2], isKnown: false, out _));
    }
}
