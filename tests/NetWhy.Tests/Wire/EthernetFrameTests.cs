using System.Buffers;
using NetWhy.Wire.Link;
using Xunit;

namespace NetWhy.Tests.Wire;

/// <summary>What the frames of public captures hold is what tshark 4.0 says of them.</summary>
public sealed class EthernetFrameTests
{
    private const string QinQ =
        "ffffffffffff00085d230c3f88a800c80806000108000604000100085d230c3fac110014000000000000ac110002000000000000000000000000000000000000";

    private const string SpanningTreeInVlan = "0180c2000000001ef705a8928100e000008942420300000302380000001f27b4";

    [Fact]
    public void Passes_a_tag_of_a_provider()
    {
        Assert.Equal(OperationStatus.Done, EthernetFrame.Read(Convert.FromHexString(QinQ), out EthernetFrame frame));

        Assert.Equal(("ff:ff:ff:ff:ff:ff", "00:08:5d:23:0c:3f"), (frame.Destination.ToString(), frame.Source.ToString()));
        Assert.Equal((true, true, false), (frame.Destination.IsBroadcast, frame.Destination.IsMulticast, frame.Source.IsMulticast));
        Assert.Equal(1, frame.Tags.Length);
        Assert.Equal((0x88a8, 200, 0, false), (frame.Tags[0].Protocol, frame.Tags[0].Id, frame.Tags[0].Priority, frame.Tags[0].IsDropEligible));
        Assert.Equal((EtherType.Arp, (int?)null, 18), (frame.Type, frame.Length, frame.HeaderLength));
    }

    [Fact]
    public void Lists_two_tags_the_outer_one_first()
    {
        byte[] octets = Convert.FromHexString("0180c2000000001ef705a892" + "88a83064" + "8100b00a" + "0800" + "45");
        EthernetFrame.Read(octets, out EthernetFrame frame);

        Assert.Equal([(100, 1, true), (10, 5, true)], frame.Tags.ToArray().Select(tag => (tag.Id, tag.Priority, tag.IsDropEligible)));
        Assert.Equal((EtherType.Ipv4, 22, 1), (frame.Type, frame.HeaderLength, frame.Payload.Length));
    }

    [Fact]
    public void Tells_a_length_from_a_type()
    {
        EthernetFrame.Read(Convert.FromHexString(SpanningTreeInVlan), out EthernetFrame frame);

        Assert.Equal((EtherType.None, 0x89, 7), (frame.Type, frame.Length, frame.Tags[0].Priority));
        Assert.Equal(OperationStatus.Done, LlcPacket.Read(frame.Payload, out LlcPacket llc));
        Assert.Equal((0x42, 0x42, 3, 3), (llc.DestinationServiceAccessPoint, llc.SourceServiceAccessPoint, llc.Control, llc.HeaderLength));
    }

    [Fact]
    public void Leaves_the_padding_of_a_frame_with_a_length_out()
    {
        byte[] octets = [.. Convert.FromHexString("0180c2000000001ef705a8920003424203"), .. new byte[43]];
        EthernetFrame.Read(octets, out EthernetFrame frame);

        Assert.Equal([0x42, 0x42, 3], frame.Payload.ToArray());
    }

    [Fact]
    public void Keeps_what_there_is_of_a_frame_whose_tag_was_cut()
    {
        EthernetFrame.Read(Convert.FromHexString(QinQ).AsSpan(0, 16), out EthernetFrame frame);

        Assert.Equal((EtherType.ProviderVlan, 0, 2), (frame.Type, frame.Tags.Length, frame.Payload.Length));
        Assert.Equal(OperationStatus.NeedMoreData, EthernetFrame.Read(Convert.FromHexString(QinQ).AsSpan(0, 13), out _));
    }

    [Fact]
    public void Reads_the_protocol_of_snap()
    {
        LlcPacket.Read([0xaa, 0xaa, 3, 0, 0, 0, 8, 0, 0x45], out LlcPacket packet);
        Assert.Equal(((uint?)0, EtherType.Ipv4, 8, 1), (packet.Organization, packet.Type, packet.HeaderLength, packet.Payload.Length));

        LlcPacket.Read([0xaa, 0xaa, 3, 0, 0, 0x0c, 0x20, 0], out packet); // Cisco's discovery protocol
        Assert.Equal(((uint?)0xc, EtherType.None, 0x2000), (packet.Organization, packet.Type, packet.ProtocolId));
    }

    [Fact]
    public void Reads_what_linux_cooked()
    {
        Assert.Equal(OperationStatus.Done, LinuxCookedFrame.Read(Convert.FromHexString("000000010006323287aa0402000008004500"), out LinuxCookedFrame frame));
        Assert.Equal((LinuxPacketType.Host, 1, EtherType.Ipv4, (int?)null), (frame.PacketType, frame.HardwareType, frame.Type, frame.InterfaceIndex));
        Assert.Equal(("32:32:87:aa:04:02", 2), (frame.Source.ToString(), frame.Payload.Length));

        Assert.Equal(OperationStatus.Done, LinuxCookedFrame.Read2(Convert.FromHexString("86dd0000000000030001040632323287aa0400006000"), out frame));
        Assert.Equal((LinuxPacketType.Outgoing, EtherType.Ipv6, 3, 6), (frame.PacketType, frame.Type, frame.InterfaceIndex, frame.AddressLength));
        Assert.Equal("32:32:32:87:aa:04", frame.Source.ToString());
    }

    [Theory]
    [InlineData("02000000", EtherType.Ipv4)]
    [InlineData("00000002", EtherType.Ipv4)]
    [InlineData("1e000000", EtherType.Ipv6)]
    [InlineData("00000018", EtherType.Ipv6)]
    [InlineData("00000007", EtherType.None)]
    public void Reads_a_family_in_either_order(string octets, EtherType type)
    {
        Assert.Equal(OperationStatus.Done, LoopbackFrame.Read(Convert.FromHexString(octets), out LoopbackFrame frame));
        Assert.Equal(type, frame.Type);
    }

    [Theory]
    [InlineData("0021", 0x21, 2)]
    [InlineData("21", 0x21, 1)]
    [InlineData("ff03c021", 0xc021, 4)]
    public void Reads_the_protocol_of_ppp(string octets, int protocol, int length)
    {
        Assert.Equal(OperationStatus.Done, PppFrame.Read(Convert.FromHexString(octets), out PppFrame frame));
        Assert.Equal((protocol, length), (frame.Protocol, frame.HeaderLength));
    }

    [Fact]
    public void Reads_the_tags_of_a_pppoe_discovery()
    {
        byte[] padi = Convert.FromHexString("1109" + "0000" + "000c" + "01010000" + "01030004" + "deadbeef" + "ffff");
        Assert.Equal(OperationStatus.Done, PppoePacket.Read(padi, out PppoePacket packet));

        var tags = new List<(int, string)>();
        foreach (NetWhy.Wire.TypeLengthValue tag in packet.Tags)
            tags.Add((tag.Type, Convert.ToHexString(tag.Value)));
        Assert.Equal([(0x101, ""), (0x103, "DEADBEEF")], tags);
    }
}
