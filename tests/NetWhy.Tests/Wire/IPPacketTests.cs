using System.Buffers;
using System.Net;
using FsCheck;
using FsCheck.Fluent;
using NetWhy.Wire;
using Xunit;

namespace NetWhy.Tests.Wire;

public sealed class IPPacketTests
{
    // Packets of a Linux 6.18 loopback interface: SYN-ACK of port 443 to 51540, two octets of data, a datagram to the
    // closed port 9, the error that answers it, and the refusal of an IPv6 connection.
    private const string SynAck =
        "4500003c0000400040063cba7f0000017f00000101bbc9547f4990abcb313e5aa012ffcbfe3000000204ffd70402080a06e8e7159886ffea0103030a";

    private const string Data =
        "45000036481440004006f4ab7f0000017f000001c95401bbcb313e5a7f4990ac80180040fe2a00000101080a9886ffea06e8e7156869";

    private const string PortUnreachable =
        "45c00039f0cd000040018b347f0000017f0000010303e9f3000000004500001d6ede40004011cdef7f0000017f0000019cd900090009fe1c78";

    private const string Reset6 =
        "6003398c0014064000000000000000000000000000000001000000000000000000000000000000010009c410000000000fc91cd750140000001c0000";

    [Fact]
    public void Reads_an_ipv4_header_and_the_segment_inside()
    {
        Assert.Equal(OperationStatus.Done, Ipv4Packet.Read(Convert.FromHexString(SynAck), out Ipv4Packet packet));
        Assert.Equal(
            (60, 0, 64, IPProtocol.Tcp, true, 0, 20, 40),
            (packet.TotalLength, packet.Identification, packet.TimeToLive, packet.Protocol, packet.DontFragment, packet.FragmentOffset, packet.HeaderLength, packet.PayloadLength));
        Assert.Equal((IPAddress.Loopback, IPAddress.Loopback), (packet.Source, packet.Destination));

        Assert.Equal(OperationStatus.Done, TcpSegment.Read(packet.Payload, out TcpSegment segment));
        Assert.Equal((443, 51540), (segment.SourcePort, segment.DestinationPort));
        Assert.Equal((0x7f4990abu, 0xcb313e5au), (segment.SequenceNumber, segment.AcknowledgmentNumber));
        Assert.Equal((TcpFlags.Syn | TcpFlags.Ack, 40), (segment.Flags, segment.HeaderLength));
        Assert.Equal((65495, 10, true, true), (segment.MaximumSegmentSize, segment.WindowScale, segment.SackPermitted, segment.HasTimestamps));
        Assert.True(segment.Payload.IsEmpty);
    }

    [Fact]
    public void Leaves_link_padding_out_of_the_payload()
    {
        Ipv4Packet.Read([.. Convert.FromHexString(Data), 0, 0, 0, 0], out Ipv4Packet packet);
        TcpSegment.Read(packet.Payload, out TcpSegment segment);

        Assert.Equal("hi"u8, segment.Payload);
        Assert.Null(segment.MaximumSegmentSize);
    }

    [Fact]
    public void Keeps_the_header_when_the_capture_cut_the_options()
    {
        Assert.Equal(OperationStatus.Done, TcpSegment.Read(Convert.FromHexString(SynAck).AsSpan(20, 23), out TcpSegment segment));
        Assert.Equal((443, (int?)null, 3), (segment.SourcePort, segment.MaximumSegmentSize, segment.Options.Length));
    }

    [Fact]
    public void Reads_an_icmp_error_and_the_packet_in_error()
    {
        Ipv4Packet.Read(Convert.FromHexString(PortUnreachable), out Ipv4Packet packet);
        Assert.Equal(OperationStatus.Done, IcmpMessage.Read(packet.Payload, isV6: false, out IcmpMessage message));
        Assert.Equal((3, 3, true, (int?)null), (message.Type, message.Code, message.IsError, message.NextHopMtu));

        Assert.Equal(OperationStatus.Done, Ipv4Packet.Read(message.Body, out Ipv4Packet quoted));
        Assert.Equal((IPProtocol.Udp, 9), (quoted.Protocol, quoted.PayloadLength));
    }

    [Theory]
    [InlineData("0304000000000578", false, 1400)]
    [InlineData("0200000000000500", true, 1280)]
    [InlineData("0300000000000578", false, null)]
    public void Reads_the_mtu_that_an_error_names(string octets, bool isV6, int? mtu)
    {
        IcmpMessage.Read(Convert.FromHexString(octets), isV6, out IcmpMessage message);

        Assert.Equal(mtu, message.NextHopMtu);
    }

    [Fact]
    public void Reads_an_ipv6_header_and_the_segment_inside()
    {
        Assert.Equal(OperationStatus.Done, Ipv6Packet.Read(Convert.FromHexString(Reset6), out Ipv6Packet packet));
        Assert.Equal((64, IPProtocol.Tcp, 20), (packet.HopLimit, packet.Protocol, packet.PayloadLength));
        Assert.Equal((IPAddress.IPv6Loopback, IPAddress.IPv6Loopback), (packet.Source, packet.Destination));

        TcpSegment.Read(packet.Payload, out TcpSegment segment);
        Assert.Equal(TcpFlags.Rst | TcpFlags.Ack, segment.Flags);
    }

    [Fact]
    public void Skips_extension_headers()
    {
        byte[] packet = Convert.FromHexString(Reset6);
        byte[] options = [6, 0, 1, 4, 0, 0, 0, 0]; // hop-by-hop with padding, then TCP
        byte[] longer = [.. packet[..40], .. options, .. packet[40..]];
        longer[5] += 8;
        longer[6] = 0;

        Assert.Equal(OperationStatus.Done, Ipv6Packet.Read(longer, out Ipv6Packet read));
        Assert.Equal((IPProtocol.Tcp, 20), (read.Protocol, read.PayloadLength));
    }

    [Fact]
    public void Stops_at_extension_headers_that_do_not_end()
    {
        byte[] header = Convert.FromHexString(Reset6)[..40];
        header[6] = 60; // destination options, again and again
        byte[] endless = [.. header, .. Enumerable.Repeat<byte[]>([60, 0, 1, 4, 0, 0, 0, 0], 100).SelectMany(one => one)];
        (endless[4], endless[5]) = (800 >> 8, 800 & 0xff);

        Assert.Equal(OperationStatus.Done, Ipv6Packet.Read(endless, out Ipv6Packet packet));
        Assert.Equal((OperationStatus.InvalidData, IPProtocol.DestinationOptions), (packet.ExtensionsStatus, packet.Protocol));
    }

    [Theory]
    [InlineData("4400003c0000400040063cba7f0000017f000001", OperationStatus.InvalidData)] // header shorter than its least
    [InlineData("4f00003c0000400040063cba7f0000017f000001", OperationStatus.Done)] // only the options are not captured
    [InlineData("450000100000400040063cba7f0000017f000001", OperationStatus.InvalidData)] // total shorter than the header
    [InlineData("6500003c0000400040063cba7f0000017f000001", OperationStatus.InvalidData)]
    [InlineData("4500003c", OperationStatus.NeedMoreData)]
    public void Says_what_is_wrong_with_a_header(string octets, OperationStatus status) =>
        Assert.Equal(status, Ipv4Packet.Read(Convert.FromHexString(octets), out _));

    [Fact]
    public void Takes_any_octets_without_throwing() => Check.QuickThrowOnFailure(
        Prop.ForAll<byte[], byte>((octets, version) =>
        {
            if (octets.Length > 0)
                octets[0] = (byte)((version % 2 == 0 ? 0x40 : 0x60) | (octets[0] & 0x0f));
            return ReadsWithin(octets);
        }));

    private static bool ReadsWithin(byte[] octets)
    {
        bool isSound = true;
        if (Ipv4Packet.Read(octets, out Ipv4Packet v4) is OperationStatus.Done)
            isSound &= v4.Payload.Length <= octets.Length && v4.PayloadLength >= 0 && v4.Source is not null;
        if (Ipv6Packet.Read(octets, out Ipv6Packet v6) is OperationStatus.Done)
            isSound &= v6.Payload.Length <= octets.Length && v6.PayloadLength >= 0 && v6.Destination is not null;
        if (TcpSegment.Read(octets, out TcpSegment tcp) is OperationStatus.Done)
            isSound &= tcp.Payload.Length + tcp.Options.Length <= octets.Length && tcp.MaximumSegmentSize is not < 0 && tcp.WindowScale is not < 0;
        if (IcmpMessage.Read(octets, isV6: true, out IcmpMessage icmp) is OperationStatus.Done)
            isSound &= icmp.Body.Length <= octets.Length && icmp.NextHopMtu is not < 0;
        return isSound;
    }
}
