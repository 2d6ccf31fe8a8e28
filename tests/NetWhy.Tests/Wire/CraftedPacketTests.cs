using System.Buffers;
using System.Net;
using FsCheck;
using FsCheck.Fluent;
using NetWhy.Wire;
using Xunit;

namespace NetWhy.Tests.Wire;

public sealed class CraftedPacketTests
{
    private static readonly IPAddress Source = IPAddress.Parse("10.10.1.2");
    private static readonly IPAddress Target = IPAddress.Parse("10.10.2.2");

    /// <summary>RFC 1071: the sum over a packet with its checksum in it is all ones.</summary>
    private static int Sum(ReadOnlySpan<byte> octets, int start = 0)
    {
        int sum = start;
        for (int i = 0; i < octets.Length; i += 2)
            sum += octets[i] << 8 | octets[i + 1];
        while (sum > 0xffff)
            sum = (sum & 0xffff) + (sum >> 16);
        return sum;
    }

    [Fact]
    public void Writes_an_echo_request_with_right_checksums()
    {
        byte[] packet = new byte[CraftedPacket.MaxSize];
        int size = CraftedPacket.WriteEchoRequest(packet, Source, Target, identifier: 0x1234, hopLimit: 3);

        Assert.Equal((0xffff, 0xffff), (Sum(packet.AsSpan(0, 20)), Sum(packet.AsSpan(20, size - 20))));
        Assert.Equal((3, 1, 8), (packet[8], packet[9], packet[20]));
    }

    [Theory]
    [InlineData("10.10.1.2", "10.10.2.2")]
    [InlineData("2001:db8::1", "2001:db8:2::2")]
    public void Writes_a_syn_with_right_checksum(string from, string to)
    {
        byte[] packet = new byte[CraftedPacket.MaxSize];
        int size = CraftedPacket.WriteSyn(packet, IPAddress.Parse(from), IPAddress.Parse(to), 1024, 443);
        int header = size - 24;
        byte[] addresses = [.. IPAddress.Parse(from).GetAddressBytes(), .. IPAddress.Parse(to).GetAddressBytes()];

        Assert.Equal(0xffff, Sum(packet.AsSpan(header, 24), Sum(addresses) + 6 + 24));
    }

    [Fact]
    public void Knows_the_answers_of_the_target_and_no_others()
    {
        byte[] reply = new byte[CraftedPacket.MaxSize];
        int size = CraftedPacket.WriteEchoRequest(reply, Target, Source, identifier: 7);
        reply[20] = 0; // an echo reply

        Assert.True(CraftedPacket.IsAnswer(reply.AsSpan(0, size), Target, 7));
        Assert.False(CraftedPacket.IsAnswer(reply.AsSpan(0, size), Target, 8));
        Assert.False(CraftedPacket.IsAnswer(reply.AsSpan(0, size), Source, 7));

        byte[] segment = new byte[CraftedPacket.MaxSize];
        size = CraftedPacket.WriteSyn(segment, Target, Source, 443, 7);
        Assert.True(CraftedPacket.IsAnswer(segment.AsSpan(0, size), Target, 7));
    }

    [Theory]
    [InlineData("10.10.1.2", "10.10.2.2", 20, 8)]
    [InlineData("2001:db8::1", "2001:db8:2::2", 40, 7)]
    public void Writes_an_acknowledgement_and_knows_the_reset_of_it(string from, string to, int header, int hopLimitAt)
    {
        (IPAddress source, IPAddress target) = (IPAddress.Parse(from), IPAddress.Parse(to));
        byte[] packet = new byte[CraftedPacket.MaxSize];
        int size = CraftedPacket.WriteAcknowledgement(packet, source, target, 1024, 443);
        byte[] addresses = [.. source.GetAddressBytes(), .. target.GetAddressBytes()];
        Assert.Equal((header + 20, 0x10), (size, packet[header + 13])); // ACK alone
        Assert.Equal(0xffff, Sum(packet.AsSpan(header, 20), Sum(addresses) + 6 + 20));

        byte[] reset = new byte[CraftedPacket.MaxSize];
        size = CraftedPacket.WriteAcknowledgement(reset, target, source, 443, 1024);
        Assert.False(CraftedPacket.IsReset(reset.AsSpan(0, size), target, 1024, 443, out _));
        (reset[header + 13], reset[hopLimitAt]) = (0x04, 61); // RST
        Assert.True(CraftedPacket.IsReset(reset.AsSpan(0, size), target, 1024, 443, out byte hopLimit));
        Assert.Equal(61, hopLimit);
        Assert.False(CraftedPacket.IsReset(reset.AsSpan(0, size), target, 1024, 80, out _));
        Assert.False(CraftedPacket.IsReset(reset.AsSpan(0, size), target, 1025, 443, out _));
        for (int length = 0; length < header + 13; length++)
            Assert.False(CraftedPacket.IsReset(reset.AsSpan(0, length), target, 1024, 443, out _));
    }

    [Theory]
    [InlineData("10.10.1.2", "10.10.2.2", 20)]
    [InlineData("2001:db8::1", "2001:db8:2::2", 40)]
    public void Knows_the_acknowledgement_of_a_syn_and_ends_what_that_opened(string from, string to, int header)
    {
        (IPAddress source, IPAddress target) = (IPAddress.Parse(from), IPAddress.Parse(to));
        byte[] packet = new byte[CraftedPacket.MaxSize];
        _ = CraftedPacket.WriteSyn(packet, source, target, 1024, 443, sequence: 0x01020304);
        Assert.Equal([1, 2, 3, 4], packet[(header + 4)..(header + 8)]);
        int size = CraftedPacket.WriteReset(packet, source, target, 1024, 443, sequence: 0x01020305);
        Assert.Equal((header + 20, 0x04, 5), (size, packet[header + 13], packet[header + 7])); // RST alone
        byte[] addresses = [.. source.GetAddressBytes(), .. target.GetAddressBytes()];
        Assert.Equal(0xffff, Sum(packet.AsSpan(header, 20), Sum(addresses) + 6 + 20));

        byte[] answer = new byte[CraftedPacket.MaxSize];
        size = CraftedPacket.WriteAcknowledgement(answer, target, source, 443, 1024);
        byte[] number = [0xff, 0xff, 0xff, 0xff];
        number.CopyTo(answer, header + 8);
        Assert.True(Is(0xfffffffe));
        Assert.False(Is(0xffffffff));
        foreach (byte flags in (byte[])[0x12, 0x14, 0x11, 0x02]) // SYN-ACK, RST-ACK, FIN-ACK, SYN
        {
            answer[header + 13] = flags;
            Assert.False(Is(0xfffffffe));
        }

        bool Is(uint sequence) => CraftedPacket.IsBareAcknowledgement(answer.AsSpan(0, size), target, 1024, 443, sequence);
    }

    [Fact]
    public void Knows_a_routers_error_by_the_packet_it_quotes()
    {
        byte[] quoted = new byte[CraftedPacket.MaxSize];
        int size = CraftedPacket.WriteEchoRequest(quoted, Source, Target, identifier: 9, hopLimit: 1);
        byte[] error = [.. quoted[..20], 11, 0, 0, 0, 0, 0, 0, 0, .. quoted[..size]];
        error[3] = (byte)error.Length;

        Assert.True(CraftedPacket.IsRoutersError(error, isV6: false, 9));
        Assert.False(CraftedPacket.IsRoutersError(error, isV6: false, 10));
        error[20] = 0; // no error at all
        Assert.False(CraftedPacket.IsRoutersError(error, isV6: false, 9));
    }

    [Fact]
    public void Reads_an_arp_reply()
    {
        byte[] packet = new byte[ArpPacket.Size];
        ArpPacket.WriteRequest(packet, [2, 0, 0, 0, 0, 5], Source, Target);
        Assert.Equal("0001080006040001", Convert.ToHexString(packet[..8]));
        packet[7] = ArpPacket.Reply;

        Assert.Equal(OperationStatus.Done, ArpPacket.Read(packet, out ArpPacket arp));
        Assert.Equal((ArpPacket.Reply, Source), (arp.Operation, arp.SenderAddress));
        Assert.Equal([2, 0, 0, 0, 0, 5], arp.SenderHardwareAddress.ToArray());
        Assert.Equal(OperationStatus.NeedMoreData, ArpPacket.Read(packet.AsSpan(1), out _));
    }

    [Fact]
    public void Reads_whom_an_advertisement_names()
    {
        IPAddress target = IPAddress.Parse("fd00::1");
        byte[] advertisement = [136, 0, 0, 0, 0x60, 0, 0, 0, .. target.GetAddressBytes(), 2, 1, 2, 0, 0, 0, 0, 9];

        Assert.True(NeighbourDiscovery.TryReadAdvertisement(advertisement, out IPAddress about, out ReadOnlySpan<byte> owner));
        Assert.Equal(target, about);
        Assert.Equal([2, 0, 0, 0, 0, 9], owner.ToArray());
        advertisement[25] = 0; // an option of no length would never end
        Assert.False(NeighbourDiscovery.TryReadAdvertisement(advertisement, out _, out _));
        Assert.Equal("ff02::1:ff00:1%3", NeighbourDiscovery.SolicitedNode(target, 3).ToString());
    }

    [Fact]
    public void Survives_any_octets() =>
        Prop.ForAll<byte[]>(octets =>
        {
            _ = ArpPacket.Read(octets, out _);
            _ = NeighbourDiscovery.TryReadAdvertisement(octets, out _, out _);
            _ = CraftedPacket.IsAnswer(octets, Target, 1);
            _ = CraftedPacket.IsAnswer(octets, IPAddress.IPv6Loopback, 1);
            _ = CraftedPacket.IsRoutersError(octets, isV6: false, 1);
            _ = CraftedPacket.IsRoutersError(octets, isV6: true, 1);
        }).QuickCheckThrowOnFailure();
}
