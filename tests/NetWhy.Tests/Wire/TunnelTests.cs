using System.Buffers;
using NetWhy.Wire.Link;
using NetWhy.Wire.Tunnels;
using Xunit;

namespace NetWhy.Tests.Wire;

/// <summary>What the packets of public captures hold is what tshark 4.0 says of them.</summary>
public sealed class TunnelTests
{
    [Fact]
    public void Reads_the_gre_of_pptp()
    {
        byte[] octets = Convert.FromHexString("3001880b0030000000000000ff03c0210100002c");
        Assert.Equal(OperationStatus.Done, GrePacket.Read(octets, out GrePacket packet));

        Assert.Equal((1, (ushort?)0, 48, 0u, (uint?)null), (packet.Version, packet.CallId, packet.PayloadLength, packet.SequenceNumber, packet.AcknowledgmentNumber));
        Assert.Equal((EtherType.Ppp, 12, 8), (packet.Type, packet.HeaderLength, packet.Payload.Length));
    }

    [Fact]
    public void Reads_every_part_of_a_gre_header()
    {
        // checksum, routes (one of eight octets, then the end), key, sequence: RFC 1701
        byte[] octets = Convert.FromHexString("f0000800" + "12340000" + "00000063" + "00000007" + "0800040800000000" + "0a000001" + "00000000" + "45");
        Assert.Equal(OperationStatus.Done, GrePacket.Read(octets, out GrePacket packet));
        Assert.Equal(((ushort?)0x1234, 99u, 7u, 32, 1), (packet.Checksum, packet.Key, packet.SequenceNumber, packet.HeaderLength, packet.Payload.Length));

        Assert.Equal(OperationStatus.NeedMoreData, GrePacket.Read(octets.AsSpan(0, 24), out _)); // within the routes
        Assert.Equal(OperationStatus.InvalidData, GrePacket.Read([0, 2, 8, 0], out _));
    }

    [Fact]
    public void Reads_the_options_of_geneve()
    {
        byte[] octets = Convert.FromHexString("02406558" + "00000a00" + "0102" + "80" + "01" + "0000000c");
        Assert.Equal(OperationStatus.Done, GenevePacket.Read(octets, out GenevePacket packet));
        Assert.Equal((10, EtherType.TransparentEthernet, 16, false, true), (packet.NetworkId, packet.Type, packet.HeaderLength, packet.IsControl, packet.HasCriticalOptions));

        GeneveOptions options = packet.Options;
        Assert.True(options.MoveNext());
        Assert.Equal((0x102, 0x80, true, 4, "0000000C"), (options.Current.Class, options.Current.Type, options.Current.IsCritical, options.Current.Length, Convert.ToHexString(options.Current.Value)));
        Assert.False(options.MoveNext());
        Assert.Equal(OperationStatus.Done, options.Status);
    }

    [Fact]
    public void Reads_a_stack_of_labels()
    {
        Assert.Equal(OperationStatus.Done, MplsLabel.ReadStack(Convert.FromHexString("03e860ff" + "03e861fe" + "45000000"), out ReadOnlySpan<MplsLabel> stack));
        Assert.Equal([(16006, 0, false, 255), (16006, 0, true, 254)], stack.ToArray().Select(entry => (entry.Label, entry.TrafficClass, entry.IsBottom, (int)entry.TimeToLive)));
        Assert.Equal(OperationStatus.NeedMoreData, MplsLabel.ReadStack(Convert.FromHexString("03e860ff03e8"), out _));
    }

    [Fact]
    public void Reads_a_vxlan_with_its_group()
    {
        Assert.Equal(OperationStatus.Done, VxlanPacket.Read([0x88, 0, 0, 5, 0, 0, 42, 0, 1], out VxlanPacket packet));
        Assert.Equal((42, (ushort?)5, 1), (packet.NetworkId, packet.PolicyId, packet.Payload.Length));
        Assert.Equal(OperationStatus.InvalidData, VxlanPacket.Read(new byte[8], out _));
    }
}
